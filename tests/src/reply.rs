//! What came back, with shortcuts into it.

use reqwest::{Response, StatusCode, header::HeaderMap};
use serde_json::Value;

/// An answer of the server.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as it came.
    pub text: String,
    /// The body as JSON; null if it is none.
    pub body: Value,
}

impl Reply {
    /// Reads an answer to its end.
    pub async fn of(response: Result<Response, reqwest::Error>) -> Self {
        let response = response.expect("the server answers");
        let (status, headers) = (response.status(), response.headers().clone());
        let text = response.text().await.expect("the answer is text");
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        Self { status, headers, text, body }
    }

    /// The data at a path such as `/me/name`; fails the test if there are errors.
    pub fn data(&self, path: &str) -> &Value {
        assert!(self.body["errors"].is_null(), "no errors expected: {}", self.text);
        self.body["data"].pointer(path).unwrap_or_else(|| panic!("nothing at {path}: {}", self.text))
    }

    /// The result of a mutation without mistakes.
    pub fn done(&self, field: &str) -> &Value {
        let payload = self.data(&format!("/{field}"));
        assert_eq!(payload["userErrors"], Value::Array(Vec::new()), "no mistakes expected: {}", self.text);
        payload
    }

    /// `CODE field` of each mistake of a mutation, such as `TAKEN email`.
    pub fn mistakes(&self, field: &str) -> Vec<String> {
        let errors = self.data(&format!("/{field}"))["userErrors"].as_array().cloned().unwrap_or_default();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let path = |error: &Value| {
            let parts = error["field"].as_array().cloned().unwrap_or_default();
            parts.iter().map(text).collect::<Vec<_>>().join(".")
        };
        errors.iter().map(|error| format!("{} {}", text(&error["code"]), path(error)).trim().to_owned()).collect()
    }

    /// The code of the first top-level error; empty if there is none.
    pub fn code(&self) -> &str {
        self.body.pointer("/errors/0/extensions/code").and_then(Value::as_str).unwrap_or_default()
    }

    /// A header as text; empty if it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}
