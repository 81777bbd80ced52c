//! Chance from a seed (SplitMix64): the same seed makes the same choices and delays.

use std::time::Duration;

/// A stream of choices.
pub struct Chance(u64);

impl Chance {
    /// The stream of one actor: others of the same seed have others.
    pub const fn of(seed: u64, actor: u64) -> Self {
        Self(seed ^ actor.wrapping_mul(0xd134_2543_de82_ef95))
    }

    /// Any number.
    pub const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let x = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    }

    /// A number below this one; zero if there is none.
    pub fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end).unwrap_or(u64::MAX).max(1);
        usize::try_from(self.next() % end).unwrap_or_default()
    }

    /// Yes, in so many of a hundred cases.
    pub const fn percent(&mut self, percent: u64) -> bool {
        self.next() % 100 < percent
    }

    /// A delay, to the microsecond, below so many milliseconds.
    pub fn delay(&mut self, milliseconds: u64) -> Duration {
        Duration::from_micros(self.next() % (milliseconds * 1_000).max(1))
    }

    /// One of them.
    pub fn pick<'l, T>(&mut self, list: &'l [T]) -> &'l T {
        &list[self.below(list.len())]
    }
}
