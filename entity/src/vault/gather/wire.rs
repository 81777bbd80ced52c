//! A lane's way to the database: its own connection on PostgreSQL, where every statement through a pool would cost two
//! more round trips; on SQLite a transaction of the one writer.

use std::sync::Arc;
use std::time::Duration;

use sea_orm::sqlx::postgres::{PgConnectOptions, PgConnection};
use sea_orm::sqlx::sqlite::{Sqlite, SqlitePool};
use sea_orm::sqlx::{self, AssertSqlSafe, Connection, Transaction};
use sea_orm::{ConnAcquireErr, DbBackend, DbErr, QueryResult, RuntimeErr};
use serde_json::json;
use uuid::Uuid;

use crate::access::GrantClaim;
use crate::clock::Clock;
use crate::hexadecimal::hexadecimal;
use crate::listed;
use crate::proof::ProofPeriod;
use crate::protected::disclosure;
use crate::store::Store;

use super::Inquiry;
use super::sql::{Kind, sql};
use super::statement::{self, Asked, Found};

/// How long a database may be silent. SQLite gives up sooner by itself when another process writes, so none of its inserts
/// is left behind to be carried out after its operation was refused.
const SILENCE: Duration = Duration::from_secs(6);

pub(super) enum Wire {
    Postgres { options: Box<PgConnectOptions>, open: Option<PgConnection> },
    Sqlite { reader: SqlitePool, writer: SqlitePool },
}

/// One gather's turn at the database: it is read, then recorded. Whoever lets go of it before has recorded nothing.
pub(super) enum Session<'w> {
    Postgres {
        options: &'w PgConnectOptions,
        open: &'w mut Option<PgConnection>,
    },
    /// SQLite has one writer for all. A gather that will be recorded is it from before its read until its record is
    /// durable: whoever stops sharing comes before or after, and however long the line is, no snapshot grows old in it.
    Recording(Transaction<'static, Sqlite>),
    /// Nobody is looked up, so there will be no record.
    Reading(&'w SqlitePool),
}

impl Wire {
    pub fn to(store: &Store) -> Self {
        match store.postgres() {
            // One plan for every gather, however many lookups it has: the planner would make the same each time.
            Some(options) => Self::Postgres {
                options: Box::new(options.clone().options([("plan_cache_mode", "force_generic_plan")])),
                open: None,
            },
            None => {
                let pool = |connection: &sea_orm::DatabaseConnection| connection.get_sqlite_connection_pool().clone();
                Self::Sqlite { reader: pool(store.reader()), writer: pool(store.recorder()) }
            }
        }
    }

    /// Waits until a gather can be read, one that looks somebody up or one that does not.
    pub async fn begin(&mut self, looks_up: bool) -> Result<Session<'_>, DbErr> {
        Ok(match self {
            Self::Postgres { options, open } => Session::Postgres { options, open },
            // To wait for the writer has its own end, and is not yet anything that the database does.
            Self::Sqlite { writer, .. } if looks_up => {
                Session::Recording(done(writer.begin_with("begin immediate").await)?)
            }
            Self::Sqlite { reader, .. } => Session::Reading(reader),
        })
    }
}

