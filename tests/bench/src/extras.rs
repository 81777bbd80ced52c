//! What else a user waits for: many profiles at once, stopping while brands read, a long list of who looked, signing in.

use serde_json::json;
use tests::customer::PASSWORD;
use tests::process::Api;

use crate::Options;
use crate::load::Script;
use crate::report::{Report, Row};
use crate::site::{Site, instant};

/// Times that something is measured one by one.
const TIMES: usize = 200;
/// Those among whom somebody is looked up until their list is long.
const ONE: u64 = 1;
const PAGE: &str = "query($after: String) { me { disclosures(first: 20, after: $after) {
    nodes { at purpose brand { name } fields { path outcome } } pageInfo { endCursor } } } }";

pub async fn measure(site: &Site, options: &Options, report: &mut Report) {
    let sample = site.drive(Script::Fifty, 8, options.seconds).await;
    report.add(Row::new(site.backend, "profiles of 50", 8, &sample));
    withdraw(site, options, report).await;
    pages(site, options, report).await;
    sign_in(site, report).await;
}

/// Gives and takes back while the brands read as fast as they can.
async fn withdraw(site: &Site, options: &Options, report: &mut Report) {
    let customer = site.claim(1).await;
    let load = site.drive(Script::One, 32, options.seconds.max(5) * 2);
    let acts = async {
        let mut times = Vec::new();
        let began = instant();
        while began.elapsed().as_secs() < options.seconds.max(5) {
            let input = json!({ "brand": "larkfield-bank", "purpose": "ANALYTICS", "scopes": ["NAME"] });
            let given = customer.act("giveConsent", input, "grant { id }").await.expect("an answer");
            let grant = given.done("giveConsent")["grant"]["id"].clone();
            let at = instant();
            let ended = customer.act("withdrawConsent", json!({ "grantId": grant }), "grant { state }").await;
            ended.expect("an answer").done("withdrawConsent");
            times.push(at.elapsed().as_secs_f64() * 1e3);
        }
        times
    };
    let (_, times) = tokio::join!(load, acts);
    report.times(site.backend, "withdraw under 32 readers, ms", times);
}

/// The first page of a long list, and one far behind it.
async fn pages(site: &Site, options: &Options, report: &mut Report) {
    let customer = site.claim(0).await;
    let (_, requests) = site.drive_among(ONE, Script::One, 32, options.seconds).await;
    report.note(site.backend, "records of one customer", requests);
    let mut first = Vec::new();
    for _ in 0..TIMES {
        let at = instant();
        let reply = customer.ask(PAGE, json!({})).await;
        first.push(at.elapsed().as_secs_f64() * 1e3);
        assert!(reply.data("/me/disclosures/nodes/19").is_object(), "a full page: {}", reply.text);
    }
    report.times(site.backend, "first page of their disclosures, ms", first);
    report.times(site.backend, "page after page of them, ms", walk(&customer).await);
}

async fn walk(customer: &Api) -> Vec<f64> {
    let (mut after, mut times) = (serde_json::Value::Null, Vec::new());
    for _ in 0..TIMES {
        let at = instant();
        let reply = customer.ask(PAGE, json!({ "after": after })).await;
        times.push(at.elapsed().as_secs_f64() * 1e3);
        after = reply.body["data"]["me"]["disclosures"]["pageInfo"]["endCursor"].clone();
        assert!(after.is_string(), "a page with a next: {}", reply.text);
    }
    times
}

async fn sign_in(site: &Site, report: &mut Report) {
    let nobody = site.server.client(None);
    let mut times = Vec::new();
    for number in 0..10 {
        let input = json!({ "email": "c0@example.org", "password": PASSWORD });
        let api = nobody.clone().from(&format!("2001:db8:ffff:{number:x}::1"));
        let at = instant();
        api.act("signIn", input, "session { accessToken }").await.expect("an answer").done("signIn");
        times.push(at.elapsed().as_secs_f64() * 1e3);
    }
    report.times(site.backend, "sign-in, ms", times);
}
