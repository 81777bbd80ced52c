//! Queries to try the guard with: noise, noise in the places where lexing decides, and documents.

use proptest::{collection::vec, prelude::*, sample::select};

/// Pieces whose meaning depends on where they stand.
const PIECES: [&str; 44] = [
    "{", "}", "[", "]", "(", ")", "\"", "\"\"\"", "\\", "\\\"", "\\\"\"\"", "\\\\", "\\u", "\\u0041", "\\ud800", "#",
    "\n", "\r", "\r\n", ",", " ", "\t", "\u{feff}", "\u{2028}", "é", ".", "...", ":", "$", "@", "!", "=", "-", "0",
    "12", "1.5e3", "e", "a", "A_1", "null", "true", "query", "on ", "{a}",
];

/// Mostly not GraphQL at all.
pub(super) fn noise() -> impl Strategy<Value = String> {
    vec(select(&PIECES[..]), 0..40).prop_map(|pieces| pieces.concat())
}

/// Noise inside of a string, a block string, a list, a comment, a selection set and a type; often GraphQL.
pub(super) fn framed() -> impl Strategy<Value = String> {
    let frame = select(
        &[
            ("{a(x:\"", "\")}"),
            ("{a(x:\"\"\"", "\"\"\")}"),
            ("{a(x:[", "])}"),
            ("{a(x:{k:1", "})}"),
            ("{a#", "\n}"),
            ("{a", "}"),
            ("query($v:[A]=", "){a}"),
            ("", "{a}"),
        ][..],
    );
    let short = vec(select(&PIECES[..]), 0..6).prop_map(|pieces| pieces.concat());
    (frame, short).prop_map(|((before, after), noise)| format!("{before}{noise}{after}"))
}

/// Well-formed documents with up to the allowed nesting and somewhat beyond, in odd but legal spelling.
pub(super) fn document() -> impl Strategy<Value = String> {
    let definition = prop_oneof![
        (keyword(), variables(), directives(), set())
            .prop_map(|(keyword, variables, directives, set)| format!("{keyword}{variables}{directives}{set}")),
        set(),
    ];
    let fragment = (directives(), set()).prop_map(|(directives, set)| format!("fragment f on F{directives}{set}"));
    (gap(), definition, gap(), proptest::option::of(fragment)).prop_map(|(before, definition, gap, fragment)| {
        format!("{before}{definition}{gap}{}", fragment.unwrap_or_default())
    })
}

/// A document with one piece put somewhere or taken away.
pub(super) fn damaged() -> impl Strategy<Value = String> {
    (document(), any::<prop::sample::Index>(), proptest::option::of(select(&PIECES[..]))).prop_map(
        |(document, place, piece)| {
            let mut characters: Vec<char> = document.chars().collect();
            let at = place.index(characters.len());
            let removed = usize::from(piece.is_none());
            characters.splice(at..at + removed, piece.unwrap_or_default().chars());
            characters.into_iter().collect()
        },
    )
}

/// Operations over fragments that spread one another at random, circles included.
pub(in crate::http::guard) fn spreading() -> impl Strategy<Value = String> {
    let item = prop_oneof![
        4 => (0_usize..12).prop_map(|fragment| format!("...f{fragment}")),
        2 => (0_usize..12, 0_usize..12).prop_map(|(one, other)| format!("x{{...f{one} y{{...f{other}}}}}")),
        1 => (0_usize..12).prop_map(|fragment| format!("...{{...f{fragment} x}}")),
        1 => (0_usize..12).prop_map(|fragment| format!("__schema{{...f{fragment}}}")),
        1 => (0_usize..12).prop_map(|fragment| format!("fields{{...f{fragment}}}")),
        1 => Just("b:x".to_owned()),
        1 => (0_usize..14).prop_map(|levels| format!("x{}{}", "{x".repeat(levels), "}".repeat(levels))),
    ];
    // Fragments mostly spread later ones, so that most documents have no circle.
    vec(vec(item, 1..4), 2..12).prop_map(|bodies| {
        let definitions = bodies.iter().enumerate().map(|(number, items)| {
            let body = items.join(" ");
            let forward = (0..=number).fold(body, |body, back| match number % 7 {
                6 => body,
                _ => body.replace(&format!("...f{back} "), "z ").replace(&format!("...f{back}}}"), "z}"),
            });
            match number {
                0 => format!("{{{body}}}", body = items.join(" ")),
                _ => format!("fragment f{number} on F{{{forward} }}"),
            }
        });
        definitions.collect::<Vec<_>>().join("\n")
    })
}

