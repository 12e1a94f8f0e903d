//! Stores of map tiles: their numbers in, pictures out, from a folder or an `MBTiles` file.

pub mod decode;
pub mod folder;
pub mod mbtiles;
pub mod template;
