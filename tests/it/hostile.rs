//! Files that nobody should trust, each with all that is said of it: what is left out has its place
//! and its reason, and nothing takes time or memory that the file itself does not have.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use rusqlite::Connection;

use crate::archives::zipped;
use crate::edges::shp;
use crate::run::Run;

const NO_COLUMNS: &str = "\n  say which they are, by name or number, with --lat-field and --lon-field; see --delimiter and --skip-rows, too\n";

/// What the program says of a file, all of it, and how it ends.
#[track_caller]
fn said_of(name: &str, content: impl AsRef<[u8]>, args: &str, code: i32, words: &str) {
    let run = Run::new(args).arg("-o").arg("p.png").arg(name);
    let done = run.file(name, content).go();
    assert_eq!(
        (done.code, done.stderr.as_str()),
        (code, words),
        "{name} {args}"
    );
}

/// The same of a file in which there is nothing.
#[track_caller]
fn nothing_in(name: &str, content: impl AsRef<[u8]>, args: &str, why: &str) {
    let words = format!("heatmap: {name}: {why}\n");
    said_of(name, content, args, 3, &words);
}

mod text {
    use super::*;

    #[test]
    fn what_only_looks_like_a_number_is_none() {
        let rows = "lat,lon,weight\n1e999,1,1\n0x10,1,1\n1_000,1,1\n-0,1,1\n1,1,NaN\n1,1,inf\n1,1,1e999\n2,2,1\n";
        let words = "heatmap: warning: a.csv:2: latitude inf is not between -90 and 90
heatmap: warning: a.csv:3: latitude '0x10' is not a number
heatmap: warning: a.csv:6: weight NaN is not finite
heatmap: warning: a.csv:7: weight inf is not finite
heatmap: warning: a.csv:8: weight inf is not finite
heatmap: warning: 5 of 8 records were skipped\n";
        said_of("a.csv", rows, "", 0, words);
    }

    #[test]
    fn weights_whose_sum_is_more_than_any_number_stay_numbers() {
        let rows = format!("lat,lon,weight\n{}2,2,-1e308\n", "1,1,1e308\n".repeat(10));
        let words = "heatmap: warning: 1 of 11 weights are negative, and what is colder than nothing is blank; --scheme rdbu shows both sides\n";
        let beyond = "heatmap: warning: weights add up to more than 3.4e38, which is as hot as it gets; divide them by something first\n";
        for decay in ["-d 0", "-d 0.9", "-d 1"] {
            said_of("a.csv", &rows, decay, 0, &format!("{words}{beyond}"));
        }
    }

    #[test]
    fn sums_beyond_all_numbers_are_told_of_films_groups_and_tiles() {
        let beyond = "heatmap: warning: weights add up to more than 3.4e38, which is as hot as it gets; divide them by something first\n";
        let rows = format!(
            "lat,lon,weight,kind\n{}2,2,1,b\n",
            "1,1,1e308,a\n".repeat(10)
        );
        for args in [
            "-a -W 60 -d 1 -o p.gif",
            "-a -W 60 -d 1 --frame-scale each -o p.gif",
            "--by kind -W 60 -d 1 -o p-{by}.png",
            "--max-zoom 1 -d 1 -o p.pmtiles",
            "--surface mean --weight-field weight -W 60 -o p.png",
        ] {
            let done = Run::new(args).arg("a.csv").file("a.csv", &rows).ok();
            assert_eq!(
                done.stderr.matches(beyond).count(),
                1,
                "{args}: {}",
                done.stderr
            );
        }
    }

    #[test]
    fn columns_without_end_are_not_all_named() {
        let names: Vec<_> = (0..100_000).map(|i| format!("c{i}")).collect();
        let rows = format!(
            "{}\n{}\n",
            names.join(","),
            vec!["1"; names.len()].join(",")
        );
        let first: Vec<_> = names[..30].iter().map(|name| format!("'{name}'")).collect();
        let words = format!(
            "heatmap: a.csv: no columns for latitude and longitude are known among {} and 99970 more{NO_COLUMNS}",
            first.join(", ")
        );
        said_of("a.csv", rows, "", 3, &words);
    }

