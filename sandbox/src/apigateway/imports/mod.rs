//! Imports of OpenAPI documents: into a new API, into one that is there, and of documentation alone. A document is read into
//! a plan, the plan is applied to a copy, and only a copy in which nothing went wrong takes the API's place.
//! Source: <https://docs.aws.amazon.com/apigateway/latest/api/API_PutRestApi.html>.

mod apply;

use super::{
    Answer, ApiGateway, Call, apis, created,
    error::bad_request,
    model::{Api, DocumentationPart},
    new_id, ok,
    openapi::plan::{self, BasePath, LARGEST, Note, Options, Plan, Refused},
};
use crate::{error::AwsError, lambda::Violations, region};
use serde_json::{Value, json};

/// How an import asks for what it brings to be put together with what is there.
fn overwrites(call: &Call<'_>, input: &str) -> Result<bool, AwsError> {
    let mode = call.query("mode").unwrap_or("merge");
    let mut wrong = Violations::default();
    wrong.one_of(&format!("{input}.mode"), mode, &["overwrite", "merge"]);
    wrong.check()?;
    Ok(mode == "overwrite")
}

fn base_path(call: &Call<'_>) -> Result<BasePath, AwsError> {
    Ok(match call.query("basepath") {
        None => BasePath::Ignore,
        Some(word) if word.eq_ignore_ascii_case("ignore") => BasePath::Ignore,
        Some(word) if word.eq_ignore_ascii_case("prepend") => BasePath::Prepend,
        Some(word) if word.eq_ignore_ascii_case("split") => BasePath::Split,
        Some(word) => {
            return Err(bad_request(format!(
                "Invalid basepath specified: {word}. Must be one of: [ignore, prepend, split]"
            )));
        }
    })
}

fn lines(notes: &[Note]) -> String {
    let lines = notes.iter().map(|note| format!("\n\t{}", note.told()));
    lines.collect()
}

/// # Errors
/// When there are errors, or warnings on which the import is to fail.
fn settle(call: &Call<'_>, errors: &[Note], warnings: &[Note]) -> Result<(), AwsError> {
    let strict = call
        .query("failonwarnings")
        .is_some_and(|word| word.eq_ignore_ascii_case("true"));
    match (errors.is_empty(), warnings.is_empty()) {
        (true, false) if strict => Err(bad_request(format!(
            "Warnings found during import:{}",
            lines(warnings)
        ))),
        (true, _) => Ok(()),
        (false, true) => Err(bad_request(format!(
            "Errors found during import:{}",
            lines(errors)
        ))),
        (false, false) => Err(bad_request(format!(
            "Errors found during import:{}\nAdditionally, these warnings were found:{}",
            lines(errors),
            lines(warnings)
        ))),
    }
}

fn with_warnings(mut answer: Value, warnings: &[Note]) -> Value {
    if !warnings.is_empty() {
        let warnings: Vec<String> = warnings.iter().map(Note::told).collect();
        answer["warnings"] = warnings.into();
    }
    answer
}

impl ApiGateway {
    fn plan(&self, call: &Call<'_>, id: &str, unreadable: &str) -> Result<Plan, AwsError> {
        let mut query = call.request.query.iter();
        let options = Options {
            base_path: base_path(call)?,
            without_documentation: query
                .any(|(name, value)| name == "ignore" && value == "documentation"),
            api: id.to_owned(),
            region: self.region.clone(),
            account: self.account.clone(),
            partition: region::partition(&self.region).to_owned(),
        };
        plan::read(&call.request.body, &options).map_err(|refused| match refused {
            Refused::NotOpenApi => bad_request(unreadable),
            Refused::TooLarge(size) => bad_request(format!(
                "The API definition has {size} bytes. The maximum size of an API definition file is 6 MB ({LARGEST} bytes)."
            )),
        })
    }

    pub(super) fn import_rest_api(&self, call: &Call<'_>) -> Answer {
        let id = new_id(10);
        let plan = self.plan(call, &id, "Invalid OpenAPI input.")?;
        let mut api = Api {
            now: apis::bare(),
            ..Api::default()
        };
        // An imported API has the models that its document has, and no others.
        api.now.models.clear();
        let rest = &mut api.now.rest;
        rest.id.clone_from(&id);
        rest.created_date = self.now();
        rest.api_key_source = "HEADER".into();
        rest.endpoint_configuration = apis::settle(apis::check(&json!({}))?)?;
        let (api, warnings) = apply_to(call, api, plan, true)?;
        let answer = self.shown_api(&api.now.rest);
        let mut state = self.state();
        state.apis.insert(id.clone(), api);
        state.touch_all(&id);
        created(with_warnings(answer, &warnings))
    }

    pub(super) fn put_rest_api(&self, call: &Call<'_>, id: &str) -> Answer {
        let overwrite = overwrites(call, "putRestApiInput")?;
        let plan = self.plan(call, id, "Invalid OpenAPI input.")?;
        let mut state = self.state();
        let api = self.api(&state, id)?.clone();
        let (api, warnings) = apply_to(call, api, plan, overwrite)?;
        let answer = self.described(&api.now.rest);
        // What goes is kept as gone, what comes as there.
        state.touch_all(id);
        state.apis.insert(id.to_owned(), api);
        state.touch_all(id);
        ok(with_warnings(answer, &warnings))
    }

    pub(super) fn import_documentation_parts(&self, call: &Call<'_>, id: &str) -> Answer {
        let overwrite = overwrites(call, "importDocumentationPartsInput")?;
        let plan = self.plan(call, id, "Unable to build importer with provided input.")?;
        settle(call, &[], &plan.warnings)?;
        let mut state = self.state();
        let documentation = self.documentation_mut(&mut state, id)?;
        if overwrite {
            documentation.parts.clear();
        }
        let ids = apply::documentation(documentation, plan.documentation);
        let answer = json!({ "ids": ids });
        ok(with_warnings(answer, &plan.warnings))
    }
}

/// An API with a plan applied to it.
fn apply_to(
    call: &Call<'_>,
    mut api: Api,
    plan: Plan,
    overwrite: bool,
) -> Result<(Api, Vec<Note>), AwsError> {
    let rest = &mut api.now.rest;
    if let Some(kind) = call.query("endpointConfigurationTypes") {
        let asked = json!({"endpointConfiguration": {
            "types": [kind], "vpcEndpointIds": rest.endpoint_configuration.vpc_endpoint_ids,
        }});
        rest.endpoint_configuration = apis::settle(apis::check(&asked)?)?;
    }
    let (mut errors, warnings) = (plan.errors.clone(), plan.warnings.clone());
    errors.extend(apply::apply(&mut api, plan, overwrite));
    settle(call, &errors, &warnings)?;
    Ok((api, warnings))
}

impl DocumentationPart {
    /// A part that was imported.
    fn imported(id: String, location: Value, properties: String) -> Self {
        Self {
            id,
            location,
            properties,
        }
    }
}
