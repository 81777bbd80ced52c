//! Receipts as files, and by mail: the proof of every consent event reaches the customer by another way than the page it came from.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entity::ids::CustomerId;
use entity::vault::Owned;
use entity::vault::receipt::{self, Opening, OwnReceipt, Receipt};
use sea_orm::DbErr;
use serde_json::{Value, json};

use crate::deps::Deps;
use crate::mail::{Attachment, MailFault};

/// Receipts in one mail.
const MOST: u64 = 50;

/// Why receipts could not be mailed.
#[derive(Debug, thiserror::Error)]
pub enum NotMailed {
    /// The database could not be asked.
    #[error(transparent)]
    Fault(#[from] DbErr),
    /// The mail was not taken.
    #[error(transparent)]
    Mail(#[from] MailFault),
}

/// Mails a customer what was not mailed yet: one mail, one file per receipt. Whether more is left.
///
/// # Errors
/// When the database cannot be asked, or the mail is not taken; then it is tried again.
pub async fn mail(deps: &Deps, customer: CustomerId) -> Result<bool, NotMailed> {
    let Some(unmailed) = receipt::load_unmailed(&deps.vault, customer, MOST).await? else { return Ok(false) };
    let ids: Vec<_> = unmailed.receipts.iter().map(|own| own.receipt.id).collect();
    let attachments = attachments(&unmailed.receipts);
    let body = format!(
        "Something about what you share has changed. {} attached: signed proof of what happened, which you can keep and \
         check without us. Each file says in its first lines what it is about.\n\n\
         To see everything that you share, and to change or stop it at any time: {}\n",
        if ids.len() == 1 { "A receipt is".to_owned() } else { format!("{} receipts are", ids.len()) },
        deps.config.public_url
    );
    deps.mailer.send_with(unmailed.address.as_ref(), "Your Rapport receipt", body, attachments).await?;
    let full = ids.len() as u64 == MOST;
    receipt::note_mailed(&deps.vault, customer, ids).await?;
    Ok(full)
}

/// One file per receipt.
pub(super) fn attachments(receipts: &[OwnReceipt]) -> Vec<Attachment> {
    let one = |own: &OwnReceipt| {
        let name = format!("{}.json", own.receipt.id);
        Attachment { name, text: file(&own.receipt, Some(&own.opening)) }
    };
    receipts.iter().map(one).collect()
}

/// The file to keep, as JSON: the signed document, what it says, and, for the customer only, what opens its commitment to
/// the receipt before it.
#[must_use]
pub fn file(receipt: &Receipt, opening: Option<&Owned<Opening>>) -> String {
    format!("{:#}\n", content(receipt, opening))
}

/// What stands in the file.
pub(super) fn content(receipt: &Receipt, opening: Option<&Owned<Opening>>) -> Value {
    let document = &receipt.document;
    match opening {
        Some(opening) => {
            let Opening { previous, salt } = opening.as_ref();
            let opening = json!({ "previousReceiptId": previous.map(|id| id.to_string()), "salt": salt });
            json!({ "receipt": document, "says": says(document), "opening": opening })
        }
        None => json!({ "receipt": document, "says": says(document) }),
    }
}

/// What a document says, for people; nobody relies on it unverified.
fn says(document: &str) -> Value {
    let middle = document.split('.').nth(1).and_then(|text| URL_SAFE_NO_PAD.decode(text).ok());
    middle.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
}
