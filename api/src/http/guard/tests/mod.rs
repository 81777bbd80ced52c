//! The guard as its caller sees it. The parts have tests of their own.

use std::fmt::Write;

use proptest::test_runner::Config;

use super::{admit, refused::Refused};

mod properties;
pub(super) mod strategies;
pub(super) mod walk;

/// Fragments that each spread the next one `width` times; the last holds `core`. Expanded: `width ^ levels`.
pub(super) fn bomb(levels: usize, width: usize, core: &str) -> String {
    let mut query = "{...f0}".to_owned();
    for level in 1..levels {
        let spreads = format!("...f{level} ").repeat(width);
        write!(query, "fragment f{} on Q{{{}}}", level - 1, spreads.trim_end()).unwrap();
    }
    write!(query, "fragment f{} on Q{{{core}}}", levels - 1).unwrap();
    query
}

/// As many cases as `PROPTEST_CASES` says, or 256. Failing cases are printed, not kept in files.
pub(super) fn config() -> Config {
    Config { failure_persistence: None, ..Config::default() }
}

fn refusal(query: &str) -> Refused {
    admit(query).unwrap_err()
}

/// As `getIntrospectionQuery` of graphql-js builds it with every option on; the deepest field is the 15th.
fn introspection() -> String {
    let of_type = (0..9).fold("kind name".to_owned(), |inner, _| format!("kind name ofType {{ {inner} }}"));
    include_str!("introspection.graphql").replace("OF_TYPE", &of_type)
}

#[test]
fn ordinary_queries_are_admitted() {
    for query in [
        "{me{id}}",
        "query One($by: ProfileLocator!, $purpose: Purpose! = SUPPORT) @live {
           profile(by: $by, purpose: $purpose) { id name { displayName } ...Reach @include(if: true) }
         }
         # reach {[(\"
         fragment Reach on Profile { contact { email } ... on Node { id } }",
        r#"mutation { stateContext(input: {topic: "a \"quoted\" [word", text: """block \""" {{{ """, list: [[1, -2.5e3]]}) {
             userErrors { code } } }"#,
        "subscription { consentChanged { grant { id state } } }",
    ] {
        assert!(admit(query).is_ok(), "{query}: {:?}", admit(query));
    }
}

#[test]
fn the_introspection_query_is_admitted() {
    let admitted = admit(&introspection());
    assert!(admitted.is_ok(), "{:?}", admitted.err());
}

#[test]
fn the_fragment_bomb_of_857_bytes_is_refused() {
    // A bomb of this size took 8.6 s of one core in async-graphql, before validation.
    let query = format!("{}  ", bomb(20, 4, "a"));
    assert_eq!(query.len(), 857);
    assert_eq!(refusal(&query).code(), "QUERY_TOO_COMPLEX");
}

#[test]
fn the_fragment_bomb_of_31_by_10_is_refused() {
    assert!(matches!(refusal(&bomb(31, 10, "a")), Refused::TooManySelections { .. }));
}

#[test]
fn nested_lists_and_objects_never_reach_the_parser() {
    let lists = format!("{{a(x:{}{})}}", "[".repeat(2_000), "]".repeat(2_000));
    let objects = format!("{{a(x:{}1{})}}", "{k:".repeat(1_500), "}".repeat(1_500));
    let defaults = format!("query($v:A={}{}){{a}}", "[".repeat(2_000), "]".repeat(2_000));
    let types = format!("query($v:{}A{}){{a}}", "[".repeat(2_000), "]".repeat(2_000));
    for query in [lists, objects, defaults, types, "{a".repeat(1_500), "{...".repeat(1_500)] {
        assert!(matches!(refusal(&query), Refused::TooNested { .. }));
    }
}

#[test]
fn each_refusal_has_its_code() {
    assert_eq!(refusal(&" ".repeat(70_000)).code(), "PAYLOAD_TOO_LARGE");
    assert_eq!(refusal("").code(), "GRAPHQL_PARSE_FAILED");
    assert_eq!(refusal(&"a ".repeat(2_001)).code(), "QUERY_TOO_COMPLEX");
}

#[test]
fn refusals_name_the_limit_and_the_mend() {
    let texts = [
        (" ".repeat(65_537), "The query has 65537 bytes; the limit is 65536. Pass long values as variables."),
        (
            "{a".repeat(65),
            "The query nests brackets more than 64 deep. Pass deep values as variables, or ask in steps.",
        ),
        ("{a:}".into(), "The query is not valid GraphQL: here it should go on with name."),
        ("{a} {b}".into(), "The query is not valid GraphQL: an operation without a name must be the only one."),
        ("fragment f on F {a}".into(), "The query is not valid GraphQL: it holds fragments but no operation."),
        (
            "{...f} fragment f on F {...f}".into(),
            "The fragment `f` spreads itself, directly or through others. Remove one of these spreads.",
        ),
    ];
    for (query, text) in texts {
        assert_eq!(refusal(&query).to_string(), text);
    }
}

#[test]
fn syntax_errors_say_where_and_show_nothing_of_the_query() {
    for query in [
        "{a(x: \"secret\") ]}",
        "{a(x: \"secret\") :}",
        "{a(x: \"secret\", \"secret\")}",
        "{a(x: \"secret)}",
        "{a(x: \"secret\\secret\")}",
        "{a(x: \"\"\"secret\n = expected secret\"\"\" :)}",
        "query q {a(x: \"secret\")} query q {a}",
    ] {
        let refused = refusal(query);
        assert!(!refused.to_string().contains("secret") && !format!("{refused:?}").contains("secret"), "{refused:?}");
        assert!(refused.location().is_some(), "{query}");
    }
}

#[test]
fn long_names_are_cut_in_messages() {
    let name = "n".repeat(10_000);
    let text = refusal(&format!("{{...{name}}} fragment {name} on F {{...{name}}}")).to_string();
    assert!(text.len() < 200, "{text}");
}
