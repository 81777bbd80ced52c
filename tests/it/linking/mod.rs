//! Linking beyond the first proof: how long it holds, who has a name now, and every way to prove one.

mod attacks;
mod isolation;
mod message;
mod model;
pub mod provider;
mod recovery;
mod sign_in;
mod signature;
mod staleness;
mod takeover;

use serde_json::{Value, json};
use tests::channel::Delivery;
use tests::{Customer, Reply, World};

/// The customer's links, newest proof first, with these fields.
async fn links(who: &Customer<'_>, fields: &str) -> Vec<Value> {
    let reply = who.ask(&format!("{{ me {{ links {{ nodes {{ {fields} }} }} }} }}"), json!({})).await;
    reply.data("/me/links/nodes").as_array().cloned().unwrap_or_default()
}

/// What a page says, without what is of the browser that sees it.
fn said(page: &Reply) -> String {
    let (_, main) = page.text.split_once("<main").expect("a page");
    main.split("</main>").next().unwrap_or_default().to_owned()
}

/// The customer's handles, newest proof first.
pub async fn handles(who: &Customer<'_>) -> Vec<Value> {
    links(who, "handle").await.into_iter().map(|mut link| link["handle"].take()).collect()
}

/// Asks for a code to send from a handle.
async fn start(who: &Customer<'_>, channel: &str, handle: &str) -> Reply {
    let input = json!({ "channel": channel, "handle": handle, "method": "MESSAGE" });
    who.act("startLink", input, "challenge { id channel method expiresAt text sendTo }").await
}

/// The code that is to be sent from a handle.
pub async fn code(who: &Customer<'_>, channel: &str, handle: &str) -> String {
    let started = start(who, channel, handle).await;
    started.done("startLink")["challenge"]["text"].as_str().expect("a code").to_owned()
}

/// A message arrives; the answer is the same whatever it was.
async fn deliver(world: &World, channel: &str, from: (&str, &str), text: &str) {
    let reply = Delivery::new(world, channel, from, text).send(world).await;
    assert_eq!((reply.status.as_u16(), reply.text.as_str()), (202, "{}"));
}

/// Proves a handle on X by a message from it.
pub async fn prove(world: &World, who: &Customer<'_>, account: &str, handle: &str) {
    let code = code(who, "X", handle).await;
    deliver(world, "X", (account, handle), &code).await;
}

/// Mails with this subject.
fn mails(world: &World, subject: &str) -> Vec<String> {
    let subject = format!("Subject: {subject}");
    world.mails().into_iter().filter(|mail| mail.contains(&subject)).collect()
}
