//! What everybody asks for in the canary sweep.

use serde_json::{Value, json};
use tests::world::ALL_PURPOSES;

use super::HANDLE;

pub type Document = (String, String, Value);

const ME: &str = "id email name { displayName givenName familyName pronouns } contact { email phone preferredChannel }
    area { postalCode region country } language { locale timeZone } preferences { category key value }
    context { id topic text area wishedOutcome brand { slug } } links { nodes { id handle } }
    grants { nodes { id profileId preview { name { displayName } contact { email } context { topic } }
        events { nodes { occurredAt reason } } } }
    passkeys { nodes { id nickname } }
    disclosures { nodes { app reader staffRole brand { slug } fields { path } } }";

/// Everything that can be read, by every id that there is.
pub fn reads(ids: &[String]) -> Vec<Document> {
    let whole = tests::app::WHOLE_PROFILE;
    let by = json!({ "handle": { "channel": "EMAIL", "handle": HANDLE } });
    let read = |what: &str, query: String, variables: Value| (what.to_owned(), query, variables);
    let mut list = vec![
        read(
            "me",
            format!("{{ me {{ {ME} }} brand {{ id slug name }} scopes {{ label }} purposes {{ label }} }}"),
            json!({}),
        ),
        read(
            "nodes",
            format!(
                "query($ids: [ID!]!) {{ nodes(ids: $ids) {{ id __typename ... on Customer {{ {ME} }}
            ... on Profile {{ {whole} }} ... on Link {{ handle }} ... on Grant {{ preview {{ {whole} }} }} }} }}"
            ),
            json!({ "ids": ids }),
        ),
        read(
            "a colleague",
            "{ staff { id name email } }".to_owned(),
            json!({}),
        ),
        read(
            "colleagues",
            "{ brand { staff { nodes { id name email } } auditTrail(first: 100) { nodes { staffId details { name value } } } } }"
                .to_owned(),
            json!({}),
        ),
        read(
            "a mixture",
            format!(
                "query($by: ProfileLocator!) {{ me {{ {ME} }}
            profile(by: $by, purpose: CUSTOMER_CARE) {{ name {{ displayName }} }} }}"
            ),
            json!({ "by": by }),
        ),
        read(
            "one name",
            "query($by: ProfileLocator!) { profile(by: $by, purpose: CUSTOMER_CARE) { name { displayName
            givenName familyName pronouns } } }"
                .to_owned(),
            json!({ "by": by }),
        ),
    ];
    let conversation = ids.iter().find(|id| id.starts_with("conversation_"));
    list.push(read(
        "the queue",
        "{ brand { conversations { nodes { id lastMessage { text } } } } }".to_owned(),
        json!({}),
    ));
    let query = format!(
        "query($id: ID!) {{ brand {{ conversation(id: $id) {{ messages {{ nodes {{ text }} }}
            profile(purpose: CUSTOMER_CARE) {{ {whole} }} }} }} }}"
    );
    list.push(read("the conversation", query, json!({ "id": conversation })));
    let query = "query($id: ID!) { brand { conversation(id: $id) { draftReply(purpose: CUSTOMER_CARE, visibility: PRIVATE,
        template: \"{{name.familyName}} {{contact.email}} {{area.region}} {{context.text}}\") { text variables { path outcome } } } } }";
    list.push(read("a draft", query.to_owned(), json!({ "id": conversation })));
    let query = "mutation($id: ID!, $template: String!) { sendReply(input: { conversationId: $id, visibility: PRIVATE,
        template: $template }) { message { text subject } conversation { lastMessage { text } } userErrors { message } } }";
    let template = "{{name.familyName || 'a'}} {{contact.email || 'b'}} {{area.region || 'c'}} {{context.text || 'd'}}";
    list.push(read("a reply", query.to_owned(), json!({ "id": conversation, "template": template })));
    for purpose in ALL_PURPOSES {
        let query = format!("query($by: ProfileLocator!) {{ profile(by: $by, purpose: {purpose}) {{ {whole} }} }}");
        list.push(read(&format!("a handle for {purpose}"), query, json!({ "by": by })));
    }
    let context = "query($by: ProfileLocator!) { profile(by: $by, purpose: CUSTOMER_CARE) { context { topic text } } }";
    for id in ids {
        let query =
            format!("query($by: [ProfileLocator!]!) {{ profiles(by: $by, purpose: CUSTOMER_CARE) {{ {whole} }} }}");
        list.push(read(&format!("the id {id}"), query, json!({ "by": [{ "id": id }] })));
        list.push(read(&format!("context by the id {id}"), context.to_owned(), json!({ "by": { "id": id } })));
    }
    list
}

/// What others try to do with Ada's ids, and where an answer might show what is behind them.
pub fn writes(ids: &[String]) -> Vec<Document> {
    let user_errors = "userErrors { code field message }";
    let mut list = Vec::new();
    for id in ids {
        for (mutation, input, shown) in [
            ("unlink", json!({ "linkId": id }), "unlinkedId"),
            ("clearContext", json!({ "contextId": id }), "clearedId"),
            ("withdrawConsent", json!({ "grantId": id }), "grant { preview { name { displayName } } }"),
            ("pauseConsent", json!({ "grantId": id }), "grant { preview { name { displayName } } }"),
            ("amendConsent", json!({ "grantId": id, "scopes": ["NAME"] }), "grant { profileId }"),
            ("renamePasskey", json!({ "passkeyId": id, "nickname": "Phone" }), "passkey { nickname }"),
            ("removePasskey", json!({ "passkeyId": id }), "removedId"),
            ("completeLink", json!({ "challengeId": id, "code": "000000" }), "link { handle }"),
        ] {
            let kind = format!("{}{}Input", mutation[..1].to_uppercase(), &mutation[1..]);
            let query =
                format!("mutation($input: {kind}!) {{ {mutation}(input: $input) {{ {shown} {user_errors} }} }}");
            list.push((format!("{mutation} {id}"), query, json!({ "input": input })));
        }
    }
    let start = format!(
        "mutation($input: StartLinkInput!) {{ startLink(input: $input) {{ challenge {{ id }} {user_errors} }} }}"
    );
    list.push(("startLink".into(), start, json!({ "input": { "channel": "EMAIL", "handle": HANDLE } })));
    list
}
