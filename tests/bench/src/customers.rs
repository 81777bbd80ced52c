//! Synthetic customers, written once as the file that is imported, and as tables for the floor.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use entity::clock::Clock;
use serde_json::Value;
use tests::database;

/// What is read of everybody, with the place of its scope in the bits of a grant of the floor's.
pub const SCOPES: [(&str, &str); 4] =
    [("NAME", "name"), ("AREA", "area"), ("LANGUAGE", "language"), ("PREFERENCES", "preferences")];

/// A brand's app, as the file has it.
#[derive(Debug, Clone)]
pub struct App {
    pub client_id: String,
    pub secret: String,
    pub slug: String,
}

/// The files.
pub struct Lines {
    /// NDJSON, to be imported.
    pub import: PathBuf,
    /// For the floor, tab-separated: handle and customer; grants; values.
    pub tables: [PathBuf; 3],
    /// The apps, in the order of their brands.
    pub apps: Vec<App>,
    /// The purpose of each brand's grants.
    pub purposes: Vec<String>,
}

/// Writes so many customers.
pub fn write(customers: u64) -> Lines {
    let folder = database::fresh_folder("bench");
    let import = folder.join("customers.ndjson");
    // To the second, as `synthesize` wants it.
    let now = Clock::System.now().to_string();
    let now = format!("{}Z", now.split('.').next().unwrap_or_default());
    let made = Command::new("target/release/examples/synthesize")
        .args([&customers.to_string(), "--now", &now])
        .stdout(Stdio::from(File::create(&import).expect("a file")))
        .status();
    assert!(made.expect("tests/bench/run builds synthesize").success(), "synthesize failed");
    tables(&folder, import)
}

fn tables(folder: &Path, import: PathBuf) -> Lines {
    let files = ["directory.tsv", "grants.tsv", "values.tsv"].map(|name| folder.join(name));
    let mut out = files.each_ref().map(|path| BufWriter::new(File::create(path).expect("a file")));
    let (mut apps, mut purposes, mut number) = (Vec::new(), Vec::new(), 0_u64);
    for line in BufReader::new(File::open(&import).expect("the file")).lines() {
        let line: Value = serde_json::from_str(&line.expect("a line")).expect("JSON");
        if line["customer"].is_null() {
            let app = &line["apps"][0];
            let text = |value: &Value| value.as_str().expect("a text").to_owned();
            apps.push(App {
                client_id: text(&app["clientId"]),
                secret: text(&app["clientSecret"]),
                slug: text(&line["brand"]["slug"]),
            });
            purposes.push(text(&app["purposes"][purposes.len()]));
            continue;
        }
        customer(&line, number, &mut out);
        number += 1;
    }
    out.iter_mut().for_each(|file| file.flush().expect("written"));
    Lines { import, tables: files, apps, purposes }
}

fn customer(line: &Value, number: u64, out: &mut [BufWriter<File>; 3]) {
    let [directory, grants, values] = out;
    writeln!(directory, "c{number}\t{number}").expect("written");
    for (brand, grant) in line["grants"].as_array().into_iter().flatten().enumerate() {
        let has = |scope: &str| grant["scopes"].as_array().into_iter().flatten().any(|known| known == scope);
        let bits: u32 = SCOPES.iter().enumerate().filter(|(_, (scope, _))| has(scope)).map(|(bit, _)| 1 << bit).sum();
        let state = if grant["withdrawnAt"].is_null() { "ACTIVE" } else { "WITHDRAWN" };
        let (from, until) = (grant["from"].as_str().expect("a time"), grant["until"].as_str().expect("a time"));
        writeln!(grants, "{number}\t{brand}\t{bits}\t{state}\t{from}\t{until}").expect("written");
    }
    for (bit, (_, field)) in SCOPES.iter().enumerate() {
        let value = if *field == "preferences" { &line[*field] } else { &line["customer"][*field] };
        writeln!(values, "{number}\t{bit}\t{value}").expect("written");
    }
}
