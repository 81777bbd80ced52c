//! What is shared, for as long as it is; grants as they change; and who looks.

use entity::kinds::AppStatus;
use serde_json::{Value, json};
use tests::world::DAY;
use tests::{Socket, World, on_both_databases};

use crate::consent::refusing::suspend;
use crate::conversations::sending::{Begun, begun};
use crate::erasure::erase;

const PANEL: &str = "subscription($id: ID!) { sharedProfile(conversationId: $id, purpose: CUSTOMER_CARE) { name { displayName } contact { phone } } }";

/// Nils looks at who it is.
async fn panel(world: &World, token: &str, id: &Value) -> Socket {
    let mut socket = Socket::begin(&world.url, Some(token)).await;
    socket.subscribe("panel", PANEL, json!({ "id": id })).await;
    socket
}

async fn shown(socket: &mut Socket) -> Value {
    socket.next("panel").await["sharedProfile"].clone()
}

/// What Ada shares with the bank.
fn everything() -> Value {
    json!({ "name": { "displayName": "Adaline" }, "contact": { "phone": "+15125550142" } })
}

on_both_databases! {
    async fn a_panel_closes_when_the_customer_withdraws_and_follows_what_they_narrow(world) {
        let Begun { ada, nils, grant, id, .. } = begun(&world).await;
        let mut watching = panel(&world, nils.token(), &id).await;
        assert_eq!(shown(&mut watching).await, everything());
        ada.act("amendConsent", json!({ "grantId": grant, "scopes": ["NAME"] }), "").await.done("amendConsent");
        assert_eq!(shown(&mut watching).await, json!({ "name": { "displayName": "Adaline" }, "contact": null }));
        ada.withdraw(&grant).await;
        assert_eq!(shown(&mut watching).await, json!(null));
        assert_eq!(watching.end("panel").await, None);
        // Each of the three was a read of its own, and the customer sees it.
        let reads = ada.disclosures(10).await;
        assert_eq!(reads.iter().filter(|read| read["app"] == "bank-console").count(), 3, "{reads:#?}");
    }

    async fn a_panel_closes_by_the_date_of_the_grant(world) {
        let Begun { ada, nils, grant, id, .. } = begun(&world).await;
        let until = world.time(90_000);
        ada.act("amendConsent", json!({ "grantId": grant, "expiresAt": until }), "").await.done("amendConsent");
        let mut watching = panel(&world, nils.token(), &id).await;
        shown(&mut watching).await;
        world.pass(60_000);
        world.pass(30_000);
        assert_eq!((shown(&mut watching).await, watching.end("panel").await), (json!(null), None));
        assert_eq!(ada.disclosures(10).await.len(), 2, "and nobody has looked for it meanwhile");
    }

    async fn a_panel_closes_with_an_erasure_and_shows_a_pause(world) {
        let Begun { ada, nils, grant, id, .. } = begun(&world).await;
        let mut watching = panel(&world, nils.token(), &id).await;
        shown(&mut watching).await;
        ada.act("pauseConsent", json!({ "grantId": grant }), "").await.done("pauseConsent");
        assert_eq!(shown(&mut watching).await, json!({ "name": null, "contact": null }));
        ada.act("resumeConsent", json!({ "grantId": grant }), "").await.done("resumeConsent");
        assert_eq!(shown(&mut watching).await, everything());
        erase(&ada).await;
        assert_eq!(shown(&mut watching).await, json!(null));
        assert_eq!(watching.end("panel").await, None);
    }

    async fn nobody_is_told_by_a_token_that_does_not_hold_any_more(world) {
        let Begun { bank, ada, nils, grant, id } = begun(&world).await;
        let mut console = panel(&world, nils.token(), &id).await;
        let mut program = panel(&world, &bank.token().await, &id).await;
        shown(&mut console).await;
        shown(&mut program).await;
        assert!(suspend(&bank, &world, AppStatus::Suspended).await);
        ada.act("amendConsent", json!({ "grantId": grant, "scopes": ["NAME"] }), "").await.done("amendConsent");
        assert_eq!(program.end("panel").await.as_deref(), Some("UNAUTHENTICATED"), "what has happened is not told");
        assert_eq!(program.hear().await, tests::Heard::Closed(4403));
        assert_eq!(shown(&mut console).await["contact"], json!(null), "and to others it is");
        // Where nothing happens, it is found within ten seconds: the token of staff holds for five minutes.
        world.pass(6 * tests::world::MINUTE);
        assert_eq!(console.end("panel").await.as_deref(), Some("UNAUTHENTICATED"));
        assert_eq!(console.hear().await, tests::Heard::Closed(4403));
    }

    async fn a_panel_of_somebody_who_shares_nothing_says_so_and_ends(world) {
        let Begun { ada, nils, grant, id, .. } = begun(&world).await;
        ada.withdraw(&grant).await;
        let mut watching = panel(&world, nils.token(), &id).await;
        assert_eq!((shown(&mut watching).await, watching.end("panel").await), (json!(null), None));
        for (variables, code) in [(json!({ "id": "nonsense" }), "BAD_USER_INPUT"), (json!({}), "BAD_USER_INPUT")] {
            watching.subscribe("panel", PANEL, variables.clone()).await;
            assert_eq!(watching.end("panel").await.as_deref(), Some(code), "{variables}");
        }
    }

    async fn grants_are_told_as_they_change_to_apps_that_are_registered_for_their_purpose(world) {
        let bank = world.brand("bank").await;
        let narrow = world.app("bank", "narrow", &["NAME"], &["ANALYTICS"]).await;
        let ada = world.customer("Ada").await;
        let query = "subscription { grantChanged { cursor grantId purpose state } }";
        let mut watching = Socket::begin(&world.url, Some(&bank.token().await)).await;
        watching.subscribe("grants", query, json!({})).await;
        let mut other = Socket::begin(&world.url, Some(&narrow.token().await)).await;
        other.subscribe("grants", query, json!({})).await;
        assert_eq!(watching.next("grants").await["grantChanged"]["grantId"], json!(null));
        assert_eq!(other.next("grants").await["grantChanged"]["grantId"], json!(null));
        let grant = ada.give("bank", "CUSTOMER_CARE", &["NAME"]).await;
        ada.withdraw(&grant).await;
        let analytics = ada.give("bank", "ANALYTICS", &["NAME"]).await;
        for (id, purpose) in [(&grant, "CUSTOMER_CARE"), (&grant, "CUSTOMER_CARE"), (&analytics, "ANALYTICS")] {
            let told = watching.next("grants").await["grantChanged"].clone();
            assert_eq!((&told["grantId"], &told["purpose"]), (&json!(id), &json!(purpose)));
        }
        let told = other.next("grants").await["grantChanged"].clone();
        assert_eq!((&told["grantId"], &told["state"]), (&json!(analytics), &json!("ACTIVE")), "and nothing of the others");
    }

    async fn a_customer_sees_who_looks_while_they_do(world) {
        let bank = world.brand("bank").await;
        let (ada, ben) = (world.customer("Ada").await, world.customer("Ben").await);
        ada.give("bank", "CUSTOMER_CARE", &["NAME"]).await;
        ben.give("bank", "CUSTOMER_CARE", &["NAME"]).await;
        ada.link_email("ada@mail.example.org").await;
        ben.link_email("ben@mail.example.org").await;
        let query = "subscription { disclosureMade { disclosure { id app purpose fields { path outcome } } } }";
        let mut watching = Socket::begin(&world.url, Some(&ada.token().await)).await;
        watching.subscribe("looks", query, json!({})).await;
        assert_eq!(watching.next("looks").await["disclosureMade"]["disclosure"], json!(null));
        bank.look_up("ben@mail.example.org", "CUSTOMER_CARE", "name { displayName }").await;
        bank.look_up("ada@mail.example.org", "CUSTOMER_CARE", "name { displayName }").await;
        world.pass(1_000);
        let made = watching.next("looks").await["disclosureMade"]["disclosure"].clone();
        assert_eq!((&made["app"], &made["fields"]), (&json!("bank-app"), &json!([{ "path": "name.displayName", "outcome": "GRANTED" }])));
        bank.look_up("ada@mail.example.org", "CUSTOMER_CARE", "contact { phone }").await;
        world.pass(1_000);
        let blocked = watching.next("looks").await["disclosureMade"]["disclosure"].clone();
        assert_eq!(blocked["fields"], json!([{ "path": "contact.phone", "outcome": "NOT_GRANTED" }]));
        ada.act("signOut", json!({}), "").await;
        world.pass(DAY);
        assert_eq!(watching.end("looks").await.as_deref(), Some("UNAUTHENTICATED"));
    }
}
