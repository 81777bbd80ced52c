//! News for whoever is watching: written in the transaction in which it happened, so nothing is told that did not happen, and
//! nothing that happened is lost when a node dies. It holds ids only: whoever is told looks it up, under the law.
//!
//! Every node reads all news as they come: its own commits ring its [`Bell`], those of others come by PostgreSQL's NOTIFY.
//! Both only say that there is something to read; the rows are what counts.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::sqlx;
use sea_orm::sqlx::postgres::{PgListener, PgPool, PgPoolOptions};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseConnection, DbBackend, DbErr, EntityTrait, ExprTrait, FromQueryResult,
    QueryFilter, QueryOrder, QuerySelect, Set, Statement,
};
use tokio::sync::Notify;

use crate::ids::{BrandId, ConversationId, GrantId, MessageId};
use crate::kinds::NewsKind;
use crate::values::Timestamp;
use crate::{news, setting};

use super::Vault;

/// News are kept for so many days.
pub const KEPT_DAYS: i64 = 1;
/// Rows of one statement.
const ROWS: u64 = 500;
/// So long a database may take to let somebody listen.
const PATIENCE: Duration = Duration::from_secs(1);
/// What nodes tell each other by.
const CHANNEL: &str = "rapport_news";

/// Something that somebody may be watching.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct News {
    brand: BrandId,
    kind: NewsKind,
    conversation: Option<ConversationId>,
    message: Option<MessageId>,
    grant: Option<GrantId>,
}

impl News {
    /// Something about a conversation of a brand, or about a message in it.
    #[must_use]
    pub const fn of_conversation(
        kind: NewsKind,
        (brand, conversation): (BrandId, ConversationId),
        message: Option<MessageId>,
    ) -> Self {
        Self { brand, kind, conversation: Some(conversation), message, grant: None }
    }

    /// Something about a grant to a brand.
    #[must_use]
    pub const fn of_grant(brand: BrandId, grant: GrantId) -> Self {
        Self { brand, kind: NewsKind::GrantChanged, conversation: None, message: None, grant: Some(grant) }
    }
}

/// Writes what happened in a transaction, each thing once. That a conversation has changed goes without saying where more is
/// said of it.
pub(super) async fn write(connection: &impl ConnectionTrait, now: Timestamp, told: &[News]) -> Result<(), DbErr> {
    let more = |one: &News| told.iter().any(|other| other.conversation == one.conversation && other.kind != one.kind);
    let mut rows = Vec::new();
    for (place, one) in told.iter().enumerate() {
        let is_said = told.iter().take(place).any(|other| other == one);
        if !is_said && (one.kind != NewsKind::ConversationChanged || !more(one)) {
            rows.push(news::ActiveModel {
                brand_id: Set(one.brand),
                kind: Set(one.kind),
                conversation_id: Set(one.conversation),
                message_id: Set(one.message),
                grant_id: Set(one.grant),
                occurred_at: Set(now),
                ..Default::default()
            });
        }
    }
    if rows.is_empty() {
        return Ok(());
    }
    news::Entity::insert_many(rows).exec_without_returning(connection).await?;
    call(connection).await
}

/// Lets the other nodes know, once this is committed.
#[expect(clippy::disallowed_methods, reason = "no builder notifies")]
async fn call(connection: &impl ConnectionTrait) -> Result<(), DbErr> {
    if connection.get_database_backend() == DbBackend::Sqlite {
        return Ok(());
    }
    let call = Statement::from_string(DbBackend::Postgres, format!("select pg_notify('{CHANNEL}', '')"));
    connection.execute_raw(call).await.map(drop)
}

/// Up to where news are complete: nothing is ever added below it. It carries its time, because news do not stay for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    horizon: i64,
    at: Timestamp,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.horizon, self.at.as_millis())
    }
}

impl FromStr for Place {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (horizon, at) = text.split_once('.').ok_or(())?;
        let at = Timestamp::from_millis(at.parse().map_err(drop)?);
        Ok(Self { horizon: horizon.parse().map_err(drop)?, at })
    }
}

/// News with the place up to which whoever has got them has missed nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// What happened.
    pub news: news::Model,
    /// From here whoever breaks off goes on; what happened about the same time may come again.
    pub place: Place,
}

