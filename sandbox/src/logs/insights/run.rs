//! Commands over records: what a query answers.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::discover::{first_json, json_field, lambda_field};
use super::parse::{Aggregate, Command};
use super::value::{Expression, Fields, Item};
use crate::logs::store::Event;

/// Rows that are answered when the query has no `limit`.
const DEFAULT_ROWS: usize = 10_000;

/// A record: an event, or a row of `stats`.
#[derive(Debug)]
pub struct Record {
    log: Arc<str>,
    stream: Arc<str>,
    event: Option<Event>,
    /// The first JSON in the message.
    json: Option<Value>,
    /// What commands added.
    added: HashMap<String, Item>,
}

impl Record {
    /// A record of an event; `log` is `account:group`.
    pub fn new(log: Arc<str>, stream: Arc<str>, event: Event) -> Self {
        Self {
            log,
            stream,
            event: Some(event),
            json: None,
            added: HashMap::new(),
        }
    }

    fn of_row(added: HashMap<String, Item>) -> Self {
        Self {
            log: Arc::from(""),
            stream: Arc::from(""),
            event: None,
            json: None,
            added,
        }
    }

    fn discover(&mut self) {
        let message = self.event.as_ref().map(|event| event.message.as_ref());
        self.json = message.and_then(first_json);
    }
}

impl Fields for Record {
    fn field(&self, name: &str) -> Item {
        if let Some(item) = self.added.get(name) {
            return item.clone();
        }
        let Some(event) = &self.event else {
            return Item::Null;
        };
        match name {
            "@timestamp" => Item::Number(event.timestamp as f64),
            "@ingestionTime" => Item::Number(event.ingested as f64),
            "@message" => Item::Text(event.message.to_string()),
            "@logStream" => Item::Text(self.stream.to_string()),
            "@log" => Item::Text(self.log.to_string()),
            "@ptr" => Item::Text(URL_SAFE_NO_PAD.encode(event.id())),
            _ if name.starts_with('@') => lambda_field(&event.message, name),
            _ => self
                .json
                .as_ref()
                .map_or(Item::Null, |json| json_field(json, name)),
        }
    }
}

/// What a query answers.
#[derive(Debug, Default)]
pub struct Answer {
    /// Rows of fields with their values; fields without a value are left out.
    pub rows: Vec<Vec<(String, String)>>,
    pub matched: usize,
    pub scanned: usize,
    pub bytes: usize,
}

/// Runs a query's commands over records.
pub fn run(commands: &[Command], mut records: Vec<Record>, most: usize) -> Answer {
    let mut answer = Answer {
        scanned: records.len(),
        ..Answer::default()
    };
    for record in &mut records {
        record.discover();
        let message = record.event.as_ref().map_or(0, |event| event.message.len());
        answer.bytes += message;
    }
    // Newest first, unless the query sorts.
    records.sort_by_key(|record| {
        let position = record.event.as_ref().map(Event::position);
        std::cmp::Reverse(position)
    });
    let mut matched = None;
    let mut columns: Vec<String> = Vec::new();
    let mut parsed: Vec<String> = Vec::new();
    let mut limit = DEFAULT_ROWS;
    let mut with_pointer = true;
    for command in commands {
        match command {
            Command::Fields(fields) => {
                add(&mut records, fields);
                columns.extend(fields.iter().map(|(name, _)| name.clone()));
            }
            Command::Display(names) => columns.clone_from(names),
            Command::Filter(condition) => records.retain(|record| condition.holds(record)),
            Command::Parse(field, regex, names) => {
                for record in &mut records {
                    take_apart(record, field, regex, names);
                }
                // Without `fields` and `display`, what was parsed is what is shown
                // (<https://github.com/aws/aws-sdk-js-v3/issues/6928>).
                parsed.extend(names.iter().cloned());
            }
            Command::Stats(aggregates, by) => {
                matched.get_or_insert(records.len());
                let names = by.iter().map(|(name, _)| name);
                columns = names
                    .chain(aggregates.iter().map(|(name, _)| name))
                    .cloned()
                    .collect();
                records = stats(&records, aggregates, by);
                with_pointer = false;
            }
            Command::Sort(keys) => sort(&mut records, keys),
            Command::Limit(rows) => limit = *rows,
            Command::Dedup(fields) => {
                let mut seen = HashSet::new();
                records.retain(|record| {
                    let texts = fields.iter().map(|field| field.value(record).text());
                    seen.insert(texts.collect::<Vec<_>>())
                });
            }
        }
    }
    answer.matched = matched.unwrap_or(records.len());
    if columns.is_empty() {
        columns = parsed;
    }
    if columns.is_empty() {
        columns = vec!["@timestamp".to_owned(), "@message".to_owned()];
    }
    if with_pointer {
        columns.push("@ptr".to_owned());
    }
    let rows = records.iter().take(limit.min(most));
    answer.rows = rows.map(|record| row(record, &columns)).collect();
    answer
}

