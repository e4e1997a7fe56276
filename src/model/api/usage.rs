//! What keys have used of their plans: by day, of the quota's period, and where that leads. Knows no client and no clock.
//!
//! API Gateway counts by days of UTC; a week begins on Sunday, a month on its first day.
//! Source: <https://docs.aws.amazon.com/apigateway/latest/api/API_GetUsage.html>.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

use super::keys::UsagePlan;
use crate::model::metric::Series;

/// A day, in ms.
const DAY_MS: i64 = 86_400_000;
/// So many days say how fast a quota goes.
const PACE_DAYS: usize = 7;

/// What was used on a day, and what was left after it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Day {
    /// Requests.
    pub used: i64,
    /// Of the quota; without one it says nothing.
    pub left: i64,
}

/// What the keys of a plan used, from a day on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Usage {
    /// The first of the days.
    pub from: Date,
    /// Day after day, by the key's id. A key that was never used is not among them.
    pub keys: BTreeMap<String, Vec<Day>>,
}

/// Where one key stands in the period that runs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Standing {
    /// Requests of this period.
    pub used: i64,
    /// What is left; none without a quota.
    pub left: Option<i64>,
    /// The used part of all that the period has, extensions included; none without a quota.
    pub share: Option<f64>,
}

impl Standing {
    /// Nothing is left of a quota.
    pub fn is_out(&self) -> bool {
        self.left.is_some_and(|left| left <= 0)
    }
}

/// How the keys of a plan stand, for a line of a list.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Worst {
    /// The largest share.
    pub share: f64,
    /// So many keys have nothing left.
    pub out: usize,
}

/// A share in whole hundredths, rounded down: all of it is said of all of it alone.
pub fn share_words(share: f64) -> String {
    format!("{} %", (share.clamp(0.0, 1.0) * 100.0 + 1e-9).floor())
}

/// The day of a moment, in UTC.
pub fn day_of(now: i64) -> Date {
    let at = Timestamp::from_millisecond(now).unwrap_or_default();
    jiff::tz::Offset::UTC.to_datetime(at).date()
}

/// When a day begins, in ms since 1970.
pub fn begin_of(day: Date) -> i64 {
    let at = jiff::tz::Offset::UTC.to_timestamp(day.at(0, 0, 0, 0));
    at.map_or(0, |at| at.as_millisecond())
}

/// The first day of the period that a day is in.
pub fn period_begins(period: &str, day: Date) -> Date {
    match period {
        "MONTH" => day.first_of_month(),
        "WEEK" => day.saturating_sub(i64::from(day.weekday().to_sunday_zero_offset()).days()),
        _ => day,
    }
}

/// The first day of the period after.
pub fn period_ends(period: &str, day: Date) -> Date {
    match period {
        "MONTH" => day.last_of_month().saturating_add(1.day()),
        "WEEK" => period_begins(period, day).saturating_add(7.days()),
        _ => day.saturating_add(1.day()),
    }
}

/// From when usage is asked: the month so far, and the whole period where that began before.
pub fn asked_from(today: Date) -> Date {
    today.first_of_month().min(period_begins("WEEK", today))
}

impl Usage {
    fn days(&self, key: &str) -> &[Day] {
        self.keys.get(key).map_or(&[], Vec::as_slice)
    }

    /// The place of a day among the days; none before the first.
    fn at(&self, day: Date) -> Option<usize> {
        let since = self.from.until(day).ok()?.get_days();
        usize::try_from(since).ok()
    }

    /// Where a key of a plan stands today.
    pub fn standing(&self, plan: &UsagePlan, key: &str, today: Date) -> Standing {
        let days = self.days(key);
        let period = plan
            .quota
            .as_ref()
            .map_or("MONTH", |(_, period)| period.as_str());
        let first = self.at(period_begins(period, today)).unwrap_or(0);
        let of_period = days.get(first..).unwrap_or_default();
        let used: i64 = of_period.iter().map(|day| day.used).sum();
        let left = plan.quota.as_ref().map(|(limit, _)| {
            let limit = i64::from(*limit);
            of_period.last().map_or(limit - used, |day| day.left).max(0)
        });
        let share = left.map(|left| match used + left {
            0 => 1.0,
            all => used as f64 / all as f64,
        });
        Standing { used, left, share }
    }

