//! Who signed in: the code is exchanged, and everything that comes back for it is checked.

use entity::values::{AccountId, Channel, Handle, Timestamp};
use entity::vault::link::ProvenHandle;
use jsonwebtoken::jwk::{Jwk, JwkSet};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::{Map, Value};

use super::attempt::redirect_uri;
use super::{Attempt, NotProven};
use crate::config::providers::{Protocol, Provider};
use crate::deps::Deps;

/// How much two clocks may differ.
const LEEWAY_SECONDS: i64 = 5;
/// What id tokens may be signed with: nothing that a public key, or no key at all, could be mistaken for.
const ALGORITHMS: [Algorithm; 8] = [
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::EdDSA,
];

/// Who somebody is at a provider.
pub struct Identity {
    /// The provider's lasting id of them, which nobody else ever has.
    pub subject: String,
    /// The handle, with its account.
    pub proven: ProvenHandle,
}

/// Exchanges the code of an attempt, and reads who it was.
///
/// # Errors
/// When anything in it does not belong to the attempt, or says too little.
pub(in crate::domain) async fn identify(deps: &Deps, attempt: &Attempt<'_>) -> Result<Identity, NotProven> {
    let provider = attempt.provider;
    let answer = exchange(deps, attempt).await?;
    let access_token = answer.get("access_token").and_then(Value::as_str);
    let now = deps.vault.now().await?;
    let claims = match &provider.protocol {
        Protocol::OpenId { issuer } => {
            let token = answer.get("id_token").and_then(Value::as_str).ok_or(NotProven::Unfit)?;
            let said = verified(deps, attempt, (token, issuer), now).await?;
            completed(deps, attempt, said, access_token).await?
        }
        Protocol::OAuth { userinfo, .. } => {
            deps.providers.outbound()?.get(userinfo, Some(access_token.ok_or(NotProven::Away)?)).await?
        }
    };
    read(provider, &claims, now).ok_or(NotProven::NoHandle)
}

async fn exchange(deps: &Deps, attempt: &Attempt<'_>) -> Result<Value, NotProven> {
    let provider = attempt.provider;
    let redirect = redirect_uri(deps, provider);
    let mut form = vec![
        ("grant_type", "authorization_code"),
        ("code", attempt.code.as_str()),
        ("redirect_uri", &redirect),
        ("code_verifier", &attempt.verifier),
    ];
    let secret = provider.client_secret.as_ref().map(|secret| secret.0.as_str());
    let in_header = secret.filter(|_| !provider.secret_in_form).map(|secret| (provider.client_id.as_str(), secret));
    if in_header.is_none() {
        form.push(("client_id", &provider.client_id));
        form.extend(secret.map(|secret| ("client_secret", secret)));
    }
    Ok(deps.providers.outbound()?.post(&attempt.endpoints.token, in_header, &form).await?)
}

