//! Every statement that a server sends finds what it wants by an index, however many customers there are: a server is used as
//! its users would, and each statement that it sent is explained by the database, on PostgreSQL beside 100,000 others.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::collections::BTreeSet;

use entity::app;
use entity::clock::Clock;
use entity::store::Store;
use sea_orm::{ConnectionTrait, DbBackend, EntityTrait, Set, Statement};
use serde_json::{Value, json};

use super::{LOG, crowd, sent};
use crate::command_line::{SECRET, in_a_house_on_both_databases};
use tests::customer::PASSWORD;
use tests::process::{Api, House, Server, until};

const FIELDS: &str = "id name { displayName } contact { phone } handles { handle } area { country } language { locale }
    preferences { value } context { text } access { scope status }";
const MINE: &str = "{ me { email name { displayName } preferences { value } context { text }
    links { nodes { handle } } sessions { nodes { id } } receipts { nodes { id } } consentRequests { nodes { id } }
    grants { nodes { brand { slug } profileId offer lastReadAt reads preview { name { displayName } } events { nodes { kind scopes receiptId } } } }
    disclosures(first: 1) { nodes { at fields { path } } pageInfo { endCursor } } } }";
const SAID: &str = "query($id: ID!) { brand { conversation(id: $id) { messages { nodes { text } }
    profile(purpose: CUSTOMER_CARE) { name { displayName } } } } }";
const OURS: &str = "{ brand { receipts { nodes { id } } grantChanges { nodes { kind } } } }";

/// What waits in line is taken from its beginning; and the log has few rows here.
const MAY_BE_SCANNED: [&str; 2] = ["log_pending", "log_leaf"];
/// What SQLite calls the sources that are no tables of customers: lists, subqueries, and tables with a row per brand, app or
/// operator's setting.
const NO_CUSTOMERS: [&str; 20] = [
    "CONSTANT",
    "json_each",
    "clock",
    "asked",
    "listed",
    "placed",
    "last",
    "brand",
    "brand_account",
    "(subquery-",
    "app",
    "notice",
    "setting",
    "log_head",
    "log_checkpoint",
    "log_pending",
    "log_tile",
    "scope_definition",
    "numbered",
    "seaql_migrations",
];

/// Uses a server in every way that must stay quick, and gives the statements that it sent.
async fn statements_of_use(house: &House, server: &Server) -> BTreeSet<String> {
    let app = server.app("bank-app", SECRET).await;
    let account = json!({ "email": "ada@example.org", "password": PASSWORD });
    let signed_up = server.client(None).act("signUp", account.clone(), "session { accessToken }").await.unwrap();
    let ada = server.client(signed_up.done("signUp")["session"]["accessToken"].as_str());
    let profile = json!({ "name": { "displayName": "Ada" } });
    ada.act("updateProfile", profile, "customer { id }").await.unwrap().done("updateProfile");
    let handle = link(house, &ada).await;
    let given = json!({ "brand": "bank", "purpose": "CUSTOMER_CARE", "scopes": ["NAME"] });
    let given = ada.act("giveConsent", given, "grant { id profileId } receipt { id }").await.unwrap();
    let grant = given.done("giveConsent")["grant"].clone();
    read(&app, &handle, &grant["profileId"]).await;
    for _ in 0..2 {
        ada.ask(MINE, json!({})).await.data("/me/grants/nodes/0/brand/slug");
    }
    let receipts = ada.ask("{ me { receipts { nodes { id } } } }", json!({})).await;
    let receipt = receipts.data("/me/receipts/nodes/0/id").clone();
    ada.ask("query($id: ID!) { me { receipt(id: $id) { id } } }", json!({ "id": receipt }))
        .await
        .data("/me/receipt/id");
    let page =
        "query($after: String) { me { disclosures(first: 1, after: $after) { nodes { at } pageInfo { endCursor } } } }";
    for only in ["brand: \"bank\"", "brand: \"bank\", answered: true", "answered: false"] {
        let page = format!("{{ me {{ disclosures(first: 1, {only}) {{ nodes {{ at }} }} }} }}");
        ada.ask(&page, json!({})).await.data("/me/disclosures/nodes");
    }
    let first = ada.ask(page, json!({})).await;
    let after = first.data("/me/disclosures/pageInfo/endCursor").clone();
    ada.ask(page, json!({ "after": after })).await.data("/me/disclosures/nodes/0/at");
    write(house, server, &app).await;
    let sign_in = server.client(None).act("signIn", account, "session { accessToken }").await.unwrap();
    sign_in.done("signIn");
    for mutation in ["pauseConsent", "resumeConsent", "withdrawConsent"] {
        let ended = ada.act(mutation, json!({ "grantId": grant["id"] }), "grant { state }").await.unwrap();
        ended.done(mutation);
    }
    // The sequencer and the other jobs have had their turns when the withdrawal has its number.
    until("the feed", async || {
        let feed = app.ask(OURS, json!({})).await;
        (feed.data("/brand/grantChanges/nodes").as_array()?.len() >= 4).then_some(())
    })
    .await;
    sent(server).into_iter().filter(|statement| reads_or_writes(statement)).collect()
}

