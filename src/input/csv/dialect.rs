//! Dialect sniffing: the delimiter and quotes of a table, and the row on which its header stands.
//!
//! A row of known names is the header, wherever among the first rows it is: banners, titles, counts
//! and comments may come before it. The delimiter is the one that yields such a row, or else the
//! one that makes the best table.

use csv::{ByteRecord, ReaderBuilder};

use crate::input::columns::{Header, Options};
use crate::input::fields::{is_plain, number, number_with_comma};
use crate::input::geometry::Geometry;
use crate::input::{numbers, vocabulary};

/// How much of the file, and how many of its rows, are looked at.
const SAMPLE: (usize, usize) = (64 * 1024, 50);
/// How many of them decide which delimiter makes the best table.
const JUDGED: usize = 20;

/// The delimiter of rows that have none: the separator of units in ASCII.
const NONE: u8 = 0x1f;

/// How rows are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Dialect {
    pub delimiter: u8,
    pub quote: u8,
    /// Every row stands in quotes as a whole.
    pub wrapped: bool,
}

impl Dialect {
    pub(super) fn of(delimiter: u8) -> Self {
        Self {
            delimiter,
            quote: b'"',
            wrapped: false,
        }
    }

    /// Row lengths are free: what is missing or too much is a matter for the columns.
    pub(super) fn reader(self) -> ReaderBuilder {
        let mut builder = ReaderBuilder::new();
        builder
            .delimiter(self.delimiter)
            .quote(self.quote)
            .has_headers(false)
            .flexible(true)
            .buffer_capacity(64 * 1024);
        builder
    }

    /// The rows of a piece of text, each with the byte after it.
    pub(super) fn split(self, text: &[u8]) -> impl Iterator<Item = (ByteRecord, usize)> {
        let mut reader = self.reader().from_reader(text);
        std::iter::from_fn(move || {
            let mut row = ByteRecord::new();
            reader
                .read_byte_record(&mut row)
                .ok()?
                .then(|| (self.unwrapped(row), reader.position().byte() as usize))
        })
    }

    /// The fields of a row, without the quotes round all of it and without the empty fields that
    /// several blanks make.
    pub(super) fn unwrapped(self, row: ByteRecord) -> ByteRecord {
        if self.delimiter == b' ' && row.iter().any(<[u8]>::is_empty) {
            return row.iter().filter(|field| !field.is_empty()).collect();
        }
        match row.get(0) {
            Some(line) if self.wrapped && row.len() == 1 => {
                let inner = Self::of(self.delimiter).split(line).next();
                inner.map_or(row, |(inner, _)| inner)
            }
            _ => row,
        }
    }

    /// Whether a row is a line as it stands, once lines have no quotes.
    pub(super) fn has_plain_lines(self) -> bool {
        self.delimiter != b' '
    }
}

/// A table as it was found.
pub(super) struct Table {
    pub dialect: Dialect,
    /// Where the header starts, or the first row if there is none.
    pub start: usize,
}

/// Finds out how the rows of a text are written and where they begin.
pub(super) fn sniff(text: &[u8], delimiter: Option<u8>, options: &Options, plane: bool) -> Table {
    let skipped = if options.ignore_header {
        0
    } else {
        length_of_comments(text)
    };
    let text = &text[skipped..];
    let sample = &text[..text.len().min(SAMPLE.0)];
    let wrapped = delimiter
        .is_none()
        .then(|| unwrapped_text(sample))
        .flatten();
    let inner = wrapped.as_deref().unwrap_or(sample);
    let found = match delimiter {
        Some(delimiter) => Candidate::new(inner, delimiter, options, plane),
        None => best(inner, options, plane),
    };
    let dialect = Dialect {
        wrapped: wrapped.is_some(),
        ..single_quoted(&found)
    };
    if options.ignore_header {
        return Table { dialect, start: 0 };
    }
    // Where rows were unwrapped the same row starts elsewhere.
    let rows: Vec<_> = dialect.split(sample).take(SAMPLE.1).collect();
    let before = |row: usize| {
        row.checked_sub(1)
            .and_then(|row| rows.get(row))
            .map_or(0, |(_, end)| *end)
    };
    Table {
        dialect,
        start: skipped + before(found.first),
    }
}

/// The length of the comments in front, but for the last, which may hold the names of columns.
fn length_of_comments(text: &[u8]) -> usize {
    let (mut before_last, mut end) = (0, 0);
    while text[end..].starts_with(b"#") {
        let Some(line) = memchr::memchr(b'\n', &text[end..]) else {
            break;
        };
        before_last = end;
        end += line + 1;
    }
    before_last
}

/// The rows with one delimiter.
struct Candidate {
    delimiter: u8,
    rows: Vec<ByteRecord>,
    /// Whether a header is known: 2 with two columns, 1 with both numbers in one.
    known: u8,
    /// The row of the header, or the first one.
    first: usize,
}

