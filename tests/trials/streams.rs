//! Many who watch one brand at once (P6): each is told of each message, a panel of what somebody shares closes within a second
//! of the acknowledged withdrawal, and no value comes after; what a stream costs, and how soon an event is there, as figures.

use std::collections::HashSet;
use std::time::Duration;

use serde_json::{Value, json};
use tests::channel::{SECRETS, sign};
use tests::process::Server;
use tests::{Heard, Socket};
use tokio::task::JoinSet;

use crate::clock::{Moment, wall};
use crate::people::{Acted, Person};
use crate::report::Report;
use crate::site::{APPS, BRAND, Database, Setting, Site, token};
use crate::wire::Line;

/// A panel is closed this long after the withdrawal was acknowledged (P6).
const CLOSED: Duration = Duration::from_secs(1);
/// An answer that was under way at the acknowledgement may still arrive.
const IN_FLIGHT: Duration = Duration::from_millis(400);
/// Whoever has heard nothing for so long has missed something.
const PATIENCE: Duration = Duration::from_secs(30);
/// What the person shares.
const VALUE: &str = "value00000";

const WATCH: &str = "subscription { conversationChanged { kind messageId conversation { id version } } }";
const PANEL: &str =
    "subscription($id: ID!) { sharedProfile(conversationId: $id, purpose: CUSTOMER_CARE) { name { displayName } } }";

/// How many, and what they are told.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    /// Connections that watch all of the brand's conversations.
    #[arg(long, default_value_t = 1_000)]
    pub streams: usize,
    /// Connections that watch what one person shares.
    #[arg(long, default_value_t = 100)]
    pub panels: usize,
    /// Messages that arrive, one after the other.
    #[arg(long, default_value_t = 20)]
    pub messages: usize,
}

/// Runs it.
pub async fn run(database: Database, setting: &Setting, options: &Options) -> Report {
    let mut site = Site::on(database, setting).await;
    site.house = site.house.set("RAPPORT_CHANNEL_SECRETS", SECRETS).set("RAPPORT_HTTP_WORKERS", "2");
    site.settle(1, true).await;
    let account = json!({ "brand": { "slug": BRAND, "name": "The Brand" }, "accounts": [{ "channel": "X", "handle": "@brand" }] });
    site.house.import(&[account]).await;
    let server = site.house.serve().await;
    let person = Person::claim(&site.house, &mut Line::to(&server.url), 0).await;
    deliver(&server, 0).await;
    let app = token(&server, APPS[0]).await;
    let id = conversation(&server, &app).await;

    let before = resident(&server);
    let mut watching = JoinSet::new();
    for _ in 0..options.streams {
        let mut socket = Socket::begin(&server.url, Some(&app)).await;
        socket.subscribe("1", WATCH, json!({})).await;
        socket.next("1").await;
        watching.spawn(hear_messages(socket, options.messages));
    }
    let each = (resident(&server) - before) / i64::try_from(options.streams.max(1)).unwrap_or(1);
    let mut panels = JoinSet::new();
    for _ in 0..options.panels {
        let mut socket = Socket::begin(&server.url, Some(&app)).await;
        socket.subscribe("1", PANEL, json!({ "id": id })).await;
        assert_eq!(socket.next("1").await["sharedProfile"]["name"]["displayName"], VALUE);
        panels.spawn(hear_panel(socket));
    }

    let mut acknowledged = Vec::new();
    for number in 1..=options.messages {
        acknowledged.push(deliver(&server, number).await);
        // The next when this one was told, as far as one can know: what is measured is not a queue.
        crate::clock::rest(Duration::from_millis(300)).await;
    }
    let (mut violations, mut late) = (Vec::new(), Vec::new());
    for told in watching.join_all().await {
        if told.len() != options.messages {
            violations.push(format!("a stream was told of {} messages of {}", told.len(), options.messages));
        }
        late.extend(told.iter().zip(&acknowledged).map(|(told, done)| told.since(*done)));
    }
    let withdrawn = match person.act(&mut Line::to(&server.url), "withdrawEverything", json!({}), "").await {
        Acted::Done(_, exchange) => exchange.ended,
        _ => panic!("the withdrawal was not acknowledged"),
    };
    let mut closed = Vec::new();
    for panel in panels.join_all().await {
        let took = panel.closed.map(|at| at.since(withdrawn));
        if took.is_none_or(|took| took > CLOSED) {
            violations.push(format!("a panel was closed {took:?} after the acknowledged withdrawal (P6)"));
        }
        if panel.value.since(withdrawn) > IN_FLIGHT {
            violations.push("a value came after the acknowledged withdrawal (P6)".into());
        }
        closed.extend(took);
    }
    late.sort_unstable();
    closed.sort_unstable();
    let line = format!(
        "{} streams and {} panels; {} events told, {} after the message was acknowledged, panels closed {} after the \
         withdrawal was; {} kB a stream",
        options.streams,
        options.panels,
        late.len(),
        spread(&late),
        spread(&closed),
        each / 1_024
    );
    Report { title: format!("streams {}", database.as_str()), line, violations, details: Vec::new() }
}

