//! Filters of places and tracks, and what is kept to oneself.

use std::fmt::Write as _;

use serde_json::Value;

use crate::run::{Done, Run};

/// Five places on a line of longitude 0, a minute apart from noon, of which the fourth is far away.
const TRACK: &str = r#"<gpx version="1.1"><trk><trkseg>
<trkpt lat="1.000" lon="0"><time>2024-06-01T12:00:00Z</time></trkpt>
<trkpt lat="1.001" lon="0"><time>2024-06-01T12:01:00Z</time></trkpt>
<trkpt lat="1.002" lon="0"><time>2024-06-01T12:02:00Z</time></trkpt>
<trkpt lat="3.000" lon="0"><time>2024-06-01T12:03:00Z</time></trkpt>
<trkpt lat="1.003" lon="0"><time>2024-06-01T14:00:00Z</time></trkpt>
</trkseg></trk></gpx>"#;

const TABLE: &str = "lat,lon,time\n\
    1,1,2023-12-31T23:59:59Z\n\
    2,2,2024-01-01T00:00:00Z\n\
    3,3,2024-07-06T07:30:00Z\n\
    4,4,\n";

fn stats(run: Run) -> Value {
    let said = run.arg("-q").arg("--stats=json").ok().stderr;
    serde_json::from_str(&said).expect("JSON")
}

fn table(filters: &str) -> Run {
    Run::new(&format!("in.csv -W 50 -o a.png {filters}")).file("in.csv", TABLE)
}

fn track(filters: &str) -> Run {
    Run::new(&format!("in.gpx -W 50 -o a.png {filters}")).file("in.gpx", TRACK)
}

#[test]
fn times_leave_out_what_is_not_of_them_and_say_so() {
    for (filters, shapes) in [
        ("--after 2024", 2),
        ("--before 2024-01-01", 1),
        ("--year 2023", 1),
        ("--months jun-aug", 1),
        ("--weekdays sat,sun", 2),
        ("--hours 7-8", 1),
        ("--hours 8-9 --timezone +01:00", 1),
        ("--after 2024 --before 2024-02", 1),
    ] {
        let said = stats(table(filters));
        assert_eq!(said["counts"]["shapes_read"], shapes, "{filters}: {said}");
    }
    table("--after 2024")
        .ok()
        .says("1 position was left out, which is not of the times asked for")
        .says("1 position without a time was left out, for only some times were asked for");
}

#[test]
fn clocks_without_a_zone_show_the_time_of_their_place() {
    // A Wednesday in New York.
    let rows = ["2024-05-01 08:30:00", "2024-05-01 22:30:00", "2024-05-01"];
    let rows = rows.map(|time| format!("40.7,-74,{time}\n"));
    let table = format!("lat,lon,time\n{}", rows.concat());
    let features = rows.iter().map(|row| {
        let time = row.trim().rsplit(',').next().unwrap_or_default();
        format!(
            "{{\"type\":\"Feature\",\"properties\":{{\"time\":\"{time}\"}},\
             \"geometry\":{{\"type\":\"Point\",\"coordinates\":[-74,40.7]}}}}"
        )
    });
    let features = features.collect::<Vec<_>>().join(",");
    let collection = format!("{{\"type\":\"FeatureCollection\",\"features\":[{features}]}}");
    for (filters, wanted) in [
        ("--hours 8-9", Some(1)),
        ("--hours 22-23", Some(1)),
        ("--hours 3-4", None),
        ("--weekdays wed", Some(3)),
        ("--months 5", Some(3)),
        ("--hours 4-5 --timezone America/New_York", Some(1)),
    ] {
        for (name, text) in [("a.csv", &table), ("a.geojson", &collection)] {
            let run = Run::new(&format!("{name} -o a.png {filters}")).file(name, text);
            match wanted {
                Some(wanted) => {
                    assert_eq!(stats(run)["counts"]["shapes_read"], wanted, "{filters}");
                }
                None => drop(run.fails(3, "not of the times asked for")),
            }
        }
    }
    let run = |zone: &str| Run::new(&format!("a.csv -o a.png {zone}")).file("a.csv", &table);
    run("--hours 4-5 --timezone America/New_York")
        .ok()
        .says("3 times say no zone, and count as UTC, the first of them a.csv:2");
    run("--timezone America/New_York")
        .ok()
        .says("--timezone changes nothing here");
}

