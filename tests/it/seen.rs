//! Heat that is there is seen, or it is said why not; and numbers say what they are.

use crate::run::{Done, Run, root};

fn incidents(line: &str) -> Run {
    Run::new(line).arg(root().join("examples/sf-incidents.csv"))
}

/// Places on a row, so many points at each.
fn places(counts: &[usize]) -> String {
    let place = |(i, count): (usize, &usize)| format!("0.5,{}\n", i as f64 * 2.0).repeat(*count);
    let rows: String = counts.iter().enumerate().map(place).collect();
    format!("lat,lon\n{rows}")
}

/// The share of the heated pixels that are to be seen.
fn seen(done: &Done) -> f64 {
    let heats = heats(done);
    let picture = done.picture("a.png");
    let heated = heats
        .iter()
        .zip(picture.pixels())
        .filter(|(heat, _)| **heat > 0.0);
    let seen = heated.clone().filter(|(_, pixel)| pixel.0[3] >= 40);
    seen.count() as f64 / heated.count() as f64
}

fn heats(done: &Done) -> Vec<f32> {
    let npy = done.bytes("a.npy");
    let numbers = &npy[10 + usize::from(u16::from_le_bytes([npy[8], npy[9]]))..];
    numbers
        .as_chunks()
        .0
        .iter()
        .copied()
        .map(f32::from_le_bytes)
        .collect()
}

#[test]
fn the_least_heat_is_seen_wherever_the_scale_begins_with_it() {
    let counts = [1, 1, 2, 1, 1, 1, 3, 1, 1];
    for look in [
        "--how eq_hist",
        "--how log",
        "--min 1",
        "--how eq_hist --scheme viridis",
        "--how log --scheme rdbu",
        "--how log --colors transparent,orange,white",
        "--min p0 --how sqrt",
    ] {
        let run = Run::new(&format!(
            "-o a.png -o a.npy -W 300 -k uniform -r 3 -d 1 {look} a.csv"
        ));
        let done = run.file("a.csv", places(&counts)).ok();
        assert_eq!(seen(&done), 1.0, "{look}");
    }
    // Only a threshold hides, and what somebody says himself is done.
    let run = "-o a.png -o a.npy -W 300 -k uniform -r 3 -d 1 --how eq_hist";
    let some = Run::new(&format!("{run} --threshold 2 a.csv")).file("a.csv", places(&counts));
    assert!(seen(&some.ok()) < 0.5);
    let clear = Run::new(&format!("{run} --min-alpha 0 a.csv")).file("a.csv", places(&counts));
    assert!(seen(&clear.ok()) < 0.5);
}

#[test]
fn colder_than_a_chosen_least_heat_fades_out_on_scales_that_are_not_logarithms() {
    let run = Run::new("-o a.png -o a.npy -W 300 -k uniform -r 3 -d 1 --min 2 a.csv");
    let done = run.file("a.csv", places(&[1, 2, 3, 1])).ok();
    let (heats, picture) = (heats(&done), done.picture("a.png"));
    for (heat, pixel) in heats.iter().zip(picture.pixels()) {
        assert_eq!(pixel.0[3] > 0, *heat >= 2.0, "{heat}");
    }
}

#[test]
fn logarithms_span_from_the_least_heat() {
    let run = Run::new("-v -o a.png -W 300 -k uniform -r 3 -d 1 --how log a.csv");
    run.file("a.csv", places(&[1, 10, 1000]))
        .ok()
        .says("scale of colours: log from 1 to 1000");
    let run = Run::new("-v -o a.png -W 300 -k uniform -r 3 -d 1 --how log --min 0 a.csv");
    run.file("a.csv", places(&[1, 10]))
        .ok()
        .says("scale of colours: log from 0 to 10");
}

const GAINS: &str = "lat,lon,change\n1,0,5\n1,2,-3\n1,4,-1\n1,6,2\n";

#[test]
fn negative_weights_are_counted_unless_they_are_seen() {
    let run = |look: &str| {
        let line = format!("-o a.png -W 300 --weight-field change {look} a.csv");
        Run::new(&line).file("a.csv", GAINS).ok()
    };
    run("")
        .says("2 of 4 weights are negative")
        .says("--scheme rdbu");
    for look in ["--scheme rdbu", "--min -5 --max 5", "-q"] {
        let said = run(look).stderr;
        assert!(!said.contains("negative"), "{look}: {said}");
    }
    let film = Run::new("-a -o a.gif -W 300 --weight-field change a.csv").file("a.csv", GAINS);
    film.ok().says("2 of 4 weights are negative");
}

