//! The text of the statement behind every read by a brand, one for each kind of reader.
//!
//! A cluster is kept only if it is asked for and granted, and not for direct marketing while the customer blocks it; the law
//! decides again on the result. A handle whose proof is too old is in no row, so it looks like one that nobody has. Nobody is
//! looked up for an app that is not registered for the purpose or for a named scope, nor for staff whose role reads no
//! profiles. A token that names a grant finds nothing once that has ended, and nobody else's data.

use sea_orm::DbBackend;

use crate::access::ReaderClaim;
use crate::clock::Clock;
use crate::kinds::{AppKind, AppStatus, Purpose, StaffRole, StaffStatus};
use crate::proof::ProofPeriod;

/// How somebody reads: an app's reads do not pay for there being others, they are another statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// An app for itself.
    App,
    /// An app with a token that names a grant.
    Bound,
    /// A member of staff, through the brand's console app.
    Staff,
}

impl Kind {
    pub const ALL: [Self; 3] = [Self::App, Self::Bound, Self::Staff];

    pub const fn of(claim: &ReaderClaim) -> Self {
        match claim {
            ReaderClaim::App(claim) if claim.bound.is_some() => Self::Bound,
            ReaderClaim::App(_) => Self::App,
            ReaderClaim::Staff(_) => Self::Staff,
        }
    }
}

/// What tells one kind's statement from another's.
struct Reader {
    /// What is read of them beside the app's registration.
    columns: &'static str,
    /// Where they are found alive.
    joins: String,
    /// Whether they may ever declare the purpose.
    may_declare: String,
    /// Whose grants are read: all that the brand holds, or the one that the token names.
    grants: &'static str,
}

impl Reader {
    fn of(kind: Kind, join: &str) -> Self {
        let active = AppStatus::Active.as_str();
        let app = format!(
            "{join} app on app.brand_id = asked.brand_id and app.id = asked.reader_id and app.status = '{active}'
     and (app.secret_epoch = asked.secret_epoch
          or (app.secret_epoch - 1 = asked.secret_epoch and clock.now < app.previous_secret_until))
     and not exists (select 1 from revoked_token r where r.brand_id = asked.brand_id and r.id = asked.proof_id)"
        );
        let may_declare = "(app.purposes & asked.purpose_bit) = asked.purpose_bit".to_owned();
        match kind {
            Kind::App => Self { columns: "", joins: app, may_declare, grants: "" },
            // The family of the token and its grant, while both live. A grant that is halted does.
            Kind::Bound => {
                let joins = format!(
                    "{app}
{join} token_family f on f.brand_id = asked.brand_id and f.id = asked.family_id and f.app_id = asked.reader_id
     and f.grant_id = asked.grant_id and f.ended_at is null
{join} \"grant\" named on named.customer_id = f.customer_id and named.id = asked.grant_id
     and named.brand_id = asked.brand_id and named.ended_at is null
     and named.valid_from <= clock.now and clock.now < named.expires_at"
                );
                Self { columns: "", joins, may_declare, grants: " and g.id = asked.grant_id" }
            }
            Kind::Staff => Self::staff(join),
        }
    }

    fn staff(join: &str) -> Self {
        let cases = StaffRole::ALL.iter().map(|role| format!("when '{}' then {}", role.as_str(), role.purposes()));
        let purposes = format!("(case staff.role {} else 0 end)", cases.collect::<Vec<_>>().join(" "));
        let (active, console) = (StaffStatus::Active.as_str(), AppKind::Console.as_str());
        let app = AppStatus::Active.as_str();
        let joins = format!(
            "{join} staff_session on staff_session.brand_id = asked.brand_id and staff_session.id = asked.reader_id
     and staff_session.staff_id = asked.proof_id and staff_session.ended_at is null
     and clock.now < staff_session.expires_at
{join} staff on staff.brand_id = asked.brand_id and staff.id = asked.proof_id and staff.status = '{active}'
{join} app on app.brand_id = asked.brand_id and app.kind = '{console}' and app.status = '{app}'"
        );
        let may_declare =
            format!("{purposes} <> 0 and (app.purposes & {purposes} & asked.purpose_bit) = asked.purpose_bit");
        Self { columns: ", app.id, staff.role", joins, may_declare, grants: "" }
    }
}

