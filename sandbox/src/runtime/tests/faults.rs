//! How calls fail: the words of the answer, of the log, and what is left of the environment.

use serde_json::json;

use super::*;

#[tokio::test]
async fn an_exception_in_python_has_type_message_and_stack() {
    let house = House::new();
    let function = house.python(
        "def inner():\n    raise ValueError('注文がない')\ndef handler(e, c):\n    inner()\n",
    );
    let (error, outcome) = house.error(&function, json!({})).await;
    assert_eq!(
        (&error["errorType"], &error["errorMessage"]),
        (&json!("ValueError"), &json!("注文がない"))
    );
    let stack = error["stackTrace"].as_array().unwrap();
    assert_eq!(stack.len(), 2, "{stack:?}");
    assert!(
        stack[0]
            .as_str()
            .unwrap()
            .contains("/app.py\", line 4, in handler\n    inner()\n")
    );
    let id = outcome.log_tail.split(' ').nth(2).unwrap();
    assert_eq!(error["requestId"], json!(id));
    let log = house.log();
    assert!(
        log[2].starts_with(
            "[ERROR] ValueError: 注文がない\nTraceback (most recent call last):\n  File "
        ),
        "{log:?}"
    );
    // The environment is well and serves the next call.
    assert_eq!(
        house.call(&function, json!({})).await.unwrap().init_ms,
        None
    );
}

#[tokio::test]
async fn what_python_cannot_turn_into_json_is_a_marshal_error() {
    let house = House::new();
    let function = house.python("def handler(e, c):\n    return {'s': {1, 2}}\n");
    let (error, _) = house.error(&function, json!({})).await;
    assert_eq!(error["errorType"], json!("Runtime.MarshalError"));
    assert_eq!(
        error["errorMessage"],
        json!("Unable to marshal response: Object of type set is not JSON serializable")
    );
}

#[tokio::test]
async fn a_module_that_is_missing_is_tried_twice_and_named() {
    let house = House::new();
    let mut function = house.python("import nowhere\ndef handler(e, c):\n    pass\n");
    let (error, outcome) = house.error(&function, json!({})).await;
    assert_eq!(error["errorType"], json!("Runtime.ImportModuleError"));
    assert_eq!(
        error["errorMessage"],
        json!("Unable to import module 'app': No module named 'nowhere'")
    );
    let log = house.log();
    let count = |text: &str| log.iter().filter(|line| line.contains(text)).count();
    assert_eq!(count("[ERROR] Runtime.ImportModuleError"), 2, "{log:?}");
    assert_eq!(
        count("\tPhase: init\tStatus: error\tError Type: Runtime.ImportModuleError"),
        1,
        "{log:?}"
    );
    assert_eq!(
        count("\tPhase: invoke\tStatus: error\tError Type: Runtime.ImportModuleError"),
        1,
        "{log:?}"
    );
    assert!(
        outcome
            .log_tail
            .contains("Status: error\tError Type: Runtime.ImportModuleError")
    );
    function.handler = "missing.handler".into();
    function.revision = "2".into();
    let (error, _) = house.error(&function, json!({})).await;
    assert_eq!(
        error["errorMessage"],
        json!("Unable to import module 'missing': No module named 'missing'")
    );
    assert_eq!(house.pool.running(), 0);
}

#[tokio::test]
async fn a_handler_that_is_missing_malformed_or_broken_is_named() {
    let house = House::new();
    let python =
        |handler: &str, source: &str| house.function("python3.13", handler, &[("app.py", source)]);
    let cases = [
        (
            python("app.nothing", ECHO),
            "Runtime.HandlerNotFound",
            "Handler 'nothing' missing on module 'app'",
        ),
        (
            python("app", ECHO),
            "Runtime.MalformedHandlerName",
            "Bad handler 'app': not enough values to unpack (expected 2, got 1)",
        ),
        (
            python("app.handler", "def handler(\n"),
            "Runtime.UserCodeSyntaxError",
            "Syntax error in module 'app': ",
        ),
        (
            python("app.handler", "1/0\n"),
            "ZeroDivisionError",
            "division by zero",
        ),
        (
            house.function(
                "nodejs22.x",
                "index.nothing",
                &[("index.js", "exports.handler = 1;")],
            ),
            "Runtime.HandlerNotFound",
            "index.nothing is undefined or not exported",
        ),
        (
            house.function("nodejs22.x", "index.handler", &[("other.js", "")]),
            "Runtime.ImportModuleError",
            "Error: Cannot find module 'index'\nRequire stack:\n",
        ),
        (
            house.function(
                "nodejs22.x",
                "index.handler",
                &[("index.js", "exports.handler = (;")],
            ),
            "Runtime.UserCodeSyntaxError",
            "SyntaxError: ",
        ),
        (
            house.function("nodejs22.x", "index", &[("index.js", "")]),
            "Runtime.MalformedHandlerName",
            "Bad handler",
        ),
    ];
    for (function, kind, message) in cases {
        let (error, _) = house.error(&function, json!({})).await;
        assert_eq!(error["errorType"], json!(kind), "{error}");
        assert!(
            error["errorMessage"].as_str().unwrap().starts_with(message),
            "{error}"
        );
    }
}

