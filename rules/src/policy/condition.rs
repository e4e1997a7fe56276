//! The conditions of a statement.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>

use super::{Context, glob::Pattern};
use base64::{Engine, prelude::BASE64_STANDARD};
use std::net::IpAddr;

/// One key under one operator.
#[derive(Debug, Clone)]
pub struct Condition {
    /// As it is written.
    pub operator: String,
    test: Test,
    /// `StringNotEquals` and its like hold where the test fails.
    inverted: bool,
    if_exists: bool,
    set: Option<Set>,
    pub key: String,
    pub values: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Test {
    String,
    StringIgnoreCase,
    StringLike,
    Numeric(Order),
    Date(Order),
    Bool,
    Binary,
    Ip,
    Arn,
    Null,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// How the values of a key with several are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Set {
    Any,
    All,
}

impl Condition {
    /// Reads an operator with one of its keys; none for an operator that there is not.
    pub fn read(operator: &str, key: &str, values: Vec<String>) -> Option<Self> {
        let (set, rest) = match operator.split_once(':') {
            Some(("ForAnyValue", rest)) => (Some(Set::Any), rest),
            Some(("ForAllValues", rest)) => (Some(Set::All), rest),
            Some(_) => return None,
            None => (None, operator),
        };
        let (name, if_exists) = match rest.strip_suffix("IfExists") {
            Some(name) => (name, true),
            None => (rest, false),
        };
        let (test, inverted) = operator_of(name)?;
        Some(Self {
            operator: operator.to_owned(),
            test,
            inverted,
            if_exists,
            set,
            key: key.to_owned(),
            values,
        })
    }

    /// Whether it holds.
    pub fn holds(&self, context: &Context, variables: bool) -> bool {
        let held = context.get(&self.key);
        if self.test == Test::Null {
            // `true`: the key must not be there.
            return self
                .values
                .iter()
                .any(|value| (value == "true") == held.is_none());
        }
        let held = match held {
            Some(held) if !held.is_empty() => held,
            // What isn't there is different from everything; ForAllValues holds of no values, ForAnyValue doesn't.
            _ => match self.set {
                Some(Set::All) => return true,
                Some(Set::Any) => return self.if_exists,
                None => return self.if_exists || self.inverted,
            },
        };
        let one = |held: &String| {
            let among = self
                .values
                .iter()
                .any(|value| self.test.passes(held, value, variables.then_some(context)));
            among != self.inverted
        };
        match self.set {
            Some(Set::All) => held.iter().all(one),
            // A key with several values without ForAllValues is not what AWS advises; it is taken as ForAnyValue.
            Some(Set::Any) | None => held.iter().any(one),
        }
    }
}

/// Whether there is such an operator, with its prefix and suffix.
pub fn is_operator(operator: &str) -> bool {
    Condition::read(operator, "", Vec::new()).is_some()
}

fn operator_of(name: &str) -> Option<(Test, bool)> {
    let order = |order: &str| match order {
        "Equals" => Some((Order::Equal, false)),
        "NotEquals" => Some((Order::Equal, true)),
        "LessThan" => Some((Order::Less, false)),
        "LessThanEquals" => Some((Order::LessOrEqual, false)),
        "GreaterThan" => Some((Order::Greater, false)),
        "GreaterThanEquals" => Some((Order::GreaterOrEqual, false)),
        _ => None,
    };
    Some(match name {
        "StringEquals" => (Test::String, false),
        "StringNotEquals" => (Test::String, true),
        "StringEqualsIgnoreCase" => (Test::StringIgnoreCase, false),
        "StringNotEqualsIgnoreCase" => (Test::StringIgnoreCase, true),
        "StringLike" => (Test::StringLike, false),
        "StringNotLike" => (Test::StringLike, true),
        "Bool" => (Test::Bool, false),
        "BinaryEquals" => (Test::Binary, false),
        "IpAddress" => (Test::Ip, false),
        "NotIpAddress" => (Test::Ip, true),
        "ArnEquals" | "ArnLike" => (Test::Arn, false),
        "ArnNotEquals" | "ArnNotLike" => (Test::Arn, true),
        "Null" => (Test::Null, false),
        _ => {
            if let Some(rest) = name.strip_prefix("Numeric") {
                let (order, inverted) = order(rest)?;
                (Test::Numeric(order), inverted)
            } else {
                let (order, inverted) = order(name.strip_prefix("Date")?)?;
                (Test::Date(order), inverted)
            }
        }
    })
}

impl Test {
    /// Whether what is there (`held`) is what the policy says.
    fn passes(self, held: &str, said: &str, variables: Option<&Context>) -> bool {
        let pattern = |wildcards| Pattern::new(said, wildcards, variables);
        match self {
            Self::String => pattern(false).is_some_and(|said| said.matches(held)),
            Self::StringIgnoreCase => {
                pattern(false).is_some_and(|said| said.lowercased().matches(&held.to_lowercase()))
            }
            Self::StringLike => pattern(true).is_some_and(|said| said.matches(held)),
            Self::Arn => pattern(true).is_some_and(|said| said.matches_arn(held)),
            Self::Numeric(order) => number(held)
                .zip(number(said))
                .is_some_and(|(held, said)| order.is(held, said)),
            Self::Date(order) => date(held)
                .zip(date(said))
                .is_some_and(|(held, said)| order.is(held, said)),
            Self::Bool => held.eq_ignore_ascii_case(said),
            Self::Binary => {
                let bytes = |text: &str| BASE64_STANDARD.decode(text).ok();
                bytes(held).is_some_and(|held| bytes(said) == Some(held))
            }
            Self::Ip => is_within(held, said),
            Self::Null => false,
        }
    }
}

impl Order {
    fn is(self, held: f64, said: f64) -> bool {
        match self {
            #[allow(clippy::float_cmp, reason = "the numbers are the policy's own")]
            Self::Equal => held == said,
            Self::Less => held < said,
            Self::LessOrEqual => held <= said,
            Self::Greater => held > said,
            Self::GreaterOrEqual => held >= said,
        }
    }
}

fn number(text: &str) -> Option<f64> {
    text.trim().parse().ok()
}

/// ISO 8601, or seconds since the epoch.
fn date(text: &str) -> Option<f64> {
    crate::time::parse(text)
}

/// An address in a block, or the same address.
fn is_within(address: &str, block: &str) -> bool {
    let (network, prefix) = match block.split_once('/') {
        Some((network, prefix)) => (network, prefix.parse::<u32>().ok()),
        None => (block, Some(128)),
    };
    let (Ok(address), Ok(network), Some(prefix)) =
        (address.parse::<IpAddr>(), network.parse::<IpAddr>(), prefix)
    else {
        return false;
    };
    match (address, network) {
        (IpAddr::V4(address), IpAddr::V4(network)) => {
            let shift = 32 - prefix.min(32);
            u64::from(address.to_bits()) >> shift == u64::from(network.to_bits()) >> shift
        }
        (IpAddr::V6(address), IpAddr::V6(network)) => {
            let shift = 128 - prefix.min(128);
            let cut = |bits: u128| bits.checked_shr(shift).unwrap_or(0);
            cut(address.to_bits()) == cut(network.to_bits())
        }
        _ => false,
    }
}
