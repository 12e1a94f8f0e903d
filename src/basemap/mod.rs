//! Base map: the pictures of map tiles, from a server, a folder or a file, joined under a view.
//!
//! Knows how tiles are got and where they lie in a picture; nothing of heat.

mod http;
mod mosaic;
mod source;
#[cfg(test)]
mod tests;
pub mod tiles;

pub use self::mosaic::{Attribution, BaseMap, Options};
