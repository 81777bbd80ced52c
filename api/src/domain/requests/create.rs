//! Asking: a brand's app makes a request and gets the link to send. Nobody is looked up.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entity::access::Caller;
use entity::consent::request::{DEFAULT_WAIT_DAYS, MAXIMUM_WAIT_DAYS};
use entity::consent::{DEFAULT_DAYS, MAXIMUM_DAYS};
use entity::consent_request::{self, AskedScope, AskedScopes};
use entity::ids::ConsentRequestId;
use entity::kinds::Purpose;
use entity::notice;
use entity::scope::{Scope, ScopeSet};
use entity::values::{Channel, Handle, HttpsUrl, Prose, Text, Timestamp, Unchecked};
use entity::vault::{Transaction, current_version};
use sea_orm::{DbErr, EntityTrait, IntoActiveModel};

use super::KIND;
use crate::deps::Deps;
use crate::domain::notices;
use crate::domain::{Mistake, MistakeCode, Mistakes, Refusal};

/// What a brand asks.
pub struct NewRequest {
    /// For what.
    pub purpose: Purpose,
    /// What it wants to read.
    pub scopes: Vec<WantedScope>,
    /// For how many days at most; 90 if not given.
    pub duration_days: Option<i32>,
    /// What the customer gets.
    pub offer: String,
    /// Where to go afterwards.
    pub return_to: Option<Unchecked<HttpsUrl>>,
    /// The brand's name of the notice to show; the standard one if not given.
    pub notice: Option<String>,
    /// The one handle whose holder may open it.
    pub handle: Option<(Channel, String)>,
    /// When it lapses; in 14 days if not given.
    pub lapses_at: Option<Unchecked<Timestamp>>,
}

/// A scope that a brand wants.
pub struct WantedScope {
    /// Which.
    pub scope: Scope,
    /// Whether the offer depends on it.
    pub required: bool,
    /// Why.
    pub reason: String,
}

/// A request with the link that leads to it. The secret in the link is nowhere else.
pub struct Created {
    /// The request.
    pub request: consent_request::Model,
    /// `<public_url>/requests/<secret>`.
    pub link: String,
}

