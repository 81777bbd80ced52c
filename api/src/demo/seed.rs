//! The world, written into the database by the same doors as an import.

use std::collections::HashMap;

use entity::access::Operator;
use entity::ids::{AppId, BrandId, ContextId, CustomerId};
use entity::kinds::{AccessStatus, Purpose};
use entity::scope::Scope;
use entity::values::Timestamp;
use entity::vault::bulk::{self, Company, Fate, NewCustomer, PastRead};
use entity::vault::{Context, DEFINITIONS, FieldOutcome, Transaction};
use entity::{app, setting};
use sea_orm::{DbErr, EntityTrait, Set};

use super::world::{ContextSeed, Person, Read, StaffSeed, World};
use crate::cli::Failure;
use crate::deps::Deps;
use crate::domain::{brands, staff};
use crate::import::{self, Importer};

/// Writes the world in one transaction; it is there whole or not at all.
pub async fn seed(deps: &Deps, mut world: World) -> Result<World, Failure> {
    let operator = Operator::at_the_command_line();
    let mut importer = Importer::start(deps, operator).await?;
    for line in &world.brands {
        let registered = importer.register(line).await?;
        registered.map_err(|mistakes| Failure(format!("the demo's brands: {mistakes:?}")))?;
    }
    let brands = importer.brands().clone();
    let passwords = passwords(deps, &world).await?;
    let transaction = deps.vault.begin().await.map_err(Failure::of)?;
    let now = transaction.now();
    let mut keys = Vec::with_capacity(world.people.len());
    let mut customers = Vec::with_capacity(world.people.len());
    for person in &mut world.people {
        let key = person.line.customer.key.clone();
        let mut new = new_customer(&transaction, person, &brands, now)?;
        new.password_hash = passwords.get(&key).cloned();
        keys.push(key);
        customers.push(new);
    }
    let fates =
        bulk::create(&transaction, &operator, &Company::of(&deps.vault, customers)).await.map_err(Failure::of)?;
    let mut ids = HashMap::with_capacity(keys.len());
    for (key, fate) in keys.into_iter().zip(fates) {
        let Fate::Created(id) = fate else { return Err(Failure(format!("the demo's {key}: {fate:?}"))) };
        ids.insert(key, id);
    }
    let apps = app::Entity::find().all(transaction.connection()).await.map_err(Failure::of)?;
    let apps = apps.into_iter().map(|app| (app.client_id, app.id)).collect();
    let reads = world.reads.iter().filter_map(|read| past_read(read, &ids, &brands, &apps)).collect();
    bulk::record_past_reads(&transaction, &operator, reads).await.map_err(Failure::of)?;
    enrol(deps, &transaction, &operator, &world.staff).await?;
    mark_as_demo(&transaction).await.map_err(Failure::of)?;
    transaction.commit().await.map_err(Failure::of)?;
    Ok(world)
}

/// Writes down who works for the brands.
async fn enrol(
    deps: &Deps,
    transaction: &Transaction,
    operator: &Operator,
    people: &[StaffSeed],
) -> Result<(), Failure> {
    for who in people {
        let brand = brands::find(transaction.connection(), who.brand).await.map_err(Failure::of)?;
        let email = who.email.parse().ok();
        let hash = deps.hasher.hash(who.password, &deps.vault.entropy).await;
        let (Some(brand), Some(email), Some(hash)) = (brand, email, hash) else {
            return Err(Failure(format!("the demo's {} cannot be enrolled", who.name)));
        };
        let seat = (&email, who.role, who.name);
        staff::enrol(transaction, operator, &brand, seat, hash).await.map_err(Failure::of)?;
    }
    Ok(())
}

async fn passwords(deps: &Deps, world: &World) -> Result<HashMap<String, String>, Failure> {
    let mut hashes = HashMap::new();
    for persona in &world.personas {
        let hash = deps.hasher.hash(&persona.password, &deps.vault.entropy).await;
        let hash = hash.ok_or_else(|| Failure("a demo password could not be hashed".into()))?;
        hashes.insert(persona.customer_key.clone(), hash);
    }
    Ok(hashes)
}

