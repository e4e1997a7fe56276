//! Which operation a request is, as far as its quota is its own.
//!
//! Source: <https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html>, "Quotas for creating, deploying and
//! managing an API". None of them can be raised.

use std::time::Duration;

use super::turns::Operation;

/// Names, and how many in which time.
const QUOTAS: [(&str, u32, u64); 14] = [
    ("CreateApiKey", 5, 1),
    ("CreateDeployment", 1, 5),
    ("CreateDocumentationVersion", 1, 20),
    ("CreateResource", 5, 1),
    // Of regional and private APIs. One that is edge-optimized has one in 30 s: it is told by a 429.
    ("CreateRestApi", 1, 3),
    ("DeleteApiKey", 5, 1),
    ("DeleteResource", 5, 1),
    ("DeleteRestApi", 1, 30),
    ("GetResources", 5, 2),
    ("ImportDocumentationParts", 1, 30),
    ("ImportRestApi", 1, 3),
    ("PutRestApi", 1, 1),
    ("UpdateAccount", 1, 20),
    ("UpdateUsagePlan", 1, 20),
];

/// The operation of a request: its name and quota where it has one of its own, else only its place in the total.
pub fn operation_of(method: &str, uri: &str) -> Operation {
    let name = name_of(method, uri);
    let own = QUOTAS.iter().find(|(quota, ..)| *quota == name);
    Operation {
        name,
        quota: own.map(|(_, count, seconds)| (*count, Duration::from_secs(*seconds))),
    }
}

fn name_of(method: &str, uri: &str) -> &'static str {
    let path = uri
        .split_once("://")
        .map_or(uri, |(_, rest)| rest.find('/').map_or("", |at| &rest[at..]));
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let imports = query.split('&').any(|pair| pair == "mode=import");
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    match (method, parts.as_slice()) {
        ("POST", ["apikeys"]) if imports => "ImportApiKeys",
        ("POST", ["apikeys"]) => "CreateApiKey",
        ("DELETE", ["apikeys", _]) => "DeleteApiKey",
        ("POST", ["restapis"]) if imports => "ImportRestApi",
        ("POST", ["restapis"]) => "CreateRestApi",
        ("PUT", ["restapis", _]) => "PutRestApi",
        ("DELETE", ["restapis", _]) => "DeleteRestApi",
        ("GET", ["restapis", _, "resources"]) => "GetResources",
        ("POST", ["restapis", _, "resources", _]) => "CreateResource",
        ("DELETE", ["restapis", _, "resources", _]) => "DeleteResource",
        ("POST", ["restapis", _, "deployments"]) => "CreateDeployment",
        ("POST", ["restapis", _, "documentation", "versions"]) => "CreateDocumentationVersion",
        ("PUT", ["restapis", _, "documentation", "parts"]) => "ImportDocumentationParts",
        ("PATCH", ["account"]) => "UpdateAccount",
        ("PATCH", ["usageplans", _]) => "UpdateUsagePlan",
        ("GET", _) => "a read",
        _ => "a change",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_known_by_its_method_and_path() {
        let at = |path: &str| format!("https://apigateway.eu-west-1.amazonaws.com{path}");
        for (method, path, name) in [
            (
                "GET",
                "/restapis/a1/resources?embed=methods&limit=500",
                "GetResources",
            ),
            ("GET", "/restapis/a1/resources/x", "a read"),
            ("GET", "/restapis/a1", "a read"),
            ("POST", "/restapis", "CreateRestApi"),
            (
                "POST",
                "/restapis?mode=import&failonwarnings=true",
                "ImportRestApi",
            ),
            ("PUT", "/restapis/a1?mode=merge", "PutRestApi"),
            ("DELETE", "/restapis/a1", "DeleteRestApi"),
            ("POST", "/restapis/a1/deployments", "CreateDeployment"),
            (
                "POST",
                "/restapis/a1/documentation/versions",
                "CreateDocumentationVersion",
            ),
            (
                "PUT",
                "/restapis/a1/documentation/parts?mode=merge",
                "ImportDocumentationParts",
            ),
            ("POST", "/restapis/a1/resources/root", "CreateResource"),
            ("PUT", "/restapis/a1/resources/x/methods/GET", "a change"),
            ("DELETE", "/restapis/a1/resources/x", "DeleteResource"),
            ("POST", "/apikeys", "CreateApiKey"),
            ("POST", "/apikeys?mode=import&format=csv", "ImportApiKeys"),
            ("DELETE", "/apikeys/k1", "DeleteApiKey"),
            ("PATCH", "/usageplans/p1", "UpdateUsagePlan"),
            ("PATCH", "/usageplans/p1/keys/k1/usage", "a change"),
            ("PATCH", "/account", "UpdateAccount"),
        ] {
            assert_eq!(
                operation_of(method, &at(path)).name,
                name,
                "{method} {path}"
            );
        }
    }

    #[test]
    fn the_quotas_are_those_of_awss_page() {
        let quota = |method, path| operation_of(method, path).quota;
        let seconds = Duration::from_secs;
        assert_eq!(quota("GET", "/restapis/a/resources"), Some((5, seconds(2))));
        assert_eq!(
            quota("POST", "/restapis/a/deployments"),
            Some((1, seconds(5)))
        );
        assert_eq!(quota("DELETE", "/restapis/a"), Some((1, seconds(30))));
        assert_eq!(quota("PATCH", "/usageplans/a"), Some((1, seconds(20))));
        assert_eq!(quota("POST", "/apikeys?mode=import&format=csv"), None);
        assert_eq!(quota("GET", "/restapis"), None);
    }
}
