use proptest::prelude::*;

use super::*;
use crate::color::gradient::{GradientOptions, Source};
use crate::color::scale;
use crate::color::scale::Bound;
use crate::color::{How, Scale, Scheme};

fn gradient(scheme: &str, steps: u16) -> Gradient {
    let source = Source::Scheme(Scheme::find(scheme).unwrap());
    Gradient::load(&GradientOptions {
        steps: steps.try_into().ok(),
        ..GradientOptions::of(source)
    })
    .unwrap()
}

/// What a legend of some heats is made of.
struct Given {
    tone: Tone,
    gradient: Gradient,
    range: Range,
}

impl std::fmt::Debug for Given {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (tone, range) = (&self.tone, &self.range);
        let (how, threshold, steps) = (tone.how(), tone.threshold(), self.gradient.steps());
        write!(
            f,
            "{how:?} {:?} {threshold} {steps:?}; {} to {}",
            tone.span(),
            range.minimum(),
            range.maximum()
        )
    }
}

impl Given {
    fn new(options: &scale::ScaleOptions, gradient: Gradient, heats: &[f32]) -> Self {
        let scale = Scale::load(options, &gradient).unwrap();
        let range = scale.range_of(heats);
        Self {
            tone: scale.tone(&range).unwrap(),
            gradient,
            range,
        }
    }

    fn how(how: How, heats: &[f32]) -> Self {
        Self::new(
            &scale::ScaleOptions {
                how,
                ..Default::default()
            },
            gradient("viridis", 0),
            heats,
        )
    }

    fn legend(&self) -> Legend<'_> {
        Legend::new(&self.tone, &self.gradient, Some(&self.range), "")
    }

    /// What stands below a bar of 300 pixels.
    fn labels(&self) -> Vec<String> {
        let ticks = ticks::ticks(&self.legend(), 300.0, 13.0).into_iter();
        ticks
            .filter_map(|tick| tick.label)
            .map(|label| label.text)
            .collect()
    }
}

fn size(width: u32, height: u32) -> Size {
    Size::new(width, height).unwrap()
}

/// The number that a label says.
fn number(label: &str) -> f64 {
    let text: String = label
        .trim_start_matches(['≥', '≤', ' '])
        .replace(['−', '⁻'], "-");
    let digit = |letter: char| {
        "⁰¹²³⁴⁵⁶⁷⁸⁹"
            .chars()
            .position(|raised| raised == letter)
            .map(|digit| digit.to_string())
    };
    let text: String = text
        .chars()
        .map(|letter| digit(letter).unwrap_or_else(|| letter.to_string()))
        .collect();
    let is_power = label.contains(['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹']);
    let text = if is_power && !text.contains('×') {
        text.replacen("10", "1×10", 1)
    } else {
        text
    };
    let text = text
        .replace("×10", "e")
        .replace('k', "e3")
        .replace('M', "e6")
        .replace('G', "e9")
        .replace('T', "e12");
    text.parse().unwrap_or_else(|_| panic!("{label} is {text}"))
}

#[test]
fn straight_scales_have_even_steps_of_1_2_or_5() {
    assert_eq!(
        Given::how(How::Linear, &[1.0]).labels().join(" "),
        "0 0.1 0.2 0.3 0.4 0.5 0.6 0.7 0.8 1.0"
    );
    assert_eq!(
        Given::how(How::Linear, &[83.67]).labels().join(" "),
        "0 10 20 30 40 50 60 70 83.7"
    );
    assert_eq!(
        Given::how(How::Linear, &[12_345.0]).labels().join(" "),
        "0 2k 4k 6k 8k 10k 12.3k"
    );
}

