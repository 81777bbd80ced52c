//! `rapport check`: looks at everything that a server needs, and says what is wrong and how to mend it.

use std::path::Path;
use std::sync::Arc;

use entity::clock::Clock;
use entity::entropy::Entropy;
use entity::store::Store;
use entity::vault::Vault;
use migration::{Migrator, MigratorTrait};

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
    let keys = key_line(&config, &mut report);
    let mail = Mailer::new(&config.mail.0, &config.mail_from);
    report.line("mail", mail.map(|_| "the settings can be used".to_owned()).map_err(|fault| fault.to_string()));
    match open(&config).await {
        Ok(store) => {
            missing_key_line(&config, Some(&store), &mut report).await;
            database_lines(store, keys, &mut report).await;
        }
        Err(text) => {
            missing_key_line(&config, None, &mut report).await;
            report.line("database", Err(format!("RAPPORT_DATABASE_URL: {text}")));
        }
    }
    match report.wrong {
        0 => Ok(()),
        wrong => Err(Failure(format!("{wrong} of the checks failed"))),
    }
}

/// Opens the database, but never makes one: looking changes nothing.
async fn open(config: &Config) -> Result<Store, String> {
    let url = &config.database_url.0;
    if let Some(path) = url.strip_prefix("sqlite:") {
        let path = path.strip_prefix("//").unwrap_or(path);
        let path = path.split_once('?').map_or(path, |(path, _)| path);
        if path != ":memory:" && !Path::new(path).exists() {
            return Err(format!("there is no file {path} yet; run: rapport migrate"));
        }
    }
    Store::open(url, config.database_connections).await.map_err(|error| format!("{error}; is it running?"))
}

/// Without its key file nobody in a database can be found, and the next start would make another one.
async fn missing_key_line(config: &Config, store: Option<&Store>, report: &mut Report) {
    if config.key_file.exists() {
        return;
    }
    let path = config.key_file.display();
    report.line(
        "keys",
        match store {
            Some(store) if bootstrap::has_customers(store).await => {
                Err(format!("{path} is not there, but the database has customers; restore it from a copy"))
            }
            _ => Ok(format!("{path} is not there yet; the first `rapport serve` makes it")),
        },
    );
}

fn key_line(config: &Config, report: &mut Report) -> Option<entity::keys::Keys> {
    if !config.key_file.exists() {
        return None;
    }
    match keys::load_or_create(&config.key_file, &Entropy::system(), &config.public_url) {
        Ok(operator) => {
            report.line("keys", permissions(config));
            Some(operator.keys)
        }
        Err(fault) => {
            report.line("keys", Err(fault.to_string()));
            None
        }
    }
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

async fn database_lines(store: Store, keys: Option<entity::keys::Keys>, report: &mut Report) {
    let keys = keys.unwrap_or_else(|| entity::keys::Keys::new(&[0; 32], &[0; 32]));
    let vault = Vault { store, clock: Clock::System, entropy: Entropy::system(), keys: Arc::new(keys) };
    let theirs = match vault.now().await {
        Ok(theirs) => theirs,
        Err(error) => {
            report.line("database", Err(format!("RAPPORT_DATABASE_URL: it does not answer: {error}; is it running?")));
            return;
        }
    };
    report.line("database", Ok(format!("{:?} answers", vault.store.backend())));
    let skew = vault.clock.now().millis_since(theirs);
    report.line(
        "clock",
        if skew.abs() <= SKEW_MILLISECONDS {
            Ok(format!("{skew} ms from the database's"))
        } else {
            Err(format!("{skew} ms from the database's; let NTP set both"))
        },
    );
    let pending = Migrator::get_pending_migrations(vault.store.reader()).await;
    report.line(
        "schema",
        match pending {
            Ok(pending) if pending.is_empty() => Ok("the tables are those of this release".into()),
            Ok(pending) => Err(format!("{} changes are missing; run: rapport migrate", pending.len())),
            Err(_) => Err("there are no tables yet; run: rapport migrate".into()),
        },
    );
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
