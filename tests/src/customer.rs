//! A customer who acts through the public API.

use std::sync::Mutex;

use serde_json::{Value, json};

use crate::reply::Reply;
use crate::world::World;

/// A password that nobody would guess.
pub const PASSWORD: &str = "copper lantern drizzle fjord";

/// Somebody with an account, signed in. When time has passed they sign in again by themselves.
pub struct Customer<'w> {
    world: &'w World,
    /// The address they sign in with.
    pub email: String,
    session: Mutex<Session>,
}

#[derive(Clone)]
struct Session {
    access_token: String,
    refresh_token: String,
    expires_at: String,
}

impl Session {
    fn of(payload: &Value) -> Self {
        let text = |name: &str| payload["session"][name].as_str().expect("a session").to_owned();
        Self { access_token: text("accessToken"), refresh_token: text("refreshToken"), expires_at: text("expiresAt") }
    }
}

const SIGN_UP: &str = "mutation($input: SignUpInput!) { signUp(input: $input) {
    session { accessToken refreshToken expiresAt } userErrors { code field message } } }";
const SIGN_IN: &str = "mutation($input: SignInInput!) { signIn(input: $input) {
    session { accessToken refreshToken expiresAt } userErrors { code field message } } }";

impl<'w> Customer<'w> {
    /// Signs up as `name@example.org`, lower case.
    pub async fn sign_up(world: &'w World, name: &str) -> Self {
        let email = format!("{}@example.org", name.to_lowercase());
        let input = json!({ "email": email, "password": PASSWORD, "displayName": name });
        let reply = world.ask(SIGN_UP, json!({ "input": input })).await;
        let session = Session::of(reply.done("signUp"));
        Self { world, email, session: Mutex::new(session) }
    }

    /// Somebody who has an account already, with this password.
    pub async fn sign_in(world: &'w World, email: &str, password: &str) -> Self {
        let reply = world.ask(SIGN_IN, json!({ "input": { "email": email, "password": password } })).await;
        let session = Session::of(reply.done("signIn"));
        Self { world, email: email.to_owned(), session: Mutex::new(session) }
    }

    /// The access token; signs in again if it has run out.
    pub async fn token(&self) -> String {
        let known = self.session.lock().expect("nobody panicked").clone();
        if self.world.time(0) < known.expires_at {
            return known.access_token;
        }
        let input = json!({ "email": self.email, "password": PASSWORD });
        let reply = self.world.ask(SIGN_IN, json!({ "input": input })).await;
        let session = Session::of(reply.done("signIn"));
        *self.session.lock().expect("nobody panicked") = session.clone();
        session.access_token
    }

    /// The refresh token as it was given last.
    pub fn refresh_token(&self) -> String {
        self.session.lock().expect("nobody panicked").refresh_token.clone()
    }

    /// A GraphQL request as this customer.
    pub async fn ask(&self, query: &str, variables: Value) -> Reply {
        self.world.ask_as(Some(&self.token().await), query, variables).await
    }

    /// Calls one mutation with an input, selecting `fields` of its payload beside `userErrors`.
    pub async fn act(&self, mutation: &str, input: Value, fields: &str) -> Reply {
        let kind = format!("{}{}Input", mutation[..1].to_uppercase(), &mutation[1..]);
        let query = format!(
            "mutation($input: {kind}!) {{ {mutation}(input: $input) {{ {fields} userErrors {{ code field message }} }} }}"
        );
        self.ask(&query, json!({ "input": input })).await
    }

    /// Proves an e-mail handle: asks for the code, reads the mail, gives it back. The id of the link.
    pub async fn link_email(&self, address: &str) -> String {
        let input = json!({ "channel": "EMAIL", "handle": address });
        let started = self.act("startLink", input, "challenge { id }").await;
        let challenge = started.done("startLink")["challenge"]["id"].clone();
        let input = json!({ "challengeId": challenge, "code": self.world.code_mailed_to(address) });
        let completed = self.act("completeLink", input, "link { id }").await;
        completed.done("completeLink")["link"]["id"].as_str().expect("an id").to_owned()
    }

    /// Gives consent for 90 days. The id of the grant.
    pub async fn give(&self, brand: &str, purpose: &str, scopes: &[&str]) -> String {
        let input = json!({ "brand": brand, "purpose": purpose, "scopes": scopes });
        let given = self.act("giveConsent", input, "grant { id }").await;
        given.done("giveConsent")["grant"]["id"].as_str().expect("an id").to_owned()
    }

    /// Withdraws a grant.
    pub async fn withdraw(&self, grant: &str) {
        let reply = self.act("withdrawConsent", json!({ "grantId": grant }), "grant { state }").await;
        assert_eq!(reply.done("withdrawConsent")["grant"]["state"], "WITHDRAWN");
    }

    /// The newest disclosures, as `me { disclosures }` shows them.
    pub async fn disclosures(&self, first: u32) -> Vec<Value> {
        let query = "query($first: Int!) { me { disclosures(first: $first) { nodes {
            id at brand { slug } app purpose answered grantId grantVersion fields { path scope outcome } } } } }";
        let reply = self.ask(query, json!({ "first": first })).await;
        reply.data("/me/disclosures/nodes").as_array().expect("a list").clone()
    }
}
