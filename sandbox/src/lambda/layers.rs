//! Layers and their versions.

use super::{
    Answer, Call, Lambda,
    code::inline,
    constraints::{ARCHITECTURES, are_architectures, is_layer_version},
    created,
    error::{Violations, access_denied, invalid, not_found, serialization},
    keep::Touched,
    model::{LayerVersion, State},
    name::{is_lambda_arn, is_word},
    no_content, ok,
    paging::{self, number_key},
    runtimes,
    settings::LayerUse,
    value,
};
use crate::{
    error::AwsError,
    region::{arn, global_arn},
};
use serde_json::{Map, Value, json};

const NAME_PATTERN: &str = r"(arn:(aws[a-zA-Z-]*)?:lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:\d{12}:layer:[a-zA-Z0-9-_]+)|[a-zA-Z0-9-_]+";

const VERSION_PATTERN: &str = r"(arn:(aws[a-zA-Z-]*)?:lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:\d{12}:layer:[a-zA-Z0-9-_]+:[0-9]+)|(arn:[a-zA-Z0-9-]+:lambda:::awslayer:[a-zA-Z0-9-_]+)";

impl Lambda {
    pub(super) async fn publish_layer_version(&self, call: &Call<'_>, name: &str) -> Answer {
        let name = layer_name(name)?;
        let body = call.body()?;
        call.check_size(
            "PublishLayerVersion",
            body.get("Content").unwrap_or(&Value::Null),
        )?;
        let (runtimes, architectures) = compatible(&body)?;
        let content = body.get("Content").unwrap_or(&Value::Null);
        let package = match value::text(content, "ZipFile")? {
            Some(text) => {
                let bytes = inline(text)?;
                self.needs.packages.store(bytes).await?
            }
            None => match self.take_code(content).await? {
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
            runtimes_given: runtimes.is_some(),
            architectures_given: architectures.is_some(),
            runtimes: runtimes.unwrap_or_default(),
            architectures: architectures.unwrap_or_default(),
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
        let parts = split_arn(arn).filter(|_| is_layer_version(arn));
        let Some((name, number)) = parts else {
            let mut violations = Violations::default();
            violations.pattern("arn", arn, false, VERSION_PATTERN);
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
        check_search(call)?;
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
                "LatestMatchingVersion": listed(*number, version),
            })
        })?;
        ok(page)
    }

    pub(super) fn list_layer_versions(&self, call: &Call<'_>, name: &str) -> Answer {
        let name = layer_name(name)?;
        check_search(call)?;
        let state = self.state();
        let versions = state.layers.get(&name).map(|layer| &layer.versions);
        // Newest first, as in AWS; a page's key must grow, so it counts down.
        let rows = versions
            .into_iter()
            .flat_map(|versions| versions.iter().rev())
            .filter(|(_, version)| matches(call, version))
            .map(|(number, version)| (number_key(u64::MAX - number), (*number, version)));
        let page = paging::page(call, "LayerVersions", rows, |(number, version)| {
            listed(number, version).into()
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

/// What a layer is for; none where the request does not say.
type Compatible = (Option<Vec<String>>, Option<Vec<String>>);

/// Reads what a layer is for.
///
/// # Errors
/// `ValidationException` for runtimes and architectures that are none.
fn compatible(body: &Value) -> Result<Compatible, AwsError> {
    let mut wrong = Violations::default();
    wrong.required("content", body.get("Content"));
    let runtimes = value::texts(body, "CompatibleRuntimes")?;
    let architectures = value::texts(body, "CompatibleArchitectures")?;
    let show = |items: &[String]| format!("[{}]", items.join(", "));
    if let Some(list) = &runtimes {
        if !list.iter().all(|runtime| runtimes::is_known(runtime)) {
            wrong.add("compatibleRuntimes", &show(list), &runtimes::of_supported());
        }
        if list.len() > 15 {
            let constraint = "Member must have length less than or equal to 15";
            wrong.add("compatibleRuntimes", &show(list), constraint);
        }
    }
    if let Some(list) = &architectures
        && !are_architectures(list)
    {
        wrong.add("compatibleArchitectures", &show(list), ARCHITECTURES);
    }
    wrong.check()?;
    Ok((runtimes, architectures))
}

/// What layers are looked for by.
fn check_search(call: &Call<'_>) -> Result<(), AwsError> {
    let mut wrong = Violations::default();
    if let Some(runtime) = call.query("CompatibleRuntime") {
        runtimes::check_search(runtime, &mut wrong);
    }
    if let Some(architecture) = call.query("CompatibleArchitecture") {
        wrong.one_of("compatibleArchitecture", architecture, &["x86_64", "arm64"]);
    }
    wrong.check()
}

/// The layer version that a function names by its ARN.
///
/// # Errors
/// `InvalidParameterValueException` when there is none, and `AccessDeniedException` when it is another account's.
pub fn layer_use(
    state: &State,
    region: &str,
    account: &str,
    arn: &str,
) -> Result<LayerUse, AwsError> {
    if let ["arn", _, "lambda", other, owner, ..] = arn.split(':').collect::<Vec<_>>().as_slice() {
        if *other != region {
            return Err(invalid(format!(
                "Layers are not in the same region as the function. Layers are expected to be in region {region}."
            )));
        }
        if *owner != account {
            let user = global_arn(
                "iam",
                region,
                account,
                &format!("user/{}", crate::sts::USER),
            );
            return Err(access_denied(Some(format!(
                "User: {user} is not authorized to perform: lambda:GetLayerVersion on resource: {arn} because no resource-based policy allows the lambda:GetLayerVersion action"
            ))));
        }
    }
    split_arn(arn)
        .and_then(|(name, number)| state.layers.get(name)?.versions.get(&number))
        .filter(|version| version.arn == arn)
        .map(|version| LayerUse {
            arn: arn.to_owned(),
            package: version.package.clone(),
        })
        .ok_or_else(|| invalid(format!("Layer version {arn} does not exist.")))
}

/// A version in a list, where a description that says nothing is not shown.
fn listed(number: u64, version: &LayerVersion) -> Map<String, Value> {
    let mut out = show(number, version);
    if version.description.is_empty() {
        out.remove("Description");
    }
    out
}

fn show(number: u64, version: &LayerVersion) -> Map<String, Value> {
    let mut out = Map::new();
    out.insert("LayerVersionArn".into(), version.arn.clone().into());
    out.insert("Version".into(), number.into());
    out.insert("Description".into(), version.description.clone().into());
    out.insert("CreatedDate".into(), version.created.clone().into());
    if version.runtimes_given || !version.runtimes.is_empty() {
        out.insert("CompatibleRuntimes".into(), json!(version.runtimes));
    }
    if version.architectures_given || !version.architectures.is_empty() {
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
    let word = |text: &str| !text.is_empty() && text.chars().all(is_word);
    let by_arn = is_lambda_arn(text, |rest| match rest {
        ["layer", name] => word(name),
        _ => false,
    });
    let name = match by_arn {
        true => text.rsplit(':').next().unwrap_or_default(),
        false => text,
    };
    let mut violations = Violations::default();
    violations.pattern("layerName", text, word(name), NAME_PATTERN);
    violations.length("layerName", text, 140);
    violations.check()?;
    Ok(name.to_owned())
}

/// A layer version's number in a path.
pub fn layer_number(text: &str) -> Result<u64, AwsError> {
    let number: i64 = text
        .parse()
        .map_err(|_| serialization(format!("{text} can not be converted to a Long")))?;
    match u64::try_from(number) {
        Ok(number) if number > 0 => Ok(number),
        _ => Err(invalid("Layer Version Cannot be less than 1")),
    }
}

/// Name and number in the ARN of a layer version.
fn split_arn(arn: &str) -> Option<(&str, u64)> {
    match arn.split(':').collect::<Vec<_>>().as_slice() {
        ["arn", _, "lambda", _, _, "layer", name, number] => Some((*name, number.parse().ok()?)),
        _ => None,
    }
}
