//! The door for what customers and brands say to each other.
//!
//! Whoever writes to a brand is a *correspondent* of it: pairwise, known by the account they write from, whether they are a
//! customer here or not. All that the two say is sealed under that correspondent's own key, so erasing somebody is
//! destroying a key here too. A brand reads what was written to it without a grant, because its author sent it there; who
//! that author *is* takes a disclosure, like everything else about a customer.
//!
//! A conversation is with one account, and goes on where that left it. Two accounts of one customer share none, whatever is
//! granted: that they are one person's is what HANDLES tells, and whoever opened the conversation would learn it without a
//! record, also after a withdrawal.

mod forget;
mod naming;
mod outbox;
mod outgoing;
mod permit;
mod read;
mod receive;
mod sender;
mod settle;
mod write;

use serde::{Deserialize, Serialize};

use crate::ids::{BrandId, CorrespondentId, MessageId};
use crate::kinds::{MessageKind, MessageVisibility};
use crate::protected::sealed::{CorrespondentPlace, Part};
use crate::values::{AccountId, Channel, Handle, Timestamp};

pub use forget::{Exchanged, exchanged};
pub(super) use forget::{destroy_keys, forget, part};
pub use outbox::{Another, Queued, Written, find_queued, queue};
pub use outgoing::{OutgoingReply, find_outgoing};
pub use read::{Correspondent, Message, MessagePlace, correspondents, messages, messages_of};
pub use receive::{receive, take_back};
pub use sender::{Letter, Outcome, Report, Sender, due, give_up, put_off, queue_again, report, silent, stale, take};
pub use write::{Locked, lock, note, reopen};

/// What is written within so many days after a conversation was resolved opens it again.
pub const REOPENED_DAYS: i64 = 14;

/// Where a message came: the same one comes more than once, and is done once.
pub struct Delivered {
    /// To whom, or from whom.
    pub brand: BrandId,
    /// Where.
    pub channel: Channel,
    /// The channel's id of it.
    pub id: String,
    /// The channel's id of this delivery of it; none of what is known without one.
    pub delivery: Option<String>,
}

/// A message between somebody and a brand, as the channel has signed it.
pub struct Passed {
    /// Who it is that is not the brand: the name, and the channel's id of the account.
    pub handle: Handle,
    /// The channel's lasting id of their account.
    pub account: AccountId,
    /// What the channel calls them beside.
    pub name: Option<String>,
    /// Which way it went: INBOUND, or OUTBOUND if the brand wrote it outside of this server.
    pub kind: MessageKind,
    /// Who can read it there.
    pub visibility: MessageVisibility,
    /// What was written.
    pub text: String,
    /// Where it can be seen.
    pub url: Option<String>,
    /// What it is about, where the channel has that.
    pub subject: Option<String>,
    /// Which of the brand's accounts it went to, or came from.
    pub brand_account: String,
    /// When it was written or changed, as the channel says.
    pub occurred_at: Timestamp,
}

/// What a message says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// The text; of a reply to its brand: as it was written, with its places.
    pub text: String,
    /// Where it can be seen.
    pub url: Option<String>,
    /// What it is about, where the channel has that.
    pub subject: Option<String>,
}

/// What is sealed in a correspondent's row.
#[derive(Clone, Serialize, Deserialize)]
struct Who {
    handle: String,
    account: String,
    name: Option<String>,
}

/// What is sealed in a message's row.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
struct Said {
    /// As its author has it; of a reply that was written here: with its places.
    text: String,
    url: Option<String>,
    /// Of a reply with places: the text as it goes out.
    #[serde(skip_serializing_if = "Option::is_none")]
    sent: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    /// The channel's id of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    /// And of what it answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    answers: Option<String>,
    /// Which of the brand's accounts it went to, or comes from.
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<String>,
}

impl Said {
    /// To the brand, which keeps a reply as it was written: nothing of a grant is in it.
    fn into_words_for_brand(self) -> Words {
        Words { text: self.text, url: self.url, subject: self.subject }
    }

    /// To the customer, who gets it as it goes out.
    fn into_words_for_customer(self) -> Words {
        Words { text: self.sent.unwrap_or(self.text), url: self.url, subject: self.subject }
    }
}

const fn who_place(correspondent: CorrespondentId) -> CorrespondentPlace {
    CorrespondentPlace { table: "correspondent", correspondent, part: Part::Whole }
}

const fn said_place(correspondent: CorrespondentId, message: MessageId) -> CorrespondentPlace {
    let MessageId(id) = message;
    CorrespondentPlace { table: "message", correspondent, part: Part::Id(id) }
}
