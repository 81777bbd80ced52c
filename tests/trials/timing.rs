//! Nobody learns by asking whether somebody is there: unknown, unlinked, never granted, withdrawn, expired and erased are
//! one answer, in bytes and in time.
//!
//! The classes are asked for in random order over one connection; each time is from the first byte sent to the first byte
//! received. What is beyond the 95th percentile of all is cut off, and each class is compared with `unknown` by Welch's t.

use ::tests::chance::Chance;
use ::tests::process::Server;
use serde_json::json;

use crate::clock::{Moment, rest, wall};
use crate::people::Person;
use crate::report::Report;
use crate::site::{APPS, BRAND, Database, PURPOSES, Setting, Site, imported_grant, token};
use crate::wire::{Exchange, Line};
use crate::work::look_up;

/// A difference that chance explains.
const MOST: f64 = 4.5;
/// From so many samples on the times are judged; fewer show bytes only.
const JUDGED: usize = 10_000;
/// Handles of each class.
const PEOPLE: usize = 5;
/// Samples that are thrown away: connections, caches and the like.
const WARM_UP: usize = 300;
/// Seconds after which the token is replaced.
const RENEWAL_SECONDS: u64 = 200;

/// How often.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    /// Samples of each class; from 10,000 on the times are judged, too.
    #[arg(long, default_value_t = 300)]
    pub samples: usize,
    /// Judges the times of fewer samples, too.
    #[arg(long)]
    pub judge_times: bool,
}

/// Why there is nothing to see. One more is one more variant, and how to bring it about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    /// Nobody has this handle.
    Unknown,
    /// Somebody had it, and shared.
    Unlinked,
    /// Somebody has it, and never shared.
    NeverGranted,
    /// They shared, and took it back.
    Withdrawn,
    /// They shared until a date that is over.
    Expired,
    /// They shared, and erased their account.
    Erased,
}

impl Class {
    const ALL: [Self; 6] =
        [Self::Unknown, Self::Unlinked, Self::NeverGranted, Self::Withdrawn, Self::Expired, Self::Erased];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Unlinked => "unlinked",
            Self::NeverGranted => "never granted",
            Self::Withdrawn => "withdrawn",
            Self::Expired => "expired",
            Self::Erased => "erased",
        }
    }

    /// Its people are numbered from here.
    fn first(self) -> usize {
        Self::ALL.iter().position(|one| *one == self).unwrap_or_default() * PEOPLE
    }

    /// Its people as lines to import.
    fn lines(self) -> Vec<serde_json::Value> {
        let numbers = self.first()..self.first() + PEOPLE;
        numbers
            .filter(|_| self != Self::Unknown)
            .map(|number| {
                let mut line = Person::line(number, false);
                if self == Self::Unlinked {
                    line["grants"] = json!([imported_grant(-1, 30)]);
                }
                line
            })
            .collect()
    }

    /// What its people do until there is nothing to see.
    async fn act(self, site: &Site, server: &Server) {
        if matches!(self, Self::Unknown | Self::NeverGranted) {
            return;
        }
        let mut line = Line::to(&server.url);
        for person in Person::claim_all(&site.house, server, self.first()..self.first() + PEOPLE).await {
            let give = json!({ "brand": BRAND, "purpose": PURPOSES[0], "scopes": ["NAME"],
                "expiresAt": (self == Self::Expired).then(|| wall(1_500).to_string()) });
            match self {
                Self::Unlinked => {
                    let query = "{ me { links { nodes { id } } } }";
                    let links = person.ask(&mut line, query, &json!({})).await.expect("an answer").json();
                    let id = &links["data"]["me"]["links"]["nodes"][0]["id"];
                    person.insist(&mut line, "unlink", json!({ "linkId": id }), "").await;
                }
                Self::Withdrawn => {
                    person.insist(&mut line, "giveConsent", give, "").await;
                    person.insist(&mut line, "withdrawEverything", json!({}), "").await;
                }
                Self::Erased => {
                    person.insist(&mut line, "giveConsent", give, "").await;
                    let (asked, _) = person.insist(&mut line, "eraseAccount", json!({}), "confirmationToken").await;
                    let sure = json!({ "confirmationToken": asked["confirmationToken"] });
                    person.insist(&mut line, "eraseAccount", sure, "erased").await;
                }
                _ => {
                    person.insist(&mut line, "giveConsent", give, "").await;
                }
            }
        }
    }
}

/// Runs it.
pub async fn run(database: Database, setting: &Setting, options: &Options) -> Report {
    let site = Site::on(database, setting).await;
    site.settle_with(Class::ALL.into_iter().flat_map(Class::lines).collect()).await;
    let server = site.house.serve().await;
    for class in Class::ALL {
        class.act(&site, &server).await;
    }
    rest(std::time::Duration::from_millis(1_600)).await;
    let began = Moment::now();
    let mut chance = Chance::of(setting.seed, 7_000);
    let samples = sample(&server, options.samples, &mut chance).await;
    let (different, table, strange) = compare(&samples);
    let mut violations: Vec<String> = different;
    let judged = options.samples >= JUDGED || options.judge_times;
    if judged {
        violations.extend(strange);
    }
    let line = format!(
        "{} samples of each of {} classes: the same bytes{}; seed {}, {:.1} s",
        options.samples,
        Class::ALL.len(),
        if judged { ", and times compared" } else { " (times are judged from 10,000 samples on)" },
        setting.seed,
        Moment::now().since(began).as_secs_f64()
    );
    Report { title: format!("timing {}", database.as_str()), line, violations, details: table }
}