impl Session<'_> {
    /// What the one statement says to each inquiry, all of this kind; none where the reader is not alive.
    pub async fn read(
        &mut self,
        kind: Kind,
        (clock, proofs): (&Clock, ProofPeriod),
        inquiries: &[&Inquiry],
    ) -> Result<Vec<Option<Found>>, DbErr> {
        let asked = statement::asked(inquiries);
        let sqlite = || AssertSqlSafe(sql(kind, DbBackend::Sqlite, clock, proofs));
        let rows = match self {
            Self::Recording(transaction) => {
                let rows = sqlx::query(sqlite()).bind(list_asked(&asked)?).fetch_all(&mut **transaction);
                within(rows).await?.into_iter().map(QueryResult::from).collect()
            }
            Self::Reading(reader) => {
                let rows = sqlx::query(sqlite()).bind(list_asked(&asked)?).fetch_all(*reader);
                within(rows).await?.into_iter().map(QueryResult::from).collect()
            }
            Self::Postgres { options, open } => {
                let text = sql(kind, DbBackend::Postgres, clock, proofs);
                let was_open = open.is_some();
                match read_postgres(options, open, text.clone(), &asked).await {
                    // It broke while nobody used it, and reading twice does no harm.
                    Err(fault) if was_open && open.is_none() => {
                        tracing::info!(%fault, "a lane's connection was gone");
                        read_postgres(options, open, text, &asked).await?
                    }
                    read => read?,
                }
            }
        };
        statement::read(&rows, inquiries)
    }

    /// Writes all records in one statement. When this returns they are durable.
    pub async fn record(self, rows: Vec<disclosure::Model>) -> Result<(), DbErr> {
        if rows.is_empty() {
            return Ok(());
        }
        match self {
            Self::Recording(mut transaction) => {
                let insert = sqlx::query(SQLITE_INSERT).bind(list_rows(&rows)?).execute(&mut *transaction);
                within(insert).await?;
                within(transaction.commit()).await
            }
            Self::Reading(_) => Err(DbErr::Custom("a gather that looks nobody up has a record".into())),
            Self::Postgres { options, open } => record_postgres(options, open, &rows).await,
        }
    }
}

/// The connection, taken out: whoever is given up or fails while it is out leaves none behind.
async fn take(options: &PgConnectOptions, open: &mut Option<PgConnection>) -> Result<PgConnection, DbErr> {
    match open.take() {
        Some(connection) => Ok(connection),
        None => within(PgConnection::connect_with(options)).await,
    }
}

/// Puts it back, if what was done with it has left it whole.
fn give_back<T>(open: &mut Option<PgConnection>, connection: PgConnection, done: &Result<T, DbErr>) {
    let is_whole = match done {
        Ok(_) => true,
        Err(DbErr::Query(RuntimeErr::SqlxError(error))) => {
            // The database has answered, and is not about to end.
            error.as_database_error().is_some_and(|error| error.code().is_none_or(|code| !code.starts_with("57P")))
        }
        Err(_) => false,
    };
    if is_whole {
        *open = Some(connection);
    }
}

async fn read_postgres(
    options: &PgConnectOptions,
    open: &mut Option<PgConnection>,
    sql: String,
    asked: &[Asked<'_>],
) -> Result<Vec<QueryResult>, DbErr> {
    let mut connection = take(options, open).await?;
    let column = |of: fn(&Asked<'_>) -> i64| asked.iter().map(of).collect::<Vec<i64>>();
    let bound = |of: fn(GrantClaim) -> Uuid| asked.iter().map(|it| it.bound().map(of)).collect::<Vec<_>>();
    let query = sqlx::query(AssertSqlSafe(sql))
        .bind(asked.iter().map(|asked| asked.inquiry.claim.brand().0).collect::<Vec<Uuid>>())
        .bind(asked.iter().map(Asked::reader).collect::<Vec<Uuid>>())
        .bind(asked.iter().map(Asked::proof).collect::<Vec<Uuid>>())
        .bind(asked.iter().map(Asked::secret_epoch).collect::<Vec<Option<i32>>>())
        .bind(bound(|bound| bound.family.0))
        .bind(bound(|bound| bound.grant.0))
        .bind(asked.iter().map(|asked| asked.inquiry.question.purpose.map(|it| it.as_str())).collect::<Vec<_>>())
        .bind(column(|asked| asked.clusters().0))
        .bind(column(|asked| asked.named().0))
        .bind(column(|asked| asked.purpose_bit()))
        .bind(asked.iter().map(|asked| asked.lookup).collect::<Vec<_>>());
    let read = within(query.fetch_all(&mut connection)).await;
    give_back(open, connection, &read);
    Ok(read?.into_iter().map(QueryResult::from).collect())
}

async fn record_postgres(
    options: &PgConnectOptions,
    open: &mut Option<PgConnection>,
    rows: &[disclosure::Model],
) -> Result<(), DbErr> {
    let mut connection = take(options, open).await?;
    let ids = |of: fn(&disclosure::Model) -> Uuid| rows.iter().map(of).collect::<Vec<_>>();
    let query = sqlx::query(POSTGRES_INSERT)
        .bind(ids(|row| row.customer_id.0))
        .bind(ids(|row| row.id.0))
        .bind(ids(|row| row.brand_id.0))
        .bind(ids(|row| row.app_id.0))
        .bind(rows.iter().map(|row| row.purpose.map(|purpose| purpose.as_str())).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.grant_id.map(|grant| grant.0)).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.grant_version).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.revision).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.occurred_at.as_millis()).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.key_id).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.payload.0.as_slice()).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.staff_id.map(|staff| staff.0)).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.staff_role.map(|role| role.as_str())).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.answered).collect::<Vec<_>>());
    let written = within(query.execute(&mut connection)).await;
    give_back(open, connection, &written);
    written.map(drop)
}

