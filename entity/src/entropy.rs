//! Randomness as a parameter: the system's in production, a seeded stream for the demo and for tests.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use uuid::{Builder, Uuid};

use crate::values::Timestamp;

/// Where randomness comes from; cheap to clone.
#[derive(Clone, Default)]
pub struct Entropy {
    source: Source,
    /// Puts ids of the same millisecond in the order in which they were made here.
    sequence: Arc<AtomicU32>,
}

#[derive(Clone, Default)]
enum Source {
    /// The operating system's generator.
    #[default]
    System,
    /// A reproducible stream: never for secrets that must hold.
    Seeded(Arc<Mutex<ChaCha20Rng>>),
}

impl Entropy {
    /// The operating system's generator.
    #[must_use]
    pub fn system() -> Self {
        Self::default()
    }

    /// The stream of this seed.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        let source = Source::Seeded(Arc::new(Mutex::new(ChaCha20Rng::seed_from_u64(seed))));
        Self { source, sequence: Arc::default() }
    }

    /// Fresh random bytes.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the one place where randomness is drawn")]
    #[expect(clippy::expect_used, reason = "without randomness nothing can be issued safely")]
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        match &self.source {
            Source::System => aws_lc_rs::rand::fill(&mut bytes).expect("the system's random generator answers"),
            Source::Seeded(stream) => stream.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(&mut bytes),
        }
        bytes
    }

    /// A random id (UUID version 4): says nothing about when or for whom it was made.
    #[must_use]
    pub fn id(&self) -> Uuid {
        Builder::from_random_bytes(self.bytes()).into_uuid()
    }

    /// The least of the ids of a time: what sorts below it was made before.
    #[must_use]
    pub fn least_id_at(time: Timestamp) -> Uuid {
        Uuid::from_u128(u128::from(u64::try_from(time.as_millis()).unwrap_or_default() & 0xffff_ffff_ffff) << 80)
    }

    /// An id that sorts by time (UUID version 7), and within a millisecond by the order in which this process made it:
    /// a counter stands in the first 32 of its random bits (RFC 9562 section 6.2, method 1).
    #[must_use]
    pub fn id_at(&self, now: Timestamp) -> Uuid {
        let milliseconds = u64::try_from(now.as_millis()).unwrap_or_default();
        let count = u128::from(self.sequence.fetch_add(1, Ordering::Relaxed));
        let noise = u128::from(u64::from_be_bytes(self.bytes()) >> 22);
        // 48 bits of time, 4 of version, 12 of the count, 2 of variant, 20 of the count, 42 of noise.
        let bits = u128::from(milliseconds & 0xffff_ffff_ffff) << 80
            | 0x7 << 76
            | (count >> 20) << 64
            | 0b10 << 62
            | (count & 0xf_ffff) << 42
            | noise;
        Uuid::from_u128(bits)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_by_time_and_then_by_the_order_in_which_they_were_made() {
        let entropy = Entropy::seeded(1);
        let times = [7, 7, 7, 8, 8, 1_781_000_000_000, 1_781_000_000_000];
        let ids: Vec<Uuid> = times.iter().map(|time| entropy.id_at(Timestamp::from_millis(*time))).collect();
        assert!(ids.is_sorted());
        assert!(ids.iter().all(|id| id.get_version_num() == 7 && id.get_variant() == uuid::Variant::RFC4122));
    }

    #[test]
    fn the_same_seed_gives_the_same_stream() {
        assert_eq!(Entropy::seeded(3).id(), Entropy::seeded(3).id());
        assert_ne!(Entropy::seeded(3).id(), Entropy::seeded(4).id());
    }
}
