//! The gateway: the one way in for pages, for `/graphql` and for what is watched. Viewer, guard, limits, execution. It knows
//! nothing of headers and methods; `http::graphql` and `http::live` translate.

use std::sync::Arc;
use std::time::Duration;

use async_graphql::Variables;
use entity::access::Owner;
use entity::clock::Clock;
use entity::jwk::Thumbprint;
use futures_util::StreamExt;

use super::admission::{self, Prepared};
use super::guard::{Documents, Inputs};
use super::proof::{self, Unproven};
use super::verdict::{Answer, Verdict, classify, fault, unauthenticated, unproven};
use crate::auth::{Unauthenticated, Viewer};
use crate::config::Config;
use crate::deps::Deps;
use crate::domain::Mistake;
use crate::domain::accounts::{self, Client};
use crate::domain::consent::{self, PrivacySignal};
use crate::failure::Code;
use crate::graphql::{Keepsake, Moment, RequestId, Schemas};
use crate::live::{Hub, Topic};

/// An answer takes this long at most.
const TIMEOUT: Duration = Duration::from_secs(10);
/// How old a snapshot may be when an answer that rests on it is released, in milliseconds: so long after the
/// acknowledgement of a withdrawal an answer that was under way can still arrive, and what the wire takes.
const OLDEST: i64 = 200;
/// How often an answer that has become stale is asked for anew.
const TRIES: usize = 3;

/// What comes in.
pub struct Call {
    /// The document.
    pub query: String,
    /// Which of its operations.
    pub operation_name: Option<String>,
    /// Values for its variables.
    pub variables: Variables,
    /// The access token, if one came.
    pub token: Option<String>,
    /// The key that whoever brings it has shown (RFC 9449).
    pub key: Option<Thumbprint>,
    /// Whether writing is out of the question, as by GET.
    pub read_only: bool,
    /// Whether it carries Global Privacy Control.
    pub privacy_signal: PrivacySignal,
    /// Where it comes from.
    pub client: Client,
    /// The request's id.
    pub request_id: RequestId,
}

impl Call {
    /// Another call of the same caller.
    #[must_use]
    pub fn asking(&self, query: String, operation_name: Option<String>, variables: Variables) -> Self {
        let (token, request_id) = (self.token.clone(), self.request_id.clone());
        Self { query, operation_name, variables, token, request_id, ..*self }
    }
}

/// The schema with what it needs.
#[derive(Clone)]
pub struct Gateway {
    deps: Deps,
    schemas: Schemas,
    documents: Arc<Documents>,
    inputs: Arc<Inputs>,
    hub: Arc<Hub>,
}

/// What a call that may be a subscription amounts to.
pub enum Opened {
    /// It is one, and listens to this.
    Stream(Topic),
    /// It is none, or may not be.
    Answer(Answer),
}

impl Gateway {
    /// A gateway to this schema.
    #[must_use]
    pub fn new(deps: Deps, schemas: Schemas, hub: Arc<Hub>) -> Self {
        // Without them everything is validated each time, and no form can be understood.
        let inputs = Inputs::of(&schemas.strict.sdl()).unwrap_or_else(|error| {
            tracing::error!(%error, "the schema's own text cannot be read");
            Inputs::default()
        });
        Self { deps, schemas, documents: Arc::default(), inputs: Arc::new(inputs), hub }
    }

    /// The types that values of variables may have.
    #[must_use]
    pub fn inputs(&self) -> &Inputs {
        &self.inputs
    }

    /// Where it is heard what happens.
    #[must_use]
    pub fn hub(&self) -> &Hub {
        &self.hub
    }

