//! A request signed with the connection's credentials, by Signature Version 4 as API Gateway checks it.

use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign as signed};
use aws_sigv4::sign::v4;

use crate::cloud::Cloud;
use crate::model::client::resolve::{Header, Prepared};
use crate::model::error::{CloudError, ErrorKind};
use crate::model::secret::Secret;

/// The headers that make it a signed one: all of `headers` are covered by the signature, and the body.
pub async fn sign(
    request: &Prepared,
    headers: &[Header],
    cloud: &Cloud,
) -> Result<Vec<Header>, CloudError> {
    let region = region_of(&request.url.host);
    let region = match region {
        Some(region) => region.to_owned(),
        None => cloud.region().await?,
    };
    let credentials = cloud.credentials().await?;
    added(request, headers, credentials, &region, SystemTime::now())
        .map_err(|why| CloudError::local("Sign", ErrorKind::Other, why))
}

/// The region in AWS's own name of an API.
fn region_of(host: &str) -> Option<&str> {
    let (_, rest) = host.split_once(".execute-api.")?;
    let (region, rest) = rest.split_once('.')?;
    rest.starts_with("amazonaws.com").then_some(region)
}

fn added(
    request: &Prepared,
    headers: &[Header],
    credentials: Credentials,
    region: &str,
    at: SystemTime,
) -> Result<Vec<Header>, String> {
    let identity = credentials.into();
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name("execute-api")
        .time(at)
        .settings(SigningSettings::default())
        .build()
        .map_err(|error| error.to_string())?;
    let url = request.url.text();
    let pairs = headers
        .iter()
        .map(|of| (of.name.as_str(), of.value.reveal()));
    let body = SignableBody::Bytes(request.body.reveal().as_bytes());
    let signable = SignableRequest::new(&request.method, &url, pairs, body)
        .map_err(|error| error.to_string())?;
    let made = signed(signable, &params.into()).map_err(|error| error.to_string())?;
    let (instructions, _) = made.into_parts();
    let (made, _) = instructions.into_parts();
    let made = made.iter().map(|of| Header {
        name: of.name().to_owned(),
        value: Secret::new(of.value()),
        // The date alone is for everybody.
        secret: of.name() != "x-amz-date",
    });
    Ok(made.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_region_is_that_of_the_apis_own_name() {
        let own = "k3v9qp2xw1.execute-api.ap-northeast-1.amazonaws.com";
        assert_eq!(region_of(own), Some("ap-northeast-1"));
        assert_eq!(
            region_of("k3v9qp2xw1.execute-api.cn-north-1.amazonaws.com.cn"),
            Some("cn-north-1")
        );
        assert_eq!(region_of("k3v9qp2xw1.execute-api.localhost"), None);
        assert_eq!(region_of("api.example.com"), None);
    }
}
