//! A stage's settings while they are edited. What is edited becomes the values by path that a change of a stage consists of.
//!
//! Source: <https://docs.aws.amazon.com/apigateway/latest/api/API_Stage.html>.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::{
    Choice, Descriptor, Draft, Input, PairProblems, PairWords, Paired, Pairs, Values, pairs,
};
use crate::model::api::stage::{
    ALL_METHODS, Flat, METHOD_SETTINGS, Moved, Stage, method_name, moved,
};
use crate::model::secret::Secret;

/// The parts of the form.
pub const GENERAL: &str = "General";
/// See [`GENERAL`].
pub const VARIABLES: &str = "Variables";
/// See [`GENERAL`].
pub const CANARY: &str = "Canary";
/// See [`GENERAL`].
pub const THROTTLING: &str = "Throttling";
/// See [`GENERAL`].
pub const LOGGING: &str = "Logging";
/// See [`GENERAL`].
pub const CACHE: &str = "Cache";
/// See [`GENERAL`].
pub const METHODS: &str = "Methods of their own";

const OVERRIDES: &str = "/canarySettings/stageVariableOverrides/";

/// What belongs to the stage itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
pub enum Of {
    Description,
    Certificate,
    Tracing,
    CacheOn,
    CacheSize,
    LogTo,
    LogFormat,
    Share,
    CanaryCache,
}

impl Of {
    const ALL: [Self; 9] = [
        Self::Description,
        Self::Certificate,
        Self::Tracing,
        Self::CacheOn,
        Self::CacheSize,
        Self::LogTo,
        Self::LogFormat,
        Self::Share,
        Self::CanaryCache,
    ];

    fn path(self) -> &'static str {
        match self {
            Self::Description => "/description",
            Self::Certificate => "/clientCertificateId",
            Self::Tracing => "/tracingEnabled",
            Self::CacheOn => "/cacheClusterEnabled",
            Self::CacheSize => "/cacheClusterSize",
            Self::LogTo => "/accessLogSettings/destinationArn",
            Self::LogFormat => "/accessLogSettings/format",
            Self::Share => "/canarySettings/percentTraffic",
            Self::CanaryCache => "/canarySettings/useStageCache",
        }
    }

    fn is_switch(self) -> bool {
        matches!(self, Self::Tracing | Self::CacheOn | Self::CanaryCache)
    }

    fn is_canary(self) -> bool {
        matches!(self, Self::Share | Self::CanaryCache)
    }
}

/// One field.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StageField {
    /// Of the stage.
    Of(Of),
    /// A setting of a method, by the method as it stands in paths and the setting's place in [`METHOD_SETTINGS`].
    Method(String, usize),
    /// A stage variable, by its name.
    Variable(String),
    /// A stage variable as the canary sees it; empty where it sees the stage's.
    Canary(String),
}

impl StageField {
    /// A setting of every method, by API Gateway's own path.
    pub fn all(name: &str) -> Self {
        Self::own(ALL_METHODS, name)
    }

    /// A setting of a method, by API Gateway's own path.
    pub fn own(method: &str, name: &str) -> Self {
        let at = METHOD_SETTINGS.iter().position(|(of, _)| *of == name);
        Self::Method(method.to_owned(), at.unwrap_or_default())
    }

    fn path(&self) -> String {
        match self {
            Self::Of(of) => of.path().to_owned(),
            Self::Method(method, at) => format!("/{method}/{}", METHOD_SETTINGS[*at].0),
            Self::Variable(name) => format!("/variables/{name}"),
            Self::Canary(name) => format!("{OVERRIDES}{name}"),
        }
    }
}

/// The settings as they stand in the form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StageSettings {
    plain: BTreeMap<Of, String>,
    methods: BTreeMap<String, [String; METHOD_SETTINGS.len()]>,
    rows: Pairs,
    /// The canary's own values of variables, where there is a canary; empty where it has none.
    canary: BTreeMap<String, String>,
}

/// A draft of a stage's settings.
pub type StageDraft = Draft<StageSettings>;

