//! Layers and their versions.

use super::{
    Answer, Call, Lambda,
    code::inline,
    created,
    error::{Violations, invalid, not_found, serialization},
    keep::Touched,
    model::{LayerVersion, State},
    name::is_word,
    no_content, ok,
    paging::{self, number_key},
    runtimes,
    settings::LayerUse,
    value,
};
use crate::{error::AwsError, region::arn};
use serde_json::{Map, Value, json};

const NAME_PATTERN: &str =
    r"(arn:[a-zA-Z0-9-]+:lambda:[a-zA-Z0-9-]+:\d{12}:layer:[a-zA-Z0-9-_]+)|[a-zA-Z0-9-_]+";

impl Lambda {
    pub(super) async fn publish_layer_version(&self, call: &Call<'_>, name: &str) -> Answer {
        let name = layer_name(name)?;
        let body = call.body()?;
        let runtimes = value::texts(&body, "CompatibleRuntimes")?.unwrap_or_default();
        runtimes
            .iter()
            .try_for_each(|runtime| runtimes::check(runtime))?;
        let architectures = value::texts(&body, "CompatibleArchitectures")?.unwrap_or_default();
        let content = body.get("Content").unwrap_or(&Value::Null);
        let package = match value::text(content, "ZipFile")? {
            Some(text) => {
                let bytes = inline(text, "PublishLayerVersion")?;
                self.needs.packages.store(bytes).await?
            }
            None => match self.take_code(content, "PublishLayerVersion").await? {
                super::model::Code::Zip(package) => package,
                super::model::Code::Image { .. } => return Err(invalid("A layer has no image.")),
            },
        };
        let mut state = self.state();
        let layer = state.layers.entry(name.clone()).or_default();
        layer.last_number += 1;
        let number = layer.last_number;
        let version = LayerVersion {
            arn: format!("{}:{number}", self.layer_arn(&name)),
            description: value::text(&body, "Description")?
                .unwrap_or_default()
                .to_owned(),
            created: value::date(self.needs.clock.now()),
            runtimes,
            architectures,
            license: value::text(&body, "LicenseInfo")?.map(str::to_owned),
            package,
            policy: None,
        };
        let shown = self.show_with_content(call, &name, number, &version);
        layer.versions.insert(number, version);
        state.touch(Touched::Layer(name, number));
        created(shown)
    }

    pub(super) fn get_layer_version(&self, call: &Call<'_>, name: &str, number: &str) -> Answer {
        let name = layer_name(name)?;
        let number = layer_number(number)?;
        let state = self.state();
        let version = self.layer_version(&state, &name, number)?;
        ok(self.show_with_content(call, &name, number, version))
    }

    pub(super) fn get_layer_version_by_arn(&self, call: &Call<'_>) -> Answer {
        let arn = call.query("Arn").unwrap_or_default();
        let Some((name, number)) = split_arn(arn) else {
            let mut violations = Violations::default();
            violations.pattern(
                "arn",
                arn,
                false,
                r"arn:[a-zA-Z0-9-]+:lambda:[a-zA-Z0-9-]+:\d{12}:layer:[a-zA-Z0-9-_]+:[0-9]+",
            );
            return violations.check().and_then(|()| no_content());
        };
        let state = self.state();
        let version = self.layer_version(&state, name, number)?;
        ok(self.show_with_content(call, name, number, version))
    }

    pub(super) fn delete_layer_version(&self, name: &str, number: &str) -> Answer {
        let name = layer_name(name)?;
        let number = layer_number(number)?;
        // As in AWS: functions that use the version keep it, and deleting what is not there succeeds.
        let mut state = self.state();
        if let Some(layer) = state.layers.get_mut(&name) {
            layer.versions.remove(&number);
            state.touch(Touched::Layer(name, number));
        }
        no_content()
    }

    pub(super) fn list_layers(&self, call: &Call<'_>) -> Answer {
        let state = self.state();
        let rows = state.layers.iter().filter_map(|(name, layer)| {
            let newest = layer
                .versions
                .iter()
                .rev()
                .find(|(_, version)| matches(call, version))?;
            Some((name.clone(), (name, newest)))
        });
        let page = paging::page(call, "Layers", rows, |(name, (number, version))| {
            json!({
                "LayerName": name,
                "LayerArn": self.layer_arn(name),
                "LatestMatchingVersion": show(*number, version),
            })
        })?;
        ok(page)
    }

