//! Exports of stages: what a stage serves, as an OpenAPI document.
//! Source: <https://docs.aws.amazon.com/apigateway/latest/api/API_GetExport.html>.

use super::{
    Answer, ApiGateway, Call, apis,
    error::{bad_request, no_deployment},
    openapi::{
        document::Document,
        export::{self, Kind, Source, Wanted},
        yaml::{self, Quotes},
    },
};
use crate::{error::AwsError, region, request::Response};

/// What the names of a region's hosts end with.
fn suffix(region: &str) -> &'static str {
    match region::partition(region) {
        "aws-cn" => "amazonaws.com.cn",
        _ => "amazonaws.com",
    }
}

/// A moment as the service writes it where an API has no version.
fn moment(seconds: i64) -> String {
    let moment = jiff::Timestamp::from_second(seconds).unwrap_or_default();
    moment.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn wanted(call: &Call<'_>, kind: &str) -> Result<Wanted, AwsError> {
    let kind = match kind {
        "swagger" => Kind::Swagger,
        "oas30" => Kind::OpenApi,
        other => {
            return Err(bad_request(format!(
                "Invalid export type specified: {other}. Must be one of: [oas30, swagger]"
            )));
        }
    };
    let mut wanted = Wanted {
        kind,
        integrations: false,
        authorizers: false,
        settings: false,
        documentation: false,
    };
    let given = call.request.query.iter();
    let given = given.filter(|(name, _)| name == "extensions");
    for word in given.flat_map(|(_, value)| value.split(',')) {
        match word.trim() {
            "integrations" => wanted.integrations = true,
            "authorizers" => wanted.authorizers = true,
            "documentation" => wanted.documentation = true,
            "apigateway" => {
                wanted.integrations = true;
                wanted.authorizers = true;
                wanted.settings = true;
            }
            _ => {}
        }
    }
    Ok(wanted)
}

impl ApiGateway {
    pub(super) fn get_export(&self, call: &Call<'_>, id: &str, stage: &str, kind: &str) -> Answer {
        let wanted = wanted(call, kind)?;
        let state = self.state();
        let api = self.api(&state, id)?;
        let stage = api.stage(stage)?;
        let deployment = api.deployments.get(&stage.deployment_id);
        let definition = &deployment.ok_or_else(no_deployment)?.frozen;
        let rest = &definition.rest;
        let version = match rest.version.clone().filter(|version| !version.is_empty()) {
            Some(version) => version,
            None => moment(rest.created_date),
        };
        let policy = rest.policy.as_deref();
        let policy =
            policy.map(|policy| apis::expanded(policy, &self.region, &self.account, &rest.id));
        let documentation = stage.documentation_version.as_ref();
        let documentation = documentation.and_then(|name| api.documentation.versions.get(name));
        let host = format!("{id}.execute-api.{}.{}", self.region, suffix(&self.region));
        let document = export::export(
            &Source {
                definition,
                stage: &stage.stage_name,
                host: &host,
                version: &version,
                policy,
                documentation: documentation.map(|found| (found, moment(found.created_date))),
            },
            wanted,
        );
        Ok(written(call, &document, wanted.kind, kind, &version))
    }
}

/// The answer, as a file.
fn written(
    call: &Call<'_>,
    document: &Document,
    kind: Kind,
    word: &str,
    version: &str,
) -> Response {
    let accepted = call.request.header("accept").unwrap_or_default();
    let (text, end) = match accepted.contains("yaml") {
        true if kind == Kind::Swagger => (yaml::write(document, Quotes::All), "yaml"),
        true => (yaml::write(document, Quotes::Needed), "yaml"),
        false => (document.to_json(), "json"),
    };
    let name = format!("attachment; filename=\"{word}_{version}.{end}\"");
    Response::new(200, "application/octet-stream", text).with_header("content-disposition", name)
}
