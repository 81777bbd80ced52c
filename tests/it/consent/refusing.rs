//! Refusals that tell nothing: whom a brand may not see looks like nobody, and what an app may not ask is refused alike.

use api::domain::apps;
use entity::kinds::AppStatus;
use serde_json::json;
use tests::app::WHOLE_PROFILE;
use tests::world::{DAY, MINUTE};
use tests::{BrandApp, Reply, World, on_both_databases};

/// Everybody whom the bank cannot see for customer care, each for another reason. The bank knew the withdrawn one.
const INVISIBLE: [&str; 7] = ["unknown", "unlinked", "gone", "stranger", "withdrawn", "expired", "elsewhere"];

async fn invisible_people(world: &World) {
    world.brand("airline").await;
    for name in INVISIBLE.into_iter().skip(1) {
        let who = world.customer(name).await;
        if name == "unlinked" {
            who.give("bank", "CUSTOMER_CARE", &["NAME"]).await;
            continue;
        }
        let link = who.link_email(&who.email).await;
        match name {
            "gone" => {
                who.give("bank", "CUSTOMER_CARE", &["NAME"]).await;
                who.act("unlink", json!({ "linkId": link }), "").await.done("unlink");
            }
            "withdrawn" => {
                let id = who.give("bank", "CUSTOMER_CARE", &["NAME"]).await;
                who.withdraw(&id).await;
            }
            "expired" => {
                let end = world.time(MINUTE);
                let input =
                    json!({ "brand": "bank", "purpose": "CUSTOMER_CARE", "scopes": ["NAME"], "expiresAt": end });
                who.act("giveConsent", input, "").await.done("giveConsent");
            }
            "elsewhere" => {
                who.give("airline", "CUSTOMER_CARE", &["NAME"]).await;
                who.give("bank", "ANALYTICS", &["NAME"]).await;
            }
            _ => {}
        }
    }
    world.pass(MINUTE);
}

/// An answer without its request id, with the headers that say something.
fn face(reply: &Reply) -> (u16, String, Vec<String>) {
    let id = reply.header("x-request-id");
    let text = if id.is_empty() { reply.text.clone() } else { reply.text.replace(id, "ID") };
    let names = ["content-type", "content-length", "cache-control", "www-authenticate", "vary"];
    (reply.status.as_u16(), text, names.map(|name| reply.header(name).to_owned()).to_vec())
}

/// Suspends an app, or lets it act again.
pub async fn suspend(app: &BrandApp<'_>, world: &World, status: AppStatus) -> bool {
    let Ok(transaction) = world.deps.vault.begin().await else { return false };
    let done = apps::set_status(&transaction, &app.client_id, status).await.unwrap_or(false);
    transaction.commit().await.is_ok() && done
}

