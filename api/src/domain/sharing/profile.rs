//! Changing the profile, part by part: a field left out stays, null clears it, a value replaces it.

use std::str::FromStr;

use entity::access::Owner;
use entity::values::{Channel, CountryCode, EmailAddress, Locale, Malformed, PhoneNumber, Text, TimeZone, Unchecked};
use entity::vault::{Area, Cluster, ContactDetails, Language, PersonName, Transaction, write};
use sea_orm::DbErr;

use crate::deps::Deps;
use crate::domain::{Mistakes, Refusal};

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

/// Changes the profile. Either every change is good and all are made, or none.
///
/// # Errors
/// When a value is malformed.
pub async fn update_profile(deps: &Deps, owner: &Owner, input: ProfileChange) -> Result<(), Refusal> {
    let mut mistakes = Mistakes::default();
    let name = input.name.map(|change| change.check(&mut mistakes));
    let contact = input.contact.map(|change| change.check(&mut mistakes));
    let area = input.area.map(|change| change.check(&mut mistakes));
    let language = input.language.map(|change| change.check(&mut mistakes));
    mistakes.done()?;
    let (transaction, _) = deps.vault.begin_for(owner).await?;
    apply(&transaction, owner, name).await?;
    apply(&transaction, owner, contact).await?;
    apply(&transaction, owner, area).await?;
    apply(&transaction, owner, language).await?;
    transaction.commit().await?;
    Ok(())
}

async fn apply<T: Cluster + Default>(
    transaction: &Transaction,
    owner: &Owner,
    change: Option<impl FnOnce(&mut T)>,
) -> Result<(), DbErr> {
    match change {
        Some(change) => write::update(transaction, owner, change).await,
        None => Ok(()),
    }
}

impl NameChange {
    /// Checks every text and gives what to do with the stored name.
    fn check(self, mistakes: &mut Mistakes) -> impl FnOnce(&mut PersonName) + use<> {
        let display_name = text::<80>(mistakes, "name.displayName", self.display_name);
        let given_name = text::<80>(mistakes, "name.givenName", self.given_name);
        let family_name = text::<80>(mistakes, "name.familyName", self.family_name);
        let pronouns = text::<40>(mistakes, "name.pronouns", self.pronouns);
        move |name| {
            display_name.apply(&mut name.display_name);
            given_name.apply(&mut name.given_name);
            family_name.apply(&mut name.family_name);
            pronouns.apply(&mut name.pronouns);
        }
    }
}

impl ContactChange {
    fn check(self, mistakes: &mut Mistakes) -> impl FnOnce(&mut ContactDetails) + use<> {
        let email = value(mistakes, "contact.email", self.email);
        let phone = value(mistakes, "contact.phone", self.phone);
        move |contact| {
            email.apply(&mut contact.email);
            phone.apply(&mut contact.phone);
            self.preferred_channel.apply(&mut contact.preferred_channel);
        }
    }
}

impl AreaChange {
    fn check(self, mistakes: &mut Mistakes) -> impl FnOnce(&mut Area) + use<> {
        let postal_code = text::<20>(mistakes, "area.postalCode", self.postal_code);
        let region = text::<80>(mistakes, "area.region", self.region);
        let country = value(mistakes, "area.country", self.country);
        move |area| {
            postal_code.apply(&mut area.postal_code);
            region.apply(&mut area.region);
            country.apply(&mut area.country);
        }
    }
}

impl LanguageChange {
    fn check(self, mistakes: &mut Mistakes) -> impl FnOnce(&mut Language) + use<> {
        let locale = value(mistakes, "language.locale", self.locale);
        let time_zone = value(mistakes, "language.timeZone", self.time_zone);
        move |language| {
            locale.apply(&mut language.locale);
            time_zone.apply(&mut language.time_zone);
        }
    }
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
