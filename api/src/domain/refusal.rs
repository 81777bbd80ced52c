//! Refusals: the caller's mistakes, each with the field and the mend, or a fault of ours.

use std::fmt;

use entity::values::{Malformed, Unchecked};
use sea_orm::DbErr;

/// What kind of mistake it is, for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MistakeCode {
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
    /// Address, password, code or token do not fit.
    WrongCredentials,
    /// The code is wrong.
    WrongCode,
    /// It is over, was used, or was tried too often.
    Expired,
    /// A live grant for this brand and purpose is there already: amend it.
    AlreadyGranted,
    /// The grant, or whoever asks, is not in a state in which this can be done.
    WrongState,
    /// The date lies in the past, or more than 365 days away.
    OutOfRange,
    /// Too often in too short a time; come back later.
    TooManyTries,
    /// This can be done on some channels only.
    UnsupportedChannel,
    /// The customer has switched direct marketing off, or their browser says so.
    MarketingBlocked,
    /// Another request of this brand for this purpose waits already: answer that one first.
    AlreadyPending,
    /// A request of this brand for this purpose was refused less than 90 days ago.
    Resting,
    /// It is meant for a profile that the customer has not linked.
    NotLinked,
    /// It weighs so much that it wants a fresh proof of who is asking.
    StepUpRequired,
    /// Somebody whom it needs cannot be reached.
    Unavailable,
    /// The brand would be left without an administrator.
    LastAdmin,
}

/// One mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// For programs.
    pub code: MistakeCode,
    /// Where in the input.
    pub field: Vec<String>,
    /// What is wrong and how to mend it, for people.
    pub message: String,
}

impl Mistake {
    /// A mistake at a field; dots lead into inner objects.
    #[must_use]
    pub fn new(code: MistakeCode, field: &str, message: impl Into<String>) -> Self {
        let field = field.split('.').filter(|part| !part.is_empty()).map(str::to_owned).collect();
        Self { code, field, message: message.into() }
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "`{}`: {}", self.field.join("."), self.message)
    }
}

/// All of them in one line, for whoever takes no list.
#[must_use]
pub fn in_words(mistakes: &[Mistake]) -> String {
    mistakes.iter().map(Mistake::to_string).collect::<Vec<_>>().join("; ")
}

/// Why nothing was done.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The caller can mend it.
    #[error("{}", in_words(.0))]
    Mistakes(Vec<Mistake>),
    /// Too much was guessed or asked for lately: after so many seconds there is room again.
    #[error("too often; come back in {0} seconds")]
    RateLimited(i64),
    /// Only we can.
    #[error(transparent)]
    Fault(#[from] DbErr),
}

impl From<Mistake> for Refusal {
    fn from(mistake: Mistake) -> Self {
        Self::Mistakes(vec![mistake])
    }
}

/// Collects mistakes, so that a form shows all of them at once.
#[derive(Debug, Default)]
pub struct Mistakes(Vec<Mistake>);

impl Mistakes {
    /// Notes a mistake.
    pub fn push(&mut self, mistake: Mistake) {
        self.0.push(mistake);
    }

    /// The checked value, or a noted mistake.
    pub fn check<T: std::str::FromStr<Err = Malformed>>(&mut self, field: &str, value: &Unchecked<T>) -> Option<T> {
        self.take(field, value.check())
    }

    /// The parsed value, or a noted mistake.
    pub fn parse<T: std::str::FromStr<Err = Malformed>>(&mut self, field: &str, text: &str) -> Option<T> {
        self.take(field, text.parse())
    }

    /// The value, or a noted mistake.
    pub fn take<T>(&mut self, field: &str, checked: Result<T, Malformed>) -> Option<T> {
        match checked {
            Ok(value) => Some(value),
            Err(malformed) => {
                self.push(Mistake::new(MistakeCode::Invalid, field, malformed.to_string()));
                None
            }
        }
    }

    /// Goes on only without mistakes.
    ///
    /// # Errors
    /// With all that were noted.
    pub fn done(self) -> Result<(), Refusal> {
        if self.0.is_empty() { Ok(()) } else { Err(Refusal::Mistakes(self.0)) }
    }
}
