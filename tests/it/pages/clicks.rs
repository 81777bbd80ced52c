//! How often somebody has to press something, from the first page after the sign-in.

use tests::{Backend, Habits, World};

use super::{asked, furnished, signed_in};

const MAIL: &str = "ada.at.home@example.net";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_thing_is_stopped_by_two_and_bites_at_once() {
    let world = World::start_for_browsers(Backend::Sqlite).await;
    let (ada, bank) = furnished(&world).await;
    let window = signed_in(&world, &ada, Habits::USUAL);
    window.press("Stop sharing What to call you with The bank");
    window.press("Stop sharing");
    assert_eq!(window.clicks(), 2);
    let seen = bank.look_up(MAIL, "CUSTOMER_CARE", "name { displayName } context { topic }").await;
    assert_eq!(seen.data("/profile/name"), &serde_json::json!(null));
    assert_eq!(seen.data("/profile/context/0/topic"), "card declined");
    let page = window.look();
    assert!(page["path"].as_str().unwrap().starts_with("/receipts/"), "a receipt: {page}");
    assert_eq!((&page["heading"], &page["focus"]), (&"Shared less: The bank".into(), &"h1".into()));
    window.close();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_brand_is_stopped_by_two_and_everything_by_no_more_than_three() {
    let world = World::start_for_browsers(Backend::Sqlite).await;
    let (ada, bank) = furnished(&world).await;
    let window = signed_in(&world, &ada, Habits::USUAL);
    window.follow("Stop everything with them: The bank");
    window.press("Stop sharing");
    assert_eq!(window.clicks(), 2);
    assert_eq!(bank.profile(MAIL, "CUSTOMER_CARE").await, serde_json::json!(null));
    assert_eq!(window.look()["heading"], "Stopped: The bank");
    let window = signed_in(&world, &ada, Habits::USUAL);
    window.follow("Stop all sharing");
    window.press("Stop all sharing");
    assert!(window.clicks() <= 3, "{}", window.clicks());
    window.go("/sharing");
    assert!(window.text().contains("No brand can see anything about you."), "{}", window.text());
    window.close();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_looked_is_one_away_and_a_receipt_two() {
    let world = World::start_for_browsers(Backend::Sqlite).await;
    let (ada, _) = furnished(&world).await;
    let window = signed_in(&world, &ada, Habits::USUAL);
    window.follow("Who looked");
    assert_eq!(window.clicks(), 1);
    let text = window.text();
    assert!(text.contains("The bank") && text.contains("Got an answer") && text.contains("Saw: "), "{text}");
    let window = signed_in(&world, &ada, Habits::USUAL);
    window.follow("Receipts");
    window.follow("Receipt 1: Shared");
    assert_eq!(window.clicks(), 2);
    assert!(window.text().contains("Download the receipt"), "{}", window.text());
    window.close();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sharing_again_takes_no_fewer_than_sharing_and_stopping_no_more() {
    let world = World::start_for_browsers(Backend::Sqlite).await;
    let (bank, ada) = (world.brand("bank").await, world.customer("Ada").await);
    let window = signed_in(&world, &ada, Habits::USUAL);
    window.go(&asked(&bank).await);
    window.press("Look at it");
    window.tick("What to call you");
    window.choose("30 days until 1 July 2026");
    window.press("Share");
    let sharing = window.clicks();
    assert_eq!(window.look()["heading"], "Shared: The bank");
    let window = signed_in(&world, &ada, Habits::USUAL);
    window.follow("Stop everything with them: The bank");
    window.press("Stop sharing");
    assert!(window.clicks() <= sharing, "stopping takes {} and sharing {sharing}", window.clicks());
    let window = signed_in(&world, &ada, Habits::USUAL);
    window.unfold("Ended (1)");
    window.follow("Details of what The bank can see");
    window.press("Share again");
    window.tick("What to call you");
    window.choose("30 days until 1 July 2026");
    window.press("Share");
    assert!(window.clicks() >= sharing, "sharing again takes {} and sharing {sharing}", window.clicks());
    assert_eq!(window.look()["heading"], "Shared: The bank");
    window.close();
}
