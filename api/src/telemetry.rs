//! Structured logs. What may be in them: ids of requests, operations' names, durations, states. Never a value.

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt;

use crate::config::Config;

/// Starts logging to standard error. Later calls change nothing.
pub fn start(config: &Config) {
    // Statements are not logged: sqlx would show them with every error level that is asked for.
    let filter = EnvFilter::try_new(&config.log).unwrap_or_else(|_| EnvFilter::new("info"));
    let lines = fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(true);
    // Somebody else may have started it, such as a test; then theirs stands.
    let _ = if config.log_json { lines.json().try_init() } else { lines.try_init() };
}
