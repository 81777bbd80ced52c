//! What a customer needs, as its owner sees it.

use async_graphql::{ID, SimpleObject};
use entity::values::Timestamp;
use entity::vault::Context;

use super::brand::Brand;

/// A need as the customer who stated it sees it. Brands see a `Context` under a grant.
#[derive(SimpleObject)]
pub struct StatedContext {
    /// Its id, to take it back with `clearContext`.
    id: ID,
    /// The only brand that it is meant for; null: every brand that may see CONTEXT.
    brand: Option<Brand>,
    /// What it is about, in a few words.
    topic: String,
    /// In the customer's words.
    text: Option<String>,
    /// Where, as typed for this need.
    area: Option<String>,
    /// What would settle it.
    wished_outcome: Option<String>,
    /// When it was stated.
    stated_at: Timestamp,
}

impl StatedContext {
    /// A need with the brand it is addressed to.
    pub fn new(context: Context, brand: Option<Brand>) -> Self {
        Self {
            id: context.id.into(),
            brand,
            topic: context.topic,
            text: context.text,
            area: context.area,
            wished_outcome: context.wished_outcome,
            stated_at: context.stated_at,
        }
    }
}
