//! The root of what is watched, merged from one file per noun.
//!
//! A subscription is executed anew for each thing that happens, as an ordinary operation: first to see whether it may be, and
//! what it listens to; then once for each [`Happened`], under the same guard, the same law and with a record of its own. So
//! there is no other way for a value to leave than that of a query.

mod conversation;
mod disclosure;
mod grant;
mod shared;

use std::sync::{Arc, Mutex, PoisonError};

use async_graphql::{Context, Error, MergedSubscription, Result};
use entity::ids::GrantId;
use entity::values::Timestamp;
use futures_util::stream::{self, Stream};

use crate::failure::{Code, error};
use crate::live::{Happened, Topic};

/// What is watched: over WebSocket by graphql-transport-ws, or as `text/event-stream` (GraphQL over SSE, distinct connections).
/// A subscription has one field. It ends with an error when the access token does not hold any more.
#[derive(MergedSubscription, Default)]
pub struct Subscription(
    conversation::ConversationSubscription,
    shared::SharedSubscription,
    grant::GrantSubscription,
    disclosure::DisclosureSubscription,
);

/// A grant that what was shown rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Followed {
    /// Which.
    pub grant: GrantId,
    /// When it ends by itself.
    pub until: Timestamp,
}

/// Why a subscription is executed this time, and what comes of it beside the answer.
#[derive(Debug, Default)]
pub struct Moment {
    happened: Option<Happened>,
    topic: Mutex<Option<Topic>>,
    followed: Mutex<Option<Followed>>,
}

impl Moment {
    /// Something has happened.
    #[must_use]
    pub fn of(happened: Happened) -> Self {
        Self { happened: Some(happened), ..Self::default() }
    }

    /// What it listens to, once it was executed for the first time.
    pub fn topic(&self) -> Option<Topic> {
        self.topic.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// What it goes by from now on.
    pub fn followed(&self) -> Option<Followed> {
        *self.followed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What has happened; none the first time.
    const fn happened(&self) -> Option<&Happened> {
        self.happened.as_ref()
    }

    fn listen(&self, topic: Topic) {
        *self.topic.lock().unwrap_or_else(PoisonError::into_inner) = Some(topic);
    }

    fn follow(&self, followed: Option<Followed>) {
        *self.followed.lock().unwrap_or_else(PoisonError::into_inner) = followed;
    }
}

/// The moment of this execution.
fn moment<'c>(context: &Context<'c>) -> Result<&'c Arc<Moment>> {
    context.data_opt::<Arc<Moment>>().ok_or_else(|| error(Code::InternalServerError, "nothing is watched here"))
}

/// One answer, or none.
fn only<T>(answer: Option<Result<T>>) -> impl Stream<Item = Result<T>> + use<T> {
    stream::iter(answer)
}

/// A place to go on from.
fn from(after: Option<String>) -> Result<Option<entity::vault::news::Place>> {
    let unknown = |()| -> Error { error(Code::BadUserInput, "`after` is no cursor of this subscription") };
    after.map(|text| text.parse().map_err(unknown)).transpose()
}
