//! Pushed authorization requests (RFC 9126): checked when they are pushed, good for one use by the app that pushed them.

use entity::kinds::AppStatus;
use entity::pushed_request;
use sea_orm::EntityTrait;
use serde_json::json;
use tests::{BrandApp, Reply, World, on_both_databases};

use super::browser::{Browser, ORIGIN, encoded, leads_to};
use super::{
    REDIRECT, asking, assert_error, assert_never_stored, bank, basic, post, redeem, send, set_status, status_of,
};

/// The parameters with one of them changed; `None` takes it away.
fn with<'v>(name: &'v str, value: Option<&'v str>) -> Vec<(&'v str, &'v str)> {
    let mut parameters: Vec<_> = asking().into_iter().filter(|(known, _)| *known != name).collect();
    parameters.extend(value.map(|value| (name, value)));
    parameters
}

async fn push(app: &BrandApp<'_>, world: &World, parameters: &[(&str, &str)]) -> Reply {
    send(app, world, "/oauth/par", &encoded(parameters)).await
}

/// A reference to what the bank's app asks.
pub async fn pushed(app: &BrandApp<'_>, world: &World) -> String {
    let reply = push(app, world, &asking()).await;
    assert_eq!(reply.status, 201, "{}", reply.text);
    assert_never_stored(&reply);
    assert_eq!(reply.body["expires_in"], 90);
    let reference = reply.body["request_uri"].as_str().expect("a reference").to_owned();
    assert!(reference.starts_with("urn:ietf:params:oauth:request_uri:"), "{reference}");
    assert!(reference.len() >= 34 + 43, "{reference}");
    reference
}

fn referring<'r>(client_id: &'r str, reference: &'r str) -> Vec<(&'r str, &'r str)> {
    vec![("client_id", client_id), ("request_uri", reference)]
}

async fn assert_refused(world: &World, parameters: &[(&str, &str)]) {
    let page = Browser::new(world).open(parameters).await;
    assert_eq!((page.reply.status.as_u16(), page.reply.header("location")), (400, ""), "{}", page.reply.text);
    assert!(page.has("begin again at the app"), "{}", page.reply.text);
}

async fn rows(world: &World) -> usize {
    pushed_request::Entity::find().all(world.deps.vault.store.reader()).await.expect("rows").len()
}

