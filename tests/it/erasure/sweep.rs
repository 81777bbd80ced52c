//! What lies on the disk: before an erasure nothing of a customer in clear, after it not even what was sealed.
//!
//! On SQLite every byte of both stores with their journals is searched. On PostgreSQL every column of every table is: dead
//! rows and its own journal are in a data folder that a client cannot reach, and wait there for VACUUM.

use std::collections::BTreeMap;

use entity::store::Store;
use sea_orm::{ConnectionTrait, Statement};
use serde_json::json;
use tests::canary::Canaries;
use tests::customer::PASSWORD;
use tests::world::{ALL_SCOPES, DAY};
use tests::{Authenticator, Backend, Customer, World, on_both_databases};

use super::{erase, id};
use crate::conversations::{arrive, reached};
use crate::passkeys;
use crate::requests::{ask, opened, plain, with};
use crate::sign_in::second_factor;

const HANDLE: &str = "brindlefox@handle.example";

fn words() -> Canaries {
    let mut words = Canaries::default();
    words.add("login", &["quillfeather"]);
    words.add("name", &["Zorblatt", "Wexmoor", "Tundervale", "xemkin"]);
    words.add("contact", &["mossgrave", "15799887766"]);
    words.add("handles", &["brindlefox", "unprovenfox"]);
    words.add("area", &["QX77ZELM", "Velmorania"]);
    words.add("language", &["plimsol", "Antarctica/Troll"]);
    words.add("preferences", &["gorblin", "snarvik", "wuzzletop"]);
    words.add("context", &["flanwick", "drovemere", "pelthorn", "ostrigan"]);
    words.add("passkey", &["thistlering"]);
    words.add("message", &["yarrowgate", "brambleton", "hollowmere", "tattersill"]);
    words.add("secret", &[PASSWORD]);
    words
}

/// Somebody who tells everything, to whom everything happens.
async fn somebody<'w>(world: &'w World) -> Customer<'w> {
    let bank = world.brand("bank").await;
    let ada = world.customer("Quillfeather").await;
    let profile = json!({
        "name": { "displayName": "Zorblatt", "givenName": "Wexmoor", "familyName": "Tundervale", "pronouns": "xemkin" },
        "contact": { "email": "mossgrave@contact.example", "phone": "+4915799887766", "preferredChannel": "PHONE" },
        "area": { "postalCode": "QX77ZELM", "region": "Velmorania", "country": "NO" },
        "language": { "locale": "en-x-plimsol", "timeZone": "Antarctica/Troll" },
    });
    ada.act("updateProfile", profile, "").await.done("updateProfile");
    let preference = json!({ "category": "gorblin", "key": "snarvik", "value": "wuzzletop" });
    ada.act("setPreferences", json!({ "preferences": [preference] }), "").await.done("setPreferences");
    let need = json!({ "topic": "flanwick", "text": "drovemere", "area": "pelthorn", "wishedOutcome": "ostrigan" });
    ada.act("stateContext", need, "").await.done("stateContext");
    let link = ada.link_email("brindlefox-old@handle.example").await;
    ada.act("unlink", json!({ "linkId": link }), "").await.done("unlink");
    ada.link_email(HANDLE).await;
    ada.act("startLink", json!({ "channel": "EMAIL", "handle": "unprovenfox@handle.example" }), "")
        .await
        .done("startLink");
    ada.act("pauseEverything", json!({ "idempotencyKey": "gorblin-once" }), "").await.done("pauseEverything");
    ada.give("bank", "CUSTOMER_CARE", &ALL_SCOPES).await;
    let meant = json!({ "handle": { "channel": "EMAIL", "handle": HANDLE } });
    opened(&ada, &ask(&bank, with(plain(), meant)).await).await;
    assert_eq!(bank.profile(HANDLE, "CUSTOMER_CARE").await["name"]["displayName"], "Zorblatt");
    crate::oauth::connect(world, &ada).await;
    let started = ada.act("changeEmail", json!({ "email": "quillfeather-new@example.org" }), "challenge { id }").await;
    let id = started.done("changeEmail")["challenge"]["id"].clone();
    let code = world.code_mailed_to("quillfeather-new@example.org");
    let proof = json!({ "challengeId": id, "code": code });
    ada.act("completeEmailChange", proof, "").await.done("completeEmailChange");
    second_factor::set_up(world, &ada).await;
    let (passkey, _) = passkeys::register(&ada, &mut Authenticator::new(1)).await;
    ada.act("renamePasskey", json!({ "passkeyId": passkey, "nickname": "thistlering" }), "")
        .await
        .done("renamePasskey");
    passkeys::options(&ada).await;
    let said = json!({ "id": "yarrowgate", "author": { "handle": HANDLE, "name": "brambleton" },
        "to": { "handle": "care@bank.example.org" }, "text": "hollowmere" });
    reached(world, "bank").await;
    arrive(world, "EMAIL", &said).await;
    let queue = bank.ask("{ brand { conversations { nodes { id } } } }", json!({})).await;
    let reply = "mutation($id: ID!, $template: String!) { sendReply(input: { conversationId: $id, visibility: PRIVATE,
        template: $template }) { message { delivery } userErrors { message } } }";
    let template = "tattersill {{ name.displayName }} {{ contact.phone }}";
    let id = queue.data("/brand/conversations/nodes/0/id");
    let sent = bank.ask(reply, json!({ "id": id, "template": template })).await;
    assert_eq!(sent.done("sendReply")["message"]["delivery"], "QUEUED");
    while world.work().await > 0 {}
    ada
}

