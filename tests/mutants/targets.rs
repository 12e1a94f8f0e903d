//! Targets: what reads files that strangers made, and from which good files mutants are made.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{LazyLock, Mutex};

use heatmap::basemap::{self, BaseMap, Missing};
use heatmap::color::{Gradient, gradient, scale};
use heatmap::density::{Cells, HeatOptions};
use heatmap::geo::{Crs, MapOptions, Radius, TrackWeight, View};
use heatmap::input::{self, Measure, Options, Source};
use heatmap::product::Silent;
use heatmap::product::tiles::{self, Join};
use heatmap::raster::Size;
use heatmap::saved::{Saved, georeference};
use heatmap::{Shape, color};
use tempfile::TempDir;

use crate::mutate::Dice;

/// What reads a file, in one of many ways.
type Reads = fn(&Path, &mut Dice);

/// A file, or several that lie side by side: the first is the one that is opened.
pub type Seed = Vec<(String, Vec<u8>)>;

/// What reads files of a kind.
pub struct Target {
    pub name: &'static str,
    pub seeds: Vec<Seed>,
    pub reads: Reads,
    /// The most bytes that may be asked for at once while a small file is read.
    pub memory: usize,
}

/// The limit of what is no picture.
const MEMORY: usize = 64 << 20;
/// Pictures may be as large as the pictures that are made: they are decoded within 1 GiB, and the
/// decoder for TIFF asks for 256 MiB before it is told any limit.
const OF_PICTURES: usize = (1 << 30) + (256 << 20) + MEMORY;

/// The most shapes of a file of which a picture is drawn.
const DRAWN: usize = 500;

/// Files of tests/data whose path has one of these in it.
fn files(patterns: &[&str]) -> Vec<Seed> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    for entry in walkdir::WalkDir::new(root.join("tests/data")).sort_by_file_name() {
        let path = entry.expect("a file of the tests").into_path();
        let name = path
            .strip_prefix(root.join("tests/data"))
            .expect("a path in it");
        let name = name.to_string_lossy().replace('\\', "/");
        if path.is_file() && patterns.iter().any(|pattern| name.contains(pattern)) {
            let name = path
                .file_name()
                .expect("a name")
                .to_string_lossy()
                .into_owned();
            found.push(vec![(
                name,
                std::fs::read(&path).expect("a file of the tests"),
            )]);
        }
    }
    assert!(!found.is_empty(), "no file matches {patterns:?}");
    found.retain(|seed| seed[0].1.len() <= 17 << 10);
    found
}

/// The smallest files: of a small one many mutants are read while one of a large file is, and they
/// go wrong at the same places.
fn smallest(mut seeds: Vec<Seed>) -> Vec<Seed> {
    const MOST: usize = 5 << 10;
    seeds.sort_by_key(|seed| seed[0].1.len());
    let mut sum = 0;
    let mut taken = 0;
    seeds.retain(|seed| {
        sum += seed[0].1.len();
        taken += 1;
        taken <= 2 || sum <= MOST
    });
    seeds
}

/// Files with those that belong to them.
fn beside(mains: &[&str], others: &[&str]) -> Vec<Seed> {
    let all = files(&["/"]);
    let with = |main: &Seed| {
        let name = &main[0].0;
        let stem = name.split('.').next().unwrap_or_default();
        let belongs = |other: &&Seed| {
            let other = &other[0].0;
            let rest = other
                .strip_prefix(name.as_str())
                .or_else(|| other.strip_prefix(stem));
            rest.is_some_and(|rest| others.contains(&rest))
        };
        let parts = all.iter().filter(belongs).flatten().cloned();
        main.iter().cloned().chain(parts).collect::<Seed>()
    };
    let found = files(mains);
    found
        .iter()
        .map(with)
        .filter(|seed| seed.len() > 1)
        .collect()
}

/// Files that the program makes itself.
fn made(args: &str, names: &[&str]) -> Vec<Seed> {
    let folder = tempfile::tempdir().expect("a folder");
    let table = "lat,lon,weight,time\n47.1,8.1,1,2024-05-01T10:00:00Z\n47.2,8.3,2,2024-05-01T11:00:00Z\n47.4,8.2,-1.5,\n";
    std::fs::write(folder.path().join("a.csv"), table).expect("a file");
    let track = "<gpx><trk><trkseg><trkpt lat='47.1' lon='8.1'/><trkpt lat='47.3' lon='8.4'/></trkseg></trk></gpx>";
    std::fs::write(folder.path().join("a.gpx"), track).expect("a file");
    let mut command = Command::new(env!("CARGO_BIN_EXE_heatmap"));
    command
        .args(args.split_whitespace())
        .arg("-q")
        .current_dir(folder.path());
    let output = command.output().expect("the program starts");
    assert!(
        output.status.success(),
        "{args}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let read = |name: &&str| {
        (
            name.to_string(),
            std::fs::read(folder.path().join(name)).expect("a file that it made"),
        )
    };
    vec![names.iter().map(read).collect()]
}

