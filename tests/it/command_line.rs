//! The operator's command line, by the real executable.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use entity::store::Store;
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use tests::Reply;

use tests::process::{House, Server, until};

/// Declares tests of the command line on both databases.
macro_rules! in_a_house_on_both_databases {
    ($(async fn $name:ident($house:ident) $body:block)*) => {$(
        mod $name {
            use super::*;

            async fn scenario($house: House) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_sqlite() {
                scenario(House::on(tests::Backend::Sqlite).await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_postgres() {
                scenario(House::on(tests::Backend::Postgres).await).await;
            }
        }
    )*};
}
pub(crate) use in_a_house_on_both_databases;

/// The brand `bank` with the app `bank-app`.
pub fn bank() -> Value {
    json!({ "brand": { "slug": "bank", "name": "The Bank" }, "apps": [{ "clientId": "bank-app",
        "clientSecret": SECRET, "scopes": ["NAME"], "purposes": ["CUSTOMER_CARE"] }] })
}

/// The secret of `bank-app`.
pub const SECRET: &str = "0123456789abcdef-bank";

/// A customer whom nobody may see.
pub fn customer(key: &str) -> Value {
    json!({ "customer": { "key": key, "email": format!("{key}@example.org") } })
}

#[expect(clippy::disallowed_methods, reason = "an older release's tables are made by forgetting the newest change")]
async fn forget_the_newest_migration(url: &str) {
    let store = Store::open(url, 1).await.unwrap();
    let newest = "(select version from seaql_migrations order by version desc limit 1)";
    let statement = format!("delete from seaql_migrations where version = {newest}");
    assert_eq!(store.writer().execute_unprepared(&statement).await.unwrap().rows_affected(), 1);
    store.close().await.unwrap();
}

/// The files in a house, but for what its processes have printed.
fn made(house: &House) -> Vec<PathBuf> {
    let files = std::fs::read_dir(&house.folder).unwrap().map(|entry| entry.unwrap().path());
    files.filter(|file| !file.extension().is_some_and(|kind| kind == "out" || kind == "err")).collect()
}

/// The line of `check` about a subject.
fn line<'o>(out: &'o str, subject: &str) -> &'o str {
    out.lines()
        .find(|line| line.split_whitespace().nth(1) == Some(subject))
        .unwrap_or_else(|| panic!("{subject}: {out}"))
}

async fn ask_for_brand(server: &Server, token: &str) -> Reply {
    server.client(Some(token)).ask("{ brand { name } }", json!({})).await
}

#[tokio::test]
async fn schema_prints_what_is_committed_and_needs_neither_database_nor_keys() {
    let house = House::with_database("postgres://nobody@127.0.0.1:1/nothing");
    let printed = house.done(&["schema"]).await;
    assert!(printed.contains("directive @consent(") && printed.contains("type Profile implements Node"));
    assert!(!house.folder.join("keys.json").exists());
    let committed = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schema.graphql");
    if committed.exists() {
        let same = printed == std::fs::read_to_string(committed).unwrap();
        assert!(same, "schema.graphql differs: cargo run -- schema > schema.graphql");
    }
}

#[tokio::test]
async fn a_misspelt_setting_stops_every_command_and_is_named() {
    for command in ["serve", "demo", "migrate", "schema", "check"] {
        let house = House::with_database("sqlite://rapport.sqlite").set("RAPPORT_HTTP_BINT", "127.0.0.1:0");
        let outcome = house.run(&[command]).await;
        assert_eq!(outcome.status, Some(1), "{command}");
        assert!(outcome.err.contains("RAPPORT_HTTP_BINT is not a setting"), "{command}: {}", outcome.err);
        assert!(outcome.err.contains("RAPPORT_HTTP_BIND"), "the right spelling is at hand");
    }
}

#[tokio::test]
async fn migrate_makes_the_tables_once_and_again_changes_nothing() {
    let house = House::with_database("sqlite://new.sqlite");
    let missing = house.run(&["check"]).await;
    assert_eq!(missing.status, Some(1), "{missing:?}");
    assert!(missing.out.contains("rapport migrate"), "{}", missing.out);
    assert!(!house.folder.join("new.sqlite").exists(), "looking makes nothing");
    for _ in 0..2 {
        assert_eq!(house.done(&["migrate"]).await, "The database is up to date.\n");
    }
    house.done(&["check"]).await;
}