#[tokio::test]
async fn errors_in_node_have_type_message_and_stack() {
    let house = House::new();
    let thrown = house.node("class Full extends Error { name = 'QueueFull'; }\nexports.handler = async () => { throw new Full('満杯'); };");
    let (error, _) = house.error(&thrown, json!({})).await;
    assert_eq!(
        (&error["errorType"], &error["errorMessage"]),
        (&json!("QueueFull"), &json!("満杯"))
    );
    assert!(error["trace"].as_array().unwrap().len() > 1);
    let line = house
        .log()
        .into_iter()
        .find(|line| line.contains("\tERROR\tInvoke Error \t{\"errorType\":\"QueueFull\""))
        .unwrap();
    assert!(line.contains("\"stack\":["), "{line}");
    let passed =
        house.node("exports.handler = (e, c, callback) => callback(new RangeError('far'));");
    assert_eq!(
        house.error(&passed, json!({})).await.0["errorType"],
        json!("RangeError")
    );
    assert_eq!(house.call(&passed, json!({})).await.unwrap().init_ms, None);
    let text = house.node("exports.handler = async () => { throw 'just text'; };");
    let (error, _) = house.error(&text, json!({})).await;
    assert_eq!(
        (&error["errorType"], &error["errorMessage"]),
        (&json!("string"), &json!("just text"))
    );
}

#[tokio::test]
async fn what_node_leaves_uncaught_ends_its_process_with_the_error_reported() {
    let house = House::new();
    let uncaught = house.node("exports.handler = (e, c, cb) => { setTimeout(() => { throw new TypeError('late'); }, 5); setTimeout(cb, 1000); };");
    let (error, _) = house.error(&uncaught, json!({})).await;
    assert_eq!(
        (&error["errorType"], &error["errorMessage"]),
        (&json!("TypeError"), &json!("late"))
    );
    assert!(
        house
            .log()
            .iter()
            .any(|line| line.contains("\tERROR\tUncaught Exception \t{"))
    );
    let rejected = house.node("exports.handler = () => { Promise.reject(new Error('nobody')); return new Promise((r) => setTimeout(r, 1000)); };");
    let (error, _) = house.error(&rejected, json!({})).await;
    assert_eq!(
        error["errorType"],
        json!("Runtime.UnhandledPromiseRejection")
    );
    assert_eq!(error["errorMessage"], json!("Error: nobody"));
    eventually("the broken environments are gone", || {
        house.pool.running() == 0
    })
    .await;
}

#[tokio::test]
async fn a_function_that_takes_too_long_is_killed_and_says_so() {
    let house = House::new();
    let mut function = house.python(
        "import os, subprocess, time\ndef handler(e, c):\n    print('begun')\n    subprocess.Popen(['sleep', '60'])\n    time.sleep(60)\n",
    );
    // Long enough to start a process and to print, on a busy machine too.
    function.timeout_s = 5;
    function
        .environment
        .insert("MARK".into(), format!("mark-{}", function.name));
    let (error, outcome) = house.error(&function, json!({})).await;
    let id = outcome.log_tail.split(' ').nth(2).unwrap().to_owned();
    assert_eq!(error["errorType"], json!("Sandbox.Timedout"));
    assert_eq!(
        error["errorMessage"],
        json!(format!(
            "RequestId: {id} Error: Task timed out after 5.00 seconds"
        ))
    );
    let log = house.log();
    assert_eq!(log[2], "begun");
    assert!(
        log[3].ends_with(&format!("Z {id} Task timed out after 5.00 seconds")),
        "{log:?}"
    );
    assert!(
        log[5].contains("Duration: 5000.00 ms") && log[5].contains("\tStatus: timeout"),
        "{log:?}"
    );
    let mark = format!("mark-{}", function.name);
    eventually("its children are dead", || processes_with(&mark) == 0).await;
}

