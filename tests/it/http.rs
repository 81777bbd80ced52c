//! GraphQL over HTTP: methods, media types, statuses and the shape of every refusal.

#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "helpers of tests fail by panicking")]

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Backend, Reply, World, on_both_databases};

const GRAPHQL: &str = "application/graphql-response+json; charset=utf-8";
const JSON: &str = "application/json; charset=utf-8";
const PARSE: &str = "GRAPHQL_PARSE_FAILED";
const VALIDATION: &str = "GRAPHQL_VALIDATION_FAILED";

/// POSTs a body with this content type and nothing else.
async fn post(world: &World, kind: &str, body: impl Into<reqwest::Body>) -> Reply {
    let request = world.http.post(format!("{}/graphql", world.url)).header("content-type", kind).body(body);
    Reply::of(request.send().await).await
}

async fn post_json(world: &World, body: &Value) -> Reply {
    post(world, "application/json", body.to_string()).await
}

async fn get(world: &World, query: &str) -> Reply {
    Reply::of(world.http.get(format!("{}/graphql?{query}", world.url)).send().await).await
}

/// A request that was not executed: no `data` key, and every error has a message, a code and the request's id.
fn assert_refused(reply: &Reply, status: u16, code: &str) {
    assert_eq!((reply.status.as_u16(), reply.code()), (status, code), "{}", reply.text);
    assert!(reply.body.get("data").is_none(), "no data key: {}", reply.text);
    let errors = reply.body["errors"].as_array().expect("errors");
    assert!((1..=5).contains(&errors.len()), "one to five errors: {}", reply.text);
    for error in errors {
        assert!(error["message"].as_str().is_some_and(|message| !message.is_empty()), "{}", reply.text);
        assert!(error["extensions"]["code"].is_string(), "{}", reply.text);
        assert_eq!(error["extensions"]["requestId"], reply.header("x-request-id"), "{}", reply.text);
    }
}