/// Why nothing was asked.
#[derive(Debug, thiserror::Error)]
pub enum Unasked {
    /// The app is not registered for the purpose or for a scope: the same whoever it is meant for.
    #[error("the app is not registered for this purpose or scope")]
    NotRegistered,
    /// The input has mistakes, or we have a fault.
    #[error(transparent)]
    Refused(#[from] Refusal),
}

impl From<DbErr> for Unasked {
    fn from(error: DbErr) -> Self {
        Self::Refused(error.into())
    }
}

/// Makes a request.
///
/// # Errors
/// See [`Unasked`]; then nothing was stored.
pub async fn create(deps: &Deps, caller: &Caller, input: NewRequest) -> Result<Created, Unasked> {
    let standing = caller.standing();
    let scopes: ScopeSet = input.scopes.iter().map(|wanted| wanted.scope).collect();
    if !standing.may_declare(input.purpose) || !scopes.without(standing.scopes).is_empty() {
        return Err(Unasked::NotRegistered);
    }
    let transaction = deps.vault.begin().await?;
    let mut mistakes = Mistakes::default();
    let checked = check(&mut mistakes, &input, &transaction);
    let notice = find_notice(&mut mistakes, &transaction, caller, input.notice.as_deref()).await?;
    mistakes.done()?;
    let Some((checked, notice)) = checked.zip(notice) else { return Err(Refusal::Mistakes(Vec::new()).into()) };
    let secret = URL_SAFE_NO_PAD.encode(transaction.entropy().bytes::<32>());
    let request = consent_request::Model {
        brand_id: caller.brand(),
        // Not by time: such an id counts what else this server does, a refusal for instance.
        id: ConsentRequestId(transaction.entropy().id()),
        app_id: caller.app(),
        token_hash: transaction.keys().secret(KIND, secret.as_bytes()),
        intended: checked.handle.map(|handle| transaction.keys().handle(&handle)),
        purpose: input.purpose,
        scopes: checked.scopes,
        duration_days: checked.duration_days,
        offer: checked.offer.as_str().to_owned(),
        return_to: checked.return_to.map(|url| url.as_str().to_owned()),
        notice_id: notice.id,
        notice_version: notice.version,
        created_at: transaction.now(),
        lapses_at: checked.lapses_at,
        given_at: None,
        grant_id: None,
        profile_id: None,
    };
    let row = request.clone().into_active_model();
    consent_request::Entity::insert(row).exec_without_returning(transaction.connection()).await?;
    transaction.commit().await?;
    let link = format!("{}/requests/{secret}", deps.config.public_url.trim_end_matches('/'));
    Ok(Created { request, link })
}

/// The input once it is found sound.
struct Checked {
    scopes: AskedScopes,
    duration_days: i32,
    offer: Prose<500>,
    return_to: Option<HttpsUrl>,
    handle: Option<Handle>,
    lapses_at: Timestamp,
}

fn check(mistakes: &mut Mistakes, input: &NewRequest, transaction: &Transaction) -> Option<Checked> {
    let scopes = check_scopes(mistakes, &input.scopes);
    let duration_days = input.duration_days.map_or(DEFAULT_DAYS, i64::from);
    if !(1..=MAXIMUM_DAYS).contains(&duration_days) {
        mistakes.push(Mistake::new(MistakeCode::OutOfRange, "durationDays", "ask for 1 to 365 days"));
    }
    let offer = mistakes.parse::<Prose<500>>("offer", &input.offer);
    let return_to = input.return_to.as_ref().and_then(|url| mistakes.check("returnTo", url));
    let handle = input.handle.as_ref();
    let handle = handle.and_then(|(channel, text)| mistakes.take("handle.handle", Handle::parse(*channel, text)));
    let now = transaction.now();
    let lapses_at = match &input.lapses_at {
        Some(at) => mistakes.check("lapsesAt", at)?,
        None => now.plus_days(DEFAULT_WAIT_DAYS),
    };
    if lapses_at <= now || lapses_at > now.plus_days(MAXIMUM_WAIT_DAYS) {
        let message = "a request lapses in the future, 30 days from now at most";
        mistakes.push(Mistake::new(MistakeCode::OutOfRange, "lapsesAt", message));
    }
    let duration_days = i32::try_from(duration_days).ok()?;
    Some(Checked { scopes, duration_days, offer: offer?, return_to, handle, lapses_at })
}

/// Every scope once, each at its current version: what is asked for is what the scope opens today.
fn check_scopes(mistakes: &mut Mistakes, wanted: &[WantedScope]) -> AskedScopes {
    if wanted.is_empty() {
        mistakes.push(Mistake::new(MistakeCode::Invalid, "scopes", "ask for one scope at least"));
    }
    let mut seen = ScopeSet::EMPTY;
    let mut asked = Vec::with_capacity(wanted.len());
    for (place, wanted) in wanted.iter().enumerate() {
        if seen.contains(wanted.scope) {
            let field = format!("scopes.{place}.scope");
            mistakes.push(Mistake::new(MistakeCode::Invalid, &field, "this scope is there already"));
            continue;
        }
        seen = seen.with(ScopeSet::from_iter([wanted.scope]));
        let reason = mistakes.parse::<Text<300>>(&format!("scopes.{place}.reason"), &wanted.reason);
        asked.extend(reason.map(|reason| AskedScope {
            scope: wanted.scope,
            version: current_version(wanted.scope),
            required: wanted.required,
            reason: reason.as_str().to_owned(),
        }));
    }
    AskedScopes(asked)
}

/// The newest version of the named notice, or of the standard one.
async fn find_notice(
    mistakes: &mut Mistakes,
    transaction: &Transaction,
    caller: &Caller,
    name: Option<&str>,
) -> Result<Option<notice::Model>, DbErr> {
    let name = name.unwrap_or(notice::STANDARD);
    let brand = (name != notice::STANDARD).then(|| caller.brand());
    let found = notices::find_newest(transaction.connection(), brand, name).await?;
    if found.is_none() {
        let message = "your brand has no notice of this name; publish it with publishNotice";
        mistakes.push(Mistake::new(MistakeCode::NotFound, "notice", message));
    }
    Ok(found)
}
