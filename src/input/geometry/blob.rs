//! Geometry blobs of `SQLite`: well-known binary behind a header of `GeoPackage`'s, and the form of
//! `SpatiaLite`, which has a byte order once and a mark at its end.

use super::{Geometry, Stated, wkb};

/// What a blob of `GeoPackage` begins with.
const GEOPACKAGE: &[u8] = b"GP";
/// Bytes of its header without the envelope.
const HEADER: usize = 8;
/// Bits of its flags: the byte order of the header, which envelope follows, and that there is
/// nothing in the geometry.
const LITTLE: u8 = 1;
const ENVELOPE: u8 = 7 << 1;
const EMPTY: u8 = 1 << 4;
/// What stands before and behind a blob of `SpatiaLite`, and behind the box at its beginning.
const START: u8 = 0;
const END: u8 = 0xfe;
const BOX_END: u8 = 0x7c;
/// Where that box ends: two marks, the number of a system, four numbers.
const BOX: usize = 38;

/// The geometry in a blob; `None` if it is none of these.
pub(super) fn parse(bytes: &[u8]) -> Option<Geometry> {
    geopackage(bytes).or_else(|| spatialite(bytes))
}

fn geopackage(bytes: &[u8]) -> Option<Geometry> {
    let rest = bytes.strip_prefix(GEOPACKAGE)?;
    let [_version, flags, id @ ..] = rest.first_chunk::<6>()?;
    let id = if flags & LITTLE == 0 {
        i32::from_be_bytes(*id)
    } else {
        i32::from_le_bytes(*id)
    };
    let envelope = match (flags & ENVELOPE) >> 1 {
        0 => 0,
        1 => 32,
        2 | 3 => 48,
        4 => 64,
        _ => return None,
    };
    let system = stated(id);
    if flags & EMPTY != 0 {
        return Some(Geometry {
            system,
            ..Geometry::default()
        });
    }
    let geometry = wkb::parse(bytes.get(HEADER + envelope..)?)?;
    Some(Geometry { system, ..geometry })
}

fn spatialite(bytes: &[u8]) -> Option<Geometry> {
    let (&[start, order, ref id @ ..], _) = bytes.split_first_chunk::<6>()?;
    let is_so = start == START
        && order <= 1
        && bytes.get(BOX) == Some(&BOX_END)
        && bytes.last() == Some(&END);
    is_so.then_some(())?;
    let id = if order == 0 {
        i32::from_be_bytes(*id)
    } else {
        i32::from_le_bytes(*id)
    };
    let geometry = wkb::parse_behind(order == 1, bytes.get(BOX + 1..bytes.len() - 1)?)?;
    Some(Geometry {
        system: stated(id),
        ..geometry
    })
}

/// The system of a number; -1 and 0 are none that anybody knows.
fn stated(id: i32) -> Option<Stated> {
    u32::try_from(id).ok().map(Stated::Number)
}

#[cfg(test)]
mod tests {
    use super::super::Part;
    use super::*;

    /// POINT(1 2) in well-known binary.
    fn point() -> Vec<u8> {
        [
            &[1, 1, 0, 0, 0][..],
            &1_f64.to_le_bytes(),
            &2_f64.to_le_bytes(),
        ]
        .concat()
    }

    fn packaged(flags: u8, id: [u8; 4], envelope: usize) -> Vec<u8> {
        [&b"GP\0"[..], &[flags], &id, &vec![0; envelope], &point()].concat()
    }

    #[test]
    fn geopackage_has_envelopes_of_four_sizes() {
        for (flags, envelope) in [(1, 0), (3, 32), (5, 48), (7, 48), (9, 64), (0x21, 0)] {
            let geometry = parse(&packaged(flags, 4326_i32.to_le_bytes(), envelope)).unwrap();
            assert_eq!(geometry.system, Some(Stated::Number(4326)));
            assert_eq!(geometry.parts, [Part::Point([1.0, 2.0])], "{flags}");
        }
        let turned = parse(&packaged(0, 3857_i32.to_be_bytes(), 0)).unwrap();
        assert_eq!(turned.system, Some(Stated::Number(3857)));
        let nowhere = parse(&packaged(1, (-1_i32).to_le_bytes(), 0)).unwrap();
        assert_eq!((nowhere.system, nowhere.parts.len()), (None, 1));
        assert_eq!(parse(&packaged(11, [0; 4], 64)), None);
        assert_eq!(parse(&packaged(3, [0; 4], 8)), None);
        assert!(parse(&packaged(0x11, [0; 4], 0)).unwrap().is_empty());
    }

    #[test]
    fn spatialite_has_one_byte_order_and_marks() {
        let blob = |kind: u32, body: &[u8]| {
            let head = [&[0, 1][..], &4326_i32.to_le_bytes(), &[0; 32], &[0x7c]].concat();
            [&head[..], &kind.to_le_bytes(), body, &[0xfe]].concat()
        };
        let at = |x: f64, y: f64| [x.to_le_bytes(), y.to_le_bytes()].concat();
        let geometry = parse(&blob(1, &at(1.0, 2.0))).unwrap();
        assert_eq!(geometry.system, Some(Stated::Number(4326)));
        assert_eq!(geometry.parts, [Part::Point([1.0, 2.0])]);
        let member = [&[0x69][..], &1_u32.to_le_bytes(), &at(3.0, 4.0)].concat();
        let two = [&2_u32.to_le_bytes()[..], &member, &member].concat();
        let geometry = parse(&blob(4, &two)).unwrap();
        assert_eq!(
            geometry.parts,
            [Part::Point([3.0, 4.0]), Part::Point([3.0, 4.0])]
        );
        // As CompressGeometry() has it: whole numbers at the ends, single steps in between.
        let step = |numbers: &[f32]| numbers.iter().flat_map(|n| n.to_le_bytes()).collect();
        for (kind, beside, between) in [
            (1_000_002, &[][..], &[0.5, -0.25][..]),
            (1_001_002, &[7.0][..], &[0.5, -0.25, 1.0][..]),
            (1_002_002, &[7.0][..], &[0.5, -0.25, 0.0, 0.0][..]),
            (1_003_002, &[7.0, 8.0][..], &[0.5, -0.25, 1.0, 0.0, 0.0][..]),
        ] {
            let beside: Vec<u8> = beside.iter().flat_map(|n: &f64| n.to_le_bytes()).collect();
            let (first, last) = ([at(1.0, 2.0), beside.clone()], [at(3.0, 4.0), beside]);
            let between: Vec<u8> = step(between);
            let line = [first.concat(), between.clone(), between, last.concat()].concat();
            let line = [&4_u32.to_le_bytes()[..], &line].concat();
            let geometry = parse(&blob(kind, &line)).unwrap();
            let places = vec![[1.0, 2.0], [1.5, 1.75], [2.0, 1.5], [3.0, 4.0]];
            assert_eq!(geometry.parts, [Part::Line(places)], "{kind}");
            let ring = [&1_u32.to_le_bytes()[..], &line].concat();
            assert_eq!(parse(&blob(kind + 1, &ring)).unwrap().polygons, 1, "{kind}");
        }
        let cut = blob(4, &two);
        assert!((0..cut.len()).all(|length| parse(&cut[..length]).is_none()));
    }
}
