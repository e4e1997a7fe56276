//! A request as a cURL command. Secrets stand in it as variables of the shell unless the person asked for their values.

use std::collections::BTreeMap;

use super::super::resolve::{Prepared, Problem, Values, resolve};
use super::super::{Auth, Request};
use crate::model::secret::Secret;

/// How a command is written.
#[derive(Debug, Clone, Copy)]
pub struct How<'a> {
    /// The region that signatures are for.
    pub region: &'a str,
    /// With the values of its secrets.
    pub revealed: bool,
}

/// Signs of the private use area that stand around a secret's name while it is put in.
const OPEN: char = '\u{F8F0}';
const CLOSE: char = '\u{F8F1}';

/// Writes a command.
///
/// # Errors
/// What keeps the request from being sent.
pub fn write(request: &Request, values: &Values<'_>, how: How<'_>) -> Result<String, Vec<Problem>> {
    let marked = marked(request, values);
    let secrets = if how.revealed {
        values.secrets
    } else {
        &marked
    };
    let values = Values { secrets, ..*values };
    let prepared = resolve(request, &values)?;
    let mut lines = vec!["curl".to_owned()];
    lines.extend(method(&prepared));
    if request.auth == Auth::SigV4 {
        lines.push(format!("--aws-sigv4 aws:amz:{}:execute-api", how.region));
        lines.push("--user \"$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY\"".to_owned());
        lines.push("-H \"x-amz-security-token: $AWS_SESSION_TOKEN\"".to_owned());
    }
    let basic = matches!(request.auth, Auth::Basic(_));
    let typed = prepared.headers.len() - usize::from(basic);
    for header in &prepared.headers[..typed] {
        let value = header.value.reveal();
        let value = match header.secret && !how.revealed && !value.contains(OPEN) {
            true => format!("{OPEN}{}{CLOSE}", header.name),
            false => value.to_owned(),
        };
        // Without a value the header would be left out.
        let line = match value.as_str() {
            "" => format!("{};", header.name),
            value => format!("{}: {value}", header.name),
        };
        lines.push(format!("-H {}", quoted(&line)));
    }
    if let Auth::Basic(name) = &request.auth {
        let value = secrets.get(name).map(Secret::reveal).unwrap_or_default();
        lines.push(format!("--user {}", quoted(value)));
    }
    if !prepared.body.is_empty() {
        // curl would call a body without a type a form.
        let named = |name: &str| {
            prepared
                .headers
                .iter()
                .any(|of| of.name.eq_ignore_ascii_case(name))
        };
        if !named("content-type") {
            lines.push("-H 'content-type:'".to_owned());
        }
        lines.push(format!("--data-raw {}", quoted(prepared.body.reveal())));
    }
    if prepared
        .url
        .path
        .split('/')
        .any(|part| part == "." || part == "..")
    {
        lines.push("--path-as-is".to_owned());
    }
    let url = match how.revealed {
        true => prepared.url.text(),
        false => prepared.shown_url.clone(),
    };
    lines.push(quoted(&url));
    Ok(lines.join(" \\\n  "))
}

fn method(prepared: &Prepared) -> Option<String> {
    let usual = if prepared.body.is_empty() {
        "GET"
    } else {
        "POST"
    };
    match prepared.method.as_str() {
        method if method == usual => None,
        // With -X alone curl would wait for a body that never comes.
        "HEAD" => Some("--head".to_owned()),
        method => Some(format!("-X {method}")),
    }
}

/// Every secret that the request names, as a mark instead of its value.
fn marked(request: &Request, values: &Values<'_>) -> BTreeMap<String, Secret> {
    let names = values.secrets.keys().cloned();
    let named = request.auth.secret().map(str::to_owned);
    let texts = request.headers.iter().chain(&request.query);
    let texts = texts
        .map(|of| of.value.as_str())
        .chain([request.body.as_str(), request.url.as_str()]);
    let mut all: Vec<String> = names.chain(named.filter(|name| !name.is_empty())).collect();
    for text in texts {
        for part in text.split("{{secret.").skip(1) {
            all.extend(
                part.split_once("}}")
                    .map(|(name, _)| name.trim().to_owned()),
            );
        }
    }
    let mark = |name: String| (name.clone(), Secret::new(format!("{OPEN}{name}{CLOSE}")));
    all.into_iter().map(mark).collect()
}

/// As the shell takes it: in single quotes, or in double ones where a variable is to be put in.
fn quoted(text: &str) -> String {
    if !text.contains(OPEN) {
        return format!("'{}'", text.replace('\'', "'\\''"));
    }
    let mut out = String::from("\"");
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(OPEN) {
        escape(before, &mut out);
        let (name, behind) = after.split_once(CLOSE).unwrap_or((after, ""));
        out.push_str(&format!("${{{}}}", variable(name)));
        rest = behind;
    }
    escape(rest, &mut out);
    out.push('"');
    out
}

