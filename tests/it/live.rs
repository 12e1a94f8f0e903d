//! A service of a live table of a real PostgreSQL with `PostGIS`: its answers are those of the
//! command line, its questions use the index, and what goes wrong behind it is told as it is.
#![cfg(all(unix, feature = "postgres"))]

use std::io::Write;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::databases::{PASSWORD, Server};
use crate::run::Run;
use crate::service::{Answer, Service};
use crate::wants;

const SETUP: &str = "
    CREATE EXTENSION postgis;
    CREATE TABLE places(geom geometry(Point, 4326), w int, at timestamptz, \"odd \"\"name\" int);
    INSERT INTO places
        SELECT st_setsrid(st_makepoint(-60 + i * 0.618034 % 120, 20 + i * 0.754878 % 40), 4326),
            i % 3 + 1, timestamptz '2024-01-01 00:00:00+00' + i * interval '20 minutes', 2
        FROM generate_series(1, 20000) i;
    INSERT INTO places VALUES
        (st_setsrid(st_makepoint(179.9, 0), 4326), 5, NULL, 2), (NULL, 1, now(), 2),
        (st_setsrid(st_makepoint(0, 0), 4326), 1, now(), 2), ('SRID=4326;POINT EMPTY', 1, now(), 2);
    CREATE INDEX ON places USING gist (geom);
    CREATE TABLE bare(geom geometry(Point, 4326));
    CREATE TABLE dutch(geom geometry(Point, 28992), name text);
    ANALYZE;
";
/// Plans of all queries go into the log.
const EXPLAIN: &str =
    "-c session_preload_libraries=auto_explain -c auto_explain.log_min_duration=0";

/// The table as it is served.
fn serve(server: &Server, args: &str) -> Service {
    Service::start(&words(server, args), &[])
}

fn words(server: &Server, args: &str) -> String {
    let address = server
        .address("")
        .replace("postgres@", &format!("postgres:{PASSWORD}@"));
    format!("{args} --geometry-field geom {address}")
}

#[test]
fn a_live_table_is_served() {
    let Some(server) = Server::start_with(EXPLAIN, SETUP) else {
        wants::skip("PostgreSQL with PostGIS");
        return;
    };
    answers_are_those_of_the_command_line(&server);
    questions_use_the_index(&server);
    what_cannot_be_asked_is_told_at_the_start(&server);
    answers_hold_as_long_as_an_epoch(&server);
    a_question_ends_with_whoever_asked_and_in_time(&server);
    wide_views_are_drawn_from_what_is_kept(&server);
    wide_views_hold_for_an_epoch_and_follow_the_table(&server);
    a_reading_holds_up_nobody_else(&server);
    a_table_may_be_larger_than_what_is_asked_for_at_once(&server);
    a_database_may_fall_silent(&server);
    a_database_may_go_away_and_come_back(&server);
}

const PLACES: &str = "--table public.places --weight-field w --time-field at";

fn answers_are_those_of_the_command_line(server: &Server) {
    let service = serve(server, PLACES);
    let table = [
        "--table",
        "places",
        "--geometry-field",
        "geom",
        "--weight-field",
        "w",
        "--time-field",
        "at",
    ];
    let still = |args: &str| {
        server
            .run(&format!("-o a.png {args}"), &table)
            .ok()
            .picture("a.png")
    };
    for (query, args) in [
        ("bbox=-20,30,40,60&width=250", "--bbox -20,30,40,60 -W 250"),
        (
            "bbox=170,-10,-170,10&width=250",
            "--bbox 170,-10,-170,10 -W 250",
        ),
        (
            "bbox=-20,30,40,60&width=250&after=2024-03-05&before=2024-06-01T12:00",
            "--bbox -20,30,40,60 -W 250 --after 2024-03-05 --before 2024-06-01T12:00",
        ),
    ] {
        let served = service.get(&format!("/heatmap.png?{query}")).ok();
        assert!(served.picture() == still(args), "{query}");
    }
    // The scale of tiles is that of the table at the start.
    let world = still("-z 2 -e -85.0511,-179.9999,85.0511,179.9999 -W 1024 -H 1024");
    let tile = service.get("/tiles/2/2/1.png").ok().picture();
    let part = image::imageops::crop_imm(&world, 512, 256, 256, 256).to_image();
    assert!(tile == part);
    let all = service
        .get("/points.json?bbox=-180,-85,180,85&limit=50")
        .ok()
        .json();
    assert_eq!(
        (&all["total"], &all["thinned"]),
        (&json!(20_001), &json!(true))
    );
    let some = "bbox=-180,-85,180,85&after=2024-03-05&before=2024-03-06";
    assert_eq!(
        service.get(&format!("/points.json?{some}")).json()["total"],
        72
    );
    let times = service
        .get(&format!("/times.json?{some}&bins=2"))
        .ok()
        .json();
    assert_eq!(times["counts"], json!([36, 36]));
}

fn questions_use_the_index(server: &Server) {
    let before = server.log().len();
    let service = serve(server, PLACES);
    let read = server.log().len();
    for target in [
        "/tiles/6/31/22.png",
        "/tiles/7/62/44.png?after=2024-03",
        "/points.json?bbox=0,30,3,33",
    ] {
        service.get(target).ok();
    }
    assert!(read > before);
    let log = server.log();
    let plans: Vec<&str> = log[read..].split("Query Text: ").skip(1).collect();
    let asked: Vec<&&str> = plans
        .iter()
        .filter(|plan| plan.contains("SELECT string_agg(st_asbinary("))
        .collect();
    assert!(asked.len() >= 3, "{}", &log[read..]);
    for plan in asked {
        assert!(
            plan.contains("places_geom_idx") && !plan.contains("Seq Scan"),
            "{plan}"
        );
    }
}

fn what_cannot_be_asked_is_told_at_the_start(server: &Server) {
    for (args, words) in [
        (
            "--table public.nowhere",
            "there is no table public.nowhere with a column geom",
        ),
        (
            "--table public.bare",
            "CREATE INDEX ON public.bare USING gist (geom)",
        ),
        ("--table public.dutch", "of the type geometry(Point, 28992)"),
        (
            "--table places --weight-field nope",
            "there is no column nope",
        ),
        (
            "--table places --weight-field at",
            "the column at is not one of numbers",
        ),
        (
            "--table places --time-field w",
            "the column w is not one of times",
        ),
    ] {
        let line = format!("serve --listen 127.0.0.1:0 {}", self::words(server, args));
        let done = Run::new(&line).fails(3, words);
        assert!(!done.stderr.contains(PASSWORD));
    }
    // Names are names, whatever is in them.
    let run = Run::new("serve --listen 127.0.0.1:0 --geometry-field geom --table");
    let run = run
        .arg("places\"; DROP TABLE places; --")
        .env("PGPASSWORD", PASSWORD);
    run.arg(server.address("")).fails(3, "");
    let run =
        Run::new("serve --listen 127.0.0.1:0 --table places --geometry-field geom --weight-field");
    let run = run.arg("w) OR (1=1").env("PGPASSWORD", PASSWORD);
    run.arg(server.address(""))
        .fails(3, "there is no column w) OR (1=1");
    assert_eq!(server.tells("SELECT count(*) FROM places"), "20004");
}

fn answers_hold_as_long_as_an_epoch(server: &Server) {
    let service = serve(server, &format!("{PLACES} --refresh 2s"));
    let tile = "/tiles/6/31/22.png?max=4";
    let first = service.get(tile).ok();
    let age = first
        .header("cache-control")
        .strip_prefix("public, max-age=")
        .map(str::to_owned);
    assert!(
        age.is_some_and(|age| age == "1" || age == "2"),
        "{}",
        first.header("cache-control")
    );
    // A place of the tile is added: it is there in the next epoch.
    server.tells("INSERT INTO places VALUES (st_setsrid(st_makepoint(-2.8, 46.5), 4326), 9, now(), 2) RETURNING 1");
    let begun = Instant::now();
    let known = [("If-None-Match", first.header("etag"))];
    let next = loop {
        let next = service.ask("GET", tile, &known, b"");
        if next.status == 200 {
            break next;
        }
        assert_eq!(next.status, 304);
        assert!(begun.elapsed() < Duration::from_mins(1));
        thread::sleep(Duration::from_millis(100));
    };
    assert_ne!(next.header("etag"), first.header("etag"));
    assert_ne!(next.body, first.body);
    server.tells("DELETE FROM places WHERE w = 9 RETURNING 1");
}

/// Somebody who has the table for himself until he is told to go.
fn locked(server: &Server) -> Child {
    let mut psql = Command::new("psql")
        .args(["-q", &server.address("")])
        .env("PGPASSWORD", PASSWORD)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .expect("psql");
    let lock = b"BEGIN; LOCK TABLE places IN ACCESS EXCLUSIVE MODE;\n";
    psql.stdin
        .as_mut()
        .expect("a pipe")
        .write_all(lock)
        .expect("a lock");
    let held = "SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND granted AND relation = 'places'::regclass";
    wait_for(|| server.tells(held) == "1");
    psql
}

fn wait_for(is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < Duration::from_mins(1), "it is never so");
        thread::sleep(Duration::from_millis(50));
    }
}

