//! Whatever users say, statements end where they end; engines are asked by the tests of the
//! program.

use proptest::prelude::*;

use super::*;
use crate::geo::{Coord, Extent, MapOptions, View};

fn frame() -> CellFrame {
    let corner = |lat, lon| Coord::lat_lon(lat, lon).unwrap();
    let extent = Extent::new(corner(40.0, 5.0), corner(50.0, 15.0));
    let view = View::fit(&MapOptions::default(), extent, 5.0).unwrap();
    CellFrame::of(&view, 5)
}

fn query(engine: Engine) -> Query {
    Query {
        engine,
        source: Source::parse("points").unwrap(),
        lat: Name::new("lat").unwrap(),
        lon: Name::new("lon").unwrap(),
        weight: None,
        count: None,
        time: None,
        after: None,
        before: None,
        condition: None,
        key: None,
        keep_zero: false,
        destination: None,
    }
}

/// A statement with `?` in place of everything in quotes; `None` if something is not closed. As
/// engines have it, so that a quote that is not quoted well shows.
fn skeleton(engine: Engine, sql: &str) -> Option<String> {
    let mut skeleton = String::new();
    let mut rest = sql.chars().peekable();
    while let Some(c) = rest.next() {
        let is_escaping = c == '\'' && (engine == Engine::Spark || skeleton.ends_with('E'));
        if !matches!(c, '\'' | '"' | '`') {
            skeleton.push(c);
            continue;
        }
        if skeleton.ends_with('E') {
            skeleton.pop();
        }
        loop {
            match rest.next()? {
                '\\' if is_escaping => drop(rest.next()?),
                inner if inner == c && rest.next_if_eq(&c).is_none() => break,
                _ => {}
            }
        }
        skeleton.push('?');
    }
    Some(skeleton)
}

fn any_text() -> impl Strategy<Value = String> {
    let bad = prop::sample::select(vec![
        "'",
        "\"",
        "`",
        "\\",
        ";",
        "--",
        "/*",
        "*/",
        "''",
        "\\'",
        "${x}",
        "\n",
        "\0",
        ")",
        "(",
        " OR 1=1",
        "E",
        "\u{2019}",
        "$$",
        "U&",
        ":x",
        "?",
        "'; DROP TABLE t; --",
    ]);
    prop::collection::vec(prop_oneof![bad.prop_map(str::to_owned), ".{0,3}"], 1..8)
        .prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn nothing_that_is_said_ends_a_statement(texts in prop::collection::vec(any_text(), 6)) {
        for engine in Engine::ALL {
            let mut harmless = query(engine);
            let mut query = query(engine);
            let condition = |text: &str| format!("kind = '{}' AND \"a\" <> 'b'", text.replace('\'', "''"));
            harmless.condition = Some(Condition::parse(&condition("x")).unwrap());
            match Condition::parse(&condition(&texts[0])) {
                Ok(condition) => query.condition = Some(condition),
                Err(_) => query.condition = harmless.condition.clone(),
            }
            if let Ok(name) = Name::new(&texts[1]) {
                query.lat = name;
            }
            harmless.weight = Some(Name::new("w").unwrap());
            query.weight = Some(Name::new(&texts[2]).unwrap_or(Name::new("w").unwrap()));
            harmless.key = Some(Key::Column(Name::new("k").unwrap()));
            query.key = Some(Key::Column(Name::new(&texts[3]).unwrap_or(Name::new("k").unwrap())));
            if let Ok(Source::Table(parts)) = Source::parse(&format!("\"{}\"", texts[4])) {
                // What is a name in quotes here may be one of two parts.
                harmless.source = Source::Table(parts.iter().map(|_| Name::new("t").unwrap()).collect());
                query.source = Source::Table(parts);
            }
            if let (Ok(to), false) = (Destination::new(&texts[5]), engine == Engine::Postgres) {
                query.destination = Some(to);
                let is_csv = texts[5].to_lowercase().ends_with(".csv");
                harmless.destination = Destination::new(if is_csv { "x.csv" } else { "x" }).ok();
            }
            let (sql, expected) = (query.statement(&frame()).unwrap(), harmless.statement(&frame()).unwrap());
            let (ours, plain) = (skeleton(engine, &sql), skeleton(engine, &expected));
            prop_assert_eq!(&ours, &plain, "{}", sql);
            let ours = ours.unwrap();
            prop_assert!(!ours.contains(';') && !ours.contains("--") && !ours.contains("/*"));
        }
    }

    #[test]
    fn a_path_that_is_said_ends_no_statement(text in any_text()) {
        for engine in Engine::ALL {
            let mut query = query(engine);
            query.source = Source::Files(format!("{text}.parquet"));
            let Ok(sql) = query.statement(&frame()) else { continue };
            query.source = Source::Files("x.parquet".to_owned());
            let plain = query.statement(&frame()).unwrap();
            prop_assert_eq!(skeleton(engine, &sql), skeleton(engine, &plain), "{}", sql);
        }
    }

    #[test]
    fn any_condition_that_is_one_stands_in_its_brackets(text in any_text(), words in prop::sample::select(vec!["a = 1 AND", "(b IN (1, 2)) OR", "NOT", ""])) {
        let Ok(condition) = Condition::parse(&format!("{words} {text}")) else { return Ok(()) };
        for engine in Engine::ALL {
            let skeleton = skeleton(engine, &condition.text(engine));
            prop_assert!(skeleton.is_some());
            let skeleton = skeleton.unwrap();
            let mut depth = 0;
            for c in skeleton.chars() {
                depth += i32::from(c == '(') - i32::from(c == ')');
                prop_assert!(depth >= 0);
            }
            prop_assert_eq!(depth, 0);
            for bad in [";", "--", "/*", "\0", "\\", "$", ":"] {
                prop_assert!(!skeleton.contains(bad), "{}", skeleton);
            }
        }
    }
}

