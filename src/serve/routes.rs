//! Routes: from requests to what they want, and from answers to responses with what caches need.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, TrySendError};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::header;
use axum::http::request::Parts;
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::get;
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::time::{sleep, timeout};

use super::connection::Connections;
use super::data::{Readings, Snapshot};
use super::desk::{Desk, Outcome, Ticket};
use super::limits::Limits;
use super::metrics;
use super::metrics::{Number, Requests};
use super::news::{Interest, Record};
use super::openapi;
use super::page;
use super::parameters::{Resource, Table, Values};
use super::problem::Problem;
use super::render::{Answer, Studio, text};
use super::twine::Words;
use super::wanted::{Form, Wanted, interval, view};
use crate::color::gradient::{GradientOptions, Source};
use crate::color::{Gradient, Scheme};
use crate::encode::Format;
use crate::geo::{Bounds, Crs};
use crate::product::inventory::moment;

/// Texts shorter than this are not packed: they fit one packet anyway.
const SHORT: usize = 1024;

/// How long a refusal is held back that says to try again in a second: refusing those who do so at
/// once would take more of the machine than pictures do. There are no more of them in a second than
/// there may be connections.
const HELD: Duration = Duration::from_secs(1);

/// What all requests share.
#[derive(Debug)]
pub struct Shared {
    pub data: RwLock<Option<Arc<Snapshot>>>,
    pub studio: Studio,
    pub desk: Desk,
    pub table: Table,
    pub connections: Arc<Connections>,
    pub requests: Requests,
    pub face: Face,
    /// Of which requests there are records.
    pub interest: Interest,
    /// Where records go.
    pub log: SyncSender<Option<Record>>,
    /// Records that nobody took.
    pub lost: AtomicU64,
    pub is_stopping: std::sync::atomic::AtomicBool,
    pub readings: Arc<Readings>,
}

/// What the service says of itself.
#[derive(Clone, Debug)]
pub struct Face {
    /// How long an answer may be kept without asking again.
    pub max_age: Duration,
    /// Pages of this origin may use the service: an origin, or `*`.
    pub cors: Option<String>,
    /// The address by which it is known outside, such as `https://example.org/heat`.
    pub public: Option<String>,
    /// Whom the data belong to.
    pub attribution: Option<String>,
    /// What it is called.
    pub title: String,
}

impl Shared {
    /// The data of now.
    pub fn data(&self) -> Result<Arc<Snapshot>, Problem> {
        let data = {
            let data = self.data.read().unwrap_or_else(PoisonError::into_inner);
            data.clone()
        };
        let data = data.ok_or_else(|| Problem::busy("the data are still being read"))?;
        Ok(match data.next() {
            Some(next) => self.go_on(&data, next),
            None => data,
        })
    }

    /// The data that follow others: these, unless somebody else was here before.
    fn go_on(&self, data: &Arc<Snapshot>, next: Snapshot) -> Arc<Snapshot> {
        let mut current = self.data.write().unwrap_or_else(PoisonError::into_inner);
        match &*current {
            Some(other) if !Arc::ptr_eq(other, data) => Arc::clone(other),
            _ => Arc::clone(current.insert(Arc::new(next))),
        }
    }

    /// From now on these are the data.
    pub fn renew(&self, data: Snapshot) {
        *self.data.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(data));
    }

    fn values(&self, resource: Resource, parts: &Parts) -> Result<Values, Problem> {
        self.table
            .read(resource, parts.uri.query().unwrap_or_default())
    }
}