#[test]
fn each_track_has_the_clock_of_its_own_rows() {
    // The tracks lie between each other; one tells seconds since 1970, one says no zone.
    let rows = "-74,a,2024-05-01 08:30:00\n-74,b,1714552200\n-74.1,a,2024-05-01 08:40:00\n\
                -74.1,b,1714552800\n";
    let rows: String = rows.lines().map(|row| format!("40.7,{row}\n")).collect();
    let table = format!("lat,lon,track,time\n{rows}");
    let mut turned: Vec<&str> = table.lines().skip(1).collect();
    turned.reverse();
    let turned = format!("lat,lon,track,time\n{}\n", turned.join("\n"));
    for (hours, wanted) in [("8-9", 1), ("3-4", 1), ("3-9", 2)] {
        for order in ["", " --order-field time"] {
            for table in [&table, &turned] {
                let line = format!("a.csv -o a.png --track-field track{order} --hours {hours}");
                let stats = stats(Run::new(&line).file("a.csv", table));
                assert_eq!(stats["counts"]["shapes_read"], wanted, "{line}: {table}");
            }
        }
    }
    // So has each row of a table, whatever the one before it said.
    let mixed = "lat,lon,time\n40.7,-74,2024-05-01 08:30:00\n40.7,-74,1714552200\n";
    let stats = stats(Run::new("a.csv -o a.png --hours 8-9").file("a.csv", mixed));
    assert_eq!(stats["counts"]["shapes_read"], 1);
}

#[test]
fn times_of_the_positions_of_a_feature_are_read_as_others_are() {
    let feature = |times: &str| {
        format!(
            "{{\"type\":\"Feature\",\"properties\":{{\"coordTimes\":[{times}]}},\"geometry\":\
             {{\"type\":\"LineString\",\"coordinates\":[[-74,40.7],[-74.1,40.7]]}}}}"
        )
    };
    let run = |times: &str, filters: &str| {
        let line = format!("a.geojson -o a.png {filters}");
        Run::new(&line).file("a.geojson", feature(times))
    };
    let local = "\"2024-05-01 08:30:00\",\"2024-05-01 08:40:00\"";
    assert_eq!(stats(run(local, "--hours 8-9"))["counts"]["shapes_read"], 1);
    run(local, "--hours 8-9 --timezone America/New_York").fails(3, "not of the times asked for");
    // The second says that days come first.
    let days = "\"01/05/2024 08:30\",\"31/05/2024 08:40\"";
    assert_eq!(stats(run(days, "--months 5"))["counts"]["shapes_read"], 1);
}

#[test]
fn pictures_by_the_clock_are_those_of_a_time_zone() {
    let table = "lat,lon,time\n40.7,-74,2024-05-01T02:30:00Z\n40.7,-74,2024-05-01T12:30:00Z\n";
    let run = |zone: &str| Run::new(&format!("a.csv --by weekday -o {{by}}.png {zone}"));
    let utc = run("").file("a.csv", table).ok();
    let has = |done: &Done, name: &str| done.folder.path().join(name).exists();
    assert!(has(&utc, "wednesday.png") && !has(&utc, "tuesday.png"));
    let local = run("--timezone America/New_York").file("a.csv", table).ok();
    assert!(has(&local, "wednesday.png") && has(&local, "tuesday.png"));
}

#[test]
fn jumps_gaps_and_short_tracks_go() {
    let segments = |filters: &str| {
        stats(track(filters))["counts"]["shapes_read"]
            .as_u64()
            .expect("a number")
    };
    assert_eq!(segments(""), 4);
    assert_eq!(segments("--max-speed 100km/h"), 3);
    // One gap on the way out, and one on the way back.
    assert_eq!(segments("--max-gap 15km"), 4);
    assert_eq!(segments("--max-speed 100km/h --max-gap 10min"), 3);
    track("--max-speed 100km/h --max-gap 10min")
        .ok()
        .says("1 position was left out, for nobody gets there so fast")
        .says("1 line was broken at a gap longer than asked for");
    let short = "1 track was left out, which is shorter than asked for";
    track("--min-length 1000km").fails(3, short);
    // Two pieces, and what is alone between a place outside and the end.
    assert_eq!(segments("--bounded-by 1,0,1km"), 3);
}

#[test]
fn filters_leave_the_choice_between_routes_and_waypoints_as_it_is() {
    let gpx = "<gpx version='1.1'><wpt lat='50' lon='9'/>\
        <rte><rtept lat='51' lon='8'/><rtept lat='51.1' lon='8.1'/></rte></gpx>";
    let picture = |filters: &str| {
        let run = Run::new(&format!("a.gpx -W 90 -o a.png {filters}"));
        run.file("a.gpx", gpx).ok().picture("a.png")
    };
    let whole = picture("");
    for filters in [
        "--max-gap 1000km",
        "--max-speed 900km/h",
        "--privacy 1,1,300m",
    ] {
        assert_eq!(picture(filters), whole, "{filters}");
    }
}

