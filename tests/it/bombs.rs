//! Small requests that cost much: each is refused before the parser or the executor meets it, and the server lives.
//! How long each refusal took is printed (`--nocapture`), not asserted: the machine may be busy.

#![expect(clippy::print_stdout, reason = "the measured times are for people")]

use std::fmt::Write;
use std::time::Instant;

use serde_json::json;
use tests::{Backend, Reply, World};

/// Fragments that each spread the next one `width` times. Expanded: `width ^ levels`.
fn fragments(levels: usize, width: usize) -> String {
    let mut query = "{...f0}".to_owned();
    for level in 1..levels {
        let spreads = format!("...f{level} ").repeat(width);
        query.push_str(&format!("fragment f{} on Query{{{}}}", level - 1, spreads.trim_end()));
    }
    query + &format!("fragment f{} on Query{{__typename}}", levels - 1)
}

fn nested(open: &str, close: &str, levels: usize) -> String {
    format!("{}{}", open.repeat(levels), close.repeat(levels))
}

fn body(query: &str) -> String {
    json!({ "query": query }).to_string()
}

#[expect(clippy::disallowed_methods, reason = "what is measured is the real time")]
async fn timed(world: &World, name: &str, body: String) -> Reply {
    let bytes = body.len();
    let request = world.http.post(format!("{}/graphql", world.url)).header("content-type", "application/json");
    let started = Instant::now();
    let reply = Reply::of(request.body(body).send().await).await;
    println!(
        "{:>9.2} ms  {:>7} B  {}  {}  {name}",
        started.elapsed().as_secs_f64() * 1e3,
        bytes,
        reply.status.as_u16(),
        reply.code()
    );
    reply
}

