//! What the public schema said to a page.

use serde_json::{Value, json};

use crate::http::verdict::{Answer, Verdict};

/// What an answer amounts to for a page.
pub enum Said {
    /// It was executed, and nothing in it failed.
    Data(Value),
    /// The visitor is signed in no more.
    SignedOut,
    /// A value is not of its type; says which.
    Unfit(String),
    /// Too often lately; come back after so many seconds.
    Limited(i64),
    /// It could not be answered for the moment.
    Away,
}

impl Said {
    /// What this answer amounts to.
    pub fn of(answer: &Answer) -> Self {
        match answer.verdict {
            Verdict::Executed if answer.errors.is_empty() => {
                let data = answer.data.clone().and_then(|data| data.into_json().ok());
                data.map_or(Self::Away, Self::Data)
            }
            Verdict::Unauthenticated { .. } | Verdict::Forbidden | Verdict::ProofNeeded => Self::SignedOut,
            Verdict::BadRequest | Verdict::TooLarge => {
                Self::Unfit(answer.errors.first().map(|error| error.message.clone()).unwrap_or_default())
            }
            Verdict::RateLimited { seconds } => Self::Limited(seconds),
            _ => Self::Away,
        }
    }
}

/// What the one field of an operation says.
pub fn payload(data: &Value) -> Value {
    data.as_object().and_then(|data| data.values().next().cloned()).unwrap_or_default()
}

/// The mistakes that a payload names, each with the name of its field in the form.
pub fn mistakes(payload: &Value) -> Vec<Value> {
    let errors = payload["userErrors"].as_array().map(Vec::as_slice).unwrap_or_default();
    let one = |error: &Value| {
        let steps = error["field"].as_array().map(Vec::as_slice).unwrap_or_default();
        let steps = std::iter::once("input").chain(steps.iter().filter_map(Value::as_str));
        let field = steps.collect::<Vec<_>>().join(".");
        let message = capitalised(error["message"].as_str().unwrap_or_default());
        json!({ "code": error["code"], "field": field, "message": message })
    };
    errors.iter().map(one).collect()
}

/// A message as people begin one, and end it.
pub fn capitalised(message: &str) -> String {
    let mut letters = message.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}
