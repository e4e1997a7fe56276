//! Waiting until a function has settled: after a change it is `InProgress`, and refuses others until that is over.
//!
//! Source: <https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html>.

use std::sync::Arc;
use std::time::Duration;

use crate::cloud::Cloud;
use crate::cloud::error::from_sdk;
use crate::model::error::{CloudError, ErrorKind};
use crate::model::function::Function;
use crate::store::{Pages, Query};

use super::convert::function_of_answer;

/// The first wait between two looks; each is half longer than the one before, up to the longest.
const FIRST: Duration = Duration::from_millis(150);
const LONGEST: Duration = Duration::from_secs(3);
/// How long an update may take: attaching to a VPC and optimising an image take minutes.
const MOST: Duration = Duration::from_secs(10 * 60);

/// Waits until the function has settled, and gives its configuration. An update that ended in `Failed` has settled: look
/// at `last_update_status` of what comes back.
///
/// # Errors
/// Those of `GetFunctionConfiguration`, and a timeout after ten minutes.
pub async fn wait_until_settled(cloud: &Cloud, name: &str) -> Result<Function, CloudError> {
    let client = cloud.lambda().await?;
    let mut wait = FIRST;
    let mut waited = Duration::ZERO;
    loop {
        let call = client.get_function_configuration().function_name(name);
        let answer = call.send().await;
        let answer = answer.map_err(|error| from_sdk("GetFunctionConfiguration", name, error))?;
        let function = function_of_answer(answer);
        if function.is_settled() {
            return Ok(function);
        }
        if waited >= MOST {
            let mut error = CloudError::local(
                "GetFunctionConfiguration",
                ErrorKind::Timeout,
                "The change was accepted, but has not settled after ten minutes",
            );
            error.target = name.to_owned();
            return Err(error);
        }
        tokio::time::sleep(wait).await;
        waited += wait;
        wait = wait.mul_f32(1.5).min(LONGEST);
    }
}

/// Answers once the function has settled; wanted only while it has not, by whoever shows it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Settled {
    /// Its name.
    pub name: String,
    /// The revision that was seen unsettled: another revision is another question.
    pub revision: Option<String>,
}

impl Query<Cloud> for Settled {
    type Output = Function;

    fn service(&self) -> &'static str {
        "lambda"
    }

    fn ttl(&self) -> Duration {
        Duration::from_secs(30)
    }

    async fn fetch(self, cloud: Arc<Cloud>, pages: Pages<Function>) -> Result<(), CloudError> {
        let function = wait_until_settled(&cloud, &self.name).await?;
        pages.send(function).await;
        Ok(())
    }
}
