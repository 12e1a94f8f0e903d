//! Targets: what reads files that strangers made, and from which good files mutants are made.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
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
use crate::{ROOT, program, service};

/// What reads a file, in one of many ways.
type Reads = fn(&Path, &mut Dice);

/// A file, or several that lie side by side: the first is the one that is opened.
pub type Seed = Vec<(String, Vec<u8>)>;

/// What reads files of a kind.
pub struct Target {
    pub name: &'static str,
    /// Good files.
    good: fn() -> Vec<Seed>,
    pub reads: Reads,
    /// The most bytes that may be asked for at once while a small file is read.
    pub memory: usize,
    /// How many others are read in the time that one takes here, about: where each is a process.
    pub dearness: u64,
}

impl Target {
    /// Good files, all of them or only the smallest.
    pub fn seeds(&self, in_full: bool) -> Vec<Seed> {
        let seeds = (self.good)();
        if in_full { seeds } else { smallest(seeds) }
    }
}

/// The limit of what is no picture.
const MEMORY: usize = 64 << 20;
/// Pictures may be as large as the pictures that are made: with all copies they take 2 GiB, and the
/// decoder for TIFF asks for 256 MiB before it is told any limit.
const OF_PICTURES: usize = (2 << 30) + (256 << 20) + MEMORY;

/// How dear a process is.
const PROCESS: u64 = 12;

/// The most shapes of a file of which a picture is drawn.
const DRAWN: usize = 500;

/// Files of tests/data, and of the folder that `HEATMAP_MORE_DATA` names, whose path has one of these
/// in it.
fn files(patterns: &[&str]) -> Vec<Seed> {
    let own = Path::new(ROOT).join("tests/data");
    let more = std::env::var_os("HEATMAP_MORE_DATA").map(PathBuf::from);
    let roots = [Some(own), more];
    let mut found: Vec<Seed> = roots
        .iter()
        .flatten()
        .flat_map(|root| files_in(root, patterns))
        .collect();
    assert!(!found.is_empty(), "no file matches {patterns:?}");
    found.retain(|seed| seed[0].1.len() <= 17 << 10);
    found
}

