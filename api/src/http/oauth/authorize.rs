//! `/oauth/authorize`: the page on which a customer decides what an app may see (RFC 6749 section 4.1.1, RFC 9207). Looking
//! at it changes nothing; its form acts through the public schema, with the visitor's own rights.

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderValue, LOCATION, RETRY_AFTER, SET_COOKIE};
use actix_web::{HttpRequest, HttpResponse, web};
use async_graphql::Variables;
use serde_json::{Value, json};

use super::form::Form;
use super::push;
use crate::auth::cookie::{self, Name};
use crate::auth::tokens::Subject;
use crate::deps::Deps;
use crate::domain::authorizations::{self, Ask, Declined, SentBack};
use crate::domain::brands;
use crate::http::gateway::{Answer, Call, Gateway, Verdict};
use crate::http::{body, client_address, graphql, negotiate, request_id};
use crate::web::form::{Visit, is_ours};
use crate::web::page;

const PAGE: &str = include_str!("../../../pages/authorize/page.graphql");
const SIGN_IN: &str = include_str!("../../../pages/authorize/sign-in.graphql");
const COMPLETE_SIGN_IN: &str = include_str!("../../../pages/authorize/complete-sign-in.graphql");
const SHARE: &str = include_str!("../../../pages/authorize/share.graphql");
const REFUSE: &str = include_str!("../../../pages/authorize/refuse.graphql");

/// The form is as large as what an app may ask, and a little.
const MOST_BYTES: usize = 32 * 1024;

/// GET: what an app asks of whoever comes.
pub async fn get(request: HttpRequest, gateway: web::Data<Gateway>, deps: web::Data<Deps>) -> HttpResponse {
    let pairs: Vec<(String, String)> = serde_urlencoded::from_str(request.query_string()).unwrap_or_default();
    let form = match push::resolve(Form::of(pairs), &deps).await {
        Ok(form) => form,
        Err(declined) => return decline(&deps, declined),
    };
    let parameter = |name: &str| form.get(name);
    match authorizations::receive(&deps, parameter, |names| form.is_doubled(names)).await {
        Ok(ask) => match authorizations::seal(&deps, &ask) {
            Ok(ticket) => {
                let asked = Asked::new(&request, &gateway, &deps, ask, ticket);
                asked.shown(asked.look().await).await
            }
            Err(_) => trouble(StatusCode::INTERNAL_SERVER_ERROR, "something went wrong on our side"),
        },
        Err(declined) => decline(&deps, declined),
    }
}

/// Nobody is asked.
fn decline(deps: &Deps, declined: Declined) -> HttpResponse {
    match declined {
        Declined::Shown(message) => trouble(StatusCode::BAD_REQUEST, message),
        Declined::SentBack(sent) => send_back(deps, &sent),
        Declined::Fault(error) => {
            tracing::warn!(%error, "an authorization request could not be checked");
            unavailable()
        }
    }
}

/// POST: what the customer decides, or their signing in.
pub async fn post(
    request: HttpRequest,
    mut payload: web::Payload,
    gateway: web::Data<Gateway>,
    deps: web::Data<Deps>,
) -> HttpResponse {
    let response = act(&request, &mut payload, &gateway, &deps).await;
    body::leave(response, payload)
}

/// Anything else.
pub async fn other_method() -> HttpResponse {
    let mut response =
        trouble(StatusCode::METHOD_NOT_ALLOWED, "this page is looked at, and its form is sent, in no other way");
    response.headers_mut().insert(actix_web::http::header::ALLOW, HeaderValue::from_static("GET, POST"));
    response
}

