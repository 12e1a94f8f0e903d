//! A session with a database: connected, told to change nothing, asked, and left.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use postgres::config::{Host, SslMode};
use postgres::{Client, Config, Portal, Row, Transaction};

use super::password::{self, Wanted};
use super::tls::Verification;
use super::values::Stored;
use crate::error::{Error, Remedy, Result, meant};
use crate::input::sink::fault;
use crate::input::table::{self, SAMPLE, Stream, Table};
use crate::input::{Options, Report, Sink};

/// How many rows come at a time, at first and at the most: each that waits takes some hundred bytes
/// beside its own.
const ROWS: (i32, i32) = (32, 32_768);
/// How many bytes the rows that come at a time have, more or less.
const BATCH: usize = 4 << 20;
/// Batches that wait: the database makes some while those before are read.
const AHEAD: usize = 1;
/// How long a database may take to answer at all.
const PATIENCE: Duration = Duration::from_secs(30);
/// Connections at a time on which a database has not answered yet.
const GREETINGS: usize = 16;
/// The usual port.
const PORT: u16 = 5432;
/// Where servers on the same machine are met.
const SOCKETS: [&str; 2] = ["/var/run/postgresql", "/tmp"];
/// How many tables a message names.
const LISTED: usize = 20;
/// Tables that may have places, the ones with geometries first.
const TABLES: &str = "
    SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
        AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'tiger', 'topology')
        AND c.relname NOT IN ('spatial_ref_sys', 'geometry_columns', 'geography_columns')
        AND has_table_privilege(c.oid, 'SELECT')
    ORDER BY EXISTS (
        SELECT FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
        WHERE a.attrelid = c.oid AND t.typname IN ('geometry', 'geography')
    ) DESC, 1";

/// Whether a name is that of a table whose rows are kept, and not made anew for each question.
const KEPT: &str = "
    SELECT 1 FROM pg_class WHERE oid = to_regclass($1::text) AND relkind IN ('r', 'p', 'm')";

/// Reads what the user asks for from the database at an address.
pub(super) fn read(address: &str, options: &Options, sink: &mut Sink) -> Result<()> {
    let (mut client, verification) = connect(address, PATIENCE, sink)?;
    // The server looks whether somebody is there still: without that a query whose asker is gone
    // goes on for hours. Servers before version 14 know no such thing.
    let _ = client.batch_execute("SET client_connection_check_interval = 1000");
    if let Some(query) = &options.databases.query {
        return select(&mut client, &verification, query, options, sink);
    }
    if options.databases.layers.is_empty() {
        return Err(unnamed(&mut client, sink));
    }
    for table in &options.databases.layers {
        let query = of_table(&mut client, &quoted(table), options, sink);
        select(&mut client, &verification, &query, options, sink)?;
    }
    Ok(())
}

/// A connection, and how it is made sure who the server is. It may take so long, unless the address
/// says otherwise.
pub(super) fn connect(
    address: &str,
    patience: Duration,
    sink: &mut Sink,
) -> Result<(Client, Verification)> {
    let (address, verification) = Verification::of(address);
    let (address, verification) = (
        address,
        verification.map_err(|fact| sink.error(None, fact))?,
    );
    let config: std::result::Result<Config, _> = address.parse();
    let mut config = config.map_err(|error| failed(&error, sink.file()))?;
    complete(&mut config, patience, sink);
    let greeted = verification.clone();
    let Some(connected) = greeted_within(patience, config, greeted) else {
        let fact = "the database accepts connections, and says nothing on them";
        return Err(sink.error(None, fact));
    };
    let client = connected.map_err(|error| failed(&error, sink.file()))?;
    Ok((client, verification))
}

/// A connection, if the server greets in time.
///
/// The crate's timeout is for the connection alone, and not for the greeting. Who waits for that is
/// a thread of its own, which ends with the connection; there are only so many of them.
fn greeted_within(
    patience: Duration,
    config: Config,
    verification: Verification,
) -> Option<std::result::Result<Client, postgres::Error>> {
    static WAITING: AtomicUsize = AtomicUsize::new(0);
    if WAITING.fetch_add(1, Ordering::Relaxed) >= GREETINGS {
        WAITING.fetch_sub(1, Ordering::Relaxed);
        return None;
    }
    let patience = config.get_connect_timeout().map_or(patience, |own| *own);
    let (told, waits) = sync_channel(1);
    thread::spawn(move || {
        let connected = match config.get_ssl_mode() {
            SslMode::Disable => config.connect(postgres::NoTls),
            _ => config.connect(verification),
        };
        WAITING.fetch_sub(1, Ordering::Relaxed);
        // Nobody may wait any more.
        let _ = told.send(connected);
    });
    waits.recv_timeout(patience).ok()
}

