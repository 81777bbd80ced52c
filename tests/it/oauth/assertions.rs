//! Apps that show who they are by a JWT that they have signed (RFC 7523, `private_key_jwt`): at every endpoint, once each,
//! and by nothing else.

use aws_lc_rs::hmac;
use entity::used_jwt;
use sea_orm::EntityTrait;
use serde_json::{Value, json};
use tests::{Reply, StaffPerson, World, on_both_databases};

use super::browser::encoded;
use super::keys::{AppKey, ISSUER, TYPE, ask_signed, assertion, claims, send_signed};
use super::{GRANT, REDIRECT, asking, assert_error, basic, post, status_of};
use crate::forge::{encode, hmac_token};

const APP: &str = "app { id clientId keys { kid algorithm thumbprint } } clientSecret";

/// A bank with an administrator, and the app `desk` that signs in by this key.
async fn bank<'w>(world: &'w World, key: &AppKey) -> (StaffPerson<'w>, Value) {
    world.brand("bank").await;
    let petra = StaffPerson::join(world, "bank", entity::kinds::StaffRole::Admin, "Petra").await;
    let made = register(&petra, "desk", &AppKey::set(&[key])).await.done("registerApp").clone();
    assert_eq!(made["clientSecret"], Value::Null, "an app with keys has no secret");
    assert_eq!(made["app"]["keys"][0]["thumbprint"], key.thumbprint());
    (petra, made["app"]["id"].clone())
}

async fn register(admin: &StaffPerson<'_>, client_id: &str, jwks: &str) -> Reply {
    let input = json!({ "clientId": client_id, "scopes": ["NAME", "CONTACT"], "purposes": ["CUSTOMER_CARE"],
        "redirectUris": [REDIRECT], "jwks": jwks });
    admin.act("registerApp", input, APP).await
}

async fn set_keys(admin: &StaffPerson<'_>, id: &Value, keys: &[&AppKey]) {
    let input = json!({ "appId": id, "jwks": AppKey::set(keys) });
    admin.act("setAppKeys", input, "app { id }").await.done("setAppKeys");
}

fn assert_token(reply: &Reply) -> &str {
    assert_eq!(reply.status, 200, "{}", reply.text);
    reply.body["access_token"].as_str().expect("a token")
}

/// The claims with one of them changed; null takes it away.
fn with(mut claims: Value, name: &str, value: Value) -> Value {
    claims[name] = value;
    if claims[name].is_null() {
        claims.as_object_mut().expect("claims").remove(name);
    }
    claims
}

async fn rows(world: &World) -> usize {
    used_jwt::Entity::find().all(world.deps.vault.store.reader()).await.expect("rows").len()
}

