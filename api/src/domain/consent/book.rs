//! The customer's book of consent: locked while it is written, one revision per event.

use entity::access::Owner;
use entity::consent::next_state;
use entity::ids::{BrandId, ConsentEventId, CustomerId, GrantId};
use entity::journal::{AnsweredRequest, Happening};
use entity::kinds::{ConsentActor, ConsentEventKind, ConsentMethod, GrantState, Purpose};
use entity::notice::Shown;
use entity::values::Timestamp;
use entity::vault::Transaction;
use entity::{consent_event, customer, grant, grant_version};
use sea_orm::{ActiveModelTrait, ColumnTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter, Set};

use super::receipt;
use crate::domain::{Mistake, MistakeCode, Refusal};

/// One customer's consents, while a transaction changes them.
pub(super) struct Book<'t> {
    pub transaction: &'t Transaction,
    customer: CustomerId,
    revision: i64,
    /// Since when the customer wants no direct marketing.
    pub marketing_blocked_at: Option<Timestamp>,
    /// Noted with every event, so that a repeated request is recognised.
    pub idempotency: Option<Vec<u8>>,
    /// Noted with every event: why the operator does this.
    pub reason: Option<String>,
    /// Noted with every event of the customer's: they want what the brand holds to be deleted.
    pub deletion_wanted: bool,
    /// The request that the customer answers; what they decide then names it, and pins the notice that it showed.
    pub answering: Option<(AnsweredRequest, Shown)>,
}

impl<'t> Book<'t> {
    /// Opens the book that [`Vault::begin_for`](entity::vault::Vault::begin_for) has locked.
    pub fn open(transaction: &'t Transaction, owner: &'t Owner, locked: &customer::Model) -> Self {
        Self { customer: owner.customer(), ..Self::about(transaction, locked) }
    }

    /// Opens it for somebody who is not the customer: a brand, the operator, the clock.
    pub const fn about(transaction: &'t Transaction, locked: &customer::Model) -> Self {
        Self {
            transaction,
            customer: locked.id,
            revision: locked.consent_revision,
            marketing_blocked_at: locked.marketing_blocked_at,
            idempotency: None,
            reason: None,
            deletion_wanted: false,
            answering: None,
        }
    }

    /// Whether the customer's switch forbids this purpose, so that a grant for it is worth nothing.
    pub const fn is_blocked(&self, purpose: Purpose) -> bool {
        self.marketing_blocked_at.is_some() && purpose.is_marketing()
    }

    /// Nothing may look given that would permit nothing.
    pub fn refuse_if_blocked(&self, purpose: Purpose, field: &str) -> Result<(), Mistake> {
        if !self.is_blocked(purpose) {
            return Ok(());
        }
        let message = "you have switched direct marketing off, so this would permit nothing; switch it on first with \
                       setDirectMarketing";
        Err(Mistake::new(MistakeCode::MarketingBlocked, field, message))
    }

    /// The customer's grant of that id; ended ones too. What has run out is noted first.
    pub async fn find(&mut self, id: &str) -> Result<grant::Model, Refusal> {
        let unknown = || Mistake::new(MistakeCode::NotFound, "grantId", "you have given no such grant");
        let id: GrantId = id.parse().map_err(|_| unknown())?;
        let row = grant::Entity::find_by_id((self.customer, id)).one(self.transaction.connection()).await?;
        Ok(self.note_expiry(row.ok_or_else(unknown)?).await?)
    }

    /// Notes what has run out; how many grants.
    pub async fn note_expiries(&mut self) -> Result<usize, DbErr> {
        let before = self.revision;
        self.open_grants().await?;
        Ok(usize::try_from(self.revision - before).unwrap_or_default())
    }

    /// The customer's open grants. What has run out is noted and left out.
    pub async fn open_grants(&mut self) -> Result<Vec<grant::Model>, DbErr> {
        let rows = grant::Entity::find()
            .filter(grant::Column::CustomerId.eq(self.customer))
            .filter(grant::Column::EndedAt.is_null())
            .all(self.transaction.connection())
            .await?;
        let mut open = Vec::with_capacity(rows.len());
        for row in rows {
            let row = self.note_expiry(row).await?;
            if row.ended_at.is_none() {
                open.push(row);
            }
        }
        Ok(open)
    }

    /// An open grant whose date has come is expired already; this only writes it down, dated when it happened.
    pub async fn note_expiry(&mut self, row: grant::Model) -> Result<grant::Model, DbErr> {
        if row.ended_at.is_some() || self.transaction.now() < row.expires_at {
            return Ok(row);
        }
        let at = row.expires_at;
        self.end(row, ConsentEventKind::Expired, ConsentActor::Clock, at).await
    }

    /// Ends a grant.
    pub async fn end(
        &mut self,
        row: grant::Model,
        kind: ConsentEventKind,
        actor: ConsentActor,
        at: Timestamp,
    ) -> Result<grant::Model, DbErr> {
        let state = next_state(row.state, kind).unwrap_or(GrantState::Withdrawn);
        let mut change = row.into_active_model();
        change.state = Set(state);
        change.ended_at = Set(Some(at));
        let row = change.update(self.transaction.connection()).await?;
        self.append(&row, kind, actor, at).await?;
        Ok(row)
    }

    /// Halts or continues a grant.
    pub async fn shift(
        &mut self,
        row: grant::Model,
        state: GrantState,
        kind: ConsentEventKind,
    ) -> Result<grant::Model, DbErr> {
        let mut change = row.into_active_model();
        change.state = Set(state);
        self.change(change, kind).await
    }

