//! Records of all shapes, and what is wrong with some.

use super::*;
use crate::geo::{Crs, Geometry};
use crate::input::samples::{everything, hold, read_prefixes, shapes};

/// What reading a text comes to, and where its points are, as x, y and weight.
fn read_text(text: &str, options: &Options) -> (Result<Report>, Vec<[f64; 3]>) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.json");
    std::fs::write(&file, text).unwrap();
    let (report, shapes) = shapes(&file, options);
    let point = |shape: &Shape| match shape.geometry {
        Geometry::Point(at) => [at.x(), at.y(), shape.weight],
        Geometry::Segment(..) => panic!("a segment"),
    };
    (report, shapes.iter().map(point).collect())
}

/// Where points of a text are, as x, y and weight.
fn points(text: &str, options: &Options) -> Vec<[f64; 3]> {
    let (report, points) = read_text(text, options);
    if let Err(error) = report {
        panic!("{text}: {error}");
    }
    points
}

/// The reading that ends at the first fault.
fn strict() -> Options {
    Options {
        strict: true,
        ..Options::default()
    }
}

/// The faults of a text that is read all the same: what was met, and what it is an error of.
fn faults(text: &str) -> (Report, String) {
    let (report, _) = read_text(text, &Options::default());
    let (error, _) = read_text(text, &strict());
    (report.unwrap(), error.unwrap_err().to_string())
}

#[test]
fn arrays_and_objects_of_many_shapes_are_points() {
    for text in [
        "[[2, 1], [2, 1, 1]]",
        r#"[{"lat": 2, "lon": 1}, {"lat": "2", "lon": "1"}]"#,
        r#"{"max": 3, "data": [{"latitude": 2, "lng": 1}, {"latitude": 2, "lng": 1, "weight": 1}]}"#,
        "{\"lat\": 2, \"lon\": 1}\n{\"lat\": 2, \"lon\": 1}\n",
        r#"[{"location": {"lat": 2, "lng": 1}}, {"position": {"coords": {"latitude": 2, "longitude": 1}}}]"#,
        r#"[{"point": {"type": "Point", "coordinates": [1, 2]}}, {"latlng": [2, 1]}]"#,
        r#"[{"location": "2, 1"}, {"Location": {"Latitude": 2, "Longitude": 1}}]"#,
        r#"[["lon", "lat"], [1, 2], [1, 2]]"#,
        r#"[{"latitudeE7": 20000000, "longitudeE7": 10000000}, {"lat_e6": 2000000, "lon_e6": 1000000}]"#,
        r#"{"fields": ["id", "lat", "lon"], "rows": [[7, 2, 1], [8, 2, 1]]}"#,
        r#"{"fields": ["lat", "lon", "id"], "rows": [[2, 1, 7], [2, 1, 8]]}"#,
        r#"[["weight", "id", "lon", "lat"], [1, 7, 1, 2], ["1", 8, 1, 2]]"#,
        "[\"lon\", \"lat\"]\n[1, 2]\n[1, 2]\n",
        "[\"weight\", \"id\", \"lon\", \"lat\"]\n[1, 7, 1, 2]\n[null, 8, 1, 2]",
        "[2, 1]\n[2, 1, 1]\n",
        r#"{"a": {"lat": 2, "lon": 1}, "note": "x", "b": {"at": 7, "lat": 2, "lon": 1}}"#,
        "{\n\"a\": {\"location\": [2, 1]},\n\"n\": [7],\n\"b\": {\"lat\": 2, \"lon\": 1}\n}\n",
        r#"{"columns": ["lng", "lat"], "index": [0, 1], "data": [[1, 2], [1, 2]]}"#,
    ] {
        let found = points(text, &Options::default());
        assert_eq!(found, [[1.0, 2.0, 1.0]; 2], "{text}");
    }
}

