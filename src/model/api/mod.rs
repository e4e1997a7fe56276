//! REST APIs of API Gateway: what an API is made of, and what follows from it. Knows no client.
//!
//! Source: <https://docs.aws.amazon.com/apigateway/latest/api/API_Operations.html>.

pub mod access;
pub mod cors;
pub mod definition;
pub mod document;
pub mod documentation;
pub mod export;
pub mod key_file;
pub mod keys;
mod method;
mod parts;
pub mod patch;
mod path;
pub mod permission;
pub mod query;
pub mod stage;
pub mod standing;
pub mod template;
pub mod trial;
pub mod usage;
pub mod why;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use method::{
    Integration, IntegrationResponse, Method, MethodResponse, TIMEOUT_MS, USUAL_TIMEOUT_MS,
    function_arn, target_of, timeout,
};
pub use parts::{Authorizer, MethodPart, Validator};
pub use path::{Step, missing, path_problem, steps_of};
pub use stage::{Canary, Deployment, Stage};

/// One REST API.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RestApi {
    /// Ten letters and digits.
    pub id: String,
    /// Not unique.
    pub name: String,
    /// May be empty.
    pub description: String,
    /// ms since 1970.
    pub created_at: Option<i64>,
    /// `REGIONAL`, `EDGE` or `PRIVATE`; one, in practice.
    pub endpoint_types: Vec<String>,
    /// The resource `/`.
    pub root_resource_id: Option<String>,
    /// Media types that are passed as base64.
    pub binary_media_types: Vec<String>,
    /// Its own name under `execute-api` does not answer.
    pub default_endpoint_disabled: bool,
    /// The resource policy as the service answers it; empty where there is none.
    pub policy: String,
}

/// One API of a list, cheap to point at.
pub type RestApiRow = Arc<RestApi>;

impl RestApi {
    /// The endpoint's kind in the words of AWS's own console.
    pub fn endpoint(&self) -> &str {
        match self.endpoint_types.first().map(String::as_str) {
            Some("REGIONAL") => "Regional",
            Some("EDGE") => "Edge",
            Some("PRIVATE") => "Private",
            Some(other) => other,
            None => "",
        }
    }
}

/// One resource: a path with its methods.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Resource {
    /// Ten letters and digits at the root, six elsewhere.
    pub id: String,
    /// None at the root.
    pub parent_id: Option<String>,
    /// The last part of the path; none at the root.
    pub path_part: Option<String>,
    /// The whole path, from `/`.
    pub path: String,
    /// By HTTP method.
    pub methods: BTreeMap<String, Method>,
}

/// An API with all that stands in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ApiDetail {
    /// The API.
    pub api: RestApi,
    /// In the order of their paths.
    pub resources: Vec<Resource>,
    /// In the order of their names.
    pub stages: Vec<Stage>,
    /// The newest first.
    pub deployments: Vec<Deployment>,
}

impl ApiDetail {
    /// How many methods there are, and how many of them anybody may call. What answers a browser's question before the real one
    /// (`OPTIONS`, mocked) is meant to be open.
    pub fn methods(&self) -> (usize, usize) {
        let all = self.resources.iter().flat_map(|of| &of.methods);
        let (mut count, mut open) = (0, 0);
        for (verb, method) in all {
            count += 1;
            open += usize::from(method.is_open() && verb != "OPTIONS");
        }
        (count, open)
    }

    /// The resource of a path.
    pub fn resource(&self, path: &str) -> Option<&Resource> {
        self.resources.iter().find(|resource| resource.path == path)
    }
}

/// Where a stage answers. An endpoint of one's own serves it under its own name: AWS's form of the name in front of `localhost`,
/// which every system resolves to this machine, or below a path where the endpoint is another machine.
pub fn stage_url(api: &str, region: &str, stage: &str, endpoint: Option<&str>) -> String {
    let Some(endpoint) = endpoint else {
        let suffix = match region.starts_with("cn-") {
            true => "amazonaws.com.cn",
            false => "amazonaws.com",
        };
        return format!("https://{api}.execute-api.{region}.{suffix}/{stage}");
    };
    let endpoint = endpoint.trim_end_matches('/');
    let (scheme, rest) = endpoint.split_once("://").unwrap_or(("http", endpoint));
    let (host, port) = match rest.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => (host, Some(port)),
        _ => (rest, None),
    };
    let own = matches!(host, "localhost" | "127.0.0.1" | "[::1]");
    match (own, port) {
        (true, Some(port)) => format!("{scheme}://{api}.execute-api.localhost:{port}/{stage}"),
        (true, None) => format!("{scheme}://{api}.execute-api.localhost/{stage}"),
        (false, _) => format!("{endpoint}/_aws/execute-api/{api}/{stage}"),
    }
}

/// The HTTP methods that a resource can have, in the order of AWS's own console.
pub const VERBS: [&str; 8] = [
    "GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "ANY",
];

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_stages_address_is_awss_own_or_that_of_the_endpoint() {
        let url = |region, endpoint| stage_url("k3v9qp2xw1", region, "prod", endpoint);
        assert_eq!(
            url("eu-west-1", None),
            "https://k3v9qp2xw1.execute-api.eu-west-1.amazonaws.com/prod"
        );
        assert_eq!(
            url("cn-north-1", None),
            "https://k3v9qp2xw1.execute-api.cn-north-1.amazonaws.com.cn/prod"
        );
        assert_eq!(
            url("eu-west-1", Some("http://127.0.0.1:4566/")),
            "http://k3v9qp2xw1.execute-api.localhost:4566/prod"
        );
        assert_eq!(
            url("eu-west-1", Some("http://[::1]:4566")),
            "http://k3v9qp2xw1.execute-api.localhost:4566/prod"
        );
        assert_eq!(
            url("eu-west-1", Some("https://aws.example")),
            "https://aws.example/_aws/execute-api/k3v9qp2xw1/prod"
        );
    }

    #[test]
    fn methods_that_anybody_may_call_are_counted_but_not_a_browsers_question() {
        let method = |authorization: &str, key| Method {
            authorization: authorization.into(),
            api_key_required: key,
            ..Method::default()
        };
        let methods = [
            ("GET", method("NONE", false)),
            ("POST", method("NONE", true)),
            ("PUT", method("AWS_IAM", false)),
            ("OPTIONS", method("NONE", false)),
        ];
        let resource = Resource {
            methods: methods.map(|(verb, of)| (verb.to_owned(), of)).into(),
            ..Resource::default()
        };
        let detail = ApiDetail {
            resources: vec![resource],
            ..ApiDetail::default()
        };
        assert_eq!(detail.methods(), (4, 1));
    }
}
