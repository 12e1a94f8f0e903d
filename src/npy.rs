//! Arrays as numpy keeps them in files: a header that says what they are, and then the bare
//! numbers.
//!
//! The format: <https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>, version
//! 1.0.

/// The header of an array, in rows.
///
/// `kind` is how Python writes what is in it, such as `'<f4'` for little-endian 32-bit floats.
pub fn header(kind: &str, shape: &[u64]) -> Vec<u8> {
    /// The numbers begin at a multiple of this.
    const ALIGNED: usize = 64;
    let sides: String = shape.iter().map(|side| format!("{side}, ")).collect();
    let shape = if shape.len() == 1 {
        sides.trim_end()
    } else {
        sides.trim_end_matches(", ")
    };
    let mut text = format!("{{'descr': {kind}, 'fortran_order': False, 'shape': ({shape}), }}");
    let magic = b"\x93NUMPY\x01\x00";
    let length = magic.len() + 2 + text.len() + 1;
    text.push_str(&" ".repeat(length.next_multiple_of(ALIGNED) - length));
    text.push('\n');
    [
        magic.as_slice(),
        &(text.len() as u16).to_le_bytes(),
        text.as_bytes(),
    ]
    .concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_as_numpy_writes_them() {
        let header = header("'<f4'", &[3, 5]);
        assert_eq!(header.len(), 128);
        assert!(
            header
                .starts_with(b"\x93NUMPY\x01\x00\x76\x00{'descr': '<f4', 'fortran_order': False, 'shape': (3, 5), } ")
        );
        assert!(header.ends_with(b" \n"));
        assert!(
            super::header("'<u8'", &[7])
                .windows(16)
                .any(|part| part == b"'shape': (7,), }")
        );
    }
}
