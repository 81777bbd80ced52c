//! Whose record a lookup goes into, and under which key: the person's own, or those of a stranger who is drawn for it.
//!
//! A brand must not learn from time whether somebody is there. So every lookup that is answered with null takes the same
//! way here, whatever the reason: past the cache, one key from the store, unwrapped. Keys of people who are shown come
//! from the cache; that they are there the answer says anyway.

use sea_orm::DbErr;

use super::Vault;
use super::statement::Snapshot;
use crate::consent::{Ask, standing};
use crate::ids::CustomerId;
use crate::keyring::DataKey;

/// Whose record it is.
pub(super) struct Seat {
    pub customer: CustomerId,
    pub key: DataKey,
}

/// A seat for every lookup, in order, and the keys for those snapshots that are shown. Somebody who was erased a moment
/// ago, after the snapshot, is taken out of it.
pub(super) async fn take(vault: &Vault, ask: &Ask, people: &mut [Option<Snapshot>]) -> Result<Vec<Seat>, DbErr> {
    let shown: Vec<CustomerId> = people.iter().flatten().filter(|it| is_shown(it, ask)).map(|it| it.customer).collect();
    let keys = if shown.is_empty() { Default::default() } else { vault.keyring.load(&shown).await? };
    let mut customers = Vec::with_capacity(people.len());
    for person in people.iter_mut() {
        if let Some(snapshot) = person.as_mut().filter(|it| is_shown(it, ask)) {
            snapshot.key = keys.get(&snapshot.customer).cloned();
            if snapshot.key.is_none() {
                *person = None;
            }
        }
        customers.push(person.as_ref().map_or_else(|| CustomerId(vault.entropy.id()), |it| it.customer));
    }
    let hidden: Vec<CustomerId> = customers.iter().copied().filter(|customer| !keys.contains_key(customer)).collect();
    let others = vault.keyring.load_or_invent(&hidden).await?;
    let seat = |customer: CustomerId| {
        let key = keys.get(&customer).or_else(|| others.get(&customer)).cloned();
        key.map(|key| Seat { customer, key }).ok_or_else(|| DbErr::RecordNotFound("the data key".into()))
    };
    customers.into_iter().map(seat).collect()
}

fn is_shown(snapshot: &Snapshot, ask: &Ask) -> bool {
    standing(&snapshot.ledger, ask).is_some()
}
