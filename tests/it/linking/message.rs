//! The proof by a message: the customer sends a code from the handle itself.

use serde_json::{Value, json};
use tests::channel::Delivery;
use tests::world::{DAY, MINUTE};
use tests::{Customer, on_both_databases};

use super::{code, deliver, handles, links, prove, start};

/// A code like this one, and not this one.
fn other_than(code: &str) -> String {
    let last = if code.ends_with('0') { '1' } else { '0' };
    format!("{}{last}", &code[..code.len() - 1])
}

async fn complete(who: &Customer<'_>, id: &Value, code: &str) -> Vec<String> {
    let input = json!({ "challengeId": id, "code": code });
    who.act("completeLink", input, "link { id }").await.mistakes("completeLink")
}

on_both_databases! {
    async fn a_code_that_is_sent_from_a_handle_proves_it_and_the_account_behind_it(world) {
        let bank = world.brand("bank").await;
        let ada = world.customer("Ada").await;
        ada.give("bank", "CUSTOMER_CARE", &["NAME", "HANDLES"]).await;
        let started = start(&ada, "X", "@ada_l").await;
        let shown = &started.done("startLink")["challenge"];
        assert_eq!(shown["method"], "MESSAGE");
        assert_eq!(shown["sendTo"], json!(["@rapport_link", "@rapport_alt"]));
        assert_eq!(shown["expiresAt"], json!(world.time(15 * MINUTE)));
        let text = shown["text"].as_str().unwrap();
        assert!(text.starts_with("rapport-") && text.len() == 17, "{text}");
        assert_eq!(links(&ada, "id").await, Vec::<Value>::new(), "asking proves nothing");
        world.pass(5);
        deliver(&world, "X", ("4711", "Ada_L"), &format!("Hello, {}!", text.to_uppercase())).await;
        let link = json!({ "channel": "X", "handle": "Ada_L", "verifiedAt": world.time(0) });
        assert_eq!(links(&ada, "channel handle verifiedAt").await, std::slice::from_ref(&link), "as the channel writes it");
        let seen = bank.look_up_on("X", "ada_l", "CUSTOMER_CARE", "name { displayName } handles { channel handle verifiedAt }").await;
        assert_eq!(seen.data("/profile"), &json!({ "name": { "displayName": "Ada" }, "handles": [link] }));
        assert_eq!(world.mails(), Vec::<String>::new());
    }

    async fn a_code_is_good_for_one_use_and_for_15_minutes(world) {
        let ada = world.customer("Ada").await;
        let late = code(&ada, "X", "ada").await;
        world.pass(15 * MINUTE);
        deliver(&world, "X", ("1", "ada"), &late).await;
        assert_eq!(handles(&ada).await, Vec::<Value>::new());
        let text = code(&ada, "X", "ada").await;
        world.pass(15 * MINUTE - 1);
        deliver(&world, "X", ("1", "ada"), &text).await;
        let link = links(&ada, "id").await[0]["id"].clone();
        ada.act("unlink", json!({ "linkId": link }), "").await.done("unlink");
        deliver(&world, "X", ("1", "ada"), &text).await;
        assert_eq!(handles(&ada).await, Vec::<Value>::new(), "it was used");
    }

    async fn a_newer_code_voids_the_older(world) {
        let ada = world.customer("Ada").await;
        let old = code(&ada, "X", "ada").await;
        let new = code(&ada, "X", "ada").await;
        deliver(&world, "X", ("1", "ada"), &old).await;
        assert_eq!(handles(&ada).await, Vec::<Value>::new());
        deliver(&world, "X", ("1", "ada"), &new).await;
        assert_eq!(handles(&ada).await, ["ada"]);
    }

    async fn a_challenge_bears_ten_messages_with_a_code_the_right_one_among_them(world) {
        let ada = world.customer("Ada").await;
        let text = code(&ada, "X", "ada").await;
        for _ in 0..10 {
            deliver(&world, "X", ("1", "ada"), &other_than(&text)).await;
        }
        deliver(&world, "X", ("1", "ada"), &text).await;
        assert_eq!(handles(&ada).await, Vec::<Value>::new());
        let text = code(&ada, "X", "ada").await;
        for _ in 0..9 {
            deliver(&world, "X", ("1", "ada"), &other_than(&text)).await;
            deliver(&world, "X", ("1", "ada"), "a message without a code is no try").await;
        }
        deliver(&world, "X", ("1", "ada"), &text).await;
        assert_eq!(handles(&ada).await, ["ada"]);
    }

    async fn only_the_handle_that_was_named_can_answer_or_use_up_the_tries(world) {
        let ada = world.customer("Ada").await;
        let text = code(&ada, "X", "ada").await;
        for _ in 0..11 {
            deliver(&world, "X", ("2", "mallory"), &other_than(&text)).await;
        }
        deliver(&world, "X", ("2", "mallory"), &text).await;
        deliver(&world, "MASTODON", ("1", "ada@social.example"), &text).await;
        deliver(&world, "PHONE", ("1", "+4930901820"), &text).await;
        assert_eq!(handles(&ada).await, Vec::<Value>::new(), "another sender, the right code");
        deliver(&world, "X", ("1", "ada"), &text).await;
        assert_eq!(handles(&ada).await, ["ada"], "and Ada has all her tries");
    }

    async fn of_two_who_ask_for_one_handle_it_goes_to_the_one_whose_code_it_sends(world) {
        let (ada, mallory) = (world.customer("Ada").await, world.customer("Mallory").await);
        let of_mallory = code(&mallory, "X", "ada").await;
        let of_ada = code(&ada, "X", "ada").await;
        assert_ne!(of_ada, of_mallory);
        deliver(&world, "X", ("1", "ada"), &of_ada).await;
        assert_eq!(handles(&ada).await, ["ada"]);
        assert_eq!(handles(&mallory).await, Vec::<Value>::new());
    }

    async fn nobody_can_keep_an_owner_from_proving_a_handle_by_asking_for_it_often(world) {
        let mallory = world.customer("Mallory").await;
        for _ in 0..12 {
            code(&mallory, "X", "ada").await;
        }
        let ada = world.customer("Ada").await;
        prove(&world, &ada, "1", "ada").await;
        assert_eq!(handles(&ada).await, ["ada"]);
        for _ in 0..8 {
            code(&mallory, "X", "ada").await;
        }
        assert_eq!(start(&mallory, "X", "ada").await.mistakes("startLink"), ["TOO_MANY_TRIES handle"], "20 an hour");
    }

    async fn the_shown_code_cannot_be_given_back_instead_of_being_sent(world) {
        let ada = world.customer("Ada").await;
        let started = start(&ada, "X", "ada").await;
        let challenge = &started.done("startLink")["challenge"];
        let text = challenge["text"].as_str().unwrap();
        for code in [text, &text["rapport-".len()..], &text.replace("rapport-", "").replace('-', "")] {
            assert_eq!(complete(&ada, &challenge["id"], code).await, ["EXPIRED challengeId"]);
        }
        assert_eq!(handles(&ada).await, Vec::<Value>::new());
    }

    async fn a_delivery_that_comes_again_does_nothing_again(world) {
        let ada = world.customer("Ada").await;
        let text = code(&ada, "X", "ada").await;
        let wrong = Delivery::new(&world, "X", ("1", "ada"), &other_than(&text));
        for _ in 0..15 {
            assert_eq!(wrong.send(&world).await.status, 202);
        }
        let right = Delivery::new(&world, "X", ("1", "ada"), &text);
        let first = right.send(&world).await;
        assert_eq!(handles(&ada).await, ["ada"], "the same wrong message was one try");
        world.pass(MINUTE);
        let again = right.send(&world).await;
        assert_eq!((first.status, &first.text), (again.status, &again.text));
        assert_eq!(links(&ada, "verifiedAt").await, [json!({ "verifiedAt": world.time(-MINUTE) })]);
        // An id belongs to its channel.
        let on_another = Delivery::signed(&world, "MASTODON", &right.id, &json!({ "data": {
            "author": { "id": "9", "handle": "ada@social.example" }, "text": code(&ada, "MASTODON", "ada@social.example").await } }));
        on_another.send(&world).await;
        assert_eq!(handles(&ada).await, ["ada@social.example", "ada"]);
    }

    async fn deliveries_are_forgotten_when_nobody_repeats_them_any_more(world) {
        deliver(&world, "X", ("1", "ada"), "rapport-0000-0000").await;
        let count = async || {
            use entity::inbound_message::Entity;
            use sea_orm::{EntityTrait, PaginatorTrait};
            Entity::find().count(world.deps.vault.store.reader()).await.unwrap()
        };
        world.pass(7 * DAY);
        world.work().await;
        assert_eq!(count().await, 1);
        world.pass(1);
        world.work().await;
        assert_eq!(count().await, 0);
    }

    async fn an_address_and_a_number_are_their_own_accounts_whatever_the_channel_says(world) {
        let (ada, bob) = (world.customer("Ada").await, world.customer("Bob").await);
        ada.link_email("shared@example.org").await;
        let text = code(&bob, "EMAIL", "shared@example.org").await;
        deliver(&world, "EMAIL", ("mailbox-77", "Shared@example.org"), &text).await;
        assert_eq!((handles(&ada).await, handles(&bob).await), (vec![], vec![json!("Shared@example.org")]));
        let again = ada.link_email("shared@example.org").await;
        assert_eq!(links(&ada, "id").await, [json!({ "id": again })], "one account, however it is proven");
        assert_eq!(handles(&bob).await, Vec::<Value>::new());
        world.pass(1);
        let text = code(&ada, "PHONE", "+4930901820").await;
        deliver(&world, "PHONE", ("", "+4930901820"), &text).await;
        assert_eq!(handles(&ada).await[0], "+4930901820");
    }

    async fn an_export_holds_the_codes_that_were_asked_for(world) {
        let ada = world.customer("Ada").await;
        let text = code(&ada, "X", "ada_l").await;
        deliver(&world, "X", ("4711", "ada_l"), &text).await;
        let request = world.http.post(format!("{}/export", world.url)).bearer_auth(ada.token().await);
        let copy = tests::Reply::of(request.send().await).await;
        let sent = json!({ "for": "MESSAGE", "channel": "X", "handle": "ada_l", "issuedAt": world.time(0), "completedAt": world.time(0) });
        assert_eq!(copy.body["codes"], json!([sent]));
        assert_eq!(copy.body["links"][0]["accountId"], "4711");
        assert!(!copy.text.contains(&text) && !copy.text.contains(&text.replace('-', "")), "codes themselves are kept nowhere");
    }

    async fn channels_without_an_account_of_ours_and_codes_by_mail_to_other_channels_are_refused(world) {
        let ada = world.customer("Ada").await;
        for (channel, handle) in [("LINKEDIN", "ada-lovelace"), ("WEB", "visitor-7"), ("FACEBOOK", "ada.l")] {
            assert_eq!(start(&ada, channel, handle).await.mistakes("startLink"), ["UNSUPPORTED_CHANNEL channel"]);
        }
        let by_mail = json!({ "channel": "X", "handle": "ada", "method": "MAILED_CODE" });
        assert_eq!(ada.act("startLink", by_mail, "").await.mistakes("startLink"), ["UNSUPPORTED_CHANNEL channel"]);
        assert_eq!(start(&ada, "X", "not a handle").await.mistakes("startLink"), ["INVALID handle"]);
    }
}
