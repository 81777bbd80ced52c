//! The directory: who is behind a keyed hash. Sharded by that hash, so that "one owner each" is one unique key.

use sea_orm::entity::prelude::*;

use crate::ids::{CustomerId, LinkId};
use crate::values::Timestamp;

/// What kind of name a row stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))")]
pub enum Kind {
    #[sea_orm(string_value = "LOGIN")]
    Login,
    /// An address that was signed in with before: reserved, but nobody signs in with it.
    #[sea_orm(string_value = "FORMER")]
    Former,
    #[sea_orm(string_value = "HANDLE")]
    Handle,
    #[sea_orm(string_value = "ACCOUNT")]
    Account,
    /// An account of a provider by which the customer signs in.
    #[sea_orm(string_value = "SIGN_IN")]
    SignIn,
    /// The credential id of a passkey.
    #[sea_orm(string_value = "PASSKEY")]
    Passkey,
    #[sea_orm(string_value = "PROFILE")]
    Profile,
    #[sea_orm(string_value = "IMPORT")]
    Import,
}

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "directory")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub lookup: Vec<u8>,
    /// The same name under the next lookup key, while keys rotate.
    pub lookup_next: Option<Vec<u8>>,
    pub kind: Kind,
    pub customer_id: CustomerId,
    /// For handles and accounts: the link that holds them.
    pub link_id: Option<LinkId>,
    /// For handles and accounts: when the link was proven last. A handle without it finds nobody.
    pub proven_at: Option<Timestamp>,
}

/// None: protected tables are joined by the vault.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
