//! Header and features of `FlatGeobuf`: columns and the system first, then buffer for buffer.

use std::io::{self, Read};

use super::MAGIC;
use super::wire::{Table as Buffer, Vector};
use crate::error::Result;
use crate::geo::{Crs, NoSystem};
use crate::input::columns::Field;
use crate::input::geometry::{Geometry, Part};
use crate::input::interleaved::Interleaved;
use crate::input::opened::Opened;
use crate::input::table::{self, Row, Table, Value};
use crate::input::{Claim, Oddity, Options, Sink, columns};

/// The most bytes of a header or a feature.
const LONGEST: u32 = 256 << 20;
/// Bytes of a node of the index.
const NODE: u64 = 40;
/// How deep collections may lie in one another.
const DEEPEST: u32 = 32;
/// The kind of columns of moments, which are texts.
const MOMENT: u8 = 13;
/// What the column is called that holds the geometry, where columns are told.
const GEOMETRY: &str = "geometry";

/// Reads the features of a file.
pub(super) fn read(opened: Opened<'_>, options: &Options, sink: &mut Sink) -> Result<()> {
    let given = &options.columns;
    let mut source = opened.stream();
    let begun = begin(&mut source).map_err(|error| sink.error(None, error))?;
    let header = begun.as_deref().and_then(Header::parse);
    let Some(header) = header else {
        return Err(sink.error(None, "its header is broken"));
    };
    settle(&header, sink)?;
    let passed = io::copy(&mut (&mut source).take(header.index), &mut io::sink());
    passed.map_err(|error| sink.error(None, error))?;
    let mut names: Vec<String> = header
        .columns
        .iter()
        .map(|column| column.name.clone())
        .collect();
    names.push(GEOMETRY.to_owned());
    let columns = columns::Options {
        geometry_field: Some(Field::Number(names.len())),
        lat_field: None,
        lon_field: None,
        polyline_field: None,
        ..given.clone()
    };
    let moments = header.columns.iter().map(|column| column.kind == MOMENT);
    let table = Table::typed(&names, moments, &columns, sink)?;
    let features = Features {
        tracks: table.tracks(&columns),
        table,
        header,
    };
    features.all(&mut source, sink)
}

/// Reads up to the header, and all of that; none if there is no such.
fn begin(source: &mut impl Read) -> io::Result<Option<Vec<u8>>> {
    let mut magic = [0; 8];
    source.read_exact(&mut magic)?;
    if !magic.starts_with(MAGIC) {
        return Ok(None);
    }
    Ok(match next(source)? {
        Next::Bytes(header) => Some(header),
        Next::End | Next::Cut | Next::TooLong(_) => None,
    })
}

/// What follows in a file.
enum Next {
    Bytes(Vec<u8>),
    End,
    Cut,
    TooLong(u32),
}

/// The next buffer, which has its length before it.
fn next(source: &mut impl Read) -> io::Result<Next> {
    let mut length = Vec::new();
    source.take(4).read_to_end(&mut length)?;
    let Some(length) = length.first_chunk() else {
        return Ok(if length.is_empty() {
            Next::End
        } else {
            Next::Cut
        });
    };
    let length = u32::from_le_bytes(*length);
    if length > LONGEST {
        return Ok(Next::TooLong(length));
    }
    let mut bytes = Vec::new();
    source.take(length.into()).read_to_end(&mut bytes)?;
    Ok(if bytes.len() as u64 == u64::from(length) {
        Next::Bytes(bytes)
    } else {
        Next::Cut
    })
}

/// Settles in which system the numbers are, as the header says it.
fn settle(header: &Header, sink: &mut Sink) -> Result<()> {
    let manner = sink.manner();
    if manner.crs.is_plane() {
        return Ok(());
    }
    match header.system(manner.ballpark) {
        Ok(stated) => table::settle_system(stated, sink),
        Err(_) if manner.claim == Claim::Forced => Ok(()),
        Err(reason) => Err(sink.error(None, &reason).remedy(reason.remedy())),
    }
}

/// What stands before the features.
#[derive(Debug, Default)]
struct Header {
    columns: Vec<Column>,
    /// How many features there are; 0 if the writer did not know.
    features: u64,
    /// How many bytes of an index follow.
    index: u64,
    /// The type of all geometries; 0 if each says its own.
    kind: u8,
    /// The coordinate system by its code, or else in well-known text.
    system: Option<String>,
}