fn a_question_ends_with_whoever_asked_and_in_time(server: &Server) {
    const WAITING: &str = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'heatmap' AND wait_event_type = 'Lock'";
    const SESSIONS: &str = "SELECT coalesce(string_agg(pid::text, ','), '') FROM pg_stat_activity WHERE application_name = 'heatmap'";
    let service = serve(server, &format!("{PLACES} --threads 1"));
    service.get("/tiles/6/31/22.png?max=4").ok();
    let session = server.tells(SESSIONS);
    assert!(!session.is_empty() && !session.contains(','), "{session}");
    let brief = serve(server, &format!("{PLACES} --longest-work 2"));
    let mut owner = locked(server);
    let mut client = service.connect();
    client
        .write_all(b"GET /tiles/6/32/22.png?max=4 HTTP/1.1\r\nHost: x\r\n\r\n")
        .expect("a request");
    wait_for(|| server.tells(WAITING) == "1");
    drop(client);
    wait_for(|| server.tells(WAITING) == "0");
    // Its session is not used again.
    wait_for(|| !server.tells(SESSIONS).split(',').any(|pid| pid == session));
    // Who waits is told when time is up.
    let late = brief.get("/tiles/6/32/22.png?max=4");
    assert_eq!((late.status, late.header("retry-after")), (503, "1"));
    owner.kill().expect("the end of the lock");
    owner.wait().expect("the end of the lock");
    wait_for(|| service.get("/tiles/6/32/22.png?max=4").status == 200);
}

