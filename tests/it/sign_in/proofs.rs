//! Step-up: what weighs most wants a proof of the last ten minutes.

use serde_json::{Value, json};
use tests::customer::PASSWORD;
use tests::world::{DAY, MINUTE};
use tests::{Customer, Reply, World, on_both_databases};

use super::mutation;
use crate::requests;

/// A session that is continued rather than opened anew, so that its proof grows old.
struct Session<'w> {
    world: &'w World,
    access: String,
    refresh: String,
}

impl<'w> Session<'w> {
    async fn of(world: &'w World, who: &Customer<'_>) -> Self {
        Self { world, access: who.token().await, refresh: who.refresh_token() }
    }

    async fn act(&self, name: &str, input: Value, fields: &str) -> Reply {
        self.world.ask_as(Some(&self.access), &mutation(name, fields), json!({ "input": input })).await
    }

    /// Lets time pass and continues.
    async fn pass(&mut self, milliseconds: i64) {
        self.world.pass(milliseconds);
        let input = json!({ "input": { "refreshToken": self.refresh } });
        let reply = self.world.ask(&mutation("refreshSession", "session { accessToken refreshToken }"), input).await;
        let session = &reply.done("refreshSession")["session"];
        self.access = session["accessToken"].as_str().unwrap().to_owned();
        self.refresh = session["refreshToken"].as_str().unwrap().to_owned();
    }

    async fn export(&self) -> Reply {
        let request = self.world.http.post(format!("{}/export", self.world.url)).bearer_auth(&self.access);
        Reply::of(request.send().await).await
    }
}

const NEEDED: [&str; 1] = ["STEP_UP_REQUIRED"];

