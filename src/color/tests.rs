//! Scales and gradients, from what is asked for to positions and colours.

use super::gradient::Source;
use super::range::Counted;
use super::scale::Bound;
use super::*;

fn gradient(scheme: &str) -> Gradient {
    Gradient::load(&named(scheme)).unwrap()
}

fn named(scheme: &str) -> gradient::GradientOptions {
    gradient::GradientOptions::of(Source::Scheme(Scheme::find(scheme).unwrap()))
}

fn asked(how: How) -> scale::ScaleOptions {
    scale::ScaleOptions {
        how,
        ..scale::ScaleOptions::default()
    }
}

/// The tone of some heats, of which is known what it takes.
fn tone(options: &scale::ScaleOptions, scheme: &str, heats: &[f32]) -> Tone {
    let scale = Scale::load(options, &gradient(scheme)).unwrap();
    scale.tone(&scale.range_of(heats)).unwrap()
}

#[test]
fn curves_lead_from_the_least_heat_to_the_most_and_back() {
    let heats: Vec<f32> = (0..=1000).map(|heat| heat as f32 / 50.0).collect();
    for (how, scheme) in How::ALL
        .into_iter()
        .flat_map(|how| [(how, "heat"), (how, "rdbu")])
    {
        let tone = tone(&asked(how), scheme, &heats);
        let (low, high) = tone.span();
        assert_eq!(
            (tone.position(low), tone.position(high)),
            (0.0, 1.0),
            "{how:?} {scheme}"
        );
        assert!(
            tone.position(f32::MIN) == 0.0 && tone.position(f32::MAX) == 1.0,
            "{how:?} {scheme}"
        );
        for position in (1..200).map(|part| part as f32 / 200.0) {
            let back = tone.position(tone.heat(position));
            assert!(
                (back - position).abs() < 1e-5,
                "{how:?} {scheme}: {position} {back}"
            );
        }
    }
}

#[test]
fn words_mean_what_they_mean_in_datashader() {
    let half = |how| tone(&asked(how), "heat", &[0.0, 8.0]).position(4.0);
    assert_eq!((half(How::Linear), half(How::Sqrt)), (0.5, 0.5_f32.sqrt()));
    assert!((half(How::Cbrt) - 0.5_f32.cbrt()).abs() < 1e-6);
    assert!((half(How::Log) - 5_f32.ln() / 9_f32.ln()).abs() < 1e-6);
    // Counted from the lower end.
    let from = scale::ScaleOptions {
        min: Some(Bound::Heat(3.0)),
        ..asked(How::Log)
    };
    assert!(
        (tone(&from, "heat", &[0.0, 8.0]).position(4.0) - 2_f32.ln() / 6_f32.ln()).abs() < 1e-6
    );
}

/// The table was made with datashader 0.19.1: `eq_hist(grid, grid == 0)`, of a grid of `uint32` and
/// one of `float32`, stretched from its least to its most as `shade` does. Its slots are as wide
/// everywhere, so that of two small heats which are nearly the same it does not know which is
/// hotter: that is one pixel of the 96.
#[test]
fn equalisation_is_datashaders() {
    let table = include_str!("../../tests/data/scale/eq_hist.csv");
    for (grid, most) in [("counts", 0.5 / 255.0), ("heats", 1.001 / 95.0)] {
        let rows = table
            .lines()
            .filter_map(|line| line.strip_prefix(grid))
            .map(|rest| {
                let (heat, position) = rest[1..].split_once(',').unwrap();
                (heat.parse::<f32>().unwrap(), position.parse::<f32>().ok())
            });
        let rows: Vec<_> = rows.collect();
        let heats: Vec<f32> = rows.iter().map(|row| row.0).collect();
        let tone = tone(&asked(How::EqHist), "heat", &heats);
        for (heat, expected) in rows {
            assert_eq!(tone.paints(heat), expected.is_some(), "{heat}");
            let off = expected.map_or(0.0, |expected| (tone.position(heat) - expected).abs());
            assert!(off < most, "{grid} {heat}: {off}");
        }
    }
}

