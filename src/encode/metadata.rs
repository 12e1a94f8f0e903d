//! Metadata of a picture: for scripts as JSON, for people as lines.

use std::io::{self, Write};

use serde_json::{Map, Value, json};

use crate::geo::{Bounds, Radius, View};

/// Facts about a picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Metadata {
    /// Where it lies.
    pub place: View,
    /// The least heat that anything has, if there is any.
    pub minimum: Option<f64>,
    /// The largest heat, if there is any.
    pub maximum: Option<f64>,
    /// How far the heat of a point reaches, if it was drawn with one.
    pub radius: Option<Radius>,
    /// What each further heat counted in proportion to the next larger one, if it was spread.
    pub decay: Option<f64>,
    /// How it fell off, if it was spread.
    pub kernel: Option<String>,
    /// Which pass over the data all this is of, counted from 1, where there are several.
    pub pass: Option<usize>,
    /// What it is measured in: `heat`, or such as `per km²`.
    pub unit: String,
    /// When the first and the last frame of a film begin, where they have times.
    pub moments: Option<(String, String)>,
    /// What was counted while reading, in the order in which it is to be told.
    pub counts: Vec<Count>,
    /// What was read of each file, where that is of interest; in JSON alone.
    pub files: Option<Value>,
}

/// The unit of heat as it is.
pub const HEAT: &str = "heat";

/// A number of things of a kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Count {
    /// What they are, in words: `points read`. In JSON blanks become underscores.
    pub what: String,
    /// How many of them there are.
    pub number: u64,
}

