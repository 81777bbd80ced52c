//! A subscription under way: each thing that happens is answered by an ordinary call.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use entity::clock::Ticks;
use tokio::sync::OwnedSemaphorePermit;

use crate::failure::Code;
use crate::graphql::{Followed, Moment};
use crate::http::gateway::{Call, Gateway, Opened};
use crate::http::verdict::{Answer, Verdict, fault};
use crate::live::{Ears, Happened, Heard, Topic};

/// How often it is looked whether a grant has ended by its date.
const SECOND: Duration = Duration::from_secs(1);
/// How often it is looked whether whoever is watching would still be answered. Whatever they are told in between is an answer of
/// its own, which looks too.
const RECOGNISED: Duration = Duration::from_secs(10);

/// Bytes of a subscription's variables, as JSON.
const MOST_VARIABLES: usize = 16 * 1024;

/// A call that is answered: once, or again and again.
pub enum Called {
    /// It is no subscription, or may not be.
    Once(Answer),
    /// It is one.
    Stream(Box<Watch>),
}

/// A subscription.
pub struct Watch {
    gateway: Gateway,
    call: Call,
    shares: bool,
    ears: Ears,
    /// What is told before anything is heard.
    first: Option<Heard>,
    /// What was answered last.
    answered: Option<Heard>,
    followed: Option<Followed>,
    is_over: bool,
    seconds: Ticks,
    recognised: Ticks,
    _room: OwnedSemaphorePermit,
}

/// What a subscription gives next.
pub enum Next {
    /// An answer.
    Answer(Answer),
    /// What ends it: an error.
    Failed(Answer),
    /// There is no more.
    Over,
    /// This node closes; another goes on where it was.
    Closing,
}

impl Watch {
    /// Answers a call, or begins to watch.
    pub async fn open(gateway: &Gateway, call: Call) -> Called {
        let topic = match gateway.open(&call).await {
            Opened::Stream(topic) => topic,
            Opened::Answer(answer) => return Called::Once(answer),
        };
        if serde_json::to_string(&call.variables).is_ok_and(|text| text.len() > MOST_VARIABLES) {
            let message = "the variables of a subscription, which are kept as long as it goes on, have 16 kB at most";
            let answer = Answer::failed(Verdict::BadRequest, Code::BadUserInput.as_str(), message);
            return Called::Once(answer.of_request(&call.request_id));
        }
        let Some(room) = gateway.hub().enter() else {
            let message = "this node has as many subscriptions as it can serve; come back soon";
            let answer = Answer::failed(Verdict::Unavailable, Code::ServiceUnavailable.as_str(), message);
            return Called::Once(answer.of_request(&call.request_id));
        };
        let shares = matches!(topic, Topic::Shared { .. });
        let (ears, first) = match Ears::open(gateway.hub(), topic).await {
            Ok(opened) => opened,
            Err(error) => return Called::Once(fault(&error).of_request(&call.request_id)),
        };
        let (seconds, recognised) = (gateway.clock().ticks(SECOND), gateway.clock().ticks(RECOGNISED));
        let (gateway, answered, followed, is_over) = (gateway.clone(), None, None, false);
        let watch =
            Self { gateway, call, shares, ears, first, answered, followed, is_over, seconds, recognised, _room: room };
        Called::Stream(Box::new(watch))
    }

    /// What comes next. It may be dropped before it is there, and nothing is lost.
    pub async fn next(&mut self) -> Next {
        while !self.is_over {
            let heard = match self.first.take() {
                Some(heard) => heard,
                None => match self.hear().await {
                    Ok(Some(heard)) => heard,
                    Ok(None) => return Next::Closing,
                    Err(answer) => return self.fail(answer),
                },
            };
            let Heard::Happened(happened) = heard else { return self.fail(too_old()) };
            if !self.is_followed(&happened) {
                continue;
            }
            // Whoever drops this while it is answered, for a heartbeat, finds it here again.
            self.first = Some(Heard::Happened(happened.clone()));
            let moment = Arc::new(Moment::of(happened));
            let answer = self.gateway.tell(&self.call, &moment).await;
            self.answered = self.first.take();
            self.followed = moment.followed();
            if answer.verdict != Verdict::Executed {
                return self.fail(answer);
            }
            // What is not shared any more is shown to be gone, and that is all there is to tell.
            self.is_over = self.shares && self.followed.is_none();
            if !answer.is_empty() {
                return Next::Answer(answer);
            }
        }
        Next::Over
    }

    /// Answers the last thing anew: what waited for its client says what was so then.
    pub fn repeat(&mut self) {
        self.first = self.answered.take();
        self.is_over = false;
    }

    /// The next thing that happens; none when this node closes.
    async fn hear(&mut self) -> Result<Option<Heard>, Answer> {
        let Self { gateway, call, shares, ears, followed, seconds, recognised, .. } = self;
        let mut hearing = pin!(ears.next(gateway.hub()));
        loop {
            tokio::select! {
                heard = &mut hearing => return heard.map(Some).map_err(|error| fault(&error)),
                () = gateway.hub().closed() => return Ok(None),
                () = seconds.next(), if *shares => {
                    let now = gateway.clock().now();
                    if followed.is_some_and(|followed| followed.until <= now) {
                        return Ok(Some(Heard::Happened(Happened::Due)));
                    }
                }
                () = recognised.next() => match gateway.recognise(call).await {
                    Err(answer) if answer.verdict != Verdict::Unavailable => return Err(answer),
                    // Nobody can be asked: nothing is told either, and the next period looks again.
                    _ => {}
                },
            }
        }
    }

    /// Whether it is told of this: what is shared rests on one grant, and nothing is known of it before it was looked at.
    fn is_followed(&self, happened: &Happened) -> bool {
        match happened {
            Happened::News(told) if self.shares => {
                self.followed.is_some_and(|followed| told.news.grant_id == Some(followed.grant))
            }
            _ => true,
        }
    }

    fn fail(&mut self, answer: Answer) -> Next {
        self.is_over = true;
        Next::Failed(answer.of_request(&self.call.request_id))
    }
}

fn too_old() -> Answer {
    let message =
        "news are kept for a day, and not beyond a restore: read what there is, and subscribe without `after`";
    Answer::failed(Verdict::BadRequest, "CURSOR_TOO_OLD", message)
}
