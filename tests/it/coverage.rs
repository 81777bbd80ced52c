//! What the schema promises: every field that a brand can reach is under consent or was reviewed as open, everything is
//! described, and nothing of the contract has gone or drifted from `schema.graphql`.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use async_graphql::Value as Constant;
use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{FieldDefinition, TypeKind, TypeSystemDefinition};
use serde_json::Value;
use tests::snapshot;

/// Root fields that an app may not use: they are about the customer who is signed in, and null or an error for everybody else.
const FOR_CUSTOMERS: [&str; 3] = ["me", "authorization", "disclosureMade"];
/// What an app writes; the rest is for customers, or for whoever becomes one.
const WRITES_OF_APPS: [&str; 7] = [
    "revokeGrant",
    "acknowledgeEnding",
    "createConsentRequest",
    "sendReply",
    "resendReply",
    "claimReplies",
    "reportReply",
];
/// What `node` gives to the customer who owns it and to nobody else.
const NODES_OF_CUSTOMERS: [&str; 3] = ["Customer", "Grant", "Link"];

/// A field as the schema declares it.
struct Field {
    /// As in `schema.graphql`: `profile(by: ProfileLocator!, purpose: Purpose!): Profile`.
    signature: String,
    /// The type without its wrappers.
    leads_to: String,
    /// The scope of its `@consent`.
    scope: Option<String>,
}

/// The fields of every type, input types too, and who implements which interface.
#[derive(Default)]
struct Types {
    fields: BTreeMap<String, BTreeMap<String, Field>>,
    implementors: BTreeMap<String, Vec<String>>,
    values: BTreeMap<String, Vec<String>>,
}

#[test]
fn every_field_that_a_brand_can_reach_is_under_consent_or_reviewed_as_open() {
    let types = types();
    let file = std::fs::read_to_string(snapshot::it().join("open_fields.txt")).unwrap();
    let mut reviewed = BTreeSet::new();
    for line in file.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (field, reason) = line.split_once(' ').unwrap_or((line, ""));
        assert!(!reason.trim().is_empty(), "{field}: say why it may be open");
        assert!(reviewed.insert(field.to_owned()), "{field} stands there twice");
    }
    let open = open_fields(&types);
    let unreviewed: Vec<_> = open.difference(&reviewed).collect();
    assert!(unreviewed.is_empty(), "neither under @consent nor reviewed in open_fields.txt: {unreviewed:#?}");
    let gone: Vec<_> = reviewed.difference(&open).collect();
    assert!(gone.is_empty(), "in open_fields.txt, but no brand can reach them: {gone:#?}");
}

#[tokio::test]
async fn the_directive_of_each_profile_field_is_the_scope_whose_definition_lists_it() {
    let types = types();
    let answer = execute("{ scopes { scope fields } }").await;
    let mut defined = BTreeMap::new();
    for definition in answer["scopes"].as_array().unwrap() {
        let scope = definition["scope"].as_str().unwrap();
        for path in definition["fields"].as_array().unwrap() {
            defined.insert(path.as_str().unwrap().to_owned(), scope.to_owned());
        }
    }
    let mut declared = BTreeMap::new();
    for (name, field) in &types.fields["Profile"] {
        let Some(scope) = &field.scope else { continue };
        for inner in types.fields[&field.leads_to].keys() {
            declared.insert(format!("{name}.{inner}"), scope.clone());
        }
    }
    assert_eq!(declared, defined, "left: the schema's directives, right: `scopes`");
    let scopes: BTreeSet<&String> = declared.values().collect();
    assert_eq!(scopes, types.values["Scope"].iter().collect(), "every scope opens something");
}

#[tokio::test]
async fn everything_in_the_schema_is_described() {
    let schema = execute(INTROSPECTION).await;
    let mut bare = Vec::new();
    for item in list(&schema["__schema"]["types"]) {
        let name = text(&item["name"]);
        if name.starts_with("__") {
            continue;
        }
        if !is_described_elsewhere(&name) {
            note(&mut bare, item, &name);
        }
        for field in list(&item["fields"]) {
            let path = format!("{name}.{}", text(&field["name"]));
            note(&mut bare, field, &path);
            for argument in list(&field["args"]) {
                note(&mut bare, argument, &format!("{path}({})", text(&argument["name"])));
            }
        }
        for part in list(&item["inputFields"]).iter().chain(list(&item["enumValues"])) {
            note(&mut bare, part, &format!("{name}.{}", text(&part["name"])));
        }
    }
    for directive in list(&schema["__schema"]["directives"]) {
        note(&mut bare, directive, &format!("@{}", text(&directive["name"])));
    }
    assert!(bare.is_empty(), "without a description: {bare:#?}");
}