impl Metadata {
    /// As JSON: an object whose `bounds` (`south`, `west`, `north`, `east`, in degrees, the
    /// picture's outer edges) are what web maps want to know. What is not known is null, and so is
    /// whatever means the earth where the picture is one of a plain plane.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let (place, size) = (&self.place, self.place.size());
        let epsg = place.crs().epsg();
        let Bounds {
            south,
            west,
            north,
            east,
        } = place.bounds();
        let bounds = json!({ "south": south, "west": west, "north": north, "east": east });
        let ([left, bottom, right, top], (wide, high)) = (place.edges(), place.transform().cell());
        let counts: Map<String, Value> = self
            .counts
            .iter()
            .map(|count| (count.what.replace(' ', "_"), count.number.into()))
            .collect();
        let (pixels, metres) = match self.radius {
            Some(Radius::Pixels(pixels)) => (Some(pixels), None),
            Some(Radius::Metres(metres)) => (None, Some(metres)),
            None => (None, None),
        };
        let mut known = json!({
            "bounds": epsg.map(|_| bounds),
            "size": { "width": size.width(), "height": size.height() },
            "projection": place.crs().projection(),
            "crs": epsg.map(|epsg| format!("EPSG:{epsg}")),
            "edges": { "left": left, "bottom": bottom, "right": right, "top": top },
            "pixel": { "width": wide, "height": high },
            "metres_per_pixel": epsg.map(|_| self.units_per_pixel()),
            "minimum": self.minimum,
            "maximum": self.maximum,
            "unit": self.unit,
            "pass": self.pass,
            "kernel": self.kernel,
            "decay": self.decay,
            "radius": pixels,
            "radius_metres": metres,
            "counts": counts,
        });
        if let Some((first, last)) = &self.moments {
            known["first_frame"] = json!(first);
            known["last_frame"] = json!(last);
        }
        if let Some(files) = &self.files {
            known["files"] = files.clone();
        }
        known
    }

    /// Writes it as JSON.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn write_json(&self, writer: &mut dyn Write) -> io::Result<()> {
        serde_json::to_writer_pretty(&mut *writer, &self.to_json())?;
        writeln!(writer)
    }

    /// As lines for people: what it is, and then that.
    #[must_use]
    pub fn lines(&self) -> Vec<(String, String)> {
        let Bounds {
            south,
            west,
            north,
            east,
        } = self.place.bounds();
        let crs = self.place.crs();
        let (epsg, digits, unit) = match crs.epsg() {
            Some(epsg) => (
                format!(" (EPSG:{epsg})"),
                6,
                if crs.is_separable() {
                    "metres per pixel at the equator"
                } else {
                    "metres per pixel"
                },
            ),
            None => (
                String::new(),
                digits_of(self.place.transform().pixel.0),
                "units per pixel",
            ),
        };
        let heat = |heat: Option<f64>| {
            heat.map_or_else(|| "none".to_owned(), |heat| readable(heat as f32))
        };
        let mut lines = vec![
            ("size".to_owned(), format!("{} pixels", self.place.size())),
            // As -e takes it.
            (
                "extent".to_owned(),
                [south, west, north, east]
                    .map(|side| format!("{side:.digits$}"))
                    .join(","),
            ),
            ("projection".to_owned(), format!("{crs}{epsg}")),
            (
                "scale".to_owned(),
                format!("{} {unit}", short(self.units_per_pixel())),
            ),
            ("least heat".to_owned(), heat(self.minimum)),
            ("largest heat".to_owned(), heat(self.maximum)),
        ];
        lines.extend(self.pass.map(|pass| ("pass".to_owned(), pass.to_string())));
        if self.unit != HEAT {
            lines.push(("unit".to_owned(), self.unit.clone()));
        }
        lines.extend(
            self.kernel
                .clone()
                .map(|kernel| ("kernel".to_owned(), kernel)),
        );
        lines.extend(
            self.decay
                .map(|decay| ("decay".to_owned(), decay.to_string())),
        );
        lines.extend(self.radius.map(|radius| {
            let unit = if matches!(radius, Radius::Pixels(_)) {
                " pixels"
            } else {
                ""
            };
            ("radius".to_owned(), format!("{radius}{unit}"))
        }));
        if let Some((first, last)) = &self.moments {
            lines.push(("first frame".to_owned(), first.clone()));
            lines.push(("last frame".to_owned(), last.clone()));
        }
        lines.extend(
            self.counts
                .iter()
                .map(|count| (count.what.clone(), count.number.to_string())),
        );
        lines
    }

    /// What the numbers are, in a line of ASCII.
    #[must_use]
    pub fn what(&self) -> String {
        let unit = self.unit.replace('²', "2");
        let kernel = self
            .kernel
            .as_ref()
            .map(|kernel| format!("kernel {kernel}"));
        let radius = self.radius.map(|radius| format!("radius {radius}"));
        let decay = self.decay.map(|decay| format!("decay {decay}"));
        let parts = [Some(unit), kernel, radius, decay];
        parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }

    /// Metres along the equator, from west to east, or units of a plane.
    fn units_per_pixel(&self) -> f64 {
        let crs = self.place.crs();
        crs.metres() / (crs.unit() / self.place.transform().pixel.0)
    }
}

/// A number with no more zeros than are easily counted.
fn readable(number: f32) -> String {
    if number == 0.0 || (1e-6..1e12).contains(&number.abs()) {
        number.to_string()
    } else {
        format!("{number:e}")
    }
}

/// Number of decimals that tell the places of neighbouring pixels apart.
fn digits_of(pixel: f64) -> usize {
    (1.0 - pixel.log10().floor()).clamp(0.0, 17.0) as usize
}

