//! Addresses on the web to which people are sent: https only, with a host that can be shown to them.

use std::fmt;
use std::str::FromStr;

use super::Malformed;
use super::checked::{text_scalar, text_serde};

/// An absolute `https` address (RFC 3986), ASCII throughout, with the host in lower case.
///
/// Narrower than the standard where an address could deceive whoever is sent there: no user name, no IP address, an
/// international host in its `xn--` form, and nothing that would have to be escaped. At most 2,000 characters.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct HttpsUrl {
    text: String,
    host: String,
}

const EXPECTED: &str = "an https address, such as https://example.org/thanks";
const SCHEME: &str = "https://";
const MAX_BYTES: usize = 2_000;

impl HttpsUrl {
    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The host without its port: what to show to whoever is about to be sent there.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }
}

impl FromStr for HttpsUrl {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        read(text).ok_or(Malformed::new(EXPECTED))
    }
}

fn read(text: &str) -> Option<HttpsUrl> {
    if text.len() > MAX_BYTES || !text.bytes().all(may_stand) || !escapes_are_whole(text) {
        return None;
    }
    let (scheme, rest) = text.split_at_checked(SCHEME.len())?;
    if !scheme.eq_ignore_ascii_case(SCHEME) {
        return None;
    }
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at_checked(end)?;
    let authority = authority.to_ascii_lowercase();
    let (host, port) = authority.split_once(':').map_or((authority.as_str(), None), |(host, port)| (host, Some(port)));
    let has_port = |port: &str| port.parse::<u16>().is_ok_and(|number| number > 0) && port.bytes().all(is_digit);
    if !is_host(host) || !port.is_none_or(has_port) {
        return None;
    }
    Some(HttpsUrl { text: format!("{SCHEME}{authority}{path}"), host: host.to_owned() })
}

/// What may stand in an address as it is (RFC 3986 appendix A: unreserved, reserved, and `%`), without brackets.
fn may_stand(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~:/?#@!$&'()*+,;=%".contains(&byte)
}

fn escapes_are_whole(text: &str) -> bool {
    text.split('%').skip(1).all(|rest| rest.len() >= 2 && rest.bytes().take(2).all(|byte| byte.is_ascii_hexdigit()))
}

fn is_digit(byte: u8) -> bool {
    byte.is_ascii_digit()
}

/// A name of the DNS; its last part is not a number, so that it is no IP address: `https://0x7f000001` is 127.0.0.1 to whoever
/// goes there (WHATWG URL, "ends in a number").
fn is_host(host: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let is_number = |last: &str| match last.strip_prefix("0x") {
        Some(rest) => rest.bytes().all(|byte| byte.is_ascii_hexdigit()),
        None => last.bytes().all(is_digit),
    };
    let numeric = host.rsplit('.').next().is_some_and(is_number);
    host.len() <= 253 && host.split('.').all(is_label) && !numeric
}

impl fmt::Display for HttpsUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl fmt::Debug for HttpsUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "HttpsUrl({})", self.host)
    }
}

text_serde!([] HttpsUrl, as_str, EXPECTED);
text_scalar!(
    HttpsUrl, as_str, EXPECTED, "URL", "https://www.rfc-editor.org/rfc/rfc3986",
    #[doc = "An absolute `https` address after RFC 3986, such as `https://example.org/thanks`: no user name, no IP address,"]
    #[doc = "an international host in its `xn--` form."]
);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn https_addresses_are_accepted_and_their_host_is_known() {
        for (written, kept, host) in [
            ("https://example.org", "https://example.org", "example.org"),
            (
                "HTTPS://Shop.Example.ORG:8443/Thanks?a=B#c",
                "https://shop.example.org:8443/Thanks?a=B#c",
                "shop.example.org",
            ),
            (
                "https://xn--mnchen-3ya.example/%C3%BC",
                "https://xn--mnchen-3ya.example/%C3%BC",
                "xn--mnchen-3ya.example",
            ),
            ("https://example.org?to=me@example.org", "https://example.org?to=me@example.org", "example.org"),
        ] {
            let url: HttpsUrl = written.parse().unwrap();
            assert_eq!((url.as_str(), url.host()), (kept, host));
        }
    }

    #[test]
    fn every_other_form_is_refused() {
        for written in [
            "",
            "example.org",
            "//example.org",
            "http://example.org",
            "javascript:alert(1)",
            "https://",
            "https:///path",
            "https://user@example.org",
            "https://example.org@evil.example",
            "https://example.org:80@evil.example",
            "https://example.org:",
            "https://example.org:0",
            "https://example.org:+80",
            "https://example.org:65536",
            "https://192.0.2.1/",
            "https://2130706433/",
            "https://0x7f000001/",
            "https://0x7F.1/",
            "https://127.0x1/",
            "https://a.example.0x/",
            "https://127.1:8443/",
            "https://0177.0.0.1/",
            "https://[2001:db8::1]/",
            "https://-a.example",
            "https://a..example",
            "https://example.org.",
            "https://münchen.example",
            "https://example.org/a b",
            "https://example.org/\n",
            "https://example.org/%2",
            "https://example.org/%zz",
            "https://example.org\\@evil.example",
            " https://example.org",
        ] {
            assert_eq!(written.parse::<HttpsUrl>(), Err(Malformed::new(EXPECTED)), "{written:?}");
        }
        assert!(format!("https://example.org/{}", "a".repeat(MAX_BYTES)).parse::<HttpsUrl>().is_err());
    }

    proptest! {
        #[test]
        fn what_was_accepted_reads_back_the_same(text in "https://[a-z.-]{1,12}(:[0-9]{1,5})?[/?#]?[ -~]{0,20}") {
            if let Ok(url) = text.parse::<HttpsUrl>() {
                prop_assert_eq!(url.to_string().parse(), Ok(url));
            }
        }

        #[test]
        fn no_text_makes_the_parser_panic(text in "\\PC*") {
            let _ = text.parse::<HttpsUrl>();
        }
    }
}
