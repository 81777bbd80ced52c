//! Macros, written by a brand's people.

use async_graphql::{Context, ID, InputObject, Object, Result};

use crate::domain::conversations;
use crate::graphql::context::{ContextExt, staff};
use crate::graphql::types::reply_macro::Macro;
use crate::graphql::types::user_error::payload;

/// A new macro.
#[derive(InputObject)]
pub struct CreateMacroInput {
    /// How its people call it, 80 characters at most.
    title: String,
    /// The text, with places as `Conversation.draftReply` says: 10,000 bytes at most.
    template: String,
}

/// What is to be changed of a macro; what is left out stays.
#[derive(InputObject)]
pub struct UpdateMacroInput {
    /// Which macro.
    macro_id: ID,
    /// The version that was seen: if it has changed since, nothing is written.
    version: i32,
    /// How its people call it, 80 characters at most.
    title: Option<String>,
    /// The text, with places: 10,000 bytes at most.
    template: Option<String>,
}

/// Which macro.
#[derive(InputObject)]
pub struct RetireMacroInput {
    /// Which macro.
    macro_id: ID,
}

payload! {
    /// What writing a macro gives.
    CreateMacroPayload {
        /// The macro.
        created: Macro,
    }
}

payload! {
    /// What changing a macro gives.
    UpdateMacroPayload {
        /// The macro in its next version; as it was if nothing is different.
        updated: Macro,
    }
}

payload! {
    /// What retiring a macro gives.
    RetireMacroPayload {
        /// The macro, which nobody may use any more.
        retired: Macro,
    }
}

/// Macros.
#[derive(Default)]
pub struct MacroMutation;

#[Object]
impl MacroMutation {
    /// Writes a macro for everybody who answers for the brand. For its staff.
    async fn create_macro(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The macro.")] input: CreateMacroInput,
    ) -> Result<CreateMacroPayload> {
        let (deps, staff) = (context.deps()?, staff(context).await?);
        match conversations::create_macro(deps, &staff, &input.title, &input.template).await {
            Ok(row) => Ok(CreateMacroPayload { created: Some(row.into()), user_errors: Vec::new() }),
            Err(refusal) => CreateMacroPayload::refused(refusal),
        }
    }

    /// Writes the next version of a macro; every earlier one stays in `Brand.macroVersions`. For the brand's staff.
    async fn update_macro(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which macro, and what.")] input: UpdateMacroInput,
    ) -> Result<UpdateMacroPayload> {
        let (deps, staff) = (context.deps()?, staff(context).await?);
        let (which, words) =
            ((input.macro_id.as_str(), input.version), (input.title.as_deref(), input.template.as_deref()));
        match conversations::update_macro(deps, &staff, which, words).await {
            Ok(row) => Ok(UpdateMacroPayload { updated: Some(row.into()), user_errors: Vec::new() }),
            Err(refusal) => UpdateMacroPayload::refused(refusal),
        }
    }

    /// Takes a macro out of use, at once and for good. For the brand's staff, each of whom may find that it is wrong.
    async fn retire_macro(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which macro.")] input: RetireMacroInput,
    ) -> Result<RetireMacroPayload> {
        let (deps, staff) = (context.deps()?, staff(context).await?);
        match conversations::retire_macro(deps, &staff, &input.macro_id).await {
            Ok(row) => Ok(RetireMacroPayload { retired: Some(row.into()), user_errors: Vec::new() }),
            Err(refusal) => RetireMacroPayload::refused(refusal),
        }
    }
}
