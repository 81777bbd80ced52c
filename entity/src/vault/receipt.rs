//! The door for receipts: the signed proof of every consent event, for the customer and for the brand that it concerns.
//!
//! A receipt is a JSON document with the fields of ISO/IEC TS 27560, signed as a JWS of type `receipt+jwt`. It holds no
//! value, and names the customer by the brand's own id of them, so both may hold the same document.
//!
//! It commits to the customer's receipt before it, so that none can be left out later: `previous` is SHA-256 over a random
//! salt and the earlier document. Only the customer is told the salt. Without it two brands cannot find out that their
//! receipts follow each other, which would tell them that their two ids are one person; nor how many receipts there are.

use std::collections::HashMap;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sea_orm::{ColumnTrait, Condition, DbErr, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect, Set};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::access::{Caller, Owner};
use crate::ids::{BrandId, ConsentEventId, CustomerId, GrantId, ProfileId, ReceiptId};
use crate::kinds::ConsentEventKind;
use crate::protected::log::checkpoint;
use crate::protected::sealed::{self, Part, Place};
use crate::protected::{credential, profile, receipt};
use crate::values::{EmailAddress, Timestamp};
use crate::{consent_event, listed};

use super::Vault;
use super::gated::Owned;
use super::transaction::Transaction;

/// The type of the signed document.
pub const TYPE: &str = "receipt+jwt";

/// What opens the commitment to the receipt before. For the customer only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opening {
    /// The receipt before; none for the first.
    pub previous: Option<ReceiptId>,
    /// base64url of 32 random bytes.
    pub salt: String,
}

/// A receipt as the customer and its brand may see it.
#[derive(Debug, Clone)]
pub struct Receipt {
    /// The receipt: random.
    pub id: ReceiptId,
    /// What happened.
    pub kind: ConsentEventKind,
    /// The brand that is concerned; none for what concerns all.
    pub brand: Option<BrandId>,
    /// How that brand knows the customer.
    pub profile: Option<ProfileId>,
    /// The grant that is concerned.
    pub grant: Option<GrantId>,
    /// The signed document, a compact JWS.
    pub document: String,
    /// When it was issued.
    pub at: Timestamp,
}

/// What a receipt is about.
pub struct Draft<'e> {
    /// The event, as it was appended.
    pub event: &'e consent_event::Model,
    /// The brand that is concerned.
    pub brand: Option<BrandId>,
    /// The fields of the document that say what happened.
    pub body: Map<String, Value>,
}

/// Issues the receipt of an event, within the transaction that appended it and under the customer's lock.
///
/// # Errors
/// When the database cannot be asked.
pub async fn issue(transaction: &Transaction, draft: Draft<'_>) -> Result<ReceiptId, DbErr> {
    let Draft { event, brand, mut body } = draft;
    let connection = transaction.connection();
    let customer = event.customer_id;
    let before = receipt::Entity::find()
        .filter(receipt::Column::CustomerId.eq(customer))
        .order_by_desc(receipt::Column::Revision)
        .one(connection)
        .await?;
    let salt: [u8; 32] = transaction.entropy().bytes();
    let opening = Opening { previous: before.as_ref().map(|row| row.id), salt: URL_SAFE_NO_PAD.encode(salt) };
    let commitment = commitment(&opening.salt, before.as_ref().map_or("", |row| &row.document));
    let id = ReceiptId(transaction.entropy().id());
    let profile = match brand {
        Some(brand) => profile::Entity::find_by_id((customer, brand)).one(connection).await?.map(|row| row.id),
        None => None,
    };
    body.insert("receipt_id".into(), id.to_string().into());
    // What concerns neither a grant nor a request is recorded by its receipt alone.
    body.entry("record_id").or_insert_with(|| id.to_string().into());
    body.insert("pii_principal_id".into(), profile.map(|id| id.to_string()).into());
    body.insert("previous".into(), commitment.into());
    body.insert("checkpoint".into(), newest_checkpoint(transaction).await?.into());
    let document = transaction.signing.jws(TYPE, Value::Object(body).to_string().as_bytes());
    let key = transaction.key(customer).await?;
    let sealed = sealed::seal(place(customer, id), &key, transaction.entropy(), &opening)?;
    let row = receipt::ActiveModel {
        customer_id: Set(customer),
        id: Set(id),
        event_id: Set(event.id),
        revision: Set(event.revision),
        brand_id: Set(brand),
        profile_id: Set(profile),
        grant_id: Set(event.grant_id),
        kind: Set(event.kind),
        document: Set(document),
        key_id: Set(sealed.key_id),
        payload: Set(sealed.payload),
        created_at: Set(transaction.now()),
        mailed_at: Set(None),
    };
    receipt::Entity::insert(row).exec_without_returning(connection).await?;
    Ok(id)
}

