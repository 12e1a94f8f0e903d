//! SQL for the binning of points: one statement by which a database counts points on the pixels of
//! a picture, in the dialects of Spark, `DataFusion`, `DuckDB` and `PostgreSQL`.
//!
//! What comes out are cells: x and y of a pixel, a weight, and how many points of that weight there
//! are. Projection, clipping and what counts as a place are those of pictures that are drawn from
//! the points themselves. Only functions that all engines have are used, and every number is a text
//! that is cast, for engines read literals as decimals or as floats.
//!
//! Nothing that a user says is copied into the statement: names, texts and conditions are taken
//! apart into tokens, which are quoted anew by the rules of the engine.

mod condition;
mod engine;
mod source;

use std::fmt::Write;

pub use self::condition::Condition;
pub use self::engine::{Engine, Name};
pub use self::source::{Destination, Source};
use crate::geo::{CellFrame, Crs, Time};

/// What becomes a part of the statement.
#[derive(Clone, Debug)]
pub struct Query {
    /// For whom it is.
    pub engine: Engine,
    /// Where the points are.
    pub source: Source,
    /// The column of the latitude in degrees.
    pub lat: Name,
    /// The column of the longitude in degrees.
    pub lon: Name,
    /// The column of the weight; every point weighs 1 if there is none.
    pub weight: Option<Name>,
    /// The column of how many points a row stands for.
    pub count: Option<Name>,
    /// The column of the time.
    pub time: Option<Name>,
    /// Only what is not before a moment.
    pub after: Option<Time>,
    /// Only what is before a moment.
    pub before: Option<Time>,
    /// Which rows are wanted.
    pub condition: Option<Condition>,
    /// What else tells cells apart.
    pub key: Option<Key>,
    /// Places at exactly 0° north, 0° east are as good as others.
    pub keep_zero: bool,
    /// Where the cells go; they are the answer if this is absent.
    pub destination: Option<Destination>,
}

/// What tells the cells of several pictures apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Key {
    /// The year of the time.
    Year,
    /// The month of a year.
    Month,
    /// The day of the week, in English.
    Weekday,
    /// The hour of the day.
    Hour,
    /// A column.
    Column(Name),
}

/// The largest number that is no infinity.
const LARGEST: f64 = f64::MAX;
/// The largest count that is exact in every engine.
const MOST: f64 = 4_503_599_627_370_496.0;

impl Query {
    /// The statement for the pixels of a frame, without a semicolon.
    ///
    /// # Errors
    /// What the engine cannot do, in words.
    pub fn statement(&self, frame: &CellFrame) -> Result<String, String> {
        let select = self.select(frame)?;
        match &self.destination {
            Some(destination) => destination.filled(self.engine, &select, frame),
            None => Ok(select),
        }
    }

    fn select(&self, frame: &CellFrame) -> Result<String, String> {
        let engine = self.engine;
        let (key, group) = match self.key {
            Some(_) => (", point_key", ", point_key"),
            None => ("", ""),
        };
        let quote = engine.quote();
        let alias = match self.key {
            Some(_) => format!(",\n       point_key AS {quote}key{quote}"),
            None => String::new(),
        };
        let count = match self.count {
            Some(_) => "sum(many)",
            None => "count(*)",
        };
        let mut sql = String::new();
        let _ = write!(
            sql,
            "SELECT CAST(floor(px) AS BIGINT) AS x,\n       \
                    CAST(floor(py) AS BIGINT) AS y,\n       \
                    weight,\n       \
                    CAST({count} AS BIGINT) AS n{}\n\
             FROM (\n  SELECT {} AS px,\n         {} AS py,\n         weight{}{key}\n  FROM (\n{}\n  ) AS places\n) AS pixels\n\
             WHERE {}\nGROUP BY floor(px), floor(py), weight{group}",
            alias,
            column(engine, frame),
            row(engine, frame),
            if self.count.is_some() { ", many" } else { "" },
            self.places(engine, frame)?,
            inside(engine, frame),
        );
        Ok(sql)
    }

    /// The rows that are places, with all that is wanted of them.
    fn places(&self, engine: Engine, frame: &CellFrame) -> Result<String, String> {
        let number = |name: &Name| engine.number(name);
        let one = || engine.double(1.0);
        let mut columns = vec![
            format!("{} AS lat", number(&self.lat)),
            format!("{} AS lon", number(&self.lon)),
            format!(
                "{} AS weight",
                self.weight.as_ref().map_or_else(one, number)
            ),
        ];
        columns.extend(
            self.count
                .as_ref()
                .map(|count| format!("{} AS many", number(count))),
        );
        if let Some(key) = &self.key {
            columns.push(format!("{} AS point_key", self.key(key)?));
        }
        let rows = self.rows()?;
        let wanted = rows.map_or_else(String::new, |rows| format!("\n      WHERE {rows}"));
        let limit = engine.double(frame.crs().limit());
        let place = format!(
            "    SELECT CASE WHEN lon > {half} THEN lon - {turn} WHEN lon < -{half} THEN lon + {turn} ELSE lon END AS lon,\n           \
                    greatest(-{limit}, least({limit}, lat)) AS lat,\n           \
                    weight{}{}\n    FROM (\n      SELECT {}\n      FROM {}{wanted}\n    ) AS points\n    WHERE {}",
            if self.count.is_some() { ", many" } else { "" },
            if self.key.is_some() {
                ", point_key"
            } else {
                ""
            },
            columns.join(",\n             "),
            self.source.text(engine)?,
            self.sound(engine, frame).join("\n      AND "),
            half = engine.double(180.0),
            turn = engine.double(360.0),
        );
        Ok(place)
    }

