//! Bad lines of an import, made of a customer's words.

use serde_json::{Value, json};

use super::HANDLE;

/// Each is refused.
pub fn bad_lines() -> Vec<String> {
    let long = "Tundervale".repeat(40);
    let customer = |parts: Value| {
        let mut customer = json!({ "key": "one", "email": "fresh@example.org" });
        customer.as_object_mut().expect("an object").extend(parts.as_object().expect("an object").clone());
        customer
    };
    vec![
        json!({ "customer": customer(json!({ "email": "mossgrave at nowhere" })) }).to_string(),
        json!({ "customer": customer(json!({ "name": "Zorblatt" })) }).to_string(),
        json!({ "customer": customer(json!({ "name": { "displayName": ["Zorblatt"], "familyName": long } })) }).to_string(),
        json!({ "customer": customer(json!({ "name": { "familyName": long } })) }).to_string(),
        json!({ "customer": customer(json!({ "contact": { "phone": "+49 mossgrave", "preferredChannel": "MOSSGRAVE", "email": "mossgrave" } })) }).to_string(),
        json!({ "customer": customer(json!({ "area": { "country": "Velmorania", "postalCode": "QX77ZELM".repeat(9) } })) }).to_string(),
        json!({ "customer": customer(json!({ "language": { "locale": "plimsol plimsol", "timeZone": "Antarctica/Trollheim" } })) }).to_string(),
        json!({ "customer": customer(json!({})), "links": [{ "channel": "Brindlefox", "handle": "brindlefox", "accountId": "", "verifiedAt": "brindlefox" }] }).to_string(),
        json!({ "customer": customer(json!({})), "links": [{ "channel": "EMAIL", "handle": "brindlefox", "accountId": "brindlefox", "verifiedAt": "2026-01-01T00:00:00Z" }] }).to_string(),
        json!({ "customer": customer(json!({})), "preferences": [{ "category": "gorblin".repeat(9), "key": "snarvik".repeat(9), "value": "wuzzletop".repeat(30) }] }).to_string(),
        json!({ "customer": customer(json!({})), "preferences": "wuzzletop" }).to_string(),
        json!({ "customer": customer(json!({})), "grants": [{ "brand": "quillfeather", "purpose": "ZORBLATT", "scopes": ["WEXMOOR"], "from": "tundervale", "until": "xemkin" }] }).to_string(),
        json!({ "customer": customer(json!({ "email": "quillfeather@example.org" })) }).to_string(),
        json!({ "customer": customer(json!({ "key": "two" })), "links": [{ "channel": "EMAIL", "handle": HANDLE, "accountId": HANDLE, "verifiedAt": "2026-01-01T00:00:00Z" }] }).to_string(),
        "{\"customer\": {\"key\": \"Zorblatt\", \"email\": Wexmoor}}".to_owned(),
        "Tundervale".to_owned(),
        json!({ "brand": { "slug": "Velmorania", "name": long }, "apps": [{ "clientId": "x", "clientSecret": "xemkin", "scopes": ["ZORBLATT"], "purposes": ["WEXMOOR"] }] }).to_string(),
    ]
}
