//! Rows, columns and weights, on small texts and on real files.

use std::fs;

use super::*;
use crate::geo::{Coord, Geometry};
use crate::input::Manner;
use crate::input::columns::{Field, Options};
use crate::input::opened::Head;
use crate::input::samples;
use crate::input::tests::{collect, collect_in, facts, weighted};
use crate::input::{Counted, Report};

fn run(text: impl AsRef<[u8]>, options: &Options) -> (Report, Vec<Shape>) {
    collect(false, |sink| read(text.as_ref(), options, sink))
}

fn places(text: &str, options: &Options) -> Vec<(f64, f64, f64)> {
    let (report, shapes) = run(text, options);
    assert_eq!(
        facts(&report).join("\n") + &format!("{:?}", report.failed),
        "[]",
        "{text}"
    );
    weighted(&shapes)
}

fn found(text: &str) -> Vec<(f64, f64, f64)> {
    places(text, &Options::default())
}

fn fields(lat: &str, lon: &str, weight: &str) -> Options {
    let field = |text: &str| match text.parse() {
        _ if text.is_empty() => None,
        Ok(number) => Some(Field::Number(number)),
        Err(_) => Some(Field::Name(text.to_owned())),
    };
    Options {
        lat_field: field(lat),
        lon_field: field(lon),
        weight_field: field(weight),
        ..Options::default()
    }
}

fn failure(text: &str, options: &Options) -> String {
    run(text, options)
        .0
        .failed
        .first()
        .map(ToString::to_string)
        .unwrap_or_default()
}

#[test]
fn without_a_header_the_columns_are_latitude_longitude_weight() {
    assert_eq!(found("1,2\n3,4,5\n"), [(1.0, 2.0, 1.0), (3.0, 4.0, 5.0)]);
    assert_eq!(found("1,2,\n3,4,x\n"), [(1.0, 2.0, 1.0), (3.0, 4.0, 1.0)]);
}

#[test]
fn a_header_names_the_columns_in_any_case_and_order() {
    for header in [
        "LAT,a,Lon",
        "latitude,a,longitude",
        " y ,a,x",
        "reclat,a,reclong",
        "Lat,a,LNG",
        "lat,a,long",
        "a_latitude,a,A_Longitude",
    ] {
        assert_eq!(
            found(&format!("{header}\n1,9,2\n")),
            [(1.0, 2.0, 1.0)],
            "{header}"
        );
    }
}

#[test]
fn with_a_header_only_a_column_called_weight_is_one() {
    assert_eq!(found("lat,lon,mag\n1,2,3\n"), [(1.0, 2.0, 1.0)]);
    assert_eq!(
        found("Weight,lat,lon\n3,1,2\n,1,2\n"),
        [(1.0, 2.0, 3.0), (1.0, 2.0, 1.0)]
    );
}

#[test]
fn of_several_candidates_the_first_pair_with_one_prefix_is_taken() {
    let text = "dropoff_longitude,pickup_latitude,pickup_longitude,dropoff_latitude\n4,1,2,3\n";
    assert_eq!(found(text), [(1.0, 2.0, 1.0)]);
    assert_eq!(
        places(text, &fields("dropoff_latitude", "", "")),
        [(3.0, 4.0, 1.0)]
    );
    assert_eq!(
        found("x,y,lon,lat\n500000,4000000,2,1\n"),
        [(1.0, 2.0, 1.0)]
    );
    assert_eq!(
        failure("start_latitude,end_longitude\n1,2\n", &Options::default())
            .lines()
            .count(),
        2
    );
}

#[test]
fn the_columns_that_are_asked_for_win() {
    assert_eq!(
        places("lat,lon,n,e,mag\n1,2,3,4,5\n", &fields("N", "e", "mag")),
        [(3.0, 4.0, 5.0)]
    );
    assert_eq!(
        places("a,b,c\n9,1,2\n", &fields("2", "3", "")),
        [(1.0, 2.0, 1.0)]
    );
    assert_eq!(places("9,1,2\n", &fields("2", "3", "")), [(1.0, 2.0, 1.0)]);
    assert_eq!(places("1,2,3,4\n", &fields("", "", "4")), [(1.0, 2.0, 4.0)]);
    assert_eq!(places("1,2,3\n", &fields("2", "1", "")), [(2.0, 1.0, 3.0)]);
    let skipping = Options {
        ignore_header: true,
        ..fields("", "2", "")
    };
    assert_eq!(places("lon,lat,c\n1,2,3\n", &skipping), [(1.0, 2.0, 3.0)]);
}

#[test]
fn ignoring_the_header_skips_the_first_row_whatever_it_says() {
    let options = Options {
        ignore_header: true,
        ..Options::default()
    };
    assert_eq!(places("lon,lat,mag\n1,2,3\n", &options), [(1.0, 2.0, 3.0)]);
    assert_eq!(places("7,8,9\n1,2,3\n", &options), [(1.0, 2.0, 3.0)]);
}

#[test]
fn columns_that_are_not_there_are_an_error_that_lists_those_that_are() {
    assert_eq!(
        failure("a,B c\n1,2\n", &Options::default()),
        "test: no columns for latitude and longitude are known among 'a', 'B c'\n  \
         say which they are, by name or number"
    );
    assert_eq!(
        failure("lat,lon\n1,2\n", &fields("", "", "w")),
        "test: there is no column 'w' among 'lat', 'lon'"
    );
    assert_eq!(
        failure("1,2\n", &fields("0", "", "")),
        "test: there is no column 0; columns are counted from 1"
    );
}

#[test]
fn a_weight_that_was_asked_for_must_be_there() {
    let (report, shapes) = run(
        "lat,lon,w\n1,2,3\n1,2,\n1,2\n1,2,x\n1,2,inf\n",
        &fields("", "", "w"),
    );
    assert_eq!(weighted(&shapes), [(1.0, 2.0, 3.0)]);
    assert_eq!(
        facts(&report),
        [
            "test:3: no weight: the field is empty",
            "test:4: no weight: there are 2 fields",
            "test:5: weight 'x' is not a number",
            "test:6: weight inf is not finite",
        ]
    );
}

#[test]
fn delimiters_and_decimal_commas_are_found() {
    for text in [
        "1.5,2,3\n",
        "1.5;2;3\n",
        "1,5;2,0;3,0\n",
        "1.5\t2\t3\n",
        "1.5|2|3\n",
        "\"1.5\",\"2\",\"3\"\r\n",
    ] {
        assert_eq!(found(text), [(1.5, 2.0, 3.0)], "{text}");
    }
    assert_eq!(found("lat,lon,note\n1,2,a;b;c\n3,4,d;e;f\n").len(), 2);
    assert_eq!(found("1,2,a;b\n3,4,c;d\n").len(), 2);
}

#[test]
fn rows_that_do_not_parse_are_named_by_the_line_they_start_on() {
    let text = "lat,lon\r\n\r\n1,2\r\n\"a\r\nb\",2\r\n\r\n1\r\n100,20\r\n";
    let (report, shapes) = run(text, &Options::default());
    assert_eq!((shapes.len(), report.records, report.skipped), (1, 4, 3));
    assert_eq!(
        facts(&report),
        [
            "test:4: latitude 'a\\r\\nb' is not a number",
            "test:7: no longitude: there is 1 field",
            "test:8: latitude 100 is not between -90 and 90; are latitude and longitude swapped?",
        ]
    );
}

