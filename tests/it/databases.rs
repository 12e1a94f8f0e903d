//! Databases: a real PostgreSQL with `PostGIS`, started for these tests alone, and what the program
//! says to those who ask it for too much or too little.
#![cfg(all(unix, feature = "postgres"))]

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use crate::run::{Done, Run};
use crate::wants;

pub const PASSWORD: &str = "geheim";
const SETUP: &str = "
    CREATE EXTENSION postgis;
    CREATE TABLE places(id serial PRIMARY KEY, lat double precision, lon numeric(9, 6), n int,
        at timestamptz, name text);
    INSERT INTO places(lat, lon, n, at, name)
        SELECT 47 + i * 0.00005, 8 + i * 0.0001, i % 3 + 1,
            timestamptz '2024-01-01 00:00:00+00' + i * interval '1 minute', 'p' || i % 4
        FROM generate_series(1, 20000) i;
    INSERT INTO places(lat, lon) VALUES (NULL, NULL);
    CREATE SCHEMA gis;
    CREATE TABLE gis.towns(geom geometry(Point, 28992), weight int);
    INSERT INTO gis.towns
        SELECT st_setsrid(st_makepoint(150000 + i * 100, 450000 + i * 50), 28992), 2
        FROM generate_series(1, 100) i;
    CREATE TABLE gis.trips(g geography(LineString, 4326));
    INSERT INTO gis.trips SELECT 'LINESTRING(8 47, 8.1 47.1, 8.2 47.3)' FROM generate_series(1, 3);
    CREATE TABLE pairs(p point);
    CREATE TABLE \"Odd \"\"names\"(unused text, \"my \"\"y\" float8, lon float8);
    INSERT INTO \"Odd \"\"names\" VALUES ('a', 47, 8), ('b', 47.1, 8.2);
    CREATE VIEW second AS SELECT * FROM places WHERE n = 2;
    INSERT INTO pairs VALUES (point(8, 47)), (point(8.1, 47.2));
";

/// A server of its own, which ends with the tests.
pub struct Server {
    folder: TempDir,
    programs: PathBuf,
    port: u16,
}

/// Where Debian and others have the programs of the server.
fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten();
    let mut folders: Vec<_> = versions.map(|version| version.path().join("bin")).collect();
    folders.sort();
    folders
        .into_iter()
        .rev()
        .find(|folder| folder.join("initdb").is_file())
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().expect("id");
    id.stdout.trim_ascii() == b"0"
}

impl Server {
    fn start() -> Option<Self> {
        Self::start_with("", SETUP)
    }

    /// With options of the server, and statements that make what is in it.
    pub fn start_with(options: &str, setup: &str) -> Option<Self> {
        let programs = programs()?;
        let folder = tempfile::Builder::new()
            .prefix("pg")
            .tempdir()
            .expect("a folder");
        let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = free.local_addr().expect("an address").port();
        drop(free);
        let server = Self {
            folder,
            programs,
            port,
        };
        if is_root() {
            let owned = Command::new("chown")
                .arg("postgres")
                .arg(server.folder.path())
                .status();
            owned.is_ok_and(|status| status.success()).then_some(())?;
        }
        server.begin(options, setup).then_some(server)
    }

    fn begin(&self, more: &str, setup: &str) -> bool {
        let folder = self.folder.path().display();
        let options = format!(
            "-p {} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off -c ssl=on \
             -c ssl_cert_file={folder}/cert.pem -c ssl_key_file={folder}/key.pem {more}",
            self.port
        );
        let script = format!(
            "cd {folder} && umask 077 && echo {PASSWORD} > pw && \
             openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost \
               -addext subjectAltName=DNS:localhost -addext basicConstraints=critical,CA:FALSE \
               -keyout key.pem -out cert.pem 2> openssl.log && \
             {0}/initdb -D data -U postgres -A scram-sha-256 --pwfile=pw > init.log && \
             {0}/pg_ctl -D data -w -l log -o '{options}' start > start.log",
            self.programs.display()
        );
        let is_up = Self::shell(&script).status();
        let script = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(script.path(), setup).expect("a file");
        let psql = Command::new("psql")
            .args(["-q", "-v", "ON_ERROR_STOP=1", "-f"])
            .arg(script.path())
            .arg(self.address(""))
            .env("PGPASSWORD", PASSWORD)
            .stdout(Stdio::null())
            .status();
        is_up.is_ok_and(|status| status.success()) && psql.is_ok_and(|status| status.success())
    }

    /// A line of shell as somebody who may run a server.
    fn shell(line: &str) -> Command {
        let mut command = if is_root() {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--", "sh"]);
            command
        } else {
            Command::new("sh")
        };
        command.args(["-c", line]);
        command
    }