on_both_databases! {
    async fn whoever_cannot_be_seen_looks_like_nobody_in_every_byte(world) {
        let bank = world.brand("bank").await;
        invisible_people(&world).await;
        for fields in ["id", WHOLE_PROFILE, "name { displayName } access { status }"] {
            let mut faces = Vec::new();
            for name in INVISIBLE {
                let reply = bank.look_up(&format!("{name}@example.org"), "CUSTOMER_CARE", fields).await;
                assert_eq!(reply.text, r#"{"data":{"profile":null}}"#, "{name}");
                faces.push(face(&reply));
            }
            faces.dedup();
            assert_eq!(faces.len(), 1, "{faces:?}");
        }
    }

    async fn an_unregistered_scope_or_purpose_is_forbidden_alike_for_known_and_unknown_people(world) {
        world.brand("bank").await;
        let narrow = world.app("bank", "narrow", &["NAME"], &["CUSTOMER_CARE"]).await;
        invisible_people(&world).await;
        let ada = world.customer("Ada").await;
        ada.link_email("ada@example.org").await;
        ada.give("bank", "CUSTOMER_CARE", &["NAME", "CONTACT"]).await;
        ada.give("bank", "ANALYTICS", &["NAME"]).await;
        let asked = [("CUSTOMER_CARE", "name { displayName } contact { phone }"), ("ANALYTICS", "name { displayName }"), ("ANALYTICS", "id")];
        for (purpose, fields) in asked {
            let mut faces = Vec::new();
            for name in INVISIBLE.into_iter().chain(["ada"]) {
                let reply = narrow.look_up(&format!("{name}@example.org"), purpose, fields).await;
                assert_eq!((reply.status.as_u16(), reply.code()), (403, "FORBIDDEN"), "{}", reply.text);
                assert!(reply.body.get("data").is_none(), "{}", reply.text);
                faces.push(face(&reply));
            }
            faces.dedup();
            assert_eq!(faces.len(), 1, "{faces:?}");
        }
        let allowed = narrow.look_up("ada@example.org", "CUSTOMER_CARE", "name { displayName }").await;
        assert_eq!(allowed.data("/profile/name/displayName"), "Ada");
        let skipped = "name { displayName } contact @skip(if: true) { phone }";
        let skipped = narrow.look_up("ada@example.org", "CUSTOMER_CARE", skipped).await;
        assert_eq!(skipped.data("/profile/name/displayName"), "Ada", "what is left out is not asked for");
        for hidden in ["... on Profile { contact { phone } }", "c: contact { __typename }", "... { ... { contact { phone } } }"] {
            let reply = narrow.look_up("ada@example.org", "CUSTOMER_CARE", hidden).await;
            assert_eq!(reply.code(), "FORBIDDEN", "{hidden}: {}", reply.text);
        }
    }

    async fn one_forbidden_field_forbids_the_whole_operation(world) {
        let narrow = world.app("bank", "narrow", &["NAME"], &["CUSTOMER_CARE"]).await;
        let ada = world.customer("Ada").await;
        ada.link_email("ada@example.org").await;
        ada.give("bank", "CUSTOMER_CARE", &["NAME", "CONTACT"]).await;
        let by = r#"by: { handle: { channel: EMAIL, handle: "ada@example.org" } }, purpose: CUSTOMER_CARE"#;
        let query = format!("{{ good: profile({by}) {{ name {{ displayName }} }} bad: profile({by}) {{ contact {{ phone }} }} }}");
        let reply = narrow.ask(&query, json!({})).await;
        assert_eq!((reply.status.as_u16(), reply.code()), (403, "FORBIDDEN"));
        assert!(!reply.text.contains("Ada"), "{}", reply.text);
    }

    async fn a_suspended_app_is_refused_on_its_next_request_whatever_it_asks(world) {
        let bank = world.brand("bank").await;
        let ada = world.customer("Ada").await;
        ada.link_email("ada@example.org").await;
        ada.give("bank", "CUSTOMER_CARE", &["NAME"]).await;
        let token = bank.token().await;
        let profile = r#"{ profile(by: { handle: { channel: EMAIL, handle: "ada@example.org" } }, purpose: CUSTOMER_CARE) { name { displayName } } }"#;
        let questions = [profile, "{ scopes { scope } }", "{ brand { slug } }", "{ __typename }", "{ me { id } }"];
        for question in questions {
            assert_eq!(world.ask_as(Some(&token), question, json!({})).await.status, 200, "{question}");
        }
        assert!(suspend(&bank, &world, AppStatus::Suspended).await);
        for question in questions {
            let reply = world.ask_as(Some(&token), question, json!({})).await;
            assert_eq!((reply.status.as_u16(), reply.code()), (401, "UNAUTHENTICATED"), "{question}");
            assert!(reply.header("www-authenticate").contains("invalid_token"));
            assert!(reply.body.get("data").is_none(), "{}", reply.text);
        }
        let refused = bank.ask_for_token().await;
        assert_eq!((refused.status.as_u16(), &refused.body["error"]), (401, &json!("invalid_client")));
        assert_eq!(ada.disclosures(10).await.len(), 1, "only the first read happened");

        assert!(suspend(&bank, &world, AppStatus::Active).await);
        assert_eq!(bank.profile("ada@example.org", "CUSTOMER_CARE").await["name"]["displayName"], "Ada", "its grants stayed");
    }

    async fn a_rotated_secret_ends_the_tokens_of_the_old_one(world) {
        let mut bank = world.brand("bank").await;
        let other = world.app("bank", "other", &["NAME"], &["CUSTOMER_CARE"]).await;
        let (token, of_other) = (bank.token().await, other.token().await);
        let transaction = world.deps.vault.begin().await.unwrap();
        assert!(apps::rotate_secret(&transaction, &bank.client_id, "a-new-secret-0123456789", 0).await.unwrap());
        transaction.commit().await.unwrap();
        let reply = world.ask_as(Some(&token), "{ scopes { scope } }", json!({})).await;
        assert_eq!((reply.status.as_u16(), reply.code()), (401, "UNAUTHENTICATED"));
        assert_eq!(bank.ask_for_token().await.status, 401, "the old secret is worth nothing");
        assert_eq!(world.ask_as(Some(&of_other), "{ scopes { scope } }", json!({})).await.status, 200);
        bank.secret = "a-new-secret-0123456789".into();
        assert_eq!(bank.ask("{ brand { slug } }", json!({})).await.data("/brand/slug"), "bank");
    }

    async fn an_app_s_token_runs_out_after_five_minutes(world) {
        let bank = world.brand("bank").await;
        let token = bank.token().await;
        world.pass(5 * MINUTE - 1);
        assert_eq!(world.ask_as(Some(&token), "{ brand { slug } }", json!({})).await.status, 200);
        world.pass(5_001);
        assert_eq!(world.ask_as(Some(&token), "{ brand { slug } }", json!({})).await.status, 401);
        world.pass(-DAY);
        assert_eq!(world.ask_as(Some(&token), "{ brand { slug } }", json!({})).await.status, 401, "from the future");
    }
}
