//! The door for imports: whole customers, many at a time, with what they granted elsewhere.

mod batch;
mod history;
mod reads;

use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use std::collections::HashSet;

use crate::access::Operator;
use crate::hexadecimal::hexadecimal;
use crate::ids::{BrandId, CustomerId};
use crate::keys::Keys;
use crate::kinds::Purpose;
use crate::listed;
use crate::protected::directory;
use crate::scope::{Pins, Scope};
use crate::values::{EmailAddress, Timestamp};

use super::Vault;
use super::clusters::{Area, ContactDetails, Context, Language, PersonName, Preference};
use super::link::ProvenHandle;
use super::transaction::Transaction;
use crate::consent::Period;
use batch::Batch;

pub use reads::{PastRead, record_past_reads};

/// Those of a list of names that are in the directory already.
const TAKEN: &str = "select directory.* from LISTED JOIN directory on directory.lookup = listed.lookup";

/// A customer as an import brings them.
pub struct NewCustomer {
    /// The name of the record in the source system.
    pub key: String,
    /// The address with which the account is signed in to, or claimed.
    pub address: EmailAddress,
    /// Argon2id in PHC form; none: the account waits to be claimed.
    pub password_hash: Option<String>,
    /// What to call them.
    pub name: Option<PersonName>,
    /// How to reach them.
    pub contact: Option<ContactDetails>,
    /// Where they live.
    pub area: Option<Area>,
    /// How to speak to them.
    pub language: Option<Language>,
    /// What they like.
    pub preferences: Vec<Preference>,
    /// What they need.
    pub contexts: Vec<Context>,
    /// Handles that somebody else has verified.
    pub links: Vec<ProvenHandle>,
    /// What they granted; at most one of a brand and purpose is open.
    pub grants: Vec<NewGrant>,
}

/// A grant as an import brings it, with what became of it.
pub struct NewGrant {
    /// Who may read.
    pub brand: BrandId,
    /// For what.
    pub purpose: Purpose,
    /// What was agreed to.
    pub pins: Pins,
    /// From when until when.
    pub period: Period,
    /// A scope that was taken out later.
    pub narrowed: Option<(Scope, Timestamp)>,
    /// When it was halted.
    pub paused_at: Option<Timestamp>,
    /// When it was withdrawn.
    pub withdrawn_at: Option<Timestamp>,
}

/// What became of a customer of an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Created.
    Created(CustomerId),
    /// The key was imported before: nothing was changed.
    Known,
    /// Another customer signs in with the address.
    AddressTaken,
    /// Another customer has proven the handle or the account of this link.
    LinkTaken(usize),
}

impl Fate {
    fn created(&self) -> Option<CustomerId> {
        match self {
            Self::Created(id) => Some(*id),
            Self::Known | Self::AddressTaken | Self::LinkTaken(_) => None,
        }
    }
}

/// Customers that are created together, with the names by which they can be found.
pub struct Company {
    customers: Vec<NewCustomer>,
    names: Vec<Names>,
}

impl Company {
    /// Of these customers.
    #[must_use]
    pub fn of(vault: &Vault, customers: Vec<NewCustomer>) -> Self {
        let names = customers.iter().map(|customer| Names::of(&vault.keys, customer)).collect();
        Self { customers, names }
    }

    /// Whether some name is in both, so that one of them must see what has become of the other.
    #[must_use]
    pub fn meets(&self, other: &Self) -> bool {
        let theirs: HashSet<&Vec<u8>> = other.names.iter().flat_map(Names::all).collect();
        self.names.iter().flat_map(Names::all).any(|name| theirs.contains(name))
    }
}

/// Creates customers. Each is created whole or not at all; what became of each is in the answer, in order.
///
/// # Errors
/// When the database cannot be asked.
pub async fn create(transaction: &Transaction, _operator: &Operator, company: &Company) -> Result<Vec<Fate>, DbErr> {
    let Company { customers, names } = company;
    let mut taken = taken(transaction, names.iter().flat_map(Names::all)).await?;
    let mut fates = Vec::with_capacity(customers.len());
    for names in names {
        let fate = names.obstacle(&taken).unwrap_or_else(|| {
            taken.extend(names.all().cloned());
            Fate::Created(CustomerId(transaction.entropy().id()))
        });
        fates.push(fate);
    }
    let created: Vec<CustomerId> = fates.iter().filter_map(Fate::created).collect();
    let keys = transaction.keyring.create(&created).await?;
    let mut batch = Batch::default();
    for ((customer, names), fate) in customers.iter().zip(names).zip(&fates) {
        let id = fate.created();
        if let Some((id, key)) = id.and_then(|id| Some((id, keys.get(&id)?))) {
            batch.add(transaction, (id, key), customer, names)?;
        }
    }
    batch.insert(transaction.connection()).await?;
    Ok(fates)
}

/// The keyed hashes by which a customer can be found.
struct Names {
    key: Vec<u8>,
    login: Vec<u8>,
    /// Handle and account of each link.
    links: Vec<[Vec<u8>; 2]>,
}

impl Names {
    fn of(keys: &Keys, customer: &NewCustomer) -> Self {
        let names =
            |link: &ProvenHandle| [keys.handle(&link.handle), keys.account(link.handle.channel(), &link.account)];
        Self {
            key: keys.import_key(&customer.key),
            login: keys.login(&customer.address),
            links: customer.links.iter().map(names).collect(),
        }
    }

    fn all(&self) -> impl Iterator<Item = &Vec<u8>> {
        [&self.key, &self.login].into_iter().chain(self.links.iter().flatten())
    }

    fn obstacle(&self, taken: &HashSet<Vec<u8>>) -> Option<Fate> {
        if taken.contains(&self.key) {
            return Some(Fate::Known);
        }
        if taken.contains(&self.login) {
            return Some(Fate::AddressTaken);
        }
        // A name may also stand twice within the same customer.
        let mut own = HashSet::new();
        let clash = |names: &[Vec<u8>; 2]| names.iter().any(|name| taken.contains(name) || !own.insert(name.clone()));
        self.links.iter().position(clash).map(Fate::LinkTaken)
    }
}

async fn taken<'n>(
    transaction: &Transaction,
    names: impl Iterator<Item = &'n Vec<u8>>,
) -> Result<HashSet<Vec<u8>>, DbErr> {
    let connection = transaction.connection();
    let names: Vec<[String; 1]> = names.map(|name| [hexadecimal(name)]).collect();
    let columns = [("lookup", listed::Kind::Bytes)];
    let statement = listed::statement(connection.get_database_backend(), TAKEN, &columns, &names)?;
    let rows = directory::Model::find_by_statement(statement).all(connection).await?;
    Ok(rows.into_iter().map(|row| row.lookup).collect())
}
