//! Notices: the exact texts that stand beside a decision. Immutable, versioned, one row per language.
//!
//! A published row is never changed nor removed: no code does, and the database refuses it. A changed text, or one more
//! language, is a new version. [`Model::digest`] is pinned with every grant version, so that the text that was shown can
//! be proven.

pub mod standard;

use aws_lc_rs::digest::{SHA256, digest};
use sea_orm::FromJsonQueryResult;
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::ids::BrandId;
use crate::values::{Locale, Timestamp};

pub use standard::STANDARD;

/// A row of `notice`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "notice")]
pub struct Model {
    /// Which notice: `standard`, or a [`NoticeId`](crate::ids::NoticeId) as text.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// From 1; a changed text is a new version.
    #[sea_orm(primary_key, auto_increment = false)]
    pub version: i32,
    /// BCP 47.
    #[sea_orm(primary_key, auto_increment = false)]
    pub locale: String,
    /// Whose it is; none for the standard notice.
    pub brand_id: Option<BrandId>,
    /// How its brand names it, in all versions.
    pub name: String,
    /// The text.
    pub content: Content,
    /// Since when it is in use.
    pub created_at: Timestamp,
}

/// Who answers for the data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Controller {
    /// Its full name.
    pub name: String,
    /// Where it has its seat.
    pub address: String,
    /// How to reach it about data.
    pub contact: String,
}

/// The sections of a notice, each in plain words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Content {
    /// Who answers for the data.
    pub controller: Controller,
    /// What for.
    pub purposes: String,
    /// What data.
    pub data: String,
    /// Why it is needed.
    pub why: String,
    /// For how long.
    pub duration: String,
    /// How to take it back.
    pub withdrawal: String,
    /// What else the customer can ask for.
    pub rights: String,
}

impl Model {
    /// SHA-256 over the [canonical form](Self::canonical): 32 bytes.
    #[must_use]
    pub fn digest(&self) -> Vec<u8> {
        digest(&SHA256, self.canonical().as_bytes()).as_ref().to_vec()
    }

    /// The text as canonical JSON (RFC 8785): id, version, locale and every section, in UTF-8 without white space. All
    /// names are ASCII and stand here in their sorted order; all values are texts but the version.
    #[must_use]
    pub fn canonical(&self) -> String {
        let Content { controller, purposes, data, why, duration, withdrawal, rights } = &self.content;
        json!({
            "content": {
                "controller": {
                    "address": controller.address,
                    "contact": controller.contact,
                    "name": controller.name,
                },
                "data": data,
                "duration": duration,
                "purposes": purposes,
                "rights": rights,
                "why": why,
                "withdrawal": withdrawal,
            },
            "id": self.id,
            "locale": self.locale,
            "version": self.version,
        })
        .to_string()
    }
}

/// Which text stood beside a decision, as a grant version pins it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The notice.
    pub id: String,
    /// Its version.
    pub version: i32,
    /// Its language.
    pub locale: String,
    /// [`Model::digest`] of it.
    pub hash: Vec<u8>,
}

impl Shown {
    /// What consent through the API or an import refers to: no page was seen.
    #[must_use]
    pub fn standard() -> Self {
        Self::from(&standard::english())
    }
}

impl From<&Model> for Shown {
    fn from(text: &Model) -> Self {
        Self { id: text.id.clone(), version: text.version, locale: text.locale.clone(), hash: text.digest() }
    }
}