impl Candidate {
    fn new(text: &[u8], delimiter: u8, options: &Options, plane: bool) -> Self {
        let rows: Vec<_> = Dialect::of(delimiter)
            .split(text)
            .map(|(row, _)| row)
            .take(SAMPLE.1)
            .collect();
        let header = header(&rows, options, plane);
        let first = header.filter(|(row, _)| !is_within(&rows, *row));
        Self {
            delimiter,
            known: header.map_or(0, |(_, known)| known),
            first: first.map_or_else(|| first_row(&rows), |(row, _)| row),
            rows,
        }
    }
}

impl Candidate {
    /// Whether most rows have as many fields as the header: the blanks in `Location (lat, lon)` are
    /// none between columns.
    fn is_filled(&self) -> bool {
        let mut rows = self.rows.iter().skip(self.first).take(JUDGED);
        let width = rows.next().map_or(0, ByteRecord::len);
        let filled = rows.clone().filter(|row| row.len() >= width).count();
        2 * filled >= rows.len()
    }

    /// Whether it parts geometries that stand in no quotes.
    fn cuts_geometries(&self) -> bool {
        let cut = |row: &ByteRecord| {
            let last = row.len().saturating_sub(1);
            row.iter().take(last).any(Geometry::is_cut)
        };
        self.rows.iter().take(JUDGED).any(cut)
    }
}

/// The best delimiter; the last of the best wins, so the likeliest comes last.
fn best(text: &[u8], options: &Options, plane: bool) -> Candidate {
    let candidate = |&delimiter: &u8| Candidate::new(text, delimiter, options, plane);
    let (delimiters, is_there) = (b"|\t;,", |&byte: &u8| memchr::memchr(byte, text).is_some());
    if is_enclosed(text) {
        return candidate(&NONE);
    }
    // All that are not there make the same rows, of which the last would win.
    let absent = delimiters.iter().rfind(|byte| !is_there(byte));
    let found = delimiters
        .iter()
        .filter(|byte| is_there(byte) || Some(*byte) == absent)
        .map(candidate)
        .filter(|candidate| !candidate.cuts_geometries())
        .max_by_key(|candidate| (candidate.known, merit(candidate)))
        .unwrap_or_else(|| candidate(&b','));
    if found.known < 2 {
        let blanks = candidate(&b' ');
        let is_certain = blanks.known == 2 && blanks.is_filled() && !blanks.cuts_geometries();
        if is_certain || is_spaced(text) {
            return blanks;
        }
    }
    found
}

/// Whether each line is a pair in parentheses, which nothing parts; names of the two may stand above.
fn is_enclosed(text: &[u8]) -> bool {
    let lines = text.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii);
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with(b"#"));
    let is_pair = |line: &[u8]| {
        let inner = line
            .strip_prefix(b"(")
            .and_then(|line| line.strip_suffix(b")"));
        let count = |byte| memchr::memchr_iter(byte, inner.unwrap_or_default()).count();
        count(b',') == 1 && count(b'(') == 0
    };
    let is_place = |line: &[u8]| numbers::pair(line, false).is_some();
    let mut lines = lines.take(JUDGED).enumerate().peekable();
    lines.peek().is_some() && lines.all(|(at, line)| is_pair(line) && (at == 0 || is_place(line)))
}

/// Whether lines are numbers between blanks, so that their commas are within them.
fn is_spaced(text: &[u8]) -> bool {
    let lines = || text.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii);
    let lines = || lines().filter(|line| !line.is_empty()).take(JUDGED);
    memchr::memchr(b'\t', text).is_none() && lines().next().is_some() && lines().all(is_plain)
}

/// The first row of known names.
fn header(rows: &[ByteRecord], options: &Options, plane: bool) -> Option<(usize, u8)> {
    let mut best = None;
    for (at, row) in rows.iter().enumerate() {
        match Header::new(row.iter()).is_known(options, plane) {
            // No row can say more.
            Some(true) => return Some((at, 2)),
            Some(false) if best.is_none() => best = Some((at, 1)),
            _ => {}
        }
    }
    best
}

/// Whether rows of the same length with a place in front come before a header: then they have none,
/// and it is the beginning of another file.
fn is_within(rows: &[ByteRecord], header: usize) -> bool {
    let is_place = |before: &ByteRecord| {
        before.len() == rows[header].len()
            && before.len() > 1
            && before.iter().take(2).all(|field| number(field).is_some())
    };
    rows[..header].iter().any(is_place)
}

/// The first row that is neither a comment nor a title: lines with `#`, and rows of one field that
/// is no number where most have more.
fn first_row(rows: &[ByteRecord]) -> usize {
    let filled = |row: &ByteRecord| {
        row.iter()
            .filter(|field| !field.trim_ascii().is_empty())
            .count()
    };
    let wide = rows.iter().filter(|row| filled(row) > 1).count();
    let passes = |row: &ByteRecord| {
        let first = row.get(0).unwrap_or_default().trim_ascii();
        first.starts_with(b"#")
            || (2 * wide > rows.len() && filled(row) < 2 && number(first).is_none())
    };
    rows.iter().position(|row| !passes(row)).unwrap_or(0)
}

