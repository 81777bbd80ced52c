//! Changing the password and the address.

use serde_json::{Value, json};
use tests::customer::PASSWORD;
use tests::world::DAY;
use tests::{Customer, World, on_both_databases};

use super::{act, elsewhere, goes_on, holds, mail_with};

const NEW: &str = "another lantern drizzle fjord";
const OLD_ADDRESS: &str = "ada@example.org";
const NEW_ADDRESS: &str = "ada.new@example.org";

/// Asks for the change and proves the new address.
async fn change_email(world: &World, who: &Customer<'_>, to: &str) -> tests::Reply {
    let started = who.act("changeEmail", json!({ "email": to }), "challenge { id expiresAt }").await;
    let id = started.done("changeEmail")["challenge"]["id"].clone();
    let input = json!({ "challengeId": id, "code": world.code_mailed_to(to) });
    who.act("completeEmailChange", input, "customer { email }").await
}

/// What takes the change back, from the mail to the old address.
fn undo_token(world: &World, address: &str) -> String {
    let mail = mail_with(world, address, "Code to take it back: ");
    let (_, rest) = mail.split_once("Code to take it back: ").expect("the mail holds it");
    rest.split_whitespace().next().expect("a token").to_owned()
}

async fn undo(world: &World, token: &str) -> tests::Reply {
    act(world, "undoEmailChange", json!({ "token": token }), "undone").await
}

async fn sign_in(world: &World, email: &str, password: &str) -> Vec<String> {
    act(world, "signIn", json!({ "email": email, "password": password }), "").await.mistakes("signIn")
}

