//! What of the control plane is done where requests are run: TestInvokeMethod and TestInvokeAuthorizer, and forgetting what
//! is kept of a stage.
//! Source: <https://docs.aws.amazon.com/apigateway/latest/api/API_TestInvokeMethod.html>.

use super::{Answer, ApiGateway, Call, accepted, error, ok, resource, value};
use crate::{
    error::AwsError,
    gateway::{self, Tried},
    request::Request,
    services::Services,
    sts::Sts,
};
use http::Method;
use serde_json::Value;
use std::sync::Arc;

/// What a request wants tried.
enum Wanted<'a> {
    Method(&'a str, &'a str),
    Authorizer(&'a str),
}

impl ApiGateway {
    /// Answers a request that wants something tried; none when it wants something else.
    pub(super) async fn try_out(&self, services: &Services, request: &Request) -> Option<Answer> {
        if request.method != Method::POST {
            return None;
        }
        let path: Vec<&str> = request.path.trim_matches('/').split('/').collect();
        let (id, wanted) = match path.as_slice() {
            ["restapis", id, "resources", resource, "methods", verb] => {
                (*id, Wanted::Method(resource, verb))
            }
            ["restapis", id, "authorizers", authorizer] => (*id, Wanted::Authorizer(authorizer)),
            _ => return None,
        };
        Some(self.tried(services, request, id, &wanted).await)
    }

    /// FlushStageCache and FlushStageAuthorizersCache; none when a request wants something else.
    pub(super) fn flush(&self, services: &Services, request: &Request) -> Option<Answer> {
        if request.method != Method::DELETE {
            return None;
        }
        let path: Vec<&str> = request.path.trim_matches('/').split('/').collect();
        let ["restapis", id, "stages", stage, "cache", what] = path.as_slice() else {
            return None;
        };
        let found = {
            let state = self.state();
            self.api(&state, id)
                .and_then(|api| api.stage(stage).map(|_| ()))
        };
        if let Err(error) = found {
            return Some(Err(error));
        }
        let gateway = services.get::<gateway::Gateway>(&self.region);
        match *what {
            "data" => gateway.flush(id, stage),
            "authorizers" => gateway.flush_authorizers(id, stage),
            _ => return None,
        }
        Some(accepted())
    }

    async fn tried(
        &self,
        services: &Services,
        request: &Request,
        id: &str,
        wanted: &Wanted<'_>,
    ) -> Answer {
        let definition = {
            let state = self.state();
            match wanted {
                Wanted::Method(of, _) => {
                    resource(&state, id, of)?;
                }
                Wanted::Authorizer(authorizer) => {
                    let api = state.apis.get(id).ok_or_else(error::no_authorizer)?;
                    let found = api.now.authorizers.get(*authorizer);
                    found.ok_or_else(error::no_authorizer)?;
                }
            }
            Arc::new(self.api(&state, id)?.now.clone())
        };
        let body = Call { request }.body()?;
        let (region, account) = self.place();
        let key = request.access_key().unwrap_or_default();
        let sts = services.global::<Sts>();
        let tried = Tried {
            definition,
            region,
            account,
            caller: sts.identity(region, account, &key),
            user_agent: request.header("user-agent").map(str::to_owned),
            path: value::filled(&body, "pathWithQueryString")?,
            headers: headers(&body)?,
            body: value::text(&body, "body")?.unwrap_or_default(),
            variables: value::map(&body, "stageVariables")?.unwrap_or_default(),
        };
        ok(match wanted {
            Wanted::Method(resource, verb) => {
                gateway::try_method(services, &tried, resource, verb).await?
            }
            Wanted::Authorizer(authorizer) => {
                gateway::try_authorizer(services, &tried, authorizer).await?
            }
        })
    }
}

/// The headers of a request that is made up: those with several values, and the others.
fn headers(body: &Value) -> Result<Vec<(String, String)>, AwsError> {
    let mut all = Vec::new();
    let lists = body.get("multiValueHeaders").and_then(Value::as_object);
    for name in lists.into_iter().flat_map(serde_json::Map::keys) {
        let values = value::texts(&body["multiValueHeaders"], name)?;
        all.extend(
            values
                .into_iter()
                .flatten()
                .map(|value| (name.clone(), value)),
        );
    }
    for (name, value) in value::map(body, "headers")?.unwrap_or_default() {
        if !all
            .iter()
            .any(|(known, _): &(String, String)| known.eq_ignore_ascii_case(&name))
        {
            all.push((name, value));
        }
    }
    Ok(all)
}
