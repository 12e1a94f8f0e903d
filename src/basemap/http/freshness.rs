//! How long a tile may be kept without asking again (RFC 9111).
//!
//! Our own lines: the crate http-cache-semantics wants both heads of a request kept as they were,
//! and a format for that.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ureq::http::header::{AGE, AsHeaderName, CACHE_CONTROL, EXPIRES, HeaderMap};

/// For tiles of which the server says nothing.
const DEFAULT: u64 = 7 * 24 * 60 * 60;

/// Seconds since 1970.
pub fn now() -> u64 {
    seconds(SystemTime::now())
}

/// When an answer that comes now grows stale, in seconds since 1970; `None` when it may not be kept
/// at all.
pub fn expiry(headers: &HeaderMap, now: u64) -> Option<u64> {
    let directives: Vec<String> = headers
        .get_all(CACHE_CONTROL)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|directive| directive.trim().to_ascii_lowercase())
        .collect();
    let says = |name: &str| directives.iter().any(|directive| directive == name);
    if says("no-store") {
        return None;
    }
    let max_age = directives
        .iter()
        .find_map(|directive| directive.strip_prefix("max-age="));
    Some(match (max_age, text(headers, EXPIRES)) {
        _ if says("no-cache") => now,
        (Some(age), _) => now + number(age).saturating_sub(text(headers, AGE).map_or(0, number)),
        // What is no date, such as 0, means that it is stale already.
        (None, Some(date)) => httpdate::parse_http_date(date).map_or(now, seconds),
        (None, None) => now + DEFAULT,
    })
}

/// How long the server wants to be left alone.
pub fn retry_after(value: &str, now: SystemTime) -> Option<Duration> {
    let date = || {
        httpdate::parse_http_date(value)
            .ok()
            .map(|date| date.duration_since(now).unwrap_or_default())
    };
    value
        .trim()
        .parse()
        .ok()
        .map(Duration::from_secs)
        .or_else(date)
}

/// The text of a header.
pub fn text(headers: &HeaderMap, name: impl AsHeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

/// A number of seconds; what is none counts as 0, and what is longer than a u32 as that.
fn number(text: &str) -> u64 {
    text.trim_matches('"')
        .parse::<u64>()
        .map_or(0, |seconds| seconds.min(u32::MAX.into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ureq::http::{HeaderName, HeaderValue};

    const NOW: u64 = 784_111_777; // Sun, 06 Nov 1994 08:49:37 GMT

    fn after(headers: &[(&'static str, &'static str)]) -> Option<u64> {
        let pairs = headers.iter().map(|&(name, value)| {
            (
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            )
        });
        expiry(&pairs.collect(), NOW).map(|at| at - NOW)
    }

    #[test]
    fn headers_say_how_long_a_tile_lives() {
        assert_eq!(after(&[]), Some(DEFAULT));
        assert_eq!(after(&[("cache-control", "public, max-age=60")]), Some(60));
        assert_eq!(
            after(&[("cache-control", "max-age=\"60\""), ("age", "20")]),
            Some(40)
        );
        assert_eq!(
            after(&[("cache-control", "max-age=60"), ("expires", "0")]),
            Some(60)
        );
        assert_eq!(
            after(&[("cache-control", "max-age=99999999999999")]),
            Some(u32::MAX.into())
        );
        assert_eq!(after(&[("cache-control", "no-cache, max-age=60")]), Some(0));
        assert_eq!(after(&[("cache-control", "max-age=60, No-Store")]), None);
        assert_eq!(
            after(&[("expires", "Sun, 06 Nov 1994 08:50:37 GMT")]),
            Some(60)
        );
        assert_eq!(after(&[("expires", "-1")]), Some(0));
    }

    #[test]
    fn servers_say_when_to_come_back() {
        let now = UNIX_EPOCH + Duration::from_secs(NOW);
        assert_eq!(retry_after("7", now), Some(Duration::from_secs(7)));
        assert_eq!(
            retry_after("Sun, 06 Nov 1994 08:49:47 GMT", now),
            Some(Duration::from_secs(10))
        );
        assert_eq!(
            retry_after("Sun, 06 Nov 1994 08:00:00 GMT", now),
            Some(Duration::ZERO)
        );
        assert_eq!(retry_after("soon", now), None);
    }
}
