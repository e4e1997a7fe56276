//! What the diagram shows, as values: who runs the function, where its results go, what it may do. Draws nothing.

use std::sync::Arc;

use crate::model::arn::Arn;
use crate::model::error::{CloudError, ErrorKind};
use crate::model::function::{
    Destination, DestinationKind, Function, Trigger, TriggerState, service_title,
};
use crate::model::role::{Permissions, ServicePermissions};
use crate::route::{FunctionTab, Route};
use crate::store::Loadable;
use crate::ui::icons::Icon;
use crate::ui::widgets::chip::Tone;

use super::parts::Parts;

/// What pressing a node does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Press {
    /// Nothing.
    Nothing,
    /// Puts this on the clipboard: what it is, and the text.
    Copy(&'static str, String),
    /// Shows another screen.
    Open(Route),
    /// Asks for this part again.
    Retry,
}

/// One box.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// See [`Icon`].
    pub icon: &'static str,
    /// The first line.
    pub title: String,
    /// The second line.
    pub detail: String,
    /// How it is.
    pub tone: Tone,
    /// More, on hover.
    pub hover: String,
    /// What pressing it does.
    pub press: Press,
    /// A line leads from or to the function.
    pub linked: bool,
}

/// Boxes of one kind under a caption.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// The caption.
    pub caption: &'static str,
    /// The boxes.
    pub nodes: Vec<Node>,
}

/// The diagram's two sides; the function stands between them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Nodes {
    /// What runs it.
    pub left: Vec<Group>,
    /// Where results go, and what it may do.
    pub right: Vec<Group>,
}

impl Node {
    fn new(icon: &'static str, title: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            icon,
            title: title.into(),
            detail: detail.into(),
            tone: Tone::Plain,
            hover: String::new(),
            press: Press::Nothing,
            linked: true,
        }
    }

    fn hover(mut self, text: impl Into<String>) -> Self {
        self.hover = text.into();
        self
    }

    fn copy(mut self, what: &'static str, text: impl Into<String>) -> Self {
        self.press = Press::Copy(what, text.into());
        self
    }

    fn open(mut self, route: Route) -> Self {
        self.press = Press::Open(route);
        self
    }

    fn tone(mut self, tone: Tone) -> Self {
        self.tone = tone;
        self
    }

    fn apart(mut self) -> Self {
        self.linked = false;
        self
    }

    fn loading(what: &str) -> Self {
        Self::new(Icon::HOURGLASS, format!("Loading {what}…"), "")
            .tone(Tone::Muted)
            .apart()
    }

    fn failed(what: &str, error: &CloudError) -> Self {
        // What an endpoint of another kind does not know is no trouble of this function.
        let tone = if error.is_fault() {
            Tone::Warn
        } else {
            Tone::Muted
        };
        // A missing permission is named where it is missed.
        let detail = match &error.kind {
            ErrorKind::Permission {
                action: Some(action),
                ..
            } => format!("{}: {action}", error.kind.title()),
            _ => error.headline(),
        };
        let icon = if error.is_fault() {
            Icon::CIRCLE_ALERT
        } else {
            Icon::INFO
        };
        let mut node = Self::new(icon, what, detail)
            .tone(tone)
            .hover(format!("{}\n\nPress to ask again.", error.report()))
            .apart();
        node.press = Press::Retry;
        node
    }

    /// What a screen reader says.
    pub fn name(&self) -> String {
        match self.detail.as_str() {
            "" => self.title.clone(),
            detail => format!("{}, {detail}", self.title),
        }
    }
}

impl Nodes {
    /// From what is known now.
    pub fn of(name: &str, parts: &Parts) -> Self {
        let function = parts.detail.value.as_ref().map(|detail| &detail.function);
        let mut right = vec![results(parts, function)];
        right.extend(function.map(|function| permissions(parts, function)));
        right.extend(function.map(|function| surroundings(name, function)));
        right.retain(|group| !group.nodes.is_empty());
        Self {
            left: vec![triggers(parts)],
            right,
        }
    }
}

/// The part's nodes, or that it is loading, or why it is not there.
fn part<T>(
    nodes: &mut Vec<Node>,
    what: &str,
    loadable: &Loadable<T>,
    mut add: impl FnMut(&mut Vec<Node>, &T),
) -> bool {
    match (loadable.shown(), &loadable.error) {
        (Some(value), _) => {
            add(nodes, value);
            true
        }
        (None, Some(error)) => {
            nodes.push(Node::failed(what, error));
            false
        }
        (None, None) => {
            nodes.push(Node::loading(&what.to_lowercase()));
            false
        }
    }
}

