//! Surfaces of what was measured, from the command line to files.

use std::fs;

use crate::run::{Done, Run, data};

/// Measurements around two places: 20 below zero in the west, 60 above zero in the east, and 0
/// between them.
const SIGNALS: &str = "lat,lon,dbm\n0.5,0.2,-20\n0.5,0.2,-20\n0.5,0.5,0\n0.5,0.8,50\n0.5,0.8,70\n";
const FRAME: &str = "--bbox 0,0,1,1 -W 100";

fn signals(args: &str) -> Run {
    let line = format!("{args} {FRAME} --weight-field dbm s.csv");
    Run::new(&line).file("s.csv", SIGNALS)
}

fn floats(done: &Done, name: &str) -> Vec<f32> {
    let bytes = done.bytes(name);
    let (floats, _) = bytes[128..].as_chunks::<4>();
    floats
        .iter()
        .map(|bytes| f32::from_le_bytes(*bytes))
        .collect()
}

/// The values at the columns of the middle row, in hundredths of the width.
fn row(values: &[f32], columns: [usize; 4]) -> [f32; 4] {
    let side = values.len().isqrt();
    columns.map(|column| values[side / 2 * side + column * side / 100])
}

#[test]
fn a_mean_is_of_values_and_nothing_is_where_nothing_was_measured() {
    let done =
        signals("-v -r 9 --surface mean -o p.png -o v.npy -o v.asc -o v.tif:raw --legend").ok();
    let values = floats(&done, "v.npy");
    let [west, middle, east, nowhere] = row(&values, [20, 50, 80, 35]);
    assert_eq!((west, middle), (-20.0, 0.0));
    assert!((east - 60.0).abs() < 1e-4, "{east}");
    assert!(nowhere.is_nan());
    assert!(
        done.stderr.contains("values: from -20 to 60"),
        "{}",
        done.stderr
    );
    assert!(
        done.stderr
            .contains("scale of colours: linear from -20 to 60")
    );
    let picture = done.picture("p.png");
    let side = picture.width();
    let alpha = |column: u32| picture.get_pixel(column * side / 100, side / 2)[3];
    assert_eq!((alpha(20), alpha(50), alpha(35)), (255, 255, 0));
    assert_eq!(alpha(25), 227, "it fades: two at 5 pixels of 9");
    let text = String::from_utf8(done.bytes("v.asc")).expect("text");
    assert!(text.contains("NODATA_value -3.4028235e38\n") && text.contains(" -20.0 "));
    let tiff = done.bytes("v.tif");
    let has = |words: &[u8]| tiff.windows(words.len()).any(|part| part == words);
    assert!(has(b"nan\0") && has(b"mean value, kernel linear, radius 9"));
}

#[test]
fn support_says_from_when_values_are_opaque_and_colours_stay() {
    let pixel = |support: &str, column: u32| {
        let done = signals(&format!("-r 9 --surface mean -o p.png {support}")).ok();
        let picture = done.picture("p.png");
        let side = picture.width();
        picture.get_pixel(column * side / 100, side / 2).0
    };
    let ([r, g, b, faint], [one, two, three, full]) = (pixel("--support 8", 20), pixel("", 20));
    assert_eq!(([r, g, b], full), ([one, two, three], 255));
    // Two measurements out of eight.
    assert_eq!(faint, 64);
    assert_eq!(pixel("--support 2", 50)[3], 128);
}

#[test]
fn aggregates_are_of_pixels() {
    let at = |args: &str, column: usize| {
        let done = signals(&format!("-r 5 {args} -o v.npy")).ok();
        row(&floats(&done, "v.npy"), [column; 4])[0]
    };
    assert_eq!(at("--surface mean --aggregate max", 80), 70.0);
    assert_eq!(at("--surface mean --aggregate std", 80), 10.0);
    assert_eq!(at("--surface mean --aggregate count", 50), 1.0);
    assert_eq!(at("--aggregate min", 80), 50.0);
    assert_eq!(at("--aggregate sum -d 0", 80), 120.0);
    assert_eq!(at("-d 0", 80), 70.0);
}

