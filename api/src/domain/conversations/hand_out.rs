//! Replies on channels that the brand's own app sends on: it takes what waits, reads it, sends it, and says what came of it.

use entity::access::Care;
use entity::ids::MessageId;
use entity::values::{Channel, Text};
use entity::vault::conversation::{self as door, Outcome};
use sea_orm::DbErr;

use crate::deps::Deps;
use crate::domain::{Mistake, MistakeCode, Refusal};

/// Takes replies that wait, up to `limit`: nobody else gets them within five minutes.
///
/// # Errors
/// When no channel is named, or one that this server sends on itself.
pub async fn claim(deps: &Deps, care: &Care, channels: &[Channel], limit: u64) -> Result<Vec<MessageId>, Refusal> {
    let mistake = |message| Mistake::new(MistakeCode::UnsupportedChannel, "channels", message);
    if channels.is_empty() {
        return Err(mistake("name the channels that the app sends on").into());
    }
    if channels.contains(&Channel::Email) {
        return Err(mistake("mail is sent by this server; name other channels").into());
    }
    let mut claimed = Vec::new();
    for channel in channels {
        let room = limit.saturating_sub(claimed.len() as u64);
        for row in door::due(&deps.vault, *channel, Some(care.brand()), room).await? {
            let transaction = deps.vault.begin().await?;
            let taken = door::take(&transaction, row.brand_id, row.id).await?;
            transaction.commit().await?;
            claimed.extend(taken.map(|_| row.id));
        }
    }
    Ok(claimed)
}

/// Notes what came of a reply that the brand's app has taken.
///
/// # Errors
/// When the brand has none of that id that was taken, or the channel's id of it is no text.
pub async fn report(deps: &Deps, care: &Care, message: &str, outcome: &Outcome) -> Result<MessageId, Refusal> {
    if let Outcome::Sent(Some(named)) = outcome {
        let checked: Result<Text<512>, _> = named.parse();
        checked.map_err(|fault| Mistake::new(MistakeCode::Invalid, "channelMessageId", fault.to_string()))?;
    }
    if let Ok(id) = message.parse()
        && super::deliver::report(deps, (care.brand(), id), outcome).await?
    {
        return Ok(id);
    }
    let message = "your brand has no reply of this id that was claimed and is still open";
    Err(Mistake::new(MistakeCode::NotFound, "messageId", message).into())
}

/// Says of replies whose sender has said nothing for too long that nobody knows, up to `limit`; how many it were.
///
/// # Errors
/// When the database cannot be asked.
pub async fn give_up_on(deps: &Deps, limit: u64) -> Result<usize, DbErr> {
    let silent = door::silent(&deps.vault, limit).await?;
    for row in &silent {
        let transaction = deps.vault.begin().await?;
        door::take(&transaction, row.brand_id, row.id).await?;
        transaction.commit().await?;
    }
    Ok(silent.len())
}
