//! Index: a snapshot in a file, so that the next start need not read and sort the data again.
//!
//! It is words of eight bytes, the lowest first: what it is, the digest of all that the data depend
//! on, lists with their lengths, and the digest of all bytes before. Nothing that it says is taken
//! before that has been compared, and what is taken is sorted and counted as if it came from files.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Write};
use std::path::Path;

use rayon::prelude::*;

use super::lines::Piece;
use super::morton::World;
use super::places::{Place, Places};
use super::weighted::Weighted;
use super::{Facts, Gathered, Snapshot};
use crate::error::{Error, Location, Result};
use crate::geo::{Coord, Extent, Time, TrackId};

/// What an index begins with; the last sign is that of its form.
const NAME: [u8; 8] = *b"HEATIDX1";
/// Bytes that are hashed together.
const PART: usize = 1 << 20;
/// Bytes of a word.
const WORD: usize = 8;
/// Where there is no time: the one number that is none.
const NEVER: u64 = i64::MIN as u64;

/// What an index had.
pub enum Found {
    /// The data that are wanted.
    Data(Box<Snapshot>),
    /// Nothing of use, for this reason.
    Nothing(&'static str),
}

/// Looks for data with a digest in an index.
///
/// # Errors
/// When it is something else, which must not be overwritten, or cannot be read.
pub fn read(path: &Path, key: u64, salt: &str) -> Result<Found> {
    let place = || Location::file(path);
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Ok(Found::Nothing("there was none"));
        }
        Err(error) => return Err(Error::input(place(), error)),
    };
    if !bytes.is_empty() && !bytes.starts_with(&NAME) {
        let error = Error::input(place(), "this is no index, and is not overwritten");
        return Err(error.advice("name another file, or remove it"));
    }
    let Some((content, digest)) = bytes.split_last_chunk::<WORD>() else {
        return Ok(Found::Nothing("it was damaged"));
    };
    let digests: Vec<u64> = content.par_chunks(PART).map(hashed).collect();
    if digest_of(&digests) != u64::from_le_bytes(*digest) {
        return Ok(Found::Nothing("it was damaged"));
    }
    let mut words = Words(&content[NAME.len()..]);
    if words.next() != Some(key) {
        return Ok(Found::Nothing("files, options or the program have changed"));
    }
    match snapshot(&mut words, salt) {
        Some(snapshot) => snapshot.map(|data| Found::Data(Box::new(data))),
        None => Ok(Found::Nothing("it was damaged")),
    }
}

/// Writes one.
///
/// # Errors
/// When it cannot be written.
pub fn write(snapshot: &Snapshot, key: u64, writer: &mut dyn Write) -> io::Result<()> {
    let mut digested = Digested {
        writer,
        part: Vec::with_capacity(PART),
        digests: Vec::new(),
    };
    digested.put(&NAME)?;
    digested.words([key, snapshot.facts.shapes])?;
    let extent = snapshot.extent.map(Extent::corners);
    digested.words([u64::from(extent.is_some())])?;
    for at in extent.into_iter().flatten() {
        digested.words(of_coord(at))?;
    }
    let [undated, dated] = &snapshot.ones;
    digested.words([undated.places().len() as u64])?;
    for place in undated.places().iter() {
        digested.words(of_place(&place))?;
    }
    digested.words([dated.places().len() as u64])?;
    for month in dated.months() {
        for (at, &number) in month.points.iter().enumerate() {
            let [key, x, y] = of_place(&dated.places().get(number as usize));
            digested.words([key, x, y, of_time(month.time(at))])?;
        }
    }
    digested.words([snapshot.weighted.all().len() as u64])?;
    for Weighted {
        place,
        weight,
        time,
        count: _,
    } in snapshot.weighted.all()
    {
        let [key, x, y] = of_place(place);
        digested.words([key, x, y, weight.to_bits(), of_time(*time)])?;
    }
    digested.words([snapshot.lines.pieces().len() as u64])?;
    for piece in snapshot.lines.pieces() {
        digested.words(of_piece(piece))?;
    }
    digested.end()
}

/// Words on their way into a file, with their digest.
struct Digested<'a> {
    writer: &'a mut dyn Write,
    part: Vec<u8>,
    digests: Vec<u64>,
}

impl Digested<'_> {
    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut bytes = bytes;
        while !bytes.is_empty() {
            let (now, later) = bytes.split_at(bytes.len().min(PART - self.part.len()));
            self.part.extend_from_slice(now);
            bytes = later;
            if self.part.len() == PART {
                self.pass()?;
            }
        }
        Ok(())
    }

    fn pass(&mut self) -> io::Result<()> {
        self.digests.push(hashed(&self.part));
        self.writer.write_all(&self.part)?;
        self.part.clear();
        Ok(())
    }

    fn words<const N: usize>(&mut self, words: [u64; N]) -> io::Result<()> {
        self.put(words.map(u64::to_le_bytes).as_flattened())
    }

    fn end(mut self) -> io::Result<()> {
        if !self.part.is_empty() {
            self.pass()?;
        }
        let digest = digest_of(&self.digests);
        self.writer.write_all(&digest.to_le_bytes())
    }
}

