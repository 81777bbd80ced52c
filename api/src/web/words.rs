//! What pages say, in each language that they are written in: messages after Project Fluent, in `pages/words`.

use std::borrow::Cow;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};
use unic_langid::{LanguageIdentifier, langid};

/// A language that the pages are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// English.
    English,
    /// Spanish.
    Spanish,
}

impl Language {
    /// All of them; the first is for whoever reads none.
    pub const ALL: [Self; 2] = [Self::English, Self::Spanish];

    /// Its tag after BCP 47.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Spanish => "es",
        }
    }

    /// Of this tag, whatever the region.
    #[must_use]
    pub fn of(tag: &str) -> Option<Self> {
        let primary = tag.trim().split(['-', '_', ';']).next().unwrap_or_default();
        Self::ALL.into_iter().find(|language| language.tag().eq_ignore_ascii_case(primary))
    }

    /// The first that a browser wants (`Accept-Language`, RFC 9110 section 12.5.4). Browsers send them in order.
    #[must_use]
    pub fn wanted(accepted: &str) -> Self {
        accepted.split(',').find_map(Self::of).unwrap_or(Self::English)
    }

    const fn identifier(self) -> LanguageIdentifier {
        match self {
            Self::English => langid!("en"),
            Self::Spanish => langid!("es"),
        }
    }
}

/// All messages of all languages.
pub struct Words(Vec<(Language, FluentBundle<FluentResource>)>);

impl Words {
    /// Reads them.
    ///
    /// # Errors
    /// Says in which language which message is not Fluent, or stands twice.
    pub fn read(text: impl Fn(Language) -> Cow<'static, str>) -> Result<Self, String> {
        let one = |language: Language| {
            let fault = |what: String| format!("{}: {what}", language.tag());
            let resource = FluentResource::try_new(text(language).into_owned());
            let resource = resource.map_err(|(_, errors)| fault(format!("{errors:?}")))?;
            let mut bundle = FluentBundle::new_concurrent(vec![language.identifier()]);
            // Both languages are written from left to right.
            bundle.set_use_isolating(false);
            bundle.add_resource(resource).map_err(|errors| fault(format!("{errors:?}")))?;
            Ok((language, bundle))
        };
        Language::ALL.into_iter().map(one).collect::<Result<_, _>>().map(Self)
    }

    /// A message; none if there is no such, or if something is missing in it.
    #[must_use]
    pub fn say(&self, language: Language, key: &str, arguments: &FluentArgs<'_>) -> Option<String> {
        let (_, bundle) = self.0.iter().find(|(known, _)| *known == language)?;
        let pattern = bundle.get_message(key)?.value()?;
        let mut errors = Vec::new();
        let text = bundle.format_pattern(pattern, Some(arguments), &mut errors).into_owned();
        errors.is_empty().then_some(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_gets_the_first_language_that_there_is() {
        for (accepted, language) in [
            ("es-MX,es;q=0.9,en;q=0.8", Language::Spanish),
            ("de-DE,de;q=0.9,es;q=0.5,en;q=0.1", Language::Spanish),
            ("en-GB", Language::English),
            ("eo", Language::English),
            ("", Language::English),
            ("est", Language::English),
        ] {
            assert_eq!(Language::wanted(accepted), language, "{accepted}");
        }
    }
}
