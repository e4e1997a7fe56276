//! The engine's cases: templates, what goes in, and what must come out.

mod limits;
mod table;

use super::{Params, Scope};

/// The request that every case of the table gets.
fn scope(body: &str) -> Scope {
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    Scope {
        body: body.to_owned(),
        params: Params {
            path: vec![pair("id", "7")],
            querystring: vec![pair("a", "1"), pair("b", "it's")],
            header: vec![pair("Accept", "*/*"), pair("X-Test", "h")],
        },
        context: serde_json::json!({
            "stage": "prod",
            "httpMethod": "GET",
            "identity": {"sourceIp": "192.0.2.1"},
            "authorizer": {"claims": {"sub": "abc"}},
        }),
        stage_variables: [pair("env", "dev")].into(),
        ..Scope::default()
    }
}
