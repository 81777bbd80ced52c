//! Codes, refresh tokens and the access tokens that name a grant: each good for what it is bound to, once, and for nothing
//! at all once the grant has ended, however it ended.

use entity::access::Operator;
use entity::kinds::AppStatus;
use entity::token_family;
use sea_orm::EntityTrait;
use serde_json::{Value, json};
use tests::world::DAY;
use tests::{BrandApp, Customer, Reply, World, on_both_databases};

use super::asking::{look_up, tokens};
use super::browser::{Browser, encoded};
use super::{CHALLENGE, REDIRECT, VERIFIER, asking, assert_error, bank, post, redeem, send, set_status, status_of};

/// What an app holds of a customer.
struct Held {
    access: String,
    refresh: String,
    grant: String,
    profile: Value,
}

impl Held {
    fn of(reply: &Reply) -> Self {
        let text =
            |name: &str| reply.body[name].as_str().unwrap_or_else(|| panic!("{name}: {}", reply.text)).to_owned();
        Self {
            access: text("access_token"),
            refresh: text("refresh_token"),
            grant: text("grant_id"),
            profile: reply.body["profile_id"].clone(),
        }
    }
}

/// A code of somebody who gives NAME and CONTACT.
async fn code(world: &World, who: &Customer<'_>) -> String {
    let mut browser = Browser::new(world);
    let page = browser.decide(&who.email, &asking()).await;
    let page = browser.press(&page, "share", &[("scope", "NAME"), ("scope", "CONTACT")]).await;
    page.leads_to().1["code"].clone()
}

async fn held(world: &World, app: &BrandApp<'_>, who: &Customer<'_>) -> Held {
    Held::of(&redeem(app, world, &code(world, who).await).await)
}

async fn refresh(world: &World, app: &BrandApp<'_>, token: &str) -> Reply {
    send(app, world, "/oauth/token", &encoded(&[("grant_type", "refresh_token"), ("refresh_token", token)])).await
}

/// Nothing that the app holds is worth anything, and it is told so at once.
async fn assert_over(world: &World, app: &BrandApp<'_>, held: &Held) {
    for query in ["{ __typename }", "{ brand { slug } }"] {
        let reply = world.ask_as(Some(&held.access), query, json!({})).await;
        assert_eq!(
            (reply.status.as_u16(), reply.header("www-authenticate")),
            (401, "Bearer error=\"invalid_token\""),
            "{}",
            reply.text
        );
    }
    assert_eq!(look_up(world, &held.access, &held.profile).await.status, 401);
    assert_error(&refresh(world, app, &held.refresh).await, 400, "invalid_grant");
    for token in [&held.access, &held.refresh] {
        let said = send(app, world, "/oauth/introspect", &format!("token={token}")).await;
        assert_eq!(said.body, json!({ "active": false }));
    }
}

async fn assert_alive(world: &World, held: &Held) {
    let reply = look_up(world, &held.access, &held.profile).await;
    assert_eq!(reply.data("/profile/id"), &held.profile);
}

