//! Names of profiles and of SSO sessions, which may be anything: a section's words are read as a shell reads them, as the AWS
//! CLI does (botocore's `build_profile_map`: `shlex.split` of the header, two words or it is no section).
//!
//! AWS's own reader for Rust takes letters, digits and few signs only. What it is given is rewritten here, so that every name
//! fits it; [`told`] gives a name back as the person wrote it.

use std::borrow::Cow;
use std::fmt::Write as _;

use super::machine::AwsFile;

/// Before a name that was rewritten. No person calls a profile so.
const MARK: &str = "%sekisho:";

/// What a header of a file means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Header {
    /// A profile of this name.
    Profile(String),
    /// `sso-session`, `services` and whatever else has a name.
    Named(String, String),
    /// It has too many words, or a quote that is not closed: the AWS CLI passes over it.
    Unreadable(&'static str),
    /// Anything else.
    Other,
}

/// Reads what stands between the brackets.
pub(crate) fn header(file: AwsFile, text: &str) -> Header {
    let text = text.trim();
    if file == AwsFile::Credentials {
        // There the whole header is the name, quotes and all.
        return match text {
            "" => Header::Other,
            name => Header::Profile(name.to_owned()),
        };
    }
    if text == "default" {
        return Header::Profile("default".to_owned());
    }
    let Some(words) = words(text) else {
        return Header::Unreadable("a quote in the section's name is not closed");
    };
    match words.as_slice() {
        [_, name] if name.is_empty() => Header::Unreadable("the section has no name"),
        [kind, name] if kind == "profile" => Header::Profile(name.clone()),
        [kind, name] => Header::Named(kind.clone(), name.clone()),
        [kind, _, _, ..] if kind == "profile" || kind == "sso-session" => {
            Header::Unreadable("a name of several words needs quotes")
        }
        _ => Header::Other,
    }
}

/// What stands between the brackets of a line; a bracket inside of quotes is part of the name.
pub(crate) fn between_brackets(line: &str) -> Option<&str> {
    let rest = line.trim().strip_prefix('[')?;
    let ends = || rest.match_indices(']').map(|(at, _)| at);
    let whole = |at: &usize| rest.get(..*at).and_then(words).is_some();
    let end = ends().find(whole).or_else(|| ends().next())?;
    rest.get(..end)
}

/// A text's words as a POSIX shell divides them; none where a quote is not closed.
pub(crate) fn words(text: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some(end), c) if c == end => quote = None,
            (Some('"'), '\\') => {
                let next = chars.next()?;
                let word = word.get_or_insert_default();
                if !matches!(next, '"' | '\\') {
                    word.push('\\');
                }
                word.push(next);
            }
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, '\\') => word.get_or_insert_default().push(chars.next()?),
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    if quote.is_some() {
        return None;
    }
    words.extend(word);
    Some(words)
}

/// A name as AWS's reader takes it. Twice is the same as once.
pub(crate) fn fitting(name: &str) -> Cow<'_, str> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "_-/.%@:+".contains(c);
    if name.chars().all(fits) {
        return Cow::Borrowed(name);
    }
    let mut fitting = MARK.to_owned();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() {
            fitting.push(char::from(byte));
        } else {
            // A `String` takes everything.
            let _ = write!(fitting, "%{byte:02X}");
        }
    }
    Cow::Owned(fitting)
}

/// A name as the person wrote it.
pub(crate) fn told(name: &str) -> Cow<'_, str> {
    let Some(rest) = name.strip_prefix(MARK) else {
        return Cow::Borrowed(name);
    };
    let mut bytes = Vec::with_capacity(rest.len());
    let mut left = rest.as_bytes();
    while let Some((first, behind)) = left.split_first() {
        let code = behind.get(..2).filter(|_| *first == b'%');
        let code = code.and_then(|code| std::str::from_utf8(code).ok());
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                left = behind.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(*first);
                left = behind;
            }
        }
    }
    Cow::Owned(String::from_utf8_lossy(&bytes).into_owned())
}

/// A name that AWS's reader would not have taken.
pub(crate) fn is_rewritten(name: &str) -> bool {
    name.starts_with(MARK)
}

/// A file with names that AWS's reader takes, line by line, so that its errors still name the right one.
pub(crate) fn rewritten(file: AwsFile, text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.lines() {
        out.push_str(&line_of(file, line));
        out.push('\n');
    }
    out
}