impl StageSettings {
    /// Those of a stage.
    pub fn of(stage: &Stage) -> Self {
        let canary = stage.canary();
        let has_canary = canary.is_some();
        let plain = Of::ALL
            .into_iter()
            .filter(|of| has_canary || !of.is_canary());
        let plain = plain.map(|of| {
            let unset = if of.is_switch() { "false" } else { "" };
            (of, stage.get(of.path()).unwrap_or(unset).to_owned())
        });
        let own = stage.own_methods().into_iter();
        let methods = own.chain([ALL_METHODS.to_owned()]).map(|method| {
            let values = METHOD_SETTINGS.map(|(name, unset)| {
                let value = stage.get(&format!("/{method}/{name}")).unwrap_or(unset);
                // No limit of its own is an empty field.
                if value == "-1" {
                    String::new()
                } else {
                    value.to_owned()
                }
            });
            (method, values)
        });
        let rows = stage.variables();
        let own = canary.map(|canary| {
            let shared = stage
                .variables()
                .map(|(name, _)| (name.to_owned(), String::new()));
            shared.chain(canary.variables).collect()
        });
        Self {
            plain: plain.collect(),
            canary: own.unwrap_or_default(),
            methods: methods.collect(),
            rows: rows
                .map(|(name, value)| (name.to_owned(), Secret::new(value)))
                .collect(),
        }
    }

    /// The methods with settings of their own, as they stand in paths.
    pub fn own_methods(&self) -> Vec<String> {
        let all = self.methods.keys();
        all.filter(|method| *method != ALL_METHODS)
            .cloned()
            .collect()
    }

    /// The variables that a canary may see otherwise.
    pub fn canary_variables(&self) -> Vec<StageField> {
        let names = self.canary.keys().cloned();
        names.map(StageField::Canary).collect()
    }

    /// There is a canary.
    pub fn has_canary(&self) -> bool {
        self.plain.contains_key(&Of::Share)
    }

    /// The format of the access log, to be filled in.
    pub fn format_mut(&mut self) -> Option<&mut String> {
        self.plain.get_mut(&Of::LogFormat)
    }

    /// Gives a method settings of its own, which are those of all at first.
    pub fn add_method(&mut self, method: &str) {
        let like = self.methods.get(ALL_METHODS).cloned().unwrap_or_default();
        self.methods.entry(method.to_owned()).or_insert(like);
    }

    /// Takes a method's own settings away: those of all hold for it again.
    pub fn drop_method(&mut self, method: &str) {
        self.methods.remove(method);
    }
}

/// The changes that a draft makes of a stage.
pub fn changes(draft: &StageDraft, stage: &Stage) -> Vec<Moved> {
    let mut after: Flat = stage.values.clone();
    for field in draft.changed() {
        let path = field.path();
        let value = draft.mine.get(&field);
        match (&field, value) {
            (StageField::Method(_, at), Some(value)) => {
                let value = if value.is_empty() {
                    METHOD_SETTINGS[*at].1.to_owned()
                } else {
                    value
                };
                after.insert(path, value);
            }
            (StageField::Canary(_), Some(value)) if value.is_empty() => {
                after.remove(&path);
            }
            // A canary always says whether it uses the stage's cache.
            (StageField::Of(Of::CanaryCache), Some(value)) => {
                after.insert(path, value);
            }
            (StageField::Of(of), Some(value))
                if value.is_empty() || (of.is_switch() && value == "false") =>
            {
                after.remove(&path);
            }
            (_, Some(value)) => {
                after.insert(path, value);
            }
            (_, None) => {
                after.remove(&path);
            }
        }
    }
    moved(&stage.values, &after)
}

/// Gives a method back the settings of its own that the stage has.
pub fn restore_method(draft: &mut StageDraft, method: &str) {
    for at in 0..METHOD_SETTINGS.len() {
        draft.revert(&StageField::Method(method.to_owned(), at));
    }
}

