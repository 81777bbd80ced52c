//! Limits against guessing passwords, codes and secrets, kept by all nodes together.
//!
//! A cell counts what was guessed lately about one account, from one device, from one address or for one app; it is a
//! row of [`guess`] under a keyed hash. The count is GCRA: a cell remembers when it will be empty, each guess moves that
//! later, and a guess that would move it further away than the cell is deep is refused. `governor` counts in the same way
//! but within one process only, and two nodes would let twice as much through; so the cells are rows, and one statement
//! checks and counts.
//!
//! - **A guess is counted before its password is hashed**, and taken back if it was right: of any number of guesses, through
//!   any number of connections, documents and nodes, only so many reach the hash. Refused ones cost one read.
//! - **The owner is not locked out.** A device that has signed in once keeps a token ([`device`]) by which its guesses are
//!   counted apart from those of strangers, from whatever address they come.
//! - **Unknown accounts are counted as known ones are**: cells go by what was asked for, not by what is there.
//! - **An app's token costs no write** while nobody guesses: see [`AppTurn`].
//!
//! Behind a proxy that `RAPPORT_TRUSTED_PROXIES` does not name, everybody comes from one address and shares its cell.

mod address;
mod app;
mod cell;
pub mod device;

use entity::access::Owner;
use entity::guess;
use entity::ids::CustomerId;
use entity::keys::Keys;
use entity::values::{EmailAddress, Unchecked};
use entity::vault::Transaction;
use entity::vault::second_factor::Method;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QuerySelect, Set};

use crate::deps::Deps;
use crate::domain::Refusal;

pub use address::ClientAddress;
pub use app::{AppTurn, InFlight, of_app};
use cell::{Cell, Limit, have_room};

/// Cells swept in a batch.
const BATCH: u64 = 1_000;

/// Guesses at one account by people whom nobody knows: 20 at once, then one in six minutes.
const ACCOUNT: Limit = Limit { kind: "guess-account", most: 20, seconds: 360 };
/// Guesses at one account by one device that has signed in to it.
const DEVICE: Limit = Limit { kind: "guess-device", most: 20, seconds: 180 };
/// Guesses at one account by all such devices: whoever once had the password may have collected many tokens.
const DEVICES: Limit = Limit { kind: "guess-devices", most: 40, seconds: 180 };
/// Guesses at one account by whoever is signed in to it.
const OWN: Limit = Limit { kind: "guess-own", most: 20, seconds: 180 };
/// Codes of one authenticator by whoever has the password: six digits, three of which are right at any time.
const SECOND_FACTOR: Limit = Limit { kind: "guess-second-factor", most: 10, seconds: 600 };
/// The same for recovery codes.
const RECOVERY_CODE: Limit = Limit { kind: "guess-recovery-code", most: 10, seconds: 600 };
/// Passkeys that are shown beside the password of one account.
const PASSKEY: Limit = Limit { kind: "guess-passkey", most: 20, seconds: 60 };
/// Passkeys asked for from one address, or by one customer: 60 at once, then one in ten seconds.
const PASSKEY_REQUEST: Limit = Limit { kind: "guess-passkey-request", most: 60, seconds: 10 };
/// Wrong guesses from one address, at whatever: 50 at once, then six a minute.
const ADDRESS: Limit = Limit { kind: "guess-address", most: 50, seconds: 10 };
/// Accounts made, or asked about, from one address: 60 at once, then one a minute.
const SIGN_UP: Limit = Limit { kind: "guess-sign-up", most: 60, seconds: 60 };
/// Sign-ins at a provider begun from one address: each takes a call to the provider and a row. 60 at once, then one a minute.
const PROVIDER: Limit = Limit { kind: "guess-provider", most: 60, seconds: 60 };
/// Codes asked for from one address, for whatever account: 30 at once, then one in two minutes.
const CODE_REQUEST: Limit = Limit { kind: "guess-code-request", most: 30, seconds: 120 };
/// Codes for one account: each code bears ten tries by itself.
const CODE: Limit = Limit { kind: "guess-code", most: 30, seconds: 120 };

/// What was counted; right guesses take it back.
#[must_use = "a right guess takes back what was counted"]
pub struct Counted(Vec<Cell>);