#[test]
fn a_quote_that_is_never_closed_costs_one_row() {
    for end in ["", "\n", "\r\n", "\n\n"] {
        let (report, shapes) = run(format!("1,2\n3,4,\"x\n5,6\n7,8{end}"), &Options::default());
        assert_eq!(shapes.len(), 3, "{end:?}");
        assert_eq!(
            facts(&report),
            ["test:2: a quote in this row is never closed"],
            "{end:?}"
        );
    }
}

#[test]
fn a_quote_that_is_closed_at_the_very_end_costs_nothing() {
    for end in ["", "\n", "\r\n"] {
        assert_eq!(found(&format!("1,2\n3,4,\"x\n\"{end}")).len(), 2, "{end:?}");
    }
}

#[test]
fn a_row_without_end_is_given_up_and_the_rest_is_read() {
    let good = format!("1,2,{}\n", "z".repeat(1000)).repeat(17_000);
    let (report, shapes) = run(format!("3,4\n5,6,\"\n{good}"), &Options::default());
    assert_eq!((shapes.len(), report.skipped), (17_001, 1));
    assert_eq!(facts(&report), ["test:2: the row is longer than 16 MiB"]);

    let (report, shapes) = run(
        format!("3,4\n{}\n5,6\nx,y\n", "z".repeat(17 << 20)),
        &Options::default(),
    );
    assert_eq!((shapes.len(), report.skipped), (2, 2));
    assert_eq!(facts(&report)[1], "test:4: latitude 'x' is not a number");
}

#[test]
fn a_row_of_more_fields_than_a_table_has_columns_is_bad() {
    let wide = ",".repeat(WIDEST);
    let told = |at: u64| format!("test:{at}: the row has more than 131072 fields");
    for quoted in ["", "\"a\""] {
        let (report, shapes) = run(
            format!("lat,lon,n\n1,2,{quoted}\n3,4{wide}\n5,6\n"),
            &Options::default(),
        );
        assert_eq!((shapes.len(), report.skipped), (2, 1), "{quoted}");
        assert_eq!(facts(&report), [told(3)], "{quoted}");
    }
    // However long it is.
    let (report, shapes) = run(
        format!("1,2\n3,4{}\n5,6\n7,8\n", wide.repeat(40)),
        &Options::default(),
    );
    assert_eq!((shapes.len(), facts(&report)), (3, vec![told(2)]));
    let refused = failure(&format!("{wide}lat,lon\n1,2\n"), &Options::default());
    assert!(refused.starts_with(&told(1)), "{refused}");
    // Delimiters in quotes part nothing.
    let (report, shapes) = run(
        format!("lat,lon,n\n1,2,\"{}\"\n3,4\n", wide.repeat(20)),
        &Options::default(),
    );
    assert_eq!((shapes.len(), report.skipped), (2, 0));
}

/// A line through so many positions.
fn line_through(count: usize) -> String {
    let positions: Vec<_> = (0..count)
        .map(|i| format!("{:.6} 47.5", 8.0 + i as f64 / 1e6))
        .collect();
    format!("LINESTRING({})", positions.join(", "))
}

#[test]
fn geometries_may_take_megabytes() {
    let long = line_through(100_000);
    assert!(long.len() > 1 << 20);
    for text in [
        format!("id,geometry\n1,\"{long}\"\n2,POINT(8 47)\n"),
        format!("id;geometry\n1;POINT(8 47)\n2;{long}\n"),
        format!("{long}\nPOINT(8 47)\n"),
    ] {
        let (report, shapes) = run(text.as_str(), &Options::default());
        assert_eq!(
            (shapes.len(), report.skipped),
            (99_999 + 1, 0),
            "{} {report:?}",
            &text[..20]
        );
    }
}

#[test]
fn geometries_without_quotes_are_not_cut_at_their_commas() {
    let lines = "LINESTRING(8 47, 8.1 47.1)";
    for text in [
        format!("{lines}\n"),
        format!("{lines}\n{lines}\nPOINT(8 47)\n"),
        format!("SRID=4326;{lines}\nSRID=4326;{lines}\n"),
        format!("1;{lines};a\n2;{lines};b\n"),
        format!("{lines}\t1\nmultipoint ((8 47), (8.1 47.1))\t2\n"),
        format!("{}\n", line_through(5000)),
    ] {
        let (report, shapes) = run(text.as_str(), &Options::default());
        assert!(!shapes.is_empty(), "{} {report:?}", &text[..20]);
        let (Geometry::Point(first) | Geometry::Segment(first, _)) = shapes[0].geometry;
        let found = (report.skipped, first.x(), first.y().floor());
        assert_eq!(found, (0, 8.0, 47.0), "{}", &text[..20]);
    }
}

#[test]
fn names_that_look_like_geometries_are_names() {
    let text = "lat,lon,Point (a,b)\n47,8,x,y\n47,8.5,x,y\n";
    let (report, shapes) = run(text, &Options::default());
    assert_eq!((shapes.len(), report.skipped), (2, 0));
}

#[test]
fn quotes_everywhere_do_not_take_for_ever() {
    let (report, shapes) = run(
        "1,2\n5\",6,\"\n".to_owned() + &"5\",6,\"\n".repeat(400_000),
        &Options::default(),
    );
    assert_eq!((shapes.len(), report.skipped), (1, 17));
}

#[test]
fn long_files_keep_their_rows_and_line_numbers() {
    let rows: Vec<_> = (0..300_000)
        .map(|row| format!("{}.5,{}.25\r\n", row % 90, row % 180))
        .collect();
    let text = format!("lat,lon\n{}x,y", rows.concat());
    let (report, shapes) = run(text, &Options::default());
    assert_eq!((shapes.len(), report.skipped), (300_000, 1));
    // Pieces come in any order, but every row comes once.
    let sum: f64 = weighted(&shapes).iter().map(|(lat, _, _)| lat).sum();
    assert_eq!(
        sum,
        (0..300_000)
            .map(|row| f64::from(row % 90) + 0.5)
            .sum::<f64>()
    );
    assert_eq!(
        facts(&report),
        ["test:300002: latitude 'x' is not a number"]
    );
}