    /// Writes a grant as changed by its owner, with the event that says so.
    pub async fn change(&mut self, change: grant::ActiveModel, kind: ConsentEventKind) -> Result<grant::Model, DbErr> {
        let row = change.update(self.transaction.connection()).await?;
        self.append(&row, kind, ConsentActor::Customer, self.transaction.now()).await?;
        Ok(row)
    }

    /// The same for a change of what was agreed to, which is a new version of it.
    pub async fn amend(&mut self, change: grant::ActiveModel, kind: ConsentEventKind) -> Result<grant::Model, DbErr> {
        let row = change.update(self.transaction.connection()).await?;
        self.pin_version(&row).await?;
        self.append(&row, kind, ConsentActor::Customer, self.transaction.now()).await?;
        Ok(row)
    }

    /// Pins what the grant now says as its current version.
    pub async fn pin_version(&self, row: &grant::Model) -> Result<(), DbErr> {
        let (shown, method) = match &self.answering {
            Some((_, shown)) => (shown.clone(), ConsentMethod::Request),
            None => (Shown::standard(), ConsentMethod::Api),
        };
        let version = grant_version::ActiveModel {
            customer_id: Set(row.customer_id),
            grant_id: Set(row.id),
            version: Set(row.version),
            pins: Set(row.pins.clone()),
            valid_from: Set(row.valid_from),
            expires_at: Set(row.expires_at),
            notice_id: Set(shown.id),
            notice_version: Set(shown.version),
            notice_locale: Set(shown.locale),
            notice_hash: Set(shown.hash),
            method: Set(method),
            created_at: Set(self.transaction.now()),
        };
        grant_version::Entity::insert(version).exec_without_returning(self.transaction.connection()).await?;
        Ok(())
    }

    /// Switches direct marketing off (since now) or on, with the event that says so.
    pub async fn switch_marketing(&mut self, blocked_at: Option<Timestamp>) -> Result<(), DbErr> {
        let switched = customer::ActiveModel { marketing_blocked_at: Set(blocked_at), ..Default::default() };
        customer::Entity::update_many()
            .set(switched)
            .filter(customer::Column::Id.eq(self.customer))
            .exec(self.transaction.connection())
            .await?;
        self.marketing_blocked_at = blocked_at;
        let kind = match blocked_at {
            Some(_) => ConsentEventKind::MarketingBlocked,
            None => ConsentEventKind::MarketingAllowed,
        };
        self.write((None, None), None, kind, ConsentActor::Customer, self.transaction.now()).await
    }

    /// Notes that the customer erases everything, for a brand that knew them or for none.
    pub async fn note_erasure(&mut self, brand: Option<BrandId>) -> Result<(), DbErr> {
        let now = self.transaction.now();
        self.write((None, brand), None, ConsentEventKind::Erased, ConsentActor::Customer, now).await
    }

    /// Appends an event of a grant under the next revision.
    pub async fn append(
        &mut self,
        row: &grant::Model,
        kind: ConsentEventKind,
        actor: ConsentActor,
        at: Timestamp,
    ) -> Result<(), DbErr> {
        // What the clock did, the customer's answer did not.
        let request = self.answering.as_ref().map(|(request, _)| *request);
        let request = request.filter(|_| actor == ConsentActor::Customer);
        self.write((Some(row), Some(row.brand_id)), request, kind, actor, at).await
    }

    /// Appends that the customer refused a request: no grant is concerned, and the brand must not learn of it.
    pub async fn append_refusal(&mut self, request: AnsweredRequest) -> Result<(), DbErr> {
        let at = self.transaction.now();
        self.write((None, None), Some(request), ConsentEventKind::Refused, ConsentActor::Customer, at).await
    }

    /// An event that may concern no single grant, or no single brand.
    async fn write(
        &mut self,
        (row, brand): (Option<&grant::Model>, Option<BrandId>),
        request: Option<AnsweredRequest>,
        kind: ConsentEventKind,
        actor: ConsentActor,
        at: Timestamp,
    ) -> Result<(), DbErr> {
        self.revision += 1;
        let (customer, revision) = (self.customer, self.revision);
        let id = ConsentEventId(self.transaction.entropy().id_at(at));
        // What the clock did, the customer's wish did not.
        let deletion_wanted = self.deletion_wanted && actor == ConsentActor::Customer;
        let happening = Happening { customer, revision, event: id, kind, actor, at, request, deletion_wanted };
        // What it takes away must survive a restore; which events do, each kind of them says itself.
        self.transaction.note_event(&happening, row);
        let event = consent_event::Model {
            customer_id: customer,
            revision,
            id,
            grant_id: row.map(|row| row.id),
            request_id: request.map(|request| request.id),
            version: row.map_or(0, |row| row.version),
            kind,
            actor,
            reason: self.reason.clone().filter(|_| actor == ConsentActor::Operator),
            occurred_at: at,
            // What the clock did, the caller's call did not.
            idempotency: self.idempotency.clone().filter(|_| actor == ConsentActor::Customer),
            deletion_wanted,
        };
        let inserted = event.clone().into_active_model().reset_all();
        consent_event::Entity::insert(inserted).exec_without_returning(self.transaction.connection()).await?;
        receipt::write(self.transaction, &event, row, brand).await
    }

    /// Writes the revision that the events have made. Call it before the commit.
    pub async fn close(self) -> Result<(), DbErr> {
        let revision = customer::ActiveModel { consent_revision: Set(self.revision), ..Default::default() };
        customer::Entity::update_many()
            .set(revision)
            .filter(customer::Column::Id.eq(self.customer))
            .exec(self.transaction.connection())
            .await?;
        Ok(())
    }
}
