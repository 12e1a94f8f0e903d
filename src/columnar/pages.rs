//! Pages of a column, unpacked: Snappy, gzip, Zstandard, LZ4, Brotli.
//!
//! The crate is told that pages are not packed, and so gives them as they are. Their levels stand
//! before the packed bytes in version 2 of a page, and among them in version 1.

use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use parquet::basic::{Compression, CompressionCodec};
use parquet::column::page::{Page, PageMetadata, PageReader};
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::reader::SerializedPageReader;

use super::source::{Heads, LARGEST, Source};

/// The most values, with those that are missing, that pages may say they have for one batch. In
/// pages of a few bytes lists can be said to go on for ever.
const MOST: u64 = 16 << 20;

/// The pages of a column of a row group, and how many values they had so far.
pub(super) fn open(
    source: &Source,
    chunk: &ColumnChunkMetaData,
    rows: i64,
) -> super::Result<(Box<dyn PageReader>, Arc<AtomicU64>)> {
    let codec = Codec::of(chunk.compression_codec())?;
    let (heads, size) = Heads::new(source);
    let packed = chunk.clone().into_builder();
    let packed = packed.set_compression(Compression::UNCOMPRESSED).build();
    let packed = packed.map_err(|error| super::broken(&error))?;
    let rows = usize::try_from(rows).map_err(|_| "it is broken: fewer than no rows")?;
    let pages = SerializedPageReader::new(Arc::new(heads), &packed, rows, None);
    let pages = pages.map_err(|error| super::broken(&error))?;
    let read = Arc::new(AtomicU64::new(0));
    let pages = Unpacked {
        pages,
        codec,
        size,
        read: Arc::clone(&read),
    };
    Ok((Box::new(pages), read))
}

/// How pages are packed.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Codec {
    None,
    Snappy,
    Gzip,
    Zstandard,
    Brotli,
    /// A block alone.
    Lz4,
    /// Blocks with their sizes before them, as Hadoop has them, or a block alone.
    Lz4OfHadoop,
}

impl Codec {
    fn of(codec: CompressionCodec) -> super::Result<Self> {
        Ok(match codec {
            CompressionCodec::UNCOMPRESSED => Self::None,
            CompressionCodec::SNAPPY => Self::Snappy,
            CompressionCodec::GZIP => Self::Gzip,
            CompressionCodec::ZSTD => Self::Zstandard,
            CompressionCodec::BROTLI => Self::Brotli,
            CompressionCodec::LZ4_RAW => Self::Lz4,
            CompressionCodec::LZ4 => Self::Lz4OfHadoop,
            CompressionCodec::LZO => {
                return Err("it is packed by LZO, which is not read".to_owned());
            }
        })
    }

    /// Unpacks bytes that are `size` bytes long then.
    fn unpack(self, packed: &[u8], size: usize) -> Result<Vec<u8>> {
        let mut unpacked = vec![0; size];
        let length = match self {
            Self::None => {
                unpacked = packed.to_vec();
                packed.len()
            }
            Self::Snappy => {
                let mut decoder = snap::raw::Decoder::new();
                decoder.decompress(packed, &mut unpacked).map_err(fault)?
            }
            Self::Gzip => fill(MultiGzDecoder::new(packed), &mut unpacked)?,
            Self::Brotli => {
                let decoder = brotli_decompressor::Decompressor::new(packed, 4096);
                fill(decoder, &mut unpacked)?
            }
            Self::Zstandard => {
                let mut decoder = ruzstd::decoding::FrameDecoder::new();
                decoder.decode_all(packed, &mut unpacked).map_err(fault)?
            }
            Self::Lz4 => lz4_flex::block::decompress_into(packed, &mut unpacked).map_err(fault)?,
            Self::Lz4OfHadoop => match of_hadoop(packed, &mut unpacked) {
                Some(length) => length,
                None => return Self::Lz4.unpack(packed, size),
            },
        };
        if self != Self::None && length != size {
            let fact = format!("a page of {length} bytes says that it has {size}");
            return Err(ParquetError::General(fact));
        }
        Ok(unpacked)
    }
}

/// Unpacks blocks that have both sizes before them, the largest byte first; `None` if they are
/// none.
fn of_hadoop(mut packed: &[u8], unpacked: &mut [u8]) -> Option<usize> {
    let mut filled = 0_usize;
    while let Some((sizes, rest)) = packed.split_first_chunk::<8>() {
        let [a, b, c, d, e, f, g, h] = *sizes;
        let size = u32::from_be_bytes([a, b, c, d]) as usize;
        let length = u32::from_be_bytes([e, f, g, h]) as usize;
        let block = rest.get(..length)?;
        let to = unpacked.get_mut(filled..filled.checked_add(size)?)?;
        (lz4_flex::block::decompress_into(block, to).ok()? == size).then_some(())?;
        (filled, packed) = (filled + size, &rest[length..]);
    }
    packed.is_empty().then_some(filled)
}

/// Reads what a stream has, which may be no more than there is room for.
fn fill(mut stream: impl Read, to: &mut [u8]) -> Result<usize> {
    let mut filled = 0;
    while filled < to.len() {
        match stream.read(&mut to[filled..])? {
            0 => return Ok(filled),
            read => filled += read,
        }
    }
    let more = stream.read(&mut [0])?;
    Ok(filled + more)
}

fn fault(error: impl std::fmt::Display) -> ParquetError {
    ParquetError::General(format!("a page cannot be unpacked: {error}"))
}

/// Pages that are unpacked as they come.
struct Unpacked<P> {
    pages: P,
    codec: Codec,
    /// How large the last page says that it is, unpacked.
    size: Arc<AtomicU64>,
    /// How many values there were since somebody set this to none.
    read: Arc<AtomicU64>,
}

