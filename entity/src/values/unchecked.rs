//! A scalar as it was sent, so that a bad value becomes a user error that names its field.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use async_graphql::registry::Registry;
use async_graphql::{InputType, InputValueError, InputValueResult, Value};

use super::Malformed;

/// A text that the schema calls a `T` and that nobody has checked yet.
///
/// For fields of mutation inputs: the schema shows T's scalar, and a bad text reaches the domain code, which answers
/// with a `userErrors` entry. Anything but a string is still a coercion error. `Debug` shows nothing of the text.
pub struct Unchecked<T> {
    raw: String,
    target: PhantomData<fn() -> T>,
}

impl<T> Unchecked<T> {
    /// The text as it was sent; use it to look at, never to store.
    #[must_use]
    pub fn raw(&self) -> &str {
        &self.raw
    }
}

impl<T: FromStr<Err = Malformed>> Unchecked<T> {
    /// The value, or how to write it.
    ///
    /// # Errors
    /// [`Malformed`] when the text is not a `T`.
    pub fn check(&self) -> Result<T, Malformed> {
        self.raw.parse()
    }
}

impl<T> From<String> for Unchecked<T> {
    fn from(raw: String) -> Self {
        Self { raw, target: PhantomData }
    }
}

impl<T> Clone for Unchecked<T> {
    fn clone(&self) -> Self {
        Self::from(self.raw.clone())
    }
}

impl<T> fmt::Debug for Unchecked<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Unchecked(…)")
    }
}

impl<T: InputType> InputType for Unchecked<T> {
    type RawValueType = Self;

    fn type_name() -> Cow<'static, str> {
        T::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        T::create_type_info(registry)
    }

    fn parse(value: Option<Value>) -> InputValueResult<Self> {
        match value {
            Some(Value::String(raw)) => Ok(Self::from(raw)),
            _ => Err(InputValueError::custom(Malformed::new("a string"))),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.raw.clone())
    }

    fn as_raw_value(&self) -> Option<&Self::RawValueType> {
        Some(self)
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::{
        EmptyMutation, EmptySubscription, InputObject, Object, Request, SDLExportOptions, Schema, Variables,
    };

    use super::super::{CountryCode, EmailAddress, Locale, PhoneNumber, TimeZone, Timestamp};
    use super::*;

    #[derive(InputObject)]
    struct Contact {
        email: Unchecked<EmailAddress>,
        phone: Option<Unchecked<PhoneNumber>>,
    }

    struct Query;

    #[Object]
    impl Query {
        async fn checked(&self, email: EmailAddress) -> EmailAddress {
            email
        }

        async fn unchecked(&self, input: Contact) -> String {
            let email = input.email.check().map(|email| email.as_str().to_owned());
            let phone = input.phone.map(|phone| phone.check().map(|phone| phone.as_str().to_owned()));
            format!("{email:?} {phone:?}")
        }

        async fn at(&self, at: Timestamp) -> Timestamp {
            at
        }

        async fn place(&self, locale: Locale, country: CountryCode, zone: TimeZone) -> String {
            format!("{locale} {country} {zone}")
        }
    }

    async fn run(query: &str) -> async_graphql::Response {
        Schema::new(Query, EmptyMutation, EmptySubscription).execute(query).await
    }

    async fn messages(query: &str) -> String {
        run(query).await.errors.iter().map(|error| error.message.clone()).collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn the_schema_shows_the_scalar_of_the_checked_type_with_its_standard() {
        let schema = Schema::new(Query, EmptyMutation, EmptySubscription);
        let sdl = schema.sdl_with_options(SDLExportOptions::new().include_specified_by());
        for line in [
            "email: EmailAddress!",
            "phone: PhoneNumber\n",
            "at(at: DateTime!): DateTime!",
            "scalar EmailAddress @specifiedBy(url: \"https://html.spec.whatwg.org/multipage/input.html#valid-e-mail-address\")",
            "scalar PhoneNumber @specifiedBy(url: \"https://www.itu.int/rec/T-REC-E.164\")",
            "scalar Locale @specifiedBy(url: \"https://www.rfc-editor.org/rfc/rfc5646\")",
            "scalar CountryCode @specifiedBy(url: \"https://www.iso.org/iso-3166-country-codes.html\")",
            "scalar TimeZone @specifiedBy(url: \"https://www.iana.org/time-zones\")",
            "scalar DateTime @specifiedBy(url: \"https://www.rfc-editor.org/rfc/rfc3339\")",
            "An e-mail address, such as `ada@example.org`",
        ] {
            assert!(sdl.contains(line), "{line} is missing in\n{sdl}");
        }
    }

    #[tokio::test]
    async fn a_bad_text_reaches_the_resolver_and_is_refused_there_with_its_mend() {
        let query = "{ unchecked(input: {email: \"nobody\", phone: \"030 1\"}) }";
        let response = run(query).await;
        let answer = response.data.to_string();
        assert!(
            response.errors.is_empty() && answer.contains("an e-mail address") && answer.contains("E.164"),
            "{answer}"
        );
        assert!(!answer.contains("nobody"), "{answer}");
        let request = Request::new("query($email: EmailAddress!) { unchecked(input: {email: $email}) }")
            .variables(Variables::from_json(serde_json::json!({"email": "nobody"})));
        let response = Schema::new(Query, EmptyMutation, EmptySubscription).execute(request).await;
        assert!(response.errors.is_empty(), "{:?}", response.errors);
    }

    #[tokio::test]
    async fn a_literal_that_is_no_string_is_a_coercion_error_that_does_not_repeat_it() {
        for literal in ["7714422", "true", "X7714422", "[\"7714422\"]", "{a: 7714422}", "null"] {
            for query in
                [format!("{{ unchecked(input: {{email: {literal}}}) }}"), format!("{{ checked(email: {literal}) }}")]
            {
                let said = messages(&query).await;
                assert!(!said.is_empty() && !said.contains("7714"), "{query}: {said:?}");
            }
        }
        let parsed = <Unchecked<PhoneNumber> as InputType>::parse(Some(Value::from(7_714_422)));
        assert!(parsed.is_err());
        assert!(<Unchecked<PhoneNumber> as InputType>::parse(None).is_err());
    }

    #[tokio::test]
    async fn a_scalar_refuses_a_bad_text_with_the_same_mend() {
        let mend = "nobody".parse::<EmailAddress>().unwrap_err().to_string();
        let said = messages("{ checked(email: \"nobody\") }").await;
        assert_eq!(said, format!("Failed to parse \"EmailAddress\": {mend}"));
    }

    #[tokio::test]
    async fn scalars_answer_in_their_canonical_form() {
        let query = "{ checked(email: \"a@B.org\") at(at: \"2026-11-23t16:27:24+01:00\") \
            place(locale: \"DE-de\", country: \"ch\", zone: \"europe/ZURICH\") }";
        let answer = run(query).await.into_result().unwrap().data.into_json().unwrap();
        assert_eq!(answer["checked"], "a@b.org");
        assert_eq!(answer["at"], "2026-11-23T15:27:24.000Z");
        assert_eq!(answer["place"], "de-DE CH Europe/Zurich");
    }

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(format!("{:?}", Unchecked::<PhoneNumber>::from("secret".to_owned())), "Unchecked(…)");
    }
}
