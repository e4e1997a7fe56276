//! The Extensions API: what extensions say at `/2020-01-01/extension/`.

use bytes::Bytes;
use http::{HeaderMap, Method, Response, StatusCode};
use http_body_util::Full;
use serde_json::{Value, json};

use super::{Extension, Extensions, Kind};
use crate::runtime::exit::Failure;

/// What stands before each operation.
pub(in crate::runtime) const PREFIX: &str = "/2020-01-01/extension/";
/// Who speaks, by what it was given when it registered.
const IDENTIFIER: &str = "lambda-extension-identifier";

type Answer = Response<Full<Bytes>>;

impl Extensions {
    /// Answers one request.
    pub async fn answer(
        &self,
        method: &Method,
        path: &str,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Answer {
        match (method, path) {
            (&Method::POST, "register") => self.register(headers, body),
            (&Method::GET, "event/next") => match self.known(headers) {
                Ok(id) => self.next(&id).await,
                Err(refused) => *refused,
            },
            (&Method::POST, "init/error") => self.give_up(headers, "Extension.InitError"),
            (&Method::POST, "exit/error") => self.give_up(headers, "Extension.ExitError"),
            _ => refusal(
                StatusCode::NOT_FOUND,
                "Extension.NotFound",
                &format!("No such resource: {PREFIX}{path}"),
            ),
        }
    }

    fn register(&self, headers: &HeaderMap, body: &[u8]) -> Answer {
        let forbidden = |kind: &str, message: &str| refusal(StatusCode::FORBIDDEN, kind, message);
        let name = header(headers, "lambda-extension-name").unwrap_or_default();
        if name.is_empty() {
            return forbidden("Extension.InvalidExtensionName", "Empty extension name");
        }
        let Some(events) = events(body) else {
            return refusal(
                StatusCode::BAD_REQUEST,
                "InvalidRequestFormat",
                "Invalid request body: events must be a list of INVOKE and SHUTDOWN",
            );
        };
        let mut state = self.state();
        let external = state.external.contains(&name);
        if state.closed {
            return forbidden(
                "Extension.RegistrationClosed",
                "Extension registration closed already",
            );
        }
        if state.all.iter().any(|known| known.name == name) {
            return forbidden(
                "Extension.AlreadyRegistered",
                &format!("Extension with name {name} already registered"),
            );
        }
        if !external && events.contains(&Kind::Shutdown) {
            return forbidden(
                "ShutdownEventNotSupportedForInternalExtension",
                "Cannot subscribe to Shutdown event for internal extensions",
            );
        }
        let id = uuid::Uuid::new_v4().to_string();
        state.all.push(Extension {
            id: id.clone(),
            name,
            external,
            events,
            waits: false,
            queue: std::collections::VecDeque::new(),
            failed: None,
        });
        let about = state.about.clone();
        drop(state);
        self.changed.notify_waiters();
        let mut told = json!({
            "functionName": about.name,
            "functionVersion": about.version,
            "handler": about.handler,
        });
        let features = header(headers, "lambda-extension-accept-feature").unwrap_or_default();
        if features
            .split(',')
            .any(|feature| feature.trim() == "accountId")
        {
            told["accountId"] = about.account.into();
        }
        with_header(json_answer(&told), "Lambda-Extension-Identifier", &id)
    }

    /// The next event of an extension, when there is one.
    async fn next(&self, id: &str) -> Answer {
        loop {
            let changed = self.changed.notified();
            let (event, waited) = {
                let mut state = self.state();
                let Some(one) = state.all.iter_mut().find(|one| one.id == id) else {
                    // The environment began anew while it waited.
                    return unknown();
                };
                let event = one.queue.pop_front();
                let waited = std::mem::replace(&mut one.waits, event.is_none());
                (event, waited)
            };
            if let Some(event) = event {
                let identifier = uuid::Uuid::new_v4().to_string();
                let answer = json_answer(&event);
                return with_header(answer, "Lambda-Extension-Event-Identifier", &identifier);
            }
            // Told once: this wakes itself too.
            if !waited {
                self.changed.notify_waiters();
            }
            changed.await;
        }
    }

    fn give_up(&self, headers: &HeaderMap, kind: &str) -> Answer {
        let id = match self.known(headers) {
            Ok(id) => id,
            Err(refused) => return *refused,
        };
        let Some(own) = header(headers, "lambda-extension-function-error-type") else {
            return refusal(
                StatusCode::FORBIDDEN,
                "Extension.MissingHeader",
                "Lambda-Extension-Function-Error-Type not found",
            );
        };
        let mut state = self.state();
        state.failure.get_or_insert(Failure::extension(kind, 0));
        for one in state.all.iter_mut().filter(|one| one.id == id) {
            one.failed = Some(own.clone());
        }
        drop(state);
        self.changed.notify_waiters();
        let mut answer = json_answer(&json!({"status": "OK"}));
        *answer.status_mut() = StatusCode::ACCEPTED;
        answer
    }

    /// The extension that speaks.
    pub fn known(&self, headers: &HeaderMap) -> Result<String, Box<Answer>> {
        let Some(id) = header(headers, IDENTIFIER) else {
            return Err(Box::new(refusal(
                StatusCode::FORBIDDEN,
                "Extension.MissingExtensionIdentifier",
                "Missing Lambda-Extension-Identifier header",
            )));
        };
        let state = self.state();
        match state.all.iter().any(|one| one.id == id) {
            true => Ok(id),
            false => Err(Box::new(unknown())),
        }
    }

    /// The name of an extension.
    pub fn name_of(&self, id: &str) -> Option<String> {
        let state = self.state();
        let one = state.all.iter().find(|one| one.id == id)?;
        Some(one.name.clone())
    }

    /// The external extension that has not registered, or another that runs, by its file's name.
    pub fn is_registered(&self, name: &str) -> bool {
        let state = self.state();
        state.all.iter().any(|one| one.name == name && one.external)
    }
}

fn events(body: &[u8]) -> Option<Vec<Kind>> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let all = match body.get("events") {
        None | Some(Value::Null) => return Some(Vec::new()),
        Some(events) => events.as_array()?,
    };
    all.iter()
        .map(|event| Kind::parse(event.as_str()?))
        .collect()
}

fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    Some(headers.get(name)?.to_str().ok()?.to_owned())
}

fn unknown() -> Answer {
    refusal(
        StatusCode::FORBIDDEN,
        "Extension.InvalidExtensionIdentifier",
        "Unknown extension",
    )
}

fn json_answer(value: &Value) -> Answer {
    with_header(
        Response::new(Full::new(Bytes::from(value.to_string()))),
        "Content-Type",
        "application/json",
    )
}

fn with_header(mut answer: Answer, name: &'static str, value: &str) -> Answer {
    if let Ok(value) = value.parse() {
        answer.headers_mut().insert(
            http::HeaderName::from_bytes(name.as_bytes()).unwrap_or(http::header::VIA),
            value,
        );
    }
    answer
}

fn refusal(status: StatusCode, kind: &str, message: &str) -> Answer {
    let mut answer = json_answer(&json!({"errorMessage": message, "errorType": kind}));
    *answer.status_mut() = status;
    answer
}
