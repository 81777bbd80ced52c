//! A world: one server, one database, one clock that stands still until the test moves it.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use api::app::Server;
use api::bootstrap;
use api::config::Config;
use api::deps::Deps;
use api::http::graphiql::People;
use api::outbound::{Messenger, Names, Reach};
use entity::clock::Clock;
use entity::entropy::Entropy;
use entity::values::Timestamp;
use reqwest::Client;
use serde_json::{Value, json};

use crate::app::BrandApp;
use crate::channel::{CONSUMER_SECRET, SECRETS};
use crate::customer::Customer;
use crate::database::{self, Backend};
use crate::reply::Reply;

/// Every test begins at this time.
pub const START: &str = "2026-06-01T12:00:00Z";
/// One minute on the clock.
pub const MINUTE: i64 = 60_000;
/// One day on the clock.
pub const DAY: i64 = 86_400_000;
/// All scopes, for apps that may ask for anything.
pub const ALL_SCOPES: [&str; 7] = ["NAME", "CONTACT", "HANDLES", "AREA", "LANGUAGE", "PREFERENCES", "CONTEXT"];
/// All purposes, for apps that may declare any.
pub const ALL_PURPOSES: [&str; 5] =
    ["CUSTOMER_CARE", "PERSONALISATION", "RECOMMENDATIONS", "DIRECT_MARKETING", "ANALYTICS"];

/// A server with everything a test needs of it.
pub struct World {
    /// Where the server listens, such as `http://127.0.0.1:4711`.
    pub url: String,
    /// Plain HTTP, for tests of the protocol.
    pub http: Client,
    /// The clock of server and law.
    pub clock: Clock,
    /// Which database it runs on.
    pub backend: Backend,
    /// The server's parts, for what operators do.
    pub deps: Deps,
    /// Mails, keys and, on SQLite, the database.
    pub folder: PathBuf,
    server: Option<Server>,
}

/// The accounts that codes are sent to.
const CHANNEL_ACCOUNTS: &str = "X=@rapport_link,X=@rapport_alt,MASTODON=@link@rapport.example,PHONE=+4930901800,\
    EMAIL=link@rapport.example";

/// Settings of a server under test.
pub fn config(database_url: &str, folder: &Path) -> Config {
    let set = |name: &str, value: String| (format!("RAPPORT_{name}"), value);
    Config::from_variables([
        set("DATABASE_URL", database_url.to_owned()),
        set("KEYRING_URL", database::keyring(database_url, folder)),
        set("JOURNAL_URL", format!("file://{}", folder.join("journal.ndjson").display())),
        set("DATABASE_CONNECTIONS", "4".into()),
        set("HTTP_WORKERS", "1".into()),
        set("KEY_FILE", folder.join("keys.json").display().to_string()),
        set("CHANNEL_SECRETS", SECRETS.into()),
        set("CONNECTOR_SECRETS", format!("X={CONSUMER_SECRET}")),
        set("CHANNEL_ACCOUNTS", CHANNEL_ACCOUNTS.into()),
        // Where the receivers of webhooks are.
        set("WEBHOOK_NETWORKS", "127.0.0.1".into()),
        set("MAIL", format!("file://{}", folder.join("mail").display())),
        // What nobody waits for is done when the test says so: `World::work`.
        set("WORKERS", "off".into()),
    ])
    .expect("the settings are well formed")
}

/// The parts of a server under test.
pub async fn deps(config: Config, clock: Clock) -> Deps {
    bootstrap::deps_with(config, clock, Entropy::system()).await.expect("the parts fit together")
}

/// Lets a server know providers.
fn know(config: &mut Config, folder: &Path, providers: &Value) {
    let path = folder.join("providers.json");
    std::fs::write(&path, providers.to_string()).expect("the file is written");
    config.providers_file = Some(path);
}

fn listener() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").expect("a free port")
}

impl World {
    /// A running server on a fresh database.
    pub async fn start(backend: Backend) -> Self {
        let clock = Clock::standing_at(START.parse::<Timestamp>().expect("a time"));
        Self::start_at(backend, clock).await
    }

