//! Which operation of a document a request means, and what it declares before it runs.

use std::{borrow::Cow, collections::HashSet};

use async_graphql::{
    Name, Value, Variables,
    parser::types::{
        DocumentOperations, ExecutableDocument, Field, OperationDefinition, OperationType, Selection, SelectionSet,
    },
};

use super::refused::clipped;

#[cfg(test)]
mod tests;

/// What takes a password, a code or a passkey, or asks for one: one of these per operation, so that limits per request hold.
const CREDENTIALS: [&str; 23] = [
    "signUp",
    "signIn",
    "completeSignIn",
    "startProviderSignIn",
    "completeProviderSignIn",
    "startClaim",
    "completeClaim",
    "startPasswordReset",
    "completePasswordReset",
    "changePassword",
    "changeEmail",
    "completeEmailChange",
    "undoEmailChange",
    "startStepUp",
    "stepUp",
    "confirmAuthenticator",
    "startPasskey",
    "startPasskeySignIn",
    "completePasskeySignIn",
    "startPasskeySecondFactor",
    "startPasskeyStepUp",
    "signInStaff",
    "acceptStaffInvitation",
];

/// Finds the operation that the request means, by the rules of the GraphQL specification: a name selects the operation
/// of that name, and without a name there must be exactly one.
///
/// # Errors
///
/// [`Unselected`], when no operation or more than one fits.
pub fn select<'d>(
    document: &'d ExecutableDocument,
    operation_name: Option<&str>,
) -> Result<&'d OperationDefinition, Unselected> {
    let found = match (&document.operations, operation_name) {
        (DocumentOperations::Single(operation), None) => Some(operation),
        (DocumentOperations::Single(_), Some(_)) => None,
        (DocumentOperations::Multiple(operations), Some(name)) => operations.get(name),
        (DocumentOperations::Multiple(operations), None) if operations.len() == 1 => operations.values().next(),
        (DocumentOperations::Multiple(_), None) => return Err(Unselected::NameNeeded),
    };
    let name = operation_name.unwrap_or_default();
    found.map(|operation| &operation.node).ok_or_else(|| Unselected::Unknown { name: clipped(name) })
}

/// Whether the operation reads, changes or listens: GET may only read.
#[must_use]
pub fn kind(operation: &OperationDefinition) -> OperationType {
    operation.ty
}

/// Whether an operation selects one field, and that directly: what a subscription may (GraphQL, section 5.2.4.1).
#[must_use]
pub fn has_one_field(operation: &OperationDefinition) -> bool {
    let items = &operation.selection_set.node.items;
    matches!(items.as_slice(), [only] if matches!(&only.node, Selection::Field(field) if !field.node.name.node.starts_with("__")))
}

/// The distinct purposes that the operation declares, in the order of the text: the values of the argument `purpose`
/// of every `profile`, `profiles`, `draftReply` and `outgoingReply`, however deep, whether written out, in a variable or in the default of a
/// variable.
///
/// `@skip` and `@include` are not evaluated: a purpose that stands in the query counts. Absent and null purposes, and
/// values that are neither a word nor a string, do not count; validation refuses them. The cost is at most one step per
/// selection of the document as written, and no recursion.
#[must_use]
pub fn declared_purposes(
    document: &ExecutableDocument,
    operation: &OperationDefinition,
    variables: &Variables,
) -> Vec<String> {
    let mut purposes: Vec<String> = Vec::new();
    let mut spread = HashSet::new();
    let mut pending = Vec::new();
    push_reversed(&mut pending, &operation.selection_set.node);
    while let Some(selection) = pending.pop() {
        match selection {
            Selection::Field(field) => {
                if let Some(purpose) = declared_purpose(&field.node, operation, variables)
                    && !purposes.iter().any(|known| *known == purpose)
                {
                    purposes.push(purpose.into_owned());
                }
                push_reversed(&mut pending, &field.node.selection_set.node);
            }
            Selection::InlineFragment(inline) => push_reversed(&mut pending, &inline.node.selection_set.node),
            Selection::FragmentSpread(spread_of) => {
                let name = &spread_of.node.fragment_name.node;
                // Once is enough: the same fragment declares the same purposes again.
                if let Some(fragment) = document.fragments.get(name).filter(|_| spread.insert(name.as_str())) {
                    push_reversed(&mut pending, &fragment.node.selection_set.node);
                }
            }
        }
    }
    purposes
}

