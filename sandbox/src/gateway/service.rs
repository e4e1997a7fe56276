//! `AWS` with a service of the sandbox's behind it: the request is made by path or by action, with a role that the gateway
//! must be able to take on and that must be allowed it, and the integration responses make the answer.
//! Source: <https://docs.aws.amazon.com/apigateway/latest/api/API_PutIntegration.html> (`uri`).

use super::{
    exchange::Exchange,
    http::{self, Outgoing},
    mapped::{self, Answered},
    refusal::Refusal,
};
use crate::{
    apigateway::model::Integration,
    iam::Iam,
    request::{Body, Ctx, Request, Response},
    services::{self, Services},
};
use ::http::{HeaderMap, HeaderName, HeaderValue, Method};
use bytes::Bytes;

/// The API versions of services that are asked by form.
const VERSIONS: [(&str, &str); 3] = [
    ("monitoring", "2010-08-01"),
    ("sts", "2011-06-15"),
    ("iam", "2010-05-08"),
];

/// What an integration's address names.
#[derive(Debug, PartialEq, Eq)]
struct Named {
    region: String,
    service: String,
    /// `path/…` or `action/…`
    rest: String,
}

impl Named {
    /// `arn:aws:apigateway:REGION:SERVICE:path/REST` or `…:action/NAME`.
    fn of(uri: &str) -> Option<Self> {
        let parts: Vec<&str> = uri.splitn(6, ':').collect();
        let ["arn", _, "apigateway", region, service, rest] = parts.as_slice() else {
            return None;
        };
        // What stands before a dot is a name within the service.
        let service = service.rsplit('.').next().unwrap_or(service);
        Some(Self {
            region: (*region).to_owned(),
            service: service.to_owned(),
            rest: (*rest).to_owned(),
        })
    }
}

/// Asks the service.
///
/// # Errors
/// When the address is none, the role can't be taken on, or no integration response is for what is answered.
pub async fn run(
    services: &Services,
    exchange: &Exchange<'_>,
    integration: &Integration,
) -> Result<Response, Refusal> {
    let uri = exchange.fill(integration.uri.as_deref().unwrap_or_default());
    let no_address = || Refusal::configuration("Invalid endpoint address");
    let named = Named::of(&uri).ok_or_else(no_address)?;
    let role = role(services, exchange, integration)?;
    let mut scope = exchange.scope(exchange.body_text());
    let body = mapped::body(integration, exchange, &mut scope)?;
    let host = format!("https://{}.{}.amazonaws.com", named.service, named.region);
    let address = match named.rest.split_once('/') {
        Some(("path", rest)) => format!("{host}/{}", rest.trim_start_matches('/')),
        Some(("action", name)) => acted(&host, &named.service, name),
        _ => return Err(no_address()),
    };
    let over = &scope.overrides.request;
    let out = http::outgoing(exchange, integration, over, address, body)?;
    out.tell(&exchange.log);
    let clock = &services.base.clock;
    let began = clock.now();
    let (status, headers, body) = match may(services, &named, &role, &out) {
        true => ask(services, exchange, &named, out).await,
        false => denied(),
    };
    exchange.behind(|behind| behind.status = Some(status));
    let took = clock.since(began).as_millis();
    http::received(&exchange.log, (status, &headers, &body), took);
    let answered = Answered {
        selector: Some(status.to_string()),
        headers,
        body,
    };
    let mut response = mapped::respond(exchange, integration, &answered, scope)?;
    let trace = ("X-Amzn-Trace-Id".to_owned(), exchange.trace.clone());
    response.headers.insert(0, trace);
    Ok(response)
}

type Answer = (u16, Vec<(String, String)>, Bytes);

/// What a service says to a role that may not.
fn denied() -> Answer {
    let body = "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>";
    let kind = ("Content-Type".to_owned(), "application/xml".to_owned());
    (403, vec![kind], Bytes::from_static(body.as_bytes()))
}

/// The role that the gateway takes on.
fn role(
    services: &Services,
    exchange: &Exchange<'_>,
    integration: &Integration,
) -> Result<String, Refusal> {
    let role = integration.credentials.as_deref().unwrap_or_default();
    let role = exchange.fill(role);
    let (path, verb) = match &exchange.route {
        Some(route) => (route.resource.path.as_str(), &*route.method.http_method),
        None => ("/", exchange.verb()),
    };
    let source = exchange.arn_of(verb, path);
    let iam = services.global::<Iam>();
    let service = "apigateway.amazonaws.com";
    match iam.trusts(&role, service, exchange.account, &source) {
        true => Ok(role),
        false => Err(Refusal::configuration(
            "API Gateway does not have permission to assume the provided role",
        )),
    }
}