#[test]
fn what_makes_no_sense_is_refused() {
    for (args, fact) in [
        ("--surface mean -d 0.5", "a mean has no decay"),
        ("--support 3", "--support is of a mean"),
        ("--surface mean --threshold 2", "--threshold is of heat"),
        (
            "--surface mean --track-weight visits",
            "--track-weight is of density",
        ),
        (
            "--surface mean --unit per-km2",
            "values have no number per square kilometre",
        ),
        ("--surface mean --how eq_hist", "eq_hist is for heats"),
        ("--surface mean --max p99", "a percentile is for heats"),
        ("-a --surface mean", "for pictures that stand still"),
        ("-a --aggregate max", "for pictures that stand still"),
    ] {
        let output = if args.starts_with("-a") {
            "p.gif"
        } else {
            "p.png"
        };
        signals(&format!("{args} -o {output}")).fails(2, fact);
    }
    let track =
        "<gpx><trk><trkseg><trkpt lat='1' lon='1'/><trkpt lat='2' lon='2'/></trkseg></trk></gpx>";
    Run::new("--surface mean -o p.png t.gpx")
        .file("t.gpx", track)
        .fails(2, "tracks have no values on single pixels");
}

#[test]
fn inverse_distances_fill_the_frame() {
    let at = |args: &str| {
        let done = signals(&format!(
            "--surface mean -k idw {args} -o v.npy -o p.png -o p.json"
        ))
        .ok();
        let json = String::from_utf8(done.bytes("p.json")).expect("text");
        (
            row(&floats(&done, "v.npy"), [20, 50, 80, 0]),
            done.picture("p.png"),
            json,
        )
    };
    let ([west, middle, east, edge], picture, json) = at("");
    assert_eq!((west, middle, east), (-20.0, 0.0, 60.0));
    assert!((-20.0..0.0).contains(&edge), "{edge}");
    assert!(picture.pixels().all(|pixel| pixel[3] == 255));
    assert!(
        json.contains("\"kernel\": \"idw of power 2\"") && json.contains("\"radius\": null"),
        "{json}"
    );
    let ([.., steep], _, json) = at("--idw-power 4");
    assert!(steep < edge && json.contains("idw of power 4"));
    let ([west, .., edge], picture, json) = at("-r 9");
    assert!(west == -20.0 && edge.is_nan() && json.contains("\"radius\": 9"));
    let clear = picture.pixels().filter(|pixel| pixel[3] == 0).count();
    assert!((9000..9500).contains(&clear), "{clear}");
    for (args, fact) in [
        ("-k idw", "-k idw is a mean of what was measured"),
        (
            "-k idw --surface mean --support 2",
            "--support says nothing",
        ),
        ("--surface mean --idw-power 3", "--idw-power is of -k idw"),
        ("-k idw --idw-power 9", "between 0.1 and 4"),
    ] {
        signals(&format!("{args} -o p.png")).fails(2, fact);
    }
    Run::new("-k idw --surface mean --weight-field dbm s.csv -o t.pmtiles")
        .file("s.csv", SIGNALS)
        .fails(2, "tiles are parts of one");
}

/// A track east along 0.5° north: 1,113 metres in 40 seconds, in none that are told, and in 100;
/// and a waypoint without anything.
const RIDE: &str = "<gpx><wpt lat='0.1' lon='0.1'/><trk><trkseg>\
    <trkpt lat='0.5' lon='0.20'><ele>-5</ele><time>2024-05-01T08:00:00Z</time></trkpt>\
    <trkpt lat='0.5' lon='0.21'><ele>0</ele><time>2024-05-01T08:00:40Z</time><extensions><gpxtpx:TrackPointExtension>\
      <gpxtpx:hr>140</gpxtpx:hr></gpxtpx:TrackPointExtension></extensions></trkpt>\
    <trkpt lat='0.5' lon='0.22'><ele>60</ele></trkpt>\
    <trkpt lat='0.5' lon='0.23'><time>2024-05-01T08:01:40Z</time><extensions><hr>0</hr></extensions></trkpt>\
    <trkpt lat='0.5' lon='0.24'><ele>70</ele><time>2024-05-01T08:03:20Z</time></trkpt>\
    </trkseg></trk></gpx>";

