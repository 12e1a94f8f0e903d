//! Points that a database has counted: statements for engines (`heatmap sql`), and pictures of what
//! they answer (`--filetype cells`).

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

#[cfg(all(unix, feature = "postgres"))]
use crate::databases::Server;
use crate::run::{Run, root};
#[cfg(all(unix, feature = "postgres"))]
use crate::wants;
use crate::wants::has_python;

/// Numbers from 0 to below 1, always the same.
fn numbers(seed: u64) -> impl FnMut() -> f64 {
    let mut state = seed;
    move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// A table of places all over the earth, many of them near 10° north, 20° east, with weights of
/// which some are none, counts, kinds and times, and places that are none.
fn table(rows: usize) -> String {
    let mut number = numbers(7);
    let mut text = "lat,lon,heft,n,\"the \"\"kind\"\"\",ts\n".to_owned();
    for row in 0..rows {
        let (lat, lon) = if row % 4 == 0 {
            (180.0 * number() - 90.0, 380.0 * number() - 190.0)
        } else {
            (
                10.0 + 5.0 * (number() + number()),
                20.0 + 5.0 * (number() - number()),
            )
        };
        let weight = [
            "1", "1", "2.5", "0", "-1.25", "", "abc", "nan", "inf", "0.1",
        ][row % 10];
        let count = ["1", "7", "0", "2.0", "1.5", "-3", "x"][row % 7];
        let kind = ["foot", "it's", "bike"][row % 3];
        let (month, hour) = (row / 9 % 12 + 1, row / 7 % 24);
        let time = format!("2024-{month:02}-11 {hour:02}:30:00");
        writeln!(text, "{lat:.6},{lon:.6},{weight},{count},{kind},{time}")
            .expect("a string takes it");
    }
    for odd in [
        "0,0",
        "0,0.5",
        "90,3",
        "-90,4",
        "91,4",
        "12,361",
        "12,-339.5",
        "50,190",
        ",10",
        "abc,10",
        "nan,1",
        "12,inf",
        "85.06,10",
        "-85.06,10",
        "12,1e308",
        "-1e308,20",
    ] {
        writeln!(text, "{odd},1,1,foot,2024-01-11 00:30:00").expect("a string takes it");
    }
    text
}

/// What pictures show, and what of the rows.
const VIEWS: [(&str, &str); 9] = [
    ("-e 9,14,21,27 -W 300 -r 9", ""),
    (
        "-e 9,14,21,27 -s 2000 -r 3 -P equirectangular",
        "--weight-field heft",
    ),
    (
        "--bbox 17.3,9.9,24.7,20.1 -W 300 -H 200 -r 8",
        "--weight-field heft",
    ),
    ("--bbox 170,-40,200,40 -W 200 -r 12", ""),
    ("-e -85,-180,85,180 -W 400 -r 7", "--keep-zero"),
    (
        "-e -90,-180,90,180 -W 400 -r 7 -P equirectangular",
        "--weight-field heft",
    ),
    ("-e 9,14,21,27 -W 300 -r 20km", "--count-field n"),
    (
        "-e 9,14,21,27 -W 300 -r 9",
        "--weight-field heft --count-field n",
    ),
    (
        "--bbox 17,9,25,21 -s 1000 -r 5 --surface mean",
        "--weight-field heft",
    ),
];

/// How heat piles up.
const DECAYS: [&str; 3] = ["-d 0.95", "-d 1", "-d 0"];

/// One test, for a server takes a while to start.
#[test]
fn what_engines_count_draws_the_picture_that_the_points_do() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let points = folder.path().join("points.csv");
    let text = table(20_000);
    std::fs::write(&points, &text).expect("a file");
    let mut engines = Vec::new();
    if has_python("duckdb, datafusion") {
        engines.extend(["duckdb", "datafusion"]);
        let mut statements = Vec::new();
        for (number, (view, rows)) in VIEWS.iter().enumerate() {
            for engine in &engines {
                let name = format!("{engine}{number}");
                let args = format!("--engine {engine} {view} {rows}");
                let sql = statement(folder.path(), &name, &args, &[]);
                statements.push(json!([engine, sql, folder.path().join(name)]));
            }
        }
        answered(&json!({"points": points, "statements": statements}));
    }
    #[cfg(all(unix, feature = "postgres"))]
    if let Some(server) = Server::start_with("", &in_postgres(&text)) {
        engines.push("postgres");
        for (number, (view, rows)) in VIEWS.iter().enumerate() {
            let name = format!("postgres{number}");
            let args = format!("--engine postgres {view} {rows}");
            let cells = server.csv(&statement(folder.path(), &name, &args, &[]));
            std::fs::create_dir(folder.path().join(&name)).expect("a folder");
            std::fs::write(folder.path().join(name).join("part.csv"), cells).expect("a file");
        }
        postgres_takes_the_rows_that_we_take(&server, folder.path(), &points);
        postgres_has_our_keys(&server, folder.path(), &points);
    } else {
        wants::skip("PostgreSQL");
    }
    if !engines.is_empty() {
        they_draw_the_pictures(folder.path(), &points, &engines);
    }
}

