//! The size of a document once its fragments are expanded, without expanding them.
//!
//! Thirty fragments that each spread the next one twice are a billion selections. Each fragment is therefore measured
//! once and its size reused, which makes the work proportional to the document as written, not as expanded.

use std::collections::HashMap;

use async_graphql::{
    Pos, Positioned,
    parser::types::{Directive, ExecutableDocument, Field, FragmentSpread, Selection, SelectionSet},
};

use super::{
    MAX_ALIASES, MAX_DEPTH, MAX_DIRECTIVES, MAX_INTROSPECTION_DEPTH, MAX_INTROSPECTION_LISTS, MAX_LEVELS,
    MAX_SELECTIONS, MAX_TOKENS, Refused, refused::clipped,
};

#[cfg(test)]
mod tests;

/// Refuses a document that is too large in any direction after expansion, or that never ends.
///
/// All operations together must keep to the limits, because validation walks them all, whichever is selected. A
/// fragment that no operation spreads is walked by validation as well, so it must keep to them alone.
pub(super) fn measure(document: &ExecutableDocument) -> Result<(), Refused> {
    Survey::of(document).run()
}

/// The size of a selection set after expansion. Sums saturate: a large number is as good as a larger one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Size {
    selections: usize,
    aliases: usize,
    /// Selection sets inside one another, this one included.
    levels: usize,
    /// Fields inside one another, not counting what is below `__schema` and `__type`.
    depth: usize,
    /// The deepest field below `__schema` or `__type`, 0 if there is none.
    introspection: usize,
    /// Fields that are lists in introspection, inside one another.
    lists: usize,
    /// The same, below `__schema` and `__type` only.
    introspection_lists: usize,
}

impl Size {
    /// Of two selections side by side.
    fn beside(self, other: Self) -> Self {
        Self {
            selections: self.selections.saturating_add(other.selections),
            aliases: self.aliases.saturating_add(other.aliases),
            levels: self.levels.max(other.levels),
            depth: self.depth.max(other.depth),
            introspection: self.introspection.max(other.introspection),
            lists: self.lists.max(other.lists),
            introspection_lists: self.introspection_lists.max(other.introspection_lists),
        }
    }

    /// Of a spread or an inline fragment with this content.
    fn spread(self) -> Self {
        Self { selections: self.selections.saturating_add(1), ..self }
    }

    /// Of a field with this content.
    fn under(self, field: &Field) -> Self {
        let opens_schema = matches!(field.name.node.as_str(), "__schema" | "__type");
        let inside = self.depth.max(self.introspection);
        let (depth, introspection) = match (opens_schema, self.introspection) {
            (true, _) => (1, inside + 1),
            (false, 0) => (self.depth + 1, 0),
            (false, below) => (self.depth + 1, below + 1),
        };
        let multiplies = matches!(field.name.node.as_str(), "fields" | "inputFields" | "interfaces" | "possibleTypes");
        let lists = self.lists + usize::from(multiplies);
        let introspection_lists = if opens_schema { lists } else { self.introspection_lists };
        let aliases = self.aliases.saturating_add(usize::from(field.alias.is_some()));
        Self { aliases, depth, introspection, lists, introspection_lists, ..self.spread() }
    }

    fn check(self, at: Pos) -> Result<(), Refused> {
        if self.selections > MAX_SELECTIONS {
            return Err(Refused::TooManySelections { at });
        }
        if self.levels > MAX_LEVELS {
            return Err(Refused::TooManyLevels { at });
        }
        if self.aliases > MAX_ALIASES {
            return Err(Refused::TooManyAliases { at });
        }
        Ok(())
    }

    /// Only of operations: how deep a fragment is depends on where it is spread.
    fn check_depth(self, at: Pos) -> Result<(), Refused> {
        for (depth, limit) in [(self.depth, MAX_DEPTH), (self.introspection, MAX_INTROSPECTION_DEPTH)] {
            if depth > limit {
                return Err(Refused::TooDeep { depth, limit, at });
            }
        }
        if self.introspection_lists > MAX_INTROSPECTION_LISTS {
            return Err(Refused::TooManyLists { at });
        }
        Ok(())
    }
}