fn files_in(root: &Path, patterns: &[&str]) -> Vec<Seed> {
    let mut found = Vec::new();
    for entry in walkdir::WalkDir::new(root).sort_by_file_name() {
        let path = entry.expect("a file of the tests").into_path();
        let name = path.strip_prefix(root).expect("a path in it");
        let name = name.to_string_lossy().replace('\\', "/");
        let is_packed = name.starts_with("fuzz/");
        if path.is_file() && !is_packed && patterns.iter().any(|pattern| name.contains(pattern)) {
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
    let word = |word: &str| match word.strip_prefix("a.") {
        Some(_) => folder.path().join(word).into_os_string(),
        None => word.into(),
    };
    let line: Vec<OsString> = args.split_whitespace().map(word).collect();
    program::run(&line).unwrap_or_else(|error| panic!("{args}: {error}"));
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

/// All targets.
pub fn all() -> Vec<Target> {
    let groups = [
        of_text(),
        of_tracks(),
        of_containers(),
        of_pictures(),
        of_others(),
        of_users(),
    ];
    groups.into_iter().flatten().collect()
}

fn shapes(name: &'static str, good: fn() -> Vec<Seed>) -> Target {
    let reads = draws;
    Target {
        name,
        good,
        reads,
        memory: MEMORY,
        dearness: 1,
    }
}

fn target(name: &'static str, good: fn() -> Vec<Seed>, reads: Reads) -> Target {
    Target {
        name,
        good,
        reads,
        memory: MEMORY,
        dearness: 1,
    }
}

fn of_text() -> Vec<Target> {
    vec![
        shapes("plain", || {
            sum([
                files(&["csv/txt_", "here_flexible"]),
                text("a.txt", &["47.1 8.2 3\n47.2,8.3\n# no\n"]),
            ])
        }),
        shapes("csv", || files(&["csv/csv_", "crs/places", "shp/TRUTH"])),
        shapes("wkt and wkb", || {
            sum([
                files(&["wkb/"]),
                text(
                    "a.csv",
                    &[
                        "id;wkt\n1;POINT(8.1 47.2)\n2;\"MULTILINESTRING Z((8 47 1,8.1 47.1 2),(9 48 1,9.1 48 1))\"\n3;GEOMETRYCOLLECTION(POINT(1 2),LINESTRING EMPTY)\n",
                        "geom\n0101000020E6100000000000000000204000000000000047400\n01020000000200000000000000000020400000000000804740000000000000224000000000000048C0\n",
                        "geom\n\"{\"\"type\"\":\"\"Point\"\",\"\"crs\"\":{\"\"properties\"\":{\"\"name\"\":\"\"EPSG:4326\"\"}},\"\"coordinates\"\":[8,47]}\"\n\"{\"\"type\"\":\"\"GeometryCollection\"\",\"\"geometries\"\":[{\"\"type\"\":\"\"LineString\"\",\"\"coordinates\"\":[[8,47],[9,48]]}]}\"\n",
                    ],
                ),
            ])
        }),
        shapes("polyline", || {
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
            ])
        }),
        shapes("nmea", || files(&["nmea/"])),
        shapes("igc", || files(&["igc/"])),
    ]
}

fn of_tracks() -> Vec<Target> {
    vec![
        shapes("gpx", || files(&["gpx/"])),
        shapes("kml", || files(&[".kml"])),
        shapes("tcx", || files(&["tcx/"])),
        shapes("geojson", || files(&["geojson/"])),
        shapes("points", || {
            text(
                "a.json",
                &[
                    "[[47.1,8.1,2],[47.2,8.2]]",
                    "{\"data\":[{\"lat\":47.1,\"lng\":\"8.2\",\"time\":1714557600},{\"location\":{\"latitude\":1,\"longitude\":2}}]}\n",
                    "{\"lat\":1,\"lon\":2}\n{\"lat\":3,\"lon\":4,\"weight\":null}\n",
                    "{\"id\":1,\"way\":\"LINESTRING(8 47,9 48)\",\"area\":\"POLYGON((1 1,2 2,2 1,1 1))\"}\n",
                    "{\"id\":1,\"geom\":{\"type\":\"MultiPoint\",\"coordinates\":[[8,47],[9,48]]}}\n{\"id\":2,\"geom\":null}\n",
                ],
            )
        }),
        shapes("google", || files(&["google/"])),
        shapes("owntracks and overland", || files(&["owntracks/"])),
        shapes("fit", || files(&["fit/"])),
        shapes("shp", || {
            sum([files(&[".shp"]), beside(&[".shp"], &[".dbf", ".prj"])])
        }),
        shapes("parquet", || files(&["parquet/"])),
        shapes("flatgeobuf", || files(&["flatgeobuf/"])),
        shapes("sqlite", || files(&["sqlite/places", "sqlite/tiny"])),
        shapes("gtfs", || files(&["gtfs/"])),
        shapes("photo", || {
            sum([
                files(&["photos/"]),
                beside(&["photos/sidecar"], &[".supplemental-metadata.json"]),
            ])
        }),
    ]
}

fn of_containers() -> Vec<Target> {
    vec![
        shapes("kmz", || files(&[".kmz"])),
        shapes("zip", || {
            files(&[
                "packed/bzip2",
                "packed/data_desc",
                "packed/odd",
                "packed/symlink",
                "packed/zip64",
            ])
        }),
        shapes("tar and gzip", || files(&[".gz"])),
        shapes("bzip2", || files(&[".bz2"])),
        shapes("xz", || files(&[".xz"])),
        shapes("zstd", || files(&[".zst"])),
        shapes("brotli", || files(&[".br"])),
    ]
}

fn of_pictures() -> Vec<Target> {
    let pictures = |name, good: fn() -> Vec<Seed>, reads: Reads| Target {
        name,
        good,
        reads,
        memory: OF_PICTURES,
        dearness: 1,
    };
    vec![
        pictures(
            "frame of a picture",
            || {
                sum([
                    made("-W 40 -r 3 -o a.tif a.csv", &["a.tif"]),
                    made(
                        "-W 40 -r 3 --world-file -P equirectangular -o a.png a.csv",
                        &["a.png", "a.pgw", "a.prj"],
                    ),
                ])
            },
            lies,
        ),
        pictures(
            "picture as gradient",
            || {
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
                ])
            },
            colors,
        ),
    ]
}

