//! Files of two sizes, of which the larger takes as much more time as it is larger: nothing that is
//! read takes the square of its length, whatever it repeats.
//!
//! Parsers that were fuzzed for years still did (quick-xml with attributes, expat with tokens that
//! come in pieces), because no small file shows it.

use std::path::Path;
use std::time::Duration;

use heatmap::input::{self, Options, Source};

use crate::targets::{Desk, Seed};
use crate::{at_a_desk, clock, variable};

/// Kibibytes of the smaller file, unless `HEATMAP_GROWING` says otherwise.
const SMALL: usize = 32;
/// How much larger the other one is.
const TIMES: usize = 8;
/// How much more time it may take: for all squares it were 64 times.
const MOST: u32 = 24;
/// Shorter times are not told apart: the clock of a thread goes on when it is interrupted.
const LEAST: Duration = Duration::from_millis(4);

/// A kind of file: its name, what it begins with, what is repeated and what it ends with. `{n}` in
/// what is repeated is the number of the repetition.
type Growing = (&'static str, &'static str, &'static str, &'static str);

const TRACK: &str = "<gpx><trk><trkseg>";
const KML: &str = "<kml><Document>";
const FEATURES: &str = "{\"type\":\"FeatureCollection\",\"features\":[";

/// All kinds.
const FILES: [Growing; 59] = [
    // XML: what tokenisers look back for, and what they keep.
    (
        "a.gpx",
        TRACK,
        "<trkpt lat='47.{n}' lon='8'><time>2024-05-01T10:00:00Z</time></trkpt>",
        "</trkseg></trk></gpx>",
    ),
    ("a.gpx", TRACK, "<trkpt lat='47.{n}' lon='8'>", ""),
    ("a.gpx", "<gpx>", "<trk>", ""),
    ("a.gpx", "<gpx>", "<a{n}>", ""),
    ("a.gpx", "<gpx>", "</a>", ""),
    ("a.gpx", "<gpx>", "<!-- {n} -->", "</gpx>"),
    ("a.gpx", "<gpx><!--", "- ", ""),
    ("a.gpx", "<gpx><!--", "--", ""),
    ("a.gpx", "<gpx>", "<![CDATA[]]>", "</gpx>"),
    ("a.gpx", "<gpx><![CDATA[", "]]", ""),
    ("a.gpx", "<gpx>", "<?a ?>", "</gpx>"),
    ("a.gpx", "<gpx>", "<!DOCTYPE a [", ""),
    ("a.gpx", "<gpx>", "<", ""),
    ("a.gpx", "<gpx", " a{n}='x'", "/>"),
    ("a.gpx", "<gpx", " a='x'", "/>"),
    ("a.gpx", "<gpx a='", "x ", "'/>"),
    ("a.gpx", "<gpx><name>", "&amp;", "</name></gpx>"),
    ("a.gpx", "<gpx><name>", "&", "</name></gpx>"),
    ("a.gpx", "<gpx><name>", "x<b/>", "</name></gpx>"),
    (
        "a.gpx",
        "<gpx>",
        "<wpt lat='1' lon='{n}'><name>a</name></wpt>",
        "</gpx>",
    ),
    (
        "a.kml",
        KML,
        "<Placemark><Point><coordinates>8.{n},47</coordinates></Point></Placemark>",
        "</Document></kml>",
    ),
    (
        "a.kml",
        "<kml><Placemark><LineString><coordinates>",
        "8.{n},47,1 ",
        "</coordinates></LineString></Placemark></kml>",
    ),
    ("a.kml", KML, "<Folder>", ""),
    ("a.kml", "<kml><Placemark>", "<MultiGeometry>", ""),
    (
        "a.kml",
        "<kml><Placemark><gx:Track>",
        "<when>2024</when><gx:coord>8 47 {n}</gx:coord>",
        "</gx:Track></Placemark></kml>",
    ),
    (
        "a.kml",
        "<kml><Placemark><gx:Track>",
        "<when>2024</when>",
        "</gx:Track></Placemark></kml>",
    ),
    (
        "a.kml",
        KML,
        "<NetworkLink><Link><href>a{n}.kml</href></Link></NetworkLink>",
        "</Document></kml>",
    ),
    (
        "a.tcx",
        "<TrainingCenterDatabase><Activities><Activity><Lap><Track>",
        "<Trackpoint><Position><LatitudeDegrees>47</LatitudeDegrees><LongitudeDegrees>8.{n}</LongitudeDegrees></Position></Trackpoint>",
        "",
    ),
    // JSON.
    (
        "a.geojson",
        FEATURES,
        "{\"type\":\"Feature\",\"properties\":{\"a\":{n}},\"geometry\":{\"type\":\"Point\",\"coordinates\":[8,47]}},",
        "null]}",
    ),
    (
        "a.geojson",
        FEATURES,
        "{\"type\":\"Feature\",\"properties\":{\"a{n}\":1}},",
        "null]}",
    ),
    (
        "a.geojson",
        "{\"type\":\"MultiPoint\",\"coordinates\":[",
        "[8,47],",
        "[8,47]]}",
    ),
    (
        "a.geojson",
        "{\"type\":\"MultiPolygon\",\"coordinates\":[",
        "[[[8,47],[9,47],[9,48],[8,47]]],",
        "[]]}",
    ),
    (
        "a.geojson",
        "{\"type\":\"Feature\",\"properties\":{",
        "\"a{n}\":null,",
        "\"b\":1}}",
    ),
    ("a.geojson", "", "[", ""),
    ("a.geojson", "", "{\"a\":", ""),
    ("a.geojson", "{\"type\":\"", "\\\"", "\"}"),
    (
        "a.geojson",
        "",
        "{\"type\":\"Point\",\"coordinates\":[8,47]}\n",
        "",
    ),
    ("a.json", "[", "{\"lat\":47,\"lon\":8.{n}},", "{}]"),
    ("a.json", "", "{\"lat\":47,\"lon\":8}\n", ""),
    ("a.json", "", "{\"lat\":47,\n", ""),
    (
        "a.json",
        "[{\"a\":1,",
        "\"lat{n}\":47,\"{n}lon\":8,",
        "\"geom\":\"POINT(8 47)\"}]",
    ),
    (
        "a.json",
        "{\"locations\":[",
        "{\"latitudeE7\":470000000,\"longitudeE7\":8{n},\"timestampMs\":\"1714557600000\"},",
        "{}]}",
    ),
    // Tables and lines.
    ("a.csv", "lat,lon,weight\n", "47,8.{n},1\n", ""),
    ("a.csv", "lat,lon,weight\n", "\"47\",\"8.{n}\",\"\"\n", ""),
    ("a.csv", "lat,lon,weight\n", "47,8,\"", ""),
    ("a.csv", "lat,lon,weight\n", "\"\n", ""),
    ("a.csv", "lat,lon,weight\n", "\"\"", ""),
    ("a.csv", "lat,lon", ",a{n}", "\n47,8\n"),
    ("a.csv", "lat,lon\n", ",", "\n"),
    ("a.csv", "lat,lon,id\n", "47,8,{n}\n", ""),
    ("a.csv", "wkt\n\"MULTIPOINT(", "8 47,", "8 47)\"\n"),
    ("a.csv", "wkt\n", "\"GEOMETRYCOLLECTION(POINT(1 2))\"\n", ""),
    ("a.csv", "wkt\n\"", "GEOMETRYCOLLECTION(", "\"\n"),
    ("a.csv", "polyline\n", "_p~iF~ps|U_ulLnnqC\n", ""),
    ("a.csv", "polyline\n", "_p~iF~ps|U", "\n"),
    ("a.txt", "", "47.1 8.{n} 3\n", ""),
    ("a.txt", "", "47 ", "\n"),
    (
        "a.nmea",
        "",
        "$GPRMC,101112,A,4700.00,N,00800.00,E,0,0,010524,,*00\n",
        "",
    ),
    (
        "a.igc",
        "AXXX\nHFDTE010524\n",
        "B1012134700000N00800000EA0000000000\n",
        "",
    ),
];