/// A property that features may have.
#[derive(Debug)]
struct Column {
    name: String,
    kind: u8,
}

impl Header {
    fn parse(bytes: &[u8]) -> Option<Self> {
        let header = Buffer::root(bytes)?;
        let columns = header.tables(7).map(|column| {
            Some(Column {
                name: text(column?.bytes(0)?),
                kind: column?.byte(1).unwrap_or(0),
            })
        });
        let features = header.long(8).unwrap_or(0);
        let node = header.short(9).unwrap_or(16);
        Some(Self {
            columns: columns.collect::<Option<_>>()?,
            features,
            index: index_size(features, node.into())?,
            kind: header.byte(2).unwrap_or(0),
            system: header.table(10).and_then(|crs| system(&crs)),
        })
    }

    /// The coordinate system that it names, if it does.
    fn system(&self, ballpark: bool) -> std::result::Result<Option<Crs>, NoSystem> {
        let named = |text: &String| Crs::named(text, ballpark);
        self.system.as_ref().map(named).transpose()
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn system(crs: &Buffer) -> Option<String> {
    let org = crs.bytes(0).map_or("EPSG".to_owned(), text);
    let code = crs.int(1).filter(|code| *code > 0);
    let code = code.map(|code| format!("{org}:{code}"));
    let filled = |number| {
        crs.bytes(number)
            .map(text)
            .filter(|text| !text.trim().is_empty())
    };
    if org.eq_ignore_ascii_case("EPSG") {
        return code.or_else(|| filled(5)).or_else(|| filled(4));
    }
    // Codes of others are known by their texts.
    filled(4).or_else(|| filled(5)).or(code)
}

/// How many bytes the index of so many features takes: a tree whose nodes have so many children.
fn index_size(features: u64, node: u64) -> Option<u64> {
    if features == 0 || node == 0 {
        return Some(0);
    }
    let node = node.max(2);
    let (mut level, mut nodes) = (features, features);
    loop {
        level = level.div_ceil(node);
        nodes = nodes.checked_add(level)?;
        if level <= 1 {
            return nodes.checked_mul(NODE);
        }
    }
}

/// The features of a file on their way into shapes.
struct Features<'o> {
    header: Header,
    table: Table<'o>,
    tracks: Option<Interleaved>,
}

impl Features<'_> {
    fn all(mut self, source: &mut impl Read, sink: &mut Sink) -> Result<()> {
        let mut at = 0;
        loop {
            at += 1;
            let next = next(source).map_err(|error| sink.error(Some(at), error))?;
            match next {
                Next::Bytes(bytes) => self.feature(&bytes, at, sink)?,
                Next::End if self.header.features >= at => {
                    sink.odd(Oddity::Broken, at)?;
                    break;
                }
                Next::End => break,
                Next::Cut => {
                    sink.odd(Oddity::Broken, at)?;
                    break;
                }
                Next::TooLong(length) => {
                    let fact = format!("a feature of {length} bytes is none");
                    return Err(sink.error(Some(at), fact));
                }
            }
        }
        if let Some(tracks) = self.tracks {
            tracks.end(sink);
        }
        Ok(())
    }

    fn feature(&mut self, bytes: &[u8], at: u64, sink: &mut Sink) -> Result<()> {
        let Some(feature) = Buffer::root(bytes) else {
            sink.record();
            return sink.skip(at, "the feature is broken");
        };
        let row = Properties::of(&feature, &self.header.columns);
        let Some(buffer) = feature.table(0) else {
            sink.record();
            return sink.odd(Oddity::NoGeometry, at);
        };
        let mut geometry = Geometry::default();
        let mut left = bytes.len();
        if shapes(&buffer, self.header.kind, &mut geometry, 0, &mut left).is_none() {
            sink.record();
            return sink.skip(at, "the geometry of the feature is broken");
        }
        let tracks = self.tracks.as_mut();
        self.table.feature(geometry, &row, at, tracks, sink)
    }
}

