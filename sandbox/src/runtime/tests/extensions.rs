//! Extensions beside a function: what they are told, what the log says of them, and how they end with it or end it.

use serde_json::json;

use super::*;

/// Registers, prints every event, and leaves when it is told to.
const WATCH: &str = r#"#!/usr/bin/env python3
import http.client, json, os, sys
ADDRESS = os.environ['AWS_LAMBDA_RUNTIME_API']
def ask(method, path, headers, body=None):
    api = http.client.HTTPConnection(ADDRESS)
    api.request(method, path, body, headers)
    answer = api.getresponse()
    return answer, answer.read().decode()
answer, text = ask('POST', '/2020-01-01/extension/register',
                   {'Lambda-Extension-Name': os.path.basename(sys.argv[0]), 'Lambda-Extension-Accept-Feature': 'accountId'},
                   json.dumps({'events': ['INVOKE', 'SHUTDOWN']}))
print('registered', answer.status, text, flush=True)
own = {'Lambda-Extension-Identifier': answer.headers['Lambda-Extension-Identifier']}
SETUP
while True:
    answer, text = ask('GET', '/2020-01-01/extension/event/next', own)
    print('told', text, flush=True)
    if json.loads(text)['eventType'] == 'SHUTDOWN':
        break
END
"#;

/// Listens for telemetry of every kind, and prints of what it was when it ends.
const LISTEN: &str = r#"
import http.server, threading, time
seen = []
class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        seen.extend(json.loads(self.rfile.read(int(self.headers['Content-Length']))))
        self.send_response(200)
        self.end_headers()
    def log_message(self, *_):
        pass
