//! Settings: `RAPPORT_*` variables over the commented defaults in `defaults.env`. Read once, at the start.

pub mod channels;
pub mod keys;
pub mod providers;

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use channels::Channels;
use ipnet::IpNet;

/// The defaults, which are also their documentation.
pub const DEFAULTS: &str = include_str!("defaults.env");

/// What a server needs to know before it starts.
#[derive(Debug, Clone)]
pub struct Config {
    /// `sqlite://..` or `postgres://..`; may hold a password, so it is never logged.
    pub database_url: Secret,
    /// Where the customers' data keys are: `sqlite://..` or `postgres://..`, not the database.
    pub keyring_url: Secret,
    /// Where the endings journal is: `file://..`, `sqlite://..` or `postgres://..`, not the database.
    pub journal_url: Secret,
    /// Connections at most.
    pub database_connections: u32,
    /// Where to listen.
    pub http_bind: SocketAddr,
    /// Proxies whose word on where a request comes from is taken.
    pub trusted_proxies: Vec<IpNet>,
    /// Threads that serve; 0 means one per core.
    pub http_workers: usize,
    /// The issuer of tokens.
    pub public_url: String,
    /// Where the operator's keys are.
    pub key_file: PathBuf,
    /// `file://..` or `smtp://..`; may hold a password.
    pub mail: Secret,
    /// Who mails are from.
    pub mail_from: String,
    /// The channels whose messages prove handles.
    pub channels: Channels,
    /// Where the providers are described, if there are any.
    pub providers_file: Option<PathBuf>,
    /// Networks beside the public internet that webhooks may reach.
    pub webhook_networks: Vec<IpNet>,
    /// Where pages may stand that watch over WebSocket, beside this server's own.
    pub live_origins: Vec<String>,
    /// How many days a proof of a handle holds.
    pub reverify_days: u16,
    /// After how many days the next key for access tokens is made; 0 means never.
    pub token_key_days: u16,
    /// Whether this node does the work that nobody waits for.
    pub workers: bool,
    /// Whether the schema may be asked for.
    pub introspection: bool,
    /// Where pages are read from each time, if not from what was built in.
    pub pages_folder: Option<PathBuf>,
    /// Whether /graphiql is served.
    pub graphiql: bool,
    /// A filter of `tracing`.
    pub log: String,
    /// Whether log lines are JSON.
    pub log_json: bool,
}

