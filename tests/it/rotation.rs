//! Rotating the operator's wrapping keys: beside a server under load, whose requests all succeed.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use entity::clock::Clock;
use entity::entropy::Entropy;
use entity::ids::CustomerId;
use entity::keyring::{Keyring, Source, Stamp, WrappingKey, WrappingKeys};
use entity::store::Store;
use migration::{KeyringMigrator, MigratorTrait};
use serde_json::{Value, json};
use tests::customer::PASSWORD;
use tests::{Authenticator, Backend, database};
use tokio::task::JoinSet;

use crate::command_line::{SECRET, bank, in_a_house_on_both_databases};
use tests::process::{Api, House, Server, until};

const SIGN_UP: &str =
    "mutation($input: SignUpInput!) { signUp(input: $input) { session { accessToken } userErrors { code } } }";

/// Somebody who shares a name with the bank.
fn person(number: u32) -> Value {
    let now = Clock::System.now();
    json!({
        "customer": { "key": format!("p{number}"), "email": format!("p{number}@example.org"),
            "name": { "displayName": format!("Person {number}") } },
        "links": [{ "channel": "X", "handle": format!("p{number}"), "accountId": number.to_string(), "verifiedAt": now.plus_days(-1).to_string() }],
        "grants": [{ "brand": "bank", "purpose": "CUSTOMER_CARE", "scopes": ["NAME"],
            "from": now.plus_days(-1).to_string(), "until": now.plus_days(30).to_string() }],
    })
}

/// On PostgreSQL the keyring is there too, in a database of its own.
async fn with_keyring(house: House) -> House {
    if house.database_url.starts_with("sqlite") {
        return house;
    }
    let url = database::create(Backend::Postgres, &house.folder).await;
    house.set("RAPPORT_KEYRING_URL", url)
}

async fn import(house: &House, people: u32) {
    let lines: Vec<Value> = std::iter::once(bank()).chain((0..people).map(person)).collect();
    house.import(&lines).await;
}

fn keys(house: &House) -> PathBuf {
    house.folder.join("keys.json")
}

/// The secret parts of the key file, none of which may ever be printed.
fn secrets(house: &House) -> Vec<String> {
    let file: Value = serde_json::from_str(&std::fs::read_to_string(keys(house)).unwrap()).unwrap();
    let wrapping = file["wrapping"].as_array().unwrap().iter().map(|one| &one["key"]);
    [&file["lookup"], &file["secrets"], &file["tokens"][0]["key"]]
        .into_iter()
        .chain(wrapping)
        .map(|text| text.as_str().unwrap().to_owned())
        .collect()
}

async fn assert_readable(app: &Api, number: u32) {
    let reply = app.look_up(&format!("p{number}"), "name { displayName }").await;
    assert_eq!(reply.data("/profile/name/displayName"), &json!(format!("Person {number}")));
}

/// Requests that go on until they are told to stop; every one of them must succeed.
struct Load {
    stop: Arc<AtomicBool>,
    answered: Arc<AtomicU32>,
    running: JoinSet<()>,
}

impl Load {
    async fn on(server: &Server) -> Self {
        let (stop, answered) = (Arc::<AtomicBool>::default(), Arc::<AtomicU32>::default());
        let mut load = Self { stop, answered, running: JoinSet::new() };
        let app = server.app("bank-app", SECRET).await;
        load.go(app.clone(), |app, number| async move { assert_readable(&app, number % 40).await });
        load.go(app, |app, number| async move {
            let reply = app.look_up(&format!("nobody{number}"), "name { displayName }").await;
            assert_eq!(reply.data("/profile"), &Value::Null);
        });
        load.go(server.client(None), |nobody, number| async move {
            // Each from elsewhere: from one address only so many sign up.
            let nobody = nobody.from(&format!("10.1.{}.{}", number / 250, number % 250));
            sign_up(&nobody, &format!("new{number}")).await
        });
        let writer = sign_up(&server.client(None), "writer").await;
        load.go(server.client(Some(&writer)), |writer, number| async move {
            let preference = json!({ "category": "count", "key": "n", "value": number.to_string() });
            let reply = writer.act("setPreferences", json!({ "preferences": [preference] }), "").await.unwrap();
            reply.done("setPreferences");
        });
        load
    }

    fn go<T, F: Future<Output = T> + Send>(
        &mut self,
        api: Api,
        request: impl Fn(Api, u32) -> F + Send + Sync + 'static,
    ) {
        let (stop, answered) = (Arc::clone(&self.stop), Arc::clone(&self.answered));
        self.running.spawn(async move {
            let mut number = 0;
            while !stop.load(Ordering::SeqCst) {
                request(api.clone(), number).await;
                number += 1;
                answered.fetch_add(1, Ordering::SeqCst);
            }
        });
    }

