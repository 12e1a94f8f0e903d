//! Promises that no picture shows: how many threads work, what is on the disk before a file has its
//! name, and what a page asks of the network.

use std::process::Command;

use crate::run::{Done, Run, root};
use crate::server::{Reply, Server};
use crate::wants::{has, skip};

fn incidents(line: &str) -> Run {
    Run::new(line).arg(root().join("examples/sf-incidents.csv"))
}

#[cfg(target_os = "linux")]
mod threads {
    use std::io::Write;
    use std::process::{Child, Command, Stdio};
    use std::time::{Duration, Instant};

    /// The program with so many threads to work, waiting for more of its standard input.
    struct Waiting(Child);

    impl Waiting {
        fn with(count: usize) -> Self {
            let mut command = Command::new(env!("CARGO_BIN_EXE_heatmap"));
            command
                .args(["-W", "10", "--threads", &count.to_string()])
                .env("RAYON_NUM_THREADS", "2")
                .stdin(Stdio::piped())
                .stdout(Stdio::null())
                .stderr(Stdio::null());
            let mut child = command.spawn().expect("the program starts");
            // More than a pipe holds, so that it has begun to work when all is written.
            let pipe = child.stdin.as_mut().expect("a pipe");
            pipe.write_all(&b"1 1\n".repeat(100_000))
                .expect("the program reads");
            Self(child)
        }

        fn threads(&self) -> usize {
            let tasks = format!("/proc/{}/task", self.0.id());
            std::fs::read_dir(tasks).expect("its threads").count()
        }
    }

    impl Drop for Waiting {
        fn drop(&mut self) {
            self.0.kill().ok();
            self.0.wait().ok();
        }
    }

