//! What the checked types share: the refusal, the reading that echoes nothing, redaction, and the scalar.

use std::fmt;

use serde::Deserializer;
use serde::de::{Error, Visitor};

/// Why a text is not a value of the wanted type: it says what would be one, and never holds what was written.
///
/// `Display` reads `expected` followed by [`Malformed::expected`]; it is fit to be shown to whoever wrote the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected}")]
pub struct Malformed {
    /// The mend, as a noun phrase: `a phone number in E.164 form, such as +4930901820`.
    pub expected: &'static str,
}

impl Malformed {
    /// The refusal with this mend.
    #[must_use]
    pub const fn new(expected: &'static str) -> Self {
        Self { expected }
    }
}

/// Reads a text and checks it with `parse`.
///
/// Unlike a derived `Deserialize`, the error for a number or a boolean in the text's place does not repeat it: a
/// phone number written without quotes must not end in a log. This needs a self-describing format, such as JSON.
pub(super) fn deserialize_text<'de, D: Deserializer<'de>, T>(
    deserializer: D,
    expected: &'static str,
    parse: fn(&str) -> Result<T, Malformed>,
) -> Result<T, D::Error> {
    deserializer.deserialize_any(CheckedText { expected, parse })
}

struct CheckedText<T> {
    expected: &'static str,
    parse: fn(&str) -> Result<T, Malformed>,
}

impl<T> CheckedText<T> {
    fn refuse<E: Error>(&self) -> Result<T, E> {
        Err(E::custom(Malformed::new(self.expected)))
    }
}

impl<T> Visitor<'_> for CheckedText<T> {
    type Value = T;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.expected)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        (self.parse)(text).map_err(E::custom)
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<T, E> {
        self.refuse()
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<T, E> {
        self.refuse()
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<T, E> {
        self.refuse()
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<T, E> {
        self.refuse()
    }
}

/// `Serialize` as text and `Deserialize` with the type's own check; `$text` is the method that gives the text.
macro_rules! text_serde {
    ([$($generics:tt)*] $type:ty, $text:ident, $expected:expr) => {
        impl<$($generics)*> serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(AsRef::<str>::as_ref(&self.$text()))
            }
        }

        impl<'de, $($generics)*> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::values::checked::deserialize_text(deserializer, $expected, str::parse)
            }
        }
    };
}

/// A `Debug` that shows the type's name and nothing of the value.
macro_rules! redacted_debug {
    ([$($generics:tt)*] $type:ty, $shown:literal) => {
        impl<$($generics)*> std::fmt::Debug for $type {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str($shown)
            }
        }
    };
}

/// The GraphQL scalar of a type that is written as text.
///
/// Its `is_valid` accepts every string, because `Unchecked` shares the scalar and must get the bad ones too; `parse`
/// is what refuses them.
macro_rules! text_scalar {
    ($type:ident, $text:ident, $expected:expr, $name:tt, $url:tt, $(#[doc = $line:tt])+) => {
        #[async_graphql::Scalar(name = $name, specified_by_url = $url)]
        $(#[doc = $line])+
        impl async_graphql::ScalarType for $type {
            fn parse(value: async_graphql::Value) -> async_graphql::InputValueResult<Self> {
                let async_graphql::Value::String(text) = value else {
                    return Err(async_graphql::InputValueError::custom($crate::values::Malformed::new($expected)));
                };
                text.parse().map_err(|refusal: $crate::values::Malformed| async_graphql::InputValueError::custom(refusal))
            }

            fn is_valid(value: &async_graphql::Value) -> bool {
                matches!(value, async_graphql::Value::String(_))
            }

            fn to_value(&self) -> async_graphql::Value {
                async_graphql::Value::from(self.$text())
            }
        }
    };
}

pub(super) use {redacted_debug, text_scalar, text_serde};

#[cfg(test)]
mod tests {
    use super::super::{PhoneNumber, Text, Timestamp};

    #[test]
    fn a_number_where_a_text_belongs_is_refused_without_being_repeated() {
        for json in ["7714422", "-7714422", "7714422.5", "[7714422]", "{\"a\":7714422}", "true", "null"] {
            let errors = [
                serde_json::from_str::<PhoneNumber>(json).unwrap_err().to_string(),
                serde_json::from_str::<Text<20>>(json).unwrap_err().to_string(),
                serde_json::from_str::<Timestamp>(json).unwrap_err().to_string(),
            ];
            for error in errors {
                assert!(!error.contains("7714"), "{error}");
                assert!(!error.contains("true"), "{error}");
            }
        }
    }

    #[test]
    fn a_bad_text_is_refused_with_its_mend_and_without_being_repeated() {
        let error = serde_json::from_str::<PhoneNumber>("\"030 7714422\"").unwrap_err().to_string();
        assert!(error.starts_with("expected a phone number"), "{error}");
        assert!(!error.contains("7714"), "{error}");
    }
}