on_both_databases! {
    async fn what_was_pushed_is_asked_whatever_else_stands_in_the_address(world) {
        let bank = bank(&world).await;
        let ada = world.customer("Ada").await;
        let reference = pushed(&bank, &world).await;
        let mut address = referring("bank-app", &reference);
        address.extend([("scope", "area:read"), ("state", "other"), ("redirect_uri", "https://thief.example/"), ("scope", "twice")]);
        let mut browser = Browser::new(&world);
        let page = browser.decide(&ada.email, &address).await;
        assert!(page.has("value=\"NAME\"") && page.has("value=\"CONTACT\"") && !page.has("value=\"AREA\""), "{}", page.reply.text);
        let (to, parameters) = browser.press(&page, "share", &[("scope", "NAME")]).await.leads_to();
        assert_eq!((to.as_str(), parameters["state"].as_str(), parameters["iss"].as_str()), (REDIRECT, "af0ifjsldkj", ORIGIN));
        let reply = redeem(&bank, &world, &parameters["code"]).await;
        assert_eq!((reply.status.as_u16(), reply.body["scope"].as_str()), (200, Some("name:read")), "{}", reply.text);
        assert_eq!(status_of(&world, reply.body["access_token"].as_str().expect("a token")).await, 200);
        assert_eq!(rows(&world).await, 0, "what was used is gone");
    }

    async fn a_reference_is_good_once_for_the_app_that_pushed_and_for_90_seconds(world) {
        let bank = bank(&world).await;
        let second = world.app("bank", "bank-second", &["NAME"], &["CUSTOMER_CARE"]).await;
        let shop = world.brand("shop").await;
        let reference = pushed(&bank, &world).await;
        let mut changed = reference.clone();
        changed.replace_range(40..41, if reference.as_bytes()[40] == b'A' { "B" } else { "A" });
        for (client, reference) in [
            (second.client_id.as_str(), reference.as_str()),
            (&shop.client_id, &reference),
            ("unknown", &reference),
            ("", &reference),
            ("bank-app", &changed),
            ("bank-app", &reference[34..]),
            ("bank-app", "urn:ietf:params:oauth:request_uri:"),
            ("bank-app", "https://bank.example/request.jwt"),
        ] {
            assert_refused(&world, &referring(client, reference)).await;
        }
        for double in ["client_id", "request_uri"] {
            let mut twice = referring("bank-app", &reference);
            twice.push((double, "x"));
            assert_eq!(Browser::new(&world).open(&twice).await.reply.status, 400);
        }
        set_status(&world, &bank, AppStatus::Suspended).await;
        assert_refused(&world, &referring("bank-app", &reference)).await;
        set_status(&world, &bank, AppStatus::Active).await;
        world.pass(89_999);
        let page = Browser::new(&world).open(&referring("bank-app", &reference)).await;
        assert_eq!(page.reply.status, 200, "none of that has used it up: {}", page.reply.text);
        assert_refused(&world, &referring("bank-app", &reference)).await;
        let late = pushed(&bank, &world).await;
        world.pass(90_000);
        assert_refused(&world, &referring("bank-app", &late)).await;
        while world.work().await > 0 {}
        world.pass(61_000);
        while world.work().await > 0 {}
        assert_eq!(rows(&world).await, 0, "what is too old is deleted");
    }

    async fn of_many_who_open_one_reference_at_once_exactly_one_is_asked(world) {
        let bank = bank(&world).await;
        let other = world.node().await;
        let reference = pushed(&bank, &world).await;
        let opened = async |node: &World| Browser::new(node).open(&referring("bank-app", &reference)).await.reply.status.as_u16();
        let (a, b, c, d) = tokio::join!(opened(&world), opened(&other), opened(&world), opened(&other));
        let mut statuses = [a, b, c, d];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 400, 400, 400]);
    }

    async fn a_mistake_in_what_is_pushed_is_told_to_the_app_at_once(world) {
        let bank = bank(&world).await;
        for (name, value, error) in [
            ("redirect_uri", None, "invalid_request"),
            ("redirect_uri", Some("https://bank.example/back/"), "invalid_request"),
            ("response_type", None, "invalid_request"),
            ("response_type", Some("token"), "unsupported_response_type"),
            ("response_mode", Some("fragment"), "invalid_request"),
            ("code_challenge", None, "invalid_request"),
            ("code_challenge_method", Some("plain"), "invalid_request"),
            ("scope", None, "invalid_scope"),
            ("scope", Some("name:read context:read"), "invalid_scope"),
            ("purpose", None, "invalid_request"),
            ("purpose", Some("DIRECT_MARKETING"), "unauthorized_client"),
            ("request", Some("a.b.c"), "request_not_supported"),
            ("request_uri", Some("urn:ietf:params:oauth:request_uri:x"), "invalid_request"),
            ("client_id", Some("other"), "invalid_client"),
        ] {
            let reply = push(&bank, &world, &with(name, value)).await;
            assert_error(&reply, if error == "invalid_client" { 401 } else { 400 }, error);
        }
        let mut twice = asking();
        twice.push(("scope", "name:read"));
        assert_error(&push(&bank, &world, &twice).await, 400, "invalid_request");
        let form = encoded(&asking());
        assert_error(&post(&world, "/oauth/par", None, &form).await, 401, "invalid_client");
        assert_error(&post(&world, "/oauth/par", Some(&basic("bank-app", "wrong")), &form).await, 401, "invalid_client");
        assert_eq!(rows(&world).await, 0, "nothing of that is kept");

        // By credentials in the form; neither they nor the reference are stored.
        let by_form = format!("{form}&client_secret={}", encoded(&[("", &bank.secret)]).trim_start_matches('='));
        let reply = post(&world, "/oauth/par", None, &by_form).await;
        assert_eq!(reply.status, 201, "{}", reply.text);
        let kept = pushed_request::Entity::find().one(world.deps.vault.store.reader()).await.expect("it answers").expect("a row");
        assert!(!kept.parameters.to_string().contains(&bank.secret));
        assert_eq!(kept.parameters["redirect_uri"], json!(REDIRECT));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_registration_that_changed_meanwhile_counts() {
    let world = World::start(tests::Backend::Sqlite).await;
    let bank = bank(&world).await;
    let reference = pushed(&bank, &world).await;
    let line = json!({ "brand": { "slug": "bank", "name": "The bank" }, "apps": [{ "clientId": "bank-app",
        "clientSecret": bank.secret, "scopes": ["NAME"], "purposes": ["CUSTOMER_CARE"], "redirectUris": [REDIRECT] }] });
    assert_eq!(world.import(&line.to_string()).await, Vec::<String>::new());
    let page = Browser::new(&world).open(&referring("bank-app", &reference)).await;
    assert_eq!(leads_to(&page.reply).1["error"], "invalid_scope");
}
