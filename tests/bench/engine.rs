//! The parts of the engine, each on its own: `cargo bench`.
//!
//! `compare.py`, beside this file, measures whole runs against other programs.

use std::hint::black_box;
use std::io::Write;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use heatmap::color::{ColorOptions, Gradient, How, Scale, paint};
use heatmap::density::{Cells, Grid, HeatOptions};
use heatmap::encode;
use heatmap::encode::Format;
use heatmap::geo::Shape;
use heatmap::geo::{Coord, Extent, MapOptions, View};
use heatmap::input;
use heatmap::input::Source;
use quick_xml::events::Event;

/// Numbers in [0, 1) that look random and are the same every time (Knuth, The Art of Computer
/// Programming, 3.3.4, line 26).
fn numbers() -> impl Iterator<Item = f64> {
    let step = |state: &u64| {
        Some(
            state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407),
        )
    };
    std::iter::successors(Some(7), step).map(|state| (state >> 11) as f64 / (1_u64 << 53) as f64)
}

/// Places in a square degree, more of them in its middle.
fn places(count: usize) -> Vec<Coord> {
    let numbers: Vec<f64> = numbers().take(6 * count).collect();
    let middling = |some: &[f64]| some.iter().sum::<f64>() / 3.0;
    numbers
        .chunks(6)
        .map(|some| {
            Coord::lat_lon(46.0 + middling(&some[..3]), 7.0 + middling(&some[3..]))
                .expect("a place")
        })
        .collect()
}

fn points(count: usize) -> Vec<Shape> {
    places(count).into_iter().map(Shape::point).collect()
}

/// Points with weights of two decimals.
fn weighted(count: usize) -> Vec<Shape> {
    let weights = numbers().map(|number| (1.0 + (number * 1000.0).floor()) / 100.0);
    points(count)
        .into_iter()
        .zip(weights)
        .map(|(point, weight)| point.weighing(weight))
        .collect()
}

/// Short segments, as tracks have.
fn segments(count: usize) -> Vec<Shape> {
    let near = |from: Coord| Coord::lat_lon(from.y() + 0.002, from.x() + 0.001).expect("a place");
    places(count)
        .into_iter()
        .map(|from| Shape::segment(from, near(from)))
        .collect()
}

fn cells(shapes: &[Shape], options: &HeatOptions) -> Cells {
    let view =
        View::fit(&MapOptions::default(), Extent::of(shapes), options.radius).expect("a view");
    let cells = Cells::new(&view, options).expect("memory");
    cells.add(shapes);
    cells
}

fn grid(shapes: &[Shape]) -> Grid {
    cells(shapes, &HeatOptions::default())
        .grid(&HeatOptions::default())
        .expect("memory")
}

/// Kernel sweeps and segment blocks: heat of 1024 × 1024 pixels from cells that are full already.
fn spread(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("spread");
    group.sample_size(10);
    let mut measure = |name: &str, shapes: &[Shape], options: HeatOptions| {
        let cells = cells(shapes, &options);
        group.bench_function(name, |bencher| {
            bencher.iter(|| cells.grid(&options).expect("memory"));
        });
    };
    let (points, weighted, segments) = (points(1_000_000), weighted(1_000_000), segments(200_000));
    for radius in [5.0, 30.0, 200.0] {
        for decay in [0.0, 0.95, 1.0] {
            measure(
                &format!("points r {radius} d {decay}"),
                &points,
                HeatOptions {
                    radius: radius.into(),
                    decay,
                    ..HeatOptions::default()
                },
            );
        }
    }
    for decay in [0.0, 0.95, 1.0] {
        measure(
            &format!("weighted points r 5 d {decay}"),
            &weighted,
            HeatOptions {
                decay,
                ..HeatOptions::default()
            },
        );
        measure(
            &format!("segments r 5 d {decay}"),
            &segments,
            HeatOptions {
                decay,
                ..HeatOptions::default()
            },
        );
    }
}

/// Counting points by cell.
fn gather(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("gather");
    for (name, shapes) in [
        ("points", points(100_000)),
        ("weighted points", weighted(100_000)),
    ] {
        group.throughput(Throughput::Elements(shapes.len() as u64));
        let cells = cells(&shapes, &HeatOptions::default());
        group.bench_function(name, |bencher| {
            bencher.iter(|| shapes.chunks(512).for_each(|some| cells.add(some)));
        });
    }
}

/// Splitting and parsing text, without anything after it.
fn read(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut group = criterion.benchmark_group("read");
    group.sample_size(10);
    let places = places(1_000_000);
    let written = |name: &str, write: &dyn Fn(&mut dyn Write) -> std::io::Result<()>| {
        let path = folder.path().join(name);
        write(&mut std::io::BufWriter::new(
            std::fs::File::create(&path).expect("a file"),
        ))
        .expect("room for it");
        path
    };
    let csv = written("points.csv", &|file| {
        writeln!(file, "lat,lon")?;
        places
            .iter()
            .try_for_each(|at| writeln!(file, "{:.6},{:.6}", at.y(), at.x()))
    });
    let gpx = written("tracks.gpx", &|file| {
        writeln!(file, "<gpx version=\"1.1\" creator=\"bench\"><trk><trkseg>")?;
        for (second, at) in (0..60).cycle().zip(&places[..100_000]) {
            writeln!(
                file,
                "<trkpt lat=\"{:.6}\" lon=\"{:.6}\"><ele>512.3</ele><time>2026-05-01T08:00:{second:02}Z</time></trkpt>",
                at.y(),
                at.x()
            )?;
        }
        writeln!(file, "</trkseg></trk></gpx>")
    });
    // What the tokens alone take: the measure that reading GPX is held to.
    group.bench_function("gpx by quick-xml alone", |bencher| {
        bencher.iter(|| {
            let document = std::fs::read_to_string(&gpx).expect("a file");
            let mut reader = quick_xml::Reader::from_str(&document);
            while black_box(reader.read_event().expect("good XML")) != Event::Eof {}
        });
    });
    for (name, path) in [("csv", csv), ("gpx", gpx)] {
        group.throughput(Throughput::Bytes(
            std::fs::metadata(&path).expect("a file").len(),
        ));
        let source = [Source::File(path)];
        let options = input::Options::default();
        let read = || {
            input::read(&source, &options, &|_| (), &|shapes| _ = black_box(shapes))
                .expect("good data")
        };
        group.bench_function(name, |bencher| bencher.iter(read));
    }
}

/// Colouring and encoding a picture of 1024 × 1024 pixels.
fn picture(criterion: &mut Criterion) {
    let grid = grid(&points(1_000_000));
    let mut options = ColorOptions::default();
    let gradient = Gradient::load(&options.gradient).expect("the default gradient");
    let tone = |options: &ColorOptions| {
        let scale = Scale::load(&options.scale, &gradient).expect("a scale");
        scale.tone(&scale.range(&grid)).expect("a tone")
    };
    let raster = paint(&grid, &tone(&options), &gradient);
    let mut group = criterion.benchmark_group("picture");
    for how in [How::Linear, How::Log, How::EqHist] {
        options.scale.how = how;
        group.bench_function(format!("scale {}", how.name()), |bencher| {
            bencher.iter(|| tone(&options));
        });
        let tone = tone(&options);
        group.bench_function(format!("paint {}", how.name()), |bencher| {
            bencher.iter(|| paint(&grid, &tone, &gradient));
        });
    }
    group.bench_function("png", |bencher| {
        bencher
            .iter(|| encode::write(&raster, Format::Png, &mut std::io::sink()).expect("a picture"));
    });
}

criterion_group!(benches, spread, gather, read, picture);
criterion_main!(benches);
