//! One request at a stage, with everything that the steps of the pipeline ask of it.

use super::{
    Visit,
    behind::{Behind, Trial},
    log::Log,
    routes::Route,
    template::{Params, Scope, Templates},
};
use crate::{
    apigateway::{
        Served,
        model::{Definition, Texts},
        parameter,
    },
    region::lock,
    request::Request,
    sts::Identity,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use std::{
    borrow::Cow,
    sync::{Arc, Mutex},
};

/// A request at a stage.
#[derive(Debug)]
pub struct Exchange<'a> {
    pub visit: &'a Visit<'a>,
    pub request: &'a Request,
    pub served: &'a Served,
    /// The deployment that answers: the stage's own, or its canary's.
    pub serving: &'a Arc<Definition>,
    pub is_canary: bool,
    /// Of the deployment.
    pub templates: &'a Templates,
    pub region: &'a str,
    pub account: &'a str,
    /// With the stage, as it was sent.
    pub stage_path: String,
    /// Within the stage.
    pub path: String,
    pub route: Option<Route<'a>>,
    pub variables: Texts,
    pub now: Timestamp,
    pub trace: String,
    pub extended_id: String,
    /// Who signed, where that counts.
    pub caller: Option<Identity>,
    /// What the authorizer said of the caller.
    pub authorizer: Option<Map<String, Value>>,
    /// The key that an authorizer named.
    pub authorized_key: Option<String>,
    /// The key that let the caller in, by its value and its id.
    pub key: Option<(String, String)>,
    pub log: Log,
    pub behind: Mutex<Behind>,
    pub trial: Option<Trial>,
}

