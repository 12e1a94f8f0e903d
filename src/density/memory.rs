//! Heats in the memory of grids: which pixels are touched, and how a heat is rounded when it is
//! stored.

/// Puts heats into pixels. Cold pixels that stay cold are not touched: memory that nobody writes to
/// is not there.
pub fn fill(pixels: &mut [f32], heats: impl IntoIterator<Item = f64>) {
    for (pixel, heat) in pixels.iter_mut().zip(heats) {
        if heat != 0.0 || *pixel != 0.0 {
            *pixel = stored(heat);
        }
    }
}

/// The `f32` nearest to a heat: sums of weights may be larger than an `f32` holds.
pub fn stored(heat: f64) -> f32 {
    heat.clamp(f64::from(f32::MIN), f64::from(f32::MAX)) as f32
}