/// How often the operation takes a password or a code, or mails one, under whatever alias: each fragment counts wherever it
/// is spread, and `@skip` and `@include` are not evaluated. The guard has bounded how many selections that can be.
#[must_use]
pub fn count_credentials(document: &ExecutableDocument, operation: &OperationDefinition) -> usize {
    let mut count = 0;
    let mut pending = Vec::new();
    push_reversed(&mut pending, &operation.selection_set.node);
    while let Some(selection) = pending.pop() {
        match selection {
            Selection::Field(field) => count += usize::from(CREDENTIALS.contains(&field.node.name.node.as_str())),
            Selection::InlineFragment(inline) => push_reversed(&mut pending, &inline.node.selection_set.node),
            Selection::FragmentSpread(spread) => {
                if let Some(fragment) = document.fragments.get(&spread.node.fragment_name.node) {
                    push_reversed(&mut pending, &fragment.node.selection_set.node);
                }
            }
        }
    }
    count
}

/// Whether any part of the document selects `__schema` or `__type`.
#[must_use]
pub fn asks_for_schema(document: &ExecutableDocument) -> bool {
    let operations = document.operations.iter().map(|(_, operation)| &operation.node.selection_set.node);
    let fragments = document.fragments.values().map(|fragment| &fragment.node.selection_set.node);
    let mut pending = Vec::new();
    operations.chain(fragments).for_each(|set| push_reversed(&mut pending, set));
    while let Some(selection) = pending.pop() {
        match selection {
            Selection::Field(field) if matches!(field.node.name.node.as_str(), "__schema" | "__type") => return true,
            Selection::Field(field) => push_reversed(&mut pending, &field.node.selection_set.node),
            Selection::InlineFragment(inline) => push_reversed(&mut pending, &inline.node.selection_set.node),
            Selection::FragmentSpread(_) => {}
        }
    }
    false
}

/// A request that does not say which operation to run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unselected {
    /// Several operations and no name.
    #[error("The document has several operations. Say in `operationName` which one to run.")]
    NameNeeded,
    /// A name that no operation has.
    #[error("The document has no operation named `{name}`. Check `operationName`.")]
    Unknown {
        /// The name, cut when long.
        name: String,
    },
}

impl Unselected {
    /// The value for `extensions.code`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        "OPERATION_RESOLUTION_FAILURE"
    }
}

/// The first selection is popped first.
fn push_reversed<'d>(pending: &mut Vec<&'d Selection>, set: &'d SelectionSet) {
    pending.extend(set.items.iter().rev().map(|selection| &selection.node));
}

fn declared_purpose<'v>(
    field: &Field,
    operation: &'v OperationDefinition,
    variables: &'v Variables,
) -> Option<Cow<'v, str>> {
    if !matches!(field.name.node.as_str(), "profile" | "profiles" | "draftReply" | "outgoingReply") {
        return None;
    }
    let written = field.get_argument("purpose")?.node.clone();
    match written.into_const_with(Err) {
        Ok(literal) => word(&literal).map(|word| Cow::Owned(word.to_owned())),
        Err(variable) => word(supplied(&variable, operation, variables)?).map(Cow::Borrowed),
    }
}

/// What the request or else the default gives the variable. A null that was sent is no reason for the default.
fn supplied<'v>(variable: &Name, operation: &'v OperationDefinition, variables: &'v Variables) -> Option<&'v Value> {
    let sent = variables.get(variable);
    sent.or_else(|| {
        let definition =
            operation.variable_definitions.iter().find(|definition| definition.node.name.node == *variable)?;
        definition.node.default_value()
    })
}

/// A word of an enum is a word in the query, and a string in the JSON of the variables.
fn word(value: &Value) -> Option<&str> {
    match value {
        Value::Enum(name) => Some(name.as_str()),
        Value::String(text) => Some(text),
        _ => None,
    }
}
