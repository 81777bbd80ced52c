//! The keyring: one data key per customer and per member of a brand's staff, in a store of its own, each wrapped by an operator's key that is in no
//! database.
//!
//! Whatever is personal is sealed under its customer's data key (`crate::protected`). Erasing a customer destroys that
//! one row, and with it everything that was ever sealed under it: in the tables, in their free pages, in the log, and in
//! every copy of the database. The copies of *this* store must therefore be kept for a shorter time than those of the
//! database; how short is how soon an erasure is final.
//!
//! A data key is made before the row that is sealed under it, so no row is ever without its key. One that was made for
//! a transaction that then failed opens nothing and is no loss.
//!
//! Keys in memory are bounded in number and age. They permit nothing: what leaves is decided by the law, on the rows of
//! the database, each time.

mod cache;
mod data_key;
mod holder;
mod setting;
mod table;
mod wrapping;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use sea_orm::sea_query::{OnConflict, SimpleExpr};
use sea_orm::{
    ColumnTrait, DbBackend, DbErr, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect, RuntimeErr, Set,
    sqlx,
};
use uuid::Uuid;

use crate::clock::Clock;
use crate::entropy::Entropy;
use crate::journal::Place;
use crate::listed;
use crate::rows;
use crate::store::Store;

use cache::Cache;
pub use data_key::DataKey;
pub use holder::{Holder, KeyHolder};
pub use wrapping::{Source, Stamp, WrappingKey, WrappingKeys};

/// Keys made, or asked for, in one statement.
const MOST: usize = 5_000;
/// The setting that says how far the endings journal was replayed.
const REPLAYED: &str = "journal-replayed";

/// The rows of a list of holders, by a statement whose text is always the same.
const READ: &str = "select data_key.* from LISTED JOIN data_key on data_key.customer_id = listed.holder";

/// What was loaded for answers that show somebody, and for those that show nobody.
pub struct Keys<H> {
    /// Those who have a key.
    pub shown: HashMap<H, DataKey>,
    /// Everybody; who has no key got one that is kept nowhere.
    pub hidden: HashMap<H, DataKey>,
}

/// The data keys of customers and staff. Cheap to clone.
#[derive(Clone)]
pub struct Keyring {
    store: Store,
    wrapping: Arc<WrappingKeys>,
    cache: Arc<Cache>,
    clock: Clock,
    entropy: Entropy,
}

impl Keyring {
    /// A keyring in this store, under these operator's keys.
    #[must_use]
    pub fn new(store: Store, wrapping: WrappingKeys, clock: Clock, entropy: Entropy) -> Self {
        Self { store, wrapping: Arc::new(wrapping), cache: Arc::default(), clock, entropy }
    }

    /// Where the keys are.
    #[must_use]
    pub const fn store(&self) -> &Store {
        &self.store
    }

    /// The operator's keys.
    #[must_use]
    pub fn wrapping(&self) -> &WrappingKeys {
        &self.wrapping
    }

    /// Makes keys for new holders. They are durable when this returns.
    ///
    /// # Errors
    /// When the store cannot be written, or a holder has a key already.
    pub async fn create<H: KeyHolder>(&self, holders: &[H]) -> Result<HashMap<H, DataKey>, DbErr> {
        let mut keys = HashMap::with_capacity(holders.len());
        for part in holders.chunks(MOST) {
            self.wrapping.refresh();
            let mut rows = Vec::with_capacity(part.len());
            for holder in part {
                let key = DataKey::new(&self.entropy);
                rows.push(self.wrap((*holder).into(), &key)?);
                keys.insert(*holder, key);
            }
            rows::insert(self.store.writer(), &rows).await?;
            // The operator may have taken the wrapping key out while these were on their way: they were not counted.
            if self.wrapping.refresh() {
                let whose = table::Column::Holder.is_in(part.iter().map(|holder| (*holder).into()));
                self.rewrap_where(whose, MOST as u64).await?;
            }
        }
        Ok(keys)
    }

    /// The same for one.
    ///
    /// # Errors
    /// When the store cannot be written, or the holder has a key already.
    pub async fn create_one<H: KeyHolder>(&self, holder: H) -> Result<DataKey, DbErr> {
        let mut keys = self.create(&[holder]).await?;
        keys.remove(&holder).ok_or_else(no_key)
    }

