//! The tables, one file per change, the same on SQLite and PostgreSQL.
//!
//! Every table that a customer owns has `customer_id` first in its primary key, every table of a brand `brand_id`, and a
//! unique index always holds that column, so that the tables can be sharded. Times are Unix milliseconds.

pub use sea_orm_migration::prelude::*;

mod columns;
mod frozen;
mod j0001_endings;
mod k0001_data_keys;
mod k0002_settings;
mod m0001_brands;
mod m0002_customers;
mod m0003_protected;
mod m0004_consent;
mod m0005_disclosures;
mod m0006_imports;
mod m0007_requests;
mod m0008_log;
mod m0009_receipts;
mod m0012_erasure;
mod m0013_guesses;
mod m0014_sign_in;
mod m0015_second_factors;
mod m0016_oauth;
mod m0017_authorizations;
mod m0019_proofs;
mod m0020_inbound;
mod m0021_providers;
mod m0022_grant_changes;
mod m0023_secrets_and_audit;
mod m0024_staff;
mod m0025_webhook_addresses;
mod m0026_app_keys;
mod m0027_bound_tokens;
mod m0030_passkeys;
mod m0035_next_lookups;
mod m0036_answered;
mod m0037_deletion_wanted;
mod m0038_conversations;
mod m0039_linked_at;
mod m0040_replies;
mod m0041_account_ids;
mod m0042_webhooks;
mod m0043_acknowledged;
mod m0044_macros;
mod m0045_news;

/// Every change of the database, in order.
pub struct Migrator;

/// Every change of the keyring's store, in order.
pub struct KeyringMigrator;

/// Every change of the endings journal, where it is a table.
pub struct JournalMigrator;

#[async_trait::async_trait]
impl MigratorTrait for JournalMigrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(j0001_endings::Migration)]
    }

    fn migration_table_name() -> DynIden {
        "journal_migrations".into_iden()
    }
}

#[async_trait::async_trait]
impl MigratorTrait for KeyringMigrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(k0001_data_keys::Migration), Box::new(k0002_settings::Migration)]
    }

    /// A name of its own, so that a small deployment may keep both in one PostgreSQL database.
    fn migration_table_name() -> DynIden {
        "keyring_migrations".into_iden()
    }
}

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
            Box::new(m0008_log::Migration),
            Box::new(m0009_receipts::Migration),
            Box::new(m0012_erasure::Migration),
            Box::new(m0013_guesses::Migration),
            Box::new(m0014_sign_in::Migration),
            Box::new(m0015_second_factors::Migration),
            Box::new(m0016_oauth::Migration),
            Box::new(m0017_authorizations::Migration),
            Box::new(m0019_proofs::Migration),
            Box::new(m0020_inbound::Migration),
            Box::new(m0021_providers::Migration),
            Box::new(m0022_grant_changes::Migration),
            Box::new(m0023_secrets_and_audit::Migration),
            Box::new(m0024_staff::Migration),
            Box::new(m0025_webhook_addresses::Migration),
            Box::new(m0026_app_keys::Migration),
            Box::new(m0027_bound_tokens::Migration),
            Box::new(m0030_passkeys::Migration),
            Box::new(m0035_next_lookups::Migration),
            Box::new(m0036_answered::Migration),
            Box::new(m0037_deletion_wanted::Migration),
            Box::new(m0038_conversations::Migration),
            Box::new(m0039_linked_at::Migration),
            Box::new(m0040_replies::Migration),
            Box::new(m0041_account_ids::Migration),
            Box::new(m0042_webhooks::Migration),
            Box::new(m0043_acknowledged::Migration),
            Box::new(m0044_macros::Migration),
            Box::new(m0045_news::Migration),
        ]
    }
}
