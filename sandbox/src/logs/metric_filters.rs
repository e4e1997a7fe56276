//! Metric filters: PutMetricFilter, DescribeMetricFilters, DeleteMetricFilter, and what filters count as events arrive.
//! <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutMetricFilter.html>

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::input::{self, constraint, invalid};
use super::pattern::Pattern;
use super::store::Group;
use super::{Logs, page};
use crate::error::AwsError;

/// Most filters of a group.
const MAX_FILTERS: usize = 100;
/// Most dimensions of a metric.
const MAX_DIMENSIONS: usize = 3;

/// A filter as it is kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Filter {
    name: String,
    pattern: String,
    created: i64,
    metric: Transformation,
    #[serde(default)]
    on_transformed: bool,
    /// `@aws.account` and `@aws.region`, where they are wanted as dimensions.
    #[serde(default)]
    system_dimensions: Vec<String>,
}

/// What an event that matches counts as.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Transformation {
    name: String,
    namespace: String,
    /// A number, or a field of the event: `$.bytes`, `$bytes`.
    value: String,
    default: Option<f64>,
    unit: Option<String>,
    #[serde(default)]
    dimensions: BTreeMap<String, String>,
}

/// The filters of a group by name, each with its pattern and the last minute that it counted in.
#[derive(Debug, Default)]
pub struct Filters(BTreeMap<String, Counting>);

#[derive(Debug)]
struct Counting {
    filter: Filter,
    pattern: Pattern,
    /// Minutes since the epoch.
    last: Option<i64>,
}

impl Filters {
    /// Filters that were kept; one whose pattern can't be read any more is left out.
    pub fn new(kept: Vec<Filter>) -> Self {
        let mut filters = Self::default();
        for filter in kept {
            if let Ok(pattern) = Pattern::parse(&filter.pattern) {
                filters.put(filter, pattern);
            }
        }
        filters
    }

    /// What is kept of them.
    pub fn kept(&self) -> Vec<Filter> {
        self.0.values().map(|one| one.filter.clone()).collect()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    fn put(&mut self, filter: Filter, pattern: Pattern) {
        let counting = Counting {
            filter,
            pattern,
            last: None,
        };
        self.0.insert(counting.filter.name.clone(), counting);
    }

    /// What events count as: for each filter a namespace and data as PutMetricData takes them.
    pub fn count(
        &mut self,
        events: &[(i64, String)],
        account: &str,
        region: &str,
    ) -> Vec<(String, Vec<Value>)> {
        self.0
            .values_mut()
            .map(|one| {
                let data = one.count(events, account, region);
                (one.filter.metric.namespace.clone(), data)
            })
            .filter(|(_, data)| !data.is_empty())
            .collect()
    }
}

impl Counting {
    fn count(&mut self, events: &[(i64, String)], account: &str, region: &str) -> Vec<Value> {
        let mut data = Vec::new();
        let mut missed: BTreeMap<i64, i64> = BTreeMap::new();
        let mut counted = self.last;
        for (at, message) in events {
            let minute = at.div_euclid(60_000);
            if !self.pattern.matches(message) {
                missed.entry(minute).or_insert(*at);
                continue;
            }
            let value = self.value(message);
            if let Some(value) = value {
                data.push(self.datum(value, *at, self.dimensions(message, account, region)));
                counted = counted.max(Some(minute));
                missed.insert(minute, i64::MIN);
            }
        }
        // Where events arrived in a minute and none of them counted, the default does, once.
        if let Some(default) = self.filter.metric.default {
            for (minute, at) in missed {
                if at != i64::MIN && counted.is_none_or(|last| last < minute) {
                    data.push(self.datum(default, at, Vec::new()));
                    counted = Some(minute);
                }
            }
        }
        self.last = counted;
        data
    }

    fn value(&self, message: &str) -> Option<f64> {
        let value = self.filter.metric.value.as_str();
        let text = if value.starts_with('$') {
            self.pattern.field(message, value)?
        } else {
            value.to_owned()
        };
        text.trim().parse().ok()
    }

