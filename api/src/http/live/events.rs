//! GraphQL over SSE, in its mode of distinct connections: a POST that accepts `text/event-stream` is answered by an event
//! `next` for each result, and `complete` when there is no more. What ends without it goes on elsewhere: by `after`.

use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName};
use actix_web::web::Bytes;
use entity::clock::Ticks;
use futures_util::stream::{self, Stream};

use super::watch::{Called, Next, Watch};
use crate::http::gateway::{Call, Gateway};
use crate::http::verdict::{Answer, Verdict};

/// A comment so often tells proxies and the caller that somebody is there.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// Lets proxies hand on events as they come.
const BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// Answers a call by events.
///
/// # Errors
/// The answer to a call that is not executed: it goes out as any other.
pub async fn events(gateway: &Gateway, call: Call) -> Result<HttpResponse, Answer> {
    let events = match Watch::open(gateway, call).await {
        Called::Once(answer) if answer.verdict != Verdict::Executed => return Err(answer),
        Called::Once(answer) => {
            let all = [event("next", Some(&answer)), event("complete", None)];
            return Ok(respond(stream::iter(all.map(Ok))));
        }
        Called::Stream(watch) => Events { watch: Some(watch), heartbeat: gateway.clock().ticks(HEARTBEAT) },
    };
    let stream = stream::unfold(events, |mut events| async { events.next().await.map(|event| (Ok(event), events)) });
    Ok(respond(stream))
}

fn respond(events: impl Stream<Item = Result<Bytes, actix_web::Error>> + 'static) -> HttpResponse {
    HttpResponse::build(StatusCode::OK)
        .insert_header((CONTENT_TYPE, "text/event-stream; charset=utf-8"))
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((BUFFERING, "no"))
        .streaming(events)
}

struct Events {
    /// None once it has ended.
    watch: Option<Box<Watch>>,
    heartbeat: Ticks,
}

impl Events {
    async fn next(&mut self) -> Option<Bytes> {
        let watch = self.watch.as_mut()?;
        let next = tokio::select! {
            next = watch.next() => next,
            () = self.heartbeat.next() => return Some(Bytes::from_static(b":\n\n")),
        };
        match next {
            Next::Answer(answer) => Some(event("next", Some(&answer))),
            Next::Failed(answer) => {
                self.watch = None;
                Some([event("next", Some(&answer)), event("complete", None)].concat().into())
            }
            Next::Over => {
                self.watch = None;
                Some(event("complete", None))
            }
            Next::Closing => None,
        }
    }
}

/// An event in its form on the wire. JSON has no line breaks of its own.
fn event(name: &str, answer: Option<&Answer>) -> Bytes {
    let data = answer.and_then(|answer| serde_json::to_string(answer).ok()).unwrap_or_default();
    format!("event: {name}\ndata: {data}\n\n").into()
}
