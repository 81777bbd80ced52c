//! Somebody prepares an account under an address that is not theirs, and waits for its owner to recover it: nothing of
//! what they have put into it opens or resolves anything any more.

use serde_json::{Value, json};
use tests::{Backend, Customer, World};

use super::attacks::Stage;
use super::{handles, prove};

const NEW: &str = "velvet harbour trombone sixteen";

/// Sets a new password by the code that is mailed to the address, and signs in with it.
async fn recover<'w>(world: &'w World, address: &str) -> Customer<'w> {
    let start =
        "mutation($email: EmailAddress!) { startPasswordReset(input: { email: $email }) { userErrors { code } } }";
    world.ask(start, json!({ "email": address })).await.done("startPasswordReset");
    let complete = "mutation($input: CompletePasswordResetInput!) { completePasswordReset(input: $input) { userErrors { code field } } }";
    let input = json!({ "email": address, "code": world.code_mailed_to(address), "password": NEW });
    world.ask(complete, json!({ "input": input })).await.done("completePasswordReset");
    Customer::sign_in(world, address, NEW).await
}

async fn nothing_that_was_prepared_for_the_owner_survives_their_recovery(backend: Backend) {
    let stage = Stage::set(backend).await;
    let (world, bank) = (&stage.world, stage.world.brand("bank").await);
    // Mallory signs up as Ada, links a profile and an account of her own, and keeps a way back from the provider open.
    let mallory = world.customer("Ada").await;
    prove(world, &mallory, "666", "mallory").await;
    let mut journey = stage.begin(&mallory, "honest").await;
    stage.say(&journey, "666", "mallory@example.org");
    assert_eq!(journey.arrive(&stage.honest.issuer).await, 200);
    let mut open = stage.begin(&mallory, "honest").await;
    world.pass(1);
    let ada = recover(world, "ada@example.org").await;
    ada.give("bank", "CUSTOMER_CARE", &["NAME"]).await;
    assert_eq!(handles(&ada).await, Vec::<Value>::new());
    let seen = bank.look_up_on("X", "mallory", "CUSTOMER_CARE", "id").await;
    assert_eq!(seen.data("/profile"), &Value::Null, "a brand that hears from Mallory does not take her for Ada");
    assert_eq!(bank.profile("mallory@example.org", "CUSTOMER_CARE").await, Value::Null);
    stage.say(&open, "666", "mallory@example.org");
    assert_eq!(open.arrive(&stage.honest.issuer).await, 400, "what Mallory's session began ends with it");
    let (page, secret) = super::sign_in::sign_in(&stage, "666", "mallory@example.org").await;
    assert_eq!(page.status, 400, "she does not sign in by it any more");
    super::sign_in::refused(world, &secret).await;
}

async fn what_an_owner_has_linked_after_proving_the_address_stays(backend: Backend) {
    let stage = Stage::set(backend).await;
    let world = &stage.world;
    let ada = world.customer("Ada").await;
    prove(world, &ada, "1", "before").await;
    world.pass(1);
    ada.link_email("ada@example.org").await;
    world.pass(1);
    prove(world, &ada, "2", "after").await;
    let mut journey = stage.begin(&ada, "honest").await;
    stage.say(&journey, "4711", "other@example.org");
    assert_eq!(journey.arrive(&stage.honest.issuer).await, 200);
    world.pass(1);
    let again = recover(world, "ada@example.org").await;
    let mut left: Vec<String> = handles(&again).await.iter().map(ToString::to_string).collect();
    left.sort();
    assert_eq!(left, ["\"ada@example.org\"", "\"after\"", "\"other@example.org\""]);
    let (page, _) = super::sign_in::sign_in(&stage, "4711", "other@example.org").await;
    assert_eq!(page.status, 400, "with a new password, a way in has to be linked again");
    let mut journey = stage.begin(&again, "honest").await;
    stage.say(&journey, "4711", "other@example.org");
    assert_eq!(journey.arrive(&stage.honest.issuer).await, 200);
    let (page, _) = super::sign_in::sign_in(&stage, "4711", "other@example.org").await;
    assert_eq!(page.status, 200);
}

macro_rules! on_both_databases {
    ($($scenario:ident)*) => {$(
        mod $scenario {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_sqlite() {
                super::$scenario(super::Backend::Sqlite).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_postgres() {
                super::$scenario(super::Backend::Postgres).await;
            }
        }
    )*};
}

on_both_databases! {
    nothing_that_was_prepared_for_the_owner_survives_their_recovery
    what_an_owner_has_linked_after_proving_the_address_stays
}