    /// The values of the dimensions; a field that the event does not have is no dimension of it.
    fn dimensions(&self, message: &str, account: &str, region: &str) -> Vec<Value> {
        let fields = self.filter.metric.dimensions.iter();
        let fields = fields.filter_map(|(name, field)| {
            let value = self.pattern.field(message, field)?;
            Some(json!({"Name": name, "Value": value}))
        });
        let system = self.filter.system_dimensions.iter().map(|name| {
            let value = if name == "@aws.account" {
                account
            } else {
                region
            };
            json!({"Name": name, "Value": value})
        });
        fields.chain(system).collect()
    }

    fn datum(&self, value: f64, at_ms: i64, dimensions: Vec<Value>) -> Value {
        let metric = &self.filter.metric;
        let mut datum = json!({
            "MetricName": metric.name,
            "Value": value,
            "Timestamp": at_ms as f64 / 1000.0,
            "Dimensions": dimensions,
        });
        if let Some(unit) = &metric.unit {
            datum["Unit"] = unit.clone().into();
        }
        datum
    }
}

pub fn put(logs: &Logs, input: &Value) -> Result<Value, AwsError> {
    let group_name = input::checked_group_name(input)?;
    let name = input::required(input, "filterName")?;
    input::length(name, "filterName", 512)?;
    let text = input.get("filterPattern").and_then(Value::as_str);
    let text = text.ok_or_else(|| input::missing("filterPattern"))?;
    input::length(text, "filterPattern", 1024)?;
    let metric = transformation(input)?;
    let pattern = Pattern::parse(text)?;
    let now = logs.clock.now_ms();
    let mut state = logs.state();
    let group = input::group(&mut state, group_name, now)?;
    let known = group.filters.0.get(name);
    if known.is_none() && group.filters.len() >= MAX_FILTERS {
        return Err(AwsError::new(
            400,
            "LimitExceededException",
            "Resource limit exceeded.",
        ));
    }
    let filter = Filter {
        name: name.to_owned(),
        pattern: text.to_owned(),
        created: known.map_or(now, |known| known.filter.created),
        metric,
        on_transformed: input::flag(input, "applyOnTransformedLogs"),
        system_dimensions: input::texts(input, "emitSystemFieldDimensions")
            .into_iter()
            .map(str::to_owned)
            .collect(),
    };
    group.filters.put(filter, pattern);
    logs.note_group(&mut state, group_name);
    Ok(Value::Null)
}

fn transformation(input: &Value) -> Result<Transformation, AwsError> {
    let list = input.get("metricTransformations").and_then(Value::as_array);
    let list = list.ok_or_else(|| input::missing("metricTransformations"))?;
    let [one] = list.as_slice() else {
        let bound = if list.is_empty() { "greater" } else { "less" };
        let shown: Vec<_> = list.iter().map(shown).collect();
        return Err(constraint(
            &format!("[{}]", shown.join(", ")),
            "metricTransformations",
            &format!("Member must have length {bound} than or equal to 1"),
        ));
    };
    let text = |member: &str, most: usize| {
        let at = format!("metricTransformations.1.member.{member}");
        let text = one.get(member).and_then(Value::as_str);
        let text = text.ok_or_else(|| input::missing(&at))?;
        input::length(text, &at, most)?;
        Ok::<_, AwsError>(text.to_owned())
    };
    let dimensions: BTreeMap<String, String> = one
        .get("dimensions")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .filter_map(|(name, field)| Some((name.clone(), field.as_str()?.to_owned())))
        .collect();
    let default = one.get("defaultValue").and_then(Value::as_f64);
    if default.is_some() && !dimensions.is_empty() {
        return Err(invalid(
            "Invalid metric transformation: dimensions and default value are mutually exclusive properties.",
        ));
    }
    if dimensions.len() > MAX_DIMENSIONS {
        return Err(invalid(format!(
            "Invalid metric transformation: number of dimensions must not exceed {MAX_DIMENSIONS}."
        )));
    }
    let value = text("metricValue", 100)?;
    if !value.starts_with('$') && value.trim().parse::<f64>().is_err() {
        return Err(invalid(format!(
            "Invalid metric transformation: '{value}' is neither a number nor a field."
        )));
    }
    Ok(Transformation {
        name: text("metricName", 255)?,
        namespace: text("metricNamespace", 255)?,
        value,
        default,
        unit: one.get("unit").and_then(Value::as_str).map(str::to_owned),
        dimensions,
    })
}

/// A transformation as AWS prints it in its messages.
fn shown(one: &Value) -> String {
    let members = [
        "metricName",
        "metricNamespace",
        "metricValue",
        "defaultValue",
        "unit",
        "dimensions",
    ];
    let members = members.map(|name| {
        let value = match one.get(name) {
            None | Some(Value::Null) => "null".to_owned(),
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        };
        format!("{name}={value}")
    });
    format!("MetricTransformation({})", members.join(", "))
}

pub fn describe(logs: &Logs, input: &Value) -> Result<Value, AwsError> {
    let group_name = match input::text(input, "logGroupName") {
        Some(_) => Some(input::checked_group_name(input)?),
        None => None,
    };
    let prefix = input::text(input, "filterNamePrefix").unwrap_or_default();
    input::length(prefix, "filterNamePrefix", 512)?;
    let metric = input::text(input, "metricName");
    let namespace = input::text(input, "metricNamespace");
    input::length(metric.unwrap_or_default(), "metricName", 255)?;
    input::length(namespace.unwrap_or_default(), "metricNamespace", 255)?;
    if metric.is_some() != namespace.is_some() {
        return Err(invalid(
            "metricName and metricNamespace must be specified together.",
        ));
    }
    let limit = input::limit(input, 50, 50)?;
    let now = logs.clock.now_ms();
    let mut state = logs.state();
    if let Some(name) = group_name {
        input::group(&mut state, name, now)?;
    }
    let groups = state.groups.values();
    let groups = groups.filter(|group| group_name.is_none_or(|name| *group.name == *name));
    let mut found: BTreeMap<(String, String), Value> = BTreeMap::new();
    for group in groups {
        let filters = group.filters.0.values().map(|one| &one.filter);
        let filters = filters
            .filter(|filter| filter.name.starts_with(prefix))
            .filter(|filter| metric.is_none_or(|name| filter.metric.name == name))
            .filter(|filter| namespace.is_none_or(|name| filter.metric.namespace == name));
        for filter in filters {
            let key = (filter.name.clone(), group.name.to_string());
            found.insert(key, described(filter, group));
        }
    }
    // In the order of the filters' names, whatever group they belong to.
    let found = found
        .into_iter()
        .map(|((name, group), value)| (format!("{name}\n{group}"), value));
    page(
        "metricFilters",
        found,
        input::text(input, "nextToken"),
        limit,
    )
}

fn described(filter: &Filter, group: &Group) -> Value {
    let metric = &filter.metric;
    let mut shown = json!({
        "metricName": metric.name,
        "metricNamespace": metric.namespace,
        "metricValue": metric.value,
    });
    if let Some(default) = metric.default {
        shown["defaultValue"] = default.into();
    }
    if let Some(unit) = &metric.unit {
        shown["unit"] = unit.clone().into();
    }
    if !metric.dimensions.is_empty() {
        shown["dimensions"] = metric
            .dimensions
            .iter()
            .map(|(name, field)| (name.clone(), Value::from(field.clone())))
            .collect::<Map<_, _>>()
            .into();
    }
    let mut out = json!({
        "filterName": filter.name,
        "filterPattern": filter.pattern,
        "metricTransformations": [shown],
        "creationTime": filter.created,
        "logGroupName": group.name.as_ref(),
        "applyOnTransformedLogs": filter.on_transformed,
    });
    if !filter.system_dimensions.is_empty() {
        out["emitSystemFieldDimensions"] = filter.system_dimensions.clone().into();
    }
    out
}

pub fn delete(logs: &Logs, input: &Value) -> Result<Value, AwsError> {
    let group_name = input::checked_group_name(input)?;
    let name = input::required(input, "filterName")?;
    input::length(name, "filterName", 512)?;
    let mut state = logs.state();
    let group = input::group(&mut state, group_name, logs.clock.now_ms())?;
    if group.filters.0.remove(name).is_none() {
        return Err(AwsError::new(
            400,
            "ResourceNotFoundException",
            "The specified metric filter does not exist.",
        ));
    }
    logs.note_group(&mut state, group_name);
    Ok(Value::Null)
}
