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
/// Bytes of a record that tell how long it is.
const HEAD: u64 = 44;
/// The longest record that is read: over eight million vertices with Z and M. It bounds what a pipe
/// can make us hold.
const LONGEST: u64 = 1 << 28;
/// What this program makes of shapefiles.
const SUPPORTED: &str = "points, multipoints and polylines can be read";

/// What follows in the file.
pub enum Next {
    /// A good record.
    Shape(Shape),
    /// A good record, which is of another length than it states.
    Mended(Shape),
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
    /// Bytes that were read, and not passed yet.
    ahead: Vec<u8>,
    /// Where records begin, if somebody knows.
    index: Vec<u64>,
    /// Polygons are wanted, and nothing else.
    polygons: bool,
}

impl<R: Read> Records<R> {
    /// Reads the file's header. Either polygons are wanted, or what heat maps are made of.
    pub fn open(mut source: R, polygons: bool) -> Result<Self, String> {
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
        check_kind(little(&header, 32).unwrap_or_default(), polygons)?;
        let declared = big(&header, 24).map_or(0, |words| 2 * u64::try_from(words).unwrap_or(0));
        Ok(Self {
            source,
            declared,
            position: HEADER as u64,
            number: None,
            ahead: Vec::new(),
            index: Vec::new(),
            polygons,
        })
    }

    /// The same with the places where records begin, in ascending order, for where they do not fit.
    #[must_use]
    pub fn indexed(self, index: Vec<u64>) -> Self {
        Self { index, ..self }
    }

