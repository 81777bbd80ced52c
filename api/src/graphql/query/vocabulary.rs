//! `scopes` and `purposes`: what the words mean, for anyone.

use async_graphql::{Context, Object, Result, SimpleObject};
use entity::kinds::Purpose;
use entity::scope::Scope;
use entity::values::Channel;
use entity::vault::{DEFINITIONS, Definition};

use crate::graphql::context::ContextExt;

/// What a scope opens, in plain words. For anyone.
#[derive(SimpleObject)]
pub struct ScopeDefinition {
    /// The scope as GraphQL and imports write it.
    scope: Scope,
    /// The scope as OAuth and receipts write it, such as `name:read`.
    token: &'static str,
    /// Its current version: rises when a field joins, which never extends an older grant.
    version: u16,
    /// Its label.
    label: &'static str,
    /// Every permission in it.
    permissions: Vec<&'static str>,
    /// The schema fields that it opens, as paths below `Profile`.
    fields: Vec<String>,
    /// Whether widening a grant by it deserves particular care.
    sensitive: bool,
}

impl From<&Definition> for ScopeDefinition {
    fn from(definition: &Definition) -> Self {
        let field = definition.scope.field();
        Self {
            scope: definition.scope,
            token: definition.scope.token(),
            version: definition.version,
            label: definition.label,
            permissions: definition.permissions.iter().map(|permission| permission.text).collect(),
            fields: definition.fields().map(|path| format!("{field}.{path}")).collect(),
            sensitive: definition.scope.is_sensitive(),
        }
    }
}

/// Why data may be read. For anyone.
#[derive(SimpleObject)]
pub struct PurposeDefinition {
    /// The purpose.
    purpose: Purpose,
    /// In plain words.
    label: &'static str,
    /// Its term in the W3C Data Privacy Vocabulary.
    dpv_term: &'static str,
}

/// A provider by whose sign-in a handle can be proven. For anyone.
#[derive(SimpleObject)]
pub struct LinkProvider {
    /// Its name in `startLink`.
    name: String,
    /// Where its handles are.
    channel: Channel,
}

#[derive(Default)]
pub struct VocabularyQuery;

#[Object]
impl VocabularyQuery {
    /// What each scope opens, in plain words. For anyone.
    async fn scopes(&self) -> Vec<ScopeDefinition> {
        DEFINITIONS.iter().map(ScopeDefinition::from).collect()
    }

    /// Why data may be read. For anyone.
    async fn purposes(&self) -> Vec<PurposeDefinition> {
        Purpose::ALL
            .iter()
            .map(|purpose| PurposeDefinition {
                purpose: *purpose,
                label: purpose.label(),
                dpv_term: purpose.dpv_term(),
            })
            .collect()
    }

    /// By whose sign-in customers can prove a handle here. For anyone.
    async fn link_providers(&self, context: &Context<'_>) -> Result<Vec<LinkProvider>> {
        let all = context.deps()?.providers.all();
        Ok(all.iter().map(|one| LinkProvider { name: one.name.clone(), channel: one.channel }).collect())
    }
}
