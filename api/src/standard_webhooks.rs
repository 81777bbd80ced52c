//! Signatures as Standard Webhooks has them: `v1,` and the base64 of HMAC-SHA-256 over `id.timestamp.body`, the bytes of the
//! body as they travel.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Signatures of one delivery that are looked at.
const MOST: usize = 8;

/// The signature of a delivery with this id and time (Unix seconds).
#[must_use]
pub fn sign(secret: &[u8], of: (&str, &str), body: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    format!("v1,{}", STANDARD.encode(hmac::sign(&key, &signed(of, body))))
}

/// Whether one of the signatures, with spaces between them, is the delivery's. Compared in constant time.
#[must_use]
pub fn is_signed(secret: &[u8], of: (&str, &str), body: &[u8], signatures: &str) -> bool {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    let signed = signed(of, body);
    let given = signatures.split_ascii_whitespace().filter_map(|one| STANDARD.decode(one.strip_prefix("v1,")?).ok());
    given.take(MOST).any(|one| hmac::verify(&key, &signed, &one).is_ok())
}

fn signed((id, sent): (&str, &str), body: &[u8]) -> Vec<u8> {
    [id.as_bytes(), b".", sent.as_bytes(), b".", body].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification's reference libraries.
    #[test]
    fn the_specifications_example_is_signed_as_there() {
        let secret = STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let of = ("msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330");
        let body = br#"{"test": 2432232314}"#;
        let signature = sign(&secret, of, body);
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        assert!(is_signed(&secret, of, body, &format!("v1,AAAA v2,x {signature}")));
        assert!(!is_signed(&secret, ("msg_other", of.1), body, &signature));
        assert!(!is_signed(&secret, of, body, signature.strip_prefix("v1,").unwrap()));
    }
}
