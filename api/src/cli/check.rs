//! `rapport check`: looks at everything that a server needs, and says what is wrong and how to mend it.

use entity::clock::Clock;
use entity::entropy::Entropy;
use entity::journal::Place;
use entity::store::Store;
use entity::vault::replay;
use migration::{KeyringMigrator, Migrator, MigratorTrait};

use super::{Failure, print};
use crate::bootstrap;
use crate::config::{Config, keys};
use crate::mail::Mailer;

/// Two clocks that differ by more than this make tokens fail.
const SKEW_MILLISECONDS: i64 = 2_000;

/// Checks, one line each.
pub async fn run(config: Config) -> Result<(), Failure> {
    let mut report = Report::default();
    report.line("configuration", Ok("every RAPPORT_* variable is known and well formed".into()));
    key_line(&config, &mut report);
    let mail = Mailer::new(&config.mail.0, &config.mail_from);
    report.line("mail", mail.map(|_| "the settings can be used".to_owned()).map_err(|fault| fault.to_string()));
    let store = open(&config.database_url.0, config.database_connections).await;
    let has_customers = match &store {
        Ok(store) => bootstrap::has_customers(store).await,
        Err(_) => false,
    };
    missing_key_line(&config, has_customers, &mut report);
    keyring_line(&config, has_customers, &mut report).await;
    journal_line(&config, store.as_ref().ok(), &mut report).await;
    match store {
        Ok(store) => database_lines(&store, &mut report).await,
        Err(text) => report.line("database", Err(format!("RAPPORT_DATABASE_URL: {text}"))),
    }
    match report.wrong {
        0 => Ok(()),
        wrong => Err(Failure(format!("{wrong} of the checks failed"))),
    }
}

/// Opens a database, but never makes one: looking changes nothing.
async fn open(url: &str, connections: u32) -> Result<Store, String> {
    if let Some(path) = bootstrap::missing_file(url) {
        return Err(format!("there is no file {path} yet; run: rapport migrate"));
    }
    Store::open(url, connections).await.map_err(|error| format!("{error}; is it running?"))
}

/// Without its key file nobody in a database can be found, and the next start would make another one.
fn missing_key_line(config: &Config, has_customers: bool, report: &mut Report) {
    if !config.key_file.exists() {
        report.line("keys", not_there_yet(&config.key_file.display().to_string(), has_customers));
    }
}

/// What the first start makes may be missing only as long as nobody depends on it.
fn not_there_yet(path: &str, has_customers: bool) -> Result<String, String> {
    if has_customers {
        Err(format!("{path} is not there, but the database has customers; restore it from a copy"))
    } else {
        Ok(format!("{path} is not there yet; the first `rapport serve` makes it"))
    }
}

fn key_line(config: &Config, report: &mut Report) {
    if !config.key_file.exists() {
        return;
    }
    let read = keys::load_or_create(&config.key_file, (&Clock::System, &Entropy::system()), &config.public_url);
    report.line("keys", read.map_err(|fault| fault.to_string()).and_then(|_| permissions(config)));
}

fn permissions(config: &Config) -> Result<String, String> {
    use std::os::unix::fs::PermissionsExt;
    let path = config.key_file.display();
    let mode = std::fs::metadata(&config.key_file).map_err(|error| error.to_string())?.permissions().mode();
    if mode & 0o077 == 0 {
        Ok(format!("{path} is readable by its owner only"))
    } else {
        Err(format!("{path} is readable by others; run: chmod 600 {path}"))
    }
}

async fn database_lines(store: &Store, report: &mut Report) {
    let theirs = match Clock::System.now_by(store.reader()).await {
        Ok(theirs) => theirs,
        Err(error) => {
            report.line("database", Err(format!("RAPPORT_DATABASE_URL: it does not answer: {error}; is it running?")));
            return;
        }
    };
    report.line("database", Ok(format!("{:?} answers", store.backend())));
    let skew = Clock::System.now().millis_since(theirs);
    report.line(
        "clock",
        if skew.abs() <= SKEW_MILLISECONDS {
            Ok(format!("{skew} ms from the database's"))
        } else {
            Err(format!("{skew} ms from the database's; let NTP set both"))
        },
    );
    let pending = Migrator::get_pending_migrations(store.reader()).await;
    report.line(
        "schema",
        match pending {
            Ok(pending) if pending.is_empty() => Ok("the tables are those of this release".into()),
            Ok(pending) => Err(format!("{} changes are missing; run: rapport migrate", pending.len())),
            Err(_) => Err("there are no tables yet; run: rapport migrate".into()),
        },
    );
}

/// Without its keyring nothing personal in the database can be read.
async fn keyring_line(config: &Config, has_customers: bool, report: &mut Report) {
    let url = &config.keyring_url.0;
    let found = if let Some(path) = bootstrap::missing_file(url) {
        not_there_yet(path, has_customers)
    } else {
        match open(url, 1).await {
            Ok(store) => match KeyringMigrator::get_pending_migrations(store.reader()).await {
                Ok(pending) if pending.is_empty() => Ok(format!("{:?} answers", store.backend())),
                Ok(_) => Err("its table is missing; run: rapport migrate".into()),
                Err(error) => Err(format!("RAPPORT_KEYRING_URL: it does not answer: {error}; is it running?")),
            },
            Err(text) => Err(format!("RAPPORT_KEYRING_URL: {text}")),
        }
    };
    report.line("keyring", found);
}

/// Without its journal a database cannot be restored safely.
async fn journal_line(config: &Config, store: Option<&Store>, report: &mut Report) {
    let found = match bootstrap::missing_file(&config.journal_url.0) {
        Some(path) => Err(format!("RAPPORT_JOURNAL_URL: there is no file {path} yet; run: rapport migrate")),
        None => journal(config, store).await.map_err(|failure| failure.to_string()),
    };
    report.line("journal", found);
}

async fn journal(config: &Config, store: Option<&Store>) -> Result<String, Failure> {
    let named = |fault| Failure(format!("RAPPORT_JOURNAL_URL: {fault}"));
    let journal = bootstrap::open_journal(config).await?;
    if let Some(store) = store
        && let Ok(Some(place)) = replay::replayed_up_to(store).await
        && !journal.holds(&place).await.map_err(named)?
    {
        let text = "it is not the journal that was kept before, or a part of it is lost; bring it back from a copy";
        return Err(Failure(format!("RAPPORT_JOURNAL_URL: {text}")));
    }
    let end = journal.end(&Place::START).await.map_err(named)?;
    Ok(format!("{} endings, all of them whole", end.line))
}

#[derive(Default)]
struct Report {
    wrong: usize,
}

impl Report {
    fn line(&mut self, subject: &str, found: Result<String, String>) {
        let (mark, text) = match found {
            Ok(text) => ("ok   ", text),
            Err(text) => {
                self.wrong += 1;
                ("WRONG", text)
            }
        };
        print(&format!("{mark}  {subject:<14} {text}\n"));
    }
}
