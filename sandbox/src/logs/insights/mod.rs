//! Logs Insights: StartQuery, GetQueryResults, StopQuery, DescribeQueries, over a small part of the language.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html>
//!
//! Known are `fields`, `display`, `filter`, `parse`, `stats … by`, `sort`, `limit` and `dedup`, and the functions that
//! `value` lists. Anything else is a MalformedQueryException that names it, never a wrong result.
//!
//! | module | what it is for |
//! |---|---|
//! | `parse` | a query's text as commands |
//! | `value` | expressions and their values in a record |
//! | `discover` | the fields that are found in a message |
//! | `run` | commands over records |

mod discover;
mod parse;
mod run;
mod value;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::filter::{Selection, next};
use super::{Logs, input};
use crate::error::AwsError;
use crate::region::lock;
use run::{Answer, Record};

/// Queries that are kept; beyond it the oldest is forgotten.
const MAX_QUERIES: usize = 100;
/// Most groups of one query.
const MAX_GROUPS: usize = 50;
/// Most rows that a query answers.
const MAX_ROWS: usize = 10_000;

/// The queries of a region, oldest first.
#[derive(Debug, Default)]
pub struct Queries {
    kept: VecDeque<Arc<Query>>,
}

#[derive(Debug)]
struct Query {
    id: String,
    /// As DescribeQueries shows it: the groups and the time stand before it.
    text: String,
    group: String,
    /// Milliseconds since the epoch.
    created: i64,
    state: Mutex<State>,
}

#[derive(Debug)]
enum State {
    Running,
    Complete(Answer),
    Cancelled,
}

impl Query {
    fn status(&self) -> &'static str {
        match *lock(&self.state) {
            State::Running => "Running",
            State::Complete(_) => "Complete",
            State::Cancelled => "Cancelled",
        }
    }

    /// Unless it was stopped meanwhile.
    fn complete(&self, answer: Answer) {
        let mut state = lock(&self.state);
        if matches!(*state, State::Running) {
            *state = State::Complete(answer);
        }
    }
}

/// StartQuery. The search itself runs beside the requests, on what was there when it began.
pub fn start(logs: &Logs, input: &Value) -> Result<Value, AwsError> {
    let text = input::required(input, "queryString")?;
    let commands = parse::parse(text)
        .map_err(|reason| AwsError::new(400, "MalformedQueryException", reason))?;
    let groups = groups(input)?;
    let limit = input::limit(input, MAX_ROWS, MAX_ROWS as i64)?;
    let (Some(start), Some(end)) = (
        input::integer(input, "startTime"),
        input::integer(input, "endTime"),
    ) else {
        return Err(input::invalid("startTime and endTime are required."));
    };
    if start > end {
        return Err(input::invalid(
            "End time should not be less than start time.",
        ));
    }
    // Seconds here, unlike everywhere else in this service.
    let selection = Selection {
        streams: Vec::new(),
        prefix: None,
        start: start.saturating_mul(1000),
        end: end.saturating_mul(1000).saturating_add(999),
    };
    let records = records(logs, &groups, &selection)?;
    let query = Arc::new(Query {
        id: uuid::Uuid::new_v4().to_string(),
        text: shown(text, &groups, &selection),
        group: groups.first().cloned().unwrap_or_default(),
        created: logs.clock.now_ms(),
        state: Mutex::new(State::Running),
    });
    let id = query.id.clone();
    let mut queries = lock(&logs.queries);
    if queries.kept.len() >= MAX_QUERIES {
        queries.kept.pop_front();
    }
    queries.kept.push_back(query.clone());
    drop(queries);
    let work = move || query.complete(run::run(&commands, records, limit));
    match tokio::runtime::Handle::try_current() {
        Ok(runtime) => drop(runtime.spawn_blocking(work)),
        Err(_) => work(),
    }
    Ok(json!({"queryId": id}))
}

fn shown(text: &str, groups: &[String], selection: &Selection) -> String {
    let groups: Vec<_> = groups.iter().map(|name| format!("\"{name}\"")).collect();
    format!(
        "SOURCE {} START={} END={} | {text}",
        groups.join(", "),
        selection.start,
        selection.end
    )
}