    /// What points are used: places, with weights that heat something.
    fn sound(&self, engine: Engine, frame: &CellFrame) -> Vec<String> {
        let between = |what: &str, most: f64| {
            let most = engine.double(most);
            format!("{what} BETWEEN -{most} AND {most}")
        };
        let zero = engine.double(0.0);
        let mut sound = vec![between("lat", 90.0), between("lon", 360.0)];
        if !self.keep_zero {
            sound.push(format!("(lat <> {zero} OR lon <> {zero})"));
        }
        if self.weight.is_some() {
            sound.push(between("weight", LARGEST));
            if !frame.has_values() {
                sound.push(format!("weight <> {zero}"));
            }
        }
        if self.count.is_some() {
            let (one, most) = (engine.double(1.0), engine.double(MOST));
            sound.push(format!("many BETWEEN {one} AND {most}"));
            sound.push("many = floor(many)".to_owned());
        }
        sound
    }

    /// What the user says of rows.
    fn rows(&self) -> Result<Option<String>, String> {
        let engine = self.engine;
        let mut all = Vec::new();
        let moments = [(self.after, ">="), (self.before, "<")];
        for (moment, than) in moments {
            let Some(moment) = moment else { continue };
            let time = self
                .time
                .as_ref()
                .ok_or("times need the name of their column")?;
            all.push(format!(
                "{} {than} {}",
                engine.time(time),
                Engine::moment(moment)
            ));
        }
        if let Some(condition) = &self.condition {
            all.push(format!("({})", condition.text(engine)));
        }
        Ok((!all.is_empty()).then(|| all.join(" AND ")))
    }

    fn key(&self, key: &Key) -> Result<String, String> {
        let engine = self.engine;
        let time = || {
            let time = self.time.as_ref();
            time.map(|time| engine.time(time))
                .ok_or("times need the name of their column")
        };
        Ok(match key {
            Key::Column(name) => engine.name(name),
            Key::Year => engine.calendar(&time()?, engine::Calendar::Year),
            Key::Month => engine.calendar(&time()?, engine::Calendar::Month),
            Key::Weekday => engine.weekday(&time()?),
            Key::Hour => engine.calendar(&time()?, engine::Calendar::Hour),
        })
    }
}

/// How far to the right a longitude lies, in pixels from the left edge.
fn column(engine: Engine, frame: &CellFrame) -> String {
    let (scale, origin) = (
        engine.double(frame.scale().0),
        engine.double(frame.origin().0),
    );
    let Some(middle) = frame.middle() else {
        return format!("lon * {scale} - {origin}");
    };
    let (west, east) = (engine.double(middle - 180.0), engine.double(middle + 180.0));
    let turn = engine.double(360.0);
    format!(
        "(CASE WHEN lon < {west} THEN lon + {turn} WHEN lon > {east} THEN lon - {turn} ELSE lon END) \
         * {scale} - {origin}"
    )
}

/// How far down a latitude lies, in pixels from the upper edge.
fn row(engine: Engine, frame: &CellFrame) -> String {
    let (scale, origin) = (
        engine.double(frame.scale().1),
        engine.double(frame.origin().1),
    );
    let double = |number| engine.double(number);
    let north = if frame.crs() == Crs::WebMercator {
        // The familiar ln tan(π/4 + φ/2) loses digits; this is equation 7-2a of Snyder.
        let (one, half) = (double(1.0), double(0.5));
        format!("degrees({half} * ln(({one} + sin(radians(lat))) / ({one} - sin(radians(lat)))))")
    } else {
        "lat".to_owned()
    };
    format!("-{scale} * {north} - {origin}")
}

/// Whether a cell is one of the frame.
fn inside(engine: Engine, frame: &CellFrame) -> String {
    let reach = frame.reach() as f64;
    let within = |what: &str, side: u64| {
        let (first, end) = (engine.double(-reach), engine.double(side as f64 + reach));
        format!("{what} >= {first} AND {what} < {end}")
    };
    let (width, height) = frame.size();
    format!("{}\n  AND {}", within("px", width), within("py", height))
}

#[cfg(test)]
mod tests;
