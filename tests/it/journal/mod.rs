//! The endings journal: written before a reduction is acknowledged, and carried out again over a database that lacks it.

mod refusals;
mod table;

use std::path::PathBuf;

use api::domain::consent::attest;
use entity::ids::{ConsentEventId, CustomerId, GrantId};
use entity::journal::{ConsentEnding, Ending, EndingKind, Journal, Place, Remaining};
use entity::kinds::ConsentActor;
use entity::scope::{Pins, Scope};
use entity::vault::replay;
use entity::{app, customer, grant};
use reqwest::StatusCode;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, Set};
use serde_json::{Value, json};
use tests::world::{DAY, MINUTE};
use tests::{Customer, Reply, World, on_both_databases};

use crate::consent::{access, grant as shown, history};
use crate::receipts::{BRANDS, kinds, linked};
use crate::tampering::{audited, settle};

const EMAIL: &str = "ada@example.org";

fn file(world: &World) -> PathBuf {
    world.folder.join("journal.ndjson")
}

/// Everything in a journal.
pub async fn endings(journal: &Journal) -> Vec<Ending> {
    let (mut all, mut place) = (Vec::new(), Place::START);
    loop {
        let batch = journal.read(&place).await.unwrap();
        if batch.endings.is_empty() {
            return all;
        }
        all.extend(batch.endings);
        place = batch.next;
    }
}

async fn row(world: &World, id: &str) -> grant::Model {
    let id: GrantId = id.parse().unwrap();
    let found = grant::Entity::find().filter(grant::Column::Id.eq(id)).one(world.deps.vault.store.reader()).await;
    found.unwrap().unwrap()
}

async fn revision(world: &World, customer: CustomerId) -> i64 {
    let row = customer::Entity::find_by_id(customer).one(world.deps.vault.store.reader()).await;
    row.unwrap().unwrap().consent_revision
}

/// An ending of a grant, as a process writes it that dies before it has committed.
async fn unknown(world: &World, id: &str, kind: EndingKind, revision: i64, remaining: Option<Remaining>) -> Ending {
    let event = ConsentEventId(world.deps.vault.entropy.id_at(world.clock.now()));
    let (customer, grant) = (row(world, id).await.customer_id, Some(id.parse().unwrap()));
    let at = world.clock.now().minus_minutes(1);
    Ending::Consent(ConsentEnding {
        kind,
        customer,
        grant,
        revision,
        event,
        actor: ConsentActor::Customer,
        at,
        remaining,
        request: None,
        deletion_wanted: false,
    })
}

async fn write(world: &World, ending: Ending) {
    world.deps.vault.journal.write(&[ending]).await.unwrap();
}

/// How many endings a replay carries out.
async fn replayed(world: &World) -> u64 {
    replay::replay(&world.deps.vault, attest).await.unwrap().carried_out
}

async fn ada_shares<'w>(world: &'w World, scopes: &[&str]) -> (Customer<'w>, String) {
    let ada = world.customer("Ada").await;
    ada.link_email(EMAIL).await;
    ada.act("updateProfile", json!({ "language": { "locale": "de-DE" } }), "").await.done("updateProfile");
    let grant = ada.give("bank", "CUSTOMER_CARE", scopes).await;
    (ada, grant)
}

fn assert_away(reply: &Reply) {
    assert_eq!(reply.status, StatusCode::SERVICE_UNAVAILABLE, "{}", reply.text);
    assert_eq!(reply.code(), "SERVICE_UNAVAILABLE", "{}", reply.text);
    assert!(reply.header("retry-after").parse::<u32>().is_ok(), "{:?}", reply.headers);
}