#[test]
fn hemispheres_in_columns_of_their_own_give_the_sign() {
    for text in [
        "LATITUDE,N/S,LONGITUDE,E/W\n33.5,S,70.25,W\n",
        "Latitude;LatitudeDir;Longitude;LongitudeDir\n33.5;S;70.25;W\n",
        "lat,lon,lat_ref,lon_ref\n33.5,70.25,S,W\n",
        "lat,d1,lon,d2\n33.5,S,70.25,W\n",
        "33.5,S,70.25,W\n",
        "lat,lon\n33.5S,70.25W\n",
        "lat,lon\n33°30'S,W 70 15\n",
        "lat;N/S;lon;E/W\n33.5;Süd;70.25;(W)\n",
        "lat,N/S,lon,E/W\n33.5,S.,70.25, \"W\"\n",
        "lat,N/S,lon,E/W\n33.5,юг,70.25,З\n",
        "lat,南北,lon,E/W\n33.5,南,70.25,西\n",
        "lat,lat_sign,lon,lon_sign\n33.5,-,70.25,-\n",
        "lat,lat_sign,lon,lon_sign\n33.5,-1,70.25,-1\n",
        "lat,LatX,lon,E/W\n33.5,S,70.25,W\n",
        "lat,N/S,lon,E/W,LatD\n33.5,S,70.25,W,4\n",
    ] {
        assert_eq!(found(text), [(-33.5, -70.25, 1.0)], "{text}");
    }
    let (report, _) = run(
        "lat,N/S,lon,E/W\n1,S,2,W\n-1,N,2,W\n1,X,2,W\n",
        &Options::default(),
    );
    assert_eq!(
        facts(&report),
        [
            "test:3: latitude '-1' does not go with hemisphere 'N'",
            "test:4: latitude '1' does not go with hemisphere 'X'",
        ]
    );
    let late = format!("lat,N/S,lon,E/W\n{}1,S,2,W\n", "1,,2,\n".repeat(100));
    assert_eq!(found(&late).last(), Some(&(-1.0, -2.0, 1.0)));
    let (report, shapes) = run("lat,N/S,lon,E/W\n1,-1,2,-1\n1,-,2,W\n", &Options::default());
    assert_eq!((report.skipped, shapes.len()), (0, 2));
    let (report, _) = run(
        "lat;N/S;lon;E/W\n1,5;S;2,5;W\n1,5;;2,5;W\n",
        &Options::default(),
    );
    assert_eq!(report.left_out(), [("positions without hemispheres", 1)]);
    let (report, _) = run(
        "lat,N/S,lon,E/W\n1,S,2,W\n1,,2,W\n-1,,-2,\n0,,3,E\n",
        &Options::default(),
    );
    assert_eq!(report.left_out(), [("positions without hemispheres", 1)]);
    for odd in ["nan", "5", "inf"] {
        let (report, shapes) = run(
            format!("lat,ns,lon,ew\n1,S,2,W\n1,S,2,W\n1,S,2,{odd}\n"),
            &Options::default(),
        );
        let at = Coord::lat_lon(-1.0, -2.0).unwrap();
        assert_eq!(shapes, [Shape::point(at); 2], "{odd}");
        assert_eq!(report.skipped, 1, "{odd}");
    }
    // Columns of numbers that are called so are something else.
    assert_eq!(
        found("lat,lon,lat_ref,lon_ref\n1,2,3,4\n"),
        [(1.0, 2.0, 1.0)]
    );
}

#[test]
fn minutes_and_seconds_may_stand_in_columns_of_their_own() {
    let south = -(33.0 + 51.0 / 60.0 + 24.5 / 3600.0);
    for text in [
        "LatD,LatM,LatS,NS,LonD,LonM,LonS,EW,City\n33,51,24.5,S,70,30,0,W,Santiago\n",
        "\"LatD\", \"LatM\", \"LatS\", \"NS\", \"LonD\", \"LonM\", \"LonS\", \"EW\"\n  33,  51,  24.5, \"S\",  70,  30,  0, \"W\"\n",
        "lat_deg,lat_min,lat_sec,lon_deg,lon_min,lon_sec\n-33,51,24.5,-70,30,\n",
        "Breite Grad;Breite Minuten;Breite Sekunden;Länge Grad;Länge Minuten\n-33;51;24,5;-70;30\n",
    ] {
        assert_eq!(found(text), [(south, -70.5, 1.0)], "{text}");
    }
    // What is no part of a degree is something else.
    let text = "lat_deg,lon_deg,lat_min,lon_min\n33.5,70.25,20,30\n";
    assert_eq!(found(text), [(33.5, 70.25, 1.0)]);
    let (report, shapes) = run("LatD,LatM,LonD,LonM\n1,75,2,3\n", &Options::default());
    assert_eq!((report.skipped, shapes.len()), (1, 0));
}

#[test]
fn one_number_where_two_should_be_is_no_place() {
    let rows = "1,\"54.3, 10.1\"\n".repeat(60);
    let (report, shapes) = run(format!("id,location\n{rows}2,54.5\n"), &Options::default());
    assert_eq!((report.skipped, shapes.len()), (1, 60));
}

#[test]
fn a_weight_that_cannot_be_read_is_counted_and_named() {
    let text = "lat,lon,weight\n1,2,\"1,200\"\n1,2,$5\n1,2,\n1,2,45%\n1,2,many\n";
    let (report, shapes) = run(text, &Options::default());
    let weights: Vec<_> = weighted(&shapes).iter().map(|shape| shape.2).collect();
    assert_eq!(weights, [1200.0, 5.0, 1.0, 1.0, 1.0]);
    assert_eq!(
        report
            .oddities
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>(),
        ["2 weights could not be read and count as 1, the first of them test:5"]
    );
    let strict = collect(true, |sink| {
        read(text.as_bytes(), &Options::default(), sink)
    })
    .0;
    assert_eq!(
        strict.failed[0].to_string(),
        "test:5: weight '45%' is not a number"
    );
    // The decimal mark of the place is that of the weight.
    assert_eq!(found("lat;lon;weight\n1.5;2.5;1,200\n")[0].2, 1200.0);
    assert_eq!(found("lat;lon;weight\n1,5;2,5;1,200\n")[0].2, 1.2);
    assert_eq!(found("lat;lon;weight\n1,5;2,5;1.200\n")[0].2, 1200.0);
}

#[test]
fn surplus_fields_before_the_last_column_used_make_a_row_bad() {
    let text = "name,lat,lon\na, 12,54.5,10.5\nb,1,2,,\n";
    let (report, shapes) = run(text, &Options::default());
    assert_eq!(weighted(&shapes), [(1.0, 2.0, 1.0)]);
    assert_eq!(
        facts(&report),
        ["test:2: there are 4 fields, and the header has 3"]
    );
    assert_eq!(found("lat,lon,note\n1,2,a, b\n"), [(1.0, 2.0, 1.0)]);
    assert_eq!(
        run("lat,lon\n54,32,10,14\n", &Options::default()).0.skipped,
        1
    );
}

#[test]
fn a_quoted_field_that_holds_rows_is_no_field() {
    let row = |row: u32| format!("{row},2,{}note\n", if row % 4 == 2 { "\"" } else { "" });
    let text = format!("lat,lon,note\n{}", (0..10).map(row).collect::<String>());
    let (report, shapes) = run(&text, &Options::default());
    assert_eq!((shapes.len(), report.records), (10, 10));
    assert_eq!(report.oddities[0].count, 2);
    let text = text.replace("\"note", "\"no,te");
    let (report, shapes) = run(&text, &Options::default());
    assert_eq!((shapes.len(), report.records), (8, 10));
    assert_eq!(
        facts(&report)[0],
        "test:4: a quote in this row is not closed before 4 more rows, which are read by themselves"
    );
    assert_eq!(found("lat,lon,note\n1,2,\"a\n3,b\"\n4,5,c\n").len(), 2);
}

#[test]
fn a_quote_that_is_never_closed_is_a_letter_where_its_row_is_whole() {
    let row = |row: u32| format!("{row}\t\"Sand\t{row}.5\t10\n");
    let text = format!(
        "id\tplace\tlat\tlon\n{}",
        (0..40).map(row).collect::<String>()
    );
    let (report, shapes) = run(&text, &Options::default());
    assert_eq!((shapes.len(), facts(&report).len()), (40, 0));
    assert_eq!(weighted(&shapes)[39], (39.5, 10.0, 1.0));
}

#[test]
fn a_row_of_blanks_says_nothing() {
    assert_eq!(found("lat,lon\n1,2\n   \n3,4\n").len(), 2);
}

