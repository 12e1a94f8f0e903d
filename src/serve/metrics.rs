//! Metrics in the text format of Prometheus
//! (<https://prometheus.io/docs/instrumenting/exposition_formats/>): few, with labels that no client
//! can make more of.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::locked::lock;

/// Upper ends of the classes of times, in seconds.
const CLASSES: [f64; 10] = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0];

/// Requests by what was asked for and what came of it.
#[derive(Debug, Default)]
pub struct Requests(Mutex<BTreeMap<(&'static str, u16), Times>>);

/// How long requests of a kind took.
#[derive(Clone, Debug, Default)]
struct Times {
    count: u64,
    seconds: f64,
    /// How many took no longer than the end of each class.
    classes: [u64; CLASSES.len()],
}

/// The kind of thing that a path asks for.
fn route(path: &str) -> &'static str {
    match path {
        "/heatmap.png" | "/heatmap.webp" | "/heatmap.jpg" => "picture",
        "/heatmap.json" => "frame",
        "/points.json" => "points",
        "/times.json" => "times",
        "/legend.png" | "/legend.json" => "legend",
        "/healthz" | "/readyz" => "health",
        "/tiles.json" | "/schemes.json" | "/openapi.json" => "about",
        "/" => "page",
        "/twine-heatmap" => "twine",
        path if path.starts_with("/assets/") => "page",
        path if path.starts_with("/tiles/") => "tile",
        path if path.starts_with("/imgs/") => "image",
        _ => "other",
    }
}

impl Requests {
    /// Counts one.
    pub fn count(&self, path: &str, status: u16, time: Duration) {
        let seconds = time.as_secs_f64();
        let mut all = lock(&self.0);
        let times = all.entry((route(path), status)).or_default();
        times.count += 1;
        times.seconds += seconds;
        let classes = times.classes.iter_mut().zip(CLASSES);
        for (count, _) in classes.filter(|(_, end)| seconds <= *end) {
            *count += 1;
        }
    }

    fn write(&self, text: &mut String) {
        let name = "heatmap_request_seconds";
        head(
            text,
            name,
            "histogram",
            "Time from a request's head to the beginning of its answer",
        );
        let all = lock(&self.0);
        for ((route, status), times) in all.iter() {
            let labels = format!("route=\"{route}\",status=\"{status}\"");
            for (end, count) in CLASSES.iter().zip(times.classes) {
                line(
                    text,
                    format_args!("{name}_bucket{{{labels},le=\"{end}\"}} {count}"),
                );
            }
            line(
                text,
                format_args!("{name}_bucket{{{labels},le=\"+Inf\"}} {}", times.count),
            );
            line(
                text,
                format_args!("{name}_sum{{{labels}}} {}", times.seconds),
            );
            line(
                text,
                format_args!("{name}_count{{{labels}}} {}", times.count),
            );
        }
    }
}

fn head(text: &mut String, name: &str, kind: &str, about: &str) {
    line(
        text,
        format_args!("# HELP {name} {about}\n# TYPE {name} {kind}"),
    );
}

fn line(text: &mut String, words: std::fmt::Arguments<'_>) {
    // Writing to a string does not fail.
    let _ = writeln!(text, "{words}");
}

/// A number by its name, and what it is.
pub struct Number {
    pub name: &'static str,
    pub about: &'static str,
    pub value: f64,
}

impl Number {
    pub fn count(name: &'static str, about: &'static str, count: &AtomicU64) -> Self {
        let value = count.load(Ordering::Relaxed) as f64;
        Self { name, about, value }
    }
}

/// The page: what only grows has a name that ends in `_total`.
pub fn page(requests: &Requests, numbers: &[Number]) -> String {
    let mut text = String::new();
    for Number { name, about, value } in numbers {
        let kind = if name.ends_with("_total") {
            "counter"
        } else {
            "gauge"
        };
        head(&mut text, name, kind, about);
        line(&mut text, format_args!("{name} {value}"));
    }
    requests.write(&mut text);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_counted_by_kind_and_class() {
        let requests = Requests::default();
        requests.count("/tiles/3/1/2.png", 200, Duration::from_millis(20));
        requests.count("/tiles/3/1/3.png", 200, Duration::from_millis(2));
        requests.count("/<script>", 404, Duration::from_millis(1));
        let page = page(
            &requests,
            &[Number {
                name: "x_total",
                about: "Some",
                value: 3.0,
            }],
        );
        for wanted in [
            "# TYPE x_total counter\nx_total 3\n",
            "heatmap_request_seconds_bucket{route=\"tile\",status=\"200\",le=\"0.003\"} 1\n",
            "heatmap_request_seconds_bucket{route=\"tile\",status=\"200\",le=\"0.03\"} 2\n",
            "heatmap_request_seconds_count{route=\"other\",status=\"404\"} 1\n",
        ] {
            assert!(page.contains(wanted), "{wanted}: {page}");
        }
        assert!(!page.contains("script"));
    }
}
