//! Receipts: the signed proof of every consent event, checked with nothing but the published keys.

use std::path::PathBuf;

use entity::signing::{read_jwks, verify_jws};
use entity::vault::receipt::{TYPE, commitment};
use serde_json::{Value, json};
use tests::{Customer, World, on_both_databases};

use tests::process::House;

const MINE: &str = "query($first: Int, $after: String) { me { receipts(first: $first, after: $after) {
    pageInfo { hasNextPage endCursor } nodes { id kind at brand { slug } profileId grantId document file } } } }";
pub const BRANDS: &str = "query($profile: ID) { brand { receipts(first: 50, profileId: $profile) {
    nodes { id kind profileId grantId document file } } } }";

pub async fn jwks(world: &World) -> String {
    world.http.get(format!("{}/.well-known/jwks.json", world.url)).send().await.unwrap().text().await.unwrap()
}

/// What a document says, if it is genuine.
pub fn says(jwks: &str, receipt: &Value) -> Value {
    let document = receipt["document"].as_str().unwrap();
    let body = verify_jws(&read_jwks(jwks).unwrap(), TYPE, document).expect("a genuine receipt");
    serde_json::from_slice(&body).unwrap()
}

/// The customer's receipts, oldest first.
pub async fn receipts(who: &Customer<'_>) -> Vec<Value> {
    let reply = who.ask(MINE, json!({ "first": 100 })).await;
    let mut all = reply.data("/me/receipts/nodes").as_array().unwrap().clone();
    all.reverse();
    all
}

pub fn kinds(receipts: &[Value]) -> Vec<&str> {
    receipts.iter().map(|receipt| receipt["kind"].as_str().unwrap()).collect()
}

/// The customer's receipts, oldest first: each follows the one before it.
pub async fn linked(world: &World, who: &Customer<'_>) -> Vec<Value> {
    let jwks = jwks(world).await;
    let all = receipts(who).await;
    let mut before = String::new();
    for receipt in &all {
        let file: Value = serde_json::from_str(receipt["file"].as_str().unwrap()).unwrap();
        let says = says(&jwks, receipt);
        assert_eq!(file["says"], says, "what is shown is what was signed");
        let salt = file["opening"]["salt"].as_str().unwrap();
        assert_eq!(says["previous"], commitment(salt, &before), "it follows the one before");
        before = receipt["document"].as_str().unwrap().to_owned();
    }
    all
}

/// Too long to come up in base64 by chance.
const NAME: &str = "Adalbertina";

/// A customer to whom everything happens that can happen to a grant.
async fn whole_story<'w>(world: &'w World) -> Customer<'w> {
    world.brand("bank").await;
    let ada = world.customer(NAME).await;
    let grant = ada.give("bank", "CUSTOMER_CARE", &["NAME", "AREA"]).await;
    let narrow = json!({ "grantId": grant, "scopes": ["NAME"] });
    ada.act("amendConsent", narrow, "").await.done("amendConsent");
    ada.act("pauseConsent", json!({ "grantId": grant }), "").await.done("pauseConsent");
    ada.act("resumeConsent", json!({ "grantId": grant }), "").await.done("resumeConsent");
    ada.withdraw(&grant).await;
    ada
}

fn receipt_mails(world: &World) -> Vec<String> {
    world.mails().into_iter().filter(|mail| mail.contains("Subject: Your Rapport receipt")).collect()
}

