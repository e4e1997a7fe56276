//! Publishing an API: what would change, deploying it, its stages with their history and settings.

mod canary;
mod compared;
mod deploy;
mod history;
mod numbers;
mod role;
mod settings;
mod side;
mod stages;

pub use compared::Behind;
pub use deploy::Deploy;
pub use side::heading;
pub use stages::Stages;

use crate::cloud::apigateway::stage::Where;
use crate::model::api::{ApiDetail, Stage, standing};

/// A stage of the API that is shown.
fn at(detail: &ApiDetail, stage: &str) -> Where {
    Where {
        id: detail.api.id.clone(),
        api: detail.api.name.clone(),
        stage: stage.to_owned(),
    }
}

/// The stage that matters most.
pub(super) fn lead(detail: &ApiDetail) -> Option<&Stage> {
    standing::lead(&detail.stages)
}

/// Why API Gateway would refuse the deployment, where that can be seen here.
fn unready(detail: &ApiDetail) -> Option<String> {
    let mut methods = 0;
    for resource in &detail.resources {
        for (verb, method) in &resource.methods {
            methods += 1;
            if method.integration.is_none() {
                return Some(format!("Nothing answers {verb} {} yet", resource.path));
            }
        }
    }
    (methods == 0).then(|| "The API has no methods yet".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::api::{Integration, Method, Resource};

    #[test]
    fn what_api_gateway_would_refuse_is_told_before() {
        let mut detail = ApiDetail::default();
        assert_eq!(
            unready(&detail).as_deref(),
            Some("The API has no methods yet")
        );
        let mut resource = Resource {
            path: "/orders".into(),
            ..Resource::default()
        };
        resource.methods.insert("GET".into(), Method::default());
        detail.resources.push(resource);
        assert_eq!(
            unready(&detail).as_deref(),
            Some("Nothing answers GET /orders yet")
        );
        let method = Method {
            integration: Some(Integration::default()),
            ..Method::default()
        };
        detail.resources[0].methods.insert("GET".into(), method);
        assert_eq!(unready(&detail), None);
    }

    #[test]
    fn production_matters_most_and_else_what_was_changed_last() {
        let stage = |name: &str, updated_at| Stage {
            name: name.into(),
            updated_at: Some(updated_at),
            ..Stage::default()
        };
        let mut detail = ApiDetail::default();
        assert!(lead(&detail).is_none());
        detail.stages = vec![stage("dev", 3), stage("test", 5)];
        assert_eq!(lead(&detail).map(|of| of.name.as_str()), Some("test"));
        detail.stages.push(stage("prod", 1));
        assert_eq!(lead(&detail).map(|of| of.name.as_str()), Some("prod"));
    }
}
