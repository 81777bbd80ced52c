//! Attacks on the proof by a provider: of forged answers, mix-ups, addresses that nobody verified, and accounts that were
//! prepared for somebody else, none succeeds.

use serde_json::{Value, json};
use tests::certified_provider::{Browser, PUBLIC_URL};
use tests::lying_provider::LyingProvider;
use tests::{Backend, BrandApp, Customer, Reply, World};

use super::handles;

/// A world, an honest provider of addresses, and a rogue one.
pub(super) struct Stage {
    pub world: World,
    pub honest: LyingProvider,
    pub rogue: LyingProvider,
}

impl Stage {
    pub async fn set(backend: Backend) -> Self {
        let (honest, rogue) = (LyingProvider::start().await, LyingProvider::start().await);
        let line = |name: &str, provider: &LyingProvider| {
            json!({ "name": name, "channel": "EMAIL", "issuer": provider.issuer, "clientId": "rapport",
                "clientSecret": "secret", "scope": "openid email", "account": "{sub}", "handle": "{email}" })
        };
        let file = json!([line("honest", &honest), line("rogue", &rogue)]);
        Self { world: World::start_with_providers(backend, &file).await, honest, rogue }
    }

    /// A customer's browser on its way to a provider.
    pub async fn begin<'w>(&'w self, who: &Customer<'_>, name: &str) -> Journey<'w> {
        let input = json!({ "channel": "EMAIL", "provider": name });
        let reply = who.act("startLink", input, "challenge { authorizationUrl }").await;
        let url = reply.done("startLink")["challenge"]["authorizationUrl"].as_str().expect("an address").to_owned();
        self.journey(&reply, &url, name)
    }

    /// The journey that an answer begins.
    pub fn journey<'w>(&'w self, reply: &Reply, url: &str, name: &str) -> Journey<'w> {
        let mut browser = Browser::new(&self.world);
        browser.keep(reply);
        Journey { name: name.to_owned(), state: parameter(url, "state"), nonce: parameter(url, "nonce"), browser }
    }

    /// Lets the honest provider say who is on this journey.
    pub fn say(&self, journey: &Journey<'_>, subject: &str, address: &str) {
        let who = json!({ "sub": subject, "email": address });
        self.honest.say(with(&self.claims(&self.honest, journey), &who), Value::Null);
    }

    /// The right claims of an id token for somebody's journey.
    pub fn claims(&self, provider: &LyingProvider, journey: &Journey<'_>) -> Value {
        json!({ "iss": provider.issuer, "aud": "rapport", "sub": "4711", "nonce": journey.nonce,
            "iat": self.world.clock.now().as_seconds(), "exp": self.world.clock.now().as_seconds() + 300,
            "email": "ada@example.org", "email_verified": true })
    }
}

/// A browser between Rapport and a provider.
pub(super) struct Journey<'w> {
    name: String,
    pub state: String,
    nonce: String,
    browser: Browser<'w>,
}

impl Journey<'_> {
    /// Comes back with this query.
    async fn back(&mut self, query: &[(&str, &str)]) -> u16 {
        let pairs: Vec<String> = query.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
        let url = format!("{PUBLIC_URL}/link/callback/{}?{}", self.name, pairs.join("&"));
        self.browser.open(&url, None).await.status.as_u16()
    }

    /// Comes back as it should, and shows the page.
    pub async fn land(&mut self, issuer: &str) -> Reply {
        let url =
            format!("{PUBLIC_URL}/link/callback/{}?code=c&state={}&iss={}", self.name, self.state, encoded(issuer));
        self.browser.open(&url, None).await
    }

    /// The same: its status.
    pub async fn arrive(&mut self, issuer: &str) -> u16 {
        self.land(issuer).await.status.as_u16()
    }
}

fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

fn parameter(url: &str, name: &str) -> String {
    let (_, query) = url.split_once('?').expect("a query");
    let value = query.split('&').find_map(|pair| pair.strip_prefix(&format!("{name}=")));
    value.expect("the parameter").to_owned()
}