async fn assert_alive(world: &World) {
    assert_eq!(world.ask("{ __typename }", json!({})).await.body, json!({ "data": { "__typename": "Query" } }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_comes_in_the_type_that_the_caller_accepts_best() {
    let world = World::start(Backend::Sqlite).await;
    let cases = [
        (None, JSON),
        (Some("*/*"), JSON),
        (Some("application/*"), JSON),
        (Some("application/json"), JSON),
        (Some("application/graphql-response+json"), GRAPHQL),
        (Some("application/graphql-response+json; charset=utf-8, application/json; charset=utf-8"), GRAPHQL),
        (Some("application/graphql-response+json, application/json;q=0.9"), GRAPHQL),
        (Some("application/json;q=0.2, APPLICATION/GraphQL-Response+JSON;q=0.3"), GRAPHQL),
        (Some("text/html, application/xhtml+xml, */*;q=0.1"), JSON),
        (Some("application/json;q=0, */*"), GRAPHQL),
        (Some("application/json;q=0.1, application/*"), GRAPHQL),
    ];
    for (accepted, expected) in cases {
        for (query, status) in [("{ __typename }", 200), ("{ nothing }", 400), ("{", 400)] {
            let mut request = world.http.post(format!("{}/graphql", world.url)).json(&json!({ "query": query }));
            if let Some(accepted) = accepted {
                request = request.header("accept", accepted);
            }
            let reply = Reply::of(request.send().await).await;
            assert_eq!(
                (reply.status.as_u16(), reply.header("content-type")),
                (status, expected),
                "{accepted:?} {query}"
            );
            assert_eq!(reply.header("vary").to_lowercase(), "accept");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_caller_does_not_accept_is_not_sent() {
    let world = World::start(Backend::Sqlite).await;
    for accepted in
        ["text/html", "image/*", "application/json;q=0", "application/json;charset=latin1", "*/*;q=0", "nonsense"]
    {
        for method in [Method::GET, Method::POST] {
            let request = world.http.request(method, format!("{}/graphql?query={{__typename}}", world.url));
            let request = request.header("accept", accepted).json(&json!({ "query": "{ __typename }" }));
            let reply = Reply::of(request.send().await).await;
            assert_eq!(reply.status, 406, "{accepted}: {}", reply.text);
            assert!(!reply.text.contains("__typename"));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_json_is_taken_so_no_form_of_a_foreign_page_can_call() {
    let world = World::start(Backend::Sqlite).await;
    let body = r#"{"query":"{ __typename }"}"#;
    let refused = [
        "text/plain",
        "text/plain; charset=utf-8",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/graphql",
        "application/jsonp",
        "application/graphql-response+json",
        "application/json; charset=iso-8859-1",
        "application/json; charset=utf-16",
        "text/plain; application/json",
        "text/plain, application/json",
        "json",
        "",
    ];
    for kind in refused {
        assert_refused(&post(&world, kind, body).await, 415, "BAD_REQUEST");
    }
    let untyped = world.http.post(format!("{}/graphql", world.url)).body(body).send().await;
    assert_refused(&Reply::of(untyped).await, 415, "BAD_REQUEST");
    for kind in [
        "application/json",
        "Application/JSON",
        "application/json; charset=UTF-8",
        "application/json;charset=\"utf-8\"",
    ] {
        assert_eq!(post(&world, kind, body).await.status, 200, "{kind}");
    }
}

on_both_databases! {
    async fn get_runs_queries_and_never_writes(world) {
        let reply = get(&world, "query=query($a:[ID!]!){nodes(ids:$a){id}}&variables={%22a%22:[]}").await;
        assert_eq!(reply.body, json!({ "data": { "nodes": [] } }));
        let both = "query=query%20A{a:__typename}%20query%20B{b:__typename}&operationName=B";
        assert_eq!(get(&world, both).await.body, json!({ "data": { "b": "Query" } }));

        let sign_up = "mutation%20M{signUp(input:{email:%22eve@example.org%22,password:%22copper%20lantern%20drizzle\
                       %20fjord%22,displayName:%22Eve%22}){userErrors{code}}}";
        let two = format!("query=query%20Q{{__typename}}%20{sign_up}&operationName=M");
        for query in [format!("query={sign_up}"), two] {
            let reply = get(&world, &query).await;
            assert_refused(&reply, 405, "BAD_REQUEST");
            assert_eq!(reply.header("allow"), "POST");
        }
        // The account was not made: it still can be.
        world.customer("Eve").await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_get_that_cannot_be_read_is_refused() {
    let world = World::start(Backend::Sqlite).await;
    let cases = [
        "",
        "variables={}",
        "query={__typename}&variables=[]",
        "query={__typename}&variables={",
        "query={__typename}&variables=1",
        "query={__typename}&query={__typename}",
    ];
    for query in cases {
        assert_refused(&get(&world, query).await, 400, "BAD_REQUEST");
    }
    assert_refused(&get(&world, "query=").await, 400, "GRAPHQL_PARSE_FAILED");
    assert_refused(&get(&world, "query={__typename}&operationName=A").await, 400, "OPERATION_RESOLUTION_FAILURE");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn other_methods_are_refused_with_those_that_are_allowed() {
    let world = World::start(Backend::Sqlite).await;
    for method in ["PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE", "PROPFIND"] {
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        let request = world.http.request(method.clone(), format!("{}/graphql", world.url));
        let reply = Reply::of(request.send().await).await;
        assert_eq!((reply.status.as_u16(), reply.header("allow")), (405, "GET, POST"), "{method}");
        assert_eq!(reply.header("access-control-allow-origin"), "", "no other origin is let in");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_that_is_not_a_request_is_refused() {
    let world = World::start(Backend::Sqlite).await;
    let bodies: [&[u8]; 20] = [
        b"",
        b"{",
        b"null",
        b"1",
        b"\"{ __typename }\"",
        b"{ __typename }",
        b"[{\"query\":\"{ __typename }\"}]",
        b"[\"{ __typename }\"]",
        b"{}",
        b"{\"query\":null}",
        b"{\"query\":1}",
        b"{\"query\":{}}",
        b"{\"query\":[\"{ __typename }\"]}",
        b"{\"query\":\"{ __typename }\",\"variables\":[]}",
        b"{\"query\":\"{ __typename }\",\"variables\":\"{}\"}",
        b"{\"query\":\"{ __typename }\",\"operationName\":1}",
        b"{\"query\":\"{ __typename }\",\"extensions\":[]}",
        b"{\"query\":\"{ __typename }\",\"query\":\"{ __typename }\"}",
        b"{\"query\":\"{ __typename }\"} trailing",
        b"{\"query\":\"\xff\xfe{ __typename }\"}",
    ];
    for body in bodies {
        let reply = post(&world, "application/json", body.to_vec()).await;
        assert_refused(&reply, 400, "BAD_REQUEST");
    }
    let lone_surrogate = br#"{"query":"{ __typename }","variables":{"a":"\ud800"}}"#;
    assert_refused(&post(&world, "application/json", lone_surrogate.to_vec()).await, 400, "BAD_REQUEST");
    for nothing in [json!(null), json!({})] {
        let body =
            json!({ "query": "{ __typename }", "variables": nothing, "operationName": null, "extensions": nothing });
        assert_eq!(post_json(&world, &body).await.status, 200, "null and empty parts are as good as none");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_document_that_cannot_be_executed_is_refused_with_its_code() {
    let world = World::start(Backend::Sqlite).await;
    let sign_up = "mutation($i: SignUpInput!) { signUp(input: $i) { userErrors { code } } }";
    let good = json!({ "email": "a@example.org", "password": "p", "displayName": "A" });
    let with = |name: &str, value: Value| {
        let mut input = good.clone();
        input[name] = value;
        json!({ "query": sign_up, "variables": { "i": input } })
    };
    let cases: Vec<(Value, &[&str])> = vec![
        (json!({ "query": "" }), &[PARSE]),
        (json!({ "query": "{" }), &[PARSE]),
        (json!({ "query": "{ me { id }" }), &[PARSE]),
        (json!({ "query": "{}" }), &[PARSE]),
        (json!({ "query": "type A { a: Int }" }), &[PARSE]),
        (json!({ "query": "{ a(b: \"unclosed) }" }), &[PARSE]),
        (json!({ "query": "{ nothing }" }), &[VALIDATION]),
        (json!({ "query": "{ me }" }), &[VALIDATION]),
        (json!({ "query": "{ nodes { id } }" }), &[VALIDATION]),
        (json!({ "query": "{ scopes { scope @nothing } }" }), &[VALIDATION]),
        (json!({ "query": "{ ...Nothing }" }), &[VALIDATION]),
        (json!({ "query": "{ __typename } fragment F on Query { __typename }" }), &[VALIDATION]),
        (json!({ "query": "query($a: Nothing) { __typename }" }), &[VALIDATION]),
        (json!({ "query": "query($a: ID!) { __typename }", "variables": { "a": "x" } }), &[VALIDATION]),
        (json!({ "query": "{ node(id: $a) { id } }" }), &[VALIDATION]),
        (json!({ "query": "subscription { __typename }" }), &[VALIDATION]),
        (json!({ "query": "fragment F on Query { __typename }" }), &[PARSE, "OPERATION_RESOLUTION_FAILURE"]),
        (json!({ "query": "query A { __typename }", "operationName": "B" }), &["OPERATION_RESOLUTION_FAILURE"]),
        (json!({ "query": "query A { a: __typename } query B { b: __typename }" }), &["OPERATION_RESOLUTION_FAILURE"]),
        (json!({ "query": "query A { a: __typename } query A { b: __typename }" }), &[PARSE, VALIDATION]),
        (json!({ "query": "{ node(id: 1.5) { id } }" }), &[VALIDATION, "BAD_USER_INPUT"]),
        (json!({ "query": "{ node(id: [\"a\", \"b\"]) { id } }" }), &[VALIDATION, "BAD_USER_INPUT"]),
        (json!({ "query": "{ profile(by: {}, purpose: CUSTOMER_CARE) { id } }" }), &[VALIDATION, "BAD_USER_INPUT"]),
        (
            json!({ "query": "{ profile(by: {id: \"a\", handle: {channel: EMAIL, handle: \"a\"}}, purpose: CUSTOMER_CARE) { id } }" }),
            &[VALIDATION, "BAD_USER_INPUT"],
        ),
        (
            json!({ "query": "{ profile(by: {handle: {channel: PIGEON, handle: \"a\"}}, purpose: CUSTOMER_CARE) { id } }" }),
            &[VALIDATION, "BAD_USER_INPUT"],
        ),
        (json!({ "query": sign_up }), &[VALIDATION, "BAD_USER_INPUT"]),
        (json!({ "query": sign_up, "variables": { "i": null } }), &[VALIDATION, "BAD_USER_INPUT"]),
        (json!({ "query": sign_up, "variables": { "i": {} } }), &[VALIDATION, "BAD_USER_INPUT"]),
        (with("nothing", json!(1)), &[VALIDATION, "BAD_USER_INPUT"]),
        (with("email", json!(1)), &[VALIDATION, "BAD_USER_INPUT"]),
        (with("email", json!(["a@example.org", "b"])), &[VALIDATION, "BAD_USER_INPUT"]),
        (with("password", json!(null)), &[VALIDATION, "BAD_USER_INPUT"]),
        (with("password", json!({})), &[VALIDATION, "BAD_USER_INPUT"]),
        (with("displayName", json!(true)), &[VALIDATION, "BAD_USER_INPUT"]),
        (
            json!({ "query": "query($c: Channel!) { profile(by: {handle: {channel: $c, handle: \"a\"}}, purpose: CUSTOMER_CARE) { id } }", "variables": { "c": "PIGEON" } }),
            &[VALIDATION, "BAD_USER_INPUT"],
        ),
        (
            json!({ "query": "query($i: ID!) { node(id: $i) { id } }", "variables": { "i": { "a": 1 } } }),
            &[VALIDATION, "BAD_USER_INPUT"],
        ),
    ];
    for (body, codes) in cases {
        let reply = post_json(&world, &body).await;
        assert!(codes.contains(&reply.code()), "{body} is {codes:?}: {} {}", reply.status, reply.text);
        assert_refused(&reply, 400, reply.code());
    }
}

on_both_databases! {
    /// PostgreSQL takes no U+0000 in a text: a mistake of the caller, never a fault of ours.
    async fn a_text_with_u_0000_is_refused(world) {
        let ada = world.customer("Ada").await;
        let give = |brand: &str| format!("mutation {{ giveConsent(input: {{brand: {brand}, purpose: ANALYTICS, scopes: [NAME]}}) {{ userErrors {{ code }} }} }}");
        for brand in ["\"a\\u0000b\"", "\"a\0b\"", "\"\"\"a\0b\"\"\""] {
            assert_refused(&ada.ask(&give(brand), json!({})).await, 400, PARSE);
        }
        let query = "mutation($i: GiveConsentInput!) { giveConsent(input: $i) { userErrors { code } } }";
        let input = json!({ "brand": "a\0b", "purpose": "ANALYTICS", "scopes": ["NAME"] });
        assert_refused(&ada.ask(query, json!({ "i": input })).await, 400, "BAD_USER_INPUT");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_mistakes_give_five_errors_at_most() {
    let world = World::start(Backend::Sqlite).await;
    let query = format!("{{ {} }}", "nothing ".repeat(1_000));
    let reply = world.ask(&query, json!({})).await;
    assert_refused(&reply, 400, "GRAPHQL_VALIDATION_FAILED");
    assert_eq!(reply.body["errors"].as_array().map(Vec::len), Some(5));
    assert!(reply.text.len() < 4_096, "{} bytes", reply.text.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_does_not_repeat_values() {
    let world = World::start(Backend::Sqlite).await;
    let canary = "canary-7f3a@example.org";
    let profile = |by: &str| format!("{{ profile(by: {by}, purpose: CUSTOMER_CARE) {{ id }} }}");
    let bodies = [
        json!({ "query": profile(&format!("{{handle: {{channel: \"{canary}\", handle: \"{canary}\"}}}}")) }),
        json!({ "query": profile(&format!("\"{canary}\"")) }),
        json!({ "query": profile(&format!("{{handle: {{channel: EMAIL, handle: [\"{canary}\", \"{canary}\"]}}}}")) }),
        json!({ "query": format!("{{ node(id: {{a: \"{canary}\"}}) {{ id }} }}") }),
        json!({ "query": format!("{{ node(id: \"{canary}\" \"{canary}\" }}") }),
        json!({ "query": format!("{{ node(id: \"{canary}) {{ id }} }}") }),
        json!({ "query": format!("\"{canary}\" {{ __typename }}") }),
        json!({ "query": "query($b: ProfileLocator!) { profile(by: $b, purpose: CUSTOMER_CARE) { id } }", "variables": { "b": canary } }),
        json!({ "query": "query($c: Channel!) { profile(by: {handle: {channel: $c, handle: \"a\"}}, purpose: CUSTOMER_CARE) { id } }", "variables": { "c": canary } }),
        json!({ "query": "mutation($i: SignUpInput!) { signUp(input: $i) { userErrors { code } } }", "variables": { "i": { "email": canary, "password": [canary], "displayName": canary } } }),
        json!({ "query": "{ __typename }", "variables": [canary] }),
        json!({ "query": "query A { __typename }", "operationName": [canary] }),
    ];
    for body in bodies {
        let reply = post_json(&world, &body).await;
        assert!(reply.status.is_client_error(), "{body}: {}", reply.text);
        assert!(!reply.text.contains("canary-7f3a"), "{body} comes back: {}", reply.text);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_id_is_taken_over_only_if_it_is_a_plain_word() {
    let world = World::start(Backend::Sqlite).await;
    let longest = "a".repeat(64);
    let too_long = "a".repeat(65);
    let ask = async |id: &str, query: &str| {
        let request = world.http.post(format!("{}/graphql", world.url)).header("x-request-id", id);
        Reply::of(request.json(&json!({ "query": query })).send().await).await
    };
    for own in ["order-17_b.2", "A", longest.as_str()] {
        assert_eq!(ask(own, "{ __typename }").await.header("x-request-id"), own);
        assert_eq!(ask(own, "{ nothing }").await.body["errors"][0]["extensions"]["requestId"], own);
    }
    for own in ["", too_long.as_str(), "two words", "a,b", "<script>", "a\"b", "a/b", "${jndi}", "a:b"] {
        let reply = ask(own, "{ nothing }").await;
        let given = reply.header("x-request-id");
        assert!(given != own && given.len() > 16, "{own:?} became {given:?}");
        assert_eq!(reply.body["errors"][0]["extensions"]["requestId"], given);
    }
    let (one, other) = (world.ask("{ __typename }", json!({})).await, world.ask("{ __typename }", json!({})).await);
    assert_ne!(one.header("x-request-id"), other.header("x-request-id"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_answer_forbids_storing_and_sniffing() {
    let world = World::start(Backend::Sqlite).await;
    let paths = [
        "/graphql",
        "/graphql?query={__typename}",
        "/oauth/token",
        "/healthz",
        "/readyz",
        "/version",
        "/graphiql/config.json",
        "/nothing",
        "/graphiql/nothing.js",
        "/graphql/",
        "/%2e%2e/etc/passwd",
    ];
    for path in paths {
        for method in [Method::GET, Method::POST, Method::DELETE] {
            let reply =
                Reply::of(world.http.request(method.clone(), format!("{}{path}", world.url)).send().await).await;
            assert_eq!(reply.header("cache-control"), "no-store", "{method} {path}");
            assert_eq!(reply.header("x-content-type-options"), "nosniff", "{method} {path}");
            assert!(!reply.header("x-request-id").is_empty(), "{method} {path}");
            assert_eq!(reply.header("server"), "", "{method} {path}");
        }
    }
    assert_alive(&world).await;
}
