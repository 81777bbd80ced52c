//! The drill: copy, take back, destroy, restore. Nothing that was taken back is readable again.

mod people;

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use entity::ids::{ConsentEventId, GrantId};
use entity::journal::{ConsentEnding, Ending, EndingKind, Journal, Place};
use entity::kinds::ConsentActor;
use entity::store::Store;
use entity::values::Timestamp;
use entity::{app, grant};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};
use tests::{Backend, database};

use crate::command_line::in_a_house_on_both_databases;
use people::{Person, again, brand, look_up, seen};
use tests::process::{House, Server};

const SECRET: &str = "0123456789abcdef-bank";
/// Everybody in the drill, by what becomes of them after the copy was made.
const PEOPLE: [&str; 9] =
    ["stayer", "withdrawer", "parter", "narrower", "pauser", "leaver", "erased", "exchanger", "refuser"];

async fn people(house: &House, server: &Server) -> Vec<Person> {
    let mut people = Vec::new();
    for name in PEOPLE {
        people.push(Person::arrive(house, server, name).await);
    }
    people
}

/// Takes back in every way there is; what the bank may still see is in [`assert_taken_back`].
async fn take_back(house: &House, server: &Server, people: &[Person]) {
    for person in people {
        let grant = json!({ "grantId": person.grant });
        match person.name {
            "withdrawer" => {
                let wish = json!({ "grantId": person.grant, "deletionWanted": true });
                drop(person.done("withdrawConsent", wish, "").await);
            }
            "parter" => drop(person.done("withdrawFromBrand", json!({ "brand": "bank" }), "").await),
            "narrower" => {
                drop(person.done("amendConsent", json!({ "grantId": person.grant, "scopes": ["NAME"] }), "").await)
            }
            "pauser" => drop(person.done("pauseConsent", grant, "").await),
            "refuser" => person.refuse(&server.app("bank-app", SECRET).await).await,
            "leaver" => drop(person.done("withdrawEverything", json!({}), "").await),
            "exchanger" => {
                let exchange = json!({ "grantId": person.grant, "scopes": ["NAME", "AREA"] });
                let mut exchange = exchange.clone();
                exchange["confirmationToken"] =
                    person.done("amendConsent", exchange.clone(), "confirmationToken").await["confirmationToken"]
                        .clone();
                person.done("amendConsent", exchange, "").await;
            }
            _ => {}
        }
    }
    let latecomer = Person::arrive(house, server, "latecomer").await;
    latecomer.done("withdrawConsent", json!({ "grantId": latecomer.grant }), "").await;
    house.done(&["app", "suspend", "shop-app"]).await;
}

async fn assert_everybody_shares(server: &Server) {
    let bank = server.app("bank-app", SECRET).await;
    for name in PEOPLE {
        assert_eq!(seen(&bank, name).await, [json!(name), json!("de-DE"), Value::Null], "{name}");
    }
}

async fn assert_taken_back(server: &Server) {
    let bank = server.app("bank-app", SECRET).await;
    for name in ["withdrawer", "parter", "leaver", "latecomer"] {
        assert_eq!(look_up(&bank, name).await.data("/profile"), &Value::Null, "{name}");
    }
    assert_eq!(seen(&bank, "stayer").await, [json!("stayer"), json!("de-DE"), Value::Null]);
    assert_eq!(seen(&bank, "narrower").await, [json!("narrower"), Value::Null, Value::Null]);
    assert_eq!(seen(&bank, "pauser").await, [Value::Null, Value::Null, Value::Null]);
    assert_eq!(server.app_token("shop-app", SECRET).await.status, 401);
}

/// As the door for erasing will write it.
async fn erase(house: &House, person: &Person) {
    let id: GrantId = person.grant.parse().unwrap();
    let store = Store::open(&house.database_url, 1).await.unwrap();
    let row = grant::Entity::find().filter(grant::Column::Id.eq(id)).one(store.reader()).await.unwrap().unwrap();
    let ending = Ending::Consent(ConsentEnding {
        kind: EndingKind::Erased,
        customer: row.customer_id,
        grant: None,
        revision: 3,
        event: ConsentEventId(entity::entropy::Entropy::system().id()),
        actor: ConsentActor::Customer,
        at: Timestamp::from_millis(1_781_000_000_000),
        remaining: None,
        request: None,
        deletion_wanted: false,
    });
    journal(house).await.write(&[ending]).await.unwrap();
    store.close().await.unwrap();
}

async fn journal(house: &House) -> Journal {
    let path = house.folder.join("rapport.journal.ndjson");
    Journal::open(&format!("file://{}", path.display())).await.unwrap()
}

