//! Consent requests through the public API: a brand asks by a link, a customer answers, and the brand learns nothing else.

mod answering;
mod asking;
mod notices;
mod opening;
mod refusing;
mod screen;
mod seeing;
mod sharing;
mod widening;

use entity::consent_event;
use sea_orm::EntityTrait;
use serde_json::{Value, json};
use tests::{BrandApp, Customer, Reply, World};

/// What the brand is shown of a request.
const SEEN: &str = "id state purpose scopes { scope version required reason } durationDays offer returnTo
    notice { id name version locale controller { name address contact } purposes data why duration withdrawal rights hash
        publishedAt }
    createdAt lapsesAt givenAt grantId profileId";

/// What the customer is shown of a request.
const SCREEN: &str = "id brand { slug name } purpose purposeLabel
    scopes { scope version label permissions sensitive required reason shared }
    durationDays expiresAt offer returnTo returnHost notice { name version locale hash } createdAt openedAt lapsesAt";

/// What an answer gives.
const ANSWERED: &str = "grant { id state version scopes validFrom expiresAt profileId brand { slug } purpose }
    difference { addedScopes removedScopes expiresAtBefore expiresAtAfter } confirmationToken receipt { id }";

/// A request for NAME, which is required, and CONTEXT, which is not.
pub fn plain() -> Value {
    json!({
        "purpose": "CUSTOMER_CARE",
        "scopes": [
            { "scope": "NAME", "required": true, "reason": "To know what to call you" },
            { "scope": "CONTEXT", "required": false, "reason": "So that you need not say it twice" },
        ],
        "durationDays": 30,
        "offer": "An answer within the hour",
    })
}

/// A request like another one, with some parts of its own.
pub fn with(mut input: Value, parts: Value) -> Value {
    for (name, part) in parts.as_object().expect("parts") {
        input[name] = part.clone();
    }
    input
}

/// A mutation of an app.
pub async fn act(app: &BrandApp<'_>, mutation: &str, input: Value, fields: &str) -> Reply {
    let kind = format!("{}{}Input", mutation[..1].to_uppercase(), &mutation[1..]);
    let query = format!(
        "mutation($input: {kind}!) {{ {mutation}(input: $input) {{ {fields} userErrors {{ code field message }} }} }}"
    );
    app.ask(&query, json!({ "input": input })).await
}

/// Asks; the secret at the end of the link.
pub async fn ask(app: &BrandApp<'_>, input: Value) -> String {
    let reply = act(app, "createConsentRequest", input, "link").await;
    let link = reply.done("createConsentRequest")["link"].as_str().expect("a link").to_owned();
    link.rsplit('/').next().expect("a secret").to_owned()
}

/// Opens a link.
pub async fn open(who: &Customer<'_>, token: &str) -> Reply {
    let fields = format!("request {{ {SCREEN} }} pendingId restsUntil");
    who.act("openConsentRequest", json!({ "token": token }), &fields).await
}

/// Opens a link that opens. The id of the request.
pub async fn opened(who: &Customer<'_>, token: &str) -> String {
    let reply = open(who, token).await;
    reply.done("openConsentRequest")["request"]["id"].as_str().expect("an id").to_owned()
}

/// Asks and lets the customer open it. The id of the request.
pub async fn asked(app: &BrandApp<'_>, who: &Customer<'_>, input: Value) -> String {
    opened(who, &ask(app, input).await).await
}

/// Answers a request with these scopes.
pub async fn answer(who: &Customer<'_>, request: &str, scopes: &[&str]) -> Reply {
    who.act("answerConsentRequest", json!({ "requestId": request, "scopes": scopes }), ANSWERED).await
}

pub async fn refuse(who: &Customer<'_>, request: &str) -> Reply {
    who.act("refuseConsentRequest", json!({ "requestId": request }), "refusedId receipt { id }").await
}

/// The requests that wait for the customer.
pub async fn waiting(who: &Customer<'_>) -> Value {
    let query = format!("{{ me {{ consentRequests {{ nodes {{ {SCREEN} }} }} }} }}");
    who.ask(&query, json!({})).await.data("/me/consentRequests/nodes").clone()
}

/// Everything that a brand can read of its requests, newest first.
pub async fn seen(app: &BrandApp<'_>) -> Value {
    let query = format!("{{ brand {{ consentRequests {{ nodes {{ {SEEN} }} }} }} }}");
    app.ask(&query, json!({})).await.data("/brand/consentRequests/nodes").clone()
}

/// What happened to everybody's consents, in order: kind, request, and whether a grant was concerned.
pub async fn events(world: &World) -> Vec<(i64, String, Option<String>, bool)> {
    let mut rows = consent_event::Entity::find().all(world.deps.vault.store.reader()).await.unwrap();
    rows.sort_by_key(|row| (row.customer_id, row.revision));
    let told = |row: consent_event::Model| {
        let request = row.request_id.map(|id| id.to_string());
        (row.revision, row.kind.as_str().to_owned(), request, row.grant_id.is_some())
    };
    rows.into_iter().map(told).collect()
}

/// An answer without its request id, with the headers that say something.
pub fn face(reply: &Reply) -> (u16, String, Vec<String>) {
    let id = reply.header("x-request-id");
    let text = if id.is_empty() { reply.text.clone() } else { reply.text.replace(id, "ID") };
    let names = ["content-type", "content-length", "cache-control", "vary"];
    (reply.status.as_u16(), text, names.map(|name| reply.header(name).to_owned()).to_vec())
}