#[test]
fn a_geometry_in_a_member_may_name_its_own_system() {
    let crs = r#""crs": {"type": "name", "properties": {"name": "EPSG:3857"}}"#;
    let point = |crs: &str| format!(r#"{{"type": "Point", {crs} "coordinates": [0, 0.5]}}"#);
    let text = format!(
        r#"[{{"location": {}}}, {{"location": {}, "crs": "x"}}]"#,
        point(&format!("{crs},")),
        point("")
    );
    let found = points(&text, &Options::default());
    assert!(found[0][1] < 1e-5 && found[1][1] == 0.5, "{found:?}");
}

#[test]
fn of_several_geometries_one_that_can_be_drawn_is_taken_and_a_named_place_wins() {
    let area = r#"{"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 0]]]}"#;
    let text = format!(
        r#"[{{"area": {area}, "spot": "POINT(1 2)"}}, {{"start": "POINT(1 2)", "end": "POINT(3 4)"}},
        {{"lat": "n/a", "lon": "n/a", "home": "POINT(1 2)"}}]"#
    );
    let (report, found) = read_text(&text, &Options::default());
    assert_eq!(found, [[1.0, 2.0, 1.0]; 2]);
    let report = report.unwrap();
    let met = &report.oddities[0];
    assert_eq!((met.oddity, met.count), (Oddity::OtherGeometries, 2));
    let named = report.named[0].to_string();
    assert!(named.contains("latitude 'n/a' is not a number"), "{named}");
    // A polygon alone is no place for which others are left out.
    let text = format!(
        r#"{{"fences": [{{"area": {area}}}], "car": {{"lat": 2, "lon": 1}}, "me": {{"lat": 2, "lon": 1}}}}"#
    );
    let found = points(&text, &Options::default());
    assert_eq!(found, [[1.0, 2.0, 1.0]; 2]);
    let text = r#"[{"geom": "POINT(1 2)", "stops": [{"lat": 3, "lon": 4}]}]"#;
    let (report, _) = read_text(text, &Options::default());
    assert_eq!(report.unwrap().oddities[0].oddity, Oddity::InnerPlaces);
}

#[test]
fn names_of_fields_beside_objects_are_none_of_theirs() {
    let text = r#"{"data": [{"lat": 2, "lon": 1}], "meta": {"fields": ["id", "lat", "lon"]}}"#;
    assert_eq!(points(text, &Options::default()), [[1.0, 2.0, 1.0]]);
    let text = r#"{"fields": ["id", "lat", "lon"], "data": [{"lat": 2, "lon": 1}]}"#;
    assert_eq!(points(text, &Options::default()), [[1.0, 2.0, 1.0]]);
}

#[test]
fn geometries_in_members_are_points_and_lines() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.json");
    let line = "{\"coordinates\": [[1, 2], [3, 4]], \"type\": \"LineString\"}";
    for (geometry, name) in [
        (line, "geom"),
        ("\"SRID=4326;LINESTRING(1 2, 3 4)\"", "wkt"),
        (
            "\"010200000002000000000000000000f03f000000000000004000000000000008400000000000001040\"",
            "wkb",
        ),
    ] {
        let text = format!(
            r#"[{{"id": "a", "{name}": {geometry}}}, {{"id": "b", "{name}": "POINT(5 6)"}},
            {{"id": "c", "{name}": null}}]"#
        );
        std::fs::write(&file, text).unwrap();
        let mut options = Options::default();
        for field in [None, Some(Field::Name(name.to_owned()))] {
            options.columns.geometry_field = field;
            let (report, shapes) = shapes(&file, &options);
            let ends = |shape: &Shape| match shape.geometry {
                Geometry::Point(at) => [at.x(), at.y()].to_vec(),
                Geometry::Segment(from, to) => [from.x(), from.y(), to.x(), to.y()].to_vec(),
            };
            let found: Vec<_> = shapes.iter().map(ends).collect();
            assert_eq!(found, [vec![1.0, 2.0, 3.0, 4.0], vec![5.0, 6.0]], "{name}");
            let report = report.unwrap();
            let left_out: u64 = report.left_out().iter().map(|(_, count)| count).sum();
            assert_eq!((report.skipped, left_out), (0, 1), "{name}");
        }
    }
}

