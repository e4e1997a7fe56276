//! Metrics Insights: `SELECT SUM(Invocations) FROM SCHEMA("AWS/Lambda", FunctionName) WHERE … GROUP BY … ORDER BY … LIMIT …`.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-metrics-insights-querylanguage.html>
//!
//! Keywords have no case, names have one. Values stand between single quotes, names with other than letters, digits and
//! underscores between double quotes.

use super::math::arrays::{measure, order_by};
use super::math::{Line, Points};
use super::stat::Stat;
use super::store::{MetricId, Range, Series, Store, floor};
use std::collections::BTreeMap;

/// Most series that a query answers.
const MAX_SERIES: usize = 500;

/// A query that was read.
#[derive(Debug, PartialEq)]
pub struct Select {
    stat: Stat,
    metric: String,
    namespace: String,
    /// The dimensions that a metric has, no more and no fewer; none where any will do.
    schema: Option<Vec<String>>,
    conditions: Vec<Condition>,
    group_by: Vec<String>,
    order_by: Option<Order>,
    limit: usize,
}

#[derive(Debug, PartialEq)]
struct Condition {
    label: String,
    equal: bool,
    value: String,
}

#[derive(Debug, PartialEq)]
struct Order {
    function: String,
    descends: bool,
}

/// Whether an expression is such a query.
pub fn is_select(text: &str) -> bool {
    let word = text.split_whitespace().next();
    word.is_some_and(|word| word.eq_ignore_ascii_case("SELECT"))
}

impl Select {
    /// Reads a query.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut reader = Reader {
            tokens: tokens(text)?,
            at: 0,
        };
        reader.demand("SELECT")?;
        let function = reader.name()?.to_ascii_uppercase();
        let stat = stat(&function).ok_or_else(|| {
            format!("{function} is no function of SELECT: AVG, COUNT, MAX, MIN and SUM are")
        })?;
        reader.demand("(")?;
        let metric = reader.name()?;
        reader.demand(")")?;
        reader.demand("FROM")?;
        let (namespace, schema) = reader.source()?;
        let conditions = reader.conditions()?;
        let group_by = if reader.take("GROUP") {
            reader.demand("BY")?;
            reader.names()?
        } else {
            Vec::new()
        };
        let order_by = reader.order()?;
        let limit = if reader.take("LIMIT") {
            let number = reader.name()?;
            let limit = number.parse::<usize>().ok().filter(|limit| *limit > 0);
            limit.ok_or_else(|| format!("LIMIT takes a number above 0, not {number}"))?
        } else {
            MAX_SERIES
        };
        match reader.tokens.get(reader.at) {
            Some(token) => Err(format!("unexpected {}", token.text)),
            None => Ok(Self {
                stat,
                metric,
                namespace,
                schema,
                conditions,
                group_by,
                order_by,
                limit: limit.min(MAX_SERIES),
            }),
        }
    }

    /// Whether the query is about this metric.
    fn finds(&self, id: &MetricId, account: &str) -> bool {
        id.name == self.metric
            && id.namespace == self.namespace
            && self.schema.as_ref().is_none_or(|wanted| {
                let held = id.dimensions.iter().map(|(name, _)| name);
                held.eq(wanted)
            })
            && self.conditions.iter().all(|condition| {
                label(id, &condition.label, account)
                    .is_some_and(|held| (held == condition.value) == condition.equal)
            })
    }

    /// The series that it answers over a time, in periods.
    pub fn lines(&self, store: &Store, range: Range, period: i64, account: &str) -> Vec<Line> {
        let period = period.max(1);
        let whole = Range {
            start: floor(range.start, period),
            end: floor(range.end + period - 1, period),
        };
        let mut groups: BTreeMap<Vec<&str>, Vec<&Series>> = BTreeMap::new();
        for (id, series) in store.after(None).filter(|(id, _)| self.finds(id, account)) {
            let key = self.group_by.iter().map(|name| label(id, name, account));
            if let Some(key) = key.collect::<Option<Vec<_>>>() {
                groups.entry(key).or_default().push(series);
            }
        }
        let mut lines: Vec<Line> = groups
            .into_iter()
            .map(|(key, series)| Line {
                label: if key.is_empty() {
                    self.metric.clone()
                } else {
                    key.join(" ")
                },
                origin: None,
                period,
                points: self.points(&series, whole, period),
            })
            .filter(|line| !line.points.is_empty())
            .collect();
        if let Some(order) = &self.order_by
            && let Some(measure) = measure(&order.function)
        {
            order_by(&mut lines, measure, order.descends);
        }
        lines.truncate(self.limit);
        lines
    }

    fn points(&self, series: &[&Series], range: Range, period: i64) -> Points {
        let mut stretches: BTreeMap<i64, Vec<_>> = BTreeMap::new();
        for one in series {
            for (at, values) in one.stretches(range, period, None, false) {
                stretches.entry(at).or_default().push(values);
            }
        }
        stretches
            .into_iter()
            .filter_map(|(at, parts)| {
                let parts: Vec<_> = parts.iter().collect();
                let all = super::distribution::Distribution::of_all(&parts, false);
                Some((at, self.stat.of(&all)?))
            })
            .collect()
    }

    /// Whether it answers one series, not one of each group.
    pub fn is_one(&self) -> bool {
        self.group_by.is_empty()
    }
}

