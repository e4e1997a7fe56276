//! What AWS's services work out from text alone, for the sandbox that serves it and the console that foretells it: no
//! network, no disk, no clock, no service. Both sides of the house may name this crate; it names neither.
//!
//! | module | what it is for |
//! |---|---|
//! | [`policy`] | the one evaluator of IAM and resource policies |
//! | [`vtl`] | the mapping templates of API Gateway |
//! | [`routes`] | which resource and method of a REST API a path means |
//! | [`execute_api`] | calls of APIs as policies name them |
//! | [`arn`] | ARNs and their partitions |
//! | [`time`] | times as documents write them |

pub mod arn;
pub mod execute_api;
pub mod policy;
pub mod routes;
pub mod time;
pub mod vtl;
