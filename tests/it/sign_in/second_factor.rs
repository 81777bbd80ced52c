//! A second factor at sign-in: an authenticator's codes, each accepted once, and recovery codes.

use entity::one_time_code::{code, step};
use serde_json::{Value, json};
use tests::customer::PASSWORD;
use tests::world::MINUTE;
use tests::{Customer, Reply, World, on_both_databases};

use super::{act, elsewhere, goes_on, holds, mail_with, mutation};
use crate::guessing::Node;

const EMAIL: &str = "ada@example.org";
const HALF: &str = "session { accessToken } customer { id } deviceToken secondFactor { token expiresAt }";
const WHOLE: &str = "session { accessToken refreshToken } customer { email } deviceToken";

/// What an authenticator app knows.
pub struct App(Vec<u8>);

impl App {
    /// Set up with the secret as it is typed in.
    pub fn with(secret: &str) -> Self {
        let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        let bits: String = secret.chars().map(|letter| format!("{:05b}", letters.find(letter).unwrap())).collect();
        let byte = |bits: &[u8]| u8::from_str_radix(std::str::from_utf8(bits).unwrap(), 2).unwrap();
        Self(bits.as_bytes().chunks_exact(8).map(byte).collect())
    }

    /// The code of so many steps from now.
    pub fn shows(&self, world: &World, off: i64) -> String {
        code(&self.0, step(world.clock.now()) + off)
    }
}

/// Sets an authenticator up: the app and the recovery codes.
pub async fn set_up(world: &World, who: &Customer<'_>) -> (App, Vec<String>) {
    let query = "mutation { startAuthenticator { secret uri userErrors { code } } }";
    let started = who.ask(query, json!({})).await;
    let started = started.done("startAuthenticator");
    let secret = started["secret"].as_str().unwrap();
    let uri = started["uri"].as_str().unwrap();
    assert!(uri.starts_with("otpauth://totp/Rapport:") && uri.ends_with(&format!("?secret={secret}&issuer=Rapport")));
    let app = App::with(secret);
    let confirmed = who.act("confirmAuthenticator", json!({ "code": app.shows(world, 0) }), "recoveryCodes").await;
    let codes = confirmed.done("confirmAuthenticator")["recoveryCodes"].as_array().unwrap().clone();
    (app, codes.iter().map(|code| code.as_str().unwrap().to_owned()).collect())
}

/// The first step: the token for the second.
async fn half(world: &World) -> Value {
    let reply = act(world, "signIn", json!({ "email": EMAIL, "password": PASSWORD }), HALF).await;
    let payload = reply.done("signIn");
    assert_eq!(
        (&payload["session"], &payload["customer"], &payload["deviceToken"]),
        (&Value::Null, &Value::Null, &Value::Null)
    );
    payload["secondFactor"]["token"].clone()
}

async fn complete(world: &World, token: &Value, proof: Value) -> Reply {
    act(world, "completeSignIn", json!({ "token": token, "proof": proof }), WHOLE).await
}

fn by_code(code: impl Into<String>) -> Value {
    json!({ "authenticatorCode": code.into() })
}

fn by_recovery(code: &str) -> Value {
    json!({ "recoveryCode": code })
}

