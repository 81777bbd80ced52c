//! The rows of many customers, table by table, so that each table gets one statement.

use sea_orm::{ConnectionTrait, DbErr, Set};
use std::collections::BTreeSet;

use super::history::{self, Written};
use super::{Names, NewCustomer};
use crate::ids::{BrandId, CustomerId, LinkId, ProfileId};
use crate::keyring::DataKey;
use crate::kinds::CustomerStatus;
use crate::protected::{cluster, credential, directory, link, profile, sealed};
use crate::vault::clusters::{self, Cluster};
use crate::vault::gather::cluster_place;
use crate::vault::link::new_link;
use crate::vault::transaction::Transaction;
use crate::vault::write::{credential_place, new_pairwise};
use crate::{consent_event, customer, grant, grant_version, rows};

#[derive(Default)]
pub(super) struct Batch {
    customers: Vec<customer::ActiveModel>,
    credentials: Vec<credential::ActiveModel>,
    directory: Vec<directory::ActiveModel>,
    links: Vec<link::ActiveModel>,
    clusters: Vec<cluster::ActiveModel>,
    profiles: Vec<profile::ActiveModel>,
    grants: Vec<grant::ActiveModel>,
    versions: Vec<grant_version::ActiveModel>,
    events: Vec<consent_event::ActiveModel>,
}

impl Batch {
    /// Adds a customer whose names are free.
    pub fn add(
        &mut self,
        transaction: &Transaction,
        (id, key): (CustomerId, &DataKey),
        new: &NewCustomer,
        names: &Names,
    ) -> Result<(), DbErr> {
        self.account(transaction, (id, key), new, names)?;
        let brands: BTreeSet<BrandId> = new.grants.iter().map(|grant| grant.brand).collect();
        for brand in brands {
            let pairwise = ProfileId(transaction.entropy().id());
            let (row, entry) = new_pairwise(transaction, id, brand, pairwise);
            self.profiles.push(row);
            self.directory.push(entry);
        }
        let Written { grants, versions, events, revision } = history::write(transaction, id, &new.grants);
        self.grants.extend(grants);
        self.versions.extend(versions);
        self.events.extend(events);
        self.customers.push(customer::ActiveModel {
            id: Set(id),
            consent_revision: Set(revision),
            marketing_blocked_at: Set(None),
            status: Set(match &new.password_hash {
                Some(_) => CustomerStatus::Active,
                None => CustomerStatus::Unclaimed,
            }),
            created_at: Set(transaction.now()),
        });
        self.data(transaction, (id, key), new)
    }

    fn account(
        &mut self,
        transaction: &Transaction,
        (id, key): (CustomerId, &DataKey),
        new: &NewCustomer,
        names: &Names,
    ) -> Result<(), DbErr> {
        let sealed = sealed::seal(credential_place(id), key, transaction.entropy(), &new.address)?;
        self.credentials.push(credential::ActiveModel {
            customer_id: Set(id),
            key_id: Set(sealed.key_id),
            payload: Set(sealed.payload),
            password_hash: Set(new.password_hash.clone()),
            changed_at: Set(transaction.now()),
        });
        let entry = |lookup: &Vec<u8>, kind| directory::ActiveModel {
            lookup: Set(lookup.clone()),
            lookup_next: Set(None),
            kind: Set(kind),
            customer_id: Set(id),
            link_id: Set(None),
            proven_at: Set(None),
        };
        self.directory.push(entry(&names.login, directory::Kind::Login));
        self.directory.push(entry(&names.key, directory::Kind::Import));
        Ok(())
    }

    fn data(
        &mut self,
        transaction: &Transaction,
        (id, key): (CustomerId, &DataKey),
        new: &NewCustomer,
    ) -> Result<(), DbErr> {
        let mut shown = Vec::with_capacity(new.links.len());
        for proven in &new.links {
            let link = LinkId(transaction.entropy().id());
            let (row, entries) = new_link(transaction, (id, key), link, proven)?;
            self.links.push(row);
            self.directory.extend(entries);
            shown.push(clusters::Handle {
                channel: proven.handle.channel(),
                handle: proven.handle.as_written().to_owned(),
                verified_at: proven.verified_at,
            });
        }
        shown.sort_by_key(|handle| std::cmp::Reverse(handle.verified_at));
        self.cluster(transaction, (id, key), new.name.as_ref())?;
        self.cluster(transaction, (id, key), new.contact.as_ref())?;
        self.cluster(transaction, (id, key), new.area.as_ref())?;
        self.cluster(transaction, (id, key), new.language.as_ref())?;
        self.cluster(transaction, (id, key), Some(&shown))?;
        self.cluster(transaction, (id, key), Some(&new.preferences))?;
        self.cluster(transaction, (id, key), Some(&new.contexts))
    }

    fn cluster<T: Cluster>(
        &mut self,
        transaction: &Transaction,
        (id, key): (CustomerId, &DataKey),
        value: Option<&T>,
    ) -> Result<(), DbErr> {
        let Some(value) = value else { return Ok(()) };
        let sealed = sealed::seal(cluster_place(id, T::SCOPE), key, transaction.entropy(), value)?;
        self.clusters.push(cluster::ActiveModel {
            customer_id: Set(id),
            scope: Set(T::SCOPE),
            key_id: Set(sealed.key_id),
            payload: Set(sealed.payload),
            changed_at: Set(transaction.now()),
        });
        Ok(())
    }

    /// Writes everything.
    pub async fn insert(self, connection: &impl ConnectionTrait) -> Result<(), DbErr> {
        rows::insert(connection, &self.customers).await?;
        rows::insert(connection, &self.credentials).await?;
        rows::insert(connection, &self.directory).await?;
        rows::insert(connection, &self.links).await?;
        rows::insert(connection, &self.clusters).await?;
        rows::insert(connection, &self.profiles).await?;
        rows::insert(connection, &self.grants).await?;
        rows::insert(connection, &self.versions).await?;
        rows::insert(connection, &self.events).await
    }
}