/// Reads news as they come, each once.
#[derive(Debug)]
pub struct Tail {
    /// Only those of this brand.
    brand: Option<BrandId>,
    horizon: i64,
    /// What was read at the horizon or beyond, above a transaction that is still under way, each with where it stands.
    read: HashMap<i64, i64>,
    /// Up to where a reading in parts has come: place and number.
    part: Option<(i64, i64)>,
}

impl Tail {
    /// All that come from now on.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn begin(vault: &Vault) -> Result<Self, DbErr> {
        let mut tail =
            Self { brand: None, horizon: horizon(vault.store.reader()).await?, read: HashMap::new(), part: None };
        while !tail.next(vault).await?.is_empty() {}
        Ok(tail)
    }

    /// A brand's, from a place on. `None`: news of that time are not kept any more, or the place is another database's.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn of_brand(vault: &Vault, brand: BrandId, from: Place) -> Result<Option<Self>, DbErr> {
        let is_kept = vault.now().await?.minus_days(KEPT_DAYS) <= from.at;
        let restored = setting::Entity::find_by_id(setting::RESTORED_AT).one(vault.store.reader()).await?;
        let restored = restored.and_then(|row| row.value.parse::<i64>().ok()).unwrap_or(i64::MIN);
        let is_kept = is_kept && restored < from.at.as_millis();
        let is_ours = from.horizon <= horizon(vault.store.reader()).await?;
        let tail = Self { brand: Some(brand), horizon: from.horizon, read: HashMap::new(), part: None };
        Ok((is_kept && is_ours).then_some(tail))
    }

    /// Where it stands: what is below was read.
    #[must_use]
    pub fn place(&self, vault: &Vault) -> Place {
        Place { horizon: self.horizon, at: vault.clock.now() }
    }

    /// What has come since, or a part of it: empty when there is no more.
    ///
    /// # Errors
    /// When the database cannot be asked; then nothing counts as read.
    pub async fn next(&mut self, vault: &Vault) -> Result<Vec<Told>, DbErr> {
        loop {
            let rows = self.rows(vault).await?;
            let Some(last) = rows.last() else {
                self.part = None;
                return Ok(Vec::new());
            };
            // Of a part, nothing beyond its last row is known.
            let is_part = rows.len() >= usize::try_from(ROWS).unwrap_or(usize::MAX);
            let reached = if is_part { Ord::min(last.horizon, last.place) } else { last.horizon };
            self.part = is_part.then_some((last.place, last.id));
            let unread: Vec<Row> = rows.into_iter().filter(|row| !self.read.contains_key(&row.id)).collect();
            self.read.extend(unread.iter().map(|row| (row.id, row.place)));
            self.read.retain(|_, place| *place >= reached);
            self.horizon = reached;
            if unread.is_empty() && is_part {
                continue;
            }
            let after: Vec<i64> = unread.iter().skip(1).map(|row| row.place).chain([reached]).collect();
            let place = |row: &Row, next: i64| Place { horizon: Ord::min(next, reached), at: row.occurred_at };
            let told = unread.into_iter().zip(after);
            return Ok(told.map(|(row, next)| Told { place: place(&row, next), news: row.into() }).collect());
        }
    }

    /// The next rows from the horizon on, those that were read too: a long transaction keeps it where it is.
    async fn rows(&self, vault: &Vault) -> Result<Vec<Row>, DbErr> {
        let store = vault.store.reader();
        let mut query = news::Entity::find().filter(news::Column::Place.gte(self.horizon));
        if let Some((place, id)) = self.part {
            let same = news::Column::Place.eq(place).and(news::Column::Id.gt(id));
            query = query.filter(news::Column::Place.gt(place).or(same));
        }
        if let Some(brand) = self.brand {
            query = query.filter(news::Column::BrandId.eq(brand));
        }
        query
            .expr_as(Expr::cust(horizon_of(store.get_database_backend())), "horizon")
            .order_by_asc(news::Column::Place)
            .order_by_asc(news::Column::Id)
            .limit(ROWS)
            .into_model::<Row>()
            .all(store)
            .await
    }
}

/// A row, with the horizon of the snapshot that it was read in.
#[derive(FromQueryResult)]
struct Row {
    id: i64,
    place: i64,
    brand_id: BrandId,
    kind: NewsKind,
    conversation_id: Option<ConversationId>,
    message_id: Option<MessageId>,
    grant_id: Option<GrantId>,
    occurred_at: Timestamp,
    horizon: i64,
}

