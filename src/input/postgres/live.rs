//! Live table of points: what lies in boxes and intervals of time, asked for again and again.
//!
//! All names go through the catalogue, which quotes them, and all values are bound. What a question
//! may cost is bounded by its boxes, of which the table must have a `GiST` index, by a number of
//! rows, and by a timeout of the server. A session whose question failed or was given up is closed,
//! for nobody knows in which state it is; the others wait for the next question.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use postgres::types::ToSql;
use postgres::{Client, Statement};

use super::session::{connect, failed, quoted};
use super::tls::Verification;
use crate::error::{Error, ErrorKind, Result};
use crate::geo::{Bounds, Coord, Extent, Shape, Time};
use crate::input::columns::Field;
use crate::input::{Manner, Options, Report, Sink, sink};

/// Bytes of a point in well-known binary: the order of its bytes, a kind, x and y.
const POINT: usize = 1 + 4 + 8 + 8;
/// How often it is looked whether somebody still waits.
const LOOK: Duration = Duration::from_millis(50);
/// Shapes that are handed on together.
const BATCH: usize = 4096;
/// Sessions that wait for questions.
const IDLE: usize = 8;
/// How long a new session may take to begin: who draws waits for it.
const GREETING: Duration = Duration::from_secs(5);

/// What the catalogue says of a column of geometries, and of its table.
const GEOMETRIES: &str = "
    SELECT c.oid, format('%I.%I', n.nspname, c.relname), format('%I', a.attname), t.typname::text,
        CASE t.typname WHEN 'geometry' THEN postgis_typmod_type(a.atttypmod) END,
        CASE t.typname WHEN 'geometry' THEN postgis_typmod_srid(a.atttypmod) END,
        EXISTS (
            SELECT FROM pg_index i JOIN pg_class k ON k.oid = i.indexrelid
            JOIN pg_am m ON m.oid = k.relam
            WHERE i.indrelid = c.oid AND i.indkey[0] = a.attnum AND i.indisvalid
                AND i.indpred IS NULL AND m.amname IN ('gist', 'spgist')
        )
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    JOIN pg_type t ON t.oid = a.atttypid
    WHERE c.oid = to_regclass($1) AND a.attname::text = $2";
/// Of any other column: its quoted name, and the category of its type.
const COLUMN: &str = "
    SELECT format('%I', a.attname), t.typcategory::text
    FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
    WHERE a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped AND a.attname::text = $2";

/// A table that is asked again and again.
pub struct Live {
    address: String,
    /// Names as queries have them.
    table: String,
    geometry: String,
    weight: Option<String>,
    time: Option<String>,
    keep_zero: bool,
    /// The most rows of an answer.
    rows: i64,
    /// How long the server may work on an answer.
    patience: Duration,
    idle: Mutex<Vec<Session>>,
    /// What was noticed on the way to the database.
    notes: Vec<String>,
}

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Question {
    /// Where; no two of them meet.
    pub boxes: Vec<Bounds>,
    /// Not before this moment.
    pub after: Option<Time>,
    /// Before this moment.
    pub before: Option<Time>,
}

/// Where rows lie, and when they were.
pub type Reach = (Option<Extent>, Option<(Time, Time)>);

/// Whether somebody still waits, and what takes the points.
type Asker<'a> = (&'a (dyn Fn() -> bool + Sync), &'a mut dyn FnMut(&[Shape]));

/// What came of a question.
enum Told {
    All,
    /// Nobody waits any more.
    Left,
    /// The session had been closed, as by a server that was restarted, before anything was told.
    Closed(Error),
}

/// A connection, with the questions that it knows.
struct Session {
    client: Client,
    verification: Verification,
    any_time: Statement,
    some_time: Option<Statement>,
}

impl std::fmt::Debug for Live {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Live")
            .field("table", &self.table)
            .finish_non_exhaustive()
    }
}

impl Live {
    /// The table that options name, in the database at an address. No answer has more than so many
    /// rows, or takes the server longer than that.
    ///
    /// # Errors
    /// When the database does not answer, or there is no such table of points with an index.
    pub fn open(address: &str, options: &Options, rows: i64, patience: Duration) -> Result<Self> {
        let mut live = Self {
            address: address.to_owned(),
            table: String::new(),
            geometry: String::new(),
            weight: None,
            time: None,
            keep_zero: options.keep_zero,
            rows,
            patience,
            idle: Mutex::default(),
            notes: Vec::new(),
        };
        let mut report = Report::default();
        let mut client = live.connected(&mut report)?.0;
        live.notes = report.notes;
        let table = options
            .databases
            .layers
            .first()
            .cloned()
            .unwrap_or_default();
        let columns = &options.columns;
        let id = live.find(&mut client, &table, columns.geometry_field.as_ref())?;
        for (field, category, is_of, kept) in [
            (&columns.weight_field, "N", "numbers", &mut live.weight),
            (&columns.time_field, "D", "times", &mut live.time),
        ] {
            if let Some(field) = field {
                *kept = Some(column(
                    address,
                    &mut client,
                    id,
                    &name(field),
                    (category, is_of),
                )?);
            }
        }
        Ok(live)
    }

