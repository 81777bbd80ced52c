//! The proof by the channel's own sign-in, at a certified provider.

use api::config::Config;
use serde_json::{Value, json};
use tests::certified_provider::{Browser, CertifiedProvider, PUBLIC_URL};
use tests::world::MINUTE;
use tests::{Backend, Customer, Reply, World};

use super::{handles, links, said};

/// Who is known at the provider.
fn people() -> Value {
    json!({
        "ada": { "sub": "4711", "preferred_username": "ada@social.example", "email": "ada@example.org", "email_verified": true },
        "bob": { "sub": "4712", "preferred_username": "bob@social.example", "email": "ada@example.org", "email_verified": false },
    })
}

/// A world in which handles on MASTODON, and addresses, are proven at the certified provider, each by its own client.
pub async fn in_a_world(backend: Backend, scenario: impl AsyncFn(&World, &CertifiedProvider)) {
    let provider = CertifiedProvider::start("house", &people());
    let world = World::start_with_providers(backend, &house(&provider)).await;
    scenario(&world, &provider).await;
}

/// The file of providers with this one, for handles on MASTODON.
pub fn house(provider: &CertifiedProvider) -> Value {
    json!([{ "name": "house", "channel": "MASTODON", "issuer": provider.issuer, "clientId": "rapport",
        "clientSecret": "secret-of-rapport-0123456789", "scope": "openid profile",
        "account": "{sub}", "handle": "{preferred_username}" }])
}

async fn start(who: &Customer<'_>, browser: &mut Browser<'_>) -> String {
    let reply = begin(who, json!({ "channel": "MASTODON", "method": "SIGN_IN" })).await;
    browser.keep(&reply);
    reply.done("startLink")["challenge"]["authorizationUrl"].as_str().expect("an address").to_owned()
}

async fn begin(who: &Customer<'_>, input: Value) -> Reply {
    who.act("startLink", input, "challenge { channel method expiresAt text sendTo authorizationUrl }").await
}

async fn a_profile_is_linked_by_signing_in(world: &World, provider: &CertifiedProvider) {
    let bank = world.brand("bank").await;
    let ada = world.customer("Ada").await;
    ada.give("bank", "CUSTOMER_CARE", &["NAME"]).await;
    let mut browser = Browser::new(world);
    let started = begin(&ada, json!({ "channel": "MASTODON", "provider": "house" })).await;
    browser.keep(&started);
    let cookie = started.header("set-cookie");
    assert!(
        cookie.starts_with("rapport-link=") && cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"),
        "{cookie}"
    );
    let challenge = &started.done("startLink")["challenge"];
    assert_eq!(
        (&challenge["method"], &challenge["sendTo"], &challenge["text"]),
        (&json!("SIGN_IN"), &json!([]), &Value::Null)
    );
    let url = challenge["authorizationUrl"].as_str().unwrap();
    assert!(url.starts_with(&provider.issuer) && url.contains("code_challenge_method=S256"), "{url}");
    let back = browser.sign_in_at(url, Some("ada")).await;
    assert!(back.starts_with(&format!("{PUBLIC_URL}/link/callback/house?code=")) && back.contains("&iss="), "{back}");
    assert_eq!(handles(&ada).await, Vec::<Value>::new(), "not before the browser is back");
    let page = browser.open(&back, None).await;
    assert_eq!(page.status, 200, "{}", page.text);
    assert_eq!((page.header("cache-control"), page.header("referrer-policy")), ("no-store", "same-origin"));
    assert_eq!(handles(&ada).await, ["ada@social.example"]);
    let seen = bank.look_up_on("MASTODON", "@ada@social.example", "CUSTOMER_CARE", "name { displayName }").await;
    assert_eq!(seen.data("/profile/name/displayName"), "Ada");
    let again = browser.open(&back, None).await;
    assert_eq!(again.status, 400, "an answer is good for one use");
}

async fn only_the_browser_that_began_can_finish(world: &World, _: &CertifiedProvider) {
    let (ada, mallory) = (world.customer("Ada").await, world.customer("Mallory").await);
    // Mallory begins, and lets Ada sign in: by a link in a mail, say.
    let mut of_mallory = Browser::new(world);
    let url = start(&mallory, &mut of_mallory).await;
    let mut of_ada = Browser::new(world);
    let back = of_ada.sign_in_at(&url, Some("ada")).await;
    let page = of_ada.open(&back, None).await;
    assert_eq!(page.status, 400);
    assert!(page.text.contains("This sign-in does not belong to one that was begun here"), "{}", page.text);
    // The same with a cookie that Ada's browser has of an attempt of her own.
    let own = start(&ada, &mut of_ada).await;
    assert_eq!(of_ada.open(&back, None).await.status, 400);
    assert_eq!((handles(&ada).await, handles(&mallory).await), (vec![], vec![]));
    // And hers is as good as before: nobody spoils it by knowing an address.
    let back = of_ada.sign_in_at(&own, Some("ada")).await;
    let stranger = of_mallory.open(&back, None).await;
    assert_eq!((stranger.status, said(&stranger)), (page.status, said(&page)));
    assert_eq!(of_ada.open(&back, None).await.status, 200);
    assert_eq!((handles(&ada).await, handles(&mallory).await), (vec![json!("ada@social.example")], vec![]));
}