fn line_of(file: AwsFile, line: &str) -> Cow<'_, str> {
    if line.starts_with('[')
        && let Some(inside) = between_brackets(line)
    {
        return match header(file, inside) {
            Header::Profile(name) if file == AwsFile::Config && inside.trim() != "default" => {
                Cow::Owned(format!("[profile {}]", fitting(&name)))
            }
            Header::Profile(name) => match fitting(&name) {
                Cow::Borrowed(_) => Cow::Borrowed(line),
                Cow::Owned(name) => Cow::Owned(format!("[{name}]")),
            },
            Header::Named(kind, name) => Cow::Owned(format!("[{kind} {}]", fitting(&name))),
            // AWS's reader passes over what it can't read, and so do we.
            Header::Unreadable(_) | Header::Other => Cow::Borrowed(line),
        };
    }
    let Some((key, value)) = line.split_once('=') else {
        return Cow::Borrowed(line);
    };
    let names = ["source_profile", "sso_session", "services"];
    let refers = names.contains(&key.trim().to_ascii_lowercase().as_str());
    if line.starts_with([' ', '\t', '#', ';']) || !refers {
        return Cow::Borrowed(line);
    }
    match fitting(without_comment(value)) {
        Cow::Borrowed(_) => Cow::Borrowed(line),
        Cow::Owned(name) => Cow::Owned(format!("{key}={name}")),
    }
}

/// A value without what stands behind a sign of a comment.
pub(crate) fn without_comment(value: &str) -> &str {
    let end = [" #", " ;", "\t#", "\t;"]
        .iter()
        .filter_map(|mark| value.find(mark))
        .min()
        .unwrap_or(value.len());
    value.get(..end).unwrap_or(value).trim()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_sections_words_are_read_as_a_shell_reads_them() {
        let rows: [(&str, Header); 10] = [
            ("default", Header::Profile("default".into())),
            ("profile default", Header::Profile("default".into())),
            (
                "profile 'Hill Shop.Reader'",
                Header::Profile("Hill Shop.Reader".into()),
            ),
            (
                r#"profile "it's \"us\"""#,
                Header::Profile(r#"it's "us""#.into()),
            ),
            (r"profile Hill\ Shop", Header::Profile("Hill Shop".into())),
            ("profile 関所", Header::Profile("関所".into())),
            (
                "sso-session 'Hill Shop'",
                Header::Named("sso-session".into(), "Hill Shop".into()),
            ),
            (
                "profile Hill Shop",
                Header::Unreadable("a name of several words needs quotes"),
            ),
            (
                "profile 'Hill",
                Header::Unreadable("a quote in the section's name is not closed"),
            ),
            ("plain", Header::Other),
        ];
        for (text, expected) in rows {
            assert_eq!(header(AwsFile::Config, text), expected, "{text}");
        }
        // The other file's headers are names as they stand.
        let verbatim = header(AwsFile::Credentials, "'Hill Shop'");
        assert_eq!(verbatim, Header::Profile("'Hill Shop'".into()));
        assert_eq!(
            between_brackets("[profile 'a]b'] # c"),
            Some("profile 'a]b'")
        );
    }

    #[test]
    fn every_name_fits_and_comes_back() {
        for name in ["a", "Hill Shop", "関所", "50 %", "a@b+c:d/e", "'q'", "]["] {
            let fitted = fitting(name);
            assert!(fitted.bytes().all(|b| b.is_ascii_graphic()), "{fitted}");
            assert_eq!(fitting(&fitted), fitted, "twice is the same as once");
            assert_eq!(told(&fitted), name);
        }
        assert_eq!(fitting("acme-prod"), "acme-prod");
    }

    #[test]
    fn a_file_keeps_its_lines_and_what_refers_to_a_name_is_rewritten_too() {
        let text = "# [profile 'x y']\n[profile 'x y']\nsource_profile = a b # c\nregion = e\n[profile a]\n";
        let new = rewritten(AwsFile::Config, text);
        assert_eq!(
            new,
            "# [profile 'x y']\n[profile %sekisho:x%20y]\nsource_profile =%sekisho:a%20b\nregion = e\n[profile a]\n"
        );
    }
}
