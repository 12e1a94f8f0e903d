//! Retries: what goes wrong between a server and here, and whether it may pass.

use std::io::ErrorKind;
use std::time::Duration;

use ureq::Timeout;

use super::address::Address;
use super::server::{Patience, REDIRECTS};
use crate::error::{Error, Remedy};

/// An attempt that failed.
#[derive(Debug)]
pub struct Failure {
    /// Why.
    pub error: Error,
    /// The shortest time after which another attempt makes sense, if one does.
    pub again: Option<Duration>,
}

impl From<Error> for Failure {
    /// Something that another attempt would not change.
    fn from(error: Error) -> Self {
        Self { error, again: None }
    }
}

impl Failure {
    /// No whole answer came.
    pub fn broken(address: &Address, error: &ureq::Error, patience: Patience) -> Self {
        let fact = match error {
            ureq::Error::Timeout(Timeout::Global) => {
                format!("not all tiles came within {:?}", patience.whole)
            }
            ureq::Error::Timeout(Timeout::Connect | Timeout::Resolve) => {
                format!("no connection within {:?}", patience.connect)
            }
            ureq::Error::Timeout(_) => format!("no answer within {:?}", patience.read),
            ureq::Error::HostNotFound => "there is no such server".into(),
            ureq::Error::RequireHttpsOnly(_) => {
                "leads from https to http, which is not followed".into()
            }
            ureq::Error::TooManyRedirects => format!("leads on more than {REDIRECTS} times"),
            ureq::Error::Protocol(_) => "the answer is not proper HTTP".into(),
            ureq::Error::Io(error) => error.to_string(),
            other => other.to_string(),
        };
        Self {
            error: address.error(fact).remedy(Remedy::TryOffline),
            again: may_pass(error).then_some(Duration::ZERO),
        }
    }
}

/// Time-outs and connections that break. One that is refused or not trusted will be so again.
fn may_pass(error: &ureq::Error) -> bool {
    use ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, TimedOut, UnexpectedEof};
    match error {
        ureq::Error::Timeout(_) => true,
        ureq::Error::Io(error) => {
            matches!(
                error.kind(),
                BrokenPipe | ConnectionAborted | ConnectionReset | TimedOut | UnexpectedEof
            )
        }
        _ => false,
    }
}