/// Everything that both stores hold, by where it lies.
async fn held(world: &World) -> BTreeMap<String, Vec<u8>> {
    match world.backend {
        Backend::Sqlite => files(world),
        Backend::Postgres => {
            let vault = &world.deps.vault;
            let mut all = rows(&vault.store).await;
            all.extend(rows(vault.keyring.store()).await);
            all
        }
    }
}

fn files(world: &World) -> BTreeMap<String, Vec<u8>> {
    let names = ["test", "keyring"]
        .into_iter()
        .flat_map(|store| ["", "-wal", "-shm"].map(|end| format!("{store}.sqlite{end}")));
    let read = |name: String| Some((name.clone(), std::fs::read(world.folder.join(&name)).ok()?));
    let files: BTreeMap<_, _> = names.filter_map(read).collect();
    assert!(files["test.sqlite"].len() > 50_000 && files["keyring.sqlite"].len() > 4_000, "the files are there");
    files
}

/// Every column of every table as text; bytes are hexadecimal there.
#[expect(clippy::disallowed_methods, reason = "whatever tables there are, without a list of them")]
async fn rows(store: &Store) -> BTreeMap<String, Vec<u8>> {
    let ask =
        async |text: String| store.reader().query_all_raw(Statement::from_string(store.backend(), text)).await.unwrap();
    let tables =
        ask("select table_name::text as name from information_schema.tables where table_schema = 'public'".into());
    let mut all = BTreeMap::new();
    for row in tables.await {
        let table: String = row.try_get("", "name").unwrap();
        let dump = ask(format!("select coalesce(string_agg(t::text, E'\\n'), '') as dump from \"{table}\" t")).await;
        all.insert(table, dump[0].try_get::<String>("", "dump").unwrap().into_bytes());
    }
    assert!(all.len() > 1 || all.contains_key("data_key"));
    all
}

