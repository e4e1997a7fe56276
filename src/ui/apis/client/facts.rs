//! What is known of the method that a request meets: for its form, for the cause of a refusal, and for the way to its log.

use sekisho_rules::routes::{Part, Routes};

use crate::cloud::logs::FindRun;
use crate::model::api::{ApiDetail, Method, Resource, Stage};
use crate::model::client::answer::Answer;
use crate::model::client::cause::Known;
use crate::model::client::resolve::Prepared;
use crate::model::client::url::Url;
use crate::model::client::{Auth, Field, Request};

/// What was known when a request was sent.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Facts {
    /// For the cause of a refusal.
    pub known: Known,
    /// The path as the API has it; empty where none takes it.
    pub resource: String,
    /// The name of the function that answers.
    pub function: Option<String>,
    /// What answers, in a word, where no function does.
    pub other: String,
    /// The stage's access log: group and format.
    access: Option<(String, String)>,
    /// The stage's execution log.
    execution: Option<String>,
}

impl Facts {
    /// Of a request that goes to a stage; `stage_url` is where that answers.
    pub fn of(detail: &ApiDetail, stage: &Stage, stage_url: &str, request: &Prepared) -> Self {
        let mut facts = Self {
            access: access_log(stage),
            ..Self::default()
        };
        let said = |name: &str| {
            request
                .headers
                .iter()
                .any(|of| of.name.eq_ignore_ascii_case(name))
        };
        facts.known.key_sent = said("x-api-key");
        facts.known.token_sent = said("authorization");
        facts.known.signed = request.signed;
        let Some(path) = within_stage(stage_url, &request.url) else {
            facts.other = "The URL is not that of a stage of this API".to_owned();
            return facts;
        };
        let found = method_of(detail, &path, &request.method);
        facts.known.route = Some(found.is_some());
        let Some((resource, method)) = found else {
            facts.other = "No method of the API takes this path".to_owned();
            return facts;
        };
        facts.resource.clone_from(&resource.path);
        facts.known.authorization.clone_from(&method.authorization);
        facts.known.key_required = method.api_key_required;
        if logs_execution(stage, &resource.path, &request.method) {
            facts.execution = Some(format!(
                "API-Gateway-Execution-Logs_{}/{}",
                detail.api.id, stage.name
            ));
        }
        match &method.integration {
            Some(integration) => match integration.function_arn() {
                Some(arn) => facts.function = function_name(arn, stage),
                None => facts.other = format!("{} answers, not a function", integration.words()),
            },
            None => facts.other = "Nothing answers the method yet".to_owned(),
        }
        facts
    }

    /// What is looked for in the logs, for an answer that came at `at` (ms since 1970).
    pub fn find(
        &self,
        answer: &Answer,
        function_group: Option<String>,
        at: i64,
    ) -> Option<FindRun> {
        let looks = self.access.is_some() || self.execution.is_some() || function_group.is_some();
        Some(FindRun {
            request: answer.request_id().filter(|_| looks)?.to_owned(),
            trace: answer.trace().map(str::to_owned),
            access: self.access.clone(),
            execution: self.execution.clone(),
            function: function_group,
            // Clocks differ, and a log's lines are older than the answer.
            start: at - 60_000,
        })
    }

    /// The stage writes something of its requests.
    pub fn stage_logs(&self) -> bool {
        self.access.is_some() || self.execution.is_some()
    }
}

/// The path below a stage, as it is sent; none where the URL is elsewhere.
pub fn within_stage(stage_url: &str, url: &Url) -> Option<String> {
    let stage = Url::read(stage_url).ok()?;
    let same = stage.authority() == url.authority() && stage.secure == url.secure;
    let rest = url.path.strip_prefix(stage.path.trim_end_matches('/'))?;
    (same && (rest.is_empty() || rest.starts_with('/'))).then(|| match rest {
        "" => "/".to_owned(),
        rest => rest.to_owned(),
    })
}