async fn whoever_refuses_or_comes_too_late_or_has_signed_out_links_nothing(world: &World, _: &CertifiedProvider) {
    let ada = world.customer("Ada").await;
    let mut browser = Browser::new(world);
    let url = start(&ada, &mut browser).await;
    let back = browser.sign_in_at(&url, None).await;
    assert!(back.contains("error=access_denied"), "{back}");
    let page = browser.open(&back, None).await;
    assert!(page.status == 400 && page.text.contains("You did not agree there."), "{}", page.text);

    let url = start(&ada, &mut browser).await;
    let back = browser.sign_in_at(&url, Some("ada")).await;
    world.pass(10 * MINUTE);
    assert_eq!(browser.open(&back, None).await.status, 400, "ten minutes");

    let url = start(&ada, &mut browser).await;
    let back = browser.sign_in_at(&url, Some("ada")).await;
    ada.ask("mutation { signOut { userErrors { code } } }", json!({})).await.done("signOut");
    let again = Customer::sign_in(world, &ada.email, tests::customer::PASSWORD).await;
    assert_eq!(
        browser.open(&back, None).await.status,
        400,
        "the session in which it began is over, whatever others there are"
    );
    assert_eq!(handles(&again).await, Vec::<Value>::new());
}

async fn the_newest_sign_in_has_the_profile_and_a_message_proves_the_same_account(
    world: &World,
    _: &CertifiedProvider,
) {
    let (ada, bob) = (world.customer("Ada").await, world.customer("Bob").await);
    for who in [&ada, &bob] {
        let mut browser = Browser::new(world);
        let url = start(who, &mut browser).await;
        let back = browser.sign_in_at(&url, Some("ada")).await;
        assert_eq!(browser.open(&back, None).await.status, 200);
    }
    assert_eq!((handles(&ada).await, handles(&bob).await), (vec![], vec![json!("ada@social.example")]));
    let link = links(&bob, "id").await;
    let code = super::code(&bob, "MASTODON", "ada_renamed@social.example").await;
    super::deliver(world, "MASTODON", ("4711", "ada_renamed@social.example"), &code).await;
    assert_eq!(handles(&bob).await, ["ada_renamed@social.example"]);
    assert_eq!(links(&bob, "id").await, link, "the same account, whichever way it is proven");
}

macro_rules! at_a_certified_provider {
    ($($scenario:ident)*) => {
        mod on_sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $scenario() {
                super::in_a_world(super::Backend::Sqlite, super::$scenario).await;
            })*
        }

        mod on_postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $scenario() {
                super::in_a_world(super::Backend::Postgres, super::$scenario).await;
            })*
        }
    };
}

at_a_certified_provider! {
    a_profile_is_linked_by_signing_in
    only_the_browser_that_began_can_finish
    whoever_refuses_or_comes_too_late_or_has_signed_out_links_nothing
    the_newest_sign_in_has_the_profile_and_a_message_proves_the_same_account
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_begun_says_why() {
    let file = json!([
        { "name": "one", "channel": "WEB", "issuer": "http://127.0.0.1:1", "clientId": "c", "account": "{sub}", "handle": "{sub}" },
        { "name": "two", "channel": "LINKEDIN", "issuer": "http://127.0.0.1:1", "clientId": "c", "account": "{sub}", "handle": "{sub}" },
        { "name": "three", "channel": "LINKEDIN", "issuer": "http://127.0.0.1:1", "clientId": "c", "account": "{sub}", "handle": "{sub}" },
    ]);
    let world = World::start_with_providers(Backend::Sqlite, &file).await;
    let ada = world.customer("Ada").await;
    for (input, mistake) in [
        (json!({ "channel": "X", "method": "SIGN_IN" }), "UNSUPPORTED_CHANNEL channel"),
        (json!({ "channel": "X", "provider": "one" }), "NOT_FOUND provider"),
        (json!({ "channel": "LINKEDIN", "method": "SIGN_IN" }), "INVALID provider"),
        (json!({ "channel": "WEB", "method": "SIGN_IN" }), "UNAVAILABLE provider"),
        (json!({ "channel": "EMAIL" }), "INVALID handle"),
    ] {
        let refused = begin(&ada, input).await;
        assert_eq!(refused.mistakes("startLink"), [mistake]);
        assert_eq!(refused.header("set-cookie"), "");
    }
    let shown = world.ask("{ linkProviders { name channel } }", json!({})).await;
    assert_eq!(shown.data("/linkProviders/1"), &json!({ "name": "two", "channel": "LINKEDIN" }));
}

#[test]
fn the_settings_name_a_file_that_cannot_be_used() {
    let file = ("RAPPORT_PROVIDERS_FILE".to_owned(), "/nowhere/providers.json".to_owned());
    let config = Config::from_variables([file]).unwrap();
    assert_eq!(config.providers_file.map(|path| api::config::providers::load(&path).is_err()), Some(true));
}
