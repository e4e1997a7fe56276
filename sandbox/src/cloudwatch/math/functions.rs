//! The functions of metric math.

use std::collections::BTreeMap;

use super::evaluate::{evaluate, map};
use super::parse::Expression;
use super::{Line, Outcome, Points, Scope, arrays, slots, times};

/// Calls a function by its name in capitals.
pub fn call(name: &str, arguments: &[Expression], scope: &dyn Scope) -> Result<Outcome, String> {
    // Some arguments are keywords, which are no values.
    match name {
        "FILL" => return fill(arguments, scope),
        "SORT" => return arrays::sort(arguments, scope),
        "SLICE" => return arrays::slice(arguments, scope),
        _ => {}
    }
    let values = arguments
        .iter()
        .map(|argument| evaluate(argument, scope))
        .collect::<Result<Vec<_>, _>>()?;
    let arguments = Arguments { name, values };
    match name {
        "ABS" => arguments.map_each(f64::abs),
        "CEIL" => arguments.map_each(f64::ceil),
        "FLOOR" => arguments.map_each(f64::floor),
        "LOG" => arguments.map_each(f64::ln),
        "LOG10" => arguments.map_each(f64::log10),
        "SUM" => arguments.reduce(|values| values.iter().sum()),
        "AVG" => arguments.reduce(mean),
        "MIN" => arguments.reduce(|values| values.iter().copied().fold(f64::INFINITY, f64::min)),
        "MAX" => {
            arguments.reduce(|values| values.iter().copied().fold(f64::NEG_INFINITY, f64::max))
        }
        "STDDEV" => arguments.reduce(deviation),
        "METRIC_COUNT" => arguments.metric_count(),
        "DATAPOINT_COUNT" => arguments.scalar_of(|line| line.points.len() as f64),
        "PERIOD" => arguments.scalar_of(|line| line.period as f64),
        "RATE" => arguments.change_each(|line| {
            steps(line, |before, now| {
                (now.1 - before.1) / (now.0 - before.0) as f64
            })
        }),
        "DIFF" => arguments.change_each(|line| steps(line, |before, now| now.1 - before.1)),
        "DIFF_TIME" => {
            arguments.change_each(|line| steps(line, |before, now| (now.0 - before.0) as f64))
        }
        "RUNNING_SUM" => arguments.change_each(running_sum),
        "MINUTE" | "HOUR" | "DAY" | "DATE" | "MONTH" | "YEAR" | "EPOCH" => {
            arguments.change_each(|line| times::of(name, line))
        }
        "IF" => arguments.choose(),
        "METRICS" => match &arguments.values[..] {
            [] => Ok(Outcome::Lines(scope.metrics(""))),
            [Outcome::Text(part)] => Ok(Outcome::Lines(scope.metrics(part))),
            _ => Err(arguments.wrong()),
        },
        "FIRST" => arguments.pick(|lines| lines.into_iter().next()),
        "LAST" => arguments.pick(|lines| lines.into_iter().next_back()),
        "REMOVE_EMPTY" => arguments.keep(|line| !line.points.is_empty()),
        "TIME_SERIES" => match &arguments.values[..] {
            [Outcome::Scalar(value)] => {
                let period = scope.period();
                let points = slots(scope.range(), period)?.map(|at| (at, *value));
                Ok(Outcome::Line(Line {
                    label: value.to_string(),
                    origin: None,
                    period,
                    points: points.collect(),
                }))
            }
            _ => Err(arguments.wrong()),
        },
        "SEARCH" => match &arguments.values[..] {
            [Outcome::Text(search), Outcome::Text(stat)] => scope
                .search(search, stat, scope.period())
                .map(Outcome::Lines),
            [
                Outcome::Text(search),
                Outcome::Text(stat),
                Outcome::Scalar(period),
            ] => scope
                .search(search, stat, *period as i64)
                .map(Outcome::Lines),
            _ => Err(arguments.wrong()),
        },
        other => Err(format!("there is no function {other}")),
    }
}

struct Arguments<'a> {
    name: &'a str,
    values: Vec<Outcome>,
}

