//! The operator's keys that data keys are wrapped under. They come from a file and are in no database.
//!
//! Keys rotate without a stop: a newer key is added to the file, new data keys are wrapped under it, the others are
//! wrapped again, and the older one is taken out. A node asks its source again when it meets a key that it does not know,
//! and before it wraps if the source has changed, so that nothing new goes under a key that was taken out. What it knew it
//! keeps while it runs.

use std::collections::BTreeMap;
use std::sync::{PoisonError, RwLock};

use sea_orm::DbErr;
use zeroize::Zeroizing;

use super::Holder;
use super::data_key::{DataKey, KEY_BYTES};
use crate::entropy::Entropy;

/// One of the operator's keys. Numbers rise; the highest is the one that wraps.
#[derive(Clone)]
pub struct WrappingKey {
    /// Its number, from 1.
    pub id: i32,
    /// 256 random bits.
    pub key: Zeroizing<[u8; KEY_BYTES]>,
}

/// Where keys of a kind come from.
pub trait Source<K>: Send + Sync {
    /// Reads the keys anew; none if that fails.
    fn read(&self) -> Option<Vec<K>>;

    /// Differs when the source has changed; cheap, as it is asked often. None if it cannot be told.
    fn stamp(&self) -> Option<Stamp>;
}

/// A state of a source, such as inode, size and time of the last change of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp(pub [i64; 4]);

/// The operator's keys, by number.
pub struct WrappingKeys {
    known: RwLock<Known>,
    source: Box<dyn Source<WrappingKey>>,
}

struct Known {
    keys: BTreeMap<i32, DataKey>,
    newest: i32,
    stamp: Option<Stamp>,
}

impl Known {
    fn read(source: &dyn Source<WrappingKey>) -> Option<Self> {
        // First the stamp: what changes between the two is read again the next time.
        let stamp = source.stamp();
        let keys: BTreeMap<i32, DataKey> =
            source.read()?.into_iter().map(|key| (key.id, DataKey::from_bytes(*key.key))).collect();
        let newest = *keys.keys().next_back()?;
        Some(Self { keys, newest, stamp })
    }
}

impl WrappingKeys {
    /// The keys of this source. `None` if it gives none.
    #[must_use]
    pub fn from_source(source: impl Source<WrappingKey> + 'static) -> Option<Self> {
        let known = Known::read(&source)?;
        Some(Self { known: RwLock::new(known), source: Box::new(source) })
    }

    /// Reads the keys again if the source has changed; whether it had.
    pub(super) fn refresh(&self) -> bool {
        let stamp = self.known.read().unwrap_or_else(PoisonError::into_inner).stamp;
        self.source.stamp() != stamp && self.read_again()
    }

    /// What is no longer in the source is kept: something may have been wrapped under it a moment ago.
    fn read_again(&self) -> bool {
        let Some(anew) = Known::read(self.source.as_ref()) else { return false };
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.keys.extend(anew.keys);
        (known.newest, known.stamp) = (anew.newest, anew.stamp);
        true
    }

    /// The number of the key that wraps.
    #[must_use]
    pub fn newest(&self) -> i32 {
        self.known.read().unwrap_or_else(PoisonError::into_inner).newest
    }

    /// The numbers of all keys that are at hand.
    #[must_use]
    pub fn numbers(&self) -> Vec<i32> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).keys.keys().copied().collect()
    }

    pub(super) fn wrap(&self, holder: Holder, key: &DataKey, entropy: &Entropy) -> Result<(i32, Vec<u8>), DbErr> {
        let (id, wrapping) = self.find_newest()?;
        let wrapped = wrapping.seal(&place(holder, id), key.bytes(), entropy);
        wrapped.map(|wrapped| (id, wrapped)).ok_or_else(|| DbErr::Type("a data key could not be wrapped".into()))
    }

    pub(super) fn unwrap(&self, holder: Holder, id: i32, wrapped: &[u8]) -> Result<DataKey, DbErr> {
        let wrapping = self
            .find(id)
            .ok_or_else(|| DbErr::Type(format!("a data key is wrapped under the unknown operator's key {id}")))?;
        let damaged = || DbErr::Type("a data key cannot be unwrapped".into());
        let bytes = wrapping.open(&place(holder, id), wrapped).ok_or_else(damaged)?;
        let bytes: [u8; KEY_BYTES] = bytes.as_slice().try_into().map_err(|_| damaged())?;
        Ok(DataKey::from_bytes(bytes))
    }

    /// A key that is kept nowhere, for the work that one from the store would have taken.
    pub(super) fn invent(&self, holder: Holder, entropy: &Entropy) -> Result<DataKey, DbErr> {
        let (id, wrapped) = self.wrap(holder, &DataKey::new(entropy), entropy)?;
        self.unwrap(holder, id, &wrapped)
    }

    fn find_newest(&self) -> Result<(i32, DataKey), DbErr> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let key = known.keys.get(&known.newest).cloned();
        key.map(|key| (known.newest, key)).ok_or_else(|| DbErr::Type("there is no operator's key".into()))
    }

    fn find(&self, id: i32) -> Option<DataKey> {
        let find = || self.known.read().unwrap_or_else(PoisonError::into_inner).keys.get(&id).cloned();
        find().or_else(|| self.read_again().then(find).flatten())
    }
}

