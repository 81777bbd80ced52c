//! `/graphql`: GraphQL over HTTP, translated to the gateway and back.
//!
//! The status says what happened, whatever media type was asked for: 200 executed, 400 not executable, 401, 403, 405,
//! 406, 413, 415, 429, 503.

use actix_web::http::StatusCode;
use actix_web::http::header::{
    ACCEPT, ALLOW, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER, SET_COOKIE, VARY, WWW_AUTHENTICATE,
};
use actix_web::{HttpRequest, HttpResponse, web};
use async_graphql::Variables;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::body::{self, Unread};
use super::gateway::{Call, Gateway};
use super::negotiate::{self, MediaType};
use super::proof;
use super::verdict::{Answer, Verdict, unproven};
use super::{client_address, live, request_id};
use crate::domain::consent::PrivacySignal;

/// The challenge of RFC 9470: not the token is bad, but the last proof is older than this many seconds.
const PROOF_NEEDED: &str = "Bearer error=\"insufficient_user_authentication\", max_age=600";

/// A body of at most 256 kB; the query in it is limited by the guard.
const MOST_BYTES: usize = 256 * 1024;

/// A request as GraphQL over HTTP defines it (section 6.1).
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Body {
    pub query: String,
    #[serde(default)]
    pub operation_name: Option<String>,
    #[serde(default)]
    pub variables: Option<Map<String, Value>>,
    #[serde(default)]
    extensions: Option<Map<String, Value>>,
}

/// The same in a URL, where variables are JSON in a text. A URL may end up in logs: put no handle into it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Query {
    query: String,
    #[serde(default)]
    operation_name: Option<String>,
    #[serde(default)]
    variables: Option<String>,
}

/// POST: any operation, in a JSON body.
pub async fn post(request: HttpRequest, mut payload: web::Payload, gateway: web::Data<Gateway>) -> HttpResponse {
    let response = answer(&request, &mut payload, &gateway).await;
    body::leave(response, payload)
}

async fn answer(request: &HttpRequest, payload: &mut web::Payload, gateway: &Gateway) -> HttpResponse {
    let streams = negotiate::wants_events(request.headers());
    let wanted = negotiate::wanted(request.headers()).or(streams.then_some(MediaType::Json));
    let Some(media) = wanted else { return not_acceptable() };
    if !negotiate::is_declared_as(request.headers(), "application/json") {
        let message = "send the request as JSON with `Content-Type: application/json`";
        return refuse(request, media, StatusCode::UNSUPPORTED_MEDIA_TYPE, message);
    }
    if negotiate::is_encoded(request.headers()) {
        return refuse(request, media, StatusCode::UNSUPPORTED_MEDIA_TYPE, "send the body as it is, not compressed");
    }
    let bytes = match body::read(payload, MOST_BYTES).await {
        Ok(bytes) => bytes,
        Err(Unread::TooLarge) => {
            let message = "the body has more than 256 kB; send less at a time";
            return refuse(request, media, StatusCode::PAYLOAD_TOO_LARGE, message);
        }
        Err(Unread::Broken) => {
            return refuse(request, media, StatusCode::BAD_REQUEST, "the body broke off");
        }
    };
    let Some(body) = parse(&bytes) else {
        let message = "the body must be a JSON object in UTF-8 with a text `query`, and optionally a text \
                       `operationName` and objects `variables` and `extensions`";
        return refuse(request, media, StatusCode::BAD_REQUEST, message);
    };
    // Extensions may be sent; none of them means anything here yet.
    drop(body.extensions);
    let variables = variables(body.variables);
    let asked = (body.query, body.operation_name, variables);
    if streams {
        return match call(request, gateway, asked, false).await {
            Ok(call) => live::events(gateway, call).await.unwrap_or_else(|answer| respond(media, &answer)),
            Err(answer) => respond(media, &answer),
        };
    }
    run(request, gateway, media, asked, false).await
}

/// Serde would take a list for an object, with the fields in the order of the struct.
fn parse(bytes: &[u8]) -> Option<Body> {
    bytes.trim_ascii_start().starts_with(b"{").then(|| serde_json::from_slice(bytes).ok()).flatten()
}

