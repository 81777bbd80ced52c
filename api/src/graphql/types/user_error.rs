//! The caller's mistakes, and the payloads that carry them.

use async_graphql::{Enum, SimpleObject};

use crate::domain::{Mistake, MistakeCode};

/// What kind of mistake it is. Expect new values.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "MistakeCode")]
pub enum UserErrorCode {
    /// The value is not of the expected form.
    Invalid,
    /// The value is too long, or the list too large.
    TooLong,
    /// The password is too easy to guess.
    WeakPassword,
    /// Somebody has it already.
    Taken,
    /// Nothing of that name or id is here.
    NotFound,
    /// Address, password or token do not fit.
    WrongCredentials,
    /// The code is wrong.
    WrongCode,
    /// It is over, was used, or was tried too often.
    Expired,
    /// A live grant for this brand and purpose is there already.
    AlreadyGranted,
    /// The grant, or whoever asks, is not in a state in which this can be done.
    WrongState,
    /// The date lies in the past, or more than 365 days away.
    OutOfRange,
    /// Too often in too short a time; come back later.
    TooManyTries,
    /// This can be done on some channels only.
    UnsupportedChannel,
    /// Direct marketing is switched off, so a grant for it would permit nothing; or the browser sends `Sec-GPC: 1`.
    MarketingBlocked,
    /// Another request of this brand for this purpose waits already: answer that one first.
    AlreadyPending,
    /// A request of this brand for this purpose was refused less than 90 days ago.
    Resting,
    /// It is meant for a profile that the customer has not linked.
    NotLinked,
    /// It weighs so much that it wants a proof of who is asking that is younger than ten minutes: call `stepUp`, then this
    /// again.
    StepUpRequired,
    /// Somebody whom it needs, such as a provider, cannot be reached for the moment.
    Unavailable,
    /// The brand would be left without an administrator.
    LastAdmin,
}

/// A mistake in the input: nothing was changed.
#[derive(SimpleObject)]
pub struct UserError {
    /// For programs.
    code: UserErrorCode,
    /// Where in the input, from the outside in; empty if it is about the whole.
    field: Vec<String>,
    /// What is wrong and how to mend it, for people.
    message: String,
}

impl From<Mistake> for UserError {
    fn from(mistake: Mistake) -> Self {
        Self { code: mistake.code.into(), field: mistake.field, message: mistake.message }
    }
}

/// Declares a payload: its own fields, all nullable, and `userErrors`.
macro_rules! payload {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $kind:ty,)* }) => {
        $(#[$doc])*
        #[derive(async_graphql::SimpleObject, Default)]
        pub struct $name {
            $($(#[$field_doc])* pub $field: Option<$kind>,)*
            /// The caller's mistakes. If there are any, nothing was changed.
            pub user_errors: Vec<$crate::graphql::types::user_error::UserError>,
        }

        impl $name {
            /// Mistakes go into the payload, faults to the top.
            pub(super) fn refused(refusal: $crate::domain::Refusal) -> async_graphql::Result<Self> {
                match refusal {
                    $crate::domain::Refusal::Mistakes(mistakes) => {
                        let user_errors = mistakes.into_iter().map(Into::into).collect();
                        Ok(Self { user_errors, ..Self::default() })
                    }
                    $crate::domain::Refusal::RateLimited(seconds) => Err($crate::failure::rate_limited(seconds)),
                    $crate::domain::Refusal::Fault(error) => Err($crate::failure::fault(&error)),
                }
            }
        }
    };
}

pub(in crate::graphql) use payload;
