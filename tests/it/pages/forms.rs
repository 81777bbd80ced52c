//! Forms without a browser's help: what is wrong is named and kept, what is right leads on, and what weighs most is asked for
//! twice.

use serde_json::json;
use tests::customer::PASSWORD;
use tests::world::MINUTE;
use tests::{World, on_both_databases};

use super::{asked, furnished};
use crate::oauth::browser::Browser;
use crate::tampering::tamper;

async fn grant_of(ada: &tests::Customer<'_>, brand: &str) -> String {
    let query = "{ me { grants(first: 10) { nodes { id state brand { slug } } } } }";
    let found = ada.ask(query, json!({})).await;
    let grants = found.data("/me/grants/nodes").as_array().expect("a list").clone();
    let wanted = grants.iter().find(|grant| grant["brand"]["slug"] == brand && grant["state"] == "ACTIVE");
    wanted.expect("a live grant")["id"].as_str().expect("an id").to_owned()
}

on_both_databases! {
    async fn what_is_right_leads_on_and_what_is_wrong_is_named_and_kept(world) {
        let (ada, _) = furnished(&world).await;
        let mut browser = Browser::new(&world);
        browser.sign_in(&ada.email).await;
        let fields = [("act", "save"), ("input.name.displayName", "Ada <b>"), ("input.contact.phone", "12"),
            ("input.area.postalCode", "28014")];
        let wrong = browser.submit("/profile", &fields).await;
        assert_eq!(wrong.reply.status, 422);
        assert!(wrong.has("role=\"alert\"") && wrong.has("autofocus"), "{}", wrong.reply.text);
        assert!(wrong.has("value=\"Ada &lt;b&gt;\"") && wrong.has("value=\"28014\""), "{}", wrong.reply.text);
        let kept = "{ me { name { displayName } area { postalCode } contact { phone } } }";
        let before = ada.ask(kept, json!({})).await;
        assert_eq!(before.data("/me/area/postalCode"), "28013", "nothing was changed");
        let fields = [("act", "save"), ("input.name.displayName", "Ada <b>"), ("input.contact.phone", "")];
        let right = browser.submit("/profile", &fields).await;
        assert_eq!((right.reply.status.as_u16(), right.reply.header("location")), (303, "/profile"));
        let after = ada.ask(kept, json!({})).await;
        assert_eq!(after.data("/me"), &json!({ "name": { "displayName": "Ada <b>" },
            "area": { "postalCode": "28013" }, "contact": { "phone": null } }), "an empty field clears, one that is not there stays");
        let said = browser.get("/profile").await;
        assert!(said.has("role=\"status\"") && said.has("Saved."), "{}", said.reply.text);
        assert!(!browser.get("/profile").await.has("Saved."), "it is said once");
    }

    async fn whoever_is_not_signed_in_is_sent_to_sign_in_and_comes_back(world) {
        let (ada, _) = furnished(&world).await;
        let mut browser = Browser::new(&world);
        let page = browser.get("/looked").await;
        assert_eq!((page.reply.status.as_u16(), page.reply.header("location")), (303, "/sign-in?next=/looked"));
        let wrong = [("act", "sign-in"), ("input.email", ada.email.as_str()), ("input.password", "wrong"), ("next", "/looked")];
        let page = browser.submit("/sign-in", &wrong).await;
        assert!(page.reply.status == 422 && !page.has("wrong\""), "a password is typed anew: {}", page.reply.text);
        for (next, leads_to) in [("/looked", "/looked"), ("https://evil.example", "/sharing"), ("//evil.example", "/sharing"),
            ("/\\evil.example", "/sharing"), ("/nowhere", "/sharing"), ("/sharing/x/y/z", "/sharing"), ("", "/sharing")] {
            let mut browser = Browser::new(&world);
            let fields = [("act", "sign-in"), ("input.email", ada.email.as_str()), ("input.password", PASSWORD), ("next", next)];
            let page = browser.submit("/sign-in", &fields).await;
            assert_eq!((page.reply.status.as_u16(), page.reply.header("location")), (303, leads_to), "{next}");
            assert_eq!(browser.get("/").await.reply.header("location"), "/sharing", "whoever is in need not come in");
        }
    }

    async fn what_weighs_most_wants_a_proof_and_carries_the_form_along(world) {
        let (ada, bank) = furnished(&world).await;
        let mut browser = Browser::new(&world);
        browser.sign_in(&ada.email).await;
        world.pass(11 * MINUTE);
        let grant = grant_of(&ada, "shop").await;
        ada.withdraw(&grant).await;
        let path = format!("/sharing/{grant}/again");
        let until = world.time(tests::world::DAY * 30);
        let fields = [("act", "share"), ("input.brand", "shop"), ("input.purpose", "CUSTOMER_CARE"), ("input.scopes", ""),
            ("input.scopes", "CONTACT"), ("input.expiresAt", &until)];
        let asked = browser.submit(&path, &fields).await;
        assert_eq!(asked.reply.status, 200);
        assert!(asked.has("Is it you?") && asked.has("name=\"proof.password\""), "{}", asked.reply.text);
        for (name, value) in fields.iter().skip(1) {
            assert!(asked.has(&format!("name=\"{name}\" value=\"{value}\"")), "{name}: {}", asked.reply.text);
        }
        let with = |name: &'static str, value: &'static str| {
            fields.iter().copied().chain([(name, value)]).collect::<Vec<_>>()
        };
        let wrong = browser.submit(&path, &with("proof.password", "not the password")).await;
        assert!(wrong.reply.status == 422 && wrong.has("name=\"input.scopes\" value=\"CONTACT\""), "{}", wrong.reply.text);
        assert!(!wrong.has("not the password"));
        let given = browser.submit(&path, &with("proof.password", PASSWORD)).await;
        assert!(given.reply.status == 303 && given.reply.header("location").starts_with("/receipts/"), "{}", given.reply.text);
        let copy = browser.submit("/data/copy", &[]).await;
        assert_eq!((copy.reply.status.as_u16(), copy.reply.header("content-type")), (200, "application/json"));
        assert!(copy.has("\"complete\": true") || copy.has("\"complete\":true"), "{}", copy.reply.text.len());
        world.pass(11 * MINUTE);
        let asked = browser.submit("/data/copy", &[]).await;
        assert!(asked.has("Is it you?") && !asked.has("card declined"), "{}", asked.reply.text);
        let mailed = browser.submit("/data/copy", &[("mail-code", "true")]).await;
        let challenge = mailed.input("proof.code.challengeId");
        let code = world.code_mailed_to(&ada.email);
        let fields = [("proof.code.challengeId", challenge.as_str()), ("proof.code.code", code.as_str())];
        assert_eq!(browser.submit("/data/copy", &fields).await.reply.header("content-type"), "application/json");
        bank.profile("ada.at.home@example.net", "CUSTOMER_CARE").await;
    }

    async fn what_is_secret_is_typed_anew_each_time(world) {
        let (ada, _) = furnished(&world).await;
        let mut browser = Browser::new(&world);
        let fields = [("act", "complete"), ("input.email", ada.email.as_str()), ("input.code", "code-93417"),
            ("input.password", "walnut-harbour-seventeen")];
        for path in ["/reset", "/claim"] {
            let wrong = browser.submit(path, &fields).await;
            assert_eq!(wrong.reply.status, 422, "{}", wrong.reply.text);
            assert!(wrong.has(&ada.email) && !wrong.has("93417") && !wrong.has("walnut"), "{}", wrong.reply.text);
        }
    }

    async fn who_looked_is_a_file_as_far_as_the_filter_lets_through_and_for_its_owner_alone(world) {
        let (ada, bank) = furnished(&world).await;
        for _ in 0..104 {
            bank.profile("ada.at.home@example.net", "CUSTOMER_CARE").await;
        }
        world.brand("shop").await.profile("ada.at.home@example.net", "ANALYTICS").await;
        let mut browser = Browser::new(&world);
        let strange = browser.get("/looked/file").await;
        assert_eq!((strange.reply.status.as_u16(), strange.reply.header("location")), (303, "/sign-in"));
        browser.sign_in(&ada.email).await;
        for (filter, count) in [("", 106), ("?brand=bank", 105), ("?answered=false", 1), ("?brand=shop&answered=true", 0)] {
            let file = browser.get(&format!("/looked/file{filter}")).await.reply;
            assert_eq!((file.status.as_u16(), file.header("content-type")), (200, "application/json"), "{}", file.text);
            assert_eq!(file.header("content-disposition"), "attachment; filename=\"who-looked.json\"");
            let reads = file.body.as_array().expect("a list").clone();
            assert_eq!(reads.len(), count, "{filter}");
            let mut times: Vec<_> = reads.iter().map(|read| read["id"].as_str().expect("an id").to_owned()).collect();
            times.dedup();
            assert_eq!(times.len(), count, "each once");
            assert!(reads.iter().all(|read| read["fields"][0]["path"].is_string() && read["brand"]["slug"].is_string()));
        }
        let other = world.customer("Bob").await;
        let mut browser = Browser::new(&world);
        browser.sign_in(&other.email).await;
        assert_eq!(browser.get("/looked/file").await.reply.body, json!([]));
    }

    async fn a_damaged_record_is_shown_as_far_as_it_can_be_and_hides_no_other(world) {
        let (ada, bank) = furnished(&world).await;
        world.pass(MINUTE);
        bank.profile("ada.at.home@example.net", "CUSTOMER_CARE").await;
        tamper(&world, "update disclosure set key_id = key_id + 70 where occurred_at = (select min(occurred_at) from disclosure)").await;
        let query = "{ me { disclosures { nodes { brand { slug } answered damaged fields { path } } } } }";
        let found = ada.ask(query, json!({})).await;
        let of = |place: usize| found.data(&format!("/me/disclosures/nodes/{place}")).clone();
        assert!(of(0)["fields"][0]["path"].is_string(), "{}", of(0));
        assert_eq!(of(1), json!({ "brand": { "slug": "bank" }, "answered": true, "damaged": true, "fields": [] }));
        let mut browser = Browser::new(&world);
        browser.sign_in(&ada.email).await;
        let page = browser.get("/looked").await;
        assert!(page.has("this record was damaged") && page.has("Saw: "), "{}", page.reply.text);
        let file = browser.get("/looked/file").await.reply;
        assert_eq!((file.body[1]["damaged"].clone(), file.body.as_array().map(Vec::len)), (json!(true), Some(2)));
    }

    async fn a_brands_page_says_what_each_change_has_changed(world) {
        let (ada, _) = furnished(&world).await;
        let mut browser = Browser::new(&world);
        browser.sign_in(&ada.email).await;
        let grant = grant_of(&ada, "bank").await;
        let path = format!("/sharing/{grant}");
        let until = world.time(tests::world::DAY * 30);
        browser.submit(&path, &[("act", "renew"), ("expiresAt", &until)]).await;
        let fields = [("act", "stop-one"), ("scope", "CONTEXT"), ("scopes", "NAME")];
        assert_eq!(browser.submit(&format!("{path}/stop"), &fields).await.reply.status, 303);
        browser.submit(&path, &[("act", "pause")]).await;
        let page = browser.get(&path).await.reply.text;
        assert!(page.contains("Nothing, for the moment.") && !page.contains("You have not filled this in"), "{page}");
        let (_, changes) = page.split_once("Everything that happened").expect("the changes");
        let told: Vec<Vec<&str>> = changes.split("<li>").skip(1).map(|change| {
            let parts = change.split("<div>").skip(1).map(|part| part.split(['<', ':']).next().unwrap_or_default().trim());
            parts.collect()
        }).collect();
        assert_eq!(told, [vec!["It now includes", "Until"], vec!["It ended on"], vec!["It no longer includes"], vec![]], "{changes}");
    }

    async fn a_request_of_a_brand_is_answered_changed_and_refused_on_its_page(world) {
        let (ada, bank) = furnished(&world).await;
        let mut browser = Browser::new(&world);
        browser.sign_in(&ada.email).await;
        let link = asked(&bank).await;
        let before = browser.get(&link).await;
        assert!(before.reply.status == 200 && !before.has("The bank"), "looking at the link opens nothing: {}", before.reply.text);
        let opened = browser.submit(&link, &[("act", "open")]).await;
        let page = opened.reply.header("location").to_owned();
        assert!(opened.reply.status == 303 && page.starts_with("/asked/"), "{page} {}", opened.reply.text);
        let shown = browser.get(&page).await;
        assert!(shown.has("The bank asks: may we see this?") && !shown.has(" checked"), "{}", shown.reply.text);
        let (id, until) = (page.rsplit('/').next().unwrap().to_owned(), world.time(tests::world::DAY * 30));
        let fields = [("act", "share"), ("input.requestId", id.as_str()), ("input.scopes", "NAME"), ("input.expiresAt", until.as_str())];
        browser.submit("/language", &[("language", "es")]).await;
        let spanish = browser.get(&page).await;
        assert!(spanish.has("name=\"input.locale\" value=\"es\"") && spanish.has("lang=\"es\""), "{}", spanish.reply.text);
        browser.submit("/language", &[("language", "en")]).await;
        let refused = browser.submit(&page, &[("act", "refuse"), ("input.requestId", id.as_str())]).await;
        assert_eq!((refused.reply.status.as_u16(), refused.reply.header("location")), (303, "/sharing"), "{}", refused.reply.text);
        assert!(browser.get("/sharing").await.has("You did not share. Nothing has changed."));
        let late = browser.submit(&page, &fields).await;
        assert_eq!(late.reply.status, 422);
        assert!(late.has("This request is over"), "{}", late.reply.text);
    }

    async fn a_grant_that_has_changed_in_the_meantime_is_not_widened_by_stopping_one_thing(world) {
        let (ada, bank) = furnished(&world).await;
        let mut browser = Browser::new(&world);
        browser.sign_in(&ada.email).await;
        let grant = grant_of(&ada, "bank").await;
        let path = format!("/sharing/{grant}/stop");
        // Another tab has stopped CONTEXT; this one, which still shows both, stops NAME.
        let narrowed = ada.act("amendConsent", json!({ "grantId": grant, "scopes": ["NAME"] }), "grant { scopes }").await;
        assert_eq!(narrowed.done("amendConsent")["grant"]["scopes"], json!(["NAME"]));
        let page = browser.submit(&path, &[("act", "stop-one"), ("scope", "NAME"), ("scopes", "CONTEXT")]).await;
        assert!(page.has("has changed in the meantime"), "{}", page.reply.text);
        let read = bank.look_up("ada.at.home@example.net", "CUSTOMER_CARE", "context { topic }").await;
        assert_eq!(read.data("/profile/context"), &json!(null), "nothing came back");
        let over = browser.submit(&path, &[("act", "stop")]).await;
        assert_eq!(over.reply.status, 303);
        let again = browser.get(&path).await;
        assert!(again.has("You do not share with The bank"), "{}", again.reply.text);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_language_is_chosen_by_the_browser_or_by_hand_and_stays() {
    let world = World::start(tests::Backend::Sqlite).await;
    let mut browser = Browser::new(&world);
    assert!(browser.get("/help").await.has("<html lang=\"en\">"));
    let chosen = browser.submit("/language", &[("language", "es"), ("next", "/help")]).await;
    assert_eq!((chosen.reply.status.as_u16(), chosen.reply.header("location")), (303, "/help"));
    assert!(browser.get("/help").await.has("<html lang=\"es\">"));
    let page = browser
        .submit("/sign-in", &[("act", "sign-in"), ("input.email", "nobody@example.org"), ("input.password", "x")])
        .await;
    assert!(page.has("La dirección y la contraseña no encajan."), "{}", page.reply.text);
}
