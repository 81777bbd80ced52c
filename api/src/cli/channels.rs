//! `rapport channels`: plays a channel that delivers a message, for trying things out.

use std::io::Read;
use std::path::{Path, PathBuf};

use clap::Subcommand;
use entity::entropy::Entropy;
use entity::values::Channel;

use super::{Failure, print};
use crate::config::Config;
use crate::connectors;
use crate::outbound::Outbound;
use crate::standard_webhooks::sign;

/// The longest file: longer ones are refused by servers.
const MOST_BYTES: u64 = 64 * 1024;

/// What to do as a channel.
#[derive(Subcommand)]
pub enum ChannelsCommand {
    /// Sign a message as a channel does, and deliver it to a server.
    ///
    /// The file holds what /channels/CHANNEL/inbound takes, such as {"type": "message.created", "data": {"id": "1", "author":
    /// {"id": "4711", "handle": "@ada"}, "to": {"handle": "@LarkfieldBank"}, "text": "card declined again"}}. It is signed
    /// with the secret of RAPPORT_CHANNEL_SECRETS, or where none is set with the one that the demo takes.
    Simulate {
        /// X, EMAIL or PHONE; others where RAPPORT_CHANNEL_SECRETS has a secret for them.
        channel: String,
        /// The file, or `-` for standard input.
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// The file is in the channel's own format, which /channels/CHANNEL/webhook takes: sign it as the channel does, with the
        /// secret of RAPPORT_CONNECTOR_SECRETS.
        #[arg(long)]
        native: bool,
        /// Where the server is.
        #[arg(long, default_value = "http://127.0.0.1:8080")]
        url: String,
    },
}

/// Runs one of them.
pub async fn run(config: Config, command: ChannelsCommand) -> Result<(), Failure> {
    let ChannelsCommand::Simulate { channel, file, native, url } = command;
    let channel: Channel = channel.to_ascii_uppercase().parse().map_err(Failure::of)?;
    let channels = config.channels.or_for_development();
    let body = read(&file)?;
    let base = format!("{}/channels/{}", url.trim_end_matches('/'), channel.as_str().to_lowercase());
    let outbound = Outbound::new().map_err(Failure::of)?;
    if native {
        let unknown = || Failure(format!("RAPPORT_CONNECTOR_SECRETS has no secret for {}", channel.as_str()));
        let secret = channels.connector_secrets(channel).first().ok_or_else(unknown)?;
        let connector = connectors::find(channel).ok_or_else(|| Failure("there is no connector for it".into()))?;
        let (header, signature) = connector.sign(secret, &body);
        outbound.deliver(&format!("{base}/webhook"), &[(header, &signature)], body).await.map_err(Failure::of)?;
    } else {
        let unknown = || Failure(format!("RAPPORT_CHANNEL_SECRETS has no secret for {}", channel.as_str()));
        let secret = channels.secrets(channel).first().ok_or_else(unknown)?;
        let now = entity::clock::Clock::System.now().as_seconds().to_string();
        let id = format!("msg_{}", Entropy::system().id().simple());
        let signature = sign(secret, (&id, &now), &body);
        let headers = [("webhook-id", id.as_str()), ("webhook-timestamp", &now), ("webhook-signature", &signature)];
        outbound.deliver(&format!("{base}/inbound"), &headers, body).await.map_err(Failure::of)?;
    }
    print("delivered\n");
    Ok(())
}

fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    let failed = |error: std::io::Error| Failure(format!("{}: {error}", file.display()));
    let mut bytes = Vec::new();
    let source: Box<dyn Read> = if file == Path::new("-") {
        Box::new(std::io::stdin())
    } else {
        Box::new(std::fs::File::open(file).map_err(failed)?)
    };
    source.take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(Failure(format!("{}: a message has 64 kB at most", file.display())));
    }
    Ok(bytes)
}
