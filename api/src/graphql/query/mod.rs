//! The root of reads, merged from one file per audience.

mod authorization;
mod brand;
mod customer;
mod log;
mod profile;
mod vocabulary;

use async_graphql::MergedObject;

pub(super) use profile::{HandleInput, look_up, refused};

/// Reads. A brand's app asks `profile`; a customer asks `me`; the vocabulary is for anyone.
#[derive(MergedObject, Default)]
pub struct Query(
    customer::CustomerQuery,
    brand::BrandQuery,
    profile::ProfileQuery,
    vocabulary::VocabularyQuery,
    log::LogQuery,
    authorization::AuthorizationQuery,
);
