//! The man pages and the shells' completions, from the command line itself: for packages, which ask for them when they are
//! made.

use std::path::Path;

use clap::CommandFactory;
use clap_complete::{Shell, generate_to};

use crate::arguments::{Arguments, Generated};

/// Writes them into `folder`, which is made where it is missing.
///
/// # Errors
/// The folder or a file in it can't be written.
pub fn write(what: Generated, folder: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let mut command = Arguments::command();
    match what {
        // What only packages need is hidden, and gets no page.
        Generated::Man => clap_mangen::generate_to(command, folder)?,
        Generated::Completions => {
            for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
                generate_to(shell, &mut command, "sekisho", folder)?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn every_argument_is_in_the_man_page_and_offered_by_every_shell() {
        let folder = tempfile::tempdir().unwrap();
        write(Generated::Man, folder.path()).unwrap();
        write(Generated::Completions, folder.path()).unwrap();
        let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
        let page = read("sekisho.1").replace("\\-", "-");
        let shells = ["sekisho.bash", "_sekisho", "sekisho.fish"].map(read);
        for argument in Arguments::command().get_arguments() {
            let Some(long) = argument.get_long() else {
                continue;
            };
            assert!(page.contains(&format!("--{long}")), "{long}");
            for shell in &shells {
                assert!(shell.contains(long), "{long}");
            }
        }
        assert!(read("sekisho-sandbox.1").contains("port"));
        assert!(!folder.path().join("sekisho-generate.1").exists());
    }
}
