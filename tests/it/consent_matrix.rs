//! The consent matrix: who gets which field in which state of a customer's consent, over real HTTP, as a text that a
//! lawyer could read.

mod subjects;
mod words;

use std::fmt::Write as _;

use entity::kinds::StaffRole::{Admin, Agent};
use serde_json::{Value, json};
use tests::customer::PASSWORD;
use tests::world::{ALL_PURPOSES, ALL_SCOPES, DAY};
use tests::{BrandApp, Customer, Reply, StaffPerson, World, on_both_databases, snapshot};

use subjects::{Subject, expected, fill, subjects};
use words::{BY_ID, BY_NODE, HEADING};

/// A field of a profile, and what of it is selected.
const FIELDS: [(&str, &str); 8] = [
    ("name", "{ displayName givenName familyName pronouns }"),
    ("contact", "{ email phone preferredChannel }"),
    ("handles", "{ channel handle verifiedAt }"),
    ("area", "{ postalCode region country }"),
    ("language", "{ locale timeZone }"),
    ("preferences", "{ category key value }"),
    ("context", "{ topic text area wishedOutcome statedAt }"),
    ("access", "{ scope status }"),
];

/// How a request comes to a profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Handle,
    Profiles,
    Alias,
    Fragment,
    Inline,
    Id,
    Node,
}

impl Way {
    /// The document, and where in the answer the profile is.
    fn document(self, fields: &[usize]) -> (String, &'static str) {
        let alias = if self == Self::Alias { "seen_" } else { "" };
        let prefix = |name: &str| if alias.is_empty() { String::new() } else { format!("{alias}{name}: ") };
        let selected = fields.iter().map(|field| FIELDS[*field]);
        let selected: String = selected.map(|(name, inner)| format!("{}{name} {inner} ", prefix(name))).collect();
        let everything: String = FIELDS.iter().map(|(name, inner)| format!("{name} {inner} ")).collect();
        let head = "query($by: ProfileLocator!, $purpose: Purpose!)";
        match self {
            Self::Handle | Self::Id => {
                (format!("{head} {{ profile(by: $by, purpose: $purpose) {{ {selected} }} }}"), "/profile")
            }
            Self::Profiles => {
                let stranger = "{ handle: { channel: EMAIL, handle: \"stranger@elsewhere.example\" } }";
                let call = format!("profiles(by: [{stranger}, $by], purpose: $purpose)");
                (format!("{head} {{ {call} {{ {selected} }} }}"), "/profiles/1")
            }
            Self::Alias => {
                (format!("{head} {{ someone: profile(by: $by, purpose: $purpose) {{ {selected} }} }}"), "/someone")
            }
            Self::Fragment => {
                let call = "profile(by: $by, purpose: $purpose) { ...Part }";
                (format!("{head} {{ {call} }} fragment Part on Profile {{ {selected} }}"), "/profile")
            }
            Self::Inline => {
                let taken = format!("... on Profile @include(if: true) {{ {selected} }}");
                let left = format!("... on Profile @include(if: false) {{ {everything} }}");
                (format!("{head} {{ profile(by: $by, purpose: $purpose) {{ {taken} {left} }} }}"), "/profile")
            }
            Self::Node => {
                (format!("query($id: ID!) {{ node(id: $id) {{ ... on Profile {{ {selected} }} }} }}"), "/node")
            }
        }
    }
}

/// Somebody who asks.
struct Persona {
    label: &'static str,
    token: Option<String>,
    purpose: &'static str,
    /// An app that may not read every field: asked field by field, since one forbidden field refuses the whole request.
    by_field: bool,
}

