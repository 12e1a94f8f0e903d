//! Reader of saved heat: a file in, binned shapes for cells out.

use std::fmt;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek};
use std::path::{Path, PathBuf};

use zip::ZipArchive;

use super::header::Header;
use super::{ArrayMember, HEAD, POINTS, SEGMENTS, SEGMENTS_ALONE, TRACKS};
use crate::density::{Cells, Segment, WeightedCell};
use crate::error::{Error, Location, Remedy, Result};
use crate::geo::{Pixels, TrackId, TrackWeight, View};
use crate::npy;

/// Takes some rows; an error says what is wrong with them.
type Give<'a, const N: usize> = &'a mut dyn FnMut(&[[u8; N]]) -> Result<(), &'static str>;

/// Rows that are read at a time.
const ROWS: usize = 1 << 10;
/// Bytes of a head; ours have half a thousand.
const LONGEST_HEAD: u64 = 1 << 16;
/// Bytes before the name of the first member of a zip archive.
const LOCAL_HEADER: u64 = 30;

/// A file of heat, of which the head has been read.
#[derive(Debug)]
pub struct Saved {
    path: PathBuf,
    /// What came through a pipe, for it is read more than once.
    copy: Option<File>,
    head: Header,
}

impl Saved {
    /// Opens a file. Standard input, which is `-`, and pipes with names are copied to a temporary
    /// file without one.
    ///
    /// # Errors
    /// When it cannot be read, is no heat that was saved, or was saved by a newer version.
    pub fn open(path: &Path) -> Result<Self> {
        let copy = copy(path).map_err(|error| unread(path, &error))?;
        let mut archive = archive(path, copy.as_ref())?;
        let mut text = String::new();
        let member = archive
            .by_name(HEAD)
            .map_err(|_| wrong(path, "this is no saved heat"))?;
        member
            .take(LONGEST_HEAD)
            .read_to_string(&mut text)
            .map_err(|error| broken(path, &error))?;
        Ok(Self {
            path: path.to_owned(),
            head: Header::parse(&text).map_err(|fact| wrong(path, fact))?,
            copy,
        })
    }

    /// Whether a file is one: a zip archive with the member that says what the numbers mean. One
    /// that was cut off has lost its directory, but begins with that member.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn is_one(path: &Path) -> Result<bool> {
        let fail = |error: io::Error| unread(path, &error);
        let mut file = BufReader::new(File::open(path).map_err(fail)?);
        let first = beginning(&mut file).map_err(fail)?;
        if !first.starts_with(b"PK\x03\x04") {
            return Ok(false);
        }
        let archive = ZipArchive::new(file);
        Ok(is_first_member(&first)
            || archive.is_ok_and(|archive| archive.index_for_name(HEAD).is_some()))
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The picture that the heat belongs to.
    #[must_use]
    pub fn view(&self) -> &View {
        &self.head.view
    }

    /// How many cells there are beyond the picture, on every side.
    #[must_use]
    pub fn reach(&self) -> usize {
        self.head.reach
    }

    /// Whether a picture with heat that goes so many pixels far may lack some at its edges, since
    /// it was left out of the file.
    #[must_use]
    pub fn is_too_narrow_for(&self, reach: usize) -> bool {
        self.head.cut && reach > self.head.complete
    }

    /// What keeps the heat of two files, or of a file and a picture, from being added: a sentence,
    /// if there is something.
    #[must_use]
    pub fn difference(&self, other: &View) -> Option<String> {
        let (ours, name) = (self.view(), self.path.display());
        let differing = |what: &str, theirs: String, ours: String| {
            (ours != theirs).then(|| format!("the {what} of {name} is {ours}, not {theirs}"))
        };
        let scale = |view: &View| {
            let unit = if view.crs().is_plane() {
                "unit"
            } else {
                "degree"
            };
            format!("{:?} pixels per {unit}", view.scale())
        };
        differing(
            "projection",
            other.crs().to_string(),
            ours.crs().to_string(),
        )
        .or_else(|| differing("scale", scale(other), scale(ours)))
        .or_else(|| differing("size", other.size().to_string(), ours.size().to_string()))
        .or_else(|| {
            differing(
                "extent",
                other.extent().to_string(),
                ours.extent().to_string(),
            )
        })
        .or_else(|| {
            differing(
                "first pixel",
                format!("{:?}", other.origin()),
                format!("{:?}", ours.origin()),
            )
        })
    }

