//! Tests of handles: the published table, row by row, and its properties.

use proptest::prelude::*;
use unicode_normalization::char::is_combining_mark;

use super::*;
use Channel::{Email, Facebook, Instagram, Linkedin, Mastodon, Phone, Web, X};

#[test]
fn handles_are_kept_for_display_and_normalised_for_comparison() {
    for (channel, text, written, normalised) in [
        (X, "@Ada_L", "Ada_L", "ada_l"),
        (X, " Ada_L\n", "Ada_L", "ada_l"),
        (X, "＠ａｄａ", "ada", "ada"),
        (Instagram, "@Ada.L_1", "Ada.L_1", "ada.l_1"),
        (Facebook, "Ada.Lovelace", "Ada.Lovelace", "adalovelace"),
        (Linkedin, "in/Ada-Lovelace", "Ada-Lovelace", "ada-lovelace"),
        (Linkedin, "@Zoë-Ångström-1", "Zoë-Ångström-1", "zoë-ångström-1"),
        (Linkedin, "İpek", "İpek", "i\u{307}pek"),
        (Linkedin, "ΟΔΟΣ", "ΟΔΟΣ", "οδοσ"),
        (Linkedin, "हिन्दी", "हिन्दी", "हिन्दी"),
        (Mastodon, "@Ada@Mastodon.Example", "Ada@mastodon.example", "ada@mastodon.example"),
        (
            Mastodon,
            "a.d-a_@social.xn--mller-kva.de",
            "a.d-a_@social.xn--mller-kva.de",
            "a.d-a_@social.xn--mller-kva.de",
        ),
        (Email, "Ada.L+x@Example.ORG", "Ada.L+x@example.org", "ada.l+x@example.org"),
        (Phone, "+4930901820", "+4930901820", "+4930901820"),
        (Web, "Visitor:AbC=", "Visitor:AbC=", "Visitor:AbC="),
    ] {
        let handle = Handle::parse(channel, text).unwrap();
        assert_eq!((handle.channel(), handle.as_written(), handle.normalised()), (channel, written, normalised));
    }
}

#[test]
fn what_is_not_a_handle_on_the_channel_is_refused() {
    for (channel, texts) in [
        (X, vec!["", "@", "@@ada", "a-b", "a.b", "abcdefghijklmnop", "адa", "a b", "a\u{200D}b", "ada\u{202E}"]),
        (Instagram, vec!["", "@", "a-b", "äda", &"a".repeat(31)]),
        (Facebook, vec!["", "...", "@ada", "a_b", &"a".repeat(51)]),
        (
            Linkedin,
            vec!["", "ab", "in/ab", "/in/ada", "in/@ada", "a_da", "a/da", "ada!", "\u{301}ada", &"a".repeat(101)],
        ),
        (
            Mastodon,
            vec![
                "ada",
                "@ada",
                "@host.example",
                "ada@",
                "@@host.example",
                "ada@localhost",
                "a@b@c.de",
                ".a@b.de",
                "a-@b.de",
                "ä@b.de",
                "a@127.0.0.1",
                "a@ü.de",
                "a@b.de:80",
            ],
        ),
        (Email, vec!["ada", "ada@localhost", "Ada <ada@example.org>", "a b@example.org"]),
        (Phone, vec!["030901820", "+49 30 901820", "4930901820"]),
        (Web, vec!["", " ", "a b", "a\u{A8}b", "a\u{FEFF}b", &"a".repeat(129)]),
    ] {
        for text in texts {
            assert!(Handle::parse(channel, text).is_err(), "{channel:?} {text:?}");
        }
    }
}

#[test]
fn the_mend_is_that_of_the_channel() {
    for (channel, word) in [
        (X, "on X"),
        (Instagram, "Instagram"),
        (Facebook, "Facebook"),
        (Linkedin, "LinkedIn"),
        (Mastodon, "server"),
        (Email, "e-mail"),
        (Phone, "E.164"),
        (Web, "128"),
    ] {
        let said = Handle::parse(channel, "not a handle").unwrap_err().to_string();
        assert!(said.starts_with("expected ") && said.contains(word), "{said}");
        assert!(!said.contains("not a handle"));
    }
}

