//! Kernel density from cells: every way to spread what was collected over the pixels of a grid, and
//! to blend it there.

pub mod arctern;
pub mod blend;
pub mod blocks;
mod bound;
#[cfg(feature = "fft")]
pub mod convolve;
pub mod dirty;
pub mod distance_transform;
#[cfg(feature = "fft")]
pub mod inverse_distance;
pub mod kernel;
mod line_integral;
mod network;
mod panes;
pub mod stamp;
pub mod surface;
pub mod sweep;
pub mod top_k;
pub mod tracks;
