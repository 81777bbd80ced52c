//! Disclosures: who looked, as the customer sees it.

use std::collections::HashMap;

use async_graphql::{ID, Result, SimpleObject};
use entity::kinds::{AccessStatus, Purpose, StaffRole};
use entity::scope::Scope;
use entity::values::Timestamp;
use entity::vault::FieldOutcome;
use entity::vault::own::OwnDisclosure;
use uuid::Uuid;

use super::brand::Brand;
use super::log::InclusionProof;
use crate::deps::Deps;
use crate::domain;
use crate::graphql::context::fault;

/// A field that a brand asked for. For the customer only.
#[derive(SimpleObject)]
pub struct DisclosedField {
    /// The path below `Profile`, such as `name.displayName`.
    path: String,
    /// The scope that it belongs to.
    scope: Scope,
    /// GRANTED if it left; otherwise why it did not.
    outcome: AccessStatus,
}

/// One read by a brand, answered or blocked. For the customer only; recorded before the answer left.
#[derive(SimpleObject)]
pub struct Disclosure {
    /// The record's id.
    id: ID,
    /// When.
    at: Timestamp,
    /// Who.
    brand: Brand,
    /// With which app: its client id.
    app: String,
    /// In which role somebody of the brand's staff looked; null if a program did.
    staff_role: Option<StaffRole>,
    /// Who looked, in words, such as "a care agent of Larkfield Bank" or "an app of Larkfield Bank".
    reader: String,
    /// For what; null for a lookup that declared no purpose and so opened nothing.
    purpose: Option<Purpose>,
    /// Under which grant; null if there was no live one.
    grant_id: Option<ID>,
    /// In which version of it.
    grant_version: Option<i32>,
    /// Whether anything left.
    answered: bool,
    /// What was asked for and what became of it.
    fields: Vec<DisclosedField>,
    /// Whether the record was damaged: what was asked for cannot be read any more, and `fields` is empty.
    damaged: bool,
    /// That the record is in the log; null for the second or so until it has its place there.
    proof: Option<InclusionProof>,
}

/// Shows records with the names of brands and apps, in two statements however many they are, and with their proofs, if
/// they are asked for, in three more.
pub(in crate::graphql) async fn show(
    deps: &Deps,
    records: Vec<OwnDisclosure>,
    with_proofs: bool,
) -> Result<Vec<(String, Disclosure)>> {
    let ids: Vec<Uuid> = records.iter().filter(|_| with_proofs).map(|record| record.id.0).collect();
    let (head, proofs) =
        if with_proofs { domain::log::inclusions(deps, &ids).await.map_err(fault)? } else { Default::default() };
    let brands = Brand::load(deps, records.iter().map(|record| record.brand)).await?;
    let apps = domain::brands::load_apps(deps, records.iter().map(|record| record.app)).await.map_err(fault)?;
    let apps: HashMap<_, _> = apps.into_iter().map(|app| (app.id, app.client_id)).collect();
    let show = |record: OwnDisclosure| {
        let brand = brands.get(&record.brand)?.clone();
        let app = apps.get(&record.app)?.clone();
        let proof = proofs.get(&record.id.0).zip(head.as_ref());
        let proof = proof.map(|(proof, head)| InclusionProof::new(proof, record.entry.clone(), head));
        Some((record.id.to_string(), one(record, brand, app, proof)))
    };
    Ok(records.into_iter().filter_map(show).collect())
}

fn one(record: OwnDisclosure, brand: Brand, app: String, proof: Option<InclusionProof>) -> Disclosure {
    let show = |field: FieldOutcome| DisclosedField { path: field.path, scope: field.scope, outcome: field.outcome };
    Disclosure {
        id: record.id.into(),
        at: record.at,
        staff_role: record.role,
        reader: domain::staff::reader(record.role, brand.plain_name()),
        brand,
        app,
        purpose: record.purpose,
        grant_id: record.grant.map(Into::into),
        grant_version: record.grant_version,
        answered: record.answered,
        damaged: record.fields.is_none(),
        fields: record.fields.into_iter().flatten().map(show).collect(),
        proof,
    }
}