impl Counted {
    /// Takes it back, with the change that the right guess makes.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn take_back(&self, transaction: &Transaction) -> Result<(), DbErr> {
        for cell in &self.0 {
            let earlier = Expr::col(guess::Column::EmptyAt).sub(cell.limit.pause());
            guess::Entity::update_many()
                .col_expr(guess::Column::EmptyAt, earlier)
                .filter(guess::Column::Key.eq(cell.key.clone()))
                .exec(transaction.connection())
                .await?;
        }
        Ok(())
    }
}

/// Counts a guess at the password of an account.
///
/// # Errors
/// When there were too many.
pub async fn at_password(
    deps: &Deps,
    client: &ClientAddress,
    email: &Unchecked<EmailAddress>,
    device: Option<&device::Device>,
) -> Result<Counted, Refusal> {
    let (keys, account) = (&deps.vault.keys, account(email));
    let cells = match device {
        Some(device) => vec![cell(keys, DEVICE, device.bytes()), cell(keys, DEVICES, &account)],
        None => vec![cell(keys, ACCOUNT, &account), of_address(deps, ADDRESS, client)],
    };
    count(deps, cells).await
}

/// Counts a guess at a password or a code by somebody who is signed in to the account: whoever has found an open session.
///
/// # Errors
/// When there were too many.
pub async fn at_own(deps: &Deps, owner: &Owner) -> Result<Counted, Refusal> {
    count(deps, vec![cell(&deps.vault.keys, OWN, owner.customer().0.as_bytes())]).await
}

/// Counts a guess at a second factor by somebody who has the password. Recovery codes and passkeys are counted apart, so that
/// their owner gets in by one while somebody guesses at the others.
///
/// # Errors
/// When there were too many.
pub async fn at_second_factor(
    deps: &Deps,
    client: &ClientAddress,
    customer: CustomerId,
    method: Method,
) -> Result<Counted, Refusal> {
    let limit = match method {
        Method::Authenticator => SECOND_FACTOR,
        Method::RecoveryCode => RECOVERY_CODE,
        Method::Passkey => PASSKEY,
    };
    let keys = &deps.vault.keys;
    count(deps, vec![cell(keys, limit, customer.0.as_bytes()), of_address(deps, ADDRESS, client)]).await
}

/// Counts a passkey that is to sign in by itself. It says by itself whose it is and cannot be guessed, so there is no cell of
/// its account, and nobody is locked out by one.
///
/// # Errors
/// When there were too many.
pub async fn at_passkey_sign_in(deps: &Deps, client: &ClientAddress) -> Result<Counted, Refusal> {
    count(deps, vec![of_address(deps, ADDRESS, client)]).await
}

/// Counts a challenge for a passkey that somebody asks for without being signed in.
///
/// # Errors
/// When there were too many.
pub async fn at_passkey_request(deps: &Deps, client: &ClientAddress) -> Result<(), Refusal> {
    count(deps, vec![of_address(deps, PASSKEY_REQUEST, client)]).await.map(drop)
}

/// The same by a customer.
///
/// # Errors
/// When there were too many.
pub async fn at_own_passkey(deps: &Deps, owner: &Owner) -> Result<(), Refusal> {
    count(deps, vec![cell(&deps.vault.keys, PASSKEY_REQUEST, owner.customer().0.as_bytes())]).await.map(drop)
}

/// Counts an answer to a code that was mailed for an account.
///
/// # Errors
/// When there were too many.
pub async fn at_code(deps: &Deps, client: &ClientAddress, email: &Unchecked<EmailAddress>) -> Result<Counted, Refusal> {
    let keys = &deps.vault.keys;
    count(deps, vec![cell(keys, CODE, &account(email)), of_address(deps, ADDRESS, client)]).await
}

/// Counts a sign-up, which may tell that an address is taken.
///
/// # Errors
/// When there were too many.
pub async fn at_sign_up(deps: &Deps, client: &ClientAddress) -> Result<Counted, Refusal> {
    count(deps, vec![of_address(deps, SIGN_UP, client)]).await
}

