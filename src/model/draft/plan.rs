//! A usage plan while it is edited. What is edited becomes values by path, as a stage's settings do.
//!
//! Source: <https://docs.aws.amazon.com/apigateway/latest/api/API_UpdateUsagePlan.html>.

use std::collections::BTreeMap;

use super::{Descriptor, Draft, Input, Values};
use crate::model::api::keys::{Limits, UsagePlan};
use crate::model::api::stage::{Flat, Moved, moved};

/// One field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
pub enum PlanField {
    Name,
    Description,
    Rate,
    Burst,
    Quota,
    Period,
}

impl PlanField {
    /// In the form's order.
    pub const ALL: [Self; 6] = [
        Self::Name,
        Self::Description,
        Self::Rate,
        Self::Burst,
        Self::Quota,
        Self::Period,
    ];

    fn path(self) -> &'static str {
        match self {
            Self::Name => "/name",
            Self::Description => "/description",
            Self::Rate => "/throttle/rateLimit",
            Self::Burst => "/throttle/burstLimit",
            Self::Quota => "/quota/limit",
            Self::Period => "/quota/period",
        }
    }
}

/// The plan as it stands in the form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PlanValues {
    texts: BTreeMap<PlanField, String>,
}

impl PlanValues {
    /// That of a plan.
    pub fn of(plan: &UsagePlan) -> Self {
        let values = plan.values();
        let text = |field: PlanField| {
            let unset = if field == PlanField::Period {
                "MONTH"
            } else {
                ""
            };
            let value = values.get(field.path()).map_or(unset, String::as_str);
            (field, value.to_owned())
        };
        Self {
            texts: PlanField::ALL.map(text).into(),
        }
    }

    fn text(&self, field: PlanField) -> String {
        let text = self.texts.get(&field).map_or("", |text| text.trim());
        match field {
            PlanField::Name | PlanField::Description => text.to_owned(),
            _ => text.replace(',', ""),
        }
    }

    fn flat(&self) -> Flat {
        let quota = !self.text(PlanField::Quota).is_empty();
        let holds = |field: &PlanField| quota || *field != PlanField::Period;
        let value = |field: PlanField| (field.path().to_owned(), self.text(field));
        let all = PlanField::ALL.into_iter().filter(holds).map(value);
        all.filter(|(_, value)| !value.is_empty()).collect()
    }
}

/// What a draft makes of a plan.
pub fn changes(draft: &Draft<PlanValues>) -> Vec<Moved> {
    moved(&draft.base().flat(), &draft.mine.flat())
}

/// What callers will feel, a sentence each.
pub fn notes(moved: &[Moved]) -> Vec<String> {
    let mut notes =
        vec!["It holds for every key of the plan, a few moments after it is applied.".to_owned()];
    let gone = |path: &str| moved.iter().any(|of| of.path == path && of.after.is_none());
    if gone("/throttle/rateLimit") {
        notes.push("Without a rate only the limits of stage and account hold.".to_owned());
    }
    if gone("/quota/limit") {
        notes.push("Without a quota nobody's requests run out.".to_owned());
    }
    let limit = moved.iter().find(|of| of.path == "/quota/limit");
    if limit.is_some_and(|of| of.before.is_some() && of.after.is_some()) {
        notes.push("What was used of the quota stays used: a key may be out at once.".to_owned());
    }
    notes
}

impl Values for PlanValues {
    type Field = PlanField;

    fn fields(_: &[&Self]) -> Vec<PlanField> {
        PlanField::ALL.to_vec()
    }

    fn describe(field: &PlanField) -> Descriptor {
        let number = |name, label, unit, help| Descriptor {
            unit,
            help,
            input: Input::Number,
            ..Descriptor::line(name, label, 0.0)
        };
        match field {
            PlanField::Name => Descriptor::line("name", "Name", 320.0),
            PlanField::Description => Descriptor::line("description", "Description", 420.0),
            PlanField::Rate => number(
                "throttle.rateLimit",
                "Rate",
                "a second",
                "Of each key; empty: the stage's and the account's",
            ),
            PlanField::Burst => number("throttle.burstLimit", "Burst", "at once", ""),
            PlanField::Quota => number(
                "quota.limit",
                "Quota",
                "requests",
                "Of each key; empty: none",
            ),
            PlanField::Period => Descriptor {
                help: "Counted in UTC: from midnight, Sunday, or the first",
                input: Input::Segments(&[("DAY", "Day"), ("WEEK", "Week"), ("MONTH", "Month")]),
                ..Descriptor::line("quota.period", "Period", 0.0)
            },
        }
    }

    fn get(&self, field: &PlanField) -> Option<String> {
        Some(self.text(*field))
    }

    fn set(&mut self, field: &PlanField, value: Option<String>) {
        self.texts.insert(*field, value.unwrap_or_default());
    }

    fn typed(&mut self, field: &PlanField) -> Option<&mut String> {
        self.texts.get_mut(field)
    }

    fn problem(&self, _: &Self, field: &PlanField) -> Option<String> {
        let read = || {
            let [rate, burst, quota] =
                [PlanField::Rate, PlanField::Burst, PlanField::Quota].map(|field| self.text(field));
            Limits::read(&rate, &burst, &quota).err()
        };
        let of = match field {
            PlanField::Name if self.text(*field).is_empty() => {
                return Some("A plan needs a name".to_owned());
            }
            PlanField::Rate => "Rate",
            PlanField::Burst => "Burst",
            PlanField::Quota => "Quota",
            _ => return None,
        };
        read().filter(|(name, _)| *name == of).map(|(_, why)| why)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft() -> Draft<PlanValues> {
        let plan = UsagePlan {
            name: "gold".into(),
            rate: Some(200.0),
            burst: Some(400),
            quota: Some((1_000_000, "MONTH".into())),
            ..UsagePlan::default()
        };
        Draft::of("gold", None, PlanValues::of(&plan))
    }

    fn told(draft: &Draft<PlanValues>) -> Vec<String> {
        let word = |of: &Moved| {
            let [before, after] =
                [&of.before, &of.after].map(|value| value.as_deref().unwrap_or("–"));
            format!("{} {before} {after}", of.path)
        };
        changes(draft).iter().map(word).collect()
    }

    #[test]
    fn numbers_may_have_separators_and_only_what_differs_is_a_change() {
        let mut draft = draft();
        let mut put = |field, text: &str| draft.mine.set(&field, Some(text.to_owned()));
        put(PlanField::Quota, "1,000,000");
        put(PlanField::Rate, "250.5");
        put(PlanField::Description, "Partners");
        assert_eq!(
            told(&draft),
            ["/description – Partners", "/throttle/rateLimit 200 250.5"]
        );
        assert!(draft.can_apply().is_ok());
    }

    #[test]
    fn a_quota_goes_with_its_period_and_a_rate_with_its_burst() {
        let mut draft = draft();
        draft.mine.set(&PlanField::Quota, None);
        assert_eq!(
            told(&draft),
            ["/quota/limit 1000000 –", "/quota/period MONTH –"]
        );
        draft.mine.set(&PlanField::Rate, None);
        assert_eq!(draft.problems(), ["A burst needs a rate"]);
        draft.mine.set(&PlanField::Burst, None);
        assert!(draft.can_apply().is_ok());
        assert_eq!(notes(&changes(&draft)).len(), 3);
    }
}
