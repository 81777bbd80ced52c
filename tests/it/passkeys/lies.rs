//! What an authenticator, its browser or somebody between them may say that is not so: each is refused with one error, and
//! nothing is changed by it.

use serde_json::{Value, json};
use tests::authenticator::{BACKUP_ELIGIBLE, USER_PRESENT, USER_VERIFIED, text};
use tests::on_both_databases;

use super::*;

on_both_databases! {
    async fn a_registration_that_lies_in_any_part_registers_nothing(world) {
        let ada = world.customer("Ada").await;
        let credential_id: [Lie; 2] = [
            ("rawId", |one| one.credential = vec![1; 15]),
            ("rawId", |one| one.credential = vec![1; 1_024]),
        ];
        for (number, (field, lie)) in LIES.into_iter().chain(credential_id).enumerate() {
            let mut one = Authenticator::new(1);
            lie(&mut one);
            let credential = one.create(&options(&ada).await);
            let reply = confirm(&ada, &credential).await;
            assert_eq!(reply.mistakes("confirmPasskey"), [format!("INVALID credential.{field}")], "lie {number}: {}", reply.text);
            let again = confirm(&ada, &credential).await;
            assert_eq!(again.mistakes("confirmPasskey"), ["EXPIRED credential.response.clientDataJSON"], "there is no second try");
        }
        let mut credential = Authenticator::new(1).create(&options(&ada).await);
        credential["response"]["attestationObject"] = json!(text(b"\xa0"));
        assert_eq!(confirm(&ada, &credential).await.mistakes("confirmPasskey"), ["INVALID credential.response.attestationObject"]);
        for form in [json!({}), json!({ "type": "password" })] {
            assert_eq!(confirm(&ada, &form).await.mistakes("confirmPasskey"), ["INVALID credential.type"]);
        }
        for form in [json!("credential"), json!([]), json!(7), Value::Null] {
            assert_eq!(confirm(&ada, &form).await.status, 400, "{form}");
        }
        assert_eq!(shown(&world, &ada.token().await).await, json!([]));
        assert!(half(&world, &ada.email, PASSWORD).await["session"].is_object(), "the password is enough");
    }

    async fn a_sign_in_that_lies_in_any_part_opens_nothing(world) {
        let ada = world.customer("Ada").await;
        register(&ada, &mut Authenticator::new(1)).await;
        let mut user = None;
        let before = shown(&world, &ada.token().await).await;
        let unknown: [Lie; 5] = [
            ("", |one| one.forged = true),
            ("", |one| *one = Authenticator { credential: vec![1; 32], user: one.user.clone(), counter: Some(9), ..Authenticator::new(2) }),
            ("", |one| one.user = None),
            ("", |one| one.user = Some(vec![7; 32])),
            ("", |one| one.flags |= BACKUP_ELIGIBLE),
        ];
        for (number, (field, lie)) in LIES.into_iter().chain(unknown).enumerate() {
            let mut one = Authenticator::new(1);
            one.create(&options(&ada).await);
            user = one.user.clone();
            lie(&mut one);
            let credential = one.get(&sign_in_options(&world).await);
            let reply = complete(&world, &credential).await;
            let expected = if field.is_empty() { "WRONG_CREDENTIALS credential".to_owned() } else { format!("INVALID credential.{field}") };
            assert_eq!(reply.mistakes("completePasskeySignIn"), [expected], "lie {number}: {}", reply.text);
            assert_eq!(reply.data("/completePasskeySignIn/session"), &Value::Null);
            let again = complete(&world, &credential).await;
            assert_eq!(again.mistakes("completePasskeySignIn"), ["EXPIRED credential.response.clientDataJSON"]);
        }
        assert_eq!(shown(&world, &ada.token().await).await, before, "nothing was noted");
        let mut nobody = Authenticator { user: user.clone(), ..Authenticator::new(3) };
        let mut forger = Authenticator { user: user.clone(), forged: true, ..Authenticator::new(1) };
        let (unknown, forged) = (sign_in(&world, &mut nobody).await, sign_in(&world, &mut forger).await);
        assert_eq!(unknown.body, forged.body, "whether there is such a passkey is not told");
        let mut honest = Authenticator { user, ..Authenticator::new(1) };
        honest.flags = USER_PRESENT | USER_VERIFIED;
        sign_in(&world, &mut honest).await.done("completePasskeySignIn");
    }
}
