//! PostObject: an object in a form, with a policy that says what the form may be.
//! Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html>.

use super::{
    auth::denied,
    checksum,
    conditions::Writing,
    document, invalid_argument, malformed, metadata,
    object::{Meta, Tag},
    objects::{self, New, check_bucket, check_key},
    policy,
    route::{Answer, Call},
    store::S3,
    tagging, xml,
};
use crate::{
    error::AwsError,
    protocol::xml as document_of,
    request::{Request, Response},
};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method};

/// A form that was read.
#[derive(Debug)]
pub struct Form {
    /// In the order in which they came; names as they were written.
    pub fields: Vec<(String, String)>,
    pub file: Bytes,
    /// The file's name, where it was one.
    pub file_name: Option<String>,
}

/// What a form may say of the object as headers would.
const HEADERS: [&str; 8] = [
    "cache-control",
    "content-type",
    "content-disposition",
    "content-encoding",
    "expires",
    "x-amz-storage-class",
    "x-amz-website-redirect-location",
    "x-amz-acl",
];

/// Whether a request is a form's: it names no operation and has no signature outside of its body.
pub fn is_form(request: &Request) -> bool {
    request.method == Method::POST && request.query.is_empty() && !request.is_signed()
}

/// The same, of a bucket.
pub fn is_one(call: &Call<'_>) -> bool {
    is_form(call.request) && !call.bucket.is_empty() && call.key.is_empty()
}

impl Form {
    /// A field, in whichever case its name is written.
    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self
            .fields
            .iter()
            .find(|(field, _)| field.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }
}

pub fn post(s3: &S3, call: &Call<'_>) -> Answer {
    let kind = call.header("content-type").unwrap_or_default();
    let boundary = boundary(kind).ok_or_else(|| {
        AwsError::new(
            412,
            "PreconditionFailed",
            "At least one of the pre-conditions you specified did not hold",
        )
        .with(
            "Condition",
            "Bucket POST must be of the enclosure-type multipart/form-data",
        )
    })?;
    let form = read(&call.request.body, &boundary).ok_or_else(|| {
        AwsError::new(
            400,
            "MalformedPOSTRequest",
            "The body of your POST request is not well-formed multipart/form-data.",
        )
    })?;
    check_fields(&form)?;
    check_bucket(s3, &call.bucket)?;
    let document = form.get("policy").unwrap_or_default();
    policy::check(document, &form, &call.bucket, call.now)?;
    let mut key = form.get("key").unwrap_or_default().to_owned();
    if let Some(name) = &form.file_name {
        key = key.replace("${filename}", name);
    }
    check_key(&key)?;
    let request = as_request(&form);
    let inner = Call {
        ctx: call.ctx,
        request: &request,
        bucket: call.bucket.clone(),
        key: key.clone(),
        is_virtual: call.is_virtual,
        now: call.now,
    };
    let mut meta = Meta::of(&inner)?;
    meta.tags = tags(&form)?;
    let (given, md5) = checksum::verified(&inner, &[], &form.file)?;
    let new = New {
        content: form.file.clone(),
        md5,
        checksum: given,
        meta,
        condition: Writing::Always,
    };
    let kept = objects::keep(s3, &call.bucket, &key, new)?;
    Ok(answer(call, &form, &key, kept))
}

/// The answer that the form asks for.
fn answer(call: &Call<'_>, form: &Form, key: &str, mut kept: Response) -> Response {
    let etag = kept
        .headers
        .iter()
        .find(|(name, _)| name == "etag")
        .map(|(_, etag)| etag.clone())
        .unwrap_or_default();
    let location = super::location(call, key);
    let redirect = form
        .get("success_action_redirect")
        .or_else(|| form.get("redirect"));
    let is_address = |text: &&str| text.starts_with("http://") || text.starts_with("https://");
    if let Some(address) = redirect.filter(is_address) {
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("bucket", &call.bucket)
            .append_pair("key", key)
            .append_pair("etag", &etag)
            .finish();
        let sign = if address.contains('?') { '&' } else { '?' };
        kept.status = 303;
        return kept.with_header("location", format!("{address}{sign}{query}"));
    }
    match form.get("success_action_status") {
        Some("201") => {
            let mut out = document("PostResponse");
            out.element("Location", &location);
            out.element("Bucket", &call.bucket);
            out.element("Key", key);
            out.element("ETag", &etag);
            let mut made = xml(201, out);
            made.headers.append(&mut kept.headers);
            made.with_header("location", location)
        }
        Some("200") => kept.with_header("location", location),
        _ => {
            kept.status = 204;
            kept.with_header("location", location)
        }
    }
}

/// A form without a signature is nobody's. Which one it has its fields tell.
fn check_fields(form: &Form) -> Result<(), AwsError> {
    let v4 = [
        "X-Amz-Algorithm",
        "X-Amz-Credential",
        "X-Amz-Date",
        "X-Amz-Signature",
    ];
    let v2 = ["AWSAccessKeyId", "Signature"];
    let has = |names: &[&str]| names.iter().any(|name| form.get(name).is_some());
    let wanted: &[&str] = if has(&v4) {
        &[
            "Policy",
            "X-Amz-Algorithm",
            "X-Amz-Credential",
            "X-Amz-Date",
            "X-Amz-Signature",
            "Key",
        ]
    } else if has(&v2) {
        &["Policy", "AWSAccessKeyId", "Signature", "Key"]
    } else {
        return Err(denied("Access Denied"));
    };
    match wanted.iter().find(|name| form.get(name).is_none()) {
        None => Ok(()),
        Some(name) => Err(invalid_argument(
            &format!(
                "Bucket POST must contain a field named '{name}'.  If it is specified, please check the order of the fields."
            ),
            name,
            "",
        )),
    }
}

