//! `SQLite` databases of tiles, whatever tables they have: those that are being written, and those
//! that strangers made.
//!
//! A database brings a program of its own along, its views: one can join tables without end, or
//! give a blob as large as the disk. So what is read is read within limits
//! (<https://www.sqlite.org/security.html>).

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use rusqlite::limits::Limit;
use rusqlite::{Connection, ErrorCode, OpenFlags, Params, Row};

use super::decode::{MAX_BYTES, TOO_LONG};

/// Steps of `SQLite`'s machine between two looks at how many they are.
const STRIDE: i32 = 100_000;
/// After so many looks a query is given up: a table of five million tiles without an index takes as
/// long.
const MOST: u32 = 500;
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

/// A database that strangers made, open for reading.
#[derive(Debug)]
pub(super) struct Untrusted {
    database: Connection,
    /// Looks at the query that runs.
    looks: Arc<AtomicU32>,
}

impl Untrusted {
    /// Opens it.
    pub fn open(path: &Path) -> rusqlite::Result<Self> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut database = Connection::open_with_flags(path, flags)?;
        database.set_limit(Limit::SQLITE_LIMIT_LENGTH, LONGEST)?;
        let looks = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&looks);
        let ends = move || counted.fetch_add(1, Relaxed) >= MOST;
        database.progress_handler(STRIDE, Some(ends))?;
        database.execute_batch("PRAGMA trusted_schema = OFF")?;
        Ok(Self { database, looks })
    }

    /// Makes sure that a query can be asked.
    pub fn check(&self, query: &str) -> rusqlite::Result<()> {
        self.database.prepare(query).map(drop)
    }

    /// The first row that a query gives.
    pub fn first<T>(
        &self,
        query: &str,
        parameters: impl Params,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<T> {
        self.looks.store(0, Relaxed);
        self.database.query_row(query, parameters, read)
    }
}

/// Whether a query was given up.
pub(super) fn is_endless(fact: &rusqlite::Error) -> bool {
    fact.sqlite_error_code() == Some(ErrorCode::OperationInterrupted)
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
    let count = Untrusted::open(path)
        .and_then(|database| database.first(ANY, [], |row| row.get::<_, i64>(0)));
    match count {
        Ok(count) => Ok(count > 0),
        Err(rusqlite::Error::SqliteFailure(error, _)) if error.code == ErrorCode::NotADatabase => {
            Ok(false)
        }
        Err(error) => Err(failed(error)),
    }
}
