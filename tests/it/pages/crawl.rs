//! Every page of everybody of the demo, in whatever state they are in, is there, and so is whatever it leads to.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde_json::{Value, json};
use tests::process::{House, Server};

use crate::command_line::in_a_house_on_both_databases;
use crate::demo::Demo;
use crate::oauth::browser::Browser;

/// Follows every link of the pages from here on, each once: what each of them says.
async fn crawl(browser: &mut Browser<'_>, start: &str) -> BTreeMap<String, String> {
    let mut waiting = VecDeque::from([start.to_owned()]);
    let mut known: BTreeSet<String> = waiting.iter().cloned().collect();
    let mut seen = BTreeMap::new();
    while let Some(path) = waiting.pop_front() {
        let page = browser.get(&path).await;
        assert!([200, 303].contains(&page.reply.status.as_u16()), "{path}: {} {}", page.reply.status, page.reply.text);
        if page.reply.header("content-type").starts_with("text/html") {
            for link in page.reply.text.split("href=\"").skip(1).map(|rest| rest.split('"').next().unwrap_or_default())
            {
                let link = link.replace("&#x2f;", "/").replace("&amp;", "&").replace("&#x3d;", "=");
                // Once through all that was looked at is enough: by one filter, and to the end.
                if link.starts_with('/') && !link.contains("brand=") && known.insert(link.clone()) {
                    waiting.push_back(link);
                }
            }
        }
        seen.insert(path, page.reply.text);
    }
    seen
}

/// What of the demo the seed does not bring: a brand asks, and a brand lets go of what it was given.
async fn stir(server: &Server, credentials: &Value) -> String {
    let customer = &credentials["customers"][0];
    let account = json!({ "email": customer["email"], "password": customer["password"] });
    let signed_in = server.client(None).act("signIn", account, "session { accessToken }").await.unwrap();
    let who = server.client(signed_in.done("signIn")["session"]["accessToken"].as_str());
    let grants = "{ me { grants(first: 100) { nodes { id state purpose brand { slug } } } } }";
    let grants = who.ask(grants, json!({})).await.data("/me/grants/nodes").clone();
    let of_brand = |app: &&Value| {
        let is_live = |grant: &&Value| grant["brand"]["slug"] == app["brand"] && grant["state"] == "ACTIVE";
        grants.as_array().unwrap().iter().any(|grant| is_live(&grant))
    };
    let app = credentials["apps"].as_array().unwrap().iter().find(of_brand).expect("an app that may read");
    let grant = grants
        .as_array()
        .unwrap()
        .iter()
        .find(|grant| grant["brand"]["slug"] == app["brand"] && grant["state"] == "ACTIVE");
    let grant = grant.unwrap()["id"].clone();
    let bank = server.app(app["clientId"].as_str().unwrap(), app["clientSecret"].as_str().unwrap()).await;
    bank.act("revokeGrant", json!({ "grantId": grant }), "state").await.unwrap().done("revokeGrant");
    let asked = json!({ "purpose": "CUSTOMER_CARE", "offer": "An answer within the hour", "durationDays": 90,
        "scopes": [{ "scope": "NAME", "required": true, "reason": "to greet you" }] });
    let asked = bank.act("createConsentRequest", asked, "link").await.unwrap();
    let link = asked.done("createConsentRequest")["link"].as_str().unwrap().to_owned();
    link.rsplit('/').next().unwrap().to_owned()
}

in_a_house_on_both_databases! {
    async fn every_page_of_everybody_of_the_demo_is_there_in_every_state(house) {
        let demo = Demo::start(&house, &["demo", "--credentials", "credentials.json"]).await;
        let credentials = std::fs::read_to_string(house.folder.join("credentials.json")).unwrap();
        let credentials: Value = serde_json::from_str(&credentials).unwrap();
        let server = demo.into_server();
        let token = stir(&server, &credentials).await;
        for language in ["en", "es"] {
            let mut stranger = Browser::at(&server.url);
            stranger.submit("/language", &[("language", language)]).await;
            assert!(crawl(&mut stranger, "/").await.len() > 6);
            let mut states: BTreeMap<&str, usize> = BTreeMap::new();
            for (number, customer) in credentials["customers"].as_array().unwrap().iter().enumerate() {
                let mut browser = Browser::at(&server.url);
                browser.submit("/language", &[("language", language)]).await;
                let text = |field: &str| customer[field].as_str().unwrap();
                browser.sign_in_with(text("email"), text("password")).await;
                if number == 0 {
                    let opened = browser.submit(&format!("/requests/{token}"), &[("act", "open")]).await;
                    assert_eq!(opened.reply.status, 303, "{}", opened.reply.text);
                }
                let seen = crawl(&mut browser, "/sharing").await;
                for state in ["active", "paused", "withdrawn", "expired", "revoked"] {
                    let marked = format!("state-{state}");
                    *states.entry(state).or_default() += seen.values().filter(|text| text.contains(&marked)).count();
                }
                *states.entry("asked").or_default() += seen.keys().filter(|path| path.starts_with("/asked/")).count();
            }
            assert!(states.values().all(|count| *count > 0), "{states:?}");
        }
    }
}
