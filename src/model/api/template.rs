//! Trying a mapping template while it is typed: a sample of a request, and what the template makes of it. Nothing is called.
//!
//! The engine is `sekisho_rules::vtl`. A template that would not end is stopped far before the service's own bounds, because
//! this runs at every key.

use std::collections::BTreeMap;

use sekisho_rules::vtl::{Limits, Params, Scope, Template};

use super::query;
use super::trial::{headers, variables};

/// What a rendering may cost here.
const LIMITS: Limits = Limits {
    iterations: 1_000,
    steps: 100_000,
    output_bytes: 1 << 20,
    work_bytes: 16 << 20,
};

/// A request as it is made up, with all that a template can ask for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sample {
    /// The payload.
    pub body: String,
    /// By the parameter's name, a greedy one with its `+`.
    pub path: BTreeMap<String, String>,
    /// As `page=2&size=10`.
    pub query: String,
    /// `Name: value`, one a line.
    pub headers: String,
    /// `name=value`, one a line.
    pub variables: String,
    /// The members of `$context`, JSON.
    pub context: String,
}

/// What of a sample can't be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The headers.
    Headers,
    /// The stage's variables.
    Variables,
    /// `$context`.
    Context,
}

impl Sample {
    /// One to begin with: what every request of a method has.
    pub fn of(api: &str, resource: &str, path: &str, verb: &str) -> Self {
        let verb = if verb == "ANY" { "GET" } else { verb };
        let context = serde_json::json!({
            "accountId": "123456789012",
            "apiId": api,
            "httpMethod": verb,
            "identity": {"sourceIp": "192.0.2.1", "userAgent": "curl/8.5.0"},
            "path": format!("/prod{path}"),
            "protocol": "HTTP/1.1",
            "requestId": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
            "requestTimeEpoch": 1_700_000_000_000_i64,
            "resourceId": resource,
            "resourcePath": path,
            "stage": "prod",
        });
        let body = match verb {
            "GET" | "HEAD" | "OPTIONS" => "",
            _ => "{\n  \"amount\": 12800,\n  \"lines\": [{\"sku\": \"tea-01\", \"qty\": 2}]\n}",
        };
        Self {
            body: body.to_owned(),
            headers: "Accept: application/json".to_owned(),
            context: serde_json::to_string_pretty(&context).unwrap_or_default(),
            ..Self::default()
        }
    }

    /// As the engine takes it.
    ///
    /// # Errors
    /// The part that can't be read, and why.
    pub fn scope(&self) -> Result<Scope, (Part, String)> {
        let listed = headers(&self.headers).map_err(|why| (Part::Headers, why))?;
        let header = listed.into_iter().flat_map(|(name, values)| {
            let pair = move |value| (name.clone(), value);
            values.into_iter().map(pair)
        });
        let context = match self.context.trim() {
            "" => serde_json::json!({}),
            text => {
                serde_json::from_str(text).map_err(|error| (Part::Context, error.to_string()))?
            }
        };
        if !context.is_object() {
            return Err((Part::Context, "It is an object: {…}".to_owned()));
        }
        let path = self.path.iter().filter(|(_, value)| !value.is_empty());
        Ok(Scope {
            body: self.body.clone(),
            params: Params {
                path: path
                    .map(|(name, value)| (name.trim_end_matches('+').to_owned(), value.clone()))
                    .collect(),
                querystring: query::pairs(&self.query),
                header: header.collect(),
            },
            context,
            stage_variables: variables(&self.variables).map_err(|why| (Part::Variables, why))?,
            limits: LIMITS,
            ..Scope::default()
        })
    }
}

/// What came of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rendered {
    /// It is none.
    Wrong {
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
        /// The engine's words.
        message: String,
    },
    /// It ends with an error: the caller would get 500.
    Failed {
        /// From 1; 0 where no line is to blame.
        line: usize,
        /// The engine's words.
        message: String,
    },
    /// What is sent.
    Output {
        /// The text.
        text: String,
        /// What has no value.
        empty: Vec<EmptyLine>,
        /// The text is JSON.
        json: bool,
    },
}

/// A line with a reference that has no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmptyLine {
    /// The template's, from 1.
    pub line: usize,
    /// The output's, from 1; none where it is not printed there.
    pub output: Option<usize>,
    /// As it is written.
    pub reference: String,
}

