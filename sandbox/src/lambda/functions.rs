//! Functions are created, read, listed and deleted.

use super::{
    Answer, Call, Lambda, Target,
    code::{already_exists, check_fits},
    constraints::check_constraints,
    created,
    error::{Violations, access_denied, conflict, invalid},
    keep::Touched,
    layers::layer_use,
    model::{Code, Function, Status, Version, new_revision},
    name::{Named, is_digits, is_word, named_or_wrong},
    no_content, ok,
    paging::{self, number_key},
    settings::Settings,
    signing,
    tags::check_tags,
    value,
};
use crate::{error::AwsError, runtime::FunctionSpec};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

impl Lambda {
    pub(super) async fn create_function(&self, call: &Call<'_>) -> Answer {
        let body = call.body()?;
        call.check_size("CreateFunction", body.get("Code").unwrap_or(&Value::Null))?;
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
        let name = self.new_name(body)?;
        let tags = value::text_map(body, "Tags")?.unwrap_or_default();
        check_tags(&tags)?;
        let code_member = body.get("Code").unwrap_or(&Value::Null);
        let is_image = value::text(code_member, "ImageUri")?.is_some();
        let settings = Settings::default().merged(body, |arn| {
            layer_use(&self.state(), &self.region, &self.account, arn)
        })?;
        if !is_image && (settings.runtime.is_none() || settings.handler.is_none()) {
            return Err(invalid(
                "Runtime and Handler are mandatory parameters for functions created with deployment packages.",
            ));
        }
        let signing = value::text(body, "CodeSigningConfigArn")?.filter(|arn| !arn.is_empty());
        {
            let state = self.state();
            if state.functions.contains_key(&name) {
                return Err(already_exists(&name));
            }
            signing.map_or(Ok(()), |arn| signing::check_there(&state, arn))?;
        }
        self.check_role(body, &name)?;
        let code = self.take_code(code_member).await?;
        check_fits(&code, settings.unzipped_layers())?;
        let mut function = self.new_function(&name, settings, code, tags);
        function.code_signing = signing.map(str::to_owned);
        self.add(function, value::flag(body, "Publish"))
    }

    /// Takes a new function in, and gives its configuration. As in AWS, what is published at once is shown as its first
    /// version, but under the function's own ARN.
    fn add(&self, mut function: Function, publish: bool) -> Result<Value, AwsError> {
        let mut state = self.state();
        let name = function.name.clone();
        if state.functions.contains_key(&name) {
            return Err(already_exists(&name));
        }
        if publish {
            function.publish(None);
        }
        let shown = function.versions.values().next_back();
        let shown = shown.unwrap_or(&function.latest).to_json_as(
            &name,
            &self.arn(&name, None),
            &self.region,
        );
        if let Status::Creating(settles) = function.latest.status {
            state.settle_at(&name, settles);
        }
        state.touch(Touched::Function(name.clone()));
        state.functions.insert(name, function);
        Ok(shown.into())
    }

    /// The name of a function that is to be made, after everything was checked that the API's front door checks.
    fn new_name(&self, body: &Value) -> Result<String, AwsError> {
        let mut wrong = Violations::default();
        let text = value::text(body, "FunctionName")?.unwrap_or_default();
        wrong.required("role", body.get("Role"));
        wrong.required("code", body.get("Code"));
        check_constraints(body, &mut wrong)?;
        let named = Named::read("CreateFunction", text, None, &mut wrong);
        let target = named_or_wrong(named, wrong)?.reach(&self.place())?;
        let mut long = Violations::default();
        long.length("functionName", &target.name, 64);
        // The one violation that has another code.
        long.check().map_err(|error| invalid(error.message))?;
        Ok(target.name)
    }

