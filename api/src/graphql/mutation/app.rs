//! Apps, looked after by their brand's administrators.

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, Result};
use entity::app;
use entity::kinds::{AppStatus, Purpose};
use entity::scope::Scope;

use super::change;
use crate::deps::Deps;
use crate::domain::apps::{self, NewApp, OVERLAP_HOURS, UpdateApp};
use crate::domain::webhooks;
use crate::graphql::context::{ContextExt, admin, fault};
use crate::graphql::types::app::App;
use crate::graphql::types::user_error::payload;

/// What a new app needs.
#[derive(InputObject)]
pub struct RegisterAppInput {
    /// Its public identifier, 80 characters at most.
    client_id: String,
    /// The scopes it may ever ask for.
    scopes: Vec<Scope>,
    /// The purposes it may ever declare.
    purposes: Vec<Purpose>,
    /// Where it may have customers sent back to, 20 at most.
    #[graphql(default)]
    redirect_uris: Vec<String>,
    /// Where it wants to be told of changes: an https address. Its deliveries are described at `Webhook`.
    webhook_url: Option<String>,
    /// The public keys that it signs in by instead of a secret: a JWK set (RFC 7517) as JSON text, 1 to 8 keys in 8 kB, each
    /// Ed25519 or P-256 and without its private half.
    jwks: Option<String>,
    /// Whether it gets no access token but one that is bound to a key (RFC 9449).
    #[graphql(default)]
    dpop_bound_access_tokens: bool,
}

/// What is to be changed; what is left out stays.
#[derive(InputObject)]
pub struct UpdateAppInput {
    /// Which app.
    app_id: ID,
    /// The scopes it may ever ask for.
    scopes: Option<Vec<Scope>>,
    /// The purposes it may ever declare.
    purposes: Option<Vec<Purpose>>,
    /// Where it may have customers sent back to, 20 at most.
    redirect_uris: Option<Vec<String>>,
    /// Where it wants to be told of changes; null takes it out.
    webhook_url: MaybeUndefined<String>,
    /// Whether it gets no access token but one that is bound to a key (RFC 9449). Tokens that it has already hold until they run
    /// out, five minutes at most.
    dpop_bound_access_tokens: Option<bool>,
}

/// Which app gets a new secret.
#[derive(InputObject)]
pub struct RotateAppSecretInput {
    /// Which app.
    app_id: ID,
    /// For how many hours the secret before it holds too, 168 at most; 24 if left out, 0 refuses it from the next request on.
    overlap_hours: Option<i64>,
}

/// Which app gets which keys.
#[derive(InputObject)]
pub struct SetAppKeysInput {
    /// Which app.
    app_id: ID,
    /// All of its public keys: a JWK set (RFC 7517) as JSON text, 1 to 8 keys in 8 kB, each Ed25519 or P-256 and without its
    /// private half. A key without a `kid` is named by its thumbprint.
    jwks: String,
}

/// Which app.
#[derive(InputObject)]
pub struct EndOldAppSecretInput {
    /// Which app.
    app_id: ID,
}

/// Which app.
#[derive(InputObject)]
pub struct SuspendAppInput {
    /// Which app.
    app_id: ID,
}

/// Which app.
#[derive(InputObject)]
pub struct ResumeAppInput {
    /// Which app.
    app_id: ID,
}

payload! {
    /// What registering gives.
    RegisterAppPayload {
        /// The app.
        app: App,
        /// Its secret: told once, and kept nowhere. Null for an app with keys.
        client_secret: String,
        /// What deliveries of its webhook are signed with (`whsec_..`, Standard Webhooks): told when it gets an address, and by
        /// `rotateWebhookSecret`.
        webhook_secret: String,
    }
}

payload! {
    /// What changing gives.
    UpdateAppPayload {
        /// The app as it is now.
        app: App,
        /// What deliveries of its webhook are signed with (`whsec_..`, Standard Webhooks): told when it gets an address, and by
        /// `rotateWebhookSecret`.
        webhook_secret: String,
    }
}

payload! {
    /// What a new secret gives.
    RotateAppSecretPayload {
        /// The app as it is now.
        app: App,
        /// Its new secret: told once, and kept nowhere.
        client_secret: String,
    }
}

payload! {
    /// What other keys give.
    SetAppKeysPayload {
        /// The app as it is now: only these keys hold.
        app: App,
    }
}

payload! {
    /// What ending the old secret gives.
    EndOldAppSecretPayload {
        /// The app as it is now: only its newest secret holds.
        app: App,
    }
}

payload! {
    /// What suspending gives.
    SuspendAppPayload {
        /// The app: refused from its next request on, by every node.
        app: App,
    }
}

payload! {
    /// What resuming gives.
    ResumeAppPayload {
        /// The app: it may call again.
        app: App,
    }
}

/// What the deliveries to a new address are signed with.
async fn told(deps: &Deps, row: &app::Model, is_new: bool) -> Result<Option<String>> {
    if is_new { webhooks::secret(deps, row).await.map(Some).map_err(fault) } else { Ok(None) }
}

/// Brands' apps.
#[derive(Default)]
pub struct AppMutation;

