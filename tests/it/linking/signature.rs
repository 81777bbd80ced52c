//! What a channel has not signed is not read, and every refusal is the same.

use serde_json::json;
use tests::channel::{Delivery, sign};
use tests::world::MINUTE;
use tests::{Reply, on_both_databases};

use super::{code, handles};

fn assert_refused(reply: &Reply, why: &str) {
    assert_eq!(reply.status, 401, "{why}: {}", reply.text);
    assert_eq!(reply.text, r#"{"message":"the signature does not fit, or is too old"}"#, "{why}");
}

on_both_databases! {
    async fn nothing_is_taken_that_the_channel_did_not_sign_lately(world) {
        let ada = world.customer("Ada").await;
        let text = code(&ada, "X", "ada").await;
        let good = Delivery::new(&world, "X", ("1", "ada"), &text);
        let mut forged = Vec::new();
        let mut forge = |why: &'static str, change: &dyn Fn(&mut Delivery)| {
            let mut delivery = good.clone();
            change(&mut delivery);
            forged.push((why, delivery));
        };
        forge("another body", &|it| it.body = it.body.replace("\"ada\"", "\"bob\""));
        forge("another id", &|it| it.id.push('x'));
        forge("no id", &|it| it.id.clear());
        forge("another time", &|it| it.timestamp = (it.timestamp.parse::<i64>().unwrap() + 1).to_string());
        forge("no signature", &|it| it.signature.clear());
        forge("another version", &|it| it.signature = it.signature.replace("v1,", "v1a,"));
        forge("cut short", &|it| it.signature.truncate(20));
        forge("the secret of another channel", &|it| it.signature = sign("PHONE", &it.id, &it.timestamp, &it.body));
        forge("for another channel", &|it| it.channel = "mastodon".into());
        forge("a channel without a secret", &|it| {
            it.channel = "web".into();
            it.signature = sign("WEB", &it.id, &it.timestamp, &it.body);
        });
        forge("no such channel", &|it| it.channel = "pigeon".into());
        for shift in [-301, 301] {
            let mut delivery = good.clone();
            delivery.timestamp = (delivery.timestamp.parse::<i64>().unwrap() + shift).to_string();
            delivery.signature = sign("X", &delivery.id, &delivery.timestamp, &delivery.body);
            forged.push(("too old, or of the future", delivery));
        }
        for (why, delivery) in forged {
            assert_refused(&delivery.send(&world).await, why);
        }
        world.pass(5 * MINUTE + 1_000);
        assert_refused(&good.send(&world).await, "kept back");
        assert_eq!(handles(&ada).await, Vec::<serde_json::Value>::new());

        let mut several = Delivery::new(&world, "X", ("1", "ada"), &text);
        several.signature = format!("v2,abc v1,AAAA {}", several.signature);
        assert_eq!(several.send(&world).await.status, 202);
        assert_eq!(handles(&ada).await, ["ada"], "one of several is enough");
    }

    async fn what_is_signed_and_cannot_be_read_is_named_and_what_names_nobody_is_passed_over(world) {
        let signed = async |body| Delivery::signed(&world, "X", "msg_1", &body).send(&world).await;
        for (body, path) in [
            (json!({}), ""),
            (json!({ "data": { "text": "a" } }), "data.author"),
            (json!({ "data": { "text": 7, "author": { "handle": "ada" } } }), "data.text"),
            (json!({ "data": { "text": "a", "author": { "id": "1" } } }), "data.author"),
        ] {
            let reply = signed(body).await;
            assert_eq!(reply.status, 400);
            let expected = format!("the message cannot be read at `{path}`: missing, or not of the expected form");
            assert_eq!(reply.body["message"], expected);
        }
        for (account, handle) in [("", "ada"), ("1", ""), ("1", "not a handle"), ("a b", "ada")] {
            let body = json!({ "data": { "text": "rapport-0000-0000", "author": { "id": account, "handle": handle } } });
            assert_eq!(signed(body).await.status, 202);
        }
        let long = Delivery::new(&world, "X", ("1", "ada"), &"x".repeat(65 * 1024)).send(&world).await;
        assert_eq!(long.status, 413);
        let url = format!("{}/channels/x/inbound", world.url);
        let other = Reply::of(world.http.get(url).send().await).await;
        assert_eq!((other.status.as_u16(), other.header("allow")), (405, "POST"));
    }
}
