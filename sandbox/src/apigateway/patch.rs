//! Patch operations, as every update has them, and how the service refuses those that it doesn't take: two ways of
//! saying it, by kind of thing.

use super::{error::bad_request, value};
use crate::{error::AwsError, lambda::Violations};
use serde_json::Value;

/// What an operation does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    Add,
    Remove,
    Replace,
    Move,
    Copy,
    Test,
}

const OPS: [&str; 6] = ["add", "remove", "move", "test", "replace", "copy"];

impl Op {
    fn read(word: &str) -> Option<Self> {
        Some(match word {
            "add" => Self::Add,
            "remove" => Self::Remove,
            "replace" => Self::Replace,
            "move" => Self::Move,
            "copy" => Self::Copy,
            "test" => Self::Test,
            _ => return None,
        })
    }

    pub fn word(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Remove => "remove",
            Self::Replace => "replace",
            Self::Move => "move",
            Self::Copy => "copy",
            Self::Test => "test",
        }
    }
}

/// One operation.
#[derive(Debug, Clone)]
pub struct Patch {
    pub op: Op,
    pub path: Option<String>,
    pub value: Option<String>,
    pub from: Option<String>,
}

impl Patch {
    /// The path as it was given.
    pub fn path(&self) -> &str {
        self.path.as_deref().unwrap_or("null")
    }

    /// The parts of the path, without JSON Pointer's escapes.
    pub fn parts(&self) -> Vec<String> {
        let path = self.path.as_deref().unwrap_or_default();
        let path = path.strip_prefix('/').unwrap_or(path);
        path.split('/').map(unescape).collect()
    }

    pub fn value(&self) -> String {
        self.value.clone().unwrap_or_default()
    }

    /// The value, when it is not empty.
    pub fn filled(&self) -> Option<String> {
        self.value.clone().filter(|value| !value.is_empty())
    }

    pub fn is_true(&self) -> bool {
        self.value
            .as_deref()
            .is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }

    /// `Invalid patch path /x`.
    pub fn no_path(&self) -> AwsError {
        bad_request(format!("Invalid patch path {}", self.path()))
    }

    /// # Errors
    /// When it is another operation than `replace`.
    pub fn only_replace(&self) -> Result<(), AwsError> {
        match self.op {
            Op::Replace => Ok(()),
            _ => Err(bad_request(
                "Invalid patch operation specified. Must be one of: [replace]",
            )),
        }
    }

    /// The other way: what is replaced must be one of these paths, and nothing else can be done.
    ///
    /// # Errors
    /// When it is none of them.
    pub fn replaces(&self, paths: &[&str]) -> Result<String, AwsError> {
        self.takes(Op::Replace, paths)
    }

    fn takes(&self, op: Op, paths: &[&str]) -> Result<String, AwsError> {
        let (path, word) = (self.path(), self.op.word());
        if self.op != op {
            return Err(bad_request(format!(
                "Invalid patch path  '{path}' specified for op '{word}'. Please choose supported operations"
            )));
        }
        if !paths.contains(&path) {
            return Err(bad_request(format!(
                "Invalid patch path  '{path}' specified for op '{word}'. Must be one of: [{}]",
                paths.join(", ")
            )));
        }
        Ok(path.to_owned())
    }
}

fn unescape(part: &str) -> String {
    part.replace("~1", "/").replace("~0", "~")
}

/// The operations of an update; `input` is the name of its shape, as the front door tells it.
///
/// # Errors
/// When a member has the wrong type.
pub fn read(body: &Value, input: &str, wrong: &mut Violations) -> Result<Vec<Patch>, AwsError> {
    let all = body.get("patchOperations").and_then(Value::as_array);
    let mut patches = Vec::new();
    for (at, one) in all.into_iter().flatten().enumerate() {
        let word = value::text(one, "op")?.unwrap_or_default();
        let Some(op) = Op::read(&word) else {
            let member = format!("{input}.patchOperations.{}.member.op", at + 1);
            wrong.one_of(&member, &word, &OPS);
            continue;
        };
        patches.push(Patch {
            op,
            path: value::text(one, "path")?,
            value: value::text(one, "value")?,
            from: value::text(one, "from")?,
        });
    }
    Ok(patches)
}
