//! Stamp of a kernel: the cells around a pixel in the order in which they heat it, and how much.

use super::kernel::Falloff;

/// Offsets of all cells that heat a pixel, the hottest first.
pub(in crate::density) struct Stamp {
    pub(in crate::density) falloff: Falloff,
    pub(in crate::density) offsets: Vec<Offset>,
}

impl Stamp {
    pub(in crate::density) fn new(falloff: Falloff, reach: usize) -> Self {
        Self {
            falloff,
            offsets: offsets(falloff, reach),
        }
    }

    /// An empty stamp with this falloff; `narrowed` fills it.
    pub(in crate::density) fn emptied(&self) -> Self {
        Self {
            falloff: self.falloff,
            offsets: Vec::new(),
        }
    }

    /// The stamp for a radius which is no larger: this one, or else the other, which is made to be
    /// it if it is not already. The order of offsets is the same for all radii.
    pub(in crate::density) fn narrowed<'a>(
        &'a self,
        falloff: Falloff,
        other: &'a mut Self,
    ) -> &'a Self {
        if falloff == self.falloff {
            return self;
        }
        if falloff != other.falloff {
            let heat = |offset: &Offset| Offset {
                heat: falloff.heat(offset.square.into()),
                ..*offset
            };
            other.offsets.clear();
            other.offsets.extend(
                self.offsets
                    .iter()
                    .map(heat)
                    .take_while(|offset| offset.heat > 0.0),
            );
            other.falloff = falloff;
        }
        other
    }
}

/// A cell's place relative to the pixel it heats, from the corner of the kernel, and the heat it
/// gives off there.
pub(in crate::density) struct Offset {
    pub(in crate::density) x: usize,
    pub(in crate::density) y: usize,
    /// The square of its distance.
    pub(in crate::density) square: u32,
    pub(in crate::density) heat: f64,
}

fn offsets(falloff: Falloff, reach: usize) -> Vec<Offset> {
    let square = |i: usize| i.abs_diff(reach).pow(2) as u32;
    let all =
        (0..=2 * reach).flat_map(|y| (0..=2 * reach).map(move |x| (x, y, square(x) + square(y))));
    let mut offsets: Vec<Offset> = all
        .map(|(x, y, square)| Offset {
            x,
            y,
            square,
            heat: falloff.heat(square.into()),
        })
        .filter(|offset| offset.heat > 0.0)
        .collect();
    offsets.sort_by_key(|offset| offset.square);
    offsets
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::density::Kernel;

    #[test]
    fn a_narrowed_table_holds_what_one_made_for_that_radius_does() {
        let list = |table: &Stamp, inward: usize| -> Vec<_> {
            table
                .offsets
                .iter()
                .map(|offset| (offset.x - inward, offset.y - inward, offset.heat))
                .collect()
        };
        for kernel in Kernel::ALL {
            let wide = Stamp::new(Falloff::new(kernel, 9.25), 9);
            let mut other = wide.emptied();
            for radius in [9.25, 5.5, 1.0, 7.0, 7.0] {
                let falloff = Falloff::new(kernel, radius);
                let expected = Stamp::new(falloff, falloff.reach());
                assert_eq!(
                    list(wide.narrowed(falloff, &mut other), 9 - falloff.reach()),
                    list(&expected, 0),
                    "{kernel:?}"
                );
            }
        }
    }
}
