//! What is checked of a call before anything is executed.

use std::sync::Arc;

use async_graphql::parser::types::OperationType;
use async_graphql::{Request, Value};

use super::gateway::Call;
use super::guard::{self, Admitted, Documents, Inputs, Known};
use super::verdict::{Answer, Verdict};
use crate::failure::Code;

/// What can be executed.
pub(super) struct Prepared {
    pub request: Request,
    /// What is known of its document.
    pub known: Option<Arc<Known>>,
    /// Whether it is a subscription.
    pub is_subscription: bool,
    /// Whether nothing is left to validate: the document has passed before, and the values are of its variables' types.
    pub is_validated: bool,
}

/// Guards the document and checks what can be checked before anything is executed.
pub(super) fn prepare(
    call: &Call,
    (documents, inputs): (&Documents, &Inputs),
    (introspection, streams): (bool, bool),
) -> Result<Prepared, Answer> {
    let Admitted { document, known } = documents.admit(&call.query).map_err(|refused| {
        let verdict = if refused.code() == "PAYLOAD_TOO_LARGE" { Verdict::TooLarge } else { Verdict::BadRequest };
        let mut answer = Answer::failed(verdict, refused.code(), &refused.to_string());
        if let (Some(at), Some(error)) = (refused.location(), answer.errors.first_mut()) {
            error.locations.push(at);
        }
        answer
    })?;
    let unselected =
        |unselected: guard::Unselected| Answer::failed(Verdict::BadRequest, unselected.code(), &unselected.to_string());
    let operation = guard::select(&document, call.operation_name.as_deref()).map_err(unselected)?;
    if call.read_only && guard::kind(operation) != OperationType::Query {
        return Err(Answer::failed(Verdict::ReadOnly, "BAD_REQUEST", "GET can only run queries; use POST"));
    }
    let is_subscription = guard::kind(operation) == OperationType::Subscription;
    if is_subscription && !guard::has_one_field(operation) {
        let message = "a subscription has one field, without a fragment around it";
        return Err(Answer::failed(Verdict::BadRequest, "GRAPHQL_VALIDATION_FAILED", message));
    }
    if is_subscription && !streams {
        let message =
            "a subscription is answered as `Accept: text/event-stream`, or over WebSocket by graphql-transport-ws";
        return Err(Answer::failed(Verdict::BadRequest, "BAD_REQUEST", message));
    }
    if guard::count_credentials(&document, operation) > 1 {
        let message = "an operation signs in, or takes a password or a code, once: send one request for each, however they are named";
        return Err(Answer::failed(Verdict::BadRequest, Code::BadUserInput.as_str(), message));
    }
    if !introspection && guard::asks_for_schema(&document) {
        let message = "this server does not tell its schema; ask its operator for schema.graphql";
        return Err(Answer::failed(Verdict::BadRequest, "GRAPHQL_VALIDATION_FAILED", message));
    }
    if call.variables.values().any(holds_nul) {
        let message = "a text in the variables holds U+0000, which stands for nothing that can be written";
        return Err(Answer::failed(Verdict::BadRequest, Code::BadUserInput.as_str(), message));
    }
    if guard::declared_purposes(&document, operation, &call.variables).len() > 1 {
        let message =
            "an operation declares one purpose: give all `purpose` arguments the same value, or send several requests";
        return Err(Answer::failed(Verdict::BadRequest, Code::BadUserInput.as_str(), message));
    }
    let is_validated = known.as_ref().is_some_and(|known| known.is_valid()) && inputs.fit(operation, &call.variables);
    let mut request = Request::new("").variables(call.variables.clone());
    if let Some(name) = &call.operation_name {
        request = request.operation_name(name);
    }
    request.set_parsed_query(document);
    Ok(Prepared { request, known, is_subscription, is_validated })
}

/// Whether U+0000 stands in a text: PostgreSQL takes none.
fn holds_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::List(items) => items.iter().any(holds_nul),
        Value::Object(fields) => fields.values().any(holds_nul),
        _ => false,
    }
}
