//! Asking for consent, and answering.

use async_graphql::{Context, ID, InputObject, Object, Result};
use entity::kinds::Purpose;
use entity::scope::Scope;
use entity::values::{HttpsUrl, Locale, Timestamp, Unchecked};
use entity::vault::disclose::Refused;

use super::consent::GrantDifference;
use crate::domain::consent::Answered;
use crate::domain::requests::{self, NewRequest, Opened, Unasked, WantedScope};
use crate::graphql::context::{ContextExt, caller};
use crate::graphql::query::{HandleInput, refused};
use crate::graphql::types::consent_request::{self, ConsentRequest};
use crate::graphql::types::grant::{self, Grant};
use crate::graphql::types::pending_request::{self, PendingConsentRequest};
use crate::graphql::types::receipt::{self, Receipt};
use crate::graphql::types::user_error::payload;

/// A scope that a brand wants to read.
#[derive(InputObject)]
pub struct RequestedScopeInput {
    /// Which; the app must be registered for it.
    scope: Scope,
    /// Whether the offer depends on it.
    required: bool,
    /// Why the brand wants it, in one line of plain words: 300 characters at most.
    reason: String,
}

/// What a brand asks.
#[derive(InputObject)]
pub struct CreateConsentRequestInput {
    /// For what; the app must be registered for it.
    purpose: Purpose,
    /// What it wants to read: at least one, each once.
    scopes: Vec<RequestedScopeInput>,
    /// For how many days at most, 1 to 365; 90 if left out.
    duration_days: Option<i32>,
    /// What the customer gets, in plain words: 500 characters at most.
    offer: String,
    /// Where the customer goes afterwards.
    return_to: Option<Unchecked<HttpsUrl>>,
    /// The name of the brand's own notice, in its newest version; the standard notice if left out.
    notice: Option<String>,
    /// Whom it is meant for: only a customer who has proven this handle can open it. If left out, whoever has the
    /// link can, and the first who gives has it.
    handle: Option<HandleInput>,
    /// From when on it can no longer be opened or answered: 30 days from now at most; 14 if left out.
    lapses_at: Option<Unchecked<Timestamp>>,
}

/// A link that a brand has sent.
#[derive(InputObject)]
pub struct OpenConsentRequestInput {
    /// The last part of the link.
    #[graphql(secret)]
    token: String,
}

/// What the customer gives.
#[derive(InputObject)]
pub struct AnswerConsentRequestInput {
    /// To which request.
    request_id: ID,
    /// What may be read: every required scope, and of the optional ones those that the customer chose.
    scopes: Vec<Scope>,
    /// Until when; as long as was asked for if left out, and never longer.
    expires_at: Option<Unchecked<Timestamp>>,
    /// The language in which the notice was shown: its `locale`.
    locale: Option<Unchecked<Locale>>,
    /// From the first call of an answer that widens a live grant: the explicit second act.
    #[graphql(secret)]
    confirmation_token: Option<String>,
}

/// What the customer refuses.
#[derive(InputObject)]
pub struct RefuseConsentRequestInput {
    /// Which request.
    request_id: ID,
}

payload! {
    /// What asking gives.
    CreateConsentRequestPayload {
        /// The request.
        request: ConsentRequest,
        /// The link to send: good for one who gives. It is shown here and never again.
        link: String,
    }
}

payload! {
    /// What opening a link gives.
    OpenConsentRequestPayload {
        /// The request, to be answered.
        request: PendingConsentRequest,
        /// With ALREADY_PENDING: the request that waits.
        pending_id: ID,
        /// With RESTING: from then on the link can be opened, if it has not lapsed.
        rests_until: Timestamp,
    }
}

payload! {
    /// What answering gives. With a `confirmationToken` nothing is changed yet.
    AnswerConsentRequestPayload {
        /// The grant as it is now.
        grant: Grant,
        /// How the answer changes, or would change, the live grant; null for a new grant.
        difference: GrantDifference,
        /// For the second call of a widening, within ten minutes; null when consent is given.
        confirmation_token: String,
        /// The act's signed proof; null while nothing is given.
        receipt: Receipt,
    }
}

payload! {
    /// What refusing gives. The brand is not told.
    RefuseConsentRequestPayload {
        /// The id of the request that was refused.
        refused_id: ID,
        /// The act's signed proof, for the customer only.
        receipt: Receipt,
    }
}

/// Consent requests.
#[derive(Default)]
pub struct RequestMutation;