/// With five digits that mean something.
fn short(number: f64) -> String {
    let digits = (4.0 - number.log10().floor()).clamp(0.0, 20.0) as usize;
    let text = format!("{number:.digits$}");
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geo::{Crs, View};
    use crate::raster::Size;

    fn about() -> Metadata {
        let scale = Crs::WebMercator.pixels_per_unit(50.0);
        let view = View::new(
            Crs::WebMercator,
            (scale, scale),
            (1e4, -1e5),
            Size::new(640, 480).unwrap(),
        )
        .unwrap();
        let counts = [("points read", 1234), ("skipped", 0)].map(|(what, number)| Count {
            what: what.to_owned(),
            number,
        });
        Metadata {
            place: view,
            minimum: Some(0.1),
            maximum: Some(7.5),
            radius: None,
            decay: None,
            kernel: None,
            pass: None,
            unit: HEAT.to_owned(),
            moments: None,
            counts: counts.into(),
            files: None,
        }
    }

    #[test]
    fn numbers_for_people_are_not_rows_of_zeros() {
        for (number, expected) in [(0.0, "0"), (7.5, "7.5"), (-3e38, "-3e38"), (1e-30, "1e-30")] {
            assert_eq!(readable(number), expected);
        }
    }

    #[test]
    fn scripts_get_the_bounds_to_the_last_digit() {
        let mut bytes = Vec::new();
        about().write_json(&mut bytes).unwrap();
        let json: Value = serde_json::from_slice(&bytes).unwrap();
        let bounds = about().place.bounds();
        for (side, wanted) in [
            ("south", bounds.south),
            ("west", bounds.west),
            ("north", bounds.north),
            ("east", bounds.east),
        ] {
            assert_eq!(json["bounds"][side], wanted);
        }
        assert_eq!(
            (&json["crs"], &json["projection"]),
            (&json!("EPSG:3857"), &json!("mercator"))
        );
        assert_eq!(
            (&json["size"]["width"], &json["maximum"], &json["radius"]),
            (&json!(640), &json!(7.5), &Value::Null)
        );
        assert!((json["metres_per_pixel"].as_f64().unwrap() - 50.0).abs() < 1e-9);
        assert_eq!(json["counts"], json!({ "points_read": 1234, "skipped": 0 }));
    }

    #[test]
    fn people_get_lines() {
        let text: String = about()
            .lines()
            .into_iter()
            .map(|(what, that)| format!("{what}: {that}\n"))
            .collect();
        assert_eq!(
            text,
            "size: 640 × 480 pixels\nextent: 40.753155,4.491576,40.916274,4.779037\nprojection: mercator (EPSG:3857)\n\
            scale: 50 metres per pixel at the equator\nleast heat: 0.1\nlargest heat: 7.5\npoints read: 1234\nskipped: 0\n"
        );
    }

    #[test]
    fn scales_have_the_digits_that_mean_something() {
        assert_eq!(
            [0.123_456, 1.0, 152.874_056, 78_271.5, 1e6].map(short),
            ["0.12346", "1", "152.87", "78272", "1000000"]
        );
    }

    #[test]
    fn a_plane_has_edges_and_no_bounds() {
        let plane = |y_down| {
            let size = Size::new(30, 40).unwrap();
            let view = View::new(Crs::Plane { y_down }, (4.0, 4.0), (-400.0, 100.0), size).unwrap();
            Metadata {
                place: view,
                ..about()
            }
        };
        let json = plane(true).to_json();
        assert_eq!(
            json["edges"],
            json!({ "left": -100.0, "bottom": 35.0, "right": -92.5, "top": 25.0 })
        );
        assert_eq!(plane(false).to_json()["edges"]["top"], -25.0);
        assert!(
            ["bounds", "crs", "metres_per_pixel"]
                .iter()
                .all(|name| json[name].is_null()),
            "{json}"
        );
        assert_eq!(
            (&json["projection"], &json["pixel"]["width"]),
            (&json!("xy"), &json!(0.25))
        );
        let lines = plane(true).lines();
        let wanted = [
            "30 × 40 pixels",
            "25.00,-100.00,35.00,-92.50",
            "xy with y down",
            "0.25 units per pixel",
        ];
        assert_eq!(
            lines[..4]
                .iter()
                .map(|(_, that)| that.as_str())
                .collect::<Vec<_>>(),
            wanted
        );
    }
}
