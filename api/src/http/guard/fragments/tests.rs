//! Sizes after expansion, and the work to find them.

use std::fmt::Write;

use async_graphql::parser::parse_query;
use proptest::prelude::*;

use super::*;
use crate::http::guard::tests::{bomb, config, strategies, walk::Walk};

/// What the survey says and how many selections it looked at.
fn survey(query: &str) -> (Result<(), Refused>, usize) {
    let document = parse_query(query).unwrap();
    let mut survey = Survey::of(&document);
    let verdict = survey.run();
    (verdict, survey.looked_at)
}

fn verdict(query: &str) -> Result<(), Refused> {
    survey(query).0
}

fn nested(field: &str, levels: usize) -> String {
    format!("{}{}", format!("{{{field}").repeat(levels), "}".repeat(levels))
}

#[test]
fn bombs_are_refused_after_less_work_than_they_have_tokens() {
    for (levels, width) in [(26, 2), (20, 4), (9, 12), (6, 20), (31, 10), (30, 60)] {
        let (verdict, looked_at) = survey(&bomb(levels, width, "a"));
        assert!(matches!(verdict, Err(Refused::TooManySelections { .. })), "{levels} x {width}: {verdict:?}");
        assert!(looked_at <= levels * width + 2, "{levels} x {width}: looked at {looked_at}");
    }
}

#[test]
fn a_bomb_without_any_field_is_refused_too() {
    let query = bomb(25, 2, "...unknown");
    assert!(matches!(verdict(&query), Err(Refused::TooManySelections { .. })));
}

#[test]
fn a_bomb_that_no_operation_lights_is_refused_too() {
    let query = bomb(25, 2, "a").replacen("{...f0}", "{a}", 1);
    assert!(matches!(verdict(&query), Err(Refused::TooManySelections { .. })));
}

#[test]
fn each_written_selection_is_looked_at_once_however_often_it_is_spread() {
    let (verdict, looked_at) = survey("{...a ...a ...a} fragment a on A {...b ...b} fragment b on B {x y {z}}");
    assert_eq!(verdict, Ok(()));
    assert_eq!(looked_at, 3 + 2 + 3);
}

#[test]
fn circles_are_refused_even_when_no_operation_enters_them() {
    for query in [
        "{...a} fragment a on A {...a}",
        "{...a} fragment a on A {x {...b}} fragment b on B {... {...a}}",
        "{x} fragment a on A {...b} fragment b on B {...a}",
    ] {
        assert!(matches!(verdict(query), Err(Refused::FragmentCycle { .. })), "{query}");
    }
}

#[test]
fn unknown_fragments_are_left_to_validation() {
    assert_eq!(verdict("{...nobody}"), Ok(()));
}

#[test]
fn all_operations_count_together() {
    let fragment = format!("fragment f on F {{{}}}", "a ".repeat(900));
    assert_eq!(verdict(&format!("query a {{...f}} query b {{...f}} {fragment}")), Ok(()));
    let three = format!("query a {{...f}} query b {{...f}} query c {{...f}} {fragment}");
    assert!(matches!(verdict(&three), Err(Refused::TooManySelections { .. })));
}

#[test]
fn depth_counts_fields_through_fragments_and_not_the_fragments() {
    assert_eq!(verdict(&nested("a", MAX_DEPTH)), Ok(()));
    let error = verdict(&nested("a", MAX_DEPTH + 1)).unwrap_err();
    let at = Pos { line: 1, column: 1 };
    assert_eq!(error, Refused::TooDeep { depth: MAX_DEPTH + 1, limit: MAX_DEPTH, at });

    let shared = |levels| format!("{{a ... {{b {{...f}}}}}} fragment f on F {}", nested("c", levels));
    assert_eq!(verdict(&shared(MAX_DEPTH - 1)), Ok(()));
    assert!(matches!(verdict(&shared(MAX_DEPTH)), Err(Refused::TooDeep { depth: 13, .. })));
}

#[test]
fn introspection_may_not_multiply() {
    let types =
        |levels: usize| format!("{{__schema{{types{{{}a{}}}}}}}", "fields{x{".repeat(levels), "}}".repeat(levels));
    assert_eq!(verdict(&types(MAX_INTROSPECTION_LISTS)), Ok(()));
    assert!(matches!(verdict(&types(MAX_INTROSPECTION_LISTS + 1)), Err(Refused::TooManyLists { .. })));
    let spread = "{__type{...f}} fragment f on T{interfaces{...g}} fragment g on T{possibleTypes{inputFields{a}}}";
    assert!(matches!(verdict(spread), Err(Refused::TooManyLists { .. })));
    assert_eq!(verdict("{fields{fields{fields{a}}}}"), Ok(()), "elsewhere a name is a name");
}

