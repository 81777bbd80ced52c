//! Guessing passwords, codes and secrets: through aliases, batches, addresses and nodes only so many are ever compared,
//! whoever owns the account still gets in, and nobody learns whether it is there.

use std::net::TcpListener;

use api::app::Server;
use api::config::Config;
use api::deps::Deps;
use api::http::graphiql::People;
use serde_json::{Value, json};
use tests::customer::PASSWORD;
use tests::world::MINUTE;
use tests::{Reply, World, on_both_databases};
use tokio::task::JoinSet;

mod apps;

const SIGN_IN: &str = "mutation($input: SignInInput!) { signIn(input: $input) {
    session { accessToken } deviceToken userErrors { code field message } } }";
const SIGN_UP: &str =
    "mutation($input: SignUpInput!) { signUp(input: $input) { deviceToken userErrors { code field message } } }";
const START_CLAIM: &str =
    "mutation($input: StartClaimInput!) { startClaim(input: $input) { accepted userErrors { code field message } } }";
const COMPLETE_CLAIM: &str = "mutation($input: CompleteClaimInput!) { completeClaim(input: $input) {
    session { accessToken } userErrors { code field message } } }";

/// Another server on the same database, with connections and everything else of its own.
pub(crate) struct Node {
    pub url: String,
    pub deps: Deps,
    server: Server,
}

impl Node {
    pub(crate) async fn beside(world: &World, set: impl FnOnce(&mut Config)) -> Self {
        let mut config = (*world.deps.config).clone();
        set(&mut config);
        let deps = tests::world::deps(config, world.clock.clone()).await;
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Server::start(deps.clone(), listener, People::default(), false).unwrap();
        Self { url: format!("http://{}", server.address), deps, server }
    }

    /// One that takes the tests' word on where they come from.
    pub(crate) async fn behind_a_proxy(world: &World) -> Self {
        Self::beside(world, |config| config.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()]).await
    }

    pub(crate) async fn stop(self) {
        self.server.stop().await.unwrap();
        self.deps.vault.close().await.unwrap();
    }
}

/// A GraphQL request to one node, as if from this address.
async fn post(http: &reqwest::Client, url: &str, from: &str, body: &Value) -> Reply {
    let request = http.post(format!("{url}/graphql")).header("x-forwarded-for", from);
    Reply::of(request.json(body).send().await).await
}

async fn ask(world: &World, url: &str, from: &str, query: &str, input: Value) -> Reply {
    post(&world.http, url, from, &json!({ "query": query, "variables": { "input": input } })).await
}

fn wrong(email: &str, number: usize) -> Value {
    json!({ "email": email, "password": format!("guess number {number}") })
}

fn is_limited(reply: &Reply) -> bool {
    let limited = reply.status == 429;
    assert_eq!(limited, reply.code() == "RATE_LIMITED", "{}", reply.text);
    if limited {
        assert!(reply.header("retry-after").parse::<u32>().is_ok_and(|seconds| seconds > 0), "{:?}", reply.headers);
        assert!(reply.body.get("data").is_none(), "{}", reply.text);
    }
    limited
}

/// What everybody may compare: the answer without the request's id.
fn shape(reply: &Reply) -> (u16, String, String) {
    let mut body = reply.body.clone();
    if let Some(id) = body.pointer_mut("/errors/0/extensions/requestId") {
        *id = Value::Null;
    }
    (reply.status.as_u16(), reply.header("retry-after").to_owned(), body.to_string())
}

/// How many of these guesses were compared, sent all at once to these nodes in turn.
async fn compared(world: &World, urls: &[&str], guesses: impl Iterator<Item = (String, Value)>) -> usize {
    let (mut running, mut compared) = (JoinSet::new(), 0);
    let mut count = |reply: Reply| {
        // A slow machine may say that it cannot do it now.
        if !is_limited(&reply) && reply.status != 503 {
            assert_eq!(reply.mistakes("signIn"), ["WRONG_CREDENTIALS"], "{}", reply.text);
            compared += 1;
        }
    };
    for (number, (from, input)) in guesses.enumerate() {
        let (http, url) = (world.http.clone(), urls[number % urls.len()].to_owned());
        let body = json!({ "query": SIGN_IN, "variables": { "input": input } });
        running.spawn(async move { post(&http, &url, &from, &body).await });
        if running.len() >= 16 {
            count(running.join_next().await.unwrap().unwrap());
        }
    }
    while let Some(reply) = running.join_next().await {
        count(reply.unwrap());
    }
    compared
}

