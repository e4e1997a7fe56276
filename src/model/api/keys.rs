//! API keys and usage plans: who may call how much.
//!
//! Source: <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html>.

use super::patch::Patch;
use super::stage::Flat;

/// One API key, without its value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ApiKey {
    /// Ten letters and digits.
    pub id: String,
    /// Not unique.
    pub name: String,
    /// One that is off is refused.
    pub enabled: bool,
    /// ms since 1970.
    pub created_at: Option<i64>,
}

/// One usage plan with its keys.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct UsagePlan {
    /// Six letters and digits.
    pub id: String,
    /// Not unique.
    pub name: String,
    /// May be empty.
    pub description: String,
    /// API and stage.
    pub stages: Vec<(String, String)>,
    /// Requests a second for each key; none is no limit but the account's.
    pub rate: Option<f64>,
    /// Requests at once.
    pub burst: Option<i32>,
    /// Requests a period, and the period: `DAY`, `WEEK` or `MONTH`.
    pub quota: Option<(i32, String)>,
    /// Limits of single methods.
    pub methods: Vec<MethodLimit>,
    /// The keys that it is for.
    pub keys: Vec<ApiKey>,
}

/// What a plan lets each key call of one method.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MethodLimit {
    /// API and stage.
    pub stage: (String, String),
    /// As `GET`.
    pub verb: String,
    /// As `/orders`.
    pub path: String,
    /// Requests a second.
    pub rate: f64,
    /// Requests at once.
    pub burst: i32,
}

/// Below it stand the stages that a plan opens, as `API:STAGE`.
pub const STAGES: &str = "/apiStages/";

/// The patches that make `after` of `before`: a stage comes and goes by its name, a throttle and a quota go as a whole.
pub fn patches(before: &Flat, after: &Flat) -> Vec<Patch> {
    let mut all = Vec::new();
    for path in before.keys().filter(|path| !after.contains_key(*path)) {
        let group = ["/throttle", "/quota"];
        let group = group.into_iter().find(|group| path.starts_with(group));
        let patch = match (path.strip_prefix(STAGES), group) {
            (Some(stage), _) => Patch::remove("/apiStages", Some(stage)),
            (None, Some(group)) => Patch::remove(group, None),
            (None, None) => Patch::replace(path, ""),
        };
        if !all.contains(&patch) {
            all.push(patch);
        }
    }
    for (path, value) in after
        .iter()
        .filter(|(path, value)| before.get(*path) != Some(value))
    {
        all.push(match path.strip_prefix(STAGES) {
            Some(stage) => Patch::add("/apiStages", stage),
            None => Patch::replace(path, value.clone()),
        });
    }
    all
}

/// A path of a plan as people call it, in the service's own terms.
pub fn named(path: &str) -> String {
    match path.strip_prefix(STAGES) {
        Some(stage) => format!("apiStages {}", stage.replace(':', " ")),
        None => path.trim_start_matches('/').replace('/', "."),
    }
}

impl UsagePlan {
    /// Everything that can be changed of it, by path.
    pub fn values(&self) -> Flat {
        let mut values = Flat::new();
        let mut put = |path: &str, value: Option<String>| {
            if let Some(value) = value {
                values.insert(path.to_owned(), value);
            }
        };
        put("/name", Some(self.name.clone()));
        let described = Some(self.description.clone()).filter(|text| !text.is_empty());
        put("/description", described);
        put(
            "/throttle/rateLimit",
            self.rate.map(|rate| rate.to_string()),
        );
        put(
            "/throttle/burstLimit",
            self.burst.map(|burst| burst.to_string()),
        );
        if let Some((limit, period)) = &self.quota {
            put("/quota/limit", Some(limit.to_string()));
            put("/quota/period", Some(period.clone()));
        }
        for (api, stage) in &self.stages {
            put(&format!("{STAGES}{api}:{stage}"), Some("opened".to_owned()));
        }
        values
    }