    /// The key of a holder; none: they are erased.
    ///
    /// # Errors
    /// When the store cannot be asked, or the operator's key for it is not at hand.
    pub async fn find<H: KeyHolder>(&self, holder: H) -> Result<Option<DataKey>, DbErr> {
        Ok(self.load(&[holder]).await?.remove(&holder))
    }

    /// The key of a holder who must have one.
    ///
    /// # Errors
    /// When the store cannot be asked, the holder is erased, or the operator's key for it is not at hand.
    pub async fn key<H: KeyHolder>(&self, holder: H) -> Result<DataKey, DbErr> {
        self.find(holder).await?.ok_or_else(no_key)
    }

    /// The keys of those of these holders who have one.
    ///
    /// # Errors
    /// When the store cannot be asked, or an operator's key is not at hand.
    pub async fn load<H: KeyHolder>(&self, holders: &[H]) -> Result<HashMap<H, DataKey>, DbErr> {
        let Keys { shown, .. } = self.load_shown_and_hidden(holders, &[]).await?;
        Ok(shown)
    }

    /// The same for answers that must not tell whether anybody is there: whose answer shows nothing is read past the
    /// cache, and who has no key gets one that is kept nowhere, with the same work. One statement reads what is missing
    /// of the one and all of the other.
    ///
    /// # Errors
    /// When the store cannot be asked, or an operator's key is not at hand.
    pub async fn load_shown_and_hidden<H: KeyHolder>(&self, shown: &[H], hidden: &[H]) -> Result<Keys<H>, DbErr> {
        let now = self.clock.now();
        let wanted: Vec<Holder> = shown.iter().map(|holder| (*holder).into()).collect();
        let mut keys = self.cache.find(&wanted, now);
        let missing = wanted.into_iter().filter(|holder| !keys.contains_key(holder));
        let mut asked: Vec<Holder> = missing.collect();
        let missing = asked.len();
        asked.extend(hidden.iter().map(|holder| Into::<Holder>::into(*holder)));
        let rows = self.rows(&asked).await?;
        let mut read = HashMap::with_capacity(missing);
        for holder in asked.iter().take(missing) {
            if let Some(row) = rows.get(holder) {
                read.insert(*holder, self.unwrap(row)?);
            }
        }
        self.cache.keep(&read, now);
        keys.extend(read);
        let shown = shown.iter().filter_map(|holder| Some((*holder, keys.get(&(*holder).into())?.clone()))).collect();
        let hidden = hidden.iter().map(|holder| {
            // Somebody may stand there twice, and has one key.
            let key = match rows.get(&(*holder).into()) {
                Some(row) => self.unwrap(row)?,
                None => self.wrapping.invent((*holder).into(), &self.entropy)?,
            };
            Ok((*holder, key))
        });
        Ok(Keys { shown, hidden: hidden.collect::<Result<_, DbErr>>()? })
    }

    async fn rows(&self, holders: &[Holder]) -> Result<HashMap<Holder, table::Model>, DbErr> {
        let mut rows = HashMap::with_capacity(holders.len());
        for part in holders.chunks(MOST) {
            let read = match self.store.backend() {
                DbBackend::Postgres => self.read_by_array(part).await?,
                backend => {
                    let list: Vec<[String; 1]> = part.iter().map(|holder| [listed::id(holder.0)]).collect();
                    let statement = listed::statement(backend, READ, &[("holder", listed::Kind::Id)], &list)?;
                    table::Model::find_by_statement(statement).all(self.store.reader()).await?
                }
            };
            rows.extend(read.into_iter().map(|row| (row.holder, row)));
        }
        Ok(rows)
    }

    /// By an array, which PostgreSQL looks up in the index as it is: to unfold a list and join it costs more, on the way of
    /// every read.
    async fn read_by_array(&self, holders: &[Holder]) -> Result<Vec<table::Model>, DbErr> {
        let ids: Vec<Uuid> = holders.iter().map(|holder| holder.0).collect();
        let query = sqlx::query("select * from data_key where customer_id = any($1)").bind(ids);
        let read = query.fetch_all(self.store.reader().get_postgres_connection_pool()).await;
        let rows = read.map_err(|error| DbErr::Query(RuntimeErr::SqlxError(Arc::new(error))))?;
        rows.into_iter().map(|row| table::Model::from_query_result(&row.into(), "")).collect()
    }

