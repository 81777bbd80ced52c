//! Proofs, renames and unlinks of several customers in any order, against a model of a few lines: two customers never
//! share a handle or an account, and nothing that one granted is seen by a handle of another.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};
use serde_json::{Value, json};
use tests::world::DAY;
use tests::{BrandApp, Customer, World, on_both_databases};

use super::{links, prove};

const CUSTOMERS: usize = 3;
const CASES: u32 = 16;

/// Something that somebody does.
#[derive(Debug, Clone)]
enum Act {
    /// Proves that an account of this number has this name now.
    Prove { who: usize, account: usize, name: usize },
    /// Removes their nth link, if there is one.
    Unlink { who: usize, place: usize },
    /// So many days pass.
    Pass { days: i64 },
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        6 => (0..CUSTOMERS, 0..3usize, 0..3usize).prop_map(|(who, account, name)| Act::Prove { who, account, name }),
        2 => (0..CUSTOMERS, 0..3usize).prop_map(|(who, place)| Act::Unlink { who, place }),
        2 => (1..8i64).prop_map(|days| Act::Pass { days }),
    ];
    proptest::collection::vec(act, 1..12)
}

/// What should be: for each account its customer, its name, and how many days ago it was proven.
#[derive(Default)]
struct Model(BTreeMap<usize, (usize, usize, i64)>);

impl Model {
    fn prove(&mut self, who: usize, account: usize, name: usize) {
        self.0.retain(|_, (_, held, _)| *held != name);
        self.0.insert(account, (who, name, 0));
    }

    fn pass(&mut self, days: i64) {
        self.0.values_mut().for_each(|(_, _, age)| *age += days);
    }

    /// Who should be found by a name.
    fn finds(&self, name: usize) -> Option<usize> {
        self.0.values().find(|(_, held, age)| *held == name && *age < 30).map(|(who, ..)| *who)
    }

    /// The names that a customer should have.
    fn names(&self, who: usize) -> Vec<usize> {
        let mut names: Vec<usize> =
            self.0.values().filter(|(owner, ..)| *owner == who).map(|(_, name, _)| *name).collect();
        names.sort_unstable();
        names
    }
}

/// One sequence of acts, by customers of its own.
struct Run<'w> {
    world: &'w World,
    bank: &'w BrandApp<'w>,
    number: usize,
    people: Vec<Customer<'w>>,
    model: Model,
}

impl<'w> Run<'w> {
    async fn start(world: &'w World, bank: &'w BrandApp<'w>, number: usize) -> Self {
        let mut people = Vec::new();
        for who in 0..CUSTOMERS {
            let customer = world.customer(&format!("C{number}x{who}")).await;
            // The last of them shares nothing.
            if who + 1 < CUSTOMERS {
                customer.give("bank", "CUSTOMER_CARE", &["NAME", "HANDLES"]).await;
            }
            people.push(customer);
        }
        Self { world, bank, number, people, model: Model::default() }
    }

    fn name(&self, name: usize) -> String {
        format!("r{}n{name}", self.number)
    }

    async fn act(&mut self, act: &Act) {
        match *act {
            Act::Prove { who, account, name } => {
                prove(self.world, &self.people[who], &format!("r{}a{account}", self.number), &self.name(name)).await;
                self.model.prove(who, account, name);
            }
            Act::Unlink { who, place } => {
                let Some(link) = links(&self.people[who], "id handle").await.get(place).cloned() else { return };
                let input = json!({ "linkId": link["id"] });
                self.people[who].act("unlink", input, "unlinkedId").await.done("unlink");
                let name = (0..3).find(|name| link["handle"] == self.name(*name));
                self.model.0.retain(|_, (_, held, _)| Some(*held) != name);
            }
            Act::Pass { days } => {
                self.world.pass(days * DAY);
                self.model.pass(days);
            }
        }
    }

    async fn check(&self) -> Result<(), TestCaseError> {
        for (who, customer) in self.people.iter().enumerate() {
            let mut shown: Vec<Value> =
                links(customer, "handle").await.into_iter().map(|mut it| it["handle"].take()).collect();
            shown.sort_by_key(Value::to_string);
            let expected: Vec<Value> = self.model.names(who).into_iter().map(|name| json!(self.name(name))).collect();
            prop_assert_eq!(shown, expected, "the links of customer {}", who);
        }
        for name in 0..3 {
            let reply = self
                .bank
                .look_up_on("X", &self.name(name), "CUSTOMER_CARE", "name { displayName } handles { handle }")
                .await;
            let finds = self.model.finds(name).filter(|who| who + 1 < CUSTOMERS);
            let shown = &reply.data("/profile");
            let Some(who) = finds else {
                prop_assert_eq!(*shown, &Value::Null, "name {}", name);
                continue;
            };
            prop_assert_eq!(&shown["name"]["displayName"], &json!(format!("C{}x{who}", self.number)));
            let fresh = (0..3).filter(|name| self.model.finds(*name) == Some(who)).count();
            prop_assert_eq!(shown["handles"].as_array().map(Vec::len), Some(fresh));
        }
        Ok(())
    }
}

on_both_databases! {
    async fn whatever_customers_prove_and_give_up_two_never_share_a_name_and_nothing_granted_passes_on(world) {
        let bank = world.brand("bank").await;
        let numbers = std::sync::atomic::AtomicUsize::new(0);
        let config = Config { cases: CASES, failure_persistence: None, max_shrink_iters: 64, ..Config::default() };
        let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
        let one = |acts: Vec<Act>| {
            let number = numbers.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let run = async {
                // Grants of the earlier runs do not end meanwhile: each run has customers of its own.
                let mut run = Run::start(&world, &bank, number).await;
                for act in &acts {
                    run.act(act).await;
                    run.check().await?;
                }
                Ok(())
            };
            tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(run))
        };
        runner.run(&acts(), one).unwrap();
    }
}