#[Object]
impl AppMutation {
    /// Registers an app of the brand. For administrators.
    async fn register_app(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The app.")] input: RegisterAppInput,
    ) -> Result<RegisterAppPayload> {
        let (deps, admin) = (context.deps()?, admin(context).await?);
        let RegisterAppInput { client_id, scopes, purposes, redirect_uris, webhook_url, jwks, .. } = input;
        let dpop_bound = input.dpop_bound_access_tokens;
        let new = NewApp { client_id, scopes, purposes, redirect_uris, webhook_url, jwks, dpop_bound };
        match apps::register_as(deps, &admin, new).await {
            Ok((row, client_secret)) => {
                let webhook_secret = told(deps, &row, row.webhook_url.is_some()).await?;
                let (app, user_errors) = (Some(row.into()), Vec::new());
                Ok(RegisterAppPayload { app, client_secret, webhook_secret, user_errors })
            }
            Err(refusal) => RegisterAppPayload::refused(refusal),
        }
    }

    /// Changes what an app may ever ask for and declare, and its addresses; what is taken from it is refused from its next request
    /// on, by every node. For administrators.
    async fn update_app(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which app, and what.")] input: UpdateAppInput,
    ) -> Result<UpdateAppPayload> {
        let (deps, admin) = (context.deps()?, admin(context).await?);
        let UpdateAppInput { app_id, scopes, purposes, redirect_uris, webhook_url, .. } = input;
        let (webhook_url, dpop_bound) = (change(webhook_url), input.dpop_bound_access_tokens);
        let changes = UpdateApp { scopes, purposes, redirect_uris, webhook_url, dpop_bound };
        match apps::update_as(deps, &admin, &app_id, changes).await {
            Ok((row, is_first)) => {
                let webhook_secret = told(deps, &row, is_first).await?;
                Ok(UpdateAppPayload { app: Some(row.into()), webhook_secret, user_errors: Vec::new() })
            }
            Err(refusal) => UpdateAppPayload::refused(refusal),
        }
    }

    /// Gives an app a new secret; the one before it holds for a while, so that the app can change over. Two hold at most: one from
    /// before both is refused from the next request on. Keys of an app that had some hold no more: it signs in by the secret
    /// again. For administrators.
    async fn rotate_app_secret(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which app.")] input: RotateAppSecretInput,
    ) -> Result<RotateAppSecretPayload> {
        let (deps, admin) = (context.deps()?, admin(context).await?);
        let hours = input.overlap_hours.unwrap_or(OVERLAP_HOURS);
        match apps::rotate_as(deps, &admin, &input.app_id, hours).await {
            Ok((row, secret)) => Ok(RotateAppSecretPayload {
                app: Some(row.into()),
                client_secret: Some(secret),
                user_errors: Vec::new(),
            }),
            Err(refusal) => RotateAppSecretPayload::refused(refusal),
        }
    }

    /// Gives an app the public keys that it signs in by from now on (RFC 7523, `private_key_jwt`), in place of its secret or of
    /// the keys before. A secret, and a key that is not among them, is refused from the next request on, and so are the tokens
    /// that were issued until then. To change keys over, give the old and the new one first. For administrators.
    async fn set_app_keys(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which app, and its keys.")] input: SetAppKeysInput,
    ) -> Result<SetAppKeysPayload> {
        let (deps, admin) = (context.deps()?, admin(context).await?);
        match apps::set_keys_as(deps, &admin, &input.app_id, &input.jwks).await {
            Ok(row) => Ok(SetAppKeysPayload { app: Some(row.into()), user_errors: Vec::new() }),
            Err(refusal) => SetAppKeysPayload::refused(refusal),
        }
    }

    /// Ends the secret before an app's newest at once: it and its tokens are refused from the next request on, by every node.
    /// For administrators.
    async fn end_old_app_secret(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which app.")] input: EndOldAppSecretInput,
    ) -> Result<EndOldAppSecretPayload> {
        let (deps, admin) = (context.deps()?, admin(context).await?);
        match apps::end_old(deps, &admin, &input.app_id).await {
            Ok(row) => Ok(EndOldAppSecretPayload { app: Some(row.into()), user_errors: Vec::new() }),
            Err(refusal) => EndOldAppSecretPayload::refused(refusal),
        }
    }

    /// Suspends an app: it is refused from its next request on, by every node, until it is resumed. For administrators.
    async fn suspend_app(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which app.")] input: SuspendAppInput,
    ) -> Result<SuspendAppPayload> {
        let (deps, admin) = (context.deps()?, admin(context).await?);
        match apps::set_status_as(deps, &admin, &input.app_id, AppStatus::Suspended).await {
            Ok(row) => Ok(SuspendAppPayload { app: Some(row.into()), user_errors: Vec::new() }),
            Err(refusal) => SuspendAppPayload::refused(refusal),
        }
    }

    /// Lets a suspended app call again. For administrators.
    async fn resume_app(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which app.")] input: ResumeAppInput,
    ) -> Result<ResumeAppPayload> {
        let (deps, admin) = (context.deps()?, admin(context).await?);
        match apps::set_status_as(deps, &admin, &input.app_id, AppStatus::Active).await {
            Ok(row) => Ok(ResumeAppPayload { app: Some(row.into()), user_errors: Vec::new() }),
            Err(refusal) => ResumeAppPayload::refused(refusal),
        }
    }
}
