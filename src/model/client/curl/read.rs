//! A cURL command that was pasted, as a request. What it can't hold is told, never dropped without a word.
//!
//! Source: <https://curl.se/docs/manpage.html>.

use super::super::{Auth, Field, Request};
use super::super::{resolve, url};
use super::shell;
use crate::model::secret::Secret;
use std::collections::BTreeMap;

/// What a command became.
#[derive(Debug, Default)]
pub struct Pasted {
    /// The request, without secrets.
    pub request: Request,
    /// What stood in the command and proves its caller, by the names that now stand in the request.
    pub secrets: Vec<(String, Secret)>,
    /// What could not be taken up, a sentence each.
    pub notes: Vec<String>,
}

/// Options without a value that change nothing of the request: how curl shows what came, and how it connects.
const HARMLESS: [&str; 21] = [
    "-s",
    "--silent",
    "-S",
    "--show-error",
    "-i",
    "--include",
    "-v",
    "--verbose",
    "-f",
    "--fail",
    "--compressed",
    "-#",
    "--progress-bar",
    "-N",
    "--no-buffer",
    "--http1.1",
    "--http2",
    "-g",
    "--globoff",
    "--path-as-is",
    "--fail-with-body",
];
/// The same with a value.
const HARMLESS_VALUE: [&str; 11] = [
    "-o",
    "--output",
    "-w",
    "--write-out",
    "-m",
    "--max-time",
    "--connect-timeout",
    "--retry",
    "--max-redirs",
    "-D",
    "--dump-header",
];
/// Options with a value that can't be taken up.
const LEFT_OUT: [&str; 17] = [
    "-x",
    "--proxy",
    "--resolve",
    "--connect-to",
    "-E",
    "--cert",
    "--key",
    "--cacert",
    "--unix-socket",
    "-F",
    "--form",
    "-T",
    "--upload-file",
    "-c",
    "--cookie-jar",
    "-K",
    "--config",
];
/// Short options with a value, which may follow them at once: `-XPOST`.
const SHORT_VALUE: &str = "XHduAebomwxEFTcKD";

#[derive(Default)]
struct Reader<'a> {
    known: Option<&'a BTreeMap<String, Secret>>,
    pasted: Pasted,
    method: Option<String>,
    url: Option<String>,
    data: Vec<String>,
    /// `-G`: the data belongs into the query.
    get: bool,
    head: bool,
    json: bool,
    user: Option<String>,
    sigv4: bool,
}

/// Reads a command. `known` are secrets that have values already.
///
/// # Errors
/// That it is none, or where it breaks off.
pub fn read(text: &str, known: &BTreeMap<String, Secret>) -> Result<Pasted, String> {
    let cut = shell::words(text.trim().trim_start_matches("$ "))?;
    let mut words = cut.words.into_iter();
    let program = words.next().unwrap_or_default();
    if !matches!(
        program.rsplit(['/', '\\']).next(),
        Some("curl" | "curl.exe")
    ) {
        return Err("A cURL command begins with curl".into());
    }
    let mut reader = Reader {
        known: Some(known),
        ..Reader::default()
    };
    reader.pasted.notes = cut.notes;
    while let Some(word) = words.next() {
        // A dash alone is no option.
        if !word.starts_with('-') || word == "-" {
            reader.address(word)?;
            continue;
        }
        let (mut option, mut value) = (word, None);
        // `-sSXPOST`: those without a value stand before.
        if !option.starts_with("--") && option.chars().count() > 2 {
            match reader.bundle(&option[1..])? {
                None => continue,
                Some((last, rest)) => (option, value) = (last, rest),
            }
        }
        let mut next = || {
            let value = value.take().or_else(|| words.next());
            value.ok_or_else(|| format!("{option} lacks its value"))
        };
        reader.option(&option, &mut next)?;
    }
    reader.finish()
}

