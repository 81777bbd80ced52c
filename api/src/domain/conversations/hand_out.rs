//! Replies on channels that the brand's own app sends on: it takes what waits, reads it, sends it, and says what came of it.

use entity::access::Care;
use entity::ids::MessageId;
use entity::values::{Channel, Text};
use entity::vault::conversation::{self as door, Outcome, Report, Sender};
use sea_orm::DbErr;

use super::deliver::{self, take};
use crate::deps::Deps;
use crate::domain::{Mistake, MistakeCode, Refusal};

/// A reply that an app has taken.
pub struct Claim {
    /// Its message.
    pub message: MessageId,
    /// Which time it was taken, from 1: to be given back with the report.
    pub attempt: i32,
}

/// Takes replies that wait and that the app may read, up to `limit`: nobody else gets them within five minutes.
///
/// # Errors
/// When no channel is named, or one that this server sends on itself.
pub async fn claim(deps: &Deps, care: &Care, channels: &[Channel], limit: u64) -> Result<Vec<Claim>, Refusal> {
    let mistake = |message| Mistake::new(MistakeCode::UnsupportedChannel, "channels", message);
    if channels.is_empty() {
        return Err(mistake("name the channels that the app sends on").into());
    }
    if !channels.iter().all(|channel| Sender::App.serves(*channel)) {
        return Err(mistake("mail is sent by this server; name other channels").into());
    }
    let mut claims = Vec::new();
    for channel in channels {
        let room = limit.saturating_sub(claims.len() as u64);
        for row in door::due(&deps.vault, *channel, Some(care), room).await? {
            match take(deps, &row).await {
                Ok(Some((_, attempt))) => claims.push(Claim { message: row.id, attempt }),
                Ok(None) => {}
                // What is taken already is the app's, whatever is wrong with this one.
                Err(error) => {
                    tracing::warn!(%error, "a reply could not be claimed, and is put off");
                    door::put_off(&deps.vault, &row).await?;
                }
            }
        }
    }
    Ok(claims)
}

/// Notes what came of a reply that the brand's app has taken.
///
/// # Errors
/// When the brand has none of that id that was taken then, or the channel's id of it is missing or no text.
pub async fn report(
    deps: &Deps,
    care: &Care,
    (message, attempt): (&str, i32),
    outcome: Outcome,
) -> Result<MessageId, Refusal> {
    if let Outcome::Sent(named) = &outcome {
        let checked: Result<Text<512>, _> = named.parse();
        checked.map_err(|fault| Mistake::new(MistakeCode::Invalid, "channelMessageId", fault.to_string()))?;
    }
    let said = Report { by: Sender::App, attempt, outcome };
    if let Ok(id) = message.parse()
        && deliver::report(deps, (care.brand(), id), &said).await?
    {
        return Ok(id);
    }
    let message =
        "your brand has no reply of this id that was claimed at this attempt, or something else has come of it";
    Err(Mistake::new(MistakeCode::NotFound, "messageId", message).into())
}

/// Gives up on replies whose sender has said nothing for too long, and on those that nobody has taken for three days, up to
/// `limit` of each; how many it were.
///
/// # Errors
/// When the database cannot be asked.
pub async fn give_up(deps: &Deps, limit: u64) -> Result<usize, DbErr> {
    let mut over = door::silent(&deps.vault, limit).await?;
    over.extend(door::stale(&deps.vault, limit).await?);
    for row in &over {
        let transaction = deps.vault.begin().await?;
        door::give_up(&transaction, row.brand_id, row.id).await?;
        transaction.commit().await?;
    }
    Ok(over.len())
}
