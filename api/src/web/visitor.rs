//! Whoever looks at a page: their browser, the session that it is in, and what the schema says to them.

use std::path::Path;

use actix_web::http::StatusCode;
use actix_web::http::header::{ACCEPT_LANGUAGE, HeaderValue, LOCATION, REFERRER_POLICY, SET_COOKIE};
use actix_web::{HttpRequest, HttpResponse};
use async_graphql::Variables;
use entity::access::Owner;
use serde_json::{Value, json};

use super::form::Visit;
use super::library;
use super::words::Language;
use crate::auth::cookie::{self, Name};
use crate::auth::tokens::Subject;
use crate::deps::Deps;
use crate::http::gateway::{Call, Gateway};
use crate::http::verdict::Answer;
use crate::http::{client_address, privacy_signal, request_id};

/// Whoever looks at a page.
pub struct Visitor<'r> {
    pub(crate) request: &'r HttpRequest,
    pub(super) gateway: &'r Gateway,
    pub(crate) deps: &'r Deps,
    visit: Visit,
    access_token: Option<String>,
    /// The session that begins with this answer, as its cookie has it.
    begun: Option<String>,
    /// What else the browser is to keep.
    cookies: Vec<String>,
    /// The language that they read.
    pub language: Language,
}

impl<'r> Visitor<'r> {
    /// Whoever sends this request.
    #[must_use]
    pub fn of(request: &'r HttpRequest, gateway: &'r Gateway, deps: &'r Deps) -> Self {
        let headers = request.headers();
        let visit = Visit::of(deps, headers);
        let accepted = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let chosen = cookie::find(deps, headers, Name::Language).and_then(Language::of);
        Self {
            request,
            gateway,
            deps,
            cookies: visit.is_new.then(|| visit.cookie(deps)).into_iter().collect(),
            visit,
            access_token: cookie::access_token(deps, headers),
            begun: None,
            language: chosen.unwrap_or_else(|| Language::wanted(accepted)),
        }
    }

    /// Whether their browser says that it is in a session.
    #[must_use]
    pub const fn is_signed_in(&self) -> bool {
        self.access_token.is_some()
    }

    /// What the public schema says to them.
    pub async fn call(&mut self, document: &str, variables: Variables, read_only: bool) -> Answer {
        let call = Call {
            query: document.to_owned(),
            operation_name: None,
            variables,
            token: self.access_token.clone(),
            key: None,
            read_only,
            privacy_signal: privacy_signal(self.request.headers()),
            client: client_address::client(self.request),
            request_id: request_id::of(self.request),
        };
        let answer = self.gateway.call(&call).await;
        if let Some(value) = answer.keepsake.as_ref().and_then(|keepsake| keepsake.take()) {
            self.cookies.push(self.gateway.cookie(&value));
        }
        answer
    }

    /// Themselves, with a proof of the last minutes, for what is beside the schema.
    ///
    /// # Errors
    /// The answer to everybody else.
    pub async fn proven_owner(&self) -> Result<Owner, Answer> {
        let signal = privacy_signal(self.request.headers());
        self.gateway.proven_owner(self.access_token.as_deref(), signal).await
    }

    /// What the page's address says, and what stands behind its question mark; and in which language they read.
    #[must_use]
    pub fn parameters(&self) -> Vec<(String, String)> {
        let path = self.request.match_info().iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
        let asked: Vec<(String, String)> = serde_urlencoded::from_str(self.request.query_string()).unwrap_or_default();
        let locale = ("locale".to_owned(), self.language.tag().to_owned());
        // Of two the later counts: what the path says cannot be changed.
        asked.into_iter().chain(path).chain([locale]).collect()
    }

    /// One of them.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<String> {
        self.parameters().into_iter().rev().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// Whoever signs in is nobody yet, whatever session the browser is in.
    pub fn become_nobody(&mut self) {
        self.access_token = None;
    }

    /// They are in this session from now on.
    pub fn enter(&mut self, access_token: &str) {
        let subject = self.deps.signer.verify(access_token, self.deps.vault.clock.now());
        if let Some(Subject::Customer(claim)) = subject {
            let value = cookie::seal(&self.deps.vault.keys, &claim);
            self.cookies.push(cookie::bake(self.deps, Name::Session, &value));
            self.begun = Some(value);
        }
        self.access_token = Some(access_token.to_owned());
    }

    /// They are in no session from now on.
    pub fn leave(&mut self) {
        self.forget(Name::Session);
        self.access_token = None;
    }

    /// Makes their browser keep something.
    pub fn keep(&mut self, name: Name, value: &str) {
        self.cookies.push(cookie::bake(self.deps, name, value));
    }

    /// Makes their browser forget something.
    pub fn forget(&mut self, name: Name) {
        self.cookies.push(format!("{}; Max-Age=0", cookie::bake(self.deps, name, "")));
    }

    /// What their browser has kept.
    #[must_use]
    pub fn kept(&self, name: Name) -> Option<&str> {
        cookie::find(self.deps, self.request.headers(), name)
    }

    /// Where the pages are read from, if not from what was built in.
    #[must_use]
    pub fn folder(&self) -> Option<&Path> {
        self.deps.config.pages_folder.as_deref()
    }

    /// A page, with what all pages need. Its forms may lead on to `leads_to`.
    #[must_use]
    pub fn show(&self, status: StatusCode, name: &str, content: Value, leads_to: Option<&str>) -> HttpResponse {
        let Value::Object(mut content) = content else { return HttpResponse::InternalServerError().finish() };
        let token = match &self.begun {
            Some(session) => self.visit.token_with(self.deps, session),
            None => self.visit.token(self.deps, self.request.headers()),
        };
        let zone = content.get("data").and_then(|data| data.pointer("/me/language/timeZone")).cloned();
        let about = json!({
            "language": self.language.tag(),
            "path": self.request.path(),
            "token": token,
            "is_signed_in": self.access_token.is_some(),
            "zone": zone,
            "now": self.deps.vault.clock.now().as_millis(),
        });
        if let Value::Object(about) = about {
            content.extend(about);
        }
        let response = library::show(self.folder(), status, name, &content, leads_to);
        self.with_cookies(response)
    }

    /// Sends them on.
    #[must_use]
    pub fn see_other(&self, to: &str) -> HttpResponse {
        let mut response = HttpResponse::SeeOther();
        self.with_cookies(
            response.insert_header((LOCATION, to)).insert_header((REFERRER_POLICY, "no-referrer")).finish(),
        )
    }

    /// An answer with what their browser is to keep.
    #[must_use]
    pub fn with_cookies(&self, mut response: HttpResponse) -> HttpResponse {
        for cookie in &self.cookies {
            if let Ok(value) = HeaderValue::from_str(cookie) {
                response.headers_mut().append(SET_COOKIE, value);
            }
        }
        response
    }
}