fn escape(text: &str, out: &mut String) {
    for sign in text.chars() {
        if matches!(sign, '$' | '`' | '"' | '\\') {
            out.push('\\');
        }
        out.push(sign);
    }
}

/// A shell's variable for a secret of this name.
fn variable(name: &str) -> String {
    let sign = |c: char| {
        if c.is_ascii_alphanumeric() {
            c.to_ascii_uppercase()
        } else {
            '_'
        }
    };
    let name: String = name.chars().map(sign).collect();
    match name.starts_with(|c: char| c.is_ascii_digit()) {
        true => format!("_{name}"),
        false => name,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::read;
    use super::*;
    use crate::model::client::Field;

    fn command(request: &Request, revealed: bool) -> String {
        let secrets = BTreeMap::from([("partner".to_owned(), Secret::new("hunter2"))]);
        let values = Values {
            stage_url: Some("https://a.example/prod"),
            variables: &BTreeMap::new(),
            secrets: &secrets,
            made: &|_| None,
        };
        write(
            request,
            &values,
            How {
                region: "eu-west-1",
                revealed,
            },
        )
        .unwrap()
    }

    #[test]
    fn a_request_becomes_a_command() {
        let plain = Request {
            url: "/orders".into(),
            ..Request::default()
        };
        assert_eq!(
            command(&plain, false),
            "curl \\\n  'https://a.example/prod/orders'"
        );
        let post = Request {
            method: "POST".into(),
            body: "{\"a\": \"it's\"}\n".into(),
            headers: vec![
                Field::new("content-type", "application/json"),
                Field::new("accept", ""),
            ],
            ..plain.clone()
        };
        assert_eq!(
            command(&post, false),
            "curl \\\n  -H 'content-type: application/json' \\\n  -H 'accept;' \\\n  --data-raw '{\"a\": \"it'\\''s\"}\n' \\\n  'https://a.example/prod/orders'"
        );
        let signed = Request {
            method: "HEAD".into(),
            auth: Auth::SigV4,
            ..plain
        };
        assert_eq!(
            command(&signed, false),
            "curl \\\n  --head \\\n  --aws-sigv4 aws:amz:eu-west-1:execute-api \\\n  --user \"$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY\" \\\n  -H \"x-amz-security-token: $AWS_SESSION_TOKEN\" \\\n  'https://a.example/prod/orders'"
        );
    }

    #[test]
    fn secrets_stand_as_variables_unless_asked_for() {
        for auth in [
            Auth::ApiKey("partner".into()),
            Auth::Bearer("partner".into()),
            Auth::Basic("partner".into()),
        ] {
            let request = Request {
                auth,
                headers: vec![
                    Field::new("x-token", "literal"),
                    Field::new("x-b", "a\"$ {{secret.partner}}"),
                ],
                query: vec![
                    Field::new("k", "{{secret.partner}}"),
                    Field::new("api_key", "literal"),
                ],
                body: "{{secret.partner}}".into(),
                ..Request::default()
            };
            let masked = command(&request, false);
            for secret in ["hunter2", "literal"] {
                assert!(!masked.contains(secret), "{masked}");
            }
            assert!(
                masked.contains("${PARTNER}") && masked.contains("${X_TOKEN}"),
                "{masked}"
            );
            assert!(masked.contains(r#"-H "x-b: a\"\$ ${PARTNER}""#), "{masked}");
            let revealed = command(&request, true);
            assert!(
                revealed.contains("hunter2") && revealed.contains("api_key=literal"),
                "{revealed}"
            );
        }
        let unknown = Request {
            auth: Auth::ApiKey("gone".into()),
            ..Request::default()
        };
        assert!(command(&unknown, false).contains("\"x-api-key: ${GONE}\""));
    }

    #[test]
    fn what_was_written_is_read_again_as_the_same() {
        let request = Request {
            method: "PATCH".into(),
            url: "https://a.example/x/../y".into(),
            query: vec![Field::new("a", "b%20c"), Field::new("a", "2")],
            headers: vec![
                Field::new("content-type", "text/plain"),
                Field::new("x-odd", "it's \\ \"so\" $5 `x`"),
            ],
            body: "line 1\nline '2' \\n".into(),
            auth: Auth::ApiKey("PARTNER".into()),
            ..Request::default()
        };
        let pasted = read(&command(&request, false), &BTreeMap::new()).unwrap();
        assert_eq!(pasted.request, request);
        assert!(pasted.notes.is_empty(), "{:?}", pasted.notes);
    }
}