/// Tracks that begin at a home, or pass it, in all directions; and their waypoints, of which one is
/// the home.
fn rides(home: (f64, f64)) -> String {
    let mut gpx = String::from("<gpx version=\"1.1\">");
    let _ = write!(gpx, r#"<wpt lat="{}" lon="{}"/>"#, home.0, home.1);
    for number in 0..40 {
        let turn = f64::from(number) * 2.4;
        gpx.push_str("<trk><trkseg>");
        let steps = if number % 2 == 0 { 0..30 } else { -30..30 };
        for step in steps {
            let far = f64::from(step) * 0.0007 + 0.0001;
            let (lat, lon) = (home.0 + far * turn.sin(), home.1 + far * turn.cos() / 0.58);
            let _ = write!(gpx, r#"<trkpt lat="{lat:.6}" lon="{lon:.6}"/>"#);
        }
        gpx.push_str("</trkseg></trk>");
    }
    gpx + "</gpx>"
}

#[test]
fn circles_that_hide_nothing_are_told() {
    let run = |circle: &str| {
        let run = Run::new("in.gpx -o a.png --privacy-seed a --privacy").arg(circle);
        run.file("in.gpx", rides((54.3233, 10.1228))).ok()
    };
    run("54.3233,10.1228,300m").says("positions were left out for privacy");
    run("10.1228,54.3233,300m").says(
        "1 private circle has no position in it, and hides nothing: in.gpx; \
         --privacy is latitude, longitude and radius",
    );
}

#[test]
fn nothing_of_a_private_circle_is_in_a_picture_or_in_saved_heat() {
    let home = (54.3233, 10.1228);
    // A box within the circle of 300 m, and heat that goes no farther than a pixel.
    let inside = "--bbox 10.1200,54.3217,10.1256,54.3249 -W 200 -r 1 --gpx tracks,waypoints";
    let run =
        |options: &str| Run::new(&format!("in.gpx {inside} {options}")).file("in.gpx", rides(home));
    let heat = |done: &Done| done.picture("a.png").pixels().any(|pixel| pixel.0[3] > 0);
    assert!(heat(&run("-o a.png").ok()));
    for seed in ["a", "b", "c"] {
        let private = format!("--privacy 54.3233,10.1228,300m --privacy-seed {seed}");
        let done = run(&format!("{private} -o a.png -S a.heat")).ok();
        assert!(!heat(&done), "{seed}");
        done.says("for privacy");
        let saved = run(&format!("{private} -o b.png -S a.heat"))
            .ok()
            .bytes("a.heat");
        let again = Run::new("-L a.heat -o a.png").file("a.heat", saved).ok();
        assert!(!heat(&again), "{seed}");
    }
}

#[test]
fn a_secret_is_made_once_and_gives_the_same_hole() {
    let config = tempfile::tempdir().expect("a folder");
    let picture = || {
        let args = "in.gpx -W 300 -r 2 --privacy @home.txt --trim-start 100m --trim-end 100m";
        Run::new(&format!("{args} -o a.png"))
            .file("in.gpx", rides((54.3233, 10.1228)))
            .file("home.txt", "# home\n\n54.3233,10.1228,300m\n")
            .env("XDG_CONFIG_HOME", config.path())
            .env("HOME", config.path())
            .ok()
            .bytes("a.png")
    };
    assert_eq!(picture(), picture());
}

#[test]
fn a_secret_that_is_none_is_an_error_that_names_it() {
    for (file, content, fact) in [
        (
            "config/heatmap/privacy-secret",
            "0123",
            "this secret is too short",
        ),
        ("config", "", "cannot be made: "),
    ] {
        let run = table("--privacy 1,1,300m").file(file, content);
        let config = run.folder().join("config");
        run.env("XDG_CONFIG_HOME", config)
            .fails(4, &format!("config/heatmap/privacy-secret: {fact}"))
            .says("--privacy-seed");
    }
}

#[test]
fn what_cannot_be_filtered_is_refused() {
    table("--privacy 1,1,300m -P xy").fails(2, "of the earth");
    Run::new("-L a.heat -o a.png --after 2024")
        .file("a.heat", "")
        .fails(2, "saved heat no longer knows");
    table("--privacy @none.txt --privacy-seed s").fails(3, "none.txt: cannot be read");
    table("--privacy @in.csv --privacy-seed s").fails(3, "in.csv:1:");
    table("--after yesterday").fails(2, "--after");
}

/// Three tracks, of which the last says no sport, and a waypoint.
const SPORTS: &str = r#"<gpx version="1.1"><wpt lat="1.5" lon="0"/>
<trk><type>Running</type><trkseg><trkpt lat="1" lon="0"/><trkpt lat="1.1" lon="0"/></trkseg></trk>
<trk><type>cycling</type><trkseg><trkpt lat="2" lon="0"/><trkpt lat="2.1" lon="0"/>
<trkpt lat="2.2" lon="0"/></trkseg></trk>
<trk><trkseg><trkpt lat="3" lon="0"/><trkpt lat="3.1" lon="0"/></trkseg></trk></gpx>"#;

#[test]
fn sports_are_those_of_tracks_under_all_their_names() {
    let run = |filters: &str| {
        let args = format!("in.gpx --gpx tracks,waypoints -W 50 -o a.png {filters}");
        Run::new(&args).file("in.gpx", SPORTS)
    };
    for (filters, shapes) in [
        ("--sport run", 1),
        ("--sport Ride", 2),
        ("--sport jogging,biking", 3),
        ("--sport run --sport ride", 3),
    ] {
        let said = stats(run(filters));
        assert_eq!(said["counts"]["shapes_read"], shapes, "{filters}: {said}");
    }
    run("--sport ride")
        .ok()
        .says("1 track or position of another sport was left out (run): in.gpx")
        .says("2 tracks or positions of no known sport were left out");
    run("--sport swim").fails(3, "of other sports were left out (1 ride, 1 run)");
}

#[test]
fn an_export_tells_the_sports_of_its_files() {
    let shapes = |filters: &str| {
        let args = format!("strava_export.zip -W 50 -o a.png {filters}");
        let export = include_bytes!("../data/packed/strava_export.zip");
        let said = stats(Run::new(&args).file("strava_export.zip", export));
        said["counts"]["shapes_read"].as_u64().expect("a number")
    };
    let (run, hike) = (shapes("--sport run"), shapes("--sport hike"));
    let all = shapes("");
    assert!(
        run > 0 && hike > 0 && run + hike < all,
        "{run} {hike} {all}"
    );
}

#[test]
fn an_activity_in_two_files_counts_once() {
    let zip = include_bytes!("../data/packed/same_ride_fit_and_gpx.zip");
    let run = |filters: &str| {
        let args = format!("twins.zip -W 50 -o a.png {filters}");
        Run::new(&args).file("twins.zip", zip)
    };
    let shapes = |run: Run| {
        stats(run)["counts"]["shapes_read"]
            .as_u64()
            .expect("a number")
    };
    assert_eq!(shapes(run("")), 440);
    assert_eq!(shapes(run("--dedupe")), 220);
    run("--dedupe")
        .ok()
        .says("1 track was left out, for another one tells of the same activity");
    // A file that is named twice, without times, and tracks that differ.
    let twice = "in.gpx copy.gpx --dedupe -W 50 -o a.png";
    let twice = Run::new(twice)
        .file("in.gpx", SPORTS)
        .file("copy.gpx", SPORTS);
    assert_eq!(shapes(twice), 4);
    let pipe = Run::new("--dedupe -W 50 -o a.png -").stdin(SPORTS);
    pipe.fails(3, "read but once");
}

#[test]
fn positions_that_say_how_far_off_they_are_can_be_left_out() {
    let igc = "AXXX\r\nHFDTE150717\r\nI013638FXA\r\n\
        B1200004700000N00800000EA0050000500004\r\n\
        B1200014700100N00800100EA0050000500250\r\n\
        B1200024700200N00800200EA0050000500005\r\n";
    let json = r#"{"type":"FeatureCollection","features":[
        {"type":"Feature","properties":{"accuracy":5},"geometry":{"type":"Point","coordinates":[1,1]}},
        {"type":"Feature","properties":{"horizontal_accuracy":"250"},"geometry":{"type":"Point","coordinates":[2,1]}},
        {"type":"Feature","properties":{},"geometry":{"type":"Point","coordinates":[3,1]}}]}"#;
    for (name, content, shapes) in [("in.igc", igc, 1), ("in.geojson", json, 2)] {
        let run = |accuracy: &str| {
            let args = format!("{name} -W 50 -o a.png {accuracy}");
            Run::new(&args).file(name, content)
        };
        assert_eq!(
            stats(run("--max-accuracy 100"))["counts"]["shapes_read"],
            shapes,
            "{name}"
        );
        run("--max-accuracy 100")
            .ok()
            .says("1 position was left out, which is less accurate");
        assert_eq!(
            stats(run(""))["counts"]["shapes_read"],
            shapes + 1,
            "{name}"
        );
    }
}
