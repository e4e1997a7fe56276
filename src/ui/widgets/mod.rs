//! Pieces that every panel is made of. They know the theme and nothing of AWS.

pub mod button;
pub mod chip;
pub mod segmented;
pub mod text_field;
