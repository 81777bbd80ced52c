//! Where webhooks can never go: whatever an address is written like, and wherever its name leads, nobody is called who is not on
//! the public internet.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use api::outbound::{Names, Reach};
use serde_json::{Value, json};
use tests::{Backend, Receiver, World};
use tokio::task::JoinSet;

use super::{Listening, listening, work_off};

/// Names that all lead to the same addresses, of which the one after the other is told.
struct Leading {
    to: Vec<Vec<IpAddr>>,
    asked: AtomicUsize,
}

impl Leading {
    fn to(answers: &[&[&str]]) -> Arc<Self> {
        let read = |answer: &&[&str]| answer.iter().map(|address| address.parse().unwrap()).collect();
        Arc::new(Self { to: answers.iter().map(read).collect(), asked: AtomicUsize::new(0) })
    }
}

impl Names for Leading {
    fn find(&self, _: String) -> futures_util::future::BoxFuture<'static, Vec<IpAddr>> {
        let place = self.asked.fetch_add(1, Ordering::SeqCst);
        let answer = self.to[place % self.to.len()].clone();
        Box::pin(async move { answer })
    }
}

/// This machine and networks inside, in every way that numbers are written.
const NUMBERS: &str = "
    127.0.0.1 127.1 127.0.1 0x7f.0.0.1 0x7f000001 0X7F000001 2130706433 017700000001 0177.0.0.1 0177.0.0.01
    127.0.0.0x1 0x7f.1 127.0x1 0 0.0.0.0 0x0 00 127.255.255.254 10.0.0.1 10.1 0xa000001 167772161 172.16.0.1
    172.31.255.255 192.168.0.1 192.168.1 0xc0a80001 3232235521 169.254.169.254 2852039166 0xa9fea9fe
    0251.0376.0251.0376 169.254.43518 100.64.0.1 100.127.255.255 192.0.0.1 192.0.2.1 198.18.0.1 198.51.100.1
    203.0.113.1 224.0.0.1 239.255.255.250 240.0.0.1 255.255.255.255 127.0.0.1. [::1] [::] [0:0:0:0:0:0:0:1]
    [::ffff:127.0.0.1] [::ffff:7f00:1] [::ffff:10.0.0.1] [::ffff:169.254.169.254] [::127.0.0.1] [64:ff9b::7f00:1]
    [64:ff9b::169.254.169.254] [2002:7f00:1::] [2002:a9fe:a9fe::1] [2001::1] [2001:db8::1] [fe80::1] [fc00::1]
    [fd00:ec2::254] [ff02::1] [100::1] [3fff::1] ①②⑦.⓪.⓪.① 127。0。0。1 １２７.0.0.1
";

/// What else may be tried.
const ODD: [&str; 21] = [
    "http://bank.example/hook",
    "ftp://bank.example/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:6379/_x",
    "//127.0.0.1/",
    "https:/127.0.0.1/",
    "https:127.0.0.1",
    "https://bank.example\\@127.0.0.1/",
    "https://127.0.0.1#@bank.example/",
    "https://127.0.0.1%2f@bank.example/",
    "https://bank.example%00.127.0.0.1/",
    "https://\t127.0.0.1/",
    "https:// 127.0.0.1/",
    "https://127.0.0.1\r\nhost: x/",
    "javascript:alert(1)",
    "",
    "https://",
    "unix:/run/postgresql",
    "https://bank.example:0/",
    "https://[::1%25lo]/",
    "https://[fe80::1%25eth0]/",
];

/// All of them as addresses, with and without a port and more.
fn hostile(port: u16) -> Vec<String> {
    let forms = [
        "https://{}/",
        "https://{}:PORT/hook",
        "http://{}:PORT/",
        "https://user@{}:PORT/",
        "https://bank.example@{}:PORT/",
    ];
    let write = |number: &str| forms.map(|form| form.replace("{}", number).replace("PORT", &port.to_string()));
    NUMBERS.split_ascii_whitespace().flat_map(write).chain(ODD.iter().map(ToString::to_string)).collect()
}

/// Names that only a look-up can judge.
fn names(port: u16) -> Vec<String> {
    [
        "localhost",
        "localtest.example",
        "127.0.0.1.nip.example",
        "metadata.internal",
        "xn--mnchen-3ya.example",
        "a.b.c.d.example",
    ]
    .iter()
    .map(|name| format!("https://{name}:{port}/hook"))
    .collect()
}

async fn set(bank: &Listening<'_>, url: &str) -> Value {
    let input = json!({ "appId": bank.id, "webhookUrl": url });
    bank.admin().await.act("updateApp", input, "app { webhookUrl }").await.data("/updateApp").clone()
}

async fn try_once(world: &World, bank: &Listening<'_>) -> Value {
    bank.test(1).await;
    work_off(world).await;
    bank.deliveries("").await.remove(0)
}

