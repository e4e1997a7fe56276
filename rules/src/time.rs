//! Times as AWS's documents and requests write them.

use jiff::Timestamp;

/// Epoch seconds from ISO 8601 with or without an offset (UTC then), a plain date, or epoch seconds as text.
pub fn parse(text: &str) -> Option<f64> {
    let text = text.trim();
    if let Ok(timestamp) = text.parse::<Timestamp>() {
        return Some(timestamp.as_millisecond() as f64 / 1000.0);
    }
    if let Ok(civil) = text.parse::<jiff::civil::DateTime>() {
        let timestamp = jiff::tz::Offset::UTC.to_timestamp(civil).ok()?;
        return Some(timestamp.as_millisecond() as f64 / 1000.0);
    }
    text.parse::<f64>().ok().filter(|value| value.is_finite())
}