#[test]
fn the_committed_schema_is_the_one_that_the_server_serves() {
    let committed = std::fs::read_to_string(snapshot::workspace().join("schema.graphql")).unwrap();
    let served = api::graphql::sdl();
    let (old, new): (BTreeSet<&str>, BTreeSet<&str>) = (committed.lines().collect(), served.lines().collect());
    let (gone, joined): (Vec<_>, Vec<_>) = (old.difference(&new).collect(), new.difference(&old).collect());
    assert!(
        committed == served,
        "run `cargo run -q -- schema > schema.graphql` and read the difference\ngone: {gone:#?}\njoined: {joined:#?}"
    );
}

#[test]
fn every_name_of_the_contract_is_there() {
    let types = types();
    let mut missing = Vec::new();
    for (name, fields) in CONTRACT {
        for expected in *fields {
            let known =
                types.fields.get(*name).is_some_and(|known| known.values().any(|field| field.signature == *expected));
            if !known {
                missing.push(format!("{name}.{expected}"));
            }
        }
    }
    for (name, values) in CONTRACT_VALUES {
        for expected in *values {
            if !types.values.get(*name).is_some_and(|values| values.iter().any(|value| value == expected)) {
                missing.push(format!("{name}.{expected}"));
            }
        }
    }
    for (field, scope) in SCOPED {
        if types.fields["Profile"].get(field).and_then(|field| field.scope.as_deref()) != Some(scope) {
            missing.push(format!("Profile.{field} @consent(scope: {scope})"));
        }
    }
    assert!(missing.is_empty(), "clients rely on: {missing:#?}");
    assert!(types.implementors["Node"].contains(&"Profile".to_owned()));
    assert!(api::graphql::sdl().contains("directive @consent(scope: Scope!) on FIELD_DEFINITION"));
    assert!(api::graphql::sdl().contains("input ProfileLocator @oneOf"));
}

/// Walks from what an app may ask and write at the roots; a field under `@consent` guards everything below it.
fn open_fields(types: &Types) -> BTreeSet<String> {
    let mut open = BTreeSet::new();
    let mut waiting = VecDeque::from(["Query".to_owned(), "Subscription".to_owned()]);
    for name in WRITES_OF_APPS {
        open.insert(format!("Mutation.{name}"));
        waiting.push_back(types.fields["Mutation"][name].leads_to.clone());
    }
    let mut walked = BTreeSet::new();
    while let Some(name) = waiting.pop_front() {
        if !walked.insert(name.clone()) {
            continue;
        }
        let implementors = types.implementors.get(&name).into_iter().flatten();
        waiting.extend(implementors.filter(|name| !NODES_OF_CUSTOMERS.contains(&name.as_str())).cloned());
        for (field_name, field) in types.fields.get(&name).into_iter().flatten() {
            if field.scope.is_none()
                && !(["Query", "Subscription"].contains(&name.as_str()) && FOR_CUSTOMERS.contains(&field_name.as_str()))
            {
                open.insert(format!("{name}.{field_name}"));
                waiting.push_back(field.leads_to.clone());
            }
        }
    }
    open
}

fn types() -> Types {
    let document = parse_schema(api::graphql::sdl()).expect("the schema can be parsed");
    let mut types = Types::default();
    for definition in document.definitions {
        let TypeSystemDefinition::Type(definition) = definition else { continue };
        let name = definition.node.name.node.to_string();
        let mut implement = |interfaces: &[async_graphql::Positioned<async_graphql::Name>]| {
            for interface in interfaces {
                types.implementors.entry(interface.node.to_string()).or_default().push(name.clone());
            }
        };
        let fields = match &definition.node.kind {
            TypeKind::Object(object) => {
                implement(&object.implements);
                object.fields.iter().map(|field| declared(&field.node)).collect()
            }
            TypeKind::Interface(interface) => interface.fields.iter().map(|field| declared(&field.node)).collect(),
            TypeKind::Union(union) => {
                let members = union.members.iter().map(|member| member.node.to_string());
                types.implementors.entry(name.clone()).or_default().extend(members);
                BTreeMap::new()
            }
            TypeKind::InputObject(input) => {
                let plain = |field: &async_graphql::parser::types::InputValueDefinition| {
                    let signature = format!("{}: {}", field.name.node, field.ty.node);
                    (field.name.node.to_string(), Field { signature, leads_to: String::new(), scope: None })
                };
                input.fields.iter().map(|field| plain(&field.node)).collect()
            }
            TypeKind::Enum(list) => {
                let values = list.values.iter().map(|value| value.node.value.node.to_string()).collect();
                types.values.insert(name.clone(), values);
                BTreeMap::new()
            }
            TypeKind::Scalar => BTreeMap::new(),
        };
        types.fields.insert(name, fields);
    }
    types
}

