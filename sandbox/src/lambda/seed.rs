//! Functions that are there from the start: created like any other, but without the moments that creation takes.

use super::{Lambda, Target, model::Status};
use crate::error::AwsError;
use serde_json::Value;

impl Lambda {
    /// Creates a function as CreateFunction would, publishes a version for each description, and makes aliases as
    /// CreateAlias would. All of it is settled when this returns.
    ///
    /// # Errors
    /// What Lambda would answer.
    pub async fn seed(
        &self,
        function: &Value,
        versions: &[&str],
        aliases: &[Value],
    ) -> Result<(), AwsError> {
        let created = self.create(function).await?;
        let target = Target {
            name: created["FunctionName"]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
            qualifier: None,
        };
        {
            let mut state = self.state();
            let function = self.function_mut(&mut state, &target)?;
            function.latest.status = Status::Settled;
            for description in versions {
                // Each is published for its own sake, although the code is the same.
                function.published = None;
                function.publish(Some(description));
            }
        }
        for alias in aliases {
            self.add_alias(&target, alias)?;
        }
        Ok(())
    }
}
