//! Which operation a request means: bucket and key from host and path, the rest from method, query and headers. What is not in
//! the sandbox is in the table all the same, so that it is refused by its name.

use super::{
    attributes, auth, buckets, copy, defaults, error_response, form, host, listing, multipart,
    objects, store::S3, tagging, versions,
};
use crate::{
    error::AwsError,
    request::{Ctx, Request, Response},
};
use http::{HeaderName, HeaderValue, Method};
use jiff::Timestamp;
use std::{borrow::Cow, sync::Arc};

/// A request with the bucket and the key that it names.
pub struct Call<'a> {
    pub ctx: &'a Ctx,
    pub request: &'a Request,
    pub bucket: String,
    pub key: String,
    /// Whether the host names the bucket.
    pub is_virtual: bool,
    /// When it came.
    pub now: Timestamp,
}

/// What an operation gives.
pub type Answer = Result<Response, AwsError>;

type Handler = fn(&S3, &Call<'_>) -> Answer;

/// What a request's path names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum On {
    Service,
    Bucket,
    Object,
}

/// An operation, and what tells it from the others on the same thing.
struct Operation {
    name: &'static str,
    method: Method,
    on: On,
    /// Parameters of the query and headers (`x-amz-…`) that it has, with `&` between them. Empty where nothing tells.
    sign: &'static str,
    /// None of what the sandbox does not do.
    handler: Option<Handler>,
}

impl<'a> Call<'a> {
    pub fn query(&self, name: &str) -> Option<&str> {
        self.request.query_value(name)
    }

    pub fn has(&self, name: &str) -> bool {
        self.request.has_query(name)
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.request.header(name)
    }

    /// A version's id, if the request names one.
    pub fn version(&self) -> Option<&str> {
        self.query("versionId")
    }

    /// Who owns everything in here.
    pub fn owner(&self) -> String {
        super::owner(&self.ctx.account)
    }
}

/// Whether a request that names no service otherwise is S3's: by its host, or because its path begins as a bucket's name may.
pub fn means(request: &Request) -> bool {
    if request.header("host").is_some_and(host::is_s3) {
        return true;
    }
    let bucket = request.path.split('/').nth(1).unwrap_or_default();
    let is_name = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'.';
    bucket.len() >= 3 && bucket.bytes().all(is_name)
}

/// Answers one request. Where contents are files, away from those who serve requests: a disk takes its time.
pub async fn answer(s3: &Arc<S3>, ctx: &Ctx, request: &Request) -> Response {
    if !s3.store().is_kept() {
        return handle(s3, ctx, request);
    }
    let (s3, for_it, request) = (s3.clone(), ctx.clone(), request.clone());
    let work = tokio::task::spawn_blocking(move || handle(&s3, &for_it, &request));
    work.await.unwrap_or_else(|error| {
        let error = AwsError::new(500, "InternalError", error.to_string());
        error_response(&error, &ctx.request_id)
    })
}

fn handle(s3: &S3, ctx: &Ctx, request: &Request) -> Response {
    let now = s3.clock.now();
    let answer = auth::admit(request, now).and_then(|()| {
        let request = with_hoisted(request);
        let place = host::place(&request);
        let call = Call {
            ctx,
            request: &request,
            bucket: place.bucket,
            key: place.key,
            is_virtual: place.is_virtual,
            now,
        };
        dispatch(s3, &call)
    });
    let response = answer
        .unwrap_or_else(|error| error_response(&error, &ctx.request_id))
        .with_header("server", "AmazonS3")
        .with_header("x-amz-request-id", ctx.request_id.clone());
    if response.has_header("x-amz-id-2") {
        return response;
    }
    response.with_header("x-amz-id-2", super::host_id(&ctx.request_id))
}