#[test]
fn a_separator_line_may_have_blanks_round_its_character() {
    assert_eq!(found("sep= ;\nid;lat;lon\n7;1,5;2\n"), [(1.5, 2.0, 1.0)]);
    assert_eq!(found("sep= \nlat lon\n1.5 2\n"), [(1.5, 2.0, 1.0)]);
}

#[test]
fn names_in_old_encodings_are_known() {
    for (breadth, length) in [
        (&b"Breite"[..], &b"L\xe4nge"[..]),
        (b"szeroko\x9c\xe6", b"d\xb3ugo\x9c\xe6"),
        (b"\xd8\xe8\xf0\xee\xf2\xe0", b"\xc4\xee\xeb\xe3\xee\xf2\xe0"),
        (b"\x88\xdc\x93x", b"\x8co\x93x"),
    ] {
        let head = [b"id;", breadth, b";", length, b"\n7;1,5;2,5\n"].concat();
        let (_, shapes) = run(head, &Options::default());
        assert_eq!(weighted(&shapes), [(1.5, 2.5, 1.0)]);
    }
}

#[test]
fn one_number_with_a_decimal_comma_is_no_pair() {
    for name in ["Breite", "gps", "y"] {
        let text = format!("id;{name};other\n7;54,3233;10,1394\n8;42,3601;-71,0589\n");
        let failure = failure(&text, &Options::default());
        assert!(
            failure.contains("no columns for latitude and longitude"),
            "{failure}"
        );
    }
}

#[test]
fn days_and_times_of_day_have_names_in_many_languages() {
    let manner = Manner {
        times: true,
        ..Manner::default()
    };
    for (names, fields) in [
        ("Datum;Uhrzeit", "09.01.2021;08:03:14"),
        ("fecha;hora", "2021-01-09;08:03:14"),
        ("Time (UTC);x", "2021-01-09 08:03:14;"),
        ("FirstSeen;x", "2021-01-09 08:03:14;"),
        ("DateTimeOriginal;x", "2021:01:09 08:03:14;"),
    ] {
        let text = format!("lat;lon;{names}\n1;2;{fields}\n");
        let read = |sink: &mut Sink| read(text.as_bytes(), &Options::default(), sink);
        let (_, shapes) = collect_in(manner, read);
        assert_eq!(shapes[0].time, time::parse(b"1610179394"), "{names}");
    }
}

#[test]
fn rows_may_have_names_of_their_own() {
    for text in [
        "lat,lon\n1,54.5,10.5\n2,55.5,10.5\n",
        "lat,lon\n0,54.5,10.5\n1,55.5,10.5\n",
        "\"lat\",\"lon\"\n\"Kiel\",54.5,10.5\n\"Ribe\",55.5,10.5\n",
    ] {
        assert_eq!(
            found(text),
            [(54.5, 10.5, 1.0), (55.5, 10.5, 1.0)],
            "{text}"
        );
    }
    // A latitude in front is none, whatever comes behind the place.
    for text in [
        "lat,lon\n54.5,10.5,a\n55.5,10.5,b\n",
        "lat,lon\n1,2,3\n5,6,7\n",
    ] {
        assert_eq!(run(text, &Options::default()).0.skipped, 2, "{text}");
    }
}

#[test]
fn numbers_of_ten_millionths_are_degrees() {
    let text = "id,latitudeE7,longitudeE7\n7,545000000,-705000000\n";
    let (lat, lon, _) = found(text)[0];
    assert!((lat - 54.5).abs() < 1e-9 && (lon + 70.5).abs() < 1e-9);
}

#[test]
fn tracks_of_oziexplorer_and_geolife_have_known_columns() {
    let text = "Geolife trajectory\r\nWGS 84\r\nAltitude is in Feet\r\nReserved 3\r\n\
                0,2,255,My Track,0,0,2,8421376\r\n0\r\n\
                39.5,116.25,0,492,40097.5,2009-10-11,14:04:30\r\n\
                91,116.25,0,492,40097.5,2009-10-11,14:04:35\r\n";
    let manner = Manner {
        times: true,
        ..Manner::default()
    };
    let read = |sink: &mut Sink| read(text.as_bytes(), &Options::default(), sink);
    let (report, shapes) = collect_in(manner, read);
    assert_eq!(weighted(&shapes), [(39.5, 116.25, 1.0)]);
    assert_eq!(shapes[0].time, time::parse(b"2009-10-11T14:04:30Z"));
    assert!(facts(&report)[0].starts_with("test:8: latitude 91"));
}

#[test]
fn a_table_without_names_and_numbers_in_front_asks_for_its_columns() {
    let text = "7\tKiel\t54.5\t10.5\n8\tRibe\t55.5\t10.5\n";
    let failure = failure(text, &Options::default());
    assert!(
        failure.contains("no columns for latitude and longitude"),
        "{failure}"
    );
    assert_eq!(places(text, &fields("3", "4", "")).len(), 2);
}

#[test]
fn the_header_is_the_row_of_known_names() {
    for before in [
        "",
        "sep=,\n",
        "# unit 7, firmware 2\n# more\n",
        "version=1\nmade: today\n",
        "App-1.6,release=2,model=x\n",
        "3\n",
        "\u{feff}",
        "\u{feff}\u{feff}",
        "ï»¿",
        "#",
    ] {
        let text = format!("{before}id,lon,lat\n7,2,1\n8,4,3\n");
        assert_eq!(found(&text), [(1.0, 2.0, 1.0), (3.0, 4.0, 1.0)], "{before}");
    }
    assert_eq!(found("\u{feff}1,2\n3,4\n").len(), 2);
    assert_eq!(found("\"lat,lon\"\n\"1,2\"\n"), [(1.0, 2.0, 1.0)]);
    assert_eq!(
        found("'a','lat','lon'\n'x, y','1','2'\n"),
        [(1.0, 2.0, 1.0)]
    );
    assert_eq!(found("lat  lon\n1   2\n"), [(1.0, 2.0, 1.0)]);
    assert_eq!(found("lat\tlon\tname, country\n1\t2\n"), [(1.0, 2.0, 1.0)]);
    assert_eq!(found("name,lat,lon\na,1,2\n,,\n"), [(1.0, 2.0, 1.0)]);
}

#[test]
fn a_header_in_the_middle_is_followed() {
    assert_eq!(
        found("lat,lon\n1,2\nlon,lat\n4,3\nlon,lat\n6,5\n"),
        [(1.0, 2.0, 1.0), (3.0, 4.0, 1.0), (5.0, 6.0, 1.0)]
    );
    assert_eq!(found("lat,lon\n1,2\nlat,lon\n3,4\n").len(), 2);
    for text in [
        "lat,lon\n1,2\nLongitude,Latitude\n4,3\n",
        "y,x\n1,2\nx,y\n4,3\n",
        "LAT,LON\n1,2\nlon,lat\n4,3\n",
        "1,2\nlon,lat\n4,3\n",
        "lat,lon\n1,2\n\"lon\",\"lat\"\n4,3\n",
        "lat,lon,name\n1,2,a\nname,lat,lon\n\"a\",3,4\n",
        "lat,lon\n1,2\nlat,NS,lon,EW\n-3,S,4,E\n",
        "lat,lon\n1,2\nlat,n,lon,e\n3,S,4,E\n",
    ] {
        let (report, shapes) = run(text, &Options::default());
        let places: Vec<_> = weighted(&shapes)
            .iter()
            .map(|at| (at.0.abs(), at.1))
            .collect();
        assert_eq!(
            (places, report.skipped),
            (vec![(1.0, 2.0), (3.0, 4.0)], 0),
            "{text}: {:?}",
            report.failed
        );
        let told = |odd: &Counted| (odd.oddity, odd.first.to_string());
        let told: Vec<_> = report.oddities.iter().map(told).collect();
        let line = if text.starts_with('1') { 2 } else { 3 };
        assert_eq!(
            told,
            [(Oddity::OtherHeader, format!("test:{line}"))],
            "{text}"
        );
    }
}

