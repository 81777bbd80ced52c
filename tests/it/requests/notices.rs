//! Notices: every section, every language, versions, and that a published text is never changed.

use aws_lc_rs::digest::{SHA256, digest};
use entity::notice;
use sea_orm::{EntityTrait, QueryOrder, Set};
use serde_json::{Value, json};
use tests::{BrandApp, World, on_both_databases};

use super::{SEEN, act, answer, ask, asked, opened, plain, with};

const NOTICE: &str = "id name version locale controller { name address contact } purposes data why duration withdrawal
    rights hash publishedAt";

fn text(locale: &str, words: &str) -> Value {
    let mut text = json!({
        "locale": locale,
        "controller": { "name": format!("{words} Ltd"), "address": format!("{words} 1\nTown"), "contact": "privacy@bank.example" },
    });
    for section in ["purposes", "data", "why", "duration", "withdrawal", "rights"] {
        text[section] = json!(format!("{words}: {section}"));
    }
    text
}

async fn publish(app: &BrandApp<'_>, name: &str, texts: Value) -> Value {
    let reply =
        act(app, "publishNotice", json!({ "name": name, "texts": texts }), &format!("notices {{ {NOTICE} }}")).await;
    reply.done("publishNotice")["notices"].clone()
}

async fn stored(world: &World) -> Vec<notice::Model> {
    let all = notice::Entity::find().order_by_asc(notice::Column::Id).order_by_asc(notice::Column::Version);
    all.order_by_asc(notice::Column::Locale).all(world.deps.vault.store.reader()).await.unwrap()
}