/// The text to show to somebody who reads this language (RFC 4647 section 3.4, lookup): the tag itself, else what is left
/// when subtags are cut off its end, else another form of the same language, else English, else the first by name.
#[must_use]
pub fn best<'t>(texts: &'t [Model], wanted: Option<&Locale>) -> Option<&'t Model> {
    let exact = |tag: &str| texts.iter().find(|text| text.locale.eq_ignore_ascii_case(tag));
    let language = |language: &str| texts.iter().find(|text| text.locale.split('-').next() == Some(language));
    let lookup = |tag: &Locale| {
        let ends = tag.as_str().rmatch_indices('-').map(|(place, _)| place);
        let ranges = std::iter::once(tag.as_str()).chain(ends.filter_map(|end| tag.as_str().get(..end)));
        ranges.into_iter().find_map(exact).or_else(|| language(tag.language()))
    };
    let fallback = || exact("en").or_else(|| language("en")).or_else(|| texts.iter().min_by_key(|text| &text.locale));
    wanted.and_then(lookup).or_else(fallback)
}

/// None: notices are looked up by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(locale: &str) -> Model {
        Model { locale: locale.into(), ..standard::english() }
    }

    fn chosen(published: &[&str], wanted: &str) -> String {
        let texts: Vec<Model> = published.iter().map(|locale| text(locale)).collect();
        best(&texts, wanted.parse().ok().as_ref()).map(|text| text.locale.clone()).unwrap_or_default()
    }

    #[test]
    fn the_best_text_is_the_nearest_that_the_reader_can_read() {
        for (published, wanted, best) in [
            (&["de", "en", "es"][..], "es", "es"),
            (&["de", "en", "es"], "es-MX", "es"),
            (&["en", "es-ES", "es-MX"], "es-MX", "es-MX"),
            (&["en", "es-ES"], "es", "es-ES"),
            (&["en", "es-ES"], "es-AR", "es-ES"),
            (&["en", "zh", "zh-Hant"], "zh-Hant-TW", "zh-Hant"),
            (&["de", "en"], "fr", "en"),
            (&["de", "en-GB"], "fr", "en-GB"),
            (&["pl", "de"], "fr", "de"),
            (&["de", "en"], "", "en"),
            (&[], "en", ""),
        ] {
            assert_eq!(chosen(published, wanted), best, "{wanted} of {published:?}");
        }
    }

    #[test]
    fn the_digest_differs_when_any_part_of_the_text_does() {
        let original = standard::english();
        let changes: [fn(&mut Model); 12] = [
            |text| text.id.push('x'),
            |text| text.version += 1,
            |text| text.locale.push('x'),
            |text| text.content.controller.name.push(' '),
            |text| text.content.controller.address.push(' '),
            |text| text.content.controller.contact.push(' '),
            |text| text.content.purposes.push('.'),
            |text| text.content.data.push('.'),
            |text| text.content.why.push('.'),
            |text| text.content.duration.push('.'),
            |text| text.content.withdrawal.push('.'),
            |text| text.content.rights.push('.'),
        ];
        let mut digests: Vec<_> = changes.iter().map(|change| with(&original, change).digest()).collect();
        digests.push(original.digest());
        digests.sort();
        digests.dedup();
        assert_eq!(digests.len(), 13);
    }

    fn with(original: &Model, change: &fn(&mut Model)) -> Model {
        let mut text = original.clone();
        change(&mut text);
        text
    }

    #[test]
    fn the_canonical_form_is_sorted_and_has_no_white_space_outside_texts() {
        let mut text = standard::english();
        for part in [&mut text.content.data, &mut text.content.why, &mut text.content.duration] {
            part.clear();
        }
        for part in [&mut text.content.purposes, &mut text.content.withdrawal, &mut text.content.rights] {
            *part = "é \"a\"\n".into();
        }
        text.content.controller = Controller { name: "N".into(), address: "A".into(), contact: "C".into() };
        assert_eq!(
            text.canonical(),
            "{\"content\":{\"controller\":{\"address\":\"A\",\"contact\":\"C\",\"name\":\"N\"},\"data\":\"\",\
             \"duration\":\"\",\"purposes\":\"é \\\"a\\\"\\n\",\"rights\":\"é \\\"a\\\"\\n\",\"why\":\"\",\
             \"withdrawal\":\"é \\\"a\\\"\\n\"},\"id\":\"standard\",\"locale\":\"en\",\"version\":1}"
        );
    }
}
