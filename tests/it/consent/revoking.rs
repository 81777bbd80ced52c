//! Ending by somebody else than the customer: a brand gives up its own grant, the operator ends any.

use api::domain::consent::{Verdict, end_by_operator};
use api::domain::{Refusal, apps};
use entity::access::Operator;
use entity::kinds::AppStatus;
use serde_json::{Value, json};
use tests::world::DAY;
use tests::{BrandApp, Customer, Reply, World, on_both_databases};

use super::{grant, grants, history};

const REVOKE: &str = "mutation($input: RevokeGrantInput!) { revokeGrant(input: $input) {
    grantId purpose state endedAt userErrors { code field message } } }";

/// A brand's app gives up a grant.
async fn revoke(app: &BrandApp<'_>, input: Value) -> Reply {
    app.ask(REVOKE, json!({ "input": input })).await
}

/// The operator ends a grant; the mistake if there was one.
async fn end(world: &World, id: &str, verdict: Verdict, reason: Option<&str>) -> Option<String> {
    match end_by_operator(&world.deps, Operator::at_the_command_line(), id, verdict, reason).await {
        Ok(_) => None,
        Err(Refusal::Mistakes(mistakes)) => mistakes.into_iter().next().map(|mistake| mistake.message),
        Err(fault) => panic!("{fault}"),
    }
}

async fn set_status(world: &World, app: &BrandApp<'_>, status: AppStatus) {
    let transaction = world.deps.vault.begin().await.unwrap();
    assert!(apps::set_status(&transaction, &app.client_id, status).await.unwrap());
    transaction.commit().await.unwrap();
}

/// Somebody with a handle and a grant of NAME to the bank: the grant, and how the bank knows them.
async fn sharing<'w>(world: &'w World, name: &str, purpose: &str) -> (Customer<'w>, String, Value) {
    let who = world.customer(name).await;
    who.link_email(&who.email).await;
    let id = who.give("bank", purpose, &["NAME"]).await;
    let profile = grant(&who, &id).await["profileId"].clone();
    (who, id, profile)
}

