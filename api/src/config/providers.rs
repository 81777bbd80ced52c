//! Providers by whose own sign-in a handle is proven: a JSON file that the operator writes, with presets for big ones.
//!
//! ```json
//! [
//!   { "name": "google", "preset": "google", "clientId": "..", "clientSecret": ".." },
//!   { "name": "mastodon", "preset": "mastodon", "host": "mastodon.social", "clientId": "..", "clientSecret": ".." },
//!   { "name": "house", "channel": "WEB", "issuer": "https://id.example", "clientId": "..", "clientSecret": "..",
//!     "scope": "openid profile", "account": "{sub}", "handle": "{preferred_username}" }
//! ]
//! ```
//!
//! `account` and `handle` are made of what the provider says: `{name}` is a member of the verified id token (or of the
//! document at `userinfo`), `{/data/id}` a JSON pointer. Each provider has a redirect address of its own,
//! `RAPPORT_PUBLIC_URL/link/callback/NAME`.

use std::path::Path;

use entity::values::Channel;
use serde::Deserialize;
use serde_json::Value;

use super::Secret;
use crate::outbound::is_secure;

/// A provider.
#[derive(Debug, Clone)]
pub struct Provider {
    /// Its short name here, in addresses and inputs.
    pub name: String,
    /// Where its handles are.
    pub channel: Channel,
    /// What we are called there.
    pub client_id: String,
    /// Our secret there; none: we are a public client.
    pub client_secret: Option<Secret>,
    /// Whether the secret goes into the form instead of the header.
    pub secret_in_form: bool,
    /// What is asked for.
    pub scope: String,
    /// How it speaks.
    pub protocol: Protocol,
    /// The lasting id of the account, made of claims.
    pub account: Template,
    /// Its name now.
    pub handle: Template,
}

/// How a provider says who signed in.
#[derive(Debug, Clone)]
pub enum Protocol {
    /// OpenID Connect: by an id token, signed by this issuer.
    OpenId {
        /// The issuer, exactly as its documents write it.
        issuer: String,
    },
    /// OAuth 2: by a document that the access token opens.
    OAuth {
        /// Where customers are sent.
        authorization: String,
        /// Where the code is exchanged.
        token: String,
        /// The document.
        userinfo: String,
    },
}

impl Provider {
    /// What, together with the provider's own id of somebody, says who it is, whatever the provider is called here.
    #[must_use]
    pub fn authority(&self) -> &str {
        match &self.protocol {
            Protocol::OpenId { issuer } => issuer,
            Protocol::OAuth { userinfo, .. } => userinfo,
        }
    }
}

/// A text with claims in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template(String);

impl Template {
    /// The text with every claim filled in. `None` if one is not there, or is neither a text nor a whole number.
    #[must_use]
    pub fn fill(&self, claims: &Value) -> Option<String> {
        let mut text = String::new();
        let mut rest = self.0.as_str();
        while let Some((before, after)) = rest.split_once('{') {
            let (name, after) = after.split_once('}')?;
            let claim = if name.starts_with('/') { claims.pointer(name) } else { claims.get(name) };
            text.push_str(before);
            match claim? {
                Value::String(claim) if !claim.is_empty() => text.push_str(claim),
                Value::Number(claim) if claim.is_u64() => text.push_str(&claim.to_string()),
                _ => return None,
            }
            rest = after;
        }
        text.push_str(rest);
        Some(text)
    }

    fn read(text: &str) -> Option<Self> {
        let balanced = text.matches('{').count() == text.matches('}').count();
        (balanced && text.contains('{')).then(|| Self(text.to_owned()))
    }
}

/// A provider as the file says it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Line {
    name: String,
    preset: Option<String>,
    host: Option<String>,
    channel: Option<String>,
    client_id: String,
    client_secret: Option<String>,
    #[serde(default)]
    secret_in_form: bool,
    issuer: Option<String>,
    authorization: Option<String>,
    token: Option<String>,
    userinfo: Option<String>,
    scope: Option<String>,
    account: Option<String>,
    handle: Option<String>,
}

