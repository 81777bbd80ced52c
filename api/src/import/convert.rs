//! From a line's texts to checked values. Every mistake names its field.

use std::collections::{BTreeSet, HashMap};
use std::str::FromStr;

use entity::consent::Period;
use entity::ids::BrandId;
use entity::kinds::Purpose;
use entity::scope::{Pins, Scope, ScopeSet};
use entity::values::{Channel, Handle, Malformed, RedirectUri, Text, Timestamp};
use entity::vault::bulk::{NewCustomer, NewGrant};
use entity::vault::link::ProvenHandle;
use entity::vault::{Area, ContactDetails, Language, PersonName, Preference, current_version};

use super::line::{self, BrandLine, CustomerLine};
use crate::domain::apps::Registration;
use crate::domain::{Mistake, MistakeCode, Mistakes, Refusal};

/// A secret that is shorter can be guessed.
const SHORTEST_SECRET: usize = 16;

/// A customer with everything that is theirs.
///
/// # Errors
/// With every mistake in the line.
pub fn customer(line: CustomerLine, brands: &HashMap<String, BrandId>, now: Timestamp) -> Result<NewCustomer, Refusal> {
    let mut mistakes = Mistakes::default();
    let check = &mut mistakes;
    let key = check.parse::<Text<200>>("customer.key", &line.customer.key);
    let address = check.parse("customer.email", &line.customer.email);
    let name = line.customer.name.map(|name| person_name(check, name));
    let contact = line.customer.contact.map(|contact| contact_details(check, contact));
    let area = line.customer.area.map(|area| coarse_area(check, area));
    let language = line.customer.language.map(|language| spoken(check, language));
    let links = (0..).zip(line.links).filter_map(|(place, link)| proven(check, place, &link, now)).collect();
    let preferences = (0..).zip(line.preferences).filter_map(|(place, item)| preference(check, place, item)).collect();
    let grants: Vec<NewGrant> =
        (0..).zip(line.grants).filter_map(|(place, item)| grant(check, place, &item, brands, now)).collect();
    if has_two_open(&grants, now) {
        check.push(Mistake::new(MistakeCode::AlreadyGranted, "grants", "two are open for one brand and purpose"));
    }
    mistakes.done()?;
    let (Some(key), Some(address)) = (key, address) else { return Err(Refusal::Mistakes(Vec::new())) };
    Ok(NewCustomer {
        key: key.as_str().to_owned(),
        address,
        password_hash: None,
        name,
        contact,
        area,
        language,
        preferences,
        contexts: Vec::new(),
        links,
        grants,
    })
}

fn person_name(check: &mut Mistakes, name: line::Name) -> PersonName {
    PersonName {
        display_name: text::<80>(check, "customer.name.displayName", name.display_name),
        given_name: text::<80>(check, "customer.name.givenName", name.given_name),
        family_name: text::<80>(check, "customer.name.familyName", name.family_name),
        pronouns: text::<40>(check, "customer.name.pronouns", name.pronouns),
    }
}

fn contact_details(check: &mut Mistakes, contact: line::Contact) -> ContactDetails {
    ContactDetails {
        email: value(check, "customer.contact.email", contact.email),
        phone: value(check, "customer.contact.phone", contact.phone),
        preferred_channel: value(check, "customer.contact.preferredChannel", contact.preferred_channel),
    }
}

fn coarse_area(check: &mut Mistakes, area: line::Area) -> Area {
    Area {
        postal_code: text::<20>(check, "customer.area.postalCode", area.postal_code),
        region: text::<80>(check, "customer.area.region", area.region),
        country: value(check, "customer.area.country", area.country),
    }
}

fn spoken(check: &mut Mistakes, language: line::Language) -> Language {
    Language {
        locale: value(check, "customer.language.locale", language.locale),
        time_zone: value(check, "customer.language.timeZone", language.time_zone),
    }
}

fn text<const MOST: usize>(check: &mut Mistakes, field: &str, given: Option<String>) -> Option<String> {
    given.and_then(|given| check.parse::<Text<MOST>>(field, &given)).map(|text| text.as_str().to_owned())
}

fn value<T: FromStr<Err = Malformed>>(check: &mut Mistakes, field: &str, given: Option<String>) -> Option<T> {
    given.and_then(|given| check.parse(field, &given))
}

