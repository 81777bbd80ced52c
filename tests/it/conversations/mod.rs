//! What is written to brands on channels, and what the brand's people do with it.

mod acting;
mod drafting;
mod forgetting;
mod from_x;
pub mod killed;
mod macros;
mod reading;
mod receiving;
pub mod sending;
mod sending_apps;
mod simulated;

use serde_json::{Value, json};
use tests::channel::Delivery;
use tests::{BrandApp, Reply, StaffPerson, World};

/// What a list shows of a conversation.
const SUMMARY: &str = "id status version episode waitingSince openedAt resolvedAt lastMessageAt assigneeId
    correspondent { id channel handle name }
    lastMessage { id kind visibility text url occurredAt editedAt deletedAt }";
/// What a single one shows beside.
const MESSAGES: &str =
    "messages(first: 100) { nodes { id kind visibility text url delivery staffId occurredAt editedAt deletedAt } }";

/// A brand that customers write to on X and by mail.
pub async fn reached<'w>(world: &'w World, slug: &str) -> BrandApp<'w> {
    let app = world.brand(slug).await;
    let accounts = json!([{ "channel": "X", "handle": format!("@{slug}") },
        { "channel": "EMAIL", "handle": format!("care@{slug}.example.org") }]);
    let line = json!({ "brand": { "slug": slug, "name": format!("The {slug}") }, "accounts": accounts });
    assert_eq!(world.import(&line.to_string()).await, [""; 0]);
    app
}

/// A message on X to the bank, by the account and the name that it has now.
pub fn post(id: &str, (account, handle): (&str, &str), text: &str) -> Value {
    json!({ "id": id, "author": { "id": account, "handle": handle, "name": format!("{handle} of X") },
        "to": { "handle": "@bank" }, "text": text })
}

/// A channel tells.
pub async fn tell(world: &World, channel: &str, kind: &str, data: &Value) -> Reply {
    let id = format!("msg_{}", world.deps.vault.entropy.id());
    Delivery::signed(world, channel, &id, &json!({ "type": kind, "data": data })).send(world).await
}

/// A message arrives.
pub async fn arrive(world: &World, channel: &str, data: &Value) {
    let reply = tell(world, channel, "message.created", data).await;
    assert_eq!((reply.status.as_u16(), reply.text.as_str()), (202, "{}"));
}

/// The brand's conversations, newest message first.
async fn queue(app: &BrandApp<'_>) -> Vec<Value> {
    let reply =
        app.ask(&format!("{{ brand {{ conversations(first: 100) {{ nodes {{ {SUMMARY} }} }} }} }}"), json!({})).await;
    reply.data("/brand/conversations/nodes").as_array().cloned().unwrap_or_default()
}

/// The only one.
pub async fn only(app: &BrandApp<'_>) -> Value {
    let mut all = queue(app).await;
    assert_eq!(all.len(), 1, "{all:#?}");
    all.remove(0)
}

/// One with all that was said, newest first.
async fn whole(app: &BrandApp<'_>, id: &Value) -> Value {
    let query = format!("query($id: ID!) {{ brand {{ conversation(id: $id) {{ {SUMMARY} {MESSAGES} }} }} }}");
    app.ask(&query, json!({ "id": id })).await.data("/brand/conversation").clone()
}

/// The texts of a conversation, oldest first.
async fn texts(app: &BrandApp<'_>, id: &Value) -> Vec<Value> {
    let found = whole(app, id).await;
    let mut texts: Vec<Value> =
        found["messages"]["nodes"].as_array().unwrap().iter().map(|message| message["text"].clone()).collect();
    texts.reverse();
    texts
}

/// The profile in a conversation, as somebody of the brand's staff asks for it.
async fn profile(who: &StaffPerson<'_>, id: &Value, fields: &str) -> Reply {
    let query = format!(
        "query($id: ID!) {{ brand {{ conversation(id: $id) {{ profile(purpose: CUSTOMER_CARE) {{ {fields} }} }} }} }}"
    );
    who.ask(&query, json!({ "id": id })).await
}
