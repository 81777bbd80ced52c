//! What happens, for whoever is watching on this node: `tail` reads it as it comes, and hands it out here.
//!
//! Nothing of anybody's goes this way, only that something has happened. Whoever watches asks again then, by an ordinary
//! operation: under the same guard, the same law, and with a record of its own.

mod ears;
mod tail;

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use entity::ids::{BrandId, ConversationId, CustomerId, DisclosureId};
use entity::kinds::NewsKind;
use entity::news;
use entity::vault::Vault;
use entity::vault::news::{Place, Told};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, broadcast, watch};
use tokio::task::JoinHandle;

pub use ears::{Ears, Heard};

/// Streams and connections of one node.
const MOST_STREAMS: usize = 20_000;
/// What a stream may leave unread: then it reads the rest from the database.
const MOST_UNREAD: usize = 256;

/// What a stream listens to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Topic {
    /// A brand's conversations, or one of them; from a place on, or from now.
    Conversations {
        /// Whose.
        brand: BrandId,
        /// Only this one.
        conversation: Option<ConversationId>,
        /// From where on.
        from: Option<Place>,
    },
    /// The grants to a brand; from a place on, or from now.
    Grants {
        /// Whose.
        brand: BrandId,
        /// From where on.
        from: Option<Place>,
    },
    /// What one customer shares with a brand: the grant is known once it was looked at.
    Shared {
        /// With whom.
        brand: BrandId,
    },
    /// Who looks at what is a customer's.
    Disclosures {
        /// Whose.
        customer: CustomerId,
    },
}

impl Topic {
    /// Whether such news are for whoever listens to it.
    fn concerns(&self, news: &news::Model) -> bool {
        let is_grant = news.kind == NewsKind::GrantChanged;
        match self {
            Self::Conversations { conversation, .. } => {
                !is_grant && conversation.is_none_or(|wanted| news.conversation_id == Some(wanted))
            }
            Self::Grants { .. } | Self::Shared { .. } => is_grant,
            Self::Disclosures { .. } => false,
        }
    }
}

/// Something that whoever is watching is told.
#[derive(Debug, Clone)]
pub enum Happened {
    /// They are watching from here on.
    Begun(Place),
    /// News of a brand.
    News(Told),
    /// Somebody has looked at what is theirs.
    Looked(DisclosureId),
    /// A time has come.
    Due,
}

/// Where streams are known by what they listen to.
pub struct Hub {
    vault: Vault,
    brands: Lines<BrandId, Told>,
    customers: Lines<CustomerId, DisclosureId>,
    /// Up to where news were handed out; none before the tail has begun.
    reached: watch::Sender<Option<Place>>,
    closing: watch::Sender<bool>,
    room: Arc<Semaphore>,
}

impl Hub {
    /// A hub, and what reads news for it until it is closed.
    #[must_use]
    pub fn start(vault: &Vault) -> (Arc<Self>, JoinHandle<()>) {
        let hub = Arc::new(Self {
            vault: vault.clone(),
            brands: Lines::default(),
            customers: Lines::default(),
            reached: watch::Sender::new(None),
            closing: watch::Sender::new(false),
            room: Arc::new(Semaphore::new(MOST_STREAMS)),
        });
        let reading = tokio::spawn(tail::read(Arc::clone(&hub)));
        (hub, reading)
    }

    /// Ends every stream, and the reading.
    pub fn close(&self) {
        self.closing.send_replace(true);
    }

    /// Returns when it is closed.
    pub async fn closed(&self) {
        let mut closing = self.closing.subscribe();
        // An error says that nobody is left to close it.
        let _ = closing.wait_for(|closing| *closing).await;
    }

    /// Room for one more stream or connection, until it is dropped. `None`: this node has enough.
    #[must_use]
    pub fn enter(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.room).try_acquire_owned().ok()
    }

    /// Hands out news.
    fn hand_out(&self, told: Vec<Told>, reached: Place) {
        for one in told {
            self.brands.send(&one.news.brand_id, &one);
        }
        self.reached.send_replace(Some(reached));
    }
}

/// For each key whoever listens to it.
struct Lines<K, T>(Mutex<HashMap<K, broadcast::Sender<T>>>);

impl<K, T> Default for Lines<K, T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Eq + Hash + Copy, T: Clone> Lines<K, T> {
    fn listen(&self, key: K) -> broadcast::Receiver<T> {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Lines that nobody listens to any more are forgotten with the next one.
        lines.retain(|_, line| line.receiver_count() > 0);
        lines.entry(key).or_insert_with(|| broadcast::Sender::new(MOST_UNREAD)).subscribe()
    }

    fn send(&self, key: &K, one: &T) {
        let lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(line) = lines.get(key) {
            // An error says that nobody listens.
            let _ = line.send(one.clone());
        }
    }

    fn keys(&self) -> Vec<K> {
        let lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.iter().filter(|(_, line)| line.receiver_count() > 0).map(|(key, _)| *key).collect()
    }
}
