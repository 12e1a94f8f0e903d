//! The page of a service: a Leaflet map of its tiles, and what the page needs, all from the service
//! itself.
//!
//! Leaflet 1.9.4 (BSD-2-Clause) is that of pages in files; leaflet.heat 0.2.0 with simpleheat
//! (BSD-2-Clause) draws points in the browser. Street maps come from the web, if the reader does
//! not switch them off.

use crate::encode::html::{LEAFLET_CSS, LEAFLET_JS, LEAFLET_LICENCE};

/// What the page may do: run and look like what comes from the service, and show pictures from it
/// and from `OpenStreetMap`.
pub const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self' data: https://tile.openstreetmap.org; connect-src 'self'; base-uri 'none'; \
    form-action 'none'; frame-ancestors 'self'";

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

/// The page, by no name, and what belongs to it; each with its type.
pub fn asset(name: &str) -> Option<(String, &'static str)> {
    let (text, kind) = match name {
        "" => (include_str!("page.html"), HTML),
        "page.css" => (include_str!("page.css"), CSS),
        "page.js" => (include_str!("page.js"), SCRIPT),
        "leaflet.css" => (LEAFLET_CSS, CSS),
        "leaflet.js" => (LEAFLET_JS, SCRIPT),
        "leaflet-heat.js" => (include_str!("leaflet-heat.js"), SCRIPT),
        "licences.txt" => return Some((licences(), "text/plain; charset=utf-8")),
        _ => return None,
    };
    Some((text.to_owned(), kind))
}

fn licences() -> String {
    let heat = include_str!("leaflet-heat.LICENSE.txt");
    format!("Leaflet 1.9.4\n\n{LEAFLET_LICENCE}\n\nleaflet.heat 0.2.0 and simpleheat\n\n{heat}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_finds_all_that_it_names_and_has_no_script_of_its_own() {
        let (page, _) = asset("").unwrap();
        let names = page.split("\"assets/").skip(1);
        let names: Vec<&str> = names.filter_map(|rest| rest.split('"').next()).collect();
        assert!(names.len() >= 5);
        for name in names {
            assert!(asset(name).is_some(), "{name}");
        }
        // The policy would not run it.
        assert!(
            !page.contains("<script>") && !page.contains("style=") && !page.contains(" onclick")
        );
        assert!(asset("../mod.rs").is_none());
    }
}
