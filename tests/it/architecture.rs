//! The edges between modules, checked on the source text: what a file may name, how long it may be, what it is called.

use std::fs;
use std::path::{Path, PathBuf};

use tests::snapshot::workspace;

/// The four crates.
const CRATES: [&str; 4] = ["api", "entity", "migration", "tests"];
/// The longest file.
const MOST_LINES: usize = 400;

/// A source file.
struct Source {
    /// From the workspace, such as `api/src/main.rs`.
    path: String,
    text: String,
}

impl Source {
    /// Where a line of code has one of these words, as `path:line: text`. Comments may speak of anything.
    fn naming(&self, words: &[&str]) -> Vec<String> {
        let code = self.text.lines().enumerate().map(|(place, line)| (place + 1, line, uncommented(line)));
        code.filter(|(_, _, code)| words.iter().any(|word| code.contains(word)))
            .map(|(place, line, _)| format!("{}:{place}: {}", self.path, line.trim()))
            .collect()
    }
}

#[test]
fn the_law_does_no_input_or_output() {
    let io = [
        "sea_orm",
        "sqlx",
        "tokio",
        "std::fs",
        "std::net",
        "std::env",
        "std::io",
        "std::process",
        "std::time",
        "jiff::",
        "async fn",
        ".await",
        "tracing",
        "reqwest",
        "crate::store",
        "crate::vault",
        "crate::protected",
        "crate::clock",
        "crate::entropy",
        "println!",
        "dbg!",
    ];
    assert_none(below("entity/src/consent"), &io, "the law is a function of its arguments");
}

#[test]
fn graphql_names_no_table() {
    let tables =
        ["::Entity", "::Column", "ActiveModel", "QueryFilter", "QuerySelect", "EntityTrait", "ConnectionTrait"];
    assert_none(below("api/src/graphql"), &tables, "resolvers hand over to `domain` and to the vault's doors");
    let orm: Vec<_> = below("api/src/graphql").iter().flat_map(names_orm).collect();
    assert!(orm.is_empty(), "of sea_orm, resolvers may name DbErr: {orm:#?}");
}

#[test]
fn http_enters_by_gateway_and_domain_only() {
    let doors = [
        "::Entity",
        "::Column",
        "ActiveModel",
        "entity::vault",
        "vault::disclose",
        "vault::own",
        "vault::write",
        "vault::find",
        "vault::link",
        "vault::bulk",
        "crate::import",
        "crate::demo",
        "crate::cli",
        "crate::mail",
    ];
    let sources = below("api/src/http");
    let orm: Vec<_> = sources.iter().flat_map(names_orm).collect();
    assert!(orm.is_empty(), "of sea_orm, HTTP may name DbErr: {orm:#?}");
    assert_none(sources, &doors, "HTTP reads and writes nothing by itself");
    let beside: Vec<Source> =
        below("api/src/http").into_iter().filter(|source| !source.path.ends_with("/gateway.rs")).collect();
    assert_none(beside, &["RapportSchema", "schema.execute", "execute_stream"], "only the gateway runs the schema");
}

#[test]
fn pages_are_clients_of_the_public_schema() {
    let doors = ["entity::vault", "vault::", "crate::domain", "crate::graphql", "crate::import", "sea_orm", "::Entity"];
    assert_none(below("api/src/web"), &doors, "pages have nothing below them but the gateway");
}

#[test]
fn domain_names_neither_graphql_nor_http() {
    assert_none(
        below("api/src/domain"),
        &["async_graphql", "actix", "crate::graphql", "crate::http"],
        "services are called by both",
    );
}

#[test]
fn entity_knows_nothing_of_http() {
    let http = ["actix", "reqwest", "hyper", "http::", "lettre", "::api::"];
    assert_none(below("entity/src"), &http, "what is stored does not know how it is asked for");
    assert_none(below("migration/src"), &["actix", "async_graphql", "entity::"], "migrations stand alone");
}

