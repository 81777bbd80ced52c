//! What is known of the device that an account is opened on.

use crate::domain::guesses::ClientAddress;

/// Where a request comes from, and on what kind of device.
#[derive(Clone, Copy)]
pub struct Client {
    /// For limits only: it is not stored.
    pub address: ClientAddress,
    /// A coarse description for the customer's list of sessions, out of a short list.
    pub label: Option<Label>,
}

impl Client {
    /// Nobody's: what this process does by itself.
    #[must_use]
    pub fn own() -> Self {
        Self { address: ClientAddress::new(None), label: None }
    }
}

/// Programs, by what their `User-Agent` contains. The first that fits: many name others beside themselves.
const PROGRAMS: [(&str, &str); 8] = [
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
];

/// Systems, likewise.
const SYSTEMS: [(&str, &str); 7] = [
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
];

/// A kind of device: a program and a system that many people have, or neither.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Label {
    program: Option<&'static str>,
    system: Option<&'static str>,
}

impl Label {
    /// What a `User-Agent` says, as far as it is in our lists. Nothing else of it is kept: it could tell people apart.
    #[must_use]
    pub fn read(user_agent: &str) -> Option<Self> {
        let find = |list: &[(&str, &'static str)]| {
            list.iter().find(|(mark, _)| user_agent.contains(mark)).map(|(_, name)| *name)
        };
        let (program, system) = (find(&PROGRAMS), find(&SYSTEMS));
        (program.is_some() || system.is_some()).then_some(Self { program, system })
    }
}

impl std::fmt::Display for Label {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.program, self.system) {
            (Some(program), Some(system)) => write!(f, "{program} on {system}"),
            (Some(one), None) | (None, Some(one)) => f.write_str(one),
            (None, None) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label(user_agent: &str) -> String {
        Label::read(user_agent).map_or_else(String::new, |label| label.to_string())
    }

    #[test]
    fn a_label_is_made_of_words_of_ours() {
        let chrome =
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36";
        assert_eq!(label(chrome), "Chrome on Linux");
        assert_eq!(label(&format!("{chrome} Edg/138.0.0.0")), "Edge on Linux");
        assert_eq!(label("Mozilla/5.0 (Android 15; Mobile; rv:141.0) Gecko/141.0 Firefox/141.0"), "Firefox on Android");
        assert_eq!(label("an iPhone of Ada Moreno"), "iPhone");
        assert_eq!(label("reqwest/0.13"), "");
    }

    #[test]
    fn the_longest_label_fits_into_its_column() {
        let longest = |list: &[(&str, &str)]| list.iter().map(|(_, name)| name.len()).max().unwrap_or_default();
        assert!(longest(&PROGRAMS) + longest(&SYSTEMS) + " on ".len() <= 32);
    }
}
