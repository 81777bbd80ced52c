//! What else a user waits for: many profiles at once, stopping while brands read, a long list of who looked, signing in.

use serde_json::{Value, json};
use tests::Reply;
use tests::customer::PASSWORD;
use tests::process::Api;

use crate::Options;
use crate::load::Script;
use crate::report::{Report, Row};
use crate::site::{Site, instant};

/// Times that something is measured one by one.
const TIMES: usize = 200;
/// The same of what takes as long as hashing a password, and of what is limited.
const ROUNDS: usize = 24;
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
    report.times(site.backend, "withdraw under 32 readers, ms", &times);
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
    report.times(site.backend, "first page of their disclosures, ms", &first);
    report.times(site.backend, "page after page of them, ms", &walk(&customer).await);
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

/// Right, and wrong at an address that there is and at one that there is not: in turn, so that whatever else the machine
/// does falls on all three alike. Nothing but what is there may tell the last two apart.
async fn sign_in(site: &Site, report: &mut Report) {
    let [mut right, mut known, mut unknown] = [const { Vec::new() }; 3];
    for round in 0..ROUNDS {
        // Two accounts, and another network each time: no limit on guesses is reached.
        let (email, nobody) = (format!("c{}@example.org", round % 2), format!("nobody{}@example.org", round % 2));
        let wrong = |email: &str| json!({ "email": email, "password": format!("not the right one {round}") });
        let api = site.server.client(None).from(&format!("2001:db8:ffff:{round:x}::1"));
        let (time, reply) = timed(&api, "signIn", json!({ "email": email, "password": PASSWORD })).await;
        reply.done("signIn");
        right.push(time);
        let in_turn = [(&email, &mut known), (&nobody, &mut unknown)];
        for (email, times) in turned(in_turn, round) {
            let (time, reply) = timed(&api, "signIn", wrong(email)).await;
            assert_eq!(reply.mistakes("signIn"), ["WRONG_CREDENTIALS"], "{}", reply.text);
            times.push(time);
        }
    }
    report.percent(site.backend, "wrong sign-in, unknown address to known", &unknown, &known);
    report.times(site.backend, "sign-in, ms", &right);
    report.times(site.backend, "wrong sign-in, known address, ms", &known);
    report.times(site.backend, "wrong sign-in, unknown address, ms", &unknown);
    reset(site, report).await;
}

/// The same of asking for a new password. The mail comes after the answer and burdens whoever is next, so each is next
/// after each.
async fn reset(site: &Site, report: &mut Report) {
    let [mut known, mut unknown] = [const { Vec::new() }; 2];
    for round in 0..ROUNDS {
        let (email, nobody) = (format!("c{}@example.org", round % 2), format!("nobody{}@example.org", round % 2));
        let api = site.server.client(None).from(&format!("2001:db8:fffe:{round:x}::1"));
        for (email, times) in turned([(&email, &mut known), (&nobody, &mut unknown)], round) {
            let (time, reply) = timed(&api, "startPasswordReset", json!({ "email": email })).await;
            reply.done("startPasswordReset");
            times.push(time);
        }
    }
    report.percent(site.backend, "reset of a password, unknown address to known", &unknown, &known);
    report.times(site.backend, "reset of a password, known address, ms", &known);
    report.times(site.backend, "reset of a password, unknown address, ms", &unknown);
}

/// The two, the other way round every other time.
fn turned<T>(mut two: [T; 2], round: usize) -> [T; 2] {
    two.rotate_left(round % 2);
    two
}

async fn timed(api: &Api, mutation: &str, input: Value) -> (f64, Reply) {
    let at = instant();
    let reply = api.act(mutation, input, "").await.expect("an answer");
    (at.elapsed().as_secs_f64() * 1e3, reply)
}