/// The address of an action of a service that is asked by form.
fn acted(host: &str, service: &str, action: &str) -> String {
    let version = VERSIONS.iter().find(|(known, _)| *known == service);
    match version {
        Some((_, version)) => format!("{host}/?Action={action}&Version={version}"),
        None => format!("{host}/?Action={action}"),
    }
}

/// Whether the role may do what is asked.
fn may(services: &Services, named: &Named, role: &str, out: &Outgoing) -> bool {
    let iam = services.global::<Iam>();
    let service = match named.service.as_str() {
        "monitoring" => "cloudwatch",
        other => other,
    };
    if service == "s3" {
        let path = out.uri.path().trim_matches('/');
        let action = match (out.verb.as_str(), path.contains('/')) {
            ("GET" | "HEAD", true) => "s3:GetObject",
            ("GET" | "HEAD", false) => "s3:ListBucket",
            ("PUT" | "POST", true) => "s3:PutObject",
            ("PUT", false) => "s3:CreateBucket",
            ("DELETE", true) => "s3:DeleteObject",
            _ => "s3:DeleteBucket",
        };
        return iam.lets(role, action, &format!("arn:aws:s3:::{path}"));
    }
    let action = match named.rest.split_once('/') {
        Some(("action", name)) => format!("{service}:{name}"),
        _ => format!("{service}:{}", out.verb),
    };
    iam.lets(role, &action, "*")
}

async fn ask(services: &Services, exchange: &Exchange<'_>, named: &Named, out: Outgoing) -> Answer {
    let mut headers = HeaderMap::new();
    for (name, value) in &out.headers {
        let pair = (HeaderName::try_from(name), HeaderValue::from_str(value));
        if let (Ok(name), Ok(value)) = pair {
            headers.append(name, value);
        }
    }
    // It names the service and the region; nobody checks the gateway's own signature.
    let day = exchange.now.strftime("%Y%m%d");
    let (region, service) = (&named.region, &named.service);
    let signed = format!(
        "AWS4-HMAC-SHA256 Credential=ASIAAPIGATEWAY/{day}/{region}/{service}/aws4_request, SignedHeaders=host, Signature=0"
    );
    if let Ok(signed) = HeaderValue::from_str(&signed) {
        headers.insert("authorization", signed);
    }
    let target = match (service.as_str(), named.rest.split_once('/')) {
        ("logs", Some(("action", name))) => Some(format!("Logs_20140328.{name}")),
        _ => None,
    };
    if let Some(target) = target.and_then(|target| HeaderValue::from_str(&target).ok()) {
        headers.insert("x-amz-target", target);
        let json = HeaderValue::from_static("application/x-amz-json-1.1");
        headers.insert("content-type", json);
    }
    let query = out.uri.query().unwrap_or_default();
    let query = form_urlencoded::parse(query.as_bytes());
    let request = Request {
        method: Method::from_bytes(out.verb.as_bytes()).unwrap_or_default(),
        path: out.uri.path().to_owned(),
        query: query.into_owned().collect(),
        headers,
        body: out.body,
    };
    let ctx = Ctx {
        region: region.clone(),
        account: exchange.account.to_owned(),
        request_id: uuid::Uuid::new_v4().to_string(),
        endpoint: services.base.endpoint.clone(),
    };
    // A gateway may ask the service that tries gateways: so the way is on the heap.
    let response = Box::pin(services::answer(services, &ctx, &request)).await;
    let body = match response.body {
        Body::Full(body) => body,
        Body::Stream(mut parts) => {
            let mut all = Vec::new();
            while let Some(part) = parts.recv().await {
                all.extend_from_slice(&part);
            }
            all.into()
        }
    };
    (response.status, response.headers, body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_a_service_with_a_path_or_an_action() {
        let named = |service: &str, rest: &str| {
            Some(Named {
                region: "eu-west-1".into(),
                service: service.into(),
                rest: rest.into(),
            })
        };
        let of = |rest: &str| Named::of(&format!("arn:aws:apigateway:eu-west-1:{rest}"));
        assert_eq!(of("s3:path/shop/a:b"), named("s3", "path/shop/a:b"));
        assert_eq!(of("shop.s3:path/a"), named("s3", "path/a"));
        let action = "action/GetCallerIdentity";
        assert_eq!(of(&format!("sts:{action}")), named("sts", action));
        assert_eq!(Named::of("http://backend.example"), None);
    }
}
