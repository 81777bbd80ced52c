//! E-mail addresses that mail can be sent to: `local@domain`, nothing around it.

use std::str::FromStr;

use super::Malformed;
use super::checked::{redacted_debug, text_scalar, text_serde};

/// An e-mail address (RFC 5321 `Mailbox` in the form of the HTML standard), at most 254 bytes of ASCII.
///
/// The domain is lower-cased and has at least two labels; the local part is kept as written, because RFC 5321 section
/// 2.4 leaves its case to the receiving host. Equality follows that; [`EmailAddress::normalised`] is for lookups.
/// Display names, comments, quoted local parts, IP literals and characters outside ASCII are refused: an
/// international domain is written in its `xn--` form, so that one address has one spelling.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct EmailAddress(String);

const EXPECTED: &str = "an e-mail address, such as ada@example.org, with nothing around it";
const EXPECTED_ASCII: &str =
    "an e-mail address in plain ASCII, such as ada@example.org; an international domain is written in its xn-- form";
const MAX_BYTES: usize = 254;

impl EmailAddress {
    /// The address, its domain in lower case.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What follows the `@`, in lower case.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(_, domain)| domain)
    }

    /// The whole address in lower case: the form in which addresses are compared and hashed for lookup.
    ///
    /// Dots and `+tags` stay: only the receiving host knows whether they tell mailboxes apart, and a wrong guess would
    /// hand one person's profile to another.
    #[must_use]
    pub fn normalised(&self) -> String {
        self.0.to_ascii_lowercase()
    }
}

impl FromStr for EmailAddress {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        if !text.is_ascii() {
            return Err(Malformed::new(EXPECTED_ASCII));
        }
        let refusal = Malformed::new(EXPECTED);
        let (local, domain) = text.rsplit_once('@').ok_or(refusal)?;
        let options =
            email_address::Options::default().without_display_text().without_domain_literal().with_required_tld();
        let sound = text.len() <= MAX_BYTES
            && !local.contains('"')
            && is_host(domain)
            && email_address::EmailAddress::parse_with_options(text, options).is_ok();
        if sound { Ok(Self(format!("{local}@{}", domain.to_ascii_lowercase()))) } else { Err(refusal) }
    }
}

redacted_debug!([] EmailAddress, "EmailAddress(…)");
text_serde!([] EmailAddress, as_str, EXPECTED);
text_scalar!(
    EmailAddress, as_str, EXPECTED, "EmailAddress",
    "https://html.spec.whatwg.org/multipage/input.html#valid-e-mail-address",
    #[doc = "An e-mail address, such as `ada@example.org`: at most 254 bytes of ASCII, without a display name, quotes"]
    #[doc = "or an IP literal. The domain is answered in lower case."]
);

/// Whether the text is a DNS name of at least two labels (RFC 1123 section 2.1), in ASCII, and not an IP address.
pub(super) fn is_host(text: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let Some((_, last)) = text.rsplit_once('.') else { return false };
    text.len() <= 253 && text.split('.').all(label) && !last.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(text: &str) -> Result<EmailAddress, Malformed> {
        text.parse()
    }

    #[test]
    fn ordinary_addresses_are_accepted_and_their_domains_lower_cased() {
        for (written, kept) in [
            ("ada@example.org", "ada@example.org"),
            ("Ada.Love+tag@Example.ORG", "Ada.Love+tag@example.org"),
            ("o'neil_1@mail.xn--mller-kva.de", "o'neil_1@mail.xn--mller-kva.de"),
            ("a@b.co", "a@b.co"),
        ] {
            assert_eq!(parse(written).unwrap().as_str(), kept);
        }
    }

    #[test]
    fn everything_that_is_not_a_plain_address_is_refused() {
        for written in [
            "",
            "ada",
            "@example.org",
            "ada@",
            "ada@localhost",
            "ada@@example.org",
            "a b@example.org",
            " a@example.org",
            "a@example.org ",
            ".a@example.org",
            "a..b@example.org",
            "a.@example.org",
            "a@example..org",
            "a@-b.org",
            "a@b-.org",
            "a@b_c.org",
            "a@b+c.org",
            "Ada <ada@example.org>",
            "<ada@example.org>",
            "\"a b\"@example.org",
            "\"ab\"@example.org",
            "a@[127.0.0.1]",
            "a@127.0.0.1",
            "a@[IPv6:::1]",
            "a@example.org\n",
            "a(c)@example.org",
            "a@example.org.",
            "a,b@example.org",
            "mailto:a@example.org",
        ] {
            assert_eq!(parse(written).unwrap_err().expected, EXPECTED, "{written:?}");
        }
        assert_eq!(parse("a@müller.de").unwrap_err().expected, EXPECTED_ASCII);
    }

    #[test]
    fn an_address_has_at_most_254_bytes() {
        let domain = |labels: usize, rest: usize| format!("{}{}.org", "abcdefghi.".repeat(labels), "x".repeat(rest));
        let longest = format!("{}@{}", "a".repeat(64), domain(18, 5));
        assert_eq!(longest.len(), 254);
        assert!(parse(&longest).is_ok());
        assert!(parse(&format!("{}@{}", "a".repeat(64), domain(18, 6))).is_err());
        assert!(parse(&format!("{}@example.org", "a".repeat(65))).is_err());
    }

    #[test]
    fn comparison_ignores_case_but_neither_dots_nor_tags() {
        let normalised = |text: &str| parse(text).unwrap().normalised();
        assert_eq!(normalised("Ada@Example.org"), normalised("ada@example.org"));
        assert_ne!(normalised("a.da@example.org"), normalised("ada@example.org"));
        assert_ne!(normalised("ada+x@example.org"), normalised("ada@example.org"));
    }

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(format!("{:?}", parse("ada@example.org").unwrap()), "EmailAddress(…)");
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in "\\PC*", around in "[a-z.\"@<>\\[\\] -]{0,20}") {
            let _ = (parse(&text), parse(&around), parse(&format!("{around}@{text}")));
        }

        #[test]
        fn what_was_accepted_reads_back_the_same(text in "[a-zA-Z0-9.+_-]{1,12}@[a-zA-Z0-9.-]{1,12}\\.[a-zA-Z]{2,5}") {
            if let Ok(address) = parse(&text) {
                prop_assert_eq!(parse(address.as_str()), Ok(address.clone()));
                let folded = address.normalised();
                prop_assert_eq!(parse(&folded).unwrap().normalised(), folded);
            }
        }
    }
}
