//! A lane: takes what waits, reads, applies the law, records, and hands out, over and over.

use sea_orm::DbErr;

use crate::consent::Ask;
use crate::store::is_unavailable;

use super::super::disclose::Refused;
use super::super::record::Records;
use super::queue::{Place, Turn, Waiting};
use super::seats::{self, Seat};
use super::sql::Kind;
use super::statement::Found;
use super::wire::{Session, Wire};
use super::{Inquiry, Recorded, Tools};

/// An operation that has waited so long, in milliseconds, is refused rather than begun.
const LONGEST_WAIT: i64 = 3_000;

pub(super) struct Lane {
    tools: Tools,
    place: Place,
    wire: Wire,
}

impl Lane {
    pub fn new(tools: Tools, place: Place) -> Self {
        let wire = Wire::to(&tools.store);
        Self { tools, place, wire }
    }

    /// Until the queue is closed.
    pub async fn run(mut self) {
        while let Some((gather, turn)) = self.place.next().await {
            let gather = self.still_wanted(gather);
            if !gather.is_empty() {
                self.answer(gather, turn).await;
            }
        }
    }

    /// Without those who have gone away, and those who have waited too long: they are told.
    fn still_wanted(&self, gather: Vec<Waiting>) -> Vec<Waiting> {
        let now = self.tools.clock.stopwatch();
        let mut wanted = Vec::with_capacity(gather.len());
        for waiting in gather.into_iter().filter(|waiting| !waiting.reply.is_closed()) {
            if now - waiting.since > LONGEST_WAIT {
                let _ = waiting.reply.send(Err(Refused::Busy));
            } else {
                wanted.push(waiting);
            }
        }
        wanted
    }

    /// Answers together; each by itself if something is wrong with one of them.
    async fn answer(&mut self, gather: Vec<Waiting>, turn: Turn) {
        let inquiries: Vec<&Inquiry> = gather.iter().map(|waiting| &waiting.inquiry).collect();
        match self.attempt(&inquiries, Some(turn)).await {
            Err(fault) if gather.len() > 1 && !is_unavailable(&fault) => {
                tracing::warn!(%fault, operations = gather.len(), "a gather is asked again one by one");
                for waiting in gather {
                    let outcomes = self.attempt(&[&waiting.inquiry], None).await;
                    reply(vec![waiting], outcomes);
                }
            }
            outcomes => reply(gather, outcomes),
        }
    }

    /// One outcome per inquiry, in order. An error concerns them all, and nothing is to be handed out then.
    async fn attempt(
        &mut self,
        inquiries: &[&Inquiry],
        turn: Option<Turn>,
    ) -> Result<Vec<Result<Recorded, Refused>>, DbErr> {
        let looks_up = inquiries.iter().any(|inquiry| !inquiry.lookups.is_empty());
        let mut session = self.wire.begin(looks_up).await?;
        let asked_at = self.tools.clock.stopwatch();
        let found = read(&mut session, &self.tools, inquiries).await?;
        drop(turn);
        let mut outcomes: Vec<Result<Recorded, Refused>> =
            found.into_iter().zip(inquiries).map(|(found, inquiry)| stand(found, inquiry, asked_at)).collect();
        let mut seats = seats::take(&self.tools, outcomes.iter_mut().flatten()).await?.into_iter();
        let mut records = Records::new(&self.tools.entropy);
        for (outcome, inquiry) in outcomes.iter().zip(inquiries) {
            let Ok(recorded) = outcome else { continue };
            for (person, seat) in recorded.people.iter().zip(&mut seats) {
                note(&mut records, recorded, inquiry, person.as_ref(), &seat)?;
            }
        }
        session.record(records.into_rows()).await?;
        Ok(outcomes)
    }
}

/// Hands out what came of it. Whoever has gone away does not hear it.
fn reply(gather: Vec<Waiting>, outcomes: Result<Vec<Result<Recorded, Refused>>, DbErr>) {
    match outcomes {
        Ok(outcomes) => {
            gather.into_iter().zip(outcomes).for_each(|(waiting, outcome)| drop(waiting.reply.send(outcome)))
        }
        Err(fault) => {
            gather.into_iter().for_each(|waiting| drop(waiting.reply.send(Err(Refused::Fault(fault.clone())))));
        }
    }
}

/// What the database says to each, in order: one statement per kind of reader.
async fn read(session: &mut Session<'_>, tools: &Tools, inquiries: &[&Inquiry]) -> Result<Vec<Option<Found>>, DbErr> {
    let mut all: Vec<Option<Found>> = inquiries.iter().map(|_| None).collect();
    for kind in Kind::ALL {
        let is_one = |inquiry: &&Inquiry| Kind::of(&inquiry.claim) == kind;
        let (places, asking): (Vec<usize>, Vec<&Inquiry>) =
            inquiries.iter().copied().enumerate().filter(|(_, inquiry)| is_one(inquiry)).unzip();
        if asking.is_empty() {
            continue;
        }
        let found = session.read(kind, (&tools.clock, tools.proofs), &asking).await?;
        for (place, found) in places.into_iter().zip(found) {
            if let Some(slot) = all.get_mut(place) {
                *slot = found;
            }
        }
    }
    Ok(all)
}

fn note(
    records: &mut Records<'_>,
    recorded: &Recorded,
    inquiry: &Inquiry,
    person: Option<&super::Snapshot>,
    seat: &Seat,
) -> Result<(), DbErr> {
    let read = (&recorded.ask, &inquiry.question, &recorded.caller);
    match person {
        Some(snapshot) => records.found(read, snapshot, &seat.key),
        None => records.missed(read, seat.customer, &seat.key),
    }
}

/// Whether the reader stands, and may ask this at all: the same for every handle.
fn stand(found: Option<Found>, inquiry: &Inquiry, asked_at: i64) -> Result<Recorded, Refused> {
    let Found { caller, now, people } = found.ok_or(Refused::NotAlive)?;
    let question = &inquiry.question;
    let ask = Ask { brand: inquiry.claim.brand(), app: caller.standing(), purpose: question.purpose, now };
    // The statement has looked nobody up either: it asks the same of the app's row.
    let registered = question.purpose.is_none_or(|purpose| ask.app.may_declare(purpose))
        && question.scopes().without(ask.app.scopes).is_empty()
        && caller.staff().is_none_or(|staff| staff.role().purposes() != 0);
    if registered { Ok(Recorded { caller, ask, asked_at, people }) } else { Err(Refused::NotRegistered) }
}
