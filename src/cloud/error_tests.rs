#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;

fn service(status: u16, code: &str, message: &str) -> Facts {
    Facts {
        code: code.into(),
        message: message.into(),
        status: Some(status),
        ..Facts::default()
    }
}

fn kind(status: u16, code: &str, message: &str) -> ErrorKind {
    service(status, code, message)
        .into_error("Op", "", None)
        .kind
}

fn sign_in(expired: bool) -> ErrorKind {
    ErrorKind::SignIn {
        sso: false,
        expired,
    }
}

/// Code, status and message as services sent them.
#[test]
fn recorded_errors_are_sorted_by_what_helps() {
    let rows: &[(u16, &str, &str, ErrorKind)] = &[
        (
            403,
            "ExpiredTokenException",
            "The security token included in the request is expired",
            sign_in(true),
        ),
        (
            400,
            "ExpiredToken",
            "The provided token has expired.",
            sign_in(true),
        ),
        (400, "TokenRefreshRequired", "", sign_in(true)),
        (
            403,
            "UnrecognizedClientException",
            "The security token included in the request is invalid.",
            sign_in(false),
        ),
        (
            403,
            "InvalidClientTokenId",
            "The security token included in the request is invalid.",
            sign_in(false),
        ),
        (
            403,
            "SignatureDoesNotMatch",
            "The request signature we calculated does not match the signature you provided.",
            sign_in(false),
        ),
        (
            403,
            "SignatureDoesNotMatch",
            "Signature expired: 20261123T140000Z is now earlier than 20261123T144500Z (20261123T150000Z - 15 min.)",
            ErrorKind::Clock,
        ),
        (
            403,
            "RequestTimeTooSkewed",
            "The difference between the request time and the current time is too large.",
            ErrorKind::Clock,
        ),
        (
            400,
            "ThrottlingException",
            "Rate exceeded",
            ErrorKind::Throttled,
        ),
        (
            503,
            "SlowDown",
            "Please reduce your request rate.",
            ErrorKind::Throttled,
        ),
        (
            429,
            "TooManyRequestsException",
            "Rate Exceeded.",
            ErrorKind::Throttled,
        ),
        (
            404,
            "ResourceNotFoundException",
            "Function not found: arn:…",
            ErrorKind::NotFound,
        ),
        (
            404,
            "NoSuchEntity",
            "The role with name a cannot be found.",
            ErrorKind::NotFound,
        ),
        (
            404,
            "NoSuchKey",
            "The specified key does not exist.",
            ErrorKind::NotFound,
        ),
        (
            409,
            "ResourceConflictException",
            "The operation cannot be performed at this time. An update is in progress for resource: arn:…",
            ErrorKind::Conflict,
        ),
        (
            412,
            "PreconditionFailedException",
            "The Revision Id provided does not match the latest Revision Id.",
            ErrorKind::Conflict,
        ),
        (
            400,
            "InvalidParameterValueException",
            "Unzipped size must be smaller than 262144000 bytes",
            ErrorKind::Invalid,
        ),
        (
            400,
            "ValidationException",
            "1 validation error detected: Value '1' at 'memorySize' failed",
            ErrorKind::Invalid,
        ),
        (
            413,
            "RequestTooLargeException",
            "Request must be smaller than 6291456 bytes for the InvokeFunction operation",
            ErrorKind::Invalid,
        ),
        (404, "UnknownOperationException", "", ErrorKind::NotServed),
        (
            501,
            "InternalFailure",
            "API for service 'xray' not yet implemented or pro feature",
            ErrorKind::NotServed,
        ),
        (
            400,
            "InvalidAction",
            "The action ListFoo is not valid for this web service.",
            ErrorKind::NotServed,
        ),
        (
            403,
            "com.amazon.coral.service#UnrecognizedClientException",
            "",
            sign_in(false),
        ),
        (500, "ServiceException", "", ErrorKind::Other),
        (
            301,
            "PermanentRedirect",
            "The bucket you are attempting to access must be addressed using the specified endpoint.",
            ErrorKind::Invalid,
        ),
    ];
    for (status, code, message, expected) in rows {
        assert_eq!(&kind(*status, code, message), expected, "{code}: {message}");
    }
}

