//! Macros, as a brand's people see them.

use async_graphql::{ID, SimpleObject};
use entity::values::Timestamp;
use entity::values::template::Template;
use entity::{reply_macro, reply_macro_version};

/// A template of replies that the brand's people share. For its staff and its apps that are registered for CUSTOMER_CARE.
#[derive(SimpleObject)]
pub struct Macro {
    /// The macro's id; the same across its versions.
    id: ID,
    /// How its people call it.
    title: String,
    /// The text, with places as `Conversation.draftReply` says.
    template: String,
    /// Its newest version, from 1. Give it back with `updateMacro` and `sendReply`.
    version: i32,
    /// Whether it may go where anybody can read it: none of its places is private.
    may_be_public: bool,
    /// Since when nobody may use it any more; null while it is in use.
    retired_at: Option<Timestamp>,
}

impl From<reply_macro::Model> for Macro {
    fn from(row: reply_macro::Model) -> Self {
        let private = row.template.parse::<Template>().map(|template| template.private().is_some());
        Self {
            id: row.id.into(),
            title: row.title,
            template: row.template,
            version: row.version,
            may_be_public: private == Ok(false),
            retired_at: row.retired_at,
        }
    }
}

/// A version of a macro, never changed. For the brand's staff and its apps that are registered for CUSTOMER_CARE.
#[derive(SimpleObject)]
pub struct MacroVersion {
    /// Which one, from 1.
    version: i32,
    /// How it was called.
    title: String,
    /// The text, with places.
    template: String,
    /// Which member of staff wrote it.
    staff_id: ID,
    /// When.
    created_at: Timestamp,
}

impl From<reply_macro_version::Model> for MacroVersion {
    fn from(row: reply_macro_version::Model) -> Self {
        let reply_macro_version::Model { version, title, template, staff_id, created_at, .. } = row;
        Self { version, title, template, staff_id: staff_id.into(), created_at }
    }
}
