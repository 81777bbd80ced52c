//! Ids by which brands know people: another brand, another id.

use serde_json::{Value, json};
use tests::world::DAY;
use tests::{BrandApp, on_both_databases};

use super::grant;

async fn by_id(app: &BrandApp<'_>, id: &Value, purpose: &str) -> Value {
    let query = "query($id: ID!, $purpose: Purpose!) { profile(by: { id: $id }, purpose: $purpose) { id name { displayName } } }";
    app.ask(query, json!({ "id": id, "purpose": purpose })).await.data("/profile").clone()
}

async fn node(app: &BrandApp<'_>, id: &Value) -> Value {
    let query =
        "query($id: ID!) { node(id: $id) { id ... on Profile { name { displayName } access { scope status } } } }";
    app.ask(query, json!({ "id": id })).await.data("/node").clone()
}

on_both_databases! {
    async fn two_brands_know_the_same_person_by_different_ids_that_only_they_can_use(world) {
        let (bank, airline) = (world.brand("bank").await, world.brand("airline").await);
        let second = world.app("bank", "second", &["NAME"], &["CUSTOMER_CARE"]).await;
        let ada = world.customer("Ada").await;
        ada.link_email("ada@example.org").await;
        let (of_bank, of_airline) =
            (ada.give("bank", "CUSTOMER_CARE", &["NAME"]).await, ada.give("airline", "CUSTOMER_CARE", &["NAME"]).await);
        let known_to_bank = grant(&ada, &of_bank).await["profileId"].clone();
        let known_to_airline = grant(&ada, &of_airline).await["profileId"].clone();
        assert_ne!(known_to_bank, known_to_airline);
        for (app, own, foreign) in
            [(&bank, &known_to_bank, &known_to_airline), (&airline, &known_to_airline, &known_to_bank)]
        {
            assert_eq!(app.profile("ada@example.org", "CUSTOMER_CARE").await["id"], *own);
            assert_eq!(by_id(app, own, "CUSTOMER_CARE").await["name"]["displayName"], "Ada");
            assert_eq!(by_id(app, foreign, "CUSTOMER_CARE").await, Value::Null);
            assert_eq!(node(app, own).await["id"], *own);
            assert_eq!(node(app, foreign).await, Value::Null);
        }
        assert_eq!(by_id(&second, &known_to_bank, "CUSTOMER_CARE").await["id"], known_to_bank, "the brand's, not the app's");
        let me = ada.ask("{ me { id } }", json!({})).await.data("/me/id").clone();
        for id in [me, json!(of_bank), json!(""), json!("profile_"), json!("profile_AAAAAAAAAAAAAAAAAAAAAA")] {
            assert_eq!(by_id(&bank, &id, "CUSTOMER_CARE").await, Value::Null);
            assert_eq!(node(&bank, &id).await, Value::Null);
        }
    }

    async fn a_profile_by_node_shows_id_and_access_and_no_value(world) {
        let bank = world.brand("bank").await;
        let narrow = world.app("bank", "narrow", &["NAME"], &["ANALYTICS"]).await;
        let ada = world.customer("Ada").await;
        ada.link_email("ada@example.org").await;
        let id = ada.give("bank", "CUSTOMER_CARE", &["NAME"]).await;
        let known = grant(&ada, &id).await["profileId"].clone();
        let shown = node(&bank, &known).await;
        assert_eq!((&shown["id"], &shown["name"]), (&known, &Value::Null), "no purpose was declared");
        assert_eq!(shown["access"][0], json!({ "scope": "NAME", "status": "GRANTED" }));
        assert_eq!(node(&narrow, &known).await, Value::Null, "not for a purpose of this app's");
        let seen = ada.disclosures(10).await;
        assert_eq!(seen.len(), 2, "such a lookup is recorded too");
        assert!(seen.iter().all(|read| read["answered"] == false && read["purpose"].is_null()));
        ada.withdraw(&id).await;
        assert_eq!(node(&bank, &known).await, Value::Null);
    }

    async fn the_id_stays_the_same_after_withdrawal_expiry_and_giving_again(world) {
        let bank = world.brand("bank").await;
        let ada = world.customer("Ada").await;
        let first = ada.give("bank", "CUSTOMER_CARE", &["NAME"]).await;
        let known = grant(&ada, &first).await["profileId"].clone();
        assert_eq!(by_id(&bank, &known, "CUSTOMER_CARE").await["id"], known, "an id needs no link");
        assert_eq!(by_id(&bank, &known, "ANALYTICS").await, Value::Null);
        ada.withdraw(&first).await;
        assert_eq!(by_id(&bank, &known, "CUSTOMER_CARE").await, Value::Null);
        let second = ada.give("bank", "ANALYTICS", &["NAME"]).await;
        assert_eq!(grant(&ada, &second).await["profileId"], known);
        world.pass(90 * DAY);
        assert_eq!(by_id(&bank, &known, "ANALYTICS").await, Value::Null);
        let third = ada.give("bank", "CUSTOMER_CARE", &["NAME"]).await;
        assert_eq!(grant(&ada, &third).await["profileId"], known);
        assert_eq!(by_id(&bank, &known, "CUSTOMER_CARE").await["name"]["displayName"], "Ada");
    }
}