    /// The next record. The file's real end counts, whatever length its header states.
    pub fn next(&mut self) -> io::Result<Next> {
        let got = self.look(FRAME as u64)? as usize;
        let frame: Vec<u8> = self.ahead.drain(..got).collect();
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
        let words = big(&frame, 4).and_then(|words| u64::try_from(words).ok());
        self.content(words.map(|words| 2 * words))
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

    /// The content of a record that states a length, if that makes sense.
    fn content(&mut self, stated: Option<u64>) -> io::Result<Next> {
        let start = self.position + FRAME as u64;
        if let Some(length) = stated.filter(|&length| length > LONGEST) {
            return self.too_long(length);
        }
        if let Some(length) = stated
            && self.fits(length)?
        {
            let read = self
                .shape(&self.ahead[..length as usize])
                .or_else(|fact| self.padded(fact));
            self.pass(length);
            return Ok(read.map_or_else(Next::Bad, Next::Shape));
        }
        for length in self.others(start)? {
            if self.fits(length)? {
                let read = self.padded(String::new());
                self.pass(length);
                return Ok(read.map_or_else(
                    |_| Next::Bad("the record holds no shape that it has room for".to_owned()),
                    Next::Mended,
                ));
            }
        }
        let Some(length) = stated else {
            return Ok(Next::Cut(
                "a negative length hides all that comes after record",
            ));
        };
        if self.look(length)? < length {
            self.pass(length);
            return Ok(Next::Cut("the file ends in the middle of record"));
        }
        let read = self.shape(&self.ahead[..length as usize]);
        self.pass(length);
        Ok(read.map_or_else(Next::Bad, Next::Shape))
    }

    fn too_long(&mut self, length: u64) -> io::Result<Next> {
        self.position += FRAME as u64 + length;
        let left = length - self.ahead.len() as u64;
        self.ahead.clear();
        let got = io::copy(&mut self.source.by_ref().take(left), &mut io::sink())?;
        Ok(if got < left {
            Next::Cut("the file ends in the middle of record")
        } else {
            Next::Bad(format!(
                "the record is {length} bytes long; at most {LONGEST} are read"
            ))
        })
    }

    /// The lengths that a record may really have: by what it holds, or by the index.
    fn others(&mut self, start: u64) -> io::Result<Vec<u64>> {
        self.look(HEAD)?;
        let mut lengths = own_lengths(&self.ahead);
        let next = self.index.partition_point(|&offset| offset < start);
        lengths.extend(self.index.get(next).map(|next| next - start));
        lengths.retain(|&length| length <= LONGEST);
        Ok(lengths)
    }

    /// The shape at the beginning of a record that has more bytes than that.
    fn padded(&self, fact: String) -> Result<Shape, String> {
        let lengths = own_lengths(&self.ahead);
        let whole = lengths
            .into_iter()
            .filter_map(|length| self.ahead.get(..length as usize));
        let mut shapes = whole.map(|record| self.shape(record));
        shapes.find_map(Result::ok).ok_or(fact)
    }

    /// The shape in a record's content.
    fn shape(&self, record: &[u8]) -> Result<Shape, String> {
        let code = little(record, 0).ok_or("the record is too short to name its shape type")?;
        let kind = check_kind(code, self.polygons)?;
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

    /// Whether a record of this length would be followed by the next one, or by the end.
    fn fits(&mut self, length: u64) -> io::Result<bool> {
        let got = self.look(length + 4)?;
        Ok(match big(&self.ahead[..got as usize], length as usize) {
            Some(number) => Some(number) == self.number.and_then(|last| last.checked_add(1)),
            None => got >= length,
        })
    }

    /// Reads ahead, and tells how many of so many bytes there are.
    fn look(&mut self, bytes: u64) -> io::Result<u64> {
        let more = bytes.saturating_sub(self.ahead.len() as u64);
        if more > 0 {
            self.source
                .by_ref()
                .take(more)
                .read_to_end(&mut self.ahead)?;
        }
        Ok(bytes.min(self.ahead.len() as u64))
    }

    /// Goes on behind a record of this length, or at the end of the file.
    fn pass(&mut self, length: u64) {
        self.position += FRAME as u64 + length;
        let there = self
            .ahead
            .len()
            .min(usize::try_from(length).unwrap_or(usize::MAX));
        self.ahead.drain(..there);
    }
}

/// The places in the file where an index says that records begin; none if it is broken.
pub fn index(shx: &[u8]) -> Vec<u64> {
    let entries = shx.get(HEADER..).unwrap_or_default().chunks_exact(FRAME);
    let offsets: Option<Vec<u64>> = entries
        .map(|entry| u64::try_from(big(entry, 0)?).ok().map(|words| 2 * words))
        .collect();
    offsets
        .filter(|offsets| offsets.is_sorted())
        .unwrap_or_default()
}

/// The lengths that a record has by its shape type and its counts, the longest first: measures may
/// be there or not.
fn own_lengths(record: &[u8]) -> Vec<u64> {
    let Some(kind) = little(record, 0).and_then(ShapeType::from) else {
        return Vec::new();
    };
    let with_measures = |start: u64, points: u64| {
        let z = if kind.has_z() { 16 + 8 * points } else { 0 };
        let plain = start + 16 * points + z;
        if kind.has_m() || kind.has_z() {
            vec![plain + 16 + 8 * points, plain]
        } else {
            vec![plain]
        }
    };
    match kind {
        ShapeType::NullShape => vec![4],
        ShapeType::Point => vec![20],
        ShapeType::PointM => vec![28],
        ShapeType::PointZ => vec![36, 28],
        ShapeType::Multipoint | ShapeType::MultipointM | ShapeType::MultipointZ => {
            count(record, 36).map_or_else(Vec::new, |points| with_measures(40, points))
        }
        _ => count(record, 36)
            .zip(count(record, 40))
            .map_or_else(Vec::new, |(parts, points)| {
                with_measures(44 + 4 * parts, points)
            }),
    }
}

/// The shape type of a code, if it is one that can be read.
fn check_kind(code: i32, polygons: bool) -> Result<ShapeType, String> {
    match ShapeType::from(code) {
        None => Err(format!("shape type {code} is unknown; {SUPPORTED}")),
        Some(
            kind @ (ShapeType::NullShape
            | ShapeType::Polygon
            | ShapeType::PolygonM
            | ShapeType::PolygonZ),
        ) if polygons => Ok(kind),
        Some(kind) if polygons => Err(format!(
            "these are shapes of the kind {kind}, and no polygons"
        )),
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
