//! Accept loop: connections with limits and timeouts (which `axum::serve` has none of), and a
//! graceful end.

use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::time::{Instant, Sleep, sleep, timeout};

use super::limits::Limits;

/// Bytes of a head: the target of a request, and as much again for what clients say of themselves.
const HEAD: usize = 32 << 10;
/// Fields of a head.
const FIELDS: usize = 64;
/// How long to wait when the system has no more connections to give.
const BREATH: Duration = Duration::from_millis(100);

/// Counts of connections since the start.
#[derive(Debug, Default)]
pub struct Connections {
    pub accepted: AtomicU64,
    pub open: AtomicU64,
}

/// How long a connection that waits for its next request is kept when the service ends: whoever asks
/// on it just then is answered, and told that it was the last answer.
const FAREWELL: Duration = Duration::from_secs(1);
/// How long nobody may have come before the end until nobody else is expected in the system's queue.
const QUIET: Duration = Duration::from_millis(5);

/// Serves until it is told to stop, and then until what was begun is done, as far as that takes no
/// longer than it may.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    limits: &Limits,
    counts: Arc<Connections>,
    stopped: watch::Receiver<bool>,
) {
    let room = Arc::new(Semaphore::new(limits.connections));
    // Who has no room waits in the system's queue.
    let next = async || {
        let place = Arc::clone(&room).acquire_owned().await;
        (place, listener.accept().await)
    };
    let begin = async |(place, accepted): (_, io::Result<(TcpStream, _)>)| match accepted {
        Ok((stream, _)) => {
            let counts = Arc::clone(&counts);
            let (router, stopped) = (router.clone(), stopped.clone());
            let served = answer(stream, router, limits, stopped);
            counts.accepted.fetch_add(1, Ordering::Relaxed);
            counts.open.fetch_add(1, Ordering::Relaxed);
            tokio::spawn(async move {
                served.await;
                counts.open.fetch_sub(1, Ordering::Relaxed);
                drop(place);
            });
        }
        // A client that left at once is its own affair; else there are too many files open.
        Err(error) if is_of_client(&error) => {}
        Err(_) => sleep(BREATH).await,
    };
    let mut told = stopped.clone();
    loop {
        let next = tokio::select! {
            _ = told.wait_for(|stopped| *stopped) => break,
            next = next() => next,
        };
        begin(next).await;
    }
    // Connections that the system has accepted already, and no more than fit its queue.
    for _ in 0..limits.connections {
        let Ok(next) = timeout(QUIET, next()).await else {
            break;
        };
        begin(next).await;
    }
    drop(listener);
    let all = u32::try_from(limits.connections).unwrap_or(u32::MAX);
    let _ = timeout(limits.end, room.acquire_many(all)).await;
}

/// Answers the requests of a connection; from the end of the service on perhaps one more.
fn answer(
    stream: TcpStream,
    router: Router,
    limits: &Limits,
    mut stopped: watch::Receiver<bool>,
) -> impl Future<Output = ()> + use<> {
    // Answers are written whole, and small ones must not wait for more.
    let _ = stream.set_nodelay(true);
    let stream = TokioIo::new(Patient::new(stream, limits.stall));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head)
        .max_buf_size(HEAD)
        .max_headers(FIELDS)
        .serve_connection(stream, TowerToHyperService::new(router));
    async move {
        let mut connection = pin!(connection);
        let farewell = async {
            let _ = stopped.wait_for(|stopped| *stopped).await;
            sleep(FAREWELL).await;
        };
        // A client that leaves, or is too slow, is no news.
        tokio::select! {
            biased;
            _ = connection.as_mut() => {}
            () = farewell => {
                connection.as_mut().graceful_shutdown();
                let _ = connection.await;
            }
        }
    }
}

fn is_of_client(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(
        error.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset
    )
}

/// A stream whose writing fails when nothing was taken for too long. Reading has hyper's timeout
/// for heads, and bodies have one where they are read.
struct Patient {
    stream: TcpStream,
    patience: Duration,
    /// While a write waits.
    waiting: Option<Pin<Box<Sleep>>>,
}

impl Patient {
    fn new(stream: TcpStream, patience: Duration) -> Self {
        Self {
            stream,
            patience,
            waiting: None,
        }
    }

    fn while_pending<T>(
        &mut self,
        written: Poll<io::Result<T>>,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.waiting = None;
            return written;
        }
        let end = Instant::now() + self.patience;
        let waiting = self
            .waiting
            .get_or_insert_with(|| Box::pin(tokio::time::sleep_until(end)));
        ready!(waiting.as_mut().poll(context));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncRead for Patient {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Patient {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.while_pending(written, context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, parts);
        self.while_pending(written, context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(context);
        self.while_pending(flushed, context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let shut = Pin::new(&mut self.stream).poll_shutdown(context);
        self.while_pending(shut, context)
    }
}
