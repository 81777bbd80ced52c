//! The canary sweep: every protected value is a word that stands nowhere else, and every answer, mail, complaint and log
//! line is searched for words that its reader may not see.

use std::collections::BTreeSet;

mod beside;
mod documents;
mod imports;
mod told;
mod watched;

use documents::{reads, writes};
use entity::kinds::StaffRole::{Admin, Agent};
use serde_json::{Value, json};
use tests::canary::Canaries;
use tests::customer::PASSWORD;
use tests::staff::sign_in;
use tests::world::{ALL_PURPOSES, ALL_SCOPES, DAY};
use tests::{Authenticator, BrandApp, Customer, Reply, StaffPerson, World, log, on_both_databases};

use crate::conversations::{arrive, reached};
use crate::oauth::browser::Browser;
use crate::passkeys;

/// What of Ada's is not for one brand rather than another.
const EVERYTHING: [&str; 7] = ["name", "contact", "handles", "area", "language", "preferences", "context"];
const HANDLE: &str = "brindlefox@handle.example";

/// Who may see which kinds of Ada's words in one state of her consent.
#[derive(Default)]
struct State {
    name: &'static str,
    /// The bank, by her handle; and by its own id of her.
    by_handle: Vec<&'static str>,
    by_id: Vec<&'static str>,
    /// The shop, likewise.
    shop: Vec<&'static str>,
    shop_by_id: Vec<&'static str>,
    /// The other customer.
    bob: Vec<&'static str>,
}

struct Sweep<'w> {
    world: &'w World,
    canaries: Canaries,
    complaints: BTreeSet<String>,
    ada: Customer<'w>,
    bob: Customer<'w>,
    bank: BrandApp<'w>,
    narrow: BrandApp<'w>,
    shop: BrandApp<'w>,
    agent: StaffPerson<'w>,
    admin: StaffPerson<'w>,
    /// Every id that stands for something of Ada's.
    ids: Vec<String>,
    tokens: Vec<String>,
    /// On the pages: Ada's browser, Bob's, and one that nobody has signed in with.
    browsers: [Browser<'w>; 3],
}

on_both_databases! {
    async fn no_word_of_a_customer_is_where_its_reader_may_not_see_it(world) {
        let log = log::capture();
        let mut sweep = Sweep::start(&world).await;
        let receiver = sweep.listen().await;
        sweep.through_every_state().await;
        sweep.import_complaints().await;
        sweep.deliveries(&receiver).await;
        for mail in world.mails() {
            let to = mail.lines().find(|line| line.starts_with("To: ")).expect("a mail has a reader").to_owned();
            let known: BTreeSet<_> = sweep.canaries.found(&to).into_iter().map(|(_, word)| word).collect();
            for (kind, word) in sweep.canaries.found(&mail) {
                assert!(known.contains(&word), "{word} ({kind}) is in a mail {to}");
            }
        }
        let text = log.text();
        assert!(text.contains("answered") && text.contains("TRACE"), "the log was kept, at its most talkative");
        let bad = |line: &str| {
            !sweep.canaries.found(line).is_empty() || sweep.tokens.iter().any(|token| line.contains(token.as_str()))
        };
        if bad(text.as_str()) {
            let lines: Vec<_> = text.lines().filter(|line| bad(line)).take(10).collect();
            panic!("a word that nobody may log is in the log: {lines:#?}");
        }
        assert!(sweep.complaints.is_empty(), "{:#?}", sweep.complaints);
    }
}

#[test]
fn the_sweep_finds_a_word_in_every_form_that_it_may_take() {
    let mut canaries = Canaries::default();
    canaries.add("address", &["brindle+fox@handle.example"]);
    for form in [
        "to Brindle+Fox@handle.example now",
        "?h=brindle%2Bfox%40handle.example",
        "?h=brindle%2bfox%40handle%2Eexample".replace("%2E", ".").as_str(),
        "x'6272696e646c652b666f784068616e646c652e6578616d706c65'",
        "%62%72%69%6E%64%6C%65%2B%66%6F%78%40%68%61%6E%64%6C%65%2E%65%78%61%6D%70%6C%65",
        "YnJpbmRsZStmb3hAaGFuZGxlLmV4YW1wbGU=",
        // Behind one and behind two other bytes.
        "LWJyaW5kbGUrZm94QGhhbmRsZS5leGFtcGxlLQ==",
        "LS1icmluZGxlK2ZveEBoYW5kbGUuZXhhbXBsZS0t",
    ] {
        assert_eq!(canaries.found(form).len(), 1, "{form}");
    }
    assert!(canaries.found("brindle fox at handle dot example").is_empty());
}

