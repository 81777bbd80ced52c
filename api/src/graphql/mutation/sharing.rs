//! What customers say about themselves.

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, Result};
use entity::values::{Channel, CountryCode, EmailAddress, Locale, PhoneNumber, TimeZone, Unchecked};

use super::change;
use crate::domain::sharing::{
    self, AreaChange, ContactChange, LanguageChange, NameChange, PreferenceInput as Preference, ProfileChange,
};
use crate::graphql::context::ContextExt;
use crate::graphql::types::brand::Brand;
use crate::graphql::types::context::StatedContext;
use crate::graphql::types::customer::Customer;
use crate::graphql::types::user_error::payload;

/// What to call the customer. A field left out stays, null clears it.
#[derive(InputObject)]
pub struct PersonNameInput {
    /// The name they go by; 80 characters at most.
    display_name: MaybeUndefined<String>,
    /// First name; 80 characters at most.
    given_name: MaybeUndefined<String>,
    /// Last name; 80 characters at most.
    family_name: MaybeUndefined<String>,
    /// Pronouns; 40 characters at most.
    pronouns: MaybeUndefined<String>,
}

/// How to reach the customer. A field left out stays, null clears it.
#[derive(InputObject)]
pub struct ContactDetailsInput {
    /// E-mail address.
    email: MaybeUndefined<Unchecked<EmailAddress>>,
    /// Phone number in E.164 form.
    phone: MaybeUndefined<Unchecked<PhoneNumber>>,
    /// Where they would rather be reached.
    preferred_channel: MaybeUndefined<Channel>,
}

/// Where the customer lives, coarsely. A field left out stays, null clears it.
#[derive(InputObject)]
pub struct AreaInput {
    /// Postcode; 20 characters at most.
    postal_code: MaybeUndefined<String>,
    /// State, province or the like; 80 characters at most.
    region: MaybeUndefined<String>,
    /// Country, ISO 3166-1 alpha-2.
    country: MaybeUndefined<Unchecked<CountryCode>>,
}

/// How to speak to the customer. A field left out stays, null clears it.
#[derive(InputObject)]
pub struct LanguageInput {
    /// Language and its regional form, BCP 47.
    locale: MaybeUndefined<Unchecked<Locale>>,
    /// IANA time zone.
    time_zone: MaybeUndefined<Unchecked<TimeZone>>,
}

/// Changes of the profile. A part left out stays.
#[derive(InputObject)]
pub struct UpdateProfileInput {
    /// What to call them.
    name: Option<PersonNameInput>,
    /// How to reach them.
    contact: Option<ContactDetailsInput>,
    /// Where they live.
    area: Option<AreaInput>,
    /// How to speak to them.
    language: Option<LanguageInput>,
}

/// A preference to set or to remove.
#[derive(InputObject)]
pub struct PreferenceInput {
    /// A group, such as `travel`; 40 characters at most.
    category: String,
    /// What about it, such as `seat`; 40 characters at most.
    key: String,
    /// The preference, such as `aisle`; 200 characters at most. Null removes it.
    value: Option<String>,
}

/// Preferences to set or to remove; others stay.
#[derive(InputObject)]
pub struct SetPreferencesInput {
    /// Each names a category and a key.
    preferences: Vec<PreferenceInput>,
}

/// What the customer needs right now.
#[derive(InputObject)]
pub struct StateContextInput {
    /// The slug of the only brand it is meant for; left out: every brand that may see CONTEXT.
    brand: Option<String>,
    /// What it is about; 120 characters at most.
    topic: String,
    /// In the customer's words; 2000 characters at most.
    text: Option<String>,
    /// Where, typed for this need and never copied from the customer's area; 120 characters at most.
    area: Option<String>,
    /// What would settle it; 500 characters at most.
    wished_outcome: Option<String>,
}

/// Which need to take back.
#[derive(InputObject)]
pub struct ClearContextInput {
    /// The need's id.
    context_id: ID,
}

payload! {
    /// What changing the profile gives.
    UpdateProfilePayload {
        /// The customer as changed.
        customer: Customer,
    }
}

