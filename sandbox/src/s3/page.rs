//! One page of a list of keys: after where the last one ended, below a prefix, with what a delimiter folds.

use super::{invalid_argument, route::Call};
use crate::error::AwsError;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// The most rows in a page.
const MOST: usize = 1000;

/// What `encoding-type=url` leaves as it is; a space it makes a plus.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'/')
    .remove(b'*')
    .remove(b' ');

/// What every list asks.
pub struct Asked<'a> {
    pub prefix: &'a str,
    pub delimiter: Option<&'a str>,
    pub most: usize,
    is_encoded: bool,
}

/// A page.
pub struct Page<'a, T> {
    pub rows: Vec<(&'a str, T)>,
    pub prefixes: Vec<String>,
    pub is_truncated: bool,
    /// What the page ends with.
    pub last: Last,
}

/// What a page ends with.
#[derive(Debug, PartialEq, Eq)]
pub enum Last {
    Nothing,
    /// The last of the rows.
    Row,
    /// The last of the prefixes.
    Prefix,
}

impl<'a> Asked<'a> {
    /// What a request asks; `most` is its parameter for the number of rows.
    ///
    /// # Errors
    /// `InvalidArgument`.
    pub fn of(call: &'a Call<'_>, most: &str) -> Result<Self, AwsError> {
        let encoding = call.query("encoding-type");
        if encoding.is_some_and(|name| name != "url") {
            return Err(invalid_argument(
                "Invalid Encoding Method specified in Request",
                "encoding-type",
                encoding.unwrap_or_default(),
            ));
        }
        Ok(Self {
            prefix: call.query("prefix").unwrap_or_default(),
            delimiter: call.query("delimiter").filter(|text| !text.is_empty()),
            most: number(call, most)?,
            is_encoded: encoding.is_some(),
        })
    }

    /// A text as the client asked for it.
    pub fn encoded(&self, text: &str) -> String {
        if self.is_encoded {
            utf8_percent_encode(text, PLAIN)
                .to_string()
                .replace(' ', "+")
        } else {
            text.to_owned()
        }
    }

    pub fn is_encoded(&self) -> bool {
        self.is_encoded
    }

    /// The page of rows that are in the order of their keys. `is_before` says of a key or a common prefix, and of the row if it is
    /// one, whether an earlier page had it.
    pub fn page<'k, T>(
        &self,
        rows: impl Iterator<Item = (&'k str, T)>,
        is_before: impl Fn(&str, Option<&T>) -> bool,
    ) -> Page<'k, T> {
        let mut page = Page {
            rows: Vec::new(),
            prefixes: Vec::new(),
            is_truncated: false,
            last: Last::Nothing,
        };
        for (key, row) in rows {
            let Some(rest) = key.strip_prefix(self.prefix) else {
                continue;
            };
            let common = self
                .delimiter
                .and_then(|delimiter| rest.find(delimiter).map(|at| at + delimiter.len()))
                .map(|end| &key[..self.prefix.len() + end]);
            // A prefix that an earlier page ended with stands for all keys below it.
            let is_told = match common {
                Some(common) => {
                    is_before(common, None)
                        || page.prefixes.last().is_some_and(|last| last == common)
                }
                None => is_before(key, Some(&row)),
            };
            if is_told {
                continue;
            }
            if page.len() >= self.most {
                page.is_truncated = self.most > 0;
                break;
            }
            match common {
                Some(common) => {
                    page.prefixes.push(common.to_owned());
                    page.last = Last::Prefix;
                }
                None => {
                    page.rows.push((key, row));
                    page.last = Last::Row;
                }
            }
        }
        page
    }
}

impl<T> Page<'_, T> {
    pub fn len(&self) -> usize {
        self.rows.len() + self.prefixes.len()
    }

    /// The key or the prefix that the page ends with.
    pub fn end(&self) -> &str {
        match self.last {
            Last::Nothing => "",
            Last::Row => self.rows.last().map_or("", |(key, _)| key),
            Last::Prefix => self.prefixes.last().map_or("", String::as_str),
        }
    }
}

/// What the next page is asked for with.
pub fn token(end: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(end)
}

/// What [`token`] was made of.
///
/// # Errors
/// `InvalidArgument` for anything else.
pub fn end_of(token: &str) -> Result<String, AwsError> {
    BASE64_URL_SAFE_NO_PAD
        .decode(token)
        .ok()
        .filter(|bytes| !bytes.is_empty())
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .ok_or_else(|| {
            AwsError::new(
                400,
                "InvalidArgument",
                "The continuation token provided is incorrect",
            )
            .with("ArgumentName", "continuation-token")
        })
}

/// A number of parts, or the usual one where none is given under this name.
///
/// # Errors
/// `InvalidArgument` when it is none.
pub fn part_number(name: &str, given: Option<&str>, usual: usize) -> Result<usize, AwsError> {
    match given {
        None | Some("") => Ok(usual),
        Some(text) => text.parse().map_err(|_| no_number(name, text)),
    }
}

fn no_number(name: &str, text: &str) -> AwsError {
    let message = format!("Provided {name} not an integer or within integer range");
    invalid_argument(&message, name, text)
}

fn number(call: &Call<'_>, name: &str) -> Result<usize, AwsError> {
    let Some(text) = call.query(name).filter(|text| !text.is_empty()) else {
        return Ok(MOST);
    };
    match text.parse::<i64>() {
        Ok(number) if (0..=i64::from(i32::MAX)).contains(&number) => {
            Ok(usize::try_from(number).unwrap_or(MOST).min(MOST))
        }
        Ok(_) => Err(invalid_argument(
            "Argument maxKeys must be an integer between 0 and 2147483647",
            name,
            text,
        )),
        Err(_) => Err(no_number(name, text)),
    }
}
