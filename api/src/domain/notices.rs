//! Notices of brands: publishing them, and finding the texts to show. Published texts are never changed.

use std::collections::BTreeSet;

use entity::access::Caller;
use entity::brand;
use entity::ids::{BrandId, NoticeId};
use entity::notice::{self, Content, Controller};
use entity::values::{Locale, Prose, Text, Unchecked};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
};

use crate::deps::Deps;
use crate::domain::brands::is_slug;
use crate::domain::{Mistake, MistakeCode, Mistakes, Refusal};

/// Languages of one version.
const MOST_TEXTS: usize = 30;

/// A notice as a brand writes it.
pub struct NewNotice {
    /// How the brand names it; the same name again is its next version.
    pub name: String,
    /// One text per language.
    pub texts: Vec<NewText>,
}

/// A notice in one language, as typed.
pub struct NewText {
    /// The language.
    pub locale: Unchecked<Locale>,
    /// The name of who answers for the data.
    pub controller_name: String,
    /// Where they have their seat.
    pub controller_address: String,
    /// How to reach them about data.
    pub controller_contact: String,
    /// What for.
    pub purposes: String,
    /// What data.
    pub data: String,
    /// Why it is needed.
    pub why: String,
    /// For how long.
    pub duration: String,
    /// How to take it back.
    pub withdrawal: String,
    /// What else the customer can ask for.
    pub rights: String,
}

/// Publishes a notice of the caller's brand: its first version, or the next one.
///
/// # Errors
/// When the name or a text is malformed.
pub async fn publish(deps: &Deps, caller: &Caller, input: NewNotice) -> Result<Vec<notice::Model>, Refusal> {
    let texts = checked(&input)?;
    let transaction = deps.vault.begin().await?;
    let connection = transaction.connection();
    // Versions of one brand's notices are counted one after the other.
    brand::Entity::find_by_id(caller.brand()).lock_exclusive().one(connection).await?;
    let (id, version) = match find_newest(connection, Some(caller.brand()), &input.name).await? {
        Some(newest) => (newest.id, newest.version + 1),
        None => (NoticeId(transaction.entropy().id()).to_string(), 1),
    };
    let text = |(locale, content): (Locale, Content)| notice::Model {
        id: id.clone(),
        version,
        locale: locale.as_str().to_owned(),
        brand_id: Some(caller.brand()),
        name: input.name.clone(),
        content,
        created_at: transaction.now(),
    };
    let texts: Vec<notice::Model> = texts.into_iter().map(text).collect();
    let rows = texts.iter().cloned().map(IntoActiveModel::into_active_model);
    notice::Entity::insert_many(rows).exec_without_returning(connection).await?;
    transaction.commit().await?;
    Ok(texts)
}

fn checked(input: &NewNotice) -> Result<Vec<(Locale, Content)>, Refusal> {
    let mut mistakes = Mistakes::default();
    if !is_slug(&input.name) {
        let message = "expected 1 to 60 lower case letters, digits and hyphens";
        mistakes.push(Mistake::new(MistakeCode::Invalid, "name", message));
    } else if input.name == notice::STANDARD {
        mistakes.push(Mistake::new(
            MistakeCode::Taken,
            "name",
            "this is the name of the standard notice; take another",
        ));
    }
    if input.texts.is_empty() {
        mistakes.push(Mistake::new(MistakeCode::Invalid, "texts", "publish it in one language at least"));
    }
    let too_many = input.texts.len() > MOST_TEXTS;
    if too_many {
        mistakes.push(Mistake::new(MistakeCode::TooLong, "texts", "30 languages are the most"));
    }
    let mut locales = BTreeSet::new();
    let mut texts = Vec::new();
    for (place, text) in input.texts.iter().enumerate().filter(|_| !too_many) {
        let at = |field: &str| format!("texts.{place}.{field}");
        let locale = mistakes.check(&at("locale"), &text.locale);
        if locale.as_ref().is_some_and(|locale| !locales.insert(locale.clone())) {
            mistakes.push(Mistake::new(MistakeCode::Invalid, &at("locale"), "this language is there already"));
        }
        texts.extend(locale.zip(content(&mut mistakes, &at, text)));
    }
    mistakes.done()?;
    Ok(texts)
}

fn content(mistakes: &mut Mistakes, at: &impl Fn(&str) -> String, text: &NewText) -> Option<Content> {
    let mut section = |field: &str, written: &str| {
        mistakes.parse::<Prose<2000>>(&at(field), written).map(|section| section.as_str().to_owned())
    };
    let purposes = section("purposes", &text.purposes);
    let data = section("data", &text.data);
    let why = section("why", &text.why);
    let duration = section("duration", &text.duration);
    let withdrawal = section("withdrawal", &text.withdrawal);
    let rights = section("rights", &text.rights);
    let name = mistakes.parse::<Text<200>>(&at("controller.name"), &text.controller_name);
    let address = mistakes.parse::<Prose<500>>(&at("controller.address"), &text.controller_address);
    let contact = mistakes.parse::<Text<320>>(&at("controller.contact"), &text.controller_contact);
    Some(Content {
        controller: Controller {
            name: name?.as_str().to_owned(),
            address: address?.as_str().to_owned(),
            contact: contact?.as_str().to_owned(),
        },
        purposes: purposes?,
        data: data?,
        why: why?,
        duration: duration?,
        withdrawal: withdrawal?,
        rights: rights?,
    })
}

/// The newest version of a notice by its name, in any one language: a brand's own, or with no brand the standard one.
///
/// # Errors
/// When the database cannot be asked.
pub async fn find_newest(
    connection: &impl ConnectionTrait,
    brand: Option<BrandId>,
    name: &str,
) -> Result<Option<notice::Model>, DbErr> {
    if !is_slug(name) {
        return Ok(None);
    }
    let of_brand = match brand {
        Some(brand) => notice::Column::BrandId.eq(brand),
        None => notice::Column::BrandId.is_null(),
    };
    notice::Entity::find()
        .filter(of_brand)
        .filter(notice::Column::Name.eq(name))
        .order_by_desc(notice::Column::Version)
        .one(connection)
        .await
}

/// The texts of these versions in every language, in one statement.
///
/// # Errors
/// When the database cannot be asked.
pub async fn load<'v>(
    connection: &impl ConnectionTrait,
    versions: impl IntoIterator<Item = (&'v str, i32)>,
) -> Result<Vec<notice::Model>, DbErr> {
    let versions: BTreeSet<(&str, i32)> = versions.into_iter().collect();
    if versions.is_empty() {
        return Ok(Vec::new());
    }
    let one = |(id, version)| Condition::all().add(notice::Column::Id.eq(id)).add(notice::Column::Version.eq(version));
    let any = versions.into_iter().map(one).fold(Condition::any(), Condition::add);
    notice::Entity::find().filter(any).order_by_asc(notice::Column::Locale).all(connection).await
}
