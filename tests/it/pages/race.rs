//! What is stopped on a page is stopped when the page says so, however many reads are under way.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use serde_json::json;
use tests::{Backend, Customer, Habits, World, on_both_databases};
use tokio::task::JoinSet;

use super::signed_in;
use crate::concurrency::read_on;
use crate::oauth::browser::Browser;

/// How often each way is tried.
const ROUNDS: usize = 6;

/// A way to take the name back on a page: the form and what is sent with it.
fn stopped(grant: &str) -> Vec<(String, Vec<(&'static str, &'static str)>)> {
    vec![
        (format!("/sharing/{grant}/stop"), vec![("act", "stop")]),
        (format!("/sharing/{grant}/stop"), vec![("act", "stop-one"), ("scope", "NAME"), ("scopes", "AREA")]),
        (format!("/sharing/{grant}"), vec![("act", "pause")]),
        ("/sharing".into(), vec![("act", "pause-all")]),
        ("/stop-all".into(), vec![("act", "stop-all")]),
        ("/likes".into(), vec![("act", "marketing"), ("input.allowed", "false")]),
    ]
}

async fn shared(ada: &Customer<'_>) -> String {
    ada.act("setDirectMarketing", json!({ "allowed": true }), "").await.done("setDirectMarketing");
    ada.give("bank", "DIRECT_MARKETING", &["NAME", "AREA"]).await
}

on_both_databases! {
    async fn no_read_that_begins_after_a_page_has_answered_gets_the_value(world) {
        let (bank, ada) = (world.brand("bank").await, world.customer("Ada").await);
        ada.link_email("ada@example.org").await;
        let mut browser = Browser::new(&world);
        browser.sign_in(&ada.email).await;
        let (token, answered) = (bank.token().await, AtomicU32::new(0));
        for way in 0..stopped("").len() * ROUNDS {
            let grant = shared(&ada).await;
            let (path, fields) = stopped(&grant).swap_remove(way / ROUNDS);
            let acknowledged = AtomicBool::new(false);
            let reader = || read_on(&world, &token, &acknowledged, &answered);
            let stop = async {
                let page = browser.submit(&path, &fields).await;
                assert_eq!(page.reply.status, 303, "{path} {fields:?}: {}", page.reply.text);
                acknowledged.store(true, Ordering::SeqCst);
                reader().await;
            };
            tokio::join!(reader(), reader(), stop, reader());
            ada.act("withdrawEverything", json!({}), "").await.done("withdrawEverything");
        }
        assert!(answered.load(Ordering::SeqCst) > 0, "some reads were in time");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_read_that_begins_after_a_browser_shows_the_receipt_gets_the_value() {
    let world = Arc::new(World::start_for_browsers(Backend::Postgres).await);
    let (bank, ada) = (world.brand("bank").await, world.customer("Ada").await);
    ada.link_email("ada@example.org").await;
    let (token, answered) = (bank.token().await, Arc::new(AtomicU32::new(0)));
    let window = signed_in(&world, &ada, Habits::USUAL);
    for _ in 0..ROUNDS {
        shared(&ada).await;
        window.go("/sharing");
        window.follow("Stop everything with them: The bank");
        let (acknowledged, mut readers) = (Arc::new(AtomicBool::new(false)), JoinSet::new());
        for _ in 0..3 {
            let (world, token) = (Arc::clone(&world), token.clone());
            let (acknowledged, answered) = (Arc::clone(&acknowledged), Arc::clone(&answered));
            readers.spawn(async move { read_on(&world, &token, &acknowledged, &answered).await });
        }
        window.press("Stop sharing");
        acknowledged.store(true, Ordering::SeqCst);
        assert_eq!(window.look()["heading"], "Stopped: The bank");
        readers.join_all().await;
    }
    assert!(answered.load(Ordering::SeqCst) > 0, "some reads were in time");
    window.close();
}
