//! Two sets of data compared: differences and proportions.

use serde_json::Value;

use crate::run::{Done, Run};

/// A plane of 20 × 20 pixels, where a point heats the nine pixels around it by 1.
const FRAME: &str = "-P xy --y-down --bbox 0,0,20,20 -W 20 -H 20 -k uniform -r 1.5";

fn run(args: &str) -> Run {
    Run::new(args)
        .file("a.csv", "x,y\n5,5\n5,5\n10,10\n")
        .file("b.csv", "x,y\n10,10\n10,10\n10,10\n15,15\n")
        .file("far.csv", "x,y\n500,500\n")
}

/// The heat of the pixels around which the points lie.
fn heats(done: &Done, name: &str) -> [f32; 3] {
    let npy = done.bytes(name);
    let heats = &npy[npy.len() - 1600..];
    [5, 10, 15].map(|both| {
        let at = 4 * (20 * both + both);
        f32::from_le_bytes(heats[at..at + 4].try_into().expect("four bytes"))
    })
}

#[test]
fn differences_are_on_both_sides_of_zero() {
    let done = run(&format!(
        "{FRAME} a.csv --minus b.csv -o d.npy -o d.png -o d.json"
    ))
    .ok();
    assert_eq!(heats(&done, "d.npy"), [2.0, -2.0, -1.0]);
    let picture = done.picture("d.png");
    let at = |both| picture.get_pixel(both, both).0;
    let ([warm, _, less, _], [cold, _, more, _]) = (at(5), at(10));
    assert!(warm > less && cold < more, "{:?} {:?}", at(5), at(10));
    assert_eq!(at(1)[3], 0);
    let known: Value = serde_json::from_slice(&done.bytes("d.json")).expect("JSON");
    assert_eq!(
        (&known["unit"], &known["decay"]),
        (&"difference of heat".into(), &1.0.into())
    );
    let both = run(&format!(
        "{FRAME} a.csv --minus b.csv --minus a.csv -o d.npy"
    ))
    .ok();
    assert_eq!(heats(&both, "d.npy"), [0.0, -3.0, -1.0]);
}

#[test]
fn proportions_are_on_both_sides_of_one_and_inverse_the_other_way_round() {
    let heats_of = |args: &str| heats(&run(&format!("{FRAME} {args} -o r.npy")).ok(), "r.npy");
    let one = heats_of("a.csv --per b.csv --floor 0.5");
    assert_eq!(one, [4.0, 1.0 / 3.0, 0.5]);
    let other = heats_of("b.csv --per a.csv --floor 0.5");
    for (one, other) in one.into_iter().zip(other) {
        assert!((one * other - 1.0).abs() < 1e-6, "{one} {other}");
    }
    // A hundredth of the most of the second, 3.
    assert_eq!(heats_of("a.csv --per b.csv")[0], 2.0 / 0.03);
    // Twice as much is as far from one as half as much, and one is between.
    let done = run(&format!("{FRAME} two.csv --per one.csv --floor 1 -o r.png -o r.json --colors blue,white,red --min-alpha 1"))
        .file("two.csv", "x,y\n5,5\n5,5\n10,10\n15,15\n")
        .file("one.csv", "x,y\n5,5\n10,10\n15,15\n15,15\n")
        .ok();
    let picture = done.picture("r.png");
    let colors = [5, 10, 15].map(|both| picture.get_pixel(both, both).0);
    assert_eq!((colors[0], colors[2]), ([255, 0, 0, 255], [0, 0, 255, 255]));
    assert!(colors[1][..3].iter().all(|&part| part > 250), "{colors:?}");
    let known: Value = serde_json::from_slice(&done.bytes("r.json")).expect("JSON");
    assert_eq!(
        (&known["minimum"], &known["unit"]),
        (&0.5.into(), &"ratio of heat".into())
    );
}

#[test]
fn the_frame_shows_both_and_saved_heat_is_compared_as_data_are() {
    let done = run("-P xy -k uniform a.csv --minus far.csv -o d.json").ok();
    let known: Value = serde_json::from_slice(&done.bytes("d.json")).expect("JSON");
    assert!(known["edges"]["right"].as_f64() > Some(500.0), "{known}");
    assert!(known["edges"]["left"].as_f64() < Some(5.0), "{known}");
    let fresh = run(&format!("{FRAME} a.csv --minus b.csv -o d.npy")).ok();
    let saved = run(&format!("{FRAME} b.csv -S b.heat")).ok();
    let heat = saved.bytes("b.heat");
    let again =
        run("-P xy --y-down -k uniform -r 1.5 a.csv --minus b.heat -o d.npy").file("b.heat", heat);
    assert_eq!(again.ok().bytes("d.npy"), fresh.bytes("d.npy"));
}

#[test]
fn scales_and_legends_of_proportions_are_told_and_taken_again() {
    let args = format!("{FRAME} a.csv --per b.csv");
    let first = run(&format!(
        "{args} -o r.png --span-out scale.json --legend=legend.png"
    ))
    .ok();
    let scale: Value = serde_json::from_slice(&first.bytes("scale.json")).expect("JSON");
    assert_eq!(scale["how"], "ratio");
    assert!(first.picture("legend.png").width() > 100);
    let again = run(&format!("{args} -o r.png --span-from scale.json"));
    let again = again.file("scale.json", first.bytes("scale.json")).ok();
    assert_eq!(again.bytes("r.png"), first.bytes("r.png"));
    let wrong = run(&format!("{args} -o r.png --max 0.5"));
    wrong.fails(2, "ratios are on both sides of 1");
}

#[test]
fn what_cannot_be_compared_is_refused() {
    for (more, code, message) in [
        (
            "--minus b.csv --per b.csv -o d.png",
            2,
            "cannot be used with",
        ),
        ("--minus b.csv -a -o d.gif", 2, "cannot be used with"),
        (
            "--minus b.csv --by file -o map-{by}.png",
            2,
            "cannot be used with",
        ),
        ("--minus b.csv -S d.heat", 2, "cannot be used with"),
        ("--minus b.csv --surface mean -o d.png", 2, "compares heat"),
        ("--per b.csv --how sqrt -o d.png", 2, "by their logarithm"),
        ("--per b.csv --threshold 1 -o d.png", 2, "makes proportions"),
        ("--floor 1 -o d.png", 2, "--per"),
        ("--minus none.csv -o d.png", 3, "there is no such file"),
        (
            "--per far.csv -o d.png",
            3,
            "nothing that heat is to be divided by",
        ),
    ] {
        run(&format!("{FRAME} a.csv {more}")).fails(code, message);
    }
    let tiles = Run::new("a.csv --minus a.csv -o t.pmtiles").file("a.csv", "lat,lon\n1,1\n");
    tiles.fails(2, "--minus is for pictures");
    let zoomed = run("-P xy a.csv --minus b.csv --zoom-level 3 -o d.png");
    zoomed.fails(2, "scale of its own");
    let alone = run(&format!("{FRAME} a.csv --minus far.csv -o d.png")).ok();
    alone.says("nothing that the data are compared with lies in the picture");
    let other = run(&format!("{FRAME} far.csv --minus a.csv -o d.png")).ok();
    other.says("nothing of the data lies in the picture: it shows what they are compared with");
}
