//! Environments: shared, kept, replaced, limited, sealed off, and gone when they should be.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use super::*;
use crate::runtime::isolation;

const PID: &str = "import os, time\nn = 0\ndef handler(e, c):\n    global n\n    n += 1\n    time.sleep(e or 0)\n    return [os.getpid(), n]\n";

#[tokio::test]
async fn a_warm_call_runs_in_the_same_process() {
    let house = House::new();
    let function = house.python(PID);
    let first = house.answer(&function, json!(0)).await;
    let second = house.answer(&function, json!(0)).await;
    assert_eq!(first[0], second[0]);
    assert_eq!((&first[1], &second[1]), (&json!(1), &json!(2)));
    assert_eq!(house.pool.running(), 1);
}

#[tokio::test]
async fn concurrent_calls_get_environments_of_their_own_and_streams_of_their_own() {
    let house = House::new();
    let function = house.python(PID);
    let calls = (0..4).map(|_| house.answer(&function, json!(0.3)));
    let mut answers: Vec<_> = join_all(calls)
        .await
        .iter()
        .map(|answer| answer[0].as_i64().unwrap())
        .collect();
    answers.sort_unstable();
    answers.dedup();
    assert_eq!(answers.len(), 4);
    assert_eq!((house.pool.running(), house.streams().len()), (4, 4));
}

#[tokio::test]
async fn callers_beyond_the_machines_bound_wait_and_others_idle_environments_give_way() {
    let house = House::with(|config| config.max_processes = 2);
    let (one, two) = (house.python(PID), house.python(PID));
    let calls = (0..6).map(|_| house.answer(&one, json!(0.05)));
    assert_eq!(join_all(calls).await.len(), 6);
    assert_eq!(house.pool.running(), 2);
    house.answer(&two, json!(0)).await;
    assert_eq!(house.pool.running(), 2);
}

#[tokio::test]
async fn reserved_concurrency_and_the_accounts_limit_throttle() {
    let house = House::with(|config| config.account_concurrency = 2);
    let mut function = house.python(PID);
    function.max_concurrency = Some(1);
    let (first, second) = tokio::join!(
        house.call(&function, json!(0.3)),
        house.call(&function, json!(0.3))
    );
    assert!(first.is_ok());
    let error = second.unwrap_err();
    assert_eq!(
        (error.status, error.code.as_str()),
        (429, "TooManyRequestsException")
    );
    assert_eq!(
        error.members["Reason"],
        json!("ReservedFunctionConcurrentInvocationLimitExceeded")
    );
    function.max_concurrency = Some(0);
    assert_eq!(
        house.call(&function, json!(0)).await.unwrap_err().status,
        429
    );
    function.max_concurrency = None;
    let calls = (0..3).map(|_| house.call(&function, json!(0.3)));
    let refused: Vec<_> = join_all(calls)
        .await
        .into_iter()
        .filter_map(Result::err)
        .collect();
    assert_eq!(refused.len(), 1);
    assert_eq!(
        refused[0].members["Reason"],
        json!("ConcurrentInvocationLimitExceeded")
    );
}

#[tokio::test]
async fn a_new_revision_replaces_the_environment() {
    let house = House::new();
    let mut function = house.python(PID);
    let old = house.answer(&function, json!(0)).await;
    function.revision = "2".into();
    let new = house.answer(&function, json!(0)).await;
    assert_ne!(old[0], new[0]);
    assert_eq!(house.pool.running(), 1);
}

#[tokio::test]
async fn retiring_ends_idle_environments_now_and_busy_ones_after_their_call() {
    let house = House::new();
    let function = house.python(PID);
    house.answer(&function, json!(0)).await;
    house.pool.retire(function.name_arn()).await;
    assert_eq!(house.pool.running(), 0);
    let busy = house.answer(&function, json!(0.3));
    let retire = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        house.pool.retire(function.name_arn()).await;
    };
    let (answer, ()) = tokio::join!(busy, retire);
    assert_eq!(answer[1], json!(1));
    assert_eq!(house.pool.running(), 0);
}

#[tokio::test]
async fn idle_environments_are_reaped_and_no_more_are_kept_than_configured() {
    // Those who called at once find their environments again; later the surplus ends.
    for (surplus_for, most) in [(Duration::from_secs(3600), 4), (Duration::ZERO, 2)] {
        let house = House::with(|config| {
            config.max_idle = 2;
            config.surplus_for = surplus_for;
        });
        let function = house.python(PID);
        join_all((0..4).map(|_| house.answer(&function, json!(0.2)))).await;
        eventually("the surplus ends", || house.pool.running() <= most).await;
        assert_eq!(house.pool.running(), most);
    }
    let house = House::with(|config| config.idle_for = Duration::from_millis(400));
    house.answer(&house.python(PID), json!(0)).await;
    eventually("idle environments are reaped", || house.pool.running() == 0).await;
    eventually("so are spare processes", || house.pool.spare() == 0).await;
}

