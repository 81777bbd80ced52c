//! Sessions and second factor, as their customer sees them.

use async_graphql::{ID, SimpleObject};
use entity::access::Owner;
use entity::session;
use entity::values::Timestamp;
use entity::vault::second_factor;

use crate::domain::accounts::SessionCursor;

/// Somewhere the customer is signed in. For them only.
#[derive(SimpleObject)]
pub struct DeviceSession {
    /// For `endSession`.
    id: ID,
    /// When it was opened.
    created_at: Timestamp,
    /// When it was opened or last continued by `refreshSession`: a session that is in use is continued every five minutes.
    last_seen_at: Timestamp,
    /// When it ends by itself.
    expires_at: Timestamp,
    /// The kind of device it was opened on, such as "Firefox on Linux"; null if it is none that we know. Nothing else is
    /// kept of the device.
    label: Option<String>,
    /// Whether it is the one that this is asked with.
    current: bool,
}

impl DeviceSession {
    /// As its owner sees it.
    pub fn of(row: session::Model, owner: &Owner) -> Self {
        Self {
            id: row.id.into(),
            created_at: row.created_at,
            last_seen_at: row.refreshed_at.unwrap_or(row.created_at),
            expires_at: row.expires_at,
            label: row.label,
            current: owner.session() == Some(row.id),
        }
    }
}

/// What sign-ins with the password want beside it: an authenticator, passkeys, or both. For the customer only.
#[derive(SimpleObject)]
pub struct SecondFactor {
    /// Since when.
    since: Timestamp,
    /// Recovery codes that were not used yet.
    recovery_codes_left: i32,
}

impl From<second_factor::SecondFactor> for SecondFactor {
    fn from(own: second_factor::SecondFactor) -> Self {
        let left = i32::try_from(own.recovery_codes_left).unwrap_or(i32::MAX);
        Self { since: own.since, recovery_codes_left: left }
    }
}

/// The cursor of a session in its list.
pub(in crate::graphql) fn cursor(row: &session::Model) -> String {
    format!("{}.{}", row.created_at.as_millis(), row.id)
}

/// The place that a cursor stands for.
pub(in crate::graphql) fn read_cursor(text: &str) -> Option<SessionCursor> {
    let (created_at, id) = text.split_once('.')?;
    Some(SessionCursor { created_at: Timestamp::from_millis(created_at.parse().ok()?), id: id.parse().ok()? })
}