/// Reads the file.
///
/// # Errors
/// With the provider and the member that cannot be used, and how to mend it.
pub fn load(path: &Path) -> Result<Vec<Provider>, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("the file cannot be read: {}", error.kind()))?;
    read(&text)
}

fn read(text: &str) -> Result<Vec<Provider>, String> {
    let mut reader = serde_json::Deserializer::from_str(text);
    // The path only: the parser's own words may repeat a secret.
    let lines: Vec<Line> = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        format!("the file cannot be read at `{}`; see the documentation of providers", error.path())
    })?;
    let mut providers: Vec<Provider> = Vec::with_capacity(lines.len());
    for line in lines {
        let name = line.name.clone();
        let provider = provider(line).map_err(|fault| format!("provider {name:?}: {fault}"))?;
        if providers.iter().any(|known| known.name == provider.name) {
            return Err(format!("provider {name:?} stands there twice"));
        }
        providers.push(provider);
    }
    Ok(providers)
}

fn provider(line: Line) -> Result<Provider, String> {
    let line = preset(line)?;
    let plain = line.name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    if line.name.is_empty() || !plain {
        return Err("name must be of lower case letters, digits and hyphens".into());
    }
    let missing = |member: &str| format!("{member} is missing");
    let channel = line.channel.ok_or_else(|| missing("channel"))?;
    let channel = channel.parse().map_err(|_| "channel must be one such as X, MASTODON or EMAIL".to_owned())?;
    let protocol = match (line.issuer, line.authorization, line.token, line.userinfo) {
        (Some(issuer), None, None, None) => Protocol::OpenId { issuer },
        (None, Some(authorization), Some(token), Some(userinfo)) => Protocol::OAuth { authorization, token, userinfo },
        _ => return Err("give either issuer, or authorization, token and userinfo".into()),
    };
    let addresses = match &protocol {
        Protocol::OpenId { issuer } => vec![issuer],
        Protocol::OAuth { authorization, token, userinfo } => vec![authorization, token, userinfo],
    };
    if !addresses.into_iter().all(|address| is_secure(address)) {
        return Err("addresses must begin with https://".into());
    }
    let template = |member: &str, text: Option<String>| {
        let text = text.ok_or_else(|| missing(member))?;
        Template::read(&text).ok_or_else(|| format!("{member} must hold a claim, such as {{sub}}"))
    };
    Ok(Provider {
        name: line.name,
        channel,
        client_id: line.client_id,
        client_secret: line.client_secret.map(Secret),
        secret_in_form: line.secret_in_form,
        scope: line.scope.unwrap_or_else(|| "openid".into()),
        protocol,
        account: template("account", line.account)?,
        handle: template("handle", line.handle)?,
    })
}

