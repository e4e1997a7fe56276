//! An object, and what is kept with it beside its content: headers, metadata, storage class, encryption, tags.

use super::{
    checksum::Checksum, content::Content, invalid_argument, metadata, route::Call, store::NULL,
    tagging,
};
use crate::{error::AwsError, protocol::time, region::arn, request::Response};
use serde::{Deserialize, Serialize};

/// A tag of a bucket or an object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tag {
    pub key: String,
    pub value: String,
}

/// One version of an object, or a marker that says that it was deleted.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Object {
    /// None of one that was put while its bucket had no versions.
    #[serde(default)]
    pub version: Option<String>,
    /// None of a marker.
    pub body: Option<Content>,
    /// With its quotes.
    pub etag: String,
    /// Epoch milliseconds.
    pub modified_ms: i64,
    #[serde(flatten)]
    pub meta: Meta,
    #[serde(default)]
    pub checksum: Option<Checksum>,
    /// Of an object that was put together from parts.
    #[serde(default)]
    pub parts: Vec<Piece>,
}

/// A part of a complete object.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Piece {
    pub number: u32,
    pub size: usize,
    #[serde(default)]
    pub checksum: Option<Checksum>,
}

/// What a request says of an object beside its content.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Meta {
    pub content_type: String,
    /// Headers as they come back: `x-amz-meta-…`, `cache-control` and the like.
    pub headers: Vec<(String, String)>,
    /// None is STANDARD.
    #[serde(default)]
    pub storage_class: Option<String>,
    /// None is AES256, as of every object for which nothing else was asked.
    #[serde(default)]
    pub kms: Option<Kms>,
    #[serde(default)]
    pub tags: Vec<Tag>,
}

/// Encryption with a key of KMS, as it was asked for. Nothing is encrypted here; see `SECURITY.md`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kms {
    pub method: String,
    pub key: String,
    pub has_bucket_key: bool,
}

/// The versions of a key, the newest last.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Versions(pub Vec<Object>);

/// Headers that are stored with an object and come back with it.
const STORED: [&str; 4] = [
    "cache-control",
    "content-disposition",
    "content-language",
    "expires",
];

/// Where a website would send its visitors.
pub const REDIRECT: &str = "x-amz-website-redirect-location";

const CLASSES: [&str; 8] = [
    "STANDARD",
    "REDUCED_REDUNDANCY",
    "STANDARD_IA",
    "ONEZONE_IA",
    "INTELLIGENT_TIERING",
    "GLACIER",
    "DEEP_ARCHIVE",
    "GLACIER_IR",
];

impl Versions {
    /// The newest, unless it is a marker.
    pub fn current(&self) -> Option<&Object> {
        self.0.last().filter(|object| !object.is_marker())
    }

    /// The version with that id.
    pub fn get(&self, id: &str) -> Option<&Object> {
        self.0.iter().find(|object| object.id() == id)
    }

    /// Takes out the version with that id, or the one without.
    pub fn take(&mut self, id: Option<&str>) -> Option<Object> {
        let at = self
            .0
            .iter()
            .position(|object| object.version.as_deref() == id)?;
        Some(self.0.remove(at))
    }
}

impl<'de> Deserialize<'de> for Versions {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        /// A key had one object until it could have versions.
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Kept {
            One(Box<Object>),
            All(Vec<Object>),
        }
        Ok(match Kept::deserialize(deserializer)? {
            Kept::One(object) => Self(vec![*object]),
            Kept::All(objects) => Self(objects),
        })
    }
}

impl Object {
    /// What says that a key was deleted.
    pub fn marker(now_ms: i64) -> Self {
        Self {
            version: None,
            body: None,
            etag: String::new(),
            modified_ms: now_ms,
            meta: Meta::default(),
            checksum: None,
            parts: Vec::new(),
        }
    }

    pub fn is_marker(&self) -> bool {
        self.body.is_none()
    }

    /// Its id, or what stands for none.
    pub fn id(&self) -> &str {
        self.version.as_deref().unwrap_or(NULL)
    }

    /// Bytes.
    pub fn size(&self) -> usize {
        self.body.as_ref().map_or(0, Content::len)
    }

    /// The headers of an answer that gives it.
    pub fn headers(&self) -> Vec<(String, String)> {
        let mut headers = vec![
            (
                "last-modified".to_owned(),
                time::http_date(self.modified_ms as f64 / 1000.0),
            ),
            ("etag".to_owned(), self.etag.clone()),
            ("accept-ranges".to_owned(), "bytes".to_owned()),
            ("content-type".to_owned(), self.meta.content_type.clone()),
        ];
        let encoded = |(name, value): &(String, String)| (name.clone(), metadata::encode(value));
        headers.extend(self.meta.headers.iter().map(encoded));
        if let Some(class) = &self.meta.storage_class {
            headers.push(("x-amz-storage-class".to_owned(), class.clone()));
        }
        if !self.meta.tags.is_empty() {
            let count = self.meta.tags.len().to_string();
            headers.push(("x-amz-tagging-count".to_owned(), count));
        }
        headers.extend(self.meta.encryption());
        headers
    }
}

impl Meta {
    /// What a request says.
    ///
    /// # Errors
    /// When it says something that S3 does not take, or the sandbox does not do.
    pub fn of(call: &Call<'_>) -> Result<Self, AwsError> {
        refuse_what_is_not_done(call)?;
        let mut meta = Self {
            storage_class: storage_class(call)?,
            kms: kms(call)?,
            tags: match call.header("x-amz-tagging") {
                Some(text) => tagging::of_header(text)?,
                None => Vec::new(),
            },
            ..Self::default()
        };
        meta.take_headers(call)?;
        Ok(meta)
    }

