//! `/graphiql`: the page, what it loads, and what it is told about people.

#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "helpers of tests fail by panicking")]

use std::net::TcpListener;
use std::sync::Arc;

use api::app::Server;
use api::auth::tokens::Subject;
use api::config::Config;
use api::deps::Deps;
use api::domain::apps;
use api::http::graphiql::{People, Person};
use serde_json::{Value, json};
use tests::{Backend, Reply, World, on_both_databases};

/// A second server on the same database with other settings or with people at hand.
fn beside(world: &World, people: People, set: impl FnOnce(&mut Config)) -> (String, Server) {
    let mut config = (*world.deps.config).clone();
    set(&mut config);
    let deps = Deps { config: Arc::new(config), ..world.deps.clone() };
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let server = Server::start(deps, listener, people, false).expect("the server starts");
    (format!("http://{}", server.address), server)
}

async fn get(world: &World, url: &str) -> Reply {
    Reply::of(world.http.get(url).send().await).await
}

fn names_of_operations(query: &str) -> Vec<String> {
    let words: Vec<&str> =
        query.lines().filter(|line| !line.starts_with('#')).flat_map(|line| line.split([' ', '('])).collect();
    let pairs = words.iter().zip(words.iter().skip(1));
    pairs.filter(|(kind, _)| ["query", "mutation"].contains(kind)).map(|(_, name)| (*name).to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_loads_from_here_only() {
    let world = World::start(Backend::Sqlite).await;
    let page = get(&world, &format!("{}/graphiql", world.url)).await;
    assert_eq!((page.status.as_u16(), page.header("content-type")), (200, "text/html; charset=utf-8"));
    let assets = [("explorer.js", "text/javascript; charset=utf-8"), ("explorer.css", "text/css; charset=utf-8")];
    let mut loaded = vec![page];
    for (name, kind) in assets {
        let asset = get(&world, &format!("{}/graphiql/{name}", world.url)).await;
        assert_eq!((asset.status.as_u16(), asset.header("content-type")), (200, kind));
        assert!(asset.text.len() > 1_000, "{name} is bundled");
        assert!(loaded[0].text.contains(&format!("/graphiql/{name}")), "the page loads {name}");
        loaded.push(asset);
    }
    for reply in &loaded {
        let policy = reply.header("content-security-policy");
        for part in [
            "default-src 'none'",
            "script-src 'self'",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        ] {
            assert!(policy.split("; ").any(|directive| directive == part), "{part} is in {policy}");
        }
        assert!(!policy.contains("unsafe") && !policy.contains('*'), "{policy}");
        assert_eq!(
            (reply.header("referrer-policy"), reply.header("x-content-type-options")),
            ("no-referrer", "nosniff")
        );
    }
    for foreign in ["http://", "https://", "<script>", " style=", " onload="] {
        assert!(!loaded[0].text.contains(foreign), "{foreign} in the page");
    }
    for missing in
        ["/graphiql/LICENSES", "/graphiql/samples.json", "/graphiql/..%2f..%2fCargo.toml", "/graphiql/entry.js"]
    {
        assert_eq!(get(&world, &format!("{}{missing}", world.url)).await.status, 404, "{missing}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn outside_the_demo_the_page_is_told_samples_and_nobody() {
    let world = World::start(Backend::Sqlite).await;
    world.customer("Ada").await;
    let config = get(&world, &format!("{}/graphiql/config.json", world.url)).await;
    assert_eq!((config.status.as_u16(), config.header("cache-control")), (200, "no-store"));
    assert_eq!(config.body["endpoint"], "/graphql");
    assert_eq!(config.body["people"], json!([]));
    let tabs = config.body["tabs"].as_array().expect("tabs");
    assert!(tabs.len() >= 6);
    for tab in tabs {
        assert_eq!(tab["token"], Value::Null);
        assert!(tab["title"].is_string() && tab["query"].is_string() && tab["variables"].is_string());
        assert!(!tab.to_string().contains("{{"), "placeholders are filled: {tab}");
    }
}

on_both_databases! {
    async fn people_of_the_demo_are_at_hand_for_this_machine_only(world) {
        let bank = world.brand("bank").await;
        let (claim, _) = apps::sign_in(&world.deps, &bank.client_id, &bank.secret).await.expect("it answers").expect("it fits");
        let person = Person { label: "bank (app)".into(), role: "app", subject: Subject::App(claim), placeholders: vec![("handle", "@grace".into())] };
        let (url, server) = beside(&world, People(Arc::new(vec![person])), |_| {});
        let config = get(&world, &format!("{url}/graphiql/config.json")).await;
        assert_eq!((config.header("cache-control"), config.header("access-control-allow-origin")), ("no-store", ""));
        let token = config.body["people"][0]["token"].as_str().expect("a token").to_owned();
        assert_eq!(world.ask_as(Some(&token), "{ brand { slug } }", json!({})).await.data("/brand/slug"), "bank");
        let by_handle = config.body["tabs"].as_array().expect("tabs").iter().find(|tab| tab["title"] == "Profile by handle");
        let by_handle = by_handle.expect("the sample");
        assert!(by_handle["token"].is_string() && by_handle["variables"].to_string().contains("@grace"));

        let port = server.address.port();
        for (host, trusted) in [
            (format!("localhost:{port}"), true), (format!("127.0.0.1:{port}"), true), (format!("[::1]:{port}"), true), ("localhost".into(), true),
            (format!("rebind.example.org:{port}"), false), ("example.org".into(), false), (format!("localhost.example.org:{port}"), false),
            (format!("127.0.0.1.example.org:{port}"), false), (format!("127.0.0.2:{port}"), false), ("localhost:1@example.org:80".into(), false),
        ] {
            let request = world.http.get(format!("{url}/graphiql/config.json")).header("host", &host);
            let reply = Reply::of(request.send().await).await;
            let told = reply.body["people"].as_array().is_some_and(|people| !people.is_empty()) || reply.text.contains("eyJ");
            assert_eq!(told, trusted, "{host}: {} {}", reply.status, reply.text);
        }
        server.stop().await.expect("it stops");
    }

    /// Every operation of every sample is executed with its own variables: it may be refused for what it says, never for
    /// what it is.
    async fn every_sample_is_an_operation_of_this_schema(world) {
        let bank = world.brand("larkfield-bank").await;
        let ada = world.customer("Ada").await;
        let config = get(&world, &format!("{}/graphiql/config.json", world.url)).await;
        let tokens = [None, Some(ada.token().await), Some(bank.token().await)];
        let mut ran = Vec::new();
        for tab in config.body["tabs"].as_array().expect("tabs") {
            let (query, variables) = (tab["query"].as_str().expect("a query"), tab["variables"].as_str().expect("variables"));
            let variables: Value = if variables.is_empty() { json!({}) } else { serde_json::from_str(variables).expect("variables are JSON") };
            for name in names_of_operations(query) {
                let mut verdicts = Vec::new();
                for token in &tokens {
                    let mut request = world.http.post(format!("{}/graphql", world.url));
                    if let Some(token) = token {
                        request = request.bearer_auth(token);
                    }
                    let body = json!({ "query": query, "variables": variables, "operationName": name });
                    let reply = Reply::of(request.json(&body).send().await).await;
                    assert!([200, 401, 403].contains(&reply.status.as_u16()), "{name}: {} {}", reply.status, reply.text);
                    verdicts.push(reply.status == 200);
                }
                assert!(verdicts.contains(&true), "somebody can run {name}");
                ran.push(name);
            }
        }
        assert_eq!(ran, ["SignUp", "SignIn", "StateContext", "GiveConsent", "ProfileByHandle", "WhoLookedAtMe", "Withdraw", "MyGrants"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sample_makes_no_mistake_when_it_is_run_by_whom_it_is_for() {
    let world = World::start(Backend::Sqlite).await;
    world.brand("larkfield-bank").await;
    let ada = world.customer("Ada").await;
    let config = get(&world, &format!("{}/graphiql/config.json", world.url)).await;
    for tab in config.body["tabs"].as_array().expect("tabs") {
        let title = tab["title"].as_str().expect("a title");
        let field = match title {
            "State context" => "stateContext",
            "Give consent" => "giveConsent",
            _ => continue,
        };
        let variables: Value = serde_json::from_str(tab["variables"].as_str().expect("variables")).expect("JSON");
        ada.ask(tab["query"].as_str().expect("a query"), variables).await.done(field);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn switched_off_there_is_no_explorer() {
    let world = World::start(Backend::Sqlite).await;
    let (url, server) = beside(&world, People::default(), |config| config.graphiql = false);
    for path in ["/graphiql", "/graphiql/explorer.js", "/graphiql/explorer.css", "/graphiql/config.json"] {
        let reply = get(&world, &format!("{url}{path}")).await;
        assert_eq!((reply.status.as_u16(), reply.text.as_str()), (404, ""), "{path}");
    }
    let set =
        [("RAPPORT_GRAPHIQL".to_owned(), "off".to_owned()), ("RAPPORT_INTROSPECTION".to_owned(), "off".to_owned())];
    let config = Config::from_variables(set).expect("settings");
    assert!(!config.graphiql && !config.introspection);
    server.stop().await.expect("it stops");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn switched_off_introspection_tells_nothing_of_the_schema() {
    let world = World::start(Backend::Sqlite).await;
    let (url, server) = beside(&world, People::default(), |config| config.introspection = false);
    let ask = async |query: &str| {
        Reply::of(world.http.post(format!("{url}/graphql")).json(&json!({ "query": query })).send().await).await
    };
    for query in [
        "{ __schema { queryType { name } } }",
        "{ __type(name: \"Query\") { name } }",
        "{ a: __schema { types { name } } }",
        "{ ...F } fragment F on Query { __schema { types { name } } }",
    ] {
        let reply = ask(query).await;
        assert_eq!(
            (reply.status.as_u16(), reply.code()),
            (400, "GRAPHQL_VALIDATION_FAILED"),
            "{query}: {}",
            reply.text
        );
        assert!(reply.body.get("data").is_none(), "{}", reply.text);
    }
    let suggestion = ask("{ scop { scope } }").await;
    assert!(!suggestion.text.contains("scopes"), "no hint either: {}", suggestion.text);
    assert_eq!(ask("{ __typename }").await.body, json!({ "data": { "__typename": "Query" } }));
    server.stop().await.expect("it stops");
}
