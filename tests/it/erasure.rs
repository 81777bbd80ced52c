//! Erasing an account: asked twice, told to every brand that knew the customer, and nothing of them left to find or to read.

mod rest;
mod sweep;

use entity::ids::CustomerId;
use entity::vault::erase::is_gone;
use serde_json::{Value, json};
use tests::customer::PASSWORD;
use tests::world::MINUTE;
use tests::{Customer, Reply, World, on_both_databases};

use crate::forge::claims_of;

const FIELDS: &str = "erased confirmationToken consequences { grants statements
    brands { brand { slug } reads lastReadAt } }";
const FEED: &str = "query($profile: ID) { brand { receipts(first: 50, profileId: $profile) {
    nodes { id kind profileId grantId document } } } }";

/// The first call.
async fn foresee(who: &Customer<'_>) -> Value {
    who.act("eraseAccount", json!({}), FIELDS).await.done("eraseAccount").clone()
}

async fn confirm(who: &Customer<'_>, token: &Value) -> Reply {
    who.act("eraseAccount", json!({ "confirmationToken": token }), FIELDS).await
}

/// Both calls.
pub async fn erase(who: &Customer<'_>) -> Value {
    let foreseen = foresee(who).await;
    let done = confirm(who, &foreseen["confirmationToken"]).await;
    assert_eq!(done.done("eraseAccount")["erased"], true, "{}", done.text);
    done.done("eraseAccount").clone()
}

async fn id(who: &Customer<'_>) -> CustomerId {
    let reply = who.ask("{ me { id } }", json!({})).await;
    reply.data("/me/id").as_str().unwrap().parse().unwrap()
}

/// The id by which a brand knows the customer, from the one grant.
async fn profile_id(who: &Customer<'_>) -> Value {
    who.ask("{ me { grants { nodes { profileId } } } }", json!({})).await.data("/me/grants/nodes/0/profileId").clone()
}

async fn has_key(world: &World, customer: CustomerId) -> bool {
    !world.deps.vault.keyring.load(&[customer]).await.unwrap().is_empty()
}

