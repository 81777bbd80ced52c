//! Access tokens: JWTs signed with Ed25519 (RFC 9068, RFC 8037), five minutes long. A token says who is calling; it
//! carries no consent and permits nothing by itself.

use entity::access::{AppClaim, GrantClaim, SessionClaim, StaffClaim};
use entity::entropy::Entropy;
use entity::ids::{AppId, BrandId, CustomerId, SessionId, StaffId, TokenId};
use entity::jwk::Thumbprint;
use entity::values::Timestamp;
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, Validation};
use serde::{Deserialize, Serialize};

use super::token_keys::{TokenKeys, hash};

/// How long an access token holds.
pub const LIFETIME_SECONDS: i64 = 300;
/// How much two clocks may differ.
pub(super) const LEEWAY_SECONDS: i64 = 5;
/// Whom tokens are for: this API.
pub const AUDIENCE: &str = "rapport";
/// The only type of token that is accepted (RFC 9068 section 2.1).
pub(super) const TYPE: &str = "at+jwt";

/// Whom a token is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// A customer in a session.
    Customer(SessionClaim),
    /// An app of a brand.
    App(AppClaim),
    /// A brand's member of staff in a session.
    Staff(StaffClaim),
}

impl Subject {
    /// The key that whoever brings the token must show; none: it is good for whoever has it.
    #[must_use]
    pub const fn key(&self) -> Option<Thumbprint> {
        match self {
            Self::App(claim) => claim.key,
            Self::Customer(_) | Self::Staff(_) => None,
        }
    }
}

/// What is signed. For an app, `sub` and `sid` name the app and the epoch of its secret; for staff, who it is and their
/// session. The kind of id in `sub` tells the two apart.
#[derive(PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Claims {
    iss: String,
    aud: String,
    exp: i64,
    iat: i64,
    jti: String,
    sub: String,
    sid: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    brand: Option<String>,
    /// With `family`: the grant that an app's token is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    grant: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    family: Option<String>,
    /// The key that whoever brings an app's token must show (RFC 7800, RFC 9449 section 6.1).
    #[serde(skip_serializing_if = "Option::is_none")]
    cnf: Option<Confirmation>,
}

#[derive(PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Confirmation {
    jkt: String,
}

/// Signs and verifies tokens.
pub struct Signer {
    keys: TokenKeys,
    validation: Validation,
    issuer: String,
}

/// A token with its end.
pub struct Issued {
    /// The compact form.
    pub token: String,
    /// From then on it is refused.
    pub expires_at: Timestamp,
}

/// What a genuine token says.
#[derive(Clone, Copy)]
pub struct Verified {
    /// Whom it is about.
    pub subject: Subject,
    /// Since when it holds.
    pub issued_at: Timestamp,
    /// Until when.
    pub expires_at: Timestamp,
}

