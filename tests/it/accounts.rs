//! Accounts: signing up, in and out, and what a session lives on.

use serde_json::{Value, json};
use tests::customer::PASSWORD;
use tests::world::{DAY, MINUTE};
use tests::{Customer, Reply, World, on_both_databases};

const SIGN_UP: &str = "mutation($input: SignUpInput!) { signUp(input: $input) { session { accessToken } customer { id } userErrors { code field message } } }";
const SIGN_IN: &str = "mutation($input: SignInInput!) { signIn(input: $input) { session { accessToken } customer { id } userErrors { code field message } } }";
const REFRESH: &str = "mutation($token: String!) { refreshSession(input: { refreshToken: $token }) {
    session { accessToken refreshToken expiresAt } userErrors { code field message } } }";
const ME: &str = "{ me { id email name { displayName } } }";

async fn sign_up(world: &World, email: &str, password: &str) -> Reply {
    world.ask(SIGN_UP, json!({ "input": { "email": email, "password": password, "displayName": "Ada" } })).await
}

async fn sign_in(world: &World, email: &str, password: &str) -> Reply {
    world.ask(SIGN_IN, json!({ "input": { "email": email, "password": password } })).await
}

/// Exchanges a refresh token; the access token and the next refresh token, or null.
pub(crate) async fn refresh(world: &World, token: &Value) -> (Value, Value) {
    let reply = world.ask(REFRESH, json!({ "token": token })).await;
    let session = reply.data("/refreshSession/session");
    if session.is_null() {
        assert_eq!(reply.mistakes("refreshSession"), ["WRONG_CREDENTIALS refreshToken"]);
    }
    (session["accessToken"].clone(), session["refreshToken"].clone())
}

/// Whether the server takes this access token for a customer's.
async fn holds(world: &World, token: &Value) -> bool {
    let reply = world.ask_as(token.as_str(), ME, json!({})).await;
    if reply.status == 401 {
        assert_eq!(reply.code(), "UNAUTHENTICATED");
        assert!(reply.body.get("data").is_none(), "{}", reply.text);
        return false;
    }
    reply.data("/me/id").is_string()
}

async fn tokens(who: &Customer<'_>) -> (Value, Value) {
    (json!(who.token().await), json!(who.refresh_token()))
}

