//! A room of its own for each environment, where the machine lets an ordinary user make one: a user and a mount namespace.
//!
//! In it `/tmp` is the function's own and as large as `EphemeralStorage` says, `/opt` holds its layers, its package is
//! read-only, the person's AWS files are not there, and the sandbox's own variables can't be read through `/proc`. It takes
//! `unshare` and `mount` of util-linux and nothing of the kernel that needs a privilege. Where that does not work (in many
//! containers, for one), functions run without it, with `TMPDIR` and `HOME` in a directory of their own.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;
use tokio::sync::OnceCell;

/// A larger `/tmp` is a directory on disk: a file system in memory of that size could starve the machine.
const MOST_IN_MEMORY_MB: u32 = 1024;

/// The loader's variables wait under another name until the function's program starts: its libraries are not for `mount`.
pub(super) const HELD_BACK: [(&str, &str); 2] = [
    ("LD_LIBRARY_PATH", "SEKISHO_LD_LIBRARY_PATH"),
    ("LD_PRELOAD", "SEKISHO_LD_PRELOAD"),
];

/// Arguments: `mount`, the package or nothing, the layers or nothing, `/tmp` (a size, a directory or nothing), what to hide,
/// `--`, the command or nothing.
const SCRIPT: &str = r#"
mount=$1 code=$2 opt=$3 tmp=$4
shift 4
while [ "$1" != -- ]; do
  if [ -d "$1" ]; then "$mount" -t tmpfs -o size=4k,mode=700 tmpfs "$1"; else "$mount" --bind /dev/null "$1"; fi || exit 1
  shift
done
shift
if [ -n "$code" ]; then "$mount" --bind -o ro "$code" "$code" && cd "$code" || exit 1; fi
[ -z "$opt" ] || "$mount" --bind -o ro "$opt" /opt || exit 1
case $tmp in
  size=*) "$mount" -t tmpfs -o "$tmp,mode=1777" tmpfs /tmp ;;
  ?*) "$mount" --bind "$tmp" /tmp ;;
esac || exit 1
if [ -n "${SEKISHO_LD_LIBRARY_PATH+x}" ]; then
  export LD_LIBRARY_PATH="$SEKISHO_LD_LIBRARY_PATH"; unset SEKISHO_LD_LIBRARY_PATH
fi
if [ -n "${SEKISHO_LD_PRELOAD+x}" ]; then export LD_PRELOAD="$SEKISHO_LD_PRELOAD"; unset SEKISHO_LD_PRELOAD; fi
unset OLDPWD
[ $# = 0 ] || exec "$@"
"#;

/// The programs that make such a room, and what no function may see.
#[derive(Debug, PartialEq)]
pub(super) struct Isolation {
    unshare: PathBuf,
    mount: PathBuf,
    /// Where it is there, a room can be furnished after a process has moved in.
    nsenter: Option<PathBuf>,
    hidden: Vec<PathBuf>,
}

/// What an environment's room is made of.
#[derive(Debug, Clone)]
pub(super) struct Room {
    /// The package, to be read-only.
    pub code: PathBuf,
    /// What `/opt` shows, if anything.
    pub opt: Option<PathBuf>,
    /// Whether `/tmp` is replaced, and by what.
    pub tmp: Option<Tmp>,
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

    fn argument(&self) -> OsString {
        match self {
            Self::Memory(mb) => format!("size={mb}m").into(),
            Self::Directory(path) => path.into(),
        }
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
        hidden: person_files(),
    };
    let room = Room {
        code: PathBuf::from("/var/tmp"),
        opt: None,
        tmp: Some(Tmp::Memory(1)),
    };
    let line = isolation.wrap(
        Some(&room),
        vec!["/bin/sh".into(), "-c".into(), "test -w /tmp".into()],
    );
    let (first, rest) = line.split_first()?;
    let mut command = Command::new(first);
    command
        .args(rest)
        .env_clear()
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true);
    let tried = tokio::time::timeout(Duration::from_secs(5), command.status()).await;
    if matches!(tried, Ok(Ok(status)) if status.success()) {
        return Some(isolation);
    }
    tracing::info!("this machine allows no namespaces: functions share /tmp and /opt with it");
    None
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
    /// The command that makes the room and then becomes the given one, in the same process.
    /// Without a room it only hides what nobody may see, and the rest may follow by [`Isolation::furnish`].
    pub fn wrap(&self, room: Option<&Room>, command: Vec<OsString>) -> Vec<OsString> {
        let unshare = [
            "--user",
            "--map-root-user",
            "--mount",
            "--",
            "/bin/sh",
            "-c",
            SCRIPT,
            "sh",
        ];
        let mut line: Vec<OsString> = vec![self.unshare.clone().into()];
        line.extend(unshare.map(OsString::from));
        line.extend(self.furniture(room));
        line.extend(self.hidden.iter().map(OsString::from));
        line.push("--".into());
        line.extend(command);
        line
    }

    fn furniture(&self, room: Option<&Room>) -> [OsString; 4] {
        let code = room.map(|room| room.code.clone());
        let opt = room.and_then(|room| room.opt.clone());
        let tmp = room.and_then(|room| room.tmp.as_ref());
        [
            self.mount.clone().into(),
            code.unwrap_or_default().into(),
            opt.unwrap_or_default().into(),
            tmp.map(Tmp::argument).unwrap_or_default(),
        ]
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
        let mut command = Command::new(nsenter);
        command
            .args(["--target", &process.to_string()])
            .args(["--user", "--mount", "--preserve-credentials", "--"])
            .args(["/bin/sh", "-c", SCRIPT, "sh"])
            .args(self.furniture(Some(room)))
            .arg("--")
            .env_clear()
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true);
        let done = tokio::time::timeout(Duration::from_secs(5), command.status()).await;
        matches!(done, Ok(Ok(status)) if status.success())
    }
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
            hidden,
        };
        let room = Room {
            code: code.to_owned(),
            opt: Some(code.to_owned()),
            tmp: Some(Tmp::Directory(code.to_owned())),
        };
        let line = isolation.wrap(
            Some(&room),
            vec!["/bin/sh".into(), "-c".into(), command.into()],
        );
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
