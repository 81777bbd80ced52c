//! The clusters: what each scope holds. One declaration gives the stored document, the GraphQL type, the permissions
//! that customers read, and, through [`Cluster::SCOPE`], the field's `@consent` directive.
//!
//! To add a field to a scope: raise the scope's version, add the field with that version and a line in plain words.
//! Grants that pin an earlier version do not open it: [`Cluster::prune`] removes it before it leaves.

use async_graphql::SimpleObject;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::ids::{BrandId, ContextId};
use crate::scope::Scope;
use crate::values::{Channel, CountryCode, EmailAddress, Locale, PhoneNumber, TimeZone, Timestamp};

/// One field of a cluster, as customers and developers read about it.
#[derive(Debug, Clone, Copy)]
pub struct Permission {
    /// The field in the tables; GraphQL writes it in camel case.
    pub field: &'static str,
    /// The scope version that brought it.
    pub since: u16,
    /// In plain words.
    pub text: &'static str,
}

/// What a scope holds.
pub trait Cluster: Serialize + DeserializeOwned + Send + Sync {
    /// The scope that opens it: the only place where this is said.
    const SCOPE: Scope;
    /// The scope's current version.
    const VERSION: u16;
    /// The scope's label in plain words.
    const LABEL: &'static str;
    /// Every field with its permission.
    const PERMISSIONS: &'static [Permission];

    /// Removes the fields that joined the scope after the pinned version.
    fn prune(&mut self, pinned: u16);
}

