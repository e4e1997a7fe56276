//! The command line.

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::instance::{Visit, Word};
use crate::link::{Link, Place};
use crate::route::Route;
use crate::ui::theme::Appearance;

/// A desktop console for AWS Lambda, with a sandbox that runs functions on this machine.
#[derive(Debug, Parser)]
#[command(name = "sekisho", version = env!("SEKISHO_BUILD"), args_conflicts_with_subcommands = true)]
pub struct Arguments {
    /// A link as the window copies it, sekisho://…, or a screen as for --open. A link to another connection asks first.
    #[arg(value_name = "LINK", conflicts_with = "open")]
    pub link: Option<Link>,

    /// Profile of ~/.aws/config to connect with.
    #[arg(long, value_name = "PROFILE")]
    pub profile: Option<String>,

    /// Region to show, as eu-west-1.
    #[arg(long, value_name = "REGION")]
    pub region: Option<String>,

    /// Endpoint to call instead of AWS's own, as http://127.0.0.1:4566.
    #[arg(long, value_name = "URL", value_parser = endpoint_url)]
    pub endpoint_url: Option<String>,

    /// Refuse every change until the connection is unlocked in the window.
    #[arg(long)]
    pub read_only: bool,

    /// Start a sandbox in this process and connect to it: no account is needed.
    #[arg(long, conflicts_with_all = ["profile", "endpoint_url"])]
    pub sandbox: bool,

    /// With --sandbox: keep its state in this folder instead of the user's data folder.
    #[arg(long, value_name = "DIR", requires = "sandbox")]
    pub state: Option<PathBuf>,

    /// With --sandbox: forget first what it has kept, and start anew with the samples.
    #[arg(long, requires = "sandbox")]
    pub fresh: bool,

    /// With --sandbox: the account that everything in it belongs to, as 123456789012.
    #[arg(long, value_name = "ID", requires = "sandbox", value_parser = account)]
    pub account: Option<String>,

    /// Screen to open: functions, functions/NAME, functions/NAME/PART, activity; or a link.
    #[arg(long, value_name = "ROUTE")]
    pub open: Option<Link>,

    /// Open a window of its own, even where one is open that could show it.
    #[arg(long)]
    pub new_window: bool,

    /// Write a picture of the screen to a PNG file once it has loaded, and leave.
    #[arg(long, value_name = "FILE.png")]
    pub screenshot: Option<PathBuf>,

    /// Size of the window in points.
    #[arg(long, value_name = "WxH")]
    pub size: Option<Size>,

    /// With --screenshot: the screen to wait for, where it is not the one of --open.
    #[arg(long, value_name = "ROUTE", requires = "screenshot")]
    pub wait_for: Option<Route>,

    /// Light or dark, instead of what was chosen before.
    #[arg(long, value_name = "THEME")]
    pub theme: Option<ThemeArgument>,

    /// What to do instead of opening the window.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What to do instead of opening the window.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the sandbox alone: an AWS-compatible endpoint on this machine that really runs functions.
    Sandbox(SandboxArguments),
    /// Save the state of a sandbox to one file, which `sekisho sandbox --load` starts with.
    Save(SaveArguments),

    /// Write man pages or the shells' completions into a folder, for packages.
    #[command(hide = true)]
    Generate {
        /// What to write.
        what: Generated,
        /// Where to.
        folder: PathBuf,
    },
}

/// What packages ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Generated {
    /// Pages for man(1).
    Man,
    /// For bash, zsh and fish.
    Completions,
}

/// What is saved.
#[derive(Debug, Args)]
pub struct SaveArguments {
    /// File to write.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,

    /// Folder of a state that no sandbox is using; that of the window's own sandbox when not given.
    #[arg(long, value_name = "DIR")]
    pub state: Option<PathBuf>,

    /// Endpoint of a sandbox that runs, as http://127.0.0.1:4566.
    #[arg(long, value_name = "URL", value_parser = endpoint_url, conflicts_with = "state")]
    pub endpoint: Option<String>,
}

/// How the sandbox runs.
#[derive(Debug, Args)]
pub struct SandboxArguments {
    /// Port on 127.0.0.1; 0 takes any that is free.
    #[arg(long, default_value_t = 4566)]
    pub port: u16,

    /// Account that everything in the sandbox belongs to, as 123456789012.
    #[arg(long, value_name = "ID", value_parser = account)]
    pub account: Option<String>,

    /// Listen on this address of the machine too, as 192.168.1.5 or 0.0.0.0; only requests signed with the sandbox's keys get in
    /// over it.
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Option<std::net::IpAddr>,

    /// Name that requests may call it by, as sekisho.lan or *.sekisho.lan; can be given several times.
    #[arg(long, value_name = "NAME")]
    pub host: Vec<String>,

    /// Where integrations through a VPC link lead, by the link's name or id, as internal=127.0.0.1:8080; can be given several times.
    #[arg(long, value_name = "LINK=HOST:PORT", value_parser = vpc_link)]
    pub vpc_link: Vec<(String, String)>,

    /// Start without the sample functions.
    #[arg(long)]
    pub empty: bool,

