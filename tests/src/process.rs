//! The real executable as a child process. Each is ended by its own id, and every wait has an end.

use std::collections::HashSet;
use std::ffi::OsString;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use reqwest::Client;
use serde_json::{Value, json};

use crate::database::{self, Backend};
use crate::reply::Reply;

static NUMBER: AtomicU32 = AtomicU32::new(0);

/// Looks again and again until there is something to see; fails the test after a minute.
#[expect(clippy::disallowed_methods, reason = "looking again for what is awaited needs a pause")]
pub async fn until<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    for _ in 0..6_000 {
        if let Some(seen) = look().await {
            return seen;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("waited a minute for {what}");
}

/// What `rapport` needs of its own: a database, keys, mail.
pub struct House {
    /// Everything that is not in the database.
    pub folder: PathBuf,
    /// The database's address.
    pub database_url: String,
    executable: PathBuf,
    settings: Vec<(&'static str, String)>,
}

impl House {
    /// A house with a fresh, migrated database.
    pub async fn on(backend: Backend) -> Self {
        let folder = database::fresh_folder("house");
        let url = database::create(backend, &folder).await;
        Self::with_database(&url)
    }

    /// A house with this database.
    pub fn with_database(database_url: &str) -> Self {
        let folder = database::fresh_folder("house");
        Self { folder, database_url: database_url.to_owned(), executable: built_beside(), settings: Vec::new() }
    }

    /// The same with another executable than the one that was built beside this one.
    pub fn running(mut self, executable: &Path) -> Self {
        self.executable = executable.to_owned();
        self
    }

    /// The same files and settings with another database.
    pub fn on_database(&self, database_url: &str) -> Self {
        Self {
            folder: self.folder.clone(),
            database_url: database_url.to_owned(),
            executable: self.executable.clone(),
            settings: self.settings.clone(),
        }
    }

    /// The same with another setting.
    pub fn set(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.settings.push((name, value.into()));
        self
    }

    /// Starts the executable.
    pub fn spawn(&self, arguments: &[&str]) -> Process {
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let file = |kind: &str| self.folder.join(format!("{number}.{kind}"));
        let (out, err) = (file("out"), file("err"));
        let create = |path: &Path| Stdio::from(File::create(path).expect("a file for what is printed"));
        let mut command = Command::new(&self.executable);
        command
            .args(arguments)
            .current_dir(&self.folder)
            .env("RAPPORT_DATABASE_URL", &self.database_url)
            .env("RAPPORT_DATABASE_CONNECTIONS", "4")
            .env("RAPPORT_HTTP_BIND", "127.0.0.1:0")
            .env("RAPPORT_HTTP_WORKERS", "1")
            .env("RAPPORT_KEY_FILE", self.folder.join("keys.json"))
            .env("RAPPORT_MAIL", format!("file://{}", self.folder.join("mail").display()))
            .env("RAPPORT_LOG_FORMAT", "json")
            .envs(self.settings.iter().cloned())
            .stdin(Stdio::null())
            .stdout(create(&out))
            .stderr(create(&err));
        Process { child: command.spawn().expect("the executable starts; tests/run builds it first"), out, err }
    }

    /// Runs a command to its end.
    pub async fn run(&self, arguments: &[&str]) -> Outcome {
        let mut process = self.spawn(arguments);
        let status = process.exit_status().await;
        Outcome { status, out: process.printed(), err: process.log() }
    }

    /// Runs a command that must succeed; what it printed.
    pub async fn done(&self, arguments: &[&str]) -> String {
        let outcome = self.run(arguments).await;
        assert_eq!(outcome.status, Some(0), "{arguments:?}: {outcome:?}");
        outcome.out
    }

    /// Imports lines with the executable.
    pub async fn import(&self, lines: &[Value]) {
        let file = self.folder.join(format!("{}.ndjson", NUMBER.fetch_add(1, Ordering::Relaxed)));
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        std::fs::write(&file, text).expect("the lines are written");
        self.done(&["import", &file.display().to_string()]).await;
    }

    /// The names of the mails that were sent.
    pub fn mails(&self) -> impl Iterator<Item = OsString> {
        let entries = std::fs::read_dir(self.folder.join("mail")).into_iter().flatten();
        entries.filter_map(|entry| Some(entry.ok()?.file_name()))
    }

    /// The code in the mail to an address, if it is there already. Mails from before are not read: they may be thousands.
    pub fn find_code(&self, address: &str, before: &HashSet<OsString>) -> Option<String> {
        let (to, folder) = (format!("To: {address}"), self.folder.join("mail"));
        let new = self.mails().filter(|name| !before.contains(name));
        let mut texts = new.filter_map(|name| std::fs::read_to_string(folder.join(name)).ok());
        texts.find_map(|text| {
            let (_, rest) = text.split_once("Your code: ").filter(|_| text.contains(&to))?;
            Some(rest.chars().take(6).collect())
        })
    }

    /// Starts a server and waits until it listens.
    pub async fn serve(&self) -> Server {
        let mut process = self.spawn(&["serve"]);
        let address = until("the server to listen", async || {
            assert!(process.status().is_none(), "the server ended: {}", process.log());
            process.find_logged("serving").and_then(|fields| fields["address"].as_str().map(str::to_owned))
        })
        .await;
        let http = Client::builder().timeout(Duration::from_secs(30)).build().expect("a client");
        Server { process, url: format!("http://{address}"), http }
    }
}

/// How a command ended.
#[derive(Debug)]
pub struct Outcome {
    /// The exit status; none if a signal ended it.
    pub status: Option<i32>,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

/// A running executable; killed when the test is over.
pub struct Process {
    child: Child,
    out: PathBuf,
    err: PathBuf,
}

impl Process {
    /// The process's number.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// What it printed so far.
    pub fn printed(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(&self.out).expect("what was printed")).into_owned()
    }

    /// What it logged so far.
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(&self.err).expect("what was logged")).into_owned()
    }

    /// Whether it has ended; then the exit status, none if by a signal.
    pub fn status(&mut self) -> Option<Option<i32>> {
        self.child.try_wait().expect("a child can be waited for").map(|status| status.code())
    }

    /// Waits for its end.
    pub async fn exit_status(&mut self) -> Option<i32> {
        until("a process to end", async || self.status()).await
    }

    /// Waits for its end, however long that takes; the thread with it.
    pub fn wait(&mut self) -> Option<i32> {
        self.child.wait().expect("a child can be waited for").code()
    }

    /// The fields of the first log line with this message.
    pub fn find_logged(&self, message: &str) -> Option<Value> {
        let log = self.log();
        let mut lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        lines.find_map(|line| line.get("fields").filter(|fields| fields["message"] == message).cloned())
    }

    /// Tells it to stop, as an operator does.
    pub fn terminate(&self) {
        let told = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        assert!(told.expect("kill is there").success());
    }

    /// Holds it where it is (SIGSTOP). When this returns none of its threads runs.
    pub async fn stop(&self) {
        let told = Command::new("kill").args(["-STOP", &self.child.id().to_string()]).status();
        assert!(told.expect("kill is there").success());
        let tasks = format!("/proc/{}/task", self.child.id());
        let is_stopped = |task: std::fs::DirEntry| {
            let status = std::fs::read_to_string(task.path().join("status")).unwrap_or_default();
            status.contains("State:\tT")
        };
        until("a process to stop", async || {
            let tasks = std::fs::read_dir(&tasks).expect("its threads are listed");
            tasks.filter_map(Result::ok).all(is_stopped).then_some(())
        })
        .await;
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        self.child.kill().expect("a child can be killed");
        self.child.wait().expect("a child can be waited for");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A server in a process of its own.
pub struct Server {
    /// The process.
    pub process: Process,
    /// Where it listens.
    pub url: String,
    /// Plain HTTP.
    pub http: Client,
}

impl Server {
    /// Whoever talks to it.
    pub fn client(&self, token: Option<&str>) -> Api {
        Api { url: self.url.clone(), http: self.http.clone(), token: token.map(str::to_owned), from: None }
    }

    /// An app's token.
    pub async fn app_token(&self, client_id: &str, secret: &str) -> Reply {
        let request = self.http.post(format!("{}/oauth/token", self.url)).basic_auth(client_id, Some(secret));
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        Reply::of(request.body("grant_type=client_credentials").send().await).await
    }

    /// An app that has a token.
    pub async fn app(&self, client_id: &str, secret: &str) -> Api {
        let reply = self.app_token(client_id, secret).await;
        let token = reply.body["access_token"].as_str().unwrap_or_else(|| panic!("a token: {}", reply.text));
        self.client(Some(token))
    }

    /// A plain GET.
    pub async fn get(&self, path: &str) -> Reply {
        Reply::of(self.http.get(format!("{}{path}", self.url)).send().await).await
    }
}

/// Somebody who sends GraphQL requests, with or without a token.
#[derive(Clone)]
pub struct Api {
    url: String,
    http: Client,
    token: Option<String>,
    from: Option<String>,
}

impl Api {
    /// The same as if from this address, for a server that takes this machine for a proxy.
    pub fn from(mut self, address: &str) -> Self {
        self.from = Some(address.to_owned());
        self
    }

    /// Sends a request; none if the server was gone before it had answered.
    pub async fn attempt(&self, query: &str, variables: Value) -> Option<Reply> {
        let mut request = self.http.post(format!("{}/graphql", self.url));
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        if let Some(address) = &self.from {
            request = request.header("x-forwarded-for", address);
        }
        let response = request.json(&json!({ "query": query, "variables": variables })).send().await.ok()?;
        let (status, headers) = (response.status(), response.headers().clone());
        let text = response.text().await.ok()?;
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        Some(Reply { status, headers, text, body })
    }

    /// Sends a request that must be answered.
    pub async fn ask(&self, query: &str, variables: Value) -> Reply {
        self.attempt(query, variables).await.expect("the server answers")
    }

    /// Calls one mutation; none if the server was gone before it had answered.
    pub async fn act(&self, mutation: &str, input: Value, fields: &str) -> Option<Reply> {
        let mut kind = mutation.to_owned();
        kind.get_mut(..1).expect("a name").make_ascii_uppercase();
        let query = format!(
            "mutation($input: {kind}Input!) {{ {mutation}(input: $input) {{ {fields} userErrors {{ code field message }} }} }}"
        );
        self.attempt(&query, json!({ "input": input })).await
    }

    /// Looks somebody up by a handle on X.
    pub async fn look_up(&self, handle: &str, fields: &str) -> Reply {
        let query =
            format!("query($by: ProfileLocator!) {{ profile(by: $by, purpose: CUSTOMER_CARE) {{ {fields} }} }}");
        self.ask(&query, json!({ "by": { "handle": { "channel": "X", "handle": handle } } })).await
    }
}

/// The executable that was built with this one: beside a binary, and above the tests, which are in `deps`.
fn built_beside() -> PathBuf {
    let this = std::env::current_exe().expect("a process knows where it is");
    let folder = this.parent().expect("it is in a folder");
    let built =
        if folder.ends_with("deps") { folder.parent().expect("tests are in target/PROFILE/deps") } else { folder };
    built.join("rapport")
}
