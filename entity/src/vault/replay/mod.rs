//! Carries out again what the endings journal knows and this database does not, before anybody is answered from it.
//!
//! Usually there is nothing to do: the place up to which the journal was replayed is remembered in the database and in
//! the keyring, so a start reads what was written since. A copy that is brought back remembers an older place.
//!
//! Whether the database knows of an ending is asked by the event's id, not by its revision: a revision may have been used
//! twice, when a commit failed after the journal was written, or when a standby that lagged behind has taken over. What it
//! does not know is carried out, even if the grant has changed since: that denies more, never less. A second replay finds
//! every event and changes nothing.
//!
//! What is carried out gets its receipt like every other event, so that the chain of receipts and the list that a brand
//! reads lack none. Only an erasure has none: the key that its receipt would be sealed under is gone.
//!
//! What was given after the copy was made is gone with it, and what was taken from it then needs nothing; but the
//! customer's revision rises all the same, so that no revision names two things.

mod apply;
mod refusal;

use std::collections::{BTreeMap, HashSet};
use std::pin::Pin;

use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QuerySelect, Set};

use super::{Transaction, Vault};
use crate::ids::{AppId, BrandId, ConsentEventId, CustomerId};
use crate::journal::{ConsentEnding, Ending, EndingKind, JournalFault, Place};
use crate::store::Store;
use crate::{consent_event, customer, grant, setting};

/// Issues the receipt of an event that was just appended, within the transaction. What a receipt says is decided elsewhere.
pub type Attest = for<'a> fn(&'a Transaction, &'a consent_event::Model, Option<&'a grant::Model>) -> Attesting<'a>;

/// The receipt on its way.
pub type Attesting<'a> = Pin<Box<dyn Future<Output = Result<(), DbErr>> + Send + 'a>>;

/// What came of a replay.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Replayed {
    /// Endings that were looked at.
    pub read: u64,
    /// Endings that the database did not know, and that took something away from it.
    pub carried_out: u64,
    /// The journal is not the one that was replayed the last time, or its end is lost.
    pub another_journal: bool,
}

