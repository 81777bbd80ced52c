//! Tests of checkpoints: one spelling only, and no altered one is verified.

use proptest::collection::vec;
use proptest::prelude::*;

use super::super::hash::{Hash, leaf_hash};
use super::*;

fn signer(seed: u8) -> (Ed25519KeyPair, [u8; 32]) {
    let key = Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap();
    let public = key.public_key().as_ref().try_into().unwrap();
    (key, public)
}

fn origin(text: &str) -> Origin {
    text.parse().unwrap()
}

fn checkpoint() -> Checkpoint {
    Checkpoint {
        origin: origin("rapport.example/log"),
        head: Head { size: 20_852_163, root: leaf_hash(b"root") },
        at: Timestamp::from_millis(1_795_447_644_123),
        epoch: None,
        previous: None,
        extensions: Vec::new(),
    }
}

fn full() -> Checkpoint {
    Checkpoint {
        epoch: Some(2),
        previous: Some(Head { size: 20_851_000, root: leaf_hash(b"previous") }),
        extensions: vec!["witnesses 3".parse().unwrap(), "  — naïve\u{a0}line ".parse().unwrap()],
        ..checkpoint()
    }
}

fn signed(checkpoint: Checkpoint) -> String {
    checkpoint.sign(&signer(7).0).to_string()
}

fn read(note: &str) -> Result<SignedCheckpoint, CheckpointFault> {
    note.parse()
}

#[test]
fn a_checkpoint_is_a_signed_note() {
    let expected = "rapport.example/log
20852163
PAb5plclr2BSYfY2ZyyWINQJcx2JpFHXRV/pxK4WeCk=
time 1795447644123

— rapport.example/log 9lwkbEeUoXbX+ZZvZ9oS6E6rveivSl1viNYeVI5VMKTmOywUSKqbnU6EmNUKHjHY7Ed0QJ1Di+rSktCUo6IcL3PQVQk=
";
    assert_eq!(signed(checkpoint()), expected);
    let expected = "rapport.example/log
20852163
PAb5plclr2BSYfY2ZyyWINQJcx2JpFHXRV/pxK4WeCk=
time 1795447644123
epoch 2
previous 20851000 mv+B9nMXhZv0PQRI9Au0iBJwH8lym1p4x4CusEXIM1Q=
witnesses 3
  — naïve\u{a0}line\u{20}
";
    assert_eq!(full().to_string(), expected);
}

#[test]
fn what_was_signed_is_read_back_and_verified() {
    let (key, public) = signer(7);
    for checkpoint in [checkpoint(), full()] {
        let note = checkpoint.clone().sign(&key);
        let again = read(&note.to_string()).unwrap();
        assert_eq!(again, note);
        assert_eq!(again.verify(&checkpoint.origin, &public), Ok(&checkpoint));
        assert_eq!(again.key_hash(), key_hash(&checkpoint.origin, &public));
    }
}

#[test]
fn another_log_another_key_and_another_text_are_told_apart() {
    let (ours, theirs) = (signer(7).1, signer(8).1);
    let note = read(&signed(checkpoint())).unwrap();
    let origin = checkpoint().origin;
    assert_eq!(note.verify(&"rapport.example/lo".parse().unwrap(), &ours), Err(CheckpointFault::OtherOrigin));
    assert_eq!(note.verify(&origin, &theirs), Err(CheckpointFault::OtherKey));
    let another = read(&signed(checkpoint()).replace("20852163", "20852164")).unwrap();
    assert_eq!(another.verify(&origin, &ours), Err(CheckpointFault::WrongSignature));
    let renamed = SignedCheckpoint { key_hash: key_hash(&origin, &theirs), ..note };
    assert_eq!(renamed.verify(&origin, &theirs), Err(CheckpointFault::WrongSignature));
}

