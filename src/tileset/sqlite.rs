//! `SQLite` databases of tiles, whatever tables they have: those that are being written, and those
//! that strangers made.

use std::io;
use std::path::Path;

use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::decode::{MAX_BYTES, TOO_LONG};
use crate::untrusted::Untrusted;

/// More than the longest tile, so that a few bytes too many are told like many.
const LONGEST: i32 = MAX_BYTES as i32 + (64 << 10);

const ANY: &str = "SELECT count(*) FROM sqlite_master WHERE name = 'tiles'";

/// Begins a database in an empty file that nobody sees before it is whole: no journal is kept that
/// could restore it.
pub(super) fn begin(path: &Path, tables: &str) -> io::Result<Connection> {
    let begun = || {
        let database = Connection::open(path)?;
        database.execute_batch("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;")?;
        database.execute_batch(tables)?;
        database.execute_batch("BEGIN")?;
        Ok(database)
    };
    begun().map_err(failed)
}

/// Ends it.
pub(super) fn end(database: Connection) -> io::Result<()> {
    database.execute_batch("COMMIT").map_err(failed)?;
    database.close().map_err(|(_, fact)| failed(fact))
}

pub(super) fn failed(fact: rusqlite::Error) -> io::Error {
    io::Error::other(fact)
}

/// Opens a database that strangers made.
pub(super) fn open(path: &Path) -> rusqlite::Result<Untrusted> {
    Untrusted::open(path, OpenFlags::empty(), LONGEST)
}

/// What is wrong with a database that strangers made.
pub(super) fn in_words(fact: &rusqlite::Error) -> String {
    match fact.sqlite_error_code() {
        Some(ErrorCode::OperationInterrupted) => {
            "reading its tables takes longer than those of any map".to_owned()
        }
        Some(ErrorCode::TooBig) => TOO_LONG.to_owned(),
        _ => fact.to_string(),
    }
}

/// Whether a file is a database with tiles.
pub(super) fn has_tiles(path: &Path) -> io::Result<bool> {
    let count = open(path).and_then(|database| database.first(ANY, [], |row| row.get::<_, i64>(0)));
    match count {
        Ok(count) => Ok(count > 0),
        Err(rusqlite::Error::SqliteFailure(error, _)) if error.code == ErrorCode::NotADatabase => {
            Ok(false)
        }
        Err(error) => Err(failed(error)),
    }
}