on_both_databases! {
    async fn erasing_is_asked_for_twice_and_the_first_call_says_what_will_happen(world) {
        let (bank, _) = (world.brand("bank").await, world.brand("shop").await);
        let ada = world.customer("Ada").await;
        ada.link_email("ada@example.org").await;
        ada.give("bank", "CUSTOMER_CARE", &["NAME"]).await;
        ada.give("bank", "ANALYTICS", &["NAME"]).await;
        bank.profile("ada@example.org", "CUSTOMER_CARE").await;
        bank.profile("ada@example.org", "RECOMMENDATIONS").await;
        let foreseen = foresee(&ada).await;
        assert_eq!(foreseen["erased"], false);
        assert_eq!(foreseen["consequences"]["grants"], 2);
        assert_eq!(
            foreseen["consequences"]["brands"],
            json!([{ "brand": { "slug": "bank" }, "reads": 1, "lastReadAt": world.time(0) }]),
            "who never knew them is not told"
        );
        assert!(foreseen["consequences"]["statements"].to_string().contains("cannot be undone"));
        assert_eq!(bank.profile("ada@example.org", "CUSTOMER_CARE").await["name"]["displayName"], "Ada", "nothing was done");
        let done = confirm(&ada, &foreseen["confirmationToken"]).await;
        let done = done.done("eraseAccount");
        assert_eq!((&done["erased"], &done["confirmationToken"]), (&json!(true), &Value::Null));
        assert_eq!(done["consequences"]["grants"], 2);
    }

    async fn a_confirmation_holds_for_its_customer_for_ten_minutes_and_until_a_consent_changes(world) {
        world.brand("bank").await;
        let (ada, bob) = (world.customer("Ada").await, world.customer("Bob").await);
        let refused = ["EXPIRED confirmationToken"];
        let bobs = foresee(&bob).await["confirmationToken"].clone();
        assert_eq!(confirm(&ada, &bobs).await.mistakes("eraseAccount"), refused, "another customer's");
        let adas = foresee(&ada).await["confirmationToken"].clone();
        for forged in [json!(""), json!("AAAA"), json!("not base64!"), json!(adas.as_str().unwrap().to_uppercase())] {
            assert_eq!(confirm(&ada, &forged).await.mistakes("eraseAccount"), refused, "{forged}");
        }
        ada.give("bank", "CUSTOMER_CARE", &["NAME"]).await;
        assert_eq!(confirm(&ada, &adas).await.mistakes("eraseAccount"), refused, "the consequences are others now");
        let old = foresee(&ada).await["confirmationToken"].clone();
        world.pass(10 * MINUTE);
        assert_eq!(confirm(&ada, &old).await.mistakes("eraseAccount"), refused, "ten minutes later");
        let fresh = foresee(&ada).await["confirmationToken"].clone();
        world.pass(4 * MINUTE);
        assert_eq!(confirm(&ada, &fresh).await.done("eraseAccount")["erased"], true);
        assert_eq!(confirm(&bob, &bobs).await.mistakes("eraseAccount"), refused);
        bob.ask("{ me { id } }", json!({})).await.data("/me/id");
    }

    async fn whoever_was_erased_is_signed_out_everywhere_and_cannot_be_erased_again(world) {
        world.brand("bank").await;
        let ada = world.customer("Ada").await;
        let elsewhere = Customer::sign_in(&world, &ada.email, PASSWORD).await;
        let token = ada.token().await;
        let claims = claims_of(&token);
        let claim = entity::access::SessionClaim {
            customer: claims["sub"].as_str().unwrap().parse().unwrap(),
            session: claims["sid"].as_str().unwrap().parse().unwrap(),
        };
        let vault = &world.deps.vault;
        let owner = entity::access::Owner::check(vault.store.reader(), &claim, &vault.clock).await.unwrap().unwrap();
        let confirmation = foresee(&ada).await["confirmationToken"].clone();
        assert_eq!(confirm(&ada, &confirmation).await.done("eraseAccount")["erased"], true);
        for who in [&ada, &elsewhere] {
            assert_eq!(who.ask("{ me { id } }", json!({})).await.status, 401);
            let refreshed = json!({ "input": { "refreshToken": who.refresh_token() } });
            let query = "mutation($input: RefreshSessionInput!) { refreshSession(input: $input) { userErrors { code field message } } }";
            assert_eq!(world.ask(query, refreshed).await.mistakes("refreshSession"), ["WRONG_CREDENTIALS refreshToken"]);
            assert_eq!(confirm(who, &confirmation).await.status, 401);
        }
        let sign_in = "mutation($input: SignInInput!) { signIn(input: $input) { userErrors { code field message } } }";
        let sign_in = world.ask(sign_in, json!({ "input": { "email": ada.email, "password": PASSWORD } })).await;
        assert_eq!(sign_in.mistakes("signIn"), ["WRONG_CREDENTIALS"]);
        // A change that was let in before and had to wait for the lock.
        let late = vault.begin_for(&owner).await.err().expect("nobody is there any more");
        assert!(is_gone(&late), "{late}");
    }

    async fn each_brand_that_knew_the_customer_is_told_by_its_own_id_of_them_and_keeps_its_receipts(world) {
        let (bank, shop, stranger) = (world.brand("bank").await, world.brand("shop").await, world.brand("stranger").await);
        let ada = world.customer("Ada").await;
        let over = ada.give("shop", "CUSTOMER_CARE", &["NAME"]).await;
        ada.withdraw(&over).await;
        let at_shop = profile_id(&ada).await;
        world.pass(1);
        ada.give("bank", "CUSTOMER_CARE", &["NAME"]).await;
        let at_bank = profile_id(&ada).await;
        let before = bank.ask(FEED, json!({})).await.data("/brand/receipts/nodes").clone();
        erase(&ada).await;
        let feed = async |app: &tests::BrandApp<'_>| app.ask(FEED, json!({})).await.data("/brand/receipts/nodes").clone();
        let kinds = |feed: &Value| -> Vec<String> {
            feed.as_array().unwrap().iter().map(|one| one["kind"].as_str().unwrap().to_owned()).collect()
        };
        let (banks, shops) = (feed(&bank).await, feed(&shop).await);
        assert_eq!(kinds(&banks), ["ERASED", "WITHDRAWN", "GIVEN"]);
        assert_eq!(kinds(&shops), ["ERASED", "WITHDRAWN", "GIVEN"]);
        assert_eq!(feed(&stranger).await, json!([]));
        assert_eq!(banks[2], before[0], "what a brand had it keeps");
        for (told, profile) in [(&banks[0], &at_bank), (&shops[0], &at_shop)] {
            assert_eq!((&told["profileId"], &told["grantId"]), (profile, &Value::Null));
        }
        let by_id = bank.ask(FEED, json!({ "profile": at_bank })).await;
        assert_eq!(by_id.data("/brand/receipts/nodes").as_array().unwrap().len(), 3, "by the id that finds nobody any more");
    }

    async fn the_last_mail_says_that_it_is_done_and_brings_the_receipts_that_were_not_mailed(world) {
        world.brand("bank").await;
        let ada = world.customer("Ada").await;
        ada.give("bank", "CUSTOMER_CARE", &["NAME"]).await;
        while world.work().await > 0 {}
        let before = world.mails().len();
        erase(&ada).await;
        let mails = world.mails();
        assert_eq!(mails.len(), before + 1, "one mail: what waited to be mailed goes with it");
        let last = mails.last().unwrap();
        assert!(last.contains("To: ada@example.org") && last.contains("is erased"), "{last}");
        assert_eq!(last.matches("Content-Disposition: attachment").count(), 2, "WITHDRAWN and ERASED: {last}");
        while world.work().await > 0 {}
        assert_eq!(world.mails().len(), before + 1);
        let alone = world.customer("Cleo").await;
        erase(&alone).await;
        let mails = world.mails();
        let last = mails.iter().find(|mail| mail.contains("To: cleo@example.org")).unwrap();
        assert_eq!(last.matches("Content-Disposition: attachment").count(), 1, "nobody had to be told: {last}");
    }

    async fn nobody_finds_whoever_was_erased_by_handle_or_by_id_and_they_look_like_nobody(world) {
        let bank = world.brand("bank").await;
        let ada = world.customer("Ada").await;
        ada.link_email("ada@example.org").await;
        ada.give("bank", "CUSTOMER_CARE", &["NAME"]).await;
        let profile = profile_id(&ada).await;
        assert_eq!(bank.profile("ada@example.org", "CUSTOMER_CARE").await["id"], profile);
        let customer = id(&ada).await;
        erase(&ada).await;
        let unknown = bank.look_up("nobody@example.org", "CUSTOMER_CARE", tests::app::WHOLE_PROFILE).await;
        let erased = bank.look_up("ada@example.org", "CUSTOMER_CARE", tests::app::WHOLE_PROFILE).await;
        assert_eq!(erased.text, unknown.text);
        assert_eq!(erased.data("/profile"), &Value::Null);
        let by_id = "query($id: ID!) { profile(by: { id: $id }, purpose: CUSTOMER_CARE) { id } node(id: $id) { id } }";
        let erased = bank.ask(by_id, json!({ "id": profile })).await;
        assert_eq!(erased.body["data"], json!({ "profile": null, "node": null }));
        assert!(!has_key(&world, customer).await);
    }

    async fn a_customer_whose_key_is_gone_looks_like_nobody_though_their_rows_are_there(world) {
        let bank = world.brand("bank").await;
        let ada = world.customer("Ada").await;
        ada.link_email("ada@example.org").await;
        ada.give("bank", "CUSTOMER_CARE", &["NAME"]).await;
        bank.profile("ada@example.org", "CUSTOMER_CARE").await;
        let before = ada.disclosures(10).await.len();
        assert_eq!(before, 1);
        let customer = id(&ada).await;
        // What a read that began before an erasure meets.
        world.deps.vault.keyring.destroy(customer).await.unwrap();
        let unknown = bank.look_up("nobody@example.org", "CUSTOMER_CARE", tests::app::WHOLE_PROFILE).await;
        let keyless = bank.look_up("ada@example.org", "CUSTOMER_CARE", tests::app::WHOLE_PROFILE).await;
        assert_eq!(keyless.text, unknown.text);
        assert_eq!(keyless.data("/profile"), &Value::Null);
    }

    async fn somebody_else_can_have_the_address_and_the_handle_and_shares_nothing_with_the_former(world) {
        let bank = world.brand("bank").await;
        let ada = world.customer("Ada").await;
        ada.link_email("ada@example.org").await;
        ada.give("bank", "CUSTOMER_CARE", &["NAME"]).await;
        bank.profile("ada@example.org", "CUSTOMER_CARE").await;
        let (former, before) = (id(&ada).await, profile_id(&ada).await);
        erase(&ada).await;
        let heir = world.customer("Ada").await;
        heir.link_email("ada@example.org").await;
        assert_ne!(id(&heir).await, former);
        assert_eq!(bank.profile("ada@example.org", "CUSTOMER_CARE").await, Value::Null, "nothing was inherited");
        let own = "{ me { grants { nodes { id } } receipts { nodes { id } } preferences { key } contact { email } } }";
        let shown = heir.ask(own, json!({})).await;
        assert_eq!(
            shown.data("/me"),
            &json!({ "grants": { "nodes": [] }, "receipts": { "nodes": [] }, "preferences": [], "contact": null })
        );
        assert_eq!(heir.disclosures(10).await.len(), 1, "the miss above, by the handle that is theirs now");
        heir.give("bank", "CUSTOMER_CARE", &["NAME"]).await;
        assert_ne!(profile_id(&heir).await, before);
        let feed = bank.ask(FEED, json!({ "profile": before })).await;
        assert_eq!(feed.data("/brand/receipts/nodes").as_array().unwrap().len(), 3);
    }

    async fn an_erasure_does_not_lift_the_limit_of_codes_to_one_handle(world) {
        let ask = json!({ "channel": "EMAIL", "handle": "victim@example.org" });
        let mut sent = 0;
        for round in 0..3 {
            let guesser = world.customer(&format!("Guesser{round}")).await;
            for _ in 0..5 {
                sent += usize::from(guesser.act("startLink", ask.clone(), "").await.mistakes("startLink").is_empty());
            }
            erase(&guesser).await;
        }
        assert_eq!(sent, 10, "ten in a day, whoever asks");
    }
}