    /// A running server with this clock.
    pub async fn start_at(backend: Backend, clock: Clock) -> Self {
        Self::start_with(backend, clock, |_, _| {}).await
    }

    /// A running server that knows these providers.
    pub async fn start_with_providers(backend: Backend, file: &Value) -> Self {
        let clock = Clock::standing_at(START.parse::<Timestamp>().expect("a time"));
        Self::start_with(backend, clock, |config, folder| know(config, folder, file)).await
    }

    /// A running server for clients that are programs of their own: it is known by the address that it listens on, and goes
    /// by the clock of the machine, as they do.
    pub async fn start_for_strangers(backend: Backend) -> Self {
        let listener = listener();
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        Self::start_on(listener, (backend, Clock::System), |config, _| config.public_url = url).await
    }

    /// A running server whose webhooks reach the public internet only, and whose names lead where the test says.
    pub async fn start_among_names(backend: Backend, names: Arc<dyn Names>, reach: Reach) -> Self {
        let clock = Clock::standing_at(START.parse::<Timestamp>().expect("a time"));
        let folder = database::fresh_folder("world");
        let url = database::create(backend, &folder).await;
        let mut deps = deps(config(&url, &folder), clock.clone()).await;
        deps.messenger = Messenger::new(reach, names);
        Self::serve(listener(), (backend, clock), deps, folder)
    }

    /// A running server for browsers: it is known by a name, which passkeys are bound to, as they cannot be to an address.
    pub async fn start_for_browsers(backend: Backend) -> Self {
        Self::start_for_browsers_with_providers(backend, |_| json!([])).await
    }

    /// The same, and it knows the providers that are there once it is known what it is known by.
    pub async fn start_for_browsers_with_providers(backend: Backend, file: impl FnOnce(&str) -> Value) -> Self {
        let clock = Clock::standing_at(START.parse::<Timestamp>().expect("a time"));
        let listener = listener();
        let url = format!("http://localhost:{}", listener.local_addr().expect("an address").port());
        let file = file(&url);
        let set = |config: &mut Config, folder: &Path| {
            config.public_url = url;
            know(config, folder, &file);
        };
        Self::start_on(listener, (backend, clock), set).await
    }

    async fn start_with(backend: Backend, clock: Clock, set: impl FnOnce(&mut Config, &Path)) -> Self {
        Self::start_on(listener(), (backend, clock), set).await
    }

    async fn start_on(
        listener: TcpListener,
        (backend, clock): (Backend, Clock),
        set: impl FnOnce(&mut Config, &Path),
    ) -> Self {
        let folder = database::fresh_folder("world");
        let url = database::create(backend, &folder).await;
        let mut config = config(&url, &folder);
        set(&mut config, &folder);
        let deps = deps(config, clock.clone()).await;
        Self::serve(listener, (backend, clock), deps, folder)
    }

    /// Another node beside this one: the same database, keys and clock, connections and caches of its own.
    pub async fn node(&self) -> Self {
        let deps = deps(self.deps.config.as_ref().clone(), self.clock.clone()).await;
        Self::serve(listener(), (self.backend, self.clock.clone()), deps, self.folder.clone())
    }

    fn serve(listener: TcpListener, (backend, clock): (Backend, Clock), deps: Deps, folder: PathBuf) -> Self {
        let server = Server::start(deps.clone(), listener, People::default(), false).expect("the server starts");
        Self {
            url: format!("http://{}", server.address),
            http: Client::new(),
            clock,
            backend,
            deps,
            folder,
            server: Some(server),
        }
    }

    /// Stops the server gracefully and gives its parts back.
    pub async fn stop(mut self) -> Deps {
        if let Some(server) = self.server.take() {
            server.stop().await.expect("the server stops");
        }
        self.deps.clone()
    }

    /// Lets time pass, in milliseconds.
    pub fn pass(&self, milliseconds: i64) {
        self.clock.advance(milliseconds);
    }

