//! `wrk` against the server, and what it measured.

use std::fmt::Write;
use std::path::Path;
use std::process::Stdio;

use serde_json::{Value, json};
use tests::chance::Chance;
use tokio::process::Command;

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Script {
    /// One profile by a random handle.
    One,
    /// Fifty profiles in one field.
    Fifty,
}

/// Another seed asks for others.
pub const SEED: u64 = 2026;
/// What is read of each.
const FIELDS: &str = "id name { displayName pronouns } area { region country } language { locale } \
    preferences { category key value }";
/// Requests are written beforehand, so that Lua costs little while they are sent.
const PREPARED: usize = 10_000;

/// One measurement.
#[derive(Debug, Clone, Default)]
pub struct Sample {
    pub per_second: f64,
    /// Microseconds.
    pub p50: f64,
    pub p99: f64,
    /// Answers that were none.
    pub failed: u64,
    /// Microseconds of processor time per request: the server's, the database's.
    pub processor: (f64, f64),
    /// The server's memory afterwards, in MB.
    pub megabytes: f64,
}

/// The sample with the middle rate.
pub fn median(mut samples: Vec<Sample>) -> Sample {
    samples.sort_by(|one, other| one.per_second.total_cmp(&other.per_second));
    let failed = samples.iter().map(|sample| sample.failed).sum();
    let middle = samples.swap_remove(samples.len() / 2);
    Sample { failed, ..middle }
}

impl Script {
    fn query(self) -> String {
        match self {
            Self::One => format!(
                "query($h: String!, $p: Purpose!) {{ profile(by: {{ handle: {{ channel: X, handle: $h }} }}, purpose: $p) {{ {FIELDS} }} }}"
            ),
            Self::Fifty => {
                format!(
                    "query($b: [ProfileLocator!]!, $p: Purpose!) {{ profiles(by: $b, purpose: $p) {{ {FIELDS} }} }}"
                )
            }
        }
    }

    /// The body of a request with these customers.
    pub fn body(self, purpose: &str, mut customer: impl FnMut() -> u64) -> Value {
        let variables = match self {
            Self::One => json!({ "h": format!("c{}", customer()), "p": purpose }),
            Self::Fifty => {
                let by: Vec<Value> = (0..50)
                    .map(|_| json!({ "handle": { "channel": "X", "handle": format!("c{}", customer()) } }))
                    .collect();
                json!({ "b": by, "p": purpose })
            }
        };
        json!({ "query": self.query(), "variables": variables })
    }

    /// Writes it for `wrk`: bodies are kept in a file beside it, one a line, with the token's number before.
    pub fn write(self, folder: &Path, tokens: &[(String, String)], customers: u64) -> std::path::PathBuf {
        let mut bodies = String::new();
        let mut chance = Chance::of(SEED, 0);
        let mut customer = || chance.next() % customers;
        let prepared = if self == Self::One { PREPARED } else { PREPARED / 50 };
        for number in 0..prepared {
            let place = number % tokens.len();
            let _ = writeln!(bodies, "{} {}", place + 1, self.body(&tokens[place].1, &mut customer));
        }
        let (file, script) = (folder.join("bodies.txt"), folder.join("wrk.lua"));
        std::fs::write(&file, bodies).expect("written");
        let tokens: String = tokens.iter().map(|(token, _)| format!("\"{token}\",")).collect();
        let text = LUA.replace("TOKENS", &tokens).replace("FILE", &file.display().to_string());
        std::fs::write(&script, text).expect("written");
        script
    }
}

const LUA: &str = r#"
local tokens = { TOKENS }
local requests = {}
local next_one = 0
local threads = 0
function setup(thread)
  thread:set("number", threads)
  threads = threads + 1
end
function init(args)
  for line in io.lines("FILE") do
    local place, body = line:match("^(%d+) (.*)$")
    local headers = { ["Content-Type"] = "application/json", ["Authorization"] = "Bearer " .. tokens[tonumber(place)] }
    requests[#requests + 1] = wrk.format("POST", "/graphql", headers, body)
  end
  next_one = math.floor(#requests / 2) * number
end
function request()
  next_one = next_one % #requests + 1
  return requests[next_one]
end
function done(summary, latency, _)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  print(string.format("BENCH %d %d %f %f %d", summary.requests, summary.duration, latency:percentile(50),
    latency:percentile(99), failed))
end
"#;

/// Runs `wrk` and reads what it measured.
pub async fn wrk(url: &str, script: &Path, connections: u32, seconds: u64) -> (Sample, f64) {
    let threads = connections.min(2);
    let output = Command::new("wrk")
        .args([format!("-t{threads}"), format!("-c{connections}"), format!("-d{seconds}s"), "-s".into()])
        .arg(script)
        .arg(url)
        .stderr(Stdio::inherit())
        .output()
        .await
        .expect("tests/bench/run installs wrk");
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().find_map(|line| line.strip_prefix("BENCH ")).unwrap_or_else(|| panic!("wrk said: {text}"));
    let numbers: Vec<f64> = line.split(' ').map(|word| word.parse().expect("a number")).collect();
    let [requests, duration, p50, p99, failed] = numbers[..] else { panic!("wrk said: {line}") };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count")]
    let failed = failed as u64;
    (Sample { per_second: requests / (duration / 1e6), p50, p99, failed, ..Sample::default() }, requests)
}
