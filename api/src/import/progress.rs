//! How far an import has come: in the database for the next run, on a bar for the operator.

use entity::import_progress;
use entity::vault::Transaction;
use indicatif::{ProgressBar, ProgressStyle};
use sea_orm::sea_query::OnConflict;
use sea_orm::{DbErr, EntityTrait, Set};

use super::read::{Position, Source};
use crate::deps::Deps;

/// Where an earlier run of this file has stopped.
pub(super) async fn find(deps: &Deps, file: Option<&str>) -> Result<Option<Position>, DbErr> {
    let Some(file) = file else { return Ok(None) };
    let row = import_progress::Entity::find_by_id(file).one(deps.vault.store.reader()).await?;
    Ok(row.map(|row| Position { offset: row.offset.unsigned_abs(), line: row.line.unsigned_abs() }))
}

/// Notes in the batch's own transaction how far it goes.
pub(super) async fn note(transaction: &Transaction, file: Option<&str>, position: Position) -> Result<(), DbErr> {
    let Some(file) = file else { return Ok(()) };
    let row = import_progress::ActiveModel {
        file: Set(file.to_owned()),
        offset: Set(i64::try_from(position.offset).unwrap_or(i64::MAX)),
        line: Set(i64::try_from(position.line).unwrap_or(i64::MAX)),
        updated_at: Set(transaction.now()),
    };
    let newer = OnConflict::column(import_progress::Column::File)
        .update_columns([
            import_progress::Column::Offset,
            import_progress::Column::Line,
            import_progress::Column::UpdatedAt,
        ])
        .to_owned();
    import_progress::Entity::insert(row).on_conflict(newer).exec_without_returning(transaction.connection()).await?;
    Ok(())
}

/// The file is done: importing it again looks at every line again.
pub(super) async fn forget(deps: &Deps, file: Option<&str>) -> Result<(), DbErr> {
    if let Some(file) = file {
        import_progress::Entity::delete_by_id(file).exec(deps.vault.store.writer()).await?;
    }
    Ok(())
}

/// A bar over the bytes of the file; it shows on a terminal only.
pub(super) fn bar(source: &Source) -> ProgressBar {
    let bar = ProgressBar::new(source.size());
    let style = ProgressStyle::with_template("{bar:40} {percent}%  {bytes}/{total_bytes}  {eta} left");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.set_position(source.position().offset);
    bar
}
