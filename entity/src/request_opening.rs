//! Openings: which customer has opened which brand's request, and what they answered. They are the customer's own: the
//! brand cannot ask for them, and somebody else's opening changes nothing of one's own.

use sea_orm::entity::prelude::*;

use crate::ids::{BrandId, ConsentRequestId, CustomerId};
use crate::kinds::{Purpose, RequestState};
use crate::values::Timestamp;

/// A row of `request_opening`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "request_opening")]
pub struct Model {
    /// Who has opened it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub customer_id: CustomerId,
    /// The request.
    #[sea_orm(primary_key, auto_increment = false)]
    pub request_id: ConsentRequestId,
    /// Who asks. Here too, so that a refusal is kept even where the request itself is lost.
    pub brand_id: BrandId,
    /// For what.
    pub purpose: Purpose,
    /// Where it stands, leaving the request's date and other customers aside: see [`crate::consent::request::state_at`].
    pub state: RequestState,
    /// When it was opened first.
    pub opened_at: Timestamp,
    /// When it was given or refused.
    pub answered_at: Option<Timestamp>,
}

/// What an opening refers to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    /// The request. Not there if a copy of the database that is older than it was brought back.
    #[sea_orm(
        belongs_to = "crate::consent_request::Entity",
        from = "(Column::BrandId, Column::RequestId)",
        to = "(crate::consent_request::Column::BrandId, crate::consent_request::Column::Id)"
    )]
    Request,
}

impl Related<crate::consent_request::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Request.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