on_both_databases! {
    async fn of_a_thousand_guesses_through_aliases_batches_and_two_nodes_few_reach_the_hash_and_the_owner_gets_in(world) {
        let right = json!({ "email": "ada@example.org", "password": PASSWORD });
        world.customer("Ada").await;
        let first = ask(&world, &world.url, "", SIGN_IN, right.clone()).await;
        let device = first.done("signIn")["deviceToken"].clone();
        let node = Node::behind_a_proxy(&world).await;
        let urls = [world.url.as_str(), node.url.as_str()];
        let before = world.deps.hasher.computed() + node.deps.hasher.computed();

        let alias = |number: usize| format!(
            "a{number}: signIn(input: {{ email: \"ada@example.org\", password: \"alias {number}\" }}) {{ userErrors {{ code }} }}"
        );
        for round in 0..10 {
            let aliases: String = (0..20).map(alias).collect();
            let reply = post(&world.http, urls[round % 2], "", &json!({ "query": format!("mutation {{ {aliases} }}") })).await;
            assert_eq!((reply.status.as_u16(), reply.code()), (400, "BAD_USER_INPUT"), "{}", reply.text);
            let one = |number| json!({ "query": SIGN_IN, "variables": { "input": wrong("ada@example.org", number) } });
            let batch: Vec<Value> = (0..20).map(one).collect();
            let reply = post(&world.http, urls[round % 2], "", &json!(batch)).await;
            assert_eq!(reply.status, 400, "{}", reply.text);
        }
        assert_eq!(world.deps.hasher.computed() + node.deps.hasher.computed(), before, "none was looked at");
        let from = |number: usize| format!("203.0.{}.{}", number / 200, number % 200);
        let guesses = (0..600).map(|number| (from(number), wrong("ada@example.org", number)));
        let compared = compared(&world, &urls, guesses).await;
        let reached = world.deps.hasher.computed() + node.deps.hasher.computed() - before;
        assert_eq!(reached, compared as u64, "what was refused was not hashed");
        assert!((1..=100).contains(&reached), "{reached} guesses reached the hash");

        let stranger = ask(&world, &node.url, "198.51.100.1", SIGN_IN, right.clone()).await;
        assert!(is_limited(&stranger), "the right password too, or the answer would tell");
        let mut known = right.clone();
        known["deviceToken"] = device.clone();
        for url in urls {
            for _ in 0..20 {
                let owner = ask(&world, url, "203.0.0.7", SIGN_IN, known.clone()).await;
                assert_eq!(owner.done("signIn")["deviceToken"], device, "the owner gets in");
            }
        }
        world.pass(stranger.header("retry-after").parse::<i64>().unwrap() * 1_000);
        assert!(ask(&world, &node.url, "198.51.100.1", SIGN_IN, right).await.done("signIn")["session"].is_object());
        node.stop().await;
    }

    async fn one_credential_is_taken_per_operation_however_it_is_written(world) {
        world.customer("Ada").await;
        let call = |name: &str, password: &str| format!(
            "{name}(input: {{ email: \"ada@example.org\", password: \"{password}\" }}) {{ userErrors {{ code }} }}"
        );
        let (one, other) = (call("signIn", "one guess"), call("signIn", "other guess"));
        let claim = "completeClaim(input: { email: \"ada@example.org\", code: \"000000\", password: \"x\" }) { userErrors { code } }";
        for document in [
            format!("mutation {{ {one} a: {other} }}"),
            format!("mutation {{ {one} {one} }}"),
            format!("mutation {{ {one} ...f }} fragment f on Mutation {{ a: {other} }}"),
            format!("mutation {{ ...f ...f }} fragment f on Mutation {{ {one} }}"),
            format!("mutation {{ {one} ... on Mutation {{ a: {other} }} }}"),
            format!("mutation {{ {one} ... on Mutation @skip(if: true) {{ a: {other} }} }}"),
            format!("mutation {{ {one} {claim} }}"),
            format!("mutation {{ {claim} b: {} }}", call("signUp", "x")),
            format!("mutation {{ {claim} startClaim(input: {{ email: \"ada@example.org\" }}) {{ accepted }} }}"),
        ] {
            let reply = world.ask(&document, json!({})).await;
            assert_eq!((reply.status.as_u16(), reply.code()), (400, "BAD_USER_INPUT"), "{document}: {}", reply.text);
        }
        let two = format!("mutation a {{ {one} }} mutation b {{ {other} }}");
        let body = json!({ "query": two, "operationName": "a" });
        assert_eq!(post(&world.http, &world.url, "", &body).await.mistakes("signIn"), ["WRONG_CREDENTIALS"]);
    }

    async fn guesses_at_an_unknown_account_get_the_same_answers_to_the_last_byte(world) {
        world.customer("Ada").await;
        let imported = json!({ "customer": { "key": "1", "email": "imported@example.org" } });
        assert_eq!(world.import(&imported.to_string()).await, Vec::<String>::new());
        let node = Node::behind_a_proxy(&world).await;
        let mut courses = Vec::new();
        for (number, email) in ["ada@example.org", "nobody@example.org", "imported@example.org"].into_iter().enumerate() {
            let from = format!("198.51.100.{number}");
            let before = node.deps.hasher.computed();
            let mut course = Vec::new();
            for guess in 0..23 {
                course.push(shape(&ask(&world, &node.url, &from, SIGN_IN, wrong(email, guess)).await));
            }
            let right = json!({ "email": email, "password": PASSWORD });
            course.push(shape(&ask(&world, &node.url, &from, SIGN_IN, right).await));
            for guess in 0..33 {
                let input = json!({ "email": email, "code": format!("{guess:06}"), "password": PASSWORD });
                course.push(shape(&ask(&world, &node.url, &from, COMPLETE_CLAIM, input).await));
            }
            courses.push((course, node.deps.hasher.computed() - before));
        }
        assert_eq!(courses[0].0.iter().filter(|(status, ..)| *status == 429).count(), 4 + 3);
        assert_eq!(courses[0], courses[1]);
        assert_eq!(courses[0], courses[2]);
        node.stop().await;
    }

    async fn one_address_guesses_at_all_accounts_together_only_so_often(world) {
        world.customer("Ada").await;
        let node = Node::behind_a_proxy(&world).await;
        let email = |number: usize| format!("person{number}@example.org");
        let guesses = (0..200).map(|number| ("2001:db8:0:1::".to_owned() + &number.to_string(), wrong(&email(number), 0)));
        let compared = compared(&world, &[&node.url], guesses).await;
        assert!((1..=50).contains(&compared), "an IPv6 network of 64 bits is one address: {compared}");
        let right = json!({ "email": "ada@example.org", "password": PASSWORD });
        assert!(is_limited(&ask(&world, &node.url, "2001:db8:0:1::ffff", SIGN_IN, right.clone()).await));
        ask(&world, &node.url, "2001:db8:0:2::1", SIGN_IN, right.clone()).await.done("signIn");
        // The world's own server has no proxy in front: what is said to it is nothing.
        for number in 0..50 {
            let from = format!("203.0.113.{number}");
            assert!(!is_limited(&ask(&world, &world.url, &from, SIGN_IN, wrong(&email(300 + number), 0)).await));
        }
        assert!(is_limited(&ask(&world, &world.url, "203.0.113.200", SIGN_IN, right).await));
        node.stop().await;
    }

    async fn right_passwords_are_not_counted(world) {
        world.customer("Ada").await;
        let right = json!({ "email": "ada@example.org", "password": PASSWORD });
        for _ in 0..70 {
            ask(&world, &world.url, "", SIGN_IN, right.clone()).await.done("signIn");
        }
        for guess in 0..19 {
            assert!(!is_limited(&ask(&world, &world.url, "", SIGN_IN, wrong("Ada@Example.org", guess)).await));
        }
        ask(&world, &world.url, "", SIGN_IN, right).await.done("signIn");
        assert!(!is_limited(&ask(&world, &world.url, "", SIGN_IN, wrong("ADA@example.org", 19)).await));
        assert!(is_limited(&ask(&world, &world.url, "", SIGN_IN, wrong("ada@example.org", 20)).await));
    }

    async fn a_device_token_is_good_for_its_own_account_only_and_is_itself_limited(world) {
        world.customer("Ada").await;
        world.customer("Bob").await;
        let node = Node::behind_a_proxy(&world).await;
        let bobs = json!({ "email": "bob@example.org", "password": PASSWORD });
        let token = ask(&world, &node.url, "", SIGN_IN, bobs).await.done("signIn")["deviceToken"].clone();
        let guess = |email: &str, token: &Value, number: usize| {
            let mut input = wrong(email, number);
            input["deviceToken"] = token.clone();
            input
        };
        let forged = json!(format!("{}A", token.as_str().unwrap()));
        for number in 0..20 {
            let token = if number % 2 == 0 { &token } else { &forged };
            let input = guess("ada@example.org", token, number);
            assert!(!is_limited(&ask(&world, &node.url, &format!("198.51.100.{number}"), SIGN_IN, input).await));
        }
        let input = guess("ada@example.org", &token, 20);
        assert!(is_limited(&ask(&world, &node.url, "198.51.100.99", SIGN_IN, input).await), "counted with the strangers");
        let mut compared = 0;
        for _ in 0..3 {
            let bobs = json!({ "email": "bob@example.org", "password": PASSWORD });
            let token = ask(&world, &node.url, "", SIGN_IN, bobs).await.done("signIn")["deviceToken"].clone();
            for number in 0..21 {
                let reply = ask(&world, &node.url, "", SIGN_IN, guess("bob@example.org", &token, number)).await;
                compared += usize::from(!is_limited(&reply));
            }
        }
        assert_eq!(compared, 40, "20 by each, 40 by all");
        node.stop().await;
    }

    async fn accounts_are_made_and_codes_asked_for_only_so_often_from_one_address(world) {
        let node = Node::behind_a_proxy(&world).await;
        world.customer("Ada").await;
        let taken = json!({ "email": "ada@example.org", "password": PASSWORD });
        for _ in 0..60 {
            let reply = ask(&world, &node.url, "198.51.100.1", SIGN_UP, taken.clone()).await;
            assert_eq!(reply.mistakes("signUp"), ["TAKEN email"]);
        }
        let free = json!({ "email": "bob@example.org", "password": PASSWORD });
        let (taken, free) = (
            ask(&world, &node.url, "198.51.100.1", SIGN_UP, taken).await,
            ask(&world, &node.url, "198.51.100.1", SIGN_UP, free.clone()).await,
        );
        assert!(is_limited(&taken));
        assert_eq!(shape(&taken), shape(&free), "whether it is taken is told no more");
        let code = |number: usize| json!({ "email": format!("person{number}@example.org") });
        for number in 0..30 {
            ask(&world, &node.url, "198.51.100.1", START_CLAIM, code(number)).await.done("startClaim");
        }
        assert!(is_limited(&ask(&world, &node.url, "198.51.100.1", START_CLAIM, code(30)).await));
        ask(&world, &node.url, "198.51.100.2", START_CLAIM, code(30)).await.done("startClaim");
        world.pass(2 * MINUTE);
        ask(&world, &node.url, "198.51.100.1", START_CLAIM, code(31)).await.done("startClaim");
        node.stop().await;
    }

    async fn cells_hold_nothing_that_can_be_read_and_are_swept_when_they_are_empty(world) {
        for number in 0..3 {
            ask(&world, &world.url, "", SIGN_IN, wrong(&format!("person{number}@example.org"), 0)).await;
        }
        let cells = async || {
            use sea_orm::EntityTrait;
            entity::guess::Entity::find().all(world.deps.vault.store.reader()).await.unwrap()
        };
        assert_eq!(cells().await.len(), 4, "three accounts and one address");
        assert!(cells().await.iter().all(|cell| cell.key.len() == 32 && !cell.key.starts_with(b"person")));
        assert_eq!(api::worker::guesses::run_once(&world.deps).await.unwrap(), 0);
        world.pass(30_000);
        assert_eq!(api::worker::guesses::run_once(&world.deps).await.unwrap(), 1, "the address's");
        world.pass(6 * MINUTE);
        assert_eq!(api::worker::guesses::run_once(&world.deps).await.unwrap(), 3);
        assert!(cells().await.is_empty());
    }
}
