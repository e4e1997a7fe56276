//! The runtimes that Lambda knows. Source: <https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html>.

use super::error::{Violations, invalid};
use crate::{error::AwsError, region::arn};

/// Those that functions are made with. AWS names the first of them in its answers, in this order.
const SUPPORTED: [&str; 31] = [
    "nodejs20.x",
    "python3.14",
    "provided.al2023",
    "python3.12",
    "python3.13",
    "nodejs24.x",
    "nodejs22.x",
    "java25",
    "python3.10",
    "python3.11",
    "java21",
    "ruby3.3",
    "ruby3.4",
    "ruby3.2",
    "python3.8",
    "python3.9",
    "java17",
    "nodejs16.x",
    "dotnet10",
    "dotnet8",
    "java11",
    "dotnet6",
    "nodejs18.x",
    "provided.al2",
    "java8.al2",
    // Newer than the answer that is known.
    "nodejs26.x",
    "python3.15",
    "ruby4.0",
    "java8.al2023",
    "java11.al2023",
    "java17.al2023",
];

/// How many of [`SUPPORTED`] the answer that is known names.
const NAMED: usize = 25;

const RETIRED: [&str; 21] = [
    "nodejs",
    "nodejs4.3",
    "nodejs4.3-edge",
    "nodejs6.10",
    "nodejs8.10",
    "nodejs10.x",
    "nodejs12.x",
    "nodejs14.x",
    "java8",
    "python2.7",
    "python3.6",
    "python3.7",
    "dotnetcore1.0",
    "dotnetcore2.0",
    "dotnetcore2.1",
    "dotnetcore3.1",
    "dotnet5.0",
    "ruby2.5",
    "ruby2.7",
    "go1.x",
    "provided",
];

/// What layers can be looked for by: AWS's own list and order, with runtimes that nobody was ever offered.
const SEARCHABLE: [&str; 56] = [
    "ruby3.5",
    "ruby2.6",
    "dotnetcore1.0",
    "python3.7",
    "nodejs8.10",
    "nasa",
    "ruby2.7",
    "python2.7-greengrass",
    "dotnetcore2.0",
    "python3.8",
    "java21",
    "dotnet6",
    "dotnetcore2.1",
    "python3.9",
    "java11",
    "nodejs6.10",
    "provided",
    "dotnetcore3.1",
    "dotnet8",
    "java25",
    "java17",
    "nodejs",
    "nodejs4.3",
    "java8.al2",
    "go1.x",
    "dotnet10",
    "nodejs20.x",
    "go1.9",
    "byol",
    "nodejs10.x",
    "provided.al2023",
    "nodejs22.x",
    "python3.10",
    "java8",
    "nodejs12.x",
    "python3.11",
    "nodejs24.x",
    "nodejs8.x",
    "python3.12",
    "nodejs14.x",
    "nodejs8.9",
    "nodejs26.x",
    "python3.13",
    "python3.14",
    "nodejs16.x",
    "python3.15",
    "provided.al2",
    "nodejs4.3-edge",
    "nodejs18.x",
    "ruby3.2",
    "python3.4",
    "ruby3.3",
    "ruby3.4",
    "ruby2.5",
    "python3.6",
    "python2.7",
];

/// Whether a function can be made with a runtime.
///
/// # Errors
/// `InvalidParameterValueException` when the runtime is unknown or no longer supported.
pub fn check(runtime: &str) -> Result<(), AwsError> {
    if SUPPORTED.contains(&runtime) {
        return Ok(());
    }
    if RETIRED.contains(&runtime) {
        return Err(invalid(format!(
            "The runtime parameter of {runtime} is no longer supported for creating or updating AWS Lambda functions. We recommend you use a supported runtime while creating or updating functions."
        )));
    }
    Err(invalid(format!(
        "Value {runtime} at 'runtime' failed to satisfy constraint: {} or be a valid ARN",
        of_supported()
    )))
}

/// Whether a layer can be for a runtime: also for those that functions are no longer made with.
pub fn is_known(runtime: &str) -> bool {
    SUPPORTED.contains(&runtime) || RETIRED.contains(&runtime)
}

/// Whether SnapStart is for a runtime: Java 11, Python 3.12, .NET 8 and later ones.
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html>.
pub fn has_snapshots(runtime: &str) -> bool {
    let since = |language: &str, least: (u32, u32)| {
        let rest = runtime.strip_prefix(language)?;
        let mut parts = rest.split('.').map(|part| part.parse::<u32>().unwrap_or(0));
        let version = (parts.next()?, parts.next().unwrap_or(0));
        Some(version >= least)
    };
    [("java", (11, 0)), ("python", (3, 12)), ("dotnet", (8, 0))]
        .into_iter()
        .any(|(language, least)| since(language, least) == Some(true))
}

/// What AWS says of a runtime that is none.
pub fn of_supported() -> String {
    let named = SUPPORTED[..NAMED].join(", ");
    format!("Member must satisfy enum value set: [{named}]")
}

/// What layers are looked for by.
pub fn check_search(runtime: &str, wrong: &mut Violations) {
    if !is_known(runtime) {
        wrong.one_of("compatibleRuntime", runtime, &SEARCHABLE);
    }
}

/// An ARN in the form of a runtime version's. It stays the same for a runtime: the sandbox has one version of each.
pub fn version_arn(region: &str, runtime: &str) -> String {
    use sha2::{Digest, Sha256};
    let digest = Sha256::digest(runtime.as_bytes());
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    arn("lambda", region, "", &format!("runtime:{hex}"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn snapshots_are_for_some_runtimes() {
        for runtime in [
            "java11",
            "java17.al2023",
            "java25",
            "python3.12",
            "dotnet10",
        ] {
            assert!(has_snapshots(runtime), "{runtime}");
        }
        for runtime in [
            "java8.al2",
            "python3.11",
            "nodejs24.x",
            "dotnet6",
            "provided.al2023",
        ] {
            assert!(!has_snapshots(runtime), "{runtime}");
        }
    }

    #[test]
    fn unknown_and_retired_runtimes_are_told_apart() {
        assert!(check("python3.12").is_ok());
        assert!(
            check("python2.7")
                .unwrap_err()
                .message
                .contains("no longer supported")
        );
        for retired in ["provided", "ruby2.7"] {
            assert_eq!(
                check(retired).unwrap_err().message,
                format!(
                    "The runtime parameter of {retired} is no longer supported for creating or updating AWS Lambda functions. We recommend you use a supported runtime while creating or updating functions."
                )
            );
            assert!(is_known(retired), "a layer may still be for it");
        }
        assert!(
            check("cobol85")
                .unwrap_err()
                .message
                .starts_with("Value cobol85 at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: [nodejs20.x, python3.14, provided.al2023, python3.12, ")
        );
        assert!(
            check("cobol85")
                .unwrap_err()
                .message
                .ends_with("provided.al2, java8.al2] or be a valid ARN")
        );
    }
}
