//! A room of its own for each environment, where the machine lets an ordinary user make one: a user and a mount namespace.
//!
//! In it a function finds Lambda's places: its package at `/var/task` and our bootstraps at `/var/runtime`, both read-only, its
//! layers at `/opt`, its interpreter in `/var/lang/bin`, and a `/tmp` of its own as large as `EphemeralStorage` says. The
//! person's AWS files are not there, the sandbox's own variables can't be read through `/proc`, and it has no privilege, so
//! that a file which nobody may read is not read. It takes `unshare`, `mount`, `nsenter` and `setpriv` of util-linux and
//! nothing of the kernel that needs a privilege. Where that does not work (in many containers, for one), functions run without
//! it, with `TMPDIR` and `HOME` in a directory of their own.

use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;
use tokio::sync::OnceCell;

use super::interpreter::Interpreter;
use crate::doors::files;

/// Where the package is in a room.
pub(super) const TASK: &str = "/var/task";
/// Where our bootstraps are in a room.
pub(super) const RUNTIME: &str = "/var/runtime";

const HOSTS: &str = "/etc/hosts";

/// A larger `/tmp` is a directory on disk: a file system in memory of that size could starve the machine.
const MOST_IN_MEMORY_MB: u32 = 1024;

/// What of the machine's `/var` a room keeps, beside what the sandbox and the interpreter are in.
const KEPT_OF_VAR: [&str; 3] = ["lib", "cache", "tmp"];

/// The loader's variables wait under another name until the function's program starts: its libraries are not for `mount`.
pub(super) const HELD_BACK: [(&str, &str); 2] = [
    ("LD_LIBRARY_PATH", "SEKISHO_LD_LIBRARY_PATH"),
    ("LD_PRELOAD", "SEKISHO_LD_PRELOAD"),
];

/// Arguments: `mount`, the table of what is mounted, the command. One `mount` for all: starting it takes longer than what it does.
const FURNISH: &str = r#""$1" -a -T "$2" || exit 1; shift 2; exec "$@""#;

/// Arguments: where the command runs, the command. The number of open files is Lambda's.
const ENTER: &str = r#"
cd "$1" || exit 1
shift
ulimit -n 1024 2>/dev/null
if [ -n "${SEKISHO_LD_LIBRARY_PATH+x}" ]; then
  export LD_LIBRARY_PATH="$SEKISHO_LD_LIBRARY_PATH"; unset SEKISHO_LD_LIBRARY_PATH
fi
if [ -n "${SEKISHO_LD_PRELOAD+x}" ]; then export LD_PRELOAD="$SEKISHO_LD_PRELOAD"; unset SEKISHO_LD_PRELOAD; fi
unset OLDPWD
exec "$@"
"#;

/// The programs that make such a room, and what no function may see.
#[derive(Debug, PartialEq)]
pub(super) struct Isolation {
    unshare: PathBuf,
    mount: PathBuf,
    /// Where it is there, a room can be furnished after a process has moved in, and entered by another.
    nsenter: Option<PathBuf>,
    /// Where it is there, functions have no privilege in their rooms either.
    setpriv: Option<PathBuf>,
    hidden: Vec<PathBuf>,
}

/// The bare room of an interpreter: what is the same for all its functions.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Shell {
    /// What `/var` shows.
    skeleton: PathBuf,
    /// The table of what is mounted.
    table: PathBuf,
    /// The entry of `/tmp` that the interpreter is in, which stays there.
    kept: Option<OsString>,
    /// Whether `/opt` and `/tmp` can be a function's own.
    pub opt: bool,
    pub tmp: bool,
}

/// What an environment's room is made of.
#[derive(Debug, Clone)]
pub(super) struct Room {
    pub shell: Shell,
    /// The package.
    pub code: PathBuf,
    /// What `/opt` shows.
    pub opt: PathBuf,
    /// What `/tmp` is.
    pub tmp: Tmp,
    /// The environment's own folder, for the tables.
    pub home: PathBuf,
}

/// A `/tmp`.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Tmp {
    /// In memory, of that many MB.
    Memory(u32),
    /// A directory on disk.
    Directory(PathBuf),
}

impl Tmp {
    /// What suits a function's `EphemeralStorage`.
    pub fn of(ephemeral_mb: u32, directory: &Path) -> Self {
        if ephemeral_mb <= MOST_IN_MEMORY_MB {
            Self::Memory(ephemeral_mb.max(1))
        } else {
            Self::Directory(directory.to_owned())
        }
    }
}

