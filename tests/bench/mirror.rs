//! The repository that every peer asks: a recording on loopback, with a log.
//!
//! Not one of the servers of `tests/support`: those are made to fail at a byte, and take a lock for each frame
//! and a hash for each answer, which would be measured too.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime};

use super::recording::{Entry, Recording};

/// A running mirror. It ends with the process.
pub(crate) struct Mirror {
    address: SocketAddr,
    shared: Arc<Shared>,
    runtime: Runtime,
}

struct Shared {
    recording: Recording,
    watch: Mutex<Watch>,
}

/// What holds for the run that is watched, and what it has done.
struct Watch {
    mode: Mode,
    started: Instant,
    traffic: Traffic,
}

/// How the mirror answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// What is missing is recorded.
    Record,
    /// What is missing is not there. Each answer, and each new connection, comes so much later.
    Replay(Duration),
}

/// What a run asked of the mirror.
#[derive(Debug, Clone, Default)]
pub(crate) struct Traffic {
    /// In the order of their answers.
    pub(crate) exchanges: Vec<Exchange>,
    /// How many connections were made.
    pub(crate) connections: usize,
}

/// One request and its answer.
#[derive(Debug, Clone)]
pub(crate) struct Exchange {
    pub(crate) method: Method,
    /// Without the first slash.
    pub(crate) path: String,
    pub(crate) status: StatusCode,
    /// Of the body.
    pub(crate) bytes: usize,
    /// The number of its connection, from 0.
    pub(crate) connection: usize,
    /// When it arrived, since the beginning of the watch.
    pub(crate) arrived: Duration,
    /// When its answer was handed to the connection.
    pub(crate) answered: Duration,
    /// Whether the recording knows whether the real repository has it.
    pub(crate) is_known: bool,
}

impl Mirror {
    /// Listens on a free port of loopback, on a thread of its own.
    pub(crate) fn start(recording: Recording) -> Self {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.expect("a runtime starts");
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).expect("a free port");
        let address = listener.local_addr().expect("a bound socket has an address");
        let (mode, started, traffic) = (Mode::Record, Instant::now(), Traffic::default());
        let shared = Arc::new(Shared { recording, watch: Mutex::new(Watch { mode, started, traffic }) });
        runtime.spawn(listen(listener, Arc::clone(&shared)));
        Self { address, shared, runtime }
    }

    /// Its URL, with a final slash.
    pub(crate) fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// What it answers from.
    pub(crate) fn recording(&self) -> &Recording {
        &self.shared.recording
    }

    /// A file of the real repository, recorded where it is not yet.
    pub(crate) fn recorded(&self, path: &str) -> Option<Bytes> {
        match self.runtime.block_on(self.shared.recording.record(path)) {
            Entry::File(bytes) => Some(bytes),
            Entry::Absent => None,
        }
    }

    /// Answers so from now on, while `work` is done, and tells what it asked for.
    pub(crate) fn watch<T>(&self, mode: Mode, work: impl FnOnce() -> T) -> (T, Traffic) {
        *self.shared.watch() = Watch { mode, started: Instant::now(), traffic: Traffic::default() };
        let done = work();
        (done, std::mem::take(&mut self.shared.watch().traffic))
    }
}

impl Shared {
    fn watch(&self) -> MutexGuard<'_, Watch> {
        self.watch.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn mode(&self) -> Mode {
        self.watch().mode
    }
}

impl Mode {
    /// A round trip. The wait is a task's own and holds up nothing else.
    async fn round_trip(self) {
        if let Self::Replay(latency) = self
            && !latency.is_zero()
        {
            tokio::time::sleep(latency).await;
        }
    }
}

async fn listen(listener: TcpListener, shared: Arc<Shared>) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(serve(stream, Arc::clone(&shared)));
    }
}

async fn serve(stream: TcpStream, shared: Arc<Shared>) {
    let number = {
        let mut watch = shared.watch();
        watch.traffic.connections += 1;
        watch.traffic.connections - 1
    };
    // Else the last piece of an answer would wait for the peer's acknowledgement of the one before.
    stream.set_nodelay(true).expect("a socket takes its options");
    // The kernel has shaken hands already; far away that is a round trip too.
    shared.mode().round_trip().await;
    let service = service_fn(|request| respond(&shared, number, request));
    let mut http = hyper::server::conn::http1::Builder::new();
    // An error here is a client that went away, as they do when they end.
    let _ = http.timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), service).await;
}

async fn respond(
    shared: &Shared,
    connection: usize,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (started, mode) = {
        let watch = shared.watch();
        (watch.started, watch.mode)
    };
    let arrived = started.elapsed();
    let path = request.uri().path().trim_start_matches('/').to_owned();
    let known = match mode {
        Mode::Record => Some(shared.recording.record(&path).await),
        Mode::Replay(_) => shared.recording.known(&path),
    };
    mode.round_trip().await;
    let is_known = known.is_some();
    let (status, body, range) = match known {
        None | Some(Entry::Absent) => (StatusCode::NOT_FOUND, Bytes::new(), None),
        Some(Entry::File(whole)) => match range_of(&request, whole.len()) {
            None => (StatusCode::OK, whole, None),
            Some((start, end)) => {
                let range = format!("bytes {start}-{}/{}", end - 1, whole.len());
                (StatusCode::PARTIAL_CONTENT, whole.slice(start..end), Some(range))
            }
        },
    };
    let method = request.method().clone();
    let (bytes, answered) = (body.len(), started.elapsed());
    let exchange = Exchange { method, path, status, bytes, connection, arrived, answered, is_known };
    shared.watch().traffic.exchanges.push(exchange);
    let mut answer = Response::builder().status(status);
    if let Some(range) = range {
        answer = answer.header(header::CONTENT_RANGE, range);
    }
    Ok(answer.body(Full::new(body)).expect("a response"))
}

/// The bytes that a request with one range asks for, by offset; they are there.
fn range_of(request: &Request<Incoming>, total: usize) -> Option<(usize, usize)> {
    let (first, last) =
        request.headers().get(header::RANGE)?.to_str().ok()?.strip_prefix("bytes=")?.split_once('-')?;
    let start: usize = first.parse().ok()?;
    let end = last.parse::<usize>().map_or(total, |last| total.min(last + 1));
    (start < end).then_some((start, end))
}
