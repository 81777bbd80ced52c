//! Which pages there are. Each is a folder in `api/pages`, and an entry here: its address, whom it is for, and where an act
//! leads. Another page is another folder and another entry.

use actix_web::web::{self, ServiceConfig};

use super::{assets, copy, serve};

/// A file of `api/pages`.
pub struct Text {
    /// Its path there.
    pub path: &'static str,
    /// What stood in it when the server was built.
    pub embedded: &'static str,
}

/// Whom a page is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// Whoever comes.
    Anyone,
    /// Whoever is not signed in; anybody else is sent to what they share.
    Strangers,
    /// Customers; anybody else is sent to sign in, and comes back.
    Customers,
}

/// Something that can be done on a page: an operation of the public schema with one field.
pub struct Act {
    /// Its name, which is its file's too.
    pub name: &'static str,
    /// The operation.
    pub document: Text,
    /// Where it leads: an address in which `{id}` is what it is in the page's, and `{/receipt/id}` what the payload says
    /// there. Empty: the page is shown again, with the payload as `result`.
    pub then: &'static str,
    /// The field of the payload that keeps them on the page if it is there.
    pub unless: &'static str,
}

/// A page.
pub struct Page {
    /// Its address, as a pattern.
    pub path: &'static str,
    /// Its folder.
    pub name: &'static str,
    /// Whom it is for.
    pub audience: Audience,
    /// What it asks of the public schema.
    pub query: Option<Text>,
    /// What must be there for the page to be there, as a path in the answer.
    pub needs: &'static str,
    /// How it looks.
    pub template: Text,
    /// What can be done on it.
    pub acts: &'static [Act],
}

macro_rules! text {
    ($($path:expr),+) => { Text { path: concat!($($path),+), embedded: include_str!(concat!("../../pages/", $($path),+)) } };
}

macro_rules! page {
    (
        $path:literal, $name:literal, $audience:ident $(, asks $needs:literal)?
        $(, $act:literal => $then:literal $(unless $unless:literal)?)* $(,)?
    ) => {
        Page {
            path: $path,
            name: $name,
            audience: Audience::$audience,
            query: { let _query: Option<Text> = None; $(let _ = $needs; let _query = Some(text!($name, "/page.graphql"));)? _query },
            needs: concat!("", $($needs)?),
            template: text!($name, "/page.html"),
            acts: &[$(Act {
                name: $act,
                document: text!($name, "/", $act, ".graphql"),
                then: $then,
                unless: concat!("", $($unless)?),
            }),*],
        }
    };
}

/// The words in each language.
pub static ENGLISH: Text = text!("words/en.ftl");
pub static SPANISH: Text = text!("words/es.ftl");

/// A receipt as a file.
pub static RECEIPT: Text = text!("receipt/page.graphql");
/// Who looked, as a file.
pub static LOOKED: Text = text!("looked/file.graphql");
/// What proves that a session is still its customer's.
pub static PROVE: Text = text!("prove/prove.graphql");
/// Asks for a code that proves it.
pub static MAIL_CODE: Text = text!("prove/mail-code.graphql");

/// What is no page by itself.
static PARTS: [Text; 6] = [
    text!("frame.html"),
    text!("parts.html"),
    text!("prove/page.html"),
    text!("trouble/page.html"),
    text!("returned/page.html"),
    text!("authorize/page.html"),
];

