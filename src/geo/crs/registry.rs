//! The registry of EPSG: codes, names, parameters and texts of some six thousand systems.
//!
//! They are those of the crate `crs-definitions`, which has them from GDAL; what it has no
//! parameters for is unknown here.

use crs_definitions::Def;

/// What the registry says of a code.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub(super) code: u16,
    /// The parameters of PROJ.
    pub(super) parameters: &'static str,
    /// Well-known text of version 1, in the spelling of OGC.
    pub(super) wkt: &'static str,
}

/// Names in texts of ESRI that are no spelling of EPSG's, and the codes of the systems meant.
const ALIASES: [(&str, u16); 2] = [("RT1990", 4124), ("PROVISIONALSAMERICAN1956", 4248)];
/// Shifts of the registry that are off by some 10 m, and those that PROJ prefers: transformations
/// 5239 (S-JTSK) and 6992 (Israel 1993) of EPSG.
const BETTER: [(&str, &str); 2] = [
    (
        "+towgs84=589,76,480,0,0,0,0",
        "+towgs84=572.213,85.334,461.94,4.9732,1.529,5.2484,3.5378",
    ),
    (
        "+towgs84=-48,55,52,0,0,0,0",
        "+towgs84=23.772,17.49,17.859,-0.3132,-1.85274,1.67299,-5.4262",
    ),
];
/// Where the registry has geographic systems.
const GEOGRAPHIC: std::ops::Range<u16> = 4001..5000;

/// Parameters with the better shift of their datum, if there is one.
pub(super) fn shifted(parameters: &str) -> String {
    let of = |(known, better): &(&str, &str)| {
        parameters
            .contains(known)
            .then(|| parameters.replace(known, better))
    };
    BETTER
        .iter()
        .find_map(of)
        .unwrap_or_else(|| parameters.to_owned())
}

/// The entry of a code.
pub(super) fn entry(code: u16) -> Option<Entry> {
    let known = crs_definitions::from_code(code).filter(|def| def.proj4.starts_with('+'))?;
    let Def { code, proj4, wkt } = known;
    Some(Entry {
        code,
        parameters: proj4,
        wkt,
    })
}

impl Entry {
    /// Its name: the first one in its text.
    pub(super) fn name(&self) -> &'static str {
        self.wkt.split('"').nth(1).unwrap_or_default()
    }
}

/// The parameters of the geographic system of which a text names the datum, or the system itself:
/// texts of ESRI name datums, but do not say how they lie to others.
pub(super) fn on_datum(text: &str) -> Option<&'static str> {
    let names = keys(text);
    let is_one_of = |entry: &Entry| {
        let pairs = names.iter().zip(keys(entry.wkt));
        entry.parameters.starts_with("+proj=longlat")
            && pairs.into_iter().any(|(a, b)| a.is_some() && *a == b)
    };
    let mut aliases = ALIASES.into_iter();
    let alias = aliases.find(|(name, _)| names.iter().flatten().any(|known| known == name));
    let known = match alias {
        Some((_, code)) => entry(code),
        None => GEOGRAPHIC.filter_map(entry).find(is_one_of),
    };
    known.map(|entry| entry.parameters)
}

/// The names of the datum and of the geographic system in a text.
fn keys(text: &str) -> [Option<String>; 2] {
    let named = |words: &[&str]| {
        let (_, rest) = words.iter().find_map(|word| text.split_once(word))?;
        rest.split('"').next().map(key)
    };
    [
        named(&["DATUM[\"", "ENSEMBLE[\""]),
        named(&["GEOGCS[\"", "GEOGCRS[\"", "GEODCRS[\""]),
    ]
}

/// A name without what ESRI and EPSG disagree on.
fn key(name: &str) -> String {
    let name = ["D_", "GCS_"]
        .into_iter()
        .find_map(|before| name.strip_prefix(before))
        .unwrap_or(name);
    let letters = name.chars().filter(char::is_ascii_alphanumeric);
    let name = letters.collect::<String>().to_ascii_uppercase();
    name.replace("GEODETIC", "").replace("DATUM", "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_have_names_and_parameters() {
        let rd = entry(28992).unwrap();
        assert_eq!(rd.name(), "Amersfoort / RD New");
        assert!(rd.parameters.starts_with("+proj=sterea "));
        assert!(entry(1).is_none() && entry(65000).is_none());
    }

    #[test]
    fn datums_of_esri_are_those_of_epsg() {
        for (esri, shift) in [
            (
                "GEOGCS[\"GCS_OSGB_1936\",DATUM[\"D_OSGB_1936\"",
                "+datum=OSGB36",
            ),
            (
                "GEOGCS[\"GCS_Amersfoort\",DATUM[\"D_Amersfoort\"",
                "+towgs84=565.2369,",
            ),
            (
                "GEOGCS[\"GCS_European_1950\",DATUM[\"D_European_1950\"",
                "+towgs84=-87,",
            ),
            (
                "GEOGCS[\"GCS_Belge_1972\",DATUM[\"D_Belge_1972\"",
                "+towgs84=-106",
            ),
            ("GEOGCS[\"GCS_MGI\",DATUM[\"D_MGI\"", "+datum=hermannskogel"),
            ("GEOGCS[\"GCS_RT_1990\",DATUM[\"D_RT_1990\"", "+towgs84=414"),
            (
                "GEOGCS[\"GCS_Australian_1966\",DATUM[\"D_Australian_1966\"",
                "+towgs84=-117",
            ),
            (
                "GEOGCS[\"GCS_North_American_1927\",DATUM[\"D_North_American_1927\"",
                "+datum=NAD27",
            ),
            ("GEOGCS[\"GCS_S_JTSK\",DATUM[\"D_S_JTSK\"", "+towgs84=589,"),
            ("GEOGCS[\"GCS_Tokyo\",DATUM[\"D_Tokyo\"", "+towgs84=-146"),
            (
                "GEOGCS[\"DHDN\",DATUM[\"D_Deutsches_Hauptdreiecksnetz\"",
                "+datum=potsdam",
            ),
        ] {
            let known = on_datum(esri).unwrap_or_default();
            assert!(known.contains(shift), "{esri}: {known}");
        }
        assert_eq!(
            on_datum("GEOGCS[\"GCS_Moon_2000\",DATUM[\"D_Moon_2000\""),
            None
        );
        assert_eq!(on_datum("LOCAL_CS[\"x\"]"), None);
    }
}