impl<'w> Sweep<'w> {
    async fn start(world: &'w World) -> Self {
        let mut canaries = Canaries::default();
        canaries.add("login", &["quillfeather"]);
        canaries.add("name", &["Zorblatt", "Wexmoor", "Tundervale", "xemkin"]);
        canaries.add("contact", &["mossgrave", "15799887766"]);
        canaries.add("handles", &["brindlefox"]);
        canaries.add("area", &["QX77ZELM", "Velmorania"]);
        canaries.add("language", &["plimsol", "Antarctica/Troll"]);
        canaries.add("preferences", &["gorblin", "snarvik", "wuzzletop"]);
        canaries.add("context", &["flanwick", "drovemere", "pelthorn", "ostrigan"]);
        canaries.add("context for the bank", &["krellmoss", "undertwig", "salvoria", "hobbernack"]);
        canaries.add("context for the shop", &["yandrell", "mirthquay", "tolverash", "cragwimple"]);
        canaries.add("passkey", &["thistlering"]);
        canaries.add("written to the bank", &["yarrowgate"]);
        canaries.add("bob", &["jaskelby", "drumwillow"]);
        canaries.add("agent", &["bramblewick"]);
        canaries.add("admin", &["cindermoor"]);
        canaries.add("secret", &[PASSWORD, "secret-of-bank-app-0123456789", "secret-of-shop-app-0123456789"]);
        let bank = reached(world, "bank").await;
        let shop = world.brand("shop").await;
        let narrow = world.app("bank", "bank-chat", &["NAME"], &ALL_PURPOSES).await;
        let agent = StaffPerson::join(world, "bank", Agent, "Bramblewick").await;
        let admin = StaffPerson::join(world, "bank", Admin, "Cindermoor").await;
        let ada = world.customer("Quillfeather").await;
        let bob = world.customer("Jaskelby").await;
        let mut ids = tell(&ada).await;
        ids.push(write(world, &bank).await);
        bob.act("updateProfile", json!({ "name": { "familyName": "Drumwillow" } }), "").await.done("updateProfile");
        let mut tokens = vec![ada.token().await, ada.refresh_token(), bob.token().await, bank.token().await];
        tokens.extend([&agent, &admin].map(|who| who.token().to_owned()));
        let mut browsers = [Browser::new(world), Browser::new(world), Browser::new(world)];
        browsers[0].sign_in(&ada.email).await;
        browsers[1].sign_in(&bob.email).await;
        let complaints = BTreeSet::new();
        Self { world, canaries, complaints, ada, bob, bank, narrow, shop, agent, admin, ids, tokens, browsers }
    }

    /// Time has passed: staff sign in again, and Ada, who has until now signed in by her password alone, adds a passkey.
    async fn begin_again(&mut self) {
        for who in [&mut self.agent, &mut self.admin] {
            let signed_in = sign_in(self.world, Some("bank"), &who.email, PASSWORD).await;
            *who = StaffPerson::of(self.world, "bank", &who.email, signed_in.done("signInStaff"));
            self.tokens.push(who.token().to_owned());
        }
        let (passkey, _) = passkeys::register(&self.ada, &mut Authenticator::new(1)).await;
        self.change("renamePasskey", json!({ "passkeyId": passkey, "nickname": "thistlering" })).await;
        self.ids.push(passkey);
    }

