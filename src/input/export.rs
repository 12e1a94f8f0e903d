//! Index of Strava's export: `activities.csv`, which gives sport and name to the files beside it.
//!
//! The names of its columns are in the user's language, some twice and some with HTML in them, so
//! columns are known by their order, which is the same in all languages, and the one of files by
//! what is in it. Activities that were entered by hand have no file.

use std::collections::HashMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use csv::{ByteRecord, ReaderBuilder};

use super::archive::Archive;
use super::decode;
use super::inventory::Described;

/// What the index is called.
const NAME: &str = "activities.csv";
/// Where the files are, as the index names them.
const FOLDER: &str = "activities/";
/// The columns that name the activity and its sport, counted from 0.
const TITLE: usize = 2;
const SPORT: usize = 3;
/// The most of an index that is read: some 300,000 activities.
const LONGEST: u64 = 256 << 20;

/// What the index of an export says of its files, by their paths.
#[derive(Default)]
pub(super) struct Index {
    described: HashMap<PathBuf, Described>,
}

impl Index {
    /// The index in a folder; an empty one if there is none.
    pub(super) fn of_folder(folder: &Path) -> Self {
        let Ok(file) = std::fs::File::open(folder.join(NAME)) else {
            return Self::default();
        };
        Self::read(folder, file)
    }

    /// The index in an archive, in whatever folder it is; an empty one if there is none.
    pub(super) fn of_archive(archive: &Archive) -> Self {
        let mut members = archive.members().iter();
        let index = members.find(|member| member.name.rsplit('/').next() == Some(NAME));
        let read = index.and_then(|member| {
            let folder = Path::new(&member.name).parent()?;
            let read = archive.read(member, |stream| Self::read(folder, stream));
            read.ok()
        });
        read.unwrap_or_default()
    }

    /// What it says of a file.
    pub(super) fn of(&self, path: &Path) -> Described {
        self.described.get(path).cloned().unwrap_or_default()
    }

    /// Reads an index as far as it can be read; what it is not says nothing of any file.
    fn read(folder: &Path, stream: impl Read) -> Self {
        let text = decode::text(stream.take(LONGEST));
        let mut rows = ReaderBuilder::new().flexible(true).from_reader(text);
        let mut described = HashMap::new();
        let mut row = ByteRecord::new();
        while matches!(rows.read_byte_record(&mut row), Ok(true)) {
            let named = row
                .iter()
                .find(|field| field.starts_with(FOLDER.as_bytes()));
            let Some(file) = named.and_then(|name| std::str::from_utf8(name).ok()) else {
                continue;
            };
            described.insert(folder.join(file), said(&row));
        }
        Self { described }
    }
}

/// What a row says of its activity.
fn said(row: &ByteRecord) -> Described {
    let field = |at: usize| {
        let text = String::from_utf8_lossy(row.get(at).unwrap_or_default());
        Some(text.trim().to_owned()).filter(|text| !text.is_empty())
    };
    let mut described = Described {
        name: field(TITLE),
        ..Described::default()
    };
    if let Some(sport) = field(SPORT) {
        described.sport(&sport);
    }
    described
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_gets_the_name_and_the_sport_of_its_row_in_any_language() {
        let text = "Aktivitäts-ID,Datum,Name,Typ,Beschreibung,Distanz,Dateiname,Distanz,\"<b>x</b>\"\n\
            1,\"26. Jan, 2026\",\"Runde, \"\"kurz\"\"\",Lauf,\"viel\nText\",3,activities/1.fit.gz,3,\n\
            2,,von Hand,Rad,,3,,3,\n\
            3,,,Rad,,3,activities/3.gpx\n";
        let index = Index::read(Path::new("export"), text.as_bytes());
        let first = index.of(Path::new("export/activities/1.fit.gz"));
        assert_eq!(first.name.as_deref(), Some("Runde, \"kurz\""));
        assert_eq!(first.sports, ["Lauf"]);
        let third = index.of(Path::new("export/activities/3.gpx"));
        assert_eq!((third.name, third.sports), (None, vec!["Rad".to_owned()]));
        assert_eq!(
            index.of(Path::new("export/activities/2")),
            Described::default()
        );
        assert_eq!(index.described.len(), 2);
    }
}