/// A presigned address may hold headers as parameters. A checksum among them is none of this content's: SDKs that presign a PUT
/// put that of an empty one there, and AWS takes no notice.
fn with_hoisted(request: &Request) -> Cow<'_, Request> {
    if !auth::is_presigned(request) {
        return Cow::Borrowed(request);
    }
    let mut whole = request.clone();
    for (name, value) in &request.query {
        let name = name.to_ascii_lowercase();
        let is_amz = name.starts_with("x-amz-")
            && !auth::PARAMETERS.contains(&name.as_str())
            && !name.contains("checksum");
        let is_header = is_amz || name == "if-match" || name == "if-none-match";
        let made = (
            HeaderName::from_bytes(name.as_bytes()),
            HeaderValue::from_bytes(value.as_bytes()),
        );
        if let (true, (Ok(name), Ok(value))) = (is_header, made) {
            whole.headers.entry(name).or_insert(value);
        }
    }
    Cow::Owned(whole)
}

fn dispatch(s3: &S3, call: &Call<'_>) -> Answer {
    if call.ctx.region == "aws-global" {
        return Err(AwsError::new(
            400,
            "AuthorizationHeaderMalformed",
            "The authorization header is malformed; the region 'aws-global' is wrong; expecting 'us-east-1'",
        )
        .with("Region", "us-east-1"));
    }
    buckets::check_owner(call)?;
    if form::is_one(call) {
        return form::post(s3, call);
    }
    let operation = operation(call).ok_or_else(|| method_not_allowed(call))?;
    tracing::debug!(operation = operation.name, "S3");
    match operation.handler {
        Some(handler) => handler(s3, call),
        None => Err(not_implemented(operation.name)),
    }
}

