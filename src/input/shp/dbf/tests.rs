//! Times in tables, good ones and broken ones. Weights are tested with the shapefiles that they
//! belong to.

use std::fs;

use super::*;

/// Where the rows of the quakes' table begin, how long one is, and where in it the column `mag` is.
const ROWS: usize = 32 + 4 * 32 + 1;
const ROW: usize = 1 + 16 + 8 + 10 + 80;
const MAG: usize = 1 + 16;

/// The quakes' table with other bytes in the column `mag`, which becomes one of another type.
struct Fixture(tempfile::TempDir);

impl Fixture {
    fn new(kind: u8, rows: &[&[u8; 8]]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let original =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/shp/quakes_pointz.dbf");
        let mut table = fs::read(original).expect("a test file");
        table[32 + 32 + 11] = kind;
        for (row, value) in rows.iter().enumerate() {
            let at = ROWS + row * ROW + MAG;
            table[at..at + 8].copy_from_slice(&value[..]);
        }
        fs::write(folder.path().join("a.dbf"), table).expect("a file");
        Self(folder)
    }

    /// A shapefile beside it, of which nobody looks at the content.
    fn shp(&self) -> Opened<'static> {
        let shp = self.0.path().join("a.shp");
        fs::write(&shp, "").expect("a file");
        Opened::open(&shp).expect("a file")
    }

    fn times(&self, order: DateOrder) -> Times {
        let field = Field::Name("mag".to_owned());
        Times::beside(&self.shp(), &field, order).expect("a column")
    }

    /// The times of the first rows in days since 1970; what is wrong with one instead of it.
    fn days(&self, rows: u64) -> Vec<std::result::Result<Option<i64>, String>> {
        let mut times = self.times(DateOrder::Unknown);
        let days = |dated: Dated| dated.time.milliseconds() / 86_400_000;
        (1..=rows).map(|row| Ok(times.of(row)?.map(days))).collect()
    }
}

#[test]
fn dates_and_texts_and_numbers_are_times() {
    let table = Fixture::new(b'D', &[b"20210109", b"        "]);
    assert_eq!(table.days(2), [Ok(Some(18_636)), Ok(None)]);
    let table = Fixture::new(b'C', &[b"20210109", b"1/9/2021", b"        ", b"whenever"]);
    let mut days = table.days(4);
    assert!(days.pop().is_some_and(|last| {
        last.is_err_and(|fact| fact.ends_with("no time that is known in row 4"))
    }));
    assert_eq!(days, [Ok(Some(18_636)), Ok(Some(18_636)), Ok(None)]);
    assert_eq!(Fixture::new(b'N', &[b"  864000"]).days(1), [Ok(Some(10))]);
}

#[test]
fn the_day_comes_first_where_a_date_of_the_table_or_the_user_says_so() {
    let seen = |table: &Fixture, order| {
        let dated = table.times(order).of(1).expect("a time").expect("a time");
        (dated.time.milliseconds() / 86_400_000, dated.is_guess)
    };
    let unclear = Fixture::new(b'C', &[b"1/9/2021"]);
    assert_eq!(seen(&unclear, DateOrder::Unknown), (18_636, true));
    // The 1st of September.
    assert_eq!(seen(&unclear, DateOrder::DayFirst), (18_871, false));
    let told = Fixture::new(b'C', &[b"1/9/2021", b"13/05/21"]);
    assert_eq!(seen(&told, DateOrder::Unknown), (18_871, false));
}

#[test]
fn a_column_of_another_type_is_no_time() {
    let table = Fixture::new(b'L', &[]);
    let error = Times::beside(&table.shp(), &Field::Number(2), DateOrder::Unknown)
        .err()
        .map(|error| error.to_string())
        .unwrap_or_default();
    assert!(
        error.contains("\"mag\" is not a date, a text or a number; these are: id, depth_km, place"),
        "{error}"
    );
}

