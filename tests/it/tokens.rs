//! Access tokens: only those that the server itself issued, for whom and for as long as it said, and all others are
//! refused alike. Most of these are signed with the server's own key, so that nothing but the check in question refuses.

#![expect(clippy::print_stdout, reason = "the number of forgeries is for people")]

use serde_json::{Value, json};
use tests::{Backend, Reply, World, on_both_databases};

use crate::forge::{Key, claims_of};
use crate::forgeries::{Loot, Robbed};
use crate::oauth;

async fn present(world: &World, authorization: &str) -> Reply {
    let request = world.http.post(format!("{}/graphql", world.url)).header("authorization", authorization);
    Reply::of(request.json(&json!({ "query": "{ __typename }" })).send().await).await
}

/// What the bank's app is told that a token is worth.
async fn introspected(world: &World, token: &str) -> String {
    let reply = oauth::introspect(world, token).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    reply.text
}

/// The body without the one thing that differs.
fn anonymous(reply: &Reply) -> String {
    reply.text.replace(reply.header("x-request-id"), "ID")
}

on_both_databases! {
    async fn no_forged_token_is_accepted_and_all_are_refused_alike(world) {
        let robbed = Robbed::of(&world).await;
        let key = Key::of(&world);
        for token in robbed.kinds().into_iter().flatten() {
            let again = key.token(key.header(), Value::Object(claims_of(token)).to_string());
            let reply = present(&world, &format!("Bearer {again}")).await;
            assert_eq!(reply.status, 200, "the forger's tools make genuine tokens: {}", reply.text);
        }
        for token in [&robbed.apps[0], &robbed.bound[0]] {
            let said = introspected(&world, &key.token(key.header(), Value::Object(claims_of(token)).to_string())).await;
            assert!(said.contains("\"active\":true"), "{said}");
        }
        let mut forgeries = [robbed.swaps(&key), robbed.mixtures(&key)].concat();
        for [own, other] in robbed.kinds() {
            forgeries.extend(Loot::of(&world, own, other).forgeries());
        }
        println!("{} forgeries", forgeries.len());
        assert!(forgeries.len() >= 300);
        let pattern = anonymous(&present(&world, "Bearer x.y.z").await);
        let mut wrong = Vec::new();
        for (name, token) in forgeries {
            let reply = present(&world, &format!("Bearer {token}")).await;
            let alike = reply.status == 401
                && anonymous(&reply) == pattern
                && reply.header("www-authenticate") == "Bearer error=\"invalid_token\"";
            if !alike {
                wrong.push(format!("{} for {name}: {}", reply.status, reply.text));
            }
            let said = introspected(&world, &token).await;
            if said != "{\"active\":false}" {
                wrong.push(format!("introspected, {name}: {said}"));
            }
        }
        assert!(wrong.is_empty(), "{} not refused alike: {wrong:#?}", wrong.len());
    }

    async fn a_token_that_was_good_is_refused_as_soon_as_its_ground_is_gone(world) {
        let (ada, bank) = (world.customer("Ada").await, world.brand("bank").await);
        let (session, app) = (ada.token().await, bank.token().await);
        ada.ask("mutation { signOut { userErrors { code } } }", json!({})).await.done("signOut");
        let line = json!({ "brand": { "slug": "bank", "name": "The bank" },
            "apps": [{ "clientId": "bank-app", "clientSecret": "another secret of the bank", "scopes": ["NAME"], "purposes": ["CUSTOMER_CARE"] }] });
        assert_eq!(world.import(&line.to_string()).await, Vec::<String>::new());
        let pattern = anonymous(&present(&world, "Bearer x.y.z").await);
        for token in [session, app] {
            let reply = present(&world, &format!("Bearer {token}")).await;
            assert_eq!((reply.status.as_u16(), anonymous(&reply)), (401, pattern.clone()));
            assert_eq!(reply.header("www-authenticate"), "Bearer error=\"invalid_token\"");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_clocks_may_differ_by_less_than_five_seconds() {
    let world = World::start(Backend::Sqlite).await;
    let (key, token) = (Key::of(&world), world.customer("Ada").await.token().await);
    let now = world.clock.now().as_seconds();
    for (iat, exp, status) in
        [(-299, 1, 200), (-300, 0, 200), (-300, -4, 200), (-300, -5, 401), (5, 305, 200), (6, 306, 401)]
    {
        let mut claims = claims_of(&token);
        claims.extend([("iat".to_owned(), json!(now + iat)), ("exp".to_owned(), json!(now + exp))]);
        let token = key.token(key.header(), Value::Object(claims).to_string());
        assert_eq!(present(&world, &format!("Bearer {token}")).await.status, status, "iat {iat} exp {exp}");
    }
}

/// RFC 6750 section 3: who brought no token is told the scheme only.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_token_only_the_scheme_is_named() {
    let world = World::start(Backend::Sqlite).await;
    let profile = "{ profile(by: {id: \"profile_AAAAAAAAAAAAAAAAAAAAAA\"}, purpose: CUSTOMER_CARE) { id } }";
    for query in [profile, "mutation { withdrawEverything(input: {}) { userErrors { code } } }"] {
        let reply = world.ask(query, json!({})).await;
        assert_eq!((reply.status.as_u16(), reply.code()), (401, "UNAUTHENTICATED"), "{query}: {}", reply.text);
        assert_eq!(reply.header("www-authenticate"), "Bearer");
        assert!(reply.body.get("data").is_none());
    }
    assert_eq!(world.ask("{ __typename }", json!({})).await.status, 200, "not everything needs one");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_scheme_is_refused_with_the_one_there_is() {
    let world = World::start(Backend::Sqlite).await;
    let ada = world.customer("Ada").await;
    let token = ada.token().await;
    for header in [
        "Basic YTpi".to_owned(),
        "Bearer".to_owned(),
        token.clone(),
        format!("Token {token}"),
        format!("Bearer{token}"),
    ] {
        let reply = present(&world, &header).await;
        assert_eq!((reply.status.as_u16(), reply.code()), (401, "UNAUTHENTICATED"), "{header}: {}", reply.text);
        assert_eq!(reply.header("www-authenticate"), "Bearer", "{header}: no token came");
        assert!(reply.body.get("data").is_none());
        assert_eq!(reply.body["errors"][0]["extensions"]["requestId"], reply.header("x-request-id"), "{}", reply.text);
        assert!(!reply.text.contains(&token));
    }
    for scheme in ["Bearer", "bearer", "BEARER"] {
        assert_eq!(present(&world, &format!("{scheme} {token}")).await.status, 200, "{scheme}");
    }
    // Two of them contradict one another, whichever comes first.
    for pair in [[token.as_str(), "x.y.z"], ["x.y.z", token.as_str()]] {
        let request = world.http.post(format!("{}/graphql", world.url)).json(&json!({ "query": "{ me { id } }" }));
        let request =
            pair.iter().fold(request, |request, token| request.header("authorization", format!("Bearer {token}")));
        let reply = Reply::of(request.send().await).await;
        assert_eq!(reply.status, 401, "{}", reply.text);
    }
    // A token in the URL or in the body is none.
    let url = format!("{}/graphql?query={{me{{id}}}}&access_token={token}", world.url);
    let reply = Reply::of(world.http.get(url).send().await).await;
    assert_eq!(reply.body, json!({ "data": { "me": null } }), "{}", reply.text);
}