#[tokio::test]
async fn a_function_that_takes_too_much_memory_is_killed() {
    let house = House::new();
    let mut function = house.python("import time\ndef handler(e, c):\n    held = [b'x' * 10_000_000 for _ in range(e)]\n    time.sleep(0.1)\n    return len(held)\n");
    function.memory_mb = 128;
    assert_eq!(house.answer(&function, json!(2)).await, json!(2));
    let (error, outcome) = house.error(&function, json!(40)).await;
    let message = error["errorMessage"].as_str().unwrap();
    assert_eq!(error["errorType"], json!("Runtime.ExitError"));
    assert!(
        message.ends_with(" Error: Runtime exited with error: signal: killed"),
        "{message}"
    );
    assert!(
        outcome
            .log_tail
            .contains("Max Memory Used: 128 MB\tStatus: error\tError Type: Runtime.ExitError"),
        "{}",
        outcome.log_tail
    );
    // The next call gets a new process, whose initialisation counts as the call's.
    assert_eq!(house.ok(&function, json!(1)).await.init_ms, None);
    assert_eq!(house.streams().len(), 1);
}

#[tokio::test]
async fn memory_of_a_process_that_the_function_started_counts_too() {
    let house = House::new();
    let mut function = house.python(
        "import subprocess, sys\ndef handler(e, c):\n    code = \"import time; held = b'x' * 400_000_000; time.sleep(20)\"\n    subprocess.run([sys.executable, '-c', code])\n",
    );
    function.memory_mb = 128;
    let (error, _) = house.error(&function, json!({})).await;
    assert!(
        error["errorMessage"]
            .as_str()
            .unwrap()
            .ends_with("signal: killed"),
        "{error}"
    );
}

#[tokio::test]
async fn a_function_that_exits_says_with_what() {
    let house = House::new();
    let cases = [
        (
            house.python("import os\ndef handler(e, c):\n    os._exit(3)\n"),
            "Runtime exited with error: exit status 3",
        ),
        (
            house.python("import sys\ndef handler(e, c):\n    sys.exit(4)\n"),
            "Runtime exited with error: exit status 4",
        ),
        (
            house.python("import os\ndef handler(e, c):\n    os.kill(os.getpid(), 11)\n"),
            "Runtime exited with error: signal: segmentation fault",
        ),
        (
            house.node("exports.handler = async () => process.exit(0);"),
            "Runtime exited without providing a reason",
        ),
        (
            house.bash("#!/bin/bash\necho no >&2; exit 7\n"),
            "Runtime exited with error: exit status 7",
        ),
    ];
    for (function, reason) in cases {
        let (error, outcome) = house.error(&function, json!({})).await;
        assert_eq!(error["errorType"], json!("Runtime.ExitError"));
        let message = error["errorMessage"].as_str().unwrap();
        assert!(
            message.starts_with("RequestId: ") && message.ends_with(&format!(" Error: {reason}")),
            "{message}"
        );
        assert!(outcome.log_tail.contains(reason), "{}", outcome.log_tail);
    }
    // An environment is kept for the next call, unless it never came to a call.
    assert_eq!(house.pool.running(), 4);
}

#[tokio::test]
async fn a_package_without_a_bootstrap_or_with_a_broken_one_is_refused_in_lambdas_words() {
    let house = House::new();
    let missing = house.function("provided.al2023", "x", &[("main.sh", "")]);
    let (error, _) = house.error(&missing, json!({})).await;
    assert_eq!(error["errorType"], json!("Runtime.InvalidEntrypoint"));
    let message = error["errorMessage"].as_str().unwrap();
    assert!(
        message.ends_with(
            "Error: Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]"
        ),
        "{message}"
    );
    let broken = house.bash("\u{1}\u{2} no program");
    let (error, _) = house.error(&broken, json!({})).await;
    assert_eq!(error["errorType"], json!("Runtime.InvalidEntrypoint"));
    assert!(
        error["errorMessage"]
            .as_str()
            .unwrap()
            .ends_with("/bootstrap: exec format error"),
        "{error}"
    );
}

#[tokio::test]
async fn an_answer_over_six_megabytes_is_an_error_and_the_environment_goes_on() {
    let house = House::new();
    let python = house.python("def handler(e, c):\n    return 'x' * e\n");
    let node = house.node("exports.handler = async (n) => 'x'.repeat(n);");
    for function in [python, node] {
        let (error, _) = house.error(&function, json!(20_000_000)).await;
        assert_eq!(error["errorType"], json!("Function.ResponseSizeTooLarge"));
        assert_eq!(
            error["errorMessage"],
            json!("Response payload size exceeded maximum allowed payload size (6291556 bytes).")
        );
        let next = house.ok(&function, json!(1)).await;
        assert_eq!((value(&next), next.init_ms), (json!("x"), None));
    }
}