impl EmptyLine {
    /// In a line.
    pub fn words(&self) -> String {
        format!("line {}: {} has no value", self.line, self.reference)
    }
}

/// Renders a template.
pub fn render(text: &str, mut scope: Scope) -> Rendered {
    let template = match Template::parse(text) {
        Ok(template) => template,
        Err(error) => {
            return Rendered::Wrong {
                line: error.line,
                column: error.column,
                message: error.message,
            };
        }
    };
    let (output, unset) = template.render_watched(&mut scope);
    match output {
        Err(error) => Rendered::Failed {
            line: error.line,
            message: error.message,
        },
        Ok(text) => {
            let line = |at: usize| {
                let before = text.as_bytes().get(..at).unwrap_or_default();
                before.iter().filter(|byte| **byte == b'\n').count() + 1
            };
            let empty = unset.into_iter().map(|of| EmptyLine {
                line: of.line,
                output: of.at.map(line),
                reference: of.reference,
            });
            Rendered::Output {
                empty: empty.collect(),
                json: serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok(),
                text,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::*;

    fn sample() -> Sample {
        let mut sample = Sample::of("k3v9qp2xw1", "abc123", "/payments/{id}/{rest+}", "POST");
        let path = [("id", "8841"), ("rest+", "a/b")];
        sample.path = path.map(|(k, v)| (k.to_owned(), v.to_owned())).into();
        sample.query = "mode=live".to_owned();
        sample.variables = "bank=first".to_owned();
        sample
    }

    fn rendered(template: &str) -> Rendered {
        render(template, sample().scope().unwrap())
    }

    #[test]
    fn a_template_sees_body_parameters_variables_and_context() {
        let template = "$input.json('$.amount') $input.params('id') $input.params('rest') \
                        $input.params('mode') $stageVariables.bank $context.httpMethod $context.resourceId";
        let Rendered::Output { text, empty, json } = rendered(template) else {
            panic!("{:?}", rendered(template));
        };
        assert_eq!(text, "12800 8841 a/b live first POST abc123");
        assert_eq!((empty, json), (Vec::new(), false));
    }

    #[test]
    fn a_line_without_a_value_is_told_in_the_template_and_in_the_output() {
        let template = "#set($a = 1)\n{\n\"customer\": \"$context.authorizer.principalId\"\n}";
        let Rendered::Output { text, empty, json } = rendered(template) else {
            panic!("{:?}", rendered(template));
        };
        assert_eq!(text, "{\n\"customer\": \"\"\n}");
        assert!(json);
        assert_eq!((empty[0].line, empty[0].output), (3, Some(2)));
        assert_eq!(
            empty[0].words(),
            "line 3: $context.authorizer.principalId has no value"
        );
    }

    #[test]
    fn what_is_no_template_has_its_line_and_column_and_what_never_ends_is_stopped() {
        let Rendered::Wrong { line, column, .. } = rendered("{\n  #if($a\n}") else {
            panic!();
        };
        assert!(line >= 2 && column >= 1, "{line} {column}");
        let endless = "#foreach($a in [1..1000])#foreach($b in [1..1000])#foreach($c in [1..1000])#end#end#end";
        let Rendered::Failed { message, .. } = rendered(endless) else {
            panic!();
        };
        assert!(message.contains("100000 steps"), "{message}");
        let growing = "#set($x = 'abcdefgh')#foreach($i in [1..1000])#set($x = $x + $x)#end";
        assert!(matches!(rendered(growing), Rendered::Failed { .. }));
    }

    #[test]
    fn a_sample_that_can_not_be_read_says_which_part() {
        let part = |change: fn(&mut Sample)| {
            let mut sample = sample();
            change(&mut sample);
            sample.scope().err().map(|(part, _)| part)
        };
        assert_eq!(part(|_| {}), None);
        assert_eq!(part(|of| of.context = "[]".into()), Some(Part::Context));
        assert_eq!(part(|of| of.context = "{".into()), Some(Part::Context));
        assert_eq!(part(|of| of.headers = "x".into()), Some(Part::Headers));
        assert_eq!(part(|of| of.variables = "x".into()), Some(Part::Variables));
        assert_eq!(part(|of| of.context.clear()), None);
    }
}