/// One measurement of one document.
struct Survey<'d> {
    document: &'d ExecutableDocument,
    /// `None` while the fragment is being measured: to meet it again is a circle.
    fragments: HashMap<&'d str, Option<Size>>,
    /// Selections looked at: the whole cost of the survey.
    looked_at: usize,
}

impl<'d> Survey<'d> {
    fn of(document: &'d ExecutableDocument) -> Self {
        Self { document, fragments: HashMap::new(), looked_at: 0 }
    }

    /// In the order of the text, so that the same query is always refused for the same reason.
    fn run(&mut self) -> Result<(), Refused> {
        let document = self.document;
        let mut operations: Vec<_> = document.operations.iter().map(|(_, operation)| operation).collect();
        operations.sort_by_key(|operation| operation.pos);
        let mut total = Size::default();
        for operation in operations {
            let (at, operation) = (operation.pos, &operation.node);
            check_directives(&operation.directives, at)?;
            for variable in &operation.variable_definitions {
                check_directives(&variable.node.directives, variable.pos)?;
            }
            total = total.beside(self.set(&operation.selection_set.node, 1, at)?);
            total.check(at)?;
            total.check_depth(at)?;
        }
        let mut fragments: Vec<_> = document.fragments.iter().collect();
        fragments.sort_by_key(|(_, fragment)| fragment.pos);
        for (name, fragment) in fragments {
            self.fragment(name.as_str(), 1, fragment.pos)?;
        }
        Ok(())
    }

    /// `level` counts the selection sets around this one and itself, and bounds the recursion.
    fn set(&mut self, set: &'d SelectionSet, level: usize, at: Pos) -> Result<Size, Refused> {
        if set.items.is_empty() {
            return Ok(Size::default());
        }
        if level > MAX_LEVELS {
            return Err(Refused::TooManyLevels { at });
        }
        let mut size = Size::default();
        for selection in &set.items {
            size = size.beside(self.selection(selection, level + 1)?);
        }
        size.levels += 1;
        Ok(size)
    }

    fn selection(&mut self, selection: &'d Positioned<Selection>, level: usize) -> Result<Size, Refused> {
        let at = selection.pos;
        self.looked_at += 1;
        // A selection is at least one token, so this holds unless fragments were measured twice.
        if self.looked_at > MAX_TOKENS {
            return Err(Refused::TooManySelections { at });
        }
        check_directives(selection.node.directives(), at)?;
        match &selection.node {
            Selection::Field(field) => Ok(self.set(&field.node.selection_set.node, level, at)?.under(&field.node)),
            Selection::InlineFragment(inline) => Ok(self.set(&inline.node.selection_set.node, level, at)?.spread()),
            Selection::FragmentSpread(Positioned { node: FragmentSpread { fragment_name, .. }, .. }) => {
                Ok(self.fragment(fragment_name.node.as_str(), level, at)?.spread())
            }
        }
    }

    /// An unknown fragment has no size: to name it is the business of validation.
    fn fragment(&mut self, name: &'d str, level: usize, at: Pos) -> Result<Size, Refused> {
        match self.fragments.get(name) {
            Some(Some(size)) => return Ok(*size),
            Some(None) => return Err(Refused::FragmentCycle { fragment: clipped(name), at }),
            None => {}
        }
        let Some(fragment) = self.document.fragments.get(name) else {
            return Ok(Size::default());
        };
        check_directives(&fragment.node.directives, fragment.pos)?;
        self.fragments.insert(name, None);
        let size = self.set(&fragment.node.selection_set.node, level, at)?;
        size.check(fragment.pos)?;
        self.fragments.insert(name, Some(size));
        Ok(size)
    }
}

fn check_directives(directives: &[Positioned<Directive>], at: Pos) -> Result<(), Refused> {
    match directives.len() {
        0..=MAX_DIRECTIVES => Ok(()),
        directives => Err(Refused::TooManyDirectives { directives, at }),
    }
}