on_both_databases! {
    async fn a_sign_in_is_a_proof_for_ten_minutes_and_a_password_or_a_mailed_code_is_another(world) {
        let ada = world.customer("Ada").await;
        let mut session = Session::of(&world, &ada).await;
        session.pass(10 * MINUTE - 1).await;
        assert_eq!(session.act("eraseAccount", json!({}), "erased").await.done("eraseAccount")["erased"], false);
        session.pass(1).await;
        assert_eq!(session.act("eraseAccount", json!({}), "erased").await.mistakes("eraseAccount"), NEEDED);
        let wrong = session.act("stepUp", json!({ "password": "nonsense" }), "provenUntil").await;
        assert_eq!(wrong.mistakes("stepUp"), ["WRONG_CREDENTIALS password"]);
        assert_eq!(session.act("eraseAccount", json!({}), "erased").await.mistakes("eraseAccount"), NEEDED);
        let proven = session.act("stepUp", json!({ "password": PASSWORD }), "provenUntil").await;
        assert_eq!(proven.done("stepUp")["provenUntil"], world.time(10 * MINUTE));
        session.act("eraseAccount", json!({}), "erased").await.done("eraseAccount");

        session.pass(10 * MINUTE).await;
        let start = "mutation { startStepUp { challenge { id expiresAt } userErrors { code } } }";
        let started = world.ask_as(Some(&session.access), start, json!({})).await;
        let id = started.done("startStepUp")["challenge"]["id"].clone();
        let code = world.code_mailed_to(&ada.email);
        let wrong: u32 = (code.parse::<u32>().unwrap() + 1) % 1_000_000;
        let reply = session.act("stepUp", json!({ "code": { "challengeId": id, "code": format!("{wrong:06}") } }), "").await;
        assert_eq!(reply.mistakes("stepUp"), ["WRONG_CODE code.code"]);
        let right = json!({ "code": { "challengeId": id, "code": code } });
        session.act("stepUp", right.clone(), "").await.done("stepUp");
        session.act("eraseAccount", json!({}), "erased").await.done("eraseAccount");
        assert_eq!(session.act("stepUp", right, "").await.mistakes("stepUp"), ["EXPIRED code.challengeId"], "one use");
        let both = session.act("stepUp", json!({ "password": PASSWORD, "code": { "challengeId": id, "code": code } }), "").await;
        assert_eq!(both.status, 400, "one proof");
    }

    async fn a_proof_is_of_one_session_only(world) {
        let ada = world.customer("Ada").await;
        let mut session = Session::of(&world, &ada).await;
        session.pass(10 * MINUTE).await;
        Customer::sign_in(&world, &ada.email, PASSWORD).await;
        assert_eq!(session.act("eraseAccount", json!({}), "").await.mistakes("eraseAccount"), NEEDED);
    }

    async fn the_export_wants_one_and_says_so_as_rfc_9470_has_it(world) {
        let ada = world.customer("Ada").await;
        let mut session = Session::of(&world, &ada).await;
        assert_eq!(session.export().await.status, 200);
        session.pass(10 * MINUTE).await;
        let refused = session.export().await;
        assert_eq!((refused.status.as_u16(), refused.code()), (401, "STEP_UP_REQUIRED"));
        assert_eq!(refused.header("www-authenticate"), "Bearer error=\"insufficient_user_authentication\", max_age=600");
        assert!(refused.body.get("account").is_none());
        session.act("stepUp", json!({ "password": PASSWORD }), "").await.done("stepUp");
        assert_eq!(session.export().await.status, 200);
    }

    async fn an_erasure_that_was_begun_with_one_is_not_done_without(world) {
        let ada = world.customer("Ada").await;
        let mut session = Session::of(&world, &ada).await;
        session.pass(5 * MINUTE).await;
        let first = session.act("eraseAccount", json!({}), "confirmationToken").await;
        let token = first.done("eraseAccount")["confirmationToken"].clone();
        session.pass(5 * MINUTE).await;
        let second = session.act("eraseAccount", json!({ "confirmationToken": token }), "erased").await;
        assert_eq!(second.mistakes("eraseAccount"), NEEDED);
        session.act("stepUp", json!({ "password": PASSWORD }), "").await.done("stepUp");
        let done = session.act("eraseAccount", json!({ "confirmationToken": token }), "erased").await;
        assert_eq!(done.done("eraseAccount")["erased"], true);
    }

    async fn giving_a_brand_more_of_what_is_sensitive_wants_one_and_reducing_never_does(world) {
        let bank = world.brand("bank").await;
        world.brand("shop").await;
        let ada = world.customer("Ada").await;
        let plain = ada.give("bank", "CUSTOMER_CARE", &["NAME", "LANGUAGE"]).await;
        let sensitive = ada.give("bank", "ANALYTICS", &["NAME", "AREA"]).await;
        let asked = requests::ask(&bank, json!({
            "purpose": "PERSONALISATION", "durationDays": 30, "offer": "An answer",
            "scopes": [{ "scope": "CONTACT", "required": true, "reason": "To call you" }],
        })).await;
        let mut session = Session::of(&world, &ada).await;
        session.pass(10 * MINUTE).await;
        let give = |brand: &str, scopes: &[&str]| json!({ "brand": brand, "purpose": "CUSTOMER_CARE", "scopes": scopes });
        for scope in ["CONTACT", "AREA"] {
            let reply = session.act("giveConsent", give("shop", &["NAME", scope]), "grant { id }").await;
            assert_eq!(reply.mistakes("giveConsent"), NEEDED, "{scope}");
        }
        session.act("giveConsent", give("shop", &["NAME", "PREFERENCES"]), "").await.done("giveConsent");
        let amend = async |session: &Session<'_>, input: Value| session.act("amendConsent", input, "confirmationToken").await;
        let widened = amend(&session, json!({ "grantId": plain, "scopes": ["NAME", "LANGUAGE", "CONTACT"] })).await;
        assert_eq!(widened.mistakes("amendConsent"), NEEDED);
        let longer = amend(&session, json!({ "grantId": sensitive, "expiresAt": world.time(200 * DAY) })).await;
        assert_eq!(longer.mistakes("amendConsent"), NEEDED, "for longer is more");
        let harmless = amend(&session, json!({ "grantId": plain, "scopes": ["NAME", "LANGUAGE", "PREFERENCES"] })).await;
        assert!(harmless.done("amendConsent")["confirmationToken"].is_string());
        let opened = session.act("openConsentRequest", json!({ "token": asked }), "request { id }").await;
        let opened = opened.done("openConsentRequest")["request"]["id"].clone();
        let answer = json!({ "requestId": opened, "scopes": ["CONTACT"] });
        let answered = session.act("answerConsentRequest", answer.clone(), "grant { id }").await;
        assert_eq!(answered.mistakes("answerConsentRequest"), NEEDED);

        // Reducing, in every way, with the old proof.
        amend(&session, json!({ "grantId": sensitive, "expiresAt": world.time(DAY) })).await.done("amendConsent");
        session.act("pauseConsent", json!({ "grantId": sensitive }), "").await.done("pauseConsent");
        session.act("resumeConsent", json!({ "grantId": sensitive }), "").await.done("resumeConsent");
        session.act("amendConsent", json!({ "grantId": sensitive, "scopes": ["AREA"] }), "").await.done("amendConsent");
        session.act("withdrawConsent", json!({ "grantId": sensitive }), "").await.done("withdrawConsent");
        session.act("withdrawEverything", json!({}), "").await.done("withdrawEverything");

        session.act("stepUp", json!({ "password": PASSWORD }), "").await.done("stepUp");
        session.act("giveConsent", give("bank", &["NAME", "CONTACT"]), "").await.done("giveConsent");
        session.act("answerConsentRequest", answer, "").await.done("answerConsentRequest");
    }

    async fn changing_the_address_wants_one(world) {
        let ada = world.customer("Ada").await;
        let mut session = Session::of(&world, &ada).await;
        session.pass(10 * MINUTE).await;
        let reply = session.act("changeEmail", json!({ "email": "new@example.org" }), "").await;
        assert_eq!(reply.mistakes("changeEmail"), NEEDED);
        assert!(world.mails().is_empty());
    }
}