    #[test]
    fn a_line_without_end_is_one_bad_record() {
        let long = "x".repeat(100_000_000);
        let skipped = "heatmap: warning: 1 of 2 records were skipped\n";
        let words = format!("heatmap: warning: a.csv:2: the row is longer than 16 MiB\n{skipped}");
        let rows = format!("lat,lon,name\n1,1,{long}\n2,2,y\n");
        said_of("a.csv", rows, "", 0, &words);
        let words = format!("heatmap: warning: a.txt:1: the line is longer than 64 KiB\n{skipped}");
        said_of("a.txt", format!("1 1 {long}\n2 2\n"), "", 0, &words);
    }

    #[test]
    fn zero_bytes_are_shown_and_left_out() {
        let words = "heatmap: warning: a.csv:3: longitude '\\u{0}\\u{0}' is not a number
heatmap: warning: 1 of 3 records were skipped\n";
        said_of("a.csv", "lat,lon\n1,1\n2,\0\0\n3,3\n", "", 0, words);
    }

    #[test]
    fn utf_16_is_read_whatever_it_says_it_is() {
        let utf_16 = |text: &str| -> Vec<u8> {
            let units = std::iter::once(0xfeff).chain(text.encode_utf16());
            units.flat_map(u16::to_le_bytes).collect()
        };
        let gpx =
            "<?xml version=\"1.0\" encoding=\"UTF-16\"?><gpx><wpt lat=\"1\" lon=\"1\"/></gpx>";
        said_of("a.gpx", utf_16(gpx), "", 0, "");
        said_of("a.json", utf_16("[[1,2],[3,4]]"), "", 0, "");
        said_of("a.csv", utf_16("lat,lon\n1,2\n"), "", 0, "");
        let nmea = "$GPRMC,123519,A,4807.038,N,01131.000,E,022.4,084.4,230394,003.1,W*6A\r\n";
        said_of("a.nmea", utf_16(nmea), "", 0, "");
    }

    #[test]
    fn geometries_that_claim_or_nest_too_much_are_none() {
        let only = "nothing could be read; the only bad record: a.csv:2: ";
        for (geometry, shown) in [
            ("0102000000ffffffff".to_owned(), "0102000000ffffffff"),
            (
                "010700000001000000".repeat(50_000),
                "0107000000010000000107000000010000000107...",
            ),
            (
                format!("MULTIPOLYGON{}", "(".repeat(100_000)),
                "MULTIPOLYGON((((((((((((((((((((((((((((...",
            ),
            (
                "GEOMETRYCOLLECTION(".repeat(50_000),
                "GEOMETRYCOLLECTION(GEOMETRYCOLLECTION(GE...",
            ),
        ] {
            let why = format!("{only}'{shown}' is no geometry");
            nothing_in(
                "a.csv",
                format!("geom\n{geometry}\n"),
                "--geometry-field geom",
                &why,
            );
        }
    }

    #[test]
    fn json_in_json_without_end_is_refused_where_it_begins() {
        for start in ["[", "{\"a\":"] {
            let done = Run::new("-o p.png a.json").file("a.json", start.repeat(1_000_000));
            let done = done.fails(
                3,
                "heatmap: a.json: this is JSON, and no array in it holds places",
            );
            assert_eq!(done.stderr.lines().count(), 2, "{}", done.stderr);
        }
        let start =
            "{\"type\":\"FeatureCollection\",\"features\":[{\"type\":\"Feature\",\"geometry\":";
        let deep = "{\"type\":\"GeometryCollection\",\"geometries\":[".repeat(100_000);
        let why = "this is no JSON from here on: recursion limit exceeded at line 1 column 2736";
        let why = format!(
            "nothing could be read; the only bad record: a.json:1: {why}; the rest of the file was not read"
        );
        nothing_in("a.json", format!("{start}{deep}"), "", &why);
    }
}

mod xml {
    use super::*;