#[test]
fn a_refused_permission_names_action_and_resource_in_every_form_of_awss_sentence() {
    let rows = [
        (
            "User: arn:aws:sts::123456789012:assumed-role/R/s is not authorized to perform: lambda:UpdateFunctionCode on resource: arn:aws:lambda:eu-west-1:123456789012:function:f because no identity-based policy allows the lambda:UpdateFunctionCode action",
            Some("lambda:UpdateFunctionCode"),
            Some("arn:aws:lambda:eu-west-1:123456789012:function:f"),
        ),
        (
            "User: arn:aws:iam::1:user/a is not authorized to perform: logs:FilterLogEvents on resource: arn:aws:logs:eu-west-1:1:log-group:/aws/lambda/f:log-stream: with an explicit deny",
            Some("logs:FilterLogEvents"),
            Some("arn:aws:logs:eu-west-1:1:log-group:/aws/lambda/f:log-stream:"),
        ),
        (
            "User: arn:aws:iam::1:user/a is not authorized to perform: iam:PassRole",
            Some("iam:PassRole"),
            None,
        ),
        ("Access Denied", None, None),
    ];
    for (sentence, action, resource) in rows {
        let expected = ErrorKind::Permission {
            action: action.map(Into::into),
            resource: resource.map(Into::into),
        };
        assert_eq!(kind(403, "AccessDeniedException", sentence), expected);
        assert_eq!(kind(403, "AccessDenied", sentence), expected);
    }
}

#[test]
fn what_the_connection_did_is_said_in_one_sentence() {
    let rows = [
        (
            "tcp connect error: Connection refused (os error 111)",
            "refused",
        ),
        (
            "dns error: failed to lookup address information: Name or service not known",
            "name is not known",
        ),
        ("invalid peer certificate: UnknownIssuer", "not trusted"),
        ("connection reset by peer", "broke"),
        (
            "minimum throughput was specified at 1 B/s, but throughput of 0 B/s was observed",
            "stood still",
        ),
    ];
    for (cause, said) in rows {
        let facts = Facts {
            stage: Stage::Io,
            causes: vec!["dispatch failure".into(), cause.into()],
            ..Facts::default()
        };
        let error = facts.into_error("Op", "", None);
        assert_eq!(error.kind, ErrorKind::Network, "{cause}");
        assert!(error.message.contains(said), "{}", error.message);
        assert!(error.source.iter().any(|c| c == cause));
    }
}

#[test]
fn a_long_message_is_cut_and_a_page_is_never_a_message() {
    let long = kind_message(400, "ValidationException", &"x".repeat(5000));
    assert!(long.chars().count() <= 1001);
    let page = kind_message(500, "Oops", "<html><body>secret</body></html>");
    assert!(!page.contains("secret"), "{page}");
}

fn kind_message(status: u16, code: &str, message: &str) -> String {
    service(status, code, message)
        .into_error("Op", "", None)
        .message
}

#[test]
fn an_error_of_ours_comes_back_whole_from_inside_the_sdk() {
    #[derive(Debug)]
    struct Wrapped(CloudError);
    impl std::fmt::Display for Wrapped {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("an error occurred while loading credentials")
        }
    }
    impl Error for Wrapped {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            Some(&self.0)
        }
    }
    let ours = CloudError::local("Sign in", sign_in(true), "The session has run out.");
    let sdk: SdkError<aws_smithy_types::error::ErrorMetadata, HttpResponse> =
        SdkError::construction_failure(Wrapped(ours));
    let error = from_sdk("ListFunctions", "eu-west-1", sdk);
    assert_eq!(error.kind, sign_in(true));
    assert_eq!(error.operation, "ListFunctions");
    assert_eq!(error.message, "The session has run out.");
}
