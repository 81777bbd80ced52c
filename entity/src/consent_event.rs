//! Consent events: everything that ever happened to a customer's grants, in one order per customer. Only appended.

use sea_orm::FromQueryResult;
use sea_orm::entity::prelude::*;

use crate::access::Owner;
use crate::ids::{ConsentEventId, ConsentRequestId, CustomerId, GrantId};
use crate::kinds::{ConsentActor, ConsentEventKind};
use crate::listed::{self, Kind};
use crate::store::Store;
use crate::values::Timestamp;

/// A row of `consent_event`. Its revision is its place in the customer's order.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "consent_event")]
pub struct Model {
    /// Whose it is.
    #[sea_orm(primary_key, auto_increment = false)]
    pub customer_id: CustomerId,
    /// The customer's consent revision that this event made.
    #[sea_orm(primary_key, auto_increment = false)]
    pub revision: i64,
    /// The event, for receipts and for the log.
    pub id: ConsentEventId,
    /// The grant it happened to; none for what concerns no single grant, such as a refusal or the marketing switch.
    pub grant_id: Option<GrantId>,
    /// The request that was answered or refused, if there was one.
    pub request_id: Option<ConsentRequestId>,
    /// The grant's version after it; 0 without a grant.
    pub version: i32,
    /// What happened.
    pub kind: ConsentEventKind,
    /// Who caused it.
    pub actor: ConsentActor,
    /// Why, in the words of the operator who did it; shown to the customer, so it names nobody.
    pub reason: Option<String>,
    /// When it took effect; for an expiry the grant's date, whenever it was noted.
    pub occurred_at: Timestamp,
    /// A keyed hash of the caller's idempotency key, so that a repeated request ends nothing twice.
    pub idempotency: Option<Vec<u8>>,
    /// Whether the customer asks, with this ending, that the brand delete what it holds.
    pub deletion_wanted: bool,
}

/// None: tables of brands and of customers are joined by hand.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The first so many of each grant, oldest first.
const FIRST: &str = "select * from (
        select event.*, row_number() over (partition by event.grant_id order by event.revision) as place
        from LISTED JOIN consent_event event
             on event.customer_id = listed.customer_id and event.grant_id = listed.grant_id) numbered
    where place <= ROWS order by grant_id, revision";

/// The first events of several grants of one customer, in one statement.
///
/// # Errors
/// When the database cannot be asked.
pub async fn first_of_each(store: &Store, owner: &Owner, grants: &[GrantId], rows: u64) -> Result<Vec<Model>, DbErr> {
    let customer = listed::id(owner.customer().0);
    let list: Vec<[String; 2]> = grants.iter().map(|grant| [customer.clone(), listed::id(grant.0)]).collect();
    let columns = [("customer_id", Kind::Id), ("grant_id", Kind::Id)];
    let sql = FIRST.replace("ROWS", &rows.to_string());
    let statement = listed::statement(store.backend(), &sql, &columns, &list)?;
    Model::find_by_statement(statement).all(store.reader()).await
}
