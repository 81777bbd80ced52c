//! What a channel tells, whichever way it comes: a brand may be meant, and a code in it may prove a handle.

use crate::deps::Deps;
use crate::domain::conversations::{self, Event, Verb};
use crate::domain::links::{self, Message};
use crate::domain::{Refusal, conversations::Party};

/// Takes an event in. When this returns it is done, and the same event may come again.
///
/// # Errors
/// When something of it cannot be used: then nothing is.
pub async fn take(deps: &Deps, event: &Event) -> Result<(), Refusal> {
    // First what may be refused: a code is used up by what is taken in, not by what is not.
    conversations::receive(deps, event).await?;
    let Some(Party { account, handle, .. }) = event.author.as_ref().filter(|_| event.verb != Verb::Deleted) else {
        return Ok(());
    };
    let (account, handle, text) = (account.clone(), handle.clone(), event.text.clone());
    let message = Message { channel: event.channel, id: event.delivery.clone(), account, handle, text };
    Ok(links::receive(deps, &message).await?)
}
