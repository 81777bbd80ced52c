//! A browser (Chromium) on the pages of the server, in the hands of somebody who reads names and presses what they name.

use std::cell::{Cell, RefCell};

use serde_json::{Value, json};

use crate::{StrangeClient, World};

/// Where Debian has it.
const CHROMIUM: &str = "/usr/bin/chromium";

/// How somebody uses pages.
#[derive(Debug, Clone, Copy)]
pub struct Habits {
    /// The width of their screen, in CSS pixels.
    pub width: u32,
    /// `light` or `dark`.
    pub scheme: &'static str,
    /// The language that their browser asks for.
    pub language: &'static str,
    /// Whether scripts run.
    pub scripts: bool,
    /// Whether they use the keyboard alone.
    pub keyboard: bool,
    /// Whether their device can make passkeys.
    pub passkeys: bool,
}

impl Habits {
    /// A desktop, a mouse, English.
    pub const USUAL: Self =
        Self { width: 1280, scheme: "light", language: "en-GB", scripts: true, keyboard: false, passkeys: false };
}

/// A window of a browser of its own.
pub struct Window {
    browser: RefCell<StrangeClient>,
    clicks: Cell<usize>,
}

impl Window {
    /// Opens one on a server that was started for browsers.
    pub fn open(world: &World, habits: Habits) -> Self {
        let Habits { width, scheme, language, scripts, keyboard, passkeys } = habits;
        let authenticator = passkeys.then(|| {
            json!({ "protocol": "ctap2", "transport": "internal", "hasResidentKey": true, "hasUserVerification": true,
                "isUserVerified": true })
        });
        let folder = crate::database::fresh_folder("browser");
        let mut browser = StrangeClient::start(
            "pages",
            &json!({
                "program": CHROMIUM, "folder": folder, "origin": world.deps.config.public_url, "width": width,
                "scheme": scheme, "language": language, "scripts": scripts, "keyboard": keyboard,
                "authenticator": authenticator,
            }),
        );
        assert_eq!(browser.hear(), json!({ "ready": true }));
        Self { browser: RefCell::new(browser), clicks: Cell::new(0) }
    }

    fn ask(&self, told: &Value) -> Value {
        let mut browser = self.browser.borrow_mut();
        browser.tell(told);
        let answer = browser.hear();
        assert!(answer.get("failed").is_none(), "{answer}");
        answer
    }

    /// Types an address.
    pub fn go(&self, path: &str) {
        self.ask(&json!({ "open": path }));
    }

    /// Follows a link of this name.
    pub fn follow(&self, name: &str) {
        self.press_as("link", name);
    }

    /// Presses a button of this name that leads on.
    pub fn press(&self, name: &str) {
        self.press_as("button", name);
    }

    fn press_as(&self, role: &str, name: &str) {
        self.clicks.set(self.clicks.get() + 1);
        self.ask(&json!({ "press": { "role": role, "name": name } }));
    }

    /// Ticks a box.
    pub fn tick(&self, name: &str) {
        self.clicks.set(self.clicks.get() + 1);
        self.ask(&json!({ "tick": { "role": "checkbox", "name": name } }));
    }

    /// Chooses one of several.
    pub fn choose(&self, name: &str) {
        self.clicks.set(self.clicks.get() + 1);
        self.ask(&json!({ "tick": { "role": "radio", "name": name } }));
    }

    /// Unfolds what stands under a heading of this name.
    pub fn unfold(&self, name: &str) {
        self.clicks.set(self.clicks.get() + 1);
        self.ask(&json!({ "tick": { "role": "DisclosureTriangle", "name": name } }));
    }

    /// Types into a field.
    pub fn fill(&self, name: &str, text: &str) {
        self.ask(&json!({ "fill": { "name": name, "text": text } }));
    }

    /// Chooses from a list, by the option's value.
    pub fn select(&self, name: &str, value: &str) {
        self.ask(&json!({ "select": { "name": name, "value": value } }));
    }

    /// At the certified provider, this is who they are.
    pub fn is_known_there_as(&self, who: &str) {
        self.ask(&json!({ "headers": { "x-sign-in": who } }));
    }

    /// Signs in on the page for that; what is pressed from then on is counted.
    pub fn sign_in(&self, email: &str, password: &str) {
        self.fill_sign_in(email, password);
        assert_eq!(self.look()["path"], "/sharing", "{}", self.text());
        self.clicks.set(0);
    }

    /// Tries to sign in.
    pub fn fill_sign_in(&self, email: &str, password: &str) {
        self.go("/sign-in");
        self.fill("E-mail address", email);
        self.fill("Password", password);
        self.press("Sign in");
    }

    /// How often something was pressed, ticked or chosen since the sign-in.
    pub fn clicks(&self) -> usize {
        self.clicks.get()
    }

    /// What is there: `status path address title language heading text focus overflow complaints`.
    pub fn look(&self) -> Value {
        self.ask(&json!({ "look": { "judged": false } }))
    }

    /// The same with what axe-core finds, with text of this size.
    pub fn judge(&self, zoom: f64) -> Value {
        self.ask(&json!({ "look": { "judged": true, "zoom": zoom } }))
    }

    /// How buttons of these names look beside each other.
    pub fn compare(&self, names: &[&str]) -> Value {
        self.ask(&json!({ "compare": { "names": names } }))
    }

    /// Lets a list go on in place, until it has so many rows.
    pub fn more(&self, name: &str, list: &str, rows: usize) {
        self.ask(&json!({ "more": { "name": name, "list": list, "rows": rows } }));
    }

    /// The text of the page.
    pub fn text(&self) -> String {
        self.look()["text"].as_str().unwrap_or_default().to_owned()
    }

    /// Closes it.
    pub fn close(self) {
        assert_eq!(self.ask(&json!({ "close": true })), json!({ "done": {} }));
    }
}
