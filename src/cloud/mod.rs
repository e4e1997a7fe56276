//! The only place that names `aws_sdk_*`: the connection, errors, and one module a service.