fn triggers(parts: &Parts) -> Group {
    let mut nodes = Vec::new();
    let mut known = part(
        &mut nodes,
        "Event source mappings",
        &parts.mappings,
        |nodes, mappings| {
            nodes.extend(mappings.triggers.iter().map(trigger));
        },
    );
    known &= part(
        &mut nodes,
        "Resource policy",
        &parts.policy,
        |nodes, policy| {
            nodes.extend(policy.triggers.iter().map(trigger));
            if let Some(why) = &policy.unreadable {
                let node = Node::new(Icon::CIRCLE_ALERT, "Resource policy", "could not be read");
                nodes.push(node.tone(Tone::Warn).hover(why).apart());
            }
        },
    );
    known &= part(&mut nodes, "Function URL", &parts.urls, |nodes, urls| {
        for url in urls.iter() {
            let (words, tone) = match url.auth_type.as_str() {
                "NONE" => ("anyone who has the address", Tone::Warn),
                _ => ("callers with IAM permission", Tone::Plain),
            };
            let title = match &url.qualifier {
                Some(qualifier) => format!("Function URL of {qualifier}"),
                None => "Function URL".to_owned(),
            };
            let node = Node::new(Icon::LINK, title, words).tone(tone);
            nodes.push(node.hover(&url.url).copy("URL", &url.url));
        }
    });
    if known && nodes.is_empty() {
        let detail = "it runs when it is called through Lambda's API";
        let node = Node::new(Icon::MOUSE_POINTER_CLICK, "No trigger", detail);
        nodes.push(node.tone(Tone::Muted).apart());
    }
    Group {
        caption: "Triggered by",
        nodes,
    }
}

fn trigger(trigger: &Trigger) -> Node {
    let mut detail = vec![trigger.service_title().to_owned()];
    let route = trigger.source_arn.as_deref().and_then(api_route);
    if let Some((api, _)) = &route {
        detail.push(api.clone());
    }
    if let Some(size) = trigger.batch_size {
        detail.push(format!("batches of {size}"));
    }
    if let Some(qualifier) = &trigger.qualifier {
        detail.push(format!("runs {qualifier}"));
    }
    let (tone, state) = match &trigger.state {
        TriggerState::Enabled => (Tone::Plain, None),
        TriggerState::Disabled => (Tone::Muted, Some("Disabled".to_owned())),
        TriggerState::Other(word) => (Tone::Accent, Some(word.clone())),
    };
    detail.extend(state);
    let trouble = trigger
        .last_result
        .as_deref()
        .filter(|r| r.starts_with("PROBLEM"));
    if trouble.is_some() {
        detail.push("▲ problem".to_owned());
    }
    let everyone = trigger.service == "iam" && trigger.source == "anyone";
    let tone = match (trouble, everyone) {
        (Some(_), _) | (_, true) => Tone::Warn,
        _ => tone,
    };
    let lines = [
        trigger.source_arn.clone(),
        trigger
            .mapping_id
            .as_ref()
            .map(|id| format!("event source mapping {id}")),
        trigger
            .statement_id
            .as_ref()
            .map(|id| format!("statement {id} of the resource policy")),
        trigger.last_result.clone(),
    ];
    let hover: Vec<String> = lines.into_iter().flatten().collect();
    let node = Node::new(
        icon_of(&trigger.service),
        &trigger.source,
        detail.join(" · "),
    )
    .tone(tone)
    .hover(hover.join("\n"));
    match &trigger.source_arn {
        Some(arn) => node.copy("ARN", arn),
        None => node,
    }
}

/// The API's id, and its method and path, of `arn:…:execute-api:…:API/STAGE/METHOD/PATH`.
/// Source: <https://docs.aws.amazon.com/apigateway/latest/developerguide/arn-format-reference.html>.
fn api_route(arn: &str) -> Option<(String, String)> {
    let arn: Arn = arn.parse().ok()?;
    if arn.service != "execute-api" {
        return None;
    }
    let mut pieces = arn.resource.splitn(4, '/');
    let api = pieces.next()?.to_owned();
    let stage = pieces.next().unwrap_or("*");
    let method = pieces.next().unwrap_or("*");
    let route = match (pieces.next(), method) {
        (Some(path), "*") => format!("any method /{path}"),
        (Some(path), method) => format!("{method} /{path}"),
        (None, "*") => "every route".to_owned(),
        // WebSocket APIs have a route's key where REST APIs have a method.
        (None, key) => key.to_owned(),
    };
    let api = match stage {
        "*" => api,
        stage => format!("{api} {stage}"),
    };
    Some((api, route))
}

