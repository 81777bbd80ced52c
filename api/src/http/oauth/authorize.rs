//! `/oauth/authorize`: the page on which a customer decides what an app may see (RFC 6749 section 4.1.1, RFC 9207). Looking
//! at it changes nothing; its form acts through the public schema, with the visitor's own rights.

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderValue, RETRY_AFTER};
use actix_web::{HttpRequest, HttpResponse, web};
use async_graphql::Variables;
use serde_json::{Value, json};

use super::form::Form;
use super::push;
use crate::deps::Deps;
use crate::domain::authorizations::{self, Ask, Declined, SentBack};
use crate::domain::brands;
use crate::http::body;
use crate::http::gateway::Gateway;
use crate::web::form::{self, Unread};
use crate::web::said::{Said, capitalised, mistakes};
use crate::web::visitor::Visitor;

const PAGE: &str = include_str!("../../../pages/authorize/page.graphql");
const SIGN_IN: &str = include_str!("../../../pages/authorize/sign-in.graphql");
const COMPLETE_SIGN_IN: &str = include_str!("../../../pages/authorize/complete-sign-in.graphql");
const SHARE: &str = include_str!("../../../pages/authorize/share.graphql");
const REFUSE: &str = include_str!("../../../pages/authorize/refuse.graphql");

/// How the page looks.
const TEMPLATE: &str = "authorize/page.html";

/// GET: what an app asks of whoever comes.
pub async fn get(request: HttpRequest, gateway: web::Data<Gateway>, deps: web::Data<Deps>) -> HttpResponse {
    let visitor = Visitor::of(&request, &gateway, &deps);
    let pairs: Vec<(String, String)> = serde_urlencoded::from_str(request.query_string()).unwrap_or_default();
    let form = match push::resolve(Form::of(pairs), &deps).await {
        Ok(form) => form,
        Err(declined) => return decline(&visitor, declined),
    };
    let parameter = |name: &str| form.get(name);
    match authorizations::receive(&deps, parameter, |names| form.is_doubled(names)).await {
        Ok(ask) => match authorizations::seal(&deps, &ask) {
            Ok(ticket) => {
                let mut asked = Asked { visitor, ask, ticket };
                let outcome = asked.look().await;
                asked.shown(outcome).await
            }
            Err(_) => trouble(&visitor, StatusCode::INTERNAL_SERVER_ERROR, "something went wrong on our side"),
        },
        Err(declined) => decline(&visitor, declined),
    }
}