/// Counts a code that somebody asks for without being signed in.
///
/// # Errors
/// When there were too many.
pub async fn at_code_request(deps: &Deps, client: &ClientAddress) -> Result<(), Refusal> {
    count(deps, vec![of_address(deps, CODE_REQUEST, client)]).await.map(drop)
}

/// The code that somebody asked for was for them: they take it back.
pub fn answered_code(deps: &Deps, client: &ClientAddress) -> Counted {
    Counted(vec![of_address(deps, CODE_REQUEST, client)])
}

/// Counts a sign-in at a provider that somebody begins.
///
/// # Errors
/// When there were too many.
pub async fn at_provider(deps: &Deps, client: &ClientAddress) -> Result<(), Refusal> {
    count(deps, vec![of_address(deps, PROVIDER, client)]).await.map(drop)
}

/// Whoever began it has signed in: they take it back.
pub fn signed_in_at_provider(deps: &Deps, client: &ClientAddress) -> Counted {
    Counted(vec![of_address(deps, PROVIDER, client)])
}

/// What an account's cells go by: the address in lower case, or whatever was written instead of one.
fn account(email: &Unchecked<EmailAddress>) -> Vec<u8> {
    let address = email.check();
    address.as_ref().map_or(email.raw(), EmailAddress::as_str).to_lowercase().into_bytes()
}

/// A cell that counts what comes from one address.
fn of_address(deps: &Deps, limit: Limit, client: &ClientAddress) -> Cell {
    cell(&deps.vault.keys, limit, &client.bytes())
}

fn cell(keys: &Keys, limit: Limit, subject: &[u8]) -> Cell {
    Cell { key: keys.secret(limit.kind, subject), limit }
}

/// Counts in all of these cells, or in none.
async fn count(deps: &Deps, mut cells: Vec<Cell>) -> Result<Counted, Refusal> {
    // In one order, so that two do not wait for each other.
    cells.sort_by(|one, other| one.key.cmp(&other.key));
    // Whoever is refused anyway writes nothing.
    let now = deps.vault.now().await?;
    let rows = load(deps, &cells).await?;
    have_room(&cells, &rows, now)?;
    let transaction = deps.vault.begin().await?;
    let now = transaction.now();
    for cell in &cells {
        let row = guess::ActiveModel { key: Set(cell.key.clone()), empty_at: Set(now.plus_millis(cell.limit.pause())) };
        let known = || Expr::col((guess::Entity, guess::Column::EmptyAt));
        let from = Expr::case(known().gt(now), known()).finally(now.as_millis());
        let further = OnConflict::column(guess::Column::Key)
            .value(guess::Column::EmptyAt, Expr::expr(from).add(cell.limit.pause()))
            .action_and_where(known().lte(cell.limit.latest(now)))
            .to_owned();
        let counted =
            guess::Entity::insert(row).on_conflict(further).exec_without_returning(transaction.connection()).await?;
        if counted == 0 {
            // Somebody else had the last one since we looked.
            return Err(Refusal::RateLimited(cell.limit.seconds));
        }
    }
    transaction.commit().await?;
    Ok(Counted(cells))
}

async fn load(deps: &Deps, cells: &[Cell]) -> Result<Vec<guess::Model>, DbErr> {
    let keys = cells.iter().map(|cell| cell.key.clone());
    guess::Entity::find().filter(guess::Column::Key.is_in(keys)).all(deps.vault.store.reader()).await
}

/// Deletes cells that are empty; how many.
///
/// # Errors
/// When the database cannot be asked.
pub async fn sweep(deps: &Deps) -> Result<usize, DbErr> {
    let now = deps.vault.now().await?;
    let empty = guess::Column::EmptyAt.lte(now);
    let keys: Vec<Vec<u8>> = guess::Entity::find()
        .select_only()
        .column(guess::Column::Key)
        .filter(empty.clone())
        .limit(BATCH)
        .into_tuple()
        .all(deps.vault.store.reader())
        .await?;
    if keys.is_empty() {
        return Ok(0);
    }
    let swept = guess::Entity::delete_many().filter(guess::Column::Key.is_in(keys)).filter(empty);
    let swept = swept.exec(deps.vault.store.writer()).await?;
    Ok(usize::try_from(swept.rows_affected).unwrap_or(usize::MAX))
}
