//! The processes of external extensions: found in the layers, started beside the runtime, read, and ended with it.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use crate::runtime::exit::Failure;
use crate::runtime::output::Output;
use crate::runtime::warden::Kept;

/// The extensions of one environment that run.
pub(in crate::runtime) struct Family {
    pub members: Vec<(String, Kept)>,
    /// What all of them print.
    pub output: Output,
}

/// The extensions in a set of layers, in the order of their names. What is not executable is none that could be started, and
/// is told of: `false`.
pub(in crate::runtime) fn found(layers: &Path) -> Vec<(String, bool)> {
    let entries = std::fs::read_dir(layers.join("extensions"));
    let mut all: Vec<(String, bool)> = entries
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let facts = std::fs::metadata(entry.path()).ok()?;
            let name = entry.file_name().into_string().ok()?;
            let runs = facts.permissions().mode() & 0o100 != 0;
            facts.is_file().then_some((name, runs))
        })
        .collect();
    all.sort();
    all
}

impl Family {
    /// Why the environment can't go on, when one has ended by now.
    pub async fn crashed(&mut self) -> Option<Failure> {
        for (_, kept) in &mut self.members {
            if !kept.runs() {
                let code = kept.exited().await.code().unwrap_or(1);
                return Some(Failure::extension("Extension.Crash", code));
            }
        }
        None
    }

    /// Waits until all have ended by themselves.
    pub async fn all_ended(&mut self) {
        for (_, kept) in &mut self.members {
            kept.exited().await;
        }
    }

    /// Ends all of them, and gives what waits until nothing is left.
    pub fn gone(&self) -> impl Future<Output = ()> + Send + use<> {
        let kept = self.members.iter().map(|(_, kept)| kept);
        let gone: Vec<_> = kept.map(Kept::gone).collect();
        async move {
            for one in gone {
                one.await;
            }
        }
    }
}
