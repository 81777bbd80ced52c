//! The table, the file, and what has become of the last one.

use std::path::Path;

use serde_json::{Map, Value, json};
use tests::Backend;

use crate::floor::Kind;
use crate::load::Sample;

/// All that was measured.
pub struct Report {
    customers: u64,
    rows: Vec<Row>,
    /// Single figures, by name.
    notes: Vec<(String, f64)>,
}

/// One line of the table.
pub struct Row {
    name: String,
    sample: Sample,
    /// Ratios to the floor, by its letter: of rates, and of the middle times.
    ratios: Vec<(&'static str, f64, f64)>,
}

const fn name(backend: Backend) -> &'static str {
    match backend {
        Backend::Postgres => "postgres",
        Backend::Sqlite => "sqlite",
    }
}

fn rounded(number: f64) -> f64 {
    (number * 1_000.0).round() / 1_000.0
}

/// Of a hundred times, the one that so many are below.
fn at(times: &[f64], part: usize) -> f64 {
    let mut times = times.to_vec();
    times.sort_by(f64::total_cmp);
    times.get(times.len() * part / 100).copied().unwrap_or_default()
}

impl Row {
    pub fn new(backend: Backend, what: &str, connections: u32, sample: &Sample) -> Self {
        let name = format!("{}, {what}, {connections} connections", self::name(backend));
        Self { name, sample: sample.clone(), ratios: Vec::new() }
    }

    /// Beside the floor of that kind.
    pub fn against(&mut self, kind: Kind, floor: &Sample) {
        self.ratios.push((kind.letter(), self.sample.per_second / floor.per_second, self.sample.p50 / floor.p50));
    }

    fn json(&self) -> Value {
        let sample = &self.sample;
        let mut line = Map::new();
        let mut put = |key: &str, number: f64| line.insert(key.to_owned(), json!(rounded(number)));
        put("requestsPerSecond", sample.per_second);
        put("p50Microseconds", sample.p50);
        put("p99Microseconds", sample.p99);
        put("serverMicroseconds", sample.processor.0);
        put("databaseMicroseconds", sample.processor.1);
        put("serverMegabytes", sample.megabytes);
        for (letter, rate, time) in &self.ratios {
            put(&format!("rateTo{letter}"), *rate);
            put(&format!("p50To{letter}"), *time);
        }
        line.insert("failed".to_owned(), json!(sample.failed));
        Value::Object(line)
    }
}

impl Report {
    pub const fn new(customers: u64) -> Self {
        Self { customers, rows: Vec::new(), notes: Vec::new() }
    }

    pub fn add(&mut self, row: Row) {
        self.rows.push(row);
    }

    /// A single figure.
    pub fn note(&mut self, backend: Backend, what: &str, number: f64) {
        self.notes.push((format!("{}, {what}", name(backend)), number));
    }

    /// The middle and the 99th of a hundred of several times.
    pub fn times(&mut self, backend: Backend, what: &str, times: &[f64]) {
        for (part, label) in [(50, "p50"), (99, "p99")] {
            self.note(backend, &format!("{what}, {label}"), at(times, part));
        }
    }

    /// The middle of some times in percent of the middle of others.
    pub fn percent(&mut self, backend: Backend, what: &str, times: &[f64], of: &[f64]) {
        self.note(backend, &format!("{what}, percent of p50"), at(times, 50) / at(of, 50) * 100.0);
    }

    #[expect(clippy::print_stdout, reason = "whoever runs the benchmark reads it")]
    pub fn print(&self) {
        println!("{} customers; R: reads only, F: with a record and a commit each", self.customers);
        println!(
            "{:<42} {:>8} {:>9} {:>9} {:>8} {:>8} {:>7}  ratios",
            "", "1/s", "p50 us", "p99 us", "cpu srv", "cpu db", "MB"
        );
        for row in &self.rows {
            let Sample { per_second, p50, p99, failed, processor, megabytes } = &row.sample;
            let ratios: String = row
                .ratios
                .iter()
                .map(|(letter, rate, time)| format!(" {rate:.2} x {letter} (p50 {time:.2} x)"))
                .collect();
            let failures = if *failed > 0 { format!("; {failed} FAILED") } else { String::new() };
            println!(
                "{:<42} {per_second:>8.0} {p50:>9.0} {p99:>9.0} {:>8.0} {:>8.0} {megabytes:>7.0} {ratios}{failures}",
                row.name, processor.0, processor.1
            );
        }
        for (name, number) in &self.notes {
            println!("{name}: {number:.1}");
        }
    }

    fn json(&self) -> Value {
        let rows: Map<String, Value> = self.rows.iter().map(|row| (row.name.clone(), row.json())).collect();
        let notes: Map<String, Value> =
            self.notes.iter().map(|(name, number)| (name.clone(), json!(rounded(*number)))).collect();
        json!({ "customers": self.customers, "profile": rows, "other": notes })
    }

    /// Writes it as JSON.
    pub fn write(&self, path: &Path) {
        let text = serde_json::to_string_pretty(&self.json()).expect("JSON");
        std::fs::write(path, format!("{text}\n")).expect("the result is written");
    }

    /// Says which ratios have changed by more than a fifth, which is how far two runs differ anyway.
    #[expect(clippy::print_stdout, reason = "whoever runs the benchmark reads it")]
    pub fn compare(&self, path: &Path) {
        let Ok(text) = std::fs::read_to_string(path) else {
            return println!("there is no last result to compare with");
        };
        let last: Value = serde_json::from_str(&text).expect("the last result is JSON");
        if last["customers"] != json!(self.customers) {
            return println!("the last result is of {} customers: not compared", last["customers"]);
        }
        let now = self.json();
        for (name, row) in last["profile"].as_object().into_iter().flatten() {
            for (key, before) in row.as_object().into_iter().flatten().filter(|(key, _)| key.starts_with("rateTo")) {
                let (Some(before), Some(after)) = (before.as_f64(), now["profile"][name][key].as_f64()) else {
                    continue;
                };
                let change = after / before;
                let verdict = if change < 0.8 {
                    "SLOWER"
                } else if change > 1.25 {
                    "faster"
                } else {
                    "as before"
                };
                println!("{name}, {key}: {before:.2} before, {after:.2} now: {verdict}");
            }
        }
    }
}
