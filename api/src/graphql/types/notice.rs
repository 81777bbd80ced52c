//! Notices, as anyone sees them to whom they are shown.

use std::collections::HashMap;
use std::fmt::Write;

use async_graphql::{ID, Result, SimpleObject};
use entity::notice::{self, Content};
use entity::values::{Locale, Timestamp};

use crate::deps::Deps;
use crate::domain::notices;
use crate::graphql::context::fault;

/// Who answers for the data.
#[derive(SimpleObject)]
pub struct NoticeController {
    /// Its full name.
    name: String,
    /// Where it has its seat.
    address: String,
    /// How to reach it about data.
    contact: String,
}

/// The exact text that stands beside a decision, in one language. Published once and never changed; a changed text is a new
/// version.
#[derive(SimpleObject)]
pub struct Notice {
    /// The notice; the same in all versions and languages.
    id: ID,
    /// How its brand names it; `standard` for the one that holds where a brand has none of its own.
    name: String,
    /// From 1.
    version: i32,
    /// The language of this text.
    locale: Locale,
    /// Who answers for the data.
    controller: NoticeController,
    /// What for.
    purposes: String,
    /// What data.
    data: String,
    /// Why it is needed.
    why: String,
    /// For how long.
    duration: String,
    /// How to take it back.
    withdrawal: String,
    /// What else the customer can ask for.
    rights: String,
    /// SHA-256, in hexadecimal, over this text as canonical JSON (RFC 8785) of `id`, `version`, `locale` and `content` with
    /// its sections: what a grant pins to prove what was shown.
    hash: String,
    /// Since when it is in use.
    published_at: Timestamp,
}

impl Notice {
    /// The text as it is shown.
    pub fn new(text: notice::Model) -> Option<Self> {
        let hash = text.digest().iter().fold(String::with_capacity(64), |mut hash, byte| {
            // Writing into a String cannot fail.
            let _ = write!(hash, "{byte:02x}");
            hash
        });
        let Content { controller, purposes, data, why, duration, withdrawal, rights } = text.content;
        Some(Self {
            id: text.id.into(),
            name: text.name,
            version: text.version,
            locale: text.locale.parse().ok()?,
            controller: NoticeController {
                name: controller.name,
                address: controller.address,
                contact: controller.contact,
            },
            purposes,
            data,
            why,
            duration,
            withdrawal,
            rights,
            hash,
            published_at: text.created_at,
        })
    }
}

/// All languages of some versions of notices. Loaded once per list.
pub(super) struct Texts(HashMap<(String, i32), Vec<notice::Model>>);

impl Texts {
    /// Loads the versions in one statement.
    pub async fn load<'v>(deps: &Deps, versions: impl IntoIterator<Item = (&'v str, i32)>) -> Result<Self> {
        let rows = notices::load(deps.vault.store.reader(), versions).await.map_err(fault)?;
        let mut texts: HashMap<_, Vec<_>> = HashMap::new();
        for row in rows {
            texts.entry((row.id.clone(), row.version)).or_default().push(row);
        }
        Ok(Self(texts))
    }

    /// All languages of one version.
    pub fn of(&self, id: &str, version: i32) -> Vec<notice::Model> {
        self.0.get(&(id.to_owned(), version)).cloned().unwrap_or_default()
    }
}

/// The text for somebody who reads this language.
pub(super) fn best(texts: &[notice::Model], locale: Option<&Locale>) -> Option<Notice> {
    notice::best(texts, locale).cloned().and_then(Notice::new)
}
