//! Colours as people write them: CSS names and hex digits.

/// Reads a colour: a CSS name, `transparent`, `#rgb`, `#rrggbb` or `#rrggbbaa`, in upper or lower
/// case, with or without the `#`.
///
/// # Errors
/// When it is none of these; the text says what it should be.
pub fn parse(text: &str) -> Result<[u8; 4], String> {
    let lower = text.trim().to_ascii_lowercase();
    match lower.as_str() {
        "transparent" => return Ok([0; 4]),
        // Newer than the list of names that palette has (SVG 1.1).
        "rebeccapurple" => return Ok([0x66, 0x33, 0x99, 0xff]),
        _ => {}
    }
    if let Some(color) = palette::named::from_str(&lower) {
        return Ok([color.red, color.green, color.blue, 255]);
    }
    hex(lower.strip_prefix('#').unwrap_or(&lower))
        .ok_or_else(|| "neither a CSS colour name nor #rgb, #rrggbb or #rrggbbaa".to_owned())
}

fn hex(digits: &str) -> Option<[u8; 4]> {
    if let Ok(rgb) = digits.parse::<palette::Srgb<u8>>() {
        return Some([rgb.red, rgb.green, rgb.blue, 255]);
    }
    let rgba = digits.parse::<palette::Srgba<u8>>().ok()?;
    Some([rgba.red, rgba.green, rgba.blue, rgba.alpha])
}