/// The bank's app is told what happens, at an address where nobody is: so it is told again and again.
async fn listen(store: &Store) {
    let address = app::ActiveModel { webhook_url: Set(Some("http://127.0.0.1:1/".to_owned())), ..Default::default() };
    app::Entity::update_many().set(address).exec(store.writer()).await.unwrap();
}

/// Proves the address that was signed up with as a handle.
async fn link(house: &House, ada: &Api) -> Value {
    let handle = json!({ "channel": "EMAIL", "handle": "ada.l@example.org" });
    let before = house.mails().collect();
    let started = ada.act("startLink", handle.clone(), "challenge { id }").await.unwrap();
    let challenge = started.done("startLink")["challenge"]["id"].clone();
    let code = until("the code", async || house.find_code("ada.l@example.org", &before)).await;
    let completed = json!({ "challengeId": challenge, "code": code });
    ada.act("completeLink", completed, "link { id }").await.unwrap().done("completeLink");
    handle
}

/// By handle, by id, fifty at once, by the node's id, and somebody who is not there.
async fn read(app: &Api, handle: &Value, profile: &Value) {
    let query = format!("query($by: ProfileLocator!) {{ profile(by: $by, purpose: CUSTOMER_CARE) {{ {FIELDS} }} }}");
    for by in [json!({ "handle": handle }), json!({ "id": profile })] {
        let reply = app.ask(&query, json!({ "by": by })).await;
        assert_eq!(reply.data("/profile/name/displayName"), "Ada");
    }
    let many = format!("query($by: [ProfileLocator!]!) {{ profiles(by: $by, purpose: CUSTOMER_CARE) {{ {FIELDS} }} }}");
    app.ask(&many, json!({ "by": vec![json!({ "handle": handle }); 50] })).await.data("/profiles/49/name");
    app.ask("query($id: ID!) { node(id: $id) { id } }", json!({ "id": profile })).await.data("/node/id");
    assert_eq!(app.look_up("nobody_here", FIELDS).await.data("/profile"), &Value::Null);
    app.ask(OURS, json!({})).await.data("/brand/receipts");
}

