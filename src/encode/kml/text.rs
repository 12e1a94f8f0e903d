//! The words of KML. What comes from outside is escaped here.

use quick_xml::escape::escape;

use crate::geo::{Bounds, Crs};

/// Foot of a document.
pub const FOOT: &str = "</Document>\n</kml>\n";
/// Range in metres from which the whole earth is seen.
const FARTHEST: f64 = 15_000_000.0;

/// Head of a document: its name, and where to look at.
pub fn head(name: &str, bounds: &Bounds) -> String {
    let (latitude, longitude) = (
        f64::midpoint(bounds.south, bounds.north),
        f64::midpoint(bounds.west, bounds.east),
    );
    let longitude = (longitude + 180.0).rem_euclid(360.0) - 180.0;
    let metres = Crs::WebMercator.metres();
    let high = (bounds.north - bounds.south) * metres;
    let wide = (bounds.east - bounds.west) * metres * latitude.to_radians().cos();
    let range = (high.max(wide) * 1.2).min(FARTHEST);
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<kml xmlns=\"http://www.opengis.net/kml/2.2\">\n<Document>\n\
        <name>{}</name>\n<LookAt><longitude>{longitude}</longitude><latitude>{latitude}</latitude><range>{range}</range></LookAt>\n",
        clean(name)
    )
}

/// A picture on the ground.
pub struct Ground<'a> {
    pub name: &'a str,
    pub href: &'a str,
    /// From when to when it is to be seen, as ISO 8601 writes it.
    pub time: Option<(&'a str, &'a str)>,
    /// Larger ones lie on top.
    pub order: u32,
}

impl Ground<'_> {
    pub fn element(&self, bounds: &Bounds) -> String {
        let time = self.time.map(|(begin, end)| {
            format!(
                "<TimeSpan><begin>{}</begin><end>{}</end></TimeSpan>\n",
                clean(begin),
                clean(end)
            )
        });
        let Bounds {
            south,
            west,
            north,
            east,
        } = bounds;
        format!(
            "<GroundOverlay>\n<name>{}</name>\n{}<drawOrder>{}</drawOrder>\n<Icon><href>{}</href></Icon>\n<LatLonBox>\
            <north>{north}</north><south>{south}</south><east>{east}</east><west>{west}</west></LatLonBox>\n</GroundOverlay>\n",
            clean(self.name),
            time.unwrap_or_default(),
            self.order,
            clean(self.href),
        )
    }
}

/// A picture that stays in the lower right corner of the screen, in its own size.
pub fn screen(href: &str) -> String {
    format!(
        "<ScreenOverlay>\n<name>Legend</name>\n<Icon><href>{}</href></Icon>\n\
        <overlayXY x=\"1\" y=\"0\" xunits=\"fraction\" yunits=\"fraction\"/>\n\
        <screenXY x=\"0.98\" y=\"0.06\" xunits=\"fraction\" yunits=\"fraction\"/>\n\
        <size x=\"0\" y=\"0\" xunits=\"pixels\" yunits=\"pixels\"/>\n</ScreenOverlay>\n",
        clean(href)
    )
}

/// Text escaped for XML, in which control characters cannot even be escaped.
pub fn clean(text: &str) -> String {
    let allowed = |c: char| !c.is_control() && !matches!(c, '\u{fffe}' | '\u{ffff}');
    let kept: String = text
        .chars()
        .map(|c| if allowed(c) { c } else { ' ' })
        .collect();
    escape(kept).into_owned()
}
