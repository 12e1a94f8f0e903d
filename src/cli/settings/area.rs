//! The parts of the earth, or of a plane, that options name. Only the projection says what their
//! numbers may be, so they are read after all other values.

use heatmap::geo::{Bounds, Coord, Crs, Extent};
use heatmap::product::framing::Area;

/// `--bbox`: what a text means where places are degrees, or x and y of a plane.
pub fn area(text: &str, plane: bool) -> Result<Area, String> {
    if let Some(file) = text.strip_prefix('@') {
        return Ok(Area::Of(file.into()));
    }
    let no_box = if plane { NO_PLAIN_BOX } else { NO_BOX };
    let [west, south, east, north] = four(text).ok_or(no_box)?;
    let area = |east| {
        Area::Box(Bounds {
            south,
            west,
            north,
            east,
        })
    };
    if plane {
        let corners = (place(true, south, west)?, place(true, north, east)?);
        let sound = corners.0.y() < corners.1.y() && corners.0.x() < corners.1.x();
        return sound.then(|| area(east)).ok_or_else(|| no_box.to_owned());
    }
    place(false, south, west)?;
    place(false, north, east.min(180.0))?;
    // Across 180° west is the larger number, or east is beyond it.
    let east = if east < west { east + 360.0 } else { east };
    let sound = south < north && west < east && east - west <= 360.0;
    sound.then(|| area(east)).ok_or_else(|| no_box.to_owned())
}

fn place(plane: bool, latitude: f64, longitude: f64) -> Result<Coord, String> {
    let place = if plane {
        Crs::Plane { y_down: false }.place(longitude, latitude)
    } else {
        Coord::lat_lon(latitude, longitude)
    };
    place.map_err(|fact| fact.to_string())
}

const NO_BOX: &str = "not four numbers, WEST,SOUTH,EAST,NORTH in degrees, of a box that is not empty, nor @ and a file";

const NO_PLAIN_BOX: &str =
    "not four numbers, XMIN,YMIN,XMAX,YMAX, of a box that is not empty, nor @ and a file";

/// Four numbers with commas between them.
pub fn four(text: &str) -> Option<[f64; 4]> {
    let numbers: Option<Vec<f64>> = text
        .split(',')
        .map(|part| part.trim().parse().ok())
        .collect();
    numbers?.try_into().ok()
}

/// `SOUTH,WEST,NORTH,EAST`, or of a plane `YMIN,XMIN,YMAX,XMAX`
pub fn extent(text: &str, plane: bool) -> Result<Extent, String> {
    let names = if plane {
        "YMIN,XMIN,YMAX,XMAX"
    } else {
        "SOUTH,WEST,NORTH,EAST in degrees"
    };
    let [south, west, north, east] =
        four(text).ok_or_else(|| format!("not four numbers: {names}"))?;
    // Any two corners, as heatmap.py takes them.
    place(plane, south, west)?;
    place(plane, north, east)?;
    let (low, high) = (south.min(north), south.max(north));
    let (left, right) = (west.min(east), west.max(east));
    let extent = Extent::new(place(plane, low, left)?, place(plane, high, right)?);
    extent.ok_or_else(|| format!("not four numbers: {names}"))
}

/// What may be meant by an extent whose west is larger than its east, and is not.
pub fn across(text: &str, plane: bool) -> Option<String> {
    let [south, west, north, east] = four(text)?;
    let is_odd = !plane && west > east && west - east > 180.0;
    is_odd.then(|| {
        format!(
            "the extent is taken from {east} to {west}; across 180° it is --bbox={west},{},{east},{}",
            south.min(north),
            south.max(north)
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extents_are_four_numbers_in_order() {
        assert_eq!(
            extent("-85,-180,85,180", false).unwrap().to_string(),
            "-85,-180,85,180"
        );
        for any in ["-10,0,10,5", "10,0,-10,5", "10,5,-10,0", "-10,5,10,0"] {
            assert_eq!(extent(any, false).unwrap().to_string(), "-10,0,10,5");
        }
        assert!(across("10,0,-10,5", false).is_none());
        let said = across("-20,175,-15,-177", false).unwrap();
        assert!(said.ends_with("--bbox=175,-20,-177,-15"), "{said}");
        for bad in ["", "1,2,3", "1,2,3,4,5", "a,b,c,d", "0,0,91,0", "0,0,nan,1"] {
            assert!(extent(bad, false).is_err(), "{bad}");
        }
    }

    #[test]
    fn on_a_plane_extents_and_boxes_go_farther_than_degrees() {
        assert_eq!(
            extent("-1e9,0,1e9,1920", true).unwrap().to_string(),
            "-1000000000,0,1000000000,1920"
        );
        assert_eq!(extent("0,5,10,-5", true).unwrap().to_string(), "0,-5,10,5");
        let bounds = Bounds {
            south: -300.0,
            west: 500.0,
            north: 2.0,
            east: 1e6,
        };
        assert_eq!(area("500,-300,1e6,2", true), Ok(Area::Box(bounds)));
        assert!(area("500,-300,1e6,2", false).is_err());
        for bad in ["5,0,5,1", "5,0,4,1", "0,0,1", "0,0,nan,1", "0,0,2e12,1"] {
            assert!(area(bad, true).is_err(), "{bad}");
        }
        for bad in ["", "0,0,1", "0,0,inf,1", "0,0,2e12,1"] {
            assert!(extent(bad, true).is_err(), "{bad}");
        }
    }
}
