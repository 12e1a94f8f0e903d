use super::*;
use crate::raster::Size;

const SEA: [u8; 4] = [0, 90, 160, 255];

fn sea(width: u32, height: u32) -> Raster {
    let size = Size::new(width, height).unwrap();
    Raster::new(size, vec![SEA; size.pixels()]).unwrap()
}

fn block(width: usize, height: usize) -> Raster {
    text::filled(width, height, [200, 0, 0, 255])
}

/// The least area around everything that is not as it was: left, top, right, bottom.
fn changed(picture: &Raster) -> (usize, usize, usize, usize) {
    let width = picture.size().width();
    let places = picture
        .pixels()
        .iter()
        .enumerate()
        .filter(|(_, pixel)| **pixel != SEA);
    places.fold(
        (usize::MAX, usize::MAX, 0, 0),
        |(left, top, right, bottom), (i, _)| {
            let (x, y) = (i % width, i / width);
            (left.min(x), top.min(y), right.max(x + 1), bottom.max(y + 1))
        },
    )
}

#[test]
fn a_credit_stands_in_the_lower_right_corner_and_can_be_read() {
    let mut picture = sea(400, 300);
    Annotator::new(&mut picture, Theme::default()).credit("© OpenStreetMap contributors");
    let (left, top, right, bottom) = changed(&picture);
    assert!(
        left > 200 && top > 275 && (right, bottom) == (400, 300),
        "{left} {top}"
    );
    let dark = picture
        .pixels()
        .iter()
        .filter(|pixel| pixel[0] < 70 && pixel[2] < 90)
        .count();
    assert!((150..1500).contains(&dark), "{dark}");
}

#[test]
fn captions_stand_where_they_are_asked_for() {
    let at = |place| {
        let mut picture = sea(400, 300);
        Annotator::new(&mut picture, Theme::default())
            .caption("2024-05-01", place)
            .unwrap();
        changed(&picture)
    };
    let (_, _, width, height) = at(Corner::TopLeft);
    assert_eq!(at(Corner::TopLeft), (0, 0, width, height));
    assert_eq!(at(Corner::TopRight), (400 - width, 0, 400, height));
    assert_eq!(at(Corner::BottomLeft), (0, 300 - height, width, 300));
    assert_eq!(
        at(Corner::BottomRight),
        (400 - width, 300 - height, 400, 300)
    );
    let (left, _, right, _) = at(Corner::Top);
    assert!(left.abs_diff(400 - right) <= 1);
}

#[test]
fn a_title_is_larger_than_a_caption_and_on_top() {
    let mut picture = sea(600, 400);
    Annotator::new(&mut picture, Theme::default())
        .title("Rides")
        .unwrap();
    let title = changed(&picture);
    let mut picture = sea(600, 400);
    Annotator::new(&mut picture, Theme::default())
        .caption("Rides", Corner::Top)
        .unwrap();
    let caption = changed(&picture);
    assert!(title.1 == 0 && title.3 > caption.3 && title.2 - title.0 > caption.2 - caption.0);
}

#[test]
fn what_comes_later_covers_nothing() {
    let places = [
        Corner::TopLeft,
        Corner::Top,
        Corner::TopRight,
        Corner::BottomLeft,
        Corner::Bottom,
        Corner::BottomRight,
    ];
    let mut picture = sea(300, 400);
    let mut sheet = Annotator::new(&mut picture, Theme::default());
    sheet.credit("© Some Body with so long a name that it needs all of the width");
    sheet.title("A title that is somewhat long").unwrap();
    for _ in 0..2 {
        for place in places {
            sheet.legend(&block(50, 40), place).unwrap();
        }
    }
    for (i, area) in sheet.taken.iter().enumerate() {
        assert!(area.right <= 300 && area.bottom <= 400);
        assert!(
            sheet.taken[..i]
                .iter()
                .all(|other| !area.touches(*other, 6)),
            "{area:?}"
        );
    }
}

#[test]
fn what_has_no_room_is_told_and_changes_nothing() {
    let mut picture = sea(60, 50);
    let before = picture.clone();
    let mut sheet = Annotator::new(&mut picture, Theme::default());
    let error = sheet
        .legend(&block(50, 40), Corner::TopLeft)
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with("a picture of 60 × 50 pixels has no room for the legend\n"),
        "{error}"
    );
    assert!(
        sheet
            .caption(&"many words ".repeat(20), Corner::BottomLeft)
            .is_err()
    );
    assert!(sheet.title("A much too long title of a picture").is_err());
    assert_eq!(picture, before);
}

#[test]
fn a_credit_is_there_even_on_the_smallest_picture() {
    for (width, height) in [(1, 1), (3, 2), (30, 20), (500, 1), (1, 500)] {
        let mut picture = sea(width, height);
        Annotator::new(&mut picture, Theme::default())
            .credit("much too long for so small a picture");
        assert_eq!(picture.size().width(), width as usize);
        assert_ne!(picture, sea(width, height));
    }
}

#[test]
fn the_emptiest_corner_is_the_one_where_least_is_painted() {
    let mut painted = Raster::transparent(Size::new(300, 200).unwrap());
    let emptiest = |painted: &Raster| {
        let mut sheet = Annotator::dry(painted.size(), Theme::default());
        sheet.credit("© Some Body");
        sheet.emptiest(block(60, 40).size(), painted)
    };
    assert_eq!(emptiest(&painted), Some(Corner::BottomRight));
    let mut paint = |(x, y): (usize, usize), alpha| {
        painted.pixels_mut()[y * 300 + x] = [255, 0, 0, alpha];
        emptiest(&painted)
    };
    // Where the credit is, nothing stands anyhow.
    assert_eq!(paint((298, 198), 255), Some(Corner::BottomRight));
    assert_eq!(paint((270, 160), 200), Some(Corner::BottomLeft));
    assert_eq!(paint((30, 170), 200), Some(Corner::TopRight));
    assert_eq!(paint((270, 30), 200), Some(Corner::TopLeft));
    assert_eq!(paint((30, 30), 201), Some(Corner::BottomRight));
    let small = Raster::transparent(Size::new(50, 50).unwrap());
    assert_eq!(emptiest(&small), None);
}

#[test]
fn a_strip_leaves_the_picture_as_it_is() {
    let picture = sea(400, 300);
    let legend = block(100, 30);
    for (side, size) in [(Side::Below, (400, 342)), (Side::Right, (512, 300))] {
        let whole = strip(&picture, &legend, side, Theme::default(), 1.0).unwrap();
        let (width, height) = (whole.size().width(), whole.size().height());
        assert_eq!((width, height), size);
        let rows = whole.pixels().chunks(width).take(300);
        assert!(rows.into_iter().all(|row| row[..400] == [SEA; 400]));
        let red = whole.pixels().iter().filter(|pixel| pixel[0] == 200);
        assert_eq!(red.count(), 100 * 30);
    }
    // Even what is larger than the picture.
    let small = sea(20, 10);
    let whole = strip(&small, &legend, Side::Right, Theme::default(), 1.0).unwrap();
    assert_eq!(whole.size(), Size::new(20 + 112, 42).unwrap());
}
