//! Lambda: queries and actions, one file a topic. Makes model values of the SDK's shapes and nothing else.

pub mod invoke;