    /// # Errors
    /// `AccessDeniedException` for another account's role, and `InvalidParameterValueException` for one that is not there or
    /// does not trust Lambda.
    pub(super) fn check_role(&self, body: &Value, name: &str) -> Result<(), AwsError> {
        let Some(role) = value::text(body, "Role")? else {
            return Ok(());
        };
        if role.split(':').nth(4) != Some(self.account.as_str()) {
            // <https://github.com/fabric8io/kubernetes-alexa/issues/6>
            return Err(access_denied(Some(
                "Cross-account pass role is not allowed.".to_owned(),
            )));
        }
        let source = self.arn(name, None);
        let iam = &self.needs.iam;
        match iam.trusts(role, "lambda.amazonaws.com", &self.account, &source) {
            true => Ok(()),
            false => Err(invalid(
                "The role defined for the function cannot be assumed by Lambda.",
            )),
        }
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
            code_signing: None,
        }
    }

    pub(super) fn get_function(&self, call: &Call<'_>, name: &str) -> Answer {
        let target = call.target("GetFunction", name)?;
        let state = self.state();
        let function = self.function(&state, &target)?;
        let (version, configuration) = self.shown(function, &target)?;
        let code = match &version.code {
            Code::Zip(package) => json!({
                "RepositoryType": "S3",
                "Location": self.needs.packages.address(&call.ctx.endpoint, &package.id),
            }),
            Code::Image { uri } => json!({
                "RepositoryType": "ECR",
                "ImageUri": uri,
                "ResolvedImageUri": version.code.resolved_uri(),
            }),
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
        let target = call.target("GetFunctionConfiguration", name)?;
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
                violations.one_of("functionVersion", other, &["ALL"]);
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
            let qualifier = all.then_some(version.number.as_str());
            let arn = self.arn(&function.name, qualifier);
            version.listed(&function.name, &arn, &self.region)
        })?;
        ok(page)
    }

    pub(super) fn delete_function(&self, call: &Call<'_>, name: &str) -> Answer {
        let target = call.target("DeleteFunction", name)?;
        // Which versions can be deleted is said before it is asked whether they are there.
        match target.qualifier.as_deref() {
            Some("$LATEST") => {
                return Err(invalid(
                    "$LATEST version cannot be deleted without deleting the function.",
                ));
            }
            Some(word) if word.chars().all(is_word) && !is_digits(word) => {
                return Err(invalid("Deletion of aliases is not currently supported."));
            }
            _ => {}
        }
        let mut state = self.state();
        let whole = Target {
            name: target.name.clone(),
            qualifier: None,
        };
        let function = self.function_mut(&mut state, &whole)?;
        let Some(qualifier) = target.qualifier.as_deref() else {
            state.functions.remove(&target.name);
            drop(state);
            let (pool, arn) = (self.needs.pool.clone(), self.arn(&target.name, None));
            self.needs.sts.forget_function(&arn);
            self.needs
                .tasks
                .spawn(async move { pool.retire(&arn).await });
            return no_content();
        };
        delete_version(function, qualifier)?;
        no_content()
    }

    /// How the runtime of a function is kept up to date: always by itself, since the sandbox has one of each.
    pub(super) fn get_runtime_management_config(&self, call: &Call<'_>, name: &str) -> Answer {
        let target = call.target("GetRuntimeManagementConfig", name)?;
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

    pub(super) fn get_function_recursion_config(&self, call: &Call<'_>, name: &str) -> Answer {
        let target = call.target("GetFunctionRecursionConfig", name)?;
        let state = self.state();
        let function = self.function(&state, &target)?;
        ok(json!({"RecursiveLoop": function.recursive_loop}))
    }

    pub(super) fn put_function_recursion_config(&self, call: &Call<'_>, name: &str) -> Answer {
        let body = call.body()?;
        let mut wrong = Violations::default();
        wrong.required("recursiveLoop", body.get("RecursiveLoop"));
        let wanted = value::text(&body, "RecursiveLoop")?.map(str::to_owned);
        if let Some(wanted) = &wanted {
            wrong.one_of("recursiveLoop", wanted, &["Terminate", "Allow"]);
        }
        let target = call.checked("PutFunctionRecursionConfig", name, wrong)?;
        let mut state = self.state();
        let function = self.function_mut(&mut state, &target)?;
        function.recursive_loop = wanted.unwrap_or_default();
        ok(json!({"RecursiveLoop": function.recursive_loop}))
    }
}

/// Takes a version away. As in AWS, deleting one that is not there succeeds.
///
/// # Errors
/// `ResourceConflictException` while an alias uses it.
fn delete_version(function: &mut Function, number: &str) -> Result<(), AwsError> {
    let users: Vec<String> = function
        .aliases
        .values()
        .filter(|alias| {
            let second = alias.routing.as_ref().map(|(version, _)| version.as_str());
            alias.version == number || second == Some(number)
        })
        .map(|alias| alias.name.clone())
        .collect();
    if !users.is_empty() {
        return Err(conflict(format!(
            "Function version {number} is in use by the following aliases and cannot be deleted: [{}]",
            users.join(", ")
        )));
    }
    if function.version(number).is_some()
        && let Ok(key) = number.parse::<u64>()
    {
        function.versions.remove(&key);
        function.policies.remove(number);
        function.provisioned.remove(number);
        function.event_invoke.remove(number);
    }
    Ok(())
}
