//! Looking at a page, and acting on it. A GET asks one query and shows what it says. A POST executes one act: afterwards the
//! browser is sent on (303), or, if something in the form was wrong, gets the page again with the form as it was (422).

use actix_web::http::StatusCode;
use actix_web::http::header::{ACCEPT, ALLOW, HeaderValue, RETRY_AFTER};
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Map, Value, json};

use super::fill;
use super::form::{Form, Unread};
use super::prove;
use super::registry::{self, Audience, Page};
use super::said::{Said, mistakes, payload};
use super::visitor::Visitor;
use super::words::Language;
use crate::auth::cookie::Name;
use crate::deps::Deps;
use crate::http::body;
use crate::http::gateway::Gateway;

/// The page where strangers sign in.
const SIGN_IN: &str = "/sign-in";
/// Where customers begin.
const START: &str = "/sharing";

/// GET: the page as it stands for the visitor. Changes nothing.
pub async fn get(
    page: &'static Page,
    request: HttpRequest,
    gateway: web::Data<Gateway>,
    deps: web::Data<Deps>,
) -> HttpResponse {
    let mut visitor = Visitor::of(&request, &gateway, &deps);
    let done = visitor.kept(Name::Done).map(str::to_owned);
    if done.is_some() {
        visitor.forget(Name::Done);
    }
    look(page, &mut visitor, StatusCode::OK, json!({ "done": done })).await
}

/// POST: one of the page's acts.
pub async fn post(
    page: &'static Page,
    request: HttpRequest,
    payload: web::Payload,
    gateway: web::Data<Gateway>,
    deps: web::Data<Deps>,
) -> HttpResponse {
    let mut visitor = Visitor::of(&request, &gateway, &deps);
    receive(&mut visitor, payload, async |visitor, form| act(page, visitor, form).await).await
}

/// Acts on a form if it is one of ours.
pub async fn receive<'r>(
    visitor: &mut Visitor<'r>,
    mut payload: web::Payload,
    act: impl AsyncFnOnce(&mut Visitor<'r>, Form) -> HttpResponse,
) -> HttpResponse {
    let response = match Form::receive(visitor, &mut payload).await {
        Ok(form) => act(visitor, form).await,
        Err(unread) => refuse(visitor, &unread),
    };
    body::leave(response, payload)
}

/// Anything else.
pub async fn other_method(request: HttpRequest, gateway: web::Data<Gateway>, deps: web::Data<Deps>) -> HttpResponse {
    let visitor = Visitor::of(&request, &gateway, &deps);
    let mut response = trouble(&visitor, StatusCode::METHOD_NOT_ALLOWED, "form");
    response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, POST"));
    response
}

/// Wherever there is nothing: a page for people, nothing for programs.
pub async fn nowhere(request: HttpRequest, gateway: web::Data<Gateway>, deps: web::Data<Deps>) -> HttpResponse {
    let accepted = request.headers().get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !accepted.contains("text/html") {
        return HttpResponse::NotFound().finish();
    }
    trouble(&Visitor::of(&request, &gateway, &deps), StatusCode::NOT_FOUND, "not-found")
}

/// POST /language: the language that the pages are in from now on.
pub async fn choose_language(
    request: HttpRequest,
    payload: web::Payload,
    gateway: web::Data<Gateway>,
    deps: web::Data<Deps>,
) -> HttpResponse {
    let mut visitor = Visitor::of(&request, &gateway, &deps);
    let choose = async |visitor: &mut Visitor<'_>, form: Form| {
        if let Some(language) = Language::of(form.get("language")) {
            visitor.keep(Name::Language, language.tag());
        }
        visitor.see_other(form.next().unwrap_or("/"))
    };
    receive(&mut visitor, payload, choose).await
}

/// The page as it stands, with what has just happened on it.
async fn look(page: &'static Page, visitor: &mut Visitor<'_>, status: StatusCode, happened: Value) -> HttpResponse {
    match page.audience {
        Audience::Customers if !visitor.is_signed_in() => return to_sign_in(visitor),
        Audience::Strangers if visitor.is_signed_in() => return visitor.see_other(START),
        _ => {}
    }
    let asked = visitor.parameters();
    let (mut document, mut data) = (None, json!({}));
    if let Some(query) = &page.query {
        let text = query.read(visitor.folder());
        let variables = fill::variables(visitor.gateway.inputs(), &text, &asked);
        data = match Said::of(&visitor.call(&text, variables, true).await) {
            Said::Data(data) => data,
            unsaid => return unanswered(visitor, &unsaid),
        };
        if data.pointer(page.needs).is_none_or(Value::is_null) {
            return trouble(visitor, StatusCode::NOT_FOUND, "not-found");
        }
        document = Some(text);
    }
    let happened = |name: &str| happened.get(name).cloned();
    let content = json!({
        "page": page.name,
        "parameters": asked.into_iter().map(|(name, value)| (name, Value::String(value))).collect::<Map<_, _>>(),
        "query": document,
        "data": data,
        "done": happened("done"),
        "act": happened("act"),
        "result": happened("result"),
        "form": happened("form").unwrap_or_else(|| json!({})),
        "mistakes": happened("mistakes").unwrap_or_else(|| json!([])),
    });
    visitor.show(status, page.template.path, content, None)
}

