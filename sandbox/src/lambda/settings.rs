//! A function's settings: read from CreateFunction and UpdateFunctionConfiguration, checked, and written as Lambda
//! shows them. Sources: the constraints in
//! <https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html> and
//! <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>.

use super::{
    constraints::check_environment,
    error::invalid,
    package::{self, Package},
    runtimes, value,
};
use crate::error::AwsError;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::{collections::BTreeMap, sync::Arc};

/// Members that are kept as they were given: the sandbox has no network of subnets and no queue to send dead letters to.
const KEPT: [&str; 6] = [
    "VpcConfig",
    "DeadLetterConfig",
    "KMSKeyArn",
    "FileSystemConfigs",
    "DurableConfig",
    "TenancyConfig",
];

/// A function's settings without its code.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    pub description: String,
    pub runtime: Option<String>,
    pub handler: Option<String>,
    pub role: String,
    pub memory_mb: u32,
    pub timeout_s: u32,
    pub ephemeral_mb: u32,
    pub environment: BTreeMap<String, String>,
    /// Whether an environment was given, be it an empty one: it is shown then.
    pub environment_given: bool,
    pub layers: Vec<LayerUse>,
    pub architecture: String,
    /// `Active` or `PassThrough`.
    pub tracing: String,
    pub snap_start: String,
    pub image_config: Option<Value>,
    pub logging: Logging,
    /// [`KEPT`] members.
    pub kept: Map<String, Value>,
}

/// How a function's log is written.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Logging {
    /// `Text` or `JSON`; `Text` when not given.
    pub format: Option<String>,
    pub application_level: Option<String>,
    pub system_level: Option<String>,
    /// Another group than `/aws/lambda/NAME`.
    pub group: Option<String>,
}

/// A layer version that a function uses.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LayerUse {
    pub arn: String,
    #[serde(with = "package::kept")]
    pub package: Arc<Package>,
}

impl PartialEq for LayerUse {
    fn eq(&self, other: &Self) -> bool {
        // A version of a layer never changes.
        self.arn == other.arn
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            description: String::new(),
            runtime: None,
            handler: None,
            role: String::new(),
            memory_mb: 128,
            timeout_s: 3,
            ephemeral_mb: 512,
            environment: BTreeMap::new(),
            environment_given: false,
            layers: Vec::new(),
            architecture: "x86_64".into(),
            tracing: "PassThrough".into(),
            snap_start: "None".into(),
            image_config: None,
            logging: Logging::default(),
            kept: Map::new(),
        }
    }
}

impl Settings {
    /// The group that the function's log is written to.
    pub fn log_group(&self, name: &str) -> String {
        self.logging
            .group
            .clone()
            .unwrap_or_else(|| format!("/aws/lambda/{name}"))
    }

    /// These settings with what a request's body changes, whose constraints are checked already. Layers are resolved by
    /// `layer`.
    ///
    /// # Errors
    /// What Lambda answers when a member is not valid.
    pub fn merged(
        &self,
        body: &Value,
        layer: impl Fn(&str) -> Result<LayerUse, AwsError>,
    ) -> Result<Self, AwsError> {
        let mut next = self.clone();
        let set = |target: &mut String, member: &str| -> Result<(), AwsError> {
            if let Some(text) = value::text(body, member)? {
                *target = text.to_owned();
            }
            Ok(())
        };
        set(&mut next.description, "Description")?;
        set(&mut next.role, "Role")?;
        if let Some(handler) = value::text(body, "Handler")? {
            next.handler = Some(handler.to_owned());
        }
        if let Some(runtime) = value::text(body, "Runtime")? {
            runtimes::check(runtime)?;
            next.runtime = Some(runtime.to_owned());
        }
        next.merge_sizes(body)?;
        next.merge_environment(body)?;
        if let Some(arns) = value::texts(body, "Layers")? {
            next.layers = resolve_layers(&arns, layer)?;
        }
        if let Some(architectures) = value::texts(body, "Architectures")? {
            next.architecture = architectures.into_iter().next().unwrap_or_default();
        }
        next.merge_modes(body)?;
        next.check_snap_start()?;
        next.merge_logging(body)?;
        for member in KEPT {
            next.merge_kept(body, member);
        }
        Ok(next)
    }

