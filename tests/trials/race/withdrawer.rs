//! A customer who gives and takes back, again and again, in every way there is, and writes something new after each ending.

mod acts;
mod erasing;

use serde_json::json;
use tests::chance::Chance;

use super::Race;
use super::history::{Cycle, FOREVER, Scope};
use super::reductions::Reduction;
use crate::clock::Moment;
use crate::people::Person;
use crate::wire::Line;

/// What is not known: the server did not say whether it was done. The cycle is broken off.
struct Unclear;

/// What a customer did.
pub struct Diary {
    /// One after the other.
    pub cycles: Vec<Cycle>,
    /// Reductions that were acknowledged, in the order of [`Reduction::ALL`].
    pub reductions: [u64; Reduction::ALL.len()],
    /// When each was.
    pub acknowledged: Vec<Moment>,
    /// Cycles that were broken off.
    pub broken_off: u64,
}

/// The customer with a connection to each server.
pub struct Withdrawer<'r> {
    race: &'r Race,
    person: Person,
    /// Accounts of theirs that were erased.
    erasures: usize,
    /// Whether direct marketing may be off: then nothing is given for it.
    is_blocked: bool,
    lines: Vec<Line>,
    chance: Chance,
    diary: Diary,
}

impl<'r> Withdrawer<'r> {
    /// This customer.
    pub fn new(race: &'r Race, person: Person, chance: Chance) -> Self {
        let lines = race.servers.iter().map(|url| Line::to(url)).collect();
        let diary =
            Diary { cycles: Vec::new(), reductions: Default::default(), acknowledged: Vec::new(), broken_off: 0 };
        Self { race, person, erasures: 0, is_blocked: false, lines, chance, diary }
    }

    /// Runs cycles until the race is over.
    pub async fn run(mut self) -> Diary {
        while !self.race.is_over() {
            let mut cycle = Cycle::default();
            if self.cycle(&mut cycle).await.is_err() {
                self.diary.broken_off += 1;
                self.break_off(&mut cycle).await;
            }
            self.diary.cycles.push(cycle);
        }
        self.diary
    }

    async fn cycle(&mut self, cycle: &mut Cycle) -> Result<(), Unclear> {
        const BOTH: &[Scope] = &[Scope::Name, Scope::Area];
        const NAME: &[Scope] = &[Scope::Name];
        let kind = Reduction::pick(&mut self.chance, self.race.erasures);
        self.write(BOTH, false).await?;
        // What ends with the switch must not be permitted by the other grant.
        let (care, marketing) = if kind == Reduction::BlockMarketing { (NAME, BOTH) } else { (BOTH, NAME) };
        let grant = self.give(cycle, 0, care).await?;
        if kind.concerns_both() || self.chance.percent(20) {
            self.give(cycle, 1, marketing).await?;
        }
        self.linger().await;
        match kind {
            Reduction::Shorten => {
                self.shorten(cycle, &grant).await?;
                self.write(&[Scope::Area], true).await?;
            }
            Reduction::Narrow | Reduction::Revoke => {
                self.reduce(cycle, kind, &grant, kind.leaves_nothing_of()).await?;
                self.linger().await;
            }
            Reduction::Pause | Reduction::PauseEverything | Reduction::BlockMarketing => {
                self.halt(cycle, kind, &grant).await?;
            }
            Reduction::Erase => self.erase(cycle).await?,
            Reduction::Withdraw | Reduction::WithdrawFromBrand | Reduction::WithdrawEverything => {}
        }
        self.finish(cycle, kind, &grant).await
    }

    /// Halts, and in half of the cases continues.
    async fn halt(&mut self, cycle: &mut Cycle, kind: Reduction, grant: &str) -> Result<(), Unclear> {
        self.is_blocked |= kind == Reduction::BlockMarketing;
        self.reduce(cycle, kind, grant, kind.leaves_nothing_of()).await?;
        self.linger().await;
        if self.chance.percent(50) {
            self.write(&[Scope::Name, Scope::Area], false).await?;
            self.undo(cycle, kind, grant).await?;
            self.linger().await;
        }
        Ok(())
    }

    /// Whatever came before, the cycle ends with nothing shared, and with new values that nobody may see.
    async fn finish(&mut self, cycle: &mut Cycle, kind: Reduction, grant: &str) -> Result<(), Unclear> {
        let is_open = cycle.permissions.iter().any(|one| one.span.until == FOREVER);
        let is_halted = matches!(kind, Reduction::Pause | Reduction::PauseEverything);
        let last = if cycle.grants[1].is_none() && (kind == Reduction::Withdraw || self.chance.percent(50)) {
            Reduction::Withdraw
        } else if kind == Reduction::WithdrawFromBrand {
            kind
        } else {
            Reduction::WithdrawEverything
        };
        if is_open || is_halted {
            self.reduce(cycle, last, grant, &[Scope::Name, Scope::Area]).await?;
        } else {
            self.write(&[Scope::Name], true).await?;
        }
        self.linger().await;
        if self.is_blocked {
            self.undo(cycle, Reduction::BlockMarketing, grant).await?;
        }
        Ok(())
    }

    /// Nobody knows what was done, so everything is undone.
    async fn break_off(&mut self, cycle: &mut Cycle) {
        let line = self.chance.below(self.lines.len());
        let (_, exchange) = self.person.insist(&mut self.lines[line], "withdrawEverything", json!({}), "").await;
        cycle.end(exchange.ended, |_| true);
        if self.is_blocked {
            let allowed = json!({ "allowed": true });
            self.person.insist(&mut self.lines[line], "setDirectMarketing", allowed, "").await;
            self.is_blocked = false;
        }
    }
}
