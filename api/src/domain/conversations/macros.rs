//! Macros: templates that a brand's people share. Whoever works for the brand may write one, change it, or take it out of use at
//! once when it turns out wrong; each act is in the trail, and no version is ever lost.

use entity::access::Staff;
use entity::ids::{BrandId, MacroId};
use entity::kinds::AuditAct;
use entity::values::template::Template;
use entity::values::{Text, Timestamp};
use entity::vault::Transaction;
use entity::{reply_macro, reply_macro_version};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect, Set,
};

use crate::deps::Deps;
use crate::domain::audit::{self, Author};
use crate::domain::{Mistake, MistakeCode, Mistakes, Refusal};

/// Macros of a brand that are in use, at most: more than anybody finds their way in.
const MOST: u64 = 1_000;

/// Writes a new macro.
///
/// # Errors
/// When the title or the template is none, or the brand has too many.
pub async fn create_macro(
    deps: &Deps,
    staff: &Staff,
    title: &str,
    template: &str,
) -> Result<reply_macro::Model, Refusal> {
    let title = checked(title, template)?;
    let transaction = deps.vault.begin().await?;
    let in_use = of_brand(staff.brand(), false).limit(MOST).all(transaction.connection()).await?;
    if in_use.len() as u64 == MOST {
        let message = format!("your brand has {MOST} macros in use; retire some first");
        return Err(Mistake::new(MistakeCode::TooLong, "", message).into());
    }
    let row = reply_macro::Model {
        brand_id: staff.brand(),
        id: MacroId(transaction.entropy().id_at(transaction.now())),
        version: 1,
        title,
        template: template.to_owned(),
        retired_at: None,
    };
    let inserted = row.clone().into_active_model().reset_all();
    reply_macro::Entity::insert(inserted).exec_without_returning(transaction.connection()).await?;
    write_version(&transaction, staff, &row).await?;
    note(&transaction, staff, AuditAct::MacroWritten, &row).await?;
    transaction.commit().await?;
    Ok(row)
}

/// Writes the next version of a macro, if it still is as it was seen.
///
/// # Errors
/// When the brand has no such macro in use, it has changed since, or the title or the template is none.
pub async fn update_macro(
    deps: &Deps,
    staff: &Staff,
    (id, seen): (&str, i32),
    (title, template): (Option<&str>, Option<&str>),
) -> Result<reply_macro::Model, Refusal> {
    let transaction = deps.vault.begin().await?;
    let known = lock(&transaction, staff.brand(), id).await?;
    in_use(&known)?;
    if known.version != seen {
        let message = format!("a colleague has changed it: it is at version {} now; look at it again", known.version);
        return Err(Mistake::new(MistakeCode::WrongState, "version", message).into());
    }
    let (title, template) = (title.unwrap_or(&known.title), template.unwrap_or(&known.template));
    let row = reply_macro::Model {
        title: checked(title, template)?,
        template: template.to_owned(),
        version: known.version + 1,
        ..known.clone()
    };
    if (&row.title, &row.template) == (&known.title, &known.template) {
        return Ok(known);
    }
    save(&transaction, &row).await?;
    write_version(&transaction, staff, &row).await?;
    note(&transaction, staff, AuditAct::MacroWritten, &row).await?;
    transaction.commit().await?;
    Ok(row)
}

/// Takes a macro out of use, at once and for good: what is written as it from now on is refused. Twice does no harm.
///
/// # Errors
/// When the brand has no such macro.
pub async fn retire_macro(deps: &Deps, staff: &Staff, id: &str) -> Result<reply_macro::Model, Refusal> {
    let transaction = deps.vault.begin().await?;
    let known = lock(&transaction, staff.brand(), id).await?;
    if known.retired_at.is_some() {
        return Ok(known);
    }
    let row = reply_macro::Model { retired_at: Some(transaction.now()), ..known };
    save(&transaction, &row).await?;
    note(&transaction, staff, AuditAct::MacroRetired, &row).await?;
    transaction.commit().await?;
    Ok(row)
}

/// A brand's macros, oldest first: up to `limit` after one, those in use or all.
///
/// # Errors
/// When the database cannot be asked.
pub async fn macros(
    deps: &Deps,
    brand: BrandId,
    with_retired: bool,
    (after, limit): (Option<MacroId>, u64),
) -> Result<Vec<reply_macro::Model>, DbErr> {
    let mut query = of_brand(brand, with_retired);
    if let Some(after) = after {
        query = query.filter(reply_macro::Column::Id.gt(after));
    }
    query.limit(limit).all(deps.vault.store.reader()).await
}

