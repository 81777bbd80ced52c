//! OAuth 2.1 for brands' apps, over real HTTP.

mod around;
mod token;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use tests::{BrandApp, Reply, World};

const FORM: &str = "application/x-www-form-urlencoded";
const GRANT: &str = "grant_type=client_credentials";

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
