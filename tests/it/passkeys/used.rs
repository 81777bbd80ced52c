//! Passkeys in use: alone, beside the password, and as a proof within a session.

use serde_json::{Value, json};
use tests::world::{DAY, MINUTE};
use tests::{Reply, on_both_databases};
use tokio::task::JoinSet;

use super::*;
use crate::guessing::Node;
use crate::sign_in::{holds, mail_with};

const EMAIL: &str = "ada@example.org";

on_both_databases! {
    async fn a_passkey_alone_opens_the_account_in_one_step(world) {
        let ada = world.customer("Ada").await;
        for mut one in [Authenticator::new(1), Authenticator::on_p256(2), Authenticator { counter: None, ..Authenticator::new(3) }] {
            let (id, _) = register(&ada, &mut one).await;
            let asked = world.ask(START_SIGN_IN, json!({})).await;
            let options = &asked.done("startPasskeySignIn")["options"];
            assert_eq!((&options["allowCredentials"], &options["userVerification"]), (&json!([]), &json!("required")));
            assert_eq!((&options["rpId"], options["challenge"].as_str().unwrap().len()), (&json!("127.0.0.1"), 43));
            for _ in 0..2 {
                world.pass(1);
                let reply = sign_in(&world, &mut one).await;
                let payload = reply.done("completePasskeySignIn");
                assert_eq!(payload["customer"]["email"], EMAIL);
                assert!(payload["deviceToken"].as_str().unwrap().starts_with("device_"));
                let opened = token(&reply, "completePasskeySignIn");
                let list = shown(&world, &opened).await;
                let used = list.as_array().unwrap().iter().find(|known| known["id"] == json!(id)).unwrap();
                assert_eq!(used["lastUsedAt"], world.time(0));
                let fresh = world.ask_as(Some(&opened), START, json!({})).await;
                fresh.done("startPasskey");
            }
        }
    }

    async fn one_answer_counts_once_also_at_two_nodes_at_the_same_moment(world) {
        let ada = world.customer("Ada").await;
        let mut one = Authenticator { counter: None, ..Authenticator::new(1) };
        register(&ada, &mut one).await;
        let node = Node::beside(&world, |_| {}).await;
        let credential = one.get(&sign_in_options(&world).await);
        let body = json!({ "query": mutation("completePasskeySignIn", WHOLE), "variables": { "input": { "credential": credential } } });
        let mut running = JoinSet::new();
        for number in 0..6 {
            let url = if number % 2 == 0 { &world.url } else { &node.url };
            let request = world.http.post(format!("{url}/graphql")).json(&body);
            running.spawn(async move { Reply::of(request.send().await).await });
        }
        let replies = running.join_all().await;
        let opened = replies.iter().filter(|reply| reply.data("/completePasskeySignIn/session").is_object()).count();
        assert_eq!(opened, 1, "{replies:?}");
        node.stop().await;
        let late = one.get(&sign_in_options(&world).await);
        world.pass(5 * MINUTE);
        assert_eq!(complete(&world, &late).await.mistakes("completePasskeySignIn"), ["EXPIRED credential.response.clientDataJSON"]);
    }

    async fn it_is_the_second_step_of_its_owner_alone_and_of_what_it_was_asked_for(world) {
        let (ada, bob) = (world.customer("Ada").await, world.customer("Bob").await);
        let (mut hers, mut his) = (Authenticator::new(1), Authenticator::new(2));
        let (_, codes) = register(&ada, &mut hers).await;
        register(&bob, &mut his).await;
        let step = half(&world, EMAIL, PASSWORD).await;
        assert_eq!((&step["session"], &step["secondFactor"]["methods"]), (&Value::Null, &json!(["PASSKEY", "RECOVERY_CODE"])));
        let asked = second_options(&world, &step).await;
        assert_eq!(asked["allowCredentials"].as_array().unwrap().len(), 1);
        let wrong = ["WRONG_CREDENTIALS proof.passkey"];
        let over = ["EXPIRED proof.passkey.response.clientDataJSON"];
        assert_eq!(complete_half(&world, &step, &his.get(&asked)).await.mistakes("completeSignIn"), wrong, "another's passkey");
        let elsewhere = hers.get(&sign_in_options(&world).await);
        assert_eq!(complete_half(&world, &step, &elsewhere).await.mistakes("completeSignIn"), over, "asked for a sign-in alone");
        complete(&world, &elsewhere).await.done("completePasskeySignIn");
        let bobs = half(&world, "bob@example.org", PASSWORD).await;
        let for_bob = hers.get(&second_options(&world, &bobs).await);
        assert_eq!(complete_half(&world, &step, &for_bob).await.mistakes("completeSignIn"), over, "asked of somebody else");
        let credential = hers.get(&second_options(&world, &step).await);
        assert_eq!(complete(&world, &credential).await.mistakes("completePasskeySignIn"), ["EXPIRED credential.response.clientDataJSON"]);
        let done = complete_half(&world, &step, &credential).await;
        assert_eq!(done.done("completeSignIn")["customer"]["email"], EMAIL);
        assert_eq!(complete_half(&world, &step, &credential).await.mistakes("completeSignIn"), over, "once");
        let by_code = json!({ "token": step["secondFactor"]["token"], "proof": { "recoveryCode": codes[0] } });
        act(&world, "completeSignIn", by_code, WHOLE).await.done("completeSignIn");
        for (number, (field, lie)) in LIES.into_iter().enumerate() {
            let mut one = Authenticator { user: hers.user.clone(), counter: Some(50), ..Authenticator::new(1) };
            lie(&mut one);
            let reply = complete_half(&world, &step, &one.get(&second_options(&world, &step).await)).await;
            assert_eq!(reply.mistakes("completeSignIn"), [format!("INVALID proof.passkey.{field}")], "lie {number}");
        }
    }

    async fn it_is_a_fresh_proof_in_the_session_that_has_asked_for_it(world) {
        let (ada, bob) = (world.customer("Ada").await, world.customer("Bob").await);
        let (mut hers, mut his) = (Authenticator::new(1), Authenticator::new(2));
        register(&ada, &mut hers).await;
        register(&bob, &mut his).await;
        let opened = sign_in(&world, &mut hers).await;
        let refresh = opened.done("completePasskeySignIn")["session"]["refreshToken"].clone();
        world.pass(10 * MINUTE);
        let session = token(&act(&world, "refreshSession", json!({ "refreshToken": refresh }), "session { accessToken }").await, "refreshSession");
        let ask = async |query: &str| world.ask_as(Some(&session), query, json!({})).await;
        assert_eq!(ask(START).await.mistakes("startPasskey"), ["STEP_UP_REQUIRED"]);
        let list = shown(&world, &session).await;
        let remove = json!({ "input": { "passkeyId": list[0]["id"] } });
        let removal = mutation("removePasskey", "removedId");
        assert_eq!(world.ask_as(Some(&session), &removal, remove.clone()).await.mistakes("removePasskey"), ["STEP_UP_REQUIRED"]);
        let asked = async || ask(START_STEP_UP).await.done("startPasskeyStepUp")["options"].clone();
        let over = ["EXPIRED passkey.response.clientDataJSON"];
        assert_eq!(step_up(&world, &session, &his.get(&asked().await)).await.mistakes("stepUp"), ["WRONG_CREDENTIALS passkey"]);
        let alone = hers.get(&sign_in_options(&world).await);
        assert_eq!(step_up(&world, &session, &alone).await.mistakes("stepUp"), over);
        let credential = hers.get(&asked().await);
        let elsewhere = token(&complete(&world, &alone).await, "completePasskeySignIn");
        assert_eq!(step_up(&world, &elsewhere, &credential).await.mistakes("stepUp"), over, "another session");
        let proven = step_up(&world, &session, &hers.get(&asked().await)).await;
        assert_eq!(proven.done("stepUp")["provenUntil"], world.time(10 * MINUTE));
        world.ask_as(Some(&session), &removal, remove).await.done("removePasskey");
        let none = ask(START_STEP_UP).await;
        assert_eq!(none.mistakes("startPasskeyStepUp"), ["NOT_FOUND"]);
    }

    async fn one_that_does_not_count_on_is_refused_and_its_owner_is_told(world) {
        let ada = world.customer("Ada").await;
        let mut one = Authenticator { counter: Some(7), ..Authenticator::new(1) };
        register(&ada, &mut one).await;
        sign_in(&world, &mut one).await.done("completePasskeySignIn");
        for counter in [Some(7), Some(3), None] {
            let mut copy = Authenticator { counter, user: one.user.clone(), ..Authenticator::new(1) };
            let reply = sign_in(&world, &mut copy).await;
            assert_eq!(reply.mistakes("completePasskeySignIn"), ["WRONG_CREDENTIALS credential"], "{counter:?}");
        }
        assert!(mail_with(&world, EMAIL, "Subject: A passkey of your Rapport account may have been copied").contains("Key ring"));
        sign_in(&world, &mut one).await.done("completePasskeySignIn");
    }

    async fn after_a_recovery_it_opens_nothing_alone_until_it_was_used_beside_the_new_password(world) {
        let mallory = world.customer("Ada").await;
        let mut one = Authenticator::new(1);
        register(&mallory, &mut one).await;
        act(&world, "startPasswordReset", json!({ "email": EMAIL }), "").await.done("startPasswordReset");
        let new = "velvet harbour trombone sixteen";
        let input = json!({ "email": EMAIL, "code": world.code_mailed_to(EMAIL), "password": new });
        let reset = act(&world, "completePasswordReset", input, "session { accessToken } secondFactor { token methods }").await;
        assert_eq!(reset.done("completePasswordReset")["session"], Value::Null);
        assert_eq!(sign_in(&world, &mut one).await.mistakes("completePasskeySignIn"), ["WRONG_CREDENTIALS credential"]);
        let step = half(&world, EMAIL, new).await;
        let credential = one.get(&second_options(&world, &step).await);
        let opened = token(&complete_half(&world, &step, &credential).await, "completeSignIn");
        assert_eq!(shown(&world, &opened).await[0]["opensAlone"], true);
        let alone = token(&sign_in(&world, &mut one).await, "completePasskeySignIn");
        assert!(holds(&world, &alone).await);
        world.pass(DAY);
    }
}
