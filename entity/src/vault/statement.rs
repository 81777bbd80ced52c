//! The one statement behind every read by a brand: app, directory, consent revision, grants, and only those clusters
//! that are asked for and granted. One statement is one snapshot.

use std::collections::BTreeMap;

use sea_orm::{ConnectionTrait, DbBackend, DbErr, QueryResult, Statement, Value};

use crate::access::{Caller, ReaderClaim};
use crate::consent::{GrantRecord, Ledger, Period};
use crate::ids::{CustomerId, GrantId, ProfileId};
use crate::keyring::DataKey;
use crate::kinds::{AppKind, AppStatus, GrantState, Purpose, StaffRole, StaffStatus};
use crate::protected::sealed::{self, Part, Payload, Place};
use crate::scope::{Scope, ScopeSet};
use crate::values::Timestamp;

use super::Vault;
use super::clusters::Cluster;

/// What one snapshot shows of one person.
pub(super) struct Snapshot {
    pub customer: CustomerId,
    /// How this brand knows them; none if it never had a grant.
    pub profile: Option<ProfileId>,
    pub revision: i64,
    pub ledger: Ledger,
    /// The scopes that the operation selects.
    pub asked: ScopeSet,
    /// Opens the clusters; none until it is needed.
    pub key: Option<DataKey>,
    clusters: BTreeMap<Scope, (i32, Payload)>,
}

impl Snapshot {
    pub fn new(customer: CustomerId, profile: Option<ProfileId>, revision: i64, asked: ScopeSet) -> Self {
        Self { customer, profile, revision, ledger: Ledger::default(), asked, key: None, clusters: BTreeMap::new() }
    }

    pub fn put(&mut self, scope: Scope, key_id: i32, payload: Payload) {
        self.clusters.insert(scope, (key_id, payload));
    }

    /// Reads a cluster's value; `None` if there is none.
    pub fn read<T: Cluster>(&self) -> Result<Option<T>, DbErr> {
        let Some((key_id, payload)) = self.clusters.get(&T::SCOPE) else { return Ok(None) };
        let key = self.key.as_ref().ok_or_else(|| DbErr::RecordNotFound("the data key".into()))?;
        let opened = sealed::open(cluster_place(self.customer, T::SCOPE), key, *key_id, payload);
        opened.inspect_err(|error| tracing::error!(%error, scope = T::SCOPE.as_str(), "a cluster cannot be read"))
    }
}

pub(super) const fn cluster_place(customer: CustomerId, scope: Scope) -> Place {
    Place { table: "cluster", customer, part: Part::Scope(scope) }
}

/// The answer of the statement.
pub(super) struct Found {
    pub caller: Caller,
    pub now: Timestamp,
    /// One per lookup, in order.
    pub people: Vec<Option<Snapshot>>,
}

/// Runs the statement. `None` if the app is not alive.
pub(super) async fn run(
    vault: &Vault,
    claim: &ReaderClaim,
    purpose: Option<Purpose>,
    (asked, named): (ScopeSet, ScopeSet),
    lookups: &[Vec<u8>],
) -> Result<Option<Found>, DbErr> {
    let reader = vault.store.reader();
    let rows = reader.query_all_raw(statement(vault, claim, purpose, (asked, named), lookups)?).await?;
    let Some(first) = rows.first() else { return Ok(None) };
    let (scopes, purposes) = (first.try_get("", "app_scopes")?, first.try_get("", "app_purposes")?);
    let caller = match claim {
        ReaderClaim::App(claim) => Caller::of_app(claim, scopes, purposes),
        ReaderClaim::Staff(claim) => {
            let through = (first.try_get("", "app_id")?, first.try_get("", "staff_role")?);
            Caller::of_staff(claim, through, scopes, purposes)
        }
    };
    let now = first.try_get("", "now")?;
    let mut people: Vec<Option<Snapshot>> = lookups.iter().map(|_| None).collect();
    for row in &rows {
        let position: Option<i32> = row.try_get("", "position")?;
        let place = position.and_then(|position| usize::try_from(position).ok());
        if let Some(slot) = place.and_then(|place| people.get_mut(place)) {
            read_row(row, slot, asked, claim)?;
        }
    }
    Ok(Some(Found { caller, now, people }))
}

