//! Sessions of staff: an access token of five minutes, and a refresh token that is good for one use.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entity::access::{Caller, ReaderClaim, Staff, StaffClaim};
use entity::ids::{BrandId, StaffSessionId};
use entity::kinds::StaffSessionEnd;
use entity::staff_session;
use entity::values::{EmailAddress, Timestamp, Unchecked};
use entity::vault::Transaction;
use entity::vault::staff::{self, Seat};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QuerySelect, Set};
use uuid::Uuid;

use crate::auth::tokens::Subject;
use crate::deps::Deps;
use crate::domain::accounts::{self, Client};
use crate::domain::guesses::{self, device::Device};
use crate::domain::{Mistake, MistakeCode, Refusal, brands};

/// A session ends after this long, however often it is continued: a working day.
const HOURS: i64 = 12;
/// What the keyed hash of a refresh token is for.
const KIND: &str = "staff-refresh";

/// What somebody needs to go on.
pub struct NewStaffSession {
    /// For `Authorization: Bearer`.
    pub access_token: String,
    /// From then on the access token is refused.
    pub expires_at: Timestamp,
    /// For the next access token; good for one use.
    pub refresh_token: String,
    /// Whose session it is.
    pub claim: StaffClaim,
}

/// What is needed to sign in.
pub struct SignInStaff {
    /// The brand's slug; may be left out by who works for one brand only.
    pub brand: Option<String>,
    /// The address that was invited.
    pub email: Unchecked<EmailAddress>,
    /// The password.
    pub password: String,
    /// By which a device is known that has signed in with the address before.
    pub device_token: Option<String>,
}

/// A session on a device.
pub struct SignedInStaff {
    /// The session.
    pub session: NewStaffSession,
    /// By which the device is known from now on.
    pub device_token: String,
}

/// Opens a session.
///
/// # Errors
/// When they do not fit: the same for an unknown brand or address, a wrong password, and somebody who was removed or has not
/// accepted yet. When there were too many guesses; then the password was not looked at.
pub async fn sign_in(deps: &Deps, client: &Client, input: SignInStaff) -> Result<SignedInStaff, Refusal> {
    let message = "address and password do not fit; whoever works for several brands names one";
    let wrong = || Mistake::new(MistakeCode::WrongCredentials, "", message);
    let token = input.device_token.as_deref();
    let known = token.and_then(|token| Device::read(&deps.vault.keys, &input.email, token));
    let counted = guesses::at_password(deps, &client.address, &input.email, known.as_ref()).await?;
    let brand = match &input.brand {
        Some(slug) => brands::find(deps.vault.store.reader(), slug).await?.map(|brand| brand.id),
        None => None,
    };
    let is_nobody = input.brand.is_some() && brand.is_none();
    let email = input.email.check().ok().filter(|_| !is_nobody);
    let matches = async |stored: Option<&str>| deps.hasher.matches(&input.password, stored).await;
    let seat = staff::authenticate(&deps.vault, brand, email.as_ref(), matches).await?.ok_or_else(wrong)?;
    let transaction = deps.vault.begin().await?;
    counted.take_back(&transaction).await?;
    let session = open(deps, &transaction, &seat).await?;
    // Whoever is removed meanwhile has a session that opens nothing: every request looks at who they are, too.
    transaction.commit().await?;
    Ok(SignedInStaff { session, device_token: accounts::device_token(deps, &input.email, known) })
}

/// Opens a session for somebody who was just recognised.
pub(super) async fn open(deps: &Deps, transaction: &Transaction, seat: &Seat) -> Result<NewStaffSession, DbErr> {
    let session = StaffSessionId(transaction.entropy().id());
    let secret = transaction.entropy().bytes::<32>();
    let row = staff_session::ActiveModel {
        brand_id: Set(seat.brand),
        id: Set(session),
        staff_id: Set(seat.id),
        refresh_hash: Set(transaction.keys().secret(KIND, &secret)),
        used_refresh_hash: Set(None),
        created_at: Set(transaction.now()),
        expires_at: Set(transaction.now().plus_seconds(HOURS * 3_600)),
        ended_at: Set(None),
        end_reason: Set(None),
    };
    staff_session::Entity::insert(row).exec_without_returning(transaction.connection()).await?;
    hand_out(deps, StaffClaim { brand: seat.brand, staff: seat.id, session }, &secret)
}

