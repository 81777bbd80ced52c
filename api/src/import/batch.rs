//! Lines gathered into batches.

use std::collections::HashMap;

use entity::access::Operator;
use entity::brand;
use entity::ids::BrandId;
use entity::values::Timestamp;
use entity::vault::bulk::{Company, Fate, NewCustomer};
use sea_orm::EntityTrait;
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_path_to_error::Segment;

use super::Summary;
use super::convert;
use super::flight::{Batch, Flights, Landed};
use super::line::{BrandLine, CustomerLine};
use super::read::{Position, RawLine};
use crate::cli::Failure;
use crate::deps::Deps;
use crate::domain::{Mistake, Refusal};
use crate::domain::{apps, brands};

/// Customers of one transaction: large enough to be fast, small enough to keep memory flat.
const CUSTOMERS: usize = 500;

type Complain<'c> = &'c mut (dyn FnMut(&str) + Send);

/// Gathers lines and writes them.
pub struct Importer {
    deps: Deps,
    flights: Flights,
    brands: HashMap<String, BrandId>,
    waiting: Vec<(u64, NewCustomer)>,
    /// The database's time at the last batch: never ahead of the one that grants are written by.
    now: Timestamp,
    summary: Summary,
}

/// Which kind of line it is, found without reading all of it twice.
#[derive(Deserialize)]
struct Probe {
    brand: Option<IgnoredAny>,
    customer: Option<IgnoredAny>,
}