#[tokio::test]
async fn an_environment_whose_process_died_while_idle_is_replaced() {
    let house = House::new();
    let function = house.python(PID);
    let pid = house.answer(&function, json!(0)).await[0].as_i64().unwrap();
    let pid = rustix::process::Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
    eventually("its end is noticed", || {
        drop(house.pool.reap(Duration::from_secs(3600)));
        house.pool.running() == 0
    })
    .await;
    assert_eq!(house.answer(&function, json!(0)).await[1], json!(1));
    assert_eq!(house.pool.running(), 1);
}

#[tokio::test]
async fn a_caller_that_goes_away_does_not_end_the_call() {
    let house = House::new();
    let function = house
        .python("import time\ndef handler(e, c):\n    time.sleep(0.3)\n    print('to the end')\n");
    let call =
        tokio::time::timeout(Duration::from_millis(150), house.call(&function, json!({}))).await;
    assert!(call.is_err());
    eventually("the call has ended", || {
        house.log().iter().any(|line| line.starts_with("REPORT "))
    })
    .await;
    assert!(house.log().contains(&"to the end".to_owned()));
}

#[tokio::test]
async fn nothing_of_the_persons_own_environment_reaches_a_function() {
    let house = House::new();
    let source = "import os\ndef handler(e, c):\n    return [dict(os.environ), os.path.expanduser('~'), os.path.exists(os.path.expanduser('~/.aws'))]\n";
    let mut function = house.python(source);
    function.environment.insert("STAGE".into(), "開発".into());
    function.credentials.access_key = "ASIAOFFUNCTION".into();
    let seen = house.answer(&function, json!({})).await;
    let variables = seen[0].as_object().unwrap();
    let own = house.directory.path().to_string_lossy().into_owned();
    let made = [
        "AWS_LAMBDA_",
        "AWS_REGION",
        "AWS_DEFAULT_REGION",
        "AWS_EXECUTION_ENV",
        "AWS_ENDPOINT_URL",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_EC2_METADATA_DISABLED",
        "AWS_XRAY_",
        "_AWS_XRAY_",
        "LAMBDA_",
        "_HANDLER",
        "_X_AMZN_TRACE_ID",
        "LANG",
        "LC_CTYPE",
        "TZ",
        "PATH",
        "LD_LIBRARY_PATH",
        "TMPDIR",
        "HOME",
        "PYTHON",
        "STAGE",
        "PWD",
        "SHLVL",
    ];
    // The test's own process stands for the sandbox's: it has variables that no function may see.
    let foreign = |name: &str| !made.iter().any(|prefix| name.starts_with(prefix));
    assert!(std::env::vars().any(|(name, _)| foreign(&name)));
    assert_eq!(variables.keys().find(|name| foreign(name)), None);
    assert_eq!(variables["AWS_ACCESS_KEY_ID"], json!("ASIAOFFUNCTION"));
    assert_eq!(
        (&variables["AWS_ENDPOINT_URL"], &variables["STAGE"]),
        (&json!("http://127.0.0.1:4566"), &json!("開発"))
    );
    assert_eq!(
        variables["AWS_EXECUTION_ENV"],
        json!("AWS_Lambda_python3.13")
    );
    // In a room there is no HOME, as in Lambda, and what the system says instead is nobody's.
    let home = seen[1].as_str().unwrap();
    assert!(
        !variables.contains_key("HOME") || home.starts_with(&own),
        "{home}"
    );
    assert_eq!(seen[2], json!(false));
}

#[tokio::test]
async fn each_environment_has_a_tmp_of_its_own_that_goes_with_it() {
    for isolate in [true, false] {
        let house = House::with(|config| config.isolate = isolate);
        let source = "import os, tempfile, time\ndef handler(e, c):\n    path = os.path.join(tempfile.gettempdir(), 'f')\n    there = os.path.exists(path)\n    open(path, 'w').write('x')\n    time.sleep(0.2)\n    return there\n";
        let function = house.python(source);
        let call = || house.answer(&function, json!({}));
        assert_eq!(tokio::join!(call(), call()), (json!(false), json!(false)));
        assert_eq!(call().await, json!(true));
        house.pool.shutdown().await;
        let left = std::fs::read_dir(house.directory.path().join("work/environments")).unwrap();
        assert_eq!(left.count(), 0);
    }
}

/// Where the machine lets an ordinary user make namespaces; elsewhere the limit is noticed after the call.
#[tokio::test]
async fn tmp_is_no_larger_than_the_function_may_have() {
    let source = "import tempfile, os\ndef handler(e, c):\n    with open(os.path.join(tempfile.gettempdir(), 'f'), 'wb') as f:\n        f.write(bytes(e * 1024 * 1024))\n";
    for isolate in [true, false] {
        let house = House::with(|config| config.isolate = isolate);
        let mut function = house.python(source);
        function.ephemeral_mb = 2;
        house.ok(&function, json!(1)).await;
        let outcome = house.call(&function, json!(3)).await.unwrap();
        if isolate && isolation::find().await.is_some() {
            assert_eq!(
                value(&outcome)["errorMessage"],
                json!("[Errno 28] No space left on device")
            );
        } else {
            assert!(
                outcome
                    .log_tail
                    .contains("/tmp holds 3 MB, more than the 2 MB"),
                "{}",
                outcome.log_tail
            );
            assert_eq!(house.pool.running(), 0);
        }
    }
}

