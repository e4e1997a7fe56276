//! A mapping template of 4 KB: parsed once, and rendered as each request renders it.

use std::time::Instant;

use sekisho_rules::vtl::{Params, Scope, Template};
use serde_json::json;

use crate::common::{percentile, say};

const TIMES: usize = if cfg!(debug_assertions) { 200 } else { 5_000 };
const BYTES: usize = 4_096;

/// What people write: a loop over a list of the body, conditions, parameters, escapes, the context.
const PART: &str = r##"#set($root = $input.path('$'))
{"order": "$util.escapeJavaScript($root.id)", "stage": "$context.stage", "caller": "$context.identity.sourceIp",
 "query": {#foreach($name in $input.params().querystring.keySet())"$name": "$util.escapeJavaScript($input.params().querystring.get($name))"#if($foreach.hasNext), #end#end},
 "lines": [#foreach($line in $root.lines)
   #if($line.count > 2){"sku": "$line.sku", "many": true, "total": #set($total = $line.count * $line.price)$total}#else{"sku": "$line.sku", "many": false, "raw": $input.json('$.lines[0]')}#end#if($foreach.hasNext),#end
 #end],
 "where": "$stageVariables.table", "auth": "$!context.authorizer.principalId"}
"##;

fn text() -> String {
    let mut text = String::new();
    while text.len() + PART.len() <= BYTES {
        text.push_str(PART);
    }
    // A comment fills it up to the byte.
    text.push_str("##");
    let rest = BYTES.saturating_sub(text.len());
    text.push_str(&"x".repeat(rest));
    text
}

fn scope() -> Scope {
    let line = |n: usize| json!({"sku": format!("sku-{n}"), "count": n, "price": 3});
    let lines: Vec<_> = (0..8).map(line).collect();
    Scope {
        body: json!({"id": "o'8841", "lines": lines}).to_string(),
        params: Params {
            querystring: vec![("a".into(), "1".into()), ("b".into(), "it's".into())],
            ..Params::default()
        },
        context: json!({"stage": "prod", "identity": {"sourceIp": "127.0.0.1"}}),
        stage_variables: [("table".to_owned(), "orders".to_owned())].into(),
        ..Scope::default()
    }
}

/// Measures it.
pub fn measure() {
    let text = text();
    assert_eq!(text.len(), BYTES);
    let micros = |since: Instant| since.elapsed().as_secs_f64() * 1e6;
    let mut parsed: Vec<f64> = (0..TIMES)
        .map(|_| {
            let started = Instant::now();
            std::hint::black_box(Template::parse(&text).unwrap());
            micros(started)
        })
        .collect();
    let template = Template::parse(&text).unwrap();
    let mut bytes = 0;
    let mut rendered: Vec<f64> = (0..TIMES)
        .map(|_| {
            let mut scope = scope();
            let started = Instant::now();
            bytes = std::hint::black_box(template.render(&mut scope).unwrap()).len();
            micros(started)
        })
        .collect();
    for (what, took) in [("parsed", &mut parsed), ("rendered", &mut rendered)] {
        say(
            &format!("mapping template of 4 KB, {what}"),
            &format!(
                "p50 {:.0} us, p99 {:.0} us",
                percentile(took, 50.0),
                percentile(took, 99.0)
            ),
        );
    }
    say("its output", &format!("{bytes} bytes"));
}