on_both_databases! {
    async fn a_sign_in_takes_two_steps_once_an_authenticator_is_confirmed(world) {
        let ada = world.customer("Ada").await;
        let other = elsewhere(&world, &ada).await;
        ada.ask("mutation { startAuthenticator { secret userErrors { code } } }", json!({})).await.done("startAuthenticator");
        let before = act(&world, "signIn", json!({ "email": EMAIL, "password": PASSWORD }), HALF).await;
        assert!(before.done("signIn")["session"].is_object(), "not before a first code was seen");
        assert!(holds(&world, &other.0).await);
        let (app, recovery) = set_up(&world, &ada).await;
        assert_eq!(recovery.len(), 10);
        mail_with(&world, EMAIL, "Subject: Your Rapport account has a second factor");
        assert!(!holds(&world, &other.0).await && !goes_on(&world, &other.1).await, "nobody goes on by the password alone");
        let shown = ada.ask("{ me { secondFactor { since recoveryCodesLeft } } }", json!({})).await;
        assert_eq!(shown.data("/me/secondFactor"), &json!({ "since": world.time(0), "recoveryCodesLeft": 10 }));
        assert!(holds(&world, &ada.token().await).await);
        let token = half(&world).await;
        world.pass(MINUTE);
        let done = complete(&world, &token, by_code(app.shows(&world, 0))).await;
        let payload = done.done("completeSignIn");
        assert_eq!(payload["customer"]["email"], EMAIL);
        assert!(holds(&world, payload["session"]["accessToken"].as_str().unwrap()).await);
        assert!(payload["deviceToken"].as_str().unwrap().starts_with("device_"));
        let wrong = act(&world, "signIn", json!({ "email": EMAIL, "password": "nonsense" }), HALF).await;
        assert_eq!(wrong.mistakes("signIn"), ["WRONG_CREDENTIALS"]);
        assert_eq!(wrong.data("/signIn/secondFactor"), &Value::Null, "a wrong password tells nothing of it");
    }

    async fn a_code_is_accepted_once_on_any_node_and_no_older_one_after_it(world) {
        let ada = world.customer("Ada").await;
        let (app, _) = set_up(&world, &ada).await;
        let token = half(&world).await;
        for off in [0, -1] {
            let again = complete(&world, &token, by_code(app.shows(&world, off))).await;
            assert_eq!(again.mistakes("completeSignIn"), ["WRONG_CODE proof"], "the one that confirmed it: {off}");
        }
        world.pass(MINUTE);
        let node = Node::beside(&world, |_| {}).await;
        let query = mutation("completeSignIn", WHOLE);
        let body = json!({ "query": query, "variables": { "input": { "token": token, "proof": by_code(app.shows(&world, 0)) } } });
        let mut running = tokio::task::JoinSet::new();
        for number in 0..4 {
            let url = if number % 2 == 0 { &world.url } else { &node.url };
            let request = world.http.post(format!("{url}/graphql")).json(&body);
            running.spawn(async move { Reply::of(request.send().await).await });
        }
        let replies = running.join_all().await;
        let opened = replies.iter().filter(|reply| reply.data("/completeSignIn/session").is_object()).count();
        assert_eq!(opened, 1, "{replies:?}");
        node.stop().await;
        for off in [-2, 2, 3] {
            let far = complete(&world, &token, by_code(app.shows(&world, off))).await;
            assert_eq!(far.mistakes("completeSignIn"), ["WRONG_CODE proof"]);
        }
        complete(&world, &token, by_code(app.shows(&world, 1))).await.done("completeSignIn");
    }

    async fn a_recovery_code_stands_in_once_in_any_spelling_and_is_told_by_mail(world) {
        let (ada, bob) = (world.customer("Ada").await, world.customer("Bob").await);
        let (_, codes) = set_up(&world, &ada).await;
        let token = half(&world).await;
        let spelt = format!(" {}-{} ", &codes[0][..8].to_lowercase(), &codes[0][8..]);
        complete(&world, &token, by_recovery(&spelt)).await.done("completeSignIn");
        assert_eq!(complete(&world, &token, by_recovery(&codes[0])).await.mistakes("completeSignIn"), ["WRONG_CODE proof"]);
        assert!(mail_with(&world, EMAIL, "Subject: A recovery code of your Rapport account was used").contains("9 are left"));
        for code in ["", "ABCD", &codes[1][1..]] {
            assert_eq!(complete(&world, &token, by_recovery(code)).await.mistakes("completeSignIn"), ["WRONG_CODE proof"]);
        }
        let other = complete(&world, &token, by_recovery(&codes[1])).await.done("completeSignIn")["session"].clone();
        let renewed = ada.ask("mutation { renewRecoveryCodes { recoveryCodes userErrors { code } } }", json!({})).await;
        let fresh = renewed.done("renewRecoveryCodes")["recoveryCodes"][0].as_str().unwrap().to_owned();
        assert!(holds(&world, &ada.token().await).await);
        assert!(!holds(&world, other["accessToken"].as_str().unwrap()).await, "whoever came in by a code of before is out");
        assert!(!goes_on(&world, other["refreshToken"].as_str().unwrap()).await);
        assert_eq!(complete(&world, &token, by_recovery(&codes[2])).await.mistakes("completeSignIn"), ["WRONG_CODE proof"]);
        complete(&world, &token, by_recovery(&fresh)).await.done("completeSignIn");
        let none = bob.ask("mutation { renewRecoveryCodes { recoveryCodes userErrors { code field } } }", json!({})).await;
        assert_eq!(none.mistakes("renewRecoveryCodes"), ["NOT_FOUND"]);
    }

    async fn the_token_of_the_first_step_holds_five_minutes_for_one_customer_and_one_password(world) {
        let ada = world.customer("Ada").await;
        let (app, codes) = set_up(&world, &ada).await;
        let token = half(&world).await;
        let text = token.as_str().unwrap();
        for forged in ["", "factor_", "factor_AAAA", &text[..text.len() - 1], &format!("{text}A")] {
            let reply = complete(&world, &json!(forged), by_code(app.shows(&world, 1))).await;
            assert_eq!(reply.mistakes("completeSignIn"), ["EXPIRED token"], "{forged}");
        }
        let two = json!({ "authenticatorCode": "000000", "recoveryCode": codes[0] });
        assert_eq!(complete(&world, &token, two).await.status, 400);
        world.pass(5 * MINUTE);
        let late = complete(&world, &token, by_code(app.shows(&world, 0))).await;
        assert_eq!(late.mistakes("completeSignIn"), ["EXPIRED token"]);
        let token = half(&world).await;
        world.pass(1);
        let change = json!({ "currentPassword": PASSWORD, "password": "another lantern drizzle fjord" });
        let other = world.http.post(format!("{}/graphql", world.url)).bearer_auth(refreshed(&world, &ada).await);
        let body = json!({ "query": mutation("changePassword", "changed"), "variables": { "input": change } });
        Reply::of(other.json(&body).send().await).await.done("changePassword");
        let old = complete(&world, &token, by_code(app.shows(&world, 0))).await;
        assert_eq!(old.mistakes("completeSignIn"), ["EXPIRED token"], "it was for the password of before");
    }

    async fn whoever_has_the_password_guesses_at_the_second_factor_only_so_often(world) {
        let ada = world.customer("Ada").await;
        let (app, codes) = set_up(&world, &ada).await;
        let token = half(&world).await;
        let right = app.shows(&world, 1);
        let mut compared = 0;
        for number in 0..40 {
            let guess = format!("{:06}", (right.parse::<u32>().unwrap() + 7 + number) % 1_000_000);
            let reply = complete(&world, &token, by_code(guess)).await;
            compared += u32::from(reply.status == 200);
        }
        assert_eq!(compared, 10);
        assert_eq!(complete(&world, &token, by_code(right)).await.code(), "RATE_LIMITED");
        complete(&world, &token, by_recovery(&codes[0])).await.done("completeSignIn");
    }

    async fn a_reset_password_does_not_replace_the_second_factor(world) {
        let ada = world.customer("Ada").await;
        let (access, refresh) = elsewhere(&world, &ada).await;
        let (app, _) = set_up(&world, &ada).await;
        act(&world, "startPasswordReset", json!({ "email": EMAIL }), "").await.done("startPasswordReset");
        let input = json!({ "email": EMAIL, "code": world.code_mailed_to(EMAIL), "password": "another lantern drizzle fjord" });
        let reset = act(&world, "completePasswordReset", input, HALF).await;
        let payload = reset.done("completePasswordReset");
        assert_eq!((&payload["session"], &payload["deviceToken"]), (&Value::Null, &Value::Null));
        assert!(!holds(&world, &access).await && !goes_on(&world, &refresh).await);
        let token = payload["secondFactor"]["token"].clone();
        complete(&world, &token, by_code(app.shows(&world, 1))).await.done("completeSignIn");
    }

    async fn setting_up_and_taking_away_want_a_fresh_proof_which_a_code_is_too(world) {
        let ada = world.customer("Ada").await;
        let needed = ["STEP_UP_REQUIRED"];
        world.pass(10 * MINUTE);
        let access = refreshed(&world, &ada).await;
        let ask = async |query: &str| world.ask_as(Some(&access), query, json!({})).await;
        let start = "mutation { startAuthenticator { secret userErrors { code field } } }";
        let (remove, renew) = (
            "mutation { removeSecondFactor { removed userErrors { code field } } }",
            "mutation { renewRecoveryCodes { recoveryCodes userErrors { code field } } }",
        );
        assert_eq!(ask(start).await.mistakes("startAuthenticator"), needed);
        let ada = Customer::sign_in(&world, EMAIL, PASSWORD).await;
        let (app, codes) = set_up(&world, &ada).await;
        assert_eq!(ada.ask(start, json!({})).await.mistakes("startAuthenticator"), ["WRONG_STATE"]);
        let other = complete(&world, &half(&world).await, by_recovery(&codes[0])).await.done("completeSignIn")["session"].clone();
        world.pass(10 * MINUTE);
        let access = refreshed(&world, &ada).await;
        let ask = async |query: &str| world.ask_as(Some(&access), query, json!({})).await;
        assert_eq!(ask(remove).await.mistakes("removeSecondFactor"), needed);
        assert_eq!(ask(renew).await.mistakes("renewRecoveryCodes"), needed);
        let other = act(&world, "refreshSession", json!({ "refreshToken": other["refreshToken"] }), "session { accessToken }").await;
        let other = other.done("refreshSession")["session"]["accessToken"].as_str().unwrap().to_owned();
        assert!(holds(&world, &other).await);
        let step_up = mutation("stepUp", "provenUntil");
        let right = json!({ "input": { "authenticatorCode": app.shows(&world, 0) } });
        world.ask_as(Some(&access), &step_up, right.clone()).await.done("stepUp");
        let used = world.ask_as(Some(&access), &step_up, right).await;
        assert_eq!(used.mistakes("stepUp"), ["WRONG_CODE authenticatorCode"]);
        assert_eq!(ask(remove).await.done("removeSecondFactor")["removed"], true);
        assert!(holds(&world, &access).await && !holds(&world, &other).await, "every other session is over");
        mail_with(&world, EMAIL, "Subject: Your Rapport account has no second factor any more");
        let again = act(&world, "signIn", json!({ "email": EMAIL, "password": PASSWORD }), HALF).await;
        assert!(again.done("signIn")["session"].is_object());
        assert_eq!(ask(remove).await.mistakes("removeSecondFactor"), ["NOT_FOUND"]);
    }

    async fn it_is_in_the_export_without_its_secret_and_gone_after_an_erasure(world) {
        let ada = world.customer("Ada").await;
        let (app, codes) = set_up(&world, &ada).await;
        let request = world.http.post(format!("{}/export", world.url)).bearer_auth(ada.token().await);
        let copy = Reply::of(request.send().await).await;
        assert_eq!(copy.body["secondFactor"], json!({ "since": world.time(0), "recoveryCodesLeft": 10 }));
        assert!(codes.iter().all(|code| !copy.text.contains(code)));
        let token = half(&world).await;
        let mut confirmation = Value::Null;
        for _ in 0..2 {
            let reply = ada.act("eraseAccount", json!({ "confirmationToken": confirmation }), "confirmationToken").await;
            confirmation = reply.done("eraseAccount")["confirmationToken"].clone();
        }
        let after = complete(&world, &token, by_code(app.shows(&world, 1))).await;
        assert_eq!(after.mistakes("completeSignIn"), ["EXPIRED token"]);
    }

    async fn a_change_of_address_that_is_taken_back_takes_a_second_factor_along_that_was_set_up_since(world) {
        let ada = world.customer("Ada").await;
        let started = ada.act("changeEmail", json!({ "email": "thief@example.org" }), "challenge { id }").await;
        let id = started.done("changeEmail")["challenge"]["id"].clone();
        let input = json!({ "challengeId": id, "code": world.code_mailed_to("thief@example.org") });
        ada.act("completeEmailChange", input, "").await.done("completeEmailChange");
        let query = "mutation { startAuthenticator { secret userErrors { code } } }";
        let secret = ada.ask(query, json!({})).await.done("startAuthenticator")["secret"].as_str().unwrap().to_owned();
        let code = App::with(&secret).shows(&world, 0);
        ada.act("confirmAuthenticator", json!({ "code": code }), "").await.done("confirmAuthenticator");
        let mail = mail_with(&world, EMAIL, "Code to take it back: ");
        let (_, token) = mail.split_once("Code to take it back: ").unwrap();
        let token = token.split_whitespace().next().unwrap();
        act(&world, "undoEmailChange", json!({ "token": token }), "").await.done("undoEmailChange");
        act(&world, "startPasswordReset", json!({ "email": EMAIL }), "").await.done("startPasswordReset");
        let input = json!({ "email": EMAIL, "code": world.code_mailed_to(EMAIL), "password": PASSWORD });
        let back = act(&world, "completePasswordReset", input, HALF).await;
        assert!(back.done("completePasswordReset")["session"].is_object());
    }
}

/// The access token of a session that was continued, whatever a second factor would say now.
async fn refreshed(world: &World, who: &Customer<'_>) -> String {
    let input = json!({ "refreshToken": who.refresh_token() });
    let reply = act(world, "refreshSession", input, "session { accessToken }").await;
    reply.done("refreshSession")["session"]["accessToken"].as_str().unwrap().to_owned()
}
