//! Replies on their way, for the brand's app that sends them.

use async_graphql::{Enum, ID, SimpleObject};
use entity::kinds::MessageVisibility;
use entity::values::Channel;
use entity::vault::Gated;
use entity::vault::conversation::{self as door, Outcome};

use crate::domain::conversations::Claim;

/// A reply that the app has claimed and is to send.
#[derive(SimpleObject)]
pub struct OutgoingReply {
    /// Its message.
    id: ID,
    /// Where it goes.
    channel: Channel,
    /// Who may read it there.
    visibility: MessageVisibility,
    /// To whom: the channel's lasting id of the account.
    account_id: String,
    /// The name that the account has there now.
    handle: String,
    /// From which of the brand's accounts; null if the channel never said.
    from: Option<String>,
    /// The channel's id of the message that it answers; null if there is none.
    answers: Option<String>,
    /// The text with its values, disclosed to be sent now; null once they are not shared any more: then report RETRY, and it is
    /// WITHHELD.
    text: Gated<String>,
}

impl From<door::OutgoingReply> for OutgoingReply {
    fn from(reply: door::OutgoingReply) -> Self {
        let (account_id, handle) = reply.to.as_ref().clone();
        Self {
            id: reply.id.into(),
            channel: reply.channel,
            visibility: reply.visibility,
            account_id,
            handle,
            from: reply.from,
            answers: reply.answers,
            text: reply.text,
        }
    }
}

/// What came of a reply, as the app that sends it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum ReplyOutcome {
    /// The channel has taken it.
    Sent,
    /// The channel says that it has arrived.
    Delivered,
    /// Not for the moment: it may be claimed again when it has waited as long once more, a minute at least, for three days.
    Retry,
    /// The channel will never take it.
    Refused,
    /// It cannot be known: it is not sent again by itself.
    Unknown,
}

impl ReplyOutcome {
    /// With the channel's id of what was sent.
    #[must_use]
    pub fn with(self, named: Option<String>) -> Outcome {
        match self {
            Self::Sent => Outcome::Sent(named.unwrap_or_default()),
            Self::Delivered => Outcome::Delivered,
            Self::Retry => Outcome::NotNow,
            Self::Refused => Outcome::Refused,
            Self::Unknown => Outcome::Unknown,
        }
    }
}

/// A reply that an app has taken.
#[derive(SimpleObject)]
pub struct ReplyClaim {
    /// Its message. Read it by `Brand.outgoingReply`, send it, and report.
    message_id: ID,
    /// Which time it was taken, from 1: give it back with the report.
    attempt: i32,
}

impl From<Claim> for ReplyClaim {
    fn from(Claim { message, attempt }: Claim) -> Self {
        Self { message_id: message.into(), attempt }
    }
}
