//! What apps are told: everything that concerns them, once it has happened, and nothing personal.

use serde_json::{Value, json};
use tests::world::DAY;
use tests::{Receiver, on_both_databases};

use super::{listening, news, work_off};
use crate::consent::grant as grant_of;
use crate::conversations::{arrive, post, tell};
use crate::erasure::erase;

fn column<'v>(news: &'v [Value], path: &str) -> Vec<&'v Value> {
    news.iter().map(|one| one.pointer(path).unwrap_or(&Value::Null)).collect()
}

async fn feed(app: &tests::BrandApp<'_>) -> Value {
    let query = "{ brand { grantChanges { edges { cursor node { id kind grantId profileId purpose version } } } } }";
    app.ask(query, json!({})).await.data("/brand/grantChanges/edges").clone()
}

/// A reply that an app claims, sends and reports.
async fn answer(app: &tests::BrandApp<'_>, id: &Value) {
    let act = async |mutation: &str, input: Value, shown: &str| {
        let kind = format!("{}{}Input", mutation[..1].to_uppercase(), &mutation[1..]);
        let query =
            format!("mutation($input: {kind}!) {{ {mutation}(input: $input) {{ {shown} userErrors {{ code }} }} }}");
        app.ask(&query, json!({ "input": input })).await.done(mutation).clone()
    };
    let written = json!({ "conversationId": id, "template": "We are on it", "visibility": "PRIVATE" });
    act("sendReply", written, "message { id }").await;
    let claims = act("claimReplies", json!({ "channels": ["X"] }), "claims { messageId attempt }").await;
    for outcome in ["SENT", "DELIVERED", "DELIVERED"] {
        let mut report = claims["claims"][0].clone();
        report["outcome"] = json!(outcome);
        if outcome == "SENT" {
            report["channelMessageId"] = json!("900");
        }
        act("reportReply", report, "message { id }").await;
    }
}

