//! Checked value types: a value of one of these types is well formed, whoever made it.
//!
//! Every type is made by parsing (`FromStr`, or `parse` where a text alone is not enough) and by nothing else;
//! `Deserialize` and the GraphQL scalars go through the same check. A refusal is a [`Malformed`]: it says how to write
//! the value and never repeats what was written.
//!
//! Types that hold personal data ([`EmailAddress`], [`PhoneNumber`], [`Handle`], [`AccountId`], [`Text`], [`Prose`] and
//! [`Unchecked`]) have a redacted `Debug` and no `Display`, so that no log line or error message holds them by accident.

mod account_id;
mod channel;
mod characters;
mod checked;
mod country;
mod email;
mod handle;
mod link_code;
mod locale;
mod phone;
mod redirect_uri;
mod spelling;
pub mod template;
mod text;
mod time_place;
mod time_zone;
mod timestamp;
mod unchecked;
mod url;

pub use account_id::AccountId;
pub use channel::Channel;
pub use checked::Malformed;
pub use country::CountryCode;
pub use email::EmailAddress;
pub use handle::Handle;
pub use link_code::LinkCode;
pub use locale::Locale;
pub use phone::PhoneNumber;
pub use redirect_uri::{RedirectUri, origin};
pub use text::{Prose, Text};
pub use time_place::TimePlace;
pub use time_zone::TimeZone;
pub use timestamp::Timestamp;
pub use unchecked::Unchecked;
pub use url::HttpsUrl;
