//! Carries out a refusal that a database does not know: the brand rests on, be its request in this database or not.

use sea_orm::{ActiveModelTrait, DbErr, EntityTrait, IntoActiveModel, Set};

use crate::journal::ConsentEnding;
use crate::kinds::RequestState;
use crate::request_opening;
use crate::vault::transaction::Transaction;

/// Writes the customer's opening as refused; whether there was anything to refuse. What they have answered already stays
/// as it is.
pub(super) async fn again(transaction: &Transaction, ending: &ConsentEnding) -> Result<bool, DbErr> {
    let Some(request) = ending.request else { return Ok(false) };
    let connection = transaction.connection();
    let key = (ending.customer, request.id);
    let Some(row) = request_opening::Entity::find_by_id(key).one(connection).await? else {
        let row = request_opening::Model {
            customer_id: ending.customer,
            request_id: request.id,
            brand_id: request.brand,
            purpose: request.purpose,
            state: RequestState::Refused,
            // Nobody knows since when: no later than that.
            opened_at: ending.at,
            answered_at: Some(ending.at),
        };
        request_opening::Entity::insert(row.into_active_model()).exec_without_returning(connection).await?;
        return Ok(true);
    };
    if matches!(row.state, RequestState::Given | RequestState::Refused) {
        return Ok(false);
    }
    let mut change = row.into_active_model();
    change.state = Set(RequestState::Refused);
    change.answered_at = Set(Some(ending.at));
    change.update(connection).await?;
    Ok(true)
}