fn keyword() -> impl Strategy<Value = &'static str> {
    select(&["query", "query Q ", "queryQ", "mutation M", "subscription"][..])
}

fn variables() -> impl Strategy<Value = String> {
    let variable = (0_usize..70, value())
        .prop_map(|(lists, value)| format!("($v:{}I{}={value})", "[".repeat(lists), "]!".repeat(lists)));
    prop_oneof![3 => Just(String::new()), 1 => Just("()".to_owned()), 1 => variable]
}

fn directives() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => Just(String::new()),
        1 => (gap(), value()).prop_map(|(gap, value)| format!("@{gap}d(x:{value}){gap}@e ")),
    ]
}

fn set() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        3 => select(&["a", "nullable", "b:a", "...f", "... on", "__schema", "queryQuery"][..]).prop_map(str::to_owned),
        2 => (value(), directives()).prop_map(|(value, directives)| format!("a(x:{value}){directives}")),
        1 => (0_usize..70).prop_map(|levels| format!("a{}{}", "{a".repeat(levels), "}".repeat(levels))),
        1 => (0_usize..70).prop_map(|levels| format!("{}{}", "...{a ".repeat(levels), "a}".repeat(levels))),
    ];
    let inner = leaf.prop_filter("no empty selection", |leaf| !leaf.is_empty());
    let item = inner.prop_recursive(5, 24, 4, |inner| {
        let head = select(&["a", "b:a", "...", "... on F", "a@d"][..]);
        (head, gap(), vec(inner, 1..4), gap()).prop_map(|(head, gap, items, between)| {
            format!("{head}{gap}{{{}{gap}}}", items.join(&format!("{between} ")))
        })
    });
    (gap(), vec(item, 1..4)).prop_map(|(gap, items)| format!("{gap}{{{gap}{}}}", items.join(" ")))
}

fn value() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        3 => select(&["1", "-0.5e3", "00", "true", "nullnull", "null", "ENUM", "$v", "\"\"", "\"\"\"\"\"\""][..])
            .prop_map(str::to_owned),
        2 => string(),
        1 => (0_usize..70).prop_map(|levels| format!("{}{}", "[".repeat(levels), "]".repeat(levels)))
            .prop_map(|list| if list.is_empty() { "[]".to_owned() } else { list }),
        1 => (0_usize..70).prop_map(|levels| format!("{}1{}", "{k:".repeat(levels), "}".repeat(levels))),
    ];
    leaf.prop_recursive(4, 16, 4, |inner| {
        prop_oneof![
            (gap(), vec(inner.clone(), 0..4)).prop_map(|(gap, items)| format!("[{gap}{}]", items.join(" "))),
            (gap(), vec(inner, 0..4)).prop_map(|(gap, items)| {
                let fields = items.iter().enumerate().map(|(number, value)| format!("k{number}:{gap}{value}"));
                format!("{{{gap}{}}}", fields.collect::<Vec<_>>().join(" "))
            }),
        ]
    })
}

fn string() -> impl Strategy<Value = String> {
    let plain = select(&["[", "{", "(", "#", "\\\"", "\\\\", "\\u0041", "\\n", "é", "\u{2028}", ",", "a", "}"][..]);
    let block = select(&["[", "{", "#", "\\\"\"\"", "\" ", "\\\\ ", "\n", "\r", "é", "a", "}", "\\u "][..]);
    prop_oneof![
        vec(plain, 0..5).prop_map(|pieces| format!("\"{}\"", pieces.concat())),
        vec(block, 0..5).prop_map(|pieces| format!("\"\"\"{}\"\"\"", pieces.concat())),
    ]
}

/// What may stand between any two terminals.
fn gap() -> impl Strategy<Value = &'static str> {
    select(&["", " ", ",", "\n", "\r\n", "\t,\u{feff} ", "#[{(\"\n", "# \"\"\" \\\r", "#é}\u{2028}])\n\n#(\n"][..])
}
