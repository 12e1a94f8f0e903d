//! Good files against the crate `gpx`, bad ones against what is in them.

#[path = "../../../tests/mutants/mutate.rs"]
#[allow(dead_code, reason = "some of it is for whoever breaks all formats")]
mod mutate;

use std::path::{Path, PathBuf};

use self::mutate::{Dice, mutate};
use super::*;
use crate::geo::Coord;
use crate::geo::{Shape, Time};
use crate::input::{Manner, Report};

fn read_all(document: &[u8], take: Option<Take>, strict: bool) -> (Result<()>, Vec<Shape>, Report) {
    read_in(
        document,
        take,
        Manner {
            strict,
            ..Manner::default()
        },
    )
}

fn read_in(
    document: &[u8],
    take: Option<Take>,
    manner: Manner,
) -> (Result<()>, Vec<Shape>, Report) {
    let (shapes, mut report) = (std::sync::Mutex::new(Vec::new()), Report::default());
    let deliver = |batch: &[Shape]| shapes.lock().unwrap().extend_from_slice(batch);
    let mut sink = Sink::new("a.gpx", manner, &deliver, &mut report);
    let result = read(document, take, &mut sink);
    drop(sink);
    (result, shapes.into_inner().unwrap(), report)
}

/// The shapes and the number of skipped records of a file that is read at all.
fn shapes(document: &[u8]) -> (usize, u64) {
    let (result, shapes, report) = read_all(document, None, false);
    result.unwrap();
    (shapes.len(), report.skipped)
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/gpx")
}

fn file(name: &str) -> Vec<u8> {
    std::fs::read(folder().join(name)).unwrap()
}

fn track(points: &str) -> String {
    format!(
        "<gpx version=\"1.1\" creator=\"t\" xmlns=\"http://www.topografix.com/GPX/1/1\"><trk><trkseg>{points}</trkseg></trk></gpx>"
    )
}

/// What the crate `gpx` finds, taken by the same rules.
fn by_the_crate(document: &gpx::Gpx) -> Vec<Shape> {
    let place =
        |point: &gpx::Waypoint| Coord::lat_lon(point.point().y(), point.point().x()).unwrap();
    let line = |points: &Vec<gpx::Waypoint>| -> Vec<Shape> {
        match points.as_slice() {
            [single] => vec![Shape::point(place(single))],
            points => points
                .windows(2)
                .map(|pair| (place(&pair[0]), place(&pair[1])))
                .map(|(from, to)| Shape::segment(from, to.nearest_to(from)))
                .collect(),
        }
    };
    let tracks = document
        .tracks
        .iter()
        .flat_map(|track| &track.segments)
        .flat_map(|segment| line(&segment.points));
    let routes = document.routes.iter().flat_map(|route| line(&route.points));
    let waypoints = document
        .waypoints
        .iter()
        .map(|point| Shape::point(place(point)));
    [
        tracks.collect::<Vec<_>>(),
        routes.collect(),
        waypoints.collect(),
    ]
    .into_iter()
    .find(|s| !s.is_empty())
    .unwrap_or_default()
}

#[test]
fn whatever_the_crate_accepts_gives_the_same_shapes() {
    let mut compared = 0;
    for entry in std::fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        let document = std::fs::read(&path).unwrap();
        let Ok(expected) = gpx::read(&document[..]) else {
            continue;
        };
        let (result, shapes, report) = read_all(&document, None, true);
        assert_eq!((result, report.skipped), (Ok(()), 0), "{}", path.display());
        assert_eq!(shapes, by_the_crate(&expected), "{}", path.display());
        compared += 1;
    }
    assert!(compared >= 10, "only {compared} files");
}

