//! Data keys in memory: the most recently used ones, none for long.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use hashlink::LruCache;

use super::{DataKey, Holder};
use crate::values::Timestamp;

/// Keys at most; each takes about 200 bytes.
const MOST: usize = 50_000;
/// Milliseconds after which a key is read anew: so long may another node hold the key of somebody who was erased. It
/// opens nothing there, as no row names the customer any more.
const OLDEST: i64 = 60_000;

pub(super) struct Cache(Mutex<LruCache<Holder, (DataKey, Timestamp)>>);

impl Default for Cache {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(MOST)))
    }
}

impl Cache {
    pub fn find(&self, holders: &[Holder], now: Timestamp) -> HashMap<Holder, DataKey> {
        let mut cache = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = |since: Timestamp| (0..OLDEST).contains(&now.millis_since(since));
        let mut find = |holder: &Holder| {
            let (key, since) = cache.get(holder)?;
            fresh(*since).then(|| (*holder, key.clone()))
        };
        holders.iter().filter_map(&mut find).collect()
    }

    pub fn keep(&self, keys: &HashMap<Holder, DataKey>, now: Timestamp) {
        let mut cache = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (holder, key) in keys {
            cache.insert(*holder, (key.clone(), now));
        }
    }

    pub fn forget(&self, holder: Holder) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&holder);
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::entropy::Entropy;

    #[test]
    fn a_key_is_found_until_it_is_old_or_forgotten() {
        let cache = Cache::default();
        let holder = Holder(Uuid::from_u128(1));
        let since = Timestamp::from_millis(1_000);
        cache.keep(&HashMap::from([(holder, DataKey::new(&Entropy::seeded(1)))]), since);
        assert_eq!(cache.find(&[holder], since.plus_millis(OLDEST - 1)).len(), 1);
        assert_eq!(cache.find(&[holder], since.plus_millis(OLDEST)).len(), 0);
        assert_eq!(cache.find(&[holder], since).len(), 1);
        cache.forget(holder);
        assert_eq!(cache.find(&[holder], since).len(), 0);
    }
}
