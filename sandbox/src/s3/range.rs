//! Which bytes of an object are asked for: a range, or a part.

use super::{invalid_argument, object::Object, route::Call};
use crate::error::AwsError;

/// The bytes of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Span {
    Whole,
    /// From here on so many.
    Some {
        first: usize,
        length: usize,
    },
    /// The part with that number, likewise.
    Part {
        number: u32,
        first: usize,
        length: usize,
    },
}

/// What a request asks for.
///
/// # Errors
/// `InvalidRange`, `InvalidPartNumber` and what is malformed.
pub fn of(call: &Call<'_>, object: &Object) -> Result<Span, AwsError> {
    let range = call.header("range");
    match (call.query("partNumber"), range) {
        (Some(_), Some(_)) => Err(AwsError::new(
            400,
            "InvalidRequest",
            "Cannot specify both Range header and partNumber query parameter",
        )),
        (Some(number), None) => part(number, object),
        (None, Some(text)) => match range_of(text, object.size())? {
            Some((first, last)) => Ok(Span::Some {
                first,
                length: last - first + 1,
            }),
            None => Ok(Span::Whole),
        },
        (None, None) => Ok(Span::Whole),
    }
}

/// A part's number.
///
/// # Errors
/// `InvalidArgument`.
pub fn part_number(text: &str) -> Result<u32, AwsError> {
    let number = text.parse::<u32>().ok();
    number
        .filter(|number| (1..=10_000).contains(number))
        .ok_or_else(|| {
            invalid_argument(
                "Part number must be an integer between 1 and 10000, inclusive",
                "partNumber",
                text,
            )
        })
}

fn part(text: &str, object: &Object) -> Result<Span, AwsError> {
    let number = part_number(text)?;
    if object.parts.is_empty() && number == 1 {
        return Ok(Span::Part {
            number,
            first: 0,
            length: object.size(),
        });
    }
    let mut first = 0;
    for part in &object.parts {
        if part.number == number {
            return Ok(Span::Part {
                number,
                first,
                length: part.size,
            });
        }
        first += part.size;
    }
    Err(AwsError::new(
        416,
        "InvalidPartNumber",
        "The requested partnumber is not satisfiable",
    )
    .with("ActualPartCount", object.parts.len().max(1).to_string())
    .with("PartNumberRequested", text))
}

/// The first and the last byte of a range; none for a text that is no range of bytes, which is then ignored.
pub fn range_of(text: &str, total: usize) -> Result<Option<(usize, usize)>, AwsError> {
    let Some((first, last)) = text
        .strip_prefix("bytes=")
        .and_then(|range| range.split_once('-'))
    else {
        return Ok(None);
    };
    let end = total.saturating_sub(1);
    let span = match (first.parse::<usize>(), last.parse::<usize>()) {
        (Ok(first), Ok(last)) if first <= last => Some((first, last.min(end))),
        (Ok(first), Err(_)) if last.is_empty() => Some((first, end)),
        // The last none of them are nothing.
        (Err(_), Ok(0)) if first.is_empty() => Some((total, end)),
        (Err(_), Ok(suffix)) if first.is_empty() => Some((total.saturating_sub(suffix), end)),
        _ => return Ok(None),
    };
    match span {
        Some((first, last)) if first < total => Ok(Some((first, last))),
        _ => Err(AwsError::new(
            416,
            "InvalidRange",
            "The requested range is not satisfiable",
        )
        .with("RangeRequested", text)
        .with("ActualObjectSize", total.to_string())),
    }
}

/// The first byte and the number of bytes of a source's range.
///
/// # Errors
/// `InvalidArgument` or `InvalidRange`.
pub fn of_source(text: &str, total: usize) -> Result<(usize, usize), AwsError> {
    let malformed = || {
        invalid_argument(
            "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy",
            "x-amz-copy-source-range",
            text,
        )
    };
    let (first, last) = text
        .strip_prefix("bytes=")
        .and_then(|range| range.split_once('-'))
        .and_then(|(first, last)| Some((first.parse::<usize>().ok()?, last.parse().ok()?)))
        .filter(|(first, last)| first <= last)
        .ok_or_else(malformed)?;
    if first >= total {
        return Err(AwsError::new(
            400,
            "InvalidRequest",
            "The specified copy range is invalid for the source object size",
        ));
    }
    if last >= total {
        return Err(invalid_argument(
            &format!("Range specified is not valid for source object of size: {total}"),
            "x-amz-copy-source-range",
            text,
        ));
    }
    Ok((first, last - first + 1))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn a_range_is_cut_to_what_is_there() {
        assert_eq!(range_of("bytes=0-3", 10).unwrap(), Some((0, 3)));
        assert_eq!(range_of("bytes=4-", 10).unwrap(), Some((4, 9)));
        assert_eq!(range_of("bytes=-3", 10).unwrap(), Some((7, 9)));
        assert_eq!(range_of("bytes=-30", 10).unwrap(), Some((0, 9)));
        assert_eq!(range_of("bytes=5-99", 10).unwrap(), Some((5, 9)));
        assert_eq!(range_of("lines=1-2", 10).unwrap(), None);
        assert_eq!(range_of("bytes=0-1,3-4", 10).unwrap(), None);
        assert_eq!(range_of("bytes=10-", 10).unwrap_err().status, 416);
        assert_eq!(range_of("bytes=-0", 10).unwrap_err().status, 416);
        assert_eq!(range_of("bytes=0-0", 0).unwrap_err().status, 416);
    }

    #[test]
    fn a_source_s_range_is_exact() {
        assert_eq!(of_source("bytes=2-4", 10).unwrap(), (2, 3));
        for wrong in ["0-8", "bytes=1-0", "bytes=-1-", "bytes=2-", "bytes=0-10"] {
            assert_eq!(of_source(wrong, 10).unwrap_err().code, "InvalidArgument");
        }
        let beyond = of_source("bytes=10-20", 10).unwrap_err();
        assert_eq!(beyond.code, "InvalidRequest");
    }
}