/// The namespaces of a room, held open: its `/tmp` stays while a process is replaced by another.
#[derive(Debug)]
pub(super) struct Held {
    user: File,
    mount: File,
}

impl Held {
    /// Those of a process that runs in a room.
    pub fn of(process: u32) -> io::Result<Self> {
        let open = |kind: &str| File::open(format!("/proc/{process}/ns/{kind}"));
        Ok(Self {
            user: open("user")?,
            mount: open("mnt")?,
        })
    }
}

/// What this machine allows, found out once by trying it.
pub(super) async fn find() -> Option<&'static Isolation> {
    static FOUND: OnceCell<Option<Isolation>> = OnceCell::const_new();
    FOUND.get_or_init(attempt).await.as_ref()
}

async fn attempt() -> Option<Isolation> {
    let isolation = Isolation {
        unshare: program("unshare")?,
        mount: program("mount")?,
        nsenter: program("nsenter"),
        setpriv: program("setpriv"),
        hidden: person_files(),
    };
    match isolation.trial().await {
        Some(true) => Some(isolation),
        _ => {
            tracing::info!(
                "this machine allows no namespaces: functions share /tmp and /opt with it, and their packages are not at /var/task"
            );
            None
        }
    }
}

fn program(name: &str) -> Option<PathBuf> {
    ["/usr/bin", "/bin", "/usr/sbin", "/sbin"]
        .map(|directory| Path::new(directory).join(name))
        .into_iter()
        .find(|path| path.is_file())
}

/// Where AWS's tools keep the person's credentials, as far as it exists.
fn person_files() -> Vec<PathBuf> {
    let home = std::env::var_os("HOME").map(|home| Path::new(&home).join(".aws"));
    let named = [
        "AWS_SHARED_CREDENTIALS_FILE",
        "AWS_CONFIG_FILE",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
    ];
    let named = named
        .into_iter()
        .filter_map(std::env::var_os)
        .map(PathBuf::from);
    home.into_iter()
        .chain(named)
        .filter(|path| path.is_absolute() && path.exists())
        .collect()
}

impl Isolation {
    /// Whether a room can be made here and has all that it should.
    async fn trial(&self) -> Option<bool> {
        let place = tempfile::tempdir_in(super::roomy_directory()).ok()?;
        let runtime = place.path().join("runtime");
        let home = place.path().join("home");
        files::folder(&runtime).ok()?;
        files::folder(&home).ok()?;
        files::write(&runtime.join("here"), b"").ok()?;
        let shell = self
            .shell(&Interpreter::Provided, &runtime, place.path())
            .ok()?;
        let room = Room {
            shell,
            code: runtime.clone(),
            opt: runtime,
            tmp: Tmp::Memory(1),
            home,
        };
        let look = "test -w /tmp && test -f /var/task/here && test -f /var/runtime/here";
        let line = vec!["/bin/sh".into(), "-c".into(), look.into()];
        let line = self.wrap(&room, line).ok()?;
        let (first, rest) = line.split_first()?;
        let mut command = quiet(first);
        command.args(rest);
        let tried = tokio::time::timeout(Duration::from_secs(5), command.status()).await;
        Some(tried.ok()?.ok()?.success())
    }

    /// Prepares the bare room of an interpreter. `runtime_dir` holds our bootstraps, `work_dir` all of the sandbox's.
    pub fn shell(
        &self,
        interpreter: &Interpreter,
        runtime_dir: &Path,
        work_dir: &Path,
    ) -> io::Result<Shell> {
        let program = interpreter.program().map(PathBuf::as_path);
        let within = |place: &str| program.and_then(|program| first_within(program, place));
        let name = program.map_or("provided".to_owned(), |program| {
            let letter = |letter: char| {
                if letter.is_alphanumeric() {
                    letter
                } else {
                    '-'
                }
            };
            program.to_string_lossy().chars().map(letter).collect()
        });
        let base = work_dir.join("rooms").join(name);
        let skeleton = base.join("var");
        let kept = within("/tmp");
        let shell = Shell {
            table: base.join("table"),
            opt: Path::new("/opt").is_dir()
                && !runtime_dir.starts_with("/opt")
                && within("/opt").is_none(),
            tmp: kept
                .as_ref()
                .is_none_or(|kept| Path::new("/tmp").join(kept).is_dir()),
            kept,
            skeleton,
        };
        self.build(&shell, interpreter, runtime_dir, work_dir)?;
        Ok(shell)
    }

