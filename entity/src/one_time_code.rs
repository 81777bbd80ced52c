//! Time-based one-time codes (RFC 6238): six digits, 30 seconds, HMAC-SHA-1 as every authenticator app has it. Pure.

use aws_lc_rs::constant_time;
use aws_lc_rs::hmac::{self, HMAC_SHA1_FOR_LEGACY_USE_ONLY};

use crate::values::Timestamp;

/// The letters of base 32 (RFC 4648 section 6), in which apps take a secret.
const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
/// Seconds of a step.
const STEP_SECONDS: i64 = 30;
/// Steps that a clock may be off, either way.
const DRIFT: i64 = 1;

/// The step of a time.
#[must_use]
pub const fn step(now: Timestamp) -> i64 {
    now.as_seconds() / STEP_SECONDS
}

/// The step around now whose code this is, if it is later than `last`.
#[must_use]
pub fn find_step(secret: &[u8], code: &str, now: Timestamp, last: Option<i64>) -> Option<i64> {
    let steps = step(now) - DRIFT..=step(now) + DRIFT;
    // All are compared, so that the time says nothing of which it was.
    let fitting = steps.filter(|step| {
        constant_time::verify_slices_are_equal(self::code(secret, *step).as_bytes(), code.as_bytes()).is_ok()
    });
    let fitting: Vec<i64> = fitting.collect();
    fitting.into_iter().find(|step| last.is_none_or(|last| *step > last))
}

/// The code of a step.
#[must_use]
pub fn code(secret: &[u8], step: i64) -> String {
    let key = hmac::Key::new(HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let bytes = tag.as_ref();
    // RFC 4226 section 5.3: four bytes from where the last four bits point to, without the sign.
    let offset = usize::from(bytes.last().copied().unwrap_or_default() & 0xf);
    let four = bytes.get(offset..).and_then(|rest| rest.first_chunk::<4>()).copied().unwrap_or_default();
    format!("{:06}", (u32::from_be_bytes(four) & 0x7fff_ffff) % 1_000_000)
}

/// Bytes in base 32, without padding.
#[must_use]
pub fn base32(bytes: &[u8]) -> String {
    let mut text = String::new();
    for group in bytes.chunks(5) {
        let mut padded = [0; 8];
        for (place, byte) in padded.iter_mut().skip(3).zip(group) {
            *place = *byte;
        }
        let bits = u64::from_be_bytes(padded);
        let letters = (group.len() * 8).div_ceil(5);
        let letter = |place: usize| LETTERS.get((bits >> (35 - 5 * place)) as usize & 31).copied().unwrap_or(b'A');
        text.extend((0..letters).map(|place| char::from(letter(place))));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &[u8] = b"12345678901234567890";

    #[test]
    fn codes_are_those_of_the_rfc() {
        for (seconds, expected) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(code(SECRET, step(Timestamp::from_millis(seconds * 1_000))), expected);
        }
    }

    #[test]
    fn base_32_is_that_of_the_rfc() {
        for (bytes, text) in [
            ("", ""),
            ("f", "MY"),
            ("fo", "MZXQ"),
            ("foo", "MZXW6"),
            ("foob", "MZXW6YQ"),
            ("fooba", "MZXW6YTB"),
            ("foobar", "MZXW6YTBOI"),
        ] {
            assert_eq!(base32(bytes.as_bytes()), text);
        }
    }

    #[test]
    fn a_clock_may_be_off_by_one_step_and_no_code_counts_twice() {
        let now = Timestamp::from_millis(1_111_111_111_000);
        let at = |off: i64| code(SECRET, step(now) + off);
        for off in -1..=1 {
            assert_eq!(find_step(SECRET, &at(off), now, None), Some(step(now) + off));
        }
        for off in [-2, 2] {
            assert_eq!(find_step(SECRET, &at(off), now, None), None);
        }
        assert_eq!(find_step(SECRET, &at(0), now, Some(step(now))), None);
        assert_eq!(find_step(SECRET, &at(-1), now, Some(step(now))), None, "an older one neither");
        assert_eq!(find_step(SECRET, &at(1), now, Some(step(now))), Some(step(now) + 1));
        for nonsense in ["", "28708", "2870822", "abcdef"] {
            assert_eq!(find_step(SECRET, nonsense, now, None), None);
        }
    }
}
