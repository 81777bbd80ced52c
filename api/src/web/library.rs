//! The pages' templates and words, and a page as it goes out: everything escaped, with headers that let it load nothing from
//! elsewhere, be framed by nobody, and lead nowhere but where it says.

use std::borrow::Cow;
use std::path::Path;
use std::sync::{Arc, LazyLock};

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_SECURITY_POLICY, HeaderName, HeaderValue, REFERRER_POLICY, X_FRAME_OPTIONS};
use entity::values::Timestamp;
use fluent_bundle::FluentArgs;
use minijinja::value::{Kwargs, Value};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, State, UndefinedBehavior};
use serde::Serialize;

use super::registry::{self, Text};
use super::words::{Language, Words};
use super::{assets, times};

/// All templates with all words.
pub struct Library(Environment<'static>);

/// As they were when the server was built.
static EMBEDDED: LazyLock<Result<Library, String>> = LazyLock::new(|| Library::read(None));

impl Library {
    /// Reads templates and words: from this folder, or those that are built in.
    ///
    /// # Errors
    /// Says which of them cannot be understood.
    pub fn read(folder: Option<&Path>) -> Result<Self, String> {
        let words = Words::read(|language| match language {
            Language::English => registry::ENGLISH.read(folder),
            Language::Spanish => registry::SPANISH.read(folder),
        })?;
        let mut pages = Environment::new();
        pages.set_auto_escape_callback(|_| AutoEscape::Html);
        // A misspelt name in a template is a fault and not an empty place.
        pages.set_undefined_behavior(UndefinedBehavior::Strict);
        for (name, text) in templates(folder) {
            pages.add_template_owned(name, text).map_err(|error| format!("{error:#}"))?;
        }
        add_functions(&mut pages, &Arc::new(words));
        Ok(Self(pages))
    }

    fn render(&self, name: &str, content: &impl Serialize) -> Result<String, Error> {
        self.0.get_template(name)?.render(content)
    }
}

fn templates(folder: Option<&Path>) -> impl Iterator<Item = (String, String)> {
    let named = move |text: &'static Text| (text.path.to_owned(), text.read(folder).into_owned());
    registry::templates().map(named)
}

/// What templates can call. The language is `language` of what they are filled with, the place of the clock its `zone`.
fn add_functions(pages: &mut Environment<'static>, words: &Arc<Words>) {
    let known = Arc::clone(words);
    pages.add_function("say", move |state: &State<'_, '_>, key: &str, options: Kwargs| -> Result<String, Error> {
        let mut arguments = FluentArgs::new();
        for name in options.args() {
            let value: Value = options.get(name)?;
            match value.as_i64() {
                Some(number) if value.is_number() => arguments.set(name.to_owned(), number),
                _ => arguments.set(name.to_owned(), value.to_string()),
            }
        }
        let missing = || fault(format!("there is no message `{key}`, or something is missing in it"));
        known.say(language(state), key, &arguments).ok_or_else(missing)
    });
    let known = Arc::clone(words);
    pages.add_function("is_said", move |state: &State<'_, '_>, key: &str| {
        known.say(language(state), key, &FluentArgs::new()).is_some()
    });
    let known = Arc::clone(words);
    pages.add_filter("day", move |state: &State<'_, '_>, time: &str| {
        let written = times::day(&known, language(state), time, zone(state).as_deref());
        written.map(|text| element(time, &text)).ok_or_else(|| fault(format!("`{time}` is no time")))
    });
    let known = Arc::clone(words);
    pages.add_filter("moment", move |state: &State<'_, '_>, time: &str| {
        let written = times::moment(&known, language(state), time, zone(state).as_deref());
        written.map(|text| element(time, &text)).ok_or_else(|| fault(format!("`{time}` is no time")))
    });
    pages.add_filter("days_left", |state: &State<'_, '_>, time: &str| {
        times::days_between(now(state), time).ok_or_else(|| fault(format!("`{time}` is no time")))
    });
    pages.add_function("asked", |state: &State<'_, '_>, name: &str| {
        let found = state.lookup("parameters").and_then(|parameters| parameters.get_attr(name).ok());
        found.filter(|value| !value.is_undefined()).unwrap_or(Value::from(()))
    });
    pages.add_function("in_days", |state: &State<'_, '_>, days: i64| now(state).plus_days(days).to_string());
    pages.add_function("asset", |name: &str| {
        assets::address(name).ok_or_else(|| fault(format!("there is no asset `{name}`")))
    });
}

fn element(time: &str, text: &str) -> Value {
    Value::from_safe_string(format!("<time datetime=\"{time}\">{text}</time>"))
}

fn fault(what: String) -> Error {
    Error::new(ErrorKind::InvalidOperation, what)
}

fn language(state: &State<'_, '_>) -> Language {
    let tag = state.lookup("language");
    tag.as_ref().and_then(Value::as_str).and_then(Language::of).unwrap_or(Language::English)
}

fn zone(state: &State<'_, '_>) -> Option<String> {
    state.lookup("zone").as_ref().and_then(Value::as_str).map(str::to_owned)
}

fn now(state: &State<'_, '_>) -> Timestamp {
    let now = state.lookup("now").and_then(|now| now.as_i64());
    Timestamp::from_millis(now.unwrap_or_default())
}

/// A page with this status. Its forms may lead to this server and, if `leads_to` is given, on to that origin.
#[must_use]
pub fn show(
    folder: Option<&Path>,
    status: StatusCode,
    name: &str,
    content: &impl Serialize,
    leads_to: Option<&str>,
) -> HttpResponse {
    let read = folder.map(|folder| Library::read(Some(folder)));
    let library = match read.as_ref().unwrap_or(&EMBEDDED) {
        Ok(library) => library,
        Err(error) => {
            tracing::error!(%error, "the pages cannot be read");
            return HttpResponse::InternalServerError().finish();
        }
    };
    match library.render(name, content) {
        Ok(text) => protect(HttpResponse::build(status).content_type("text/html; charset=utf-8").body(text), leads_to),
        Err(error) => {
            // What was to be shown is personal; the place in the template is not, nor is what our own functions say.
            let said = Some(error.to_string()).filter(|_| error.kind() == ErrorKind::InvalidOperation);
            tracing::error!(page = error.name(), line = error.line(), kind = ?error.kind(), said, "a page cannot be shown");
            HttpResponse::InternalServerError().finish()
        }
    }
}

fn protect(mut response: HttpResponse, leads_to: Option<&str>) -> HttpResponse {
    let target = leads_to.map(|origin| format!(" {origin}")).unwrap_or_default();
    // The pictures are those of the style sheet.
    let policy = format!(
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:; \
         form-action 'self'{target}; base-uri 'none'; frame-ancestors 'none'"
    );
    let headers = response.headers_mut();
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.insert(CONTENT_SECURITY_POLICY, policy);
    }
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    // Not `no-referrer`: browsers would take the origin from our own forms, too.
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin"));
    response
}

impl Text {
    /// What stands there now, if the pages are read from a folder; else what was built in.
    pub fn read(&self, folder: Option<&Path>) -> Cow<'static, str> {
        let found = folder.and_then(|folder| std::fs::read_to_string(folder.join(self.path)).ok());
        found.map_or(Cow::Borrowed(self.embedded), Cow::Owned)
    }
}