    /// Takes the names of the table and of its geometries from the catalogue.
    fn find(&mut self, client: &mut Client, table: &str, field: Option<&Field>) -> Result<u32> {
        let field = field.map(name).unwrap_or_default();
        let found = client.query_opt(GEOMETRIES, &[&quoted(table), &field]);
        let found = found.map_err(|error| said(&self.address, &error))?;
        let Some(row) = found else {
            let fact = format!("there is no table {table} with a column {field}");
            return Err(fault(&self.address, fact));
        };
        (self.table, self.geometry) = (row.get(1), row.get(2));
        let (kind, shape, system): (String, Option<String>, Option<i32>) =
            (row.get(3), row.get(4), row.get(5));
        if shape.as_deref() != Some("Point") || system != Some(4326) {
            let told = match (shape, system) {
                (Some(shape), Some(system)) => format!("geometry({shape}, {system})"),
                _ => kind,
            };
            let fact = format!(
                "{field} of {table} is of the type {told}, and only geometry(Point, 4326) can be asked for as it is"
            );
            return Err(fault(&self.address, fact));
        }
        if !row.get::<_, bool>(6) {
            let fact =
                format!("{field} of {table} has no index, so that each answer would take all rows");
            let advice = format!(
                "CREATE INDEX ON {} USING gist ({})",
                self.table, self.geometry
            );
            return Err(fault(&self.address, fact).advice(advice));
        }
        Ok(row.get(0))
    }

    /// What was noticed on the way to the database, such as a file of passwords that anybody may
    /// read.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Whether requests may ask for times.
    pub fn has_times(&self) -> bool {
        self.time.is_some()
    }

    /// Whether rows have weights.
    pub fn has_weights(&self) -> bool {
        self.weight.is_some()
    }

