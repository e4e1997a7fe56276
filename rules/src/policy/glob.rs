//! Patterns of policies: wildcards and policy variables, over a text or over the six parts of an ARN.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html>

use super::Context;

/// A piece of a pattern.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Piece {
    Text(char),
    /// A colon of the pattern itself, which divides an ARN; one from a variable's value is text.
    Colon,
    /// `?`
    One,
    /// `*`
    Any,
}

/// A pattern with its variables filled in.
#[derive(Debug)]
pub struct Pattern(Vec<Piece>);

impl Pattern {
    /// Reads a pattern. With `variables`, `${…}` is filled in from the context; none where a variable has no value and no
    /// default, because then nothing matches.
    pub fn new(text: &str, wildcards: bool, variables: Option<&Context>) -> Option<Self> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some(character) = rest.chars().next() {
            if let (Some(context), Some(after)) = (variables, rest.strip_prefix("${"))
                && let Some(end) = after.find('}')
            {
                let value = filled(&after[..end], context)?;
                pieces.extend(value.chars().map(Piece::Text));
                rest = &after[end + 1..];
                continue;
            }
            pieces.push(match character {
                '*' if wildcards => Piece::Any,
                '?' if wildcards => Piece::One,
                ':' => Piece::Colon,
                other => Piece::Text(other),
            });
            rest = &rest[character.len_utf8()..];
        }
        Some(Self(pieces))
    }

    /// The same pattern in lower case.
    #[must_use]
    pub fn lowercased(mut self) -> Self {
        for piece in &mut self.0 {
            if let Piece::Text(character) = piece {
                *character = character.to_lowercase().next().unwrap_or(*character);
            }
        }
        self
    }

    /// Whether a text is what the pattern says.
    pub fn matches(&self, text: &str) -> bool {
        let text: Vec<char> = text.chars().collect();
        fits(&self.0, &text)
    }

    /// Whether an ARN is what the pattern says: each of its six parts for itself, so that no wildcard reaches over a colon
    /// into the next part. A pattern that is no ARN is compared as a text.
    pub fn matches_arn(&self, arn: &str) -> bool {
        let parts: Vec<&[Piece]> = self.0.splitn(6, |piece| *piece == Piece::Colon).collect();
        let held: Vec<&str> = arn.splitn(6, ':').collect();
        if parts.len() < 6 || held.len() < 6 {
            return self.matches(arn);
        }
        parts.iter().zip(held).all(|(part, held)| {
            let held: Vec<char> = held.chars().collect();
            fits(part, &held)
        })
    }
}

/// A variable's value: of `${*}`, `${?}` and `${$}` the character itself, else the context's, else the default after the
/// comma. A key with several values has none here.
fn filled(variable: &str, context: &Context) -> Option<String> {
    if matches!(variable, "*" | "?" | "$") {
        return Some(variable.to_owned());
    }
    let (name, default) = match variable.split_once(',') {
        Some((name, default)) => (name, Some(default.trim().trim_matches('\''))),
        None => (variable, None),
    };
    match context.get(name.trim()) {
        Some([value]) => Some(value.clone()),
        _ => default.map(str::to_owned),
    }
}

/// Wildcards by the greedy way with one step back: linear but for patterns with many `*`.
fn fits(pattern: &[Piece], text: &[char]) -> bool {
    let (mut at, mut seen) = (0, 0);
    let mut back: Option<(usize, usize)> = None;
    while seen < text.len() {
        let one = match pattern.get(at) {
            Some(Piece::Any) => {
                back = Some((at + 1, seen));
                at += 1;
                continue;
            }
            Some(Piece::One) => true,
            Some(Piece::Colon) => text[seen] == ':',
            Some(Piece::Text(character)) => *character == text[seen],
            None => false,
        };
        if one {
            at += 1;
            seen += 1;
        } else if let Some((after, from)) = back {
            back = Some((after, from + 1));
            at = after;
            seen = from + 1;
        } else {
            return false;
        }
    }
    pattern[at..].iter().all(|piece| *piece == Piece::Any)
}
