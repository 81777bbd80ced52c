//! OAuth 2.1 for brands' apps, over real HTTP.

mod around;
mod asking;
mod assertions;
pub mod browser;
mod clients;
mod codes;
mod keys;
mod page;
mod proofs;
mod pushed;
mod token;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use entity::kinds::AppStatus;
use serde_json::json;
use tests::{BrandApp, Customer, Reply, World};

const FORM: &str = "application/x-www-form-urlencoded";
const GRANT: &str = "grant_type=client_credentials";

/// Where the bank's app has customers sent back to.
const REDIRECT: &str = "https://bank.example/back";
/// RFC 7636 appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// The secret of the bank's app.
pub const SECRET: &str = "the secret of the bank's app";

/// A bank whose app may ask for a few things, and may have customers sent back.
pub async fn bank(world: &World) -> BrandApp<'_> {
    let line = json!({ "brand": { "slug": "bank", "name": "The bank" }, "apps": [{
        "clientId": "bank-app", "clientSecret": SECRET, "scopes": ["NAME", "CONTACT", "AREA"],
        "purposes": ["CUSTOMER_CARE", "ANALYTICS"], "redirectUris": ["https://bank.example/other", REDIRECT] }] });
    let complaints = world.import(&line.to_string()).await;
    assert!(complaints.is_empty(), "{complaints:?}");
    BrandApp::new(world, "bank", "bank-app", SECRET)
}

/// What the bank's app asks: a name and a way to reach them.
pub fn asking() -> Vec<(&'static str, &'static str)> {
    vec![
        ("response_type", "code"),
        ("client_id", "bank-app"),
        ("redirect_uri", REDIRECT),
        ("scope", "name:read contact:read"),
        ("purpose", "CUSTOMER_CARE"),
        ("state", "af0ifjsldkj"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ]
}

/// Somebody who has given a part to a brand's app by its page, and what the app got for it.
pub async fn connect(world: &World, who: &Customer<'_>) -> Reply {
    let bank = bank(world).await;
    let mut browser = browser::Browser::new(world);
    let page = browser.decide(&who.email, &asking()).await;
    let (_, parameters) = browser.press(&page, "share", &[("scope", "NAME")]).await.leads_to();
    redeem(&bank, world, &parameters["code"]).await
}

/// What the bank's app is told of a token.
pub async fn introspect(world: &World, token: &str) -> Reply {
    let bank = BrandApp::new(world, "bank", "bank-app", SECRET);
    send(&bank, world, "/oauth/introspect", &browser::encoded(&[("token", token)])).await
}

/// Exchanges a code.
async fn redeem(app: &BrandApp<'_>, world: &World, code: &str) -> Reply {
    let form = browser::encoded(&[
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", REDIRECT),
        ("code_verifier", VERIFIER),
    ]);
    send(app, world, "/oauth/token", &form).await
}

/// Suspends an app or lets it call again, as the operator does.
async fn set_status(world: &World, app: &BrandApp<'_>, status: AppStatus) {
    let transaction = world.deps.vault.begin().await.expect("a transaction");
    assert!(api::domain::apps::set_status(&transaction, &app.client_id, status).await.expect("the app is changed"));
    transaction.commit().await.expect("it is kept");
}

/// A form to one of the endpoints, with this `Authorization` header, if any.
async fn post(world: &World, path: &str, authorization: Option<&str>, form: &str) -> Reply {
    let mut request = world.http.post(format!("{}{path}", world.url)).header("content-type", FORM);
    if let Some(authorization) = authorization {
        request = request.header("authorization", authorization);
    }
    Reply::of(request.body(form.to_owned()).send().await).await
}

fn basic(id: &str, secret: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")))
}

/// An app's form with its own credentials.
async fn send(app: &BrandApp<'_>, world: &World, path: &str, form: &str) -> Reply {
    post(world, path, Some(&basic(&app.client_id, &app.secret)), form).await
}

/// Whether a request with this token is answered: its status.
async fn status_of(world: &World, token: &str) -> u16 {
    world.ask_as(Some(token), "{ __typename }", json!({})).await.status.as_u16()
}

fn assert_never_stored(reply: &Reply) {
    assert_eq!((reply.header("cache-control"), reply.header("pragma")), ("no-store", "no-cache"), "{}", reply.text);
    assert_eq!(reply.header("content-type"), "application/json");
}

fn assert_error(reply: &Reply, status: u16, error: &str) {
    assert_eq!((reply.status.as_u16(), reply.body["error"].as_str()), (status, Some(error)), "{}", reply.text);
    assert!(reply.body["error_description"].is_string(), "{}", reply.text);
    assert!(reply.body.get("access_token").is_none());
    assert_never_stored(reply);
    if status == 401 {
        assert!(reply.header("www-authenticate").starts_with("Basic "), "{}", reply.header("www-authenticate"));
    }
}
