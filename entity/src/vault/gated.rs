//! The three shapes in which a protected value leaves this crate.
//!
//! [`Gated`] is what a brand gets: made by the law, recorded before it is released. It cannot be made outside:
//! ```compile_fail,E0423
//! use entity::vault::Consented;
//! fn forge(name: String) -> Consented<String> {
//!     Consented(name)
//! }
//! ```
//! nor copied, so that one permission is one use:
//! ```compile_fail,E0277
//! fn needs_clone<T: Clone>() {}
//! needs_clone::<entity::vault::Consented<String>>();
//! ```
//! nor written anywhere by serde, nor filled in by default:
//! ```compile_fail,E0277
//! fn needs_serialize<T: serde::Serialize>() {}
//! needs_serialize::<entity::vault::Gated<String>>();
//! ```
//! ```compile_fail,E0277
//! fn needs_deserialize<T: serde::de::DeserializeOwned>() {}
//! needs_deserialize::<entity::vault::Gated<String>>();
//! ```
//! ```compile_fail,E0277
//! fn needs_default<T: Default>() {}
//! needs_default::<entity::vault::Gated<String>>();
//! ```
//! It can be released into a GraphQL answer:
//! ```
//! fn releases<T: async_graphql::OutputType>() {}
//! releases::<entity::vault::Gated<String>>();
//! ```
//! [`Owned`] is what the customer themself gets. It asks for their witness. [`Addressed`] is what somebody has written to a
//! brand, on its way to that brand: no grant permits it, because whoever wrote it sent it there themself.

use std::borrow::Cow;
use std::fmt;

use async_graphql::parser::types::Field;
use async_graphql::{ContextSelectionSet, OutputType, Positioned, ServerResult, Value, registry};

use crate::consent::Denial;

/// A value that the law has permitted to leave and that is recorded as leaving.
pub struct Consented<T>(T);

/// A field of a profile as a brand gets it: the value, or null and the reason in `access`.
pub enum Gated<T> {
    /// Permitted and recorded.
    Granted(Consented<T>),
    /// Not permitted.
    Denied(Denial),
    /// Permitted, but the customer has said nothing there.
    Empty,
    /// Not asked for, so not read.
    Unread,
}

impl<T> Gated<T> {
    /// Only the vault calls this, after the law has permitted it and the record is durable.
    pub(crate) const fn granted(value: T) -> Self {
        Self::Granted(Consented(value))
    }

    /// Looks at the value without taking it, for filters within the field.
    pub(crate) const fn peek(&self) -> Option<&T> {
        match self {
            Self::Granted(Consented(value)) => Some(value),
            Self::Denied(_) | Self::Empty | Self::Unread => None,
        }
    }

    /// For what narrows a value further before it leaves.
    pub(crate) const fn peek_mut(&mut self) -> Option<&mut T> {
        match self {
            Self::Granted(Consented(value)) => Some(value),
            Self::Denied(_) | Self::Empty | Self::Unread => None,
        }
    }
}

impl<T> fmt::Debug for Gated<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Granted(_) => "Gated::Granted(…)",
            Self::Denied(_) => "Gated::Denied(…)",
            Self::Empty => "Gated::Empty",
            Self::Unread => "Gated::Unread",
        })
    }
}

/// Nullable in the schema, like every shared value.
impl<T: OutputType> OutputType for Gated<T> {
    fn type_name() -> Cow<'static, str> {
        T::type_name()
    }

    fn qualified_type_name() -> String {
        T::type_name().into_owned()
    }

    fn create_type_info(registry: &mut registry::Registry) -> String {
        <Option<T> as OutputType>::create_type_info(registry)
    }

    async fn resolve(&self, context: &ContextSelectionSet<'_>, field: &Positioned<Field>) -> ServerResult<Value> {
        match self.peek() {
            Some(value) => value.resolve(context, field).await,
            None => Ok(Value::Null),
        }
    }
}

/// A customer's own value, on its way to that customer; or that of a member of staff, on its way to themself or to the
/// administrators of their brand.
#[derive(Clone)]
pub struct Owned<T>(T);

impl<T> Owned<T> {
    /// Only the vault calls this, for the holder of the owner's witness, or of a witness of staff.
    pub(crate) const fn of_owner(value: T) -> Self {
        Self(value)
    }

    /// The owner's list, empty where they have said nothing.
    #[must_use]
    pub fn or_empty(value: Option<Self>) -> Self
    where
        T: Default,
    {
        value.unwrap_or_else(|| Self(T::default()))
    }

    /// Takes the value apart, for the types that show it to its owner.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Owned<U> {
        Owned(change(self.0))
    }
}

impl<T> AsRef<T> for Owned<T> {
    fn as_ref(&self) -> &T {
        &self.0
    }
}

impl<T> fmt::Debug for Owned<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Owned(…)")
    }
}

impl<T: OutputType> OutputType for Owned<T> {
    fn type_name() -> Cow<'static, str> {
        T::type_name()
    }

    fn qualified_type_name() -> String {
        T::qualified_type_name()
    }

    fn create_type_info(registry: &mut registry::Registry) -> String {
        T::create_type_info(registry)
    }

    async fn resolve(&self, context: &ContextSelectionSet<'_>, field: &Positioned<Field>) -> ServerResult<Value> {
        self.0.resolve(context, field).await
    }
}

/// What somebody has written to a brand, or the brand to them, on its way to whoever answers for the brand.
#[derive(Clone)]
pub struct Addressed<T>(T);

impl<T> Addressed<T> {
    /// Only the vault calls this, for the holder of a witness of [`Care`](crate::access::Care).
    pub(crate) const fn to_brand(value: T) -> Self {
        Self(value)
    }
}

impl<T> AsRef<T> for Addressed<T> {
    fn as_ref(&self) -> &T {
        &self.0
    }
}

impl<T> fmt::Debug for Addressed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Addressed(…)")
    }
}
