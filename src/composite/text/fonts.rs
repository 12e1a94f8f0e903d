//! Fonts: the embedded one, one that the user names, and those of the system for characters which
//! neither has.
//!
//! System fonts are looked for in the folders that fontconfig, macOS and Windows have them in, only
//! once a character is missing. Those that are like the embedded one come first (upright, regular,
//! without serifs), then the order is that of their names, so that the same machine gives the same
//! picture. What characters they have is kept; the fonts themselves are opened when they are drawn
//! with.

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, Mutex, MutexGuard, OnceLock, PoisonError};

use harfrust::font::attribute::{Style, Weight, Width};
use harfrust::{Font, GlyphId};
use rayon::prelude::*;

use crate::error::{Error, Location, Result};

/// `DejaVu` Sans with Latin, Greek and Cyrillic letters; its licence lies beside it.
const FONT: &[u8] = include_bytes!("DejaVuSans.ttf");
/// Larger files are no fonts of letters.
const LARGEST: u64 = 64 << 20;
/// How deep folders of fonts lie in one another.
const DEEPEST: usize = 5;

/// The fonts of this process.
struct Known {
    own: Font,
    named: Option<Font>,
    system: Option<Vec<Installed>>,
}

/// A font of the system.
struct Installed {
    path: PathBuf,
    /// Whether it is slanted, how far it is from regular, whether it is narrow or wide, and whether
    /// it has serifs: the less, the more it is like the embedded one.
    style: (bool, u32, bool, bool),
    letters: Vec<RangeInclusive<u32>>,
    /// Opened when it was first drawn with; nothing inside when it is gone since.
    font: OnceLock<Option<Font>>,
}

static KNOWN: LazyLock<Mutex<Known>> = LazyLock::new(|| {
    let own = Font::new(FONT, 0);
    Mutex::new(Known {
        own: own.unwrap_or_else(|| unreachable!("a test reads the embedded font")),
        named: None,
        system: None,
    })
});

fn known() -> MutexGuard<'static, Known> {
    KNOWN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Takes letters from a font file first.
///
/// # Errors
/// When it cannot be read, or is no font.
pub fn prefer(path: &Path) -> Result<()> {
    let error = |fact: String| Error::input(Location::file(path), fact);
    let bytes = std::fs::read(path).map_err(|fact| error(format!("cannot be read: {fact}")))?;
    let font = Font::new(bytes, 0).filter(|font| !font.outline_glyphs().is_empty());
    let font = font.ok_or_else(|| error("this is no font (.ttf, .otf or .ttc)".to_owned()))?;
    known().named = Some(font);
    Ok(())
}

/// The embedded font.
pub(super) fn embedded() -> Font {
    known().own.clone()
}

/// The first font that has all characters of a text. What was used before it is asked before those
/// of the system, so that neighbours look alike.
pub(super) fn of(text: &str, before: Option<&Font>) -> Option<Font> {
    let mut known = known();
    let known = &mut *known;
    let mut near = known.named.iter().chain([&known.own]).chain(before);
    if let Some(font) = near.find(|font| has(font, text)) {
        return Some(font.clone());
    }
    let system = known.system.get_or_insert_with(system);
    let mut able = system.iter().filter(|font| font.may_have(text));
    able.find_map(|installed| installed.open().filter(|font| has(font, text)).cloned())
}

/// Whether a font draws all characters of a text.
pub(super) fn has(font: &Font, text: &str) -> bool {
    let charmap = font.charmap();
    let mut drawn = text.chars().filter(|letter| is_drawn(*letter));
    drawn.all(|letter| {
        let glyph = charmap.map_unicode(letter);
        glyph.is_some_and(|glyph| glyph != GlyphId::NOTDEF)
    })
}

/// The em of all fonts, and how far letters reach above the baseline, in lines `size` pixels high:
/// as the embedded font has it.
pub(super) fn measures(size: f32) -> (f32, f32) {
    let font = embedded();
    let metrics = font.metrics();
    let line = metrics.h_line().unwrap_or_default();
    let (ascender, descender) = (line.ascender.to_f32(), line.descender.to_f32());
    let unit = size / (ascender - descender);
    (unit * f32::from(metrics.units_per_em), unit * ascender)
}

/// Whether a character has ink. Blanks have none, nor what only says how others are set.
fn is_drawn(letter: char) -> bool {
    let is_invisible = matches!(letter,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{e0000}'..='\u{e0fff}');
    !is_invisible && !letter.is_whitespace()
}

impl Installed {
    fn look(path: PathBuf) -> Option<Self> {
        let font = open(&path)?;
        let kind = font.default_attributes();
        let from_regular = (kind.weight.value() - Weight::NORMAL.value()).abs();
        let style = (
            kind.style != Style::Normal,
            from_regular as u32,
            kind.width != Width::NORMAL,
            !path.file_name()?.to_string_lossy().contains("Sans"),
        );
        let letters = runs(font.charmap().unicodes().map(|(letter, _)| letter));
        Some(Self {
            path,
            style,
            letters,
            font: OnceLock::new(),
        })
    }

    fn may_have(&self, text: &str) -> bool {
        let has = |letter: u32| {
            let after = self.letters.partition_point(|run| *run.start() <= letter);
            after > 0 && self.letters[after - 1].contains(&letter)
        };
        let mut drawn = text.chars().filter(|letter| is_drawn(*letter));
        drawn.all(|letter| has(letter.into()))
    }

    fn open(&self) -> Option<&Font> {
        self.font.get_or_init(|| open(&self.path)).as_ref()
    }
}

fn open(path: &Path) -> Option<Font> {
    Font::new(std::fs::read(path).ok()?, 0).filter(has_outlines)
}

/// Whether letters can be drawn in one colour: those of emoji fonts are pictures.
fn has_outlines(font: &Font) -> bool {
    !font.outline_glyphs().is_empty() && font.color_glyphs().is_empty()
}

/// Numbers as runs without a gap.
fn runs(numbers: impl Iterator<Item = u32>) -> Vec<RangeInclusive<u32>> {
    let mut numbers: Vec<u32> = numbers.collect();
    numbers.sort_unstable();
    numbers.dedup();
    let runs = numbers.chunk_by(|a, b| a + 1 == *b);
    runs.map(|run| run[0]..=run[run.len() - 1]).collect()
}

fn system() -> Vec<Installed> {
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
    let mut fonts: Vec<Installed> = files.into_par_iter().filter_map(Installed::look).collect();
    fonts.sort_by_key(|font| font.style);
    fonts
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
