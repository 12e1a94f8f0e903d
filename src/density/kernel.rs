//! How heat falls off with distance.

/// The curve along which heat falls from 1 at a shape to 0 at the radius.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kernel {
    /// A cone: 1 − d/r.
    #[default]
    Linear,
    /// A bell: 256^(−(d/r)²), 1/256 just inside the radius.
    Gaussian,
    /// A spike: 256^(−d/r), 1/256 just inside the radius. heatmap.py calls this one "gaussian".
    Exponential,
}

impl Kernel {
    /// Its name, as on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Linear => "linear",
            Self::Gaussian => "gaussian",
            Self::Exponential => "exponential",
        }
    }
}

/// A kernel of a given radius.
#[derive(Clone, Copy, Debug)]
pub(super) struct Falloff {
    kernel: Kernel,
    radius: f64,
}

impl Falloff {
    pub(super) fn new(kernel: Kernel, radius: f64) -> Self {
        Self { kernel, radius }
    }

    /// The distance in pixels at which heat ends.
    pub(super) fn radius(self) -> f64 {
        self.radius
    }

    /// The farthest whole pixel, along an axis, that a point on a pixel heats.
    pub(super) fn reach(self) -> usize {
        self.radius.ceil() as usize - 1
    }

    /// The heat at a distance given by its square, in pixels².
    pub(super) fn heat(self, distance_squared: f64) -> f64 {
        let ratio_squared = distance_squared / (self.radius * self.radius);
        if ratio_squared >= 1.0 {
            return 0.0;
        }
        match self.kernel {
            Kernel::Linear => 1.0 - ratio_squared.sqrt(),
            Kernel::Gaussian => 256_f64.powf(-ratio_squared),
            Kernel::Exponential => 256_f64.powf(-ratio_squared.sqrt()),
        }
    }

    /// The heats at many distances, which are given by their squares.
    pub(super) fn heats(self, squares_to_heats: &mut [f64]) {
        match self.kernel {
            Kernel::Linear => cones(self.radius, squares_to_heats),
            Kernel::Gaussian | Kernel::Exponential => {
                for square in squares_to_heats {
                    *square = self.heat(*square);
                }
            }
        }
    }
}

/// The linear kernel, compiled like the sweeps of points.
#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw", "x86_64+avx2"))]
fn cones(radius: f64, squares_to_heats: &mut [f64]) {
    for square in squares_to_heats {
        *square = (1.0 - (*square / (radius * radius)).sqrt()).max(0.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kernel_is_one_at_the_centre_and_nothing_at_the_radius() {
        for kernel in [Kernel::Linear, Kernel::Gaussian, Kernel::Exponential] {
            let falloff = Falloff::new(kernel, 8.0);
            assert_eq!(falloff.heat(0.0), 1.0, "{kernel:?}");
            assert_eq!(falloff.heat(64.0), 0.0, "{kernel:?}");
            assert!(falloff.heat(15.9) > falloff.heat(16.0), "{kernel:?}");
        }
    }

    #[test]
    fn half_way_out() {
        let heat = |kernel| Falloff::new(kernel, 8.0).heat(16.0);
        assert!((heat(Kernel::Linear) - 0.5).abs() < 1e-12);
        assert!((heat(Kernel::Exponential) - 1.0 / 16.0).abs() < 1e-12);
        assert!((heat(Kernel::Gaussian) - 0.25).abs() < 1e-12);
    }
}