on_both_databases! {
    async fn an_app_with_keys_signs_in_by_an_assertion_at_every_endpoint(world) {
        for key in [AppKey::ed25519(), AppKey::p256()] {
            let client = key.algorithm();
            world.brand("bank").await;
            let petra = StaffPerson::join(&world, "bank", entity::kinds::StaffRole::Admin, client).await;
            register(&petra, client, &AppKey::set(&[&key])).await.done("registerApp");
            let signed = || assertion(&world, client, &key);
            let reply = ask_signed(&world, &signed()).await;
            let token = assert_token(&reply).to_owned();
            assert_eq!(status_of(&world, &token).await, 200);
            let mut asked = asking();
            asked.retain(|(name, _)| *name != "client_id");
            let pushed = send_signed(&world, "/oauth/par", &encoded(&asked), &signed()).await;
            assert_eq!(pushed.status, 201, "{}", pushed.text);
            let form = format!("token={token}&client_id={client}");
            assert_eq!(send_signed(&world, "/oauth/introspect", &form, &signed()).await.body["client_id"], client);
            assert_eq!(send_signed(&world, "/oauth/revoke", &form, &signed()).await.status, 200);
            assert_eq!(status_of(&world, &token).await, 401);
        }
    }

    async fn an_assertion_is_used_once_on_all_nodes_together(world) {
        let key = AppKey::ed25519();
        let (petra, _) = bank(&world, &key).await;
        register(&petra, "till", &AppKey::set(&[&key])).await.done("registerApp");
        let other = world.node().await;
        let once = assertion(&world, "desk", &key);
        assert_token(&ask_signed(&world, &once).await);
        for node in [&world, &other] {
            assert_error(&ask_signed(node, &once).await, 401, "invalid_client");
            assert_error(&send_signed(node, "/oauth/introspect", "token=x", &once).await, 401, "invalid_client");
        }
        // Its name counts, not its bytes; and it is the app's own name for it.
        let mut again = claims(&world, "desk");
        again["jti"] = json!("one name");
        let header = json!({ "alg": "EdDSA" });
        assert_token(&ask_signed(&world, &key.jws(&header, &again)).await);
        again["exp"] = json!(again["exp"].as_i64().expect("a time") + 1);
        assert_error(&ask_signed(&other, &key.jws(&header, &again)).await, 401, "invalid_client");
        (again["iss"], again["sub"]) = (json!("till"), json!("till"));
        assert_token(&ask_signed(&other, &key.jws(&header, &again)).await);

        let raced = assertion(&world, "desk", &key);
        let (a, b, c, d) = tokio::join!(
            ask_signed(&world, &raced), ask_signed(&other, &raced), ask_signed(&world, &raced), ask_signed(&other, &raced)
        );
        let mut statuses = [a, b, c, d].map(|reply| reply.status.as_u16());
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 401, 401, 401]);

        // As long as one could be taken its row is there, and not much longer.
        let before = rows(&world).await;
        world.pass(64_999);
        while world.work().await > 0 {}
        assert_eq!(rows(&world).await, before);
        assert_error(&ask_signed(&other, &raced).await, 401, "invalid_client");
        world.pass(62_000);
        while world.work().await > 0 {}
        assert_eq!(rows(&world).await, 0);
    }

    async fn an_app_signs_in_by_its_secret_or_by_its_keys_and_never_by_both(world) {
        let bank = world.brand("bank").await;
        let petra = StaffPerson::join(&world, "bank", entity::kinds::StaffRole::Admin, "Petra").await;
        let apps = petra.ask("{ brand { apps { nodes { id clientId } } } }", json!({})).await;
        let all = apps.data("/brand/apps/nodes").as_array().expect("apps").clone();
        let id = all.into_iter().find(|app| app["clientId"] == "bank-app").expect("the app")["id"].clone();
        let (key, second, other) = (AppKey::ed25519(), AppKey::p256(), world.node().await);
        assert_error(&ask_signed(&world, &assertion(&world, "bank-app", &key)).await, 401, "invalid_client");
        let by_secret = bank.token().await;

        set_keys(&petra, &id, &[&key]).await;
        assert_eq!(status_of(&other, &by_secret).await, 401, "what the secret has opened is shut");
        assert_error(&bank.ask_for_token().await, 401, "invalid_client");
        let first = assert_token(&ask_signed(&other, &assertion(&world, "bank-app", &key)).await).to_owned();

        // Changing over: with the new key the old one holds on, and without the old one nothing of it does.
        set_keys(&petra, &id, &[&key, &second]).await;
        assert_eq!(status_of(&other, &first).await, 200);
        let newer = assert_token(&ask_signed(&other, &assertion(&world, "bank-app", &second)).await).to_owned();
        set_keys(&petra, &id, &[&second]).await;
        assert_error(&ask_signed(&world, &assertion(&world, "bank-app", &key)).await, 401, "invalid_client");
        assert_eq!((status_of(&other, &first).await, status_of(&other, &newer).await), (401, 401));
        let kept = assert_token(&ask_signed(&other, &assertion(&world, "bank-app", &second)).await).to_owned();
        set_keys(&petra, &id, &[&second]).await;
        assert_eq!(status_of(&other, &kept).await, 200, "the same keys change nothing");

        let input = json!({ "appId": id, "overlapHours": 0 });
        let reply = petra.act("rotateAppSecret", input, APP).await;
        let back = reply.done("rotateAppSecret");
        assert_eq!(back["app"]["keys"], json!([]));
        assert_error(&ask_signed(&world, &assertion(&world, "bank-app", &second)).await, 401, "invalid_client");
        let secret = back["clientSecret"].as_str().expect("a secret");
        assert_token(&post(&world, "/oauth/token", Some(&basic("bank-app", secret)), GRANT).await);
        let trail = petra.ask("{ brand { auditTrail(first: 100) { nodes { act details { name value } } } } }", json!({})).await;
        assert_eq!(trail.text.matches("APP_KEYS_SET").count(), 3, "{}", trail.text);
        assert!(trail.text.contains(&key.thumbprint()), "{}", trail.text);
    }

    async fn no_forged_assertion_is_taken_and_all_are_refused_alike(world) {
        let (key, ec, thief) = (AppKey::ed25519(), AppKey::p256(), AppKey::ed25519());
        let (petra, _) = bank(&world, &key).await;
        register(&petra, "till", &AppKey::set(&[&thief, &ec])).await.done("registerApp");
        let now = world.clock.now().as_seconds();
        let good = || claims(&world, "desk");
        let header = json!({ "alg": "EdDSA", "typ": "JWT" });
        let named = |kid: Value| json!({ "alg": "EdDSA", "kid": kid });
        // What follows is refused for the one thing that is wrong in it: without it, it is taken.
        for (header, claims) in [
            (header.clone(), good()),
            (json!({ "alg": "EdDSA" }), good()),
            (json!({ "alg": "Ed25519" }), good()),
            (named(json!(key.thumbprint())), good()),
            (json!({ "alg": "EdDSA", "typ": "client-authentication+jwt" }), good()),
            (header.clone(), with(good(), "aud", json!([ISSUER]))),
            (header.clone(), with(good(), "aud", json!(format!("{ISSUER}/oauth/token")))),
            (header.clone(), with(good(), "aud", json!([ISSUER, format!("{ISSUER}/oauth/token")]))),
            (header.clone(), with(good(), "iat", Value::Null)),
            (header.clone(), with(good(), "iat", json!(now + 5))),
            (header.clone(), with(good(), "nbf", json!(now + 5))),
            (header.clone(), with(good(), "exp", json!(now - 4))),
            (header.clone(), with(good(), "exp", json!(now + 305))),
            (header.clone(), with(good(), "purpose", json!("whatever else it says"))),
        ] {
            let reply = ask_signed(&world, &key.jws(&header, &claims)).await;
            assert_eq!(reply.status, 200, "{header} {claims}: {}", reply.text);
        }
        let signed = |claims: Value| key.jws(&header, &claims);
        let mut forgeries = vec![
            ("another app's key", thief.jws(&header, &good())),
            ("another app's key by its name", thief.jws(&named(json!(thief.thumbprint())), &good())),
            ("another algorithm of another app", ec.jws(&json!({ "alg": "ES256" }), &good())),
            ("the right key under another algorithm", key.jws(&json!({ "alg": "ES256" }), &good())),
            ("the public key as a shared secret", hmac_token(hmac::HMAC_SHA256, key.public(), r#"{"alg":"HS256"}"#, &good().to_string())),
            ("the public key as a shared secret, as EdDSA", hmac_token(hmac::HMAC_SHA256, key.public(), r#"{"alg":"EdDSA"}"#, &good().to_string())),
            ("no signature", format!("{}.{}.", encode(r#"{"alg":"none"}"#), encode(good().to_string()))),
            ("an empty signature", format!("{}.{}.", encode(header.to_string()), encode(good().to_string()))),
            ("its own key brought along", thief.jws(&json!({ "alg": "EdDSA", "jwk": thief.jwk() }), &good())),
            ("an unknown key's name", key.jws(&named(json!("other")), &good())),
            ("a name that is no text", key.jws(&named(json!(7)), &good())),
            ("something critical", key.jws(&json!({ "alg": "EdDSA", "crit": ["exp"] }), &good())),
            ("nothing at all", "x".into()),
            ("no JSON", "a.b.c".into()),
        ];
        for typ in ["at+jwt", "dpop+jwt", "receipt+jwt", ""] {
            forgeries.push(("a JWT of another type", key.jws(&json!({ "alg": "EdDSA", "typ": typ }), &good())));
        }
        for (name, values) in [
            ("aud", vec![Value::Null, json!("rapport"), json!([]), json!("https://other.example"), json!([ISSUER, "https://other.example"]), json!(format!("{ISSUER}/")), json!(format!("{ISSUER}/oauth/par"))]),
            ("exp", vec![Value::Null, json!(now - 5), json!(now + 306), json!((now + 60).to_string()), json!(i64::MAX)]),
            ("iat", vec![json!(now + 6), json!("now")]),
            ("nbf", vec![json!(now + 6), json!("now")]),
            ("jti", vec![Value::Null, json!(""), json!(7), json!("x".repeat(257))]),
            ("iss", vec![Value::Null, json!("till"), json!(ISSUER)]),
            ("sub", vec![Value::Null, json!("till"), json!("nobody")]),
        ] {
            forgeries.extend(values.into_iter().map(|value| (name, signed(with(good(), name, value)))));
        }
        for client in ["till", "nobody", "bank-app", "bank-console"] {
            forgeries.push(("another app's name", key.jws(&header, &claims(&world, client))));
        }
        let pattern = ask_signed(&world, "x").await.text;
        for (name, forged) in forgeries {
            let reply = ask_signed(&world, &forged).await;
            assert_error(&reply, 401, "invalid_client");
            assert_eq!(reply.text, pattern, "{name}");
        }
        assert_eq!(rows(&world).await, 14, "what does not hold uses up nothing");
        // At the endpoint where it pushes an app may name that one (RFC 9126 section 2).
        let pushing = signed(with(good(), "aud", json!(format!("{ISSUER}/oauth/par"))));
        let mut asked = asking();
        asked.retain(|(name, _)| *name != "client_id");
        assert_eq!(send_signed(&world, "/oauth/par", &encoded(&asked), &pushing).await.status, 201);
    }

    async fn an_assertion_beside_other_credentials_or_half_of_one_is_refused(world) {
        let key = AppKey::p256();
        bank(&world, &key).await;
        let fresh = || assertion(&world, "desk", &key);
        let pair = |assertion: &str| encoded(&[("client_assertion_type", TYPE), ("client_assertion", assertion)]);
        let bank = basic("bank-app", "secret-of-bank-app-0123456789");
        for (authorization, form) in [
            (Some(bank.as_str()), format!("{GRANT}&{}", pair(&fresh()))),
            (Some("Bearer x"), format!("{GRANT}&{}", pair(&fresh()))),
            (None, format!("{GRANT}&client_secret=x&{}", pair(&fresh()))),
            (None, format!("{GRANT}&client_id=bank-app&client_secret=secret-of-bank-app-0123456789&{}", pair(&fresh()))),
            (None, format!("{GRANT}&client_id=bank-app&{}", pair(&fresh()))),
            (None, format!("{GRANT}&{}", encoded(&[("client_assertion", &fresh())]))),
            (None, format!("{GRANT}&client_id=desk&{}", encoded(&[("client_assertion_type", TYPE)]))),
            (None, format!("{GRANT}&{}", encoded(&[("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:saml2-bearer"), ("client_assertion", &fresh())]))),
            (None, format!("{GRANT}&client_id=desk")),
            (None, format!("{GRANT}&client_id=desk&client_secret=")),
        ] {
            assert_error(&post(&world, "/oauth/token", authorization, &form).await, 401, "invalid_client");
        }
        let named = format!("{GRANT}&client_id=desk&{}", pair(&fresh()));
        assert_token(&post(&world, "/oauth/token", None, &named).await);
    }

    async fn only_a_few_public_keys_with_names_of_their_own_are_registered(world) {
        let (one, two) = (AppKey::ed25519(), AppKey::p256());
        let (petra, id) = bank(&world, &one).await;
        let named = |key: &AppKey, kid: Value| with(key.jwk(), "kid", kid);
        let private = with(one.jwk(), "d", json!("AAAA"));
        let symmetric = json!({ "kty": "oct", "k": "AAAA" });
        let many: Vec<Value> = (0..9).map(|_| AppKey::ed25519().jwk()).collect();
        for (keys, word) in [
            (json!({ "keys": [] }), "1 to 8"),
            (json!({ "keys": many }), "1 to 8"),
            (json!([one.jwk()]), "JWK set"),
            (json!({ "keys": [one.jwk()], "pad": "x".repeat(8 * 1024) }), "8 kB"),
            (json!({ "keys": ["x"] }), "JWK set"),
            (json!({ "keys": [private] }), "make a new one"),
            (json!({ "keys": [symmetric] }), "make a new one"),
            (json!({ "keys": [{ "kty": "RSA", "n": "AAAA", "e": "AQAB" }] }), "public key for signatures"),
            (json!({ "keys": [with(two.jwk(), "y", json!(encode([1; 32])))] }), "public key for signatures"),
            (json!({ "keys": [named(&one, json!("a")), named(&two, json!("a"))] }), "another kid"),
            (json!({ "keys": [named(&one, json!("a")), named(&one, json!("b"))] }), "each key once"),
            (json!({ "keys": [named(&one, json!(""))] }), "another kid"),
            (json!({ "keys": [named(&one, json!(7))] }), "another kid"),
        ] {
            let text = keys.to_string();
            let reply = petra.act("setAppKeys", json!({ "appId": id, "jwks": text }), "app { id }").await;
            assert_eq!(reply.mistakes("setAppKeys"), ["INVALID jwks"], "{text}");
            assert!(reply.text.contains(word) && !reply.text.contains("AAAA"), "{text}: {}", reply.text);
        }
        let reply = petra.act("setAppKeys", json!({ "appId": id, "jwks": "{" }), "app { id }").await;
        assert_eq!(reply.mistakes("setAppKeys"), ["INVALID jwks"]);
        assert_eq!(register(&petra, "third", "{}").await.mistakes("registerApp"), ["INVALID jwks"]);
        assert_token(&ask_signed(&world, &assertion(&world, "desk", &one)).await);

        // With two keys of one kind a signature names its own; by name each is found.
        let three = AppKey::ed25519();
        let set = json!({ "keys": [named(&one, json!("a")), named(&three, json!("b")), two.jwk()] }).to_string();
        let reply = petra.act("setAppKeys", json!({ "appId": id, "jwks": set }), APP.trim_end_matches(" clientSecret")).await;
        let keys = &reply.done("setAppKeys")["app"]["keys"];
        assert_eq!((&keys[0]["kid"], &keys[2]["kid"]), (&json!("a"), &json!(two.thumbprint())));
        assert_eq!((&keys[1]["algorithm"], &keys[2]["algorithm"]), (&json!("EdDSA"), &json!("ES256")));
        assert_error(&ask_signed(&world, &assertion(&world, "desk", &one)).await, 401, "invalid_client");
        assert_token(&ask_signed(&world, &assertion(&world, "desk", &two)).await);
        let by_name = |key: &AppKey, kid: &str| key.jws(&json!({ "alg": key.algorithm(), "kid": kid }), &claims(&world, "desk"));
        assert_token(&ask_signed(&world, &by_name(&one, "a")).await);
        assert_token(&ask_signed(&world, &by_name(&three, "b")).await);
        assert_error(&ask_signed(&world, &by_name(&one, "b")).await, 401, "invalid_client");
    }
}