payload! {
    /// What setting preferences gives.
    SetPreferencesPayload {
        /// The customer as changed.
        customer: Customer,
    }
}

payload! {
    /// What stating a need gives.
    StateContextPayload {
        /// The need.
        context: StatedContext,
    }
}

payload! {
    /// What taking a need back gives.
    ClearContextPayload {
        /// The id of the need that is gone.
        cleared_id: ID,
    }
}

/// What customers say about themselves.
#[derive(Default)]
pub struct SharingMutation;

#[Object]
impl SharingMutation {
    /// Changes the profile: all of the changes, or none. For customers.
    async fn update_profile(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The changes.")] input: UpdateProfileInput,
    ) -> Result<UpdateProfilePayload> {
        let owner = context.owner()?;
        match sharing::update_profile(context.deps()?, owner, input.into()).await {
            Ok(()) => Ok(UpdateProfilePayload { customer: Some(Customer::new(*owner)), user_errors: Vec::new() }),
            Err(refusal) => UpdateProfilePayload::refused(refusal),
        }
    }

    /// Sets or removes preferences by category and key; others stay. For customers.
    async fn set_preferences(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The preferences.")] input: SetPreferencesInput,
    ) -> Result<SetPreferencesPayload> {
        let owner = context.owner()?;
        let preferences = input.preferences.into_iter().map(Preference::from).collect();
        match sharing::set_preferences(context.deps()?, owner, preferences).await {
            Ok(()) => Ok(SetPreferencesPayload { customer: Some(Customer::new(*owner)), user_errors: Vec::new() }),
            Err(refusal) => SetPreferencesPayload::refused(refusal),
        }
    }

    /// States what the customer needs right now; 20 at most, the oldest goes. For customers.
    async fn state_context(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The need.")] input: StateContextInput,
    ) -> Result<StateContextPayload> {
        let deps = context.deps()?;
        match sharing::state_context(deps, context.owner()?, input.into()).await {
            Ok(need) => {
                let brand = Brand::load(deps, need.audience).await?.into_values().next();
                let need = StatedContext::new(need, brand);
                Ok(StateContextPayload { context: Some(need), user_errors: Vec::new() })
            }
            Err(refusal) => StateContextPayload::refused(refusal),
        }
    }

    /// Takes a need back: it is settled, or was never meant. For customers.
    async fn clear_context(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which need.")] input: ClearContextInput,
    ) -> Result<ClearContextPayload> {
        match sharing::clear_context(context.deps()?, context.owner()?, &input.context_id).await {
            Ok(()) => Ok(ClearContextPayload { cleared_id: Some(input.context_id), user_errors: Vec::new() }),
            Err(refusal) => ClearContextPayload::refused(refusal),
        }
    }
}

impl From<UpdateProfileInput> for ProfileChange {
    fn from(input: UpdateProfileInput) -> Self {
        Self {
            name: input.name.map(|name| NameChange {
                display_name: change(name.display_name),
                given_name: change(name.given_name),
                family_name: change(name.family_name),
                pronouns: change(name.pronouns),
            }),
            contact: input.contact.map(|contact| ContactChange {
                email: change(contact.email),
                phone: change(contact.phone),
                preferred_channel: change(contact.preferred_channel),
            }),
            area: input.area.map(AreaChange::from),
            language: input.language.map(|language| LanguageChange {
                locale: change(language.locale),
                time_zone: change(language.time_zone),
            }),
        }
    }
}

impl From<AreaInput> for AreaChange {
    fn from(area: AreaInput) -> Self {
        Self { postal_code: change(area.postal_code), region: change(area.region), country: change(area.country) }
    }
}

impl From<PreferenceInput> for Preference {
    fn from(input: PreferenceInput) -> Self {
        Self { category: input.category, key: input.key, value: input.value }
    }
}

impl From<StateContextInput> for sharing::ContextInput {
    fn from(input: StateContextInput) -> Self {
        Self {
            brand: input.brand,
            topic: input.topic,
            text: input.text,
            area: input.area,
            wished_outcome: input.wished_outcome,
        }
    }
}
