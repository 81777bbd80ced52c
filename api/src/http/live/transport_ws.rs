//! graphql-transport-ws over WebSocket: one connection, any number of calls, each by its id.
//!
//! Who calls is said in the first message, or in the header of the handshake; no cookie counts here. Each call is a task of its
//! own, so that one that takes long holds up no other; a client that reads slowly is waited for, and what it misses meanwhile is
//! read from the database.

use std::collections::HashMap;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderValue, ORIGIN, SEC_WEBSOCKET_PROTOCOL};
use actix_web::web::{self, Payload};
use actix_web::{HttpRequest, HttpResponse, guard::GuardContext, rt};
use actix_ws::{AggregatedMessage, AggregatedMessageStream, CloseCode, CloseReason, Closed, ProtocolError, Session};
use async_graphql::Variables;
use futures_util::FutureExt;
use serde_json::{Map, Value};
use tokio::task::{AbortHandle, JoinSet};

use super::message::{
    BAD_MESSAGE, Closing, FORBIDDEN, FromClient, GOING_AWAY, INIT_TIMEOUT, NOT_ACCEPTABLE, PROTOCOL, TOO_LARGE,
    TOO_MANY_INITS, TRY_AGAIN, ToClient, UNAUTHORIZED,
};
use super::watch::{Called, Next, Watch};
use crate::http::deliveries::answer;
use crate::http::gateway::{Call, Gateway};
use crate::http::graphql::{self, Body};
use crate::http::verdict::{Answer, Verdict};

/// A message of at most 256 kB, as a body; the query in it is limited by the guard.
const MOST_BYTES: usize = 256 * 1024;
/// Calls of one connection at a time.
const MOST_CALLS: usize = 100;
/// So long a client may take to say who it is; and so often it is asked for a sign of life once it has.
const PERIOD: Duration = Duration::from_secs(30);
/// Whoever takes nothing for so long has gone.
const PATIENCE: Duration = Duration::from_secs(10);
/// Whoever gives none for so many periods has gone.
const MOST_SILENT: u32 = 2;

/// Whether a request wants to become a WebSocket.
pub fn is_upgrade(context: &GuardContext<'_>) -> bool {
    let upgrade = context.head().headers().get(actix_web::http::header::UPGRADE);
    upgrade.is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"websocket"))
}

/// Becomes a WebSocket.
pub async fn socket(request: HttpRequest, payload: Payload, gateway: web::Data<Gateway>) -> HttpResponse {
    if !is_from_here(&request, &gateway) {
        let message = "this is not a page of this server, nor of `RAPPORT_LIVE_ORIGINS`";
        return answer(StatusCode::FORBIDDEN, message);
    }
    let nothing = (String::new(), None, Variables::default());
    let caller = match graphql::call(&request, &gateway, nothing, false).await {
        Ok(call) => call,
        Err(answer) => return graphql::respond(crate::http::negotiate::MediaType::Json, &answer),
    };
    let Some(room) = gateway.hub().enter() else {
        return answer(
            StatusCode::SERVICE_UNAVAILABLE,
            "this node has as many connections as it can serve; come back soon",
        );
    };
    let (response, session, messages) = match actix_ws::handle_with_protocols(&request, payload, &[PROTOCOL]) {
        Ok(opened) => opened,
        Err(error) => return HttpResponse::from_error(error),
    };
    let is_spoken = response.headers().contains_key(SEC_WEBSOCKET_PROTOCOL);
    let messages = messages.max_frame_size(MOST_BYTES).aggregate_continuations().max_continuation_size(MOST_BYTES);
    let connection =
        Connection { gateway: gateway.get_ref().clone(), session, caller, is_known: false, calls: HashMap::new() };
    rt::spawn(async move {
        let session = connection.session.clone();
        let Closing(code, reason) = if is_spoken { connection.serve(messages).await } else { NOT_ACCEPTABLE };
        let reason = CloseReason { code: CloseCode::Other(code), description: Some(reason.into()) };
        // An error says that the client has gone already, or does not read.
        let _ = tokio::time::timeout(PATIENCE, session.close(Some(reason))).await;
        drop(room);
    });
    response
}

