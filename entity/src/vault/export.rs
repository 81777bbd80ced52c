//! The door for a customer's copy of what is held of them, beside what [`own`](super::own) and
//! [`receipt`](super::receipt) show: links that have ended, and the codes that were sent.

use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::access::Owner;
use crate::ids::{ChallengeId, LinkId};
use crate::kinds::LinkEnd;
use crate::protected::{challenge, link, sealed};
use crate::values::{Channel, Timestamp};

use super::Vault;
use super::challenge::{Kind, challenge_place};
use super::gated::Owned;
use super::link::{Tie, link_place};

/// A link, live or ended.
pub struct EveryLink {
    /// The link.
    pub id: LinkId,
    /// The channel.
    pub channel: Channel,
    /// The name on it, and the channel's own id of the account.
    pub names: Owned<(String, String)>,
    /// When it was proven.
    pub verified_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// Why it ended.
    pub end_reason: Option<LinkEnd>,
}

/// The customer's links, ended ones too, in the order of their ids: up to `limit` after one.
///
/// # Errors
/// When the database cannot be asked or what is stored cannot be read.
pub async fn links(vault: &Vault, owner: &Owner, after: Option<LinkId>, limit: u64) -> Result<Vec<EveryLink>, DbErr> {
    let mut query = link::Entity::find().filter(link::Column::CustomerId.eq(owner.customer()));
    if let Some(after) = after {
        query = query.filter(link::Column::Id.gt(after));
    }
    let rows = query.order_by_asc(link::Column::Id).limit(limit).all(vault.store.reader()).await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let key = vault.keyring.key(owner.customer()).await?;
    let one = |row: link::Model| {
        let tie: Tie = sealed::open(link_place(row.customer_id, row.id), &key, row.key_id, &row.payload)?;
        Ok(EveryLink {
            id: row.id,
            channel: row.channel,
            names: Owned::of_owner((tie.handle, tie.account)),
            verified_at: row.verified_at,
            ended_at: row.ended_at,
            end_reason: row.end_reason,
        })
    };
    rows.into_iter().map(one).collect()
}

/// A code that was sent to prove a handle or an address. The code itself is kept nowhere.
pub struct SentCode {
    /// The challenge.
    pub id: ChallengeId,
    /// What it was for.
    pub kind: Kind,
    /// The channel.
    pub channel: Channel,
    /// Where it went.
    pub handle: Owned<String>,
    /// When.
    pub issued_at: Timestamp,
    /// When it was answered rightly.
    pub completed_at: Option<Timestamp>,
}

/// The codes that were sent for the customer, in the order of their ids: up to `limit` after one.
///
/// # Errors
/// When the database cannot be asked or what is stored cannot be read.
pub async fn codes(
    vault: &Vault,
    owner: &Owner,
    after: Option<ChallengeId>,
    limit: u64,
) -> Result<Vec<SentCode>, DbErr> {
    let mut query = challenge::Entity::find().filter(challenge::Column::CustomerId.eq(owner.customer()));
    if let Some(after) = after {
        query = query.filter(challenge::Column::Id.gt(after));
    }
    let rows = query.order_by_asc(challenge::Column::Id).limit(limit).all(vault.store.reader()).await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let key = vault.keyring.key(owner.customer()).await?;
    let one = |row: challenge::Model| {
        let handle = sealed::open(challenge_place(row.customer_id, row.id), &key, row.key_id, &row.payload)?;
        Ok(SentCode {
            id: row.id,
            kind: row.kind,
            channel: row.channel,
            handle: Owned::of_owner(handle),
            issued_at: row.issued_at,
            completed_at: row.completed_at,
        })
    };
    rows.into_iter().map(one).collect()
}
