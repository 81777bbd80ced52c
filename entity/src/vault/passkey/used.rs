//! A passkey that is used: whose it is, whether they have signed, and whether there may be a copy of it.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sea_orm::{DbErr, EntityTrait, QueryFilter, QuerySelect, Set};

use super::{Kept, Nickname, keep, of, open};
use crate::access::Owner;
use crate::ids::CustomerId;
use crate::protected::{directory, passkey};
use crate::values::EmailAddress;
use crate::vault::gated::Owned;
use crate::vault::transaction::Transaction;
use crate::vault::{login, write};
use crate::webauthn::{Assertion, AuthenticatorData, PublicKey};
use sea_orm::ColumnTrait;

/// What a passkey stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// For password and second factor at once.
    Alone,
    /// For the second factor; the password was right.
    BesidePassword,
    /// For a proof that a session is still its customer's.
    InSession,
}

/// What an answer amounts to.
pub enum Verdict {
    /// Right: commit.
    Right(Owner),
    /// Of nobody who may use it so, or not signed by them: all alike.
    Wrong,
    /// Signed, but it has not counted on: somebody may have a copy. Its owner is to be told, and nobody else.
    Copied(Alarm),
}

/// What the owner of a passkey that may have been copied is told.
pub struct Alarm {
    /// Where.
    pub address: Owned<EmailAddress>,
    /// Which passkey.
    pub nickname: Owned<Nickname>,
}

/// Whose passkey this is, and whether they have signed, where nobody else was named (section 7.2, step 6: the second case).
/// `data` are checked already.
///
/// # Errors
/// When the database cannot be asked.
pub async fn recognise(
    transaction: &Transaction,
    assertion: &Assertion,
    data: &AuthenticatorData<'_>,
) -> Result<Verdict, DbErr> {
    let lookup = transaction.keys().passkey(assertion.credential());
    let entry = directory::Entity::find_by_id(lookup).one(transaction.connection()).await?;
    let entry = entry.filter(|entry| entry.kind == directory::Kind::Passkey);
    let Some(customer) = entry.map(|entry| entry.customer_id).filter(|_| assertion.user().is_some()) else {
        return Ok(Verdict::Wrong);
    };
    write::lock(transaction.connection(), customer).await?;
    judge(transaction, customer, (assertion, data), Manner::Alone).await
}

/// Whether this customer has signed, with a passkey of theirs (section 7.2, step 6: the first case). Within the customer's
/// lock. `data` are checked already.
///
/// # Errors
/// When the database cannot be asked.
pub async fn use_own(
    transaction: &Transaction,
    owner: &Owner,
    answer: (&Assertion, &AuthenticatorData<'_>),
    manner: Manner,
) -> Result<Verdict, DbErr> {
    judge(transaction, owner.customer(), answer, manner).await
}

async fn judge(
    transaction: &Transaction,
    customer: CustomerId,
    (assertion, data): (&Assertion, &AuthenticatorData<'_>),
    manner: Manner,
) -> Result<Verdict, DbErr> {
    let lookup = transaction.keys().passkey(assertion.credential());
    let row = of(customer).filter(passkey::Column::Lookup.eq(lookup)).lock_exclusive();
    let Some(row) = row.one(transaction.connection()).await? else { return Ok(Verdict::Wrong) };
    let user = transaction.keys().passkey_user(customer);
    let may = manner != Manner::Alone || row.alone_since.is_some();
    if !may || assertion.user().is_some_and(|named| named != user) {
        return Ok(Verdict::Wrong);
    }
    let key = transaction.key(customer).await?;
    let mut kept = open(&row, &key)?;
    // Steps 19 to 21.
    let signed = public_key(&kept).is_some_and(|key| assertion.is_signed_by(&key));
    if !signed || data.is_backup_eligible() != kept.backup_eligible {
        return Ok(Verdict::Wrong);
    }
    // Step 22: neither counts, or it has gone on.
    let counter = i64::from(data.counter);
    if (counter, row.counter) != (0, 0) && counter <= row.counter {
        let address = Owned::of_owner(login::stored(transaction, customer, &key).await?);
        return Ok(Verdict::Copied(Alarm { address, nickname: Owned::of_owner(kept.nickname) }));
    }
    // Step 24.
    kept.backed_up = data.is_backed_up();
    let now = transaction.now();
    let beside = (manner == Manner::BesidePassword).then_some(now);
    let changes = passkey::ActiveModel {
        counter: Set(counter),
        used_at: Set(Some(now)),
        alone_since: Set(row.alone_since.or(beside)),
        ..Default::default()
    };
    keep(transaction, &row, &key, &kept, changes).await?;
    Ok(Verdict::Right(Owner::recognised(customer)))
}

fn public_key(kept: &Kept) -> Option<PublicKey> {
    PublicKey::read(&URL_SAFE_NO_PAD.decode(&kept.key).ok()?)
}