    /// Whether there are more rows than so many; it looks at no more than these.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn is_larger(&self, rows: i64) -> Result<bool> {
        let query = format!(
            "SELECT count(*) FROM (SELECT FROM {} LIMIT $1) AS first_rows",
            self.table
        );
        let counted = self
            .connected(&mut Report::default())?
            .0
            .query_one(&query, &[&(rows + 1)]);
        let counted = counted.map_err(|error| said(&self.address, &error))?;
        Ok(counted.get::<_, i64>(0) > rows)
    }

    /// Where all rows lie, and the first and the last of their times, as far as there are any.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn reach(&self) -> Result<Reach> {
        let mut client = self.connected(&mut Report::default())?.0;
        let ask = |client: &mut Client, query: &str| {
            let asked = client.query_one(query, &[]);
            asked.map_err(|error| said(&self.address, &error))
        };
        let query = format!(
            "SELECT st_xmin(e), st_ymin(e), st_xmax(e), st_ymax(e)
            FROM (SELECT st_extent({}) AS e FROM {}) all_of_it",
            self.geometry, self.table
        );
        let row = ask(&mut client, &query)?;
        let sides: [Option<f64>; 4] = [0, 1, 2, 3].map(|at| row.get(at));
        let extent = match sides {
            [Some(west), Some(south), Some(east), Some(north)] => {
                let corner = |lat, lon| Coord::lat_lon(lat, lon).ok();
                let corners = corner(south, west).zip(corner(north, east));
                corners.and_then(|(south_west, north_east)| Extent::new(south_west, north_east))
            }
            _ => None,
        };
        let Some(time) = &self.time else {
            return Ok((extent, None));
        };
        let query = format!(
            "SELECT extract(epoch FROM min({time}))::float8, extract(epoch FROM max({time}))::float8
            FROM {} WHERE isfinite({time})",
            self.table
        );
        let row = ask(&mut client, &query)?;
        let moment = |at: usize| {
            let seconds: Option<f64> = row.get(at);
            Time::from_milliseconds((seconds? * 1000.0).round() as i64)
        };
        Ok((extent, moment(0).zip(moment(1))))
    }

    /// Tells the points that are asked for, with their weights and times; `false` when nobody waits
    /// for them any more.
    ///
    /// # Errors
    /// When the database does not answer, or there are more rows than an answer may have.
    pub fn each(
        &self,
        question: &Question,
        alive: &(dyn Fn() -> bool + Sync),
        take: &mut dyn FnMut(&[Shape]),
    ) -> Result<bool> {
        let idle = lock(&self.idle).pop();
        if let Some(session) = idle {
            match self.tell(session, question, (alive, &mut *take))? {
                Told::Closed(_) => lock(&self.idle).clear(),
                told => return Ok(matches!(told, Told::All)),
            }
        }
        let session = self.session().map_err(away)?;
        match self.tell(session, question, (alive, take))? {
            Told::All => Ok(true),
            Told::Left => Ok(false),
            Told::Closed(error) => Err(error),
        }
    }

    fn tell(
        &self,
        mut session: Session,
        question: &Question,
        (alive, take): Asker<'_>,
    ) -> Result<Told> {
        let mut left = self.rows;
        for bounds in &question.boxes {
            let asked = (question, *bounds);
            match self.ask(&mut session, asked, &mut left, (alive, &mut *take))? {
                Told::All => {}
                other => return Ok(other),
            }
        }
        let mut idle = lock(&self.idle);
        if idle.len() < IDLE {
            idle.push(session);
        }
        Ok(Told::All)
    }

    /// Asks for one box, and watches meanwhile whether somebody waits.
    fn ask(
        &self,
        session: &mut Session,
        asked: (&Question, Bounds),
        left: &mut i64,
        (alive, take): Asker<'_>,
    ) -> Result<Told> {
        let (is_over, is_left) = (AtomicBool::new(false), AtomicBool::new(false));
        let (cancel, verification) = (session.client.cancel_token(), session.verification.clone());
        let answered = thread::scope(|scope| {
            let watch = scope.spawn(|| {
                while !is_over.load(Ordering::Relaxed) {
                    if !alive() {
                        is_left.store(true, Ordering::Relaxed);
                        // If this fails the server's own timeout ends the query.
                        let _ = cancel.cancel_query(verification);
                        break;
                    }
                    thread::park_timeout(LOOK);
                }
            });
            let answered = self.answer(session, asked, left, take);
            is_over.store(true, Ordering::Relaxed);
            watch.thread().unpark();
            answered
        });
        match answered {
            _ if is_left.load(Ordering::Relaxed) => Ok(Told::Left),
            Ok(()) if *left < 0 => {
                let most = self.rows;
                let fact =
                    format!("there are more than {most} points here: ask for less of the map");
                Err(Error::new(ErrorKind::Limit, fact))
            }
            Ok(()) => Ok(Told::All),
            Err(error) => {
                let fault = away(said(&self.address, &error));
                let is_unasked = session.client.is_closed() && *left == self.rows;
                if is_unasked {
                    Ok(Told::Closed(fault))
                } else {
                    Err(fault)
                }
            }
        }
    }

    fn answer(
        &self,
        session: &mut Session,
        (question, bounds): (&Question, Bounds),
        left: &mut i64,
        take: &mut dyn FnMut(&[Shape]),
    ) -> std::result::Result<(), postgres::Error> {
        let seconds = |time: Option<Time>, none: f64| {
            time.map_or(none, |time| time.milliseconds() as f64 / 1000.0)
        };
        let after = seconds(question.after, f64::NEG_INFINITY);
        let before = seconds(question.before, f64::INFINITY);
        let Bounds {
            south,
            west,
            north,
            east,
        } = bounds;
        // One more than may come, which shows that there are more.
        let most = *left + 1;
        let mut values: Vec<&(dyn ToSql + Sync)> = vec![&west, &south, &east, &north, &most];
        let statement = match &session.some_time {
            Some(some_time) if question.after.or(question.before).is_some() => {
                values.extend([&after as &(dyn ToSql + Sync), &before]);
                some_time
            }
            _ => &session.any_time,
        };
        let row = session.client.query_one(statement, &values)?;
        let places: Option<&[u8]> = row.try_get(0)?;
        let weights: Option<Vec<f64>> = row.try_get(1)?;
        let seconds: Option<Vec<Option<f64>>> = row.try_get(2)?;
        let (places, _) = places.unwrap_or_default().as_chunks();
        *left -= places.len() as i64;
        if *left < 0 {
            return Ok(());
        }
        let shape = |(at, place): (usize, &[u8; POINT])| {
            let weight = weights
                .as_ref()
                .map_or(Some(1.0), |all| all.get(at).copied());
            let seconds = seconds.as_ref().and_then(|all| *all.get(at)?);
            self.shape(xy(place)?, weight?, seconds)
        };
        let mut shapes = places.iter().enumerate().filter_map(shape);
        loop {
            let batch: Vec<Shape> = shapes.by_ref().take(BATCH).collect();
            if batch.is_empty() {
                return Ok(());
            }
            take(&batch);
        }
    }

    /// A row as a point, if it is one: as in files, what is at 0° north, 0° east is nowhere.
    fn shape(&self, (x, y): (f64, f64), weight: f64, seconds: Option<f64>) -> Option<Shape> {
        let at = Coord::lat_lon(y, x).ok()?;
        let is_there = self.keep_zero || x != 0.0 || y != 0.0;
        let time = seconds.filter(|seconds| seconds.is_finite());
        let time = time.and_then(|time| Time::from_milliseconds((time * 1000.0).round() as i64));
        (is_there && weight.is_finite() && weight != 0.0)
            .then(|| Shape::point(at).weighing(weight).when(time))
    }

    /// A connection on which nothing changes, no question takes too long, and none goes on for
    /// somebody who is gone.
    fn connected(&self, report: &mut Report) -> Result<(Client, Verification)> {
        let name = super::address::shown(&self.address);
        let mut sink = Sink::new(&name, Manner::default(), &|_| {}, report);
        let patience = self.patience.min(GREETING);
        let (mut client, verification) = connect(&self.address, patience, &mut sink)?;
        let _ = client.batch_execute("SET client_connection_check_interval = 1000");
        // A plan for any box at all would not know that boxes are small, and could take all rows.
        let settings = format!(
            "SET default_transaction_read_only = on; SET timezone = 'UTC'; \
             SET plan_cache_mode = force_custom_plan; SET statement_timeout = {}",
            self.patience.as_millis()
        );
        let set = client.batch_execute(&settings);
        set.map_err(|error| said(&self.address, &error))?;
        Ok((client, verification))
    }

    fn session(&self) -> Result<Session> {
        let (mut client, verification) = self.connected(&mut Report::default())?;
        let weight = self.weight.as_deref();
        let time = self.time.as_deref();
        let told = (
            weight.map_or("NULL".to_owned(), |weight| format!("{weight}::float8")),
            time.map_or("NULL".to_owned(), |time| {
                format!("CASE WHEN isfinite({time}) THEN extract(epoch FROM {time})::float8 END")
            }),
        );
        let gathered = |column: Option<&str>, name: &str| match column {
            Some(_) => format!("array_agg({name})"),
            None => "NULL::float8[]".to_owned(),
        };
        let gathered = (gathered(weight, "weight"), gathered(time, "moment"));
        let has_weight =
            weight.map_or(String::new(), |weight| format!(" AND {weight} IS NOT NULL"));
        // One row for all: a message for each would cost both sides as much as finding it.
        let query = |and: &str| {
            format!(
                "SELECT string_agg(st_asbinary(place, 'NDR'), ''), {}, {} FROM (
                    SELECT {2} AS place, {3} AS weight, {4} AS moment FROM {5}
                    WHERE {2} && st_makeenvelope($1, $2, $3, $4, 4326){has_weight}{and} LIMIT $5
                ) AS found",
                gathered.0, gathered.1, self.geometry, told.0, told.1, self.table
            )
        };
        let mut prepare = |and: &str| {
            let prepared = client.prepare(&query(and));
            prepared.map_err(|error| said(&self.address, &error))
        };
        let any_time = prepare("")?;
        let and = time
            .map(|time| format!(" AND {time} >= to_timestamp($6) AND {time} < to_timestamp($7)"));
        let some_time = and.map(|and| prepare(&and)).transpose()?;
        Ok(Session {
            client,
            verification,
            any_time,
            some_time,
        })
    }
}

