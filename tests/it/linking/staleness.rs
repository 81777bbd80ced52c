//! A proof holds for 30 days by default. After that the handle finds nobody, in exactly the way in which nobody is found.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tests::app::WHOLE_PROFILE;
use tests::world::{DAY, MINUTE};
use tests::{BrandApp, Reply, World, on_both_databases};

use super::{links, mails};
use crate::requests;

/// An imported customer who shares everything, with a handle on X that was proven so long ago.
async fn imported(world: &World, key: &str, age: i64) {
    let line = json!({
        "customer": { "key": key, "email": format!("{key}@example.org"), "name": { "displayName": key } },
        "links": [{ "channel": "X", "handle": key, "accountId": format!("1-{key}"), "verifiedAt": world.time(-age) }],
        "grants": [{ "brand": "bank", "purpose": "CUSTOMER_CARE", "scopes": ["NAME", "HANDLES"],
            "from": world.time(-DAY), "until": world.time(80 * DAY) }],
    });
    assert_eq!(world.import(&line.to_string()).await, Vec::<String>::new());
}

async fn on_x(app: &BrandApp<'_>, handle: &str) -> Reply {
    app.look_up_on("X", handle, "CUSTOMER_CARE", WHOLE_PROFILE).await
}

const REMINDER: &str = "Prove your profiles again";

