//! The page at `/oauth/authorize` cannot be forged, framed, biased or used to send people elsewhere.

use serde_json::json;
use tests::customer::PASSWORD;
use tests::{Backend, World, on_both_databases};

use super::browser::{Browser, ORIGIN, encoded, leads_to};
use super::{CHALLENGE, REDIRECT, asking, bank};
use crate::requests::events;
use crate::sign_in::second_factor;

/// What is asked, with one parameter changed or left out.
fn with<'p>(name: &'p str, value: Option<&'p str>) -> Vec<(&'p str, &'p str)> {
    let mut parameters: Vec<(&str, &str)> = asking();
    parameters.retain(|(known, _)| *known != name);
    parameters.extend(value.map(|value| (name, value)));
    parameters
}

on_both_databases! {
    async fn a_form_that_was_not_sent_from_our_page_in_that_browser_changes_nothing(world) {
        bank(&world).await;
        let ada = world.customer("Ada").await;
        let mut browser = Browser::new(&world);
        let page = browser.decide(&ada.email, &asking()).await;
        let (request, token) = (page.input("request"), page.input("token"));
        let mut other = Browser::new(&world);
        let bob = world.customer("Bob").await;
        let foreign = other.decide(&bob.email, &asking()).await.input("token");
        let form = |token: &str| encoded(&[("request", &request), ("token", token), ("act", "share"), ("scope", "NAME")]);
        let (own, same) = (("origin", ORIGIN), ("sec-fetch-site", "same-origin"));
        for (what, form, headers) in [
            ("no origin", form(&token), vec![same]),
            ("a foreign origin", form(&token), vec![("origin", "https://evil.example"), same]),
            ("no origin to tell", form(&token), vec![("origin", "null"), same]),
            ("another port", form(&token), vec![("origin", "http://127.0.0.1:8081"), same]),
            ("another site", form(&token), vec![own, ("sec-fetch-site", "cross-site")]),
            ("a sibling's site", form(&token), vec![own, ("sec-fetch-site", "same-site")]),
            ("no token", form(""), vec![own, same]),
            ("a made-up token", form(&"A".repeat(43)), vec![own, same]),
            ("another browser's token", form(&foreign), vec![own, same]),
        ] {
            let page = browser.post(&form, &headers).await;
            assert_eq!(page.reply.status, 403, "{what}: {}", page.reply.text);
        }
        assert_eq!(events(&world).await.len(), 0);
        // Whoever has no cookie of ours has no page of ours either.
        let page = Browser::new(&world).post(&form(&token), &[own, same]).await;
        assert_eq!(page.reply.status, 403);
        // The token is of the session: it is worth nothing after somebody else has signed in there.
        let mut shared = Browser::new(&world);
        let before = shared.open(&asking()).await;
        shared.decide(&bob.email, &asking()).await;
        let stale = shared.press(&before, "share", &[("scope", "NAME")]).await;
        assert_eq!(stale.reply.status, 403);
        for kind in ["text/plain", "application/json", "multipart/form-data; boundary=x"] {
            let request = world.http.post(format!("{}/oauth/authorize", world.url)).header("content-type", kind);
            let reply = request.header("origin", ORIGIN).body(form(&token)).send().await.expect("an answer");
            assert_eq!(reply.status(), 415);
        }
        assert_eq!(events(&world).await.len(), 0);
        let again = browser.open(&asking()).await;
        browser.press(&again, "share", &[("scope", "NAME")]).await.leads_to();
    }

    async fn whoever_has_a_second_factor_shows_it_on_the_page_too(world) {
        bank(&world).await;
        let ada = world.customer("Ada").await;
        let (app, recovery_codes) = second_factor::set_up(&world, &ada).await;
        let mut browser = Browser::new(&world);
        let page = browser.open(&asking()).await;
        let credentials = [("email", ada.email.as_str()), ("password", PASSWORD)];
        let half = browser.press(&page, "sign-in", &credentials).await;
        assert!(half.has("One more step") && !half.has("name=\"scope\""), "{}", half.reply.text);
        assert_eq!(browser.cookies().len(), 1, "nobody is signed in yet");
        let wrong = browser.press(&half, "second-factor", &[("code", "000000")]).await;
        assert_eq!(wrong.reply.status, 422);
        assert!(wrong.has("role=\"alert\"") && !wrong.has("name=\"scope\""), "{}", wrong.reply.text);
        let made_up = [("half", "made-up"), ("code", "000000")];
        assert!(browser.press(&page, "second-factor", &made_up).await.has("name=\"password\""));
        // As people type it.
        let shown = app.shows(&world, 1);
        let (first, second) = shown.split_at(3);
        let page = browser.press(&wrong, "second-factor", &[("code", &format!(" {first} {second}"))]).await;
        assert!(page.has("name=\"scope\""), "{}", page.reply.text);
        browser.press(&page, "share", &[("scope", "NAME")]).await.leads_to();

        let mut other = Browser::new(&world);
        let page = other.open(&asking()).await;
        let half = other.press(&page, "sign-in", &credentials).await;
        let page = other.press(&half, "second-factor", &[("code", &recovery_codes[0])]).await;
        assert!(page.has("You share this already:"), "{}", page.reply.text);
    }

    async fn what_was_asked_cannot_be_changed_on_its_way(world) {
        bank(&world).await;
        let ada = world.customer("Ada").await;
        let mut browser = Browser::new(&world);
        let page = browser.decide(&ada.email, &asking()).await;
        let (request, token) = (page.input("request"), page.input("token"));
        let (body, seal) = request.split_once('.').expect("two parts");
        let forged = [
            String::new(),
            body.to_owned(),
            format!("{body}."),
            format!("{body}.{}", "A".repeat(43)),
            format!("{}.{seal}", body.replacen('A', "B", 1)),
            format!("{request}.{seal}"),
        ];
        for ticket in forged.iter().filter(|ticket| **ticket != request) {
            let form = encoded(&[("request", ticket), ("token", &token), ("act", "share"), ("scope", "NAME")]);
            let page = browser.post(&form, &[("origin", ORIGIN)]).await;
            assert_eq!(page.reply.status, 400, "{ticket}: {}", page.reply.text);
            let query = "query($request: String!) { authorization(request: $request) { state } }";
            assert_eq!(ada.ask(query, json!({ "request": ticket })).await.code(), "BAD_USER_INPUT");
        }
        assert_eq!(events(&world).await.len(), 0);
        // The same by the public schema, which the page is a client of; nobody else sees anything.
        let query = "query($request: String!) { authorization(request: $request) { state app } }";
        let seen = ada.ask(query, json!({ "request": request })).await;
        assert_eq!(seen.data("/authorization"), &json!({ "state": "ASKS", "app": "bank-app" }));
        assert_eq!(world.ask(query, json!({ "request": request })).await.data("/authorization"), &json!(null));
        let app = bank(&world).await;
        assert_eq!(app.ask(query, json!({ "request": request })).await.data("/authorization"), &json!(null));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mistake_is_shown_until_the_address_is_known_to_be_the_apps() {
    let world = World::start(Backend::Sqlite).await;
    bank(&world).await;
    let twice = |name: &'static str, value: &'static str| {
        let mut parameters = asking();
        parameters.push((name, value));
        parameters
    };
    let long = format!("{REDIRECT}{}", "a".repeat(4_000));
    for parameters in [
        with("client_id", None),
        with("client_id", Some("unknown")),
        with("client_id", Some("bank-app\0")),
        with("client_id", Some("Bank-app")),
        with("redirect_uri", None),
        with("redirect_uri", Some("https://evil.example/back")),
        with("redirect_uri", Some("https://bank.example/back/")),
        with("redirect_uri", Some("https://bank.example/back?x=1")),
        with("redirect_uri", Some("https://bank.example/back#x")),
        with("redirect_uri", Some("https://bank.example/BACK")),
        with("redirect_uri", Some("https://bank.example:443/back")),
        with("redirect_uri", Some("http://bank.example/back")),
        with("redirect_uri", Some("https://bank.example/back/../back")),
        with("redirect_uri", Some("https://bank.example/%62ack")),
        with("redirect_uri", Some("https://bank.example@evil.example/back")),
        with("redirect_uri", Some("javascript:alert(1)")),
        with("redirect_uri", Some(&long)),
        twice("redirect_uri", "https://evil.example/back"),
        twice("client_id", "bank-app"),
    ] {
        let page = Browser::new(&world).open(&parameters).await;
        assert_eq!((page.reply.status.as_u16(), page.reply.header("location")), (400, ""), "{parameters:?}");
        assert!(
            page.has("This cannot go on") && !page.has("evil") && !page.has("/oauth/authorize\""),
            "{}",
            page.reply.text
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_other_mistake_is_sent_back_with_its_name() {
    let world = World::start(Backend::Sqlite).await;
    bank(&world).await;
    let long = "a".repeat(1_001);
    let upper = CHALLENGE.replace('-', "+");
    for (name, value, error) in [
        ("response_type", None, "invalid_request"),
        ("response_type", Some("token"), "unsupported_response_type"),
        ("response_type", Some("code token"), "unsupported_response_type"),
        ("response_mode", Some("fragment"), "invalid_request"),
        ("request", Some("a.b.c"), "request_not_supported"),
        ("code_challenge", None, "invalid_request"),
        ("code_challenge", Some("short"), "invalid_request"),
        ("code_challenge", Some(upper.as_str()), "invalid_request"),
        ("code_challenge_method", None, "invalid_request"),
        ("code_challenge_method", Some("plain"), "invalid_request"),
        ("code_challenge_method", Some("s256"), "invalid_request"),
        ("purpose", None, "invalid_request"),
        ("purpose", Some("NONSENSE"), "invalid_request"),
        ("purpose", Some("DIRECT_MARKETING"), "unauthorized_client"),
        ("scope", None, "invalid_scope"),
        ("scope", Some("openid"), "invalid_scope"),
        ("scope", Some("name:read nothing"), "invalid_scope"),
        ("scope", Some("NAME"), "invalid_scope"),
        ("scope", Some("context:read"), "invalid_scope"),
        ("state", Some(long.as_str()), "invalid_request"),
    ] {
        let page = Browser::new(&world).open(&with(name, value)).await;
        let (address, parameters) = page.leads_to();
        assert_eq!((address.as_str(), parameters["error"].as_str()), (REDIRECT, error), "{name} {value:?}");
        assert_eq!(parameters["iss"], ORIGIN);
        let state = (name != "state").then_some("af0ifjsldkj");
        assert_eq!(parameters.get("state").map(String::as_str), state);
        assert!(!parameters.contains_key("code"));
    }
    let mut twice = asking();
    twice.push(("scope", "name:read"));
    assert_eq!(leads_to(&Browser::new(&world).open(&twice).await.reply).1["error"], "invalid_request");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_runs_nothing_is_framed_by_nobody_and_is_kept_nowhere() {
    let world = World::start(Backend::Sqlite).await;
    let line = json!({ "brand": { "slug": "bank", "name": "<script>alert(1)</script>\"'&" }, "apps": [{ "clientId": "bank-app",
        "clientSecret": "a secret of the bank", "scopes": ["NAME", "CONTACT", "AREA"], "purposes": ["CUSTOMER_CARE"], "redirectUris": [REDIRECT] }] });
    assert_eq!(world.import(&line.to_string()).await, Vec::<String>::new());
    let ada = world.customer("Ada").await;
    let mut browser = Browser::new(&world);
    let first = browser.open(&asking()).await;
    let decision = browser.decide(&ada.email, &asking()).await;
    let broken = browser.open(&with("client_id", None)).await;
    for page in [&first, &decision, &broken] {
        let policy = page.reply.header("content-security-policy");
        for part in [
            "default-src 'none'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
            "style-src 'self'",
            "form-action 'self'",
        ] {
            assert!(policy.contains(part), "{policy}");
        }
        assert!(!policy.contains("unsafe") && !policy.contains('*'), "{policy}");
        assert_eq!(page.reply.header("cache-control"), "no-store");
        assert_eq!(
            (page.reply.header("x-frame-options"), page.reply.header("referrer-policy")),
            ("DENY", "same-origin")
        );
        assert_eq!(page.reply.header("x-content-type-options"), "nosniff");
        assert_eq!(page.reply.header("content-type"), "text/html; charset=utf-8");
        assert!(!page.has("<script") && !page.has("javascript"), "{}", page.reply.text);
    }
    assert!(decision.reply.header("content-security-policy").contains("form-action 'self' https://bank.example;"));
    assert!(decision.has("&lt;script&gt;alert(1)&lt;"), "the brand's name is text: {}", decision.reply.text);
    let cookies: Vec<_> =
        first.reply.headers.get_all("set-cookie").iter().map(|value| value.to_str().expect("text")).collect();
    assert!(
        cookies
            .iter()
            .all(|cookie| cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax") && cookie.contains("Path=/")),
        "{cookies:?}"
    );
    // Nothing that was typed or found out is in an address.
    assert_eq!(decision.reply.header("location"), "");
    for method in [reqwest::Method::PUT, reqwest::Method::DELETE] {
        let reply =
            world.http.request(method, format!("{}/oauth/authorize", world.url)).send().await.expect("an answer");
        assert_eq!(reply.status(), 405);
    }
}
