//! Who looked: the reads of one brand, those that gave something, and those that did not.

use serde_json::{Value, json};
use tests::{BrandApp, Customer, World, on_both_databases};

const PAGE: &str = "edges { cursor node { id at brand { slug } answered } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }";

/// One page of the reads that fit.
async fn page(who: &Customer<'_>, only: &str, first: usize, after: &Value) -> Value {
    let query = format!(
        "query($first: Int, $after: String) {{ me {{ disclosures({only}first: $first, after: $after) {{ {PAGE} }} }} }}"
    );
    who.ask(&query, json!({ "first": first, "after": after })).await.data("/me/disclosures").clone()
}

/// All reads that fit, walked through in pages of this size.
async fn walk(who: &Customer<'_>, only: &str, first: usize) -> Vec<Value> {
    let (mut found, mut after) = (Vec::new(), Value::Null);
    loop {
        let page = page(who, only, first, &after).await;
        let edges = page["edges"].as_array().unwrap();
        assert!(edges.len() <= first && (edges.len() == first || page["pageInfo"]["hasNextPage"] == false), "{page}");
        assert_eq!(page["pageInfo"]["hasPreviousPage"], !after.is_null());
        found.extend(edges.iter().map(|edge| edge["node"].clone()));
        if page["pageInfo"]["hasNextPage"] == false {
            return found;
        }
        assert_eq!(page["pageInfo"]["endCursor"], edges.last().unwrap()["cursor"]);
        after = page["pageInfo"]["endCursor"].clone();
    }
}

/// Two brands look at somebody in turn, who halts one of the two grants meanwhile: a dozen reads, of every kind several.
async fn much_looked_at<'w>(world: &'w World) -> Customer<'w> {
    let brands: [BrandApp<'_>; 2] = [world.brand("bank").await, world.brand("airline").await];
    let ada = world.customer("Ada").await;
    ada.link_email("ada@example.org").await;
    let grant = ada.give("bank", "CUSTOMER_CARE", &["NAME"]).await;
    ada.give("airline", "CUSTOMER_CARE", &["NAME"]).await;
    for mutation in ["pauseConsent", "resumeConsent", "pauseConsent"] {
        for brand in &brands {
            brand.profile("ada@example.org", "CUSTOMER_CARE").await;
            brand.look_up("ada@example.org", "CUSTOMER_CARE", "id contact { phone }").await.data("/profile/id");
            world.pass(1);
        }
        ada.act(mutation, json!({ "grantId": grant }), "").await.done(mutation);
    }
    ada
}

/// Whether a read is of this brand and of this outcome.
fn fits(read: &Value, brand: Option<&str>, answered: Option<bool>) -> bool {
    brand.is_none_or(|brand| read["brand"]["slug"] == brand) && answered.is_none_or(|yes| read["answered"] == yes)
}

on_both_databases! {
    async fn the_reads_of_one_brand_or_of_one_outcome_are_a_list_of_their_own_in_pages_of_any_size(world) {
        let ada = much_looked_at(&world).await;
        let whole = walk(&ada, "", 100).await;
        assert_eq!(whole.len(), 12);
        let every = [("", None), ("brand: \"bank\", ", Some("bank")), ("brand: \"airline\", ", Some("airline"))];
        let outcome = [("", None), ("answered: true, ", Some(true)), ("answered: false, ", Some(false))];
        for (of_brand, brand) in every {
            for (of_outcome, answered) in outcome {
                let only = format!("{of_brand}{of_outcome}");
                let expected: Vec<Value> =
                    whole.iter().filter(|read| fits(read, brand, answered)).cloned().collect();
                assert!(expected.len() >= 2, "{only}: {}", expected.len());
                for size in [1, 2, expected.len(), 100] {
                    assert_eq!(walk(&ada, &only, size).await, expected, "{only}by {size}");
                }
            }
        }
    }

    async fn a_brand_that_never_looked_and_one_that_is_unknown_give_an_empty_list(world) {
        let ada = much_looked_at(&world).await;
        world.brand("telecom").await;
        for slug in ["telecom", "nobody", "", "No Slug", "ba%", "bank' or '1'='1"] {
            let found = page(&ada, &format!("brand: {}, ", json!(slug)), 20, &Value::Null).await;
            let nothing = json!({ "edges": [], "pageInfo": {
                "hasNextPage": false, "hasPreviousPage": false, "startCursor": null, "endCursor": null } });
            assert_eq!(found, nothing, "{slug}");
        }
        let bob = world.customer("Bob").await;
        assert_eq!(walk(&bob, "brand: \"bank\", ", 20).await, Vec::<Value>::new(), "each customer has their own");
    }

    async fn a_record_from_before_outcomes_were_noted_counts_as_answered_if_it_was_made_under_a_grant(world) {
        let bank = world.brand("bank").await;
        let ada = world.customer("Ada").await;
        ada.link_email("ada@example.org").await;
        bank.profile("ada@example.org", "CUSTOMER_CARE").await;
        ada.give("bank", "CUSTOMER_CARE", &["NAME"]).await;
        bank.profile("ada@example.org", "CUSTOMER_CARE").await;
        crate::tampering::tamper(&world, "update disclosure set answered = null").await;
        for (only, answered) in [("answered: true, ", true), ("answered: false, ", false)] {
            let found = walk(&ada, only, 20).await;
            assert_eq!(found.iter().map(|read| read["answered"] == true).collect::<Vec<_>>(), [answered], "{only}");
        }
        let grants = ada.ask("{ me { grants { nodes { reads lastReadAt } } } }", json!({})).await;
        assert_eq!(grants.data("/me/grants/nodes"), &json!([{ "reads": 1, "lastReadAt": world.time(0) }]));
    }
}
