//! What waits for a lock judges by the time at which it is its turn, and holds nobody else up. On PostgreSQL: SQLite has one
//! writer, which waits before it begins.

use entity::customer;
use entity::vault::Vault;
use sea_orm::{ConnectionTrait, EntityTrait, QuerySelect, Statement, TransactionTrait};
use serde_json::{Value, json};
use tests::world::DAY;
use tests::{Backend, Reply, World};
use tokio::task::JoinSet;

use tests::process::until;

/// Waits until a client of this very database waits for a lock: not one of another test's, and not the server's own vacuum.
#[expect(clippy::disallowed_methods, reason = "only the server's own catalogue knows who waits")]
async fn somebody_waits(vault: &Vault) {
    let waiting = "select count(*) as waiting from pg_stat_activity where datname = current_database() \
                   and backend_type = 'client backend' and wait_event_type = 'Lock'";
    until("somebody to wait", async || {
        let statement = Statement::from_string(vault.store.backend(), waiting);
        let row = vault.store.reader().query_one_raw(statement).await.unwrap().unwrap();
        (row.try_get::<i64>("", "waiting").unwrap() > 0).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_widening_that_waited_beyond_the_grants_end_finds_it_over_and_reads_go_on_meanwhile() {
    let world = World::start(Backend::Postgres).await;
    let bank = world.brand("bank").await;
    let ada = world.customer("Ada").await;
    ada.link_email("ada@example.org").await;
    let given =
        json!({ "brand": "bank", "purpose": "CUSTOMER_CARE", "scopes": ["NAME"], "expiresAt": world.time(4 * 60_000) });
    let given = ada.act("giveConsent", given, "grant { id }").await;
    let grant = given.done("giveConsent")["grant"]["id"].clone();
    let wider = json!({ "grantId": grant, "expiresAt": world.time(30 * DAY) });
    let difference = ada.act("amendConsent", wider.clone(), "confirmationToken").await;
    let mut confirmed = wider;
    confirmed["confirmationToken"] = difference.done("amendConsent")["confirmationToken"].clone();

    let vault = &world.deps.vault;
    let held = vault.store.writer().begin().await.unwrap();
    customer::Entity::find().lock_exclusive().all(&held).await.unwrap();
    let query = "mutation($input: AmendConsentInput!) { amendConsent(input: $input) { grant { state } userErrors { code field message } } }";
    let token = ada.token().await;
    let widening = world.ask_as(Some(&token), query, json!({ "input": confirmed }));
    let meanwhile = async {
        somebody_waits(vault).await;
        let read = bank.look_up("ada@example.org", "CUSTOMER_CARE", "name { displayName }").await;
        assert_eq!(read.data("/profile/name/displayName"), "Ada", "a read waits for nobody");
        world.pass(4 * 60_000);
        held.commit().await.unwrap();
    };
    let (widened, ()) = tokio::join!(widening, meanwhile);
    assert_eq!(widened.mistakes("amendConsent"), ["WRONG_STATE grantId"], "{}", widened.text);
    let read = bank.look_up("ada@example.org", "CUSTOMER_CARE", "id").await;
    assert_eq!(read.data("/profile"), &Value::Null);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changes_of_one_customer_that_wait_for_each_other_hold_up_nobodys_reads() {
    let world = World::start(Backend::Postgres).await;
    let bank = world.brand("bank").await;
    let ada = world.customer("Ada").await;
    ada.link_email("ada@example.org").await;
    let grant = ada.give("bank", "CUSTOMER_CARE", &["NAME"]).await;
    let held = world.deps.vault.store.begin().await.unwrap();
    customer::Entity::find().lock_exclusive().all(&held).await.unwrap();
    let query = "mutation($input: PauseConsentInput!) { pauseConsent(input: $input) { userErrors { code } } }";
    let body = json!({ "query": query, "variables": { "input": { "grantId": grant } } });
    let token = ada.token().await;
    let mut pauses = JoinSet::new();
    for _ in 0..12 {
        let request = world.http.post(format!("{}/graphql", world.url)).bearer_auth(&token).json(&body);
        pauses.spawn(async move { Reply::of(request.send().await).await });
    }
    somebody_waits(&world.deps.vault).await;
    for _ in 0..8 {
        let read = bank.look_up("ada@example.org", "CUSTOMER_CARE", "name { displayName }").await;
        assert_eq!(read.data("/profile/name/displayName"), "Ada");
    }
    held.commit().await.unwrap();
    for reply in pauses.join_all().await {
        let refused = reply.status == 503 && !reply.header("retry-after").is_empty();
        assert!(refused || reply.status == 200, "{}", reply.text);
    }
}

/// The record of a read is made to wait while the customer withdraws. The answer is under way with a snapshot from before
/// it, and would hold the value; by the time it could leave it is too old, and what is asked anew finds nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_was_under_way_when_consent_was_withdrawn_is_dropped_once_it_is_old() {
    for (late, arrives) in [(200, true), (201, false)] {
        let world = World::start(Backend::Postgres).await;
        let bank = world.brand("bank").await;
        let ada = world.customer("Ada").await;
        ada.link_email("ada@example.org").await;
        let grant = ada.give("bank", "CUSTOMER_CARE", &["NAME"]).await;
        let held = world.deps.vault.store.begin().await.unwrap();
        lock_records(&held).await;
        let read = bank.look_up("ada@example.org", "CUSTOMER_CARE", "name { displayName }");
        let meanwhile = async {
            somebody_waits(&world.deps.vault).await;
            ada.withdraw(&grant).await;
            world.pass(late);
            held.commit().await.unwrap();
        };
        let (read, ()) = tokio::join!(read, meanwhile);
        assert_eq!(read.data("/profile").is_object(), arrives, "{late} ms after its snapshot: {}", read.text);
    }
}

#[expect(clippy::disallowed_methods, reason = "no builder locks a table")]
async fn lock_records(held: &impl ConnectionTrait) {
    held.execute_unprepared("lock table disclosure in exclusive mode").await.unwrap();
}