/// GET: queries only.
pub async fn get(request: HttpRequest, gateway: web::Data<Gateway>) -> HttpResponse {
    let Some(media) = negotiate::wanted(request.headers()) else { return not_acceptable() };
    let parsed = serde_urlencoded::from_str::<Query>(request.query_string()).ok();
    let parsed = parsed.and_then(|query| {
        let given = match query.variables.as_deref() {
            None | Some("" | "null") => None,
            Some(text) => Some(serde_json::from_str::<Map<String, Value>>(text).ok()?),
        };
        let name = query.operation_name.filter(|name| !name.is_empty());
        Some((query.query, name, variables(given)))
    });
    match parsed {
        Some(parsed) => run(&request, &gateway, media, parsed, true).await,
        None => {
            let message = "name the `query` in the URL, and `variables` as a JSON object; better, use POST";
            refuse(&request, media, StatusCode::BAD_REQUEST, message)
        }
    }
}

/// Anything else.
pub async fn other_method(request: HttpRequest) -> HttpResponse {
    let mut response =
        refuse(&request, MediaType::Json, StatusCode::METHOD_NOT_ALLOWED, "use POST, or GET for a query");
    response.headers_mut().insert(ALLOW, actix_web::http::header::HeaderValue::from_static("GET, POST"));
    response
}

pub(super) fn variables(given: Option<Map<String, Value>>) -> Variables {
    Variables::from_json(Value::Object(given.unwrap_or_default()))
}