async fn act(request: &HttpRequest, payload: &mut web::Payload, gateway: &Gateway, deps: &Deps) -> HttpResponse {
    if !negotiate::is_declared_as(request.headers(), "application/x-www-form-urlencoded") {
        return trouble(StatusCode::UNSUPPORTED_MEDIA_TYPE, "this is not the form of the page");
    }
    let Ok(bytes) = body::read(payload, MOST_BYTES).await else {
        return trouble(StatusCode::PAYLOAD_TOO_LARGE, "this is not the form of the page");
    };
    let Ok(pairs) = serde_urlencoded::from_bytes::<Vec<(String, String)>>(&bytes) else {
        return trouble(StatusCode::BAD_REQUEST, "this is not the form of the page");
    };
    let field = |name: &str| pairs.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str());
    if !is_ours(deps, request.headers(), field("token")) {
        let message = "the form was not sent from a page that was made for this browser; cookies must be allowed";
        return trouble(StatusCode::FORBIDDEN, message);
    }
    let ticket = field("request").to_owned();
    let ask = match authorizations::open(deps, &ticket) {
        Ok(ask) => ask,
        Err(mistake) => return trouble(StatusCode::BAD_REQUEST, &mistake.message),
    };
    let mut asked = Asked::new(request, gateway, deps, ask, ticket);
    let outcome = match field("act") {
        "sign-in" => asked.sign_in(field("email"), field("password")).await,
        "second-factor" => asked.complete_sign_in(field("half"), field("code")).await,
        "share" => {
            let scopes: Vec<&str> =
                pairs.iter().filter(|(name, _)| name == "scope").map(|(_, value)| value.as_str()).collect();
            let optional = |name: &str| Some(field(name)).filter(|value| !value.is_empty()).map(str::to_owned);
            let (until, locale) = (optional("until"), optional("locale"));
            asked.share(Choice { scopes, until, locale, confirmation: optional("confirmation") }).await
        }
        "refuse" => asked.refuse().await,
        _ => Ok(trouble(StatusCode::BAD_REQUEST, "this is not the form of the page")),
    };
    asked.shown(outcome).await
}

/// What the customer has chosen.
struct Choice<'f> {
    scopes: Vec<&'f str>,
    until: Option<String>,
    locale: Option<String>,
    confirmation: Option<String>,
}

/// What is asked of the visitor of the page.
struct Asked<'r> {
    request: &'r HttpRequest,
    gateway: &'r Gateway,
    deps: &'r Deps,
    ask: Ask,
    ticket: String,
    visit: Visit,
    /// The visitor's session, as a cookie has it; a new one goes out with the answer.
    session: Option<String>,
    access_token: Option<String>,
}

impl<'r> Asked<'r> {
    fn new(request: &'r HttpRequest, gateway: &'r Gateway, deps: &'r Deps, ask: Ask, ticket: String) -> Self {
        let visit = Visit::of(deps, request.headers());
        let access_token = cookie::access_token(deps, request.headers());
        Self { request, gateway, deps, ask, ticket, visit, session: None, access_token }
    }

    /// What a field of the public schema says to the visitor.
    async fn call(&self, (query, field): (&str, &str), variables: Value, read_only: bool) -> Result<Value, Unsaid> {
        let call = Call {
            query: query.to_owned(),
            operation_name: None,
            variables: Variables::from_json(variables),
            token: self.access_token.clone(),
            key: None,
            read_only,
            privacy_signal: graphql::privacy_signal(self.request.headers()),
            client: client_address::client(self.request),
            request_id: request_id::of(self.request),
        };
        said(&self.gateway.call(call).await, field)
    }

    /// What is asked, as it stands for the visitor.
    async fn asking(&self) -> Result<Value, Unsaid> {
        self.call((PAGE, "authorization"), json!({ "request": self.ticket }), true).await
    }

    /// The page, or what stands in for it.
    async fn shown(&self, outcome: Result<HttpResponse, Unsaid>) -> HttpResponse {
        match outcome {
            Ok(page) => page,
            Err(Unsaid::SignedOut) => self.ask_to_sign_in(StatusCode::OK, &[]).await,
            Err(Unsaid::Trouble(page)) => *page,
        }
    }

    async fn look(&self) -> Result<HttpResponse, Unsaid> {
        self.look_with(StatusCode::OK, &[]).await
    }

    /// The page as it stands for the visitor, with what was wrong in what they sent.
    async fn look_with(&self, status: StatusCode, mistakes: &[String]) -> Result<HttpResponse, Unsaid> {
        if self.access_token.is_none() {
            return Ok(self.ask_to_sign_in(status, mistakes).await);
        }
        match self.asking().await {
            Ok(asking) => Ok(self.show(status, json!({ "step": "ask", "asking": asking, "mistakes": mistakes }))),
            Err(Unsaid::SignedOut) => Ok(self.ask_to_sign_in(status, mistakes).await),
            Err(trouble) => Err(trouble),
        }
    }