fn method_of<'a>(
    detail: &'a ApiDetail,
    path: &str,
    verb: &str,
) -> Option<(&'a Resource, &'a Method)> {
    let root = detail.resources.iter().find(|of| of.parent_id.is_none())?;
    let parts = detail.resources.iter().map(|of| Part {
        id: &of.id,
        parent: of.parent_id.as_deref(),
        path_part: of.path_part.as_deref().unwrap_or_default(),
        methods: of.methods.keys().map(String::as_str).collect(),
    });
    let parts: Vec<Part<'_>> = parts.collect();
    let routes = Routes::of(&root.id, &parts);
    let found = routes.find(path, verb)?;
    let resource = detail.resources.iter().find(|of| of.id == found.resource)?;
    Some((resource, resource.methods.get(found.method)?))
}

/// Its group and format, where it goes to CloudWatch.
fn access_log(stage: &Stage) -> Option<(String, String)> {
    let arn = stage.get("/accessLogSettings/destinationArn")?;
    let (_, group) = arn.split_once(":log-group:")?;
    let format = stage.get("/accessLogSettings/format")?;
    Some((group.trim_end_matches(":*").to_owned(), format.to_owned()))
}

fn logs_execution(stage: &Stage, path: &str, verb: &str) -> bool {
    let key = crate::model::api::stage::key_of(path, verb);
    let own = stage.get(&format!("/{key}/logging/loglevel"));
    let level = own.or_else(|| stage.get("/*/*/logging/loglevel"));
    level.is_some_and(|level| level != "OFF")
}

/// The function's name, with the stage's variables put in.
fn function_name(arn: &str, stage: &Stage) -> Option<String> {
    let mut name = arn.split(":function:").nth(1)?.to_owned();
    for (variable, value) in stage.variables() {
        name = name.replace(&format!("${{stageVariables.{variable}}}"), value);
    }
    let name = name.split(':').next().unwrap_or_default();
    (!name.is_empty() && !name.contains('$')).then(|| name.to_owned())
}