/// The versions of a brand's macro, newest first: up to `limit` before one.
///
/// # Errors
/// When the database cannot be asked.
pub async fn macro_versions(
    deps: &Deps,
    (brand, id): (BrandId, MacroId),
    (before, limit): (Option<i32>, u64),
) -> Result<Vec<reply_macro_version::Model>, DbErr> {
    let mut query = reply_macro_version::Entity::find()
        .filter(reply_macro_version::Column::BrandId.eq(brand))
        .filter(reply_macro_version::Column::MacroId.eq(id));
    if let Some(before) = before {
        query = query.filter(reply_macro_version::Column::Version.lt(before));
    }
    query.order_by_desc(reply_macro_version::Column::Version).limit(limit).all(deps.vault.store.reader()).await
}

/// A brand's macro that may be used, in the version that was seen.
///
/// # Errors
/// When the brand has no such macro in use, or it has changed since.
pub async fn usable_macro(
    connection: &impl ConnectionTrait,
    brand: BrandId,
    (id, seen): (&str, Option<i32>),
) -> Result<reply_macro::Model, Refusal> {
    let parsed: MacroId = id.parse().map_err(|_| unknown())?;
    let found = reply_macro::Entity::find_by_id((brand, parsed)).one(connection).await?.ok_or_else(unknown)?;
    in_use(&found)?;
    if seen.is_some_and(|seen| seen != found.version) {
        let message = format!("it is at version {} now; look at it again", found.version);
        return Err(Mistake::new(MistakeCode::WrongState, "macroVersion", message).into());
    }
    Ok(found)
}

fn of_brand(brand: BrandId, with_retired: bool) -> sea_orm::Select<reply_macro::Entity> {
    let query = reply_macro::Entity::find().filter(reply_macro::Column::BrandId.eq(brand));
    let query = if with_retired { query } else { query.filter(reply_macro::Column::RetiredAt.is_null()) };
    query.order_by_asc(reply_macro::Column::Id)
}

async fn lock(transaction: &Transaction, brand: BrandId, id: &str) -> Result<reply_macro::Model, Refusal> {
    let id: MacroId = id.parse().map_err(|_| unknown())?;
    let found = reply_macro::Entity::find_by_id((brand, id)).lock_exclusive().one(transaction.connection()).await?;
    Ok(found.ok_or_else(unknown)?)
}

fn unknown() -> Mistake {
    Mistake::new(MistakeCode::NotFound, "macroId", "your brand has no such macro")
}

fn in_use(row: &reply_macro::Model) -> Result<(), Mistake> {
    let since = |at: Timestamp| format!("this macro was taken out of use at {at}; take another, or write it anew");
    row.retired_at.map_or(Ok(()), |at| Err(Mistake::new(MistakeCode::WrongState, "macroId", since(at))))
}

/// The title, if both are sound.
fn checked(title: &str, template: &str) -> Result<String, Refusal> {
    let mut mistakes = Mistakes::default();
    let title = mistakes.parse::<Text<80>>("title", title);
    let read = template.parse::<Template>();
    let fault = |message: String| Mistake::new(MistakeCode::Invalid, "template", message);
    match read {
        Err(no_template) => mistakes.push(fault(no_template.to_string())),
        Ok(_) if template.trim().is_empty() => mistakes.push(fault("a reply says something".into())),
        Ok(_) => {}
    }
    mistakes.done()?;
    Ok(title.map(|title| title.as_str().to_owned()).unwrap_or_default())
}

async fn save(transaction: &Transaction, row: &reply_macro::Model) -> Result<(), DbErr> {
    let change = reply_macro::ActiveModel {
        version: Set(row.version),
        title: Set(row.title.clone()),
        template: Set(row.template.clone()),
        retired_at: Set(row.retired_at),
        ..Default::default()
    };
    reply_macro::Entity::update_many()
        .set(change)
        .filter(reply_macro::Column::BrandId.eq(row.brand_id))
        .filter(reply_macro::Column::Id.eq(row.id))
        .exec(transaction.connection())
        .await
        .map(drop)
}

async fn write_version(transaction: &Transaction, staff: &Staff, row: &reply_macro::Model) -> Result<(), DbErr> {
    let version = reply_macro_version::Model {
        brand_id: row.brand_id,
        macro_id: row.id,
        version: row.version,
        title: row.title.clone(),
        template: row.template.clone(),
        staff_id: staff.id(),
        created_at: transaction.now(),
    };
    let inserted = version.into_active_model().reset_all();
    reply_macro_version::Entity::insert(inserted).exec_without_returning(transaction.connection()).await.map(drop)
}

async fn note(transaction: &Transaction, staff: &Staff, act: AuditAct, row: &reply_macro::Model) -> Result<(), DbErr> {
    let details = [("title", row.title.clone()), ("version", row.version.to_string())];
    audit::note(transaction, Author::Staff(staff.id()), (row.brand_id, act), row.id, details).await
}