fn declared(field: &FieldDefinition) -> (String, Field) {
    let name = field.name.node.to_string();
    let one = |argument: &async_graphql::parser::types::InputValueDefinition| {
        format!("{}: {}", argument.name.node, argument.ty.node)
    };
    let arguments: Vec<_> = field.arguments.iter().map(|argument| one(&argument.node)).collect();
    let arguments = if arguments.is_empty() { String::new() } else { format!("({})", arguments.join(", ")) };
    let written = field.ty.node.to_string();
    let consent = field.directives.iter().find(|directive| directive.node.name.node == "consent");
    let scope = consent.map(|consent| match consent.node.get_argument("scope").map(|scope| &scope.node) {
        Some(Constant::Enum(scope)) => scope.to_string(),
        other => panic!("{name}: @consent without a scope: {other:?}"),
    });
    let leads_to = written.trim_matches(['[', ']', '!']).to_owned();
    (name.clone(), Field { signature: format!("{name}{arguments}: {written}"), leads_to, scope })
}

async fn execute(query: &str) -> Value {
    let response = api::graphql::Schemas::new(true).strict.execute(query).await;
    assert!(response.errors.is_empty(), "{:?}", response.errors);
    serde_json::to_value(response.data).expect("data is JSON")
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// `ID` is GraphQL's own; a connection is made by async-graphql, without a word, and described where a field gives it.
fn is_described_elsewhere(name: &str) -> bool {
    name == "ID" || name.ends_with("Connection")
}

fn note(bare: &mut Vec<String>, item: &Value, path: &str) {
    if text(&item["description"]).trim().is_empty() {
        bare.push(path.to_owned());
    }
}

const INTROSPECTION: &str = "{ __schema {
    types {
        name description
        fields(includeDeprecated: true) { name description args { name description } }
        inputFields { name description }
        enumValues(includeDeprecated: true) { name description }
    }
    directives { name description }
} }";

