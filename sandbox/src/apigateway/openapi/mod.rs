//! OpenAPI documents: an API written as one, and one read into a plan of an API. Pure: knows documents and the model of an
//! API; knows nothing of the store, of requests, or of ids that a service gives.

pub mod document;
pub mod export;
pub mod order;
pub mod plan;
pub mod yaml;

/// What every extension of the service begins with.
pub const EXTENSION: &str = "x-amazon-apigateway-";

/// Where references from one model to another point to.
pub fn model_reference(api: &str, name: &str) -> String {
    format!("https://apigateway.amazonaws.com/restapis/{api}/models/{name}")
}
