//! Pieces that every panel is made of. They know the theme and nothing of AWS.

pub mod button;
pub mod chip;
pub mod code;
pub mod confirm;
pub mod diff;
pub mod difference;
pub mod drop_down;
pub mod file_dialog;
pub mod form;
pub mod glyph;
pub mod in_order;
pub mod json;
pub mod kv;
mod log_lines;
pub mod log_view;
pub mod menu;
pub mod palette;
pub mod plot;
pub mod progress;
pub mod roving;
pub mod segmented;
pub mod sparkline;
pub mod state;
pub mod steady;
pub mod table;
pub mod table_cell;
pub mod table_header;
pub mod text_field;
pub mod toast;
pub mod toolbar;

#[cfg(test)]
mod tests;