/// Why there was no replay; then nobody may be served.
#[derive(Debug, thiserror::Error)]
pub enum ReplayFault {
    /// The journal cannot be read.
    #[error(transparent)]
    Journal(#[from] JournalFault),
    /// The database cannot be written.
    #[error(transparent)]
    Database(#[from] DbErr),
}

/// Replays the journal from where it was replayed last. In memory there is one batch at a time.
///
/// # Errors
/// When the journal or the database cannot be used; what was replayed so far stays, and the next time goes on there.
pub async fn replay(vault: &Vault, attest: Attest) -> Result<Replayed, ReplayFault> {
    let (mut place, another_journal) = start(vault).await?;
    let mut replayed = Replayed { another_journal, ..Replayed::default() };
    loop {
        let batch = vault.journal.read(&place).await?;
        if batch.endings.is_empty() {
            return Ok(replayed);
        }
        replayed.read += batch.endings.len() as u64;
        replayed.carried_out += Work::of(batch.endings).carry_out(vault, attest).await?;
        place = batch.next;
        remember(vault, &place).await?;
    }
}

/// Forgets how far the journal was replayed, so that the next replay begins at its start.
///
/// # Errors
/// When the database or the keyring cannot be written.
pub async fn forget(vault: &Vault) -> Result<(), DbErr> {
    remember(vault, &Place::START).await
}

/// How far the journal was replayed over this database, by its own account.
///
/// # Errors
/// When the database cannot be asked.
pub async fn replayed_up_to(store: &Store) -> Result<Option<Place>, DbErr> {
    let row = setting::Entity::find_by_id(setting::JOURNAL_REPLAYED).one(store.reader()).await?;
    Ok(row.and_then(|row| Place::of_text(&row.value)))
}

/// The earlier of the places that database and keyring remember: each of them may be an older copy. And whether it is the
/// start because the journal does not hold that place.
async fn start(vault: &Vault) -> Result<(Place, bool), ReplayFault> {
    let database = replayed_up_to(&vault.store).await?.unwrap_or(Place::START);
    let keyring = vault.keyring.replayed_up_to().await?.unwrap_or(Place::START);
    let earlier = if keyring.offset < database.offset { keyring } else { database };
    // Another journal, or one that was cut: everything in it may be unknown.
    let holds = vault.journal.holds(&earlier).await?;
    Ok(if holds { (earlier, false) } else { (Place::START, true) })
}

async fn remember(vault: &Vault, place: &Place) -> Result<(), DbErr> {
    let row = setting::ActiveModel { name: Set(setting::JOURNAL_REPLAYED.to_owned()), value: Set(place.to_text()) };
    setting::Entity::insert(row)
        .on_conflict(OnConflict::column(setting::Column::Name).update_column(setting::Column::Value).to_owned())
        .exec_without_returning(vault.store.writer())
        .await?;
    vault.keyring.remember_replayed_up_to(place).await
}

/// One batch, by whose it is. In order of the ids, so that two nodes that replay at once take locks in the same order.
#[derive(Default)]
struct Work {
    customers: BTreeMap<CustomerId, Vec<ConsentEnding>>,
    apps: BTreeMap<(BrandId, AppId), i32>,
}

impl Work {
    fn of(endings: Vec<Ending>) -> Self {
        let mut work = Self::default();
        for ending in endings {
            match ending {
                Ending::Consent(ending) => work.customers.entry(ending.customer).or_default().push(ending),
                Ending::App(ending) => {
                    let revision = work.apps.entry((ending.brand, ending.app)).or_default();
                    *revision = ending.revision.max(*revision);
                }
            }
        }
        work
    }

    /// How many endings took something away.
    async fn carry_out(mut self, vault: &Vault, attest: Attest) -> Result<u64, DbErr> {
        // The keyring may be an older copy though the database knows of the erasure.
        let erased: Vec<CustomerId> = self.erased().collect();
        self.leave_out_what_is_known(vault).await?;
        let mut count = 0;
        if !self.customers.is_empty() || !self.apps.is_empty() {
            let transaction = vault.begin().await?;
            for (customer, endings) in &self.customers {
                count += apply::to_customer(&transaction, *customer, endings, attest).await?;
            }
            for ((brand, app), revision) in &self.apps {
                count += apply::to_app(&transaction, (*brand, *app), *revision).await?;
            }
            transaction.commit().await?;
        }
        // Last: a key that is gone while grants are live would be a fault instead of a denial.
        for customer in erased {
            super::erase::destroy_keys(vault, customer).await?;
        }
        Ok(count)
    }

    fn erased(&self) -> impl Iterator<Item = CustomerId> {
        let is_erased = |endings: &&Vec<ConsentEnding>| endings.iter().any(|ending| ending.kind == EndingKind::Erased);
        self.customers.iter().filter(move |(_, endings)| is_erased(endings)).map(|(customer, _)| *customer)
    }

    /// Two statements for the whole batch, so that a long journal with nothing new in it is read fast.
    async fn leave_out_what_is_known(&mut self, vault: &Vault) -> Result<(), DbErr> {
        let reader = vault.store.reader();
        let customers: Vec<CustomerId> = self.customers.keys().copied().collect();
        let here: Vec<CustomerId> = customer::Entity::find()
            .select_only()
            .column(customer::Column::Id)
            .filter(customer::Column::Id.is_in(customers))
            .into_tuple()
            .all(reader)
            .await?;
        let here: HashSet<CustomerId> = here.into_iter().collect();
        self.customers.retain(|customer, _| here.contains(customer));
        let known = known(reader, &self.customers).await?;
        for endings in self.customers.values_mut() {
            endings.retain(|ending| !known.contains(&ending.event));
        }
        self.customers.retain(|_, endings| !endings.is_empty());
        Ok(())
    }
}

/// Which of these events the database has.
async fn known(
    connection: &impl sea_orm::ConnectionTrait,
    customers: &BTreeMap<CustomerId, Vec<ConsentEnding>>,
) -> Result<HashSet<ConsentEventId>, DbErr> {
    let events = customers.values().flatten().map(|ending| ending.event);
    let rows: Vec<ConsentEventId> = consent_event::Entity::find()
        .select_only()
        .column(consent_event::Column::Id)
        .filter(consent_event::Column::CustomerId.is_in(customers.keys().copied()))
        .filter(consent_event::Column::Id.is_in(events))
        .into_tuple()
        .all(connection)
        .await?;
    Ok(rows.into_iter().collect())
}
