//! `FlatGeobuf`: features in flatbuffers one behind the other, after a header and an index.
//!
//! The reader is ours: the crate flatgeobuf takes some thirty seconds and fifteen crates to build,
//! and of its index nothing is needed here, where all features are read. `wire` takes flatbuffers
//! apart, and believes no offset and no count.

#[cfg(feature = "flatgeobuf")]
mod features;
#[cfg(feature = "flatgeobuf")]
mod wire;

use super::reader::{Places, Reader};
#[cfg(not(feature = "flatgeobuf"))]
use super::without_feature;

/// What files begin with; the next byte is a patch of the version.
const MAGIC: &[u8] = b"fgb\x03fgb";

pub(super) static READER: Reader = Reader {
    name: "flatgeobuf",
    title: "FlatGeobuf",
    extensions: &["fgb"],
    companions: &[],
    detect: |head| head.bytes().starts_with(MAGIC),
    certain: true,
    places: Places::Any,
    #[cfg(feature = "flatgeobuf")]
    read: features::read,
    #[cfg(not(feature = "flatgeobuf"))]
    read: |_, _, sink| Err(without_feature("flatgeobuf", sink.file())),
};

#[cfg(all(test, feature = "flatgeobuf"))]
mod tests;
