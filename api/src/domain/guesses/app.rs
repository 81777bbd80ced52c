//! Guesses at the secret of a brand's app.
//!
//! Apps ask for tokens all the time and are right, so a right secret writes nothing as long as nobody guesses: while every
//! cell that it goes by is empty, a few comparisons at a time are let through and only failures are counted, before they
//! are answered. Once a cell is not empty, or more come at once, each is counted before it is compared and taken back if it
//! was right. So at most as many as the cells hold, and a few per node, are ever compared.
//!
//! A client id is public, so whoever guesses could lock an app out. Where an app has signed in from, it is known for 30
//! days, and has a cell of its own there.

use std::sync::atomic::{AtomicU32, Ordering};

use entity::values::Timestamp;
use entity::{guess, vault::Transaction};
use sea_orm::sea_query::OnConflict;
use sea_orm::{DbErr, EntityTrait, Set};

use super::cell::{Cell, Limit, have_room};
use super::{ADDRESS, ClientAddress, Counted, cell, count, load};
use crate::deps::Deps;
use crate::domain::Refusal;

/// Guesses at one app's secret from places that it has not signed in from: 50 at once, then one a minute.
const APP: Limit = Limit { kind: "guess-app", most: 50, seconds: 60 };
/// The same from one place that it has.
const APP_AT_HOME: Limit = Limit { kind: "guess-app-at-home", most: 20, seconds: 10 };
/// Not a count: until when the place is known.
const HOME: Limit = Limit { kind: "app-home", most: 1, seconds: HOME_DAYS * 86_400 };
/// A place is known for so long after the last time.
const HOME_DAYS: i64 = 30;
/// It is written down again when so many days are left.
const RENEWED_DAYS: i64 = 29;
/// Comparisons at a time on one node that are counted only if they fail.
const MOST_IN_FLIGHT: u32 = 8;

/// How many comparisons are under way on this node that are not counted yet.
#[derive(Default)]
pub struct InFlight(AtomicU32);

/// One of them; over when dropped.
struct Place<'d>(&'d InFlight);

impl InFlight {
    fn enter(&self) -> Option<Place<'_>> {
        let more = |now: u32| (now < MOST_IN_FLIGHT).then_some(now + 1);
        self.0.fetch_update(Ordering::AcqRel, Ordering::Acquire, more).ok().map(|_| Place(self))
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::AcqRel);
    }
}

/// The turn of somebody who says that they are an app: ends with [`AppTurn::right`] or [`AppTurn::wrong`].
#[must_use = "a failure is counted by `wrong`"]
pub struct AppTurn<'d> {
    deps: &'d Deps,
    cells: Vec<Cell>,
    counted: Option<Counted>,
    home: Cell,
    known_until: Option<Timestamp>,
    now: Timestamp,
    _place: Option<Place<'d>>,
}

/// A turn to compare the secret of this client.
///
/// # Errors
/// When there were too many guesses.
pub async fn of_app<'d>(deps: &'d Deps, client: &ClientAddress, client_id: &str) -> Result<AppTurn<'d>, Refusal> {
    let place = deps.in_flight.enter();
    let keys = &deps.vault.keys;
    let at = [&client.bytes(), client_id.as_bytes()].concat();
    let home = cell(keys, HOME, &at);
    let at_home = cell(keys, APP_AT_HOME, &at);
    let strange = [cell(keys, APP, client_id.as_bytes()), cell(keys, ADDRESS, &client.bytes())];
    let [app, address] = strange;
    let rows = load(deps, &[home.clone(), at_home.clone(), app.clone(), address.clone()]).await?;
    let now = deps.vault.now().await?;
    let known_until = home.empty_at(&rows).filter(|until| now < *until);
    let cells = if known_until.is_some() { vec![at_home] } else { vec![app, address] };
    have_room(&cells, &rows, now)?;
    let all_empty = cells.iter().all(|cell| cell.empty_at(&rows).is_none_or(|empty_at| empty_at <= now));
    let counted = match &place {
        Some(_) if all_empty => None,
        _ => Some(count(deps, cells.clone()).await?),
    };
    Ok(AppTurn { deps, cells, counted, home, known_until, now, _place: place })
}

impl AppTurn<'_> {
    /// The secret was right: takes back what was counted and remembers from where it came. What cannot be written is no
    /// reason to refuse.
    pub async fn right(self) {
        let recent = self.known_until.is_some_and(|until| until > self.now.plus_days(RENEWED_DAYS));
        if recent && self.counted.is_none() {
            return;
        }
        if let Err(error) = self.settle(!recent).await {
            tracing::warn!(%error, "a right guess at an app's secret could not be taken back");
        }
    }

    async fn settle(&self, renew: bool) -> Result<(), DbErr> {
        let transaction = self.deps.vault.begin().await?;
        if let Some(counted) = &self.counted {
            counted.take_back(&transaction).await?;
        }
        if renew {
            remember(&transaction, &self.home).await?;
        }
        transaction.commit().await
    }

    /// The secret was wrong: it is counted before that is said.
    ///
    /// # Errors
    /// When there were too many meanwhile.
    pub async fn wrong(self) -> Result<(), Refusal> {
        match self.counted {
            Some(_) => Ok(()),
            None => count(self.deps, self.cells).await.map(drop),
        }
    }
}

async fn remember(transaction: &Transaction, home: &Cell) -> Result<(), DbErr> {
    let until = transaction.now().plus_millis(home.limit.pause());
    let row = guess::ActiveModel { key: Set(home.key.clone()), empty_at: Set(until) };
    let again = OnConflict::column(guess::Column::Key).update_column(guess::Column::EmptyAt).to_owned();
    guess::Entity::insert(row).on_conflict(again).exec_without_returning(transaction.connection()).await.map(drop)
}
