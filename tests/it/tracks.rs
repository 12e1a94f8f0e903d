//! Rows of tables that are fixes of tracks: the same picture as of the tracks themselves.

use crate::edges::shp;
use crate::run::{Done, Run};

/// Tracks as GPX has them.
fn gpx(tracks: &[&[(f64, f64)]]) -> String {
    let tracks: String = tracks
        .iter()
        .map(|track| {
            let fixes: String = track
                .iter()
                .map(|(lat, lon)| format!("<trkpt lat='{lat}' lon='{lon}'/>"))
                .collect();
            format!("<trk><trkseg>{fixes}</trkseg></trk>")
        })
        .collect();
    format!("<gpx>{tracks}</gpx>")
}

/// The run of a file, and that its picture is that of some tracks.
fn draws(run: Run, tracks: &[&[(f64, f64)]]) -> Done {
    let args = "-W 300 -P equirectangular -v -o p.png";
    let wanted = Run::new(args).arg("t.gpx").file("t.gpx", gpx(tracks)).ok();
    let run = args.split(' ').fold(run, Run::arg);
    let done = run.ok();
    assert_eq!(done.picture("p.png"), wanted.picture("p.png"));
    done
}

const AIS: &str = "MMSI,BaseDateTime,LAT,LON,SOG,COG\n\
    367000001,2024-01-01T00:00:01,40.0,-70.0,1,2\n\
    367000002,2024-01-01T00:00:02,41.0,-71.0,1,2\n\
    367000001,2024-01-01T00:00:03,40.5,-70.5,1,2\n\
    367000003,2024-01-01T00:00:04,42.0,-70.2,1,2\n\
    367000001,2024-01-01T00:00:05,0,0,1,2\n\
    367000002,2024-01-01T00:00:06,91,181,1,2\n\
    367000002,2024-01-01T00:00:07,41.5,-70.1,1,2\n\
    367000001,2024-01-01T00:00:08,40.2,-71.5,1,2\n";
const SHIPS: [&[(f64, f64)]; 3] = [
    &[(40.0, -70.0), (40.5, -70.5), (40.2, -71.5)],
    &[(41.0, -71.0), (41.5, -70.1)],
    &[(42.0, -70.2)],
];

#[test]
fn ships_between_each_other_are_lines_of_their_own() {
    for field in ["mmsi", "1"] {
        let run = Run::new("a.csv --track-field")
            .arg(field)
            .file("a.csv", AIS);
        let done = draws(run, &SHIPS).says("1 place at exactly 0, 0 was left out");
        assert!(
            done.stderr.contains("a.csv:7: latitude 91"),
            "{}",
            done.stderr
        );
        assert!(
            done.stderr.contains("tracks from column 1 'MMSI'"),
            "{}",
            done.stderr
        );
    }
}

#[test]
fn the_order_of_rows_is_that_of_a_column_where_one_is_named() {
    let (header, rows) = AIS.split_once('\n').expect("a header");
    let mut rows: Vec<&str> = rows.lines().collect();
    rows.reverse();
    rows.swap(1, 4);
    let table = format!("{header}\n{}\n", rows.join("\n"));
    let run = Run::new("--track-field MMSI --order-field BaseDateTime -");
    draws(run.stdin(&table), &SHIPS);
    // Many lines, so that they would be read side by side if that were not forbidden.
    let zigzag = |row: u32| (f64::from(row % 100) / 10.0, f64::from(row / 100) / 100.0);
    let track: Vec<_> = (0..60_000).map(zigzag).collect();
    let rows: String = (0..60_000)
        .rev()
        .map(|row| format!("bus,{row},{},{}\n", zigzag(row).0, zigzag(row).1))
        .collect();
    let run = Run::new("a.csv --keep-zero --track-field id --order-field seq");
    let table = format!("id,seq,lat,lon\n{rows}");
    let all = gpx(&[&track]);
    let args = "-W 300 -v -r 1 -o p.png --keep-zero t.gpx";
    let wanted = Run::new(args).file("t.gpx", all).ok();
    let run = "-W 300 -v -r 1 -o p.png".split(' ').fold(run, Run::arg);
    let done = run.file("a.csv", &table).ok().says("59999 shapes read");
    assert_eq!(done.picture("p.png"), wanted.picture("p.png"));
}

#[test]
fn shapes_of_buses_come_in_any_sequence() {
    let table = "shape_id,shape_pt_lat,shape_pt_lon,shape_pt_sequence\n\
        \"A, west\",1.0,10.0,2\n\
        B,3.0,12.0,10\n\
        \"A, west\",1.5,11.0,10\n\
        B,3.5,12.5,9\n\
        \"A, west\",2.0,10.0,1\n\
        B,3.1,12.9,x\n";
    let run =
        Run::new("--filetype csv --track-field shape_id --order-field shape_pt_sequence s.txt");
    let tracks: [&[(f64, f64)]; 2] = [
        &[(2.0, 10.0), (1.0, 10.0), (1.5, 11.0)],
        &[(3.5, 12.5), (3.0, 12.0)],
    ];
    draws(run.file("s.txt", table), &tracks)
        .says("s.txt:7: the order 'x' is neither a number nor a time");
}