/// Refused with one of these statuses, nothing executed, and a normal query works after it.
async fn assert_defused(world: &World, name: &str, body: String, statuses: &[u16]) {
    let reply = timed(world, name, body).await;
    assert!(statuses.contains(&reply.status.as_u16()), "{name}: {} {:.300}", reply.status, reply.text);
    assert!(reply.body.get("data").is_none() && reply.text.len() < 4_096, "{name}: {:.300}", reply.text);
    let after = world.ask("{ purposes { purpose } }", json!({})).await;
    assert!(after.data("/purposes/0/purpose").is_string(), "the server lives after {name}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fragments_that_multiply_are_refused() {
    let world = World::start(Backend::Sqlite).await;
    let small = {
        let query = fragments(20, 4).replace("on Query", "on Q").replace("__typename", "a");
        query + "  "
    };
    assert_eq!(small.len(), 857);
    let circle = |length: usize| {
        let ring: String =
            (0..length).map(|at| format!("fragment f{at} on Query{{...f{}}}", (at + 1) % length)).collect();
        format!("{{...f0}}{ring}")
    };
    let inline = format!("{{{}{}}}", "...{__typename ".repeat(60), "}".repeat(60));
    let cases = [
        ("4^20 in 857 bytes", small),
        ("2^26", fragments(26, 2)),
        ("10^31", fragments(31, 10)),
        ("20^6", fragments(6, 20)),
        ("2^100", fragments(100, 2)),
        ("a chain of 300", fragments(300, 1)),
        ("unused fragments that multiply", fragments(26, 2).replacen("{...f0}", "{__typename}", 1)),
        ("a fragment that spreads itself", circle(1)),
        ("a circle of 2", circle(2)),
        ("a circle of 200", circle(200)),
        ("60 inline fragments inside one another", inline),
    ];
    for (name, query) in cases {
        assert_defused(&world, name, body(&query), &[400]).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn brackets_that_overflow_a_stack_are_refused() {
    let world = World::start(Backend::Sqlite).await;
    let (lists, objects) = (|levels| nested("[", "]", levels), |levels| nested("{a:", "}", levels));
    let selection = |levels| format!("{{{}{}}}", "brand{".repeat(levels), "}".repeat(levels));
    for levels in [65, 130, 1_300, 2_000, 3_900, 7_800, 20_000] {
        let shapes = [
            ("nested lists", format!("{{node(id:{}){{id}}}}", lists(levels))),
            ("nested objects", format!("{{node(id:{}){{id}}}}", nested("{a:", "}", levels).replace(":}", ":1}"))),
            ("a list that is never closed", format!("{{node(id:{}", "[".repeat(levels))),
            ("an object that is never closed", format!("{{node(id:{}", "{a:".repeat(levels))),
            ("a default value", format!("query($a:ID={}){{__typename}}", lists(levels))),
            ("an argument of a directive", format!("{{__typename @skip(if:{})}}", lists(levels))),
            ("a list type", format!("query($a:{}{}{}){{__typename}}", "[".repeat(levels), "ID", "]".repeat(levels))),
            ("nested selections", selection(levels)),
            ("selections that are never closed", "{a".repeat(levels)),
            ("parentheses", "(".repeat(levels)),
        ];
        for (name, query) in shapes {
            let statuses: &[u16] = if query.len() > 64 * 1024 { &[413] } else { &[400] };
            assert_defused(&world, &format!("{name}, {levels} levels"), body(&query), statuses).await;
        }
    }
    assert!(lists(2_000).len() < 4_100 && objects(1_500).len() <= 6_000, "4 and 6 kB are enough elsewhere");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nested_variables_are_refused() {
    let world = World::start(Backend::Sqlite).await;
    let query = "query($id: ID!) { node(id: $id) { id } }";
    for levels in [3, 60, 120, 125, 126, 127, 128, 1_500, 2_000, 60_000] {
        for (name, value) in [
            ("lists in variables", nested("[", "]", levels)),
            ("objects in variables", nested("{\"a\":", "}", levels).replace(":}", ":1}")),
            ("both in variables", nested("[{\"a\":", "}]", levels / 2).replace(":}", ":1}")),
        ] {
            let whole = format!("{{\"query\":\"{query}\",\"variables\":{{\"id\":{value}}}}}");
            let statuses: &[u16] = if whole.len() > 256 * 1024 { &[413] } else { &[400] };
            assert_defused(&world, &format!("{name}, {levels} levels"), whole, statuses).await;
        }
        let extensions = format!("{{\"query\":\"{query}\",\"extensions\":{{\"a\":{}}}}}", nested("[", "]", levels));
        assert_defused(&world, &format!("lists in extensions, {levels} levels"), extensions, &[400]).await;
        assert_defused(&world, &format!("lists alone, {levels} levels"), nested("[", "]", levels), &[400]).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wide_documents_are_refused() {
    let world = World::start(Backend::Sqlite).await;
    let repeated = |count: usize, make: &dyn Fn(usize) -> String| (0..count).map(make).collect::<String>();
    let cases = [
        ("10,000 aliases", format!("{{{}}}", repeated(10_000, &|at| format!("a{at}:me ")))),
        ("31 aliases", format!("{{{}}}", repeated(31, &|at| format!("a{at}:__typename ")))),
        ("1,000 directives", format!("{{__typename {}}}", "@include(if:true)".repeat(1_000))),
        ("1,000 unknown directives", format!("{{__typename {}}}", "@a ".repeat(1_000))),
        ("9 directives", format!("{{__typename {}}}", "@include(if:true)".repeat(9))),
        ("10,000 fields", format!("{{{}}}", "me ".repeat(10_000))),
        ("1,500 overlapping fields", format!("{{{}}}", "me{id}".repeat(600))),
        ("10,000 values", format!("{{nodes(ids:[{}]){{id}}}}", "\"a\"".repeat(10_000))),
        ("700 operations", repeated(700, &|at| format!("query q{at}{{a}}"))),
        ("600 variables", format!("query({}){{__typename}}", repeated(600, &|at| format!("$a{at}:ID ")))),
        ("1,000 arguments", format!("{{node({}){{id}}}}", repeated(1_000, &|at| format!("a{at}:1 ")))),
        ("an unclosed block string", format!("{{node(id:\"\"\"{}", "\\\"\"\"".repeat(10_000))),
        ("a long number", format!("{{node(id:{}) {{id}}}}", "9".repeat(60_000))),
        ("a long exponent", "{nodes(ids:1e999999999){id}}".to_owned()),
        ("a long name", format!("{{{}}}", "a".repeat(60_000))),
        ("60,000 escapes", format!("{{node(id:\"{}", "\\\\".repeat(15_000))),
    ];
    for (name, query) in cases {
        assert_defused(&world, name, body(&query), &[400, 413]).await;
    }
    let comments = format!("{}{{__typename}}", "#\n".repeat(30_000));
    assert_eq!(timed(&world, "30,000 comments", body(&comments)).await.status, 200);
    let mut long = String::from("{\"query\":\"{__typename}\"");
    for at in 0..20_000 {
        write!(long, ",\"k{at}\":1").expect("a string takes it");
    }
    assert_eq!(timed(&world, "20,000 unknown keys in the body", long + "}").await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn introspection_that_multiplies_is_refused() {
    let world = World::start(Backend::Sqlite).await;
    // Most types are wrapped (`T!`): what multiplies goes through `ofType`.
    let fields = |levels: usize| {
        let (open, close) = ("fields{type{ofType{".repeat(levels), "}}}".repeat(levels));
        format!("{{__schema{{types{{{open}name{close}}}}}}}")
    };
    for levels in 3..6 {
        assert_defused(&world, &format!("types of fields, {levels} levels"), body(&fields(levels)), &[400]).await;
    }
    let lists = "{__schema{types{possibleTypes{interfaces{possibleTypes{interfaces{possibleTypes{name}}}}}}}}";
    assert_defused(&world, "interfaces of implementations", body(lists), &[400]).await;
    let through_fragments = "{__type(name:\"Query\"){...A}} fragment A on __Type{fields{type{...B}}} \
                             fragment B on __Type{fields{type{...C}}} fragment C on __Type{fields{type{name}}}";
    assert_defused(&world, "types of fields through fragments", body(through_fragments), &[400]).await;
    let of_types = format!("{{__schema{{types{{{}name{}}}}}}}", "ofType{".repeat(30), "}".repeat(30));
    assert_defused(&world, "30 levels of ofType", body(&of_types), &[400]).await;
    let aliased: String = (0..31).map(|at| format!("a{at}:__schema{{types{{fields{{args{{name}}}}}}}}")).collect();
    assert_defused(&world, "31 introspections", body(&format!("{{{aliased}}}")), &[400]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_introspection_of_graphql_js_is_answered() {
    let world = World::start(Backend::Sqlite).await;
    for depth in [5, 9] {
        let reply = timed(&world, "introspection of graphql-js", body(&introspection(depth))).await;
        let schema = reply.data("/__schema");
        assert_eq!(schema["queryType"]["name"], "Query");
        let types = schema["types"].as_array().expect("types");
        assert!(types.iter().any(|kind| kind["name"] == "Profile"));
        println!("{} types, {} bytes", types.len(), reply.text.len());
    }
}

/// As `getIntrospectionQuery` of graphql-js 16 builds it with every option on.
fn introspection(depth: usize) -> String {
    let of_type = (0..depth).fold("name kind".to_owned(), |inner, _| format!("name kind ofType {{ {inner} }}"));
    include_str!("../../api/src/http/guard/tests/introspection.graphql").replace("OF_TYPE", &of_type)
}
