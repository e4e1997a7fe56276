//! The endpoint that this window's own process hosts, as far as the console may know it: where it answers. Who hosts it, and
//! how, is `main`'s alone.

/// An endpoint of this process.
pub trait Hosted: Send + Sync {
    /// As `http://127.0.0.1:40001`.
    fn endpoint(&self) -> &str;
}