    /// Takes what comes back as headers from a request, in place of what was there.
    ///
    /// # Errors
    /// When metadata is larger than S3 takes.
    pub fn take_headers(&mut self, call: &Call<'_>) -> Result<(), AwsError> {
        self.content_type = call
            .header("content-type")
            .filter(|text| !text.is_empty())
            .unwrap_or("binary/octet-stream")
            .to_owned();
        self.headers = STORED
            .iter()
            .chain([&REDIRECT])
            .filter_map(|name| Some(((*name).to_owned(), metadata::text(call.request, name)?)))
            .collect();
        let encoding: Vec<&str> = call
            .header("content-encoding")
            .unwrap_or_default()
            .split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty() && *part != "aws-chunked")
            .collect();
        if !encoding.is_empty() {
            self.headers
                .push(("content-encoding".into(), encoding.join(",")));
        }
        self.headers.extend(metadata::of(call.request)?);
        Ok(())
    }

    /// `StorageClass`.
    pub fn class(&self) -> &str {
        self.storage_class.as_deref().unwrap_or("STANDARD")
    }

    /// The headers that tell how it is encrypted.
    pub fn encryption(&self) -> Vec<(String, String)> {
        let name = "x-amz-server-side-encryption";
        match &self.kms {
            None => vec![(name.to_owned(), "AES256".to_owned())],
            Some(kms) => {
                let mut headers = vec![
                    (name.to_owned(), kms.method.clone()),
                    (format!("{name}-aws-kms-key-id"), kms.key.clone()),
                ];
                if kms.has_bucket_key {
                    headers.push((format!("{name}-bucket-key-enabled"), "true".to_owned()));
                }
                headers
            }
        }
    }
}

/// Adds what tells of an object's version and encryption to an answer.
pub fn told(mut response: Response, version: Option<&str>, meta: &Meta) -> Response {
    if let Some(id) = version {
        response = response.with_header("x-amz-version-id", id);
    }
    response.headers.extend(meta.encryption());
    response
}

/// What a request asks for that is not here: it would be told a lie if the header were passed over.
fn refuse_what_is_not_done(call: &Call<'_>) -> Result<(), AwsError> {
    for name in [
        "x-amz-server-side-encryption-customer-algorithm",
        "x-amz-server-side-encryption-customer-key",
        "x-amz-copy-source-server-side-encryption-customer-algorithm",
        "x-amz-write-offset-bytes",
    ] {
        if call.header(name).is_some() {
            return Err(not_done(name));
        }
    }
    let locks = ["x-amz-object-lock-mode", "x-amz-object-lock-legal-hold"];
    if locks.iter().any(|name| call.header(name).is_some()) {
        return Err(AwsError::new(
            400,
            "InvalidRequest",
            "Bucket is missing Object Lock Configuration",
        ));
    }
    check_acl(call)
}

/// Buckets are made so that their owner owns everything in them: as in AWS, no access control list is taken then.
pub fn check_acl(call: &Call<'_>) -> Result<(), AwsError> {
    let canned = call.header("x-amz-acl");
    let granted = call
        .request
        .headers
        .keys()
        .any(|name| name.as_str().starts_with("x-amz-grant-"));
    let is_owners = matches!(canned, None | Some("private" | "bucket-owner-full-control"));
    if is_owners && !granted {
        return Ok(());
    }
    Err(AwsError::new(
        400,
        "AccessControlListNotSupported",
        "The bucket does not allow ACLs",
    ))
}

/// S3's own error for a header that it does not do.
pub fn not_done(header: &str) -> AwsError {
    AwsError::new(
        501,
        "NotImplemented",
        "A header you provided implies functionality that is not implemented",
    )
    .with("Header", header)
}

/// A storage class that a request asks for; none for the usual one.
///
/// # Errors
/// `InvalidStorageClass`.
pub fn storage_class(call: &Call<'_>) -> Result<Option<String>, AwsError> {
    match call.header("x-amz-storage-class") {
        None | Some("STANDARD") => Ok(None),
        Some(class) if CLASSES.contains(&class) => Ok(Some(class.to_owned())),
        Some(class) => Err(AwsError::new(
            400,
            "InvalidStorageClass",
            "The storage class you specified is not valid",
        )
        .with("StorageClassRequested", class)),
    }
}

fn kms(call: &Call<'_>) -> Result<Option<Kms>, AwsError> {
    let name = "x-amz-server-side-encryption";
    let key = call.header("x-amz-server-side-encryption-aws-kms-key-id");
    match call.header(name) {
        None | Some("AES256") if key.is_some() => Err(invalid_argument(
            "Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms",
            name,
            call.header(name).unwrap_or("null"),
        )),
        None | Some("AES256") => Ok(None),
        Some(method @ ("aws:kms" | "aws:kms:dsse")) => Ok(Some(Kms {
            method: method.to_owned(),
            key: kms_key(call, key),
            has_bucket_key: call
                .header("x-amz-server-side-encryption-bucket-key-enabled")
                .is_some_and(|text| text.eq_ignore_ascii_case("true")),
        })),
        Some(other) => Err(invalid_argument(
            "The encryption method specified is not supported",
            name,
            other,
        )),
    }
}

/// The key's ARN; without a key S3's own of the account.
fn kms_key(call: &Call<'_>, key: Option<&str>) -> String {
    let of = |resource: &str| arn("kms", &call.ctx.region, &call.ctx.account, resource);
    match key {
        Some(arn) if arn.starts_with("arn:") => arn.to_owned(),
        Some(alias) if alias.starts_with("alias/") => of(alias),
        Some(id) => of(&format!("key/{id}")),
        None => of("alias/aws/s3"),
    }
}
