//! Drafts of replies: a template, filled in with what the customer lets this brand see now, and with what is the brand's own.

use entity::access::{Care, ReaderClaim};
use entity::ids::{BrandId, MacroId};
use entity::kinds::{MessageVisibility, Purpose};
use entity::values::template::Template;
use entity::vault::conversation::Correspondent;
use entity::vault::disclose::{Answer, Question, Refused, disclose};
use entity::vault::draft::{self, Draft};
use entity::vault::staff;
use sea_orm::{ConnectionTrait, DbErr};

use crate::deps::Deps;
use crate::domain::{Mistake, MistakeCode, Refusal, brands};

/// A filled template.
pub struct Drafted {
    /// The draft.
    pub draft: Draft,
    /// The disclosure that filled it; none if nothing was to be asked.
    pub answer: Option<Answer>,
}

/// What is to be said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wording {
    /// A text of its own.
    Template(String),
    /// A macro, and the version of it that was seen.
    Macro(String, Option<i32>),
}

/// What is to be said, in words.
pub struct Worded {
    /// The text, with places.
    pub template: String,
    /// The macro that it is, and in which version.
    pub by: Option<(MacroId, i32)>,
}

/// Looks up what is to be said.
///
/// # Errors
/// When the brand has no such macro in use, or it has changed since.
pub async fn worded(connection: &impl ConnectionTrait, brand: BrandId, wording: &Wording) -> Result<Worded, Refusal> {
    match wording {
        Wording::Template(template) => Ok(Worded { template: template.clone(), by: None }),
        Wording::Macro(id, seen) => {
            let row = super::macros::usable_macro(connection, brand, (id, *seen)).await?;
            Ok(Worded { template: row.template, by: Some((row.id, row.version)) })
        }
    }
}

/// A reply's template that may go where this many can read it.
///
/// # Errors
/// When it is none, or names something private in public.
pub fn template(text: &str, visibility: MessageVisibility) -> Result<Template, Mistake> {
    let mistake = |message: String| Mistake::new(MistakeCode::Invalid, "template", message);
    let template: Template =
        text.parse().map_err(|fault: entity::values::template::NoTemplate| mistake(fault.to_string()))?;
    match template.private().filter(|_| visibility == MessageVisibility::Public) {
        None => Ok(template),
        Some(path) => Err(mistake(format!(
            "`{path}` is private and cannot be in a public reply; answer privately, or leave it out"
        ))),
    }
}

/// Fills a template in for somebody, by a disclosure for CUSTOMER_CARE: recorded, and shown to the customer.
///
/// # Errors
/// See [`Refused`]; then nothing was disclosed.
pub async fn draft(
    deps: &Deps,
    (care, claim): (&Care, &ReaderClaim),
    whom: Option<&Correspondent>,
    template: &Template,
) -> Result<Drafted, Refused> {
    let fields = draft::fields(template);
    let locator = whom.and_then(Correspondent::locator).filter(|_| !fields.is_empty());
    let answer = match locator {
        Some(locator) => {
            let question = Question { purpose: Some(Purpose::CustomerCare), fields };
            Some(disclose(&deps.vault, claim, &question, &[locator]).await?)
        }
        None => None,
    };
    let own = Own::load(deps, care, template).await?;
    let profile = answer.as_ref().and_then(|answer| answer.people.first()?.as_ref());
    let draft = draft::fill(template, profile, |path| own.value(path));
    Ok(Drafted { draft, answer })
}

/// What is the brand's own in a template.
#[derive(Default)]
struct Own {
    brand: Option<String>,
    agent: Option<String>,
}

impl Own {
    /// As far as the template asks for it.
    async fn load(deps: &Deps, care: &Care, template: &Template) -> Result<Self, DbErr> {
        let (mut own, paths) = (Self::default(), template.paths());
        if paths.contains(&"brand.name") {
            own.brand = brands::load(deps, [care.brand()]).await?.pop().map(|brand| brand.name);
        }
        if let Some(member) = care.member().filter(|_| paths.contains(&"agent.name")) {
            let member = staff::myself(&deps.vault, &member).await?;
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
