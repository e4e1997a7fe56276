//! The same as an AWS CLI command: what a person can paste into a shell, review, or keep in a script.
//!
//! Values of variables stand in it only where they were asked for. Quoted for POSIX shells.
//! Source: <https://docs.aws.amazon.com/cli/latest/reference/lambda/>.

use std::collections::BTreeMap;

use super::draft::{Configuration, ConfigurationUpdate};
use super::function::{Architecture, Environment};
use super::invoke::{InvocationType, InvokeRequest};
use super::secret::Secret;

/// A command as it grows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cli {
    words: Vec<Vec<Word>>,
    /// What is given to its standard input.
    fed: Option<String>,
}

/// A word of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Word {
    /// It is quoted where it needs it.
    Plain(String),
    /// It is for the shell as it stands.
    Raw(String),
}

impl Word {
    fn quoted(&self) -> String {
        match self {
            Self::Plain(word) => quote(word),
            Self::Raw(word) => word.clone(),
        }
    }
}

/// What the connection adds to every command.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CliContext {
    /// `--profile`.
    pub profile: Option<String>,
    /// `--region`.
    pub region: Option<String>,
    /// `--endpoint-url`, for the sandbox and others.
    pub endpoint_url: Option<String>,
}

impl Cli {
    /// `aws SERVICE OPERATION`.
    pub fn new(service: &str, operation: &str) -> Self {
        Self {
            words: vec![
                ["aws", service, operation]
                    .map(|word| Word::Plain(word.to_owned()))
                    .into(),
            ],
            fed: None,
        }
    }

    /// `--name value`.
    #[must_use]
    pub fn option(mut self, name: &str, value: impl Into<String>) -> Self {
        let name = Word::Plain(format!("--{name}"));
        self.words.push(vec![name, Word::Plain(value.into())]);
        self
    }

    /// `--name value`, with the value as the shell reads it.
    #[must_use]
    fn raw(mut self, name: &str, value: String) -> Self {
        let name = Word::Plain(format!("--{name}"));
        self.words.push(vec![name, Word::Raw(value)]);
        self
    }

    /// Gives it this on its standard input.
    #[must_use]
    fn fed(mut self, with: Option<&str>) -> Self {
        self.fed = with.map(str::to_owned);
        self
    }

    /// `--name value`, where there is a value.
    #[must_use]
    pub fn maybe(self, name: &str, value: Option<impl Into<String>>) -> Self {
        match value {
            Some(value) => self.option(name, value),
            None => self,
        }
    }

    /// `--name`, where it holds.
    #[must_use]
    pub fn flag(mut self, name: &str, holds: bool) -> Self {
        if holds {
            self.words.push(vec![Word::Plain(format!("--{name}"))]);
        }
        self
    }

    /// A word without a name.
    #[must_use]
    pub fn word(mut self, value: impl Into<String>) -> Self {
        self.words.push(vec![Word::Plain(value.into())]);
        self
    }

    /// Adds what the connection needs.
    #[must_use]
    pub fn with(self, context: &CliContext) -> Self {
        self.maybe("profile", context.profile.clone())
            .maybe("region", context.region.clone())
            .maybe("endpoint-url", context.endpoint_url.clone())
    }

    /// On one line.
    pub fn one_line(&self) -> String {
        self.joined(" ")
    }

    /// An option a line, ended by backslashes.
    pub fn lines(&self) -> String {
        self.joined(" \\\n  ")
    }

    fn joined(&self, separator: &str) -> String {
        let group = |words: &Vec<Word>| {
            let words: Vec<String> = words.iter().map(Word::quoted).collect();
            words.join(" ")
        };
        let groups: Vec<String> = self.words.iter().map(group).collect();
        let command = groups.join(separator);
        match &self.fed {
            Some(input) => format!("printf %s {} | {command}", quote(input)),
            None => command,
        }
    }
}

