//! Functions are created, read, listed and deleted.

use super::{
    Answer, Call, Lambda, Target,
    code::{already_exists, check_fits},
    created,
    error::{Violations, conflict, invalid, not_found},
    keep::Touched,
    layers::layer_use,
    model::{Code, Function, Status, Version, new_revision},
    name, no_content, ok,
    paging::{self, number_key},
    settings::Settings,
    tags::check_tags,
    value,
};
use crate::{error::AwsError, runtime::FunctionSpec};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

impl Lambda {
    pub(super) async fn create_function(&self, call: &Call<'_>) -> Answer {
        let body = call.body()?;
        let function = self.create(&body).await?;
        self.make_ready(&function);
        created(function)
    }

    /// While it is `Pending`, what its first call will need is made ready. What is there from the start does not have the
    /// sandbox start processes before anybody asks for them.
    fn make_ready(&self, function: &Value) {
        let text = |name: &str| function[name].as_str().unwrap_or_default().to_owned();
        let variables = function["Environment"]["Variables"].as_object();
        let names = variables.into_iter().flat_map(Map::keys);
        self.needs.pool.prepare(FunctionSpec {
            runtime: text("Runtime"),
            memory_mb: function["MemorySize"]
                .as_u64()
                .and_then(|mb| u32::try_from(mb).ok())
                .unwrap_or(128),
            environment: names.map(|name| (name.clone(), String::new())).collect(),
            ..FunctionSpec::default()
        });
    }

    /// Creates a function as CreateFunction's body describes it, and gives its configuration.
    ///
    /// # Errors
    /// What Lambda answers.
    pub async fn create(&self, body: &Value) -> Result<Value, AwsError> {
        let target = self.new_target(body)?;
        let tags = value::text_map(body, "Tags")?.unwrap_or_default();
        check_tags(&tags)?;
        let code_member = body.get("Code").unwrap_or(&Value::Null);
        let is_image = value::text(code_member, "ImageUri")?.is_some();
        let settings = Settings::default().merged(body, |arn| layer_use(&self.state(), arn))?;
        if !is_image && (settings.runtime.is_none() || settings.handler.is_none()) {
            return Err(invalid(
                "Runtime and Handler are mandatory parameters for functions created with deployment packages.",
            ));
        }
        if self.state().functions.contains_key(&target.name) {
            return Err(already_exists(&target.name));
        }
        let code = self.take_code(code_member, "CreateFunction").await?;
        check_fits(&code, settings.unzipped_layers())?;
        let mut state = self.state();
        if state.functions.contains_key(&target.name) {
            return Err(already_exists(&target.name));
        }
        let mut function = self.new_function(&target.name, settings, code, tags);
        let shown = if value::flag(body, "Publish") {
            let number = function.publish(None).to_string();
            function
                .version(&number)
                .map(|version| version.to_json(&target.name, &self.region, &self.account))
        } else {
            None
        };
        let shown = shown.unwrap_or_else(|| {
            function
                .latest
                .to_json(&target.name, &self.region, &self.account)
        });
        if let Status::Creating(settles) = function.latest.status {
            state.settle_at(&target.name, settles);
        }
        state.touch(Touched::Function(target.name.clone()));
        state.functions.insert(target.name, function);
        Ok(shown.into())
    }

    fn new_target(&self, body: &Value) -> Result<Target, AwsError> {
        let text = value::text(body, "FunctionName")?.unwrap_or_default();
        if value::text(body, "Role")?.is_none() {
            let mut violations = Violations::default();
            violations.add("role", "null", "Member must not be null");
            violations.check()?;
        }
        let target = Target::parse(text, None, &self.region)?;
        if !name::is_name(&target.name) {
            return Err(invalid("The function name is not valid."));
        }
        Ok(target)
    }

    fn new_function(
        &self,
        name: &str,
        settings: Settings,
        code: Code,
        tags: BTreeMap<String, String>,
    ) -> Function {
        Function {
            name: name.to_owned(),
            latest: Version {
                number: "$LATEST".into(),
                settings,
                code,
                last_modified: value::date(self.needs.clock.now()),
                revision_id: new_revision(),
                status: Status::Creating(self.settles()),
                deployment: new_revision(),
            },
            versions: BTreeMap::new(),
            last_number: 0,
            published: None,
            aliases: BTreeMap::new(),
            tags,
            policies: BTreeMap::new(),
            reserved: None,
            provisioned: BTreeMap::new(),
            event_invoke: BTreeMap::new(),
            urls: BTreeMap::new(),
            recursive_loop: "Terminate".into(),
        }
    }

    pub(super) fn get_function(&self, call: &Call<'_>, name: &str) -> Answer {
        let target = call.target(name)?;
        let state = self.state();
        let function = self.function(&state, &target)?;
        let (version, configuration) = self.shown(function, &target)?;
        let code = match &version.code {
            Code::Zip(package) => json!({
                "RepositoryType": "S3",
                "Location": self.needs.packages.address(&call.ctx.endpoint, &package.id),
            }),
            Code::Image { uri } => {
                json!({"RepositoryType": "ECR", "ImageUri": uri, "ResolvedImageUri": uri})
            }
        };
        let mut out = json!({"Configuration": configuration, "Code": code});
        if !function.tags.is_empty() {
            out["Tags"] = json!(function.tags);
        }
        if let Some(reserved) = function.reserved {
            out["Concurrency"] = json!({"ReservedConcurrentExecutions": reserved});
        }
        ok(out)
    }

    pub(super) fn get_function_configuration(&self, call: &Call<'_>, name: &str) -> Answer {
        let target = call.target(name)?;
        let state = self.state();
        let function = self.function(&state, &target)?;
        ok(self.shown(function, &target)?.1)
    }