#[test]
fn introspection_may_go_deeper_but_not_without_end() {
    for opener in ["__schema", "renamed: __type(name: \"A\")"] {
        let query = |levels| format!("{{{opener} {}}}", nested("ofType", levels));
        assert_eq!(verdict(&query(MAX_INTROSPECTION_DEPTH - 1)), Ok(()));
        let error = verdict(&query(MAX_INTROSPECTION_DEPTH)).unwrap_err();
        assert!(matches!(error, Refused::TooDeep { depth: 21, limit: MAX_INTROSPECTION_DEPTH, .. }), "{error:?}");
    }
}

#[test]
fn an_alias_does_not_make_an_ordinary_field_introspection() {
    let query = format!("{{__schema: a {}}}", nested("a", MAX_DEPTH));
    assert!(matches!(verdict(&query), Err(Refused::TooDeep { limit: MAX_DEPTH, .. })));
    let beside = format!("{{__schema {{a}} a {}}}", nested("a", MAX_DEPTH));
    assert!(matches!(verdict(&beside), Err(Refused::TooDeep { limit: MAX_DEPTH, .. })));
}

#[test]
fn levels_count_inline_fragments_and_chains_of_fragments() {
    assert_eq!(verdict(&nested("...", MAX_LEVELS).replacen("...}", "a}", 1)), Ok(()));
    assert!(matches!(
        verdict(&nested("...", MAX_LEVELS + 1).replacen("...}", "a}", 1)),
        Err(Refused::TooManyLevels { .. })
    ));
    assert_eq!(verdict(&bomb(MAX_LEVELS - 1, 1, "a")), Ok(()));
    assert!(matches!(verdict(&bomb(MAX_LEVELS, 1, "a")), Err(Refused::TooManyLevels { .. })));
    // Measured before it is spread deeply: the memory of its size must not hide its levels.
    let spreads = format!("{{...f0 {}...f0{}}}", "...{".repeat(12), "}".repeat(12));
    let chain = bomb(20, 1, "a").replacen("{...f0}", &spreads, 1);
    assert!(matches!(verdict(&chain), Err(Refused::TooManyLevels { .. })));
}

#[test]
fn aliases_count_wherever_their_fragment_is_spread() {
    let query = |spreads: usize| format!("{{{}}} fragment f on F {{a: x b: x}}", "...f ".repeat(spreads));
    assert_eq!(verdict(&query(MAX_ALIASES / 2)), Ok(()));
    assert!(matches!(verdict(&query(MAX_ALIASES / 2 + 1)), Err(Refused::TooManyAliases { .. })));
}

#[test]
fn directives_are_counted_in_every_place_that_can_have_them() {
    for place in [
        "{x@}",
        "{...@{x}}",
        "{...f@} fragment f on F {x}",
        "query @{x}",
        "query($v: I@) {x}",
        "{x} fragment f on F @{x}",
    ] {
        let with = |directives: usize| place.replace('@', &" @d ".repeat(directives));
        assert_eq!(verdict(&with(MAX_DIRECTIVES)), Ok(()), "{place}");
        let error = verdict(&with(MAX_DIRECTIVES + 1)).unwrap_err();
        assert!(matches!(error, Refused::TooManyDirectives { directives: 9, .. }), "{place}: {error:?}");
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_memory_of_fragments_changes_no_verdict(query in strategies::spreading()) {
        let document = parse_query(&query).unwrap();
        let naive = Walk::of_operations(&document);
        match measure(&document) {
            Ok(()) => prop_assert!(naive.is_within_limits(), "{naive:?}"),
            Err(Refused::FragmentCycle { .. }) => {}
            Err(refused) => {
                let everything = Walk::of_definitions(&document);
                prop_assert!(!everything.is_within_limits(), "{refused:?} {everything:?}");
            }
        }
    }
}

#[test]
fn refusals_do_not_depend_on_the_order_of_a_hash_map() {
    let mut query = "{x}".to_owned();
    for fragment in 0..50 {
        write!(query, "fragment f{fragment} on F {{...f{fragment}}}").unwrap();
    }
    let first = verdict(&query).unwrap_err();
    assert!((0..20).all(|_| verdict(&query).unwrap_err() == first));
}
