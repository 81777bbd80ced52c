//! Those who come in by other doors, and come back: an account that a brand brought, another address, a sign-in at a provider,
//! sharing once more, and a brand that sends them here and gets them back.

use serde_json::{Value, json};
use tests::certified_provider::CertifiedProvider;
use tests::customer::PASSWORD;
use tests::{Backend, BrandApp, Habits, Window, World};

use super::{BY_KEYBOARD, BY_MOUSE, WITHOUT_SCRIPTS, everywhere};
use crate::import::{import, plain};
use crate::linking::provider::house;
use crate::oauth::browser::encoded;
use crate::oauth::{SECRET, asking};

const NAME: &str = "name { displayName }";

/// What somebody is called wherever they are known.
fn name(number: usize) -> String {
    format!("p{number}")
}

/// Mails that were on their way have arrived.
async fn code_mailed_to(world: &World, address: &str) -> String {
    world.deps.background.finished().await;
    world.code_mailed_to(address)
}

async fn takes_over_what_a_brand_brought(world: &World, window: &Window, email: &str) {
    window.go("/");
    window.follow("A brand brought my data here: take over the account");
    window.fill("E-mail address", email);
    window.press("Send me a code");
    window.fill("The code from the mail", "none");
    window.fill("New password", PASSWORD);
    window.press("Take over the account");
    assert_eq!(window.look()["status"], 422, "{}", window.text());
    window.fill("The code from the mail", &code_mailed_to(world, email).await);
    window.fill("New password", PASSWORD);
    window.press("Take over the account");
    assert_eq!(window.look()["path"], "/sharing", "{}", window.text());
    assert!(window.text().contains("The bank"), "{}", window.text());
}

async fn moves_to_another_address(world: &World, window: &Window, email: &str) {
    window.unfold("About me");
    window.follow("Security");
    window.fill("The new address", email);
    window.press("Send me a code");
    window.fill("The code from the mail", &code_mailed_to(world, email).await);
    window.press("Change the address to sign in with");
    assert_eq!(window.look()["focus"], "done", "{}", window.text());
    window.press("Sign out");
    window.fill_sign_in(email, PASSWORD);
    assert_eq!(window.look()["path"], "/sharing", "{}", window.text());
}

fn links_and_signs_in_at_the_provider(window: &Window, name: &str) {
    window.is_known_there_as(name);
    window.unfold("About me");
    window.follow("My linked profiles");
    window.press("Link by signing in at house");
    window.press("Go to Mastodon");
    assert_eq!(window.look()["heading"], "The profile is linked", "{}", window.text());
    window.follow("My linked profiles");
    assert!(window.text().contains(&format!("{name}@social.example")), "{}", window.text());
    window.go("/security");
    window.press("Sign out");
    window.go("/sign-in");
    window.press("Sign in at house");
    window.press("Sign in at house");
    assert_eq!(window.look()["heading"], "You are signed in", "{}", window.text());
    window.press("Go on");
    assert_eq!(window.look()["path"], "/sharing", "{}", window.text());
}

async fn stops_and_shares_again(window: &Window, (bank, name): (&BrandApp<'_>, &str)) {
    let seen = async || {
        let seen = bank.look_up_on("X", name, "CUSTOMER_CARE", NAME).await;
        seen.data("/profile").clone()
    };
    window.follow("Stop everything with them: The bank");
    window.press("Stop sharing");
    assert_eq!(seen().await, Value::Null);
    window.follow("My sharing");
    window.unfold("Ended (1)");
    window.follow("Details of what The bank can see");
    window.press("Share again");
    window.choose("30 days until 1 July 2026");
    window.press("Share");
    assert_eq!(window.look()["status"], 422, "nothing was ticked: {}", window.text());
    window.tick("What to call you");
    window.choose("30 days until 1 July 2026");
    window.press("Share");
    assert_eq!(window.look()["heading"], "Shared: The bank", "{}", window.text());
    assert_eq!(seen().await, json!({ "name": { "displayName": name } }));
}

/// A shop that sends customers here to decide, and gets them back on our own page for help, which is on this machine.
struct Door<'w> {
    shop: BrandApp<'w>,
    back: String,
}