    /// Destroys a holder's key. When this returns nothing that was sealed under it can be opened any more, but for
    /// copies of this store.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn destroy<H: KeyHolder>(&self, holder: H) -> Result<(), DbErr> {
        let holder: Holder = holder.into();
        self.cache.forget(holder);
        table::Entity::delete_by_id(holder).exec(self.store.writer()).await?;
        // Somebody may have read it between the two.
        self.cache.forget(holder);
        Ok(())
    }

    /// Wraps keys that are under an older operator's key with the newest: up to `limit`, and how many it were. Nothing
    /// that is sealed changes.
    ///
    /// # Errors
    /// When the store cannot be asked, or an operator's key is not at hand.
    pub async fn rewrap(&self, limit: u64) -> Result<usize, DbErr> {
        self.wrapping.refresh();
        self.rewrap_where(table::Column::WrappingId.is_not_null(), limit).await
    }

    /// Lets other processes use the store, between two batches.
    pub async fn give_way(&self) {
        self.store.give_way(&self.clock).await;
    }

    async fn rewrap_where(&self, which: SimpleExpr, limit: u64) -> Result<usize, DbErr> {
        let transaction = self.store.begin().await?;
        let rows = table::Entity::find()
            .filter(which)
            .filter(table::Column::WrappingId.ne(self.wrapping.newest()))
            .order_by_asc(table::Column::Holder)
            .limit(limit)
            .all(&transaction)
            .await?;
        for row in &rows {
            let (wrapping_id, wrapped) = self.wrapping.wrap(row.holder, &self.unwrap(row)?, &self.entropy)?;
            let change =
                table::ActiveModel { wrapping_id: Set(wrapping_id), wrapped: Set(wrapped), ..Default::default() };
            // A key that was destroyed meanwhile must not come back, so this only updates.
            let whose = table::Column::Holder.eq(row.holder);
            table::Entity::update_many().set(change).filter(whose).exec(&transaction).await?;
        }
        transaction.commit().await?;
        Ok(rows.len())
    }

    /// The operator's keys that something is wrapped under, each with how many data keys.
    ///
    /// # Errors
    /// When the store cannot be asked.
    pub async fn used_wrapping_keys(&self) -> Result<BTreeMap<i32, i64>, DbErr> {
        let rows: Vec<(i32, i64)> = table::Entity::find()
            .select_only()
            .column(table::Column::WrappingId)
            .column_as(table::Column::Holder.count(), "keys")
            .group_by(table::Column::WrappingId)
            .into_tuple()
            .all(self.store.reader())
            .await?;
        Ok(rows.into_iter().collect())
    }

    /// How far the endings journal was replayed over this store, by its own account.
    ///
    /// # Errors
    /// When the store cannot be asked.
    pub async fn replayed_up_to(&self) -> Result<Option<Place>, DbErr> {
        let row = setting::Entity::find_by_id(REPLAYED).one(self.store.reader()).await?;
        Ok(row.and_then(|row| Place::of_text(&row.value)))
    }

    /// Remembers that.
    pub(crate) async fn remember_replayed_up_to(&self, place: &Place) -> Result<(), DbErr> {
        let row = setting::ActiveModel { name: Set(REPLAYED.to_owned()), value: Set(place.to_text()) };
        setting::Entity::insert(row)
            .on_conflict(OnConflict::column(setting::Column::Name).update_column(setting::Column::Value).to_owned())
            .exec_without_returning(self.store.writer())
            .await?;
        Ok(())
    }

    fn wrap(&self, holder: Holder, key: &DataKey) -> Result<table::ActiveModel, DbErr> {
        let (wrapping_id, wrapped) = self.wrapping.wrap(holder, key, &self.entropy)?;
        Ok(table::ActiveModel {
            holder: Set(holder),
            wrapping_id: Set(wrapping_id),
            wrapped: Set(wrapped),
            created_at: Set(self.clock.now()),
        })
    }

    fn unwrap(&self, row: &table::Model) -> Result<DataKey, DbErr> {
        self.wrapping.unwrap(row.holder, row.wrapping_id, &row.wrapped)
    }
}

fn no_key() -> DbErr {
    DbErr::RecordNotFound("the data key".into())
}
