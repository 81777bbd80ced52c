//! What X delivers in its own format: verified over the bytes, taken in once, in whatever order it comes.

use serde_json::{Value, json};
use tests::channel::{activity, x_signature};
use tests::{BrandApp, World, on_both_databases};

use super::{only, queue, reached, texts, whole};

const BRAND: &str = "2244994945";

fn user(id: &str, name: &str) -> Value {
    json!({ "id": 1, "id_str": id, "name": format!("{name} of X"), "screen_name": name, "protected": false, "verified": false })
}

/// A post as the Account Activity API has it.
fn post(id: &str, author: &Value, text: &str) -> Value {
    json!({ "created_at": "Mon Jun 01 11:59:00 +0000 2026", "id": 1, "id_str": id, "text": text, "source": "<a>X</a>", "truncated": false,
        "in_reply_to_status_id_str": null, "in_reply_to_user_id_str": null, "in_reply_to_screen_name": null, "user": author,
        "entities": { "hashtags": [], "urls": [], "user_mentions": [user("9", "somebody"), user(BRAND, "bank")] },
        "lang": "en", "timestamp_ms": "1780315140000" })
}

fn posts(all: &[Value]) -> String {
    json!({ "for_user_id": BRAND, "user_has_blocked": false, "tweet_create_events": all }).to_string()
}

fn gone(id: &str) -> String {
    let status = json!({ "id": id, "user_id": "4711" });
    json!({ "for_user_id": BRAND, "tweet_delete_events": [{ "status": status, "timestamp_ms": "1780315200000" }] })
        .to_string()
}

async fn deliver(world: &World, body: &str) {
    let reply = activity(world, body, None).await;
    assert_eq!((reply.status.as_u16(), reply.text.as_str()), (200, "{}"), "{body}");
}

async fn begun(world: &World) -> BrandApp<'_> {
    reached(world, "bank").await
}