on_both_databases! {
    async fn every_persona_gets_in_every_state_exactly_what_the_committed_matrix_says(world) {
        let bank = world.brand("bank").await;
        let shop = world.brand("shop").await;
        let by_scope = world.app("bank", "bank-chat", &["NAME", "LANGUAGE"], &ALL_PURPOSES).await;
        let by_purpose = world.app("bank", "bank-figures", &ALL_SCOPES, &["ANALYTICS"]).await;
        let subjects = subjects(&world).await;
        world.pass(2 * DAY);
        let other = Customer::sign_in(&world, "other@example.org", PASSWORD).await;
        let agent = StaffPerson::join(&world, "bank", Agent, "Nils").await;
        let admin = StaffPerson::join(&world, "bank", Admin, "Petra").await;
        let of_shop = StaffPerson::join(&world, "shop", Agent, "Sam").await;
        let staff = [&agent, &admin, &of_shop];
        let personas = personas(&bank, [&by_scope, &by_purpose], staff, &shop, &other).await;

        let mut text = HEADING.to_owned();
        let mut by_handle = Vec::new();
        for subject in &subjects {
            let rows = rows(&world, &personas, subject, Way::Handle).await;
            write_block(&mut text, subject.label, &personas, &rows);
            for way in [Way::Profiles, Way::Alias, Way::Fragment, Way::Inline] {
                let same = self::rows(&world, &personas, subject, way).await;
                assert_eq!(same, rows, "{}: {way:?} is answered like a plain `profile`", subject.label);
            }
            by_handle.push(rows);
        }
        text.push_str(BY_ID);
        for (subject, plain) in subjects.iter().zip(&by_handle) {
            let rows = rows(&world, &personas, subject, Way::Id).await;
            if rows != *plain {
                write_block(&mut text, subject.label, &personas, &rows);
            }
        }
        text.push_str(BY_NODE);
        let mut stranger = None;
        for subject in &subjects {
            let rows = rows(&world, &personas, subject, Way::Node).await;
            if stranger.as_ref() == Some(&rows) {
                let _ = write!(text, "\n{}\n  as of somebody who never granted anything\n", subject.label);
            } else {
                write_block(&mut text, subject.label, &personas, &rows);
            }
            stranger.get_or_insert(rows);
        }
        snapshot::assert_unchanged("consent_matrix.txt", &text);
    }

    async fn a_field_that_is_left_out_by_include_is_neither_answered_nor_recorded(world) {
        let bank = world.brand("bank").await;
        let ada = world.customer("Ada").await;
        fill(&ada, "ada").await;
        ada.link_email("ada@handle.example").await;
        ada.give("bank", "CUSTOMER_CARE", &ALL_SCOPES).await;
        let fields = "id contact @include(if: false) { email } ... @include(if: false) { area { region } } \
                      language @skip(if: true) { locale } name { displayName familyName @include(if: false) }";
        let reply = bank.look_up("ada@handle.example", "CUSTOMER_CARE", fields).await;
        let profile = reply.data("/profile").as_object().expect("a profile");
        assert_eq!(profile.keys().collect::<Vec<_>>(), ["id", "name"]);
        assert_eq!(profile["name"], json!({ "displayName": "ada display" }));
        let recorded = &ada.disclosures(1).await[0]["fields"];
        assert_eq!(*recorded, json!([{ "path": "name.displayName", "scope": "NAME", "outcome": "GRANTED" }]));
    }
}