#[tokio::test]
async fn no_way_to_write_an_address_inside_is_taken_or_called() {
    let world = World::start_among_names(Backend::Sqlite, Leading::to(&[&["127.0.0.1"]]), Reach::default()).await;
    let receiver = Receiver::start().await;
    let bank = listening(&world, "bank", "https://bank.example/hook").await;
    let all = hostile(receiver.port);
    assert!(all.len() > 300, "{}", all.len());
    for url in all {
        let refused = set(&bank, &url).await;
        assert_eq!(refused["userErrors"][0]["field"], json!(["webhookUrl"]), "{url}: {refused}");
        assert_eq!(refused["userErrors"][0]["code"], "INVALID", "{url}");
    }
    for url in names(receiver.port) {
        assert_eq!(set(&bank, &url).await["app"]["webhookUrl"], url, "a name is judged by where it leads");
        let seen = try_once(&world, &bank).await;
        assert_eq!((&seen["lastFault"], &seen["lastStatus"]), (&json!("NOT_PUBLIC"), &Value::Null), "{url}");
    }
    assert_eq!(receiver.connections(), 0, "no packet");
}

#[tokio::test]
async fn a_name_that_leads_inside_is_not_called_whatever_else_it_leads_to() {
    let inside: [&[&str]; 12] = [
        &["127.0.0.1"],
        &["::1"],
        &["9.9.9.9", "127.0.0.1"],
        &["127.0.0.1", "9.9.9.9"],
        &["::ffff:127.0.0.1"],
        &["10.0.0.1"],
        &["169.254.169.254"],
        &["fd00:ec2::254"],
        &["0.0.0.0"],
        &["::"],
        &["100.64.0.1"],
        &["2606:4700::1111", "fe80::1"],
    ];
    let names = Leading::to(&inside);
    let world = World::start_among_names(Backend::Sqlite, names.clone(), Reach::default()).await;
    let receiver = Receiver::start().await;
    let bank = listening(&world, "bank", &format!("https://bank.example:{}/hook", receiver.port)).await;
    for (place, answer) in inside.iter().enumerate() {
        let seen = try_once(&world, &bank).await;
        assert_eq!(seen["lastFault"], "NOT_PUBLIC", "{answer:?}");
        assert_eq!(
            names.asked.load(Ordering::SeqCst),
            place + 1,
            "what was looked up is what is called: nobody asks twice"
        );
    }
    assert_eq!(receiver.connections(), 0, "no packet");
}

/// The same names and the same address, where the operator lets webhooks go there: the connection is made, and is seen here. So
/// the tests above would have seen one.
#[tokio::test]
async fn where_the_operator_lets_them_go_the_same_names_are_called() {
    let reach = Reach::with(vec!["127.0.0.0/8".parse().unwrap()]);
    let world = World::start_among_names(Backend::Sqlite, Leading::to(&[&["127.0.0.1"]]), reach).await;
    let receiver = Receiver::start().await;
    let bank = listening(&world, "bank", &format!("https://bank.example:{}/hook", receiver.port)).await;
    let seen = try_once(&world, &bank).await;
    assert_eq!((&seen["lastFault"], receiver.connections()), (&json!("UNREACHED"), 1), "it speaks no TLS");
    assert_eq!(
        set(&bank, &receiver.url).await["app"]["webhookUrl"],
        receiver.url,
        "and on this machine plain HTTP does"
    );
    assert_eq!(try_once(&world, &bank).await["state"], "DELIVERED");
    assert_eq!(
        set(&bank, "http://localhost:1/").await["userErrors"][0]["field"],
        json!(["webhookUrl"]),
        "a name is none"
    );
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let inside = Receiver::start().await;
    let location: &'static str = Box::leak(format!("location: {}\r\n", inside.url).into_boxed_str());
    let world = World::start(Backend::Sqlite).await;
    for (place, status) in [301, 302, 303, 307, 308].into_iter().enumerate() {
        let receiver = Receiver::answering(move |_, _| tests::receiver::Answer::Status(status, location)).await;
        let bank = listening(&world, &format!("bank{place}"), &receiver.url).await;
        let seen = try_once(&world, &bank).await;
        assert_eq!((&seen["lastFault"], &seen["lastStatus"]), (&json!("REFUSED"), &json!(status)));
    }
    assert_eq!(inside.connections(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_that_hangs_holds_up_nobody_else() {
    let world = World::start(Backend::Sqlite).await;
    let hanging = Receiver::answering(|_, _| tests::receiver::Answer::Status(100, "")).await;
    let receiver = Receiver::start().await;
    let (slow, bank) = (listening(&world, "slow", &hanging.url).await, listening(&world, "bank", &receiver.url).await);
    slow.test(1).await;
    bank.test(20).await;
    let mut tasks = JoinSet::new();
    let deps = world.deps.clone();
    tasks.spawn(async move { api::worker::webhooks::run_once(&deps).await });
    tests::process::until("the others", async || (receiver.received().len() == 20).then_some(())).await;
    assert_eq!(hanging.connections(), 1);
    tasks.shutdown().await;
}
