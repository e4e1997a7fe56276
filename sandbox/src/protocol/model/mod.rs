//! Services whose protocol is driven by AWS's own models: reading an input, AWS's validation messages and writing an answer
//! follow from the shapes, which are data (`*.json`, made by `packaging/shapes.py` from botocore's package without its
//! texts). An operation is then a function from input to output or error, and an answer that is not of its shape is found
//! where it is written. Knows no service beyond the data.

mod check;
mod read;
mod write;

use super::{Protocol, RpcService, query};
use crate::{
    error::AwsError,
    request::{Ctx, Request, Response},
};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// A service's model, as far as the sandbox has its operations.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Model {
    version: String,
    namespace: String,
    operations: BTreeMap<String, Operation>,
    /// Operations of AWS's that the sandbox does not have.
    elsewhere: Vec<String>,
    shapes: BTreeMap<String, Shape>,
}

/// An operation, by the names of its shapes.
#[derive(Debug, Deserialize)]
struct Operation {
    input: Option<String>,
    output: Option<String>,
}

/// What a value must be.
#[derive(Debug, Deserialize)]
struct Shape {
    #[serde(rename = "type")]
    kind: Kind,
    /// Least length, or least value.
    min: Option<f64>,
    max: Option<f64>,
    pattern: Option<String>,
    #[serde(rename = "enum", default)]
    values: Vec<String>,
    #[serde(default)]
    required: Vec<String>,
    #[serde(default)]
    members: Vec<Member>,
    /// Of a list.
    member: Option<String>,
    /// Of a map.
    value: Option<String>,
    #[serde(default)]
    flattened: bool,
    /// A secret, which no message repeats.
    #[serde(default)]
    sensitive: bool,
}

/// A member of a structure: its name, its shape, and its name on the wire where that is another.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Member {
    Plain(String, String),
    Renamed(String, String, String),
}

impl Member {
    fn name(&self) -> &str {
        match self {
            Self::Plain(name, _) | Self::Renamed(name, _, _) => name,
        }
    }

    fn shape(&self) -> &str {
        match self {
            Self::Plain(_, shape) | Self::Renamed(_, shape, _) => shape,
        }
    }

    fn wire(&self) -> &str {
        match self {
            Self::Plain(name, _) | Self::Renamed(_, _, name) => name,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Structure,
    List,
    Map,
    String,
    Integer,
    Long,
    Double,
    Float,
    Boolean,
    Timestamp,
    Blob,
}

impl Model {
    /// Reads a model. One that can't be read is empty, and then a test fails.
    pub fn load(text: &str) -> Self {
        serde_json::from_str(text).unwrap_or_else(|error| {
            tracing::error!(%error, "a service's model can't be read");
            Self::default()
        })
    }

    /// The operations that the sandbox has.
    pub fn operations(&self) -> impl Iterator<Item = &str> {
        self.operations.keys().map(String::as_str)
    }

    /// The model without the patterns of some shapes, whose service says it in words of its own.
    #[must_use]
    pub fn without_patterns(mut self, shapes: &[&str]) -> Self {
        for name in shapes {
            if let Some(shape) = self.shapes.get_mut(*name) {
                shape.pattern = None;
            }
        }
        self
    }

    /// The model without the values of some shapes, which AWS answers others than it lists.
    #[must_use]
    pub fn without_values(mut self, shapes: &[&str]) -> Self {
        for name in shapes {
            if let Some(shape) = self.shapes.get_mut(*name) {
                shape.values.clear();
            }
        }
        self
    }

    fn shape(&self, name: &str) -> Option<&Shape> {
        self.shapes.get(name)
    }

    /// Checks an operation's input; none for an operation that the sandbox does not have.
    ///
    /// What is wrong is a `ValidationError` with all of it.
    pub fn check(&self, operation: &str, input: &Value) -> Option<Result<(), AwsError>> {
        let shapes = self.operations.get(operation)?;
        Some(match &shapes.input {
            Some(shape) => check::check(self, shape, input),
            None => Ok(()),
        })
    }

    /// Answers a request in query by calling `service`; `None` when the request is not in query.
    /// `lacks` words the error for an operation that only AWS has.
    pub fn answer(
        &self,
        service: &dyn RpcService,
        lacks: &dyn Fn(&str) -> AwsError,
        ctx: &Ctx,
        request: &Request,
    ) -> Option<Response> {
        let (protocol, operation) = super::recognise(request)?;
        if protocol != Protocol::Query {
            return None;
        }
        let outcome = match self.operations.get(&operation) {
            Some(shapes) => self.call(shapes, service, ctx, &operation, request),
            None if self.elsewhere.contains(&operation) => Err(lacks(&operation)),
            None => Err(self.unknown(&operation)),
        };
        Some(match outcome {
            Ok(output) => query::result(&operation, &self.namespace, ctx, output),
            Err(error) => query::failure_in(&self.namespace, ctx, &error),
        })
    }

    /// The answer's members as XML; none for an operation without an output.
    fn call(
        &self,
        shapes: &Operation,
        service: &dyn RpcService,
        ctx: &Ctx,
        operation: &str,
        request: &Request,
    ) -> Result<Option<String>, AwsError> {
        let params = query::Params::of(request).unwrap_or_default();
        let input = match &shapes.input {
            Some(shape) => read::structure(self, shape, &params)?,
            None => Value::Object(serde_json::Map::new()),
        };
        if let Some(shape) = &shapes.input {
            check::check(self, shape, &input)?;
        }
        let output = service.call(ctx, operation, input)?;
        match &shapes.output {
            Some(shape) => write::members(self, shape, &output)
                .map(Some)
                .map_err(|wrong| {
                    tracing::error!(operation, wrong, "an answer is not of its shape");
                    AwsError::new(
                        500,
                        "InternalFailure",
                        format!("{operation}'s answer: {wrong}"),
                    )
                }),
            None => Ok(None),
        }
    }

    /// AWS's words for an operation that there is nowhere.
    fn unknown(&self, operation: &str) -> AwsError {
        AwsError::new(
            400,
            super::UNKNOWN_OPERATION,
            format!(
                "Could not find operation {operation} for version {}",
                self.version
            ),
        )
    }
}

#[cfg(test)]
mod tests;
