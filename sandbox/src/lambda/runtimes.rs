//! The runtimes that Lambda knows. Source: <https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html>.

use super::error::invalid;
use crate::{error::AwsError, region::arn};

const SUPPORTED: [&str; 33] = [
    "dotnet10",
    "dotnet6",
    "dotnet8",
    "java11",
    "java11.al2023",
    "java17",
    "java17.al2023",
    "java21",
    "java25",
    "java8.al2",
    "java8.al2023",
    "nodejs16.x",
    "nodejs18.x",
    "nodejs20.x",
    "nodejs22.x",
    "nodejs24.x",
    "nodejs26.x",
    "provided.al2",
    "provided.al2023",
    "python3.10",
    "python3.11",
    "python3.12",
    "python3.13",
    "python3.14",
    "python3.15",
    "python3.8",
    "python3.9",
    "ruby2.7",
    "ruby3.2",
    "ruby3.3",
    "ruby3.4",
    "ruby4.0",
    "provided",
];

const RETIRED: [&str; 19] = [
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
    "ruby2.5",
    "go1.x",
    "dotnet5.0",
];

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
        "Value {runtime} at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: [{}] or be a valid ARN",
        SUPPORTED.join(", ")
    )))
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
    fn unknown_and_retired_runtimes_are_told_apart() {
        assert!(check("python3.12").is_ok());
        assert!(
            check("python2.7")
                .unwrap_err()
                .message
                .contains("no longer supported")
        );
        assert!(
            check("cobol85")
                .unwrap_err()
                .message
                .starts_with("Value cobol85 at 'runtime' failed to satisfy constraint")
        );
    }
}
