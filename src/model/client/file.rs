//! A request as a file of plain text that diffs well, one request a file.
//!
//! It is the form that other HTTP clients of editors read and write (`.http`): a first line with method and URL, the query a line
//! each, headers a line each, an empty line, the body as it is. That is chosen over TOML because a body needs no quoting there and
//! other tools send the file too. What that form has no word for stands in comments that begin with `# @`:
//! `@auth`, `@path`, `@expect`, and `@off` before a line that is not sent. Every other comment is kept as it is.

use super::expect::Expectation;
use super::{Auth, Field, Request, url};

/// The ending of such files.
pub const ENDING: &str = "http";
/// The largest file that is read, in bytes.
pub const MOST_BYTES: u64 = 12 * 1024 * 1024;

/// Says that the whole rest is the body, though a line of it looks like another request.
const WHOLE: &str = "# @body whole";

/// Reads a file.
///
/// # Errors
/// The line that can't be read, or that it holds several requests.
pub fn read(text: &str) -> Result<Request, String> {
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    let (head, body) = halves(text);
    let mut request = Request {
        url: String::new(),
        ..Request::default()
    };
    let mut whole = false;
    let mut begun = false;
    for (at, line) in head.lines().enumerate() {
        let wrong = |why: String| format!("Line {}: {why}", at + 1);
        let trimmed = line.trim();
        let comment = line.starts_with('#') || line.starts_with("//");
        if trimmed == WHOLE {
            whole = true;
        } else if let Some(directive) = comment.then(|| directive(trimmed)).flatten() {
            take(&mut request, directive, line).map_err(wrong)?;
        } else if comment || !begun && trimmed.is_empty() {
            request.notes.push(line.trim_end().to_owned());
        } else if !begun {
            begun = true;
            first(&mut request, trimmed).map_err(wrong)?;
        } else if line.starts_with([' ', '\t']) {
            // A query that goes on, as editors fold it.
            let part = trimmed.trim_start_matches(['?', '&']);
            request.query.extend(url::query_fields(part));
        } else {
            let (name, value) = trimmed
                .split_once(':')
                .ok_or_else(|| wrong(format!("{trimmed:?} is no header: Name: value")))?;
            request.headers.push(Field::new(name.trim(), value.trim()));
        }
    }
    if !begun {
        return Err("It holds no request: one begins with GET and a URL".into());
    }
    if !whole && holds_another(body) {
        return Err("It holds several requests: one a file is read here".into());
    }
    request.body = body.strip_suffix('\n').unwrap_or(body).to_owned();
    let values = request.path.clone();
    request.settle_parameters();
    // Values of parameters that the URL has not are kept all the same.
    for value in values {
        if !request.path.iter().any(|(name, _)| *name == value.0) {
            request.path.push(value);
        }
    }
    Ok(request)
}

/// What stands before the first empty line after the request's first line, and what behind it.
fn halves(text: &str) -> (&str, &str) {
    let mut begun = false;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let trimmed = line.trim();
        let comment = line.starts_with('#') || line.starts_with("//");
        if begun && trimmed.is_empty() {
            return (&text[..at], &text[at + line.len()..]);
        }
        begun |= !trimmed.is_empty() && !comment;
        at += line.len();
    }
    (text, "")
}

/// What a comment says to a client: `auth sigv4` of `# @auth sigv4`.
fn directive(line: &str) -> Option<&str> {
    let rest = line.trim_start_matches(['#', '/']).trim_start();
    let rest = rest.strip_prefix('@')?;
    let word = rest.split_whitespace().next()?;
    ["auth", "path", "expect", "off"]
        .contains(&word)
        .then_some(rest)
}

