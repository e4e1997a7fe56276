//! Numbers and times for people: 1.2 k, 340 ms, 12.4 MB, 3 min ago; and the exact ones for the hover.
//!
//! Pure: `now` and the zone are parameters. All times are milliseconds since the epoch, as AWS's APIs mostly have them.

use jiff::{Timestamp, ZonedDateTime, tz::TimeZone};

/// In which zone times are written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Zone {
    /// This machine's.
    #[default]
    Local,
    /// UTC, on a switch.
    Utc,
    /// A named one, for tests and for a chosen region's zone.
    Named(TimeZone),
}

impl Zone {
    pub(super) fn tz(&self) -> TimeZone {
        match self {
            Self::Local => TimeZone::system(),
            Self::Utc => TimeZone::UTC,
            Self::Named(zone) => zone.clone(),
        }
    }

    fn at(&self, ms: i64) -> Option<ZonedDateTime> {
        Timestamp::from_millisecond(ms)
            .ok()
            .map(|time| time.to_zoned_datetime(self.tz()))
    }

    /// "Local time · UTC+9", "UTC": for the top bar. The offset is the one that holds at `now`.
    pub fn name(&self, now: i64) -> String {
        if *self == Self::Utc {
            return "UTC".to_owned();
        }
        match self.at(now) {
            Some(time) => format!("Local time · {}", offset_name(time.offset().seconds())),
            None => "Local time".to_owned(),
        }
    }
}

fn offset_name(seconds: i32) -> String {
    let minutes = seconds / 60;
    let sign = if minutes < 0 { '−' } else { '+' };
    let (hours, rest) = (minutes.abs() / 60, minutes.abs() % 60);
    match (hours, rest) {
        (0, 0) => "UTC+0".to_owned(),
        (_, 0) => format!("UTC{sign}{hours}"),
        _ => format!("UTC{sign}{hours}:{rest:02}"),
    }
}