fn results(parts: &Parts, function: Option<&Arc<Function>>) -> Group {
    let mut nodes = Vec::new();
    part(
        &mut nodes,
        "Destinations",
        &parts.asynchronous,
        |nodes, configs| {
            for destination in configs.iter().flat_map(|config| &config.destinations) {
                nodes.push(result(destination));
            }
        },
    );
    if let Some(mappings) = parts.mappings.shown() {
        nodes.extend(mappings.destinations.iter().map(result));
    }
    if let Some(arn) = function.and_then(|function| function.dead_letter.clone()) {
        nodes.push(result(&Destination {
            kind: DestinationKind::DeadLetter,
            arn,
            of: None,
        }));
    }
    Group {
        caption: "Results go to",
        nodes,
    }
}

fn result(destination: &Destination) -> Node {
    let service = destination.service();
    let when = match destination.kind {
        DestinationKind::OnSuccess => "on success",
        DestinationKind::OnFailure => "on failure",
        DestinationKind::DeadLetter => "dead letters",
    };
    let detail = format!("{} · {when}", service_title(&service));
    let hover = match &destination.of {
        Some(of) => format!("{}\nof {of}", destination.arn),
        None => destination.arn.clone(),
    };
    let node = Node::new(icon_of(&service), destination.name(), detail).hover(hover);
    if service == "lambda" {
        return node.open(Route::function(&destination.name()));
    }
    node.copy("ARN", &destination.arn)
}

fn permissions(parts: &Parts, function: &Function) -> Group {
    let mut nodes = Vec::new();
    if let Some(role) = &parts.role {
        part(
            &mut nodes,
            "Permissions of the role",
            role,
            |nodes, documents| {
                let permissions = Permissions::of(&documents.policies);
                nodes.extend(permissions.services.iter().map(service));
                if !role.loading || role.value.is_some() {
                    nodes.extend(missing(
                        &permissions,
                        function,
                        documents.problems.is_empty(),
                    ));
                }
                let problems = documents.problems.iter().chain(&permissions.problems);
                for problem in problems {
                    let node = Node::new(Icon::CIRCLE_ALERT, "A policy", "could not be read");
                    nodes.push(node.tone(Tone::Warn).hover(problem).apart());
                }
            },
        );
    }
    if nodes.is_empty() {
        let node = Node::new(Icon::SHIELD, "Nothing", "its role has no policy");
        nodes.push(node.tone(Tone::Muted).hover(&function.role).apart());
    }
    Group {
        caption: "May use",
        nodes,
    }
}

/// What it is set up for and its role does not let it do.
fn missing(permissions: &Permissions, function: &Function, complete: bool) -> Option<Node> {
    if !complete {
        return None;
    }
    let logs = permissions.missing(&["logs:CreateLogStream", "logs:PutLogEvents"]);
    let traces = (function.tracing == crate::model::function::Tracing::Active)
        .then(|| permissions.missing(&["xray:PutTraceSegments", "xray:PutTelemetryRecords"]))
        .flatten();
    let (title, lacks) = match (logs, traces) {
        (Some(lacks), _) => ("Can't write its log", lacks),
        (None, Some(lacks)) => ("Can't send traces", lacks),
        (None, None) => return None,
    };
    let node = Node::new(Icon::TRIANGLE_ALERT, title, format!("lacks {lacks}"));
    let hover = format!("No policy of the role allows {lacks}:\n{}", function.role);
    Some(node.tone(Tone::Warn).hover(hover).apart())
}

fn service(service: &ServicePermissions) -> Node {
    let list = |caption: &str, items: &[String]| match items.len() {
        0 => None,
        1..=12 => Some(format!("{caption}: {}", items.join(", "))),
        more => Some(format!(
            "{caption}: {}, and {} more",
            items[..12].join(", "),
            more - 12
        )),
    };
    let lines = [
        list("Allowed", &service.allowed),
        list("Denied", &service.denied),
        list("On", &service.resources),
        list("By", &service.policies),
        service
            .conditional
            .then(|| "Some of it under a condition.".to_owned()),
    ];
    let hover: Vec<String> = lines.into_iter().flatten().collect();
    let tone = match (service.service.as_str(), service.is_unlimited()) {
        ("*", true) => Tone::Warn,
        _ if service.allowed.is_empty() => Tone::Muted,
        _ => Tone::Plain,
    };
    let actions = service.allowed.iter();
    let actions: Vec<String> = actions
        .map(|action| format!("{}:{action}", service.service))
        .collect();
    Node::new(
        icon_of(&service.service),
        service.title(),
        service.summary(),
    )
    .tone(tone)
    .hover(hover.join("\n"))
    .copy("actions", actions.join("\n"))
}