on_both_databases! {
    async fn what_happens_to_a_grant_is_told_with_its_place_in_the_feed(world) {
        let receiver = Receiver::start().await;
        let bank = listening(&world, "bank", &receiver.url).await;
        let ada = world.customer("Ada").await;
        let grant = ada.give("bank", "CUSTOMER_CARE", &["NAME", "AREA"]).await;
        ada.act("amendConsent", json!({ "grantId": grant, "scopes": ["NAME"] }), "").await;
        ada.act("pauseConsent", json!({ "grantId": grant }), "").await;
        let end = json!({ "grantId": grant, "deletionWanted": true });
        ada.act("withdrawConsent", end, "").await;
        assert_eq!(receiver.connections(), 0, "nobody who ends a grant waits for anybody");
        work_off(&world).await;
        let mut told = news(&receiver);
        told.sort_by_key(|one| one["data"]["cursor"].as_str().unwrap().to_owned());
        assert_eq!(column(&told, "/type"), ["consent.given", "consent.amended", "consent.amended", "consent.withdrawn"]);
        assert_eq!(column(&told, "/data/kind"), ["GIVEN", "NARROWED", "PAUSED", "WITHDRAWN"]);
        assert_eq!(column(&told, "/data/deletionWanted"), [&json!(false), &json!(false), &json!(false), &json!(true)]);
        for (told, edge) in told.iter().zip(feed(&bank.app).await.as_array().unwrap()) {
            assert_eq!((&told["data"]["cursor"], &told["data"]["changeId"]), (&edge["cursor"], &edge["node"]["id"]));
            for same in ["grantId", "profileId", "purpose", "version"] {
                assert_eq!(told["data"][same], edge["node"][same], "{same}");
            }
            assert_eq!(told["timestamp"], world.time(0));
        }
        assert!(receiver.received().iter().all(|one| one.is_signed_by(&bank.secret)));
        assert!(receiver.received().iter().all(|one| !one.body.contains("Ada") && !one.body.contains("ada@")));

        world.pass(1_000);
        let other = ada.give("bank", "CUSTOMER_CARE", &["NAME"]).await;
        world.pass(91 * DAY);
        work_off(&world).await;
        let told: Vec<Value> = news(&receiver).into_iter().filter(|one| one["data"]["grantId"] == other).collect();
        assert_eq!(column(&told, "/type"), ["consent.expired"], "what is days old is in the feed alone: {told:?}");
    }

    async fn an_app_is_told_of_its_own_brand_and_its_own_purposes_only(world) {
        let (ours, theirs, figures) = (Receiver::start().await, Receiver::start().await, Receiver::start().await);
        let bank = listening(&world, "bank", &ours.url).await;
        listening(&world, "shop", &theirs.url).await;
        let input = json!({ "clientId": "figures", "scopes": ["NAME"], "purposes": ["ANALYTICS"], "webhookUrl": figures.url });
        bank.act("registerApp", input, "webhookSecret").await;
        let ada = world.customer("Ada").await;
        ada.give("bank", "CUSTOMER_CARE", &["NAME"]).await;
        ada.give("bank", "ANALYTICS", &["NAME"]).await;
        // Placed in the log, and told, together with those.
        ada.give("shop", "RECOMMENDATIONS", &["NAME"]).await;
        arrive(&world, "X", &post("1", ("4711", "ada"), "card declined")).await;
        work_off(&world).await;
        let purposes = |receiver: &Receiver| {
            let mut all: Vec<String> = news(receiver).iter().map(|one| one["data"]["purpose"].to_string()).collect();
            all.sort();
            all
        };
        assert_eq!(purposes(&ours), ["\"ANALYTICS\"", "\"CUSTOMER_CARE\"", "null"], "null is of the message");
        assert_eq!(purposes(&figures), ["\"ANALYTICS\""]);
        assert_eq!(purposes(&theirs), ["\"RECOMMENDATIONS\""]);
    }

    async fn messages_and_replies_are_told_by_their_ids(world) {
        let receiver = Receiver::start().await;
        let bank = listening(&world, "bank", &receiver.url).await;
        arrive(&world, "X", &post("1", ("4711", "ada"), "card declined")).await;
        arrive(&world, "X", &post("1", ("4711", "ada"), "card declined")).await;
        let mut edited = post("1", ("4711", "ada"), "card declined again");
        edited["occurredAt"] = json!(world.time(0));
        assert_eq!(tell(&world, "X", "message.edited", &edited).await.status, 202);
        let conversations = "{ brand { conversations { nodes { id lastMessage { id } } } } }";
        let found = bank.app.ask(conversations, json!({})).await.data("/brand/conversations/nodes/0").clone();
        answer(&bank.app, &found["id"]).await;
        assert_eq!(tell(&world, "X", "message.deleted", &post("1", ("4711", "ada"), "")).await.status, 202);
        work_off(&world).await;
        let mut kinds = receiver.kinds();
        kinds.sort();
        let expected = ["message.deleted", "message.edited", "message.received", "reply.delivered", "reply.queued", "reply.sent"];
        assert_eq!(kinds, expected, "each once");
        for one in news(&receiver) {
            let of_message = one["type"].as_str().unwrap().starts_with("message.");
            assert_eq!(one["data"]["conversationId"], found["id"]);
            assert_eq!(one["data"]["messageId"] == found["lastMessage"]["id"], of_message);
            assert_eq!(one["data"]["channel"], "X");
        }
        let bodies: String = receiver.received().into_iter().map(|one| one.body).collect();
        for word in ["declined", "4711", "ada", "on it", "Somebody"] {
            assert!(!bodies.contains(word), "{word}");
        }
    }

    async fn who_erases_everything_is_told_to_every_brand_that_knows_them(world) {
        let (ours, theirs) = (Receiver::start().await, Receiver::start().await);
        listening(&world, "bank", &ours.url).await;
        listening(&world, "shop", &theirs.url).await;
        let ada = world.customer("Ada").await;
        let grant = ada.give("bank", "CUSTOMER_CARE", &["NAME"]).await;
        let profile = grant_of(&ada, &grant).await["profileId"].clone();
        erase(&ada).await;
        work_off(&world).await;
        let told = news(&ours);
        let erased: Vec<&Value> = told.iter().filter(|one| one["type"] == "customer.erased").collect();
        assert_eq!(erased.len(), 1);
        assert_eq!(erased[0]["data"], json!({ "profileId": profile }));
        assert!(told.iter().any(|one| one["type"] == "consent.withdrawn" && one["data"]["deletionWanted"] == true));
        assert_eq!(theirs.connections(), 0, "a brand that never knew them learns nothing");
    }

    async fn what_an_import_says_of_long_ago_is_in_the_feed_alone(world) {
        let receiver = Receiver::start().await;
        let bank = listening(&world, "bank", &receiver.url).await;
        let (long_ago, lately) = (world.time(-30 * DAY), world.time(-DAY));
        let lines: Vec<String> = [("a", long_ago), ("b", lately)]
            .into_iter()
            .map(|(key, from)| {
                let grant = json!({ "brand": "bank", "purpose": "CUSTOMER_CARE", "scopes": ["NAME"], "from": from,
                    "until": world.time(30 * DAY) });
                json!({ "customer": { "key": key, "email": format!("{key}@example.org") }, "grants": [grant] }).to_string()
            })
            .collect();
        assert_eq!(world.import(&lines.join("\n")).await, [""; 0]);
        work_off(&world).await;
        assert_eq!(feed(&bank.app).await.as_array().unwrap().len(), 2);
        assert_eq!(receiver.kinds(), ["consent.given"]);
    }
}