/// What a document says of the one before it: base64url of SHA-256 over the salt's text and the document's.
#[must_use]
pub fn commitment(salt: &str, document: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, format!("{salt}{document}").as_bytes()))
}

/// Where the log stood before: whoever holds the receipt holds this too.
async fn newest_checkpoint(transaction: &Transaction) -> Result<Option<String>, DbErr> {
    let row = checkpoint::Entity::find()
        .order_by_desc(checkpoint::Column::Epoch)
        .order_by_desc(checkpoint::Column::Size)
        .one(transaction.connection())
        .await?;
    Ok(row.map(|row| row.note))
}

/// A customer's receipt with its opening.
pub struct OwnReceipt {
    /// What its brand may see too.
    pub receipt: Receipt,
    /// For the customer only.
    pub opening: Owned<Opening>,
}

/// The customer's receipts, newest first: up to `limit` before a revision.
///
/// # Errors
/// When the database cannot be asked or what is stored cannot be read.
pub async fn own(
    vault: &Vault,
    owner: &Owner,
    before: Option<i64>,
    limit: u64,
) -> Result<Vec<(i64, OwnReceipt)>, DbErr> {
    let mut query = receipt::Entity::find().filter(receipt::Column::CustomerId.eq(owner.customer()));
    if let Some(before) = before {
        query = query.filter(receipt::Column::Revision.lt(before));
    }
    let rows = query.order_by_desc(receipt::Column::Revision).limit(limit).all(vault.store.reader()).await?;
    show(vault, owner, rows).await
}

/// The customer's receipts of these ids.
///
/// # Errors
/// When the database cannot be asked or what is stored cannot be read.
pub async fn find_own(vault: &Vault, owner: &Owner, ids: Vec<ReceiptId>) -> Result<Vec<OwnReceipt>, DbErr> {
    let query = receipt::Entity::find()
        .filter(receipt::Column::CustomerId.eq(owner.customer()))
        .filter(receipt::Column::Id.is_in(ids));
    let rows = query.all(vault.store.reader()).await?;
    Ok(show(vault, owner, rows).await?.into_iter().map(|(_, receipt)| receipt).collect())
}

/// Which receipt an event has.
#[derive(FromQueryResult)]
struct Named {
    event_id: ConsentEventId,
    id: ReceiptId,
}

const OF_EVENTS: &str = "select receipt.event_id, receipt.id from LISTED JOIN receipt
    on receipt.customer_id = listed.customer_id and receipt.event_id = listed.event_id";

/// The receipts of the customer's events, in one statement however many they are; what an import has brought has none.
///
/// # Errors
/// When the database cannot be asked.
pub async fn ids_of(
    vault: &Vault,
    owner: &Owner,
    events: &[ConsentEventId],
) -> Result<HashMap<ConsentEventId, ReceiptId>, DbErr> {
    let customer = listed::id(owner.customer().0);
    let list: Vec<[String; 2]> = events.iter().map(|event| [customer.clone(), listed::id(event.0)]).collect();
    let columns = [("customer_id", listed::Kind::Id), ("event_id", listed::Kind::Id)];
    let statement = listed::statement(vault.store.backend(), OF_EVENTS, &columns, &list)?;
    let rows = Named::find_by_statement(statement).all(vault.store.reader()).await?;
    Ok(rows.into_iter().map(|row| (row.event_id, row.id)).collect())
}

/// The receipt of a grant's latest event; none for what an import has brought.
///
/// # Errors
/// When the database cannot be asked or what is stored cannot be read.
pub async fn latest_of(vault: &Vault, owner: &Owner, grant: GrantId) -> Result<Option<OwnReceipt>, DbErr> {
    let query = receipt::Entity::find()
        .filter(receipt::Column::CustomerId.eq(owner.customer()))
        .filter(receipt::Column::GrantId.eq(grant))
        .order_by_desc(receipt::Column::Revision);
    let row = query.one(vault.store.reader()).await?;
    Ok(show(vault, owner, row.into_iter().collect()).await?.pop().map(|(_, receipt)| receipt))
}

