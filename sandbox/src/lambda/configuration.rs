//! UpdateFunctionConfiguration.

use super::{
    Answer, Call, Lambda, code::check_fits, constraints::check_constraints, error::Violations,
    layers::layer_use, ok,
};

impl Lambda {
    pub(super) fn update_function_configuration(&self, call: &Call<'_>, name: &str) -> Answer {
        let mut body = call.body()?;
        if let Some(members) = body.as_object_mut() {
            // The architecture belongs to the code, and is changed with it alone.
            members.remove("Architectures");
        }
        let mut wrong = Violations::default();
        check_constraints(&body, &mut wrong)?;
        let target = call.checked("UpdateFunctionConfiguration", name, wrong)?;
        let mut state = self.state();
        self.check_update(&state, &target, &body)?;
        self.check_role(&body, &target.name)?;
        let current = self.function(&state, &target)?;
        let next = current.latest.settings.merged(&body, |arn| {
            layer_use(&state, &self.region, &self.account, arn)
        })?;
        check_fits(&current.latest.code, next.unzipped_layers())?;
        let now = self.needs.clock.now();
        let settles = self.settles();
        state.settle_at(&target.name, settles);
        let function = self.function_mut(&mut state, &target)?;
        function.latest.settings = next;
        function.latest.begin_update(now, settles);
        ok(function
            .latest
            .to_json(&target.name, &self.region, &self.account))
    }
}
