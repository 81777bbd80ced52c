//! What the one statement behind every read by a brand is asked, and what it says: for each lookup the reader, the
//! directory, the consent revision, the grants, and only those clusters that are asked for and granted. One statement is
//! one snapshot.

use std::collections::BTreeMap;
use std::sync::Arc;

use sea_orm::sqlx::postgres::{PgRow, Postgres};
use sea_orm::sqlx::{Decode, Row, Type};
use sea_orm::{ActiveEnum, DbErr, QueryResult, RuntimeErr, TryGetable};
use uuid::Uuid;

use crate::access::{Caller, GrantClaim, ReaderClaim};
use crate::consent::{GrantRecord, Ledger, Period};
use crate::ids::{CustomerId, GrantId, ProfileId};
use crate::keyring::DataKey;
use crate::kinds::Purpose;
use crate::protected::sealed::{self, Part, Payload, Place};
use crate::scope::{Scope, ScopeSet};
use crate::values::Timestamp;

use super::super::clusters::Cluster;
use super::Inquiry;

/// What one snapshot shows of one person.
pub(in crate::vault) struct Snapshot {
    pub customer: CustomerId,
    /// How this brand knows them; none if it never had a grant.
    pub profile: Option<ProfileId>,
    pub revision: i64,
    pub ledger: Ledger,
    /// The scopes that the operation selects.
    pub asked: ScopeSet,
    /// Opens the clusters; none until it is needed.
    pub key: Option<DataKey>,
    clusters: BTreeMap<Scope, (i32, Payload)>,
}

impl Snapshot {
    pub fn new(customer: CustomerId, profile: Option<ProfileId>, revision: i64, asked: ScopeSet) -> Self {
        Self { customer, profile, revision, ledger: Ledger::default(), asked, key: None, clusters: BTreeMap::new() }
    }

    pub fn put(&mut self, scope: Scope, key_id: i32, payload: Payload) {
        self.clusters.insert(scope, (key_id, payload));
    }

    /// Reads a cluster's value; `None` if there is none.
    pub fn read<T: Cluster>(&self) -> Result<Option<T>, DbErr> {
        let Some((key_id, payload)) = self.clusters.get(&T::SCOPE) else { return Ok(None) };
        let key = self.key.as_ref().ok_or_else(|| DbErr::RecordNotFound("the data key".into()))?;
        let opened = sealed::open(cluster_place(self.customer, T::SCOPE), key, *key_id, payload);
        opened.inspect_err(|error| tracing::error!(%error, scope = T::SCOPE.as_str(), "a cluster cannot be read"))
    }
}

pub(in crate::vault) const fn cluster_place(customer: CustomerId, scope: Scope) -> Place {
    Place { table: "cluster", customer, part: Part::Scope(scope) }
}

/// What the statement says to one inquiry.
pub(super) struct Found {
    pub caller: Caller,
    pub now: Timestamp,
    /// One per lookup, in order.
    pub people: Vec<Option<Snapshot>>,
}

/// One lookup as the statement gets it; an operation that looks nobody up has one without a hash, for its reader's sake.
pub(super) struct Asked<'i> {
    pub inquiry: &'i Inquiry,
    pub lookup: Option<&'i [u8]>,
}

impl Asked<'_> {
    /// The app; of staff, their session.
    pub fn reader(&self) -> Uuid {
        match &self.inquiry.claim {
            ReaderClaim::App(claim) => claim.app.0,
            ReaderClaim::Staff(claim) => claim.session.0,
        }
    }

    /// The token of an app; of staff, who they are.
    pub fn proof(&self) -> Uuid {
        match &self.inquiry.claim {
            ReaderClaim::App(claim) => claim.token.0,
            ReaderClaim::Staff(claim) => claim.staff.0,
        }
    }

    /// The epoch of the app's secret; staff have none.
    pub fn secret_epoch(&self) -> Option<i32> {
        match &self.inquiry.claim {
            ReaderClaim::App(claim) => Some(claim.secret_epoch),
            ReaderClaim::Staff(_) => None,
        }
    }

    /// The grant that the token names, if it names one.
    pub fn bound(&self) -> Option<GrantClaim> {
        match &self.inquiry.claim {
            ReaderClaim::App(claim) => claim.bound,
            ReaderClaim::Staff(_) => None,
        }
    }

    /// The clusters that may be read: none at all without a purpose.
    pub fn clusters(&self) -> ScopeSet {
        clusters(self.inquiry)
    }

    /// The scopes that the operation names.
    pub fn named(&self) -> ScopeSet {
        self.inquiry.question.scopes()
    }

    /// The purpose as an app's registration has it.
    pub fn purpose_bit(&self) -> i64 {
        self.inquiry.question.purpose.map_or(0, Purpose::bit)
    }
}

fn clusters(inquiry: &Inquiry) -> ScopeSet {
    inquiry.question.purpose.map_or(ScopeSet::EMPTY, |_| inquiry.question.scopes())
}

/// All lookups of all inquiries, in order.
pub(super) fn asked<'i>(inquiries: &[&'i Inquiry]) -> Vec<Asked<'i>> {
    let of = |inquiry: &'i Inquiry| {
        let nobody = inquiry.lookups.is_empty().then_some(Asked { inquiry, lookup: None });
        let people = inquiry.lookups.iter().map(move |lookup| Asked { inquiry, lookup: Some(lookup) });
        people.chain(nobody)
    };
    inquiries.iter().copied().flat_map(of).collect()
}