fn proven(check: &mut Mistakes, place: usize, link: &line::Link, now: Timestamp) -> Option<ProvenHandle> {
    let field = |name: &str| format!("links.{place}.{name}");
    let channel = check.parse::<Channel>(&field("channel"), &link.channel);
    let account = check.parse(&field("accountId"), &link.account_id);
    let verified_at = check.parse(&field("verifiedAt"), &link.verified_at);
    if verified_at.is_some_and(|at| now < at) {
        // It would hold for longer than a proof may.
        check.push(Mistake::new(MistakeCode::OutOfRange, &field("verifiedAt"), "it must not lie in the future"));
    }
    let handle = channel.and_then(|channel| check.take(&field("handle"), Handle::parse(channel, &link.handle)));
    Some(ProvenHandle { handle: handle?, account: account?, verified_at: verified_at? })
}

fn preference(check: &mut Mistakes, place: usize, item: line::Preference) -> Option<Preference> {
    let field = |name: &str| format!("preferences.{place}.{name}");
    let category = text::<40>(check, &field("category"), Some(item.category));
    let key = text::<40>(check, &field("key"), Some(item.key));
    let value = text::<200>(check, &field("value"), Some(item.value));
    Some(Preference { category: category?, key: key?, value: value? })
}

fn grant(
    check: &mut Mistakes,
    place: usize,
    item: &line::Grant,
    brands: &HashMap<String, BrandId>,
    now: Timestamp,
) -> Option<NewGrant> {
    let field = |name: &str| format!("grants.{place}.{name}");
    let brand = brands.get(&item.brand).copied();
    if brand.is_none() {
        check.push(Mistake::new(MistakeCode::NotFound, &field("brand"), "no brand has this slug; import it first"));
    }
    let purpose = purpose(check, &field("purpose"), &item.purpose);
    let scopes = scopes(check, &field("scopes"), &item.scopes);
    let from = check.parse::<Timestamp>(&field("from"), &item.from);
    let until = check.parse::<Timestamp>(&field("until"), &item.until);
    let withdrawn_at = item.withdrawn_at.as_ref().map(|at| check.parse::<Timestamp>(&field("withdrawnAt"), at));
    let period = match Period::between(from?, until?) {
        Ok(period) => period,
        Err(fault) => {
            check.push(Mistake::new(MistakeCode::OutOfRange, &field("until"), fault.to_string()));
            return None;
        }
    };
    let withdrawn_at = match withdrawn_at {
        None => None,
        Some(at) => {
            let at = at?;
            if at < period.from || at > period.until || at > now {
                let message = "it must lie between `from` and `until`, and not in the future";
                check.push(Mistake::new(MistakeCode::OutOfRange, &field("withdrawnAt"), message));
                return None;
            }
            Some(at)
        }
    };
    let pins = Pins(scopes?.iter().map(|scope| (scope, current_version(scope))).collect());
    Some(NewGrant { brand: brand?, purpose: purpose?, pins, period, narrowed: None, paused_at: None, withdrawn_at })
}

fn has_two_open(grants: &[NewGrant], now: Timestamp) -> bool {
    let open = grants.iter().filter(|grant| grant.withdrawn_at.is_none() && now < grant.period.until);
    let mut seen = BTreeSet::new();
    let mut pairs = open.map(|grant| (grant.brand, grant.purpose));
    !pairs.all(|pair| seen.insert(pair))
}

fn purpose(check: &mut Mistakes, field: &str, given: &str) -> Option<Purpose> {
    let found = Purpose::find(given);
    if found.is_none() {
        let known: Vec<_> = Purpose::ALL.iter().map(|purpose| purpose.as_str()).collect();
        check.push(Mistake::new(MistakeCode::Invalid, field, format!("expected one of {}", known.join(", "))));
    }
    found
}

fn scopes(check: &mut Mistakes, field: &str, given: &[String]) -> Option<ScopeSet> {
    let found: Option<ScopeSet> = given.iter().map(|text| Scope::find(text)).collect();
    if found.is_none_or(ScopeSet::is_empty) {
        let known: Vec<_> = Scope::ALL.iter().map(|scope| scope.as_str()).collect();
        check.push(Mistake::new(MistakeCode::Invalid, field, format!("expected some of {}", known.join(", "))));
        return None;
    }
    found
}

/// An app of a brand line, checked.
pub(super) struct CheckedApp {
    client_id: String,
    client_secret: String,
    scopes: ScopeSet,
    purposes: Vec<Purpose>,
    redirect_uris: Option<Vec<RedirectUri>>,
}

