//! Rows as comma-separated values that open in a spreadsheet without running anything.
//!
//! Source: RFC 4180, and OWASP's note on CSV injection
//! (<https://owasp.org/www-community/attacks/CSV_Injection>).

/// Appends one row, ended by CR LF.
pub fn push_row<T: AsRef<str>>(out: &mut String, fields: impl Iterator<Item = T>) {
    for (index, field) in fields.enumerate() {
        if index > 0 {
            out.push(',');
        }
        push_field(out, field.as_ref());
    }
    out.push_str("\r\n");
}

/// Appends one field, quoted where RFC 4180 needs it. A text that a spreadsheet would run as a formula gets an
/// apostrophe before it; a plain number, negative or with an exponent, stays a number.
pub fn push_field(out: &mut String, field: &str) {
    let is_formula = field
        .starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'])
        && field.parse::<f64>().is_err();
    if !is_formula && !field.contains([',', '"', '\r', '\n']) {
        out.push_str(field);
        return;
    }
    out.push('"');
    if is_formula {
        out.push('\'');
    }
    for character in field.chars() {
        if character == '"' {
            out.push('"');
        }
        out.push(character);
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(text: &str) -> String {
        let mut out = String::new();
        push_field(&mut out, text);
        out
    }

    #[test]
    fn fields_are_quoted_where_rfc_4180_needs_it() {
        for (text, expected) in [
            ("plain", "plain"),
            ("", ""),
            ("a,b", "\"a,b\""),
            ("say \"hi\"", "\"say \"\"hi\"\"\""),
            ("two\nlines", "\"two\nlines\""),
            ("日本語", "日本語"),
        ] {
            assert_eq!(field(text), expected);
        }
    }

    #[test]
    fn a_formula_is_disarmed_and_a_number_is_not() {
        for text in [
            "=1+1",
            "+cmd|' /C calc'!A0",
            "-2+3",
            "@SUM(A1)",
            "\t=1",
            "\r=1",
            "＝1",
        ] {
            assert!(field(text).starts_with("\"'"), "{text:?}");
        }
        for text in ["-1", "-1.5e-3", "+7", "12"] {
            assert_eq!(field(text), text);
        }
    }

    #[test]
    fn a_row_ends_with_cr_lf() {
        let mut out = String::new();
        push_row(&mut out, ["a", "b"].iter());
        assert_eq!(out, "a,b\r\n");
    }
}