/// The columns, in the order of the statement.
#[derive(Clone, Copy)]
enum Column {
    Place,
    Now,
    AppScopes,
    AppPurposes,
    Customer,
    Revision,
    MarketingBlockedAt,
    Profile,
    Grant,
    Version,
    Purpose,
    State,
    Pins,
    Withdrawn,
    From,
    Until,
    Scope,
    KeyId,
    Payload,
    /// Of staff only: the console app.
    Console,
    Role,
}

fn get<T: TryGetable>(row: &QueryResult, column: Column) -> Result<T, DbErr> {
    row.try_get_by_index(column as usize)
}

/// Gives each inquiry what the rows say to it; none to one whose reader is not alive.
pub(super) fn read(rows: &[QueryResult], inquiries: &[&Inquiry]) -> Result<Vec<Option<Found>>, DbErr> {
    let mut found: Vec<Option<Found>> = inquiries.iter().map(|_| None).collect();
    let mut places = Vec::new();
    for (number, inquiry) in inquiries.iter().enumerate() {
        places.extend((0..inquiry.lookups.len().max(1)).map(|person| (number, person)));
    }
    for row in rows {
        let place = usize::try_from(get::<i32>(row, Column::Place)?).ok();
        let Some((number, person)) = place.and_then(|place| places.get(place)).copied() else { continue };
        let (Some(inquiry), Some(slot)) = (inquiries.get(number), found.get_mut(number)) else { continue };
        if slot.is_none() {
            *slot = Some(begin(row, inquiry)?);
        }
        if let Some(person) = slot.as_mut().and_then(|found| found.people.get_mut(person)) {
            read_row(row, person, inquiry)?;
        }
    }
    Ok(found)
}

fn begin(row: &QueryResult, inquiry: &Inquiry) -> Result<Found, DbErr> {
    let (scopes, purposes) = (get(row, Column::AppScopes)?, get(row, Column::AppPurposes)?);
    let caller = match &inquiry.claim {
        ReaderClaim::App(claim) => Caller::of_app(claim, scopes, purposes),
        ReaderClaim::Staff(claim) => {
            let through = (get(row, Column::Console)?, get(row, Column::Role)?);
            Caller::of_staff(claim, through, scopes, purposes)
        }
    };
    Ok(Found { caller, now: get(row, Column::Now)?, people: inquiry.lookups.iter().map(|_| None).collect() })
}

fn read_row(row: &QueryResult, slot: &mut Option<Snapshot>, inquiry: &Inquiry) -> Result<(), DbErr> {
    let Some(customer) = get::<Option<CustomerId>>(row, Column::Customer)? else { return Ok(()) };
    if slot.is_none() {
        let (profile, revision) = (get(row, Column::Profile)?, get(row, Column::Revision)?);
        let mut snapshot = Snapshot::new(customer, profile, revision, clusters(inquiry));
        let blocked: Option<Timestamp> = get(row, Column::MarketingBlockedAt)?;
        snapshot.ledger.marketing_blocked = blocked.is_some();
        *slot = Some(snapshot);
    }
    let Some(snapshot) = slot else { return Ok(()) };
    if let Some(id) = get::<Option<GrantId>>(row, Column::Grant)?
        && snapshot.ledger.grants.iter().all(|grant| grant.id != id)
    {
        snapshot.ledger.grants.push(grant_record(row, id, inquiry)?);
    }
    put_clusters(row, snapshot)
}

/// One cluster in a row of SQLite's; all of a grant in a row of PostgreSQL's.
fn put_clusters(row: &QueryResult, snapshot: &mut Snapshot) -> Result<(), DbErr> {
    let Some(row) = row.try_as_pg_row() else {
        if let Some(scope) = get::<Option<Scope>>(row, Column::Scope)? {
            snapshot.put(scope, get(row, Column::KeyId)?, get(row, Column::Payload)?);
        }
        return Ok(());
    };
    let Some(scopes): Option<Vec<i16>> = array(row, Column::Scope)? else { return Ok(()) };
    let key_ids: Vec<i32> = array(row, Column::KeyId)?.unwrap_or_default();
    let payloads: Vec<Vec<u8>> = array(row, Column::Payload)?.unwrap_or_default();
    for ((scope, key_id), payload) in scopes.into_iter().zip(key_ids).zip(payloads) {
        snapshot.put(Scope::try_from_value(&scope)?, key_id, Payload(payload));
    }
    Ok(())
}

fn array<'r, T: Decode<'r, Postgres> + Type<Postgres>>(row: &'r PgRow, column: Column) -> Result<Option<T>, DbErr> {
    row.try_get(column as usize).map_err(|error| DbErr::Query(RuntimeErr::SqlxError(Arc::new(error))))
}

fn grant_record(row: &QueryResult, id: GrantId, inquiry: &Inquiry) -> Result<GrantRecord, DbErr> {
    Ok(GrantRecord {
        id,
        version: get(row, Column::Version)?,
        brand: inquiry.claim.brand(),
        purpose: get(row, Column::Purpose)?,
        state: get(row, Column::State)?,
        pins: get(row, Column::Pins)?,
        withdrawn: get(row, Column::Withdrawn)?,
        period: Period { from: get(row, Column::From)?, until: get(row, Column::Until)? },
    })
}
