//! Which accounts may share a conversation. That two of them are one person's is what HANDLES tells, so it needs a grant.

use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter};

use crate::consent::Period;
use crate::grant;
use crate::ids::{CorrespondentId, CustomerId};
use crate::kinds::{GrantState, Purpose};
use crate::proof::ProofPeriod;
use crate::protected::{correspondent, directory};
use crate::scope::Scope;
use crate::vault::Transaction;

/// The correspondent themself, and those of the same customer if that customer lets the brand see their linked profiles for
/// CUSTOMER_CARE now.
pub(super) async fn with(
    transaction: &Transaction,
    one: &correspondent::Model,
    proofs: ProofPeriod,
) -> Result<Vec<CorrespondentId>, DbErr> {
    let mut together = vec![one.id];
    let Some(lookup) = &one.lookup else { return Ok(together) };
    let (connection, now) = (transaction.connection(), transaction.now());
    let proven = directory::Column::ProvenAt.gt(now.minus_millis(proofs.as_millis()));
    let entry = directory::Entity::find_by_id(lookup.clone())
        .filter(directory::Column::Kind.eq(directory::Kind::Account))
        .filter(proven.clone())
        .one(connection)
        .await?;
    let Some(entry) = entry else { return Ok(together) };
    if !shows_handles(transaction, one, entry.customer_id).await? {
        return Ok(together);
    }
    let accounts = directory::Entity::find()
        .filter(directory::Column::CustomerId.eq(entry.customer_id))
        .filter(directory::Column::Kind.eq(directory::Kind::Account))
        .filter(proven)
        .all(connection)
        .await?;
    let others = correspondent::Entity::find()
        .filter(correspondent::Column::BrandId.eq(one.brand_id))
        .filter(correspondent::Column::Lookup.is_in(accounts.into_iter().map(|account| account.lookup)))
        .filter(correspondent::Column::Id.ne(one.id))
        .all(connection)
        .await?;
    together.extend(others.into_iter().map(|other| other.id));
    Ok(together)
}

async fn shows_handles(
    transaction: &Transaction,
    one: &correspondent::Model,
    customer: CustomerId,
) -> Result<bool, DbErr> {
    let row = grant::Entity::find()
        .filter(grant::Column::CustomerId.eq(customer))
        .filter(grant::Column::BrandId.eq(one.brand_id))
        .filter(grant::Column::Purpose.eq(Purpose::CustomerCare))
        .filter(grant::Column::State.eq(GrantState::Active))
        .filter(grant::Column::EndedAt.is_null())
        .one(transaction.connection())
        .await?;
    Ok(row.is_some_and(|row| {
        let period = Period { from: row.valid_from, until: row.expires_at };
        period.holds(transaction.now()) && row.scopes.contains(Scope::Handles)
    }))
}
