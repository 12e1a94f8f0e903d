//! Bytes in, the shapes of one record after the other out.
//!
//! The crate `shapefile` knows what is inside a record, but believes the counts that it finds
//! there: a part that claims to begin two thousand million vertices later makes it ask for 31 GB.
//! And its iterator repeats an error for ever, so one bad record would end the reading. So the
//! records are cut out here, where every length can be held against the bytes that are really
//! there, and the crate is given one checked record at a time. Nothing is allocated for a claim:
//! memory grows with the bytes that arrive.
//!
//! Source of the layout: "ESRI Shapefile Technical Description", July 1998.

use std::io::{self, Read};

use shapefile::{ReadableShape, Shape, ShapeType};

/// The file header.
const HEADER: usize = 100;
/// The number and the length before each record.
const FRAME: usize = 8;
/// The longest record that is read: over eight million vertices with Z and M. It bounds what a pipe
/// can make us hold.
const LONGEST: u64 = 1 << 28;
/// What this program makes of shapefiles.
const SUPPORTED: &str = "points, multipoints and polylines can be read";

/// What follows in the file.
pub enum Next {
    /// A good record.
    Shape(Shape),
    /// A record that cannot be used; others follow.
    Bad(String),
    /// The place of the next record cannot be known: the fact, which wants the record's number
    /// after it.
    Cut(&'static str),
    /// No more records.
    End,
}

/// The records of a shapefile, in the order of the file.
pub struct Records<R> {
    source: R,
    /// How long the header says the file is; only believed about what comes after that.
    declared: u64,
    position: u64,
    /// The last record's own number.
    number: Option<i32>,
    record: Vec<u8>,
}

impl<R: Read> Records<R> {
    /// Reads the file's header.
    pub fn open(mut source: R) -> Result<Self, String> {
        let mut header = [0; HEADER];
        let got = fill(&mut source, &mut header).map_err(|reason| reason.to_string())?;
        if got < 4 || big(&header, 0) != Some(9994) {
            return Err(
                "this is not a shapefile: it does not begin with its code, 9994".to_owned(),
            );
        }
        if got < HEADER {
            return Err(format!(
                "the file ends after {got} bytes, within the header of {HEADER}"
            ));
        }
        check_kind(little(&header, 32).unwrap_or_default())?;
        let declared = big(&header, 24).map_or(0, |words| 2 * u64::try_from(words).unwrap_or(0));
        Ok(Self {
            source,
            declared,
            position: HEADER as u64,
            number: None,
            record: Vec::new(),
        })
    }

    /// The next record. The file's real end counts, whatever length its header states.
    pub fn next(&mut self) -> io::Result<Next> {
        let mut frame = [0; FRAME];
        let got = fill(&mut self.source, &mut frame)?;
        if got < FRAME {
            // A scrap that reaches the stated end is padding; one that does not is the rest of what
            // was cut off.
            let whole = got == 0 || self.position + got as u64 >= self.declared;
            return Ok(if whole {
                Next::End
            } else {
                Next::Cut("the file ends in the middle of record")
            });
        }
        let number = big(&frame, 0);
        if self.is_padding(number) {
            return Ok(Next::End);
        }
        self.number = number;
        match big(&frame, 4).map(u64::try_from) {
            Some(Ok(words)) => self.content(2 * words),
            _ => Ok(Next::Cut(
                "a negative length hides all that comes after record",
            )),
        }
    }

    /// How many bytes the header states that have not been read.
    pub fn missing(&self) -> u64 {
        self.declared.saturating_sub(self.position)
    }

    /// Past the stated end lies padding or garbage, unless the records' own numbers go on there:
    /// some writers never bring the header up to date.
    fn is_padding(&self, number: Option<i32>) -> bool {
        let expected = self.number.and_then(|last| last.checked_add(1));
        self.position >= self.declared && expected.is_some() && number != expected
    }

