//! What is known about remote things. Pure: `now` is a parameter, nothing here waits, spawns or draws.

mod loadable;

pub use loadable::Loadable;