#[test]
fn a_header_behind_a_row_is_an_error_unless_it_is_the_same() {
    for (text, is_other) in [
        ("lat,lon\n1,2lon,lat\n2,1\n", true),
        ("lat,lon\n1,2name,lon,lat\na,2,1\n", true),
        ("lat,lon,name\n1,2,alon,lat\n2,1\n", false),
        ("lat,lon\n1,2lat,lon\n1,2\n", false),
        ("name,lat,lon\na,1,2name,lat,lon\nb,1,2\n", false),
        ("lat,lon\n1,2,3\n1,2\n", false),
    ] {
        let fact = "a header with other columns stands behind this row, on the same line";
        let error = failure(text, &Options::default());
        let expected = if is_other {
            format!("test:2: {fact}\n  put a line end between them")
        } else {
            String::new()
        };
        assert_eq!(error, expected, "{text}");
    }
}

#[test]
fn a_header_in_the_middle_must_have_what_the_user_names() {
    let text = "lat,lon,n\n1,2,3\nlon,lat,m\n2,1,3\n";
    let error = failure(text, &fields("", "", "n"));
    assert_eq!(
        error,
        "test: there is no column 'n' among 'lon', 'lat', 'm'"
    );
    assert_eq!(run(text, &fields("1", "2", "")).1.len(), 2);
    let (_, shapes) = run("a,b\n1,2\nb,a\n2,1\n", &fields("a", "b", ""));
    assert_eq!(weighted(&shapes), [(1.0, 2.0, 1.0); 2]);
}

#[test]
fn a_column_may_hold_both_numbers() {
    for text in [
        "id,location\n1,\"1.5, 2.5\"\n",
        "id,wkt\n1,POINT (2.5 1.5)\n",
        "id,lonlat\n1,2.5 1.5\n",
        "id;what\n1;1,5 2,5\n",
        "id,LAT,LON,point\n1,,,\"(1.5°, 2.5°)\"\n",
        "POINT(2.5 1.5),7\n",
        "name,\"Location (lat, lon)\"\na,\"1.5, 2.5\"\n",
        "\"Location (Lat, Long)\"\n\"1.5, 2.5\"\n",
        "\"Location (Long, Lat)\"\n\"2.5, 1.5\"\n",
        "id;X,Y\n7;2.5,1.5\n",
    ] {
        assert_eq!(found(text), [(1.5, 2.5, 1.0)], "{text}");
    }
    assert_eq!(found("7,POINT(2 1)\n8,POINT(4 3)\n").len(), 2);
    assert_eq!(
        places("a,b\n1,1.5 2.5\n", &fields("b", "", "")),
        [(1.5, 2.5, 1.0)]
    );
}

#[test]
fn columns_of_hemispheres_have_short_names_and_none_of_an_axis_too() {
    for text in [
        "lat_deg,lat_min,lat_hem,lon_deg,lon_min,lon_hem\n33,30,S,70,15,W\n",
        "lat,lon,hemisphere\n33.5,-70.25,S\n33.5,-70.25,S\n",
    ] {
        assert_eq!(found(text)[0], (-33.5, -70.25, 1.0), "{text}");
    }
}

#[test]
fn decimal_commas_with_blanks_behind_delimiters_are_told() {
    let (report, _) = run("54,3, 10,1\n55,4, 11,2\n", &Options::default());
    assert_eq!(report.oddities[0].oddity, Oddity::WholeNumbers);
}

#[test]
fn weights_with_commas_between_blanks_are_no_columns() {
    for text in [
        "54.3 10.1 1,200\n54.4 10.2 900\n",
        "54.3 10.1 900\n54.4 10.2 1,200\n",
        "54,3 10,1 1200\n54,4 10,2 900\n",
        "54,3 10,1 1050\n54,4 10,2 1050\n",
    ] {
        let weights: Vec<_> = found(text).iter().map(|point| point.2).collect();
        assert_eq!(weights.iter().sum::<f64>(), 2100.0, "{text}: {weights:?}");
        let head = Head::from(text.as_bytes());
        assert!(!(READER.detect)(&head), "{text}");
    }
    let weights = found("54.3 10.1 1,5\n54.4 10.2 9,5\n");
    assert_eq!(weights, [(54.3, 10.1, 1.5), (54.4, 10.2, 9.5)]);
    // A year follows the heights of these pairs.
    let heights = "54.3 10.1 5, 2024\n54.4 10.2 9, 2024\n";
    assert_eq!(found(heights), [(54.3, 10.1, 1.0), (54.4, 10.2, 1.0)]);
}

#[test]
fn a_bad_field_among_pairs_or_geometries_is_one_bad_record() {
    for text in [
        "id,place\n1,\"1, 2\"\n2,unknown\n3,\"3, 4\"\n",
        "place\n\"1, 2\"\nunknown\n\"3, 4\"\n",
        "\"1, 2\"\nunknown\n\"3, 4\"\n",
        "id,shape\n1,POINT (2 1)\n2,unknown\n3,POINT (4 3)\n",
        "1,POINT (2 1)\n2,unknown\n3,POINT (4 3)\n",
    ] {
        let (report, shapes) = run(text, &Options::default());
        assert_eq!(
            weighted(&shapes),
            [(1.0, 2.0, 1.0), (3.0, 4.0, 1.0)],
            "{text}"
        );
        assert!(
            facts(&report)[0].contains("'unknown' is no"),
            "{text}: {report:?}"
        );
    }
    // The column with the most pairs is theirs.
    let two = "size,place\n1 2,\"3, 4\"\n1 2,\"3, 4\"\nlarge,\"3, 4\"\n";
    assert_eq!(found(two), [(3.0, 4.0, 1.0); 3]);
}

#[test]
fn what_a_crash_leaves_behind_costs_the_rows_that_it_hit() {
    let (report, shapes) = run(
        "lat,lon\n1,2\n\0\0\0\0\n3,\0\0\0\0\n\0\0\x001,2\n5,6\n\0\0\0",
        &Options::default(),
    );
    assert_eq!(weighted(&shapes), [(1.0, 2.0, 1.0), (5.0, 6.0, 1.0)]);
    assert_eq!(report.skipped, 2);
}

#[test]
fn minutes_and_seconds_that_are_none_are_named() {
    let header = "LatD,LatM,LatS,NS,LonD,LonM,LonS,EW\n";
    for (row, fact) in [
        (
            "54,61,0,N,10,0,0,E",
            "latitude '54' does not go with minutes '61'",
        ),
        (
            "54,1,0,N,10,0,x,E",
            "longitude '10' does not go with seconds 'x'",
        ),
        (
            "54,30.5,1,N,10,0,0,E",
            "latitude '54' does not go with seconds '1'",
        ),
        (
            "54,30,0,N,10,0,0,N",
            "longitude '10' does not go with hemisphere 'N'",
        ),
        ("x,30,0,N,10,0,0,E", "latitude 'x' is not a number"),
    ] {
        let (report, shapes) = run(format!("{header}{row}\n"), &Options::default());
        assert!(shapes.is_empty(), "{row}");
        assert_eq!(facts(&report), [format!("test:2: {fact}")]);
    }
}

