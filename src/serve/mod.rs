//! Heat map service over HTTP: pictures, tiles, legends and points of data that are read once.
//!
//! One thread speaks HTTP (`connection`); as many renderers as there are cores draw
//! (`desk`), each by itself, so that requests and not their parts are what is done side by side.
//! A request is read by a table (`parameters`) into what it wants (`wanted`), which with the
//! epoch of the data (`data`) is the key of its answer: of the cache, of its entity tag, and of
//! what is being made.

mod connection;
mod data;
mod desk;
mod limits;
mod locked;
mod metrics;
mod news;
mod openapi;
mod page;
mod parameters;
mod problem;
mod queue;
mod reload;
mod render;
mod routes;
mod scales;
mod twine;
mod wanted;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::watch;

pub use self::limits::Limits;
pub use self::news::{Interest, Log, News, Record};

use self::connection::Connections;
use self::data::Snapshot;
use self::desk::Desk;
use self::locked::lock;
use self::metrics::Requests;
use self::parameters::Table;
use self::reload::{Call, Calls, Watched};
use self::render::Studio;
use self::routes::{Face, Shared};
use self::scales::Scales;
use crate::error::{Error, ErrorKind, Location, Result};
use crate::product::{Events, gather, style};

/// What is served, and how.
#[derive(Clone, Debug)]
pub struct Options {
    /// The data.
    pub data: gather::DataOptions,
    /// Styles by name, of which the first is the default.
    pub looks: Vec<(String, style::StyleOptions)>,
    /// Where connections are accepted; with port 0 the system chooses one.
    pub listen: SocketAddr,
    /// Where metrics are told, if they are.
    pub metrics: Option<SocketAddr>,
    /// What one request may ask for, and one client may take.
    pub limits: Limits,
    /// Bytes of answers that are kept.
    pub cache: u64,
    /// How long others may keep an answer without asking again.
    pub max_age: Duration,
    /// Pages of these origins, separated by commas, may use the answers; `*` for all.
    pub cors: Option<String>,
    /// The address by which the service is known outside, without a slash at its end.
    pub public: Option<String>,
    /// Whom the data belong to.
    pub attribution: Option<String>,
    /// What it is called.
    pub title: String,
    /// How often files are looked at for changes, if they are.
    pub watch: Option<Duration>,
    /// How long answers of a live table hold, if the data are one.
    pub live: Option<Duration>,
    /// Where the data are kept as they are served, for the next start, if they are.
    pub index: Option<PathBuf>,
    /// How many threads draw; one for each core.
    pub renderers: Option<usize>,
}

/// The end of a service and the renewal of its data, for whoever is to bring them about.
#[derive(Clone, Debug)]
pub struct Control {
    stopped: watch::Sender<bool>,
    calls: Arc<Calls>,
    is_serving: Arc<AtomicBool>,
}

impl Default for Control {
    fn default() -> Self {
        Self {
            stopped: watch::Sender::new(false),
            calls: Arc::default(),
            is_serving: Arc::default(),
        }
    }
}

impl Control {
    /// Lets the service end what it began, and nothing more. `false` when it does not serve yet, or
    /// was told so before: then there is nothing to wait for.
    #[must_use]
    pub fn stop(&self) -> bool {
        let is_new = !self.stopped.send_replace(true);
        self.calls.stop();
        is_new && self.is_serving.load(Ordering::Relaxed)
    }

    /// Lets the service read its data again; if they are just being read, once that is done.
    pub fn reload(&self) {
        self.calls.reload();
    }
}

/// Records on their way to the log.
const RECORDS: usize = 4096;

/// Serves until it is told to stop.
///
/// # Errors
/// When there is no such address to listen at, or the data cannot be read.
pub fn run(options: &Options, control: &Control, events: &dyn Events, log: &dyn Log) -> Result<()> {
    let (listener, address) = listen(options.listen)?;
    let metrics = options.metrics.map(listen).transpose()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .build()
        .map_err(|fact| not_heard(address, &fact))?;
    let renderers = options
        .renderers
        .or_else(|| thread::available_parallelism().ok().map(Into::into));
    let renderers = renderers.unwrap_or(1);
    let (sender, records) = sync_channel(RECORDS);
    let shared = Arc::new(shared(options, renderers, (log.interest(), sender)));
    log.news(&News::Listening(address));
    if let Some((_, address)) = &metrics {
        log.news(&News::Measuring(*address));
    }
    let metrics = metrics.map(|(listener, _)| listener);
    let failed = Mutex::new(None);
    thread::scope(|scope| {
        for _ in 0..renderers {
            scope.spawn(|| shared.desk.render(&shared.studio));
        }
        scope.spawn(|| shared.desk.wait());
        let lost = &shared.lost;
        scope.spawn(move || keep(log, &records, lost));
        scope.spawn(|| {
            if let Err(error) = keep_up(options, &shared, control, events, log) {
                *lock(&failed) = Some(error);
                let _ = control.stop();
            }
        });
        let served = runtime.block_on(serve(
            (listener, metrics),
            &shared,
            &options.limits,
            control,
        ));
        // Renderers end, and whoever keeps the log is told that there is no more.
        shared.desk.close();
        let _ = shared.log.send(None);
        served.map_err(|fact| not_heard(address, &fact))
    })?;
    log.news(&News::Stopped);
    let failed = failed.into_inner().unwrap_or_else(PoisonError::into_inner);
    failed.map_or(Ok(()), Err)
}