/// What traffic and bills will feel of changes, a sentence each.
pub fn notes(moved: &[Moved]) -> Vec<String> {
    let mut notes = vec!["A stage's settings act at once, without a deployment.".to_owned()];
    let mut told = |words: String| {
        if !notes.contains(&words) {
            notes.push(words);
        }
    };
    for of in moved {
        let after = of.after.as_deref();
        let path = of.path.as_str();
        match path {
            "/cacheClusterEnabled" if after == Some("true") => {
                told("The cache takes about four minutes to begin, and is paid by the hour.".into())
            }
            "/cacheClusterEnabled" => {
                told("What is kept in the cache is gone: every request reaches its backend.".into())
            }
            "/cacheClusterSize" if of.before.is_some() => {
                told("Another size empties the cache, and takes about four minutes.".into())
            }
            "/clientCertificateId" => {
                told("Backends that check the client's certificate see another one.".into())
            }
            _ => {}
        }
        if path == "/canarySettings/percentTraffic" {
            told(format!(
                "The canary gets {} % of the requests.",
                after.unwrap_or("0")
            ));
        }
        if path.starts_with("/variables/") {
            told("Integrations and templates use the variables' new values from the next request on.".into());
        }
        if path.contains("/throttling/") && !matches!(after, None | Some("-1")) {
            told("What goes over the rate and the burst gets 429 Too Many Requests.".into());
        }
        if path.ends_with("/logging/dataTrace") && after == Some("true") {
            told("Whole requests and answers are written to the log, secrets in them too.".into());
        }
        if path.ends_with("/logging/loglevel") && after.is_some_and(|level| level != "OFF") {
            told("Writing logs needs the account's CloudWatch role for API Gateway.".into());
        }
        if path.ends_with("/metrics/enabled") && after == Some("true") {
            told("Metrics of each method are paid as custom metrics.".into());
        }
    }
    notes
}

const SIZES: [&str; 8] = ["0.5", "1.6", "6.1", "13.5", "28.4", "58.2", "118", "237"];

fn sizes(_: i64) -> Vec<Choice> {
    let one = |size: &str| Choice {
        value: size.to_owned(),
        but: String::new(),
    };
    SIZES.map(one).to_vec()
}

const LEVELS: &[(&str, &str)] = &[("OFF", "Off"), ("ERROR", "Errors"), ("INFO", "Everything")];

impl Values for StageSettings {
    type Field = StageField;

    fn fields(of: &[&Self]) -> Vec<StageField> {
        let mut methods: Vec<&String> = of.iter().flat_map(|of| of.methods.keys()).collect();
        methods.sort();
        methods.dedup();
        let methods = methods.into_iter().flat_map(|method| {
            (0..METHOD_SETTINGS.len()).map(|at| StageField::Method(method.clone(), at))
        });
        let names = pairs::names(of.iter().map(|of| &of.rows));
        let names: Vec<String> = names.into_iter().map(str::to_owned).collect();
        let plain = Of::ALL.into_iter();
        let plain = plain.filter(|field| of.iter().any(|of| of.plain.contains_key(field)));
        let mut own: Vec<&String> = of.iter().flat_map(|of| of.canary.keys()).collect();
        own.sort();
        own.dedup();
        plain
            .map(StageField::Of)
            .chain(own.into_iter().cloned().map(StageField::Canary))
            .chain(names.into_iter().map(StageField::Variable))
            .chain(methods)
            .collect()
    }

    fn describe(field: &StageField) -> Descriptor {
        match field {
            StageField::Of(of) => of_stage(*of),
            StageField::Method(method, at) => of_method(method, *at),
            StageField::Variable(name) => Descriptor {
                name: format!("Variables.{name}").into(),
                label: name.clone().into(),
                input: Input::Own,
                section: VARIABLES,
                ..Descriptor::line("", "", 0.0)
            },
            StageField::Canary(name) => Descriptor {
                name: format!("Canary.{name}").into(),
                label: format!("{name} in the canary").into(),
                section: CANARY,
                code: true,
                help: "Empty: as the stage has it",
                ..Descriptor::line("", "", 240.0)
            },
        }
    }

    fn get(&self, field: &StageField) -> Option<String> {
        match field {
            StageField::Of(of) => self.plain.get(of).map(|text| text.trim().to_owned()),
            StageField::Method(method, at) => {
                let text = self.methods.get(method)?.get(*at)?;
                Some(text.trim().replace(',', ""))
            }
            StageField::Variable(name) => pairs::get(&self.rows, name),
            StageField::Canary(name) => self.canary.get(name).map(|text| text.trim().to_owned()),
        }
    }

    fn set(&mut self, field: &StageField, value: Option<String>) {
        match field {
            StageField::Of(of) => {
                match value {
                    Some(value) => self.plain.insert(*of, value),
                    None => self.plain.remove(of),
                };
            }
            StageField::Method(method, at) => match value {
                Some(value) => {
                    self.add_method(method);
                    if let Some(place) = self
                        .methods
                        .get_mut(method)
                        .and_then(|all| all.get_mut(*at))
                    {
                        *place = value;
                    }
                }
                None => self.drop_method(method),
            },
            StageField::Variable(name) => pairs::set(&mut self.rows, name, value),
            StageField::Canary(name) => {
                match value {
                    Some(value) => self.canary.insert(name.clone(), value),
                    None => self.canary.remove(name),
                };
            }
        }
    }