/// Adds what an address does not say: as `PostgreSQL`'s own programs do, from the environment.
fn complete(config: &mut Config, patience: Duration, sink: &mut Sink) {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    if config.get_hosts().is_empty() {
        let is_there = |folder: &&&str| std::path::Path::new(folder).is_dir();
        let socket = || {
            SOCKETS
                .iter()
                .find(is_there)
                .map(|folder| (*folder).to_owned())
        };
        let host = variable("PGHOST").or_else(socket);
        config.host(host.as_deref().unwrap_or("localhost"));
    }
    if config.get_ports().is_empty()
        && let Some(port) = variable("PGPORT").and_then(|port| port.parse().ok())
    {
        config.port(port);
    }
    if config.get_user().is_none()
        && let Some(user) = variable("PGUSER").or_else(|| variable("USER"))
    {
        config.user(&user);
    }
    if config.get_dbname().is_none()
        && let Some(name) = variable("PGDATABASE")
    {
        config.dbname(&name);
    }
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(patience);
    }
    if config.get_application_name().is_none() {
        config.application_name("heatmap");
    }
    if config.get_password().is_some() {
        return;
    }
    match password::find(&wanted(config)) {
        Ok(Some(password)) => {
            config.password(password);
        }
        Ok(None) => {}
        Err(fact) => sink.note(fact),
    }
}

fn wanted(config: &Config) -> Wanted<'_> {
    let user = config.get_user().unwrap_or_default();
    Wanted {
        host: match config.get_hosts().first() {
            Some(Host::Tcp(host)) => host,
            #[cfg(unix)]
            Some(Host::Unix(folder)) => folder.to_str().unwrap_or_default(),
            None => "localhost",
        },
        port: config.get_ports().first().copied().unwrap_or(PORT),
        database: config.get_dbname().unwrap_or(user),
        user,
    }
}

/// What the server or the connection says, as a fact.
pub(super) fn failed(error: &postgres::Error, database: &str) -> Error {
    if let Some(said) = error.as_db_error() {
        let error = fault(database, None, said.message());
        return match said.hint() {
            Some(hint) => error.advice(hint),
            None => error,
        };
    }
    let mut fact = error.to_string();
    let cause = std::error::Error::source(error).map(ToString::to_string);
    if let Some(cause) = cause.filter(|cause| !fact.contains(cause)) {
        fact = format!("{fact}: {cause}");
    }
    fault(database, None, fact)
}

/// Neither a table nor a query was named: there may be thousands.
fn unnamed(client: &mut Client, sink: &Sink) -> Error {
    let tables = match client.query(TABLES, &[]) {
        Ok(rows) => rows,
        Err(error) => return failed(&error, sink.file()),
    };
    let names = tables
        .iter()
        .filter_map(|row| row.try_get::<_, String>(0).ok());
    let names: Vec<String> = names.collect();
    if names.is_empty() {
        return sink.error(None, "there is no table in this database that may be read");
    }
    let more = names.len().saturating_sub(LISTED);
    let listed = names[..names.len() - more].join(", ");
    let more = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    let fact = format_args!("it is not said which table is meant: {listed}{more}");
    sink.error(None, fact).remedy(Remedy::NameATable)
}

/// A name of a table, also with that of its schema, as queries have it. One that is quoted is taken
/// as it is.
pub(super) fn quoted(table: &str) -> String {
    if table.contains('"') {
        return table.to_owned();
    }
    let parts = table.split('.').map(|part| format!("\"{part}\""));
    parts.collect::<Vec<_>>().join(".")
}

/// The query for the rows of a table, with nothing in the columns that are not looked at. What is
/// wrong with the table is told by whoever reads all of it.
fn of_table(client: &mut Client, table: &str, options: &Options, sink: &Sink) -> String {
    let all = format!("SELECT * FROM {table}");
    let rows = sample(client, table, &all).unwrap_or_default();
    let Some(first) = rows.first() else {
        return all;
    };
    let names = first.columns().iter();
    let names: Vec<String> = names.map(|column| column.name().to_owned()).collect();
    let rows: Vec<_> = rows.iter().map(Stored).collect();
    let mut unheard = Report::default();
    let mut scratch = Sink::new("", sink.manner(), &|_| {}, &mut unheard);
    let Ok(known) = Table::new(&names, &rows, &options.columns, &mut scratch) else {
        return all;
    };
    let selected = names.iter().enumerate().map(|(at, name)| {
        let name = format!("\"{}\"", name.replace('"', "\"\""));
        if known.used().contains(&at) {
            name
        } else {
            format!("NULL AS {name}")
        }
    });
    let selected: Vec<String> = selected.collect();
    format!("SELECT {} FROM {table}", selected.join(", "))
}

