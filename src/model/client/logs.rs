//! From an answer to what was logged of it: which run of a function belongs to a request, and how long the parts took.
//!
//! The request's own id (`$context.requestId`) is not the function's. It leads there over the stage's access log, where its format
//! names `$context.integration.requestId` or `$context.awsEndpointRequestId`; over the execution log, which says the function's id
//! in its lines; or over the function's log itself, where a line has the request's id or its trace.

/// What a line of a stage's log tells of a request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Told {
    /// The function's name of its run.
    pub run: Option<String>,
    /// How long the integration took, ms.
    pub integration_ms: Option<u64>,
    /// How long the gateway took in all, ms.
    pub gateway_ms: Option<u64>,
}

impl Told {
    /// Takes up what another line tells.
    pub fn add(&mut self, other: Self) {
        self.run = self.run.take().or(other.run);
        self.integration_ms = self.integration_ms.or(other.integration_ms);
        self.gateway_ms = self.gateway_ms.or(other.gateway_ms);
    }

    /// Nothing is known.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What a line of an access log tells, by the format that it was written in. A JSON format is read by its names, another by what
/// stands between its variables.
pub fn of_access_log(format: &str, line: &str) -> Told {
    let value = |names: &[&str]| names.iter().find_map(|name| variable(format, line, name));
    let number = |names: &[&str]| value(names).and_then(|text| text.parse().ok());
    Told {
        run: value(&["integration.requestId", "awsEndpointRequestId"]).filter(|id| is_id(id)),
        integration_ms: number(&["integration.latency", "integrationLatency"]),
        gateway_ms: number(&["responseLatency"]),
    }
}

/// The value of `$context.NAME` in a line that was written by `format`.
fn variable(format: &str, line: &str, name: &str) -> Option<String> {
    let names = [format!("$context.{name}"), format!("${{context.{name}}}")];
    if let (Ok(format), Ok(line)) = (
        serde_json::from_str::<serde_json::Value>(format),
        serde_json::from_str::<serde_json::Value>(line),
    ) {
        let found = format.as_object()?.iter();
        let mut found = found.filter(|(_, of)| {
            of.as_str()
                .is_some_and(|of| names.iter().any(|name| name == of))
        });
        let value = line.get(found.next()?.0)?;
        return Some(
            value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned),
        )
        .filter(|of| of != "-");
    }
    // Of a plain text: what stands before the variable and the sign behind it.
    let at = names.iter().find_map(|name| {
        let (at, _) = format.match_indices(name.as_str()).find(|(at, _)| {
            let behind = format[at + name.len()..].chars().next();
            !behind.is_some_and(|c| c.is_alphanumeric() || c == '.' || c == '_')
        })?;
        Some(at)
    })?;
    let nth = format[..at].split_whitespace().count();
    let glued = format[..at]
        .chars()
        .next_back()
        .is_some_and(|c| !c.is_whitespace());
    let nth = if glued { nth - 1 } else { nth };
    // Variables may hold spaces (a time does), so that words are counted only where none before does.
    if format[..at].contains("requestTime") && !format[..at].contains("requestTimeEpoch") {
        return None;
    }
    let word = line.split_whitespace().nth(nth)?;
    let own = format.split_whitespace().nth(nth)?;
    let start = own.find('$')?;
    let value = word.get(start..)?;
    let value = value.trim_end_matches(|c: char| !c.is_alphanumeric());
    Some(value.to_owned()).filter(|value| !value.is_empty() && value != "-")
}

/// What a line of an execution log tells of the request `id`, of which every line begins with it in brackets.
pub fn of_execution_log(id: &str, line: &str) -> Told {
    let mut told = Told::default();
    if !line.starts_with(&format!("({id})")) {
        return told;
    }
    if let Some((_, rest)) = line.split_once("Integration latency: ") {
        told.integration_ms = rest.split(' ').next().and_then(|ms| ms.parse().ok());
    }
    for before in [
        "x-amzn-RequestId=",
        "x-amzn-requestid=",
        "Lambda request id: ",
    ] {
        if let Some((_, rest)) = line.split_once(before) {
            let id: String = rest.chars().take(36).collect();
            told.run = Some(id).filter(|id| is_id(id));
        }
    }
    told
}

/// Eight, four, four, four and twelve hexadecimal digits.
pub fn is_id(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
    lengths == [8, 4, 4, 4, 12]
        && parts
            .iter()
            .all(|part| part.bytes().all(|of| of.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const API: &str = "8f1c22e4-6b0d-4a57-9d0e-2b7f41c6a9d3";
    const RUN: &str = "79104ad7-1f6b-4b3a-8f3e-0c1d2e3f4a5b";

    #[test]
    fn an_access_log_tells_by_its_format() {
        let json = r#"{"requestId":"$context.requestId","fn":"$context.integration.requestId","ms":"$context.integrationLatency","all":"$context.responseLatency"}"#;
        let line = format!(r#"{{"requestId":"{API}","fn":"{RUN}","ms":"141","all":"158"}}"#);
        assert_eq!(
            of_access_log(json, &line),
            Told {
                run: Some(RUN.into()),
                integration_ms: Some(141),
                gateway_ms: Some(158)
            }
        );
        let none = format!(r#"{{"requestId":"{API}","fn":"-","ms":"-","all":"3"}}"#);
        assert_eq!(
            of_access_log(json, &none),
            Told {
                gateway_ms: Some(3),
                ..Told::default()
            }
        );
        let plain = "$context.requestId [$context.awsEndpointRequestId] $context.status $context.integration.latency";
        let line = format!("{API} [{RUN}] 200 141");
        assert_eq!(
            of_access_log(plain, &line),
            Told {
                run: Some(RUN.into()),
                integration_ms: Some(141),
                gateway_ms: None
            }
        );
        assert!(of_access_log("$context.requestId", API).is_empty());
        // The id of the API's own request is no run.
        assert_eq!(
            of_access_log(
                "$context.requestId $context.extendedRequestId",
                &format!("{API} x")
            )
            .run,
            None
        );
    }

    #[test]
    fn an_execution_log_tells_in_its_lines() {
        let line = |words: &str| of_execution_log(API, &format!("({API}) {words}"));
        assert_eq!(
            line("Received response. Status: 200, Integration latency: 141 ms").integration_ms,
            Some(141)
        );
        assert_eq!(
            line(&format!(
                "Endpoint response headers: {{Date=x, x-amzn-RequestId={RUN}, X=1}}"
            ))
            .run
            .as_deref(),
            Some(RUN)
        );
        assert_eq!(
            line(&format!(
                "Lambda invocation failed with status: 429. Lambda request id: {RUN}"
            ))
            .run
            .as_deref(),
            Some(RUN)
        );
        assert!(
            of_execution_log("other", &format!("({API}) Integration latency: 1 ms")).is_empty()
        );
        assert!(!is_id("8f1c22e4-6b0d-4a57-9d0e-2b7f41c6a9dz") && is_id(API));
    }
}
