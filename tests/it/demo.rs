//! `rapport demo`, by the real executable: it seeds, prints three commands that work when pasted, and keeps its hands
//! off databases that are not its own.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::process::Command;

use serde_json::{Value, json};
use tests::Backend;

use crate::command_line::{customer, in_a_house_on_both_databases};
use tests::process::{House, Process, Server, until};

/// A demo that serves.
pub struct Demo {
    process: Process,
    /// What it printed.
    tour: String,
}

impl Demo {
    /// Starts it and waits until it says what to try.
    pub async fn start(house: &House, arguments: &[&str]) -> Self {
        let mut process = house.spawn(arguments);
        let tour = until("the demo's tour", async || {
            assert_eq!(process.status(), None, "the demo ended: {}", process.log());
            Some(process.printed()).filter(|tour| tour.contains("Stop with Ctrl-C"))
        })
        .await;
        Self { process, tour }
    }

    /// Pastes one of the three commands into a shell: what the server answered.
    fn paste(&self, number: usize) -> Value {
        let commands: Vec<_> = self.tour.lines().filter(|line| line.starts_with("curl ")).collect();
        assert_eq!(commands.len(), 3, "{}", self.tour);
        let output = Command::new("bash").args(["-c", commands[number - 1]]).output().unwrap();
        assert!(output.status.success(), "tests/run installs curl: {output:?}");
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"))
    }

    /// Where it serves.
    pub fn url(&self) -> &str {
        let line = self.tour.lines().find_map(|line| line.trim().strip_prefix("Open")).unwrap();
        line.trim().strip_suffix("/graphiql").unwrap()
    }

    /// The server that it is.
    pub fn into_server(self) -> Server {
        let url = self.url().to_owned();
        Server { process: self.process, url, http: reqwest::Client::new() }
    }

    /// Stops it as an operator does.
    pub async fn stop(mut self) {
        self.process.terminate();
        assert_eq!(self.process.exit_status().await, Some(0), "{}", self.process.log());
    }
}

/// Somebody is there and shares a name and a need, but no phone number.
fn assert_shared(answer: &Value) {
    let profile = &answer["data"]["profile"];
    assert!(profile["name"]["displayName"].is_string(), "{answer}");
    assert!(!profile["context"].as_array().unwrap().is_empty(), "{answer}");
    assert_eq!(profile["contact"], Value::Null, "{answer}");
}

async fn credentials_are_of_the_contracts_shape(house: &House, tour: &str) {
    let text = std::fs::read_to_string(house.folder.join("credentials.json")).unwrap();
    let credentials: Value = serde_json::from_str(&text).unwrap();
    let keys: Vec<_> = credentials.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["apps", "customers", "staff", "url"]);
    let url = credentials["url"].as_str().unwrap();
    assert!(tour.contains(&format!("{url}/graphiql")), "{url} is where it serves");
    let customers = credentials["customers"].as_array().unwrap();
    assert!(customers.iter().any(|customer| !customer["handles"].as_array().unwrap().is_empty()));
    let http = reqwest::Client::new();
    for customer in customers {
        assert_eq!(customer.as_object().unwrap().keys().collect::<Vec<_>>(), ["email", "handles", "password"]);
        let query =
            "mutation($input: SignInInput!) { signIn(input: $input) { session { accessToken } userErrors { code } } }";
        let input = json!({ "email": customer["email"], "password": customer["password"] });
        let body = json!({ "query": query, "variables": { "input": input } });
        let reply = tests::Reply::of(http.post(format!("{url}/graphql")).json(&body).send().await).await;
        assert!(reply.done("signIn")["session"]["accessToken"].is_string());
    }
    for who in credentials["staff"].as_array().unwrap() {
        assert_eq!(who.as_object().unwrap().keys().collect::<Vec<_>>(), ["brand", "email", "password", "role"]);
        let query = "mutation($input: SignInStaffInput!) { signInStaff(input: $input) {
            session { accessToken } staff { email role } userErrors { code } } }";
        let input = json!({ "brand": who["brand"], "email": who["email"], "password": who["password"] });
        let body = json!({ "query": query, "variables": { "input": input } });
        let reply = tests::Reply::of(http.post(format!("{url}/graphql")).json(&body).send().await).await;
        assert_eq!(reply.done("signInStaff")["staff"], json!({ "email": who["email"], "role": who["role"] }));
    }
    assert_eq!(credentials["staff"].as_array().unwrap().len(), 5);
    let apps = credentials["apps"].as_array().unwrap();
    let mut brands: Vec<_> = apps.iter().map(|app| app["brand"].as_str().unwrap()).collect();
    brands.sort_unstable();
    brands.dedup();
    assert_eq!(brands.len(), 5, "{brands:?}");
    for app in apps {
        assert_eq!(app.as_object().unwrap().keys().collect::<Vec<_>>(), ["brand", "clientId", "clientSecret"]);
        let request = http
            .post(format!("{url}/oauth/token"))
            .basic_auth(app["clientId"].as_str().unwrap(), app["clientSecret"].as_str());
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let reply = tests::Reply::of(request.body("grant_type=client_credentials").send().await).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
    }
}

