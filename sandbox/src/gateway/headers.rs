//! Headers that go no further than the gateway, and those that no integration may say itself.
//! Source: the service's recorded tests.

use super::refusal::Refusal;
use crate::apigateway::model::Integration;

/// Headers of a caller that go no further, as the service was recorded, and those that the front says itself.
pub const DROPPED: [&str; 18] = [
    "connection",
    "content-length",
    "content-md5",
    "expect",
    "host",
    "keep-alive",
    "max-forwards",
    "proxy-authenticate",
    "server",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "www-authenticate",
    "x-amzn-trace-id",
    "x-forwarded-for",
    "x-forwarded-port",
    "x-forwarded-proto",
];

/// Headers that no integration may map, and those that none of AWS's own services may be sent.
const UNMAPPABLE: [&str; 2] = ["content-length", "transfer-encoding"];
const UNMAPPABLE_TO_AWS: [&str; 5] = [
    "authorization",
    "connection",
    "expect",
    "proxy-authenticate",
    "te",
];

/// # Errors
/// When an integration maps a header that none may.
pub fn check(integration: &Integration) -> Result<(), Refusal> {
    let to_aws = ["AWS", "AWS_PROXY"].contains(&integration.kind.as_str());
    for to in integration.request_parameters.keys() {
        let Some(name) = to.strip_prefix("integration.request.header.") else {
            continue;
        };
        let known = name.to_ascii_lowercase();
        let known = known.as_str();
        if UNMAPPABLE.contains(&known) || (to_aws && UNMAPPABLE_TO_AWS.contains(&known)) {
            return Err(Refusal::configuration(&format!(
                "{name} header already present"
            )));
        }
    }
    Ok(())
}