on_both_databases! {
    async fn posts_and_direct_messages_are_in_the_brands_conversations(world) {
        let bank = begun(&world).await;
        let mut long = post("1790000000000000001", &user("4711", "ada"), "@bank card decl…");
        long["extended_tweet"] = json!({ "full_text": "@bank card declined &amp; nobody answers",
            "entities": { "user_mentions": [user(BRAND, "bank")] } });
        let direct = json!({ "type": "message_create", "id": "1790000000000000002", "created_timestamp": "1780315170000",
            "message_create": { "target": { "recipient_id": BRAND }, "sender_id": "4711",
                "message_data": { "text": "the number ends in 42", "entities": {} } } });
        deliver(&world, &posts(&[long])).await;
        let users = json!({ "4711": { "id": "4711", "screen_name": "ada", "name": "Ada" },
            BRAND: { "id": BRAND, "screen_name": "bank", "name": "The bank" } });
        deliver(&world, &json!({ "for_user_id": BRAND, "direct_message_events": [direct], "users": users }).to_string()).await;
        let one = only(&bank).await;
        assert_eq!((&one["correspondent"]["handle"], &one["correspondent"]["channel"], &one["openedAt"]),
            (&json!("ada"), &json!("X"), &json!("2026-06-01T11:59:00.000Z")));
        let messages = whole(&bank, &one["id"]).await["messages"]["nodes"].clone();
        let shown: Vec<_> = messages.as_array().unwrap().iter()
            .map(|one| (&one["text"], &one["visibility"], &one["url"], &one["occurredAt"])).collect();
        assert_eq!(shown, [
            (&json!("the number ends in 42"), &json!("PRIVATE"), &Value::Null, &json!("2026-06-01T11:59:30.000Z")),
            (&json!("@bank card declined & nobody answers"), &json!("PUBLIC"),
                &json!("https://x.com/ada/status/1790000000000000001"), &json!("2026-06-01T11:59:00.000Z")),
        ]);
    }

    async fn what_the_brand_posts_itself_is_its_answer_and_a_repost_is_nobodys(world) {
        let bank = begun(&world).await;
        let mut repost = post("1", &user("815", "bob"), "RT @bank hello");
        repost["retweeted_status"] = post("0", &user(BRAND, "bank"), "hello");
        let nobody = json!({ "for_user_id": BRAND, "favorite_events": [{ "id": "1" }], "follow_events": [] }).to_string();
        deliver(&world, &posts(&[repost])).await;
        deliver(&world, &nobody).await;
        assert_eq!(queue(&bank).await, [Value::Null; 0]);
        deliver(&world, &posts(&[json!({ "id_str": 7 }), post("2", &user("4711", "ada"), "@bank card declined")])).await;
        let mut own = post("3", &user(BRAND, "bank"), "@ada we are on it");
        own["in_reply_to_user_id_str"] = json!("4711");
        own["in_reply_to_screen_name"] = json!("ada");
        own["created_at"] = json!("Mon Jun 01 11:59:30 +0000 2026");
        deliver(&world, &posts(&[own])).await;
        let one = only(&bank).await;
        assert_eq!((&one["status"], &one["waitingSince"]), (&json!("PENDING"), &Value::Null));
        assert_eq!(texts(&bank, &one["id"]).await, ["@bank card declined", "@ada we are on it"]);
    }

    async fn what_is_strange_in_a_delivery_holds_up_nothing_else_of_it(world) {
        let bank = begun(&world).await;
        deliver(&world, &json!({ "user_event": { "revoke": { "source": { "user_id": "63046977" } } } }).to_string()).await;
        let mut said = post("2", &user("4711", "ada"), "@bank hello");
        said["entities"]["user_mentions"][0] = json!({ "id_str": null, "screen_name": null });
        let all = [json!({ "id_str": 7 }), json!(null), said];
        let body = json!({ "for_user_id": BRAND, "tweet_create_events": all, "direct_message_events": null,
            "users": { "1": { "name": "nameless" } } });
        deliver(&world, &body.to_string()).await;
        assert_eq!(texts(&bank, &only(&bank).await["id"]).await, ["@bank hello"]);
    }

    async fn whatever_is_not_signed_by_x_is_refused_and_nothing_is_read(world) {
        let bank = begun(&world).await;
        let body = posts(&[post("1", &user("4711", "ada"), "card declined")]);
        let hexadecimal = format!("sha256={}", "00".repeat(32));
        for wrong in ["", "sha256=", "sha256=AAAA", &x_signature("{}"), x_signature(&body).trim_start_matches("sha256="), &hexadecimal] {
            let refused = activity(&world, &body, Some(wrong)).await;
            assert_eq!((refused.status.as_u16(), refused.text.as_str()), (401, r#"{"message":"the signature does not fit"}"#));
        }
        let altered = body.replace("declined", "accepted");
        assert_eq!(activity(&world, &altered, Some(&x_signature(&body))).await.status, 401);
        let address = format!("{}/channels/x/webhook", world.url);
        let unsigned = world.http.post(&address).body(body.clone()).send().await.unwrap();
        assert_eq!(unsigned.status(), 401);
        let twice = world.http.post(&address).header("x-twitter-webhooks-signature", x_signature(&body))
            .header("x-twitter-webhooks-signature", x_signature(&body)).body(body).send().await.unwrap();
        assert_eq!(twice.status(), 401);
        let large = posts(&[post("1", &user("4711", "ada"), &"x".repeat(1_000_000))]);
        assert_eq!(activity(&world, &large, None).await.status, 413);
        for strange in ["", "[]", "null", "{\"for_user_id\": 7}"] {
            assert_eq!(activity(&world, strange, None).await.status, 400, "{strange}");
        }
        let elsewhere = world.http.post(format!("{}/channels/mastodon/webhook", world.url)).body("{}").send().await.unwrap();
        assert_eq!(elsewhere.status(), 404);
        assert_eq!(queue(&bank).await, [Value::Null; 0]);
    }

    async fn the_question_whether_somebody_is_there_is_answered_and_signs_nothing_else(world) {
        begun(&world).await;
        let ask = async |token: &str| {
            let url = reqwest::Url::parse_with_params(&format!("{}/channels/x/webhook", world.url), [("crc_token", token)]).unwrap();
            let reply = world.http.get(url).send().await.unwrap();
            (reply.status().as_u16(), reply.text().await.unwrap())
        };
        let expected = json!({ "response_token": x_signature("ZTY3LTQ5-_=") }).to_string();
        assert_eq!(ask("ZTY3LTQ5-_=").await, (200, expected));
        let (status, answer) = ask(&posts(&[])).await;
        assert_eq!(status, 400);
        assert!(!answer.contains("sha256"), "nobody gets a delivery signed by asking: {answer}");
    }

    async fn each_comes_once_and_what_is_taken_back_is_gone_whichever_comes_first(world) {
        let bank = begun(&world).await;
        let [first, second] = ["1", "2"].map(|id| posts(&[post(id, &user("4711", "ada"), &format!("@bank {id}"))]));
        for _ in 0..3 {
            deliver(&world, &first).await;
        }
        let id = only(&bank).await["id"].clone();
        assert_eq!(texts(&bank, &id).await, ["@bank 1"]);
        deliver(&world, &gone("2")).await;
        deliver(&world, &second).await;
        assert_eq!(texts(&bank, &id).await, ["@bank 1"], "it was taken back before it came");
        deliver(&world, &gone("1")).await;
        deliver(&world, &first).await;
        assert_eq!(texts(&bank, &id).await, [Value::Null]);
        let one = only(&bank).await;
        assert_eq!((&one["waitingSince"], &one["lastMessage"]["deletedAt"]), (&Value::Null, &json!("2026-06-01T12:00:00.000Z")));
    }

    async fn a_handle_that_goes_to_another_account_is_not_the_brands_any_more(world) {
        let bank = begun(&world).await;
        deliver(&world, &posts(&[post("1", &user("4711", "ada"), "@bank card declined")])).await;
        let other = posts(&[post("2", &user("4711", "ada"), "@bank hello")]).replace(BRAND, "666");
        deliver(&world, &other).await;
        let id = only(&bank).await["id"].clone();
        assert_eq!(texts(&bank, &id).await, ["@bank card declined"], "whoever has the name now is not the bank");
        let renamed = posts(&[post("3", &user("4711", "ada"), "@bank2 hello")]).replace("\"bank\"", "\"bank2\"");
        deliver(&world, &renamed).await;
        assert_eq!(texts(&bank, &id).await, ["@bank card declined", "@bank2 hello"], "and the bank is, under a new one");
    }
}
