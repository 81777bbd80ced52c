//! Brands' people: invited by mail, signed in, in roles that bound them, and gone at once when they are removed.

mod apps;
mod managing;
mod reading;

use entity::kinds::StaffRole::{Admin, Agent};
use serde_json::{Value, json};
use tests::customer::PASSWORD;
use tests::staff::{accept, sign_in};
use tests::world::DAY;
use tests::{Reply, StaffPerson, World, on_both_databases};

/// The invitation in the newest mail to an address.
fn invitation(world: &World, email: &str) -> String {
    let to = format!("To: {email}");
    let mail = world.mails().into_iter().rev().find(|mail| mail.contains(&to)).expect("a mail was sent");
    // Long lines are folded on their way.
    let mail = mail.replace("=\r\n", "").replace("=\n", "");
    let (_, rest) = mail.split_once("by itself: ").expect("the mail holds an invitation");
    rest.split_whitespace().next().expect("a token").to_owned()
}

/// An administrator invites somebody.
async fn invite(admin: &StaffPerson<'_>, email: &str, role: &str) -> Reply {
    admin.act("inviteStaff", json!({ "email": email, "role": role }), "staffId").await
}

async fn refresh(world: &World, token: &Value) -> Reply {
    let query = "mutation($input: RefreshStaffSessionInput!) { refreshStaffSession(input: $input) {
        session { accessToken refreshToken expiresAt } userErrors { code field message } } }";
    world.ask(query, json!({ "input": { "refreshToken": token } })).await
}

/// Whether a token of staff is taken, by a plain question and by the statement that reads profiles alike.
async fn is_alive(node: &World, token: &str) -> bool {
    let read = r#"{ profile(by: { handle: { channel: X, handle: "nobody" } }, purpose: CUSTOMER_CARE) { id } }"#;
    let plain = node.ask_as(Some(token), "{ staff { id } }", json!({})).await;
    assert!(plain.status == 200 || plain.status == 401, "{}", plain.text);
    // An administrator is known, and reads nobody.
    let read = node.ask_as(Some(token), read, json!({})).await;
    assert_eq!(plain.status == 401, read.status == 401, "{}", read.text);
    plain.status == 200
}