#[test]
fn broken_files_that_the_crate_still_accepts_give_the_same_shapes() {
    let mut compared = 0;
    let mut different = Vec::new();
    for entry in std::fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        let good = std::fs::read(&path).unwrap();
        let name = path.file_name().unwrap().to_string_lossy();
        for number in 0..300 {
            let document = mutate(&mut Dice::new(&name, number), &good, &[]);
            // Files that were put one behind the other are read to the last, and by the crate to
            // the end of the first root, which may be empty.
            let ends = document.windows(6).filter(|six| six == b"</gpx>");
            let by_it = gpx::read(&document[..]).map(|expected| by_the_crate(&expected));
            let Ok(expected) = by_it else {
                continue;
            };
            if ends.count() > 1 || expected.is_empty() {
                continue;
            }
            let (result, shapes, report) = read_all(&document, None, true);
            let by_us = (result, report.skipped, shapes);
            if by_us != (Ok(()), 0, expected) {
                different.push(format!("{name} {number}: {:?}", (by_us.0, by_us.1)));
            }
            compared += 1;
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
    assert!(compared >= 200, "only {compared} files");
}

#[test]
fn the_parts_asked_for_are_taken() {
    let document = file("gpx1.1_with_all_fields.gpx");
    let count = |tracks, routes, waypoints| {
        read_all(
            &document,
            Some(Take {
                tracks,
                routes,
                waypoints,
            }),
            false,
        )
        .1
        .len()
    };
    // One lone track point; routes of three and of two points; two waypoints.
    assert_eq!(
        (
            count(true, false, false),
            count(false, true, false),
            count(false, false, true)
        ),
        (1, 3, 2)
    );
    assert_eq!(count(true, true, true), 6);
}

#[test]
fn for_want_of_tracks_routes_and_for_want_of_routes_waypoints() {
    let points = "<wpt lat='1' lon='1'/><rte><rtept lat='2' lon='2'/></rte>";
    assert_eq!(
        read_all(format!("<gpx>{points}</gpx>").as_bytes(), None, false).1,
        [Shape::point(Coord::lat_lon(2.0, 2.0).unwrap())]
    );
    assert_eq!(
        shapes(b"<gpx><wpt lat='1' lon='1'/><wpt lat='x' lon='1'/></gpx>"),
        (1, 1)
    );
    let all = format!(
        "<gpx>{points}<wpt lat='x' lon='1'/><trk><trkseg><trkpt lat='3' lon='3'/></trkseg></trk></gpx>"
    );
    assert_eq!(
        read_all(all.as_bytes(), None, false).1,
        [Shape::point(Coord::lat_lon(3.0, 3.0).unwrap())]
    );
    assert_eq!(
        shapes(all.as_bytes()).1,
        0,
        "a bad waypoint is no loss where tracks are drawn"
    );
}

#[test]
fn no_more_is_held_than_there_is_room_for() {
    let waypoints = "<wpt lat='1' lon='1'/>".repeat(1001);
    let track = "<trk><trkseg><trkpt lat='3' lon='3'/></trkseg></trk>";
    let all = |front: &str| format!("<gpx>{front}{waypoints}</gpx>");
    let read = |document: &str, take| {
        let (result, shapes, _) = read_all(document.as_bytes(), take, false);
        result.map(|()| shapes.len())
    };
    let refused = read(&all(""), None).unwrap_err().to_string();
    assert!(
        refused.contains("a.gpx: more than 1000 waypoints, and no track so far"),
        "{refused}"
    );
    let take = Take {
        tracks: true,
        routes: true,
        waypoints: true,
    };
    assert_eq!(read(&all(""), Some(take)), Ok(1001));
    assert_eq!(read(&all(track), None), Ok(1));
}

#[test]
fn bad_points_are_skipped_and_named_with_their_line() {
    let (result, shapes, report) = read_all(&file("gpx_bad_latlon.gpx"), None, false);
    assert_eq!(
        (result, shapes.len(), report.skipped, report.records),
        (Ok(()), 1, 5, 7)
    );
    let facts: Vec<String> = report.named.iter().map(ToString::to_string).collect();
    assert_eq!(facts[0], "a.gpx:2: latitude 'abc' is not a number");
    assert_eq!(facts[1], "a.gpx:2: a track point has no latitude");
}

#[test]
fn malformed_files_give_what_they_have() {
    for (name, expected) in [
        ("gpx_no_namespace.gpx", 11),
        ("gpx_prefixed.gpx", 11),
        ("gpx_billion_laughs.gpx", 11),
        ("gpx_external_entity.gpx", 11),
        ("gpx_empty_track.gpx", 0),
        ("unicode_with_bom.gpx", 1),
    ] {
        assert_eq!(shapes(&file(name)).0, expected, "{name}");
    }
    assert_eq!(shapes(&file("gpx_togeojson_bad.gpx")).0, 0);
    assert!(
        read_all(&file("gpx_wrong_root.gpx"), None, false)
            .0
            .unwrap_err()
            .to_string()
            .contains("<html>")
    );
    assert!(read_all(b"\x89PNG not at all", None, false).0.is_err());
}

#[test]
fn dirt_between_points_costs_no_point() {
    let good = "<trkpt lat='1' lon='1'/>";
    for dirt in [
        "<name>Fish & Chips</name>",
        "<name>&eacute;</name>",
        "<time>yesterday</time>",
        "<x:y><z>deep</z></x:y>",
        "<extensions><trkpt lat='9' lon='9'/></extensions>",
        "<!-- -- -->",
        "</wrong>",
    ] {
        assert_eq!(
            shapes(
                track(
                    &good
                        .repeat(3)
                        .replacen('/', &format!(">{dirt}</trkpt><a /"), 1)
                )
                .as_bytes()
            )
            .0,
            2,
            "{dirt}"
        );
    }
}

#[test]
fn a_cut_end_keeps_what_came_before_and_is_told() {
    let whole = track(&"<trkpt lat='1' lon='1'></trkpt>".repeat(10));
    for cut in [
        whole.find("</trkseg").unwrap(),
        whole.len() - 60,
        whole.rfind("lat").unwrap(),
    ] {
        let (result, shapes, report) = read_all(&whole.as_bytes()[..cut], None, false);
        assert_eq!(
            (result, report.skipped),
            (Ok(()), 1),
            "{}",
            &whole[cut - 20..cut]
        );
        assert!(shapes.len() >= 8);
        assert!(read_all(&whole.as_bytes()[..cut], None, true).0.is_err());
    }
}

#[test]
fn encodings_and_bad_bytes_lose_nothing() {
    let points = "<name>Mälaren</name>".to_owned() + &"<trkpt lat='1' lon='1'/>".repeat(3);
    let latin: Vec<u8> = format!(
        "<?xml version='1.0' encoding='ISO-8859-1'?>{}",
        track(&points)
    )
    .chars()
    .map(|c| c as u8)
    .collect();
    assert_eq!(shapes(&latin), (2, 0));
    let wide: Vec<u8> = track(&points)
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    assert_eq!(shapes(&wide), (2, 0));
    let mut broken = track(&points).into_bytes();
    let at = broken.iter().position(|&byte| byte == 0xc3).unwrap();
    broken[at + 1] = 0xff;
    assert_eq!(shapes(&broken), (2, 0));
}

#[test]
fn nesting_and_texts_without_end_cost_no_point() {
    let point = "<trkpt lat='1' lon='1'/>";
    let deep: String = (0..1000).map(|depth| format!("<a{depth}>")).collect();
    let deep = track(&format!("{point}{point}<extensions>{deep}"));
    let (result, shapes, report) = read_all(deep.as_bytes(), None, false);
    assert_eq!((result, shapes.len(), report.skipped), (Ok(()), 1, 1));
    assert_eq!(
        report.named[0].to_string(),
        "a.gpx:1: elements are nested more than 128 deep"
    );
    let error = read_all(deep.as_bytes(), None, true).0.unwrap_err();
    assert!(error.to_string().contains("nested"), "{error}");

    let long = "x".repeat(3 << 20);
    for long in [
        format!("<name>{long}</name>"),
        format!("<!-- {long} -->"),
        format!("<name><![CDATA[{long}]]></name>"),
        format!("<a b='{long}'/>"),
    ] {
        let document = track(&format!("{point}{long}{point}"));
        let (result, found, _) = read_all(document.as_bytes(), None, false);
        assert_eq!((result, found.len()), (Ok(()), 1), "{}", &long[..10]);
    }
}

/// A track of points a degree apart.
fn points(count: usize) -> Vec<String> {
    (1..=count)
        .map(|at| format!("\n<trkpt lat=\"{at}\" lon=\"{at}\"><ele>{at}</ele></trkpt>"))
        .collect()
}

#[test]
fn a_fault_in_a_tag_costs_that_tag_and_is_named() {
    let good = "\n<trkpt lat=\"3\" lon=\"3\">";
    for (bad, fact) in [
        (
            "\n<trkpt lat=\"3 lon=\"3\">",
            "latitude '3 lon=\"3' is not a number",
        ),
        (
            "\n<trkpt lat=\"3\" lon=\"3\"0.1\">",
            "longitude '3\"0.1' is not a number",
        ),
        (
            "\n<trkpt lat=\"3\".1\" lon=\"3\">",
            "latitude '3\".1' is not a number",
        ),
        (
            "\n<trkpt lat='3'-1' lon='3'>",
            "latitude '3'-1' is not a number",
        ),
        (
            "\n<trkpt lat=\"3\" lon=\"3>",
            "a track point has no longitude",
        ),
        (
            "\n<trkpt lat=3\" lon=\"x\">",
            "latitude '3\"' is not a number",
        ),
        (
            "\n<trkpt lat=\"3\" lon=\"\">",
            "longitude '' is not a number",
        ),
        ("\n<tr#9\" lon=\"3\"/>", "<tr#9\"> is no tag"),
        ("\n</tr.9\" lon=\"3\"/>", "</tr.9\" lon=\"3\"/> is no tag"),
        ("\n<!-- ", "a comment without end"),
    ] {
        let document = track(&points(9).concat()).replace(good, bad);
        let (result, shapes, report) = read_all(document.as_bytes(), None, false);
        assert_eq!(
            (result, shapes.len(), report.skipped),
            (Ok(()), 7, 1),
            "{bad}"
        );
        assert_eq!(report.named[0].to_string(), format!("a.gpx:4: {fact}"));
        assert!(
            read_all(document.as_bytes(), None, true).0.is_err(),
            "{bad}"
        );
    }
}

#[test]
fn a_place_whose_element_has_a_damaged_name_is_counted_and_named() {
    for (name, line) in [("trkp", "trk"), ("rkpt", "trk"), ("rtpt", "rte")] {
        let document = track(&points(9).concat()).replace("trk", line).replace(
            &format!("<{line}pt lat=\"3\""),
            &format!("<{name} lat=\"3\""),
        );
        let (result, shapes, report) = read_all(document.as_bytes(), None, false);
        assert_eq!(
            (result, shapes.len(), report.skipped, report.records),
            (Ok(()), 7, 1, 9),
            "{name}"
        );
        let fact = format!("a.gpx:4: <{name}> has a place, and is no kind of point");
        assert_eq!(report.named[0].to_string(), fact);
        assert!(read_all(document.as_bytes(), None, true).0.is_err());
    }
}

#[test]
fn other_elements_with_places_are_nobodys_loss() {
    let place = "lat='3' lon='3'";
    for around in [
        format!("<home lat='3'/><trk><extensions><a {place}/></extensions>"),
        format!("<w {place}/><trk>"),
        format!("<trk><trkpt lat='1' lon='1'><link><a {place}/></link></trkpt>"),
    ] {
        let document = format!("<gpx>{around}{}</trk></gpx>", points(2).concat());
        assert_eq!(shapes(document.as_bytes()).1, 0, "{around}");
    }
}

#[test]
fn what_can_be_understood_costs_nothing() {
    for (from, to) in [
        ("\"3\" lon", "3 lon"),
        ("\"3\" lon", "\"3\"lon"),
        ("\"3\" lon", "\"3\", lon"),
        ("\"3\" lon", "\"3\"; lon"),
        ("\"3\" lon", "\"\"3\"\" lon"),
        ("\"3\" lon", "\"2°30'0\"\" lon"),
        ("lat=\"3\"", "lat=\"3,0\""),
        ("lat=\"3\" lon=\"3\">", "><lat>3</lat><lon>3</lon>"),
        ("lat=\"3\" lon=\"3\">", "lat=\"3\" lon=\"3\""),
        ("<ele>3</ele></trkpt>", ""),
        ("<ele>3", "<name>pulse <140, don't push</name><ele>3"),
        ("<ele>3", "<desc>one<br>two<br>three <b</desc><ele>3"),
        ("<gpx", "<gpx><gpx"),
        ("<gpx", "<GPX"),
        ("trkpt lat=\"3\"", "TrkPt Lat=\"3\""),
        ("<gpx", "<head><title>Moved</title></head><gpx"),
        ("<trkseg>", ""),
        ("</trk>", ""),
    ] {
        let document = track(&points(9).concat());
        assert!(document.contains(from));
        let document = document.replacen(from, to, 1);
        assert_eq!(shapes(document.as_bytes()), (8, 0), "{from} -> {to}");
    }
    let document = format!("<trk><trkseg>{}</trkseg></trk>", points(9).concat());
    assert_eq!(
        shapes(document.as_bytes()),
        (8, 0),
        "without an outermost element"
    );
}

#[test]
fn elements_that_are_never_closed_do_not_add_up() {
    let open = "<trkpt lat='1' lon='1'>".repeat(500);
    assert_eq!(shapes(track(&open).as_bytes()), (499, 0));
    let broken: String = (0..500)
        .map(|_| "<wpt lat='1' lon='1'><desc>a<br>b</desc></wpt>")
        .collect();
    assert_eq!(shapes(format!("<gpx>{broken}</gpx>").as_bytes()), (500, 0));
}

#[test]
fn the_road_between_the_points_of_a_route_is_in_their_extensions() {
    let document = "<gpx xmlns:gpxx='x'><rte><rtept lat='1' lon='1'><extensions><gpxx:RoutePointExtension>\
        <gpxx:rpt lat='1' lon='1'/><gpxx:rpt lat='2' lon='2'/><gpxx:rpt lat='x' lon='2'/>\
        </gpxx:RoutePointExtension></extensions></rtept><rtept lat='3' lon='3'/></rte></gpx>";
    let (_, found, report) = read_all(document.as_bytes(), None, false);
    let at = |both: f64| Coord::lat_lon(both, both).unwrap();
    assert_eq!(
        found,
        [
            Shape::segment(at(1.0), at(2.0)),
            Shape::segment(at(2.0), at(3.0))
        ]
    );
    assert_eq!(report.skipped, 1);
}

#[test]
fn tracks_without_places_are_no_tracks() {
    let indoors = "<trk><trkseg><trkpt><time>x</time></trkpt><trkpt lat='' lon=''/></trkseg></trk>";
    let document = format!("<gpx>{indoors}<wpt lat='1' lon='1'/></gpx>");
    assert_eq!(shapes(document.as_bytes()), (1, 2));
}

#[test]
fn no_mutation_of_a_file_is_a_panic() {
    let good = track("<trkpt lat='1.5' lon='-1'><ele>5</ele></trkpt><trkpt lat='2' lon='2'/>");
    for at in 0..good.len() {
        for byte in [b'<', b'>', b'/', b'"', b'&', b'!', b'?', 0, 0xff] {
            let mut bytes = good.clone().into_bytes();
            bytes[at] = byte;
            let _ = read_all(&bytes, None, false);
            let _ = read_all(&bytes[..at], None, false);
        }
    }
}

/// The times of the shapes in seconds since 1970, when they are asked for.
fn times(document: &[u8], take: Option<Take>) -> (Vec<Option<i64>>, Report) {
    let (result, shapes, report) = read_in(
        document,
        take,
        Manner {
            times: true,
            ..Manner::default()
        },
    );
    result.unwrap();
    (
        shapes
            .iter()
            .map(|shape| shape.time.map(|time| time.milliseconds() / 1000))
            .collect(),
        report,
    )
}

fn point(time: &str) -> String {
    format!("<trkpt lat='1' lon='1'>{time}</trkpt>")
}

#[test]
fn a_stretch_has_the_time_of_the_later_of_its_ends_that_have_one() {
    let times_of = |points: &[&str]| {
        times(
            track(&points.iter().map(|time| point(time)).collect::<String>()).as_bytes(),
            None,
        )
        .0
    };
    let at = |seconds: u8| format!("<ele>5</ele><time>1970-01-01T00:00:0{seconds}Z</time>");
    assert_eq!(
        times_of(&[&at(1), &at(2), "", "", &at(4), &at(3)]),
        [Some(2), Some(2), None, Some(4), Some(4)]
    );
    assert_eq!(times_of(&[&at(1)]), [Some(1)], "a lone point has its own");
}

#[test]
fn nobody_looks_for_times_that_are_not_wanted() {
    let document = track(&point("<time>yesterday</time>"));
    let (_, shapes, report) = read_all(document.as_bytes(), None, false);
    assert_eq!((shapes[0].time, report.bad_times), (None, 0));
}

#[test]
fn only_what_stands_directly_in_a_point_is_its_time() {
    let time = "<time>1970-01-01T00:00:05Z</time>";
    for around in ["extensions", "link", "cmt"] {
        let document = track(&point(&format!("<{around}>{time}</{around}>")));
        assert_eq!(times(document.as_bytes(), None).0, [None], "{around}");
    }
    let document = format!(
        "<gpx><metadata>{time}</metadata><trk>{time}<trkseg>{}</trkseg></trk></gpx>",
        point("<time/>")
    );
    let (found, report) = times(document.as_bytes(), None);
    assert_eq!((found, report.bad_times), (vec![None], 0));
}

#[test]
fn routes_and_waypoints_have_times_too() {
    let inside = "lat='1' lon='1'><time>1970-01-01T00:00:05Z</time>";
    let document = format!(
        "<gpx><wpt {inside}</wpt><rte><rtept {inside}</rtept><rtept lat='2' lon='2'/></rte></gpx>"
    );
    let all = Some(Take {
        tracks: true,
        routes: true,
        waypoints: true,
    });
    assert_eq!(times(document.as_bytes(), all).0, [Some(5); 2]);
    assert_eq!(times(document.as_bytes(), None).0, [Some(5)]);
}

#[test]
fn a_time_that_cannot_be_read_costs_no_point_and_is_named() {
    let document = track(
        &[
            point("<time>yesterday</time>"),
            point("\n<time>1970-01-01T00:00:05Z</time>"),
        ]
        .concat(),
    );
    let (found, report) = times(document.as_bytes(), None);
    assert_eq!(
        (found, report.skipped, report.bad_times, report.timed),
        (vec![Some(5)], 0, 1, 1)
    );
    assert_eq!(
        report.named_times[0].to_string(),
        "a.gpx:1: the track point's time 'yesterday' is not known"
    );
    let waypoint = format!(
        "<gpx><wpt lat='1' lon='1'><time>x</time></wpt><trk>{}</trk></gpx>",
        point("")
    );
    assert_eq!(
        times(waypoint.as_bytes(), None).1.bad_times,
        0,
        "a waypoint that is not drawn is nobody's loss"
    );
}

#[test]
fn a_point_that_is_never_ended_is_drawn_with_its_time() {
    let open = "<trkpt lat='1' lon='1'><time>1970-01-01T00:00:05Z</time>";
    let cut = format!("<gpx><trk><trkseg>{open}{open}<ele>");
    assert_eq!(times(cut.as_bytes(), None).0, [Some(5)]);
}

#[test]
fn real_hikes_have_times_that_grow() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/hikes");
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let (times, report) = times(&std::fs::read(&path).unwrap(), None);
        assert_eq!(
            (report.timed, report.bad_times),
            (report.shapes, 0),
            "{}",
            path.display()
        );
        assert!(times.is_sorted() && times[0] > Time::from_milliseconds(0).map(Time::milliseconds));
    }
}