impl From<Row> for news::Model {
    fn from(row: Row) -> Self {
        let Row { id, place, brand_id, kind, conversation_id, message_id, grant_id, occurred_at, .. } = row;
        Self { id, place, brand_id, kind, conversation_id, message_id, grant_id, occurred_at }
    }
}

/// An expression for the place below which nothing is ever added.
const fn horizon_of(backend: DbBackend) -> &'static str {
    match backend {
        DbBackend::Sqlite => "(select coalesce(max(seq), 0) + 1 from sqlite_sequence where name = 'news')",
        _ => "pg_snapshot_xmin(pg_current_snapshot())::text::bigint",
    }
}

#[expect(clippy::disallowed_methods, reason = "no builder knows snapshots")]
async fn horizon(connection: &DatabaseConnection) -> Result<i64, DbErr> {
    let backend = connection.get_database_backend();
    let ask = Statement::from_string(backend, format!("select {} as horizon", horizon_of(backend)));
    let row = connection.query_one_raw(ask).await?;
    row.ok_or_else(|| DbErr::RecordNotFound("the horizon of news".into()))?.try_get("", "horizon")
}

/// Forgets all news of a database that was restored: places in it are another's.
///
/// # Errors
/// When the database cannot be asked.
pub async fn begin_anew(vault: &Vault) -> Result<(), DbErr> {
    let now = vault.now().await?;
    news::Entity::delete_many().exec(vault.store.writer()).await?;
    let row =
        setting::ActiveModel { name: Set(setting::RESTORED_AT.to_owned()), value: Set(now.as_millis().to_string()) };
    let known = OnConflict::column(setting::Column::Name).update_column(setting::Column::Value).to_owned();
    setting::Entity::insert(row).on_conflict(known).exec_without_returning(vault.store.writer()).await.map(drop)
}

/// Deletes news that were kept for long enough; how many.
///
/// # Errors
/// When the database cannot be asked.
pub async fn forget(vault: &Vault) -> Result<u64, DbErr> {
    // Longer than anybody may go on from.
    let long_ago = vault.now().await?.minus_days(2 * KEPT_DAYS);
    let old = news::Entity::delete_many().filter(news::Column::OccurredAt.lt(long_ago));
    Ok(old.exec(vault.store.writer()).await?.rows_affected)
}

/// Says that this process has written news.
#[derive(Debug, Clone, Default)]
pub struct Bell(Arc<Notify>);

impl Bell {
    pub(super) fn ring(&self) {
        self.0.notify_one();
    }
}

/// Where one hears that there is something to read.
pub struct Ear {
    bell: Bell,
    calls: Option<PgListener>,
    /// Where the connection is from.
    pool: Option<PgPool>,
}

impl Ear {
    /// An ear for what this process writes, and other nodes on PostgreSQL once [`Self::mend`] was called.
    #[must_use]
    pub fn new(vault: &Vault) -> Self {
        Self { bell: vault.bell.clone(), calls: None, pool: None }
    }

    /// Listens to other nodes, if it does not yet.
    ///
    /// # Errors
    /// When the database cannot be reached; what it would have told is found by looking.
    pub async fn mend(&mut self, vault: &Vault) -> Result<(), DbErr> {
        let Some(options) = vault.store.postgres().filter(|_| self.calls.is_none()) else { return Ok(()) };
        let unreachable = |error: sqlx::Error| DbErr::Conn(sea_orm::RuntimeErr::SqlxError(error.into()));
        let pool =
            || PgPoolOptions::new().max_connections(1).acquire_timeout(PATIENCE).connect_lazy_with(options.clone());
        let pool = self.pool.get_or_insert_with(pool);
        let mut calls = PgListener::connect_with(pool).await.map_err(unreachable)?;
        calls.listen(CHANNEL).await.map_err(unreachable)?;
        self.calls = Some(calls);
        Ok(())
    }

    /// Until there may be something to read.
    pub async fn hear(&mut self) {
        let Some(calls) = &mut self.calls else { return self.bell.0.notified().await };
        let lost = tokio::select! {
            () = self.bell.0.notified() => false,
            call = calls.recv() => call.is_err(),
        };
        if lost {
            self.calls = None;
        }
    }

    /// Listens no more: the database knows of no connection when this returns.
    pub async fn close(self) {
        drop(self.calls);
        if let Some(pool) = self.pool {
            // One that does not answer is left to itself.
            let _ = tokio::time::timeout(PATIENCE, pool.close()).await;
        }
    }
}
