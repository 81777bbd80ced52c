//! The door for customers: their own data, links, and who looked at them. Their reads are not disclosures.

use std::collections::HashMap;
use std::sync::Arc;

use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, Condition, DbErr, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
};

use crate::access::Owner;
use crate::consent::{AppStanding, Ask, GrantRecord, Ledger, Period};
use crate::entropy::Entropy;
use crate::ids::{AppId, BrandId, CustomerId, DisclosureId, GrantId, LinkId, ProfileId};
use crate::kinds::{AccessStatus, Purpose, StaffRole};
use crate::protected::{cluster, credential, disclosure, profile, sealed};
use crate::scope::{Scope, ScopeSet};
use crate::values::{EmailAddress, Timestamp};
use crate::{customer, grant};

use super::Vault;
use super::clusters::{self, Cluster};
use super::gated::Owned;
use super::gather::Snapshot;
use super::link::{LiveLink, live_links};
use super::log::Entry;
use super::profile::Profile;
use super::record::{self, FieldOutcome};
use super::write::credential_place;

/// A customer's own clusters, read in one statement.
pub struct OwnClusters(Snapshot);

impl OwnClusters {
    /// Reads one cluster; none if the customer has said nothing there.
    ///
    /// # Errors
    /// When what is stored cannot be read.
    pub fn read<T: Cluster>(&self) -> Result<Option<Owned<T>>, DbErr> {
        Ok(self.0.read::<T>()?.map(Owned::of_owner))
    }
}

/// Reads the customer's own clusters.
///
/// # Errors
/// When the database cannot be asked.
pub async fn clusters(vault: &Vault, owner: &Owner) -> Result<OwnClusters, DbErr> {
    read_clusters(vault, owner, None).await.map(OwnClusters)
}

async fn read_clusters(vault: &Vault, owner: &Owner, profile: Option<ProfileId>) -> Result<Snapshot, DbErr> {
    let rows = cluster::Entity::find()
        .filter(cluster::Column::CustomerId.eq(owner.customer()))
        .all(vault.store.reader())
        .await?;
    let everything: ScopeSet = Scope::ALL.iter().copied().collect();
    let mut snapshot = Snapshot::new(owner.customer(), profile, 0, everything);
    if !rows.is_empty() {
        snapshot.key = Some(vault.keyring.key(owner.customer()).await?);
    }
    for row in rows {
        snapshot.put(row.scope, row.key_id, row.payload);
    }
    Ok(snapshot)
}

/// The address that the customer signs in with.
///
/// # Errors
/// When the database cannot be asked.
pub async fn login_address(vault: &Vault, owner: &Owner) -> Result<Owned<EmailAddress>, DbErr> {
    let row = credential::Entity::find_by_id(owner.customer()).one(vault.store.reader()).await?;
    let row = row.ok_or_else(|| DbErr::RecordNotFound("the credential".into()))?;
    let key = vault.keyring.key(row.customer_id).await?;
    sealed::open(credential_place(row.customer_id), &key, row.key_id, &row.payload).map(Owned::of_owner)
}

/// A live link as its owner sees it.
pub struct OwnLink {
    /// The link.
    pub id: LinkId,
    /// Channel, name and date of proof.
    pub handle: Owned<clusters::Handle>,
    /// When it has to be proven again.
    pub due_at: Timestamp,
    /// Whether that time has come: then brands find nobody by it.
    pub is_due: bool,
}

/// The customer's live links, newest proof first.
///
/// # Errors
/// When the database cannot be asked.
pub async fn links(vault: &Vault, owner: &Owner) -> Result<Vec<OwnLink>, DbErr> {
    let links = live_links(vault.store.reader(), &vault.keyring, owner.customer()).await?;
    if links.is_empty() {
        return Ok(Vec::new());
    }
    let now = vault.now().await?;
    let one = |link: LiveLink| OwnLink {
        id: link.id,
        due_at: vault.proofs.due_at(link.handle.verified_at),
        is_due: vault.proofs.is_due(link.handle.verified_at, now),
        handle: Owned::of_owner(link.handle),
    };
    Ok(links.into_iter().map(one).collect())
}