impl CheckedApp {
    /// The registration, once the brand has its id.
    pub fn of(self, brand: BrandId) -> Registration {
        let Self { client_id, client_secret, scopes, purposes, redirect_uris } = self;
        Registration {
            brand,
            client_id,
            client_secret,
            scopes,
            purposes,
            redirect_uris,
            keys: None,
            webhook_url: None,
            dpop_bound: None,
        }
    }
}

/// The apps and the accounts of a brand line; the brand's own texts are checked too.
pub(super) fn brand(line: &BrandLine) -> Result<(Vec<CheckedApp>, Vec<Handle>), Refusal> {
    let mut mistakes = Mistakes::default();
    let slug = &line.brand.slug;
    let plain = slug.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    if slug.is_empty() || slug.len() > 60 || !plain {
        let message = "expected 1 to 60 lower case letters, digits and hyphens";
        mistakes.push(Mistake::new(MistakeCode::Invalid, "brand.slug", message));
    }
    mistakes.parse::<Text<80>>("brand.name", &line.brand.name);
    let apps = (0..).zip(&line.apps).filter_map(|(place, app)| checked_app(&mut mistakes, place, app)).collect();
    let accounts = (0..).zip(&line.accounts).filter_map(|(place, item)| account(&mut mistakes, place, item)).collect();
    mistakes.done()?;
    Ok((apps, accounts))
}

fn account(check: &mut Mistakes, place: usize, item: &line::Account) -> Option<Handle> {
    let channel = check.parse::<Channel>(&format!("accounts.{place}.channel"), &item.channel)?;
    check.take(&format!("accounts.{place}.handle"), Handle::parse(channel, &item.handle))
}

fn checked_app(check: &mut Mistakes, place: usize, app: &line::App) -> Option<CheckedApp> {
    let field = |name: &str| format!("apps.{place}.{name}");
    let client_id = text::<80>(check, &field("clientId"), Some(app.client_id.clone()));
    if app.client_secret.len() < SHORTEST_SECRET {
        let message = format!("expected at least {SHORTEST_SECRET} characters, picked at random");
        check.push(Mistake::new(MistakeCode::Invalid, &field("clientSecret"), message));
    }
    let scopes = scopes(check, &field("scopes"), &app.scopes);
    if app.purposes.is_empty() {
        check.push(Mistake::new(MistakeCode::Invalid, &field("purposes"), "expected at least one purpose"));
    }
    let purposes: Option<Vec<Purpose>> =
        app.purposes.iter().map(|given| purpose(check, &field("purposes"), given)).collect();
    let uri = |given: &String| check.parse::<RedirectUri>(&field("redirectUris"), given);
    let uris: Option<Vec<Option<RedirectUri>>> = app.redirect_uris.as_ref().map(|uris| uris.iter().map(uri).collect());
    let redirect_uris = match uris {
        Some(uris) => Some(uris.into_iter().collect::<Option<Vec<_>>>()?),
        None => None,
    };
    let client_secret = app.client_secret.clone();
    Some(CheckedApp { client_id: client_id?, client_secret, scopes: scopes?, purposes: purposes?, redirect_uris })
}

/// A mistake of the line as a whole.
pub(super) fn line_mistake(message: &str) -> Vec<Mistake> {
    field_mistake("", message)
}

/// A mistake at a field.
pub(super) fn field_mistake(field: &str, message: &str) -> Vec<Mistake> {
    vec![Mistake::new(MistakeCode::Invalid, field, message)]
}

/// Somebody else signs in with the address.
pub(super) fn taken_address() -> Vec<Mistake> {
    vec![Mistake::new(MistakeCode::Taken, "customer.email", "another customer has this address")]
}

/// Somebody else has proven the handle.
pub(super) fn taken_link(place: usize) -> Vec<Mistake> {
    let message = "another customer has proven this handle or account";
    vec![Mistake::new(MistakeCode::Taken, &format!("links.{place}"), message)]
}

/// Another brand has an app of that name.
pub(super) fn taken_client_id(place: usize) -> Vec<Mistake> {
    let message = "another brand has an app with this client id";
    vec![Mistake::new(MistakeCode::Taken, &format!("apps.{place}.clientId"), message)]
}

/// Customers write to another brand under that account.
pub(super) fn taken_account(place: usize) -> Vec<Mistake> {
    let message = "another brand has this account";
    vec![Mistake::new(MistakeCode::Taken, &format!("accounts.{place}"), message)]
}
