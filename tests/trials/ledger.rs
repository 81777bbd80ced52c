//! The records and the events of consent as they stand in the tables. They are sealed and have no other door; only their
//! order and their number are looked at, never what they hold.

use std::collections::HashMap;

use entity::store::Store;
use sea_orm::{ConnectionTrait, DbErr, QueryResult, Statement};
use uuid::Uuid;

/// The records of reads by one app under one version of one grant.
pub struct Records {
    /// The grant.
    pub grant: Uuid,
    /// Its version.
    pub version: i32,
    /// The app's client id.
    pub app: String,
    /// How many.
    pub count: i64,
    /// The highest revision that any of them names.
    pub revision: i64,
    /// When the last of them was made, in Unix milliseconds.
    pub at: i64,
}

/// Something that happened to a grant.
pub struct Event {
    /// Its place in the customer's order.
    pub revision: i64,
    /// The grant's version after it.
    pub version: i32,
    /// What happened.
    pub kind: String,
}

/// The ledger of a database.
pub struct Ledger {
    /// Records under a grant, gathered.
    pub records: Vec<Records>,
    /// Records in all.
    pub total: i64,
    /// Records that name a revision which the customer's consents have not reached.
    pub ahead: i64,
    /// Records under a grant for direct marketing of a revision in which the customer had switched it off.
    pub blocked: i64,
    /// Records under a grant of somebody who was erased before.
    pub erased: i64,
    /// By grant.
    pub events: HashMap<Uuid, Vec<Event>>,
    /// When each version of each grant ends.
    pub ends: HashMap<(Uuid, i32), i64>,
}

const RECORDS: &str = "select d.grant_id, d.grant_version, app.client_id, count(*) as records,
    max(d.revision) as revision, max(d.occurred_at) as occurred_at
    from disclosure d join app on app.brand_id = d.brand_id and app.id = d.app_id
    where d.grant_id is not null group by d.grant_id, d.grant_version, app.client_id";
const TOTAL: &str = "select count(*) as records from disclosure";
const AHEAD: &str = "select count(*) as records from disclosure d join customer c on c.id = d.customer_id
    where d.revision > c.consent_revision";
const BLOCKED: &str = "select count(*) as records from disclosure d where d.grant_id is not null
    and d.purpose = 'DIRECT_MARKETING' and 'MARKETING_BLOCKED' = (select e.kind from consent_event e
        where e.customer_id = d.customer_id and e.revision <= d.revision
        and e.kind in ('MARKETING_BLOCKED', 'MARKETING_ALLOWED') order by e.revision desc limit 1)";
const ERASED: &str = "select count(*) as records from disclosure d where d.grant_id is not null and exists (select 1
    from consent_event e where e.customer_id = d.customer_id and e.kind = 'ERASED' and e.revision <= d.revision)";
// The switch against marketing and an erasure concern no single grant.
const EVENTS: &str = "select grant_id, revision, version, kind from consent_event where grant_id is not null";
const ENDS: &str = "select grant_id, version, expires_at from grant_version";
const OF_ONE: &str = "select d.customer_id, count(*) as records from disclosure d where d.grant_id is not null
    group by d.customer_id";

impl Ledger {
    /// Reads it.
    pub async fn read(store: &Store) -> Result<Self, DbErr> {
        let records = rows(store, RECORDS).await?.iter().map(records).collect::<Result<_, _>>()?;
        let mut events: HashMap<Uuid, Vec<Event>> = HashMap::new();
        for row in rows(store, EVENTS).await? {
            let grant = row.try_get("", "grant_id")?;
            let (revision, version) = (row.try_get("", "revision")?, row.try_get("", "version")?);
            let kind = row.try_get("", "kind")?;
            events.entry(grant).or_default().push(Event { revision, version, kind });
        }
        let mut ends = HashMap::new();
        for row in rows(store, ENDS).await? {
            ends.insert((row.try_get("", "grant_id")?, row.try_get("", "version")?), row.try_get("", "expires_at")?);
        }
        let (total, ahead) = (count(store, TOTAL).await?, count(store, AHEAD).await?);
        let (blocked, erased) = (count(store, BLOCKED).await?, count(store, ERASED).await?);
        Ok(Self { records, total, ahead, blocked, erased, events, ends })
    }

    /// P2: what the order of records and events must not show.
    pub fn disorder(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        if self.ahead > 0 {
            wrong.push(format!("{} records name a revision that is not there yet (P2)", self.ahead));
        }
        if self.blocked > 0 {
            wrong.push(format!(
                "{} records under a grant for marketing name a revision in which it was off (P2)",
                self.blocked
            ));
        }
        if self.erased > 0 {
            wrong.push(format!(
                "{} records under a grant name a revision after the customer's erasure (P2)",
                self.erased
            ));
        }
        for records in &self.records {
            let Records { grant, version, revision, count, .. } = records;
            let taken_away = |event: &&Event| {
                ["WITHDRAWN", "REVOKED", "EXPIRED", "INVALIDATED"].contains(&event.kind.as_str())
                    || event.version > *version
            };
            let events = self.events.get(grant).map(Vec::as_slice).unwrap_or_default();
            for event in events.iter().filter(taken_away).filter(|event| *revision >= event.revision) {
                let (kind, at) = (&event.kind, event.revision);
                wrong.push(format!(
                    "a record under version {version} of grant {grant} names revision {revision}, and {kind} was {at} (P2)"
                ));
            }
            if self.ends.get(&(*grant, *version)).is_none_or(|end| records.at >= *end) {
                wrong.push(format!(
                    "of {count} records under version {version} of grant {grant} one is at or after its end (P2)"
                ));
            }
        }
        wrong
    }

    /// Records per grant and app.
    pub fn by_grant(&self) -> HashMap<(Uuid, &str), i64> {
        let mut counts = HashMap::new();
        for records in &self.records {
            *counts.entry((records.grant, records.app.as_str())).or_default() += records.count;
        }
        counts
    }
}

/// Records under a grant, per customer.
pub async fn records_by_customer(store: &Store) -> Result<HashMap<Uuid, i64>, DbErr> {
    let rows = rows(store, OF_ONE).await?;
    rows.iter().map(|row| Ok((row.try_get("", "customer_id")?, row.try_get("", "records")?))).collect()
}

fn records(row: &QueryResult) -> Result<Records, DbErr> {
    Ok(Records {
        grant: row.try_get("", "grant_id")?,
        version: row.try_get("", "grant_version")?,
        app: row.try_get("", "client_id")?,
        count: row.try_get("", "records")?,
        revision: row.try_get("", "revision")?,
        at: row.try_get("", "occurred_at")?,
    })
}

async fn count(store: &Store, text: &str) -> Result<i64, DbErr> {
    let row = rows(store, text).await?.into_iter().next();
    row.ok_or_else(|| DbErr::RecordNotFound("a count".into()))?.try_get("", "records")
}

#[expect(clippy::disallowed_methods, reason = "the sealed tables have no other door for judging their order")]
async fn rows(store: &Store, text: &str) -> Result<Vec<QueryResult>, DbErr> {
    store.reader().query_all_raw(Statement::from_string(store.backend(), text)).await
}
