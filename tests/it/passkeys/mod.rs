//! Passkeys over HTTP: an authenticator in software registers, signs in and proves, and lies in each part.

mod browser;
mod lies;
mod registering;
mod used;

use serde_json::{Value, json};
use tests::authenticator::{BACKED_UP, USER_PRESENT, USER_VERIFIED};
use tests::customer::PASSWORD;
use tests::{Authenticator, Customer, Reply, World};

use crate::sign_in::{act, mutation};

const START: &str = "mutation { startPasskey { options expiresAt userErrors { code field message } } }";
const START_SIGN_IN: &str = "mutation { startPasskeySignIn { options expiresAt userErrors { code field message } } }";
const START_STEP_UP: &str = "mutation { startPasskeyStepUp { options userErrors { code field message } } }";
const WHOLE: &str = "session { accessToken refreshToken } customer { email } deviceToken";
const SHOWN: &str = "{ me { passkeys { nodes { id nickname createdAt lastUsedAt backedUp opensAlone } } } }";

/// A way to make an authenticator or its browser say what is not so.
type Lie = (&'static str, fn(&mut Authenticator));

/// Those that both ceremonies have to notice, with where they are found.
const LIES: [Lie; 8] = [
    ("response.clientDataJSON", |one| one.origin = "https://evil.example".into()),
    ("response.clientDataJSON", |one| one.origin = "http://127.0.0.1:8081".into()),
    ("response.clientDataJSON", |one| one.ceremony = Some("payment.get")),
    ("response.clientDataJSON", |one| one.cross_origin = true),
    ("response.authenticatorData", |one| one.relying_party = "evil.example".into()),
    ("response.authenticatorData", |one| one.flags &= !USER_PRESENT),
    ("response.authenticatorData", |one| one.flags &= !USER_VERIFIED),
    ("response.authenticatorData", |one| one.flags |= BACKED_UP),
];

/// The options of a registration.
pub async fn options(who: &Customer<'_>) -> Value {
    who.ask(START, json!({})).await.done("startPasskey")["options"].clone()
}

async fn confirm(who: &Customer<'_>, credential: &Value) -> Reply {
    let input = json!({ "credential": credential, "nickname": "Key ring" });
    who.act("confirmPasskey", input, "passkey { id nickname } recoveryCodes").await
}

/// Registers a passkey; its id and the recovery codes.
pub async fn register(who: &Customer<'_>, one: &mut Authenticator) -> (String, Value) {
    let credential = one.create(&options(who).await);
    let reply = confirm(who, &credential).await;
    let payload = reply.done("confirmPasskey");
    (payload["passkey"]["id"].as_str().unwrap().to_owned(), payload["recoveryCodes"].clone())
}

async fn sign_in_options(world: &World) -> Value {
    world.ask(START_SIGN_IN, json!({})).await.done("startPasskeySignIn")["options"].clone()
}

async fn complete(world: &World, credential: &Value) -> Reply {
    act(world, "completePasskeySignIn", json!({ "credential": credential }), WHOLE).await
}

/// Signs in by a passkey alone.
async fn sign_in(world: &World, one: &mut Authenticator) -> Reply {
    let credential = one.get(&sign_in_options(world).await);
    complete(world, &credential).await
}

/// The first step of a sign-in by password.
async fn half(world: &World, email: &str, password: &str) -> Value {
    let input = json!({ "email": email, "password": password });
    let reply = act(world, "signIn", input, "session { accessToken } secondFactor { token methods }").await;
    reply.done("signIn").clone()
}

/// The options of the second.
async fn second_options(world: &World, half: &Value) -> Value {
    let input = json!({ "token": half["secondFactor"]["token"] });
    let reply = act(world, "startPasskeySecondFactor", input, "options").await;
    reply.done("startPasskeySecondFactor")["options"].clone()
}

async fn complete_half(world: &World, half: &Value, credential: &Value) -> Reply {
    let input = json!({ "token": half["secondFactor"]["token"], "proof": { "passkey": credential } });
    act(world, "completeSignIn", input, WHOLE).await
}

/// What the customer sees, with a token that needs no second step.
async fn shown(world: &World, token: &str) -> Value {
    world.ask_as(Some(token), SHOWN, json!({})).await.data("/me/passkeys/nodes").clone()
}

/// The session that a reply has opened.
fn token(reply: &Reply, field: &str) -> String {
    reply.done(field)["session"]["accessToken"].as_str().unwrap().to_owned()
}

async fn step_up(world: &World, token: &str, credential: &Value) -> Reply {
    let query = mutation("stepUp", "provenUntil");
    world.ask_as(Some(token), &query, json!({ "input": { "passkey": credential } })).await
}
