//! Whether the values of a document's variables are plainly of their types. The rest of validation looks at the document
//! alone, so what it has said once of a text it need not say again (GraphQL specification, section 5); this is what it would
//! say of the values. It is stricter: whatever it is not sure of is left to validation, and so are all mistakes.

use std::collections::{HashMap, HashSet};

use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{
    BaseType, OperationDefinition, Type, TypeDefinition, TypeKind, TypeSystemDefinition,
};
use async_graphql::{Name, Value, Variables};

/// The types that values may have, from the schema.
#[derive(Default)]
pub struct Inputs(HashMap<Name, Input>);

enum Input {
    Enum(HashSet<Name>),
    Object { fields: HashMap<Name, Field>, one_of: bool },
}

struct Field {
    kind: Type,
    is_required: bool,
}

impl Inputs {
    /// Of a schema's text.
    ///
    /// # Errors
    /// When it is not GraphQL.
    pub fn of(schema: &str) -> Result<Self, async_graphql::parser::Error> {
        let definitions = parse_schema(schema)?.definitions.into_iter().filter_map(|definition| match definition {
            TypeSystemDefinition::Type(definition) => input(definition.node),
            _ => None,
        });
        Ok(Self(definitions.collect()))
    }

    /// Whether this is the name of an input object.
    #[must_use]
    pub fn is_object(&self, name: &Name) -> bool {
        matches!(self.0.get(name), Some(Input::Object { .. }))
    }

    /// Whether this is an input object of which exactly one field is given.
    #[must_use]
    pub fn is_one_of(&self, name: &Name) -> bool {
        matches!(self.0.get(name), Some(Input::Object { one_of: true, .. }))
    }

    /// The type of a field of an input object.
    #[must_use]
    pub fn field(&self, object: &Name, field: &str) -> Option<&Type> {
        match self.0.get(object)? {
            Input::Object { fields, .. } => fields.get(field).map(|field| &field.kind),
            Input::Enum(_) => None,
        }
    }

    /// Whether each variable of the operation has a value, and of its type.
    #[must_use]
    pub fn fit(&self, operation: &OperationDefinition, variables: &Variables) -> bool {
        operation.variable_definitions.iter().all(|definition| {
            let value = variables.get(&definition.node.name.node);
            value.is_some_and(|value| self.fits(value, &definition.node.var_type.node))
        })
    }

    fn fits(&self, value: &Value, kind: &Type) -> bool {
        match (&kind.base, value) {
            (BaseType::List(item), Value::List(values)) => values.iter().all(|value| self.fits(value, item)),
            (BaseType::Named(name), value) => self.is_a(name, value),
            (BaseType::List(_), _) => false,
        }
    }

    fn is_a(&self, name: &Name, value: &Value) -> bool {
        match (name.as_str(), value) {
            ("String" | "ID", Value::String(_)) | ("Boolean", Value::Boolean(_)) => true,
            ("Int", Value::Number(number)) => number.as_i64().is_some_and(|number| i32::try_from(number).is_ok()),
            (_, value) => match (self.0.get(name), value) {
                (Some(Input::Enum(names)), Value::Enum(name)) => names.contains(name),
                (Some(Input::Enum(names)), Value::String(name)) => names.contains(name.as_str()),
                (Some(Input::Object { fields, one_of }), Value::Object(values)) => {
                    let complete = fields.iter().all(|(name, field)| !field.is_required || values.contains_key(name));
                    let fits = |(name, value)| fields.get(name).is_some_and(|field| self.fits(value, &field.kind));
                    complete && (!one_of || values.len() == 1) && values.iter().all(fits)
                }
                _ => false,
            },
        }
    }
}

fn input(definition: TypeDefinition) -> Option<(Name, Input)> {
    let one_of = definition.directives.iter().any(|directive| directive.node.name.node == "oneOf");
    let input = match definition.kind {
        TypeKind::Enum(kind) => Input::Enum(kind.values.into_iter().map(|value| value.node.value.node).collect()),
        TypeKind::InputObject(kind) => {
            let fields = kind.fields.into_iter().map(|field| {
                let field = field.node;
                let is_required = !field.ty.node.nullable && field.default_value.is_none();
                (field.name.node, Field { kind: field.ty.node, is_required })
            });
            Input::Object { fields: fields.collect(), one_of }
        }
        _ => return None,
    };
    Some((definition.name.node, input))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::http::guard::admit;

    const SCHEMA: &str =
        "enum Purpose { CARE, SALES } scalar Url input Handle { channel: Purpose!, handle: String!, note: String }
        input Locator @oneOf { handle: Handle, id: ID } type Query { a: Int } directive @oneOf on INPUT_OBJECT";

    fn fit(kind: &str, value: Json) -> bool {
        let document = admit(&format!("query($v: {kind}) {{ a(v: $v) }}")).unwrap();
        let (_, operation) = document.operations.iter().next().unwrap();
        let variables = Variables::from_json(json!({ "v": value }));
        Inputs::of(SCHEMA).unwrap().fit(&operation.node, &variables)
    }

    #[test]
    fn what_is_plainly_of_its_type_fits() {
        let handle = json!({ "channel": "CARE", "handle": "ada" });
        for (kind, value) in [
            ("String!", json!("ada")),
            ("ID", json!("x")),
            ("Int!", json!(7)),
            ("Boolean", json!(true)),
            ("Purpose!", json!("SALES")),
            ("Handle", handle.clone()),
            ("Locator!", json!({ "handle": handle })),
            ("[Locator!]!", json!([{ "id": "a" }, { "id": "b" }])),
            ("[[Int!]!]", json!([[1], []])),
        ] {
            assert!(fit(kind, value.clone()), "{kind}: {value}");
        }
    }

    #[test]
    fn whatever_else_is_left_to_validation() {
        for (kind, value) in [
            ("String", Json::Null),
            ("String!", json!(7)),
            ("ID", json!(7)),
            ("Int!", json!(7.5)),
            ("Int!", json!(3_000_000_000_u64)),
            ("Boolean", json!("true")),
            ("Purpose!", json!("OTHER")),
            ("Handle", json!({ "channel": "CARE" })),
            ("Handle", json!({ "channel": "CARE", "handle": "ada", "more": "x" })),
            ("Handle", json!({ "channel": "CARE", "handle": "ada", "note": null })),
            ("Locator!", json!({})),
            ("Locator!", json!({ "id": "a", "handle": { "channel": "CARE", "handle": "ada" } })),
            ("[Locator!]!", json!({ "id": "a" })),
            ("[ID!]!", json!([null])),
            ("Url", json!("https://example.org")),
            ("Unheard", json!("x")),
        ] {
            assert!(!fit(kind, value.clone()), "{kind}: {value}");
        }
        let document = admit("query($v: String) { a(v: $v) }").unwrap();
        let (_, operation) = document.operations.iter().next().unwrap();
        assert!(!Inputs::of(SCHEMA).unwrap().fit(&operation.node, &Variables::default()), "one that is left out");
    }
}