/// A listener at an address, and that address with the port that the system chose.
fn listen(address: SocketAddr) -> Result<(std::net::TcpListener, SocketAddr)> {
    let bound = || {
        let listener = std::net::TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        Ok((listener, address))
    };
    bound().map_err(|fact: std::io::Error| not_heard(address, &fact))
}

async fn serve(
    (listener, metrics): (std::net::TcpListener, Option<std::net::TcpListener>),
    shared: &Arc<Shared>,
    limits: &Limits,
    control: &Control,
) -> std::io::Result<()> {
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let router = routes::router(Arc::clone(shared));
    let counts = Arc::clone(&shared.connections);
    let (told, stopped) = (Arc::clone(shared), control.stopped.subscribe());
    let mut stopping = stopped.clone();
    tokio::spawn(async move {
        let _ = stopping.wait_for(|stopped| *stopped).await;
        told.is_stopping.store(true, Ordering::Relaxed);
    });
    if let Some(metrics) = metrics {
        let metrics = tokio::net::TcpListener::from_std(metrics)?;
        let (router, limits, stopped) = (
            routes::private(Arc::clone(shared)),
            limits.clone(),
            stopped.clone(),
        );
        tokio::spawn(async move {
            connection::serve(metrics, router, &limits, Arc::default(), stopped).await;
        });
    }
    connection::serve(listener, router, limits, counts, stopped).await;
    Ok(())
}

fn not_heard(address: SocketAddr, fact: &std::io::Error) -> Error {
    Error {
        place: Some(Location {
            file: address.to_string(),
            at: None,
        }),
        ..Error::new(
            ErrorKind::Network,
            format!("connections cannot be accepted here: {fact}"),
        )
    }
}

fn shared(
    options: &Options,
    renderers: usize,
    (interest, log): (Interest, std::sync::mpsc::SyncSender<Option<Record>>),
) -> Shared {
    let names: Vec<&str> = options
        .looks
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    Shared {
        data: std::sync::RwLock::default(),
        desk: Desk::new(options.cache, renderers, options.limits.work),
        table: Table::new(&options.limits, &names),
        connections: Arc::<Connections>::default(),
        requests: Requests::default(),
        studio: Studio {
            looks: options.looks.clone(),
            limits: options.limits.clone(),
            scales: Scales::default(),
        },
        face: Face {
            max_age: options.max_age,
            cors: options.cors.clone(),
            public: options.public.clone(),
            attribution: options.attribution.clone(),
            title: options.title.clone(),
        },
        interest,
        log,
        lost: AtomicU64::new(0),
        readings: Arc::default(),
        is_stopping: AtomicBool::new(false),
    }
}

/// Reads the data, and again whenever that is wanted, until the service ends. Only at first is it
/// an error that they cannot be read.
fn keep_up(
    options: &Options,
    shared: &Shared,
    control: &Control,
    events: &dyn Events,
    log: &dyn Log,
) -> Result<()> {
    let mut watched = Watched::now(&options.data);
    read(options, shared, control, events, log)?;
    loop {
        let is_due = match control.calls.next(options.watch) {
            Call::Stop => return Ok(()),
            Call::Reload => true,
            Call::Look => watched.have_changed(&options.data),
        };
        if is_due {
            watched = Watched::now(&options.data);
            if let Err(error) = read(options, shared, control, events, log) {
                shared.readings.failed.fetch_add(1, Ordering::Relaxed);
                log.news(&News::Kept(error));
            } else {
                shared.readings.done.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
}

/// Reads the data.
fn read(
    options: &Options,
    shared: &Shared,
    control: &Control,
    events: &dyn Events,
    log: &dyn Log,
) -> Result<()> {
    let begin = Instant::now();
    // Answers depend on the styles and on the program as well.
    let salt = format!("{} {:?}", env!("CARGO_PKG_VERSION"), options.looks);
    let data = match (options.live, &options.index) {
        (None, None) => Snapshot::load(&options.data, &salt, events)?,
        (None, Some(path)) => {
            let (data, rebuilt) = Snapshot::indexed(path, &options.data, &salt, events)?;
            log.news(&match rebuilt {
                None => News::Reused(path.clone()),
                Some((_, Some(error))) => News::Unwritten(error),
                Some((why, None)) => News::Indexed(path.clone(), why),
            });
            data
        }
        (Some(period), _) => {
            let times = (period, options.limits.work);
            let data = Snapshot::live(&options.data, times, &shared.readings, &salt, events)?;
            if !data.has_scale() {
                log.news(&News::Unkept);
            }
            data
        }
    };
    let ready = News::Ready {
        epoch: data.epoch().to_owned(),
        shapes: data.facts.shapes,
        time: begin.elapsed(),
    };
    shared.renew(data);
    control.is_serving.store(true, Ordering::Relaxed);
    log.news(&ready);
    Ok(())
}

/// Gives records to the log, which may be slow, until there are no more.
fn keep(log: &dyn Log, records: &Receiver<Option<Record>>, lost: &AtomicU64) {
    while let Ok(Some(record)) = records.recv() {
        log.news(&News::Request(record));
        match lost.swap(0, Ordering::Relaxed) {
            0 => {}
            lost => log.news(&News::Lost(lost)),
        }
    }
}
