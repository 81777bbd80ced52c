//! A customer who gives and takes back, again and again, in every way there is, and writes something new after each ending.

use std::sync::atomic::Ordering;

use entity::ids::GrantId;
use serde_json::{Value, json};

use super::Race;
use super::history::{Cycle, FOREVER, Scope, word};
use super::reductions::Reduction;
use crate::chance::Chance;
use crate::clock::{Moment, rest, wall};
use crate::people::{Acted, Person, acted, document};
use crate::site::{BRAND, PURPOSES};
use crate::wire::{Exchange, Line};

/// The end of a shortened grant lies at most so far ahead.
const SHORTENED_MILLISECONDS: i64 = 120;

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
    person: &'r Person,
    lines: Vec<Line>,
    chance: Chance,
    diary: Diary,
}

impl<'r> Withdrawer<'r> {
    /// The customer of this number.
    pub fn new(race: &'r Race, number: usize, chance: Chance) -> Self {
        let lines = race.servers.iter().map(|url| Line::to(url)).collect();
        let diary =
            Diary { cycles: Vec::new(), reductions: Default::default(), acknowledged: Vec::new(), broken_off: 0 };
        Self { race, person: &race.people[number], lines, chance, diary }
    }

    /// Runs cycles until the race is over.
    pub async fn run(mut self) -> Diary {
        while !self.race.is_over() {
            let mut cycle = Cycle::default();
            if self.cycle(&mut cycle).await.is_err() {
                self.diary.broken_off += 1;
                let line = self.chance.below(self.lines.len());
                let (_, exchange) =
                    self.person.insist(&mut self.lines[line], "withdrawEverything", json!({}), "").await;
                cycle.end(exchange.ended, |_| true);
            }
            self.diary.cycles.push(cycle);
        }
        self.diary
    }

    async fn cycle(&mut self, cycle: &mut Cycle) -> Result<(), Unclear> {
        let kind = Reduction::pick(&mut self.chance);
        self.write(&[Scope::Name, Scope::Area], false).await?;
        let grant = self.give(cycle, 0, &[("NAME", Scope::Name), ("AREA", Scope::Area)]).await?;
        if kind == Reduction::WithdrawEverything || self.chance.percent(20) {
            self.give(cycle, 1, &[("NAME", Scope::Name)]).await?;
        }
        self.linger().await;
        match kind {
            Reduction::Shorten => {
                self.shorten(cycle, &grant).await?;
                self.write(&[Scope::Area], true).await?;
            }
            Reduction::Narrow => {
                self.reduce(cycle, kind, &grant, &[Scope::Area]).await?;
                self.linger().await;
            }
            Reduction::Pause if self.chance.percent(50) => {
                self.reduce(cycle, kind, &grant, &[Scope::Area]).await?;
                self.linger().await;
                self.write(&[Scope::Name, Scope::Area], false).await?;
                self.resume(cycle, &grant).await?;
                self.linger().await;
            }
            Reduction::Pause => {
                self.reduce(cycle, kind, &grant, &[Scope::Area]).await?;
                self.linger().await;
            }
            Reduction::Withdraw | Reduction::WithdrawEverything => {}
        }
        // Whatever came before, the cycle ends with nothing shared, and with new values that nobody may see.
        let is_open = cycle.permissions.iter().any(|one| one.span.until == FOREVER);
        let last = if cycle.grants[1].is_none() && (kind == Reduction::Withdraw || self.chance.percent(50)) {
            Reduction::Withdraw
        } else {
            Reduction::WithdrawEverything
        };
        if is_open || kind == Reduction::Pause {
            self.reduce(cycle, last, &grant, &[Scope::Name, Scope::Area]).await?;
        } else {
            self.write(&[Scope::Name], true).await?;
        }
        self.linger().await;
        Ok(())
    }

    async fn linger(&mut self) {
        rest(self.chance.delay(self.race.delay)).await;
    }

    /// Calls mutations in one document, by either server.
    async fn call(&mut self, calls: &[(&str, Value, &str)]) -> Option<Exchange> {
        let line = self.chance.below(self.lines.len());
        let mutations: Vec<(&str, &str)> = calls.iter().map(|(name, _, fields)| (*name, *fields)).collect();
        let inputs: serde_json::Map<String, Value> =
            ["a", "b", "c"].iter().zip(calls).map(|(letter, call)| ((*letter).to_owned(), call.1.clone())).collect();
        self.person.ask(&mut self.lines[line], &document(&mutations), &Value::Object(inputs)).await
    }

