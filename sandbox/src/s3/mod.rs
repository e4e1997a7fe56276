//! S3, as much of it as holds a deployment package: buckets, objects, multipart uploads. Knows rest-xml; buckets are
//! global, and everything is in memory.
//!
//! Source of paths, shapes and messages: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations.html>.

mod store;

pub use store::S3;
