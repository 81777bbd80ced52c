//! Where a trial takes place: a database, the files of a deployment, one brand with two apps, and people who share.

use std::path::PathBuf;

use entity::store::Store;
use serde_json::{Value, json};
use tests::cluster::Cluster;
use tests::process::{House, Server};
use tests::world::ALL_SCOPES;
use tests::{Backend, database};
use tokio::sync::RwLock;

use crate::clock::{Moment, wall};
use crate::people::Person;

/// The purposes that a trial uses. People who let themselves be helped need not like to be advertised to.
pub const PURPOSES: [&str; 2] = ["CUSTOMER_CARE", "DIRECT_MARKETING"];
/// The client ids of the brand's two apps.
pub const APPS: [&str; 2] = ["trial-desk", "trial-shop"];
/// The brand.
pub const BRAND: &str = "trial-brand";
const SECRET: &str = "0123456789abcdef-trial";

/// What every trial is told.
#[derive(Debug, Clone, clap::Args)]
pub struct Setting {
    /// The executable under trial; the one that was built beside this one if left out.
    #[arg(long, global = true, value_name = "PATH")]
    pub rapport: Option<PathBuf>,
    /// Another seed makes other choices, delays and instants.
    #[arg(long, global = true, default_value_t = 2026)]
    pub seed: u64,
    /// On which database; on both if left out.
    #[arg(long, global = true)]
    pub database: Option<Database>,
}

/// The databases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Database {
    /// A file.
    Sqlite,
    /// RAPPORT_TEST_POSTGRES_URL, or a throw-away cluster.
    Postgres,
}

impl Database {
    /// Its name in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        }
    }
}

impl Setting {
    /// The databases that are asked for.
    pub fn databases(&self) -> Vec<Database> {
        self.database.map_or_else(|| vec![Database::Sqlite, Database::Postgres], |one| vec![one])
    }

    /// The house with this executable.
    pub fn house(&self, database_url: &str) -> House {
        let house = House::with_database(database_url);
        match &self.rapport {
            Some(path) => house.running(&path.canonicalize().expect("--rapport names an executable")),
            None => house,
        }
    }
}

/// A deployment with an empty database, and the PostgreSQL that belongs to it alone, if there is one.
pub struct Site {
    /// Executable, keys, mail, settings.
    pub house: House,
    cluster: Option<Cluster>,
}

impl Site {
    /// On the suite's PostgreSQL, or on one of its own.
    pub async fn on(database: Database, setting: &Setting) -> Self {
        match database {
            Database::Sqlite => {
                let url = database::create_empty(Backend::Sqlite, &database::fresh_folder("trial")).await;
                Self { house: setting.house(&url), cluster: None }
            }
            Database::Postgres if database::find_postgres().is_some() => {
                let url = database::create_empty(Backend::Postgres, &database::fresh_folder("trial")).await;
                Self { house: setting.house(&url), cluster: None }
            }
            Database::Postgres => Self::on_its_own_postgres(setting),
        }
    }

    /// With a house that is there already.
    pub const fn with(house: House) -> Self {
        Self { house, cluster: None }
    }

    /// On a PostgreSQL that may be harmed.
    pub fn on_its_own_postgres(setting: &Setting) -> Self {
        let cluster = Cluster::start();
        Self { house: setting.house(&cluster.url), cluster: Some(cluster) }
    }

    /// Imports the brand and so many people, each of whom shares everything with it for care if `shares` says so.
    pub async fn settle(&self, people: usize, shares: bool) {
        self.settle_with((0..people).map(|number| Person::line(number, shares)).collect()).await;
    }

    /// Imports the brand and these lines.
    pub async fn settle_with(&self, people: Vec<Value>) {
        let brand = json!({ "brand": { "slug": BRAND, "name": "The Brand" }, "apps": APPS.map(|id| json!({
            "clientId": id, "clientSecret": SECRET, "scopes": ALL_SCOPES, "purposes": PURPOSES })) });
        let lines: Vec<Value> = std::iter::once(brand).chain(people).collect();
        self.house.import(&lines).await;
    }

    /// The database, to be looked at.
    pub async fn store(&self) -> Store {
        Store::open(&self.house.database_url, 1).await.expect("the database opens")
    }

    /// The PostgreSQL of its own.
    pub const fn find_cluster(&self) -> Option<&Cluster> {
        self.cluster.as_ref()
    }
}

/// A grant of everything, for care, as an import writes it.
pub fn imported_grant(from_days: i64, until_days: i64) -> Value {
    let day = 86_400_000;
    json!({ "brand": BRAND, "purpose": PURPOSES[0], "scopes": ALL_SCOPES,
        "from": wall(from_days * day).to_string(), "until": wall(until_days * day).to_string() })
}

/// A fresh token of an app; none while it is suspended or the server cannot answer.
pub async fn find_token(server: &Server, app: &str) -> Option<String> {
    let reply = server.app_token(app, SECRET).await;
    reply.body["access_token"].as_str().map(str::to_owned)
}

/// A fresh token of an app that is well.
pub async fn token(server: &Server, app: &str) -> String {
    find_token(server, app).await.expect("a token")
}

/// Tokens of several ages of each app, replaced before they run out.
pub struct Tokens(RwLock<[Vec<String>; 2]>);

/// Tokens in use at once, of each app.
const AGES: usize = 3;
/// Seconds until the oldest is replaced; a token holds for 300.
pub const RENEWAL_SECONDS: u64 = 60;

impl Tokens {
    /// One of each app.
    pub async fn of(server: &Server) -> Self {
        Self(RwLock::new([vec![token(server, APPS[0]).await], vec![token(server, APPS[1]).await]]))
    }

    /// Adds a fresh one of each app and lets the oldest go. An app that is suspended gets none: try again.
    pub async fn renew(&self, server: &Server) -> bool {
        let mut renewed = true;
        for (place, app) in APPS.iter().enumerate() {
            let Some(token) = find_token(server, app).await else {
                renewed = false;
                continue;
            };
            let mut tokens = self.0.write().await;
            tokens[place].push(token);
            if tokens[place].len() > AGES {
                tokens[place].remove(0);
            }
        }
        renewed
    }

    /// One of an app's.
    pub async fn pick(&self, app: usize, number: usize) -> String {
        let tokens = self.0.read().await;
        tokens[app][number % tokens[app].len()].clone()
    }
}

/// Keeps tokens fresh until it is dropped.
pub async fn keep_fresh(tokens: &Tokens, server: &Server) {
    let mut renewed_at = Moment::now();
    loop {
        crate::clock::rest(std::time::Duration::from_millis(500)).await;
        if Moment::now().since(renewed_at).as_secs() >= RENEWAL_SECONDS && tokens.renew(server).await {
            renewed_at = Moment::now();
        }
    }
}