/// The import line of a person with what only the customer can do later.
fn new_customer(
    transaction: &Transaction,
    person: &Person,
    brands: &HashMap<String, BrandId>,
    now: Timestamp,
) -> Result<NewCustomer, Failure> {
    let mut new = import::customer(person.line.clone(), brands, now)
        .map_err(|refusal| Failure(format!("the demo's {}: {refusal:?}", person.line.customer.key)))?;
    // Newest first, as customers' own are.
    new.contexts = person.contexts.iter().rev().map(|seed| context(transaction, seed, brands)).collect();
    for pause in &person.paused {
        let at = Timestamp::from_millis(pause.at_ms);
        if let Some(grant) = live(&mut new, brands, &pause.brand, &pause.purpose, now) {
            grant.paused_at = Some(at);
        }
    }
    for narrowing in &person.narrowed {
        let at = Timestamp::from_millis(narrowing.at_ms);
        if let (Some(scope), Some(grant)) =
            (Scope::find(&narrowing.scope), live(&mut new, brands, &narrowing.brand, &narrowing.purpose, now))
        {
            grant.narrowed = Some((scope, at));
        }
    }
    Ok(new)
}

fn live<'n>(
    new: &'n mut NewCustomer,
    brands: &HashMap<String, BrandId>,
    brand: &str,
    purpose: &str,
    now: Timestamp,
) -> Option<&'n mut bulk::NewGrant> {
    let (brand, purpose) = (*brands.get(brand)?, Purpose::find(purpose)?);
    new.grants.iter_mut().find(|grant| {
        grant.brand == brand && grant.purpose == purpose && grant.withdrawn_at.is_none() && grant.period.holds(now)
    })
}

fn context(transaction: &Transaction, seed: &ContextSeed, brands: &HashMap<String, BrandId>) -> Context {
    let area = seed.area.as_ref().map(|area| {
        let parts = [&area.postal_code, &area.region].into_iter().flatten().cloned();
        parts.collect::<Vec<_>>().join(", ")
    });
    Context {
        topic: seed.topic.clone(),
        text: Some(seed.text.clone()),
        area: area.filter(|area| !area.is_empty()),
        wished_outcome: seed.wished_outcome.clone(),
        stated_at: Timestamp::from_millis(seed.stated_at_ms),
        id: ContextId(transaction.entropy().id()),
        audience: seed.brand.as_ref().and_then(|slug| brands.get(slug).copied()),
    }
}

fn past_read(
    read: &Read,
    ids: &HashMap<String, CustomerId>,
    brands: &HashMap<String, BrandId>,
    apps: &HashMap<String, AppId>,
) -> Option<PastRead> {
    let asked = read.scopes.iter().filter_map(|text| Scope::find(text)).zip(&read.answers);
    let fields = asked.flat_map(|(scope, answer)| {
        let outcome = AccessStatus::find(answer.as_str()).unwrap_or(AccessStatus::NotGranted);
        let definition = DEFINITIONS.iter().find(move |definition| definition.scope == scope);
        let fields = definition.into_iter().flat_map(|definition| definition.fields());
        fields.map(move |field| FieldOutcome { path: format!("{}.{field}", scope.field()), scope, outcome })
    });
    Some(PastRead {
        customer: *ids.get(&read.customer_key)?,
        brand: *brands.get(&read.brand)?,
        app: *apps.get(&read.client_id)?,
        purpose: Purpose::find(&read.purpose)?,
        at: Timestamp::from_millis(read.at_ms),
        fields: fields.collect(),
    })
}

async fn mark_as_demo(transaction: &Transaction) -> Result<(), DbErr> {
    let row = setting::ActiveModel { name: Set(setting::DEMO.to_owned()), value: Set(transaction.now().to_string()) };
    setting::Entity::insert(row).exec_without_returning(transaction.connection()).await?;
    Ok(())
}
