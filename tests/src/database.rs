//! A database per test, copied from a template that is migrated once per run.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use api::bootstrap;
use api::deps::Deps;
use entity::setting;
use entity::store::Store;
use sea_orm::{ConnectionTrait, EntityTrait};
use tokio::sync::{Mutex, OnceCell};

use crate::world::{config, deps};

/// Which database a test runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    /// A file of the test's own.
    Sqlite,
    /// A database of the test's own on the server that `tests/run` has started.
    Postgres,
}

static NUMBER: AtomicU32 = AtomicU32::new(0);
static SQLITE_TEMPLATE: OnceCell<PathBuf> = OnceCell::const_new();
static POSTGRES_TEMPLATE: OnceCell<String> = OnceCell::const_new();
/// PostgreSQL copies a template only while nobody else uses it.
static COPYING: Mutex<()> = Mutex::const_new(());

/// The address of a fresh, migrated database.
pub async fn create(backend: Backend, folder: &Path) -> String {
    match backend {
        Backend::Sqlite => {
            let template = SQLITE_TEMPLATE.get_or_init(sqlite_template).await;
            let file = folder.join("test.sqlite");
            std::fs::copy(template, &file).expect("the template is copied");
            let keyring = template.with_file_name("keyring.sqlite");
            std::fs::copy(keyring, folder.join("keyring.sqlite")).expect("the keyring's template is copied");
            format!("sqlite://{}", file.display())
        }
        Backend::Postgres => {
            let template = POSTGRES_TEMPLATE.get_or_init(postgres_template).await;
            let name = format!("test_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
            let _turn = COPYING.lock().await;
            administer(&format!("create database {name} template {template}")).await;
            on_server(&name)
        }
    }
}

/// The address of the keyring beside a database: a file of its own, or one database that all tests on PostgreSQL share,
/// as no two of them have a customer in common.
pub fn keyring(database_url: &str, folder: &Path) -> String {
    if database_url.starts_with("sqlite") {
        return format!("sqlite://{}", folder.join("keyring.sqlite").display());
    }
    on_server(&format!("keyring_{}", std::process::id()))
}

/// The address of a fresh database without tables.
pub async fn create_empty(backend: Backend, folder: &Path) -> String {
    match backend {
        Backend::Sqlite => format!("sqlite://{}", folder.join("test.sqlite").display()),
        Backend::Postgres => {
            let name = format!("empty_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
            administer(&format!("create database {name}")).await;
            on_server(&name)
        }
    }
}

async fn sqlite_template() -> PathBuf {
    let folder = fresh_folder("template");
    let file = folder.join("template.sqlite");
    migrate(&format!("sqlite://{}", file.display()), &folder).await;
    file
}

async fn postgres_template() -> String {
    let name = format!("template_{}", std::process::id());
    administer(&format!("create database {name}")).await;
    administer(&format!("create database keyring_{}", std::process::id())).await;
    migrate(&on_server(&name), &fresh_folder("template")).await;
    name
}

async fn migrate(url: &str, folder: &Path) {
    let deps: Deps = deps(config(url, folder), entity::clock::Clock::System).await;
    bootstrap::migrate(&deps.vault).await.expect("the template is migrated");
    // Each copy takes the keys of its own world.
    let fingerprint = setting::Entity::delete_by_id(setting::KEY_FINGERPRINT);
    fingerprint.exec(deps.vault.store.writer()).await.expect("the template forgets its keys");
    deps.vault.close().await.expect("the template is closed");
}

#[expect(clippy::disallowed_methods, reason = "tests have no other way to manage databases")]
async fn administer(statement: &str) {
    let store = Store::open(&on_server("postgres"), 1).await.expect("PostgreSQL answers");
    store.writer().execute_unprepared(statement).await.expect("the statement runs");
    store.close().await.expect("the connection closes");
}

/// The address of the PostgreSQL that the suite was told to use.
#[expect(clippy::disallowed_methods, reason = "the suite is told by its script where PostgreSQL is")]
pub fn find_postgres() -> Option<String> {
    std::env::var("RAPPORT_TEST_POSTGRES_URL").ok()
}

/// The address of a database on the suite's PostgreSQL.
fn on_server(name: &str) -> String {
    let url =
        find_postgres().expect("RAPPORT_TEST_POSTGRES_URL names a PostgreSQL for the suite; tests/run starts one");
    let (server, query) = url.split_once('?').map_or((url.as_str(), ""), |(server, query)| (server, query));
    let (server, _) = server.rsplit_once('/').expect("the address names a database");
    if query.is_empty() { format!("{server}/{name}") } else { format!("{server}/{name}?{query}") }
}

/// A folder of the test's own below the build folder.
pub fn fresh_folder(kind: &str) -> PathBuf {
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let folder = std::env::temp_dir().join("rapport-suite").join(format!("{kind}-{}-{number}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder is made");
    folder
}
