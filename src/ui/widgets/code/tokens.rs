//! A text cut into pieces with one colour each. It need not be right: it is being typed. Nothing of it is lost.

use super::language::{Grammar, Language};

/// All of `text`, in pieces.
pub(super) fn tokens(text: &str, language: Language) -> Vec<(&str, Kind)> {
    match (language, language.grammar()) {
        (_, Some(grammar)) => of_language(text, grammar),
        (Language::Json, None) => Json::new(text).collect(),
        (Language::Template, None) => of_template(text),
        (_, None) => vec![(text, Kind::Other)],
    }
}

/// What a piece is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name in JSON, a word of the language elsewhere.
    Key,
    /// Between quotes.
    Text,
    /// Numbers, and JSON's true, false, null.
    Word,
    /// For people.
    Comment,
    /// All else.
    Other,
}

/// Pieces of JSON.
struct Json<'a> {
    rest: &'a str,
}

impl<'a> Json<'a> {
    fn new(rest: &'a str) -> Self {
        Self { rest }
    }
}

impl<'a> Iterator for Json<'a> {
    type Item = (&'a str, Kind);

    fn next(&mut self) -> Option<Self::Item> {
        let first = self.rest.chars().next()?;
        let word = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '+' | '_');
        let (end, kind) = match first {
            '"' => {
                let end = end_of_string(self.rest);
                let after = self.rest[end..].trim_start();
                let key = after.starts_with(':');
                (end, if key { Kind::Key } else { Kind::Text })
            }
            c if word(c) => (self.rest.find(|c| !word(c)), Kind::Word).or_all(self.rest),
            _ => (self.rest.find(|c| c == '"' || word(c)), Kind::Other).or_all(self.rest),
        };
        let (piece, rest) = self.rest.split_at(end);
        self.rest = rest;
        Some((piece, kind))
    }
}

trait OrAll {
    fn or_all(self, text: &str) -> (usize, Kind);
}

impl OrAll for (Option<usize>, Kind) {
    fn or_all(self, text: &str) -> (usize, Kind) {
        (self.0.unwrap_or(text.len()), self.1)
    }
}

/// Behind the closing quote, or the line's end where it is missing.
fn end_of_string(text: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            b'\n' => return at,
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// The pieces of a text, each as `of` tells it for the place where it begins; what has no colour of its own is one piece up to
/// the next that has.
fn pieces(text: &str, of: impl Fn(usize) -> (usize, Kind)) -> Vec<(&str, Kind)> {
    let mut pieces = Vec::new();
    let (mut plain, mut at) = (0, 0);
    while at < text.len() {
        let (length, kind) = of(at);
        if kind != Kind::Other {
            if plain < at {
                pieces.push((&text[plain..at], Kind::Other));
            }
            pieces.push((&text[at..at + length], kind));
            plain = at + length;
        }
        at += length;
    }
    if plain < text.len() {
        pieces.push((&text[plain..], Kind::Other));
    }
    pieces
}

/// Pieces of a mapping template.
fn of_template(text: &str) -> Vec<(&str, Kind)> {
    pieces(text, |at| template_piece(&text[at..]))
}

fn template_piece(rest: &str) -> (usize, Kind) {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if rest.starts_with("##") {
        return (rest.find('\n').unwrap_or(rest.len()), Kind::Comment);
    }
    if let Some(inside) = rest.strip_prefix("#*") {
        let end = inside.find("*#").map_or(rest.len(), |end| end + 4);
        return (end, Kind::Comment);
    }
    let directive = rest.strip_prefix('#');
    if let Some(name) = directive.filter(|name| name.starts_with(|c: char| c.is_ascii_lowercase()))
    {
        let end = name.find(|c| !word(c)).unwrap_or(name.len());
        return (end + 1, Kind::Word);
    }
    if let Some(after) = rest.strip_prefix('$') {
        let start = after.find(|c| c != '!' && c != '{').unwrap_or(after.len());
        let name = &after[start..];
        if name.starts_with(|c: char| c.is_ascii_alphabetic()) {
            let member = |c: char| word(c) || c == '.' || c == '-';
            let end = name.find(|c| !member(c)).unwrap_or(name.len());
            let name = name[..end].trim_end_matches(['.', '-']);
            return (1 + start + name.len(), Kind::Key);
        }
    }
    let first = rest.chars().next();
    (first.map_or(rest.len(), char::len_utf8), Kind::Other)
}

/// Pieces of a language.
fn of_language<'a>(text: &'a str, grammar: &Grammar) -> Vec<(&'a str, Kind)> {
    pieces(text, |at| {
        let before = text[..at].chars().next_back();
        piece(&text[at..], before, grammar)
    })
}

