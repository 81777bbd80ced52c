//! Mails about links: a reminder before a handle has to be proven again, and word of a handle that somebody else has now.
//! Mail is read by others too, so names stand in it shortened.

use entity::ids::CustomerId;
use entity::kinds::JobKind;
use entity::vault::link::{self, Notice, Told};
use sea_orm::DbErr;

use crate::deps::Deps;
use crate::domain::jobs;
use crate::domain::receipts::NotMailed;

/// Enqueues reminders for customers with handles that are due soon, each in a transaction of their own under their lock;
/// how many customers. Whom somebody else is working on is left for the next time.
///
/// # Errors
/// When nobody can be looked for, or the first of them fails.
pub async fn remind(deps: &Deps, most: u64) -> Result<usize, DbErr> {
    let mut reminded = 0;
    for customer in link::load_to_remind(&deps.vault, most).await? {
        let Some((transaction, _)) = deps.vault.begin_unless_held(customer).await? else { continue };
        if link::note_reminded(&deps.vault, &transaction, customer).await? > 0 {
            jobs::enqueue(&transaction, customer, JobKind::RemindOfProofs).await?;
            transaction.commit().await?;
            reminded += 1;
        }
    }
    Ok(reminded)
}

/// Mails a customer which handles have to be proven again.
///
/// # Errors
/// When the database cannot be asked, or the mail is not taken; then it is tried again.
pub async fn mail_reminder(deps: &Deps, customer: CustomerId) -> Result<(), NotMailed> {
    let Some(notice) = link::reminder(&deps.vault, customer).await? else { return Ok(()) };
    let now = deps.vault.now().await?;
    let line = |told: &Told| {
        let due = deps.vault.proofs.due_at(told.verified_at);
        let when = if now < due { format!("by {due}") } else { format!("nobody finds you by it since {due}") };
        format!("{}: {when}", shortened(told))
    };
    let body = format!(
        "Names change hands, so we ask you now and then to prove again that a profile is yours. Until you do, brands no \
         longer find you by it; nothing else changes, and you need to do nothing if you do not mind.\n\n{}\n\n\
         To prove them again, link them once more: {}\n",
        lines(&notice, line),
        deps.config.public_url
    );
    Ok(deps.mailer.send(notice.address.as_ref(), "Prove your profiles again", body).await?)
}

/// Mails a customer which of their links somebody else's proof has ended.
///
/// # Errors
/// When the database cannot be asked, or the mail is not taken; then it is tried again.
pub async fn mail_takeovers(deps: &Deps, customer: CustomerId) -> Result<(), NotMailed> {
    let Some(notice) = link::takeovers(&deps.vault, customer).await? else { return Ok(()) };
    let line = |told: &Told| {
        let when = told.ended_at.map(|at| format!(", {at}")).unwrap_or_default();
        format!("{}{when}", shortened(told))
    };
    let body = format!(
        "Somebody has just proven that a profile is theirs which was linked to your account. It is linked to theirs now. \
         Nothing that you share, and nothing that you agreed to, has gone to them.\n\n{}\n\n\
         If the profile is still yours, somebody else can write in its name: secure it, then link it again: {}\n",
        lines(&notice, line),
        deps.config.public_url
    );
    deps.mailer.send(notice.address.as_ref(), "A profile of yours is linked to another account", body).await?;
    Ok(link::note_told(&deps.vault, customer, &notice.links).await?)
}

fn lines(notice: &Notice, line: impl Fn(&Told) -> String) -> String {
    let lines = notice.links.iter().map(|told| format!("- {}", line(told)));
    lines.collect::<Vec<_>>().join("\n")
}

/// Enough for its owner to know which one it is.
fn shortened(told: &Told) -> String {
    let begin: String = told.handle.as_ref().chars().take(2).collect();
    format!("{} {begin}…", told.channel.as_str())
}