/// Some rows of a table, which tell what its columns hold. A view may take as long for a few rows as
/// for all of them, and is not asked twice.
fn sample(
    client: &mut Client,
    table: &str,
    all: &str,
) -> std::result::Result<Vec<Row>, postgres::Error> {
    let mut transaction = client.build_transaction().read_only(true).start()?;
    let is_kept = transaction.query_opt(KEPT, &[&table])?;
    if is_kept.is_none() {
        return Ok(Vec::new());
    }
    transaction.query(&format!("{all} LIMIT {SAMPLE}"), &[])
}

/// Reads what a query gives.
fn select(
    client: &mut Client,
    verification: &Verification,
    query: &str,
    options: &Options,
    sink: &mut Sink,
) -> Result<()> {
    let cancel = client.cancel_token();
    let begun = client.build_transaction().read_only(true).start();
    let mut transaction = begun.map_err(|error| failed(&error, sink.file()))?;
    let prepared = transaction.prepare(query);
    let statement = match prepared {
        Ok(statement) => statement,
        Err(error) => {
            let failed = failed(&error, sink.file());
            drop(transaction);
            return Err(like_others(failed, client, options));
        }
    };
    let names = statement
        .columns()
        .iter()
        .map(|column| column.name().to_owned());
    let names: Vec<String> = names.collect();
    let portal = transaction.bind(&statement, &[]);
    let portal = portal.map_err(|error| failed(&error, sink.file()))?;
    thread::scope(|scope| {
        let (give, batches) = sync_channel(AHEAD);
        let fetching =
            thread::Builder::new().spawn_scoped(scope, move || fetch(transaction, &portal, &give));
        fetching.map_err(|error| sink.error(None, error))?;
        let mut cursor = Cursor {
            batches,
            rows: Vec::new(),
            next: 0,
            is_over: false,
        };
        let read = table::stream(&mut cursor, &names, &options.columns, false, sink);
        if !cursor.is_over {
            // Nobody wants the rows any more that the database may work at for hours.
            let _ = cancel.cancel_query(verification.clone());
        }
        read
    })
}

/// Rows that come at a time, or why none come any more.
type Batch = std::result::Result<Vec<Row>, postgres::Error>;

/// Fetches all rows, as long as somebody takes them.
fn fetch(mut transaction: Transaction<'_>, portal: &Portal, give: &SyncSender<Batch>) {
    let mut rows = ROWS.0;
    loop {
        let batch = transaction.query_portal(portal, rows);
        let is_last = batch.as_ref().map_or(true, Vec::is_empty);
        rows = batch.as_ref().map_or(rows, |batch| next_rows(batch));
        if give.send(batch).is_err() || is_last {
            return;
        }
    }
}

/// An error about a table that is not there, with the name that may have been meant.
fn like_others(error: Error, client: &mut Client, options: &Options) -> Error {
    let Some(asked) = options.databases.layers.first() else {
        return error;
    };
    let tables = client.query(TABLES, &[]).unwrap_or_default();
    let names = tables
        .iter()
        .filter_map(|row| row.try_get::<_, String>(0).ok());
    let names: Vec<String> = names.collect();
    let own = |name: &'_ str| name.rsplit('.').next().unwrap_or_default().to_owned();
    let last: Vec<String> = names.iter().map(|name| own(name)).collect();
    match meant(&own(asked), last.iter().map(String::as_str)) {
        Some(meant) => error.advice(format_args!("did you mean {meant}?")),
        None => error,
    }
}

/// How many rows are to come next, by how large some were.
fn next_rows(batch: &[Row]) -> i32 {
    let bytes: usize = batch.iter().map(Row::raw_size_bytes).sum();
    let rows = batch.len() * BATCH / bytes.max(1);
    // Later rows may be larger.
    let rows = rows.min(batch.len() * 8);
    i32::try_from(rows).map_or(ROWS.1, |rows| rows.clamp(1, ROWS.1))
}

/// Rows as they come.
struct Cursor {
    batches: Receiver<Batch>,
    rows: Vec<Row>,
    next: usize,
    is_over: bool,
}

impl Stream for Cursor {
    type Row<'a> = Stored<'a>;

    fn next(&mut self, sink: &Sink) -> Result<Option<Stored<'_>>> {
        if self.next == self.rows.len() && !self.is_over {
            // The last batch has no rows, and whoever fetches is gone after it alone.
            let batch = self.batches.recv().unwrap_or_else(|_| Ok(Vec::new()));
            self.is_over = batch.as_ref().map_or(true, Vec::is_empty);
            self.rows = batch.map_err(|error| failed(&error, sink.file()))?;
            self.next = 0;
        }
        self.next += 1;
        Ok(self.rows.get(self.next - 1).map(Stored))
    }
}
