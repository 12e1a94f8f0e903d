//! Kernels: how heat falls off with distance.

use std::f64::consts::FRAC_PI_2;
use std::ops::Range;

use crate::density::HeatOptions;
use crate::error::Result;
use crate::geo::View;

/// The curve along which heat falls from 1 at a shape to 0 at the radius r, by the distance d.
///
/// Those of density estimation (B. W. Silverman, Density Estimation, 1986, table 3.1) have the
/// names that QGIS's heat maps and GRASS's v.kernel give them, where they are scaled to a volume of
/// 1; here all are 1 high.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kernel {
    /// A cone: 1 − d/r. QGIS and GRASS call it triangular.
    #[default]
    Linear,
    /// A bell: 256^(−(d/r)²), 1/256 just inside the radius.
    Gaussian,
    /// A spike: 256^(−d/r), 1/256 just inside the radius. heatmap.py calls this one "gaussian".
    Exponential,
    /// A disc: 1 up to the radius, which is not part of it.
    Uniform,
    /// A dome: 1 − (d/r)².
    Epanechnikov,
    /// A dome with a soft rim: (1 − (d/r)²)².
    Quartic,
    /// A narrower one: (1 − (d/r)²)³.
    Triweight,
    /// Nearly the dome of Epanechnikov: cos(π/2 · d/r).
    Cosine,
}

impl Kernel {
    /// Every kernel.
    pub const ALL: [Self; 8] = [
        Self::Linear,
        Self::Gaussian,
        Self::Exponential,
        Self::Uniform,
        Self::Epanechnikov,
        Self::Quartic,
        Self::Triweight,
        Self::Cosine,
    ];

    /// The heat inside the radius, by the square of the distance in radii. It never rises on the
    /// way out.
    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "it is compiled with the instructions of whoever calls it"
    )]
    fn curve(self, ratio_squared: f64) -> f64 {
        match self {
            Self::Linear => 1.0 - ratio_squared.sqrt(),
            Self::Gaussian => 256_f64.powf(-ratio_squared),
            Self::Exponential => 256_f64.powf(-ratio_squared.sqrt()),
            Self::Uniform => 1.0,
            Self::Epanechnikov => 1.0 - ratio_squared,
            Self::Quartic => (1.0 - ratio_squared).powi(2),
            Self::Triweight => (1.0 - ratio_squared).powi(3),
            Self::Cosine => (FRAC_PI_2 * ratio_squared.sqrt()).cos(),
        }
    }
}

impl Kernel {
    /// The heats at many distances, which are given by their squares in radii: a loop for each
    /// kernel.
    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "it is compiled with the instructions of whoever calls it"
    )]
    pub(in crate::density) fn fall(self, ratios_to_heats: &mut [f64]) {
        match self {
            // These come to nothing at the radius, so that there is nothing to decide at any
            // distance.
            Self::Linear => each(ratios_to_heats, |ratio| Self::Linear.curve(ratio).max(0.0)),
            Self::Epanechnikov => each(ratios_to_heats, |ratio| {
                Self::Epanechnikov.curve(ratio.min(1.0))
            }),
            Self::Quartic => each(ratios_to_heats, |ratio| Self::Quartic.curve(ratio.min(1.0))),
            Self::Triweight => each(ratios_to_heats, |ratio| {
                Self::Triweight.curve(ratio.min(1.0))
            }),
            Self::Uniform => each(ratios_to_heats, |ratio| f64::from(ratio < 1.0)),
            slow => each(ratios_to_heats, |ratio| {
                if ratio < 1.0 { slow.curve(ratio) } else { 0.0 }
            }),
        }
    }
}

#[inline(always)]
#[expect(
    clippy::inline_always,
    reason = "it is compiled with the instructions of whoever calls it"
)]
fn each(ratios_to_heats: &mut [f64], heat: impl Fn(f64) -> f64) {
    for ratio in ratios_to_heats {
        *ratio = heat(*ratio);
    }
}

/// A kernel, and its radius for every row of a picture.
#[derive(Debug)]
pub(in crate::density) struct Falloffs {
    kernel: Kernel,
    /// By row, of which the last has those of all rows below it.
    radii: Vec<f64>,
}

impl Falloffs {
    pub(in crate::density) fn new(options: &HeatOptions, view: &View) -> Result<Self> {
        let radii = options
            .radius
            .by_row(view)?
            .into_iter()
            .map(|radius| radius.max(options.least_radius).max(Falloff::SMALLEST))
            .collect();
        Ok(Self {
            kernel: options.kernel,
            radii,
        })
    }

    /// The one by which a row of the picture is heated, or the last one above a row below it.
    pub(in crate::density) fn at(&self, row: usize) -> Falloff {
        Falloff {
            kernel: self.kernel,
            radius: self.radii[row.min(self.radii.len() - 1)],
        }
    }

    /// The kernel of all rows.
    pub(in crate::density) fn kernel(&self) -> Kernel {
        self.kernel
    }

    /// The one of all rows, if they have one radius.
    pub(in crate::density) fn only(&self) -> Option<Falloff> {
        (self.radii.len() == 1).then(|| self.at(0))
    }

    /// The widest of some rows, which never gives less heat than another of them.
    pub(in crate::density) fn widest_in(&self, rows: Range<usize>) -> Falloff {
        if let Some(only) = self.only() {
            return only;
        }
        let last = self.radii.len() - 1;
        let rows = rows.start.min(last)..rows.end.min(last + 1);
        Falloff::new(
            self.kernel,
            self.radii[rows].iter().copied().fold(0.0, f64::max),
        )
    }

