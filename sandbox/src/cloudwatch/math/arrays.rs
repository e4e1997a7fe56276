//! SORT and SLICE: an array of time series put in order, and a part of it.

use super::evaluate::evaluate;
use super::functions::mean;
use super::parse::Expression;
use super::{Line, Outcome, Scope};

/// `SORT(lines, AVG | MAX | MIN | SUM, ASC | DESC, count)`: by one number of each, the first `count` of them.
pub fn sort(arguments: &[Expression], scope: &dyn Scope) -> Result<Outcome, String> {
    let wrong = || {
        "SORT takes an array of time series, AVG, MAX, MIN or SUM, ASC or DESC, and a count"
            .to_owned()
    };
    let [lines, by, order, rest @ ..] = arguments else {
        return Err(wrong());
    };
    let keyword = |expression: &Expression| match expression {
        Expression::Name(name) => Ok(name.to_ascii_uppercase()),
        _ => Err(wrong()),
    };
    let measure = measure(&keyword(by)?).ok_or_else(wrong)?;
    let descends = match keyword(order)?.as_str() {
        "DESC" => true,
        "ASC" => false,
        _ => return Err(wrong()),
    };
    let most = match rest {
        [] => usize::MAX,
        [count] => index(count, scope)?.ok_or_else(wrong)?,
        _ => return Err(wrong()),
    };
    let mut lines = array(lines, scope)?.ok_or_else(wrong)?;
    order_by(&mut lines, measure, descends);
    lines.truncate(most);
    Ok(Outcome::Lines(lines))
}

/// `SLICE(lines, first, end)`: those from `first` up to `end`, which is not included; without it all that follow.
pub fn slice(arguments: &[Expression], scope: &dyn Scope) -> Result<Outcome, String> {
    let wrong = || "SLICE takes an array of time series and one or two indexes".to_owned();
    let (lines, first, end) = match arguments {
        [lines, first] => (lines, first, None),
        [lines, first, end] => (lines, first, Some(end)),
        _ => return Err(wrong()),
    };
    let mut lines = array(lines, scope)?.ok_or_else(wrong)?;
    let first = index(first, scope)?.ok_or_else(wrong)?.min(lines.len());
    if let Some(end) = end {
        lines.truncate(index(end, scope)?.ok_or_else(wrong)?);
    }
    Ok(Outcome::Lines(lines.split_off(first.min(lines.len()))))
}

/// What a series is measured by, by the name of a function; of no points there is none.
pub fn measure(name: &str) -> Option<fn(&[f64]) -> f64> {
    Some(match name {
        "AVG" => mean,
        "SUM" => |values| values.iter().sum(),
        "MIN" => |values| values.iter().copied().fold(f64::INFINITY, f64::min),
        "MAX" => |values| values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        "COUNT" => |values| values.len() as f64,
        _ => return None,
    })
}

/// Puts lines in order; those without points come last either way.
pub fn order_by(lines: &mut [Line], measure: fn(&[f64]) -> f64, descends: bool) {
    lines.sort_by_cached_key(|line| {
        let values: Vec<f64> = line.points.values().copied().collect();
        let measured = measure(&values);
        Place {
            empty: values.is_empty(),
            measured: if descends { -measured } else { measured },
        }
    });
}

struct Place {
    empty: bool,
    measured: f64,
}

impl Ord for Place {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let last = self.empty.cmp(&other.empty);
        last.then(self.measured.total_cmp(&other.measured))
    }
}

impl PartialOrd for Place {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Place {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Place {}

fn array(expression: &Expression, scope: &dyn Scope) -> Result<Option<Vec<Line>>, String> {
    Ok(match evaluate(expression, scope)? {
        Outcome::Lines(lines) => Some(lines),
        Outcome::Line(line) => Some(vec![line]),
        Outcome::Scalar(_) | Outcome::Text(_) => None,
    })
}

fn index(expression: &Expression, scope: &dyn Scope) -> Result<Option<usize>, String> {
    Ok(match evaluate(expression, scope)? {
        Outcome::Scalar(number) if number >= 0.0 => Some(number as usize),
        _ => None,
    })
}