fn operation(call: &Call<'_>) -> Option<&'static Operation> {
    let on = match (call.bucket.is_empty(), call.key.is_empty()) {
        (true, _) => On::Service,
        (false, true) => On::Bucket,
        (false, false) => On::Object,
    };
    let is = |sign: &str| match sign.split_once('=') {
        Some((name, value)) => call.query(name) == Some(value),
        None if sign.starts_with("x-amz-") => call.header(sign).is_some(),
        None => sign.is_empty() || call.has(sign),
    };
    let has = |signs: &str| signs.split('&').all(is);
    OPERATIONS.iter().find(|operation| {
        operation.on == on && operation.method == call.request.method && has(operation.sign)
    })
}

fn method_not_allowed(call: &Call<'_>) -> AwsError {
    let kind = match (call.bucket.is_empty(), call.key.is_empty()) {
        (true, _) => "SERVICE",
        (false, true) => "BUCKET",
        (false, false) => "OBJECT",
    };
    AwsError::new(
        405,
        "MethodNotAllowed",
        "The specified method is not allowed against this resource.",
    )
    .with("Method", call.request.method.as_str())
    .with("ResourceType", kind)
}

/// S3's own code for what it does not do.
fn not_implemented(operation: &str) -> AwsError {
    AwsError::new(
        501,
        "NotImplemented",
        format!("The sandbox's S3 has no {operation}."),
    )
}

const fn op(
    name: &'static str,
    method: Method,
    on: On,
    sign: &'static str,
    handler: Handler,
) -> Operation {
    Operation {
        name,
        method,
        on,
        sign,
        handler: Some(handler),
    }
}

const fn not_here(name: &'static str, method: Method, on: On, sign: &'static str) -> Operation {
    Operation {
        name,
        method,
        on,
        sign,
        handler: None,
    }
}

use Method as M;
use On::{Bucket as B, Object as O, Service};

/// Every operation, the first that fits. Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations.html>.
#[rustfmt::skip]
static OPERATIONS: &[Operation] = &[
    op("ListBuckets", M::GET, Service, "", buckets::list),
    // Buckets.
    op("HeadBucket", M::HEAD, B, "", buckets::head),
    op("GetBucketLocation", M::GET, B, "location", buckets::location),
    op("GetBucketVersioning", M::GET, B, "versioning", versions::get),
    op("PutBucketVersioning", M::PUT, B, "versioning", versions::put),
    op("GetBucketTagging", M::GET, B, "tagging", tagging::get_bucket),
    op("PutBucketTagging", M::PUT, B, "tagging", tagging::put_bucket),
    op("DeleteBucketTagging", M::DELETE, B, "tagging", tagging::delete_bucket),
    op("ListMultipartUploads", M::GET, B, "uploads", listing::uploads),
    op("ListObjectVersions", M::GET, B, "versions", listing::versions),
    op("DeleteObjects", M::POST, B, "delete", versions::delete_many),
    op("GetBucketAcl", M::GET, B, "acl", defaults::bucket_acl),
    op("GetBucketEncryption", M::GET, B, "encryption", defaults::encryption),
    op("GetBucketOwnershipControls", M::GET, B, "ownershipControls", defaults::ownership),
    op("GetPublicAccessBlock", M::GET, B, "publicAccessBlock", defaults::public_access),
    op("GetBucketPolicyStatus", M::GET, B, "policyStatus", defaults::policy_status),
    op("GetBucketPolicy", M::GET, B, "policy", defaults::policy),
    op("GetBucketCors", M::GET, B, "cors", defaults::cors),
    op("GetBucketWebsite", M::GET, B, "website", defaults::website),
    op("GetBucketLifecycleConfiguration", M::GET, B, "lifecycle", defaults::lifecycle),
    op("GetBucketReplication", M::GET, B, "replication", defaults::replication),
    op("GetObjectLockConfiguration", M::GET, B, "object-lock", defaults::object_lock),
    op("GetBucketLogging", M::GET, B, "logging", defaults::logging),
    op("GetBucketAccelerateConfiguration", M::GET, B, "accelerate", defaults::accelerate),
    op("GetBucketRequestPayment", M::GET, B, "requestPayment", defaults::payment),
    op("GetBucketNotificationConfiguration", M::GET, B, "notification", defaults::notification),
    not_here("PutBucketAcl", M::PUT, B, "acl"),
    not_here("PutBucketEncryption", M::PUT, B, "encryption"),
    not_here("DeleteBucketEncryption", M::DELETE, B, "encryption"),
    not_here("PutBucketOwnershipControls", M::PUT, B, "ownershipControls"),
    not_here("DeleteBucketOwnershipControls", M::DELETE, B, "ownershipControls"),
    not_here("PutPublicAccessBlock", M::PUT, B, "publicAccessBlock"),
    not_here("DeletePublicAccessBlock", M::DELETE, B, "publicAccessBlock"),
    not_here("PutBucketPolicy", M::PUT, B, "policy"),
    not_here("DeleteBucketPolicy", M::DELETE, B, "policy"),
    not_here("PutBucketCors", M::PUT, B, "cors"),
    not_here("DeleteBucketCors", M::DELETE, B, "cors"),
    not_here("PutBucketWebsite", M::PUT, B, "website"),
    not_here("DeleteBucketWebsite", M::DELETE, B, "website"),
    not_here("PutBucketLifecycleConfiguration", M::PUT, B, "lifecycle"),
    not_here("DeleteBucketLifecycle", M::DELETE, B, "lifecycle"),
    not_here("PutBucketReplication", M::PUT, B, "replication"),
    not_here("DeleteBucketReplication", M::DELETE, B, "replication"),
    not_here("PutObjectLockConfiguration", M::PUT, B, "object-lock"),
    not_here("PutBucketLogging", M::PUT, B, "logging"),
    not_here("PutBucketAccelerateConfiguration", M::PUT, B, "accelerate"),
    not_here("PutBucketRequestPayment", M::PUT, B, "requestPayment"),
    not_here("PutBucketNotificationConfiguration", M::PUT, B, "notification"),
    not_here("PutBucketAbac", M::PUT, B, "abac"),
    not_here("GetBucketAbac", M::GET, B, "abac"),
    not_here("GetBucketAnalyticsConfiguration", M::GET, B, "analytics"),
    not_here("PutBucketAnalyticsConfiguration", M::PUT, B, "analytics"),
    not_here("DeleteBucketAnalyticsConfiguration", M::DELETE, B, "analytics"),
    not_here("GetBucketIntelligentTieringConfiguration", M::GET, B, "intelligent-tiering"),
    not_here("PutBucketIntelligentTieringConfiguration", M::PUT, B, "intelligent-tiering"),
    not_here("DeleteBucketIntelligentTieringConfiguration", M::DELETE, B, "intelligent-tiering"),
    not_here("GetBucketInventoryConfiguration", M::GET, B, "inventory"),
    not_here("PutBucketInventoryConfiguration", M::PUT, B, "inventory"),
    not_here("DeleteBucketInventoryConfiguration", M::DELETE, B, "inventory"),
    not_here("GetBucketMetricsConfiguration", M::GET, B, "metrics"),
    not_here("PutBucketMetricsConfiguration", M::PUT, B, "metrics"),
    not_here("DeleteBucketMetricsConfiguration", M::DELETE, B, "metrics"),
    not_here("GetBucketMetadataConfiguration", M::GET, B, "metadataConfiguration"),
    not_here("CreateBucketMetadataConfiguration", M::POST, B, "metadataConfiguration"),
    not_here("DeleteBucketMetadataConfiguration", M::DELETE, B, "metadataConfiguration"),
    not_here("GetBucketMetadataTableConfiguration", M::GET, B, "metadataTable"),
    not_here("CreateBucketMetadataTableConfiguration", M::POST, B, "metadataTable"),
    not_here("DeleteBucketMetadataTableConfiguration", M::DELETE, B, "metadataTable"),
    not_here("CreateSession", M::GET, B, "session"),
    op("ListObjectsV2", M::GET, B, "list-type=2", listing::v2),
    op("ListObjects", M::GET, B, "", listing::v1),
    op("CreateBucket", M::PUT, B, "", buckets::create),
    op("DeleteBucket", M::DELETE, B, "", buckets::delete),
    // Objects.
    op("UploadPartCopy", M::PUT, O, "x-amz-copy-source&uploadId", multipart::upload_part_copy),
    op("UploadPart", M::PUT, O, "uploadId", multipart::upload_part),
    op("CompleteMultipartUpload", M::POST, O, "uploadId", multipart::complete),
    op("AbortMultipartUpload", M::DELETE, O, "uploadId", multipart::abort),
    op("ListParts", M::GET, O, "uploadId", multipart::list_parts),
    op("CreateMultipartUpload", M::POST, O, "uploads", multipart::create),
    op("GetObjectTagging", M::GET, O, "tagging", tagging::get_object),
    op("PutObjectTagging", M::PUT, O, "tagging", tagging::put_object),
    op("DeleteObjectTagging", M::DELETE, O, "tagging", tagging::delete_object),
    op("GetObjectAttributes", M::GET, O, "attributes", attributes::get),
    op("GetObjectAcl", M::GET, O, "acl", defaults::object_acl),
    not_here("PutObjectAcl", M::PUT, O, "acl"),
    not_here("GetObjectRetention", M::GET, O, "retention"),
    not_here("PutObjectRetention", M::PUT, O, "retention"),
    not_here("GetObjectLegalHold", M::GET, O, "legal-hold"),
    not_here("PutObjectLegalHold", M::PUT, O, "legal-hold"),
    not_here("GetObjectTorrent", M::GET, O, "torrent"),
    not_here("RestoreObject", M::POST, O, "restore"),
    not_here("SelectObjectContent", M::POST, O, "select"),
    not_here("RenameObject", M::PUT, O, "renameObject"),
    not_here("UpdateObjectEncryption", M::PUT, O, "encryption"),
    op("CopyObject", M::PUT, O, "x-amz-copy-source", copy::object),
    op("PutObject", M::PUT, O, "", objects::put),
    op("GetObject", M::GET, O, "", objects::get),
    op("HeadObject", M::HEAD, O, "", objects::get),
    op("DeleteObject", M::DELETE, O, "", versions::delete),
    not_here("WriteGetObjectResponse", M::POST, Service, ""),
];
