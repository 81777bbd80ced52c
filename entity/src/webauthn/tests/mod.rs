//! The two ceremonies, on the standard's own examples, and with something changed in them.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::cbor::{self, Item};
use super::{Assertion, AuthenticatorData, PublicKey, Registration, RelyingParty, Unfit};

const VECTORS: &str = include_str!("vectors.txt");

fn site() -> RelyingParty {
    RelyingParty::at("https://example.org")
}

/// What of an example.
fn bytes(example: &str, part: &str) -> Vec<u8> {
    let start = format!("{example} {part} ");
    let hex = VECTORS.lines().find_map(|line| line.strip_prefix(&start)).unwrap();
    let digit = |place: usize| u8::from_str_radix(&hex[place..place + 2], 16).unwrap();
    (0..hex.len()).step_by(2).map(digit).collect()
}

fn text(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn created(example: &str) -> Value {
    let id = text(&bytes(example, "credential"));
    json!({ "type": "public-key", "id": id, "rawId": id, "clientExtensionResults": {}, "response": {
        "clientDataJSON": text(&bytes(example, "created")),
        "attestationObject": text(&bytes(example, "attestation")),
        "transports": ["internal", "hybrid", "carrier-pigeon", 7],
    } })
}

fn used(example: &str) -> Value {
    let id = text(&bytes(example, "credential"));
    json!({ "type": "public-key", "id": id, "rawId": id, "clientExtensionResults": {}, "response": {
        "clientDataJSON": text(&bytes(example, "used")),
        "authenticatorData": text(&bytes(example, "data")),
        "signature": text(&bytes(example, "signature")),
        "userHandle": text(b"somebody"),
    } })
}

/// The key of an example, whether or not its authenticator has checked who used it.
fn key(example: &str) -> PublicKey {
    let object = bytes(example, "attestation");
    let object = cbor::read_whole(&object).unwrap();
    let data = AuthenticatorData::read(object.named("authData").and_then(Item::bytes).unwrap()).unwrap();
    PublicKey::read(data.attested.unwrap().key).unwrap()
}

fn register(json: &Value) -> Result<(), Unfit> {
    Registration::read(json)?.verify(&site()).map(drop)
}

/// The JSON form with another value at a place.
fn with(mut json: Value, pointer: &str, value: Value) -> Value {
    *json.pointer_mut(pointer).unwrap() = value;
    json
}

#[test]
fn a_server_is_known_by_its_host_and_used_from_its_origin() {
    for (url, id, origin) in [
        ("https://rapport.example", "rapport.example", "https://rapport.example"),
        ("https://Rapport.Example/base/", "rapport.example", "https://rapport.example"),
        ("http://localhost:8080", "localhost", "http://localhost:8080"),
        ("http://127.0.0.1:8080/", "127.0.0.1", "http://127.0.0.1:8080"),
        ("http://[::1]:8080", "[::1]", "http://[::1]:8080"),
    ] {
        assert_eq!(RelyingParty::at(url), RelyingParty { id: id.into(), origin: origin.into() });
    }
}

#[test]
fn a_passkey_is_made_whatever_its_maker_attests() {
    let new = Registration::read(&created("es256")).unwrap().verify(&site()).unwrap();
    assert_eq!(new.credential, bytes("es256", "credential"));
    assert_eq!((new.counter, new.backup_eligible, new.backed_up), (0, true, false));
    assert_eq!(new.transports, ["hybrid", "internal"], "those that are known");
    assert!(PublicKey::read(&new.key).is_some());
}

#[test]
fn it_is_used_by_a_signature_over_all_that_was_said() {
    let assertion = Assertion::read(&used("es256")).unwrap();
    assert_eq!(assertion.challenge().as_slice(), bytes("es256", "challenge"));
    assert_eq!(assertion.credential(), bytes("es256", "credential"));
    assert_eq!(assertion.user(), Some(&b"somebody"[..]));
    assert_eq!(assertion.verify(&site()).unwrap().counter, 0);
    assert!(assertion.is_signed_by(&key("es256")));
    assert!(!assertion.is_signed_by(&key("none")), "another's key");
}

#[test]
fn each_algorithm_that_is_offered_is_understood() {
    for example in ["none", "es256", "rs256", "eddsa"] {
        assert!(Assertion::read(&used(example)).unwrap().is_signed_by(&key(example)), "{example}");
    }
}

#[test]
fn an_authenticator_that_has_not_checked_who_uses_it_is_refused() {
    assert_eq!(register(&created("none")), Err(Unfit::NotVerified));
    assert_eq!(Assertion::read(&used("none")).unwrap().verify(&site()).map(drop), Err(Unfit::NotVerified));
}

#[test]
fn what_was_made_elsewhere_is_refused() {
    assert_eq!(register(&created("framed")), Err(Unfit::Framed));
    for (site, why) in [
        (RelyingParty { id: "example.org".into(), origin: "https://evil.example".into() }, Unfit::Origin),
        (RelyingParty { id: "evil.example".into(), origin: "https://example.org".into() }, Unfit::RelyingParty),
    ] {
        assert_eq!(Registration::read(&created("es256")).unwrap().verify(&site).map(drop), Err(why));
        assert_eq!(Assertion::read(&used("es256")).unwrap().verify(&site).map(drop), Err(why));
    }
    let other = with(created("es256"), "/response/clientDataJSON", used("es256")["response"]["clientDataJSON"].clone());
    assert_eq!(register(&other), Err(Unfit::Ceremony));
    let other = with(used("es256"), "/response/clientDataJSON", created("es256")["response"]["clientDataJSON"].clone());
    assert_eq!(Assertion::read(&other).unwrap().verify(&site()).map(drop), Err(Unfit::Ceremony));
}

#[test]
fn the_json_form_is_the_browsers_and_each_fault_names_its_member() {
    let id = text(&bytes("none", "credential"));
    for (pointer, value, unfit) in [
        ("/type", json!("password"), Unfit::Form("type")),
        ("/id", json!(id), Unfit::CredentialId),
        ("/rawId", json!(7), Unfit::Form("rawId")),
        ("/rawId", json!("AA=="), Unfit::Form("rawId")),
        ("/response", json!([]), Unfit::Form("response.clientDataJSON")),
        ("/response/clientDataJSON", json!("e30"), Unfit::ClientData),
        ("/response/attestationObject", json!(null), Unfit::Form("response.attestationObject")),
        ("/response/attestationObject", json!("oA"), Unfit::AttestationObject),
        ("/response/attestationObject", json!("oAA"), Unfit::AttestationObject),
    ] {
        let found = register(&with(created("es256"), pointer, value));
        assert_eq!(found, Err(unfit), "{pointer}");
        assert!(pointer.trim_start_matches('/').replace('/', ".").starts_with(unfit.field()) || pointer != "/rawId");
    }
    let both = with(with(created("es256"), "/id", json!(id)), "/rawId", json!(id));
    assert_eq!(register(&both), Err(Unfit::CredentialId), "the browser means another one than the authenticator");
    for (pointer, value, unfit) in [
        ("/response/signature", json!(null), Unfit::Form("response.signature")),
        ("/response/authenticatorData", json!("*"), Unfit::Form("response.authenticatorData")),
        ("/response/userHandle", json!("*"), Unfit::Form("response.userHandle")),
    ] {
        let found = Assertion::read(&with(used("es256"), pointer, value)).map(drop);
        assert_eq!(found, Err(unfit), "{pointer}");
    }
    let none = Assertion::read(&with(used("es256"), "/response/userHandle", json!(null))).unwrap();
    assert_eq!(none.user(), None);
    for json in [json!(null), json!([]), json!({}), json!("credential")] {
        assert!(Registration::read(&json).is_err() && Assertion::read(&json).is_err());
    }
}

#[test]
fn a_copied_passkey_that_cannot_be_copied_is_refused() {
    let mut object = bytes("es256", "attestation");
    let start = object.windows(32).position(|part| part == &bytes("es256", "data")[..32]).unwrap();
    for (flags, unfit) in [
        (0b0101_0101, Some(Unfit::Backup)),
        (0b0100_0100, Some(Unfit::NotPresent)),
        (0b0100_0001, Some(Unfit::NotVerified)),
        (0b0000_0101, Some(Unfit::AuthenticatorData)),
        (0b0101_1101, None),
    ] {
        object[start + 32] = flags;
        let found = register(&with(created("es256"), "/response/attestationObject", json!(text(&object))));
        assert_eq!(found.err(), unfit, "{flags:b}");
    }
}

proptest! {
    #[test]
    fn no_byte_of_a_use_can_be_changed(part in 0_usize..3, place in 0_usize..200, change in 1_u8..) {
        let name = ["clientDataJSON", "authenticatorData", "signature"][part];
        let mut bytes = bytes("es256", ["used", "data", "signature"][part]);
        let place = place % bytes.len();
        bytes[place] ^= change;
        let changed = with(used("es256"), &format!("/response/{name}"), json!(text(&bytes)));
        let holds = Assertion::read(&changed).is_ok_and(|assertion| {
            assertion.verify(&site()).is_ok() && assertion.is_signed_by(&key("es256"))
        });
        prop_assert!(!holds);
    }

    #[test]
    fn whatever_an_attestation_object_holds_it_is_read_or_refused(place in 0_usize..2_000, change in 1_u8..) {
        let mut object = bytes("es256", "attestation");
        let place = place % object.len();
        object[place] ^= change;
        let _ = register(&with(created("es256"), "/response/attestationObject", json!(text(&object))));
    }
}