    /// How the keys of a plan stand together; none where there is no quota or nobody to stand.
    pub fn worst(&self, plan: &UsagePlan, today: Date) -> Option<Worst> {
        plan.quota.as_ref()?;
        let all = plan
            .keys
            .iter()
            .map(|key| self.standing(plan, &key.id, today));
        let mut worst = None;
        for standing in all {
            let worst: &mut Worst = worst.get_or_insert_default();
            worst.share = worst.share.max(standing.share.unwrap_or_default());
            worst.out += usize::from(standing.is_out());
        }
        worst
    }

    /// The requests of a key, a value a day; those of all keys without one.
    pub fn by_day(&self, key: Option<&str>) -> Vec<i64> {
        let count = self.keys.values().map(Vec::len).max().unwrap_or_default();
        let mut sums = vec![0; count];
        for (id, days) in &self.keys {
            if key.is_none_or(|key| key == id) {
                for (sum, day) in sums.iter_mut().zip(days) {
                    *sum += day.used;
                }
            }
        }
        sums
    }

    /// The same as a series of days.
    pub fn series(&self, key: Option<&str>) -> Series {
        series(
            self.from,
            self.by_day(key).into_iter().map(|used| used as f64),
        )
    }

    /// What was left of the quota after each day of the period, from the whole of it at its begin.
    pub fn left(&self, plan: &UsagePlan, key: &str, today: Date) -> Option<Series> {
        let (limit, period) = plan.quota.as_ref()?;
        let begins = period_begins(period, today);
        let first = self.at(begins)?;
        let days = self.days(key).get(first..).unwrap_or_default();
        let after = days.iter().map(|day| day.left.max(0) as f64);
        Some(series(
            begins,
            std::iter::once(f64::from(*limit)).chain(after),
        ))
    }

    /// When nothing is left at the pace of the last seven days; none where that is not before the period ends.
    pub fn gone_at(&self, plan: &UsagePlan, key: &str, now: i64) -> Option<i64> {
        let today = day_of(now);
        let standing = self.standing(plan, key, today);
        let (_, period) = plan.quota.as_ref()?;
        let left = standing.left.filter(|left| *left > 0)?;
        let days = self.days(key);
        // Today counts for as much of it as is over.
        let over = (now - begin_of(today)) as f64 / DAY_MS as f64;
        let recent = days.get(days.len().saturating_sub(PACE_DAYS)..)?;
        let used: i64 = recent.iter().map(|day| day.used).sum();
        let length = (recent.len() as f64 - 1.0 + over).max(0.25);
        let a_day = used as f64 / length;
        if a_day <= 0.0 {
            return None;
        }
        let at = now + (left as f64 / a_day * DAY_MS as f64) as i64;
        (at < begin_of(period_ends(period, today))).then_some(at)
    }
}

fn series(from: Date, values: impl Iterator<Item = f64>) -> Series {
    Series {
        start: begin_of(from),
        period_s: 86_400,
        values: values.collect(),
        ..Series::default()
    }
}