#[test]
fn points_of_geometries_are_joined_and_what_is_none_is_told() {
    let mut options = Options::default();
    options.columns.geometry_field = Some(Field::Name("g".to_owned()));
    let text = r#"[{"g": "POINT(1 2)"}, {"g": "here", "lat": 2, "lon": 1}]"#;
    let (report, points) = read_text(text, &options);
    assert_eq!(points, [[1.0, 2.0, 1.0]]);
    let named = report.unwrap().named[0].to_string();
    assert!(named.contains("'here' is no geometry"), "{named}");
    options.columns.track_field = Some(Field::Name("id".to_owned()));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.json");
    let text = r#"[{"id": 1, "g": "POINT(1 2)"}, {"id": 1, "g": "POINT(3 4)"}]"#;
    std::fs::write(&file, text).unwrap();
    let (_, shapes) = shapes(&file, &options);
    assert_eq!(shapes.len(), 1);
    assert!(matches!(shapes[0].geometry, Geometry::Segment(..)));
}

#[test]
fn members_can_be_named_and_axes_swapped() {
    let mut options = Options::default();
    options.columns.lat_field = Some(Field::Name("p.b".to_owned()));
    options.columns.lon_field = Some(Field::Name("p.a".to_owned()));
    options.columns.weight_field = Some(Field::Name("n".to_owned()));
    let text = r#"[{"p": {"a": 1, "b": 2}, "n": 3, "lat": 9, "lon": 9}]"#;
    assert_eq!(points(text, &options), [[1.0, 2.0, 3.0]]);
    let mut options = Options::default();
    options.columns.lon_lat = true;
    assert_eq!(points("[[1, 2, 3]]", &options), [[1.0, 2.0, 3.0]]);
    let plane = Options {
        crs: Crs::Plane { y_down: false },
        map: Crs::Plane { y_down: false },
        ..Options::default()
    };
    let text = r#"{"max": 9, "data": [{"x": 400, "y": 300, "weight": 5}]}"#;
    assert_eq!(points(text, &plane), [[400.0, 300.0, 5.0]]);
}

#[test]
fn weights_are_read_as_in_tables_and_what_is_none_is_told() {
    let text = r#"[{"lat": 2, "lon": 1, "weight": "1,200"}, {"lat": 2, "lon": 1, "weight": "$5"},
        {"lat": 2, "lon": 1, "weight": null}, {"lat": 2, "lon": 1, "weight": " "}]"#;
    let weights = |text: &str, options: &Options| -> Vec<_> {
        let points = points(text, options).into_iter();
        points.map(|[.., weight]| weight).collect()
    };
    assert_eq!(weights(text, &strict()), [1200.0, 5.0, 1.0, 1.0]);
    let text = r#"[[2, 1, "1,200"], [2, 1, null], [2, 1]]"#;
    assert_eq!(weights(text, &strict()), [1200.0, 1.0, 1.0]);
    for weight in [r#""many""#, "true", r#"{"a": 5}"#] {
        let text = format!(r#"[{{"lat": 2, "lon": 1, "weight": {weight}}}, [2, 1, {weight}]]"#);
        let (report, error) = faults(&text);
        let met = &report.oddities[0];
        assert_eq!((met.oddity, met.count), (Oddity::UnreadWeights, 2));
        assert!(error.contains(":1: weight '"), "{error}");
        assert_eq!(weights(&text, &Options::default()), [1.0, 1.0]);
        let mut options = Options::default();
        options.columns.weight_field = Some(Field::Name("weight".to_owned()));
        let error = read_text(&text, &options).0.unwrap_err().to_string();
        assert!(error.contains("the first of 2 bad records"), "{error}");
    }
}