fn groups(input: &Value) -> Result<Vec<String>, AwsError> {
    let one = input::text(input, "logGroupName");
    let names = input::texts(input, "logGroupNames");
    let identifiers = input::texts(input, "logGroupIdentifiers");
    let all: Vec<_> = one.into_iter().chain(names).chain(identifiers).collect();
    if all.is_empty() || all.len() > MAX_GROUPS {
        return Err(input::invalid(format!(
            "Between 1 and {MAX_GROUPS} log groups must be specified."
        )));
    }
    Ok(all
        .into_iter()
        .map(|name| input::name_of(name).to_owned())
        .collect())
}

fn records(logs: &Logs, groups: &[String], selection: &Selection) -> Result<Vec<Record>, AwsError> {
    let now = logs.clock.now_ms();
    let mut state = logs.state();
    let mut records = Vec::new();
    for name in groups {
        let group = input::group(&mut state, name, now).map_err(|error| {
            let message = format!(
                "Log group '{name}' does not exist for account ID '{}' (Service: AWSLogs; Status Code: 400; \
                 Error Code: ResourceNotFoundException; Request ID: {}; Proxy: null)",
                logs.account,
                uuid::Uuid::new_v4()
            );
            AwsError { message, ..error }
        })?;
        let log: Arc<str> = Arc::from(format!("{}:{name}", logs.account));
        for (stream, event) in next(group, selection, (i64::MIN, 0), usize::MAX) {
            records.push(Record::new(log.clone(), stream, event));
        }
    }
    Ok(records)
}

fn find(logs: &Logs, input: &Value) -> Result<Arc<Query>, AwsError> {
    let id = input::required(input, "queryId")?;
    let queries = lock(&logs.queries);
    let found = queries.kept.iter().find(|query| query.id == id);
    found.cloned().ok_or_else(|| {
        AwsError::new(
            400,
            "ResourceNotFoundException",
            "The specified query does not exist.",
        )
    })
}

/// GetQueryResults.
pub fn results(logs: &Logs, input: &Value) -> Result<Value, AwsError> {
    let query = find(logs, input)?;
    let status = query.status();
    let empty = Answer::default();
    let state = lock(&query.state);
    let answer = match &*state {
        State::Complete(answer) => answer,
        State::Running | State::Cancelled => &empty,
    };
    let rows: Vec<Value> = answer
        .rows
        .iter()
        .map(|row| {
            row.iter()
                .map(|(field, value)| json!({"field": field, "value": value}))
                .collect()
        })
        .collect();
    Ok(json!({
        "queryLanguage": "CWLI",
        "status": status,
        "results": rows,
        "statistics": {
            "recordsMatched": answer.matched as f64,
            "recordsScanned": answer.scanned as f64,
            "bytesScanned": answer.bytes as f64,
        },
    }))
}

/// StopQuery.
pub fn stop(logs: &Logs, input: &Value) -> Result<Value, AwsError> {
    let query = find(logs, input)?;
    let mut state = lock(&query.state);
    if !matches!(*state, State::Running) {
        return Err(input::invalid("Query has already ended."));
    }
    *state = State::Cancelled;
    Ok(json!({"success": true}))
}

/// DescribeQueries, newest first.
pub fn describe(logs: &Logs, input: &Value) -> Result<Value, AwsError> {
    let group = input::text(input, "logGroupName");
    let status = input::text(input, "status");
    let most = input::integer(input, "maxResults").unwrap_or(1000).max(1) as usize;
    let queries = lock(&logs.queries);
    let found: Vec<Value> = queries
        .kept
        .iter()
        .rev()
        .filter(|query| group.is_none_or(|group| group == query.group))
        .filter(|query| status.is_none_or(|status| status == query.status()))
        .take(most)
        .map(|query| {
            json!({
                "queryId": query.id,
                "queryLanguage": "CWLI",
                "queryString": query.text,
                "status": query.status(),
                "createTime": query.created,
                "logGroupName": query.group,
            })
        })
        .collect();
    Ok(json!({"queries": found}))
}

#[cfg(test)]
mod tests;
