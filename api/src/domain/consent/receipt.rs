//! What a receipt says, with the fields of ISO/IEC TS 27560 and the terms of the W3C Data Privacy Vocabulary.
//!
//! Header, processing, parties, event, in that order. No value of the customer is in it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use entity::ids::BrandId;
use entity::kinds::{ConsentEventKind, ConsentMethod, JobKind};
use entity::scope::Pins;
use entity::vault::receipt::{Draft, issue};
use entity::vault::replay::Attesting;
use entity::vault::{DEFINITIONS, Transaction};
use entity::{brand, consent_event, grant, grant_version, request_opening};
use sea_orm::{DbErr, EntityTrait};
use serde_json::{Map, Value, json};

use crate::domain::jobs;

/// The structure that the document follows.
const SCHEMA: &str = "ISO/IEC TS 27560:2023";
/// Where the vocabulary's terms are.
const VOCABULARY: &str = "https://w3id.org/dpv#";

/// Issues the receipt of an event that has just been appended, and has it mailed.
///
/// # Errors
/// When the database cannot be asked.
pub(super) async fn write(
    transaction: &Transaction,
    event: &consent_event::Model,
    row: Option<&grant::Model>,
    brand: Option<BrandId>,
) -> Result<(), DbErr> {
    let mut body = header(event);
    if let Some(row) = row {
        let key = (row.customer_id, row.id, row.version);
        let version = grant_version::Entity::find_by_id(key).one(transaction.connection()).await?;
        body.extend(processing(row, version.as_ref()));
        body.insert("event".into(), happened(event, Some(row), version.as_ref()));
    } else {
        body.insert("event".into(), happened(event, None, None));
    }
    if let Some(asker) = asker(transaction, event, brand).await? {
        let known = brand::Entity::find_by_id(asker).one(transaction.connection()).await?;
        body.insert("parties".into(), known.as_ref().map(party).into_iter().collect());
    }
    issue(transaction, Draft { event, brand, body }).await?;
    jobs::enqueue(transaction, event.customer_id, JobKind::MailReceipts).await
}

/// The same for an event that a replay of the endings journal has appended.
pub fn attest<'a>(
    transaction: &'a Transaction,
    event: &'a consent_event::Model,
    row: Option<&'a grant::Model>,
) -> Attesting<'a> {
    Box::pin(write(transaction, event, row, row.map(|row| row.brand_id)))
}

/// The brand that the document names. That of a refused request is named to the customer; the brand itself must not learn
/// of the refusal, so the receipt is not in its list.
async fn asker(
    transaction: &Transaction,
    event: &consent_event::Model,
    brand: Option<BrandId>,
) -> Result<Option<BrandId>, DbErr> {
    let (None, Some(request)) = (brand, event.request_id) else { return Ok(brand) };
    let opening =
        request_opening::Entity::find_by_id((event.customer_id, request)).one(transaction.connection()).await?;
    Ok(opening.map(|opening| opening.brand_id))
}

fn header(event: &consent_event::Model) -> Map<String, Value> {
    let record = event.grant_id.map(|id| id.to_string()).or_else(|| event.request_id.map(|id| id.to_string()));
    let mut header = Map::from_iter([("schema_version".to_owned(), json!(SCHEMA))]);
    header.extend(record.map(|record| ("record_id".to_owned(), record.into())));
    header
}

