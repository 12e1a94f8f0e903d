//! Cells in Parquet files, which may say themselves which pixels they were counted on.

use std::fs::File;
use std::path::{Path, PathBuf};

use super::{Cell, Columns};
use crate::columnar::ParquetFile;
use crate::error::{Error, Location, Result};
use crate::geo::CellFrame;
use crate::input::Sink;
use crate::input::opened::Opened;

/// The key under which files say it.
const KEY: &str = "heatmap";

/// The frame that a file, or the first one in a folder, says that its cells are of.
///
/// # Errors
/// When it says one that cannot be.
pub(super) fn frame_in(path: &Path) -> Result<Option<(PathBuf, CellFrame)>> {
    let Some(path) = first(path) else {
        return Ok(None);
    };
    // What cannot be read is told where it is read.
    let file = File::open(&path).ok().map(ParquetFile::open);
    let Some(Ok(file)) = file else {
        return Ok(None);
    };
    let stated = stated(&file).map_err(|fact| Error::input(Location::file(&path), fact))?;
    Ok(stated.map(|frame| (path, frame)))
}

/// The first Parquet file in a folder, or in the first folder of it that has one.
fn first(path: &Path) -> Option<PathBuf> {
    if !path.is_dir() {
        return Some(path.to_owned());
    }
    let mut entries: Vec<PathBuf> = std::fs::read_dir(path)
        .ok()?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect();
    entries.sort();
    let is_parquet = |path: &PathBuf| path.extension().is_some_and(|end| end == "parquet");
    let file = entries
        .iter()
        .find(|path| is_parquet(path) && path.is_file());
    file.cloned().or_else(|| {
        let mut folders = entries
            .iter()
            .filter(|path| path.is_dir() && !path.is_symlink());
        folders.find_map(|folder| first(folder))
    })
}

fn stated(file: &ParquetFile) -> std::result::Result<Option<CellFrame>, String> {
    file.note(KEY).map_or(Ok(None), CellFrame::parse)
}

/// Reads the cells of a file.
pub(super) fn read(opened: Opened<'_>, frame: &CellFrame, sink: &mut Sink) -> Result<()> {
    let file = opened.file().map_err(|error| sink.error(None, error))?;
    let file = ParquetFile::open(file).map_err(|fact| sink.error(None, fact))?;
    let own = stated(&file).map_err(|fact| sink.error(None, fact))?;
    if own.is_some_and(|own| own != *frame) {
        let fact = "its cells were counted on other pixels than those of the picture";
        return Err(sink.error(None, fact));
    }
    let names = file.columns().iter().map(|column| column.name.as_bytes());
    let columns = Columns::of(&names.collect(), sink)?;
    let wanted = [
        Some(columns.x),
        Some(columns.y),
        columns.weight,
        Some(columns.count),
    ];
    let mut row = 1;
    let groups: Vec<(usize, u64)> = (0..file.groups())
        .map(|group| {
            let first = row;
            row += file.length(group);
            (group, first)
        })
        .collect();
    sink.side_by_side(&groups, |&(group, first), sink| {
        let mut at = first;
        let rows = file.rows(group, &wanted);
        let mut rows = rows.map_err(|fact| sink.error(Some(at), fact))?;
        while let Some(batch) = rows.next().map_err(|fact| sink.error(Some(at), fact))? {
            for row in 0..batch.len() {
                let number = |column: usize| batch.cell(column, row).number();
                let cell = Cell {
                    x: number(0),
                    y: number(1),
                    weight: columns.weight.map_or(Some(1.0), |_| number(2)),
                    count: number(3),
                };
                let shown = || {
                    [cell.x, cell.y, cell.weight, cell.count]
                        .map(|number| number.map_or_else(|| "''".to_owned(), |it| it.to_string()))
                };
                cell.give(frame, sink)
                    .map_err(|what| sink.error(Some(at), what.described(&shown(), frame)))?;
                at += 1;
            }
        }
        Ok(())
    })
}
