//! `POST /oauth/token`: client credentials by RFC 6749, in both forms, and every error of section 5.2.

#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "helpers of tests fail by panicking")]

use api::domain::apps;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use entity::kinds::AppStatus;
use reqwest::Method;
use serde_json::json;
use tests::{Backend, BrandApp, Reply, World, on_both_databases};

use super::{FORM, GRANT, assert_error, assert_never_stored, basic, post};

/// A token request with this `Authorization` header, if any, and this form.
async fn ask(world: &World, authorization: Option<&str>, form: &str) -> Reply {
    post(world, "/oauth/token", authorization, form).await
}

async fn assert_token(world: &World, reply: &Reply) {
    assert_eq!(reply.status, 200, "{}", reply.text);
    assert_never_stored(reply);
    assert_eq!(reply.body["token_type"], "Bearer");
    assert_eq!(reply.body["expires_in"], 300);
    let token = reply.body["access_token"].as_str().expect("a token");
    let brand = world.ask_as(Some(token), "{ brand { slug } }", json!({})).await;
    assert_eq!(brand.data("/brand/slug"), "bank");
}

fn secret(app: &BrandApp<'_>) -> String {
    app.secret.clone()
}

on_both_databases! {
    async fn both_forms_of_credentials_give_a_token_of_five_minutes(world) {
        let bank = world.brand("bank").await;
        let (id, secret) = (bank.client_id.clone(), secret(&bank));
        let in_form = format!("{GRANT}&client_id={id}&client_secret={secret}");
        assert_token(&world, &ask(&world, Some(&basic(&id, &secret)), GRANT).await).await;
        assert_token(&world, &ask(&world, None, &in_form).await).await;

        // Named twice, alike, is one way; unknown and empty parameters are ignored (section 3.2).
        let named = format!("{GRANT}&client_id={id}");
        assert_token(&world, &ask(&world, Some(&basic(&id, &secret)), &named).await).await;
        let more = format!("{GRANT}&resource=a&resource=b&scope=&client_secret=");
        assert_token(&world, &ask(&world, Some(&basic(&id, &secret)), &more).await).await;
        let lower = basic(&id, &secret).replacen("Basic", "bAsIc", 1);
        assert_token(&world, &ask(&world, Some(&lower), GRANT).await).await;

        let token = bank.token().await;
        world.pass(299_000);
        assert_eq!(world.ask_as(Some(&token), "{ __typename }", json!({})).await.status, 200);
        world.pass(7_000);
        assert_eq!(world.ask_as(Some(&token), "{ __typename }", json!({})).await.status, 401);
    }

    async fn credentials_that_do_not_fit_are_all_refused_alike(world) {
        let bank = world.brand("bank").await;
        let other = world.brand("airline").await;
        let (id, secret) = (bank.client_id.clone(), secret(&bank));
        let headers = [
            basic(&id, "wrong"),
            basic(&id, ""),
            basic("", &secret),
            basic("unknown", &secret),
            basic(&id, &other.secret),
            basic(&id.to_uppercase(), &secret),
            basic(&id, &format!("{secret} ")),
            basic(&id, &secret[..secret.len() - 1]),
            basic(&format!("{id}\0"), &secret),
            basic("' or 1=1 --", "' or 1=1 --"),
            format!("Basic {}", STANDARD.encode(&id)),
            format!("Basic {}", STANDARD.encode([0xff, 0xfe, b':', 0xff])),
            "Basic".to_owned(),
            "Basic %%%".to_owned(),
            format!("Basic {id}:{secret}"),
            format!("Bearer {}", STANDARD.encode(format!("{id}:{secret}"))),
            format!("Digest username=\"{id}\""),
        ];
        let mut texts = Vec::new();
        for header in &headers {
            let reply = ask(&world, Some(header), GRANT).await;
            assert_error(&reply, 401, "invalid_client");
            texts.push(reply.text);
        }
        for form in [
            GRANT.to_owned(),
            format!("{GRANT}&client_id={id}"),
            format!("{GRANT}&client_secret={secret}"),
            format!("{GRANT}&client_id={id}&client_secret=wrong"),
            format!("{GRANT}&client_id=unknown&client_secret={secret}"),
            format!("{GRANT}&client_id={}&client_secret={secret}", other.client_id),
        ] {
            let reply = ask(&world, None, &form).await;
            assert_error(&reply, 401, "invalid_client");
            texts.push(reply.text);
        }
        let mismatch = ask(&world, Some(&basic(&id, &secret)), &format!("{GRANT}&client_id={}", other.client_id)).await;
        assert_error(&mismatch, 401, "invalid_client");
        texts.dedup();
        assert_eq!(texts.len(), 1, "unknown and wrong look alike: {texts:?}");

        // What stands in the URL is not read (section 2.3.1).
        let url = format!("{}/oauth/token?client_id={id}&client_secret={secret}&{GRANT}", world.url);
        let reply = Reply::of(world.http.post(url).header("content-type", FORM).body(GRANT).send().await).await;
        assert_error(&reply, 401, "invalid_client");
    }

    async fn a_suspended_app_and_an_old_secret_get_no_token(world) {
        let bank = world.brand("bank").await;
        let token = bank.token().await;
        let set = async |status: AppStatus| {
            let transaction = world.deps.vault.begin().await.expect("a transaction");
            assert!(apps::set_status(&transaction, &bank.client_id, status).await.expect("the app is changed"));
            transaction.commit().await.expect("it is kept");
        };
        set(AppStatus::Suspended).await;
        assert_error(&bank.ask_for_token().await, 401, "invalid_client");
        assert_eq!(world.ask_as(Some(&token), "{ __typename }", json!({})).await.status, 401, "its token bites no more");
        set(AppStatus::Active).await;
        assert_token(&world, &bank.ask_for_token().await).await;

        let transaction = world.deps.vault.begin().await.expect("a transaction");
        assert!(apps::rotate_secret(&transaction, &bank.client_id, "a new secret", 0).await.expect("the app is changed"));
        transaction.commit().await.expect("it is kept");
        assert_error(&bank.ask_for_token().await, 401, "invalid_client");
        assert_eq!(world.ask_as(Some(&token), "{ __typename }", json!({})).await.status, 401);
        assert_token(&world, &ask(&world, Some(&basic(&bank.client_id, "a new secret")), GRANT).await).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_form_that_breaks_the_rules_is_refused_by_its_error() {
    let world = World::start(Backend::Sqlite).await;
    let bank = world.brand("bank").await;
    let (id, secret) = (bank.client_id.clone(), secret(&bank));
    let header = basic(&id, &secret);
    let cases = [
        ("", "invalid_request"),
        ("grant_type=", "invalid_request"),
        ("scope=name:read", "invalid_request"),
        ("grant_type=client_credentials&grant_type=client_credentials", "invalid_request"),
        ("grant_type=client_credentials&grant_type=", "invalid_request"),
        ("grant_type=client_credentials&scope=name:read&scope=area:read", "invalid_request"),
        ("grant_type=client_credentials&client_id=a&client_id=a", "invalid_request"),
        ("grant_type=password&username=a&password=b", "unsupported_grant_type"),
        ("grant_type=authorization_code&code=a", "invalid_request"),
        ("grant_type=refresh_token", "invalid_request"),
        ("grant_type=refresh_token&refresh_token=a", "invalid_grant"),
        ("grant_type=implicit", "unsupported_grant_type"),
        ("grant_type=CLIENT_CREDENTIALS", "unsupported_grant_type"),
        ("grant_type=client_credentials%20", "unsupported_grant_type"),
        ("grant_type=client_credentials&scope=nothing", "invalid_scope"),
        ("grant_type=client_credentials&scope=name:read%20nothing", "invalid_scope"),
        ("grant_type=client_credentials&scope=NAME:READ", "invalid_scope"),
        ("grant_type=client_credentials&scope=openid", "invalid_scope"),
    ];
    for (form, error) in cases {
        assert_error(&ask(&world, Some(&header), form).await, 400, error);
    }
    let both = format!("{GRANT}&client_id={id}&client_secret={secret}");
    assert_error(&ask(&world, Some(&header), &both).await, 400, "invalid_request");
    let large = format!("{GRANT}&pad={}", "x".repeat(1 << 20));
    assert_error(&ask(&world, Some(&header), &large).await, 400, "invalid_request");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_a_form_by_post_is_taken() {
    let world = World::start(Backend::Sqlite).await;
    let bank = world.brand("bank").await;
    let url = format!("{}/oauth/token", world.url);
    let body = json!({ "grant_type": "client_credentials", "client_id": bank.client_id, "client_secret": bank.secret });
    let reply = Reply::of(world.http.post(&url).json(&body).send().await).await;
    assert_error(&reply, 400, "invalid_request");
    for kind in ["text/plain", "multipart/form-data; boundary=x", ""] {
        let request =
            world.http.post(&url).basic_auth(&bank.client_id, Some(&bank.secret)).header("content-type", kind);
        assert_error(&Reply::of(request.body(GRANT).send().await).await, 400, "invalid_request");
    }
    for method in [Method::GET, Method::PUT, Method::DELETE, Method::HEAD, Method::OPTIONS] {
        let request = world.http.request(method.clone(), format!("{url}?{GRANT}"));
        let reply = Reply::of(request.basic_auth(&bank.client_id, Some(&bank.secret)).send().await).await;
        assert_eq!((reply.status.as_u16(), reply.header("allow")), (405, "POST"), "{method}");
        assert!(reply.body.get("access_token").is_none());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_scope_outside_the_registration_is_refused() {
    let world = World::start(Backend::Sqlite).await;
    let bank = world.app("bank", "bank-names", &["NAME", "AREA"], &["CUSTOMER_CARE"]).await;
    let header = basic(&bank.client_id, &bank.secret);
    let scopes = ["", "name:read", "area:read", "area:read%20name:read", "name:read+area:read"];
    for scope in scopes {
        let reply = ask(&world, Some(&header), &format!("{GRANT}&scope={scope}")).await;
        assert_token(&world, &reply).await;
        assert_eq!(reply.body["scope"], "name:read area:read", "what the app has is said");
    }
    let reply = ask(&world, Some(&header), &format!("{GRANT}&scope=name:read%20contact:read")).await;
    assert_error(&reply, 400, "invalid_scope");
}

/// Section 2.3.1: both parts of Basic credentials are form-encoded first; half of the clients forget that.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn credentials_with_special_characters_work_encoded_and_plain() {
    let world = World::start(Backend::Sqlite).await;
    let (id, secret) = ("bank-app", "p:ss w%rd+%2B/=&é 100%");
    let line = json!({
        "brand": { "slug": "bank", "name": "Bank" },
        "apps": [{ "clientId": id, "clientSecret": secret, "scopes": ["NAME"], "purposes": ["CUSTOMER_CARE"] }],
    });
    assert_eq!(world.import(&line.to_string()).await, Vec::<String>::new());
    let encoded = "p%3Ass+w%25rd%2B%252B%2F%3D%26%C3%A9+100%25";
    for header in
        [basic(id, secret), basic(id, encoded), basic("bank%2Dapp", encoded), basic(id, &encoded.replace('+', "%20"))]
    {
        assert_token(&world, &ask(&world, Some(&header), GRANT).await).await;
    }
    let in_form = format!("{GRANT}&client_id={id}&client_secret={encoded}");
    assert_token(&world, &ask(&world, None, &in_form).await).await;
    // Decoded twice it would be another secret.
    assert_error(&ask(&world, Some(&basic(id, "p:ss w%rd++/=&é 100%")), GRANT).await, 401, "invalid_client");
}
