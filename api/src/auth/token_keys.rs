//! The keys that access tokens are signed with: a line of them, each signing from its own time until the next one's.
//!
//! A key is published before it signs, and kept until the last token that it signed has ended, so keys change without a
//! stop. They come from a source that every node looks at again, once a second at most. A key that was taken out of the
//! source ends its tokens with the next look.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use entity::keyring::{Source, Stamp};
use entity::signing::PublicKey;
use entity::values::Timestamp;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header};

use super::tokens::{LEEWAY_SECONDS, LIFETIME_SECONDS, TYPE, Verified};

/// How long a key is kept after the next one has begun to sign: the life of a token, as two clocks may see it.
const KEPT_SECONDS: i64 = LIFETIME_SECONDS + 2 * LEEWAY_SECONDS;
/// How often the source is looked at, in milliseconds.
const LOOK_EVERY: i64 = 1_000;
/// Tokens whose signature is not checked again.
const MOST_KNOWN: usize = 4_096;

/// A key with the time from which it signs.
pub struct TokenKey {
    /// Its public half.
    pub public: PublicKey,
    /// From then on it signs, until the next one does.
    pub from: Timestamp,
    pub(super) encoding: EncodingKey,
    pub(super) decoding: DecodingKey,
    /// Of every token that it signs. One with anything else in its header was not issued here, whatever its signature
    /// says; so no header brings a key along, and none is critical (RFC 7515 section 4.1.11).
    pub(super) header: Header,
}

impl TokenKey {
    /// From an Ed25519 key in PKCS#8. `None` if it is none.
    #[must_use]
    pub fn new(pkcs8: &[u8], from: Timestamp) -> Option<Self> {
        let pair = Ed25519KeyPair::from_pkcs8(pkcs8).ok()?;
        let public = PublicKey::new(pair.public_key().as_ref().try_into().ok()?);
        let (typ, kid) = (Some(TYPE.to_owned()), Some(public.kid.clone()));
        Some(Self {
            encoding: EncodingKey::from_ed_der(pkcs8),
            decoding: DecodingKey::from_ed_der(pair.public_key().as_ref()),
            header: Header { typ, kid, ..Header::new(Algorithm::EdDSA) },
            public,
            from,
        })
    }
}

/// Until when a key is kept, if the next one signs from this time on.
#[must_use]
pub fn kept_until(next: Timestamp) -> Timestamp {
    next.plus_seconds(KEPT_SECONDS)
}

/// Where a key stands at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// It is published and does not sign yet.
    Next,
    /// It signs.
    Current,
    /// Another one signs; what this one has signed still holds.
    Kept,
    /// Nothing that it has signed holds any more.
    Over,
}

/// The line at one look.
pub(super) struct Line {
    /// In the order in which they sign; never empty.
    keys: Vec<TokenKey>,
    stamp: Option<Stamp>,
    /// Tokens whose signature was good, by hash, with the place of their key. What changes with time is not in here.
    known: Mutex<HashMap<Hash, (usize, Verified)>>,
}

type Hash = [u8; 32];

impl Line {
    fn read(source: &dyn Source<TokenKey>) -> Option<Self> {
        // First the stamp: what changes between the two is read again the next time.
        let stamp = source.stamp();
        let mut keys = source.read()?;
        keys.sort_by_key(|key| key.from);
        (!keys.is_empty()).then(|| Self { keys, stamp, known: Mutex::default() })
    }

    /// The place of the key that signs. It is the first one if all are to begin later.
    fn current(&self, now: Timestamp) -> usize {
        self.keys.iter().rposition(|key| key.from <= now).unwrap_or_default()
    }

    fn phase(&self, place: usize, now: Timestamp) -> Phase {
        let current = self.current(now);
        if place >= current {
            return if place == current { Phase::Current } else { Phase::Next };
        }
        let ends = self.keys.get(place + 1).map(|next| kept_until(next.from));
        if ends.is_some_and(|ends| now < ends) { Phase::Kept } else { Phase::Over }
    }