/// The median, and the longest.
fn spread(times: &[Duration]) -> String {
    let at = |place: usize| times.get(place).map_or(0, Duration::as_millis);
    format!(
        "{} ms ({} at 99 %, {} at most)",
        at(times.len() / 2),
        at(times.len() * 99 / 100),
        at(times.len().saturating_sub(1))
    )
}

/// Delivers a message of the person's; when it was acknowledged.
async fn deliver(server: &Server, number: usize) -> Moment {
    let author = json!({ "id": "1", "handle": Person::name(0) });
    let data = json!({ "id": number.to_string(), "author": author, "to": { "handle": "brand" }, "text": "again" });
    let body = json!({ "type": "message.created", "data": data }).to_string();
    let (id, now) = (format!("msg_{number}"), wall(0).as_seconds().to_string());
    let request = server
        .http
        .post(format!("{}/channels/x/inbound", server.url))
        .header("webhook-id", &id)
        .header("webhook-timestamp", &now)
        .header("webhook-signature", sign("X", &id, &now, &body));
    let response = request.body(body).send().await.expect("the server answers");
    assert_eq!(response.status(), 202);
    Moment::now()
}

async fn conversation(server: &Server, app: &str) -> Value {
    let query = "{ brand { conversations { nodes { id } } } }";
    let answer = Line::to(&server.url).ask(Some(app), query, &json!({})).await.expect("an answer");
    answer.json()["data"]["brand"]["conversations"]["nodes"][0]["id"].clone()
}

/// When each of so many messages was told, in the order in which they came; fewer if nothing more comes.
async fn hear_messages(mut socket: Socket, count: usize) -> Vec<Moment> {
    let (mut told, mut known) = (Vec::new(), HashSet::new());
    while told.len() < count {
        let Ok(Some(Heard::Message(message))) = tokio::time::timeout(PATIENCE, socket.find_next()).await else { break };
        let news = &message["payload"]["data"]["conversationChanged"];
        if news["kind"] == "MESSAGE_RECEIVED" && known.insert(news["messageId"].to_string()) {
            told.push(Moment::now());
        }
    }
    told
}

struct Panel {
    /// When a value came last.
    value: Moment,
    /// When nothing was shared any more.
    closed: Option<Moment>,
}

async fn hear_panel(mut socket: Socket) -> Panel {
    let mut panel = Panel { value: Moment::now(), closed: None };
    loop {
        match tokio::time::timeout(PATIENCE, socket.find_next()).await {
            Ok(Some(Heard::Message(message))) if message["type"] == "next" => {
                if message.to_string().contains(VALUE) {
                    panel.value = Moment::now();
                } else {
                    panel.closed = Some(Moment::now());
                }
            }
            _ => return panel,
        }
    }
}

/// What the server holds in memory, in bytes.
fn resident(server: &Server) -> i64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.process.id())).expect("the server runs");
    let kilobytes = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = kilobytes.and_then(|text| text.trim().trim_end_matches(" kB").parse::<i64>().ok());
    kilobytes.expect("a size") * 1_024
}
