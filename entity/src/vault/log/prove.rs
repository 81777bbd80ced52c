//! Proofs for those who hold nothing but a checkpoint: that a record is in the log, that the log was only appended to.

use std::collections::{BTreeSet, HashMap};

use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::stored::{self, damaged};
use crate::log::{Hash, Plan, TileId, consistency_proof, inclusion_proof};
use crate::protected::log::{checkpoint, leaf};
use crate::values::Timestamp;
use crate::vault::Vault;

/// A signed head of the log. Open to anyone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// 1, and one more with every restore.
    pub epoch: i32,
    /// How many records have their places.
    pub size: u64,
    /// Over all of them.
    pub root: Hash,
    /// The signed note (C2SP tlog-checkpoint).
    pub note: String,
    /// When it was signed.
    pub at: Timestamp,
}

/// That a record is in the log, for whoever holds the entry's text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inclusion {
    /// Its place, from 0.
    pub index: u64,
    /// From the leaf upwards.
    pub hashes: Vec<Hash>,
}

/// That a longer log begins with a shorter one.
pub type Consistency = Vec<Hash>;

/// The newest checkpoint; none in a log that is empty yet.
///
/// # Errors
/// When the database cannot be asked.
pub async fn latest(vault: &Vault) -> Result<Option<Head>, DbErr> {
    let row = checkpoint::Entity::find()
        .order_by_desc(checkpoint::Column::Epoch)
        .order_by_desc(checkpoint::Column::Size)
        .one(vault.store.reader())
        .await?;
    row.map(read).transpose()
}

fn read(row: checkpoint::Model) -> Result<Head, DbErr> {
    let damaged = || DbErr::Custom("a stored checkpoint is damaged; run: rapport log verify".into());
    let root: [u8; Hash::BYTES] = row.root.try_into().map_err(|_| damaged())?;
    let size = u64::try_from(row.size).map_err(|_| damaged())?;
    Ok(Head { epoch: row.epoch, size, root: Hash(root), note: row.note, at: row.created_at })
}

/// Proofs of records under a checkpoint, in two statements however many they are. A record that has no place under it is
/// not in the answer.
///
/// # Errors
/// When the database cannot be asked or the stored tree does not fit together.
pub async fn inclusions(vault: &Vault, head: &Head, records: &[Uuid]) -> Result<HashMap<Uuid, Inclusion>, DbErr> {
    let reader = vault.store.reader();
    let wanted = leaf::Column::RecordId.is_in(records.iter().copied());
    let leaves = leaf::Entity::find().filter(wanted).all(reader).await?;
    let places: Vec<(Uuid, u64)> = leaves
        .iter()
        .filter_map(|row| Some((row.record_id, u64::try_from(row.leaf_index).ok()?)))
        .filter(|(_, index)| *index < head.size)
        .collect();
    let mut needed: BTreeSet<TileId> = BTreeSet::new();
    for (_, index) in &places {
        needed.extend(Plan::inclusion(*index, head.size).map_err(damaged)?.tiles());
    }
    let tiles = stored::tiles(reader, needed).await?;
    let prove = |(record, index): (Uuid, u64)| {
        let hashes = inclusion_proof(&tiles, index, head.size).map_err(damaged)?;
        Ok((record, Inclusion { index, hashes }))
    };
    places.into_iter().map(prove).collect()
}

/// The proof that the log of `new` records begins with the log of `old` ones. None unless `0 < old <= new`, and new is not
/// beyond the newest checkpoint.
///
/// # Errors
/// When the database cannot be asked or the stored tree does not fit together.
pub async fn consistency(vault: &Vault, old: u64, new: u64) -> Result<Option<Consistency>, DbErr> {
    let longest = latest(vault).await?.map_or(0, |head| head.size);
    let Some(plan) = Plan::consistency(old, new).ok().filter(|_| new <= longest) else { return Ok(None) };
    let tiles = stored::tiles(vault.store.reader(), plan.tiles()).await?;
    consistency_proof(&tiles, old, new).map(Some).map_err(damaged)
}