#[tokio::test]
async fn a_slow_initialisation_has_the_functions_timeout_on_its_second_try() {
    let house = House::new();
    let mut function = house.python("import os, sys\nif not os.path.exists(os.environ['MARKER']):\n    open(os.environ['MARKER'], 'w')\n    sys.exit(9)\ndef handler(e, c):\n    return 'second'\n");
    let marker = |name: &str| {
        (
            "MARKER".to_owned(),
            house
                .directory
                .path()
                .join(name)
                .to_string_lossy()
                .into_owned(),
        )
    };
    function.environment.extend([marker("first")]);
    let outcome = house.ok(&function, json!({})).await;
    assert_eq!(value(&outcome), json!("second"));
    assert_eq!(outcome.init_ms, None);
    let log = house.log();
    assert!(
        log.iter()
            .any(|line| line.contains("Phase: init\tStatus: error\tError Type: Runtime.ExitError")),
        "{log:?}"
    );
    function = house.python("import time, os\nif os.path.exists(os.environ['MARKER']):\n    time.sleep(60)\nopen(os.environ['MARKER'], 'w')\nraise Exception('once')\n");
    function.environment.extend([marker("second")]);
    function.timeout_s = 1;
    let (error, _) = house.error(&function, json!({})).await;
    assert_eq!(error["errorType"], json!("Sandbox.Timedout"));
}

#[tokio::test]
async fn a_function_that_prints_without_end_is_read_and_its_tail_stays_small() {
    let house = House::new();
    let function = house.python("def handler(e, c):\n    for i in range(20000):\n        print('行', i)\n    return 'done'\n");
    let outcome = house.ok(&function, json!({})).await;
    assert!(
        outcome.log_tail.len() <= 4096 && outcome.log_tail.contains("行 19999\nEND RequestId"),
        "{}",
        outcome.log_tail
    );
    assert_eq!(
        house
            .log()
            .iter()
            .filter(|line| line.starts_with("行 "))
            .count(),
        20000
    );
}

#[tokio::test]
async fn a_function_that_never_stops_printing_still_times_out() {
    let house = House::new();
    let mut function = house.bash("#!/bin/bash\ncurl -s http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation/next\nyes &\nwait\n");
    function.timeout_s = 1;
    let (error, _) = house.error(&function, json!({})).await;
    assert_eq!(error["errorType"], json!("Sandbox.Timedout"));
}

/// As operators found it in Lambda: <https://github.com/aws/aws-lambda-base-images/issues/392>.
#[tokio::test]
async fn a_rejection_that_nobody_awaits_is_logged_with_its_reason_and_the_answer_stays() {
    let house = House::new();
    let function = house.node(
        "async function hello() { throw new Error('HelloError'); }\nexports.handler = async () => { hello(); return 'Hello from Lambda!'; };",
    );
    for _ in 0..2 {
        let outcome = house.ok(&function, json!({})).await;
        assert_eq!(value(&outcome), json!("Hello from Lambda!"));
    }
    let is_rejection = |line: &String| line.contains("\tERROR\tUnhandled Promise Rejection \t");
    eventually("it is logged", || house.log().iter().any(is_rejection)).await;
    let log = house.log();
    let line = log.iter().find(|line| is_rejection(line)).unwrap();
    let id = line.split('\t').nth(1).unwrap();
    assert!(
        log.contains(&format!("START RequestId: {id} Version: $LATEST")),
        "{log:?}"
    );
    let fields: Value = serde_json::from_str(line.rsplit('\t').next().unwrap()).unwrap();
    assert_eq!(
        fields["errorType"],
        json!("Runtime.UnhandledPromiseRejection")
    );
    assert_eq!(fields["errorMessage"], json!("Error: HelloError"));
    assert_eq!(fields["reason"]["errorMessage"], json!("HelloError"));
    assert_eq!(fields["reason"]["stack"][0], json!("Error: HelloError"));
}

/// <https://github.com/aws/aws-lambda-python-runtime-interface-client/issues/220>: filters on `$.level` missed what nobody caught.
#[tokio::test]
async fn an_exception_in_a_log_of_json_has_its_level_where_all_others_have_it() {
    let house = House::new();
    let mut function = house.python("import logging\ndef handler(e, c):\n    logging.error('first')\n    raise ValueError('second')\n");
    function.log_json = true;
    house.error(&function, json!({})).await;
    let log = house.log();
    let records = log
        .iter()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let levels: Vec<_> = records
        .filter(|record| record.get("requestId").is_some())
        .map(|record| (record["level"].clone(), record.get("log_level").cloned()))
        .collect();
    assert_eq!(
        levels,
        [(json!("ERROR"), None), (json!("ERROR"), None)],
        "{log:?}"
    );
}