/// Quotes a word for a POSIX shell, where it needs it.
pub fn quote(word: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_@%+=:,./-".contains(&byte);
    if !word.is_empty() && word.bytes().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// `aws lambda update-function-configuration`, with the changed options alone. Variables are replaced all at once: with
/// `reveal` they stand in the command; else it is a small script that asks for those that change and takes the others from what
/// is there, so that it runs as it stands and holds no value.
pub fn update_configuration(
    update: &ConfigurationUpdate,
    base: &Configuration,
    context: &CliContext,
    reveal: bool,
) -> String {
    let number = |value: Option<u32>| value.map(|value| value.to_string());
    let cli = Cli::new("lambda", "update-function-configuration")
        .option("function-name", &update.function_name)
        .maybe("description", update.description.clone())
        .maybe("memory-size", number(update.memory_mb))
        .maybe("timeout", number(update.timeout_s))
        .maybe(
            "ephemeral-storage",
            update.ephemeral_mb.map(|size| format!("Size={size}")),
        )
        .maybe("handler", update.handler.clone())
        .maybe("runtime", update.runtime.clone())
        .maybe("role", update.role.clone());
    let finish = |cli: Cli| {
        cli.maybe("revision-id", update.revision_id.clone())
            .with(context)
            .lines()
    };
    let Some(rows) = &update.environment else {
        return finish(cli);
    };
    if reveal {
        let variables = rows
            .iter()
            .map(|(name, value)| (name.clone(), serde_json::Value::from(value.reveal())))
            .collect::<serde_json::Map<_, _>>();
        let json = serde_json::json!({ "Variables": variables }).to_string();
        return finish(cli.option("environment", json));
    }
    let (script, variables) = asking(update, rows, base, context);
    format!("{script}{}", finish(cli.raw("environment", variables)))
}

/// The lines that ask for values, and the words of `--environment` that use them.
fn asking(
    update: &ConfigurationUpdate,
    rows: &Environment,
    base: &Configuration,
    context: &CliContext,
) -> (String, String) {
    let changed = |row: &&(String, Secret)| !base.environment.contains(row);
    let (asked, kept): (Vec<_>, Vec<_>) = rows.iter().partition(changed);
    let mut script = String::new();
    let several = |(_, value): &&(String, Secret)| value.reveal().contains('\n');
    if asked.iter().any(|row| !several(row)) {
        script.push_str(ASK_LINE);
    }
    if asked.iter().any(several) {
        script.push_str(ASK_LINES);
    }
    let mut new = Vec::new();
    for (at, (name, value)) in asked.into_iter().enumerate() {
        let of = if value.reveal().contains('\n') {
            "lines"
        } else {
            "line"
        };
        // What a line ends with, a substitution leaves out.
        let end = match value.reveal().ends_with('\n') {
            true => r"'\n'",
            false => "",
        };
        script.push_str(&format!("v{at}=$(ask_{of} {name}){end}\n"));
        new.push(format!(r#"\"{name}\":\"$v{at}\""#));
    }
    if kept.is_empty() {
        return (
            script,
            format!(r#""{{\"Variables\":{{{}}}}}""#, new.join(",")),
        );
    }
    let names: Vec<String> = kept
        .iter()
        .map(|(name, _)| format!("{name}: {name}"))
        .collect();
    let query = format!("Environment.Variables.{{{}}}", names.join(", "));
    let read = Cli::new("lambda", "get-function-configuration")
        .option("function-name", &update.function_name)
        .option("query", query)
        .option("output", "json")
        .with(context)
        .one_line();
    script.push_str(&format!("kept=$({read})\n"));
    if new.is_empty() {
        return (script, r#""{\"Variables\":$kept}""#.to_owned());
    }
    // The object that was read, without its opening brace, behind what is new.
    let all = format!(r#""{{\"Variables\":{{{},${{kept#?}}}}""#, new.join(","));
    (script, all)
}

/// A function that asks for a line on the terminal and gives it as JSON has it.
const ASK_LINE: &str = r#"ask_line() {
  printf '%s: ' "$1" >&2; stty -echo 2>/dev/null
  IFS= read -r value; stty echo 2>/dev/null; echo >&2
  printf '%s' "$value" | sed 's/[\\"]/\\&/g'
}
"#;

/// The same of several lines, which end with Ctrl+D.
const ASK_LINES: &str = r#"ask_lines() {
  printf '%s (several lines, end with Ctrl+D):\n' "$1" >&2
  sed 's/[\\"]/\\&/g' | awk 'NR > 1 { printf "\\n" } { printf "%s", $0 }'
}
"#;

/// Where a package comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeSource<'a> {
    /// A ZIP on this machine.
    ZipFile(&'a str),
    /// A ZIP in S3: bucket, key, version.
    S3(&'a str, &'a str, Option<&'a str>),
    /// A container image.
    Image(&'a str),
}

/// `aws lambda update-function-code`.
pub fn update_function_code(
    function: &str,
    source: CodeSource<'_>,
    architecture: Option<Architecture>,
    publish: bool,
    revision_id: Option<&str>,
) -> Cli {
    let cli = Cli::new("lambda", "update-function-code").option("function-name", function);
    let cli = match source {
        CodeSource::ZipFile(path) => cli.option("zip-file", format!("fileb://{path}")),
        CodeSource::S3(bucket, key, version) => cli
            .option("s3-bucket", bucket)
            .option("s3-key", key)
            .maybe("s3-object-version", version),
        CodeSource::Image(uri) => cli.option("image-uri", uri),
    };
    cli.maybe("architectures", architecture.map(Architecture::as_str))
        .maybe("revision-id", revision_id)
        .flag("publish", publish)
}

/// `aws lambda invoke`. The event goes in over standard input, which versions 1 and 2 of the AWS CLI read alike, and the result
/// goes to standard output.
pub fn invoke(request: &InvokeRequest) -> Cli {
    let kind =
        Some(request.invocation_type).filter(|kind| *kind != InvocationType::RequestResponse);
    let tail = request.log_tail && kind.is_none();
    let payload = Some(request.payload.as_str()).filter(|payload| !payload.is_empty());
    Cli::new("lambda", "invoke")
        .fed(payload)
        .option("function-name", &request.function)
        .maybe("qualifier", request.qualifier.clone())
        .maybe("invocation-type", kind.map(InvocationType::as_str))
        .maybe("log-type", tail.then_some("Tail"))
        .maybe("payload", payload.map(|_| "fileb:///dev/stdin"))
        .word("/dev/stdout")
}

/// `aws lambda publish-version`.
pub fn publish_version(
    function: &str,
    description: &str,
    code_sha256: Option<&str>,
    revision_id: Option<&str>,
) -> Cli {
    Cli::new("lambda", "publish-version")
        .option("function-name", function)
        .maybe(
            "description",
            Some(description).filter(|text| !text.is_empty()),
        )
        .maybe("code-sha256", code_sha256)
        .maybe("revision-id", revision_id)
}

/// `aws lambda tag-resource`.
pub fn tag_resource(arn: &str, tags: &BTreeMap<String, String>) -> Cli {
    let tags = serde_json::to_string(tags).unwrap_or_default();
    Cli::new("lambda", "tag-resource")
        .option("resource", arn)
        .option("tags", tags)
}

/// `aws lambda untag-resource`.
pub fn untag_resource<'a>(arn: &str, keys: impl IntoIterator<Item = &'a str>) -> Cli {
    let cli = Cli::new("lambda", "untag-resource")
        .option("resource", arn)
        .flag("tag-keys", true);
    keys.into_iter().fold(cli, Cli::word)
}

/// `aws lambda delete-function`, of a version where one is given.
pub fn delete_function(function: &str, version: Option<&str>) -> Cli {
    Cli::new("lambda", "delete-function")
        .option("function-name", function)
        .maybe("qualifier", version)
}

/// `aws lambda get-function`, which also gives the address of the package.
pub fn get_function(function: &str, qualifier: Option<&str>) -> Cli {
    Cli::new("lambda", "get-function")
        .option("function-name", function)
        .maybe("qualifier", qualifier)
}

/// `curl` of the address that [`get_function`] gives, into `file`: the package of a function or of a version of it.
pub fn fetch_package(
    function: &str,
    version: Option<&str>,
    file: &str,
    context: &CliContext,
) -> String {
    let link = get_function(function, version)
        .option("query", "Code.Location")
        .option("output", "text")
        .with(context)
        .one_line();
    format!("curl --output {} \"$({link})\"", quote(file))
}

/// `aws logs tail`, following.
pub fn logs_tail(group: &str) -> Cli {
    Cli::new("logs", "tail").word(group).flag("follow", true)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::super::function::Function;
    use super::*;

    #[test]
    fn words_are_quoted_where_a_shell_would_change_them() {
        for (word, quoted) in [
            ("orders", "orders"),
            (
                "arn:aws:lambda:eu-west-1:1:function:f",
                "arn:aws:lambda:eu-west-1:1:function:f",
            ),
            ("", "''"),
            ("two words", "'two words'"),
            ("it's", r"'it'\''s'"),
            ("$HOME `ls` \\", "'$HOME `ls` \\'"),
            ("日本", "'日本'"),
            ("a\nb", "'a\nb'"),
            ("$LATEST", "'$LATEST'"),
            ("~", "'~'"),
        ] {
            assert_eq!(quote(word), quoted);
        }
    }

    /// A shell is the judge, where there is one.
    #[test]
    fn a_shell_gives_back_what_was_quoted() {
        let words = [
            "it's", "$HOME", "a  b", "\"q\"", "\\", "!x", "a\nb", "*", "日本", "'", "''",
        ];
        let script = format!("printf '%s\\0' {}", words.map(quote).join(" "));
        let Ok(output) = std::process::Command::new("sh")
            .args(["-c", &script])
            .output()
        else {
            return;
        };
        let text = String::from_utf8(output.stdout).unwrap();
        assert_eq!(text.split_terminator('\0').collect::<Vec<_>>(), words);
    }

    fn update() -> ConfigurationUpdate {
        ConfigurationUpdate {
            function_name: "orders".into(),
            memory_mb: Some(512),
            ephemeral_mb: Some(1024),
            environment: Some(vec![
                ("URL".into(), Secret::new("it's")),
                ("B".into(), Secret::new("2")),
            ]),
            revision_id: Some("r-1".into()),
            ..ConfigurationUpdate::default()
        }
    }

    fn function(environment: &[(&str, &str)]) -> Function {
        let rows = environment.iter();
        Function {
            name: "orders".into(),
            environment: rows.map(|(n, v)| ((*n).into(), Secret::new(*v))).collect(),
            ..Function::default()
        }
    }

    /// Runs a command with a program in place of `aws` that prints its words, or what the function has.
    #[cfg(unix)]
    fn run(command: &str, typed: &str, there: &str) -> Vec<String> {
        use std::io::Write as _;
        use std::os::unix::fs::PermissionsExt as _;
        use std::process::{Command, Stdio};
        let folder = tempfile::tempdir().unwrap();
        let aws = folder.path().join("aws");
        let script = format!(
            "#!/bin/sh\ncase \"$*\" in *get-function-configuration*) cat <<'END'\n{there}\nEND\n;;\n*) printf '%s\\0' \"$@\"\n\
             case \"$*\" in *fileb:///dev/stdin*) cat /dev/stdin;; esac;; esac\n"
        );
        std::fs::write(&aws, script).unwrap();
        std::fs::set_permissions(&aws, std::fs::Permissions::from_mode(0o755)).unwrap();
        let path = format!(
            "{}:{}",
            folder.path().display(),
            std::env::var("PATH").unwrap_or_default()
        );
        let mut child = Command::new("sh")
            .args(["-c", command])
            .env("PATH", path)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut input = child.stdin.take().unwrap();
        input.write_all(typed.as_bytes()).unwrap();
        drop(input);
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{output:?}");
        let text = String::from_utf8(output.stdout).unwrap();
        text.split('\0').map(str::to_owned).collect()
    }

    #[cfg(unix)]
    #[test]
    fn a_change_of_variables_asks_for_values_and_runs_as_it_stands() {
        let base = Configuration::of(&function(&[("A", "1"), ("TOKEN", "old"), ("GONE", "x")]));
        let pem = "-----BEGIN-----\nab\"c\\d\n-----END-----\n";
        let token = "it's \"new\" \\ $HOME `x`";
        let row = |name: &str, value: &str| (name.to_owned(), Secret::new(value));
        let update = ConfigurationUpdate {
            environment: Some(vec![row("A", "1"), row("TOKEN", token), row("PEM", pem)]),
            ..update()
        };
        let command = update_configuration(&update, &base, &CliContext::default(), false);
        for secret in ["new", "BEGIN", "old"] {
            assert!(!command.contains(secret), "{command}");
        }
        let words = run(&command, &format!("{token}\n{pem}"), "{ \"A\": \"1\" }");
        let at = words
            .iter()
            .position(|word| word == "--environment")
            .unwrap();
        let sent: serde_json::Value = serde_json::from_str(&words[at + 1]).unwrap();
        let expected = serde_json::json!({ "A": "1", "TOKEN": token, "PEM": pem });
        assert_eq!(sent["Variables"], expected);
        assert!(words.contains(&"r-1".to_owned()), "{words:?}");
        // Revealed on purpose it says the same by itself.
        let shown = update_configuration(&update, &base, &CliContext::default(), true);
        let words = run(&shown, "", "");
        let at = words
            .iter()
            .position(|word| word == "--environment")
            .unwrap();
        let sent: serde_json::Value = serde_json::from_str(&words[at + 1]).unwrap();
        assert_eq!(sent["Variables"], expected);
    }

    #[cfg(unix)]
    #[test]
    fn a_variable_that_goes_leaves_the_others_as_they_are() {
        let base = Configuration::of(&function(&[("A", "1"), ("B", "2")]));
        let row = |name: &str, value: &str| (name.to_owned(), Secret::new(value));
        let command = |environment| {
            let update = ConfigurationUpdate {
                environment: Some(environment),
                ..update()
            };
            update_configuration(&update, &base, &CliContext::default(), false)
        };
        let sent = |command: &str, there: &str| {
            let words = run(command, "", there);
            let at = words
                .iter()
                .position(|word| word == "--environment")
                .unwrap();
            serde_json::from_str::<serde_json::Value>(&words[at + 1]).unwrap()
        };
        let one = command(vec![row("A", "1")]);
        assert!(one.contains("Environment.Variables.{A: A}"), "{one}");
        let kept = serde_json::json!({ "Variables": { "A": "1" } });
        assert_eq!(sent(&one, "{ \"A\": \"1\" }"), kept);
        let none = command(Vec::new());
        assert_eq!(sent(&none, ""), serde_json::json!({ "Variables": {} }));
    }

    #[cfg(unix)]
    #[test]
    fn an_invocations_event_goes_in_as_both_versions_of_the_cli_read_it() {
        let event = "{\"it's\": \"関所 \\\\ %s\"}".repeat(500);
        let request = InvokeRequest {
            function: "f".into(),
            payload: event.clone(),
            ..InvokeRequest::default()
        };
        let command = invoke(&request).lines();
        assert!(
            !command.contains("cli-binary-format"),
            "version 1 has no such option"
        );
        let words = run(&command, "", "");
        assert_eq!(words.last(), Some(&event));
    }

    #[test]
    fn a_command_can_stand_on_several_lines() {
        let context = CliContext {
            region: Some("eu-west-1".into()),
            endpoint_url: Some("http://localhost:4566".into()),
            ..CliContext::default()
        };
        let lines = delete_function("f", Some("3")).with(&context).lines();
        assert_eq!(
            lines,
            "aws lambda delete-function \\\n  --function-name f \\\n  --qualifier 3 \\\n  --region eu-west-1 \\\n  --endpoint-url http://localhost:4566"
        );
    }

    #[test]
    fn code_comes_from_a_file_a_bucket_or_an_image() {
        let code = |source| {
            update_function_code("f", source, Some(Architecture::Arm64), true, None).one_line()
        };
        assert_eq!(
            code(CodeSource::ZipFile("my app.zip")),
            "aws lambda update-function-code --function-name f --zip-file 'fileb://my app.zip' --architectures arm64 --publish"
        );
        assert!(
            code(CodeSource::S3("b", "k", Some("v")))
                .contains("--s3-bucket b --s3-key k --s3-object-version v")
        );
        assert!(code(CodeSource::Image("1.dkr/x:1")).contains("--image-uri 1.dkr/x:1"));
    }

    #[test]
    fn invoking_says_type_tail_and_payload() {
        let request = InvokeRequest {
            function: "f".into(),
            qualifier: Some("$LATEST".into()),
            payload: r#"{"a": 1}"#.into(),
            log_tail: true,
            ..InvokeRequest::default()
        };
        assert_eq!(
            invoke(&request).one_line(),
            r#"printf %s '{"a": 1}' | aws lambda invoke --function-name f --qualifier '$LATEST' --log-type Tail --payload fileb:///dev/stdin /dev/stdout"#
        );
        let event = InvokeRequest {
            invocation_type: InvocationType::Event,
            payload: "1".repeat(5_000),
            ..request
        };
        let line = invoke(&event).one_line();
        assert!(line.contains("--invocation-type Event") && !line.contains("Tail"));
    }

    #[test]
    fn tags_and_versions_are_written() {
        let tags = BTreeMap::from([("team".to_owned(), "gold card".to_owned())]);
        assert_eq!(
            tag_resource("arn", &tags).one_line(),
            r#"aws lambda tag-resource --resource arn --tags '{"team":"gold card"}'"#
        );
        assert_eq!(
            untag_resource("arn", ["a", "b c"]).one_line(),
            "aws lambda untag-resource --resource arn --tag-keys a 'b c'"
        );
        assert_eq!(
            publish_version("f", "", None, None).one_line(),
            "aws lambda publish-version --function-name f"
        );
    }
}