/// How many rows are as long as the first, and how many in a thousand of their fields are numbers.
///
/// The numbers tell `19,2;145,6` (two decimal commas) from three columns with commas between them.
fn merit(candidate: &Candidate) -> (usize, usize) {
    let comma = candidate.delimiter != b',';
    let is_number =
        |field: &[u8]| number(field).is_some() || (comma && number_with_comma(field).is_some());
    let rows = candidate.rows.get(candidate.first..).unwrap_or_default();
    let rows = &rows[..rows.len().min(JUDGED)];
    let Some(length) = rows
        .first()
        .map(ByteRecord::len)
        .filter(|&length| length > 1)
    else {
        return (0, 0);
    };
    let alike = || rows.iter().filter(|row| row.len() == length);
    let numeric = alike().flatten().filter(|field| is_number(field)).count();
    (alike().count(), 1000 * numeric / (alike().count() * length))
}

/// The text of rows that stand in quotes as a whole: each is one field, whatever the delimiter, and
/// there are delimiters in it.
fn unwrapped_text(text: &[u8]) -> Option<Vec<u8>> {
    text.starts_with(b"\"").then_some(())?;
    let mut inner = Vec::new();
    for (row, _) in Dialect::of(b',').split(text).take(SAMPLE.1) {
        let [field] = row.iter().collect::<Vec<_>>()[..] else {
            return None;
        };
        field
            .iter()
            .any(|byte| b",;\t|".contains(byte))
            .then_some(())?;
        inner.extend_from_slice(field);
        inner.push(b'\n');
    }
    if inner
        .split(|&byte| byte == b'\n')
        .next()
        .is_some_and(is_both)
    {
        return None;
    }
    // One field that holds a pair is no row of two.
    let quoted_lines = text
        .split(|&byte| byte == b'\n')
        .filter(|line| !line.is_empty());
    let all = quoted_lines
        .take(3)
        .all(|line| line.starts_with(b"\"") && line.trim_ascii_end().ends_with(b"\""));
    (all && memchr::memchr_iter(b'\n', &inner).count() > 1).then_some(inner)
}

/// Whether a name is that of a column of pairs, and has other words in it than those of the axes.
fn is_both(name: &[u8]) -> bool {
    let name = String::from_utf8_lossy(name);
    name.contains('(') && vocabulary::is_both(&name)
}

/// The dialect of a candidate: with single quotes where all names stand in such.
fn single_quoted(found: &Candidate) -> Dialect {
    let dialect = Dialect::of(found.delimiter);
    let quoted = |field: &[u8]| {
        let field = field.trim_ascii();
        field.len() > 1 && field.starts_with(b"'") && field.ends_with(b"'")
    };
    match found.rows.get(found.first) {
        Some(row) if row.len() > 1 && row.iter().all(quoted) => Dialect {
            quote: b'\'',
            ..dialect
        },
        _ => dialect,
    }
}

/// The delimiter that Excel's own first line names, `sep=;`, and the length of that line.
pub(super) fn separator_line(text: &[u8]) -> Option<(u8, usize)> {
    let end = memchr::memchr2(b'\n', b'\r', text)?;
    let line = text[..end].trim_ascii_start();
    let line = line.strip_prefix(b"\"").unwrap_or(line);
    let (key, value) = line.split_at_checked(4)?;
    key.eq_ignore_ascii_case(b"sep=").then_some(())?;
    let delimiter = *value.trim_ascii().first().or(value.first())?;
    let ends = text[end..]
        .iter()
        .take_while(|byte| matches!(byte, b'\r' | b'\n'))
        .count();
    Some((delimiter, end + ends))
}

/// Names of the columns of tracks as `OziExplorer` writes them, and the data of Geolife.
pub(super) const PLT_NAMES: &[u8] = b"latitude,longitude,segment,feet,days,date,time\n";

/// Where the last of the six lines begins and ends that stand above the points of such tracks.
pub(super) fn plt_heading(text: &[u8]) -> Option<[usize; 2]> {
    let known = [&b"OziExplorer Track Point File"[..], b"Geolife trajectory"];
    known
        .iter()
        .any(|known| text.starts_with(known))
        .then_some(())?;
    let mut ends = memchr::memchr_iter(b'\n', text).skip(4);
    Some([ends.next()? + 1, ends.next()? + 1])
}

/// The bytes of byte order marks at the beginning of a text, also of such as were read in Latin-1
/// and written again.
pub(super) fn marks(text: &[u8]) -> usize {
    let mut rest = text;
    while let Some(next) = rest
        .strip_prefix(b"\xef\xbb\xbf")
        .or_else(|| rest.strip_prefix("ï»¿".as_bytes()))
        .or_else(|| rest.strip_prefix("\u{200b}".as_bytes()))
    {
        rest = next;
    }
    text.len() - rest.len()
}
