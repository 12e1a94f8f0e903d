//! Frames hold what they should, and no more.

use std::sync::Arc;

use super::*;
use crate::color;
use crate::color::Colors;
use crate::density::Binner;
use crate::geo::Shape;
use crate::geo::{Coord, Extent, MapOptions, View};

const HOUR: i64 = 3_600_000;

/// Points in a row, an hour after one another.
fn points(count: i64) -> Vec<Shape> {
    let place = |i: i64| Coord::lat_lon(0.0, i as f64).unwrap();
    (0..count)
        .map(|i| Shape::point(place(i)).when(Time::from_milliseconds(i * HOUR)))
        .collect()
}

fn options() -> density::HeatOptions {
    density::HeatOptions {
        radius: 1.0.into(),
        decay: 1.0,
        ..density::HeatOptions::default()
    }
}

fn recorder(pace: Pace, options: &density::HeatOptions) -> Recorder {
    let extent = Extent::new(
        Coord::lat_lon(-1.0, 0.0).unwrap(),
        Coord::lat_lon(1.0, 60.0).unwrap(),
    );
    let map = MapOptions {
        extent,
        width: 300.try_into().ok(),
        ..MapOptions::default()
    };
    let view = View::fit(&map, None, 1.0).unwrap();
    let binner = Binner::new(&view, options).unwrap();
    Recorder::new(Arc::new(binner), pace, 1000)
}

fn animation(pace: Pace, shapes: &[Shape]) -> Result<Animation> {
    let recorder = recorder(pace, &options());
    shapes.chunks(7).for_each(|some| recorder.add(some));
    recorder.finish(false)
}

/// How much heat there is in every frame.
fn heats(animation: &mut Animation, trail: Trail) -> Vec<f32> {
    let mut heats = Vec::new();
    animation
        .play::<Error>(&[options()], trail, &mut |_, grids| {
            heats.push(grids[0].heat().iter().sum());
            Ok(())
        })
        .unwrap();
    heats
}

fn count(every: u64, straggler: u64) -> Pace {
    Pace::Count { every, straggler }
}

#[test]
fn frames_are_so_many_inputs_and_stragglers_make_one_more() {
    let frames =
        |pace| animation(pace, &points(10)).map(|mut animation| heats(&mut animation, Trail::All));
    assert_eq!(frames(count(3, 1)), Ok(vec![3.0, 6.0, 9.0, 10.0]));
    assert_eq!(frames(count(3, 2)), Ok(vec![3.0, 6.0, 9.0]));
    assert_eq!(frames(count(5, 1)), Ok(vec![5.0, 10.0]));
    assert_eq!(frames(count(20, 1)), Ok(vec![10.0]));
    let error = frames(count(20, 11)).unwrap_err();
    assert!(error.to_string().contains("all 10 inputs"), "{error}");
}

#[test]
fn time_passes_in_frames_of_equal_length() {
    let pace = Pace::Time(Span::Milliseconds(4 * HOUR));
    let mut shapes = points(10);
    shapes.reverse();
    shapes.push(shapes[0].when(None));
    let recorder = recorder(pace, &options());
    recorder.add(&shapes);
    assert_eq!(recorder.untimed(), 1);
    let mut animation = recorder.finish(false).unwrap();
    assert_eq!(animation.frames(), 3);
    assert_eq!(animation.clock().time(1), Time::from_milliseconds(4 * HOUR));
    assert_eq!(heats(&mut animation, Trail::All), [4.0, 8.0, 10.0]);
    assert_eq!(heats(&mut animation, Trail::Window(1)), [4.0, 4.0, 2.0]);
    assert_eq!(heats(&mut animation, Trail::Window(2)), [4.0, 8.0, 6.0]);
    assert_eq!(heats(&mut animation, Trail::HalfLife(1.0)), [4.0, 6.0, 5.0]);
    assert_eq!(
        heats(&mut animation, Trail::HalfLife(0.5)),
        [4.0, 5.0, 3.25]
    );
    // So short that weights of the next frame would be out of range.
    assert_eq!(
        heats(&mut animation, Trail::HalfLife(0.001)),
        [4.0, 4.0, 2.0]
    );
}

#[test]
fn the_range_is_that_of_all_frames() {
    // Three points on one place, and then time goes on.
    let mut shapes = points(10);
    shapes.extend([shapes[0], shapes[0]]);
    let mut animation = animation(Pace::Time(Span::Milliseconds(HOUR)), &shapes).unwrap();
    let colors = Colors::load(&color::ColorOptions::default()).unwrap();
    let scale = colors.scale();
    let nearest = density::HeatOptions {
        decay: 0.0,
        ..options()
    };
    for trail in [Trail::All, Trail::Window(2), Trail::HalfLife(1.0)] {
        assert_eq!(
            animation
                .ranges(&[options(), nearest], trail, &[scale, scale])
                .unwrap()
                .iter()
                .map(Range::maximum)
                .collect::<Vec<f32>>(),
            [3.0, 1.0],
            "{trail:?}"
        );
    }
}

#[test]
fn animations_without_end_or_without_frames_are_errors() {
    let shapes = [
        points(1)[0],
        points(1)[0].when(Time::from_milliseconds(i64::MAX)),
    ];
    for span in [Span::Milliseconds(1), Span::Months(1)] {
        let error = animation(Pace::Time(span), &shapes)
            .map(|animation| animation.frames())
            .unwrap_err();
        assert_eq!(error.kind, ErrorKind::Limit);
        assert_eq!(error.remedy, Some(Remedy::LongerOrBusyFrames));
    }
    let error = animation(Pace::Time(Span::Months(1)), &[points(1)[0].when(None)])
        .err()
        .unwrap();
    assert_eq!(error.remedy, Some(Remedy::TimesForFrames));
}

#[test]
fn faded_frames_are_stills_of_faded_shapes() {
    // Long enough for the reference of weights to move on several times.
    let (frames, half_life) = (60, 0.6);
    let shapes: Vec<Shape> = (0..frames)
        .map(|i| {
            let at = Coord::lat_lon((i % 3) as f64 * 0.2, 30.0 + (i % 5) as f64 * 0.3).unwrap();
            Shape::point(at)
                .weighing(1.0 + (i % 4) as f64)
                .when(Time::from_milliseconds(i * HOUR))
        })
        .collect();
    for decay in [0.0, 0.5, 0.95, 1.0] {
        let options = density::HeatOptions {
            radius: 5.0.into(),
            decay,
            ..options()
        };
        let recorder = recorder(Pace::Time(Span::Milliseconds(HOUR)), &options);
        recorder.add(&shapes);
        let mut animation = recorder.finish(false).unwrap();
        let view = animation.view().clone();
        let check = &mut |frame: u32, grids: &[&Grid]| {
            let grid = grids[0];
            let frame = frame as usize;
            let faded = |(i, shape): (usize, &Shape)| {
                shape.weighing(shape.weight * (-((frame - i) as f64) / half_life).exp2())
            };
            let still = density::Cells::new(&view, &options).unwrap();
            let all: Vec<Shape> = shapes[..=frame].iter().enumerate().map(faded).collect();
            still.add(&all);
            for (&heat, &wanted) in grid.heat().iter().zip(still.grid(&options).unwrap().heat()) {
                let near = (heat - wanted).abs() <= 2e-6 * wanted.max(1.0);
                assert!(
                    near,
                    "{heat} instead of {wanted} in frame {frame}, decay {decay}"
                );
            }
            Ok::<(), Error>(())
        };
        animation
            .play(&[options], Trail::HalfLife(half_life), check)
            .unwrap();
    }
}
