//! The README's main job, pasted into a shell as a newcomer would, against a demo on either database.

use std::process::Command;

use serde_json::Value;
use tests::Backend;
use tests::process::House;
use tests::snapshot::workspace;

use crate::demo::Demo;

/// The `sh` blocks under "The main job in four requests", as one script.
fn pasted() -> String {
    let readme = include_str!("../../README.md");
    let (_, section) = readme.split_once("## The main job in four requests").expect("the section is there");
    let (section, _) = section.split_once("\n## ").expect("another section follows");
    let blocks = section.split("```sh\n").skip(1).filter_map(|rest| rest.split_once("```"));
    blocks.map(|(block, _)| block).collect()
}

async fn the_four_requests(house: House) {
    let demo = Demo::start(&house, &["demo"]).await;
    let again = pasted().lines().find(|line| line.starts_with("ask \"$BANK\"")).expect("request 2").to_owned();
    let script = format!("{}\n{again}", pasted());
    let output = Command::new("bash").args(["-euc", &script]).env("RAPPORT", demo.url()).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{output:?}");
    let answers: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    assert_eq!(answers.len(), 5, "{text}");
    assert_eq!(answers[0]["data"]["giveConsent"]["grant"]["state"], "ACTIVE", "{text}");
    let profile = &answers[1]["data"]["profile"];
    assert!(profile["name"]["displayName"].is_string() && profile["language"]["locale"].is_string(), "{text}");
    assert_eq!(profile["contact"], Value::Null, "{text}");
    assert_eq!(answers[2]["data"]["me"]["disclosures"]["nodes"][0]["brand"]["name"], "Larkfield Bank", "{text}");
    assert_eq!(answers[3]["data"]["withdrawEverything"]["grants"][0]["state"], "WITHDRAWN", "{text}");
    assert_eq!(answers[4], serde_json::json!({ "data": { "profile": null } }), "{text}");
    demo.stop().await;
}

#[tokio::test]
async fn the_four_requests_of_the_readme_do_the_main_job_on_sqlite() {
    the_four_requests(House::with_database("sqlite://rapport.sqlite")).await;
}

#[tokio::test]
async fn the_four_requests_of_the_readme_do_the_main_job_on_postgres() {
    the_four_requests(House::on(Backend::Postgres).await).await;
}

#[test]
fn cargo_run_leaves_no_doubt_which_program_the_readme_means() {
    let metadata = ["metadata", "--no-deps", "--locked", "--offline", "--format-version=1"];
    let output = Command::new(env!("CARGO")).args(metadata).current_dir(workspace()).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let list = |value: &Value| value.as_array().unwrap().clone();
    let defaults = list(&metadata["workspace_default_members"]);
    let packages = list(&metadata["packages"]).into_iter().filter(|package| defaults.contains(&package["id"]));
    let targets = packages.flat_map(|package| list(&package["targets"]));
    let programs: Vec<Value> =
        targets.filter(|target| list(&target["kind"]).contains(&"bin".into())).map(|it| it["name"].clone()).collect();
    assert_eq!(programs, ["rapport"]);
}