/// Nobody is asked.
fn decline(visitor: &Visitor<'_>, declined: Declined) -> HttpResponse {
    match declined {
        Declined::Shown(message) => trouble(visitor, StatusCode::BAD_REQUEST, message),
        Declined::SentBack(sent) => send_back(visitor, &sent),
        Declined::Fault(error) => {
            tracing::warn!(%error, "an authorization request could not be checked");
            unavailable(visitor)
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
    let visitor = Visitor::of(&request, &gateway, &deps);
    let response = match form::Form::receive(&visitor, &mut payload).await {
        Ok(form) => act(visitor, &form).await,
        Err(unread) => refuse(&visitor, &unread),
    };
    body::leave(response, payload)
}

/// Anything else.
pub async fn other_method(request: HttpRequest, gateway: web::Data<Gateway>, deps: web::Data<Deps>) -> HttpResponse {
    let visitor = Visitor::of(&request, &gateway, &deps);
    let message = "this page is looked at, and its form is sent, in no other way";
    let mut response = trouble(&visitor, StatusCode::METHOD_NOT_ALLOWED, message);
    response.headers_mut().insert(actix_web::http::header::ALLOW, HeaderValue::from_static("GET, POST"));
    response
}

/// What stands in for a form that is none of ours.
fn refuse(visitor: &Visitor<'_>, unread: &Unread) -> HttpResponse {
    let none = "this is not the form of the page";
    match unread {
        Unread::Type => trouble(visitor, StatusCode::UNSUPPORTED_MEDIA_TYPE, none),
        Unread::TooLarge => trouble(visitor, StatusCode::PAYLOAD_TOO_LARGE, none),
        Unread::Unfit => trouble(visitor, StatusCode::BAD_REQUEST, none),
        Unread::Foreign => {
            let message = "the form was not sent from a page that was made for this browser; cookies must be allowed";
            trouble(visitor, StatusCode::FORBIDDEN, message)
        }
    }
}

async fn act(visitor: Visitor<'_>, form: &form::Form) -> HttpResponse {
    let ticket = form.get("request").to_owned();
    let ask = match authorizations::open(visitor.deps, &ticket) {
        Ok(ask) => ask,
        Err(mistake) => return trouble(&visitor, StatusCode::BAD_REQUEST, &mistake.message),
    };
    let mut asked = Asked { visitor, ask, ticket };
    let outcome = match form.get("act") {
        "sign-in" => asked.sign_in(form.get("email"), form.get("password")).await,
        "second-factor" => asked.complete_sign_in(form.get("half"), form.get("code")).await,
        "share" => {
            let pairs = form.pairs().iter();
            let scopes: Vec<&str> =
                pairs.filter(|(name, _)| name == "scope").map(|(_, value)| value.as_str()).collect();
            let optional = |name: &str| Some(form.get(name)).filter(|value| !value.is_empty()).map(str::to_owned);
            let (until, locale) = (optional("until"), optional("locale"));
            asked.share(Choice { scopes, until, locale, confirmation: optional("confirmation") }).await
        }
        "refuse" => asked.refuse().await,
        _ => Ok(trouble(&asked.visitor, StatusCode::BAD_REQUEST, "this is not the form of the page")),
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
    visitor: Visitor<'r>,
    ask: Ask,
    ticket: String,
}

impl Asked<'_> {
    /// What a field of the public schema says to the visitor.
    async fn call(&mut self, (query, field): (&str, &str), variables: Value, read_only: bool) -> Result<Value, Unsaid> {
        let answer = self.visitor.call(query, Variables::from_json(variables), read_only).await;
        match Said::of(&answer) {
            Said::Data(data) => {
                let value = data.get(field).filter(|value| !value.is_null());
                value.cloned().ok_or_else(|| Unsaid::Trouble(unavailable(&self.visitor).into()))
            }
            Said::SignedOut => Err(Unsaid::SignedOut),
            Said::Unfit(message) => {
                Err(Unsaid::Trouble(trouble(&self.visitor, StatusCode::BAD_REQUEST, &message).into()))
            }
            Said::Limited(seconds) => {
                let message = "this was tried too often lately; come back later";
                let mut response = trouble(&self.visitor, StatusCode::TOO_MANY_REQUESTS, message);
                response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
                Err(Unsaid::Trouble(response.into()))
            }
            Said::Away => Err(Unsaid::Trouble(unavailable(&self.visitor).into())),
        }
    }

    /// What is asked, as it stands for the visitor.
    async fn asking(&mut self) -> Result<Value, Unsaid> {
        let variables = json!({ "request": self.ticket, "locale": self.visitor.language.tag() });
        self.call((PAGE, "authorization"), variables, true).await
    }

    /// The page, or what stands in for it.
    async fn shown(&self, outcome: Result<HttpResponse, Unsaid>) -> HttpResponse {
        match outcome {
            Ok(page) => page,
            Err(Unsaid::SignedOut) => self.ask_to_sign_in(StatusCode::OK, &[]).await,
            Err(Unsaid::Trouble(page)) => *page,
        }
    }

    async fn look(&mut self) -> Result<HttpResponse, Unsaid> {
        self.look_with(StatusCode::OK, &[]).await
    }

    /// The page as it stands for the visitor, with what was wrong in what they sent.
    async fn look_with(&mut self, status: StatusCode, mistakes: &[Value]) -> Result<HttpResponse, Unsaid> {
        if !self.visitor.is_signed_in() {
            return Ok(self.ask_to_sign_in(status, mistakes).await);
        }
        match self.asking().await {
            Ok(asking) => Ok(self.show(status, json!({ "step": "ask", "asking": asking, "mistakes": mistakes }))),
            Err(Unsaid::SignedOut) => Ok(self.ask_to_sign_in(status, mistakes).await),
            Err(trouble) => Err(trouble),
        }
    }

    async fn ask_to_sign_in(&self, status: StatusCode, mistakes: &[Value]) -> HttpResponse {
        let Ok(brands) = brands::load(self.visitor.deps, [self.ask.brand]).await else {
            return unavailable(&self.visitor);
        };
        let brand = brands.into_iter().next().map(|brand| brand.name).unwrap_or_default();
        self.show(status, json!({ "step": "sign-in", "brand": brand, "mistakes": mistakes }))
    }

    async fn sign_in(&mut self, email: &str, password: &str) -> Result<HttpResponse, Unsaid> {
        let input = json!({ "input": { "email": email, "password": password } });
        // Whoever signs in is nobody yet, whatever session the browser is in.
        self.visitor.become_nobody();
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
        self.visitor.become_nobody();
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

    fn ask_for_second_factor(&self, status: StatusCode, half: &str, mistakes: &[Value]) -> HttpResponse {
        self.show(status, json!({ "step": "second-factor", "half": half, "mistakes": mistakes }))
    }

    /// Whoever has signed in decides.
    async fn enter(&mut self, payload: &Value) -> Result<HttpResponse, Unsaid> {
        if let Some(token) = text(payload, "/session/accessToken") {
            self.visitor.enter(token);
        }
        self.look().await
    }

    async fn share(&mut self, choice: Choice<'_>) -> Result<HttpResponse, Unsaid> {
        let input = json!({
            "request": self.ticket, "scopes": choice.scopes, "expiresAt": choice.until, "locale": choice.locale,
            "confirmationToken": choice.confirmation,
        });
        let payload = self.call((SHARE, "authorizeApp"), json!({ "input": input }), false).await?;
        if let Some(to) = text(&payload, "/redirectTo") {
            return Ok(self.visitor.see_other(to));
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

    async fn refuse(&mut self) -> Result<HttpResponse, Unsaid> {
        let payload = self.call((REFUSE, "refuseApp"), json!({ "input": { "request": self.ticket } }), false).await?;
        match text(&payload, "/redirectTo") {
            Some(to) => Ok(self.visitor.see_other(to)),
            None => self.look_with(StatusCode::UNPROCESSABLE_ENTITY, &mistakes(&payload)).await,
        }
    }

    /// The page, with what its form needs.
    fn show(&self, status: StatusCode, mut content: Value) -> HttpResponse {
        if let Some(fields) = content.as_object_mut() {
            fields.insert("page".into(), json!("authorize"));
            fields.insert("request".into(), json!(self.ticket));
        }
        self.visitor.show(status, TEMPLATE, content, Some(self.ask.redirect_uri.origin()))
    }
}

/// Why the schema says nothing to a page.
enum Unsaid {
    SignedOut,
    Trouble(Box<HttpResponse>),
}

/// A text within what the schema says.
fn text<'v>(payload: &'v Value, path: &str) -> Option<&'v str> {
    payload.pointer(path)?.as_str()
}

/// What is sensitive is shared only by somebody who has signed in lately.
fn needs_proof(payload: &Value) -> bool {
    mistakes(payload).iter().any(|mistake| mistake["code"] == "STEP_UP_REQUIRED")
}

fn trouble(visitor: &Visitor<'_>, status: StatusCode, message: &str) -> HttpResponse {
    let content = json!({ "page": "authorize", "step": "error", "message": capitalised(message), "mistakes": [] });
    visitor.show(status, TEMPLATE, content, None)
}

fn unavailable(visitor: &Visitor<'_>) -> HttpResponse {
    let message = "the service is not available for the moment; try again soon";
    let mut response = trouble(visitor, StatusCode::SERVICE_UNAVAILABLE, message);
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
    response
}

fn send_back(visitor: &Visitor<'_>, sent: &SentBack) -> HttpResponse {
    let parameters =
        [("error", Some(sent.error)), ("error_description", Some(sent.description)), ("state", sent.state.as_deref())];
    visitor.see_other(&authorizations::back(visitor.deps, &sent.redirect_uri, &parameters))
}
