//! Registering, naming and removing passkeys.

use serde_json::{Value, json};
use tests::authenticator::text;
use tests::world::MINUTE;
use tests::{Reply, on_both_databases};

use super::*;
use crate::sign_in::{elsewhere, goes_on, holds, mail_with};

const EMAIL: &str = "ada@example.org";

on_both_databases! {
    async fn a_passkey_is_registered_listed_named_and_removed_and_its_owner_is_told(world) {
        let ada = world.customer("Ada").await;
        let other = elsewhere(&world, &ada).await;
        let asked = ada.ask(START, json!({})).await;
        let payload = asked.done("startPasskey");
        let options = &payload["options"];
        assert_eq!(payload["expiresAt"], world.time(5 * MINUTE));
        assert_eq!(options["rp"], json!({ "id": "127.0.0.1", "name": "Rapport" }));
        assert_eq!((&options["user"]["name"], &options["user"]["displayName"]), (&json!(EMAIL), &json!("Ada")));
        assert_eq!(options["attestation"], "none");
        assert_eq!(options["authenticatorSelection"]["userVerification"], "required");
        let mut ring = Authenticator::new(1);
        let reply = confirm(&ada, &ring.create(options)).await;
        let payload = reply.done("confirmPasskey").clone();
        assert_eq!(payload["recoveryCodes"].as_array().unwrap().len(), 10, "the first second factor has some");
        let told = mail_with(&world, EMAIL, "Subject: Your Rapport account has a new passkey");
        assert!(!told.contains("Key ring"));
        let again = super::options(&ada).await;
        assert_eq!(again["excludeCredentials"][0], json!({ "type": "public-key", "id": text(&ring.credential), "transports": ["internal"] }));
        assert_eq!(again["user"]["id"], options["user"]["id"]);
        assert_ne!(again["challenge"], options["challenge"]);
        world.pass(1);
        let mut phone = Authenticator::on_p256(2);
        let (id, codes) = register(&ada, &mut phone).await;
        assert_eq!(codes, Value::Null, "the codes of before hold");
        let renamed = ada.act("renamePasskey", json!({ "passkeyId": id, "nickname": " Phone " }), "passkey { nickname }").await;
        assert_eq!(renamed.done("renamePasskey")["passkey"]["nickname"], "Phone");
        let bad = ada.act("renamePasskey", json!({ "passkeyId": id, "nickname": "x".repeat(65) }), "").await;
        assert_eq!(bad.mistakes("renamePasskey"), ["INVALID nickname"]);
        let list = shown(&world, &ada.token().await).await;
        let expected = |index: usize, nickname: &str, shift: i64| {
            json!({ "id": list[index]["id"], "nickname": nickname, "createdAt": world.time(shift), "lastUsedAt": null, "backedUp": false, "opensAlone": true })
        };
        assert_eq!(list, json!([expected(0, "Phone", 0), expected(1, "Key ring", -1)]));
        let page = ada.ask("{ me { passkeys(first: 1) { nodes { nickname } pageInfo { hasNextPage endCursor } } secondFactor { since recoveryCodesLeft } } }", json!({})).await;
        assert_eq!(page.data("/me/passkeys/nodes"), &json!([{ "nickname": "Phone" }]));
        assert_eq!(page.data("/me/secondFactor"), &json!({ "since": world.time(-1), "recoveryCodesLeft": 10 }));
        let after = json!({ "after": page.data("/me/passkeys/pageInfo/endCursor") });
        let next = ada.ask("query($after: String) { me { passkeys(after: $after) { nodes { nickname } } } }", after).await;
        assert_eq!(next.data("/me/passkeys/nodes"), &json!([{ "nickname": "Key ring" }]));
        assert!(holds(&world, &other.0).await);
        let removed = ada.act("removePasskey", json!({ "passkeyId": id }), "removedId").await;
        assert_eq!(removed.done("removePasskey")["removedId"], id);
        mail_with(&world, EMAIL, "Subject: A passkey of your Rapport account was removed");
        assert!(!holds(&world, &other.0).await && !goes_on(&world, &other.1).await, "every other session is over");
        assert_eq!(sign_in(&world, &mut phone).await.mistakes("completePasskeySignIn"), ["WRONG_CREDENTIALS credential"]);
        assert_eq!(ada.act("removePasskey", json!({ "passkeyId": id }), "").await.mistakes("removePasskey"), ["NOT_FOUND passkeyId"]);
        sign_in(&world, &mut ring).await.done("completePasskeySignIn");
        let last = payload["passkey"]["id"].clone();
        ada.act("removePasskey", json!({ "passkeyId": last }), "").await.done("removePasskey");
        assert!(half(&world, EMAIL, PASSWORD).await["session"].is_object(), "the password is enough again");
        let none = ada.ask("{ me { secondFactor { since } } }", json!({})).await;
        assert_eq!(none.data("/me/secondFactor"), &Value::Null);
        let (_, codes) = register(&ada, &mut Authenticator::new(3)).await;
        assert!(codes.is_array(), "the codes of before are gone");
    }

    async fn what_is_shown_belongs_to_whoever_asked_in_their_session_once_and_for_five_minutes(world) {
        let (ada, bob) = (world.customer("Ada").await, world.customer("Bob").await);
        let over = ["EXPIRED credential.response.clientDataJSON"];
        let credential = Authenticator::new(1).create(&options(&ada).await);
        assert_eq!(confirm(&bob, &credential).await.mistakes("confirmPasskey"), over, "another customer");
        let (other, _) = elsewhere(&world, &ada).await;
        let query = mutation("confirmPasskey", "passkey { id }");
        let input = json!({ "input": { "credential": credential } });
        assert_eq!(world.ask_as(Some(&other), &query, input).await.mistakes("confirmPasskey"), over, "another session");
        confirm(&ada, &credential).await.done("confirmPasskey");
        assert_eq!(confirm(&ada, &credential).await.mistakes("confirmPasskey"), over, "once");
        let foreign = Authenticator::new(2).create(&sign_in_options(&world).await);
        assert_eq!(confirm(&ada, &foreign).await.mistakes("confirmPasskey"), over, "what was asked for a sign-in");
        let invented = Authenticator::new(2).create(&json!({ "challenge": text(&[7; 32]) }));
        assert_eq!(confirm(&ada, &invented).await.mistakes("confirmPasskey"), over);
        let late = Authenticator::new(2).create(&options(&ada).await);
        world.pass(5 * MINUTE - 1);
        let refreshed = refreshed(&world, &ada.refresh_token()).await;
        world.pass(1);
        let input = json!({ "input": { "credential": late } });
        assert_eq!(world.ask_as(Some(&refreshed), &query, input).await.mistakes("confirmPasskey"), over, "too late");
        let input = json!({ "credential": Authenticator::new(1).create(&options(&bob).await) });
        let taken = bob.act("confirmPasskey", input, "").await;
        assert_eq!(taken.mistakes("confirmPasskey"), ["TAKEN credential"], "somebody has it");
        assert!(world.work().await > 0, "what nobody has answered is forgotten");
    }

    async fn they_are_in_the_export_without_their_keys_and_gone_after_an_erasure(world) {
        let ada = world.customer("Ada").await;
        let mut ring = Authenticator::new(1);
        register(&ada, &mut ring).await;
        let request = world.http.post(format!("{}/export", world.url)).bearer_auth(ada.token().await);
        let copy = Reply::of(request.send().await).await;
        let expected = json!([{ "nickname": "Key ring", "createdAt": world.time(0), "lastUsedAt": null, "backedUp": false }]);
        assert_eq!(copy.body["passkeys"], expected);
        assert!(!copy.text.contains(&text(&ring.credential)));
        let mut confirmation = Value::Null;
        for _ in 0..2 {
            let reply = ada.act("eraseAccount", json!({ "confirmationToken": confirmation }), "confirmationToken").await;
            confirmation = reply.done("eraseAccount")["confirmationToken"].clone();
        }
        assert_eq!(sign_in(&world, &mut ring).await.mistakes("completePasskeySignIn"), ["WRONG_CREDENTIALS credential"]);
        let bob = world.customer("Bob").await;
        register(&bob, &mut ring).await;
        sign_in(&world, &mut ring).await.done("completePasskeySignIn");
    }
}

async fn refreshed(world: &World, refresh_token: &str) -> String {
    let input = json!({ "refreshToken": refresh_token });
    token(&act(world, "refreshSession", input, "session { accessToken }").await, "refreshSession")
}
