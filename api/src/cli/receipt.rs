//! `rapport receipt verify`: checking a receipt with nothing but the public keys.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use entity::log::SignedCheckpoint;
use entity::signing::{PublicKey, verify_jws};
use entity::vault::receipt::{TYPE, commitment};
use serde_json::Value;

use super::log::public_keys;
use super::{Failure, print};
use crate::config::{Config, keys};

/// What to do with a receipt.
#[derive(Subcommand)]
pub enum ReceiptCommand {
    /// Check that a receipt is genuine, and say what it proves. Needs no database.
    Verify {
        /// The receipt's file, as it was downloaded or mailed.
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// The public keys, as they were at /.well-known/jwks.json; without them those of the key file.
        #[arg(long, value_name = "FILE")]
        keys: Option<PathBuf>,
        /// The file of the receipt before it, to check that none is missing between the two.
        #[arg(long, value_name = "FILE")]
        previous: Option<PathBuf>,
    },
}

/// Runs it.
pub fn run(config: &Config, command: ReceiptCommand) -> Result<(), Failure> {
    let ReceiptCommand::Verify { file, keys, previous } = command;
    let keys = match keys {
        Some(file) => public_keys(&file)?,
        None => keys::published(&config.key_file, &config.public_url).map_err(Failure::of)?,
    };
    let receipt = Receipt::read(&file, &keys)?;
    let lines = [
        "The receipt is genuine.".to_owned(),
        format!("  receipt     {}", receipt.says("/receipt_id")),
        format!("  customer    {}", receipt.says("/pii_principal_id")),
        format!("  brand       {}", receipt.says("/parties/0/party_name")),
        format!("  what        {}", receipt.says("/event/event_kind")),
        format!("  when        {}", receipt.says("/event/event_time")),
        format!("  purpose     {}", receipt.says("/purposes/0/purpose_code")),
        format!("  scopes      {}", scopes(&receipt.says)),
        format!("  until       {}", receipt.says("/event/validity_duration/until")),
        format!("  checkpoint  {}", checkpoint(&receipt.says, &keys)?),
    ];
    print(&(lines.join("\n") + "\n"));
    if let Some(previous) = previous {
        follows(&receipt, &Receipt::read(&previous, &keys)?)?;
        print("It follows the other one: no receipt is missing between the two.\n");
    }
    Ok(())
}

/// A receipt whose signature was checked.
struct Receipt {
    document: String,
    says: Value,
    salt: Option<String>,
}

impl Receipt {
    fn read(path: &Path, keys: &[PublicKey]) -> Result<Self, Failure> {
        let failed = |what: &str| Failure(format!("{}: {what}", path.display()));
        let content = std::fs::read_to_string(path).map_err(|error| failed(&error.to_string()))?;
        let file: Value = serde_json::from_str(&content).map_err(|_| failed("this is not a receipt's file"))?;
        let text = |pointer: &str| file.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
        let document = text("/receipt").ok_or_else(|| failed("this is not a receipt's file"))?;
        let body = verify_jws(keys, TYPE, &document)
            .ok_or_else(|| failed("NOT GENUINE: none of these keys has signed it, or it was changed since"))?;
        let says: Value = serde_json::from_slice(&body).map_err(|_| failed("the signed document is no JSON"))?;
        // What stands beside the signed document is for people; it must say the same.
        if file.get("says").is_some_and(|beside| *beside != says) {
            return Err(failed("NOT GENUINE: what the file says is not what was signed"));
        }
        let salt = text("/opening/salt");
        Ok(Self { document, says, salt })
    }

    /// What the document says at a place; a dash if it says nothing there.
    fn says(&self, pointer: &str) -> &str {
        self.says.pointer(pointer).and_then(Value::as_str).unwrap_or("-")
    }
}

fn scopes(says: &Value) -> String {
    let list = says.pointer("/purposes/0/pii_information").and_then(Value::as_array);
    let name = |scope: &'_ Value| scope.get("pii_type").and_then(Value::as_str).map(str::to_owned);
    let names: Vec<String> = list.into_iter().flatten().filter_map(name).collect();
    if names.is_empty() { "-".into() } else { names.join(" ") }
}

/// Where the log stood when the receipt was issued; signed by itself, so whoever holds the receipt is a witness.
fn checkpoint(says: &Value, keys: &[PublicKey]) -> Result<String, Failure> {
    let Some(note) = says.get("checkpoint").and_then(Value::as_str) else {
        return Ok("none: the log was empty then".into());
    };
    let forged = || Failure("NOT GENUINE: the checkpoint in it was signed by none of these keys".into());
    let note: SignedCheckpoint = note.parse().map_err(|_| forged())?;
    let origin = note.origin().clone();
    let known = keys.iter().find_map(|key| note.verify(&origin, &key.bytes).ok()).ok_or_else(forged)?;
    Ok(format!("{} entries, root {}", known.head.size, known.head.root))
}

fn follows(receipt: &Receipt, before: &Receipt) -> Result<(), Failure> {
    let salt =
        receipt.salt.as_ref().ok_or_else(|| Failure("only the customer's own file tells what it follows".into()))?;
    if receipt.says("/previous") == commitment(salt, &before.document) {
        return Ok(());
    }
    Err(Failure("the receipt does not follow the other one: one is missing, or they are in the wrong order".into()))
}