/// A statement for a table of points; which pixels it is for stands beside its cells, whose name is
/// given.
fn statement(folder: &Path, name: &str, args: &str, more: &[&str]) -> String {
    let run = Run::new(&format!("sql --from points {args} --view"))
        .arg(folder.join(format!("{name}.view.json")));
    let done = more.iter().fold(run, Run::arg).ok();
    String::from_utf8(done.stdout).expect("a statement is UTF-8")
}

/// Holds the pictures of all views, of cells in folders with the names of engines, to those of the
/// points.
fn they_draw_the_pictures(folder: &Path, points: &Path, engines: &[&str]) {
    for (number, (view, rows)) in VIEWS.iter().enumerate() {
        let is_surface = view.contains("--surface");
        let decays = if is_surface { 1 } else { DECAYS.len() };
        for (nth, decay) in DECAYS[..decays].iter().enumerate() {
            let decay = if is_surface { "" } else { *decay };
            // How heat piles up is the same to all engines.
            let engines = if nth == 0 { engines } else { &engines[..1] };
            let direct = Run::new(&format!("-q {view} {rows} {decay} -o a.png"))
                .arg(points)
                .ok();
            for engine in engines {
                let cells = folder.join(format!("{engine}{number}"));
                let radius = view.split("-r ").nth(1).expect("a radius");
                // What is said of the frame is not needed, for it is beside the cells.
                let drawn = Run::new(&format!("-q --filetype cells -r {radius} {decay} -o a.png"))
                    .arg(&cells)
                    .ok();
                assert!(
                    drawn.bytes("a.png") == direct.bytes("a.png"),
                    "{engine} {view} {rows} {decay}"
                );
            }
        }
    }
}

/// A table of `PostgreSQL` with the rows of a text, whose numbers are numbers: it has no cast that
/// leaves out what is none.
#[cfg(all(unix, feature = "postgres"))]
fn in_postgres(text: &str) -> String {
    format!(
        "CREATE FUNCTION number(text) RETURNS float8 IMMUTABLE LANGUAGE sql AS
             $$ SELECT CASE WHEN $1 ~ '^(-?[0-9.]+(e[0-9]+)?|nan|inf)$' THEN $1::float8 END $$;
         CREATE TABLE texts(lat text, lon text, heft text, n text, kind text, ts text);
         COPY texts FROM STDIN (FORMAT csv, HEADER);\n{text}\\.\n
         CREATE TABLE points AS SELECT number(lat) AS lat, number(lon) AS lon, number(heft) AS heft,
             number(n)::numeric AS n, kind AS \"the \"\"kind\"\"\", ts::timestamp AS ts FROM texts;"
    )
}

/// A view in which rows have weights and times.
#[cfg(all(unix, feature = "postgres"))]
const TIMED: &str = "-e 9,14,21,27 -W 100 -r 4 --weight-field heft --time-field ts";

