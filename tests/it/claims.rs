//! Imported customers claim their accounts by a mailed code.

use serde_json::{Value, json};
use tests::customer::PASSWORD;
use tests::world::{DAY, MINUTE};
use tests::{Customer, Reply, World, on_both_databases};

async fn import(world: &World) {
    let customer = json!({
        "customer": { "key": "1", "email": "Imported@example.org", "name": { "displayName": "Imo" } },
        "links": [{ "channel": "X", "handle": "@imo", "accountId": "4711", "verifiedAt": world.time(-DAY) }],
        "grants": [{ "brand": "bank", "purpose": "CUSTOMER_CARE", "scopes": ["NAME"], "from": world.time(-DAY), "until": world.time(DAY) }],
    });
    assert_eq!(world.import(&customer.to_string()).await, Vec::<String>::new());
}

async fn start(world: &World, email: &str) -> Reply {
    let query = "mutation($email: EmailAddress!) { startClaim(input: { email: $email }) { accepted userErrors { code field message } } }";
    world.ask(query, json!({ "email": email })).await
}

/// The code that was mailed to the imported customer.
async fn code(world: &World) -> String {
    start(world, "imported@example.org").await.done("startClaim");
    world.code_mailed_to("imported@example.org")
}

async fn complete(world: &World, email: &str, code: &str, password: &str) -> Reply {
    let query = "mutation($input: CompleteClaimInput!) { completeClaim(input: $input) {
        session { accessToken } customer { name { displayName } } userErrors { code field message } } }";
    world.ask(query, json!({ "input": { "email": email, "code": code, "password": password } })).await
}

/// Six digits that are not the code.
fn wrong(code: &str, number: u32) -> String {
    let right: u32 = code.parse().unwrap_or_default();
    format!("{:06}", (right + 1 + number) % 1_000_000)
}