/// What may be read, for what, for how long, and how to end it.
fn processing(row: &grant::Model, version: Option<&grant_version::Model>) -> Map<String, Value> {
    let notice = version.map(|version| {
        json!({
            "notice_id": version.notice_id,
            "version": version.notice_version,
            "locale": version.notice_locale,
            "sha256": STANDARD.encode(&version.notice_hash),
        })
    });
    let purpose = json!({
        "purpose": row.purpose.dpv_term(),
        "purpose_code": row.purpose.as_str(),
        "purpose_text": row.purpose.label(),
        "lawful_basis": format!("{VOCABULARY}Consent"),
        "pii_information": information(&row.pins),
        "pii_controllers": [row.brand_id.to_string()],
        "collection_method": format!("{VOCABULARY}DataProvidedByDataSubject"),
        "processing_method": "read through the API, field by field; every read is recorded and shown to the customer",
        "retention_period": { "valid_from": row.valid_from, "until": row.expires_at },
        "withdrawal_method": "at any time, at once and without a reason, where it was given: withdrawConsent",
        "privacy_rights": ["access", "rectification", "erasure", "restriction", "portability", "objection"],
        "recipient_third_parties": [],
    });
    Map::from_iter([
        ("privacy_notice".to_owned(), notice.into()),
        ("language".to_owned(), version.map(|version| version.notice_locale.clone()).into()),
        ("purposes".to_owned(), json!([purpose])),
    ])
}

/// Each scope at the version that was agreed to, with its permissions of that version in plain words.
fn information(pins: &Pins) -> Vec<Value> {
    let one = |(scope, version): (&entity::scope::Scope, &u16)| {
        let definition = DEFINITIONS.iter().find(|definition| definition.scope == *scope);
        let lines = definition.into_iter().flat_map(|definition| definition.permissions);
        let permissions: Vec<_> = lines.filter(|line| line.since <= *version).map(|line| line.text).collect();
        json!({
            "pii_type": scope.token(),
            "scope_version": version,
            "label": definition.map(|definition| definition.label),
            "permissions": permissions,
            "sensitive_pii_category": scope.is_sensitive(),
        })
    };
    pins.0.iter().map(one).collect()
}

fn party(row: &brand::Model) -> Value {
    json!({
        "party_id": row.id.to_string(),
        "party_name": row.name,
        "party_role": format!("{VOCABULARY}DataController"),
        "party_contact": row.slug,
        "party_type": "organisation",
    })
}

fn happened(event: &consent_event::Model, row: Option<&grant::Model>, version: Option<&grant_version::Model>) -> Value {
    let method = match version.map(|version| version.method) {
        Some(ConsentMethod::Imported) => "given elsewhere and imported",
        Some(ConsentMethod::Request) => "by answering the brand's request, beside its notice",
        Some(ConsentMethod::Api) | None => "through the API",
    };
    json!({
        "event_time": event.occurred_at,
        "event_type": format!("{VOCABULARY}ExplicitlyExpressedConsent"),
        "event_kind": event.kind.as_str(),
        "event_state": state(event.kind).map(|term| format!("{VOCABULARY}{term}")),
        "deletion_wanted": can_want_deletion(event.kind).then_some(event.deletion_wanted),
        "entity_id": event.actor.as_str(),
        "expression_method": method,
        "grant_version": row.map(|row| row.version),
        "validity_duration": row.map(|row| json!({ "from": row.valid_from, "until": row.expires_at })),
    })
}

/// Whether a customer can ask, with such an event, that the brand delete what it holds (GDPR article 17(1)(b)).
const fn can_want_deletion(kind: ConsentEventKind) -> bool {
    matches!(kind, ConsentEventKind::Withdrawn | ConsentEventKind::Erased)
}

/// The vocabulary's status after an event; it has none for a halt, for the marketing switch and for an erasure.
const fn state(kind: ConsentEventKind) -> Option<&'static str> {
    match kind {
        ConsentEventKind::Given
        | ConsentEventKind::Narrowed
        | ConsentEventKind::Widened
        | ConsentEventKind::Resumed => Some("ConsentGiven"),
        ConsentEventKind::Renewed => Some("RenewedConsentGiven"),
        ConsentEventKind::Withdrawn => Some("ConsentWithdrawn"),
        ConsentEventKind::Revoked => Some("ConsentRevoked"),
        ConsentEventKind::Expired => Some("ConsentExpired"),
        ConsentEventKind::Invalidated => Some("ConsentInvalidated"),
        ConsentEventKind::Refused => Some("ConsentRefused"),
        ConsentEventKind::Paused
        | ConsentEventKind::MarketingBlocked
        | ConsentEventKind::MarketingAllowed
        | ConsentEventKind::Erased => None,
    }
}