fn with(claims: &Value, change: &Value) -> Value {
    let mut claims = claims.clone();
    for (name, value) in change.as_object().expect("an object") {
        if value.is_null() {
            claims.as_object_mut().expect("an object").remove(name);
        } else {
            claims[name] = value.clone();
        }
    }
    claims
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_id_token_that_is_not_whole_ours_fresh_and_signed_proves_nothing() {
    let stage = Stage::set(Backend::Sqlite).await;
    let ada = stage.world.customer("Ada").await;
    let now = stage.world.clock.now().as_seconds();
    for change in [
        json!({ "nonce": "another" }),
        json!({ "nonce": null }),
        json!({ "iss": stage.rogue.issuer }),
        json!({ "iss": format!("{}/", stage.honest.issuer) }),
        json!({ "aud": "somebody-else" }),
        json!({ "aud": ["somebody-else"] }),
        json!({ "aud": ["rapport", "somebody-else"] }),
        json!({ "aud": ["rapport", "somebody-else"], "azp": "somebody-else" }),
        json!({ "azp": "somebody-else" }),
        json!({ "aud": null }),
        json!({ "exp": now - 6 }),
        json!({ "exp": null }),
        json!({ "exp": "tomorrow" }),
        json!({ "sub": null }),
        json!({ "sub": "" }),
        json!({ "email_verified": false }),
        json!({ "email_verified": "true" }),
        json!({ "email_verified": null }),
        json!({ "email": null }),
        json!({ "email": "no address" }),
    ] {
        let mut journey = stage.begin(&ada, "honest").await;
        let claims = with(&stage.claims(&stage.honest, &journey), &change);
        stage.honest.say(claims, json!({ "sub": "4711" }));
        assert_eq!(journey.arrive(&stage.honest.issuer).await, 400, "{change}");
        assert_eq!(handles(&ada).await, Vec::<Value>::new(), "{change}");
        stage.world.pass(180_000);
    }
    let mut journey = stage.begin(&ada, "honest").await;
    stage.honest.say(stage.claims(&stage.honest, &journey), Value::Null);
    assert_eq!(journey.arrive(&stage.honest.issuer).await, 200, "and the right one does");
    assert_eq!(handles(&ada).await, ["ada@example.org"]);
    let form = stage.honest.forms().pop().unwrap();
    assert!(form.contains("code_verifier=") && form.contains("redirect_uri="), "{form}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signature_by_anybody_else_or_by_nobody_proves_nothing() {
    let stage = Stage::set(Backend::Sqlite).await;
    let ada = stage.world.customer("Ada").await;
    let right = json!({ "alg": "EdDSA", "kid": "one" });
    for attack in ["none", "empty", "another key", "another name", "hmac", "changed", "cut"] {
        let mut journey = stage.begin(&ada, "honest").await;
        let claims = stage.claims(&stage.honest, &journey);
        stage.honest.say(claims.clone(), Value::Null);
        let good = stage.honest.sign(&right, &claims);
        let parts: Vec<&str> = good.split('.').collect();
        match attack {
            "none" => {
                let forged = stage.honest.sign(&json!({ "alg": "none" }), &claims);
                stage.honest.hand_out(format!("{}.", forged.rsplit_once('.').unwrap().0));
            }
            "empty" => stage.honest.hand_out(format!("{}.{}.", parts[0], parts[1])),
            "another key" => stage.honest.hand_out(stage.rogue.sign(&right, &claims)),
            "another name" => stage.honest.head(json!({ "alg": "EdDSA", "kid": "two" })),
            "hmac" => stage.honest.head(json!({ "alg": "HS256", "kid": "one" })),
            "changed" => {
                let other = stage.honest.sign(&right, &with(&claims, &json!({ "sub": "1" })));
                stage.honest.hand_out(format!("{}.{}.{}", parts[0], other.split('.').nth(1).unwrap(), parts[2]));
            }
            _ => stage.honest.hand_out(good[..good.len() - 4].to_owned()),
        }
        assert_eq!(journey.arrive(&stage.honest.issuer).await, 400, "{attack}");
        assert_eq!(handles(&ada).await, Vec::<Value>::new(), "{attack}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_of_another_provider_is_not_taken_for_this_one_s() {
    let stage = Stage::set(Backend::Sqlite).await;
    let ada = stage.world.customer("Ada").await;
    let before = stage.rogue.forms().len();
    // The rogue provider has let her sign in at the honest one, to get the code sent to itself.
    let mut journey = stage.begin(&ada, "rogue").await;
    assert_eq!(journey.arrive(&stage.honest.issuer).await, 400, "it names the honest one");
    let mut journey = stage.begin(&ada, "rogue").await;
    let state = journey.state.clone();
    assert_eq!(
        journey.back(&[("code", "c"), ("state", &state)]).await,
        400,
        "it does not say who it is, and said it would"
    );
    let mut journey = stage.begin(&ada, "rogue").await;
    journey.name = "honest".into();
    assert_eq!(journey.arrive(&stage.honest.issuer).await, 400, "at the address of the other");
    let mut journey = stage.begin(&ada, "rogue").await;
    let state = journey.state.clone();
    for query in [
        vec![("code", "c"), ("code", "d"), ("state", state.as_str()), ("iss", stage.rogue.issuer.as_str())],
        vec![("code", "c"), ("iss", stage.rogue.issuer.as_str())],
        vec![("code", "c"), ("state", "another"), ("iss", stage.rogue.issuer.as_str())],
    ] {
        assert_eq!(journey.back(&query).await, 400, "{query:?}");
    }
    assert_eq!(stage.rogue.forms().len(), before, "no code went to the rogue one");
    assert_eq!(handles(&ada).await, Vec::<Value>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_describes_itself_as_another_is_not_used() {
    let stage = Stage::set(Backend::Sqlite).await;
    let ada = stage.world.customer("Ada").await;
    for lie in [
        json!({ "issuer": stage.honest.issuer }),
        json!({ "issuer": format!("{}/", stage.rogue.issuer) }),
        json!({ "token_endpoint": "http://collect.example/token" }),
        json!({ "jwks_uri": "http://collect.example/keys" }),
    ] {
        stage.rogue.describe(lie.clone());
        let input = json!({ "channel": "EMAIL", "provider": "rogue" });
        let refused = ada.act("startLink", input, "").await;
        assert_eq!(refused.mistakes("startLink"), ["UNAVAILABLE provider"], "{lie}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_userinfo_says_of_somebody_else_does_not_count() {
    let stage = Stage::set(Backend::Sqlite).await;
    let ada = stage.world.customer("Ada").await;
    let more = json!({ "sub": "4711", "email": "ada@example.org", "email_verified": true });
    for (userinfo, status) in
        [(with(&more, &json!({ "sub": "666" })), 400), (with(&more, &json!({ "sub": null })), 400), (more, 200)]
    {
        let mut journey = stage.begin(&ada, "honest").await;
        let claims = with(&stage.claims(&stage.honest, &journey), &json!({ "email": null, "email_verified": null }));
        stage.honest.say(claims, userinfo.clone());
        assert_eq!(journey.arrive(&stage.honest.issuer).await, status, "{userinfo}");
    }
    assert_eq!(handles(&ada).await, ["ada@example.org"]);
}

/// Whom the bank finds by an address.
async fn found(bank: &BrandApp<'_>, address: &str) -> Value {
    bank.profile(address, "CUSTOMER_CARE").await["name"]["displayName"].clone()
}

/// The classes of pre-hijacking: somebody prepares an account in the hope that the owner of an address will end up in it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_merged_because_an_address_is_the_same() {
    let stage = Stage::set(Backend::Sqlite).await;
    let bank = stage.world.brand("bank").await;
    // Mallory signs up with an address that is not hers, before its owner comes.
    let input = json!({ "email": "ada@example.org", "password": tests::customer::PASSWORD, "displayName": "Mallory" });
    let query =
        "mutation($input: SignUpInput!) { signUp(input: $input) { session { accessToken } userErrors { code } } }";
    stage.world.ask(query, json!({ "input": input })).await.done("signUp");
    let mallory = Customer::sign_in(&stage.world, "ada@example.org", tests::customer::PASSWORD).await;
    mallory.give("bank", "CUSTOMER_CARE", &["NAME"]).await;
    assert_eq!(found(&bank, "ada@example.org").await, Value::Null, "an address that one signs up with proves nothing");
    // Its owner has an account under another address, and proves this one: it is in her account, and in no other.
    let owner = stage.world.customer("Owner").await;
    owner.give("bank", "CUSTOMER_CARE", &["NAME"]).await;
    let mut journey = stage.begin(&owner, "honest").await;
    stage.honest.say(stage.claims(&stage.honest, &journey), Value::Null);
    assert_eq!(journey.arrive(&stage.honest.issuer).await, 200);
    assert_eq!((handles(&owner).await, handles(&mallory).await), (vec![json!("ada@example.org")], vec![]));
    assert_eq!(found(&bank, "ada@example.org").await, "Owner");
    // A provider that verifies nothing, and says so, gives the address to nobody.
    let mut journey = stage.begin(&mallory, "rogue").await;
    let claims = with(&stage.claims(&stage.rogue, &journey), &json!({ "email_verified": false }));
    stage.rogue.say(claims, Value::Null);
    assert_eq!(journey.arrive(&stage.rogue.issuer).await, 400);
    assert_eq!(found(&bank, "ada@example.org").await, "Owner");
}
