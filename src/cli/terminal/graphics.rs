//! Pictures in the graphics protocols of terminals.
//!
//! kitty's and iTerm2's take a PNG, and lay it on their background themselves. Sixels (DEC's, of
//! the 1980s) have a palette, and a pixel is there or not; the crate `icy_sixel` finds the colours.

use std::io::{self, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use heatmap::encode;
use heatmap::encode::Format;
use heatmap::raster::Raster;
use icy_sixel::SixelImage;

use super::on;

/// The most base64 that one escape sequence of kitty's may hold.
const CHUNK: usize = 4096;

/// sw.kovidgoyal.net/kitty/graphics-protocol: transmit and show (`a=T`) a PNG (`f=100`), and do not
/// answer (`q=2`), because nobody would read it.
pub fn kitty(picture: &Raster, bytes: &mut Vec<u8>) -> io::Result<()> {
    let png = in_base64(picture)?;
    let mut chunks = png.as_bytes().chunks(CHUNK).peekable();
    let mut keys = "a=T,f=100,q=2,";
    while let Some(chunk) = chunks.next() {
        write!(
            bytes,
            "\x1b_G{keys}m={};",
            u8::from(chunks.peek().is_some())
        )?;
        bytes.extend(chunk);
        bytes.extend(b"\x1b\\");
        keys = "q=2,";
    }
    bytes.push(b'\n');
    Ok(())
}

/// iterm2.com/documentation-images.html. The size is said in letters: its pixels are not those of
/// the screen.
pub fn iterm(
    picture: &Raster,
    (columns, rows): (usize, usize),
    bytes: &mut Vec<u8>,
) -> io::Result<()> {
    let png = in_base64(picture)?;
    let place = format!("width={columns};height={rows};preserveAspectRatio=1");
    writeln!(bytes, "\x1b]1337;File=inline=1;{place}:{png}\x07")
}

/// The VT330/VT340 Programmer Reference Manual, chapter 14.
pub fn sixel(picture: &Raster, ground: [u8; 3], bytes: &mut Vec<u8>) -> io::Result<()> {
    let opaque = |&pixel: &[u8; 4]| {
        on(ground, pixel).map_or([0; 4], |[red, green, blue]| [red, green, blue, 255])
    };
    let pixels: Vec<[u8; 4]> = picture.pixels().iter().map(opaque).collect();
    let (width, height) = (picture.size().width(), picture.size().height());
    let sixels = SixelImage::try_from_rgba(pixels.into_flattened(), width, height)
        .and_then(|image| image.encode());
    writeln!(bytes, "{}", sixels.map_err(io::Error::other)?)
}

fn in_base64(picture: &Raster) -> io::Result<String> {
    let mut png = Vec::new();
    encode::write(picture, Format::Png, &mut png)?;
    Ok(STANDARD.encode(png))
}

#[cfg(test)]
mod tests {
    use super::*;
    use heatmap::raster::Size;

    /// Of colours that cannot be pressed together.
    fn noise(side: u32) -> Raster {
        let size = Size::new(side, side).unwrap();
        let mut state = 1u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        };
        Raster::new(
            size,
            (0..size.pixels())
                .map(|_| [next(), next(), next(), next()])
                .collect(),
        )
        .unwrap()
    }

    fn text(encode: impl Fn(&mut Vec<u8>) -> io::Result<()>) -> String {
        let mut bytes = Vec::new();
        encode(&mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    fn pixels(base64: &str) -> Vec<u8> {
        image::load_from_memory(&STANDARD.decode(base64).unwrap())
            .unwrap()
            .into_rgba8()
            .into_raw()
    }

    #[test]
    fn kitty_gets_a_png_in_pieces() {
        let picture = noise(60);
        let text = text(|bytes| kitty(&picture, bytes));
        let pieces: Vec<(&str, &str)> = text
            .strip_suffix("\x1b\\\n")
            .unwrap()
            .split("\x1b\\")
            .map(|piece| {
                piece
                    .strip_prefix("\x1b_G")
                    .unwrap()
                    .split_once(';')
                    .unwrap()
            })
            .collect();
        assert!(pieces.len() > 2 && pieces.iter().all(|(_, data)| data.len() <= 4096));
        assert_eq!(
            (pieces[0].0, pieces[1].0, pieces.last().unwrap().0),
            ("a=T,f=100,q=2,m=1", "q=2,m=1", "q=2,m=0")
        );
        assert!(
            pieces[..pieces.len() - 1]
                .iter()
                .all(|(_, data)| data.len() % 4 == 0)
        );
        assert_eq!(
            pixels(&pieces.iter().map(|(_, data)| *data).collect::<String>()),
            picture.as_bytes()
        );
    }

    #[test]
    fn a_small_picture_is_one_piece_for_kitty() {
        let text = text(|bytes| kitty(&noise(2), bytes));
        assert!(
            text.starts_with("\x1b_Ga=T,f=100,q=2,m=0;") && text.matches("\x1b_G").count() == 1,
            "{text:?}"
        );
    }

    #[test]
    fn iterm_gets_a_png_and_its_size_in_letters() {
        let picture = noise(5);
        let text = text(|bytes| iterm(&picture, (12, 3), bytes));
        let (head, data) = text
            .strip_suffix("\x07\n")
            .unwrap()
            .split_once(':')
            .unwrap();
        assert_eq!(
            head,
            "\x1b]1337;File=inline=1;width=12;height=3;preserveAspectRatio=1"
        );
        assert_eq!(pixels(data), picture.as_bytes());
    }

    #[test]
    fn sixels_are_the_picture_with_holes_where_it_is_transparent() {
        let size = Size::new(3, 7).unwrap();
        let colors = [[255, 0, 0, 255], [0, 255, 0, 102], [9, 9, 9, 0]];
        let picture = Raster::new(size, (0..21).map(|i| colors[i % 3]).collect()).unwrap();
        let decoded = SixelImage::decode(
            text(|bytes| sixel(&picture, [0; 3], bytes))
                .trim_end()
                .as_bytes(),
        )
        .unwrap();
        // Sixels come in bands of six lines.
        assert_eq!(
            (decoded.dimensions(), decoded.pixels[7 * 12..].iter().max()),
            ((3, 12), Some(&0))
        );
        for pixels in decoded.pixels.chunks(12).take(7) {
            assert_eq!(
                (&pixels[..8], pixels[11]),
                ([255, 0, 0, 255, 0, 102, 0, 255].as_slice(), 0)
            );
        }
    }
}
