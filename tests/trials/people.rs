//! The people of a trial: imported, then claimed by the code that was mailed to them, so that they can act for themselves.

use std::time::Duration;

use entity::ids::CustomerId;
use serde_json::{Value, json};
use tests::customer::PASSWORD;
use tests::process::{House, Server, until};
use tokio::sync::Mutex;
use uuid::Uuid;

use crate::clock::{Moment, rest};
use crate::site::imported_grant;
use crate::wire::{Exchange, Line};

/// Seconds after which an access token is replaced; it holds for 300.
const RENEWAL_SECONDS: u64 = 200;
/// Tries until a server that says "come back" is given up.
const TRIES: usize = 100;

/// Somebody with an account.
pub struct Person {
    /// From 0.
    pub number: usize,
    /// The row in the tables.
    pub id: Uuid,
    /// On X.
    pub handle: String,
    email: String,
    session: Mutex<Session>,
}

struct Session {
    access: String,
    since: Moment,
}

/// What a mutation came to.
pub enum Acted {
    /// It was acknowledged without mistakes: its payload, and when.
    Done(Value, Exchange),
    /// The caller's mistakes, such as `ALREADY_GRANTED`; nothing was changed.
    Mistake(String),
    /// The server answered something else, or was gone. Whether anything was changed is not known.
    Unknown(Option<Exchange>),
}

impl Person {
    /// Where a person is reached, and by which name on X they are found; all names are of one length.
    pub fn address(number: usize) -> String {
        format!("{}@example.org", Self::name(number))
    }

    /// Where they are reached with their nth account after the first; only so many codes are mailed to one address.
    fn address_of(number: usize, life: usize) -> String {
        if life == 0 { Self::address(number) } else { format!("{}.{life}@example.org", Self::name(number)) }
    }

    /// The name on X.
    pub fn name(number: usize) -> String {
        format!("person{number:05}")
    }

    /// As a line to import.
    pub fn line(number: usize, shares: bool) -> Value {
        let grants: Vec<Value> = shares.then(|| imported_grant(-1, 30)).into_iter().collect();
        json!({
            "customer": { "key": Self::name(number), "email": Self::address(number),
                "name": { "displayName": format!("value{number:05}") } },
            "links": [{ "channel": "X", "handle": Self::name(number), "accountId": (number + 1).to_string(),
                "verifiedAt": entity::clock::Clock::System.now().plus_days(-1).to_string() }],
            "grants": grants,
        })
    }

    /// Takes the imported account over.
    pub async fn claim(house: &House, line: &mut Line, number: usize) -> Self {
        Self::claim_life(house, line, number, 0).await
    }

    /// After an erasure: another account, imported and claimed, with the handle of the one before it.
    pub async fn claim_anew(house: &House, line: &mut Line, number: usize, life: usize) -> Self {
        let mut person = Self::line(number, false);
        person["customer"]["key"] = json!(format!("{}.{life}", Self::name(number)));
        person["customer"]["email"] = json!(Self::address_of(number, life));
        house.import(&[person]).await;
        Self::claim_life(house, line, number, life).await
    }

    async fn claim_life(house: &House, line: &mut Line, number: usize, life: usize) -> Self {
        let (email, before) = (Self::address_of(number, life), house.mails().collect());
        insist(None, line, "startClaim", json!({ "email": email }), "accepted").await;
        let code = until("the mailed code", async || house.find_code(&email, &before)).await;
        let input = json!({ "email": email, "code": code, "password": PASSWORD });
        let fields = "session { accessToken } customer { id }";
        let (claimed, _) = insist(None, line, "completeClaim", input, fields).await;
        Self::of(number, email, &claimed)
    }

    /// Somebody who has claimed the account before.
    pub async fn sign_in(line: &mut Line, number: usize) -> Self {
        let email = Self::address(number);
        let (_, payload) = Self::find_session(line, &email).await.expect("a session");
        Self::of(number, email, &payload)
    }

    /// Begins another session.
    pub async fn sign_in_again(&self, line: &mut Line) {
        *self.session.lock().await = Self::find_session(line, &self.email).await.expect("a session").0;
    }