on_both_databases! {
    async fn an_imported_customer_claims_the_account_and_withdraws_what_was_imported(world) {
        let bank = world.brand("bank").await;
        import(&world).await;
        let before = bank.look_up_on("X", "imo", "CUSTOMER_CARE", "name { displayName }").await;
        assert_eq!(before.data("/profile/name/displayName"), "Imo");
        let code = code(&world).await;
        let claimed = complete(&world, "imported@example.org", &code, PASSWORD).await;
        let payload = claimed.done("completeClaim");
        assert_eq!(payload["customer"]["name"]["displayName"], "Imo");
        let own = world.ask_as(payload["session"]["accessToken"].as_str(), "{ me { email } }", json!({})).await;
        assert!(own.data("/me/email").as_str().is_some_and(|email| email.eq_ignore_ascii_case("imported@example.org")));

        let imo = Customer::sign_in(&world, "IMPORTED@example.org", PASSWORD).await;
        let grants = imo.ask("{ me { grants { nodes { id state events { nodes { kind receiptId } } } } disclosures { nodes { answered } } } }", json!({})).await;
        assert_eq!(grants.data("/me/grants/nodes/0/state"), "ACTIVE");
        assert_eq!(grants.data("/me/disclosures/nodes"), &json!([{ "answered": true }]), "what was read before is shown");
        let events = grants.data("/me/grants/nodes/0/events/nodes");
        assert_eq!(events, &json!([{ "kind": "GIVEN", "receiptId": null }]), "what was given elsewhere has no receipt");
        imo.withdraw(grants.data("/me/grants/nodes/0/id").as_str().unwrap()).await;
        let after = bank.look_up_on("X", "imo", "CUSTOMER_CARE", "name { displayName }").await;
        assert_eq!(after.data("/profile"), &Value::Null);
    }

    async fn starting_a_claim_answers_alike_and_mails_only_whom_it_should(world) {
        world.brand("bank").await;
        import(&world).await;
        world.customer("Ada").await;
        let mut answers = Vec::new();
        for email in ["nobody@example.org", "ada@example.org"] {
            answers.push(start(&world, email).await.text);
        }
        assert_eq!(world.mails(), Vec::<String>::new(), "nobody to mail to");
        answers.push(start(&world, "imported@example.org").await.text);
        answers.dedup();
        assert_eq!(answers, [r#"{"data":{"startClaim":{"accepted":true,"userErrors":[]}}}"#]);
        assert_eq!(world.mails().len(), 1);
        assert_eq!(start(&world, "imported").await.mistakes("startClaim"), ["INVALID email"]);
    }

    async fn a_wrong_code_opens_nothing_and_answers_alike_for_every_address(world) {
        world.brand("bank").await;
        import(&world).await;
        world.customer("Ada").await;
        let code = code(&world).await;
        let mut answers = Vec::new();
        for email in ["imported@example.org", "ada@example.org", "nobody@example.org"] {
            for wrong in [wrong(&code, 0), String::new(), "12345".into(), format!("{code}0")] {
                let reply = complete(&world, email, &wrong, PASSWORD).await;
                assert_eq!(reply.mistakes("completeClaim"), ["WRONG_CODE code"]);
                answers.push(reply.text);
            }
        }
        answers.dedup();
        assert_eq!(answers.len(), 1, "{answers:?}");
        for email in ["ada@example.org", "nobody@example.org"] {
            assert_eq!(complete(&world, email, &code, PASSWORD).await.mistakes("completeClaim"), ["WRONG_CODE code"]);
        }
        let weak = complete(&world, "imported@example.org", &code, "imported").await;
        assert_eq!(weak.mistakes("completeClaim"), ["WEAK_PASSWORD password"]);
        complete(&world, "imported@example.org", &code, PASSWORD).await.done("completeClaim");
    }

    async fn a_code_bears_ten_tries_the_right_one_among_them(world) {
        world.brand("bank").await;
        import(&world).await;
        let first = code(&world).await;
        for number in 0..10 {
            let reply = complete(&world, "imported@example.org", &wrong(&first, number), PASSWORD).await;
            assert_eq!(reply.mistakes("completeClaim"), ["WRONG_CODE code"]);
        }
        let late = complete(&world, "imported@example.org", &first, PASSWORD).await;
        assert_eq!(late.mistakes("completeClaim"), ["WRONG_CODE code"], "void after ten tries");
        let second = code(&world).await;
        for number in 0..9 {
            complete(&world, "imported@example.org", &wrong(&second, number), PASSWORD).await;
        }
        complete(&world, "imported@example.org", &second, PASSWORD).await.done("completeClaim");
    }

    async fn a_code_holds_for_15_minutes(world) {
        world.brand("bank").await;
        import(&world).await;
        let first = code(&world).await;
        world.pass(15 * MINUTE);
        let late = complete(&world, "imported@example.org", &first, PASSWORD).await;
        assert_eq!(late.mistakes("completeClaim"), ["WRONG_CODE code"]);
        let second = code(&world).await;
        world.pass(15 * MINUTE - 1);
        complete(&world, "imported@example.org", &second, PASSWORD).await.done("completeClaim");
    }

    async fn a_newer_code_replaces_the_older_and_each_is_good_for_one_use(world) {
        world.brand("bank").await;
        import(&world).await;
        let first = code(&world).await;
        let second = code(&world).await;
        if first != second {
            let old = complete(&world, "imported@example.org", &first, PASSWORD).await;
            assert_eq!(old.mistakes("completeClaim"), ["WRONG_CODE code"]);
        }
        complete(&world, "imported@example.org", &second, PASSWORD).await.done("completeClaim");
        let again = complete(&world, "imported@example.org", &second, "another lantern drizzle fjord").await;
        assert_eq!(again.mistakes("completeClaim"), ["WRONG_CODE code"], "the account is taken into use");
        let mails = world.mails().len();
        start(&world, "imported@example.org").await.done("startClaim");
        assert_eq!(world.mails().len(), mails, "a claimed account is not claimed again");
        Customer::sign_in(&world, "imported@example.org", PASSWORD).await;
    }
}
