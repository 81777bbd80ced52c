//! What customers say about themselves: profile, preferences, and what they need right now.

use std::str::FromStr;

use entity::access::Owner;
use entity::brand;
use entity::ids::{BrandId, ContextId};
use entity::values::{
    Channel, CountryCode, EmailAddress, Locale, Malformed, PhoneNumber, Prose, Text, TimeZone, Unchecked,
};
use entity::vault::{Area, ContactDetails, Context, Language, PersonName, Preference, Transaction, write};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter};

use crate::deps::Deps;
use crate::domain::{Mistake, MistakeCode, Mistakes, Refusal};

/// Preferences that a customer can hold.
const MOST_PREFERENCES: usize = 200;
/// Needs that a customer can state at a time; the oldest goes.
const MOST_CONTEXTS: usize = 20;

/// What to do with a value: absent, null, or given in the input.
#[derive(Debug, Clone, Default)]
pub enum Change<T> {
    /// Leave it as it is.
    #[default]
    Keep,
    /// Remove it.
    Clear,
    /// Replace it.
    Set(T),
}

impl<T> Change<T> {
    fn checked<U>(self, check: impl FnOnce(T) -> Option<U>) -> Change<U> {
        match self {
            Self::Keep => Change::Keep,
            Self::Clear => Change::Clear,
            Self::Set(value) => check(value).map_or(Change::Keep, Change::Set),
        }
    }

    fn apply(self, target: &mut Option<T>) {
        match self {
            Self::Keep => {}
            Self::Clear => *target = None,
            Self::Set(value) => *target = Some(value),
        }
    }
}

/// Changes of a name.
#[derive(Default)]
pub struct NameChange {
    /// The name they go by.
    pub display_name: Change<String>,
    /// First name.
    pub given_name: Change<String>,
    /// Last name.
    pub family_name: Change<String>,
    /// Pronouns.
    pub pronouns: Change<String>,
}

/// Changes of contact details.
#[derive(Default)]
pub struct ContactChange {
    /// E-mail address.
    pub email: Change<Unchecked<EmailAddress>>,
    /// Phone number.
    pub phone: Change<Unchecked<PhoneNumber>>,
    /// Where they would rather be reached.
    pub preferred_channel: Change<Channel>,
}

/// Changes of an area.
#[derive(Default)]
pub struct AreaChange {
    /// Postcode.
    pub postal_code: Change<String>,
    /// State, province or the like.
    pub region: Change<String>,
    /// Country.
    pub country: Change<Unchecked<CountryCode>>,
}

/// Changes of language.
#[derive(Default)]
pub struct LanguageChange {
    /// Language.
    pub locale: Change<Unchecked<Locale>>,
    /// Time zone.
    pub time_zone: Change<Unchecked<TimeZone>>,
}

/// Changes of a profile, part by part.
#[derive(Default)]
pub struct ProfileChange {
    /// What to call them.
    pub name: Option<NameChange>,
    /// How to reach them.
    pub contact: Option<ContactChange>,
    /// Where they live.
    pub area: Option<AreaChange>,
    /// How to speak to them.
    pub language: Option<LanguageChange>,
}

fn text<const MOST: usize>(mistakes: &mut Mistakes, field: &str, change: Change<String>) -> Change<String> {
    change.checked(|text| mistakes.parse::<Text<MOST>>(field, &text).map(|text| text.as_str().to_owned()))
}

fn value<T>(mistakes: &mut Mistakes, field: &str, change: Change<Unchecked<T>>) -> Change<T>
where
    T: FromStr<Err = Malformed>,
{
    change.checked(|value| mistakes.check(field, &value))
}

