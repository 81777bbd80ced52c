//! Everybody can use the pages: on a phone and on a desktop, in the light and in the dark, with large text, in their language.

use serde_json::{Value, json};
use tests::{Backend, Customer, Habits, Window, World};

use super::{PAGES, asked, furnished, signed_in};
use crate::oauth::browser::encoded;
use crate::{oauth, requests};

/// The pages of whoever comes.
const STRANGERS: [&str; 6] = ["/", "/sign-in", "/sign-up", "/reset", "/claim", "/nothing-here"];

async fn own_pages(ada: &Customer<'_>, request: &str) -> Vec<String> {
    let query = "{ me { grants(first: 10) { nodes { id } } receipts(first: 1) { nodes { id } } } }";
    let found = ada.ask(query, json!({})).await;
    let id = |path: &str| found.data(path).as_str().expect("an id").to_owned();
    let (grant, receipt) = (id("/me/grants/nodes/0/id"), id("/me/receipts/nodes/0/id"));
    let grants = ["", "/stop", "/stop?scope=NAME", "/again"].map(|rest| format!("/sharing/{grant}{rest}"));
    let more = [format!("/receipts/{receipt}"), request.to_owned()];
    PAGES.iter().map(ToString::to_string).chain(grants).chain(more).collect()
}

fn assert_fine(window: &Window, page: &str, habits: Habits) {
    // Text of twice the size (WCAG 2.2, 1.4.4): on the narrowest screen and on the widest.
    let zooms: &[f64] = if habits.width == 768 { &[1.0] } else { &[1.0, 2.0] };
    for &zoom in zooms {
        window.go(page);
        let seen = window.judge(zoom);
        assert_eq!(seen["found"], json!([]), "{page} {habits:?} {zoom}");
        assert_eq!(seen["overflow"], 0, "{page} scrolls sideways: {habits:?} {zoom}");
        assert_eq!(seen["language"], habits.language[..2], "{page}");
        assert!(!seen["heading"].as_str().unwrap().is_empty() && !seen["title"].as_str().unwrap().is_empty(), "{page}");
        let complaints = seen["complaints"].as_array().unwrap().iter().filter(|said| !is_of_a_status(said));
        assert_eq!(complaints.collect::<Vec<_>>(), Vec::<&Value>::new(), "{page}");
    }
}

/// Browsers complain of each answer that says 404.
fn is_of_a_status(said: &Value) -> bool {
    said.as_str().unwrap_or_default().starts_with("Failed to load resource: the server responded with a status of 404")
}

async fn assert_all_fine(scheme: &'static str) {
    let world = World::start_for_browsers(Backend::Sqlite).await;
    let (ada, bank) = furnished(&world).await;
    let token = asked(&bank).await;
    let request = requests::opened(&ada, token.rsplit('/').next().unwrap()).await;
    let pages = own_pages(&ada, &format!("/asked/{request}")).await;
    for (width, language) in [(320, "es-ES"), (768, "en-GB"), (1280, "es-ES")] {
        let habits = Habits { width, scheme, language, ..Habits::USUAL };
        let window = Window::open(&world, habits);
        for page in STRANGERS {
            assert_fine(&window, page, habits);
        }
        window.close();
        let window = signed_in(&world, &ada, Habits { language: "en-GB", ..habits });
        if language == "es-ES" {
            window.press("Español");
        }
        for page in &pages {
            assert_fine(&window, page, habits);
        }
        window.close();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn axe_finds_nothing_in_the_light_at_any_width_and_nothing_scrolls_sideways() {
    assert_all_fine("light").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn axe_finds_nothing_in_the_dark_at_any_width_and_nothing_scrolls_sideways() {
    assert_all_fine("dark").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refusing_and_sharing_look_alike_and_nothing_is_chosen_beforehand() {
    let world = World::start_for_browsers(Backend::Sqlite).await;
    let (ada, bank) = furnished(&world).await;
    let token = asked(&bank).await;
    let request = requests::opened(&ada, token.rsplit('/').next().unwrap()).await;
    assert_alike(&world, &ada, &format!("/asked/{request}")).await;
    // The same decision by the other door.
    let world = World::start_for_browsers(Backend::Sqlite).await;
    oauth::bank(&world).await;
    let ada = world.customer("Ada").await;
    assert_alike(&world, &ada, &format!("/oauth/authorize?{}", encoded(&oauth::asking()))).await;
}

async fn assert_alike(world: &World, who: &Customer<'_>, page: &str) {
    for scheme in ["light", "dark"] {
        for width in [320, 1280] {
            let window = signed_in(world, who, Habits { width, scheme, ..Habits::USUAL });
            window.go(page);
            let seen = window.compare(&["Share", "Do not share"]);
            let (give, refuse) = (&seen["boxes"][0], &seen["boxes"][1]);
            for side in ["width", "height"] {
                let (one, other) = (give[side].as_f64().unwrap(), refuse[side].as_f64().unwrap());
                assert!((one - other).abs() <= 0.05 * one.max(other), "{page}: {side}: {one} and {other}");
            }
            for look in ["color", "backgroundColor", "borderColor", "fontSize", "fontWeight"] {
                assert_eq!(give[look], refuse[look], "{page}: {look}");
            }
            let contrast = contrast(&give["color"], &seen["canvas"]);
            assert!(contrast >= 4.5, "{page}: {contrast} in the {scheme}");
            assert_eq!(seen["ticked"], 0, "{page}");
            let judged = window.judge(1.0);
            assert_eq!((&judged["found"], &judged["overflow"]), (&json!([]), &json!(0)), "{page}");
            window.close();
        }
    }
}

/// How two colours of CSS stand out from each other (WCAG 2.2, contrast ratio).
fn contrast(one: &Value, other: &Value) -> f64 {
    let luminance = |colour: &Value| {
        let text = colour.as_str().unwrap();
        let parts: Vec<f64> = text
            .trim_start_matches(|letter: char| !letter.is_ascii_digit())
            .trim_end_matches(')')
            .split(',')
            .take(3)
            .map(|part| part.trim().parse::<f64>().unwrap() / 255.0)
            .map(|part| if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) })
            .collect();
        0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
    };
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}
