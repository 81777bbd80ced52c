//! What weighs most wants a fresh proof that the session is still its customer's. Whoever lacks one is asked for it in
//! place, with the form that they sent carried along, so that nothing has to be typed twice.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use async_graphql::Variables;
use serde_json::{Value, json};

use super::form::Form;
use super::said::{Said, mistakes, payload};
use super::visitor::Visitor;
use super::{fill, registry, serve};

/// Takes the proof that a form brings, if it brings one.
///
/// # Errors
/// The page that asks for it again.
pub async fn take(visitor: &mut Visitor<'_>, form: &Form) -> Result<(), Box<HttpResponse>> {
    if form.get("mail-code") == "true" {
        return Err(Box::new(mail_code(visitor, form).await));
    }
    if !form.pairs().iter().any(|(name, value)| name.starts_with("proof.") && !value.is_empty()) {
        return Ok(());
    }
    let document = registry::PROVE.read(visitor.folder());
    let pairs: Vec<_> = form.pairs().iter().filter(|(_, value)| !value.is_empty()).cloned().collect();
    let variables = fill::variables(visitor.gateway.inputs(), &document, &pairs);
    match Said::of(&visitor.call(&document, variables, false).await) {
        Said::Data(data) => {
            let mistakes = mistakes(&payload(&data));
            let challenge = Some(form.get("proof.code.challengeId")).filter(|id| !id.is_empty());
            match mistakes.is_empty() {
                true => Ok(()),
                false => Err(Box::new(ask(visitor, StatusCode::UNPROCESSABLE_ENTITY, form, &mistakes, challenge))),
            }
        }
        unsaid => Err(Box::new(serve::unanswered(visitor, &unsaid))),
    }
}

async fn mail_code(visitor: &mut Visitor<'_>, form: &Form) -> HttpResponse {
    let document = registry::MAIL_CODE.read(visitor.folder());
    match Said::of(&visitor.call(&document, Variables::default(), false).await) {
        Said::Data(data) => {
            let payload = payload(&data);
            let challenge = payload.pointer("/challenge/id").and_then(Value::as_str);
            ask(visitor, StatusCode::OK, form, &mistakes(&payload), challenge)
        }
        unsaid => serve::unanswered(visitor, &unsaid),
    }
}

/// The page that asks for a proof.
pub fn ask(
    visitor: &Visitor<'_>,
    status: StatusCode,
    form: &Form,
    mistakes: &[Value],
    challenge: Option<&str>,
) -> HttpResponse {
    let content = json!({
        "page": "prove", "carried": form.carried(), "mistakes": mistakes, "challenge": challenge, "form": {},
    });
    visitor.show(status, "prove/page.html", content, None)
}
