//! Forgotten passwords.

use serde_json::{Value, json};
use tests::customer::PASSWORD;
use tests::world::{DAY, MINUTE};
use tests::{Customer, Reply, World, on_both_databases};

use super::{act, elsewhere, goes_on, holds, mail_with};

const NEW: &str = "another lantern drizzle fjord";

async fn start(world: &World, email: &str) -> Reply {
    act(world, "startPasswordReset", json!({ "email": email }), "accepted").await
}

async fn code(world: &World, email: &str) -> String {
    start(world, email).await.done("startPasswordReset");
    world.code_mailed_to(email)
}

async fn complete(world: &World, email: &str, code: &str, password: &str) -> Reply {
    let input = json!({ "email": email, "code": code, "password": password });
    act(world, "completePasswordReset", input, "session { accessToken } customer { name { displayName } }").await
}

/// Six digits that are not the code.
fn wrong(code: &str, number: u32) -> String {
    let right: u32 = code.parse().unwrap_or_default();
    format!("{:06}", (right + 1 + number) % 1_000_000)
}

on_both_databases! {
    async fn whoever_reads_at_the_address_sets_a_new_password_and_every_session_ends(world) {
        let ada = world.customer("Ada").await;
        let (access, refresh) = elsewhere(&world, &ada).await;
        let code = code(&world, "ada@example.org").await;
        let done = complete(&world, "ADA@example.org", &code, NEW).await;
        let payload = done.done("completePasswordReset");
        assert_eq!(payload["customer"]["name"]["displayName"], "Ada");
        assert!(holds(&world, payload["session"]["accessToken"].as_str().unwrap()).await);
        assert!(!holds(&world, &access).await && !goes_on(&world, &refresh).await);
        assert!(!goes_on(&world, &ada.refresh_token()).await);
        mail_with(&world, "ada@example.org", "Subject: Your Rapport password was changed");
        let old = act(&world, "signIn", json!({ "email": ada.email, "password": PASSWORD }), "").await;
        assert_eq!(old.mistakes("signIn"), ["WRONG_CREDENTIALS"]);
        Customer::sign_in(&world, "ada@example.org", NEW).await;
        let again = complete(&world, "ada@example.org", &code, PASSWORD).await;
        assert_eq!(again.mistakes("completePasswordReset"), ["WRONG_CODE code"], "good for one use");
    }

    async fn starting_answers_alike_for_everybody_and_mails_only_whom_it_should(world) {
        world.customer("Ada").await;
        let mut answers = Vec::new();
        for email in ["nobody@example.org", "ada@example.org"] {
            let reply = start(&world, email).await;
            answers.push((reply.status, reply.text));
            assert_eq!(world.mails().len(), answers.len() - 1);
        }
        answers.dedup();
        assert_eq!(answers.len(), 1, "{answers:?}");
        assert_eq!(start(&world, "ada").await.mistakes("startPasswordReset"), ["INVALID email"]);
    }

    async fn wrong_codes_answer_alike_for_every_address_and_a_code_bears_ten_tries(world) {
        world.customer("Ada").await;
        let first = code(&world, "ada@example.org").await;
        let mut answers = Vec::new();
        for number in 0..10 {
            for email in ["ada@example.org", "nobody@example.org"] {
                answers.push(complete(&world, email, &wrong(&first, number), NEW).await.text);
            }
        }
        answers.push(complete(&world, "ada@example.org", &first, NEW).await.text);
        answers.dedup();
        assert_eq!(answers.len(), 1, "void after ten tries: {answers:?}");
        let second = code(&world, "ada@example.org").await;
        for number in 0..9 {
            complete(&world, "ada@example.org", &wrong(&second, number), NEW).await;
        }
        complete(&world, "ada@example.org", &second, NEW).await.done("completePasswordReset");
    }

    async fn a_code_holds_for_15_minutes_and_the_newest_only(world) {
        world.customer("Ada").await;
        let first = code(&world, "ada@example.org").await;
        let second = code(&world, "ada@example.org").await;
        if first != second {
            let old = complete(&world, "ada@example.org", &first, NEW).await;
            assert_eq!(old.mistakes("completePasswordReset"), ["WRONG_CODE code"]);
        }
        world.pass(15 * MINUTE);
        let late = complete(&world, "ada@example.org", &second, NEW).await;
        assert_eq!(late.mistakes("completePasswordReset"), ["WRONG_CODE code"]);
        let third = code(&world, "ada@example.org").await;
        world.pass(15 * MINUTE - 1);
        let weak = complete(&world, "ada@example.org", &third, "ada.example").await;
        assert_eq!(weak.mistakes("completePasswordReset"), ["WEAK_PASSWORD password"]);
        complete(&world, "ada@example.org", &third, NEW).await.done("completePasswordReset");
    }

    async fn codes_of_other_kinds_do_not_open_it_and_pending_ones_become_void(world) {
        let ada = world.customer("Ada").await;
        let link = ada.act("startLink", json!({ "channel": "EMAIL", "handle": "ada@example.org" }), "challenge { id }").await;
        let link_code = world.code_mailed_to("ada@example.org");
        let challenge = link.done("startLink")["challenge"]["id"].clone();
        let other = complete(&world, "ada@example.org", &link_code, NEW).await;
        assert_eq!(other.mistakes("completePasswordReset"), ["WRONG_CODE code"]);
        let change = ada.act("changeEmail", json!({ "email": "thief@example.org" }), "challenge { id }").await;
        let change_code = world.code_mailed_to("thief@example.org");
        let pending = change.done("changeEmail")["challenge"]["id"].clone();
        let code = code(&world, "ada@example.org").await;
        complete(&world, "ada@example.org", &code, NEW).await.done("completePasswordReset");
        // A change that somebody began before is not completed after: one of the five ways to hijack an account beforehand.
        let ada = Customer::sign_in(&world, "ada@example.org", NEW).await;
        for (mutation, input, mistake) in [
            ("completeEmailChange", json!({ "challengeId": pending, "code": change_code }), "EXPIRED challengeId"),
            ("completeLink", json!({ "challengeId": challenge, "code": link_code }), "EXPIRED challengeId"),
        ] {
            assert_eq!(ada.act(mutation, input, "").await.mistakes(mutation), [mistake]);
        }
        assert_eq!(ada.ask("{ me { email } }", json!({})).await.data("/me/email"), "ada@example.org");
    }

    async fn somebody_who_signed_up_with_anothers_address_is_out_when_its_owner_sets_a_password(world) {
        // The other ways to hijack an account beforehand: a password, a session, a device token from before.
        let thief = world.customer("Ada").await;
        let signed_in = act(&world, "signIn", json!({ "email": "ada@example.org", "password": PASSWORD }), "deviceToken").await;
        let device = signed_in.done("signIn")["deviceToken"].clone();
        world.pass(DAY);
        let code = code(&world, "ada@example.org").await;
        complete(&world, "ada@example.org", &code, NEW).await.done("completePasswordReset");
        assert!(!goes_on(&world, &thief.refresh_token()).await);
        let input = json!({ "email": "ada@example.org", "password": PASSWORD, "deviceToken": device });
        assert_eq!(act(&world, "signIn", input, "").await.mistakes("signIn"), ["WRONG_CREDENTIALS"]);
    }

    async fn an_imported_account_is_taken_into_use_by_it_too(world) {
        let imported = json!({ "customer": { "key": "1", "email": "imported@example.org" } });
        assert_eq!(world.import(&imported.to_string()).await, Vec::<String>::new());
        let code = code(&world, "imported@example.org").await;
        let done = complete(&world, "imported@example.org", &code, NEW).await;
        assert!(done.done("completePasswordReset")["session"].is_object());
        assert_ne!(done.data("/completePasswordReset/customer"), &Value::Null);
        Customer::sign_in(&world, "imported@example.org", NEW).await;
    }
}