/// What is left where a quota goes evenly from the begin of its period to its end.
pub fn even_pace(limit: i32, period: &str, today: Date) -> Series {
    let (begins, ends) = (period_begins(period, today), period_ends(period, today));
    let days = begins.until(ends).map_or(1, |span| span.get_days()).max(1);
    let limit = f64::from(limit);
    let left = (0..=days).map(|day| limit - limit * f64::from(day) / f64::from(days));
    series(begins, left)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::keys::ApiKey;
    use super::*;
    use jiff::civil::date;

    fn plan(limit: i32, period: &str, keys: &[&str]) -> UsagePlan {
        let key = |id: &&str| ApiKey {
            id: (*id).to_owned(),
            ..ApiKey::default()
        };
        UsagePlan {
            quota: Some((limit, period.to_owned())),
            keys: keys.iter().map(key).collect(),
            ..UsagePlan::default()
        }
    }

    fn usage(from: Date, keys: &[(&str, &[(i64, i64)])]) -> Usage {
        let day = |(used, left): &(i64, i64)| Day {
            used: *used,
            left: *left,
        };
        let days =
            |(id, days): &(&str, &[(i64, i64)])| ((*id).to_owned(), days.iter().map(day).collect());
        Usage {
            from,
            keys: keys.iter().map(days).collect(),
        }
    }

    #[test]
    fn periods_begin_and_end_as_api_gateway_counts_them() {
        // 27 Nov 2026 is a Friday.
        let day = date(2026, 11, 27);
        assert_eq!(period_begins("DAY", day), day);
        assert_eq!(period_begins("WEEK", day), date(2026, 11, 22));
        assert_eq!(period_ends("WEEK", day), date(2026, 11, 29));
        assert_eq!(period_begins("MONTH", day), date(2026, 11, 1));
        assert_eq!(period_ends("MONTH", day), date(2026, 12, 1));
        assert_eq!(asked_from(date(2026, 12, 2)), date(2026, 11, 29));
        assert_eq!(day_of(begin_of(day) + DAY_MS - 1), day);
    }

    #[test]
    fn a_key_stands_by_what_this_period_has_used_and_by_what_it_was_extended() {
        let today = date(2026, 11, 24);
        let plan = plan(100, "WEEK", &["a", "b", "c"]);
        let usage = usage(
            date(2026, 11, 20),
            &[
                // Friday and Saturday are of the week before.
                ("a", &[(50, 50), (40, 10), (30, 70), (10, 60), (0, 60)]),
                // Extended by 100 on Monday.
                ("b", &[(0, 0), (0, 0), (100, 0), (90, 10), (10, 0)]),
            ],
        );
        let a = usage.standing(&plan, "a", today);
        assert_eq!((a.used, a.left, a.share), (40, Some(60), Some(0.4)));
        let b = usage.standing(&plan, "b", today);
        assert_eq!((b.used, b.left, b.share), (200, Some(0), Some(1.0)));
        let never = usage.standing(&plan, "c", today);
        assert_eq!(
            (never.used, never.left, never.share),
            (0, Some(100), Some(0.0))
        );
        assert_eq!(
            usage.worst(&plan, today),
            Some(Worst { share: 1.0, out: 1 })
        );
    }

    #[test]
    fn only_what_is_used_up_is_a_hundred() {
        let shares = [0.0, 0.5, 0.94, 0.9999, 1.0, 1.2].map(share_words);
        assert_eq!(shares, ["0 %", "50 %", "94 %", "99 %", "100 %", "100 %"]);
    }

    #[test]
    fn without_a_quota_nobody_stands_worst_and_use_is_still_counted() {
        let today = date(2026, 11, 2);
        let mut plan = plan(1, "DAY", &["a"]);
        plan.quota = None;
        let usage = usage(date(2026, 11, 1), &[("a", &[(3, 0), (4, 0)])]);
        assert_eq!(usage.worst(&plan, today), None);
        let standing = usage.standing(&plan, "a", today);
        assert_eq!(
            (standing.used, standing.left, standing.share),
            (7, None, None)
        );
        assert_eq!(usage.by_day(None), [3, 4]);
        assert!(usage.left(&plan, "a", today).is_none());
    }

    #[test]
    fn at_the_pace_of_seven_days_a_quota_is_gone_before_its_period_or_not() {
        let from = date(2026, 11, 1);
        let days: Vec<(i64, i64)> = (1..=20).map(|day| (10, 1_000 - day * 10)).collect();
        let noon = begin_of(date(2026, 11, 20)) + DAY_MS / 2;
        let plan_of = |limit| plan(limit, "MONTH", &["a"]);
        // 70 in six and a half days; 800 left go in 74 days.
        let usage_of = |left: i64| {
            let mut days = days.clone();
            days.last_mut().unwrap().1 = left;
            usage(from, &[("a", &days)])
        };
        assert_eq!(usage_of(800).gone_at(&plan_of(1_000), "a", noon), None);
        let gone = usage_of(35).gone_at(&plan_of(1_000), "a", noon).unwrap();
        assert_eq!((gone - noon + 500) / 1_000, DAY_MS / 1_000 * 13 / 4);
        assert_eq!(
            usage_of(0).gone_at(&plan_of(1_000), "a", noon),
            None,
            "it is gone"
        );
    }

    #[test]
    fn what_is_left_begins_whole_and_the_even_pace_ends_with_nothing() {
        let today = date(2026, 11, 3);
        let plan = plan(300, "MONTH", &["a"]);
        let usage = usage(
            date(2026, 11, 1),
            &[("a", &[(10, 290), (20, 270), (0, 270)])],
        );
        let left = usage.left(&plan, "a", today).unwrap();
        assert_eq!(left.values, [300.0, 290.0, 270.0, 270.0]);
        let even = even_pace(300, "MONTH", today);
        assert_eq!(
            (even.values.len(), even.values[0], even.values[30]),
            (31, 300.0, 0.0)
        );
        assert_eq!(even.start, begin_of(date(2026, 11, 1)));
    }
}
