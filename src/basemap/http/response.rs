//! HTTP response of a tile server, judged.

use std::time::{Duration, SystemTime};

use ureq::http::StatusCode;
use ureq::http::header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER};

use super::address::Address;
use super::freshness::{retry_after, text};
use super::retry::Failure;
use crate::raster::Raster;
use crate::tileset::decode;

/// By which openstreetmap.org's servers say that they want nothing to do with a program: what they
/// send is no map.
const BLOCKED: &str = "x-blocked";

/// What a server may want that refuses, for the end of an advice.
const CONTACT: &str = "OpenStreetMap asks programs for a contact in their user agent";

/// An answer, as it came.
#[derive(Debug)]
pub struct Response {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

/// What it means.
#[derive(Debug)]
pub enum Verdict {
    /// Here it is.
    Tile(Raster),
    /// The one that is kept is still good.
    Unchanged,
    /// There is none.
    Missing,
}

impl Response {
    /// What it means, if it is what an answer should be.
    pub fn verdict(&self, address: &Address) -> Result<Verdict, Failure> {
        if let Some(reason) = self.headers.get(BLOCKED) {
            let reason = plain(reason.as_bytes());
            let error = address.error(format!(
                "the server blocks this program, and says: {reason}"
            ));
            return Err(error
                .advice(format_args!(
                    "use another server, one that permits it; {CONTACT}"
                ))
                .into());
        }
        match self.status.as_u16() {
            200 => self.picture(address).map(Verdict::Tile),
            304 => Ok(Verdict::Unchanged),
            404 | 410 => Ok(Verdict::Missing),
            429 | 500..=599 => Err(self.busy(address)),
            _ => Err(self.refused(address)),
        }
    }

    fn picture(&self, address: &Address) -> Result<Raster, Failure> {
        decode::picture(&self.body).map_err(|fact| match text(&self.headers, CONTENT_TYPE) {
            Some(kind) if !kind.starts_with("image/") => {
                let kind = plain(kind.as_bytes());
                address
                    .error(format!(
                        "not a picture but {kind}, which begins: {}",
                        plain(&self.body)
                    ))
                    .into()
            }
            _ => address.error(fact).into(),
        })
    }

    /// Something that may pass.
    fn busy(&self, address: &Address) -> Failure {
        let least = text(&self.headers, RETRY_AFTER)
            .and_then(|value| retry_after(value, SystemTime::now()));
        let wish = least.map(|least| format!(", to be asked again after {} s", least.as_secs()));
        let error = address.error(format!("{}{}", self.status, wish.unwrap_or_default()));
        let advice = "try again later, or use another server";
        Failure {
            error: if self.status == StatusCode::TOO_MANY_REQUESTS {
                error.advice(format_args!("{advice}; {CONTACT}"))
            } else {
                error.advice(advice)
            },
            again: least.or(Some(Duration::ZERO)),
        }
    }

    fn refused(&self, address: &Address) -> Failure {
        let key = "the server wants a key, a wrong one was given, or it does not serve programs like this";
        let error = address.error(self.status);
        let error = match self.status.as_u16() {
            401 => error.advice(key),
            403 => error.advice(format_args!("{key}; {CONTACT}")),
            418 => error.advice(format_args!(
                "the server does not serve programs like this; {CONTACT}"
            )),
            _ => error.advice("see whether the address and its template are right"),
        };
        error.into()
    }
}

/// The beginning of what a server says, fit to be shown: no control characters, no line ends, not
/// long.
fn plain(bytes: &[u8]) -> String {
    let beginning = String::from_utf8_lossy(&bytes[..bytes.len().min(400)]);
    let visible: String = beginning
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    let words: Vec<&str> = visible.split_whitespace().collect();
    words.join(" ").chars().take(100).collect()
}