    /// Do not call the sample functions now and then.
    #[arg(long)]
    pub quiet: bool,

    /// Keep the state in this folder; without it, everything is forgotten when the sandbox ends.
    #[arg(long, value_name = "DIR")]
    pub state: Option<PathBuf>,

    /// Forget first what is kept in --state.
    #[arg(long, requires = "state")]
    pub fresh: bool,

    /// Start with the state in a file that was saved.
    #[arg(long, value_name = "FILE")]
    pub load: Option<PathBuf>,
}

impl Arguments {
    /// The place to show, whether in this window or in the one that runs. What a link says of a connection is a stranger's
    /// word; what other arguments say is the person's.
    ///
    /// # Errors
    /// A link and another argument name two connections.
    pub fn visit(&self) -> Result<Visit, String> {
        let link = self.open.clone().or_else(|| self.link.clone());
        let mut link = link.unwrap_or_default();
        let named = self.place();
        let same = link.place.is_none() || named.is_none() || link.place == named;
        if !same {
            return Err("the link and the other arguments name two connections".into());
        }
        let word = if named.is_some() || link.place.is_none() {
            Word::Person
        } else {
            Word::Outside
        };
        link.place = named.or(link.place);
        if let Some(region) = &self.region {
            link.region = Some(region.clone());
        }
        Ok(Visit { link, word })
    }

    fn place(&self) -> Option<Place> {
        if self.sandbox {
            return Some(Place::Sandbox);
        }
        let profile = self.profile.clone();
        match (&self.endpoint_url, profile) {
            (Some(url), profile) => Some(Place::Endpoint {
                url: url.clone(),
                profile,
            }),
            (None, Some(profile)) => Some(Place::Profile(profile)),
            (None, None) => None,
        }
    }

    /// A sandbox of this window is wanted: it was said, or the person's own link leads to one. A link from elsewhere starts
    /// none, since it would run functions.
    pub fn wants_sandbox(&self) -> bool {
        let linked = self.open.as_ref().and_then(|link| link.place.as_ref());
        self.sandbox || linked == Some(&Place::Sandbox)
    }

    /// It can be shown in a window that runs: nothing is said that holds for a window as a whole.
    pub fn may_be_handed_over(&self) -> bool {
        !self.new_window
            && !self.read_only
            && self.screenshot.is_none()
            && self.size.is_none()
            && self.theme.is_none()
            && self.state.is_none()
            && !self.fresh
            && self.account.is_none()
    }
}

/// A size in points.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Size {
    /// In points.
    pub width: f32,
    /// In points.
    pub height: f32,
}

impl Default for Size {
    fn default() -> Self {
        Self {
            width: 1440.0,
            height: 900.0,
        }
    }
}

impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong =
            || format!("'{text}' is not a size such as 1440x900, from 320x240 to 7680x4320");
        let (width, height) = text.split_once(['x', 'X']).ok_or_else(wrong)?;
        let number = |text: &str| text.parse::<u16>().map_err(|_| wrong());
        let (width, height) = (number(width)?, number(height)?);
        if !(320..=7680).contains(&width) || !(240..=4320).contains(&height) {
            return Err(wrong());
        }
        Ok(Self {
            width: f32::from(width),
            height: f32::from(height),
        })
    }
}

/// Light or dark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ThemeArgument {
    /// As the system is.
    System,
    /// Always light.
    Light,
    /// Always dark.
    Dark,
}

impl ThemeArgument {
    /// As the window knows it.
    pub fn appearance(self) -> Appearance {
        match self {
            Self::System => Appearance::System,
            Self::Light => Appearance::Light,
            Self::Dark => Appearance::Dark,
        }
    }
}

fn account(text: &str) -> Result<String, String> {
    if text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit()) {
        return Ok(text.to_owned());
    }
    Err("an account id has twelve digits".into())
}

/// A VPC link and the address that it leads to.
fn vpc_link(text: &str) -> Result<(String, String), String> {
    let wrong = || "a VPC link leads to an address, as internal=127.0.0.1:8080".to_owned();
    let (link, address) = text.split_once('=').ok_or_else(wrong)?;
    let (host, port) = address.rsplit_once(':').ok_or_else(wrong)?;
    let is_address = !host.is_empty() && port.parse::<u16>().is_ok_and(|port| port > 0);
    match is_address && !link.is_empty() {
        true => Ok((link.to_owned(), address.to_owned())),
        false => Err(wrong()),
    }
}