    /// The time as the API writes it, shifted by so many milliseconds.
    pub fn time(&self, shift: i64) -> String {
        self.clock.now().plus_millis(shift).to_string()
    }

    /// Does what nobody waits for: one batch of every job. How much was done.
    pub async fn work(&self) -> usize {
        api::worker::run_once(&self.deps).await.expect("the work is done")
    }

    /// Does one batch of the job that notes what has run out; how many grants.
    pub async fn expire(&self) -> usize {
        api::worker::expiry::run_once(&self.deps).await.expect("the job is done")
    }

    /// A GraphQL request without a token.
    pub async fn ask(&self, query: &str, variables: Value) -> Reply {
        self.ask_as(None, query, variables).await
    }

    /// A GraphQL request. Returns when what the answer has left to be done, such as a mail, is done too.
    pub async fn ask_as(&self, token: Option<&str>, query: &str, variables: Value) -> Reply {
        self.ask_with(token, &[], query, variables).await
    }

    /// The same with more headers.
    pub async fn ask_with(
        &self,
        token: Option<&str>,
        headers: &[(&str, &str)],
        query: &str,
        variables: Value,
    ) -> Reply {
        let mut request = self.http.post(format!("{}/graphql", self.url));
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let reply = Reply::of(request.json(&json!({ "query": query, "variables": variables })).send().await).await;
        self.deps.background.finished().await;
        reply
    }

    /// A new customer who has signed up, with an address made of the name.
    pub async fn customer(&self, name: &str) -> Customer<'_> {
        Customer::sign_up(self, name).await
    }

    /// A brand whose one app may ask for everything. Its client id is the slug and `-app`.
    pub async fn brand(&self, slug: &str) -> BrandApp<'_> {
        self.app(slug, &format!("{slug}-app"), &ALL_SCOPES, &ALL_PURPOSES).await
    }

    /// An app of a brand, as the operator registers it.
    pub async fn app(&self, slug: &str, client_id: &str, scopes: &[&str], purposes: &[&str]) -> BrandApp<'_> {
        let secret = format!("secret-of-{client_id}-0123456789");
        let line = json!({
            "brand": { "slug": slug, "name": format!("The {slug}") },
            "apps": [{ "clientId": client_id, "clientSecret": secret, "scopes": scopes, "purposes": purposes }],
        });
        let complaints = self.import(&line.to_string()).await;
        assert!(complaints.is_empty(), "{complaints:?}");
        BrandApp::new(self, slug, client_id, &secret)
    }

    /// Imports lines as the operator does, and gives what was complained about.
    pub async fn import(&self, lines: &str) -> Vec<String> {
        let file = database::fresh_folder("import").join("lines.ndjson");
        std::fs::write(&file, lines).expect("the lines are written");
        let mut complaints = Vec::new();
        let mut complain = |text: &str| complaints.push(text.to_owned());
        api::import::import(&self.deps, &file, &mut complain).await.expect("the import runs");
        complaints
    }

    /// Every mail that was sent so far, oldest first.
    pub fn mails(&self) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(self.folder.join("mail")) else { return Vec::new() };
        let mut files: Vec<_> = entries
            .filter_map(Result::ok)
            .map(|entry| (entry.metadata().and_then(|data| data.modified()).ok(), entry.path()))
            .filter(|(_, path)| path.extension().is_some_and(|extension| extension == "eml"))
            .collect();
        files.sort();
        files.into_iter().map(|(_, path)| std::fs::read_to_string(path).expect("a mail is text")).collect()
    }

    /// The code in the newest mail to an address.
    pub fn code_mailed_to(&self, address: &str) -> String {
        let to = format!("To: {address}");
        let mail = self.mails().into_iter().rev().find(|mail| mail.contains(&to)).expect("a mail was sent");
        let (_, rest) = mail.split_once("Your code: ").expect("the mail holds a code");
        rest.chars().take(6).collect()
    }
}