fn a_database_may_go_away_and_come_back(server: &Server) {
    let service = serve(server, &format!("{PLACES} --refresh 10min"));
    let kept = service.get("/tiles/6/31/22.png?max=4").ok();
    server.turn(false);
    let gone = service.get("/tiles/6/32/22.png?max=4");
    assert_eq!((gone.status, gone.header("retry-after")), (503, "1"));
    assert_eq!(
        gone.json()["detail"],
        "the database does not answer, or takes too long"
    );
    // What was answered in this epoch is still true in it.
    assert_eq!(service.get("/tiles/6/31/22.png?max=4").ok().body, kept.body);
    assert_eq!(service.get("/healthz").ok().body, b"alive\n");
    server.turn(true);
    let back: Answer = service.get("/tiles/6/32/22.png?max=4");
    back.ok();
}

/// How often the table was asked for rows.
fn asked(server: &Server) -> usize {
    server
        .log()
        .matches("SELECT string_agg(st_asbinary(")
        .count()
}

const CROWD: &str = "--table crowd --weight-field w --time-field at";

fn wide_views_are_drawn_from_what_is_kept(server: &Server) {
    server.tells(
        "CREATE TABLE crowd AS
            SELECT st_setsrid(st_makepoint(-60 + i * 0.618034 % 120, 20 + i * 0.754878 % 40), 4326)
                ::geometry(Point, 4326) AS geom, 1 + i % 5 / 4 AS w,
                timestamptz '2024-01-01 00:00:00+00' + i * interval '7 minutes' AS at
            FROM generate_series(1, 60000) i;
        INSERT INTO crowd VALUES (NULL, 1, now()), ('SRID=4326;POINT(0 0)', 1, now()),
            ('SRID=4326;POINT(3 50)', NULL, now());
        CREATE INDEX ON crowd USING gist (geom); ANALYZE crowd",
    );
    let rows = server.csv(
        "SELECT st_y(geom) AS lat, st_x(geom) AS lon, w AS weight, at AS time
            FROM crowd WHERE w > 0 AND st_x(geom) <> 0",
    );
    let file = Service::start("crowd.csv", &[("crowd.csv", &rows)]);
    let live = serve(server, CROWD);
    let before = asked(server);
    for target in [
        "/tiles/0/0/0.png",
        "/tiles/1/0/0@2x.png?max=20",
        "/tiles/2/1/1.png?after=2024-03-10T12:00",
        "/legend.json?z=3",
        "/heatmap.png?bbox=-50,10,45,60&width=400&before=2024-09",
        "/heatmap.png?bbox=170,-80,530,80&width=300",
        "/points.json?bbox=-50,10,45,60&limit=70",
        "/times.json?bbox=-50,10,45,60&bins=7&after=2024-02&before=2024-11",
    ] {
        let (live, file) = (live.get(target).ok(), file.get(target).ok());
        assert!(live.body == file.body, "{target}");
    }
    assert_eq!(asked(server), before);
    // With the scale of all, a narrow one is asked for alone.
    let narrow = "/tiles/5/16/10.png";
    assert!(live.get(narrow).ok().body == file.get(narrow).ok().body);
    assert_eq!(asked(server), before + 1);
}

