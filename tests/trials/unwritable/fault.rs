//! What can keep the log from being written, and how it is mended.
//!
//! A read-only remount is not among them: the kernel refuses it while the server has the file open. Making the files
//! immutable has the same effect on the open file.

use std::path::PathBuf;

use entity::store::Store;
use sea_orm::{ConnectionTrait, DatabaseTransaction, TransactionTrait};
use tests::database;

use crate::mount::{Mount, run, text};
use crate::site::{Database, Setting, Site};

/// One way or another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Somebody else holds SQLite's write lock.
    SqliteLocked,
    /// The file system of the database is full.
    SqliteFull,
    /// The database's files can be read only.
    SqliteImmutable,
    /// Somebody else holds a lock on the table of records.
    PostgresLocked,
    /// The server takes no writes.
    PostgresReadOnly,
    /// The file system of the table of records is full.
    PostgresFull,
}

/// What a fault needs for as long as it is tried.
pub struct Place {
    mount: Option<Mount>,
}

/// What is to be mended.
pub struct Harmed {
    ballast: Option<PathBuf>,
    held: Option<(Store, DatabaseTransaction)>,
}

impl Fault {
    /// Those of a database.
    pub const fn of(database: Database) -> [Self; 3] {
        match database {
            Database::Sqlite => [Self::SqliteLocked, Self::SqliteFull, Self::SqliteImmutable],
            Database::Postgres => [Self::PostgresLocked, Self::PostgresReadOnly, Self::PostgresFull],
        }
    }

    /// Its name in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SqliteLocked | Self::PostgresLocked => "locked",
            Self::SqliteFull | Self::PostgresFull => "full",
            Self::SqliteImmutable => "immutable",
            Self::PostgresReadOnly => "read-only",
        }
    }

    /// A deployment that can be harmed so; or why that cannot be done here.
    pub async fn prepare(self, setting: &Setting) -> Result<(Site, Place), String> {
        let without = Place { mount: None };
        match self {
            Self::SqliteLocked => Ok((Site::on(Database::Sqlite, setting).await, without)),
            Self::SqliteFull => {
                let mount = Mount::memory(database::fresh_folder("small"), 8)?;
                let url = format!("sqlite://{}", mount.folder.join("rapport.sqlite").display());
                Ok((Site::with(setting.house(&url)), Place { mount: Some(mount) }))
            }
            Self::SqliteImmutable => {
                let site = Site::on(Database::Sqlite, setting).await;
                let probe = site.house.folder.join("probe");
                std::fs::write(&probe, "").map_err(|error| error.to_string())?;
                run("chattr", &["+i", &text(&probe)])?;
                run("chattr", &["-i", &text(&probe)])?;
                Ok((site, without))
            }
            Self::PostgresLocked | Self::PostgresReadOnly => Ok((Site::on_its_own_postgres(setting), without)),
            Self::PostgresFull => {
                let site = Site::on_its_own_postgres(setting);
                let folder = site.find_cluster().ok_or("no cluster")?.folder().join("small");
                Ok((site, Place { mount: Some(Mount::memory(folder, 4)?) }))
            }
        }
    }

    /// What is done once the tables are there.
    pub async fn settle_in(self, site: &Site, place: Place) -> Place {
        if let (Self::PostgresFull, Some(mount)) = (self, &place.mount) {
            let folder = mount.folder.join("records");
            std::fs::create_dir(&folder).expect("a folder is made");
            let data = site.find_cluster().expect("a cluster").folder().join("data");
            run("chown", &[&format!("--reference={}", text(&data)), &text(&folder)]).expect("the server owns it");
            execute(site, &format!("create tablespace small location '{}'", text(&folder))).await;
            execute(site, "alter table disclosure set tablespace small").await;
            execute(site, "alter index disclosure_pkey set tablespace small").await;
        }
        place
    }

    /// Does harm.
    pub async fn harm(self, site: &Site, place: &Place) -> Harmed {
        let mut harmed = Harmed { ballast: None, held: None };
        match self {
            Self::SqliteLocked => {
                let store = site.store().await;
                let held = store.begin().await.expect("the lock is had");
                harmed.held = Some((store, held));
            }
            Self::PostgresLocked => {
                let store = site.store().await;
                let held = store.writer().begin().await.expect("a transaction begins");
                lock(&held).await;
                harmed.held = Some((store, held));
            }
            Self::SqliteFull | Self::PostgresFull => harmed.ballast = place.mount.as_ref().map(Mount::fill),
            Self::SqliteImmutable => immutable(site, "+i"),
            Self::PostgresReadOnly => {
                execute(site, "alter system set default_transaction_read_only = on").await;
                execute(site, "select pg_reload_conf()").await;
            }
        }
        harmed
    }

    /// Undoes it.
    pub async fn mend(self, site: &Site, place: &Place, harmed: Harmed) {
        if let Some((store, held)) = harmed.held {
            held.rollback().await.expect("the lock is let go");
            store.close().await.expect("the connection closes");
        }
        if let Some(ballast) = harmed.ballast {
            std::fs::remove_file(ballast).expect("the ballast is thrown out");
            debug_assert!(place.mount.is_some());
        }
        match self {
            Self::SqliteImmutable => immutable(site, "-i"),
            Self::PostgresReadOnly => {
                execute(site, "alter system reset default_transaction_read_only").await;
                execute(site, "select pg_reload_conf()").await;
            }
            _ => {}
        }
    }
}

fn immutable(site: &Site, change: &str) {
    let file = site.house.database_url.trim_start_matches("sqlite://").to_owned();
    for file in [file.clone(), format!("{file}-wal")] {
        run("chattr", &[change, &file]).expect("it was tried before");
    }
}

#[expect(clippy::disallowed_methods, reason = "harm is done past every door")]
async fn execute(site: &Site, statement: &str) {
    let store = site.store().await;
    store.writer().execute_unprepared(statement).await.expect("the statement runs");
    store.close().await.expect("the connection closes");
}

#[expect(clippy::disallowed_methods, reason = "no builder locks a table")]
async fn lock(held: &DatabaseTransaction) {
    held.execute_unprepared("lock table disclosure in exclusive mode").await.expect("the table is locked");
}
