//! Fonts: the embedded one, one that the user names, and those of the system for characters which
//! neither has.
//!
//! System fonts are looked for in the folders that fontconfig, macOS and Windows have them in, only
//! once a character is missing, and in the order of their names, so that the same machine gives the
//! same picture. Characters are set one by one from left to right: what joins letters or turns
//! lines (shaping, Unicode's bidirectional algorithm) is not done, and told.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, Mutex, PoisonError};

use ab_glyph::{Font, FontArc, FontVec};

use crate::error::{Error, Location, Result};

/// `DejaVu` Sans with Latin, Greek and Cyrillic letters; its licence lies beside it.
const FONT: &[u8] = include_bytes!("DejaVuSans.ttf");
/// Larger files are no fonts of letters.
const LARGEST: u64 = 64 << 20;
/// How deep folders of fonts lie in one another.
const DEEPEST: usize = 5;

/// The fonts of this process. Letters are found by the words of one picture after the other, and
/// stay.
struct Known {
    own: FontArc,
    named: Option<FontArc>,
    others: HashMap<char, Option<FontArc>>,
    system: Option<Vec<FontArc>>,
}

static KNOWN: LazyLock<Mutex<Known>> = LazyLock::new(|| {
    let own = FontArc::try_from_slice(FONT);
    Mutex::new(Known {
        own: own.unwrap_or_else(|_| unreachable!("a test reads the embedded font")),
        named: None,
        others: HashMap::new(),
        system: None,
    })
});

/// Takes letters from a font file first.
///
/// # Errors
/// When it cannot be read, or is no font.
pub fn prefer(path: &Path) -> Result<()> {
    let error = |fact: String| Error::input(Location::file(path), fact);
    let bytes = std::fs::read(path).map_err(|fact| error(format!("cannot be read: {fact}")))?;
    let font = FontVec::try_from_vec_and_index(bytes, 0);
    let font = font.map_err(|_| error("this is no font (.ttf, .otf or .ttc)".to_owned()))?;
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    known.named = Some(FontArc::new(font));
    Ok(())
}

/// The embedded font.
pub(super) fn embedded() -> FontArc {
    let known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    known.own.clone()
}

/// Whether letters are taken from another font first.
pub(super) fn is_named() -> bool {
    let known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    known.named.is_some()
}

/// The font that a letter is taken from: the embedded one, with its box, where no other has it.
pub(super) fn of(letter: char) -> FontArc {
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let known = &mut *known;
    let first = known.named.iter().chain([&known.own]);
    if let Some(font) = first.into_iter().find(|font| has(font, letter)) {
        return font.clone();
    }
    other(known, letter).unwrap_or_else(|| known.own.clone())
}

/// The characters of a text that no font has, each once.
#[must_use]
pub fn missing(text: &str) -> String {
    let mut missing = String::new();
    for letter in text
        .chars()
        .filter(|letter| !letter.is_whitespace() && !letter.is_control())
    {
        if !has(&of(letter), letter) && !missing.contains(letter) {
            missing.push(letter);
        }
    }
    missing
}

/// Whether a text has letters that are joined, stacked or written from right to left.
#[must_use]
pub fn is_shaped(text: &str) -> bool {
    text.chars().any(|letter| {
        matches!(letter,
            '\u{590}'..='\u{8ff}' | '\u{900}'..='\u{dff}' | '\u{f00}'..='\u{109f}' | '\u{1780}'..='\u{17ff}'
            | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{feff}')
    })
}

fn other(known: &mut Known, letter: char) -> Option<FontArc> {
    if let Some(found) = known.others.get(&letter) {
        return found.clone();
    }
    let system = known.system.get_or_insert_with(system);
    let found = system.iter().find(|font| has(font, letter)).cloned();
    known.others.insert(letter, found.clone());
    found
}

/// Blanks have no outline, and are none to look for.
fn has(font: &FontArc, letter: char) -> bool {
    let glyph = font.glyph_id(letter);
    letter.is_whitespace() || glyph.0 != 0 && font.outline(glyph).is_some()
}

fn system() -> Vec<FontArc> {
    let mut files: Vec<PathBuf> = folders()
        .into_iter()
        .flat_map(|folder| walkdir::WalkDir::new(folder).max_depth(DEEPEST))
        .flatten()
        .filter(|entry| {
            entry
                .metadata()
                .is_ok_and(|file| file.is_file() && file.len() <= LARGEST)
        })
        .map(walkdir::DirEntry::into_path)
        .filter(|path| is_font(path))
        .collect();
    files.sort();
    files.dedup();
    let open = |path: PathBuf| {
        let font = FontVec::try_from_vec_and_index(std::fs::read(path).ok()?, 0);
        font.ok().map(FontArc::new)
    };
    files.into_iter().filter_map(open).collect()
}

fn is_font(path: &Path) -> bool {
    let extension = path.extension().unwrap_or_default().to_ascii_lowercase();
    ["ttf", "otf", "ttc", "otc"]
        .iter()
        .any(|known| extension == *known)
}

fn folders() -> Vec<PathBuf> {
    let of_all = [
        "/usr/share/fonts",
        "/usr/local/share/fonts",
        "/System/Library/Fonts",
        "/Library/Fonts",
        "C:\\Windows\\Fonts",
    ];
    let of_user = [
        dirs::font_dir(),
        dirs::home_dir().map(|home| home.join(".fonts")),
    ];
    let of_all = of_all.into_iter().map(PathBuf::from);
    of_all.chain(of_user.into_iter().flatten()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_font_has_is_missing_once() {
        assert_eq!(missing("Wärme, θερμότητα, тепло"), "");
        // Private use, which no font of a system has by chance.
        assert_eq!(missing("a\u{f8fff}b\u{f8fff}"), "\u{f8fff}");
        assert!(is_shaped("خريطة") && is_shaped("हिन्दी") && !is_shaped("東京 θ"));
    }
}
