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

const fn reversed(name: &'static str, gradient: colorous::Gradient) -> Scheme {
    Scheme {
        name,
        is_diverging: false,
        colors: Colors::Reversed(gradient),
    }
}

/// Forms of schemes for dark grounds, on which the others begin with ash or snow, and end with what
/// is not seen: embers, and `ColorBrewer`'s from their other end.
static ON_DARK: [Scheme; 9] = [
    Scheme {
        name: "fire",
        is_diverging: false,
        colors: Colors::File(include_str!("../../gradients/dark/fire.txt")),
    },
    reversed("blues", colorous::BLUES),
    reversed("greens", colorous::GREENS),
    reversed("purples", colorous::PURPLES),
    reversed("reds", colorous::REDS),
    reversed("bupu", colorous::BLUE_PURPLE),
    reversed("orrd", colorous::ORANGE_RED),
    reversed("ylgnbu", colorous::YELLOW_GREEN_BLUE),
    reversed("ylorrd", colorous::YELLOW_ORANGE_RED),
];

/// What other programs call colours that are like those of a scheme here.
const KIN: [(&[&str], &str); 4] = [
    (&["jet", "rainbow", "hsv", "gist_rainbow"], "turbo"),
    (&["hot", "afmhot", "gist_heat"], "inferno"),
    (&["parula"], "viridis"),
    (&["coolwarm", "bwr", "seismic"], "rdbu"),
];

