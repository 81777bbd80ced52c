//! Erasing an account: asked twice, done in one transaction, and told only after the data key is destroyed.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entity::access::Owner;
use entity::ids::{BrandId, CustomerId};
use entity::keys::Keys;
use entity::kinds::{JobKind, SessionEnd};
use entity::values::Timestamp;
use entity::vault::Transaction;
use entity::vault::erase::{self as door, Acquaintance, Farewell};
use entity::{customer, grant, idempotency, refresh_token};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter};

use crate::deps::Deps;
use crate::domain::{Mistake, MistakeCode, Refusal, accounts, consent, jobs, receipts};
use crate::failure;

/// A confirmation holds for this long.
const MINUTES: i64 = 10;
/// What the keyed hash of a confirmation is for.
const KIND: &str = "erasure";
/// Receipts that go with the last mail.
const MOST_RECEIPTS: u64 = 200;

/// What an erasure does.
#[derive(Debug, Clone)]
pub struct Consequences {
    /// Grants that end.
    pub grants: usize,
    /// The brands that know the customer, and are told that they are gone.
    pub brands: Vec<Acquaintance>,
}

/// What became of it.
pub enum Erasure {
    /// It cannot be undone: show what will happen, and call again with the confirmation.
    Confirm(Consequences, String),
    /// Done: no row, and no copy of the database, says anything of the customer any more.
    Done(Consequences),
}

/// Erases the customer who asks.
///
/// # Errors
/// When the confirmation does not fit. On a fault after the commit the job FINISH_ERASURE completes it.
pub async fn erase(deps: &Deps, owner: &Owner, confirmation: Option<&str>) -> Result<Erasure, Refusal> {
    let Some(given) = confirmation else { return foresee(deps, owner).await };
    let (consequences, farewell) = match empty(deps, owner, given).await {
        // It met a link that was being proven; nothing was changed.
        Err(Refusal::Fault(error)) if failure::is_conflict(&error) => empty(deps, owner, given).await?,
        done => done?,
    };
    // Whatever the journals still hold is sealed under a key that is gone; the job sees to them again.
    finish(deps, owner.customer()).await?;
    deps.background.spawn(say_goodbye(deps.clone(), farewell));
    Ok(Erasure::Done(consequences))
}

/// Destroys the key of a customer whose tables are empty. Twice does no harm. Whether the journals are clear too.
///
/// # Errors
/// When the key is there still.
pub async fn finish(deps: &Deps, customer: CustomerId) -> Result<bool, DbErr> {
    door::destroy_key(&deps.vault, customer).await
}

/// Deletes the count of codes that were sent for a customer who was erased a day ago.
///
/// # Errors
/// When the database cannot be asked.
pub async fn forget_codes(deps: &Deps, customer: CustomerId) -> Result<(), DbErr> {
    door::forget_codes(&deps.vault, customer).await
}

async fn foresee(deps: &Deps, owner: &Owner) -> Result<Erasure, Refusal> {
    let (transaction, locked) = deps.vault.begin_for(owner).await?;
    accounts::require_fresh_proof(owner, transaction.now())?;
    let open = grant::Entity::find()
        .filter(grant::Column::CustomerId.eq(owner.customer()))
        .filter(grant::Column::EndedAt.is_null())
        .filter(grant::Column::ExpiresAt.gt(transaction.now()));
    let grants = open.count(transaction.connection()).await?;
    let brands = door::acquaintances(transaction.connection(), owner).await?;
    let consequences = Consequences { grants: usize::try_from(grants).unwrap_or(usize::MAX), brands };
    Ok(Erasure::Confirm(consequences, confirmation(transaction.keys(), &locked, transaction.now())))
}

async fn empty(deps: &Deps, owner: &Owner, given: &str) -> Result<(Consequences, Farewell), Refusal> {
    let (transaction, locked) = deps.vault.begin_for(owner).await?;
    accounts::require_fresh_proof(owner, transaction.now())?;
    if !is_confirmed(transaction.keys(), &locked, transaction.now(), given) {
        let message =
            "this confirmation is over, or something has changed since; leave it out to see what would happen";
        return Err(Mistake::new(MistakeCode::Expired, "confirmationToken", message).into());
    }
    let brands = door::acquaintances(transaction.connection(), owner).await?;
    let told: Vec<BrandId> = brands.iter().map(|known| known.brand).collect();
    // The grants first: their receipts name the customer by ids that are deleted after them.
    let grants = consent::end_for_good(&transaction, owner, &locked, &told).await?;
    let farewell = door::farewell(&deps.vault, &transaction, owner, MOST_RECEIPTS).await?;
    sign_out_everywhere(&transaction, owner).await?;
    door::empty(&transaction, owner).await?;
    // Receipts can be mailed no more: they go with the last mail.
    jobs::drop_all(&transaction, owner.customer()).await?;
    jobs::enqueue(&transaction, owner.customer(), JobKind::FinishErasure).await?;
    let tomorrow = transaction.now().plus_days(1);
    jobs::enqueue_at(&transaction, owner.customer(), JobKind::ForgetCodes, tomorrow).await?;
    transaction.commit().await?;
    Ok((Consequences { grants, brands }, farewell))
}

async fn sign_out_everywhere(transaction: &Transaction, owner: &Owner) -> Result<(), DbErr> {
    let (connection, whose) = (transaction.connection(), owner.customer());
    accounts::end_sessions(transaction, whose, None, SessionEnd::Erased).await?;
    let tokens = refresh_token::Entity::delete_many().filter(refresh_token::Column::CustomerId.eq(whose));
    tokens.exec(connection).await?;
    let used = idempotency::Entity::delete_many().filter(idempotency::Column::CustomerId.eq(whose));
    used.exec(connection).await?;
    Ok(())
}

/// Tells the customer that it is done, at the address that nobody knows any more afterwards. If that fails nobody can
/// try again, and nothing depends on it.
async fn say_goodbye(deps: Deps, farewell: Farewell) {
    let body = "Your Rapport account is erased, as you asked. Nobody can find you here or read anything of yours any more, \
                and it cannot be undone.\n\n\
                The brands that knew you keep the signed receipts of what you had agreed to, without any of your data, and \
                were told that you are gone. Your own last receipts are attached: keep them if you want proof, because \
                nobody can send them again.\n";
    let attachments = receipts::attachments(&farewell.receipts);
    let subject = "Your Rapport account is erased";
    if let Err(fault) = deps.mailer.send_with(farewell.address.as_ref(), subject, body.into(), attachments).await {
        tracing::warn!(%fault, "the mail after an erasure was not taken");
    }
}

/// A keyed hash over the customer, their consents as they stand, and the time until which it can be confirmed. It stores
/// nothing.
fn confirmation(keys: &Keys, locked: &customer::Model, now: Timestamp) -> String {
    let until = now.plus_minutes(MINUTES).as_millis().to_be_bytes();
    URL_SAFE_NO_PAD.encode([until.as_slice(), &keys.secret(KIND, &message(locked, until))].concat())
}

fn is_confirmed(keys: &Keys, locked: &customer::Model, now: Timestamp, given: &str) -> bool {
    let Ok(bytes) = URL_SAFE_NO_PAD.decode(given) else { return false };
    let Some((until, digest)) = bytes.split_first_chunk::<8>() else { return false };
    keys.is_secret(KIND, &message(locked, *until), digest) && now.as_millis() < i64::from_be_bytes(*until)
}

fn message(locked: &customer::Model, until: [u8; 8]) -> Vec<u8> {
    [locked.id.0.as_bytes().as_slice(), &locked.consent_revision.to_be_bytes(), &until].concat()
}