fn take(request: &mut Request, directive: &str, line: &str) -> Result<(), String> {
    let (word, rest) = directive
        .split_once(char::is_whitespace)
        .unwrap_or((directive, ""));
    match word {
        "auth" => {
            let mut words = rest.split_whitespace();
            let kind = words.next().unwrap_or_default();
            let secret = words.next().unwrap_or_default();
            request.auth = Auth::of(kind, secret).ok_or_else(|| {
                format!("{kind:?} is no auth: none, sigv4, api-key, bearer or basic")
            })?;
        }
        "path" => {
            let (name, value) = rest
                .split_once('=')
                .ok_or("A parameter is # @path name = value")?;
            request
                .path
                .push((name.trim().to_owned(), unquoted(value.trim())));
        }
        "expect" => match rest.parse::<Expectation>() {
            Ok(expectation) => request.expect.push(expectation),
            Err(why) => return Err(format!("{rest:?}: {why}")),
        },
        // Not sent: a line of the query or a header, as it would stand there.
        _ => match rest.trim_start().strip_prefix('?') {
            Some(part) => {
                let off = url::query_fields(part.trim_end());
                request
                    .query
                    .extend(off.into_iter().map(|of| Field { on: false, ..of }));
            }
            None => {
                let (name, value) = rest
                    .split_once(':')
                    .ok_or_else(|| format!("{line:?} turns off no header"))?;
                request.headers.push(Field {
                    on: false,
                    ..Field::new(name.trim(), value.trim())
                });
            }
        },
    }
    Ok(())
}

/// `GET URL HTTP/1.1`, `GET URL`, or a URL alone.
fn first(request: &mut Request, line: &str) -> Result<(), String> {
    let line = match line.rsplit_once(" HTTP/") {
        Some((line, version)) if version.len() <= 3 => line.trim_end(),
        _ => line,
    };
    let upper = |word: &str| {
        !word.is_empty()
            && word
                .chars()
                .all(|c| c.is_ascii_uppercase() || c == '-' || c == '_')
    };
    let (method, url) = match line.split_once(char::is_whitespace) {
        Some((method, url)) if upper(method) => (method, url.trim()),
        _ if upper(line) => return Err(format!("{line} what? A URL follows the method")),
        _ => ("GET", line),
    };
    let addresses = |url: &str| url.starts_with(['/', '{']) || url.contains("://");
    if !addresses(url) {
        return Err(format!(
            "{line:?} is no request: one begins with GET and a URL"
        ));
    }
    request.method = method.to_owned();
    // The stage's own URL is what a path is below anyway.
    request.url = match url.strip_prefix(BASE) {
        Some(path) if path.starts_with('/') => path.to_owned(),
        Some("") => "/".to_owned(),
        _ => url.to_owned(),
    };
    let before = std::mem::take(&mut request.query);
    request.settle_query();
    request.query.splice(0..0, before);
    Ok(())
}

/// What other tools need in front of a path: their environment says where the stage is.
const BASE: &str = "{{stageUrl}}";

/// A line of three signs and then, behind comments, one that begins a request.
fn holds_another(body: &str) -> bool {
    let mut lines = body.lines();
    while let Some(line) = lines.next() {
        if !line.starts_with("###") {
            continue;
        }
        let mut behind = lines.clone();
        let next = behind.find(|line| {
            !(line.trim().is_empty() || line.starts_with('#') || line.starts_with("//"))
        });
        let begins = |line: &str| {
            let method = line.split_whitespace().next().unwrap_or_default();
            let verb = method.len() > 2 && method.chars().all(|c| c.is_ascii_uppercase());
            verb && line.split_whitespace().nth(1).is_some()
                || line.starts_with("http://")
                || line.starts_with("https://")
        };
        if next.is_some_and(begins) {
            return true;
        }
    }
    false
}

/// The text of a file.
pub fn write(request: &Request) -> String {
    let mut out = String::new();
    let mut line = |text: &str| {
        out.push_str(text);
        out.push('\n');
    };
    for note in &request.notes {
        line(note);
    }
    match (&request.auth, request.auth.secret()) {
        (Auth::None, _) => {}
        (auth, None | Some("")) => line(&format!("# @auth {}", auth.word())),
        (auth, Some(secret)) => line(&format!("# @auth {} {secret}", auth.word())),
    }
    for (name, value) in &request.path {
        line(&format!("# @path {name} = {}", quoted(value)));
    }
    for expectation in &request.expect {
        line(&format!("# @expect {expectation}"));
    }
    if holds_another(&request.body) {
        line(WHOLE);
    }
    let base = if request.url.starts_with('/') {
        BASE
    } else {
        ""
    };
    line(&format!("{} {base}{}", request.method, request.url));
    let mut sign = '?';
    for field in &request.query {
        let pair = query_line(field);
        match field.on {
            true => line(&format!("    {sign}{pair}")),
            false => line(&format!("# @off ?{pair}")),
        }
        if field.on {
            sign = '&';
        }
    }
    for field in &request.headers {
        let pair = format!("{}: {}", field.name, field.value);
        match field.on {
            true => line(pair.trim_end()),
            false => line(format!("# @off {pair}").trim_end()),
        }
    }
    if !request.body.is_empty() {
        line("");
        line(&request.body);
    }
    out
}