#[test]
fn equal_heats_are_all_hot() {
    for how in How::ALL.into_iter().filter(|&how| how != How::Saturate) {
        assert_eq!(
            tone(&asked(how), "heat", &[0.0, 0.25, 0.25]).position(0.25),
            1.0,
            "{how:?}"
        );
    }
}

#[test]
fn percentiles_are_of_pixels_that_are_not_zero() {
    let heats: Vec<f32> = (0..=200).flat_map(|heat| [heat as f32, 0.0]).collect();
    let options = scale::ScaleOptions {
        max: Some(Bound::Percentile(99.5)),
        ..scale::ScaleOptions::default()
    };
    assert_eq!(tone(&options, "heat", &heats).span(), (0.0, 199.0));
    let options = scale::ScaleOptions {
        min: Some(Bound::Percentile(50.0)),
        ..options
    };
    assert_eq!(tone(&options, "heat", &heats).span(), (100.0, 199.0));
}

#[test]
fn pictures_together_have_the_scale_of_all_their_heats() {
    let (a, b): (Vec<f32>, Vec<f32>) = (
        (0..90).map(|i| i as f32).collect(),
        (40..300).map(|i| i as f32 / 7.0).collect(),
    );
    let both = [a.as_slice(), &b].concat();
    let range = |heats: &[f32]| Range::of_heats(heats, Counted::Positive);
    assert_eq!(range(&a).join(range(&b)), range(&both));
}

#[test]
fn zero_is_in_the_middle_of_a_diverging_gradient() {
    let tone = |options: &scale::ScaleOptions| tone(options, "rdbu", &[-2.0, 0.0, 8.0]);
    let usual = tone(&scale::ScaleOptions::default());
    assert_eq!(
        (usual.span(), usual.position(0.0), usual.position(-4.0)),
        ((-8.0, 8.0), 0.5, 0.25)
    );
    assert!(usual.paints(-0.1) && !usual.paints(0.0) && usual.is_diverging);
    let uneven = scale::ScaleOptions {
        min: Some(Bound::Heat(-2.0)),
        ..scale::ScaleOptions::default()
    };
    assert_eq!(
        (tone(&uneven).position(-1.0), tone(&uneven).position(4.0)),
        (0.25, 0.75)
    );
    let aside = scale::ScaleOptions {
        min: Some(Bound::Heat(2.0)),
        ..scale::ScaleOptions::default()
    };
    assert_eq!(
        (tone(&aside).position(5.0), tone(&aside).is_diverging),
        (0.5, false)
    );
}

#[test]
fn less_than_nothing_is_blank_unless_the_span_has_it() {
    let heats = [-2.0, 0.0, 8.0];
    assert!(!tone(&scale::ScaleOptions::default(), "heat", &heats).paints(-1.0));
    let below = scale::ScaleOptions {
        min: Some(Bound::Heat(-2.0)),
        threshold: 0.5,
        ..scale::ScaleOptions::default()
    };
    let tone = tone(&below, "heat", &heats);
    assert!(tone.paints(-1.0) && !tone.paints(-0.4) && !tone.paints(0.4) && tone.paints(0.5));
}

#[test]
fn no_heat_is_no_trouble() {
    for (how, scheme) in How::ALL
        .into_iter()
        .flat_map(|how| [(how, "heat"), (how, "rdbu")])
    {
        let tone = tone(&asked(how), scheme, &[0.0; 4]);
        assert!(
            tone.position(1.0).is_finite() && tone.heat(0.5).is_finite(),
            "{how:?}"
        );
    }
}

