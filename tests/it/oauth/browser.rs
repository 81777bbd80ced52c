//! A browser without JavaScript: keeps cookies, follows no redirect by itself, and sends a page's form as it stands there.

use std::collections::BTreeMap;

use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder, Url};
use tests::customer::PASSWORD;
use tests::{Reply, World};

use super::FORM;

/// The address that the server under test is known by.
pub const ORIGIN: &str = "http://127.0.0.1:8080";

/// A browser in the hands of somebody.
pub struct Browser<'w> {
    /// Whose background work is waited for, if it is under the test's eyes.
    world: Option<&'w World>,
    /// Where the server is, and the address that it is known by.
    url: String,
    origin: String,
    http: Client,
    cookies: BTreeMap<String, String>,
}

/// A page with its form.
pub struct Page {
    pub reply: Reply,
}

impl Page {
    /// The value of an input of the form.
    pub fn input(&self, name: &str) -> String {
        let (_, rest) = self.reply.text.split_once(&format!("name=\"{name}\" value=\"")).expect("the input is there");
        // Nothing in a value of ours has to be escaped but what HTML wants.
        let value = rest.split('"').next().unwrap_or_default();
        value.replace("&#x2f;", "/").replace("&#x27;", "'").replace("&quot;", "\"").replace("&amp;", "&")
    }

    pub fn has(&self, text: &str) -> bool {
        self.reply.text.contains(text)
    }

    /// Where the answer leads to, and with which parameters.
    pub fn leads_to(&self) -> (String, BTreeMap<String, String>) {
        assert_eq!(self.reply.status, 303, "{}", self.reply.text);
        leads_to(&self.reply)
    }
}

/// Where a redirect leads to, and with which parameters.
pub fn leads_to(reply: &Reply) -> (String, BTreeMap<String, String>) {
    let location = reply.header("location");
    let address = location.split('?').next().unwrap_or_default().to_owned();
    let url = Url::parse(location).expect("an absolute address");
    (address, url.query_pairs().into_owned().collect())
}

/// A form as browsers write it.
pub fn encoded(pairs: &[(&str, &str)]) -> String {
    let url = Url::parse_with_params("http://form.example", pairs).expect("an address");
    url.query().unwrap_or_default().to_owned()
}

impl<'w> Browser<'w> {
    pub fn new(world: &'w World) -> Self {
        let origin = world.deps.config.public_url.clone();
        Self { world: Some(world), url: world.url.clone(), origin, ..Self::at("") }
    }

    /// On a server of its own.
    pub fn at(url: &str) -> Self {
        // A connection that waits for the next page may be closed by the server just as it is used again.
        let http = Client::builder().redirect(Policy::none()).pool_max_idle_per_host(0).build().expect("a client");
        Self { world: None, url: url.to_owned(), origin: url.to_owned(), http, cookies: BTreeMap::new() }
    }

    /// The cookies that it has.
    pub fn cookies(&self) -> &BTreeMap<String, String> {
        &self.cookies
    }

    /// Puts a cookie there.
    pub fn set_cookie(&mut self, name: &str, value: &str) {
        self.cookies.insert(name.to_owned(), value.to_owned());
    }

    /// Opens a page.
    pub async fn get(&mut self, path: &str) -> Page {
        let request = self.http.get(format!("{}{path}", self.url));
        self.send(request).await
    }

    /// Sends a form to a page, as it stands there, with what else was filled in.
    pub async fn submit(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        let token = self.get("/help").await.input("token");
        let pairs: Vec<_> = [("token", token.as_str())].into_iter().chain(fields.iter().copied()).collect();
        let origin = self.origin.clone();
        self.post_to(path, &encoded(&pairs), &[("origin", &origin), ("sec-fetch-site", "same-origin")]).await
    }

    /// Signs somebody in on the page for that.
    pub async fn sign_in(&mut self, email: &str) {
        self.sign_in_with(email, PASSWORD).await;
    }

    /// The same with another password than that of the suite's customers.
    pub async fn sign_in_with(&mut self, email: &str, password: &str) {
        let fields = [("act", "sign-in"), ("input.email", email), ("input.password", password)];
        let page = self.submit("/sign-in", &fields).await;
        assert_eq!(
            (page.reply.status.as_u16(), page.reply.header("location")),
            (303, "/sharing"),
            "{}",
            page.reply.text
        );
    }

    /// Opens what an app asks.
    pub async fn open(&mut self, parameters: &[(&str, &str)]) -> Page {
        let url = format!("{}/oauth/authorize?{}", self.url, encoded(parameters));
        let request = self.http.get(url);
        self.send(request).await
    }

    /// Sends the form of a page, pressing a button, with what else was filled in.
    pub async fn press(&mut self, page: &Page, act: &str, fields: &[(&str, &str)]) -> Page {
        let (request, token) = (page.input("request"), page.input("token"));
        let mut pairs = vec![("request", request.as_str()), ("token", token.as_str()), ("act", act)];
        let hidden: Vec<(&str, String)> = ["until", "locale", "confirmation", "half"]
            .into_iter()
            .filter(|name| page.has(&format!("type=\"hidden\" name=\"{name}\"")))
            .map(|name| (name, page.input(name)))
            .collect();
        pairs.extend(hidden.iter().map(|(name, value)| (*name, value.as_str())));
        pairs.extend(fields);
        let origin = self.origin.clone();
        self.post(&encoded(&pairs), &[("origin", &origin), ("sec-fetch-site", "same-origin")]).await
    }

    /// Sends a form with these headers.
    pub async fn post(&mut self, form: &str, headers: &[(&str, &str)]) -> Page {
        self.post_to("/oauth/authorize", form, headers).await
    }

    /// Sends a form to a page with these headers.
    pub async fn post_to(&mut self, path: &str, form: &str, headers: &[(&str, &str)]) -> Page {
        let url = format!("{}{path}", self.url);
        let kind = headers.iter().find(|(name, _)| *name == "content-type").map_or(FORM, |(_, kind)| *kind);
        let request = self.http.post(url).header("content-type", kind).body(form.to_owned());
        let headers = headers.iter().filter(|(name, _)| *name != "content-type");
        let request = headers.fold(request, |request, (name, value)| request.header(*name, *value));
        self.send(request).await
    }

    /// Opens what an app asks and signs in, if it has to. The page on which to decide.
    pub async fn decide(&mut self, email: &str, parameters: &[(&str, &str)]) -> Page {
        let page = self.open(parameters).await;
        if !page.has("name=\"password\"") {
            return page;
        }
        let page = self.press(&page, "sign-in", &[("email", email), ("password", PASSWORD)]).await;
        assert_eq!(page.reply.status, 200, "{}", page.reply.text);
        page
    }

    async fn send(&mut self, request: RequestBuilder) -> Page {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = if cookies.is_empty() { request } else { request.header("cookie", cookies.join("; ")) };
        let reply = Reply::of(request.send().await).await;
        for cookie in reply.headers.get_all("set-cookie") {
            let text = cookie.to_str().expect("text");
            let (name, value) = text.split(';').next().and_then(|pair| pair.split_once('=')).expect("a pair");
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        if let Some(world) = self.world {
            world.deps.background.finished().await;
        }
        Page { reply }
    }
}
