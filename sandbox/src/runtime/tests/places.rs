//! What a function finds at Lambda's places: its files with their modes, names and links, its variables, its `/tmp`.

use serde_json::json;

use super::*;
use crate::runtime::isolation;

/// A function with a package of these files and modes.
fn with_modes(
    house: &House,
    runtime: &str,
    handler: &str,
    files: &[(&str, &str, u32)],
) -> FunctionSpec {
    let mut function = house.function(runtime, handler, &[]);
    let name = format!("{}-modes.zip", function.name);
    function.code = Arc::new(zip_with_modes(house.directory.path(), &name, files));
    function
}

fn message(error: &Value) -> &str {
    error["errorMessage"].as_str().unwrap()
}

#[tokio::test]
async fn a_file_that_others_may_not_read_or_execute_is_not_read_or_executed() {
    let house = House::new();
    let unread = with_modes(
        &house,
        "python3.12",
        "index.handler",
        &[("index.py", ECHO, 0o600)],
    );
    // Root without a room can read everything.
    let is_root = rustix::process::getuid().is_root();
    if isolation::find().await.is_some() || !is_root {
        let (error, _) = house.error(&unread, json!({})).await;
        assert!(
            message(&error).contains("[Errno 13] Permission denied: '"),
            "{error}"
        );
        if isolation::find().await.is_some() {
            assert_eq!(
                message(&error),
                "[Errno 13] Permission denied: '/var/task/index.py'"
            );
        }
    }
    for mode in [0o644, 0o600, 0o740] {
        let script = "#!/bin/sh\nexit 0\n";
        let still = with_modes(
            &house,
            "provided.al2023",
            "x",
            &[("bootstrap", script, mode)],
        );
        let (error, _) = house.error(&still, json!({})).await;
        assert_eq!(error["errorType"], json!("Runtime.InvalidEntrypoint"));
        assert!(
            message(&error).ends_with("Error: fork/exec /var/task/bootstrap: permission denied"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn links_out_of_the_package_and_names_that_windows_made_are_what_they_say() {
    let house = House::new();
    let layer = zip_of(
        house.directory.path(),
        "layer.zip",
        &[(
            "nodejs/node_modules/greeting/index.js",
            "exports.text = 'hello';",
        )],
    );
    let source = "exports.handler = async () => [require('greeting').text, require('fs').readlinkSync('venv/bin/python3')];";
    let files = [
        ("index.js", source, 0o644),
        ("node_modules", "/opt/nodejs/node_modules", 0o120_777),
        ("venv/bin/python3", "/usr/bin/python3", 0o120_777),
    ];
    let mut linked = with_modes(&house, "nodejs22.x", "index.handler", &files);
    linked.layers = vec![Arc::new(layer)];
    assert_eq!(
        house.answer(&linked, json!({})).await,
        json!(["hello", "/usr/bin/python3"])
    );
    let source = "import os\ndef handler(e, c):\n    if e:\n        import lib.util\n    return sorted(os.listdir(os.environ['LAMBDA_TASK_ROOT']))\n";
    let files = [
        ("app.py", source, 0o644),
        ("lib\\util.py", "", 0o644),
        ("C:data.txt", "", 0o644),
    ];
    let windows = with_modes(&house, "python3.12", "app.handler", &files);
    let mut names = house.answer(&windows, json!(false)).await;
    names
        .as_array_mut()
        .unwrap()
        .retain(|name| name != "__pycache__");
    assert_eq!(names, json!(["C:data.txt", "app.py", "lib\\util.py"]));
    let (error, _) = house.error(&windows, json!(true)).await;
    assert_eq!(error["errorType"], json!("ModuleNotFoundError"), "{error}");
    let top = with_modes(
        &house,
        "python3.12",
        "app.handler",
        &[
            ("app.py", "import lib.util\n", 0o644),
            ("lib\\util.py", "", 0o644),
        ],
    );
    let (error, _) = house.error(&top, json!({})).await;
    assert_eq!(
        error["errorType"],
        json!("Runtime.ImportModuleError"),
        "{error}"
    );
}

#[tokio::test]
async fn after_a_timeout_tmp_is_kept_and_the_module_is_new() {
    for isolate in [true, false] {
        let house = House::with(|config| config.isolate = isolate);
        let source = "import os, tempfile, time\nn = 0\nKEPT = os.path.join(tempfile.gettempdir(), 'kept')\n\
def handler(e, c):\n    global n\n    if e == 'set':\n        n = 1\n        open(KEPT, 'w').close()\n    if e == 'sleep':\n        time.sleep(60)\n    return {'file': os.path.exists(KEPT), 'n': n}\n";
        let mut function = house.python(source);
        // Long enough for an initialisation on a busy machine, which counts as the call's after the timeout.
        function.timeout_s = 20;
        house.ok(&function, json!("set")).await;
        assert_eq!(
            house.answer(&function, json!("get")).await,
            json!({"file": true, "n": 1})
        );
        let (error, _) = house.error(&function, json!("sleep")).await;
        assert_eq!(error["errorType"], json!("Sandbox.Timedout"));
        let after = house.ok(&function, json!("get")).await;
        assert_eq!(value(&after), json!({"file": true, "n": 0}));
        assert_eq!(after.init_ms, None);
        // It is the same environment: one stream, in which another process begins.
        assert_eq!(house.streams().len(), 1);
        let begun = house
            .log()
            .iter()
            .filter(|line| line.starts_with("INIT_START "))
            .count();
        assert_eq!(begun, 2);
    }
}

#[tokio::test]
async fn a_function_sees_lambdas_places() {
    let house = House::new();
    if isolation::find().await.is_none() {
        eprintln!("this machine allows no namespaces, so that packages are not at /var/task");
        return;
    }
    let source = r"
import os, subprocess, sys
def handler(e, c):
    try:
        open('/var/task/new', 'w')
    except OSError as error:
        wrote = error.strerror
    names = ['LAMBDA_TASK_ROOT', 'LAMBDA_RUNTIME_DIR', 'PWD', 'PYTHONPATH', 'AWS_EXECUTION_ENV', 'HOME', 'SHLVL']
    printed = subprocess.run(['python3', '-c', 'print(1)'], capture_output=True, text=True).stdout
    return [open('/var/task/data.txt').read(), os.getcwd(), sys.path[:3], __file__, wrote,
            [os.environ.get(name) for name in names], printed]
";
    let python = house.function(
        "python3.12",
        "app.handler",
        &[("app.py", source), ("data.txt", "text")],
    );
    let seen = json!([
        "text",
        "/var/task",
        [
            "/var/task",
            "/opt/python/lib/python3.12/site-packages",
            "/opt/python"
        ],
        "/var/task/app.py",
        "Read-only file system",
        [
            "/var/task",
            "/var/runtime",
            "/var/task",
            "/var/runtime",
            "AWS_Lambda_python3.12",
            null,
            "0"
        ],
        "1\n",
    ]);
    assert_eq!(house.answer(&python, json!({})).await, seen);
    eventually("a process waits", || house.pool.spare() == 1).await;
    let mut again = python.clone();
    again.revision = "2".into();
    assert_eq!(
        house.answer(&again, json!({})).await,
        seen,
        "of a spare process"
    );
    let wrapped = house.function(
        "python3.12",
        "app.handler",
        &[
            ("app.py", "import os\ndef handler(e, c):\n    return os.environ['FROM_WRAPPER']\n"),
            ("wrapper", "#!/bin/bash\nexport FROM_WRAPPER=\"$AWS_LAMBDA_EXEC_WRAPPER ${*: -1}\"\nexec \"$@\"\n"),
        ],
    );
    let mut wrapped = wrapped;
    wrapped
        .environment
        .insert("AWS_LAMBDA_EXEC_WRAPPER".into(), "/var/task/wrapper".into());
    assert_eq!(
        house.answer(&wrapped, json!({})).await,
        json!("/var/task/wrapper /var/runtime/bootstrap.py")
    );
    let broken = house.python("def handler(e, c):\n    raise ValueError('x')\n");
    let (error, _) = house.error(&broken, json!({})).await;
    assert_eq!(
        error["stackTrace"],
        json!(["  File \"/var/task/app.py\", line 2, in handler\n    raise ValueError('x')\n"])
    );
    let node = house.node("exports.handler = async () => { throw new Error('x'); };");
    let (error, _) = house.error(&node, json!({})).await;
    let own = house.directory.path().display().to_string();
    assert!(
        error["trace"]
            .to_string()
            .contains("(/var/task/index.js:1:"),
        "{error}"
    );
    assert!(!error.to_string().contains(&own), "{error}");
}

#[tokio::test]
async fn a_runtime_of_ones_own_has_no_execution_environment() {
    let house = House::new();
    let source = r#"#!/bin/bash
api="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation"
while true; do
  id=$(curl -sS -D - -o /dev/null "$api/next" | tr -d '\r' | sed -n 's/^lambda-runtime-aws-request-id: //Ip')
  curl -sS -o /dev/null -X POST "$api/$id/response" -d "\"${AWS_EXECUTION_ENV-unset}\""
done
"#;
    assert_eq!(
        house.answer(&house.bash(source), json!({})).await,
        json!("unset")
    );
}

#[tokio::test]
async fn since_node_24_a_handler_takes_no_callback() {
    let house = House::new();
    let handlers = [
        "exports.handler = (event, context, done) => done(null, 'ok');",
        "exports.handler = async (event, context, done) => 'ok';",
    ];
    for source in handlers {
        let mut function = house.node(source);
        assert_eq!(house.answer(&function, json!({})).await, json!("ok"));
        function.runtime = "nodejs24.x".into();
        function.revision = "2".into();
        let (error, _) = house.error(&function, json!({})).await;
        assert_eq!(
            error["errorType"],
            json!("Runtime.CallbackHandlerDeprecated")
        );
        assert!(
            message(&error).starts_with(
                "ERROR: AWS Lambda has removed support for callback-based function handlers"
            ),
            "{error}"
        );
        let log = house.log();
        assert!(
            log.iter().any(|line| line.starts_with("INIT_REPORT ")
                && line
                    .ends_with("\tStatus: error\tError Type: Runtime.CallbackHandlerDeprecated")),
            "{log:?}"
        );
    }
    let mut two =
        house.node("exports.handler = async (event, context) => [typeof context.done, event];");
    two.runtime = "nodejs24.x".into();
    assert_eq!(house.answer(&two, json!(1)).await, json!(["undefined", 1]));
}
