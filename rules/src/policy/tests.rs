//! The tables and examples of AWS's documentation, as tests.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::validate::{Use, check};
use super::*;
use serde_json::{Value, json};

const USER: &str = "arn:aws:iam::111111111111:user/ana";
const ROLE: &str = "arn:aws:iam::111111111111:role/app/deploy";
const SESSION: &str = "arn:aws:sts::111111111111:assumed-role/deploy/me";
const FEDERATED: &str = "arn:aws:sts::111111111111:federated-user/ana";

fn document(statement: Value) -> Document {
    let text = json!({"Version": "2012-10-17", "Statement": statement}).to_string();
    Document::parse("p", &text).unwrap()
}

fn allow(action: &str, resource: &str) -> Document {
    document(json!({"Effect": "Allow", "Action": action, "Resource": resource}))
}

fn deny(action: &str) -> Document {
    document(json!({"Effect": "Deny", "Action": action, "Resource": "*"}))
}

fn granting(effect: &str, principal: Value) -> Document {
    document(
        json!({"Effect": effect, "Principal": principal, "Action": "s3:GetObject", "Resource": "*"}),
    )
}

/// Judges `s3:GetObject` by `principal` on an object.
fn decision(principal: &Principal, policies: &Policies<'_>) -> Decision {
    decide(
        &Request {
            principal,
            action: "s3:GetObject",
            resource: "arn:aws:s3:::b/k",
            context: &Context::of(principal),
        },
        policies,
    )
    .decision
}

/// Whether one identity policy allows an action on a resource in a context.
fn allows(policy: &Document, action: &str, resource: &str, keys: &[(&str, &[&str])]) -> bool {
    let principal = Principal::of_arn(USER).unwrap();
    let mut context = Context::of(&principal);
    for (key, values) in keys {
        context.set(key, values.iter().map(|v| (*v).to_owned()).collect());
    }
    let request = Request {
        principal: &principal,
        action,
        resource,
        context: &context,
    };
    let policies = Policies {
        identity: std::slice::from_ref(policy),
        ..Policies::default()
    };
    decide(&request, &policies).decision == Decision::Allowed
}

/// "Policy evaluation for requests within a single account": what a resource policy gives where identity policies,
/// boundary and session policy all deny implicitly.
#[test]
fn a_resource_policy_alone_reaches_whom_awss_table_says() {
    let nothing = [allow("ec2:*", "*")];
    let rows = [
        (SESSION, json!({"AWS": ROLE}), true, Decision::ImplicitDeny),
        (SESSION, json!({"AWS": SESSION}), true, Decision::Allowed),
        (SESSION, json!({"AWS": ROLE}), false, Decision::Allowed),
        (USER, json!({"AWS": USER}), true, Decision::Allowed),
        (
            FEDERATED,
            json!({"AWS": USER}),
            true,
            Decision::ImplicitDeny,
        ),
        (
            FEDERATED,
            json!({"AWS": FEDERATED}),
            true,
            Decision::Allowed,
        ),
        (
            "arn:aws:iam::111111111111:root",
            json!({"AWS": "111111111111"}),
            false,
            Decision::Allowed,
        ),
        (
            USER,
            json!({"AWS": "111111111111"}),
            false,
            Decision::ImplicitDeny,
        ),
        (USER, json!("*"), true, Decision::Allowed),
        (
            USER,
            json!({"AWS": "arn:aws:iam::111111111111:user/bo"}),
            false,
            Decision::ImplicitDeny,
        ),
    ];
    for (who, named, limited, wanted) in rows {
        let resource = granting("Allow", named.clone());
        let limits = limited.then_some(&nothing[..]);
        let policies = Policies {
            identity: &nothing,
            boundary: limits,
            session: limits,
            resource: Some(&resource),
            owner: Some("111111111111"),
            resource_decides: false,
        };
        assert_eq!(
            decision(&Principal::of_arn(who).unwrap(), &policies),
            wanted,
            "{who} {named}"
        );
    }
    let service = Principal::Service {
        name: "sns.amazonaws.com".into(),
    };
    for (named, wanted) in [
        ("sns.amazonaws.com", Decision::Allowed),
        ("sqs.amazonaws.com", Decision::ImplicitDeny),
    ] {
        let resource = granting("Allow", json!({"Service": named}));
        let policies = Policies {
            resource: Some(&resource),
            owner: Some("111111111111"),
            ..Policies::default()
        };
        assert_eq!(decision(&service, &policies), wanted, "{named}");
    }
}

