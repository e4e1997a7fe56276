//! Published versions.

use super::{
    Answer, Call, Lambda, created,
    error::{Violations, invalid, revision_mismatch},
    model::Status,
    ok,
    paging::{self, number_key},
    value,
};

impl Lambda {
    pub(super) fn publish_version(&self, call: &Call<'_>, name: &str) -> Answer {
        let body = call.body()?;
        let mut wrong = Violations::default();
        if let Some(description) = value::text(&body, "Description")? {
            wrong.length("description", description, 256);
        }
        let target = call.checked("PublishVersion", name, wrong)?;
        let mut state = self.state();
        let arn = self.arn(&target.name, None);
        let function = self.function_mut(&mut state, &target)?;
        function.check_settled(&arn)?;
        if let Some(revision) = value::text(&body, "RevisionId")?
            && revision != function.latest.revision_id
        {
            return Err(revision_mismatch());
        }
        if let Some(sha256) = value::text(&body, "CodeSha256")?.filter(|sha256| !sha256.is_empty())
            && sha256 != function.latest.code.sha256()
        {
            return Err(invalid(format!(
                "CodeSHA256 ({sha256}) is different from current CodeSHA256 in $LATEST ({}). Please try again with the CodeSHA256 in $LATEST.",
                function.latest.code.sha256()
            )));
        }
        let description = value::text(&body, "Description")?.filter(|text| !text.is_empty());
        let last = function.last_number;
        let number = function.publish(description);
        let settles = self.settles();
        let Some(version) = function.versions.get_mut(&number) else {
            return Err(self.no_function(&target));
        };
        let snapping = number > last && version.settings.snaps();
        if snapping {
            // Its snapshot is being made.
            version.status = Status::Creating(settles);
        }
        let shown = version.to_json(&target.name, &self.region, &self.account);
        if snapping {
            state.settle_at(&target.name, settles);
        }
        created(shown)
    }

    pub(super) fn list_versions_by_function(&self, call: &Call<'_>, name: &str) -> Answer {
        let target = call.target("ListVersionsByFunction", name)?;
        let state = self.state();
        let function = self.function(&state, &target)?;
        let latest = std::iter::once((String::new(), &function.latest));
        let numbered = function
            .versions
            .iter()
            .map(|(number, version)| (number_key(*number), version));
        let page = paging::page(call, "Versions", latest.chain(numbered), |version| {
            let arn = self.arn(&target.name, Some(&version.number));
            version.listed(&target.name, &arn, &self.region)
        })?;
        ok(page)
    }
}