on_both_databases! {
    async fn a_handle_stops_resolving_when_its_proof_is_due_and_resolves_again_when_it_is_renewed(world) {
        let bank = world.brand("bank").await;
        let ada = world.customer("Ada").await;
        let link = ada.link_email("ada@example.org").await;
        ada.give("bank", "CUSTOMER_CARE", &["NAME", "HANDLES"]).await;
        let known = bank.profile("ada@example.org", "CUSTOMER_CARE").await;
        let shown = links(&ada, "id verifiedAt dueAt isDue").await;
        let expected = json!({ "id": link, "verifiedAt": world.time(0), "dueAt": world.time(30 * DAY), "isDue": false });
        assert_eq!(shown, [expected]);

        world.pass(30 * DAY - 1);
        assert_eq!(bank.profile("ada@example.org", "CUSTOMER_CARE").await, known, "to the millisecond");
        world.pass(1);
        assert_eq!(bank.profile("ada@example.org", "CUSTOMER_CARE").await, Value::Null);
        assert_eq!(links(&ada, "id isDue").await, [json!({ "id": link, "isDue": true })], "she sees it still");

        world.pass(DAY);
        assert_eq!(ada.link_email("ada@example.org").await, link, "the same link, renewed");
        let again = bank.profile("ada@example.org", "CUSTOMER_CARE").await;
        assert_eq!(again["id"], known["id"]);
        assert_eq!(again["handles"][0]["verifiedAt"], json!(world.time(0)));
        let renewed = json!({ "dueAt": world.time(30 * DAY), "isDue": false });
        assert_eq!(links(&ada, "dueAt isDue").await, [renewed]);
    }

    async fn a_brand_s_own_id_goes_on_and_shows_no_handle_that_is_due(world) {
        let bank = world.brand("bank").await;
        let ada = world.customer("Ada").await;
        ada.link_email("old@example.org").await;
        let grant = ada.give("bank", "CUSTOMER_CARE", &["NAME", "HANDLES"]).await;
        let id = bank.profile("old@example.org", "CUSTOMER_CARE").await["id"].clone();
        world.pass(10 * DAY);
        ada.link_email("new@example.org").await;
        world.pass(20 * DAY);
        let query = "query($by: ProfileLocator!) { profile(by: $by, purpose: CUSTOMER_CARE) { name { displayName } handles { handle } } }";
        let shown = bank.ask(query, json!({ "by": { "id": id } })).await;
        assert_eq!(shown.data("/profile/name/displayName"), "Ada");
        assert_eq!(shown.data("/profile/handles"), &json!([{ "handle": "new@example.org" }]));
        let preview = "query($id: ID!) { node(id: $id) { ... on Grant { preview { handles { handle } } } } }";
        let preview = ada.ask(preview, json!({ "id": grant })).await;
        assert_eq!(preview.data("/node/preview/handles"), &json!([{ "handle": "new@example.org" }]), "she sees what it sees");
        world.pass(10 * DAY);
        let shown = bank.ask(query, json!({ "by": { "id": id } })).await;
        assert_eq!(shown.data("/profile/handles"), &json!([]), "granted, and nothing to show");
    }

    async fn a_handle_that_is_due_looks_in_every_byte_like_one_that_nobody_has(world) {
        let bank = world.brand("bank").await;
        imported(&world, "stale_one", 30 * DAY).await;
        imported(&world, "fresh_one", 30 * DAY - MINUTE).await;
        let (stale, nobody) = (on_x(&bank, "stale_one").await, on_x(&bank, "nobody_at").await);
        assert_eq!(stale.data("/profile"), &Value::Null);
        assert_eq!((stale.status, &stale.text), (nobody.status, &nobody.text));
        let names = |reply: &Reply| reply.headers.keys().map(ToString::to_string).collect::<BTreeSet<_>>();
        assert_eq!(names(&stale), names(&nobody));
        assert_eq!(on_x(&bank, "fresh_one").await.data("/profile/name/displayName"), "fresh_one", "what the file says counts");
    }

    async fn an_import_cannot_claim_a_proof_of_tomorrow(world) {
        let line = json!({ "customer": { "key": "a", "email": "a@example.org" },
            "links": [{ "channel": "X", "handle": "ada_l", "accountId": "1", "verifiedAt": world.time(1) }] });
        let complaints = world.import(&line.to_string()).await;
        assert_eq!(complaints.len(), 1);
        assert!(complaints[0].contains("links.0.verifiedAt: it must not lie in the future"), "{complaints:?}");
    }

    async fn a_request_for_a_handle_opens_for_whoever_has_proven_it_lately_only(world) {
        let bank = world.brand("bank").await;
        let ada = world.customer("Ada").await;
        ada.link_email("ada@example.org").await;
        world.pass(30 * DAY);
        let meant = json!({ "handle": { "channel": "EMAIL", "handle": "ada@example.org" } });
        let token = requests::ask(&bank, requests::with(requests::plain(), meant)).await;
        let open = async || requests::open(&ada, &token).await;
        assert_eq!(open().await.mistakes("openConsentRequest"), ["NOT_LINKED token"]);
        ada.link_email("ada@example.org").await;
        open().await.done("openConsentRequest");
    }

    async fn customers_are_reminded_once_a_week_before_a_handle_is_due(world) {
        let ada = world.customer("Ada").await;
        ada.link_email("old@example.org").await;
        world.pass(2 * DAY);
        ada.link_email("new@example.org").await;
        world.pass(21 * DAY - 1);
        world.work().await;
        assert_eq!(mails(&world, REMINDER), Vec::<String>::new(), "a millisecond early");
        world.pass(1);
        world.work().await;
        world.work().await;
        let sent = mails(&world, REMINDER);
        assert_eq!(sent.len(), 1);
        assert!(sent[0].contains(&world.time(7 * DAY)[..10]) && !sent[0].contains("old@example.org"), "{}", sent[0]);
        world.pass(2 * DAY);
        world.work().await;
        world.work().await;
        assert_eq!(mails(&world, REMINDER).len(), 2, "the second handle has its own");
        ada.link_email("old@example.org").await;
        world.pass(23 * DAY - 1);
        world.work().await;
        world.work().await;
        assert_eq!(mails(&world, REMINDER).len(), 2, "a renewed proof starts anew");
        world.pass(1);
        world.work().await;
        world.work().await;
        assert_eq!(mails(&world, REMINDER).len(), 3);
    }

    async fn nobody_is_reminded_who_has_no_account_here_or_who_is_gone(world) {
        let _ = world.brand("bank").await;
        imported(&world, "imported", 29 * DAY).await;
        let ada = world.customer("Ada").await;
        ada.link_email("ada@example.org").await;
        world.pass(24 * DAY);
        let first = ada.act("eraseAccount", json!({}), "confirmationToken").await;
        let confirmation = first.data("/eraseAccount/confirmationToken").clone();
        let erased = ada.act("eraseAccount", json!({ "confirmationToken": confirmation }), "").await;
        erased.done("eraseAccount");
        world.work().await;
        world.work().await;
        assert!(world.mails().iter().all(|mail| !mail.contains(REMINDER)));
    }
}
