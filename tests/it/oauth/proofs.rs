//! Tokens that are bound to a key (RFC 9449): they open nothing without a proof of that key, made for this very request and
//! used once on all nodes.

use aws_lc_rs::digest::{SHA256, digest};
use entity::used_jwt;
use reqwest::Method;
use sea_orm::EntityTrait;
use serde_json::{Value, json};
use tests::{BrandApp, Reply, StaffPerson, World, on_both_databases};

use super::browser::{Browser, encoded};
use super::keys::{AppKey, ISSUER};
use super::{FORM, GRANT, REDIRECT, VERIFIER, asking, assert_error, bank, introspect};
use crate::forge::encode;

/// A proof of this key for a request with this method to this path, and for this token, if one comes.
struct Proof<'k> {
    key: &'k AppKey,
    header: Value,
    claims: Value,
}

impl<'k> Proof<'k> {
    fn of(world: &World, key: &'k AppKey, sent: (&str, &str), token: Option<&str>) -> Self {
        let header = json!({ "alg": key.algorithm(), "typ": "dpop+jwt", "jwk": key.jwk() });
        let mut claims = json!({ "htm": sent.0, "htu": format!("{ISSUER}{}", sent.1),
            "iat": world.clock.now().as_seconds(), "jti": encode(world.deps.vault.entropy.bytes::<16>()) });
        if let Some(token) = token {
            claims["ath"] = json!(encode(digest(&SHA256, token.as_bytes())));
        }
        Self { key, header, claims }
    }

    fn header(mut self, name: &str, value: Value) -> Self {
        self.header[name] = value;
        self
    }

    fn claim(mut self, name: &str, value: Value) -> Self {
        self.claims[name] = value;
        self
    }

    fn signed(&self) -> String {
        self.key.jws(&self.header, &self.claims)
    }
}

/// What the endpoint for tokens says to an app with this proof.
async fn ask(node: &World, app: &BrandApp<'_>, proof: Option<&str>, form: &str) -> Reply {
    let request = node.http.post(format!("{}/oauth/token", node.url)).header("content-type", FORM);
    let request = request.basic_auth(&app.client_id, Some(&app.secret)).body(form.to_owned());
    let request = proof.into_iter().fold(request, |request, proof| request.header("dpop", proof));
    Reply::of(request.send().await).await
}

fn for_token(world: &World, key: &AppKey) -> String {
    Proof::of(world, key, ("POST", "/oauth/token"), None).signed()
}

async fn bound_token(world: &World, app: &BrandApp<'_>, key: &AppKey) -> String {
    let reply = ask(world, app, Some(&for_token(world, key)), GRANT).await;
    assert_eq!((reply.status.as_u16(), reply.body["token_type"].as_str()), (200, Some("DPoP")), "{}", reply.text);
    reply.body["access_token"].as_str().expect("a token").to_owned()
}

fn for_read(world: &World, key: &AppKey, token: &str) -> String {
    Proof::of(world, key, ("POST", "/graphql"), Some(token)).signed()
}

/// A read with this `Authorization` and these proofs.
async fn read(node: &World, authorization: &str, proofs: &[&str]) -> Reply {
    let request = node.http.post(format!("{}/graphql", node.url)).header("authorization", authorization);
    let request = proofs.iter().fold(request, |request, proof| request.header("dpop", *proof));
    Reply::of(request.json(&json!({ "query": "{ brand { slug } }" })).send().await).await
}

async fn status_of(node: &World, token: &str, proof: &str) -> u16 {
    read(node, &format!("DPoP {token}"), &[proof]).await.status.as_u16()
}

/// That it is refused, and for what.
fn assert_refused(reply: &Reply, error: &str, what: &str) {
    let challenge = format!("DPoP error=\"{error}\", algs=\"EdDSA Ed25519 ES256\"");
    assert_eq!((reply.status.as_u16(), reply.code()), (401, "UNAUTHENTICATED"), "{what}: {}", reply.text);
    assert_eq!(reply.header("www-authenticate"), challenge, "{what}");
    assert!(reply.body.get("data").is_none(), "{what}");
}

async fn rows(world: &World) -> usize {
    used_jwt::Entity::find().all(world.deps.vault.store.reader()).await.expect("rows").len()
}