#[test]
fn tracks_have_values_of_their_own() {
    let ride = |args: &str| {
        let line = format!("{args} -v -r 3 {FRAME} -W 1000 t.gpx -o v.npy -o p.png --legend");
        Run::new(&line).file("t.gpx", RIDE)
    };
    let at = |done: &Done| {
        let values = floats(done, "v.npy");
        [200, 210, 220, 230, 240].map(|column| values[500 * 1000 + column])
    };
    let done = ride("--surface mean --value elevation").ok();
    let [first, second, third, none, last] = at(&done);
    assert_eq!([first, second, third, last], [-5.0, 0.0, 60.0, 70.0]);
    assert!(none.is_nan());
    assert!(
        done.stderr.contains("values: from -5 to 70"),
        "{}",
        done.stderr
    );
    done.says("1 place has no value of the wanted kind, and was left out: t.gpx");
    let done = ride("--surface mean --value heartrate").ok();
    assert_eq!(at(&done)[1], 140.0);
    done.says("4 places have no values of the wanted kind, and were left out");
    let done = ride("--surface mean --value speed").ok();
    let speeds = at(&done).map(f32::round);
    assert_eq!((speeds[1], speeds[4]), (100.0, 40.0));
    assert!(speeds[0].is_nan() && speeds[2].is_nan());
    done.says("2 places have no values of the wanted kind, and were left out");
    let done = ride("--aggregate max -d 0 --value elevation").ok();
    assert_eq!(at(&done), [-5.0, 0.0, 60.0, 0.0, 70.0]);
    let waypoints = ride("--surface mean --value elevation --gpx waypoints");
    waypoints
        .file(
            "t.gpx",
            "<gpx><wpt lat='0.5' lon='0.2'><ele>8</ele></wpt><wpt lat='0.1' lon='0.1'/></gpx>",
        )
        .ok()
        .says("1 place has no value of the wanted kind, and was left out: t.gpx:1");
}

#[test]
fn every_format_that_has_values_gives_them() {
    let tcx = "<TrainingCenterDatabase><Activities><Activity Sport='Running'><Lap><Track><Trackpoint>\
        <Position><LatitudeDegrees>0.5</LatitudeDegrees><LongitudeDegrees>0.2</LongitudeDegrees></Position>\
        <AltitudeMeters>12.5</AltitudeMeters><HeartRateBpm><Value>151</Value></HeartRateBpm>\
        </Trackpoint></Track></Lap></Activity></Activities></TrainingCenterDatabase>";
    let igc = "AXXX\r\nHFDTE010524\r\nB0800000030000N00012000EA0009500125\r\n";
    let nmea = "$GPGGA,080000,0030.0,N,00012.0,E,1,08,0.9,545.4,M,46.9,M,,\n\
        $GPRMC,080000,A,0030.0,N,00012.0,E,022.4,084.4,010524,,\n";
    let kml = "<kml><Placemark><gx:Track><gx:coord>0.2 0.5 41</gx:coord><ExtendedData><SchemaData>\
        <gx:SimpleArrayData name='heartrate'><gx:value>133</gx:value></gx:SimpleArrayData>\
        </SchemaData></ExtendedData></gx:Track></Placemark></kml>";
    let line = "<kml><LineString><coordinates>0.2,0.5,-7 0.9,0.9</coordinates></LineString></kml>";
    let point =
        "<kml><Placemark><Point><coordinates>0.2,0.5,17</coordinates></Point></Placemark></kml>";
    let geojson =
        "{'type':'LineString','coordinates':[[0.2,0.5,99],[0.9,0.9]]}".replace('\'', "\"");
    let owntracks = "2024-05-01T08:00:00Z\t*\t{'_type':'location','lat':0.5,'lon':0.2,'alt':31,'tst':1714550400}\n"
        .replace('\'', "\"");
    for (name, file, value, expected) in [
        ("t.nmea", nmea, "elevation", 545.4),
        ("t.kml", kml, "elevation", 41.0),
        ("t.kml", kml, "heartrate", 133.0),
        ("l.kml", line, "elevation", -7.0),
        ("p.kml", point, "elevation", 17.0),
        ("l.geojson", &geojson, "elevation", 99.0),
        ("t.rec", &owntracks, "elevation", 31.0),
        ("t.tcx", tcx, "elevation", 12.5),
        ("t.tcx", tcx, "heartrate", 151.0),
        ("t.igc", igc, "elevation", 125.0),
    ] {
        let line = format!("--surface mean --value {value} -r 3 {FRAME} {name} -o v.npy");
        let values = floats(&Run::new(&line).file(name, file).ok(), "v.npy");
        assert_eq!(row(&values, [20; 4])[0], expected, "{name} {value}");
    }
    let refused = [
        ("--value speed", "would be of fixes"),
        (
            "--value speed --surface mean --weight-field a",
            "cannot be used with",
        ),
    ];
    for (args, fact) in refused {
        Run::new(&format!("{args} t.tcx -o p.png"))
            .file("t.tcx", tcx)
            .fails(2, fact);
    }
    signals("--surface mean -o p.png").ok();
    Run::new("--value elevation --surface mean s.csv -o p.png")
        .file("s.csv", SIGNALS)
        .fails(3, "5 places have no values of the wanted kind");
}

