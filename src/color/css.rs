//! Colours as people write them: CSS names and functions, and hex digits.

use crate::error::meant;

/// Reads a colour of CSS (<https://www.w3.org/TR/css-color-4/>): a name, `transparent`, `#rgb`,
/// `#rrggbb` or `#rrggbbaa` with or without the `#`, or a function such as `rgb(255, 128, 0)`,
/// `rgba(255 128 0 / 50%)` or `hsl(30, 100%, 50%)`; in upper or lower case.
///
/// # Errors
/// When it is none of these; the text says what it should be.
pub fn parse(text: &str) -> Result<[u8; 4], String> {
    let text = text.trim().to_ascii_lowercase();
    // Newer than the list of names that palette has (SVG 1.1).
    if text == "rebeccapurple" {
        return Ok([0x66, 0x33, 0x99, 0xff]);
    }
    if let Some(color) = palette::named::from_str(&text) {
        return Ok([color.red, color.green, color.blue, 255]);
    }
    let fact = if text.contains('(') {
        "not a colour of CSS, such as rgb(255, 128, 0) or hsl(30, 100%, 50%)"
    } else {
        "neither a CSS colour name nor #rgb, #rrggbb, #rrggbbaa, rgb() or hsl()"
    };
    csscolorparser::parse(&text)
        .map(|color| color.to_rgba8())
        .map_err(|_| fact.to_owned())
}

/// The name of a colour that was probably meant by one that there is not.
#[must_use]
pub fn alike(name: &str) -> Option<&'static str> {
    meant(name.trim(), palette::named::names())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_of_css_are_colours() {
        for (text, color) in [
            ("rgb(255, 128, 0)", [255, 128, 0, 255]),
            ("RGB(255 128 0)", [255, 128, 0, 255]),
            ("rgba(0,255,255,0)", [0, 255, 255, 0]),
            ("rgb(100% 0% 0% / 50%)", [255, 0, 0, 128]),
            ("rgba(1, 2, 3, .5)", [1, 2, 3, 128]),
            ("hsl(120, 100%, 50%)", [0, 255, 0, 255]),
            ("hsla(240deg 100% 50% / 0.2)", [0, 0, 255, 51]),
            ("transparent", [0; 4]),
            ("rebeccapurple", [102, 51, 153, 255]),
        ] {
            assert_eq!(parse(text), Ok(color), "{text}");
        }
        for bad in [
            "rgb(",
            "rgb(1,2)",
            "rgba(0",
            "hsl(a,b,c)",
            "rgb(1,2,3",
            "url(x)",
        ] {
            assert!(parse(bad).unwrap_err().contains("such as rgb("), "{bad}");
        }
    }
}