#[tokio::test]
async fn what_is_made_on_sqlite_is_its_owners_alone() {
    let house = House::with_database("sqlite://new.sqlite");
    house.done(&["migrate"]).await;
    let files = made(&house);
    assert!(files.len() >= 3, "database, keyring and keys: {files:?}");
    for file in files {
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o077, 0, "{}", file.display());
    }
}

#[tokio::test]
async fn where_there_is_no_database_the_log_and_a_backup_say_so_and_make_nothing() {
    let house = House::with_database("sqlite://new.sqlite");
    for command in
        [&["log", "verify"][..], &["log", "checkpoint"], &["log", "export", "log.ndjson"], &["backup", "copy"]]
    {
        let outcome = house.run(command).await;
        assert_eq!(outcome.status, Some(1), "{command:?}: {outcome:?}");
        assert!(outcome.err.contains("RAPPORT_DATABASE_URL: there is no file new.sqlite"), "{}", outcome.err);
    }
    assert_eq!(made(&house), Vec::<PathBuf>::new());
}

#[tokio::test]
async fn check_says_that_a_database_is_away_and_never_shows_its_password() {
    for url in [
        "postgres://rapport:hunter2@127.0.0.1:1/rapport",
        "sqlite:///no/such/folder/rapport.sqlite",
        "mysql://hunter2@x/y",
    ] {
        let outcome = House::with_database(url).run(&["check"]).await;
        assert_eq!(outcome.status, Some(1), "{url}");
        let found = line(&outcome.out, "database");
        assert!(found.starts_with("WRONG") && found.contains("RAPPORT_DATABASE_URL"), "{found}");
        assert!(!outcome.out.contains("hunter2") && !outcome.err.contains("hunter2"), "{outcome:?}");
    }
}