pub(super) async fn show(
    vault: &Vault,
    owner: &Owner,
    rows: Vec<receipt::Model>,
) -> Result<Vec<(i64, OwnReceipt)>, DbErr> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let key = vault.keyring.key(owner.customer()).await?;
    let one = |row: receipt::Model| {
        let opening = sealed::open(place(row.customer_id, row.id), &key, row.key_id, &row.payload)?;
        let revision = row.revision;
        Ok((revision, OwnReceipt { opening: Owned::of_owner(opening), receipt: row.into() }))
    };
    rows.into_iter().map(one).collect()
}

/// Receipts on their way to the customer's own address.
pub struct Unmailed {
    /// The address that the customer signs in with.
    pub address: Owned<EmailAddress>,
    /// Oldest first.
    pub receipts: Vec<OwnReceipt>,
}

/// What was not mailed to a customer yet, up to `limit`; none if there is nothing, or nobody any more.
///
/// # Errors
/// When the database cannot be asked or what is stored cannot be read.
pub async fn load_unmailed(vault: &Vault, customer: CustomerId, limit: u64) -> Result<Option<Unmailed>, DbErr> {
    let owner = Owner::recognised(customer);
    let rows = receipt::Entity::find()
        .filter(receipt::Column::CustomerId.eq(customer))
        .filter(receipt::Column::MailedAt.is_null())
        .order_by_asc(receipt::Column::Revision)
        .limit(limit)
        .all(vault.store.reader())
        .await?;
    let reachable = credential::Entity::find_by_id(customer).one(vault.store.reader()).await?.is_some();
    if rows.is_empty() || !reachable {
        return Ok(None);
    }
    let address = super::own::login_address(vault, &owner).await?;
    let receipts = show(vault, &owner, rows).await?.into_iter().map(|(_, receipt)| receipt).collect();
    Ok(Some(Unmailed { address, receipts }))
}

/// Notes that receipts have been mailed.
///
/// # Errors
/// When the database cannot be asked.
pub async fn note_mailed(vault: &Vault, customer: CustomerId, ids: Vec<ReceiptId>) -> Result<(), DbErr> {
    let mailed = receipt::ActiveModel { mailed_at: Set(Some(vault.now().await?)), ..Default::default() };
    receipt::Entity::update_many()
        .set(mailed)
        .filter(receipt::Column::CustomerId.eq(customer))
        .filter(receipt::Column::Id.is_in(ids))
        .exec(vault.store.writer())
        .await?;
    Ok(())
}

/// A brand's receipts, newest first: up to `limit` that were issued before one of them, of one customer or of all. What was
/// erased stays here. What one act has issued at the same moment stands in the order in which it happened; a customer's
/// revision, which orders it, is told to no brand, so the place is looked up.
///
/// # Errors
/// When the database cannot be asked.
pub async fn of_brand(
    vault: &Vault,
    caller: &Caller,
    profile: Option<ProfileId>,
    before: Option<ReceiptId>,
    limit: u64,
) -> Result<Vec<Receipt>, DbErr> {
    let mut query = receipt::Entity::find().filter(receipt::Column::BrandId.eq(caller.brand()));
    if let Some(profile) = profile {
        query = query.filter(receipt::Column::ProfileId.eq(profile));
    }
    if let Some(before) = before {
        let place = query.clone().filter(receipt::Column::Id.eq(before)).one(vault.store.reader()).await?;
        let Some(place) = place else { return Ok(Vec::new()) };
        query = query.filter(issued_before(&place));
    }
    let query = query
        .order_by_desc(receipt::Column::CreatedAt)
        .order_by_desc(receipt::Column::Revision)
        .order_by_desc(receipt::Column::Id);
    let rows = query.limit(limit).all(vault.store.reader()).await?;
    Ok(rows.into_iter().map(Receipt::from).collect())
}

fn issued_before(place: &receipt::Model) -> Condition {
    let (time, order, id) = (receipt::Column::CreatedAt, receipt::Column::Revision, receipt::Column::Id);
    let same_time = Condition::all().add(time.eq(place.created_at));
    let same_order = same_time.clone().add(order.eq(place.revision));
    Condition::any()
        .add(time.lt(place.created_at))
        .add(same_time.add(order.lt(place.revision)))
        .add(same_order.add(id.lt(place.id)))
}

impl From<receipt::Model> for Receipt {
    fn from(row: receipt::Model) -> Self {
        Self {
            id: row.id,
            kind: row.kind,
            brand: row.brand_id,
            profile: row.profile_id,
            grant: row.grant_id,
            document: row.document,
            at: row.created_at,
        }
    }
}

const fn place(customer: CustomerId, id: ReceiptId) -> Place {
    Place { table: "receipt", customer, part: Part::Id(id.0) }
}