pub async fn stop(mut server: Server) {
    // Whoever answers listens to signals too.
    server.get("/healthz").await;
    server.process.terminate();
    assert_eq!(server.process.exit_status().await, Some(0), "{}", server.process.log());
}

/// The file of an SQLite database and what is beside it are gone; on PostgreSQL `--replace` throws away what is there.
fn destroy(url: &str, folder: &Path) {
    let Some(path) = url.strip_prefix("sqlite://") else { return };
    let path = folder.join(path);
    std::fs::remove_file(&path).unwrap();
    for side in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{side}", path.display()));
    }
}

fn in_folder(house: &House, path: &str) -> PathBuf {
    house.folder.join(path)
}

async fn copy_is_sound(house: &House) {
    for (folder, kind) in [("copy", "database"), ("copy/keyring", "keyring")] {
        let manifest: Value =
            serde_json::from_str(&std::fs::read_to_string(in_folder(house, folder).join("manifest.json")).unwrap())
                .unwrap();
        assert_eq!((&manifest["kind"], &manifest["format"]), (&json!(kind), &json!(1)), "{manifest}");
        assert_eq!(manifest["files"].as_array().unwrap().len(), 1);
        for entry in std::fs::read_dir(in_folder(house, folder)).unwrap() {
            let entry = entry.unwrap();
            let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
            assert_eq!(mode, if entry.path().is_dir() { 0o700 } else { 0o600 }, "{}", entry.path().display());
            assert!(!entry.file_name().to_string_lossy().ends_with(".part"), "{}", entry.path().display());
        }
    }
}

/// The whole drill; `keyring_too` loses the keyring as well.
async fn drill(house: House, keyring_too: bool) {
    house.import(&[brand("bank"), brand("shop")]).await;
    let server = house.serve().await;
    let mut people = people(&house, &server).await;
    assert_everybody_shares(&server).await;
    house.done(&["backup", "copy"]).await;
    copy_is_sound(&house).await;
    take_back(&house, &server, &people).await;
    assert_taken_back(&server).await;
    let erased = people.iter().find(|person| person.name == "erased").unwrap();
    erase(&house, erased).await;
    let withdrawer = people.iter().position(|person| person.name == "withdrawer").unwrap();
    let history = people[withdrawer].history().await;
    assert_eq!((&history[1]["kind"], &history[1]["deletionWanted"]), (&json!("WITHDRAWN"), &json!(true)));
    stop(server).await;

    destroy(&house.database_url, &house.folder);
    if keyring_too {
        destroy("sqlite://rapport.keyring.sqlite", &house.folder);
    }
    let replace: &[&str] = if house.database_url.starts_with("sqlite") { &[] } else { &["--replace"] };
    let out = house.done(&[&["restore", "copy"], replace].concat()).await;
    // Withdrawn once, from the brand, narrowed, paused, twice withdrawn by one call, exchanged, refused, erased, suspended; and of nobody
    // who is here.
    assert!(out.contains("11 endings are in the journal; 10 of them were carried out again."), "{out}");
    assert_eq!(out.contains("The keyring was brought back."), keyring_too, "{out}");

    let server = house.serve().await;
    assert_taken_back(&server).await;
    let bank = server.app("bank-app", SECRET).await;
    assert_eq!(look_up(&bank, "erased").await.data("/profile"), &Value::Null);
    assert_eq!(
        seen(&bank, "exchanger").await,
        [json!("exchanger"), Value::Null, Value::Null],
        "the widening is lost, not what it took"
    );
    let refuser = people.iter().find(|person| person.name == "refuser").unwrap();
    let refuser = Person { api: again(&server, refuser).await, name: refuser.name, grant: String::new() };
    assert_eq!(refuser.open(&bank).await.mistakes("openConsentRequest"), ["RESTING token"]);
    let person = people.swap_remove(withdrawer);
    let person = Person { api: again(&server, &person).await, ..person };
    assert_eq!(person.history().await, history, "by whom, when and with which wish is as it was");
    assert!(!house.done(&["keys", "list"]).await.contains("NOT IN"));
    let check = house.done(&["check"]).await;
    assert!(check.contains("11 endings, all of them whole"), "{check}");
    stop(server).await;

    // A second time over the same journal changes nothing more.
    let out = house.done(&["restore", "copy", "--replace"]).await;
    assert!(out.contains("11 endings are in the journal; 10 of them were carried out again."), "{out}");
    let server = house.serve().await;
    assert_taken_back(&server).await;
}