impl<P: PageReader> Unpacked<P> {
    /// Counts the values of a page.
    fn add(&self, page: &Page) -> Result<()> {
        let (Page::DataPage { num_values, .. } | Page::DataPageV2 { num_values, .. }) = page else {
            return Ok(());
        };
        let values = u64::from(*num_values);
        if self.read.fetch_add(values, Ordering::Relaxed) + values > MOST {
            let fact = format!("more than {MOST} values in a few rows");
            return Err(ParquetError::General(fact));
        }
        Ok(())
    }

    fn unpacked(&self, page: Page) -> Result<Page> {
        let size = usize::try_from(self.size.load(Ordering::Relaxed).min(LARGEST))?;
        if self.codec == Codec::None {
            return check_dictionary(&page).map(|()| page);
        }
        let page = match page {
            Page::DictionaryPage {
                buf,
                num_values,
                encoding,
                is_sorted,
            } => Page::DictionaryPage {
                buf: self.codec.unpack(&buf, size)?.into(),
                num_values,
                encoding,
                is_sorted,
            },
            Page::DataPage {
                buf,
                num_values,
                encoding,
                def_level_encoding,
                rep_level_encoding,
                statistics,
            } => Page::DataPage {
                buf: self.codec.unpack(&buf, size)?.into(),
                num_values,
                encoding,
                def_level_encoding,
                rep_level_encoding,
                statistics,
            },
            Page::DataPageV2 {
                buf,
                num_values,
                encoding,
                num_nulls,
                num_rows,
                def_levels_byte_len,
                rep_levels_byte_len,
                is_compressed: true,
                statistics,
            } => {
                let levels = def_levels_byte_len as usize + rep_levels_byte_len as usize;
                Page::DataPageV2 {
                    buf: self.behind(levels, &buf, size)?,
                    num_values,
                    encoding,
                    num_nulls,
                    num_rows,
                    def_levels_byte_len,
                    rep_levels_byte_len,
                    is_compressed: true,
                    statistics,
                }
            }
            page @ Page::DataPageV2 { .. } => page,
        };
        check_dictionary(&page).map(|()| page)
    }

    /// Unpacks what stands behind the levels.
    fn behind(&self, levels: usize, page: &Bytes, size: usize) -> Result<Bytes> {
        let fits = levels <= page.len() && levels <= size;
        if !fits {
            return Err(ParquetError::General(
                "a page has no room for its levels".to_owned(),
            ));
        }
        let (levels, packed) = page.split_at(levels);
        // A page of nothing but nulls has no values to unpack.
        if packed.is_empty() {
            return Ok(page.clone());
        }
        let values = self.codec.unpack(packed, size - levels.len())?;
        Ok([levels, &values].concat().into())
    }
}

/// Makes sure that a dictionary can have as many values as it says: the crate asks for their room
/// before it looks. A value takes a bit at the least.
fn check_dictionary(page: &Page) -> Result<()> {
    if let Page::DictionaryPage {
        buf, num_values, ..
    } = page
        && *num_values as usize > buf.len().saturating_mul(8)
    {
        let fact = format!(
            "a dictionary of {} bytes says {num_values} values",
            buf.len()
        );
        return Err(ParquetError::General(fact));
    }
    Ok(())
}

impl<P: PageReader> Iterator for Unpacked<P> {
    type Item = Result<Page>;

    fn next(&mut self) -> Option<Self::Item> {
        self.get_next_page().transpose()
    }
}

impl<P: PageReader> PageReader for Unpacked<P> {
    fn get_next_page(&mut self) -> Result<Option<Page>> {
        let page = self.pages.get_next_page()?;
        page.as_ref().map_or(Ok(()), |page| self.add(page))?;
        page.map(|page| self.unpacked(page)).transpose()
    }

    fn peek_next_page(&mut self) -> Result<Option<PageMetadata>> {
        self.pages.peek_next_page()
    }

    fn skip_next_page(&mut self) -> Result<()> {
        self.pages.skip_next_page()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_of_hadoop_follow_one_another() {
        let block = |bytes: &[u8]| {
            // A literal alone: its length, and the bytes.
            let packed = [&[(bytes.len() as u8) << 4], bytes].concat();
            let sizes = [bytes.len() as u32, packed.len() as u32].map(u32::to_be_bytes);
            [sizes.concat(), packed].concat()
        };
        let two = [block(b"abc"), block(b"de")].concat();
        assert_eq!(Codec::Lz4OfHadoop.unpack(&two, 5).unwrap(), b"abcde");
        assert!(Codec::Lz4OfHadoop.unpack(&two, 6).is_err());
        assert_eq!(Codec::Lz4OfHadoop.unpack(b"\x20hi", 2).unwrap(), b"hi");
    }

    #[test]
    fn pages_that_lie_about_their_size_are_errors() {
        let packed = [&[5, 16], &b"lat,l"[..]].concat();
        assert_eq!(Codec::Snappy.unpack(&packed, 5).unwrap(), b"lat,l");
        assert!(Codec::Snappy.unpack(&packed, 4).is_err());
        assert!(Codec::Snappy.unpack(&packed, 6).is_err());
        for codec in [Codec::Gzip, Codec::Zstandard, Codec::Brotli, Codec::Lz4] {
            assert!(codec.unpack(b"\xff\xff\xff", 3).is_err(), "{codec:?}");
        }
    }

    #[test]
    fn a_dictionary_has_room_for_its_values() {
        let page = |num_values| Page::DictionaryPage {
            buf: Bytes::from_static(&[0; 4]),
            num_values,
            encoding: parquet::basic::Encoding::PLAIN,
            is_sorted: false,
        };
        assert!(check_dictionary(&page(32)).is_ok());
        assert!(check_dictionary(&page(33)).is_err());
    }
}