fn read_row(row: &QueryResult, slot: &mut Option<Snapshot>, asked: ScopeSet, claim: &ReaderClaim) -> Result<(), DbErr> {
    let Some(customer) = row.try_get::<Option<CustomerId>>("", "customer_id")? else { return Ok(()) };
    let profile = row.try_get("", "profile_id")?;
    let revision = row.try_get("", "consent_revision")?;
    let snapshot = slot.get_or_insert_with(|| Snapshot::new(customer, profile, revision, asked));
    snapshot.ledger.marketing_blocked = row.try_get::<Option<Timestamp>>("", "marketing_blocked_at")?.is_some();
    if let Some(id) = row.try_get::<Option<GrantId>>("", "grant_id")?
        && snapshot.ledger.grants.iter().all(|grant| grant.id != id)
    {
        snapshot.ledger.grants.push(grant_record(row, id, claim)?);
    }
    if let Some(scope) = row.try_get::<Option<Scope>>("", "scope")? {
        snapshot.put(scope, row.try_get("", "key_id")?, row.try_get("", "payload")?);
    }
    Ok(())
}

fn grant_record(row: &QueryResult, id: GrantId, claim: &ReaderClaim) -> Result<GrantRecord, DbErr> {
    Ok(GrantRecord {
        id,
        version: row.try_get("", "version")?,
        brand: claim.brand(),
        purpose: row.try_get::<Purpose>("", "purpose")?,
        state: row.try_get::<GrantState>("", "state")?,
        pins: row.try_get("", "pins")?,
        withdrawn: row.try_get("", "withdrawn_scopes")?,
        period: Period { from: row.try_get("", "valid_from")?, until: row.try_get("", "expires_at")? },
    })
}

/// The family of the token and its grant, while both live. A grant that is halted does.
const LIVE: &str = r#"
join token_family f on f.brand_id = $2 and f.id = $12 and f.app_id = $3 and f.grant_id = $13 and f.ended_at is null
join "grant" named on named.customer_id = f.customer_id and named.id = $13 and named.brand_id = $2
     and named.ended_at is null and named.valid_from <= clock.now and clock.now < named.expires_at"#;

#[expect(clippy::disallowed_methods, reason = "the hot path: one statement that no builder expresses")]
fn statement(
    vault: &Vault,
    claim: &ReaderClaim,
    purpose: Option<Purpose>,
    (asked, named): (ScopeSet, ScopeSet),
    lookups: &[Vec<u8>],
) -> Result<Statement, DbErr> {
    let backend = vault.store.backend();
    let texts: Vec<String> = lookups.iter().map(|lookup| hexadecimal(lookup)).collect();
    let list = serde_json::to_string(&texts).map_err(|_| DbErr::Type("lookups could not be written".into()))?;
    let (which, proof): (Value, Value) = match claim {
        ReaderClaim::App(claim) => (claim.app.into(), claim.secret_epoch.into()),
        ReaderClaim::Staff(claim) => (claim.session.into(), claim.staff.into()),
    };
    let mut values: Vec<Value> = vec![
        list.into(),
        claim.brand().into(),
        which,
        proof,
        AppStatus::Active.as_str().into(),
        purpose.map(|purpose| purpose.as_str().to_owned()).into(),
        asked.into(),
        named.into(),
        purpose.map_or(0, Purpose::bit).into(),
        vault.proofs.as_millis().into(),
    ];
    if let ReaderClaim::App(claim) = claim {
        values.push(claim.token.into());
        values.extend(claim.bound.iter().flat_map(|bound| [Value::from(bound.family), Value::from(bound.grant)]));
    }
    Ok(Statement::from_sql_and_values(backend, sql(backend, &vault.clock.expression(backend), &reader(claim)), values))
}

/// How the statement finds whoever reads alive.
struct Reader {
    /// What is read of them beside the app's registration.
    columns: &'static str,
    /// Where they are found: an app by itself, staff by their session, through the brand's console app.
    joins: String,
    /// Whether they may ever declare the purpose.
    may_declare: String,
    /// Whose grants are read: all that the brand holds, or the one that the token names.
    grants: &'static str,
}

