//! The keys that sign access tokens change while servers run: the next one is published before it signs, and the older ones
//! are kept until their tokens have ended.

use std::os::unix::fs::PermissionsExt;

use api::config::keys::rotate;
use entity::signing::read_jwks;
use serde_json::{Value, json};
use tests::process::{House, until};
use tests::world::{DAY, MINUTE};
use tests::{Backend, World, on_both_databases};

use crate::accounts::refresh;
use crate::command_line::{SECRET, bank, in_a_house_on_both_databases};
use crate::forge::{Key, changed, claims_of, header_of, key_file};

const HOUR: i64 = 60 * MINUTE;

/// The ids of the published keys, in order.
async fn published(world: &World) -> Vec<String> {
    published_at(world, "/oauth/jwks").await
}

async fn published_at(world: &World, path: &str) -> Vec<String> {
    let text = world.http.get(format!("{}{path}", world.url)).send().await.unwrap().text().await.unwrap();
    read_jwks(&text).unwrap().into_iter().map(|key| key.kid).collect()
}

fn kid(token: &str) -> String {
    header_of(token)["kid"].as_str().unwrap().to_owned()
}

async fn status(world: &World, token: &str) -> u16 {
    world.ask_as(Some(token), "{ __typename }", json!({})).await.status.as_u16()
}

/// Puts the next key into the file: it signs in an hour.
fn add_key(world: &World) {
    rotate::add_token_key(&world.folder.join("keys.json"), world.clock.now()).unwrap();
}

/// Past the second in which a server does not look at its key file again.
fn pass(world: &World, milliseconds: i64) {
    world.pass(milliseconds.max(1_000));
}

on_both_databases! {
    async fn the_next_key_is_published_before_it_signs_and_the_old_one_kept_until_its_tokens_have_ended(world) {
        let bank = world.brand("bank").await;
        let nodes = [&world, &world.node().await];
        let first = kid(&bank.token().await);
        assert_eq!(published(&world).await, [first.as_str()]);

        add_key(&world);
        pass(&world, 0);
        let second = published(&world).await[1].clone();
        assert_eq!(published(nodes[1]).await, [first.as_str(), &second], "every node publishes it");
        assert_eq!(kid(&bank.token().await), first, "it does not sign yet");

        pass(&world, HOUR - 2_000);
        let last_of_first = bank.token().await;
        assert_eq!(kid(&last_of_first), first);
        pass(&world, 1_000);
        let first_of_second = bank.token().await;
        assert_eq!(kid(&first_of_second), second);
        for node in nodes {
            assert_eq!(published(node).await, [first.as_str(), &second]);
            for token in [&last_of_first, &first_of_second] {
                assert_eq!(status(node, token).await, 200, "both hold on every node");
            }
        }

        // To the end of what the first key has signed, and a little longer for clocks that differ.
        pass(&world, 5 * MINUTE - 1_000);
        assert_eq!(status(&world, &last_of_first).await, 200);
        pass(&world, 10_000);
        assert_eq!(published(&world).await, [first.as_str(), &second]);
        pass(&world, 1_000);
        assert_eq!(published(&world).await, [second.as_str()]);
        assert_eq!(status(&world, &bank.token().await).await, 200);
    }

    async fn a_key_that_signs_no_longer_or_not_yet_signs_nothing_that_holds(world) {
        let ada = world.customer("Ada").await;
        let token = ada.token().await;
        let old = Key::of(&world);
        let claims = claims_of(&token);
        let of = |key: &Key| {
            let now = world.clock.now().as_seconds();
            let dated = changed(&claims, "iat", Some(json!(now)));
            let claims = serde_json::from_str(&dated).unwrap();
            key.token(key.header(), changed(&claims, "exp", Some(json!(now + 300))))
        };
        assert_eq!(status(&world, &of(&old)).await, 200, "the forger's tools make genuine tokens");
        add_key(&world);
        pass(&world, 0);
        let next = Key::number(&world, 1);
        assert_eq!(status(&world, &of(&next)).await, 401, "published is not in use");
        // A clock that is ahead by what two clocks may differ.
        pass(&world, HOUR - 6_000);
        assert_eq!(status(&world, &of(&next)).await, 200);
        pass(&world, 5_000 + 5 * MINUTE + 9_000);
        assert_eq!(status(&world, &of(&old)).await, 200, "kept to the end");
        let late = of(&old);
        assert_eq!(status(&world, &late).await, 200);
        pass(&world, 1_000);
        for token in [late, of(&old)] {
            assert_eq!(status(&world, &token).await, 401, "over, and what was recognised a moment ago is, too");
        }
        assert_eq!(status(&world, &of(&next)).await, 200);
    }

    async fn all_keys_replaced_at_once_end_every_token_and_no_session(world) {
        let (ada, bank) = (world.customer("Ada").await, world.brand("bank").await);
        let (session, app) = (ada.token().await, bank.token().await);
        let node = world.node().await;
        for token in [&session, &app] {
            assert_eq!((status(&world, token).await, status(&node, token).await), (200, 200));
        }
        rotate::replace_token_keys(&world.folder.join("keys.json"), world.clock.now()).unwrap();
        pass(&world, 0);
        for token in [&session, &app] {
            assert_eq!((status(&world, token).await, status(&node, token).await), (401, 401));
        }
        assert_eq!(published(&world).await.len(), 1);
        let (renewed, _) = refresh(&world, &json!(ada.refresh_token())).await;
        assert_eq!(status(&node, renewed.as_str().unwrap()).await, 200);
        assert_eq!(status(&node, &bank.token().await).await, 200);
    }

    async fn the_worker_adds_the_next_key_after_ninety_days_once_however_many_nodes_work(world) {
        let node = world.node().await;
        world.pass(90 * DAY - 1);
        world.work().await;
        assert_eq!(published(&world).await.len(), 1);
        world.pass(1);
        let (here, there) = tokio::join!(world.work(), node.work());
        assert!(here + there >= 1);
        world.work().await;
        pass(&world, 0);
        assert_eq!(published(&world).await.len(), 2, "one, not one per node");
        let path = world.folder.join("keys.json");
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        pass(&world, HOUR);
        let bank = world.brand("bank").await;
        assert_eq!(kid(&bank.token().await), published(&world).await[1]);
        // The one after the next takes the first one out of the file.
        world.pass(90 * DAY);
        world.work().await;
        assert_eq!(key_file(&world)["tokens"].as_array().unwrap().len(), 2, "what is over is gone from the file");
    }
}