#[test]
fn what_cannot_be_seen_can_be_said() {
    let options = |delimiter, skip_rows, lon_lat| Options {
        delimiter,
        skip_rows,
        lon_lat,
        ..Options::default()
    };
    assert_eq!(
        places("lat~lon\n1~2\n", &options(Some(b'~'), 0, false)),
        [(1.0, 2.0, 1.0)]
    );
    assert_eq!(
        places("7,8\n9,9\n1,2\n", &options(None, 2, false)),
        [(1.0, 2.0, 1.0)]
    );
    assert_eq!(
        places("2,1,3\n", &options(None, 0, true)),
        [(1.0, 2.0, 3.0)]
    );
    assert_eq!(
        places("lat,lon\n1,2\n", &options(None, 0, true)),
        [(1.0, 2.0, 1.0)]
    );
    assert_eq!(
        places(
            "start_lat,start_lng,end_lat,end_lng\n1,2,3,4\n",
            &fields("end_lat", "", "")
        ),
        [(3.0, 4.0, 1.0)]
    );
}

/// Shapes and skipped rows of a file in tests/data/csv.
macro_rules! counts {
    ($file:literal) => {
        counts!($file, &Options::default())
    };
    ($file:literal, $options:expr) => {{
        let text = &include_bytes!(concat!("../../../tests/data/csv/", $file))[..];
        let (report, shapes) = if text.starts_with(b"\xff\xfe") {
            collect(false, |sink| {
                read(crate::input::decode::text(text), $options, sink)
            })
        } else {
            run(text, $options)
        };
        (shapes.len(), report.skipped)
    }};
}

#[test]
fn real_malformed_files() {
    assert_eq!(counts!("csv_bom_crlf.csv"), (12, 0));
    assert_eq!(
        counts!("csv_semicolon_decimal_comma.csv", &fields("", "", "mag")),
        (12, 0)
    );
    assert_eq!(counts!("csv_tab.csv"), (12, 0));
    assert_eq!(counts!("csv_quoted_newline.csv"), (12, 0));
    assert_eq!(counts!("csv_missing_fields.csv"), (4, 3));
    assert_eq!(counts!("csv_nan_inf.csv"), (5, 5));
    assert_eq!(counts!("csv_nan_inf.csv", &fields("", "", "mag")), (3, 7));
    assert_eq!(counts!("csv_out_of_range.csv"), (8, 3));
    assert_eq!(counts!("csv_swapped.csv"), (3, 9));
    assert_eq!(counts!("csv_utf16le_bom.csv"), (12, 0));
    assert_eq!(counts!("csv_latin1.csv"), (3, 0));
    assert_eq!(counts!("csv_header_only.csv"), (0, 0));
    assert_eq!(counts!("empty.csv"), (0, 0));
}

#[test]
fn real_headers() {
    let incidents = "IncidntNum,Category,Date,Address,X,Y,Location,PdId\n\
        150774028,LARCENY/THEFT,08/31/2015,1300 Block of STEINER ST,-122.434137606289,37.7816850865094,\
        \"(37.7816850865094, -122.434137606289)\",15077402806304\n";
    assert_eq!(
        found(incidents),
        [(37.781_685_086_509_4, -122.434_137_606_289, 1.0)]
    );
    let quakes = "Date,Latitude,Longitude,Magnitude\n01/02/1965,19.246,145.616,6.0\n";
    assert_eq!(
        places(quakes, &fields("", "", "magnitude")),
        [(19.246, 145.616, 6.0)]
    );
}

#[test]
fn no_mutation_makes_it_panic() {
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = |below: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random as usize % below
    };
    let originals = [
        &include_bytes!("../../../tests/data/csv/csv_quoted_newline.csv")[..],
        include_bytes!("../../../tests/data/csv/csv_semicolon_decimal_comma.csv"),
        include_bytes!("../../../tests/data/csv/csv_missing_fields.csv"),
    ];
    for round in 0..600 {
        let mut text = originals[round % 3].to_vec();
        for _ in 0..=next(6) {
            let at = next(text.len());
            match next(3) {
                0 => text.truncate(at.max(1)),
                1 => text[at] = b"\"\"\n\r,;|\t\0\xff-.e#"[next(14)],
                _ => text.insert(at, next(256) as u8),
            }
        }
        let (report, shapes) = run(&text, &Options::default());
        assert_eq!(report.shapes, shapes.len() as u64);
        assert_eq!(
            report.records,
            report.shapes + report.skipped,
            "{}",
            text.escape_ascii()
        );
    }
}

/// The times of the shapes in seconds since 1970, when they are asked for, and where `-v` says they
/// are from.
fn timed(text: &str, time_field: Option<Field>) -> (Vec<Option<i64>>, Report, String) {
    let (options, manner) = (
        Options {
            time_field,
            ..Options::default()
        },
        Manner {
            times: true,
            ..Manner::default()
        },
    );
    let (report, shapes) = collect_in(manner, |sink| read(text.as_bytes(), &options, sink));
    let note = report
        .notes
        .first()
        .and_then(|note| note.split("time from ").nth(1)?.split(", delim").next());
    let note = note.unwrap_or_default().to_owned();
    (
        shapes
            .iter()
            .map(|shape| shape.time.map(|time| time.milliseconds() / 1000))
            .collect(),
        report,
        note,
    )
}

#[test]
fn times_come_from_the_column_with_the_best_name() {
    for (header, expected) in [
        ("lat,lon,Time", "column 3 'Time'"),
        ("lat,lon,Date/Time", "column 3 'Date/Time'"),
        ("lat,lon,TIMESTAMP,time", "column 3 'TIMESTAMP'"),
        ("time,lat,lon,timestamp", "column 4 'timestamp'"),
        ("time,lat,lon,date", "column 4 'date' and column 1 'time'"),
        ("lat,lon,eventDate,modified_at", "column 3 'eventDate'"),
        (
            "id,pickup_datetime,lat,lon,dropoff_datetime",
            "column 2 'pickup_datetime'",
        ),
        ("lat,lon,acq_date,acq_time", "column 3 'acq_date'"),
        ("lat,lon,name,created_at", "column 4 'created_at'"),
        ("lat,lon,data,overtime,flat", ""),
    ] {
        assert_eq!(
            timed(&format!("{header}\n1,2,3,4\n"), None).2,
            expected,
            "{header}"
        );
    }
    let (found, _, note) = timed(
        "lat,lon,a,time\n1,2,5,x\n",
        Some(Field::Name("A".to_owned())),
    );
    assert_eq!((found, note.as_str()), (vec![Some(5)], "column 3 'a'"));
    assert_eq!(timed("1,2,3,5\n", Some(Field::Number(4))).0, [Some(5)]);
    assert_eq!(timed("1,2,3,5\n", None).0, [None]);
    let none = timed("lat,lon\n1,2\n", Some(Field::Name("t".to_owned())))
        .1
        .failed;
    assert_eq!(
        none[0].to_string(),
        "test: there is no column 't' among 'lat', 'lon'"
    );
}

