//! What the filter above a list of functions asks of one: its keys, and where its words are looked for.

use std::collections::BTreeMap;

use super::super::filter::{Searched, Sort};
use super::super::text::contains;
use super::Function;

/// The keys with an example each, for the filter's tooltip and completion.
pub const KEYS: [(&str, &str); 11] = [
    ("name:", "name:orders"),
    ("runtime:", "runtime:python"),
    ("state:", "state:failed"),
    ("arch:", "arch:arm64"),
    ("tag:", "tag:team=shop"),
    ("role:", "role:orders-role"),
    ("layer:", "layer:tools"),
    ("memory:", "memory:>=1024"),
    ("timeout:", "timeout:>60"),
    ("size:", "size:>1000000"),
    ("package:", "package:image"),
];

/// A key as it is typed, in lower case.
pub fn key(typed: &str) -> Option<(&'static str, Sort)> {
    Some(match typed {
        "name" => ("name", Sort::Text),
        "runtime" => ("runtime", Sort::Text),
        "state" | "status" => ("state", Sort::Text),
        "arch" | "architecture" => ("arch", Sort::Text),
        "handler" => ("handler", Sort::Text),
        "role" => ("role", Sort::Text),
        "description" => ("description", Sort::Text),
        "layer" => ("layer", Sort::Text),
        "package" => ("package", Sort::Text),
        "arn" => ("arn", Sort::Text),
        "tag" => ("tag", Sort::Tag),
        "memory" => ("memory", Sort::Number),
        "timeout" => ("timeout", Sort::Number),
        "size" => ("size", Sort::Number),
        "storage" => ("storage", Sort::Number),
        _ => return None,
    })
}

/// A function with its tags, which may come from elsewhere: a list comes without them.
#[derive(Debug, Clone, Copy)]
pub struct Tagged<'a> {
    /// The function.
    pub function: &'a Function,
    /// Its tags, as far as they are known.
    pub tags: Option<&'a BTreeMap<String, String>>,
}

impl Searched for Tagged<'_> {
    fn has_word(&self, word: &str) -> bool {
        let function = self.function;
        let own = [
            function.name.as_str(),
            &function.description,
            &function.arn,
            &function.role,
            function.runtime.as_deref().unwrap_or_default(),
            function.handler.as_deref().unwrap_or_default(),
            function.state.as_str(),
            function.architecture.as_str(),
        ];
        let variables = &function.environment;
        own.iter().any(|text| contains(text, word))
            // Names of variables, never their values: a value is a secret, and a filter that finds it would tell it.
            || variables.iter().any(|(name, _)| contains(name, word))
    }

    fn has(&self, key: &str, value: &str) -> bool {
        let function = self.function;
        let text = match key {
            "name" => &function.name,
            "runtime" => function.runtime.as_deref().unwrap_or("container image"),
            "state" => {
                return contains(function.state.as_str(), value)
                    || contains(function.last_update_status.as_str(), value);
            }
            "arch" => function.architecture.as_str(),
            "handler" => function.handler.as_deref().unwrap_or_default(),
            "role" => &function.role,
            "description" => &function.description,
            "layer" => {
                let mut layers = function.layers.iter();
                return layers.any(|layer| contains(&layer.arn, value));
            }
            "package" => {
                return value
                    == match function.package_type {
                        super::PackageType::Zip => "zip",
                        super::PackageType::Image => "image",
                    };
            }
            "arn" => &function.arn,
            _ => return false,
        };
        contains(text, value)
    }

    fn number(&self, key: &str) -> Option<u64> {
        Some(match key {
            "memory" => u64::from(self.function.memory_mb),
            "timeout" => u64::from(self.function.timeout_s),
            "size" => self.function.code_size,
            "storage" => u64::from(self.function.ephemeral_mb),
            _ => return None,
        })
    }

    fn tags(&self) -> Option<&BTreeMap<String, String>> {
        self.tags
    }
}

#[cfg(test)]
mod tests;
