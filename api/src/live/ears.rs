//! What one stream hears: news as they are handed out, and from the database what it has missed.

use std::collections::{HashSet, VecDeque};
use std::time::Duration;

use entity::ids::{BrandId, DisclosureId};
use entity::vault::news::{Place, Tail, Told};
use sea_orm::{ConnAcquireErr, DbErr};
use tokio::sync::broadcast::{self, error::RecvError};

use super::{Happened, Hub, Topic};

/// What a stream remembers of what it has read: whoever is behind that far may hear something twice.
const MOST_KNOWN: usize = 10_000;

/// A node that has just begun reads for the first time within.
const PATIENCE: Duration = Duration::from_secs(5);

/// The ears of a stream.
pub struct Ears {
    topic: Topic,
    line: Line,
}

enum Line {
    Brand(Box<BrandLine>),
    Customer(broadcast::Receiver<DisclosureId>),
}

struct BrandLine {
    brand: BrandId,
    receiver: broadcast::Receiver<Told>,
    /// Up to where everything was heard.
    heard: Place,
    /// Whether something was missed that is not read yet.
    is_behind: bool,
    /// What was missed and is read.
    missed: Option<Tail>,
    read: VecDeque<Told>,
    /// What was read that way and may be handed out as well.
    known: HashSet<i64>,
}

/// What was heard.
pub enum Heard {
    /// Something happened.
    Happened(Happened),
    /// News of then are not kept any more: whoever watches is to look anew.
    TooOld,
}

impl Ears {
    /// Listens from now on, or from where the topic says.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn open(hub: &Hub, topic: Topic) -> Result<(Self, Option<Heard>), DbErr> {
        let (brand, from) = match &topic {
            Topic::Conversations { brand, from, .. } | Topic::Grants { brand, from } => (*brand, *from),
            Topic::Shared { brand } => (*brand, None),
            Topic::Disclosures { customer } => {
                let line = Line::Customer(hub.customers.listen(*customer));
                return Ok((Self { topic, line }, Some(Heard::Happened(Happened::Begun(reached(hub).await?)))));
            }
        };
        // Before anything is read: what happens meanwhile waits here.
        let receiver = hub.brands.listen(brand);
        let now = reached(hub).await?;
        let mut line = BrandLine {
            brand,
            receiver,
            heard: from.unwrap_or(now),
            is_behind: false,
            missed: None,
            read: VecDeque::new(),
            known: HashSet::new(),
        };
        let first = match from {
            Some(from) => {
                line.missed = Tail::of_brand(&hub.vault, brand, from).await?;
                line.missed.is_none().then_some(Heard::TooOld)
            }
            None => Some(Heard::Happened(Happened::Begun(now))),
        };
        Ok((Self { topic, line: Line::Brand(Box::new(line)) }, first))
    }

    /// The next thing that concerns whoever listens. It may be dropped while it waits, and nothing is lost.
    ///
    /// # Errors
    /// When the database cannot be asked for what was missed.
    pub async fn next(&mut self, hub: &Hub) -> Result<Heard, DbErr> {
        match &mut self.line {
            Line::Customer(receiver) => loop {
                match receiver.recv().await {
                    Ok(id) => return Ok(Heard::Happened(Happened::Looked(id))),
                    // The list has them all: look at it.
                    Err(RecvError::Lagged(_)) => return Ok(Heard::Happened(Happened::Due)),
                    Err(RecvError::Closed) => std::future::pending().await,
                }
            },
            Line::Brand(line) => loop {
                let Some(told) = line.next(hub).await? else { return Ok(Heard::TooOld) };
                if self.topic.concerns(&told.news) {
                    return Ok(Heard::Happened(Happened::News(told)));
                }
            },
        }
    }
}

impl BrandLine {
    /// The brand's next news; none if they cannot be told without a gap.
    async fn next(&mut self, hub: &Hub) -> Result<Option<Told>, DbErr> {
        loop {
            if self.is_behind {
                self.missed = Tail::of_brand(&hub.vault, self.brand, self.heard).await?;
                self.is_behind = false;
                if self.missed.is_none() {
                    return Ok(None);
                }
            }
            if let Some(told) = self.read.pop_front() {
                self.heard = told.place;
                return Ok(Some(told));
            }
            if let Some(missed) = &mut self.missed {
                let told = missed.next(&hub.vault).await?;
                if told.is_empty() {
                    self.missed = None;
                    if self.known.len() > MOST_KNOWN {
                        self.known.clear();
                    }
                }
                self.known.extend(told.iter().map(|told| told.news.id));
                self.read.extend(told);
                continue;
            }
            match self.receiver.recv().await {
                Ok(told) if self.known.remove(&told.news.id) => {}
                Ok(told) => {
                    self.heard = told.place;
                    return Ok(Some(told));
                }
                Err(RecvError::Lagged(_)) => {
                    self.is_behind = true;
                }
                Err(RecvError::Closed) => std::future::pending().await,
            }
        }
    }
}

/// Up to where news were handed out on this node.
///
/// # Errors
/// When none were read yet, for so long that the database must be away.
async fn reached(hub: &Hub) -> Result<Place, DbErr> {
    let mut reached = hub.reached.subscribe();
    let begun = tokio::time::timeout(PATIENCE, reached.wait_for(Option::is_some)).await;
    let place = begun.ok().and_then(Result::ok).and_then(|place| *place);
    place.ok_or(DbErr::ConnectionAcquire(ConnAcquireErr::Timeout))
}
