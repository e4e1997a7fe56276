//! Java's regular expressions, as far as the expressions of the `regex-lite` crate go: neither looking around nor
//! references back.

use regex_lite::{Regex, RegexBuilder};

fn compile(pattern: &str) -> Result<Regex, String> {
    // A pattern that grows large takes long on every character.
    RegexBuilder::new(pattern)
        .size_limit(1 << 16)
        .build()
        .map_err(|error| {
            format!("the sandbox cannot use the regular expression \"{pattern}\": {error}")
        })
}

pub(super) fn matches(text: &str, pattern: &str) -> Result<bool, String> {
    Ok(compile(&format!(r"\A(?:{pattern})\z"))?.is_match(text))
}

/// Replaces the first `count` matches. In the replacement `$1` and `${name}` stand for groups, a backslash escapes.
pub(super) fn replace(
    text: &str,
    pattern: &str,
    replacement: &str,
    count: usize,
    limit: usize,
) -> Result<String, String> {
    let regex = compile(pattern)?;
    let mut out = String::with_capacity(text.len());
    let mut last = 0;
    for captures in regex.captures_iter(text).take(count) {
        let Some(whole) = captures.get(0) else {
            continue;
        };
        out.push_str(text.get(last..whole.start()).unwrap_or_default());
        expand(replacement, &captures, &mut out)?;
        last = whole.end();
        if out.len() > limit {
            return Err("java.lang.OutOfMemoryError: the text is too long".to_owned());
        }
    }
    out.push_str(text.get(last..).unwrap_or_default());
    Ok(out)
}

fn expand(
    replacement: &str,
    captures: &regex_lite::Captures<'_>,
    out: &mut String,
) -> Result<(), String> {
    let mut rest = replacement.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\\' => {
                match rest.next() {
                    Some(c) => out.push(c),
                    None => return Err(
                        "java.lang.IllegalArgumentException: character to be escaped is missing"
                            .to_owned(),
                    ),
                }
            }
            '$' if rest.peek() == Some(&'{') => {
                rest.next();
                let name: String = rest.by_ref().take_while(|c| *c != '}').collect();
                out.push_str(captures.name(&name).map_or("", |group| group.as_str()));
            }
            '$' => {
                let Some(mut group) = rest.next().and_then(|c| c.to_digit(10)) else {
                    return Err(
                        "java.lang.IllegalArgumentException: Illegal group reference".to_owned(),
                    );
                };
                if group as usize >= captures.len() {
                    return Err(format!(
                        "java.lang.IndexOutOfBoundsException: No group {group}"
                    ));
                }
                // Further digits belong to the number as long as there is such a group.
                while let Some(digit) = rest.peek().and_then(|c| c.to_digit(10)) {
                    let longer = group * 10 + digit;
                    if longer as usize >= captures.len() {
                        break;
                    }
                    group = longer;
                    rest.next();
                }
                out.push_str(
                    captures
                        .get(group as usize)
                        .map_or("", |group| group.as_str()),
                );
            }
            c => out.push(c),
        }
    }
    Ok(())
}

/// Java's `split`: at most `most` parts when that is positive; empty parts at the end go when it is 0.
pub(super) fn split(text: &str, pattern: &str, most: i128) -> Result<Vec<String>, String> {
    let regex = compile(pattern)?;
    let mut parts = Vec::new();
    let mut last = 0;
    for found in regex.find_iter(text) {
        if most > 0 && parts.len() as i128 >= most - 1 {
            break;
        }
        // A match of no width at the start makes no part.
        if found.end() == 0 || (found.is_empty() && found.start() == text.len()) {
            continue;
        }
        parts.push(text.get(last..found.start()).unwrap_or_default().to_owned());
        last = found.end();
    }
    parts.push(text.get(last..).unwrap_or_default().to_owned());
    if most == 0 {
        while parts.len() > 1 && parts.last().is_some_and(String::is_empty) {
            parts.pop();
        }
        // A text of nothing but separators has no parts at all, an empty text is one.
        if !text.is_empty() && parts.len() == 1 && parts.last().is_some_and(String::is_empty) {
            parts.pop();
        }
    }
    Ok(parts)
}
