//! Passkeys, as their customer sees them, and the JSON forms that browsers speak about them in.

use async_graphql::{ID, InputValueError, InputValueResult, Scalar, ScalarType, SimpleObject, Value};
use entity::values::Timestamp;
use entity::vault::Owned;
use entity::vault::passkey::OwnPasskey;

/// Declares a scalar that holds a JSON object of the standard, unchanged.
macro_rules! json_form {
    ($name:ident, $written:literal, $url:literal, $(#[doc = $line:literal])+) => {
        $(#[doc = $line])+
        pub struct $name(pub serde_json::Value);

        #[Scalar(name = $written, specified_by_url = $url)]
        $(#[doc = $line])+
        impl ScalarType for $name {
            fn parse(value: Value) -> InputValueResult<Self> {
                let object = Self::is_valid(&value).then(|| value.into_json().ok()).flatten();
                object.map(Self).ok_or_else(|| InputValueError::custom("an object is expected, as browsers give it"))
            }

            fn is_valid(value: &Value) -> bool {
                matches!(value, Value::Object(_))
            }

            fn to_value(&self) -> Value {
                Value::from_json(self.0.clone()).unwrap_or_default()
            }
        }
    };
}

json_form!(
    CreationOptions,
    "PublicKeyCredentialCreationOptionsJSON",
    "https://www.w3.org/TR/webauthn-3/#dictdef-publickeycredentialcreationoptionsjson",
    /// What a browser makes a passkey by: a JSON object for `PublicKeyCredential.parseCreationOptionsFromJSON` and then
    /// `navigator.credentials.create`.
);
json_form!(
    RequestOptions,
    "PublicKeyCredentialRequestOptionsJSON",
    "https://www.w3.org/TR/webauthn-3/#dictdef-publickeycredentialrequestoptionsjson",
    /// What a browser asks for a passkey by: a JSON object for `PublicKeyCredential.parseRequestOptionsFromJSON` and then
    /// `navigator.credentials.get`.
);
json_form!(
    RegistrationResponse,
    "RegistrationResponseJSON",
    "https://www.w3.org/TR/webauthn-3/#dictdef-registrationresponsejson",
    /// What `toJSON()` gives of the credential that `navigator.credentials.create` has made: a JSON object, unchanged.
);
json_form!(
    AuthenticationResponse,
    "AuthenticationResponseJSON",
    "https://www.w3.org/TR/webauthn-3/#dictdef-authenticationresponsejson",
    /// What `toJSON()` gives of the credential that `navigator.credentials.get` has found: a JSON object, unchanged.
);

/// A passkey that opens the account. For the customer only.
#[derive(SimpleObject)]
pub struct Passkey {
    /// For `renamePasskey` and `removePasskey`.
    id: ID,
    /// What the customer calls it.
    nickname: Owned<String>,
    /// When it was registered.
    created_at: Timestamp,
    /// When it was used last; null if it never was.
    last_used_at: Option<Timestamp>,
    /// Whether its provider keeps copies, so that it outlives the device.
    backed_up: bool,
    /// Whether it opens the account without the password. False from a recovery of the account until it was used once beside
    /// the new password.
    opens_alone: bool,
}

impl From<OwnPasskey> for Passkey {
    fn from(own: OwnPasskey) -> Self {
        Self {
            id: own.id.into(),
            nickname: own.nickname.map(|nickname| nickname.as_str().to_owned()),
            created_at: own.created_at,
            last_used_at: own.used_at,
            backed_up: own.backed_up,
            opens_alone: own.opens_alone,
        }
    }
}

/// The cursor of a passkey in its list.
pub(in crate::graphql) fn cursor(own: &OwnPasskey) -> String {
    own.id.to_string()
}
