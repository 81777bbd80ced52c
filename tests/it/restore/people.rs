//! The people of the drill, who act through the public API of a real server.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::path::Path;

use serde_json::{Value, json};
use tests::Reply;
use tests::customer::PASSWORD;

use super::SECRET;
use tests::process::{Api, House, Server, until};

/// A brand with one app that may ask for name and language.
pub fn brand(slug: &str) -> Value {
    json!({ "brand": { "slug": slug, "name": slug }, "apps": [{ "clientId": format!("{slug}-app"), "clientSecret": SECRET,
        "scopes": ["NAME", "LANGUAGE", "AREA"], "purposes": ["CUSTOMER_CARE"] }] })
}

/// Somebody who signed up, proved an address and shares name and language with the bank and the shop.
pub struct Person {
    /// Whose address it is.
    pub name: &'static str,
    /// Signed in.
    pub api: Api,
    /// What the bank may see by.
    pub grant: String,
}

impl Person {
    /// Signs up, proves the address and shares.
    pub async fn arrive(house: &House, server: &Server, name: &'static str) -> Self {
        let sign_up =
            "mutation($input: SignUpInput!) { signUp(input: $input) { session { accessToken } userErrors { code } } }";
        let input = json!({ "email": address(name), "password": PASSWORD, "displayName": name });
        let signed_up = server.client(None).ask(sign_up, json!({ "input": input })).await;
        let api = server.client(signed_up.done("signUp")["session"]["accessToken"].as_str());
        let person = Self { name, api, grant: String::new() };
        let started =
            person.done("startLink", json!({ "channel": "EMAIL", "handle": address(name) }), "challenge { id }").await;
        let code = code(&house.folder.join("mail"), name).await;
        person
            .done("completeLink", json!({ "challengeId": started["challenge"]["id"], "code": code }), "link { id }")
            .await;
        person
            .done("updateProfile", json!({ "language": { "locale": "de-DE" }, "area": { "country": "DE" } }), "")
            .await;
        person.give("shop").await;
        let grant = person.give("bank").await;
        Self { grant, ..person }
    }

    /// Calls a mutation that must succeed.
    pub async fn done(&self, mutation: &str, input: Value, fields: &str) -> Value {
        let reply = self.api.act(mutation, input, fields).await.expect("the server answers");
        reply.done(mutation).clone()
    }

    async fn give(&self, brand: &str) -> String {
        let input = json!({ "brand": brand, "purpose": "CUSTOMER_CARE", "scopes": ["NAME", "LANGUAGE"] });
        let given = self.done("giveConsent", input, "grant { id }").await;
        given["grant"]["id"].as_str().unwrap().to_owned()
    }

    /// Opens a new request of the brand.
    pub async fn open(&self, brand: &Api) -> Reply {
        let scopes = json!([{ "scope": "AREA", "required": true, "reason": "To be near" }]);
        let input = json!({ "purpose": "CUSTOMER_CARE", "scopes": scopes, "offer": "An answer" });
        let asked = brand.act("createConsentRequest", input, "link").await.expect("the server answers");
        let link = asked.done("createConsentRequest")["link"].as_str().unwrap().to_owned();
        let token = json!({ "token": link.rsplit('/').next() });
        self.api.act("openConsentRequest", token, "request { id }").await.expect("the server answers")
    }

    /// Refuses a new request of the brand.
    pub async fn refuse(&self, brand: &Api) {
        let opened = self.open(brand).await;
        let id = opened.done("openConsentRequest")["request"]["id"].clone();
        self.done("refuseConsentRequest", json!({ "requestId": id }), "").await;
    }

    /// The history of the bank's grant: kind, actor and date of each event.
    pub async fn history(&self) -> Value {
        let query = "query($ids: [ID!]!) { nodes(ids: $ids) { ... on Grant { events(first: 20) { nodes { revision kind actor deletionWanted occurredAt } } } } }";
        let reply = self.api.ask(query, json!({ "ids": [self.grant] })).await;
        reply.data("/nodes/0/events/nodes").clone()
    }
}

fn address(name: &str) -> String {
    format!("{name}@example.org")
}

/// The code in a mail that is on its way.
async fn code(mails: &Path, name: &str) -> String {
    let to = format!("To: {}", address(name));
    until("a mail", async || {
        let files = std::fs::read_dir(mails).ok()?.filter_map(Result::ok);
        let mut texts = files.filter_map(|file| std::fs::read_to_string(file.path()).ok());
        let mail = texts.find(|text| text.contains(&to))?;
        Some(mail.split_once("Your code: ")?.1.chars().take(6).collect())
    })
    .await
}

pub async fn look_up(app: &Api, name: &str) -> Reply {
    let query = "query($by: ProfileLocator!) { profile(by: $by, purpose: CUSTOMER_CARE) {
        name { displayName } language { locale } area { country } } }";
    app.ask(query, json!({ "by": { "handle": { "channel": "EMAIL", "handle": address(name) } } })).await
}

/// Name, language and country as an app sees them.
pub async fn seen(app: &Api, name: &str) -> [Value; 3] {
    let profile = look_up(app, name).await.data("/profile").clone();
    ["/name/displayName", "/language/locale", "/area/country"]
        .map(|path| profile.pointer(path).cloned().unwrap_or_default())
}

/// The session came with the copy, or is made anew.
pub async fn again(server: &Server, person: &Person) -> Api {
    let sign_in =
        "mutation($input: SignInInput!) { signIn(input: $input) { session { accessToken } userErrors { code } } }";
    let input = json!({ "input": { "email": address(person.name), "password": PASSWORD } });
    let reply = server.client(None).ask(sign_in, input).await;
    server.client(reply.done("signIn")["session"]["accessToken"].as_str())
}
