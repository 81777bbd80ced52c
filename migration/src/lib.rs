//! The tables, one file per change, the same on SQLite and PostgreSQL.
//!
//! Every table that a customer owns has `customer_id` first in its primary key, every table of a brand `brand_id`, and a
//! unique index always holds that column, so that the tables can be sharded. Times are Unix milliseconds.

pub use sea_orm_migration::prelude::*;

mod columns;
mod frozen;
mod m0001_brands;
mod m0002_customers;
mod m0003_protected;
mod m0004_consent;
mod m0005_disclosures;
mod m0006_imports;
mod m0007_requests;

/// Every change, in order.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_brands::Migration),
            Box::new(m0002_customers::Migration),
            Box::new(m0003_protected::Migration),
            Box::new(m0004_consent::Migration),
            Box::new(m0005_disclosures::Migration),
            Box::new(m0006_imports::Migration),
            Box::new(m0007_requests::Migration),
        ]
    }
}
