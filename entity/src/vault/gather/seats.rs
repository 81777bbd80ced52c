//! Whose record a lookup goes into, and under which key: the person's own, or those of a stranger who is drawn for it.
//!
//! A brand must not learn from time whether somebody is there. So every lookup that is answered with null takes the same
//! way here, whatever the reason: past the cache, one key from the store, unwrapped. Keys of people who are shown come
//! from the cache; that they are there the answer says anyway.

use sea_orm::DbErr;

use crate::consent::{Ask, standing};
use crate::ids::CustomerId;
use crate::keyring::{DataKey, Keys};

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
    let mut lookups: Vec<Lookup<'_>> = Vec::new();
    for operation in operations {
        let Recorded { people, ask, .. } = operation;
        lookups.extend(people.iter_mut().map(|person| Lookup::of(person, ask, tools)));
    }
    let of = |wanted: bool| {
        let those = lookups.iter().filter(move |lookup| lookup.is_shown == wanted);
        those.map(|lookup| lookup.customer).collect::<Vec<CustomerId>>()
    };
    let Keys { shown, hidden } = tools.keyring.load_shown_and_hidden(&of(true), &of(false)).await?;
    let mut seats = Vec::with_capacity(lookups.len());
    for lookup in lookups {
        let key = if lookup.is_shown { shown.get(&lookup.customer) } else { hidden.get(&lookup.customer) };
        let seat = match key {
            Some(key) => Seat { customer: lookup.customer, key: key.clone() },
            None => {
                *lookup.person = None;
                let nobody = CustomerId(tools.entropy.id());
                let mut invented = tools.keyring.load_shown_and_hidden(&[], &[nobody]).await?.hidden;
                let key = invented.remove(&nobody).ok_or_else(|| DbErr::RecordNotFound("the data key".into()))?;
                Seat { customer: nobody, key }
            }
        };
        if lookup.is_shown
            && let Some(snapshot) = lookup.person
        {
            snapshot.key = Some(seat.key.clone());
        }
        seats.push(seat);
    }
    Ok(seats)
}

/// Somebody who is asked for.
struct Lookup<'r> {
    person: &'r mut Option<Snapshot>,
    /// Whose record it is; of nobody, somebody who is drawn.
    customer: CustomerId,
    is_shown: bool,
}

impl<'r> Lookup<'r> {
    fn of(person: &'r mut Option<Snapshot>, ask: &Ask, tools: &Tools) -> Self {
        let customer = person.as_ref().map_or_else(|| CustomerId(tools.entropy.id()), |snapshot| snapshot.customer);
        let is_shown = person.as_ref().is_some_and(|snapshot| standing(&snapshot.ledger, ask).is_some());
        Self { person, customer, is_shown }
    }
}
