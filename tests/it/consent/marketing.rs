//! The switch against direct marketing, and Global Privacy Control, which sets it: before every grant, and only to deny.

use entity::consent_event;
use entity::kinds::{ConsentActor, ConsentEventKind};
use sea_orm::EntityTrait;
use serde_json::{Value, json};
use tests::world::{ALL_PURPOSES, DAY};
use tests::{Customer, Reply, World, on_both_databases};

use super::{access, grant, grants, history};

const SIGNAL: (&str, &str) = ("Sec-GPC", "1");

/// How a customer says that they want no direct marketing.
#[derive(Debug, Clone, Copy)]
enum Way {
    Switch,
    Signal,
}

impl Way {
    const ALL: [Self; 2] = [Self::Switch, Self::Signal];

    /// Says it.
    async fn block(self, world: &World, who: &Customer<'_>) {
        match self {
            Self::Switch => {
                assert_eq!(set(who, false).await.done("setDirectMarketing")["directMarketingAllowed"], false);
            }
            Self::Signal => {
                signal(world, who, "{ me { id } }").await.data("/me/id");
            }
        }
    }
}

/// Turns the switch.
async fn set(who: &Customer<'_>, allowed: bool) -> Reply {
    let fields = "directMarketingAllowed directMarketingBlockedAt";
    who.act("setDirectMarketing", json!({ "allowed": allowed }), fields).await
}

/// A request of the customer's that carries the signal.
async fn signal(world: &World, who: &Customer<'_>, query: &str) -> Reply {
    world.ask_with(Some(&who.token().await), &[SIGNAL], query, json!({})).await
}

/// How the switch stands: whether it is on, and since when it is off.
async fn standing(who: &Customer<'_>) -> (Value, Value) {
    let reply = who.ask("{ me { directMarketingAllowed directMarketingBlockedAt } }", json!({})).await;
    let me = reply.data("/me").clone();
    (me["directMarketingAllowed"].clone(), me["directMarketingBlockedAt"].clone())
}

/// The customer's events that concern no single grant, oldest first.
async fn switchings(world: &World) -> Vec<(ConsentEventKind, ConsentActor, i64)> {
    let events = consent_event::Entity::find().all(world.deps.vault.store.reader()).await.unwrap();
    let mut events: Vec<_> = events.into_iter().filter(|event| event.grant_id.is_none()).collect();
    events.sort_by_key(|event| event.revision);
    events.into_iter().map(|event| (event.kind, event.actor, event.revision)).collect()
}

