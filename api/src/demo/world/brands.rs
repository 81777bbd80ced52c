//! The five brands and the apps that read for them.

use crate::import::line::{Account, App, Brand, BrandLine};

/// Every scope of the first version, as import files write them.
pub(super) const SCOPES: [&str; 7] = ["NAME", "CONTACT", "HANDLES", "AREA", "LANGUAGE", "PREFERENCES", "CONTEXT"];

/// Slug and name of each brand.
pub(super) const BRANDS: [(&str, &str); 5] = [
    ("larkfield-bank", "Larkfield Bank"),
    ("meridian-air", "Meridian Air"),
    ("pinnacle-telecom", "Pinnacle Telecom"),
    ("harvest-market", "Harvest Market"),
    ("brightwater-energy", "Brightwater Energy"),
];

/// The accounts under which customers write to each brand.
const ACCOUNTS: [(&str, &str, &str); 10] = [
    ("larkfield-bank", "X", "LarkfieldBank"),
    ("larkfield-bank", "EMAIL", "care@larkfield-bank.example.com"),
    ("meridian-air", "X", "MeridianAir"),
    ("meridian-air", "EMAIL", "care@meridian-air.example.com"),
    ("pinnacle-telecom", "X", "PinnacleTel"),
    ("pinnacle-telecom", "EMAIL", "care@pinnacle-telecom.example.com"),
    ("harvest-market", "X", "HarvestMarket"),
    ("harvest-market", "EMAIL", "care@harvest-market.example.com"),
    ("brightwater-energy", "X", "BrightwaterNRG"),
    ("brightwater-energy", "EMAIL", "care@brightwater-energy.example.com"),
];

/// An app as the demo describes it.
pub(super) struct Client {
    /// The slug of its brand.
    pub(super) brand: &'static str,
    /// Its public identifier.
    pub(super) id: &'static str,
    /// What it may ever ask for.
    pub(super) scopes: &'static [&'static str],
    /// The purposes it may ever declare.
    pub(super) purposes: &'static [&'static str],
}

const CARE: &[&str] = &["CUSTOMER_CARE", "PERSONALISATION"];

const fn care(brand: &'static str, id: &'static str) -> Client {
    Client { brand, id, scopes: &SCOPES, purposes: CARE }
}

/// All apps; the first of a brand is its care app.
pub(super) const CLIENTS: [Client; 8] = [
    care("larkfield-bank", "larkfield-care"),
    care("meridian-air", "meridian-care"),
    Client {
        brand: "meridian-air",
        id: "meridian-journeys",
        scopes: &["NAME", "LANGUAGE", "PREFERENCES"],
        purposes: &["PERSONALISATION", "RECOMMENDATIONS"],
    },
    care("pinnacle-telecom", "pinnacle-care"),
    Client {
        brand: "pinnacle-telecom",
        id: "pinnacle-insights",
        scopes: &["AREA", "LANGUAGE"],
        purposes: &["ANALYTICS"],
    },
    care("harvest-market", "harvest-care"),
    Client {
        brand: "harvest-market",
        id: "harvest-offers",
        scopes: &["NAME", "LANGUAGE", "PREFERENCES"],
        purposes: &["RECOMMENDATIONS", "DIRECT_MARKETING"],
    },
    care("brightwater-energy", "brightwater-care"),
];

/// The apps of `brand` that may declare `purpose`.
pub(super) fn clients(brand: &str, purpose: &str) -> Vec<&'static Client> {
    let fits = |client: &&Client| client.brand == brand && client.purposes.contains(&purpose);
    CLIENTS.iter().filter(fits).collect()
}

/// The purposes for which some app of `brand` may read, each once.
pub(super) fn purposes(brand: &str) -> Vec<&'static str> {
    let mut found = Vec::new();
    for purpose in CLIENTS.iter().filter(|client| client.brand == brand).flat_map(|client| client.purposes) {
        if !found.contains(purpose) {
            found.push(*purpose);
        }
    }
    found
}

/// The scopes that some app of `brand` may ask for under `purpose`, in the order of [`SCOPES`].
pub(super) fn scopes(brand: &str, purpose: &str) -> Vec<&'static str> {
    let clients = clients(brand, purpose);
    let opened = |scope: &&str| clients.iter().any(|client| client.scopes.contains(scope));
    SCOPES.iter().copied().filter(|scope| opened(scope)).collect()
}

/// The brands as import lines, apps included.
pub(super) fn lines() -> Vec<BrandLine> {
    BRANDS.iter().map(|(slug, name)| line(slug, name)).collect()
}

fn line(slug: &str, name: &str) -> BrandLine {
    let apps = CLIENTS.iter().filter(|client| client.brand == slug).map(app).collect();
    let own = ACCOUNTS.iter().filter(|(brand, ..)| *brand == slug);
    let account = |(_, channel, handle): &(&str, &str, &str)| Account {
        channel: (*channel).to_owned(),
        handle: (*handle).to_owned(),
    };
    BrandLine {
        brand: Brand { slug: slug.to_owned(), name: name.to_owned() },
        apps,
        accounts: own.map(account).collect(),
    }
}

fn app(client: &Client) -> App {
    App {
        client_id: client.id.to_owned(),
        client_secret: format!("demo-secret-{}-not-for-production", client.id),
        scopes: owned(client.scopes),
        purposes: owned(client.purposes),
        redirect_uris: None,
    }
}

/// The same words, owned.
pub(super) fn owned(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}