/// Identity policy, resource policy, same account, across accounts; A allows, D denies, N says nothing.
#[test]
fn within_an_account_either_policy_is_enough_and_across_accounts_both_must_allow() {
    let rows = [
        ("A", "A", true, true),
        ("A", "N", true, false),
        ("N", "A", true, false),
        ("N", "N", false, false),
        ("D", "A", false, false),
        ("A", "D", false, false),
        ("N", "D", false, false),
        ("D", "D", false, false),
    ];
    let user = Principal::of_arn(USER).unwrap();
    for (identity, resource, same, across) in rows {
        let identity = match identity {
            "A" => vec![allow("s3:*", "*")],
            "D" => vec![deny("s3:*")],
            _ => vec![],
        };
        let resource = match resource {
            "A" => Some(granting("Allow", json!({"AWS": USER}))),
            "D" => Some(granting("Deny", json!({"AWS": USER}))),
            _ => None,
        };
        for (owner, wanted) in [("111111111111", same), ("222222222222", across)] {
            let policies = Policies {
                identity: &identity,
                resource: resource.as_ref(),
                owner: Some(owner),
                ..Policies::default()
            };
            let allowed = decision(&user, &policies) == Decision::Allowed;
            assert_eq!(allowed, wanted, "{owner} {policies:?}");
        }
    }
}

#[test]
fn a_boundary_limits_what_identity_policies_allow_and_an_explicit_deny_overrides_everything() {
    let user = Principal::of_arn(USER).unwrap();
    let (s3, ec2) = ([allow("s3:*", "*")], [allow("ec2:*", "*")]);
    let by = |identity, boundary| {
        decision(
            &user,
            &Policies {
                identity,
                boundary: Some(boundary),
                ..Policies::default()
            },
        )
    };
    assert_eq!(by(&s3, &s3), Decision::Allowed);
    assert_eq!(by(&s3, &ec2), Decision::ImplicitDeny);
    assert_eq!(by(&ec2, &s3), Decision::ImplicitDeny);
    assert_eq!(by(&s3, &[deny("*")]), Decision::ExplicitDeny);
    let both = [allow("*", "*"), deny("s3:Get*")];
    let policies = Policies {
        identity: &both,
        ..Policies::default()
    };
    let context = Context::of(&user);
    let request = Request {
        principal: &user,
        action: "s3:GetObject",
        resource: "*",
        context: &context,
    };
    let outcome = decide(&request, &policies);
    assert_eq!(outcome.decision, Decision::ExplicitDeny);
    assert_eq!(outcome.matched.len(), 1, "only what denies is told");
}

#[test]
fn a_trust_policy_decides_alone_and_an_account_in_it_hands_on_to_identity_policies() {
    let user = Principal::of_arn(USER).unwrap();
    let everything = [allow("*", "*")];
    let judge = |identity: &[Document], named: Value| {
        let resource = granting("Allow", named);
        let policies = Policies {
            identity,
            resource: Some(&resource),
            owner: Some("111111111111"),
            resource_decides: true,
            ..Policies::default()
        };
        decision(&user, &policies)
    };
    assert_eq!(
        judge(
            &everything,
            json!({"AWS": "arn:aws:iam::111111111111:user/bo"})
        ),
        Decision::ImplicitDeny
    );
    assert_eq!(judge(&[], json!({"AWS": USER})), Decision::Allowed);
    assert_eq!(
        judge(&[], json!({"AWS": "111111111111"})),
        Decision::ImplicitDeny
    );
    assert_eq!(
        judge(&everything, json!({"AWS": "111111111111"})),
        Decision::Allowed
    );
}