#[test]
fn spans_that_go_down_are_refused() {
    let load = |options: &scale::ScaleOptions| Scale::load(options, &gradient("heat"));
    let bound = |heat| Some(Bound::Heat(heat));
    let backwards = scale::ScaleOptions {
        min: bound(3.0),
        max: bound(2.0),
        ..scale::ScaleOptions::default()
    };
    assert!(load(&backwards).is_err());
    let nowhere = scale::ScaleOptions {
        max: bound(3.0),
        ..backwards
    };
    assert!(load(&nowhere).is_err());
    assert!(
        load(&scale::ScaleOptions {
            min: bound(1.0),
            ..asked(How::EqHist)
        })
        .is_err()
    );
    let too_high = load(&scale::ScaleOptions {
        min: bound(9.0),
        ..scale::ScaleOptions::default()
    })
    .unwrap();
    assert!(
        too_high
            .tone(&Range::of_heats(&[0.0, 8.0], Counted::None))
            .is_err()
    );
    assert!(
        too_high
            .tone(&Range::of_heats(&[0.0; 2], Counted::None))
            .is_ok()
    );
}

#[test]
fn heatmap_pys_default_has_a_name() {
    assert_eq!(
        gradient("heat").colors(),
        Gradient::load(&gradient::GradientOptions::default())
            .unwrap()
            .colors()
    );
}

#[test]
fn schemes_turned_round_keep_their_cold_end_transparent() {
    for scheme in Scheme::all() {
        let options = named(scheme.name());
        let (usual, turned) = (
            gradient(scheme.name()),
            Gradient::load(&gradient::GradientOptions {
                reverse: true,
                ..options
            })
            .unwrap(),
        );
        let count = usual.colors().len();
        for (i, (color, mirror)) in turned
            .colors()
            .iter()
            .zip(usual.colors().iter().rev())
            .enumerate()
        {
            assert_eq!(
                (&color[..3], color[3]),
                (&mirror[..3], usual.colors()[i][3]),
                "{}",
                scheme.name()
            );
        }
        let clear = if scheme.is_diverging() { count / 2 } else { 0 };
        assert_eq!(usual.colors()[clear][3], 0, "{}", scheme.name());
    }
}

#[test]
fn colours_of_ones_own_are_turned_round_as_they_are() {
    let stops = Source::Stops {
        stops: "#ff000040, #0000ffc0".parse().unwrap(),
        way: Interpolate::Rgb,
    };
    let turned = Gradient::load(&gradient::GradientOptions {
        reverse: true,
        ..gradient::GradientOptions::of(stops)
    })
    .unwrap();
    assert_eq!(
        (turned.at(0.0), turned.at(1.0)),
        ([0, 0, 255, 0xc0], [255, 0, 0, 0x40])
    );
}

#[test]
fn bands_are_equally_wide_and_all_are_seen() {
    let bands = |scheme| {
        Gradient::load(&gradient::GradientOptions {
            steps: 5.try_into().ok(),
            ..named(scheme)
        })
        .unwrap()
    };
    let (heat, rdbu) = (bands("heat"), bands("rdbu"));
    assert_eq!(
        (heat.colors().len(), heat.at(1.0)),
        (5, gradient("heat").at(1.0))
    );
    assert_eq!((heat.steps(), gradient("heat").steps()), (Some(5), None));
    let beginnings: Vec<f32> = heat.beginnings().collect();
    assert_eq!(beginnings, [0.2, 0.4, 0.6, 0.8]);
    assert!(
        heat.at(0.0) == heat.at(0.199) && heat.at(0.199) != heat.at(0.201) && heat.at(0.0)[3] > 0
    );
    assert_eq!(
        (rdbu.at(0.0), rdbu.at(0.5)[3]),
        (gradient("rdbu").at(0.0), 0)
    );
}

#[cfg(feature = "files")]
#[test]
fn a_tone_is_the_same_when_it_comes_back_from_its_file() {
    let heats: Vec<f32> = (0..500).map(|heat| (heat as f32).powi(3) / 700.0).collect();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("span.json");
    for (how, scheme) in How::ALL
        .into_iter()
        .flat_map(|how| [(how, "heat"), (how, "rdbu")])
    {
        let tone = tone(&asked(how), scheme, &heats);
        std::fs::write(&path, tone.to_json()).unwrap();
        let options = scale::ScaleOptions {
            span_from: Some(path.clone()),
            ..scale::ScaleOptions::default()
        };
        let again = Scale::load(&options, &gradient("heat"))
            .unwrap()
            .tone(&Range::of_heats(&[], Counted::None));
        assert_eq!(again.unwrap(), tone, "{how:?}");
    }
}

