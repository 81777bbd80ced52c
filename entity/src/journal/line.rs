//! One line of the journal: a JSON object that ends in a checksum of what stands before it.

use aws_lc_rs::digest::{SHA256, digest};

use super::Ending;
use crate::hexadecimal::hexadecimal;

/// What stands before the checksum.
const MARK: &str = ",\"sum\":\"";
/// Bytes of SHA-256 that are kept: against damage, not against forgers.
const SUM_BYTES: usize = 8;
/// No line is longer.
pub(super) const MOST_BYTES: usize = 4_096;

/// An ending as a line, without its line end. `None` if it cannot be written as JSON.
pub(super) fn write(ending: &Ending) -> Option<String> {
    let text = serde_json::to_string(ending).ok()?;
    let body = text.strip_suffix('}')?;
    Some(format!("{body}{MARK}{}\"}}", sum(body)))
}

/// The ending in a line. `None` if the line is damaged, or of a newer release.
pub(super) fn read(line: &str) -> Option<Ending> {
    let (body, rest) = line.rsplit_once(MARK)?;
    if rest.strip_suffix("\"}")? != sum(body) {
        return None;
    }
    serde_json::from_str(&format!("{body}}}")).ok()
}

/// Tells a line from every other.
pub(super) fn fingerprint(line: &[u8]) -> String {
    beginning(line, 16)
}

fn sum(body: &str) -> String {
    beginning(body.as_bytes(), SUM_BYTES)
}

/// So many bytes of the hash.
fn beginning(text: &[u8], bytes: usize) -> String {
    hexadecimal(digest(&SHA256, text).as_ref().get(..bytes).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use uuid::Uuid;

    use super::super::{AnsweredRequest, ConsentEnding, EndingKind, Remaining};
    use super::*;
    use crate::ids::{AppId, BrandId, ConsentEventId, ConsentRequestId, CustomerId, GrantId};
    use crate::kinds::{ConsentActor, Purpose};
    use crate::scope::{Pins, Scope};
    use crate::values::Timestamp;

    fn narrowed() -> Ending {
        Ending::Consent(ConsentEnding {
            kind: EndingKind::Narrowed,
            customer: CustomerId(Uuid::from_u128(1)),
            grant: Some(GrantId(Uuid::from_u128(2))),
            revision: 7,
            event: ConsentEventId(Uuid::from_u128(3)),
            actor: ConsentActor::Customer,
            at: Timestamp::from_millis(1_781_000_000_000),
            remaining: Some(Remaining {
                version: 2,
                pins: Pins(BTreeMap::from([(Scope::Name, 1), (Scope::Context, 3)])),
                until: Timestamp::from_millis(1_782_000_000_000),
            }),
            request: None,
            deletion_wanted: false,
        })
    }

    fn refused() -> Ending {
        let Ending::Consent(ending) = narrowed() else { panic!() };
        let request = AnsweredRequest {
            id: ConsentRequestId(Uuid::from_u128(6)),
            brand: BrandId(Uuid::from_u128(4)),
            purpose: Purpose::Analytics,
        };
        let (kind, request) = (EndingKind::Refused, Some(request));
        Ending::Consent(ConsentEnding { kind, grant: None, remaining: None, request, ..ending })
    }

    fn wanting_deletion() -> Ending {
        let Ending::Consent(ending) = narrowed() else { panic!() };
        Ending::Consent(ConsentEnding { kind: EndingKind::Withdrawn, remaining: None, deletion_wanted: true, ..ending })
    }

    #[test]
    fn an_ending_reads_back_from_its_line() {
        let app = Ending::of_app(BrandId(Uuid::from_u128(4)), AppId(Uuid::from_u128(5)), 1, Timestamp::MIN);
        for ending in [narrowed(), refused(), wanting_deletion(), app] {
            let line = write(&ending).unwrap();
            assert!(line.len() < MOST_BYTES && !line.contains('\n'), "{line}");
            assert_eq!(read(&line), Some(ending));
        }
    }

    #[test]
    fn a_line_of_an_older_release_that_knew_of_no_requests_is_read() {
        let body = concat!(
            r#"{"kind":"NARROWED","customer":"00000000-0000-0000-0000-000000000001","#,
            r#""grant":"00000000-0000-0000-0000-000000000002","revision":7,"#,
            r#""event":"00000000-0000-0000-0000-000000000003","actor":"CUSTOMER","at":"2026-06-09T10:13:20.000Z","#,
            r#""remaining":{"version":2,"pins":{"NAME":1,"CONTEXT":3},"until":"2026-06-21T00:00:00.000Z"}"#,
        );
        assert_eq!(read(&format!("{body}{MARK}{}\"}}", sum(body))), Some(narrowed()));
    }

    #[test]
    fn a_line_with_a_changed_lost_or_added_byte_is_damaged() {
        let line = write(&narrowed()).unwrap();
        for place in 0..line.len() {
            let mut changed = line.clone().into_bytes();
            changed[place] ^= 1;
            assert_eq!(String::from_utf8(changed).ok().and_then(|line| read(&line)), None, "byte {place} of {line}");
            assert_eq!(read(&line[..place]), None, "cut at {place}");
        }
        assert_eq!(read(&format!("{line} ")), None);
        assert_eq!(read(""), None);
    }

    #[test]
    fn a_kind_of_a_newer_release_is_not_guessed_at() {
        let body = "{\"kind\":\"FORGOTTEN\",\"customer\":\"00000000-0000-0000-0000-000000000001\"";
        assert_eq!(read(&format!("{body}{MARK}{}\"}}", sum(body))), None);
    }
}
