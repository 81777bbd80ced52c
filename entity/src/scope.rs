//! Scopes: the unit of consent, of storage, of encryption and of disclosure.

use std::collections::BTreeMap;
use std::fmt;

use async_graphql::{Enum, TypeDirective};
use sea_orm::{DeriveActiveEnum, EnumIter, FromJsonQueryResult};
use serde::{Deserialize, Serialize};

/// A data cluster. GraphQL and import write `NAME`, OAuth and receipts `name:read`.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Enum, EnumIter, DeriveActiveEnum, Serialize, Deserialize,
)]
#[sea_orm(rs_type = "i16", db_type = "SmallInteger")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Scope {
    /// What to call you: `Profile.name`.
    #[sea_orm(num_value = 0)]
    Name,
    /// How to reach you: `Profile.contact`. Sensitive.
    #[sea_orm(num_value = 1)]
    Contact,
    /// Your linked profiles: `Profile.handles`.
    #[sea_orm(num_value = 2)]
    Handles,
    /// Your area, never a live position: `Profile.area`. Sensitive.
    #[sea_orm(num_value = 3)]
    Area,
    /// Your language and time zone: `Profile.language`.
    #[sea_orm(num_value = 4)]
    Language,
    /// What you like: `Profile.preferences`.
    #[sea_orm(num_value = 5)]
    Preferences,
    /// What you need right now: `Profile.context`.
    #[sea_orm(num_value = 6)]
    Context,
}

/// Marks a field whose value leaves only under a live grant that covers this scope.
#[TypeDirective(location = "FieldDefinition")]
pub fn consent(scope: Scope) {}

impl Scope {
    /// Every scope, in the order in which `access` lists them.
    pub const ALL: &'static [Self] =
        &[Self::Name, Self::Contact, Self::Handles, Self::Area, Self::Language, Self::Preferences, Self::Context];

    /// The name in GraphQL and in imports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Name => "NAME",
            Self::Contact => "CONTACT",
            Self::Handles => "HANDLES",
            Self::Area => "AREA",
            Self::Language => "LANGUAGE",
            Self::Preferences => "PREFERENCES",
            Self::Context => "CONTEXT",
        }
    }

    /// The name in OAuth and in receipts.
    #[must_use]
    pub const fn token(self) -> &'static str {
        match self {
            Self::Name => "name:read",
            Self::Contact => "contact:read",
            Self::Handles => "handles:read",
            Self::Area => "area:read",
            Self::Language => "language:read",
            Self::Preferences => "preferences:read",
            Self::Context => "context:read",
        }
    }

    /// The field of `Profile` that this scope opens.
    #[must_use]
    pub const fn field(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Contact => "contact",
            Self::Handles => "handles",
            Self::Area => "area",
            Self::Language => "language",
            Self::Preferences => "preferences",
            Self::Context => "context",
        }
    }

    /// The scope written in either form.
    #[must_use]
    pub fn find(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|scope| scope.as_str() == text || scope.token() == text)
    }

    /// The scope that opens this field of `Profile`; `None` for an open field.
    #[must_use]
    pub fn of_field(field: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|scope| scope.field() == field)
    }

    /// Whether widening a grant by it deserves particular care.
    #[must_use]
    pub const fn is_sensitive(self) -> bool {
        matches!(self, Self::Contact | Self::Area)
    }

    /// This scope's bit in a [`ScopeSet`].
    #[must_use]
    pub const fn bit(self) -> i64 {
        1 << (self as i64)
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A set of scopes, stored as one integer so that a statement can test membership.
#[derive(Clone, Copy, PartialEq, Eq, Default, Hash, sea_orm::DeriveValueType)]
pub struct ScopeSet(pub i64);

impl ScopeSet {
    /// No scope.
    pub const EMPTY: Self = Self(0);

    /// Whether the scope is in the set.
    #[must_use]
    pub const fn contains(self, scope: Scope) -> bool {
        self.0 & scope.bit() != 0
    }

    /// The members, in the order of [`Scope::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Scope> {
        Scope::ALL.iter().copied().filter(move |scope| self.contains(*scope))
    }

    /// What is in this set and not in the other.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// What is in either set.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl FromIterator<Scope> for ScopeSet {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        Self(scopes.into_iter().fold(0, |set, scope| set | scope.bit()))
    }
}

impl fmt::Debug for ScopeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

/// The scopes of a grant version, each at the version that the customer agreed to.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Pins(pub BTreeMap<Scope, u16>);

impl Pins {
    /// The scopes without their versions.
    #[must_use]
    pub fn scopes(&self) -> ScopeSet {
        self.0.keys().copied().collect()
    }

    /// The version at which a scope was agreed to; `None` if it was not.
    #[must_use]
    pub fn version(&self, scope: Scope) -> Option<u16> {
        self.0.get(&scope).copied()
    }
}