    fn build(
        &self,
        shell: &Shell,
        interpreter: &Interpreter,
        runtime_dir: &Path,
        work_dir: &Path,
    ) -> io::Result<()> {
        let Shell { skeleton, .. } = shell;
        let base = skeleton.parent().unwrap_or(skeleton);
        let lang = skeleton.join("lang/bin");
        files::folder(skeleton)?;
        for place in ["task", "runtime", "lang/bin", "lang/lib"] {
            files::new_folder(&skeleton.join(place))?;
        }
        for (name, leads) in interpreter.names() {
            link(&leads, &lang.join(name))?;
        }
        link(Path::new("/run"), &skeleton.join("run"))?;
        let mut table = Table::default();
        for hidden in &self.hidden {
            table.hide(hidden);
        }
        // Extensions listen for telemetry under this name.
        let hosts = base.join("hosts");
        if let Ok(mut known) = std::fs::read(HOSTS) {
            known.extend_from_slice(b"\n127.0.0.1 sandbox.localdomain sandbox\n");
            files::write(&hosts, &known)?;
            table.bind(&hosts, Path::new(HOSTS), "bind,ro");
        }
        // Where they were unpacked, packages are other functions' too.
        let packages = work_dir.join(super::package::PLACE);
        files::folder(&packages)?;
        table.bind(&packages, &packages, "bind,ro");
        table.bind(runtime_dir, &skeleton.join("runtime"), "bind,ro");
        let program = interpreter.program().map(PathBuf::as_path);
        let needed = [program, Some(work_dir)].into_iter().flatten();
        let needed = needed.filter_map(|path| first_within(path, "/var"));
        let mut of_var: Vec<OsString> = needed.chain(KEPT_OF_VAR.map(OsString::from)).collect();
        of_var.sort();
        of_var.dedup();
        for name in of_var {
            let (from, to) = (Path::new("/var").join(&name), skeleton.join(&name));
            if from.is_dir() && !from.is_symlink() {
                files::new_folder(&to)?;
                table.bind(&from, &to, "rbind");
            }
        }
        if let (Some(kept), true) = (&shell.kept, shell.tmp) {
            let to = skeleton.join("kept");
            files::new_folder(&to)?;
            table.bind(&Path::new("/tmp").join(kept), &to, "rbind");
        }
        table.bind(skeleton, Path::new("/var"), "rbind,ro");
        files::write(&shell.table, &table.0)
    }

    /// The command that makes the room and then becomes the given one, in the same process.
    pub fn wrap(&self, room: &Room, command: Vec<OsString>) -> io::Result<Vec<OsString>> {
        let mut table = std::fs::read(&room.shell.table)?;
        table.extend(room.table().0);
        let path = room.home.join("whole");
        files::write(&path, &table)?;
        Ok(self.unshared(&path, self.entered(TASK, command)))
    }

    /// The same with a bare room; the rest may follow by [`Isolation::furnish`].
    pub fn wrap_bare(&self, shell: &Shell, command: Vec<OsString>) -> Vec<OsString> {
        self.unshared(&shell.table, self.entered(RUNTIME, command))
    }

    /// The command that becomes the given one in a room that is there.
    pub fn enter(&self, held: &Held, command: Vec<OsString>) -> Option<Vec<OsString>> {
        let own = std::process::id();
        let from = |kind: &str, file: &File| -> OsString {
            format!("--{kind}=/proc/{own}/fd/{}", file.as_raw_fd()).into()
        };
        let mut line = vec![
            self.nsenter.clone()?.into(),
            from("user", &held.user),
            from("mount", &held.mount),
            "--preserve-credentials".into(),
            "--".into(),
        ];
        line.extend(self.entered(TASK, command));
        Some(line)
    }

    fn unshared(&self, table: &Path, command: Vec<OsString>) -> Vec<OsString> {
        let mut line: Vec<OsString> = vec![self.unshare.clone().into()];
        line.extend(["--user", "--map-root-user", "--mount", "--"].map(OsString::from));
        line.extend(["/bin/sh", "-c", FURNISH, "sh"].map(OsString::from));
        line.extend([self.mount.clone().into(), table.into()]);
        line.extend(command);
        line
    }