/// A request to a method, with what it asks for.
pub fn request_to(resource: &Resource, verb: &str, method: &Method) -> Request {
    let mut request = Request {
        method: if verb == "ANY" { "GET" } else { verb }.to_owned(),
        url: resource.path.clone(),
        auth: match method.authorization.as_str() {
            "AWS_IAM" => Auth::SigV4,
            "CUSTOM" | "COGNITO_USER_POOLS" => Auth::Bearer("token".into()),
            _ if method.api_key_required => Auth::ApiKey("key".into()),
            _ => Auth::None,
        },
        ..Request::default()
    };
    for (parameter, required) in &method.parameters {
        let field = |name: &str| Field {
            on: *required,
            ..Field::new(name, "")
        };
        if let Some(name) = parameter.strip_prefix("method.request.querystring.") {
            request.query.push(field(name));
        } else if let Some(name) = parameter.strip_prefix("method.request.header.") {
            request.headers.push(field(name));
        }
    }
    if matches!(request.method.as_str(), "POST" | "PUT" | "PATCH") {
        request
            .headers
            .push(Field::new("content-type", "application/json"));
    }
    request.settle_parameters();
    request
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::model::api::Integration;
    use crate::model::client::resolve::{Values, resolve};
    use std::collections::BTreeMap;

    const STAGE: &str = "https://k3v9qp2xw1.execute-api.eu-west-1.amazonaws.com/prod";

    fn detail() -> ApiDetail {
        let method = |uri: &str| Method {
            authorization: "AWS_IAM".into(),
            api_key_required: true,
            parameters: BTreeMap::from([
                ("method.request.querystring.page".to_owned(), true),
                ("method.request.header.x-trace".to_owned(), false),
            ]),
            integration: Some(Integration {
                kind: "AWS_PROXY".into(),
                uri: Some(uri.into()),
                ..Integration::default()
            }),
            ..Method::default()
        };
        let resource = |id: &str, parent: Option<&str>, path: &str, verbs: &[&str]| {
            Resource {
            id: id.into(),
            parent_id: parent.map(str::to_owned),
            path_part: path.rsplit('/').next().map(str::to_owned),
            path: path.into(),
            methods: verbs
                .iter()
                .map(|verb| {
                    let arn = "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-west-1:1:function:${stageVariables.fn}:live/invocations";
                    ((*verb).to_owned(), method(arn))
                })
                .collect(),
        }
        };
        let mut detail = ApiDetail {
            resources: vec![
                resource("r", None, "/", &[]),
                resource("o", Some("r"), "/orders", &["GET"]),
                resource("i", Some("o"), "/orders/{id}", &["ANY"]),
            ],
            ..ApiDetail::default()
        };
        detail.api.id = "k3v9qp2xw1".into();
        detail
    }

    fn stage(values: &[(&str, &str)]) -> Stage {
        Stage {
            name: "prod".into(),
            values: values
                .iter()
                .map(|(path, value)| ((*path).to_owned(), (*value).to_owned()))
                .collect(),
            ..Stage::default()
        }
    }

    fn facts(path: &str, stage: &Stage) -> Facts {
        let request = Request {
            url: path.into(),
            ..Request::default()
        };
        let values = Values {
            stage_url: Some(STAGE),
            variables: &BTreeMap::new(),
            secrets: &BTreeMap::new(),
            made: &|_| None,
        };
        let prepared = resolve(&request, &values).unwrap();
        Facts::of(&detail(), stage, STAGE, &prepared)
    }

    #[test]
    fn the_method_that_takes_a_path_is_known_with_its_function() {
        let with = stage(&[
            ("/variables/fn", "orders-api"),
            ("/*/*/logging/loglevel", "INFO"),
        ]);
        let known = facts("/orders/a%2Fb", &with);
        assert_eq!(
            (known.resource.as_str(), known.function.as_deref()),
            ("/orders/{id}", Some("orders-api"))
        );
        assert_eq!(known.known.authorization, "AWS_IAM");
        assert_eq!(
            known.execution.as_deref(),
            Some("API-Gateway-Execution-Logs_k3v9qp2xw1/prod")
        );
        assert_eq!(
            facts("/orders", &stage(&[])).function,
            None,
            "the variable has no value"
        );
        assert_eq!(facts("/nothing", &with).known.route, Some(false));
        assert_eq!(facts("https://else.example/x", &with).known.route, None);
    }

    #[test]
    fn what_is_looked_for_depends_on_what_the_stage_writes() {
        let arn = "arn:aws:logs:eu-west-1:1:log-group:access:*";
        let logging = stage(&[
            ("/accessLogSettings/destinationArn", arn),
            ("/accessLogSettings/format", "$context.requestId"),
            ("/~1orders/GET/logging/loglevel", "OFF"),
            ("/*/*/logging/loglevel", "INFO"),
        ]);
        let answer = Answer {
            headers: vec![("x-amzn-requestid".into(), "8f1c".into())],
            ..Answer::default()
        };
        let find = facts("/orders", &logging)
            .find(&answer, None, 100_000)
            .unwrap();
        assert_eq!(find.access.unwrap().0, "access");
        assert_eq!((find.execution, find.start), (None, 40_000));
        assert_eq!(facts("/orders", &stage(&[])).find(&answer, None, 0), None);
        assert_eq!(
            facts("/orders", &logging).find(&Answer::default(), None, 0),
            None
        );
    }

    #[test]
    fn a_request_to_a_method_has_what_that_asks_for() {
        let detail = detail();
        let resource = detail.resource("/orders/{id}").unwrap();
        let request = request_to(resource, "ANY", &resource.methods["ANY"]);
        assert_eq!(
            (request.method.as_str(), request.url.as_str()),
            ("GET", "/orders/{id}")
        );
        assert_eq!(request.auth, Auth::SigV4);
        assert_eq!(request.path[0].0, "id");
        assert!(request.query[0].on && !request.headers[0].on);
    }
}
