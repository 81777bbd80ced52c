//! Genuine parts that do not belong together, signed with the server's own key: of somebody else, and of another kind.

#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "helpers of tests fail by panicking")]

use entity::kinds::StaffRole;
use serde_json::{Map, Value, json};
use tests::{StaffPerson, World};

use super::Forgery;
use crate::forge::{Key, changed, claims_of, with_trailing_bits};

/// Genuine tokens of every kind, two of each.
pub struct Robbed {
    pub customers: [String; 2],
    pub apps: [String; 2],
    pub staff: [String; 2],
    /// Of one app, each for a grant of one customer.
    pub bound: [String; 2],
}

impl Robbed {
    /// A world robbed.
    pub async fn of(world: &World) -> Self {
        let bound = async |name: &str| {
            let reply = crate::oauth::connect(world, &world.customer(name).await).await;
            reply.body["access_token"].as_str().expect("a token").to_owned()
        };
        let bound = [bound("Cleo").await, bound("Dara").await];
        let (bank, shop) = (crate::oauth::bank(world).await, world.brand("shop").await);
        let (ada, bob) = (world.customer("Ada").await, world.customer("Bob").await);
        let nils = StaffPerson::join(world, "bank", StaffRole::Agent, "Nils").await;
        let oriane = StaffPerson::join(world, "shop", StaffRole::Agent, "Oriane").await;
        Self {
            customers: [ada.token().await, bob.token().await],
            apps: [bank.token().await, shop.token().await],
            staff: [nils.token().to_owned(), oriane.token().to_owned()],
            bound,
        }
    }

    /// Each kind.
    pub fn kinds(&self) -> [&[String; 2]; 4] {
        [&self.customers, &self.apps, &self.staff, &self.bound]
    }

    /// Each claim of a token replaced by that of every other token which has another one there, or none.
    pub fn swaps(&self, key: &Key) -> Vec<Forgery> {
        let all: Vec<Map<String, Value>> = self.kinds().into_iter().flatten().map(|token| claims_of(token)).collect();
        let mut forgeries = Vec::new();
        for own in &all {
            for other in &all {
                for name in ["sub", "sid", "brand", "grant", "family", "jti"] {
                    // A name of a token of its own takes nothing from anybody.
                    if name == "jti" || own.get(name) == other.get(name) {
                        continue;
                    }
                    let claims = changed(own, name, other.get(name).cloned());
                    let whose = format!("{} with the {name} of {}", own["sub"], other["sub"]);
                    forgeries.push((whose, key.token(key.header(), claims)));
                }
            }
        }
        forgeries
    }

    /// Two of the parts of somebody else at once, and parts that nobody has.
    pub fn mixtures(&self, key: &Key) -> Vec<Forgery> {
        let claims = |tokens: &[String; 2]| tokens.each_ref().map(|token| claims_of(token));
        let mixed = |base: &Map<String, Value>, parts: &[(&str, &Value)]| {
            let mut claims = base.clone();
            claims.extend(parts.iter().map(|(name, value)| ((*name).to_owned(), (*value).clone())));
            (format!("{parts:?}"), key.token(key.header(), Value::Object(claims).to_string()))
        };
        let ([ada, _], [bank, shop]) = (claims(&self.customers), claims(&self.apps));
        let ([nils, oriane], [cleo, dara]) = (claims(&self.staff), claims(&self.bound));
        let trailing = |value: &Value| json!(with_trailing_bits(value.as_str().expect("a text")));
        let unknown = |kind: &str| json!(format!("{kind}_AAAAAAAAAAAAAAAAAAAAAA"));
        let mut all = vec![
            mixed(&ada, &[("brand", &bank["brand"]), ("sid", &bank["sid"])]),
            mixed(&ada, &[("sub", &bank["sub"]), ("sid", &bank["sid"])]),
            mixed(&ada, &[("sub", &ada["sid"])]),
            mixed(&ada, &[("sid", &ada["sub"])]),
            mixed(&ada, &[("sub", &trailing(&ada["sub"]))]),
            mixed(&ada, &[("sub", &unknown("customer"))]),
            mixed(&ada, &[("sid", &unknown("session"))]),
            mixed(&ada, &[("grant", &cleo["grant"]), ("family", &cleo["family"])]),
            mixed(&ada, &[("brand", &json!(""))]),
            mixed(&bank, &[("brand", &json!("bank"))]),
            mixed(&bank, &[("brand", &json!(""))]),
            mixed(&bank, &[("brand", &json!([bank["brand"]]))]),
            mixed(&bank, &[("brand", &bank["sub"])]),
            mixed(&bank, &[("brand", &shop["brand"]), ("sid", &shop["sid"])]),
            mixed(&bank, &[("sub", &json!("bank-app"))]),
            mixed(&bank, &[("sub", &nils["sub"]), ("sid", &json!("1"))]),
            mixed(&bank, &[("sub", &unknown("app"))]),
            mixed(&shop, &[("grant", &cleo["grant"]), ("family", &cleo["family"])]),
            mixed(&cleo, &[("grant", &dara["family"]), ("family", &dara["grant"])]),
            mixed(&cleo, &[("grant", &unknown("grant"))]),
            mixed(&cleo, &[("family", &unknown("family"))]),
            mixed(&cleo, &[("sub", &shop["sub"]), ("brand", &shop["brand"])]),
            mixed(&nils, &[("grant", &cleo["grant"]), ("family", &cleo["family"])]),
            mixed(&nils, &[("brand", &oriane["brand"]), ("sub", &oriane["sub"])]),
            mixed(&nils, &[("sub", &unknown("staff"))]),
            mixed(&nils, &[("sid", &unknown("staffsession"))]),
            mixed(&nils, &[("sid", &ada["sid"]), ("sub", &ada["sub"])]),
        ];
        for epoch in [
            json!("0"),
            json!("2"),
            json!("-1"),
            json!("1.0"),
            json!(" 1"),
            json!("+1"),
            json!("01"),
            json!("99999999999"),
            json!(1),
        ] {
            all.push(mixed(&bank, &[("sid", &epoch)]));
            all.push(mixed(&cleo, &[("sid", &epoch)]));
        }
        all
    }
}
