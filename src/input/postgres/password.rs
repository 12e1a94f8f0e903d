//! Password files: lines of `host:port:database:user:password`, as `PostgreSQL`'s own programs read
//! them from `~/.pgpass` or where `PGPASSFILE` says.

use std::fs;
use std::path::{Path, PathBuf};

/// Whose password is wanted.
pub(super) struct Wanted<'a> {
    pub host: &'a str,
    pub port: u16,
    pub database: &'a str,
    pub user: &'a str,
}

/// The password that the environment or the password file has for somebody; or else why the file is
/// not read, if there is one.
pub(super) fn find(wanted: &Wanted) -> Result<Option<String>, String> {
    if let Ok(password) = std::env::var("PGPASSWORD") {
        return Ok(Some(password));
    }
    let Some(path) = file().filter(|path| path.is_file()) else {
        return Ok(None);
    };
    if is_open_to_others(&path) {
        return Err(format!(
            "{} is not read, for others may read it, too",
            path.display()
        ));
    }
    let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(text.lines().find_map(|line| of_line(line, wanted)))
}

fn file() -> Option<PathBuf> {
    let named = std::env::var_os("PGPASSFILE").map(PathBuf::from);
    named.or_else(|| Some(dirs::home_dir()?.join(".pgpass")))
}

#[cfg(unix)]
fn is_open_to_others(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).is_ok_and(|file| file.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn is_open_to_others(_: &Path) -> bool {
    false
}

/// The password in a line, if it is for somebody.
fn of_line(line: &str, wanted: &Wanted) -> Option<String> {
    (!line.starts_with('#')).then_some(())?;
    let fields = fields(line);
    let [host, port, database, user, password] = <[String; 5]>::try_from(fields).ok()?;
    let is = |field: &str, own: &str| field == "*" || field == own;
    let host_fits = is(&host, wanted.host) || (wanted.host.starts_with('/') && host == "localhost");
    let fits = host_fits
        && is(&port, &wanted.port.to_string())
        && is(&database, wanted.database)
        && is(&user, wanted.user);
    fits.then_some(password)
}

/// Fields between colons; a backslash makes the next letter one of its field.
fn fields(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        match letter {
            ':' if fields.len() < 5 => fields.push(String::new()),
            letter => {
                let letter = if letter == '\\' {
                    letters.next()
                } else {
                    Some(letter)
                };
                if let Some(last) = fields.last_mut() {
                    last.extend(letter);
                }
            }
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_have_stars_and_backslashes() {
        let wanted = Wanted {
            host: "db.example",
            port: 5432,
            database: "gis",
            user: "me",
        };
        for (line, password) in [
            ("db.example:5432:gis:me:s3cret", Some("s3cret")),
            ("*:*:*:me:a:b", Some("a:b")),
            ("*:*:*:*:a\\:b\\\\c", Some("a:b\\c")),
            ("# *:*:*:*:x", None),
            ("db.example:5433:gis:me:x", None),
            ("db.example:5432:gis:you:x", None),
            ("db.example:5432:gis", None),
        ] {
            assert_eq!(of_line(line, &wanted).as_deref(), password, "{line}");
        }
        let here = Wanted {
            host: "/run/postgresql",
            ..wanted
        };
        assert_eq!(of_line("localhost:*:*:*:x", &here).as_deref(), Some("x"));
    }
}
