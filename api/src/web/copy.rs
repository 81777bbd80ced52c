//! Files to keep: a receipt, and a copy of everything.

use actix_web::http::header::CONTENT_DISPOSITION;
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::Value;

use super::form::Form;
use super::said::Said;
use super::visitor::Visitor;
use super::{fill, prove, registry, serve};
use crate::deps::Deps;
use crate::http::body;
use crate::http::gateway::{Gateway, Verdict};

/// GET /receipts/{id}/file: the signed receipt, for `rapport receipt verify`.
pub async fn receipt(request: HttpRequest, gateway: web::Data<Gateway>, deps: web::Data<Deps>) -> HttpResponse {
    let mut visitor = Visitor::of(&request, &gateway, &deps);
    let document = registry::RECEIPT.read(visitor.folder());
    let variables = fill::variables(gateway.inputs(), &document, &visitor.parameters());
    match Said::of(&visitor.call(&document, variables, true).await) {
        Said::Data(data) => match data.pointer("/me/receipt/file").and_then(Value::as_str) {
            Some(file) => HttpResponse::Ok()
                .content_type("application/json")
                .insert_header((CONTENT_DISPOSITION, "attachment; filename=\"receipt.json\""))
                .insert_header(("Cache-Control", "no-store"))
                .body(file.to_owned()),
            None => HttpResponse::NotFound().finish(),
        },
        unsaid => serve::unanswered(&mut visitor, &unsaid),
    }
}

/// POST /data/copy: everything that is held of the customer, as `POST /export` gives it.
pub async fn everything(
    request: HttpRequest,
    mut payload: web::Payload,
    gateway: web::Data<Gateway>,
    deps: web::Data<Deps>,
) -> HttpResponse {
    let mut visitor = Visitor::of(&request, &gateway, &deps);
    let response = match Form::receive(&visitor, &mut payload).await {
        Ok(form) => export(&mut visitor, &form).await,
        Err(unread) => serve::refuse(&visitor, &unread),
    };
    body::leave(response, payload)
}

async fn export(visitor: &mut Visitor<'_>, form: &Form) -> HttpResponse {
    if let Err(asked) = prove::take(visitor, form).await {
        return *asked;
    }
    match visitor.proven_owner().await {
        Ok(owner) => crate::http::send_export(visitor.deps, owner),
        Err(answer) if answer.verdict == Verdict::ProofNeeded => {
            prove::ask(visitor, actix_web::http::StatusCode::OK, form, &[], None)
        }
        Err(answer) => {
            let said = Said::of(&answer);
            serve::unanswered(visitor, &said)
        }
    }
}
