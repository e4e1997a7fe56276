//! The same as an AWS CLI command: what a person can paste into a shell, review, or keep in a script.
//!
//! Values of variables are masked unless they were asked for. Quoted for POSIX shells.
//! Source: <https://docs.aws.amazon.com/cli/latest/reference/lambda/>.

use std::collections::BTreeMap;

use super::draft::ConfigurationUpdate;
use super::function::Architecture;
use super::invoke::{InvocationType, InvokeRequest};

/// An event up to this many bytes stands in the command itself; a longer one in a file.
const INLINE_PAYLOAD_BYTES: usize = 2_048;

/// A command as it grows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cli {
    words: Vec<Vec<String>>,
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
            words: vec![vec![
                "aws".to_owned(),
                service.to_owned(),
                operation.to_owned(),
            ]],
        }
    }

    /// `--name value`.
    #[must_use]
    pub fn option(mut self, name: &str, value: impl Into<String>) -> Self {
        self.words.push(vec![format!("--{name}"), value.into()]);
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
            self.words.push(vec![format!("--{name}")]);
        }
        self
    }

    /// A word without a name.
    #[must_use]
    pub fn word(mut self, value: impl Into<String>) -> Self {
        self.words.push(vec![value.into()]);
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
        let group = |words: &Vec<String>| {
            words
                .iter()
                .map(|word| quote(word))
                .collect::<Vec<_>>()
                .join(" ")
        };
        self.words
            .iter()
            .map(group)
            .collect::<Vec<_>>()
            .join(separator)
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

/// `aws lambda update-function-configuration`, with the changed options alone.
pub fn update_function_configuration(update: &ConfigurationUpdate, reveal: bool) -> Cli {
    let number = |value: Option<u32>| value.map(|value| value.to_string());
    let environment = update.environment.as_ref().map(|rows| {
        if !reveal {
            // All variables are replaced at once: a command with masks in it must not be able to run.
            return "file://environment.json".to_owned();
        }
        let variables = rows
            .iter()
            .map(|(name, value)| (name.clone(), serde_json::Value::from(value.reveal())))
            .collect::<serde_json::Map<_, _>>();
        serde_json::json!({ "Variables": variables }).to_string()
    });
    Cli::new("lambda", "update-function-configuration")
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
        .maybe("role", update.role.clone())
        .maybe("environment", environment)
        .maybe("revision-id", update.revision_id.clone())
}

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

/// `aws lambda invoke`. The result goes to standard output, and a long event comes from `event.json`.
pub fn invoke(request: &InvokeRequest) -> Cli {
    let payload = match request.payload.len() {
        0 => None,
        1..=INLINE_PAYLOAD_BYTES => Some(request.payload.as_str()),
        _ => Some("file://event.json"),
    };
    let kind =
        Some(request.invocation_type).filter(|kind| *kind != InvocationType::RequestResponse);
    let tail = request.log_tail && kind.is_none();
    Cli::new("lambda", "invoke")
        .option("function-name", &request.function)
        .maybe("qualifier", request.qualifier.clone())
        .maybe("invocation-type", kind.map(InvocationType::as_str))
        .maybe("log-type", tail.then_some("Tail"))
        .maybe("cli-binary-format", payload.map(|_| "raw-in-base64-out"))
        .maybe("payload", payload)
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

/// `aws logs tail`, following.
pub fn logs_tail(group: &str) -> Cli {
    Cli::new("logs", "tail").word(group).flag("follow", true)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::super::function::Secret;
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

    #[test]
    fn variables_are_left_to_a_file_unless_asked_for() {
        let masked = update_function_configuration(&update(), false).one_line();
        assert_eq!(
            masked,
            r#"aws lambda update-function-configuration --function-name orders --memory-size 512 --ephemeral-storage Size=1024 --environment file://environment.json --revision-id r-1"#
        );
        let shown = update_function_configuration(&update(), true).one_line();
        assert!(shown.contains(r#""URL":"it'\''s""#), "{shown}");
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
            r#"aws lambda invoke --function-name f --qualifier '$LATEST' --log-type Tail --cli-binary-format raw-in-base64-out --payload '{"a": 1}' /dev/stdout"#
        );
        let event = InvokeRequest {
            invocation_type: InvocationType::Event,
            payload: "1".repeat(5_000),
            ..request
        };
        let line = invoke(&event).one_line();
        assert!(
            line.contains("--invocation-type Event")
                && line.contains("file://event.json")
                && !line.contains("Tail")
        );
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
