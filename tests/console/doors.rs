//! What only the whole program shows of the closed doors: what it writes when the umask is open, what it tells of its keys, where
//! windows find it, and that a package has no inspection port.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use sekisho::cloud::connection::discover::{EndpointKind, discover};
use sekisho::cloud::connection::machine::Machine;

/// A sandbox of its own process, started with an umask that closes nothing.
struct Process {
    child: Child,
    endpoint: String,
    runtime: tempfile::TempDir,
    _out: BufReader<ChildStdout>,
}

impl Process {
    fn start(arguments: &str) -> Self {
        let runtime = tempfile::tempdir().unwrap();
        std::fs::set_permissions(runtime.path(), PermissionsExt::from_mode(0o700)).unwrap();
        let program = env!("CARGO_BIN_EXE_sekisho");
        let mut child = Command::new("/bin/sh")
            .args([
                "-c",
                &format!("umask 000; exec {program} sandbox --port 0 --empty {arguments}"),
            ])
            .env("XDG_RUNTIME_DIR", runtime.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut endpoint = String::new();
        out.read_line(&mut endpoint).unwrap();
        Self {
            child,
            endpoint: endpoint.trim().to_owned(),
            runtime,
            _out: out,
        }
    }

    /// Ends it by a signal that it takes note of, and gives what it said on its standard error.
    fn end(mut self) -> String {
        let id = self.child.id().to_string();
        // A bare system has no program of that name, but its shell has.
        let kill = format!("kill {id}");
        Command::new("/bin/sh")
            .args(["-c", &kill])
            .status()
            .unwrap();
        let mut said = String::new();
        let mut err = self.child.stderr.take().unwrap();
        err.read_to_string(&mut said).unwrap();
        assert!(self.child.wait().unwrap().success(), "{said}");
        said
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ended = self.child.kill();
    }
}

fn mode(path: &Path) -> u32 {
    path.symlink_metadata().unwrap().permissions().mode() & 0o777
}

#[test]
fn an_open_umask_opens_nothing_and_the_sandbox_is_found_by_its_user() {
    let process = Process::start("");
    let folder = process.runtime.path().join("sekisho");
    let entry = folder.join(format!("sandbox-{}.json", process.child.id()));
    // It is written right after the endpoint is bound, and the line may be read before.
    let begun = std::time::Instant::now();
    while !entry.exists() && begun.elapsed().as_secs() < 60 {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    assert_eq!((mode(&folder), mode(&entry)), (0o700, 0o600));
    let variables = [("XDG_RUNTIME_DIR", process.runtime.path().to_str().unwrap())];
    let machine = Machine::with_real_files(&variables);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let found = |machine: &Machine| {
        let found = runtime.block_on(discover(machine));
        found
            .iter()
            .any(|f| f.kind == EndpointKind::Sandbox && f.endpoint == process.endpoint)
    };
    assert!(found(&machine), "{}", process.endpoint);
    // The same entry where others could have written it.
    std::fs::set_permissions(&folder, PermissionsExt::from_mode(0o777)).unwrap();
    assert!(!found(&machine));
    process.end();
}

#[test]
fn whoever_shares_a_sandbox_is_told_where_its_keys_are_and_not_what_they_are() {
    // Any address of loopback does: it is told for each.
    let said = {
        let mut process = Process::start("--listen 127.0.0.2 --host sekisho.lan");
        let mut err = BufReader::new(process.child.stderr.take().unwrap());
        let mut said = String::new();
        while !said.contains("AWS_SHARED_CREDENTIALS_FILE") {
            assert!(err.read_line(&mut said).unwrap() > 0, "{said}");
        }
        let file = said
            .split_whitespace()
            .find(|word| word.ends_with("/credentials"));
        let file = PathBuf::from(file.unwrap());
        assert_eq!(mode(&file), 0o600);
        assert_eq!(mode(file.parent().unwrap()), 0o700);
        let text = std::fs::read_to_string(&file).unwrap();
        for line in text.lines().skip(1) {
            let (name, value) = line.split_once(" = ").unwrap();
            assert!(!value.is_empty() && !said.contains(value), "{name}");
        }
        process.child.stderr = Some(err.into_inner());
        said + &process.end()
    };
    assert!(said.contains("127.0.0.2"), "{said}");
}

#[test]
fn a_name_that_is_none_is_refused() {
    let program = env!("CARGO_BIN_EXE_sekisho");
    let output = Command::new(program)
        .args(["sandbox", "--port", "0", "--host", "http://sekisho.lan"])
        .output()
        .unwrap();
    assert!(!output.status.success());
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains("http://sekisho.lan is no host name"),
        "{said}"
    );
}

/// A development build has the inspection port's code, and must never be packaged.
#[test]
fn a_package_with_the_inspection_port_is_refused() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging/check-binary.sh");
    let check = |binary: &Path| {
        Command::new(&script)
            .arg(binary)
            .output()
            .unwrap()
            .status
            .code()
    };
    let has_it = if cfg!(feature = "inspection") { 1 } else { 0 };
    assert_eq!(
        check(Path::new(env!("CARGO_BIN_EXE_sekisho"))),
        Some(has_it)
    );
    let folder = tempfile::tempdir().unwrap();
    for (text, wanted) in [
        ("SEKISHO_LOG EGUI_INSPECTION", 0),
        ("SEKISHO_LOG egui_inspection: listening on", 1),
        ("something else", 2),
    ] {
        let file = folder.path().join("binary");
        std::fs::write(&file, text).unwrap();
        assert_eq!(check(&file), Some(wanted), "{text}");
    }
}