    /// Its limits in words.
    pub fn limits(&self) -> String {
        let mut parts = Vec::new();
        if let Some(rate) = self.rate {
            parts.push(format!("{rate} a second"));
        }
        if let Some(burst) = self.burst {
            parts.push(format!("{burst} at once"));
        }
        if let Some((limit, period)) = &self.quota {
            parts.push(format!("{limit} a {}", period.to_lowercase()));
        }
        match parts.is_empty() {
            true => "no limit but the account's".to_owned(),
            false => parts.join(", "),
        }
    }
}

/// What a plan may limit, as it is typed; empty is no limit.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Limits {
    /// Requests a second.
    pub rate: Option<f64>,
    /// Requests at once.
    pub burst: Option<i32>,
    /// Requests a period.
    pub quota: Option<i32>,
}

impl Limits {
    /// Reads them.
    ///
    /// # Errors
    /// The field and what is wrong with it. A rate needs a burst and the other way round, as API Gateway asks for.
    pub fn read(rate: &str, burst: &str, quota: &str) -> Result<Self, (&'static str, String)> {
        let limits = Self {
            rate: number(rate, |value: f64| value.is_finite() && value > 0.0)
                .map_err(|why| ("Rate", why))?,
            burst: number(burst, |value: i32| value > 0).map_err(|why| ("Burst", why))?,
            quota: number(quota, |value: i32| value > 0).map_err(|why| ("Quota", why))?,
        };
        match (limits.rate, limits.burst) {
            (Some(_), None) => Err(("Burst", "A rate needs a burst".into())),
            (None, Some(_)) => Err(("Rate", "A burst needs a rate".into())),
            _ => Ok(limits),
        }
    }
}

fn number<T: std::str::FromStr + Copy>(
    text: &str,
    fits: impl Fn(T) -> bool,
) -> Result<Option<T>, String> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    match text.parse::<T>() {
        Ok(value) if fits(value) => Ok(Some(value)),
        Ok(_) => Err("More than 0".into()),
        Err(_) => Err(format!("\"{text}\" is not a number that fits here")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_read_and_each_mistake_has_its_field() {
        let read = |rate, burst, quota| Limits::read(rate, burst, quota);
        assert_eq!(read("", "", " "), Ok(Limits::default()));
        let limits = read("0.5", "2", "1000").unwrap_or_default();
        assert_eq!(
            (limits.rate, limits.burst, limits.quota),
            (Some(0.5), Some(2), Some(1000))
        );
        for (rate, burst, quota, field) in [
            ("x", "1", "", "Rate"),
            ("NaN", "1", "", "Rate"),
            ("0", "1", "", "Rate"),
            ("1", "1.5", "", "Burst"),
            ("1", "", "", "Burst"),
            ("", "1", "", "Rate"),
            ("", "", "-1", "Quota"),
        ] {
            let wrong = read(rate, burst, quota).err().map(|(field, _)| field);
            assert_eq!(wrong, Some(field), "{rate} {burst} {quota}");
        }
    }

    #[test]
    fn a_plan_is_changed_by_patches_and_loses_limits_as_a_whole() {
        let mut plan = UsagePlan {
            name: "gold".into(),
            rate: Some(2.5),
            burst: Some(5),
            quota: Some((10, "DAY".into())),
            stages: vec![("a1".into(), "prod".into())],
            ..UsagePlan::default()
        };
        let before = plan.values();
        plan.quota = None;
        plan.burst = Some(7);
        plan.stages = vec![("a1".into(), "dev".into())];
        let patches = patches(&before, &plan.values());
        assert_eq!(
            patches,
            [
                Patch::remove("/apiStages", Some("a1:prod")),
                Patch::remove("/quota", None),
                Patch::add("/apiStages", "a1:dev"),
                Patch::replace("/throttle/burstLimit", "7"),
            ]
        );
        assert_eq!(named("/throttle/burstLimit"), "throttle.burstLimit");
        assert_eq!(named("/apiStages/a1:dev"), "apiStages a1 dev");
    }

    #[test]
    fn a_plans_limits_are_said_in_words() {
        let mut plan = UsagePlan::default();
        assert_eq!(plan.limits(), "no limit but the account's");
        plan.rate = Some(10.0);
        plan.burst = Some(5);
        plan.quota = Some((1000, "DAY".into()));
        assert_eq!(plan.limits(), "10 a second, 5 at once, 1000 a day");
    }
}
