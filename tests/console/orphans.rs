//! Nothing is left of a sandbox, however it ends: no process of a function, no child of one that hid as well as it can, no
//! folder. With the program itself, which is killed from outside.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use aws_sdk_lambda::Client;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{FunctionCode, Runtime as SdkRuntime};
use tokio::runtime::Runtime;

/// Leaves a process that has forked twice, with a session, a group and a (bare) environment of its own and nothing open, and
/// one that it starts; both have `MARK` among their arguments, which is all that tells them.
const CODE: &str = r#"
import os, time

def leave(mark):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.setpgid(0, 0)
            os.chdir("/")
            os.closerange(0, 256)
            os.execve("/bin/sh", ["sh", "-c", "sleep %s & wait" % mark], {"PATH": "/usr/bin:/bin"})
        os._exit(0)
    os.wait()

def handler(event, context):
    if "mark" in event:
        leave(event["mark"])
    time.sleep(event.get("sleep", 0))
    return os.getpid()
"#;

const LONG: Duration = Duration::from_secs(60);

#[track_caller]
fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + LONG;
    while !holds() {
        assert!(Instant::now() < end, "it never came to be that {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Processes of this machine whose arguments hold a text, with their parent.
fn processes(text: &str) -> Vec<i32> {
    let entries = std::fs::read_dir("/proc").unwrap().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter(|pid| {
        let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&line).contains(text)
    })
    .collect()
}

fn parent(pid: i32) -> Option<i32> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("PPid:"))?;
    line.trim().parse().ok()
}

/// The wardens or keepers that a process has started.
fn children(of: i32, named: &str) -> Vec<i32> {
    let found = processes(named);
    found
        .into_iter()
        .filter(|pid| parent(*pid) == Some(of))
        .collect()
}

fn signal(pid: i32, name: &str) {
    let line = format!("kill -s {name} {pid}");
    let sent = Command::new("sh").args(["-c", &line]).status().unwrap();
    assert!(sent.success());
}

/// A text that only one test's processes have, and that `sleep` takes for a number of seconds.
fn mark() -> String {
    let digits = uuid::Uuid::new_v4().as_u128() % 1_000_000_000_000_000;
    format!("86400.{digits:015}")
}

/// The program in a process of its own, with a function in it.
struct Program {
    process: Child,
    /// What the sandbox need not keep.
    folder: PathBuf,
    lambda: Client,
    runtime: Runtime,
    _home: tempfile::TempDir,
}

/// The role that the function is given.
async fn role(endpoint: &str) {
    let credentials = aws_sdk_iam::config::Credentials::new("test", "test", None, None, "test");
    let config = aws_sdk_iam::Config::builder()
        .behavior_version(aws_sdk_iam::config::BehaviorVersion::latest())
        .region(aws_sdk_iam::config::Region::new("us-east-1"))
        .credentials_provider(credentials)
        .endpoint_url(endpoint)
        .build();
    let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
    let role = aws_sdk_iam::Client::from_conf(config)
        .create_role()
        .role_name("test");
    // A sandbox that is started again may have it.
    let _made = role.assume_role_policy_document(trust).send().await;
}

impl Program {
    fn sandbox() -> Self {
        let home = tempfile::tempdir().unwrap();
        let mut command = command(home.path());
        command.args(["sandbox", "--port", "0", "--empty"]);
        let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut endpoint = String::new();
        let stdout = process.stdout.take().unwrap();
        BufReader::new(stdout).read_line(&mut endpoint).unwrap();
        Self::with(process, endpoint.trim(), home)
    }

    fn with(process: Child, endpoint: &str, home: tempfile::TempDir) -> Self {
        let credentials =
            aws_sdk_lambda::config::Credentials::new("test", "test", None, None, "test");
        let config = aws_sdk_lambda::Config::builder()
            .behavior_version(aws_sdk_lambda::config::BehaviorVersion::latest())
            .region(aws_sdk_lambda::config::Region::new("us-east-1"))
            .credentials_provider(credentials)
            .endpoint_url(endpoint)
            .build();
        let runtime = Runtime::new().unwrap();
        runtime.block_on(role(endpoint));
        let program = Self {
            folder: folder(process.id()),
            process,
            lambda: Client::from_conf(config),
            runtime,
            _home: home,
        };
        program.create();
        program
    }

    fn create(&self) {
        let code = FunctionCode::builder().zip_file(package()).build();
        let create = self
            .lambda
            .create_function()
            .function_name("leaver")
            .runtime(SdkRuntime::Python313)
            .handler("app.handler")
            .role("arn:aws:iam::000000000000:role/test")
            .timeout(60)
            .code(code);
        self.runtime.block_on(create.send()).unwrap();
        self.settled();
    }

