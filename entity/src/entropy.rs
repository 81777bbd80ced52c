//! Randomness as a parameter: the system's in production, a seeded stream for the demo and for tests.

use std::sync::{Arc, Mutex, PoisonError};

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use uuid::{Builder, Uuid};

use crate::values::Timestamp;

/// Where randomness comes from.
#[derive(Clone, Default)]
pub enum Entropy {
    /// The operating system's generator.
    #[default]
    System,
    /// A reproducible stream: never for secrets that must hold.
    Seeded(Arc<Mutex<ChaCha20Rng>>),
}

impl Entropy {
    /// The stream of this seed.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self::Seeded(Arc::new(Mutex::new(ChaCha20Rng::seed_from_u64(seed))))
    }

    /// Fresh random bytes.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the one place where randomness is drawn")]
    #[expect(clippy::expect_used, reason = "without randomness nothing can be issued safely")]
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        match self {
            Self::System => aws_lc_rs::rand::fill(&mut bytes).expect("the system's random generator answers"),
            Self::Seeded(stream) => stream.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(&mut bytes),
        }
        bytes
    }

    /// A random id (UUID version 4): says nothing about when or for whom it was made.
    #[must_use]
    pub fn id(&self) -> Uuid {
        Builder::from_random_bytes(self.bytes()).into_uuid()
    }

    /// An id that sorts by time (UUID version 7).
    #[must_use]
    pub fn id_at(&self, now: Timestamp) -> Uuid {
        let milliseconds = u64::try_from(now.as_millis()).unwrap_or_default();
        Builder::from_unix_timestamp_millis(milliseconds, &self.bytes()).into_uuid()
    }

    /// A code of six decimal digits, each code equally likely.
    #[must_use]
    pub fn digits(&self) -> String {
        // 4,294 whole ranges of a million fit into 32 bits; what lies above them is drawn again.
        loop {
            let drawn = u32::from_le_bytes(self.bytes());
            if drawn < 4_294_000_000 {
                return format!("{:06}", drawn % 1_000_000);
            }
        }
    }
}
