//! The door for drafts of replies: fills a template with what was disclosed, and says of each place what became of it.

use async_graphql::Enum;

use crate::ids::GrantId;
use crate::kinds::AccessStatus;
use crate::scope::{Scope, ScopeSet};
use crate::values::template::{Part, Template};

use super::disclose::FieldPath;
use super::gated::Gated;
use super::profile::Profile;

/// What became of a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum PlaceOutcome {
    /// It holds the value.
    Used,
    /// There is no value, or it is withheld: it holds the fallback.
    Fallback,
    /// There is neither: it is left as it was written, and the draft is not ready.
    Unresolved,
}

/// A variable of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    /// Its path.
    pub path: &'static str,
    /// What became of its places; the worst of them if they differ.
    pub outcome: PlaceOutcome,
    /// How its scope stands, and so why there is no value; none for what is the brand's own.
    pub status: Option<AccessStatus>,
}

/// A filled template. It holds what was disclosed, so it leaves as that does.
pub struct Draft {
    /// The text.
    pub text: Gated<String>,
    /// Every variable, in the order of the text.
    pub variables: Vec<Variable>,
    /// The grant whose values it holds, and their scopes: neither, if it holds none.
    pub(super) rests_on: (Option<GrantId>, ScopeSet),
}

impl Draft {
    /// The first variable that has neither a value nor a fallback.
    #[must_use]
    pub fn unresolved(&self) -> Option<&Variable> {
        self.variables.iter().find(|variable| variable.outcome == PlaceOutcome::Unresolved)
    }
}

/// The fields that a template asks a disclosure for.
#[must_use]
pub fn fields(template: &Template) -> Vec<FieldPath> {
    let mut fields: Vec<FieldPath> =
        template.paths().into_iter().filter_map(|path| FieldPath::new(path.to_owned())).collect();
    fields.sort_unstable();
    fields
}

/// Fills a template: with the profile that was disclosed for its [`fields`], none without a live grant, and with what is the
/// brand's `own`.
#[must_use]
pub fn fill(template: &Template, profile: Option<&Profile>, own: impl Fn(&str) -> Option<String>) -> Draft {
    let (mut text, mut variables, mut used) = (String::new(), Vec::<Variable>::new(), ScopeSet::EMPTY);
    for part in template.parts() {
        let (path, fallback) = match part {
            Part::Text(plain) => {
                text.push_str(plain);
                continue;
            }
            Part::Place { path, fallback } => (*path, fallback.as_deref()),
        };
        let scope = path.split('.').next().and_then(Scope::of_field);
        let value = match scope {
            Some(_) => profile.and_then(|profile| profile.leaf(path)),
            None => own(path),
        };
        let outcome = match (&value, fallback) {
            (Some(value), _) => {
                text.push_str(value);
                used = used.with(scope.into_iter().collect());
                PlaceOutcome::Used
            }
            (None, Some(fallback)) => {
                text.push_str(fallback);
                PlaceOutcome::Fallback
            }
            (None, None) => {
                text.push_str("{{ ");
                text.push_str(path);
                text.push_str(" }}");
                PlaceOutcome::Unresolved
            }
        };
        let nobody = AccessStatus::NotGranted;
        let status = scope.map(|scope| profile.map_or(nobody, |profile| profile.status(scope)));
        match variables.iter_mut().find(|known| known.path == path) {
            Some(known) if outcome == PlaceOutcome::Unresolved => known.outcome = outcome,
            Some(_) => {}
            None => variables.push(Variable { path, outcome, status }),
        }
    }
    let rests_on = (profile.and_then(|profile| profile.grant(used)), used);
    Draft { text: Gated::granted(text), variables, rests_on }
}
