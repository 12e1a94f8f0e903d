use super::*;

fn plate_of(text: &str, wanted: f32, room: f32) -> (usize, usize) {
    let plate = plate(text, wanted, room, Theme::default());
    (plate.size().width(), plate.size().height())
}

#[test]
fn signs_of_many_languages_are_there() {
    let signs = "©AZaz09äßçøŁğΩжЯ–…→≥≤−×⁰¹²³⁴⁵⁶⁷⁸⁹⁻";
    assert!(fonts::has(&fonts::embedded(), signs));
}

#[test]
fn words_that_have_no_room_become_smaller_and_then_more_lines() {
    let text = "© Some Body and contributors";
    let (wide, high) = plate_of(text, 20.0, 1000.0);
    let (smaller, lower) = plate_of(text, 20.0, wide as f32 - 1.0);
    assert!(smaller < wide && lower < high && high < 40);
    for room in [150, 100, 30] {
        let (narrow, higher) = plate_of(text, 20.0, room as f32);
        assert!(narrow <= room && higher > high, "{narrow} {higher}");
    }
}

#[test]
fn lines_break_between_words_and_only_then_within_them() {
    let lines = |text: &str, letters: usize| wrapped(text, |line| line.chars().count() <= letters);
    assert_eq!(lines("one two three", 7), ["one two", "three"]);
    assert_eq!(lines("one twothree", 5), ["one", "twoth", "ree"]);
    assert_eq!(lines("äöü", 0), ["ä", "ö", "ü"]);
    assert_eq!(lines("", 5), [""]);
}

#[test]
fn odd_words_do_no_harm() {
    for text in [
        "",
        " ",
        "\u{0}\n\u{1f5fa}",
        "\n\n\n",
        "a\tb\r\nc",
        &"x".repeat(10_000),
    ] {
        for room in [0.0, 1.0, 300.0] {
            assert!(plate_of(text, 13.0, room).0 < 320, "{room}");
        }
    }
}

#[test]
fn ink_lies_within_the_plate() {
    let plate = plate("Ág|jÜ", 40.0, 500.0, Theme::default());
    let (width, height) = (plate.size().width(), plate.size().height());
    let inked = |(i, pixel): (usize, &[u8; 4])| {
        (*pixel != Theme::default().plate()).then_some((i % width, i / width))
    };
    let inked: Vec<_> = plate
        .pixels()
        .iter()
        .enumerate()
        .filter_map(inked)
        .collect();
    assert!(inked.len() > 300);
    assert!(
        inked
            .iter()
            .all(|&(x, y)| (4..width - 4).contains(&x) && (4..height - 4).contains(&y))
    );
}
