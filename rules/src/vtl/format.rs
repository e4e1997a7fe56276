//! Java's `String.format`, for the conversions that templates use.

use super::number::double;
use super::value::Value;

/// The widest that a value is padded to.
const WIDEST: usize = 10_000;

pub(super) fn format(pattern: &str, values: &[Value], limit: usize) -> Result<String, String> {
    let mut out = String::new();
    let mut values = values.iter();
    let mut rest = pattern.chars().peekable();
    while let Some(c) = rest.next() {
        if out.len() > limit {
            return Err("java.lang.OutOfMemoryError: the text is too long".to_owned());
        }
        if c != '%' {
            out.push(c);
            continue;
        }
        let mut specification = String::new();
        let conversion = loop {
            match rest.next() {
                Some(c) if c.is_ascii_alphabetic() || c == '%' => break c,
                Some(c) => specification.push(c),
                None => {
                    return Err(format!(
                        "java.util.UnknownFormatConversionException: {pattern}"
                    ));
                }
            }
        };
        match conversion {
            '%' => out.push('%'),
            'n' => out.push('\n'),
            _ => {
                let Some(value) = values.next() else {
                    return Err(format!(
                        "java.util.MissingFormatArgumentException: Format specifier '%{conversion}'"
                    ));
                };
                out.push_str(&converted(&specification, conversion, value, limit)?);
            }
        }
    }
    Ok(out)
}

fn converted(
    specification: &str,
    conversion: char,
    value: &Value,
    limit: usize,
) -> Result<String, String> {
    let flags = specification
        .chars()
        .take_while(|c| matches!(c, '-' | '0' | '+' | ',' | ' ' | '#'))
        .count();
    let (flags, size) = specification.split_at(flags);
    let (width, precision) = size.split_once('.').unwrap_or((size, ""));
    let width = width.parse::<usize>().unwrap_or_default().min(WIDEST);
    let precision = precision
        .parse::<usize>()
        .ok()
        .map(|precision| precision.min(WIDEST));
    let wrong = || format!("java.util.IllegalFormatConversionException: {conversion}");
    let mut text = match (conversion, value) {
        ('s' | 'S', value) => {
            let text = value.to_text(limit);
            precision.map_or(text.clone(), |precision| {
                text.chars().take(precision).collect()
            })
        }
        ('d', Value::Int(number)) => number.to_string(),
        ('x' | 'X', Value::Int(number)) => format!("{:x}", *number as i32),
        ('f', Value::Double(_)) => format!(
            "{:.*}",
            precision.unwrap_or(6),
            double(value).unwrap_or_default()
        ),
        ('b', Value::Bool(bool)) => bool.to_string(),
        ('c', Value::Text(text)) => text.to_string(),
        _ => return Err(wrong()),
    };
    if conversion.is_ascii_uppercase() {
        text = text.to_uppercase();
    }
    if flags.contains('+') && !text.starts_with('-') {
        text.insert(0, '+');
    }
    let missing = width.saturating_sub(text.chars().count());
    if flags.contains('-') {
        text.push_str(&" ".repeat(missing));
    } else if flags.contains('0') && !matches!(conversion, 's' | 'S') {
        let sign = usize::from(text.starts_with(['-', '+']));
        text.insert_str(sign, &"0".repeat(missing));
    } else {
        text.insert_str(0, &" ".repeat(missing));
    }
    Ok(text)
}