impl Scheme {
    /// The form of it that suits the ground: the hottest colour is the one that stands out most.
    #[must_use]
    pub fn on(&'static self, is_dark: bool) -> &'static Self {
        let dark = ON_DARK.iter().find(|dark| dark.name == self.name);
        dark.filter(|_| is_dark).unwrap_or(self)
    }

    /// Whether its form for dark grounds is nothing but its other end.
    #[must_use]
    pub fn turns_on_dark(&'static self) -> bool {
        matches!(self.on(true).colors, Colors::Reversed(_)) && !self.is_diverging
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
                let kin = KIN.iter().filter(|(others, _)| others.contains(&&*lower));
                let kin = kin.map(|(_, name)| *name);
                let names: Vec<&str> = kin
                    .chain(near.iter().map(|scheme| scheme.name))
                    .take(3)
                    .collect();
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
    fn schemes_of_different_names_differ() {
        assert_ne!(Scheme::find("heat"), Scheme::find("viridis"));
    }

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
        let error = Scheme::find("jet").unwrap_err();
        assert!(error.contains("did you mean turbo"), "{error}");
        assert!(KIN.iter().all(|(_, name)| Scheme::find(name).is_ok()));
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

    /// A way to see, as a matrix for linear red, green and blue.
    type Sight = [[f32; 3]; 3];

    /// All colours, and those that remain without one kind of cones: protanopia, deuteranopia and
    /// tritanopia (G. M. Machado, M. M. Oliveira, L. A. F. Fernandes, A Physiologically-based Model
    /// for Simulation of Color Vision Deficiency, 2009, at severity 1).
    const SIGHTS: [(&str, Sight); 4] = [
        ("all", [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]),
        (
            "no red",
            [
                [0.152_286, 1.052_583, -0.204_868],
                [0.114_503, 0.786_281, 0.099_216],
                [-0.003_882, -0.048_116, 1.051_998],
            ],
        ),
        (
            "no green",
            [
                [0.367_322, 0.860_646, -0.227_968],
                [0.280_085, 0.672_501, 0.047_413],
                [-0.011_820, 0.042_940, 0.968_881],
            ],
        ),
        (
            "no blue",
            [
                [1.255_528, -0.076_749, -0.178_779],
                [-0.078_411, 0.930_809, 0.147_602],
                [0.004_733, 0.691_367, 0.303_900],
            ],
        ),
    ];

    /// Lightness, and the two axes of colour (B. Ottosson, 2020), as they are seen.
    fn oklab([r, g, b, _]: [u8; 4], sight: Sight) -> [f32; 3] {
        use palette::{IntoColor, LinSrgb, Oklab, Srgb};
        let linear: LinSrgb = Srgb::new(r, g, b).into_linear();
        let seen = sight.map(|[red, green, blue]| {
            (red * linear.red + green * linear.green + blue * linear.blue).clamp(0.0, 1.0)
        });
        let lab: Oklab = LinSrgb::new(seen[0], seen[1], seen[2]).into_color();
        [lab.l, lab.a, lab.b]
    }

    fn lights(scheme: &Scheme, sight: Sight) -> Vec<f32> {
        let (colors, _) = scheme.colors(65);
        colors.iter().map(|&color| oklab(color, sight)[0]).collect()
    }

    /// The least and the most step of lightness, as parts of the mean one.
    fn steps(lights: &[f32]) -> (f32, f32) {
        let mean = (lights[lights.len() - 1] - lights[0]) / (lights.len() - 1) as f32;
        let steps = lights.windows(2).map(|pair| (pair[1] - pair[0]) / mean);
        steps.fold((f32::MAX, f32::MIN), |(least, most), step| {
            (least.min(step), most.max(step))
        })
    }

    /// Schemes that hues are needed for: tables of others, which stay as they are known, rainbows,
    /// and `glow`, whose haze is as light as its embers.
    const OF_HUES: [&str; 7] = ["glow", "classic", "fire", "omg", "pbj", "pgaitch", "turbo"];

    #[test]
    fn schemes_rise_or_fall_in_lightness_for_all_eyes() {
        let on_light = Scheme::all()
            .iter()
            .filter(|scheme| !scheme.is_diverging && !OF_HUES.contains(&scheme.name));
        for scheme in on_light.chain(&ON_DARK) {
            for (name, sight) in SIGHTS {
                let lights = lights(scheme, sight);
                let (least, most) = steps(&lights);
                let (scheme, first, last) = (scheme.name, lights[0], lights[64]);
                assert!(
                    (last - first).abs() > 0.3,
                    "{scheme}, {name}: {first} {last}"
                );
                assert!(
                    least > 0.0 && most < 2.5,
                    "{scheme}, {name}: {least} {most}"
                );
            }
        }
    }

    #[test]
    fn what_is_hot_stands_out_on_dark_and_what_is_cold_does_not() {
        for scheme in &ON_DARK {
            let lights = lights(scheme, SIGHTS[0].1);
            assert!(lights[0] < 0.42 && lights[64] > 0.95, "{}", scheme.name);
            let named = Scheme::find(scheme.name).unwrap();
            assert_eq!(named.on(true).colors(9), scheme.colors(9));
            assert!(named.on(false).colors(9) != scheme.colors(9));
            assert_eq!(named.turns_on_dark(), scheme.name != "fire");
        }
        let viridis = Scheme::find("viridis").unwrap();
        assert_eq!(viridis.on(true).colors(9), viridis.colors(9));
        assert!(!viridis.turns_on_dark() && !Scheme::find("rdbu").unwrap().turns_on_dark());
    }

    #[test]
    fn both_sides_of_zero_are_told_apart_by_all_eyes() {
        for scheme in Scheme::all().iter().filter(|scheme| scheme.is_diverging) {
            for (name, sight) in SIGHTS {
                let lights = lights(scheme, sight);
                let (cold, hot) = lights.split_at(33);
                let rises = |arm: &[f32]| arm.is_sorted_by(|a, b| *b > *a - 0.01);
                let falling: Vec<f32> = hot.iter().rev().copied().collect();
                assert!(rises(cold) && rises(&falling), "{}, {name}", scheme.name);
                let (colors, _) = scheme.colors(9);
                let pairs = (0..3).map(|i| (colors[i], colors[8 - i]));
                let apart = |(cold, hot)| {
                    let (cold, hot) = (oklab(cold, sight), oklab(hot, sight));
                    let squares = cold.iter().zip(hot).map(|(a, b)| (a - b).powi(2));
                    squares.sum::<f32>().sqrt()
                };
                let least = pairs.map(apart).fold(f32::MAX, f32::min);
                assert!(least > 0.1, "{}, {name}: {least}", scheme.name);
            }
        }
    }

    #[test]
    fn fire_on_dark_rises_evenly() {
        let (least, most) = steps(&lights(&ON_DARK[0], SIGHTS[0].1));
        assert!(least > 0.4 && most < 1.9, "{least} {most}");
        assert!(!ON_DARK[0].colors(9).1);
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
