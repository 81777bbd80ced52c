//! Consent through the public API: giving, changing, ending, and what brands get meanwhile.

mod acknowledging;
mod amending;
mod deleting;
mod ending;
mod expiring;
mod giving;
pub mod ledger;
mod looking;
mod marketing;
mod pages;
mod pairwise;
mod reading;
pub mod refusing;
mod restricting;
mod revoking;
mod usage;

use serde_json::{Value, json};
use tests::Customer;

/// What `me { grants }` shows of each grant, with its history.
const GRANT: &str = "id brand { slug } purpose scopes state version validFrom expiresAt endedAt profileId
    events(first: 50) { nodes { revision kind actor version deletionWanted occurredAt } }";

/// Everything about all grants of a customer, newest first.
async fn grants(who: &Customer<'_>) -> Value {
    let query = format!("{{ me {{ grants(first: 20) {{ nodes {{ {GRANT} }} }} }} }}");
    who.ask(&query, json!({})).await.data("/me/grants/nodes").clone()
}

/// Everything about one grant.
pub async fn grant(who: &Customer<'_>, id: &str) -> Value {
    let all = grants(who).await;
    let mut all = all.as_array().into_iter().flatten();
    all.find(|grant| grant["id"] == id).cloned().unwrap_or(Value::Null)
}

/// One column of a grant's history, oldest event first.
pub fn history(grant: &Value, column: &str) -> Vec<Value> {
    let events = grant["events"]["nodes"].as_array().into_iter().flatten();
    events.map(|event| event[column].clone()).collect()
}

/// How `access` shows one scope.
pub fn access<'p>(profile: &'p Value, scope: &str) -> &'p Value {
    let mut all = profile["access"].as_array().into_iter().flatten();
    all.find(|access| access["scope"] == scope).unwrap_or(&Value::Null)
}
