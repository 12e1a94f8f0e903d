//! Writer of saved heat: cells in, a file out.

use std::io::{self, Write};

use zip::write::{SimpleFileOptions, StreamWriter};
use zip::{CompressionMethod, ZipWriter};

use super::header::Header;
use super::{ArrayMember, HEAD, POINTS, SEGMENTS, SEGMENTS_ALONE, TRACKS};
use crate::density::{Cells, Segment, WeightedCell};
use crate::geo::TrackId;
use crate::npy;

/// Compression level: more makes files little smaller and takes far longer.
const COMPRESSION: i64 = 1;

/// Writes the heat of some cells. The same cells give the same bytes.
///
/// # Errors
/// When the writer fails.
pub fn write(cells: &Cells, writer: &mut dyn Write) -> io::Result<()> {
    let (index, mut segments) = (cells.index(), cells.segments().clone());
    let tracks = renumbered(&cells.binner().tracks(), &mut segments);
    // They came in any order.
    segments.sort_unstable_by_key(|segment| row_of(*segment));
    let points = index.iter().count() as u64;
    let head = Header::of(cells, points, tracks.len() as u64);
    let mut file = Archive(ZipWriter::new_stream(writer));
    file.member(HEAD)?.write_all(head.text().as_bytes())?;
    let mut before = 0;
    let row = |cell: WeightedCell| {
        let step = (cell.cell - std::mem::replace(&mut before, cell.cell)) as u64;
        let [weight, count] = [cell.weight.to_bits(), cell.count].map(u64::from);
        [step, weight | count << 32].map(u64::to_le_bytes)
    };
    file.table(&POINTS, head.points, index.iter().map(row))?;
    if head.tracks.is_some() {
        let ids = tracks.iter().map(|id| [id.bits().to_le_bytes()]);
        file.table(&TRACKS, tracks.len() as u64, ids)?;
        let rows = segments.into_iter().map(row_of);
        file.table(&SEGMENTS, head.segments, rows)?;
    } else {
        let alone = |row: [[u8; 4]; 10]| {
            let [row @ .., _] = row;
            row
        };
        let rows = segments.into_iter().map(row_of).map(alone);
        file.table(&SEGMENTS_ALONE, head.segments, rows)?;
    }
    file.0.finish()?;
    Ok(())
}

/// Numbers tracks in the order of their identities, which is not that in which they came, and gives
/// those that there are pieces of.
fn renumbered(known: &[TrackId], segments: &mut [Segment]) -> Vec<TrackId> {
    let id = |segment: &Segment| known.get((segment.track as usize).wrapping_sub(1)).copied();
    let mut tracks: Vec<TrackId> = segments.iter().filter_map(id).collect();
    tracks.sort_unstable();
    tracks.dedup();
    for segment in segments {
        let number = id(segment).and_then(|id| tracks.binary_search(&id).ok());
        segment.track = number.map_or(0, |number| number as u32 + 1);
    }
    tracks
}

fn row_of(segment: Segment) -> [[u8; 4]; 10] {
    let Segment {
        from,
        to,
        weight,
        track,
    } = segment;
    let ends = [from.x, from.y, to.x, to.y].map(f64::to_le_bytes);
    let mut row = [weight.to_le_bytes(); 10];
    let (halves, _) = ends.as_flattened().as_chunks();
    row[..8].copy_from_slice(halves);
    row[9] = track.to_le_bytes();
    row
}

/// An archive as it grows.
struct Archive<W: Write>(ZipWriter<StreamWriter<W>>);

impl<W: Write> Archive<W> {
    fn member(&mut self, name: &str) -> io::Result<&mut impl Write> {
        // Without the time of day, which would make every file another.
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .compression_level(Some(COMPRESSION))
            .large_file(true);
        self.0.start_file(name, options)?;
        Ok(&mut self.0)
    }

    fn table<const N: usize, const M: usize>(
        &mut self,
        table: &ArrayMember,
        length: u64,
        rows: impl Iterator<Item = [[u8; N]; M]>,
    ) -> io::Result<()> {
        debug_assert_eq!(N * M, table.bytes);
        let mut writer = io::BufWriter::with_capacity(1 << 16, self.member(table.name)?);
        writer.write_all(&npy::header(table.kind, &[length]))?;
        for row in rows {
            writer.write_all(row.as_flattened())?;
        }
        writer.flush()
    }
}