    async fn find_session(line: &mut Line, email: &str) -> Option<(Session, Value)> {
        let input = json!({ "a": { "email": email, "password": PASSWORD } });
        let fields = "session { accessToken } customer { id }";
        let signed_in = line.ask(None, &document(&[("signIn", fields)]), &input).await;
        match acted(signed_in, "signIn") {
            Acted::Done(payload, _) => Some((Session::of(&payload["session"]), payload)),
            Acted::Mistake(_) | Acted::Unknown(_) => None,
        }
    }

    fn of(number: usize, email: String, payload: &Value) -> Self {
        let id: CustomerId = payload["customer"]["id"].as_str().and_then(|id| id.parse().ok()).expect("an id");
        let session = Mutex::new(Session::of(&payload["session"]));
        Self { number, id: id.0, handle: Self::name(number), email, session }
    }

    /// Several at once.
    pub async fn claim_all(house: &House, server: &Server, numbers: std::ops::Range<usize>) -> Vec<Self> {
        let (mut people, mut line) = (Vec::new(), Line::to(&server.url));
        for number in numbers {
            people.push(Self::claim(house, &mut line, number).await);
        }
        people
    }

    /// Sends a document with their token.
    pub async fn ask(&self, line: &mut Line, query: &str, variables: &Value) -> Option<Exchange> {
        let mut session = self.session.lock().await;
        if Moment::now().since(session.since).as_secs() >= RENEWAL_SECONDS {
            *session = Self::find_session(line, &self.email).await?.0;
        }
        line.ask(Some(&session.access), query, variables).await
    }

    /// Calls one mutation.
    pub async fn act(&self, line: &mut Line, mutation: &str, input: Value, fields: &str) -> Acted {
        let document = document(&[(mutation, fields)]);
        let exchange = self.ask(line, &document, &json!({ "a": input })).await;
        acted(exchange, mutation)
    }

    /// Calls a mutation that can be called again, until it is acknowledged.
    pub async fn insist(&self, line: &mut Line, mutation: &str, input: Value, fields: &str) -> (Value, Exchange) {
        insist(Some(self), line, mutation, input, fields).await
    }
}

/// Calls a mutation as somebody, or as nobody, until it is acknowledged.
async fn insist(
    who: Option<&Person>,
    line: &mut Line,
    mutation: &str,
    input: Value,
    fields: &str,
) -> (Value, Exchange) {
    let (query, variables) = (document(&[(mutation, fields)]), json!({ "a": input }));
    let mut last = String::new();
    for _ in 0..TRIES {
        let exchange = match who {
            Some(person) => person.ask(line, &query, &variables).await,
            None => line.ask(None, &query, &variables).await,
        };
        match acted(exchange, mutation) {
            Acted::Done(payload, exchange) => return (payload, exchange),
            Acted::Mistake(mistake) => panic!("{mutation}: {mistake}"),
            Acted::Unknown(exchange) => {
                last = exchange.map_or_else(|| "no answer".into(), |answer| answer.body);
                rest(Duration::from_millis(50)).await;
            }
        }
    }
    panic!("{mutation} was never acknowledged: {last}");
}

impl Session {
    fn of(session: &Value) -> Self {
        Self { access: session["accessToken"].as_str().expect("a session").to_owned(), since: Moment::now() }
    }
}

/// A document of mutations that run one after the other, with the inputs `$a`, `$b` ...
pub fn document(mutations: &[(&str, &str)]) -> String {
    let letters = ["a", "b", "c"];
    let kind = |name: &str| format!("{}{}Input", name[..1].to_uppercase(), &name[1..]);
    let calls = letters.iter().zip(mutations);
    let inputs: String = calls.clone().map(|(letter, (name, _))| format!("${letter}: {}! ", kind(name))).collect();
    let calls: String = calls
        .map(|(letter, (name, fields))| format!("{name}(input: ${letter}) {{ {fields} userErrors {{ code field }} }} "))
        .collect();
    format!("mutation({inputs}) {{ {calls}}}")
}

/// What became of one mutation of a document.
pub fn acted(exchange: Option<Exchange>, mutation: &str) -> Acted {
    let Some(exchange) = exchange else { return Acted::Unknown(None) };
    let body = exchange.json();
    let payload = &body["data"][mutation];
    match payload["userErrors"].as_array().map(Vec::as_slice) {
        Some([]) => Acted::Done(payload.clone(), exchange),
        Some(mistakes) => Acted::Mistake(mistakes.iter().map(|one| one["code"].to_string()).collect()),
        None => Acted::Unknown(Some(exchange)),
    }
}