/// The ids by which brands know the customer.
///
/// # Errors
/// When the database cannot be asked.
pub async fn pairwise_ids(vault: &Vault, owner: &Owner) -> Result<HashMap<BrandId, ProfileId>, DbErr> {
    let rows = profile::Entity::find()
        .filter(profile::Column::CustomerId.eq(owner.customer()))
        .all(vault.store.reader())
        .await?;
    Ok(rows.into_iter().map(|row| (row.brand_id, row.id)).collect())
}

/// One read by a brand, as the customer sees it.
pub struct OwnDisclosure {
    /// The record.
    pub id: DisclosureId,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub brand: BrandId,
    /// With which app.
    pub app: AppId,
    /// In which role, if it was a member of staff, through the brand's console app.
    pub role: Option<StaffRole>,
    /// For what; none for a read through `node`, which opens nothing.
    pub purpose: Option<Purpose>,
    /// Under which grant, if there was one.
    pub grant: Option<GrantId>,
    /// In which version.
    pub grant_version: Option<i32>,
    /// Whether anything left.
    pub answered: bool,
    /// What was asked for and what became of it; none if the record cannot be opened. It is shown all the same: who looked,
    /// when and why stand beside what is sealed.
    pub fields: Option<Vec<FieldOutcome>>,
    /// The record's text, whose hash is its leaf in the log.
    pub entry: String,
}

/// Which reads are wanted: all of them, unless it says less.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Only those by this brand.
    pub brand: Option<BrandId>,
    /// Only those with which something left, or only those with which nothing did.
    pub answered: Option<bool>,
    /// Only this one.
    pub id: Option<DisclosureId>,
}

/// How long a record may take from its id to its commit, and a node's clock be behind another's, in seconds.
const LATELY: i64 = 30;

/// The records of these customers since a time, and of a while before it: for those who look at them as they come.
///
/// # Errors
/// When the database cannot be asked.
pub async fn looked_since(
    vault: &Vault,
    customers: &[CustomerId],
    since: Timestamp,
) -> Result<Vec<(CustomerId, DisclosureId)>, DbErr> {
    let since = since.minus_seconds(LATELY);
    let mut found = Vec::new();
    for part in customers.chunks(500) {
        let lately: Vec<(CustomerId, DisclosureId)> = disclosure::Entity::find()
            .select_only()
            .columns([disclosure::Column::CustomerId, disclosure::Column::Id])
            .filter(disclosure::Column::CustomerId.is_in(part.iter().copied()))
            .filter(disclosure::Column::Id.gte(DisclosureId(Entropy::least_id_at(since))))
            .into_tuple()
            .all(vault.store.reader())
            .await?;
        found.extend(lately);
    }
    Ok(found)
}

/// Who looked, newest first: up to `limit` records older than `after`.
///
/// # Errors
/// When the database cannot be asked.
pub async fn disclosures(
    vault: &Vault,
    owner: &Owner,
    wanted: Wanted,
    after: Option<DisclosureId>,
    limit: u64,
) -> Result<Vec<OwnDisclosure>, DbErr> {
    let rows = disclosure::Entity::find()
        .filter(disclosure::Column::CustomerId.eq(owner.customer()))
        .apply_if(after, |query, after| query.filter(disclosure::Column::Id.lt(after)))
        .apply_if(wanted.brand, |query, brand| query.filter(disclosure::Column::BrandId.eq(brand)))
        .apply_if(wanted.answered, |query, yes| query.filter(answered(yes)))
        .apply_if(wanted.id, |query, id| query.filter(disclosure::Column::Id.eq(id)));
    let rows = rows.order_by_desc(disclosure::Column::Id).limit(limit).all(vault.store.reader()).await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let key = vault.keyring.key(owner.customer()).await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let entry = Entry::of_disclosure(&row).text;
            let fields = record::open(&row, &key)
                .inspect_err(|error| tracing::error!(%error, record = %row.id, "a record cannot be opened"))
                .ok();
            let left = |fields: &Vec<FieldOutcome>| fields.iter().any(|field| field.outcome == AccessStatus::Granted);
            OwnDisclosure {
                id: row.id,
                at: row.occurred_at,
                brand: row.brand_id,
                app: row.app_id,
                role: row.staff_role,
                purpose: row.purpose,
                grant: row.grant_id,
                grant_version: row.grant_version,
                answered: fields.as_ref().map_or(row.answered.unwrap_or(row.grant_id.is_some()), left),
                fields,
                entry,
            }
        })
        .collect())
}

