//! What lies around a token: finding the endpoints, giving a token back, asking what it is worth, and where an app may have
//! customers sent back to.

use serde_json::{Value, json};
use tests::process::House;
use tests::world::ALL_SCOPES;
use tests::{Backend, Reply, World, on_both_databases};

use super::{GRANT, assert_error, basic, post, send, status_of};

/// What the server says of a token to this app.
async fn introspected(world: &World, app: &tests::BrandApp<'_>, token: &str) -> Value {
    let reply = send(app, world, "/oauth/introspect", &format!("token={token}")).await;
    assert_eq!((reply.status.as_u16(), reply.header("cache-control")), (200, "no-store"), "{}", reply.text);
    reply.body
}

on_both_databases! {
    async fn a_token_that_was_given_back_is_refused_on_the_next_request_and_no_other_is(world) {
        let (bank, shop) = (world.brand("bank").await, world.brand("shop").await);
        let (gone, kept) = (bank.token().await, bank.token().await);
        let reply = send(&bank, &world, "/oauth/revoke", &format!("token={gone}&token_type_hint=access_token")).await;
        assert_eq!((reply.status.as_u16(), reply.text.as_str()), (200, ""));
        assert_eq!((status_of(&world, &gone).await, status_of(&world, &kept).await), (401, 200));
        let look = "{ profile(by: {id: \"profile_AAAAAAAAAAAAAAAAAAAAAA\"}, purpose: CUSTOMER_CARE) { id } }";
        assert_eq!(world.ask_as(Some(&gone), look, json!({})).await.status, 401, "the statement that reads looks too");
        assert_eq!(world.ask_as(Some(&kept), look, json!({})).await.status, 200);

        // Again, nonsense, a customer's token, a wrong hint: nothing is there to be given back, and nothing goes wrong.
        let ada = world.customer("Ada").await.token().await;
        for form in [format!("token={gone}"), "token=nonsense".into(), "token=a.b.c&token_type_hint=refresh_token".into(), format!("token={ada}")] {
            assert_eq!(send(&bank, &world, "/oauth/revoke", &form).await.status, 200, "{form}");
        }
        assert_eq!(status_of(&world, &ada).await, 200, "an app cannot end a customer's session");
        // Another brand's app is told the same, and nothing happens.
        assert_eq!(send(&shop, &world, "/oauth/revoke", &format!("token={kept}")).await.status, 200);
        assert_eq!(status_of(&world, &kept).await, 200);
        assert_error(&send(&bank, &world, "/oauth/revoke", "token=").await, 400, "invalid_request");
        assert_error(&post(&world, "/oauth/revoke", None, &format!("token={kept}")).await, 401, "invalid_client");
        assert_error(&post(&world, "/oauth/revoke", Some(&basic("bank-app", "wrong")), &format!("token={kept}")).await, 401, "invalid_client");
        assert_eq!(status_of(&world, &kept).await, 200);
    }

    async fn an_app_learns_of_its_own_tokens_what_they_are_worth_now_and_nothing_of_others(world) {
        let (bank, shop) = (world.brand("bank").await, world.brand("shop").await);
        let second = world.app("bank", "bank-second", &["NAME"], &["CUSTOMER_CARE"]).await;
        let token = bank.token().await;
        let said = introspected(&world, &bank, &token).await;
        assert_eq!((&said["active"], &said["token_type"], &said["client_id"]), (&json!(true), &json!("Bearer"), &json!("bank-app")));
        assert_eq!((&said["iss"], &said["aud"]), (&json!("http://127.0.0.1:8080"), &json!("rapport")));
        let now = world.clock.now().as_seconds();
        assert_eq!((&said["iat"], &said["exp"]), (&json!(now), &json!(now + 300)));
        assert_eq!(said["scope"].as_str().map(|scopes| scopes.split(' ').count()), Some(ALL_SCOPES.len()));
        assert_eq!(introspected(&world, &second, &second.token().await).await["scope"], "name:read");

        let ada = world.customer("Ada").await.token().await;
        for (app, token) in [(&shop, &token), (&second, &token), (&bank, &ada), (&bank, &"nonsense".to_owned())] {
            assert_eq!(introspected(&world, app, token).await, json!({ "active": false }));
        }
        send(&bank, &world, "/oauth/revoke", &format!("token={token}")).await;
        assert_eq!(introspected(&world, &bank, &token).await, json!({ "active": false }), "given back");
        let token = bank.token().await;
        world.pass(305_000);
        assert_eq!(introspected(&world, &bank, &token).await, json!({ "active": false }), "too old");
        assert_error(&post(&world, "/oauth/introspect", None, &format!("token={token}")).await, 401, "invalid_client");
        assert_error(&send(&bank, &world, "/oauth/introspect", "").await, 400, "invalid_request");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_metadata_name_endpoints_that_are_there() {
    let world = World::start(Backend::Sqlite).await;
    let bank = world.brand("bank").await;
    let url = format!("{}/.well-known/oauth-authorization-server", world.url);
    let reply = Reply::of(world.http.get(url).send().await).await;
    assert_eq!((reply.status.as_u16(), reply.header("content-type")), (200, "application/json"));
    let said = &reply.body;
    // The address that others know the server by, which is also what tokens name (RFC 8414 section 3.3).
    let issuer = "http://127.0.0.1:8080";
    assert_eq!(said["issuer"], issuer);
    assert_eq!(said["authorization_endpoint"], format!("{issuer}/oauth/authorize"));
    assert_eq!(
        (&said["response_types_supported"], &said["code_challenge_methods_supported"]),
        (&json!(["code"]), &json!(["S256"]))
    );
    for name in
        ["token_endpoint", "pushed_authorization_request_endpoint", "revocation_endpoint", "introspection_endpoint"]
    {
        let path = said[name].as_str().and_then(|url| url.strip_prefix(issuer)).expect("an address of the issuer");
        let is_of_a_token = ["revocation_endpoint", "introspection_endpoint"].contains(&name);
        assert_eq!(send(&bank, &world, path, "token=x").await.status, if is_of_a_token { 200 } else { 400 });
        let got = Reply::of(world.http.get(format!("{}{path}", world.url)).send().await).await;
        assert_eq!((got.status.as_u16(), got.header("allow")), (405, "POST"), "{path}");
    }
    let path = said["jwks_uri"].as_str().and_then(|url| url.strip_prefix(issuer)).expect("an address of the issuer");
    assert!(Reply::of(world.http.get(format!("{}{path}", world.url)).send().await).await.body["keys"].is_array());
    for name in ["token_endpoint", "revocation_endpoint", "introspection_endpoint"] {
        let methods = &said[format!("{name}_auth_methods_supported")];
        assert_eq!(methods, &json!(["client_secret_basic", "client_secret_post", "private_key_jwt"]), "{name}");
        let algorithms = &said[format!("{name}_auth_signing_alg_values_supported")];
        assert_eq!(algorithms, &json!(["EdDSA", "Ed25519", "ES256"]), "{name}");
    }
    assert_eq!(said["dpop_signing_alg_values_supported"], json!(["EdDSA", "Ed25519", "ES256"]));
    let scopes = said["scopes_supported"].as_array().expect("a list");
    assert_eq!(scopes.len(), ALL_SCOPES.len());
    assert!(scopes.contains(&json!("name:read")));
    let asked = send(&bank, &world, "/oauth/token", &format!("{GRANT}&scope=name:read")).await;
    assert_eq!(asked.status, 200, "what is listed can be asked for");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operator_registers_where_customers_may_be_sent_back_to() {
    let house = House::on(Backend::Sqlite).await;
    let register = |uris: &[&'static str]| {
        let mut arguments =
            vec!["app", "register", "--brand", "bank", "--brand-name", "Bank", "--client-id", "bank-app"];
        arguments.extend(["--scope", "NAME", "--purpose", "CUSTOMER_CARE"]);
        arguments.extend(uris.iter().flat_map(|uri| ["--redirect-uri", *uri]));
        arguments
    };
    house.done(&register(&["https://bank.example/back", "http://127.0.0.1:4711/back"])).await;
    // Known ones stay where none is named.
    house.done(&register(&[])).await;
    for bad in ["http://bank.example/back", "https://bank.example/back#here", "bank:back", "https://Bank.example/"] {
        let outcome = house.run(&register(&[bad])).await;
        assert_eq!(outcome.status, Some(1), "{bad}");
        assert!(outcome.err.contains("redirectUris`: expected an https address"), "{}", outcome.err);
    }
}