    fn merge_sizes(&mut self, body: &Value) -> Result<(), AwsError> {
        let narrow = |number: Option<i64>| number.and_then(|n| u32::try_from(n).ok());
        if let Some(memory) = narrow(value::number(body, "MemorySize")?) {
            self.memory_mb = memory;
        }
        if let Some(timeout) = narrow(value::number(body, "Timeout")?) {
            self.timeout_s = timeout;
        }
        if let Some(storage) = body.get("EphemeralStorage")
            && let Some(size) = narrow(value::number(storage, "Size")?)
        {
            self.ephemeral_mb = size;
        }
        Ok(())
    }

    fn merge_environment(&mut self, body: &Value) -> Result<(), AwsError> {
        let Some(environment) = body.get("Environment").filter(|e| !e.is_null()) else {
            return Ok(());
        };
        let Some(variables) = value::text_map(environment, "Variables")? else {
            return Ok(());
        };
        check_environment(&environment["Variables"])?;
        self.environment = variables;
        self.environment_given = true;
        Ok(())
    }

    fn merge_modes(&mut self, body: &Value) -> Result<(), AwsError> {
        if let Some(tracing) = body.get("TracingConfig")
            && let Some(mode) = value::text(tracing, "Mode")?
        {
            self.tracing = mode.to_owned();
        }
        if let Some(snap_start) = body.get("SnapStart")
            && let Some(apply_on) = value::text(snap_start, "ApplyOn")?
        {
            self.snap_start = apply_on.to_owned();
        }
        if let Some(config) = body.get("ImageConfig").filter(|config| config.is_object()) {
            // An empty one takes it away.
            let given = config.as_object().is_some_and(|config| !config.is_empty());
            self.image_config = given.then(|| config.clone());
        }
        Ok(())
    }

    /// Whether published versions are to be restored from a snapshot.
    pub fn snaps(&self) -> bool {
        self.snap_start == "PublishedVersions"
    }

    /// # Errors
    /// `InvalidParameterValueException` for a runtime that has no snapshots.
    /// <https://github.com/localstack/localstack/pull/12458>
    fn check_snap_start(&self) -> Result<(), AwsError> {
        match &self.runtime {
            Some(runtime) if self.snaps() && !runtimes::has_snapshots(runtime) => Err(invalid(
                format!("{runtime} is not supported for SnapStart enabled functions."),
            )),
            _ => Ok(()),
        }
    }

    fn merge_logging(&mut self, body: &Value) -> Result<(), AwsError> {
        let Some(logging) = body.get("LoggingConfig").filter(|l| l.is_object()) else {
            return Ok(());
        };
        let owned = |member| value::text(logging, member).map(|text| text.map(str::to_owned));
        // A logging configuration is replaced as a whole: the members not given go back to what is usual.
        let next = Logging {
            format: owned("LogFormat")?.or(self.logging.format.clone()),
            application_level: owned("ApplicationLogLevel")?,
            system_level: owned("SystemLogLevel")?,
            group: owned("LogGroup")?.or(self.logging.group.clone()),
        };
        let leveled = next.application_level.is_some() || next.system_level.is_some();
        if leveled && next.format.as_deref() != Some("JSON") {
            return Err(invalid(
                "To set the ApplicationLogLevel or SystemLogLevel, LogFormat must be set to JSON.",
            ));
        }
        self.logging = next;
        Ok(())
    }

