//! Who stops sharing can ask the brand to delete what it holds: the brand is told, and the customer has it signed.

use serde_json::{Value, json};
use tests::{BrandApp, Customer, World, on_both_databases};

use super::{grant, history};
use crate::erasure::erase;
use crate::receipts::{BRANDS, jwks, receipts, says};
use crate::tampering::{audited, settle, tamper};

/// What a brand's feed says of each change: what happened, and whether deletion is wanted.
async fn told(world: &World, brand: &BrandApp<'_>) -> Vec<(String, bool)> {
    settle(world).await;
    let feed = brand.ask("{ brand { grantChanges(first: 100) { nodes { kind deletionWanted } } } }", json!({})).await;
    let changes = feed.data("/brand/grantChanges/nodes").as_array().unwrap().clone();
    changes.iter().map(|one| (one["kind"].as_str().unwrap().to_owned(), one["deletionWanted"] == true)).collect()
}

/// What each of these receipts says of the same, oldest first.
async fn signed(world: &World, receipts: &[Value]) -> Vec<(String, Value)> {
    let keys = jwks(world).await;
    let of = |receipt: &Value| {
        let event = says(&keys, receipt)["event"].clone();
        (event["event_kind"].as_str().unwrap().to_owned(), event["deletion_wanted"].clone())
    };
    receipts.iter().map(of).collect()
}

/// The receipts that a brand holds, oldest first.
async fn held(brand: &BrandApp<'_>) -> Vec<Value> {
    let shown = brand.ask(BRANDS, json!({})).await;
    let mut all = shown.data("/brand/receipts/nodes").as_array().unwrap().clone();
    all.reverse();
    all
}

/// A grant of the only brand, and what its history says of deletion, oldest event first.
async fn wishes(who: &Customer<'_>, id: &str) -> Vec<(Value, Value)> {
    let shown = grant(who, id).await;
    history(&shown, "kind").into_iter().zip(history(&shown, "deletionWanted")).collect()
}

fn pair(kind: &str, wanted: bool) -> (String, bool) {
    (kind.to_owned(), wanted)
}

on_both_databases! {
    async fn a_wish_for_deletion_is_with_the_ending_in_the_brand_s_feed_and_in_the_receipt_of_both(world) {
        let bank = world.brand("bank").await;
        let ada = world.customer("Ada").await;
        let act = async |mutation: &str, input: Value| drop(ada.act(mutation, input, "").await.done(mutation).clone());
        let mut ids = Vec::new();
        for wish in [json!(true), json!(false), Value::Null] {
            let id = ada.give("bank", "CUSTOMER_CARE", &["NAME"]).await;
            act("withdrawConsent", json!({ "grantId": id, "deletionWanted": wish })).await;
            ids.push(id);
        }
        for (id, wanted) in ids.iter().zip([true, false, false]) {
            let expected = [(json!("GIVEN"), json!(false)), (json!("WITHDRAWN"), json!(wanted))];
            assert_eq!(wishes(&ada, id).await, expected);
        }
        ada.give("bank", "ANALYTICS", &["NAME"]).await;
        act("withdrawFromBrand", json!({ "brand": "bank", "deletionWanted": true })).await;
        ada.give("bank", "ANALYTICS", &["NAME"]).await;
        act("withdrawFromBrand", json!({ "brand": "bank" })).await;
        ada.give("bank", "ANALYTICS", &["NAME"]).await;
        act("withdrawEverything", json!({})).await;
        let wanted = [true, false, false, true, false, false];
        let expected: Vec<(String, bool)> =
            wanted.iter().flat_map(|wanted| [pair("GIVEN", false), pair("WITHDRAWN", *wanted)]).collect();
        assert_eq!(told(&world, &bank).await, expected);
        let expected: Vec<(String, Value)> = wanted
            .iter()
            .flat_map(|wanted| [("GIVEN".to_owned(), Value::Null), ("WITHDRAWN".to_owned(), json!(wanted))])
            .collect();
        assert_eq!(signed(&world, &receipts(&ada).await).await, expected);
        assert_eq!(signed(&world, &held(&bank).await).await, expected, "the brand holds the same");
    }

    async fn what_a_clock_or_a_brand_ends_asks_for_no_deletion_though_it_comes_with_a_wish(world) {
        let bank = world.brand("bank").await;
        let ada = world.customer("Ada").await;
        let short = json!({ "brand": "bank", "purpose": "ANALYTICS", "scopes": ["NAME"], "expiresAt": world.time(1) });
        ada.act("giveConsent", short, "").await.done("giveConsent");
        let revoked = ada.give("bank", "RECOMMENDATIONS", &["NAME"]).await;
        let input = json!({ "input": { "grantId": revoked } });
        let revoke = "mutation($input: RevokeGrantInput!) { revokeGrant(input: $input) { userErrors { code } } }";
        bank.ask(revoke, input).await.done("revokeGrant");
        ada.give("bank", "CUSTOMER_CARE", &["NAME"]).await;
        world.pass(1);
        let all = json!({ "brand": "bank", "deletionWanted": true });
        ada.act("withdrawFromBrand", all, "").await.done("withdrawFromBrand");
        let told = told(&world, &bank).await;
        let endings: Vec<_> = told.into_iter().filter(|(kind, _)| kind != "GIVEN").collect();
        assert_eq!(endings, [pair("REVOKED", false), pair("EXPIRED", false), pair("WITHDRAWN", true)]);
    }

    async fn an_erasure_asks_every_brand_that_knows_the_customer_to_delete_what_it_holds(world) {
        let (bank, airline) = (world.brand("bank").await, world.brand("airline").await);
        let (ada, bob) = (world.customer("Ada").await, world.customer("Bob").await);
        let over = ada.give("airline", "CUSTOMER_CARE", &["NAME"]).await;
        ada.withdraw(&over).await;
        ada.give("bank", "CUSTOMER_CARE", &["NAME"]).await;
        bob.give("bank", "CUSTOMER_CARE", &["NAME"]).await;
        let consequences = erase(&ada).await;
        assert!(consequences["consequences"].to_string().contains("you want what they hold of you deleted"));
        assert_eq!(told(&world, &bank).await, [pair("GIVEN", false), pair("GIVEN", false), pair("WITHDRAWN", true)]);
        let last = async |brand: &BrandApp<'_>| signed(&world, &held(brand).await).await.pop().unwrap();
        let erased = ("ERASED".to_owned(), json!(true));
        assert_eq!((last(&bank).await, last(&airline).await), (erased.clone(), erased), "also whose grant was over");
    }

    async fn a_wish_that_is_taken_out_of_the_database_is_missed_by_the_log(world) {
        world.brand("bank").await;
        let ada = world.customer("Ada").await;
        for wish in [false, true] {
            let id = ada.give("bank", "CUSTOMER_CARE", &["NAME"]).await;
            ada.act("withdrawConsent", json!({ "grantId": id, "deletionWanted": wish }), "").await.done("withdrawConsent");
        }
        settle(&world).await;
        assert!(audited(&world, &[]).await.is_ok());
        tamper(&world, "update consent_event set deletion_wanted = false where deletion_wanted").await;
        assert!(audited(&world, &[]).await.unwrap_err().starts_with("entry 3 "), "it was asked for");
    }
}
