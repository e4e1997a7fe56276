//! What an expression is in a scope: numbers, lines and lists of lines put together by operators.

use super::functions;
use super::parse::{Expression, Operator};
use super::{Line, Outcome, Scope};

/// What an expression is.
///
/// # Errors
/// What is wrong with it, in words: an unknown name, a wrong argument, two lists in one operation.
pub fn evaluate(expression: &Expression, scope: &dyn Scope) -> Result<Outcome, String> {
    match expression {
        Expression::Number(number) => Ok(Outcome::Scalar(*number)),
        Expression::Text(text) => Ok(Outcome::Text(text.clone())),
        Expression::Name(name) => scope.named(name),
        Expression::Negative(inner) => binary(
            Operator::Multiply,
            Outcome::Scalar(-1.0),
            evaluate(inner, scope)?,
        ),
        Expression::Binary(operator, left, right) => {
            binary(*operator, evaluate(left, scope)?, evaluate(right, scope)?)
        }
        Expression::Call(name, arguments) => functions::call(name, arguments, scope),
        Expression::List(items) => {
            let mut lines = Vec::new();
            for item in items {
                match evaluate(item, scope)? {
                    Outcome::Line(line) => lines.push(line),
                    Outcome::Lines(more) => lines.extend(more),
                    _ => return Err("an array holds time series only".to_owned()),
                }
            }
            Ok(Outcome::Lines(lines))
        }
    }
}

/// Two values put together. Two lines meet where both have a point, a list meets each of its lines.
pub fn binary(operator: Operator, left: Outcome, right: Outcome) -> Result<Outcome, String> {
    use Outcome::{Line as One, Lines as Many, Scalar, Text};
    Ok(match (left, right) {
        (Scalar(left), Scalar(right)) => Scalar(apply(operator, left, right)),
        (One(line), Scalar(number)) => One(map(&line, |value| apply(operator, value, number))),
        (Scalar(number), One(line)) => One(map(&line, |value| apply(operator, number, value))),
        (One(left), One(right)) => One(join(operator, &left, &right)),
        (Many(lines), other @ (Scalar(_) | One(_))) => Many(each(lines, |line| {
            binary(operator, One(line), other.clone())
        })?),
        (other @ (Scalar(_) | One(_)), Many(lines)) => Many(each(lines, |line| {
            binary(operator, other.clone(), One(line))
        })?),
        (Many(_), Many(_)) => {
            return Err("two arrays of time series can't be put together".to_owned());
        }
        (Text(_), _) | (_, Text(_)) => return Err("a text has no value".to_owned()),
    })
}

/// A line with each value changed.
pub fn map(line: &Line, change: impl Fn(f64) -> f64) -> Line {
    line.with(line.points.iter().map(|(at, value)| (*at, change(*value))))
}

fn join(operator: Operator, left: &Line, right: &Line) -> Line {
    left.with(left.points.iter().filter_map(|(at, value)| {
        let other = right.points.get(at)?;
        Some((*at, apply(operator, *value, *other)))
    }))
}

fn each(
    lines: Vec<Line>,
    change: impl Fn(Line) -> Result<Outcome, String>,
) -> Result<Vec<Line>, String> {
    lines
        .into_iter()
        .map(|line| match change(line)? {
            Outcome::Line(line) => Ok(line),
            _ => Err("a time series was expected".to_owned()),
        })
        .collect()
}

fn apply(operator: Operator, left: f64, right: f64) -> f64 {
    let truth = |holds: bool| f64::from(u8::from(holds));
    match operator {
        Operator::Add => left + right,
        Operator::Subtract => left - right,
        Operator::Multiply => left * right,
        Operator::Divide => left / right,
        Operator::Power => left.powf(right),
        Operator::Equal => truth(left == right),
        Operator::NotEqual => truth(left != right),
        Operator::Less => truth(left < right),
        Operator::LessOrEqual => truth(left <= right),
        Operator::Greater => truth(left > right),
        Operator::GreaterOrEqual => truth(left >= right),
        Operator::And => truth(left != 0.0 && right != 0.0),
        Operator::Or => truth(left != 0.0 || right != 0.0),
    }
}
