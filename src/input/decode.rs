//! Stand-in.
use std::io::{BufRead, BufReader, Read};

/// Text as UTF-8.
pub fn text(source: impl Read) -> impl BufRead {
    BufReader::new(encoding_rs_io::DecodeReaderBytes::new(source))
}
