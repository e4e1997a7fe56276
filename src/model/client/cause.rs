//! The likely cause of an answer that is none of the backend's own: which of the gateway's doors was shut.
//!
//! Source: <https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html> and the answers
//! that the service was recorded with.

use super::answer::Answer;

/// What is known of the request and of the method that it meets.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    /// The API has a method for this path and verb; none where that is not known.
    pub route: Option<bool>,
    /// The method's `authorizationType`; empty where it is not known.
    pub authorization: String,
    /// The method asks for an API key.
    pub key_required: bool,
    /// `x-api-key` was sent.
    pub key_sent: bool,
    /// The request was signed.
    pub signed: bool,
    /// `Authorization` was sent.
    pub token_sent: bool,
}

/// The likely cause, in a sentence; none where the answer speaks for itself.
pub fn cause(answer: &Answer, known: &Known) -> Option<String> {
    if answer.status < 400 {
        return None;
    }
    let kind = answer.header("x-amzn-errortype").unwrap_or_default();
    let kind = kind.split(':').next().unwrap_or_default();
    let message = message(answer);
    let words = match answer.status {
        401 => unauthorized(known),
        403 => forbidden(kind, &message, known)?,
        413 => "The request is larger than API Gateway takes: 10 MB".to_owned(),
        415 => "The method has no mapping template for this content type, and its passthrough refuses it".to_owned(),
        429 if message.contains("Limit Exceeded") => {
            "The key's quota in its usage plan is used up until the next period".to_owned()
        }
        429 => "More requests than a limit allows: of the plan, the stage, the method or the account".to_owned(),
        400 if message.contains("request body") || message.contains("request parameters") => {
            "The method's request validator refused it before the backend was asked".to_owned()
        }
        500 if kind.starts_with("AuthorizerConfiguration") => {
            "The authorizer failed, or what it answered is no policy".to_owned()
        }
        500 if !kind.is_empty() => {
            "The integration could not be run: a missing permission, or a setting that leads nowhere".to_owned()
        }
        502 if !kind.is_empty() => {
            "The backend answered with something that API Gateway can't pass on, or it failed".to_owned()
        }
        504 => "The backend took longer than the integration's timeout".to_owned(),
        _ => return None,
    };
    Some(words)
}

fn message(answer: &Answer) -> String {
    let value = serde_json::from_slice::<serde_json::Value>(&answer.body).ok();
    let text = value.as_ref().and_then(|value| {
        let field = value.get("message").or_else(|| value.get("Message"))?;
        field.as_str()
    });
    text.unwrap_or_default().to_owned()
}

fn unauthorized(known: &Known) -> String {
    match known.token_sent {
        true => "The method's authorizer does not take this token",
        false => "The method's authorizer asks for something that was not sent, mostly a token",
    }
    .to_owned()
}

fn forbidden(kind: &str, message: &str, known: &Known) -> Option<String> {
    let signature = "The signature was refused:";
    let words = match (kind, message) {
        ("InvalidSignatureException" | "SignatureDoesNotMatchException", _) => {
            format!("{signature} what arrived is not what was signed, or the secret key is another")
        }
        ("UnrecognizedClientException" | "InvalidClientTokenId", _) => {
            format!("{signature} nobody has this access key")
        }
        ("ExpiredTokenException", _) => format!("{signature} the credentials have run out"),
        ("IncompleteSignatureException", _) => "The Authorization header looks like a signature and is none".to_owned(),
        (_, "Missing Authentication Token") if known.authorization == "AWS_IAM" && !known.signed => {
            "The method asks for a signature (AWS_IAM) and the request has none: choose SigV4 under Auth".to_owned()
        }
        (_, "Missing Authentication Token") if known.route == Some(true) => {
            "The API has this path, the stage not yet: it answers with an older deployment. Or the method asks for a signature".to_owned()
        }
        (_, "Missing Authentication Token") => "No method of the stage takes this path and verb".to_owned(),
        (_, "Forbidden") if known.key_required && !known.key_sent => {
            "The method asks for an API key and none was sent".to_owned()
        }
        (_, "Forbidden") if known.key_required || known.key_sent => {
            "The API key is not known, is switched off, or is in no usage plan of this stage".to_owned()
        }
        (_, "Forbidden") => "A firewall in front of the stage refused it, or the host's name is not the API's".to_owned(),
        (_, text) if text.starts_with("User: anonymous") => policy(text, "the API's resource policy"),
        (_, text) if text.starts_with("User: ") => policy(text, "a policy: the caller's own, or the API's"),
        (_, text) if text.starts_with("User is not authorized") => {
            policy(text, "the policy that the method's authorizer answered with")
        }
        _ => return None,
    };
    Some(words)
}