async fn personas(
    bank: &BrandApp<'_>,
    narrow: [&BrandApp<'_>; 2],
    [agent, admin, of_shop]: [&StaffPerson<'_>; 3],
    shop: &BrandApp<'_>,
    other: &Customer<'_>,
) -> Vec<Persona> {
    let care = "CUSTOMER_CARE";
    let persona = |label, token, purpose, by_field| Persona { label, token, purpose, by_field };
    vec![
        persona("the bank's app", Some(bank.token().await), care, false),
        persona("  declaring ANALYTICS instead", Some(bank.token().await), "ANALYTICS", false),
        persona("  declaring DIRECT_MARKETING", Some(bank.token().await), "DIRECT_MARKETING", false),
        persona("  only for NAME and LANGUAGE", Some(narrow[0].token().await), care, true),
        persona("  only for ANALYTICS", Some(narrow[1].token().await), care, false),
        persona("the bank's care agent", Some(agent.token().to_owned()), care, false),
        persona("  declaring ANALYTICS instead", Some(agent.token().to_owned()), "ANALYTICS", false),
        persona("the bank's administrator", Some(admin.token().to_owned()), care, false),
        persona("the shop's app", Some(shop.token().await), care, false),
        persona("the shop's care agent", Some(of_shop.token().to_owned()), care, false),
        persona("another customer", Some(other.token().await), care, false),
        persona("nobody in particular", None, care, false),
    ]
}

/// One row per persona, one cell per field.
async fn rows(world: &World, personas: &[Persona], subject: &Subject, way: Way) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    for persona in personas {
        let mut row = Vec::new();
        if persona.by_field || way == Way::Handle {
            for field in 0..FIELDS.len() {
                row.extend(cells(world, persona, subject, way, &[field]).await);
            }
        } else {
            row = cells(world, persona, subject, way, &[0, 1, 2, 3, 4, 5, 6, 7]).await;
        }
        rows.push(row);
    }
    rows
}

async fn cells(world: &World, persona: &Persona, subject: &Subject, way: Way, fields: &[usize]) -> Vec<String> {
    let (document, place) = way.document(fields);
    let variables = match way {
        Way::Node => json!({ "id": subject.id }),
        Way::Id => json!({ "by": { "id": subject.id }, "purpose": persona.purpose }),
        _ => {
            let by = json!({ "handle": { "channel": "EMAIL", "handle": subject.handle } });
            json!({ "by": by, "purpose": persona.purpose })
        }
    };
    let reply = world.ask_as(persona.token.as_deref(), &document, variables).await;
    let key = if matches!(way, Way::Id | Way::Node) { &subject.by_id } else { &subject.by_handle };
    let alias = if way == Way::Alias { "seen_" } else { "" };
    let cell = |field: &usize| cell(&reply, place, FIELDS[*field].0, alias, key.as_deref());
    fields.iter().map(cell).collect()
}

fn cell(reply: &Reply, place: &str, field: &str, alias: &str, key: Option<&str>) -> String {
    match reply.status.as_u16() {
        200 => {}
        401 => return "401".into(),
        403 if reply.code() == "FORBIDDEN" && reply.body["data"].is_null() => return "FORBIDDEN".into(),
        _ => panic!("an unexpected answer: {} {}", reply.status, reply.text),
    }
    let profile = reply.data(place);
    if profile.is_null() {
        return "nobody".into();
    }
    if place == "/profiles/1" {
        assert_eq!(*reply.data("/profiles/0"), Value::Null, "the stranger beside them is not there");
    }
    match &profile[format!("{alias}{field}")] {
        Value::Null => "null".into(),
        Value::Array(access) if field == "access" => summary(access),
        Value::Array(items) if items.is_empty() => "[]".into(),
        value => {
            let key = key.unwrap_or_else(|| panic!("nobody is there, yet {field} is {value}"));
            assert_eq!(*value, handles_now(field, key), "{field} of {key}");
            "value".into()
        }
    }
}

/// The handle that was taken over is the new owner's now.
fn handles_now(field: &str, key: &str) -> Value {
    match (field, key.strip_prefix("new-")) {
        ("handles", Some(former)) => expected(field, former),
        _ => expected(field, key),
    }
}

/// `all GRANTED`, or `NAME GRANTED, else WITHDRAWN`.
fn summary(access: &[Value]) -> String {
    let text = |value: &Value| value.as_str().expect("a word").to_owned();
    let pairs: Vec<(String, String)> =
        access.iter().map(|item| (text(&item["scope"]), text(&item["status"]))).collect();
    assert_eq!(pairs.iter().map(|pair| pair.0.as_str()).collect::<Vec<_>>(), ALL_SCOPES);
    let count = |status: &str| pairs.iter().filter(|pair| pair.1 == status).count();
    let (_, usual) = pairs.iter().max_by_key(|pair| count(&pair.1)).expect("seven scopes");
    let special: Vec<_> =
        pairs.iter().filter(|pair| pair.1 != *usual).map(|(scope, status)| format!("{scope} {status}")).collect();
    if special.is_empty() { format!("all {usual}") } else { format!("{}, else {usual}", special.join(", ")) }
}

fn write_block(text: &mut String, label: &str, personas: &[Persona], rows: &[Vec<String>]) {
    let names: String = FIELDS.iter().map(|(name, _)| format!("{name:12}")).collect();
    let _ = write!(text, "\n{label}\n{:33}{}", "", names.trim_end());
    for (persona, row) in personas.iter().zip(rows) {
        let line: String = row.iter().map(|cell| format!("{cell:12}")).collect();
        let _ = write!(text, "\n  {:31}{}", persona.label, line.trim_end());
    }
    text.push('\n');
}
