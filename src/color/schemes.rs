//! The colour schemes that have names.
//!
//! Those that the crate colorous has are taken from it; the others are the files in `gradients/`,
//! which are part of the program. `gradients/README.md` tells whose they are.

use super::stops::Stops;

/// A gradient with a name.
#[derive(Debug)]
pub struct Scheme {
    name: &'static str,
    is_diverging: bool,
    colors: Colors,
}

#[derive(Debug)]
pub(super) enum Colors {
    /// A function of crate colorous, opaque.
    Function(colorous::Gradient),
    /// The same from its other end.
    Reversed(colorous::Gradient),
    /// What [`Stops`] reads.
    File(&'static str),
}

macro_rules! file {
    ($name:literal) => {
        Scheme {
            name: $name,
            is_diverging: false,
            colors: Colors::File(include_str!(concat!("../../gradients/", $name, ".txt"))),
        }
    };
}

const fn function(name: &'static str, gradient: colorous::Gradient) -> Scheme {
    Scheme {
        name,
        is_diverging: false,
        colors: Colors::Function(gradient),
    }
}

/// It is not said of these schemes which end is up: here the warm colour is hot.
const fn diverging(name: &'static str, colors: Colors) -> Scheme {
    Scheme {
        name,
        is_diverging: true,
        colors,
    }
}

static SCHEMES: [Scheme; 24] = [
    file!("heat"),
    file!("glow"),
    file!("classic"),
    file!("fire"),
    file!("omg"),
    file!("pbj"),
    file!("pgaitch"),
    function("viridis", colorous::VIRIDIS),
    function("magma", colorous::MAGMA),
    function("inferno", colorous::INFERNO),
    function("plasma", colorous::PLASMA),
    function("cividis", colorous::CIVIDIS),
    function("turbo", colorous::TURBO),
    function("blues", colorous::BLUES),
    function("greens", colorous::GREENS),
    function("purples", colorous::PURPLES),
    function("reds", colorous::REDS),
    function("bupu", colorous::BLUE_PURPLE),
    function("orrd", colorous::ORANGE_RED),
    function("ylgnbu", colorous::YELLOW_GREEN_BLUE),
    function("ylorrd", colorous::YELLOW_ORANGE_RED),
    diverging("rdbu", Colors::Reversed(colorous::RED_BLUE)),
    diverging("puor", Colors::Function(colorous::PURPLE_ORANGE)),
    diverging("rdylbu", Colors::Reversed(colorous::RED_YELLOW_BLUE)),
];

/// The form of `fire` for dark grounds: the other begins with grey, which is ash on black.
static FIRE_ON_DARK: Scheme = Scheme {
    name: "fire",
    is_diverging: false,
    colors: Colors::File(include_str!("../../gradients/dark/fire.txt")),
};

impl Scheme {
    /// The form of it that suits the ground.
    #[must_use]
    pub fn on(&'static self, is_dark: bool) -> &'static Self {
        if is_dark && self.name == FIRE_ON_DARK.name {
            &FIRE_ON_DARK
        } else {
            self
        }
    }

    /// All of them.
    #[must_use]
    pub fn all() -> &'static [Self] {
        &SCHEMES
    }

    /// The scheme of a name, in upper or lower case.
    ///
    /// # Errors
    /// When there is none; the text names those that are written alike.
    pub fn find(name: &str) -> Result<&'static Self, String> {
        let lower = name.to_lowercase();
        SCHEMES
            .iter()
            .find(|scheme| scheme.name == lower)
            .ok_or_else(|| {
                let likeness = |scheme: &&Self| strsim::jaro_winkler(&lower, scheme.name);
                let mut near: Vec<&Self> = SCHEMES
                    .iter()
                    .filter(|scheme| likeness(scheme) > 0.7)
                    .collect();
                near.sort_by(|a, b| likeness(b).total_cmp(&likeness(a)));
                let names: Vec<&str> = near.iter().take(3).map(|scheme| scheme.name).collect();
                if names.is_empty() {
                    "there is no such scheme".to_owned()
                } else {
                    format!(
                        "there is no such scheme; did you mean {}?",
                        names.join(", ")
                    )
                }
            })
    }

