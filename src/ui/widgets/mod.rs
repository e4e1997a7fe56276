//! Pieces that every panel is made of. They know the theme and nothing of AWS.