#[Object]
impl RequestMutation {
    /// Asks somebody for consent whom the brand may know only by a message: gives a link to send. It opens nothing by
    /// itself, and tells the brand nothing until consent is given. For apps, for what they are registered for.
    async fn create_consent_request(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What is asked.")] input: CreateConsentRequestInput,
    ) -> Result<CreateConsentRequestPayload> {
        let (deps, caller) = (context.deps()?, caller(context).await?);
        match requests::create(deps, &caller, input.into()).await {
            Ok(created) => {
                let shown = consent_request::show(deps, vec![created.request]).await?.pop();
                let request = shown.map(|(_, request)| request);
                Ok(CreateConsentRequestPayload { request, link: Some(created.link), user_errors: Vec::new() })
            }
            Err(Unasked::NotRegistered) => Err(refused(Refused::NotRegistered)),
            Err(Unasked::Refused(refusal)) => CreateConsentRequestPayload::refused(refusal),
        }
    }

    /// Opens a brand's link: from now on the request waits in this customer's list. Nothing is given by it, neither the
    /// brand nor anybody else is told, and to all others the link is as before. Again gives the same. For customers.
    async fn open_consent_request(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The link.")] input: OpenConsentRequestInput,
    ) -> Result<OpenConsentRequestPayload> {
        let (deps, owner) = (context.deps()?, context.owner()?);
        let mut payload = OpenConsentRequestPayload::default();
        match requests::open(deps, owner, input.token.trim()).await {
            Ok(Opened::Waits(waiting)) => payload.request = pending_request::show(deps, owner, *waiting).await?,
            Ok(Opened::AnotherWaits(id, mistake)) => {
                payload.pending_id = Some(id.into());
                payload.user_errors.push(mistake.into());
            }
            Ok(Opened::Rests(until, mistake)) => {
                payload.rests_until = Some(until);
                payload.user_errors.push(mistake.into());
            }
            Err(refusal) => return OpenConsentRequestPayload::refused(refusal),
        }
        Ok(payload)
    }

    /// Gives all or part of what a request asks for: a new grant, or a change of the live one of that brand and purpose.
    /// There, what was asked for becomes as it is answered, what was not stays, and the end is the answer's. A change that
    /// allows more (a scope, a later end) first gives the difference and a confirmation token, and is done when the same
    /// call comes again with it. EXPIRED if somebody else has given first who has the link too. For customers.
    async fn answer_consent_request(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What is given.")] input: AnswerConsentRequestInput,
    ) -> Result<AnswerConsentRequestPayload> {
        let (deps, owner) = (context.deps()?, context.owner()?);
        let input = requests::Answer {
            request: input.request_id.0,
            scopes: input.scopes,
            expires_at: input.expires_at,
            locale: input.locale,
            confirmation: input.confirmation_token,
        };
        let (row, difference, confirmation_token) = match requests::answer(deps, owner, input).await {
            Ok(Answered::Given(row, difference)) => (row, difference, None),
            Ok(Answered::Confirm(row, difference, confirmation)) => (row, Some(difference), Some(confirmation)),
            Err(refusal) => return AnswerConsentRequestPayload::refused(refusal),
        };
        let given = confirmation_token.is_none();
        Ok(AnswerConsentRequestPayload {
            receipt: if given { receipt::latest_of(deps, owner, row.id).await? } else { None },
            grant: grant::show(deps, owner, *row).await?,
            difference: difference.map(Into::into),
            confirmation_token,
            user_errors: Vec::new(),
        })
    }

    /// Refuses a request, for this customer only. The brand is not told, and cannot ask them for the same purpose again for
    /// 90 days. For customers.
    async fn refuse_consent_request(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What is refused.")] input: RefuseConsentRequestInput,
    ) -> Result<RefuseConsentRequestPayload> {
        let (deps, owner) = (context.deps()?, context.owner()?);
        match requests::refuse(deps, owner, &input.request_id).await {
            Ok(id) => Ok(RefuseConsentRequestPayload {
                refused_id: Some(id.into()),
                receipt: receipt::newest(deps, owner).await?,
                ..Default::default()
            }),
            Err(refusal) => RefuseConsentRequestPayload::refused(refusal),
        }
    }
}

impl From<CreateConsentRequestInput> for NewRequest {
    fn from(input: CreateConsentRequestInput) -> Self {
        let wanted = |scope: RequestedScopeInput| WantedScope {
            scope: scope.scope,
            required: scope.required,
            reason: scope.reason,
        };
        Self {
            purpose: input.purpose,
            scopes: input.scopes.into_iter().map(wanted).collect(),
            duration_days: input.duration_days,
            offer: input.offer,
            return_to: input.return_to,
            notice: input.notice,
            handle: input.handle.map(|handle| (handle.channel, handle.handle)),
            lapses_at: input.lapses_at,
        }
    }
}
