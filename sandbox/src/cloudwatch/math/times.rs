//! What the clock shows at each point, in UTC: MINUTE, HOUR, DAY (of the week, from Monday 1 to Sunday 7), DATE (of the
//! month), MONTH, YEAR, EPOCH.

use super::Line;

/// A line with what its points' times are in place of their values.
pub fn of(name: &str, line: &Line) -> Line {
    line.with(line.points.keys().filter_map(|at| {
        let time = jiff::Timestamp::from_second(*at).ok()?;
        let time = jiff::tz::Offset::UTC.to_datetime(time);
        let shown = match name {
            "MINUTE" => f64::from(time.minute()),
            "HOUR" => f64::from(time.hour()),
            "DAY" => f64::from(time.weekday().to_monday_one_offset()),
            "DATE" => f64::from(time.day()),
            "MONTH" => f64::from(time.month()),
            "YEAR" => f64::from(time.year()),
            _ => *at as f64,
        };
        Some((*at, shown))
    }))
}