/// Changes the profile. Either every change is good and all are made, or none.
///
/// # Errors
/// When a value is malformed.
pub async fn update_profile(deps: &Deps, owner: &Owner, input: ProfileChange) -> Result<(), Refusal> {
    let mut mistakes = Mistakes::default();
    let name = input.name.map(|name| NameChange {
        display_name: text::<80>(&mut mistakes, "name.displayName", name.display_name),
        given_name: text::<80>(&mut mistakes, "name.givenName", name.given_name),
        family_name: text::<80>(&mut mistakes, "name.familyName", name.family_name),
        pronouns: text::<40>(&mut mistakes, "name.pronouns", name.pronouns),
    });
    let contact = input.contact.map(|contact| {
        (
            value(&mut mistakes, "contact.email", contact.email),
            value(&mut mistakes, "contact.phone", contact.phone),
            contact.preferred_channel,
        )
    });
    let area = input.area.map(|area| {
        (
            text::<20>(&mut mistakes, "area.postalCode", area.postal_code),
            text::<80>(&mut mistakes, "area.region", area.region),
            value(&mut mistakes, "area.country", area.country),
        )
    });
    let language = input.language.map(|language| {
        (
            value(&mut mistakes, "language.locale", language.locale),
            value(&mut mistakes, "language.timeZone", language.time_zone),
        )
    });
    mistakes.done()?;

    let transaction = deps.vault.begin().await?;
    write::lock(&transaction, owner).await?;
    if let Some(change) = name {
        write::update(&transaction, owner, |name: &mut PersonName| {
            change.display_name.apply(&mut name.display_name);
            change.given_name.apply(&mut name.given_name);
            change.family_name.apply(&mut name.family_name);
            change.pronouns.apply(&mut name.pronouns);
        })
        .await?;
    }
    if let Some((email, phone, preferred_channel)) = contact {
        write::update(&transaction, owner, |contact: &mut ContactDetails| {
            email.apply(&mut contact.email);
            phone.apply(&mut contact.phone);
            preferred_channel.apply(&mut contact.preferred_channel);
        })
        .await?;
    }
    if let Some((postal_code, region, country)) = area {
        write::update(&transaction, owner, |area: &mut Area| {
            postal_code.apply(&mut area.postal_code);
            region.apply(&mut area.region);
            country.apply(&mut area.country);
        })
        .await?;
    }
    if let Some((locale, time_zone)) = language {
        write::update(&transaction, owner, |language: &mut Language| {
            locale.apply(&mut language.locale);
            time_zone.apply(&mut language.time_zone);
        })
        .await?;
    }
    transaction.commit().await?;
    Ok(())
}

/// One preference, as typed. Without a value it is removed.
pub struct PreferenceInput {
    /// A group, such as `travel`.
    pub category: String,
    /// What about it, such as `seat`.
    pub key: String,
    /// The preference, such as `aisle`; none removes it.
    pub value: Option<String>,
}

/// Sets or removes preferences; others stay.
///
/// # Errors
/// When a text is malformed or there would be too many.
pub async fn set_preferences(deps: &Deps, owner: &Owner, inputs: Vec<PreferenceInput>) -> Result<(), Refusal> {
    let mut mistakes = Mistakes::default();
    let mut changes = Vec::with_capacity(inputs.len());
    for (place, input) in inputs.into_iter().enumerate() {
        let field = |name: &str| format!("preferences.{place}.{name}");
        let category = mistakes.parse::<Text<40>>(&field("category"), &input.category);
        let key = mistakes.parse::<Text<40>>(&field("key"), &input.key);
        let wanted = input.value.map(|value| mistakes.parse::<Text<200>>(&field("value"), &value));
        if let (Some(category), Some(key)) = (category, key) {
            changes.push((category.as_str().to_owned(), key.as_str().to_owned(), wanted.flatten()));
        }
    }
    mistakes.done()?;
    let transaction = deps.vault.begin().await?;
    write::lock(&transaction, owner).await?;
    let mut count = 0;
    write::update(&transaction, owner, |preferences: &mut Vec<Preference>| {
        for (category, key, wanted) in changes {
            preferences.retain(|known| known.category != category || known.key != key);
            if let Some(value) = wanted {
                preferences.push(Preference { category, key, value: value.as_str().to_owned() });
            }
        }
        count = preferences.len();
    })
    .await?;
    if count > MOST_PREFERENCES {
        let message = format!("{MOST_PREFERENCES} preferences are the most; this would make {count}");
        return Err(Mistake::new(MistakeCode::TooLong, "preferences", message).into());
    }
    transaction.commit().await?;
    Ok(())
}

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
        Some(slug) => match find_brand(deps, &slug).await? {
            Some(brand) => Some(brand),
            None => {
                mistakes.push(Mistake::new(MistakeCode::NotFound, "brand", "no brand has this slug"));
                None
            }
        },
        None => None,
    };
    mistakes.done()?;
    let Some(topic) = topic else { return Err(Refusal::Mistakes(Vec::new())) };
    let transaction = deps.vault.begin().await?;
    write::lock(&transaction, owner).await?;
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
        contexts.truncate(MOST_CONTEXTS);
    })
    .await?;
    transaction.commit().await?;
    Ok(context)
}

async fn find_brand(deps: &Deps, slug: &str) -> Result<Option<BrandId>, DbErr> {
    let row = brand::Entity::find().filter(brand::Column::Slug.eq(slug)).one(deps.vault.store.reader()).await?;
    Ok(row.map(|row| row.id))
}

/// Takes a need back.
///
/// # Errors
/// When the customer has stated no such need.
pub async fn clear_context(deps: &Deps, owner: &Owner, context: &str) -> Result<(), Refusal> {
    let unknown = || Mistake::new(MistakeCode::NotFound, "contextId", "you have stated no such need");
    let id: ContextId = context.parse().map_err(|_| unknown())?;
    let transaction: Transaction = deps.vault.begin().await?;
    write::lock(&transaction, owner).await?;
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