    async fn ask_to_sign_in(&self, status: StatusCode, mistakes: &[String]) -> HttpResponse {
        let Ok(brands) = brands::load(self.deps, [self.ask.brand]).await else { return unavailable() };
        let brand = brands.into_iter().next().map(|brand| brand.name).unwrap_or_default();
        self.show(status, json!({ "step": "sign-in", "brand": brand, "mistakes": mistakes }))
    }

    async fn sign_in(&mut self, email: &str, password: &str) -> Result<HttpResponse, Unsaid> {
        let input = json!({ "input": { "email": email, "password": password } });
        // Whoever signs in is nobody yet, whatever session the browser is in.
        self.access_token = None;
        let payload = self.call((SIGN_IN, "signIn"), input, false).await?;
        match text(&payload, "/secondFactor/token") {
            Some(half) => Ok(self.ask_for_second_factor(StatusCode::OK, half, &[])),
            None if text(&payload, "/session/accessToken").is_some() => self.enter(&payload).await,
            None => Ok(self.ask_to_sign_in(StatusCode::UNPROCESSABLE_ENTITY, &mistakes(&payload)).await),
        }
    }

    /// The second step: six digits are an authenticator's, anything else is a recovery code.
    async fn complete_sign_in(&mut self, half: &str, code: &str) -> Result<HttpResponse, Unsaid> {
        let code: String = code.split_whitespace().collect();
        let is_shown = code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit());
        let kind = if is_shown { "authenticatorCode" } else { "recoveryCode" };
        let input = json!({ "input": { "token": half, "proof": { kind: code } } });
        self.access_token = None;
        let payload = self.call((COMPLETE_SIGN_IN, "completeSignIn"), input, false).await?;
        if text(&payload, "/session/accessToken").is_some() {
            return self.enter(&payload).await;
        }
        let (status, mistakes) = (StatusCode::UNPROCESSABLE_ENTITY, mistakes(&payload));
        if text(&payload, "/userErrors/0/code") == Some("EXPIRED") {
            return Ok(self.ask_to_sign_in(status, &mistakes).await);
        }
        Ok(self.ask_for_second_factor(status, half, &mistakes))
    }

    fn ask_for_second_factor(&self, status: StatusCode, half: &str, mistakes: &[String]) -> HttpResponse {
        self.show(status, json!({ "step": "second-factor", "half": half, "mistakes": mistakes }))
    }

    /// Whoever has signed in decides.
    async fn enter(&mut self, payload: &Value) -> Result<HttpResponse, Unsaid> {
        let token = text(payload, "/session/accessToken").map(str::to_owned);
        let subject = token.as_deref().and_then(|token| self.deps.signer.verify(token, self.deps.vault.clock.now()));
        if let Some(Subject::Customer(claim)) = subject {
            self.session = Some(cookie::seal(&self.deps.vault.keys, &claim));
        }
        self.access_token = token;
        self.look().await
    }

    async fn share(&self, choice: Choice<'_>) -> Result<HttpResponse, Unsaid> {
        let input = json!({
            "request": self.ticket, "scopes": choice.scopes, "expiresAt": choice.until, "locale": choice.locale,
            "confirmationToken": choice.confirmation,
        });
        let payload = self.call((SHARE, "authorizeApp"), json!({ "input": input }), false).await?;
        if let Some(to) = text(&payload, "/redirectTo") {
            return Ok(see_other(to));
        }
        if needs_proof(&payload) {
            return Ok(self.ask_to_sign_in(StatusCode::OK, &mistakes(&payload)).await);
        }
        let Some(confirmation) = text(&payload, "/confirmationToken") else {
            return self.look_with(StatusCode::UNPROCESSABLE_ENTITY, &mistakes(&payload)).await;
        };
        let asking = self.asking().await?;
        Ok(self.show(
            StatusCode::OK,
            json!({
                "step": "confirm", "asking": asking, "difference": payload.get("difference"), "chosen": choice.scopes,
                "confirmation": confirmation, "locale": choice.locale,
                "until": text(&payload, "/difference/expiresAtAfter"),
            }),
        ))
    }

    async fn refuse(&self) -> Result<HttpResponse, Unsaid> {
        let payload = self.call((REFUSE, "refuseApp"), json!({ "input": { "request": self.ticket } }), false).await?;
        match text(&payload, "/redirectTo") {
            Some(to) => Ok(see_other(to)),
            None => self.look_with(StatusCode::UNPROCESSABLE_ENTITY, &mistakes(&payload)).await,
        }
    }

    /// The page, with what its form needs, and the cookies that the visitor does not have yet.
    fn show(&self, status: StatusCode, mut content: Value) -> HttpResponse {
        let token = match &self.session {
            Some(session) => self.visit.token_with(self.deps, session),
            None => self.visit.token(self.deps, self.request.headers()),
        };
        if let Some(fields) = content.as_object_mut() {
            fields.insert("request".into(), json!(self.ticket));
            fields.insert("token".into(), json!(token));
        }
        let mut response = page::show(status, "authorize.html", &content, Some(self.ask.redirect_uri.origin()));
        let visit = self.visit.is_new.then(|| self.visit.cookie(self.deps));
        let session = self.session.as_ref().map(|session| cookie::bake(self.deps, Name::Session, session));
        for cookie in visit.into_iter().chain(session) {
            if let Ok(value) = HeaderValue::from_str(&cookie) {
                response.headers_mut().append(SET_COOKIE, value);
            }
        }
        response
    }
}