#[test]
fn not_principal_not_action_and_not_resource_mean_all_but_what_they_name() {
    let denied = document(
        json!({"Effect": "Deny", "NotPrincipal": {"AWS": USER}, "Action": "*", "Resource": "*"}),
    );
    let everything = [allow("*", "*")];
    for (who, wanted) in [
        (USER, Decision::Allowed),
        ("arn:aws:iam::111111111111:user/bo", Decision::ExplicitDeny),
    ] {
        let policies = Policies {
            identity: &everything,
            resource: Some(&denied),
            ..Policies::default()
        };
        assert_eq!(
            decision(&Principal::of_arn(who).unwrap(), &policies),
            wanted
        );
    }
    let but_iam = document(json!({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}));
    assert!(allows(&but_iam, "s3:GetObject", "*", &[]));
    assert!(!allows(&but_iam, "IAM:CreateUser", "*", &[]));
    let but_one = document(
        json!({"Effect": "Allow", "Action": "s3:*", "NotResource": ["arn:aws:s3:::secret", "arn:aws:s3:::secret/*"]}),
    );
    assert!(allows(&but_one, "s3:GetObject", "arn:aws:s3:::open/x", &[]));
    assert!(!allows(
        &but_one,
        "s3:GetObject",
        "arn:aws:s3:::secret/x",
        &[]
    ));
}

#[test]
fn wildcards_stand_for_any_letters_within_one_part_of_an_arn() {
    let rows = [
        ("s3:*", "s3:GetObject", true),
        ("s3:Get*", "S3:getobject", true),
        ("s3:?etObject", "s3:GetObject", true),
        ("s3:Get", "s3:GetObject", false),
        ("*", "iam:CreateUser", true),
        ("iam:*AccessKey*", "iam:ListAccessKeys", true),
    ];
    for (pattern, action, wanted) in rows {
        assert_eq!(
            allows(&allow(pattern, "*"), action, "*", &[]),
            wanted,
            "{pattern} {action}"
        );
    }
    let rows = [
        ("arn:aws:s3:::b/*", "arn:aws:s3:::b/x/y", true),
        ("arn:aws:s3:::b/*/z", "arn:aws:s3:::b/x/y/z", true),
        ("arn:aws:s3:::b", "arn:aws:s3:::B", false),
        (
            "arn:aws:lambda:*:111111111111:function:*",
            "arn:aws:lambda:eu-west-1:111111111111:function:f:live",
            true,
        ),
        (
            "arn:aws:lambda:*:function:f",
            "arn:aws:lambda:eu-west-1:111111111111:function:f",
            false,
        ),
        (
            "arn:aws:sqs:*:*:q?",
            "arn:aws:sqs:us-east-1:111111111111:q1",
            true,
        ),
        (
            "arn:aws:sqs:*",
            "arn:aws:sqs:us-east-1:111111111111:q1",
            true,
        ),
    ];
    for (pattern, resource, wanted) in rows {
        assert_eq!(
            allows(&allow("*", pattern), "x:Y", resource, &[]),
            wanted,
            "{pattern} {resource}"
        );
    }
}

