//! A Lambda function as the service describes it, and what follows from that alone.
//!
//! Knows no SDK and no table widget: `cloud` makes these values, panels draw them.
//! Source: <https://docs.aws.amazon.com/lambda/latest/api/API_FunctionConfiguration.html>.

mod columns;
mod filter;
mod related;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::arn::Arn;
pub use super::secret::Secret;
pub use columns::{Cell, Column};
pub use filter::{KEYS as FILTER_KEYS, Tagged, key as filter_key};
pub(crate) use related::strings;
pub use related::{
    Alias, Destination, DestinationKind, EventInvokeConfig, Layer, Trigger, TriggerState, Version,
    newest, service_title, triggers_of_policy,
};

/// The environment as Lambda returns it: names with their values, in the service's order.
pub type Environment = Vec<(String, Secret)>;

/// A row of a list: shared, so that a table of ten thousand costs ten thousand pointers.
pub type FunctionRow = Arc<Function>;

/// A function's configuration, of `$LATEST` or of a version.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Function {
    /// The name without qualifier.
    pub name: String,
    /// The full ARN, with the qualifier where one was asked for.
    pub arn: String,
    /// The runtime's identifier; `None` for a container image.
    pub runtime: Option<String>,
    /// What is called; `None` for a container image.
    pub handler: Option<String>,
    /// The execution role's ARN.
    pub role: String,
    /// Memory in MB (MiB, as Lambda counts them).
    pub memory_mb: u32,
    /// Timeout in seconds.
    pub timeout_s: u32,
    /// `/tmp` in MB.
    pub ephemeral_mb: u32,
    /// The package's size in bytes, zipped.
    pub code_size: u64,
    /// The package's SHA-256 in base64.
    pub code_sha256: String,
    /// The instruction set.
    pub architecture: Architecture,
    /// The person's own words.
    pub description: String,
    /// When it was last changed, in ms since 1970; `None` where the endpoint did not say so.
    pub last_modified: Option<i64>,
    /// Whether it can be invoked.
    pub state: State,
    /// The service's words for `state`.
    pub state_reason: Option<String>,
    /// The service's code for `state`, for example `SubnetOutOfIPAddresses`.
    pub state_reason_code: Option<String>,
    /// Whether the last change has settled.
    pub last_update_status: LastUpdateStatus,
    /// The service's words for `last_update_status`.
    pub last_update_status_reason: Option<String>,
    /// `$LATEST` or the version's number.
    pub version: String,
    /// What a conditional write names; changes with every change.
    pub revision_id: Option<String>,
    /// Variables; values are secrets.
    pub environment: Environment,
    /// Why the environment could not be read (KMS refused to decrypt it): it must then not be written either.
    pub environment_error: Option<String>,
    /// Layers in the order in which they are unpacked.
    pub layers: Vec<LayerRef>,
    /// Whether X-Ray samples it.
    pub tracing: Tracing,
    /// Its network, where it has one.
    pub vpc: Option<VpcConfig>,
    /// The queue or topic for events that failed asynchronously.
    pub dead_letter: Option<String>,
    /// Where and how it logs.
    pub logging: Logging,
    /// ZIP or container image.
    pub package_type: PackageType,
    /// The key that encrypts the environment, where it is the customer's own.
    pub kms_key: Option<String>,
    /// Tags; `None` until they were asked for (the list does not carry them).
    pub tags: Option<BTreeMap<String, String>>,
}

/// The instruction set.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
pub enum Architecture {
    /// `x86_64`, Lambda's default.
    #[default]
    #[serde(rename = "x86_64")]
    X86_64,
    /// `arm64` (Graviton).
    #[serde(rename = "arm64")]
    Arm64,
}

impl Architecture {
    /// Both, in the order of the form.
    pub const ALL: [Self; 2] = [Self::X86_64, Self::Arm64];

    /// AWS's identifier.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::X86_64 => "x86_64",
            Self::Arm64 => "arm64",
        }
    }

    /// From AWS's identifier.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|architecture| architecture.as_str() == text)
    }
}

/// ZIP or container image.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum PackageType {
    /// A ZIP archive.
    #[default]
    Zip,
    /// A container image.
    Image,
}

/// Whether a function can be invoked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum State {
    /// It can be invoked.
    #[default]
    Active,
    /// It is being made.
    Pending,
    /// Idle for long: the next invocation wakes it.
    Inactive,
    /// It could not be made; the reason says why.
    Failed,
    /// A state that is newer than this program, in AWS's own word.
    Other(String),
}

impl State {
    /// From AWS's word.
    pub fn parse(text: &str) -> Self {
        match text {
            "Active" => Self::Active,
            "Pending" => Self::Pending,
            "Inactive" => Self::Inactive,
            "Failed" => Self::Failed,
            other => Self::Other(other.to_owned()),
        }
    }

    /// AWS's word.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Active => "Active",
            Self::Pending => "Pending",
            Self::Inactive => "Inactive",
            Self::Failed => "Failed",
            Self::Other(other) => other,
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Whether the last change has settled.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum LastUpdateStatus {
    /// It has.
    #[default]
    Successful,
    /// It is being applied: another change is refused until it has settled.
    InProgress,
    /// It was not applied; the reason says why.
    Failed,
}

impl LastUpdateStatus {
    /// From AWS's word; what is unknown counts as settled.
    pub fn parse(text: &str) -> Self {
        match text {
            "InProgress" => Self::InProgress,
            "Failed" => Self::Failed,
            _ => Self::Successful,
        }
    }