    #[test]
    fn as_many_work_as_are_asked_for() {
        let (one, six) = (Waiting::with(1), Waiting::with(6));
        let counts = || (one.threads(), six.threads());
        // Those that watch the terminal and the signals come and go; both have the same.
        let begun = Instant::now();
        while {
            let (one, six) = counts();
            six != one + 5
        } {
            assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", counts());
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// Whether system calls can be looked at here.
#[track_caller]
fn can_trace() -> bool {
    let works = || {
        let mut strace = Command::new("strace");
        strace.args(["-o", "/dev/null", "true"]);
        strace.status().is_ok_and(|status| status.success())
    };
    has("strace") && (works() || skip("a strace that may trace"))
}

/// The system calls of a trace in order, each with its line.
fn calls(trace: &str) -> impl Iterator<Item = (&str, &str)> {
    trace.lines().filter_map(|line| {
        // After the number of the process.
        let call = line.split_once(' ')?.1.trim_start();
        Some((call.split_once('(')?.0, call))
    })
}

/// Where the file that gets a name by a call of a trace comes from, and the number of the call.
fn origin<'t>(trace: &'t str, name: &str) -> Option<(usize, &'t str)> {
    let is_naming = |call: &str| call.starts_with("rename") || call.starts_with("link");
    calls(trace).enumerate().find_map(|(at, (call, line))| {
        let quoted: Vec<&str> = line.split('"').skip(1).step_by(2).collect();
        let [from, to] = quoted[..] else { return None };
        (is_naming(call) && to.rsplit('/').next() == Some(name)).then_some((at, from))
    })
}

/// What has the right name is on the disk, and not only in the memory of a system that may fail.
fn assert_synced(done: &Done, name: &str) {
    let trace = String::from_utf8(done.bytes("trace")).expect("a trace");
    let (at, temporary) = origin(&trace, name)
        .unwrap_or_else(|| panic!("{name} gets its name in no way that is known: {trace}"));
    let file = temporary.rsplit('/').next().expect("a name");
    // What had no name before has one only for a moment.
    let nameless = origin(&trace, file).and_then(|(at, from)| {
        let descriptor = from.strip_prefix("/proc/self/fd/")?;
        Some((at, format!("({descriptor}<")))
    });
    let (at, of_file) = nameless.unwrap_or((at, format!("/{file}>")));
    let synced = calls(&trace)
        .take(at)
        .any(|(call, line)| ["fsync", "fdatasync"].contains(&call) && line.contains(&of_file));
    assert!(
        synced,
        "{name} has its name before it is on the disk: {trace}"
    );
}

#[test]
fn files_are_on_the_disk_before_they_have_their_names() {
    if !can_trace() {
        return;
    }
    let names = ["a.png", "a.kml", "a.npy", "a.heat", "a.pgw"];
    let done = incidents("-W 60 --world-file -o a.png -o a.kml -o a.npy -S a.heat");
    for done in [traced(done).ok(), traced(film()).ok()] {
        let written = |name: &&&str| done.folder.path().join(name).exists();
        for name in names.iter().chain(&["a.gif", "a.mp4"]).filter(written) {
            assert_synced(&done, name);
        }
    }
}

/// Films of both kinds: written by the program, and by another in ffmpeg's place.
fn film() -> Run {
    let fake = "#!/bin/sh\nfor last; do :; done; cat > \"${last#file:}\"\n";
    let run = incidents("-a --frequency 4000 -W 60 -o a.gif -o a.mp4").file("fake", fake);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let executable = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(run.folder().join("fake"), executable).expect("a script");
    }
    let fake = run.folder().join("fake");
    run.env("HEATMAP_FFMPEG", fake)
}

fn traced(run: Run) -> Run {
    run.under(
        "strace -f -y -qq -e trace=fsync,fdatasync,rename,renameat,renameat2,link,linkat -o trace",
    )
}

/// The page after its scripts have run in Chromium, and what it asked for of a map. A proxy on this
/// machine is asked for whatever is asked of the network, and has nothing.
fn browse(folder: &std::path::Path, page: &str) -> (String, Vec<String>) {
    let proxy = Server::start(|_| Reply::new(404, ""));
    let flags = "--headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking \
        --disable-component-update --disable-sync --virtual-time-budget=5000 --window-size=900,700 --dump-dom";
    let output = Command::new("chromium")
        .args(flags.split_whitespace())
        .arg(format!("--proxy-server={}", proxy.url()))
        .arg(format!(
            "--user-data-dir={}",
            folder.join("profile").display()
        ))
        .arg(folder.join(page))
        .output()
        .expect("Chromium");
    let document = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(document.contains("leaflet-image-layer"), "{document}");
    let asked = proxy.requests().into_iter().map(|request| request.path);
    let of_map = asked.filter(|path| path.contains("openstreetmap"));
    (document, of_map.collect())
}

/// What a page says when its map cannot be fetched.
const NO_MAP: &str = "The street map could not be fetched";

#[test]
fn a_page_asks_for_no_tiles_before_somebody_wants_them() {
    if !has("chromium") {
        return;
    }
    let done = incidents("-W 200 -o a.html").ok();
    let (document, asked) = browse(done.folder.path(), "a.html");
    assert_eq!(asked, [""; 0]);
    assert!(!shown(&document).contains(NO_MAP), "{document}");
    // A click on the box asks for them, so they would have been seen.
    let click = "<script>document.querySelector('#streets input').click()</script></body>";
    let page = String::from_utf8(done.bytes("a.html")).expect("a page");
    let clicked = page.replace("</body>", click);
    std::fs::write(done.folder.path().join("clicked.html"), clicked).expect("a page");
    let (document, asked) = browse(done.folder.path(), "clicked.html");
    assert_ne!(asked, [""; 0]);
    assert!(shown(&document).contains(NO_MAP), "{document}");
}

/// A page without the scripts that made it what it is.
fn shown(document: &str) -> String {
    let parts = document.split("<script");
    let after = parts.map(|part| part.split_once("</script>").map_or(part, |(_, rest)| rest));
    after.collect()
}

#[test]
fn a_page_without_a_map_shows_its_picture_and_offers_none() {
    if !has("chromium") {
        return;
    }
    let tiles = crate::run::data("tiles");
    let local = format!(
        "-W 200 -o a.html --attribution none --osm-base file:{}",
        tiles.display()
    );
    // Neither on a grid of degrees, nor where the map is a folder on this machine.
    for line in ["-W 200 -o a.html -P equirectangular", &local] {
        let done = incidents(line).ok();
        let (document, asked) = browse(done.folder.path(), "a.html");
        assert_eq!(asked, [""; 0], "{line}");
        assert!(
            document.contains("<label id=\"streets\" hidden"),
            "{line}: {document}"
        );
        assert!(!shown(&document).contains(NO_MAP), "{line}: {document}");
    }
}