    /// Waits for so many more answers.
    async fn goes_on(&self, more: u32) {
        let before = self.answered.load(Ordering::SeqCst);
        until("the load to go on", async || (self.answered.load(Ordering::SeqCst) >= before + more).then_some(()))
            .await;
    }

    /// Every request was answered as it should.
    async fn succeed(self) {
        self.stop.store(true, Ordering::SeqCst);
        self.running.join_all().await;
    }
}

async fn sign_up(nobody: &Api, name: &str) -> String {
    let input = json!({ "email": format!("{name}@example.org"), "password": PASSWORD, "displayName": name });
    let reply = nobody.ask(SIGN_UP, json!({ "input": input })).await;
    reply.done("signUp")["session"]["accessToken"].as_str().unwrap().to_owned()
}

in_a_house_on_both_databases! {
    async fn no_request_fails_while_the_wrapping_keys_are_rotated_twice(house) {
        let house = with_keyring(house).await;
        import(&house, 700).await;
        let house = house.set("RAPPORT_HTTP_WORKERS", "2").set("RAPPORT_TRUSTED_PROXIES", "127.0.0.1");
        let server = house.serve().await;
        let load = Load::on(&server).await;
        load.goes_on(20).await;
        for id in [2, 3] {
            let out = house.done(&["keys", "add"]).await;
            assert!(out.contains(&format!("Wrapping key {id} is in")), "{out}");
            load.goes_on(20).await;
            // Whoever signed up in the very moment may be under the older one still.
            until("nothing to be under the older key", async || {
                house.done(&["keys", "rewrap"]).await;
                (house.run(&["keys", "retire"]).await.status == Some(0)).then_some(())
            })
            .await;
            load.goes_on(20).await;
        }
        load.succeed().await;
        sign_up(&server.client(None), "afterwards").await;
        let list = house.done(&["keys", "list"]).await;
        assert!(list.starts_with("wrapping key 3: ") && list.lines().count() == 1 && list.ends_with(", the newest\n"), "{list}");
        drop(server);
        // What a new process reads is in the file and in the keyring, not in anybody's memory.
        let server = house.serve().await;
        let app = server.app("bank-app", SECRET).await;
        for number in [0, 350, 699] {
            assert_readable(&app, number).await;
        }
        house.done(&["check"]).await;
    }

    async fn a_wrapping_key_that_something_is_under_is_not_taken_out(house) {
        let house = with_keyring(house).await;
        import(&house, 3).await;
        assert_eq!(house.done(&["keys", "list"]).await, "wrapping key 1: 3 data keys, the newest\n");
        assert_eq!(house.done(&["keys", "retire"]).await, "There is no older wrapping key.\n");
        house.done(&["keys", "add"]).await;
        let before = std::fs::read(keys(&house)).unwrap();
        let refused = house.run(&["keys", "retire"]).await;
        assert_eq!(refused.status, Some(1));
        assert!(refused.err.contains("3 data keys are still under wrapping key 1; run: rapport keys rewrap"), "{}", refused.err);
        assert!(std::fs::read(keys(&house)).unwrap() == before, "the file is as it was");
        assert_eq!(house.done(&["keys", "rewrap"]).await, "3 data keys were wrapped again, under wrapping key 2.\n");
        assert_eq!(house.done(&["keys", "rewrap"]).await, "0 data keys were wrapped again, under wrapping key 2.\n");
        let out = house.done(&["keys", "retire"]).await;
        assert!(out.starts_with("Taken out: 1. In use: 2."), "{out}");
        assert_eq!(house.done(&["keys", "list"]).await, "wrapping key 2: 3 data keys, the newest\n");
    }

    async fn a_passkey_signs_in_as_before_when_the_wrapping_key_is_another(house) {
        let house = with_keyring(house).await;
        import(&house, 1).await;
        let server = house.serve().await;
        let ada = server.client(Some(&sign_up(&server.client(None), "ada").await));
        let mut ring = Authenticator::new(1);
        let asked = ada.ask("mutation { startPasskey { options userErrors { code } } }", json!({})).await;
        let input = json!({ "credential": ring.create(&asked.done("startPasskey")["options"]), "nickname": "Key ring" });
        ada.act("confirmPasskey", input, "").await.unwrap().done("confirmPasskey");
        for command in ["add", "rewrap", "retire"] {
            house.done(&["keys", command]).await;
        }
        let read = async |server: &Server, ring: &mut Authenticator| {
            let nobody = server.client(None);
            let asked = nobody.ask("mutation { startPasskeySignIn { options userErrors { code } } }", json!({})).await;
            let input = json!({ "credential": ring.get(&asked.done("startPasskeySignIn")["options"]) });
            let opened = nobody.act("completePasskeySignIn", input, "session { accessToken }").await.unwrap();
            let token = opened.done("completePasskeySignIn")["session"]["accessToken"].as_str().unwrap().to_owned();
            let reply = server.client(Some(&token)).ask("{ me { passkeys { nodes { nickname } } } }", json!({})).await;
            assert_eq!(reply.data("/me/passkeys/nodes"), &json!([{ "nickname": "Key ring" }]));
        };
        read(&server, &mut ring).await;
        drop(server);
        read(&house.serve().await, &mut ring).await;
    }

    async fn the_key_file_stays_its_owners_and_no_key_is_printed(house) {
        let house = with_keyring(house).await;
        import(&house, 1).await;
        let mut printed = String::new();
        let mut secret = secrets(&house);
        for command in ["list", "add", "list", "rewrap", "retire", "list"] {
            let outcome = house.run(&["keys", command]).await;
            assert_eq!(outcome.status, Some(0), "{outcome:?}");
            printed += &(outcome.out + &outcome.err);
            assert_eq!(std::fs::metadata(keys(&house)).unwrap().permissions().mode() & 0o777, 0o600, "{command}");
            secret.extend(secrets(&house));
        }
        assert!(secret.iter().all(|secret| !printed.contains(secret)), "{printed}");
        assert!(!house.folder.join("keys.json.new").exists());
        // A file that was left behind by a change that was broken off is in nobody's way.
        std::fs::write(house.folder.join("keys.json.new"), "half a fi").unwrap();
        house.done(&["keys", "add"]).await;
    }

    async fn a_rewrapping_that_was_killed_goes_on(house) {
        let house = with_keyring(house).await;
        import(&house, 1_600).await;
        house.done(&["keys", "add"]).await;
        let mut process = house.spawn(&["keys", "rewrap"]);
        until("something to be wrapped again", async || {
            let list = house.done(&["keys", "list"]).await;
            (process.status().is_some() || !list.contains("wrapping key 2: 0 ")).then_some(())
        })
        .await;
        process.kill();
        house.done(&["keys", "rewrap"]).await;
        let list = house.done(&["keys", "list"]).await;
        assert_eq!(list, "wrapping key 1: 0 data keys\nwrapping key 2: 1600 data keys, the newest\n");
        house.done(&["keys", "retire"]).await;
        let server = house.serve().await;
        let app = server.app("bank-app", SECRET).await;
        for number in [0, 800, 1_599] {
            assert_readable(&app, number).await;
        }
    }

    async fn a_keyring_copy_from_before_needs_the_key_that_was_retired_since(house) {
        let house = with_keyring(house).await;
        import(&house, 2).await;
        house.done(&["backup", "copy"]).await;
        let older = std::fs::read(keys(&house)).unwrap();
        for command in ["add", "rewrap", "retire"] {
            house.done(&["keys", command]).await;
        }
        let refused = house.run(&["restore", "copy", "--replace", "--replace-keyring"]).await;
        assert_eq!(refused.status, Some(1));
        assert!(refused.err.contains("wrapping key 1, which is not in RAPPORT_KEY_FILE"), "{}", refused.err);
        std::fs::write(keys(&house), older).unwrap();
        house.done(&["restore", "copy", "--replace", "--replace-keyring"]).await;
        let server = house.serve().await;
        assert_readable(&server.app("bank-app", SECRET).await, 1).await;
    }
}

