//! `rapport app`: looking after brands' apps.

use clap::Subcommand;
use entity::kinds::{AppStatus, Purpose};
use entity::scope::{Scope, ScopeSet};

use super::{Failure, print};
use crate::bootstrap;
use crate::config::Config;
use crate::deps::Deps;
use crate::domain::apps::{self, Registration};

/// What to do with an app.
#[derive(Subcommand)]
pub enum AppCommand {
    /// Register an app of a brand (and the brand, if it is new), and print its secret.
    Register {
        /// The brand's slug: lower case letters, digits and hyphens.
        #[arg(long)]
        brand: String,
        /// The brand's name; needed for a new brand.
        #[arg(long)]
        brand_name: Option<String>,
        /// The app's public identifier.
        #[arg(long)]
        client_id: String,
        /// A scope that it may ask for, such as NAME; may stand several times.
        #[arg(long = "scope", required = true)]
        scopes: Vec<String>,
        /// A purpose that it may declare, such as CUSTOMER_CARE; may stand several times.
        #[arg(long = "purpose", required = true)]
        purposes: Vec<String>,
    },
    /// Refuse an app from its next request on; its grants stay.
    Suspend {
        /// The app's public identifier.
        client_id: String,
    },
    /// Let a suspended app call again.
    Activate {
        /// The app's public identifier.
        client_id: String,
    },
    /// Give an app a new secret and print it; tokens of the old one are refused from the next request on.
    RotateSecret {
        /// The app's public identifier.
        client_id: String,
    },
}

/// Runs one of them.
pub async fn run(config: Config, command: AppCommand) -> Result<(), Failure> {
    let deps = bootstrap::deps(config).await?;
    bootstrap::migrate(&deps.vault).await?;
    match command {
        AppCommand::Register { brand, brand_name, client_id, scopes, purposes } => {
            let scopes = scopes.iter().map(|text| scope(text)).collect::<Result<ScopeSet, _>>()?;
            let purposes = purposes.iter().map(|text| purpose(text)).collect::<Result<Vec<_>, _>>()?;
            register(&deps, &brand, brand_name, client_id, (scopes, purposes)).await
        }
        AppCommand::Suspend { client_id } => set_status(&deps, &client_id, AppStatus::Suspended).await,
        AppCommand::Activate { client_id } => set_status(&deps, &client_id, AppStatus::Active).await,
        AppCommand::RotateSecret { client_id } => rotate(&deps, &client_id).await,
    }
}

async fn register(
    deps: &Deps,
    brand: &str,
    brand_name: Option<String>,
    client_id: String,
    (scopes, purposes): (ScopeSet, Vec<Purpose>),
) -> Result<(), Failure> {
    let transaction = deps.vault.begin().await.map_err(Failure::of)?;
    let name = brand_name.unwrap_or_else(|| brand.to_owned());
    let brand = apps::register_brand(&transaction, brand, &name).await.map_err(Failure::of)?;
    let client_secret = new_secret(deps);
    let registration = Registration { brand, client_id, client_secret: client_secret.clone(), scopes, purposes };
    if !apps::register(&transaction, &registration).await.map_err(Failure::of)? {
        return Err(Failure("another brand has an app with this client id".into()));
    }
    transaction.commit().await.map_err(Failure::of)?;
    print(&format!("client id:     {}\nclient secret: {client_secret}\n", registration.client_id));
    Ok(())
}

async fn set_status(deps: &Deps, client_id: &str, status: AppStatus) -> Result<(), Failure> {
    let transaction = deps.vault.begin().await.map_err(Failure::of)?;
    if !apps::set_status(&transaction, client_id, status).await.map_err(Failure::of)? {
        return Err(unknown(client_id));
    }
    transaction.commit().await.map_err(Failure::of)?;
    print(&format!("{client_id} is {}.\n", status.as_str()));
    Ok(())
}

async fn rotate(deps: &Deps, client_id: &str) -> Result<(), Failure> {
    let transaction = deps.vault.begin().await.map_err(Failure::of)?;
    let secret = new_secret(deps);
    if !apps::rotate_secret(&transaction, client_id, &secret).await.map_err(Failure::of)? {
        return Err(unknown(client_id));
    }
    transaction.commit().await.map_err(Failure::of)?;
    print(&format!("client secret: {secret}\n"));
    Ok(())
}

fn new_secret(deps: &Deps) -> String {
    use base64::Engine;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(deps.vault.entropy.bytes::<32>())
}

fn unknown(client_id: &str) -> Failure {
    Failure(format!("no app has the client id {client_id}"))
}

fn scope(text: &str) -> Result<Scope, Failure> {
    let known: Vec<_> = Scope::ALL.iter().map(|scope| scope.as_str()).collect();
    Scope::find(text).ok_or_else(|| Failure(format!("{text} is no scope; the scopes are {}", known.join(", "))))
}

fn purpose(text: &str) -> Result<Purpose, Failure> {
    let known: Vec<_> = Purpose::ALL.iter().map(|purpose| purpose.as_str()).collect();
    Purpose::find(text).ok_or_else(|| Failure(format!("{text} is no purpose; the purposes are {}", known.join(", "))))
}
