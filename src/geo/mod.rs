//! Degrees in, pixels out.
//!
//! A [`View`] is the frame of one picture: it is made once, from what the user asked for
//! ([`Options`]) and from where the data lies (an [`Extent`]), and never changes. Knows nothing of
//! heat, colours or files.

mod coord;
mod crs;
mod extent;
mod finder;
mod georeference;
mod plane;
mod projection;
mod radius;
mod shape;
mod tile;
mod view;
mod world_file;

pub use self::coord::{Degrees, NotAPlace};
pub use self::crs::Crs;
pub use self::extent::Extent;
pub use self::finder::Finder;
pub use self::georeference::{Bounds, Georeference};
pub use self::projection::Projection;
pub use self::radius::Radius;
pub use self::shape::{Geometry, Shape, Time};
pub use self::tile::{Cover, TileId};
pub use self::view::{Options, Pixels, View};
