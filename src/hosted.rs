//! The endpoint that this window's own process hosts or can host, as far as the console may know it: where it answers, where it keeps
//! what is made in it, and that all of it can be saved, loaded and reset. Who hosts it, and how, is `main`'s alone.

use std::path::PathBuf;
use std::sync::Arc;

use crate::model::connection::ConnectionSpec;
use crate::store::BoxFuture;

/// An endpoint of this process.
pub trait Hosted: Send + Sync {
    /// As `http://127.0.0.1:40001`.
    fn endpoint(&self) -> &str;

    /// Where its state is kept; `None` when it is gone with the process.
    fn folder(&self) -> Option<PathBuf>;

    /// Saves its state to one file. The error is a sentence.
    fn save(&self, file: PathBuf) -> BoxFuture<Result<(), String>>;

    /// Replaces its state by one that was saved; a file that is refused changes nothing. The error is a sentence.
    fn load(&self, file: PathBuf) -> BoxFuture<Result<(), String>>;

    /// Forgets its state. The error is a sentence.
    fn reset(&self) -> BoxFuture<Result<(), String>>;
}

/// What can start an endpoint in this process.
pub trait Host: Send + Sync {
    /// Starts it, once; where it runs already, gives that one. The error is a sentence.
    fn start(&self) -> BoxFuture<Result<Arc<dyn Hosted>, String>>;
}

/// A connection to the endpoint of this process.
pub fn connection(endpoint: &str) -> ConnectionSpec {
    ConnectionSpec {
        region: Some("us-east-1".into()),
        ..ConnectionSpec::of_discovered("sandbox", endpoint)
    }
}

/// Where the sandbox of this window keeps its state, in words.
pub fn kept(hosted: &dyn Hosted) -> String {
    match hosted.folder() {
        Some(folder) => format!(
            "The sandbox of this window: it runs on this machine, and nothing in it reaches AWS. What is made in it is kept in {}.",
            folder.display()
        ),
        None => {
            "The sandbox of this window: it runs on this machine, and nothing in it reaches AWS. What is made in it is gone when the window closes.".into()
        }
    }
}