fn endpoint_url(text: &str) -> Result<String, String> {
    let rest = text
        .strip_prefix("http://")
        .or_else(|| text.strip_prefix("https://"))
        .ok_or("an endpoint begins with http:// or https://")?;
    let host = rest.split('/').next().unwrap_or_default();
    if host.is_empty() || text.contains(char::is_whitespace) {
        return Err("an endpoint has a host, as http://127.0.0.1:4566".into());
    }
    Ok(text.trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn a_screen_a_size_and_an_endpoint_are_read() {
        let line =
            "sekisho --endpoint-url http://127.0.0.1:4566/ --open functions/f/test --size 1024x700";
        let arguments = Arguments::try_parse_from(line.split(' ')).unwrap();
        assert_eq!(
            arguments.endpoint_url.as_deref(),
            Some("http://127.0.0.1:4566")
        );
        let route = arguments.open.unwrap().route.unwrap();
        assert_eq!(route.to_string(), "functions/f/test");
        assert_eq!(
            arguments.size.unwrap(),
            Size {
                width: 1024.0,
                height: 700.0
            }
        );
    }

    #[test]
    fn a_vpc_link_leads_to_a_host_and_a_port() {
        let read = |text: &str| vpc_link(text).ok();
        let to = |link: &str, at: &str| Some((link.to_owned(), at.to_owned()));
        assert_eq!(
            read("internal=127.0.0.1:8080"),
            to("internal", "127.0.0.1:8080")
        );
        assert_eq!(read("a1b2c3=nlb.local:80"), to("a1b2c3", "nlb.local:80"));
        for wrong in [
            "internal",
            "internal=",
            "=127.0.0.1:80",
            "internal=127.0.0.1",
            "internal=:80",
            "internal=h:0",
            "internal=h:x",
        ] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    fn read(line: &[&str]) -> Arguments {
        Arguments::try_parse_from([&["sekisho"], line].concat()).unwrap()
    }

    #[test]
    fn a_link_is_a_stranger_s_word_for_a_connection_and_an_argument_the_person_s() {
        let link = "sekisho://functions/f/logs?profile=acme-dev&region=eu-west-1";
        for line in [&[link][..], &["--open", link]] {
            let visit = read(line).visit().unwrap();
            assert_eq!(visit.word, Word::Outside);
            assert_eq!(visit.link.to_string(), link);
        }
        let visit = read(&["--profile", "acme-dev", "--open", "functions/f"])
            .visit()
            .unwrap();
        assert_eq!(visit.word, Word::Person);
        let said = "sekisho://functions/f?profile=acme-dev";
        assert_eq!(visit.link.to_string(), said);
        let two = read(&["--profile", "acme-prod", link]).visit();
        assert!(two.unwrap_err().contains("two connections"));
        let visit = read(&["functions/f"]).visit().unwrap();
        assert_eq!(visit.word, Word::Person);
        // As the desktop starts it, with a link and without one, and with one that would be more than a link.
        assert_eq!(read(&["--", link]).visit().unwrap().word, Word::Outside);
        assert_eq!(read(&["--"]).visit().unwrap().link, Link::default());
        let more = [
            "sekisho",
            "--",
            "sekisho://functions",
            "--endpoint-url=http://127.0.0.1:1",
        ];
        assert!(Arguments::try_parse_from(more).is_err());
    }

    #[test]
    fn a_link_from_elsewhere_starts_no_sandbox_and_what_a_window_is_opened_with_is_not_handed_over()
    {
        let link = "sekisho://functions?sandbox";
        assert!(!read(&[link]).wants_sandbox());
        assert!(read(&["--open", link]).wants_sandbox());
        assert!(read(&["--sandbox"]).wants_sandbox());
        assert!(read(&[link]).may_be_handed_over());
        for own in [
            &["--new-window"][..],
            &["--read-only"],
            &["--size", "1024x700"],
            &["--theme", "dark"],
            &["--screenshot", "a.png"],
            &["--sandbox", "--fresh"],
            &["--sandbox", "--state", "/tmp/a"],
            &["--sandbox", "--account", "123456789012"],
        ] {
            assert!(!read(own).may_be_handed_over(), "{own:?}");
        }
    }

    #[test]
    fn the_sandboxs_account_is_given_in_the_window_and_without_one() {
        let line = "sekisho --sandbox --account 123456789012";
        let window = Arguments::try_parse_from(line.split(' ')).unwrap();
        assert_eq!(window.account.as_deref(), Some("123456789012"));
        let line = "sekisho sandbox --account 000000000001";
        let alone = Arguments::try_parse_from(line.split(' ')).unwrap();
        let Some(Command::Sandbox(alone)) = alone.command else {
            panic!("another command");
        };
        assert_eq!(alone.account.as_deref(), Some("000000000001"));
    }

    #[test]
    fn what_is_wrong_is_refused_with_exit_code_2() {
        let lines = [
            "sekisho --size 10x10",
            "sekisho --size big",
            "sekisho --open nowhere",
            "sekisho --endpoint-url ftp://x",
            "sekisho --sandbox --profile p",
            "sekisho --wait-for functions",
            "sekisho sandbox --port 70000",
            "sekisho sandbx",
            "sekisho sekisho://functions?unlock",
            "sekisho functions --open functions",
            "sekisho sandbox --fresh",
            "sekisho --state /tmp/x",
            "sekisho save",
            "sekisho save f.zip --state d --endpoint http://127.0.0.1:1",
            "sekisho sandbox --account 12345678901",
            "sekisho --sandbox --account 12345678901x",
            "sekisho --account 123456789012",
            "sekisho --nonsense",
        ];
        for line in lines {
            let error = Arguments::try_parse_from(line.split(' ')).unwrap_err();
            assert_eq!(error.exit_code(), 2, "{line}");
        }
    }
}