#[test]
fn the_protected_tables_cannot_be_named_outside_their_crate() {
    let root = read("entity/src/lib.rs");
    let declared: Vec<_> = root.text.lines().map(str::trim).filter(|line| line.ends_with("mod protected;")).collect();
    assert_eq!(declared, ["mod protected;"], "private, and declared once");
    let sources = below("entity/src");
    let tables = ["Model", "Entity", "ActiveModel", "Column", "Relation", "PrimaryKey", "*", "}"];
    let is_table = |line: &str| {
        let name = line.trim_end_matches(';').rsplit("::").next().unwrap_or_default();
        tables.iter().any(|table| name.ends_with(table)) || !name.starts_with(char::is_uppercase)
    };
    let reexports: Vec<_> = sources
        .iter()
        .flat_map(|source| source.naming(&["protected"]))
        .filter(|line| line.contains(": pub ") && is_table(line) && !line.ends_with("mod protected;"))
        .collect();
    assert!(reexports.is_empty(), "a re-export opens the seal: {reexports:#?}");
    let outside: Vec<Source> = ["api/src", "migration/src", "tests/src"].into_iter().flat_map(below).collect();
    assert_none(outside, &["entity::protected"], "the seal is the crate boundary");
}

/// Whoever can name a table's columns in an entity of their own needs no door to it.
#[test]
fn nobody_else_declares_a_table() {
    let declares = ["DeriveEntityModel", "table_name", "DeriveModel", "FromQueryResult", "from_raw_sql", "raw_sql!"];
    assert_none(
        below("api/src"),
        &declares,
        "tables are declared beside the law, where the protected ones are private",
    );
}

/// What takes consent away must reach the endings journal, so whoever writes an event either notes it, or need not: an
/// import brings whole customers, and a replay reads what was noted.
#[test]
fn consent_events_are_written_where_their_endings_are_noted() {
    let written = ["consent_event::ActiveModel", "consent_event::Entity::insert"];
    let mut places: Vec<String> = ["api/src", "entity/src"]
        .into_iter()
        .flat_map(below)
        .filter(|source| !source.naming(&written).is_empty())
        .map(|source| source.path)
        .collect();
    places.sort();
    let book = "api/src/domain/consent/book.rs";
    let others =
        ["entity/src/vault/bulk/batch.rs", "entity/src/vault/bulk/history.rs", "entity/src/vault/replay/apply.rs"];
    assert_eq!(places, [&[book][..], &others].concat());
    assert!(!read(book).naming(&["transaction.note_event("]).is_empty(), "the book notes what it writes");
}

/// One place says how long a call may take, how large its answer may be, and that it goes nowhere else.
#[test]
fn other_servers_are_called_in_one_place() {
    let others: Vec<Source> =
        below("api/src").into_iter().filter(|source| !source.path.starts_with("api/src/outbound/")).collect();
    assert_none(others, &["reqwest::", "hyper::"], "calls go out by `outbound`");
}

#[test]
fn crates_depend_in_one_direction() {
    for (crate_name, not) in [
        ("entity", &["api", "migration", "tests", "actix-web", "lettre", "reqwest"][..]),
        ("migration", &["api", "entity", "tests", "actix-web", "async-graphql"]),
        ("api", &["tests"]),
    ] {
        let manifest = read(&format!("{crate_name}/Cargo.toml")).text;
        let (_, dependencies) = manifest.split_once("[dependencies]").unwrap();
        for name in not {
            let named = dependencies.lines().any(|line| line.split(['.', ' ', '=']).next() == Some(name));
            assert!(!named, "{crate_name} must not depend on {name}");
        }
    }
}

