//! The customers of the matrix: one per state of consent.

use serde_json::{Value, json};
use tests::customer::PASSWORD;
use tests::world::{ALL_SCOPES, DAY};
use tests::{Customer, World};

/// Somebody in one state of consent.
pub struct Subject {
    pub label: &'static str,
    pub handle: String,
    /// How a brand knows the customer: this brand if it ever had a grant, else the one that has.
    pub id: String,
    /// What is stored behind the handle, and behind the id.
    pub by_handle: Option<String>,
    pub by_id: Option<String>,
}

/// One customer per state. All of it happens on the first day; the questions are asked on the third.
pub async fn subjects(world: &World) -> Vec<Subject> {
    world.customer("Other").await;
    let unlinked = person(world, "unlinked").await;
    vec![
        given(world, "never granted anything", "never", None).await,
        given(world, "active, all scopes", "active", Some(json!({}))).await,
        given(world, "active, NAME only", "single", Some(json!({ "scopes": ["NAME"] }))).await,
        changed(world, "narrowed from all scopes to NAME", "narrowed", &["amendConsent"]).await,
        changed(world, "paused", "paused", &["pauseConsent"]).await,
        changed(world, "paused and resumed", "resumed", &["pauseConsent", "resumeConsent"]).await,
        changed(world, "withdrawn", "withdrawn", &["withdrawConsent"]).await,
        changed(world, "withdrawn, then given again", "again", &["withdrawConsent", "giveConsent"]).await,
        given(world, "expired yesterday", "expired", Some(json!({ "expiresAt": world.time(DAY) }))).await,
        imported(world, "not yet valid: begins next month", "future", 30 * DAY).await,
        imported(world, "valid since yesterday, as agreed before", "begun", DAY).await,
        given(world, "granted for ANALYTICS", "analytics", Some(json!({ "purpose": "ANALYTICS" }))).await,
        given(world, "granted for DIRECT_MARKETING", "marketing", Some(json!({ "purpose": "DIRECT_MARKETING" }))).await,
        blocking(world, "granted for DIRECT_MARKETING, which was switched off since", "blocked", "DIRECT_MARKETING")
            .await,
        blocking(world, "active, all scopes; direct marketing was switched off since", "unaffected", "CUSTOMER_CARE")
            .await,
        given(world, "granted to the shop", "shopper", Some(json!({ "brand": "shop" }))).await,
        Subject { label: "a handle that nobody has", ..nobody() },
        take_link_away(&unlinked).await,
        taken_over(world, "handle proven by somebody else, who granted nothing", "former", None).await,
        taken_over(world, "handle proven by somebody else, who granted NAME", "earlier", Some(&["NAME"])).await,
    ]
}

fn nobody() -> Subject {
    // Well formed, and nobody's.
    let id = "profile_AAAAAAAAAAAAAAAAAAAAAQ".to_owned();
    Subject { label: "", handle: "unknown@handle.example".into(), id, by_handle: None, by_id: None }
}

/// Signs up, says everything about themself, proves a handle.
async fn person<'w>(world: &'w World, key: &'static str) -> Customer<'w> {
    let customer = world.customer(key).await;
    fill(&customer, key).await;
    customer.link_email(&handle(key)).await;
    customer
}

fn handle(key: &str) -> String {
    format!("{key}@handle.example")
}

/// Everything that a customer can say, made of the key.
pub async fn fill(customer: &Customer<'_>, key: &str) {
    let expected = |field: &str| expected(field, key);
    let profile = json!({
        "name": expected("name"), "contact": expected("contact"), "area": expected("area"), "language": expected("language"),
    });
    customer.act("updateProfile", profile, "").await.done("updateProfile");
    customer.act("setPreferences", json!({ "preferences": expected("preferences") }), "").await.done("setPreferences");
    let mut need = expected("context")[0].clone();
    need.as_object_mut().expect("a need").remove("statedAt");
    customer.act("stateContext", need, "").await.done("stateContext");
}

/// What a brand that may see the field gets of the customer with this key.
pub fn expected(field: &str, key: &str) -> Value {
    let number: u32 = key.bytes().map(u32::from).sum();
    match field {
        "name" => json!({
            "displayName": format!("{key} display"), "givenName": format!("{key} given"),
            "familyName": format!("{key} family"), "pronouns": format!("{key}/{key}s"),
        }),
        "contact" => json!({
            "email": format!("{key}@contact.example"), "phone": format!("+4930{number:07}"), "preferredChannel": "PHONE",
        }),
        "handles" => json!([{ "channel": "EMAIL", "handle": handle(key), "verifiedAt": started_at() }]),
        "area" => json!({ "postalCode": format!("{number:05}"), "region": format!("{key} region"), "country": "DE" }),
        "language" => json!({ "locale": "gsw-CH", "timeZone": "Europe/Zurich" }),
        "preferences" => json!([{ "category": "travel", "key": "seat", "value": format!("{key} aisle") }]),
        "context" => json!([{
            "topic": format!("{key} topic"), "text": format!("{key} text"), "area": format!("{key} place"),
            "wishedOutcome": format!("{key} outcome"), "statedAt": started_at(),
        }]),
        _ => panic!("{field} is no part of the customer's data"),
    }
}