fn policy(text: &str, whose: &str) -> String {
    match text.contains("explicit deny") {
        true => format!("Denied by {whose}, which forbids it in so many words"),
        false => format!("Not allowed by {whose}"),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn told(status: u16, kind: &str, message: &str, known: &Known) -> String {
        let answer = Answer {
            status,
            headers: vec![("x-amzn-ErrorType".into(), kind.into())],
            body: format!("{{\"message\":\"{message}\"}}").as_bytes().into(),
            ..Answer::default()
        };
        cause(&answer, known).unwrap_or_default()
    }

    #[test]
    fn a_403_names_which_door_was_shut() {
        let plain = Known::default();
        let keyed = Known {
            key_required: true,
            ..Known::default()
        };
        let iam = Known {
            authorization: "AWS_IAM".into(),
            route: Some(true),
            ..Known::default()
        };
        let with = |of: &Known| Known {
            key_sent: true,
            ..of.clone()
        };
        for (kind, message, known, words) in [
            ("ForbiddenException", "Forbidden", &keyed, "none was sent"),
            (
                "ForbiddenException",
                "Forbidden",
                &with(&keyed),
                "in no usage plan",
            ),
            ("ForbiddenException", "Forbidden", &plain, "firewall"),
            (
                "MissingAuthenticationTokenException",
                "Missing Authentication Token",
                &plain,
                "No method of the stage",
            ),
            (
                "MissingAuthenticationTokenException",
                "Missing Authentication Token",
                &iam,
                "choose SigV4",
            ),
            (
                "MissingAuthenticationTokenException",
                "Missing Authentication Token",
                &Known {
                    route: Some(true),
                    ..plain.clone()
                },
                "older deployment",
            ),
            (
                "AccessDeniedException",
                "User: anonymous is not authorized to perform: execute-api:Invoke on resource: x with an explicit deny",
                &plain,
                "resource policy, which forbids",
            ),
            (
                "AccessDeniedException",
                "User: arn:aws:iam::1:user/a is not authorized to perform: x",
                &iam,
                "Not allowed by a policy",
            ),
            (
                "AccessDeniedException",
                "User is not authorized to access this resource",
                &plain,
                "the method's authorizer",
            ),
            (
                "InvalidSignatureException",
                "The request signature we calculated",
                &iam,
                "what arrived is not what was signed",
            ),
            (
                "UnrecognizedClientException",
                "The security token",
                &iam,
                "nobody has this access key",
            ),
        ] {
            let said = told(403, kind, message, known);
            assert!(said.contains(words), "{message}: {said}");
        }
        assert_eq!(told(403, "", "Not yours", &plain), "");
    }

    #[test]
    fn limits_tokens_and_backends_are_told_apart() {
        let plain = Known::default();
        for (status, kind, message, words) in [
            (
                429,
                "TooManyRequestsException",
                "Too Many Requests",
                "More requests than a limit",
            ),
            (429, "LimitExceededException", "Limit Exceeded", "quota"),
            (
                401,
                "UnauthorizedException",
                "Unauthorized",
                "mostly a token",
            ),
            (
                400,
                "BadRequestException",
                "Invalid request body",
                "validator",
            ),
            (
                500,
                "AuthorizerConfigurationException",
                "",
                "authorizer failed",
            ),
            (
                500,
                "InternalServerErrorException",
                "Internal server error",
                "could not be run",
            ),
            (
                502,
                "InternalServerErrorException",
                "Internal server error",
                "can't pass on",
            ),
            (
                504,
                "InternalServerErrorException",
                "Endpoint request timed out",
                "timeout",
            ),
        ] {
            let said = told(status, kind, message, &plain);
            assert!(said.contains(words), "{status}: {said}");
        }
        assert_eq!(told(500, "", "own", &plain), "");
        assert_eq!(told(200, "", "", &plain), "");
        let sent = Known {
            token_sent: true,
            ..plain
        };
        assert!(told(401, "", "", &sent).contains("does not take this token"));
    }
}
