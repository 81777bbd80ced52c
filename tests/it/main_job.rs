//! The product's main job, end to end.

use serde_json::{Value, json};
use tests::app::WHOLE_PROFILE;
use tests::on_both_databases;

on_both_databases! {
    async fn a_customer_shares_a_brand_reads_exactly_that_the_customer_sees_it_and_stops_it(world) {
        let bank = world.brand("larkfield-bank").await;
        let ada = world.customer("Ada").await;
        ada.link_email("ada@example.org").await;
        let preference = json!({ "preferences": [{ "category": "banking", "key": "contact", "value": "chat" }] });
        ada.act("setPreferences", preference, "").await.done("setPreferences");
        let need = json!({ "topic": "card declined", "text": "My card was declined again.", "wishedOutcome": "a working card" });
        ada.act("stateContext", need, "").await.done("stateContext");
        let grant = ada.give("larkfield-bank", "CUSTOMER_CARE", &["NAME", "CONTEXT"]).await;

        let profile = bank.profile("ada@example.org", "CUSTOMER_CARE").await;
        assert_eq!(profile["name"]["displayName"], "Ada");
        assert_eq!(profile["context"][0]["topic"], "card declined");
        for closed in ["contact", "handles", "area", "language", "preferences"] {
            assert_eq!(profile[closed], Value::Null, "{closed} was not granted");
        }
        assert_eq!(profile["access"][0], json!({
            "scope": "NAME", "status": "GRANTED", "grantId": grant, "expiresAt": world.time(90 * tests::world::DAY)
        }));

        let seen = ada.disclosures(10).await;
        assert_eq!(seen.len(), 1);
        assert_eq!(seen[0]["brand"]["slug"], "larkfield-bank");
        assert_eq!(seen[0]["app"], "larkfield-bank-app");
        assert_eq!(seen[0]["purpose"], "CUSTOMER_CARE");
        assert_eq!(seen[0]["at"], world.time(0));
        assert_eq!(seen[0]["grantId"], Value::String(grant.clone()));
        let fields = seen[0]["fields"].as_array().unwrap();
        assert!(fields.contains(&json!({ "path": "name.displayName", "scope": "NAME", "outcome": "GRANTED" })));
        assert!(fields.contains(&json!({ "path": "contact.phone", "scope": "CONTACT", "outcome": "NOT_GRANTED" })));

        ada.withdraw(&grant).await;
        let after = bank.look_up("ada@example.org", "CUSTOMER_CARE", WHOLE_PROFILE).await;
        assert_eq!(after.body, json!({ "data": { "profile": null } }));
        let seen = ada.disclosures(10).await;
        assert_eq!(seen.len(), 2, "a blocked read is shown too");
        assert_eq!(seen[0]["answered"], false);
    }
}