in_a_house_on_both_databases! {
    async fn after_a_restore_nothing_is_readable_that_was_taken_back_since_the_copy(house) {
        drill(house, false).await;
    }

    async fn the_same_with_the_keyring_brought_back_from_its_copy(house) {
        drill(house, true).await;
    }

    async fn a_restore_refuses_to_throw_away_what_is_in_use_or_there_or_to_trust_what_is_damaged(house) {
        house.import(&[brand("bank")]).await;
        let refused = async |arguments: &[&str], why: &str| {
            let outcome = house.run(arguments).await;
            assert_eq!(outcome.status, Some(1), "{arguments:?}: {outcome:?}");
            assert!(outcome.err.contains(why), "{arguments:?}: {}", outcome.err);
        };
        house.done(&["backup", "copy"]).await;
        refused(&["backup", "copy"], "not empty").await;
        refused(&["restore", "elsewhere"], "manifest.json").await;
        refused(&["restore", "copy"], "--replace").await;
        let server = house.serve().await;
        refused(&["restore", "copy", "--replace"], "stop").await;
        assert_eq!(server.app_token("bank-app", SECRET).await.status, 200, "the server goes on");
        stop(server).await;

        let name = if house.database_url.starts_with("sqlite") { "copy/database.sqlite" } else { "copy/database.dump" };
        let sound = std::fs::read(in_folder(&house, name)).unwrap();
        let mut damaged = sound.clone();
        *damaged.last_mut().unwrap() ^= 1;
        std::fs::write(in_folder(&house, name), damaged).unwrap();
        refused(&["restore", "copy", "--replace"], "damaged").await;
        std::fs::write(in_folder(&house, name), sound).unwrap();
        std::fs::rename(in_folder(&house, "keys.json"), in_folder(&house, "keys.away")).unwrap();
        refused(&["restore", "copy", "--replace"], "RAPPORT_KEY_FILE").await;
        std::fs::rename(in_folder(&house, "keys.away"), in_folder(&house, "keys.json")).unwrap();
        house.done(&["restore", "copy", "--replace"]).await;
        house.done(&["check"]).await;
    }

    async fn a_lost_journal_stops_a_restore_until_the_operator_says_so(house) {
        house.import(&[brand("bank"), brand("shop")]).await;
        house.done(&["app", "suspend", "shop-app"]).await;
        stop(house.serve().await).await;
        house.done(&["backup", "copy", "--without-keyring"]).await;
        assert!(!in_folder(&house, "copy/keyring").exists());
        let (journal, away) = (in_folder(&house, "rapport.journal.ndjson"), in_folder(&house, "away"));
        std::fs::rename(&journal, &away).unwrap();
        let lost = house.run(&["restore", "copy", "--replace"]).await;
        assert_eq!(lost.status, Some(1));
        assert!(lost.err.contains("--accept-lost-endings"), "{}", lost.err);
        let check = house.run(&["check"]).await;
        assert!(check.out.lines().any(|line| line.starts_with("WRONG  journal")), "{}", check.out);

        let whole = std::fs::read_to_string(&away).unwrap();
        std::fs::write(&journal, whole.replacen("APP_SUSPENDED", "APP_SUSPENDEX", 1)).unwrap();
        let damaged = house.run(&["restore", "copy", "--replace"]).await;
        assert!(damaged.err.contains("line 1"), "{}", damaged.err);
        std::fs::remove_file(&journal).unwrap();
        house.done(&["restore", "copy", "--replace", "--accept-lost-endings"]).await;
        let server = house.serve().await;
        assert_eq!(server.app_token("shop-app", SECRET).await.status, 401, "what the copy knew it knows");
    }

    async fn a_server_that_cannot_write_its_journal_does_not_start(house) {
        let house = house.set("RAPPORT_JOURNAL_URL", "file://no/such/folder/journal.ndjson");
        let outcome = house.run(&["serve"]).await;
        assert_eq!(outcome.status, Some(1));
        assert!(outcome.err.contains("RAPPORT_JOURNAL_URL") && outcome.err.contains("no/such/folder"), "{}", outcome.err);
    }

    async fn the_journal_is_never_in_the_database_that_it_is_replayed_over(house) {
        let url = house.database_url.clone();
        let house = house.set("RAPPORT_JOURNAL_URL", url);
        let outcome = house.run(&["serve"]).await;
        assert_eq!(outcome.status, Some(1));
        assert!(outcome.err.contains("a place of its own"), "{}", outcome.err);
    }

    async fn what_is_written_while_the_copy_is_made_is_in_it_whole_or_not_at_all(house) {
        house.import(&[brand("bank"), brand("shop")]).await;
        let server = house.serve().await;
        let person = Person::arrive(&house, &server, "busy").await;
        let writer = tokio::spawn(async move {
            for _ in 0..40 {
                let grant = person.done("pauseConsent", json!({ "grantId": person.grant }), "grant { state }").await;
                assert_eq!(grant["grant"]["state"], "PAUSED");
                person.done("resumeConsent", json!({ "grantId": person.grant }), "").await;
            }
            person.done("withdrawConsent", json!({ "grantId": person.grant }), "").await;
        });
        for number in 0..3 {
            house.done(&["backup", &format!("copy{number}")]).await;
        }
        writer.await.unwrap();
        stop(server).await;
        for number in 0..3 {
            house.done(&["restore", &format!("copy{number}"), "--replace"]).await;
            let server = house.serve().await;
            let bank = server.app("bank-app", SECRET).await;
            assert_eq!(look_up(&bank, "busy").await.data("/profile"), &Value::Null, "copy {number}");
            stop(server).await;
        }
    }
}

