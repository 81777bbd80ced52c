//! `rapport`: one executable with roles. See `rapport --help`.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    api::cli::run().await
}
