//! Heat maps from points and tracks.

pub mod density;
pub mod error;
pub mod input;
pub mod map;
pub mod shape;
