//! Access tokens: JWTs signed with Ed25519 (RFC 9068, RFC 8037), five minutes long. A token says who is calling; it
//! carries no consent and permits nothing by itself.

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use entity::access::{AppClaim, GrantClaim, SessionClaim, StaffClaim};
use entity::entropy::Entropy;
use entity::ids::{AppId, BrandId, CustomerId, SessionId, StaffId, TokenId};
use entity::values::Timestamp;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};

/// How long an access token holds.
pub const LIFETIME_SECONDS: i64 = 300;
/// How much two clocks may differ.
const LEEWAY_SECONDS: i64 = 5;
/// Whom tokens are for: this API.
pub const AUDIENCE: &str = "rapport";
/// The only type of token that is accepted (RFC 9068 section 2.1).
const TYPE: &str = "at+jwt";

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
}

/// Signs and verifies tokens.
pub struct Signer {
    encoding: EncodingKey,
    decoding: DecodingKey,
    validation: Validation,
    issuer: String,
    /// Of every token. One with anything else in its header was not issued here, whatever its signature says; so no
    /// header names a key, and none is critical (RFC 7515 section 4.1.11).
    header: Header,
}

/// A token with its end.
pub struct Issued {
    /// The compact form.
    pub token: String,
    /// From then on it is refused.
    pub expires_at: Timestamp,
}

/// What a genuine token says.
pub struct Verified {
    /// Whom it is about.
    pub subject: Subject,
    /// Since when it holds.
    pub issued_at: Timestamp,
    /// Until when.
    pub expires_at: Timestamp,
}

impl Signer {
    /// From an Ed25519 key in PKCS#8. `None` if it is none.
    #[must_use]
    pub fn new(pkcs8: &[u8], issuer: &str) -> Option<Self> {
        let pair = Ed25519KeyPair::from_pkcs8(pkcs8).ok()?;
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&[issuer]);
        validation.set_audience(&[AUDIENCE]);
        validation.set_required_spec_claims(&["iss", "aud", "exp", "sub"]);
        // The library would ask the system's clock; ours is a parameter and is checked below.
        validation.validate_exp = false;
        let header = Header { typ: Some(TYPE.to_owned()), ..Header::new(Algorithm::EdDSA) };
        Some(Self {
            encoding: EncodingKey::from_ed_der(pkcs8),
            decoding: DecodingKey::from_ed_der(pair.public_key().as_ref()),
            validation,
            issuer: issuer.to_owned(),
            header,
        })
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
        Ok(Issued { token: jsonwebtoken::encode(&self.header, &claims, &self.encoding)?, expires_at })
    }

    /// Verifies a token: one algorithm, one type, every claim, this server's time. `None` says nothing of the reason.
    #[must_use]
    pub fn verify(&self, token: &str, now: Timestamp) -> Option<Subject> {
        self.read(token, now).map(|verified| verified.subject)
    }

    /// The same with the token's dates.
    #[must_use]
    pub fn read(&self, token: &str, now: Timestamp) -> Option<Verified> {
        let data = jsonwebtoken::decode::<Claims>(token, &self.decoding, &self.validation).ok()?;
        let claims = data.claims;
        let now = now.as_seconds();
        let timely = claims.iat <= now.saturating_add(LEEWAY_SECONDS)
            && now < claims.exp.saturating_add(LEEWAY_SECONDS)
            && claims.exp.saturating_sub(claims.iat) <= LIFETIME_SECONDS;
        if data.header != self.header || !timely {
            return None;
        }
        let token: TokenId = claims.jti.parse().ok()?;
        let subject = subject(&claims, token)?;
        // What is written in another way than we write it, or says more, was not issued here either.
        if claims != self.claims(&subject, token, (claims.iat, claims.exp)) {
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
        }
    }
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
    let (app, secret_epoch) = (claims.sub.parse::<AppId>().ok()?, claims.sid.parse().ok()?);
    Some(Subject::App(AppClaim { app, brand, secret_epoch, token, bound }))
}
