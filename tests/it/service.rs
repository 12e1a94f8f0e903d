//! A heat map service on a free port, and a client that speaks just enough HTTP to ask it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// A service that runs as long as it is held.
pub struct Service {
    child: Child,
    pub address: SocketAddr,
    said: Arc<Mutex<String>>,
    pub folder: PathBuf,
    /// The folder, if it goes with the service.
    own: Option<TempDir>,
}

/// What it answers.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    head: String,
    pub body: Vec<u8>,
}

/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_mins(5);

impl Service {
    /// Starts `heatmap serve` with arguments in a folder with files, and waits until it has read
    /// them.
    pub fn start(args: &str, files: &[(&str, &str)]) -> Self {
        let service = Self::begin(args, files);
        service.wait_for("serving");
        service
    }

    /// The same without waiting.
    pub fn begin(args: &str, files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for (name, content) in files {
            std::fs::write(folder.path().join(name), content).expect("a file");
        }
        let mut service = Self::begin_in(folder.path(), args);
        service.own = Some(folder);
        service
    }

    /// The same in a folder that outlasts it.
    pub fn begin_in(folder: &std::path::Path, args: &str) -> Self {
        Self::begin_by(Command::new(env!("CARGO_BIN_EXE_heatmap")), folder, args)
    }

    /// The same by a command that becomes the program.
    pub fn begin_by(mut command: Command, folder: &std::path::Path, args: &str) -> Self {
        command.args(["serve", "--listen", "127.0.0.1:0"]);
        // Machines that build and test are busy.
        command.args(["--longest-work", "300"]);
        command.args(args.split_whitespace()).current_dir(folder);
        command.env("RAYON_NUM_THREADS", "2");
        command.stdin(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        let mut lines = BufReader::new(child.stderr.take().expect("a pipe")).lines();
        let said = Arc::new(Mutex::new(String::new()));
        let mut address = None;
        for line in lines.by_ref().map_while(Result::ok) {
            keep(&said, &line);
            let rest = line.split_once("listening on http://");
            if let Some((_, rest)) = rest {
                address = rest.trim_end_matches('/').parse().ok();
                break;
            }
        }
        let told = Arc::clone(&said);
        thread::spawn(move || {
            lines
                .map_while(Result::ok)
                .for_each(|line| keep(&told, &line));
        });
        let address = address.unwrap_or_else(|| panic!("no address: {said:?}"));
        Self {
            child,
            address,
            said,
            folder: folder.to_owned(),
            own: None,
        }
    }

    /// All that it said so far.
    pub fn said(&self) -> String {
        self.said.lock().expect("lines").clone()
    }

    /// The page of its metrics, if it tells them.
    pub fn metrics(&self) -> String {
        let said = self.said();
        let (_, rest) = said.split_once("metrics on http://").expect("metrics");
        let address = rest.split('/').next().expect("an address");
        let page = Answer::of_request(address.parse().expect("an address"), "/metrics");
        String::from_utf8(page.ok().body).expect("text")
    }

    /// Waits until it says something.
    pub fn wait_for(&self, words: &str) {
        let begin = Instant::now();
        while !self.said().contains(words) {
            let is_over = self.said().contains("heatmap: stopped");
            assert!(
                begin.elapsed() < PATIENCE && (!is_over || self.said().contains(words)),
                "no {words:?} in {}",
                self.said()
            );
            thread::sleep(Duration::from_millis(10));
        }
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).expect("a connection");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        stream
    }

    pub fn get(&self, target: &str) -> Answer {
        self.ask("GET", target, &[], b"")
    }

    /// One request on a connection of its own.
    pub fn ask(&self, method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let mut stream = self.connect();
        let mut request = format!("{method} {target} HTTP/1.1\r\nHost: {}\r\n", self.address);
        for (name, value) in headers {
            request.extend([name, ": ", value, "\r\n"]);
        }
        if !body.is_empty() {
            request.extend(["Content-Length: ", &body.len().to_string(), "\r\n"]);
        }
        request += "Connection: close\r\n\r\n";
        stream.write_all(request.as_bytes()).expect("a request");
        stream.write_all(body).expect("a body");
        Answer::read(&mut stream)
    }

    /// Asks it to end, and gives its exit code and all that it said.
    pub fn stop(self) -> (Option<i32>, String) {
        self.signal("TERM");
        self.ended()
    }

    pub fn signal(&self, name: &str) {
        let mut kill = Command::new("kill");
        kill.args(["-s", name, &self.pid().to_string()]);
        assert!(kill.status().expect("kill").success());
    }

    /// Waits until it has ended, and gives its exit code and all that it said.
    pub fn ended(mut self) -> (Option<i32>, String) {
        let status = self.child.wait().expect("it ends");
        (status.code(), self.said())
    }
}

fn keep(said: &Mutex<String>, line: &str) {
    let mut said = said.lock().expect("lines");
    said.push_str(line);
    said.push('\n');
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        // Nobody writes there any more.
        drop(self.own.take());
    }
}

impl Answer {
    /// The answer of an address.
    pub fn of_request(address: SocketAddr, target: &str) -> Self {
        let mut stream = TcpStream::connect(address).expect("a connection");
        let request = format!("GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).expect("a request");
        Self::read(&mut stream)
    }

    /// Reads all that comes until the connection is closed.
    pub fn read(stream: &mut TcpStream) -> Self {
        let mut all = Vec::new();
        stream.read_to_end(&mut all).expect("an answer");
        Self::of(&all)
    }

    /// Asks for something on a connection that is kept; nothing where it is closed without an answer.
    pub fn next(stream: &mut BufReader<TcpStream>, target: &str) -> Option<Self> {
        let request = format!("GET {target} HTTP/1.1\r\nHost: x\r\n\r\n");
        stream.get_mut().write_all(request.as_bytes()).ok()?;
        let mut all = Vec::new();
        while !all.ends_with(b"\r\n\r\n") {
            let read = stream.read_until(b'\n', &mut all).ok()?;
            (read > 0).then_some(())?;
        }
        let mut answer = Self::of(&all);
        let length = answer.header("content-length").parse();
        answer.body = vec![0; length.expect("a length")];
        stream.read_exact(&mut answer.body).ok()?;
        Some(answer)
    }

    fn of(all: &[u8]) -> Self {
        let end = all.windows(4).position(|four| four == b"\r\n\r\n");
        let end = end.unwrap_or_else(|| panic!("no head: {:?}", String::from_utf8_lossy(all)));
        let head = String::from_utf8(all[..end].to_vec()).expect("a head in ASCII");
        let status = head
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok());
        Self {
            status: status.expect("a status"),
            head,
            body: all[end + 4..].to_vec(),
        }
    }

    /// A field of the head; nothing where there is none.
    pub fn header(&self, name: &str) -> &str {
        let mut fields = self
            .head
            .lines()
            .skip(1)
            .filter_map(|line| line.split_once(": "));
        let found = fields.find(|(field, _)| field.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value).unwrap_or_default()
    }

    /// Makes sure that it is a success.
    #[track_caller]
    pub fn ok(self) -> Self {
        assert_eq!(self.status, 200, "{}", String::from_utf8_lossy(&self.body));
        self
    }

    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|_| panic!("no JSON: {}", String::from_utf8_lossy(&self.body)))
    }

    #[track_caller]
    pub fn picture(&self) -> image::RgbaImage {
        image::load_from_memory(&self.body)
            .expect("a picture")
            .into_rgba8()
    }
}