fn hashed(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(bytes);
    hasher.finish()
}

fn digest_of(parts: &[u64]) -> u64 {
    let mut hasher = DefaultHasher::new();
    parts.hash(&mut hasher);
    hasher.finish()
}

/// Words of an index that are still to be read.
struct Words<'a>(&'a [u8]);

impl Words<'_> {
    fn next(&mut self) -> Option<u64> {
        self.some().map(|[word]| word)
    }

    fn some<const N: usize>(&mut self) -> Option<[u64; N]> {
        let (words, rest) = self.0.split_at_checked(N * WORD)?;
        self.0 = rest;
        let mut words = words.as_chunks::<WORD>().0.iter();
        Some([(); N].map(|()| words.next().map_or(0, |word| u64::from_le_bytes(*word))))
    }

    /// A list of things of so many words each; memory is asked for as far as they are there.
    fn list<const N: usize, T, L: FromIterator<T>>(
        &mut self,
        of: impl Fn([u64; N]) -> Option<T>,
    ) -> Option<L> {
        let length = usize::try_from(self.next()?).ok()?;
        let is_there = length.checked_mul(N * WORD)? <= self.0.len();
        is_there.then(|| (0..length).map(|_| of(self.some()?)).collect())?
    }
}

/// A snapshot of what is left of an index; `None` when it makes no sense.
fn snapshot(words: &mut Words<'_>, salt: &str) -> Option<Result<Snapshot>> {
    let world = World::new().ok()?;
    let shapes = words.next()?;
    let extent = match words.next()? {
        0 => None,
        _ => Some(Extent::new(coord(words.some()?)?, coord(words.some()?)?)?),
    };
    let ones: Places = words.list(place)?;
    let dated: Vec<(Place, Time)> =
        words.list(|[key, x, y, at]| Some((place([key, x, y])?, time(at)?)))?;
    let weighted: Vec<Weighted> = words.list(|[key, x, y, weight, at]| {
        Some(Weighted {
            place: place([key, x, y])?,
            weight: f64::from_bits(weight),
            time: time(at),
            count: 1,
        })
    })?;
    let pieces: Vec<Piece> = words.list(|words| piece(&world, words))?;
    words.0.is_empty().then_some(())?;
    let dates = dated.iter().map(|(_, time)| Some(*time));
    let dates = dates.chain(weighted.iter().map(|point| point.time));
    let dates = dates.chain(pieces.iter().map(|piece| piece.time)).flatten();
    let times = dates.fold(None, |times, time| super::both(times, Some((time, time))));
    let all = Gathered {
        ones,
        dated,
        weighted,
        pieces,
        footprint: None,
        times,
    };
    let snapshot = Snapshot::new(&world, all, salt, Facts { shapes });
    Some(snapshot.map(|snapshot| Snapshot { extent, ..snapshot }))
}

fn of_coord(at: Coord) -> [u64; 2] {
    [at.x().to_bits(), at.y().to_bits()]
}

fn coord(words: [u64; 2]) -> Option<Coord> {
    let [x, y] = words.map(f64::from_bits);
    (x.is_finite() && y.is_finite()).then(|| Coord::unchecked(x, y))
}

fn of_place(place: &Place) -> [u64; 3] {
    let [x, y] = of_coord(place.at);
    [place.key, x, y]
}

fn place([key, x, y]: [u64; 3]) -> Option<Place> {
    let at = coord([x, y])?;
    Some(Place { key, at })
}

fn of_time(time: Option<Time>) -> u64 {
    time.map_or(NEVER, |time| time.milliseconds() as u64)
}

fn time(word: u64) -> Option<Time> {
    Time::from_milliseconds(word as i64)
}

fn of_piece(piece: &Piece) -> [u64; 8] {
    let [[a, b], [c, d]] = [of_coord(piece.ends.0), of_coord(piece.ends.1)];
    let track = piece.track.map_or(0, TrackId::bits);
    let (weight, time) = (piece.weight.to_bits(), of_time(piece.time));
    [a, b, c, d, weight, track, time, u64::from(piece.is_lone)]
}

fn piece(world: &World, [a, b, c, d, weight, track, at, lone]: [u64; 8]) -> Option<Piece> {
    let ends = (coord([a, b])?, coord([c, d])?);
    let (weight, track) = (f64::from_bits(weight), TrackId::from_bits(track));
    let piece = match lone {
        0 => Piece::new(world, ends, weight, track),
        _ => Piece::lone(world, ends.0, weight, track),
    };
    Some(piece.when(time(at)))
}
