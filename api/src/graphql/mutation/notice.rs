//! Publishing notices.

use async_graphql::{Context, InputObject, Object, Result};
use entity::values::{Locale, Unchecked};

use crate::domain::notices::{self, NewNotice, NewText};
use crate::graphql::context::{ContextExt, caller};
use crate::graphql::types::notice::Notice;
use crate::graphql::types::user_error::payload;

/// Who answers for the data.
#[derive(InputObject)]
pub struct NoticeControllerInput {
    /// Its full name: 200 characters at most.
    name: String,
    /// Where it has its seat: 500 characters at most.
    address: String,
    /// How to reach it about data, in one line: 320 characters at most.
    contact: String,
}

/// A notice in one language. Every section is in plain words and has 2,000 characters at most.
#[derive(InputObject)]
pub struct NoticeTextInput {
    /// The language.
    locale: Unchecked<Locale>,
    /// Who answers for the data.
    controller: NoticeControllerInput,
    /// What for.
    purposes: String,
    /// What data.
    data: String,
    /// Why it is needed.
    why: String,
    /// For how long.
    duration: String,
    /// How to take it back.
    withdrawal: String,
    /// What else the customer can ask for.
    rights: String,
}

/// A notice in every language that the brand has it in.
#[derive(InputObject)]
pub struct PublishNoticeInput {
    /// How the brand names it: 1 to 60 lower case letters, digits and hyphens. A name that is there already gets its next
    /// version.
    name: String,
    /// One text per language, 30 at most.
    texts: Vec<NoticeTextInput>,
}

payload! {
    /// What publishing a notice gives.
    PublishNoticePayload {
        /// The new version, in every language.
        notices: Vec<Notice>,
    }
}

/// Notices.
#[derive(Default)]
pub struct NoticeMutation;

#[Object]
impl NoticeMutation {
    /// Publishes a notice of the calling app's brand, or its next version. What is published is never changed; requests and
    /// grants keep the version that they were made with. For apps.
    async fn publish_notice(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The notice.")] input: PublishNoticeInput,
    ) -> Result<PublishNoticePayload> {
        let caller = caller(context).await?;
        let input = NewNotice { name: input.name, texts: input.texts.into_iter().map(NewText::from).collect() };
        match notices::publish(context.deps()?, &caller, input).await {
            Ok(texts) => {
                let notices = texts.into_iter().filter_map(Notice::new).collect();
                Ok(PublishNoticePayload { notices: Some(notices), user_errors: Vec::new() })
            }
            Err(refusal) => PublishNoticePayload::refused(refusal),
        }
    }
}

impl From<NoticeTextInput> for NewText {
    fn from(input: NoticeTextInput) -> Self {
        Self {
            locale: input.locale,
            controller_name: input.controller.name,
            controller_address: input.controller.address,
            controller_contact: input.controller.contact,
            purposes: input.purposes,
            data: input.data,
            why: input.why,
            duration: input.duration,
            withdrawal: input.withdrawal,
            rights: input.rights,
        }
    }
}