impl<'w> Door<'w> {
    async fn of(world: &'w World) -> Self {
        let back = format!("{}/help", world.deps.config.public_url);
        let app = json!({ "clientId": "shop-app", "clientSecret": SECRET, "scopes": ["NAME", "CONTACT"],
            "purposes": ["CUSTOMER_CARE"], "redirectUris": [back] });
        let line = json!({ "brand": { "slug": "shop", "name": "The shop" }, "apps": [app] });
        assert_eq!(world.import(&line.to_string()).await, Vec::<String>::new());
        Self { shop: BrandApp::new(world, "shop", "shop-app", SECRET), back }
    }

    /// Where it sends somebody.
    fn address(&self) -> String {
        let with = |key| match key {
            "client_id" => Some("shop-app"),
            "redirect_uri" => Some(self.back.as_str()),
            _ => None,
        };
        let asked: Vec<_> = asking().into_iter().map(|(key, value)| (key, with(key).unwrap_or(value))).collect();
        format!("/oauth/authorize?{}", encoded(&asked))
    }

    /// Whether somebody is back there, with this.
    fn is_open_to(&self, window: &Window, with: &str) {
        let seen = window.look();
        let address = seen["address"].as_str().expect("an address");
        assert!(address.starts_with(&format!("{}?", self.back)) && address.contains(with), "{address}");
        assert!(address.contains("state=af0ifjsldkj") && address.contains("iss="), "{address}");
    }

    /// They give a part, are asked for the rest another day, and give no more.
    async fn gives_and_refuses(&self, window: &Window, name: &str) {
        window.go(&self.address());
        assert_eq!(window.look()["heading"], "What may The shop see?", "{}", window.text());
        window.tick("What to call you");
        window.press("Share");
        self.is_open_to(window, "code=");
        let seen = self.shop.look_up_on("MASTODON", &format!("{name}@social.example"), "CUSTOMER_CARE", NAME).await;
        assert_eq!(seen.data("/profile"), &json!({ "name": { "displayName": name } }));
        window.go(&self.address());
        assert!(window.text().contains("You share this already"), "{}", window.text());
        window.press("Do not share");
        self.is_open_to(window, "error=access_denied");
    }
}

async fn comes_in_and_back((world, bank, door): (&World, &BrandApp<'_>, &Door<'_>), number: usize, habits: Habits) {
    let name = name(number);
    let (_, complaints) = import(world, plain(world, &name).to_string().as_bytes()).await;
    assert_eq!(complaints, Vec::<String>::new());
    let window = Window::open(world, habits);
    takes_over_what_a_brand_brought(world, &window, &format!("{name}@example.org")).await;
    moves_to_another_address(world, &window, &format!("{name}@elsewhere.example")).await;
    links_and_signs_in_at_the_provider(&window, &name);
    stops_and_shares_again(&window, (bank, &name)).await;
    door.gives_and_refuses(&window, &name).await;
    window.close();
}

/// One person for each way to use a page.
async fn returns(manner: (bool, bool)) {
    let mut provider = None;
    let world = World::start_for_browsers_with_providers(Backend::Sqlite, |url| {
        let person = |number| {
            let known = json!({ "sub": format!("s{number}"), "preferred_username": format!("{}@social.example", name(number)) });
            (name(number), known)
        };
        let people: Value = everywhere(manner).enumerate().map(|(number, _)| person(number)).collect();
        house(provider.insert(CertifiedProvider::start_for(url, "house", &people)))
    })
    .await;
    let (bank, door) = (world.brand("bank").await, Door::of(&world).await);
    for (number, habits) in everywhere(manner).enumerate() {
        comes_in_and_back((&world, &bank, &door), number, habits).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_who_comes_back_by_mouse_or_finger() {
    returns(BY_MOUSE).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_who_comes_back_by_the_keyboard_alone() {
    returns(BY_KEYBOARD).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_who_comes_back_without_scripts() {
    returns(WITHOUT_SCRIPTS).await;
}
