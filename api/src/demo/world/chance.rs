//! Chance without randomness: a counter-based generator (SplitMix64), one stream per person and topic.
//!
//! Streams are independent, so a change to one person's preferences does not shuffle everybody's grants.

/// A stream of numbers that depends on nothing but what it was made from.
pub(super) struct Chance {
    state: u64,
}

/// What a stream decides, so that topics of one person do not share numbers.
#[derive(Clone, Copy)]
pub(super) enum Topic {
    Order = 1,
    Person,
    Links,
    Preferences,
    Contexts,
    Sharing,
    Reads,
}

const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

impl Chance {
    /// The stream of person `number` for `topic`.
    pub(super) fn new(seed: u64, topic: Topic, number: u64) -> Self {
        let state = mix(seed.wrapping_add(STEP)) ^ mix((topic as u64) << 32 | number);
        Self { state: mix(state) }
    }

    /// The next 64 bits.
    pub(super) fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(STEP);
        mix(self.state)
    }

    /// A number in `0..end`; 0 if `end` is 0.
    pub(super) fn below(&mut self, end: u64) -> u64 {
        let wide = u128::from(self.next()).saturating_mul(u128::from(end));
        u64::try_from(wide >> 64).unwrap_or(0)
    }

    /// A number in `low..=high`; `low` if the range is empty.
    pub(super) fn between(&mut self, low: i64, high: i64) -> i64 {
        let width = u64::try_from(high.saturating_sub(low).saturating_add(1)).unwrap_or(0);
        low.saturating_add(i64::try_from(self.below(width)).unwrap_or(0))
    }

    /// True in `share` of 100 cases.
    pub(super) fn percent(&mut self, share: u64) -> bool {
        self.below(100) < share
    }

    /// One of `items`; the default if there are none.
    pub(super) fn pick<T: Copy + Default>(&mut self, items: &[T]) -> T {
        let at = self.below(items.len() as u64);
        usize::try_from(at).ok().and_then(|at| items.get(at)).copied().unwrap_or_default()
    }

    /// One word of a list that is written as a text.
    pub(super) fn word<'a>(&mut self, text: &'a str, separator: char) -> &'a str {
        let words: Vec<&str> = text.split(separator).collect();
        self.pick(&words)
    }

    /// `count` different ones of `items`, in their order; all of them if there are fewer.
    pub(super) fn sample<T: Copy>(&mut self, items: &[T], count: u64) -> Vec<T> {
        let mut wanted = count;
        let mut left = items.len() as u64;
        let mut taken = Vec::new();
        for item in items {
            if self.below(left) < wanted {
                taken.push(*item);
                wanted = wanted.saturating_sub(1);
            }
            left = left.saturating_sub(1);
        }
        taken
    }
}

fn mix(bits: u64) -> u64 {
    let bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}
