//! Replies by mail, which this server sends itself.

use entity::ids::{BrandId, MessageId};
use entity::reply;
use entity::values::{Channel, EmailAddress};
use entity::vault::conversation::{self as door, Letter, Outcome, Report, Sender};
use sea_orm::DbErr;

use crate::deps::Deps;
use crate::domain::brands;
use crate::failure;
use crate::mail::{Posted, Reply};

/// Sends replies whose turn has come, up to `limit`; how many were seen to.
///
/// # Errors
/// When the database cannot be asked.
pub async fn mail(deps: &Deps, limit: u64) -> Result<usize, DbErr> {
    let due = door::due(&deps.vault, Channel::Email, None, limit).await?;
    // Where nobody would take it nothing is begun: between the law's word and the mail is only what it takes to hand it over.
    if due.is_empty() || !deps.mailer.is_ready().await {
        return Ok(0);
    }
    let brands = brands::load(deps, due.iter().map(|row| row.brand_id)).await?;
    for row in &due {
        let name = brands.iter().find(|brand| brand.id == row.brand_id).map(|brand| brand.name.clone());
        if let Err(error) = send(deps, row, name.unwrap_or_default()).await {
            tracing::warn!(%error, "a reply could not be seen to, and is put off");
            door::put_off(&deps.vault, row).await?;
        }
    }
    Ok(due.len())
}

async fn send(deps: &Deps, row: &reply::Model, name: String) -> Result<(), DbErr> {
    let Some((letter, attempt)) = take(deps, row).await? else { return Ok(()) };
    let outcome = post(deps, (name, row.id), letter).await;
    report(deps, (row.brand_id, row.id), &Report { by: Sender::Server, attempt, outcome }).await.map(drop)
}

/// Takes a reply for whoever sends it.
pub(super) async fn take(deps: &Deps, row: &reply::Model) -> Result<Option<(Letter, i32)>, DbErr> {
    let transaction = deps.vault.begin().await?;
    let taken = door::take(&transaction, deps.vault.proofs, row.brand_id, row.id).await?;
    transaction.commit().await?;
    Ok(taken)
}

/// Notes what came of a reply. `false` if there is none of that id that was taken then.
pub(super) async fn report(deps: &Deps, of: (BrandId, MessageId), report: &Report) -> Result<bool, DbErr> {
    match try_report(deps, of, report).await {
        // The channel has told of the same message at the same moment; nothing was changed.
        Err(error) if failure::is_conflict(&error) => try_report(deps, of, report).await,
        done => done,
    }
}

async fn try_report(deps: &Deps, (brand, id): (BrandId, MessageId), report: &Report) -> Result<bool, DbErr> {
    let transaction = deps.vault.begin().await?;
    let is_done = door::report(&transaction, brand, id, report).await?;
    if is_done {
        transaction.commit().await?;
    }
    Ok(is_done)
}

async fn post(deps: &Deps, (name, id): (String, MessageId), letter: Letter) -> Outcome {
    let (to, from) = (letter.to.parse::<EmailAddress>(), letter.from.unwrap_or_default().parse::<EmailAddress>());
    let (Ok(to), Ok(from)) = (to, from) else { return Outcome::Refused };
    let host = from.as_str().rsplit('@').next().unwrap_or_default();
    // The same with every try: a receiver that gets it twice can tell.
    let message_id = format!("<{id}@{host}>");
    let subject = match letter.subject {
        Some(subject) if subject.get(..3).is_some_and(|start| start.eq_ignore_ascii_case("re:")) => subject,
        Some(subject) => format!("Re: {subject}"),
        None => format!("Your message to {name}"),
    };
    let reply = Reply { from: (name, from), to, subject, message_id, answers: letter.answers, text: letter.text };
    let message_id = reply.message_id.clone();
    match deps.mailer.reply(reply).await {
        Posted::Taken => Outcome::Sent(message_id),
        Posted::NotNow => Outcome::NotNow,
        Posted::Refused => Outcome::Refused,
        Posted::Unknown => Outcome::Unknown,
    }
}
