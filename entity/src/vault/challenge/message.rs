//! Codes that the customer sends from the handle itself: the channel says who sent them, and its signature was checked.
//!
//! A challenge is for the handle that the customer named, so only a message from that handle can answer it, or use up its
//! tries; the account and the handle that are proven are those that the channel names.

use sea_orm::{ColumnTrait, DbErr, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect, Set};

use super::{Fresh, Issued, Kind, TRIES, bound, issue_code};
use crate::access::Owner;
use crate::protected::challenge;
use crate::values::{Handle, LinkCode};
use crate::vault::transaction::Transaction;

/// Issues a code that is to be sent from a handle. The customer's earlier open ones become void. `None` if they have asked
/// for too many. How many others ask for the handle does not count: nobody can keep its owner from proving it.
///
/// # Errors
/// When the database cannot be asked.
pub async fn issue_for_message(
    transaction: &Transaction,
    owner: &Owner,
    handle: &Handle,
) -> Result<Option<Issued>, DbErr> {
    if super::too_many_by(transaction, owner).await? {
        return Ok(None);
    }
    let code = LinkCode::of(transaction.entropy().bytes());
    let fresh = Fresh { kind: Kind::Message, shown: code.shown(), hashed: code.symbols().to_owned() };
    issue_code(transaction, owner, handle, fresh).await.map(Some)
}

/// Whose challenge a message from this handle answers, if it is anybody's. One that does not fit uses up a try of every
/// open challenge for the handle, so commit in any case.
///
/// # Errors
/// When the database cannot be asked.
pub async fn answer_by_message(
    transaction: &Transaction,
    from: &Handle,
    code: &LinkCode,
) -> Result<Option<Owner>, DbErr> {
    let (connection, now) = (transaction.connection(), transaction.now());
    let open = challenge::Entity::find()
        .filter(challenge::Column::Target.eq(transaction.keys().handle(from)))
        .filter(challenge::Column::Kind.eq(Kind::Message))
        .filter(challenge::Column::ExpiresAt.gt(now))
        .filter(challenge::Column::CompletedAt.is_null())
        .filter(challenge::Column::Attempts.lt(TRIES))
        .order_by_asc(challenge::Column::CustomerId)
        .order_by_asc(challenge::Column::Id)
        .lock_exclusive()
        .all(connection)
        .await?;
    let fits = |row: &&challenge::Model| {
        let given = bound(row.customer_id, row.id, code.symbols());
        transaction.keys().is_secret("challenge", &given, &row.code_hash)
    };
    // Every one is compared, so that how long it takes tells nothing of which it was.
    let fitting: Vec<&challenge::Model> = open.iter().filter(fits).collect();
    for row in &open {
        let right = fitting.first().is_some_and(|first| (first.customer_id, first.id) == (row.customer_id, row.id));
        let tried = challenge::ActiveModel {
            attempts: Set(row.attempts + 1),
            completed_at: Set(right.then_some(now)),
            ..Default::default()
        };
        challenge::Entity::update_many()
            .set(tried)
            .filter(challenge::Column::CustomerId.eq(row.customer_id).and(challenge::Column::Id.eq(row.id)))
            .exec(connection)
            .await?;
    }
    Ok(fitting.first().map(|row| Owner::recognised(row.customer_id)))
}
