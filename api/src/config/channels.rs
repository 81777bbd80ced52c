//! Settings of channels: the secrets that their messages are signed with, and the accounts that customers write to.

use std::collections::BTreeMap;
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use entity::values::Channel;

use super::ConfigFault;

/// Shorter secrets can be guessed (Standard Webhooks wants 24 to 64 bytes).
const SHORTEST: usize = 24;

/// What the demo's channels are signed with unless something else is set. Everybody knows it, and only the demo takes it.
const DEVELOPMENT: &str = "X=whsec_cmFwcG9ydC1kZW1vLWNoYW5uZWwtc2VjcmV0LXg=,\
    EMAIL=whsec_cmFwcG9ydC1kZW1vLWNoYW5uZWwtc2VjcmV0LWVtYWls,PHONE=whsec_cmFwcG9ydC1kZW1vLWNoYW5uZWwtc2VjcmV0LXBob25l";

/// The same for what channels send in their own formats.
const DEVELOPMENT_CONNECTORS: &str = "X=rapport-demo-consumer-secret-x";

/// What is known of channels.
#[derive(Clone, Default)]
pub struct Channels {
    secrets: BTreeMap<Channel, Vec<Vec<u8>>>,
    connector_secrets: BTreeMap<Channel, Vec<String>>,
    accounts: BTreeMap<Channel, Vec<String>>,
}

impl fmt::Debug for Channels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Channels").field("accounts", &self.accounts).finish_non_exhaustive()
    }
}

impl Channels {
    /// From `RAPPORT_CHANNEL_SECRETS`, `RAPPORT_CONNECTOR_SECRETS` and `RAPPORT_CHANNEL_ACCOUNTS`.
    pub(super) fn read(secrets: &str, connectors: &str, accounts: &str) -> Result<Self, ConfigFault> {
        let expected = "pairs CHANNEL=whsec_BASE64 of 24 bytes or more, with commas between them";
        let malformed = || ConfigFault::Malformed { name: "RAPPORT_CHANNEL_SECRETS", expected };
        let mut channels = Self::default();
        for pair in pairs(secrets) {
            let (channel, text) = pair.ok_or_else(malformed)?;
            let bytes = text.strip_prefix("whsec_").and_then(|text| STANDARD.decode(text).ok());
            let bytes = bytes.filter(|bytes| bytes.len() >= SHORTEST).ok_or_else(malformed)?;
            channels.secrets.entry(channel).or_default().push(bytes);
        }
        let expected = "pairs CHANNEL=SECRET of 16 characters or more, with commas between them";
        let malformed = || ConfigFault::Malformed { name: "RAPPORT_CONNECTOR_SECRETS", expected };
        for pair in pairs(connectors) {
            let (channel, secret) = pair.filter(|(_, secret)| secret.len() >= 16).ok_or_else(malformed)?;
            channels.connector_secrets.entry(channel).or_default().push(secret.to_owned());
        }
        let expected = "pairs CHANNEL=ACCOUNT, with commas between them";
        let malformed = || ConfigFault::Malformed { name: "RAPPORT_CHANNEL_ACCOUNTS", expected };
        for pair in pairs(accounts) {
            let (channel, account) = pair.filter(|(_, account)| !account.is_empty()).ok_or_else(malformed)?;
            channels.accounts.entry(channel).or_default().push(account.to_owned());
        }
        Ok(channels)
    }

    /// The same, or where nothing is set what the demo and whoever plays a channel for it use.
    #[must_use]
    pub fn or_for_development(self) -> Self {
        if !self.secrets.is_empty() || !self.connector_secrets.is_empty() {
            return self;
        }
        let known = Self::read(DEVELOPMENT, DEVELOPMENT_CONNECTORS, "").unwrap_or_default();
        Self { accounts: self.accounts, ..known }
    }

    /// What messages of a channel may be signed with: more than one while a secret is changed.
    #[must_use]
    pub fn secrets(&self, channel: Channel) -> &[Vec<u8>] {
        self.secrets.get(&channel).map_or(&[], Vec::as_slice)
    }

    /// What a channel signs with what it sends in its own format: more than one while a secret is changed.
    #[must_use]
    pub fn connector_secrets(&self, channel: Channel) -> &[String] {
        self.connector_secrets.get(&channel).map_or(&[], Vec::as_slice)
    }

    /// Where customers send a code on this channel; none: it cannot be proven by a message here.
    #[must_use]
    pub fn accounts(&self, channel: Channel) -> &[String] {
        let listens = self.secrets.contains_key(&channel) || self.connector_secrets.contains_key(&channel);
        self.accounts.get(&channel).filter(|_| listens).map_or(&[], Vec::as_slice)
    }
}

/// `CHANNEL=VALUE` pairs.
fn pairs(text: &str) -> impl Iterator<Item = Option<(Channel, &str)>> {
    text.split(',').map(str::trim).filter(|pair| !pair.is_empty()).map(|pair| {
        let (channel, value) = pair.split_once('=')?;
        Some((channel.trim().parse().ok()?, value.trim()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz";

    #[test]
    fn a_channel_listens_where_it_has_a_secret_and_an_account() {
        let channels =
            Channels::read(&format!("X={SECRET}, PHONE={SECRET},X={SECRET}"), "", "X=@link,MASTODON=@a@b.example");
        let channels = channels.unwrap();
        assert_eq!(channels.secrets(Channel::X).len(), 2, "two while it is changed");
        assert_eq!(channels.accounts(Channel::X), ["@link"]);
        assert_eq!(channels.accounts(Channel::Mastodon), [""; 0], "no secret");
        assert_eq!(channels.accounts(Channel::Phone), [""; 0], "no account");
        assert!(!format!("{channels:?}").contains("MDEy"), "secrets are not shown");
    }

    #[test]
    fn only_what_asks_for_it_takes_the_secrets_that_everybody_knows() {
        let none = Channels::read("", "", "").unwrap();
        assert!(none.secrets(Channel::X).is_empty());
        let known = none.or_for_development();
        assert!(known.secrets(Channel::X).len() == 1 && known.secrets(Channel::Mastodon).is_empty());
        let own = Channels::read(&format!("PHONE={SECRET}"), "", "").unwrap().or_for_development();
        assert!(own.secrets(Channel::X).is_empty(), "whoever sets one has set all");
    }

    #[test]
    fn what_cannot_be_used_is_refused_by_name() {
        for (secrets, connectors, accounts, name) in [
            ("X=hunter2", "", "", "RAPPORT_CHANNEL_SECRETS"),
            ("X=whsec_c2hvcnQ=", "", "", "RAPPORT_CHANNEL_SECRETS"),
            (SECRET, "", "", "RAPPORT_CHANNEL_SECRETS"),
            ("PIGEON=whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz", "", "", "RAPPORT_CHANNEL_SECRETS"),
            ("", "X=hunter2", "", "RAPPORT_CONNECTOR_SECRETS"),
            ("", "", "X=", "RAPPORT_CHANNEL_ACCOUNTS"),
            ("", "", "@link", "RAPPORT_CHANNEL_ACCOUNTS"),
        ] {
            let fault = Channels::read(secrets, connectors, accounts).unwrap_err().to_string();
            assert!(fault.starts_with(name) && !fault.contains("hunter2"), "{fault}");
        }
    }
}