fn surroundings(name: &str, function: &Function) -> Group {
    let mut nodes = Vec::new();
    let group = function.log_group();
    let detail = if function.logging.json {
        "log group · JSON"
    } else {
        "log group"
    };
    let logs = Node::new(Icon::SCROLL_TEXT, group, detail);
    let route = Route::function_tab(name, FunctionTab::Logs);
    nodes.push(logs.open(route).hover("Press to read the log"));
    for layer in &function.layers {
        let mut words = layer.arn.rsplit(':');
        let version = words.next().unwrap_or_default();
        let title = words.next().unwrap_or(&layer.arn);
        let size = crate::model::format::bytes(layer.code_size);
        let node = Node::new(
            Icon::LAYERS,
            title,
            format!("layer · version {version} · {size}"),
        );
        nodes.push(node.hover(&layer.arn).copy("ARN", &layer.arn));
    }
    if let Some(vpc) = &function.vpc {
        let count = |count: usize, one: &str| match count {
            1 => format!("1 {one}"),
            _ => format!("{count} {one}s"),
        };
        let subnets = count(vpc.subnet_ids.len(), "subnet");
        let groups = count(vpc.security_group_ids.len(), "security group");
        let hover = [vpc.subnet_ids.join(", "), vpc.security_group_ids.join(", ")];
        let node = Node::new(
            Icon::NETWORK,
            &vpc.vpc_id,
            format!("VPC · {subnets} · {groups}"),
        );
        nodes.push(node.hover(hover.join("\n")).copy("VPC id", &vpc.vpc_id));
    }
    Group {
        caption: "Logs, layers, network",
        nodes,
    }
}

