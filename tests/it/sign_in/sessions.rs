//! The list of sessions, and ending them.

use serde_json::{Value, json};
use tests::customer::PASSWORD;
use tests::world::{DAY, MINUTE};
use tests::{Customer, on_both_databases};

use super::{act, elsewhere, goes_on, holds, mutation};

const SESSIONS: &str = "query($first: Int = 20, $after: String) { me { sessions(first: $first, after: $after) {
    nodes { id createdAt lastSeenAt expiresAt label current } pageInfo { hasNextPage endCursor } } } }";

async fn sessions(who: &Customer<'_>) -> Vec<Value> {
    who.ask(SESSIONS, json!({})).await.data("/me/sessions/nodes").as_array().unwrap().clone()
}

on_both_databases! {
    async fn a_customer_sees_where_they_are_signed_in_and_nobody_elses(world) {
        let ada = world.customer("Ada").await;
        world.customer("Bob").await;
        let opened = world.time(0);
        world.pass(MINUTE);
        let phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605 Version/18.5 Mobile/15E148 Safari/604.1 of Ada";
        let input = json!({ "input": { "email": ada.email, "password": PASSWORD } });
        let fields = "session { accessToken refreshToken }";
        let on_phone = world.ask_with(None, &[("user-agent", phone)], &mutation("signIn", fields), input).await;
        let refresh = on_phone.done("signIn")["session"]["refreshToken"].as_str().unwrap().to_owned();
        world.pass(MINUTE);
        assert!(goes_on(&world, &refresh).await);
        let list = sessions(&ada).await;
        let seen = |one: &Value| {
            let mut one = one.clone();
            assert!(one["id"].take().as_str().unwrap().starts_with("session_"));
            one
        };
        assert_eq!(list.iter().map(seen).collect::<Vec<_>>(), [
            json!({ "id": null, "createdAt": world.time(-MINUTE), "lastSeenAt": world.time(0),
                "expiresAt": world.time(30 * DAY - MINUTE), "label": "Safari on iPhone", "current": false }),
            json!({ "id": null, "createdAt": opened, "lastSeenAt": opened,
                "expiresAt": world.time(30 * DAY - 2 * MINUTE), "label": null, "current": true }),
        ]);
    }

    async fn the_list_comes_in_pages_and_shows_only_what_is_alive(world) {
        let ada = world.customer("Ada").await;
        for _ in 0..4 {
            // Two at the same time.
            elsewhere(&world, &ada).await;
            elsewhere(&world, &ada).await;
            world.pass(1_000);
        }
        let (mut ids, mut after) = (Vec::new(), Value::Null);
        loop {
            let page = ada.ask(SESSIONS, json!({ "first": 2, "after": after })).await;
            let page = page.data("/me/sessions");
            ids.extend(page["nodes"].as_array().unwrap().iter().map(|one| one["id"].to_string()));
            if page["pageInfo"]["hasNextPage"] == false {
                break;
            }
            after = page["pageInfo"]["endCursor"].clone();
        }
        let distinct: std::collections::BTreeSet<_> = ids.iter().collect();
        assert_eq!((ids.len(), distinct.len()), (9, 9));
        world.pass(30 * DAY);
        let later = Customer::sign_in(&world, &ada.email, PASSWORD).await;
        assert_eq!(sessions(&later).await.len(), 1, "the others have run out");
    }

    async fn ending_a_session_bites_at_once_and_only_its_own_customer_can(world) {
        let (ada, bob) = (world.customer("Ada").await, world.customer("Bob").await);
        let (access, refresh) = elsewhere(&world, &ada).await;
        let other = sessions(&ada).await.into_iter().find(|one| one["current"] == false).unwrap()["id"].clone();
        let stolen = bob.act("endSession", json!({ "sessionId": other }), "endedId").await;
        assert_eq!(stolen.mistakes("endSession"), ["NOT_FOUND sessionId"]);
        assert!(holds(&world, &access).await);
        let ended = ada.act("endSession", json!({ "sessionId": other }), "endedId").await;
        assert_eq!(ended.done("endSession")["endedId"], other);
        assert!(!holds(&world, &access).await && !goes_on(&world, &refresh).await);
        let again = ada.act("endSession", json!({ "sessionId": other }), "endedId").await;
        assert_eq!(again.mistakes("endSession"), ["NOT_FOUND sessionId"]);
        assert!(holds(&world, &ada.token().await).await);
        for nonsense in ["", "x", "grant_AAAAAAAAAAAAAAAAAAAAAA"] {
            let reply = ada.act("endSession", json!({ "sessionId": nonsense }), "endedId").await;
            assert_eq!(reply.mistakes("endSession"), ["NOT_FOUND sessionId"]);
        }
        assert_eq!(act(&world, "endSession", json!({ "sessionId": other }), "endedId").await.status, 401);
    }

    async fn all_others_can_be_ended_at_once(world) {
        let (ada, bob) = (world.customer("Ada").await, world.customer("Bob").await);
        let mut others = Vec::new();
        for _ in 0..3 {
            others.push(elsewhere(&world, &ada).await);
        }
        let reply = ada.ask("mutation { endOtherSessions { ended userErrors { code } } }", json!({})).await;
        assert_eq!(reply.done("endOtherSessions")["ended"], 3);
        for (access, refresh) in others {
            assert!(!holds(&world, &access).await && !goes_on(&world, &refresh).await);
        }
        for who in [&ada, &bob] {
            assert!(holds(&world, &who.token().await).await && goes_on(&world, &who.refresh_token()).await);
        }
    }
}