    #[track_caller]
    fn settled(&self) {
        eventually("the function takes calls", || {
            let known = self.lambda.get_function_configuration();
            let known = known.function_name("leaver").send();
            let known = self.runtime.block_on(known).unwrap();
            let update = known.last_update_status().map(|status| status.as_str());
            known.state().map(|state| state.as_str()) == Some("Active")
                && update == Some("Successful")
        });
    }

    /// Invokes and returns the function's error, if any.
    fn invoke(&self, event: &serde_json::Value) -> Option<String> {
        let invoke = self
            .lambda
            .invoke()
            .function_name("leaver")
            .payload(Blob::new(event.to_string()));
        let answer = self.runtime.block_on(invoke.send()).unwrap();
        let text = answer.payload().map(|payload| payload.as_ref().to_vec());
        let text = String::from_utf8(text.unwrap_or_default()).unwrap();
        answer.function_error().map(|_| text)
    }

    /// Has the function leave its processes, which run when this returns.
    #[track_caller]
    fn leave(&self) -> String {
        let mark = mark();
        assert_eq!(self.invoke(&serde_json::json!({ "mark": mark })), None);
        eventually("what hides runs", || processes(&mark).len() >= 2);
        mark
    }

    /// The same during a call that does not end by itself.
    fn leave_at_work(&self) -> String {
        let mark = mark();
        let event = serde_json::json!({ "mark": mark, "sleep": 50 }).to_string();
        let invoke = self.lambda.invoke().function_name("leaver");
        self.runtime.spawn(invoke.payload(Blob::new(event)).send());
        eventually("what hides runs", || processes(&mark).len() >= 2);
        mark
    }

    fn id(&self) -> i32 {
        i32::try_from(self.process.id()).unwrap()
    }

    fn warden(&self) -> i32 {
        children(self.id(), "sekisho-warden")[0]
    }

    fn signal(&mut self, name: &str) {
        signal(self.id(), name);
        self.process.wait().unwrap();
    }

