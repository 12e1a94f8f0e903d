//! Coordinates in, pixels out.
//!
//! A [`Crs`] makes places ([`Coord`]) of numbers, and lays them flat. A [`View`] is the frame of
//! one picture: it is made once, from what the user asked for ([`MapOptions`]) and from where the data
//! lies (an [`Extent`]), and never changes. Knows nothing of heat, colours or files.

mod bounds;
#[cfg(feature = "files")]
mod cell_frame;
mod coord;
mod crs;
mod finder;
mod fit;
mod ground;
mod hilbert;
pub(crate) mod morton;
mod polygon;
mod radius;
mod shape;
pub(crate) mod ten_millionths;
mod tile;
mod view;
mod world_file;

pub use self::bounds::{Bounds, Extent, Footprint, Wrap};
#[cfg(feature = "files")]
pub use self::cell_frame::CellFrame;
pub use self::coord::{Coord, NotAPlace};
pub use self::crs::{Accuracy, Crs, NoSystem, System};
pub use self::finder::Finder;
pub use self::fit::MapOptions;
pub use self::polygon::Polygon;
pub use self::radius::Radius;
pub use self::shape::{Geometry, Shape, Time, TrackId, TrackWeight};
pub use self::tile::{Cover, TileId};
pub use self::view::{Pixels, Transform, View};