fn of_others() -> Vec<Target> {
    vec![
        target(
            "saved heat",
            || {
                sum([
                    made("-W 40 -r 3 -S a.heat a.csv", &["a.heat"]),
                    made(
                        "-W 40 -r 3 -S a.heat --track-weight length a.gpx",
                        &["a.heat"],
                    ),
                ])
            },
            loads,
        ),
        target(
            "file of a scale",
            || {
                made(
                    "-W 40 -r 3 --how eq_hist --span-out a.json -o a.png a.csv",
                    &["a.json"],
                )
            },
            scales,
        ),
        target(
            "mbtiles",
            || made("-o a.mbtiles --max-zoom 1 -r 3 a.csv", &["a.mbtiles"]),
            lies_under,
        ),
        target(
            "pmtiles",
            || made("-o a.pmtiles --max-zoom 3 -r 3 a.csv", &["a.pmtiles"]),
            joins,
        ),
        target(
            "names of colours and systems",
            || {
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
                )
            },
            names,
        ),
    ]
}

/// A table, a track and places with properties, for pictures of all kinds.
const DATA: [(&str, &str); 3] = [
    (
        "a.csv",
        "lat,lon,weight,time,kind\n47.1,8.1,1,2024-05-01T10:00:00Z,run\n47.2,8.3,2.5,2024-05-02T11:00:00Z,ride\n47.4,8.2,-1.5,,\n",
    ),
    (
        "a.gpx",
        "<gpx><trk><type>cycling</type><trkseg><trkpt lat='47.1' lon='8.1'><ele>400</ele><time>2024-05-01T10:00:00Z</time></trkpt><trkpt lat='47.3' lon='8.4'><time>2024-05-01T10:09:00Z</time></trkpt></trkseg></trk></gpx>",
    ),
    (
        "a.geojson",
        "{\"type\":\"FeatureCollection\",\"features\":[{\"type\":\"Feature\",\"properties\":{\"n\":3,\"kind\":\"a\"},\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[[[8,47],[8.2,47],[8.2,47.3],[8,47]]]}}]}",
    ),
];