/// Whether a browser comes from a page of this server, or one that may; programs say nothing of where they come from.
fn is_from_here(request: &HttpRequest, gateway: &Gateway) -> bool {
    let config = gateway.config();
    let named = |origin: &HeaderValue| {
        let own = config.public_url.trim_end_matches('/').as_bytes();
        origin.as_bytes() == own || config.live_origins.iter().any(|other| other.as_bytes() == origin.as_bytes())
    };
    request.headers().get_all(ORIGIN).all(named)
}

struct Connection {
    gateway: Gateway,
    session: Session,
    /// Who calls.
    caller: Call,
    /// Whether they have said so.
    is_known: bool,
    calls: HashMap<String, AbortHandle>,
}

/// A call that is over: its id, and why the connection is over too, if it is.
type Over = (String, Option<Closing>);

impl Connection {
    /// Serves until something ends it.
    async fn serve(mut self, mut messages: AggregatedMessageStream) -> Closing {
        let mut tasks: JoinSet<Over> = JoinSet::new();
        let mut periods = self.gateway.clock().ticks(PERIOD);
        let mut silent = 0;
        loop {
            tokio::select! {
                message = messages.recv() => {
                    silent = 0;
                    if let Err(closing) = self.hear(message, &mut tasks).await {
                        return closing;
                    }
                }
                Some(over) = tasks.join_next() => {
                    if let Some(closing) = self.forget(over) {
                        return closing;
                    }
                }
                () = periods.next() => {
                    if !self.is_known {
                        return INIT_TIMEOUT;
                    }
                    silent += 1;
                    if silent > MOST_SILENT {
                        return GOING_AWAY;
                    }
                    if let Err(closing) = taken(self.session.ping(b"")).await {
                        return closing;
                    }
                }
                () = self.gateway.hub().closed() => return GOING_AWAY,
            }
        }
    }

    async fn hear(
        &mut self,
        message: Option<Result<AggregatedMessage, ProtocolError>>,
        tasks: &mut JoinSet<Over>,
    ) -> Result<(), Closing> {
        let text = match message {
            Some(Ok(AggregatedMessage::Text(text))) => text,
            Some(Ok(AggregatedMessage::Ping(bytes))) => return taken(self.session.pong(&bytes)).await,
            Some(Ok(AggregatedMessage::Pong(_))) => return Ok(()),
            Some(Ok(AggregatedMessage::Binary(_))) => return Err(BAD_MESSAGE),
            // Too large in one frame, or in several.
            Some(Err(ProtocolError::Overflow | ProtocolError::Io(_))) => return Err(TOO_LARGE),
            Some(Ok(AggregatedMessage::Close(_)) | Err(_)) | None => return Err(GOING_AWAY),
        };
        match FromClient::read(&text).ok_or(BAD_MESSAGE)? {
            FromClient::ConnectionInit { .. } if self.is_known => Err(TOO_MANY_INITS),
            FromClient::ConnectionInit { payload } => self.meet(payload.unwrap_or_default()).await,
            FromClient::Ping => self.say(&ToClient::Pong).await,
            FromClient::Pong => Ok(()),
            FromClient::Subscribe { .. } if !self.is_known => Err(UNAUTHORIZED),
            FromClient::Subscribe { id, payload } => self.begin(id, payload, tasks),
            FromClient::Complete { id } => {
                if let Some(call) = self.calls.remove(&id) {
                    call.abort();
                }
                Ok(())
            }
        }
    }

    /// Learns who calls. A token that does not hold is refused here, and not at each call.
    async fn meet(&mut self, payload: Map<String, Value>) -> Result<(), Closing> {
        let named = payload.iter().find(|(name, _)| name.eq_ignore_ascii_case("authorization"));
        if let Some((_, value)) = named {
            let (scheme, token) = value.as_str().and_then(|text| text.split_once(' ')).ok_or(FORBIDDEN)?;
            // A token that is bound to a key comes with its proof in the handshake.
            if !scheme.eq_ignore_ascii_case("bearer") || self.caller.token.is_some() {
                return Err(FORBIDDEN);
            }
            self.caller.token = Some(token.trim().to_owned());
        }
        if self.caller.token.is_some()
            && let Err(answer) = self.gateway.recognise(&self.caller).await
        {
            return Err(if answer.verdict == Verdict::Unavailable { TRY_AGAIN } else { FORBIDDEN });
        }
        self.is_known = true;
        self.say(&ToClient::ConnectionAck).await
    }