on_both_databases! {
    async fn either_way_denies_direct_marketing_alone_to_every_brand_until_it_is_switched_on_again(world) {
        let apps = [world.brand("bank").await, world.brand("airline").await];
        for way in Way::ALL {
            let who = world.customer(&format!("By{way:?}")).await;
            who.link_email(&who.email).await;
            for (app, purpose) in apps.iter().flat_map(|app| ALL_PURPOSES.map(|purpose| (app, purpose))) {
                who.give(&app.slug, purpose, &["NAME"]).await;
            }
            for blocked in [false, true, false] {
                if blocked {
                    way.block(&world, &who).await;
                } else {
                    set(&who, true).await.done("setDirectMarketing");
                }
                for (app, purpose) in apps.iter().flat_map(|app| ALL_PURPOSES.map(|purpose| (app, purpose))) {
                    let denied = blocked && purpose == "DIRECT_MARKETING";
                    let profile = app.profile(&who.email, purpose).await;
                    let case = format!("{way:?}, blocked: {blocked}, {} for {purpose}: {profile}", app.slug);
                    assert_eq!(profile.is_null(), denied, "{case}");
                    assert_eq!(profile["name"].is_null(), denied, "{case}");
                }
                let shown = who.ask("{ me { grants { nodes { purpose state preview { name { displayName } } } } } }", json!({})).await;
                for one in shown.data("/me/grants/nodes").as_array().expect("a list") {
                    let denied = blocked && one["purpose"] == "DIRECT_MARKETING";
                    assert_eq!(one["preview"].is_null(), denied, "the preview obeys the same law: {one}");
                    assert_eq!(one["state"], "ACTIVE", "the grants themselves stay as they are");
                }
            }
        }
    }

    async fn a_blocked_person_looks_like_nobody_by_handle_by_id_and_as_a_node(world) {
        let bank = world.brand("bank").await;
        for way in Way::ALL {
            let who = world.customer(&format!("By{way:?}")).await;
            who.link_email(&who.email).await;
            who.give("bank", "DIRECT_MARKETING", &["NAME"]).await;
            let id = bank.profile(&who.email, "DIRECT_MARKETING").await["id"].clone();
            way.block(&world, &who).await;
            let by_id = "query($id: ID!) { profile(by: { id: $id }, purpose: DIRECT_MARKETING) { id access { status } } }";
            let node = "query($id: ID!) { node(id: $id) { id ... on Profile { access { status } } } }";
            for (query, nothing) in [(by_id, r#"{"data":{"profile":null}}"#), (node, r#"{"data":{"node":null}}"#)] {
                assert_eq!(bank.ask(query, json!({ "id": id })).await.text, nothing);
            }
            let by_handle = bank.look_up(&who.email, "DIRECT_MARKETING", "id access { status }").await;
            assert_eq!(by_handle.text, r#"{"data":{"profile":null}}"#);
            who.give("bank", "ANALYTICS", &["NAME"]).await;
            let shown = bank.ask(node, json!({ "id": id })).await;
            assert_eq!(shown.data("/node/access/0/status"), "GRANTED", "another purpose stands as before");
        }
    }

    async fn the_customer_sees_what_the_switch_has_kept_back_as_halted(world) {
        let (bank, shop) = (world.brand("bank").await, world.brand("shop").await);
        let ada = world.customer("Ada").await;
        ada.link_email("ada@example.org").await;
        ada.give("bank", "DIRECT_MARKETING", &["NAME"]).await;
        set(&ada, false).await.done("setDirectMarketing");
        let fields = "name { displayName } contact { phone }";
        for app in [&bank, &shop] {
            assert_eq!(app.look_up("ada@example.org", "DIRECT_MARKETING", fields).await.data("/profile"), &Value::Null);
        }
        let seen = ada.disclosures(2).await;
        let outcomes = |record: &Value| {
            let fields = record["fields"].as_array().cloned().unwrap_or_default();
            fields.into_iter().map(|mut field| field["outcome"].take()).collect::<Vec<_>>()
        };
        assert_eq!(outcomes(&seen[1]), ["NOT_GRANTED", "PAUSED"], "contact was never granted, the name is kept back");
        assert_eq!(outcomes(&seen[0]), ["NOT_GRANTED", "NOT_GRANTED"], "the shop never had anything");
        for record in &seen {
            assert_eq!((&record["answered"], &record["grantId"]), (&json!(false), &Value::Null));
        }
    }

    async fn the_switch_is_an_event_when_something_changes_and_only_then(world) {
        world.brand("bank").await;
        let ada = world.customer("Ada").await;
        let given = ada.give("bank", "DIRECT_MARKETING", &["NAME"]).await;
        assert_eq!(standing(&ada).await, (json!(true), Value::Null));
        set(&ada, true).await.done("setDirectMarketing");
        assert_eq!(switchings(&world).await, [], "it was on already");
        let since = world.time(0);
        for _ in 0..2 {
            let off = set(&ada, false).await;
            assert_eq!(off.done("setDirectMarketing")["directMarketingBlockedAt"], since);
            signal(&world, &ada, "{ me { id } }").await.data("/me/id");
            assert_eq!(standing(&ada).await, (json!(false), json!(since)), "it is off since it was switched off first");
            world.pass(DAY);
        }
        set(&ada, true).await.done("setDirectMarketing");
        assert_eq!(standing(&ada).await, (json!(true), Value::Null));
        ada.withdraw(&given).await;
        assert_eq!(switchings(&world).await, [
            (ConsentEventKind::MarketingBlocked, ConsentActor::Customer, 2),
            (ConsentEventKind::MarketingAllowed, ConsentActor::Customer, 3),
        ]);
        assert_eq!(history(&grant(&ada, &given).await, "revision"), [1, 4], "one order with what happened to grants");
    }

    async fn nothing_can_be_given_resumed_or_widened_for_direct_marketing_while_it_is_off(world) {
        world.brand("bank").await;
        world.brand("shop").await;
        let ada = world.customer("Ada").await;
        let id = ada.give("bank", "DIRECT_MARKETING", &["NAME", "AREA"]).await;
        ada.act("pauseConsent", json!({ "grantId": id }), "").await.done("pauseConsent");
        let open = ada.give("shop", "DIRECT_MARKETING", &["NAME", "AREA"]).await;
        let wider = json!({ "grantId": open, "scopes": ["NAME", "AREA", "CONTACT"] });
        let confirmation = ada.act("amendConsent", wider.clone(), "confirmationToken").await;
        let mut confirmed = wider.clone();
        confirmed["confirmationToken"] = confirmation.done("amendConsent")["confirmationToken"].clone();
        set(&ada, false).await.done("setDirectMarketing");
        let before = grants(&ada).await;
        for (mutation, input, mistake) in [
            ("giveConsent", json!({ "brand": "bank", "purpose": "DIRECT_MARKETING", "scopes": ["NAME"] }), "MARKETING_BLOCKED purpose"),
            ("resumeConsent", json!({ "grantId": id }), "MARKETING_BLOCKED grantId"),
            ("amendConsent", wider, "MARKETING_BLOCKED grantId"),
            ("amendConsent", confirmed, "MARKETING_BLOCKED grantId"),
            ("amendConsent", json!({ "grantId": open, "expiresAt": world.time(200 * DAY) }), "MARKETING_BLOCKED grantId"),
        ] {
            let reply = ada.act(mutation, input, "grant { id }").await;
            assert_eq!(reply.mistakes(mutation), [mistake]);
            assert!(reply.text.contains("setDirectMarketing"), "it says what helps: {}", reply.text);
        }
        assert_eq!(grants(&ada).await, before);
        ada.give("bank", "ANALYTICS", &["NAME"]).await;
        for (mutation, input) in [
            ("amendConsent", json!({ "grantId": open, "scopes": ["NAME"] })),
            ("pauseConsent", json!({ "grantId": open })),
            ("withdrawConsent", json!({ "grantId": open })),
        ] {
            ada.act(mutation, input, "").await.done(mutation);
        }
        set(&ada, true).await.done("setDirectMarketing");
        ada.act("resumeConsent", json!({ "grantId": id }), "").await.done("resumeConsent");
        ada.give("shop", "DIRECT_MARKETING", &["NAME"]).await;
    }

    async fn lifting_the_block_gives_no_more_than_was_there_before(world) {
        let bank = world.brand("bank").await;
        let ada = world.customer("Ada").await;
        ada.link_email("ada@example.org").await;
        let id = ada.give("bank", "DIRECT_MARKETING", &["NAME", "LANGUAGE"]).await;
        set(&ada, false).await.done("setDirectMarketing");
        ada.act("amendConsent", json!({ "grantId": id, "scopes": ["NAME"] }), "").await.done("amendConsent");
        set(&ada, true).await.done("setDirectMarketing");
        let profile = bank.profile("ada@example.org", "DIRECT_MARKETING").await;
        assert_eq!((&access(&profile, "NAME")["status"], &access(&profile, "LANGUAGE")["status"]), (&json!("GRANTED"), &json!("WITHDRAWN")));
        set(&ada, false).await.done("setDirectMarketing");
        world.pass(90 * DAY);
        ada.link_email("ada@example.org").await;
        set(&ada, true).await.done("setDirectMarketing");
        assert_eq!(bank.profile("ada@example.org", "DIRECT_MARKETING").await, Value::Null, "it has run out meanwhile");
    }

    async fn a_signal_lasts_and_counts_whatever_the_request_asks(world) {
        for (place, query) in ["{ me { id } }", "{ me { nonsense } }", "{", "mutation { signOut(input: {}) { userErrors { code } } }"].into_iter().enumerate() {
            let who = world.customer(&format!("Number{place}")).await;
            signal(&world, &who, query).await;
            let again = Customer::sign_in(&world, &who.email, tests::customer::PASSWORD).await;
            assert_eq!(standing(&again).await.0, false, "{query}");
        }
        let by_get = world.customer("Getter").await;
        let request = world.http.get(format!("{}/graphql?query=%7Bme%7BdirectMarketingAllowed%7D%7D", world.url));
        let reply = Reply::of(request.bearer_auth(by_get.token().await).header("sec-gpc", "1").send().await).await;
        assert_eq!(reply.data("/me/directMarketingAllowed"), false, "this very request sees it");
    }

    async fn only_the_exact_value_1_is_a_signal(world) {
        let ada = world.customer("Ada").await;
        let token = ada.token().await;
        for value in ["0", "", "true", "01", "1.0", "?1", "1, 1", "\"1\"", "1;a=b", "on", "11"] {
            world.ask_with(Some(&token), &[("Sec-GPC", value)], "{ me { id } }", json!({})).await.data("/me/id");
            assert_eq!(standing(&ada).await.0, true, "{value}");
        }
        for name in ["DNT", "GPC", "X-Sec-GPC"] {
            world.ask_with(Some(&token), &[(name, "1")], "{ me { id } }", json!({})).await.data("/me/id");
            assert_eq!(standing(&ada).await.0, true, "{name}");
        }
        assert_eq!(switchings(&world).await, []);
        world.ask_with(Some(&token), &[("sEC-gPC", " 1 ")], "{ me { id } }", json!({})).await.data("/me/id");
        assert_eq!(standing(&ada).await.0, false, "names have no case, and blanks around a value are not part of it");
    }

    async fn a_request_with_the_signal_cannot_switch_direct_marketing_on_or_give_consent_for_it(world) {
        world.brand("bank").await;
        let ada = world.customer("Ada").await;
        let allow = "mutation { setDirectMarketing(input: { allowed: true }) { directMarketingAllowed userErrors { code field message } } }";
        for _ in 0..2 {
            let refused = signal(&world, &ada, allow).await;
            assert_eq!(refused.mistakes("setDirectMarketing"), ["MARKETING_BLOCKED allowed"]);
            assert!(refused.text.contains("Sec-GPC"), "it says why: {}", refused.text);
            assert_eq!(standing(&ada).await.0, false);
        }
        let off = "mutation { setDirectMarketing(input: { allowed: false }) { directMarketingAllowed userErrors { code field } } }";
        assert_eq!(signal(&world, &ada, off).await.done("setDirectMarketing")["directMarketingAllowed"], false);
        set(&ada, true).await.done("setDirectMarketing");
        let give = "mutation { giveConsent(input: { brand: \"bank\", purpose: DIRECT_MARKETING, scopes: [NAME] }) { grant { id } userErrors { code field } } }";
        assert_eq!(signal(&world, &ada, give).await.mistakes("giveConsent"), ["MARKETING_BLOCKED purpose"]);
        let other = give.replace("DIRECT_MARKETING", "CUSTOMER_CARE");
        signal(&world, &ada, &other).await.done("giveConsent");
    }

    async fn a_signal_of_an_app_or_of_nobody_says_nothing_about_anybody(world) {
        let bank = world.brand("bank").await;
        let ada = world.customer("Ada").await;
        ada.link_email("ada@example.org").await;
        ada.give("bank", "DIRECT_MARKETING", &["NAME"]).await;
        let read = r#"{ profile(by: { handle: { channel: EMAIL, handle: "ada@example.org" } }, purpose: DIRECT_MARKETING) { name { displayName } } }"#;
        let reply = world.ask_with(Some(&bank.token().await), &[SIGNAL], read, json!({})).await;
        assert_eq!(reply.data("/profile/name/displayName"), "Ada");
        world.ask_with(None, &[SIGNAL], "{ scopes { scope } }", json!({})).await.data("/scopes");
        let stale = world.ask_with(Some("not a token"), &[SIGNAL], "{ me { id } }", json!({})).await;
        assert_eq!(stale.status, 401);
        assert_eq!((standing(&ada).await.0, switchings(&world).await), (json!(true), Vec::new()));
    }

    async fn the_server_says_that_it_heeds_global_privacy_control(world) {
        let reply = Reply::of(world.http.get(format!("{}/.well-known/gpc.json", world.url)).send().await).await;
        assert_eq!((reply.status.as_u16(), reply.header("content-type")), (200, "application/json"));
        assert_eq!(reply.body, json!({ "gpc": true, "lastUpdate": "2026-11-25" }));
    }
}