impl Arguments<'_> {
    fn wrong(&self) -> String {
        format!("{} can't be called with these arguments", self.name)
    }

    fn one(mut self) -> Result<Outcome, String> {
        match self.values.pop() {
            Some(value) if self.values.is_empty() => Ok(value),
            _ => Err(self.wrong()),
        }
    }

    /// A number or every value of every line changed.
    fn map_each(self, change: fn(f64) -> f64) -> Result<Outcome, String> {
        if let [Outcome::Scalar(number)] = self.values[..] {
            return Ok(Outcome::Scalar(change(number)));
        }
        self.change_each(|line| map(line, change))
    }

    /// Every line changed.
    fn change_each(self, change: impl Fn(&Line) -> Line) -> Result<Outcome, String> {
        let wrong = self.wrong();
        match self.one()? {
            Outcome::Line(line) => Ok(Outcome::Line(change(&line))),
            Outcome::Lines(lines) => Ok(Outcome::Lines(lines.iter().map(change).collect())),
            _ => Err(wrong),
        }
    }

    /// AWS's page: of one line, one number over all its points; of many, one line over the lines at each time.
    fn reduce(self, reduce: impl Fn(&[f64]) -> f64) -> Result<Outcome, String> {
        let (name, wrong) = (self.name, self.wrong());
        match self.one()? {
            Outcome::Line(line) => {
                let values: Vec<f64> = line.points.values().copied().collect();
                Ok(Outcome::Scalar(reduce(&values)))
            }
            Outcome::Lines(lines) => {
                let mut by_time: BTreeMap<i64, Vec<f64>> = BTreeMap::new();
                for (at, value) in lines.iter().flat_map(|line| &line.points) {
                    by_time.entry(*at).or_default().push(*value);
                }
                let points = by_time.iter().map(|(at, values)| (*at, reduce(values)));
                let empty = Line {
                    label: name.to_owned(),
                    origin: None,
                    period: lines.iter().map(|line| line.period).max().unwrap_or(60),
                    points: Points::new(),
                };
                Ok(Outcome::Line(empty.with(points)))
            }
            Outcome::Scalar(number) => Ok(Outcome::Scalar(reduce(&[number]))),
            Outcome::Text(_) => Err(wrong),
        }
    }

    fn scalar_of(self, measure: impl Fn(&Line) -> f64) -> Result<Outcome, String> {
        let wrong = self.wrong();
        match self.one()? {
            Outcome::Line(line) => Ok(Outcome::Scalar(measure(&line))),
            _ => Err(wrong),
        }
    }

    fn metric_count(self) -> Result<Outcome, String> {
        let wrong = self.wrong();
        match self.one()? {
            Outcome::Line(_) => Ok(Outcome::Scalar(1.0)),
            Outcome::Lines(lines) => Ok(Outcome::Scalar(lines.len() as f64)),
            _ => Err(wrong),
        }
    }

    fn pick(self, pick: impl Fn(Vec<Line>) -> Option<Line>) -> Result<Outcome, String> {
        let wrong = self.wrong();
        match self.one()? {
            Outcome::Lines(lines) => pick(lines).map(Outcome::Line).ok_or(wrong),
            line @ Outcome::Line(_) => Ok(line),
            _ => Err(wrong),
        }
    }

    fn keep(self, keep: impl Fn(&Line) -> bool) -> Result<Outcome, String> {
        let wrong = self.wrong();
        match self.one()? {
            Outcome::Lines(lines) => Ok(Outcome::Lines(lines.into_iter().filter(keep).collect())),
            line @ Outcome::Line(_) => Ok(line),
            _ => Err(wrong),
        }
    }

    /// `IF(condition, then, otherwise)`: by time where anything in it is a line. Without `otherwise`, what the condition
    /// doesn't hold for has no point.
    fn choose(self) -> Result<Outcome, String> {
        let wrong = self.wrong();
        let (condition, then, otherwise) = match &self.values[..] {
            [condition, then] => (condition, then, None),
            [condition, then, otherwise] => (condition, then, Some(otherwise)),
            _ => return Err(wrong),
        };
        let condition = match condition {
            Outcome::Line(line) => line,
            Outcome::Scalar(number) => {
                let chosen = if *number != 0.0 {
                    Some(then)
                } else {
                    otherwise
                };
                return chosen.cloned().ok_or(wrong);
            }
            _ => return Err(wrong),
        };
        let at = |outcome: &Outcome, time: &i64| match outcome {
            Outcome::Scalar(number) => Ok(Some(*number)),
            Outcome::Line(line) => Ok(line.points.get(time).copied()),
            _ => Err(wrong.clone()),
        };
        let mut points = Points::new();
        for (time, held) in &condition.points {
            let value = match (*held != 0.0, otherwise) {
                (true, _) => at(then, time)?,
                (false, Some(otherwise)) => at(otherwise, time)?,
                (false, None) => None,
            };
            points.extend(value.map(|value| (*time, value)));
        }
        let like = match then {
            Outcome::Line(line) => line,
            _ => condition,
        };
        Ok(Outcome::Line(like.with(points.into_iter())))
    }
}