    fn typed(&mut self, field: &StageField) -> Option<&mut String> {
        match field {
            StageField::Of(of) => self.plain.get_mut(of),
            StageField::Method(method, at) => self.methods.get_mut(method)?.get_mut(*at),
            StageField::Canary(name) => self.canary.get_mut(name),
            StageField::Variable(_) => None,
        }
    }

    fn problem(&self, base: &Self, field: &StageField) -> Option<String> {
        let value = self.get(field)?;
        if base.get(field).as_ref() == Some(&value) {
            // Both parts of the access log belong together, whichever was changed.
            let log = matches!(field, StageField::Of(Of::LogTo | Of::LogFormat));
            return if log { self.log_problem(field) } else { None };
        }
        match field {
            StageField::Of(Of::LogTo | Of::LogFormat) => self.log_problem(field),
            StageField::Of(Of::Certificate) => {
                let fits = value.chars().all(|c| c.is_ascii_alphanumeric());
                (!fits).then(|| "Letters and digits: the certificate's id".to_owned())
            }
            StageField::Of(Of::Share) => {
                let fits = value
                    .parse::<f64>()
                    .is_ok_and(|share| (0.0..=100.0).contains(&share));
                (!fits).then(|| "0 to 100".to_owned())
            }
            StageField::Of(_) => None,
            StageField::Canary(name) => {
                let row = (name.clone(), Secret::new(value));
                let problem = variable_problems(&Pairs::from([row])).pop();
                problem.map(|(_, words)| words)
            }
            StageField::Method(_, at) => number_problem(METHOD_SETTINGS[*at].0, &value),
            StageField::Variable(name) => {
                let row = self.rows.iter().position(|(other, _)| other == name)?;
                self.pair_problems(base).of_row(row).map(str::to_owned)
            }
        }
    }

    fn is_unfinished(&self, _: &Self) -> bool {
        let mut rows = self.rows.iter();
        rows.any(|(name, value)| name.is_empty() && !value.is_empty())
    }
}

impl StageSettings {
    fn log_problem(&self, field: &StageField) -> Option<String> {
        let [to, format] =
            [Of::LogTo, Of::LogFormat].map(|of| self.get(&StageField::Of(of)).unwrap_or_default());
        match field {
            StageField::Of(Of::LogTo) => {
                let ours = to.split(':').nth(2);
                match (to.is_empty(), format.is_empty()) {
                    (true, true) => None,
                    (true, false) => Some("Where the log goes: the ARN of a log group".to_owned()),
                    (false, _)
                        if !to.starts_with("arn:")
                            || !matches!(ours, Some("logs" | "firehose")) =>
                    {
                        Some("The ARN of a log group or of a Firehose stream".to_owned())
                    }
                    _ => None,
                }
            }
            _ if to.is_empty() && format.is_empty() => None,
            _ if format.is_empty() => Some("What a line of the log says".to_owned()),
            _ if format.contains('\n') => Some("A line of the log is one line".to_owned()),
            _ if !format.contains("$context.requestId")
                && !format.contains("$context.extendedRequestId") =>
            {
                Some("It must have $context.requestId or $context.extendedRequestId".to_owned())
            }
            _ => None,
        }
    }
}

fn number_problem(name: &str, value: &str) -> Option<String> {
    match name {
        "throttling/rateLimit" if !value.is_empty() => {
            let rate = value.parse::<f64>();
            let fits = rate.is_ok_and(|rate| rate >= 0.0 && rate.is_finite());
            (!fits).then(|| "A number of requests a second, or nothing".to_owned())
        }
        "throttling/burstLimit" if !value.is_empty() => {
            let fits = value.parse::<i32>().is_ok_and(|burst| burst >= 0);
            (!fits).then(|| "A whole number of requests, or nothing".to_owned())
        }
        "caching/ttlInSeconds" => {
            let fits = value.parse::<u32>().is_ok_and(|ttl| ttl <= 3_600);
            (!fits).then(|| "0 to 3600 seconds".to_owned())
        }
        _ => None,
    }
}

