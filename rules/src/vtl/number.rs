//! Numbers as Java counts and prints them, and their methods.

use std::cmp::Ordering;

use super::ast::Operator;
use super::methods::Called;
use super::value::Value;

/// A sum, difference, product, quotient or remainder; nothing when Velocity gives none, as for a division by zero.
pub(super) fn calculate(operator: Operator, left: &Value, right: &Value) -> Option<Value> {
    match (left, right) {
        (Value::Int(left), Value::Int(right)) => whole(operator, *left, *right),
        _ => fraction(operator, double(left)?, double(right)?),
    }
}

fn whole(operator: Operator, left: i128, right: i128) -> Option<Value> {
    let result = match operator {
        Operator::Add => left.checked_add(right),
        Operator::Subtract => left.checked_sub(right),
        Operator::Multiply => left.checked_mul(right),
        Operator::Divide => return left.checked_div(right).map(Value::Int),
        Operator::Remainder => return left.checked_rem(right).map(Value::Int),
        _ => return None,
    };
    // Java's BigInteger has no end; past 128 bits a double comes nearest.
    result
        .map(Value::Int)
        .or_else(|| fraction(operator, left as f64, right as f64))
}

fn fraction(operator: Operator, left: f64, right: f64) -> Option<Value> {
    let result = match operator {
        Operator::Add => left + right,
        Operator::Subtract => left - right,
        Operator::Multiply => left * right,
        // Velocity refuses a zero on the right of these for fractions too.
        Operator::Divide | Operator::Remainder if right == 0.0 => return None,
        Operator::Divide => left / right,
        Operator::Remainder => left % right,
        _ => return None,
    };
    Some(Value::Double(result))
}

pub(super) fn double(value: &Value) -> Option<f64> {
    match value {
        Value::Int(number) => Some(*number as f64),
        Value::Double(number) => Some(*number),
        _ => None,
    }
}

/// The order of two numbers; nothing when one of them is none.
pub(super) fn compare(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::Int(left), Value::Int(right)) => Some(left.cmp(right)),
        _ => double(left)?.partial_cmp(&double(right)?),
    }
}

/// Java's `Double.toString`: plain from a thousandth to ten million, with an exponent outside.
pub(super) fn double_text(number: f64) -> String {
    if number.is_nan() {
        return "NaN".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 {
            "Infinity"
        } else {
            "-Infinity"
        }
        .to_owned();
    }
    let size = number.abs();
    if size == 0.0 || (1e-3..1e7).contains(&size) {
        let plain = number.to_string();
        return if plain.contains('.') {
            plain
        } else {
            plain + ".0"
        };
    }
    let scientific = format!("{number:E}");
    match scientific.split_once('E') {
        Some((mantissa, exponent)) if !mantissa.contains('.') => format!("{mantissa}.0E{exponent}"),
        _ => scientific,
    }
}

pub(super) fn double_hash(number: f64) -> i32 {
    let bits = number.to_bits();
    // Java folds the halves and keeps the lower one.
    (bits ^ (bits >> 32)) as u32 as i32
}

/// Numbers, with the static methods of their classes: Java lets those be called on any number too, which is how
/// templates parse (`#set($Integer = 0)$Integer.parseInt("5")`).
pub(super) fn number_method(number: &Value, name: &str, arguments: &[Value]) -> Called {
    let as_double = double(number).unwrap_or_default();
    let found = match (name, arguments) {
        ("intValue" | "longValue" | "shortValue", []) => match number {
            Value::Double(number) => Some(Value::Int(*number as i128)),
            whole => Some(whole.clone()),
        },
        ("doubleValue" | "floatValue", []) => Some(Value::Double(as_double)),
        ("compareTo", [other]) => compare(number, other).map(|order| Value::int(order as i8)),
        ("isNaN", []) => Some(Value::Bool(as_double.is_nan())),
        ("isInfinite", []) => Some(Value::Bool(as_double.is_infinite())),
        ("parseInt" | "parseLong" | "valueOf" | "parseDouble", [Value::Text(text)]) => {
            return parsed(
                text,
                matches!(number, Value::Double(_)) || name == "parseDouble",
            )
            .map(Some);
        }
        ("valueOf", [value @ (Value::Int(_) | Value::Double(_))]) => Some(value.clone()),
        ("toString", [value @ (Value::Int(_) | Value::Double(_))]) => {
            Some(Value::text(value.to_text(usize::MAX)))
        }
        ("toHexString", [Value::Int(value)]) => Some(Value::text(format!("{:x}", *value as i32))),
        ("toBinaryString", [Value::Int(value)]) => {
            Some(Value::text(format!("{:b}", *value as i32)))
        }
        ("max" | "min" | "sum", [Value::Int(a), Value::Int(b)]) => Some(Value::Int(match name {
            "max" => *a.max(b),
            "min" => *a.min(b),
            _ => a.saturating_add(*b),
        })),
        ("abs", [Value::Int(a)]) => Some(Value::Int(a.saturating_abs())),
        _ => None,
    };
    Ok(found)
}

fn parsed(text: &str, fraction: bool) -> Result<Value, String> {
    let value = if fraction {
        text.trim().parse().ok().map(Value::Double)
    } else {
        text.parse().ok().map(Value::Int)
    };
    value.ok_or_else(|| format!("java.lang.NumberFormatException: For input string: \"{text}\""))
}