/// What is sealed or hashed of the customer: each value that an erasure has to take away.
#[expect(clippy::disallowed_methods, reason = "a thief does not ask the entities")]
async fn secrets(world: &World, customer: uuid::Uuid) -> BTreeMap<String, Vec<u8>> {
    let vault = &world.deps.vault;
    let mut found = BTreeMap::new();
    let written = "lookup in (select lookup from directory where customer_id = $1)";
    let said = format!("correspondent_id in (select id from correspondent where {written})");
    for (store, table, column) in [
        (&vault.store, "cluster", "payload"),
        (&vault.store, "credential", "payload"),
        (&vault.store, "former_login", "payload"),
        (&vault.store, "former_login", "secret_hash"),
        (&vault.store, "authenticator", "payload"),
        (&vault.store, "recovery_code", "hash"),
        (&vault.store, "passkey", "payload"),
        (&vault.store, "passkey", "lookup"),
        (&vault.store, "passkey_challenge", "hash"),
        (&vault.store, "link", "payload"),
        (&vault.store, "challenge", "payload"),
        (&vault.store, "challenge", "target"),
        (&vault.store, "directory", "lookup"),
        (&vault.store, "refresh_token", "hash"),
        (&vault.store, "idempotency", "key"),
        (&vault.store, "token_family", "code_hash"),
        (&vault.store, "token_family", "refresh_hash"),
        (&vault.store, "correspondent", "payload"),
        (&vault.store, "message", "payload"),
        (vault.keyring.store(), "data_key", "wrapped"),
    ] {
        let whose = match table {
            "correspondent" => written,
            "message" => &said,
            _ => "customer_id = $1",
        };
        let text = format!("select {column} as value from {table} where {whose}");
        let statement = Statement::from_sql_and_values(store.backend(), text, [customer.into()]);
        let values = store.reader().query_all_raw(statement).await.unwrap();
        assert!(!values.is_empty(), "{table}.{column} holds something");
        for (place, row) in values.iter().enumerate() {
            found.insert(format!("{table}.{column} {place}"), row.try_get::<Vec<u8>>("", "value").unwrap());
        }
    }
    // Those whom the brand knows by their accounts have keys of their own.
    let (store, keyring) = (&vault.store, vault.keyring.store());
    let own = format!("select id as value from correspondent where {written}");
    let own = Statement::from_sql_and_values(store.backend(), own, [customer.into()]);
    for row in store.reader().query_all_raw(own).await.unwrap() {
        let id: uuid::Uuid = row.try_get("", "value").unwrap();
        let key = "select wrapped as value from data_key where customer_id = $1";
        let key = Statement::from_sql_and_values(keyring.backend(), key, [id.into()]);
        let key = keyring.reader().query_one_raw(key).await.unwrap().unwrap();
        found.insert(format!("data_key of {id}"), key.try_get::<Vec<u8>>("", "value").unwrap());
    }
    found
}

/// Where a value lies in a store: as bytes, or as PostgreSQL writes them.
fn places(value: &[u8], held: &BTreeMap<String, Vec<u8>>) -> Vec<String> {
    // The beginning says it: a long value may go on in another page.
    let start = &value[..value.len().min(24)];
    let text = start.iter().map(|byte| format!("{byte:02x}")).collect::<String>().into_bytes();
    let holds = |bytes: &[u8], wanted: &[u8]| bytes.windows(wanted.len()).any(|window| window == wanted);
    held.iter().filter(|(_, bytes)| holds(bytes, start) || holds(bytes, &text)).map(|(name, _)| name.clone()).collect()
}

fn assert_no_word(canaries: &Canaries, held: &BTreeMap<String, Vec<u8>>, when: &str) {
    for (place, bytes) in held {
        let found = canaries.found(&String::from_utf8_lossy(bytes));
        assert!(found.is_empty(), "{when} {place} holds {found:?}");
    }
}

on_both_databases! {
    async fn no_word_of_a_customer_lies_in_a_store_and_after_an_erasure_nothing_that_was_sealed_either(world) {
        let ada = somebody(&world).await;
        let canaries = words();
        let sample = b"-- Zorblatt --".to_vec();
        assert_eq!(canaries.found(&String::from_utf8_lossy(&sample)).len(), 1, "words are found in bytes");
        let before = held(&world).await;
        assert_no_word(&canaries, &before, "before the erasure");
        let secrets = secrets(&world, id(&ada).await.0).await;
        for (name, value) in &secrets {
            assert!(!places(value, &before).is_empty(), "{name} is looked for in the right places");
        }
        erase(&ada).await;
        let after = held(&world).await;
        assert_no_word(&canaries, &after, "after the erasure");
        let left = |held: &BTreeMap<String, Vec<u8>>| -> Vec<String> {
            secrets.iter().filter(|(_, value)| !places(value, held).is_empty()).map(|(name, _)| name.clone()).collect()
        };
        // For a day the codes of that day are counted still, so that guessing one does not only take new accounts: by the
        // same keyed hash as the handle's in the directory.
        let counted: Vec<_> = secrets.iter().filter(|(name, _)| name.starts_with("challenge.target")).collect();
        let is_counted = |name: &String| counted.iter().any(|(_, target)| *target == &secrets[name]);
        let surplus: Vec<_> = left(&after).into_iter().filter(|name| !is_counted(name)).collect();
        assert_eq!(surplus, [""; 0]);
        world.pass(DAY);
        while world.work().await > 0 {}
        world.deps.vault.store.clear_journal().await.unwrap();
        assert_eq!(left(&held(&world).await), [""; 0]);
    }
}