/// The statement. `$1` and so on are the columns of what is asked, in the order of [`super::statement::Asked`].
pub(super) fn sql(kind: Kind, backend: DbBackend, clock: &Clock, proofs: ProofPeriod) -> String {
    // SQLite takes `cross join` for an order that it keeps: from what is asked to what is stored.
    let (asked, join) = match backend {
        DbBackend::Sqlite => (
            "select cast(key as integer) as place, unhex(value ->> 0) as brand_id, unhex(value ->> 1) as reader_id,
                    unhex(value ->> 2) as proof_id, value ->> 3 as secret_epoch, unhex(value ->> 4) as family_id,
                    unhex(value ->> 5) as grant_id, value ->> 6 as purpose, value ->> 7 as clusters,
                    value ->> 8 as named, value ->> 9 as purpose_bit, unhex(value ->> 10) as lookup
             from json_each($1)",
            "cross join",
        ),
        _ => (
            "select cast(place - 1 as integer) as place, brand_id, reader_id, proof_id, secret_epoch, family_id, grant_id,
                    purpose, clusters, named, purpose_bit, lookup
             from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::integer[], $5::uuid[], $6::uuid[], $7::text[],
                         $8::bigint[], $9::bigint[], $10::bigint[], $11::bytea[]) with ordinality
                  as list(brand_id, reader_id, proof_id, secret_epoch, family_id, grant_id, purpose, clusters, named,
                          purpose_bit, lookup, place)",
            "join",
        ),
    };
    let Reader { columns, joins, may_declare, grants } = Reader::of(kind, join);
    let (now, proven) = (clock.expression(backend), proofs.as_millis());
    let Clusters { columns: clusters, join: left_join_clusters } = Clusters::of(backend);
    format!(
        r#"with clock as (select {now} as now), asked as ({asked})
select asked.place, clock.now, app.scopes, app.purposes, customer.id, customer.consent_revision,
       customer.marketing_blocked_at, profile.id, g.id, g.version, g.purpose, g.state, g.pins, g.withdrawn_scopes,
       g.valid_from, g.expires_at, {clusters}{columns}
from clock cross join asked
{joins}
left join directory on directory.lookup = asked.lookup
     and (directory.kind not in ('HANDLE', 'ACCOUNT') or clock.now < directory.proven_at + {proven})
     and {may_declare} and (asked.named & ~app.scopes) = 0
left join customer on customer.id = directory.customer_id
left join profile on profile.customer_id = customer.id and profile.brand_id = asked.brand_id
left join "grant" g on g.customer_id = customer.id and g.brand_id = asked.brand_id and g.ended_at is null
     and (asked.purpose is null or g.purpose = asked.purpose){grants}
{left_join_clusters}"#
    )
}

/// How the clusters come with their grant.
struct Clusters {
    columns: &'static str,
    join: String,
}

impl Clusters {
    /// PostgreSQL gives a grant's in one row, as three arrays: to repeat what stands before them for each of them would cost
    /// more than to gather them. SQLite has neither arrays nor `lateral`, and gives a row for each.
    fn of(backend: DbBackend) -> Self {
        let marketing = Purpose::DirectMarketing.as_str();
        let permitted = format!(
            "cluster.customer_id = customer.id and g.state = 'ACTIVE'
     and g.valid_from <= clock.now and clock.now < g.expires_at
     and (g.scopes & asked.clusters & (cast(1 as bigint) << cluster.scope)) <> 0
     and (customer.marketing_blocked_at is null or g.purpose <> '{marketing}')"
        );
        if backend == DbBackend::Sqlite {
            let columns = "cluster.scope, cluster.key_id, cluster.payload";
            return Self { columns, join: format!("left join cluster on {permitted}") };
        }
        let gathered = "select array_agg(cluster.scope) as scope, array_agg(cluster.key_id) as key_id,
            array_agg(cluster.payload) as payload from cluster where";
        let join = format!("left join lateral ({gathered} {permitted}) c on g.id is not null");
        Self { columns: "c.scope, c.key_id, c.payload", join }
    }
}