    /// Whether the heat of its tracks can go by this, and its weights can be values where they are
    /// to be.
    ///
    /// # Errors
    /// When its pieces of tracks weigh something else, or do not know which tracks they are of, or
    /// points of weight 0 were left out.
    pub fn check(&self, wanted: TrackWeight, has_values: bool) -> Result<()> {
        if has_values && !self.head.has_values {
            let fact = "its weights were saved as heat, without values of 0";
            return Err(wrong(&self.path, fact).remedy(Remedy::SaveValuesAnew));
        }
        if self.head.segments == 0 {
            return Ok(());
        }
        let fact = match self.head.tracks {
            None if wanted.needs_tracks() => "its pieces of tracks do not know their tracks".into(),
            Some((saved, _)) if (saved == TrackWeight::Time) != (wanted == TrackWeight::Time) => {
                format!("its tracks are weighed by {}", saved.name())
            }
            _ => return Ok(()),
        };
        Err(wrong(&self.path, fact).remedy(Remedy::SaveTracksAnew(wanted.name())))
    }

    /// Adds the heat to cells of the same view.
    ///
    /// # Errors
    /// When the file is damaged.
    pub fn add_to(&self, cells: &Cells) -> Result<()> {
        cells.lose_digits(self.head.digits_lost);
        if self.head.cut {
            cells.cut(self.head.complete);
        }
        let (size, reach) = (self.head.view.size(), self.head.reach);
        let all = (size.width() + 2 * reach) * (size.height() + 2 * reach);
        let mut cell = 0_usize;
        self.rows::<16>(&POINTS, self.head.points, &mut |rows| {
            let points: Option<Vec<WeightedCell>> = rows
                .iter()
                .map(|row| weighted_cell(*row, &mut cell, all))
                .collect();
            cells.put(cells.binner().moved(
                points.ok_or("there are points that are not in its picture")?,
                reach,
            ));
            Ok(())
        })?;
        let tracks = self.tracks(cells)?;
        let put = |segments: Option<Vec<Segment>>| {
            let segments = segments.ok_or("there are segments that are nowhere")?;
            cells.put(cells.binner().near(segments));
            Ok(())
        };
        if tracks.is_empty() {
            return self.rows::<36>(&SEGMENTS_ALONE, self.head.segments, &mut |rows| {
                put(rows.iter().map(segment).collect())
            });
        }
        self.rows::<40>(&SEGMENTS, self.head.segments, &mut |rows| {
            put(rows.iter().map(|row| piece(row, &tracks)).collect())
        })
    }

    /// The numbers that the tracks of the file have among those of some cells, after that of none;
    /// nothing where its segments know no tracks.
    fn tracks(&self, cells: &Cells) -> Result<Vec<u32>> {
        let Some((_, length)) = self.head.tracks else {
            return Ok(Vec::new());
        };
        let mut numbers = vec![0];
        self.rows::<8>(&TRACKS, length, &mut |rows| {
            let ids = rows.iter().map(|row| u64::from_le_bytes(*row));
            let ids: Option<Vec<TrackId>> = ids.map(TrackId::from_bits).collect();
            let ids = ids.ok_or("there is a track without an identity")?;
            numbers.extend(cells.binner().track_numbers(&ids));
            Ok(())
        })?;
        Ok(numbers)
    }

    /// Gives all rows of a table, some at a time.
    fn rows<const N: usize>(
        &self,
        table: &ArrayMember,
        mut length: u64,
        give: Give<N>,
    ) -> Result<()> {
        debug_assert_eq!(N, table.bytes);
        let broken = |error: &dyn fmt::Display| broken(&self.path, error);
        let mut archive = archive(&self.path, self.copy.as_ref())?;
        let mut member = archive
            .by_name(table.name)
            .map_err(|error| broken(&error))?;
        let mut header = npy::header(table.kind, &[length]);
        let expected = header.clone();
        member
            .read_exact(&mut header)
            .map_err(|error| broken(&error))?;
        if header != expected {
            return Err(broken(&format_args!(
                "{} is not the table it should be",
                table.name
            )));
        }
        let mut buffer = [[0; N]; ROWS];
        while length > 0 {
            let rows = &mut buffer[..length.min(ROWS as u64) as usize];
            member
                .read_exact(rows.as_flattened_mut())
                .map_err(|error| broken(&error))?;
            give(rows).map_err(|fact| broken(&fact))?;
            length -= rows.len() as u64;
        }
        // The checksum is looked at where the member ends.
        let surplus = member.read(&mut [0]).map_err(|error| broken(&error))?;
        if surplus == 0 {
            Ok(())
        } else {
            Err(broken(&format_args!("{} is too long", table.name)))
        }
    }
}