    #[test]
    fn entities_of_entities_are_not_expanded() {
        let entities: String = (1..9)
            .map(|i| format!("<!ENTITY a{i} \"{}\">", format!("&a{};", i - 1).repeat(10)))
            .collect();
        let bomb = format!(
            "<!DOCTYPE g [<!ENTITY a0 \"aaaaaaaaaa\">{entities}]><gpx><wpt lat='1' lon='1'><name>&a8;</name></wpt></gpx>"
        );
        said_of("a.gpx", bomb, "", 0, "");
    }

    #[test]
    fn elements_in_elements_without_end_cost_no_stack() {
        let why = "nothing could be read; the only bad record: a.gpx:1: the file ends in the middle; what came before is used";
        nothing_in("a.gpx", format!("<gpx>{}", "<a>".repeat(300_000)), "", why);
        let why = why.replace("a.gpx", "a.kml");
        nothing_in(
            "a.kml",
            format!("<kml>{}", "<Folder>".repeat(300_000)),
            "",
            &why,
        );
    }

    #[test]
    fn an_attribute_may_be_long() {
        let long = "x".repeat(20_000_000);
        let gpx = format!("<gpx a=\"{long}\"><wpt lat=\"1\" lon=\"1\"/></gpx>");
        said_of("a.gpx", gpx, "", 0, "");
    }

    #[test]
    fn links_are_told_and_not_followed() {
        let kml = "<kml><NetworkLink><Link><href>http://127.0.0.1:1/x.kml</href></Link></NetworkLink></kml>";
        let why = "nothing could be read: there are no points and no tracks; 1 link to other data was not followed: a.kml:1";
        nothing_in("a.kml", kml, "", why);
    }
}

mod packed {
    use super::*;

    #[test]
    fn zeros_without_end_are_read_no_further_than_the_first_row() {
        let mut packed = GzEncoder::new(Vec::new(), Compression::best());
        for _ in 0..200 {
            packed.write_all(&vec![0; 1 << 20]).expect("memory");
        }
        let bomb = packed.finish().expect("memory");
        let name = "\\u{0}".repeat(40);
        let words = format!(
            "heatmap: a.csv.gz: no columns for latitude and longitude are known among '{name}...'{NO_COLUMNS}"
        );
        said_of("a.csv.gz", bomb, "", 3, &words);
    }

    #[test]
    fn members_by_the_thousand_and_names_that_lead_elsewhere_are_members() {
        let names: Vec<_> = (0..1000).map(|i| format!("{i}.csv")).collect();
        let members: Vec<_> = names
            .iter()
            .map(|name| (name.as_str(), &b"1,1\n"[..]))
            .collect();
        said_of("a.zip", zipped(&members), "", 0, "");
        let done = Run::new("-v -o p.png a.zip");
        let members = [
            ("../../x.csv", &b"lat,lon\n1,1\n"[..]),
            ("/etc/y.csv", b"lat,lon\n2,2\n"),
        ];
        done.file("a.zip", zipped(&members))
            .ok()
            .says("2 shapes read");
    }
}

mod binary {
    use super::*;

    /// A record of a shapefile that says of itself what it likes.
    fn record(length: i32, kind: i32, counts: &[i32]) -> Vec<u8> {
        let mut bytes = shp(&[]);
        bytes[32] = kind as u8;
        bytes.extend([1, length].map(i32::to_be_bytes).concat());
        bytes.extend(kind.to_le_bytes());
        bytes.extend([0.0, 0.0, 1.0, 1.0].map(f64::to_le_bytes).concat());
        bytes.extend(counts.iter().flat_map(|count| count.to_le_bytes()));
        bytes
    }