#[test]
fn every_file_is_short_well_named_and_says_what_it_is_for() {
    let mut wrong = Vec::new();
    for source in all() {
        let lines = source.text.lines().count();
        if lines > MOST_LINES {
            wrong.push(format!("{} has {lines} lines, {MOST_LINES} at most", source.path));
        }
        if !source.text.starts_with("//! ") {
            wrong.push(format!("{} does not begin with a line `//! what it is for`", source.path));
        }
        let vague = ["util", "utils", "common", "helper", "helpers", "manager", "misc"];
        for part in source.path.split(['/', '.']).filter(|part| vague.contains(part)) {
            wrong.push(format!("{}: `{part}` says nothing", source.path));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn lints_are_lifted_with_a_reason_only_and_hold_in_every_crate() {
    // `expect` complains when it is no longer needed; a macro's expansion cannot know, so this one allows.
    let allowed = "tests/src/lib.rs";
    let sources: Vec<Source> = all().into_iter().filter(|source| source.path != allowed).collect();
    assert_none(sources, &[concat!("#[", "allow("), concat!("#![", "allow(")], "`expect` with a reason instead");
    let unreasoned: Vec<_> = all().iter().flat_map(without_reason).collect();
    assert!(unreasoned.is_empty(), "say why: {unreasoned:#?}");
    for crate_name in CRATES {
        let manifest = read(&format!("{crate_name}/Cargo.toml")).text;
        assert!(manifest.contains("[lints]\nworkspace = true"), "{crate_name} is under the workspace's lints");
    }
    let workspace = read("Cargo.toml").text;
    for lint in [
        "unsafe_code = \"forbid\"",
        "too_many_lines = \"deny\"",
        "unwrap_used = \"deny\"",
        "disallowed_methods = \"deny\"",
    ] {
        assert!(workspace.contains(lint), "{lint}");
    }
    assert!(read(".clippy.toml").text.contains("too-many-lines-threshold = 100"), "functions have 100 lines at most");
}

/// What of sea_orm is named beside its error.
fn names_orm(source: &Source) -> Vec<String> {
    let other = |line: &String| {
        let named = line.match_indices("sea_orm").map(|(place, word)| line[place + word.len()..].to_owned());
        named.into_iter().any(|rest| !matches!(rest.strip_prefix("::").map(identifier), Some("DbErr")))
    };
    source.naming(&["sea_orm"]).into_iter().filter(|line| other(line)).collect()
}

fn identifier(text: &str) -> &str {
    text.split(|letter: char| !letter.is_alphanumeric() && letter != '_').next().unwrap_or_default()
}

/// Every `expect` attribute gives a reason before it closes.
fn without_reason(source: &Source) -> Vec<String> {
    let starts = [concat!("#[", "expect("), concat!("#![", "expect(")];
    let places = starts.into_iter().flat_map(|start| source.text.match_indices(start));
    places
        .filter(|(place, _)| {
            let rest = &source.text[*place..];
            !rest.split(")]").next().is_some_and(|attribute| attribute.contains("reason = \""))
        })
        .map(|(place, _)| format!("{}:{}", source.path, source.text[..place].lines().count()))
        .collect()
}

fn uncommented(line: &str) -> &str {
    let trimmed = line.trim_start();
    if trimmed.starts_with("//") { "" } else { line.split(" // ").next().unwrap_or(line) }
}

fn assert_none(sources: Vec<Source>, words: &[&str], rule: &str) {
    assert!(!sources.is_empty(), "there is something to check");
    let found: Vec<_> = sources.iter().flat_map(|source| source.naming(words)).collect();
    assert!(found.is_empty(), "{rule}: {found:#?}");
}

/// All Rust files of the four crates.
fn all() -> Vec<Source> {
    CRATES.into_iter().flat_map(below).collect()
}

/// All Rust files below a folder.
fn below(folder: &str) -> Vec<Source> {
    let mut files = Vec::new();
    collect(&workspace().join(folder), &mut files);
    files.sort();
    files.iter().map(|file| load(file)).collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("the entry can be read").path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

fn read(path: &str) -> Source {
    load(&workspace().join(path))
}

fn load(file: &Path) -> Source {
    let path = file.strip_prefix(workspace()).expect("below the workspace").display().to_string();
    Source { path, text: fs::read_to_string(file).expect("the source is text") }
}
