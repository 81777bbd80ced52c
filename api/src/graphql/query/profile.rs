//! `profile` and `profiles`: what the product exists for.

use async_graphql::{Context, Error, ID, InputObject, Object, OneofObject, Result, SelectionField};
use entity::ids::ProfileId;
use entity::kinds::Purpose;
use entity::values::{Channel, Handle};
use entity::vault::Profile;
use entity::vault::disclose::{FieldPath, Locator, Question, Refused, disclose};
use uuid::Uuid;

use crate::failure::{self, Code, error};
use crate::graphql::context::{ContextExt, fault};

/// People in one call of `profiles`.
const MOST: usize = 50;
/// What looking one person up costs beside the selected fields; see `graphql::MOST_COMPLEX`.
const PERSON: usize = 10;

/// A name on a channel, as the customer or the channel writes it.
#[derive(InputObject)]
pub struct HandleInput {
    /// Where the name is.
    pub(in crate::graphql) channel: Channel,
    /// The name: `@ada` or `ada` on X, an e-mail address, a phone number in E.164.
    pub(in crate::graphql) handle: String,
}

/// How a brand names somebody: exactly one of these.
#[derive(OneofObject)]
pub enum ProfileLocator {
    /// By a handle that the customer has proven.
    Handle(HandleInput),
    /// By the brand's own id of the customer.
    Id(ID),
}

#[derive(Default)]
pub struct ProfileQuery;

#[Object]
impl ProfileQuery {
    /// Who is writing: the customer behind a handle, as far as they let this brand see for this purpose. Null without a
    /// live grant, whatever the reason. For apps, and for staff as far as their brand's console app is registered: agents and
    /// executives for CUSTOMER_CARE, administrators never. Every call is recorded and shown to the customer.
    /// An operation declares one purpose: all `purpose` arguments in it are equal.
    #[graphql(complexity = "PERSON + child_complexity")]
    async fn profile(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Whom to look up.")] by: ProfileLocator,
        #[graphql(desc = "Why: must be one that the app is registered for.")] purpose: Purpose,
    ) -> Result<Option<Profile>> {
        Ok(look_up(context, &[locator(by)?], purpose).await?.pop().flatten())
    }

    /// Up to 50 people at once, in the order of `by`; null where `profile` would be null. For apps and staff.
    #[graphql(complexity = "by.len() * (PERSON + child_complexity)")]
    async fn profiles(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Whom to look up, 50 at most.")] by: Vec<ProfileLocator>,
        #[graphql(desc = "Why: must be one that the app is registered for.")] purpose: Purpose,
    ) -> Result<Vec<Option<Profile>>> {
        if by.len() > MOST {
            return Err(error(Code::BadUserInput, "`by` may hold 50 at most; ask in several requests"));
        }
        let locators = by.into_iter().map(locator).collect::<Result<Vec<_>>>()?;
        look_up(context, &locators, purpose).await
    }
}

/// Discloses what is selected of the field that is being resolved, which gives a profile or several.
pub(in crate::graphql) async fn look_up(
    context: &Context<'_>,
    locators: &[Locator],
    purpose: Purpose,
) -> Result<Vec<Option<Profile>>> {
    let reader = context.reader()?;
    let question = Question { purpose: Some(purpose), fields: selected(context.field()) };
    let answer = disclose(&context.deps()?.vault, &reader.claim, &question, locators).await.map_err(refused)?;
    reader.took(&answer);
    Ok(answer.people)
}

/// A malformed handle is the caller's mistake and says nothing about anybody. An id that is none is looked up like one
/// that nobody has, so that it is answered and recorded alike.
fn locator(by: ProfileLocator) -> Result<Locator> {
    match by {
        ProfileLocator::Handle(input) => Handle::parse(input.channel, &input.handle)
            .map(Locator::Handle)
            .map_err(|malformed| error(Code::BadUserInput, format!("`by.handle.handle`: {malformed}"))),
        ProfileLocator::Id(id) => Ok(Locator::Profile(id.parse().unwrap_or(ProfileId(Uuid::nil())))),
    }
}

/// The selected fields that have a scope, as paths down to the leaves; async-graphql has taken out what `@skip` and
/// `@include` leave out.
fn selected(profile: SelectionField<'_>) -> Vec<FieldPath> {
    let mut paths = Vec::new();
    for field in profile.selection_set() {
        leaves(field, field.name().to_owned(), &mut paths);
    }
    let mut fields: Vec<FieldPath> = paths.into_iter().filter_map(FieldPath::new).collect();
    fields.sort_unstable();
    fields.dedup();
    fields
}

fn leaves(field: SelectionField<'_>, path: String, paths: &mut Vec<String>) {
    let before = paths.len();
    for inner in field.selection_set().filter(|inner| !inner.name().starts_with("__")) {
        leaves(inner, format!("{path}.{}", inner.name()), paths);
    }
    if paths.len() == before {
        paths.push(path);
    }
}

/// A refusal of the vault as an answer.
pub(in crate::graphql) fn refused(refused: Refused) -> Error {
    match refused {
        Refused::NotAlive => failure::unauthenticated(),
        Refused::NotRegistered => failure::forbidden(
            "the app is not registered for this purpose, or for a scope of the selected fields, or the role does not allow it",
        ),
        Refused::Busy => failure::unavailable(),
        Refused::Fault(error) => fault(error),
    }
}
