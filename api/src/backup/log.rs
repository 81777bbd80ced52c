//! What a copy has to do with the log of disclosures. Without the log's tables there is nothing to do.

use entity::store::Store;
use migration::SchemaManager;
use sea_orm::{ConnectionTrait, DbErr, Statement};

/// The log's last signed checkpoint, as text.
#[expect(clippy::disallowed_methods, reason = "the log's tables may not be there")]
pub async fn last_checkpoint(store: &Store) -> Result<Option<String>, DbErr> {
    if !SchemaManager::new(store.reader()).has_table("log_checkpoint").await? {
        return Ok(None);
    }
    let newest = Statement::from_string(store.backend(), "select text from log_checkpoint order by size desc limit 1");
    let row = store.reader().query_one_raw(newest).await?;
    row.map(|row| row.try_get("", "text")).transpose()
}

/// Begins a new epoch of the log, which names the last checkpoint that the restored database knows: what was logged after
/// the copy was made is gone, and nobody may take the new log for a continuation. Whether there is a log.
#[expect(clippy::disallowed_methods, reason = "the log's tables may not be there")]
pub async fn begin_epoch(store: &Store) -> Result<bool, DbErr> {
    if !SchemaManager::new(store.reader()).has_table("log_head").await? {
        return Ok(false);
    }
    store.writer().execute_unprepared("update log_head set epoch = epoch + 1").await?;
    Ok(true)
}