#[cfg(feature = "files")]
#[test]
fn other_files_are_no_scale() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("span.json");
    let options = scale::ScaleOptions {
        span_from: Some(path.clone()),
        ..scale::ScaleOptions::default()
    };
    let refused = || {
        Scale::load(&options, &gradient("heat"))
            .expect_err("no scale")
            .to_string()
    };
    assert!(refused().contains("cannot be read"), "{}", refused());
    for (text, fact) in [
        ("PNG", "not JSON"),
        ("{}", "no saved scale"),
        (
            r#"{"heatmap-span":1,"how":"log","min":0}"#,
            "\"max\" is not a number",
        ),
        (
            r#"{"heatmap-span":1,"how":"log","min":0,"max":1e99}"#,
            "\"max\" is not a number",
        ),
        (
            r#"{"heatmap-span":1,"how":"odd","min":0,"max":1}"#,
            "\"how\"",
        ),
        (
            r#"{"heatmap-span":1,"how":"log","min":1,"max":1}"#,
            "spans nothing",
        ),
        (
            r#"{"heatmap-span":1,"how":"log","min":1,"max":2,"diverging":true}"#,
            "spans nothing",
        ),
        (
            r#"{"heatmap-span":1,"how":"eq_hist","min":0,"max":1,"heats":[2,1]}"#,
            "\"heats\"",
        ),
    ] {
        std::fs::write(&path, text).unwrap();
        assert!(refused().contains(fact), "{text}: {}", refused());
    }
}

#[test]
fn spans_reach_from_what_is_least_to_what_is_most() {
    let span = |how, scheme, heats: &[f32]| tone(&asked(how), scheme, heats).span();
    let heats = [0.0, 1.0, 3.0, 7.0];
    assert_eq!(span(How::Linear, "heat", &heats), (0.0, 7.0));
    assert_eq!(span(How::Linear, "heat", &[-9.0, 0.0, 4.0]), (0.0, 4.0));
    assert_eq!(span(How::Linear, "rdbu", &[-9.0, 0.0, 4.0]), (-9.0, 9.0));
    assert_eq!(span(How::EqHist, "heat", &heats), (1.0, 7.0));
    assert_eq!(span(How::EqHist, "rdbu", &[-9.0, 0.0, 4.0]), (-9.0, 9.0));
    assert_eq!(span(How::Saturate, "heat", &heats), (0.0, 255_f32.ln()));
    assert_eq!(span(How::Log, "rdbu", &heats), (-7.0, 7.0));
    // By logarithms from the least that is painted.
    let by_log = tone(&asked(How::Log), "heat", &heats);
    assert_eq!(by_log.span(), (1.0, 7.0));
    assert!((by_log.position(3.0) - 3_f32.ln() / 7_f32.ln()).abs() < 1e-6);
    let from_two = scale::ScaleOptions {
        threshold: 2.0,
        ..asked(How::Log)
    };
    assert_eq!(tone(&from_two, "heat", &heats).span(), (2.0, 7.0));
}

#[test]
fn of_a_diverging_gradient_one_side_alone_is_spread_over_all_of_it() {
    for (ends, middle) in [([0.0, 8.0], 4.0), ([-8.0, 0.0], -4.0)] {
        let [min, max] = ends.map(|heat| Some(Bound::Heat(heat)));
        let options = scale::ScaleOptions {
            min,
            max,
            ..scale::ScaleOptions::default()
        };
        let tone = tone(&options, "rdbu", &[-8.0, 0.0, 8.0]);
        assert_eq!(tone.position(middle), 0.5, "{ends:?}");
    }
}

