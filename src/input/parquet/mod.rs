//! Parquet and `GeoParquet`: rows whose columns are places, or whose geometries are in well-known
//! binary (`geo.rs`). The files themselves are taken apart in the room `columnar`.

#[cfg(feature = "parquet")]
mod geo;
#[cfg(feature = "parquet")]
mod projjson;
#[cfg(feature = "parquet")]
mod rows;

use super::reader::{Places, Reader};
#[cfg(not(feature = "parquet"))]
use super::without_feature;

pub(super) static READER: Reader = Reader {
    name: "parquet",
    title: "Parquet",
    extensions: &["parquet", "geoparquet", "parq", "pq"],
    companions: &["crc"],
    detect: |head| head.bytes().starts_with(b"PAR1"),
    certain: true,
    places: Places::Any,
    #[cfg(feature = "parquet")]
    read: rows::read,
    #[cfg(not(feature = "parquet"))]
    read: |_, _, sink| Err(without_feature("parquet", sink.file())),
};

#[cfg(all(test, feature = "parquet"))]
mod tests;