fn text(name: &str, texts: &[&str]) -> Vec<Seed> {
    let seed = |text: &&str| vec![(name.to_owned(), text.as_bytes().to_vec())];
    texts.iter().map(seed).collect()
}

fn sum(parts: impl IntoIterator<Item = Vec<Seed>>) -> Vec<Seed> {
    parts.into_iter().flatten().collect()
}

/// All targets, with all files or only the smallest.
pub fn all(in_full: bool) -> Vec<Target> {
    let groups = [
        of_text(),
        of_tracks(),
        of_containers(),
        of_pictures(),
        of_others(),
    ];
    let mut targets: Vec<Target> = groups.into_iter().flatten().collect();
    for target in targets.iter_mut().filter(|_| !in_full) {
        target.seeds = smallest(std::mem::take(&mut target.seeds));
    }
    targets
}

fn shapes(name: &'static str, seeds: Vec<Seed>) -> Target {
    let reads = draws;
    Target {
        name,
        seeds,
        reads,
        memory: MEMORY,
    }
}

fn target(name: &'static str, seeds: Vec<Seed>, reads: Reads) -> Target {
    Target {
        name,
        seeds,
        reads,
        memory: MEMORY,
    }
}

fn of_text() -> Vec<Target> {
    vec![
        shapes(
            "plain",
            sum([
                files(&["csv/txt_", "here_flexible"]),
                text("a.txt", &["47.1 8.2 3\n47.2,8.3\n# no\n"]),
            ]),
        ),
        shapes("csv", files(&["csv/csv_", "crs/places", "shp/TRUTH"])),
        shapes(
            "wkt and wkb",
            sum([
                files(&["wkb/"]),
                text(
                    "a.csv",
                    &[
                        "id;wkt\n1;POINT(8.1 47.2)\n2;\"MULTILINESTRING Z((8 47 1,8.1 47.1 2),(9 48 1,9.1 48 1))\"\n3;GEOMETRYCOLLECTION(POINT(1 2),LINESTRING EMPTY)\n",
                        "geom\n0101000020E6100000000000000000204000000000000047400\n01020000000200000000000000000020400000000000804740000000000000224000000000000048C0\n",
                    ],
                ),
            ]),
        ),
        shapes(
            "polyline",
            sum([
                files(&["polyline/"]),
                text(
                    "a.csv",
                    &["name,polyline\na,_p~iF~ps|U_ulLnnqC_mqNvxq`@\nb,_p~iF~ps|U\n"],
                ),
                text(
                    "a.json",
                    &[
                        "[{\"name\":\"x\",\"map\":{\"summary_polyline\":\"_p~iF~ps|U_ulLnnqC_mqNvxq`@\"}}]",
                    ],
                ),
            ]),
        ),
        shapes("nmea", files(&["nmea/"])),
        shapes("igc", files(&["igc/"])),
    ]
}

fn of_tracks() -> Vec<Target> {
    vec![
        shapes("gpx", files(&["gpx/"])),
        shapes("kml", files(&[".kml"])),
        shapes("tcx", files(&["tcx/"])),
        shapes("geojson", files(&["geojson/"])),
        shapes(
            "points",
            text(
                "a.json",
                &[
                    "[[47.1,8.1,2],[47.2,8.2]]",
                    "{\"data\":[{\"lat\":47.1,\"lng\":\"8.2\",\"time\":1714557600},{\"location\":{\"latitude\":1,\"longitude\":2}}]}\n",
                    "{\"lat\":1,\"lon\":2}\n{\"lat\":3,\"lon\":4,\"weight\":null}\n",
                ],
            ),
        ),
        shapes("google", files(&["google/"])),
        shapes("owntracks and overland", files(&["owntracks/"])),
        shapes("fit", files(&["fit/"])),
        shapes(
            "shp",
            sum([files(&[".shp"]), beside(&[".shp"], &[".dbf", ".prj"])]),
        ),
        shapes("parquet", files(&["parquet/"])),
        shapes("gtfs", files(&["gtfs/"])),
        shapes(
            "photo",
            sum([
                files(&["photos/"]),
                beside(&["photos/sidecar"], &[".supplemental-metadata.json"]),
            ]),
        ),
    ]
}

fn of_containers() -> Vec<Target> {
    vec![
        shapes("kmz", files(&[".kmz"])),
        shapes(
            "zip",
            files(&[
                "packed/bzip2",
                "packed/data_desc",
                "packed/odd",
                "packed/symlink",
                "packed/zip64",
            ]),
        ),
        shapes("tar and gzip", files(&[".gz"])),
        shapes("bzip2", files(&[".bz2"])),
        shapes("xz", files(&[".xz"])),
        shapes("zstd", files(&[".zst"])),
        shapes("brotli", files(&[".br"])),
    ]
}