/// Lines of options, each with what it makes, for the data above: all by the number of theirs.
const LINES: [(usize, &str); 30] = [
    (0, "png --width=40 --radius=3 --decay=0.5 --kernel=gaussian"),
    (
        0,
        "png --height=30 --weight-field=weight --surface=mean --support=0.5 --scheme=viridis",
    ),
    (
        0,
        "jpg --width=40 --background=#f80 --title=Bees --how=eq_hist --steps=5",
    ),
    (
        0,
        "webp --bbox=8,47,8.5,47.5 --radius=2km --max=p99.5 --min=1 --reverse",
    ),
    (
        0,
        "gif --animate --frame-time=12h --width=20 --fps=5 --window=1d --date=%d",
    ),
    (
        0,
        "webp --animate --frequency=1 --width=20 --loop=2 --frame-scale=each",
    ),
    (
        0,
        "png --animate --frame-time=1d --width=20 --half-life=12h --skip-idle",
    ),
    (0, "png --by=kind --width=20 --color-key=run=red,ride=#08f"),
    (0, "png --by=month --width=20"),
    (
        0,
        "tif --raw --projection=EPSG:28992 --width=30 --unit=per-km2 --decay=1",
    ),
    (
        0,
        "kmz --width=30 --colors=transparent,#203080\u{a0}20%,orange",
    ),
    (
        0,
        "kml --extent=46,7,48,9 --width=20 --interpolate=lch --min-alpha=0.1",
    ),
    (0, "geojson --levels=p50,p90 --width=40 --decay=1"),
    (
        0,
        "asc --projection=xy --y-down --width=20 --lat-field=2 --lon-field=1",
    ),
    (0, "npy --width=20 --aggregate=max --weight-field=3"),
    (
        0,
        "html --width=20 --ratio=2 --attribution=me --opacity=0.5",
    ),
    (
        0,
        "json --width=20 --after=2024-05-01T12:00 --before=2024-06 --timezone=Europe/Berlin --weekdays=mon-fri --hours=22-12",
    ),
    (0, "pmtiles --radius=3"),
    (0, "mbtiles --radius=3 --scheme=fire"),
    (
        0,
        "qoi --kernel=idw --idw-power=3 --weight-field=weight --surface=mean --width=20",
    ),
    (
        0,
        "tga --crs=EPSG:3857 --width=20 --allow-ballpark --bounded-by=47,8,200km --privacy=47.1,8.1,300m",
    ),
    (
        0,
        "png --filetype=plain --delimiter=, --skip-rows=1 --lon-lat --dpi=300 --width=20 --where=kind=run",
    ),
    (0, "bmp --passes=r=9,d=0.9,scheme=fire;r=3,d=0.5 --width=30"),
    (
        0,
        "png --track-field=kind --order-field=time --width=20 --max-gap=3d,100km --trim-start=100m",
    ),
    (
        1,
        "png --track-weight=length --width=40 --radius=3 --max-speed=300km/h --min-length=100m",
    ),
    (
        1,
        "png --track-weight=time --width=40 --year=2024 --months=apr-jun --sport=ride --dedupe",
    ),
    (
        1,
        "gif --animate --frame-time=3min --width=20 --track-weight=visits",
    ),
    (
        1,
        "b64 --gpx=waypoints,tracks --width=20 --value=speed --surface=mean --data-uri",
    ),
    (
        2,
        "png --weight-field=n --width=30 --margin=5 --span=0.1,3 --dotsize=8",
    ),
    (
        2,
        "ppm --projection=equirectangular --zoom=5 --saturate --threshold=0.1 --wrap=never",
    ),
];

/// Options of statements.
const SQL: [&str; 3] = [
    "sql --engine=duckdb --from=points --extent=46,7,48,9 --width=30 --where=kind='run' AND NOT (n > 3.5 OR t IN (1, 'b') OR u IS NOT NULL) --by=year --time-field=t",
    "sql --engine=spark --from=db.points --bbox=7,46,9,48 --width=30 --surface=mean --weight-field=w --where=name LIKE 'a%' OR x BETWEEN -1 AND 1e3",
    "sql --engine=postgres --from=a.b --zoom=3 --extent=46,7,48,9 --count-field=n --after=2024-05-01 --before=-30d",
];