/// Signs that would end a name or a value there, and spaces that an editor would take away.
fn query_line(field: &Field) -> String {
    let safe = |text: &str, name: bool| {
        let mut out = String::with_capacity(text.len());
        for (at, sign) in text.char_indices() {
            let edge = at == 0 || at + sign.len_utf8() == text.len();
            match sign {
                '&' => out.push_str("%26"),
                '#' => out.push_str("%23"),
                '=' if name => out.push_str("%3D"),
                ' ' if edge => out.push_str("%20"),
                '\n' => out.push_str("%0A"),
                '\r' => out.push_str("%0D"),
                sign => out.push(sign),
            }
        }
        out
    };
    format!("{}={}", safe(&field.name, true), safe(&field.value, false))
}

/// A value with spaces at its ends, quotes or line ends is written as JSON writes a text.
fn quoted(value: &str) -> String {
    let odd =
        value.trim() != value || value.starts_with('"') || value.chars().any(char::is_control);
    match odd {
        true => serde_json::Value::from(value).to_string(),
        false => value.to_owned(),
    }
}

fn unquoted(text: &str) -> String {
    let read = text
        .starts_with('"')
        .then(|| serde_json::from_str::<String>(text).ok());
    read.flatten().unwrap_or_else(|| text.to_owned())
}

