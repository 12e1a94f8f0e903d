//! Binning: shapes in, counts and weights by cell and segments in pixels out, in any order and from
//! many threads.

pub mod aggregate;
pub mod binner;
pub mod cells;
#[cfg(feature = "files")]
pub mod external_sort;
#[cfg(feature = "files")]
pub mod quadtree;
pub mod segment;
pub mod thinning;
#[cfg(feature = "files")]
pub mod timeline;
pub mod tracks;
pub mod weighted;