fn of_pictures() -> Vec<Target> {
    let pictures = |name, seeds, reads: Reads| Target {
        name,
        seeds,
        reads,
        memory: OF_PICTURES,
    };
    vec![
        pictures(
            "frame of a picture",
            sum([
                made("-W 40 -r 3 -o a.tif a.csv", &["a.tif"]),
                made(
                    "-W 40 -r 3 --world-file -P equirectangular -o a.png a.csv",
                    &["a.png", "a.pgw", "a.prj"],
                ),
            ]),
            lies,
        ),
        pictures(
            "picture as gradient",
            sum([
                made("-W 12 -r 3 -o a.png a.csv", &["a.png"]),
                made("-W 12 -r 3 -o a.jpg -b white a.csv", &["a.jpg"]),
                made("-W 12 -r 3 -o a.gif a.csv", &["a.gif"]),
                made("-W 12 -r 3 -o a.webp a.csv", &["a.webp"]),
                made("-W 12 -r 3 -o a.tif a.csv", &["a.tif"]),
                text(
                    "a.ppm",
                    &[
                        "P3 2 2 255 1 2 3 4 5 6 7 8 9 10 11 12\n",
                        "P6 2 1 255\nabcdef",
                    ],
                ),
                files(&["hostile/palette"]),
            ]),
            colors,
        ),
    ]
}

fn of_others() -> Vec<Target> {
    vec![
        target(
            "saved heat",
            sum([
                made("-W 40 -r 3 -S a.heat a.csv", &["a.heat"]),
                made(
                    "-W 40 -r 3 -S a.heat --track-weight length a.gpx",
                    &["a.heat"],
                ),
            ]),
            loads,
        ),
        target(
            "file of a scale",
            made(
                "-W 40 -r 3 --how eq_hist --span-out a.json -o a.png a.csv",
                &["a.json"],
            ),
            scales,
        ),
        target(
            "mbtiles",
            made("-o a.mbtiles --max-zoom 1 -r 3 a.csv", &["a.mbtiles"]),
            lies_under,
        ),
        target(
            "pmtiles",
            made("-o a.pmtiles --max-zoom 3 -r 3 a.csv", &["a.pmtiles"]),
            joins,
        ),
        target(
            "names of colours and systems",
            text(
                "a.txt",
                &[
                    "rgb(10% 20% 30% / 0.5)",
                    "#abcd",
                    "hsl(120deg 100% 50%)",
                    "EPSG:25832",
                    "EPSG:3857",
                    "+proj=utm +zone=32 +ellps=GRS80 +towgs84=0,0,0,0,0,0,0 +units=m",
                    "PROJCS[\"x\",GEOGCS[\"y\",DATUM[\"D_WGS_1984\",SPHEROID[\"WGS_1984\",6378137.0,298.257223563]],PRIMEM[\"Greenwich\",0],UNIT[\"Degree\",0.0174532925199433]],PROJECTION[\"Transverse_Mercator\"],PARAMETER[\"Central_Meridian\",9],UNIT[\"Meter\",1]]",
                    "red 0, #00ff00 0.5, blue 1",
                    "white,black",
                ],
            ),
            names,
        ),
    ]
}

/// Reads a file in one of many manners, and in one case of four draws what comes of it.
fn draws(path: &Path, dice: &mut Dice) {
    let is_xy = dice.below(8) == 0;
    let plane = Crs::Plane { y_down: false };
    let track_weight = dice.pick(&TrackWeight::ALL);
    let options = Options {
        crs: if is_xy { plane } else { Crs::default() },
        map: if is_xy { plane } else { Crs::WebMercator },
        strict: dice.below(8) == 0,
        in_order: dice.below(4) == 0,
        keep_zero: dice.below(2) == 0,
        keep_going: true,
        times: true,
        survey: dice.below(4) == 0,
        max_unpacked: Some(1 << 20),
        track_weight: if dice.below(3) == 0 {
            track_weight
        } else {
            TrackWeight::Points
        },
        measure: (dice.below(8) == 0).then(|| dice.pick(&Measure::ALL)),
        ..Options::default()
    };
    let shapes = Mutex::new(Vec::new());
    let deliver = |batch: &[Shape]| {
        let mut shapes = shapes.lock().expect("no panic before");
        let room = DRAWN - shapes.len().min(DRAWN);
        shapes.extend_from_slice(&batch[..batch.len().min(room)]);
    };
    let read = input::read(
        &[Source::File(path.to_owned())],
        &options,
        &|_| {},
        &deliver,
    );
    // Messages are made for every fault, not only where somebody looks at them.
    drop(
        read.map_err(|error| error.to_string())
            .map(|report| format!("{report:?}")),
    );
    if dice.below(4) != 0 {
        return;
    }
    let shapes = shapes.into_inner().expect("no panic before");
    let side = std::num::NonZeroU32::new(24);
    let map = MapOptions {
        crs: if is_xy {
            plane
        } else {
            dice.pick(&[Crs::WebMercator, Crs::Wgs84])
        },
        width: side,
        height: side,
        ..MapOptions::default()
    };
    let density = HeatOptions {
        radius: Radius::Pixels(2.0),
        decay: dice.pick(&[0.0, 0.9, 1.0]),
        track_weight: options.track_weight,
        ..HeatOptions::default()
    };
    drop(heatmap::render(
        &shapes,
        &heatmap::Options {
            map,
            density,
            ..heatmap::Options::default()
        },
    ));
}