    #[test]
    fn shapefiles_are_not_believed() {
        let only = "nothing could be read; the only bad record: a.shp:1: ";
        let claims = |kind: &str, bytes| {
            format!("{only}the record's {bytes} bytes cannot hold the {kind} that it claims")
        };
        nothing_in(
            "a.shp",
            record(22, 3, &[i32::MAX, i32::MAX]),
            "",
            &claims("Polyline", 44),
        );
        nothing_in(
            "a.shp",
            record(20, 8, &[i32::MAX]),
            "",
            &claims("Multipoint", 40),
        );
        let why = format!("{only}the file ends in the middle of record 1");
        nothing_in("a.shp", record(i32::MAX, 8, &[1]), "", &why);
        let mut long = shp(&[(1.0, 2.0)]);
        long[24..28].copy_from_slice(&i32::MAX.to_be_bytes());
        said_of("a.shp", &long, "", 0, "");
    }

    #[test]
    fn boxes_of_photos_that_hold_themselves_are_broken() {
        let why = "nothing could be read: there are no points and no tracks; 1 photo with broken metadata was left out: a.heic";
        let start = b"\0\0\0\x14ftypheic\0\0\0\0heic";
        let empty = b"\0\0\0\x08meta".repeat(1000);
        let counts = b"\0\0\0\x1cmeta\0\0\0\0\0\0\0\x10iloc\0\0\0\0\x44\0\xff\xff";
        for boxes in [
            &empty[..],
            b"\0\0\0\x04meta",
            b"\0\0\0\x01meta\x40\0\0\0\0\0\0\0",
            counts,
            b"\0\0\0\0meta",
        ] {
            nothing_in("a.heic", [start, boxes].concat(), "", why);
        }
    }

    #[test]
    fn pictures_that_claim_60_000_by_60_000_pixels_are_not_begun() {
        let limit = "not a picture that can be read: Memory limit exceeded";
        let mut bmp =
            b"BM\xe8\x03\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x60\xea\0\0\x60\xea\0\0\x01\0\x18\0"
                .to_vec();
        bmp.resize(154, 0);
        let mut tga = b"\0\0\x02\0\0\0\0\0\0\0\0\0\x60\xea\x60\xea\x20\0".to_vec();
        tga.resize(28, 0);
        let gif = b"GIF89a\x60\xea\x60\xea\0\0\0,\0\0\0\0\x60\xea\x60\xea\0\x02\0;";
        let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\xea\x60\0\0\xea\x60\x08\x02\0\0\0\x0f\xb0\xe2\x15\0\0\0\x0bIDAT\x78\x9c\x4b\x4c\x4a\x06\0\x02\x4d\x01\x27\x89\xd24\xf3\0\0\0\0IEND\xae\x42\x60\x82";
        let jpeg = b"\xff\xd8\xff\xc0\0\x11\x08\xea\x60\xea\x60\x03\x01\x11\0\x02\x11\0\x03\x11\0\xff\xda\0\x0c\x03\x01\0\x02\x11\x03\x11\0\x3f\0\xff\xd9";
        let tags: [[u16; 6]; 9] = [
            [256, 4, 1, 0, 60_000, 0],
            [257, 4, 1, 0, 60_000, 0],
            [258, 3, 1, 0, 8, 0],
            [259, 3, 1, 0, 1, 0],
            [262, 3, 1, 0, 1, 0],
            [273, 4, 1, 0, 8, 0],
            [277, 3, 1, 0, 1, 0],
            [278, 4, 1, 0, 60_000, 0],
            [279, 4, 1, 0, 0xffff, 0xffff],
        ];
        let tags = tags.concat().into_iter().flat_map(u16::to_le_bytes);
        let tiff: Vec<u8> = b"II*\0\x08\0\0\0\x09\0"
            .iter()
            .copied()
            .chain(tags)
            .chain([0; 4])
            .collect();
        let qoi = [&b"qoif\0\0\xea\x60\0\0\xea\x60\x04\0"[..], &[0; 20]].concat();
        for (name, bytes, why) in [
            ("g.bmp", &bmp[..], limit),
            ("g.tga", &tga, limit),
            ("g.png", png, limit),
            ("g.jpg", jpeg, limit),
            ("g.tif", &tiff, limit),
            ("g.ppm", b"P6 60000 60000 255\nabc", limit),
            ("g.gif", gif, limit),
            (
                "g.qoi",
                &qoi,
                "not a picture that can be read: Format error decoding Qoi: invalid image dimensions: 60000x60000",
            ),
        ] {
            for option in ["-G", "-I"] {
                let run = Run::new("-o p.png a").arg(option).arg(name);
                let done = run.file("a", "1 1\n").file(name, bytes).go();
                let words = format!("heatmap: {name}: {why}\n");
                assert_eq!((done.code, done.stderr), (3, words), "{option} {name}");
            }
        }
    }
}

