//! `SQLite` databases that strangers made, open for reading within limits.
//!
//! A database brings a program of its own along, its views: one can join tables without end, or
//! give a value as large as the disk (<https://www.sqlite.org/security.html>). So nothing in a
//! schema is trusted to call functions, values are bounded, and so are the steps of a question
//! whose answer is short.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};

use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use rusqlite::{Connection, ErrorCode, OpenFlags, Params, Result, Row};

/// Steps of `SQLite`'s machine between two looks at how many they are.
const STRIDE: i32 = 100_000;
/// After so many looks a query is given up: a table of five million tiles without an index takes as
/// long.
const MOST: i64 = 500;

/// A database that strangers made.
#[derive(Debug)]
pub(crate) struct Untrusted {
    database: Connection,
    /// Looks at the query that runs.
    looks: Arc<AtomicI64>,
}

impl Untrusted {
    /// Opens one by its path, or by its address where flags beyond those for reading say so. Its
    /// values have so many bytes at the most.
    pub(crate) fn open(path: &Path, flags: OpenFlags, longest: i32) -> Result<Self> {
        let reading = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut database = Connection::open_with_flags(path, reading | flags)?;
        database.set_limit(Limit::SQLITE_LIMIT_LENGTH, longest)?;
        database.set_limit(Limit::SQLITE_LIMIT_ATTACHED, 0)?;
        database.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
        database.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
        let looks = Arc::new(AtomicI64::new(0));
        let counted = Arc::clone(&looks);
        let ends = move || counted.fetch_add(1, Relaxed) >= MOST;
        database.progress_handler(STRIDE, Some(ends))?;
        Ok(Self { database, looks })
    }

    /// Makes sure that a query can be asked.
    pub(crate) fn check(&self, query: &str) -> Result<()> {
        self.database.prepare(query).map(drop)
    }

    /// The first row that a query gives.
    pub(crate) fn first<T>(
        &self,
        query: &str,
        parameters: impl Params,
        read: impl FnOnce(&Row<'_>) -> Result<T>,
    ) -> Result<T> {
        self.ask(|database| database.query_row(query, parameters, read))
    }

    /// The answer to a question that takes no longer than those to any honest database.
    pub(crate) fn ask<T>(&self, question: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        self.looks.store(0, Relaxed);
        question(&self.database)
    }

    /// The database, for rows that come as long as there are any: until the next question.
    pub(crate) fn freely(&self) -> &Connection {
        self.looks.store(i64::MIN, Relaxed);
        &self.database
    }
}

/// Whether a query was given up.
pub(crate) fn is_endless(fact: &rusqlite::Error) -> bool {
    fact.sqlite_error_code() == Some(ErrorCode::OperationInterrupted)
}
