//! What API Gateway would refuse of a method, while it is typed.

use super::super::{PairProblems, PairWords, Paired, Pairs, pairs};
use super::{MethodField, MethodForm, short};
use crate::model::api::function_arn;

const AWS_URI: &str = "It is arn:aws:apigateway:REGION:SERVICE:path/… or …:action/…";
const MAPPED_FROM: &str =
    "It is taken from method.request.…, context.…, stageVariables.…, or is a text in single quotes";

impl MethodForm {
    pub(super) fn uri_problem(&self) -> Option<String> {
        let uri = self.uri.trim();
        let words = match self.kind.as_str() {
            "" | "MOCK" => return None,
            "AWS_PROXY" | "AWS" if uri.is_empty() => "Choose what answers",
            "HTTP" | "HTTP_PROXY" => {
                let rest = uri
                    .strip_prefix("http://")
                    .or_else(|| uri.strip_prefix("https://"));
                let named = rest.is_some_and(|rest| !rest.is_empty());
                match named || uri.starts_with("${stageVariables.") {
                    true => return None,
                    false => "An address begins with http:// or https://",
                }
            }
            _ => {
                let parts: Vec<&str> = uri.splitn(6, ':').collect();
                let [_, _, service, _, name, place] = parts.as_slice() else {
                    return Some(AWS_URI.to_owned());
                };
                let placed = place.starts_with("path/") || place.starts_with("action/");
                if *service != "apigateway" || !placed {
                    return Some(AWS_URI.to_owned());
                }
                let function = function_arn(uri).is_some() || *name == "firehose";
                match self.kind == "AWS_PROXY" && !function {
                    true => "Only functions and Firehose can be passed through as they are",
                    false => return None,
                }
            }
        };
        Some(words.to_owned())
    }

    /// What is wrong with a row, in the field's own terms.
    fn mapping_problem(&self, index: usize) -> Option<String> {
        let row = self.mappings.get(index).filter(|row| pairs::counts(row))?;
        let (to, from) = (short(&row.0), row.1.reveal().trim());
        let (place, name) = to.split_once('.').unwrap_or_default();
        if name.is_empty() || !["header", "querystring", "path"].contains(&place) {
            return Some("It is header.NAME, querystring.NAME or path.NAME".to_owned());
        }
        let earlier = self.mappings.get(..index).unwrap_or_default();
        if earlier.iter().any(|(other, _)| short(other) == to) {
            return Some(format!("{to} stands there twice"));
        }
        let fixed = from.len() >= 2 && from.starts_with('\'') && from.ends_with('\'');
        let known = ["context.", "stageVariables.", "method.request.body"];
        if fixed || known.iter().any(|start| from.starts_with(start)) {
            return None;
        }
        if !from.starts_with("method.request.") {
            return Some(MAPPED_FROM.to_owned());
        }
        let declared = self.parameters.contains_key(from);
        (!declared).then(|| format!("{from} is not among the parameters of the method request"))
    }
}

impl Paired for MethodForm {
    const WORDS: PairWords = PairWords {
        one: "mapping",
        name: "Name",
        name_hint: "header.X",
        masked: false,
    };

    fn rows(&self) -> &Pairs {
        &self.mappings
    }

    fn rows_mut(&mut self) -> &mut Pairs {
        &mut self.mappings
    }

    fn pair(name: &str) -> MethodField {
        MethodField::Mapping(name.to_owned())
    }

    fn pair_name(field: &MethodField) -> Option<&str> {
        match field {
            MethodField::Mapping(name) => Some(name),
            _ => None,
        }
    }

    fn pair_problems(&self, base: &Self) -> PairProblems {
        if self.mappings == base.mappings && self.parameters == base.parameters {
            return PairProblems::default();
        }
        let wrong = |row| Some((row, self.mapping_problem(row)?));
        PairProblems {
            rows: (0..self.mappings.len()).filter_map(wrong).collect(),
            ..PairProblems::default()
        }
    }
}