#[test]
fn a_date_and_the_time_of_day_beside_it_are_one_moment() {
    let text = "Date,Time,lat,lon\n01/02/1970,00:05,1,2\n01/02/1970 12:00:00 AM,00:05,1,2\n01/02/1970,,1,2\n,00:05,1,2\n";
    let (found, report, _) = timed(text, None);
    assert_eq!(
        (found, report.bad_times),
        (vec![Some(86_700), Some(86_700), Some(86_400), None], 0)
    );
}

#[test]
fn rows_without_a_time_stay_and_times_that_are_not_known_are_named() {
    let (found, report, _) = timed(
        "lat,lon,time\n1,2,\n1,2\n1,2,5\n1,2,soon\nx,2,5\n1,2,\"6\"\n",
        None,
    );
    assert_eq!(found, [None, None, Some(5), None, Some(6)]);
    assert_eq!(
        (
            report.shapes,
            report.timed,
            report.bad_times,
            report.skipped
        ),
        (5, 2, 1, 1)
    );
    assert_eq!(
        report.named_times[0].to_string(),
        "test:5: time 'soon' is not known"
    );
    let many = format!("lat,lon,time\n{}", "1,2,x\n".repeat(300_000));
    let (_, report, _) = timed(&many, None);
    assert_eq!((report.bad_times, report.named_times.len()), (300_000, 5));
}

#[test]
fn nobody_looks_for_times_that_are_not_wanted() {
    let (report, shapes) = run("lat,lon,time\n1,2,soon\n1,2,5\n", &Options::default());
    assert!(shapes.iter().all(|shape| shape.time.is_none()));
    assert_eq!(
        (report.bad_times, report.notes[0].contains("time from")),
        (0, false)
    );
}

#[test]
fn strict_ends_at_a_time_that_is_not_known_but_not_at_none() {
    let manner = Manner {
        strict: true,
        times: true,
        ..Manner::default()
    };
    let options = Options::default();
    let (report, _) = collect_in(manner, |sink| {
        read(&b"lat,lon,time\n1,2,\n1,2,soon\n"[..], &options, sink)
    });
    assert_eq!(
        report.failed[0].to_string(),
        "test:3: time 'soon' is not known"
    );
}

#[test]
fn in_order_rows_come_as_they_are_in_the_file() {
    // Several stretches of lines, then a quote in the middle of a piece, and rows after it.
    let row = |row: u32| {
        format!(
            "{},{},{row}\n",
            row % 90,
            if row == 700_000 { "\"7\"" } else { "7" }
        )
    };
    let text = (0..900_000).map(row).collect::<String>();
    let manner = Manner {
        in_order: true,
        ..Manner::default()
    };
    let (report, shapes) = collect_in(manner, |sink| {
        read(text.as_bytes(), &Options::default(), sink)
    });
    assert_eq!(report.shapes, 900_000);
    assert!(
        shapes
            .iter()
            .zip(0..)
            .all(|(shape, row)| shape.weight == f64::from(row))
    );
}

/// Columns of geometries, held to what shapely and the package polyline make of them.
const GEOMETRIES: [(&str, &str); 6] = [
    (
        "wkb/hikes_ewkb.csv",
        "1079 6 46.784402 -121.757614 55.040622 10.305993",
    ),
    (
        "wkb/iso_base64.csv",
        "180 0 29.975761 -162.892936 61.933964 -70.797848",
    ),
    (
        "wkb/wkt.csv",
        "194 5 49.100000 -8.113488 55.040622 10.000000",
    ),
    (
        "wkb/data-multilinestring-wkt.csv",
        "10 3 10.000000 10.000000 40.000000 40.000000",
    ),
    (
        "polyline/activities.csv",
        "1079 6 46.784400 -121.757610 55.040620 10.305990 2013-08-17T08:50:04Z 2021-01-30T00:47:00Z",
    ),
    (
        "wkb/quakes_copy.tsv",
        "276 0 -63.159000 -179.917000 64.572000 179.358000 1965-01-04T00:00:00Z 1965-11-13T00:00:00Z",
    ),
];

#[test]
fn columns_of_geometries_are_found_and_read() {
    let mut options = samples::everything();
    samples::hold(&GEOMETRIES[..5], &options);
    options.columns.time_field = Some(Field::Number(2));
    samples::hold(&GEOMETRIES[5..], &options);
}

#[test]
fn a_table_of_geometries_that_is_cut_off_is_no_panic() {
    for (name, _) in GEOMETRIES {
        samples::read_prefixes(name, &samples::everything());
    }
}

#[test]
fn geometries_in_a_system_of_a_country_are_where_they_are_and_unknown_ones_are_named() {
    let path = samples::path("wkb/towns_srid28992.csv");
    let (read, shapes) = samples::shapes(&path, &samples::everything());
    read.unwrap();
    let lat = |shape: &Shape| match shape.geometry {
        Geometry::Point(at) | Geometry::Segment(at, _) => at.y(),
    };
    assert!(
        shapes.len() > 10
            && shapes
                .iter()
                .all(|shape| (50.7..53.6).contains(&lat(shape)))
    );
    let unknown = fs::read_to_string(&path)
        .unwrap()
        .replace("40710000", "FFFF0000");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.csv");
    fs::write(&path, unknown).unwrap();
    let error = samples::shapes(&path, &samples::everything()).0;
    let error = error.unwrap_err();
    assert!(error.fact.contains("EPSG:65535 is not known"), "{error}");
}

#[test]
fn columns_of_geometries_can_be_named() {
    let mut options = samples::everything();
    options.columns.polyline_field = Some(Field::Name("polyline6".to_owned()));
    samples::hold(
        &[(
            "polyline/activities.csv",
            "1079 6 46.784402 -121.757614 55.040622 10.305993 2013-08-17T08:50:04Z 2021-01-30T00:47:00Z",
        )],
        &options,
    );
    options.columns = Options {
        geometry_field: Some(Field::Number(2)),
        ..Options::default()
    };
    samples::hold(&GEOMETRIES[1..4], &options);
}

#[test]
fn a_column_of_geojson_is_one_of_geometries() {
    let point = r#""{""type"":""Point"",""coordinates"":[8.5,47.25]}""#;
    let line = r#""{""type"":""LineString"",""coordinates"":[[8,47],[9,48]]}""#;
    let text = format!("id,geom,weight\n1,{point},3\n2,{line},1\n3,,1\n");
    let (report, shapes) = run(&text, &Options::default());
    assert_eq!(report.skipped, 0);
    assert_eq!(report.left_out(), [("records without a geometry", 1)]);
    assert_eq!(shapes[0].weight, 3.0);
    let at = |lat, lon| Coord::lat_lon(lat, lon).unwrap();
    assert_eq!(
        shapes
            .iter()
            .map(|shape| shape.geometry)
            .collect::<Vec<_>>(),
        [
            Geometry::Point(at(47.25, 8.5)),
            Geometry::Segment(at(47.0, 8.0), at(48.0, 9.0))
        ]
    );
}

#[test]
fn what_a_row_lacks_is_counted() {
    let path = samples::path("wkb/wkt.csv");
    let report = samples::shapes(&path, &samples::everything()).0.unwrap();
    let counts: Vec<_> = report
        .oddities
        .iter()
        .map(|counted| (counted.oddity, counted.count))
        .collect();
    assert_eq!(counts, [(Oddity::NoGeometry, 2), (Oddity::Polygons, 1)]);
    assert_eq!(report.skipped, 0);
}

