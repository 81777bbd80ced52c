//! What must hold of every query, so that no way of writing one gets past the scan.

use std::thread;

use async_graphql::parser::{self, parse_query, types::ExecutableDocument};
use proptest::prelude::*;

use super::{
    super::{MAX_NESTING, scan::scan},
    Refused, admit, config, strategies, walk,
};

/// Bytes of stack on which everything that the scan lets through must be readable. Actix gives its workers 2 MiB, and
/// the request is some calls deep by then. Unoptimised frames are larger: 63 selection sets take about 600 kB then.
const STACK: usize = if cfg!(debug_assertions) { 1024 * 1024 } else { 256 * 1024 };

/// Any of the kinds, so that each property meets all of them.
fn query() -> impl Strategy<Value = String> {
    prop_oneof![
        1 => strategies::noise(),
        3 => strategies::framed(),
        2 => strategies::document(),
        2 => strategies::damaged(),
        1 => strategies::spreading(),
    ]
}

/// Parses on a small stack. An overflow there aborts the test run; so it cannot be missed.
fn parse_on_small_stack(query: String) -> Result<ExecutableDocument, parser::Error> {
    let thread = thread::Builder::new().stack_size(STACK).spawn(move || parse_query(query)).unwrap();
    thread.join().unwrap()
}

fn is_size(refused: &Refused) -> bool {
    matches!(refused, Refused::TooLarge { .. } | Refused::TooNested { .. } | Refused::TooManyTokens { .. })
}

#[test]
fn every_kind_of_bracket_can_be_nested_to_the_limit_on_a_small_stack() {
    let levels = MAX_NESTING - 2;
    let queries = [
        format!("{}{}", "{a".repeat(MAX_NESTING), "}".repeat(MAX_NESTING)),
        format!("{}{{a}}{}", "{...".repeat(levels), "}".repeat(levels)),
        format!("{{a(x:{}{})}}", "[".repeat(levels), "]".repeat(levels)),
        format!("{{a(x:{}1{})}}", "{k:".repeat(levels), "}".repeat(levels)),
        format!("query($v:I={}{}){{a}}", "[".repeat(levels), "]".repeat(levels)),
        format!("query($v:{}I{}){{a}}", "[".repeat(levels), "]".repeat(levels)),
        format!("{}(x:{}{}){}", "{a".repeat(31), "[".repeat(32), "]".repeat(32), "}".repeat(31)),
    ];
    for query in queries {
        assert!(scan(&query).is_ok(), "{query}");
        assert!(parse_on_small_stack(query.clone()).is_ok(), "{query}");
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn what_the_scan_lets_through_can_be_parsed_on_a_small_stack(query in query()) {
        if scan(&query).is_ok() {
            // The parser has a stack guard of its own; that the same text comes out shows that it was not needed.
            let expected = parse_query(&query).map(drop);
            prop_assert_eq!(parse_on_small_stack(query).map(drop), expected);
        }
    }

    #[test]
    fn the_scan_counts_no_less_than_the_parser_reads(query in query()) {
        if let Ok(document) = parse_query(&query) {
            let (tokens, nesting) = walk::as_written(&document);
            match scan(&query) {
                Ok(scan) => {
                    prop_assert!(scan.nesting >= nesting, "{scan:?}, but nesting is {nesting}");
                    prop_assert!(scan.tokens >= tokens, "{scan:?}, but there are {tokens} tokens");
                }
                // The one thing that the parser reads and the scan does not.
                Err(Refused::Syntax { message, .. }) => {
                    prop_assert_eq!(message, "this block string is never closed");
                }
                Err(refused) => prop_assert!(is_size(&refused), "{refused:?}"),
            }
        }
    }

    #[test]
    fn the_guard_says_the_same_as_the_parser_about_syntax(query in query()) {
        let parsed = parse_query(&query).is_ok();
        match admit(&query) {
            Ok(_) => prop_assert!(parsed),
            Err(Refused::Syntax { message, .. }) => {
                prop_assert!(!parsed || message == "this block string is never closed", "{message}");
            }
            Err(refused) => prop_assert!(parsed || is_size(&refused), "{refused:?}"),
        }
    }
}
