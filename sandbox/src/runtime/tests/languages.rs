//! What a handler sees and how it answers, in each language.

use std::sync::Arc;

use serde_json::json;

use super::*;

const BASH_ECHO: &str = r#"#!/bin/bash
set -eu
api="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation"
while true; do
  headers="$(mktemp)"
  event="$(curl -sS -D "$headers" "$api/next")"
  id="$(grep -i '^lambda-runtime-aws-request-id' "$headers" | tr -d '[:space:]' | cut -d: -f2)"
  echo "event $event"
  curl -sS -X POST "$api/$id/response" -d "$event" >/dev/null
done
"#;

#[tokio::test]
async fn python_sees_lambdas_context() {
    let house = House::new();
    let function = house.python(
        "def handler(event, c):\n    return [c.function_name, c.function_version, c.memory_limit_in_mb, c.aws_request_id,\n\
         \x20           c.invoked_function_arn, c.log_group_name, c.log_stream_name, c.get_remaining_time_in_millis(),\n\
         \x20           c.client_context.client.app_title, c.client_context.custom, c.identity.cognito_identity_id]\n",
    );
    let client = json!({ "client": { "app_title": "窓" }, "custom": { "a": 1 } }).to_string();
    let call = Call {
        client_context: Some(client),
        ..Call::default()
    };
    let outcome = house.send(&function, json!({}), call).await.unwrap();
    let seen = value(&outcome);
    assert_eq!(seen[0], json!(function.name));
    assert_eq!((&seen[1], &seen[2]), (&json!("$LATEST"), &json!("256")));
    assert!(outcome.log_tail.contains(seen[3].as_str().unwrap()));
    assert_eq!(
        (&seen[4], &seen[5]),
        (&json!(function.arn), &json!(function.log_group))
    );
    assert_eq!(seen[6], json!(house.streams()[0]));
    let left = seen[7].as_u64().unwrap();
    assert!(left > 30_000 && left <= 120_000, "{left}");
    assert_eq!(
        (&seen[8], &seen[9], &seen[10]),
        (&json!("窓"), &json!({ "a": 1 }), &json!(null))
    );
}

#[tokio::test]
async fn pythons_log_lines_are_lambdas() {
    let house = House::new();
    let function = house.python(
        "import logging, sys\nlogger = logging.getLogger()\nlogger.setLevel('INFO')\nprint('at import')\n\
         def handler(event, context):\n    print('注文を受けました')\n    print('on stderr', file=sys.stderr)\n\
         \x20   logger.info('two\\nlines')\n    logging.getLogger('other').warning('w')\n    sys.stdout.write('no line feed')\n",
    );
    let outcome = house.ok(&function, json!({})).await;
    let log = house.log();
    let at = |text: &str| {
        log.iter()
            .position(|line| line == text)
            .unwrap_or_else(|| panic!("{text}: {log:?}"))
    };
    assert_eq!(at("at import"), 1);
    assert_eq!(at("注文を受けました"), 3);
    assert_eq!(at("on stderr"), 4);
    let id = log[2].split(' ').nth(2).unwrap();
    assert!(
        log[5].starts_with("[INFO]\t20") && log[5].ends_with(&format!("Z\t{id}\ttwo\nlines")),
        "{log:?}"
    );
    assert!(log[6].starts_with("[WARNING]\t") && log[6].ends_with("\tw"));
    assert_eq!(at("no line feed"), 7);
    assert!(outcome.log_tail.contains("注文を受けました\n"));
}

#[tokio::test]
async fn python_answers_with_unicode_decimals_and_nothing_at_all() {
    let house = House::new();
    let function = house.python(
        "from decimal import Decimal\ndef handler(event, context):\n    return {'d': Decimal('1.5'), 'i': Decimal(2), 's': '関 😀'}\n",
    );
    assert_eq!(
        house.answer(&function, json!(null)).await,
        json!({ "d": 1.5, "i": 2, "s": "関 😀" })
    );
    let nothing = house.python("def handler(event, context):\n    pass\n");
    assert_eq!(house.answer(&nothing, json!(null)).await, json!(null));
}

