//! What a region's Lambda knows: functions, versions, aliases, layers. Plain state with the few rules that hold over
//! time (a function settles after a change); `now` is a parameter.

use super::{
    keep::{self, Touched},
    name::function_arn,
    package::{self, Package},
    settings::Settings,
    signing::SigningConfig,
};
use crate::error::AwsError;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
};

/// Everything in one region.
#[derive(Debug, Default)]
pub struct State {
    pub functions: BTreeMap<String, Function>,
    pub layers: BTreeMap<String, Layer>,
    pub mappings: BTreeMap<String, Map<String, Value>>,
    /// Tags of mappings, which are not shown with them.
    pub mapping_tags: BTreeMap<String, BTreeMap<String, String>>,
    /// Code signing configurations by id.
    pub signing: BTreeMap<String, SigningConfig>,
    /// Which functions are to settle when, the next one first: the delay is always the same.
    unsettled: VecDeque<(Timestamp, String)>,
    /// What may have changed since it was last kept.
    pub touched: BTreeSet<Touched>,
    /// The revisions of the published versions that are kept, by function.
    pub kept_versions: BTreeMap<String, BTreeMap<u64, String>>,
}

impl State {
    /// Says that something may change now.
    pub fn touch(&mut self, what: Touched) {
        self.touched.insert(what);
    }

    /// Notes that a function is to settle at a time.
    pub fn settle_at(&mut self, name: &str, at: Timestamp) {
        self.unsettled.push_back((at, name.to_owned()));
    }

    /// Lets settle whatever's time has come. Every request passes here, so only what is due is looked at.
    pub fn settle(&mut self, now: Timestamp) {
        while self.unsettled.front().is_some_and(|(at, _)| *at <= now) {
            let Some((_, name)) = self.unsettled.pop_front() else {
                return;
            };
            if let Some(function) = self.functions.get_mut(&name) {
                function.settle(now);
                self.touched.insert(Touched::Function(name));
            }
        }
    }
}

/// A function with all its versions and aliases.
#[derive(Debug, Serialize, Deserialize)]
pub struct Function {
    pub name: String,
    pub latest: Version,
    /// Kept in records of their own.
    #[serde(skip)]
    pub versions: BTreeMap<u64, Version>,
    /// The number of the last version published: a number is never used twice.
    pub last_number: u64,
    /// The deployment of `$LATEST` that was last published. AWS does not compare what was deployed: an update makes the next
    /// version a new one, also one that changes nothing. <https://github.com/getmoto/moto/pull/8379>
    #[serde(default, rename = "published_deployment")]
    pub published: Option<String>,
    pub aliases: BTreeMap<String, Alias>,
    pub tags: BTreeMap<String, String>,
    /// Resource policies by qualifier; the unqualified one under the empty text.
    pub policies: BTreeMap<String, Policy>,
    pub reserved: Option<u32>,
    pub provisioned: BTreeMap<String, Provisioned>,
    /// Settings of asynchronous invocations by qualifier; the unqualified ones under `$LATEST`.
    pub event_invoke: BTreeMap<String, EventInvoke>,
    /// Function URLs by alias; the unqualified one under the empty text.
    pub urls: BTreeMap<String, Map<String, Value>>,
    pub recursive_loop: String,
    /// The ARN of its code signing configuration.
    #[serde(default)]
    pub code_signing: Option<String>,
}

/// `$LATEST` or a published version.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Version {
    /// `$LATEST` or a number.
    pub number: String,
    pub settings: Settings,
    pub code: Code,
    pub last_modified: String,
    pub revision_id: String,
    #[serde(with = "keep::status")]
    pub status: Status,
    /// Changes with everything that execution environments are made from.
    pub deployment: String,
}

/// What a function runs.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Code {
    Zip(#[serde(with = "package::kept")] Arc<Package>),
    Image { uri: String },
}

impl Code {
    /// Bytes of the deployment package.
    pub fn size(&self) -> u64 {
        match self {
            Self::Zip(package) => package.size,
            Self::Image { .. } => 0,
        }
    }

    /// The package's SHA-256 as Base64; an image's digest in hexadecimal digits. Images are never fetched here: one that is
    /// named by a tag has a digest made of its name.
    pub fn sha256(&self) -> String {
        match self {
            Self::Zip(package) => package.sha256.clone(),
            Self::Image { uri } => match uri.split_once("@sha256:") {
                Some((_, digest)) => digest.to_owned(),
                None => hex(&Sha256::digest(uri.as_bytes())),
            },
        }
    }

