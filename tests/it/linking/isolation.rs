//! Two customers, each with words that stand nowhere else, do anything that customers can, with each other's ids and
//! handles too, in any order: neither is ever answered with a word of the other.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};
use serde_json::{Value, json};
use tests::canary::Canaries;
use tests::world::DAY;
use tests::{BrandApp, Customer, Reply, World, on_both_databases};

use super::{deliver, start};

const CASES: u32 = 12;
/// Whose words; the first part of each handle, too.
const WORDS: [[&str; 5]; 2] = [
    ["brindlefox", "zorblatt", "velmorania", "gorblinsnark", "flanwickle"],
    ["mirthquay", "jaskelby", "tolverashia", "cragwimple", "drumwillow"],
];
const EVERYTHING: &str = "{ me { id email name { displayName familyName } contact { phone } area { region } language { locale }
    preferences { category key value } context { topic text } links { nodes { id channel handle } }
    grants { nodes { id scopes state profileId events { nodes { kind } } preview { name { familyName } handles { handle } } } }
    sessions { nodes { id label } } passkeys { nodes { id nickname } } receipts { nodes { id } } consentRequests { nodes { id } } disclosures { nodes { id fields { path } } } } }";
const NODE: &str = "query($id: ID!) { node(id: $id) { id ... on Customer { email name { familyName } links { nodes { handle } } }
    ... on Link { handle } ... on Grant { id preview { name { familyName } } } ... on Profile { access { status } } } }";

/// Acts without an id; those with an address are given the other's.
const PLAIN: [(&str, &str); 9] = [
    ("withdrawEverything", ""),
    ("pauseEverything", ""),
    ("resumeEverything", ""),
    ("withdrawFromBrand", "brand"),
    ("setDirectMarketing", "allowed"),
    ("openConsentRequest", "token"),
    ("changeEmail", "email"),
    ("startPasswordReset", "email"),
    ("startClaim", "email"),
];