fn of_stage(of: Of) -> Descriptor {
    let name = of.path().trim_start_matches('/');
    match of {
        Of::Description => Descriptor {
            section: GENERAL,
            ..Descriptor::line(name, "Description", 420.0)
        },
        Of::Certificate => Descriptor {
            section: GENERAL,
            code: true,
            help: "Its id; backends see it as the client's certificate",
            ..Descriptor::line(name, "Client certificate", 160.0)
        },
        Of::Tracing => Descriptor {
            section: LOGGING,
            input: Input::Tick("X-Ray traces of requests"),
            ..Descriptor::line(name, "Tracing", 0.0)
        },
        Of::CacheOn => Descriptor {
            section: CACHE,
            input: Input::Tick("Answers are kept, where a method's cache is on"),
            ..Descriptor::line(name, "Cache", 0.0)
        },
        Of::CacheSize => Descriptor {
            section: CACHE,
            unit: "GB",
            input: Input::OneOf(sizes),
            ..Descriptor::line(name, "Cache size", 0.0)
        },
        Of::LogTo => Descriptor {
            section: LOGGING,
            code: true,
            help: "The ARN of a log group or of a Firehose stream; empty writes none",
            ..Descriptor::line(name, "Access log to", 420.0)
        },
        Of::Share => Descriptor {
            section: CANARY,
            unit: "%",
            input: Input::Number,
            help: "Of the stage's requests",
            ..Descriptor::line(name, "Share", 0.0)
        },
        Of::CanaryCache => Descriptor {
            section: CANARY,
            input: Input::Tick("Uses the stage's cache"),
            ..Descriptor::line(name, "Canary's cache", 0.0)
        },
        Of::LogFormat => Descriptor {
            section: LOGGING,
            code: true,
            ..Descriptor::line(name, "Access log format", 420.0)
        },
    }
}

fn of_method(method: &str, at: usize) -> Descriptor {
    let (path, _) = METHOD_SETTINGS[at];
    let all = method == ALL_METHODS;
    let (label, unit, section, input) = match path {
        "throttling/rateLimit" => ("Rate", "/s", THROTTLING, Input::Number),
        "throttling/burstLimit" => ("Burst", "", THROTTLING, Input::Number),
        "logging/loglevel" => ("Execution log", "", LOGGING, Input::Segments(LEVELS)),
        "logging/dataTrace" => (
            "Full bodies",
            "",
            LOGGING,
            Input::Tick("Whole requests and answers in the log"),
        ),
        "metrics/enabled" => (
            "Detailed metrics",
            "",
            LOGGING,
            Input::Tick("Metrics of each method"),
        ),
        "caching/enabled" => ("Cached", "", CACHE, Input::Tick("Answers of GET are kept")),
        "caching/ttlInSeconds" => ("Kept for", "s", CACHE, Input::Number),
        _ => (
            "Encrypted",
            "",
            CACHE,
            Input::Tick("What is kept is encrypted"),
        ),
    };
    let help = match path {
        "throttling/rateLimit" if all => "Empty: only the account's limit holds",
        _ => "",
    };
    let (name, label): (Cow<'static, str>, Cow<'static, str>) = match all {
        true => (path.into(), label.into()),
        false => {
            let of = method_name(method);
            (
                format!("{of} {path}").into(),
                format!("{label} of {of}").into(),
            )
        }
    };
    Descriptor {
        name,
        label,
        unit,
        help,
        section: if all { section } else { METHODS },
        input,
        ..Descriptor::line("", "", 0.0)
    }
}

impl Paired for StageSettings {
    const WORDS: PairWords = PairWords {
        one: "variable",
        name: "Name",
        name_hint: "name",
        masked: false,
    };

    fn rows(&self) -> &Pairs {
        &self.rows
    }

    fn rows_mut(&mut self) -> &mut Pairs {
        &mut self.rows
    }

    fn pair(name: &str) -> StageField {
        StageField::Variable(name.to_owned())
    }

    fn pair_name(field: &StageField) -> Option<&str> {
        match field {
            StageField::Variable(name) => Some(name),
            _ => None,
        }
    }

    fn pair_problems(&self, base: &Self) -> PairProblems {
        if self.rows == base.rows {
            return PairProblems::default();
        }
        PairProblems {
            rows: variable_problems(&self.rows),
            total: None,
            used: String::new(),
        }
    }
}