#[test]
fn ratios_are_as_far_from_one_to_both_sides() {
    let tone = tone(&asked(How::Ratio), "rdbu", &[0.5, 1.0, 4.0]);
    assert_eq!(tone.span(), (0.25, 4.0));
    for (ratio, position) in [(0.1, 0.0), (0.5, 0.25), (1.0, 0.5), (2.0, 0.75), (9.0, 1.0)] {
        assert!((tone.position(ratio) - position).abs() < 1e-6, "{ratio}");
        let inside = ratio.clamp(0.25, 4.0);
        assert!((tone.heat(position) / inside - 1.0).abs() < 1e-6, "{ratio}");
    }
    assert!(tone.paints(0.001) && !tone.paints(0.0));
    // Where all is alike there are two sides nonetheless.
    let (low, high) = self::tone(&asked(How::Ratio), "rdbu", &[1.0, 1.0]).span();
    assert!(low < 1.0 && 1.0 < high);
    for (min, max) in [(2.0, 4.0), (0.25, 0.5), (0.0, 4.0), (1.0, 4.0), (0.25, 1.0)] {
        let one_side = scale::ScaleOptions {
            min: Some(Bound::Heat(min)),
            max: Some(Bound::Heat(max)),
            ..asked(How::Ratio)
        };
        let scale = Scale::load(&one_side, &gradient("rdbu")).unwrap();
        assert!(
            scale.tone(&scale.range_of(&[0.5, 4.0])).is_err(),
            "{min} {max}"
        );
    }
}

#[test]
fn heats_are_counted_where_the_ends_do_not_tell_the_tone() {
    let from_one = scale::ScaleOptions {
        min: Some(Bound::Heat(1.0)),
        ..asked(How::Log)
    };
    let median = scale::ScaleOptions {
        max: Some(Bound::Percentile(50.0)),
        ..scale::ScaleOptions::default()
    };
    let upper = scale::ScaleOptions {
        min: Some(Bound::Percentile(50.0)),
        ..scale::ScaleOptions::default()
    };
    for (options, scheme, least) in [
        (asked(How::Linear), "heat", None),
        (asked(How::Saturate), "heat", None),
        (asked(How::Log), "heat", Some(4.0)),
        (asked(How::Log), "rdbu", None),
        (from_one, "heat", None),
        (asked(How::EqHist), "heat", Some(4.0)),
        (asked(How::EqHist), "rdbu", Some(1.0)),
        (asked(How::Ratio), "rdbu", Some(4.0)),
        (median, "heat", Some(4.0)),
        (upper, "rdbu", Some(1.0)),
    ] {
        let scale = Scale::load(&options, &gradient(scheme)).unwrap();
        let range = scale.range_of(&[-1.0, 0.0, 4.0, 9.0]);
        assert_eq!(range.least_positive(), least, "{options:?} {scheme}");
        assert_eq!(scale.needs_ends_alone(), least.is_none());
    }
}

#[test]
fn a_range_has_the_ends_of_all_pictures_that_it_is_of() {
    let heats = Range::of_heats(&[-2.0, 0.0, 8.0], Counted::Positive);
    assert_eq!((heats.minimum(), heats.maximum()), (-2.0, 8.0));
    assert_eq!(heats.least_positive(), Some(8.0));
    let nothing = Range::nothing();
    assert_eq!((nothing.minimum(), nothing.maximum()), (0.0, 0.0));
    assert_eq!(nothing.least_positive(), None);
    let values = Range::of_values(Some((1.0, 2.0)));
    assert!(values.has_values() && !heats.has_values() && !nothing.has_values());
    assert_eq!(nothing.clone().join(values.clone()), values);
    let both = heats.clone().join(values);
    assert_eq!((both.minimum(), both.maximum()), (-2.0, 8.0));
    assert!(both.has_values());
    let mut spread = heats;
    spread.spread_to(-3.0, 9.0, true);
    spread.spread_to(5.0, 6.0, false);
    assert_eq!(spread.ends(), (-3.0, 9.0));
    assert!(spread.has_values());
}