fn hand_out(deps: &Deps, claim: StaffClaim, secret: &[u8; 32]) -> Result<NewStaffSession, DbErr> {
    let issued = deps.signer.issue(Subject::Staff(claim), deps.vault.clock.now(), &deps.vault.entropy);
    let issued = issued.map_err(|_| DbErr::Custom("a token could not be signed".into()))?;
    let text = [claim.brand.0.as_bytes().as_slice(), claim.session.0.as_bytes(), secret].concat();
    Ok(NewStaffSession {
        access_token: issued.token,
        expires_at: issued.expires_at,
        refresh_token: format!("staffrefresh_{}", URL_SAFE_NO_PAD.encode(text)),
        claim,
    })
}

/// Exchanges a refresh token. Used a second time, it ends its session: one of the two users is a thief.
///
/// # Errors
/// When the token is unknown or used, or its session is over.
pub async fn refresh(deps: &Deps, text: &str) -> Result<NewStaffSession, Refusal> {
    let refused = || Mistake::new(MistakeCode::WrongCredentials, "refreshToken", "sign in again");
    let (brand, session, secret) = read(text).ok_or_else(refused)?;
    let transaction = deps.vault.begin().await?;
    let row =
        staff_session::Entity::find_by_id((brand, session)).lock_exclusive().one(transaction.connection()).await?;
    let row = row.ok_or_else(refused)?;
    let is = |hash: &[u8]| transaction.keys().is_secret(KIND, &secret, hash);
    if row.used_refresh_hash.as_deref().is_some_and(is) {
        let reused = end(StaffSessionEnd::TokenReused, transaction.now());
        update(&transaction, (brand, session), reused).await?;
        transaction.commit().await?;
        return Err(refused().into());
    }
    let claim = StaffClaim { brand, staff: row.staff_id, session };
    let alive = Caller::check(transaction.connection(), &ReaderClaim::Staff(claim), &deps.vault.clock).await?;
    if !is(&row.refresh_hash) || alive.is_none() {
        return Err(refused().into());
    }
    let next = transaction.entropy().bytes::<32>();
    let change = staff_session::ActiveModel {
        refresh_hash: Set(transaction.keys().secret(KIND, &next)),
        used_refresh_hash: Set(Some(row.refresh_hash)),
        ..Default::default()
    };
    update(&transaction, (brand, session), change).await?;
    let session = hand_out(deps, claim, &next)?;
    transaction.commit().await?;
    Ok(session)
}

fn read(text: &str) -> Option<(BrandId, StaffSessionId, [u8; 32])> {
    let bytes: [u8; 64] = URL_SAFE_NO_PAD.decode(text.strip_prefix("staffrefresh_")?).ok()?.try_into().ok()?;
    let (ids, secret) = bytes.split_first_chunk::<32>()?;
    let (brand, session) = ids.split_first_chunk::<16>()?;
    let session = StaffSessionId(Uuid::from_slice(session).ok()?);
    Some((BrandId(Uuid::from_bytes(*brand)), session, secret.try_into().ok()?))
}

/// Ends the session that they came by. Its tokens are refused from the next request on.
///
/// # Errors
/// When the database cannot be asked.
pub async fn sign_out(deps: &Deps, staff: &Staff) -> Result<(), Refusal> {
    let transaction = deps.vault.begin().await?;
    let over = end(StaffSessionEnd::SignedOut, transaction.now());
    update(&transaction, (staff.brand(), staff.claim().session), over).await?;
    transaction.commit().await?;
    Ok(())
}

/// Ends all sessions of somebody.
pub(super) async fn end_all(transaction: &Transaction, seat: &Seat, reason: StaffSessionEnd) -> Result<(), DbErr> {
    staff_session::Entity::update_many()
        .set(end(reason, transaction.now()))
        .filter(staff_session::Column::BrandId.eq(seat.brand))
        .filter(staff_session::Column::StaffId.eq(seat.id))
        .filter(staff_session::Column::EndedAt.is_null())
        .exec(transaction.connection())
        .await?;
    Ok(())
}

fn end(reason: StaffSessionEnd, at: Timestamp) -> staff_session::ActiveModel {
    staff_session::ActiveModel { ended_at: Set(Some(at)), end_reason: Set(Some(reason)), ..Default::default() }
}

/// Changes a session that has not ended.
async fn update(
    transaction: &Transaction,
    (brand, session): (BrandId, StaffSessionId),
    change: staff_session::ActiveModel,
) -> Result<(), DbErr> {
    staff_session::Entity::update_many()
        .set(change)
        .filter(staff_session::Column::BrandId.eq(brand))
        .filter(staff_session::Column::Id.eq(session))
        .filter(staff_session::Column::EndedAt.is_null())
        .exec(transaction.connection())
        .await?;
    Ok(())
}
