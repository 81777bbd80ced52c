//! Giving, changing, halting and ending grants.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use entity::consent::Difference;
use entity::kinds::Purpose;
use entity::scope::Scope;
use entity::values::{Timestamp, Unchecked};

use crate::domain::consent::{self, Amended};
use crate::graphql::context::ContextExt;
use crate::graphql::types::grant::{self, Grant};
use crate::graphql::types::receipt::{self, Receipt};
use crate::graphql::types::user_error::payload;

/// What the customer grants.
#[derive(InputObject)]
pub struct GiveConsentInput {
    /// The brand's slug.
    brand: String,
    /// For what.
    purpose: Purpose,
    /// What may be read; at least one.
    scopes: Vec<Scope>,
    /// Until when: 365 days from now at most; 90 if left out.
    expires_at: Option<Unchecked<Timestamp>>,
}

/// What a grant should be.
#[derive(InputObject)]
pub struct AmendConsentInput {
    /// Which grant.
    grant_id: ID,
    /// All scopes that it should hold; as they are if left out.
    scopes: Option<Vec<Scope>>,
    /// Its end; as it is if left out.
    expires_at: Option<Unchecked<Timestamp>>,
    /// From the first call of a widening: the explicit second act.
    #[graphql(secret)]
    confirmation_token: Option<String>,
}

/// Which grant to halt.
#[derive(InputObject)]
pub struct PauseConsentInput {
    /// The grant's id.
    grant_id: ID,
}

/// Which grant to continue.
#[derive(InputObject)]
pub struct ResumeConsentInput {
    /// The grant's id.
    grant_id: ID,
}

/// Which grant to end.
#[derive(InputObject)]
pub struct WithdrawConsentInput {
    /// The grant's id.
    grant_id: ID,
    /// Whether the brand is to delete what it holds of the customer; no, if left out. It is told so with the ending, in its
    /// feed of changes and in the receipt, and GDPR article 17(1)(b) then binds it, unless it has another legal ground to
    /// keep some of it.
    deletion_wanted: Option<bool>,
}

/// Whom to share nothing with any more.
#[derive(InputObject)]
pub struct WithdrawFromBrandInput {
    /// The brand's slug.
    brand: String,
    /// Whether the brand is to delete what it holds of the customer; no, if left out. It is told so with the ending, in its
    /// feed of changes and in the receipt, and GDPR article 17(1)(b) then binds it, unless it has another legal ground to
    /// keep some of it.
    deletion_wanted: Option<bool>,
    /// A text of the caller's for this one act: repeated with it, the call ends nothing that was given since.
    idempotency_key: Option<String>,
}

/// Ending every grant needs nothing: `{}` is enough.
#[derive(InputObject)]
pub struct WithdrawEverythingInput {
    /// A text of the caller's for this one act: repeated with it, the call ends nothing that was given since.
    idempotency_key: Option<String>,
}

/// What a change of a grant would do. For the customer, before they agree.
#[derive(SimpleObject)]
pub struct GrantDifference {
    /// Scopes that join.
    added_scopes: Vec<Scope>,
    /// Scopes that go.
    removed_scopes: Vec<Scope>,
    /// The end as it was.
    expires_at_before: Timestamp,
    /// The end as it becomes.
    expires_at_after: Timestamp,
}

payload! {
    /// What giving consent gives.
    GiveConsentPayload {
        /// The grant.
        grant: Grant,
        /// Its signed proof.
        receipt: Receipt,
    }
}

payload! {
    /// What changing a grant gives. With a `confirmationToken` nothing is changed yet.
    AmendConsentPayload {
        /// The grant as it is now.
        grant: Grant,
        /// What the change does, or would do once it is confirmed.
        difference: GrantDifference,
        /// For the second call of a widening, within ten minutes; null when the change is made.
        confirmation_token: String,
        /// The change's signed proof; null while nothing is changed.
        receipt: Receipt,
    }
}

payload! {
    /// What halting a grant gives.
    PauseConsentPayload {
        /// The grant as it is now.
        grant: Grant,
        /// The act's signed proof.
        receipt: Receipt,
    }
}

payload! {
    /// What continuing a grant gives.
    ResumeConsentPayload {
        /// The grant as it is now.
        grant: Grant,
        /// The act's signed proof.
        receipt: Receipt,
    }
}

payload! {
    /// What ending a grant gives. From now on no request gets a value by it.
    WithdrawConsentPayload {
        /// The grant as it is now.
        grant: Grant,
        /// The act's signed proof.
        receipt: Receipt,
    }
}

payload! {
    /// What ending every grant of a brand gives. From now on no request of that brand gets a value.
    WithdrawFromBrandPayload {
        /// The grants that this act ended; none if the brand held none.
        grants: Vec<Grant>,
    }
}

payload! {
    /// What ending every grant gives. From now on no request gets a value.
    WithdrawEverythingPayload {
        /// The grants that this act ended.
        grants: Vec<Grant>,
    }
}

/// Grants.
#[derive(Default)]
pub struct ConsentMutation;