#[test]
fn logarithms_have_powers_of_ten_and_what_is_between_them() {
    assert_eq!(
        Given::how(How::Log, &[1e6]).labels().join(" "),
        "0 10 100 1k 10k 100k 1M"
    );
    assert_eq!(
        Given::how(How::Log, &[100.0]).labels().join(" "),
        "0 1 3 10 30 100"
    );
    let given = Given::how(How::Log, &[400.0]);
    let ticks = ticks::ticks(&given.legend(), 300.0, 13.0);
    let bare = ticks.iter().filter(|tick| tick.label.is_none());
    let heats = bare.map(|tick| given.tone.heat(tick.position as f32).round());
    let heats: Vec<f32> = heats.collect();
    assert!(
        [5.0, 20.0, 50.0, 200.0]
            .iter()
            .all(|heat| heats.contains(heat)),
        "{heats:?}"
    );
}

#[test]
fn other_curves_have_round_numbers_that_are_spread() {
    let heats: Vec<f32> = (1..1000).map(|i| (i as f32 / 100.0).powi(3)).collect();
    for how in [How::Sqrt, How::Cbrt, How::EqHist, How::Saturate] {
        let given = Given::how(how, &heats);
        let labels = given.labels();
        assert!(labels.len() >= 5, "{labels:?}");
        for label in &labels[1..labels.len() - 1] {
            assert!(
                label.replace('.', "").trim_matches('0').len() <= 2,
                "{labels:?}"
            );
        }
    }
}

#[test]
fn ends_beyond_which_there_is_more_are_marked() {
    let ends = |min: Option<Bound>, max: Option<Bound>, how, heats: &[f32]| {
        let options = scale::ScaleOptions {
            how,
            min,
            max,
            ..Default::default()
        };
        let labels = Given::new(&options, gradient("viridis", 0), heats).labels();
        (labels[0].clone(), labels[labels.len() - 1].clone())
    };
    let (low, high) = (Some(Bound::Heat(2.0)), Some(Bound::Heat(12.0)));
    let pair = |low: &str, high: &str| (low.to_owned(), high.to_owned());
    let heats: Vec<f32> = (1..=100).map(|heat| heat as f32).collect();
    assert_eq!(ends(None, None, How::Linear, &heats), pair("0", "100"));
    assert_eq!(ends(low, high, How::Linear, &heats), pair("≤ 2", "≥ 12"));
    assert_eq!(ends(None, high, How::Linear, &[12.0]), pair("0", "12"));
    assert_eq!(
        ends(None, Some(Bound::Percentile(90.0)), How::Linear, &heats),
        pair("0", "≥ 90")
    );
    assert_eq!(ends(None, None, How::Saturate, &heats), pair("0", "≥ 5.54"));
    assert_eq!(ends(None, None, How::Saturate, &[1.0]), pair("0", "5.54"));
    // The histogram knows that there is nothing below its least heat.
    assert_eq!(ends(None, None, How::EqHist, &heats), pair("1", "100"));
    let unknown = Given::how(How::Linear, &[7.0]);
    let ticks = ticks::ticks(
        &Legend::new(&unknown.tone, &unknown.gradient, None, ""),
        300.0,
        13.0,
    );
    assert_eq!(ticks.last().unwrap().label.as_ref().unwrap().text, "≥ 7");
}

#[test]
fn diverging_scales_have_zero_in_the_middle() {
    let options = scale::ScaleOptions {
        min: Some(Bound::Heat(-5.0)),
        max: Some(Bound::Heat(50.0)),
        ..Default::default()
    };
    let given = Given::new(&options, gradient("rdbu", 0), &[-9.0, 50.0]);
    assert_eq!(given.labels().join(" "), "≤ −5 −3 −2 −1 0 10 20 30 50");
    let ticks = ticks::ticks(&given.legend(), 300.0, 13.0);
    let zero = ticks
        .iter()
        .find(|tick| tick.label.as_ref().is_some_and(|label| label.text == "0"));
    assert_eq!(zero.unwrap().position, 0.5);
}

