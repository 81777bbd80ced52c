//! Drafts of replies, as those see them who answer for a brand.

use async_graphql::{Context, Result, SimpleObject};
use entity::kinds::{AccessStatus, MessageVisibility, Purpose};
use entity::values::template::Template;
use entity::vault::Gated;
use entity::vault::disclose::Locator;
use entity::vault::draft::{self, PlaceOutcome, Variable};

use crate::auth::Viewer;
use crate::failure::{Code, error};
use crate::graphql::context::{ContextExt, care, fault, staff};
use crate::graphql::query::look_up_fields;
use crate::graphql::types::brand::Brand;

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
    whom: Option<Locator>,
    (template, visibility): (&str, MessageVisibility),
    purpose: Purpose,
) -> Result<ReplyDraft> {
    let bad = |message: String| error(Code::BadUserInput, message);
    let template: Template = template.parse().map_err(|fault| bad(format!("`template`: {fault}")))?;
    if let Some(path) = template.private().filter(|_| visibility == MessageVisibility::Public) {
        let message = format!(
            "`template`: `{path}` is private and cannot be in a public reply; answer privately, or leave it out"
        );
        return Err(bad(message));
    }
    let fields = draft::fields(&template);
    let profile = match whom.filter(|_| !fields.is_empty()) {
        Some(whom) => look_up_fields(context, &[whom], purpose, fields).await?.pop().flatten(),
        None => None,
    };
    let own = Own::load(context, &template).await?;
    let filled = draft::fill(&template, profile.as_ref(), |path| own.value(path));
    let is_complete = filled.variables.iter().all(|variable| variable.outcome != PlaceOutcome::Unresolved);
    let variables = filled.variables.into_iter().map(Into::into).collect();
    Ok(ReplyDraft { text: filled.text, is_complete, visibility, variables })
}

/// What is the brand's own in a template.
#[derive(Default)]
struct Own {
    brand: Option<String>,
    agent: Option<String>,
}

impl Own {
    /// As far as the template asks for it.
    async fn load(context: &Context<'_>, template: &Template) -> Result<Self> {
        let (deps, paths) = (context.deps()?, template.paths());
        let mut own = Self::default();
        if paths.contains(&"brand.name") {
            let brand = care(context).await?.brand();
            own.brand = Brand::load(deps, [brand]).await?.get(&brand).map(|brand| brand.plain_name().to_owned());
        }
        if paths.contains(&"agent.name") && matches!(context.viewer(), Viewer::Staff(_)) {
            let staff = staff(context).await?;
            let member = entity::vault::staff::myself(&deps.vault, &staff).await.map_err(fault)?;
            own.agent = member.and_then(|member| member.details.as_ref().name.clone());
        }
        Ok(own)
    }

    fn value(&self, path: &str) -> Option<String> {
        match path {
            "brand.name" => self.brand.clone(),
            "agent.name" => self.agent.clone(),
            _ => None,
        }
    }
}