#[test]
fn a_first_record_that_is_longer_than_what_is_looked_at_is_known_by_its_beginning() {
    let long = "x".repeat(20_000);
    let record = format!(r#"{{"lat": 2, "lon": 1, "text": "{long}"}}"#);
    for text in [
        format!("[{record}, {record}]"),
        format!("{record}\n{record}\n"),
        format!(r#"{{"data": [{record}, {record}]}}"#),
    ] {
        let found = points(&text, &Options::default());
        assert_eq!(found, [[1.0, 2.0, 1.0]; 2]);
    }
    let line = format!("_p~iF~ps|U{}", "_ibE_ibE~hbE~hbE".repeat(1000));
    let activity = format!(r#"{{"id": 7, "map": {{"polyline": "{line}"}}}}"#);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.json");
    for text in [
        activity.clone(),
        format!("[{activity}]"),
        format!("{activity}\n"),
    ] {
        std::fs::write(&file, text).unwrap();
        let (report, shapes) = shapes(&file, &Options::default());
        assert_eq!((report.unwrap().skipped, shapes.len()), (0, 2000));
    }
}

#[test]
fn a_record_of_values_without_end_costs_itself() {
    let zeros = "0,".repeat(1 << 21);
    let text = format!(r#"[{{"lat": 2, "lon": 1}}, {{"lat": 2, "lon": 1, "a": [{zeros}0]}}]"#);
    let (report, found) = read_text(&text, &Options::default());
    assert_eq!(found, [[1.0, 2.0, 1.0]]);
    let named = report.unwrap().named[0].to_string();
    assert!(
        named.contains("there are more than 2097152 values in it"),
        "{named}"
    );
}

#[test]
fn a_broken_line_of_many_costs_itself() {
    let good = |n: u32| format!("{{\"lat\": 2, \"lon\": {n}}}");
    for bad in [
        "{\"lat\": 54.1, \"lon\":",
        "{\"lat\": \"2",
        "hello, world",
        "}]",
    ] {
        for at in [1, 2, 40] {
            let mut lines: Vec<_> = (1..100).map(good).collect();
            lines.insert(at, bad.to_owned());
            lines.insert(1, String::new());
            let text = lines.join("\n");
            let (report, points) = read_text(&text, &Options::default());
            let report = report.unwrap();
            assert_eq!((points.len(), report.skipped), (99, 1), "{bad} in {at}");
            assert_eq!(report.records, 100);
            let (_, error) = faults(&text);
            let place = format!(":{}: the record is not JSON", at + 2);
            assert!(error.contains(&place), "{error}");
            let mut options = Options::default();
            options.columns.track_field = Some(Field::Name("id".to_owned()));
            assert_eq!(read_text(&text, &options).1.len(), 99);
        }
    }
    // Python's words for no numbers cost nothing.
    let text = "{\"lat\": 2, \"lon\": 1, \"n\": NaN}\n".repeat(3);
    assert_eq!(points(&text, &strict()).len(), 3);
    // Objects one after the other may be over many lines.
    let text = "{\"lat\": 2, \"lon\": 1}\n{\n\"lat\": 2,\n\"lon\": 1\n}\n";
    assert_eq!(points(text, &strict()).len(), 2);
}

#[test]
fn places_are_read_as_in_tables_and_what_is_none_is_told() {
    for text in [
        r#"[{"lat": 33.5, "NS": "S", "lon": 70.25, "EW": "W"}]"#,
        r#"[{"latitude": 33.5, "latitudeRef": "S", "longitude": 70.25, "longitudeRef": "W"}]"#,
        r#"[{"GPSLatitude": "33.5", "GPSLatitudeRef": "South",
            "GPSLongitude": "70.25", "GPSLongitudeRef": "West"}]"#,
        r#"[{"gps": {"lat": -33.5, "lat_ref": "S", "lon": "70.25", "lon_ref": "W"}}]"#,
        r#"[{"lat": "33°30'S", "lon": "70°15'W"}, {"lat": "-33,5", "lon": "-70,25"}]"#,
        r#"[["-33,5", "70.25W"]]"#,
        r#"[{"lat_deg": -33, "lat_min": 30, "lon_deg": -70, "lon_min": 15}]"#,
        r#"[{"LatD": 33, "LatM": 30, "LatS": 0, "NS": "S",
            "LonD": "70", "LonM": "15", "LonS": null, "EW": "W"}]"#,
        r#"[{"GPSLatitude": "33 deg 30' 0.00\" S", "GPSLongitude": "70 deg 15' 0.00\" W"}]"#,
        r#"[{"GPSLatitude": "33 deg 30' 0.00\" S", "GPSLongitude": "70 deg 15' 0.00\" W",
            "GPSLatitudeRef": "South", "GPSLongitudeRef": "West"}]"#,
    ] {
        for [x, y, _] in points(text, &strict()) {
            assert_eq!([x, y], [-70.25, -33.5], "{text}");
        }
    }
    let mut options = strict();
    options.columns.lat_field = Some(Field::Name("p.b".to_owned()));
    options.columns.lon_field = Some(Field::Name("p.a".to_owned()));
    let text = r#"[{"p": {"a": 70.25, "b": 33.5, "NS": "S", "EW": "W"}, "lat": 9, "lon": 9}]"#;
    assert_eq!(points(text, &options), [[-70.25, -33.5, 1.0]]);
    for (bad, message) in [
        (
            r#""lat": "many", "lon": 1"#,
            "latitude 'many' is not a number",
        ),
        (
            r#""lat": 2, "lon": "1 N""#,
            "longitude '1 N' is not a number",
        ),
        (
            r#""lat": -2, "NS": "N", "lon": 1"#,
            "latitude '-2' does not go with hemisphere 'N'",
        ),
        (
            r#""lat": 2, "NS": "X", "lon": 1"#,
            "latitude '2' does not go with hemisphere 'X'",
        ),
    ] {
        let text = format!(r#"[{{"lat": 2, "lon": 1}}, {{{bad}}}]"#);
        let (report, error) = faults(&text);
        assert_eq!(report.skipped, 1, "{bad}");
        assert!(error.contains(&format!(":2: {message}")), "{error}");
    }
}

