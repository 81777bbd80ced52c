//! `kill -9` in the middle of writing: whatever was acknowledged is there after the restart.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test fails by panicking, and tells how much it tried"
)]

use std::time::Duration;

use serde_json::{Value, json};
use tests::Reply;
use tests::customer::PASSWORD;
use tokio::task::JoinHandle;

use crate::command_line::{bank, in_a_house_on_both_databases};
use tests::process::{Api, House, Server};

const ROUNDS: u64 = 20;
const WRITERS: usize = 3;
/// Another seed makes other instants.
const SEED: u64 = 2026;

const SIGN_UP: &str =
    "mutation($input: SignUpInput!) { signUp(input: $input) { session { accessToken } userErrors { code } } }";
const SIGN_IN: &str =
    "mutation($input: SignInInput!) { signIn(input: $input) { session { accessToken } userErrors { code } } }";

/// From 20 to 1,200 milliseconds after the start (SplitMix64).
pub fn instant(round: u64) -> Duration {
    let x = SEED.wrapping_add(round.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    Duration::from_millis(20 + (x ^ (x >> 31)) % 1_180)
}

/// What one customer tried to write, and what of it was acknowledged.
struct Ledger {
    token: String,
    tried: u64,
    kept: u64,
    /// Acknowledged grants. A withdrawal: none was tried, it was tried, it was acknowledged.
    grants: Vec<(String, Withdrawal)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Withdrawal {
    None,
    Tried,
    Acknowledged,
}

impl Ledger {
    /// Writes until the server is gone.
    async fn write(mut self, api: Api) -> Self {
        loop {
            self.tried += 1;
            let preference = json!({ "category": "count", "key": "n", "value": self.tried.to_string() });
            let Some(reply) = api.act("setPreferences", json!({ "preferences": [preference] }), "").await else {
                break;
            };
            reply.done("setPreferences");
            self.kept = self.tried;
            let input = json!({ "brand": "bank", "purpose": "CUSTOMER_CARE", "scopes": ["NAME"] });
            let Some(reply) = api.act("giveConsent", input, "grant { id }").await else { break };
            let grant = reply.done("giveConsent")["grant"]["id"].as_str().unwrap().to_owned();
            self.grants.push((grant.clone(), Withdrawal::Tried));
            let Some(reply) = api.act("withdrawConsent", json!({ "grantId": grant }), "grant { state }").await else {
                break;
            };
            assert_eq!(reply.done("withdrawConsent")["grant"]["state"], "WITHDRAWN");
            self.grants.last_mut().unwrap().1 = Withdrawal::Acknowledged;
            // A grant that stays until the next round, or nearly.
            let input = json!({ "brand": "bank", "purpose": "ANALYTICS", "scopes": ["NAME"] });
            let Some(reply) = api.act("giveConsent", input, "grant { id }").await else { break };
            let Some(grant) = reply.data("/giveConsent")["grant"]["id"].as_str().map(str::to_owned) else { continue };
            self.grants.push((grant, Withdrawal::None));
        }
        self
    }

    /// Everything that was acknowledged is there.
    async fn assert_kept(&self, api: &Api) {
        let reply = api.ask("{ me { preferences { value } } }", json!({})).await;
        let value = reply.data("/me/preferences/0/value").as_str().map_or(0, |value| value.parse().unwrap());
        assert!((self.kept..=self.tried).contains(&value), "{value} is not between {} and {}", self.kept, self.tried);
        for part in self.grants.chunks(20) {
            let ids: Vec<_> = part.iter().map(|(id, _)| id).collect();
            let query = "query($ids: [ID!]!) { nodes(ids: $ids) { ... on Grant { id state } } }";
            let reply = api.ask(query, json!({ "ids": ids })).await;
            for ((id, withdrawal), found) in part.iter().zip(reply.data("/nodes").as_array().unwrap()) {
                assert_eq!(found["id"], id.as_str(), "an acknowledged grant is gone");
                match withdrawal {
                    Withdrawal::None => assert_eq!(found["state"], "ACTIVE", "nobody withdrew it"),
                    Withdrawal::Acknowledged => {
                        assert_eq!(found["state"], "WITHDRAWN", "an acknowledged withdrawal is gone")
                    }
                    Withdrawal::Tried => {}
                }
            }
        }
    }

    /// Ends what is open, so that the next round can give anew.
    async fn withdraw_everything(&mut self, api: &Api) {
        let reply = api.act("withdrawEverything", json!({}), "grants { id }").await.unwrap();
        reply.done("withdrawEverything");
        self.grants.iter_mut().for_each(|(_, withdrawal)| *withdrawal = Withdrawal::Acknowledged);
    }
}

async fn sign_up(api: &Api, email: &str) -> Option<Reply> {
    let input = json!({ "email": email, "password": PASSWORD, "displayName": "Kim" });
    api.attempt(SIGN_UP, json!({ "input": input })).await
}

/// Somebody who signs up, from an address of their own: one address may not sign up so many.
struct Person {
    email: String,
    address: String,
}

impl Person {
    fn new(round: u64, number: u64) -> Self {
        Self {
            email: format!("kim-{round}-{number}@example.org"),
            address: format!("2001:db8:{round:x}:{number:x}::1"),
        }
    }
}

/// Signs people up until the server is gone: those who were acknowledged.
async fn sign_people_up(api: Api, round: u64) -> Vec<Person> {
    let mut acknowledged = Vec::new();
    for number in 0.. {
        let person = Person::new(round, number);
        let Some(reply) = sign_up(&api.clone().from(&person.address), &person.email).await else { break };
        reply.done("signUp");
        acknowledged.push(person);
    }
    acknowledged
}

async fn assert_can_sign_in(server: &Server, people: &[Person]) {
    let nobody = server.client(None);
    for Person { email, address } in people {
        let api = nobody.clone().from(address);
        let reply = api.ask(SIGN_IN, json!({ "input": { "email": email, "password": PASSWORD } })).await;
        assert!(reply.done("signIn")["session"]["accessToken"].is_string(), "an acknowledged account is gone: {email}");
    }
}

async fn ledgers(server: &Server) -> Vec<Ledger> {
    let mut ledgers = Vec::new();
    for n in 0..WRITERS {
        let reply = sign_up(&server.client(None), &format!("writer-{n}@example.org")).await.unwrap();
        let token = reply.done("signUp")["session"]["accessToken"].as_str().unwrap().to_owned();
        ledgers.push(Ledger { token, tried: 0, kept: 0, grants: Vec::new() });
    }
    ledgers
}

async fn survive(house: House) {
    let mut line: Value = bank();
    line["apps"][0]["purposes"] = json!(["CUSTOMER_CARE", "ANALYTICS"]);
    house.import(&[line]).await;
    let house = house.set("RAPPORT_HTTP_WORKERS", "2").set("RAPPORT_TRUSTED_PROXIES", "127.0.0.1");
    let mut server = house.serve().await;
    let mut ledgers = ledgers(&server).await;
    let mut people: Vec<Person> = Vec::new();
    for round in 0..ROUNDS {
        let writers: Vec<JoinHandle<Ledger>> = ledgers
            .drain(..)
            .map(|ledger| {
                let api = server.client(Some(&ledger.token));
                tokio::spawn(ledger.write(api))
            })
            .collect();
        let mut signing_up = tokio::spawn(sign_people_up(server.client(None), round));
        let early = tokio::time::timeout(instant(round), &mut signing_up).await;
        assert!(early.is_err(), "the server was gone before it was killed: {}", server.process.log());
        server.process.kill();

        server = house.serve().await;
        for writer in writers {
            let mut ledger = writer.await.unwrap();
            let api = server.client(Some(&ledger.token));
            ledger.assert_kept(&api).await;
            ledger.withdraw_everything(&api).await;
            ledgers.push(ledger);
        }
        let new = signing_up.await.unwrap();
        assert_can_sign_in(&server, new.get(new.len().saturating_sub(1)..).unwrap()).await;
        people.extend(new);
    }
    assert_can_sign_in(&server, &people).await;
    let grants: usize = ledgers.iter().map(|ledger| ledger.grants.len()).sum();
    let preferences: u64 = ledgers.iter().map(|ledger| ledger.kept).sum();
    println!("kept: {} accounts, {grants} grants, {preferences} preferences over {ROUNDS} kills", people.len());
    assert!(!people.is_empty() && grants > 0 && preferences > 0, "the rounds wrote something");
}

in_a_house_on_both_databases! {
    async fn an_acknowledged_write_survives_kill_nine_at_any_instant(house) {
        survive(house).await;
    }
}