const POSTGRES_INSERT: &str = "insert into disclosure (customer_id, id, brand_id, app_id, purpose, grant_id, \
    grant_version, revision, occurred_at, key_id, payload, staff_id, staff_role, answered) \
    select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::uuid[], $7::integer[], \
    $8::bigint[], $9::bigint[], $10::integer[], $11::bytea[], $12::uuid[], $13::text[], \
    $14::boolean[])";

const SQLITE_INSERT: &str = "insert into disclosure (customer_id, id, brand_id, app_id, purpose, grant_id, \
    grant_version, revision, occurred_at, key_id, payload, staff_id, staff_role, answered) \
    select unhex(value ->> 0), unhex(value ->> 1), unhex(value ->> 2), unhex(value ->> 3), value ->> 4, \
    unhex(value ->> 5), value ->> 6, value ->> 7, value ->> 8, value ->> 9, unhex(value ->> 10), \
    unhex(value ->> 11), value ->> 12, value ->> 13 from json_each($1)";

fn list_asked(asked: &[Asked<'_>]) -> Result<String, DbErr> {
    let rows = asked.iter().map(|asked| {
        let bound = asked.bound();
        json!([
            listed::id(asked.inquiry.claim.brand().0),
            listed::id(asked.reader()),
            listed::id(asked.proof()),
            asked.secret_epoch(),
            bound.map(|bound| listed::id(bound.family.0)),
            bound.map(|bound| listed::id(bound.grant.0)),
            asked.inquiry.question.purpose.map(|purpose| purpose.as_str()),
            asked.clusters().0,
            asked.named().0,
            asked.purpose_bit(),
            asked.lookup.map(hexadecimal),
        ])
    });
    listed::json(&rows.collect::<Vec<_>>())
}

fn list_rows(rows: &[disclosure::Model]) -> Result<String, DbErr> {
    let rows = rows.iter().map(|row| {
        json!([
            listed::id(row.customer_id.0),
            listed::id(row.id.0),
            listed::id(row.brand_id.0),
            listed::id(row.app_id.0),
            row.purpose.map(|purpose| purpose.as_str()),
            row.grant_id.map(|grant| listed::id(grant.0)),
            row.grant_version,
            row.revision,
            row.occurred_at.as_millis(),
            row.key_id,
            hexadecimal(&row.payload.0),
            row.staff_id.map(|staff| listed::id(staff.0)),
            row.staff_role.map(|role| role.as_str()),
            row.answered,
        ])
    });
    listed::json(&rows.collect::<Vec<_>>())
}

/// What is done, unless the database stays silent.
async fn within<T>(work: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, DbErr> {
    match tokio::time::timeout(SILENCE, work).await {
        Ok(outcome) => done(outcome),
        Err(_) => Err(DbErr::ConnectionAcquire(ConnAcquireErr::Timeout)),
    }
}

fn done<T>(outcome: Result<T, sqlx::Error>) -> Result<T, DbErr> {
    outcome.map_err(|error| DbErr::Query(RuntimeErr::SqlxError(Arc::new(error))))
}