#[tokio::test]
async fn python_handlers_live_in_folders_and_packages_too() {
    let house = House::new();
    let mut function = house.function(
        "python3.13",
        "src/api/main.run",
        &[
            (
                "src/api/main.py",
                "from src.lib import name\ndef run(e, c):\n    return name\n",
            ),
            ("src/lib.py", "name = 'lib'\n"),
        ],
    );
    assert_eq!(house.answer(&function, json!({})).await, json!("lib"));
    function.handler = "src.api.main.run".into();
    function.revision = "2".into();
    assert_eq!(house.answer(&function, json!({})).await, json!("lib"));
}

#[tokio::test]
async fn layers_are_found_by_python_and_node() {
    let house = House::new();
    let layer = zip_of(
        house.directory.path(),
        "layer.zip",
        &[
            ("python/greeting.py", "text = 'hello from the layer'\n"),
            (
                "nodejs/node_modules/greeting/index.js",
                "module.exports = 'hello from the layer';\n",
            ),
            ("bin/greet", "#!/bin/sh\necho hello from the layer\n"),
        ],
    );
    let layers = vec![Arc::new(layer)];
    let mut python =
        house.python("import greeting\ndef handler(e, c):\n    return greeting.text\n");
    python.layers.clone_from(&layers);
    assert_eq!(
        house.answer(&python, json!({})).await,
        json!("hello from the layer")
    );
    let mut node = house.node("const g = require('greeting');\nexports.handler = async () => g;\n");
    node.layers = layers;
    assert_eq!(
        house.answer(&node, json!({})).await,
        json!("hello from the layer")
    );
}

#[tokio::test]
async fn node_answers_in_every_style_of_handler() {
    let house = House::new();
    let styles = [
        "exports.handler = async (event) => ({ got: event });",
        "exports.handler = (event, context, callback) => setTimeout(() => callback(null, { got: event }), 10);",
        "exports.handler = (event, context, callback) => { callback(null, { got: event }); };",
        "exports.handler = (event, context) => { context.callbackWaitsForEmptyEventLoop = false; context.succeed({ got: event }); };",
        "exports.handler = (event) => Promise.resolve({ got: event });",
        "exports.handler = awslambda.streamifyResponse(async (event, stream) => { stream.write('{\"got\":'); stream.end(JSON.stringify(event) + '}'); });",
    ];
    for style in styles {
        let function = house.node(style);
        assert_eq!(
            house.answer(&function, json!({ "n": 1 })).await,
            json!({ "got": { "n": 1 } }),
            "{style}"
        );
        assert_eq!(
            house.answer(&function, json!({ "n": 2 })).await,
            json!({ "got": { "n": 2 } }),
            "{style} again"
        );
    }
}

#[tokio::test]
async fn node_loads_es_modules_and_packages_of_type_module() {
    let house = House::new();
    let source = "import { readFileSync } from 'node:fs';\nexport const handler = async () => typeof readFileSync;\n";
    let module = house.function("nodejs22.x", "index.handler", &[("index.mjs", source)]);
    assert_eq!(house.answer(&module, json!({})).await, json!("function"));
    let package = house.function(
        "nodejs22.x",
        "src/index.handler",
        &[
            ("src/index.js", source),
            ("package.json", "{\"type\":\"module\"}"),
        ],
    );
    assert_eq!(house.answer(&package, json!({})).await, json!("function"));
}

#[tokio::test]
async fn nodes_console_and_context_are_lambdas() {
    let house = House::new();
    let function = house.node(
        "exports.handler = async (event, context) => {\n  console.log('注文', { a: 1 });\n  console.error('two\\nlines');\n\
         \x20 return [context.functionName, context.awsRequestId, context.memoryLimitInMB, context.invokedFunctionArn,\n\
         \x20   context.getRemainingTimeInMillis(), context.logStreamName];\n};\n",
    );
    let outcome = house.ok(&function, json!({})).await;
    let seen = value(&outcome);
    let id = seen[1].as_str().unwrap();
    assert_eq!(
        (&seen[0], &seen[2], &seen[3]),
        (&json!(function.name), &json!("256"), &json!(function.arn))
    );
    assert!(seen[4].as_f64().unwrap() > 5_000.0);
    let log = house.log();
    assert!(
        log[2].ends_with(&format!("Z\t{id}\tINFO\t注文 {{ a: 1 }}")),
        "{log:?}"
    );
    assert!(
        log[3].ends_with(&format!("\t{id}\tERROR\ttwo\nlines")),
        "{log:?}"
    );
    assert_eq!(seen[5], json!(house.streams()[0]));
}

