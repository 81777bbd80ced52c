//! "My sharing": the pages where customers manage what brands may know. What browsers do is tried in Chromium, what servers
//! do over plain HTTP.

mod access;
mod clicks;
mod crawl;
mod flows;
mod forms;
mod providers;
mod race;
mod refused;
mod returning;
mod security;
mod words;

use serde_json::json;
use tests::customer::PASSWORD;
use tests::{BrandApp, Customer, Habits, Window, World};

use crate::requests;

/// The pages of a customer.
pub const PAGES: [&str; 12] = [
    "/sharing",
    "/stop-all",
    "/profile",
    "/likes",
    "/needs",
    "/links",
    "/looked",
    "/receipts",
    "/data",
    "/data/erase",
    "/security",
    "/help",
];

/// Ada, who shares two things with the bank and one with a shop, and has looked at nothing yet.
async fn furnished(world: &World) -> (Customer<'_>, BrandApp<'_>) {
    let (bank, _shop) = (world.brand("bank").await, world.brand("shop").await);
    let ada = world.customer("Ada").await;
    ada.link_email("ada.at.home@example.net").await;
    let profile = json!({
        "contact": { "email": "ada.at.home@example.net", "phone": "+34912345678" },
        "area": { "postalCode": "28013", "country": "ES" }, "language": { "locale": "es-ES", "timeZone": "Europe/Madrid" },
    });
    ada.act("updateProfile", profile, "customer { id }").await.done("updateProfile");
    let need = json!({ "topic": "card declined", "text": "again, at the chemist", "wishedOutcome": "a working card" });
    ada.act("stateContext", need, "context { id }").await.done("stateContext");
    let like = json!({ "preferences": [{ "category": "travel", "key": "seat", "value": "window" }] });
    ada.act("setPreferences", like, "customer { id }").await.done("setPreferences");
    ada.give("bank", "CUSTOMER_CARE", &["NAME", "CONTEXT"]).await;
    let ended = ada.give("shop", "CUSTOMER_CARE", &["NAME"]).await;
    ada.withdraw(&ended).await;
    ada.give("shop", "CUSTOMER_CARE", &["PREFERENCES"]).await;
    bank.profile("ada.at.home@example.net", "CUSTOMER_CARE").await;
    (ada, bank)
}

/// The bank asks whoever gets its link for a name and a need; the link's address here.
async fn asked(bank: &BrandApp<'_>) -> String {
    format!("/requests/{}", requests::ask(bank, requests::plain()).await)
}

/// Every width, in the light and in the dark.
fn everywhere((keyboard, scripts): (bool, bool)) -> impl Iterator<Item = Habits> {
    [320, 768, 1280].into_iter().flat_map(move |width| {
        ["light", "dark"].map(|scheme| Habits { width, scheme, keyboard, scripts, ..Habits::USUAL })
    })
}

/// Whether somebody uses the keyboard alone, and whether scripts run.
const BY_MOUSE: (bool, bool) = (false, true);
const BY_KEYBOARD: (bool, bool) = (true, true);
const WITHOUT_SCRIPTS: (bool, bool) = (false, false);

/// Signs somebody in.
fn signed_in(world: &World, who: &Customer<'_>, habits: Habits) -> Window {
    let window = Window::open(world, habits);
    window.sign_in(&who.email, PASSWORD);
    window
}
