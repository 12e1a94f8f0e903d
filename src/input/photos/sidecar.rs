//! Descriptions of photos by Google Photos: a JSON file beside each picture of a Takeout.
//!
//! Their names have changed over the years, are cut short, and number copies in another way than
//! pictures: `IMG_1.jpg.supplemental-metadata.json`, `IMG_1.jpg.json`,
//! `IMG_1.jpg.supplemental-meta.json`, and for `IMG_1(2).jpg` it is
//! `IMG_1.jpg.supplemental-metadata(2).json`. An edited picture has that of the one it was made of.

use std::io::{self, Read};
use std::path::Path;

use serde_json::Value;

use super::super::opened::Neighbours;
use super::{Photo, READER, Taken, described};
use crate::input::time;

/// What follows the name of a picture.
const SUFFIX: &str = ".supplemental-metadata";
const EXTENSION: &str = ".json";
/// How many characters of a name are left before its extension.
const LONGEST_STEM: usize = 46;
/// The longest description.
const LONGEST: u64 = 1 << 20;

/// Whether a file of this name describes a picture.
pub(in crate::input) fn is_sidecar(path: &Path) -> bool {
    let Some(stem) = path
        .file_name()
        .and_then(|name| name.to_str()?.strip_suffix(EXTENSION))
    else {
        return false;
    };
    let mut parts = stem.split('.').skip(1);
    parts.any(|part| {
        let part = part.split('(').next().unwrap_or(part).to_ascii_lowercase();
        READER.extensions.contains(&part.as_str())
    })
}

/// What the description beside a picture says.
pub(super) fn beside(neighbours: &Neighbours) -> io::Result<Option<Photo>> {
    let Some(name) = neighbours.name() else {
        return Ok(None);
    };
    for name in names(name) {
        let Some(found) = neighbours.open(&name)? else {
            continue;
        };
        let mut text = Vec::new();
        found.stream().take(LONGEST).read_to_end(&mut text)?;
        let Ok(description) = serde_json::from_slice(&text) else {
            continue;
        };
        return Ok(Some(photo(&description)));
    }
    Ok(None)
}

/// What the description of a picture may be called.
fn names(picture: &str) -> Vec<String> {
    let unedited = picture.replacen("-edited", "", 1);
    let pictures = [picture, &unedited];
    let of = |picture: &str| {
        let (plain, number) = numbered(picture);
        let cut = |stem: &str| stem.chars().take(LONGEST_STEM).collect::<String>();
        [
            format!("{}{number}{EXTENSION}", cut(&format!("{plain}{SUFFIX}"))),
            format!("{}{number}{EXTENSION}", cut(&plain)),
            format!("{}{EXTENSION}", cut(&format!("{picture}{SUFFIX}"))),
            format!("{}{EXTENSION}", cut(picture)),
        ]
    };
    let mut names: Vec<String> = pictures.into_iter().flat_map(of).collect();
    names.dedup();
    names
}

/// The name of a copy without its number, and the number: `a.jpg` and `(2)` for `a(2).jpg`.
fn numbered(picture: &str) -> (String, String) {
    let split = || {
        let (stem, extension) = picture.rsplit_once('.')?;
        let (plain, number) = stem.strip_suffix(')')?.rsplit_once('(')?;
        let is_number = number.parse::<u32>().is_ok();
        is_number.then(|| (format!("{plain}.{extension}"), format!("({number})")))
    };
    split().unwrap_or_else(|| (picture.to_owned(), String::new()))
}

fn photo(description: &Value) -> Photo {
    let place = |key| {
        let data = description.get(key)?;
        described(data["latitude"].as_f64()?, data["longitude"].as_f64()?)
    };
    let moment = &description["photoTakenTime"]["timestamp"];
    let moment = moment
        .as_str()
        .and_then(|text| time::parse(text.as_bytes()));
    Photo {
        place: place("geoData").or_else(|| place("geoDataExif")),
        taken: moment.map(Taken::At),
        fault: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptions_have_many_names() {
        assert!(names("a.jpg").contains(&"a.jpg.supplemental-metadata.json".to_owned()));
        assert!(names("a.jpg").contains(&"a.jpg.json".to_owned()));
        assert!(names("a(2).jpg").contains(&"a.jpg.supplemental-metadata(2).json".to_owned()));
        assert!(names("a-edited.jpg").contains(&"a.jpg.supplemental-metadata.json".to_owned()));
        let long = "PXL_20240102_030405678.NIGHT.jpg";
        assert!(names(long).contains(&format!("{long}.supplemental-.json")));
        for (name, is) in [
            ("IMG.jpg.supplemental-metadata.json", true),
            ("IMG.HEIC.json", true),
            ("IMG.jpg(1).json", true),
            ("Records.json", false),
            ("jpg.json", false),
            ("a.jpg", false),
        ] {
            assert_eq!(is_sidecar(Path::new(name)), is, "{name}");
        }
    }
}