/// The published keys of Go's checksum database and of the example in its note package.
#[test]
fn keys_are_named_as_other_implementations_name_them() {
    for (name, hash, key) in [
        ("sum.golang.org", "033de0ae", "Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"),
        ("PeterNeumann", "c74f20a3", "ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"),
    ] {
        let key = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, key).unwrap();
        let key_hash = key_hash(&origin(name), key[1..].try_into().unwrap());
        assert_eq!(u32::from_be_bytes(key_hash), u32::from_str_radix(hash, 16).unwrap(), "{name}");
    }
}

#[test]
fn origins_and_extensions_are_checked() {
    for wrong in ["", " ", "a b", "a\u{a0}b", "a\u{2003}b", "a+b", "a\nb", "a\tb", "a\u{7f}b"] {
        assert!(wrong.parse::<Origin>().is_err(), "{wrong:?}");
    }
    for wrong in ["", "a\nb", "a\rb", "\u{1}", "time", "time 1", "epoch", "epoch 1", "previous", "previous 1 a"] {
        assert!(wrong.parse::<Extension>().is_err(), "{wrong:?}");
    }
    for right in [" ", "timely", "epochs 3", " time 1", "— rapport.example/log AAAA"] {
        assert_eq!(right.parse::<Extension>().unwrap().to_string(), right);
    }
}

/// The faults of the lines, each by what replaces what in a sound note.
#[test]
fn lines_in_another_spelling_are_refused_by_their_number() {
    let note = signed(full());
    let root = leaf_hash(b"root").to_string();
    let previous = format!("previous 20851000 {}", leaf_hash(b"previous"));
    for (line, from, to) in [
        (1, "rapport.example/log\n2", "\n2".to_owned()),
        (1, "rapport.example/log\n2", "rapport log\n2".to_owned()),
        (1, "rapport.example/log\n2", "rapport.example/log\r\n2".to_owned()),
        (2, "\n20852163", "\n020852163".to_owned()),
        (2, "\n20852163", "\n+20852163".to_owned()),
        (2, "\n20852163", "\n-1".to_owned()),
        (2, "\n20852163", "\n 20852163".to_owned()),
        (2, "\n20852163", "\n18446744073709551616".to_owned()),
        (2, "\n20852163", "\n".to_owned() + &root),
        (3, &root, root.trim_end_matches('=').to_owned()),
        (3, &root, format!("{root} ")),
        (3, &root, "AAAA".to_owned()),
        (3, &root, root.replace('=', "==")),
        (4, "time 1795447644123\n", String::new()),
        (4, "time 1795447644123", "time  1795447644123".to_owned()),
        (4, "time 1795447644123", "time 01795447644123".to_owned()),
        (4, "time 1795447644123", "time -1".to_owned()),
        (4, "time 1795447644123", "time 253402300800000".to_owned()),
        (4, "time 1795447644123", "time 9223372036854775808".to_owned()),
        (4, "time 1795447644123", "Time 1795447644123".to_owned()),
        (5, "time 1795447644123", "time 1795447644123\ntime 1795447644123".to_owned()),
        (5, "epoch 2", "epoch 02".to_owned()),
        (5, "epoch 2", "epoch two".to_owned()),
        (5, "epoch 2", "epoch ".to_owned()),
        (5, "epoch 2", "epoch".to_owned()),
        (6, "epoch 2", "epoch 2\nepoch 2".to_owned()),
        (6, "epoch 2", format!("{previous}\nepoch 2")),
        (6, &previous, previous.replace(" 2", " 02")),
        (6, &previous, previous.replace(" 2", "  2")),
        (6, &previous, "previous 20851000".to_owned()),
        (7, &previous, format!("{previous}\n{previous}")),
        (7, "witnesses 3", "witnesses\t3".to_owned()),
        (8, "witnesses 3", "witnesses 3\nepoch 3".to_owned()),
    ] {
        assert!(note.contains(from), "{from}");
        let fault = read(&note.replacen(from, &to, 1)).unwrap_err();
        assert!(matches!(fault, CheckpointFault::Line { line: at, .. } if at == line), "{from} -> {to}: {fault}");
        assert!(!fault.to_string().contains("rapport"), "{fault}");
    }
}