    pub fn address(&self, parameters: &str) -> String {
        format!(
            "postgresql://postgres@localhost:{}/postgres{parameters}",
            self.port
        )
    }

    /// The program with this database among its inputs.
    pub fn run(&self, args: &str, more: &[&str]) -> Run {
        let run = Run::new(args)
            .env("PGPASSWORD", PASSWORD)
            .arg(self.address(""));
        more.iter().fold(run, Run::arg)
    }

    /// Stops it at once, as a power cut would, or starts it again as it was.
    pub fn turn(&self, on: bool) {
        let what = if on {
            "-w restart"
        } else {
            "-m immediate stop"
        };
        // It was started in this folder, and remembers its options as they were given there.
        let line = format!(
            "cd {} && {}/pg_ctl -D data -l log {what}",
            self.folder.path().display(),
            self.programs.display()
        );
        let mut shell = Self::shell(&line);
        let done = shell.stdout(Stdio::null()).stderr(Stdio::null()).status();
        assert!(done.expect("pg_ctl").success(), "{what}");
    }

    /// Halts whoever accepts connections, or lets it go on; sessions stay.
    pub fn pause(&self, on: bool) {
        let what = if on { "STOP" } else { "CONT" };
        let line = format!(
            "kill -{what} $(head -1 {}/data/postmaster.pid)",
            self.folder.path().display()
        );
        let done = Self::shell(&line).status();
        assert!(done.expect("kill").success(), "{what}");
    }

    /// What it has logged.
    pub fn log(&self) -> String {
        let read = Self::shell(&format!("cat {}/log", self.folder.path().display())).output();
        String::from_utf8_lossy(&read.expect("a log").stdout).into_owned()
    }

    /// How many sessions of the program there are.
    fn sessions(&self) -> String {
        self.tells("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'heatmap' AND query LIKE '%pg_sleep%'")
    }

    /// The rows that it answers to a statement, as CSV.
    pub fn csv(&self, statement: &str) -> String {
        let psql = Command::new("psql")
            .args(["--csv", "-v", "ON_ERROR_STOP=1", "-c", statement])
            .arg(self.address(""))
            .env("PGPASSWORD", PASSWORD)
            .output()
            .expect("psql");
        assert!(
            psql.status.success(),
            "{}",
            String::from_utf8_lossy(&psql.stderr)
        );
        String::from_utf8(psql.stdout).expect("text")
    }

    /// What it answers to a query of one value.
    pub fn tells(&self, query: &str) -> String {
        let psql = Command::new("psql")
            .args(["-tAc", query])
            .arg(self.address(""))
            .env("PGPASSWORD", PASSWORD)
            .output();
        String::from_utf8(psql.expect("psql").stdout)
            .expect("text")
            .trim()
            .to_owned()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let folder = self.folder.path().display();
        let stop = format!(
            "{}/pg_ctl -D {folder}/data -m immediate stop",
            self.programs.display()
        );
        let _ = Self::shell(&stop).stdout(Stdio::null()).status();
    }
}

/// One test, for a server takes a while to start, and must be stopped by somebody.
#[test]
fn a_real_server_answers() {
    let Some(server) = Server::start() else {
        wants::skip("PostgreSQL with PostGIS");
        return;
    };
    tables_and_queries_are_read(&server);
    geometries_are_in_the_system_of_their_number(&server);
    what_cannot_be_answered_says_why(&server);
    passwords_come_from_a_file_and_connections_can_be_secret(&server);
    a_query_ends_with_whoever_asked(&server);
    a_query_ends_when_its_rows_are_not_wanted(&server);
}

fn total(done: &Done) -> Value {
    let told: Value = serde_json::from_slice(&done.stdout).expect("JSON");
    told["total"].clone()
}

fn tables_and_queries_are_read(server: &Server) {
    let all = total(&server.run("info --json", &["--table", "places"]).ok());
    assert_eq!(all["positions"], 20_000);
    assert_eq!(all["last_time"], "2024-01-14T21:20:00Z");
    let box_ = &all["box"];
    assert!(
        (box_["north"].as_f64().expect("a number") - 48.0).abs() < 1e-9,
        "{box_}"
    );
    let odd = ["--table", "\"Odd \"\"names\"", "--lat-field", "my \"y"];
    assert_eq!(
        total(&server.run("info --json --lon-field lon", &odd).ok())["positions"],
        2
    );
    let view = total(&server.run("info --json", &["--table", "second"]).ok());
    assert_eq!(view["positions"], 6_667);
    let args = "info --json --where n=1 --where name!=p0";
    let some = total(&server.run(args, &["--table", "places"]).ok());
    assert_eq!(some["positions"], 5_000);
    let some = total(
        &server
            .run(
                "info --json",
                &["--sql", "SELECT lon AS x, lat AS y FROM places WHERE n = 1"],
            )
            .ok(),
    );
    assert_eq!(some["positions"], 6_666);
    let pairs = total(&server.run("info --json", &["--table", "pairs"]).ok());
    assert_eq!(pairs["positions"], 2);
    let done = server
        .run(
            "-o a.png -W 200 --track-field name --order-field id",
            &["--table", "places"],
        )
        .ok();
    done.picture("a.png");
}

