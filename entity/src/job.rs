//! Jobs: work that was enqueued in the transaction that made it necessary, and is done after it.

use sea_orm::entity::prelude::*;

use crate::ids::{CustomerId, JobId};
use crate::kinds::JobKind;
use crate::values::Timestamp;

/// A row of `job`. It names ids only; what is personal is read when the job is done.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "job")]
pub struct Model {
    /// Whom it is about.
    #[sea_orm(primary_key, auto_increment = false)]
    pub customer_id: CustomerId,
    /// The job.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: JobId,
    /// What is to be done: at most one of a kind per customer waits.
    pub kind: JobKind,
    /// When it is due. While a worker is at it: when the next one may try.
    pub run_at: Timestamp,
    /// How often it was begun.
    pub attempts: i32,
}

/// None: jobs stand alone.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