on_both_databases! {
    async fn a_changed_password_ends_every_other_session_and_is_told_by_mail(world) {
        let ada = world.customer("Ada").await;
        let (access, refresh) = elsewhere(&world, &ada).await;
        let wrong = ada.act("changePassword", json!({ "currentPassword": "nonsense", "password": NEW }), "changed").await;
        assert_eq!(wrong.mistakes("changePassword"), ["WRONG_CREDENTIALS currentPassword"]);
        let weak = ada.act("changePassword", json!({ "currentPassword": PASSWORD, "password": "ada" }), "changed").await;
        assert_eq!(weak.mistakes("changePassword"), ["WEAK_PASSWORD password"]);
        assert!(holds(&world, &access).await && world.mails().is_empty());
        let done = ada.act("changePassword", json!({ "currentPassword": PASSWORD, "password": NEW }), "changed").await;
        assert_eq!(done.done("changePassword")["changed"], true);
        assert!(!holds(&world, &access).await && !goes_on(&world, &refresh).await);
        assert!(holds(&world, &ada.token().await).await && goes_on(&world, &ada.refresh_token()).await);
        mail_with(&world, OLD_ADDRESS, "Subject: Your Rapport password was changed");
        assert_eq!(sign_in(&world, OLD_ADDRESS, PASSWORD).await, ["WRONG_CREDENTIALS"]);
        assert_eq!(sign_in(&world, OLD_ADDRESS, NEW).await, [""; 0]);
    }

    async fn whoever_has_found_an_open_session_guesses_at_its_password_only_so_often(world) {
        let ada = world.customer("Ada").await;
        let before = world.deps.hasher.computed();
        for number in 0..30 {
            let input = json!({ "currentPassword": format!("guess {number}"), "password": NEW });
            let status = ada.act("changePassword", input, "").await.status.as_u16();
            assert_eq!(status, if number < 20 { 200 } else { 429 });
        }
        assert_eq!(ada.act("stepUp", json!({ "password": PASSWORD }), "").await.code(), "RATE_LIMITED", "counted together");
        assert_eq!(world.deps.hasher.computed() - before, 20);
        assert_eq!(sign_in(&world, OLD_ADDRESS, PASSWORD).await, [""; 0], "the owner signs in meanwhile");
    }

    async fn a_changed_address_is_proven_told_and_ends_every_other_session(world) {
        let ada = world.customer("Ada").await;
        let (access, refresh) = elsewhere(&world, &ada).await;
        let done = change_email(&world, &ada, NEW_ADDRESS).await;
        assert_eq!(done.done("completeEmailChange")["customer"]["email"], NEW_ADDRESS);
        assert!(!holds(&world, &access).await && !goes_on(&world, &refresh).await);
        assert!(holds(&world, &ada.token().await).await);
        assert_eq!(sign_in(&world, OLD_ADDRESS, PASSWORD).await, ["WRONG_CREDENTIALS"]);
        assert_eq!(sign_in(&world, NEW_ADDRESS, PASSWORD).await, [""; 0]);
        for address in [OLD_ADDRESS, NEW_ADDRESS] {
            mail_with(&world, address, "Subject: Your Rapport address was changed");
        }
        let told = mail_with(&world, OLD_ADDRESS, "take it back");
        assert!(!told.contains(NEW_ADDRESS), "the old address need not know the new one");
    }

    async fn an_address_of_somebody_else_is_not_told_of_before_it_is_proven_and_not_taken_then(world) {
        let (ada, bob) = (world.customer("Ada").await, world.customer("Bob").await);
        let taken = ada.act("changeEmail", json!({ "email": bob.email }), "challenge { expiresAt }").await;
        let free = ada.act("changeEmail", json!({ "email": "free@example.org" }), "challenge { expiresAt }").await;
        assert_eq!(taken.text, free.text);
        assert_eq!(change_email(&world, &ada, &bob.email).await.mistakes("completeEmailChange"), ["TAKEN"]);
        assert_eq!(change_email(&world, &ada, "ADA@example.org").await.mistakes("completeEmailChange"), ["TAKEN"]);
        let started = ada.act("changeEmail", json!({ "email": NEW_ADDRESS }), "challenge { id }").await;
        let id = &started.done("changeEmail")["challenge"]["id"];
        let code = world.code_mailed_to(NEW_ADDRESS);
        let stolen = bob.act("completeEmailChange", json!({ "challengeId": id, "code": code }), "").await;
        assert_eq!(stolen.mistakes("completeEmailChange"), ["EXPIRED challengeId"]);
        let wrong = ada.act("completeEmailChange", json!({ "challengeId": id, "code": "12345" }), "").await;
        assert_eq!(wrong.mistakes("completeEmailChange"), ["WRONG_CODE code"]);
        assert_eq!(ada.act("changeEmail", json!({ "email": "x" }), "").await.mistakes("changeEmail"), ["INVALID email"]);
        assert_eq!(sign_in(&world, OLD_ADDRESS, PASSWORD).await, [""; 0]);
    }

    async fn the_old_address_takes_a_change_back_within_seven_days_and_is_reserved_so_long(world) {
        let ada = world.customer("Ada").await;
        change_email(&world, &ada, NEW_ADDRESS).await.done("completeEmailChange");
        let token = undo_token(&world, OLD_ADDRESS);
        let again = json!({ "email": OLD_ADDRESS, "password": PASSWORD });
        assert_eq!(act(&world, "signUp", again.clone(), "").await.mistakes("signUp"), ["TAKEN email"], "reserved");
        for wrong in ["", "undo_", "undo_AAAA", &token[..token.len() - 1], &format!("{}A", &token[..token.len() - 1])] {
            if wrong != token {
                assert_eq!(undo(&world, wrong).await.mistakes("undoEmailChange"), ["EXPIRED token"], "{wrong}");
            }
        }
        world.pass(7 * DAY - 1);
        while world.work().await > 0 {}
        let thief = Customer::sign_in(&world, NEW_ADDRESS, PASSWORD).await;
        assert_eq!(undo(&world, &token).await.done("undoEmailChange")["undone"], true);
        assert!(!holds(&world, &thief.token().await).await, "every session ends");
        assert_eq!(sign_in(&world, NEW_ADDRESS, PASSWORD).await, ["WRONG_CREDENTIALS"]);
        assert_eq!(sign_in(&world, OLD_ADDRESS, PASSWORD).await, ["WRONG_CREDENTIALS"], "whoever changed it knew that one");
        assert_eq!(undo(&world, &token).await.mistakes("undoEmailChange"), ["EXPIRED token"], "good for one use");
        act(&world, "startPasswordReset", json!({ "email": OLD_ADDRESS }), "").await.done("startPasswordReset");
        let code = world.code_mailed_to(OLD_ADDRESS);
        let input = json!({ "email": OLD_ADDRESS, "code": code, "password": NEW });
        let back = act(&world, "completePasswordReset", input, "customer { email name { displayName } }").await;
        let expected = json!({ "email": OLD_ADDRESS, "name": { "displayName": "Ada" } });
        assert_eq!(back.done("completePasswordReset")["customer"], expected);
        let free = json!({ "email": NEW_ADDRESS, "password": PASSWORD });
        act(&world, "signUp", free, "").await.done("signUp");
    }

    async fn after_seven_days_a_change_stays_and_the_old_address_is_free(world) {
        let ada = world.customer("Ada").await;
        change_email(&world, &ada, NEW_ADDRESS).await.done("completeEmailChange");
        let token = undo_token(&world, OLD_ADDRESS);
        world.pass(7 * DAY);
        assert_eq!(undo(&world, &token).await.mistakes("undoEmailChange"), ["EXPIRED token"]);
        while world.work().await > 0 {}
        act(&world, "signUp", json!({ "email": OLD_ADDRESS, "password": NEW }), "").await.done("signUp");
        assert_eq!(sign_in(&world, NEW_ADDRESS, PASSWORD).await, [""; 0]);
        assert_eq!(sign_in(&world, OLD_ADDRESS, NEW).await, [""; 0]);
    }

    async fn taking_back_an_earlier_change_takes_back_every_later_one(world) {
        let ada = world.customer("Ada").await;
        change_email(&world, &ada, NEW_ADDRESS).await.done("completeEmailChange");
        let first = undo_token(&world, OLD_ADDRESS);
        world.pass(1);
        change_email(&world, &ada, "thief@example.org").await.done("completeEmailChange");
        let second = undo_token(&world, NEW_ADDRESS);
        undo(&world, &first).await.done("undoEmailChange");
        assert_eq!(undo(&world, &second).await.mistakes("undoEmailChange"), ["EXPIRED token"]);
        for address in [NEW_ADDRESS, "thief@example.org"] {
            assert_eq!(sign_in(&world, address, PASSWORD).await, ["WRONG_CREDENTIALS"]);
            act(&world, "signUp", json!({ "email": address, "password": PASSWORD }), "").await.done("signUp");
        }
    }

    async fn a_change_back_by_oneself_needs_no_token(world) {
        let ada = world.customer("Ada").await;
        change_email(&world, &ada, NEW_ADDRESS).await.done("completeEmailChange");
        world.pass(1);
        change_email(&world, &ada, OLD_ADDRESS).await.done("completeEmailChange");
        assert_eq!(sign_in(&world, OLD_ADDRESS, PASSWORD).await, [""; 0]);
        world.pass(7 * DAY);
        while world.work().await > 0 {}
        assert_eq!(sign_in(&world, OLD_ADDRESS, PASSWORD).await, [""; 0], "it is not forgotten with the former ones");
        assert_eq!(sign_in(&world, NEW_ADDRESS, PASSWORD).await, ["WRONG_CREDENTIALS"]);
        act(&world, "signUp", json!({ "email": NEW_ADDRESS, "password": PASSWORD }), "").await.done("signUp");
    }

    async fn former_addresses_are_in_the_export_and_gone_after_an_erasure(world) {
        let ada = world.customer("Ada").await;
        change_email(&world, &ada, NEW_ADDRESS).await.done("completeEmailChange");
        let token = undo_token(&world, OLD_ADDRESS);
        let request = world.http.post(format!("{}/export", world.url)).bearer_auth(ada.token().await);
        let copy = tests::Reply::of(request.send().await).await.body;
        let former = json!([{ "email": OLD_ADDRESS, "replacedAt": world.time(0), "until": world.time(7 * DAY) }]);
        assert_eq!(copy["formerEmails"], former);
        assert_eq!(copy["account"]["email"], NEW_ADDRESS);
        let mut confirmation = Value::Null;
        for _ in 0..2 {
            let input = json!({ "confirmationToken": confirmation });
            let reply = ada.act("eraseAccount", input, "confirmationToken erased").await;
            confirmation = reply.done("eraseAccount")["confirmationToken"].clone();
        }
        assert_eq!(undo(&world, &token).await.mistakes("undoEmailChange"), ["EXPIRED token"]);
        for address in [OLD_ADDRESS, NEW_ADDRESS] {
            act(&world, "signUp", json!({ "email": address, "password": PASSWORD }), "").await.done("signUp");
        }
    }
}
