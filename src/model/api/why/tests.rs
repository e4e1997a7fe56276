//! Each cause from a configuration that has it, and what is not known said to be unknown.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::Arc;

use super::super::definition::{
    Authorizer as Guard, Integration, IntegrationResponse, Method, Validator,
};
use super::super::{RestApi, Stage};
use super::*;

const URL: &str = "https://abc.execute-api.eu-west-1.amazonaws.com/prod";
const URI: &str = "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-west-1:482177391105:function:orders/invocations";

fn place(verb: &str, path: &str) -> Place {
    Place {
        path: path.to_owned(),
        verb: verb.to_owned(),
    }
}

fn proxy() -> Method {
    Method {
        authorization: "NONE".into(),
        integration: Some(Integration {
            kind: "AWS_PROXY".into(),
            uri: Some(URI.into()),
            timeout_ms: 29_000,
            ..Integration::default()
        }),
        ..Method::default()
    }
}

/// `GET /orders` and `POST /orders/{id}`, deployed to prod, with a function that lets the API call it.
fn facts() -> Facts {
    let methods = [
        (place("GET", "/orders"), proxy()),
        (place("POST", "/orders/{id}"), proxy()),
    ];
    let definition = Definition {
        methods: methods.into(),
        ..Definition::default()
    };
    let stage = Stage {
        name: "prod".into(),
        deployment_id: "d1".into(),
        ..Stage::default()
    };
    let detail = ApiDetail {
        api: RestApi {
            id: "abc".into(),
            name: "shop".into(),
            ..RestApi::default()
        },
        stages: vec![stage],
        ..ApiDetail::default()
    };
    let policy = r#"{"Statement": [{"Effect": "Allow", "Principal": {"Service": "apigateway.amazonaws.com"}, "Action": "lambda:InvokeFunction"}]}"#;
    let called = Called {
        name: "orders".into(),
        qualifier: None,
    };
    let function = Function {
        timeout_s: 3,
        policy: policy.into(),
    };
    Facts {
        region: "eu-west-1".into(),
        account: "482177391105".into(),
        partition: "aws".into(),
        api: Read::Got(Arc::new(detail)),
        deployed: Read::Got(Arc::new(definition)),
        functions: [(called, Read::Got(function))].into(),
        ..Facts::default()
    }
}

fn definition(facts: &mut Facts) -> &mut Definition {
    match &mut facts.deployed {
        Read::Got(of) => Arc::make_mut(of),
        _ => panic!("it is there"),
    }
}

fn orders(facts: &mut Facts) -> &mut Method {
    let of = definition(facts);
    of.methods.get_mut(&place("GET", "/orders")).unwrap()
}

fn get(path: &str) -> Asked {
    Asked {
        url: format!("{URL}{path}"),
        ..Asked::default()
    }
}

fn cause(asked: &Asked, facts: &Facts) -> Option<Cause> {
    let explained = explain(asked, facts);
    let finding = explained.finding?;
    assert!(finding.certain, "{finding:?}");
    Some(finding.causes[0])
}

fn state<'e>(explained: &'e Explanation, title: &str) -> &'e State {
    let found = explained.steps.iter().find(|step| step.title == title);
    &found
        .unwrap_or_else(|| panic!("{title}: {explained:#?}"))
        .state
}

#[test]
fn a_request_that_nothing_stands_in_the_way_of_has_no_cause_and_says_what_is_not_known() {
    let explained = explain(&get("/orders"), &facts());
    assert_eq!(explained.finding, None);
    let titles: Vec<&str> = explained.steps.iter().map(|step| step.title).collect();
    assert_eq!(
        titles,
        [
            "API",
            "Stage",
            "Deployment",
            "Resource",
            "Size",
            "Resource policy",
            "Authorizer",
            "API key",
            "Throttling",
            "Validator",
            "Integration",
            "Backend"
        ]
    );
    let State::Unknown(may) = state(&explained, "Backend") else {
        panic!();
    };
    assert!(may.contains(&Cause::Malformed) && may.contains(&Cause::TimedOut));
    let taken = explained.taken.unwrap();
    assert_eq!(taken.method.unwrap().name(), "GET /orders");
}

