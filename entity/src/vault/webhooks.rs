//! Tells brands' apps what happened: queued in the transaction in which it did, so that nothing is told that did not happen,
//! and nothing that happened is not told.
//!
//! A delivery is thin: ids and times, by which the app asks for more as it always does, under the law and recorded. So there is
//! nothing in it that a withdrawal would have to take back, and whoever gets hold of one has learnt nothing of anybody.
//!
//! What happened to a grant is told when the log gives it its place, in the order of the brand's feed and with its cursor there:
//! deliveries may overtake each other, the feed does not.

use std::collections::HashSet;

use sea_orm::{ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::entropy::Entropy;
use crate::ids::{AppId, BrandId, ConversationId, MessageId, ProfileId, WebhookDeliveryId};
use crate::keys::Keys;
use crate::kinds::{DeliveryState, Purpose, WebhookDeliveryState, WebhookEvent};
use crate::protected::{grant_change, profile};
use crate::reply;
use crate::values::{Channel, Timestamp};
use crate::{app, webhook_delivery};

use super::Transaction;
use super::changes::ChangePlace;

/// What happened longer ago is not told: an import brings years of it, and the feed has it.
const MOST_DAYS: i64 = 3;
/// Rows that are written by one statement.
const ROWS: usize = 500;

/// Something that a brand's apps are told.
struct Occasion {
    brand: BrandId,
    event: WebhookEvent,
    /// Only those that may declare it are told; none: all.
    purpose: Option<Purpose>,
    at: Timestamp,
    /// When it is told.
    due: Timestamp,
    data: Value,
}

impl Occasion {
    fn body(&self) -> String {
        json!({ "type": self.event.as_str(), "timestamp": self.at.to_string(), "data": self.data }).to_string()
    }

    fn concerns(&self, app: &app::Model) -> bool {
        app.brand_id == self.brand && self.purpose.is_none_or(|purpose| app.purposes & purpose.bit() != 0)
    }
}

/// Tells of a message that a customer wrote, changed or took back.
pub(super) async fn tell_of_message(
    transaction: &Transaction,
    (brand, conversation, message): (BrandId, ConversationId, MessageId),
    channel: Channel,
    event: WebhookEvent,
) -> Result<(), DbErr> {
    let now = transaction.now();
    let data =
        json!({ "conversationId": conversation.to_string(), "messageId": message.to_string(), "channel": channel });
    let occasion = Occasion { brand, event, purpose: Some(Purpose::CustomerCare), at: now, due: now, data };
    queue(transaction.connection(), (transaction.entropy(), now), &[occasion]).await
}

/// Tells how far a reply has come, or that it waits for an app from a time on.
pub(super) async fn tell_of_reply(
    transaction: &Transaction,
    conversation: ConversationId,
    row: &reply::Model,
    (state, due): (DeliveryState, Option<Timestamp>),
) -> Result<(), DbErr> {
    let Some(event) = WebhookEvent::of_reply(state) else { return Ok(()) };
    let now = transaction.now();
    let (conversation, message) = (conversation.to_string(), row.id.to_string());
    let data = json!({ "conversationId": conversation, "messageId": message, "channel": row.channel, "state": state });
    let (brand, purpose, due) = (row.brand_id, Some(Purpose::CustomerCare), due.unwrap_or(now));
    queue(
        transaction.connection(),
        (transaction.entropy(), now),
        &[Occasion { brand, event, purpose, at: now, due, data }],
    )
    .await
}

/// Tells every brand that knows a customer that they are about to be gone.
pub(super) async fn tell_of_erasure(transaction: &Transaction, known: &[profile::Model]) -> Result<(), DbErr> {
    let now = transaction.now();
    let one = |row: &profile::Model| Occasion {
        brand: row.brand_id,
        event: WebhookEvent::CustomerErased,
        purpose: None,
        at: now,
        due: now,
        data: json!({ "profileId": row.id.to_string() }),
    };
    let occasions: Vec<Occasion> = known.iter().map(one).collect();
    queue(transaction.connection(), (transaction.entropy(), now), &occasions).await
}

/// Tells of consent events that the log has just placed, and the feed numbered.
pub(super) async fn tell_of_changes(
    connection: &impl ConnectionTrait,
    keys: &Keys,
    (entropy, now): (&Entropy, Timestamp),
    events: &[Uuid],
) -> Result<(), DbErr> {
    let listening = app::Entity::find().filter(app::Column::WebhookUrl.is_not_null()).one(connection).await?;
    if listening.is_none() {
        return Ok(());
    }
    let mut rows = Vec::new();
    for part in events.chunks(ROWS) {
        let of_these = grant_change::Column::EventId.is_in(part.iter().copied());
        rows.extend(grant_change::Entity::find().filter(of_these).all(connection).await?);
    }
    rows.sort_unstable_by_key(|row| (row.brand_id, row.number));
    let lately = now.minus_days(MOST_DAYS);
    let one = |row: &grant_change::Model| {
        let event = WebhookEvent::of_consent(row.kind)?;
        let id = keys.change(row.brand_id, row.event_id);
        let data = json!({
            "changeId": id.to_string(),
            "cursor": ChangePlace::new(row.number?, id).to_string(),
            "kind": row.kind,
            "grantId": row.grant_id.to_string(),
            "profileId": row.profile_id.as_ref().map(ProfileId::to_string),
            "purpose": row.purpose,
            "version": row.version,
            "deletionWanted": row.deletion_wanted,
        });
        let (brand, at) = (row.brand_id, row.occurred_at);
        Some(Occasion { brand, event, purpose: Some(row.purpose), at, due: now, data })
    };
    let occasions: Vec<Occasion> = rows.iter().filter(|row| lately <= row.occurred_at).filter_map(one).collect();
    queue(connection, (entropy, now), &occasions).await
}

/// Queues a trial delivery to one app.
///
/// # Errors
/// When the database cannot be asked.
pub async fn queue_test(transaction: &Transaction, app: &app::Model) -> Result<webhook_delivery::Model, DbErr> {
    let (brand, now) = (app.brand_id, transaction.now());
    let data = json!({ "clientId": app.client_id });
    let occasion = Occasion { brand, event: WebhookEvent::WebhookTest, purpose: None, at: now, due: now, data };
    let row = delivery(&occasion, app.id, (transaction.entropy(), now));
    let inserted = row.clone().into_active_model().reset_all();
    webhook_delivery::Entity::insert(inserted).exec_without_returning(transaction.connection()).await?;
    Ok(row)
}

/// Queues what happened for every app that it concerns and that has an address. Nothing is asked where nothing happened.
async fn queue(
    connection: &impl ConnectionTrait,
    made: (&Entropy, Timestamp),
    occasions: &[Occasion],
) -> Result<(), DbErr> {
    if occasions.is_empty() {
        return Ok(());
    }
    let brands: HashSet<BrandId> = occasions.iter().map(|one| one.brand).collect();
    let apps = app::Entity::find()
        .filter(app::Column::BrandId.is_in(brands))
        .filter(app::Column::WebhookUrl.is_not_null())
        .all(connection)
        .await?;
    let each =
        occasions.iter().flat_map(|one| apps.iter().filter(|app| one.concerns(app)).map(move |app| (one, app.id)));
    let rows: Vec<webhook_delivery::ActiveModel> =
        each.map(|(one, app)| delivery(one, app, made).into_active_model().reset_all()).collect();
    for part in rows.chunks(ROWS) {
        webhook_delivery::Entity::insert_many(part.iter().cloned()).exec_without_returning(connection).await?;
    }
    Ok(())
}

fn delivery(occasion: &Occasion, app: AppId, (entropy, now): (&Entropy, Timestamp)) -> webhook_delivery::Model {
    webhook_delivery::Model {
        brand_id: occasion.brand,
        id: WebhookDeliveryId(entropy.id_at(now)),
        app_id: app,
        event: occasion.event,
        body: occasion.body(),
        state: WebhookDeliveryState::Waiting,
        queued_at: now,
        run_at: Some(occasion.due),
        attempts: 0,
        last_attempt_at: None,
        last_status: None,
        last_fault: None,
    }
}