    async fn through_every_state(&mut self) {
        let all = [&EVERYTHING[..], &["context for the bank"]].concat();
        let both = |name, kinds: &[&'static str]| State {
            name,
            by_handle: kinds.to_vec(),
            by_id: kinds.to_vec(),
            ..State::default()
        };
        self.round(both("never granted", &[])).await;
        let grant = self.give("bank", &["NAME"], None).await;
        self.round(both("NAME granted", &["name"])).await;
        self.ada.withdraw(&grant).await;
        self.round(both("withdrawn", &[])).await;
        let grant = self.give("bank", &ALL_SCOPES, None).await;
        self.round(both("everything granted", &all)).await;
        self.change("amendConsent", json!({ "grantId": grant, "scopes": ["NAME"] })).await;
        self.round(both("narrowed to NAME", &["name"])).await;
        self.change("pauseConsent", json!({ "grantId": grant })).await;
        self.round(both("paused", &[])).await;
        self.change("resumeConsent", json!({ "grantId": grant })).await;
        self.round(both("resumed", &["name"])).await;
        self.ada.withdraw(&grant).await;
        self.give("bank", &ALL_SCOPES, Some(self.world.time(DAY))).await;
        self.round(both("granted for a day", &all)).await;
        self.world.pass(2 * DAY);
        self.begin_again().await;
        self.round(both("expired", &[])).await;
        self.give("bank", &ALL_SCOPES, None).await;
        self.give("shop", &["CONTEXT"], None).await;
        let shop = vec!["context", "context for the shop"];
        let shop_by_id = shop.clone();
        self.round(State { shop: shop.clone(), shop_by_id, ..both("given again, and CONTEXT to the shop", &all) })
            .await;
        self.bob.link_email(HANDLE).await;
        let by_id: Vec<_> = all.iter().copied().filter(|kind| *kind != "handles").collect();
        let name = "handle taken over by Bob";
        self.round(State { name, by_id, shop_by_id: shop, bob: vec!["handles"], ..State::default() }).await;
        self.change("withdrawEverything", json!({})).await;
        self.round(State { name: "everything withdrawn", bob: vec!["handles"], ..State::default() }).await;
    }

    async fn give(&mut self, brand: &str, scopes: &[&str], until: Option<String>) -> String {
        let input = json!({ "brand": brand, "purpose": "CUSTOMER_CARE", "scopes": scopes, "expiresAt": until });
        let reply = self.ada.act("giveConsent", input, "grant { id profileId }").await;
        let grant = reply.done("giveConsent")["grant"].clone();
        let id = |name: &str| grant[name].as_str().expect("an id").to_owned();
        let profile = id("profileId");
        if !self.ids.contains(&profile) {
            self.ids.push(profile);
        }
        self.ids.retain(|known| !known.starts_with("grant_"));
        self.ids.push(id("id"));
        id("id")
    }

    async fn change(&self, mutation: &str, input: Value) {
        self.ada.act(mutation, input, "").await.done(mutation);
    }

