//! What a customer of the race calls, and what is noted of each call.

use std::sync::atomic::Ordering;

use entity::ids::GrantId;
use serde_json::{Value, json};

use super::super::history::{Cycle, Scope, word};
use super::super::reductions::Reduction;
use super::{Unclear, Withdrawer};
use crate::clock::{Moment, rest, wall};
use crate::people::{Acted, acted, document};
use crate::site::{BRAND, PURPOSES};
use crate::wire::Exchange;

/// The end of a shortened grant lies at most so far ahead.
const SHORTENED_MILLISECONDS: i64 = 120;

impl Withdrawer<'_> {
    /// Lets a little time pass.
    pub(super) async fn linger(&mut self) {
        rest(self.chance.delay(self.race.delay)).await;
    }

    /// Calls mutations in one document, by either server.
    pub(super) async fn call(&mut self, calls: &[(&str, Value, &str)]) -> Option<Exchange> {
        let line = self.chance.below(self.lines.len());
        let mutations: Vec<(&str, &str)> = calls.iter().map(|(name, _, fields)| (*name, *fields)).collect();
        let inputs: serde_json::Map<String, Value> =
            ["a", "b", "c"].iter().zip(calls).map(|(letter, call)| ((*letter).to_owned(), call.1.clone())).collect();
        self.person.ask(&mut self.lines[line], &document(&mutations), &Value::Object(inputs)).await
    }

    /// Calls a mutation as the app that is never suspended, by either server.
    async fn call_as_brand(&mut self, mutation: &str, input: &Value) -> Option<Exchange> {
        let token = self.race.tokens.pick(1, self.chance.below(60)).await;
        let line = self.chance.below(self.lines.len());
        self.lines[line].ask(Some(&token), &document(&[(mutation, "")]), &json!({ "a": input })).await
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

    /// Writes values of this cycle.
    pub(super) async fn write(&mut self, scopes: &[Scope], is_new: bool) -> Result<(), Unclear> {
        let input = self.values(scopes, is_new);
        let exchange = self.call(&[("updateProfile", input, "")]).await;
        done(exchange, "updateProfile").map(drop)
    }

    /// Gives a grant.
    pub(super) async fn give(
        &mut self,
        cycle: &mut Cycle,
        purpose: usize,
        scopes: &[Scope],
    ) -> Result<String, Unclear> {
        // Legal from before the request is sent, whether or not it is acknowledged.
        let from = Moment::now();
        scopes.iter().for_each(|scope| cycle.permit(purpose, *scope, from));
        let names: Vec<&str> = scopes.iter().map(|scope| scope.as_str()).collect();
        let input = json!({ "brand": BRAND, "purpose": PURPOSES[purpose], "scopes": names });
        let exchange = self.call(&[("giveConsent", input, "grant { id }")]).await;
        let (payload, _) = done(exchange, "giveConsent")?;
        let grant = payload["grant"]["id"].as_str().ok_or(Unclear)?;
        cycle.grants[purpose] = grant.parse().ok().map(|id: GrantId| id.0);
        Ok(grant.to_owned())
    }

    /// Continues what was halted. What has ended for good meanwhile stays so.
    pub(super) async fn undo(&mut self, cycle: &mut Cycle, kind: Reduction, grant: &str) -> Result<(), Unclear> {
        let Some((mutation, input)) = kind.find_undoing(grant) else { return Ok(()) };
        if !cycle.has_ended {
            cycle.permit_again(Moment::now(), |permission| kind.ends(permission));
        }
        let exchange = self.call(&[(mutation, input, "")]).await;
        done(exchange, mutation)?;
        self.is_blocked &= kind != Reduction::BlockMarketing;
        Ok(())
    }

    /// Takes something back and at once writes something new, in the same document or in the next.
    pub(super) async fn reduce(
        &mut self,
        cycle: &mut Cycle,
        kind: Reduction,
        grant: &str,
        new: &[Scope],
    ) -> Result<(), Unclear> {
        let (mutation, input) = kind.call(grant, "");
        let values = self.values(new, true);
        if !kind.is_by_the_brand() && self.chance.percent(50) {
            let exchange = self.call(&[(mutation, input, ""), ("updateProfile", values, "")]).await;
            let (_, exchange) = done(exchange, mutation)?;
            self.acknowledged(cycle, kind, exchange.ended);
            return done(Some(exchange), "updateProfile").map(drop);
        }
        let exchange = if kind.is_by_the_brand() {
            self.call_as_brand(mutation, &input).await
        } else {
            self.call(&[(mutation, input, "")]).await
        };
        let (_, exchange) = done(exchange, mutation)?;
        self.acknowledged(cycle, kind, exchange.ended);
        let exchange = self.call(&[("updateProfile", values, "")]).await;
        done(exchange, "updateProfile").map(drop)
    }

    /// Brings the grant's end near. It ends then, or when that is acknowledged, whichever is later.
    pub(super) async fn shorten(&mut self, cycle: &mut Cycle, grant: &str) -> Result<(), Unclear> {
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

    /// Notes a reduction that was acknowledged.
    pub(super) fn acknowledged(&mut self, cycle: &mut Cycle, kind: Reduction, at: Moment) {
        cycle.end(at, |permission| kind.ends(permission));
        cycle.has_ended |= kind == Reduction::Withdraw || kind.ends_everything();
        let place = Reduction::ALL.iter().position(|one| *one == kind).unwrap_or_default();
        self.diary.reductions[place] += 1;
        self.diary.acknowledged.push(at);
        self.race.reductions.fetch_add(1, Ordering::Relaxed);
        self.race.endings[self.person.number].store(at.0, Ordering::Relaxed);
    }
}

/// What a mutation gave, if it is sure that it was done.
pub(super) fn done(exchange: Option<Exchange>, mutation: &str) -> Result<(Value, Exchange), Unclear> {
    match acted(exchange, mutation) {
        Acted::Done(payload, exchange) => Ok((payload, exchange)),
        Acted::Mistake(_) | Acted::Unknown(_) => Err(Unclear),
    }
}
