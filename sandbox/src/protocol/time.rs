//! Timestamps between the wire's forms and epoch seconds.

use jiff::{SignedDuration, Timestamp};

pub use sekisho_rules::time::parse;

/// ISO 8601 in UTC, to the second, or to the millisecond when there is a fraction: `2026-11-23T15:30:00Z`.
pub fn iso8601(epoch_seconds: f64) -> String {
    let timestamp = at_millis((epoch_seconds * 1000.0).round() as i64);
    let fraction = timestamp.subsec_millisecond() != 0;
    let form = if fraction {
        "%Y-%m-%dT%H:%M:%S%.3fZ"
    } else {
        "%Y-%m-%dT%H:%M:%SZ"
    };
    timestamp.strftime(form).to_string()
}

/// The date of HTTP headers: `Mon, 23 Nov 2026 15:30:00 GMT`.
pub fn http_date(epoch_seconds: f64) -> String {
    at_millis((epoch_seconds * 1000.0).round() as i64)
        .strftime("%a, %d %b %Y %H:%M:%S GMT")
        .to_string()
}

/// Out of range means the nearest end of the calendar: a date that far off is a mistake of the caller, not ours.
fn at_millis(millis: i64) -> Timestamp {
    let range = Timestamp::MIN.as_millisecond()..=Timestamp::MAX.as_millisecond();
    let clamped = millis.clamp(*range.start(), *range.end());
    Timestamp::from_duration(SignedDuration::from_millis(clamped)).unwrap_or(Timestamp::UNIX_EPOCH)
}