#[test]
fn blank_pictures_say_why() {
    let run = |rows: &str, look: &str| {
        let line = format!("-o a.png -W 300 {look} a.csv");
        Run::new(&line).file("a.csv", rows).ok()
    };
    let wifi = "lat,lon,dbm\n1,0,-70\n1,2,-40\n";
    run(wifi, "--weight-field dbm")
        .says("all heat is colder than nothing: the picture is blank; --scheme rdbu");
    let zeros = "lat,lon,w\n1,0,0\n1,2,0\n";
    run(zeros, "--weight-field w").says("all heat comes to nothing: the picture is blank");
    let dim = "is less than 1 % of the way up the scale, which ends at 1000000";
    run("lat,lon\n0,0.1\n0,2\n", "--max 1e6").says(dim);
    assert!(
        !run("lat,lon\n0,0.1\n0,2\n", "--max 50")
            .stderr
            .contains("next to nothing")
    );
    run("lat,lon\n0,0.1\n0,2\n", "--threshold 7").says("the most heat, 1, is below --threshold 7");
    let away = run("lat,lon\n10,20.5\n10.5,21\n", "--bbox 51,-1,52,0");
    away.says(
        "no heat lies in the picture: it is blank; the data lie in --bbox=20.49,9.99,21.01,10.51",
    );
    let away = run("x,y\n10,20\n11,25\n", "-P xy --bbox 100,100,200,200");
    away.says("the data lie in --bbox=9.00,19.00,12.00,26.00");
    let among = run("lat,lon\n1,1\n50,60\n", "--bbox 20,20,30,30");
    among.says(
        "no heat lies in the picture: it is blank; the data lie in --bbox=0.99,0.99,60.01,50.01",
    );
    // What is said can be used.
    let rim = "lat,lon\n-90,179\n90,180\n";
    let edges = "178.99,-90.00,180.00,90.00";
    run(rim, "--bbox 20,20,30,30 -P equirectangular").says(edges);
    run(rim, &format!("--bbox={edges} -P equirectangular"));
}

#[test]
fn one_hot_place_that_leaves_all_others_black_is_told() {
    let mut counts = vec![1; 60];
    counts[30] = 5000;
    let run = |look: &str| {
        let line = format!("-o a.png -W 900 -r 3 -d 1 -b black {look} a.csv");
        Run::new(&line).file("a.csv", places(&counts)).ok()
    };
    run("")
        .says("% of the heated pixels have less than 1 % of the most heat")
        .says("--how log");
    for look in ["--how log", "--how eq_hist", "--max 10"] {
        let said = run(look).stderr;
        assert!(!said.contains("less than 1 %"), "{look}: {said}");
    }
    assert!(
        !incidents("-o a.png -W 300")
            .ok()
            .stderr
            .contains("less than 1 %")
    );
}

#[test]
fn legends_with_a_title_of_counts_are_told_what_decay_makes_of_these() {
    let titled = |decay: &str| {
        incidents(&format!("-o a.png -W 500 {decay} --legend"))
            .arg("--legend-title=incidents")
            .ok()
    };
    titled("")
        .says("with a decay of 0.95 heat is no count")
        .says("20 times")
        .says("-d 1");
    for decay in ["-d 1", "-d 0"] {
        assert_eq!(titled(decay).stderr, "");
    }
    assert_eq!(incidents("-o a.png -W 500 --legend").ok().stderr, "");
}

#[test]
fn numbers_say_what_they_are() {
    let done = incidents("-W 200 -r 9 -d 0.5 -k quartic --stats -o a.json -o a.tif:raw").ok();
    let done = done
        .says("kernel: quartic")
        .says("decay: 0.5")
        .says("radius: 9 pixels");
    let json: serde_json::Value = serde_json::from_slice(&done.bytes("a.json")).expect("JSON");
    assert_eq!(
        (&json["decay"], &json["kernel"], &json["unit"]),
        (&0.5.into(), &"quartic".into(), &"heat".into())
    );
    // Bare numbers have it beside them.
    let npy = incidents("-W 200 -r 9 -d 0.5 -k quartic -o a.npy").ok();
    assert_eq!(npy.bytes("a.npy.json"), done.bytes("a.json"));
    incidents("-W 200 -o a.npy -o a.npy.json").fails(2, "to be written twice");
    let tiff = done.bytes("a.tif");
    let words = b"heat, kernel quartic, radius 9, decay 0.5";
    assert!(tiff.windows(words.len()).any(|bytes| bytes == words));
}

#[test]
fn heat_can_be_measured_per_square_kilometre() {
    // All heat times the area of its pixels is the number of points, wherever they are.
    for (kernel, radius) in [("linear", "5"), ("gaussian", "300m"), ("uniform", "17")] {
        let line =
            format!("-o a.npy -o a.json -s 30 -R 20 -k {kernel} -r {radius} -d 1 --unit per-km2");
        let done = incidents(&line).ok();
        let json: serde_json::Value = serde_json::from_slice(&done.bytes("a.json")).expect("JSON");
        assert_eq!(json["unit"], "per km²");
        let sum: f64 = heats(&done).into_iter().map(f64::from).sum();
        // At 37.76° north.
        let area = (0.03 * 37.76_f64.to_radians().cos()).powi(2);
        let count = json["counts"]["shapes_read"].as_f64().expect("a count");
        assert!(
            (sum * area / count - 1.0).abs() < 0.02,
            "{kernel} {radius}: {}",
            sum * area
        );
    }
    incidents("-o a.png --unit per-km2").fails(2, "-d 1");
    incidents("-o a.png --unit per-km2 -d 1 -P xy").fails(2, "per square kilometre is for places");
    incidents("-a -o a.gif --unit per-km2 -d 1")
        .fails(2, "--unit is for pictures that stand still");
}
