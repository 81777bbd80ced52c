//! How an account is opened and kept: sessions, forgotten passwords, changes of password and address, fresh proofs.

mod changes;
mod proofs;
mod recovery;
pub mod second_factor;
mod sessions;

use serde_json::{Value, json};
use tests::{Customer, World};

/// A mutation with its input, selecting these fields beside `userErrors`.
pub fn mutation(name: &str, fields: &str) -> String {
    let (first, rest) = name.split_at(1);
    let kind = format!("{}{rest}Input", first.to_uppercase());
    format!("mutation($input: {kind}!) {{ {name}(input: $input) {{ {fields} userErrors {{ code field message }} }} }}")
}

/// Calls one as nobody.
pub async fn act(world: &World, name: &str, input: Value, fields: &str) -> tests::Reply {
    world.ask(&mutation(name, fields), json!({ "input": input })).await
}

/// Whether the server still takes a token for a customer's.
pub async fn holds(world: &World, token: &str) -> bool {
    let reply = world.ask_as(Some(token), "{ me { id } }", json!({})).await;
    if reply.status == 401 {
        return false;
    }
    reply.data("/me/id").is_string()
}

/// Whether a session goes on with its refresh token.
pub async fn goes_on(world: &World, refresh_token: &str) -> bool {
    let reply = act(world, "refreshSession", json!({ "refreshToken": refresh_token }), "session { accessToken }").await;
    reply.data("/refreshSession/session").is_object()
}

/// Another session of the same customer: its tokens.
pub async fn elsewhere(world: &World, who: &Customer<'_>) -> (String, String) {
    let other = Customer::sign_in(world, &who.email, tests::customer::PASSWORD).await;
    (other.token().await, other.refresh_token())
}

/// The mail to an address that contains this.
pub fn mail_with(world: &World, address: &str, text: &str) -> String {
    let to = format!("To: {address}");
    let whole = |mail: String| mail.replace("=\r\n", "").replace("=3D", "=");
    let mut mails = world.mails().into_iter().filter(|mail| mail.contains(&to)).map(whole);
    mails.find(|mail| mail.contains(text)).unwrap_or_else(|| panic!("a mail to {address} with {text}"))
}
