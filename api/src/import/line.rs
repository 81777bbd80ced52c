//! The lines of an import file (NDJSON): a brand with its apps, or a customer with all that is theirs.
//!
//! Times are RFC 3339, scopes are written `NAME` or `name:read`, purposes and channels as in GraphQL.

use serde::{Deserialize, Serialize};

use super::object;

/// A brand with the apps that read for it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BrandLine {
    /// Who the brand is.
    #[serde(deserialize_with = "object::one")]
    pub brand: Brand,
    /// Its OAuth clients.
    #[serde(default, deserialize_with = "object::list")]
    pub apps: Vec<App>,
    /// The accounts under which customers write to it.
    #[serde(default, deserialize_with = "object::list", skip_serializing_if = "Vec::is_empty")]
    pub accounts: Vec<Account>,
}

/// An account under which customers write to a brand.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// X, EMAIL, PHONE ...
    pub channel: String,
    /// The name on it.
    pub handle: String,
}

/// Who a brand is.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Brand {
    /// Its short name in inputs: lower case letters, digits and hyphens.
    pub slug: String,
    /// Its name as customers know it.
    pub name: String,
}

/// An OAuth client of a brand.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct App {
    /// Its public identifier at `/oauth/token`.
    pub client_id: String,
    /// Its secret, 16 characters at least; only a keyed hash of it is stored.
    pub client_secret: String,
    /// The scopes it may ever ask for.
    pub scopes: Vec<String>,
    /// The purposes it may ever declare.
    pub purposes: Vec<String>,
    /// Where it may have customers sent back to; left out, as it is registered already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redirect_uris: Option<Vec<String>>,
}

/// A customer and everything the file knows of them.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CustomerLine {
    /// Who the customer is.
    #[serde(deserialize_with = "object::one")]
    pub customer: Customer,
    /// Handles that somebody else has verified.
    #[serde(default, deserialize_with = "object::list")]
    pub links: Vec<Link>,
    /// What they like.
    #[serde(default, deserialize_with = "object::list")]
    pub preferences: Vec<Preference>,
    /// What they granted, to whom, until when.
    #[serde(default, deserialize_with = "object::list")]
    pub grants: Vec<Grant>,
}

/// The customer's own data.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Customer {
    /// The name of this record in the source system; importing a key again changes nothing.
    pub key: String,
    /// The address with which the account is claimed.
    pub email: String,
    /// What to call them.
    #[serde(default, deserialize_with = "object::optional")]
    pub name: Option<Name>,
    /// How to reach them.
    #[serde(default, deserialize_with = "object::optional")]
    pub contact: Option<Contact>,
    /// Where they live, coarsely.
    #[serde(default, deserialize_with = "object::optional")]
    pub area: Option<Area>,
    /// How to speak to them.
    #[serde(default, deserialize_with = "object::optional")]
    pub language: Option<Language>,
}

/// What to call a customer.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Name {
    /// The name they go by.
    pub display_name: Option<String>,
    /// First name.
    pub given_name: Option<String>,
    /// Last name.
    pub family_name: Option<String>,
    /// Pronouns.
    pub pronouns: Option<String>,
}

/// How to reach a customer.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Contact {
    /// E-mail address.
    pub email: Option<String>,
    /// Phone number, E.164.
    pub phone: Option<String>,
    /// The channel they would rather be reached on.
    pub preferred_channel: Option<String>,
}

/// Where a customer lives, coarsely.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Area {
    /// Postcode.
    pub postal_code: Option<String>,
    /// State, province or the like.
    pub region: Option<String>,
    /// ISO 3166-1 alpha-2.
    pub country: Option<String>,
}

/// How to speak to a customer.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Language {
    /// BCP 47.
    pub locale: Option<String>,
    /// IANA time zone.
    pub time_zone: Option<String>,
}

/// A verified handle on a channel.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Link {
    /// X, EMAIL, PHONE ...
    pub channel: String,
    /// The name on it.
    pub handle: String,
    /// The channel's immutable id of the account.
    pub account_id: String,
    /// When it was proven.
    pub verified_at: String,
}

/// Something a customer likes.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preference {
    /// A group, such as `travel`.
    pub category: String,
    /// What about it, such as `seat`.
    pub key: String,
    /// The preference, such as `aisle`.
    pub value: String,
}

/// A consent that a customer gave elsewhere.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Grant {
    /// The brand's slug.
    pub brand: String,
    /// CUSTOMER_CARE ...
    pub purpose: String,
    /// The scopes granted.
    pub scopes: Vec<String>,
    /// From when on.
    pub from: String,
    /// Until when; at most 365 days after `from`.
    pub until: String,
    /// When the customer withdrew it, if they did.
    #[serde(default)]
    pub withdrawn_at: Option<String>,
}