    fn merge_kept(&mut self, body: &Value, member: &str) {
        let Some(given) = body.get(member).filter(|given| !given.is_null()) else {
            return;
        };
        let is_empty = match given {
            Value::Array(items) => items.is_empty(),
            Value::String(text) => text.is_empty(),
            Value::Object(members) => members.values().all(|value| match value {
                Value::Array(items) => items.is_empty(),
                Value::String(text) => text.is_empty(),
                _ => false,
            }),
            _ => false,
        };
        if member == "VpcConfig" {
            // As in AWS: what was taken out of its network still says so.
            self.kept.insert(member.to_owned(), vpc(given));
        } else if is_empty {
            self.kept.remove(member);
        } else {
            self.kept.insert(member.to_owned(), given.clone());
        }
    }

    /// Bytes that the layers unpack to.
    pub fn unzipped_layers(&self) -> u64 {
        self.layers.iter().map(|layer| layer.package.unzipped).sum()
    }

    /// Writes the settings as members of a FunctionConfiguration.
    pub fn write(&self, name: &str, region: &str, out: &mut Map<String, Value>) {
        if let Some(runtime) = &self.runtime {
            out.insert("Runtime".into(), runtime.clone().into());
            let version = runtimes::version_arn(region, runtime);
            out.insert(
                "RuntimeVersionConfig".into(),
                json!({"RuntimeVersionArn": version}),
            );
        }
        if let Some(handler) = &self.handler {
            out.insert("Handler".into(), handler.clone().into());
        }
        out.insert("Role".into(), self.role.clone().into());
        out.insert("Description".into(), self.description.clone().into());
        out.insert("Timeout".into(), self.timeout_s.into());
        out.insert("MemorySize".into(), self.memory_mb.into());
        out.insert(
            "EphemeralStorage".into(),
            json!({"Size": self.ephemeral_mb}),
        );
        out.insert("Architectures".into(), json!([self.architecture]));
        out.insert("TracingConfig".into(), json!({"Mode": self.tracing}));
        out.insert(
            "SnapStart".into(),
            json!({"ApplyOn": self.snap_start, "OptimizationStatus": "Off"}),
        );
        if self.environment_given || !self.environment.is_empty() {
            out.insert("Environment".into(), json!({"Variables": self.environment}));
        }
        if !self.layers.is_empty() {
            let layers: Vec<Value> = self
                .layers
                .iter()
                .map(|layer| json!({"Arn": layer.arn, "CodeSize": layer.package.size}))
                .collect();
            out.insert("Layers".into(), layers.into());
        }
        if let Some(config) = &self.image_config {
            out.insert("ImageConfigResponse".into(), json!({"ImageConfig": config}));
        }
        out.insert("LoggingConfig".into(), self.logging_json(name));
        out.extend(self.kept.clone());
    }

    fn logging_json(&self, name: &str) -> Value {
        let format = self.logging.format.as_deref().unwrap_or("Text");
        let mut out = json!({"LogFormat": format, "LogGroup": self.log_group(name)});
        if format == "JSON" {
            out["ApplicationLogLevel"] = self
                .logging
                .application_level
                .as_deref()
                .unwrap_or("INFO")
                .into();
            out["SystemLogLevel"] = self
                .logging
                .system_level
                .as_deref()
                .unwrap_or("INFO")
                .into();
        }
        out
    }
}

/// A VPC configuration as Lambda shows it. There are no networks here: every subnet is taken to be in the same one.
fn vpc(given: &Value) -> Value {
    let list = |member: &str| match given.get(member) {
        Some(Value::Array(items)) => items.clone(),
        _ => Vec::new(),
    };
    let subnets = list("SubnetIds");
    let id = if subnets.is_empty() {
        ""
    } else {
        "vpc-0a1b2c3d4e5f60718"
    };
    json!({
        "SubnetIds": subnets,
        "SecurityGroupIds": list("SecurityGroupIds"),
        "VpcId": id,
        "Ipv6AllowedForDualStack": given.get("Ipv6AllowedForDualStack").and_then(Value::as_bool).unwrap_or(false),
    })
}

