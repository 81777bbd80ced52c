//! The load of the trials that harm the server or its storage: one lookup, and customers who keep a ledger of what they
//! wrote and what of it was acknowledged.

use serde_json::{Value, json};

use crate::people::{Acted, Person};
use crate::site::{BRAND, PURPOSES};
use crate::wire::{Exchange, Line};

/// Asks for the name behind a handle on X; the name of everybody in a trial contains `value`.
pub async fn look_up(line: &mut Line, token: &str, handle: &str) -> Option<Exchange> {
    let query = format!(
        "{{profile(by:{{handle:{{channel:X,handle:\"{handle}\"}}}},purpose:{}){{name{{displayName}}}}}}",
        PURPOSES[0]
    );
    line.ask(Some(token), &query, &json!({})).await
}

/// A customer who writes, and what they know of it.
pub struct Ledger {
    person: Person,
    /// The number in the newest write that was tried, and in the newest that was acknowledged.
    tried: u64,
    kept: u64,
    /// Acknowledged grants, and whether their withdrawal was acknowledged too.
    grants: Vec<(String, bool)>,
    acknowledged: u64,
}

/// Why a customer's step was not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Undone {
    /// The server was gone, or answered something else than it should.
    Gone,
    /// The server said that it cannot do it now, and when to come again.
    Refused,
}

impl Ledger {
    /// Of somebody who has written nothing yet.
    pub const fn of(person: Person) -> Self {
        Self { person, tried: 0, kept: 0, grants: Vec::new(), acknowledged: 0 }
    }

    /// Writes until the server is gone.
    pub async fn write(mut self, mut line: Line) -> Self {
        while self.step(&mut line).await != Err(Undone::Gone) {}
        self
    }

    /// Writes a number twice in one change, gives a grant, takes it back.
    pub async fn step(&mut self, line: &mut Line) -> Result<(), Undone> {
        self.tried += 1;
        let number = self.tried;
        let change = json!({ "name": { "givenName": number.to_string() }, "area": { "region": number.to_string() } });
        self.act(line, "updateProfile", change).await?;
        self.kept = number;
        let input = json!({ "brand": BRAND, "purpose": PURPOSES[1], "scopes": ["NAME"] });
        let payload = self.act(line, "giveConsent", input).await?;
        let Some(grant) = payload["grant"]["id"].as_str() else {
            // One is there already, from a step whose end is not known.
            return self.act(line, "withdrawEverything", json!({})).await.map(drop);
        };
        self.grants.push((grant.to_owned(), false));
        self.act(line, "withdrawConsent", json!({ "grantId": grant })).await?;
        if let Some(newest) = self.grants.last_mut() {
            newest.1 = true;
        }
        Ok(())
    }

    /// Null if such a grant is there already.
    async fn act(&mut self, line: &mut Line, mutation: &str, input: Value) -> Result<Value, Undone> {
        let fields = if mutation == "giveConsent" { "grant { id }" } else { "" };
        match self.person.act(line, mutation, input, fields).await {
            Acted::Done(payload, _) => {
                self.acknowledged += 1;
                Ok(payload)
            }
            Acted::Mistake(mistake) if mistake.contains("ALREADY_GRANTED") => Ok(Value::Null),
            Acted::Mistake(mistake) => panic!("{mutation}: {mistake}"),
            Acted::Unknown(Some(exchange)) if exchange.is_come_back() => Err(Undone::Refused),
            Acted::Unknown(_) => Err(Undone::Gone),
        }
    }

    /// Takes everything back and begins anew; how many writes were acknowledged since the last time.
    pub async fn begin_anew(&mut self, line: &mut Line) -> u64 {
        self.person.insist(line, "withdrawEverything", json!({}), "").await;
        self.grants.clear();
        std::mem::take(&mut self.acknowledged)
    }

    /// What was acknowledged and is not there.
    pub async fn missing(&self, line: &mut Line) -> Vec<String> {
        let mut missing = Vec::new();
        let query = "{ me { name { givenName } area { region } } }";
        let answer = self.person.ask(line, query, &json!({})).await.expect("an answer");
        if answer.status == 401 {
            missing.push("a session was acknowledged and is gone (P5)".to_owned());
            self.person.sign_in_again(line).await;
        }
        let me = self.person.ask(line, query, &json!({})).await.expect("an answer").json();
        let number = |path: &str| {
            let text = me["data"]["me"].pointer(path).and_then(Value::as_str);
            text.and_then(|text| text.parse::<u64>().ok()).unwrap_or_default()
        };
        let (name, area) = (number("/name/givenName"), number("/area/region"));
        if name != area {
            missing.push(format!("half a write: {name} and {area} (P5)"));
        }
        if !(self.kept..=self.tried).contains(&name) {
            missing.push(format!("write {} was acknowledged and {name} is there (P5)", self.kept));
        }
        for part in self.grants.chunks(20) {
            let ids: Vec<&String> = part.iter().map(|(id, _)| id).collect();
            let query = "query($ids: [ID!]!) { nodes(ids: $ids) { ... on Grant { id state } } }";
            let found = self.person.ask(line, query, &json!({ "ids": ids })).await.expect("an answer").json();
            for (place, (id, withdrawn)) in part.iter().enumerate() {
                let state = found["data"]["nodes"][place]["state"].as_str().unwrap_or("gone");
                // A withdrawal that was tried may have been done.
                if state != "WITHDRAWN" && (*withdrawn || state != "ACTIVE") {
                    missing.push(format!("grant {id} is {state}; its withdrawal was acknowledged: {withdrawn} (P5)"));
                }
            }
        }
        missing
    }
}
