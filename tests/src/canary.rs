//! Canaries: words that stand nowhere but in one person's data, searched for in every form that text takes on a wire.

use std::collections::{BTreeSet, HashMap};

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;

/// A word that stands in exactly one place.
struct Canary {
    kind: &'static str,
    word: String,
}

/// The words that are searched for, in one pass over a text however many they are.
#[derive(Default)]
pub struct Canaries {
    known: Vec<Canary>,
    /// Found in any letter case.
    loose: Forms,
    /// Base64, in which case counts.
    exact: Forms,
}

impl Canaries {
    /// Adds words of one kind: those who may see one of them may see all.
    ///
    /// # Panics
    /// When a word is too short to be unique.
    pub fn add(&mut self, kind: &'static str, words: &[&str]) {
        for word in words {
            assert!(word.len() >= 6, "{word} is too short to be unique");
            let (lower, place) = (word.to_ascii_lowercase(), self.known.len());
            for form in [lower.clone(), hexadecimal(&lower, ""), hexadecimal(&lower, "%"), escaped(&lower)] {
                self.loose.add(form, place);
            }
            for form in (0..3).flat_map(|shift| [in_base64(word, shift), in_base64(&lower, shift)]) {
                self.exact.add(form.replace('+', "-").replace('/', "_"), place);
                self.exact.add(form, place);
            }
            self.known.push(Canary { kind, word: (*word).to_owned() });
        }
    }

    /// The words in a text, whatever their form, each with its kind.
    #[must_use]
    pub fn found(&self, text: &str) -> BTreeSet<(&'static str, String)> {
        let mut places = self.loose.places(text.to_ascii_lowercase().as_bytes());
        places.append(&mut self.exact.places(text.as_bytes()));
        places.iter().map(|place| &self.known[*place]).map(|canary| (canary.kind, canary.word.clone())).collect()
    }

    /// Every word of a kind.
    #[must_use]
    pub fn of(&self, kind: &str) -> BTreeSet<String> {
        self.known.iter().filter(|canary| canary.kind == kind).map(|canary| canary.word.clone()).collect()
    }
}

/// Texts to look for, each standing for a word, found by their first two bytes.
#[derive(Default)]
struct Forms(HashMap<[u8; 2], Vec<(String, usize)>>);

impl Forms {
    fn add(&mut self, form: String, place: usize) {
        let bytes = form.as_bytes();
        self.0.entry([bytes[0], bytes[1]]).or_default().push((form, place));
    }

    fn places(&self, text: &[u8]) -> BTreeSet<usize> {
        let mut starts = vec![false; 1 << 16];
        for pair in self.0.keys() {
            starts[usize::from(u16::from_be_bytes(*pair))] = true;
        }
        let mut found = BTreeSet::new();
        let mut pair = 0;
        for (end, byte) in text.iter().enumerate() {
            pair = (pair << 8 | usize::from(*byte)) & 0xffff;
            if starts[pair] && end > 0 {
                let rest = &text[end - 1..];
                let forms = self.0.get(&[text[end - 1], *byte]).into_iter().flatten();
                found.extend(forms.filter(|(form, _)| rest.starts_with(form.as_bytes())).map(|(_, place)| *place));
            }
        }
        found
    }
}

fn hexadecimal(word: &str, before: &str) -> String {
    word.bytes().map(|byte| format!("{before}{byte:02x}")).collect()
}

/// As in a URL, where only what is neither letter nor digit is escaped.
fn escaped(word: &str) -> String {
    let one = |byte: u8| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            char::from(byte).to_string()
        } else {
            format!("%{byte:02x}")
        }
    };
    word.bytes().map(one).collect()
}

/// What a word looks like in base64 when `shift` bytes modulo 3 stand before it: only the characters that no neighbour
/// has a part in.
fn in_base64(word: &str, shift: usize) -> String {
    let text = STANDARD_NO_PAD.encode([&vec![0; shift], word.as_bytes()].concat());
    let (from, until) = ((shift * 8).div_ceil(6), (shift + word.len()) * 8 / 6);
    text[from..until].to_owned()
}