fn wide_views_hold_for_an_epoch_and_follow_the_table(server: &Server) {
    const WIDE: &str = "/tiles/0/0/0.png?max=20";
    const SOON: Duration = Duration::from_mins(1);
    // Hardly anything is kept of answers, so that each is drawn.
    let options = "--refresh 2s --cache 1K --metrics-listen 127.0.0.1:0";
    let service = serve(server, &format!("{CROWD} {options}"));
    let first = service.get(WIDE).ok();
    server.tells(
        "INSERT INTO crowd SELECT st_setsrid(st_makepoint(-100, -i * 0.01), 4326), 9, now()
            FROM generate_series(1, 3000) i RETURNING 1",
    );
    let begun = Instant::now();
    let mut told = std::collections::HashMap::new();
    loop {
        let next = service.get(WIDE).ok();
        let same = told
            .entry(next.header("etag").to_owned())
            .or_insert_with(|| next.body.clone());
        assert!(*same == next.body, "it changed within an epoch");
        if next.body != first.body {
            break;
        }
        assert!(begun.elapsed() < SOON, "it never changes");
        thread::sleep(Duration::from_millis(20));
    }
    // What is kept is used only as long as is said.
    server.turn(false);
    let begun = Instant::now();
    let gone = loop {
        let next = service.get(WIDE);
        if next.status != 200 {
            break next;
        }
        assert!(begun.elapsed() < SOON, "it is used for ever");
        thread::sleep(Duration::from_millis(20));
    };
    assert_eq!((gone.status, gone.header("retry-after")), (503, "1"));
    let detail = "the database does not answer, or takes too long";
    assert_eq!(gone.json()["detail"], detail);
    server.turn(true);
    wait_for(|| service.get(WIDE).status == 200);
    let metrics = service.metrics();
    let count = |name: &str| {
        let line = metrics.lines().find_map(|line| line.strip_prefix(name));
        let count = line.and_then(|count| count.trim().parse().ok());
        count.unwrap_or_else(|| panic!("no {name}: {metrics}"))
    };
    let (done, failed): (u32, u32) = (
        count("heatmap_reloads_total "),
        count("heatmap_failed_reloads_total "),
    );
    assert!(done >= 2 && failed >= 1, "{done} {failed}");
}