on_both_databases! {
    async fn signing_up_opens_an_account_that_its_owner_can_use(world) {
        let ada = world.customer("Ada").await;
        let me = ada.ask(ME, json!({})).await;
        assert_eq!(me.data("/me/email"), "ada@example.org");
        assert_eq!(me.data("/me/name/displayName"), "Ada");
        let nameless = json!({ "input": { "email": "bob@example.org", "password": PASSWORD } });
        assert!(world.ask(SIGN_UP, nameless).await.done("signUp")["customer"]["id"].is_string());
        assert_eq!(world.ask(ME, json!({})).await.data("/me"), &Value::Null);
    }

    async fn an_address_that_is_taken_is_refused_in_any_spelling(world) {
        let ada = sign_up(&world, "Ada@Example.org", PASSWORD).await;
        let id = ada.done("signUp")["customer"]["id"].clone();
        for spelling in ["Ada@Example.org", "ada@example.org", "ADA@EXAMPLE.ORG"] {
            let again = sign_up(&world, spelling, PASSWORD).await;
            assert_eq!(again.mistakes("signUp"), ["TAKEN email"], "{spelling}");
            assert_eq!(again.data("/signUp/session"), &Value::Null);
            let same = sign_in(&world, spelling, PASSWORD).await;
            assert_eq!(same.done("signIn")["customer"]["id"], id, "{spelling} is the same account");
        }
        let other = sign_up(&world, "ada+1@example.org", PASSWORD).await;
        assert_ne!(other.done("signUp")["customer"]["id"], id, "a tag may be another mailbox");
    }

    async fn bad_addresses_and_bad_passwords_are_refused_with_their_fields(world) {
        let long = "lagoon ".repeat(30);
        for (email, password, mistakes) in [
            ("ada@example.org", "kF9!x", vec!["WEAK_PASSWORD password"]),
            ("ada@example.org", "", vec!["WEAK_PASSWORD password"]),
            ("ada@example.org", "password1234", vec!["WEAK_PASSWORD password"]),
            ("ada@example.org", "rapport2026", vec!["WEAK_PASSWORD password"]),
            ("ada.moreno@example.org", "ada.moreno1", vec!["WEAK_PASSWORD password"]),
            ("ada@example.org", long.as_str(), vec!["TOO_LONG password"]),
            ("ada", PASSWORD, vec!["INVALID email"]),
            ("ada@localhost", PASSWORD, vec!["INVALID email"]),
            (" ada@example.org", PASSWORD, vec!["INVALID email"]),
            ("Ada <ada@example.org>", PASSWORD, vec!["INVALID email"]),
            ("ada@exämple.org", PASSWORD, vec!["INVALID email"]),
            ("", "", vec!["INVALID email", "WEAK_PASSWORD password"]),
        ] {
            let reply = sign_up(&world, email, password).await;
            assert_eq!(reply.mistakes("signUp"), mistakes, "{email} {password}");
            assert_eq!(reply.data("/signUp/session"), &Value::Null);
        }
        let input = json!({ "email": "ada@example.org", "password": PASSWORD, "displayName": "x".repeat(81) });
        assert_eq!(world.ask(SIGN_UP, json!({ "input": input })).await.mistakes("signUp"), ["INVALID displayName"]);
        sign_up(&world, "ada@example.org", PASSWORD).await.done("signUp");
    }

    async fn signing_in_answers_alike_for_unknown_wrong_unclaimed_and_malformed(world) {
        world.customer("Ada").await;
        let imported = json!({ "customer": { "key": "1", "email": "imported@example.org" } });
        assert_eq!(world.import(&imported.to_string()).await, Vec::<String>::new());
        let mut answers = Vec::new();
        for (email, password) in [
            ("ada@example.org", "not the password of Ada"),
            ("nobody@example.org", PASSWORD),
            ("imported@example.org", PASSWORD),
            ("imported@example.org", ""),
            ("imported@example.org", "nobody has this password"),
            ("no address", PASSWORD),
        ] {
            let reply = sign_in(&world, email, password).await;
            assert_eq!(reply.mistakes("signIn"), ["WRONG_CREDENTIALS"]);
            answers.push((reply.status, reply.text));
        }
        answers.dedup();
        assert_eq!(answers.len(), 1, "{answers:?}");
    }

    async fn a_password_typed_on_another_keyboard_is_the_same(world) {
        sign_up(&world, "ada@example.org", "caf\u{e9} lantern drizzle").await.done("signUp");
        sign_in(&world, "ada@example.org", "cafe\u{301} lantern drizzle").await.done("signIn");
        assert_eq!(sign_in(&world, "ada@example.org", "Café lantern drizzle").await.mistakes("signIn").len(), 1);
    }

    async fn signing_out_ends_that_session_on_the_next_request(world) {
        let ada = world.customer("Ada").await;
        let elsewhere = Customer::sign_in(&world, "ada@example.org", PASSWORD).await;
        let ((access, refresh_token), (other, _)) = (tokens(&ada).await, tokens(&elsewhere).await);
        let out = ada.ask("mutation { signOut { signedOut userErrors { code } } }", json!({})).await;
        assert_eq!(out.done("signOut")["signedOut"], true);
        assert!(!holds(&world, &access).await);
        assert_eq!(refresh(&world, &refresh_token).await.0, Value::Null);
        assert!(holds(&world, &other).await, "another device stays signed in");
        let nobody = world.ask("mutation { signOut { signedOut } }", json!({})).await;
        assert_eq!(nobody.status, 401);
    }

    async fn a_refresh_token_is_exchanged_for_the_next_one(world) {
        let ada = world.customer("Ada").await;
        let (first_access, first) = tokens(&ada).await;
        let (access, second) = refresh(&world, &first).await;
        assert_ne!(first, second);
        assert!(holds(&world, &access).await);
        assert!(holds(&world, &first_access).await, "the older access token runs out by itself");
        let (access, third) = refresh(&world, &second).await;
        assert!(holds(&world, &access).await);
        assert_ne!(second, third);
        for garbage in [json!(""), json!("refresh_"), json!("refresh_AAAA"), access.clone(), first_access] {
            assert_eq!(refresh(&world, &garbage).await.0, Value::Null);
        }
        assert!(holds(&world, &access).await, "garbage ends nothing");
    }

    async fn a_refresh_token_used_twice_ends_its_session_with_every_token(world) {
        let ada = world.customer("Ada").await;
        let elsewhere = Customer::sign_in(&world, "ada@example.org", PASSWORD).await;
        let (first_access, first) = tokens(&ada).await;
        let (access, second) = refresh(&world, &first).await;
        assert_eq!(refresh(&world, &first).await.0, Value::Null);
        for token in [first_access, access] {
            assert!(!holds(&world, &token).await);
        }
        assert_eq!(refresh(&world, &second).await.0, Value::Null, "neither thief nor owner goes on");
        assert!(holds(&world, &tokens(&elsewhere).await.0).await, "another session is not touched");
    }

    async fn an_access_token_runs_out_after_five_minutes_and_a_little_leeway(world) {
        let ada = world.customer("Ada").await;
        let (access, refresh_token) = tokens(&ada).await;
        world.pass(5 * MINUTE - 1);
        assert!(holds(&world, &access).await);
        world.pass(5_001);
        assert!(!holds(&world, &access).await, "five seconds of leeway at most");
        let (next, _) = refresh(&world, &refresh_token).await;
        assert!(holds(&world, &next).await);
    }

    async fn a_session_ends_after_30_days_however_often_it_was_continued(world) {
        let ada = world.customer("Ada").await;
        let (_, mut token) = tokens(&ada).await;
        for _ in 0..3 {
            world.pass(9 * DAY);
            token = refresh(&world, &token).await.1;
        }
        world.pass(3 * DAY - 1);
        let (access, token) = refresh(&world, &token).await;
        assert!(holds(&world, &access).await);
        world.pass(1);
        assert!(!holds(&world, &access).await, "the token would hold for five minutes more");
        assert_eq!(refresh(&world, &token).await.0, Value::Null);
    }

    async fn only_a_genuine_token_is_taken(world) {
        let ada = world.customer("Ada").await;
        let (access, refresh_token) = tokens(&ada).await;
        let genuine = access.as_str().unwrap();
        let (rest, signature) = genuine.rsplit_once('.').unwrap();
        let (header, claims) = rest.split_once('.').unwrap();
        let flipped: String = signature.chars().rev().collect();
        for forged in [
            "".to_owned(),
            "x".into(),
            format!("{rest}."),
            format!("{rest}.{flipped}"),
            format!("eyJhbGciOiJub25lIn0.{claims}."),
            format!("{header}.{header}.{signature}"),
            refresh_token.as_str().unwrap().to_owned(),
        ] {
            assert!(!holds(&world, &json!(forged)).await, "{forged}");
        }
        assert!(holds(&world, &access).await);
    }
}