/// DESIGN section 4: these names are fixed. What joins them is free to come and go; what is here is not.
const CONTRACT: &[(&str, &[&str])] = &[
    (
        "Query",
        &[
            "me: Customer",
            "brand: Brand",
            "profile(by: ProfileLocator!, purpose: Purpose!): Profile",
            "profiles(by: [ProfileLocator!]!, purpose: Purpose!): [Profile]!",
            "scopes: [ScopeDefinition!]!",
            "purposes: [PurposeDefinition!]!",
            "node(id: ID!): Node",
            "nodes(ids: [ID!]!): [Node]!",
        ],
    ),
    ("ProfileLocator", &["handle: HandleInput", "id: ID"]),
    ("HandleInput", &["channel: Channel!", "handle: String!"]),
    (
        "Profile",
        &[
            "id: ID!",
            "name: PersonName",
            "contact: ContactDetails",
            "handles: [Handle!]",
            "area: Area",
            "language: Language",
            "preferences(category: String): [Preference!]",
            "context: [Context!]",
            "access: [ScopeAccess!]!",
        ],
    ),
    ("PersonName", &["displayName: String", "givenName: String", "familyName: String", "pronouns: String"]),
    ("ContactDetails", &["email: EmailAddress", "phone: PhoneNumber", "preferredChannel: Channel"]),
    ("Handle", &["channel: Channel!", "handle: String!", "verifiedAt: DateTime!"]),
    ("Area", &["postalCode: String", "region: String", "country: CountryCode"]),
    ("Language", &["locale: Locale", "timeZone: TimeZone"]),
    ("Preference", &["category: String!", "key: String!", "value: String!"]),
    ("Context", &["topic: String!", "text: String", "area: String", "wishedOutcome: String", "statedAt: DateTime!"]),
    ("ScopeAccess", &["scope: Scope!", "status: AccessStatus!", "grantId: ID", "expiresAt: DateTime"]),
    (
        "Mutation",
        &[
            "signUp(input: SignUpInput!): SignUpPayload!",
            "signIn(input: SignInInput!): SignInPayload!",
            "updateProfile(input: UpdateProfileInput!): UpdateProfilePayload!",
            "setPreferences(input: SetPreferencesInput!): SetPreferencesPayload!",
            "stateContext(input: StateContextInput!): StateContextPayload!",
            "startLink(input: StartLinkInput!): StartLinkPayload!",
            "completeLink(input: CompleteLinkInput!): CompleteLinkPayload!",
            "unlink(input: UnlinkInput!): UnlinkPayload!",
            "giveConsent(input: GiveConsentInput!): GiveConsentPayload!",
            "amendConsent(input: AmendConsentInput!): AmendConsentPayload!",
            "pauseConsent(input: PauseConsentInput!): PauseConsentPayload!",
            "resumeConsent(input: ResumeConsentInput!): ResumeConsentPayload!",
            "withdrawConsent(input: WithdrawConsentInput!): WithdrawConsentPayload!",
            "withdrawEverything(input: WithdrawEverythingInput!): WithdrawEverythingPayload!",
        ],
    ),
    ("SignUpInput", &["email: EmailAddress!", "password: String!", "displayName: String"]),
    ("SignInInput", &["email: EmailAddress!", "password: String!"]),
    ("SignInPayload", &["session: Session", "userErrors: [UserError!]!"]),
    ("SignUpPayload", &["session: Session", "userErrors: [UserError!]!"]),
    ("Session", &["accessToken: String!", "expiresAt: DateTime!", "refreshToken: String!"]),
    ("StateContextInput", &["brand: String", "topic: String!"]),
    ("StartLinkPayload", &["challenge: Challenge", "userErrors: [UserError!]!"]),
    ("GiveConsentInput", &["brand: String!", "purpose: Purpose!", "scopes: [Scope!]!", "expiresAt: DateTime"]),
    ("GiveConsentPayload", &["grant: Grant", "receipt: Receipt", "userErrors: [UserError!]!"]),
    ("WithdrawConsentInput", &["grantId: ID!"]),
    ("WithdrawEverythingInput", &["idempotencyKey: String"]),
    ("UserError", &["code: UserErrorCode!", "field: [String!]!", "message: String!"]),
    (
        "Grant",
        &[
            "id: ID!",
            "brand: Brand!",
            "purpose: Purpose!",
            "scopes: [Scope!]!",
            "state: GrantState!",
            "validFrom: DateTime!",
            "expiresAt: DateTime!",
            "profileId: ID!",
            "preview: Profile",
        ],
    ),
    ("Brand", &["slug: String!", "name: String!"]),
    (
        "Customer",
        &[
            "links(first: Int, after: String): LinkConnection!",
            "grants(first: Int, after: String): GrantConnection!",
            "disclosures(first: Int, after: String, brand: String, answered: Boolean): DisclosureConnection!",
        ],
    ),
    ("DisclosureConnection", &["nodes: [Disclosure!]!"]),
    (
        "Disclosure",
        &["at: DateTime!", "brand: Brand!", "app: String!", "purpose: Purpose", "fields: [DisclosedField!]!"],
    ),
    ("DisclosedField", &["path: String!", "scope: Scope!", "outcome: AccessStatus!"]),
    ("ScopeDefinition", &["scope: Scope!", "label: String!", "permissions: [String!]!", "fields: [String!]!"]),
    ("PurposeDefinition", &["purpose: Purpose!"]),
];

const CONTRACT_VALUES: &[(&str, &[&str])] = &[
    ("Scope", &tests::world::ALL_SCOPES),
    ("Purpose", &tests::world::ALL_PURPOSES),
    ("AccessStatus", &["GRANTED", "NOT_GRANTED", "PAUSED", "WITHDRAWN", "EXPIRED"]),
    ("GrantState", &["ACTIVE", "PAUSED", "WITHDRAWN", "REVOKED", "EXPIRED", "INVALIDATED"]),
    ("Channel", &["X", "FACEBOOK", "INSTAGRAM", "MASTODON", "LINKEDIN", "EMAIL", "PHONE", "WEB"]),
];

const SCOPED: [(&str, &str); 7] = [
    ("name", "NAME"),
    ("contact", "CONTACT"),
    ("handles", "HANDLES"),
    ("area", "AREA"),
    ("language", "LANGUAGE"),
    ("preferences", "PREFERENCES"),
    ("context", "CONTEXT"),
];