/// Values of other things that are told of a track are no rates.
#[test]
fn rates_of_hearts_end_with_their_list() {
    let kml = "<kml><Placemark><gx:Track><gx:coord>0.2 0.5 41</gx:coord><gx:coord>0.8 0.5 41</gx:coord>\
        <ExtendedData><SchemaData><gx:SimpleArrayData name='heartrate'><gx:value>133</gx:value>\
        </gx:SimpleArrayData></SchemaData><Data name='gear'><value>9</value></Data></ExtendedData>\
        </gx:Track></Placemark></kml>";
    let line = format!("--surface mean --value heartrate -r 3 {FRAME} t.kml -o v.npy");
    let done = Run::new(&line).file("t.kml", kml).ok();
    assert_eq!(row(&floats(&done, "v.npy"), [20; 4])[0], 133.0);
    done.says("1 place has no value of the wanted kind, and was left out");
}

/// Of a ride whose 1,462 places have 1,430 rates, of which 187 is the highest, as fitparse has it.
#[test]
fn watches_give_the_rates_of_hearts() {
    let file = fs::read(data("formats/fit/sample_mulitple_header.fit")).expect("a sample");
    let done = Run::new("--aggregate max -d 0 -r 1 --value heartrate t.fit -o v.npy")
        .file("t.fit", file)
        .ok();
    let highest = floats(&done, "v.npy").into_iter().fold(0.0, f32::max);
    assert_eq!(highest, 187.0);
    done.says("32 places have no values of the wanted kind, and were left out");
}

#[test]
fn tiles_have_values_too() {
    let tile = |args: &str| {
        let line = format!("{args} --min-zoom 8 --max-zoom 8 --weight-field dbm s.csv");
        let done = Run::new(&line)
            .arg("-otiles/{z}/{x}/{y}.png")
            .file("s.csv", SIGNALS)
            .ok();
        let tile = done.picture("tiles/8/128/127.png");
        // 0.2, 0.5 and 0.8 degrees from the edge of a tile of 1.40625.
        [36, 91, 145].map(|x| tile.get_pixel(x, 165).0)
    };
    let [west, middle, east] = tile("--surface mean --support 0.7");
    assert_eq!([west, east], [[68, 1, 84, 255], [253, 231, 37, 255]]);
    assert_ne!(middle[..3], west[..3]);
    assert_eq!(middle[3], 255, "0 is a value");
    let [_, most, _] = tile("--surface mean --aggregate max --support 0.7 --max 0");
    assert_eq!(most, east);
    Run::new("--zoom-level 9 s.csv -o t.pmtiles")
        .file("s.csv", SIGNALS)
        .fails(2, "--zoom-level is for pictures");
}

#[test]
fn saved_values_are_added_as_values() {
    let save = |rows: &str| {
        let line = format!("-r 9 --surface mean -S s.heat {FRAME} --weight-field dbm s.csv");
        Run::new(&line)
            .file("s.csv", format!("lat,lon,dbm\n{rows}"))
            .ok()
            .bytes("s.heat")
    };
    let (zero, twelve) = (save("0.5,0.5,0\n0.5,0.5,0\n"), save("0.5,0.5,12\n"));
    let run = |args: &str| {
        let line = format!("-r 9 -L a.heat -L b.heat -o v.npy {args}");
        Run::new(&line)
            .file("a.heat", &zero)
            .file("b.heat", &twelve)
    };
    let both = floats(&run("--surface mean").ok(), "v.npy");
    assert_eq!(row(&both, [50; 4])[0], 4.0);
    let density = floats(&run("-d 1").ok(), "v.npy");
    assert_eq!(row(&density, [50; 4])[0], 12.0);
    let plain = signals("-r 9 -S s.heat").ok().bytes("s.heat");
    Run::new("--surface mean -L s.heat -o p.png")
        .file("s.heat", plain)
        .fails(
            3,
            "without values of 0\n  save it again (-S) with --surface mean, or with --aggregate",
        );
}
