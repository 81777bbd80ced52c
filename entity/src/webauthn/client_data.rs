//! What the browser says of a ceremony: the client data (Web Authentication, section 5.8.1).

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::{RelyingParty, Unfit};

/// Bytes of a challenge of ours.
pub const CHALLENGE: usize = 32;

/// What the browser was asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ceremony {
    /// To make a passkey.
    Create,
    /// To use one.
    Get,
}

impl Ceremony {
    const fn name(self) -> &'static str {
        match self {
            Self::Create => "webauthn.create",
            Self::Get => "webauthn.get",
        }
    }
}

/// Client data, with their bytes as the authenticator has signed them.
pub struct ClientData {
    bytes: Vec<u8>,
    collected: Collected,
    challenge: [u8; CHALLENGE],
}

/// A member that is there twice is refused; those that are not known are not looked at.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Collected {
    r#type: String,
    challenge: String,
    origin: String,
    cross_origin: Option<bool>,
    top_origin: Option<IgnoredAny>,
}

impl ClientData {
    /// Reads them (section 7.1, steps 5 and 6; section 7.2, steps 8 and 9).
    pub fn read(bytes: Vec<u8>) -> Result<Self, Unfit> {
        let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
        let collected: Collected = serde_json::from_slice(text).map_err(|_| Unfit::ClientData)?;
        let challenge = URL_SAFE_NO_PAD.decode(&collected.challenge).ok().and_then(|bytes| bytes.try_into().ok());
        let challenge = challenge.ok_or(Unfit::ClientData)?;
        Ok(Self { bytes, collected, challenge })
    }

    /// The challenge that they answer. Whether it was given out, for what, and to whom, is for whoever calls (section 7.1,
    /// step 8; section 7.2, step 11).
    pub const fn challenge(&self) -> &[u8; CHALLENGE] {
        &self.challenge
    }

    /// Whether they are of this ceremony, at this server's own pages (section 7.1, steps 7 and 9 to 11; section 7.2, steps 10
    /// and 12 to 14).
    pub fn check(&self, ceremony: Ceremony, relying_party: &RelyingParty) -> Result<(), Unfit> {
        if self.collected.r#type != ceremony.name() {
            return Err(Unfit::Ceremony);
        }
        if self.collected.origin != relying_party.origin {
            return Err(Unfit::Origin);
        }
        let framed = self.collected.cross_origin == Some(true) || self.collected.top_origin.is_some();
        if framed { Err(Unfit::Framed) } else { Ok(()) }
    }

    /// What the authenticator has signed of them.
    pub fn hash(&self) -> impl AsRef<[u8]> + use<> {
        digest(&SHA256, &self.bytes)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CHALLENGE_TEXT: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

    fn text(rest: &str) -> String {
        format!(r#"{{"type":"webauthn.get","challenge":"{CHALLENGE_TEXT}","origin":"https://rapport.example"{rest}}}"#)
    }

    fn check(text: &str) -> Result<(), Unfit> {
        let data = ClientData::read(text.as_bytes().to_vec())?;
        data.check(Ceremony::Get, &RelyingParty::at("https://rapport.example"))
    }

    #[test]
    fn they_are_of_one_ceremony_at_one_origin_outside_any_frame() {
        assert_eq!(check(&text("")), Ok(()));
        assert_eq!(check(&text(r#","crossOrigin":false,"newer":{"x":[1]}"#)), Ok(()));
        assert_eq!(check(&format!("\u{feff}{}", text(""))), Ok(()));
        let other = |from: &str, to: &str| check(&text("").replace(from, to));
        assert_eq!(other("webauthn.get", "webauthn.create"), Err(Unfit::Ceremony));
        for origin in
            ["http://rapport.example", "https://rapport.example:444", "https://rapport.example.evil.example", ""]
        {
            assert_eq!(other("https://rapport.example", origin), Err(Unfit::Origin), "{origin}");
        }
        assert_eq!(check(&text(r#","crossOrigin":true"#)), Err(Unfit::Framed));
        assert_eq!(check(&text(r#","topOrigin":"https://evil.example""#)), Err(Unfit::Framed));
    }

    #[test]
    fn what_no_browser_writes_is_refused() {
        let short = text("").replace(CHALLENGE_TEXT, &CHALLENGE_TEXT[4..]);
        let padded = text("").replace(CHALLENGE_TEXT, &format!("{CHALLENGE_TEXT}="));
        let twice = text(r#","type":"webauthn.create""#);
        for wrong in ["", "null", "[]", "{}", &short, &padded, &twice, &text("")[1..], &"[".repeat(10_000)] {
            assert_eq!(check(wrong), Err(Unfit::ClientData), "{}", &wrong[..wrong.len().min(200)]);
        }
    }

    proptest! {
        #[test]
        fn whatever_the_bytes_are_the_reader_comes_back(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = ClientData::read(bytes);
        }
    }
}