/// Operator, the policy's values, what the request has, whether it holds.
#[test]
fn every_condition_operator_compares_as_documented() {
    let none: &[&str] = &[];
    let rows: &[(&str, Value, &[&str], bool)] = &[
        ("StringEquals", json!(["a", "b"]), &["b"], true),
        ("StringEquals", json!("a*"), &["ab"], false),
        ("StringEquals", json!("a"), none, false),
        ("StringNotEquals", json!(["a", "b"]), &["b"], false),
        ("StringNotEquals", json!("a"), none, true),
        ("StringEqualsIgnoreCase", json!("TEAM"), &["team"], true),
        ("StringNotEqualsIgnoreCase", json!("TEAM"), &["team"], false),
        ("StringLike", json!("us-*"), &["us-east-1"], true),
        ("StringNotLike", json!("us-*"), &["us-east-1"], false),
        ("StringEqualsIfExists", json!("a"), none, true),
        ("StringEqualsIfExists", json!("a"), &["b"], false),
        ("NumericEquals", json!("10"), &["10.0"], true),
        ("NumericLessThanEquals", json!(10), &["10"], true),
        ("NumericLessThan", json!("10"), &["10"], false),
        ("NumericGreaterThan", json!("9"), &["10"], true),
        ("NumericGreaterThanEquals", json!("11"), &["10"], false),
        ("NumericNotEquals", json!("10"), &["10"], false),
        ("NumericEquals", json!("ten"), &["10"], false),
        (
            "DateGreaterThan",
            json!("2020-01-01T00:00:01Z"),
            &["2020-01-01T00:00:02Z"],
            true,
        ),
        (
            "DateLessThan",
            json!("2020-01-01T00:00:01Z"),
            &["1577836800"],
            true,
        ),
        (
            "DateEquals",
            json!("2020-01-01"),
            &["2020-01-01T00:00:00Z"],
            true,
        ),
        ("Bool", json!("true"), &["true"], true),
        ("Bool", json!(false), &["true"], false),
        ("BinaryEquals", json!("QmluYXJ5"), &["QmluYXJ5"], true),
        (
            "IpAddress",
            json!("203.0.113.0/24"),
            &["203.0.113.255"],
            true,
        ),
        (
            "IpAddress",
            json!("203.0.113.0/24"),
            &["203.0.114.1"],
            false,
        ),
        (
            "IpAddress",
            json!(["192.0.2.1", "2001:DB8:1234:5678::/64"]),
            &["2001:db8:1234:5678:1::"],
            true,
        ),
        (
            "NotIpAddress",
            json!("203.0.113.0/24"),
            &["203.0.114.1"],
            true,
        ),
        (
            "ArnLike",
            json!("arn:aws:sns:*:111111111111:*"),
            &["arn:aws:sns:us-east-1:111111111111:t"],
            true,
        ),
        (
            "ArnEquals",
            json!("arn:aws:sns:*:111111111111:t"),
            &["arn:aws:sns:us-east-1:111111111111:t"],
            true,
        ),
        (
            "ArnNotLike",
            json!("arn:aws:sns:*:111111111111:*"),
            &["arn:aws:sns:us-east-1:111111111111:t"],
            false,
        ),
        ("Null", json!("true"), none, true),
        ("Null", json!("true"), &["a"], false),
        ("Null", json!("false"), &["a"], true),
        (
            "ForAllValues:StringEquals",
            json!(["a", "b"]),
            &["a", "b"],
            true,
        ),
        (
            "ForAllValues:StringEquals",
            json!(["a", "b"]),
            &["a", "c"],
            false,
        ),
        ("ForAllValues:StringEquals", json!(["a", "b"]), none, true),
        (
            "ForAnyValue:StringEquals",
            json!(["a", "b"]),
            &["c", "b"],
            true,
        ),
        ("ForAnyValue:StringEquals", json!(["a", "b"]), &["c"], false),
        ("ForAnyValue:StringEquals", json!(["a", "b"]), none, false),
        (
            "ForAllValues:StringNotEquals",
            json!(["a", "b"]),
            &["c", "a"],
            false,
        ),
        (
            "ForAnyValue:StringNotEquals",
            json!(["a", "b"]),
            &["c", "a"],
            true,
        ),
    ];
    for (operator, values, held, wanted) in rows {
        let policy = document(json!({
            "Effect": "Allow", "Action": "*", "Resource": "*",
            "Condition": {*operator: {"test:Key": values}},
        }));
        let keys: &[(&str, &[&str])] = if held.is_empty() {
            &[]
        } else {
            &[("TEST:key", held)]
        };
        assert_eq!(
            allows(&policy, "a:B", "*", keys),
            *wanted,
            "{operator} {values} {held:?}"
        );
    }
}

#[test]
fn all_keys_and_all_operators_of_a_condition_must_hold() {
    let policy = document(json!({
        "Effect": "Allow", "Action": "*", "Resource": "*",
        "Condition": {"StringEquals": {"a:x": "1", "a:y": "2"}, "Bool": {"a:z": "true"}},
    }));
    let with = |x: &str, y: &str, z: &str| {
        allows(
            &policy,
            "a:B",
            "*",
            &[("a:x", &[x]), ("a:y", &[y]), ("a:z", &[z])],
        )
    };
    assert!(with("1", "2", "true"));
    assert!(!with("1", "3", "true") && !with("1", "2", "false"));
}