#[test]
fn what_takes_a_request_is_looked_up_and_the_first_thing_that_fails_is_named() {
    let facts = facts();
    let mut gone = facts.clone();
    gone.api = Read::Gone;
    assert_eq!(cause(&get("/orders"), &gone), Some(Cause::UnknownApi));
    let stage = Asked {
        url: URL.replace("/prod", "/dev/orders"),
        ..Asked::default()
    };
    assert_eq!(cause(&stage, &facts), Some(Cause::UnknownStage));
    let path = explain(&get("/order"), &facts);
    assert_eq!(path.finding.as_ref().unwrap().causes, [Cause::NoRoute]);
    assert_eq!(*state(&path, "API key"), State::Skipped);
    let step = path.steps.iter().find(|of| of.title == "Resource").unwrap();
    assert_eq!(step.more[0], "Near it: GET /orders");
    let verb = Asked {
        verb: "delete".into(),
        ..get("/orders")
    };
    let explained = explain(&verb, &facts);
    let step = explained
        .steps
        .iter()
        .find(|of| of.title == "Resource")
        .unwrap();
    assert_eq!(step.more, ["/orders is there, without DELETE: it has GET."]);
    let elsewhere = Asked {
        url: URL.replace("eu-west-1", "us-east-1"),
        ..Asked::default()
    };
    let explained = explain(&elsewhere, &facts);
    assert!(explained.steps[0].words.contains("switch to us-east-1"));
    assert_eq!(explained.finding, None, "nothing is guessed");
}

#[test]
fn a_path_that_is_not_deployed_and_a_forgotten_stage_are_told() {
    let mut facts = facts();
    let mut now = definition(&mut facts).clone();
    now.methods.insert(place("GET", "/carts"), proxy());
    facts.present = Read::Got(Arc::new(now));
    let signed = Asked {
        headers: "Authorization: Bearer x".into(),
        ..get("/carts")
    };
    let explained = explain(&signed, &facts);
    let step = explained
        .steps
        .iter()
        .find(|of| of.title == "Resource")
        .unwrap();
    assert!(step.more[0].contains("not deployed to prod yet"));
    assert!(step.more.last().unwrap().contains("missing equal-sign"));
    let Read::Got(detail) = &mut facts.api else {
        panic!()
    };
    let resource = super::super::Resource {
        path: "/orders".into(),
        ..super::super::Resource::default()
    };
    Arc::make_mut(detail).resources.push(resource);
    let forgotten = Asked {
        url: URL.replace("/prod", "/orders"),
        ..Asked::default()
    };
    let explained = explain(&forgotten, &facts);
    let step = explained.steps.of_stage();
    assert!(step.contains("Try /prod/orders"), "{step}");
}

trait Forgotten {
    fn of_stage(&self) -> String;
}

impl Forgotten for Vec<Step> {
    fn of_stage(&self) -> String {
        let stage = self.iter().find(|of| of.title == "Stage").unwrap();
        stage.more.join(" ")
    }
}