    /// The key that signs.
    pub fn signing(&self, now: Timestamp) -> Option<&TokenKey> {
        self.keys.get(self.current(now))
    }

    /// The key of a name, with its place, if what it has signed holds. Another node's clock may be ahead of ours.
    pub fn verifying(&self, kid: &str, now: Timestamp) -> Option<(usize, &TokenKey)> {
        self.keys.iter().enumerate().find(|(place, key)| key.public.kid == kid && self.holds(*place, now))
    }

    fn holds(&self, place: usize, now: Timestamp) -> bool {
        match self.phase(place, now) {
            Phase::Current | Phase::Kept => true,
            Phase::Next => self.phase(place, now.plus_seconds(LEEWAY_SECONDS)) != Phase::Next,
            Phase::Over => false,
        }
    }

    /// What a token said whose signature was good, if its key still holds.
    pub fn recall(&self, hash: &Hash, now: Timestamp) -> Option<Verified> {
        let (place, verified) = self.known().get(hash).copied()?;
        self.holds(place, now).then_some(verified)
    }

    /// Notes a token whose signature was good.
    pub fn note(&self, hash: Hash, place: usize, verified: Verified, now: Timestamp) {
        let mut known = self.known();
        if known.len() >= MOST_KNOWN {
            known.retain(|_, (_, verified)| now < verified.expires_at);
        }
        if known.len() >= MOST_KNOWN {
            known.clear();
        }
        known.insert(hash, (place, verified));
    }

    fn known(&self) -> MutexGuard<'_, HashMap<Hash, (usize, Verified)>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a token is recalled by.
pub(super) fn hash(token: &str) -> Hash {
    let mut hash = Hash::default();
    hash.copy_from_slice(digest(&SHA256, token.as_bytes()).as_ref());
    hash
}

/// The keys of this deployment.
pub struct TokenKeys {
    line: RwLock<Arc<Line>>,
    looked: AtomicI64,
    source: Box<dyn Source<TokenKey>>,
}

impl TokenKeys {
    /// The keys of this source. `None` if it gives none.
    #[must_use]
    pub fn from_source(source: impl Source<TokenKey> + 'static) -> Option<Self> {
        let line = RwLock::new(Arc::new(Line::read(&source)?));
        Some(Self { line, looked: AtomicI64::new(i64::MIN), source: Box::new(source) })
    }

    /// The line as it was a second ago at most.
    pub(super) fn line(&self, now: Timestamp) -> Arc<Line> {
        let line = Arc::clone(&self.line.read().unwrap_or_else(PoisonError::into_inner));
        let (looked, now) = (self.looked.load(Ordering::Relaxed), now.as_millis());
        let is_due = now.saturating_sub(looked) >= LOOK_EVERY || now < looked;
        // One looks, the others go on with what there is.
        if is_due && self.looked.compare_exchange(looked, now, Ordering::Relaxed, Ordering::Relaxed).is_ok() {
            return self.look(line);
        }
        line
    }

    /// What cannot be read changes nothing: the file may be being replaced.
    fn look(&self, line: Arc<Line>) -> Arc<Line> {
        if self.source.stamp() == line.stamp {
            return line;
        }
        let Some(anew) = Line::read(self.source.as_ref()) else { return line };
        let anew = Arc::new(anew);
        *self.line.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&anew);
        anew
    }

    /// Every key that is of use to somebody who checks tokens, or soon will be.
    #[must_use]
    pub fn published(&self, now: Timestamp) -> Vec<PublicKey> {
        let all = self.phases(now).into_iter();
        all.filter(|(_, _, phase)| *phase != Phase::Over).map(|(key, _, _)| key).collect()
    }

    /// Every key with the time from which it signs and where it stands, in order.
    #[must_use]
    pub fn phases(&self, now: Timestamp) -> Vec<(PublicKey, Timestamp, Phase)> {
        let line = self.line(now);
        let one = |(place, key): (usize, &TokenKey)| (key.public.clone(), key.from, line.phase(place, now));
        line.keys.iter().enumerate().map(one).collect()
    }
}
