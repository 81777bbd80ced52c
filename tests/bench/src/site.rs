//! The server under load: a database with everybody imported, and the release executable beside it.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::json;
use tests::cluster::Cluster;
use tests::process::{Api, House, Server};
use tests::{Backend, database};
use tokio::time::Instant;

use crate::Options;
use crate::customers::{App, Lines};
use crate::floor::{self, Floor};
use crate::load::{self, Sample, Script};
use crate::report::Report;
use crate::usage;

/// A server, its database and its floor.
pub struct Site {
    pub backend: Backend,
    pub floor: Floor,
    pub house: House,
    pub server: Server,
    customers: u64,
    apps: Vec<App>,
    purposes: Vec<String>,
    folder: PathBuf,
    cluster: Option<Cluster>,
}

/// Now, on the clock that measures.
#[expect(clippy::disallowed_methods, reason = "a benchmark measures time")]
pub fn instant() -> Instant {
    Instant::now()
}

/// Waits until everything that was imported has its place in the log: what is measured is a server that is not behind. How
/// many records it were.
#[expect(clippy::disallowed_methods, reason = "looking again for what is awaited needs a pause")]
async fn settle(url: &str) -> i64 {
    let first = floor::count(url, "log_pending").await;
    while floor::count(url, "log_pending").await > 0 {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    first
}

impl Site {
    /// Imports everybody and starts the server; how long both took goes into the report.
    pub async fn build(backend: Backend, options: &Options, lines: &Lines, report: &mut Report) -> Self {
        let folder = database::fresh_folder("bench");
        let (cluster, url) = match backend {
            Backend::Sqlite => (None, format!("sqlite://{}", folder.join("bench.sqlite").display())),
            Backend::Postgres => {
                let cluster = Cluster::start();
                let url = cluster.url.clone();
                (Some(cluster), url)
            }
        };
        let executable = options.rapport.canonicalize().expect("tests/bench/run builds the executable");
        let house = House::with_database(&url)
            .running(&executable)
            .set("RAPPORT_HTTP_WORKERS", "2")
            .set("RAPPORT_DATABASE_CONNECTIONS", "10")
            .set("RAPPORT_TRUSTED_PROXIES", "127.0.0.1")
            .set("RAPPORT_LOG", "warn,api::cli=info");
        house.done(&["migrate"]).await;
        let began = instant();
        let mut import = house.spawn(&["import", &lines.import.display().to_string()]);
        let ended = tokio::task::spawn_blocking(move || (import.wait(), import.log())).await.expect("it is waited for");
        assert_eq!(ended.0, Some(0), "the import failed: {}", ended.1);
        #[expect(clippy::cast_precision_loss, reason = "a rate")]
        let rate = options.customers as f64 / began.elapsed().as_secs_f64();
        report.note(backend, "import, customers/s", rate);
        let began = instant();
        let server = house.serve().await;
        report.note(backend, "start of serve, ms", began.elapsed().as_secs_f64() * 1e3);
        let began = instant();
        let placed = settle(&url).await;
        #[expect(clippy::cast_precision_loss, reason = "a rate")]
        report.note(backend, "sequencer, records/s", placed as f64 / began.elapsed().as_secs_f64());
        let floor = Floor::build(cluster.as_ref(), &folder, lines, options.customers).await;
        if cluster.is_some() {
            // What an import leaves for PostgreSQL to do in the background would be measured with the first requests.
            floor::psql(&url, "vacuum analyze").await;
            floor::psql(&url, "checkpoint").await;
        }
        let (apps, purposes) = (lines.apps.clone(), lines.purposes.clone());
        Self { backend, floor, house, server, customers: options.customers, apps, purposes, folder, cluster }
    }

    /// The server's process and the database's, in microseconds of processor time so far.
    fn processor(&self) -> (f64, f64) {
        let database = self.cluster.as_ref().map(|cluster| {
            let file = cluster.folder().join("data/postmaster.pid");
            let text = std::fs::read_to_string(file).expect("PostgreSQL notes its process");
            usage::processor(text.lines().next().and_then(|line| line.parse().ok()).expect("a process"))
        });
        (usage::processor(self.server.process.id()), database.unwrap_or_default())
    }

    /// Sends requests of all brands for so long.
    pub async fn drive(&self, script: Script, connections: u32, seconds: u64) -> Sample {
        self.drive_among(self.customers, script, connections, seconds).await.0
    }

    /// The same among the first so many customers; and how many requests it were.
    pub async fn drive_among(&self, customers: u64, script: Script, connections: u32, seconds: u64) -> (Sample, f64) {
        let mut tokens = Vec::new();
        for (app, purpose) in self.apps.iter().zip(&self.purposes) {
            let reply = self.server.app_token(&app.client_id, &app.secret).await;
            let token = reply.body["access_token"].as_str().unwrap_or_else(|| panic!("a token: {}", reply.text));
            tokens.push((token.to_owned(), purpose.clone()));
        }
        self.check(&tokens[0].0, &tokens[0].1).await;
        let file = script.write(&self.folder, &tokens, customers);
        let before = self.processor();
        let (mut sample, requests) = load::wrk(&self.server.url, &file, connections, seconds).await;
        let after = self.processor();
        sample.processor = ((after.0 - before.0) / requests, (after.1 - before.1) / requests);
        sample.megabytes = usage::megabytes(self.server.process.id());
        (sample, requests)
    }

    /// What is measured answers with values.
    async fn check(&self, token: &str, purpose: &str) {
        let mut number = 0;
        let mut next = || {
            number += 1;
            number - 1
        };
        for _ in 0..20 {
            let body = Script::One.body(purpose, &mut next);
            let query = body["query"].as_str().expect("a query");
            let reply = self.server.client(Some(token)).ask(query, body["variables"].clone()).await;
            if reply.body["data"]["profile"]["name"]["displayName"].is_string() {
                return;
            }
        }
        panic!("none of the first customers shares anything with {}", self.apps[0].slug);
    }

    /// Somebody who was imported and takes the account over.
    pub async fn claim(&self, number: u64) -> Api {
        let (email, address) = (format!("c{number}@example.org"), format!("2001:db8:{number:x}::1"));
        let (nobody, before) = (self.server.client(None).from(&address), self.house.mails().collect());
        nobody.act("startClaim", json!({ "email": email }), "accepted").await.expect("an answer").done("startClaim");
        let code = tests::process::until("the mailed code", async || self.house.find_code(&email, &before)).await;
        let input = json!({ "email": email, "code": code, "password": tests::customer::PASSWORD });
        let claimed = nobody.act("completeClaim", input, "session { accessToken }").await.expect("an answer");
        let token = claimed.done("completeClaim")["session"]["accessToken"].as_str().expect("a token").to_owned();
        self.server.client(Some(&token)).from(&address)
    }
}