#[test]
fn a_resource_policy_decides_and_an_address_that_is_not_known_is_not_guessed() {
    let statement = |effect: &str, more: &str| {
        format!(
            r#"{{"Effect": "{effect}", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*"{more}}}"#
        )
    };
    let ip = r#", "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}"#;
    let mut facts = facts();
    let mut with = |statements: &str| {
        let policy = format!(r#"{{"Statement": [{statements}]}}"#);
        definition(&mut facts).settings.policy = Some(policy);
        facts.clone()
    };
    let denied = with(&format!(
        "{}, {}",
        statement("Allow", ""),
        statement("Deny", "")
    ));
    assert_eq!(cause(&get("/orders"), &denied), Some(Cause::PolicyDenies));
    let from = |from: &str| Asked {
        from: from.into(),
        ..get("/orders")
    };
    let some = with(&statement("Allow", ip));
    assert_eq!(
        cause(&from("192.0.2.1"), &some),
        Some(Cause::PolicyAllowsNot)
    );
    assert_eq!(explain(&from("10.1.1.1"), &some).finding, None);
    let open = explain(&from(""), &some);
    assert!(matches!(state(&open, "Resource policy"), State::Unknown(_)));
    assert_eq!(open.finding, None);
    // With the answer it is known all the same.
    let answered = Asked {
        answer: "403\n{\"Message\":\"User: anonymous is not authorized to perform: execute-api:Invoke on resource: x\"}".into(),
        ..from("")
    };
    assert_eq!(cause(&answered, &some), Some(Cause::PolicyAllowsNot));
}

#[test]
fn signatures_and_authorizers_are_asked_for_what_can_be_seen() {
    let mut facts = facts();
    orders(&mut facts).authorization = "AWS_IAM".into();
    assert_eq!(cause(&get("/orders"), &facts), Some(Cause::NotSigned));
    let credential = |scope: &str| Asked {
        headers: format!(
            "Authorization: AWS4-HMAC-SHA256 Credential=AKIA/20261128/{scope}/aws4_request, SignedHeaders=host, Signature=0"
        ),
        ..get("/orders")
    };
    assert_eq!(
        cause(&credential("eu-west-1/s3"), &facts),
        Some(Cause::NotSigned)
    );
    let signed = explain(&credential("eu-west-1/execute-api"), &facts);
    assert!(matches!(state(&signed, "Authorizer"), State::Unknown(_)));

    let guard = Guard {
        kind: "TOKEN".into(),
        uri: Some(URI.replace(":orders/", ":guard/")),
        identity: "method.request.header.X-Token".into(),
        expression: Some("k-[0-9]+".into()),
        ..Guard::default()
    };
    definition(&mut facts)
        .authorizers
        .insert("tokens".into(), guard);
    let method = orders(&mut facts);
    method.authorization = "CUSTOM".into();
    method.authorizer = Some("tokens".into());
    let token = |token: &str| Asked {
        headers: format!("x-token: {token}"),
        ..get("/orders")
    };
    assert_eq!(cause(&get("/orders"), &facts), Some(Cause::NoToken));
    assert_eq!(cause(&token("x"), &facts), Some(Cause::NoToken));
    let waits = explain(&token("k-1"), &facts);
    assert!(waits.is_waiting());
    let called = Called {
        name: "guard".into(),
        qualifier: None,
    };
    assert!(waits.wants.contains(&Want::Function(called.clone())));
    facts.functions.insert(called, Read::Gone);
    assert_eq!(cause(&token("k-1"), &facts), Some(Cause::AuthorizerFails));
}

#[test]
fn keys_plans_and_throttles_are_told_apart() {
    let mut facts = facts();
    orders(&mut facts).key = true;
    assert_eq!(cause(&get("/orders"), &facts), Some(Cause::KeyMissing));
    let asked = Asked {
        headers: "X-Api-Key: 1234567890".into(),
        ..get("/orders")
    };
    let waits = explain(&asked, &facts);
    assert!(waits.wants.contains(&Want::Key(Secret::new("1234567890"))));
    assert!(waits.is_waiting());
    facts.key = Read::Got(None);
    assert_eq!(cause(&asked, &facts), Some(Cause::KeyUnknown));
    let key = |enabled| ApiKey {
        id: "k".into(),
        name: "partner".into(),
        enabled,
        created_at: None,
    };
    facts.key = Read::Got(Some(key(false)));
    assert_eq!(cause(&asked, &facts), Some(Cause::KeyOff));
    facts.key = Read::Got(Some(key(true)));
    facts.plans = Read::Got(Vec::new());
    assert_eq!(cause(&asked, &facts), Some(Cause::KeyWithoutPlan));
    let plan = |stage: &str| UsagePlan {
        name: "gold".into(),
        stages: vec![("abc".into(), stage.into())],
        keys: vec![key(true)],
        rate: Some(1.0),
        quota: Some((5, "DAY".into())),
        ..UsagePlan::default()
    };
    facts.plans = Read::Got(vec![plan("dev")]);
    assert_eq!(cause(&asked, &facts), Some(Cause::PlanWithoutStage));
    facts.plans = Read::Got(vec![plan("prod")]);
    assert_eq!(explain(&asked, &facts).finding, None);
    let answered = Asked {
        answer: "429\n{\"message\":\"Limit Exceeded\"}".into(),
        ..asked.clone()
    };
    assert_eq!(cause(&answered, &facts), Some(Cause::QuotaExceeded));
    let Read::Got(detail) = &mut facts.api else {
        panic!()
    };
    let values = &mut Arc::make_mut(detail).stages[0].values;
    values.insert("/*/*/throttling/rateLimit".into(), "0".into());
    assert_eq!(cause(&asked, &facts), Some(Cause::Throttled));
}

#[test]
fn what_a_request_lacks_and_what_stands_behind_is_checked() {
    let mut facts = facts();
    let validator = Validator {
        body: false,
        parameters: true,
    };
    definition(&mut facts)
        .validators
        .insert("all".into(), validator);
    let method = orders(&mut facts);
    method.validator = Some("all".into());
    let needs = [
        ("querystring.page", true),
        ("header.X-Id", true),
        ("querystring.q", false),
    ];
    method.parameters = needs.map(|(k, v)| (k.to_owned(), v)).into();
    let explained = explain(&get("/orders?q=1"), &facts);
    let finding = explained.finding.unwrap();
    assert_eq!(finding.causes, [Cause::ParameterMissing]);
    assert!(finding.words.contains("[X-Id, page]"), "{}", finding.words);
    let good = Asked {
        headers: "x-id: 1".into(),
        ..get("/orders?page=2")
    };
    assert_eq!(explain(&good, &facts).finding, None);

    let mut gone = facts.clone();
    gone.functions.values_mut().for_each(|of| *of = Read::Gone);
    assert_eq!(cause(&good, &gone), Some(Cause::FunctionGone));
    let mut closed = facts.clone();
    let nothing = Function::default();
    closed
        .functions
        .values_mut()
        .for_each(|of| *of = Read::Got(nothing.clone()));
    assert_eq!(cause(&good, &closed), Some(Cause::NotPermitted));

    let of = orders(&mut facts).integration.as_mut().unwrap();
    of.kind = "AWS".into();
    of.passthrough = "NEVER".into();
    of.responses = [("default".to_owned(), IntegrationResponse::default())].into();
    of.templates = [("application/json".to_owned(), "{}".to_owned())].into();
    let text = Asked {
        headers: "x-id: 1\nContent-Type: text/plain; charset=utf-8".into(),
        ..good.clone()
    };
    assert_eq!(cause(&text, &facts), Some(Cause::MediaType));
    assert_eq!(explain(&good, &facts).finding, None);
    let large = Asked {
        headers: "Content-Length: 11534336".into(),
        ..good.clone()
    };
    assert_eq!(cause(&large, &facts), Some(Cause::TooLarge));
}

#[test]
fn the_answer_decides_between_what_is_not_known_and_one_that_does_not_fit_is_told() {
    let facts = facts();
    let with = |answer: &str| Asked {
        answer: answer.into(),
        ..get("/orders")
    };
    let malformed = "HTTP/1.1 502 Bad Gateway\nx-amzn-errortype: InternalServerErrorException\n\n{\"message\": \"Internal server error\"}";
    assert_eq!(cause(&with(malformed), &facts), Some(Cause::Malformed));
    let late = "504\n{\"message\": \"Endpoint request timed out\"}";
    assert_eq!(cause(&with(late), &facts), Some(Cause::TimedOut));
    let own =
        "HTTP/1.1 404 Not Found\ncontent-type: application/json\n\n{\"error\":\"no such order\"}";
    assert_eq!(cause(&with(own), &facts), Some(Cause::Backend));
    assert_eq!(explain(&with("200"), &facts).finding, None);
    // By what was read the key is not asked for at all.
    let other = explain(&with("403\n{\"message\":\"Forbidden\"}"), &facts)
        .finding
        .unwrap();
    assert!(!other.certain);
    assert!(
        other.words.contains("may have changed since"),
        "{}",
        other.words
    );
    let alone = Asked {
        answer: "403\n{\"message\":\"Missing Authentication Token\"}".into(),
        ..Asked::default()
    };
    let told = explain(&alone, &Facts::default()).finding.unwrap();
    assert_eq!(told.causes, [Cause::NoRoute, Cause::NotSigned]);
    assert!(!told.certain);
}

#[test]
fn the_apis_present_state_is_told_where_the_frozen_one_can_not_be_read() {
    let mut facts = facts();
    let now = definition(&mut facts).clone();
    facts.deployed = Read::Failed("JSON body models are not found".into());
    let waits = explain(&get("/orders"), &facts);
    assert!(waits.wants.contains(&Want::Present("abc".into())));
    facts.present = Read::Got(Arc::new(now));
    let explained = explain(&get("/orders"), &facts);
    let step = explained
        .steps
        .iter()
        .find(|of| of.title == "Deployment")
        .unwrap();
    assert!(matches!(step.state, State::Unknown(_)));
    assert!(
        step.words.contains("of the API as it is now"),
        "{}",
        step.words
    );
    assert!(explained.taken.unwrap().method.is_some());
}
