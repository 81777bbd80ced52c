//! A hundred thousand customers who are only there, so that PostgreSQL's planner has a reason to choose well: a row of made-up
//! values for each of them in every table of theirs, whatever tables there are.

use entity::store::Store;
use sea_orm::{ConnectionTrait, Statement};

/// How many.
const CROWD: u32 = 100_000;
/// What has places or waits for one is taken up by the sequencer, which would ask for the records behind it.
const LEFT_OUT: [&str; 2] = ["log_pending", "log_leaf"];

/// The tables that customers own.
pub async fn tables(store: &Store) -> Vec<String> {
    let named = "select distinct table_name::text as name from information_schema.columns
        where table_schema = current_schema() and column_name = 'customer_id' and is_updatable = 'YES' order by 1";
    let mut tables: Vec<String> = texts(store, named).await.into_iter().map(|[name]| name).collect();
    tables.push("customer".to_owned());
    tables
}

/// Fills them, past every trigger, and lets the planner know.
#[expect(clippy::disallowed_methods, reason = "rows of tables that no other crate can name")]
pub async fn fill(store: &Store) {
    let mut all = String::from("begin; set local session_replication_role = replica;");
    all += &insert(store, "customer", &format!("generate_series(1, {CROWD}) as crowd(number)")).await;
    for table in tables(store).await {
        if table != "customer" && !LEFT_OUT.contains(&table.as_str()) {
            let source = "(select id as owner, row_number() over () as number from customer) as crowd";
            all += &insert(store, &table, source).await;
        }
    }
    store.writer().execute_unprepared(&format!("{all} commit")).await.unwrap();
    store.analyze().await.unwrap();
}

/// A row for each of the source; what may be absent is.
async fn insert(store: &Store, table: &str, source: &str) -> String {
    let columns = format!(
        "select column_name::text as name, data_type::text as kind from information_schema.columns
         where table_schema = current_schema() and table_name = '{table}' and is_nullable = 'NO'"
    );
    let columns = texts(store, &columns).await;
    let names: Vec<String> = columns.iter().map(|[name, _]| format!("\"{name}\"")).collect();
    let values: Vec<&str> = columns.iter().map(|[name, kind]| value(name, kind)).collect();
    format!("insert into \"{table}\" ({}) select {} from {source};", names.join(", "), values.join(", "))
}

/// Times lie in the far future, so that no worker finds anything due.
fn value(name: &str, kind: &str) -> &'static str {
    match (name, kind) {
        ("customer_id", _) => "crowd.owner",
        (_, "uuid") => "gen_random_uuid()",
        (_, "bytea") => "decode(md5(random()::text), 'hex')",
        (_, "bigint") => "4000000000000000 + crowd.number",
        (_, "jsonb") => "'{}'",
        (_, "boolean") => "false",
        (_, "character varying" | "text") => "'NOBODY'",
        (_, "smallint" | "integer") => "1",
        (name, kind) => panic!("what is a {kind} for {name}?"),
    }
}

/// Rows of texts.
#[expect(clippy::disallowed_methods, reason = "what the database says about itself")]
async fn texts<const COLUMNS: usize>(store: &Store, sql: &str) -> Vec<[String; COLUMNS]> {
    let reader = store.reader();
    let rows = reader.query_all_raw(Statement::from_string(reader.get_database_backend(), sql)).await.unwrap();
    rows.iter().map(|row| std::array::from_fn(|column| row.try_get_by_index(column).unwrap())).collect()
}