/// What was measured of one class.
struct Samples {
    class: Class,
    /// In microseconds.
    times: Vec<f64>,
    /// The different answers, without what differs in every answer.
    answers: std::collections::BTreeSet<String>,
}

/// Asks for all classes in random order, each as often as the others.
async fn sample(server: &Server, count: usize, chance: &mut Chance) -> Vec<Samples> {
    let mut samples: Vec<Samples> = Class::ALL
        .into_iter()
        .map(|class| Samples { class, times: Vec::with_capacity(count), answers: Default::default() })
        .collect();
    let mut line = Line::to(&server.url);
    let (mut app, mut renewed) = (token(server, APPS[0]).await, Moment::now());
    let mut order: Vec<usize> = (0..samples.len()).flat_map(|class| std::iter::repeat_n(class, count)).collect();
    for place in (1..order.len()).rev() {
        order.swap(place, chance.below(place + 1));
    }
    let warm_up: Vec<usize> = (0..WARM_UP).map(|number| number % samples.len()).collect();
    for (number, class) in warm_up.into_iter().chain(order).enumerate() {
        if Moment::now().since(renewed).as_secs() >= RENEWAL_SECONDS {
            (app, renewed) = (token(server, APPS[0]).await, Moment::now());
        }
        let handle = Person::name(samples[class].class.first() + chance.below(PEOPLE));
        let exchange = look_up(&mut line, &app, &handle).await.expect("an answer");
        if number >= WARM_UP {
            let time = exchange.first_byte.since(exchange.started);
            samples[class].times.push(time.as_secs_f64() * 1e6);
            samples[class].answers.insert(without_what_always_differs(&exchange));
        }
    }
    samples
}

fn without_what_always_differs(exchange: &Exchange) -> String {
    let differs = |line: &&str| ["x-request-id:", "date:"].iter().all(|name| !line.to_lowercase().starts_with(name));
    let head: Vec<&str> = exchange.head.split("\r\n").filter(differs).collect();
    format!("{}\n{}", head.join("\n"), exchange.body)
}

/// Differences in bytes, the table of times, and differences in time.
fn compare(samples: &[Samples]) -> (Vec<String>, Vec<String>, Vec<String>) {
    let (mut different, mut strange) = (Vec::new(), Vec::new());
    let mut all: Vec<f64> = samples.iter().flat_map(|one| one.times.iter().copied()).collect();
    all.sort_by(f64::total_cmp);
    let most = all.get(all.len() * 95 / 100).copied().unwrap_or(f64::MAX);
    let cropped = |one: &Samples| -> Vec<f64> { one.times.iter().copied().filter(|time| *time <= most).collect() };
    let (reference, expected) = (cropped(&samples[0]), samples[0].answers.first());
    let mut table = vec![format!("{:<14} {:>8} {:>9} {:>9} {:>8}", "class", "samples", "mean us", "median", "t")];
    for one in samples {
        if one.answers.len() != 1 || one.answers.first() != expected {
            different.push(format!("{} is answered differently: {:?}", one.class.as_str(), one.answers));
        }
        let times = cropped(one);
        let t = welch(&times, &reference);
        let (mean, _) = moments(&times);
        table.push(format!(
            "{:<14} {:>8} {mean:>9.1} {:>9.1} {t:>8.2}",
            one.class.as_str(),
            times.len(),
            median(&times)
        ));
        if t.abs() >= MOST {
            strange.push(format!("{} takes another time than unknown: t = {t:.2}", one.class.as_str()));
        }
    }
    (different, table, strange)
}

fn moments(times: &[f64]) -> (f64, f64) {
    let count = times.len().max(2) as f64;
    let mean = times.iter().sum::<f64>() / count;
    (mean, times.iter().map(|time| (time - mean).powi(2)).sum::<f64>() / (count - 1.0))
}

fn median(times: &[f64]) -> f64 {
    let mut sorted = times.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}

/// Welch's t: how many standard errors the two means are apart.
fn welch(one: &[f64], other: &[f64]) -> f64 {
    let ((mean, variance), (reference, spread)) = (moments(one), moments(other));
    let error = (variance / one.len().max(1) as f64 + spread / other.len().max(1) as f64).sqrt();
    if error > 0.0 { (mean - reference) / error } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_distributions_have_a_small_t_and_shifted_ones_a_large_one() {
        let mut chance = Chance::of(1, 1);
        let mut draw = |shift: f64| -> Vec<f64> { (0..5_000).map(|_| chance.below(1_000) as f64 + shift).collect() };
        let (one, other, shifted) = (draw(0.0), draw(0.0), draw(40.0));
        assert!(welch(&one, &other).abs() < MOST);
        assert!(welch(&shifted, &one) > MOST);
    }
}
