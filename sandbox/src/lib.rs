//! The sandbox: an AWS-compatible endpoint on loopback, in AWS's own protocols, which really runs functions.
//!
//! It shares no code with the console and never learns that the console exists: they meet over HTTP alone.
//!
//! | module | what it is for |
//! |---|---|
//! | `error` | what AWS would answer when something is wrong |

pub mod error;
