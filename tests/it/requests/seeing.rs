//! What a brand sees of its requests, and what others see of them: only its own, and no word of a customer.

use serde_json::{Value, json};
use tests::canary::Canaries;
use tests::on_both_databases;
use tests::world::{ALL_SCOPES, DAY};

use super::{SEEN, act, answer, ask, asked, opened, plain, refuse, seen, with};

const LIST: &str = "brand { slug consentRequests { nodes { id } } }";

on_both_databases! {
    async fn what_was_given_stays_given_whatever_becomes_of_the_grant(world) {
        let bank = world.brand("bank").await;
        let ada = world.customer("Ada").await;
        let id = asked(&bank, &ada, plain()).await;
        let given = answer(&ada, &id, &["NAME"]).await;
        let grant = given.done("answerConsentRequest")["grant"].clone();
        let told = seen(&bank).await;
        assert_eq!((&told[0]["grantId"], &told[0]["profileId"]), (&grant["id"], &grant["profileId"]));
        ada.withdraw(grant["id"].as_str().unwrap()).await;
        world.pass(30 * DAY);
        assert_eq!(seen(&bank).await, told, "a brand learns of an ending elsewhere");
    }

    async fn nobody_but_the_brand_s_own_apps_sees_what_it_asked_for(world) {
        let (bank, shop) = (world.brand("bank").await, world.brand("shop").await);
        let other = world.app("bank", "bank-chat", &["NAME"], &["ANALYTICS"]).await;
        let ada = world.customer("Ada").await;
        let id = asked(&bank, &ada, plain()).await;
        ada.give("bank", "ANALYTICS", &["NAME"]).await;
        assert_eq!(seen(&other).await[0]["id"], id, "every app of the brand");
        assert_eq!(seen(&shop).await, json!([]));
        let own = bank.ask("{ brand { id } }", json!({})).await.data("/brand/id").clone();
        let node = format!("query($id: ID!) {{ node(id: $id) {{ ... on Brand {{ consentRequests {{ nodes {{ {SEEN} }} }} }} }} }}");
        let asked_for = bank.ask(&node, json!({ "id": own })).await;
        assert_eq!(asked_for.data("/node/consentRequests/nodes/0/id"), &json!(id));
        for reply in [
            shop.ask(&node, json!({ "id": own })).await,
            ada.ask(&node, json!({ "id": own })).await,
            world.ask(&node, json!({ "id": own })).await,
        ] {
            assert_eq!(reply.data("/node"), &json!({ "consentRequests": null }));
        }
        let through_a_grant = ada.ask(&format!("{{ {LIST} me {{ grants {{ nodes {{ {LIST} }} }} }} }}"), json!({})).await;
        assert_eq!(through_a_grant.data("/brand"), &Value::Null);
        assert_eq!(through_a_grant.data("/me/grants/nodes/0/brand/consentRequests"), &Value::Null);
        for reader in [&bank, &shop] {
            let reply = reader.ask("query($id: ID!) { node(id: $id) { id } }", json!({ "id": id })).await;
            assert_eq!(reply.data("/node"), &Value::Null, "it has no other door");
        }
    }

    async fn requests_come_in_pages_newest_first(world) {
        let bank = world.brand("bank").await;
        let mut newest_first = Vec::new();
        for number in 0..7 {
            world.pass(i64::from(number % 2));
            let input = with(plain(), json!({ "offer": format!("Offer {number}") }));
            let reply = act(&bank, "createConsentRequest", input, "request { id createdAt }").await;
            let request = &reply.done("createConsentRequest")["request"];
            newest_first.push((request["createdAt"].to_string(), request["id"].clone()));
        }
        let query = "query($after: String) { brand { consentRequests(first: 2, after: $after) {
            edges { cursor node { id createdAt } } pageInfo { hasNextPage hasPreviousPage endCursor } } } }";
        let (mut found, mut after) = (Vec::new(), Value::Null);
        loop {
            let reply = bank.ask(query, json!({ "after": after })).await;
            let page = reply.data("/brand/consentRequests");
            let nodes = page["edges"].as_array().unwrap().iter().map(|edge| &edge["node"]);
            found.extend(nodes.map(|node| (node["createdAt"].to_string(), node["id"].clone())));
            after = page["pageInfo"]["endCursor"].clone();
            if page["pageInfo"]["hasNextPage"] == false {
                break;
            }
        }
        assert!(found.iter().rev().map(|(at, _)| at).is_sorted(), "{found:?}");
        found.sort_by_key(|(_, id)| id.to_string());
        newest_first.sort_by_key(|(_, id)| id.to_string());
        assert_eq!(found, newest_first, "each once");
        for first in [0, 101, -1] {
            let query = format!("{{ brand {{ consentRequests(first: {first}) {{ nodes {{ id }} }} }} }}");
            assert_eq!(bank.ask(&query, json!({})).await.code(), "BAD_USER_INPUT");
        }
    }

    async fn no_word_of_a_customer_stands_in_what_a_brand_sees_of_its_requests(world) {
        let bank = world.brand("bank").await;
        let ada = world.customer("Quillfeather").await;
        ada.link_email("brindlefox@handle.example").await;
        let profile = json!({
            "name": { "givenName": "Zorblatt" }, "contact": { "email": "mossgrave@mail.example", "phone": "+15799887766" },
            "area": { "region": "Velmorania" },
        });
        ada.act("updateProfile", profile, "").await.done("updateProfile");
        ada.act("stateContext", json!({ "topic": "flanwick" }), "").await.done("stateContext");
        let mut canaries = Canaries::default();
        canaries.add("ada", &["quillfeather", "brindlefox", "Zorblatt", "mossgrave", "15799887766", "Velmorania", "flanwick"]);
        let own = ada.ask("{ me { id } }", json!({})).await.data("/me/id").as_str().unwrap().to_owned();
        canaries.add("customer id", &[own.as_str()]);
        let scopes: Vec<_> = ALL_SCOPES.iter().map(|scope| json!({ "scope": scope, "required": false, "reason": "because" })).collect();
        let meant = json!({ "scopes": scopes, "handle": { "channel": "EMAIL", "handle": "brindlefox@handle.example" } });
        let look = async |when: &str| {
            let query = format!("{{ brand {{ id slug name consentRequests {{ edges {{ cursor }} nodes {{ {SEEN} }} }} }} }}");
            let reply = bank.ask(&query, json!({})).await;
            assert!(canaries.found(&reply.text).is_empty(), "{when}: {:?}", canaries.found(&reply.text));
        };
        let reply = act(&bank, "createConsentRequest", with(plain(), meant.clone()), &format!("request {{ {SEEN} }} link")).await;
        assert!(canaries.found(&reply.text).is_empty(), "not even the handle that was named: {}", reply.text);
        let link = reply.done("createConsentRequest")["link"].as_str().unwrap().to_owned();
        let id = opened(&ada, link.rsplit('/').next().unwrap()).await;
        look("opened").await;
        answer(&ada, &id, &ALL_SCOPES).await.done("answerConsentRequest");
        look("given").await;
        let token = ask(&bank, with(with(plain(), meant), json!({ "purpose": "ANALYTICS" }))).await;
        let id = opened(&ada, &token).await;
        refuse(&ada, &id).await.done("refuseConsentRequest");
        look("refused").await;
    }
}
