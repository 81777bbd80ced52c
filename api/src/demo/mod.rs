//! `rapport demo`: a fictional world on a database of its own, served with something to try.

mod asked;
mod courier;
mod said;
mod seed;
mod tour;
pub mod world;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, TcpListener};
use std::path::{Path, PathBuf};

use entity::clock::Clock;
use entity::entropy::Entropy;
use entity::setting;
use migration::{Migrator, MigratorTrait};
use sea_orm::EntityTrait;
use serde_json::json;

use crate::app::Server;
use crate::bootstrap;
use crate::cli::{Failure, print};
use crate::config::{Config, Secret};
use crate::deps::Deps;
use courier::Courier;
use world::World;

/// The world is the same everywhere; only its dates follow the clock.
const SEED: u64 = 2026;
/// Where the demo lives on SQLite.
const FOLDER: &str = "rapport-demo";

/// Seeds the demo if it is not there yet, tells what to try, and serves it.
pub async fn run(config: Config, credentials: Option<PathBuf>, reset: bool) -> Result<(), Failure> {
    let listener = TcpListener::bind(config.http_bind)
        .map_err(|error| Failure(format!("RAPPORT_HTTP_BIND ({}): {error}", config.http_bind)))?;
    let url = format!("http://{}", listener.local_addr().map_err(Failure::of)?);
    let config = house(config, &url, reset)?;
    // Lost keys are no loss here: `--reset` makes everything anew.
    let deps = bootstrap::deps_with(config, Clock::System, Entropy::system()).await?;
    if reset {
        throw_away(&deps).await?;
    }
    bootstrap::migrate(&deps.vault).await?;
    bootstrap::replay(&deps.vault).await?;
    let now = deps.vault.now().await.map_err(Failure::of)?;
    let world = world::build(now.as_millis(), SEED);
    let (fresh, world) = settle(&deps, world).await?;
    if fresh {
        asked::ask(&deps, &world).await?;
        said::say(&deps, &world).await?;
    }
    let people = tour::people(&deps, &world).await?;
    if let Some(file) = credentials {
        write_credentials(&file, &url, &world)?;
    }
    let vault = deps.vault.clone();
    let tour = tour::text(&deps, &url, &world, fresh);
    // Where no authorities are known nobody calls out: then replies stay where they are.
    let courier = Courier::of(&url, &world, &vault.entropy).ok().filter(|_| deps.config.workers);
    let server = Server::start(deps, listener, people, true).map_err(Failure::of)?;
    let sending = courier.map(|courier| tokio::spawn(courier.run(vault.clock.clone())));
    print(&tour);
    server.wait().await.map_err(Failure::of)?;
    if let Some(sending) = sending {
        sending.abort();
    }
    vault.close().await.map_err(Failure::of)
}

/// The demo never touches what is not its own: on SQLite it has a folder; another database must be named.
fn house(config: Config, url: &str, reset: bool) -> Result<Config, Failure> {
    let folder = Path::new(FOLDER);
    let channels = config.channels.or_for_development();
    let mut config = Config { public_url: url.to_owned(), channels, ..config };
    if config.webhook_networks.is_empty() {
        config.webhook_networks = [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()].map(IpAddr::into).to_vec();
    }
    if config.database_url.0 != "sqlite://rapport.sqlite" {
        return Ok(config);
    }
    if reset && folder.exists() {
        std::fs::remove_dir_all(folder).map_err(|error| Failure(format!("{FOLDER}: {error}")))?;
    }
    std::fs::create_dir_all(folder).map_err(|error| Failure(format!("{FOLDER}: {error}")))?;
    config.database_url = Secret(format!("sqlite://{FOLDER}/demo.sqlite"));
    config.keyring_url = Secret(format!("sqlite://{FOLDER}/keyring.sqlite"));
    config.journal_url = Secret(format!("file://{FOLDER}/journal.ndjson"));
    config.key_file = folder.join("keys.json");
    config.mail = Secret(format!("file://{FOLDER}/mail"));
    Ok(config)
}

/// Empties a database that bears the demo's mark; refuses any other that is not empty.
async fn throw_away(deps: &Deps) -> Result<(), Failure> {
    let store = &deps.vault.store;
    let pending = Migrator::get_pending_migrations(store.writer()).await.map_err(Failure::of)?;
    if pending.len() == Migrator::migrations().len() {
        return Ok(());
    }
    if !is_marked(deps).await? {
        return Err(Failure("this database was not made by `rapport demo`; it is left as it is".into()));
    }
    Migrator::fresh(store.writer()).await.map_err(Failure::of)
}

async fn is_marked(deps: &Deps) -> Result<bool, Failure> {
    let row = setting::Entity::find_by_id(setting::DEMO).one(deps.vault.store.reader()).await;
    Ok(row.map_err(Failure::of)?.is_some())
}

/// Seeds the world into an empty database.
async fn settle(deps: &Deps, world: World) -> Result<(bool, World), Failure> {
    if is_marked(deps).await? {
        return Ok((false, world));
    }
    let somebody = entity::customer::Entity::find().one(deps.vault.store.reader()).await.map_err(Failure::of)?;
    if somebody.is_some() {
        return Err(Failure(
            "this database has customers that are not the demo's; give the demo one of its own".into(),
        ));
    }
    seed::seed(deps, world).await.map(|world| (true, world))
}

/// The file that scripts read.
fn write_credentials(file: &Path, url: &str, world: &World) -> Result<(), Failure> {
    let customers: Vec<_> = world
        .personas
        .iter()
        .map(|persona| {
            let person = world.people.iter().find(|person| person.line.customer.key == persona.customer_key);
            let links = person.map(|person| person.line.links.as_slice()).unwrap_or_default();
            let handles: Vec<_> =
                links.iter().map(|link| json!({ "channel": link.channel, "handle": link.handle })).collect();
            json!({ "email": persona.email, "password": persona.password, "handles": handles })
        })
        .collect();
    let apps: Vec<_> = world
        .brands
        .iter()
        .flat_map(|line| line.apps.iter().map(move |app| (line, app)))
        .map(|(line, app)| {
            json!({ "brand": line.brand.slug, "clientId": app.client_id, "clientSecret": app.client_secret })
        })
        .collect();
    let staff: Vec<_> = world
        .staff
        .iter()
        .map(|who| json!({ "brand": who.brand, "email": who.email, "password": who.password, "role": who.role }))
        .collect();
    let text = json!({ "url": url, "customers": customers, "apps": apps, "staff": staff });
    let text = serde_json::to_string_pretty(&text).map_err(Failure::of)?;
    std::fs::write(file, text + "\n").map_err(|error| Failure(format!("{}: {error}", file.display())))
}
