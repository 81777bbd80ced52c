//! Links, as their owner sees them.

use async_graphql::{ID, Object};
use entity::values::{Channel, Timestamp};
use entity::vault::own::OwnLink;

/// The proven tie of the customer to a handle. For its owner only.
pub struct Link(OwnLink);

/// The proven tie of the customer to a handle. For its owner only.
#[Object]
impl Link {
    /// The global id.
    pub async fn id(&self) -> ID {
        self.0.id.into()
    }

    /// Where the handle is.
    async fn channel(&self) -> Channel {
        self.0.handle.as_ref().channel
    }

    /// The name on it.
    async fn handle(&self) -> &str {
        &self.0.handle.as_ref().handle
    }

    /// When it was proven last.
    async fn verified_at(&self) -> Timestamp {
        self.0.handle.as_ref().verified_at
    }

    /// When it has to be proven again. From then on brands find nobody by it, and are not shown it, until it is.
    async fn due_at(&self) -> Timestamp {
        self.0.due_at
    }

    /// Whether that time has come.
    async fn is_due(&self) -> bool {
        self.0.is_due
    }
}

impl From<OwnLink> for Link {
    fn from(link: OwnLink) -> Self {
        Self(link)
    }
}

/// The cursor of a link in its list.
pub(in crate::graphql) fn cursor(link: &OwnLink) -> String {
    link.id.to_string()
}
