//! A form as the variables of an operation: the name of a field is the path of a value, such as `input.name.displayName`,
//! and the schema says of which type that value is. An empty field is null where the schema allows null. What the operation
//! does not know is left out.

use std::collections::BTreeMap;

use async_graphql::parser::parse_query;
use async_graphql::parser::types::{BaseType, Type};
use async_graphql::{Name, Value, Variables};

use crate::http::guard::Inputs;

/// A name with more steps names nothing: no value of ours lies so deep, and each step takes its place on the stack.
const MOST_STEPS: usize = 8;

/// What stands in a form under one name or below it.
#[derive(Default)]
struct Node {
    values: Vec<String>,
    below: BTreeMap<String, Node>,
}

/// The variables of the one operation in a document, from the pairs of a form or a query string.
pub fn variables(inputs: &Inputs, document: &str, pairs: &[(String, String)]) -> Variables {
    let mut root = Node::default();
    for (name, value) in pairs.iter().filter(|(name, _)| name.split('.').count() <= MOST_STEPS) {
        let node = name.split('.').fold(&mut root, |node, step| node.below.entry(step.to_owned()).or_default());
        node.values.push(value.clone());
    }
    let mut variables = Variables::default();
    // The documents are ours: the suite validates each against the schema.
    let Ok(document) = parse_query(document) else { return variables };
    let definitions = document.operations.iter().flat_map(|(_, operation)| &operation.node.variable_definitions);
    for definition in definitions {
        let (name, kind) = (&definition.node.name.node, &definition.node.var_type.node);
        if let Some(value) = root.below.get(name.as_str()).and_then(|node| value(inputs, kind, node)) {
            variables.insert(name.clone(), value);
        }
    }
    variables
}

/// The value of this type that a node says; none if it says nothing.
fn value(inputs: &Inputs, kind: &Type, node: &Node) -> Option<Value> {
    match &kind.base {
        BaseType::List(item) => Some(list(inputs, item, node)),
        BaseType::Named(name) if inputs.is_object(name) => {
            let fields = node.below.iter().filter_map(|(name_below, node)| {
                let kind = inputs.field(name, name_below)?;
                Some((Name::new(name_below), value(inputs, kind, node)?))
            });
            // Of alternatives exactly one is said.
            let is_said = |value: &Value| *value != Value::Null || !inputs.is_one_of(name);
            Some(Value::Object(fields.filter(|(_, value)| is_said(value)).collect()))
        }
        BaseType::Named(name) => {
            let text = node.values.last()?;
            Some(if text.is_empty() && kind.nullable { Value::Null } else { scalar(name, text) })
        }
    }
}

/// Boxes that are ticked, each with its value, or objects by their numbers.
fn list(inputs: &Inputs, item: &Type, node: &Node) -> Value {
    let ticked = node.values.iter().filter(|value| !value.is_empty()).filter_map(|text| match &item.base {
        BaseType::Named(name) => Some(scalar(name, text)),
        BaseType::List(_) => None,
    });
    let numbered = node.below.values().filter_map(|node| value(inputs, item, node));
    Value::List(ticked.chain(numbered).collect())
}

fn scalar(kind: &Name, text: &str) -> Value {
    match kind.as_str() {
        "Boolean" => Value::Boolean(text == "true"),
        "Int" => {
            text.parse::<i64>().map_or_else(|_| Value::String(text.to_owned()), |number| Value::Number(number.into()))
        }
        // What a browser has made of a passkey.
        name if name.ends_with("JSON") => from_json(text),
        _ => Value::String(text.to_owned()),
    }
}

fn from_json(text: &str) -> Value {
    let json = serde_json::from_str(text).ok().and_then(|json| Value::from_json(json).ok());
    json.unwrap_or_else(|| Value::String(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::{prop_assert, proptest};
    use serde_json::{Value as Json, json};

    use super::*;

    const SCHEMA: &str = "input Name { first: String, last: String! } enum Scope { NAME, AREA }
        input Proof @oneOf { password: String, code: String }
        input Thing { name: Name, scopes: [Scope!]!, allowed: Boolean, days: Int, likes: [Name!], proof: Proof, id: ID! }
        type Query { a: Int } directive @oneOf on INPUT_OBJECT";

    fn filled(pairs: &[(&str, &str)]) -> Json {
        let inputs = Inputs::of(SCHEMA).unwrap();
        let pairs: Vec<_> = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let document = "mutation Act($input: Thing!, $after: String) { a(input: $input, after: $after) }";
        serde_json::to_value(variables(&inputs, document, &pairs)).unwrap()
    }

    #[test]
    fn the_name_of_a_field_is_its_path_and_the_schema_says_its_type() {
        let pairs = [
            ("input.name.first", "Ada"),
            ("input.scopes", ""),
            ("input.scopes", "NAME"),
            ("input.scopes", "AREA"),
            ("input.allowed", "true"),
            ("input.days", "30"),
            ("input.id", "7"),
            ("input.likes.0.last", "x"),
            ("input.likes.1.last", "y"),
            ("after", "c"),
        ];
        let input = json!({
            "name": { "first": "Ada" }, "scopes": ["NAME", "AREA"], "allowed": true, "days": 30, "id": "7",
            "likes": [{ "last": "x" }, { "last": "y" }],
        });
        assert_eq!(filled(&pairs), json!({ "input": input, "after": "c" }));
    }

    #[test]
    fn an_empty_field_is_null_where_null_may_stand_and_alternatives_are_left_out() {
        let pairs = [
            ("input.name.first", ""),
            ("input.name.last", ""),
            ("input.proof.password", ""),
            ("input.proof.code", "1"),
        ];
        let input = json!({ "name": { "first": null, "last": "" }, "proof": { "code": "1" } });
        assert_eq!(filled(&pairs), json!({ "input": input }));
        assert_eq!(filled(&[("input.scopes", "")]), json!({ "input": { "scopes": [] } }));
    }

    proptest! {
        #[test]
        fn whatever_is_sent_fills_nothing_but_what_the_operation_knows(
            pairs in vec(("(input|after|name|scopes|likes|proof|first|last|[0-9]|[a-z]{0,3}|\\PC)(\\.(input|name|first|scopes|likes|0|proof|code|\\PC?)){0,12}", "\\PC{0,8}"), 0..12)
        ) {
            let pairs: Vec<_> = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            let filled = filled(&pairs);
            prop_assert!(filled.as_object().unwrap().keys().all(|key| key == "input" || key == "after"));
            let input = filled.get("input").and_then(Json::as_object).cloned().unwrap_or_default();
            prop_assert!(input.keys().all(|key| ["name", "scopes", "allowed", "days", "likes", "proof", "id"].contains(&key.as_str())));
            let name = input.get("name").and_then(Json::as_object).cloned().unwrap_or_default();
            prop_assert!(name.keys().all(|key| key == "first" || key == "last"));
        }
    }

    #[test]
    fn a_name_of_any_depth_fills_nothing_and_harms_nothing() {
        let deep = format!("input{}", ".name".repeat(100_000));
        assert_eq!(filled(&[(&deep, "x"), ("after", "c")]), json!({ "after": "c" }));
    }

    #[test]
    fn what_the_operation_does_not_know_is_left_out() {
        let pairs = [("token", "t"), ("input.unheard", "x"), ("input.name.unheard.deep", "x"), ("input.id", "7")];
        assert_eq!(filled(&pairs), json!({ "input": { "name": {}, "id": "7" } }));
    }
}