async fn the_whole_tour(house: House) {
    let demo = Demo::start(&house, &["demo", "--credentials", "credentials.json"]).await;
    assert!(demo.tour.contains("seeded just now"), "{}", demo.tour);
    credentials_are_of_the_contracts_shape(&house, &demo.tour).await;
    assert_shared(&demo.paste(1));
    let seen = demo.paste(2);
    let newest = &seen["data"]["me"]["disclosures"]["nodes"][0];
    assert_eq!(newest["answered"], true, "{seen}");
    assert_eq!(newest["brand"]["name"], "Larkfield Bank", "{seen}");
    let stopped = demo.paste(3);
    let grants = stopped["data"]["withdrawEverything"]["grants"].as_array().unwrap();
    assert!(!grants.is_empty() && grants.iter().all(|grant| grant["state"] == "WITHDRAWN"), "{stopped}");
    assert_eq!(demo.paste(1), json!({ "data": { "profile": null } }), "the very next read has nothing");
    demo.stop().await;

    let again = Demo::start(&house, &["demo"]).await;
    assert!(again.tour.contains("as you left it"), "{}", again.tour);
    assert_eq!(again.paste(1), json!({ "data": { "profile": null } }), "a second start keeps what was done");
    again.stop().await;

    let anew = Demo::start(&house, &["demo", "--reset"]).await;
    assert!(anew.tour.contains("seeded just now"), "{}", anew.tour);
    assert_shared(&anew.paste(1));
    anew.stop().await;
}

#[tokio::test]
async fn the_demo_lives_in_a_folder_of_its_own_where_nothing_else_is_said() {
    let house = House::with_database("sqlite://rapport.sqlite");
    the_whole_tour(house).await;
}

#[tokio::test]
async fn the_demo_lives_in_a_database_that_it_is_given() {
    the_whole_tour(House::on(Backend::Postgres).await).await;
}

in_a_house_on_both_databases! {
    async fn what_the_demo_s_brands_have_read_before_was_read_under_the_grants_that_they_show(house) {
        let server = Demo::start(&house, &["demo", "--credentials", "credentials.json"]).await.into_server();
        let credentials = std::fs::read_to_string(house.folder.join("credentials.json")).unwrap();
        let credentials: Value = serde_json::from_str(&credentials).unwrap();
        let first = &credentials["customers"][0];
        let account = json!({ "email": first["email"], "password": first["password"] });
        let signed_in = server.client(None).act("signIn", account, "session { accessToken }").await.unwrap();
        let who = server.client(signed_in.done("signIn")["session"]["accessToken"].as_str());
        let seen = "{ me { grants(first: 100) { nodes { id brand { slug } purpose lastReadAt } }
            disclosures(first: 100, answered: true) { nodes { at brand { slug } purpose grantId } } } }";
        let seen = who.ask(seen, json!({})).await.data("/me").clone();
        let reads = seen["disclosures"]["nodes"].as_array().unwrap();
        let used: Vec<&Value> = seen["grants"]["nodes"].as_array().unwrap().iter().filter(|grant| !grant["lastReadAt"].is_null()).collect();
        assert!(!used.is_empty(), "{seen}");
        for grant in used {
            let under: Vec<&Value> = reads.iter().filter(|read| read["grantId"] == grant["id"]).collect();
            assert_eq!(under[0]["at"], grant["lastReadAt"], "the newest of them: {seen}");
            assert!(under.iter().all(|read| read["brand"] == grant["brand"] && read["purpose"] == grant["purpose"]), "{seen}");
        }
    }

    async fn the_demo_refuses_a_database_with_customers_that_are_not_its_own(house) {
        house.import(&[customer("ada")]).await;
        for arguments in [&["demo"][..], &["demo", "--reset"]] {
            let outcome = house.run(arguments).await;
            assert_eq!(outcome.status, Some(1), "{outcome:?}");
            assert!(outcome.err.contains("this database"), "{}", outcome.err);
        }
        std::fs::write(house.folder.join("same"), customer("ada").to_string()).unwrap();
        let out = house.done(&["import", "same"]).await;
        assert!(out.starts_with("0 customers created, 1 there already"), "everybody is still there: {out}");
    }
}