on_both_databases! {
    async fn a_brand_gives_up_a_grant_by_its_id_or_by_its_own_id_of_the_customer(world) {
        let bank = world.brand("bank").await;
        let (ada, id, profile) = sharing(&world, "Ada", "CUSTOMER_CARE").await;
        for input in [json!({ "grantId": id }), json!({ "profileId": profile, "purpose": "ANALYTICS" })] {
            let purpose = if input["grantId"].is_null() { "ANALYTICS" } else { "CUSTOMER_CARE" };
            let id = if purpose == "ANALYTICS" { ada.give("bank", purpose, &["NAME"]).await } else { id.clone() };
            assert_eq!(bank.profile("ada@example.org", purpose).await["name"]["displayName"], "Ada");
            world.pass(5);
            let reply = revoke(&bank, input).await;
            let mut done = reply.done("revokeGrant").clone();
            done["userErrors"].take();
            let at = world.time(0);
            assert_eq!(done, json!({ "grantId": id, "purpose": purpose, "state": "REVOKED", "endedAt": at, "userErrors": null }));
            assert_eq!(bank.profile("ada@example.org", purpose).await, Value::Null);
            let ended = grant(&ada, &id).await;
            assert_eq!((&ended["state"], &ended["endedAt"]), (&json!("REVOKED"), &json!(at)));
            assert_eq!(history(&ended, "kind"), ["GIVEN", "REVOKED"]);
            assert_eq!(history(&ended, "actor"), ["CUSTOMER", "BRAND"], "the customer sees who ended it");
        }
        let paused = ada.give("bank", "CUSTOMER_CARE", &["NAME"]).await;
        ada.act("pauseConsent", json!({ "grantId": paused }), "").await.done("pauseConsent");
        revoke(&bank, json!({ "grantId": paused })).await.done("revokeGrant");
        ada.give("bank", "CUSTOMER_CARE", &["NAME"]).await;
    }

    async fn the_grant_of_another_brand_one_that_is_over_and_none_at_all_are_refused_alike(world) {
        let (bank, shop) = (world.brand("bank").await, world.brand("shop").await);
        let figures = world.app("bank", "bank-figures", &["NAME"], &["ANALYTICS"]).await;
        let (ada, id, profile) = sharing(&world, "Ada", "CUSTOMER_CARE").await;
        let withdrawn = ada.give("bank", "RECOMMENDATIONS", &["NAME"]).await;
        ada.withdraw(&withdrawn).await;
        let short = json!({ "brand": "bank", "purpose": "PERSONALISATION", "scopes": ["NAME"], "expiresAt": world.time(1) });
        let expired = ada.act("giveConsent", short, "grant { id }").await.done("giveConsent")["grant"]["id"].clone();
        world.pass(1);
        let before = grants(&ada).await;
        let nothing = revoke(&bank, json!({ "grantId": "grant_AAAAAAAAAAAAAAAAAAAAAA" })).await;
        assert_eq!(nothing.mistakes("revokeGrant"), ["NOT_FOUND"]);
        let attempts = [
            (&shop, json!({ "grantId": id }), "another brand's"),
            (&shop, json!({ "profileId": profile, "purpose": "CUSTOMER_CARE" }), "another brand's id of the customer"),
            (&figures, json!({ "grantId": id }), "for a purpose that the app may not declare"),
            (&figures, json!({ "profileId": profile, "purpose": "CUSTOMER_CARE" }), "the same by profile"),
            (&bank, json!({ "grantId": withdrawn }), "withdrawn"),
            (&bank, json!({ "grantId": expired }), "expired"),
            (&bank, json!({ "profileId": profile, "purpose": "PERSONALISATION" }), "expired, by profile"),
            (&bank, json!({ "profileId": profile, "purpose": "DIRECT_MARKETING" }), "never given"),
            (&bank, json!({ "profileId": "profile_AAAAAAAAAAAAAAAAAAAAAQ", "purpose": "CUSTOMER_CARE" }), "nobody"),
            (&bank, json!({ "profileId": id, "purpose": "CUSTOMER_CARE" }), "an id of another kind"),
            (&bank, json!({ "grantId": profile }), "an id of another kind"),
            (&bank, json!({ "grantId": "" }), "no id"),
        ];
        for (app, input, what) in attempts {
            let reply = revoke(app, input).await;
            assert_eq!((reply.status, &reply.text), (nothing.status, &nothing.text), "{what}");
        }
        let mut after = grants(&ada).await;
        for grant in after.as_array_mut().into_iter().flatten().filter(|grant| grant["id"] == expired) {
            assert_eq!(grant["state"], "EXPIRED");
        }
        after.as_array_mut().into_iter().flatten().zip(before.as_array().into_iter().flatten()).for_each(|(now, was)| {
            assert_eq!(history(now, "kind"), history(was, "kind"));
        });
        assert_eq!(bank.profile("ada@example.org", "CUSTOMER_CARE").await["name"]["displayName"], "Ada");
    }

    async fn a_grant_is_named_in_exactly_one_way(world) {
        let bank = world.brand("bank").await;
        let (ada, id, profile) = sharing(&world, "Ada", "CUSTOMER_CARE").await;
        for input in [
            json!({}),
            json!({ "profileId": profile }),
            json!({ "purpose": "CUSTOMER_CARE" }),
            json!({ "grantId": id, "purpose": "CUSTOMER_CARE" }),
            json!({ "grantId": id, "profileId": profile, "purpose": "CUSTOMER_CARE" }),
        ] {
            assert_eq!(revoke(&bank, input).await.mistakes("revokeGrant"), ["INVALID"]);
        }
        assert_eq!(grant(&ada, &id).await["state"], "ACTIVE");
    }

    async fn a_customer_withdraws_and_everybody_else_revokes_and_neither_can_do_the_others(world) {
        let bank = world.brand("bank").await;
        let (ada, id, _) = sharing(&world, "Ada", "CUSTOMER_CARE").await;
        let by_customer = ada.ask(REVOKE, json!({ "input": { "grantId": id } })).await;
        assert_eq!((by_customer.status.as_u16(), by_customer.code()), (403, "FORBIDDEN"));
        let by_nobody = world.ask(REVOKE, json!({ "input": { "grantId": id } })).await;
        assert_eq!((by_nobody.status.as_u16(), by_nobody.code()), (401, "UNAUTHENTICATED"));
        let withdraw = "mutation($input: WithdrawConsentInput!) { withdrawConsent(input: $input) { userErrors { code } } }";
        let by_brand = bank.ask(withdraw, json!({ "input": { "grantId": id } })).await;
        assert_eq!((by_brand.status.as_u16(), by_brand.code()), (403, "FORBIDDEN"));
        for mutation in ["withdrawEverything", "pauseEverything", "resumeEverything", "setDirectMarketing"] {
            let kind = format!("{}{}Input", mutation[..1].to_uppercase(), &mutation[1..]);
            let input = if mutation == "setDirectMarketing" { json!({ "allowed": true }) } else { json!({}) };
            let query = format!("mutation($input: {kind}!) {{ {mutation}(input: $input) {{ userErrors {{ code }} }} }}");
            assert_eq!(bank.ask(&query, json!({ "input": input })).await.code(), "FORBIDDEN", "{mutation}");
        }
        assert_eq!(history(&grant(&ada, &id).await, "kind"), ["GIVEN"]);
    }

    async fn ending_works_while_an_app_is_suspended_except_by_that_app(world) {
        let (bank, desk) = (world.brand("bank").await, world.app("bank", "bank-desk", &["NAME"], &["CUSTOMER_CARE"]).await);
        let token = bank.token().await;
        set_status(&world, &bank, AppStatus::Suspended).await;
        let (ada, by_app, _) = sharing(&world, "Ada", "CUSTOMER_CARE").await;
        let refused = world.ask_as(Some(&token), REVOKE, json!({ "input": { "grantId": by_app } })).await;
        assert_eq!((refused.status.as_u16(), refused.code()), (401, "UNAUTHENTICATED"));
        assert_eq!(grant(&ada, &by_app).await["state"], "ACTIVE");
        revoke(&desk, json!({ "grantId": by_app })).await.done("revokeGrant");
        set_status(&world, &desk, AppStatus::Suspended).await;
        let withdrawn = ada.give("bank", "CUSTOMER_CARE", &["NAME"]).await;
        ada.withdraw(&withdrawn).await;
        let revoked = ada.give("bank", "CUSTOMER_CARE", &["NAME"]).await;
        assert_eq!(end(&world, &revoked, Verdict::Revoked, Some("the brand has closed")).await, None);
        set_status(&world, &bank, AppStatus::Active).await;
        assert_eq!(bank.profile("ada@example.org", "CUSTOMER_CARE").await, Value::Null);
    }

    async fn the_operator_ends_a_grant_with_a_reason_that_the_customer_sees(world) {
        let bank = world.brand("bank").await;
        for (name, verdict, state) in [("Ada", Verdict::Revoked, "REVOKED"), ("Bob", Verdict::Invalid, "INVALIDATED")] {
            let (who, id, _) = sharing(&world, name, "CUSTOMER_CARE").await;
            assert_eq!(end(&world, &id, verdict, Some("  the notice was wrong ")).await, None);
            assert_eq!(bank.profile(&who.email, "CUSTOMER_CARE").await, Value::Null);
            let ended = grant(&who, &id).await;
            assert_eq!((&ended["state"], history(&ended, "kind"), history(&ended, "actor")),
                (&json!(state), vec![json!("GIVEN"), json!(state)], vec![json!("CUSTOMER"), json!("OPERATOR")]));
            let shown = who.ask("{ me { grants { nodes { events { nodes { reason } } } } } }", json!({})).await;
            assert_eq!(shown.data("/me/grants/nodes/0/events/nodes"), &json!([{ "reason": null }, { "reason": "the notice was wrong" }]));
            let again = end(&world, &id, verdict, None).await;
            assert_eq!(again, Some(format!("the grant is {state} already")));
        }
        let (carol, id, profile) = sharing(&world, "Carol", "CUSTOMER_CARE").await;
        for reason in ["", "  ", "two\nlines", &"long".repeat(126)] {
            assert!(end(&world, &id, Verdict::Revoked, Some(reason)).await.is_some(), "{reason:?}");
        }
        for unknown in ["grant_AAAAAAAAAAAAAAAAAAAAAA", profile.as_str().unwrap(), "'; drop"] {
            assert_eq!(end(&world, unknown, Verdict::Revoked, None).await, Some(format!("there is no grant {unknown}")));
        }
        assert_eq!(grant(&carol, &id).await["state"], "ACTIVE");
    }

    async fn whatever_ended_a_grant_it_never_reopens(world) {
        let bank = world.brand("bank").await;
        let (ada, revoked, profile) = sharing(&world, "Ada", "CUSTOMER_CARE").await;
        revoke(&bank, json!({ "grantId": revoked })).await.done("revokeGrant");
        let expired = ada.give("bank", "ANALYTICS", &["NAME"]).await;
        let (by_operator, invalid, withdrawn) = {
            let given = [ada.give("bank", "PERSONALISATION", &["NAME"]).await, ada.give("bank", "RECOMMENDATIONS", &["NAME"]).await];
            world.pass(90 * DAY - 1);
            (given[0].clone(), given[1].clone(), ada.give("bank", "CUSTOMER_CARE", &["NAME"]).await)
        };
        assert_eq!(end(&world, &by_operator, Verdict::Revoked, None).await, None);
        assert_eq!(end(&world, &invalid, Verdict::Invalid, None).await, None);
        ada.withdraw(&withdrawn).await;
        world.pass(1);
        world.expire().await;
        let before = grants(&ada).await;
        let ended = [(&revoked, "REVOKED"), (&by_operator, "REVOKED"), (&invalid, "INVALIDATED"), (&withdrawn, "WITHDRAWN"), (&expired, "EXPIRED")];
        for (id, state) in ended {
            assert_eq!(grant(&ada, id).await["state"], state);
            for (mutation, input) in [
                ("pauseConsent", json!({ "grantId": id })),
                ("resumeConsent", json!({ "grantId": id })),
                ("withdrawConsent", json!({ "grantId": id })),
                ("amendConsent", json!({ "grantId": id, "scopes": ["NAME"] })),
                ("amendConsent", json!({ "grantId": id, "scopes": ["NAME", "CONTACT"] })),
                ("amendConsent", json!({ "grantId": id, "expiresAt": world.time(DAY) })),
            ] {
                let reply = ada.act(mutation, input, "grant { id }").await;
                assert_eq!(reply.mistakes(mutation), ["WRONG_STATE grantId"], "{mutation} of a grant that is {state}");
            }
            for mutation in ["pauseEverything", "resumeEverything", "withdrawEverything"] {
                assert_eq!(ada.act(mutation, json!({}), "grants { id }").await.done(mutation)["grants"], json!([]));
            }
            assert_eq!(revoke(&bank, json!({ "grantId": id })).await.mistakes("revokeGrant"), ["NOT_FOUND"]);
            for verdict in [Verdict::Revoked, Verdict::Invalid] {
                assert_eq!(end(&world, id, verdict, None).await, Some(format!("the grant is {state} already")));
            }
        }
        ada.act("setDirectMarketing", json!({ "allowed": true }), "").await.done("setDirectMarketing");
        assert_eq!((world.expire().await, grants(&ada).await), (0, before), "nothing has happened");
        let anew = ada.give("bank", "CUSTOMER_CARE", &["NAME"]).await;
        assert_eq!(grant(&ada, &anew).await["profileId"], profile, "giving again is a new grant");
    }
}
