//! Replies that are written here, from when they are queued: how far each has come. What they say stands in their message.

use sea_orm::entity::prelude::*;

use crate::ids::{AppId, BrandId, GrantId, MacroId, MessageId};
use crate::kinds::DeliveryState;
use crate::scope::ScopeSet;
use crate::values::{Channel, Timestamp};

/// A row of `reply`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "reply")]
pub struct Model {
    /// The brand.
    #[sea_orm(primary_key, auto_increment = false)]
    pub brand_id: BrandId,
    /// Its message.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: MessageId,
    /// Through which app it was written; of staff, the console.
    pub app_id: AppId,
    /// Where it goes.
    pub channel: Channel,
    /// How far it has come.
    pub state: DeliveryState,
    /// The grant whose values it holds; none if it holds none.
    pub grant_id: Option<GrantId>,
    /// The scopes of these values. It goes out only while the grant permits every one of them.
    pub scopes: ScopeSet,
    /// The macro that it was written by; none of a text of its own.
    pub macro_id: Option<MacroId>,
    /// And in which version.
    pub macro_version: Option<i32>,
    /// A keyed hash of the caller's key for it, if there is one: the same key is the same reply.
    pub idempotency: Option<Vec<u8>>,
    /// A keyed hash of what was to be sent to whom: another reply under the same key is a mistake.
    pub content: Vec<u8>,
    /// When it was queued last.
    pub queued_at: Timestamp,
    /// From when on somebody may take it; while somebody has it, until when they must say what came of it. None once nobody
    /// has anything to do with it.
    pub run_at: Option<Timestamp>,
    /// How often somebody has taken it.
    pub attempts: i32,
}

/// None: the vault joins.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