fn started_at() -> String {
    tests::world::START.parse::<entity::values::Timestamp>().expect("a time").to_string()
}

/// A person who gives consent: every scope to the bank for CUSTOMER_CARE, except as `other` says.
async fn given(world: &World, label: &'static str, key: &'static str, other: Option<Value>) -> Subject {
    let customer = person(world, key).await;
    let id = match other {
        Some(other) => give(&customer, other).await.1,
        None => nobody().id,
    };
    subject(label, key, id)
}

fn subject(label: &'static str, key: &str, id: String) -> Subject {
    Subject { label, handle: handle(key), id, by_handle: Some(key.into()), by_id: Some(key.into()) }
}

/// The grant's id and the id by which that brand knows the customer.
async fn give(customer: &Customer<'_>, other: Value) -> (String, String) {
    let mut input = json!({ "brand": "bank", "purpose": "CUSTOMER_CARE", "scopes": ALL_SCOPES });
    let other = other.as_object().expect("an input").clone();
    input.as_object_mut().expect("an input").extend(other);
    let reply = customer.act("giveConsent", input, "grant { id profileId }").await;
    let grant = &reply.done("giveConsent")["grant"];
    let text = |name: &str| grant[name].as_str().expect("an id").to_owned();
    (text("id"), text("profileId"))
}

/// A person who gives all to the bank and then does these things to the grant.
async fn changed(world: &World, label: &'static str, key: &'static str, acts: &[&str]) -> Subject {
    let customer = person(world, key).await;
    let (grant, mut id) = give(&customer, json!({})).await;
    for act in acts {
        let input = match *act {
            "giveConsent" => {
                id = give(&customer, json!({})).await.1;
                continue;
            }
            "amendConsent" => json!({ "grantId": grant, "scopes": ["NAME"] }),
            _ => json!({ "grantId": grant }),
        };
        customer.act(act, input, "").await.done(act);
    }
    subject(label, key, id)
}

/// A person who gives all to the bank for a purpose and then wants no direct marketing.
async fn blocking(world: &World, label: &'static str, key: &'static str, purpose: &str) -> Subject {
    let customer = person(world, key).await;
    let id = give(&customer, json!({ "purpose": purpose })).await.1;
    customer.act("setDirectMarketing", json!({ "allowed": false }), "").await.done("setDirectMarketing");
    subject(label, key, id)
}

/// A person who came by import with a grant that begins later, and has claimed the account since.
async fn imported(world: &World, label: &'static str, key: &'static str, begins: i64) -> Subject {
    let email = format!("{key}@example.org");
    let link = json!({
        "channel": "EMAIL", "handle": handle(key), "accountId": handle(key), "verifiedAt": world.time(0),
    });
    let grant = json!({
        "brand": "bank", "purpose": "CUSTOMER_CARE", "scopes": ALL_SCOPES,
        "from": world.time(begins), "until": world.time(begins + 90 * DAY),
    });
    let line = json!({ "customer": { "key": key, "email": email }, "links": [link], "grants": [grant] });
    assert_eq!(world.import(&line.to_string()).await, Vec::<String>::new());
    let start =
        "mutation($email: EmailAddress!) { startClaim(input: { email: $email }) { accepted userErrors { code } } }";
    world.ask(start, json!({ "email": email })).await.done("startClaim");
    let complete = "mutation($input: CompleteClaimInput!) { completeClaim(input: $input) { userErrors { code } } }";
    let input = json!({ "email": email, "code": world.code_mailed_to(&email), "password": PASSWORD });
    world.ask(complete, json!({ "input": input })).await.done("completeClaim");
    let customer = Customer::sign_in(world, &email, PASSWORD).await;
    fill(&customer, key).await;
    let grants = customer.ask("{ me { grants { nodes { profileId } } } }", json!({})).await;
    let id = grants.data("/me/grants/nodes/0/profileId").as_str().expect("an id").to_owned();
    subject(label, key, id)
}

async fn take_link_away(customer: &Customer<'_>) -> Subject {
    let id = give(customer, json!({})).await.1;
    let links = customer.ask("{ me { links { nodes { id } } } }", json!({})).await;
    let link = links.data("/me/links/nodes/0/id").clone();
    customer.act("unlink", json!({ "linkId": link }), "unlinkedId").await.done("unlink");
    Subject { by_handle: None, ..subject("handle unlinked by its owner, who granted all", "unlinked", id) }
}

/// A person who granted all and whose handle somebody else has proven since.
async fn taken_over(world: &World, label: &'static str, key: &'static str, granted: Option<&[&str]>) -> Subject {
    let former = person(world, key).await;
    let id = give(&former, json!({})).await.1;
    let new_key = format!("new-{key}");
    let new = world.customer(&new_key).await;
    fill(&new, &new_key).await;
    new.link_email(&handle(key)).await;
    if let Some(scopes) = granted {
        give(&new, json!({ "scopes": scopes })).await;
    }
    Subject { by_handle: Some(new_key), ..subject(label, key, id) }
}
