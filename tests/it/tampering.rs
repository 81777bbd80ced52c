//! The log in the database: everything gets a place and a proof, and whatever is changed behind its back is named.

use entity::log::{Head, SignedCheckpoint, leaf_hash, verify_consistency, verify_inclusion};
use entity::signing::read_jwks;
use entity::vault::log::{Findings, Fork, audit, begin_epoch, latest, sequence};
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};
use tests::world::DAY;
use tests::{Backend, BrandApp, Customer, World, on_both_databases};

/// Gives a place to everything that waits.
pub async fn settle(world: &World) -> usize {
    let mut placed = 0;
    loop {
        match sequence(&world.deps.vault).await.unwrap() {
            0 => return placed,
            some => placed += some,
        }
    }
}

/// What an audit by the deployment's own keys says; the heads are kept outside.
pub async fn audited(world: &World, kept: &[Head]) -> Result<Findings, String> {
    let vault = &world.deps.vault;
    audit(vault, vault.signing.published(), kept.to_vec()).await.map_err(|fault| fault.to_string())
}

/// Where the log stands, as somebody outside would keep it.
async fn keep(world: &World) -> Head {
    let head = latest(&world.deps.vault).await.unwrap().expect("a checkpoint");
    Head { size: head.size, root: head.root }
}

#[expect(clippy::disallowed_methods, reason = "a thief does not ask the entities")]
pub async fn tamper(world: &World, statement: &str) {
    let writer = world.deps.vault.store.writer();
    let done = writer.execute_raw(Statement::from_string(writer.get_database_backend(), statement)).await.unwrap();
    assert!(done.rows_affected() > 0, "{statement}");
}

/// A customer who shares, is read three times, and withdraws: three disclosures, two events.
async fn some_history<'w>(world: &'w World, bank: &BrandApp<'w>, name: &str) -> Customer<'w> {
    let who = world.customer(name).await;
    who.link_email(&who.email).await;
    let grant = who.give("bank", "CUSTOMER_CARE", &["NAME"]).await;
    bank.profile(&who.email, "CUSTOMER_CARE").await;
    bank.profile(&who.email, "CUSTOMER_CARE").await;
    who.withdraw(&grant).await;
    bank.profile(&who.email, "CUSTOMER_CARE").await;
    who
}

const PROOFS: &str = "{ log { origin checkpoint { epoch size root note } } me { disclosures(first: 50) { nodes { id
    proof { leafIndex entry hashes checkpoint } } } } }";

/// Checks a proof with nothing but the published keys.
fn proven(proof: &Value, jwks: &str, origin: &str) -> u64 {
    let note: SignedCheckpoint = proof["checkpoint"].as_str().unwrap().parse().unwrap();
    let keys = read_jwks(jwks).unwrap();
    let origin = origin.parse().unwrap();
    let checkpoint = keys.iter().find_map(|key| note.verify(&origin, &key.bytes).ok()).expect("signed by us");
    let hashes: Vec<_> =
        proof["hashes"].as_array().unwrap().iter().map(|hash| hash.as_str().unwrap().parse().unwrap()).collect();
    let index = proof["leafIndex"].as_u64().unwrap();
    let leaf = leaf_hash(proof["entry"].as_str().unwrap().as_bytes());
    verify_inclusion(leaf, index, &hashes, checkpoint.head).expect("the proof leads to the root");
    index
}