/// A file's name for a request that a person calls `name`: what a file system may not take becomes `-`.
///
/// # Errors
/// That nothing is left.
pub fn file_name(name: &str) -> Result<String, String> {
    let name = name.trim().trim_end_matches(&format!(".{ENDING}"));
    let odd = |c: char| c.is_control() || "/\\:*?\"<>|".contains(c);
    let name: String = name.chars().map(|c| if odd(c) { '-' } else { c }).collect();
    let name = name.trim().trim_matches('.').trim();
    match name.is_empty() {
        true => Err("A request needs a name".into()),
        false if name.len() > 120 => Err("The name is too long".into()),
        false => Ok(format!("{name}.{ENDING}")),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn full() -> Request {
        Request {
            method: "PATCH".into(),
            url: "/orders/{id}/{key+}".into(),
            path: vec![
                ("id".into(), " 88 41".into()),
                ("key+".into(), "a/b=c".into()),
            ],
            query: vec![
                Field::new("expand", "lines"),
                Field {
                    on: false,
                    ..Field::new("limit", "2")
                },
                Field::new("q", "a b"),
                Field::new("q", ""),
            ],
            headers: vec![
                Field::new("accept", "application/json"),
                Field {
                    on: false,
                    ..Field::new("cache-control", "max-age=0")
                },
                Field::new("x-correlation-id", "ops-{{$uuid}}: x"),
                Field::new("x-empty", ""),
            ],
            body: "{\n  \"a\": 1\n}\n\n# no comment\n\n".into(),
            auth: Auth::ApiKey("partner".into()),
            expect: vec![
                "status is 200".parse().unwrap(),
                "json $.a is 1".parse().unwrap(),
            ],
            notes: vec![
                "# one, with its lines".into(),
                "#".into(),
                "# @no-log".into(),
                "// kept too".into(),
            ],
        }
    }

    #[test]
    fn a_file_reads_as_people_and_other_tools_read_it() {
        let text = write(&full());
        assert_eq!(
            text,
            "# one, with its lines\n#\n# @no-log\n// kept too\n# @auth api-key partner\n# @path id = \" 88 41\"\n# @path key+ = a/b=c\n# @expect status is 200\n# @expect json $.a is 1\nPATCH {{stageUrl}}/orders/{id}/{key+}\n    ?expand=lines\n# @off ?limit=2\n    &q=a b\n    &q=\naccept: application/json\n# @off cache-control: max-age=0\nx-correlation-id: ops-{{$uuid}}: x\nx-empty:\n\n{\n  \"a\": 1\n}\n\n# no comment\n\n\n"
        );
    }

    #[test]
    fn what_is_written_is_read_back_whole() {
        let bare = Request::default();
        let changed = |change: &dyn Fn(&mut Request)| {
            let mut request = full();
            change(&mut request);
            request
        };
        let all = [
            full(),
            bare.clone(),
            Request {
                url: "https://b.example/x".into(),
                ..bare.clone()
            },
            Request {
                url: "{{other}}/x".into(),
                ..bare.clone()
            },
            Request {
                url: "//hard".into(),
                ..bare
            },
            changed(&|of| of.auth = Auth::SigV4),
            changed(&|of| of.auth = Auth::Bearer(String::new())),
            changed(&|of| of.body = "\n".into()),
            changed(&|of| of.body = "no end".into()),
            changed(&|of| of.body = "a\r\nb\r\n".into()),
            changed(&|of| of.body = "### heading\n\ntext".into()),
            changed(&|of| of.body = "###\nGET https://h/x\n".into()),
            changed(&|of| of.headers.clear()),
            changed(&|of| of.query.clear()),
            changed(&|of| of.notes.clear()),
            changed(&|of| of.path[0].1 = "\"quoted\"".into()),
            changed(&|of| of.path[0].1 = "茶\n\"".into()),
        ];
        for request in all {
            let text = write(&request);
            assert_eq!(read(&text).unwrap(), request, "{text}");
            assert_eq!(write(&read(&text).unwrap()), text);
        }
    }

    #[test]
    fn signs_that_would_cut_a_query_are_sent_as_they_were() {
        let request = Request {
            query: vec![Field::new("a=b", "x&y#z "), Field::new("p", "1=2")],
            ..Request::default()
        };
        let pairs = |of: &Request| -> Vec<(String, String)> {
            of.query
                .iter()
                .map(|of| (of.name.clone(), of.value.clone()))
                .collect()
        };
        let again = read(&write(&request)).unwrap();
        assert_eq!(
            url::query_text(&pairs(&again)),
            url::query_text(&pairs(&request))
        );
    }

    #[test]
    fn files_of_other_tools_are_read() {
        let text = "\u{FEFF}\n# @name list\nGET https://h.example/orders?page=1 HTTP/1.1\r\n  &size=2\r\nAccept: a\r\n\r\n{}\r\n";
        let request = read(text).unwrap();
        assert_eq!(
            (request.method.as_str(), request.url.as_str()),
            ("GET", "https://h.example/orders")
        );
        assert_eq!(
            request.query,
            [Field::new("page", "1"), Field::new("size", "2")]
        );
        assert_eq!(request.headers, [Field::new("Accept", "a")]);
        assert_eq!(request.notes, ["", "# @name list"]);
        assert_eq!(request.body, "{}\r");
        assert_eq!(read("https://h.example/x").unwrap().method, "GET");
    }

    #[test]
    fn what_can_not_be_read_is_told_with_its_line() {
        for (text, why) in [
            ("", "no request"),
            ("# only words\n", "no request"),
            ("GET", "A URL follows"),
            ("hello world", "Line 1"),
            ("GET /x\nnonsense\n", "Line 2: \"nonsense\" is no header"),
            ("# @auth magic\nGET /x", "Line 1: \"magic\" is no auth"),
            ("# @expect colour is red\nGET /x", "begins with status"),
            ("# @path id\nGET /x", "name = value"),
            ("# @off nothing\nGET /x", "turns off no header"),
            (
                "GET https://a/x\n\n###\n# two\nPOST https://a/y\n",
                "several",
            ),
        ] {
            let said = read(text).unwrap_err();
            assert!(said.contains(why), "{text:?}: {said}");
        }
    }

    #[test]
    fn a_name_becomes_a_files_name() {
        assert_eq!(
            file_name(" one, with its lines ").unwrap(),
            "one, with its lines.http"
        );
        assert_eq!(file_name("a/b: 抹茶.http").unwrap(), "a-b- 抹茶.http");
        assert!(file_name(" .. ").is_err());
        assert!(file_name("").is_err());
    }
}
