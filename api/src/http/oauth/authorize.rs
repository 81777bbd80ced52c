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
use crate::http::gateway::Gateway;
use crate::web::said::{Said, capitalised, mistakes};
use crate::web::visitor::Visitor;
use crate::web::{form, serve};

const PAGE: &str = include_str!("../../../pages/authorize/page.graphql");
const SIGN_IN: &str = include_str!("../../../pages/sign-in/sign-in.graphql");
const COMPLETE_SIGN_IN: &str = include_str!("../../../pages/sign-in/second-factor.graphql");
const START_SECOND_PASSKEY: &str = include_str!("../../../pages/sign-in/start-second-passkey.graphql");
const SHARE: &str = include_str!("../../../pages/authorize/share.graphql");
const REFUSE: &str = include_str!("../../../pages/authorize/refuse.graphql");

/// How the page looks.
const TEMPLATE: &str = "authorize/page.html";

/// GET: what an app asks of whoever comes.
pub async fn get(request: HttpRequest, gateway: web::Data<Gateway>, deps: web::Data<Deps>) -> HttpResponse {
    let mut visitor = Visitor::of(&request, &gateway, &deps);
    let pairs: Vec<(String, String)> = serde_urlencoded::from_str(request.query_string()).unwrap_or_default();
    let form = match push::resolve(Form::of(pairs), &deps).await {
        Ok(form) => form,
        Err(declined) => return decline(&visitor, declined),
    };
    let parameter = |name: &str| form.get(name);
    match authorizations::receive(&deps, parameter, |names| form.is_doubled(names)).await {
        Ok(ask) => match authorizations::seal(&deps, &ask) {
            Ok(ticket) => {
                let mut asked = Asked { visitor: &mut visitor, ask, ticket };
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
    payload: web::Payload,
    gateway: web::Data<Gateway>,
    deps: web::Data<Deps>,
) -> HttpResponse {
    let mut visitor = Visitor::of(&request, &gateway, &deps);
    serve::receive(&mut visitor, payload, async |visitor, form| act(visitor, &form).await).await
}

async fn act(visitor: &mut Visitor<'_>, form: &form::Form) -> HttpResponse {
    let ticket = form.get("request").to_owned();
    let ask = match authorizations::open(visitor.deps, &ticket) {
        Ok(ask) => ask,
        Err(mistake) => return trouble(visitor, StatusCode::BAD_REQUEST, &mistake.message),
    };
    let mut asked = Asked { visitor, ask, ticket };
    let outcome = match form.get("act") {
        "sign-in" => asked.sign_in(form.get("email"), form.get("password")).await,
        "second-factor" => asked.complete_sign_in(form.get("half"), code_proof(form.get("code"))).await,
        "start-passkey" => asked.start_passkey(form.get("half")).await,
        "passkey" => match serde_json::from_str::<Value>(form.get("credential")) {
            Ok(credential) => asked.complete_sign_in(form.get("half"), json!({ "passkey": credential })).await,
            Err(_) => Ok(trouble(asked.visitor, StatusCode::BAD_REQUEST, "this is not the form of the page")),
        },
        "share" => {
            let pairs = form.pairs().iter();
            let scopes: Vec<&str> =
                pairs.filter(|(name, _)| name == "scope").map(|(_, value)| value.as_str()).collect();
            let optional = |name: &str| Some(form.get(name)).filter(|value| !value.is_empty()).map(str::to_owned);
            let (until, locale) = (optional("until"), optional("locale"));
            asked.share(Choice { scopes, until, locale, confirmation: optional("confirmation") }).await
        }
        "refuse" => asked.refuse().await,
        _ => Ok(trouble(asked.visitor, StatusCode::BAD_REQUEST, "this is not the form of the page")),
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
struct Asked<'v, 'r> {
    visitor: &'v mut Visitor<'r>,
    ask: Ask,
    ticket: String,
}

impl Asked<'_, '_> {
    /// What a field of the public schema says to the visitor.
    async fn call(&mut self, (query, field): (&str, &str), variables: Value, read_only: bool) -> Result<Value, Unsaid> {
        let answer = self.visitor.call(query, Variables::from_json(variables), read_only).await;
        match Said::of(&answer) {
            Said::Data(data) => {
                let value = data.get(field).filter(|value| !value.is_null());
                value.cloned().ok_or_else(|| Unsaid::Trouble(unavailable(self.visitor).into()))
            }
            Said::SignedOut => Err(Unsaid::SignedOut),
            Said::Unfit(message) => {
                Err(Unsaid::Trouble(trouble(self.visitor, StatusCode::BAD_REQUEST, &message).into()))
            }
            Said::Limited(seconds) => {
                let message = "this was tried too often lately; come back later";
                let mut response = trouble(self.visitor, StatusCode::TOO_MANY_REQUESTS, message);
                response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
                Err(Unsaid::Trouble(response.into()))
            }
            Said::Away => Err(Unsaid::Trouble(unavailable(self.visitor).into())),
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
            return unavailable(self.visitor);
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
            Some(half) => {
                let methods = payload.pointer("/secondFactor/methods");
                let has_passkey = methods.and_then(Value::as_array).is_some_and(|all| all.contains(&json!("PASSKEY")));
                Ok(self.ask_for_second_factor(StatusCode::OK, (half, has_passkey), &[]))
            }
            None if text(&payload, "/session/accessToken").is_some() => self.enter(&payload).await,
            None => Ok(self.ask_to_sign_in(StatusCode::UNPROCESSABLE_ENTITY, &mistakes(&payload)).await),
        }
    }

    /// The second step.
    async fn complete_sign_in(&mut self, half: &str, proof: Value) -> Result<HttpResponse, Unsaid> {
        let input = json!({ "input": { "token": half, "proof": proof } });
        self.visitor.become_nobody();
        let payload = self.call((COMPLETE_SIGN_IN, "completeSignIn"), input, false).await?;
        if text(&payload, "/session/accessToken").is_some() {
            return self.enter(&payload).await;
        }
        let (status, mistakes) = (StatusCode::UNPROCESSABLE_ENTITY, mistakes(&payload));
        if text(&payload, "/userErrors/0/code") == Some("EXPIRED") {
            return Ok(self.ask_to_sign_in(status, &mistakes).await);
        }
        // Whether there is a passkey was said with the first step; who has none is told so by the second.
        Ok(self.ask_for_second_factor(status, (half, true), &mistakes))
    }

    /// The second step by a passkey: what the browser is to be asked for.
    async fn start_passkey(&mut self, half: &str) -> Result<HttpResponse, Unsaid> {
        let input = json!({ "input": { "token": half } });
        self.visitor.become_nobody();
        let payload = self.call((START_SECOND_PASSKEY, "startPasskeySecondFactor"), input, false).await?;
        match payload.get("options").filter(|options| !options.is_null()) {
            Some(options) => Ok(self
                .show(StatusCode::OK, json!({ "step": "passkey", "half": half, "options": options, "mistakes": [] }))),
            None => Ok(self.ask_to_sign_in(StatusCode::UNPROCESSABLE_ENTITY, &mistakes(&payload)).await),
        }
    }

    fn ask_for_second_factor(
        &self,
        status: StatusCode,
        (half, has_passkey): (&str, bool),
        mistakes: &[Value],
    ) -> HttpResponse {
        let step = json!({ "step": "second-factor", "half": half, "has_passkey": has_passkey, "mistakes": mistakes });
        self.show(status, step)
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

/// What was typed at the second step: six digits are an authenticator's, anything else is a recovery code.
fn code_proof(code: &str) -> Value {
    let code: String = code.split_whitespace().collect();
    let is_shown = code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit());
    let kind = if is_shown { "authenticatorCode" } else { "recoveryCode" };
    json!({ kind: code })
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
