//! A reply that the brand's own app has taken to send it: its text leaves by a disclosure of its own, to that app.

use sea_orm::{DbErr, EntityTrait};

use crate::access::{Care, ReaderClaim};
use crate::consent::Denial;
use crate::ids::MessageId;
use crate::kinds::{DeliveryState, MessageVisibility, Purpose};
use crate::protected::{correspondent, message, sealed};
use crate::reply;
use crate::values::Channel;
use crate::values::template::Template;
use crate::vault::disclose::{Answer, Locator, Question, Refused, disclose};
use crate::vault::{Addressed, Gated, Vault, draft};

use super::sender::Sender;
use super::{Said, Who, said_place, who_place};

/// A reply for whoever sends it.
pub struct OutgoingReply {
    /// Its message.
    pub id: MessageId,
    /// Where it goes.
    pub channel: Channel,
    /// Who may read it there.
    pub visibility: MessageVisibility,
    /// To whom: the account, and the handle that it has now.
    pub to: Addressed<(String, String)>,
    /// From which of the brand's accounts.
    pub from: Option<String>,
    /// The channel's id of what it answers.
    pub answers: Option<String>,
    /// The text with its values; denied, once they are not shared any more.
    pub text: Gated<String>,
    /// The disclosure of these values to whoever sends; none if there are none.
    pub answer: Option<Answer>,
}

/// A reply that the brand's app has taken. `None` if the brand has none of that id that is SENDING, or nothing is left of it.
///
/// # Errors
/// See [`Refused`]; then nothing was disclosed.
pub async fn find_outgoing(
    vault: &Vault,
    (care, claim): (&Care, &ReaderClaim),
    id: MessageId,
) -> Result<Option<OutgoingReply>, Refused> {
    let Some(Taken { row, message, who, said }) = taken(vault, care, id).await? else { return Ok(None) };
    let Said { text: template, sent, answers, account: from, .. } = said;
    let text = sent.unwrap_or_else(|| template.clone());
    let answer = match row.scopes.is_empty() {
        true => None,
        false => {
            let fields = template.parse::<Template>().map(|template| draft::fields(&template)).unwrap_or_default();
            let fields = fields.into_iter().filter(|field| row.scopes.contains(field.scope())).collect();
            let question = Question { purpose: Some(Purpose::CustomerCare), fields };
            // Nobody has an account that cannot be read: then nobody is found.
            let Ok(account) = who.account.parse() else { return Ok(None) };
            Some(disclose(vault, claim, &question, &[Locator::Account(row.channel, account)]).await?)
        }
    };
    let profile = answer.as_ref().and_then(|answer| answer.people.first()?.as_ref());
    let stands = row.scopes.is_empty()
        || profile.is_some_and(|profile| profile.permits(row.scopes) && profile.grant(row.scopes) == row.grant_id);
    Ok(Some(OutgoingReply {
        id,
        channel: row.channel,
        visibility: message.visibility,
        to: Addressed::to_brand((who.account, who.handle)),
        from,
        answers,
        text: if stands { Gated::granted(text) } else { Gated::Denied(Denial::NotGranted) },
        answer,
    }))
}

struct Taken {
    row: reply::Model,
    message: message::Model,
    who: Who,
    said: Said,
}

async fn taken(vault: &Vault, care: &Care, id: MessageId) -> Result<Option<Taken>, DbErr> {
    let (reader, place) = (vault.store.reader(), (care.brand(), id));
    let row = reply::Entity::find_by_id(place).one(reader).await?;
    let Some(row) = row.filter(|row| row.state == DeliveryState::Sending && Sender::App.serves(row.channel)) else {
        return Ok(None);
    };
    let Some(message) = message::Entity::find_by_id(place).one(reader).await? else { return Ok(None) };
    let with = correspondent::Entity::find_by_id((care.brand(), message.correspondent_id)).one(reader).await?;
    let is_there = |with: &correspondent::Model| with.lookup.is_some() && !with.payload.0.is_empty();
    let Some(with) = with.filter(|with| is_there(with) && !message.payload.0.is_empty()) else { return Ok(None) };
    let Some(key) = vault.keyring.find(with.id).await? else { return Ok(None) };
    let who: Who = sealed::open(who_place(with.id), &key, with.key_id, &with.payload)?;
    let said: Said = sealed::open(said_place(with.id, id), &key, message.key_id, &message.payload)?;
    Ok(Some(Taken { row, message, who, said }))
}