/// Requests to the service, each parameter in one of them.
const REQUESTS: [&str; 16] = [
    "GET /",
    "GET /tiles/0/0/0.png?radius=4&scheme=fire&decay=0.5&kernel=quartic&how=log&max=p99.5&v=1",
    "GET /tiles/5/16/11@2x.png?look=other&dotsize=8&opacity=0.5&max=3\naccept-encoding: gzip",
    "GET /tiles.json?look=default\nhost: b.example\nx-forwarded-proto: https",
    "GET /heatmap.png?bbox=7,46,9,48&width=64&height=32&after=2024-05&before=2024-06-01T12:00Z",
    "GET /heatmap.webp?bbox=170,-40,-170,40&width=100\nif-none-match: \"a\", W/\"b\"",
    "GET /heatmap.json?width=50",
    "GET /points.json?bbox=-180,-90,180,90&limit=2\norigin: https://a.example",
    "GET /times.json?bins=3&bbox=7%2C46,9,48",
    "GET /legend.png?z=3&width=200&how=eq_hist",
    "HEAD /openapi.json\naccept: application/json",
    "GET /schemes.json",
    "GET /readyz?x=%ff%00&&=\nforwarded: for=1;proto=https",
    "GET /twine-heatmap?bounds=[46,7,48,9]&imgSize[]=60&imgSize[]=40&scheme=pbj&_=1",
    "POST /twine-heatmap\ncontent-type: application/json\n\n{\"dotSize\":9,\"opacity\":\"100\",\"imgSize\":[60,40],\"bounds\":[[46,7],[48,9]],\"png\":1}",
    "POST /twine-heatmap\ncontent-type: application/x-www-form-urlencoded\n\nbounds=46,7,48,9&dotSize=8&opacity=255",
];

/// Options in a file with a word to a line: in the lines above options begin with two dashes, and
/// blanks within a value stay.
fn worded(line: &str) -> String {
    line.replace(" --", "\n--")
}

/// What makes pictures of data, and the data.
fn lines_and_data() -> Vec<Seed> {
    let with = |&(data, line): &(usize, &str)| {
        let (name, text) = DATA[data];
        vec![
            (name.to_owned(), text.as_bytes().to_vec()),
            ("line".to_owned(), worded(line).into_bytes()),
        ]
    };
    let mut seeds: Vec<Seed> = LINES.iter().map(with).collect();
    let (_, polygon) = DATA[2];
    let clipped = (CLIP.to_owned(), polygon.as_bytes().to_vec());
    seeds.push(with(&LINES[0]).into_iter().chain([clipped]).collect());
    seeds
}

/// Options without data.
fn lines() -> Vec<Seed> {
    let line = |line: &str| vec![("line".to_owned(), worded(line).into_bytes())];
    let of_pictures = LINES.iter().map(|(_, words)| {
        let (_, words) = words.split_once(' ').unwrap_or_default();
        line(words)
    });
    of_pictures
        .chain(SQL.iter().map(|words| line(words)))
        .collect()
}

/// Runs of the program and requests to it: they have threads of their own.
pub fn of_users() -> Vec<Target> {
    let dear = |target| Target {
        dearness: PROCESS,
        ..target
    };
    vec![
        dear(target("command lines", lines, parses)),
        dear(Target {
            memory: 4 * MEMORY,
            ..target("options and bytes to pictures", lines_and_data, pictures)
        }),
        dear(target("cells", cells, pictures)),
        target("requests", || text("request", &REQUESTS), asks),
    ]
}

/// Counts on the pixels of a picture, with which pixels these are, and what is made of them.
fn cells() -> Vec<Seed> {
    let of = |table: &str, more: &str| {
        let made = made(
            &format!(
                "sql --engine duckdb --from t -e 46,7,48,9 -W 40 -r 3 --view a.view.json {more}"
            ),
            &["a.view.json"],
        );
        let (_, frame) = made[0][0].clone();
        vec![
            ("a.csv".to_owned(), table.as_bytes().to_vec()),
            (
                "line".to_owned(),
                b"png\n--filetype=cells\n--radius=3".to_vec(),
            ),
            ("a.csv.view.json".to_owned(), frame),
        ]
    };
    vec![
        of(
            "x,y,n,weight\n3,4,1,2.5\n10,20,7,1\n-1,0,2,1\n",
            "--weight-field w",
        ),
        of("n,y,x\n1,2,3\n4294967296,5,6\n", ""),
    ]
}