/// Some of the rows, by what is said to this program and to SQL.
#[cfg(all(unix, feature = "postgres"))]
fn postgres_takes_the_rows_that_we_take(server: &Server, folder: &Path, points: &Path) {
    let kinds = "\"the \"\"kind\"\"\" = 'it''s'";
    let after = ["--after", "2024-05-11T06:00"];
    let before = ["--before", "2024-05-11T06:30"];
    for (ours, theirs) in [
        (["--where", "the \"kind\"=it's"], ["--where", kinds]),
        (
            ["--where", "heft>1"],
            ["--where", "heft > 1 AND NOT heft BETWEEN -9 AND 1"],
        ),
        (after, after),
        (before, before),
    ] {
        let args = format!("--engine postgres {TIMED}");
        let cells = server.csv(&statement(folder, "some", &args, &theirs));
        let run = Run::new(&format!("-q {TIMED} -o a.png"));
        let direct = ours.iter().fold(run, Run::arg).arg(points).ok();
        let drawn = Run::new("-q --filetype cells -r 4 -o a.png c.csv --like")
            .arg(folder.join("some.view.json"))
            .file("c.csv", cells)
            .ok();
        assert!(drawn.bytes("a.png") == direct.bytes("a.png"), "{theirs:?}");
    }
}

/// A picture for each key, all with one scale.
#[cfg(all(unix, feature = "postgres"))]
fn postgres_has_our_keys(server: &Server, folder: &Path, points: &Path) {
    for (by, pictures) in [
        ("year", 1),
        ("month", 12),
        ("weekday", 7),
        ("hour", 24),
        ("the \"kind\"", 3),
    ] {
        let args = format!("--engine postgres {TIMED}");
        let cells = server.csv(&statement(folder, "keys", &args, &["--by", by]));
        let mut parts: BTreeMap<&str, String> = BTreeMap::new();
        for row in cells.lines().skip(1) {
            let (cell, key) = row.rsplit_once(',').expect("a key");
            let part = parts.entry(key).or_insert_with(|| "x,y,weight,n\n".into());
            writeln!(part, "{cell}").expect("a string takes it");
        }
        assert_eq!(parts.len(), pictures, "{by}");
        let run = Run::new("-q --filetype cells -r 4 --by folder -o of-{by}.png cells --like")
            .arg(folder.join("keys.view.json"));
        let put = |run: Run, (key, part): (&&str, &String)| {
            run.file(&format!("cells/{key}/part.csv"), part)
        };
        let drawn = parts.iter().fold(run, put).ok();
        let direct = Run::new(&format!("-q {TIMED} -o of-{{by}}.png --by"))
            .arg(by)
            .arg(points)
            .ok();
        let names: Vec<_> = std::fs::read_dir(direct.folder.path())
            .expect("a folder")
            .map(|entry| entry.expect("an entry").file_name())
            .map(|name| name.into_string().expect("UTF-8"))
            .collect();
        assert_eq!(names.len(), pictures, "{by}");
        for name in names {
            assert!(drawn.bytes(&name) == direct.bytes(&name), "{by} {name}");
        }
    }
}

/// Runs statements in engines.
fn answered(work: &Value) {
    let mut python = Command::new("python3")
        .arg(root().join("tests/it/cells.py"))
        .stdin(Stdio::piped())
        .spawn()
        .expect("Python starts");
    let mut pipe = python.stdin.take().expect("a pipe");
    pipe.write_all(work.to_string().as_bytes())
        .expect("it reads");
    drop(pipe);
    assert!(
        python.wait().expect("it ends").success(),
        "engines take all statements"
    );
}