#[tokio::test]
async fn a_bootstrap_of_ones_own_is_served() {
    let house = House::new();
    let function = house.bash(BASH_ECHO);
    let event = json!({ "text": "関所" });
    assert_eq!(house.answer(&function, event.clone()).await, event);
    let warm = house.ok(&function, event.clone()).await;
    assert_eq!((value(&warm), warm.init_ms), (event, None));
    assert!(
        warm.log_tail.contains("event {\"text\":\"関所\"}\n"),
        "{}",
        warm.log_tail
    );
    assert!(house.log()[0].starts_with("INIT_START Runtime Version: provided:al2023\t"));
}

#[tokio::test]
async fn a_trace_reaches_the_function_and_the_report() {
    let house = House::new();
    let mut function =
        house.python("import os\ndef handler(e, c):\n    return os.environ['_X_AMZN_TRACE_ID']\n");
    let plain = house.ok(&function, json!({})).await;
    assert_eq!(plain.trace_id, None);
    assert!(value(&plain).as_str().unwrap().ends_with(";Sampled=0"));
    function.tracing_active = true;
    function.revision = "2".into();
    let traced = house.ok(&function, json!({})).await;
    let root = traced.trace_id.clone().unwrap();
    assert!(
        value(&traced)
            .as_str()
            .unwrap()
            .starts_with(&format!("Root={root};Parent="))
    );
    assert!(
        traced
            .log_tail
            .contains(&format!("XRAY TraceId: {root}\tSegmentId: ")),
        "{}",
        traced.log_tail
    );
}

#[tokio::test]
async fn an_answer_of_six_megabytes_passes_in_every_language() {
    let house = House::new();
    let text = "x".repeat(6_000_000);
    for function in [
        house.python(ECHO),
        house.node("exports.handler = async (event) => event;"),
    ] {
        let outcome = house.ok(&function, json!(text)).await;
        assert_eq!(outcome.payload.len(), text.len() + 2);
        // The next one is not disturbed by the size of this one.
        assert_eq!(house.answer(&function, json!(1)).await, json!(1));
    }
}

#[tokio::test]
async fn a_log_in_json_is_json_from_lambda_and_from_the_function() {
    let house = House::new();
    let python = house.python("import logging\ndef handler(e, c):\n    logging.info('hidden')\n    logging.warning('見えます', extra={'order': 7})\n    if e:\n        raise ValueError('x')\n");
    let node = house.node("exports.handler = async (e) => { console.info('hidden'); console.warn('見えます'); if (e) throw new Error('x'); };");
    for (mut function, failed) in [(python, "ValueError"), (node, "Error")] {
        function.log_json = true;
        function.log_level = Some("WARN".into());
        let tail = house.ok(&function, json!(0)).await.log_tail;
        let lines: Vec<Value> = tail
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(lines.len(), 3, "{tail}");
        assert_eq!(
            (&lines[0]["type"], &lines[0]["record"]["version"]),
            (&json!("platform.start"), &json!("$LATEST"))
        );
        assert_eq!(lines[1]["message"], json!("見えます"));
        assert_eq!(lines[1]["requestId"], lines[0]["record"]["requestId"]);
        assert_eq!(
            (&lines[2]["type"], &lines[2]["record"]["status"]),
            (&json!("platform.report"), &json!("success"))
        );
        assert!(lines[2]["record"]["metrics"]["initDurationMs"].is_f64());
        let tail = house.error(&function, json!(1)).await.1.log_tail;
        let error = tail
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap())
            .find(|line| line["errorType"] == json!(failed));
        assert!(error.is_some(), "{tail}");
        assert!(
            house
                .log()
                .iter()
                .any(|line| line.contains("\"type\":\"platform.initStart\""))
        );
    }
}