/// All pages.
pub static PAGES: &[Page] = &[
    page!("/", "welcome", Strangers),
    page!(
        "/sign-in", "sign-in", Strangers, asks "/linkProviders",
        "sign-in" => "/sharing" unless "secondFactor",
        "second-factor" => "/sharing",
        "start-second-passkey" => "",
        "start-passkey" => "",
        "passkey" => "/sharing",
        "start-provider" => "",
        "provider" => "/sharing" unless "secondFactor",
    ),
    page!("/sign-up", "sign-up", Strangers, "sign-up" => "/profile"),
    page!("/reset", "reset", Strangers, "start" => "", "complete" => "/sign-in"),
    page!("/claim", "claim", Strangers, "start" => "", "complete" => "/sharing"),
    page!("/sharing", "sharing", Customers, asks "/me", "pause-all" => "/sharing", "resume-all" => "/sharing"),
    page!("/sharing/{id}", "grant", Customers, asks "/grant/state",
        "pause" => "/sharing/{id}", "resume" => "/sharing/{id}", "renew" => "/sharing/{id}" unless "confirmationToken"),
    page!("/sharing/{id}/stop", "stop", Customers, asks "/grant/state",
        "stop" => "/receipts/{/receipt/id}", "stop-brand" => "/receipts",
        "stop-one" => "/receipts/{/receipt/id}" unless "confirmationToken"),
    page!("/sharing/{id}/again", "again", Customers, asks "/grant/state", "share" => "/receipts/{/receipt/id}"),
    page!("/stop-all", "stop-all", Customers, asks "/me", "stop-all" => "/receipts"),
    page!("/requests/{token}", "request", Customers, "open" => "/asked/{/request/id}"),
    page!("/asked/{id}", "asked", Customers, asks "/me",
        "share" => "/receipts/{/receipt/id}" unless "confirmationToken", "refuse" => "/sharing"),
    page!("/profile", "profile", Customers, asks "/me", "save" => "/profile"),
    page!("/likes", "likes", Customers, asks "/me", "save" => "/likes", "marketing" => "/likes"),
    page!("/needs", "needs", Customers, asks "/me", "state" => "/needs", "clear" => "/needs"),
    page!("/links", "links", Customers, asks "/me", "start" => "", "complete" => "/links", "unlink" => "/links"),
    page!("/looked", "looked", Customers, asks "/me"),
    page!("/receipts", "receipts", Customers, asks "/me"),
    page!("/receipts/{id}", "receipt", Customers, asks "/me/receipt"),
    page!("/data", "data", Customers, asks "/me"),
    page!("/data/erase", "erase", Customers, asks "/me", "erase" => "/" unless "confirmationToken"),
    page!("/security", "security", Customers, asks "/me",
        "sign-out" => "/", "end" => "/security", "end-others" => "/security",
        "password" => "/security", "email" => "", "complete-email" => "/security",
        "start-authenticator" => "", "confirm-authenticator" => "" , "remove-second-factor" => "/security",
        "renew-codes" => "", "start-passkey" => "", "confirm-passkey" => "" , "remove-passkey" => "/security"),
    page!("/help", "help", Anyone),
];

/// All templates.
pub fn templates() -> impl Iterator<Item = &'static Text> {
    PARTS.iter().chain(PAGES.iter().map(|page| &page.template))
}

/// Whether this is the address of a page, so that somebody may be sent there.
pub fn is_page(path: &str) -> bool {
    let is_plain = path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/-_.=~".contains(&byte));
    let is_at = |page: &Page| {
        let same = |(known, wanted): (&str, &str)| match known.starts_with('{') {
            true => !wanted.is_empty(),
            false => known == wanted,
        };
        let (known, wanted) = (page.path.split('/'), path.split('/'));
        known.clone().count() == wanted.clone().count() && known.zip(wanted).all(same)
    };
    is_plain && PAGES.iter().any(is_at)
}

/// The addresses of all pages, and of what they load.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/assets/{hash}/{name}").route(web::get().to(assets::get)))
        .service(web::resource("/language").route(web::post().to(serve::choose_language)))
        .service(web::resource("/receipts/{id}/file").route(web::get().to(copy::receipt)))
        .service(web::resource("/looked/file").route(web::get().to(copy::looked)))
        .service(web::resource("/data/copy").route(web::post().to(copy::everything)));
    config.default_service(web::to(serve::nowhere));
    for page in PAGES {
        config.service(
            web::resource(page.path)
                .route(web::get().to(move |request, gateway, deps| serve::get(page, request, gateway, deps)))
                .route(
                    web::post()
                        .to(move |request, payload, gateway, deps| serve::post(page, request, payload, gateway, deps)),
                )
                .default_service(web::to(serve::other_method)),
        );
    }
}