async fn run(
    request: &HttpRequest,
    gateway: &Gateway,
    media: MediaType,
    asked: (String, Option<String>, Variables),
    read_only: bool,
) -> HttpResponse {
    let call = match call(request, gateway, asked, read_only).await {
        Ok(call) => call,
        Err(answer) => return respond(media, &answer),
    };
    let mut answer = gateway.call(&call).await;
    if call.key.is_some() && matches!(answer.verdict, Verdict::Unauthenticated { .. }) {
        answer.verdict = Verdict::Unproven { by_proof: false };
    }
    let mut response = respond(media, &answer);
    if let Some(value) = answer.keepsake.as_ref().and_then(|keepsake| keepsake.take())
        && let Ok(cookie) = HeaderValue::from_str(&gateway.cookie(&value))
    {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}

/// What was asked, by whom.
pub(super) async fn call(
    request: &HttpRequest,
    gateway: &Gateway,
    (query, operation_name, variables): (String, Option<String>, Variables),
    read_only: bool,
) -> Result<Call, Answer> {
    let request_id = request_id::of(request);
    let (token, proof) = authorization(request.headers()).map_err(|answer| answer.of_request(&request_id))?;
    let key = match (&token, proof) {
        (Some(token), Some(proof)) => {
            let sent = (request.method().as_str(), "/graphql");
            let key = gateway.prove(token, proof, sent).await;
            Some(key.map_err(|answer| answer.of_request(&request_id))?)
        }
        _ => None,
    };
    let privacy_signal = privacy_signal(request.headers());
    let client = client_address::client(request);
    Ok(Call { query, operation_name, variables, token, key, read_only, privacy_signal, client, request_id })
}

/// An `Authorization` that cannot be understood.
pub(super) fn two_tokens() -> Answer {
    let message = "send one header `Authorization: Bearer` with the access token";
    Answer::failed(Verdict::Unauthenticated { with_token: false }, "UNAUTHENTICATED", message)
}

/// The access token, with its proof if it comes by the scheme DPoP (RFC 9449 section 7.1).
fn authorization(headers: &HeaderMap) -> Result<(Option<String>, Option<&str>), Answer> {
    let Some(token) = by_scheme(headers, "dpop") else {
        return bearer(headers).map(|token| (token, None)).map_err(|()| two_tokens());
    };
    match proof::proof(headers) {
        Ok(Some(proof)) => Ok((Some(token), Some(proof))),
        _ => Err(unproven(true)),
    }
}

/// The one token that comes by this scheme.
fn by_scheme(headers: &HeaderMap, wanted: &str) -> Option<String> {
    let mut values = headers.get_all(AUTHORIZATION);
    let (first, second) = (values.next()?, values.next());
    let (scheme, token) = first.to_str().ok().filter(|_| second.is_none())?.split_once(' ')?;
    scheme.eq_ignore_ascii_case(wanted).then(|| token.trim().to_owned())
}

/// The bearer token (RFC 6750 section 2.1); an error if there is an `Authorization` of another kind or more than one.
pub(super) fn bearer(headers: &HeaderMap) -> Result<Option<String>, ()> {
    if !headers.contains_key(AUTHORIZATION) {
        return Ok(None);
    }
    by_scheme(headers, "bearer").map(Some).ok_or(())
}

/// Global Privacy Control: a header `Sec-GPC` of exactly `1`. Any other value says nothing.
pub(crate) fn privacy_signal(headers: &HeaderMap) -> PrivacySignal {
    PrivacySignal(headers.get_all("sec-gpc").any(|value| value.as_bytes() == b"1"))
}

pub(super) fn respond(media: MediaType, answer: &Answer) -> HttpResponse {
    let mut response = match answer.verdict {
        Verdict::Executed => HttpResponse::Ok(),
        Verdict::BadRequest => HttpResponse::BadRequest(),
        Verdict::TooLarge => HttpResponse::PayloadTooLarge(),
        Verdict::ReadOnly => HttpResponse::MethodNotAllowed(),
        Verdict::Unauthenticated { .. } | Verdict::Unproven { .. } | Verdict::ProofNeeded => {
            HttpResponse::Unauthorized()
        }
        Verdict::Forbidden => HttpResponse::Forbidden(),
        Verdict::RateLimited { .. } => HttpResponse::TooManyRequests(),
        Verdict::Unavailable => HttpResponse::ServiceUnavailable(),
    };
    match answer.verdict {
        Verdict::ReadOnly => response.insert_header((ALLOW, "POST")),
        // RFC 6750 section 3: the error is named only if a token came.
        Verdict::Unauthenticated { with_token: false } => response.insert_header((WWW_AUTHENTICATE, "Bearer")),
        Verdict::Unauthenticated { with_token: true } => {
            response.insert_header((WWW_AUTHENTICATE, "Bearer error=\"invalid_token\""))
        }
        Verdict::Unproven { by_proof } => response.insert_header((WWW_AUTHENTICATE, proof::challenge(by_proof))),
        Verdict::ProofNeeded => response.insert_header((WWW_AUTHENTICATE, PROOF_NEEDED)),
        Verdict::Forbidden => response.insert_header((WWW_AUTHENTICATE, "Bearer error=\"insufficient_scope\"")),
        Verdict::RateLimited { seconds } => response.insert_header((RETRY_AFTER, seconds)),
        Verdict::Unavailable => response.insert_header((RETRY_AFTER, "1")),
        Verdict::Executed | Verdict::BadRequest | Verdict::TooLarge => &mut response,
    };
    let body = serde_json::to_string(answer).unwrap_or_else(|_| "{}".into());
    response.insert_header((CONTENT_TYPE, media.as_str())).insert_header((VARY, ACCEPT.as_str())).body(body)
}

/// A request that does not reach the gateway.
pub(super) fn refuse(request: &HttpRequest, media: MediaType, status: StatusCode, message: &str) -> HttpResponse {
    let code = if status == StatusCode::PAYLOAD_TOO_LARGE { "PAYLOAD_TOO_LARGE" } else { "BAD_REQUEST" };
    let body = serde_json::json!({
        "errors": [{ "message": message, "extensions": { "code": code, "requestId": request_id::of(request).0 } }]
    });
    HttpResponse::build(status)
        .insert_header((CONTENT_TYPE, media.as_str()))
        .insert_header((VARY, ACCEPT.as_str()))
        .body(body.to_string())
}

fn not_acceptable() -> HttpResponse {
    HttpResponse::NotAcceptable()
        .insert_header((VARY, ACCEPT.as_str()))
        .content_type("text/plain; charset=utf-8")
        .body("this server answers application/graphql-response+json and application/json\n")
}
