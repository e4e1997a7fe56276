//! What is drawn. Reads `&Store`, and writes by sending a command or an action.

pub mod widgets;