async fn act(page: &'static Page, visitor: &mut Visitor<'_>, form: Form) -> HttpResponse {
    if page.audience == Audience::Customers && !visitor.is_signed_in() {
        return to_sign_in(visitor);
    }
    let Some(act) = page.acts.iter().find(|act| act.name == form.get("act")) else {
        return trouble(visitor, StatusCode::BAD_REQUEST, "form");
    };
    if page.audience == Audience::Strangers {
        visitor.become_nobody();
    } else if let Err(asked) = prove::take(visitor, &form).await {
        return *asked;
    }
    let document = act.document.read(visitor.folder());
    // Of two the later counts: what the address says is not changed by a form.
    let mut pairs: Vec<_> = form.pairs().iter().cloned().chain(visitor.parameters()).collect();
    if act.name == "provider" {
        let secret = visitor.kept(Name::SignIn).unwrap_or_default();
        pairs.push(("input.secret".to_owned(), secret.to_owned()));
    }
    let variables = fill::variables(visitor.gateway.inputs(), &document, &pairs);
    let answer = visitor.call(&document, variables, false).await;
    let payload = match Said::of(&answer) {
        Said::Data(data) => payload(&data),
        Said::Unfit(message) => {
            let mistake = json!([{ "code": "INVALID", "field": "", "message": message }]);
            return again(page, visitor, StatusCode::UNPROCESSABLE_ENTITY, &form, mistake).await;
        }
        Said::Away => {
            // What is shown below it was asked for anew, so it says how things stand.
            let mistake = json!([{ "code": "AWAY", "field": "", "message": "" }]);
            return again(page, visitor, StatusCode::SERVICE_UNAVAILABLE, &form, mistake).await;
        }
        unsaid => return unanswered(visitor, &unsaid),
    };
    let mistakes = mistakes(&payload);
    if mistakes.iter().any(|mistake| mistake["code"] == "STEP_UP_REQUIRED") {
        return prove::ask(visitor, StatusCode::OK, &form, &[], None);
    }
    if !mistakes.is_empty() {
        return again(page, visitor, StatusCode::UNPROCESSABLE_ENTITY, &form, Value::Array(mistakes)).await;
    }
    if let Some(token) = payload.pointer("/session/accessToken").and_then(Value::as_str) {
        visitor.enter(token);
    }
    match (act.name, payload.get("secret").and_then(Value::as_str)) {
        ("start-provider", Some(secret)) => visitor.keep(Name::SignIn, secret),
        ("provider", _) => visitor.forget(Name::SignIn),
        _ => {}
    }
    if act.name == "sign-out" || payload.get("erased").is_some_and(|erased| *erased == true) {
        visitor.leave();
    }
    let stays = !act.unless.is_empty() && payload.get(act.unless).is_some_and(|value| !value.is_null());
    if act.then.is_empty() || stays {
        let happened = json!({ "act": act.name, "result": payload, "form": form.kept() });
        return look(page, visitor, StatusCode::OK, happened).await;
    }
    visitor.keep(Name::Done, act.name);
    let next = form.next().map(str::to_owned);
    visitor.see_other(&next.unwrap_or_else(|| lead(act.then, visitor, &payload)))
}

/// The page again, with what was wrong and the form as it was sent.
async fn again(
    page: &'static Page,
    visitor: &mut Visitor<'_>,
    status: StatusCode,
    form: &Form,
    mistakes: Value,
) -> HttpResponse {
    let happened = json!({ "act": form.get("act"), "form": form.kept(), "mistakes": mistakes });
    look(page, visitor, status, happened).await
}

/// An address with what stands in braces in it filled in.
fn lead(then: &str, visitor: &Visitor<'_>, payload: &Value) -> String {
    let (mut lead, mut rest) = (String::new(), then);
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        lead.push_str(before);
        let value = match name.strip_prefix('/') {
            Some(_) => payload.pointer(name).and_then(Value::as_str).map(str::to_owned),
            None => visitor.parameter(name),
        };
        lead.push_str(&value.unwrap_or_default());
        rest = after;
    }
    lead.push_str(rest);
    match lead.trim_end_matches('/') {
        "" => "/".to_owned(),
        lead => lead.to_owned(),
    }
}

/// Where whoever is not signed in is sent.
pub fn to_sign_in(visitor: &Visitor<'_>) -> HttpResponse {
    let path = visitor.request.path();
    match registry::is_page(path) {
        true => visitor.see_other(&format!("{SIGN_IN}?next={path}")),
        false => visitor.see_other(SIGN_IN),
    }
}

/// What stands in for a page that the schema did not answer.
pub fn unanswered(visitor: &mut Visitor<'_>, said: &Said) -> HttpResponse {
    match said {
        Said::SignedOut => {
            visitor.leave();
            to_sign_in(visitor)
        }
        Said::Limited(seconds) => {
            let mut response = trouble(visitor, StatusCode::TOO_MANY_REQUESTS, "limited");
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(*seconds));
            response
        }
        Said::Unfit(_) => trouble(visitor, StatusCode::NOT_FOUND, "not-found"),
        Said::Data(_) | Said::Away => {
            let mut response = trouble(visitor, StatusCode::SERVICE_UNAVAILABLE, "away");
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
            response
        }
    }
}

/// What stands in for a form that is none of ours.
pub fn refuse(visitor: &Visitor<'_>, unread: &Unread) -> HttpResponse {
    let (status, kind) = match unread {
        Unread::Type => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "form"),
        Unread::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "form"),
        Unread::Unfit => (StatusCode::BAD_REQUEST, "form"),
        Unread::Foreign => (StatusCode::FORBIDDEN, "foreign"),
    };
    trouble(visitor, status, kind)
}

fn trouble(visitor: &Visitor<'_>, status: StatusCode, kind: &str) -> HttpResponse {
    visitor.show(status, "trouble/page.html", json!({ "page": "trouble", "kind": kind }), None)
}
