//! What waits to be gathered, bounded, first come, first served; and which lanes have nothing to do.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::ThreadId;

use tokio::sync::{Notify, oneshot};

use super::super::disclose::Refused;
use super::{Inquiry, Recorded};

/// People that are asked for in all that waits.
const MOST_WAITING: usize = 2_000;
/// People in one gather: enough to share its cost, few enough that nobody waits long for the others.
const MOST_GATHERED: usize = 200;
/// Gathers that are under way at once.
const MOST_LANES: usize = 2;

/// An operation that waits for its answer.
pub(super) struct Waiting {
    pub inquiry: Inquiry,
    /// Since when, on the clock's stopwatch.
    pub since: i64,
    pub reply: oneshot::Sender<Result<Recorded, Refused>>,
}

impl Waiting {
    /// An operation that asks for nobody costs something too.
    fn weight(&self) -> usize {
        self.inquiry.lookups.len().max(1)
    }
}

#[derive(Default)]
pub(super) struct Queue(Mutex<Line>);

#[derive(Default)]
struct Line {
    waiting: VecDeque<Waiting>,
    weight: usize,
    closed: bool,
    /// Whether a lane is reading.
    is_read: bool,
    /// Where there are lanes.
    lanes: Vec<ThreadId>,
    idle: Vec<Idle>,
}

/// A lane that waits for something to do.
struct Idle {
    thread: ThreadId,
    awake: Arc<Notify>,
}

/// The place of a lane at the queue. It leaves when this is dropped.
pub(super) struct Place {
    queue: Arc<Queue>,
    thread: ThreadId,
    awake: Arc<Notify>,
}

/// Leave to read what was taken, until it is dropped. While one lane reads, what arrives is left to wait for company: it is
/// all taken together when that lane turns to its records.
pub(super) struct Turn(Arc<Queue>);

impl Queue {
    /// A place for a lane on this thread, unless it has one, or there are enough.
    pub fn place(self: &Arc<Self>) -> Option<Place> {
        let thread = std::thread::current().id();
        let mut line = self.line();
        if line.closed || line.lanes.len() >= MOST_LANES || line.lanes.contains(&thread) {
            return None;
        }
        line.lanes.push(thread);
        drop(line);
        Some(Place { queue: Arc::clone(self), thread, awake: Arc::default() })
    }

    /// Puts an operation at the end.
    pub fn put(&self, waiting: Waiting) -> Result<(), Refused> {
        let mut line = self.line();
        if line.closed || line.weight + waiting.weight() > MOST_WAITING {
            return Err(Refused::Busy);
        }
        line.weight += waiting.weight();
        line.waiting.push_back(waiting);
        line.wake();
        Ok(())
    }