server = http.server.HTTPServer((HOST, 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
answer, text = ask('PUT', '/2022-07-01/telemetry', own, json.dumps({
    'schemaVersion': '2022-12-13', 'types': ['platform', 'function', 'extension'], 'buffering': {'timeoutMs': 25},
    'destination': {'protocol': 'HTTP', 'URI': 'http://sandbox.localdomain:%d/here' % server.server_port}}))
print('subscribed', answer.status, text, flush=True)
"#;

fn layer(house: &House, name: &str, files: &[(&str, &str, u32)]) -> Vec<Arc<PathBuf>> {
    vec![Arc::new(zip_with_modes(
        house.directory.path(),
        name,
        files,
    ))]
}

fn watch() -> String {
    WATCH.replace("SETUP", "").replace("END", "")
}

#[tokio::test]
async fn an_external_extension_is_started_and_told_of_calls_and_of_the_end() {
    for isolate in [true, false] {
        let house = House::with(|config| config.isolate = isolate);
        let source = "import signal, sys\nsignal.signal(signal.SIGTERM, lambda *_: (print('terminated', flush=True), sys.exit(0)))\n\
def handler(e, c):\n    return c.aws_request_id\n";
        let mut function = house.python(source);
        function.layers = layer(
            &house,
            "watch.zip",
            &[("extensions/watch", &watch(), 0o755)],
        );
        let first = house.answer(&function, json!({})).await;
        let second = house.answer(&function, json!({})).await;
        assert_ne!(first, second);
        house.pool.retire(function.name_arn()).await;
        let log = house.log();
        let place = |start: &str| {
            log.iter()
                .position(|line| line.starts_with(start))
                .unwrap_or_else(|| panic!("{start}: {log:?}"))
        };
        let ready = place("EXTENSION\tName: watch\tState: Ready\tEvents: [INVOKE,SHUTDOWN]");
        assert!(
            place("INIT_START ") < ready && ready < place("START RequestId: "),
            "{log:?}"
        );
        let registered = &log[place("registered 200 ")];
        assert!(
            registered.contains(r#""handler":"app.handler""#)
                && registered.contains(r#""accountId":"000000000000""#),
            "{registered}"
        );
        let told: Vec<Value> = log
            .iter()
            .filter_map(|line| serde_json::from_str(line.strip_prefix("told ")?).ok())
            .collect();
        let kinds: Vec<_> = told
            .iter()
            .map(|event| event["eventType"].as_str().unwrap())
            .collect();
        assert_eq!(kinds, ["INVOKE", "INVOKE", "SHUTDOWN"]);
        assert_eq!(
            (&told[0]["requestId"], &told[1]["requestId"]),
            (&first, &second)
        );
        assert_eq!(told[0]["invokedFunctionArn"], json!(function.arn));
        assert!(told[0]["deadlineMs"].is_u64() && told[0]["tracing"]["type"] == "X-Amzn-Trace-Id");
        assert_eq!(told[2]["shutdownReason"], json!("spindown"));
        place("terminated");
    }
}

#[tokio::test]
async fn an_extension_that_crashes_or_can_not_be_started_fails_the_call() {
    let house = House::new();
    let cases = [
        (
            "#!/bin/sh\nexit 3\n",
            0o755,
            "Extension.Crash",
            "exit code 3",
        ),
        (
            "#!/bin/sh\n",
            0o644,
            "Extension.LaunchError",
            "fork/exec /opt/extensions/broken: permission denied",
        ),
    ];
    for (at, (script, mode, kind, reason)) in cases.into_iter().enumerate() {
        let mut function = house.python(ECHO);
        function.layers = layer(
            &house,
            &format!("{at}.zip"),
            &[("extensions/broken", script, mode)],
        );
        let (error, outcome) = house.error(&function, json!({})).await;
        assert_eq!(error["errorType"], json!(kind));
        let message = error["errorMessage"].as_str().unwrap();
        assert!(message.ends_with(&format!(" Error: {reason}")), "{message}");
        assert!(
            outcome.log_tail.contains(&format!("Error Type: {kind}")),
            "{}",
            outcome.log_tail
        );
    }
    // One that gives up by itself says why.
    let gives_up = WATCH.replace(
        "SETUP",
        "ask('POST', '/2020-01-01/extension/init/error', dict(own, **{'Lambda-Extension-Function-Error-Type': 'Extension.NoKey'}), '{}')\nimport time; time.sleep(60)",
    );
    let mut function = house.python(ECHO);
    function.layers = layer(
        &house,
        "gives-up.zip",
        &[("extensions/watch", &gives_up.replace("END", ""), 0o755)],
    );
    let (error, _) = house.error(&function, json!({})).await;
    assert_eq!(error["errorType"], json!("Extension.InitError"));
    let log = house.log();
    assert!(
        log.contains(&"EXTENSION\tName: watch\tState: InitError\tEvents: [INVOKE,SHUTDOWN]\tError Type: Extension.NoKey".to_owned()),
        "{log:?}"
    );
}

#[tokio::test]
async fn an_extension_within_the_runtime_registers_for_calls_alone() {
    let house = House::new();
    let source = r#"
import http.client, json, os, threading
def ask(method, path, headers, body=None):
    api = http.client.HTTPConnection(os.environ['AWS_LAMBDA_RUNTIME_API'])
    api.request(method, path, body, headers)
    answer = api.getresponse()
    return answer, json.loads(answer.read())
def register(events, name):
    return ask('POST', '/2020-01-01/extension/register', {'Lambda-Extension-Name': name}, json.dumps({'events': events}))
refused, why = register(['SHUTDOWN'], 'inner')
answer, _ = register(['INVOKE'], 'inner')
own = {'Lambda-Extension-Identifier': answer.headers['Lambda-Extension-Identifier']}
told = []
def listen():
    while True:
        told.append(ask('GET', '/2020-01-01/extension/event/next', own)[1]['eventType'])
threading.Thread(target=listen, daemon=True).start()
def handler(event, context):
    late, closed = register(['INVOKE'], 'late')
    return [refused.status, why['errorType'], late.status, closed['errorType'], len(told) > 0 or event]
"#;
    let function = house.python(source);
    let seen = house.answer(&function, json!("first")).await;
    let expected = json!([
        403,
        "ShutdownEventNotSupportedForInternalExtension",
        403,
        "Extension.RegistrationClosed"
    ]);
    assert_eq!(
        seen.as_array().unwrap()[..4],
        expected.as_array().unwrap()[..]
    );
    assert_eq!(
        house.answer(&function, json!("second")).await[4],
        json!(true)
    );
    let log = house.log();
    assert!(
        log.contains(&"EXTENSION\tName: inner\tState: Ready\tEvents: [INVOKE]".to_owned()),
        "{log:?}"
    );
}

#[tokio::test]
async fn a_subscriber_is_told_of_the_platform_the_function_and_the_extension() {
    let house = House::new();
    let listen = LISTEN.replace("HOST", "'127.0.0.1'");
    let end = "time.sleep(0.5)\nprint('kinds', json.dumps([[event['type'], event['record']] for event in seen]), flush=True)";
    let tell = WATCH.replace("SETUP", &listen).replace("END", end);
    let mut function =
        house.python("def handler(e, c):\n    print('hello from the function')\n    return 1\n");
    function.layers = layer(&house, "tell.zip", &[("extensions/tell", &tell, 0o755)]);
    house.ok(&function, json!({})).await;
    house.pool.retire(function.name_arn()).await;
    let log = house.log();
    assert!(log.contains(&"subscribed 200 \"OK\"".to_owned()), "{log:?}");
    let kinds = log.iter().find_map(|line| line.strip_prefix("kinds "));
    let kinds: Vec<(String, Value)> =
        serde_json::from_str(kinds.unwrap_or_else(|| panic!("{log:?}"))).unwrap();
    let of = |kind: &str| -> Vec<&Value> {
        let found = kinds.iter().filter(|(known, _)| known == kind);
        found.map(|(_, record)| record).collect()
    };
    assert_eq!(
        of("platform.initStart")[0]["functionName"],
        json!(function.name)
    );
    assert_eq!(
        of("platform.telemetrySubscription")[0]["state"],
        json!("Subscribed")
    );
    assert_eq!(
        of("platform.initRuntimeDone")[0]["status"],
        json!("success")
    );
    assert_eq!(of("platform.extension")[0]["name"], json!("tell"));
    assert!(of("platform.initReport")[0]["metrics"]["durationMs"].is_number());
    assert_eq!(of("platform.start")[0]["version"], json!("$LATEST"));
    assert_eq!(of("platform.runtimeDone")[0]["status"], json!("success"));
    assert!(of("platform.report")[0]["metrics"]["billedDurationMs"].is_number());
    assert_eq!(of("function"), [&json!("hello from the function")]);
    assert!(
        of("extension")
            .iter()
            .any(|line| line.as_str().unwrap().starts_with("subscribed 200")),
        "{kinds:?}"
    );
}

/// Extensions can bind the name that Lambda has for itself.
#[tokio::test]
async fn in_a_room_the_sandbox_has_its_name() {
    if crate::runtime::isolation::find().await.is_none() {
        return;
    }
    let house = House::new();
    let function = house.python("import socket\ndef handler(e, c):\n    return [socket.gethostbyname(name) for name in ('sandbox.localdomain', 'sandbox')]\n");
    assert_eq!(
        house.answer(&function, json!({})).await,
        json!(["127.0.0.1", "127.0.0.1"])
    );
}
