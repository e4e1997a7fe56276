//! A moment as a person types it: a time of day, a date with one, or how long ago. Pure: `now` and the zone are parameters.

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;

use super::format::Zone;

/// The forms that are understood, for hints and messages.
pub const FORMS: &str = "14:30, 2026-11-27 14:30, -45 min, now";

/// Reads a moment, in ms since 1970. A time alone is today's, or yesterday's where that lies ahead.
///
/// # Errors
/// Which forms there are.
pub fn parse(text: &str, now: i64, zone: &Zone) -> Result<i64, String> {
    let text = text.trim();
    let read = if text.eq_ignore_ascii_case("now") {
        Some(now)
    } else if let Some(ago) = text.strip_prefix(['-', '−']) {
        span(ago).map(|span| now - span)
    } else if let Ok(time) = text.parse::<jiff::Timestamp>() {
        Some(time.as_millisecond())
    } else {
        clock(text, now, &zone.tz())
    };
    read.ok_or_else(|| format!("Type a time as {FORMS}"))
}

/// A moment in the form that is read back: "2026-11-27 14:30".
pub fn text(at: i64, zone: &Zone) -> String {
    let zoned = jiff::Timestamp::from_millisecond(at).map(|time| time.to_zoned_datetime(zone.tz()));
    zoned.map_or(String::new(), |time| {
        time.strftime("%Y-%m-%d %H:%M").to_string()
    })
}

/// `45 min`, `2h`, `1 d`, in ms.
fn span(text: &str) -> Option<i64> {
    let digits = text.trim_start();
    let end = digits.find(|c: char| !c.is_ascii_digit())?;
    let count: i64 = digits[..end].parse().ok()?;
    let unit = match digits[end..].trim().to_ascii_lowercase().as_str() {
        "s" | "sec" => 1_000,
        "m" | "min" => 60_000,
        "h" | "hour" | "hours" => 3_600_000,
        "d" | "day" | "days" => 86_400_000,
        "w" | "week" | "weeks" => 604_800_000,
        _ => return None,
    };
    count.checked_mul(unit)
}

fn clock(text: &str, now: i64, zone: &TimeZone) -> Option<i64> {
    let today = jiff::Timestamp::from_millisecond(now)
        .ok()?
        .to_zoned_datetime(zone.clone());
    let (date, time) = match text.split_once([' ', 'T']) {
        Some((date, time)) => (Some(date.parse::<Date>().ok()?), time),
        None if text.contains(':') => (None, text),
        None => (Some(text.parse::<Date>().ok()?), "00:00"),
    };
    let mut parts = time.trim().split(':').map(|part| part.parse::<i8>().ok());
    let mut part = |optional: bool| match parts.next() {
        Some(part) => part,
        None => optional.then_some(0),
    };
    let time = Time::new(part(false)?, part(false)?, part(true)?, 0).ok()?;
    let on = |date: Date| {
        let zoned = date
            .to_datetime(time)
            .to_zoned_datetime(zone.clone())
            .ok()?;
        Some(zoned.timestamp().as_millisecond())
    };
    match date {
        Some(date) => on(date),
        None => {
            let at = on(today.date())?;
            if at <= now {
                Some(at)
            } else {
                on(today.date().yesterday().ok()?)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn moments_are_read_as_people_type_them() {
        let zone = Zone::Named(TimeZone::fixed(jiff::tz::offset(9)));
        let ms = |text: &str| text.parse::<jiff::Timestamp>().unwrap().as_millisecond();
        // 14:00 in Tokyo.
        let now = ms("2026-11-27T05:00:00Z");
        let cases = [
            ("now", now),
            ("13:30", ms("2026-11-27T04:30:00Z")),
            ("15:30", ms("2026-11-26T06:30:00Z")),
            ("13:30:15", ms("2026-11-27T04:30:15Z")),
            ("2026-11-20 09:00", ms("2026-11-20T00:00:00Z")),
            ("2026-11-20", ms("2026-11-19T15:00:00Z")),
            ("2026-11-20T00:00:00Z", ms("2026-11-20T00:00:00Z")),
            ("-45 min", now - 45 * 60_000),
            ("-2h", now - 7_200_000),
        ];
        for (text, at) in cases {
            assert_eq!(parse(text, now, &zone), Ok(at), "{text}");
        }
        for text in ["", "noon", "25:00", "2026-13-01 10:00", "-x", "-5", "12"] {
            assert!(parse(text, now, &zone).is_err(), "{text}");
        }
        let at = ms("2026-11-27T04:30:00Z");
        assert_eq!(parse(&super::text(at, &zone), now, &zone), Ok(at));
    }
}