    /// Its name, in lower case.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Whether it has two ends of equal weight and a middle, which stands for zero.
    #[must_use]
    pub fn is_diverging(&self) -> bool {
        self.is_diverging
    }

    /// `count` colours of it from the coldest to the hottest, and whether they have an alpha of
    /// their own.
    pub(super) fn colors(&self, count: usize) -> (Vec<[u8; 4]>, bool) {
        let shares = (0..count).map(|i| i as f64 / (count - 1) as f64);
        let opaque = |color: colorous::Color| [color.r, color.g, color.b, 255];
        match &self.colors {
            Colors::Function(gradient) => (
                shares
                    .map(|share| opaque(gradient.eval_continuous(share)))
                    .collect(),
                false,
            ),
            Colors::Reversed(gradient) => (
                shares
                    .map(|share| opaque(gradient.eval_continuous(1.0 - share)))
                    .collect(),
                false,
            ),
            Colors::File(text) => {
                let Ok(stops) = text.parse::<Stops>() else {
                    unreachable!("a test reads every file")
                };
                (
                    shares
                        .map(|share| stops.at(share, super::Interpolate::Oklab))
                        .collect(),
                    !stops.are_opaque(),
                )
            }
        }
    }
}

impl PartialEq for Scheme {
    /// Names are unique.
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scheme_loads_and_is_found_by_its_name_alone() {
        for scheme in Scheme::all() {
            let (colors, _) = scheme.colors(256);
            assert!(
                colors.len() == 256 && colors.iter().any(|color| *color != colors[0]),
                "{}",
                scheme.name
            );
            assert_eq!(Scheme::find(&scheme.name.to_uppercase()), Ok(scheme));
        }
        assert_eq!(
            Scheme::all()
                .iter()
                .filter(|scheme| scheme.name == "fire")
                .count(),
            1
        );
    }

    #[test]
    fn unknown_schemes_are_answered_with_names_written_alike() {
        let error = Scheme::find("virdis").unwrap_err();
        assert!(error.contains("did you mean viridis"), "{error}");
        assert_eq!(Scheme::find("x").unwrap_err(), "there is no such scheme");
    }

    #[test]
    fn every_file_of_gradients_is_a_scheme() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/gradients");
        let names = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut files = 0;
        for name in names.filter_map(|name| name.strip_suffix(".txt").map(str::to_owned)) {
            let scheme = Scheme::find(&name).unwrap();
            assert!(
                matches!(scheme.colors, Colors::File(text) if text.parse::<Stops>().is_ok()),
                "{name}"
            );
            files += 1;
        }
        assert_eq!(
            files,
            SCHEMES
                .iter()
                .filter(|scheme| matches!(scheme.colors, Colors::File(_)))
                .count()
        );
    }

    /// Lightness, and the two axes of colour (B. Ottosson, 2020).
    fn oklab([r, g, b, _]: [u8; 4]) -> [f32; 3] {
        use palette::{IntoColor, Oklab, Srgb};
        let lab: Oklab = Srgb::new(r, g, b).into_format::<f32>().into_color();
        [lab.l, lab.a, lab.b]
    }

    #[test]
    fn fire_on_dark_rises_evenly_in_lightness_and_so_needs_no_hue() {
        let fire = Scheme::find("fire").unwrap();
        assert_eq!(fire.on(false), fire);
        let (colors, has_alpha) = fire.on(true).colors(65);
        assert!(!has_alpha);
        let lights: Vec<f32> = colors.iter().map(|&color| oklab(color)[0]).collect();
        let mean = (lights[64] - lights[0]) / 64.0;
        for pair in lights.windows(2) {
            let step = pair[1] - pair[0];
            assert!(step > 0.4 * mean && step < 1.9 * mean, "{step} {mean}");
        }
        let viridis = Scheme::find("viridis").unwrap();
        assert_eq!(viridis.on(true), viridis);
    }

    #[test]
    fn gheats_tables_keep_their_rows() {
        let (colors, has_alpha) = Scheme::find("classic").unwrap().colors(256);
        // Rows 0, 252 and 253 of the table, which begins with the hottest.
        assert_eq!(
            (colors[255], colors[3], colors[2][3], has_alpha),
            ([255, 237, 237, 255], [48, 48, 63, 255], 0, true)
        );
    }
}
