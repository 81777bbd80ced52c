//! `/oauth/par`: an app pushes what it will ask (RFC 9126), so that a mistake in it is told to the app and not to a customer.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Value, json};

use super::fault::OAuthError;
use super::form::Form;
use super::{Authenticated, authenticate, respond, shown_key};
use crate::deps::Deps;
use crate::domain::authorizations::{self, Declined, PUSHED_SECONDS};

/// The key that the code will be bound to.
const KEY: &str = "dpop_jkt";

/// POST.
pub async fn post(request: HttpRequest, mut payload: web::Payload, deps: web::Data<Deps>) -> HttpResponse {
    let outcome = push(&request, &mut payload, &deps).await;
    let is_pushed = outcome.is_ok();
    let mut response = respond(outcome.map(Some), payload);
    if is_pushed {
        *response.status_mut() = StatusCode::CREATED;
    }
    response
}

async fn push(request: &HttpRequest, payload: &mut web::Payload, deps: &Deps) -> Result<Value, OAuthError> {
    let Authenticated { app, form, .. } = authenticate(request, payload, deps).await?;
    if form.get("request_uri").is_some() {
        return Err(OAuthError::request("request_uri is what this gives; push the parameters themselves"));
    }
    // The code may be bound to a key by a parameter or by a proof (RFC 9449 section 10.1), not to one by each.
    let shown = shown_key(request, &app, deps).await?.map(|key| key.to_string());
    if shown.is_some() && form.get(KEY).is_some_and(|named| Some(named) != shown.as_deref()) {
        return Err(OAuthError::request("dpop_jkt names another key than the proof shows"));
    }
    let parameter = |name: &str| if name == KEY { shown.as_deref().or(form.get(name)) } else { form.get(name) };
    let reference = authorizations::push(deps, &app, parameter).await?;
    Ok(json!({ "request_uri": reference, "expires_in": PUSHED_SECONDS }))
}

/// The parameters of an authorization request: those that were pushed, if it refers to them. What else stands in the
/// address then means nothing (RFC 9126 section 4), but for who has pushed them.
///
/// # Errors
/// When they cannot be taken.
pub async fn resolve(form: Form, deps: &Deps) -> Result<Form, Declined> {
    let Some(reference) = form.get("request_uri") else { return Ok(form) };
    if form.is_doubled(&["client_id", "request_uri"]) {
        return Err(Declined::Shown("the app named itself or what it has pushed twice"));
    }
    let client_id = form.get("client_id").unwrap_or_default();
    let pushed = authorizations::take(deps, client_id, reference).await?;
    Ok(Form::of(pushed.into_iter().chain([("client_id".to_owned(), client_id.to_owned())])))
}

impl From<Declined> for OAuthError {
    fn from(declined: Declined) -> Self {
        match declined {
            Declined::Shown(_) => {
                Self::request("redirect_uri must be one of those that this client has registered, written alike")
            }
            Declined::SentBack(sent) => Self::named(sent.error, sent.description),
            Declined::Fault(error) => error.into(),
        }
    }
}