on_both_databases! {
    async fn whoever_is_invited_joins_by_the_mailed_invitation_once_and_signs_in_from_then_on(world) {
        world.brand("bank").await;
        let petra = StaffPerson::join(&world, "bank", Admin, "Petra").await;
        let invited = invite(&petra, "Nils@bank.example.org", "AGENT").await.done("inviteStaff").clone();
        let before = sign_in(&world, Some("bank"), "nils@bank.example.org", PASSWORD).await;
        assert_eq!(before.mistakes("signInStaff"), ["WRONG_CREDENTIALS"]);
        let token = invitation(&world, "Nils@bank.example.org");
        let joined = accept(&world, &token, "Nils Brandvold").await.done("acceptStaffInvitation").clone();
        let expected = json!({ "id": invited["staffId"], "name": "Nils Brandvold", "email": "Nils@bank.example.org",
            "role": "AGENT", "status": "ACTIVE" });
        assert_eq!(joined["staff"], expected);
        let again = accept(&world, &token, "Mallory").await;
        assert_eq!(again.mistakes("acceptStaffInvitation"), ["WRONG_CODE token"], "good for one use");
        let signed_in = sign_in(&world, None, "NILS@bank.example.org", PASSWORD).await.done("signInStaff").clone();
        assert_eq!(signed_in["staff"], expected);
        let nils = StaffPerson::of(&world, "bank", "nils@bank.example.org", &signed_in);
        assert_eq!(nils.ask("{ staff { name } brand { slug } me { id } }", json!({})).await.body["data"],
            json!({ "staff": { "name": "Nils Brandvold" }, "brand": { "slug": "bank" }, "me": null }));
        assert_eq!(invite(&petra, "nils@bank.example.org", "ADMIN").await.mistakes("inviteStaff"), ["TAKEN email"]);
    }

    async fn an_invitation_holds_for_seven_days_and_a_newer_one_replaces_it(world) {
        world.brand("bank").await;
        let petra = StaffPerson::join(&world, "bank", Admin, "Petra").await;
        invite(&petra, "nils@bank.example.org", "AGENT").await.done("inviteStaff");
        let first = invitation(&world, "nils@bank.example.org");
        invite(&petra, "nils@bank.example.org", "EXECUTIVE").await.done("inviteStaff");
        let second = invitation(&world, "nils@bank.example.org");
        let forged = format!("{}AA", &second[..second.len() - 2]);
        for wrong in [first.as_str(), &forged, "invitation_", "nothing", ""] {
            assert_eq!(accept(&world, wrong, "Nils").await.mistakes("acceptStaffInvitation"), ["WRONG_CODE token"], "{wrong}");
        }
        world.pass(7 * DAY);
        assert_eq!(accept(&world, &second, "Nils").await.mistakes("acceptStaffInvitation"), ["WRONG_CODE token"]);
        let signed_in = sign_in(&world, Some("bank"), &petra.email, PASSWORD).await.done("signInStaff").clone();
        let petra = StaffPerson::of(&world, "bank", &petra.email, &signed_in);
        invite(&petra, "nils@bank.example.org", "EXECUTIVE").await.done("inviteStaff");
        world.pass(7 * DAY - 1);
        let third = invitation(&world, "nils@bank.example.org");
        let joined = accept(&world, &third, "Nils").await.done("acceptStaffInvitation").clone();
        assert_eq!(joined["staff"]["role"], "EXECUTIVE", "the newest invitation says which role");
    }

    async fn signing_in_answers_alike_whatever_does_not_fit(world) {
        world.brand("bank").await;
        world.brand("shop").await;
        let nils = StaffPerson::join(&world, "bank", Agent, "Nils").await;
        world.customer("Ada").await;
        let mut answers = Vec::new();
        for (brand, email, password) in [
            (Some("bank"), nils.email.as_str(), "copper lantern drizzle fjords"),
            (Some("shop"), nils.email.as_str(), PASSWORD),
            (Some("nobrand"), nils.email.as_str(), PASSWORD),
            (Some("bank"), "nobody@bank.example.org", PASSWORD),
            (Some("bank"), "not an address", PASSWORD),
            (None, "ada@example.org", PASSWORD),
        ] {
            let reply = sign_in(&world, brand, email, password).await;
            assert_eq!(reply.mistakes("signInStaff"), ["WRONG_CREDENTIALS"]);
            answers.push(reply.text);
        }
        answers.dedup();
        assert_eq!(answers.len(), 1, "{answers:?}");
        let customers_door = "mutation($input: SignInInput!) { signIn(input: $input) { userErrors { code field } } }";
        let reply = world.ask(customers_door, json!({ "input": { "email": nils.email, "password": PASSWORD } })).await;
        assert_eq!(reply.mistakes("signIn"), ["WRONG_CREDENTIALS"], "staff are no customers");
    }

    async fn whoever_works_for_several_brands_names_one(world) {
        world.brand("bank").await;
        world.brand("shop").await;
        let both = "petra@agency.example.org";
        for brand in ["bank", "shop"] {
            let admin = StaffPerson::join(&world, brand, Admin, "Boss").await;
            invite(&admin, both, "AGENT").await.done("inviteStaff");
            accept(&world, &invitation(&world, both), "Petra").await.done("acceptStaffInvitation");
        }
        assert_eq!(sign_in(&world, None, both, PASSWORD).await.mistakes("signInStaff"), ["WRONG_CREDENTIALS"]);
        for brand in ["bank", "shop"] {
            let signed_in = sign_in(&world, Some(brand), both, PASSWORD).await.done("signInStaff").clone();
            let petra = StaffPerson::of(&world, brand, both, &signed_in);
            assert_eq!(petra.ask("{ brand { slug } }", json!({})).await.data("/brand/slug"), brand);
        }
    }

    async fn a_refresh_token_is_good_for_one_use_and_a_second_use_ends_the_session_on_every_node(world) {
        world.brand("bank").await;
        let node = world.node().await;
        let nils = StaffPerson::join(&world, "bank", Agent, "Nils").await;
        let next = refresh(&world, &nils.session["refreshToken"]).await.done("refreshStaffSession")["session"].clone();
        assert_ne!(next["refreshToken"], nils.session["refreshToken"]);
        let text = next["refreshToken"].as_str().unwrap();
        for forged in [format!("{}AAAA", &text[..text.len() - 4]), text[..text.len() - 4].to_owned(), String::new()] {
            let reply = refresh(&world, &json!(forged)).await;
            assert_eq!(reply.mistakes("refreshStaffSession"), ["WRONG_CREDENTIALS refreshToken"], "and nothing ends by it");
        }
        assert!(is_alive(&node, next["accessToken"].as_str().unwrap()).await);
        let stolen = refresh(&node, &nils.session["refreshToken"]).await;
        assert_eq!(stolen.mistakes("refreshStaffSession"), ["WRONG_CREDENTIALS refreshToken"]);
        for node in [&node, &world] {
            assert!(!is_alive(node, next["accessToken"].as_str().unwrap()).await);
            assert!(!is_alive(node, nils.token()).await);
        }
        let late = refresh(&world, &next["refreshToken"]).await;
        assert_eq!(late.mistakes("refreshStaffSession"), ["WRONG_CREDENTIALS refreshToken"]);
    }

    async fn a_session_ends_by_signing_out_and_after_twelve_hours(world) {
        world.brand("bank").await;
        let node = world.node().await;
        let nils = StaffPerson::join(&world, "bank", Agent, "Nils").await;
        let other = sign_in(&world, None, &nils.email, PASSWORD).await.done("signInStaff")["session"].clone();
        let out = nils.ask("mutation { signOutStaff { signedOut userErrors { code } } }", json!({})).await;
        assert_eq!(out.done("signOutStaff")["signedOut"], true);
        assert!(!is_alive(&node, nils.token()).await && !is_alive(&world, nils.token()).await);
        assert!(is_alive(&node, other["accessToken"].as_str().unwrap()).await, "the other device goes on");
        world.pass(DAY / 2 - 1);
        let last = refresh(&world, &other["refreshToken"]).await.done("refreshStaffSession")["session"].clone();
        assert!(is_alive(&node, last["accessToken"].as_str().unwrap()).await);
        world.pass(1);
        assert!(!is_alive(&node, last["accessToken"].as_str().unwrap()).await);
        let late = refresh(&world, &last["refreshToken"]).await;
        assert_eq!(late.mistakes("refreshStaffSession"), ["WRONG_CREDENTIALS refreshToken"]);
    }
}