    /// An image by its digest: `REPOSITORY@sha256:DIGEST`.
    pub fn resolved_uri(&self) -> Option<String> {
        let Self::Image { uri } = self else {
            return None;
        };
        let named = uri.split('@').next().unwrap_or_default();
        let path = named.rfind('/').unwrap_or(0);
        let repository = match named[path..].find(':') {
            Some(colon) => &named[..path + colon],
            None => named,
        };
        Some(format!("{repository}@sha256:{}", self.sha256()))
    }
}

/// Where a function is on its way to being ready.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// `Pending` until then.
    Creating(Timestamp),
    /// `LastUpdateStatus: InProgress` until then.
    Updating(Timestamp),
    /// `Active` and `Successful`.
    Settled,
}

/// A name for a version, or for two of them by weight.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Alias {
    pub name: String,
    pub version: String,
    pub description: String,
    /// A second version and its share between 0 and 1.
    pub routing: Option<(String, f64)>,
    pub revision_id: String,
}

/// A resource policy.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Policy {
    pub revision_id: String,
    pub statements: Vec<Value>,
}

/// Provisioned concurrency of a version or alias.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Provisioned {
    pub requested: u32,
    pub ready_at: Timestamp,
    pub last_modified: String,
}

/// How asynchronous invocations are retried, and where their results go.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct EventInvoke {
    pub max_retries: Option<u32>,
    /// Seconds.
    pub max_age: Option<u32>,
    pub destinations: Value,
    /// Epoch seconds.
    pub last_modified: f64,
}

/// A layer with its versions.
#[derive(Debug, Default)]
pub struct Layer {
    pub last_number: u64,
    pub versions: BTreeMap<u64, LayerVersion>,
}

/// A version of a layer.
#[derive(Debug, Serialize, Deserialize)]
pub struct LayerVersion {
    pub arn: String,
    pub description: String,
    pub created: String,
    pub runtimes: Vec<String>,
    pub architectures: Vec<String>,
    /// Whether they were given, be it as none: they are shown then.
    #[serde(default)]
    pub runtimes_given: bool,
    #[serde(default)]
    pub architectures_given: bool,
    pub license: Option<String>,
    #[serde(with = "package::kept")]
    pub package: Arc<Package>,
    pub policy: Option<Policy>,
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A new RevisionId.
pub fn new_revision() -> String {
    uuid::Uuid::new_v4().to_string()
}

impl Version {
    /// Moves on from `Pending` or `InProgress` when the time has come. As in AWS, that is a revision of its own.
    pub fn settle(&mut self, now: Timestamp) {
        let due = match self.status {
            Status::Creating(at) | Status::Updating(at) => at <= now,
            Status::Settled => false,
        };
        if due {
            self.status = Status::Settled;
            self.revision_id = new_revision();
        }
    }

    /// Begins an update that takes until `settles`.
    pub fn begin_update(&mut self, now: Timestamp, settles: Timestamp) {
        self.status = Status::Updating(settles);
        self.revision_id = new_revision();
        self.last_modified = super::value::date(now);
        self.deployment = new_revision();
    }

    /// The same in a list, which does not say in which state a function is.
    pub fn listed(&self, name: &str, arn: &str, region: &str) -> Value {
        let mut shown = self.to_json_as(name, arn, region);
        for member in [
            "State",
            "StateReason",
            "StateReasonCode",
            "LastUpdateStatus",
            "LastUpdateStatusReason",
            "LastUpdateStatusReasonCode",
            "RuntimeVersionConfig",
        ] {
            shown.remove(member);
        }
        shown.into()
    }

    /// The function's configuration as Lambda shows it.
    pub fn to_json(&self, name: &str, region: &str, account: &str) -> Map<String, Value> {
        let qualifier = (self.number != "$LATEST").then_some(self.number.as_str());
        self.to_json_as(
            name,
            &function_arn(region, account, name, qualifier),
            region,
        )
    }

    /// The same under another ARN: an alias is shown with the alias's own.
    pub fn to_json_as(&self, name: &str, arn: &str, region: &str) -> Map<String, Value> {
        let mut out = Map::new();
        out.insert("FunctionName".into(), name.into());
        out.insert("FunctionArn".into(), arn.into());
        self.settings.write(name, region, &mut out);
        out.insert("CodeSize".into(), self.code.size().into());
        out.insert("CodeSha256".into(), self.code.sha256().into());
        out.insert("LastModified".into(), self.last_modified.clone().into());
        out.insert("Version".into(), self.number.clone().into());
        out.insert("RevisionId".into(), self.revision_id.clone().into());
        let package_type = match self.code {
            Code::Zip(_) => "Zip",
            Code::Image { .. } => "Image",
        };
        out.insert("PackageType".into(), package_type.into());
        if self.number != "$LATEST" && self.settings.snaps() {
            out["SnapStart"]["OptimizationStatus"] = "On".into();
        }
        self.write_status(&mut out);
        out
    }

