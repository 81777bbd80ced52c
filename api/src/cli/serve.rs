//! `rapport serve` and `rapport migrate`.

use std::net::TcpListener;

use super::{Failure, print};
use crate::app::Server;
use crate::bootstrap;
use crate::config::Config;
use crate::http::graphiql::People;

/// Serves until the process is told to stop, then drains.
pub async fn run(config: Config) -> Result<(), Failure> {
    let bind = config.http_bind;
    let deps = bootstrap::deps(config).await?;
    bootstrap::migrate(&deps.vault).await?;
    bootstrap::replay(&deps.vault).await?;
    let listener = TcpListener::bind(bind).map_err(|error| Failure(format!("RAPPORT_HTTP_BIND ({bind}): {error}")))?;
    let vault = deps.vault.clone();
    let server = Server::start(deps, listener, People::default(), true).map_err(Failure::of)?;
    tracing::info!(address = %server.address, "serving");
    server.wait().await.map_err(Failure::of)?;
    tracing::info!("stopped");
    vault.close().await.map_err(Failure::of)
}

/// Brings the database up to date.
pub async fn migrate(config: Config) -> Result<(), Failure> {
    let deps = bootstrap::deps(config).await?;
    bootstrap::migrate(&deps.vault).await?;
    print("The database is up to date.\n");
    Ok(())
}