fn a_reading_holds_up_nobody_else(server: &Server) {
    const READING: &str = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'heatmap' AND wait_event_type = 'Lock'";
    let service = serve(server, &format!("{PLACES} --threads 1 --refresh 1s"));
    service.get("/tiles/0/0/0.png?max=4").ok();
    let mut owner = locked(server);
    // What was read before gets too old.
    thread::sleep(Duration::from_secs(4));
    let mut clients: Vec<_> = (0..3).map(|_| service.connect()).collect();
    for (number, client) in clients.iter_mut().enumerate() {
        let asks = format!("GET /tiles/0/0/0.png?max=1{number} HTTP/1.1");
        let asks = format!("{asks}\r\nHost: x\r\nConnection: close\r\n\r\n");
        client.write_all(asks.as_bytes()).expect("a request");
    }
    wait_for(|| server.tells(READING) == "1");
    service.get("/legend.png?z=3&max=5").ok();
    // There is one reading, whoever waits for it.
    assert_eq!(server.tells(READING), "1");
    owner.kill().expect("the end of the lock");
    owner.wait().expect("the end of the lock");
    for client in &mut clients {
        Answer::read(client).ok();
    }
}

fn a_table_may_be_larger_than_what_is_asked_for_at_once(server: &Server) {
    server.tells(
        "CREATE TABLE many AS
            SELECT st_setsrid(st_makepoint(-60 + i * 0.618034 % 120, 20 + i * 0.754878 % 40), 4326)
                ::geometry(Point, 4326) AS geom FROM generate_series(1, 1000100) i;
        CREATE INDEX ON many USING gist (geom); ANALYZE many",
    );
    let whole = serve(server, "--table many");
    assert!(!whole.said().contains("--memory"), "{}", whole.said());
    let all = whole.get("/points.json?limit=3").ok().json();
    assert_eq!(all["total"], 1_000_100);
    whole.get("/tiles/0/0/0.png").ok();
    // It may be larger than what is kept, too.
    let service = serve(server, "--table many --memory 8M");
    for words in ["serving 0 points", "more rows than fit --memory"] {
        assert!(service.said().contains(words), "{}", service.said());
    }
    // The scale of all of it is not known, so somebody must say it.
    for target in [
        "/tiles/9/270/180.png",
        "/legend.png?z=9",
        "/legend.json?z=9",
    ] {
        let unsaid = service.get(target);
        assert_eq!(
            (unsaid.status, &unsaid.json()["parameter"]),
            (400, &json!("max"))
        );
    }
    service.get("/tiles/9/270/180.png?max=3").ok();
    let wide = service.get("/tiles/0/0/0.png?max=3");
    assert_eq!(wide.status, 413);
    let detail = "there are more than 1000000 points here: ask for less of the map";
    assert_eq!(wide.json()["detail"], detail);
    let bounds = service.get("/tiles.json").ok().json()["bounds"].clone();
    let rounded: Vec<f64> = bounds
        .as_array()
        .expect("a box")
        .iter()
        .filter_map(|side| side.as_f64().map(f64::round))
        .collect();
    assert_eq!(rounded, [-60.0, 20.0, 60.0, 60.0]);
}

/// It accepts connections, as its machine does, and greets nobody.
fn a_database_may_fall_silent(server: &Server) {
    let service = serve(server, &format!("{PLACES} --threads 1"));
    server.pause(true);
    let begun = Instant::now();
    let silent = service.get("/tiles/6/32/22.png?max=4");
    server.pause(false);
    assert_eq!((silent.status, silent.header("retry-after")), (503, "1"));
    assert!(
        begun.elapsed() < Duration::from_mins(1),
        "{:?}",
        begun.elapsed()
    );
    wait_for(|| service.get("/tiles/6/32/22.png?max=4").status == 200);
}
