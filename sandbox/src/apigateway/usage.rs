//! What keys use of their plans: counted with each request that the gateway lets in, shown by day, and extended.
//! Source: <https://docs.aws.amazon.com/apigateway/latest/api/API_GetUsage.html>.

use super::{
    Answer, ApiGateway, Call,
    error::{bad_request, no_key, no_plan},
    keep::Touched,
    model::{Quota, State, Throttle, Usage, UsagePlan},
    ok,
};
use jiff::{ToSpan, civil::Date};
use serde_json::{Map, Value, json};

/// A key that a caller showed, in the plan that lets it into a stage.
#[derive(Debug, Clone, PartialEq)]
pub struct Metered {
    pub key: String,
    pub plan: String,
    pub throttle: Option<Throttle>,
    /// Of the method that is called.
    pub of_method: Option<Throttle>,
}

/// The first day of the period that a day is in.
fn period(quota: &Quota, day: Date) -> Date {
    match quota.period.as_str() {
        "MONTH" => day.first_of_month(),
        "WEEK" => {
            let back = i64::from(day.weekday().to_sunday_zero_offset());
            day.saturating_sub(back.days())
        }
        _ => day,
    }
}

/// Brings usage to today: a new period begins with the whole quota, the very first with the offset taken off.
fn settle(usage: &mut Usage, quota: &Quota, today: Date) {
    let begins = period(quota, today).to_string();
    if usage.period != begins {
        let first = usage.period.is_empty();
        usage.left = quota.limit - if first { quota.offset } else { 0 };
        usage.period = begins;
    }
}

impl State {
    /// Says that a plan's quota is now so much larger: what its keys have used of it stays used.
    pub(super) fn move_limit(&mut self, plan: &str, by: i64) {
        if by == 0 {
            return;
        }
        let all = self.usage.iter_mut().filter(|((of, _), _)| of == plan);
        for ((of, key), usage) in all {
            usage.left += by;
            self.touched.insert(Touched::Usage(of.clone(), key.clone()));
        }
    }
}

impl ApiGateway {
    fn today(&self) -> Date {
        jiff::tz::Offset::UTC.to_datetime(self.clock.now()).date()
    }

    /// The plan through which a key's value lets in to a method of a stage.
    pub fn metered(
        &self,
        api: &str,
        stage: &str,
        (path, verb): (&str, &str),
        value: &str,
    ) -> Option<Metered> {
        let state = self.state();
        let mut keys = state.keys.values();
        let key = keys.find(|key| key.enabled && key.value.as_deref() == Some(value))?;
        state.plans.values().find_map(|plan| {
            let mut stages = plan.api_stages.iter();
            let of = stages.find(|of| of.api_id == api && of.stage == stage)?;
            plan.keys.contains(&key.id).then(|| Metered {
                key: key.id.clone(),
                plan: plan.id.clone(),
                throttle: plan.throttle,
                of_method: of.throttle.get(&format!("{path}/{verb}")).copied(),
            })
        })
    }

    /// Counts a request of a key; false when the plan's quota is used up.
    pub fn count(&self, metered: &Metered) -> bool {
        let today = self.today();
        let mut state = self.state();
        let quota = state
            .plans
            .get(&metered.plan)
            .and_then(|plan| plan.quota.clone());
        let at = (metered.plan.clone(), metered.key.clone());
        let usage = state.usage.entry(at).or_default();
        if let Some(quota) = &quota {
            settle(usage, quota, today);
            if usage.left <= 0 {
                return false;
            }
            usage.left -= 1;
        }
        let left = usage.left;
        let day = usage.days.entry(today.to_string()).or_default();
        *day = (day.0 + 1, left);
        state.touch(Touched::Usage(metered.plan.clone(), metered.key.clone()));
        true
    }

    pub(super) fn get_usage(&self, call: &Call<'_>, id: &str) -> Answer {
        let date = |name: &str| {
            let text = call.query(name).unwrap_or_default();
            text.parse::<Date>()
                .map_err(|_| bad_request(format!("Invalid {name} specified: {text}")))
        };
        let (from, to) = (date("startDate")?, date("endDate")?);
        if to < from || from.until(to).map_or(true, |span| span.get_days() > 90) {
            return Err(bad_request("Invalid date range specified"));
        }
        let wanted = call.query("keyId");
        let today = self.today();
        let state = self.state();
        let plan = state.plans.get(id).ok_or_else(no_plan)?;
        let mut values = Map::new();
        for ((of, key), usage) in &state.usage {
            if of == id && wanted.is_none_or(|wanted| key == wanted) {
                values.insert(key.clone(), by_day(plan, usage, from, to.min(today)));
            }
        }
        ok(json!({
            "usagePlanId": id, "startDate": from.to_string(), "endDate": to.to_string(), "values": values,
        }))
    }

    pub(super) fn update_usage(&self, call: &Call<'_>, id: &str, key: &str) -> Answer {
        let patches = call.patches("updateUsageInput")?;
        let today = self.today();
        let mut state = self.state();
        let plan = state.plans.get(id).ok_or_else(no_plan)?.clone();
        if !plan.keys.contains(key) {
            return Err(no_key());
        }
        let Some(quota) = &plan.quota else {
            return Err(bad_request("Usage Plan has no quota"));
        };
        let usage = state
            .usage
            .entry((id.to_owned(), key.to_owned()))
            .or_default();
        settle(usage, quota, today);
        for patch in &patches {
            patch.replaces(&["/remaining"])?;
            let left = patch.value().parse();
            usage.left = left.map_err(|_| bad_request("Invalid remaining quota specified"))?;
        }
        let left = usage.left;
        usage.days.entry(today.to_string()).or_default().1 = left;
        let values = by_day(&plan, usage, today, today);
        state.touch(Touched::Usage(id.to_owned(), key.to_owned()));
        let day = today.to_string();
        ok(json!({
            "usagePlanId": id, "startDate": day, "endDate": day, "values": {key: values},
        }))
    }
}

/// `[used, left]` of each day.
fn by_day(plan: &UsagePlan, usage: &Usage, from: Date, to: Date) -> Value {
    let limit = plan.quota.as_ref().map_or(0, |quota| quota.limit);
    let mut left = limit;
    let mut days = Vec::new();
    let mut day = from;
    while day <= to {
        let used = usage.days.get(&day.to_string());
        if let Some((_, after)) = used {
            left = *after;
        } else if plan
            .quota
            .as_ref()
            .is_none_or(|quota| period(quota, day) == day)
        {
            left = limit;
        }
        days.push(json!([used.map_or(0, |(used, _)| *used), left]));
        let Ok(next) = day.tomorrow() else { break };
        day = next;
    }
    days.into()
}