/// Keyring, journal and database each in a database of their own, as nodes on several machines have them; the password is
/// in all three addresses.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_drill_with_everything_on_postgres() {
    let folder = database::fresh_folder("urls");
    let [database, keyring, journal] = [
        database::create(Backend::Postgres, &folder).await,
        database::create(Backend::Postgres, &folder).await,
        database::create(Backend::Postgres, &folder).await,
    ];
    let with_password = |url: &str| url.replacen("postgres@", "postgres:hunter2%21@", 1);
    let house = House::with_database(&with_password(&database))
        .set("RAPPORT_KEYRING_URL", with_password(&keyring))
        .set("RAPPORT_JOURNAL_URL", with_password(&journal));
    house.import(&[brand("bank"), brand("shop")]).await;
    let server = house.serve().await;
    let people = people(&house, &server).await;
    let out = house.done(&["backup", "copy"]).await;
    assert!(!out.contains("hunter2"), "{out}");
    copy_is_sound(&house).await;
    take_back(&house, &server, &people).await;
    let refused = house.run(&["restore", "copy", "--replace"]).await;
    assert!(refused.err.contains("a server is connected") && !refused.err.contains("hunter2"), "{}", refused.err);
    stop(server).await;
    let out = house.done(&["restore", "copy", "--replace", "--replace-keyring"]).await;
    assert!(out.contains("10 endings are in the journal; 9 of them were carried out again."), "{out}");
    assert!(out.contains("The keyring was brought back."), "{out}");
    let server = house.serve().await;
    assert_taken_back(&server).await;
}

/// A database that is brought back without `rapport restore` knows an older place in the journal.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_start_alone_carries_out_what_a_database_that_was_brought_back_by_other_means_lacks() {
    let house = House::with_database("sqlite://rapport.sqlite");
    house.import(&[brand("bank"), brand("shop")]).await;
    let server = house.serve().await;
    let people = people(&house, &server).await;
    house.done(&["backup", "copy", "--without-keyring"]).await;
    take_back(&house, &server, &people).await;
    stop(server).await;
    stop(house.serve().await).await;
    let file = in_folder(&house, "rapport.sqlite");
    std::fs::copy(in_folder(&house, "copy/database.sqlite"), &file).unwrap();
    let server = house.serve().await;
    assert_taken_back(&server).await;
    let logged = server.process.find_logged("endings that the database did not know were carried out again").unwrap();
    assert_eq!(logged["carried_out"], 9, "{logged}");
    stop(server).await;
    let store = Store::open(&format!("sqlite://{}", file.display()), 1).await.unwrap();
    let suspended = app::Entity::find().filter(app::Column::ClientId.eq("shop-app")).one(store.reader()).await;
    assert_eq!(suspended.unwrap().unwrap().status_revision, 1);
    let end = journal(&house).await.end(&Place::START).await.unwrap();
    assert_eq!(entity::vault::replay::replayed_up_to(&store).await.unwrap(), Some(end));
}

/// The keyring is copied and brought back apart from the database, which knows of the erasure already.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_older_keyring_alone_brings_no_destroyed_data_key_back() {
    let house = House::on(Backend::Sqlite).await;
    house.import(&[brand("bank"), brand("shop")]).await;
    let server = house.serve().await;
    let erased = Person::arrive(&house, &server, "erased").await;
    Person::arrive(&house, &server, "stayer").await;
    house.done(&["backup", "copy"]).await;
    erase(&house, &erased).await;
    stop(server).await;
    stop(house.serve().await).await;
    assert_eq!(house.done(&["keys", "list"]).await, "wrapping key 1: 1 data keys, the newest\n");
    std::fs::copy(in_folder(&house, "copy/keyring/keyring.sqlite"), in_folder(&house, "rapport.keyring.sqlite"))
        .unwrap();
    assert_eq!(house.done(&["keys", "list"]).await, "wrapping key 1: 2 data keys, the newest\n");
    stop(house.serve().await).await;
    assert_eq!(house.done(&["keys", "list"]).await, "wrapping key 1: 1 data keys, the newest\n");
}
