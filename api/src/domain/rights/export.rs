//! A copy of everything that is held of a customer, as one JSON document that is written while it is read: memory stays
//! flat however long the record of reads is.
//!
//! Every page is a statement of its own, so what changes meanwhile may be in one part and not yet in another. Before each
//! page the session is checked again: signing out or an erasure stops it. What is broken off ends in an error and lacks
//! its last member, `"complete": true`.

use entity::access::{Owner, SessionClaim};
use futures_util::future::BoxFuture;
use futures_util::{Stream, stream};
use sea_orm::DbErr;
use serde::Serialize;
use serde_json::json;
use tokio::sync::mpsc;

use super::holdings::{Holdings, Page};
use crate::deps::Deps;

/// The version of the document's form; rises when a member changes its meaning.
const VERSION: u32 = 1;
/// Pages that wait for a slow reader.
const WAITING: usize = 1;

/// Why a document was broken off.
#[derive(Debug, thiserror::Error)]
pub enum NotExported {
    /// The session ended, or the customer was erased.
    #[error("the session is over")]
    Over,
    /// The database could not be asked, or what is stored cannot be read.
    #[error(transparent)]
    Fault(#[from] DbErr),
    /// Nobody reads it any more, or the writer is gone.
    #[error("it broke off")]
    Broken,
}

/// Reads the page that begins at a cursor, or the first.
type Load<C> = for<'h> fn(&'h mut Holdings, Option<C>) -> BoxFuture<'h, Result<Page<C>, DbErr>>;

/// A piece of the document, or its end.
enum Piece {
    Text(Vec<u8>),
    End,
    Failed(NotExported),
}

/// The document, piece by piece. It ends in an error unless it is whole.
pub fn export(deps: &Deps, owner: Owner) -> impl Stream<Item = Result<Vec<u8>, NotExported>> + use<> {
    let (pieces, arriving) = mpsc::channel(WAITING);
    deps.background.spawn(produce(deps.clone(), owner, pieces));
    stream::unfold(Some(arriving), |arriving| async {
        let mut arriving = arriving?;
        match arriving.recv().await {
            Some(Piece::Text(text)) => Some((Ok(text), Some(arriving))),
            Some(Piece::End) => None,
            Some(Piece::Failed(error)) => Some((Err(error), None)),
            None => Some((Err(NotExported::Broken), None)),
        }
    })
}

async fn produce(deps: Deps, owner: Owner, pieces: mpsc::Sender<Piece>) {
    let last = match write(&deps, owner, &pieces).await {
        Ok(()) => Piece::End,
        Err(NotExported::Broken) => return,
        Err(error) => {
            tracing::warn!(%error, "an export was broken off");
            Piece::Failed(error)
        }
    };
    // A reader who has gone needs no end.
    let _ = pieces.send(last).await;
}

async fn write(deps: &Deps, owner: Owner, pieces: &mpsc::Sender<Piece>) -> Result<(), NotExported> {
    let mut document = Document { deps, owner, pieces, text: Vec::from("{") };
    let mut held = Holdings::new(deps.clone(), owner);
    document.member("version", &VERSION)?;
    document.member("exportedAt", &deps.vault.now().await?)?;
    document.member("account", &held.account().await?)?;
    document.member("profile", &held.profile().await?)?;
    document.member("directMarketing", &held.direct_marketing().await?)?;
    document.member("brands", &held.brands().await?)?;
    document.member("formerEmails", &held.former_addresses().await?)?;
    document.member("secondFactor", &held.second_factor().await?)?;
    document.member("passkeys", &held.passkeys().await?)?;
    document.list("links", &mut held, |held, after| Box::pin(held.links(after))).await?;
    document.list("grants", &mut held, |held, after| Box::pin(held.grants(after))).await?;
    document.list("requests", &mut held, |held, after| Box::pin(held.requests(after))).await?;
    document.list("events", &mut held, |held, after| Box::pin(held.events(after))).await?;
    document.list("receipts", &mut held, |held, after| Box::pin(held.receipts(after))).await?;
    document.list("messages", &mut held, |held, after| Box::pin(held.messages(after))).await?;
    document.list("authorizations", &mut held, |held, after| Box::pin(held.authorizations(after))).await?;
    document.list("sessions", &mut held, |held, after| Box::pin(held.sessions(after))).await?;
    document.member("signInsAtProviders", &held.attempts().await?)?;
    document.list("codes", &mut held, |held, after| Box::pin(held.codes(after))).await?;
    document.list("disclosures", &mut held, |held, after| Box::pin(held.disclosures(after))).await?;
    document.check().await?;
    document.member("complete", &json!(true))?;
    document.text.extend_from_slice(b"}\n");
    document.flush().await
}

/// The document on its way out.
struct Document<'d> {
    deps: &'d Deps,
    owner: Owner,
    pieces: &'d mpsc::Sender<Piece>,
    text: Vec<u8>,
}

impl Document<'_> {
    /// Whether whoever asked may still have it.
    async fn check(&self) -> Result<(), NotExported> {
        let session = self.owner.session().ok_or(NotExported::Over)?;
        let claim = SessionClaim { customer: self.owner.customer(), session };
        let alive = Owner::check(self.deps.vault.store.reader(), &claim, &self.deps.vault.clock).await?;
        alive.map(drop).ok_or(NotExported::Over)
    }

    fn name(&mut self, name: &str) {
        if self.text.last() != Some(&b'{') {
            self.text.push(b',');
        }
        self.text.extend_from_slice(format!("\n\"{name}\":").as_bytes());
    }

    fn member(&mut self, name: &str, value: &impl Serialize) -> Result<(), NotExported> {
        self.name(name);
        self.value(value)
    }

    fn value(&mut self, value: &impl Serialize) -> Result<(), NotExported> {
        let failed = |_| NotExported::Fault(DbErr::Type("a value has no JSON form".into()));
        serde_json::to_writer(&mut self.text, value).map_err(failed)
    }

    /// A member that is read page by page.
    async fn list<C>(&mut self, name: &str, held: &mut Holdings, load: Load<C>) -> Result<(), NotExported> {
        self.name(name);
        let (mut opening, mut after) = (b'[', None);
        loop {
            self.check().await?;
            let page: Page<C> = load(held, after).await?;
            for item in &page.items {
                self.text.extend_from_slice(&[opening, b'\n']);
                opening = b',';
                self.value(item)?;
            }
            self.flush().await?;
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        self.text.extend_from_slice(if opening == b'[' { b"[]" } else { b"]" });
        Ok(())
    }

    async fn flush(&mut self) -> Result<(), NotExported> {
        let text = std::mem::take(&mut self.text);
        if text.is_empty() {
            return Ok(());
        }
        self.pieces.send(Piece::Text(text)).await.map_err(|_| NotExported::Broken)
    }
}