fn piece(rest: &str, before: Option<char>, grammar: &Grammar) -> (usize, Kind) {
    let apart = before.is_none_or(char::is_whitespace) || !grammar.apart;
    if apart && grammar.comment.iter().any(|mark| rest.starts_with(mark)) {
        return (rest.find('\n').unwrap_or(rest.len()), Kind::Comment);
    }
    if let Some((opens, closes)) = grammar.block
        && let Some(inside) = rest.strip_prefix(opens)
    {
        let end = inside.find(closes);
        let length = end.map_or(rest.len(), |end| opens.len() + end + closes.len());
        return (length, Kind::Comment);
    }
    let quote = grammar
        .quotes
        .iter()
        .find(|(mark, _)| rest.starts_with(mark));
    if let Some((mark, lines)) = quote {
        return (end_of_text(rest, mark, *lines), Kind::Text);
    }
    let Some(first) = rest.chars().next() else {
        return (rest.len(), Kind::Other);
    };
    let in_word = |c: char| c.is_alphanumeric() || c == '_';
    if !in_word(first) {
        return (first.len_utf8(), Kind::Other);
    }
    let number = first.is_ascii_digit();
    let goes_on = |c: char| in_word(c) || (number && c == '.');
    let end = rest.find(|c| !goes_on(c)).unwrap_or(rest.len());
    let kind = match number {
        true => Kind::Word,
        // A member of something is no word of the language.
        false if before != Some('.') && grammar.words.contains(&&rest[..end]) => Kind::Key,
        false => Kind::Other,
    };
    (end, kind)
}

/// Behind the closing mark; the line's end where it is missing and the text may not go on, else the end of all.
fn end_of_text(rest: &str, mark: &str, lines: bool) -> usize {
    let bytes = rest.as_bytes();
    let mut at = mark.len();
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 1,
            b'\n' if !lines => return at,
            _ if bytes[at..].starts_with(mark.as_bytes()) => return at + mark.len(),
            _ => {}
        }
        at += 1;
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<(&str, Kind)> {
        Json::new(text)
            .filter(|(piece, _)| !piece.trim().is_empty())
            .collect()
    }

    #[test]
    fn keys_strings_and_words_are_told_apart() {
        let expected = [
            ("{", Kind::Other),
            ("\"a\"", Kind::Key),
            (": ", Kind::Other),
            ("\"x\\\"y\"", Kind::Text),
            (", ", Kind::Other),
            ("\"b\"", Kind::Key),
            (": ", Kind::Other),
            ("-1.5e3", Kind::Word),
            ("}", Kind::Other),
        ];
        assert_eq!(kinds(r#"{"a": "x\"y", "b": -1.5e3}"#), expected);
    }

    #[test]
    fn nothing_of_a_text_is_lost_whatever_is_typed() {
        for text in [
            "",
            "{\"a",
            "\"\\",
            "注文 {\"鍵\": 値}",
            "{]\"\n\"",
            "\u{feff}{}",
            "'\\",
            "\"\"\"関所\\",
            "/* 鍵",
            "x = 'é\nif 1.5: # 所",
            "#* 関",
            "#if($!{関}$a.-$",
        ] {
            let all = [
                Language::Json,
                Language::Python,
                Language::Braces,
                Language::Template,
            ];
            for language in all {
                let pieces = tokens(text, language);
                let joined: String = pieces.into_iter().map(|(piece, _)| piece).collect();
                assert_eq!(joined, text);
            }
        }
    }

    fn coloured(text: &str, language: Language) -> Vec<(&str, Kind)> {
        let pieces = tokens(text, language).into_iter();
        pieces.filter(|(_, kind)| *kind != Kind::Other).collect()
    }

    #[test]
    fn words_texts_numbers_and_comments_have_their_colours() {
        let python =
            "def handler(event):  # 関所\n    return {'a': \"x\\\"\", 'n': 1.5, 'r': e.import}";
        let expected = [
            ("def", Kind::Key),
            ("# 関所", Kind::Comment),
            ("return", Kind::Key),
            ("'a'", Kind::Text),
            ("\"x\\\"\"", Kind::Text),
            ("'n'", Kind::Text),
            ("1.5", Kind::Word),
            ("'r'", Kind::Text),
        ];
        assert_eq!(coloured(python, Language::Python), expected);
        let script = "const a = `x\n${b}`; /* y\n */ // z";
        let expected = [
            ("const", Kind::Key),
            ("`x\n${b}`", Kind::Text),
            ("/* y\n */", Kind::Comment),
            ("// z", Kind::Comment),
        ];
        assert_eq!(coloured(script, Language::JavaScript), expected);
        let template = "#set($a = \"$!{input.path('$.x').y}\") ## 関\n#end$1 #1";
        let expected = [
            ("#set", Kind::Word),
            ("$a", Kind::Key),
            ("$!{input.path", Kind::Key),
            ("## 関", Kind::Comment),
            ("#end", Kind::Word),
        ];
        assert_eq!(coloured(template, Language::Template), expected);
        let shell = "for a in $#; do # all\n";
        let expected = [
            ("for", Kind::Key),
            ("in", Kind::Key),
            ("do", Kind::Key),
            ("# all", Kind::Comment),
        ];
        assert_eq!(coloured(shell, Language::Shell), expected);
    }
}
