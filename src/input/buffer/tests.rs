//! What is held comes back.

use super::*;

fn shapes() -> Vec<Shape> {
    let place = |i: i32| {
        Coord::lat_lon(
            f64::from(i % 90),
            f64::from(i % 180) - 0.25 / f64::from(1 + i / 500 * 2),
        )
        .unwrap()
    };
    let point = |i: i32| Shape::point(place(i)).weighing(f64::from(i % 3));
    let any = |i: i32| {
        if i % 5 == 0 {
            Shape::segment(place(i), place(i + 7))
        } else {
            point(i)
        }
    };
    let time =
        |i: i32| (i % 7 > 2).then(|| Time::from_milliseconds(i64::from(i) * 0x1234_5678_9abc))?;
    let count = |i: u32| NonZeroU32::new(if i.is_multiple_of(11) { i } else { 1 });
    let many = |i: i32| count(i as u32).unwrap_or(NonZeroU32::MIN);
    (0..1000)
        .map(|i| any(i).when(time(i)).times(many(i)))
        .collect()
}

fn replayed(budget: u64, overflow: Overflow, in_order: bool) -> Option<Vec<Shape>> {
    let held = ShapeBuffer::new(budget, overflow);
    shapes().chunks(100).for_each(|some| held.add(some));
    let (extent, kept) = held.finish().unwrap();
    assert_eq!(extent, Footprint::of(&shapes()));
    let again = || {
        let again = Mutex::new(Vec::new());
        let deliver = |some: &[Shape]| again.lock().unwrap().extend_from_slice(some);
        let all = if in_order {
            kept.replay_in_order(&deliver)
        } else {
            kept.replay(&deliver)
        }
        .unwrap();
        all.then(|| again.into_inner().unwrap())
    };
    let (once, twice) = (again(), again());
    assert_eq!(once.clone().map(sorted), twice.map(sorted));
    once
}

fn sorted(mut shapes: Vec<Shape>) -> Vec<String> {
    shapes.sort_by_key(|shape| format!("{shape:?}"));
    shapes.iter().map(|shape| format!("{shape:?}")).collect()
}

#[test]
fn what_is_held_or_spilled_comes_back() {
    for budget in [1 << 20, 5000, 0] {
        assert_eq!(
            replayed(budget, Overflow::Spill, false).map(sorted),
            Some(sorted(shapes())),
            "{budget}"
        );
    }
    assert_eq!(
        replayed(1 << 20, Overflow::Forget, false).map(sorted),
        Some(sorted(shapes()))
    );
}

#[test]
fn what_can_be_read_again_is_forgotten_beyond_the_budget() {
    assert_eq!(replayed(5000, Overflow::Forget, false), None);
}

#[test]
fn what_is_wanted_in_order_comes_back_in_order() {
    for budget in [1 << 20, 5000, 0] {
        assert_eq!(
            replayed(budget, Overflow::Spill, true),
            Some(shapes()),
            "{budget}"
        );
    }
}

#[test]
fn times_take_room_only_where_they_are() {
    let place = Coord::lat_lon(1.5, 2.5).unwrap();
    let bytes = |time| Batch::pack_all(&vec![Shape::point(place).when(time); 100])[0].bytes();
    assert_eq!(bytes(None), 800);
    assert_eq!(bytes(Time::from_milliseconds(5)), 1600);
}
