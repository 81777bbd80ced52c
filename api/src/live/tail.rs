//! Reads news for a node as they come, and looks each second who has looked at what is whose: those who are watching only.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use entity::ids::{CustomerId, DisclosureId};
use entity::values::Timestamp;
use entity::vault::news::{Ear, Tail};
use entity::vault::own;
use sea_orm::DbErr;

use super::Hub;

/// How often it looks though nobody has called.
const PERIOD: Duration = Duration::from_secs(1);

pub(super) async fn read(hub: Arc<Hub>) {
    let mut reading = Reading { ear: Ear::new(&hub.vault), tail: None, looked: HashSet::new(), looked_at: None };
    let mut ticks = hub.vault.clock.ticks(PERIOD);
    let mut is_tick = true;
    loop {
        let done = if is_tick { reading.look(&hub).await } else { reading.catch_up(&hub).await };
        if let Err(error) = done {
            tracing::warn!(%error, "news could not be read; the next second tries again");
        }
        is_tick = tokio::select! {
            () = ticks.next() => true,
            () = reading.ear.hear() => false,
            () = hub.closed() => break,
        };
    }
    reading.ear.close().await;
}

struct Reading {
    ear: Ear,
    tail: Option<Tail>,
    /// Records of the last while that were told already.
    looked: HashSet<DisclosureId>,
    /// When it was looked last.
    looked_at: Option<Timestamp>,
}

impl Reading {
    async fn look(&mut self, hub: &Hub) -> Result<(), DbErr> {
        self.catch_up(hub).await?;
        self.who_looked(hub).await?;
        // What others write meanwhile is found each second all the same.
        self.ear.mend(&hub.vault).await
    }

    /// Hands out all that has come.
    async fn catch_up(&mut self, hub: &Hub) -> Result<(), DbErr> {
        let tail = match &mut self.tail {
            Some(tail) => tail,
            None => self.tail.insert(Tail::begin(&hub.vault).await?),
        };
        loop {
            let told = tail.next(&hub.vault).await?;
            let is_all = told.is_empty();
            hub.hand_out(told, tail.place(&hub.vault));
            if is_all {
                return Ok(());
            }
        }
    }

    /// Tells customers who are watching of each record that has come since they began.
    async fn who_looked(&mut self, hub: &Hub) -> Result<(), DbErr> {
        let watching = hub.customers.keys();
        if watching.is_empty() {
            self.looked.clear();
            self.looked_at = None;
            return Ok(());
        }
        let now = hub.vault.now().await?;
        let since = self.looked_at.unwrap_or(now);
        let lately: Vec<(CustomerId, DisclosureId)> = own::looked_since(&hub.vault, &watching, since).await?;
        self.looked_at = Some(now);
        for (customer, id) in &lately {
            if !self.looked.contains(id) {
                hub.customers.send(customer, id);
            }
        }
        self.looked = lately.into_iter().map(|(_, id)| id).collect();
        Ok(())
    }
}