/// All routes.
pub fn router(shared: Arc<Shared>) -> Router {
    let routes = Router::new()
        .route("/", get(asset))
        .route("/assets/{name}", get(asset))
        .route("/healthz", get(healthy))
        .route("/readyz", get(ready))
        .route("/heatmap.png", get(picture))
        .route("/heatmap.webp", get(picture))
        .route("/heatmap.jpg", get(picture))
        .route("/heatmap.json", get(frame))
        .route("/tiles/{z}/{x}/{y}", get(tile))
        .route("/tiles.json", get(tile_json))
        .route("/points.json", get(points))
        .route("/times.json", get(times))
        .route("/legend.png", get(legend))
        .route("/legend.json", get(legend))
        .route("/schemes.json", get(schemes))
        .route("/openapi.json", get(open_api))
        .route("/twine-heatmap", get(twine).post(twine))
        .route("/imgs/{name}", get(image));
    routes
        .fallback(not_found)
        .method_not_allowed_fallback(not_allowed)
        .layer(from_fn_with_state(Arc::clone(&shared), around))
        .with_state(shared)
}

/// What is for whoever runs the service alone, at an address of its own.
pub fn private(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/metrics", get(measured))
        .fallback(not_found)
        .with_state(shared)
}

async fn measured(State(shared): Here) -> Response {
    let (counts, connections) = (&shared.desk.counts, &shared.connections);
    let (bytes, answers) = shared.desk.holds();
    let gauge = |name, about, value| Number { name, about, value };
    let busy = counts.busy.load(Ordering::Relaxed) as f64 / 1e6;
    let page = metrics::page(
        &shared.requests,
        &[
            Number::count(
                "heatmap_reloads_total",
                "New data that were taken up",
                &shared.readings.done,
            ),
            Number::count(
                "heatmap_failed_reloads_total",
                "New data that could not be read",
                &shared.readings.failed,
            ),
            Number::count(
                "heatmap_cache_hits_total",
                "Answers that were kept",
                &counts.hits,
            ),
            Number::count(
                "heatmap_cache_misses_total",
                "Answers that had to be made",
                &counts.misses,
            ),
            Number::count(
                "heatmap_joined_total",
                "Requests for what was being made already",
                &counts.joined,
            ),
            Number::count(
                "heatmap_rendered_total",
                "Answers that were made",
                &counts.rendered,
            ),
            Number::count(
                "heatmap_dropped_total",
                "Requests that were turned away because too many waited",
                &counts.dropped,
            ),
            Number::count(
                "heatmap_abandoned_total",
                "Requests whose client had left before their turn",
                &counts.abandoned,
            ),
            Number::count(
                "heatmap_connections_total",
                "Connections that were accepted",
                &connections.accepted,
            ),
            Number::count(
                "heatmap_connections",
                "Connections that are open",
                &connections.open,
            ),
            gauge(
                "heatmap_busy_seconds_total",
                "Time that renderers worked, all together",
                busy,
            ),
            gauge(
                "heatmap_queue",
                "Requests that wait for a renderer",
                shared.desk.waiting() as f64,
            ),
            gauge(
                "heatmap_cache_bytes",
                "Bytes of answers that are kept",
                bytes as f64,
            ),
            gauge(
                "heatmap_cache_answers",
                "Answers that are kept",
                answers as f64,
            ),
        ],
    );
    let mut response = Response::new(Body::from(page));
    let kind = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

type Here = State<Arc<Shared>>;

async fn healthy(State(shared): Here, request: Request) -> Response {
    plain(&shared, request, StatusCode::OK, "alive\n")
}

async fn ready(State(shared): Here, request: Request) -> Response {
    if shared.is_stopping.load(Ordering::Relaxed) {
        return refused(&Problem::busy("the service is stopping"));
    }
    match shared.data() {
        Ok(_) => plain(&shared, request, StatusCode::OK, "ready\n"),
        Err(problem) => refused(&problem),
    }
}

fn plain(shared: &Shared, request: Request, status: StatusCode, text: &'static str) -> Response {
    let (parts, _) = request.into_parts();
    if let Err(problem) = shared.values(Resource::Fixed, &parts) {
        return refused(&problem);
    }
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/plain; charset=utf-8"),
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// The page, or what belongs to it.
async fn asset(State(shared): Here, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    if let Err(problem) = shared.values(Resource::Fixed, &parts) {
        return refused(&problem);
    }
    let name = parts.uri.path().rsplit('/').next().unwrap_or_default();
    let gzip = takes_gzip(&parts.headers);
    let key = format!("asset {gzip} {name}");
    let kept = shared.desk.kept(&key);
    let answer = kept.or_else(|| {
        let (body, kind) = page::asset(name)?;
        let answer = text(body, kind, gzip);
        shared.desk.keep(key, answer.clone());
        Some(answer)
    });
    let Some(answer) = answer else {
        return not_found(Request::default()).await;
    };
    let caching = Caching {
        etag: etag(&answer.body),
        control: control(&shared, &parts, None),
        varies: true,
    };
    if caching.is_known(&parts.headers) {
        return caching.not_modified();
    }
    let mut response = caching.with(answer);
    let policy = HeaderValue::from_static(page::POLICY);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    headers.insert(
        header::REFERRER_POLICY,
        HeaderValue::from_static("strict-origin-when-cross-origin"),
    );
    response
}

async fn picture(State(shared): Here, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let format = match parts.uri.path().rsplit('.').next() {
        Some("webp") => Format::Webp,
        Some("jpg") => Format::Jpeg,
        _ => Format::Png,
    };
    let limits = &shared.studio.limits;
    let wanted = |values: &Values, data: &Snapshot| Wanted::picture(format, values, limits, data);
    made(&shared, &parts, Resource::Picture, wanted).await
}

async fn tile(State(shared): Here, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let path = percent_decode_str(parts.uri.path())
        .decode_utf8_lossy()
        .into_owned();
    let limits = &shared.studio.limits;
    let wanted = |values: &Values, data: &Snapshot| {
        let mut names = path.rsplit('/');
        let mut name = || names.next().unwrap_or_default();
        let (y, x, z) = (name(), name(), name());
        Wanted::tile([z, x, y], values, limits, data)
    };
    made(&shared, &parts, Resource::Tile, wanted).await
}

async fn legend(State(shared): Here, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let (limits, gzip) = (&shared.studio.limits, takes_gzip(&parts.headers));
    let form = if parts.uri.path().ends_with("json") {
        Form::Numbers { gzip }
    } else {
        Form::Picture
    };
    let wanted = |values: &Values, data: &Snapshot| Wanted::legend(form, values, limits, data);
    made(&shared, &parts, Resource::Legend, wanted).await
}

async fn points(State(shared): Here, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let (limits, gzip) = (&shared.studio.limits, takes_gzip(&parts.headers));
    let wanted = |values: &Values, data: &Snapshot| Wanted::points(values, limits, data, gzip);
    made(&shared, &parts, Resource::Points, wanted).await
}

async fn times(State(shared): Here, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let gzip = takes_gzip(&parts.headers);
    let wanted = |values: &Values, data: &Snapshot| Wanted::times(values, data, gzip);
    made(&shared, &parts, Resource::Times, wanted).await
}

/// The response with what a request wants.
async fn made(
    shared: &Shared,
    parts: &Parts,
    resource: Resource,
    wanted: impl Fn(&Values, &Snapshot) -> Result<Wanted, Problem>,
) -> Response {
    let asked = || -> Result<_, Problem> {
        let values = shared.values(resource, parts)?;
        let data = shared.data()?;
        Ok((wanted(&values, &data)?, data))
    };
    let (wanted, data) = match asked() {
        Ok(asked) => asked,
        Err(problem) => return refused(&problem),
    };
    let key = format!("{} {wanted:?}", data.epoch());
    let caching = Caching {
        etag: etag(key.as_bytes()),
        control: control(shared, parts, Some(&data)),
        varies: wanted.is_text(),
    };
    if caching.is_known(&parts.headers) {
        return caching.not_modified();
    }
    match outcome(shared, &key, wanted, &data).await {
        Ok(answer) => caching.with(answer),
        Err(problem) => refused(&problem),
    }
}

/// What comes of a wish, as soon as that is known.
pub async fn outcome(shared: &Shared, key: &str, wanted: Wanted, data: &Arc<Snapshot>) -> Outcome {
    let mut waits = match shared.desk.ask(key, wanted, data) {
        Ticket::Here(answer) => return Ok(answer),
        Ticket::Later(waits) => waits,
    };
    let work = shared.studio.limits.work;
    let outcome = match timeout(work, waits.wait_for(Option::is_some)).await {
        Ok(Ok(outcome)) => outcome.clone(),
        _ => None,
    };
    let outcome = outcome.unwrap_or_else(|| Err(Problem::busy("it took too long")));
    let is_busy = |problem: &Problem| problem.retry_after.is_some();
    if outcome.as_ref().is_err_and(is_busy) {
        sleep(HELD).await;
    }
    outcome
}

/// Where a picture lies, and how large it is.
async fn frame(State(shared): Here, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let found = || -> Result<Value, Problem> {
        let values = shared.values(Resource::Picture, &parts)?;
        let data = shared.data()?;
        let view = view(&values, &shared.studio.limits, &data)?;
        interval(&values, &data)?;
        let Bounds {
            south,
            west,
            north,
            east,
        } = view.bounds();
        let query = parts.uri.query().map(|query| format!("?{query}"));
        Ok(json!({
            "bounds": [[south, west], [north, east]],
            "width": view.size().width(),
            "height": view.size().height(),
            "crs": "EPSG:3857",
            "picture": format!("heatmap.png{}", query.unwrap_or_default()),
        }))
    };
    told(&shared, &parts, found())
}

async fn tile_json(State(shared): Here, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let found = || -> Result<Value, Problem> {
        let values = shared.values(Resource::TileJson, &parts)?;
        let data = shared.data()?;
        interval(&values, &data)?;
        let base = base(&shared, &parts)?;
        let query = parts.uri.query().map(|query| format!("?{query}"));
        let query = query.unwrap_or_default();
        let bounds = on_the_map(&data);
        let [west, south, east, north] = bounds;
        let zoom = (360.0 / (east - west).max(1e-3))
            .log2()
            .floor()
            .clamp(0.0, 16.0);
        let middle = (f64::midpoint(west, east), f64::midpoint(south, north));
        Ok(json!({
            "tilejson": "3.0.0",
            "name": shared.face.title,
            "version": format!("1.0.0+{}", data.epoch()),
            "attribution": shared.face.attribution.as_deref().unwrap_or_default(),
            "scheme": "xyz",
            "tiles": [format!("{base}/tiles/{{z}}/{{x}}/{{y}}.png{query}")],
            "minzoom": 0,
            "maxzoom": shared.studio.limits.zoom,
            "bounds": bounds,
            "center": [middle.0, middle.1, zoom],
            // TileJSON may have members of one's own.
            "times": data.times().map(|(first, last)| [moment(first), moment(last)]),
        }))
    };
    told(&shared, &parts, found())
}

/// West, south, east and north of the data, or of all the map.
fn on_the_map(data: &Snapshot) -> [f64; 4] {
    let limit = Crs::WebMercator.limit();
    let earth = [-180.0, -limit, 180.0, limit];
    data.bounds().map_or(earth, |bounds| {
        let (south, north) = (bounds.south.max(-limit), bounds.north.min(limit));
        if bounds.east > 180.0 || bounds.west < -180.0 {
            [-180.0, south, 180.0, north]
        } else {
            [bounds.west, south, bounds.east, north]
        }
    })
}

/// The address of the service as the client knows it.
fn base(shared: &Shared, parts: &Parts) -> Result<String, Problem> {
    if let Some(public) = &shared.face.public {
        return Ok(public.clone());
    }
    let host = parts.headers.get(header::HOST);
    let host = host.and_then(|host| host.to_str().ok()).unwrap_or_default();
    let is_host = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:[]".contains(&byte);
    if host.is_empty() || host.len() > 255 || !host.bytes().all(is_host) {
        return Err(Problem::new(400, "the Host of the request is no host"));
    }
    Ok(format!("http://{host}"))
}

async fn schemes(State(shared): Here, request: Request) -> Response {
    const STEPS: u8 = 32;
    let (parts, _) = request.into_parts();
    let scheme = |scheme: &'static Scheme| {
        let gradient = Gradient::load(&GradientOptions::of(Source::Scheme(scheme)))?;
        let color = |step: u8| {
            let [r, g, b, a] = gradient.at(f32::from(step) / f32::from(STEPS - 1));
            format!("#{r:02x}{g:02x}{b:02x}{a:02x}")
        };
        let colors: Vec<String> = (0..STEPS).map(color).collect();
        Ok(json!({
            "name": scheme.name(),
            "diverging": scheme.is_diverging(),
            "colors": colors,
        }))
    };
    let found = || -> Result<Value, Problem> {
        shared.values(Resource::Fixed, &parts)?;
        let all = Scheme::all().iter().map(scheme);
        let all: Vec<Value> = all.collect::<crate::error::Result<_>>()?;
        Ok(Value::from(all))
    };
    told(&shared, &parts, found())
}

async fn open_api(State(shared): Here, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let found = shared
        .values(Resource::Fixed, &parts)
        .map(|_| openapi::document(&shared.table, &shared.face.title));
    told(&shared, &parts, found)
}

/// The request of the twine heat map: a picture by its name, or points.
async fn twine(State(shared): Here, request: Request) -> Response {
    match twined(&shared, request).await {
        Ok(answer) => {
            let mut response = Response::new(Body::from(answer));
            let headers = response.headers_mut();
            let json = HeaderValue::from_static("application/json");
            headers.insert(header::CONTENT_TYPE, json);
            // Its picture may be gone before it is.
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
            response
        }
        Err(problem) => refused(&problem),
    }
}

async fn twined(shared: &Shared, request: Request) -> Result<Bytes, Problem> {
    let words = twine_words(request, &shared.studio.limits).await?;
    let data = shared.data()?;
    let wanted = words.wanted(&shared.studio.limits, &data)?;
    let is_picture = matches!(wanted, Wanted::Picture { .. });
    let key = format!("{} {wanted:?}", data.epoch());
    let answer = outcome(shared, &key, wanted, &data).await?;
    if !is_picture {
        return Ok(answer.body);
    }
    let name = digits(&answer.body);
    shared.desk.keep(image_key(&name), answer);
    Ok(json!({ "filename": name }).to_string().into())
}

/// What a request says in its query, or in its body.
async fn twine_words(request: Request, limits: &Limits) -> Result<Words, Problem> {
    let (parts, body) = request.into_parts();
    if parts.method != Method::POST {
        return Words::of_query(parts.uri.query().unwrap_or_default());
    }
    let kind = parts.headers.get(header::CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    let body = timeout(limits.head, to_bytes(body, limits.request)).await;
    let body = body.map_err(|_| Problem::new(408, "the body did not come in time"))?;
    let body = body.map_err(|_| {
        let detail = format!(
            "the body has more than {} bytes, or broke off",
            limits.request
        );
        Problem::new(413, detail)
    })?;
    match kind.as_str() {
        "application/json" => Words::of_json(&body),
        "" | "application/x-www-form-urlencoded" => {
            let text =
                str::from_utf8(&body).map_err(|_| Problem::new(400, "the body is not UTF-8"))?;
            Words::of_query(text)
        }
        _ => Err(Problem::new(415, "the body must be JSON or a form")),
    }
}

/// Under which key a picture is kept that goes by a name.
fn image_key(name: &str) -> String {
    format!("image {name}")
}

/// A picture by its name, as long as it is kept.
async fn image(State(shared): Here, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let name = parts.uri.path().rsplit('/').next().unwrap_or_default();
    let name = name.strip_suffix(".png").unwrap_or_default();
    let Some(answer) = shared.desk.kept(&image_key(name)) else {
        let detail = "there is no such picture, or not any more: ask /twine-heatmap again";
        return refused(&Problem::new(404, detail));
    };
    // It is named by its content.
    let caching = Caching {
        etag: format!("\"{name}\""),
        control: FOR_EVER.to_owned(),
        varies: false,
    };
    if caching.is_known(&parts.headers) {
        return caching.not_modified();
    }
    caching.with(answer)
}

async fn not_found(_: Request) -> Response {
    let detail = "there is nothing here; /openapi.json says what there is";
    refused(&Problem::new(404, detail))
}

async fn not_allowed(_: Request) -> Response {
    refused(&Problem::new(405, "this is not what can be done here"))
}

/// The response with a JSON document.
pub fn told(shared: &Shared, parts: &Parts, found: Result<Value, Problem>) -> Response {
    let body = match found {
        Ok(found) => found.to_string(),
        Err(problem) => return refused(&problem),
    };
    let gzip = body.len() > SHORT && takes_gzip(&parts.headers);
    let mut salt = body.as_bytes().to_vec();
    salt.push(gzip.into());
    let data = shared.data().ok();
    let caching = Caching {
        etag: etag(&salt),
        control: control(shared, parts, data.as_deref()),
        varies: true,
    };
    if caching.is_known(&parts.headers) {
        return caching.not_modified();
    }
    caching.with(text(body, "application/json", gzip))
}

/// Whether a client understands gzip.
pub fn takes_gzip(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(header::ACCEPT_ENCODING).iter();
    let accepted = accepted.filter_map(|value| value.to_str().ok());
    let mut codings = accepted.flat_map(|value| value.split(','));
    codings.any(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
        let weight = weight.trim().trim_start_matches("q=");
        let is_refused = weight.parse() == Ok(0.0_f32);
        name.trim().eq_ignore_ascii_case("gzip") && !is_refused
    })
}

/// What caches are told of an answer.
pub struct Caching {
    pub etag: String,
    pub control: String,
    /// Whether it depends on what the client understands.
    pub varies: bool,
}

/// A strong entity tag: the answer is the same to the byte wherever it is.
pub fn etag(what: &[u8]) -> String {
    format!("\"{}\"", digits(what))
}

/// The first digits of a digest.
fn digits(what: &[u8]) -> String {
    let digest = Sha256::digest(what);
    let digits = digest.iter().take(12);
    digits.map(|byte| format!("{byte:02x}")).collect()
}

/// What caches are told of what never changes.
const FOR_EVER: &str = "public, max-age=31536000, immutable";

/// How long an answer may be kept: for ever where its address has the epoch, but of a live table no
/// longer than the epoch lasts.
fn control(shared: &Shared, parts: &Parts, data: Option<&Snapshot>) -> String {
    let usual = shared.face.max_age;
    if let Some(left) = data.and_then(Snapshot::holds) {
        return format!("public, max-age={}", left.min(usual).as_secs());
    }
    let mut pairs = parts.uri.query().unwrap_or_default().split('&');
    let is_versioned = data.is_some_and(|data| {
        let epoch = Some(data.epoch());
        pairs.any(|pair| pair.strip_prefix("v=") == epoch)
    });
    if is_versioned {
        return FOR_EVER.to_owned();
    }
    format!("public, max-age={}", usual.as_secs())
}

impl Caching {
    /// Whether the client has the answer already.
    pub fn is_known(&self, headers: &HeaderMap) -> bool {
        let known = headers.get_all(header::IF_NONE_MATCH).iter();
        let known = known.filter_map(|value| value.to_str().ok());
        let mut tags = known.flat_map(|value| value.split(','));
        tags.any(|tag| {
            let tag = tag.trim();
            tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == self.etag
        })
    }

    pub fn not_modified(&self) -> Response {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        self.put(response.headers_mut());
        response
    }

    pub fn with(&self, answer: Answer) -> Response {
        let mut response = Response::new(Body::from(answer.body));
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(answer.kind));
        if answer.is_gzip {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        self.put(headers);
        response
    }

    fn put(&self, headers: &mut HeaderMap) {
        let mut put = |name, value: &str| {
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.insert(name, value);
            }
        };
        put(header::ETAG, &self.etag);
        put(header::CACHE_CONTROL, &self.control);
        if self.varies {
            put(header::VARY, "Accept-Encoding");
        }
    }
}