/// Somebody writes to the bank, and the bank reads it. Later there is more, and an earlier word is changed and taken back.
async fn write(house: &House, server: &Server, app: &Api) {
    let now = Clock::System.now().to_string();
    let data = |id: &str| {
        json!({ "id": id, "author": { "handle": "ada.l@example.org" }, "to": { "handle": "care@bank.example.org" },
            "text": "card declined", "occurredAt": now })
    };
    for (kind, id) in [("created", "1"), ("created", "2"), ("edited", "1"), ("deleted", "1")] {
        let told = json!({ "type": format!("message.{kind}"), "data": data(id) });
        std::fs::write(house.folder.join("message.json"), told.to_string()).unwrap();
        house.done(&["channels", "simulate", "EMAIL", "message.json", "--url", &server.url]).await;
    }
    let lists = ["conversations", "conversations(status: OPEN)", "conversations(assigneeId: \"staff_none\")"];
    for list in lists {
        let query = format!("{{ brand {{ {list} {{ nodes {{ id lastMessage {{ text }} }} }} }} }}");
        app.ask(&query, json!({})).await.data("/brand/conversations");
    }
    let queue = app.ask("{ brand { conversations { nodes { id } pageInfo { endCursor } } } }", json!({})).await;
    let id = queue.data("/brand/conversations/nodes/0/id").clone();
    assert_eq!(app.ask(SAID, json!({ "id": id })).await.data("/brand/conversation/profile/name/displayName"), "Ada");
    let after = queue.data("/brand/conversations/pageInfo/endCursor").clone();
    let more = "query($after: String) { brand { conversations(after: $after) { nodes { id } } } }";
    app.ask(more, json!({ "after": after })).await.data("/brand/conversations");
    for mutation in ["assignConversation", "resolveConversation", "reopenConversation"] {
        app.act(mutation, json!({ "conversationId": id }), "conversation { id }").await.unwrap().done(mutation);
    }
    app.act("addNote", json!({ "conversationId": id, "text": "called" }), "conversation { id }")
        .await
        .unwrap()
        .done("addNote");
    let answer = json!({ "conversationId": id, "template": "Dear {{ name.displayName }}", "visibility": "PRIVATE",
        "idempotencyKey": "once" });
    app.act("sendReply", answer, "message { id }").await.unwrap().done("sendReply");
    let newest = "query($id: ID!) { brand { conversation(id: $id) { messages(first: 1) { nodes { id delivery } } } } }";
    let message = until("the reply to be sent", async || {
        let reply = app.ask(newest, json!({ "id": id })).await;
        let message = reply.data("/brand/conversation/messages/nodes/0");
        (message["delivery"] == "SENT").then(|| message["id"].clone())
    })
    .await;
    let claimed = app.act("claimReplies", json!({ "channels": ["X"] }), "claims { messageId }").await.unwrap();
    claimed.done("claimReplies");
    let outgoing = "query($id: ID!) { brand { outgoingReply(id: $id, purpose: CUSTOMER_CARE) { text } } }";
    app.ask(outgoing, json!({ "id": message })).await.data("/brand/outgoingReply");
    let again = app.act("resendReply", json!({ "messageId": message }), "message { id }").await.unwrap();
    assert_eq!(again.mistakes("resendReply"), ["NOT_FOUND messageId"]);
}

/// Whether a statement finds anything in this database; others set up, begin or end something, or are about the keyring,
/// which is another database and finds its rows by their only key.
fn reads_or_writes(statement: &str) -> bool {
    let first = statement.split_whitespace().next().unwrap_or_default().to_lowercase();
    let of_keyring = ["keyring_setting", "keyring_migrations", "data_key"].iter().any(|name| statement.contains(name));
    ["select", "with", "insert", "update", "delete"].contains(&first.as_str()) && !of_keyring
}

/// How PostgreSQL carries it out whatever its parameters are.
#[expect(clippy::disallowed_methods, reason = "a statement is explained as it was sent")]
async fn plan_of_postgres(store: &Store, statement: &str) -> String {
    let parameters = (1..100).rev().find(|number| statement.contains(&format!("${number}"))).unwrap_or_default();
    let nothing = if parameters == 0 { String::new() } else { format!("({})", vec!["null"; parameters].join(", ")) };
    let connection = store.begin().await.unwrap();
    let backend = connection.get_database_backend();
    let prepare = format!("set local plan_cache_mode = force_generic_plan; prepare explained as {statement}");
    connection.execute_unprepared(&prepare).await.unwrap_or_else(|fault| panic!("{fault}: {statement}"));
    let explain = Statement::from_string(backend, format!("explain execute explained {nothing}"));
    let rows = connection.query_all_raw(explain).await.unwrap();
    connection.execute_unprepared("deallocate explained").await.unwrap();
    rows.iter().map(|row| row.try_get_by_index::<String>(0).unwrap() + "\n").collect()
}

