//! Writer of saved heat: cells in, a file out.

use std::io::{self, Write};

use zip::write::{SimpleFileOptions, StreamWriter};
use zip::{CompressionMethod, ZipWriter};

use super::header::Header;
use super::{ArrayMember, HEAD, POINTS, SEGMENTS};
use crate::density::{Cells, Segment, WeightedCell};
use crate::npy;

/// Compression level: more makes files little smaller and takes far longer.
const COMPRESSION: i64 = 1;

/// Writes the heat of some cells. The same cells give the same bytes.
///
/// # Errors
/// When the writer fails.
pub fn write(cells: &Cells, writer: &mut dyn Write) -> io::Result<()> {
    let (index, mut segments) = (cells.index(), cells.segments().clone());
    // They came in any order.
    segments.sort_unstable_by_key(|segment| row_of(*segment));
    let head = Header::of(cells, index.iter().count() as u64);
    let mut file = Archive(ZipWriter::new_stream(writer));
    file.member(HEAD)?.write_all(head.text().as_bytes())?;
    let mut before = 0;
    let row = |cell: WeightedCell| {
        let step = (cell.cell - std::mem::replace(&mut before, cell.cell)) as u64;
        let [weight, count] = [cell.weight.to_bits(), cell.count].map(u64::from);
        [step, weight | count << 32].map(u64::to_le_bytes)
    };
    file.table(&POINTS, head.points, index.iter().map(row))?;
    file.table(&SEGMENTS, head.segments, segments.into_iter().map(row_of))?;
    file.0.finish()?;
    Ok(())
}

fn row_of(segment: Segment) -> [[u8; 4]; 9] {
    let ends = [segment.from.x, segment.from.y, segment.to.x, segment.to.y].map(f64::to_le_bytes);
    let mut row = [segment.weight.to_le_bytes(); 9];
    let (halves, _) = ends.as_flattened().as_chunks();
    row[..8].copy_from_slice(halves);
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