    /// The version that a target means, and its configuration under the ARN that the target names.
    fn shown<'a>(
        &self,
        function: &'a Function,
        target: &Target,
    ) -> Result<(&'a Version, Map<String, Value>), AwsError> {
        let version = function
            .resolve(target.qualifier.as_deref())
            .ok_or_else(|| self.no_function(target))?;
        let arn = self.arn(&target.name, target.qualifier.as_deref());
        Ok((
            version,
            version.to_json_as(&target.name, &arn, &self.region),
        ))
    }

    pub(super) fn list_functions(&self, call: &Call<'_>) -> Answer {
        let all = match call.query("FunctionVersion") {
            None => false,
            Some("ALL") => true,
            Some(other) => {
                let mut violations = Violations::default();
                violations.add(
                    "functionVersion",
                    other,
                    "Member must satisfy enum value set: [ALL]",
                );
                return violations.check().and_then(|()| ok(Value::Null));
            }
        };
        let state = self.state();
        // From the marker on: ten thousand functions make two hundred pages.
        let after = paging::marker(call)?.unwrap_or_default();
        let from = after.split(':').next().unwrap_or_default().to_owned();
        let rows = state.functions.range(from..).flat_map(|(_, function)| {
            let latest = std::iter::once((format!("{}:", function.name), &function.latest));
            let numbered =
                function
                    .versions
                    .iter()
                    .filter(move |_| all)
                    .map(|(number, version)| {
                        (
                            format!("{}:{}", function.name, number_key(*number)),
                            version,
                        )
                    });
            latest
                .chain(numbered)
                .map(move |(key, version)| (key, (function, version)))
        });
        let page = paging::page(call, "Functions", rows, |(function, version)| {
            let mut shown = if all {
                let arn = self.arn(&function.name, Some(&version.number));
                version.to_json_as(&function.name, &arn, &self.region)
            } else {
                version.to_json(&function.name, &self.region, &self.account)
            };
            // As in AWS: the list does not say in which state a function is.
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
        })?;
        ok(page)
    }

    pub(super) fn delete_function(&self, call: &Call<'_>, name: &str) -> Answer {
        let target = call.target(name)?;
        let mut state = self.state();
        let function = self.function_mut(&mut state, &target)?;
        let Some(qualifier) = target.qualifier.as_deref() else {
            state.functions.remove(&target.name);
            drop(state);
            let (pool, arn) = (self.needs.pool.clone(), self.arn(&target.name, None));
            self.needs
                .tasks
                .spawn(async move { pool.retire(&arn).await });
            return no_content();
        };
        if qualifier == "$LATEST" {
            return Err(invalid(
                "$LATEST version cannot be deleted without deleting the function.",
            ));
        }
        let Ok(number) = qualifier.parse::<u64>() else {
            return Err(invalid("Deletion of aliases is not currently supported."));
        };
        let users: Vec<String> = function
            .aliases
            .values()
            .filter(|alias| {
                alias.version == qualifier
                    || alias
                        .routing
                        .as_ref()
                        .is_some_and(|(version, _)| version == qualifier)
            })
            .map(|alias| alias.name.clone())
            .collect();
        if !users.is_empty() {
            return Err(conflict(format!(
                "Function version {qualifier} is in use by the following aliases and cannot be deleted: [{}]",
                users.join(", ")
            )));
        }
        function
            .versions
            .remove(&number)
            .ok_or_else(|| self.no_function(&target))?;
        no_content()
    }

    /// How the runtime of a function is kept up to date: always by itself, since the sandbox has one of each.
    pub(super) fn get_runtime_management_config(&self, call: &Call<'_>, name: &str) -> Answer {
        let target = call.target(name)?;
        let state = self.state();
        let function = self.function(&state, &target)?;
        function
            .resolve(target.qualifier.as_deref())
            .ok_or_else(|| self.no_function(&target))?;
        ok(json!({
            "UpdateRuntimeOn": "Auto",
            "FunctionArn": self.arn(&target.name, target.qualifier.as_deref()),
        }))
    }

    /// No code is signed here; AWS answers the same for a function without a code signing configuration.
    pub(super) fn get_function_code_signing_config(&self, call: &Call<'_>, name: &str) -> Answer {
        let target = call.target(name)?;
        self.function(&self.state(), &target)?;
        ok(json!({"FunctionName": target.name}))
    }

    pub(super) fn get_function_recursion_config(&self, call: &Call<'_>, name: &str) -> Answer {
        let target = call.target(name)?;
        let state = self.state();
        let function = self.function(&state, &target)?;
        ok(json!({"RecursiveLoop": function.recursive_loop}))
    }

    pub(super) fn put_function_recursion_config(&self, call: &Call<'_>, name: &str) -> Answer {
        let target = call.target(name)?;
        let body = call.body()?;
        let wanted = value::text(&body, "RecursiveLoop")?
            .unwrap_or_default()
            .to_owned();
        if wanted != "Allow" && wanted != "Terminate" {
            let mut violations = Violations::default();
            violations.add(
                "recursiveLoop",
                &wanted,
                "Member must satisfy enum value set: [Allow, Terminate]",
            );
            violations.check()?;
        }
        let mut state = self.state();
        let function = self.function_mut(&mut state, &target)?;
        function.recursive_loop = wanted;
        ok(json!({"RecursiveLoop": function.recursive_loop}))
    }

    /// A function by its ARN, for operations that name it so.
    pub(super) fn target_of_arn(&self, arn: &str) -> Result<Target, AwsError> {
        if !arn.starts_with("arn:") {
            return Err(not_found(format!("Function not found: {arn}")));
        }
        Target::parse(arn, None, &self.region)
    }
}
