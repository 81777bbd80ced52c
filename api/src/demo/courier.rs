//! Plays the apps that send for the demo's brands on X and the like: over HTTP, as any brand's own app would. Nothing leaves this
//! machine; what would be posted is reported as sent, and a moment later as delivered.

use std::time::Duration;

use entity::clock::Clock;
use entity::entropy::Entropy;
use serde_json::{Value, json};

use super::world::World;
use crate::import::line::BrandLine;
use crate::outbound::{Outbound, OutboundFault};

/// How often it looks what waits.
const EVERY: Duration = Duration::from_secs(1);
/// Looks for which a token is good: it holds for five minutes.
const LOOKS: u32 = 240;

const CLAIM: &str =
    "mutation($input: ClaimRepliesInput!) { claimReplies(input: $input) { claims { messageId attempt } } }";
const READ: &str = "query($id: ID!) { brand { outgoingReply(id: $id, purpose: CUSTOMER_CARE) { text } } }";
const REPORT: &str = "mutation($input: ReportReplyInput!) { reportReply(input: $input) { userErrors { message } } }";

/// One of the apps, with its credentials.
struct App {
    client_id: String,
    client_secret: String,
    /// Where its brand has accounts, but for mail.
    channels: Vec<String>,
}

/// The apps of a world that may send for their brands.
pub struct Courier {
    url: String,
    outbound: Outbound,
    entropy: Entropy,
    apps: Vec<App>,
}

impl Courier {
    /// The first app of each brand that answers customers.
    pub fn of(url: &str, world: &World, entropy: &Entropy) -> Result<Self, OutboundFault> {
        let of_brand = |line: &BrandLine| {
            let app = line.apps.iter().find(|app| app.purposes.iter().any(|purpose| purpose == "CUSTOMER_CARE"))?;
            let channels = line.accounts.iter().map(|account| account.channel.clone());
            let channels = channels.filter(|channel| channel != "EMAIL").collect();
            let (client_id, client_secret) = (app.client_id.clone(), app.client_secret.clone());
            Some(App { client_id, client_secret, channels })
        };
        let apps = world.brands.iter().filter_map(of_brand).collect();
        Ok(Self { url: url.to_owned(), outbound: Outbound::new()?, entropy: entropy.clone(), apps })
    }

    /// Sends whatever waits, on and on.
    pub async fn run(self, clock: Clock) {
        let mut ticks = clock.ticks(EVERY);
        let (mut tokens, mut looks) = (Vec::new(), LOOKS);
        loop {
            ticks.next().await;
            if looks >= LOOKS {
                (tokens, looks) = (self.tokens().await, 0);
            }
            looks += 1;
            for (token, channels) in &tokens {
                // The demo may be about to stop; what was not reported is seen there as UNCERTAIN.
                if let Err(fault) = self.round(token, channels).await {
                    tracing::debug!(%fault, "the demo's app could not send");
                    looks = LOOKS;
                }
            }
        }
    }

    /// A token of each, with the channels that it sends on.
    async fn tokens(&self) -> Vec<(String, &[String])> {
        let mut tokens = Vec::new();
        for App { client_id, client_secret, channels } in &self.apps {
            let (address, form) = (format!("{}/oauth/token", self.url), [("grant_type", "client_credentials")]);
            let answer = self.outbound.post(&address, Some((client_id, client_secret)), &form).await;
            let token = answer.ok().and_then(|answer| Some(answer.get("access_token")?.as_str()?.to_owned()));
            tokens.extend(token.map(|token| (token, channels.as_slice())));
        }
        tokens
    }

    async fn round(&self, token: &str, channels: &[String]) -> Result<(), OutboundFault> {
        let claimed = self.ask(token, CLAIM, json!({ "input": { "channels": channels } })).await?;
        for claim in claimed.pointer("/claimReplies/claims").and_then(Value::as_array).into_iter().flatten() {
            let read = self.ask(token, READ, json!({ "id": claim.get("messageId") })).await?;
            let report = |outcome: &str, id: Value| {
                json!({ "input": { "messageId": claim.get("messageId"), "attempt": claim.get("attempt"), "outcome": outcome,
                    "channelMessageId": id } })
            };
            if read.pointer("/brand/outgoingReply/text").is_none_or(Value::is_null) {
                // Not shared any more: given back, it is withheld.
                self.ask(token, REPORT, report("RETRY", Value::Null)).await?;
                continue;
            }
            let id = format!("demo-{}", self.entropy.id());
            self.ask(token, REPORT, report("SENT", id.into())).await?;
            self.ask(token, REPORT, report("DELIVERED", Value::Null)).await?;
        }
        Ok(())
    }

    async fn ask(&self, token: &str, query: &str, variables: Value) -> Result<Value, OutboundFault> {
        let body = json!({ "query": query, "variables": variables });
        let mut answer = self.outbound.ask(&format!("{}/graphql", self.url), token, &body).await?;
        Ok(answer.get_mut("data").map(Value::take).unwrap_or_default())
    }
}
