//! Service of a few places, in this process, and requests to it.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::sync::LazyLock;
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use heatmap::input::Source;
use heatmap::product::{Silent, gather, style};
use heatmap::serve::{self, Control, Interest, Limits, Log, News};

/// What is served: points with weights and times, and a track.
const PLACES: &str = "lat,lon,weight,time\n47.1,8.1,1,2024-05-01T10:00:00Z\n47.2,8.3,2,2024-05-01T11:00:00Z\n47.4,8.2,-1.5,\n-33.9,151.2,1,2023-01-01\n";
const TRACK: &str = "<gpx><trk><trkseg><trkpt lat='47.1' lon='8.1'><time>2024-05-01T10:00:00Z</time></trkpt><trkpt lat='47.3' lon='8.4'><time>2024-05-01T10:09:00Z</time></trkpt></trkseg></trk></gpx>";

/// Heads that a request may have besides its first line and the host.
const HEADS: [&str; 10] = [
    "accept",
    "accept-encoding",
    "content-type",
    "forwarded",
    "host",
    "if-modified-since",
    "if-none-match",
    "origin",
    "x-forwarded-host",
    "x-forwarded-proto",
];

/// The longest that an answer may take, work and waiting together.
const LONGEST: Duration = Duration::from_mins(1);

/// Hears where the service is, once its data are read.
struct Ear(std::sync::Mutex<(Option<SocketAddr>, Sender<SocketAddr>)>);

impl Log for Ear {
    fn interest(&self) -> Interest {
        Interest::Nothing
    }

    fn news(&self, news: &News) {
        let mut heard = self.0.lock().expect("no panic before");
        match news {
            News::Listening(address) => heard.0 = Some(*address),
            News::Ready { .. } => {
                let address = heard.0.expect("it listens before it reads");
                heard.1.send(address).expect("somebody waits");
            }
            _ => {}
        }
    }
}

static ADDRESS: LazyLock<SocketAddr> = LazyLock::new(|| {
    let folder = tempfile::tempdir().expect("a folder").keep();
    let lay = |name: &str, text: &str| -> PathBuf {
        std::fs::write(folder.join(name), text).expect("a file");
        folder.join(name)
    };
    let files = [lay("a.csv", PLACES), lay("a.gpx", TRACK)];
    let mut data = gather::DataOptions {
        sources: files.into_iter().map(Source::File).collect(),
        ..gather::DataOptions::default()
    };
    data.input.times = true;
    let looks = ["default", "other"];
    let look = |name: &str| (name.to_owned(), style::StyleOptions::default());
    let options = serve::Options {
        data,
        looks: looks.map(look).to_vec(),
        listen: ([127, 0, 0, 1], 0).into(),
        metrics: None,
        limits: Limits {
            side: 256,
            pixels: 1 << 15,
            radius: 64.0,
            ..Limits::default()
        },
        cache: 1 << 20,
        max_age: Duration::from_mins(5),
        cors: Some("https://a.example,https://b.example".to_owned()),
        public: None,
        attribution: Some("somebody".to_owned()),
        title: "Places".to_owned(),
        watch: None,
        live: None,
        index: None,
        renderers: Some(1),
    };
    let (sender, address) = channel();
    std::thread::spawn(move || {
        let ear = Ear(std::sync::Mutex::new((None, sender)));
        serve::run(&options, &Control::default(), &Silent, &ear).expect("a service");
    });
    let address = address.recv().expect("it comes up");
    std::fs::remove_dir_all(&folder).ok();
    address
});

/// Sends a request: a method and a target on the first line, heads below, and for POST a body after a
/// blank line. Whatever it is, the answer is whole and the fault is not the service's.
pub fn ask(request: &[u8]) {
    let text = String::from_utf8_lossy(request);
    let (text, body) = text.split_once("\n\n").unwrap_or((&text, ""));
    let mut lines = text.lines();
    let first = lines.next().unwrap_or_default();
    let (method, target) = first.split_once(' ').unwrap_or(("GET", first));
    let known = ["HEAD", "POST"].into_iter().find(|known| *known == method);
    let (method, body) = match known {
        Some("POST") => ("POST", body),
        known => (known.unwrap_or("GET"), ""),
    };
    let mut heads = vec![format!("{method} /{} HTTP/1.1", sendable(target))];
    let mut has_host = false;
    for (name, value) in lines.filter_map(|line| line.split_once(':')) {
        let name = name.trim().to_ascii_lowercase();
        if HEADS.contains(&&*name) && !(has_host && name == "host") {
            has_host |= name == "host";
            let value = value.replace(|letter: char| letter.is_control(), "");
            heads.push(format!("{name}: {value}"));
        }
    }
    if !has_host {
        heads.push("host: a.example".to_owned());
    }
    if method == "POST" {
        heads.push(format!("content-length: {}", body.len()));
    }
    heads.push("connection: close".to_owned());
    let head = format!("{}\r\n\r\n{body}", heads.join("\r\n"));
    let answer = answer(&head).unwrap_or_else(|fact| panic!("no answer to {head:?}: {fact}"));
    check(&head, &answer, method);
}

/// A target as it can stand in a request: what cannot is percent-encoded.
fn sendable(target: &str) -> String {
    let target = target.strip_prefix('/').unwrap_or(target);
    let bytes = target.bytes().take(4000);
    let letters = bytes.map(|byte| match byte {
        b'!'..=b'~' if !matches!(byte, b'"' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'#') => {
            char::from(byte).to_string()
        }
        _ => format!("%{byte:02x}"),
    });
    letters.collect()
}

fn answer(head: &str) -> io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(*ADDRESS)?;
    stream.set_read_timeout(Some(LONGEST))?;
    stream.write_all(head.as_bytes())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    Ok(answer)
}

fn check(head: &str, answer: &[u8], method: &str) {
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n");
    let end = end.unwrap_or_else(|| panic!("{head:?} has an answer without an end"));
    let heads = String::from_utf8_lossy(&answer[..end]);
    let status = heads.get(9..12).and_then(|status| status.parse().ok());
    let status: u16 = status.unwrap_or_else(|| panic!("{head:?}: {heads}"));
    assert!((200..500).contains(&status), "{head:?}: {heads}");
    let length = heads.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        let is_length = name.eq_ignore_ascii_case("content-length");
        is_length.then(|| value.trim().parse::<usize>().expect("a length"))
    });
    let body = answer.len() - end - 4;
    if let Some(length) = length.filter(|_| method != "HEAD" && status != 304) {
        assert_eq!(length, body, "{head:?}: {heads}");
    }
}