    /// Everybody asks for everything that there is, in every way.
    async fn round(&mut self, state: State) {
        self.exact(&state).await;
        let reads = reads(&self.ids);
        // What others try to change is refused whatever the state: once with everything at stake is enough.
        let writes = if state.by_handle.len() > 1 { writes(&self.ids) } else { Vec::new() };
        for (what, query, variables) in reads.iter().chain(&writes) {
            // By an id and by a handle in one request: what either permits.
            let either = |kinds: &[&'static str]| [kinds, &state.by_handle].concat();
            let bank = self.bank.ask(query, variables.clone()).await;
            self.look("the bank", &[&["written to the bank"][..], &either(&state.by_id)].concat(), &state, what, &bank);
            let chat = self.narrow.ask(query, variables.clone()).await;
            let name = either(&state.by_id).into_iter().filter(|kind| *kind == "name");
            let name: Vec<_> = name.chain(["written to the bank"]).collect();
            self.look("the bank's chat", &name, &state, what, &chat);
            let agent = self.agent.ask(query, variables.clone()).await;
            self.look(
                "the bank's agent",
                &[&["agent", "written to the bank"][..], &either(&state.by_id)].concat(),
                &state,
                what,
                &agent,
            );
            let admin = self.admin.ask(query, variables.clone()).await;
            self.look("the bank's administrator", &["agent", "admin"], &state, what, &admin);
            let shop = self.shop.ask(query, variables.clone()).await;
            self.look("the shop", &state.shop_by_id, &state, what, &shop);
            let bob = self.bob.ask(query, variables.clone()).await;
            self.look("Bob", &[&["bob"][..], &state.bob].concat(), &state, what, &bob);
            let nobody = self.world.ask(query, variables.clone()).await;
            self.look("nobody", &[], &state, what, &nobody);
        }
        for (what, query, variables) in &reads {
            let ada = self.ada.ask(query, variables.clone()).await;
            if what == "me" {
                ada.data("/me/grants/nodes");
                assert_eq!(ada.text.contains("thistlering"), self.ids.iter().any(|id| id.starts_with("passkey_")));
            }
            self.look("Ada", &own(), &state, what, &ada);
        }
        self.provoke(&state).await;
        self.beside_graphql(&state).await;
        self.on_pages(&state).await;
        self.on_streams(&state).await;
    }

    /// The sweep would prove nothing if nothing could be seen: what is permitted is really there, and only that.
    async fn exact(&mut self, state: &State) {
        let whole = tests::app::WHOLE_PROFILE;
        for (app, kinds) in [(&self.bank, &state.by_handle), (&self.shop, &state.shop)] {
            let scopes = if app.slug == "shop" { "context { topic text area wishedOutcome }" } else { whole };
            let reply = app.look_up(HANDLE, "CUSTOMER_CARE", scopes).await;
            let found: BTreeSet<_> = self.canaries.found(&all_of(&reply)).into_iter().map(|(_, word)| word).collect();
            let expected: BTreeSet<_> = kinds.iter().flat_map(|kind| self.canaries.of(kind)).collect();
            assert_eq!(found, expected, "what {} gets by the handle while {}", app.slug, state.name);
        }
        let app = self.bank.profile(HANDLE, "CUSTOMER_CARE").await;
        assert_eq!(self.agent.profile(HANDLE).await, app, "an agent while {}", state.name);
    }

    /// Requests that fail, made of Ada's words. Whoever sends a word may get it back; the log may not have it.
    async fn provoke(&mut self, state: &State) {
        let wrong = [
            (
                "{ profile(by: { handle: { channel: BRINDLEFOX, handle: \"brindlefox\" } }, purpose: ZORBLATT) { id } }",
                json!({}),
            ),
            ("{ me { mossgrave } } # Zorblatt", json!({})),
            ("{ me { name(wexmoor: \"Tundervale\") { displayName } ", json!({})),
            ("query($id: ID!) { node(id: $id) { id } }", json!({ "id": "quillfeather" })),
            (
                "query($p: Purpose!) { profile(by: { id: \"Velmorania\" }, purpose: $p) { id } }",
                json!({ "p": "wuzzletop" }),
            ),
            (
                "mutation($e: EmailAddress!) { startClaim(input: { email: $e }) { accepted userErrors { message } } }",
                json!({ "e": "mossgrave at nowhere" }),
            ),
            (
                "mutation($e: EmailAddress!) { startClaim(input: { email: $e }) { accepted userErrors { message } } }",
                json!({ "e": "quillfeather@example.org" }),
            ),
            (
                "mutation { signIn(input: { email: \"quillfeather@example.org\", password: \"Zorblatt Wexmoor\" }) { userErrors { message } } }",
                json!({}),
            ),
            (
                "mutation { signUp(input: { email: \"quillfeather@example.org\", password: \"gorblin snarvik krellmoss\" }) { userErrors { message } } }",
                json!({}),
            ),
            (
                "mutation { refreshSession(input: { refreshToken: \"undertwig\" }) { userErrors { message } } }",
                json!({}),
            ),
            (
                "mutation($c: ContactDetailsInput) { updateProfile(input: { contact: $c }) { userErrors { message } } }",
                json!({ "c": { "phone": "mossgrave" } }),
            ),
        ];
        let any: Vec<&'static str> = own();
        for (query, variables) in wrong {
            for token in [None, Some(self.ada.token().await), Some(self.bank.token().await)] {
                let reply = self.world.ask_as(token.as_deref(), query, variables.clone()).await;
                self.look("whoever wrote it", &any, state, query, &reply);
            }
            let parameters = [("query", query), ("variables", &variables.to_string())];
            let url = format!("{}/graphql", self.world.url);
            let url = reqwest::Url::parse_with_params(&url, parameters).expect("a URL");
            let reply = Reply::of(self.world.http.get(url).send().await).await;
            self.look("whoever wrote it", &any, state, "the same by GET", &reply);
        }
    }

    /// What the operator reads about bad lines: line and field, never the value.
    async fn import_complaints(&mut self) {
        let lines = imports::bad_lines();
        let complaints = self.world.import(&lines.join("\n")).await;
        assert!(complaints.len() >= lines.len() - 1, "the lines are bad: {complaints:#?}");
        for complaint in complaints {
            for (kind, word) in self.canaries.found(&complaint) {
                self.complaints.insert(format!("{word} ({kind}) is in a complaint: {complaint}"));
            }
        }
    }

    fn look(&mut self, reader: &str, allowed: &[&str], state: &State, what: &str, reply: &Reply) {
        for (kind, word) in self.canaries.found(&all_of(reply)) {
            if !allowed.contains(&kind) {
                let name = state.name;
                self.complaints.insert(format!("{reader} got {word} ({kind}) while {name}, by {what}"));
            }
        }
    }
}

/// What Ada may see of her own: all but what nobody may.
fn own() -> Vec<&'static str> {
    [&EVERYTHING[..], &["login", "passkey", "context for the bank", "context for the shop", "written to the bank"]]
        .concat()
}