    /// AWS's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Successful => "Successful",
            Self::InProgress => "InProgress",
            Self::Failed => "Failed",
        }
    }
}

/// A layer as a function names it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct LayerRef {
    /// The layer version's ARN.
    pub arn: String,
    /// Bytes, zipped.
    pub code_size: u64,
}

/// Whether X-Ray samples the function.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Tracing {
    /// Only where the caller's own header says so.
    #[default]
    PassThrough,
    /// Always, at X-Ray's sampling rate.
    Active,
}

/// The function's network.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VpcConfig {
    /// `vpc-…`.
    pub vpc_id: String,
    /// `subnet-…`.
    pub subnet_ids: Vec<String>,
    /// `sg-…`.
    pub security_group_ids: Vec<String>,
}

/// Where and how a function logs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Logging {
    /// The group that was chosen; `None` for the default, `/aws/lambda/NAME`.
    pub log_group: Option<String>,
    /// Lines of JSON rather than text.
    pub json: bool,
    /// The application's level, JSON only.
    pub application_level: Option<String>,
    /// The platform's level, JSON only.
    pub system_level: Option<String>,
}

/// The CloudFormation stack that made a function and will set it back at its next deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StackOwner {
    /// The stack's name.
    pub stack: String,
    /// The stack's ARN, where the tag is there.
    pub stack_id: Option<String>,
    /// The resource's id in the template.
    pub logical_id: Option<String>,
}

impl fmt::Display for StackOwner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "The stack {} owns this function", self.stack)?;
        if let Some(id) = &self.logical_id {
            write!(f, " (as {id})")?;
        }
        f.write_str(": what is changed here will be overwritten when the stack is next deployed.")
    }
}

impl Function {
    /// The log group: the chosen one, or Lambda's default.
    pub fn log_group(&self) -> String {
        match &self.logging.log_group {
            Some(group) if !group.is_empty() => group.clone(),
            _ => format!("/aws/lambda/{}", self.name),
        }
    }

    /// The role's name without its path, for a cell.
    pub fn role_name(&self) -> &str {
        self.role.rsplit('/').next().unwrap_or(&self.role)
    }

    /// Region and account from the ARN; `None` where an endpoint gave none.
    pub fn parsed_arn(&self) -> Option<Arn> {
        self.arn.parse().ok()
    }

    /// Nothing is being made or changed: it can be written, and need not be asked again soon.
    pub fn is_settled(&self) -> bool {
        self.state != State::Pending && self.last_update_status != LastUpdateStatus::InProgress
    }

    /// Whether its configuration or code can be changed now.
    ///
    /// # Errors
    /// The reason, for the disabled control's tooltip.
    pub fn can_update(&self) -> Result<(), String> {
        if self.version != "$LATEST" && !self.version.is_empty() {
            return Err(format!(
                "Version {} is frozen: change $LATEST and publish.",
                self.version
            ));
        }
        if self.state == State::Pending {
            return Err("It is being made: wait until it is Active.".to_owned());
        }
        if self.last_update_status == LastUpdateStatus::InProgress {
            return Err("An update is in progress: wait until it has settled.".to_owned());
        }
        Ok(())
    }

    /// Whether its environment can be shown and written.
    ///
    /// # Errors
    /// The reason, for the disabled control's tooltip.
    pub fn can_edit_environment(&self) -> Result<(), String> {
        match &self.environment_error {
            Some(error) => Err(format!(
                "The environment could not be decrypted, and writing it would erase it: {error}"
            )),
            None => self.can_update(),
        }
    }

    /// Whether a ZIP can replace its code.
    ///
    /// # Errors
    /// The reason, for the disabled control's tooltip.
    pub fn can_upload_zip(&self) -> Result<(), String> {
        match self.package_type {
            PackageType::Image => {
                Err("It runs from a container image: push a new image instead.".to_owned())
            }
            PackageType::Zip => self.can_update(),
        }
    }

    /// Whether it can be invoked. `Inactive` can: invoking wakes it.
    ///
    /// # Errors
    /// The reason, for the disabled control's tooltip.
    pub fn can_invoke(&self) -> Result<(), String> {
        let reason = self.state_reason.as_deref().unwrap_or("no reason given");
        match &self.state {
            State::Active | State::Inactive => Ok(()),
            State::Pending => Err("It is being made: wait until it is Active.".to_owned()),
            State::Failed => Err(format!("It is in the state Failed: {reason}")),
            State::Other(state) => Err(format!("It is in the state {state}: {reason}")),
        }
    }

    /// The stack that owns it, from the tags that CloudFormation sets; `None` also while tags were not asked for.
    /// Source: <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-resource-tags.html>.
    pub fn stack(&self) -> Option<StackOwner> {
        let tags = self.tags.as_ref()?;
        let tag = |name: &str| tags.get(name).filter(|value| !value.is_empty()).cloned();
        Some(StackOwner {
            stack: tag("aws:cloudformation:stack-name")?,
            stack_id: tag("aws:cloudformation:stack-id"),
            logical_id: tag("aws:cloudformation:logical-id"),
        })
    }
}

#[cfg(test)]
mod tests;
