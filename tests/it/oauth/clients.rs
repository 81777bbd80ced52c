//! Clients that others have written (`openid-client`, `oauth4webapi`) get along with this server, by what its metadata say.

use reqwest::Url;
use serde_json::{Value, json};
use tests::{StaffPerson, StrangeClient, World, on_both_databases};

use super::browser::Browser;

/// Where the app of the client has customers sent back to: nobody listens there, the test brings the answer.
const BACK: &str = "http://127.0.0.1:9/back";

/// How a client goes about it.
struct Way {
    program: &'static str,
    method: &'static str,
    algorithm: &'static str,
    par: bool,
}

/// One client with one app, from discovery to the reuse of a refresh token; what it has found.
async fn run(world: &World, way: &Way, dpop: Option<&str>) -> Value {
    world.brand("bank").await;
    let petra = StaffPerson::join(world, "bank", entity::kinds::StaffRole::Admin, "Petra").await;
    let input =
        json!({ "clientId": "desk", "scopes": ["NAME"], "purposes": ["CUSTOMER_CARE"], "redirectUris": [BACK] });
    let made = petra.act("registerApp", input, "app { id } clientSecret").await.done("registerApp").clone();
    let ada = world.customer("Ada").await;
    let mut client = StrangeClient::start(
        way.program,
        &json!({ "issuer": world.url, "clientId": "desk", "secret": made["clientSecret"], "method": way.method,
            "algorithm": way.algorithm, "redirectUri": BACK, "par": way.par, "dpop": dpop, "name": "Ada" }),
    );
    loop {
        let said = client.hear();
        if let Some(done) = said.get("done") {
            return done.clone();
        }
        if let Some(jwks) = said.get("jwks") {
            let input = json!({ "appId": made["app"]["id"], "jwks": jwks.to_string() });
            petra.act("setAppKeys", input, "app { id }").await.done("setAppKeys");
            client.tell(&json!({}));
        }
        if let Some(open) = said.get("open") {
            let url: Url = open.as_str().and_then(|url| url.parse().ok()).expect("an address");
            assert_eq!((url.origin().ascii_serialization(), url.path()), (world.url.clone(), "/oauth/authorize"));
            let asked: Vec<(String, String)> = url.query_pairs().into_owned().collect();
            let asked: Vec<(&str, &str)> = asked.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            let mut browser = Browser::new(world);
            let page = browser.decide(&ada.email, &asked).await;
            let page = browser.press(&page, "share", &[("scope", "NAME")]).await;
            assert_eq!(page.reply.status, 303, "{}", page.reply.text);
            client.tell(&json!({ "back": page.reply.header("location") }));
        }
    }
}

on_both_databases! {
    async fn openid_client_does_everything_by_a_secret(world) {
        let world = World::start_for_strangers(world.backend).await;
        let way = Way { program: "openid-client", method: "client_secret_basic", algorithm: "", par: false };
        assert!(run(&world, &way, None).await["profile"].as_str().is_some_and(|id| id.starts_with("profile_")));
    }

    async fn openid_client_does_everything_by_a_key_and_pushes_what_it_asks(world) {
        let world = World::start_for_strangers(world.backend).await;
        let way = Way { program: "openid-client", method: "private_key_jwt", algorithm: "ES256", par: true };
        run(&world, &way, None).await;
    }

    async fn oauth4webapi_does_everything_by_a_secret_and_pushes_what_it_asks(world) {
        let world = World::start_for_strangers(world.backend).await;
        let way = Way { program: "oauth4webapi", method: "client_secret_post", algorithm: "", par: true };
        run(&world, &way, None).await;
    }

    async fn oauth4webapi_does_everything_by_a_key(world) {
        let world = World::start_for_strangers(world.backend).await;
        let way = Way { program: "oauth4webapi", method: "private_key_jwt", algorithm: "Ed25519", par: false };
        run(&world, &way, None).await;
    }

    async fn both_bind_tokens_to_a_key_and_prove_it_with_every_request(world) {
        for (program, algorithm, par) in [("openid-client", "ES256", true), ("oauth4webapi", "Ed25519", false)] {
            let world = World::start_for_strangers(world.backend).await;
            let way = Way { program, method: "private_key_jwt", algorithm, par };
            run(&world, &way, Some(algorithm)).await;
        }
    }
}
