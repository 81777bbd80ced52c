//! A brand says that it knows of the end of a grant, and that it has deleted what it held; the customer sees it.

use serde_json::{Value, json};
use tests::world::{DAY, MINUTE};
use tests::{BrandApp, Reply, on_both_databases};

use super::grant;
use crate::export::export;

const ACKNOWLEDGE: &str = "mutation($input: AcknowledgeEndingInput!) { acknowledgeEnding(input: $input) {
    grantId acknowledgedAt deletedAt userErrors { code field message } } }";

async fn say(app: &BrandApp<'_>, input: Value) -> Reply {
    app.ask(ACKNOWLEDGE, json!({ "input": input })).await
}

on_both_databases! {
    async fn the_customer_sees_when_the_brand_knew_and_when_it_had_deleted(world) {
        let bank = world.brand("bank").await;
        let ada = world.customer("Ada").await;
        let id = ada.give("bank", "CUSTOMER_CARE", &["NAME"]).await;
        ada.withdraw(&id).await;
        let seen = async || {
            let shown = ada.ask("query($id: ID!) { node(id: $id) { ... on Grant { acknowledgedAt deletedAt } } }",
                json!({ "id": id })).await;
            shown.data("/node").clone()
        };
        assert_eq!(seen().await, json!({ "acknowledgedAt": null, "deletedAt": null }));
        world.pass(MINUTE);
        let knew = world.time(0);
        for _ in 0..2 {
            let said = say(&bank, json!({ "grantId": id })).await;
            let expected = json!({ "grantId": id, "acknowledgedAt": knew, "deletedAt": null, "userErrors": [] });
            assert_eq!(*said.done("acknowledgeEnding"), expected);
            world.pass(MINUTE);
        }
        let deleted = world.time(0);
        say(&bank, json!({ "grantId": id, "deleted": true })).await.done("acknowledgeEnding");
        world.pass(MINUTE);
        for deleted in [true, false] {
            say(&bank, json!({ "grantId": id, "deleted": deleted })).await.done("acknowledgeEnding");
        }
        assert_eq!(seen().await, json!({ "acknowledgedAt": knew, "deletedAt": deleted }), "what was said first stays");
        let copy: Value = serde_json::from_str(&export(&world, &ada).await.text).unwrap();
        assert_eq!((&copy["grants"][0]["acknowledgedAt"], &copy["grants"][0]["deletedAt"]), (&json!(knew), &json!(deleted)));
    }

    async fn only_the_brand_that_held_it_can_say_so_and_only_once_it_is_over(world) {
        let (bank, shop) = (world.brand("bank").await, world.brand("shop").await);
        let figures = world.app("bank", "bank-figures", &["NAME"], &["ANALYTICS"]).await;
        let ada = world.customer("Ada").await;
        let id = ada.give("bank", "CUSTOMER_CARE", &["NAME"]).await;
        let paused = ada.give("bank", "PERSONALISATION", &["NAME"]).await;
        ada.act("pauseConsent", json!({ "grantId": paused }), "").await.done("pauseConsent");
        let refused = async |app: &BrandApp<'_>, id: &str| {
            let said = say(app, json!({ "grantId": id, "deleted": true })).await;
            said.data("/acknowledgeEnding/userErrors").clone()
        };
        let nobody = refused(&bank, "grant_AAAAAAAAAAAAAAAAAAAAAA").await;
        assert_eq!((&nobody[0]["code"], &nobody[0]["field"]), (&json!("NOT_FOUND"), &json!(["grantId"])));
        for (app, id) in [(&bank, &id), (&bank, &paused), (&shop, &id), (&figures, &id)] {
            assert_eq!(refused(app, id).await, nobody, "while it is open");
        }
        ada.withdraw(&id).await;
        for app in [&shop, &figures] {
            assert_eq!(refused(app, &id).await, nobody, "it looks as if there were none");
        }
        let customer = ada.ask(ACKNOWLEDGE, json!({ "input": { "grantId": id } })).await;
        assert_eq!(customer.code(), "FORBIDDEN");
        assert_eq!(grant(&ada, &id).await["state"], "WITHDRAWN");

        let short = json!({ "brand": "bank", "purpose": "CUSTOMER_CARE", "scopes": ["NAME"], "expiresAt": world.time(DAY) });
        let short = ada.act("giveConsent", short, "grant { id }").await.done("giveConsent")["grant"]["id"].clone();
        world.pass(DAY);
        say(&bank, json!({ "grantId": short })).await.done("acknowledgeEnding");
    }
}
