//! Query strings as they stand in an address.

/// The pairs of `a=1&b=%20`, decoded, in their order; a name without `=` has an empty value.
pub fn pairs(query: &str) -> Vec<(String, String)> {
    let parts = query.trim().trim_start_matches('?').split('&');
    let parts = parts.filter(|part| !part.is_empty());
    let pair = |part: &str| {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        (decoded(name, true), decoded(value, true))
    };
    parts.map(pair).collect()
}

/// What percent signs stand for; `plus` takes `+` as a space, as queries do and paths don't. What is no such sign stays.
pub fn decoded(text: &str, plus: bool) -> String {
    let bytes = text.as_bytes();
    let digit = |at: usize| char::from(*bytes.get(at)?).to_digit(16);
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let pair = digit(at + 1).zip(digit(at + 2)).filter(|_| *byte == b'%');
        match (byte, pair) {
            (_, Some((high, low))) => {
                out.push(u8::try_from(high * 16 + low).unwrap_or_default());
                at += 2;
            }
            (b'+', None) if plus => out.push(b' '),
            (byte, None) => out.push(*byte),
        }
        at += 1;
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_decoded_and_what_is_no_escape_stays() {
        let read = pairs("?a=1&b=%E9%96%A2+x&c&d=%zz&&e=1=2");
        let told: Vec<String> = read.iter().map(|(k, v)| format!("{k}:{v}")).collect();
        assert_eq!(told, ["a:1", "b:関 x", "c:", "d:%zz", "e:1=2"]);
        assert_eq!(decoded("a+b%2Fc", false), "a+b/c");
    }
}