mod tiles {
    use super::*;

    /// A base map whose database was made by somebody who means harm.
    #[track_caller]
    fn said_of_map(tables: &str, why: &str) {
        let run = Run::new("-W 64 --osm --bbox=-170,-80,170,80 -o p.png a --osm-base m.mbtiles");
        let run = run.file("a", "1 1\n");
        let database = Connection::open(run.folder().join("m.mbtiles")).expect("a database");
        database.execute_batch(tables).expect("its tables");
        database.close().expect("a database");
        let done = run.go();
        let words = format!("heatmap: m.mbtiles: {why}\n");
        assert_eq!((done.code, done.stderr), (3, words));
    }

    #[test]
    fn a_table_that_never_ends_is_left() {
        let endless = "CREATE TABLE metadata (name, value);
            CREATE VIEW tiles AS WITH RECURSIVE t(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM t)
            SELECT 0 AS zoom_level, 0 AS tile_column, 0 AS tile_row, x'00' AS tile_data FROM t WHERE n < 0;";
        said_of_map(
            endless,
            "reading its tables takes longer than those of any map",
        );
    }

    /// A map is a file of the program's own, cut short.
    #[test]
    fn half_a_database_is_none_or_has_what_it_has() {
        let made = Run::new("--max-zoom 1 -o m.mbtiles a")
            .file("a", "1 1\n2 2\n")
            .ok();
        let whole = made.bytes("m.mbtiles");
        let args = "-W 64 --osm --bbox=-170,-80,170,80 -o p.png a --osm-base m.mbtiles";
        let said = |length: usize| {
            let run = Run::new(args).file("a", "1 1\n");
            let done = run.file("m.mbtiles", &whole[..length]).go();
            (done.code, done.stderr)
        };
        let of = |code, why: &str| (code, format!("heatmap: m.mbtiles: {why}\n"));
        assert_eq!(said(0), of(3, "not an MBTiles file: no such table: tiles"));
        let malformed = of(3, "not an MBTiles file: database disk image is malformed");
        // The suite would be long with all of them.
        for length in (64..whole.len()).step_by(64 * 37) {
            let (code, stderr) = said(length);
            // Whose table is whole, and its tiles are not.
            let is_empty = code == 3 && stderr.contains("tile 0/0/0: there is no such tile");
            assert!(
                is_empty || (code, &stderr) == (malformed.0, &malformed.1),
                "{length}: {stderr}"
            );
        }
        assert_eq!(said(whole.len()), (0, String::new()));
    }

    #[test]
    fn a_store_of_tiles_that_is_no_map_is_refused_by_its_name() {
        let run = Run::new("-W 64 --osm -o p.png a --osm-base m.pmtiles").file("a", "1 1\n");
        let done = run.file("m.pmtiles", b"PMTiles\x03").go();
        let words = "heatmap: m.pmtiles is no source of tiles\n  it begins with https://, http:// or file:, or ends in .mbtiles\n";
        assert_eq!((done.code, done.stderr.as_str()), (2, words));
    }

    #[test]
    fn a_tile_as_large_as_a_disk_is_not_read() {
        let large = "CREATE TABLE metadata (name, value);
            CREATE TABLE tiles (zoom_level, tile_column, tile_row, tile_data);
            INSERT INTO metadata VALUES ('minzoom', '-5'), ('maxzoom', '99999999999');
            INSERT INTO tiles VALUES (0, 0, 0, zeroblob(100000000));";
        said_of_map(large, "tile 0/0/0: larger than 2 MiB, and so no tile");
    }
}
