//! An API's resource policy while it is edited: one field, whose words and JSON are two ways to write it.

use super::{Descriptor, Input, Values};
use crate::model::api::access::{compact, pretty, problem};

/// The one field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct PolicyField;

/// The policy as it stands in the editor.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PolicyForm {
    /// JSON, as it is typed; empty for no policy.
    pub text: String,
}

impl PolicyForm {
    /// That of a policy as the service answers it.
    pub fn of(policy: &str) -> Self {
        Self {
            text: pretty(policy),
        }
    }
}

impl Values for PolicyForm {
    type Field = PolicyField;

    fn fields(_of: &[&Self]) -> Vec<PolicyField> {
        vec![PolicyField]
    }

    fn describe(_field: &PolicyField) -> Descriptor {
        Descriptor {
            input: Input::Own,
            code: true,
            ..Descriptor::line("policy", "Resource policy", 0.0)
        }
    }

    fn get(&self, _field: &PolicyField) -> Option<String> {
        Some(compact(&self.text)).filter(|text| !text.is_empty())
    }

    fn set(&mut self, _field: &PolicyField, value: Option<String>) {
        self.text = pretty(&value.unwrap_or_default());
    }

    fn typed(&mut self, _field: &PolicyField) -> Option<&mut String> {
        Some(&mut self.text)
    }

    fn problem(&self, _base: &Self, _field: &PolicyField) -> Option<String> {
        problem(&self.text)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::Draft;
    use super::*;

    #[test]
    fn lines_and_spaces_are_no_change_and_json_that_breaks_off_can_not_be_applied() {
        let policy = r#"{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]}"#;
        let mut draft = Draft::of("shop", None, PolicyForm::of(policy));
        assert!(!draft.is_dirty());
        policy.clone_into(&mut draft.mine.text);
        assert!(!draft.is_dirty(), "only its lines are others");
        draft.mine.text.push('x');
        assert!(draft.is_dirty());
        let why = draft.can_apply().unwrap_err();
        assert!(
            why.contains("Resource policy") || why.contains("Line"),
            "{why}"
        );
        draft.mine.text.clear();
        assert_eq!(draft.can_apply(), Ok(()));
    }
}