    /// The values of this cycle: the ones that are shared, or new ones that must not be seen.
    fn values(&self, scopes: &[Scope], is_new: bool) -> Value {
        let word = |scope| word(self.person.number, self.diary.cycles.len(), scope, is_new);
        let mut input = json!({});
        for scope in scopes {
            match scope {
                Scope::Name => input["name"] = json!({ "displayName": word(Scope::Name) }),
                Scope::Area => input["area"] = json!({ "region": word(Scope::Area) }),
            }
        }
        input
    }

    async fn write(&mut self, scopes: &[Scope], is_new: bool) -> Result<(), Unclear> {
        let input = self.values(scopes, is_new);
        let exchange = self.call(&[("updateProfile", input, "")]).await;
        done(exchange, "updateProfile").map(drop)
    }

    async fn give(&mut self, cycle: &mut Cycle, purpose: usize, scopes: &[(&str, Scope)]) -> Result<String, Unclear> {
        // Legal from before the request is sent, whether or not it is acknowledged.
        let from = Moment::now();
        scopes.iter().for_each(|(_, scope)| cycle.permit(purpose, *scope, from));
        let names: Vec<&str> = scopes.iter().map(|(name, _)| *name).collect();
        let input = json!({ "brand": BRAND, "purpose": PURPOSES[purpose], "scopes": names });
        let exchange = self.call(&[("giveConsent", input, "grant { id }")]).await;
        let (payload, _) = done(exchange, "giveConsent")?;
        let grant = payload["grant"]["id"].as_str().ok_or(Unclear)?;
        cycle.grants[purpose] = grant.parse().ok().map(|id: GrantId| id.0);
        Ok(grant.to_owned())
    }

    async fn resume(&mut self, cycle: &mut Cycle, grant: &str) -> Result<(), Unclear> {
        let from = Moment::now();
        cycle.permit(0, Scope::Name, from);
        cycle.permit(0, Scope::Area, from);
        let exchange = self.call(&[("resumeConsent", json!({ "grantId": grant }), "")]).await;
        done(exchange, "resumeConsent").map(drop)
    }

    /// Takes something back and at once writes something new, in the same document or in the next.
    async fn reduce(&mut self, cycle: &mut Cycle, kind: Reduction, grant: &str, new: &[Scope]) -> Result<(), Unclear> {
        let (mutation, input) = kind.call(grant, "");
        let values = self.values(new, true);
        if self.chance.percent(50) {
            let exchange = self.call(&[(mutation, input, ""), ("updateProfile", values, "")]).await;
            let (_, exchange) = done(exchange, mutation)?;
            self.acknowledged(cycle, kind, exchange.ended);
            return done(Some(exchange), "updateProfile").map(drop);
        }
        let exchange = self.call(&[(mutation, input, "")]).await;
        let (_, exchange) = done(exchange, mutation)?;
        self.acknowledged(cycle, kind, exchange.ended);
        let exchange = self.call(&[("updateProfile", values, "")]).await;
        done(exchange, "updateProfile").map(drop)
    }

    /// Brings the grant's end near. It ends then, or when that is acknowledged, whichever is later.
    async fn shorten(&mut self, cycle: &mut Cycle, grant: &str) -> Result<(), Unclear> {
        let ahead = i64::try_from(self.chance.below(SHORTENED_MILLISECONDS as usize)).unwrap_or_default();
        let expires_at = wall(ahead + 30);
        let (mutation, input) = Reduction::Shorten.call(grant, &expires_at.to_string());
        let exchange = self.call(&[(mutation, input, "")]).await;
        let (_, exchange) = done(exchange, mutation)?;
        let end = exchange.ended.max(Moment::after_wall(expires_at));
        rest(end.since(Moment::now())).await;
        self.acknowledged(cycle, Reduction::Shorten, end);
        Ok(())
    }

    fn acknowledged(&mut self, cycle: &mut Cycle, kind: Reduction, at: Moment) {
        cycle.end(at, |permission| kind.ends(permission));
        let place = Reduction::ALL.iter().position(|one| *one == kind).unwrap_or_default();
        self.diary.reductions[place] += 1;
        self.diary.acknowledged.push(at);
        self.race.reductions.fetch_add(1, Ordering::Relaxed);
        self.race.endings[self.person.number].store(at.0, Ordering::Relaxed);
    }
}

fn done(exchange: Option<Exchange>, mutation: &str) -> Result<(Value, Exchange), Unclear> {
    match acted(exchange, mutation) {
        Acted::Done(payload, exchange) => Ok((payload, exchange)),
        Acted::Mistake(_) | Acted::Unknown(_) => Err(Unclear),
    }
}