/// A number in about three figures: 999, 1.2 k, 84 k, 1.24 M, 0.7, 0.05.
pub fn number(value: f64) -> String {
    if !value.is_finite() {
        return "–".to_owned();
    }
    let size = value.abs();
    let (scaled, unit) = [(1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")]
        .into_iter()
        .find(|(factor, _)| size >= factor * 0.9995)
        .map_or((value, ""), |(factor, unit)| (value / factor, unit));
    let figures = three_figures(scaled, unit == "M" || unit == "G" || unit == "T");
    if unit.is_empty() {
        figures
    } else {
        format!("{figures} {unit}")
    }
}

/// 1.24 where `fine`, else 1.2; 84; 840; and never a trailing `.0` on whole small numbers.
fn three_figures(value: f64, fine: bool) -> String {
    let size = value.abs();
    let decimals = match size {
        _ if size == 0.0 => 0,
        s if s >= 99.95 => 0,
        s if s >= 9.995 => usize::from(fine),
        s if s >= 1.0 => 1 + usize::from(fine),
        s if s >= 0.1 => 2,
        _ => 3,
    };
    let text = format!("{value:.decimals$}");
    let text = if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.')
    } else {
        &text
    };
    match text {
        "-0" => "0".to_owned(),
        text => text.replace('-', "−"),
    }
}

/// Every figure, in groups of three: 1,024,000.
pub fn number_exact(value: i64) -> String {
    let digits = value.unsigned_abs().to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if value < 0 {
        text.push('−');
    }
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A count of things, the only place that makes plurals: "1 file", "1,200 files", "1 entry", "2 entries". Only names whose
/// plural ends in s; for others write both out.
pub fn counted(count: usize, one: &str) -> String {
    let exact = number_exact(i64::try_from(count).unwrap_or(i64::MAX));
    format!("{exact} {}", plural(count, one))
}

/// The name of so many things, without their number: "file", "files".
pub fn plural(count: usize, one: &str) -> String {
    if count == 1 {
        return one.to_owned();
    }
    let stem = one.strip_suffix('y');
    match stem.filter(|stem| !stem.ends_with(['a', 'e', 'o', 'u'])) {
        Some(stem) => format!("{stem}ies"),
        None if one.ends_with(['s', 'x']) || one.ends_with("ch") || one.ends_with("sh") => {
            format!("{one}es")
        }
        None => format!("{one}s"),
    }
}

/// The one or the other: "is" for one, "are" for several.
pub fn either<'a>(count: usize, one: &'a str, several: &'a str) -> &'a str {
    if count == 1 { one } else { several }
}

/// A share as a percentage: 0.7 %, 41.2 %, 100 %. `share` is 1.0 for all.
pub fn percent(share: f64) -> String {
    if !share.is_finite() {
        return "–".to_owned();
    }
    let value = share * 100.0;
    if value > 0.0 && value < 0.05 {
        return "< 0.1 %".to_owned();
    }
    if value < 100.0 && value > 99.95 {
        return "> 99.9 %".to_owned();
    }
    if value == 100.0 || value == 0.0 {
        return format!("{value:.0} %");
    }
    format!("{value:.1} %")
}

/// Bytes in powers of 1,024 under the names that AWS uses: 512 B, 12.4 MB. One MB is 1,048,576 bytes, as for Lambda's limits.
pub fn bytes(value: u64) -> String {
    let units = ["B", "KB", "MB", "GB", "TB", "PB"];
    let mut scaled = value as f64;
    let mut unit = 0;
    while scaled >= 1023.95 && unit + 1 < units.len() {
        scaled /= 1024.0;
        unit += 1;
    }
    let figures = if unit == 0 || scaled >= 99.95 {
        format!("{scaled:.0}")
    } else {
        format!("{scaled:.1}")
    };
    format!("{} {}", figures.trim_end_matches(".0"), units[unit])
}

/// Every byte: "13,002,342 bytes".
pub fn bytes_exact(value: u64) -> String {
    let value = i64::try_from(value).unwrap_or(i64::MAX);
    if value == 1 {
        return "1 byte".to_owned();
    }
    format!("{} bytes", number_exact(value))
}

/// A memory setting in MB, as Lambda has it: "1,024 MB".
pub fn megabytes(value: i64) -> String {
    format!("{} MB", number_exact(value))
}

/// A duration in milliseconds: 0.4 ms, 340 ms, 1.9 s, 29 s, 3 min 20 s, 2 h 5 min.
pub fn duration(ms: f64) -> String {
    if !ms.is_finite() {
        return "–".to_owned();
    }
    if ms < 0.0 {
        return format!("−{}", duration(-ms));
    }
    match ms {
        _ if ms == 0.0 => "0 ms".to_owned(),
        m if m < 0.0995 => format!("{:.0} µs", m * 1000.0),
        m if m < 9.95 => format!("{} ms", trim(format!("{m:.1}"))),
        m if m < 999.5 => format!("{m:.0} ms"),
        m if m < 59_950.0 => format!("{} s", trim(format!("{:.1}", m / 1000.0))),
        m => long_duration((m / 1000.0).round() as i64),
    }
}

fn trim(text: String) -> String {
    match text.strip_suffix(".0") {
        Some(whole) => whole.to_owned(),
        None => text,
    }
}

fn long_duration(seconds: i64) -> String {
    let parts = |big: i64, small: i64, b: &str, s: &str| match small {
        0 => format!("{big} {b}"),
        _ => format!("{big} {b} {small} {s}"),
    };
    match seconds {
        s if s < 3_600 => parts(s / 60, s % 60, "min", "s"),
        s if s < 86_400 => parts(s / 3_600, s % 3_600 / 60, "h", "min"),
        s => parts(s / 86_400, s % 86_400 / 3_600, "d", "h"),
    }
}

/// Every figure of a duration in milliseconds: "2,470.35 ms".
pub fn duration_exact(ms: f64) -> String {
    let whole = number_exact(ms.trunc() as i64);
    let rest = trim_zeros(format!("{:.2}", ms.fract().abs()));
    format!("{whole}{} ms", rest.trim_start_matches('0'))
}

fn trim_zeros(text: String) -> String {
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A rate, always by the minute, so that a column of them can be compared by eye: 0.06 /min, 30 /min, 6.9 k/min.
/// `per_second` is in events per second.
pub fn rate(per_second: f64) -> String {
    if !per_second.is_finite() {
        return "–".to_owned();
    }
    // The sum of nothing is minus zero.
    let per_minute = per_second * 60.0 + 0.0;
    let text = match per_minute {
        m if m > 0.0 && m < 0.005 => "< 0.01".to_owned(),
        // Thousandths would make the column wider than they are worth.
        m if m < 0.995 => trim_zeros(format!("{m:.2}")),
        m => number(m),
    };
    match text.ends_with(char::is_alphabetic) {
        true => format!("{text}/min"),
        false => format!("{text} /min"),
    }
}

/// So many of something, shortened: "1 error", "2 errors", "1.2 k errors".
pub fn count_of(count: f64, one: &str) -> String {
    let alone = if count == 1.0 { 1 } else { 2 };
    format!("{} {}", number(count), plural(alone, one))
}

/// How long ago, by the calendar of the zone: just now, 12 s ago, 4 min ago, 2 h ago, yesterday, 12 Nov, 12 Nov 2024.
pub fn ago(at: i64, now: i64, zone: &Zone) -> String {
    let seconds = (now - at) / 1000;
    match seconds {
        // Clocks of two machines differ a little; a time far ahead is written as a date.
        -60..=2 => return "just now".to_owned(),
        3..=59 => return format!("{seconds} s ago"),
        60..=3_599 => return format!("{} min ago", seconds / 60),
        _ => {}
    }
    let (Some(then), Some(today)) = (zone.at(at), zone.at(now)) else {
        return "–".to_owned();
    };
    if (3_600..86_400).contains(&seconds) && then.date() == today.date() {
        return format!("{} h ago", seconds / 3_600);
    }
    if today.date().yesterday().ok() == Some(then.date()) {
        // Shortly after midnight, "yesterday" would say less than the hours do.
        if (3_600..6 * 3_600).contains(&seconds) {
            return format!("{} h ago", seconds / 3_600);
        }
        return "yesterday".to_owned();
    }
    if then.year() == today.year() {
        then.strftime("%-d %b").to_string()
    } else {
        then.strftime("%-d %b %Y").to_string()
    }
}

/// The same without "ago", for narrow columns: 4 min, 2 h, yesterday, 12 Nov.
pub fn age(at: i64, now: i64, zone: &Zone) -> String {
    let text = ago(at, now, zone);
    match text.strip_suffix(" ago") {
        Some(short) => short.to_owned(),
        None => text,
    }
}

/// The time with everything: "2026-11-23 11:42:07.318 UTC+9", and in the local zone UTC in brackets.
pub fn time_exact(at: i64, zone: &Zone) -> String {
    let Some(time) = zone.at(at) else {
        return "–".to_owned();
    };
    let text = time.strftime("%Y-%m-%d %H:%M:%S%.3f").to_string();
    if *zone == Zone::Utc {
        return format!("{text} UTC");
    }
    let offset = offset_name(time.offset().seconds());
    match Zone::Utc.at(at) {
        Some(utc) => format!(
            "{text} {offset} ({} UTC)",
            utc.strftime("%Y-%m-%d %H:%M:%S")
        ),
        None => format!("{text} {offset}"),
    }
}

/// ISO 8601 in UTC, for files: "2026-11-23T02:42:07.318Z".
pub fn time_iso(at: i64) -> String {
    Timestamp::from_millisecond(at)
        .map(|time| time.to_string())
        .unwrap_or_default()
}

/// The time of day with milliseconds, for log lines: "11:42:07.318".
pub fn clock(at: i64, zone: &Zone) -> String {
    zone.at(at)
        .map(|time| time.strftime("%H:%M:%S%.3f").to_string())
        .unwrap_or_default()
}

/// The time of day: "11:42:07".
pub fn clock_seconds(at: i64, zone: &Zone) -> String {
    zone.at(at)
        .map(|time| time.strftime("%H:%M:%S").to_string())
        .unwrap_or_default()
}

/// Since when something lasts: "12:31" today, "26 Nov 12:31" before.
pub fn since(at: i64, now: i64, zone: &Zone) -> String {
    let (Some(then), Some(today)) = (zone.at(at), zone.at(now)) else {
        return "–".to_owned();
    };
    let form = match then.date() == today.date() {
        true => "%H:%M",
        false => "%-d %b %H:%M",
    };
    then.strftime(form).to_string()
}

/// A label of a time axis whose marks are `step` ms apart: 12:00, 12:00:30, or 12 Nov.
pub fn axis_time(at: i64, step: i64, zone: &Zone) -> String {
    let Some(time) = zone.at(at) else {
        return String::new();
    };
    let midnight = time.hour() == 0 && time.minute() == 0 && time.second() == 0;
    let form = match step {
        s if s >= 86_400_000 => "%-d %b",
        _ if midnight => "%-d %b",
        s if s >= 60_000 => "%H:%M",
        _ => "%H:%M:%S",
    };
    time.strftime(form).to_string()
}

/// The offset of the zone from UTC at this time, in ms, so that axis marks can fall on whole local hours.
pub fn utc_offset_ms(at: i64, zone: &Zone) -> i64 {
    zone.at(at)
        .map_or(0, |time| i64::from(time.offset().seconds()) * 1000)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    fn tokyo() -> Zone {
        Zone::Named(TimeZone::fixed(jiff::tz::offset(9)))
    }

    fn ms(text: &str) -> i64 {
        text.parse::<Timestamp>().unwrap().as_millisecond()
    }

    #[test]
    fn numbers_have_about_three_figures() {
        let cases = [
            (0.0, "0"),
            (7.0, "7"),
            (0.05, "0.05"),
            (0.7, "0.7"),
            (42.0, "42"),
            (999.0, "999"),
            (1000.0, "1 k"),
            (1234.0, "1.2 k"),
            (84_312.0, "84 k"),
            (999_600.0, "1 M"),
            (1_240_000.0, "1.24 M"),
            (-1234.0, "−1.2 k"),
            (f64::NAN, "–"),
        ];
        for (value, expected) in cases {
            assert_eq!(number(value), expected, "{value}");
        }
    }

    #[test]
    fn exact_numbers_stand_in_groups_of_three() {
        let cases = [
            (0, "0"),
            (999, "999"),
            (1024, "1,024"),
            (-1_234_567, "−1,234,567"),
        ];
        for (value, expected) in cases {
            assert_eq!(number_exact(value), expected);
        }
    }

    #[test]
    fn one_thing_is_one_and_several_are_several() {
        let cases = [
            (0, "file", "0 files"),
            (1, "file", "1 file"),
            (1_200, "file", "1,200 files"),
            (1, "entry", "1 entry"),
            (2, "entry", "2 entries"),
            (2, "key", "2 keys"),
            (2, "alias", "2 aliases"),
            (2, "match", "2 matches"),
            (2, "other", "2 others"),
        ];
        for (count, one, expected) in cases {
            assert_eq!(counted(count, one), expected);
        }
        assert_eq!(
            (either(1, "is", "are"), either(0, "is", "are")),
            ("is", "are")
        );
    }

    #[test]
    fn a_share_that_is_not_all_never_reads_as_all() {
        assert_eq!(percent(0.99999), "> 99.9 %");
        assert_eq!(percent(1.0), "100 %");
        assert_eq!(percent(0.0001), "< 0.1 %");
        assert_eq!(percent(0.412), "41.2 %");
        assert_eq!(percent(0.0), "0 %");
    }

    #[test]
    fn bytes_follow_lambdas_units() {
        let cases = [
            (0, "0 B"),
            (512, "512 B"),
            (1024, "1 KB"),
            (13_002_342, "12.4 MB"),
            (52_428_800, "50 MB"),
            (1_073_741_000, "1 GB"),
        ];
        for (value, expected) in cases {
            assert_eq!(bytes(value), expected);
        }
        assert_eq!(bytes_exact(13_002_342), "13,002,342 bytes");
        assert_eq!(bytes_exact(1), "1 byte");
    }

    #[test]
    fn durations_take_the_unit_that_reads_best() {
        let cases = [
            (0.0, "0 ms"),
            (0.05, "50 µs"),
            (3.25, "3.2 ms"),
            (340.2, "340 ms"),
            (1900.0, "1.9 s"),
            (29_000.0, "29 s"),
            (200_000.0, "3 min 20 s"),
            (900_000.0, "15 min"),
            (7_500_000.0, "2 h 5 min"),
        ];
        for (value, expected) in cases {
            assert_eq!(duration(value), expected, "{value}");
        }
        assert_eq!(duration_exact(2470.35), "2,470.35 ms");
        assert_eq!(duration_exact(2470.0), "2,470 ms");
    }

    #[test]
    fn rates_are_told_by_the_minute_whatever_they_are() {
        assert_eq!(rate(115.2), "6.9 k/min");
        assert_eq!(rate(0.5), "30 /min");
        assert_eq!(rate(0.001), "0.06 /min");
        assert_eq!(rate(1.0 / 900.0), "0.07 /min");
        assert_eq!(rate(0.000_01), "< 0.01 /min");
        assert_eq!(rate(0.0), "0 /min");
        assert_eq!(rate(std::iter::empty::<f64>().sum()), "0 /min");
        assert_eq!(rate(f64::NAN), "–");
    }

    #[test]
    fn one_is_not_told_as_many() {
        assert_eq!(count_of(1.0, "error"), "1 error");
        assert_eq!(count_of(0.0, "error"), "0 errors");
        assert_eq!(count_of(1234.0, "error"), "1.2 k errors");
    }

    #[test]
    fn what_happened_lately_is_told_by_how_long_ago() {
        let now = ms("2026-11-23T03:00:00Z");
        let cases = [
            (0, "just now"),
            (12, "12 s ago"),
            (240, "4 min ago"),
            (7_300, "2 h ago"),
        ];
        for (seconds, expected) in cases {
            assert_eq!(ago(now - seconds * 1000, now, &tokyo()), expected);
        }
        assert_eq!(ago(now + 5_000, now, &tokyo()), "just now");
        assert_eq!(age(now - 240_000, now, &tokyo()), "4 min");
    }

    #[test]
    fn yesterday_and_dates_follow_the_calendar_of_the_zone() {
        // 12:00 in Tokyo.
        let now = ms("2026-11-23T03:00:00Z");
        let last_evening = ms("2026-11-22T14:00:00Z");
        assert_eq!(ago(last_evening, now, &tokyo()), "yesterday");
        assert_eq!(ago(last_evening, now, &Zone::Utc), "yesterday");
        let early = ms("2026-11-22T16:00:00Z");
        assert_eq!(ago(early, now, &tokyo()), "11 h ago");
        assert_eq!(ago(ms("2026-11-12T03:00:00Z"), now, &tokyo()), "12 Nov");
        assert_eq!(
            ago(ms("2024-11-12T03:00:00Z"), now, &tokyo()),
            "12 Nov 2024"
        );
    }

    #[test]
    fn exact_times_hold_the_zone_and_utc() {
        let at = ms("2026-11-23T02:42:07.318Z");
        assert_eq!(time_exact(at, &Zone::Utc), "2026-11-23 02:42:07.318 UTC");
        let local = time_exact(at, &tokyo());
        assert_eq!(
            local,
            "2026-11-23 11:42:07.318 UTC+9 (2026-11-23 02:42:07 UTC)"
        );
        assert_eq!(clock(at, &tokyo()), "11:42:07.318");
    }

    #[test]
    fn zones_with_half_hours_are_named_whole() {
        assert_eq!(offset_name(19_800), "UTC+5:30");
        assert_eq!(offset_name(-12_600), "UTC−3:30");
        assert_eq!(offset_name(0), "UTC+0");
        assert_eq!(Zone::Utc.name(0), "UTC");
    }

    #[test]
    fn axis_labels_say_the_day_at_midnight_and_seconds_when_zoomed_in() {
        let midnight = ms("2026-11-22T15:00:00Z");
        assert_eq!(axis_time(midnight, 3_600_000, &tokyo()), "23 Nov");
        assert_eq!(
            axis_time(midnight + 5_400_000, 1_800_000, &tokyo()),
            "01:30"
        );
        assert_eq!(axis_time(midnight + 5_000, 5_000, &tokyo()), "00:00:05");
        assert_eq!(utc_offset_ms(midnight, &tokyo()), 9 * 3_600_000);
    }
}
