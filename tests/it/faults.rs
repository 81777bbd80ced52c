//! Faults of the database: it goes away, or cannot be written. Then there is no answer and no data, and nobody has to
//! restart anything.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::time::Duration;

use entity::store::Store;
use reqwest::StatusCode;
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};
use tests::{Backend, Reply};

use crate::command_line::{SECRET, bank};
use tests::cluster::Cluster;
use tests::process::{Api, House, Server, until};

/// No request takes longer, whatever the database does: it waits for a connection and then for a lock, five seconds each on
/// SQLite, and has something to do besides.
const BOUND: Duration = Duration::from_secs(15);

/// A customer who shares a name with the bank.
fn ada() -> Value {
    let now = entity::clock::Clock::System.now();
    json!({
        "customer": { "key": "ada", "email": "ada@example.org", "name": { "displayName": "Ada" } },
        "links": [{ "channel": "X", "handle": "ada_l", "accountId": "1", "verifiedAt": now.plus_days(-1).to_string() }],
        "grants": [{ "brand": "bank", "purpose": "CUSTOMER_CARE", "scopes": ["NAME"],
            "from": now.plus_days(-1).to_string(), "until": now.plus_days(30).to_string() }],
    })
}

async fn look_up(app: &Api) -> Reply {
    tokio::time::timeout(BOUND, app.look_up("ada_l", "name { displayName }")).await.expect("an answer in bounded time")
}

fn assert_whole(reply: &Reply) {
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text);
    assert_eq!(reply.data("/profile/name/displayName"), "Ada");
}

fn assert_away(reply: &Reply) {
    assert_eq!(reply.status, StatusCode::SERVICE_UNAVAILABLE, "{}", reply.text);
    assert_eq!(reply.code(), "SERVICE_UNAVAILABLE", "{}", reply.text);
    assert_eq!(reply.body.get("data"), None, "{}", reply.text);
    assert_come_back(reply);
}

fn assert_come_back(reply: &Reply) {
    assert!(reply.header("retry-after").parse::<u32>().is_ok_and(|seconds| seconds >= 1), "{:?}", reply.headers);
    assert!(!reply.text.contains("Ada") && !reply.text.to_lowercase().contains("sql"), "{}", reply.text);
}

/// Everything that needs the database says so; what does not, answers.
async fn assert_everything_says_that_the_database_is_away(server: &Server, app: &Api) {
    let bounded = async |reply| tokio::time::timeout(BOUND, reply).await.expect("an answer in bounded time");
    assert_away(&look_up(app).await);
    let sign_in =
        "mutation($input: SignInInput!) { signIn(input: $input) { session { accessToken } userErrors { code } } }";
    let input = json!({ "input": { "email": "ada@example.org", "password": tests::customer::PASSWORD } });
    let nobody = server.client(None);
    assert_away(&bounded(nobody.ask(sign_in, input)).await);
    let token =
        tokio::time::timeout(BOUND, server.app_token("bank-app", SECRET)).await.expect("an answer in bounded time");
    assert_eq!(token.status, StatusCode::SERVICE_UNAVAILABLE, "{}", token.text);
    assert_come_back(&token);
    let ready = tokio::time::timeout(BOUND, server.get("/readyz")).await.expect("an answer in bounded time");
    assert_eq!(ready.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_come_back(&ready);
    assert_eq!(server.get("/healthz").await.status, StatusCode::OK, "the process is alive");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_postgres_that_goes_away_gives_503_and_no_data_and_is_found_again_without_a_restart() {
    let cluster = Cluster::start();
    let house = House::with_database(&cluster.url);
    house.import(&[bank(), ada()]).await;
    let mut server = house.serve().await;
    let app = server.app("bank-app", SECRET).await;
    for round in 0..2 {
        assert_whole(&look_up(&app).await);
        let readers: Vec<_> = (0..8).map(|_| tokio::spawn(read_until_away(app.clone()))).collect();
        cluster.crash();
        for reader in readers {
            reader.await.unwrap();
        }
        assert_everything_says_that_the_database_is_away(&server, &app).await;
        cluster.resume();
        let first = until("the database to be found again", async || {
            Some(look_up(&app).await).filter(|reply| reply.status == StatusCode::OK)
        })
        .await;
        assert_whole(&first);
        assert_eq!(server.get("/readyz").await.status, StatusCode::OK);
        assert_eq!(server.process.status(), None, "it is still the same process, round {round}");
    }
}

/// Reads on and on. An answer is whole, or says that the database is away; it never says that nobody is there.
async fn read_until_away(app: Api) {
    for _ in 0..100_000 {
        let reply = look_up(&app).await;
        if reply.status != StatusCode::OK {
            return assert_away(&reply);
        }
        assert_whole(&reply);
    }
    panic!("the database never went away");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_without_a_database_says_so_and_ends() {
    let house = House::with_database("postgres://postgres:hunter2@127.0.0.1:1/postgres");
    let outcome = house.run(&["serve"]).await;
    assert_eq!(outcome.status, Some(1), "{outcome:?}");
    assert!(outcome.err.contains("database") && !outcome.err.contains("hunter2"), "{}", outcome.err);
}

#[expect(clippy::disallowed_methods, reason = "protected tables have no other door for counting")]
async fn records(store: &Store) -> i64 {
    let count = Statement::from_string(store.backend(), "select count(*) as records from disclosure");
    store.reader().query_one_raw(count).await.unwrap().unwrap().try_get("", "records").unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_record_no_data_while_somebody_else_holds_sqlites_write_lock() {
    let house = House::on(Backend::Sqlite).await;
    house.import(&[bank(), ada()]).await;
    let server = house.serve().await;
    let app = server.app("bank-app", SECRET).await;
    assert_whole(&look_up(&app).await);
    let other = Store::open(&house.database_url, 1).await.unwrap();
    assert_eq!(records(&other).await, 1);

    let held = other.begin().await.unwrap();
    let several = [app.clone(), app.clone(), app.clone()].map(|app| tokio::spawn(async move { look_up(&app).await }));
    for reply in several {
        assert_away(&reply.await.unwrap());
    }
    let nobody =
        tokio::time::timeout(BOUND, app.look_up("nobody", "name { displayName }")).await.expect("bounded time");
    assert_away(&nobody);
    held.rollback().await.unwrap();

    assert_eq!(records(&other).await, 1, "what was not answered is not recorded as if it had been");
    assert_whole(&look_up(&app).await);
    assert_eq!(records(&other).await, 2);
}
