//! A hundred cost as many statements as one: no list asks the database once for each of its entries.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use serde_json::{Value, json};
use tests::process::{Api, House, Server, until};

use super::{LOG, sent};
use crate::command_line::in_a_house_on_both_databases;
use crate::demo::Demo;

/// The lists that a customer has, and what can be asked of their entries.
const CUSTOMERS: [(&str, &str); 5] = [
    ("links", "id channel handle verifiedAt dueAt isDue"),
    ("sessions", "id createdAt lastSeenAt label current"),
    (
        "grants",
        "id brand { slug name } purpose scopes profileId offer lastReadAt reads preview { id name { displayName } preferences { value } }
         events(first: 2) { nodes { revision kind actor reason scopes expiresAt receiptId } }",
    ),
    ("receipts", "id kind at brand { name } profileId document"),
    ("disclosures", "at brand { name } app reader answered fields { path outcome } proof { leafIndex }"),
];
/// Those that a brand's app has.
const APPS: [(&str, &str); 4] = [
    ("conversations", "id status correspondent { handle name } lastMessage { text }"),
    ("receipts", "id kind at profileId document"),
    ("grantChanges", "id kind grantId profileId scopes now { state }"),
    ("consentRequests", "id state scopes { scope } notice { data } grantId profileId"),
];
/// Those that a brand's administrators have.
const ADMINISTRATORS: [(&str, &str); 3] = [
    ("auditTrail", "id at staffId act subjectId details { name value }"),
    ("apps", "id clientId scopes purposes keys { kid }"),
    ("staff", "id name email role status"),
];

/// Fails if any of the lists takes more statements for a hundred entries than for one.
async fn assert_constant(server: &Server, reader: &Api, owner: &str, lists: &[(&str, &str)]) {
    for (list, fields) in lists {
        let query = format!("query($first: Int!) {{ {owner} {{ {list}(first: $first) {{ nodes {{ {fields} }} }} }} }}");
        let one = count(server, reader, &query, &json!({ "first": 1 })).await.1;
        let (answer, hundred) = count(server, reader, &query, &json!({ "first": 100 })).await;
        let nodes = answer[owner][list]["nodes"].as_array().map_or(0, Vec::len);
        assert!(nodes >= 3, "{list} is a list of several: {answer}");
        // What only some entries have may take one more.
        assert!(hundred <= one + 1, "{list}: {hundred} statements for {nodes}, {one} for one");
    }
}

/// What is answered the second time, and how many statements it took; the first time fills what is remembered.
async fn count(server: &Server, reader: &Api, query: &str, variables: &Value) -> (Value, usize) {
    reader.ask(query, variables.clone()).await;
    let before = sent(server).len();
    let reply = reader.ask(query, variables.clone()).await;
    assert!(reply.body.get("errors").is_none(), "{query}: {}", reply.text);
    (reply.body["data"].clone(), sent(server).len() - before)
}

/// Who reads lists: a customer, a brand's app, one of its administrators.
struct Readers {
    customer: Api,
    app: Api,
    administrator: Api,
}

impl Readers {
    /// They sign in: the first customer of a demo, the app that answers for the bank of theirs, and an administrator.
    async fn of(server: &Server, credentials: &Value) -> Self {
        let customers = credentials["customers"].as_array().unwrap();
        let customer = signed_in(
            server,
            "signIn",
            json!({
            "email": customers[0]["email"], "password": customers[0]["password"] }),
        )
        .await;
        let apps = credentials["apps"].as_array().unwrap();
        let app = apps.iter().find(|app| app["clientId"] == "larkfield-care").unwrap();
        let app = server.app("larkfield-care", app["clientSecret"].as_str().unwrap()).await;
        let staff = credentials["staff"].as_array().unwrap();
        let administrator = staff.iter().find(|staff| staff["role"] == "ADMIN").unwrap();
        let administrator = signed_in(
            server,
            "signInStaff",
            json!({ "brand": administrator["brand"],
            "email": administrator["email"], "password": administrator["password"] }),
        )
        .await;
        Self { customer, app, administrator }
    }

    /// They do what fills their lists.
    async fn act(&self) {
        for number in 0..3 {
            let scopes = json!([{ "scope": "NAME", "required": true, "reason": "To answer you" }]);
            let asked = json!({ "purpose": "CUSTOMER_CARE", "scopes": scopes, "offer": format!("Answer {number}") });
            self.app.act("createConsentRequest", asked, "link").await.unwrap().done("createConsentRequest");
            let invited = json!({ "email": format!("nils{number}@example.org"), "role": "AGENT" });
            self.administrator.act("inviteStaff", invited, "staffId").await.unwrap().done("inviteStaff");
            let app = json!({ "clientId": format!("app-{number}"), "scopes": ["NAME"], "purposes": ["CUSTOMER_CARE"] });
            self.administrator.act("registerApp", app, "app { id }").await.unwrap().done("registerApp");
        }
        let grants = "{ me { grants(first: 100) { nodes { id state brand { slug } } } } }";
        let grants = self.customer.ask(grants, json!({})).await.data("/me/grants/nodes").clone();
        let is_banks = |grant: &&Value| grant["brand"]["slug"] == "larkfield-bank" && grant["state"] == "ACTIVE";
        let grant = json!({ "grantId": grants.as_array().unwrap().iter().find(is_banks).unwrap()["id"] });
        for mutation in ["pauseConsent", "resumeConsent", "withdrawConsent"] {
            let done = self.customer.act(mutation, grant.clone(), "grant { state }").await.unwrap();
            done.done(mutation);
        }
    }
}

async fn signed_in(server: &Server, mutation: &str, input: Value) -> Api {
    let signed_in = server.client(None).act(mutation, input, "session { accessToken }").await.unwrap();
    server.client(signed_in.done(mutation)["session"]["accessToken"].as_str())
}

/// Waits until the sequencer has given all that its place.
async fn placed(readers: &Readers) {
    let feed = "{ brand { grantChanges(first: 100) { nodes { id } } } }";
    until("the feed", async || {
        let feed = readers.app.ask(feed, json!({})).await;
        (feed.data("/brand/grantChanges/nodes").as_array()?.len() >= 3).then_some(())
    })
    .await;
}

in_a_house_on_both_databases! {
    async fn no_list_takes_more_statements_for_being_longer(house) {
        let server = Demo::start(&house, &["demo", "--credentials", "credentials.json"]).await.into_server();
        let credentials = std::fs::read_to_string(house.folder.join("credentials.json")).unwrap();
        let credentials: Value = serde_json::from_str(&credentials).unwrap();
        let readers = Readers::of(&server, &credentials).await;
        readers.act().await;
        placed(&readers).await;
        drop(server);
        // Now without workers, whose statements would be counted too.
        let house = house.set(LOG.0, LOG.1).set("RAPPORT_WORKERS", "off");
        let server = Demo::start(&house, &["demo"]).await.into_server();
        for _ in 0..2 {
            Readers::of(&server, &credentials).await;
        }
        let Readers { customer, app, administrator } = Readers::of(&server, &credentials).await;
        assert_constant(&server, &customer, "me", &CUSTOMERS).await;
        assert_constant(&server, &app, "brand", &APPS).await;
        assert_constant(&server, &administrator, "brand", &ADMINISTRATORS).await;
    }
}