/// A setting that may hold a password.
#[derive(Clone)]
pub struct Secret(pub String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// A setting that cannot be used; says which and how to mend it.
#[derive(Debug, thiserror::Error)]
pub enum ConfigFault {
    /// No such setting.
    #[error("{0} is not a setting; the settings are: {1}")]
    Unknown(String, String),
    /// A value that cannot be understood.
    #[error("{name} must be {expected}")]
    Malformed {
        /// The setting.
        name: &'static str,
        /// What it should be.
        expected: &'static str,
    },
}

impl Config {
    /// The settings of this process.
    ///
    /// # Errors
    /// When a `RAPPORT_*` variable is unknown or cannot be understood.
    #[expect(clippy::disallowed_methods, reason = "the one place where the environment is read")]
    pub fn from_environment() -> Result<Self, ConfigFault> {
        Self::from_variables(std::env::vars().filter(|(name, _)| name.starts_with("RAPPORT_")))
    }

    /// Settings from variables, over the defaults.
    ///
    /// # Errors
    /// When a variable is unknown or cannot be understood.
    pub fn from_variables(variables: impl IntoIterator<Item = (String, String)>) -> Result<Self, ConfigFault> {
        let mut settings: BTreeMap<String, String> = DEFAULTS
            .lines()
            .filter(|line| !line.starts_with('#'))
            .filter_map(|line| line.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        for (name, value) in variables {
            // The suite's own variables are not the server's.
            if name.starts_with("RAPPORT_TEST_") || name.starts_with("RAPPORT_CI_") {
                continue;
            }
            let Some(setting) = settings.get_mut(&name) else {
                let known: Vec<_> = settings.into_keys().collect();
                return Err(ConfigFault::Unknown(name, known.join(", ")));
            };
            *setting = value;
        }
        Self::from_settings(&settings)
    }

    fn from_settings(settings: &BTreeMap<String, String>) -> Result<Self, ConfigFault> {
        let text = |name: &str| settings.get(name).cloned().unwrap_or_default();
        let switch = |name: &'static str| match text(name).as_str() {
            "on" => Ok(true),
            "off" => Ok(false),
            _ => Err(ConfigFault::Malformed { name, expected: "on or off" }),
        };
        let malformed = |name, expected| move |_| ConfigFault::Malformed { name, expected };
        Ok(Self {
            database_url: Secret(text("RAPPORT_DATABASE_URL")),
            keyring_url: Secret(text("RAPPORT_KEYRING_URL")),
            journal_url: Secret(text("RAPPORT_JOURNAL_URL")),
            database_connections: text("RAPPORT_DATABASE_CONNECTIONS")
                .parse()
                .map_err(malformed("RAPPORT_DATABASE_CONNECTIONS", "a number from 1"))?,
            http_bind: text("RAPPORT_HTTP_BIND")
                .parse()
                .map_err(|_| ConfigFault::Malformed { name: "RAPPORT_HTTP_BIND", expected: "ADDRESS:PORT" })?,
            trusted_proxies: networks(&text("RAPPORT_TRUSTED_PROXIES"))
                .ok_or(ConfigFault::Malformed { name: "RAPPORT_TRUSTED_PROXIES", expected: NETWORKS })?,
            http_workers: text("RAPPORT_HTTP_WORKERS")
                .parse()
                .map_err(malformed("RAPPORT_HTTP_WORKERS", "a number, or 0 for one per core"))?,
            public_url: text("RAPPORT_PUBLIC_URL"),
            key_file: text("RAPPORT_KEY_FILE").into(),
            mail: Secret(text("RAPPORT_MAIL")),
            mail_from: text("RAPPORT_MAIL_FROM"),
            channels: Channels::read(
                &text("RAPPORT_CHANNEL_SECRETS"),
                &text("RAPPORT_CONNECTOR_SECRETS"),
                &text("RAPPORT_CHANNEL_ACCOUNTS"),
            )?,
            providers_file: Some(text("RAPPORT_PROVIDERS_FILE")).filter(|path| !path.is_empty()).map(PathBuf::from),
            webhook_networks: networks(&text("RAPPORT_WEBHOOK_NETWORKS"))
                .ok_or(ConfigFault::Malformed { name: "RAPPORT_WEBHOOK_NETWORKS", expected: NETWORKS })?,
            live_origins: origins(&text("RAPPORT_LIVE_ORIGINS")).ok_or(ConfigFault::Malformed {
                name: "RAPPORT_LIVE_ORIGINS",
                expected: "a list with commas between, such as https://care.example.org,https://crm.example.org:8443",
            })?,
            reverify_days: text("RAPPORT_REVERIFY_DAYS").parse().ok().filter(|days| (1..=3_650).contains(days)).ok_or(
                ConfigFault::Malformed { name: "RAPPORT_REVERIFY_DAYS", expected: "a number of days, 1 to 3650" },
            )?,
            token_key_days: text("RAPPORT_TOKEN_KEY_DAYS")
                .parse()
                .map_err(malformed("RAPPORT_TOKEN_KEY_DAYS", "a number of days, 0 for never"))?,
            workers: switch("RAPPORT_WORKERS")?,
            introspection: switch("RAPPORT_INTROSPECTION")?,
            pages_folder: Some(text("RAPPORT_PAGES_FOLDER")).filter(|path| !path.is_empty()).map(PathBuf::from),
            graphiql: switch("RAPPORT_GRAPHIQL")?,
            log: text("RAPPORT_LOG"),
            log_json: match text("RAPPORT_LOG_FORMAT").as_str() {
                "json" => true,
                "text" => false,
                _ => return Err(ConfigFault::Malformed { name: "RAPPORT_LOG_FORMAT", expected: "text or json" }),
            },
        })
    }
}

/// Origins as browsers write them (RFC 6454): scheme and host, perhaps a port, nothing after.
fn origins(text: &str) -> Option<Vec<String>> {
    let one = |part: &str| {
        let host = part.strip_prefix("https://").or_else(|| part.strip_prefix("http://"))?;
        (!host.is_empty() && !host.contains(['/', '?', '#', '@', '*'])).then(|| part.to_owned())
    };
    text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(one).collect()
}

/// What a list of networks looks like.
const NETWORKS: &str = "a list of addresses and networks with commas between, such as 10.0.0.7,2001:db8::/32";

fn networks(text: &str) -> Option<Vec<IpNet>> {
    let one = |part: &str| part.parse::<IpNet>().ok().or_else(|| part.parse::<IpAddr>().ok().map(IpNet::from));
    text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_settings_that_can_be_used() {
        let config = Config::from_variables([]).unwrap();
        assert_eq!(config.http_bind.port(), 8080);
        assert!(config.introspection && config.workers);
    }

    #[test]
    fn a_misspelt_setting_is_refused_by_name() {
        let fault = Config::from_variables([("RAPPORT_HTTP_BINT".into(), "x".into())]).unwrap_err();
        assert!(fault.to_string().starts_with("RAPPORT_HTTP_BINT is not a setting"));
    }

    #[test]
    fn a_bad_value_is_refused_with_its_mend() {
        let fault = Config::from_variables([("RAPPORT_GRAPHIQL".into(), "yes".into())]).unwrap_err();
        assert_eq!(fault.to_string(), "RAPPORT_GRAPHIQL must be on or off");
    }

    #[test]
    fn passwords_do_not_show_in_debug_output() {
        let url = ("RAPPORT_DATABASE_URL".into(), "postgres://rapport:hunter2@db/rapport".into());
        assert!(!format!("{:?}", Config::from_variables([url]).unwrap()).contains("hunter2"));
    }
}
