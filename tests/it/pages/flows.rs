//! What people do on the pages, from the first to the last step: by mouse, by the keyboard alone, and without scripts.

use serde_json::json;
use tests::{Backend, Habits, Window, World};

use super::{BY_KEYBOARD, BY_MOUSE, WITHOUT_SCRIPTS, asked, everywhere};

const EMAIL: &str = "maria@example.net";
const PASSWORD: &str = "lantern-otter-violin-92";

/// Everything that somebody new does: an account, a profile, a need, a like, a link, a request that is answered, a change of
/// mind, a look at who looked, a pause, the end.
async fn a_whole_day(habits: Habits) {
    let world = World::start_for_browsers(Backend::Sqlite).await;
    let bank = world.brand("bank").await;
    let request = asked(&bank).await;
    let window = Window::open(&world, habits);
    // The bank's link leads a stranger in, and on to what it asks.
    window.go(&request);
    assert_eq!(window.look()["heading"], "Sign in");
    window.follow("No account yet? Make one");
    window.fill("E-mail address", EMAIL);
    window.fill("Password", "12345678");
    window.fill("What to call you (optional)", "Maria");
    window.press("Make an account");
    let seen = window.look();
    assert_eq!((&seen["status"], &seen["focus"]), (&json!(422), &json!("mistakes")), "{seen}");
    window.fill("Password", PASSWORD);
    window.press("Make an account");
    assert_eq!(window.look()["heading"], "A brand asks you", "{}", window.text());
    window.press("Look at it");
    assert!(window.text().contains("An answer within the hour"), "{}", window.text());
    // What is needed was not ticked: nothing is shared, and what was ticked is said.
    window.choose("30 days until 1 July 2026");
    window.tick("What you need right now");
    window.press("Share");
    assert_eq!(window.look()["status"], 422);
    window.choose("30 days until 1 July 2026");
    window.tick("What to call you");
    window.tick("What you need right now");
    window.press("Share");
    assert_eq!(window.look()["heading"], "Shared: The bank");

    window.follow("My sharing");
    assert!(window.text().contains("What you get: An answer within the hour"), "{}", window.text());
    window.follow("What I need");
    window.fill("What is it about?", "card declined");
    window.fill("What would settle it (optional)", "call me");
    window.press("Say what you need");
    assert!(window.text().contains("Saved. Brands that you share it with see it from now on."), "{}", window.text());

    window.go("/links");
    window.fill("Your name there", "maria");
    window.press("Link a profile");
    assert!(window.text().contains("@rapport_link"), "{}", window.text());
    window.go("/links");
    let code = {
        window.fill("Your name there", EMAIL);
        choose_e_mail(&window);
        window.press("Link a profile");
        world.deps.background.finished().await;
        world.code_mailed_to(EMAIL)
    };
    window.fill("The code from the mail", &code);
    window.press("Link it");
    assert!(window.text().contains(EMAIL), "{}", window.text());

    let read = bank.look_up(EMAIL, "CUSTOMER_CARE", "name { displayName } context { topic }").await;
    assert_eq!(read.data("/profile/name/displayName"), "Maria");
    assert_eq!(read.data("/profile/context/0/topic"), "card declined");
    window.follow("Who looked");
    let text = window.text();
    let saw = text.lines().find(|line| line.starts_with("Saw: ")).expect("a look");
    assert!(saw.contains("What to call you") && saw.contains("What you need right now"), "{text}");

    window.follow("My sharing");
    window.press("Pause all sharing");
    assert!(window.text().contains("Paused. Nobody sees anything"), "{}", window.text());
    let read = bank.look_up(EMAIL, "CUSTOMER_CARE", "name { displayName }").await;
    assert_eq!(read.data("/profile/name"), &json!(null));
    window.press("Resume what is paused");
    window.follow("Stop everything with them: The bank");
    window.press("Stop sharing");
    assert_eq!(window.look()["heading"], "Stopped: The bank");
    let read = bank.look_up(EMAIL, "CUSTOMER_CARE", "name { displayName }").await;
    assert_eq!(read.data("/profile"), &json!(null));

    window.go("/data/erase");
    window.press("Show me what will happen");
    assert!(
        window.text().contains("it looked 2 times") || window.text().contains("it looked once"),
        "{}",
        window.text()
    );
    window.press("Erase everything");
    assert_eq!(window.look()["heading"], "You decide what brands know about you");
    window.fill_sign_in(EMAIL, PASSWORD);
    assert_eq!(window.look()["status"], 422, "the account is gone");
    assert!(!window.look()["address"].as_str().unwrap().contains("maria"));
    window.close();
}

fn choose_e_mail(window: &Window) {
    window.select("Where", "EMAIL");
}

async fn days(manner: (bool, bool)) {
    for habits in everywhere(manner) {
        a_whole_day(habits).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_whole_day_by_mouse_or_finger() {
    days(BY_MOUSE).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_whole_day_by_the_keyboard_alone() {
    days(BY_KEYBOARD).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_whole_day_without_scripts() {
    days(WITHOUT_SCRIPTS).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_goes_on_in_place_with_scripts_and_as_a_page_without() {
    for scripts in [true, false] {
        let world = World::start_for_browsers(Backend::Sqlite).await;
        let bank = world.brand("bank").await;
        let ada = world.customer("Ada").await;
        ada.link_email("ada.at.home@example.net").await;
        ada.give("bank", "CUSTOMER_CARE", &["NAME"]).await;
        for _ in 0..25 {
            bank.profile("ada.at.home@example.net", "CUSTOMER_CARE").await;
        }
        let window = super::signed_in(&world, &ada, Habits { scripts, ..Habits::USUAL });
        window.follow("Who looked");
        if scripts {
            window.more("Show more", "#reads > li", 25);
            assert_eq!(window.look()["path"], "/looked");
        } else {
            window.press("Show more");
        }
        assert!(!window.text().contains("Show more"), "{}", window.text());
        window.close();
    }
}
