//! The filter above a log: words, `-exclude`, and `field=value` for JSON and text lines; and the rows that it leaves, kept up to
//! date as lines come, never by looking at all of them again.

use std::collections::VecDeque;

use serde_json::Value;

use super::super::text::contains;
use super::parse::Level;
use super::{Line, Lines, fields};

/// A filter that was read once and is asked of every line.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LogFilter {
    terms: Vec<Term>,
}

#[derive(Debug, Clone, PartialEq)]
struct Term {
    negated: bool,
    test: Test,
}

#[derive(Debug, Clone, PartialEq)]
enum Test {
    Word(String),
    Level(Comparison, Level),
    Stream(String),
    /// The platform's own lines, but for those that tell of a failure.
    Routine,
    Field {
        name: String,
        comparison: Comparison,
        value: String,
        whole: String,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl LogFilter {
    /// Reads what was typed: everything must hold. Never fails; what is no known form is a word.
    pub fn parse(text: &str) -> Self {
        Self {
            terms: tokens(text)
                .filter_map(|(text, quoted)| Term::parse(&text, quoted))
                .collect(),
        }
    }

    /// Only lines of that level and graver, for the level's menu; `None` for all.
    #[must_use]
    pub fn with_level(mut self, least: Option<Level>) -> Self {
        let test = least.map(|level| Test::Level(Comparison::GreaterOrEqual, level));
        self.terms.extend(test.map(|test| Term {
            negated: false,
            test,
        }));
        self
    }

    /// Without the platform's own lines (START, END, REPORT …), where they do not tell of a failure.
    #[must_use]
    pub fn without_platform(mut self, without: bool) -> Self {
        self.terms.extend(without.then_some(Term {
            negated: true,
            test: Test::Routine,
        }));
        self
    }

    /// Nothing was asked: every line is shown.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Whether the line is shown.
    pub fn matches(&self, line: &Line<'_>) -> bool {
        let plain = line.plain();
        let line = Line {
            message: &plain,
            ..*line
        };
        // Parsed at most once a line, and only where a term asks for a field.
        let mut json: Option<Option<Value>> = None;
        self.terms
            .iter()
            .all(|term| term.test.holds(&line, &mut json) != term.negated)
    }

    /// The words that are looked for, in lower case, to be marked in the text.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.terms.iter().filter_map(|term| match &term.test {
            Test::Word(word) if !term.negated => Some(word.as_str()),
            _ => None,
        })
    }
}

/// Splits at white space outside quotes; says where a token's first quote was.
fn tokens(text: &str) -> impl Iterator<Item = (String, Option<usize>)> {
    let mut tokens = Vec::new();
    let (mut token, mut quoted, mut inside) = (String::new(), None, false);
    for character in text.chars() {
        match character {
            '"' => {
                inside = !inside;
                quoted.get_or_insert(token.len());
            }
            space if space.is_whitespace() && !inside => {
                tokens.push((std::mem::take(&mut token), quoted.take()));
            }
            other => token.push(other),
        }
    }
    tokens.push((token, quoted));
    tokens.into_iter().filter(|(text, _)| !text.is_empty())
}

impl Term {
    fn parse(text: &str, quoted: Option<usize>) -> Option<Self> {
        if quoted == Some(0) {
            return Some(Self {
                negated: false,
                test: Test::Word(text.to_lowercase()),
            });
        }
        let (negated, rest) = match text.strip_prefix('-') {
            Some(rest) if !rest.is_empty() && !rest.starts_with('-') => (true, rest),
            _ => (false, text),
        };
        if rest == "-" {
            return None;
        }
        let test = Test::field(rest).unwrap_or_else(|| Test::Word(rest.to_lowercase()));
        Some(Self { negated, test })
    }
}

impl Test {
    fn field(text: &str) -> Option<Self> {
        let at = text.find(['=', '!', '<', '>'])?;
        let (key, rest) = text.split_at(at);
        let (comparison, value) = [
            ("!=", Comparison::NotEqual),
            (">=", Comparison::GreaterOrEqual),
            ("<=", Comparison::LessOrEqual),
            ("=", Comparison::Equal),
            (">", Comparison::Greater),
            ("<", Comparison::Less),
        ]
        .into_iter()
        .find_map(|(sign, comparison)| Some((comparison, rest.strip_prefix(sign)?)))?;
        let key = key.strip_prefix("$.").unwrap_or(key);
        let is_key = key
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '-' | '@' | '$'));
        if key.is_empty() || !is_key || value.is_empty() {
            return None;
        }
        if key.eq_ignore_ascii_case("level")
            && let Some(level) = Level::parse(value)
        {
            return Some(Self::Level(comparison, level));
        }
        if key == "@stream" && comparison == Comparison::Equal {
            return Some(Self::Stream(value.to_lowercase()));
        }
        Some(Self::Field {
            name: key.to_owned(),
            comparison,
            value: value.to_lowercase(),
            whole: text.to_lowercase(),
        })
    }

    fn holds(&self, line: &Line<'_>, json: &mut Option<Option<Value>>) -> bool {
        match self {
            Self::Word(word) => contains(line.message, word),
            Self::Level(comparison, level) => match line.level {
                Some(have) => comparison.holds(have.cmp(level)),
                None => *comparison == Comparison::NotEqual,
            },
            Self::Stream(name) => contains(line.stream, name),
            Self::Routine => line.platform && line.level < Some(Level::Error),
            Self::Field {
                name,
                comparison,
                value,
                whole,
            } => {
                // `key=value` is also how text lines write it.
                if !line.json && contains(line.message, whole) {
                    return true;
                }
                // Without the key's text there is no such field, and nothing need be parsed.
                let last = name.rsplit('.').next().unwrap_or(name);
                let absent = line.json && *comparison == Comparison::NotEqual;
                if !line.message.contains(last) {
                    return absent;
                }
                let parsed = json.get_or_insert_with(|| {
                    fields::json_part(line.message).and_then(|part| serde_json::from_str(part).ok())
                });
                let field = parsed.as_ref().and_then(|root| fields::at(root, name));
                if let Some(field) = field {
                    return compare(field, value, *comparison);
                }
                let text = match line.json {
                    false => fields::in_text(line.message, name),
                    true => None,
                };
                text.map_or(absent, |text| compare_text(text, value, *comparison))
            }
        }
    }
}