#[tokio::test]
async fn in_a_room_of_its_own_a_function_finds_lambdas_places_and_not_the_sandboxs_secrets() {
    let house = House::new();
    let Some(_) = isolation::find().await else {
        eprintln!("this machine allows no namespaces, so there is no room to look into");
        return;
    };
    let layer = zip_of(
        house.directory.path(),
        "layer.zip",
        &[("data/greeting.txt", "hello")],
    );
    let source = "import os\ndef attempt(what):\n    try:\n        return what()\n    except OSError as error:\n        return error.strerror\n\
def handler(e, c):\n    open('/tmp/own', 'w').close()\n    return [os.listdir('/tmp'), attempt(lambda: open('/opt/data/greeting.txt').read()),\n\
        attempt(lambda: open('written', 'w')), attempt(lambda: open('/proc/%d/environ' % os.getppid()).read()), os.environ.get('HOME')]\n";
    let mut function = house.python(source);
    function.layers = vec![Arc::new(layer)];
    let seen = house.answer(&function, json!({})).await;
    assert_eq!(
        seen,
        json!([
            ["own"],
            "hello",
            "Read-only file system",
            "Permission denied",
            null
        ])
    );
}

#[tokio::test]
async fn everything_also_works_where_no_room_can_be_made() {
    let house = House::with(|config| config.isolate = false);
    let layer = zip_of(
        house.directory.path(),
        "layer.zip",
        &[("python/greeting.py", "text = 'hello'")],
    );
    let mut python = house.python("import greeting, os\ndef handler(e, c):\n    return [greeting.text, os.environ['HOME'] == os.environ['TMPDIR']]\n");
    python.layers = vec![Arc::new(layer)];
    assert_eq!(
        house.answer(&python, json!({})).await,
        json!(["hello", true])
    );
    let node = house.node("exports.handler = async (event) => event;");
    assert_eq!(house.answer(&node, json!(1)).await, json!(1));
    let broken = house.bash("#!/no/such/shell\n");
    let (error, _) = house.error(&broken, json!({})).await;
    assert!(
        error["errorMessage"]
            .as_str()
            .unwrap()
            .ends_with("fork/exec /var/task/bootstrap: no such file or directory"),
        "{error}"
    );
}

#[tokio::test]
async fn shutdown_ends_idle_and_busy_processes_with_all_that_they_started() {
    let house = House::new();
    let mut function = house.python("import subprocess, time\ndef handler(e, c):\n    subprocess.Popen(['sleep', '60'])\n    time.sleep(e)\n");
    let mark = format!("mark-{}", function.name);
    function.environment.insert("MARK".into(), mark.clone());
    house.ok(&function, json!(0)).await;
    let (busy, ()) = tokio::join!(house.call(&function, json!(30)), async {
        eventually("the call has started its process", || {
            processes_with(&mark) >= 3
        })
        .await;
        house.pool.shutdown().await;
    });
    assert_eq!(busy.unwrap().function_error.as_deref(), Some("Unhandled"));
    eventually("no process is left", || processes_with(&mark) == 0).await;
    assert_eq!(house.pool.running(), 0);
    assert_eq!(
        house.call(&function, json!(0)).await.unwrap_err().status,
        503
    );
}

#[tokio::test]
async fn dropping_the_pool_ends_its_processes() {
    let house = House::new();
    let mut function = house.python(ECHO);
    let mark = format!("mark-{}", function.name);
    function.environment.insert("MARK".into(), mark.clone());
    house.ok(&function, json!(0)).await;
    assert!(processes_with(&mark) > 0);
    let House { pool, .. } = house;
    drop(pool);
    eventually("no process is left", || processes_with(&mark) == 0).await;
}

#[tokio::test]
async fn a_runtime_that_this_machine_does_not_run_is_a_clear_error() {
    let house = House::new();
    let function = house.function("java21", "example.Main", &[("Main.class", "")]);
    let error = house.call(&function, json!({})).await.unwrap_err();
    assert_eq!(error.code, "InvalidRuntimeException");
    assert!(error.message.contains("java21"), "{error}");
    assert_eq!(house.pool.running(), 0);
}

async fn join_all<T>(calls: impl Iterator<Item = impl Future<Output = T>>) -> Vec<T> {
    // Polled together in this task, so that the calls really overlap.
    let mut calls: Vec<_> = calls.map(|call| (Box::pin(call), None)).collect();
    std::future::poll_fn(|cx| {
        for (call, result) in &mut calls {
            if result.is_none()
                && let std::task::Poll::Ready(value) = call.as_mut().poll(cx)
            {
                *result = Some(value);
            }
        }
        if calls.iter().all(|(_, result)| result.is_some()) {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    })
    .await;
    calls.into_iter().filter_map(|(_, result)| result).collect()
}