/// Options whose values may be anything: none of them names a file, a server or a program.
const HARMLESS: &str = "after aggregate allow-ballpark animate attribution background bbox bbox-crs \
    before bounded-by by color-key colors count-field crs data-uri date day-first decay dedupe \
    delimiter dotsize dpi engine extent filetype force-crs fps frame-scale frame-time frequency from \
    geometry-field gpx gtfs half-life height hours how hsva-max hsva-min idw-power ignore-csv-header \
    interpolate keep-going keep-zero kernel lat-field layer-name levels lon-field lon-lat loop margin \
    max max-accuracy max-gap max-speed memory min min-alpha min-length months opacity order-field \
    passes polyline-field polyline-precision privacy projection radius ratio raw reverse saturate \
    scale scheme skip-idle skip-rows span sport steps straggler-threshold strict support surface \
    threshold time-field timezone title track-field track-weight trim-end trim-start unit value \
    visit-weight weekdays weight-field where width window wrap y-down year zoom zoom-level";

/// What pictures, films and tiles are made as, by their extensions.
const MADE: &str = "asc b64 bmp geojson gif html jpg json kml kmz mbtiles npy pmtiles png ppm qoi \
    sqlitedb tga tif webp";

/// What pictures are cut to, where it lies beside the data.
const CLIP: &str = "clip.geojson";

/// The words of lines, if all of them are harmless options.
fn harmless<'a>(words: impl Iterator<Item = &'a str>) -> Option<Vec<OsString>> {
    let is_harmless = |word: &'a str| {
        let name = word.strip_prefix("--")?;
        let (name, value) = name.split_once('=').unwrap_or((name, ""));
        let is_known = HARMLESS.split_whitespace().any(|known| known == name);
        // What follows @ is a file.
        (is_known && !value.contains(['@', '\0'])).then(|| word.into())
    };
    words.map(is_harmless).collect()
}

/// Reads a command line, with a word to a line.
fn parses(path: &Path, _: &mut Dice) {
    let Ok(text) = std::fs::read(path) else {
        return;
    };
    let text = String::from_utf8_lossy(&text);
    let (command, words) = match text.strip_prefix("sql\n") {
        Some(words) => (Some("sql".into()), words),
        None => (None, &*text),
    };
    let Some(words) = harmless(words.lines()) else {
        return;
    };
    let mut line: Vec<OsString> = command.into_iter().chain(words).collect();
    if line.first().is_none_or(|word| word != "sql") {
        let folder = path.parent().expect("a folder");
        line.extend(["-o".into(), folder.join("none.png").into_os_string()]);
        line.push(folder.join("none.csv").into_os_string());
    }
    drop(program::parse(&line));
}

/// Makes a picture, a film or tiles of a file, as the file `line` beside it says: an extension, and
/// options with a line to each.
fn pictures(path: &Path, _: &mut Dice) {
    let Ok(text) = std::fs::read(path.with_file_name("line")) else {
        return;
    };
    let text = String::from_utf8_lossy(&text);
    let (made, words) = text.split_once('\n').unwrap_or((&text, ""));
    let is_made = MADE.split_whitespace().any(|known| known == made);
    let Some(mut line) = harmless(words.lines()).filter(|_| is_made) else {
        return;
    };
    let output = path.with_file_name("made").with_extension(made);
    let limits = ["--max-pixels=20000", "--max-side=400", "--privacy-seed=a"];
    line.extend(limits.map(Into::into));
    if matches!(made, "mbtiles" | "pmtiles" | "sqlitedb") {
        line.push("--max-zoom=1".into());
    }
    line.extend(["-o".into(), output.into_os_string()]);
    let clip = path.with_file_name(CLIP);
    if clip.is_file() {
        line.extend(["--clip".into(), clip.into_os_string()]);
    }
    line.push(path.as_os_str().to_owned());
    drop(program::run(&line));
}

/// Sends a request to a service.
fn asks(path: &Path, _: &mut Dice) {
    if let Ok(request) = std::fs::read(path) {
        service::ask(&request);
    }
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
        let target = option_env!("CARGO_TARGET_TMPDIR");
        let target = target.map_or_else(std::env::temp_dir, PathBuf::from);
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
