//! Acts on all grants at once that end none: direct marketing off and on, everything halted and continued.

use async_graphql::{Context, InputObject, Object, Result};
use entity::values::Timestamp;

use crate::domain::{Refusal, consent};
use crate::graphql::context::ContextExt;
use crate::graphql::types::grant::{Grant, GrantContext};
use crate::graphql::types::user_error::payload;

/// Whether brands may use anything for direct marketing.
#[derive(InputObject)]
pub struct SetDirectMarketingInput {
    /// False: no grant for DIRECT_MARKETING permits anything, whatever was granted. True: each permits again what it says.
    allowed: bool,
}

/// Halting every grant needs nothing: `{}` is enough.
#[derive(InputObject)]
pub struct PauseEverythingInput {
    /// A text of the caller's for this one act: repeated with it, the call halts nothing that was given or resumed since.
    idempotency_key: Option<String>,
}

/// Continuing every grant needs nothing: `{}` is enough.
#[derive(InputObject)]
pub struct ResumeEverythingInput {
    /// A text of the caller's for this one act: repeated with it, the call continues nothing that was halted since.
    idempotency_key: Option<String>,
}

payload! {
    /// What the switch gives.
    SetDirectMarketingPayload {
        /// How it stands now.
        direct_marketing_allowed: bool,
        /// Since when it is off; null while it is on.
        direct_marketing_blocked_at: Timestamp,
    }
}

payload! {
    /// What halting every grant gives. From now on no request gets a value.
    PauseEverythingPayload {
        /// The grants that this act halted.
        grants: Vec<Grant>,
    }
}

payload! {
    /// What continuing every grant gives.
    ResumeEverythingPayload {
        /// The grants that this act continued.
        grants: Vec<Grant>,
    }
}

/// Everything at once.
#[derive(Default)]
pub struct SwitchMutation;

#[Object]
impl SwitchMutation {
    /// Switches direct marketing by every brand off or on; grants stay as they are. Off takes effect at once, and until it
    /// is on again no grant for DIRECT_MARKETING can be given, resumed or widened. A request with `Sec-GPC: 1` (Global
    /// Privacy Control) switches it off by itself, for good, and cannot switch it on. For customers.
    async fn set_direct_marketing(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Off or on.")] input: SetDirectMarketingInput,
    ) -> Result<SetDirectMarketingPayload> {
        let (deps, owner, signal) = (context.deps()?, context.owner()?, context.privacy_signal());
        match consent::set_direct_marketing(deps, owner, input.allowed, signal).await {
            Ok(direct_marketing_blocked_at) => Ok(SetDirectMarketingPayload {
                direct_marketing_allowed: Some(direct_marketing_blocked_at.is_none()),
                direct_marketing_blocked_at,
                user_errors: Vec::new(),
            }),
            Err(refusal) => SetDirectMarketingPayload::refused(refusal),
        }
    }

    /// Halts every active grant until it is resumed (GDPR article 18); each still ends on its date. For customers.
    async fn pause_everything(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "May be empty.")] input: PauseEverythingInput,
    ) -> Result<PauseEverythingPayload> {
        let (deps, owner) = (context.deps()?, context.owner()?);
        let paused = consent::pause_everything(deps, owner, input.idempotency_key.as_deref()).await;
        match shown(context, paused).await? {
            Ok(grants) => Ok(PauseEverythingPayload { grants: Some(grants), user_errors: Vec::new() }),
            Err(refusal) => PauseEverythingPayload::refused(refusal),
        }
    }

    /// Continues every halted grant as it was, however it was halted; those for DIRECT_MARKETING only while that is
    /// switched on. For customers.
    async fn resume_everything(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "May be empty.")] input: ResumeEverythingInput,
    ) -> Result<ResumeEverythingPayload> {
        let (deps, owner) = (context.deps()?, context.owner()?);
        let resumed = consent::resume_everything(deps, owner, input.idempotency_key.as_deref()).await;
        match shown(context, resumed).await? {
            Ok(grants) => Ok(ResumeEverythingPayload { grants: Some(grants), user_errors: Vec::new() }),
            Err(refusal) => ResumeEverythingPayload::refused(refusal),
        }
    }
}

/// The grants that an act changed, as their customer sees them.
async fn shown(
    context: &Context<'_>,
    changed: Result<Vec<entity::grant::Model>, Refusal>,
) -> Result<Result<Vec<Grant>, Refusal>> {
    let rows = match changed {
        Ok(rows) => rows,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let shown = GrantContext::load(context.deps()?, context.owner()?, &rows).await?;
    Ok(Ok(rows.into_iter().filter_map(|row| shown.show(row)).collect()))
}