impl Exchange<'_> {
    pub fn definition(&self) -> &Definition {
        self.serving
    }

    pub fn api(&self) -> &str {
        &self.serving.rest.id
    }

    pub fn stage(&self) -> &str {
        &self.served.stage.stage_name
    }

    pub fn verb(&self) -> &str {
        self.request.method.as_str()
    }

    /// Whether the method wants a key.
    pub fn needs_key(&self) -> bool {
        let route = self.route.as_ref();
        route.is_some_and(|route| route.method.api_key_required)
    }

    /// Notes something of what stands behind the method.
    pub fn behind(&self, note: impl FnOnce(&mut Behind)) {
        note(&mut lock(&self.behind));
    }

    /// The name that the caller called the API by.
    pub fn domain(&self) -> Cow<'_, str> {
        match &self.visit.address.host {
            Some(host) => host.into(),
            None => format!("{}.execute-api.{}.amazonaws.com", self.api(), self.region).into(),
        }
    }

    /// `arn:aws:execute-api:us-east-1:123456789012:API/STAGE/GET/pets`.
    pub fn method_arn(&self, path: &str) -> String {
        self.arn_of(self.verb(), path)
    }

    /// The same of another method.
    pub fn arn_of(&self, verb: &str, path: &str) -> String {
        let stage = match &self.trial {
            Some(trial) => trial.told_stage,
            None => self.stage(),
        };
        let path = path.trim_start_matches('/');
        let rest = format!("{}/{stage}/{verb}/{path}", self.api());
        crate::region::arn("execute-api", self.region, self.account, &rest)
    }

    /// The headers as the backend gets them: what was sent, by the names as they were spelled, and what the front adds.
    pub fn headers(&self) -> Vec<(String, String)> {
        let mut all = Vec::new();
        for (name, value) in &self.request.headers {
            if super::headers::DROPPED.contains(&name.as_str()) {
                continue;
            }
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            all.push((self.visit.spelling.of(name.as_str()), value));
        }
        if self.trial.is_some() {
            return all;
        }
        let from = match self.request.header("x-forwarded-for") {
            Some(before) => format!("{before}, {}", self.visit.from),
            None => self.visit.from.to_string(),
        };
        all.push(("Host".into(), self.domain().into_owned()));
        all.push(("X-Amzn-Trace-Id".into(), self.trace.clone()));
        all.push(("X-Forwarded-For".into(), from));
        all.push(("X-Forwarded-Port".into(), "443".into()));
        all.push(("X-Forwarded-Proto".into(), "https".into()));
        all
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.request.header(name)
    }

    /// The body as text.
    pub fn body_text(&self) -> String {
        String::from_utf8_lossy(&self.request.body).into_owned()
    }

    /// Whether a content type is one of those that the API takes as bytes.
    pub fn is_binary(&self, kind: &str) -> bool {
        let kind = kind.split([';', ',']).next().unwrap_or_default().trim();
        let all = &self.serving.rest.binary_media_types;
        all.iter().any(|known| {
            known == "*/*"
                || known.eq_ignore_ascii_case(kind)
                || known.strip_suffix("/*").is_some_and(|class| {
                    kind.split('/')
                        .next()
                        .is_some_and(|of| of.eq_ignore_ascii_case(class))
                })
        })
    }

    /// The body as a function gets it: text, or base64 of bytes.
    pub fn payload(&self) -> (Value, bool) {
        let kind = self.header("content-type").unwrap_or_default();
        if self.request.body.is_empty() {
            return (Value::Null, false);
        }
        if !kind.is_empty() && self.is_binary(kind) {
            return (BASE64_STANDARD.encode(&self.request.body).into(), true);
        }
        (self.body_text().into(), false)
    }

    fn user_agent(&self) -> Option<&str> {
        self.header("user-agent")
    }

    /// `requestContext.identity` and `$context.identity`.
    fn identity(&self) -> Value {
        let mut identity = json!({
            "cognitoIdentityPoolId": null, "accountId": null, "cognitoIdentityId": null, "caller": null,
            "sourceIp": self.visit.from.to_string(), "principalOrgId": null, "accessKey": null,
            "cognitoAuthenticationType": null, "cognitoAuthenticationProvider": null, "userArn": null,
            "userAgent": self.user_agent(), "user": null,
        });
        if let Some(caller) = &self.caller {
            identity["accountId"] = caller.account.as_str().into();
            identity["accessKey"] = caller.access_key.as_str().into();
            identity["caller"] = caller.user_id.as_str().into();
            identity["user"] = caller.user_id.as_str().into();
            identity["userArn"] = caller.arn.as_str().into();
        }
        if let Some(trial) = &self.trial {
            identity["sourceIp"] = "test-invoke-source-ip".into();
            identity["apiKey"] = "test-invoke-api-key".into();
            identity["apiKeyId"] = "test-invoke-api-key-id".into();
            identity["userAgent"] = trial.user_agent.as_deref().into();
        }
        if let Some((value, id)) = &self.key {
            identity["apiKey"] = value.as_str().into();
            identity["apiKeyId"] = id.as_str().into();
        }
        identity
    }

    /// `requestContext` of a function's event.
    pub fn request_context(&self) -> Value {
        let (id, path) = match &self.route {
            Some(route) => (route.resource.id.as_str(), route.resource.path.as_str()),
            None => ("", ""),
        };
        let mut context = json!({
            "resourceId": id,
            "resourcePath": path,
            "httpMethod": self.verb(),
            "extendedRequestId": self.extended_id,
            "requestTime": self.now.strftime("%d/%b/%Y:%H:%M:%S +0000").to_string(),
            "path": self.stage_path,
            "accountId": self.account,
            "protocol": self.visit.protocol,
            "stage": self.stage(),
            "domainPrefix": self.domain().split('.').next(),
            "requestTimeEpoch": self.now.as_millisecond(),
            "requestId": self.visit.request_id,
            "identity": self.identity(),
            "domainName": self.domain(),
            "deploymentId": self.served.deployment,
            "apiId": self.api(),
        });
        if let Some(said) = &self.authorizer {
            context["authorizer"] = said.clone().into();
        }
        context
    }

    /// `$context` of a template and of a log line.
    pub fn context(&self) -> Value {
        let mut context = self.request_context();
        if let Some(members) = context.as_object_mut() {
            members.retain(|_, value| !value.is_null());
            if let Some(identity) = members.get_mut("identity").and_then(Value::as_object_mut) {
                identity.retain(|_, value| !value.is_null());
            }
        }
        if self.served.canary.is_some() {
            context["isCanaryRequest"] = self.is_canary.into();
        }
        context["xrayTraceId"] = self
            .trace
            .trim_start_matches("Root=")
            .split(';')
            .next()
            .into();
        context
    }

    /// What a template is rendered with.
    pub fn scope(&self, body: String) -> Scope {
        Scope {
            body,
            params: Params {
                path: self
                    .route
                    .iter()
                    .flat_map(|route| route.parameters.clone())
                    .collect(),
                querystring: self.request.query.clone(),
                header: self.headers(),
            },
            context: self.context(),
            stage_variables: self.variables.clone(),
            ..Scope::default()
        }
    }

    /// What an expression of a parameter's mapping is: `'text'`, `method.request.…`, `context.…`, `stageVariables.…`.
    pub fn mapped(&self, from: &str) -> Option<String> {
        if let Some(text) = from.strip_prefix('\'') {
            return Some(text.strip_suffix('\'').unwrap_or(text).to_owned());
        }
        if let Some(name) = from.strip_prefix("stageVariables.") {
            return self.variables.get(name).cloned();
        }
        if let Some(path) = from.strip_prefix("context.") {
            let context = self.context();
            return text_at(&context, path);
        }
        if let Some(path) = from.strip_prefix("method.request.body") {
            let body: Value = serde_json::from_slice(&self.request.body).ok()?;
            return match path.strip_prefix('.') {
                Some(path) => text_at(&body, path),
                None => Some(self.body_text()),
            };
        }
        let (place, name) = parameter(from)?;
        self.given(place, name)
    }

    /// A parameter of the request.
    pub fn given(&self, place: &str, name: &str) -> Option<String> {
        match place {
            "header" => self.header(name).map(str::to_owned),
            "querystring" => {
                let mut all = self.request.query.iter().rev();
                all.find(|(known, _)| known == name)
                    .map(|(_, value)| value.clone())
            }
            "multivalueheader" => {
                let all = self.request.headers.get_all(name).iter();
                let all: Vec<_> = all.filter_map(|value| value.to_str().ok()).collect();
                (!all.is_empty()).then(|| all.join(","))
            }
            "multivaluequerystring" => {
                let all = self.request.query.iter().filter(|(known, _)| known == name);
                let all: Vec<&str> = all.map(|(_, value)| value.as_str()).collect();
                (!all.is_empty()).then(|| all.join(","))
            }
            _ => {
                let route = self.route.as_ref()?;
                let mut all = route.parameters.iter();
                all.find(|(known, _)| known == name)
                    .map(|(_, value)| value.clone())
            }
        }
    }

    /// A text with its `${stageVariables.NAME}` filled in.
    pub fn fill(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${stageVariables.") {
            out.push_str(before);
            let Some((name, after)) = after.split_once('}') else {
                out.push_str("${stageVariables.");
                rest = after;
                continue;
            };
            out.push_str(self.variables.get(name).map_or("", String::as_str));
            rest = after;
        }
        out.push_str(rest);
        out
    }
}

/// A member of a value by a path with dots.
pub(super) fn text_at(value: &Value, path: &str) -> Option<String> {
    let mut at = value;
    for part in path.split('.') {
        at = at.get(part)?;
    }
    match at {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

/// The parameters of a list as the two maps that events have: the last of each name, and all of it; null when there is none.
pub fn maps(all: &[(String, String)]) -> (Value, Value) {
    if all.is_empty() {
        return (Value::Null, Value::Null);
    }
    let (mut last, mut every) = (Map::new(), Map::new());
    for (name, value) in all {
        last.insert(name.clone(), value.as_str().into());
        let list = every.entry(name.clone()).or_insert_with(|| json!([]));
        if let Some(list) = list.as_array_mut() {
            list.push(value.as_str().into());
        }
    }
    (last.into(), every.into())
}