#[test]
fn variables_are_filled_in_from_the_request_and_only_since_2012() {
    let home = allow("s3:*", "arn:aws:s3:::b/${aws:username}/*");
    assert!(allows(&home, "s3:GetObject", "arn:aws:s3:::b/ana/x", &[]));
    assert!(!allows(&home, "s3:GetObject", "arn:aws:s3:::b/bo/x", &[]));
    let team = allow(
        "s3:*",
        "arn:aws:s3:::b/${aws:PrincipalTag/team, 'company-wide'}",
    );
    assert!(allows(
        &team,
        "s3:GetObject",
        "arn:aws:s3:::b/company-wide",
        &[]
    ));
    assert!(allows(
        &team,
        "s3:GetObject",
        "arn:aws:s3:::b/yellow",
        &[("aws:PrincipalTag/team", &["yellow"])]
    ));
    let unknown = allow("s3:*", "arn:aws:s3:::b/${aws:PrincipalTag/team}");
    assert!(
        !allows(&unknown, "s3:GetObject", "arn:aws:s3:::b/", &[]),
        "no value, no match"
    );
    let star = allow("s3:*", "arn:aws:s3:::b/${*}");
    assert!(allows(&star, "s3:GetObject", "arn:aws:s3:::b/*", &[]));
    assert!(!allows(&star, "s3:GetObject", "arn:aws:s3:::b/x", &[]));
    let sneaky = allow("s3:*", "arn:aws:s3:::b/${aws:PrincipalTag/team}");
    let wild = [("aws:PrincipalTag/team", &["*"][..])];
    assert!(
        !allows(&sneaky, "s3:GetObject", "arn:aws:s3:::b/other", &wild),
        "a value's star is a star"
    );
    let old = r#"{"Version": "2008-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "arn:aws:s3:::b/${aws:username}"}}"#;
    let old = Document::parse("old", old).unwrap();
    assert!(!allows(&old, "s3:GetObject", "arn:aws:s3:::b/ana", &[]));
    let name = document(json!({
        "Effect": "Allow", "Action": "*", "Resource": "*",
        "Condition": {"StringEqualsIgnoreCase": {"a:owner": "${aws:username}"}},
    }));
    assert!(allows(&name, "a:B", "*", &[("a:owner", &["ANA"])]));
}

#[test]
fn keys_that_a_statement_asks_for_and_nobody_gave_are_told() {
    let policy = [document(json!({
        "Effect": "Allow", "Action": "s3:*", "Resource": "*",
        "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
    }))];
    let user = Principal::of_arn(USER).unwrap();
    let context = Context::of(&user);
    let of = |action| {
        let request = Request {
            principal: &user,
            action,
            resource: "*",
            context: &context,
        };
        let policies = Policies {
            identity: &policy,
            ..Policies::default()
        };
        decide(&request, &policies)
            .missing
            .into_iter()
            .collect::<Vec<_>>()
    };
    assert_eq!(of("s3:GetObject"), ["aws:MultiFactorAuthPresent"]);
    assert!(
        of("ec2:RunInstances").is_empty(),
        "no statement is about it"
    );
}

#[test]
fn a_statement_stands_where_the_text_has_it() {
    let text = "{\n    \"Version\": \"2012-10-17\",\n    \"Statement\": [\n        {\n            \"Effect\": \"Allow\",\n            \"Action\": \"*\",\n            \"Resource\": \"*\"\n        }\n    ]\n}";
    let policy = Document::parse("AdministratorAccess", text).unwrap();
    let Place { start, end } = policy.statements[0].place;
    assert_eq!((start.line, start.column), (3, 19));
    assert_eq!((end.line, end.column), (8, 10));
    let one = r#"{"Statement": {"Effect": "Deny", "Action": "a:\"{B", "Resource": "*"}, "Version": "2012-10-17"}"#;
    let place = Document::parse("one", one).unwrap().statements[0].place;
    assert_eq!((place.start.column, place.end.column), (16, 70));
    // As AWS answered it to SimulatePrincipalPolicy.
    let put = r#"{"Version": "2012-10-17", "Statement": {"Sid": "", "Effect": "Allow", "Action": "s3:PutObject", "Resource": "*"}}"#;
    let place = Document::parse("put", put).unwrap().statements[0].place;
    assert_eq!((place.start.column, place.end.column), (41, 113));
    let two = r#"{"Statement":[{"Effect":"Allow","Action":"a:B","Resource":["*"]},{"Effect":"Deny","Action":"a:B","Resource":"*"}]}"#;
    let places: Vec<_> = Document::parse("two", two)
        .unwrap()
        .statements
        .iter()
        .map(|s| s.place.start.column)
        .collect();
    assert_eq!(places.len(), 2);
    assert!(places[0] > 1 && places[1] > places[0]);
}

