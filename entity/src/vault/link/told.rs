//! What a customer is told of their links by mail: that some have to be proven again, and that somebody else has one.

use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Set};

use super::{Tie, link_place};
use crate::access::Owner;
use crate::customer;
use crate::ids::{CustomerId, LinkId};
use crate::kinds::{CustomerStatus, LinkEnd};
use crate::protected::{link, sealed};
use crate::values::{Channel, EmailAddress, Timestamp};
use crate::vault::gated::Owned;
use crate::vault::{Transaction, Vault, own};

/// A link that a mail speaks of.
pub struct Told {
    /// The link.
    pub id: LinkId,
    /// Where the handle is.
    pub channel: Channel,
    /// The name on it.
    pub handle: Owned<String>,
    /// When it was proven.
    pub verified_at: Timestamp,
    /// When it ended, if it did.
    pub ended_at: Option<Timestamp>,
}

/// A mail that is due.
pub struct Notice {
    /// Where to: the address that the customer signs in with.
    pub address: Owned<EmailAddress>,
    /// What about.
    pub links: Vec<Told>,
}

/// Customers with links that have to be proven again soon and who were not reminded yet, at most so many. Whoever was only
/// imported has no account to do it in, and never asked for mail.
///
/// # Errors
/// When the database cannot be asked.
pub async fn load_to_remind(vault: &Vault, limit: u64) -> Result<Vec<CustomerId>, DbErr> {
    let since = vault.proofs.reminded_since(vault.now().await?);
    let in_use = customer::Entity::find()
        .select_only()
        .column(customer::Column::Id)
        .filter(customer::Column::Status.eq(CustomerStatus::Active))
        .into_query();
    link::Entity::find()
        .select_only()
        .column(link::Column::CustomerId)
        .filter(link::Column::VerifiedAt.lte(since))
        .filter(link::Column::EndedAt.is_null())
        .filter(link::Column::ToldAt.is_null())
        .filter(link::Column::CustomerId.in_subquery(in_use))
        .group_by(link::Column::CustomerId)
        .order_by_asc(link::Column::VerifiedAt.min())
        .limit(limit)
        .into_tuple()
        .all(vault.store.reader())
        .await
}

/// Notes that a customer is reminded of what is due. Within their lock. How many links there are.
///
/// # Errors
/// When the database cannot be asked.
pub async fn note_reminded(vault: &Vault, transaction: &Transaction, customer: CustomerId) -> Result<u64, DbErr> {
    let told = link::ActiveModel { told_at: Set(Some(transaction.now())), ..Default::default() };
    let noted = link::Entity::update_many()
        .set(told)
        .filter(link::Column::CustomerId.eq(customer))
        .filter(link::Column::VerifiedAt.lte(vault.proofs.reminded_since(transaction.now())))
        .filter(link::Column::EndedAt.is_null())
        .filter(link::Column::ToldAt.is_null())
        .exec(transaction.connection())
        .await?;
    Ok(noted.rows_affected)
}

/// What to remind a customer of: every handle that is due, or will be soon. `None` if they have proven all of them since.
///
/// # Errors
/// When the database cannot be asked or what is stored cannot be read.
pub async fn reminder(vault: &Vault, customer: CustomerId) -> Result<Option<Notice>, DbErr> {
    let since = vault.proofs.reminded_since(vault.now().await?);
    let rows = link::Entity::find()
        .filter(link::Column::CustomerId.eq(customer))
        .filter(link::Column::EndedAt.is_null())
        .filter(link::Column::VerifiedAt.lte(since))
        .order_by_asc(link::Column::VerifiedAt)
        .all(vault.store.reader())
        .await?;
    notice(vault, customer, rows).await
}

/// What a customer is to be told that they have lost to somebody else's proof, and was not told yet.
///
/// # Errors
/// When the database cannot be asked or what is stored cannot be read.
pub async fn takeovers(vault: &Vault, customer: CustomerId) -> Result<Option<Notice>, DbErr> {
    let rows = link::Entity::find()
        .filter(link::Column::CustomerId.eq(customer))
        .filter(link::Column::EndReason.eq(LinkEnd::TakenOver))
        .filter(link::Column::ToldAt.is_null())
        .order_by_asc(link::Column::EndedAt)
        .all(vault.store.reader())
        .await?;
    notice(vault, customer, rows).await
}

/// Notes that a customer was told of the end of these links.
///
/// # Errors
/// When the database cannot be asked.
pub async fn note_told(vault: &Vault, customer: CustomerId, links: &[Told]) -> Result<(), DbErr> {
    let told = link::ActiveModel { told_at: Set(Some(vault.now().await?)), ..Default::default() };
    link::Entity::update_many()
        .set(told)
        .filter(link::Column::CustomerId.eq(customer))
        .filter(link::Column::Id.is_in(links.iter().map(|link| link.id)))
        .filter(link::Column::EndedAt.is_not_null())
        .exec(vault.store.writer())
        .await
        .map(drop)
}

/// `None` if there is nothing to tell, or nobody to tell it to: an account that nobody has claimed or that is erased.
async fn notice(vault: &Vault, customer: CustomerId, rows: Vec<link::Model>) -> Result<Option<Notice>, DbErr> {
    let account = customer::Entity::find_by_id(customer).one(vault.store.reader()).await?;
    if rows.is_empty() || account.is_none_or(|row| row.status != CustomerStatus::Active) {
        return Ok(None);
    }
    let key = vault.keyring.key(customer).await?;
    let show = |row: link::Model| {
        let tie: Tie = sealed::open(link_place(customer, row.id), &key, row.key_id, &row.payload)?;
        let handle = Owned::of_owner(tie.handle);
        Ok(Told { id: row.id, channel: row.channel, handle, verified_at: row.verified_at, ended_at: row.ended_at })
    };
    let links = rows.into_iter().map(show).collect::<Result<_, DbErr>>()?;
    let address = own::login_address(vault, &Owner::recognised(customer)).await?;
    Ok(Some(Notice { address, links }))
}
