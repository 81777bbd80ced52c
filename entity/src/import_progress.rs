//! How far an import has come: written in the transaction of each batch, so that a broken import resumes where it was.

use sea_orm::entity::prelude::*;

use crate::values::Timestamp;

/// A row of `import_progress`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "import_progress")]
pub struct Model {
    /// A digest of the file's size and of its first and last 64 kB.
    #[sea_orm(primary_key, auto_increment = false)]
    pub file: String,
    /// Bytes of the file that are done.
    pub offset: i64,
    /// Lines of the file that are done.
    pub line: i64,
    /// When that was.
    pub updated_at: Timestamp,
}

/// None: progress stands alone.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
