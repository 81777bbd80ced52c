//! The terminals of the grammar, one by one.

use super::*;

fn cost(query: &str) -> (usize, usize) {
    let scan = scan(query).unwrap();
    (scan.tokens, scan.nesting)
}

fn refusal(query: &str) -> Refused {
    scan(query).unwrap_err()
}

/// Where and why the query is not GraphQL.
fn fault(query: &str) -> (usize, usize, String) {
    match refusal(query) {
        Refused::Syntax { message, at: Some(at) } => (at.line, at.column, message),
        other => panic!("{other:?}"),
    }
}

#[test]
fn whitespace_commas_comments_and_byte_order_marks_are_free() {
    assert_eq!(cost("\u{feff}{ a,,,\t b\r\n\u{feff}c # {[( \" \\ é\r}"), (5, 1));
    assert_eq!(cost("{a} # a comment may end the query {"), (3, 1));
}

#[test]
fn a_comment_ends_at_either_line_end_and_at_no_other() {
    assert_eq!(cost("{a #[\n}"), (3, 1));
    assert_eq!(cost("{a #[\r}"), (3, 1));
    assert_eq!(cost("{a #[\u{2028}[\u{85}[\u{b}[\u{c}[\n}"), (3, 1));
}

#[test]
fn brackets_in_strings_are_not_nesting() {
    assert_eq!(cost(r#"{a(x:"[[[{{{((( #")}"#), (8, 2));
    assert_eq!(cost(r#"{a(x:"\"[\\" y:"\u00e9[")}"#), (11, 2));
    assert_eq!(cost("{a(x:\"\"\"[\n\"\" \\\"\"\" [\\\\\"\"\"[\"\"\")}"), (8, 2));
}

#[test]
fn brackets_after_a_string_are_nesting() {
    assert_eq!(cost(r#"{a(x:"\\"y:[[1]])}"#), (15, 4));
    assert_eq!(cost(r#"{a(x:""y:[[1]])}"#), (15, 4));
    assert_eq!(cost(r#"{a(x:""""""y:[[1]])}"#), (15, 4));
    assert_eq!(cost("{a(x:\"\"\"\\\"\"\"\"\"\"y:[[1]])}"), (15, 4));
}

#[test]
fn values_that_touch_count_one_by_one_as_the_grammar_reads_them() {
    assert_eq!(cost("{a(x:[000])}"), (12, 3));
    assert_eq!(cost("{a(x:[-1-1.5e3-0])}"), (12, 3));
    assert_eq!(cost("{a(x:[nullnulltrue0])}"), (13, 3));
    assert_eq!(cost(r#"{a(x:[""""""""])}"#).0, 11);
    assert_eq!(cost("queryA{a}").0, 5);
}

#[test]
fn brackets_must_match() {
    assert_eq!(fault("{a"), (1, 1, "this `{` is never closed".into()));
    assert_eq!(fault("{a\n (x:1}"), (2, 6, "this `}` closes nothing".into()));
    assert_eq!(fault("}"), (1, 1, "this `}` closes nothing".into()));
}

#[test]
fn what_the_grammar_cannot_read_is_refused_where_it_stands() {
    let not_closed = "this string is not closed on its line";
    assert_eq!(fault("{a(x:\"\u{e9}\n\")}"), (1, 6, not_closed.into()));
    assert_eq!(fault("{a(x:\"\r\")}"), (1, 6, not_closed.into()));
    assert_eq!(fault("{a(x:\"\\"), (1, 7, "this is not an escape of GraphQL".into()));
    for escape in [r"\q", r"\u12", r"\u{41}", r"\ud800", r"\uDFFF", r"\U0041", "\\\n"] {
        assert_eq!(fault(&format!("{{a(x:\"é{escape}\")}}")), (1, 8, "this is not an escape of GraphQL".into()));
    }
    assert_eq!(fault("{\n\ta.b}"), (2, 3, "this character is not part of the language".into()));
    assert_eq!(fault("{é}"), (1, 2, "this character is not part of the language".into()));
    assert_eq!(fault("{a(x:-)}"), (1, 6, "this number has no digits".into()));
    assert_eq!(fault("{a(x:1e)}"), (1, 6, "a name follows this number without a space".into()));
    assert_eq!(fault("{a(x:0x1)}"), (1, 6, "a name follows this number without a space".into()));
}

#[test]
fn an_unclosed_block_string_is_refused_although_the_grammar_would_read_two_strings() {
    let query = r#"{a(x:["""[[["])}"#;
    assert!(async_graphql::parser::parse_query(query).is_ok());
    assert_eq!(fault(query), (1, 7, "this block string is never closed".into()));
}

#[test]
fn each_limit_admits_its_own_number_and_refuses_the_next() {
    let nested = |levels: usize| format!("{{a(x:{}{})}}", "[".repeat(levels - 2), "]".repeat(levels - 2));
    assert_eq!(cost(&nested(MAX_NESTING)).1, MAX_NESTING);
    let at = Pos { line: 1, column: 6 + MAX_NESTING - 2 };
    assert_eq!(refusal(&nested(MAX_NESTING + 1)), Refused::TooNested { at });

    let wide = |tokens: usize| format!("{{{}}}", "a ".repeat(tokens - 2));
    assert_eq!(cost(&wide(MAX_TOKENS)).0, MAX_TOKENS);
    assert!(matches!(refusal(&wide(MAX_TOKENS + 1)), Refused::TooManyTokens { .. }));

    let long = |bytes: usize| format!("{{a}}{}", " ".repeat(bytes - 3));
    assert_eq!(cost(&long(MAX_BYTES)), (3, 1));
    assert_eq!(refusal(&long(MAX_BYTES + 1)), Refused::TooLarge { bytes: MAX_BYTES + 1 });
}