/// Takes what is no picture for saved heat.
fn loads(path: &Path, _: &mut Dice) {
    drop(Saved::is_one(path));
    let Ok(saved) = Saved::open(path) else {
        return;
    };
    // A view that is larger than anybody wants is refused by whoever makes pictures of it.
    if saved.view().size().pixels() > 1 << 20 {
        return;
    }
    let heat = HeatOptions {
        radius: Radius::Pixels(3.0),
        ..HeatOptions::default()
    };
    let Ok(cells) = Cells::new(saved.view(), &heat) else {
        return;
    };
    drop(saved.add_to(&cells).and_then(|()| cells.grid(&heat)));
}

fn lies(path: &Path, _: &mut Dice) {
    drop(georeference(path));
}

fn colors(path: &Path, _: &mut Dice) {
    drop(Gradient::load(&gradient::GradientOptions::of(
        gradient::Source::Image(path.to_owned()),
    )));
}

fn scales(path: &Path, _: &mut Dice) {
    let options = scale::ScaleOptions {
        span_from: Some(path.to_owned()),
        ..scale::ScaleOptions::default()
    };
    let gradient = Gradient::load(&gradient::GradientOptions::default()).expect("the default");
    drop(color::Scale::load(&options, &gradient));
}

fn lies_under(path: &Path, dice: &mut Dice) {
    static VIEW: LazyLock<View> = LazyLock::new(|| {
        let size = Size::new(64, 64).expect("a size");
        View::new(
            Crs::WebMercator,
            (626_172.0, 626_172.0),
            (-32.0, -32.0),
            size,
        )
        .expect("a view of the world")
    });
    let options = basemap::BaseMapOptions {
        base: path.display().to_string(),
        template: String::new(),
        missing: Missing::Blank,
        zoom: (dice.below(2) == 0).then(|| dice.below(4) as u8),
        offline: true,
        ..basemap::BaseMapOptions::default()
    };
    let Ok(map) = BaseMap::open(&options) else {
        return;
    };
    let _ = map.attribution();
    drop(map.draw(&VIEW, &|_| {}));
}

/// Joins an archive with nothing, which reads all of it.
fn joins(path: &Path, _: &mut Dice) {
    let join = Join {
        parts: vec![path.to_owned()],
        stores: vec![path.with_extension("joined.pmtiles")],
        overwrite: true,
    };
    drop(tiles::join(&join, &Silent));
}

fn names(path: &Path, _: &mut Dice) {
    let Ok(text) = std::fs::read(path) else {
        return;
    };
    let text = String::from_utf8_lossy(&text);
    drop(color::css::parse(&text));
    drop(text.parse::<color::Stops>());
    drop(Crs::named(&text, true).map(|crs| crs.forward(crs.inverse(1e6, 1e6))));
    let _ = (
        Crs::of_srs(&text),
        Crs::of_wkt(&text),
        Crs::near_wkt(&text),
        Crs::of_projection(&text),
    );
    let _ = heatmap::error::meant(&text, ["EPSG:3857", "red"]);
}

/// A folder for what a worker reads.
pub struct Desk(TempDir);

impl Desk {
    pub fn new() -> Self {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let folder = tempfile::Builder::new()
            .prefix("mutants-")
            .tempdir_in(target);
        Self(folder.expect("a folder for mutants"))
    }

    /// Lays the parts of a file there, in place of those before.
    pub fn lay(&self, seed: &Seed) -> PathBuf {
        for entry in std::fs::read_dir(self.0.path())
            .expect("the folder")
            .flatten()
        {
            std::fs::remove_file(entry.path()).ok();
        }
        for (name, bytes) in seed {
            std::fs::write(self.0.path().join(name), bytes).expect("a file of the tests");
        }
        self.0.path().join(&seed[0].0)
    }
}