on_both_databases! {
    async fn while_the_journal_cannot_be_written_nothing_is_taken_back_or_acknowledged_and_reads_go_on(world) {
        let bank = world.brand("bank").await;
        let (ada, grant) = ada_shares(&world, &["NAME", "LANGUAGE"]).await;
        // Even root cannot append to a folder.
        std::fs::create_dir(file(&world)).unwrap();
        for (mutation, input) in [
            ("withdrawConsent", json!({ "grantId": grant })),
            ("pauseConsent", json!({ "grantId": grant })),
            ("amendConsent", json!({ "grantId": grant, "scopes": ["NAME"] })),
            ("withdrawFromBrand", json!({ "brand": "bank" })),
            ("withdrawEverything", json!({})),
        ] {
            assert_away(&ada.act(mutation, input, "").await);
        }
        let now = shown(&ada, &grant).await;
        assert_eq!((&now["state"], history(&now, "kind")), (&json!("ACTIVE"), vec![json!("GIVEN")]));
        let profile = bank.profile(EMAIL, "CUSTOMER_CARE").await;
        assert_eq!((&profile["name"]["displayName"], &profile["language"]["locale"]), (&json!("Ada"), &json!("de-DE")));
        ada.give("bank", "ANALYTICS", &["NAME"]).await;

        std::fs::remove_dir(file(&world)).unwrap();
        ada.withdraw(&grant).await;
        assert_eq!(bank.profile(EMAIL, "CUSTOMER_CARE").await, Value::Null);
    }

    async fn every_reduction_is_in_it_what_only_gives_is_not_and_it_says_nothing_of_anybody(world) {
        world.brand("bank").await;
        let (ada, grant) = ada_shares(&world, &["NAME", "LANGUAGE"]).await;
        ada.act("amendConsent", json!({ "grantId": grant, "scopes": ["NAME"] }), "").await.done("amendConsent");
        ada.act("pauseConsent", json!({ "grantId": grant }), "").await.done("pauseConsent");
        ada.act("resumeConsent", json!({ "grantId": grant }), "").await.done("resumeConsent");
        // What gives one scope may take another.
        let exchange = json!({ "grantId": grant, "scopes": ["AREA"] });
        let first = ada.act("amendConsent", exchange, "confirmationToken").await;
        let token = first.done("amendConsent")["confirmationToken"].clone();
        let exchange = json!({ "grantId": grant, "scopes": ["AREA"], "confirmationToken": token });
        ada.act("amendConsent", exchange, "").await.done("amendConsent");
        let from_bank = ada.act("withdrawFromBrand", json!({ "brand": "bank", "deletionWanted": true }), "grants { id }").await;
        assert_eq!(from_bank.done("withdrawFromBrand")["grants"], json!([{ "id": grant }]));

        let written = endings(&world.deps.vault.journal).await;
        let (mut kinds, mut revisions, mut wishes, mut remaining) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for ending in &written {
            let Ending::Consent(ending) = ending else { panic!("{ending:?}") };
            assert_eq!(ending.grant.unwrap().to_string(), grant);
            kinds.push(ending.kind);
            revisions.push(ending.revision);
            wishes.push(ending.deletion_wanted);
            remaining.extend(ending.remaining.iter().map(|one| (one.version, one.pins.scopes().iter().collect::<Vec<_>>())));
        }
        assert_eq!(kinds, [EndingKind::Narrowed, EndingKind::Paused, EndingKind::Narrowed, EndingKind::Withdrawn]);
        assert_eq!(revisions, [2, 3, 5, 6]);
        assert_eq!(wishes, [false, false, false, true]);
        assert_eq!(remaining, [(2, vec![Scope::Name]), (3, vec![Scope::Area])]);
        let text = std::fs::read_to_string(file(&world)).unwrap().to_lowercase();
        for word in ["ada@", "example", "bank", "de-de"] {
            assert!(!text.contains(word), "{word} in {text}");
        }
        assert_eq!(replayed(&world).await, 0, "the database knows all of it");
    }

    async fn what_a_process_wrote_before_it_died_is_carried_out_with_its_actor_and_date(world) {
        let bank = world.brand("bank").await;
        let (ada, grant) = ada_shares(&world, &["NAME"]).await;
        world.pass(10 * MINUTE);
        write(&world, unknown(&world, &grant, EndingKind::Withdrawn, 2, None).await).await;
        assert_eq!(bank.profile(EMAIL, "CUSTOMER_CARE").await["name"]["displayName"], "Ada", "nobody was promised anything");
        assert_eq!(replayed(&world).await, 1);
        assert_eq!(bank.profile(EMAIL, "CUSTOMER_CARE").await, Value::Null);
        let now = shown(&ada, &grant).await;
        assert_eq!((&now["state"], &now["endedAt"]), (&json!("WITHDRAWN"), &json!(world.time(-MINUTE))));
        assert_eq!(history(&now, "revision"), [1, 2]);
        assert_eq!(history(&now, "kind"), ["GIVEN", "WITHDRAWN"]);
        assert_eq!(history(&now, "actor"), ["CUSTOMER", "CUSTOMER"]);
        assert_eq!(history(&now, "occurredAt")[1], json!(world.time(-MINUTE)));
        for from_the_start in [false, true] {
            if from_the_start {
                replay::forget(&world.deps.vault).await.unwrap();
            }
            assert_eq!(replayed(&world).await, 0);
            assert_eq!(shown(&ada, &grant).await, now, "a second time changes nothing");
        }
        ada.give("bank", "CUSTOMER_CARE", &["NAME"]).await;
        assert_eq!(bank.profile(EMAIL, "CUSTOMER_CARE").await["name"]["displayName"], "Ada", "a new grant is another one");
    }

    async fn what_is_carried_out_has_its_receipt_like_every_other_event(world) {
        let bank = world.brand("bank").await;
        let (ada, grant) = ada_shares(&world, &["NAME", "LANGUAGE"]).await;
        let less = Remaining { version: 2, pins: Pins([(Scope::Name, 1)].into()), until: world.clock.now().plus_days(9) };
        write(&world, unknown(&world, &grant, EndingKind::Narrowed, 2, Some(less)).await).await;
        write(&world, unknown(&world, &grant, EndingKind::Withdrawn, 3, None).await).await;
        assert_eq!(replayed(&world).await, 2);
        let chain = linked(&world, &ada).await;
        assert_eq!(kinds(&chain), ["GIVEN", "NARROWED", "WITHDRAWN"]);
        let shown = bank.ask(BRANDS, json!({})).await;
        let documents = |list: &[Value]| list.iter().map(|receipt| receipt["document"].clone()).collect::<Vec<_>>();
        let mut listed = documents(shown.data("/brand/receipts/nodes").as_array().unwrap());
        listed.reverse();
        assert_eq!(listed, documents(&chain), "the brand has the same");
        settle(&world).await;
        assert_eq!(audited(&world, &[]).await.map(|findings| findings.waiting), Ok(0));
    }

    async fn a_revision_that_was_used_twice_hides_no_ending(world) {
        let bank = world.brand("bank").await;
        let (ada, first) = ada_shares(&world, &["NAME"]).await;
        let second = ada.give("bank", "ANALYTICS", &["NAME"]).await;
        // Two of one revision, as a commit that failed after its journal leaves behind; and one that is long past.
        write(&world, unknown(&world, &first, EndingKind::Paused, 3, None).await).await;
        write(&world, unknown(&world, &second, EndingKind::Withdrawn, 3, None).await).await;
        write(&world, unknown(&world, &first, EndingKind::Revoked, 1, None).await).await;
        assert_eq!(replayed(&world).await, 3);
        let (first, second) = (shown(&ada, &first).await, shown(&ada, &second).await);
        assert_eq!((&first["state"], &second["state"]), (&json!("REVOKED"), &json!("WITHDRAWN")));
        assert_eq!((history(&first, "revision"), history(&second, "revision")), (vec![json!(1), json!(3), json!(5)], vec![json!(2), json!(4)]));
        assert_eq!(bank.profile(EMAIL, "CUSTOMER_CARE").await, Value::Null);
        assert_eq!(replayed(&world).await, 0);
    }

    async fn a_narrowing_leaves_what_both_it_and_the_grant_allow(world) {
        let bank = world.brand("bank").await;
        let (ada, grant) = ada_shares(&world, &["NAME", "LANGUAGE"]).await;
        let until = world.clock.now().plus_days(200);
        let pins = Pins([(Scope::Language, 9), (Scope::Area, 1)].into());
        let wider = Remaining { version: 7, pins, until };
        write(&world, unknown(&world, &grant, EndingKind::Narrowed, 8, Some(wider)).await).await;
        assert_eq!(replayed(&world).await, 1);
        let now = shown(&ada, &grant).await;
        assert_eq!((&now["scopes"], &now["version"]), (&json!(["LANGUAGE"]), &json!(7)));
        assert_eq!(now["expiresAt"], json!(world.time(90 * DAY)), "it does not get longer");
        assert_eq!(history(&now, "kind"), ["GIVEN", "NARROWED"]);
        assert_eq!(history(&now, "revision"), [1, 8]);
        let profile = bank.profile(EMAIL, "CUSTOMER_CARE").await;
        assert_eq!((&profile["name"], &profile["language"]["locale"]), (&Value::Null, &json!("de-DE")));
        assert_eq!(access(&profile, "NAME")["status"], "WITHDRAWN");
        let stored = row(&world, &grant).await;
        assert_eq!(stored.pins.version(Scope::Language), Some(1), "an older version of the scope stays the older one");
        let again = json!({ "grantId": grant, "expiresAt": world.time(DAY) });
        ada.act("amendConsent", again, "grant { version }").await.done("amendConsent");
        assert_eq!(shown(&ada, &grant).await["version"], 8);

        // Nothing in common: nothing may be read.
        let pins = Pins([(Scope::Area, 1)].into());
        let other = Remaining { version: 9, pins, until };
        write(&world, unknown(&world, &grant, EndingKind::Narrowed, 10, Some(other)).await).await;
        assert_eq!(replayed(&world).await, 1);
        assert_eq!(bank.profile(EMAIL, "CUSTOMER_CARE").await["language"], Value::Null);
    }

    async fn what_was_given_after_the_copy_needs_nothing_but_its_revisions_are_not_given_again(world) {
        world.brand("bank").await;
        let (ada, grant) = ada_shares(&world, &["NAME"]).await;
        let Ending::Consent(known) = unknown(&world, &grant, EndingKind::Withdrawn, 9, None).await else { panic!() };
        let gone = GrantId(world.deps.vault.entropy.id());
        write(&world, Ending::Consent(ConsentEnding { grant: Some(gone), ..known.clone() })).await;
        let nobody = CustomerId(world.deps.vault.entropy.id());
        write(&world, Ending::Consent(ConsentEnding { customer: nobody, ..known.clone() })).await;
        assert_eq!(replayed(&world).await, 0);
        assert_eq!(shown(&ada, &grant).await["state"], "ACTIVE");
        assert_eq!(revision(&world, known.customer).await, 9);
        ada.withdraw(&grant).await;
        assert_eq!(revision(&world, known.customer).await, 10);
    }

    async fn direct_marketing_stays_blocked_and_a_later_switch_that_the_database_knows_is_kept(world) {
        world.brand("bank").await;
        let (_ada, grant) = ada_shares(&world, &["NAME"]).await;
        let ending = unknown(&world, &grant, EndingKind::MarketingBlocked, 2, None).await;
        let Ending::Consent(ending) = ending else { panic!() };
        let ending = ConsentEnding { grant: None, ..ending };
        write(&world, Ending::Consent(ending.clone())).await;
        assert_eq!(replayed(&world).await, 1);
        let row = customer::Entity::find_by_id(ending.customer).one(world.deps.vault.store.reader()).await;
        assert_eq!(row.unwrap().unwrap().marketing_blocked_at, Some(ending.at));
        // Switched on again since.
        let allowed = customer::ActiveModel { marketing_blocked_at: Set(None), ..Default::default() };
        let writer = world.deps.vault.store.writer();
        customer::Entity::update_many().set(allowed).exec(writer).await.unwrap();
        replay::forget(&world.deps.vault).await.unwrap();
        assert_eq!(replayed(&world).await, 0);
        let row = customer::Entity::find_by_id(ending.customer).one(writer).await;
        assert_eq!(row.unwrap().unwrap().marketing_blocked_at, None);
    }

    async fn somebody_who_was_erased_is_erased_again_with_their_data_key(world) {
        let bank = world.brand("bank").await;
        let (ada, grant) = ada_shares(&world, &["NAME"]).await;
        let token = ada.token().await;
        let Ending::Consent(ending) = unknown(&world, &grant, EndingKind::Erased, 2, None).await else { panic!() };
        let customer = ending.customer;
        write(&world, Ending::Consent(ConsentEnding { grant: None, ..ending })).await;
        assert_eq!(replayed(&world).await, 1);
        assert_eq!(bank.profile(EMAIL, "CUSTOMER_CARE").await, Value::Null);
        let sign_in = "mutation($input: SignInInput!) { signIn(input: $input) { session { accessToken } userErrors { code } } }";
        let input = json!({ "input": { "email": EMAIL, "password": tests::customer::PASSWORD } });
        assert_eq!(world.ask(sign_in, input).await.mistakes("signIn"), ["WRONG_CREDENTIALS"]);
        let session = world.ask_as(Some(&token), "{ me { id } }", json!({})).await;
        assert_eq!(session.status, StatusCode::UNAUTHORIZED, "{}", session.text);
        assert!(world.deps.vault.keyring.key(customer).await.is_err(), "nothing of theirs can be opened");

        // An older copy of the keyring has the key, though the database knows of the erasure.
        world.deps.vault.keyring.create(&[customer]).await.unwrap();
        replay::forget(&world.deps.vault).await.unwrap();
        assert_eq!(replayed(&world).await, 0);
        assert!(world.deps.vault.keyring.key(customer).await.is_err());
    }

    async fn a_suspended_app_is_suspended_again_unless_the_database_knows_of_a_later_change(world) {
        let bank = world.brand("bank").await;
        let token = bank.token().await;
        let vault = &world.deps.vault;
        let set = async |status| {
            let transaction = vault.begin().await.unwrap();
            assert!(api::domain::apps::set_status(&transaction, "bank-app", status).await.unwrap());
            transaction.commit().await.unwrap();
        };
        let calls = async || world.ask_as(Some(&token), "{ brand { slug } }", json!({})).await.status;
        set(entity::kinds::AppStatus::Suspended).await;
        set(entity::kinds::AppStatus::Suspended).await;
        assert_eq!(endings(&vault.journal).await.len(), 1, "what changes nothing takes nothing away");
        set(entity::kinds::AppStatus::Active).await;
        replay::forget(vault).await.unwrap();
        assert_eq!(replayed(&world).await, 0);
        assert_eq!(calls().await, StatusCode::OK);

        let row = app::Entity::find().one(vault.store.reader()).await.unwrap().unwrap();
        let at = world.clock.now();
        write(&world, Ending::of_app(row.brand_id, row.id, row.status_revision + 1, at)).await;
        assert_eq!(replayed(&world).await, 1);
        assert_eq!(calls().await, StatusCode::UNAUTHORIZED);
        assert_eq!(replayed(&world).await, 0);
    }

    async fn many_endings_are_replayed_batch_by_batch_and_a_damaged_line_stops_it_by_name(world) {
        let bank = world.brand("bank").await;
        let lines: String = (0..1_200).map(|number| format!("{}\n", imported(&world, number))).collect();
        assert_eq!(world.import(&lines).await, Vec::<String>::new());
        let grants = grant::Entity::find().all(world.deps.vault.store.reader()).await.unwrap();
        assert_eq!(grants.len(), 1_200);
        for row in &grants {
            let id = row.id.to_string();
            let ending = unknown(&world, &id, EndingKind::Withdrawn, 2, None).await;
            write(&world, ending).await;
        }
        let whole = std::fs::read_to_string(file(&world)).unwrap();
        let damaged: Vec<_> = whole.lines().enumerate().map(|(place, line)| if place == 700 { &line[1..] } else { line }).collect();
        std::fs::write(file(&world), damaged.join("\n") + "\n").unwrap();
        let fault = replay::replay(&world.deps.vault, attest).await.unwrap_err();
        assert!(fault.to_string().contains("line 701"), "{fault}");
        std::fs::write(file(&world), &whole).unwrap();
        assert_eq!(replayed(&world).await, 700, "the first batch was carried out before");
        assert_eq!(bank.profile("p7@example.org", "CUSTOMER_CARE").await, Value::Null);
        let open = grant::Entity::find().filter(grant::Column::EndedAt.is_null()).all(world.deps.vault.store.reader());
        assert_eq!(open.await.unwrap(), []);
    }
}

/// An import line of somebody who shares a name with the bank.
fn imported(world: &World, number: u32) -> Value {
    json!({
        "customer": { "key": format!("p{number}"), "email": format!("p{number}@example.org"), "name": { "displayName": "P" } },
        "links": [{ "channel": "EMAIL", "handle": format!("p{number}@example.org"), "accountId": format!("p{number}@example.org"),
            "verifiedAt": world.time(-DAY) }],
        "grants": [{ "brand": "bank", "purpose": "CUSTOMER_CARE", "scopes": ["NAME"], "from": world.time(-DAY), "until": world.time(DAY) }],
    })
}
