//! Address of a tile on the web, of which messages show everything but the secrets.

use std::fmt;

use ureq::http::Uri;

use crate::error::{Error, Result};

/// The address of a tile.
#[derive(Clone, Debug)]
pub struct Address {
    text: String,
    uri: Uri,
}

impl Address {
    /// An address that begins with http or https and names a host.
    pub fn new(text: &str) -> Result<Self> {
        let uri = text
            .parse::<Uri>()
            .ok()
            .filter(|uri| uri.host().is_some_and(|host| !host.is_empty()));
        let uri = uri.filter(|uri| matches!(uri.scheme_str(), Some("http" | "https")));
        uri.map(|uri| Self {
            text: text.to_owned(),
            uri,
        })
        .ok_or_else(|| {
            Error::usage("the address of the tiles is not proper")
                .advice("it is like https://tile.openstreetmap.org, and has %20 in place of blanks")
        })
    }

    /// All of it, secrets too.
    pub fn full(&self) -> &str {
        &self.text
    }

    pub fn uri(&self) -> &Uri {
        &self.uri
    }

    pub fn host(&self) -> &str {
        self.uri.host().unwrap_or_default()
    }

    pub fn is_secure(&self) -> bool {
        self.uri.scheme_str() == Some("https")
    }

    /// Whether it is on this machine, which no proxy knows.
    pub fn is_this_machine(&self) -> bool {
        let host = self.host().trim_matches(['[', ']']);
        host.eq_ignore_ascii_case("localhost")
            || host
                .parse()
                .is_ok_and(|ip: std::net::IpAddr| ip.is_loopback())
    }

    /// What is wrong with it, without the secrets that servers like to repeat.
    pub fn error(&self, fact: impl fmt::Display) -> Error {
        let values = self
            .uri
            .query()
            .unwrap_or_default()
            .split('&')
            .map(|pair| pair.split_once('=').unwrap_or((pair, pair)).1);
        let secrets = values.filter(|value| value.len() > 3);
        Error::network(
            self,
            secrets.fold(fact.to_string(), |fact, secret| fact.replace(secret, "…")),
        )
    }
}

/// Without user, password and query.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let authority = self
            .uri
            .authority()
            .map_or("", |authority| authority.as_str());
        let host = authority
            .rsplit_once('@')
            .map_or(authority, |(_, host)| host);
        write!(
            f,
            "{}://{host}{}",
            self.uri.scheme_str().unwrap_or_default(),
            self.uri.path()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_show_no_secrets() {
        let address = Address::new("https://me:pass@a.b:8080/1/2/3.png?key=abcdef&v=1").unwrap();
        assert_eq!(address.to_string(), "https://a.b:8080/1/2/3.png");
        assert_eq!(
            address.error("no key abcdef").to_string(),
            "https://a.b:8080/1/2/3.png: no key …"
        );
    }

    #[test]
    fn only_web_addresses_are_addresses() {
        for text in [
            "a.b/1",
            "http://",
            "http:///1",
            "ftp://a.b/1",
            "http://a.b/my tiles",
        ] {
            assert!(Address::new(text).is_err(), "{text}");
        }
    }

    #[test]
    fn this_machine_is_known_by_its_names() {
        for text in [
            "http://localhost:1/",
            "http://127.0.0.1/",
            "http://[::1]:80/",
        ] {
            assert!(Address::new(text).unwrap().is_this_machine(), "{text}");
        }
        assert!(!Address::new("http://127.a.b/").unwrap().is_this_machine());
    }
}