#[test]
fn lines_above_a_table_are_counted_unless_they_are_comments() {
    let text = "Station report\n\n# of today\nby X\nlat,lon\n1,2\n3,4\n";
    let (report, _) = run(text, &Options::default());
    let told: Vec<_> = report.oddities.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        ["2 lines above tables were passed over, the first of them test:1"]
    );
}

#[test]
fn lines_that_end_otherwise_are_told_and_not_taken_for_one_row() {
    for (end, name) in [
        ("\u{85}", "U+0085"),
        ("\u{2028}", "U+2028"),
        ("\x1e", "U+001E"),
    ] {
        let text = ["lat,lon", "47.1,8.2", "47.2,8.3", ""].join(end);
        let told = failure(&text, &Options::default());
        assert!(told.contains(name) && told.contains("perl"), "{told}");
    }
    // Within a field it is a character like others.
    assert_eq!(found("lat,lon,a\u{2028}b\n1,2,x\n"), [(1.0, 2.0, 1.0)]);
}

#[test]
fn headers_within_a_table_may_have_names_that_begin_with_digits() {
    let table = "Country,Lat,Long,1/22/20\na,54.3,10.1,5\nb,54.4,10.2,5\n\
                 Country,Long,Lat,1/22/20\nc,10.3,54.5,6\n";
    let (report, shapes) = collect(false, |sink| {
        read(table.as_bytes(), &Options::default(), sink)
    });
    assert_eq!((report.skipped, shapes.len()), (0, 3));
    let last = Shape::point(Coord::lat_lon(54.5, 10.3).unwrap());
    assert_eq!(shapes[2], last);
}

#[test]
fn a_field_more_than_names_is_in_front_or_behind() {
    for (text, place) in [
        // R's, with the numbers of rows in front, or their names.
        (
            "lat lon n\n1 54.3 10.1 3\n2 54.3 10.1 4\n".replace(' ', ","),
            (54.3, 10.1),
        ),
        (
            "lat,lon,n\na,54.3,10.1,3\nb,54.3,10.1,4\n".to_owned(),
            (54.3, 10.1),
        ),
        // A comma in a note.
        (
            "id,lat,lon,note\n1,54.3,10.1,a, b\n2,54.3,10.1,c, d\n".to_owned(),
            (54.3, 10.1),
        ),
    ] {
        let (lat, lon) = place;
        assert_eq!(found(&text), [(lat, lon, 1.0); 2], "{text}");
    }
    // Which of the commas is a decimal one nobody knows.
    let (report, _) = run(
        "id,lat,lon,n\n1,54.3,10.1,1,5\n2,54.3,10.1,2,5\n",
        &Options::default(),
    );
    assert_eq!(report.skipped, 2);
    let (report, shapes) = run(
        "id,lat,lon,n\n1,7,54.3,10.1,3\n2,8,54.4,10.1,4\n",
        &Options::default(),
    );
    assert_eq!(shapes.len(), 2);
    assert_eq!(report.oddities[0].oddity, Oddity::RowNames);
}

#[test]
fn degrees_and_minutes_run_together_have_zeros_in_front() {
    for (text, lat, lon) in [
        (
            "lat,ns,lon,ew\n5130.1,N,00007.5,W\n",
            51.0 + 30.1 / 60.0,
            -7.5 / 60.0,
        ),
        ("lat,lon\n0012.34S,00045.6W\n", -12.34 / 60.0, -45.6 / 60.0),
        (
            "lat,lon\n513030N,0000730W\n",
            51.0 + 30.5 / 60.0,
            -7.5 / 60.0,
        ),
        ("lat,ns,lon,ew\n51.5,N,007.5,W\n", 51.5, -7.5),
    ] {
        let [(y, x, _)] = found(text)[..] else {
            panic!("{text}")
        };
        assert!((y - lat).abs() + (x - lon).abs() < 1e-9, "{text}: {y}, {x}");
    }
}

#[test]
fn times_in_front_of_a_table_without_names_are_no_degrees() {
    let index = ",lat,lon,note\n1,54.3,10.1\n2,54.3,10.1\n";
    assert_eq!(found(index), [(54.3, 10.1, 1.0); 2]);
    for text in [
        "10:15:30,54.3,10.1\n10:15:31,54.3,10.1\n",
        "20:15,54.3,10.1\n20:16,54.3,10.1\n",
        "24-05-02,10:15:30,54.3,10.1\n24-05-02,10:15:31,54.3,10.1\n",
        "2024-05-02,54.3,10.1\n2024-05-03,54.3,10.1\n",
        "%,lon,lat,depth\n10.1,54.3,3\n10.1,54.3,4\n",
    ] {
        assert_eq!(found(text), [(54.3, 10.1, 1.0); 2], "{text}");
    }
    let degrees = 54.0 + 18.0 / 60.0;
    let (lat, lon, _) = found("54:18:00,10:06:00,5,7\n54:18:00,10:06:00,5,7\n")[0];
    assert!((lat - degrees).abs() < 1e-9 && (lon - 10.1).abs() < 1e-9);
}

#[test]
fn names_are_found_under_any_number_of_comments() {
    let comments = "# some words, and more\n".repeat(80);
    for names in ["lon,lat\n", "# lon,lat\n"] {
        let text = format!("{comments}{names}10.1,54.3\n10.2,54.4\n");
        assert_eq!(found(&text), [(54.3, 10.1, 1.0), (54.4, 10.2, 1.0)]);
    }
}

#[test]
fn several_places_on_a_line_are_refused_and_pairs_in_parentheses_read() {
    for (text, mark) in [
        ("54.3,10.1;54.4,10.2\n", ";"),
        ("54.3,10.1 54.4,10.2 54.5,10.3\n", " "),
        ("54.3 10.1, 54.4 10.2\n", ","),
        ("10.1,54.3,0 10.2,54.4,0\n", " "),
        ("54.3,10.1|54.4,10.2\n", "|"),
        ("54.3,10.1;66.4,22.2\n", ";"),
    ] {
        let (report, _) = run(text, &Options::default());
        let failed = report.failed.first().map(ToString::to_string);
        let said = failed.unwrap_or_default();
        assert!(
            said.contains("test:1: several places stand on one line"),
            "{text}: {said}"
        );
        assert!(said.contains(&format!("tr '{mark}'")), "{text}: {said}");
    }
    // Numbers that are no places near one another are columns.
    for text in ["7.5,54.3 10.1\n8.5,54.3 10.1\n", "1.5 2.5,54.3,10.1\n"] {
        let (report, _) = run(text, &Options::default());
        assert!(report.failed.is_empty(), "{text}: {:?}", report.failed);
    }
    let with_names = "\n# pairs\n(lat, lon)\n(54.3, 10.1)\n";
    assert_eq!(found(with_names), [(54.3, 10.1, 1.0)]);
    let (report, shapes) = run("(1, 54.3, 10.1)\n(2, 54.4, 10.2)\n", &Options::default());
    assert!(shapes.is_empty() && !report.failed.is_empty());
    assert_eq!(
        found("(54.3, 10.1)\n(54.4, 10.2)\n"),
        [(54.3, 10.1, 1.0), (54.4, 10.2, 1.0)]
    );
}
