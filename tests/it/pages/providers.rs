//! Signing in at a provider, on the pages.

use tests::certified_provider::{Browser as Elsewhere, CertifiedProvider, PUBLIC_URL};
use tests::{Backend, World};

use crate::linking::provider::in_a_world;
use crate::oauth::browser::Browser;

async fn whoever_has_linked_a_profile_signs_in_by_it(world: &World, _: &CertifiedProvider) {
    let ada = world.customer("Ada").await;
    let mut browser = Browser::new(world);
    browser.sign_in(&ada.email).await;
    let fields =
        [("act", "start"), ("input.channel", "MASTODON"), ("input.provider", "house"), ("input.method", "SIGN_IN")];
    let started = browser.submit("/links", &fields).await;
    let back = elsewhere(world, &started.reply.text).await;
    let linked = browser.get(&back).await;
    assert!(linked.reply.status == 200 && linked.has("The profile is linked"), "{}", linked.reply.text);
    assert!(browser.get("/links").await.has("ada@social.example"));

    let mut browser = Browser::new(world);
    assert!(browser.get("/sign-in").await.has("Sign in at house"));
    let started = browser.submit("/sign-in", &[("act", "start-provider"), ("input.provider", "house")]).await;
    let back = elsewhere(world, &started.reply.text).await;
    let strange = Browser::new(world).get(&back).await;
    assert_eq!(strange.reply.status, 400, "another browser");
    let returned = browser.get(&back).await;
    assert!(returned.reply.status == 200 && returned.has("You are signed in"), "{}", returned.reply.text);
    let refused = Browser::new(world).submit("/sign-in", &[("act", "provider")]).await;
    assert_eq!(refused.reply.status, 422, "another browser");
    let signed_in = browser.submit("/sign-in", &[("act", "provider")]).await;
    assert_eq!(
        (signed_in.reply.status.as_u16(), signed_in.reply.header("location")),
        (303, "/sharing"),
        "{}",
        signed_in.reply.text
    );
    assert_eq!(browser.get("/sharing").await.reply.status, 200);
    assert_eq!(browser.cookies()["rapport-sign-in"], "", "the secret is used up, and forgotten");
}

/// Signs in at the provider that a page leads to; where that sends the browser back to.
async fn elsewhere(world: &World, page: &str) -> String {
    let url = page.split("href=\"").find(|rest| rest.contains("code_challenge")).expect("a link out");
    let url = url.split('"').next().unwrap_or_default().replace("&amp;", "&").replace("&#x2f;", "/");
    let back = Elsewhere::new(world).sign_in_at(&url, Some("ada")).await;
    back.strip_prefix(PUBLIC_URL).expect("here").to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn by_a_certified_provider_on_sqlite() {
    in_a_world(Backend::Sqlite, whoever_has_linked_a_profile_signs_in_by_it).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn by_a_certified_provider_on_postgres() {
    in_a_world(Backend::Postgres, whoever_has_linked_a_profile_signs_in_by_it).await;
}
