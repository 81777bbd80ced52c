//! Signing in at a provider, once the account there was linked from inside: nobody is made, nobody is merged, and nobody
//! else gets in.

use serde_json::{Value, json};
use tests::certified_provider::Browser;
use tests::customer::PASSWORD;
use tests::world::MINUTE;
use tests::{Backend, Customer, Reply, World};

use super::attacks::{Journey, Stage};
use super::{handles, said};
use crate::guessing::Node;
use crate::sign_in::second_factor;

const UNKNOWN: &str = "No account here is linked to this one. Sign in, and link it first.";

/// A browser on its way to sign in, with the secret that it was given.
async fn begin<'w>(stage: &'w Stage, name: &str) -> (Journey<'w>, String) {
    let query = "mutation($name: String!) { startProviderSignIn(input: { provider: $name }) {
        authorizationUrl secret expiresAt userErrors { code field } } }";
    let reply = stage.world.ask(query, json!({ "name": name })).await;
    let payload = reply.done("startProviderSignIn");
    assert_eq!(payload["expiresAt"], json!(stage.world.time(10 * MINUTE)));
    let secret = payload["secret"].as_str().expect("a secret").to_owned();
    (stage.journey(&reply, payload["authorizationUrl"].as_str().expect("an address"), name), secret)
}

async fn complete(world: &World, secret: &str) -> Reply {
    let query = "mutation($secret: String!) { completeProviderSignIn(input: { secret: $secret }) {
        session { accessToken } customer { name { displayName } } userErrors { code field } } }";
    world.ask(query, json!({ "secret": secret })).await
}

pub(super) async fn refused(world: &World, secret: &str) {
    assert_eq!(complete(world, secret).await.mistakes("completeProviderSignIn"), ["WRONG_CREDENTIALS secret"]);
}

/// Links the provider's account of this id, and this address.
async fn link(stage: &Stage, who: &Customer<'_>, subject: &str, address: &str) {
    let mut journey = stage.begin(who, "honest").await;
    stage.say(&journey, subject, address);
    assert_eq!(journey.arrive(&stage.honest.issuer).await, 200);
}

/// Signs in with the provider's account of this id, and this address: the page, and the secret.
pub(super) async fn sign_in(stage: &Stage, subject: &str, address: &str) -> (Reply, String) {
    let (mut journey, secret) = begin(stage, "honest").await;
    stage.say(&journey, subject, address);
    (journey.land(&stage.honest.issuer).await, secret)
}