/// Whether it reads a table of customers from end to end.
fn scans_of_postgres(plan: &str, tables: &[String]) -> bool {
    let mut tables = tables.iter().filter(|table| !MAY_BE_SCANNED.contains(&table.as_str()));
    tables.any(|table| {
        let of = [format!("Seq Scan on {table} "), format!("Seq Scan on \"{table}\" ")];
        plan.lines().any(|line| of.iter().any(|of| line.contains(of)))
    })
}

/// How SQLite carries it out, which does not depend on what its tables hold.
#[expect(clippy::disallowed_methods, reason = "a statement is explained as it was sent")]
async fn plan_of_sqlite(store: &Store, statement: &str) -> String {
    let explain = Statement::from_string(DbBackend::Sqlite, format!("explain query plan {statement}"));
    let rows = store.reader().query_all_raw(explain).await.unwrap_or_else(|fault| panic!("{fault}: {statement}"));
    rows.iter().map(|row| row.try_get::<String>("", "detail").unwrap() + "\n").collect()
}

fn scans_of_sqlite(plan: &str) -> bool {
    let mut scans = plan.lines().filter_map(|line| line.strip_prefix("SCAN "));
    scans.any(|of| !of.ends_with("VALUES CLAUSE") && !NO_CUSTOMERS.iter().any(|known| of.starts_with(known)))
}

in_a_house_on_both_databases! {
    async fn no_statement_reads_a_table_of_customers_from_end_to_end(house) {
        let bank = json!({ "brand": { "slug": "bank", "name": "The Bank" }, "apps": [{ "clientId": "bank-app", "clientSecret": SECRET,
            "scopes": tests::world::ALL_SCOPES, "purposes": ["CUSTOMER_CARE"] }], "accounts": [{ "channel": "EMAIL", "handle": "care@bank.example.org" }] });
        let secrets = "EMAIL=whsec_cGxhbm5lZC1jaGFubmVsLXNlY3JldC1lbWFpbA==";
        let house = house.set("RAPPORT_CHANNEL_SECRETS", secrets);
        house.import(&[bank]).await;
        let store = Store::open(&house.database_url, 1).await.unwrap();
        let is_postgres = store.backend() == DbBackend::Postgres;
        if is_postgres {
            crowd::fill(&store).await;
        }
        listen(&store).await;
        let house = house.set(LOG.0, LOG.1).set("RAPPORT_WEBHOOK_NETWORKS", "127.0.0.1");
        let server = house.serve().await;
        let statements = statements_of_use(&house, &server).await;
        assert!(statements.len() > 60, "the server was used: {}", statements.len());
        let tables = if is_postgres { crowd::tables(&store).await } else { Vec::new() };
        let mut faults = Vec::new();
        for statement in &statements {
            let (plan, reads_whole) = if is_postgres {
                let plan = plan_of_postgres(&store, statement).await;
                let reads_whole = scans_of_postgres(&plan, &tables);
                (plan, reads_whole)
            } else {
                let plan = plan_of_sqlite(&store, statement).await;
                let reads_whole = scans_of_sqlite(&plan);
                (plan, reads_whole)
            };
            if reads_whole {
                faults.push(format!("{statement}\n{plan}"));
            }
        }
        assert!(faults.is_empty(), "{} statements read whole tables:\n{}", faults.len(), faults.join("\n\n"));
    }
}
