//! What is drawn. Reads `&Store`, and writes by sending a command or an action.

pub mod fonts;
pub mod icons;
pub mod theme;
pub mod widgets;