#[test]
fn a_note_of_another_shape_is_refused() {
    let note = signed(checkpoint());
    let (text, line) = note.split_once("\n\n").unwrap();
    for wrong in [
        String::new(),
        "\n".to_owned(),
        text.to_owned(),
        format!("{text}\n"),
        format!("{text}\n{line}"),
        note.trim_end().to_owned(),
        format!("{note}\n"),
        format!("{note}{line}"),
        format!("{text}\n\n"),
    ] {
        assert_eq!(read(&wrong), Err(CheckpointFault::Shape), "{wrong:?}");
    }
    assert!(read(&note.replace('\n', "\r\n")).is_err());
    assert!(read(&format!("\n{note}")).is_err());
    assert!(read(&format!("\u{feff}{note}")).is_err());
}

#[test]
fn a_signature_line_in_another_spelling_is_refused() {
    let note = signed(checkpoint());
    let signature = note.rsplit(' ').next().unwrap().trim_end();
    for (from, to) in [
        ("— ", "- ".to_owned()),
        ("— ", "—".to_owned()),
        ("— ", "—  ".to_owned()),
        ("— rapport.example/log", "— ".to_owned()),
        ("— rapport.example/log", "— rapport.example/logs".to_owned()),
        ("— rapport.example/log ", "— rapport.example/log  ".to_owned()),
        (signature, format!("{signature} ")),
        (signature, format!("{signature}AAAA")),
        (signature, signature.trim_end_matches('=').to_owned()),
        (signature, signature[4..].to_owned()),
        (signature, signature.replace('=', "A")),
        (signature, String::new()),
    ] {
        assert!(note.contains(from), "{from}");
        let fault = read(&note.replace(from, &to)).unwrap_err();
        assert!(matches!(fault, CheckpointFault::SignatureLine(_)), "{from} -> {to}: {fault}");
    }
}

fn heads() -> impl Strategy<Value = Head> {
    (any::<u64>(), any::<[u8; 32]>()).prop_map(|(size, root)| Head { size, root: Hash(root) })
}

prop_compose! {
    fn checkpoints()(
        name in "[^+\\s\\pC]{1,20}",
        head in heads(),
        millis in 0..=Timestamp::MAX.as_millis(),
        epoch: Option<u64>,
        previous in prop::option::of(heads()),
        extensions in vec("\\PC{1,20}", 0..3),
    ) -> Checkpoint {
        Checkpoint {
            origin: origin(&name),
            head,
            at: Timestamp::from_millis(millis),
            epoch,
            previous,
            extensions: extensions.iter().filter_map(|line| line.parse().ok()).collect(),
        }
    }
}

/// A note with some bytes taken out and others put in their place.
fn altered(note: &str, at: usize, length: usize, with: &str) -> String {
    let places: Vec<_> = note.char_indices().map(|(place, _)| place).chain([note.len()]).collect();
    let start = at % places.len();
    let end = (start + length).min(places.len() - 1);
    [&note[..places[start]], with, &note[places[end]..]].concat()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn every_checkpoint_is_read_from_what_it_is_written_as(checkpoint in checkpoints()) {
        let (key, public) = signer(7);
        let note = checkpoint.clone().sign(&key);
        let again = read(&note.to_string()).unwrap();
        prop_assert_eq!(&again, &note);
        prop_assert_eq!(again.verify(&checkpoint.origin, &public), Ok(&checkpoint));
    }

    #[test]
    fn what_is_read_is_written_with_the_same_bytes_and_nothing_altered_is_verified(
        at: usize,
        length in 0usize..4,
        with in "[\n =+A-Za-z0-9—\r]{0,3}",
    ) {
        let (key, public) = signer(7);
        let note = full().sign(&key).to_string();
        let altered = altered(&note, at, length, &with);
        if let Ok(read) = read(&altered) {
            prop_assert_eq!(read.to_string(), altered.clone());
            prop_assert_eq!(read.verify(&full().origin, &public).is_ok(), altered == note);
        }
    }
}
