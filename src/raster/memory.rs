//! Fallible memory for whatever is as large as a picture: an error, where the allocator would end
//! the program.

use std::hint::black_box;

use crate::error::{Error, ErrorKind, Remedy, Result};
use crate::raster::Size;

/// Zeros for a picture of a size. Where nothing is ever written they take no memory, as far as that
/// is up to the system.
///
/// # Errors
/// When there is not enough memory.
pub fn zeros<T: bytemuck::Zeroable>(length: usize, size: Size) -> Result<Vec<T>> {
    bytemuck::allocation::try_zeroed_vec(length).map_err(|()| too_little(size))
}

/// Copies of a value for a picture of a size.
///
/// # Errors
/// When there is not enough memory.
pub fn filled<T: Clone>(value: T, length: usize, size: Size) -> Result<Vec<T>> {
    let mut filled = Vec::new();
    filled
        .try_reserve_exact(length)
        .map_err(|_| too_little(size))?;
    filled.resize(length, value);
    Ok(filled)
}

/// Makes sure that so many bytes for each pixel of a picture could be had now: to be asked before
/// work whose memory cannot be asked for with care, such as that of other crates' encoders.
///
/// # Errors
/// When there is not enough memory.
pub fn afford(bytes: usize, size: Size) -> Result<()> {
    /// What encoders and threads hold however small the picture is.
    const AT_LEAST: usize = 8 << 20;
    let bytes = size.pixels().saturating_mul(bytes).max(AT_LEAST);
    let mut room: Vec<u8> = Vec::new();
    let reserved = room.try_reserve_exact(bytes);
    // Else the compiler would see that nobody uses it, and not even ask.
    black_box(&room);
    reserved.map_err(|_| too_little(size))
}

fn too_little(size: Size) -> Error {
    Error::new(
        ErrorKind::Limit,
        format!("there is not enough memory for a picture of {size} pixels"),
    )
    .remedy(Remedy::SmallerPicture)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_than_there_is_of_anything_is_an_error() {
        let size = Size::new(1 << 16, 1 << 15).unwrap();
        let text = afford(1 << 30, size).unwrap_err().to_string();
        assert!(
            text.contains("memory for a picture of 65536 × 32768"),
            "{text}"
        );
        assert!(zeros::<u8>(usize::MAX / 2, size).is_err());
        assert!(filled(7_u8, usize::MAX / 2, size).is_err());
        assert_eq!(filled(7_u8, 3, size), Ok(vec![7; 3]));
    }
}