fn weighted_cell(row: [u8; 16], cell: &mut usize, cells: usize) -> Option<WeightedCell> {
    let ([step, rest], _) = row.as_chunks::<8>() else {
        return None;
    };
    let (step, rest) = (u64::from_le_bytes(*step), u64::from_le_bytes(*rest));
    *cell = cell.checked_add(usize::try_from(step).ok()?)?;
    let weight = f32::from_bits(rest as u32);
    (*cell < cells && weight.is_finite()).then_some(WeightedCell {
        cell: *cell,
        weight,
        count: (rest >> 32) as u32,
    })
}

/// A segment with its track, whose number stands behind it.
fn piece(row: &[u8; 40], tracks: &[u32]) -> Option<Segment> {
    let (segment_row, number) = row.split_first_chunk::<36>()?;
    let number = u32::from_le_bytes(number.try_into().ok()?);
    let track = *tracks.get(number as usize)?;
    Some(Segment {
        track,
        ..segment(segment_row)?
    })
}

fn segment(row: &[u8; 36]) -> Option<Segment> {
    let (ends, weight) = row.as_chunks::<8>();
    let &[ax, ay, bx, by] = ends else { return None };
    let [ax, ay, bx, by] = [ax, ay, bx, by].map(f64::from_le_bytes);
    let weight = f32::from_le_bytes(weight.try_into().ok()?);
    let sound = weight.is_finite() && [ax, ay, bx, by].iter().all(|number| number.is_finite());
    sound.then_some(Segment {
        from: Pixels { x: ax, y: ay },
        to: Pixels { x: bx, y: by },
        weight,
        track: 0,
    })
}

/// The archive of a file, or of its copy.
fn archive(path: &Path, copy: Option<&File>) -> Result<ZipArchive<BufReader<File>>> {
    let file = copy.map_or_else(|| File::open(path), File::try_clone);
    let mut file = file.map_err(|error| unread(path, &error))?;
    file.rewind().map_err(|error| unread(path, &error))?;
    let first = beginning(&mut file).map_err(|error| unread(path, &error))?;
    match ZipArchive::new(BufReader::new(file)) {
        Ok(archive) => Ok(archive),
        Err(error) if is_first_member(&first) => Err(broken(path, &error)),
        Err(_) => Err(wrong(path, "this is no saved heat")),
    }
}

/// As much as tells the name of the first member.
fn beginning(file: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut first = Vec::new();
    let mut beginning = file.take(LOCAL_HEADER + HEAD.len() as u64);
    beginning.read_to_end(&mut first)?;
    Ok(first)
}

fn is_first_member(first: &[u8]) -> bool {
    first.starts_with(b"PK\x03\x04") && first.ends_with(HEAD.as_bytes())
}

/// A copy of what cannot be sought in.
fn copy(path: &Path) -> io::Result<Option<File>> {
    let mut stream: Box<dyn Read> = if path == Path::new("-") {
        Box::new(io::stdin().lock())
    } else if path
        .metadata()
        .is_ok_and(|about| !about.is_file() && !about.is_dir())
    {
        Box::new(File::open(path)?)
    } else {
        return Ok(None);
    };
    let mut file = tempfile::tempfile()?;
    io::copy(&mut stream, &mut file)?;
    Ok(Some(file))
}

fn unread(path: &Path, error: &io::Error) -> Error {
    wrong(path, format_args!("cannot be read: {error}"))
}

fn broken(path: &Path, reason: &dyn fmt::Display) -> Error {
    wrong(
        path,
        format_args!("the saved heat is damaged, or was cut off: {reason}"),
    )
    .advice("save it again")
}

fn wrong(path: &Path, fact: impl fmt::Display) -> Error {
    Error::input(Location::file(path), fact)
}