    /// The widest radius of all rows.
    pub(in crate::density) fn widest(&self) -> Falloff {
        self.widest_in(0..self.radii.len())
    }

    /// The rows of a picture of some height, from the top, cut where the radius changes.
    pub(in crate::density) fn strips(&self, height: usize) -> Vec<Range<usize>> {
        if let [_] = *self.radii {
            return std::iter::once(0..height).collect();
        }
        let mut start = 0;
        let strip = |radii: &[f64]| {
            start += radii.len();
            start - radii.len()..start
        };
        self.radii.chunk_by(|a, b| a == b).map(strip).collect()
    }
}

impl Kernel {
    /// Its name, as on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Linear => "linear",
            Self::Gaussian => "gaussian",
            Self::Exponential => "exponential",
            Self::Uniform => "uniform",
            Self::Epanechnikov => "epanechnikov",
            Self::Quartic => "quartic",
            Self::Triweight => "triweight",
            Self::Cosine => "cosine",
        }
    }

    /// The kernel of a name; the linear one is also known by that of QGIS and GRASS, "triangular".
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let is_linear = (name == "triangular").then_some(Self::Linear);
        is_linear.or_else(|| Self::ALL.into_iter().find(|kernel| kernel.name() == name))
    }
}

/// A kernel of a given radius.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::density) struct Falloff {
    kernel: Kernel,
    radius: f64,
}

impl Falloff {
    /// Smaller radii heat a single pixel just as well, and have a square that is not zero.
    const SMALLEST: f64 = 1e-9;

    pub(in crate::density) fn new(kernel: Kernel, radius: f64) -> Self {
        Self {
            kernel,
            radius: radius.max(Self::SMALLEST),
        }
    }

    /// The distance in pixels at which heat ends.
    pub(in crate::density) fn radius(self) -> f64 {
        self.radius
    }

    /// The farthest whole pixel, along an axis, that a point on a pixel heats.
    pub(in crate::density) fn reach(self) -> usize {
        self.radius.ceil() as usize - 1
    }

    /// The heat at a distance given by its square, in pixels².
    #[inline]
    pub(in crate::density) fn heat(self, distance_squared: f64) -> f64 {
        let ratio_squared = distance_squared / (self.radius * self.radius);
        if ratio_squared < 1.0 {
            self.kernel.curve(ratio_squared)
        } else {
            0.0
        }
    }

    /// The heats at many distances, which are given by their squares.
    pub(in crate::density) fn heats(self, squares_to_heats: &mut [f64]) {
        match self.kernel {
            Kernel::Linear => cones(self.radius, squares_to_heats),
            other => heats(other, self.radius, squares_to_heats),
        }
    }
}

/// The linear kernel, on its own: rows of segments are short, and choosing a loop takes as long as
/// some of them.
#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw", "x86_64+avx2"))]
fn cones(radius: f64, squares_to_heats: &mut [f64]) {
    for square in squares_to_heats {
        *square = Kernel::Linear.curve(*square / (radius * radius)).max(0.0);
    }
}

/// One loop for each other kernel, compiled like the sweeps of points: those without a power or a
/// cosine run in SIMD lanes.
#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw", "x86_64+avx2"))]
fn heats(kernel: Kernel, radius: f64, squares_to_heats: &mut [f64]) {
    for square in &mut *squares_to_heats {
        *square /= radius * radius;
    }
    kernel.fall(squares_to_heats);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kernel_falls_from_one_at_the_centre_to_nothing_at_the_radius() {
        for kernel in Kernel::ALL {
            let falloff = Falloff::new(kernel, 8.0);
            assert_eq!(falloff.heat(0.0), 1.0, "{kernel:?}");
            assert_eq!(falloff.heat(64.0), 0.0, "{kernel:?}");
            let heats: Vec<f64> = (0..64).map(|square| falloff.heat(square.into())).collect();
            assert!(
                heats.is_sorted_by(|a, b| a > b || kernel == Kernel::Uniform && a == b),
                "{kernel:?}"
            );
            assert!(heats[63] > 0.0, "{kernel:?}");
        }
    }

    #[test]
    fn many_heats_are_the_same_as_one_by_one() {
        for kernel in Kernel::ALL {
            let falloff = Falloff::new(kernel, 7.3);
            let squares: Vec<f64> = (0..70).map(f64::from).chain([7.3 * 7.3]).collect();
            let mut heats = squares.clone();
            falloff.heats(&mut heats);
            assert_eq!(
                heats,
                squares
                    .iter()
                    .map(|&square| falloff.heat(square))
                    .collect::<Vec<_>>(),
                "{kernel:?}"
            );
        }
    }

    #[test]
    fn half_way_out() {
        let half_way = [
            0.5,
            0.25,
            1.0 / 16.0,
            1.0,
            0.75,
            9.0 / 16.0,
            27.0 / 64.0,
            0.5_f64.sqrt(),
        ];
        for (kernel, expected) in Kernel::ALL.into_iter().zip(half_way) {
            let heat = Falloff::new(kernel, 8.0).heat(16.0);
            assert!((heat - expected).abs() < 1e-12, "{kernel:?}: {heat}");
        }
    }

    #[test]
    fn every_kernel_is_known_by_its_name() {
        for kernel in Kernel::ALL {
            assert_eq!(Kernel::named(kernel.name()), Some(kernel));
        }
        assert_eq!(Kernel::named("triangular"), Some(Kernel::Linear));
        assert_eq!(Kernel::named("Linear"), None);
    }
}
