//! How much of what was read is shown: as far back as there is data. What has been called for two minutes only would be a dot
//! at the end of three hours.

use super::Series;

/// A stretch of time that ends now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Span {
    /// Fifteen minutes.
    Quarter,
    /// An hour.
    Hour,
    /// Three hours: all that is read.
    #[default]
    ThreeHours,
}

impl Span {
    /// The shortest one that holds all data since `began`, at `now`; both in ms since 1970.
    pub fn holding(began: i64, now: i64) -> Self {
        let shorter = [Self::Quarter, Self::Hour];
        let holds = |span: &Self| now.saturating_sub(began) <= span.ms();
        shorter.into_iter().find(holds).unwrap_or(Self::ThreeHours)
    }

    /// How long it is, in ms.
    pub const fn ms(self) -> i64 {
        match self {
            Self::Quarter => 15 * 60_000,
            Self::Hour => 3_600_000,
            Self::ThreeHours => 3 * 3_600_000,
        }
    }

    /// As "15 min".
    pub const fn words(self) -> &'static str {
        match self {
            Self::Quarter => "15 min",
            Self::Hour => "1 h",
            Self::ThreeHours => "3 h",
        }
    }
}

/// A point of at most so many seconds says when something began.
const FINE_S: u32 = 300;

/// When the first of these has its first point, ms since 1970. A point of a long period says little of when that was.
pub fn began<'a>(series: impl Iterator<Item = &'a Series>) -> Option<i64> {
    series
        .filter(|series| series.period_s <= FINE_S)
        .filter_map(|series| Some(series.points().next()?.0))
        .min()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn series(start: i64, values: &[f64]) -> Series {
        Series {
            start,
            period_s: 60,
            values: values.to_vec(),
            ..Series::default()
        }
    }

    #[test]
    fn as_much_is_shown_as_there_is_data() {
        let now = 100 * 3_600_000;
        let of = |minutes: i64| Span::holding(now - minutes * 60_000, now);
        assert_eq!(of(1), Span::Quarter);
        assert_eq!(of(15), Span::Quarter);
        assert_eq!(of(16), Span::Hour);
        assert_eq!(of(61), Span::ThreeHours);
        assert_eq!(of(5_000), Span::ThreeHours);
    }

    #[test]
    fn data_begin_with_the_first_point_of_any_series() {
        let gap = f64::NAN;
        let both = [series(0, &[gap, gap, 1.0]), series(0, &[gap, 2.0, gap])];
        assert_eq!(began(both.iter()), Some(60_000));
        assert_eq!(began([series(0, &[gap])].iter()), None);
        let hourly = Series {
            period_s: 3_600,
            ..series(0, &[1.0])
        };
        assert_eq!(began([hourly, series(0, &[gap, 1.0])].iter()), Some(60_000));
    }

    #[test]
    fn what_is_before_a_time_is_left_out_and_its_period_kept_whole() {
        let all = series(60_000, &[1.0, 2.0, 3.0]);
        let late = all.since(150_000);
        assert_eq!(
            (late.start, late.values.as_slice()),
            (120_000, &[2.0, 3.0][..])
        );
        assert_eq!(all.since(0), all);
        assert!(all.since(10_000_000).values.is_empty());
    }
}
