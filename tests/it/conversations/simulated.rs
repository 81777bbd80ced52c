//! The operator plays a channel: what they deliver is signed as by a channel, and refused where the secret is another.

use serde_json::{Value, json};

use crate::command_line::{SECRET, bank, in_a_house_on_both_databases};
use crate::demo::Demo;
use tests::process::House;
use tests::process::until;

fn mention(text: &str) -> Value {
    json!({ "type": "message.created", "data": { "id": text, "author": { "id": "4711", "handle": "@somebody_new", "name": "Somebody" },
        "to": { "handle": "@LarkfieldBank" }, "text": text } })
}

in_a_house_on_both_databases! {
    async fn a_simulated_mention_is_in_the_demos_queue(house) {
        let server = Demo::start(&house, &["demo", "--credentials", "credentials.json"]).await.into_server();
        std::fs::write(house.folder.join("mention.json"), mention("card declined again, third time").to_string()).unwrap();
        let out = house.done(&["channels", "simulate", "x", "mention.json", "--url", &server.url]).await;
        assert_eq!(out, "delivered\n");
        let credentials = std::fs::read_to_string(house.folder.join("credentials.json")).unwrap();
        let credentials: Value = serde_json::from_str(&credentials).unwrap();
        let apps = credentials["apps"].as_array().unwrap();
        let care = apps.iter().find(|app| app["clientId"] == "larkfield-care").unwrap();
        let app = server.app("larkfield-care", care["clientSecret"].as_str().unwrap()).await;
        let queue = app.ask("{ brand { conversations { nodes { waitingSince correspondent { handle } lastMessage { text } } } } }", json!({})).await;
        let nodes = queue.data("/brand/conversations/nodes").as_array().unwrap();
        assert_eq!(nodes[0]["lastMessage"]["text"], "card declined again, third time");
        assert_eq!(nodes[0]["correspondent"]["handle"], "somebody_new");
        assert!(nodes.len() > 1, "the demo's people have written too: {nodes:?}");
        assert!(nodes.iter().any(|node| node["waitingSince"].is_null()), "and were answered");
    }

    async fn what_x_sends_in_its_own_format_can_be_simulated_too(house) {
        let server = Demo::start(&house, &["demo", "--credentials", "credentials.json"]).await.into_server();
        let mention = json!({ "id_str": "2244994945", "screen_name": "LarkfieldBank", "name": "Larkfield Bank" });
        let post = json!({ "id_str": "1790000000000000001", "created_at": "Wed Oct 10 20:19:24 +0000 2018", "text": "declined again",
            "user": { "id_str": "4711", "screen_name": "somebody_new" }, "entities": { "user_mentions": [mention] } });
        let activity = json!({ "for_user_id": "2244994945", "tweet_create_events": [post] });
        std::fs::write(house.folder.join("activity.json"), activity.to_string()).unwrap();
        let arguments = ["channels", "simulate", "X", "activity.json", "--native", "--url", &server.url];
        assert_eq!(house.done(&arguments).await, "delivered\n");
        let credentials = std::fs::read_to_string(house.folder.join("credentials.json")).unwrap();
        let credentials: Value = serde_json::from_str(&credentials).unwrap();
        let apps = credentials["apps"].as_array().unwrap();
        let care = apps.iter().find(|app| app["clientId"] == "larkfield-care").unwrap();
        let app = server.app("larkfield-care", care["clientSecret"].as_str().unwrap()).await;
        let queue = app.ask("{ brand { conversations(first: 100) { nodes { id openedAt lastMessage { text } } } } }", json!({})).await;
        let nodes = queue.data("/brand/conversations/nodes").as_array().unwrap();
        let post = nodes.iter().find(|node| node["lastMessage"]["text"] == "declined again").unwrap();
        assert_eq!(post["openedAt"], "2018-10-10T20:19:24.000Z");
        let staff = credentials["staff"].as_array().unwrap().iter().find(|who| who["role"] == "AGENT").unwrap();
        let account = json!({ "brand": staff["brand"], "email": staff["email"], "password": staff["password"] });
        let signed_in = server.client(None).act("signInStaff", account, "session { accessToken }").await.unwrap();
        let nils = server.client(signed_in.done("signInStaff")["session"]["accessToken"].as_str());
        let written = json!({ "conversationId": post["id"], "template": "We call you at once", "visibility": "PRIVATE" });
        let reply = nils.act("sendReply", written, "message { id delivery }").await.unwrap().done("sendReply")["message"].clone();
        assert_eq!(reply["delivery"], "QUEUED");
        let messages = "query($id: ID!) { brand { conversation(id: $id) { messages { nodes { id delivery } } } } }";
        until("the app that the demo plays", async || {
            let shown = nils.ask(messages, json!({ "id": post["id"] })).await;
            let nodes = shown.data("/brand/conversation/messages/nodes").as_array()?.clone();
            nodes.iter().any(|node| node["id"] == reply["id"] && node["delivery"] == "DELIVERED").then_some(())
        })
        .await;
    }

    async fn a_server_that_is_no_demo_does_not_take_what_everybody_can_sign(house) {
        house.import(&[bank()]).await;
        let server = house.serve().await;
        std::fs::write(house.folder.join("mention.json"), mention("hello").to_string()).unwrap();
        let refused = house.run(&["channels", "simulate", "X", "mention.json", "--url", &server.url]).await;
        assert_eq!(refused.status, Some(1));
        assert!(refused.err.contains("the other server answered with status 401"), "{}", refused.err);
        for (arguments, complaint) in [
            (["X", "nothing.json"], "nothing.json: "), (["PIGEON", "mention.json"], "channel"),
            (["WEB", "mention.json"], "RAPPORT_CHANNEL_SECRETS has no secret for WEB"),
        ] {
            let refused = house.run(&["channels", "simulate", arguments[0], arguments[1], "--url", &server.url]).await;
            assert!(refused.status == Some(1) && refused.err.contains(complaint), "{}", refused.err);
        }
        let app = server.app("bank-app", SECRET).await;
        let queue = app.ask("{ brand { conversations { nodes { id } } } }", json!({})).await;
        assert_eq!(queue.data("/brand/conversations/nodes"), &json!([]));
    }
}
