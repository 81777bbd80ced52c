//! Asking a customer at `/oauth/authorize`: what they see, what their answer does, and what the app gets for it.

use entity::kinds::AppStatus;
use serde_json::{Value, json};
use tests::world::DAY;
use tests::{BrandApp, Reply, World, on_both_databases};

use super::browser::{Browser, Page};
use super::{REDIRECT, VERIFIER, asking, bank, redeem, send, set_status};
use crate::requests::{events, seen};

/// What the bank's app is registered for.
const FIELDS: &str = "id name { displayName } contact { email } area { country } access { scope status grantId }";

/// The profile of an id, as an app sees it with a token.
pub async fn look_up(world: &World, token: &str, profile: &Value) -> Reply {
    let query = format!("query($id: ID!) {{ profile(by: {{id: $id}}, purpose: CUSTOMER_CARE) {{ {FIELDS} }} }}");
    world.ask_as(Some(token), &query, json!({ "id": profile })).await
}

/// What the app gets for the code of an answer.
pub async fn tokens(app: &BrandApp<'_>, world: &World, page: &Page) -> Reply {
    let (_, parameters) = page.leads_to();
    let reply = redeem(app, world, &parameters["code"]).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    reply
}

on_both_databases! {
    async fn a_customer_gives_a_part_and_the_app_reads_exactly_that(world) {
        let bank = bank(&world).await;
        let ada = world.customer("Ada").await;
        let mut browser = Browser::new(&world);
        let page = browser.open(&asking()).await;
        assert_eq!(page.reply.status, 200);
        assert!(page.has("Sign in to decide what The bank may see") && !page.has("checkbox"), "{}", page.reply.text);
        let page = browser.press(&page, "sign-in", &[("email", &ada.email), ("password", tests::customer::PASSWORD)]).await;
        for text in ["What may The bank see?", "To answer you when you ask", "30 August 2026", "bank.example", "What to call you",
            "display name; first and last name", "How to reach you</label>", "90 days", "Share</button>", "Do not share</button>"] {
            assert!(page.has(text), "{text}: {}", page.reply.text);
        }
        assert!(!page.has("checked"), "nothing is ticked beforehand");
        assert_eq!(events(&world).await.len(), 0, "looking and signing in change nothing");

        let answered = browser.press(&page, "share", &[("scope", "NAME")]).await;
        let (address, parameters) = answered.leads_to();
        assert_eq!(address, REDIRECT);
        assert_eq!((parameters["state"].as_str(), parameters["iss"].as_str()), ("af0ifjsldkj", "http://127.0.0.1:8080"));
        assert_eq!(parameters.len(), 3);
        let reply = redeem(&bank, &world, &parameters["code"]).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        assert_eq!((&reply.body["token_type"], &reply.body["expires_in"], &reply.body["scope"]), (&json!("Bearer"), &json!(300), &json!("name:read")));
        let token = reply.body["access_token"].as_str().expect("a token");
        let profile = look_up(&world, token, &reply.body["profile_id"]).await;
        let profile = profile.data("/profile");
        assert_eq!(profile["name"]["displayName"], "Ada");
        assert_eq!((&profile["contact"], &profile["id"]), (&Value::Null, &reply.body["profile_id"]));
        assert_eq!(profile["access"][0]["grantId"], reply.body["grant_id"]);

        // It is the same consent request as by a link: its event, its receipt, its line in the brand's list.
        let happened = events(&world).await;
        assert_eq!(happened.len(), 1);
        assert_eq!((happened[0].1.as_str(), happened[0].3), ("GIVEN", true));
        let listed = seen(&bank).await;
        assert_eq!((&listed[0]["state"], &listed[0]["grantId"]), (&json!("GIVEN"), &reply.body["grant_id"]));
        assert_eq!(listed[0]["id"].as_str(), happened[0].2.as_deref());
        let grants = ada.ask("{ me { grants { nodes { id scopes state expiresAt profileId } } receipts { nodes { id } } } }", json!({})).await;
        assert_eq!(grants.data("/me/grants/nodes"), &json!([{ "id": reply.body["grant_id"], "scopes": ["NAME"], "state": "ACTIVE",
            "expiresAt": world.time(90 * DAY), "profileId": reply.body["profile_id"] }]));
        assert_eq!(grants.data("/me/receipts/nodes").as_array().map(Vec::len), Some(1));
    }

    async fn who_refuses_goes_back_with_access_denied_and_is_not_asked_again_for_90_days(world) {
        let bank = bank(&world).await;
        let ada = world.customer("Ada").await;
        let mut browser = Browser::new(&world);
        let page = browser.decide(&ada.email, &asking()).await;
        let refused = browser.press(&page, "refuse", &[("scope", "NAME")]).await;
        let (address, parameters) = refused.leads_to();
        assert_eq!((address.as_str(), parameters["error"].as_str(), parameters["state"].as_str()), (REDIRECT, "access_denied", "af0ifjsldkj"));
        assert!(parameters.contains_key("iss") && !parameters.contains_key("code"));
        assert_eq!(events(&world).await.iter().map(|event| event.1.as_str()).collect::<Vec<_>>(), ["REFUSED"]);
        assert_eq!(seen(&bank).await[0]["grantId"], Value::Null);

        world.pass(90 * DAY - 1);
        let page = Browser::new(&world).decide(&ada.email, &asking()).await;
        assert!(page.has("You did not share with The bank") && page.has("30 August 2026") && !page.has("checkbox"), "{}", page.reply.text);
        let mut again = Browser::new(&world);
        let page = again.decide(&ada.email, &asking()).await;
        let (_, parameters) = again.press(&page, "refuse", &[]).await.leads_to();
        assert_eq!(parameters["error"], "access_denied");
        let forced = again.press(&page, "share", &[("scope", "NAME")]).await;
        assert_eq!(forced.reply.status, 422, "{}", forced.reply.text);
        assert_eq!(events(&world).await.len(), 1, "going back from there refuses nothing again");
        // Another purpose is another question.
        let mut other = asking();
        other.retain(|(name, _)| *name != "purpose");
        other.push(("purpose", "ANALYTICS"));
        assert!(again.open(&other).await.has("checkbox"));

        world.pass(1);
        let page = again.decide(&ada.email, &asking()).await;
        again.press(&page, "share", &[("scope", "NAME")]).await.leads_to();
    }

    async fn what_is_shared_already_is_not_asked_again_and_going_back_changes_nothing(world) {
        let bank = bank(&world).await;
        let ada = world.customer("Ada").await;
        let grant = ada.give("bank", "CUSTOMER_CARE", &["NAME", "CONTACT", "AREA"]).await;
        let mut browser = Browser::new(&world);
        let page = browser.decide(&ada.email, &asking()).await;
        assert!(page.has("Go on to The bank?") && page.has("Go on</button>") && !page.has("checkbox"), "{}", page.reply.text);
        let (_, parameters) = browser.press(&page, "refuse", &[]).await.leads_to();
        assert_eq!(parameters["error"], "access_denied");
        let page = browser.open(&asking()).await;
        let reply = tokens(&bank, &world, &browser.press(&page, "share", &[]).await).await;
        assert_eq!(reply.body["grant_id"], grant);
        assert_eq!(reply.body["scope"], "name:read contact:read area:read");
        assert_eq!(events(&world).await.len(), 1, "only what was given before");
        // That was no refusal: nobody has to rest.
        assert!(browser.open(&asking()).await.has("Go on</button>"));
    }

    async fn what_is_not_shared_yet_joins_by_a_second_act_and_what_is_shared_stays(world) {
        let bank = bank(&world).await;
        let ada = world.customer("Ada").await;
        ada.give("bank", "CUSTOMER_CARE", &["NAME", "AREA"]).await;
        world.pass(DAY);
        let mut browser = Browser::new(&world);
        let page = browser.decide(&ada.email, &asking()).await;
        assert!(page.has("You share this already: <strong>What to call you"), "{}", page.reply.text);
        assert!(!page.has("value=\"NAME\"") && page.has("value=\"CONTACT\""));
        let difference = browser.press(&page, "share", &[("scope", "CONTACT")]).await;
        assert_eq!(difference.reply.status, 200);
        assert!(difference.has("Share more with The bank?") && difference.has("They may also see: <strong>How to reach you"), "{}", difference.reply.text);
        assert!(difference.has("31 August 2026") && difference.has("30 August 2026"));
        assert_eq!(events(&world).await.len(), 1, "nothing is changed yet");
        let answered = browser.press(&difference, "share", &[("scope", "CONTACT")]).await;
        let reply = tokens(&bank, &world, &answered).await;
        assert_eq!(reply.body["scope"], "name:read contact:read area:read");
        assert_eq!(events(&world).await.iter().map(|event| event.1.as_str()).collect::<Vec<_>>(), ["GIVEN", "WIDENED"]);
    }

    async fn an_answer_is_given_once_within_half_an_hour_and_says_something(world) {
        let bank = bank(&world).await;
        let ada = world.customer("Ada").await;
        let mut browser = Browser::new(&world);
        let page = browser.decide(&ada.email, &asking()).await;
        let nothing = browser.press(&page, "share", &[]).await;
        assert_eq!(nothing.reply.status, 422);
        assert!(nothing.has("Choose what you want to share, or refuse."), "{}", nothing.reply.text);
        for scope in ["CONTEXT", "NONSENSE", "name:read"] {
            let page = browser.press(&page, "share", &[("scope", "NAME"), ("scope", scope)]).await;
            assert!([400, 422].contains(&page.reply.status.as_u16()), "{scope}: {}", page.reply.text);
        }
        browser.press(&page, "share", &[("scope", "NAME")]).await.leads_to();
        for act in ["share", "refuse"] {
            let again = browser.press(&page, act, &[("scope", "CONTACT")]).await;
            assert_eq!(again.reply.status, 422, "{}", again.reply.text);
            assert!(again.has("You have answered this already"));
        }
        assert_eq!(events(&world).await.len(), 1);
        let page = browser.open(&asking()).await;
        world.pass(30 * 60_000);
        let late = browser.press(&page, "share", &[("scope", "NAME")]).await;
        assert_eq!(late.reply.status, 400);
        assert!(late.has("This has taken too long"));
        // An app that is suspended meanwhile gets nobody back.
        let page = browser.open(&asking()).await;
        set_status(&world, &bank, AppStatus::Suspended).await;
        for act in ["share", "refuse"] {
            let page = browser.press(&page, act, &[("scope", "NAME")]).await;
            assert_eq!(page.reply.status, 422, "{}", page.reply.text);
        }
        assert_eq!(send(&bank, &world, "/oauth/token", &format!("grant_type=authorization_code&code_verifier={VERIFIER}")).await.status, 401);
    }

    async fn a_wrong_password_and_a_session_that_is_over_lead_to_signing_in(world) {
        bank(&world).await;
        let ada = world.customer("Ada").await;
        let mut browser = Browser::new(&world);
        let page = browser.open(&asking()).await;
        let wrong = browser.press(&page, "sign-in", &[("email", &ada.email), ("password", "wrong")]).await;
        assert_eq!(wrong.reply.status, 422);
        assert!(wrong.has("Address and password do not fit.") && wrong.has("name=\"password\""), "{}", wrong.reply.text);
        assert!(!browser.cookies().contains_key("rapport"));
        assert!(!wrong.has(&ada.email), "what was typed does not come back");
        let page = browser.decide(&ada.email, &asking()).await;
        assert!(page.has("checkbox") && browser.cookies().contains_key("rapport"));
        assert!(browser.open(&asking()).await.has("checkbox"), "the session goes on");
        world.pass(31 * DAY);
        let page = browser.open(&asking()).await;
        assert!(page.has("name=\"password\"") && !page.has("checkbox"));
        // A cookie that we did not seal is none.
        let mut thief = Browser::new(&world);
        thief.set_cookie("rapport", &"A".repeat(86));
        assert!(thief.open(&asking()).await.has("name=\"password\""));
    }
}
