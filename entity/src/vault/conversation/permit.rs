//! Whether a reply that waits may still go out with what it holds.

use sea_orm::{ColumnTrait, DbErr, EntityTrait, ExprTrait, PaginatorTrait, QueryFilter};

use crate::consent::{AppStanding, Ask, Decision, Ledger, decide};
use crate::kinds::{AppStatus, Purpose};
use crate::proof::ProofPeriod;
use crate::protected::{correspondent, directory};
use crate::vault::Transaction;
use crate::vault::own::ledger_entry;
use crate::{app, grant, reply};

/// Whether the law permits, now, every value that a reply holds, and whoever gets it is still the one who gave the grant.
pub(super) async fn stands(
    transaction: &Transaction,
    proofs: ProofPeriod,
    row: &reply::Model,
    with: &correspondent::Model,
) -> Result<bool, DbErr> {
    let Some(grant) = row.grant_id else { return Ok(row.scopes.is_empty()) };
    let connection = transaction.connection();
    let app = app::Entity::find_by_id((row.brand_id, row.app_id)).one(connection).await?;
    let grant = grant::Entity::find()
        .filter(grant::Column::BrandId.eq(row.brand_id))
        .filter(grant::Column::Id.eq(grant))
        .one(connection)
        .await?;
    let Some((app, grant)) = app.zip(grant) else { return Ok(false) };
    let app = AppStanding { active: app.status == AppStatus::Active, scopes: app.scopes, purposes: app.purposes };
    let ask = Ask { brand: row.brand_id, app, purpose: Some(Purpose::CustomerCare), now: transaction.now() };
    // The switch against direct marketing has nothing to say about customer care.
    let ledger = Ledger { grants: vec![ledger_entry(&grant)], marketing_blocked: false };
    if !row.scopes.iter().all(|scope| matches!(decide(&ledger, &ask, scope), Decision::Permit { .. })) {
        return Ok(false);
    }
    let Some(account) = with.lookup.clone() else { return Ok(false) };
    let since = transaction.now().minus_millis(proofs.as_millis());
    let of_account = directory::Column::Lookup.eq(account.clone()).or(directory::Column::LookupNext.eq(account));
    let theirs = directory::Entity::find()
        .filter(of_account)
        .filter(directory::Column::CustomerId.eq(grant.customer_id))
        .filter(directory::Column::Kind.eq(directory::Kind::Account))
        .filter(directory::Column::ProvenAt.gt(since))
        .count(connection)
        .await?;
    Ok(theirs > 0)
}
