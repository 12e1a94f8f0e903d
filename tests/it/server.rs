//! A web server on this machine, which answers as a test wants it to.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// A server that runs as long as it is held.
pub struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
}

/// What was asked.
#[derive(Clone, Debug)]
pub struct Request {
    /// With its query.
    pub path: String,
    /// How often this path was asked for, this time included.
    pub nth: usize,
    headers: Vec<String>,
}

/// What is answered.
#[derive(Clone, Debug)]
pub struct Reply {
    status: u16,
    headers: String,
    body: Vec<u8>,
    pause: Duration,
    cut: bool,
}

struct Shared {
    answer: Box<dyn Fn(&Request) -> Reply + Send + Sync>,
    requests: Mutex<Vec<Request>>,
    connections: AtomicUsize,
    stopped: AtomicBool,
}

impl Server {
    /// Starts one on a free port.
    pub fn start(answer: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let shared = Arc::new(Shared {
            answer: Box::new(answer),
            requests: Mutex::default(),
            connections: AtomicUsize::new(0),
            stopped: AtomicBool::new(false),
        });
        let server = Self {
            address: listener.local_addr().expect("an address"),
            shared: Arc::clone(&shared),
        };
        thread::spawn(move || shared.listen(&listener));
        server
    }

    /// Its address, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// All requests so far.
    pub fn requests(&self) -> Vec<Request> {
        self.shared
            .requests
            .lock()
            .expect("a list of requests")
            .clone()
    }

    /// How many connections were ever made to it.
    #[allow(
        dead_code,
        reason = "only some of the tests that include this file look at it"
    )]
    pub fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::SeqCst);
        // So that it looks up from waiting.
        TcpStream::connect(self.address).ok();
    }
}

impl Shared {
    fn listen(self: Arc<Self>, listener: &TcpListener) {
        for stream in listener
            .incoming()
            .flatten()
            .take_while(|_| !self.stopped.load(Ordering::SeqCst))
        {
            self.connections.fetch_add(1, Ordering::SeqCst);
            let shared = Arc::clone(&self);
            thread::spawn(move || shared.serve(&stream));
        }
    }

    /// Answers all requests of a connection.
    fn serve(&self, stream: &TcpStream) -> Option<()> {
        let mut reader = BufReader::new(stream);
        loop {
            let head = head(&mut reader)?;
            let reply = (self.answer)(&self.note(head));
            thread::sleep(reply.pause);
            reply.send(stream).ok().filter(|()| !reply.cut)?;
        }
    }

    fn note(&self, head: Vec<String>) -> Request {
        let path = head[0].split(' ').nth(1).expect("a path").to_owned();
        let mut requests = self.requests.lock().expect("a list of requests");
        let nth = requests
            .iter()
            .filter(|earlier| earlier.path == path)
            .count()
            + 1;
        requests.push(Request {
            path,
            nth,
            headers: head,
        });
        requests.last().expect("the one just pushed").clone()
    }
}

/// The lines of a request; `None` when no more come.
fn head(reader: &mut impl BufRead) -> Option<Vec<String>> {
    let lines: Vec<String> = reader
        .lines()
        .map_while(Result::ok)
        .take_while(|line| !line.is_empty())
        .collect();
    (!lines.is_empty()).then_some(lines)
}

impl Request {
    /// The value of a header, whose name is written small.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut pairs = self.headers.iter().filter_map(|line| line.split_once(": "));
        pairs
            .find(|(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }
}

impl Reply {
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            headers: String::new(),
            body: body.into(),
            pause: Duration::ZERO,
            cut: false,
        }
    }

    pub fn header(self, name: &str, value: &str) -> Self {
        Self {
            headers: self.headers + name + ": " + value + "\r\n",
            ..self
        }
    }

    /// Only after a while.
    #[allow(
        dead_code,
        reason = "only some of the tests that include this file need it"
    )]
    pub fn after(self, pause: Duration) -> Self {
        Self { pause, ..self }
    }

    /// Half of it; then the connection ends.
    pub fn cut(self) -> Self {
        Self { cut: true, ..self }
    }

    fn send(&self, mut stream: &TcpStream) -> std::io::Result<()> {
        let length = self.body.len();
        write!(
            stream,
            "HTTP/1.1 {}\r\nContent-Length: {length}\r\n{}\r\n",
            self.status, self.headers
        )?;
        stream.write_all(&self.body[..if self.cut { length / 2 } else { length }])
    }
}
