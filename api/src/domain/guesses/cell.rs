//! A cell and how deep it is: pure arithmetic over the time at which it will be empty.

use entity::guess;
use entity::values::Timestamp;

use crate::domain::Refusal;

/// How much may be guessed.
#[derive(Debug, Clone, Copy)]
pub struct Limit {
    /// What the keyed hash of its cells is for.
    pub kind: &'static str,
    /// So many at once.
    pub most: i64,
    /// After so many seconds one more.
    pub seconds: i64,
}

impl Limit {
    /// What one guess adds, in milliseconds.
    pub(super) const fn pause(&self) -> i64 {
        self.seconds * 1_000
    }

    /// A cell that is empty later than this has no room.
    pub(super) fn latest(&self, now: Timestamp) -> Timestamp {
        now.plus_millis((self.most - 1) * self.pause())
    }
}

/// One count about one subject.
#[derive(Debug, Clone)]
pub struct Cell {
    /// The keyed hash of kind and subject.
    pub key: Vec<u8>,
    /// How deep it is.
    pub limit: Limit,
}

impl Cell {
    /// When it is empty; none if it is now.
    pub(super) fn empty_at(&self, rows: &[guess::Model]) -> Option<Timestamp> {
        rows.iter().find(|row| row.key == self.key).map(|row| row.empty_at)
    }

    /// In how many seconds there is room for one more; zero if there is now.
    fn wait(&self, rows: &[guess::Model], now: Timestamp) -> i64 {
        let wait = self.empty_at(rows).map_or(0, |empty_at| empty_at.millis_since(self.limit.latest(now)));
        (wait.max(0) + 999) / 1_000
    }
}

/// Whether one more fits into each of these cells, of which these are stored.
///
/// # Errors
/// When one would fit into all of them.
pub(super) fn have_room(cells: &[Cell], rows: &[guess::Model], now: Timestamp) -> Result<(), Refusal> {
    match cells.iter().map(|cell| cell.wait(rows, now)).max() {
        Some(seconds @ 1..) => Err(Refusal::RateLimited(seconds)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const THREE: Cell = Cell { key: Vec::new(), limit: Limit { kind: "x", most: 3, seconds: 10 } };

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(1_000_000 + seconds * 1_000)
    }

    fn room(empty_at: i64, now: i64) -> Result<(), Refusal> {
        let full = Cell { key: vec![1], limit: Limit { kind: "y", most: 1, seconds: 5 } };
        let rows = [(vec![], empty_at), (vec![1], -3)];
        let rows = rows.map(|(key, empty_at)| guess::Model { key, empty_at: at(empty_at) });
        have_room(&[THREE, full], &rows, at(now))
    }

    #[test]
    fn a_cell_takes_as_many_as_it_is_deep_and_then_one_per_pause() {
        assert!(have_room(&[THREE], &[], at(0)).is_ok());
        assert!(room(20, 0).is_ok(), "the third");
        for (now, wait) in [(0, 10), (1, 9), (9, 1)] {
            let refused = room(30, now).unwrap_err();
            assert!(matches!(refused, Refusal::RateLimited(seconds) if seconds == wait), "{now}: {refused:?}");
        }
        assert!(room(30, 10).is_ok());
    }

    #[test]
    fn of_several_cells_the_one_that_takes_longest_says_when_to_come_back() {
        let refused = room(30, -8).unwrap_err();
        assert!(matches!(refused, Refusal::RateLimited(18)), "{refused:?}");
    }
}