on_both_databases! {
    async fn every_read_and_every_event_gets_a_place_and_a_proof_that_anybody_can_check(world) {
        let bank = world.brand("bank").await;
        let ada = some_history(&world, &bank, "Ada").await;
        assert_eq!(ada.ask(PROOFS, json!({})).await.data("/me/disclosures/nodes/0/proof"), &Value::Null, "it waits");
        assert_eq!(settle(&world).await, 5, "three reads, two events");
        bank.profile("nobody@example.org", "CUSTOMER_CARE").await;
        assert_eq!(settle(&world).await, 1, "a miss has its place too");

        let jwks = world.http.get(format!("{}/.well-known/jwks.json", world.url)).send().await.unwrap().text().await.unwrap();
        let reply = ada.ask(PROOFS, json!({})).await;
        assert_eq!(reply.data("/log/checkpoint/size"), 6);
        let reads = reply.data("/me/disclosures/nodes").as_array().unwrap().clone();
        let origin = reply.data("/log/origin").as_str().unwrap();
        let mut places: Vec<u64> = reads.iter().map(|read| proven(&read["proof"], &jwks, origin)).collect();
        places.sort_unstable();
        places.dedup();
        assert_eq!(places.len(), 3);
        for read in &reads {
            assert!(read["proof"]["entry"].as_str().unwrap().contains(read["id"].as_str().unwrap()), "it is this record's");
            assert!(!read["proof"]["entry"].as_str().unwrap().contains("displayName"), "and what was asked is sealed");
        }
        let note = world.http.get(format!("{}/log/checkpoint", world.url)).send().await.unwrap().text().await.unwrap();
        assert_eq!(note, reply.data("/log/checkpoint/note").as_str().unwrap());
    }

    async fn a_log_that_has_grown_proves_that_it_begins_with_what_it_was(world) {
        let bank = world.brand("bank").await;
        some_history(&world, &bank, "Ada").await;
        settle(&world).await;
        let old = keep(&world).await;
        some_history(&world, &bank, "Bob").await;
        settle(&world).await;
        let new = keep(&world).await;
        let query = "query($from: Int!, $to: Int!) { log { consistency(from: $from, to: $to) { hashes } } }";
        let reply = world.ask(query, json!({ "from": old.size, "to": new.size })).await;
        let hashes: Vec<_> = reply.data("/log/consistency/hashes").as_array().unwrap().iter()
            .map(|hash| hash.as_str().unwrap().parse().unwrap()).collect();
        verify_consistency(old, new, &hashes).expect("the old log is the beginning of the new one");
        let reply = world.ask(query, json!({ "from": new.size, "to": new.size + 1 })).await;
        assert_eq!(reply.code(), "BAD_USER_INPUT");
    }

    async fn a_sound_log_is_found_whole_and_what_waits_is_counted(world) {
        let bank = world.brand("bank").await;
        some_history(&world, &bank, "Ada").await;
        settle(&world).await;
        some_history(&world, &bank, "Bob").await;
        let found = audited(&world, &[keep(&world).await]).await.unwrap();
        assert_eq!((found.head.size, found.proven, found.waiting), (5, 5, 5));
        settle(&world).await;
        assert_eq!(audited(&world, &[]).await.unwrap().waiting, 0);
    }

    async fn an_edited_record_is_named(world) {
        let bank = world.brand("bank").await;
        some_history(&world, &bank, "Ada").await;
        settle(&world).await;
        for edit in [
            "update disclosure set purpose = 'ANALYTICS' where id = (select record_id from log_leaf where leaf_index = 2)",
            "update disclosure set occurred_at = occurred_at + 1 where id = (select record_id from log_leaf where leaf_index = 2)",
        ] {
            tamper(&world, edit).await;
            let fault = audited(&world, &[]).await.unwrap_err();
            assert!(fault.starts_with("entry 2 does not hash to its stored leaf hash (record "), "{fault}");
        }
        tamper(&world, "update disclosure set answered = false where id = (select record_id from log_leaf where leaf_index = 1)").await;
        assert!(audited(&world, &[]).await.unwrap_err().starts_with("entry 1 "), "whether anything left is in the log");
        tamper(&world, "update consent_event set kind = 'PAUSED' where revision = 1").await;
        assert!(audited(&world, &[]).await.unwrap_err().starts_with("entry 0 "), "events are in the log too");
    }

    async fn a_deleted_record_is_named_and_so_is_one_whose_leaf_went_with_it(world) {
        let bank = world.brand("bank").await;
        some_history(&world, &bank, "Ada").await;
        settle(&world).await;
        tamper(&world, "delete from disclosure where id = (select record_id from log_leaf where leaf_index = 1)").await;
        assert!(audited(&world, &[]).await.unwrap_err().starts_with("entry 1 ("));
        tamper(&world, "delete from log_leaf where leaf_index = 1").await;
        assert!(audited(&world, &[]).await.unwrap_err().starts_with("expected entry 1, found entry 2"));
    }

    async fn a_record_inserted_past_the_log_is_named(world) {
        let bank = world.brand("bank").await;
        some_history(&world, &bank, "Ada").await;
        settle(&world).await;
        bank.profile("nobody@example.org", "CUSTOMER_CARE").await;
        tamper(&world, "delete from log_pending").await;
        let fault = audited(&world, &[]).await.unwrap_err();
        assert!(fault.contains("neither has a place nor waits for one"), "{fault}");
    }

    async fn a_record_inserted_under_a_place_that_is_another_s_or_lies_outside_is_named(world) {
        let bank = world.brand("bank").await;
        some_history(&world, &bank, "Ada").await;
        some_history(&world, &bank, "Bob").await;
        settle(&world).await;
        let copy = "insert into disclosure (customer_id, id, brand_id, app_id, purpose, grant_id, grant_version, revision, \
            occurred_at, key_id, payload) select c.id, d.id, d.brand_id, d.app_id, d.purpose, null, null, 0, d.occurred_at, \
            d.key_id, d.payload from disclosure d, customer c where c.id <> d.customer_id and \
            d.id = (select record_id from log_leaf where kind = 'DISCLOSURE' order by leaf_index limit 1)";
        tamper(&world, copy).await;
        tamper(&world, "delete from log_pending").await;
        let fault = audited(&world, &[]).await.unwrap_err();
        assert!(fault.contains("neither has a place nor waits for one"), "the id of another's record: {fault}");
    }

    async fn a_leaf_outside_of_the_log_is_named(world) {
        let bank = world.brand("bank").await;
        some_history(&world, &bank, "Ada").await;
        settle(&world).await;
        bank.profile("nobody@example.org", "CUSTOMER_CARE").await;
        let place = "insert into log_leaf (leaf_index, kind, customer_id, record_id) \
            select 900000000, kind, customer_id, record_id from log_pending";
        tamper(&world, place).await;
        tamper(&world, "delete from log_pending").await;
        let fault = audited(&world, &[]).await.unwrap_err();
        assert!(fault.contains("neither has a place nor waits for one"), "{fault}");
        tamper(&world, "delete from disclosure where id = (select record_id from log_leaf where leaf_index = 900000000)").await;
        assert!(audited(&world, &[]).await.unwrap_err().contains("lies outside of the log"));
    }

    async fn a_root_that_follows_from_changed_tiles_is_never_signed(world) {
        let bank = world.brand("bank").await;
        some_history(&world, &bank, "Ada").await;
        settle(&world).await;
        let kept = keep(&world).await;
        let tile = match world.backend {
            Backend::Sqlite => "update log_tile set hashes = zeroblob(length(hashes))",
            Backend::Postgres => "update log_tile set hashes = decode(repeat('00', length(hashes)), 'hex')",
        };
        tamper(&world, tile).await;
        bank.profile("nobody@example.org", "CUSTOMER_CARE").await;
        assert!(sequence(&world.deps.vault).await.is_err());
        assert_eq!(keep(&world).await, kept);
    }

    async fn two_records_that_changed_places_are_found(world) {
        let bank = world.brand("bank").await;
        some_history(&world, &bank, "Ada").await;
        settle(&world).await;
        tamper(&world, "update log_leaf set leaf_index = 100 where leaf_index = 1").await;
        tamper(&world, "update log_leaf set leaf_index = 1 where leaf_index = 2").await;
        tamper(&world, "update log_leaf set leaf_index = 2 where leaf_index = 100").await;
        assert!(audited(&world, &[]).await.unwrap_err().starts_with("entry 1 does not hash"));
    }

    async fn a_log_cut_off_with_everything_that_told_of_it_is_found_by_whoever_kept_a_checkpoint(world) {
        let bank = world.brand("bank").await;
        some_history(&world, &bank, "Ada").await;
        settle(&world).await;
        let earlier = keep(&world).await;
        some_history(&world, &bank, "Bob").await;
        settle(&world).await;
        let kept = keep(&world).await;
        for cut in [
            "delete from disclosure where id in (select record_id from log_leaf where leaf_index >= 5)",
            "delete from consent_event where id in (select record_id from log_leaf where leaf_index >= 5)",
            "delete from log_leaf where leaf_index >= 5",
            "delete from log_checkpoint where size > 5",
            "update log_head set size = 5",
        ] {
            tamper(&world, cut).await;
        }
        assert!(audited(&world, &[earlier]).await.is_ok(), "nothing inside tells of it");
        assert_eq!(audited(&world, &[kept]).await.unwrap_err(), "the log ends after 5 entries, a checkpoint has 10");
    }

    async fn what_a_restore_has_lost_is_declared_by_every_checkpoint_after_it_and_is_no_tampering(world) {
        let bank = world.brand("bank").await;
        some_history(&world, &bank, "Ada").await;
        settle(&world).await;
        let copied = keep(&world).await;
        let lost = Head { size: copied.size + 3, ..copied };
        assert_eq!(begin_epoch(&world.deps.vault, Some(lost)).await.unwrap(), 2);
        for _ in 0..2 {
            let head = latest(&world.deps.vault).await.unwrap().unwrap();
            let note: SignedCheckpoint = head.note.parse().unwrap();
            let key = world.deps.vault.signing.published()[0].bytes;
            let checkpoint = note.verify(&world.deps.vault.signing.origin, &key).unwrap();
            assert_eq!((head.epoch, checkpoint.epoch, checkpoint.previous), (2, Some(2), Some(lost)));
            let fork = Fork::declared_by(checkpoint).unwrap();
            assert_eq!(fork.at, copied.size);
            assert!(fork.has_lost(lost) && !fork.has_lost(copied), "what the copy had must be there still");
            assert!(!fork.has_lost(Head { size: lost.size + 1, ..lost }), "and nobody can hide more than was declared");
            bank.profile("nobody@example.org", "CUSTOMER_CARE").await;
            settle(&world).await;
        }
        assert!(audited(&world, &[copied]).await.is_ok());
        assert!(audited(&world, &[lost]).await.is_err(), "the audit itself excuses nothing");
    }

    async fn a_record_that_a_grant_no_longer_allowed_is_named(world) {
        let bank = world.brand("bank").await;
        some_history(&world, &bank, "Ada").await;
        tamper(&world, "update disclosure set revision = 2 where grant_id is not null").await;
        settle(&world).await;
        let fault = audited(&world, &[]).await.unwrap_err();
        assert!(fault.contains("at or after the end of its grant"), "{fault}");
    }

    async fn a_checkpoint_signed_by_somebody_else_is_named(world) {
        let bank = world.brand("bank").await;
        some_history(&world, &bank, "Ada").await;
        settle(&world).await;
        let stranger = World::start(Backend::Sqlite).await;
        let keys = stranger.deps.vault.signing.published();
        let fault = audit(&world.deps.vault, keys, Vec::new()).await.unwrap_err().to_string();
        assert_eq!(fault, "the stored checkpoint of 5 entries in epoch 1 is not what was signed");
    }

    async fn a_checkpoint_whose_date_was_moved_is_named(world) {
        let bank = world.brand("bank").await;
        some_history(&world, &bank, "Ada").await;
        settle(&world).await;
        tamper(&world, "update log_checkpoint set created_at = created_at - 1").await;
        let fault = audited(&world, &[]).await.unwrap_err();
        assert_eq!(fault, "the stored checkpoint of 5 entries in epoch 1 is not what was signed");
    }

    async fn checkpoints_older_than_a_week_are_let_go_and_the_log_still_proves_what_they_said(world) {
        let bank = world.brand("bank").await;
        some_history(&world, &bank, "Ada").await;
        settle(&world).await;
        let first = keep(&world).await;
        world.pass(8 * DAY);
        bank.profile("nobody@example.org", "CUSTOMER_CARE").await;
        for stored in [1, 2, 3] {
            some_history(&world, &bank, &format!("Bob{stored}")).await;
            settle(&world).await;
            assert_eq!(audited(&world, &[first]).await.unwrap().checkpoints, stored);
        }
    }
}