#[test]
fn conditions_are_written_as_engines_want_them() {
    let text =
        "speed >= 1.5e3 and (kind in ('a', 'it''s') or t.\"odd name\" is not null) AND x - -1 < 2";
    let condition = Condition::parse(text).unwrap();
    assert_eq!(
        condition.text(Engine::DuckDb),
        "\"speed\" >= 1.5e3 AND ( \"kind\" IN ( 'a' , 'it''s' ) OR \"t\".\"odd name\" IS NOT NULL ) AND \"x\" - - 1 < 2"
    );
    assert_eq!(
        condition.text(Engine::Spark),
        "`speed` >= 1.5e3 AND ( `kind` IN ( 'a' , 'it\\'s' ) OR `t`.`odd name` IS NOT NULL ) AND `x` - - 1 < 2"
    );
    for (bad, fact) in [
        ("", "it is empty"),
        ("a = 1)", "never opened"),
        ("(a = 1", "not closed"),
        ("a = 'x", "' is not closed"),
        ("pg_sleep(9)", "no functions"),
        ("a = 1; DROP", "';' means nothing"),
        ("a = 0x10", "is no number"),
        ("a[1] = 2", "'[' means nothing"),
        ("t.select.and = 1", "AND is a word of SQL"),
    ] {
        let error = Condition::parse(bad).unwrap_err();
        assert!(error.contains(fact), "{bad}: {error}");
    }
    let deep = "(".repeat(99) + "a" + &")".repeat(99);
    assert!(Condition::parse(&deep).is_err());
}

#[test]
fn tables_and_files_are_told_apart() {
    let written = |text: &str, engine| Source::parse(text).and_then(|source| source.text(engine));
    let duck = Engine::DuckDb;
    assert_eq!(written("a.b", duck).unwrap(), "\"a\".\"b\"");
    assert_eq!(written("\"a.b\".c", Engine::Spark).unwrap(), "`a.b`.`c`");
    assert_eq!(
        written("it's/*.parquet", duck).unwrap(),
        "read_parquet('it''s/*.parquet')"
    );
    assert_eq!(written("a.csv.gz", duck).unwrap(), "read_csv('a.csv.gz')");
    assert_eq!(
        written("s3://b/p/", Engine::Spark).unwrap(),
        "parquet.`s3://b/p/`"
    );
    assert_eq!(written("p/", Engine::DataFusion).unwrap(), "\"p/\"");
    assert_eq!(
        written("p/*/*.parquet", Engine::Spark).unwrap(),
        "parquet.`p/{*}/{*}.parquet`"
    );
    assert_eq!(
        written("p/*.csv", Engine::DataFusion).unwrap(),
        "\"p/*.csv\""
    );
    for (text, engine) in [
        ("a.csv", Engine::Spark),
        ("a.parquet", Engine::Postgres),
        ("a.orc", duck),
        ("a;b", duck),
        ("\"a", duck),
        ("", duck),
    ] {
        assert!(written(text, engine).is_err(), "{text}");
    }
}