/// A wrapped key that is moved to another holder, or claimed for another operator's key, does not open.
fn place(holder: Holder, id: i32) -> Vec<u8> {
    [b"data key".as_slice(), holder.as_bytes(), &id.to_be_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use uuid::Uuid;

    use super::*;

    /// A file that is changed by whoever holds it; its stamp is how often.
    #[derive(Clone, Default)]
    struct Shelf(Arc<Mutex<(Vec<WrappingKey>, i64)>>);

    impl Shelf {
        fn of(keys: Vec<WrappingKey>) -> Self {
            let shelf = Self::default();
            shelf.put(keys);
            shelf
        }

        fn put(&self, keys: Vec<WrappingKey>) {
            let mut shelf = self.0.lock().unwrap();
            *shelf = (keys, shelf.1 + 1);
        }
    }

    impl Source<WrappingKey> for Shelf {
        fn read(&self) -> Option<Vec<WrappingKey>> {
            Some(self.0.lock().unwrap().0.clone())
        }

        fn stamp(&self) -> Option<Stamp> {
            Some(Stamp([self.0.lock().unwrap().1, 0, 0, 0]))
        }
    }

    fn key(id: i32) -> WrappingKey {
        WrappingKey { id, key: Zeroizing::new([u8::try_from(id).unwrap(); KEY_BYTES]) }
    }

    fn somebody(number: u128) -> Holder {
        Holder(Uuid::from_u128(number))
    }

    #[test]
    fn a_wrapped_key_opens_for_its_holder_only() {
        let entropy = Entropy::seeded(1);
        let keys = WrappingKeys::from_source(Shelf::of(vec![key(1)])).unwrap();
        let data = DataKey::new(&entropy);
        let (id, wrapped) = keys.wrap(somebody(1), &data, &entropy).unwrap();
        assert_eq!(keys.unwrap(somebody(1), id, &wrapped).unwrap().bytes(), data.bytes());
        assert!(keys.unwrap(somebody(2), id, &wrapped).is_err());
    }

    #[test]
    fn a_key_that_joined_the_file_later_is_found_when_it_is_met() {
        let entropy = Entropy::seeded(1);
        let file = Shelf::of(vec![key(1)]);
        let node = WrappingKeys::from_source(file.clone()).unwrap();
        let other = WrappingKeys::from_source(Shelf::of(vec![key(1), key(2)])).unwrap();
        let (id, wrapped) = other.wrap(somebody(1), &DataKey::new(&entropy), &entropy).unwrap();
        assert_eq!(id, 2);
        assert!(node.unwrap(somebody(1), id, &wrapped).is_err());
        file.put(vec![key(1), key(2)]);
        assert!(node.unwrap(somebody(1), id, &wrapped).is_ok());
        assert_eq!(node.newest(), 2);
    }

    #[test]
    fn a_changed_file_is_read_before_something_is_wrapped_and_what_it_held_is_not_forgotten() {
        let entropy = Entropy::seeded(1);
        let file = Shelf::of(vec![key(1)]);
        let node = WrappingKeys::from_source(file.clone()).unwrap();
        let (id, wrapped) = node.wrap(somebody(1), &DataKey::new(&entropy), &entropy).unwrap();
        assert!(!node.refresh(), "nothing has changed");
        file.put(vec![key(2)]);
        assert!(node.refresh());
        assert_eq!(node.newest(), 2);
        assert!(node.unwrap(somebody(1), id, &wrapped).is_ok());
    }
}