/// SHA-256 over what the API shows, as the schema says it is computed.
fn hash(shown: &Value) -> String {
    let part = |name: &str| shown[name].clone();
    let controller = &shown["controller"];
    let canonical = format!(
        r#"{{"content":{{"controller":{{"address":{},"contact":{},"name":{}}},"data":{},"duration":{},"purposes":{},"rights":{},"why":{},"withdrawal":{}}},"id":{},"locale":{},"version":{}}}"#,
        controller["address"],
        controller["contact"],
        controller["name"],
        part("data"),
        part("duration"),
        part("purposes"),
        part("rights"),
        part("why"),
        part("withdrawal"),
        part("id"),
        part("locale"),
        part("version"),
    );
    digest(&SHA256, canonical.as_bytes()).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

on_both_databases! {
    async fn the_standard_notice_has_every_section_in_english_and_spanish(world) {
        let bank = world.brand("bank").await;
        ask(&bank, plain()).await;
        let mut hashes = Vec::new();
        for (wanted, locale) in [("en", "en"), ("es", "es"), ("es-AR", "es"), ("en-GB", "en"), ("de", "en")] {
            let query = format!("query($locale: Locale) {{ brand {{ consentRequests {{ nodes {{ notice(locale: $locale) {{ {NOTICE} }} }} }} }} }}");
            let reply = bank.ask(&query, json!({ "locale": wanted })).await;
            let shown = reply.data("/brand/consentRequests/nodes/0/notice");
            assert_eq!((&shown["name"], &shown["version"], &shown["locale"]), (&json!("standard"), &json!(1), &json!(locale)), "{wanted}");
            for section in ["purposes", "data", "why", "duration", "withdrawal", "rights"] {
                assert!(shown[section].as_str().unwrap().len() > 40, "{section}");
            }
            for part in ["name", "address", "contact"] {
                assert!(!shown["controller"][part].as_str().unwrap().is_empty(), "{part}");
            }
            assert_eq!(shown["hash"], hash(shown), "anybody can compute the hash");
            hashes.push(shown["hash"].clone());
        }
        assert_ne!(hashes[0], hashes[1]);
    }

    async fn a_brand_s_notice_has_versions_and_a_request_keeps_the_one_that_it_was_made_with(world) {
        let bank = world.brand("bank").await;
        let ada = world.customer("Ada").await;
        let first = publish(&bank, "care", json!([text("en", "First"), text("de", "Erster")])).await;
        assert_eq!((&first[0]["version"], &first[0]["locale"], &first[1]["locale"]), (&json!(1), &json!("en"), &json!("de")));
        assert_eq!(first[0]["why"], "First: why");
        assert_eq!(first[0]["hash"], hash(&first[0]));
        let id = asked(&bank, &ada, with(plain(), json!({ "notice": "care" }))).await;
        world.pass(1_000);
        let second = publish(&bank, "care", json!([text("de", "Zweiter"), text("en", "Second")])).await;
        assert_eq!((&second[0]["version"], &second[0]["id"]), (&json!(2), &first[0]["id"]), "the next version of the same");
        let query = "query($locale: Locale) { me { consentRequests { nodes { notice(locale: $locale) { version locale why hash } } } } }";
        for (wanted, shown) in [(json!("de-AT"), &first[1]), (json!("en"), &first[0]), (Value::Null, &first[0])] {
            let reply = ada.ask(query, json!({ "locale": wanted })).await;
            let notice = reply.data("/me/consentRequests/nodes/0/notice");
            assert_eq!((&notice["version"], &notice["hash"]), (&json!(1), &shown["hash"]), "{wanted}");
        }
        let input = json!({ "requestId": id, "scopes": ["NAME"], "locale": "de" });
        ada.act("answerConsentRequest", input, "").await.done("answerConsentRequest");
        let pinned = entity::grant_version::Entity::find().one(world.deps.vault.store.reader()).await.unwrap().unwrap();
        let hash: String = pinned.notice_hash.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!((json!(pinned.notice_id), pinned.notice_version, pinned.notice_locale.as_str(), json!(hash)),
            (first[1]["id"].clone(), 1, "de", first[1]["hash"].clone()), "the grant pins what was shown");

        let reply = act(&bank, "createConsentRequest", with(plain(), json!({ "notice": "care" })), &format!("request {{ {SEEN} }}")).await;
        assert_eq!(reply.done("createConsentRequest")["request"]["notice"]["version"], 2);
    }

    async fn a_brand_can_name_its_own_notices_only(world) {
        let (bank, shop) = (world.brand("bank").await, world.brand("shop").await);
        let of_bank = publish(&bank, "care", json!([text("en", "Bank")])).await;
        let of_shop = publish(&shop, "care", json!([text("en", "Shop")])).await;
        assert_ne!(of_bank[0]["id"], of_shop[0]["id"], "the same name is another brand's own");
        publish(&shop, "delivery", json!([text("en", "Shop")])).await;
        let ask_with = async |name: Value| {
            act(&bank, "createConsentRequest", with(plain(), json!({ "notice": name })), "request { notice { id why } }").await
        };
        assert_eq!(ask_with(json!("care")).await.done("createConsentRequest")["request"]["notice"]["why"], "Bank: why");
        for other in [json!("delivery"), of_shop[0]["id"].clone()] {
            assert_eq!(ask_with(other).await.mistakes("createConsentRequest"), ["NOT_FOUND notice"]);
        }
        assert_eq!(ask_with(json!("standard")).await.done("createConsentRequest")["request"]["notice"]["id"], "standard");
    }

    async fn what_is_malformed_in_a_notice_is_named_and_nothing_is_published(world) {
        let bank = world.brand("bank").await;
        let before = stored(&world).await.len();
        let good = || text("en", "Good");
        for (name, texts, mistakes) in [
            ("", json!([good()]), vec!["INVALID name"]),
            ("Care", json!([good()]), vec!["INVALID name"]),
            ("standard", json!([good()]), vec!["TAKEN name"]),
            ("care", json!([]), vec!["INVALID texts"]),
            ("care", json!(vec![good(); 31]), vec!["TOO_LONG texts"]),
            ("care", json!([good(), good()]), vec!["INVALID texts.1.locale"]),
            ("care", json!([with(good(), json!({ "locale": "en_US" }))]), vec!["INVALID texts.0.locale"]),
            ("care", json!([good(), with(text("de", "x"), json!({ "why": "" }))]), vec!["INVALID texts.1.why"]),
            ("care", json!([with(good(), json!({ "data": "x".repeat(2_001) }))]), vec!["INVALID texts.0.data"]),
            ("care", json!([with(good(), json!({ "rights": "a\u{7}b", "purposes": "\u{202E}" }))]), vec!["INVALID texts.0.purposes", "INVALID texts.0.rights"]),
            (
                "care",
                json!([with(good(), json!({ "controller": { "name": "a\nb", "address": "", "contact": "x".repeat(321) } }))]),
                vec!["INVALID texts.0.controller.name", "INVALID texts.0.controller.address", "INVALID texts.0.controller.contact"],
            ),
        ] {
            let reply = act(&bank, "publishNotice", json!({ "name": name, "texts": texts }), "notices { id }").await;
            assert_eq!(reply.mistakes("publishNotice"), mistakes, "{name} {texts}");
        }
        assert_eq!(stored(&world).await.len(), before);
    }

    async fn a_published_text_cannot_be_changed_or_removed_by_anybody(world) {
        let bank = world.brand("bank").await;
        publish(&bank, "care", json!([text("en", "Word")])).await;
        let before = stored(&world).await;
        assert_eq!(before.len(), 3, "the standard notice in two languages, and one of the bank's");
        let writer = world.deps.vault.store.writer();
        let content = notice::Content { why: "because we say so".into(), ..before[0].content.clone() };
        for change in [
            notice::ActiveModel { content: Set(content), ..Default::default() },
            notice::ActiveModel { version: Set(7), ..Default::default() },
            notice::ActiveModel { brand_id: Set(None), ..Default::default() },
        ] {
            let refused = notice::Entity::update_many().set(change).exec(writer).await.unwrap_err().to_string();
            assert!(refused.contains("written once"), "{refused}");
        }
        let refused = notice::Entity::delete_many().exec(writer).await.unwrap_err().to_string();
        assert!(refused.contains("written once"), "{refused}");
        api::bootstrap::migrate(&world.deps.vault).await.unwrap();
        assert_eq!(stored(&world).await, before, "a later start of the server leaves them as they are");
    }

    async fn notices_published_at_once_under_one_name_get_versions_of_their_own(world) {
        let bank = world.brand("bank").await;
        let text = |words: &str| json!([text("en", words)]);
        let (a, b, c, d) = tokio::join!(
            publish(&bank, "care", text("A")), publish(&bank, "care", text("B")), publish(&bank, "care", text("C")),
            publish(&bank, "care", text("D")),
        );
        let mut versions = [a, b, c, d].map(|notices| notices[0]["version"].as_i64().unwrap());
        versions.sort_unstable();
        assert_eq!(versions, [1, 2, 3, 4]);
    }

    async fn consent_given_without_a_page_pins_the_standard_notice(world) {
        let bank = world.brand("bank").await;
        let ada = world.customer("Ada").await;
        ada.give("bank", "CUSTOMER_CARE", &["NAME"]).await;
        let token = ask(&bank, with(plain(), json!({ "purpose": "ANALYTICS" }))).await;
        answer(&ada, &opened(&ada, &token).await, &["NAME"]).await.done("answerConsentRequest");
        let standard = notice::standard::english();
        let mut pinned = entity::grant_version::Entity::find().all(world.deps.vault.store.reader()).await.unwrap();
        pinned.sort_by_key(|row| row.method);
        let methods: Vec<_> = pinned.iter().map(|row| row.method.as_str()).collect();
        assert_eq!(methods, ["API", "REQUEST"]);
        for row in pinned {
            assert_eq!((row.notice_id.as_str(), row.notice_version, row.notice_locale.as_str()), ("standard", 1, "en"));
            assert_eq!(row.notice_hash, standard.digest());
        }
    }
}