/// A key file that the operator changes right after something was wrapped: at the third look at it.
struct ChangedMeanwhile(AtomicU32);

impl Source<WrappingKey> for ChangedMeanwhile {
    fn read(&self) -> Option<Vec<WrappingKey>> {
        let id = if self.0.load(Ordering::SeqCst) < 3 { 1 } else { 2 };
        Some(vec![WrappingKey { id, key: [7; 32].into() }])
    }

    fn stamp(&self) -> Option<Stamp> {
        let looks = self.0.fetch_add(1, Ordering::SeqCst) + 1;
        Some(Stamp([i64::from(looks >= 3), 0, 0, 0]))
    }
}

#[tokio::test]
async fn a_key_that_was_taken_out_while_something_was_wrapped_under_it_holds_nothing() {
    let file = database::fresh_folder("keyring").join("keyring.sqlite");
    let store = Store::open(&format!("sqlite://{}", file.display()), 1).await.unwrap();
    KeyringMigrator::up(store.writer(), None).await.unwrap();
    let wrapping = WrappingKeys::from_source(ChangedMeanwhile(AtomicU32::new(0))).unwrap();
    let keyring = Keyring::new(store, wrapping, Clock::System, Entropy::system());
    let customer = CustomerId(Entropy::system().id());
    keyring.create(&[customer]).await.unwrap();
    assert_eq!(keyring.used_wrapping_keys().await.unwrap(), [(2, 1)].into());
    assert!(keyring.key(customer).await.is_ok());
}
