//! A certified OpenID provider, as a process of its own, and a browser that goes there and comes back.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};

use reqwest::Client;
use reqwest::redirect::Policy;
use serde_json::{Value, json};

use crate::reply::Reply;
use crate::world::World;

/// The redirect addresses of Rapport begin with this, wherever it listens.
pub const PUBLIC_URL: &str = "http://127.0.0.1:8080";

/// `oidc-provider`, from `tests/provider`.
pub struct CertifiedProvider {
    /// Its issuer.
    pub issuer: String,
    process: Child,
}

impl CertifiedProvider {
    /// Starts one that knows these people, and Rapport as the client `rapport` of a provider of this name.
    ///
    /// # Panics
    /// When `node`, or what `npm ci` installs, is not there: `tests/run` takes care of both.
    #[must_use]
    pub fn start(name: &str, people: &Value) -> Self {
        Self::start_for(PUBLIC_URL, name, people)
    }

    /// The same for a Rapport that is known by another address.
    ///
    /// # Panics
    /// As above.
    #[must_use]
    pub fn start_for(public_url: &str, name: &str, people: &Value) -> Self {
        let folder = crate::snapshot::workspace().join("tests/provider");
        let mut process = Command::new("node")
            .arg("server.mjs")
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("node is installed");
        let client = json!({ "client_id": "rapport", "client_secret": "secret-of-rapport-0123456789",
            "redirect_uris": [format!("{public_url}/link/callback/{name}")] });
        let input = json!({ "clients": [client], "people": people });
        writeln!(process.stdin.as_mut().expect("its input"), "{input}").expect("it reads");
        let mut issuer = String::new();
        BufReader::new(process.stdout.as_mut().expect("its output")).read_line(&mut issuer).expect("it starts");
        assert!(issuer.starts_with("http"), "the provider has started; run `npm ci` in tests/provider");
        Self { issuer: issuer.trim().to_owned(), process }
    }
}

impl Drop for CertifiedProvider {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A browser: it keeps cookies by host and follows redirects, until Rapport has answered with a page.
pub struct Browser<'w> {
    world: &'w World,
    http: Client,
    cookies: HashMap<String, HashMap<String, String>>,
}

impl<'w> Browser<'w> {
    /// A browser that was nowhere yet.
    #[must_use]
    pub fn new(world: &'w World) -> Self {
        let http = Client::builder().redirect(Policy::none()).build().expect("a client");
        Self { world, http, cookies: HashMap::new() }
    }

    /// Keeps the cookies of an answer of Rapport.
    pub fn keep(&mut self, reply: &Reply) {
        let host = host(PUBLIC_URL);
        self.keep_of(&host, reply);
    }

    fn keep_of(&mut self, host: &str, reply: &Reply) {
        let jar = self.cookies.entry(host.to_owned()).or_default();
        for cookie in reply.headers.get_all("set-cookie").iter().filter_map(|value| value.to_str().ok()) {
            let (name, rest) = cookie.split_once('=').expect("a cookie");
            let value = rest.split(';').next().unwrap_or_default();
            jar.insert(name.to_owned(), value.to_owned());
            if value.is_empty() {
                jar.remove(name);
            }
        }
    }

    /// Opens one address, with this browser's cookies.
    pub async fn open(&mut self, url: &str, sign_in: Option<&str>) -> Reply {
        let host = host(url);
        let cookies: Vec<String> =
            self.cookies.get(&host).into_iter().flatten().map(|(name, value)| format!("{name}={value}")).collect();
        let mut request = self.http.get(url.replace(PUBLIC_URL, &self.world.url)).header("cookie", cookies.join("; "));
        if let Some(who) = sign_in {
            request = request.header("x-sign-in", who);
        }
        let reply = Reply::of(request.send().await).await;
        self.keep_of(&host, &reply);
        reply
    }

    /// Goes to a provider, signs in there, and gives the address with which it sends the browser back to Rapport.
    pub async fn sign_in_at(&mut self, authorization_url: &str, who: Option<&str>) -> String {
        let mut url = authorization_url.to_owned();
        for _ in 0..10 {
            if url.starts_with(PUBLIC_URL) {
                return url;
            }
            let reply = self.open(&url, who).await;
            let location = reply.header("location");
            assert!(reply.status.is_redirection() && !location.is_empty(), "{url}: {} {}", reply.status, reply.text);
            url = if location.starts_with('/') {
                format!("http://{}{location}", host(&url))
            } else {
                location.to_owned()
            };
        }
        panic!("too many redirects, the last to {url}");
    }
}

fn host(url: &str) -> String {
    url.split('/').nth(2).unwrap_or_default().to_owned()
}