#[Object]
impl ConsentMutation {
    /// Lets a brand read some scopes for one purpose until a date. For customers. One live grant per brand and purpose.
    async fn give_consent(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What is granted.")] input: GiveConsentInput,
    ) -> Result<GiveConsentPayload> {
        let (deps, owner) = (context.deps()?, context.owner()?);
        let GiveConsentInput { brand, purpose, scopes, expires_at } = input;
        match consent::give(deps, owner, consent::Give { brand, purpose, scopes, expires_at }).await {
            Ok(row) => Ok(GiveConsentPayload {
                receipt: receipt::latest_of(deps, owner, row.id).await?,
                grant: grant::show(deps, owner, row).await?,
                ..Default::default()
            }),
            Err(refusal) => GiveConsentPayload::refused(refusal),
        }
    }

    /// Changes a grant. Less takes effect at once; more (a scope, a later end) first gives the difference and a
    /// confirmation token, and is done when the same call comes again with it. For customers.
    async fn amend_consent(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What the grant should be.")] input: AmendConsentInput,
    ) -> Result<AmendConsentPayload> {
        let (deps, owner) = (context.deps()?, context.owner()?);
        let input = consent::Amend {
            grant: input.grant_id.0,
            scopes: input.scopes,
            expires_at: input.expires_at,
            confirmation: input.confirmation_token,
        };
        let (row, difference, confirmation_token) = match consent::amend(deps, owner, input).await {
            Ok(Amended::Changed(row, difference)) => (row, difference, None),
            Ok(Amended::Confirm(row, difference, confirmation)) => (row, difference, Some(confirmation)),
            Err(refusal) => return AmendConsentPayload::refused(refusal),
        };
        let changed = confirmation_token.is_none();
        Ok(AmendConsentPayload {
            receipt: if changed { receipt::latest_of(deps, owner, row.id).await? } else { None },
            grant: grant::show(deps, owner, *row).await?,
            difference: Some(difference.into()),
            confirmation_token,
            ..Default::default()
        })
    }

    /// Halts a grant until it is resumed; it still ends on its date. For customers.
    async fn pause_consent(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which grant.")] input: PauseConsentInput,
    ) -> Result<PauseConsentPayload> {
        let (deps, owner) = (context.deps()?, context.owner()?);
        match consent::pause(deps, owner, &input.grant_id).await {
            Ok(row) => Ok(PauseConsentPayload {
                receipt: receipt::latest_of(deps, owner, row.id).await?,
                grant: grant::show(deps, owner, row).await?,
                ..Default::default()
            }),
            Err(refusal) => PauseConsentPayload::refused(refusal),
        }
    }

    /// Continues a halted grant as it was. For customers.
    async fn resume_consent(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which grant.")] input: ResumeConsentInput,
    ) -> Result<ResumeConsentPayload> {
        let (deps, owner) = (context.deps()?, context.owner()?);
        match consent::resume(deps, owner, &input.grant_id).await {
            Ok(row) => Ok(ResumeConsentPayload {
                receipt: receipt::latest_of(deps, owner, row.id).await?,
                grant: grant::show(deps, owner, row).await?,
                ..Default::default()
            }),
            Err(refusal) => ResumeConsentPayload::refused(refusal),
        }
    }

    /// Ends a grant for good: once this is answered, no later request gets a value by it. For customers.
    async fn withdraw_consent(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which grant.")] input: WithdrawConsentInput,
    ) -> Result<WithdrawConsentPayload> {
        let (deps, owner) = (context.deps()?, context.owner()?);
        match consent::withdraw(deps, owner, &input.grant_id, input.deletion_wanted.unwrap_or_default()).await {
            Ok(row) => Ok(WithdrawConsentPayload {
                receipt: receipt::latest_of(deps, owner, row.id).await?,
                grant: grant::show(deps, owner, row).await?,
                ..Default::default()
            }),
            Err(refusal) => WithdrawConsentPayload::refused(refusal),
        }
    }

    /// Ends every grant of a brand for good, active or paused, in one act: once this is answered, no later request of that
    /// brand gets a value of the customer. For customers.
    async fn withdraw_from_brand(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which brand.")] input: WithdrawFromBrandInput,
    ) -> Result<WithdrawFromBrandPayload> {
        let (deps, owner) = (context.deps()?, context.owner()?);
        let WithdrawFromBrandInput { brand, deletion_wanted, idempotency_key } = input;
        let (key, wanted) = (idempotency_key.as_deref(), deletion_wanted.unwrap_or_default());
        match consent::withdraw_from_brand(deps, owner, &brand, wanted, key).await {
            Ok(rows) => Ok(WithdrawFromBrandPayload {
                grants: Some(grant::show_all(deps, owner, rows).await?),
                ..Default::default()
            }),
            Err(refusal) => WithdrawFromBrandPayload::refused(refusal),
        }
    }

    /// Ends every grant for good. For customers.
    async fn withdraw_everything(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "May be empty.")] input: WithdrawEverythingInput,
    ) -> Result<WithdrawEverythingPayload> {
        let (deps, owner) = (context.deps()?, context.owner()?);
        match consent::withdraw_everything(deps, owner, input.idempotency_key.as_deref()).await {
            Ok(rows) => Ok(WithdrawEverythingPayload {
                grants: Some(grant::show_all(deps, owner, rows).await?),
                ..Default::default()
            }),
            Err(refusal) => WithdrawEverythingPayload::refused(refusal),
        }
    }
}

impl From<Difference> for GrantDifference {
    fn from(difference: Difference) -> Self {
        Self {
            added_scopes: difference.added.iter().collect(),
            removed_scopes: difference.removed.iter().collect(),
            expires_at_before: difference.expires_from,
            expires_at_after: difference.expires_to,
        }
    }
}