#[test]
fn a_log_of_buses_in_plain_text_has_names_above_it() {
    let log = "bus time lat lon\n\
        # the night bus\n\
        N7 23:59:10 50.0 8.0\n\
        12 9:05 50.5 8.5\n\
        N7 23:58 50.2 8.1\n\
        12 10:05:30 50.6 8.0\n";
    let tracks: [&[(f64, f64)]; 2] = [&[(50.2, 8.1), (50.0, 8.0)], &[(50.5, 8.5), (50.6, 8.0)]];
    let run = Run::new("--track-field BUS --order-field 2 log").file("log", log);
    draws(run, &tracks);
    let unordered: [&[(f64, f64)]; 2] = [&[(50.0, 8.0), (50.2, 8.1)], &[(50.5, 8.5), (50.6, 8.0)]];
    draws(
        Run::new("--track-field bus log").file("log", log),
        &unordered,
    );
    let nameless = Run::new("--track-field bus log").file("log", "1 2\n3 4\n");
    nameless.fails(3, "no columns have names");
    let other = Run::new("--track-field ship log").file("log", log);
    other.fails(
        3,
        "there is no column 'ship' among 'bus', 'time', 'lat', 'lon'",
    );
}

#[test]
fn rows_without_a_track_are_points_and_tracks_are_counted() {
    let table = "id,lat,lon\na,1,1\n,2,2\nb,3,3\na,1.5,2\n";
    let done = Run::new("info --json --track-field id a.csv")
        .file("a.csv", table)
        .ok();
    let known: serde_json::Value = serde_json::from_slice(&done.stdout).expect("JSON");
    let file = &known["files"][0];
    assert_eq!(
        (&file["tracks"], &file["positions"]),
        (&2.into(), &4.into())
    );
    assert_eq!(file["left_out"]["rows_without_a_track"], 1);
    Run::new("--track-field id a.csv -o p.png")
        .file("a.csv", table)
        .ok()
        .says("1 row names no track and is a point of its own: a.csv:3");
}

#[test]
fn segments_weigh_what_the_row_at_their_end_does() {
    let table = "id,lat,lon,weight\na,1,1,9\na,1,2,4\na,1,3,2\n";
    let run = Run::new("-v -r 1 -k linear -d 0 -W 200 -o p.png --track-field id a.csv");
    let maximum = run.file("a.csv", table).ok().maximum();
    assert!((3.9..=4.0).contains(&maximum), "{maximum}");
}

#[test]
fn tracks_beyond_the_memory_allowed_are_refused_and_an_order_needs_tracks() {
    let rows: String = (0..5000).map(|row| format!("{row},{row},1,2\n")).collect();
    let run = |args: &str| {
        let table = format!("id,seq,lat,lon\n{rows}");
        Run::new("a.csv -o p.png --memory 100K")
            .arg(args)
            .file("a.csv", table)
    };
    run("--track-field=id").fails(7, "tracks are more than the memory allowed");
    run("--track-field=lat").arg("--order-field=seq").fails(
        7,
        "raise --memory, or sort the rows and leave out --order-field",
    );
    run("--order-field=seq").fails(2, "--track-field");
    let geometry = "id,geom\na,POINT(1 2)\n";
    Run::new("--track-field id a.csv")
        .file("a.csv", geometry)
        .fails(
            3,
            "rows that hold whole geometries are no positions of tracks",
        );
}

/// A line to the east and back north of it, walked at a metre a second, as a device writes it that
/// takes so many fixes of each leg.
fn walk(fixes: u32) -> String {
    let leg = |north: f64, east: f64, start: f64| {
        (0..=fixes).map(move |fix| {
            let share = f64::from(fix) / f64::from(fixes);
            let second = start + share * 1000.0;
            let (minute, second) = ((second / 60.0).floor(), second % 60.0);
            let lon = 8.0 + 0.009 * (east + (1.0 - 2.0 * east) * share);
            format!("<trkpt lat='{:.7}' lon='{lon:.7}'><time>2024-05-01T10:{minute:02}:{second:06.3}Z</time></trkpt>", 50.0 + north)
        })
    };
    let fixes: String = leg(0.0, 0.0, 0.0).chain(leg(0.002, 1.0, 1000.0)).collect();
    format!("<gpx><trk><trkseg>{fixes}</trkseg></trk></gpx>")
}

