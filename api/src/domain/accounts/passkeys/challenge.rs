//! Challenges that passkeys answer: 32 random bytes, kept by a keyed hash only, good for one answer within five minutes, for
//! one purpose, to whom they were given.

use entity::access::Owner;
use entity::ids::{CustomerId, SessionId};
use entity::kinds::PasskeyPurpose;
use entity::passkey_challenge::{ActiveModel, Column, Entity};
use entity::values::Timestamp;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, Set};

use crate::deps::Deps;

/// How long one holds.
pub const MINUTES: i64 = 5;
/// What the keyed hash is for.
const KIND: &str = "passkey-challenge";

/// To whom a challenge is given, and for what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ask {
    purpose: PasskeyPurpose,
    customer: Option<CustomerId>,
    session: Option<SessionId>,
}

impl Ask {
    /// To whoever signs in.
    pub const fn of_anybody() -> Self {
        Self { purpose: PasskeyPurpose::SignIn, customer: None, session: None }
    }

    /// To whoever has shown the password of this customer.
    pub const fn beside_password(customer: CustomerId) -> Self {
        Self { purpose: PasskeyPurpose::SecondFactor, customer: Some(customer), session: None }
    }

    /// To somebody in their session.
    pub const fn in_session(purpose: PasskeyPurpose, owner: &Owner) -> Self {
        Self { purpose, customer: Some(owner.customer()), session: owner.session() }
    }
}

/// A challenge on its way out.
pub struct Given {
    /// What is to be signed.
    pub challenge: [u8; 32],
    /// Until when.
    pub expires_at: Timestamp,
}

/// Gives a new challenge out.
pub async fn give(deps: &Deps, ask: Ask) -> Result<Given, DbErr> {
    let transaction = deps.vault.begin().await?;
    let challenge = transaction.entropy().bytes::<32>();
    let expires_at = transaction.now().plus_minutes(MINUTES);
    let row = ActiveModel {
        hash: Set(transaction.keys().secret(KIND, &challenge)),
        purpose: Set(ask.purpose),
        customer_id: Set(ask.customer),
        session_id: Set(ask.session),
        issued_at: Set(transaction.now()),
        expires_at: Set(expires_at),
    };
    Entity::insert(row).exec_without_returning(transaction.connection()).await?;
    transaction.commit().await?;
    Ok(Given { challenge, expires_at })
}

/// Takes a challenge out, if it was given for this; whether it was. Whatever the answer is worth, there is no second one: of
/// two at the same moment, one finds it gone. Whoever it was not given to cannot take it.
pub async fn take(deps: &Deps, ask: Ask, challenge: &[u8; 32]) -> Result<bool, DbErr> {
    let transaction = deps.vault.begin().await?;
    let mut query = Entity::delete_many()
        .filter(Column::Hash.eq(transaction.keys().secret(KIND, challenge)))
        .filter(Column::Purpose.eq(ask.purpose))
        .filter(Column::ExpiresAt.gt(transaction.now()));
    query = match ask.customer {
        Some(customer) => query.filter(Column::CustomerId.eq(customer)),
        None => query.filter(Column::CustomerId.is_null()),
    };
    query = match ask.session {
        Some(session) => query.filter(Column::SessionId.eq(session)),
        None => query.filter(Column::SessionId.is_null()),
    };
    let taken = query.exec(transaction.connection()).await?.rows_affected == 1;
    transaction.commit().await?;
    Ok(taken)
}

/// Forgets challenges that nobody has answered; how many.
///
/// # Errors
/// When the database cannot be asked.
pub async fn forget(deps: &Deps) -> Result<usize, DbErr> {
    let over = Entity::delete_many().filter(Column::ExpiresAt.lte(deps.vault.now().await?));
    let gone = over.exec(deps.vault.store.writer()).await?;
    Ok(usize::try_from(gone.rows_affected).unwrap_or(usize::MAX))
}
