//! Passkeys in a browser (Chromium), with the authenticator that it simulates: what this server asks for is what browsers
//! take, and what they answer is what it takes.

use serde_json::{Value, json};
use tests::world::MINUTE;
use tests::{StrangeClient, World, on_both_databases};

use super::*;

const EMAIL: &str = "ada@example.org";
/// Where Debian has it.
const CHROMIUM: &str = "/usr/bin/chromium";

/// A page of the server, open in a browser of its own.
struct Page(StrangeClient);

impl Page {
    /// Opens the page on which a customer signs in, in a browser whose authenticator is like this.
    fn open(world: &World, authenticator: &Value) -> Self {
        let page = format!("{}/oauth/authorize", world.deps.config.public_url);
        let told = json!({ "program": CHROMIUM, "folder": world.folder.join("browser"), "page": page, "authenticator": authenticator });
        let mut browser = StrangeClient::start("browser", &told);
        assert_eq!(browser.hear(), json!({ "ready": true }));
        Self(browser)
    }

    fn ask(&mut self, told: &Value) -> Value {
        self.0.tell(told);
        self.0.hear()
    }

    /// Makes a passkey.
    fn create(&mut self, options: &Value) -> Value {
        self.ask(&json!({ "create": options }))
    }

    /// Uses one.
    fn get(&mut self, options: &Value) -> Value {
        self.ask(&json!({ "get": options }))
    }

    fn close(mut self) {
        assert_eq!(self.ask(&json!({ "close": true })), json!({ "done": {} }));
    }
}

/// The authenticator of a phone or a computer, which knows its user.
fn built_in(is_copied: bool) -> Value {
    json!({ "protocol": "ctap2", "transport": "internal", "hasResidentKey": true, "hasUserVerification": true,
        "isUserVerified": true, "defaultBackupEligibility": is_copied, "defaultBackupState": is_copied })
}

on_both_databases! {
    async fn a_browser_registers_signs_in_takes_the_second_step_and_proves(world) {
        for is_copied in [false, true] {
            let world = World::start_for_browsers(world.backend).await;
            let ada = world.customer("Ada").await;
            let mut page = Page::open(&world, &built_in(is_copied));
            let mut asked = options(&ada).await;
            if is_copied {
                // Left to itself it takes the first that is offered, EdDSA.
                asked["pubKeyCredParams"] = json!([{ "type": "public-key", "alg": -7 }]);
            }
            let made = page.create(&asked);
            let registered = confirm(&ada, &made["credential"]).await;
            assert_eq!(registered.done("confirmPasskey")["recoveryCodes"].as_array().unwrap().len(), 10, "{made}");
            let again = page.create(&options(&ada).await);
            assert_eq!(again, json!({ "refused": "InvalidStateError" }), "it is told which are there already");
            world.pass(1);
            let alone = complete(&world, &page.get(&sign_in_options(&world).await)["credential"]).await;
            assert_eq!(alone.done("completePasskeySignIn")["customer"]["email"], EMAIL);
            let session = token(&alone, "completePasskeySignIn");
            let shown = shown(&world, &session).await[0].clone();
            assert_eq!((&shown["lastUsedAt"], &shown["backedUp"]), (&json!(world.time(0)), &json!(is_copied)));
            let step = half(&world, EMAIL, PASSWORD).await;
            let beside = page.get(&second_options(&world, &step).await);
            let whole = complete_half(&world, &step, &beside["credential"]).await;
            assert_eq!(whole.done("completeSignIn")["customer"]["email"], EMAIL);
            world.pass(10 * MINUTE);
            let refresh = json!({ "refreshToken": whole.done("completeSignIn")["session"]["refreshToken"] });
            let refreshed = act(&world, "refreshSession", refresh, "session { accessToken }").await;
            let session = token(&refreshed, "refreshSession");
            assert_eq!(world.ask_as(Some(&session), START, json!({})).await.mistakes("startPasskey"), ["STEP_UP_REQUIRED"]);
            let asked = world.ask_as(Some(&session), START_STEP_UP, json!({})).await;
            let proof = page.get(&asked.done("startPasskeyStepUp")["options"]);
            let proven = step_up(&world, &session, &proof["credential"]).await;
            assert_eq!(proven.done("stepUp")["provenUntil"], world.time(10 * MINUTE));
            page.close();
        }
    }

    async fn a_browser_uses_no_passkey_elsewhere_and_none_of_whom_it_does_not_know(world) {
        let world = World::start_for_browsers(world.backend).await;
        let ada = world.customer("Ada").await;
        let mut page = Page::open(&world, &built_in(false));
        let made = page.create(&options(&ada).await);
        confirm(&ada, &made["credential"]).await.done("confirmPasskey");
        page.ask(&json!({ "isUserVerified": false }));
        let asked = sign_in_options(&world).await;
        assert_eq!(page.get(&asked), json!({ "refused": "NotAllowedError" }), "who uses it is wanted");
        page.ask(&json!({ "isUserVerified": true }));
        page.ask(&json!({ "open": format!("{}/oauth/authorize", world.url) }));
        assert_eq!(page.get(&asked), json!({ "refused": "SecurityError" }), "the same server by another name");
        page.ask(&json!({ "open": format!("{}/oauth/authorize", world.deps.config.public_url) }));
        complete(&world, &page.get(&asked)["credential"]).await.done("completePasskeySignIn");
        page.close();
    }
}