#[test]
fn what_a_device_writes_more_often_is_no_hotter() {
    for (weight, decay) in [
        ("length", "1"),
        ("length", "0.9"),
        ("time", "1"),
        ("visits", "1"),
        ("visits", "0.5"),
    ] {
        let sampled = |fixes: u32| {
            let args = format!(
                "-v -o p.png -o h.npy -W 300 -r 8 -e 49.999,7.999,50.003,8.010 --track-weight {weight} -d {decay} t.gpx"
            );
            Run::new(&args).file("t.gpx", walk(fixes)).ok()
        };
        let heats = |done: &Done| -> Vec<f32> {
            let bytes = done.bytes("h.npy");
            let (floats, _) = bytes[128..].as_chunks::<4>();
            floats
                .iter()
                .map(|bytes| f32::from_le_bytes(*bytes))
                .collect()
        };
        let few = sampled(10);
        let many = sampled(1000);
        let most = few.maximum();
        let off = heats(&few).into_iter().zip(heats(&many));
        let far = off
            .map(|(a, b)| f64::from((a - b).abs()))
            .fold(0.0, f64::max);
        assert!(far < 0.01 * most, "{weight} {decay}: {far} of {most}");
        assert!(
            (many.maximum() / most - 1.0).abs() < 0.01,
            "{weight} {decay}"
        );
    }
}

#[test]
fn by_visits_a_crossing_is_as_hot_as_its_tracks_are_many() {
    let file = |name: &str, run: Run| {
        run.file(
            name,
            gpx(&[&[(0.0, 0.1), (0.0, 1.0), (0.0, 0.1), (0.0, 1.0)]]),
        )
    };
    let maximum = |names: &[&str], args: &str| {
        let run = Run::new("-v -o p.png -W 200 --track-weight visits")
            .arg("-e")
            .arg("-0.1,0,0.1,1");
        let run = args.split(' ').fold(run, Run::arg);
        let run = names
            .iter()
            .fold(run, |run, name| file(name, run).arg(name));
        run.ok().maximum()
    };
    let one = maximum(&["a.gpx"], "-d 1");
    assert!((0.9..=1.0).contains(&one), "{one}");
    // Two files of one content are two tracks.
    for (decay, factor) in [("-d 1", 2.0), ("-d 0.5", 1.5), ("-d 0", 1.0)] {
        let two = maximum(&["a.gpx", "b.gpx"], decay);
        assert!((two / one - factor).abs() < 1e-5, "{decay}: {two} {one}");
    }
    // The rows of one name are of one track, in whatever file they are.
    let table = "ship,lat,lon\nx,0,0.1\nx,0,1\n";
    let rows = Run::new(
        "-v -o p.png -W 200 -d 1 --track-weight visits --track-field ship -e -0.1,0,0.1,1 a.csv b.csv",
    );
    let rows = rows.file("a.csv", table).file("b.csv", table).ok();
    assert!(
        (rows.maximum() - one).abs() < 1e-5,
        "{} {one}",
        rows.maximum()
    );
}

#[test]
fn what_time_and_length_cannot_weigh_is_said() {
    let tracks = gpx(&[&[(0.0, 0.1), (0.0, 1.0), (0.1, 1.0)], &[(0.5, 0.5)]]);
    let run = |weight: &str| {
        let args = format!("-o p.png -W 200 --track-weight {weight} t.gpx");
        Run::new(&args).file("t.gpx", &tracks)
    };
    let lone =
        "1 lone position of a track has neither length nor time, and gives off no heat: t.gpx";
    run("length").ok().says(lone);
    run("time").ok().says(lone).says(
        "2 pieces of tracks have no times, and are weighed by their lengths: metres as seconds, the first of them t.gpx",
    );
    assert_eq!(run("visits").ok().stderr, "");
    let points =
        Run::new("-o p.png --track-weight length a.csv").file("a.csv", "lat,lon\n1,2\n3,4\n");
    points
        .ok()
        .says("there are no tracks in the picture, so that --track-weight length changes nothing");
}

#[test]
fn saved_heat_knows_its_tracks() {
    let line = gpx(&[&[(0.0, 0.1), (0.0, 1.0)]]);
    let saved = |weight: &str| {
        let args = format!("-S s.heat -W 200 -e -0.1,0,0.1,1 --track-weight {weight} t.gpx");
        let done = Run::new(&args).file("t.gpx", &line).ok();
        done.bytes("s.heat")
    };
    let load = |saved: &[u8], args: &str| {
        let run = Run::new("-v -d 1 -o p.png -L a.heat -L b.heat");
        let run = args.split(' ').fold(run, Run::arg);
        run.file("a.heat", saved).file("b.heat", saved)
    };
    let both = load(&saved("visits"), "--track-weight visits").ok();
    let apart = load(&saved("visits"), "--track-weight points").ok();
    assert!((2.0 * both.maximum() - apart.maximum()).abs() < 1e-6);
    load(&saved("points"), "--track-weight visits")
        .fails(3, "its pieces of tracks do not know their tracks\n  save it again (-S) with --track-weight visits");
    load(&saved("time"), "--track-weight length").fails(3, "its tracks are weighed by time");
}

