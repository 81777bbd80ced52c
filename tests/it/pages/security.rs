//! What somebody careful does: a second step, recovery codes, passkeys, passwords, devices, and what is left of it.

use serde_json::json;
use tests::customer::PASSWORD;
use tests::{Backend, Habits, Window, World};

use super::{BY_KEYBOARD, BY_MOUSE, WITHOUT_SCRIPTS, everywhere, furnished, signed_in};
use crate::oauth;
use crate::oauth::browser::encoded;
use crate::sign_in::second_factor::App;

const NEW_PASSWORD: &str = "walnut-harbour-seventeen-kites";

/// The word after a sentence of the page.
fn word_after(window: &Window, sentence: &str) -> String {
    let text = window.text();
    let (_, rest) = text.split_once(sentence).unwrap_or_else(|| panic!("`{sentence}` is not on the page: {text}"));
    rest.split_whitespace().next().expect("a word").to_owned()
}

async fn a_careful_evening(habits: Habits) {
    let world = World::start_for_browsers(Backend::Sqlite).await;
    let (ada, bank) = furnished(&world).await;
    let window = signed_in(&world, &ada, habits);

    // A longer end, a like less, no offers, another name, the address in Spanish.
    window.follow("Details of what The bank can see");
    window.unfold("Change how long");
    window.choose("1 year until 1 June 2027");
    window.press("Change how long");
    window.press("Share until then");
    let text = window.text();
    assert!(text.contains("The end was changed.") && text.contains("It ended on"), "{text}");
    window.go("/likes");
    window.press("Remove seat");
    assert!(window.text().contains("Nothing yet."), "{}", window.text());
    window.press("No offers from anybody");
    assert!(window.text().contains("No brand may use your data for offers."), "{}", window.text());
    window.go("/profile");
    window.fill("What to call you (optional)", "Adita");
    window.press("Save");
    let seen = bank.look_up("ada.at.home@example.net", "CUSTOMER_CARE", "name { displayName }").await;
    assert_eq!(seen.data("/profile/name/displayName"), "Adita");
    window.press("Español");
    assert_eq!(window.look()["heading"], "Mi perfil");
    window.press("English");

    // Nobody finds them by what they have unlinked.
    window.go("/links");
    window.press("Unlink ada.at.home@example.net");
    assert!(window.text().contains("None yet."), "{}", window.text());
    let seen = bank.look_up("ada.at.home@example.net", "CUSTOMER_CARE", "name { displayName }").await;
    assert_eq!(seen.data("/profile"), &json!(null));

    // A second step, and a way in without the device.
    window.go("/security");
    window.press("Add an authenticator app");
    let app = App::with(&word_after(&window, "Type this key into your authenticator app:"));
    window.fill("The six digits from your authenticator app", "000000");
    window.press("Turn on the second step");
    assert_eq!(window.look()["status"], 422, "{}", window.text());
    window.fill("The six digits from your authenticator app", &app.shows(&world, 0));
    window.press("Turn on the second step");
    assert_eq!(window.look()["focus"], "done", "{}", window.text());
    let recovery = word_after(&window, "Each lets you in once if you lose your device.");
    window.press("Sign out");
    assert!(window.text().contains("You are signed out."), "{}", window.text());
    window.fill_sign_in(&ada.email, PASSWORD);
    assert_eq!(window.look()["heading"], "One more step");
    window.fill("The six digits from your authenticator app (optional)", &app.shows(&world, 1));
    window.press("Sign in");
    assert_eq!(window.look()["path"], "/sharing", "{}", window.text());

    // Another password, which the old one is no more; and a forgotten one.
    window.go("/security");
    window.fill("The password as it is", PASSWORD);
    window.fill("New password", NEW_PASSWORD);
    window.press("Change the password");
    assert!(window.text().contains("The password was changed"), "{}", window.text());
    window.press("Sign out");
    window.fill_sign_in(&ada.email, PASSWORD);
    assert_eq!(window.look()["status"], 422, "the old one");
    window.go("/reset");
    window.fill("E-mail address", &ada.email);
    window.press("Send me a code");
    world.deps.background.finished().await;
    window.fill("The code from the mail", &world.code_mailed_to(&ada.email));
    window.fill("New password", PASSWORD);
    window.press("Set the new password");
    window.fill_sign_in(&ada.email, PASSWORD);
    window.fill("Or one of your recovery codes (optional)", &recovery);
    window.press("Sign in");
    assert_eq!(window.look()["path"], "/sharing", "{}", window.text());
    window.go("/security");
    window.press("Turn off the second step");
    assert!(window.text().contains("The second step is off."), "{}", window.text());
    window.close();
}

async fn evenings(manner: (bool, bool)) {
    for habits in everywhere(manner) {
        a_careful_evening(habits).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_careful_evening_by_mouse_or_finger() {
    evenings(BY_MOUSE).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_careful_evening_by_the_keyboard_alone() {
    evenings(BY_KEYBOARD).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_careful_evening_without_scripts() {
    evenings(WITHOUT_SCRIPTS).await;
}

/// Presses what asks for a passkey, and then the browser's own question, which the device answers.
fn use_passkey(window: &Window, name: &str) {
    window.press(name);
    window.press("Use my passkey");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_passkey_is_made_signs_in_alone_and_second_and_is_removed() {
    let world = World::start_for_browsers(Backend::Sqlite).await;
    oauth::bank(&world).await;
    let ada = world.customer("Ada").await;
    for (width, keyboard) in [(320, false), (1280, true)] {
        let window = signed_in(&world, &ada, Habits { width, keyboard, passkeys: true, ..Habits::USUAL });
        window.go("/security");
        window.press("Add a passkey");
        window.fill("A name for it, such as \"my phone\" (optional)", "my phone");
        window.press("Make the passkey on this device");
        let text = window.text();
        assert!(text.contains("my phone") && text.contains("Your recovery codes"), "{text}");
        window.press("Sign out");
        window.go("/sign-in");
        use_passkey(&window, "Sign in with a passkey");
        assert_eq!(window.look()["path"], "/sharing", "{}", window.text());
        sign_out(&window);
        window.fill_sign_in(&ada.email, PASSWORD);
        assert_eq!(window.look()["heading"], "One more step");
        use_passkey(&window, "Use my passkey");
        assert_eq!(window.look()["path"], "/sharing", "{}", window.text());
        // A brand sends them to the other door.
        sign_out(&window);
        window.go(&format!("/oauth/authorize?{}", encoded(&oauth::asking())));
        window.fill("E-mail address", &ada.email);
        window.fill("Password", PASSWORD);
        window.press("Sign in");
        use_passkey(&window, "Use my passkey");
        assert_eq!(window.look()["heading"], "What may The bank see?", "{}", window.text());
        window.go("/security");
        window.press("Remove my phone");
        assert!(window.text().contains("The passkey was removed."), "{}", window.text());
        assert_eq!(window.look()["complaints"], json!([]));
        window.close();
    }
}

fn sign_out(window: &Window) {
    window.go("/security");
    window.press("Sign out");
}
