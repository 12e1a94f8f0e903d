//! Well-known binary: that of ISO (SQL/MM), where thousands of the type tell the dimensions, and
//! the extended one of `PostGIS`, where its highest bits do.

use super::{DEEPEST, Geometry, Part};

/// Bits of the type in extended WKB: heights, measures, and that the SRID follows.
const Z: u32 = 0x8000_0000;
const M: u32 = 0x4000_0000;
const SRID: u32 = 0x2000_0000;

/// The geometry in some bytes; `None` if they are none.
pub(super) fn parse(bytes: &[u8]) -> Option<Geometry> {
    let mut geometry = Geometry::default();
    Bytes { rest: bytes }.geometry(&mut geometry, 0)?;
    Some(geometry)
}

/// The geometry in bytes that begin with its type, in a byte order that stands elsewhere, as
/// `SpatiaLite` has them.
pub(super) fn parse_behind(little: bool, bytes: &[u8]) -> Option<Geometry> {
    let mut geometry = Geometry::default();
    let mut bytes = Bytes { rest: bytes };
    bytes.body(little, &mut geometry, 0)?;
    bytes.rest.is_empty().then_some(geometry)
}

/// The position of what is a point and nothing more, and the number of its system if it says one:
/// most tables are of those, and need no parts.
#[inline]
pub(in crate::input) fn point(bytes: &[u8]) -> Option<(Option<u32>, [f64; 2])> {
    let (head, rest) = bytes.split_first_chunk::<5>()?;
    let (little, has_system) = match head {
        [1, 1, 0, 0, 0] => (true, false),
        [1, 1, 0, 0, 0x20] => (true, true),
        [0, 0, 0, 0, 1] => (false, false),
        [0, 0x20, 0, 0, 1] => (false, true),
        _ => return None,
    };
    let mut bytes = Bytes { rest };
    let system = if has_system {
        Some(bytes.long(little)?)
    } else {
        None
    };
    (bytes.rest.len() == 16).then_some(())?;
    Some((system, [bytes.double(little)?, bytes.double(little)?]))
}

/// What is left of the bytes.
struct Bytes<'a> {
    rest: &'a [u8],
}

/// What a member of a collection of `SpatiaLite` has for its byte order, which is that of the
/// whole.
const SAME_ORDER: u8 = 0x69;

impl Bytes<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.rest.split_first_chunk()?;
        self.rest = rest;
        Some(*taken)
    }

    fn long(&mut self, little: bool) -> Option<u32> {
        let bytes = self.take()?;
        Some(if little {
            u32::from_le_bytes(bytes)
        } else {
            u32::from_be_bytes(bytes)
        })
    }

    fn double(&mut self, little: bool) -> Option<f64> {
        let bytes = self.take()?;
        Some(if little {
            f64::from_le_bytes(bytes)
        } else {
            f64::from_be_bytes(bytes)
        })
    }

    fn geometry(&mut self, to: &mut Geometry, depth: u32) -> Option<()> {
        let little = match self.take()? {
            [0] => false,
            [1] => true,
            _ => return None,
        };
        self.body(little, to, depth)
    }

    /// What follows the byte order.
    fn body(&mut self, little: bool, to: &mut Geometry, depth: u32) -> Option<()> {
        let kind = self.long(little)?;
        if kind & SRID != 0 {
            to.srid = Some(self.long(little)?);
        }
        let number = kind & !(Z | M | SRID);
        let more = match number / 1000 {
            0 => u32::from(kind & Z != 0) + u32::from(kind & M != 0),
            1 | 2 => 1,
            3 => 2,
            _ => return None,
        };
        let numbers = Numbers {
            little,
            dimensions: 2 + more as usize,
        };
        match number % 1000 {
            1 => {
                let at = self.position(numbers)?;
                // This is how an empty point is written.
                if !at[0].is_nan() {
                    to.parts.push(Part::Point(at));
                }
            }
            2 | 8 => {
                let line = self.positions(numbers)?;
                if !line.is_empty() {
                    to.curves += u64::from(number % 1000 == 8);
                    to.parts.push(Part::Line(line));
                }
            }
            3 | 17 => {
                for _ in 0..self.long(little)? {
                    self.positions(numbers)?;
                    to.polygons = 1;
                }
            }
            4 | 5 | 7 | 9 | 11 => self.members(little, to, depth)?,
            6 | 10 | 12 | 15 | 16 => {
                let mut surface = Geometry::default();
                self.members(little, &mut surface, depth)?;
                to.polygons += u64::from(!surface.is_empty());
            }
            _ => return None,
        }
        Some(())
    }

    fn members(&mut self, little: bool, to: &mut Geometry, depth: u32) -> Option<()> {
        (depth < DEEPEST).then_some(())?;
        for _ in 0..self.long(little)? {
            let mut member = Geometry::default();
            if self.rest.first() == Some(&SAME_ORDER) {
                self.rest = &self.rest[1..];
                self.body(little, &mut member, depth + 1)?;
            } else {
                self.geometry(&mut member, depth + 1)?;
            }
            to.parts.append(&mut member.parts);
            to.polygons += member.polygons;
            to.curves += member.curves;
        }
        Some(())
    }

    fn positions(&mut self, numbers: Numbers) -> Option<Vec<[f64; 2]>> {
        let count = self.long(numbers.little)? as usize;
        // A count that lies must not ask for memory.
        let length = count.checked_mul(8 * numbers.dimensions)?;
        (length <= self.rest.len()).then_some(())?;
        (0..count).map(|_| self.position(numbers)).collect()
    }

    fn position(&mut self, numbers: Numbers) -> Option<[f64; 2]> {
        let at = [self.double(numbers.little)?, self.double(numbers.little)?];
        for _ in 2..numbers.dimensions {
            self.double(numbers.little)?;
        }
        Some(at)
    }
}

/// How positions are written.
#[derive(Clone, Copy)]
struct Numbers {
    little: bool,
    dimensions: usize,
}