/// The response that tells a problem.
pub fn refused(problem: &Problem) -> Response {
    let mut response = Response::new(Body::from(problem.body()));
    let status = StatusCode::from_u16(problem.status);
    *response.status_mut() = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/problem+json"),
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(seconds) = problem.retry_after {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// What goes for all requests: how long they may be, which pages may use the answers, and the log.
async fn around(State(shared): Here, request: Request, next: Next) -> Response {
    let begin = Instant::now();
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let target = target(&uri);
    let origin = request.headers().get(header::ORIGIN).cloned();
    let most = shared.studio.limits.request;
    let mut response = if target.len() > most {
        let detail = format!(
            "the address has {} bytes, and {most} are the most",
            target.len()
        );
        refused(&Problem::new(414, detail))
    } else if method == Method::OPTIONS && shared.face.cors.is_some() {
        allowed()
    } else {
        next.run(request).await
    };
    let headers = response.headers_mut();
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    if let Some(cors) = &shared.face.cors {
        share(cors, origin.as_ref(), headers);
    }
    if shared.is_stopping.load(Ordering::Relaxed) {
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    record(&shared, (&method, &uri), &response, begin.elapsed());
    response
}

/// The path with the query, as they were written.
fn target(uri: &Uri) -> &str {
    uri.path_and_query().map_or("", PathAndQuery::as_str)
}

/// The answer to a browser that asks what it may do.
fn allowed() -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    let mut put = |name: HeaderName, value| {
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    };
    put(header::ACCESS_CONTROL_ALLOW_METHODS, "GET, HEAD, POST");
    put(
        header::ACCESS_CONTROL_ALLOW_HEADERS,
        "Content-Type, If-None-Match",
    );
    put(header::ACCESS_CONTROL_MAX_AGE, "86400");
    response
}

/// Lets pages of other origins use an answer: of all, or of those that are listed with commas.
fn share(cors: &str, origin: Option<&HeaderValue>, headers: &mut HeaderMap) {
    let name = header::ACCESS_CONTROL_ALLOW_ORIGIN;
    headers.insert(
        header::ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static("ETag, Retry-After"),
    );
    if cors == "*" {
        headers.insert(name, HeaderValue::from_static("*"));
        return;
    }
    headers.append(header::VARY, HeaderValue::from_static("Origin"));
    let is_listed = |origin: &&HeaderValue| cors.split(',').any(|one| one.trim() == **origin);
    if let Some(origin) = origin.filter(is_listed) {
        headers.insert(name, origin.clone());
    }
}

fn record(shared: &Shared, (method, uri): (&Method, &Uri), response: &Response, time: Duration) {
    use axum::body::HttpBody;
    let status = response.status().as_u16();
    shared.requests.count(uri.path(), status, time);
    if !shared.interest.has(status) {
        return;
    }
    let record = Record {
        method: method.to_string(),
        target: target(uri).to_owned(),
        status,
        bytes: response.body().size_hint().exact().unwrap_or_default(),
        time,
    };
    if let Err(TrySendError::Full(_)) = shared.log.try_send(Some(record)) {
        shared.lost.fetch_add(1, Ordering::Relaxed);
    }
}