/// Why the schema says nothing to a page.
enum Unsaid {
    SignedOut,
    Trouble(Box<HttpResponse>),
}

fn said(answer: &Answer, field: &str) -> Result<Value, Unsaid> {
    match answer.verdict {
        Verdict::Executed => {
            let data = answer.data.clone().and_then(|data| data.into_json().ok()).unwrap_or_default();
            let value = data.get(field).filter(|value| !value.is_null());
            value.cloned().ok_or_else(|| Unsaid::Trouble(unavailable().into()))
        }
        Verdict::Unauthenticated { .. } => Err(Unsaid::SignedOut),
        Verdict::BadRequest => {
            let message =
                answer.errors.first().map_or("the request cannot be answered", |error| error.message.as_str());
            Err(Unsaid::Trouble(trouble(StatusCode::BAD_REQUEST, message).into()))
        }
        Verdict::RateLimited { seconds } => {
            let message = "this was tried too often lately; come back later";
            let mut response = trouble(StatusCode::TOO_MANY_REQUESTS, message);
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
            Err(Unsaid::Trouble(response.into()))
        }
        _ => Err(Unsaid::Trouble(unavailable().into())),
    }
}

/// A text within what the schema says.
fn text<'v>(payload: &'v Value, path: &str) -> Option<&'v str> {
    payload.pointer(path)?.as_str()
}

/// What is sensitive is shared only by somebody who has signed in lately.
fn needs_proof(payload: &Value) -> bool {
    let errors = payload["userErrors"].as_array().map(Vec::as_slice).unwrap_or_default();
    errors.iter().any(|error| error["code"] == "STEP_UP_REQUIRED")
}

fn mistakes(payload: &Value) -> Vec<String> {
    let errors = payload["userErrors"].as_array().map(Vec::as_slice).unwrap_or_default();
    let text = |error: &Value| match error["code"].as_str() {
        Some("STEP_UP_REQUIRED") => Some("This is sensitive, so please sign in once more".to_owned()),
        _ => error["message"].as_str().map(str::to_owned),
    };
    errors.iter().filter_map(text).map(|text| format!("{}.", capitalised(&text))).collect()
}

/// A message as people begin one.
fn capitalised(message: &str) -> String {
    let mut letters = message.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}", letters.as_str())
}

fn trouble(status: StatusCode, message: &str) -> HttpResponse {
    page::show(status, "authorize.html", &json!({ "step": "error", "message": capitalised(message) }), None)
}

fn unavailable() -> HttpResponse {
    let mut response =
        trouble(StatusCode::SERVICE_UNAVAILABLE, "the service is not available for the moment; try again soon");
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
    response
}

fn send_back(deps: &Deps, sent: &SentBack) -> HttpResponse {
    let parameters =
        [("error", Some(sent.error)), ("error_description", Some(sent.description)), ("state", sent.state.as_deref())];
    see_other(&authorizations::back(deps, &sent.redirect_uri, &parameters))
}

fn see_other(to: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((LOCATION, to)).insert_header(("referrer-policy", "no-referrer")).finish()
}
