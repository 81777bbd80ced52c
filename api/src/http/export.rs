//! `POST /export`: a copy of everything that is held of the customer whose token comes with it (GDPR articles 15 and 20),
//! as one JSON document that is sent while it is read. It is whole if it ends with `"complete": true`; a connection that
//! breaks off before has no last chunk either. It wants a proof of the last ten minutes that the session is still theirs.

use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, CONTENT_DISPOSITION, HeaderValue};
use actix_web::web::{self, Bytes};
use actix_web::{HttpRequest, HttpResponse};
use entity::access::Owner;
use futures_util::StreamExt;

use super::gateway::Gateway;
use super::negotiate::MediaType;
use super::{body, graphql, request_id};
use crate::deps::Deps;
use crate::domain::rights;

/// The file's name on the customer's machine.
const FILE: &str = "attachment; filename=\"rapport-export.json\"";

/// Sends the copy. A body means nothing and is not read.
pub async fn post(
    request: HttpRequest,
    payload: web::Payload,
    gateway: web::Data<Gateway>,
    deps: web::Data<Deps>,
) -> HttpResponse {
    let request_id = request_id::of(&request);
    let answer = match graphql::bearer(request.headers()) {
        Ok(token) => gateway.proven_owner(token.as_deref(), graphql::privacy_signal(request.headers())).await,
        Err(()) => Err(graphql::two_tokens()),
    };
    let response = match answer {
        Ok(owner) => send(&deps, owner),
        Err(answer) => graphql::respond(MediaType::Json, &answer.of_request(&request_id)),
    };
    body::leave(response, payload)
}

/// The copy of this customer, sent while it is read.
pub fn send(deps: &Deps, owner: Owner) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("application/json")
        .insert_header((CONTENT_DISPOSITION, FILE))
        .streaming(rights::export(deps, owner).map(|piece| piece.map(Bytes::from)))
}

/// Anything else.
pub async fn other_method(request: HttpRequest) -> HttpResponse {
    let message = "use POST, with the access token of the customer whose copy it is";
    let mut response = graphql::refuse(&request, MediaType::Json, StatusCode::METHOD_NOT_ALLOWED, message);
    response.headers_mut().insert(ALLOW, HeaderValue::from_static("POST"));
    response
}