/// x and y of a point as `PostGIS` sends it; that of an empty one are no numbers.
fn xy(place: &[u8; POINT]) -> Option<(f64, f64)> {
    let (_, numbers) = place.split_at(POINT - 16);
    let (numbers, _) = numbers.as_chunks();
    let [x, y] = numbers.try_into().ok()?;
    Some((f64::from_le_bytes(x), f64::from_le_bytes(y)))
}

/// A column as its table calls it; numbers are names like others.
fn name(field: &Field) -> String {
    match field {
        Field::Name(name) => name.clone(),
        Field::Number(number) => number.to_string(),
    }
}

/// The name of a column as queries have it, if it is of the category that is wanted.
fn column(
    address: &str,
    client: &mut Client,
    table: u32,
    name: &str,
    (category, is_of): (&str, &str),
) -> Result<String> {
    let found = client.query_opt(COLUMN, &[&table, &name]);
    let found = found.map_err(|error| said(address, &error))?;
    let Some(row) = found else {
        return Err(fault(address, format!("there is no column {name}")));
    };
    if row.get::<_, String>(1) != category {
        return Err(fault(
            address,
            format!("the column {name} is not one of {is_of}"),
        ));
    }
    Ok(row.get(0))
}

fn fault(address: &str, fact: String) -> Error {
    sink::fault(&super::address::shown(address), None, fact)
}

/// What the server or the connection says.
fn said(address: &str, error: &postgres::Error) -> Error {
    failed(error, &super::address::shown(address))
}

/// The same as an error of a server that may come back.
fn away(error: Error) -> Error {
    Error {
        kind: ErrorKind::Network,
        ..error
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