fn file((name, begin, again, end): Growing, bytes: usize) -> Seed {
    let mut text = begin.to_owned();
    let mut number = 0;
    while text.len() < bytes {
        text += &again.replace("{n}", &number.to_string());
        number += 1;
    }
    text += end;
    vec![(name.to_owned(), text.into_bytes())]
}

/// Reads a file with all that is in it; whether it is well formed does not matter.
fn read(path: &Path) {
    let options = Options {
        keep_going: true,
        times: true,
        survey: true,
        ..Options::default()
    };
    let sources = [Source::File(path.to_owned())];
    drop(input::read(&sources, &options, &|_| {}, &|_| {}));
}

/// Kinds of files that take out of proportion longer when they are longer.
fn slow(desk: &Desk) -> Vec<String> {
    let small = variable("HEATMAP_GROWING").map_or(SMALL, |kibibytes| kibibytes as usize) << 10;
    let of = |growing| {
        let time = |bytes, often| {
            let path = desk.lay(&file(growing, bytes));
            let once = || {
                let begun = clock();
                read(&path);
                clock().saturating_sub(begun)
            };
            let times = (0..often).map(|_| once()).min();
            times.expect("some times").max(LEAST)
        };
        let is_slow = |often| {
            let (large, small) = (time(TIMES * small, often), time(small, often));
            (large > small * MOST).then_some((growing, small, large))
        };
        // Whatever else the machine does is not meant.
        is_slow(1).and_then(|_| is_slow(5))
    };
    let found = FILES.into_iter().filter_map(of);
    found.map(|fault| format!("{fault:?}")).collect()
}

#[test]
fn what_is_eight_times_as_long_takes_no_square_of_the_time() {
    let faults = at_a_desk(slow);
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