fn all_of(reply: &Reply) -> String {
    format!("{:?} {}", reply.headers, reply.text)
}

/// Ada writes to the bank. The conversation's id.
async fn write(world: &World, bank: &BrandApp<'_>) -> String {
    let to = json!({ "handle": "care@bank.example.org" });
    let data = json!({ "id": "1", "author": { "handle": HANDLE }, "to": to, "text": "yarrowgate" });
    arrive(world, "EMAIL", &data).await;
    let queue = bank.ask("{ brand { conversations { nodes { id lastMessage { text } } } } }", json!({})).await;
    assert_eq!(queue.data("/brand/conversations/nodes/0/lastMessage/text"), "yarrowgate");
    queue.data("/brand/conversations/nodes/0/id").as_str().expect("an id").to_owned()
}

/// Ada tells everything. The ids of what is hers.
async fn tell(ada: &Customer<'_>) -> Vec<String> {
    let profile = json!({
        "name": { "displayName": "Zorblatt", "givenName": "Wexmoor", "familyName": "Tundervale", "pronouns": "xemkin" },
        "contact": { "email": "mossgrave@contact.example", "phone": "+4915799887766", "preferredChannel": "PHONE" },
        "area": { "postalCode": "QX77ZELM", "region": "Velmorania", "country": "NO" },
        "language": { "locale": "en-x-plimsol", "timeZone": "Antarctica/Troll" },
    });
    ada.act("updateProfile", profile, "").await.done("updateProfile");
    let preference = json!({ "category": "gorblin", "key": "snarvik", "value": "wuzzletop" });
    ada.act("setPreferences", json!({ "preferences": [preference] }), "").await.done("setPreferences");
    let mut ids = vec![ada.link_email(HANDLE).await];
    for (brand, [topic, text, area, outcome]) in [
        (None, ["flanwick", "drovemere", "pelthorn", "ostrigan"]),
        (Some("bank"), ["krellmoss", "undertwig", "salvoria", "hobbernack"]),
        (Some("shop"), ["yandrell", "mirthquay", "tolverash", "cragwimple"]),
    ] {
        let need = json!({ "brand": brand, "topic": topic, "text": text, "area": area, "wishedOutcome": outcome });
        let stated = ada.act("stateContext", need, "context { id }").await;
        ids.push(stated.done("stateContext")["context"]["id"].as_str().expect("an id").to_owned());
    }
    let me = ada.ask("{ me { id } }", json!({})).await;
    ids.push(me.data("/me/id").as_str().expect("an id").to_owned());
    ids
}