/// Fills in what is known of a big provider, under what the line says itself. Taken from their documentation; not tried on
/// live accounts. LinkedIn and Facebook do not say which handle somebody has, so there is nothing to prove by them.
fn preset(line: Line) -> Result<Line, String> {
    let Some(preset) = line.preset.clone() else { return Ok(line) };
    let some = |text: &str| Some(text.to_owned());
    let known = match preset.as_str() {
        "google" => Line {
            channel: some("EMAIL"),
            issuer: some("https://accounts.google.com"),
            scope: some("openid email"),
            account: some("{sub}"),
            handle: some("{email}"),
            ..Line::default()
        },
        "x" => Line {
            channel: some("X"),
            authorization: some("https://x.com/i/oauth2/authorize"),
            token: some("https://api.x.com/2/oauth2/token"),
            userinfo: some("https://api.x.com/2/users/me"),
            scope: some("users.read tweet.read"),
            account: some("{/data/id}"),
            handle: some("{/data/username}"),
            ..Line::default()
        },
        "instagram" => Line {
            channel: some("INSTAGRAM"),
            authorization: some("https://www.instagram.com/oauth/authorize"),
            token: some("https://api.instagram.com/oauth/access_token"),
            userinfo: some("https://graph.instagram.com/me?fields=user_id,username"),
            scope: some("instagram_business_basic"),
            account: some("{user_id}"),
            handle: some("{username}"),
            secret_in_form: true,
            ..Line::default()
        },
        "mastodon" => {
            let host = line.host.clone().ok_or("host is missing: which server, such as mastodon.social")?;
            Line {
                channel: some("MASTODON"),
                authorization: Some(format!("https://{host}/oauth/authorize")),
                token: Some(format!("https://{host}/oauth/token")),
                userinfo: Some(format!("https://{host}/api/v1/accounts/verify_credentials")),
                scope: some("profile"),
                // Ids are the server's own, so the server is part of them.
                account: Some(format!("{{id}}@{host}")),
                handle: Some(format!("{{username}}@{host}")),
                ..Line::default()
            }
        }
        _ => return Err("preset must be google, x, instagram or mastodon".into()),
    };
    Ok(Line {
        channel: line.channel.or(known.channel),
        secret_in_form: line.secret_in_form || known.secret_in_form,
        issuer: line.issuer.or(known.issuer),
        authorization: line.authorization.or(known.authorization),
        token: line.token.or(known.token),
        userinfo: line.userinfo.or(known.userinfo),
        scope: line.scope.or(known.scope),
        account: line.account.or(known.account),
        handle: line.handle.or(known.handle),
        ..line
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn presets_need_a_name_and_credentials_only() {
        let file = json!([
            { "name": "google", "preset": "google", "clientId": "a", "clientSecret": "hunter2" },
            { "name": "x", "preset": "x", "clientId": "a" },
            { "name": "instagram", "preset": "instagram", "clientId": "a", "clientSecret": "b" },
            { "name": "social", "preset": "mastodon", "host": "mastodon.social", "clientId": "a", "clientSecret": "b" },
        ]);
        let providers = read(&file.to_string()).unwrap();
        let channels: Vec<_> = providers.iter().map(|provider| provider.channel).collect();
        assert_eq!(channels, [Channel::Email, Channel::X, Channel::Instagram, Channel::Mastodon]);
        let claims = json!({ "id": "7", "username": "ada", "data": { "id": 8 } });
        assert_eq!(providers[3].account.fill(&claims).as_deref(), Some("7@mastodon.social"));
        assert_eq!(providers[1].account.fill(&claims).as_deref(), Some("8"));
        assert_eq!(providers[1].handle.fill(&claims), None, "a claim that is not there");
        assert!(!format!("{providers:?}").contains("hunter2"));
    }

    #[test]
    fn what_cannot_be_used_is_named_with_its_mend_and_without_secrets() {
        let whole = json!({ "name": "a", "channel": "WEB", "issuer": "https://id.example", "clientId": "c",
            "clientSecret": "hunter2", "account": "{sub}", "handle": "{name}" });
        assert_eq!(read(&json!([whole]).to_string()).map(|all| all.len()), Ok(1));
        for (change, says) in [
            (json!({ "name": "A b" }), "name must be"),
            (json!({ "channel": "PIGEON" }), "channel must be"),
            (json!({ "issuer": "http://id.example" }), "https://"),
            (json!({ "token": "https://id.example/token" }), "give either issuer"),
            (json!({ "account": "sub" }), "account must hold a claim"),
            (json!({ "handle": null }), "handle is missing"),
            (json!({ "preset": "myspace" }), "preset must be"),
            (json!({ "colour": "hunter2" }), "cannot be read"),
        ] {
            let mut line = whole.clone();
            line.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
            let fault = read(&json!([line]).to_string()).unwrap_err();
            assert!(fault.contains(says) && !fault.contains("hunter2"), "{fault}");
        }
        assert!(read(&json!([whole, whole]).to_string()).unwrap_err().contains("twice"));
    }
}
