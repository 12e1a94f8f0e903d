//! Pictures of letters: each is a half-block, and so two pixels, one above the other.

use std::io::{self, Write};

use heatmap::raster::Raster;

use super::on;

/// Colours that letters can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Palette {
    /// 24 bits.
    All,
    /// xterm's 256: a cube of six levels a channel, and 24 greys.
    Fixed,
}

/// The colours of the two halves of a letter; where there is none, the terminal's own background is
/// seen.
type Halves = [Option<[u8; 3]>; 2];

/// Writes a picture line by line. Each line leaves the terminal's colours as they were.
pub fn write(
    picture: &Raster,
    palette: Palette,
    ground: [u8; 3],
    bytes: &mut Vec<u8>,
) -> io::Result<()> {
    let width = picture.size().width();
    for lines in picture.pixels().chunks(2 * width) {
        let (upper, lower) = lines.split_at(width);
        let half = |line: &[[u8; 4]], x: usize| line.get(x).and_then(|&pixel| on(ground, pixel));
        let letters: Vec<Halves> = (0..width)
            .map(|x| [half(upper, x), half(lower, x)])
            .collect();
        let length = letters
            .iter()
            .rposition(|halves| *halves != [None; 2])
            .map_or(0, |last| last + 1);
        line(&letters[..length], palette, bytes)?;
    }
    Ok(())
}

fn line(letters: &[Halves], palette: Palette, bytes: &mut Vec<u8>) -> io::Result<()> {
    let own = [false, true].map(|is_background| parameters(is_background, None, palette));
    let mut now = own.clone();
    for halves in letters {
        let (letter, colors) = match *halves {
            // Whatever the colour of a letter that is not there.
            [None, None] => (" ", [now[0].clone(), own[1].clone()]),
            [None, lower] => ("▄", [parameters(false, lower, palette), own[1].clone()]),
            [upper, lower] => (
                "▀",
                [
                    parameters(false, upper, palette),
                    parameters(true, lower, palette),
                ],
            ),
        };
        for (color, now) in colors
            .into_iter()
            .zip(&mut now)
            .filter(|(color, now)| color != *now)
        {
            write!(bytes, "\x1b[{color}m")?;
            *now = color;
        }
        bytes.extend(letter.as_bytes());
    }
    bytes.extend(if now == own { "\n" } else { "\x1b[0m\n" }.as_bytes());
    Ok(())
}

/// The parameters of SGR that choose a colour (ECMA-48; ITU-T T.416 as xterm writes it).
fn parameters(is_background: bool, color: Option<[u8; 3]>, palette: Palette) -> String {
    let kind = if is_background { 4 } else { 3 };
    match (color, palette) {
        (None, _) => format!("{kind}9"),
        (Some([red, green, blue]), Palette::All) => format!("{kind}8;2;{red};{green};{blue}"),
        (Some(color), Palette::Fixed) => format!("{kind}8;5;{}", nearest(color)),
    }
}

/// The number of the nearest of xterm's 256 colours. The first 16 are whatever the user likes, and
/// left alone.
fn nearest(color: [u8; 3]) -> u8 {
    const LEVELS: [u8; 6] = [0, 95, 135, 175, 215, 255];
    let level = |channel: u8| {
        (0..6u8)
            .min_by_key(|&i| channel.abs_diff(LEVELS[usize::from(i)]))
            .unwrap_or_default()
    };
    let cube = color.map(level);
    let mean = (color.iter().map(|&channel| u16::from(channel)).sum::<u16>() / 3) as u8;
    let grey = (mean.saturating_sub(3) / 10).min(23);
    let distance = |other: [u8; 3]| -> u32 {
        color
            .iter()
            .zip(other)
            .map(|(&a, b)| u32::from(a.abs_diff(b)).pow(2))
            .sum()
    };
    if distance([8 + 10 * grey; 3]) < distance(cube.map(|i| LEVELS[usize::from(i)])) {
        232 + grey
    } else {
        16 + 36 * cube[0] + 6 * cube[1] + cube[2]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use heatmap::raster::Size;

    const RED: [u8; 4] = [255, 0, 0, 255];
    const BLUE: [u8; 4] = [0, 0, 255, 255];
    const NONE: [u8; 4] = [0; 4];

    fn written(width: u32, pixels: &[[u8; 4]], palette: Palette) -> String {
        let size = Size::new(width, pixels.len() as u32 / width).unwrap();
        let mut bytes = Vec::new();
        write(
            &Raster::new(size, pixels.to_vec()).unwrap(),
            palette,
            [0; 3],
            &mut bytes,
        )
        .unwrap();
        String::from_utf8(bytes).unwrap().replace('\x1b', "^")
    }

    #[test]
    fn two_pixels_make_a_letter_and_colours_are_said_when_they_change() {
        let picture = [RED, RED, BLUE, BLUE, BLUE, BLUE];
        let all = "^[38;2;255;0;0m^[48;2;0;0;255m▀▀^[38;2;0;0;255m▀^[0m\n";
        assert_eq!(written(3, &picture, Palette::All), all);
        assert_eq!(
            written(3, &picture, Palette::Fixed),
            "^[38;5;196m^[48;5;21m▀▀^[38;5;21m▀^[0m\n"
        );
    }

    #[test]
    fn where_nothing_is_the_terminal_shows() {
        let picture = [NONE, RED, NONE, NONE, NONE, NONE, BLUE, NONE];
        assert_eq!(
            written(4, &picture, Palette::Fixed),
            " ^[38;5;196m▀^[38;5;21m▄^[0m\n"
        );
        let under = [RED, NONE, RED, RED, NONE, RED];
        assert_eq!(
            written(3, &under, Palette::Fixed),
            "^[38;5;196m^[48;5;196m▀^[49m ^[48;5;196m▀^[0m\n"
        );
        assert_eq!(written(2, &[NONE; 8], Palette::All), "\n\n");
    }

    #[test]
    fn an_odd_line_is_the_upper_half_of_the_last() {
        assert_eq!(
            written(1, &[BLUE, BLUE, RED], Palette::Fixed)
                .lines()
                .last(),
            Some("^[38;5;196m▀^[0m")
        );
    }

    #[test]
    fn the_nearest_of_256_colours_is_found() {
        for (color, number) in [
            ([0, 0, 0], 16),
            ([255, 255, 255], 231),
            ([255, 135, 0], 208),
            ([250, 140, 10], 208),
            ([128, 128, 128], 244),
            ([12, 12, 12], 232),
            ([238, 238, 238], 255),
        ] {
            assert_eq!(nearest(color), number, "{color:?}");
        }
    }
}
