//! Degrees in, pixels out.
//!
//! A [`View`] is the frame of one picture: it is made once, from what the user asked for ([`Options`]) and from where the
//! data lies (an [`Extent`]), and never changes. Knows nothing of heat, colours or files.

mod cell;
mod crs;
mod degrees;
mod extent;
mod georeference;
mod plane;
mod projection;
mod radius;
mod tile;
mod view;
mod world_file;

pub use cell::Finder;
pub use crs::Crs;
pub use degrees::{Degrees, NotAPlace};
pub use extent::Extent;
pub use georeference::{Bounds, Georeference};
pub use projection::Projection;
pub use radius::Radius;
pub use tile::{Cover, Tile};
pub use view::{Options, Pixels, Size, View};