in_a_house_on_both_databases! {
    async fn check_is_content_with_a_sound_house(house) {
        house.done(&["migrate"]).await;
        let out = house.done(&["check"]).await;
        for subject in ["configuration", "keys", "mail", "database", "clock", "schema"] {
            assert!(line(&out, subject).starts_with("ok "), "{out}");
        }
    }

    async fn check_says_how_to_mend_each_fault(house) {
        let keys = house.folder.join("keys.json");
        let out = house.done(&["check"]).await;
        assert!(line(&out, "keys").contains("is not there yet"), "nobody is there either: {out}");
        assert!(!keys.exists(), "looking makes nothing");

        house.import(&[customer("ada")]).await;
        std::fs::set_permissions(&keys, PermissionsExt::from_mode(0o644)).unwrap();
        let outcome = house.run(&["check"]).await;
        assert_eq!(outcome.status, Some(1));
        assert!(line(&outcome.out, "keys").starts_with("WRONG") && outcome.out.contains("chmod 600"), "{}", outcome.out);

        let sound = std::fs::read_to_string(&keys).unwrap();
        std::fs::write(&keys, &sound[..sound.len() / 2]).unwrap();
        let outcome = house.run(&["check"]).await;
        assert_eq!(outcome.status, Some(1));
        assert!(line(&outcome.out, "keys").contains("damaged"), "{}", outcome.out);

        std::fs::remove_file(&keys).unwrap();
        let outcome = house.run(&["check"]).await;
        assert_eq!(outcome.status, Some(1), "without its keys nobody in this database can be found: {}", outcome.out);
        assert!(line(&outcome.out, "keys").starts_with("WRONG"), "{}", outcome.out);
        assert!(!keys.exists(), "looking makes nothing");

        std::fs::write(&keys, &sound).unwrap();
        std::fs::set_permissions(&keys, PermissionsExt::from_mode(0o600)).unwrap();
        forget_the_newest_migration(&house.database_url).await;
        let outcome = house.run(&["check"]).await;
        assert_eq!(outcome.status, Some(1));
        assert!(line(&outcome.out, "schema").contains("run: rapport migrate"), "{}", outcome.out);
    }

    async fn the_exit_status_of_import_tells_whether_every_line_was_taken(house) {
        let file = |name: &str, text: &str| {
            std::fs::write(house.folder.join(name), text).unwrap();
            name.to_owned()
        };
        let good = file("good", &format!("{}\n{}\n", bank(), customer("ada")));
        let outcome = house.run(&["import", &good]).await;
        assert_eq!((outcome.status, outcome.err.contains("line ")), (Some(0), false), "{outcome:?}");
        assert_eq!(outcome.out, "1 customers created, 0 there already, 1 brands, 0 lines refused\n");

        let bad = file("bad", &format!("{}\nhunter2\n{}\n", customer("ada"), customer("ben")));
        let outcome = house.run(&["import", &bad]).await;
        assert_eq!(outcome.status, Some(1));
        assert_eq!(outcome.out, "1 customers created, 1 there already, 0 brands, 1 lines refused\n");
        assert!(outcome.err.contains("line 2: this is not a JSON object"), "{}", outcome.err);
        assert!(!outcome.err.contains("hunter2"));

        let outcome = house.run(&["import", "missing.ndjson"]).await;
        assert_eq!(outcome.status, Some(1));
        assert!(outcome.err.contains("missing.ndjson"), "{}", outcome.err);
        assert_eq!(house.run(&["import", "."]).await.status, Some(1), "a folder");
    }

    async fn apps_are_looked_after_beside_a_running_server(house) {
        house.import(&[bank()]).await;
        let server = house.serve().await;
        let register = ["app", "register", "--brand", "bank", "--client-id", "desk", "--scope", "NAME", "--scope",
            "contact:read", "--purpose", "CUSTOMER_CARE"];
        let out = house.done(&register).await;
        let secret = out.lines().find_map(|line| line.strip_prefix("client secret: ")).unwrap().to_owned();
        let token = server.app_token("desk", &secret).await.body["access_token"].as_str().unwrap().to_owned();
        assert_eq!(ask_for_brand(&server, &token).await.data("/brand/name"), "The Bank", "the brand keeps its name");

        house.done(&["app", "suspend", "desk"]).await;
        assert_eq!(ask_for_brand(&server, &token).await.status, 401, "from the next request on");
        assert_eq!(server.app_token("desk", &secret).await.status, 401);
        house.done(&["app", "activate", "desk"]).await;
        assert_eq!(ask_for_brand(&server, &token).await.status, 200);

        let out = house.done(&["app", "rotate-secret", "desk"]).await;
        let newer = out.trim().strip_prefix("client secret: ").unwrap();
        assert_eq!(ask_for_brand(&server, &token).await.status, 200, "both secrets hold for a day");
        assert_eq!(server.app_token("desk", &secret).await.status, 200);
        house.done(&["app", "end-old-secret", "desk"]).await;
        assert_eq!(ask_for_brand(&server, &token).await.status, 401, "a token of the old secret");
        assert_eq!(server.app_token("desk", &secret).await.status, 401);
        assert_eq!(server.app_token("desk", newer).await.status, 200);
        assert_eq!(server.app_token("bank-app", SECRET).await.status, 200, "the other app is as it was");
    }

    async fn a_grant_is_ended_beside_a_running_server_from_the_next_read_on(house) {
        let now = entity::clock::Clock::System.now();
        let person = |key: &str| {
            let link = json!({ "channel": "X", "handle": key, "accountId": key, "verifiedAt": now.plus_days(-1).to_string() });
            let grant = json!({ "brand": "bank", "purpose": "CUSTOMER_CARE", "scopes": ["NAME"],
                "from": now.plus_days(-1).to_string(), "until": now.plus_days(30).to_string() });
            let name = json!({ "displayName": key });
            json!({ "customer": { "key": key, "email": format!("{key}@example.org"), "name": name },
                "links": [link], "grants": [grant] })
        };
        house.import(&[bank(), person("ada_l"), person("ben_m")]).await;
        let server = house.serve().await;
        let app = server.app("bank-app", SECRET).await;
        let fields = "name { displayName } access { grantId }";
        for (who, command, rest, state) in [
            ("ada_l", "revoke", &["--reason", "the authority demands it"][..], "REVOKED"),
            ("ben_m", "invalidate", &[], "INVALIDATED"),
        ] {
            let shown = app.look_up(who, fields).await;
            assert_eq!(shown.data("/profile/name/displayName"), who);
            let grant = shown.data("/profile/access/0/grantId").as_str().unwrap();
            let arguments = [&["grants", command, grant], rest].concat();
            assert_eq!(house.done(&arguments).await, format!("{grant} is {state}.\n"));
            assert_eq!(app.look_up(who, fields).await.data("/profile"), &Value::Null);
            let again = house.run(&arguments).await;
            assert_eq!(again.status, Some(1));
            assert!(again.err.contains(&format!("the grant is {state} already")), "{}", again.err);
        }
        let unknown = house.run(&["grants", "invalidate", "grant_AAAAAAAAAAAAAAAAAAAAAA"]).await;
        assert_eq!(unknown.status, Some(1));
        assert!(unknown.err.contains("there is no grant grant_AAAAAAAAAAAAAAAAAAAAAA"), "{}", unknown.err);
        let silent = house.run(&["grants", "revoke", "grant_AAAAAAAAAAAAAAAAAAAAAA"]).await;
        assert!(silent.status != Some(0) && silent.err.contains("--reason"), "a reason is needed: {}", silent.err);
    }

    async fn an_app_that_cannot_be_is_refused_with_a_reason(house) {
        house.import(&[bank()]).await;
        let register = async |brand: &str, name: Option<&str>, id: &str, scope: &str, purpose: &str| {
            let mut arguments = vec!["app", "register", "--brand", brand, "--client-id", id, "--scope", scope, "--purpose", purpose];
            arguments.extend(name.iter().flat_map(|name| ["--brand-name", name]));
            let outcome = house.run(&arguments).await;
            assert_eq!((outcome.status, outcome.out.as_str()), (Some(1), ""), "{arguments:?}: {outcome:?}");
            outcome.err
        };
        assert!(register("Not a slug", Some("X"), "a", "NAME", "CUSTOMER_CARE").await.contains("brand"));
        assert!(register("new", None, "a", "NAME", "CUSTOMER_CARE").await.contains("--brand-name"));
        assert!(register("bank", None, "", "NAME", "CUSTOMER_CARE").await.contains("client"));
        assert!(register("bank", None, "a", "HISTORY", "CUSTOMER_CARE").await.contains("PREFERENCES"));
        assert!(register("bank", None, "a", "NAME", "CURIOSITY").await.contains("ANALYTICS"));
        assert!(register("new", Some("New"), "bank-app", "NAME", "CUSTOMER_CARE").await.contains("another brand"));
        for command in ["suspend", "activate", "rotate-secret", "end-old-secret"] {
            let outcome = house.run(&["app", command, "nobody"]).await;
            assert_eq!(outcome.status, Some(1));
            assert!(outcome.err.contains("no app has the client id nobody"), "{}", outcome.err);
        }
    }

    async fn a_server_that_is_told_to_stop_answers_what_is_under_way_and_ends_well(house) {
        let mut server = house.serve().await;
        let address = server.url.strip_prefix("http://").unwrap().to_owned();
        let body = json!({ "query": "{ scopes { scope } }" }).to_string();
        let mut connection = TcpStream::connect(&address).unwrap();
        connection.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let head = format!("POST /graphql HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: {}\r\n\r\n", body.len());
        connection.write_all(head.as_bytes()).unwrap();
        let mut interim = [0; 25];
        connection.read_exact(&mut interim).unwrap();
        assert!(interim.starts_with(b"HTTP/1.1 100"), "the request is under way");

        server.process.terminate();
        until("the server to be told", async || server.process.log().contains("graceful").then_some(())).await;
        assert_eq!(server.process.status(), None, "it waits for the request");
        connection.write_all(body.as_bytes()).unwrap();
        let mut answer = Vec::new();
        connection.read_to_end(&mut answer).unwrap();
        let answer = String::from_utf8(answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("PREFERENCES"), "{answer}");
        assert_eq!(server.process.exit_status().await, Some(0));
        assert!(TcpStream::connect(&address).is_err());
    }
}
