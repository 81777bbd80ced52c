//! `rapport app`: looking after brands' apps.

use clap::Subcommand;
use entity::access::Operator;
use entity::kinds::AppStatus;

use super::{Failure, print};
use crate::bootstrap;
use crate::config::Config;
use crate::deps::Deps;
use crate::domain::{apps, brands, in_words};
use crate::import::Importer;
use crate::import::line::{App, Brand, BrandLine};

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
        /// Where customers may be sent back to after they were asked at /oauth/authorize, exactly as the app writes it:
        /// https, or http on 127.0.0.1 and the like; may stand several times. Left out, a known app keeps what it has.
        #[arg(long = "redirect-uri")]
        redirect_uris: Vec<String>,
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
    /// Give an app a new secret and print it. The one before it holds for a day more, so that the app can change over.
    RotateSecret {
        /// The app's public identifier.
        client_id: String,
        /// For how many hours the secret before it holds too, 168 at most; 0 refuses it from the next request on.
        #[arg(long, default_value_t = apps::OVERLAP_HOURS, value_parser = clap::value_parser!(i64).range(0..=apps::MOST_OVERLAP_HOURS))]
        overlap_hours: i64,
    },
    /// End the secret before the newest at once: it and its tokens are refused from the next request on.
    EndOldSecret {
        /// The app's public identifier.
        client_id: String,
    },
}

/// Runs one of them.
pub async fn run(config: Config, command: AppCommand) -> Result<(), Failure> {
    let deps = bootstrap::deps(config).await?;
    bootstrap::migrate(&deps.vault).await?;
    match command {
        AppCommand::Register { brand, brand_name, client_id, scopes, purposes, redirect_uris } => {
            let client_secret = new_secret(&deps);
            let redirect_uris = (!redirect_uris.is_empty()).then_some(redirect_uris);
            register(&deps, &brand, brand_name, App { client_id, client_secret, scopes, purposes, redirect_uris }).await
        }
        AppCommand::Suspend { client_id } => set_status(&deps, &client_id, AppStatus::Suspended).await,
        AppCommand::Activate { client_id } => set_status(&deps, &client_id, AppStatus::Active).await,
        AppCommand::RotateSecret { client_id, overlap_hours } => rotate(&deps, &client_id, overlap_hours).await,
        AppCommand::EndOldSecret { client_id } => end_old_secret(&deps, &client_id).await,
    }
}

/// By the same checks as an import. A known brand keeps its name unless a new one is given.
async fn register(deps: &Deps, slug: &str, name: Option<String>, app: App) -> Result<(), Failure> {
    let known = brands::find(deps.vault.store.reader(), slug).await;
    let known = known.map_err(Failure::of)?.map(|brand| brand.name);
    let name = name.or(known).ok_or_else(|| Failure("this brand is new: give its --brand-name too".into()))?;
    let printed = format!("client id:     {}\nclient secret: {}\n", app.client_id, app.client_secret);
    let line = BrandLine { brand: Brand { slug: slug.to_owned(), name }, apps: vec![app], accounts: Vec::new() };
    let mut importer = Importer::start(deps, Operator::at_the_command_line()).await?;
    importer.register(&line).await?.map_err(|mistakes| Failure(in_words(&mistakes)))?;
    print(&printed);
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

async fn rotate(deps: &Deps, client_id: &str, overlap_hours: i64) -> Result<(), Failure> {
    let transaction = deps.vault.begin().await.map_err(Failure::of)?;
    let secret = new_secret(deps);
    if !apps::rotate_secret(&transaction, client_id, &secret, overlap_hours).await.map_err(Failure::of)? {
        return Err(unknown(client_id));
    }
    transaction.commit().await.map_err(Failure::of)?;
    print(&format!("client secret: {secret}\n"));
    Ok(())
}

async fn end_old_secret(deps: &Deps, client_id: &str) -> Result<(), Failure> {
    let transaction = deps.vault.begin().await.map_err(Failure::of)?;
    if !apps::end_old_secret(&transaction, client_id).await.map_err(Failure::of)? {
        return Err(unknown(client_id));
    }
    transaction.commit().await.map_err(Failure::of)?;
    print(&format!("only the newest secret of {client_id} holds.\n"));
    Ok(())
}

fn new_secret(deps: &Deps) -> String {
    use base64::Engine;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(deps.vault.entropy.bytes::<32>())
}

fn unknown(client_id: &str) -> Failure {
    Failure(format!("no app has the client id {client_id}"))
}
