//! Addresses of databases: `postgresql://user:password@host:port/name?sslmode=require`.

/// How addresses begin.
const SCHEMES: [&str; 2] = ["postgresql://", "postgres://"];

/// Whether a text is the address of a database, and no name of a file.
#[must_use]
pub fn is_database(text: &str) -> bool {
    SCHEMES.iter().any(|scheme| text.starts_with(scheme))
}

/// An address without its password, for messages.
pub(in crate::input) fn shown(address: &str) -> String {
    let (scheme, rest) = address.split_once("://").unwrap_or(("", address));
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, rest) = rest.split_at(end);
    let (user, host) = match authority.rsplit_once('@') {
        Some((user, host)) => (user.split(':').next(), host),
        None => (None, authority),
    };
    let (path, parameters) = rest.split_once('?').unwrap_or((rest, ""));
    let is_open = |parameter: &&str| !parameter.starts_with("password=");
    let parameters: Vec<&str> = parameters.split('&').filter(is_open).collect();
    let parameters = parameters.join("&");
    let user = user.map_or(String::new(), |user| format!("{user}@"));
    let mark = if parameters.is_empty() { "" } else { "?" };
    format!("{scheme}://{user}{host}{path}{mark}{parameters}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_not_shown() {
        for (address, expected) in [
            (
                "postgresql://me:s3cret@host:5433/db",
                "postgresql://me@host:5433/db",
            ),
            ("postgres://me:a@b@host/db", "postgres://me@host/db"),
            (
                "postgresql://host/db?password=x&sslmode=require",
                "postgresql://host/db?sslmode=require",
            ),
            ("postgresql:///db?password=x", "postgresql:///db"),
            ("postgresql://host", "postgresql://host"),
        ] {
            assert_eq!(shown(address), expected);
        }
        assert!(is_database("postgres://a/b") && !is_database("postgres.csv"));
    }
}