on_both_databases! {
    async fn a_bound_token_opens_nothing_without_a_proof_of_its_key(world) {
        let bank = bank(&world).await;
        for (key, other) in [(AppKey::ed25519(), AppKey::p256()), (AppKey::p256(), AppKey::ed25519())] {
            let token = bound_token(&world, &bank, &key).await;
            let reply = read(&world, &format!("DPoP {token}"), &[&for_read(&world, &key, &token)]).await;
            assert_eq!(reply.data("/brand/slug"), "bank");
            let said = introspect(&world, &token).await;
            assert_eq!((&said.body["token_type"], &said.body["cnf"]["jkt"]), (&json!("DPoP"), &json!(key.thumbprint())));

            let (bound, good) = (format!("DPoP {token}"), for_read(&world, &key, &token));
            assert_refused(&read(&world, &format!("Bearer {token}"), &[]).await, "invalid_token", "as a bearer token");
            assert_refused(&read(&world, &format!("Bearer {token}"), &[&good]).await, "invalid_token", "as one, with a proof");
            assert_refused(&read(&world, &bound, &[]).await, "invalid_dpop_proof", "no proof");
            assert_refused(&read(&world, &bound, &[&good, &good]).await, "invalid_dpop_proof", "two proofs");
            assert_refused(&read(&world, &bound, &["x"]).await, "invalid_dpop_proof", "nonsense");
            assert_refused(&read(&world, &bound, &[&for_read(&world, &other, &token)]).await, "invalid_token", "another key");
            let unbound = bank.token().await;
            let proof = for_read(&world, &key, &unbound);
            assert_refused(&read(&world, &format!("DPoP {unbound}"), &[&proof]).await, "invalid_token", "a token bound to none");
            let forged = "x.y.z";
            assert_refused(&read(&world, "DPoP x.y.z", &[&for_read(&world, &key, forged)]).await, "invalid_token", "no token");
            let ada = world.customer(key.algorithm()).await.token().await;
            let proof = for_read(&world, &key, &ada);
            assert_refused(&read(&world, &format!("DPoP {ada}"), &[&proof]).await, "invalid_token", "a customer's");
            assert_eq!(status_of(&world, &token, &good).await, 200, "none of that has used it up");
            assert_eq!(introspect(&world, &unbound).await.body["token_type"], "Bearer");
        }
    }

    async fn a_proof_is_for_one_request_and_holds_for_a_minute(world) {
        let bank = bank(&world).await;
        let (key, thief) = (AppKey::p256(), AppKey::ed25519());
        let token = bound_token(&world, &bank, &key).await;
        let now = world.clock.now().as_seconds();
        let fresh = || Proof::of(&world, &key, ("POST", "/graphql"), Some(&token));
        for good in [
            fresh(),
            fresh().claim("htu", json!("HTTP://127.0.0.1:8080/graphql?query=x#y")),
            fresh().claim("iat", json!(now + 5)),
            fresh().claim("iat", json!(now - 64)),
            fresh().header("kid", json!("whatever")),
            fresh().claim("nonce", json!("whatever")),
        ] {
            assert_eq!(status_of(&world, &token, &good.signed()).await, 200, "{} {}", good.header, good.claims);
        }
        let mut private = key.jwk();
        private["d"] = json!("AAAA");
        let mut wrong: Vec<Proof<'_>> = vec![
            fresh().header("typ", json!("JWT")),
            fresh().header("typ", Value::Null),
            fresh().header("alg", json!("none")),
            fresh().header("alg", json!("HS256")),
            fresh().header("alg", json!("EdDSA")),
            fresh().header("jwk", thief.jwk()),
            fresh().header("jwk", private),
            fresh().header("jwk", Value::Null),
            fresh().header("crit", json!(["jti"])),
        ];
        for (name, values) in [
            ("htm", vec![json!("GET"), json!("post"), Value::Null]),
            ("htu", vec![json!(format!("{ISSUER}/oauth/token")), json!(format!("{ISSUER}/graphql/")), json!("https://127.0.0.1:8080/graphql"), json!(format!("{}/graphql", world.url)), json!("/graphql"), Value::Null]),
            ("iat", vec![json!(now + 6), json!(now - 65), json!(now.to_string()), Value::Null]),
            ("jti", vec![json!(""), json!(7), json!("x".repeat(257)), Value::Null]),
            ("ath", vec![json!(encode(digest(&SHA256, b"another token"))), json!(token), Value::Null]),
        ] {
            wrong.extend(values.into_iter().map(|value| fresh().claim(name, value)));
        }
        let before = rows(&world).await;
        for proof in wrong {
            let what = format!("{} {}", proof.header, proof.claims);
            assert_refused(&read(&world, &format!("DPoP {token}"), &[&proof.signed()]).await, "invalid_dpop_proof", &what);
        }
        assert_eq!(rows(&world).await, before, "what does not hold uses up nothing");

        // By GET it is a proof for GET.
        let get = Proof::of(&world, &key, ("GET", "/graphql"), Some(&token)).signed();
        let url = format!("{}/graphql?query={{brand{{slug}}}}", world.url);
        for (proof, status) in [(get, 200), (fresh().signed(), 401)] {
            let request = world.http.request(Method::GET, &url).header("authorization", format!("DPoP {token}"));
            assert_eq!(Reply::of(request.header("dpop", proof).send().await).await.status.as_u16(), status);
        }
        // At the endpoint for tokens the same holds, but for the token.
        let asked = || Proof::of(&world, &key, ("POST", "/oauth/token"), None);
        for proof in [
            asked().claim("htm", json!("GET")),
            asked().claim("htu", json!(format!("{ISSUER}/graphql"))),
            asked().claim("iat", json!(now - 65)),
            asked().header("jwk", thief.jwk()),
        ] {
            assert_error(&ask(&world, &bank, Some(&proof.signed()), GRANT).await, 400, "invalid_dpop_proof");
        }
    }

    async fn a_proof_is_used_once_on_all_nodes_together(world) {
        let bank = bank(&world).await;
        let (key, other_key, other) = (AppKey::ed25519(), AppKey::ed25519(), world.node().await);
        let asked = for_token(&world, &key);
        assert_eq!(ask(&world, &bank, Some(&asked), GRANT).await.status, 200);
        for node in [&world, &other] {
            assert_error(&ask(node, &bank, Some(&asked), GRANT).await, 400, "invalid_dpop_proof");
        }
        let token = bound_token(&world, &bank, &key).await;
        let proof = for_read(&world, &key, &token);
        assert_eq!(status_of(&world, &token, &proof).await, 200);
        for node in [&world, &other] {
            assert_refused(&read(node, &format!("DPoP {token}"), &[&proof]).await, "invalid_dpop_proof", "again");
        }
        let raced = for_read(&world, &key, &token);
        let (a, b, c, d) = tokio::join!(
            status_of(&world, &token, &raced), status_of(&other, &token, &raced),
            status_of(&world, &token, &raced), status_of(&other, &token, &raced)
        );
        let mut statuses = [a, b, c, d];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 401, 401, 401]);

        // A name belongs to the key that gives it.
        let named = |key| Proof::of(&world, key, ("POST", "/oauth/token"), None).claim("jti", json!("one name")).signed();
        for key in [&key, &other_key] {
            assert_eq!(ask(&world, &bank, Some(&named(key)), GRANT).await.status, 200);
        }
        assert_error(&ask(&other, &bank, Some(&named(&key)), GRANT).await, 400, "invalid_dpop_proof");

        let before = rows(&world).await;
        world.pass(64_999);
        while world.work().await > 0 {}
        assert_eq!((status_of(&other, &token, &raced).await, rows(&world).await), (401, before));
        world.pass(62_000);
        while world.work().await > 0 {}
        assert_eq!(rows(&world).await, 0, "what nobody would take any more is deleted");
    }

    async fn tokens_for_a_customer_are_bound_and_stay_bound_when_they_are_refreshed(world) {
        let bank = bank(&world).await;
        let (ada, key, other) = (world.customer("Ada").await, AppKey::p256(), AppKey::ed25519());
        let code = async |more: &[(&'static str, &str)]| {
            let asked = [asking().as_slice(), more].concat();
            let mut browser = Browser::new(&world);
            let page = browser.decide(&ada.email, &asked).await;
            browser.press(&page, "share", &[("scope", "NAME")]).await.leads_to().1["code"].clone()
        };
        let redeem = async |code: &str, proof: Option<&str>| {
            let form = encoded(&[("grant_type", "authorization_code"), ("code", code), ("redirect_uri", REDIRECT), ("code_verifier", VERIFIER)]);
            ask(&world, &bank, proof, &form).await
        };
        let refresh = async |tokens: &Reply, proof: Option<&str>| {
            let token = tokens.body["refresh_token"].as_str().expect("a token");
            ask(&world, &bank, proof, &encoded(&[("grant_type", "refresh_token"), ("refresh_token", token)])).await
        };
        let access = |tokens: &Reply| tokens.body["access_token"].as_str().expect("a token").to_owned();

        let first = redeem(&code(&[]).await, Some(&for_token(&world, &key))).await;
        assert_eq!(first.body["token_type"], "DPoP", "{}", first.text);
        assert_eq!(status_of(&world, &access(&first), &for_read(&world, &key, &access(&first))).await, 200);
        // Whoever has stolen the refresh token and the secret has no key; asking in vain is no reuse.
        assert_error(&refresh(&first, None).await, 400, "invalid_dpop_proof");
        let second = refresh(&first, Some(&for_token(&world, &key))).await;
        assert_eq!(second.body["token_type"], "DPoP", "{}", second.text);
        // The app has shown who it is, and changes its key: what comes of that is bound to the new one.
        let third = refresh(&second, Some(&for_token(&world, &other))).await;
        let token = access(&third);
        assert_refused(&read(&world, &format!("DPoP {token}"), &[&for_read(&world, &key, &token)]).await, "invalid_token", "the old key");
        assert_eq!(status_of(&world, &token, &for_read(&world, &other, &token)).await, 200);
        assert_error(&refresh(&third, None).await, 400, "invalid_dpop_proof");
        // Tokens that were bound to none may be bound from now on.
        let unbound = redeem(&code(&[]).await, None).await;
        assert_eq!(unbound.body["token_type"], "Bearer");
        let bound = refresh(&unbound, Some(&for_token(&world, &key))).await;
        assert_eq!(bound.body["token_type"], "DPoP");
        assert_error(&refresh(&bound, None).await, 400, "invalid_dpop_proof");

        // A code may be bound to a key before it is made (section 10).
        let jkt = key.thumbprint();
        let named = code(&[("dpop_jkt", &jkt)]).await;
        for proof in [None, Some(for_token(&world, &other))] {
            assert_error(&redeem(&named, proof.as_deref()).await, 400, "invalid_grant");
        }
        assert_eq!(redeem(&named, Some(&for_token(&world, &key))).await.status, 200);
        let proof = Proof::of(&world, &key, ("POST", "/oauth/par"), None);
        let push = async |more: &[(&'static str, &str)], proof: &Proof<'_>| {
            let form = encoded(&[asking().as_slice(), more].concat());
            let request = world.http.post(format!("{}/oauth/par", world.url)).header("content-type", FORM);
            let request = request.basic_auth(&bank.client_id, Some(&bank.secret)).header("dpop", proof.signed());
            Reply::of(request.body(form).send().await).await
        };
        let pushed = push(&[], &proof).await;
        assert_eq!(pushed.status, 201, "{}", pushed.text);
        let reference = pushed.body["request_uri"].as_str().expect("a reference");
        let mut browser = Browser::new(&world);
        let page = browser.decide(&ada.email, &[("client_id", "bank-app"), ("request_uri", reference)]).await;
        let by_push = browser.press(&page, "share", &[("scope", "NAME")]).await.leads_to().1["code"].clone();
        assert_error(&redeem(&by_push, Some(&for_token(&world, &other))).await, 400, "invalid_grant");
        assert_eq!(redeem(&by_push, Some(&for_token(&world, &key))).await.status, 200);
        let elsewhere = || Proof::of(&world, &other, ("POST", "/oauth/par"), None);
        assert_error(&push(&[("dpop_jkt", &jkt)], &elsewhere()).await, 400, "invalid_request");
        assert_error(&push(&[("dpop_jkt", "x")], &elsewhere()).await, 400, "invalid_request");
    }

    async fn an_app_that_is_registered_so_gets_bound_tokens_only(world) {
        world.brand("bank").await;
        let petra = StaffPerson::join(&world, "bank", entity::kinds::StaffRole::Admin, "Petra").await;
        let input = json!({ "clientId": "desk", "scopes": ["NAME"], "purposes": ["CUSTOMER_CARE"], "dpopBoundAccessTokens": true });
        let reply = petra.act("registerApp", input, "app { id dpopBoundAccessTokens } clientSecret").await;
        let made = reply.done("registerApp");
        assert_eq!(made["app"]["dpopBoundAccessTokens"], true);
        let desk = BrandApp::new(&world, "bank", "desk", made["clientSecret"].as_str().expect("a secret"));
        assert_error(&desk.ask_for_token().await, 400, "invalid_dpop_proof");
        let key = AppKey::ed25519();
        let token = bound_token(&world, &desk, &key).await;
        assert_eq!(status_of(&world, &token, &for_read(&world, &key, &token)).await, 200);
        let input = json!({ "appId": made["app"]["id"], "dpopBoundAccessTokens": false });
        let changed = petra.act("updateApp", input, "app { dpopBoundAccessTokens }").await;
        assert_eq!(changed.done("updateApp")["app"]["dpopBoundAccessTokens"], false);
        assert_eq!(desk.ask_for_token().await.body["token_type"], "Bearer");
    }
}