/// What is wrong with names and values of stage variables.
/// Source: <https://docs.aws.amazon.com/apigateway/latest/api/API_CreateStage.html>.
pub fn variable_problems(rows: &Pairs) -> Vec<(usize, String)> {
    let named = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let valued = |c: char| c.is_ascii_alphanumeric() || "-._~:/?#&=,".contains(c);
    let wrong = |(at, (name, value)): (usize, &(String, Secret))| {
        let (name, value) = (name.trim(), value.reveal());
        if name.is_empty() && value.is_empty() {
            return None;
        }
        let words = if name.is_empty() {
            "A name is needed".to_owned()
        } else if !name.chars().all(named) {
            "A name has letters, digits and _ only".to_owned()
        } else if let Some(odd) = value.chars().find(|c| !valued(*c)) {
            format!("{odd} is not allowed: letters, digits and - . _ ~ : / ? # & = ,")
        } else if rows.iter().take(at).any(|(other, _)| other.trim() == name) {
            format!("The name {name} stands there twice")
        } else {
            return None;
        };
        Some((at, words))
    };
    rows.iter().enumerate().filter_map(wrong).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::model::api::stage::patches;

    fn stage(values: &[(&str, &str)]) -> Stage {
        let values = values.iter();
        Stage {
            name: "prod".into(),
            values: values
                .map(|(path, value)| ((*path).to_owned(), (*value).to_owned()))
                .collect(),
            ..Stage::default()
        }
    }

    fn draft(stage: &Stage) -> StageDraft {
        Draft::of("prod", None, StageSettings::of(stage))
    }

    fn told(draft: &StageDraft, stage: &Stage) -> Vec<String> {
        let moved = changes(draft, stage);
        let after = crate::model::api::stage::with(&stage.values, &moved);
        let patches = patches(&stage.values, &after);
        let one = |patch: &crate::model::api::stage::Patch| match patch.removes {
            true => format!("-{}", patch.path),
            false => format!("{}={}", patch.path, patch.value),
        };
        patches.iter().map(one).collect()
    }

    #[test]
    fn an_untouched_draft_changes_nothing() {
        for stage in [
            stage(&[]),
            stage(&[
                ("/description", "x"),
                ("/tracingEnabled", "true"),
                ("/*/*/throttling/rateLimit", "-1"),
                ("/~1a/GET/throttling/rateLimit", "5"),
                ("/variables/a", "1"),
            ]),
        ] {
            let draft = draft(&stage);
            assert!(!draft.is_dirty());
            assert!(changes(&draft, &stage).is_empty());
        }
    }

    #[test]
    fn each_field_is_a_patch_of_its_own() {
        let stage = stage(&[
            ("/description", "x"),
            ("/tracingEnabled", "true"),
            ("/variables/a", "1"),
            ("/*/*/throttling/rateLimit", "5000"),
        ]);
        let mut draft = draft(&stage);
        let set = |draft: &mut StageDraft, field: StageField, value: &str| {
            draft.mine.set(&field, Some(value.to_owned()));
        };
        set(&mut draft, StageField::Of(Of::Description), "");
        set(&mut draft, StageField::Of(Of::Tracing), "false");
        set(&mut draft, StageField::all("throttling/rateLimit"), "");
        set(&mut draft, StageField::all("logging/loglevel"), "INFO");
        set(&mut draft, StageField::Variable("b".into()), "2");
        draft.mine.set(&StageField::Variable("a".into()), None);
        assert_eq!(
            told(&draft, &stage),
            [
                "/description=",
                "/tracingEnabled=false",
                "-/variables/a",
                "/*/*/logging/loglevel=INFO",
                "/*/*/throttling/rateLimit=-1",
                "/variables/b=2",
            ]
        );
        let words = draft.differences(false);
        assert!(words.iter().any(|of| of.field == "Variables.b"));
    }

    #[test]
    fn a_method_gets_settings_of_its_own_and_loses_them_as_a_whole() {
        let stage = stage(&[("/~1a/GET/throttling/rateLimit", "5")]);
        let mut draft = draft(&stage);
        draft.mine.add_method("~1b/POST");
        let rate = StageField::own("~1b/POST", "throttling/rateLimit");
        draft.mine.set(&rate, Some("1,000".into()));
        draft.mine.drop_method("~1a/GET");
        let told = told(&draft, &stage);
        assert_eq!(told[0], "-/~1a/GET");
        assert!(told.contains(&"/~1b/POST/throttling/rateLimit=1000".to_owned()));
        assert!(told.contains(&"/~1b/POST/throttling/burstLimit=-1".to_owned()));
        let label = StageSettings::describe(&rate).label;
        assert_eq!(label, "Rate of POST /b");
    }

    #[test]
    fn a_canarys_share_and_its_variables_are_fields_where_there_is_one() {
        let plain = stage(&[("/variables/bank", "live")]);
        assert!(draft(&plain).mine.canary_variables().is_empty());
        let stage = stage(&[
            ("/variables/bank", "live"),
            ("/canarySettings/deploymentId", "d"),
            ("/canarySettings/percentTraffic", "10"),
            ("/canarySettings/useStageCache", "false"),
            ("/canarySettings/stageVariableOverrides/old", "1"),
        ]);
        let mut draft = draft(&stage);
        assert!(!draft.is_dirty());
        for (field, value) in [
            (StageField::Of(Of::Share), "25"),
            (StageField::Canary("bank".into()), "test"),
            (StageField::Canary("old".into()), ""),
        ] {
            draft.mine.set(&field, Some(value.into()));
        }
        assert_eq!(
            told(&draft, &stage),
            [
                "-/canarySettings/stageVariableOverrides/old",
                "/canarySettings/percentTraffic=25",
                "/canarySettings/stageVariableOverrides/bank=test",
            ]
        );
        draft
            .mine
            .set(&StageField::Of(Of::Share), Some("101".into()));
        assert!(draft.can_apply().is_err());
    }

    #[test]
    fn what_the_service_would_refuse_is_told_beside_the_field() {
        let stage = stage(&[]);
        let mut draft = draft(&stage);
        let cases = [
            (
                StageField::all("throttling/rateLimit"),
                "fast",
                "requests a second",
            ),
            (
                StageField::all("throttling/burstLimit"),
                "1.5",
                "whole number",
            ),
            (StageField::all("caching/ttlInSeconds"), "3601", "0 to 3600"),
            (StageField::Of(Of::LogTo), "my-group", "ARN of a log group"),
            (
                StageField::Of(Of::LogFormat),
                "$context.status",
                "$context.requestId",
            ),
            (StageField::Of(Of::Certificate), "a-b", "certificate's id"),
        ];
        for (field, value, words) in cases {
            draft.mine.set(&field, Some(value.into()));
            let problem = draft.problem(&field).unwrap_or_default();
            assert!(problem.contains(words), "{field:?}: {problem}");
            assert!(draft.can_apply().is_err());
        }
        draft.revert_all();
        let to = "arn:aws:logs:eu-west-1:1:log-group:a";
        draft.mine.set(&StageField::Of(Of::LogTo), Some(to.into()));
        assert!(draft.can_apply().is_err(), "a format lacks");
        let format = "$context.requestId $context.status";
        draft
            .mine
            .set(&StageField::Of(Of::LogFormat), Some(format.into()));
        assert_eq!(draft.can_apply(), Ok(()));
        draft.mine.rows.push(("a b".into(), Secret::new("1")));
        assert!(draft.can_apply().is_err());
        draft.mine.rows[0] = ("a".into(), Secret::new("x y"));
        assert!(draft.can_apply().is_err());
    }

    #[test]
    fn what_traffic_will_feel_is_said_once_each() {
        let stage = stage(&[
            ("/cacheClusterSize", "0.5"),
            ("/variables/a", "1"),
            ("/variables/b", "1"),
        ]);
        let mut draft = draft(&stage);
        for (field, value) in [
            (StageField::Variable("a".into()), "2"),
            (StageField::Variable("b".into()), "2"),
            (StageField::Of(Of::CacheSize), "1.6"),
            (StageField::all("throttling/rateLimit"), "10"),
            (StageField::all("logging/dataTrace"), "true"),
        ] {
            draft.mine.set(&field, Some(value.into()));
        }
        let notes = notes(&changes(&draft, &stage)).join("\n");
        assert_eq!(notes.lines().count(), 5, "{notes}");
        for part in [
            "act at once",
            "empties the cache",
            "429",
            "secrets",
            "new values",
        ] {
            assert!(notes.contains(part), "{part} lacks in {notes}");
        }
    }
}
