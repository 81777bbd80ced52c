//! Sessions: an access token of five minutes, and a refresh token that is good for one use.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entity::access::{Owner, SessionClaim};
use entity::ids::{CustomerId, SessionId};
use entity::kinds::SessionEnd;
use entity::values::Timestamp;
use entity::vault::Transaction;
use entity::{refresh_token, session};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QuerySelect, Set};
use uuid::Uuid;

use super::client::Client;
use crate::auth::tokens::{Issued, Subject};
use crate::deps::Deps;
use crate::domain::{Mistake, MistakeCode, Refusal};

/// A session ends after this many days, however often it is continued.
const DAYS: i64 = 30;
/// What the keyed hash of a refresh token is for.
const KIND: &str = "refresh";

/// What a customer needs to go on.
pub struct NewSession {
    /// For `Authorization: Bearer`.
    pub access_token: String,
    /// From then on the access token is refused.
    pub expires_at: Timestamp,
    /// For the next access token; good for one use.
    pub refresh_token: String,
    /// Whose session it is.
    pub claim: SessionClaim,
}

/// Opens a session for somebody who was just recognised.
pub(in crate::domain) async fn open(
    deps: &Deps,
    transaction: &Transaction,
    owner: &Owner,
    client: &Client,
) -> Result<NewSession, DbErr> {
    let claim = SessionClaim { customer: owner.customer(), session: SessionId(transaction.entropy().id()) };
    let row = session::ActiveModel {
        customer_id: Set(claim.customer),
        id: Set(claim.session),
        created_at: Set(transaction.now()),
        expires_at: Set(transaction.now().plus_days(DAYS)),
        label: Set(client.label.map(|label| label.to_string())),
        refreshed_at: Set(None),
        // Whoever opens it has just shown who they are.
        proven_at: Set(Some(transaction.now())),
        ended_at: Set(None),
        end_reason: Set(None),
    };
    session::Entity::insert(row).exec_without_returning(transaction.connection()).await?;
    hand_out(deps, transaction, claim).await
}

/// Issues the two tokens of a session.
async fn hand_out(deps: &Deps, transaction: &Transaction, claim: SessionClaim) -> Result<NewSession, DbErr> {
    let secret = transaction.entropy().bytes::<32>();
    let row = refresh_token::ActiveModel {
        customer_id: Set(claim.customer),
        hash: Set(transaction.keys().secret(KIND, &secret)),
        session_id: Set(claim.session),
        issued_at: Set(transaction.now()),
        used_at: Set(None),
    };
    refresh_token::Entity::insert(row).exec_without_returning(transaction.connection()).await?;
    let access = issue(deps, claim)?;
    let text = [claim.customer.0.as_bytes().as_slice(), claim.session.0.as_bytes(), &secret].concat();
    Ok(NewSession {
        access_token: access.token,
        expires_at: access.expires_at,
        refresh_token: format!("refresh_{}", URL_SAFE_NO_PAD.encode(text)),
        claim,
    })
}

fn issue(deps: &Deps, claim: SessionClaim) -> Result<Issued, DbErr> {
    let now = deps.vault.clock.now();
    let issued = deps.signer.issue(Subject::Customer(claim), now, &deps.vault.entropy);
    issued.map_err(|_| DbErr::Custom("a token could not be signed".into()))
}

/// Exchanges a refresh token. Used a second time, it ends its session: one of the two users is a thief.
///
/// # Errors
/// When the token is unknown or used, or its session is over.
pub async fn refresh(deps: &Deps, text: &str) -> Result<NewSession, Refusal> {
    let refused = || Mistake::new(MistakeCode::WrongCredentials, "refreshToken", "sign in again");
    let (claim, secret) = read(text).ok_or_else(refused)?;
    let transaction = deps.vault.begin().await?;
    let hash = transaction.keys().secret(KIND, &secret);
    let token = refresh_token::Entity::find_by_id((claim.customer, hash.clone()))
        .lock_exclusive()
        .one(transaction.connection())
        .await?
        .filter(|token| token.session_id == claim.session)
        .ok_or_else(refused)?;
    if token.used_at.is_some() {
        end(&transaction, claim.customer, Some(claim.session), SessionEnd::TokenReused).await?;
        transaction.commit().await?;
        return Err(refused().into());
    }
    let alive = Owner::check(transaction.connection(), &claim, &deps.vault.clock).await?;
    alive.ok_or_else(refused)?;
    let used = refresh_token::ActiveModel { used_at: Set(Some(transaction.now())), ..Default::default() };
    refresh_token::Entity::update_many()
        .set(used)
        .filter(refresh_token::Column::CustomerId.eq(claim.customer))
        .filter(refresh_token::Column::Hash.eq(hash))
        .exec(transaction.connection())
        .await?;
    let refreshed = session::ActiveModel { refreshed_at: Set(Some(transaction.now())), ..Default::default() };
    session::Entity::update_many()
        .set(refreshed)
        .filter(session::Column::CustomerId.eq(claim.customer))
        .filter(session::Column::Id.eq(claim.session))
        .exec(transaction.connection())
        .await?;
    let next = hand_out(deps, &transaction, claim).await?;
    transaction.commit().await?;
    Ok(next)
}

fn read(text: &str) -> Option<(SessionClaim, [u8; 32])> {
    let bytes: [u8; 64] = URL_SAFE_NO_PAD.decode(text.strip_prefix("refresh_")?).ok()?.try_into().ok()?;
    let (ids, secret) = bytes.split_first_chunk::<32>()?;
    let (customer, session) = ids.split_first_chunk::<16>()?;
    let claim = SessionClaim {
        customer: CustomerId(Uuid::from_bytes(*customer)),
        session: SessionId(Uuid::from_slice(session).ok()?),
    };
    Some((claim, secret.try_into().ok()?))
}

/// Ends the session that the owner came by. Its tokens are refused from the next request on.
///
/// # Errors
/// When the database cannot be asked.
pub async fn sign_out(deps: &Deps, owner: &Owner) -> Result<(), Refusal> {
    let transaction = deps.vault.begin().await?;
    end(&transaction, owner.customer(), owner.session(), SessionEnd::SignedOut).await?;
    transaction.commit().await?;
    Ok(())
}

/// Ends one session of a customer, or all of them; how many.
pub(in crate::domain) async fn end(
    transaction: &Transaction,
    customer: CustomerId,
    session: Option<SessionId>,
    reason: SessionEnd,
) -> Result<u64, DbErr> {
    let one = session.map(|session| session::Column::Id.eq(session));
    end_where(transaction, customer, one, reason).await
}

/// Ends every session of a customer but the one that they came by; how many.
pub(super) async fn end_others(transaction: &Transaction, owner: &Owner, reason: SessionEnd) -> Result<u64, DbErr> {
    let others = owner.session().map(|session| session::Column::Id.ne(session));
    end_where(transaction, owner.customer(), others, reason).await
}

async fn end_where(
    transaction: &Transaction,
    customer: CustomerId,
    which: Option<Expr>,
    reason: SessionEnd,
) -> Result<u64, DbErr> {
    let ended = session::ActiveModel {
        ended_at: Set(Some(transaction.now())),
        end_reason: Set(Some(reason)),
        ..Default::default()
    };
    let mut query = session::Entity::update_many()
        .set(ended)
        .filter(session::Column::CustomerId.eq(customer))
        .filter(session::Column::EndedAt.is_null());
    if let Some(which) = which {
        query = query.filter(which);
    }
    Ok(query.exec(transaction.connection()).await?.rows_affected)
}
