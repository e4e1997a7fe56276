//! Interpreters that start before they are needed: who gets them, and that nobody can tell.

use std::sync::Arc;

use serde_json::json;

use super::*;

const LOOK: &str = "import os, sys, time, greeting\n\
def handler(e, c):\n    \
    foreign = [name for name in os.environ if 'SEKISHO' in name]\n    \
    return [os.getpid(), greeting.text, os.environ.get('STAGE'), os.getcwd() == os.environ['LAMBDA_TASK_ROOT'], foreign,\n            \
            os.environ['AWS_LAMBDA_FUNCTION_NAME'] == c.function_name, time.strftime('%H', time.gmtime(0)) + time.strftime('%H', time.localtime(0)),\n            \
            os.environ.get('HOME'), sys.argv[0].endswith('bootstrap.py'), sys.path[0] == os.getcwd()]\n";

const LOOK_NODE: &str = "exports.handler = async () => [process.pid, require('greeting').text, process.env.STAGE, \
process.cwd() === process.env.LAMBDA_TASK_ROOT, Object.keys(process.env).filter((name) => /SEKISHO|PYTHON/.test(name)), \
new Date(0).getHours(), process.env.HOME, require.main === undefined];";

async fn one_waits(house: &House) -> u32 {
    eventually("a process waits", || house.pool.spare() == 1).await;
    house.pool.spare_processes()[0]
}

fn layer(house: &House) -> Arc<PathBuf> {
    let files = [
        ("python/greeting.py", "text = 'hello'"),
        (
            "nodejs/node_modules/greeting/index.js",
            "exports.text = 'hello';",
        ),
    ];
    Arc::new(zip_of(house.directory.path(), "layer.zip", &files))
}

#[tokio::test]
async fn the_next_function_gets_the_process_that_waits_and_sees_what_it_would_have_seen() {
    for isolate in [true, false] {
        let house = House::with(|config| config.isolate = isolate);
        let layers = vec![layer(&house)];
        let pairs = [
            (house.python(LOOK), house.python(LOOK)),
            (house.node(LOOK_NODE), house.node(LOOK_NODE)),
        ];
        for (before, (mut first, mut second)) in pairs.into_iter().enumerate() {
            for function in [&mut first, &mut second] {
                function.layers.clone_from(&layers);
                function.environment.insert("STAGE".into(), "dev".into());
                function
                    .environment
                    .insert("TZ".into(), "Asia/Tokyo".into());
            }
            let plain = house.answer(&first, json!({})).await;
            // That of the interpreter before, too: each has its own.
            eventually("a process waits", || house.pool.spare() == before + 1).await;
            let waiting = house.pool.spare_processes();
            let outcome = house.ok(&second, json!({})).await;
            let assigned = value(&outcome);
            let pid = u32::try_from(assigned[0].as_u64().unwrap()).unwrap();
            assert!(waiting.contains(&pid), "{pid} of {waiting:?}");
            assert!(outcome.init_ms.is_some_and(|init| init > 0.0));
            let sees = |answer: &Value| {
                let all = answer.as_array().unwrap()[1..].iter();
                // Without a room each environment has a home of its own.
                all.filter(|value| !value.as_str().is_some_and(|text| text.contains("/env-")))
                    .cloned()
                    .collect::<Vec<_>>()
            };
            assert_eq!(sees(&plain), sees(&assigned));
            assert_ne!(plain[0], assigned[0]);
        }
        house.pool.shutdown().await;
        assert_eq!(house.pool.spare(), 0);
    }
}

#[tokio::test]
async fn what_it_reports_and_prints_is_its_own_environments() {
    let house = House::new();
    house.ok(&house.python(ECHO), json!(1)).await;
    one_waits(&house).await;
    let source = "print('at import')\ndef handler(e, c):\n    print(c.log_stream_name)\n    raise ValueError('x')\n";
    let (error, outcome) = house.error(&house.python(source), json!(1)).await;
    assert_eq!(error["errorType"], json!("ValueError"));
    let streams = house.streams();
    assert_eq!(streams.len(), 2);
    assert!(
        streams
            .iter()
            .any(|stream| outcome.log_tail.contains(stream)),
        "{}",
        outcome.log_tail
    );
    assert!(house.log().contains(&"at import".to_owned()));
}

#[tokio::test]
async fn a_function_with_variables_or_libraries_that_are_read_at_the_start_has_a_start_of_its_own()
{
    let house = House::new();
    house.ok(&house.python(ECHO), json!(1)).await;
    let waiting = one_waits(&house).await;
    let pid = "import os\ndef handler(e, c):\n    return os.getpid()\n";
    let mut variable = house.python(pid);
    variable
        .environment
        .insert("PYTHONUNBUFFERED".into(), "1".into());
    let library = house.function(
        "python3.13",
        "app.handler",
        &[("app.py", pid), ("lib/libown.so.1", "")],
    );
    for function in [variable, library] {
        assert_ne!(house.answer(&function, json!(1)).await, json!(waiting));
    }
    let plain = house.answer(&house.python(pid), json!(1)).await;
    assert_eq!(plain, json!(waiting));
}

#[tokio::test]
async fn one_that_was_killed_is_replaced_by_a_start_of_its_own() {
    let house = House::new();
    house.ok(&house.python(ECHO), json!(1)).await;
    let pid = i32::try_from(one_waits(&house).await).unwrap();
    let pid = rustix::process::Pid::from_raw(pid).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
    let outcome = house.ok(&house.python(ECHO), json!(2)).await;
    assert_eq!(value(&outcome), json!(2));
}