#[test]
fn bands_have_ticks_at_their_edges() {
    let given = Given::new(
        &scale::ScaleOptions::default(),
        gradient("viridis", 5),
        &[12.0],
    );
    assert_eq!(given.labels().join(" "), "0 2.4 4.8 7.2 9.6 12");
    let given = Given::new(
        &scale::ScaleOptions::default(),
        gradient("viridis", 20),
        &[83_000.0],
    );
    let ticks = ticks::ticks(&given.legend(), 300.0, 13.0);
    let even = ticks
        .iter()
        .zip(0_u8..)
        .all(|(tick, edge)| (tick.position - f64::from(edge) / 20.0).abs() < 1e-6);
    assert!(even && ticks.len() == 21, "{ticks:?}");
    assert!(ticks.iter().any(|tick| tick.label.is_none()));
}

#[test]
fn what_is_not_painted_is_blank_and_its_end_is_told() {
    let options = scale::ScaleOptions {
        threshold: 3.0,
        ..Default::default()
    };
    let given = Given::new(&options, gradient("viridis", 0), &[10.0]);
    let legend = given.legend();
    assert_eq!([legend.color(0.0), legend.color(0.29)], [[0; 4]; 2]);
    assert_eq!(legend.color(0.31), given.gradient.at(0.31));
    assert!(given.labels().contains(&"3".to_owned()));
}

#[test]
fn no_heat_and_a_single_heat_have_one_number() {
    for how in How::ALL {
        let labels = Given::how(how, &[0.0]).labels();
        assert!(how == How::Saturate || labels == ["0"], "{labels:?}");
    }
    assert_eq!(Given::how(How::EqHist, &[3.0, 3.0]).labels(), ["3"]);
}

#[test]
fn the_bar_has_the_colours_of_the_gradient_over_squares() {
    let given = Given::how(How::Linear, &[1.0]);
    let picture = given.legend().picture(100, Ground::Opaque).unwrap();
    let width = picture.size().width();
    let row: Vec<[u8; 4]> = picture.pixels().chunks(width).nth(30).unwrap().to_vec();
    let opaque: Vec<_> = given
        .gradient
        .colors()
        .iter()
        .filter(|color| color[3] == 255)
        .collect();
    assert!(opaque.iter().filter(|color| row.contains(color)).count() > 100);
    assert!(picture.pixels().contains(&Theme::default().under(1)));
}

#[test]
fn pictures_have_the_height_asked_for_and_the_ground() {
    let given = Given::how(How::Log, &[1e3]);
    let legend = Legend::new(
        &given.tone,
        &given.gradient,
        None,
        "Rides per pixel\nand a line that is so long that it is cut in two or three",
    );
    let heights = [120, 121, 300, 2000];
    for (height, ground, corner) in heights.into_iter().flat_map(|height| {
        let grounds = [
            (Ground::Plate, Theme::default().plate()),
            (Ground::Opaque, [255; 4]),
        ];
        grounds.map(|(ground, corner)| (height, ground, corner))
    }) {
        let picture = legend.picture(height, ground).unwrap();
        assert_eq!(
            (picture.size().height(), picture.pixels()[0]),
            (height as usize, corner)
        );
        let last = picture.pixels().len() - 1;
        assert_eq!(picture.pixels()[last], corner);
    }
    assert!(
        legend
            .picture(20, Ground::Plate)
            .unwrap_err()
            .to_string()
            .contains("choose from")
    );
    assert!(
        legend.picture(0, Ground::Plate).is_err()
            && legend.picture(u32::MAX, Ground::Plate).is_err()
    );
}

