//! Well-known binary: that of ISO (SQL/MM), where thousands of the type tell the dimensions, and
//! the extended one of `PostGIS`, where its highest bits do.

use super::{DEEPEST, Geometry, Part, Stated};

/// Bits of the type in extended WKB: heights, measures, and that the SRID follows.
const Z: u32 = 0x8000_0000;
const M: u32 = 0x4000_0000;
const SRID: u32 = 0x2000_0000;
/// What is added to the type in `SpatiaLite`, where positions between the ends of a line are in
/// single precision, from the one before.
const PACKED: u32 = 1_000_000;

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

    fn single(&mut self, little: bool) -> Option<f64> {
        let bytes = self.take()?;
        let number = if little {
            f32::from_le_bytes(bytes)
        } else {
            f32::from_be_bytes(bytes)
        };
        Some(number.into())
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
            to.system = Some(Stated::Number(self.long(little)?));
        }
        let stated = kind & !(Z | M | SRID);
        let number = stated.checked_sub(PACKED).unwrap_or(stated);
        let (height, measure) = match number / 1000 {
            0 => (kind & Z != 0, kind & M != 0),
            1 => (true, false),
            2 => (false, true),
            3 => (true, true),
            _ => return None,
        };
        let numbers = Numbers {
            little,
            height: height.into(),
            measure: measure.into(),
            is_packed: stated >= PACKED,
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
        let length = count.checked_mul(numbers.least())?;
        (length <= self.rest.len()).then_some(())?;
        let mut line: Vec<[f64; 2]> = Vec::with_capacity(count);
        for at in 0..count {
            let is_near = numbers.is_packed && at + 1 < count;
            line.push(match line.last() {
                Some(&before) if is_near => self.step(before, numbers)?,
                _ => self.position(numbers)?,
            });
        }
        Some(line)
    }

    fn position(&mut self, numbers: Numbers) -> Option<[f64; 2]> {
        let at = [self.double(numbers.little)?, self.double(numbers.little)?];
        for _ in 0..numbers.height + numbers.measure {
            self.double(numbers.little)?;
        }
        Some(at)
    }

    /// A position that says how far it is from the one before.
    fn step(&mut self, [x, y]: [f64; 2], numbers: Numbers) -> Option<[f64; 2]> {
        let at = [
            x + self.single(numbers.little)?,
            y + self.single(numbers.little)?,
        ];
        for _ in 0..numbers.height {
            self.single(numbers.little)?;
        }
        for _ in 0..numbers.measure {
            self.double(numbers.little)?;
        }
        Some(at)
    }
}

/// How positions are written.
#[derive(Clone, Copy)]
struct Numbers {
    little: bool,
    /// How many numbers there are besides x and y.
    height: usize,
    measure: usize,
    /// Lines are in the form of `SpatiaLite` that takes less room.
    is_packed: bool,
}

impl Numbers {
    /// How many bytes a position takes at the least.
    fn least(self) -> usize {
        if self.is_packed {
            4 * (2 + self.height) + 8 * self.measure
        } else {
            8 * (2 + self.height + self.measure)
        }
    }
}
