//! What did not come from a page of ours, made for that browser, changes nothing, and no page is framed.

use serde_json::{Value, json};
use tests::{Backend, Customer, World};

use super::{PAGES, asked, furnished};
use crate::oauth::browser::{Browser, ORIGIN, encoded};
use crate::requests;

/// Each act of a customer that would change something, with what it would need.
fn acts(
    grant: &str,
    ended: &str,
    request: &str,
    link: &str,
    session: &str,
) -> Vec<(String, Vec<(&'static str, String)>)> {
    let with = |path: String, fields: &[(&'static str, &str)]| {
        (path, fields.iter().map(|(name, value)| (*name, (*value).to_owned())).collect())
    };
    let until = "2026-07-01T00:00:00.000Z";
    vec![
        with(format!("/sharing/{grant}/stop"), &[("act", "stop")]),
        with(format!("/sharing/{grant}/stop"), &[("act", "stop-one"), ("scopes", "NAME")]),
        with(format!("/sharing/{grant}"), &[("act", "pause")]),
        with(format!("/sharing/{grant}"), &[("act", "renew"), ("expiresAt", until)]),
        with(
            format!("/sharing/{ended}/again"),
            &[("act", "share"), ("input.brand", "bank"), ("input.purpose", "ANALYTICS"), ("input.scopes", "NAME")],
        ),
        with("/stop-all".into(), &[("act", "stop-all")]),
        with("/sharing".into(), &[("act", "pause-all")]),
        with(format!("/asked/{request}"), &[("act", "refuse"), ("input.requestId", request)]),
        with(format!("/asked/{request}"), &[("act", "share"), ("input.requestId", request), ("input.scopes", "NAME")]),
        with(link.to_owned(), &[("act", "open")]),
        with("/profile".into(), &[("act", "save"), ("input.name.displayName", "Mallory")]),
        with("/likes".into(), &[("act", "marketing"), ("input.allowed", "false")]),
        with(
            "/likes".into(),
            &[
                ("act", "save"),
                ("input.preferences.0.category", "x"),
                ("input.preferences.0.key", "x"),
                ("input.preferences.0.value", "x"),
            ],
        ),
        with("/needs".into(), &[("act", "state"), ("input.topic", "mischief")]),
        with("/links".into(), &[("act", "start"), ("input.channel", "X"), ("input.handle", "mallory")]),
        with("/security".into(), &[("act", "end"), ("input.sessionId", session)]),
        with("/security".into(), &[("act", "end-others")]),
        with("/security".into(), &[("act", "sign-out")]),
        with("/security".into(), &[("act", "start-authenticator")]),
        with("/security".into(), &[("act", "email"), ("input.email", "mallory@example.org")]),
        with("/data/erase".into(), &[("act", "erase"), ("input.confirmationToken", "")]),
        with("/data/copy".into(), &[]),
        with("/language".into(), &[("language", "es")]),
    ]
}

/// All that could be changed.
async fn state(ada: &Customer<'_>) -> Value {
    let query = "{ me { name { displayName } preferences { key } context { topic } directMarketingAllowed
        links(first: 10) { nodes { handle } } secondFactor { since } sessions(first: 50) { nodes { id } }
        grants(first: 10) { nodes { id state version scopes expiresAt } } receipts(first: 50) { nodes { id } }
        consentRequests(first: 10) { nodes { id } } } }";
    ada.ask(query, json!({})).await.data("/me").clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_ways_to_send_a_foreign_form_change_nothing() {
    let world = World::start(Backend::Sqlite).await;
    let (ada, bank) = furnished(&world).await;
    let request = requests::opened(&ada, asked(&bank).await.rsplit('/').next().unwrap()).await;
    let other = bank.ask(
        "mutation { createConsentRequest(input: { purpose: ANALYTICS, scopes: [{ scope: NAME, required: true, reason: \"x\" }], offer: \"x\" }) { link userErrors { code } } }",
        json!({}),
    );
    let link = format!(
        "/requests/{}",
        other.await.done("createConsentRequest")["link"].as_str().unwrap().rsplit('/').next().unwrap()
    );
    let mut browser = Browser::new(&world);
    browser.sign_in(&ada.email).await;
    let token = browser.get("/help").await.input("token");
    let mut other = Browser::new(&world);
    let foreign = other.get("/help").await.input("token");
    let before = state(&ada).await;
    let grants = &before["grants"]["nodes"];
    let id = |wanted: &str| {
        let found = grants.as_array().unwrap().iter().find(|grant| grant["state"] == wanted);
        found.unwrap()["id"].as_str().unwrap().to_owned()
    };
    let session = before["sessions"]["nodes"][1]["id"].as_str().unwrap().to_owned();
    let (own, same) = (("origin", ORIGIN), ("sec-fetch-site", "same-origin"));
    let mut cases = 0;
    for (path, fields) in acts(&id("ACTIVE"), &id("WITHDRAWN"), &request, &link, &session) {
        let form = |token: Option<&str>| {
            let token = token.map(|token| ("token", token));
            let fields = fields.iter().map(|(name, value)| (*name, value.as_str()));
            encoded(&token.into_iter().chain(fields).collect::<Vec<_>>())
        };
        for (what, form, headers, status) in [
            (
                "another site",
                form(Some(&token)),
                vec![("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")],
                403,
            ),
            ("no origin", form(Some(&token)), vec![same], 403),
            ("an origin that is not told", form(Some(&token)), vec![("origin", "null"), same], 403),
            ("a sibling", form(Some(&token)), vec![own, ("sec-fetch-site", "same-site")], 403),
            (
                "another site that forges the origin",
                form(Some(&token)),
                vec![own, ("sec-fetch-site", "cross-site")],
                403,
            ),
            ("no token", form(None), vec![own, same], 403),
            ("a made-up token", form(Some(&"A".repeat(43))), vec![own, same], 403),
            ("another browser's token", form(Some(&foreign)), vec![own, same], 403),
            ("plain text", form(Some(&token)), vec![own, same, ("content-type", "text/plain")], 415),
            ("json", form(Some(&token)), vec![own, same, ("content-type", "application/json")], 415),
        ] {
            let page = browser.post_to(&path, &form, &headers).await;
            assert_eq!(page.reply.status, status, "{path} {fields:?}: {what}: {}", page.reply.text);
            cases += 1;
        }
        // A link that says it all.
        let looked = browser.get(&format!("{path}?{}", form(Some(&token)))).await;
        assert!([200, 404, 405].contains(&looked.reply.status.as_u16()), "{path}: {}", looked.reply.status);
        cases += 1;
    }
    assert!(cases >= 200, "{cases}");
    assert_eq!(state(&ada).await, before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn names_of_any_depth_in_a_form_or_an_address_end_nothing() {
    let world = World::start(Backend::Sqlite).await;
    let mut browser = Browser::new(&world);
    let deep = format!("input.{}a", "a.".repeat(15_000));
    let page = browser.submit("/sign-in", &[("act", "sign-in"), (&deep, "1")]).await;
    assert_eq!(page.reply.status, 422, "{}", page.reply.text);
    let asked = browser.get(&format!("/sign-in?{}=1", "a.".repeat(15_000))).await;
    assert!([200, 414, 431].contains(&asked.reply.status.as_u16()), "{}", asked.reply.status);
    assert_eq!(browser.get("/help").await.reply.status, 200, "and the next visitor is served");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_page_is_framed_kept_or_runs_what_is_not_ours() {
    let world = World::start(Backend::Sqlite).await;
    let (ada, _) = furnished(&world).await;
    let mut browser = Browser::new(&world);
    let strangers = ["/", "/sign-in", "/sign-up", "/reset", "/claim", "/help"];
    for (place, path) in strangers.iter().chain(&PAGES).enumerate() {
        if place == strangers.len() {
            browser.sign_in(&ada.email).await;
        }
        let page = browser.get(path).await;
        assert_eq!(page.reply.status, 200, "{path}: {}", page.reply.text);
        let policy = page.reply.header("content-security-policy");
        for part in [
            "default-src 'none'",
            "script-src 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
            "form-action 'self';",
        ] {
            assert!(policy.contains(part), "{policy}");
        }
        assert!(!policy.contains("unsafe") && !policy.contains('*') && !policy.contains("http"), "{policy}");
        assert_eq!(page.reply.header("x-frame-options"), "DENY");
        assert_eq!(page.reply.header("cache-control"), "no-store");
        assert!(!page.has(" style=") && !page.has(" onclick") && !page.has("javascript:"), "{path}");
    }
}
