//! Reads of the past, for the demo's history. Nothing is read by this and nothing leaves: it only fills the record.

use std::collections::HashMap;

use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, Set};

use crate::access::Operator;
use crate::ids::{AppId, BrandId, CustomerId, DisclosureId};
use crate::kinds::{AccessStatus, Purpose};
use crate::protected::disclosure;
use crate::values::Timestamp;
use crate::vault::record::{self, FieldOutcome};
use crate::vault::transaction::Transaction;
use crate::{grant, rows};

/// A read that is supposed to have happened.
pub struct PastRead {
    /// Whose data.
    pub customer: CustomerId,
    /// Who read.
    pub brand: BrandId,
    /// With which app.
    pub app: AppId,
    /// For what.
    pub purpose: Purpose,
    /// When.
    pub at: Timestamp,
    /// What was asked for and what became of it.
    pub fields: Vec<FieldOutcome>,
}

/// Fills the record. A read is under the grant that its brand had for its purpose then, if there was one.
///
/// # Errors
/// When the database cannot be asked.
pub async fn record_past_reads(
    transaction: &Transaction,
    _operator: &Operator,
    reads: Vec<PastRead>,
) -> Result<(), DbErr> {
    let mut customers: Vec<CustomerId> = reads.iter().map(|read| read.customer).collect();
    customers.sort_unstable();
    customers.dedup();
    let keys = transaction.keyring.load(&customers).await?;
    let grants = grant::Entity::find().filter(grant::Column::CustomerId.is_in(customers));
    let grants = grants.all(transaction.connection()).await?;
    let mut held: HashMap<(CustomerId, BrandId), Vec<&grant::Model>> = HashMap::new();
    for grant in &grants {
        held.entry((grant.customer_id, grant.brand_id)).or_default().push(grant);
    }
    let rows = reads
        .into_iter()
        .map(|read| {
            let id = DisclosureId(transaction.entropy().id_at(read.at));
            let of_brand = held.get(&(read.customer, read.brand)).map_or(&[][..], Vec::as_slice);
            let under = of_brand.iter().find(|grant| covers(grant, &read));
            let key = keys.get(&read.customer).ok_or_else(|| DbErr::RecordNotFound("the data key".into()))?;
            let sealed = record::seal_outcomes((read.customer, key), id, &read.fields, transaction.entropy())?;
            Ok(disclosure::ActiveModel {
                customer_id: Set(read.customer),
                id: Set(id),
                brand_id: Set(read.brand),
                app_id: Set(read.app),
                purpose: Set(Some(read.purpose)),
                grant_id: Set(under.map(|grant| grant.id)),
                grant_version: Set(under.map(|grant| grant.version)),
                revision: Set(0),
                occurred_at: Set(read.at),
                key_id: Set(sealed.key_id),
                payload: Set(sealed.payload),
                staff_id: Set(None),
                staff_role: Set(None),
                answered: Set(Some(read.fields.iter().any(|field| field.outcome == AccessStatus::Granted))),
            })
        })
        .collect::<Result<Vec<_>, DbErr>>()?;
    rows::insert(transaction.connection(), &rows).await
}

/// Whether a grant was live when somebody is supposed to have read.
fn covers(grant: &grant::Model, read: &PastRead) -> bool {
    let has_ended = grant.ended_at.is_some_and(|end| end <= read.at) || grant.expires_at <= read.at;
    grant.purpose == read.purpose && grant.valid_from <= read.at && !has_ended
}