    /// Where time comes from.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.deps.vault.clock
    }

    /// The settings.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.deps.config
    }

    /// Answers a call.
    pub async fn call(&self, call: &Call) -> Answer {
        self.answer(call, None).await.of_request(&call.request_id)
    }

    /// Answers a call, or says what it listens to.
    pub async fn open(&self, call: &Call) -> Opened {
        let moment = Arc::new(Moment::default());
        let answer = self.answer(call, Some(&moment)).await.of_request(&call.request_id);
        match moment.topic().filter(|_| answer.verdict == Verdict::Executed) {
            Some(topic) => Opened::Stream(topic),
            None => Opened::Answer(answer),
        }
    }

    /// Answers a subscription when something has happened.
    pub async fn tell(&self, call: &Call, moment: &Arc<Moment>) -> Answer {
        self.answer(call, Some(moment)).await.of_request(&call.request_id)
    }

    /// Whether whoever called would still be answered.
    ///
    /// # Errors
    /// The answer to them, if they would not, or it cannot be known.
    pub async fn recognise(&self, call: &Call) -> Result<(), Answer> {
        let viewer = self.viewer(call.token.as_deref(), call.key, call.privacy_signal).await;
        let viewer = viewer.map_err(|answer| answer.of_request(&call.request_id))?;
        match self.is_caller_alive(&viewer).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(unauthenticated(true).of_request(&call.request_id)),
            Err(error) => Err(fault(&error).of_request(&call.request_id)),
        }
    }

    /// Who comes with this token, heard out about their privacy.
    async fn viewer(
        &self,
        token: Option<&str>,
        key: Option<Thumbprint>,
        signal: PrivacySignal,
    ) -> Result<Viewer, Answer> {
        let viewer = match Viewer::recognise(token, key, &self.deps.signer, &self.deps.vault).await {
            Ok(viewer) => viewer,
            Err(Unauthenticated::Invalid) => return Err(unauthenticated(token.is_some())),
            Err(Unauthenticated::Unproven) => return Err(unproven(false)),
            Err(Unauthenticated::Fault(error)) => return Err(fault(&error)),
        };
        if let Viewer::Customer(owner) = &viewer {
            consent::heed(&self.deps, owner, signal).await.map_err(|refusal| fault(&refusal))?;
        }
        Ok(viewer)
    }

    /// The customer of this token, for what they alone may fetch beside the schema.
    ///
    /// # Errors
    /// The answer to everybody else.
    pub async fn owner(&self, token: Option<&str>, signal: PrivacySignal) -> Result<Owner, Answer> {
        match self.viewer(token, None, signal).await? {
            Viewer::Customer(owner) => Ok(owner),
            Viewer::Nobody => Err(unauthenticated(false)),
            Viewer::App(_) | Viewer::Staff(_) => {
                let message = "this is for customers; a brand's token does not open it";
                Err(Answer::failed(Verdict::Forbidden, Code::Forbidden.as_str(), message))
            }
        }
    }

    /// The same with a proof of the last minutes that the session is still theirs.
    ///
    /// # Errors
    /// The answer to everybody else.
    pub async fn proven_owner(&self, token: Option<&str>, signal: PrivacySignal) -> Result<Owner, Answer> {
        let owner = self.owner(token, signal).await?;
        let now = self.deps.vault.now().await.map_err(|error| fault(&error))?;
        let needed = |mistake: Mistake| Answer::failed(Verdict::ProofNeeded, "STEP_UP_REQUIRED", &mistake.message);
        accounts::require_fresh_proof(&owner, now).map(|()| owner).map_err(needed)
    }

    /// The key of whoever brings a token with a proof for this method and path (RFC 9449). The proof is used up.
    ///
    /// # Errors
    /// The answer to everybody else.
    pub(super) async fn prove(&self, token: &str, proof: &str, sent: (&str, &str)) -> Result<Thumbprint, Answer> {
        proof::of_token(&self.deps, token, proof, sent).await.map_err(|why| match why {
            Unproven::Proof => unproven(true),
            Unproven::Token => unproven(false),
            Unproven::Fault(error) => fault(&error),
        })
    }

    /// The cookie that makes a browser keep something.
    pub(crate) fn cookie(&self, value: &str) -> String {
        super::link::cookie(&self.deps, value)
    }

    /// Answers, and asks again when the answer has become stale on its way: with a new snapshot, and new records.
    async fn answer(&self, call: &Call, moment: Option<&Arc<Moment>>) -> Answer {
        for _ in 0..TRIES {
            match self.attempt(call, moment).await {
                Some(answer) => return answer,
                None => tracing::debug!("an answer was dropped: its snapshot was too old to be released"),
            }
        }
        let message = "the service is too slow for the moment to answer from what holds now; try again soon";
        Answer::failed(Verdict::Unavailable, Code::ServiceUnavailable.as_str(), message)
    }

    /// One try. `None`: what was read is too old to be released.
    async fn attempt(&self, call: &Call, moment: Option<&Arc<Moment>>) -> Option<Answer> {
        let with_token = call.token.is_some();
        let viewer = match self.viewer(call.token.as_deref(), call.key, call.privacy_signal).await {
            Ok(viewer) => viewer,
            Err(answer) => return Some(answer),
        };
        let memory = (&*self.documents, &*self.inputs);
        let Prepared { request, known, is_subscription, is_validated } =
            match admission::prepare(call, memory, (self.deps.config.introspection, moment.is_some())) {
                Ok(prepared) => prepared,
                Err(answer) => return Some(answer),
            };
        let schema = if is_validated { &self.schemas.validated } else { &self.schemas.strict };
        let viewer = Arc::new(viewer);
        let request = request.data(self.deps.clone()).data(call.request_id.clone()).data(call.privacy_signal);
        let keepsake = Arc::new(Keepsake::default());
        let request = request.data(call.client).data(Arc::clone(&viewer)).data(Arc::clone(&keepsake));
        let executed = async {
            match moment.filter(|_| is_subscription) {
                // Nothing comes of it the first time.
                Some(moment) => {
                    let mut stream = schema.execute_stream(request.data(Arc::clone(moment)));
                    stream.next().await.unwrap_or_default()
                }
                None => schema.execute(request).await,
            }
        };
        let Ok(response) = tokio::time::timeout(TIMEOUT, executed).await else {
            let message = "this took longer than 10 seconds; ask for less";
            return Some(Answer::failed(Verdict::Unavailable, "TIMEOUT", message));
        };
        if let Some(known) = known.filter(|_| response.errors.is_empty()) {
            known.has_passed();
        }
        let mut answer = match self.is_caller_alive(&viewer).await {
            Ok(true) => classify(response, with_token),
            Ok(false) => unauthenticated(with_token),
            Err(error) => fault(&error),
        };
        answer.keepsake = Some(keepsake);
        (!self.is_stale(&viewer)).then_some(answer)
    }

    /// Whether somebody may have been told since that what was read here is over. Customers' own reads and writes rest on
    /// no such snapshot, so nothing that writes is ever tried twice.
    fn is_stale(&self, viewer: &Viewer) -> bool {
        let (Viewer::App(reader) | Viewer::Staff(reader)) = viewer else { return false };
        let age = |since: i64| self.deps.vault.clock.stopwatch().saturating_sub(since);
        reader.oldest_snapshot().is_some_and(|since| age(since) > OLDEST)
    }

    /// No answer is released to an app, or to staff, whom this very request did not find alive, whatever they asked.
    async fn is_caller_alive(&self, viewer: &Viewer) -> Result<bool, sea_orm::DbErr> {
        match viewer {
            Viewer::App(reader) | Viewer::Staff(reader) => Ok(reader.caller(&self.deps.vault).await?.is_some()),
            Viewer::Customer(_) | Viewer::Nobody => Ok(true),
        }
    }
}
