//! A customer who erases the account, and comes back with another one under the same handle.

use std::time::Duration;

use serde_json::json;
use tokio::runtime::Handle;
use tokio::task::block_in_place;

use super::super::acquaint;
use super::super::history::Cycle;
use super::super::reductions::Reduction;
use super::acts::done;
use super::{Unclear, Withdrawer};
use crate::clock::{Moment, rest};
use crate::people::Person;

/// Tries until a server that says "come back" is given up.
const TRIES: usize = 100;
/// Between two of them.
const PAUSE: Duration = Duration::from_millis(50);

impl Withdrawer<'_> {
    /// Erases the account. Whatever the handle leads to from then on is of the new one: the first thing that it has is
    /// what nobody may see.
    pub(super) async fn erase(&mut self, cycle: &mut Cycle) -> Result<(), Unclear> {
        let erased = self.insist_on_erasure().await;
        self.acknowledged(cycle, Reduction::Erase, erased);
        self.come_back().await;
        self.write(Reduction::Erase.leaves_nothing_of(), true).await
    }

    /// When it was acknowledged. Once it was begun there is no way back, so it is tried until it is sure.
    async fn insist_on_erasure(&mut self) -> Moment {
        let (mutation, input) = Reduction::Erase.call("", "");
        for _ in 0..TRIES {
            let mut confirmation = input.clone();
            for fields in ["confirmationToken", "erased"] {
                let exchange = self.call(&[(mutation, confirmation.clone(), fields)]).await;
                // Done by a try before, whose answer did not say so: nobody is signed in any more.
                if let Some(gone) = exchange.as_ref().filter(|exchange| exchange.status == 401) {
                    return gone.ended;
                }
                let Ok((payload, exchange)) = done(exchange, mutation) else { break };
                if payload["erased"] == true {
                    return exchange.ended;
                }
                confirmation = json!({ "confirmationToken": payload["confirmationToken"] });
                self.linger().await;
            }
            rest(PAUSE).await;
        }
        panic!("an erasure was never acknowledged");
    }

    async fn come_back(&mut self) {
        let (race, number, place) = (self.race, self.person.number, self.chance.below(self.lines.len()));
        let line = &mut self.lines[place];
        self.erasures += 1;
        // Waiting for the import and for the mail is nothing that may move from thread to thread.
        let claim = Person::claim_anew(&race.house, line, number, self.erasures);
        self.person = block_in_place(|| Handle::current().block_on(claim));
        let profile = acquaint(&self.person, line).await;
        race.profiles[number].write().expect("nobody panicked").push(profile);
    }
}
