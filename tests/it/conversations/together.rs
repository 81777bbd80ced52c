//! Two accounts of one customer share a conversation only while the brand may know that they are one person's.

use serde_json::json;
use tests::world::ALL_SCOPES;
use tests::{World, on_both_databases};

use super::{arrive, post, queue, reached, texts};
use crate::linking::prove;

async fn write(world: &World, id: &str, text: &str) {
    arrive(
        world,
        "EMAIL",
        &json!({ "id": id, "author": { "handle": "ada.l@example.org" },
        "to": { "handle": "care@bank.example.org" }, "text": text }),
    )
    .await;
}

on_both_databases! {
    async fn accounts_of_one_customer_share_a_conversation_while_the_brand_may_see_their_profiles(world) {
        let bank = reached(&world, "bank").await;
        let ada = world.customer("Ada").await;
        prove(&world, &ada, "4711", "ada").await;
        ada.link_email("ada.l@example.org").await;
        let narrow = ada.give("bank", "CUSTOMER_CARE", &["NAME"]).await;
        arrive(&world, "X", &post("1", ("4711", "ada"), "card declined")).await;
        write(&world, "2", "the same by letter").await;
        assert_eq!(queue(&bank).await.len(), 2, "a name does not tell that they are one person's");
        ada.withdraw(&narrow).await;
        ada.give("bank", "PERSONALISATION", &ALL_SCOPES).await;
        let grant = ada.give("bank", "CUSTOMER_CARE", &["HANDLES"]).await;
        world.pass(1_000);
        arrive(&world, "X", &post("3", ("4711", "ada"), "hello?")).await;
        write(&world, "4", "no answer on X").await;
        let all = queue(&bank).await;
        assert_eq!(all.len(), 2);
        assert_eq!(all[0]["lastMessage"]["text"], "no answer on X");
        let joined: Vec<_> = texts(&bank, &all[0]["id"]).await;
        assert!(joined.contains(&json!("hello?")) && joined.contains(&json!("no answer on X")), "{joined:?}");
        ada.withdraw(&grant).await;
        world.pass(1_000);
        write(&world, "5", "after the withdrawal").await;
        arrive(&world, "X", &post("6", ("4711", "ada"), "on X after it")).await;
        let with = |text: &str, all: &[serde_json::Value]| {
            all.iter().position(|one| one["lastMessage"]["text"] == text)
        };
        let all = queue(&bank).await;
        let (letter, x) = (with("after the withdrawal", &all), with("on X after it", &all));
        assert!(letter.is_some() && x.is_some() && letter != x, "each by itself again: {all:#?}");
    }
}
