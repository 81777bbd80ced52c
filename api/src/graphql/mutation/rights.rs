//! Erasing an account. The copy of everything is a file: `POST /export`.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject};
use entity::values::Timestamp;

use crate::domain::rights::{self, Consequences, Erasure};
use crate::graphql::context::ContextExt;
use crate::graphql::types::brand::Brand;
use crate::graphql::types::user_error::payload;

/// What happens to a customer's data, receipts and record when the account is erased.
const STATEMENTS: [&str; 5] = [
    "Every grant ends at once, and you are signed out everywhere.",
    "Everything that you told us is deleted, and the key that it was encrypted with is destroyed: copies of the database \
     cannot be read either.",
    "Brands that know you are told that you are gone, and that you want what they hold of you deleted. What they have read \
     from us before is with them: we cannot delete it there ourselves.",
    "Brands keep the signed receipts of what you had agreed to, under their own id of you and without any of your data.",
    "It cannot be undone, not by us either. Your address and your handles are free for a new account, which has nothing of \
     the old one.",
];

/// Erasing is asked for twice.
#[derive(InputObject)]
pub struct EraseAccountInput {
    /// Left out: says what will happen, and gives a token. With that token, within ten minutes: does it.
    #[graphql(secret)]
    confirmation_token: Option<String>,
}

/// A brand that knows the customer. For the customer only.
#[derive(SimpleObject)]
pub struct BrandToTell {
    /// The brand; it is told that they are gone.
    brand: Brand,
    /// How often it read under a grant.
    reads: i32,
    /// When it did so last.
    last_read_at: Option<Timestamp>,
}

/// What erasing does. For the customer only.
#[derive(SimpleObject)]
pub struct ErasureConsequences {
    /// How many grants end.
    grants: i32,
    /// The brands that know the customer.
    brands: Vec<BrandToTell>,
    /// What happens, in plain words.
    statements: Vec<&'static str>,
}

payload! {
    /// What erasing gives.
    EraseAccountPayload {
        /// Nothing was done yet: repeat the call with it within ten minutes. Void once any consent changes.
        confirmation_token: String,
        /// What will happen, or has happened.
        consequences: ErasureConsequences,
        /// Whether it is done: the account is gone, and the token that this was asked with is refused from now on.
        erased: bool,
    }
}

/// Rights over the whole account.
#[derive(Default)]
pub struct RightsMutation;

#[Object]
impl RightsMutation {
    /// Erases the account for good (GDPR article 17). The first call says what will happen and gives a token; the second,
    /// with it, does it. For customers.
    async fn erase_account(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The token of the first call.")] input: EraseAccountInput,
    ) -> Result<EraseAccountPayload> {
        let (deps, owner) = (context.deps()?, context.owner()?);
        let (consequences, confirmation_token) =
            match rights::erase(deps, owner, input.confirmation_token.as_deref()).await {
                Ok(Erasure::Confirm(consequences, token)) => (consequences, Some(token)),
                Ok(Erasure::Done(consequences)) => (consequences, None),
                Err(refusal) => return EraseAccountPayload::refused(refusal),
            };
        Ok(EraseAccountPayload {
            erased: Some(confirmation_token.is_none()),
            confirmation_token,
            consequences: Some(shown(context, consequences).await?),
            user_errors: Vec::new(),
        })
    }
}

async fn shown(context: &Context<'_>, consequences: Consequences) -> Result<ErasureConsequences> {
    let brands = Brand::load(context.deps()?, consequences.brands.iter().map(|known| known.brand)).await?;
    let one = |known: entity::vault::erase::Acquaintance| {
        let reads = i32::try_from(known.reads).unwrap_or(i32::MAX);
        Some(BrandToTell { brand: brands.get(&known.brand)?.clone(), reads, last_read_at: known.last_read_at })
    };
    Ok(ErasureConsequences {
        grants: i32::try_from(consequences.grants).unwrap_or(i32::MAX),
        brands: consequences.brands.into_iter().filter_map(one).collect(),
        statements: STATEMENTS.to_vec(),
    })
}