fn geometries_are_in_the_system_of_their_number(server: &Server) {
    let towns = total(&server.run("info --json", &["--table", "gis.towns"]).ok());
    assert_eq!(towns["positions"], 100);
    assert!((towns["box"]["south"].as_f64().expect("a number") - 52.0).abs() < 0.2);
    let trips = total(&server.run("info --json", &["--table", "gis.trips"]).ok());
    assert_eq!(
        (&trips["tracks"], &trips["positions"]),
        (&Value::from(3), &Value::from(9))
    );
}

fn what_cannot_be_answered_says_why(server: &Server) {
    server.run("-o a.png", &[]).fails(
        3,
        "gis.towns, gis.trips, public.\"Odd \"\"names\", public.pairs, public.places",
    );
    server
        .run("-o a.png", &["--table", "place"])
        .fails(3, "did you mean places?");
    server
        .run("-o a.png", &["--sql", "DELETE FROM places"])
        .fails(3, "read-only transaction");
    server
        .run("-o a.png", &["--sql", "SELECT 1 AS a"])
        .fails(3, "no columns for latitude and longitude");
    let wrong = Run::new("-o a.png --table places")
        .env("PGPASSWORD", "no")
        .arg(server.address(""));
    let done = wrong.fails(3, "password authentication failed");
    assert!(!done.stderr.contains(PASSWORD));
    let open = format!(
        "postgresql://postgres:no@localhost:{}/postgres",
        server.port
    );
    let done = Run::new("-o a.png --table places")
        .arg(open)
        .fails(3, "postgresql://postgres@localhost");
    assert!(!done.stderr.contains(":no@"));
}

fn passwords_come_from_a_file_and_connections_can_be_secret(server: &Server) {
    let with = |parameters: &str| {
        let run = Run::new("info --json --table pairs").arg(server.address(parameters));
        let file = run.folder().join("pass");
        std::fs::write(&file, format!("localhost:*:postgres:postgres:{PASSWORD}\n"))
            .expect("a file");
        let private = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        std::fs::set_permissions(&file, private).expect("permissions");
        run.env("PGPASSFILE", file)
    };
    with("").ok();
    with("?sslmode=require").ok();
    with("?sslmode=disable").ok();
    with("?sslmode=verify-full").fails(3, "certificate");
    let certificate = server.folder.path().join("cert.pem");
    with(&format!(
        "?sslmode=verify-full&sslrootcert={}",
        certificate.display()
    ))
    .ok();
}

fn a_query_ends_with_whoever_asked(server: &Server) {
    let mut asking = ask(server);
    let wait_for = |count: &str| {
        let begun = Instant::now();
        while server.sessions() != count {
            assert!(
                begun.elapsed() < Duration::from_secs(20),
                "never {count} sessions"
            );
            std::thread::sleep(Duration::from_millis(100));
        }
    };
    wait_for("1");
    let stopped = Command::new("kill")
        .args(["-TERM", &asking.id().to_string()])
        .status();
    assert!(stopped.expect("kill").success());
    asking.wait().expect("its end");
    wait_for("0");
}

/// The rows behind the bad one, which are fetched while the first ones are read, would never come.
fn a_query_ends_when_its_rows_are_not_wanted(server: &Server) {
    let slow = "SELECT CASE WHEN i = 9 THEN 95 ELSE 1 END AS lat, 2 AS lon, CASE WHEN i > 300 THEN pg_sleep(600) END FROM generate_series(1, 1000) i";
    let begun = Instant::now();
    server
        .run("-o a.png --strict", &["--sql", slow])
        .fails(3, "95");
    assert!(begun.elapsed() < Duration::from_mins(5));
}

fn ask(server: &Server) -> Child {
    Command::new(env!("CARGO_BIN_EXE_heatmap"))
        .args(["info", "--sql", "SELECT 1 AS lat, 2 AS lon, pg_sleep(600)"])
        .arg(server.address(""))
        .env("PGPASSWORD", PASSWORD)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program")
}
