//! What customers need right now, newest first, meant for one brand or for every brand that may see it.

use entity::access::Owner;
use entity::ids::ContextId;
use entity::values::{Prose, Text};
use entity::vault::{Context, write};

use crate::deps::Deps;
use crate::domain::brands;
use crate::domain::{Mistake, MistakeCode, Mistakes, Refusal};

/// Needs that a customer can state at a time; the oldest goes.
const MOST: usize = 20;

/// What a customer needs, as typed.
pub struct ContextInput {
    /// The only brand it is meant for; none: every brand that may see CONTEXT.
    pub brand: Option<String>,
    /// What it is about.
    pub topic: String,
    /// In the customer's words.
    pub text: Option<String>,
    /// Where, typed for this need.
    pub area: Option<String>,
    /// What would settle it.
    pub wished_outcome: Option<String>,
}

/// States a need, newest first.
///
/// # Errors
/// When a text is malformed or the brand is unknown.
pub async fn state_context(deps: &Deps, owner: &Owner, input: ContextInput) -> Result<Context, Refusal> {
    let mut mistakes = Mistakes::default();
    let topic = mistakes.parse::<Text<120>>("topic", &input.topic);
    let words = input.text.and_then(|text| mistakes.parse::<Prose<2000>>("text", &text));
    let outcome = input.wished_outcome.and_then(|text| mistakes.parse::<Prose<500>>("wishedOutcome", &text));
    let area = input.area.and_then(|area| mistakes.parse::<Text<120>>("area", &area));
    let audience = match input.brand {
        Some(slug) => match brands::find(deps.vault.store.reader(), &slug).await? {
            Some(brand) => Some(brand.id),
            None => {
                mistakes.push(Mistake::new(MistakeCode::NotFound, "brand", "no brand has this slug"));
                None
            }
        },
        None => None,
    };
    mistakes.done()?;
    let Some(topic) = topic else { return Err(Refusal::Mistakes(Vec::new())) };
    let (transaction, _) = deps.vault.begin_for(owner).await?;
    let context = Context {
        topic: topic.as_str().to_owned(),
        text: words.map(|text| text.as_str().to_owned()),
        area: area.map(|text| text.as_str().to_owned()),
        wished_outcome: outcome.map(|text| text.as_str().to_owned()),
        stated_at: transaction.now(),
        id: ContextId(transaction.entropy().id()),
        audience,
    };
    let stated = context.clone();
    write::update(&transaction, owner, |contexts: &mut Vec<Context>| {
        contexts.insert(0, stated);
        contexts.truncate(MOST);
    })
    .await?;
    transaction.commit().await?;
    Ok(context)
}

/// Takes a need back.
///
/// # Errors
/// When the customer has stated no such need.
pub async fn clear_context(deps: &Deps, owner: &Owner, context: &str) -> Result<(), Refusal> {
    let unknown = || Mistake::new(MistakeCode::NotFound, "contextId", "you have stated no such need");
    let id: ContextId = context.parse().map_err(|_| unknown())?;
    let (transaction, _) = deps.vault.begin_for(owner).await?;
    let mut found = false;
    write::update(&transaction, owner, |contexts: &mut Vec<Context>| {
        let before = contexts.len();
        contexts.retain(|context| context.id != id);
        found = contexts.len() < before;
    })
    .await?;
    if !found {
        return Err(unknown().into());
    }
    transaction.commit().await?;
    Ok(())
}