impl Importer {
    /// An importer that knows the brands that are there.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn start(deps: &Deps, operator: Operator) -> Result<Self, Failure> {
        let rows = brand::Entity::find().all(deps.vault.store.reader()).await.map_err(Failure::of)?;
        let brands = rows.into_iter().map(|row| (row.slug, row.id)).collect();
        let now = deps.vault.now().await.map_err(Failure::of)?;
        Ok(Self {
            deps: deps.clone(),
            flights: Flights::new(deps, operator),
            brands,
            waiting: Vec::new(),
            now,
            summary: Summary::default(),
        })
    }

    /// How many lines did what, so far.
    #[must_use]
    pub const fn summary(&self) -> Summary {
        self.summary
    }

    /// The brands that are there, by slug.
    #[must_use]
    pub const fn brands(&self) -> &HashMap<String, BrandId> {
        &self.brands
    }

    /// Whether a batch is complete.
    pub(super) const fn is_full(&self) -> bool {
        self.waiting.len() >= CUSTOMERS
    }

    /// Takes a line: brands are written at once, customers wait for their batch.
    pub(super) async fn take(&mut self, raw: RawLine, complain: Complain<'_>) -> Result<(), Failure> {
        match self.read(&raw) {
            Ok(Read::Brand(line)) => match self.register(&line).await? {
                Ok(()) => self.summary.brands += 1,
                Err(mistakes) => self.refuse(raw.number, &mistakes, complain),
            },
            Ok(Read::Customer(new)) => self.waiting.push((raw.number, *new)),
            Err(mistakes) => self.refuse(raw.number, &mistakes, complain),
        }
        Ok(())
    }

    fn read(&self, raw: &RawLine) -> Result<Read, Vec<Mistake>> {
        let bytes = raw.bytes.as_deref().ok_or_else(|| convert::line_mistake("the line has more than 1 MB"))?;
        let not_an_object = || convert::line_mistake("this is not a JSON object");
        // serde would take a list of the values in order for an object.
        let object = bytes.starts_with(b"{").then_some(bytes).ok_or_else(not_an_object)?;
        let probe: Probe = serde_json::from_slice(object).map_err(|_| not_an_object())?;
        match probe {
            Probe { brand: Some(_), customer: None } => parse::<BrandLine>(bytes).map(Read::Brand),
            Probe { customer: Some(_), brand: None } => {
                let line = parse::<CustomerLine>(bytes)?;
                let new = convert::customer(line, &self.brands, self.now).map_err(mistakes)?;
                Ok(Read::Customer(Box::new(new)))
            }
            _ => Err(convert::line_mistake("a line has either `brand` or `customer`")),
        }
    }

    /// Registers a brand, its apps and its accounts.
    ///
    /// # Errors
    /// When the database cannot be written; the caller's mistakes are in the inner result.
    pub async fn register(&mut self, line: &BrandLine) -> Result<Result<(), Vec<Mistake>>, Failure> {
        let (checked, accounts) = match convert::brand(line) {
            Ok(checked) => checked,
            Err(refusal) => return Ok(Err(mistakes(refusal))),
        };
        let transaction = self.deps.vault.begin().await.map_err(Failure::of)?;
        let brand = apps::register_brand(&transaction, &line.brand.slug, &line.brand.name).await;
        let brand = brand.map_err(Failure::of)?;
        for (place, app) in checked.into_iter().enumerate() {
            if !apps::register(&transaction, &app.of(brand)).await.map_err(Failure::of)? {
                return Ok(Err(convert::taken_client_id(place)));
            }
        }
        for (place, account) in accounts.iter().enumerate() {
            if !brands::register_account(&transaction, brand, account).await.map_err(Failure::of)? {
                return Ok(Err(convert::taken_account(place)));
            }
        }
        transaction.commit().await.map_err(Failure::of)?;
        self.brands.insert(line.brand.slug.clone(), brand);
        Ok(Ok(()))
    }

    /// Sets out to write what waits.
    pub(super) async fn flush(
        &mut self,
        file: Option<&str>,
        position: Position,
        complain: Complain<'_>,
    ) -> Result<(), Failure> {
        let (lines, customers): (Vec<u64>, Vec<NewCustomer>) = self.waiting.drain(..).unzip();
        let company = Company::of(&self.deps.vault, customers);
        let batch = Batch { lines, company, file: file.map(str::to_owned), position };
        let landed = self.flights.begin(batch).await.map_err(Failure::of)?;
        landed.into_iter().for_each(|landed| self.note(landed, complain));
        Ok(())
    }

    /// Waits until all that was set out with is written.
    pub(super) async fn finish(&mut self, complain: Complain<'_>) -> Result<(), Failure> {
        while let Some(landed) = self.flights.land().await.map_err(Failure::of)? {
            self.note(landed, complain);
        }
        Ok(())
    }

    fn note(&mut self, landed: Landed, complain: Complain<'_>) {
        self.now = landed.now;
        for (number, fate) in landed.lines.into_iter().zip(landed.fates) {
            match fate {
                Fate::Created(_) => self.summary.created += 1,
                Fate::Known => self.summary.known += 1,
                Fate::AddressTaken => self.refuse(number, &convert::taken_address(), complain),
                Fate::LinkTaken(place) => self.refuse(number, &convert::taken_link(place), complain),
            }
        }
    }

    fn refuse(&mut self, number: u64, mistakes: &[Mistake], complain: Complain<'_>) {
        self.summary.refused += 1;
        for mistake in mistakes {
            let field = mistake.field.join(".");
            let place = if field.is_empty() { String::new() } else { format!("{field}: ") };
            complain(&format!("line {number}: {place}{}", mistake.message));
        }
    }
}

enum Read {
    Brand(BrandLine),
    Customer(Box<NewCustomer>),
}

fn mistakes(refusal: Refusal) -> Vec<Mistake> {
    match refusal {
        Refusal::Mistakes(mistakes) => mistakes,
        Refusal::RateLimited(_) | Refusal::Fault(_) => convert::line_mistake("the line could not be checked"),
    }
}

/// Reads a line; a mistake names its field and never repeats its value.
fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Vec<Mistake>> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path: Vec<String> = error.path().iter().filter_map(step).collect();
        let text = error.inner().to_string();
        // What stands before it may hold the value itself, and the value may hold these very words.
        let message = match text.rsplit_once(", expected ") {
            Some((before, expected)) if before.starts_with("invalid") => format!("expected {}", cut(expected)),
            _ => cut(&text).to_owned(),
        };
        convert::field_mistake(&path.join("."), &message)
    })
}

/// A step of a path, written as everywhere else: `links.0.handle`.
fn step(segment: &Segment) -> Option<String> {
    match segment {
        Segment::Seq { index } => Some(index.to_string()),
        Segment::Map { key } => Some(key.clone()),
        Segment::Enum { variant } => Some(variant.clone()),
        Segment::Unknown => None,
    }
}

/// serde_json adds the place within the line, which the field says better.
fn cut(text: &str) -> &str {
    text.rsplit_once(" at line ").map_or(text, |(text, _)| text)
}