fn resolve_layers(
    arns: &[String],
    layer: impl Fn(&str) -> Result<LayerUse, AwsError>,
) -> Result<Vec<LayerUse>, AwsError> {
    if arns.len() > 5 {
        return Err(invalid("Cannot reference more than 5 layers."));
    }
    let mut seen = BTreeMap::new();
    for arn in arns {
        let layer = arn
            .rsplit_once(':')
            .map_or(arn.as_str(), |(layer, _)| layer);
        if let Some(first) = seen.insert(layer, arn) {
            return Err(invalid(format!(
                "Two different versions of the same layer are not allowed to be referenced in the same function. {first} and {arn} are versions of the same layer."
            )));
        }
    }
    arns.iter().map(|arn| layer(arn)).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::super::{constraints::check_constraints, error::Violations};
    use super::*;

    fn merge(body: Value) -> Result<Settings, AwsError> {
        let mut wrong = Violations::default();
        check_constraints(&body, &mut wrong)?;
        wrong.check()?;
        Settings::default().merged(&body, |arn| {
            Err(invalid(format!("Layer version {arn} does not exist.")))
        })
    }

    #[test]
    fn memory_and_timeout_out_of_bounds_are_told_in_one_message() {
        let error = merge(json!({"MemorySize": 64, "Timeout": 901})).unwrap_err();
        assert_eq!(error.code, "ValidationException");
        assert_eq!(
            error.message,
            "2 validation errors detected: Value '64' at 'memorySize' failed to satisfy constraint: Member must have value greater than or equal to 128; Value '901' at 'timeout' failed to satisfy constraint: Member must have value less than or equal to 900"
        );
    }

    #[test]
    fn the_bounds_themselves_are_allowed() {
        for (memory, timeout) in [(128, 1), (10_240, 900)] {
            let settings = merge(json!({"MemorySize": memory, "Timeout": timeout})).unwrap();
            assert_eq!((settings.memory_mb, settings.timeout_s), (memory, timeout));
        }
    }

    #[test]
    fn an_environment_over_4_kb_is_refused_with_what_was_measured() {
        let error =
            merge(json!({"Environment": {"Variables": {"AB": "x".repeat(4096)}}})).unwrap_err();
        assert!(
            error
                .message
                .contains("exceeded the 4KB limit. String measured: {\"AB\":\"xxx")
        );
        let fits = "x".repeat(4096 - r#"{"AB":""}"#.len());
        assert!(merge(json!({"Environment": {"Variables": {"AB": fits}}})).is_ok());
    }

    #[test]
    fn reserved_keys_are_named() {
        let error = merge(json!({"Environment": {"Variables": {"AWS_REGION": "x"}}})).unwrap_err();
        assert!(
            error
                .message
                .ends_with("Reserved keys used in this request: AWS_REGION")
        );
    }

    #[test]
    fn six_layers_are_one_too_many() {
        let arns: Vec<String> = (0..6)
            .map(|n| format!("arn:aws:lambda:us-east-1:000000000000:layer:l{n}:1"))
            .collect();
        let error = merge(json!({"Layers": arns})).unwrap_err();
        assert_eq!(error.message, "Cannot reference more than 5 layers.");
    }

    #[test]
    fn a_role_must_be_an_arn_of_a_role() {
        assert!(
            merge(json!({"Role": "arn:aws:iam::000000000000:role/service-role/orders"})).is_ok()
        );
        for role in [
            "orders",
            "arn:aws:iam::000000000000:user/orders",
            "arn:aws:iam::12:role/x",
        ] {
            assert_eq!(
                merge(json!({"Role": role})).unwrap_err().code,
                "ValidationException",
                "{role}"
            );
        }
    }

    #[test]
    fn an_empty_environment_removes_the_variables() {
        let with = merge(json!({"Environment": {"Variables": {"AB": "1"}}})).unwrap();
        let without = with
            .merged(&json!({"Environment": {"Variables": {}}}), |_| {
                Err(invalid("none"))
            })
            .unwrap();
        assert!(without.environment.is_empty());
        let mut out = Map::new();
        without.write("orders", "us-east-1", &mut out);
        assert_eq!(out["Environment"], json!({"Variables": {}}));
        let mut out = Map::new();
        merge(json!({}))
            .unwrap()
            .write("orders", "us-east-1", &mut out);
        assert!(!out.contains_key("Environment"));
    }

    #[test]
    fn what_is_measured_is_repeated_in_the_order_in_which_it_was_sent() {
        let error =
            merge(json!({"Environment": {"Variables": {"ZZ": "z".repeat(4096), "AA": "a"}}}))
                .unwrap_err();
        assert!(error.message.contains("measured: {\"ZZ\":\"zzz"), "{error}");
        assert!(error.message.ends_with("\"AA\":\"a\"}"), "{error}");
    }

    #[test]
    fn malformed_members_are_told_as_aws_tells_them() {
        for (body, told) in [
            (
                json!({"Environment": {"Variables": {"not-a-name": "secret"}}}),
                "Value at 'environment.variables' failed to satisfy constraint: Map keys must satisfy constraint: [Member must satisfy regular expression pattern: [a-zA-Z]([a-zA-Z0-9_])+]",
            ),
            (
                json!({"KMSKeyArn": "mine"}),
                "Value 'mine' at 'kMSKeyArn' failed to satisfy constraint: Member must satisfy regular expression pattern: (arn:(aws[a-zA-Z-]*)?:[a-z0-9-.]+:.*)|()",
            ),
            (
                json!({"Architectures": ["X86_64"]}),
                "Value '[X86_64]' at 'architectures' failed to satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value set: [x86_64, arm64], Member must not be null]",
            ),
            (
                json!({"Architectures": ["x86_64", "arm64"]}),
                "Value '[x86_64, arm64]' at 'architectures' failed to satisfy constraint: Member must have length less than or equal to 1",
            ),
            (
                json!({"VpcConfig": {"SubnetIds": [], "SecurityGroupIds": ["group"]}}),
                "Value '[group]' at 'vpcConfig.securityGroupIds' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 1024, Member must have length greater than or equal to 0, Member must satisfy regular expression pattern: sg-[0-9a-zA-Z]*]",
            ),
        ] {
            let error = merge(body).unwrap_err();
            assert_eq!(error.code, "ValidationException");
            assert_eq!(
                error.message,
                format!("1 validation error detected: {told}")
            );
        }
        assert!(merge(json!({"KMSKeyArn": ""})).is_ok());
    }

    #[test]
    fn the_same_layer_twice_is_told_with_both_versions() {
        let arn = |version| format!("arn:aws:lambda:us-east-1:000000000000:layer:tools:{version}");
        let error = merge(json!({"Layers": [arn(1), arn(2)]})).unwrap_err();
        assert_eq!(
            error.message,
            format!(
                "Two different versions of the same layer are not allowed to be referenced in the same function. {} and {} are versions of the same layer.",
                arn(1),
                arn(2)
            )
        );
    }

    #[test]
    fn a_log_level_needs_the_json_format() {
        assert!(merge(json!({"LoggingConfig": {"ApplicationLogLevel": "DEBUG"}})).is_err());
        let settings =
            merge(json!({"LoggingConfig": {"LogFormat": "JSON", "ApplicationLogLevel": "DEBUG"}}))
                .unwrap();
        let mut out = Map::new();
        settings.write("orders", "us-east-1", &mut out);
        assert_eq!(out["LoggingConfig"]["ApplicationLogLevel"], "DEBUG");
    }

    #[test]
    fn an_empty_vpc_takes_the_function_out_of_its_vpc() {
        let inside =
            merge(json!({"VpcConfig": {"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}}))
                .unwrap();
        assert_ne!(inside.kept["VpcConfig"]["VpcId"], "");
        let outside = inside
            .merged(
                &json!({"VpcConfig": {"SubnetIds": [], "SecurityGroupIds": []}}),
                |_| Err(invalid("none")),
            )
            .unwrap();
        assert_eq!(
            outside.kept["VpcConfig"],
            json!({"SubnetIds": [], "SecurityGroupIds": [], "VpcId": "", "Ipv6AllowedForDualStack": false})
        );
    }
}
