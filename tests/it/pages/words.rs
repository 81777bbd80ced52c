//! The pages say the same in each language, ask only what the schema knows, and nothing that is not said.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;
use tests::StrangeClient;
use tests::snapshot::workspace;

fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
        if entry.is_dir() {
            found.extend(files(&entry, extension));
        } else if entry.extension().is_some_and(|known| known == extension) {
            found.push(entry);
        }
    }
    found.sort();
    found
}

fn pages() -> PathBuf {
    workspace().join("api/pages")
}

/// The messages of a language, each with the names in braces that it wants.
fn messages(language: &str) -> BTreeMap<String, BTreeSet<String>> {
    let text = fs::read_to_string(pages().join(format!("words/{language}.ftl"))).expect("the words");
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut current = String::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        if let Some((name, _)) = line.split_once(" =").filter(|_| !line.starts_with([' ', '}'])) {
            current = name.to_owned();
            assert!(found.insert(current.clone(), BTreeSet::new()).is_none(), "{language}: {current} stands twice");
        }
        let names = line.split("{ $").skip(1).map(|rest| rest.split([' ', '}']).next().unwrap_or_default().to_owned());
        if let Some(known) = found.get_mut(&current) {
            known.extend(names);
        }
    }
    found
}

#[test]
fn both_languages_have_every_message_with_the_same_gaps() {
    let (english, spanish) = (messages("en"), messages("es"));
    assert!(english.len() > 300, "{}", english.len());
    assert_eq!(english, spanish);
}

#[test]
fn every_message_that_a_page_says_is_there_and_none_is_left_over() {
    let english = messages("en");
    let mut said = BTreeSet::new();
    let mut begun = BTreeSet::new();
    for file in files(&pages(), "html") {
        let text = fs::read_to_string(&file).expect("a template");
        for rest in text.split("say(\"").chain(text.split("is_said(\"")).skip(1) {
            let (key, after) = rest.split_once('"').unwrap_or_default();
            if !key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)) {
                continue;
            }
            // A name that goes on by what stands in a variable.
            if after.trim_start().starts_with('~') {
                begun.insert(key.to_owned())
            } else {
                said.insert(key.to_owned())
            };
        }
    }
    let missing: Vec<_> = said.iter().filter(|key| !english.contains_key(*key)).collect();
    assert!(missing.is_empty(), "{missing:?}");
    let of_times = ["date", "time", "month-"];
    // What a template says from a list of names.
    let listed = ["erase-everything", "erase-receipts", "erase-final"];
    let is_used = |key: &str| {
        said.contains(key)
            || begun.iter().any(|start| key.starts_with(start.as_str()))
            || of_times.iter().any(|start| key.starts_with(start))
            || listed.contains(&key)
    };
    let left: Vec<_> = english.keys().filter(|key| !is_used(key)).collect();
    assert!(left.is_empty(), "no page says these: {left:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_document_of_a_page_is_valid_by_the_reference_implementation() {
    let schema = fs::read_to_string(workspace().join("schema.graphql")).expect("the schema");
    let text = |file: PathBuf| {
        let name = file.strip_prefix(pages()).expect("below").display().to_string();
        (name, json!(fs::read_to_string(&file).expect("a document")))
    };
    let documents: serde_json::Map<_, _> = files(&pages(), "graphql").into_iter().map(text).collect();
    assert!(documents.len() > 40, "{}", documents.len());
    let mut client = StrangeClient::start("validate", &json!({ "schema": schema, "documents": documents }));
    assert_eq!(client.hear(), json!({ "done": [] }));
}