in_a_house_on_both_databases! {
    async fn an_operator_sees_and_rotates_them_and_no_key_is_printed(house) {
        house.import(&[bank()]).await;
        let server = house.serve().await;
        let app = server.app("bank-app", SECRET).await;
        let list = house.done(&["token-keys", "list"]).await;
        assert!(list.lines().count() == 1 && list.ends_with(", in use\n"), "{list}");
        let out = house.done(&["token-keys", "rotate"]).await;
        assert!(out.starts_with("The next token key is in ") && out.contains(", and signs from 2"), "{out}");
        let again = house.run(&["token-keys", "rotate"]).await;
        assert_eq!(again.status, Some(1));
        assert!(again.err.contains("already, and signs from 2") && again.err.contains("nothing was changed"), "{}", again.err);
        let list = house.done(&["token-keys", "list"]).await;
        let lines: Vec<&str> = list.lines().collect();
        assert!(lines.len() == 2 && lines[0].ends_with(", in use") && lines[1].ends_with(", published, next"), "{list}");
        assert_eq!(app.ask("{ __typename }", json!({})).await.status, 200);
        let file: Value = serde_json::from_str(&std::fs::read_to_string(house.folder.join("keys.json")).unwrap()).unwrap();
        let all = house.done(&["token-keys", "rotate", "--at-once"]).await;
        assert!(all.contains("no other one holds any more"), "{all}");
        let printed = [out, again.out, again.err, list, all, server.process.log()].concat();
        for key in file["tokens"].as_array().unwrap() {
            assert!(!printed.contains(key["key"].as_str().unwrap()));
        }
        until("the token to end", async || {
            (app.ask("{ __typename }", json!({})).await.status == 401).then_some(())
        })
        .await;
        assert_eq!(server.app("bank-app", SECRET).await.ask("{ __typename }", json!({})).await.status, 200);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_file_from_before_there_was_a_line_of_keys_is_understood() {
    let world = World::start(Backend::Sqlite).await;
    let bank = world.brand("bank").await;
    let token = bank.token().await;
    let path = world.folder.join("keys.json");
    let mut file = key_file(&world);
    let old = file.as_object_mut().unwrap().remove("tokens").unwrap()[0]["key"].clone();
    file["signing"] = old;
    std::fs::write(&path, file.to_string()).unwrap();
    let node = world.node().await;
    assert_eq!(status(&node, &token).await, 200);
    add_key(&world);
    pass(&world, 0);
    assert_eq!(published(&node).await.len(), 2);
    let file = key_file(&world);
    assert_eq!((file["tokens"].as_array().unwrap().len(), file.get("signing")), (2, None));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_or_missing_file_changes_nothing_while_the_server_runs() {
    let world = World::start(Backend::Sqlite).await;
    let bank = world.brand("bank").await;
    let path = world.folder.join("keys.json");
    let whole = std::fs::read_to_string(&path).unwrap();
    for text in [Some("{"), Some(""), None] {
        std::fs::remove_file(&path).unwrap();
        if let Some(text) = text {
            std::fs::write(&path, text).unwrap();
        }
        pass(&world, 0);
        let token = bank.token().await;
        assert_eq!(status(&world, &token).await, 200);
        std::fs::write(&path, &whole).unwrap();
    }
}

/// Evidence is not signed by what signs tokens, and the other way round.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_of_tokens_and_of_receipts_are_published_apart() {
    let world = World::start(Backend::Sqlite).await;
    assert_eq!(published_at(&world, "/.well-known/jwks.json").await, [Key::of_evidence(&world).kid()]);
    assert_eq!(published(&world).await, [Key::of(&world).kid()]);
    assert_eq!(
        key_file(&world)["tokens"][0]["from"],
        json!(world.clock.now().to_string()),
        "a new file's key signs from its making"
    );
}