#[test]
fn a_type_that_no_field_has_is_told_in_words() {
    let table = Fixture::new(b'?', &[]);
    let error = Weights::beside(&table.shp(), &Field::Number(2)).err();
    let error = error.map(|error| error.to_string()).unwrap_or_default();
    assert!(
        error.ends_with("a.dbf: The FieldType code '?' is not a valid one"),
        "{error}"
    );
}

#[test]
fn no_bytes_in_a_date_do_harm() {
    let hostile: [&[u8; 8]; 10] = [
        b"\xff\xff\xff\xff\xff\xff\xff\xff",
        b"\xff\xff\xff\x7f\xff\xff\xff\x7f",
        b"\0\0\0\x80\0\0\0\x80",
        b"\0\0\0\0\0\0\0\0",
        b"2021\xc3\xa409",
        b"00000000",
        b"99999999",
        b"-0210109",
        b"2021-1-9",
        b"\x7f\x50\x25\0\xff\xff\xff\x7f",
    ];
    for kind in [b'D', b'C', b'N', b'F', b'T', b'@', b'O', b'B'] {
        for bytes in hostile {
            let table = Fixture::new(kind, &[bytes]);
            // Not every type can be a time.
            if let Ok(mut times) =
                Times::beside(&table.shp(), &Field::Number(2), DateOrder::Unknown)
            {
                let _ = times.of(1);
            }
        }
    }
}

#[test]
fn texts_that_are_not_utf_8_are_as_they_stand_in_the_table() {
    let table = Fixture::new(
        b'C',
        &[
            b"Z\xfcrich  ",
            b"Z\xe4rich\0x",
            "Zürich ".as_bytes().try_into().expect("8 bytes"),
        ],
    );
    let field = Field::Name("mag".to_owned());
    let mut texts = Texts::of_parts(&table.shp(), &field).expect("a column");
    let seen: Vec<_> = (1..=3).map(|row| texts.of(row).expect("a text")).collect();
    assert_eq!(seen, [&b"Z\xfcrich"[..], b"Z\xe4rich", "Zürich".as_bytes()]);
}

#[test]
fn texts_and_names_are_in_the_encoding_that_the_table_says() {
    // Москва in Windows-1251, and the name of its column.
    let table = Fixture::new(b'C', &[b"\xcc\xee\xf1\xea\xe2\xe0  ", b"Moskva  "]);
    let dbf = table.0.path().join("a.dbf");
    let mut bytes = fs::read(&dbf).expect("a table");
    bytes[64..68].copy_from_slice(b"\xe3\xee\xf0\0");
    bytes[MARK] = 0xc9;
    fs::write(&dbf, &bytes).expect("a table");
    let read = |name: &str| -> Result<Vec<Vec<u8>>> {
        let field = Field::Name(name.to_owned());
        let mut texts = Texts::of_parts(&table.shp(), &field)?;
        Ok((1..=2).map(|row| texts.of(row).expect("a text")).collect())
    };
    let known = read("гор").expect("a column");
    assert_eq!(known, ["Москва".as_bytes(), b"Moskva"]);
    // The file beside it wins over the mark in the table.
    fs::write(table.0.path().join("a.cpg"), "ISO 8859-5\n").expect("a file");
    let error = read("гор").unwrap_err().to_string();
    assert!(
        error.ends_with("it has id, ую№, depth_km, place"),
        "{error}"
    );
    fs::write(table.0.path().join("a.cpg"), "1251").expect("a file");
    assert!(read("гор").is_ok());
    // What only programs say that know nothing of encodings leaves bytes as they are.
    fs::remove_file(table.0.path().join("a.cpg")).expect("a file");
    bytes[MARK] = 0x57;
    fs::write(&dbf, &bytes).expect("a table");
    let raw = read("ãîð").expect("a column");
    assert_eq!(raw[0], b"\xcc\xee\xf1\xea\xe2\xe0");
}
