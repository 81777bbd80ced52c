//! Accounts last, names change hands: the newest proof has both, and nothing that was granted goes along.

use serde_json::{Value, json};
use tests::on_both_databases;

use super::{handles, links, mails, prove};

const LOST: &str = "A profile of yours is linked to another account";

on_both_databases! {
    async fn the_same_account_under_a_new_name_renames_the_link(world) {
        let bank = world.brand("bank").await;
        let ada = world.customer("Ada").await;
        prove(&world, &ada, "1", "ada_old").await;
        ada.give("bank", "CUSTOMER_CARE", &["NAME", "HANDLES"]).await;
        let before = links(&ada, "id").await;
        prove(&world, &ada, "1", "ada_new").await;
        assert_eq!(links(&ada, "id").await, before, "the same link");
        assert_eq!(handles(&ada).await, ["ada_new"]);
        let by = async |handle| bank.look_up_on("X", handle, "CUSTOMER_CARE", "handles { handle }").await.data("/profile").clone();
        assert_eq!(by("ada_old").await, Value::Null, "the old name is free");
        assert_eq!(by("ada_new").await, json!({ "handles": [{ "handle": "ada_new" }] }));
        world.work().await;
        assert_eq!(mails(&world, LOST), Vec::<String>::new(), "nobody has lost anything");
    }

    async fn a_name_that_somebody_else_proves_is_theirs_and_its_former_owner_is_told(world) {
        let bank = world.brand("bank").await;
        let (ada, bob) = (world.customer("Ada").await, world.customer("Bob").await);
        prove(&world, &ada, "1", "shared_name").await;
        prove(&world, &ada, "2", "ada_too").await;
        ada.give("bank", "CUSTOMER_CARE", &["NAME", "HANDLES"]).await;
        prove(&world, &bob, "3", "Shared_Name").await;
        assert_eq!((handles(&ada).await, handles(&bob).await), (vec![json!("ada_too")], vec![json!("Shared_Name")]));
        let seen = bank.look_up_on("X", "shared_name", "CUSTOMER_CARE", "id").await;
        assert_eq!(seen.data("/profile"), &Value::Null, "the grant is Ada's");
        let seen = bank.look_up_on("X", "ada_too", "CUSTOMER_CARE", "name { displayName } handles { handle }").await;
        let expected = json!({ "name": { "displayName": "Ada" }, "handles": [{ "handle": "ada_too" }] });
        assert_eq!(seen.data("/profile"), &expected);

        world.work().await;
        world.work().await;
        let mails = mails(&world, LOST);
        assert_eq!(mails.len(), 1, "{mails:#?}");
        assert!(mails[0].contains("To: ada@example.org"));
        assert!(!mails[0].to_lowercase().contains("shared_name") && !mails[0].contains("Bob"), "{}", mails[0]);
    }

    async fn an_account_that_somebody_else_proves_takes_both_its_names_along(world) {
        let (ada, bob) = (world.customer("Ada").await, world.customer("Bob").await);
        prove(&world, &ada, "1", "first_name").await;
        prove(&world, &bob, "1", "second_name").await;
        assert_eq!((handles(&ada).await, handles(&bob).await), (vec![], vec![json!("second_name")]));
        prove(&world, &ada, "2", "first_name").await;
        assert_eq!(handles(&ada).await, ["first_name"], "the name that the account had before is free");
    }

    async fn one_s_own_link_that_loses_its_name_to_another_of_one_s_own_ends_without_a_mail(world) {
        let ada = world.customer("Ada").await;
        prove(&world, &ada, "1", "name_one").await;
        world.pass(1);
        prove(&world, &ada, "2", "name_two").await;
        let first = links(&ada, "id handle").await;
        prove(&world, &ada, "1", "name_two").await;
        assert_eq!(handles(&ada).await, ["name_two"]);
        assert_eq!(links(&ada, "id").await, [json!({ "id": first[1]["id"] })], "the account's link is renamed");
        world.work().await;
        assert_eq!(mails(&world, LOST), Vec::<String>::new());
    }

    async fn a_handle_of_a_customer_who_never_claimed_it_goes_without_a_mail(world) {
        let line = json!({ "customer": { "key": "i", "email": "imo@example.org" },
            "links": [{ "channel": "X", "handle": "imo", "accountId": "1", "verifiedAt": world.time(-1) }] });
        assert_eq!(world.import(&line.to_string()).await, Vec::<String>::new());
        let bob = world.customer("Bob").await;
        prove(&world, &bob, "2", "imo").await;
        assert_eq!(handles(&bob).await, ["imo"]);
        world.work().await;
        assert_eq!(mails(&world, LOST), Vec::<String>::new());
    }
}