#[test]
fn spellings_of_one_handle_are_equal_and_those_of_others_are_not() {
    let handle = |channel, text| Handle::parse(channel, text).unwrap();
    assert_eq!(handle(Facebook, "john.smith"), handle(Facebook, "JohnSmith"));
    assert_eq!(handle(Linkedin, "in/zoe\u{308}"), handle(Linkedin, "ZOË"));
    assert_ne!(handle(Instagram, "john.smith"), handle(Instagram, "johnsmith"));
    assert_ne!(handle(Email, "a.b@example.org"), handle(Email, "ab@example.org"));
    assert_ne!(handle(Web, "Ada"), handle(Web, "ada"));
    assert_ne!(handle(X, "ada"), handle(Instagram, "ada"));
}

#[test]
fn addresses_and_numbers_are_handles_of_their_channels() {
    let (address, number) = ("Ada@Example.org".parse().unwrap(), "+4930901820".parse().unwrap());
    assert_eq!(Handle::from(&address as &EmailAddress), Handle::parse(Email, "ada@example.org").unwrap());
    assert_eq!(Handle::from(&number as &PhoneNumber), Handle::parse(Phone, "+4930901820").unwrap());
}

#[test]
fn json_keeps_the_form_for_display_and_is_checked_when_read() {
    let json = r#"{"channel":"X","text":"Ada_L"}"#;
    let handle: Handle = serde_json::from_str(json).unwrap();
    assert_eq!(serde_json::to_string(&handle).unwrap(), json);
    for bad in [r#"{"channel":"X","text":"a-secret"}"#, r#"{"channel":"PHONE","text":7714422}"#, r#"{"channel":"X"}"#] {
        let said = serde_json::from_str::<Handle>(bad).unwrap_err().to_string();
        assert!(!said.contains("secret") && !said.contains("7714"), "{said}");
    }
}

#[test]
fn debug_shows_the_channel_only() {
    assert_eq!(format!("{:?}", Handle::parse(X, "ada").unwrap()), "Handle(X, …)");
}

#[test]
fn every_character_that_linkedin_accepts_normalises_to_itself_again() {
    for character in ('\0'..=char::MAX).filter(|&character| character.is_alphanumeric() || is_combining_mark(character))
    {
        let text = format!("aa{character}a");
        if let Ok(handle) = Handle::parse(Linkedin, &text) {
            assert_eq!(
                Handle::parse(Linkedin, handle.normalised()).map(|again| again.normalised),
                Ok(handle.normalised),
                "{character:?}"
            );
        }
    }
}

fn likely(channel: Channel) -> BoxedStrategy<String> {
    match channel {
        X | Instagram => "@?[A-Za-z0-9_.]{1,12}".boxed(),
        Facebook => "[A-Za-z0-9.]{1,20}".boxed(),
        Linkedin => "(in/|@)?[\\p{L}\\p{M}\\p{N}-]{3,20}".boxed(),
        Mastodon => "@?[A-Za-z0-9_.-]{1,9}@[A-Za-z0-9.-]{1,9}\\.[A-Za-z]{2,4}".boxed(),
        Email => "[A-Za-z0-9+.]{1,9}@[A-Za-z0-9.-]{1,9}\\.[A-Za-z]{2,4}".boxed(),
        Phone => "\\+[0-9]{6,16}".boxed(),
        Web => "\\PC{1,30}".boxed(),
    }
}

fn channel_and_text() -> impl Strategy<Value = (Channel, String)> {
    let channels: Vec<Channel> = Channel::all().collect();
    proptest::sample::select(channels)
        .prop_flat_map(|channel| (Just(channel), prop_oneof![3 => likely(channel), 1 => any::<String>()]))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn normalisation_is_idempotent((channel, text) in channel_and_text()) {
        if let Ok(handle) = Handle::parse(channel, &text) {
            let again = Handle::parse(channel, handle.normalised());
            prop_assert_eq!(again.map(|again| again.normalised), Ok(handle.normalised));
        }
    }

    #[test]
    fn the_form_for_display_reads_back_the_same((channel, text) in channel_and_text()) {
        if let Ok(handle) = Handle::parse(channel, &text) {
            let again = Handle::parse(channel, handle.as_written()).unwrap();
            prop_assert_eq!((again.written, again.normalised), (handle.written, handle.normalised));
        }
    }

    #[test]
    fn case_and_the_at_sign_do_not_tell_handles_on_x_apart(text in "[A-Za-z0-9_]{1,15}") {
        let normalised = |text: &str| Handle::parse(X, text).unwrap().normalised;
        prop_assert_eq!(normalised(&text), normalised(&text.to_uppercase()));
        prop_assert_eq!(normalised(&text), normalised(&format!("@{}", text.to_lowercase())));
    }
}
