//! Limits, overrides, errors and the time of a rendering.

use std::fmt::Write;
use std::time::Instant;

use super::super::{Dialect, Limits, Scope, Template};
use super::scope;

fn render(template: &str, scope: &mut Scope) -> Result<String, String> {
    let template = Template::parse(template).map_err(|error| error.to_string())?;
    template.render(scope).map_err(|error| error.to_string())
}

fn fails(template: &str) -> String {
    render(template, &mut scope("{}")).unwrap_err()
}

#[test]
fn overrides_stand_in_the_scope_afterwards() {
    let mut scope = scope("{}");
    let template = [
        "#set($context.requestOverride.header.X-One = 1)",
        "#set($context.requestOverride.header['Two'] = 'b')",
        "#set($context.requestOverride.path.p = 'q')",
        "$context.requestOverride.querystring.put('k', 'v')",
        "#set($context.responseOverride.custom = 'c')",
        "#set($context.responseOverride.status = 444)",
        "#set($context.responseOverride.header.h = 'x')",
    ]
    .concat();
    let template = template.as_str();
    assert_eq!(render(template, &mut scope).unwrap(), "");
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(
        scope.overrides.request.header,
        [pair("X-One", "1"), pair("Two", "b")]
    );
    assert_eq!(scope.overrides.request.path, [pair("p", "q")]);
    assert_eq!(scope.overrides.request.querystring, [pair("k", "v")]);
    assert_eq!(scope.overrides.response.status.as_deref(), Some("444"));
    assert_eq!(scope.overrides.response.header, [pair("h", "x")]);
    // The response's template sees them, and adds its own.
    let next = "$context.requestOverride.path.p $context.responseOverride.custom $context.responseOverride.status\
                #set($context.responseOverride.status = 201)";
    assert_eq!(render(next, &mut scope).unwrap(), "q c 444");
    assert_eq!(scope.overrides.response.status.as_deref(), Some("201"));
    assert_eq!(scope.overrides.request.path, [pair("p", "q")]);
}

#[test]
fn a_loop_stops_after_a_thousand_turns() {
    let output = render("#foreach($i in [1..5000])$i,#end", &mut scope("")).unwrap();
    assert!(output.ends_with(",999,1000,"));
}

#[test]
fn what_would_run_or_grow_for_ever_ends_with_an_error() {
    let nested =
        "#foreach($a in [1..1000])#foreach($b in [1..1000])#foreach($c in [1..1000])#end#end#end";
    let error = |template: &str| {
        let mut few = scope("{}");
        few.limits = Limits {
            steps: 50_000,
            output_bytes: 1 << 20,
            work_bytes: 8 << 20,
            ..Limits::default()
        };
        render(template, &mut few).unwrap_err()
    };
    assert!(error(nested).contains("steps"));
    let growing = "#set($x = 'abcdefgh')#foreach($i in [1..1000])#set($x = $x + $x)#end";
    assert!(error(growing).contains("bytes"));
    let printing = "#set($x = ['a'])#foreach($i in [1..60])#set($x = [$x, $x])#end$x";
    assert!(error(printing).contains("bytes"));
    let replacing =
        "#set($x = 'aaaaaaaa')#foreach($i in [1..40])#set($x = $x.replace('a', $x))#end";
    assert!(error(replacing).contains("too long"));
    let adding = "#set($x = [1])#foreach($i in [1..60])#set($y = $x.addAll($x))#end";
    assert!(error(adding).contains("bytes"));
    let range = "#set($x = [1..2000000000])";
    assert!(error(range).contains("bytes"));
    let matching =
        "#set($x = 'a')#foreach($i in [1..14])#set($x = $x + $x)#end$x.replaceAll('a', $x)";
    assert!(error(matching).contains("too long"));
}

#[test]
fn what_nests_without_end_is_an_error_or_is_cut() {
    let deep = "#if(true)".repeat(5000);
    assert!(fails(&deep).contains("nests too deep"));
    assert!(fails(&format!("#set($x = {}", "(".repeat(5000))).contains("nests too deep"));
    assert!(fails(&format!("#set($x = {}", "[".repeat(5000))).contains("nests too deep"));
    assert!(fails(&format!("$x{}", "[$x".repeat(5000))).contains("nests too deep"));
    assert!(fails(&format!("#set($x = {}", "!".repeat(5000))).contains("nests too deep"));
    let in_itself = "#set($l = [])#set($n = $l.add($l))#if($l == [$l])#end$l.hashCode()$l.size()";
    assert!(render(in_itself, &mut scope("")).is_ok());
    let long = "#set($l = [])#foreach($a in [1..100])#foreach($b in [1..1000])#set($l = [$l])#end#end$l.size()";
    assert_eq!(render(long, &mut scope("")).unwrap(), "1");
    let macros = "#macro(m $a)#m(\"$a x\")#end#m('a')";
    let template = Template::parse_as(macros, Dialect::Velocity).unwrap();
    assert!(
        template
            .render(&mut scope(""))
            .unwrap_err()
            .message
            .contains("Max calling depth")
    );
    let evaluating = "#set($x = '#evaluate($x)')#evaluate($x)";
    let template = Template::parse_as(evaluating, Dialect::Velocity).unwrap();
    assert!(
        template
            .render(&mut scope(""))
            .unwrap_err()
            .message
            .contains("Max calling depth")
    );
    let document = "[".repeat(100_000);
    assert!(render("$input.json('$')", &mut scope(&document)).is_err());
    let document = format!("{}1{}", "{\"a\":".repeat(390), "}".repeat(390));
    assert!(render("$input.path('$')$input.json('$..a')", &mut scope(&document)).is_ok());
}

