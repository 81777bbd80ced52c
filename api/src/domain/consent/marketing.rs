//! The switch against direct marketing: one act for all brands at once (GDPR article 21(3)), and Global Privacy Control,
//! by which a browser says the same for the person who uses it.

use entity::access::Owner;
use entity::customer;
use entity::values::Timestamp;
use sea_orm::{DbErr, EntityTrait};

use super::book::Book;
use crate::deps::Deps;
use crate::domain::{Mistake, MistakeCode, Refusal};

/// Whether a request carries Global Privacy Control (`Sec-GPC: 1`). Without it nothing is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PrivacySignal(pub bool);

/// Since when the customer wants no direct marketing; `None` if grants for it permit what they say.
///
/// # Errors
/// When the database cannot be asked.
pub async fn marketing_blocked_since(deps: &Deps, owner: &Owner) -> Result<Option<Timestamp>, DbErr> {
    let row = customer::Entity::find_by_id(owner.customer()).one(deps.vault.store.reader()).await?;
    Ok(row.and_then(|row| row.marketing_blocked_at))
}

/// Switches direct marketing on or off, and gives since when it is off. What is so already stays as it is. When this
/// returns with a date, no later request gets a value for direct marketing, whatever was granted.
///
/// # Errors
/// When it should be allowed in a request whose signal says the opposite.
pub async fn set_direct_marketing(
    deps: &Deps,
    owner: &Owner,
    allowed: bool,
    signal: PrivacySignal,
) -> Result<Option<Timestamp>, Refusal> {
    if allowed && signal.0 {
        let message = "your browser sends Global Privacy Control (Sec-GPC: 1), which says no to this; switch it off for \
                       this site first, then allow direct marketing here";
        return Err(Mistake::new(MistakeCode::MarketingBlocked, "allowed", message).into());
    }
    Ok(switch(deps, owner, allowed).await?)
}

async fn switch(deps: &Deps, owner: &Owner, allowed: bool) -> Result<Option<Timestamp>, DbErr> {
    let (transaction, locked) = deps.vault.begin_for(owner).await?;
    let mut book = Book::open(&transaction, owner, &locked);
    if book.marketing_blocked_at.is_none() == allowed {
        return Ok(book.marketing_blocked_at);
    }
    let blocked_at = (!allowed).then(|| transaction.now());
    book.switch_marketing(blocked_at).await?;
    book.close().await?;
    transaction.commit().await?;
    Ok(blocked_at)
}

/// Does what the signal of a signed-in customer's request asks for: direct marketing is off from now on, also for later
/// requests without the signal. Without a signal this asks nobody; where it is off already it reads one row.
///
/// # Errors
/// When the database cannot be asked; then the request must not go on.
pub async fn heed(deps: &Deps, owner: &Owner, signal: PrivacySignal) -> Result<(), DbErr> {
    if signal.0 && marketing_blocked_since(deps, owner).await?.is_none() {
        switch(deps, owner, false).await?;
    }
    Ok(())
}