/// The ports that a process listens on.
fn ports(id: u32) -> Vec<u16> {
    let held: Vec<String> = std::fs::read_dir(format!("/proc/{id}/fd"))
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| std::fs::read_link(entry.path()).ok())
        .map(|link| link.to_string_lossy().into_owned())
        .collect();
    let table = std::fs::read_to_string("/proc/net/tcp").unwrap();
    table
        .lines()
        .map(|line| line.split_ascii_whitespace().collect::<Vec<_>>())
        .filter(|fields| fields.len() > 9 && fields[3] == "0A")
        .filter(|fields| held.contains(&format!("socket:[{}]", fields[9])))
        .filter_map(|fields| u16::from_str_radix(fields[1].split_once(':')?.1, 16).ok())
        .collect()
}

#[test]
fn the_inspection_port_is_closed_unless_it_is_asked_for() {
    if !cfg!(target_os = "linux") || std::env::var_os("DISPLAY").is_none() {
        println!("skipped: there is no screen");
        return;
    }
    for asked in [false, true] {
        let home = tempfile::tempdir().unwrap();
        let picture = home.path().join("picture.png");
        let mut command = Command::new(env!("CARGO_BIN_EXE_sekisho"));
        command
            .args(["--endpoint-url", "http://127.0.0.1:9"])
            .env("HOME", home.path())
            .env("LIBGL_ALWAYS_SOFTWARE", "1")
            .env_remove("EGUI_INSPECTION")
            .stderr(Stdio::null());
        if asked {
            command.env("EGUI_INSPECTION", "127.0.0.1:0");
        } else {
            // It leaves by itself when its window has been drawn: the port would have been open by then.
            command
                .args(["--open", "activity", "--screenshot"])
                .arg(&picture);
        }
        let mut child = command.spawn().unwrap();
        let wanted = asked && cfg!(feature = "inspection");
        let begun = std::time::Instant::now();
        let mut open = Vec::new();
        while begun.elapsed().as_secs() < 60 && open.is_empty() && !picture.exists() {
            std::thread::sleep(std::time::Duration::from_millis(5));
            open = ports(child.id());
            if asked && !wanted {
                break;
            }
        }
        let _ended = child.kill();
        child.wait().unwrap();
        assert_eq!(!open.is_empty(), wanted, "{open:?}");
        assert_eq!(picture.exists(), !asked);
    }
}