    fn content(&mut self, length: u64) -> io::Result<Next> {
        self.position += FRAME as u64 + length;
        let mut content = self.source.by_ref().take(length);
        self.record.clear();
        let got = if length > LONGEST {
            io::copy(&mut content, &mut io::sink())?
        } else {
            content.read_to_end(&mut self.record)? as u64
        };
        Ok(match shape(&self.record) {
            _ if got < length => Next::Cut("the file ends in the middle of record"),
            _ if length > LONGEST => Next::Bad(format!(
                "the record is {length} bytes long; at most {LONGEST} are read"
            )),
            Ok(shape) => Next::Shape(shape),
            Err(fact) => Next::Bad(fact),
        })
    }
}

/// The shape in a record's content.
fn shape(record: &[u8]) -> Result<Shape, String> {
    let kind =
        check_kind(little(record, 0).ok_or("the record is too short to name its shape type")?)?;
    if !is_sound(kind, record) {
        return Err(format!(
            "the record's {} bytes cannot hold the {kind} that it claims",
            record.len()
        ));
    }
    // LONGEST is far within an i32.
    Shape::read_from(&mut io::Cursor::new(record), record.len() as i32)
        .map_err(|reason| reason.to_string())
}

/// The shape type of a code, if it is one that can be read.
fn check_kind(code: i32) -> Result<ShapeType, String> {
    match ShapeType::from(code) {
        None => Err(format!("shape type {code} is unknown; {SUPPORTED}")),
        Some(ShapeType::Polygon | ShapeType::PolygonM | ShapeType::PolygonZ) => {
            Err(format!("polygons are not supported; {SUPPORTED}"))
        }
        Some(ShapeType::Multipatch) => Err(format!("multipatches are not supported; {SUPPORTED}")),
        Some(kind) => Ok(kind),
    }
}

/// Whether the record has the bytes for what it claims to hold, so that the crate allocates no more
/// than about twice its length. Measures may be left out by the format; the crate finds out by the
/// length.
fn is_sound(kind: ShapeType, record: &[u8]) -> bool {
    let has = |bytes: u64| bytes <= record.len() as u64;
    let (z_range, vertex) = if kind.has_z() { (16, 24) } else { (0, 16) };
    match kind {
        ShapeType::NullShape => true,
        ShapeType::Point => has(20),
        ShapeType::PointM | ShapeType::PointZ => has(28),
        ShapeType::Multipoint | ShapeType::MultipointM | ShapeType::MultipointZ => {
            count(record, 36).is_some_and(|points| has(40 + z_range + vertex * points))
        }
        _ => count(record, 36)
            .zip(count(record, 40))
            .is_some_and(|(parts, points)| {
                has(44 + 4 * parts + z_range + vertex * points)
                    && divides(parts, &record[44..], points)
            }),
    }
}

/// Whether the parts' first vertices divide the points: from 0 upwards, all within, and no more
/// parts than points.
fn divides(parts: u64, starts: &[u8], points: u64) -> bool {
    let mut last = 0;
    let ascending = starts.chunks_exact(4).take(parts as usize).all(|start| {
        let start = count(start, 0).unwrap_or(u64::MAX);
        start >= std::mem::replace(&mut last, start)
    });
    ascending && last <= points && parts <= points && (parts == 0 || little(starts, 0) == Some(0))
}

/// A count, which is never negative.
fn count(bytes: &[u8], at: usize) -> Option<u64> {
    u64::try_from(little(bytes, at)?).ok()
}

fn little(bytes: &[u8], at: usize) -> Option<i32> {
    bytes
        .get(at..)?
        .first_chunk()
        .copied()
        .map(i32::from_le_bytes)
}

fn big(bytes: &[u8], at: usize) -> Option<i32> {
    bytes
        .get(at..)?
        .first_chunk()
        .copied()
        .map(i32::from_be_bytes)
}

/// Reads until the buffer is full or the source ends; how much came.
fn fill(source: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut got = 0;
    while got < buffer.len() {
        match source.read(&mut buffer[got..]) {
            Ok(0) => break,
            Ok(more) => got += more,
            Err(reason) if reason.kind() == io::ErrorKind::Interrupted => {}
            Err(reason) => return Err(reason),
        }
    }
    Ok(got)
}
