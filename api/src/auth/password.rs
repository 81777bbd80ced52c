//! Passwords: Argon2id off the async executor, at most two at once, and a check that they are hard to guess.

use std::sync::atomic::{AtomicU64, Ordering};

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use entity::entropy::Entropy;
use tokio::sync::Semaphore;
use unicode_normalization::UnicodeNormalization;

/// Each hash takes 19 MiB; two at once keep memory and processor free for the rest.
const AT_ONCE: usize = 2;
/// zxcvbn's scale goes from 0 to 4; 3 withstands about 10^8 guesses.
const STRENGTH: u8 = 3;
/// Words of this product and field that its users are likely to build passwords from.
const BLOCKED: [&str; 8] = ["rapport", "consent", "password", "customer", "letmein", "welcome", "qwertz", "willkommen"];

/// Why a password is refused; each says how to mend it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Weak {
    /// Too short.
    #[error("use at least 8 characters; three or four unusual words make a good password")]
    Short,
    /// Too long.
    #[error("use at most 128 characters")]
    Long,
    /// Too easy to guess.
    #[error("this is among the first that a guesser would try; three or four unusual words make a good password")]
    Guessable,
}

/// Hashes and verifies passwords.
pub struct Hasher {
    argon2: Argon2<'static>,
    turns: Semaphore,
    /// Verified against when there is no account, so that the answer takes as long.
    decoy: String,
    computed: AtomicU64,
}

impl Hasher {
    /// A hasher with OWASP's parameters: 19456 KiB, two passes, one lane.
    #[must_use]
    pub fn new() -> Self {
        let params = Params::new(19_456, 2, 1, None).unwrap_or_default();
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let decoy = hash(&argon2, b"nobody has this password", &[0; 16]).unwrap_or_default();
        Self { argon2, turns: Semaphore::new(AT_ONCE), decoy, computed: AtomicU64::new(0) }
    }

    /// How many hashes this node has computed: guesses that reached one, and new passwords.
    #[must_use]
    pub fn computed(&self) -> u64 {
        self.computed.load(Ordering::Relaxed)
    }

    /// Hashes a password; the PHC form. `None` if hashing fails.
    pub async fn hash(&self, password: &str, entropy: &Entropy) -> Option<String> {
        let salt = entropy.bytes::<16>();
        let (argon2, password) = (self.argon2.clone(), normalised(password));
        let _turn = self.turns.acquire().await.ok()?;
        self.computed.fetch_add(1, Ordering::Relaxed);
        tokio::task::spawn_blocking(move || hash(&argon2, password.as_bytes(), &salt)).await.ok()?
    }

    /// Whether the password belongs to the hash. Without a hash it takes as long and is wrong.
    pub async fn matches(&self, password: &str, stored: Option<&str>) -> bool {
        let known = stored.is_some();
        let stored = stored.unwrap_or(&self.decoy).to_owned();
        let (argon2, password) = (self.argon2.clone(), normalised(password));
        let Ok(_turn) = self.turns.acquire().await else { return false };
        self.computed.fetch_add(1, Ordering::Relaxed);
        let verify = move || {
            PasswordHash::new(&stored).is_ok_and(|hash| argon2.verify_password(password.as_bytes(), &hash).is_ok())
        };
        tokio::task::spawn_blocking(verify).await.unwrap_or(false) && known
    }
}

impl Default for Hasher {
    fn default() -> Self {
        Self::new()
    }
}

fn hash(argon2: &Argon2<'_>, password: &[u8], salt: &[u8; 16]) -> Option<String> {
    let hash: PasswordHash = argon2.hash_password_with_salt(password, salt).ok()?;
    Some(hash.to_string())
}

/// The same password typed on two keyboards is the same password.
fn normalised(password: &str) -> String {
    password.nfkc().collect()
}

/// Whether a new password is hard enough to guess for somebody who knows these words about its owner.
///
/// # Errors
/// When it is not.
pub fn check_strength(password: &str, about: &[&str]) -> Result<(), Weak> {
    let password = normalised(password);
    match password.chars().count() {
        0..8 => return Err(Weak::Short),
        129.. => return Err(Weak::Long),
        8..=128 => {}
    }
    let inputs: Vec<&str> = BLOCKED.iter().chain(about).copied().collect();
    if u8::from(zxcvbn::zxcvbn(&password, &inputs).score()) < STRENGTH {
        return Err(Weak::Guessable);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn length_and_guessability_are_checked_and_nothing_else() {
        assert_eq!(check_strength("kF9!x", &[]), Err(Weak::Short));
        assert_eq!(check_strength(&"lagoon ".repeat(30), &[]), Err(Weak::Long));
        assert_eq!(check_strength("password1234", &[]), Err(Weak::Guessable));
        assert_eq!(check_strength("rapport2026", &[]), Err(Weak::Guessable));
        assert_eq!(check_strength("ada.moreno", &["ada.moreno@example.org", "ada.moreno"]), Err(Weak::Guessable));
        assert_eq!(check_strength("copper lantern drizzle fjord", &[]), Ok(()));
    }

    #[tokio::test]
    async fn a_password_matches_its_own_hash_only() {
        let hasher = Hasher::new();
        let stored = hasher.hash("copper lantern drizzle", &Entropy::seeded(1)).await.unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(hasher.matches("copper lantern drizzle", Some(&stored)).await);
        assert!(!hasher.matches("copper lantern drizzles", Some(&stored)).await);
        assert!(!hasher.matches("nobody has this password", None).await);
    }
}