/// How much a grant is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    /// When something left under it last.
    pub last_read_at: Option<Timestamp>,
    /// How often something left since a time.
    pub reads: i64,
}

/// How much these grants are used, in one statement that counts where the records are; a grant under which nothing ever left
/// is left out.
///
/// # Errors
/// When the database cannot be asked.
pub async fn usage(
    vault: &Vault,
    owner: &Owner,
    grants: &[GrantId],
    since: Timestamp,
) -> Result<HashMap<GrantId, Usage>, DbErr> {
    let recent = Expr::case(disclosure::Column::OccurredAt.gte(since), Expr::col(disclosure::Column::OccurredAt));
    let rows: Vec<(GrantId, Option<Timestamp>, i64)> = disclosure::Entity::find()
        .select_only()
        .column(disclosure::Column::GrantId)
        .column_as(disclosure::Column::OccurredAt.max(), "last_read_at")
        .column_as(Expr::expr(recent).count(), "reads")
        .filter(disclosure::Column::CustomerId.eq(owner.customer()))
        .filter(disclosure::Column::GrantId.is_in(grants.iter().copied()))
        .filter(answered(true))
        .group_by(disclosure::Column::GrantId)
        .into_tuple()
        .all(vault.store.reader())
        .await?;
    Ok(rows.into_iter().map(|(grant, last_read_at, reads)| (grant, Usage { last_read_at, reads })).collect())
}

/// Records with which something left, or with which nothing did. One that does not say so is taken for answered if it was
/// made under a grant.
fn answered(yes: bool) -> Condition {
    let (said, grant) = (disclosure::Column::Answered, disclosure::Column::GrantId);
    let unsaid = if yes { grant.is_not_null() } else { grant.is_null() };
    Condition::any().add(said.eq(yes)).add(said.is_null().and(unsaid))
}

/// What the brands of these grants would get now, by the same law; grants that show nothing are left out. Discloses nothing.
///
/// # Errors
/// When the database cannot be asked.
pub async fn previews(
    vault: &Vault,
    owner: &Owner,
    grants: &[GrantId],
) -> Result<HashMap<GrantId, Owned<Arc<Profile>>>, DbErr> {
    let reader = vault.store.reader();
    let rows = grant::Entity::find()
        .filter(grant::Column::CustomerId.eq(owner.customer()))
        .filter(grant::Column::Id.is_in(grants.iter().copied()))
        .all(reader)
        .await?;
    let profiles = pairwise_ids(vault, owner).await?;
    let switch = customer::Entity::find_by_id(owner.customer()).one(reader).await?;
    let marketing_blocked = switch.is_none_or(|row| row.marketing_blocked_at.is_some());
    let now = vault.now().await?;
    let mut snapshot = read_clusters(vault, owner, None).await?;
    let mut previews = HashMap::with_capacity(rows.len());
    for row in rows {
        let Some(profile) = profiles.get(&row.brand_id).copied() else { continue };
        snapshot.profile = Some(profile);
        snapshot.ledger = Ledger { grants: vec![ledger_entry(&row)], marketing_blocked };
        let everything =
            AppStanding { active: true, scopes: Scope::ALL.iter().copied().collect(), purposes: row.purpose.bit() };
        let ask = Ask { brand: row.brand_id, app: everything, purpose: Some(row.purpose), now };
        let shown =
            Profile::reveal(profile, &snapshot, &ask, vault.proofs).map(|shown| Owned::of_owner(Arc::new(shown)));
        previews.extend(shown.map(|shown| (row.id, shown)));
    }
    Ok(previews)
}

/// A grant's row as the law sees it.
pub(super) fn ledger_entry(row: &grant::Model) -> GrantRecord {
    GrantRecord {
        id: row.id,
        version: row.version,
        brand: row.brand_id,
        purpose: row.purpose,
        state: row.state,
        pins: row.pins.clone(),
        withdrawn: row.withdrawn_scopes,
        period: Period { from: row.valid_from, until: row.expires_at },
    }
}