fn icon_of(service: &str) -> &'static str {
    match service {
        "sqs" => Icon::INBOX,
        "sns" => Icon::BELL,
        "s3" => Icon::ARCHIVE,
        "dynamodb" | "rds" => Icon::DATABASE,
        "kinesis" | "kafka" => Icon::WAYPOINTS,
        "events" | "scheduler" => Icon::CALENDAR,
        "apigateway" | "execute-api" => Icon::WEBHOOK,
        "elasticloadbalancing" => Icon::SPLIT,
        "logs" => Icon::SCROLL_TEXT,
        "cloudwatch" => Icon::GAUGE,
        "xray" => Icon::ROUTE,
        "lambda" => Icon::SQUARE_FUNCTION,
        "iam" | "sts" => Icon::USERS,
        "kms" | "secretsmanager" => Icon::KEY_ROUND,
        "ssm" => Icon::SLIDERS_HORIZONTAL,
        "states" => Icon::WORKFLOW,
        "ec2" => Icon::NETWORK,
        "ecr" => Icon::CONTAINER,
        "*" => Icon::SHIELD_ALERT,
        _ => Icon::CLOUD,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::cloud::iam::RoleDocuments;
    use crate::cloud::lambda::function::FunctionDetail;
    use crate::cloud::lambda::related::{Mappings, ResourcePolicy, UrlConfig};
    use crate::model::function::{LayerRef, triggers_of_policy};
    use crate::model::role::Policy;

    fn known<T>(value: T) -> Loadable<T> {
        Loadable {
            value: Some(Arc::new(value)),
            ..Loadable::unknown()
        }
    }

    fn failed<T>(kind: ErrorKind) -> Loadable<T> {
        Loadable {
            error: Some(Arc::new(CloudError::local("X", kind, "no"))),
            ..Loadable::unknown()
        }
    }

    fn parts(function: Function) -> Parts {
        let policy = Policy {
            name: "p".into(),
            document: r#"{"Statement":{"Effect":"Allow","Action":["logs:*","s3:GetObject"],"Resource":"*"}}"#.into(),
        };
        Parts {
            detail: known(FunctionDetail {
                function: Arc::new(function),
                ..FunctionDetail::default()
            }),
            mappings: known(Mappings::default()),
            policy: known(ResourcePolicy::default()),
            urls: known(Vec::new()),
            asynchronous: known(Vec::new()),
            role: Some(known(RoleDocuments {
                policies: vec![policy],
                problems: Vec::new(),
            })),
            aliases: known(Vec::new()),
            versions: known(Vec::new()),
            account: Loadable::unknown(),
        }
    }

    fn names(groups: &[Group]) -> Vec<String> {
        groups
            .iter()
            .flat_map(|g| &g.nodes)
            .map(Node::name)
            .collect()
    }

    #[test]
    fn a_function_without_triggers_says_how_it_is_run() {
        let nodes = Nodes::of("f", &parts(Function::default()));
        assert_eq!(nodes.left[0].nodes[0].title, "No trigger");
        assert_eq!(
            names(&nodes.right),
            [
                "CloudWatch Logs, everything on every resource",
                "S3, read on every resource",
                "/aws/lambda/, log group"
            ]
        );
    }

    #[test]
    fn each_part_fails_in_its_own_place() {
        let mut parts = parts(Function::default());
        parts.policy = failed(ErrorKind::Permission {
            action: None,
            resource: None,
        });
        parts.urls = failed(ErrorKind::NotServed);
        parts.mappings = known(Mappings {
            triggers: vec![Trigger::from_source("arn:aws:sqs:eu-west-1:1:jobs")],
            destinations: Vec::new(),
        });
        let nodes = Nodes::of("f", &parts);
        assert_eq!(
            names(&nodes.left),
            [
                "jobs, SQS",
                "Resource policy, Not permitted",
                "Function URL, Not served by this endpoint: X"
            ]
        );
        assert_eq!(nodes.left[0].nodes[1].press, Press::Retry);
        assert!(nodes.left[0].nodes[0].linked && !nodes.left[0].nodes[1].linked);
    }

    #[test]
    fn a_route_of_an_api_is_told_by_method_and_path() {
        let told = |resource: &str| {
            let (api, route) = api_route(&format!("arn:aws:execute-api:r:1:{resource}")).unwrap();
            format!("{api}: {route}")
        };
        assert_eq!(told("abc/*/POST/orders/{id}"), "abc: POST /orders/{id}");
        assert_eq!(told("abc/prod/*/orders"), "abc prod: any method /orders");
        assert_eq!(told("abc/*/*"), "abc: every route");
        assert_eq!(told("abc/*/$connect"), "abc: $connect");
        assert_eq!(api_route("arn:aws:s3:::pictures"), None);
    }

    #[test]
    fn what_anyone_may_call_is_marked() {
        let mut parts = parts(Function::default());
        let policy = r#"{"Statement":{"Effect":"Allow","Principal":"*","Action":"lambda:InvokeFunctionUrl"}}"#;
        parts.policy = known(ResourcePolicy {
            triggers: triggers_of_policy(policy).unwrap(),
            ..ResourcePolicy::default()
        });
        parts.urls = known(vec![UrlConfig {
            url: "https://x.lambda-url.eu-west-1.on.aws/".into(),
            auth_type: "NONE".into(),
            ..UrlConfig::default()
        }]);
        let nodes = Nodes::of("f", &parts);
        assert!(
            nodes.left[0]
                .nodes
                .iter()
                .all(|node| node.tone == Tone::Warn)
        );
    }

    #[test]
    fn a_role_that_cannot_write_the_log_is_told() {
        let mut parts = parts(Function::default());
        parts.role = Some(known(RoleDocuments::default()));
        let nodes = Nodes::of("f", &parts);
        let told = names(&nodes.right);
        assert!(
            told.contains(&"Can't write its log, lacks logs:CreateLogStream".to_owned()),
            "{told:?}"
        );
    }

    #[test]
    fn results_layers_and_logs_can_be_pressed() {
        let function = Function {
            name: "f".into(),
            dead_letter: Some("arn:aws:sqs:eu-west-1:1:dead".into()),
            layers: vec![LayerRef {
                arn: "arn:aws:lambda:eu-west-1:1:layer:tools:7".into(),
                code_size: 2048,
            }],
            ..Function::default()
        };
        let nodes = Nodes::of("f", &parts(function));
        let told = names(&nodes.right);
        assert_eq!(told[0], "dead, SQS · dead letters");
        assert_eq!(told.last().unwrap(), "tools, layer · version 7 · 2 KB");
        let logs = &nodes.right[2].nodes[0];
        assert_eq!(
            logs.press,
            Press::Open(Route::function_tab("f", FunctionTab::Logs))
        );
    }
}