pub(super) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn deviation(values: &[f64]) -> f64 {
    let mean = mean(values);
    let squares = values.iter().map(|value| (value - mean).powi(2));
    (squares.sum::<f64>() / values.len() as f64).sqrt()
}

/// Each point put together with the one before it; the first has none and goes.
fn steps(line: &Line, step: impl Fn((i64, f64), (i64, f64)) -> f64) -> Line {
    let pairs = line.points.iter().zip(line.points.iter().skip(1));
    line.with(
        pairs.map(|((before_at, before), (at, now))| {
            (*at, step((*before_at, *before), (*at, *now)))
        }),
    )
}

fn running_sum(line: &Line) -> Line {
    let mut sum = 0.0;
    line.with(line.points.iter().map(|(at, value)| {
        sum += value;
        (*at, sum)
    }))
}

/// How FILL fills.
enum Filler {
    With(f64),
    From(Line),
    Repeat,
    Linear,
}

/// `FILL(line, number | line | REPEAT | LINEAR)`.
fn fill(arguments: &[Expression], scope: &dyn Scope) -> Result<Outcome, String> {
    let wrong =
        || "FILL takes time series and a number, a time series, REPEAT or LINEAR".to_owned();
    let [line, filler] = arguments else {
        return Err(wrong());
    };
    let filler = match filler {
        Expression::Name(name) if name == "REPEAT" => Filler::Repeat,
        Expression::Name(name) if name == "LINEAR" => Filler::Linear,
        other => match evaluate(other, scope)? {
            Outcome::Scalar(number) => Filler::With(number),
            Outcome::Line(line) => Filler::From(line),
            _ => return Err(wrong()),
        },
    };
    match evaluate(line, scope)? {
        Outcome::Line(line) => filled(&line, &filler, scope).map(Outcome::Line),
        Outcome::Lines(lines) => lines
            .iter()
            .map(|line| filled(line, &filler, scope))
            .collect::<Result<_, _>>()
            .map(Outcome::Lines),
        _ => Err(wrong()),
    }
}

fn filled(line: &Line, filler: &Filler, scope: &dyn Scope) -> Result<Line, String> {
    let times = slots(scope.range(), line.period)?;
    Ok(line.with(times.filter_map(|at| {
        let known = line.points.get(&at).copied();
        let value = known.or_else(|| missing(line, filler, at))?;
        Some((at, value))
    })))
}

fn missing(line: &Line, filler: &Filler, at: i64) -> Option<f64> {
    let before = || line.points.range(..at).next_back();
    match filler {
        Filler::With(number) => Some(*number),
        Filler::From(other) => other.points.get(&at).copied(),
        Filler::Repeat => before().map(|(_, value)| *value),
        Filler::Linear => {
            let (from, low) = before()?;
            let (to, high) = line.points.range(at..).next()?;
            Some(low + (high - low) * (at - from) as f64 / (to - from) as f64)
        }
    }
}
