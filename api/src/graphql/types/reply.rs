//! Drafts of replies, as those see them who answer for a brand.

use async_graphql::{Context, Result, SimpleObject};
use entity::access::Care;
use entity::kinds::{AccessStatus, MessageVisibility};
use entity::vault::Gated;
use entity::vault::conversation::Correspondent;
use entity::vault::draft::{Draft, PlaceOutcome, Variable};

use crate::domain::Refusal;
use crate::domain::conversations::{self, Wording};
use crate::failure::{Code, error, rate_limited};
use crate::graphql::context::{ContextExt, fault};
use crate::graphql::query::refused;

/// A variable of a reply's template. For whoever answers for the brand.
#[derive(SimpleObject)]
pub struct DraftVariable {
    /// Its path, such as `name.displayName`.
    path: &'static str,
    /// What became of its places.
    outcome: PlaceOutcome,
    /// How its scope stands, and so why there is no value: GRANTED if the customer has said nothing there. Null for what is the
    /// brand's own.
    status: Option<AccessStatus>,
}

impl From<Variable> for DraftVariable {
    fn from(Variable { path, outcome, status }: Variable) -> Self {
        Self { path, outcome, status }
    }
}

/// A reply's template, filled in with what the customer lets this brand see now. For whoever answers for the brand.
#[derive(SimpleObject)]
pub struct ReplyDraft {
    /// The text. Its values are disclosed for this very reply: do not keep it for another.
    text: Gated<String>,
    /// Whether no place is left open.
    is_complete: bool,
    /// Who can read it where it goes, as asked.
    visibility: MessageVisibility,
    /// What became of each variable, in the order of the text.
    variables: Vec<DraftVariable>,
}

/// Fills a template for somebody, or for nobody who is known here.
pub(super) async fn draft(
    context: &Context<'_>,
    (care, whom): (&Care, Option<&Correspondent>),
    wording: &Wording,
    visibility: MessageVisibility,
) -> Result<ReplyDraft> {
    let (deps, reader) = (context.deps()?, context.reader()?);
    let worded = conversations::worded(deps.vault.store.reader(), care.brand(), wording).await;
    let template = match worded.and_then(|worded| Ok(conversations::template(&worded.template, visibility)?)) {
        Ok(template) => template,
        Err(refusal @ Refusal::Mistakes(_)) => return Err(error(Code::BadUserInput, refusal.to_string())),
        Err(Refusal::Fault(error)) => return Err(fault(error)),
        Err(Refusal::RateLimited(seconds)) => return Err(rate_limited(seconds)),
    };
    let drafted = conversations::draft(deps, (care, &reader.claim), whom, &template).await.map_err(refused)?;
    if let Some(answer) = &drafted.answer {
        reader.took(answer);
    }
    let is_complete = drafted.draft.unresolved().is_none();
    let Draft { text, variables, .. } = drafted.draft;
    Ok(ReplyDraft { text, is_complete, visibility, variables: variables.into_iter().map(Into::into).collect() })
}