#[test]
fn places_within_a_record_that_has_one_are_told() {
    let route = r#"{"route": [{"lat": 2, "lon": 1}, {"lat": 3, "lon": 1}]}"#;
    let text = format!(r#"[{{"lat": 2, "lon": 1, "n": {route}, "m": [[1, 2]]}}, [2, 1]]"#);
    let (report, places) = read_text(&text, &Options::default());
    let told = [("places within records", 1)];
    assert_eq!(
        (report.unwrap().left_out(), places.len()),
        (told.to_vec(), 2)
    );
    let text = r#"[{"lat": 2, "lon": 1, "m": [[1, 2]], "n": [{"a": 1}]}]"#;
    assert_eq!(
        read_text(text, &Options::default()).0.unwrap().left_out(),
        []
    );
}

#[test]
fn activities_of_sports_services_are_tracks() {
    hold(
        &[(
            "polyline/activities.json",
            "413 4 48.383000 -8.113490 55.040620 10.305990 2013-08-17T08:50:04Z 2021-01-30T00:47:00Z",
        )],
        &everything(),
    );
    read_prefixes("polyline/activities.json", &everything());
}

#[test]
fn json_without_places_is_none_of_it() {
    for head in [
        Head::from(b"{\"a\": 1}"),
        Head::from(b"[1, 2, 3]"),
        Head::from(b"[{\"name\": \"x\"}]"),
        Head::from(b"lat,lon\n"),
    ] {
        assert!(!detect(&head), "{}", head.bytes().escape_ascii());
    }
}

#[test]
fn what_has_places_in_a_document_are_its_records() {
    let line = |rest: &str| format!("{{\"lat\":54.3,\"lon\":10.1,{rest}}}");
    let boxed = line("\"bbox\":[[1,2],[3,4]]");
    let stops = line("\"stops\":[{\"lat\":55,\"lon\":11}]");
    let tags = line("\"tags\":[{\"k\":\"v\"}]");
    let page = "{\"page\":1,\"items\":[{\"lat\":54.3,\"lon\":10.1},{\"lat\":54.3,\"lon\":10.1}]}";
    for (text, points) in [
        (format!("{boxed}\n{boxed}"), 2),
        (format!("{stops}\n{stops}"), 2),
        (format!("{tags}\n{tags}"), 2),
        (tags, 1),
        (
            line("\"home\":{\"lat\":1,\"lon\":2},\"work\":{\"lat\":3,\"lon\":4}"),
            1,
        ),
        (format!("{page}\n{page}"), 4),
        (
            "{\n\"lat\":54.3,\n\"lon\":10.1\n}\n{\n\"lat\":54.3,\n\"lon\":10.1\n}".to_owned(),
            2,
        ),
    ] {
        let (result, found) = read_text(&text, &everything());
        assert_eq!(found, vec![[10.1, 54.3, 1.0]; points], "{text}: {result:?}");
    }
    // A map's own place is its centre, which is told.
    let map = "{\"lat\":50,\"lon\":9,\"zoom\":7,\"points\":[[54.3,10.1],[54.3,10.1]]}";
    let (result, found) = read_text(map, &everything());
    assert_eq!(found, [[10.1, 54.3, 1.0]; 2]);
    let left_out = |result: Result<Report>| result.expect("it is read").left_out();
    assert_eq!(left_out(result), [("places of documents", 1)]);
    let homes = line("\"home\":{\"lat\":1,\"lon\":2},\"work\":{\"lat\":3,\"lon\":4}");
    let (result, _) = read_text(&homes, &everything());
    assert_eq!(left_out(result), [("places within records", 1)]);
}

#[test]
fn names_mean_what_they_mean_in_tables() {
    let one = |text: &str| read_text(text, &everything()).1;
    for text in [
        r#"[{"pickup_lat":1,"pickup_lon":2,"lat":54,"lon":10,"Weight":7}]"#,
        r#"[{"lat":"5400.0","ns":"N","lon":"01000.0","ew":"E","weight":7}]"#,
        r#"[{"lat":54,"lon":10,"lat_min":53,"lat_max":55,"lon_min":9,"lon_max":11,"WEIGHT":7}]"#,
        r#"[{"type":"Point","latlng":[54,10],"weight":7}]"#,
        r#"[{"type":"Point","position":"54, 10","weight":7}]"#,
        r#"[{"location":{"type":"Point","coordinates":[10,54]},"weight":7}]"#,
    ] {
        assert_eq!(one(text), [[10.0, 54.0, 7.0]], "{text}");
    }
    let (report, _) = read_text(
        r#"[{"lat":"n/a","lon":10,"home_lat":1,"home_lon":2},{"lat":54,"lon":10}]"#,
        &everything(),
    );
    assert_eq!(report.unwrap().skipped, 1);
}

#[test]
fn places_in_a_system_of_their_own_are_where_it_says() {
    for place in [
        r#""location":{"type":"Point","crs":"EPSG:28992","coordinates":[155000,463000]}"#,
        r#""location":"SRID=28992;POINT(155000 463000)""#,
        r#""geometry":{"x":155000,"y":463000,"spatialReference":{"wkid":28992}}"#,
        r#""geom":"SRID=28992;POINT(155000 463000)""#,
    ] {
        let (result, found) = read_text(&format!("[{{\"id\":1,{place}}}]"), &everything());
        let [[x, y, _]] = found[..] else {
            panic!("{place}: {result:?}")
        };
        assert!(
            (x - 5.387_204).hypot(y - 52.155_172) < 1e-5,
            "{place}: {x}, {y}"
        );
    }
}

#[test]
fn dates_are_read_as_in_tables() {
    let options = Options {
        times: true,
        ..everything()
    };
    let times = |text: &str| {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.json");
        std::fs::write(&file, text).unwrap();
        let (_, shapes) = shapes(&file, &options);
        shapes.iter().map(|shape| shape.time).collect::<Vec<_>>()
    };
    let record = |rest: &str| format!("{{\"lat\":54,\"lon\":10,{rest}}}");
    let wanted = |text: &str| time::parse(text.as_bytes());
    let both = [
        record("\"date\":\"02/05/2024\""),
        record("\"date\":\"25/05/2024\""),
    ];
    assert_eq!(
        times(&both.join("\n")),
        [wanted("2024-05-02"), wanted("2024-05-25")]
    );
    for (members, time) in [
        ("\"date\":20240501", "2024-05-01"),
        (
            "\"date\":\"2024-05-01\",\"time\":\"08:30\"",
            "2024-05-01T08:30:00Z",
        ),
        (
            "\"created_at\":\"2020-01-01\",\"timestamp\":\"2024-05-01\"",
            "2024-05-01",
        ),
    ] {
        let record = record(members);
        let feature = format!(
            "{{\"type\":\"Feature\",\"properties\":{{{members}}},\
             \"geometry\":{{\"type\":\"Point\",\"coordinates\":[10,54]}}}}"
        );
        for text in [format!("[{record}]"), feature] {
            assert_eq!(times(&text), [wanted(time)], "{text}");
        }
    }
}

#[test]
fn rows_of_words_are_bad_records_and_names_are_none() {
    let (report, found) = read_text(
        r#"[["lon","lat","pm25"],[10,54,1],["a","b","c"]]"#,
        &everything(),
    );
    let report = report.unwrap();
    assert_eq!((report.records, report.skipped, found.len()), (2, 1, 1));
}