/// An app's reads do not pay for there being staff: they are another statement.
fn reader(claim: &ReaderClaim) -> Reader {
    match claim {
        ReaderClaim::App(claim) => Reader {
            columns: "",
            joins: format!(
                "join app on app.brand_id = $2 and app.id = $3 and app.status = $5 and (app.secret_epoch = $4
     or (app.secret_epoch - 1 = $4 and clock.now < app.previous_secret_until))
     and not exists (select 1 from revoked_token r where r.brand_id = $2 and r.id = $11){}",
                if claim.bound.is_some() { LIVE } else { "" }
            ),
            may_declare: "(app.purposes & $9) = $9".to_owned(),
            grants: if claim.bound.is_some() { " and g.id = $13" } else { "" },
        },
        ReaderClaim::Staff(_) => {
            let cases = StaffRole::ALL.iter().map(|role| format!("when '{}' then {}", role.as_str(), role.purposes()));
            let purposes = format!("(case staff.role {} else 0 end)", cases.collect::<Vec<_>>().join(" "));
            let (active, console) = (StaffStatus::Active.as_str(), AppKind::Console.as_str());
            Reader {
                columns: " app.id as app_id, staff.role as staff_role,",
                joins: format!(
                    "join staff_session on staff_session.brand_id = $2 and staff_session.id = $3
     and staff_session.staff_id = $4 and staff_session.ended_at is null and clock.now < staff_session.expires_at
join staff on staff.brand_id = $2 and staff.id = $4 and staff.status = '{active}'
join app on app.brand_id = $2 and app.kind = '{console}' and app.status = $5"
                ),
                may_declare: format!("{purposes} <> 0 and (app.purposes & {purposes} & $9) = $9"),
                grants: "",
            }
        }
    }
}

/// `$7 & grant.scopes & bit` keeps a cluster only if it is asked for and granted, and not for direct marketing while the
/// customer blocks it; the law decides again on the result.
/// A handle whose proof is older than `$10` is in no row, so it looks like one that nobody has.
/// Nobody is looked up for an app that is not registered for the purpose (`$9`) or a named scope (`$8`), nor for staff whose
/// role reads no profiles. A token that names a grant (`$13`, by its family `$12`) finds nothing once that has ended, and
/// nobody else's data.
fn sql(backend: DbBackend, now: &str, reader: &Reader) -> String {
    let Reader { columns, joins, may_declare, grants } = reader;
    let asked = match backend {
        DbBackend::Sqlite => "select cast(key as integer) as position, unhex(value) as lookup from json_each($1)",
        _ => {
            "select cast(place - 1 as integer) as position, decode(value, 'hex') as lookup \
             from json_array_elements_text(cast($1 as json)) with ordinality as list(value, place)"
        }
    };
    let marketing = Purpose::DirectMarketing.as_str();
    format!(
        r#"with clock as (select {now} as now), asked as ({asked})
select clock.now,{columns} app.scopes as app_scopes, app.purposes as app_purposes, asked.position,
       customer.id as customer_id, customer.consent_revision, customer.marketing_blocked_at,
       profile.id as profile_id,
       g.id as grant_id, g.version, g.purpose, g.state, g.pins, g.withdrawn_scopes, g.valid_from, g.expires_at,
       cluster.scope, cluster.key_id, cluster.payload
from clock
{joins}
left join asked on {may_declare} and ($8 & ~app.scopes) = 0
left join directory on directory.lookup = asked.lookup
     and (directory.kind <> 'HANDLE' or clock.now < directory.proven_at + $10)
left join customer on customer.id = directory.customer_id
left join profile on profile.customer_id = customer.id and profile.brand_id = $2
left join "grant" g on g.customer_id = customer.id and g.brand_id = $2 and g.ended_at is null
     and ($6 is null or g.purpose = $6){grants}
left join cluster on cluster.customer_id = customer.id and g.state = 'ACTIVE'
     and g.valid_from <= clock.now and clock.now < g.expires_at
     and (g.scopes & $7 & (cast(1 as bigint) << cluster.scope)) <> 0
     and (customer.marketing_blocked_at is null or g.purpose <> '{marketing}')"#
    )
}

fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing into a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