    #[track_caller]
    fn is_gone_with(&self, marks: &[String]) {
        for mark in marks {
            eventually("no process is left", || processes(mark).is_empty());
        }
        let packages = self.folder.to_str().unwrap();
        eventually("no function is left", || processes(packages).is_empty());
        eventually("no folder is left", || !self.folder.exists());
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn package() -> Blob {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    zip.start_file("app.py", options).unwrap();
    zip.write_all(CODE.as_bytes()).unwrap();
    Blob::new(zip.finish().unwrap().into_inner())
}

/// The program with folders of its own, so that it finds nothing of the person's and leaves nothing to them.
fn command(home: &Path) -> Command {
    use std::os::unix::fs::PermissionsExt;
    // As a login makes it; one that others may look into would not be used.
    std::fs::set_permissions(home, std::fs::Permissions::from_mode(0o700)).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_sekisho"));
    for name in [
        "HOME",
        "XDG_RUNTIME_DIR",
        "XDG_DATA_HOME",
        "XDG_CONFIG_HOME",
    ] {
        command.env(name, home);
    }
    command.stderr(Stdio::null());
    command
}

/// The folder whose lock a process holds.
#[track_caller]
fn folder(of: u32) -> PathBuf {
    let mut found = None;
    eventually("the sandbox has its folder", || {
        let files = std::fs::read_dir(format!("/proc/{of}/fd"))
            .unwrap()
            .flatten();
        let mut paths = files.filter_map(|file| std::fs::read_link(file.path()).ok());
        found = paths.find(|path| {
            path.ends_with(".lock") && path.to_string_lossy().contains("sekisho-sandbox-")
        });
        found.is_some()
    });
    found.unwrap().parent().unwrap().to_owned()
}

#[test]
fn nothing_is_left_of_a_sandbox_that_is_killed_outright() {
    let mut program = Program::sandbox();
    let marks = [program.leave(), program.leave_at_work()];
    assert!(program.folder.join("environments").exists());
    program.signal("KILL");
    program.is_gone_with(&marks);
}

#[test]
fn nothing_is_left_of_a_sandbox_that_is_asked_to_end() {
    let mut program = Program::sandbox();
    let marks = [program.leave(), program.leave_at_work()];
    program.signal("TERM");
    program.is_gone_with(&marks);
}

#[test]
fn nothing_is_left_of_a_window_that_is_killed_outright() {
    let Some((display, mut server)) = display() else {
        println!("no Xvfb on this machine, so there is no window to kill");
        return;
    };
    let home = tempfile::tempdir().unwrap();
    let mut command = command(home.path());
    let process = command
        .args(["--sandbox"])
        .env("DISPLAY", display)
        .env("LIBGL_ALWAYS_SOFTWARE", "1")
        .env_remove("WAYLAND_DISPLAY")
        .spawn()
        .unwrap();
    let mut endpoint = String::new();
    eventually("the window's sandbox is written down", || {
        endpoint = registered(home.path()).unwrap_or_default();
        !endpoint.is_empty()
    });
    let mut program = Program::with(process, &endpoint, home);
    let marks = [program.leave()];
    program.signal("KILL");
    program.is_gone_with(&marks);
    let _ = server.kill();
    let _ = server.wait();
}

/// A screen in memory, on a number that it chooses.
fn display() -> Option<(String, Child)> {
    let mut server = Command::new("Xvfb")
        .args(["-displayfd", "1", "-screen", "0", "1024x700x24"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let mut number = String::new();
    let stdout = server.stdout.take().unwrap();
    BufReader::new(stdout).read_line(&mut number).unwrap();
    Some((format!(":{}", number.trim()), server))
}

/// The endpoint that a running sandbox has written down below a folder.
fn registered(folder: &Path) -> Option<String> {
    for entry in std::fs::read_dir(folder).ok()?.flatten() {
        let (path, name) = (entry.path(), entry.file_name());
        let name = name.to_string_lossy().into_owned();
        let found = if path.is_dir() {
            registered(&path)
        } else if name.starts_with("sandbox-") && name.ends_with(".json") {
            let value: serde_json::Value =
                serde_json::from_str(&std::fs::read_to_string(&path).ok()?).ok()?;
            value["endpoint"].as_str().map(str::to_owned)
        } else {
            None
        };
        if found.is_some() {
            return found;
        }
    }
    None
}

#[test]
fn what_a_function_left_ends_with_its_environment() {
    let program = Program::sandbox();
    // The function is changed, and so its next call replaces the environment.
    let retired = program.leave();
    let change = program.lambda.update_function_configuration();
    let change = change.function_name("leaver").timeout(1);
    program.runtime.block_on(change.send()).unwrap();
    program.settled();
    assert_eq!(program.invoke(&serde_json::json!({})), None);
    eventually("what hides ends with a replaced environment", || {
        processes(&retired).is_empty()
    });
    let timed_out = mark();
    let event = serde_json::json!({ "mark": timed_out, "sleep": 50 });
    let error = program.invoke(&event).unwrap();
    assert!(
        error.contains("Task timed out after 1.00 seconds"),
        "{error}"
    );
    eventually("what hides ends with a call that timed out", || {
        processes(&timed_out).is_empty()
    });
}

#[test]
fn a_warden_that_is_killed_takes_its_functions_along_and_another_takes_its_place() {
    let mut program = Program::sandbox();
    let mark = program.leave();
    let first = program.warden();
    signal(first, "KILL");
    eventually("what its functions left ends", || {
        processes(&mark).is_empty()
    });
    // A call that came before the sandbox saw it end finds the environment dead, as anywhere.
    eventually("another takes its place", || {
        program.invoke(&serde_json::json!({})).is_none()
    });
    let again = program.leave();
    assert_ne!(program.warden(), first);
    program.signal("KILL");
    program.is_gone_with(&[again]);
}

#[test]
fn what_a_killed_keeper_leaves_is_the_wardens_to_end() {
    let mut program = Program::sandbox();
    let mark = program.leave();
    for keeper in children(program.warden(), "sekisho-keeper") {
        signal(keeper, "KILL");
    }
    eventually("what its function left ends", || {
        processes(&mark).is_empty()
    });
    eventually("it runs again", || {
        program.invoke(&serde_json::json!({})).is_none()
    });
    program.signal("KILL");
    program.is_gone_with(&[]);
}

#[test]
fn what_a_sandbox_left_that_was_killed_with_its_warden_is_swept_by_the_next() {
    let mut program = Program::sandbox();
    let mark = program.leave();
    let warden = program.warden();
    // Stopped, so that it starts no other.
    signal(program.id(), "STOP");
    signal(warden, "KILL");
    program.signal("KILL");
    eventually("its keepers ended what it left", || {
        processes(&mark).is_empty()
    });
    assert!(program.folder.exists());
    let next = Program::sandbox();
    assert!(next.folder.exists());
    eventually("the dead sandbox's folder is gone", || {
        !program.folder.exists()
    });
}