fn compare(field: &Value, wanted: &str, comparison: Comparison) -> bool {
    if let (Some(have), Ok(wanted)) = (field.as_f64(), wanted.parse::<f64>()) {
        return have
            .partial_cmp(&wanted)
            .is_some_and(|order| comparison.holds(order));
    }
    match field {
        Value::String(text) => compare_text(text, wanted, comparison),
        other => comparison.holds(other.to_string().to_lowercase().as_str().cmp(wanted)),
    }
}

/// Numbers by their size, also where a text holds them; anything else as text, without case.
fn compare_text(have: &str, wanted: &str, comparison: Comparison) -> bool {
    if let (Ok(have), Ok(wanted)) = (have.parse::<f64>(), wanted.parse::<f64>()) {
        return have
            .partial_cmp(&wanted)
            .is_some_and(|order| comparison.holds(order));
    }
    comparison.holds(have.to_lowercase().as_str().cmp(wanted))
}

impl Comparison {
    fn holds(self, order: std::cmp::Ordering) -> bool {
        match self {
            Self::Equal => order.is_eq(),
            Self::NotEqual => order.is_ne(),
            Self::Less => order.is_lt(),
            Self::LessOrEqual => order.is_le(),
            Self::Greater => order.is_gt(),
            Self::GreaterOrEqual => order.is_ge(),
        }
    }
}

/// The rows that a filter leaves. Call [`FilteredView::update`] once a frame: it looks at new lines only, and at no more
/// than its budget, so that a new filter over a million lines is answered over some frames while the window runs.
#[derive(Debug, Clone, Default)]
pub struct FilteredView {
    filter: LogFilter,
    /// The number of the next line to look at.
    pub(super) next: u64,
    matches: VecDeque<u64>,
}

impl FilteredView {
    /// A view by a filter, which has looked at nothing yet.
    pub fn new(filter: LogFilter) -> Self {
        Self {
            filter,
            ..Self::default()
        }
    }

    /// The filter.
    pub fn filter(&self) -> &LogFilter {
        &self.filter
    }

    /// Another filter: the view begins anew, unless it is the same.
    pub fn set_filter(&mut self, filter: LogFilter) {
        if filter != self.filter {
            *self = Self::new(filter);
        }
    }

    /// Looks at up to `budget` lines that have not been looked at; says how many are left to look at.
    pub fn update(&mut self, lines: &Lines, budget: usize) -> usize {
        while self
            .matches
            .front()
            .is_some_and(|number| *number < lines.first())
        {
            self.matches.pop_front();
        }
        self.next = self.next.max(lines.first());
        if self.filter.is_empty() {
            self.next = lines.end();
            return 0;
        }
        let end = lines.end().min(self.next.saturating_add(budget as u64));
        for number in self.next..end {
            if lines
                .get(number)
                .is_some_and(|line| self.filter.matches(&line))
            {
                self.matches.push_back(number);
            }
        }
        self.next = end;
        lines.end().saturating_sub(end) as usize
    }

    /// How many rows there are.
    pub fn len(&self, lines: &Lines) -> usize {
        if self.filter.is_empty() {
            lines.len()
        } else {
            self.matches.len()
        }
    }

    /// The line in a row, oldest first.
    pub fn row<'a>(&self, lines: &'a Lines, row: usize) -> Option<Line<'a>> {
        let number = if self.filter.is_empty() {
            lines.first().checked_add(row as u64)?
        } else {
            *self.matches.get(row)?
        };
        lines.get(number)
    }

    /// The row that shows a line, or the first after it: what to scroll to when the filter changes.
    pub fn row_of(&self, lines: &Lines, number: u64) -> usize {
        if self.filter.is_empty() {
            return number.saturating_sub(lines.first()).min(lines.len() as u64) as usize;
        }
        self.matches.partition_point(|other| *other < number)
    }
}
