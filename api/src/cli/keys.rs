//! `rapport keys`: the operator's wrapping keys, rotated while servers run.

use std::collections::BTreeMap;
use std::path::Path;

use clap::Subcommand;
use entity::keyring::Keyring;
use indicatif::ProgressBar;

use super::{Failure, print};
use crate::bootstrap;
use crate::config::Config;
use crate::config::keys::rotate;

/// Data keys that are wrapped again in one transaction.
const BATCH: u64 = 250;

/// What to do with the wrapping keys.
#[derive(Subcommand)]
pub enum KeysCommand {
    /// Their numbers, and how many customers' data keys are under each. Never a key.
    List,
    /// Add a new one to the key file. What is new goes under it at once; with nodes on several machines, copy the file to
    /// all of them now.
    Add,
    /// Wrap every data key under the newest. May be broken off and run again; servers go on meanwhile.
    Rewrap,
    /// Take the older ones out of the key file, if nothing is under them any more.
    Retire,
}

/// Runs one of them.
pub async fn run(config: Config, command: KeysCommand) -> Result<(), Failure> {
    let key_file = config.key_file.clone();
    let deps = bootstrap::deps(config).await?;
    bootstrap::migrate(&deps.vault).await?;
    let keyring = &deps.vault.keyring;
    match command {
        KeysCommand::List => list(&key_file, keyring).await,
        KeysCommand::Add => {
            let id = rotate::add(&key_file, &deps.vault.entropy).map_err(Failure::of)?;
            print(&format!("Wrapping key {id} is in {} and in use. Next: rapport keys rewrap\n", key_file.display()));
            Ok(())
        }
        KeysCommand::Rewrap => rewrap(keyring).await,
        KeysCommand::Retire => retire(&key_file, keyring).await,
    }
}

async fn list(key_file: &Path, keyring: &Keyring) -> Result<(), Failure> {
    let numbers = rotate::numbers(key_file).map_err(Failure::of)?;
    let used = used(keyring).await?;
    for id in &numbers {
        let newest = if numbers.last() == Some(id) { ", the newest" } else { "" };
        print(&format!("wrapping key {id}: {} data keys{newest}\n", used.get(id).unwrap_or(&0)));
    }
    let lost: Vec<_> = used.iter().filter(|(id, _)| !numbers.contains(id)).collect();
    for (id, count) in &lost {
        print(&format!("wrapping key {id}: {count} data keys, NOT IN THE KEY FILE\n"));
    }
    if lost.is_empty() {
        return Ok(());
    }
    Err(Failure("data keys are under a wrapping key that is not in the key file; bring it back from a copy".into()))
}

async fn rewrap(keyring: &Keyring) -> Result<(), Failure> {
    let newest = keyring.wrapping().newest();
    let older = used(keyring).await?.into_iter().filter(|(id, _)| *id != newest).map(|(_, count)| count);
    let bar = ProgressBar::new(u64::try_from(older.sum::<i64>()).unwrap_or_default());
    let mut total = 0;
    loop {
        let count = keyring.rewrap(BATCH).await.map_err(Failure::of)?;
        if count == 0 {
            break;
        }
        total += count;
        bar.inc(count as u64);
        keyring.give_way().await;
    }
    bar.finish_and_clear();
    print(&format!("{total} data keys were wrapped again, under wrapping key {}.\n", keyring.wrapping().newest()));
    Ok(())
}

async fn retire(key_file: &Path, keyring: &Keyring) -> Result<(), Failure> {
    let mut older = rotate::numbers(key_file).map_err(Failure::of)?;
    let newest = older.pop();
    refuse_if_used(&used(keyring).await?, &older)?;
    if older.is_empty() {
        print("There is no older wrapping key.\n");
        return Ok(());
    }
    let taken_out = rotate::take_out(key_file, &older).map_err(Failure::of)?;
    // A server may have wrapped something under one of them between the two.
    if let Err(failure) = refuse_if_used(&used(keyring).await?, &older) {
        rotate::put_back(key_file, taken_out).map_err(Failure::of)?;
        return Err(failure);
    }
    let names: Vec<_> = older.iter().map(ToString::to_string).collect();
    print(&format!(
        "Taken out: {}. In use: {}. Copies of the keyring from before the last rewrap need the older key file.\n",
        names.join(", "),
        newest.unwrap_or_default()
    ));
    Ok(())
}

fn refuse_if_used(used: &BTreeMap<i32, i64>, older: &[i32]) -> Result<(), Failure> {
    let in_use = used.iter().find(|(id, _)| older.contains(id));
    in_use.map_or(Ok(()), |(id, count)| {
        Err(Failure(format!("{count} data keys are still under wrapping key {id}; run: rapport keys rewrap")))
    })
}

async fn used(keyring: &Keyring) -> Result<BTreeMap<i32, i64>, Failure> {
    keyring.used_wrapping_keys().await.map_err(Failure::of)
}