/// Something that one of the two does; ids are those that either has ever been given.
#[derive(Debug, Clone)]
enum Act {
    Read,
    Node(usize),
    Change(&'static str, usize),
    Amend(usize),
    StartLink {
        of_other: bool,
        by_mail: bool,
    },
    CompleteLink(usize),
    ProveShared,
    Tell,
    Give(&'static str),
    /// What names nothing, or the other only by their address.
    Plain(usize),
    /// The other's session, by its id, and all but one's own.
    EndOthersSession,
    Export,
    Pass,
}

fn acts() -> impl Strategy<Value = Vec<(usize, Act)>> {
    let changes =
        ["unlink", "withdrawConsent", "pauseConsent", "resumeConsent", "clearContext", "refuseConsentRequest"];
    let act = prop_oneof![
        2 => Just(Act::Read),
        4 => any::<usize>().prop_map(Act::Node),
        4 => (0..changes.len(), any::<usize>()).prop_map(move |(change, id)| Act::Change(changes[change], id)),
        2 => any::<usize>().prop_map(Act::Amend),
        3 => (any::<bool>(), any::<bool>()).prop_map(|(of_other, by_mail)| Act::StartLink { of_other, by_mail }),
        2 => any::<usize>().prop_map(Act::CompleteLink),
        2 => Just(Act::ProveShared),
        2 => Just(Act::Tell),
        2 => prop_oneof![Just("CUSTOMER_CARE"), Just("ANALYTICS")].prop_map(Act::Give),
        3 => (0..PLAIN.len()).prop_map(Act::Plain),
        1 => Just(Act::EndOthersSession),
        1 => Just(Act::Export),
        1 => Just(Act::Pass),
    ];
    proptest::collection::vec((0..2usize, act), 4..20)
}

struct Run<'w> {
    world: &'w World,
    bank: &'w BrandApp<'w>,
    canaries: &'w Canaries,
    number: usize,
    people: [Customer<'w>; 2],
    /// Every id in any answer so far.
    ids: Vec<String>,
}

impl<'w> Run<'w> {
    async fn start(world: &'w World, bank: &'w BrandApp<'w>, canaries: &'w Canaries, number: usize) -> Self {
        // So many accounts a day are not made from one place.
        world.pass(DAY);
        let sign_up = async |who: usize| world.customer(&format!("{}{number}", WORDS[who][0])).await;
        let people = [sign_up(0).await, sign_up(1).await];
        let mut run = Self { world, bank, canaries, number, people, ids: Vec::new() };
        for who in 0..2 {
            run.tell(who).await;
            run.people[who].link_email(&run.people[who].email).await;
            run.act(who, &Act::Give("CUSTOMER_CARE")).await.expect("nothing is shown yet");
            run.act(who, &Act::Read).await.expect("one's own");
        }
        run
    }

    fn id(&self, place: usize, kind: &str) -> String {
        let of_kind: Vec<&String> = self.ids.iter().filter(|id| id.starts_with(kind)).collect();
        of_kind
            .get(place % of_kind.len().max(1))
            .map_or_else(|| format!("{kind}AAAAAAAAAAAAAAAAAAAAAA"), |id| (*id).clone())
    }

    async fn tell(&self, who: usize) -> Reply {
        let [_, name, region, preference, need] = WORDS[who];
        let input = json!({ "name": { "familyName": name }, "area": { "region": region } });
        self.people[who].act("updateProfile", input, "").await.done("updateProfile");
        let preferences = json!({ "preferences": [{ "category": "a", "key": "b", "value": preference }] });
        self.people[who].act("setPreferences", preferences, "").await;
        self.people[who].act("stateContext", json!({ "topic": need }), "").await
    }

    async fn act(&mut self, who: usize, act: &Act) -> Result<(), TestCaseError> {
        let reply = self.answer(who, act).await;
        let other = ["first", "second"][1 - who];
        let leaked: Vec<_> =
            self.canaries.found(&reply.text).into_iter().filter(|(whose, _)| *whose == other).collect();
        prop_assert!(leaked.is_empty(), "{:?} by {who} shows {leaked:?}: {}", act, reply.text);
        let known: BTreeSet<String> = self.ids.iter().cloned().collect();
        let word = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == '-';
        let ids = reply
            .text
            .split(|letter| !word(letter))
            .filter(|text| text.contains('_') && text.len() > 24 && text.len() < 40);
        self.ids.extend(ids.filter(|id| !known.contains(*id)).map(str::to_owned));
        Ok(())
    }

    async fn answer(&self, who: usize, act: &Act) -> Reply {
        let customer = &self.people[who];
        match act {
            Act::Read => customer.ask(EVERYTHING, json!({})).await,
            Act::Node(place) => {
                let id = self.ids.get(place % self.ids.len().max(1)).cloned().unwrap_or_default();
                customer.ask(NODE, json!({ "id": id })).await
            }
            Act::Change(change, place) => {
                let (field, kind, fields) = match *change {
                    "unlink" => ("linkId", "link_", "unlinkedId"),
                    "clearContext" => ("contextId", "context_", ""),
                    "refuseConsentRequest" => ("requestId", "request_", ""),
                    _ => ("grantId", "grant_", "grant { id scopes preview { name { familyName } } }"),
                };
                customer.act(change, json!({ field: self.id(*place, kind) }), fields).await
            }
            Act::Amend(place) => {
                let input = json!({ "grantId": self.id(*place, "grant_"), "scopes": ["NAME", "HANDLES", "AREA"] });
                customer
                    .act("amendConsent", input, "confirmationToken grant { id preview { name { familyName } } }")
                    .await
            }
            Act::StartLink { of_other, by_mail } => {
                let whose = if *of_other { 1 - who } else { who };
                if *by_mail {
                    let input = json!({ "channel": "EMAIL", "handle": self.people[whose].email });
                    customer.act("startLink", input, "challenge { id channel }").await
                } else {
                    start(customer, "X", &format!("{}{}", &WORDS[whose][0], self.number)).await
                }
            }
            Act::CompleteLink(place) => {
                let input = json!({ "challengeId": self.id(*place, "challenge_"), "code": "000000" });
                customer.act("completeLink", input, "link { id handle }").await
            }
            Act::ProveShared => {
                let handle = format!("shared{}", self.number);
                let started = start(customer, "X", &handle).await;
                if let Some(code) = started.data("/startLink/challenge/text").as_str() {
                    deliver(self.world, "X", (&format!("s{}", self.number), &handle), code).await;
                }
                started
            }
            Act::Tell => self.tell(who).await,
            Act::Give(purpose) => {
                let input = json!({ "brand": self.bank.slug, "purpose": purpose, "scopes": ["NAME", "HANDLES", "PREFERENCES"] });
                customer
                    .act(
                        "giveConsent",
                        input,
                        "grant { id profileId preview { name { familyName } handles { handle } } }",
                    )
                    .await
            }
            Act::Plain(place) => {
                let (mutation, field) = PLAIN[*place];
                let value = match field {
                    "brand" => json!(self.bank.slug),
                    "allowed" => json!(self.ids.len().is_multiple_of(2)),
                    "token" => json!("A".repeat(43)),
                    _ => json!(self.people[1 - who].email),
                };
                customer.act(mutation, if field.is_empty() { json!({}) } else { json!({ field: value }) }, "").await
            }
            Act::EndOthersSession => {
                let theirs = self.people[1 - who].ask("{ me { sessions { nodes { id } } } }", json!({})).await;
                let input = json!({ "sessionId": theirs.data("/me/sessions/nodes/0/id") });
                let refused = customer.act("endSession", input, "").await;
                assert_eq!(refused.mistakes("endSession"), ["NOT_FOUND sessionId"]);
                customer
                    .ask("mutation { endOtherSessions { userErrors { code } } }", json!({}))
                    .await
                    .done("endOtherSessions");
                refused
            }
            Act::Export => {
                let request =
                    self.world.http.post(format!("{}/export", self.world.url)).bearer_auth(customer.token().await);
                let mut copy = Reply::of(request.send().await).await;
                // Codes name the handles that one has typed oneself, whosoever they are.
                copy.body.as_object_mut().and_then(|whole| whole.remove("codes"));
                copy.text = copy.body.to_string();
                copy
            }
            Act::Pass => {
                self.world.pass(3 * DAY);
                customer.ask(EVERYTHING, json!({})).await
            }
        }
    }
}

on_both_databases! {
    async fn no_sequence_of_acts_shows_a_customer_a_word_of_another(world) {
        let bank = world.brand("bank").await;
        let mut canaries = Canaries::default();
        canaries.add("first", &WORDS[0]);
        canaries.add("second", &WORDS[1]);
        let numbers = AtomicUsize::new(0);
        let config = Config { cases: CASES, failure_persistence: None, max_shrink_iters: 64, ..Config::default() };
        let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
        let one = |acts: Vec<(usize, Act)>| {
            let number = numbers.fetch_add(1, Ordering::Relaxed);
            let run = async {
                let mut run = Run::start(&world, &bank, &canaries, number).await;
                for (who, act) in &acts {
                    run.act(*who, act).await?;
                }
                for (who, words) in WORDS.iter().enumerate() {
                    run.act(who, &Act::Read).await?;
                    let own: Value = run.answer(who, &Act::Read).await.body;
                    prop_assert!(own.to_string().contains(words[1]), "one's own words are there");
                }
                Ok(())
            };
            tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(run))
        };
        runner.run(&acts(), one).unwrap();
    }
}
