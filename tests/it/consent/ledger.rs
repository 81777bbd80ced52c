//! The order of the records (P2): no read under a grant bears a revision at or after the grant's end.

use entity::consent_event;
use sea_orm::{ConnectionTrait, DbErr, EntityTrait, Statement};
use serde_json::json;
use tests::world::{ALL_PURPOSES, DAY};
use tests::{World, on_both_databases};

use super::{grants, history};

/// Records that name a grant, and those of them that come at or after an event which took away what they rest on: the
/// grant's end, the change that made their version an earlier one, or the switch against direct marketing.
const COUNT: &str = r"select
    (select count(*) from disclosure where grant_id is not null) as records,
    (select count(*) from disclosure d join consent_event e on e.customer_id = d.customer_id and e.grant_id = d.grant_id
      where d.revision >= e.revision
        and (e.kind in ('WITHDRAWN', 'REVOKED', 'EXPIRED', 'INVALIDATED') or e.version > d.grant_version)) as late,
    (select count(*) from disclosure d where d.grant_id is not null and d.purpose = 'DIRECT_MARKETING'
      and (select e.kind from consent_event e where e.customer_id = d.customer_id and e.revision <= d.revision
            and e.kind in ('MARKETING_BLOCKED', 'MARKETING_ALLOWED') order by e.revision desc limit 1)
          = 'MARKETING_BLOCKED') as blocked,
    (select count(*) from disclosure d join customer c on c.id = d.customer_id where d.revision > c.consent_revision) as ahead";

/// The three counts, over the whole database.
#[expect(clippy::disallowed_methods, reason = "the table of disclosures is sealed; only its order is looked at")]
pub async fn count(world: &World) -> Result<(i64, i64, i64), DbErr> {
    let reader = world.deps.vault.store.reader();
    let statement = Statement::from_string(reader.get_database_backend(), COUNT);
    let row = reader.query_one_raw(statement).await?.ok_or_else(|| DbErr::RecordNotFound("counts".into()))?;
    let late = row.try_get::<i64>("", "late")? + row.try_get::<i64>("", "blocked")?;
    Ok((row.try_get("", "records")?, late, row.try_get("", "ahead")?))
}

on_both_databases! {
    async fn no_record_under_a_grant_has_a_revision_at_or_after_its_end(world) {
        let (bank, airline) = (world.brand("bank").await, world.brand("airline").await);
        for name in ["Ada", "Bob"] {
            let who = world.customer(name).await;
            who.link_email(&who.email).await;
            for purpose in ALL_PURPOSES {
                let id = who.give("bank", purpose, &["NAME", "AREA"]).await;
                who.give("airline", purpose, &["NAME"]).await;
                bank.profile(&who.email, purpose).await;
                let narrow = json!({ "grantId": id, "scopes": ["NAME"] });
                who.act("amendConsent", narrow, "").await.done("amendConsent");
                bank.profile(&who.email, purpose).await;
                who.act("pauseConsent", json!({ "grantId": id }), "").await.done("pauseConsent");
                bank.profile(&who.email, purpose).await;
                who.withdraw(&id).await;
                bank.profile(&who.email, purpose).await;
                airline.profile(&who.email, purpose).await;
            }
            world.pass(90 * DAY);
            who.link_email(&who.email).await;
            airline.profile(&who.email, "ANALYTICS").await;
            who.give("airline", "ANALYTICS", &["NAME"]).await;
            airline.profile(&who.email, "ANALYTICS").await;
        }
        let (records, late, ahead) = count(&world).await.unwrap();
        assert_eq!((late, ahead), (0, 0));
        assert_eq!(records, 2 * (5 * 4 + 1), "the reads under a live grant: three of the bank's and one of the airline's each");
    }

    async fn every_event_raises_the_customer_s_revision_by_one(world) {
        world.brand("bank").await;
        let ada = world.customer("Ada").await;
        let first = ada.give("bank", "CUSTOMER_CARE", &["NAME", "AREA"]).await;
        ada.act("amendConsent", json!({ "grantId": first, "scopes": ["NAME"] }), "").await.done("amendConsent");
        ada.give("bank", "ANALYTICS", &["NAME"]).await;
        world.pass(90 * DAY);
        ada.give("bank", "CUSTOMER_CARE", &["NAME"]).await;
        ada.act("withdrawEverything", json!({}), "").await.done("withdrawEverything");
        let events = consent_event::Entity::find().all(world.deps.vault.store.reader()).await.unwrap();
        let mut revisions: Vec<i64> = events.iter().map(|event| event.revision).collect();
        revisions.sort_unstable();
        assert_eq!(revisions, (1..=7).collect::<Vec<_>>(), "given, narrowed, given, two expired, given, withdrawn");
        let shown: usize = grants(&ada).await.as_array().map_or(0, |all| all.iter().map(|one| history(one, "kind").len()).sum());
        assert_eq!(shown, revisions.len(), "and the customer sees each of them");
    }
}
