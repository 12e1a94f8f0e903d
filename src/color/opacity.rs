//! Opacity of a gradient: how much of what lies below is seen through it.

/// The position at which colours that have no alpha of their own become opaque. So far heat fades
/// into what lies under it, and no farther, because half transparent colours are no longer the
/// scheme's.
const OPAQUE_FROM: f64 = 0.3;

/// Gives opaque colours an alpha, from 0 at the cold end (of a diverging gradient: in the middle)
/// to 1. It rises steeply at first, because most pixels of a picture are nearer to cold than to
/// hot, and comes to 1 without an edge.
pub(super) fn ramp(colors: &mut [[u8; 4]], is_diverging: bool) {
    let last = colors.len().saturating_sub(1).max(1) as f64;
    for (i, color) in colors.iter_mut().enumerate() {
        let position = i as f64 / last;
        let strength = if is_diverging {
            (2.0 * position - 1.0).abs()
        } else {
            position
        };
        let short = 1.0 - (strength / OPAQUE_FROM).min(1.0);
        color[3] = ((1.0 - short * short) * 255.0).round() as u8;
    }
}

/// Moves alphas from [0, 1] to [`least`, 1], and multiplies them by `opacity`.
pub(super) fn adjust(colors: &mut [[u8; 4]], least: f64, opacity: f64) {
    for color in colors {
        let alpha = f64::from(color[3]) / 255.0;
        color[3] = ((least + (1.0 - least) * alpha) * opacity * 255.0).round() as u8;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alphas(colors: &[[u8; 4]]) -> Vec<u8> {
        colors.iter().map(|color| color[3]).collect()
    }

    #[test]
    fn ramps_rise_from_the_cold_end_or_the_middle() {
        let mut colors = [[9, 9, 9, 255]; 11];
        ramp(&mut colors, false);
        assert_eq!(
            alphas(&colors),
            [0, 142, 227, 255, 255, 255, 255, 255, 255, 255, 255]
        );
        ramp(&mut colors, true);
        assert_eq!(
            alphas(&colors),
            [255, 255, 255, 255, 227, 0, 227, 255, 255, 255, 255]
        );
    }

    #[test]
    fn nothing_is_changed_by_default_and_all_of_it_on_request() {
        let every: Vec<[u8; 4]> = (0..=255).map(|alpha| [1, 2, 3, alpha]).collect();
        let mut colors = every.clone();
        adjust(&mut colors, 0.0, 1.0);
        assert_eq!(colors, every);
        adjust(&mut colors, 0.2, 0.5);
        assert_eq!((colors[0][3], colors[255][3]), (26, 128));
    }
}