#[test]
fn errors_say_where() {
    let error = Template::parse("a\nb #set($x = 3-1)").unwrap_err();
    assert_eq!((error.line, error.column), (2, 14));
    assert_eq!(
        error.to_string(),
        "Encountered \"-1)\" where \")\" was expected. [line 2, column 14]"
    );
    let error = Template::parse("x\n#if($y)\nz").unwrap_err();
    assert_eq!(
        (error.line, error.message.as_str()),
        (
            3,
            "Encountered the template's end where \"#end\" was expected."
        )
    );
    let message = fails("a\n\n$input.path('$.').x");
    assert!(message.ends_with("[line 3]"), "{message}");
    assert!(fails("#set($l=[1])\n$l.get(4)").contains("Index 4 out of bounds for length 1"));
}

#[test]
fn output_before_a_stop_stays() {
    assert_eq!(
        render("a#foreach($i in [1..3])$i#stop#end", &mut scope("")).unwrap(),
        "a1"
    );
}

/// Prints how long a template of 4 KB takes. Run with `--release -- --ignored --nocapture time`.
#[test]
#[ignore = "a measurement, not a check"]
fn time_of_four_kilobytes() {
    let mut template = String::from("#set($root = $input.path('$'))\n{\n");
    let mut number = 0;
    while template.len() < 3900 {
        number += 1;
        let _ = write!(
            template,
            "  \"key{number}\": \"$util.escapeJavaScript($root.name)\",\n  #if($root.items.size() > {number})\n  \
             \"more\": true,\n  #end\n"
        );
    }
    template.push_str(
        "  \"items\": [#foreach($e in $root.items)$e.id#if($foreach.hasNext),#end#end]\n}\n",
    );
    let body = r#"{"name": "it's", "items": [{"id": 1}, {"id": 2}, {"id": 3}]}"#;
    let rounds = 2000;
    let start = Instant::now();
    for _ in 0..rounds {
        Template::parse(&template).unwrap();
    }
    let parsing = start.elapsed() / rounds;
    let parsed = Template::parse(&template).unwrap();
    let start = Instant::now();
    let mut length = 0;
    for _ in 0..rounds {
        length = parsed.render(&mut scope(body)).unwrap().len();
    }
    println!(
        "{} bytes: parsed in {parsing:?}, rendered to {length} bytes in {:?}",
        template.len(),
        start.elapsed() / rounds
    );
}

#[test]
fn templates_and_scopes_go_between_threads() {
    fn check<T: Send + Sync>() {}
    check::<Template>();
    check::<Scope>();
}

#[test]
fn what_a_template_changes_in_its_values_leaves_the_payload_alone() {
    let template = "#set($m = $input.path('$'))#set($m.a = 2)$m.b.add(3)$m $input.json('$')";
    let output = render(template, &mut scope(r#"{"a":1,"b":[]}"#)).unwrap();
    assert_eq!(output, r#"true{a=2, b=[3]} {"a":1,"b":[]}"#);
}

#[test]
fn a_reference_that_prints_nothing_is_told_with_its_place() {
    let mut scope = scope(r#"{"amount": 1}"#);
    scope.params.path = vec![("id".into(), "7".into())];
    let template = [
        "{\"id\": \"$input.params('id')\",",
        "\"who\": \"$context.authorizer.principalId\",",
        "#set($label = \"x$stageVariables.bank\")",
        "\"no\": $input.json('$.no'), \"q\": \"$input.params('q')\"",
        "#foreach($i in [1..3])$none#end",
        "#if($nothing)$label#end \\$escaped $input.json('$.amount')}",
    ];
    let template = Template::parse(&template.join("\n")).unwrap();
    let (output, unset) = template.render_watched(&mut scope);
    let output = output.unwrap();
    let told: Vec<_> = unset
        .iter()
        .map(|of| {
            let line = of.at.map(|at| output[..at].matches('\n').count() + 1);
            (of.line, of.reference.as_str(), line)
        })
        .collect();
    assert_eq!(
        told,
        [
            (2, "$context.authorizer.principalId", Some(2)),
            (3, "$stageVariables.bank", None),
            (4, "$input.json('$.no')", Some(3)),
            (4, "$input.params('q')", Some(3)),
            (5, "$none", Some(4)),
        ],
        "{output}"
    );
}
