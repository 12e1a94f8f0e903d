//! Where a statement reads points, and where its cells go: tables, and files that engines read.

use super::engine::{Engine, Name};
use crate::geo::CellFrame;

/// A table, or files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A table, with its schema and catalogue before it.
    Table(Vec<Name>),
    /// A file, or a pattern of several.
    Files(String),
}

/// The kinds of files that engines read, by extension.
const KINDS: [&str; 6] = ["parquet", "csv", "json", "ndjson", "orc", "avro"];

impl Source {
    /// A path if there is a slash, a star or a known extension in it, else the name of a table,
    /// with dots between its parts.
    ///
    /// # Errors
    /// When it can be neither.
    pub fn parse(text: &str) -> Result<Self, String> {
        let is_path = text.contains(['/', '*', '\\']) || kind(text).is_some();
        if is_path && !text.contains(['"', '`']) {
            if text.chars().any(char::is_control) {
                return Err("there are invisible characters in its name".to_owned());
            }
            return Ok(Self::Files(text.to_owned()));
        }
        let mut parts = Vec::new();
        let mut rest = text;
        loop {
            let quote = rest.chars().next().filter(|c| matches!(c, '"' | '`'));
            let end = if let Some(quote) = quote {
                let end = rest[1..].find(quote).ok_or("a quote is not closed")?;
                parts.push(Name::new(&rest[1..=end])?);
                end + 2
            } else {
                let end = rest.find('.').unwrap_or(rest.len());
                parts.push(Name::new(rest[..end].trim())?);
                end
            };
            match rest[end..].strip_prefix('.') {
                Some(more) => rest = more,
                None if rest[end..].is_empty() => return Ok(Self::Table(parts)),
                None => return Err(format!("'{}' follows a name", &rest[end..])),
            }
        }
    }

    pub(super) fn text(&self, engine: Engine) -> Result<String, String> {
        match self {
            Self::Table(parts) => {
                let parts: Vec<_> = parts.iter().map(|part| engine.name(part)).collect();
                Ok(parts.join("."))
            }
            Self::Files(path) => files(engine, path),
        }
    }
}

fn files(engine: Engine, path: &str) -> Result<String, String> {
    let kind = kind(path).unwrap_or("parquet");
    match (engine, kind) {
        (Engine::Postgres, _) => {
            Err("PostgreSQL reads tables and no files: name a table".to_owned())
        }
        (Engine::DuckDb, "parquet") => Ok(format!("read_parquet({})", engine.text(path))),
        (Engine::DuckDb, "csv") => Ok(format!("read_csv({})", engine.text(path))),
        (Engine::DuckDb, "json" | "ndjson") => Ok(format!("read_json({})", engine.text(path))),
        (Engine::Spark, "parquet" | "json" | "orc" | "avro") => {
            // Spark's client takes a star after a slash for a comment; alternatives of one do not
            // look like that.
            let path = path.replace("/*", "/{*}");
            Ok(format!("{kind}.{}", engine.name(&Name::new(&path)?)))
        }
        (Engine::Spark, "csv") => Err(
            "a statement cannot tell Spark that a CSV file has a header: make a view of it, and name that"
                .to_owned(),
        ),
        (Engine::DataFusion, "parquet" | "csv" | "json" | "avro") => {
            Ok(engine.name(&Name::of_files(path)?))
        }
        (engine, kind) => Err(format!(
            "{} does not read files of the kind .{kind} in a statement: name a table",
            engine.name_of()
        )),
    }
}

/// The kind of a file by its extension, that of its packing aside.
fn kind(path: &str) -> Option<&'static str> {
    let path = path.to_ascii_lowercase();
    let path = [".gz", ".zst"]
        .into_iter()
        .find_map(|packed| path.strip_suffix(packed))
        .unwrap_or(&path);
    KINDS.into_iter().find(|kind| {
        path.strip_suffix(kind)
            .is_some_and(|stem| stem.ends_with('.'))
    })
}

/// Where cells go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination(String);

impl Destination {
    /// A file, or the folder that Spark fills: CSV by its extension, else Parquet.
    ///
    /// # Errors
    /// When no engine takes such a name.
    pub fn new(path: &str) -> Result<Self, String> {
        if path.is_empty() || path.chars().any(char::is_control) {
            return Err("there is nothing, or something invisible, in its name".to_owned());
        }
        Ok(Self(path.to_owned()))
    }

    /// The statement that puts what another selects there.
    pub(super) fn filled(
        &self,
        engine: Engine,
        select: &str,
        frame: &CellFrame,
    ) -> Result<String, String> {
        let (path, is_csv) = (engine.text(&self.0), kind(&self.0) == Some("csv"));
        Ok(match engine {
            Engine::DuckDb if is_csv => {
                format!("COPY (\n{select}\n) TO {path} (FORMAT csv, HEADER)")
            }
            Engine::DuckDb => {
                let about = engine.text(&frame.text());
                format!(
                    "COPY (\n{select}\n) TO {path} (FORMAT parquet, KV_METADATA {{heatmap: {about}}})"
                )
            }
            Engine::DataFusion => {
                let form = if is_csv {
                    "CSV OPTIONS ('format.has_header' 'true')"
                } else {
                    "PARQUET"
                };
                format!("COPY (\n{select}\n) TO {path} STORED AS {form}")
            }
            Engine::Spark => {
                let form = if is_csv {
                    "csv OPTIONS (header 'true')"
                } else {
                    "parquet"
                };
                format!("INSERT OVERWRITE DIRECTORY {path} USING {form}\n{select}")
            }
            Engine::Postgres if is_csv => {
                return Err(
                    "PostgreSQL writes on its own machine: without a file in the statement, \
                     psql writes the answer to yours, as CSV if it is told so"
                        .to_owned(),
                );
            }
            Engine::Postgres => {
                return Err(
                    "PostgreSQL writes no Parquet: take the answer of psql as CSV".to_owned(),
                );
            }
        })
    }
}
