//! The journal as a table, for nodes on several machines.

use entity::ids::{ConsentEventId, CustomerId, GrantId};
use entity::journal::{ConsentEnding, Ending, EndingKind, Journal, Place};
use entity::kinds::ConsentActor;
use entity::store::Store;
use migration::{JournalMigrator, MigratorTrait};
use sea_orm::{ConnectionTrait, Statement};
use tests::{Backend, database};

use super::endings;
use tests::process::until;

/// The journal as a table, from several nodes at once: every ending once, in one order for every reader.
async fn several_nodes_share_a_table(url: &str) {
    let open = async || Journal::open(url).await.unwrap();
    let first = open().await;
    JournalMigrator::up(first.store().unwrap().writer(), None).await.unwrap();
    assert_eq!(endings(&first).await, []);
    let mut nodes = tokio::task::JoinSet::new();
    for node in 0..4_u128 {
        let journal = open().await;
        nodes.spawn(async move {
            for number in 0..25 {
                journal.write(&[ending(node * 1_000 + number), ending(node * 1_000 + 500 + number)]).await.unwrap();
            }
        });
    }
    nodes.join_all().await;
    let all = endings(&first).await;
    assert_eq!(all.len(), 200);
    for pair in all.chunks(2) {
        let [Ending::Consent(one), Ending::Consent(other)] = pair else { panic!("{pair:?}") };
        assert_eq!(one.event.0.as_u128() + 500, other.event.0.as_u128(), "what is written together stays together");
    }
    let end = first.end(&Place::START).await.unwrap();
    assert_eq!(end.line, 200);
    assert!(first.holds(&end).await.unwrap());
    assert!(!first.holds(&Place { last: "0".into(), ..end.clone() }).await.unwrap());
    first.write(&[ending(9_999)]).await.unwrap();
    assert_eq!(first.read(&end).await.unwrap().endings, [ending(9_999)]);
}

fn ending(number: u128) -> Ending {
    let id = uuid::Uuid::from_u128;
    Ending::Consent(ConsentEnding {
        kind: EndingKind::Withdrawn,
        customer: CustomerId(id(1)),
        grant: Some(GrantId(id(2))),
        revision: 3,
        event: ConsentEventId(id(number)),
        actor: ConsentActor::Operator,
        at: entity::values::Timestamp::from_millis(1_781_000_000_000),
        remaining: None,
        request: None,
        deletion_wanted: false,
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_nodes_share_a_table_on_sqlite() {
    let file = database::fresh_folder("journal").join("journal.sqlite");
    several_nodes_share_a_table(&format!("sqlite://{}", file.display())).await;
}

/// A reader remembers how far it has read, so no line may show up before that place later.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(
    clippy::disallowed_methods,
    reason = "another node that is slow to commit; only the catalogue knows who waits"
)]
async fn nobody_writes_past_a_node_that_has_not_committed_yet() {
    let url = database::create(Backend::Postgres, &database::fresh_folder("journal")).await;
    let journal = Journal::open(&url).await.unwrap();
    let store = journal.store().unwrap();
    JournalMigrator::up(store.writer(), None).await.unwrap();
    journal.write(&[ending(1)]).await.unwrap();
    let slow = Store::open(&url, 1).await.unwrap().begin().await.unwrap();
    slow.execute_unprepared("insert into ending (line) select line from ending").await.unwrap();
    let writing = {
        let journal = journal.clone();
        tokio::spawn(async move { journal.write(&[ending(2)]).await })
    };
    let waiting = "select count(*) as waiting from pg_locks where not granted and relation = 'ending'::regclass \
                   and database = (select oid from pg_database where datname = current_database())";
    until("the other to wait", async || {
        assert!(!writing.is_finished(), "it has written past the slow one");
        let row = store.reader().query_one_raw(Statement::from_string(store.backend(), waiting)).await;
        (row.unwrap().unwrap().try_get::<i64>("", "waiting").unwrap() > 0).then_some(())
    })
    .await;
    slow.commit().await.unwrap();
    writing.await.unwrap().unwrap();
    assert_eq!(endings(&journal).await, [ending(1), ending(1), ending(2)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_nodes_share_a_table_on_postgres() {
    let url = database::create(Backend::Postgres, &database::fresh_folder("journal")).await;
    several_nodes_share_a_table(&url).await;
}