fn add(records: &mut [Record], fields: &[(String, Expression)]) {
    for record in records {
        for (name, expression) in fields {
            // A field that is only named has its value already.
            if !matches!(expression, Expression::Field(field) if field == name) {
                let value = expression.value(record);
                record.added.insert(name.clone(), value);
            }
        }
    }
}

fn take_apart(
    record: &mut Record,
    field: &Expression,
    regex: &regex_lite::Regex,
    names: &[String],
) {
    let text = field.value(record).text();
    let Some(parts) = regex.captures(&text) else {
        return;
    };
    for (at, name) in names.iter().enumerate() {
        let part = parts.name(name).or_else(|| parts.get(at + 1));
        if let Some(part) = part {
            let item = Item::Text(part.as_str().to_owned());
            record.added.insert(name.clone(), item);
        }
    }
}

fn sort(records: &mut [Record], keys: &[(Expression, bool)]) {
    records.sort_by_cached_key(|record| {
        let values = keys.iter().map(|(key, descends)| Key {
            item: key.value(record),
            descends: *descends,
        });
        values.collect::<Vec<_>>()
    });
}

#[derive(PartialEq)]
struct Key {
    item: Item,
    descends: bool,
}

impl Eq for Key {}

impl Ord for Key {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let order = self.item.order(&other.item);
        if self.descends {
            order.reverse()
        } else {
            order
        }
    }
}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

fn stats(
    records: &[Record],
    aggregates: &[(String, Aggregate)],
    by: &[(String, Expression)],
) -> Vec<Record> {
    let mut groups: BTreeMap<Vec<String>, Vec<&Record>> = BTreeMap::new();
    for record in records {
        let key = by.iter().map(|(_, field)| field.value(record).text());
        groups.entry(key.collect()).or_default().push(record);
    }
    groups
        .into_values()
        .map(|members| {
            let mut row = HashMap::new();
            if let Some(first) = members.first() {
                for (name, field) in by {
                    row.insert(name.clone(), field.value(*first));
                }
            }
            for (name, aggregate) in aggregates {
                row.insert(name.clone(), aggregate.of(&members));
            }
            Record::of_row(row)
        })
        .collect()
}

impl Aggregate {
    fn of(&self, records: &[&Record]) -> Item {
        let values = |field: &Expression| -> Vec<Item> {
            let values = records.iter().map(|record| field.value(*record));
            values.filter(|value| *value != Item::Null).collect()
        };
        let numbers = |field: &Expression| -> Vec<f64> {
            values(field).iter().filter_map(Item::number).collect()
        };
        let some = |number: f64| {
            if number.is_finite() {
                Item::Number(number)
            } else {
                Item::Null
            }
        };
        let mean = |all: &[f64]| all.iter().sum::<f64>() / all.len() as f64;
        // Records are newest first.
        match self {
            Self::Count(None) => some(records.len() as f64),
            Self::Count(Some(field)) => some(values(field).len() as f64),
            Self::CountDistinct(field) => {
                let texts: BTreeSet<_> = values(field).iter().map(Item::text).collect();
                some(texts.len() as f64)
            }
            Self::Sum(field) => some(numbers(field).iter().sum()),
            Self::Average(field) => some(mean(&numbers(field))),
            Self::Minimum(field) => values(field)
                .into_iter()
                .min_by(Item::order)
                .unwrap_or(Item::Null),
            Self::Maximum(field) => values(field)
                .into_iter()
                .max_by(Item::order)
                .unwrap_or(Item::Null),
            Self::Deviation(field) => {
                let all = numbers(field);
                let mean = mean(&all);
                let squares: f64 = all.iter().map(|number| (number - mean).powi(2)).sum();
                some((squares / all.len() as f64).sqrt())
            }
            Self::Percentile(field, percent) => {
                let mut all = numbers(field);
                all.sort_by(f64::total_cmp);
                let rank = percent / 100.0 * (all.len() as f64 - 1.0).max(0.0);
                let at = |rank: f64| all.get(rank as usize).copied().unwrap_or(f64::NAN);
                let (low, high) = (at(rank.floor()), at(rank.ceil()));
                some(low + (high - low) * rank.fract())
            }
            Self::Earliest(field) => values(field).pop().unwrap_or(Item::Null),
            Self::Latest(field) => values(field).into_iter().next().unwrap_or(Item::Null),
        }
    }
}

fn row(record: &Record, columns: &[String]) -> Vec<(String, String)> {
    let mut row = Vec::with_capacity(columns.len());
    for column in columns {
        let text = match (column.as_str(), record.field(column)) {
            (_, Item::Null) => continue,
            ("@timestamp" | "@ingestionTime", Item::Number(at)) => instant(at as i64),
            (_, item) => item.text(),
        };
        row.push((column.clone(), text));
    }
    row
}

/// Milliseconds since the epoch as Insights writes them: `2026-11-23 16:30:00.000`.
pub fn instant(at_ms: i64) -> String {
    jiff::Timestamp::from_millisecond(at_ms).map_or_else(
        |_| at_ms.to_string(),
        |at| at.strftime("%Y-%m-%d %H:%M:%S%.3f").to_string(),
    )
}
