//! Which operation runs, and with which purposes.

use async_graphql::parser::parse_query;

use super::*;

/// The purposes of the only operation, with these variables as JSON.
fn purposes(query: &str, variables: &[(&str, Value)]) -> Vec<String> {
    let document = parse_query(query).unwrap();
    let mut given = Variables::default();
    given.extend(variables.iter().map(|(name, value)| (Name::new(name), value.clone())));
    declared_purposes(&document, select(&document, None).unwrap(), &given)
}

fn text(value: &str) -> Value {
    Value::String(value.to_owned())
}

#[test]
fn the_only_operation_needs_no_name() {
    for query in ["{a}", "query named {a}"] {
        let document = parse_query(query).unwrap();
        assert_eq!(kind(select(&document, None).unwrap()), OperationType::Query);
    }
}

#[test]
fn several_operations_need_a_name_that_one_of_them_has() {
    let document = parse_query("query a {x} mutation b {x} subscription c {x}").unwrap();
    assert_eq!(select(&document, None).unwrap_err(), Unselected::NameNeeded);
    assert_eq!(kind(select(&document, Some("b")).unwrap()), OperationType::Mutation);
    assert_eq!(kind(select(&document, Some("c")).unwrap()), OperationType::Subscription);
    assert_eq!(select(&document, Some("d")).unwrap_err(), Unselected::Unknown { name: "d".into() });
}

#[test]
fn a_name_does_not_select_an_operation_without_one() {
    let document = parse_query("{a}").unwrap();
    let error = select(&document, Some("a")).unwrap_err();
    assert_eq!(error.code(), "OPERATION_RESOLUTION_FAILURE");
    assert_eq!(error.to_string(), "The document has no operation named `a`. Check `operationName`.");
}

#[test]
fn purposes_are_found_in_literals_once_each_and_in_order() {
    let query = "{b: profiles(purpose: B) a: profile(purpose: A) c: profile(purpose: B) d: profile(purpose: \"A\")}";
    assert_eq!(purposes(query, &[]), ["B", "A"]);
}

#[test]
fn purposes_are_found_in_variables_and_their_defaults() {
    let query = "query($p: Purpose = MARKETING) {profile(purpose: $p) {id}}";
    assert_eq!(purposes(query, &[]), ["MARKETING"]);
    assert_eq!(purposes(query, &[("p", text("SUPPORT"))]), ["SUPPORT"]);
    assert_eq!(purposes(query, &[("p", Value::Enum(Name::new("SUPPORT")))]), ["SUPPORT"]);
    assert_eq!(purposes(query, &[("other", text("SUPPORT"))]), ["MARKETING"]);
    assert!(purposes(query, &[("p", Value::Null)]).is_empty());
}

#[test]
fn purposes_are_found_through_fragments() {
    let query = "query {...a ... on Query {profile(purpose: B)} ...a}
        fragment a on Query {profile(purpose: A) ...b}
        fragment b on Query {... {profiles(purpose: C)} ...nobody}";
    assert_eq!(purposes(query, &[]), ["A", "C", "B"]);
}

#[test]
fn a_purpose_behind_a_skip_directive_counts() {
    let query = "{profile(purpose: A) b: profile(purpose: B) @skip(if: true)}";
    assert_eq!(purposes(query, &[]), ["A", "B"]);
}

#[test]
fn purposes_are_found_however_deep() {
    let query = "{brand {...c} profile(purpose: B) {id}} fragment c on Brand {x: conversation(id: 1) {profile(purpose: A) {id} draftReply(purpose: C) {text}}}";
    assert_eq!(purposes(query, &[]), ["A", "C", "B"]);
    let query =
        "{node(id: 1) {... on Brand {conversation(id: 2) {profile(purpose: A) {id}}}} profile(purpose: B) {id}}";
    assert_eq!(purposes(query, &[]), ["A", "B"]);
}

#[test]
fn no_other_field_declares_purposes() {
    assert!(purposes("{profile: x(purpose: A) x {y(purpose: B)} profile profiles(other: C)}", &[]).is_empty());
    assert!(purposes("{profile(purpose: null) a: profile(purpose: 1) b: profile(purpose: $unknown)}", &[]).is_empty());
}

#[test]
fn circles_end() {
    assert_eq!(
        purposes("{...a} fragment a on Query {profile(purpose: A) ...b} fragment b on Query {...a}", &[]),
        ["A"]
    );
}
