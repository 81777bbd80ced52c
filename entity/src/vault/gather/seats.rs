//! Whose record a lookup goes into, and under which key: the person's own, or those of a stranger who is drawn for it.
//!
//! A brand must not learn from time whether somebody is there. So every lookup that is answered with null takes the same
//! way here, whatever the reason: past the cache, one key from the store, unwrapped. Keys of people who are shown come
//! from the cache; that they are there the answer says anyway.

use std::collections::HashMap;

use sea_orm::DbErr;

use crate::consent::{Ask, standing};
use crate::ids::CustomerId;
use crate::keyring::DataKey;

use super::statement::Snapshot;
use super::{Recorded, Tools};

/// Whose record it is.
pub(super) struct Seat {
    pub customer: CustomerId,
    pub key: DataKey,
}

/// A seat for every lookup of every operation, in order, and the keys for those snapshots that are shown. Somebody who was
/// erased a moment ago, after the snapshot, is taken out of it.
pub(super) async fn take<'r>(
    tools: &Tools,
    operations: impl Iterator<Item = &'r mut Recorded>,
) -> Result<Vec<Seat>, DbErr> {
    let mut operations: Vec<&mut Recorded> = operations.collect();
    let shown: Vec<CustomerId> = operations
        .iter()
        .flat_map(|operation| operation.people.iter().flatten().filter(|it| is_shown(it, &operation.ask)))
        .map(|snapshot| snapshot.customer)
        .collect();
    let keys = if shown.is_empty() { HashMap::new() } else { tools.keyring.load(&shown).await? };
    let mut seats: Vec<(CustomerId, bool)> = Vec::new();
    for operation in &mut operations {
        for person in &mut operation.people {
            let mut is_theirs = false;
            if let Some(snapshot) = person.as_mut().filter(|it| is_shown(it, &operation.ask)) {
                snapshot.key = keys.get(&snapshot.customer).cloned();
                is_theirs = snapshot.key.is_some();
                if !is_theirs {
                    *person = None;
                }
            }
            let customer = person.as_ref().map_or_else(|| CustomerId(tools.entropy.id()), |it| it.customer);
            seats.push((customer, is_theirs));
        }
    }
    let hidden: Vec<CustomerId> = seats.iter().filter(|(_, shown)| !shown).map(|(customer, _)| *customer).collect();
    let others = tools.keyring.load_or_invent(&hidden).await?;
    let seat = |(customer, shown): (CustomerId, bool)| {
        let key = if shown { keys.get(&customer) } else { others.get(&customer) };
        key.cloned().map(|key| Seat { customer, key }).ok_or_else(|| DbErr::RecordNotFound("the data key".into()))
    };
    seats.into_iter().map(seat).collect()
}

fn is_shown(snapshot: &Snapshot, ask: &Ask) -> bool {
    standing(&snapshot.ledger, ask).is_some()
}