    /// Lets nothing in any more. Lanes end once what waits is answered.
    pub fn close(&self) {
        let mut line = self.line();
        line.closed = true;
        line.idle.drain(..).for_each(|lane| lane.awake.notify_one());
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Line {
    /// Wakes a lane, if something waits that nobody is about to take: one on this thread, which costs nothing, rather than
    /// another.
    fn wake(&mut self) {
        if self.is_read || self.waiting.is_empty() || self.idle.is_empty() {
            return;
        }
        let here = std::thread::current().id();
        let place = self.idle.iter().position(|lane| lane.thread == here).unwrap_or(0);
        self.idle.swap_remove(place).awake.notify_one();
    }

    fn take(&mut self) -> Vec<Waiting> {
        let (mut gather, mut weight) = (Vec::new(), 0);
        while let Some(next) = self.waiting.front() {
            let next = next.weight();
            if !gather.is_empty() && weight + next > MOST_GATHERED {
                break;
            }
            weight += next;
            self.weight -= next;
            gather.extend(self.waiting.pop_front());
        }
        gather
    }
}

impl Place {
    /// What waits, as soon as something does and nobody else reads; none once the queue is closed and empty.
    pub async fn next(&self) -> Option<(Vec<Waiting>, Turn)> {
        loop {
            // Whatever else is ready on this thread asks first, and is taken along: the larger a gather, the less each answer
            // costs. Where nothing is, this takes no time.
            tokio::task::yield_now().await;
            if let Some(taken) = self.try_next() {
                return taken;
            }
            self.awake.notified().await;
        }
    }

    fn try_next(&self) -> Option<Option<(Vec<Waiting>, Turn)>> {
        let mut line = self.queue.line();
        if !line.is_read && !line.waiting.is_empty() {
            line.is_read = true;
            return Some(Some((line.take(), Turn(Arc::clone(&self.queue)))));
        }
        if line.closed && line.waiting.is_empty() {
            return Some(None);
        }
        line.idle.push(Idle { thread: self.thread, awake: Arc::clone(&self.awake) });
        None
    }
}

/// What it was woken for is another lane's now. If there is none, whoever waits is told so.
impl Drop for Place {
    fn drop(&mut self) {
        let mut line = self.queue.line();
        line.idle.retain(|lane| !Arc::ptr_eq(&lane.awake, &self.awake));
        line.lanes.retain(|thread| *thread != self.thread);
        let forsaken = if line.lanes.is_empty() {
            line.weight = 0;
            std::mem::take(&mut line.waiting)
        } else {
            line.wake();
            VecDeque::new()
        };
        drop(line);
        drop(forsaken);
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut line = self.0.line();
        line.is_read = false;
        line.wake();
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::access::{AppClaim, ReaderClaim};
    use crate::ids::{AppId, BrandId, TokenId};
    use crate::vault::disclose::Question;

    type Answer = oneshot::Receiver<Result<Recorded, Refused>>;

    /// An operation that asks for so many people.
    fn question(people: usize) -> (Waiting, Answer) {
        let (brand, app, token) = (BrandId(Uuid::nil()), AppId(Uuid::nil()), TokenId(Uuid::nil()));
        let claim = ReaderClaim::App(AppClaim { brand, app, secret_epoch: 1, token, bound: None, key: None });
        let inquiry = Inquiry { claim, question: Question::default(), lookups: vec![Vec::new(); people] };
        let (reply, answer) = oneshot::channel();
        (Waiting { inquiry, since: 0, reply }, answer)
    }

    fn put(queue: &Queue, people: usize) -> Answer {
        let (waiting, answer) = question(people);
        assert!(queue.put(waiting).is_ok());
        answer
    }

    /// A place of another thread.
    fn place_elsewhere(queue: &Arc<Queue>) -> Place {
        let queue = Arc::clone(queue);
        std::thread::spawn(move || queue.place()).join().unwrap().unwrap()
    }

    /// Whether a lane that has nothing to do was woken.
    fn is_idle(queue: &Queue, place: &Place) -> bool {
        queue.line().idle.iter().any(|lane| Arc::ptr_eq(&lane.awake, &place.awake))
    }

    #[test]
    fn a_thread_has_one_lane_and_there_are_two_of_them_at_most() {
        let queue = Arc::<Queue>::default();
        let (here, _there) = (queue.place().unwrap(), place_elsewhere(&queue));
        assert!(queue.place().is_none());
        drop(here);
        assert!(queue.place().is_some(), "whoever leaves makes room");
    }

    #[test]
    fn a_question_wakes_the_lane_of_its_own_thread() {
        let queue = Arc::<Queue>::default();
        let (there, here) = (place_elsewhere(&queue), queue.place().unwrap());
        assert!(there.try_next().is_none() && here.try_next().is_none(), "nothing waits");
        let _answer = put(&queue, 1);
        assert!(is_idle(&queue, &there) && !is_idle(&queue, &here));
    }

    #[test]
    fn lanes_read_in_turns_and_what_arrives_meanwhile_is_taken_together() {
        let queue = Arc::<Queue>::default();
        let (here, there) = (queue.place().unwrap(), place_elsewhere(&queue));
        let _answers = [put(&queue, 1), put(&queue, 1)];
        let (first, turn) = here.try_next().unwrap().unwrap();
        assert_eq!(first.len(), 2);
        let _answers = [put(&queue, 3), put(&queue, 150), put(&queue, 50), put(&queue, 1)];
        assert!(there.try_next().is_none(), "the other one reads");
        drop(turn);
        assert!(!is_idle(&queue, &there), "it was woken");
        let (second, _turn) = there.try_next().unwrap().unwrap();
        assert_eq!(second.len(), 2, "no more than two hundred people");
    }

    #[test]
    fn whoever_waits_is_told_when_the_last_lane_is_gone_and_another_lane_takes_over_before() {
        let queue = Arc::<Queue>::default();
        let (here, there) = (queue.place().unwrap(), place_elsewhere(&queue));
        assert!(here.try_next().is_none() && there.try_next().is_none());
        let mut answer = put(&queue, 1);
        drop(here);
        assert!(!is_idle(&queue, &there), "the question that the other was woken for is its now");
        assert!(answer.try_recv().is_err_and(|error| error == oneshot::error::TryRecvError::Empty));
        drop(there);
        assert!(answer.try_recv().is_err_and(|error| error == oneshot::error::TryRecvError::Closed));
    }

    #[test]
    fn too_much_is_refused_and_a_closed_queue_is_answered_to_its_end() {
        let queue = Arc::<Queue>::default();
        let place = queue.place().unwrap();
        let _answers: Vec<Answer> = (0..10).map(|_| put(&queue, 200)).collect();
        assert!(matches!(queue.put(question(1).0), Err(Refused::Busy)));
        queue.close();
        for _ in 0..10 {
            assert_eq!(place.try_next().unwrap().unwrap().0.len(), 1);
        }
        assert!(place.try_next().is_some_and(|taken| taken.is_none()));
        assert!(matches!(queue.put(question(1).0), Err(Refused::Busy)));
    }
}
