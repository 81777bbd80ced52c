//! Receipts of consent events.

use async_graphql::{ID, SimpleObject};

/// The signed proof of a consent event, for the customer. Not issued yet: where a payload has one, it is null.
#[derive(SimpleObject)]
pub struct Receipt {
    /// The receipt's id.
    id: ID,
}