/// The rows of [`AIS`], each made into something else, with what stands between them.
fn from_ais(between: &str, made: impl Fn(&[&str]) -> String) -> String {
    let rows = AIS.lines().skip(1).map(|row| {
        let fields: Vec<_> = row.split(',').collect();
        made(&fields)
    });
    rows.collect::<Vec<_>>().join(between)
}

#[test]
fn features_and_records_of_json_name_their_tracks_too() {
    let feature = |row: &[&str]| {
        format!(
            r#"{{"type":"Feature","properties":{{"MMSI":{},"at":"{}"}},
               "geometry":{{"type":"Point","coordinates":[{},{}]}}}}"#,
            row[0], row[1], row[3], row[2]
        )
        .replace('\n', "")
    };
    let record = |row: &[&str]| {
        format!(
            r#"{{"MMSI":{},"at":"{}","lat":{},"lon":{}}}"#,
            row[0], row[1], row[2], row[3]
        )
    };
    let collection = format!(
        r#"{{"type":"FeatureCollection","features":[{}]}}"#,
        from_ais(",", feature)
    );
    for (name, text) in [
        ("a.geojson", collection),
        ("a.geojsonl", from_ais("\n", feature)),
        ("a.json", format!("[{}]", from_ais(",", record))),
        ("a.json", from_ais("\n", record)),
    ] {
        for order in ["", "--order-field=at"] {
            let run = Run::new("--track-field=MMSI").arg(name).file(name, &text);
            let run = if order.is_empty() {
                run
            } else {
                run.arg(order)
            };
            draws(run, &SHIPS).says("1 place at exactly 0, 0 was left out");
        }
    }
}

/// A table beside a shapefile (dBASE), whose columns are 20 characters wide.
fn dbf(columns: &[(&str, u8)], rows: &[Vec<&str>]) -> Vec<u8> {
    const WIDTH: u8 = 20;
    let count = columns.len() as u16;
    let mut bytes = vec![3, 124, 1, 1];
    bytes.extend((rows.len() as u32).to_le_bytes());
    bytes.extend(
        [33 + 32 * count, 1 + u16::from(WIDTH) * count]
            .map(u16::to_le_bytes)
            .concat(),
    );
    bytes.resize(32, 0);
    for (name, kind) in columns {
        let mut column = [0; 32];
        column[..name.len()].copy_from_slice(name.as_bytes());
        (column[11], column[16]) = (*kind, WIDTH);
        bytes.extend(column);
    }
    bytes.push(b'\r');
    for row in rows {
        let fields = row
            .iter()
            .take(columns.len())
            .map(|field| format!("{field:>0$}", usize::from(WIDTH)));
        bytes.extend(format!(" {}", fields.collect::<String>()).bytes());
    }
    bytes.push(0x1a);
    bytes
}

#[test]
fn tables_beside_shapefiles_name_the_tracks_of_their_points() {
    let rows: Vec<Vec<&str>> = AIS
        .lines()
        .skip(1)
        .map(|row| row.split(',').collect())
        .collect();
    let number = |text: &str| text.parse().expect("a number");
    let backwards: Vec<_> = rows.iter().rev().cloned().collect();
    for (rows, order) in [(&rows, ""), (&backwards, "--order-field=at")] {
        let points: Vec<_> = rows
            .iter()
            .map(|row| (number(row[2]), number(row[3])))
            .collect();
        let table = dbf(&[("MMSI", b'N'), ("at", b'C')], rows);
        let run = Run::new("a.shp --track-field=mmsi");
        let run = if order.is_empty() {
            run
        } else {
            run.arg(order)
        };
        let run = run.file("a.shp", shp(&points)).file("a.dbf", table);
        draws(run, &SHIPS).says("1 place at exactly 0, 0 was left out");
    }
    let run = Run::new("a.shp --track-field=ship -o p.png").file("a.shp", shp(&[(1.0, 2.0)]));
    run.file("a.dbf", dbf(&[("MMSI", b'N')], &[vec!["1"]]))
        .fails(3, "there is no field \"ship\"; it has MMSI");
}

#[test]
fn files_without_columns_are_named_where_a_column_makes_tracks() {
    let run = Run::new("--track-field id a.gpx a.csv -o p.png");
    run.file("a.gpx", gpx(&[&[(1.0, 1.0), (2.0, 2.0)]]))
        .file("a.csv", "id,lat,lon\na,1,1\n")
        .ok()
        .says("1 file has no columns whose rows could be joined to tracks");
}