on_both_databases! {
    async fn a_code_is_good_once_and_a_replay_ends_what_came_of_it(world) {
        let bank = bank(&world).await;
        let ada = world.customer("Ada").await;
        let code = code(&world, &ada).await;
        let first = Held::of(&redeem(&bank, &world, &code).await);
        let next = Held::of(&refresh(&world, &bank, &first.refresh).await);
        assert_alive(&world, &first).await;
        assert_error(&redeem(&bank, &world, &code).await, 400, "invalid_grant");
        assert_over(&world, &bank, &first).await;
        assert_over(&world, &bank, &next).await;
        // The grant is the customer's and stays: the app can ask for another code.
        let mut browser = Browser::new(&world);
        let page = browser.decide(&ada.email, &asking()).await;
        let again = Held::of(&tokens(&bank, &world, &browser.press(&page, "share", &[]).await).await);
        assert_eq!(again.grant, first.grant);
        assert_alive(&world, &again).await;
    }

    async fn a_code_is_bound_to_its_app_its_address_its_challenge_and_a_minute(world) {
        let bank = bank(&world).await;
        let second = world.app("bank", "bank-second", &["NAME"], &["CUSTOMER_CARE"]).await;
        let shop = world.brand("shop").await;
        let ada = world.customer("Ada").await;
        let code = code(&world, &ada).await;
        let form = |code: &str, uri: &str, verifier: &str| encoded(&[("grant_type", "authorization_code"), ("code", code), ("redirect_uri", uri), ("code_verifier", verifier)]);
        let good = form(&code, REDIRECT, VERIFIER);
        for app in [&second, &shop] {
            assert_error(&send(app, &world, "/oauth/token", &good).await, 400, "invalid_grant");
        }
        assert_error(&post(&world, "/oauth/token", None, &good).await, 401, "invalid_client");
        let mut other = code.clone();
        other.replace_range(40..41, if other.as_bytes()[40] == b'A' { "B" } else { "A" });
        for (code, uri, verifier) in [
            (code.as_str(), "https://bank.example/other", VERIFIER),
            (&code, "https://bank.example/back/", VERIFIER),
            (&code, REDIRECT, &VERIFIER.to_lowercase()),
            (&code, REDIRECT, CHALLENGE),
            (&code, REDIRECT, &format!("{VERIFIER}a")),
            (&code, REDIRECT, &VERIFIER[1..]),
            (&other, REDIRECT, VERIFIER),
            ("nonsense", REDIRECT, VERIFIER),
            (&format!("{code}A"), REDIRECT, VERIFIER),
        ] {
            assert_error(&send(&bank, &world, "/oauth/token", &form(code, uri, verifier)).await, 400, "invalid_grant");
        }
        for missing in ["code", "redirect_uri", "code_verifier"] {
            let form = form(&code, REDIRECT, VERIFIER).split('&').filter(|pair| !pair.starts_with(&format!("{missing}="))).collect::<Vec<_>>().join("&");
            assert_error(&send(&bank, &world, "/oauth/token", &form).await, 400, "invalid_request");
        }
        world.pass(59_999);
        assert_eq!(send(&bank, &world, "/oauth/token", &good).await.status, 200, "none of that has used it up");
        let late = self::code_again(&world, &ada).await;
        world.pass(60_000);
        assert_error(&redeem(&bank, &world, &late).await, 400, "invalid_grant");
    }

    async fn refresh_tokens_rotate_and_reuse_ends_the_family(world) {
        let bank = bank(&world).await;
        let second = world.app("bank", "bank-second", &["NAME"], &["CUSTOMER_CARE"]).await;
        let ada = world.customer("Ada").await;
        let first = held(&world, &bank, &ada).await;
        assert_error(&refresh(&world, &second, &first.refresh).await, 400, "invalid_grant");
        let scoped = encoded(&[("grant_type", "refresh_token"), ("refresh_token", &first.refresh), ("scope", "name:read nothing")]);
        assert_error(&send(&bank, &world, "/oauth/token", &scoped).await, 400, "invalid_scope");
        assert_error(&send(&bank, &world, "/oauth/token", "grant_type=refresh_token").await, 400, "invalid_request");
        world.pass(10 * DAY);
        assert_eq!(status_of(&world, &first.access).await, 401, "the access token has run out");
        let next = Held::of(&refresh(&world, &bank, &first.refresh).await);
        let last = Held::of(&refresh(&world, &bank, &next.refresh).await);
        assert_eq!((&last.grant, &last.profile), (&first.grant, &first.profile));
        assert_ne!(next.refresh, last.refresh);
        for held in [&next, &last] {
            assert_alive(&world, held).await;
        }
        assert_error(&refresh(&world, &bank, &first.refresh).await, 400, "invalid_grant");
        for held in [&next, &last] {
            assert_over(&world, &bank, held).await;
        }
    }

    async fn of_two_who_use_one_code_or_one_refresh_token_at_once_only_one_has_it(world) {
        let bank = bank(&world).await;
        let ada = world.customer("Ada").await;
        let code = code(&world, &ada).await;
        let (one, other) = tokio::join!(redeem(&bank, &world, &code), redeem(&bank, &world, &code));
        let good: Vec<&Reply> = [&one, &other].into_iter().filter(|reply| reply.status == 200).collect();
        assert_eq!(good.len(), 1, "{} {}", one.text, other.text);
        assert_over(&world, &bank, &Held::of(good[0])).await;
        let held = Held::of(&redeem(&bank, &world, &code_again(&world, &ada).await).await);
        let (one, other) = tokio::join!(refresh(&world, &bank, &held.refresh), refresh(&world, &bank, &held.refresh));
        let good: Vec<&Reply> = [&one, &other].into_iter().filter(|reply| reply.status == 200).collect();
        assert_eq!(good.len(), 1, "{} {}", one.text, other.text);
        assert_over(&world, &bank, &Held::of(good[0])).await;
    }

    async fn tokens_end_with_their_grant_at_once_however_it_ends(world) {
        let bank = bank(&world).await;
        let app_only = bank.token().await;
        for (place, ending) in ["withdraw", "withdraw from the brand", "withdraw everything", "revoke", "operator", "erase", "date", "narrow to nothing"].into_iter().enumerate() {
            let who = world.customer(&format!("Ada{place}")).await;
            let waiting = code(&world, &who).await;
            let held = Held::of(&redeem(&bank, &world, &code_again(&world, &who).await).await);
            assert_alive(&world, &held).await;
            match ending {
                "withdraw" => who.withdraw(&held.grant).await,
                "withdraw from the brand" => { who.act("withdrawFromBrand", json!({ "brand": "bank" }), "grants { state }").await.done("withdrawFromBrand"); }
                "withdraw everything" => { who.act("withdrawEverything", json!({}), "grants { state }").await.done("withdrawEverything"); }
                "revoke" => {
                    let input = json!({ "input": { "grantId": held.grant } });
                    let query = "mutation($input: RevokeGrantInput!) { revokeGrant(input: $input) { userErrors { code } } }";
                    bank.ask(query, input).await.done("revokeGrant");
                }
                "operator" => {
                    let operator = Operator::at_the_command_line();
                    let verdict = api::domain::consent::Verdict::Invalid;
                    api::domain::consent::end_by_operator(&world.deps, operator, &held.grant, verdict, None).await.expect("it ends");
                }
                "erase" => {
                    crate::erasure::erase(&who).await;
                }
                "date" | "narrow to nothing" => {
                    let input = json!({ "grantId": held.grant, "expiresAt": world.time(1) });
                    who.act("amendConsent", input, "grant { id }").await.done("amendConsent");
                    assert_alive(&world, &held).await;
                    world.pass(1);
                }
                _ => unreachable!(),
            }
            assert_over(&world, &bank, &held).await;
            assert_error(&redeem(&bank, &world, &waiting).await, 400, "invalid_grant");
        }
        assert_eq!(status_of(&world, &app_only).await, 200, "the app itself goes on");
        let bob = world.customer("Bob").await;
        let held = held(&world, &bank, &bob).await;
        set_status(&world, &bank, AppStatus::Suspended).await;
        assert_eq!(status_of(&world, &held.access).await, 401);
        assert_error(&refresh(&world, &bank, &held.refresh).await, 401, "invalid_client");
        set_status(&world, &bank, AppStatus::Active).await;
        assert_alive(&world, &held).await;
    }

    async fn a_grant_that_is_halted_lives_and_shows_nothing_until_it_is_resumed(world) {
        let bank = bank(&world).await;
        let ada = world.customer("Ada").await;
        let held = held(&world, &bank, &ada).await;
        ada.act("pauseConsent", json!({ "grantId": held.grant }), "grant { state }").await.done("pauseConsent");
        let reply = look_up(&world, &held.access, &held.profile).await;
        assert_eq!((&reply.data("/profile")["name"], &reply.data("/profile/access")[0]["status"]), (&Value::Null, &json!("PAUSED")));
        let next = Held::of(&refresh(&world, &bank, &held.refresh).await);
        ada.act("resumeConsent", json!({ "grantId": held.grant }), "grant { state }").await.done("resumeConsent");
        assert_eq!(look_up(&world, &next.access, &held.profile).await.data("/profile/name/displayName"), "Ada");
        // Narrowed, it says less; the tokens stay.
        ada.act("amendConsent", json!({ "grantId": held.grant, "scopes": ["NAME"] }), "").await.done("amendConsent");
        let last = refresh(&world, &bank, &next.refresh).await;
        assert_eq!(last.body["scope"], "name:read");
        assert_eq!(look_up(&world, &next.access, &held.profile).await.data("/profile/contact"), &Value::Null);
    }

    async fn a_token_of_a_grant_reads_under_that_grant_alone_and_writes_nothing(world) {
        let bank = bank(&world).await;
        let (ada, bob) = (world.customer("Ada").await, world.customer("Bob").await);
        let (of_ada, of_bob) = (held(&world, &bank, &ada).await, held(&world, &bank, &bob).await);
        assert_alive(&world, &of_ada).await;
        assert_eq!(look_up(&world, &of_ada.access, &of_bob.profile).await.data("/profile"), &Value::Null);
        assert_eq!(bank.ask("query($id: ID!) { profile(by: {id: $id}, purpose: CUSTOMER_CARE) { id } }", json!({ "id": of_bob.profile })).await.data("/profile/id"), &of_bob.profile);
        // Another purpose is another grant, though the app may read for it.
        ada.give("bank", "ANALYTICS", &["NAME"]).await;
        let query = "query($id: ID!) { profile(by: {id: $id}, purpose: ANALYTICS) { id } }";
        assert_eq!(world.ask_as(Some(&of_ada.access), query, json!({ "id": of_ada.profile })).await.data("/profile"), &Value::Null);
        assert_eq!(world.ask_as(Some(&of_ada.access), "{ brand { slug } }", json!({})).await.data("/brand/slug"), "bank");
        for query in [
            "{ brand { receipts { nodes { id } } } }",
            "{ brand { grantChanges { nodes { id } } } }",
            "{ brand { consentRequests { nodes { id } } } }",
            "mutation { revokeGrant(input: {grantId: \"grant_AAAAAAAAAAAAAAAAAAAAAA\"}) { userErrors { code } } }",
        ] {
            let reply = world.ask_as(Some(&of_ada.access), query, json!({})).await;
            assert_eq!((reply.status.as_u16(), reply.code()), (403, "FORBIDDEN"), "{query}: {}", reply.text);
        }
    }

    async fn what_is_given_back_ends_and_is_introspected_as_what_it_is(world) {
        let bank = bank(&world).await;
        let shop = world.brand("shop").await;
        let ada = world.customer("Ada").await;
        let one = held(&world, &bank, &ada).await;
        let said = send(&bank, &world, "/oauth/introspect", &format!("token={}", one.access)).await.body;
        assert_eq!((&said["active"], &said["sub"], &said["profile_id"]), (&json!(true), &one.profile, &one.profile));
        assert_eq!((&said["grant_id"], &said["scope"]), (&json!(one.grant), &json!("name:read contact:read")));
        let said = send(&bank, &world, "/oauth/introspect", &format!("token={}", one.refresh)).await.body;
        assert_eq!((&said["active"], &said["grant_id"]), (&json!(true), &json!(one.grant)));
        assert_eq!(said["token_type"], Value::Null, "no access token");
        assert_eq!(send(&shop, &world, "/oauth/introspect", &format!("token={}", one.refresh)).await.body, json!({ "active": false }));

        assert_eq!(send(&shop, &world, "/oauth/revoke", &format!("token={}", one.refresh)).await.status, 200);
        assert_alive(&world, &one).await;
        // One access token, and the family goes on; the refresh token, and all of it ends.
        assert_eq!(send(&bank, &world, "/oauth/revoke", &format!("token={}", one.access)).await.status, 200);
        assert_eq!(status_of(&world, &one.access).await, 401);
        let two = Held::of(&refresh(&world, &bank, &one.refresh).await);
        assert_alive(&world, &two).await;
        assert_eq!(send(&bank, &world, "/oauth/revoke", &format!("token={}", two.refresh)).await.status, 200);
        assert_over(&world, &bank, &two).await;
        let grants = ada.ask("{ me { grants { nodes { state } } } }", json!({})).await;
        assert_eq!(grants.data("/me/grants/nodes/0/state"), "ACTIVE", "what the customer gave is theirs to end");
    }

    async fn what_nobody_can_use_any_more_is_deleted_and_nothing_else(world) {
        let bank = bank(&world).await;
        let (ada, bob) = (world.customer("Ada").await, world.customer("Bob").await);
        let kept = held(&world, &bank, &ada).await;
        code_again(&world, &ada).await;
        let ended = held(&world, &bank, &bob).await;
        bob.withdraw(&ended.grant).await;
        send(&bank, &world, "/oauth/revoke", &format!("token={}", kept.access)).await;
        let count = async || token_family::Entity::find().all(world.deps.vault.store.reader()).await.expect("rows").len();
        while world.work().await > 0 {}
        assert_eq!(count().await, 3, "not at once: a replay is noticed for a day");
        world.pass(DAY + 61_000);
        while world.work().await > 0 {}
        assert_eq!(count().await, 1);
        let revoked = entity::revoked_token::Entity::find().all(world.deps.vault.store.reader()).await.expect("rows");
        assert!(revoked.is_empty());
        Held::of(&refresh(&world, &bank, &kept.refresh).await);
    }
}

/// A code of somebody who shares all that is asked already.
async fn code_again(world: &World, who: &Customer<'_>) -> String {
    let mut browser = Browser::new(world);
    let page = browser.decide(&who.email, &asking_again()).await;
    assert!(page.has("Go on</button>"), "{}", page.reply.text);
    browser.press(&page, "share", &[]).await.leads_to().1["code"].clone()
}

fn asking_again() -> Vec<(&'static str, &'static str)> {
    let mut parameters = asking();
    parameters.retain(|(name, _)| *name != "scope");
    parameters.push(("scope", "name:read contact:read"));
    parameters
}
