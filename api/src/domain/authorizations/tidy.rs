//! Deletes what nobody can use any more: codes that were not redeemed, families that have ended or whose grant has,
//! pushed requests, and the names of access tokens that were given back, and of apps' JWTs that were used, and would have
//! run out by now.

use entity::{grant, pushed_request, revoked_token, token_family, used_jwt};
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, Condition, DbErr, EntityTrait, QueryFilter};

use crate::deps::Deps;

/// What has ended is kept for so long, so that an app's reuse of it is noticed and a customer can still ask what it was.
const DAYS: i64 = 1;

/// Deletes it; how many rows.
///
/// # Errors
/// When the database cannot be written.
pub async fn tidy(deps: &Deps) -> Result<usize, DbErr> {
    let (writer, now) = (deps.vault.store.writer(), deps.vault.now().await?);
    let old = now.minus_days(DAYS);
    let mut alive = Query::select();
    alive
        .expr(Expr::val(1))
        .from(grant::Entity)
        .and_where(
            Expr::col((grant::Entity, grant::Column::CustomerId))
                .equals((token_family::Entity, token_family::Column::CustomerId)),
        )
        .and_where(
            Expr::col((grant::Entity, grant::Column::Id)).equals((token_family::Entity, token_family::Column::GrantId)),
        )
        .cond_where(Condition::any().add(grant::Column::EndedAt.is_null()).add(grant::Column::EndedAt.gt(old)))
        .and_where(grant::Column::ExpiresAt.gt(old));
    let unredeemed = Condition::all()
        .add(token_family::Column::RedeemedAt.is_null())
        .add(token_family::Column::CodeExpiresAt.lt(old));
    let over =
        Condition::any().add(unredeemed).add(token_family::Column::EndedAt.lt(old)).add(Expr::exists(alive).not());
    let families = token_family::Entity::delete_many().filter(over).exec(writer).await?;
    let pushed =
        pushed_request::Entity::delete_many().filter(pushed_request::Column::ExpiresAt.lt(now)).exec(writer).await?;
    let revoked =
        revoked_token::Entity::delete_many().filter(revoked_token::Column::ExpiresAt.lt(now)).exec(writer).await?;
    let used = used_jwt::Entity::delete_many().filter(used_jwt::Column::ExpiresAt.lt(now)).exec(writer).await?;
    let rows = [families, pushed, revoked, used].iter().map(|deleted| deleted.rows_affected).sum::<u64>();
    Ok(usize::try_from(rows).unwrap_or(usize::MAX))
}
