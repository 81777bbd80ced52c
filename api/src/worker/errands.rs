//! Does the jobs that changes have enqueued, each by one worker, until it is done.

use entity::job;
use entity::kinds::JobKind;
use sea_orm::DbErr;

use crate::deps::Deps;
use crate::domain::{accounts, jobs, links, receipts, rights};

/// Jobs in a batch.
const BATCH: u64 = 50;

/// Does what is due; how many jobs were done. One that fails is put off and holds up no other.
///
/// # Errors
/// When the list of jobs cannot be read or written.
pub async fn run_once(deps: &Deps) -> Result<usize, DbErr> {
    let mut done = 0;
    for job in jobs::take(deps, BATCH).await? {
        match run(deps, &job).await {
            Ok(()) => {
                jobs::finish(deps, &job).await?;
                done += 1;
            }
            Err(why) => {
                tracing::warn!(kind = job.kind.as_str(), attempts = job.attempts, why, "a job failed and is put off");
                jobs::put_off(deps, &job).await?;
            }
        }
    }
    Ok(done)
}

async fn run(deps: &Deps, job: &job::Model) -> Result<(), String> {
    match job.kind {
        JobKind::MailReceipts => {
            while receipts::mail(deps, job.customer_id).await.map_err(|error| error.to_string())? {}
            Ok(())
        }
        JobKind::FinishErasure => match rights::finish(deps, job.customer_id).await {
            Ok(true) => Ok(()),
            Ok(false) => Err("a journal still holds pages from before an erasure".into()),
            Err(error) => Err(error.to_string()),
        },
        JobKind::RemindOfProofs => links::mail_reminder(deps, job.customer_id).await.map_err(|error| error.to_string()),
        JobKind::TellOfTakeovers => {
            links::mail_takeovers(deps, job.customer_id).await.map_err(|error| error.to_string())
        }
        JobKind::ForgetLogins => {
            accounts::forget_logins(deps, job.customer_id).await.map_err(|error| error.to_string())
        }
        JobKind::ForgetCodes => rights::forget_codes(deps, job.customer_id).await.map_err(|error| error.to_string()),
    }
}