on_both_databases! {
    async fn every_event_has_a_genuine_receipt_and_the_act_itself_hands_it_over(world) {
        let ada = whole_story(&world).await;
        let jwks = jwks(&world).await;
        let all = receipts(&ada).await;
        assert_eq!(kinds(&all), ["GIVEN", "NARROWED", "PAUSED", "RESUMED", "WITHDRAWN"]);
        for receipt in &all {
            let says = says(&jwks, receipt);
            assert_eq!(says["receipt_id"], receipt["id"]);
            assert_eq!(says["record_id"], receipt["grantId"]);
            assert_eq!(says["pii_principal_id"], receipt["profileId"]);
            assert_eq!(says["event"]["event_kind"], receipt["kind"]);
        }
        let input = json!({ "brand": "bank", "purpose": "ANALYTICS", "scopes": ["NAME"] });
        let given = ada.act("giveConsent", input, "receipt { id kind document }").await;
        let handed = given.done("giveConsent")["receipt"].clone();
        assert_eq!(handed["kind"], "GIVEN");
        assert_eq!(handed["id"], receipts(&ada).await.last().unwrap()["id"]);
    }

    async fn each_event_names_its_receipt_which_its_customer_alone_finds_by_that_id(world) {
        let ada = whole_story(&world).await;
        world.pass(1);
        ada.give("bank", "CUSTOMER_CARE", &["NAME"]).await;
        let page = "nodes { receiptId kind } pageInfo { endCursor }";
        let grants = ada.ask(&format!("{{ me {{ grants {{ nodes {{ id events(first: 2) {{ {page} }} }} }} }} }}"), json!({})).await;
        let grants = grants.data("/me/grants/nodes").as_array().unwrap().clone();
        let mut named = Vec::new();
        for grant in grants.iter().rev() {
            named.extend(grant["events"]["nodes"].as_array().unwrap().iter().cloned());
            let more = format!("query($id: ID!, $after: String) {{ node(id: $id) {{ ... on Grant {{ events(after: $after) {{ {page} }} }} }} }}");
            let after = &grant["events"]["pageInfo"]["endCursor"];
            let more = ada.ask(&more, json!({ "id": grant["id"], "after": after })).await;
            named.extend(more.data("/node/events/nodes").as_array().unwrap().iter().cloned());
        }
        let all = receipts(&ada).await;
        let ids = |list: &[Value], name: &str| list.iter().map(|one| (one[name].clone(), one["kind"].clone())).collect::<Vec<_>>();
        assert_eq!(ids(&named, "receiptId"), ids(&all, "id"), "one receipt each, in one order");

        let bob = world.customer("Bob").await;
        let find = "query($id: ID!) { me { receipt(id: $id) { id kind at brand { slug } profileId grantId document file } } }";
        for receipt in &all {
            let found = ada.ask(find, json!({ "id": receipt["id"] })).await;
            assert_eq!(found.data("/me/receipt"), receipt);
            assert_eq!(bob.ask(find, json!({ "id": receipt["id"] })).await.data("/me/receipt"), &Value::Null);
        }
        for unknown in ["", "x", "receipt_AAAAAAAAAAAAAAAAAAAAAA", grants[0]["id"].as_str().unwrap()] {
            assert_eq!(ada.ask(find, json!({ "id": unknown })).await.data("/me/receipt"), &Value::Null, "{unknown}");
        }
    }

    async fn a_receipt_says_who_may_read_what_for_what_until_when_and_how_to_end_it(world) {
        let ada = whole_story(&world).await;
        let says = says(&jwks(&world).await, &receipts(&ada).await[0]);
        assert_eq!(says["schema_version"], "ISO/IEC TS 27560:2023");
        assert_eq!(says["parties"][0]["party_name"], "The bank");
        assert_eq!(says["privacy_notice"]["notice_id"], "standard");
        let purpose = &says["purposes"][0];
        assert_eq!(purpose["purpose_code"], "CUSTOMER_CARE");
        assert_eq!(purpose["purpose"], "https://w3id.org/dpv#CommunicationForCustomerCare");
        let types: Vec<_> = purpose["pii_information"].as_array().unwrap().iter().map(|one| &one["pii_type"]).collect();
        assert_eq!(types, ["name:read", "area:read"]);
        assert_eq!(purpose["pii_information"][1]["sensitive_pii_category"], true);
        for field in ["lawful_basis", "pii_controllers", "collection_method", "processing_method", "withdrawal_method",
            "privacy_rights", "recipient_third_parties", "retention_period"] {
            assert!(!purpose[field].is_null(), "{field}");
        }
        let event = &says["event"];
        assert_eq!(event["event_state"], "https://w3id.org/dpv#ConsentGiven");
        assert_eq!(event["event_time"], world.time(0));
        assert_eq!(event["validity_duration"]["until"], world.time(90 * tests::world::DAY));
        assert_eq!(event["entity_id"], "CUSTOMER");
    }

    async fn receipts_are_a_chain_that_only_the_customer_can_follow(world) {
        let ada = whole_story(&world).await;
        let all = linked(&world, &ada).await;
        let jwks = jwks(&world).await;
        let commitments: std::collections::BTreeSet<_> =
            all.iter().map(|receipt| says(&jwks, receipt)["previous"].to_string()).collect();
        assert_eq!(commitments.len(), all.len(), "and without the salt each looks like nothing");
    }

    async fn a_brand_has_the_same_documents_of_its_own_grants_and_nobody_else_s(world) {
        let bank = world.brand("bank").await;
        let airline = world.brand("airline").await;
        let ada = whole_story(&world).await;
        ada.give("airline", "CUSTOMER_CARE", &["NAME"]).await;
        let mine: Vec<Value> = receipts(&ada).await.iter().map(|one| one["document"].clone()).collect();

        let theirs = bank.ask(BRANDS, json!({})).await;
        let theirs = theirs.data("/brand/receipts/nodes").as_array().unwrap().clone();
        let documents: Vec<Value> = theirs.iter().rev().map(|one| one["document"].clone()).collect();
        assert_eq!(documents, mine[..5]);
        assert!(theirs.iter().all(|one| !one["file"].as_str().unwrap().contains("salt")), "the chain is the customer's");
        let profile = &theirs[0]["profileId"];
        assert_eq!(bank.ask(BRANDS, json!({ "profile": profile })).await.data("/brand/receipts/nodes").as_array().unwrap().len(), 5);
        let foreign = airline.ask(BRANDS, json!({ "profile": profile })).await;
        assert_eq!(foreign.data("/brand/receipts/nodes"), &json!([]), "another brand's id of a customer finds nobody");
        assert_eq!(airline.ask(BRANDS, json!({})).await.data("/brand/receipts/nodes").as_array().unwrap().len(), 1);
        let query = "{ me { grants(first: 1) { nodes { brand { receipts(first: 1) { nodes { id } } } } } } }";
        assert_eq!(ada.ask(query, json!({})).await.code(), "FORBIDDEN", "a customer has their own list");
    }

    async fn receipts_of_one_act_do_not_tell_two_brands_that_their_customers_are_one_person(world) {
        let (bank, airline) = (world.brand("bank").await, world.brand("airline").await);
        let ada = world.customer("Ada").await;
        for brand in ["bank", "airline"] {
            ada.give(brand, "CUSTOMER_CARE", &["NAME"]).await;
        }
        ada.act("withdrawEverything", json!({}), "").await.done("withdrawEverything");
        let mut ids = Vec::new();
        for app in [&bank, &airline] {
            let reply = app.ask(BRANDS, json!({})).await;
            for receipt in reply.data("/brand/receipts/nodes").as_array().unwrap() {
                assert!(!receipt["file"].as_str().unwrap().contains("event_id"), "an event's id counts");
                let id: entity::ids::ReceiptId = receipt["id"].as_str().unwrap().parse().unwrap();
                assert_eq!(id.0.get_version_num(), 4, "random: it neither counts nor tells the time");
                ids.push(id);
            }
        }
        assert_eq!(ids.len(), 4);
    }

    async fn receipts_are_paged_newest_first(world) {
        let ada = whole_story(&world).await;
        let first = ada.ask(MINE, json!({ "first": 3 })).await;
        assert_eq!(kinds(first.data("/me/receipts/nodes").as_array().unwrap()), ["WITHDRAWN", "RESUMED", "PAUSED"]);
        let after = first.data("/me/receipts/pageInfo/endCursor").clone();
        let rest = ada.ask(MINE, json!({ "first": 3, "after": after })).await;
        assert_eq!(kinds(rest.data("/me/receipts/nodes").as_array().unwrap()), ["NARROWED", "GIVEN"]);
        assert_eq!(rest.data("/me/receipts/pageInfo/hasNextPage"), false);
        assert_eq!(ada.ask(MINE, json!({ "first": 3, "after": "nonsense" })).await.code(), "BAD_USER_INPUT");
    }

    async fn a_receipt_holds_no_value_of_the_customer(world) {
        let ada = whole_story(&world).await;
        for receipt in receipts(&ada).await {
            let text = receipt["file"].as_str().unwrap().to_lowercase();
            assert!(!text.contains(&NAME.to_lowercase()) && !text.contains("example.org"), "{text}");
        }
    }

    async fn receipts_are_mailed_once_and_mail_that_is_down_holds_up_nothing(world) {
        let ada = whole_story(&world).await;
        assert!(receipt_mails(&world).is_empty(), "an act waits for no mail");
        world.work().await;
        let mails = receipt_mails(&world);
        assert_eq!(mails.len(), 1, "what comes together goes together");
        assert_eq!(mails[0].matches("Content-Type: application/json").count(), 5);
        assert!(mails[0].contains(&format!("To: {}", ada.email)));
        world.work().await;
        assert_eq!(receipt_mails(&world).len(), 1, "nothing is mailed twice");

        let folder = world.folder.join("mail");
        let away = world.folder.join("mail-that-is-down");
        std::fs::rename(&folder, &away).unwrap();
        let grant = ada.give("bank", "ANALYTICS", &["NAME"]).await;
        world.work().await;
        ada.withdraw(&grant).await;
        world.work().await;
        std::fs::rename(&away, &folder).unwrap();
        assert_eq!(receipt_mails(&world).len(), 1, "it was down");
        world.pass(tests::world::MINUTE * 60);
        world.work().await;
        let mails = receipt_mails(&world);
        assert_eq!(mails.len(), 2, "and is tried again");
        assert_eq!(mails[1].matches("Content-Type: application/json").count(), 2);
    }

    async fn the_command_line_tells_a_genuine_receipt_from_a_forged_one_without_a_database(world) {
        let ada = whole_story(&world).await;
        let house = House::with_database("sqlite://there-is-none.sqlite");
        let file = |name: &str, text: &str| -> PathBuf {
            let path = house.folder.join(name);
            std::fs::write(&path, text).unwrap();
            path
        };
        let keys = file("jwks.json", &jwks(&world).await).display().to_string();
        let files: Vec<String> = (0..).zip(receipts(&ada).await)
            .map(|(n, one)| file(&format!("{n}.json"), one["file"].as_str().unwrap()).display().to_string()).collect();

        let out = house.done(&["receipt", "verify", &files[1], "--keys", &keys, "--previous", &files[0]]).await;
        assert!(out.starts_with("The receipt is genuine.") && out.contains("NARROWED"), "{out}");
        assert!(out.contains("no receipt is missing"), "{out}");
        assert!(!house.folder.join("there-is-none.sqlite").exists());

        let gap = house.run(&["receipt", "verify", &files[2], "--keys", &keys, "--previous", &files[0]]).await;
        assert_eq!(gap.status, Some(1), "{gap:?}");
        assert!(gap.err.contains("does not follow"), "{gap:?}");

        let sound = std::fs::read_to_string(&files[0]).unwrap();
        for (from, to) in [("CUSTOMER_CARE", "ANALYTICS"), ("area:read", "contact:read")] {
            let forged = file("forged.json", &sound.replace(from, to)).display().to_string();
            let outcome = house.run(&["receipt", "verify", &forged, "--keys", &keys]).await;
            assert_eq!(outcome.status, Some(1), "what stands beside the signature counts too: {outcome:?}");
            assert!(outcome.err.contains("NOT GENUINE"), "{outcome:?}");
        }
        let stranger = World::start(tests::Backend::Sqlite).await;
        let other = file("other.json", &jwks(&stranger).await).display().to_string();
        let outcome = house.run(&["receipt", "verify", &files[0], "--keys", &other]).await;
        assert!(outcome.err.contains("NOT GENUINE"), "{outcome:?}");
    }
}
