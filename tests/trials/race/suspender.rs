//! The operator who suspends an app by the command line and activates it again, beside the running servers.

use std::sync::atomic::Ordering;
use std::time::Duration;

use tests::process::House;

use super::Race;
use super::history::{FOREVER, Span};
use crate::chance::Chance;
use crate::clock::{Moment, rest};
use crate::site::APPS;

/// Suspends the first app now and then; the times in which it may have been active, the last one open.
pub async fn run(race: &Race, house: &House, mut chance: Chance) -> Vec<Span> {
    let mut active = vec![Span { from: Moment(0), until: FOREVER }];
    while !race.is_over() {
        rest(Duration::from_millis(300) + chance.delay(900)).await;
        house.done(&["app", "suspend", APPS[0]]).await;
        let suspended = Moment::now();
        active.last_mut().expect("there is one").until = suspended;
        race.reductions.fetch_add(1, Ordering::Relaxed);
        rest(chance.delay(200)).await;
        active.push(Span { from: Moment::now(), until: FOREVER });
        house.done(&["app", "activate", APPS[0]]).await;
    }
    active
}