    fn begin(&mut self, id: String, body: Body, tasks: &mut JoinSet<Over>) -> Result<(), Closing> {
        // What has ended has said so already: its id is free.
        while let Some(over) = tasks.try_join_next() {
            if let Some(closing) = self.forget(over) {
                return Err(closing);
            }
        }
        if self.calls.contains_key(&id) {
            return Err(Closing(4409, "Subscriber already exists for this id"));
        }
        if self.calls.len() >= MOST_CALLS {
            return Err(Closing(4400, "Too many subscriptions on one connection"));
        }
        let call = self.caller.asking(body.query, body.operation_name, graphql::variables(body.variables));
        let task = answer_call(self.gateway.clone(), self.session.clone(), id.clone(), call);
        self.calls.insert(id, tasks.spawn_local(task));
        Ok(())
    }

    /// Frees the id of a call that is over; why the connection is over too, if it is.
    fn forget(&mut self, over: Result<Over, tokio::task::JoinError>) -> Option<Closing> {
        // One that the client did not want any more was forgotten then.
        let (id, closing) = over.ok()?;
        self.calls.remove(&id);
        closing
    }

    async fn say(&mut self, message: &ToClient<'_>) -> Result<(), Closing> {
        taken(self.session.text(message.text())).await
    }
}

/// Whether a client takes what it is told, in time.
async fn taken(sending: impl Future<Output = Result<(), Closed>>) -> Result<(), Closing> {
    match tokio::time::timeout(PATIENCE, sending).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) | Err(_) => Err(GOING_AWAY),
    }
}

/// Answers one call until it is over.
async fn answer_call(gateway: Gateway, mut session: Session, id: String, call: Call) -> Over {
    let closing = match Watch::open(&gateway, call).await {
        Called::Once(answer) if answer.verdict == Verdict::Executed => {
            let text = ToClient::Next { id: &id, payload: &answer }.text();
            // What would have to wait for its client is not kept: who knows what is shared then.
            if session.text(text).now_or_never().is_none() {
                Some(TRY_AGAIN)
            } else {
                say(&mut session, &ToClient::Complete { id: &id }).await;
                None
            }
        }
        Called::Once(answer) => fail(&mut session, &id, &answer).await,
        Called::Stream(mut watch) => loop {
            match watch.next().await {
                Next::Answer(answer) => {
                    let text = ToClient::Next { id: &id, payload: &answer }.text();
                    if session.text(text).now_or_never().is_none() {
                        // There is no room until the client reads on. Who knows what is shared then.
                        if session.ping(b"").await.is_err() {
                            break None;
                        }
                        watch.repeat();
                    }
                }
                Next::Failed(answer) if answer.verdict == Verdict::Unavailable => break Some(TRY_AGAIN),
                Next::Failed(answer) => break fail(&mut session, &id, &answer).await,
                Next::Over => {
                    say(&mut session, &ToClient::Complete { id: &id }).await;
                    break None;
                }
                Next::Closing => break Some(GOING_AWAY),
            }
        },
    };
    (id, closing)
}

/// Ends a call with its error; and the connection, if the token does not hold any more.
async fn fail(session: &mut Session, id: &str, answer: &Answer) -> Option<Closing> {
    say(session, &ToClient::Error { id, payload: &answer.errors }).await;
    matches!(answer.verdict, Verdict::Unauthenticated { with_token: true } | Verdict::Unproven { .. })
        .then_some(FORBIDDEN)
}

/// An error says that the client has gone: the connection notices by itself.
async fn say(session: &mut Session, message: &ToClient<'_>) {
    let _ = session.text(message.text()).await;
}