macro_rules! scenarios {
    ($(async fn $name:ident($stage:ident) $body:block)*) => {$(
        mod $name {
            use super::*;

            async fn scenario($stage: Stage) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_sqlite() {
                scenario(Stage::set(Backend::Sqlite).await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_postgres() {
                scenario(Stage::set(Backend::Postgres).await).await;
            }
        }
    )*};
}

scenarios! {
    async fn one_address_begins_only_so_many_sign_ins_that_nobody_completes(stage) {
        let ada = stage.world.customer("Ada").await;
        link(&stage, &ada, "4711", "linked@example.org").await;
        // Whoever signs in gets back what was counted, so that a household never meets the limit.
        let (_, secret) = sign_in(&stage, "4711", "linked@example.org").await;
        complete(&stage.world, &secret).await.done("completeProviderSignIn");
        let start = || stage.world.ask("mutation { startProviderSignIn(input: { provider: \"honest\" }) { secret } }", json!({}));
        for number in 0..60 {
            let reply = start().await;
            assert!(reply.data("/startProviderSignIn/secret").is_string(), "{number}: {}", reply.text);
        }
        let refused = start().await;
        assert_eq!(refused.status, 429);
        assert_eq!(refused.code(), "RATE_LIMITED");
        let node = Node::behind_a_proxy(&stage.world).await;
        let body = json!({ "query": "mutation { startProviderSignIn(input: { provider: \"honest\" }) { secret } }" });
        let elsewhere = stage.world.http.post(format!("{}/graphql", node.url)).header("x-forwarded-for", "198.51.100.9");
        let elsewhere = Reply::of(elsewhere.json(&body).send().await).await;
        assert!(elsewhere.data("/startProviderSignIn/secret").is_string(), "nobody else is kept out: {}", elsewhere.text);
        node.stop().await;
        stage.world.pass(MINUTE);
        assert!(start().await.data("/startProviderSignIn/secret").is_string(), "one a minute");
        assert_eq!(start().await.code(), "RATE_LIMITED");
    }

    async fn whoever_has_linked_an_account_from_inside_signs_in_by_it(stage) {
        let ada = stage.world.customer("Ada").await;
        link(&stage, &ada, "4711", "linked@example.org").await;
        let (page, secret) = sign_in(&stage, "4711", "linked@example.org").await;
        assert_eq!(page.status, 200, "{}", page.text);
        assert!(page.text.contains("You are signed in") && !page.text.contains(&secret), "{}", page.text);
        let signed_in = complete(&stage.world, &secret).await;
        let payload = signed_in.done("completeProviderSignIn");
        assert_eq!(payload["customer"]["name"]["displayName"], "Ada");
        let me = stage.world.ask_as(payload["session"]["accessToken"].as_str(), "{ me { email } }", json!({})).await;
        assert_eq!(me.data("/me/email"), "ada@example.org");
        let start = "mutation { startPasskey { options userErrors { code field } } }";
        let weighty = stage.world.ask_as(payload["session"]["accessToken"].as_str(), start, json!({})).await;
        assert_eq!(weighty.mistakes("startPasskey"), ["STEP_UP_REQUIRED"], "they may have signed in there long ago");
        refused(&stage.world, &secret).await;
        // The provider's account has another address by now: it is the same account.
        let (page, secret) = sign_in(&stage, "4711", "renamed@example.org").await;
        assert_eq!(page.status, 200);
        stage.world.pass(2 * MINUTE);
        refused(&stage.world, &secret).await;
    }

    async fn a_provider_stands_in_for_the_password_and_not_for_the_second_factor(stage) {
        let ada = stage.world.customer("Ada").await;
        link(&stage, &ada, "4711", "linked@example.org").await;
        let (_, recovery_codes) = second_factor::set_up(&stage.world, &ada).await;
        let (_, secret) = sign_in(&stage, "4711", "linked@example.org").await;
        let query = "mutation($secret: String!) { completeProviderSignIn(input: { secret: $secret }) {
            session { accessToken } customer { id } secondFactor { token } userErrors { code field } } }";
        let half = stage.world.ask(query, json!({ "secret": secret })).await;
        let half = half.done("completeProviderSignIn");
        assert_eq!((&half["session"], &half["customer"]), (&Value::Null, &Value::Null));
        let input = json!({ "token": half["secondFactor"]["token"], "proof": { "recoveryCode": recovery_codes[0] } });
        let done = crate::sign_in::act(&stage.world, "completeSignIn", input, "customer { email }").await;
        assert_eq!(done.done("completeSignIn")["customer"]["email"], "ada@example.org");
    }

    async fn nobody_is_recognised_by_an_address_made_or_merged(stage) {
        let ada = stage.world.customer("Ada").await;
        ada.link_email("linked@example.org").await;
        let count = async || {
            use sea_orm::{EntityTrait, PaginatorTrait};
            entity::customer::Entity::find().count(stage.world.deps.vault.store.reader()).await.unwrap()
        };
        let before = count().await;
        let mut pages = Vec::new();
        // Her linked address, the one that she signs in with, and one that nobody has.
        for address in ["linked@example.org", "ada@example.org", "new@example.org"] {
            let (page, secret) = sign_in(&stage, "666", address).await;
            refused(&stage.world, &secret).await;
            pages.push((page.status.as_u16(), said(&page)));
        }
        assert!(pages.iter().all(|page| *page == pages[0]) && pages[0].0 == 400 && pages[0].1.contains(UNKNOWN), "{pages:?}");
        // The same id, at another provider.
        link(&stage, &ada, "4711", "linked@example.org").await;
        let (mut journey, secret) = begin(&stage, "rogue").await;
        let claims = stage.claims(&stage.rogue, &journey);
        stage.rogue.say(claims, Value::Null);
        let page = journey.land(&stage.rogue.issuer).await;
        assert_eq!((page.status.as_u16(), said(&page)), pages[0]);
        refused(&stage.world, &secret).await;
        assert_eq!(count().await, before);
        assert_eq!(handles(&ada).await, ["linked@example.org"]);
    }

    async fn it_ends_with_the_link_with_a_takeover_and_with_a_new_password(stage) {
        let (ada, bob) = (stage.world.customer("Ada").await, stage.world.customer("Bob").await);
        link(&stage, &ada, "1", "one@example.org").await;
        link(&stage, &ada, "2", "two@example.org").await;
        let one = crate::linking::links(&ada, "id handle").await.into_iter().find(|link| link["handle"] == "one@example.org").unwrap();
        ada.act("unlink", json!({ "linkId": one["id"] }), "").await.done("unlink");
        bob.link_email("two@example.org").await;
        let mut pages = Vec::new();
        for (subject, address) in [("1", "one@example.org"), ("2", "two@example.org"), ("3", "three@example.org")] {
            let (page, secret) = sign_in(&stage, subject, address).await;
            refused(&stage.world, &secret).await;
            pages.push((page.status.as_u16(), said(&page)));
        }
        assert!(pages.iter().all(|page| *page == pages[0]) && pages[0].1.contains(UNKNOWN), "{pages:?}");
        // The password is changed while the browser is on its way back.
        link(&stage, &ada, "5", "five@example.org").await;
        let (page, secret) = sign_in(&stage, "5", "five@example.org").await;
        assert_eq!(page.status, 200);
        stage.world.pass(1);
        let change = json!({ "currentPassword": PASSWORD, "password": "another lantern drizzle fjord" });
        ada.act("changePassword", change, "changed").await.done("changePassword");
        refused(&stage.world, &secret).await;
        // A mailed code renews the link of the same account, and leaves the way in as it was.
        link(&stage, &ada, "4", "four@example.org").await;
        ada.link_email("four@example.org").await;
        assert_eq!(sign_in(&stage, "4", "four@example.org").await.0.status, 200);
    }

    async fn only_the_browser_that_began_gets_in(stage) {
        let ada = stage.world.customer("Ada").await;
        link(&stage, &ada, "4711", "linked@example.org").await;
        // Mallory begins, and lets Ada's browser go to the provider and come back.
        let (mut of_mallory, secret) = begin(&stage, "honest").await;
        stage.say(&of_mallory, "4711", "linked@example.org");
        let state = of_mallory.state.clone();
        let url = format!("{}/link/callback/honest?code=c&state={state}&iss={}", tests::certified_provider::PUBLIC_URL, stage.honest.issuer);
        let page = Browser::new(&stage.world).open(&url, None).await;
        assert_eq!(page.status, 400);
        refused(&stage.world, &secret).await;
        // An attempt to link is none to sign in, and the other way round.
        let mut journey = stage.begin(&ada, "honest").await;
        stage.say(&journey, "4711", "linked@example.org");
        assert_eq!(journey.arrive(&stage.honest.issuer).await, 200);
        refused(&stage.world, &secret).await;
        stage.say(&of_mallory, "4711", "linked@example.org");
        assert_eq!(of_mallory.arrive(&stage.honest.issuer).await, 200, "her own browser, with Ada's account, would be Ada's");
        for wrong in ["", "x", secret.to_uppercase().as_str()] {
            refused(&stage.world, wrong).await;
        }
    }
}
