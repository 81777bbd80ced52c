//! Documents measured the slow way: every path is walked, as the validation of async-graphql walks them.

use async_graphql::{
    Positioned, Value,
    parser::types::{Directive, ExecutableDocument, Field, OperationDefinition, Selection, SelectionSet},
};

use crate::http::guard::{
    MAX_ALIASES, MAX_DEPTH, MAX_INTROSPECTION_DEPTH, MAX_INTROSPECTION_LISTS, MAX_LEVELS, MAX_SELECTIONS,
};

/// The size of a document after expansion; walking stops some steps behind the limits.
#[derive(Debug, Default)]
pub(in crate::http::guard) struct Walk {
    selections: usize,
    aliases: usize,
    levels: usize,
    depth: usize,
    introspection: usize,
    introspection_lists: usize,
}

/// Where a walk stands.
#[derive(Clone, Copy, Default)]
struct Place {
    level: usize,
    depth: usize,
    in_schema: bool,
    lists: usize,
}

impl Walk {
    /// All operations together.
    pub(in crate::http::guard) fn of_operations(document: &ExecutableDocument) -> Self {
        let mut walk = Self::default();
        for (_, operation) in document.operations.iter() {
            walk.set(document, &operation.node.selection_set.node, Place::default());
        }
        walk
    }

    /// The largest of the operations together and of each fragment alone, in each direction but depth.
    pub(in crate::http::guard) fn of_definitions(document: &ExecutableDocument) -> Self {
        let mut largest = Self::of_operations(document);
        for fragment in document.fragments.values() {
            let mut walk = Self::default();
            walk.set(document, &fragment.node.selection_set.node, Place::default());
            largest.selections = largest.selections.max(walk.selections);
            largest.aliases = largest.aliases.max(walk.aliases);
            largest.levels = largest.levels.max(walk.levels);
        }
        largest
    }

    pub(in crate::http::guard) fn is_within_limits(&self) -> bool {
        self.selections <= MAX_SELECTIONS
            && self.aliases <= MAX_ALIASES
            && self.levels <= MAX_LEVELS
            && self.depth <= MAX_DEPTH
            && self.introspection <= MAX_INTROSPECTION_DEPTH
            && self.introspection_lists <= MAX_INTROSPECTION_LISTS
    }

    fn set(&mut self, document: &ExecutableDocument, set: &SelectionSet, place: Place) {
        if set.items.is_empty() || place.level > MAX_LEVELS || self.selections > 2 * MAX_SELECTIONS {
            return;
        }
        let place = Place { level: place.level + 1, ..place };
        self.levels = self.levels.max(place.level);
        for selection in &set.items {
            self.selections += 1;
            match &selection.node {
                Selection::Field(field) => self.field(document, &field.node, place),
                Selection::InlineFragment(inline) => self.set(document, &inline.node.selection_set.node, place),
                Selection::FragmentSpread(spread) => {
                    if let Some(fragment) = document.fragments.get(&spread.node.fragment_name.node) {
                        self.set(document, &fragment.node.selection_set.node, place);
                    }
                }
            }
        }
    }

    fn field(&mut self, document: &ExecutableDocument, field: &Field, place: Place) {
        self.aliases += usize::from(field.alias.is_some());
        let depth = place.depth + 1;
        let deepest = if place.in_schema { &mut self.introspection } else { &mut self.depth };
        *deepest = depth.max(*deepest);
        let in_schema = place.in_schema || field.name.node == "__schema" || field.name.node == "__type";
        let name = field.name.node.as_str();
        let multiplies = place.in_schema && ["fields", "inputFields", "interfaces", "possibleTypes"].contains(&name);
        let lists = place.lists + usize::from(multiplies);
        self.introspection_lists = self.introspection_lists.max(lists);
        self.set(document, &field.selection_set.node, Place { depth, in_schema, lists, ..place });
    }
}

/// The terminals and the nesting that a document must have had as text. Terminals that leave no trace, such as empty
/// parentheses, are missing, so both are lower bounds.
pub(super) fn as_written(document: &ExecutableDocument) -> (usize, usize) {
    let mut text = Text::default();
    for (_, operation) in document.operations.iter() {
        text.operation(&operation.node);
    }
    for fragment in document.fragments.values() {
        text.tokens += 4;
        text.directives(&fragment.node.directives, 0);
        text.set(&fragment.node.selection_set.node, 0);
    }
    (text.tokens, text.nesting)
}

#[derive(Default)]
struct Text {
    tokens: usize,
    nesting: usize,
}

impl Text {
    fn operation(&mut self, operation: &OperationDefinition) {
        for variable in &operation.variable_definitions {
            self.tokens += 3;
            self.bracketed(0);
            let lists = variable.node.var_type.node.to_string().matches('[').count();
            self.nesting = self.nesting.max(1 + lists);
            self.directives(&variable.node.directives, 1);
            if let Some(default) = &variable.node.default_value {
                self.value(&default.node, 1);
            }
        }
        self.directives(&operation.directives, 0);
        self.set(&operation.selection_set.node, 0);
    }

    fn set(&mut self, set: &SelectionSet, outside: usize) {
        if set.items.is_empty() {
            return;
        }
        self.tokens += 2;
        self.bracketed(outside);
        for selection in &set.items {
            self.directives(selection.node.directives(), outside + 1);
            match &selection.node {
                Selection::Field(field) => {
                    self.tokens += 1 + 2 * usize::from(field.node.alias.is_some());
                    let arguments = field.node.arguments.iter().map(|(_, value)| value.node.clone());
                    self.arguments(arguments.filter_map(|value| value.into_const_with(as_null).ok()), outside + 1);
                    self.set(&field.node.selection_set.node, outside + 1);
                }
                Selection::FragmentSpread(_) => self.tokens += 2,
                Selection::InlineFragment(inline) => {
                    self.tokens += 1 + 2 * usize::from(inline.node.type_condition.is_some());
                    self.set(&inline.node.selection_set.node, outside + 1);
                }
            }
        }
    }

    fn directives(&mut self, directives: &[Positioned<Directive>], outside: usize) {
        for directive in directives {
            self.tokens += 2;
            let arguments = directive.node.arguments.iter().map(|(_, value)| value.node.clone());
            self.arguments(arguments.filter_map(|value| value.into_const_with(as_null).ok()), outside);
        }
    }

    fn arguments(&mut self, values: impl Iterator<Item = Value>, outside: usize) {
        for value in values {
            self.tokens += 2;
            self.bracketed(outside);
            self.value(&value, outside + 1);
        }
    }

    fn value(&mut self, value: &Value, outside: usize) {
        self.tokens += 1;
        match value {
            Value::List(items) => {
                self.bracketed(outside);
                items.iter().for_each(|item| self.value(item, outside + 1));
            }
            Value::Object(fields) => {
                self.bracketed(outside);
                fields.values().for_each(|value| self.value(value, outside + 1));
            }
            _ => {}
        }
    }

    fn bracketed(&mut self, outside: usize) {
        self.nesting = self.nesting.max(outside + 1);
    }
}

/// A variable nests nothing.
fn as_null(_: async_graphql::Name) -> Result<Value, std::convert::Infallible> {
    Ok(Value::Null)
}