#[test]
fn what_iam_refuses_is_refused_in_its_words() {
    let good = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}});
    let with = |pointer: &str, value: Value| {
        let mut changed = good.clone();
        if value.is_null() {
            changed["Statement"]
                .as_object_mut()
                .unwrap()
                .remove(pointer);
        } else if pointer == "Version" {
            changed[pointer] = value;
        } else {
            changed["Statement"][pointer] = value;
        }
        changed.to_string()
    };
    let syntax = "Syntax errors in policy.";
    let rows = [
        ("{".to_owned(), syntax),
        ("[]".to_owned(), syntax),
        (json!({"Version": "2012-10-17"}).to_string(), syntax),
        (with("Effect", json!("allow")), syntax),
        (with("Effect", Value::Null), syntax),
        (with("NotAction", json!("*")), syntax),
        (with("Colour", json!("red")), syntax),
        (with("Condition", json!({"StringIs": {"a": "b"}})), syntax),
        (with("Action", json!([1])), syntax),
        (
            with("Version", json!("2008-10-17")),
            "Policy document must be version 2012-10-17 or greater.",
        ),
        (with("Version", json!("2020")), syntax),
        (
            with("Action", Value::Null),
            "Policy statement must contain actions.",
        ),
        (
            with("Action", json!([])),
            "Policy statement must contain actions.",
        ),
        (
            with("Resource", Value::Null),
            "Policy statement must contain resources.",
        ),
        (
            with("Action", json!("everything")),
            "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
        ),
        (
            with("Action", json!("a:b:c")),
            "Actions/Condition can contain only one colon.",
        ),
        (with("Action", json!("s 3:Get")), "Vendor s 3 is not valid"),
        (
            with("Resource", json!("bucket")),
            "Resource bucket must be in ARN format or \"*\".",
        ),
        (
            with("Resource", json!("arn:moon:s3:::b")),
            "Partition \"moon\" is not valid for resource \"arn:moon:s3:::b\".",
        ),
        (
            with("Principal", json!("*")),
            "Policy document should not specify a principal.",
        ),
    ];
    for (text, message) in rows {
        assert_eq!(check(&text, Use::Identity).unwrap_err(), message, "{text}");
    }
    assert!(check(&good.to_string(), Use::Identity).is_ok());
    let twice = json!({"Version": "2012-10-17", "Statement": [
        {"Sid": "a", "Effect": "Allow", "Action": "*", "Resource": "*"},
        {"Sid": "a", "Effect": "Allow", "Action": "*", "Resource": "*"},
    ]});
    assert_eq!(
        check(&twice.to_string(), Use::Identity).unwrap_err(),
        "Statement IDs (SID) in a single policy must be unique."
    );
    let trust = |action: &str| json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": action, "Principal": {"Service": "lambda.amazonaws.com"}}});
    assert!(check(&trust("sts:AssumeRole").to_string(), Use::Trust).is_ok());
    assert!(
        check(&trust("s3:GetObject").to_string(), Use::Trust)
            .unwrap_err()
            .starts_with("Trust Policy statement actions can only be")
    );
    let mut wrong = trust("sts:AssumeRole");
    wrong["Statement"]["Resource"] = "*".into();
    assert_eq!(
        check(&wrong.to_string(), Use::Trust).unwrap_err(),
        "Has prohibited field Resource."
    );
    assert_eq!(
        check("{", Use::Trust).unwrap_err(),
        "This policy contains invalid Json"
    );
}
