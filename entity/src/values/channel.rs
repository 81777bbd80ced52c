//! The places where people and brands talk.

use std::str::FromStr;

use sea_orm::sea_query::StringLen;
use sea_orm::{DeriveActiveEnum, EnumIter};
use serde::{Deserialize, Serialize};

use super::Malformed;

/// Where a customer has a profile and talks with brands.
///
/// The list is open: expect values that are not here yet, and treat an unknown one as a channel that you do not serve.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    async_graphql::Enum,
    EnumIter,
    DeriveActiveEnum,
    Serialize,
    Deserialize,
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Channel {
    /// X, formerly Twitter: `Ada_L`.
    X,
    /// Facebook: the name in the profile's address, `ada.lovelace`.
    Facebook,
    /// Instagram: `ada.lovelace`.
    Instagram,
    /// Mastodon and other servers of the fediverse: `ada@mastodon.example`.
    Mastodon,
    /// LinkedIn: the name in the profile's address, `ada-lovelace`.
    Linkedin,
    /// E-mail: `ada@example.org`.
    Email,
    /// Telephone and text messages: `+4930901820`.
    Phone,
    /// A brand's own site or app: the opaque id by which it knows its visitor.
    Web,
}

const EXPECTED: &str = "a channel, such as X, INSTAGRAM or EMAIL";

impl Channel {
    /// The name in capitals, as in GraphQL, JSON and the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::X => "X",
            Self::Facebook => "FACEBOOK",
            Self::Instagram => "INSTAGRAM",
            Self::Mastodon => "MASTODON",
            Self::Linkedin => "LINKEDIN",
            Self::Email => "EMAIL",
            Self::Phone => "PHONE",
            Self::Web => "WEB",
        }
    }

    /// Whether a handle there is its own account, an address or a number: those go to somebody else one day, accounts do not.
    #[must_use]
    pub const fn is_address(self) -> bool {
        matches!(self, Self::Email | Self::Phone)
    }

    /// Every channel, in the order of the schema.
    pub fn all() -> impl Iterator<Item = Self> {
        <Self as sea_orm::Iterable>::iter()
    }
}

impl FromStr for Channel {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        Self::all().find(|channel| channel.as_str() == text).ok_or(Malformed::new(EXPECTED))
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::InputType;
    use sea_orm::ActiveEnum;

    use super::*;

    #[test]
    fn a_channel_has_one_name_in_rust_json_graphql_and_the_database() {
        let mut count = 0;
        for channel in Channel::all() {
            let name = channel.as_str();
            assert_eq!(name.parse(), Ok(channel));
            assert_eq!(serde_json::to_value(channel).unwrap(), name);
            assert_eq!(serde_json::from_value::<Channel>(name.into()).unwrap(), channel);
            assert_eq!(InputType::to_value(&channel).to_string(), name);
            assert_eq!(ActiveEnum::to_value(&channel), name);
            assert!(name.len() <= 16);
            count += 1;
        }
        assert_eq!(count, 8);
    }

    #[test]
    fn other_names_are_refused() {
        for written in ["", "x", "TWITTER", "LINKED_IN", "EMAIL "] {
            assert_eq!(written.parse::<Channel>(), Err(Malformed::new(EXPECTED)), "{written:?}");
        }
    }
}