/// Adds what a buffer holds to a geometry. Parts may be said to lie at one place, again and again:
/// all together are no longer than what is `left` of the bytes of the feature.
fn shapes(
    buffer: &Buffer,
    known: u8,
    to: &mut Geometry,
    depth: u32,
    left: &mut usize,
) -> Option<()> {
    (depth < DEEPEST).then_some(())?;
    let own = 4 + buffer.vector(1).map_or(0, |xy| xy.bytes(8));
    *left = left.checked_sub(own)?;
    let kind = if known == 0 {
        buffer.byte(6).unwrap_or(0)
    } else {
        known
    };
    match kind {
        1 | 4 => to.parts.extend(
            positions(buffer)?
                .into_iter()
                .filter(is_there)
                .map(Part::Point),
        ),
        2 | 8 => {
            to.curves += u64::from(kind == 8);
            to.parts.push(Part::Line(positions(buffer)?));
        }
        5 => {
            let all = positions(buffer)?;
            let mut from = 0;
            let ends = buffer.vector(0);
            let ends = ends.map_or(vec![all.len()], |ends| {
                ends.integers().map(|end| end as usize).collect()
            });
            for end in ends {
                to.parts.push(Part::Line(all.get(from..end)?.to_vec()));
                from = end;
            }
        }
        3 | 17 => to.polygons += 1,
        6 | 10 | 12 | 15 | 16 => to.polygons += buffer.tables(7).count().max(1) as u64,
        // Collections, and curves of several parts.
        7 | 9 | 11 => {
            for part in buffer.tables(7) {
                shapes(&part?, 0, to, depth + 1, left)?;
            }
        }
        _ => return None,
    }
    Some(())
}

fn is_there(at: &[f64; 2]) -> bool {
    !at[0].is_nan()
}

fn positions(buffer: &Buffer) -> Option<Vec<[f64; 2]>> {
    let numbers = buffer
        .vector(1)
        .map_or_else(Vec::new, |xy| Vector::doubles(&xy).collect());
    let (pairs, rest) = numbers.as_chunks::<2>();
    rest.is_empty().then(|| pairs.to_vec())
}

/// The properties of a feature.
struct Properties<'a>(Vec<Value<'a>>);

impl<'a> Properties<'a> {
    /// As far as they can be understood.
    fn of(feature: &Buffer<'a>, columns: &[Column]) -> Self {
        let mut values = vec![Value::Null; columns.len()];
        let mut rest = feature.bytes(1).unwrap_or_default();
        while let Some((number, behind)) = rest.split_first_chunk() {
            let number = usize::from(u16::from_le_bytes(*number));
            let value = columns
                .get(number)
                .and_then(|column| value(column.kind, behind));
            let Some((value, behind)) = value else { break };
            (values[number], rest) = (value, behind);
        }
        Self(values)
    }
}

impl Row for Properties<'_> {
    fn value(&self, column: usize) -> Value<'_> {
        self.0.get(column).copied().unwrap_or(Value::Null)
    }
}

/// A value of a kind at the beginning of some bytes, and what follows.
fn value(kind: u8, bytes: &[u8]) -> Option<(Value<'_>, &[u8])> {
    fn of<const N: usize>(
        bytes: &[u8],
        value: impl Fn([u8; N]) -> Value<'static>,
    ) -> Option<(Value<'_>, &[u8])> {
        let (own, rest) = bytes.split_first_chunk()?;
        Some((value(*own), rest))
    }
    let integer = |number: i64| Value::Integer(number);
    match kind {
        0 => of(bytes, |own| integer(i8::from_le_bytes(own).into())),
        1 | 2 => of(bytes, |own| integer(u8::from_le_bytes(own).into())),
        3 => of(bytes, |own| integer(i16::from_le_bytes(own).into())),
        4 => of(bytes, |own| integer(u16::from_le_bytes(own).into())),
        5 => of(bytes, |own| integer(i32::from_le_bytes(own).into())),
        6 => of(bytes, |own| integer(u32::from_le_bytes(own).into())),
        7 => of(bytes, |own| integer(i64::from_le_bytes(own))),
        8 => of(bytes, |own| Value::Real(u64::from_le_bytes(own) as f64)),
        9 => of(bytes, |own| Value::Real(f32::from_le_bytes(own).into())),
        10 => of(bytes, |own| Value::Real(f64::from_le_bytes(own))),
        11..=14 => {
            let (length, rest) = bytes.split_first_chunk()?;
            let (own, rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
            let value = if kind == 14 {
                Value::Bytes(own)
            } else {
                Value::Text(own)
            };
            Some((value, rest))
        }
        _ => None,
    }
}
