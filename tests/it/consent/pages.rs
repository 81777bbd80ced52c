//! Pages of grants, disclosures and events.

use serde_json::{Value, json};
use tests::world::ALL_PURPOSES;
use tests::{Customer, on_both_databases};

/// The lists of a customer, and where they are in the answer.
const LISTS: [(&str, &str); 4] = [
    ("{ me { list: grants(first: $first, after: $after) { PAGE } } }", "/me/list"),
    ("{ me { list: disclosures(first: $first, after: $after) { PAGE } } }", "/me/list"),
    (
        "{ me { grants(first: 1) { nodes { list: events(first: $first, after: $after) { PAGE } } } } }",
        "/me/grants/nodes/0/list",
    ),
    ("{ me { list: links(first: $first, after: $after) { PAGE } } }", "/me/list"),
];

async fn ask(who: &Customer<'_>, list: &str, first: Value, after: Value) -> tests::Reply {
    let page = "edges { cursor node { __typename } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }";
    let query = format!("query($first: Int, $after: String) {}", list.replace("PAGE", page));
    who.ask(&query, json!({ "first": first, "after": after })).await
}

/// Walks through a list page by page; the cursors on the way.
async fn walk(who: &Customer<'_>, (list, place): (&str, &str), first: u32) -> Vec<Value> {
    let (mut cursors, mut after) = (Vec::new(), Value::Null);
    loop {
        let reply = ask(who, list, json!(first), after.clone()).await;
        let page = reply.data(place);
        let edges = page["edges"].as_array().cloned().unwrap_or_default();
        assert!(edges.len() <= first as usize, "{}", reply.text);
        assert_eq!(page["pageInfo"]["hasPreviousPage"], !after.is_null());
        cursors.extend(edges.into_iter().map(|mut edge| edge["cursor"].take()));
        after = page["pageInfo"]["endCursor"].clone();
        assert_eq!(Some(&after), cursors.last());
        if page["pageInfo"]["hasNextPage"] == false {
            return cursors;
        }
    }
}

/// Somebody with five grants, five disclosures, five events on the newest grant, and five links.
async fn rich<'w>(world: &'w tests::World, name: &str) -> Customer<'w> {
    let bank = world.brand("bank").await;
    let who = world.customer(name).await;
    for number in 0..5 {
        who.link_email(&format!("{name}{number}@example.org").to_lowercase()).await;
    }
    let mut newest = String::new();
    for purpose in ALL_PURPOSES {
        world.pass(1);
        newest = who.give("bank", purpose, &["NAME", "AREA"]).await;
        bank.profile(&format!("{name}0@example.org"), purpose).await;
    }
    for mutation in ["pauseConsent", "resumeConsent", "pauseConsent", "withdrawConsent"] {
        who.act(mutation, json!({ "grantId": newest }), "").await.done(mutation);
    }
    who
}

on_both_databases! {
    async fn every_list_can_be_walked_in_pages_of_any_size(world) {
        let ada = rich(&world, "Ada").await;
        for list in LISTS {
            let whole = walk(&ada, list, 100).await;
            assert_eq!(whole.len(), 5, "{}", list.0);
            for size in [1, 2, 4, 5] {
                assert_eq!(walk(&ada, list, size).await, whole, "{} by {size}", list.0);
            }
        }
    }

    async fn a_page_has_1_to_100_rows_and_20_if_nothing_is_said(world) {
        let ada = rich(&world, "Ada").await;
        for (list, place) in LISTS {
            for first in [0, -1, 101, i64::from(i32::MIN), i64::from(i32::MAX)] {
                let reply = ask(&ada, list, json!(first), Value::Null).await;
                assert_eq!((reply.status.as_u16(), reply.code()), (400, "BAD_USER_INPUT"), "{list} {first}");
            }
            let reply = ask(&ada, list, Value::Null, Value::Null).await;
            assert_eq!(reply.data(place)["edges"].as_array().map(Vec::len), Some(5));
        }
        let bank = tests::BrandApp::new(&world, "bank", "bank-app", "secret-of-bank-app-0123456789");
        for _ in 0..16 {
            world.pass(1);
            bank.look_up("ada0@example.org", "ANALYTICS", "id").await;
        }
        let (list, place) = LISTS[1];
        let reply = ask(&ada, list, Value::Null, Value::Null).await;
        assert_eq!(reply.data(place)["edges"].as_array().map(Vec::len), Some(20));
        assert_eq!(reply.data(place)["pageInfo"]["hasNextPage"], true);
    }

    async fn what_is_no_cursor_of_the_list_is_refused(world) {
        let ada = rich(&world, "Ada").await;
        let mut cursors = Vec::new();
        for list in LISTS {
            cursors.push(walk(&ada, list, 100).await.pop().unwrap());
        }
        for (place, (list, _)) in LISTS.into_iter().enumerate() {
            let foreign = cursors.iter().enumerate().filter(|(other, _)| *other != place).map(|(_, cursor)| cursor.clone());
            let garbage = ["", "x", "0", "grant_.1", "event_", "event_x", "disclosure_", "MQ=="].map(|text| json!(text));
            for after in foreign.chain(garbage) {
                let reply = ask(&ada, list, json!(2), after.clone()).await;
                assert_eq!((reply.status.as_u16(), reply.code()), (400, "BAD_USER_INPUT"), "{list} {after}");
            }
        }
    }

    async fn another_customer_s_cursors_show_nothing_of_theirs(world) {
        let ada = rich(&world, "Ada").await;
        let bob = world.customer("Bob").await;
        bob.give("bank", "ANALYTICS", &["NAME"]).await;
        for (list, place) in LISTS {
            let foreign = walk(&ada, (list, place), 100).await.swap_remove(0);
            let reply = ask(&bob, list, json!(100), foreign).await;
            let shown = reply.body["data"].pointer(place).map_or(0, |page| page["edges"].as_array().map_or(0, Vec::len));
            assert!(shown <= 1, "{}", reply.text);
        }
    }
}
