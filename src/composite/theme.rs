//! Theme of words and legends: plate and ink.

/// Plates under words, and their ink: light as a rule, dark on pictures that are dark all over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Theme {
    /// What the whole picture lies on, if that is one colour that nothing is seen through.
    ground: Option<[u8; 3]>,
}

impl Theme {
    /// Theme for pictures on a colour. What lies on an image or a map, or lets something through,
    /// gets light plates: these can be read anywhere.
    #[must_use]
    pub fn on(color: [u8; 4], is_plain: bool) -> Self {
        let [red, green, blue, alpha] = color;
        Self {
            ground: (is_plain && alpha == 255).then_some([red, green, blue]),
        }
    }

    /// Nearly opaque, so that something of the picture is still to be seen.
    pub(super) fn plate(self) -> [u8; 4] {
        if self.is_dark() {
            [26, 28, 32, 205]
        } else {
            [255, 255, 255, 205]
        }
    }

    /// The same, opaque.
    pub(super) fn sheet(self) -> [u8; 4] {
        let [red, green, blue, _] = self.plate();
        [red, green, blue, 255]
    }

    /// Nearly black, or nearly white.
    pub(super) fn ink(self) -> [u8; 3] {
        if self.is_dark() {
            [224, 224, 224]
        } else {
            [40, 40, 40]
        }
    }

    /// What is under the colours of a legend: what is under the picture, or squares that show how
    /// much they let through.
    pub(super) fn under(self, square: usize) -> [u8; 4] {
        let [red, green, blue] = self.ground.unwrap_or(if square.is_multiple_of(2) {
            [255; 3]
        } else {
            [208; 3]
        });
        [red, green, blue, 255]
    }

    fn is_dark(self) -> bool {
        // As light as it looks: luma of ITU-R BT.709.
        let luma = |[red, green, blue]: [u8; 3]| {
            0.2126 * f64::from(red) + 0.7152 * f64::from(green) + 0.0722 * f64::from(blue)
        };
        self.ground.is_some_and(|ground| luma(ground) < 90.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plates_are_dark_only_on_pictures_that_are_dark_for_certain() {
        let dark = |color, is_plain| Theme::on(color, is_plain).is_dark();
        assert!(dark([16, 20, 24, 255], true) && dark([0, 0, 200, 255], true));
        assert!(
            !dark([16, 20, 24, 255], false)
                && !dark([0; 4], true)
                && !dark([200, 200, 200, 255], true)
        );
        assert_eq!(Theme::on([9, 8, 7, 255], true).under(1), [9, 8, 7, 255]);
        assert_ne!(Theme::default().under(0), Theme::default().under(1));
    }
}