impl Reader<'_> {
    fn note(&mut self, text: impl Into<String>) {
        let text = text.into();
        if !self.pasted.notes.contains(&text) {
            self.pasted.notes.push(text);
        }
    }

    fn address(&mut self, word: String) -> Result<(), String> {
        if self.url.is_some() {
            return Err("It names two URLs: one request is read".into());
        }
        self.url = Some(word);
        Ok(())
    }

    /// Short options in one word: gives the one that takes a value, with what stands behind it.
    fn bundle(&mut self, signs: &str) -> Result<Option<(String, Option<String>)>, String> {
        for (at, sign) in signs.char_indices() {
            if SHORT_VALUE.contains(sign) {
                let rest = &signs[at + sign.len_utf8()..];
                let value = (!rest.is_empty()).then(|| rest.to_owned());
                return Ok(Some((format!("-{sign}"), value)));
            }
            self.option(&format!("-{sign}"), &mut || {
                Err(format!("-{sign} lacks its value"))
            })?;
        }
        Ok(None)
    }

    fn option(
        &mut self,
        option: &str,
        value: &mut dyn FnMut() -> Result<String, String>,
    ) -> Result<(), String> {
        match option {
            "-X" | "--request" => self.method = Some(value()?),
            "--url" => {
                let url = value()?;
                self.address(url)?;
            }
            "-H" | "--header" => {
                let header = value()?;
                self.header(&header);
            }
            "-d" | "--data" | "--data-ascii" | "--data-binary" => {
                let data = value()?;
                self.data(data);
            }
            "--data-raw" => self.data.push(value()?),
            "--data-urlencode" => {
                let data = value()?;
                self.urlencode(&data);
            }
            "--json" => {
                let data = value()?;
                self.json = true;
                // Several of them are joined without a sign between.
                match (data.starts_with('@'), self.data.last_mut()) {
                    (true, _) => self.file(&data),
                    (false, Some(last)) => last.push_str(&data),
                    (false, None) => self.data.push(data),
                }
            }
            "-G" | "--get" => self.get = true,
            "-I" | "--head" => self.head = true,
            "-u" | "--user" => self.user = Some(value()?),
            "--aws-sigv4" => {
                let _provider = value()?;
                self.sigv4 = true;
            }
            "--oauth2-bearer" => {
                let token = value()?;
                self.header(&format!("Authorization: Bearer {token}"));
            }
            "-A" | "--user-agent" => {
                let agent = value()?;
                self.header(&format!("user-agent: {agent}"));
            }
            "-e" | "--referer" => {
                let referer = value()?;
                self.header(&format!("referer: {referer}"));
            }
            "-b" | "--cookie" => {
                let cookie = value()?;
                match cookie.contains('=') {
                    true => self.header(&format!("cookie: {cookie}")),
                    false => self.file(&cookie),
                }
            }
            "-L" | "--location" => self.note("Redirects are told here and not followed (-L)"),
            "-k" | "--insecure" => self.note("Certificates are always checked here (-k)"),
            "--next" | "-:" => return Err("It holds several requests (--next): one is read".into()),
            option if HARMLESS.contains(&option) => {}
            option if HARMLESS_VALUE.contains(&option) => {
                value()?;
            }
            option if LEFT_OUT.contains(&option) => {
                value()?;
                self.note(format!("{option} is left out: it can't be sent here"));
            }
            option => self.note(format!("{option} is not known here and is left out")),
        }
        Ok(())
    }

    fn file(&mut self, what: &str) {
        self.note(format!(
            "{what} names a file, which is not read: put its text in"
        ));
    }

    fn data(&mut self, data: String) {
        if data.starts_with('@') {
            return self.file(&data);
        }
        self.data.push(data);
    }

    /// `content`, `=content`, `name=content`; a file in `@file` and `name@file`.
    fn urlencode(&mut self, data: &str) {
        let encode = |text: &str| url::path_value(text, false);
        match data.find(['=', '@']) {
            Some(at) if data[at..].starts_with('@') => self.file(&data[at..]),
            Some(0) => self.data.push(encode(&data[1..])),
            Some(at) => self
                .data
                .push(format!("{}={}", &data[..at], encode(&data[at + 1..]))),
            None => self.data.push(encode(data)),
        }
    }

    fn header(&mut self, line: &str) {
        if line.starts_with('@') {
            return self.file(line);
        }
        let headers = &mut self.pasted.request.headers;
        match line.split_once(':') {
            // `Name:` takes away what curl would send by itself, which is little.
            Some((_, value)) if value.trim().is_empty() => {}
            Some((name, value)) => headers.push(Field::new(name.trim(), value.trim())),
            // `Name;` is a header without a value.
            None => match line.strip_suffix(';') {
                Some(name) => headers.push(Field::new(name.trim(), "")),
                None => self.note(format!("{line:?} is no header")),
            },
        }
    }

    fn finish(mut self) -> Result<Pasted, String> {
        let text = self.url.take().ok_or("It names no URL")?;
        let whole = match text.contains("://") || text.starts_with('/') || text.starts_with("{{") {
            true => text,
            // curl guesses http.
            false => format!("http://{text}"),
        };
        let body = self.data.join("&");
        let given = self.given(&body);
        let request = &mut self.pasted.request;
        request.url = whole;
        request.settle_query();
        if self.get {
            request.query.extend(url::query_fields(&body));
        } else {
            request.body = body;
        }
        request.method = match (self.method.take(), self.head, given) {
            (Some(method), ..) => method,
            (None, true, _) => "HEAD".into(),
            (None, false, true) => "POST".into(),
            (None, false, false) => "GET".into(),
        };
        self.content_type(given);
        self.auth();
        let none = BTreeMap::new();
        let known = self.known.unwrap_or(&none);
        let (request, secrets) = resolve::without_secrets(&self.pasted.request, known);
        self.pasted.request = request;
        self.pasted.secrets.extend(secrets);
        self.pasted.request.settle_parameters();
        Ok(self.pasted)
    }

    /// A body is sent.
    fn given(&self, body: &str) -> bool {
        !self.get && (!body.is_empty() || !self.data.is_empty() || self.json)
    }

    /// What curl says of a body by itself.
    fn content_type(&mut self, given: bool) {
        let headers = &mut self.pasted.request.headers;
        let mut add = |name: &str, value: &str| {
            if !headers.iter().any(|of| of.name.eq_ignore_ascii_case(name)) {
                headers.push(Field::new(name, value));
            }
        };
        if self.json {
            add("content-type", "application/json");
            add("accept", "application/json");
        } else if given {
            add("content-type", "application/x-www-form-urlencoded");
        }
    }

    fn auth(&mut self) {
        if self.sigv4 {
            self.pasted.request.auth = Auth::SigV4;
            let own = ["x-amz-security-token", "x-amz-date", "authorization"];
            let headers = &mut self.pasted.request.headers;
            headers.retain(|of| !own.contains(&of.name.to_ascii_lowercase().as_str()));
            return self.note("It is signed with the credentials of this connection, not with those of the command");
        }
        if let Some(user) = self.user.take() {
            self.pasted.request.auth = self.named(Auth::Basic, "login", &user);
            return;
        }
        let request = &mut self.pasted.request;
        let at = |name: &str| {
            request
                .headers
                .iter()
                .position(|of| of.name.eq_ignore_ascii_case(name))
        };
        let key = at("x-api-key");
        let bearer = at("authorization").filter(|at| {
            let value = &request.headers[*at].value;
            value.len() > 7
                && value.is_char_boundary(7)
                && value[..7].eq_ignore_ascii_case("bearer ")
        });
        match (key, bearer) {
            (None, Some(at)) => {
                let value = request.headers.remove(at).value;
                self.pasted.request.auth = self.named(Auth::Bearer, "token", value[7..].trim());
            }
            (Some(at), None) => {
                let value = request.headers.remove(at).value;
                self.pasted.request.auth = self.named(Auth::ApiKey, "key", &value);
            }
            // With both, they stay headers, by name.
            _ => {}
        }
    }

    /// A value that is a variable alone names the secret; another becomes one.
    fn named(&mut self, auth: fn(String) -> Auth, name: &str, value: &str) -> Auth {
        let variable = value
            .strip_prefix("{{")
            .and_then(|rest| rest.strip_suffix("}}"));
        match variable {
            Some(variable) => auth(variable.trim_start_matches(resolve::SECRET).to_owned()),
            None => {
                let value = Secret::new(value);
                let none = BTreeMap::new();
                let name = resolve::free_name(name, &value, &[], self.known.unwrap_or(&none));
                self.pasted.secrets.push((name.clone(), value));
                auth(name)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn told(text: &str) -> String {
        let pasted = read(text, &BTreeMap::new()).unwrap();
        let request = &pasted.request;
        let mut out = format!("{} {}", request.method, request.url);
        for (n, field) in request.query.iter().enumerate() {
            out.push(if n == 0 { '?' } else { '&' });
            out.push_str(&format!("{}={}", field.name, field.value));
        }
        for field in &request.headers {
            out.push_str(&format!(" | {}: {}", field.name, field.value));
        }
        if request.auth != Auth::None {
            out.push_str(&format!(
                " | {} {}",
                request.auth.word(),
                request.auth.secret().unwrap_or_default()
            ));
        }
        if !request.body.is_empty() {
            out.push_str(&format!(" | {}", request.body));
        }
        out
    }

    #[test]
    fn commands_become_requests() {
        let form = "content-type: application/x-www-form-urlencoded";
        for (text, wanted) in [
            ("curl https://h/x", "GET https://h/x".to_owned()),
            ("curl h.example/x?a=1", "GET http://h.example/x?a=1".into()),
            ("curl -XPUT 'https://h/x' -H 'accept: a/b' -d '{}' -H 'Content-Type: application/json'", "PUT https://h/x | accept: a/b | Content-Type: application/json | {}".into()),
            ("curl https://h/x -d a=1 -d b=2", format!("POST https://h/x | {form} | a=1&b=2")),
            ("curl --data-raw '@not a file' https://h/x", format!("POST https://h/x | {form} | @not a file")),
            ("curl --data-binary $'{\\n\"a\": \"it\\'s\"}' https://h/x", format!("POST https://h/x | {form} | {{\n\"a\": \"it's\"}}")),
            ("curl -G https://h/x?z=0 -d a=1 --data-urlencode 'q=a b&c' --data-urlencode '=x y'", "GET https://h/x?z=0&a=1&q=a%20b%26c&x%20y=".into()),
            ("curl --json '{\"a\": 1}' https://h/x", "POST https://h/x | content-type: application/json | accept: application/json | {\"a\": 1}".into()),
            ("curl -I https://h/x", "HEAD https://h/x".into()),
            ("curl -sSXDELETE --url https://h/x -o /dev/null", "DELETE https://h/x".into()),
            ("curl -A me -e from -b a=1 https://h", "GET https://h | user-agent: me | referer: from | cookie: {{secret.cookie}}".into()),
            ("curl -u me:pass https://h", "GET https://h | basic login".into()),
            ("curl -H 'Authorization: Bearer abc' https://h", "GET https://h | bearer token".into()),
            ("curl -H \"x-api-key: $PARTNER\" https://h", "GET https://h | api-key PARTNER".into()),
            ("curl -H 'X-Api-Key: abc' -H 'Authorization: Bearer t' https://h", "GET https://h | X-Api-Key: {{secret.x-api-key}} | Authorization: Bearer {{secret.authorization}}".into()),
            ("curl --aws-sigv4 aws:amz:eu-west-1:execute-api --user \"$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY\" -H \"x-amz-security-token: $AWS_SESSION_TOKEN\" https://h", "GET https://h | sigv4 ".into()),
            ("curl -H 'accept;' -H 'x-no:' https://h", "GET https://h | accept: ".into()),
            ("curl 'https://h/orders/{id}'", "GET https://h/orders/{id}".into()),
            ("curl -H \"x: ops-$(uuidgen)\" https://h", "GET https://h | x: ops-{{$uuid}}".into()),
        ] {
            assert_eq!(told(text), wanted, "{text}");
        }
    }

    #[test]
    fn secrets_of_a_command_are_taken_out_of_it() {
        let pasted = read(
            "curl -u me:hunter2 -H 'x-token: hunter3' 'https://h?apikey=hunter4'",
            &BTreeMap::new(),
        )
        .unwrap();
        let shown = format!("{pasted:?}");
        assert!(!shown.contains("hunter"), "{shown}");
        let secrets: Vec<_> = pasted
            .secrets
            .iter()
            .map(|(name, of)| (name.as_str(), of.reveal()))
            .collect();
        assert_eq!(
            secrets,
            [
                ("login", "me:hunter2"),
                ("x-token", "hunter3"),
                ("apikey", "hunter4")
            ]
        );
    }

    #[test]
    fn what_can_not_be_taken_up_is_told() {
        for (text, why) in [
            ("curl -L https://h", "Redirects"),
            ("curl -k https://h", "Certificates"),
            ("curl --insecure https://h", "Certificates"),
            ("curl -x proxy:3128 https://h", "-x is left out"),
            ("curl -F 'a=@b' https://h", "-F is left out"),
            ("curl -d @body.json https://h", "@body.json names a file"),
            ("curl --tlsv1.3 https://h", "--tlsv1.3 is not known"),
            ("curl https://h | jq .", "what follows |"),
        ] {
            let notes = read(text, &BTreeMap::new()).unwrap().notes;
            assert!(
                notes.iter().any(|note| note.contains(why)),
                "{text}: {notes:?}"
            );
        }
        assert!(
            read("curl -sSv --compressed -o x https://h", &BTreeMap::new())
                .unwrap()
                .notes
                .is_empty()
        );
    }

    #[test]
    fn what_is_no_command_is_told() {
        for (text, why) in [
            ("wget https://h", "begins with curl"),
            ("", "begins with curl"),
            ("curl -s", "no URL"),
            ("curl https://a https://b", "two URLs"),
            ("curl https://a --next https://b", "several"),
            ("curl https://a -H", "-H lacks its value"),
            ("curl 'https://a", "not closed"),
        ] {
            let said = read(text, &BTreeMap::new()).unwrap_err();
            assert!(said.contains(why), "{text}: {said}");
        }
    }
}