    /// A command within the room, without privilege.
    fn entered(&self, place: &str, command: Vec<OsString>) -> Vec<OsString> {
        let mut line = Vec::new();
        if let Some(setpriv) = &self.setpriv {
            line.push(setpriv.clone().into());
            line.extend(["--bounding-set=-all", "--inh-caps=-all", "--"].map(OsString::from));
        }
        line.extend(["/bin/sh", "-c", ENTER, "sh", place].map(OsString::from));
        line.extend(command);
        line
    }

    /// Whether [`Isolation::furnish`] can work here.
    pub fn can_be_entered(&self) -> bool {
        self.nsenter.is_some()
    }

    /// Puts the room's places where they belong for a process that is in a bare one. False when that does not work.
    pub async fn furnish(&self, process: u32, room: &Room) -> bool {
        let Some(nsenter) = &self.nsenter else {
            return false;
        };
        let table = room.home.join("own");
        if files::write(&table, &room.table().0).is_err() {
            return false;
        }
        let mut command = quiet(nsenter.as_os_str());
        command
            .args(["--target", &process.to_string()])
            .args(["--user", "--mount", "--preserve-credentials", "--"])
            .arg(&self.mount)
            .args(["-a", "-T"])
            .arg(table);
        let done = tokio::time::timeout(Duration::from_secs(5), command.status()).await;
        matches!(done, Ok(Ok(status)) if status.success())
    }
}

impl Room {
    /// What is this environment's own, to be mounted over the bare room.
    fn table(&self) -> Table {
        let mut table = Table::default();
        table.bind(&self.code, Path::new(TASK), "bind,ro");
        if self.shell.opt {
            table.bind(&self.opt, Path::new("/opt"), "bind,ro");
        }
        if self.shell.tmp {
            match &self.tmp {
                // Its source is a word of our own: an entry that looks like one of the machine's is skipped as mounted.
                Tmp::Memory(mb) => {
                    let options = format!("size={mb}m,mode=1777");
                    table.line(
                        Path::new("lambda-tmp"),
                        Path::new("/tmp"),
                        "tmpfs",
                        &options,
                    );
                }
                Tmp::Directory(path) => table.bind(path, Path::new("/tmp"), "bind"),
            }
            if let Some(kept) = &self.shell.kept {
                let to = Path::new("/tmp").join(kept);
                table.bind(Path::new("/var/kept"), &to, "rbind,X-mount.mkdir");
            }
        }
        table
    }
}

/// A table of mounts, in the form of fstab(5).
#[derive(Default)]
struct Table(Vec<u8>);

impl Table {
    fn bind(&mut self, from: &Path, to: &Path, options: &str) {
        self.line(from, to, "none", options);
    }

    /// A directory becomes empty, a file `/dev/null`.
    fn hide(&mut self, path: &Path) {
        if path.is_dir() {
            self.line(Path::new("hidden"), path, "tmpfs", "size=4k,mode=700");
        } else {
            self.bind(Path::new("/dev/null"), path, "bind");
        }
    }

    fn line(&mut self, from: &Path, to: &Path, kind: &str, options: &str) {
        for path in [from, to] {
            for byte in path.as_os_str().as_bytes() {
                match byte {
                    b' ' | b'\t' | b'\n' | b'\\' | b'#' => {
                        self.0.extend(format!("\\{byte:03o}").bytes());
                    }
                    _ => self.0.push(*byte),
                }
            }
            self.0.push(b' ');
        }
        self.0.extend(format!("{kind} {options} 0 0\n").bytes());
    }
}

/// The entry of `place` that a path is in or is.
fn first_within(path: &Path, place: &str) -> Option<OsString> {
    let rest = path.strip_prefix(place).ok()?;
    rest.components()
        .next()
        .map(|first| first.as_os_str().to_owned())
}

/// A link, in the place of one that led elsewhere.
fn link(leads: &Path, at: &Path) -> io::Result<()> {
    if std::fs::read_link(at).is_ok_and(|led| led == leads) {
        return Ok(());
    }
    if at.symlink_metadata().is_ok() {
        std::fs::remove_file(at)?;
    }
    std::os::unix::fs::symlink(leads, at)
}

