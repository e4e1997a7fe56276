//! cURL: a command that was pasted becomes a request, and a request becomes a command.

mod read;
mod shell;
mod write;

pub use read::{Pasted, read};
pub use write::{How, write};