/// What a PutObject would have said.
fn as_request(form: &Form) -> Request {
    let mut headers = HeaderMap::new();
    for (name, value) in &form.fields {
        let name = name.to_ascii_lowercase();
        let is_meta = name.starts_with("x-amz-meta-");
        let is_one = is_meta
            || HEADERS.contains(&name.as_str())
            || name.starts_with("x-amz-checksum-")
            || name.starts_with("x-amz-server-side-encryption");
        // Of a form, metadata is what it says, whatever it looks like.
        let value = if is_meta {
            metadata::wrapped(value)
        } else {
            value.clone()
        };
        let made = (
            HeaderName::from_bytes(name.as_bytes()),
            HeaderValue::from_bytes(value.as_bytes()),
        );
        if let (true, (Ok(name), Ok(value))) = (is_one, made) {
            headers.insert(name, value);
        }
    }
    Request {
        method: Method::POST,
        path: "/".into(),
        query: Vec::new(),
        headers,
        body: Bytes::new(),
    }
}

fn tags(form: &Form) -> Result<Vec<Tag>, AwsError> {
    let Some(text) = form.get("tagging") else {
        return Ok(Vec::new());
    };
    let root = document_of::parse(text.as_bytes()).map_err(|_| malformed())?;
    let set = root.child("TagSet");
    let tags = set.into_iter().flat_map(|set| set.children("Tag"));
    tagging::of_elements(tags, 10, "Your TagKey cannot be prefixed with aws:")
}

fn boundary(kind: &str) -> Option<String> {
    let mut parts = kind.split(';').map(str::trim);
    if !parts.next()?.eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    parts.find_map(|part| {
        let (name, value) = part.split_once('=')?;
        let value = value.trim_matches('"');
        (name.eq_ignore_ascii_case("boundary") && !value.is_empty()).then(|| value.to_owned())
    })
}

/// Reads a form. What comes after the file is passed over, as S3 does.
fn read(body: &Bytes, boundary: &str) -> Option<Form> {
    let mut fields = Vec::new();
    let opening = format!("--{boundary}");
    let between = format!("\r\n--{boundary}");
    let mut rest = body.slice(find(body, opening.as_bytes())? + opening.len()..);
    loop {
        if rest.starts_with(b"--") {
            return None;
        }
        let head_end = find(&rest, b"\r\n\r\n")?;
        let head = String::from_utf8_lossy(rest.get(..head_end)?).into_owned();
        let start = head_end + 4;
        let length = find(rest.get(start..)?, between.as_bytes())?;
        let content = rest.slice(start..start + length);
        rest = rest.slice(start + length + between.len()..);
        let name = parameter(&head, "name")?;
        if name.eq_ignore_ascii_case("file") {
            return Some(Form {
                fields,
                file: content,
                file_name: parameter(&head, "filename"),
            });
        }
        fields.push((name, String::from_utf8_lossy(&content).into_owned()));
    }
}

/// A parameter of a part's `Content-Disposition`.
fn parameter(head: &str, wanted: &str) -> Option<String> {
    let line = head.lines().find(|line| {
        line.get(..20)
            .is_some_and(|start| start.eq_ignore_ascii_case("content-disposition:"))
    })?;
    let start = format!("; {wanted}=\"");
    let at = line.find(&start)? + start.len();
    let rest = line.get(at..)?;
    let end = rest.find('"')?;
    Some(rest.get(..end)?.replace("%22", "\""))
}

fn find(all: &[u8], wanted: &[u8]) -> Option<usize> {
    let first = *wanted.first()?;
    let mut from = 0;
    loop {
        let at = from + all.get(from..)?.iter().position(|byte| *byte == first)?;
        if all.get(at..at + wanted.len())? == wanted {
            return Some(at);
        }
        from = at + 1;
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn a_form_is_read_up_to_its_file() {
        let body = Bytes::from_static(
            b"--x\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\na/${filename}\r\n--x\r\nContent-Disposition: form-data; name=\"Policy\"\r\n\r\ne30=\r\n--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.bin\"\r\nContent-Type: text/plain\r\n\r\none\r\n-two\r\n--x\r\nContent-Disposition: form-data; name=\"late\"\r\n\r\nno\r\n--x--\r\n",
        );
        let form = read(&body, "x").unwrap();
        assert_eq!(form.file, "one\r\n-two");
        assert_eq!(form.file_name.as_deref(), Some("a.bin"));
        assert_eq!(form.get("policy"), Some("e30="));
        assert_eq!(form.get("late"), None);
        assert!(read(&body.slice(..120), "x").is_none());
        assert!(read(&Bytes::from_static(b"--x--"), "x").is_none());
        assert_eq!(
            boundary("multipart/form-data; boundary=\"x y\"").as_deref(),
            Some("x y")
        );
        assert_eq!(boundary("text/html; boundary=x"), None);
    }
}