impl Signer {
    /// With these keys.
    #[must_use]
    pub fn new(keys: TokenKeys, issuer: &str) -> Self {
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&[issuer]);
        validation.set_audience(&[AUDIENCE]);
        validation.set_required_spec_claims(&["iss", "aud", "exp", "sub"]);
        // The library would ask the system's clock; ours is a parameter and is checked below.
        validation.validate_exp = false;
        Self { keys, validation, issuer: issuer.to_owned() }
    }

    /// The keys that it signs with.
    #[must_use]
    pub const fn keys(&self) -> &TokenKeys {
        &self.keys
    }

    /// Issues a token.
    ///
    /// # Errors
    /// When signing fails.
    pub fn issue(
        &self,
        subject: Subject,
        now: Timestamp,
        entropy: &Entropy,
    ) -> Result<Issued, jsonwebtoken::errors::Error> {
        let expires_at = now.plus_seconds(LIFETIME_SECONDS);
        let dates = (now.as_seconds(), expires_at.as_seconds());
        let claims = self.claims(&subject, TokenId(entropy.id()), dates);
        let line = self.keys.line(now);
        let key = line.signing(now).ok_or(ErrorKind::InvalidKeyFormat)?;
        Ok(Issued { token: jsonwebtoken::encode(&key.header, &claims, &key.encoding)?, expires_at })
    }

    /// Verifies a token: one algorithm, one type, every claim, this server's time. `None` says nothing of the reason.
    #[must_use]
    pub fn verify(&self, token: &str, now: Timestamp) -> Option<Subject> {
        self.read(token, now).map(|verified| verified.subject)
    }

    /// The same with the token's dates. A signature is checked once; what depends on time, each time.
    #[must_use]
    pub fn read(&self, token: &str, now: Timestamp) -> Option<Verified> {
        let (line, hash) = (self.keys.line(now), hash(token));
        if let Some(known) = line.recall(&hash, now) {
            return is_timely(&known, now).then_some(known);
        }
        let kid = jsonwebtoken::decode_header(token).ok()?.kid?;
        let (place, key) = line.verifying(&kid, now)?;
        let data = jsonwebtoken::decode::<Claims>(token, &key.decoding, &self.validation).ok()?;
        let verified = self.verified(&data.claims).filter(|_| data.header == key.header)?;
        line.note(hash, place, verified, now);
        is_timely(&verified, now).then_some(verified)
    }

    /// What claims say. What is written in another way than we write it, or says more, was not issued here.
    fn verified(&self, claims: &Claims) -> Option<Verified> {
        let token: TokenId = claims.jti.parse().ok()?;
        let subject = subject(claims, token)?;
        if *claims != self.claims(&subject, token, (claims.iat, claims.exp)) {
            return None;
        }
        let at = |seconds: i64| Timestamp::from_millis(seconds.saturating_mul(1_000));
        Some(Verified { subject, issued_at: at(claims.iat), expires_at: at(claims.exp) })
    }

    /// What a token says.
    fn claims(&self, subject: &Subject, token: TokenId, (iat, exp): (i64, i64)) -> Claims {
        let (sub, sid, brand, bound) = match subject {
            Subject::Customer(claim) => (claim.customer.to_string(), claim.session.to_string(), None, None),
            Subject::App(claim) => {
                (claim.app.to_string(), claim.secret_epoch.to_string(), Some(claim.brand), claim.bound)
            }
            Subject::Staff(claim) => (claim.staff.to_string(), claim.session.to_string(), Some(claim.brand), None),
        };
        Claims {
            iss: self.issuer.clone(),
            aud: AUDIENCE.to_owned(),
            exp,
            iat,
            jti: token.to_string(),
            sub,
            sid,
            brand: brand.map(|brand| brand.to_string()),
            grant: bound.map(|bound| bound.grant.to_string()),
            family: bound.map(|bound| bound.family.to_string()),
            cnf: subject.key().map(|key| Confirmation { jkt: key.to_string() }),
        }
    }
}

fn is_timely(verified: &Verified, now: Timestamp) -> bool {
    let (iat, exp, now) = (verified.issued_at.as_seconds(), verified.expires_at.as_seconds(), now.as_seconds());
    iat <= now.saturating_add(LEEWAY_SECONDS)
        && now < exp.saturating_add(LEEWAY_SECONDS)
        && exp.saturating_sub(iat) <= LIFETIME_SECONDS
}

/// Whom claims are about.
fn subject(claims: &Claims, token: TokenId) -> Option<Subject> {
    let Some(brand) = &claims.brand else {
        let (customer, session) = (claims.sub.parse::<CustomerId>().ok()?, claims.sid.parse::<SessionId>().ok()?);
        return Some(Subject::Customer(SessionClaim { customer, session }));
    };
    let brand = brand.parse::<BrandId>().ok()?;
    if let Ok(staff) = claims.sub.parse::<StaffId>() {
        return Some(Subject::Staff(StaffClaim { staff, brand, session: claims.sid.parse().ok()? }));
    }
    let bound = match (&claims.grant, &claims.family) {
        (None, None) => None,
        (Some(grant), Some(family)) => Some(GrantClaim { grant: grant.parse().ok()?, family: family.parse().ok()? }),
        _ => return None,
    };
    let key = match &claims.cnf {
        Some(confirmation) => Some(confirmation.jkt.parse().ok()?),
        None => None,
    };
    let (app, secret_epoch) = (claims.sub.parse::<AppId>().ok()?, claims.sid.parse().ok()?);
    Some(Subject::App(AppClaim { app, brand, secret_epoch, token, bound, key }))
}