    pub(super) fn list_layer_versions(&self, call: &Call<'_>, name: &str) -> Answer {
        let name = layer_name(name)?;
        let state = self.state();
        let versions = state.layers.get(&name).map(|layer| &layer.versions);
        // Newest first, as in AWS; a page's key must grow, so it counts down.
        let rows = versions
            .into_iter()
            .flat_map(|versions| versions.iter().rev())
            .filter(|(_, version)| matches(call, version))
            .map(|(number, version)| (number_key(u64::MAX - number), (*number, version)));
        let page = paging::page(call, "LayerVersions", rows, |(number, version)| {
            show(number, version).into()
        })?;
        ok(page)
    }

    pub(super) fn layer_arn(&self, name: &str) -> String {
        arn(
            "lambda",
            &self.region,
            &self.account,
            &format!("layer:{name}"),
        )
    }

    pub(super) fn layer_version<'a>(
        &self,
        state: &'a State,
        name: &str,
        number: u64,
    ) -> Result<&'a LayerVersion, AwsError> {
        state
            .layers
            .get(name)
            .and_then(|layer| layer.versions.get(&number))
            .ok_or_else(|| self.no_layer_version())
    }

    pub(super) fn no_layer_version(&self) -> AwsError {
        not_found("The resource you requested does not exist.")
    }

    fn show_with_content(
        &self,
        call: &Call<'_>,
        name: &str,
        number: u64,
        version: &LayerVersion,
    ) -> Value {
        let mut out = show(number, version);
        out.insert("LayerArn".into(), self.layer_arn(name).into());
        out.insert(
            "Content".into(),
            json!({
                "Location": self.needs.packages.address(&call.ctx.endpoint, &version.package.id),
                "CodeSha256": version.package.sha256,
                "CodeSize": version.package.size,
            }),
        );
        out.into()
    }
}

/// The layer version that a function names by its ARN.
///
/// # Errors
/// `InvalidParameterValueException` when there is none.
pub fn layer_use(state: &State, arn: &str) -> Result<LayerUse, AwsError> {
    split_arn(arn)
        .and_then(|(name, number)| state.layers.get(name)?.versions.get(&number))
        .filter(|version| version.arn == arn)
        .map(|version| LayerUse {
            arn: arn.to_owned(),
            package: version.package.clone(),
        })
        .ok_or_else(|| invalid(format!("Layer version {arn} does not exist.")))
}

fn show(number: u64, version: &LayerVersion) -> Map<String, Value> {
    let mut out = Map::new();
    out.insert("LayerVersionArn".into(), version.arn.clone().into());
    out.insert("Version".into(), number.into());
    out.insert("Description".into(), version.description.clone().into());
    out.insert("CreatedDate".into(), version.created.clone().into());
    if !version.runtimes.is_empty() {
        out.insert("CompatibleRuntimes".into(), json!(version.runtimes));
    }
    if !version.architectures.is_empty() {
        out.insert(
            "CompatibleArchitectures".into(),
            json!(version.architectures),
        );
    }
    if let Some(license) = &version.license {
        out.insert("LicenseInfo".into(), license.clone().into());
    }
    out
}

fn matches(call: &Call<'_>, version: &LayerVersion) -> bool {
    let has = |wanted: Option<&str>, list: &[String]| {
        wanted.is_none_or(|wanted| list.iter().any(|item| item == wanted))
    };
    has(call.query("CompatibleRuntime"), &version.runtimes)
        && has(call.query("CompatibleArchitecture"), &version.architectures)
}

/// The bare name of a layer that is named by its name or its ARN.
pub fn layer_name(text: &str) -> Result<String, AwsError> {
    let name = match text.split(':').collect::<Vec<_>>().as_slice() {
        ["arn", _, "lambda", _, _, "layer", name] => *name,
        _ => text,
    };
    let mut violations = Violations::default();
    violations.length("layerName", text, 140);
    violations.pattern(
        "layerName",
        text,
        !name.is_empty() && name.chars().all(is_word),
        NAME_PATTERN,
    );
    violations.check()?;
    Ok(name.to_owned())
}

/// A layer version's number in a path.
pub fn layer_number(text: &str) -> Result<u64, AwsError> {
    text.parse()
        .map_err(|_| serialization(format!("{text} can not be converted to a Long")))
}

/// Name and number in the ARN of a layer version.
fn split_arn(arn: &str) -> Option<(&str, u64)> {
    match arn.split(':').collect::<Vec<_>>().as_slice() {
        ["arn", _, "lambda", _, _, "layer", name, number] => Some((*name, number.parse().ok()?)),
        _ => None,
    }
}
