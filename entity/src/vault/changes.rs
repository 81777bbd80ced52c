//! The door for a brand's feed: everything that happened to its grants, in an order that only ever grows at its end.
//!
//! A customer's revision is no order across customers, and events that are dated by a clock become visible in another
//! order than that of their dates. So an event gets its number when the log gives it its place: one sequencer at a time,
//! each after the one before has committed. Whoever has read up to a number has missed nothing before it, and nobody who
//! writes waits for a number. Numbers count per brand, so they say nothing of anybody else's customers.
//!
//! A refusal and the opening of a request concern no grant, so they are not here: a brand must not learn of them.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;

use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    Statement,
};

use crate::access::Caller;
use crate::ids::{ChangeId, GrantId, ProfileId};
use crate::kinds::{ConsentEventKind, Purpose};
use crate::protected::grant_change;
use crate::values::Timestamp;
use crate::{grant, grant_version};

use super::Vault;

/// One change of a brand's grants.
pub struct Change {
    /// The change, and its place.
    pub place: ChangePlace,
    /// What happened.
    pub kind: ConsentEventKind,
    /// When it took effect.
    pub at: Timestamp,
    /// Whether the customer asks, with it, that the brand delete what it holds.
    pub deletion_wanted: bool,
    /// How the brand knows the customer; none if nobody knew it any more.
    pub profile: Option<ProfileId>,
    /// What was agreed to after it.
    pub version: grant_version::Model,
    /// The grant as it is now.
    pub grant: grant::Model,
}

/// A place in a brand's feed. It names the change that stands there, so that one from a database that a restore has
/// replaced is recognised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChangePlace {
    number: i64,
    /// The change.
    pub id: ChangeId,
}

impl ChangePlace {
    pub(super) const fn new(number: i64, id: ChangeId) -> Self {
        Self { number, id }
    }
}

impl fmt::Display for ChangePlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.number, self.id)
    }
}

impl FromStr for ChangePlace {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (number, id) = text.split_once('.').ok_or(())?;
        Ok(Self { number: number.parse().map_err(drop)?, id: id.parse().map_err(drop)? })
    }
}

/// What happened to the grants of the app's brand for the purposes that the app is registered for, oldest first: up to
/// `limit` changes after a place. `None`: no change stands at that place.
///
/// # Errors
/// When the database cannot be asked.
pub async fn of_brand(
    vault: &Vault,
    caller: &Caller,
    after: Option<ChangePlace>,
    limit: u64,
) -> Result<Option<Vec<Change>>, DbErr> {
    let reader = vault.store.reader();
    let of_brand = grant_change::Entity::find().filter(grant_change::Column::BrandId.eq(caller.brand()));
    if let Some(after) = after {
        let stands = of_brand.clone().filter(grant_change::Column::Number.eq(after.number)).one(reader).await?;
        if stands.is_none_or(|row| vault.keys.change(row.brand_id, row.event_id) != after.id) {
            return Ok(None);
        }
    }
    let purposes = Purpose::ALL.iter().copied().filter(|purpose| caller.standing().may_declare(*purpose));
    let rows = of_brand
        .filter(grant_change::Column::Number.gt(after.map_or(0, |place| place.number)))
        .filter(grant_change::Column::Purpose.is_in(purposes))
        .order_by_asc(grant_change::Column::Number)
        .limit(limit)
        .all(reader)
        .await?;
    show(vault, rows).await.map(Some)
}

async fn show(vault: &Vault, rows: Vec<grant_change::Model>) -> Result<Vec<Change>, DbErr> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let reader = vault.store.reader();
    let grants: Vec<GrantId> = rows.iter().map(|row| row.grant_id).collect();
    let customers = || rows.iter().map(|row| row.customer_id);
    let versions = grant_version::Entity::find()
        .filter(grant_version::Column::CustomerId.is_in(customers()))
        .filter(grant_version::Column::GrantId.is_in(grants.iter().copied()))
        .all(reader)
        .await?;
    let found = grant::Entity::find()
        .filter(grant::Column::CustomerId.is_in(customers()))
        .filter(grant::Column::Id.is_in(grants))
        .all(reader)
        .await?;
    let versions: HashMap<(GrantId, i32), grant_version::Model> =
        versions.into_iter().map(|row| ((row.grant_id, row.version), row)).collect();
    let found: HashMap<GrantId, grant::Model> = found.into_iter().map(|row| (row.id, row)).collect();
    let lost = || DbErr::RecordNotFound("the grant of a change".into());
    let one = |row: grant_change::Model| {
        let place =
            ChangePlace { number: row.number.unwrap_or_default(), id: vault.keys.change(row.brand_id, row.event_id) };
        Ok(Change {
            place,
            kind: row.kind,
            at: row.occurred_at,
            deletion_wanted: row.deletion_wanted,
            profile: row.profile_id,
            version: versions.get(&(row.grant_id, row.version)).cloned().ok_or_else(lost)?,
            grant: found.get(&row.grant_id).cloned().ok_or_else(lost)?,
        })
    };
    rows.into_iter().map(one).collect()
}

/// Gives the next numbers of their brands to the changes whose events now stand in the log from one place to before
/// another. Within the sequencer's transaction, whose lock makes this one at a time.
#[expect(clippy::disallowed_methods, reason = "one statement that no builder expresses")]
pub(super) async fn number(transaction: &DatabaseTransaction, from: i64, until: i64) -> Result<(), DbErr> {
    let sql = "
        with placed as (
            select change.brand_id, change.event_id,
                   row_number() over (partition by change.brand_id order by leaf.leaf_index) as place
            from log_leaf leaf
            join grant_change change on change.event_id = leaf.record_id
            where leaf.leaf_index >= $1 and leaf.leaf_index < $2),
        last as materialized (
            select brand.brand_id, coalesce((select max(earlier.number) from grant_change earlier
                                             where earlier.brand_id = brand.brand_id), 0) as number
            from (select distinct brand_id from placed) brand)
        update grant_change set number = last.number + placed.place
        from placed join last on last.brand_id = placed.brand_id
        where grant_change.brand_id = placed.brand_id and grant_change.event_id = placed.event_id";
    let backend = transaction.get_database_backend();
    transaction.execute_raw(Statement::from_sql_and_values(backend, sql, [from.into(), until.into()])).await?;
    Ok(())
}