macro_rules! cluster {
    (
        $(#[$doc:meta])*
        $name:ident opens $scope:ident at $version:literal, $label:literal, $shape:ident {
            $($(#[$field_doc:meta])* $field:ident: $kind:ty, $since:tt, $text:literal;)*
            $(@hidden { $($(#[$hidden_doc:meta])* $hidden:ident: $hidden_kind:ty;)* })?
        }
    ) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, SimpleObject, Serialize, Deserialize)]
        #[serde(rename_all = "camelCase")]
        pub struct $name {
            $($(#[$field_doc])* pub $field: $kind,)*
            $($($(#[$hidden_doc])* #[graphql(skip)] pub $hidden: $hidden_kind,)*)?
        }

        impl $name {
            fn prune_fields(&mut self, pinned: u16) {
                let _ = pinned;
                $(cluster!(@prune self pinned $field $since);)*
            }
        }

        cluster!(@cluster $shape $name $scope $version $label [$({ $field $since $text })*]);
    };
    (@cluster one $name:ident $scope:ident $version:literal $label:literal [$({ $field:ident $since:tt $text:literal })*]) => {
        impl Cluster for $name {
            const SCOPE: Scope = Scope::$scope;
            const VERSION: u16 = $version;
            const LABEL: &'static str = $label;
            const PERMISSIONS: &'static [Permission] =
                &[$(Permission { field: stringify!($field), since: cluster!(@since $since), text: $text }),*];

            fn prune(&mut self, pinned: u16) {
                self.prune_fields(pinned);
            }
        }
    };
    (@cluster many $name:ident $scope:ident $version:literal $label:literal [$({ $field:ident $since:tt $text:literal })*]) => {
        impl Cluster for Vec<$name> {
            const SCOPE: Scope = Scope::$scope;
            const VERSION: u16 = $version;
            const LABEL: &'static str = $label;
            const PERMISSIONS: &'static [Permission] =
                &[$(Permission { field: stringify!($field), since: cluster!(@since $since), text: $text }),*];

            fn prune(&mut self, pinned: u16) {
                self.iter_mut().for_each(|item| item.prune_fields(pinned));
            }
        }
    };
    // A field that every item has can only come with the scope's first version.
    (@prune $item:ident $pinned:ident $field:ident always) => {};
    (@prune $item:ident $pinned:ident $field:ident $since:literal) => {
        if $pinned < $since {
            $item.$field = None;
        }
    };
    (@since always) => { 1 };
    (@since $since:literal) => { $since };
}

cluster! {
    /// What to call a customer.
    #[derive(Default)]
    PersonName opens Name at 1, "What to call you", one {
        /// The name they go by.
        display_name: Option<String>, 1, "The name you go by";
        /// First name.
        given_name: Option<String>, 1, "Your first name";
        /// Last name.
        family_name: Option<String>, 1, "Your last name";
        /// Pronouns, as they write them.
        pronouns: Option<String>, 1, "Your pronouns";
    }
}

cluster! {
    /// How to reach a customer.
    #[derive(Default)]
    ContactDetails opens Contact at 1, "How to reach you", one {
        /// E-mail address.
        email: Option<EmailAddress>, 1, "Your e-mail address";
        /// Phone number.
        phone: Option<PhoneNumber>, 1, "Your phone number";
        /// Where they would rather be reached.
        preferred_channel: Option<Channel>, 1, "How you would rather be reached";
    }
}

cluster! {
    /// A handle that the customer has proven to be theirs.
    Handle opens Handles at 1, "Your linked profiles", many {
        /// The channel.
        channel: Channel, always, "Where the profile is";
        /// The name on it, as its owner writes it.
        handle: String, always, "The name on it";
        /// When it was proven last.
        verified_at: Timestamp, always, "When you proved that it is yours";
    }
}

cluster! {
    /// Where a customer lives, coarsely; never a live position.
    #[derive(Default)]
    Area opens Area at 1, "Your area", one {
        /// Postcode.
        postal_code: Option<String>, 1, "Your postcode";
        /// State, province or the like.
        region: Option<String>, 1, "Your region";
        /// Country.
        country: Option<CountryCode>, 1, "Your country";
    }
}

cluster! {
    /// How to speak to a customer.
    #[derive(Default)]
    Language opens Language at 1, "Your language", one {
        /// Language and its regional form.
        locale: Option<Locale>, 1, "The language you prefer";
        /// Time zone.
        time_zone: Option<TimeZone>, 1, "Your time zone";
    }
}

cluster! {
    /// Something that a customer likes.
    Preference opens Preferences at 1, "What you like", many {
        /// A group, such as `travel`.
        category: String, always, "What it is about";
        /// What about it, such as `seat`.
        key: String, always, "Which detail";
        /// The preference, such as `aisle`.
        value: String, always, "What you prefer";
    }
}

cluster! {
    /// Something that a customer needs right now.
    Context opens Context at 1, "What you need right now", many {
        /// What it is about, in a few words.
        topic: String, always, "What it is about";
        /// In the customer's words.
        text: Option<String>, 1, "In your own words";
        /// Where, as the customer typed it for this need; never copied from their area.
        area: Option<String>, 1, "Where it is";
        /// What would settle it.
        wished_outcome: Option<String>, 1, "What you wish would happen";
        /// When they said so.
        stated_at: Timestamp, always, "When you said so";
        @hidden {
            /// Its id, for the customer to take it back.
            id: ContextId;
            /// The only brand that it is meant for; none: every brand that may see CONTEXT.
            audience: Option<BrandId>;
        }
    }
}

/// A scope as published.
#[derive(Debug, Clone, Copy)]
pub struct Definition {
    /// Which scope.
    pub scope: Scope,
    /// Its current version.
    pub version: u16,
    /// In plain words.
    pub label: &'static str,
    /// Its fields with their permissions.
    pub permissions: &'static [Permission],
}

impl Definition {
    /// Its fields as GraphQL writes them.
    pub fn fields(&self) -> impl Iterator<Item = String> {
        self.permissions.iter().map(|permission| camel_case(permission.field))
    }

    const fn of<T: Cluster>() -> Self {
        Self { scope: T::SCOPE, version: T::VERSION, label: T::LABEL, permissions: T::PERMISSIONS }
    }
}

fn camel_case(field: &str) -> String {
    let mut words = field.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |name, word| {
        let (initial, rest) = word.split_at(word.len().min(1));
        name + &initial.to_uppercase() + rest
    })
}

/// Every scope's definition, in the order of [`Scope::ALL`].
pub const DEFINITIONS: [Definition; 7] = [
    Definition::of::<PersonName>(),
    Definition::of::<ContactDetails>(),
    Definition::of::<Vec<Handle>>(),
    Definition::of::<Area>(),
    Definition::of::<Language>(),
    Definition::of::<Vec<Preference>>(),
    Definition::of::<Vec<Context>>(),
];

/// The current version of a scope: what a grant given now pins.
#[must_use]
pub fn current_version(scope: Scope) -> u16 {
    DEFINITIONS.iter().find(|definition| definition.scope == scope).map_or(1, |definition| definition.version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scope_is_defined_once_in_order() {
        let defined: Vec<_> = DEFINITIONS.iter().map(|definition| definition.scope).collect();
        assert_eq!(defined, Scope::ALL);
    }

    #[test]
    fn no_field_is_newer_than_its_scope() {
        for definition in DEFINITIONS {
            let newest = definition.permissions.iter().map(|permission| permission.since).max();
            assert_eq!(newest, Some(definition.version), "{}: raise the version with the field", definition.scope);
        }
    }

    #[test]
    fn a_field_that_joined_later_is_not_opened_by_an_older_grant() {
        let mut name = PersonName { display_name: Some("Ada".into()), ..PersonName::default() };
        name.prune(0);
        assert_eq!(name.display_name, None);
    }
}