#[test]
fn legends_fit_into_pictures_or_say_that_they_do_not() {
    let given = Given::how(How::Linear, &[83.0]);
    let legend = Legend::new(&given.tone, &given.gradient, Some(&given.range), "Rides");
    for (width, height) in [
        (120, 90),
        (200, 1000),
        (300, 200),
        (1024, 700),
        (6000, 4000),
        (20_000, 150),
    ] {
        let fitting = legend.fitting(size(width, height)).unwrap().size();
        assert!(
            fitting.width() < width as usize && fitting.height() < height as usize,
            "{fitting}"
        );
        assert!(width < 300 || fitting.width() as f32 <= 0.7 * width as f32);
    }
    let error = legend.fitting(size(40, 30)).unwrap_err();
    assert!(
        error.to_string().starts_with(
            "a picture of 40 × 30 pixels has no room for a legend\n  ask for at least"
        )
    );
    for (width, height) in [(1, 1), (100, 10), (10, 1000), (60, 60)] {
        assert!(legend.fitting(size(width, height)).is_err());
    }
}

fn any_given() -> impl Strategy<Value = Given> {
    let spans = (
        -30_i32..30,
        1.0..10.0_f64,
        prop_oneof![Just(0.0), -3.0..0.0_f64, 0.0..0.99999_f64],
    );
    let colors = (0..2_usize, prop_oneof![Just(0_u16), 1..30_u16]);
    (
        0..How::ALL.len(),
        spans,
        colors,
        prop_oneof![Just(0.0), 0.0..1.2_f64],
        0.5..2.0_f64,
    )
        .prop_map(
            |(how, (power, digits, share), (scheme, steps), threshold, above)| {
                let how = How::ALL[how];
                let high = digits * 10_f64.powi(power);
                let low = share * high;
                let has_ends = !matches!(how, How::EqHist | How::Saturate);
                let bound = |heat: f64| has_ends.then_some(Bound::Heat(heat as f32));
                let min = if share == 0.0 { None } else { bound(low) };
                let heats: Vec<f32> = (0..=400)
                    .map(|i| (low + (above * high - low) * (f64::from(i) / 400.0).powi(4)) as f32)
                    .collect();
                let options = scale::ScaleOptions {
                    how,
                    min,
                    max: bound(high),
                    threshold: (threshold * high) as f32,
                    ..scale::ScaleOptions::default()
                };
                Given::new(
                    &options,
                    gradient(["viridis", "rdbu"][scheme], steps),
                    &heats,
                )
            },
        )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn ticks_are_where_the_tone_has_their_numbers_and_do_not_touch(
        given in any_given(), size in 9.0..40.0_f64, longer in 1.0..3.0_f64,
    ) {
        let legend = given.legend();
        let length = (15.0 * size * longer).max(ticks::ends(&legend, size));
        let ticks = ticks::ticks(&legend, length, size);
        prop_assert!(ticks.is_sorted_by(|a, b| a.position < b.position), "{:?}", ticks);
        prop_assert!(ticks.iter().all(|tick| (0.0..=1.0).contains(&tick.position)));
        let labels: Vec<_> = ticks.iter().filter_map(|tick| Some((tick.position, tick.label.as_ref()?))).collect();
        prop_assert!(labels.is_sorted_by(|a, b| a.1.right < b.1.left), "{:?}", labels);
        prop_assert!(labels.iter().all(|(_, label)| label.left >= 0.0 && label.right <= length + 1e-6));
        let (low, high) = given.tone.span();
        prop_assert!(low >= high || labels.len() >= 2 && labels[0].0 == 0.0 && labels[labels.len() - 1].0 == 1.0);
        for (position, label) in &labels {
            let (said, is) = (number(&label.text), f64::from(given.tone.heat(*position as f32)));
            let place = f64::from(given.tone.position(said as f32));
            // Three digits are said of what is not round.
            let is_near = (place - position).abs() < 0.005 || (said - is).abs() <= 0.005 * is.abs();
            prop_assert!(is_near, "{} is at {}, where the tone has {}", label.text, position, is);
        }
    }

    #[test]
    fn legends_of_anything_can_be_drawn(given in any_given(), height in 60_u32..200, title in ".{0,40}") {
        let legend = Legend::new(&given.tone, &given.gradient, Some(&given.range), &title);
        if let Ok(picture) = legend.picture(height, Ground::Plate) {
            prop_assert_eq!(picture.size().height(), height as usize);
        }
    }
}
