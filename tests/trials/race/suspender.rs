//! The operator who suspends an app by the command line and activates it again, beside the running servers.

use std::sync::atomic::Ordering;
use std::time::Duration;

use tests::chance::Chance;
use tests::process::House;

use super::Race;
use super::history::{FOREVER, Span};
use crate::clock::{Moment, rest};
use crate::site::APPS;

/// Calls of the command line.
const TRIES: usize = 5;

/// Suspends the first app now and then; the times in which it may have been active, the last one open.
pub async fn run(race: &Race, house: &House, mut chance: Chance) -> Vec<Span> {
    let mut active = vec![Span { from: Moment(0), until: FOREVER }];
    while !race.is_over() {
        rest(Duration::from_millis(300) + chance.delay(900)).await;
        done(house, "suspend").await;
        let suspended = Moment::now();
        active.last_mut().expect("there is one").until = suspended;
        race.reductions.fetch_add(1, Ordering::Relaxed);
        rest(chance.delay(200)).await;
        active.push(Span { from: Moment::now(), until: FOREVER });
        done(house, "activate").await;
    }
    active
}

/// Until it is done: SQLite serves nobody in turn, so that under two servers which write all the time a third may be told
/// that the database is locked.
async fn done(house: &House, act: &str) {
    for _ in 0..TRIES {
        let outcome = house.run(&["app", act, APPS[0]]).await;
        match outcome.status {
            Some(0) => return,
            _ => assert!(outcome.err.contains("locked"), "{outcome:?}"),
        }
    }
    panic!("an app could not be changed in {TRIES} tries");
}
