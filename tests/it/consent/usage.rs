//! How much a grant is used, as the customer sees it.

use serde_json::{Value, json};
use tests::world::DAY;
use tests::{Customer, on_both_databases};

/// When something left last under each grant and how often lately, newest grant first.
async fn usage(who: &Customer<'_>) -> Vec<(Value, Value)> {
    let grants = who.ask("{ me { grants { nodes { lastReadAt reads } } } }", json!({})).await;
    let grants = grants.data("/me/grants/nodes").as_array().cloned().unwrap_or_default();
    grants.into_iter().map(|mut grant| (grant["lastReadAt"].take(), grant["reads"].take())).collect()
}

fn unused() -> (Value, Value) {
    (Value::Null, json!(0))
}

on_both_databases! {
    async fn a_grant_says_when_its_brand_read_last_and_how_often_in_thirty_days(world) {
        let (bank, _airline) = (world.brand("bank").await, world.brand("airline").await);
        let (ada, bob) = (world.customer("Ada").await, world.customer("Bob").await);
        for (who, address) in [(&bob, "bob@example.org"), (&ada, "ada@example.org")] {
            who.link_email(address).await;
            who.give("bank", "CUSTOMER_CARE", &["NAME"]).await;
        }
        world.pass(1);
        ada.give("bank", "ANALYTICS", &["NAME"]).await;
        world.pass(1);
        ada.give("airline", "CUSTOMER_CARE", &["NAME"]).await;
        assert_eq!(usage(&ada).await, [unused(), unused(), unused()]);

        let first = world.time(0);
        bank.profile("ada@example.org", "CUSTOMER_CARE").await;
        assert_eq!(usage(&ada).await, [unused(), unused(), (json!(first), json!(1))]);
        world.pass(DAY);
        let second = world.time(0);
        bank.profile("ada@example.org", "CUSTOMER_CARE").await;
        assert_eq!(usage(&ada).await, [unused(), unused(), (json!(second), json!(2))], "under that grant alone");
        assert_eq!(usage(&bob).await, [unused()], "each customer's own");

        world.pass(29 * DAY);
        assert_eq!(usage(&ada).await[2], (json!(second), json!(2)), "thirty days ago is within thirty days");
        world.pass(1);
        assert_eq!(usage(&ada).await[2], (json!(second), json!(1)));
        world.pass(DAY);
        assert_eq!(usage(&ada).await[2], (json!(second), json!(0)), "the last time is told however long it is ago");
    }

    async fn a_read_that_gave_nothing_is_no_use_of_a_grant(world) {
        let bank = world.brand("bank").await;
        let ada = world.customer("Ada").await;
        ada.link_email("ada@example.org").await;
        let id = ada.give("bank", "CUSTOMER_CARE", &["NAME"]).await;
        for fields in ["id access { scope status }", "id contact { email }"] {
            bank.look_up("ada@example.org", "CUSTOMER_CARE", fields).await.data("/profile/id");
        }
        ada.act("pauseConsent", json!({ "grantId": id }), "").await.done("pauseConsent");
        bank.profile("ada@example.org", "CUSTOMER_CARE").await;
        assert_eq!(usage(&ada).await, [unused()], "only what was granted was used");
        ada.act("resumeConsent", json!({ "grantId": id }), "").await.done("resumeConsent");
        let at = world.time(0);
        bank.profile("ada@example.org", "CUSTOMER_CARE").await;
        world.pass(1);
        ada.withdraw(&id).await;
        bank.profile("ada@example.org", "CUSTOMER_CARE").await;
        assert_eq!(usage(&ada).await, [(json!(at), json!(1))], "and after its end nothing more");
        let answered: Vec<bool> = ada.disclosures(10).await.iter().map(|read| read["answered"] == true).collect();
        assert_eq!(answered, [false, true, false, false, false], "the record has all of them");
    }
}