fn quiet(program: &std::ffi::OsStr) -> Command {
    let mut command = Command::new(program);
    command
        .env_clear()
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true);
    command
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    #[test]
    fn a_large_tmp_is_on_disk_and_a_usual_one_in_memory() {
        let directory = Path::new("/var/tmp/env-1");
        assert_eq!(Tmp::of(512, directory), Tmp::Memory(512));
        assert_eq!(
            Tmp::of(10_240, directory),
            Tmp::Directory(directory.to_owned())
        );
    }

    /// Runs a shell command in a room that hides these files.
    async fn in_room(hidden: Vec<PathBuf>, code: &Path, command: &str) -> Option<String> {
        find().await?;
        let isolation = Isolation {
            unshare: program("unshare")?,
            mount: program("mount")?,
            nsenter: None,
            setpriv: program("setpriv"),
            hidden,
        };
        let work = tempfile::tempdir_in("/var/tmp").unwrap();
        let room = Room {
            shell: isolation
                .shell(&Interpreter::Provided, code, work.path())
                .unwrap(),
            code: code.to_owned(),
            opt: code.to_owned(),
            tmp: Tmp::Directory(code.to_owned()),
            home: work.path().to_owned(),
        };
        let command = vec!["/bin/sh".into(), "-c".into(), command.into()];
        let line = isolation.wrap(&room, command).unwrap();
        let output = Command::new(&line[0])
            .args(&line[1..])
            .output()
            .await
            .unwrap();
        Some(
            String::from_utf8_lossy(&output.stdout).into_owned()
                + &String::from_utf8_lossy(&output.stderr),
        )
    }

    #[tokio::test]
    async fn an_interpreter_in_tmp_stays_there_and_nothing_else_does() {
        let Some(isolation) = find().await else {
            return;
        };
        let place = tempfile::tempdir_in("/tmp").unwrap();
        let program = place.path().join("bin/python3");
        std::fs::create_dir(place.path().join("bin")).unwrap();
        std::fs::copy("/bin/sh", &program).unwrap();
        let interpreter = Interpreter::Python {
            program: program.clone(),
            version: "3.13.1".into(),
        };
        let work = tempfile::tempdir_in("/tmp").unwrap();
        let home = work.path().join("home");
        std::fs::create_dir(&home).unwrap();
        let shell = isolation
            .shell(&interpreter, work.path(), work.path())
            .unwrap();
        assert!(shell.tmp);
        let room = Room {
            shell,
            code: work.path().to_owned(),
            opt: work.path().to_owned(),
            tmp: Tmp::Memory(4),
            home,
        };
        let look = "echo $(ls -A /tmp); touch /tmp/mark; /var/lang/bin/python3.13 -c 'echo runs'";
        let command = vec![program.into(), "-c".into(), look.into()];
        let line = isolation.wrap(&room, command).unwrap();
        let mut command = Command::new(&line[0]);
        let output = command.args(&line[1..]).output().await.unwrap();
        let seen = String::from_utf8_lossy(&output.stdout).into_owned();
        let own = place.path().file_name().unwrap().to_string_lossy();
        assert_eq!(seen, format!("{own}\nruns\n"), "{output:?}");
        assert!(!Path::new("/tmp/mark").exists());
    }

    #[test]
    fn a_path_with_blanks_is_one_in_a_table() {
        let mut table = Table::default();
        table.bind(Path::new("/a b/#c"), Path::new("/d\\e"), "bind,ro");
        let written = String::from_utf8(table.0).unwrap();
        assert_eq!(written, "/a\\040b/\\043c /d\\134e none bind,ro 0 0\n");
    }

    #[tokio::test]
    async fn the_persons_aws_files_are_not_there_in_a_room() {
        let home = tempfile::tempdir_in("/var/tmp").unwrap();
        let (aws, token, code) = (
            home.path().join(".aws"),
            home.path().join("token"),
            home.path().join("code"),
        );
        std::fs::create_dir(&aws).unwrap();
        std::fs::create_dir(&code).unwrap();
        std::fs::write(aws.join("credentials"), "aws_secret_access_key = secret").unwrap();
        std::fs::write(&token, "secret").unwrap();
        std::fs::write(code.join("app.py"), "").unwrap();
        let look = format!(
            "cat {}/credentials {}; ls /opt; echo end",
            aws.display(),
            token.display()
        );
        let Some(seen) = in_room(vec![aws, token], &code, &look).await else {
            // Nothing is hidden where the machine makes no rooms; README says so.
            assert!(find().await.is_none());
            return;
        };
        assert!(
            !seen.contains("secret\n") && !seen.contains("= secret"),
            "{seen}"
        );
        assert!(
            seen.contains("No such file") && seen.contains("app.py") && seen.contains("end"),
            "{seen}"
        );
    }
}