fn stat(function: &str) -> Option<Stat> {
    Some(match function {
        "AVG" => Stat::Average,
        "COUNT" => Stat::SampleCount,
        "MAX" => Stat::Maximum,
        "MIN" => Stat::Minimum,
        "SUM" => Stat::Sum,
        _ => return None,
    })
}

fn label<'a>(id: &'a MetricId, name: &str, account: &'a str) -> Option<&'a str> {
    match name {
        "AWS.AccountId" => Some(account),
        name => id.dimension(name),
    }
}

#[derive(Debug)]
struct Token {
    text: String,
    kind: Kind,
}

#[derive(Debug, PartialEq, Clone, Copy)]
enum Kind {
    /// A keyword, or a name without quotes.
    Word,
    /// A name between double quotes.
    Name,
    /// A value between single quotes.
    Value,
    Sign,
}

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut characters = text.char_indices().peekable();
    while let Some((at, c)) = characters.next() {
        let token = match c {
            c if c.is_whitespace() => continue,
            '\'' | '"' => {
                let mut inner = String::new();
                loop {
                    match characters.next() {
                        Some((_, '\\')) => inner.extend(characters.next().map(|(_, c)| c)),
                        Some((_, end)) if end == c => break,
                        Some((_, other)) => inner.push(other),
                        None => return Err(format!("a {c} is not closed")),
                    }
                }
                let kind = if c == '"' { Kind::Name } else { Kind::Value };
                Token { text: inner, kind }
            }
            '!' if characters.next_if(|(_, next)| *next == '=').is_some() => Token {
                text: "!=".to_owned(),
                kind: Kind::Sign,
            },
            '(' | ')' | ',' | '=' => Token {
                text: c.to_string(),
                kind: Kind::Sign,
            },
            c if is_word(c) => {
                let mut end = at + c.len_utf8();
                while let Some((next, c)) = characters.next_if(|(_, c)| is_word(*c)) {
                    end = next + c.len_utf8();
                }
                Token {
                    text: text[at..end].to_owned(),
                    kind: Kind::Word,
                }
            }
            other => return Err(format!("unexpected {other}")),
        };
        tokens.push(token);
    }
    Ok(tokens)
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '.')
}

struct Reader {
    tokens: Vec<Token>,
    at: usize,
}

impl Reader {
    /// Takes a keyword or a sign.
    fn take(&mut self, wanted: &str) -> bool {
        let is = self.tokens.get(self.at).is_some_and(|token| {
            matches!(token.kind, Kind::Word | Kind::Sign) && token.text.eq_ignore_ascii_case(wanted)
        });
        self.at += usize::from(is);
        is
    }

    fn demand(&mut self, wanted: &str) -> Result<(), String> {
        if self.take(wanted) {
            return Ok(());
        }
        Err(match self.tokens.get(self.at) {
            Some(token) => format!("{wanted} expected before {}", token.text),
            None => format!("{wanted} expected at the end"),
        })
    }

    fn of(&mut self, kinds: &[Kind], what: &str) -> Result<String, String> {
        match self.tokens.get(self.at) {
            Some(token) if kinds.contains(&token.kind) => {
                self.at += 1;
                Ok(token.text.clone())
            }
            Some(token) => Err(format!("{what} expected before {}", token.text)),
            None => Err(format!("{what} expected at the end")),
        }
    }

    fn name(&mut self) -> Result<String, String> {
        self.of(&[Kind::Word, Kind::Name], "a name")
    }

    fn names(&mut self) -> Result<Vec<String>, String> {
        let mut names = vec![self.name()?];
        while self.take(",") {
            names.push(self.name()?);
        }
        Ok(names)
    }

    /// A namespace, or `SCHEMA(namespace, dimension, …)`.
    fn source(&mut self) -> Result<(String, Option<Vec<String>>), String> {
        if !self.take("SCHEMA") {
            return Ok((self.name()?, None));
        }
        self.demand("(")?;
        let namespace = self.name()?;
        let mut dimensions = if self.take(",") {
            self.names()?
        } else {
            Vec::new()
        };
        self.demand(")")?;
        dimensions.sort();
        Ok((namespace, Some(dimensions)))
    }

    fn conditions(&mut self) -> Result<Vec<Condition>, String> {
        let mut conditions = Vec::new();
        if !self.take("WHERE") {
            return Ok(conditions);
        }
        loop {
            let label = self.name()?;
            let equal = self.take("=");
            if !equal {
                self.demand("!=")?;
            }
            let value = self.of(&[Kind::Value], "a value between single quotes")?;
            conditions.push(Condition {
                label,
                equal,
                value,
            });
            if !self.take("AND") {
                return Ok(conditions);
            }
        }
    }

    fn order(&mut self) -> Result<Option<Order>, String> {
        if !self.take("ORDER") {
            return Ok(None);
        }
        self.demand("BY")?;
        let function = self.name()?.to_ascii_uppercase();
        if stat(&function).is_none() {
            return Err(format!("{function} is no function of ORDER BY"));
        }
        self.demand("(")?;
        self.demand(")")?;
        let descends = self.take("DESC");
        if !descends {
            self.take("ASC");
        }
        Ok(Some(Order { function, descends }))
    }
}