#[test]
fn parquet_of_duckdb_says_itself_where_its_cells_lie() {
    if !has_python("duckdb, datafusion") {
        return;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let at = |name: &str| folder.path().join(name);
    let points = at("points.csv");
    std::fs::write(&points, table(3000)).expect("a file");
    let (view, rows) = ("-e 9,14,21,27 -W 300 -r 9", "--weight-field heft");
    let sql = |view: &str, to: &str| {
        let done = Run::new(&format!(
            "sql --engine duckdb --from points {view} {rows} --to"
        ))
        .arg(at(to))
        .ok();
        String::from_utf8(done.stdout).expect("a statement is UTF-8")
    };
    std::fs::create_dir(at("parts")).expect("a folder");
    let statements = json!([
        ["duckdb", sql(view, "parts/a.parquet"), ""],
        [
            "duckdb",
            sql("-e 9,14,21,28 -W 300 -r 9", "other.parquet"),
            ""
        ],
        [
            "duckdb",
            format!(
                "COPY (SELECT 1 AS x, 2 AS y, -1 AS n) TO '{}' (FORMAT parquet)",
                at("bad.parquet").display()
            ),
            ""
        ],
        [
            "duckdb",
            format!(
                "COPY (SELECT 1 AS x, 2 AS y) TO '{}' (FORMAT parquet)",
                at("none.parquet").display()
            ),
            ""
        ],
    ]);
    answered(&json!({"points": points, "statements": statements}));
    let direct = Run::new(&format!("-q {view} {rows} -o a.png"))
        .arg(&points)
        .ok();
    for name in ["parts/a.parquet", "parts"] {
        let drawn = Run::new("-q --filetype cells -r 9 -o a.png")
            .arg(at(name))
            .ok();
        assert!(drawn.bytes("a.png") == direct.bytes("a.png"), "{name}");
    }
    let run = |args: &str, name: &str| {
        Run::new(&format!("--filetype cells -o a.png {args}")).arg(at(name))
    };
    run(view, "bad.parquet").fails(
        3,
        "bad.parquet:1: count -1 is no whole number that is not negative",
    );
    run(view, "none.parquet").fails(3, "there is no column 'n' among 'x', 'y'");
    run("", "parts/a.parquet")
        .arg(at("other.parquet"))
        .fails(3, "its cells are on other pixels");
    // Counts of rows in Parquet, too.
    let counted = Run::new(
        "-q -e 9,14,21,27 -W 300 -o a.png --count-field n --lat-field lat --lon-field lon",
    )
    .arg(&points)
    .ok();
    let to = at("points.parquet");
    let copy = format!(
        "COPY (SELECT lat, lon, n FROM points) TO '{}' (FORMAT parquet)",
        to.display()
    );
    answered(&json!({"points": points, "statements": [["duckdb", copy, ""]]}));
    let parquet = Run::new("-q -e 9,14,21,27 -W 300 -o a.png --count-field n")
        .arg(&to)
        .ok();
    assert!(parquet.bytes("a.png") == counted.bytes("a.png"));
}

#[test]
fn conditions_times_and_keys_are_those_of_engines() {
    if !has_python("duckdb, datafusion") {
        return;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let points = folder.path().join("points.csv");
    let mut text = "lat,lon,ts,odd \"name\n".to_owned();
    for hour in 0..2000 {
        let (day, hour_of_day) = (1 + hour / 24 % 28, hour % 24);
        let month = 1 + hour / 24 / 28;
        let name = ["a", "it's", "c;--"][hour % 3];
        writeln!(
            text,
            "10.{hour},20,2024-{month:02}-{day:02} {hour_of_day:02}:30:00,{name}"
        )
        .expect("a string takes it");
    }
    std::fs::write(&points, &text).expect("a file");
    let wanted = [
        (
            "--where",
            "\"odd \"\"name\" IN ('it''s', 'c;--') AND NOT lat BETWEEN '11' AND '12'",
        ),
        ("--by", "month"),
        ("--by", "hour"),
        ("--by", "odd \"name"),
        ("--after", "2024-01-05T06:00"),
    ];
    let mut statements = Vec::new();
    for (number, (option, value)) in wanted.iter().enumerate() {
        for engine in ["duckdb", "datafusion"] {
            let done = Run::new(&format!(
                "sql --engine {engine} --from points -e 9,19,12,21 -W 100 --time-field ts"
            ))
            .arg(option)
            .arg(value)
            .ok();
            let sql = String::from_utf8(done.stdout).expect("a statement is UTF-8");
            let cells = folder.path().join(format!("{engine}{number}"));
            statements.push(json!([engine, sql, cells]));
        }
    }
    answered(&json!({"points": points, "statements": statements}));
    let counts = |engine: &str, number: usize| {
        let mut counts: BTreeMap<String, u64> = BTreeMap::new();
        let parts =
            std::fs::read_dir(folder.path().join(format!("{engine}{number}"))).expect("a folder");
        for part in parts {
            let text = std::fs::read_to_string(part.expect("an entry").path()).expect("a table");
            for line in text.lines().skip(1) {
                let fields: Vec<&str> = line.split(',').collect();
                let key = fields.get(4).copied().unwrap_or_default().trim_matches('"');
                *counts.entry(key.to_owned()).or_default() +=
                    fields[3].parse::<u64>().expect("a count");
            }
        }
        counts
    };
    for (number, wanted) in wanted.iter().enumerate() {
        assert_eq!(
            counts("duckdb", number),
            counts("datafusion", number),
            "{wanted:?}"
        );
    }
    let months = counts("duckdb", 1);
    assert_eq!(months["2024-01"], 28 * 24);
    assert_eq!(counts("duckdb", 2).len(), 24);
    assert_eq!(counts("duckdb", 3).len(), 3);
    let left: u64 = counts("duckdb", 4).values().sum();
    assert_eq!(left, 2000 - 4 * 24 - 6);
}

/// Latitude, longitude and weight.
type Point = (f64, f64, f64);

/// The cells of points by a description of their pixels, as an engine would count them.
fn counted(points: &[Point], description: &str) -> String {
    let view: Value = serde_json::from_str(description).expect("it is JSON");
    let number = |name: &str, at: usize| view[name][at].as_f64().expect("a number");
    let mut cells: BTreeMap<(i64, i64, String), u64> = BTreeMap::new();
    for (lat, lon, weight) in points {
        let sine = lat.to_radians().sin();
        let north = match view["projection"].as_str() {
            Some("mercator") => (0.5 * ((1.0 + sine) / (1.0 - sine)).ln()).to_degrees(),
            _ => *lat,
        };
        let x = lon * number("pixels_per_degree", 0) - number("origin", 0);
        let y = -north * number("pixels_per_degree", 1) - number("origin", 1);
        let cell = (x.floor() as i64, y.floor() as i64, weight.to_string());
        *cells.entry(cell).or_default() += 1;
    }
    let row = |((x, y, weight), n): (&(i64, i64, String), &u64)| format!("{x},{y},{weight},{n}\n");
    let rows: String = cells.iter().map(row).collect();
    format!("x,y,weight,n\n{rows}")
}

fn some_points() -> Vec<Point> {
    let mut number = numbers(1);
    let point = |i: usize| {
        let far = number() + number();
        (
            10.0 + far,
            20.0 + number() * number(),
            [1.0, 1.0, 3.5][i % 3],
        )
    };
    (0..3000).map(point).collect()
}

fn as_csv(points: &[Point]) -> String {
    let rows = points
        .iter()
        .map(|(lat, lon, weight)| format!("{lat:?},{lon:?},{weight}\n"));
    format!("lat,lon,weight\n{}", rows.collect::<String>())
}

const VIEW: &str = "-e 9.9,19.9,12,21.2 -W 300 -r 6";

fn description(args: &str) -> String {
    let done = Run::new(&format!(
        "sql --engine duckdb --from t {args} --view v.json"
    ))
    .ok();
    String::from_utf8(done.bytes("v.json")).expect("it is UTF-8")
}

#[test]
fn a_description_beside_cells_or_named_or_the_same_options_say_where_they_lie() {
    let (points, described) = (some_points(), description(VIEW));
    let cells = counted(&points, &described);
    let direct = Run::new(&format!("{VIEW} -d 0.5 -o a.png p.csv"))
        .file("p.csv", as_csv(&points))
        .ok()
        .bytes("a.png");
    let run = |args: &str| Run::new(&format!("--filetype cells -r 6 -d 0.5 -o a.png {args}"));
    let rows: Vec<&str> = cells.lines().skip(1).collect();
    let part = |rows: &[&str]| {
        format!(
            "n,weight,y,x\n{}\n",
            rows.iter()
                .map(|row| {
                    let mut fields: Vec<&str> = row.split(',').collect();
                    fields.reverse();
                    fields.join(",")
                })
                .collect::<Vec<_>>()
                .join("\n")
        )
    };
    let (first, second) = rows.split_at(rows.len() / 3);
    for (how, run) in [
        ("beside", run("c.csv").file("c.view.json", &described)),
        (
            "with its whole name",
            run("c.csv").file("c.csv.view.json", &described),
        ),
        ("in the folder", run("c.csv").file("view.json", &described)),
        (
            "named",
            run("--like w.json c.csv").file("w.json", &described),
        ),
        (
            "the same options",
            run(VIEW.trim_end_matches(" -r 6")).arg("c.csv"),
        ),
    ] {
        assert!(
            run.file("c.csv", &cells).ok().bytes("a.png") == direct,
            "{how}"
        );
    }
    let parts = run("cells/")
        .file("cells/_SUCCESS", "")
        .file("cells/._SUCCESS.crc", "crc")
        .file("cells/.part-0.csv.crc", "\0\0crc")
        .file("cells/part-0.csv", part(first))
        .file("cells/sub/part-1.csv", part(second))
        .file("cells/part-2.csv", "")
        .file("cells.view.json", &described)
        .ok();
    assert!(parts.bytes("a.png") == direct, "parts");
}

#[test]
fn cells_of_a_zoom_are_pyramids_and_films_and_pictures_by_folder_are_made_of_cells() {
    let points = some_points();
    let described = description("--max-zoom 7");
    let cells = counted(&points, &described);
    let tiles = |run: Run| run.ok().bytes("t.pmtiles");
    let direct =
        tiles(Run::new("-r 4 --max-zoom 7 -o t.pmtiles p.csv").file("p.csv", as_csv(&points)));
    let of_cells = |args: &str| {
        let run = Run::new(&format!("--filetype cells -r 4 -o t.pmtiles p.csv {args}"));
        tiles(run.file("p.csv", &cells).file("p.view.json", &described))
    };
    assert!(
        of_cells("--max-zoom 7") == direct,
        "the pyramid is another one"
    );
    // They end where the cells do, and whoever wants more is told.
    assert!(of_cells("") == direct);
    Run::new("--filetype cells -r 4 --max-zoom 8 -o t.pmtiles p.csv")
        .file("p.csv", &cells)
        .file("p.view.json", &described)
        .ok()
        .says("the cells were counted on pixels of zoom 7: deeper tiles show these, and no more");
    let gap = Run::new("join a.pmtiles c.pmtiles -o t.pmtiles")
        .file("a.pmtiles", of_cells("--max-zoom 7 --tiles 6/35/30"))
        .file("c.pmtiles", of_cells("--max-zoom 3"));
    gap.ok()
        .says("none of the parts has tiles of zooms 4 to 5: maps are blank there");
    // In parts, which share the work.
    let joined = tiles(
        Run::new("join a.pmtiles b.pmtiles c.pmtiles -o t.pmtiles")
            .file("a.pmtiles", of_cells("--max-zoom 7 --tiles 6/35/30"))
            .file("b.pmtiles", of_cells("--max-zoom 7 --tiles 6/35/29"))
            .file("c.pmtiles", of_cells("--max-zoom 5")),
    );
    assert!(joined == direct, "the parts make another pyramid");

    let described = description(VIEW);
    let (some, others) = points.split_at(1000);
    let run = |args: &str, count: &dyn Fn(&[Point]) -> String| {
        Run::new(&format!("-r 6 --by folder -o out-{{by}}.png {args}"))
            .file("all/key=a/p.csv", count(some))
            .file("all/key=b/p.csv", count(others))
            .file("all.view.json", &described)
            .ok()
    };
    let ours = run("--filetype cells all", &|points| {
        counted(points, &described)
    });
    let direct = run("-e 9.9,19.9,12,21.2 -W 300 all", &as_csv);
    for name in ["out-key-a.png", "out-key-b.png"] {
        assert!(ours.bytes(name) == direct.bytes(name), "{name}");
    }
}

#[test]
fn bad_cells_are_errors_with_file_and_row() {
    let described = description(VIEW);
    let run = |cells: &str| {
        Run::new("--filetype cells -r 6 -o a.png c.csv")
            .file("c.csv", cells)
            .file("c.view.json", &described)
    };
    for (cells, message) in [
        (
            "x,y,n\n1,2,3\n1,2,-1\n",
            "c.csv:3: count '-1' is no whole number that is not negative",
        ),
        (
            "x,y,n\n1,2,1.5\n",
            "c.csv:2: count '1.5' is no whole number",
        ),
        ("x,y,n\n1,2,\n", "c.csv:2: count '' is no whole number"),
        ("x,y,n\n1.5,2,1\n", "c.csv:2: x '1.5' is no whole number"),
        (
            "x,y,n\n1,2,1\n305,2,1\n",
            "c.csv:3: cell '305', '2' is none of a picture of 300 × ",
        ),
        ("x,y,n\n1,-6,1\n", "c.csv:2: cell '1', '-6' is none"),
        ("x,y,n\n1,2\n", "c.csv:2: "),
        (
            "x,y,weight,n\n1,2,nan,1\n",
            "c.csv:2: weight 'nan' is no finite number",
        ),
        (
            "x,y,weight\n1,2,1\n",
            "there is no column 'n' among 'x', 'y', 'weight'",
        ),
    ] {
        run(cells).fails(3, message);
    }
    run("x,y,n\n304,-5,1.0\n1,2,5000000000\n").ok();
    Run::new("--filetype cells -o a.png c.csv")
        .file("c.csv", "x,y,n\n1,2,3\n")
        .fails(2, "nothing says which pixels the cells were counted on");
    Run::new("--filetype cells --bbox 1,2,3,4 -o a.png c.csv")
        .file("c.csv", "x,y,n\n1,2,3\n")
        .file("c.view.json", &described)
        .fails(
            2,
            "the cells were counted on other pixels than those of the picture",
        );
    let other = description("-e 9,19,12,21 -W 300 -r 6");
    Run::new("--filetype cells -o a.png c.csv d.csv")
        .file("c.csv", "x,y,n\n1,2,3\n")
        .file("c.view.json", &described)
        .file("d.csv", "x,y,n\n1,2,3\n")
        .file("d.view.json", other)
        .fails(3, "its cells are on other pixels");
    Run::new("--filetype cells -r 20 -o a.png c.csv")
        .file("c.csv", "x,y,n\n1,2,3\n")
        .file("c.view.json", &described)
        .ok()
        .says("was saved for a smaller radius");
    Run::new("--filetype cells --surface mean -o a.png c.csv")
        .file("c.csv", "x,y,n\n1,2,3\n")
        .file("c.view.json", &described)
        .fails(2, "without values of 0");
}

#[test]
fn what_sql_cannot_carry_is_refused() {
    for (args, message) in [
        ("--from t -e 1,2,3,4", "--engine is missing"),
        ("--engine duckdb -e 1,2,3,4", "--from is missing"),
        (
            "--engine duckdb --from t",
            "where the picture lies is not known before the data are",
        ),
        (
            "--engine duckdb --from t -e 1,2,3,4 -P EPSG:28992",
            "SQL does not project points",
        ),
        (
            "--engine duckdb --from t -e 1,2,3,4 -P xy",
            "SQL does not project points",
        ),
        (
            "--engine duckdb --from t -e 1,2,3,4 --crs EPSG:28992",
            "SQL cannot carry --crs",
        ),
        (
            "--engine duckdb --from t -e 1,2,3,4 --track-field a",
            "SQL cannot carry --track-field",
        ),
        (
            "--engine duckdb --from t -e 1,2,3,4 --track-weight visits",
            "SQL cannot carry --track-weight",
        ),
        (
            "--engine duckdb --from t -e 1,2,3,4 -r auto",
            "a radius that goes by the data",
        ),
        (
            "--engine duckdb --from t -e 1,2,3,4 p.csv",
            "reads no files of this command line",
        ),
        (
            "--engine duckdb --from t -e 1,2,3,4 -o a.png",
            "SQL cannot carry --output",
        ),
        (
            "--engine duckdb --from t -e 1,2,3,4 --where a=1;b",
            "';' means nothing",
        ),
        (
            "--engine duckdb --from t;u -e 1,2,3,4",
            "cannot be the name",
        ),
        (
            "--engine postgres --from a.parquet -e 1,2,3,4",
            "PostgreSQL reads tables and no files",
        ),
        (
            "--engine duckdb --from t -e 1,2,3,4 --by month",
            "times need the name of their column",
        ),
        ("--engine oracle --from t", "invalid value 'oracle'"),
    ] {
        Run::new(&format!("sql {args}")).fails(2, message);
    }
    // What is odd about the picture is told as it is where that is drawn.
    Run::new("sql --engine duckdb --from t -e 9,170,12,-170")
        .ok()
        .says("the extent is taken from -170 to 170");
    let help = String::from_utf8(Run::new("sql --help").ok().stdout).expect("help is UTF-8");
    for name in [
        "--engine",
        "--from",
        "--where",
        "--view",
        "--bbox",
        "--projection",
        "--radius",
        "--weight-field",
        "--count-field",
    ] {
        assert!(help.contains(name), "{name}");
    }
    assert!(!help.contains("--osm") && !help.contains("--track-field <"));
}
