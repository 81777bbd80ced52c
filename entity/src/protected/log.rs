//! The log's tables: what waits, what has its place, tiles, checkpoints, and the head whose lock gives out places.

use sea_orm::{DeriveActiveEnum, EnumIter};

/// What a leaf stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(sea_orm::sea_query::StringLen::N(32))")]
pub enum Kind {
    /// A read by a brand, answered or blocked.
    #[sea_orm(string_value = "DISCLOSURE")]
    Disclosure,
    /// Something that happened to a customer's consents.
    #[sea_orm(string_value = "CONSENT_EVENT")]
    ConsentEvent,
}

/// Records that are durable and have no place yet. A trigger writes them.
pub mod pending {
    use sea_orm::entity::prelude::*;

    use super::Kind;
    use crate::ids::CustomerId;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "log_pending")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub record_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub customer_id: CustomerId,
        pub kind: Kind,
    }

    /// None: the vault joins.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Which record stands at an index. Written once.
pub mod leaf {
    use sea_orm::entity::prelude::*;

    use super::Kind;
    use crate::ids::CustomerId;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "log_leaf")]
    pub struct Model {
        /// From 0.
        #[sea_orm(primary_key, auto_increment = false)]
        pub leaf_index: i64,
        pub kind: Kind,
        pub customer_id: CustomerId,
        pub record_id: Uuid,
    }

    /// None: the vault joins.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// The tree, 256 hashes to a row. See [`crate::log::tile`].
pub mod tile {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "log_tile")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub level: i16,
        #[sea_orm(primary_key, auto_increment = false)]
        pub tile_index: i64,
        pub hashes: Vec<u8>,
    }

    /// None: tiles stand alone.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Signed heads of the log. See [`crate::log::checkpoint`].
pub mod checkpoint {
    use sea_orm::entity::prelude::*;

    use crate::values::Timestamp;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "log_checkpoint")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub epoch: i32,
        #[sea_orm(primary_key, auto_increment = false)]
        pub size: i64,
        pub root: Vec<u8>,
        /// The signed note.
        pub note: String,
        pub created_at: Timestamp,
    }

    /// None: checkpoints stand alone.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// One row: how long the log is, and its lock.
pub mod head {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "log_head")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        /// Rises with every restore.
        pub epoch: i32,
        pub size: i64,
        /// What the last restore has lost, see [`crate::vault::log::Fork`]; empty in the first epoch.
        pub previous: String,
    }

    /// The only row.
    pub const ONLY: i32 = 1;

    /// None: the head stands alone.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
