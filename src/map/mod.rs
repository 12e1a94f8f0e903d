//! Degrees in, pixels out.

mod degrees;

pub use degrees::{Degrees, NotAPlace};
