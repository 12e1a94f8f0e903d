//! `PostgreSQL` and `PostGIS`: the rows of a table or of a query, by a cursor, in binary.
//!
//! The database is told to change nothing, to give some thousand rows at a time, and to end the
//! query when nobody listens any more. `address` understands where it is, `password` finds what
//! opens it, `values` takes rows apart.

#[cfg(not(feature = "postgres"))]
mod absent;
pub(super) mod address;
#[cfg(feature = "postgres")]
mod live;
#[cfg(feature = "postgres")]
mod password;
#[cfg(feature = "postgres")]
mod session;
#[cfg(feature = "postgres")]
mod tls;
#[cfg(feature = "postgres")]
mod values;

#[cfg(not(feature = "postgres"))]
pub use self::absent::{Live, Question};
#[cfg(feature = "postgres")]
pub use self::live::{Live, Question};
use super::{Options, Sink};
use crate::error::Result;

/// What the format is called where files are described.
pub(super) const NAME: &str = "postgresql";

/// Reads the rows of the table or the query that the user names, from the database at an address.
///
/// # Errors
/// When there is no such database or table, or it cannot be read.
#[cfg(feature = "postgres")]
pub(super) fn read(address: &str, options: &Options, sink: &mut Sink) -> Result<()> {
    session::read(address, options, sink)
}

/// Says that it cannot be read by a program that was built so.
///
/// # Errors
/// Always.
#[cfg(not(feature = "postgres"))]
pub(super) fn read(_: &str, _: &Options, sink: &mut Sink) -> Result<()> {
    Err(super::without_feature("postgres", sink.file()))
}