    fn write_status(&self, out: &mut Map<String, Value>) {
        match self.status {
            Status::Creating(_) => {
                out.insert("State".into(), "Pending".into());
                out.insert(
                    "StateReason".into(),
                    "The function is being created.".into(),
                );
                out.insert("StateReasonCode".into(), "Creating".into());
            }
            Status::Updating(_) => {
                out.insert("State".into(), "Active".into());
                out.insert("LastUpdateStatus".into(), "InProgress".into());
                out.insert(
                    "LastUpdateStatusReason".into(),
                    "The function is being created.".into(),
                );
                out.insert("LastUpdateStatusReasonCode".into(), "Creating".into());
            }
            Status::Settled => {
                out.insert("State".into(), "Active".into());
                out.insert("LastUpdateStatus".into(), "Successful".into());
            }
        }
    }
}

impl Function {
    /// Lets every version settle whose time has come.
    pub fn settle(&mut self, now: Timestamp) {
        self.latest.settle(now);
        for version in self.versions.values_mut() {
            version.settle(now);
        }
    }

    /// A version by `$LATEST` or number.
    pub fn version(&self, number: &str) -> Option<&Version> {
        if number == "$LATEST" {
            return Some(&self.latest);
        }
        // Numbers are written in one way: `01` is none.
        let digits = !number.starts_with('0') && number.bytes().all(|b| b.is_ascii_digit());
        let key: u64 = number.parse().ok()?;
        self.versions.get(&key).filter(|_| digits)
    }

    /// The revision of what a qualifier names: a version's, or an alias's own.
    pub fn revision(&self, qualifier: Option<&str>) -> Option<&str> {
        let alias = qualifier.and_then(|qualifier| self.aliases.get(qualifier));
        match alias {
            Some(alias) => Some(&alias.revision_id),
            None => Some(&self.version(qualifier.unwrap_or("$LATEST"))?.revision_id),
        }
    }

    /// Gives what a qualifier names another revision.
    pub fn renew(&mut self, qualifier: Option<&str>) {
        let revision = match qualifier {
            None | Some("$LATEST") => Some(&mut self.latest.revision_id),
            Some(qualifier) => match self.aliases.get_mut(qualifier) {
                Some(alias) => Some(&mut alias.revision_id),
                None => {
                    let key: u64 = qualifier.parse().unwrap_or_default();
                    self.versions
                        .get_mut(&key)
                        .map(|version| &mut version.revision_id)
                }
            },
        };
        if let Some(revision) = revision {
            *revision = new_revision();
        }
    }

    /// The version that a qualifier names, through its alias if it is one. An alias's weights are not considered.
    pub fn resolve(&self, qualifier: Option<&str>) -> Option<&Version> {
        match qualifier {
            None => Some(&self.latest),
            Some(qualifier) => match self.aliases.get(qualifier) {
                Some(alias) => self.version(&alias.version),
                None => self.version(qualifier),
            },
        }
    }

    /// Whether environments of a version are those of provisioned concurrency by now.
    pub fn is_provisioned(&self, number: &str, now: Timestamp) -> bool {
        let of_version = |qualifier: &str| {
            let alias = self.aliases.get(qualifier);
            alias.map_or(qualifier, |alias| alias.version.as_str()) == number
        };
        let mut ready = self
            .provisioned
            .iter()
            .filter(|(_, config)| config.ready_at <= now);
        ready.any(|(qualifier, _)| of_version(qualifier))
    }

    /// Publishes `$LATEST` as it is. Gives the version's number, an earlier one when nothing was updated since then. As in
    /// AWS, what was published is another revision of `$LATEST` too.
    pub fn publish(&mut self, description: Option<&str>) -> u64 {
        let unchanged = self.published.as_ref() == Some(&self.latest.deployment);
        if unchanged && self.versions.contains_key(&self.last_number) {
            return self.last_number;
        }
        self.published = Some(self.latest.deployment.clone());
        self.latest.revision_id = new_revision();
        self.last_number += 1;
        let mut version = self.latest.clone();
        version.number = self.last_number.to_string();
        version.revision_id = new_revision();
        version.deployment = new_revision();
        if let Some(description) = description {
            version.settings.description = description.to_owned();
        }
        self.versions.insert(self.last_number, version);
        self.last_number
    }

