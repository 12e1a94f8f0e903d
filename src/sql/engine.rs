//! Dialects of SQL: how names, texts, numbers and moments are written for each engine.

use std::fmt::Write;

use jiff::Timestamp;

use crate::geo::Time;

/// A database, or an engine for files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// Apache Spark, from 3.2 on.
    Spark,
    /// Apache `DataFusion`.
    DataFusion,
    /// `DuckDB`.
    DuckDb,
    /// `PostgreSQL`.
    Postgres,
}

/// A part of a date.
#[derive(Clone, Copy)]
pub(super) enum Calendar {
    Year,
    Month,
    Hour,
}

/// A name of a column, or a part of that of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name(String);

impl Name {
    /// A name.
    ///
    /// # Errors
    /// When no engine or no client of one takes such a name: clients look for ends of statements,
    /// comments and variables even where there are none.
    pub fn new(text: &str) -> Result<Self, String> {
        Self::without(text, &[";", "--", "/*", "*/", "${", "\\"])
    }

    /// A pattern of files, in which a star may follow a slash, for engines whose clients know
    /// quotes.
    pub(super) fn of_files(text: &str) -> Result<Self, String> {
        Self::without(text, &[";", "--", "${", "\\"])
    }

    fn without(text: &str, forbidden: &[&str]) -> Result<Self, String> {
        let is_bad = text.is_empty()
            || text.chars().any(char::is_control)
            || forbidden.iter().any(|bad| text.contains(bad));
        if is_bad {
            return Err(format!(
                "'{}' cannot be the name of a column or table in SQL",
                text.escape_debug()
            ));
        }
        Ok(Self(text.to_owned()))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl Engine {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Spark, Self::DataFusion, Self::DuckDb, Self::Postgres];

    /// Its name, as on the command line.
    #[must_use]
    pub fn name_of(self) -> &'static str {
        match self {
            Self::Spark => "spark",
            Self::DataFusion => "datafusion",
            Self::DuckDb => "duckdb",
            Self::Postgres => "postgres",
        }
    }

    /// What stands around names.
    pub(super) fn quote(self) -> &'static str {
        if self == Self::Spark { "`" } else { "\"" }
    }

    /// A name in quotes.
    pub(super) fn name(self, name: &Name) -> String {
        let quote = self.quote();
        let inner = name.as_str().replace(quote, &quote.repeat(2));
        format!("{quote}{inner}{quote}")
    }

    /// A text in quotes. None ends in it, whatever an engine is set to and a client looks for.
    pub(super) fn text(self, text: &str) -> String {
        match self {
            Self::Spark => {
                let mut quoted = String::from("'");
                for c in text.chars() {
                    match c {
                        '\'' => quoted.push_str("\\'"),
                        '\\' => quoted.push_str("\\\\"),
                        // Of clients: variables, ends of statements, comments.
                        '$' | ';' | '-' | '*' | '"' | '`' => {
                            let _ = write!(quoted, "\\u{:04x}", u32::from(c));
                        }
                        c if c.is_control() => {
                            let _ = write!(quoted, "\\u{:04x}", u32::from(c));
                        }
                        c => quoted.push(c),
                    }
                }
                quoted + "'"
            }
            // Backslashes are letters or not, by a setting, unless it is said.
            Self::Postgres if text.contains('\\') => {
                let inner = text.replace('\\', "\\\\").replace('\'', "''");
                format!("E'{inner}'")
            }
            Self::Postgres | Self::DataFusion | Self::DuckDb => {
                format!("'{}'", text.replace('\'', "''"))
            }
        }
    }

    /// A number, exactly.
    pub(super) fn double(self, number: f64) -> String {
        format!("CAST('{number:?}' AS {})", self.double_type())
    }

    fn double_type(self) -> &'static str {
        match self {
            Self::Postgres => "DOUBLE PRECISION",
            Self::Spark | Self::DataFusion | Self::DuckDb => "DOUBLE",
        }
    }

    /// The number in a column; nothing where that holds something else, if the engine can.
    pub(super) fn number(self, name: &Name) -> String {
        self.tried(name, self.double_type())
    }

    /// The moment in a column, in the same way.
    pub(super) fn time(self, name: &Name) -> String {
        self.tried(name, "TIMESTAMP")
    }

    fn tried(self, name: &Name, kind: &str) -> String {
        let cast = match self {
            Self::Postgres => "CAST",
            Self::Spark | Self::DataFusion | Self::DuckDb => "TRY_CAST",
        };
        format!("{cast}({} AS {kind})", self.name(name))
    }

    /// A moment in UTC.
    pub(super) fn moment(time: Time) -> String {
        let moment = Timestamp::from_millisecond(time.milliseconds()).unwrap_or_default();
        format!(
            "CAST('{}' AS TIMESTAMP)",
            moment.strftime("%Y-%m-%d %H:%M:%S%.f")
        )
    }

    /// A part of a date as text.
    pub(super) fn calendar(self, time: &str, part: Calendar) -> String {
        let (function, form) = match (self, part) {
            (Self::Spark, Calendar::Year) => ("date_format", "yyyy"),
            (Self::Spark, Calendar::Month) => ("date_format", "yyyy-MM"),
            (Self::Spark, Calendar::Hour) => ("date_format", "HH"),
            (Self::Postgres, Calendar::Year) => ("to_char", "YYYY"),
            (Self::Postgres, Calendar::Month) => ("to_char", "YYYY-MM"),
            (Self::Postgres, Calendar::Hour) => ("to_char", "HH24"),
            (Self::DuckDb, Calendar::Year) => ("strftime", "%Y"),
            (Self::DuckDb, Calendar::Month) => ("strftime", "%Y-%m"),
            (Self::DuckDb, Calendar::Hour) => ("strftime", "%H"),
            (Self::DataFusion, Calendar::Year) => ("to_char", "%Y"),
            (Self::DataFusion, Calendar::Month) => ("to_char", "%Y-%m"),
            (Self::DataFusion, Calendar::Hour) => ("to_char", "%H"),
        };
        format!("{function}({time}, '{form}')")
    }

    /// The day of the week in English and small letters.
    pub(super) fn weekday(self, time: &str) -> String {
        match self {
            Self::Spark => format!("lower(date_format({time}, 'EEEE'))"),
            Self::Postgres => format!("to_char({time}, 'FMday')"),
            Self::DuckDb => format!("lower(strftime({time}, '%A'))"),
            Self::DataFusion => format!("lower(to_char({time}, '%A'))"),
        }
    }
}