/// The claims of an id token (OpenID Connect Core section 3.1.3.7), by whose signature they are the issuer's.
async fn verified(
    deps: &Deps,
    attempt: &Attempt<'_>,
    (token, issuer): (&str, &str),
    now: Timestamp,
) -> Result<Value, NotProven> {
    let address = attempt.endpoints.keys.as_deref().ok_or(NotProven::Away)?;
    let document = deps.providers.outbound()?.get(address, None).await?;
    let header = jsonwebtoken::decode_header(token).map_err(|_| NotProven::Unfit)?;
    let key = keys(document).into_iter().find(|key| fits(key, header.kid.as_deref(), header.alg));
    let claims = key.and_then(|key| signed(token, &key, header.alg)).ok_or(NotProven::Unfit)?;
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let client = attempt.provider.client_id.as_str();
    let audiences: Vec<&str> = match claims.get("aud") {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let ours = audiences.contains(&client)
        && text("azp").map_or(audiences.len() == 1, |party| party == client)
        && text("iss") == Some(issuer)
        && text("sub").is_some_and(|subject| !subject.is_empty());
    let expires = claims.get("exp").and_then(Value::as_i64).unwrap_or_default();
    let timely = now.as_seconds() < expires.saturating_add(LEEWAY_SECONDS);
    let nonce = text("nonce").unwrap_or_default().as_bytes();
    let fresh = aws_lc_rs::constant_time::verify_slices_are_equal(nonce, attempt.nonce.as_bytes()).is_ok();
    (ours && timely && fresh).then_some(claims).ok_or(NotProven::Unfit)
}

/// The keys of a document. One that cannot be read, of a kind that is not known here, is passed over.
fn keys(document: Value) -> Vec<Jwk> {
    if let Ok(set) = serde_json::from_value::<JwkSet>(document.clone()) {
        return set.keys;
    }
    let keys = document.get("keys").and_then(Value::as_array).cloned().unwrap_or_default();
    keys.into_iter().filter_map(|key| serde_json::from_value(key).ok()).collect()
}

/// The key that the header names; without a name, one of the algorithm's kind.
fn fits(key: &Jwk, name: Option<&str>, algorithm: Algorithm) -> bool {
    let of_kind = |key: &Jwk| DecodingKey::from_jwk(key).is_ok_and(|key| key.family() == algorithm.family());
    name.is_none_or(|name| key.common.key_id.as_deref() == Some(name)) && of_kind(key)
}

fn signed(token: &str, key: &Jwk, algorithm: Algorithm) -> Option<Value> {
    if !ALGORITHMS.contains(&algorithm) {
        return None;
    }
    let mut validation = Validation::new(algorithm);
    // The library would ask the system's clock, and only knows one audience; all of it is checked above.
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation.required_spec_claims.clear();
    let key = DecodingKey::from_jwk(key).ok()?;
    let data = jsonwebtoken::decode::<Map<String, Value>>(token, &key, &validation).ok()?;
    Some(Value::Object(data.claims))
}

/// What the id token does not say is asked for, as the same person (OpenID Connect Core section 5.3.2).
async fn completed(
    deps: &Deps,
    attempt: &Attempt<'_>,
    said: Value,
    access_token: Option<&str>,
) -> Result<Value, NotProven> {
    let (Some(address), Some(token)) = (&attempt.endpoints.userinfo, access_token) else { return Ok(said) };
    if says_all(attempt.provider, &said) {
        return Ok(said);
    }
    let more = deps.providers.outbound()?.get(address, Some(token)).await?;
    if more.get("sub") != said.get("sub") {
        return Err(NotProven::Unfit);
    }
    let (Value::Object(mut claims), Value::Object(said)) = (more, said) else { return Err(NotProven::Away) };
    // What was signed counts more.
    claims.extend(said);
    Ok(Value::Object(claims))
}

fn says_all(provider: &Provider, claims: &Value) -> bool {
    let verified = verified_claim(provider.channel).is_none_or(|name| claims.get(name).is_some());
    verified && provider.account.fill(claims).is_some() && provider.handle.fill(claims).is_some()
}

/// What a provider says of an address or a number that it has checked. A name that is its own needs no such word.
const fn verified_claim(channel: Channel) -> Option<&'static str> {
    match channel {
        Channel::Email => Some("email_verified"),
        Channel::Phone => Some("phone_number_verified"),
        _ => None,
    }
}

fn read(provider: &Provider, claims: &Value, now: Timestamp) -> Option<Identity> {
    if let Some(name) = verified_claim(provider.channel)
        && claims.get(name) != Some(&Value::Bool(true))
    {
        return None;
    }
    let subject = provider.account.fill(claims)?;
    let handle = Handle::parse(provider.channel, &provider.handle.fill(claims)?).ok()?;
    // An address or a number is its own account, however it was proven.
    let account = match provider.channel {
        Channel::Email | Channel::Phone => handle.normalised().parse::<AccountId>(),
        _ => subject.parse::<AccountId>(),
    };
    Some(Identity { subject, proven: ProvenHandle { handle, account: account.ok()?, verified_at: now } })
}