    /// # Errors
    /// `ResourceConflictException` while the function is being created or updated.
    pub fn check_settled(&self, arn: &str) -> Result<(), AwsError> {
        match self.latest.status {
            Status::Settled => Ok(()),
            Status::Creating(_) => Err(super::error::conflict(
                "The operation cannot be performed at this time. The function is currently in the following state: Pending",
            )),
            Status::Updating(_) => Err(super::error::conflict(format!(
                "The operation cannot be performed at this time. An update is in progress for resource: {arn}"
            ))),
        }
    }

    /// Bytes of all the packages of this function.
    pub fn code_size(&self) -> u64 {
        self.latest.code.size() + self.versions.values().map(|v| v.code.size()).sum::<u64>()
    }
}

impl Alias {
    /// The alias as Lambda shows it.
    pub fn to_json(&self, function_arn: &str) -> Value {
        let mut out = json!({
            "AliasArn": format!("{function_arn}:{}", self.name),
            "Name": self.name,
            "FunctionVersion": self.version,
            "Description": self.description,
            "RevisionId": self.revision_id,
        });
        if let Some((version, weight)) = &self.routing {
            out["RoutingConfig"] = json!({"AdditionalVersionWeights": {version: weight}});
        }
        out
    }
}

impl Provisioned {
    /// As Lambda shows it.
    pub fn to_json(&self, now: Timestamp) -> Map<String, Value> {
        let ready = self.ready_at <= now;
        let there = if ready { self.requested } else { 0 };
        let mut out = Map::new();
        out.insert(
            "RequestedProvisionedConcurrentExecutions".into(),
            self.requested.into(),
        );
        out.insert(
            "AvailableProvisionedConcurrentExecutions".into(),
            there.into(),
        );
        out.insert(
            "AllocatedProvisionedConcurrentExecutions".into(),
            there.into(),
        );
        out.insert(
            "Status".into(),
            if ready { "READY" } else { "IN_PROGRESS" }.into(),
        );
        out.insert("LastModified".into(), self.last_modified.clone().into());
        out
    }
}

impl Policy {
    /// The policy document as JSON text.
    pub fn document(&self) -> String {
        json!({"Version": "2012-10-17", "Id": "default", "Statement": self.statements}).to_string()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn an_image_is_resolved_to_its_digest() {
        let image = |uri: &str| Code::Image { uri: uri.into() };
        let tagged = image("1.dkr.ecr.eu-west-1.amazonaws.com:443/shop/orders:latest");
        let digest = tagged.sha256();
        assert_eq!(digest.len(), 64);
        assert_eq!(
            tagged.resolved_uri().unwrap(),
            format!("1.dkr.ecr.eu-west-1.amazonaws.com:443/shop/orders@sha256:{digest}")
        );
        let fixed = image(&format!("r/orders@sha256:{digest}"));
        assert_eq!(fixed.sha256(), digest);
        assert_eq!(
            fixed.resolved_uri().unwrap(),
            format!("r/orders@sha256:{digest}")
        );
    }

    fn version(status: Status) -> Version {
        Version {
            number: "$LATEST".into(),
            settings: Settings::default(),
            code: Code::Image { uri: "x".into() },
            last_modified: String::new(),
            revision_id: "before".into(),
            status,
            deployment: String::new(),
        }
    }

    #[test]
    fn a_version_settles_when_its_time_has_come_and_not_before() {
        let now = Timestamp::UNIX_EPOCH;
        let mut version = version(Status::Creating(Timestamp::from_second(1).unwrap()));
        version.settle(now);
        assert_eq!(version.to_json("f", "r", "a")["State"], "Pending");
        assert_eq!(version.revision_id, "before");
        version.settle(Timestamp::from_second(1).unwrap());
        assert_eq!(version.to_json("f", "r", "a")["State"], "Active");
        assert_ne!(version.revision_id, "before");
    }

    #[test]
    fn an_update_changes_what_environments_are_made_from() {
        let mut version = version(Status::Settled);
        version.begin_update(Timestamp::UNIX_EPOCH, Timestamp::MAX);
        assert!(!version.deployment.is_empty());
        assert_eq!(
            version.to_json("f", "r", "a")["LastUpdateStatus"],
            "InProgress"
        );
    }
}
