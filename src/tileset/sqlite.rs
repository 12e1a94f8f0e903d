//! `SQLite` databases of tiles that are being written, whatever tables they have.

use std::io;
use std::path::Path;

use rusqlite::{Connection, ErrorCode, OpenFlags};

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

/// Whether a file is a database with tiles.
pub(super) fn has_tiles(path: &Path) -> io::Result<bool> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let count = Connection::open_with_flags(path, flags)
        .and_then(|database| database.query_row(ANY, [], |row| row.get::<_, i64>(0)));
    match count {
        Ok(count) => Ok(count > 0),
        Err(rusqlite::Error::SqliteFailure(error, _)) if error.code == ErrorCode::NotADatabase => {
            Ok(false)
        }
        Err(error) => Err(failed(error)),
    }
}
