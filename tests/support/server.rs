//! One listener on loopback: answers, injects faults, keeps a log.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, LazyLock, Mutex, MutexGuard};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::BodyExt as _;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::header::HeaderMap;
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::task::{AbortHandle, JoinSet};

use super::fault::{AnyBody, Fault, Script};
use super::site::Site;

/// How long a test waits for something that must come; only a failing test waits so long.
const PATIENCE: Duration = Duration::from_mins(1);

/// All servers of a test binary share one runtime, so that tests themselves are plain functions.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(2).enable_all().build().expect("a runtime starts")
});

/// What a server answers from.
pub enum Backend {
    /// Published files.
    Site(Site),
    /// An S3 server.
    S3(s3s::service::S3Service),
}

impl From<Site> for Backend {
    fn from(site: Site) -> Self {
        Self::Site(site)
    }
}

/// A running server; it ends, with its connections, when dropped.
pub struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
    listening: AbortHandle,
}

struct Shared {
    backend: Backend,
    script: Mutex<Script>,
    log: Mutex<Vec<Exchange>>,
    logged: Condvar,
    serial: AtomicU64,
}

/// One request and what came of it.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// The method.
    pub method: Method,
    /// The path, without the query.
    pub path: String,
    /// The query, empty where there is none.
    pub query: String,
    /// The request's headers.
    pub headers: HeaderMap,
    /// The status of the answer.
    pub status: u16,
    /// How many bytes of the body were handed to the connection.
    pub sent: u64,
    serial: u64,
}

impl Server {
    /// Listens on a free port of 127.0.0.1.
    pub fn start(backend: impl Into<Backend>) -> Self {
        let listener = RUNTIME.block_on(TcpListener::bind("127.0.0.1:0")).expect("a free port");
        let address = listener.local_addr().expect("a bound socket has an address");
        let shared = Arc::new(Shared {
            backend: backend.into(),
            script: Mutex::default(),
            log: Mutex::default(),
            logged: Condvar::new(),
            serial: AtomicU64::new(0),
        });
        let listening = RUNTIME.spawn(listen(listener, Arc::clone(&shared))).abort_handle();
        Self { address, shared, listening }
    }

    /// The URL without a final slash.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What a site publishes at a path.
    pub fn published(&self, path: &str) -> Bytes {
        match &self.shared.backend {
            Backend::Site(site) => site.bytes(path),
            Backend::S3(_) => panic!("an S3 server publishes objects, not files"),
        }
    }

    /// The next `GET`s of paths that end so get these faults, one each in order.
    pub fn fail(&self, path_end: &str, faults: impl IntoIterator<Item = Fault>) {
        held(&self.shared.script).add(path_end, faults.into_iter().collect(), None);
    }

    /// Every `GET` of a path that ends so gets this fault.
    pub fn always(&self, path_end: &str, fault: Fault) {
        held(&self.shared.script).add(path_end, Vec::new(), Some(fault));
    }

    /// The exchanges since the start or since [`forget`](Self::forget), in order of their requests.
    pub fn exchanges(&self) -> Vec<Exchange> {
        held(&self.shared.log).clone()
    }

    /// Empties the log.
    pub fn forget(&self) {
        held(&self.shared.log).clear();
    }

    /// How many `GET`s came of paths that end so.
    pub fn count(&self, path_end: &str) -> usize {
        let gets = |exchange: &&Exchange| exchange.method == Method::GET && exchange.path.ends_with(path_end);
        self.exchanges().iter().filter(gets).count()
    }

    /// Waits until an answer to a path that ends so has handed out at least `bytes` bytes.
    pub fn wait_for(&self, path_end: &str, bytes: u64) {
        let missing = |log: &mut Vec<Exchange>| {
            !log.iter().any(|exchange| exchange.path.ends_with(path_end) && exchange.sent >= bytes)
        };
        let log = held(&self.shared.log);
        let waited = self.shared.logged.wait_timeout_while(log, PATIENCE, missing).expect("not poisoned");
        assert!(!waited.1.timed_out(), "`{path_end}` was not asked for in {PATIENCE:?}: {:#?}", *waited.0);
    }

    /// Fails the test if a scripted fault met no request: it would prove nothing.
    pub fn assert_script_played(&self) {
        assert_eq!(
            held(&self.shared.script).unmet(),
            0,
            "faults that no request met: {:#?}",
            self.exchanges()
        );
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

/// A lock that outlives the panic of another test.
fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Serves until aborted; the connections are tasks of this one and end with it.
async fn listen(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    loop {
        let Ok((stream, _)) = listener.accept().await else { return };
        let shared = Arc::clone(&shared);
        connections.spawn(async move {
            let reset = Arc::new(AtomicBool::new(false));
            let socket = Socket { stream, reset: Arc::clone(&reset) };
            let service = service_fn(|request| respond(Arc::clone(&shared), Arc::clone(&reset), request));
            let mut http = hyper::server::conn::http1::Builder::new();
            // An error here is a client that went away, or a scripted end.
            let _ = http.timer(TokioTimer::new()).serve_connection(TokioIo::new(socket), service).await;
        });
        while connections.try_join_next().is_some() {}
    }
}

async fn respond(
    shared: Arc<Shared>,
    reset: Arc<AtomicBool>,
    request: Request<Incoming>,
) -> Result<Response<AnyBody>, Infallible> {
    let (method, uri, headers) = (request.method().clone(), request.uri().clone(), request.headers().clone());
    let path = uri.path().to_owned();
    let fault = if method == Method::GET { held(&shared.script).next(&path) } else { None };
    let mut response = match &shared.backend {
        Backend::Site(site) => site.answer(&path, &headers),
        Backend::S3(service) => match service.call(request.map(s3s::Body::from)).await {
            Ok(response) => response.map(|body| body.map_err(Into::into).boxed_unsync()),
            Err(error) => panic!("the S3 server failed: {error:?}"),
        },
    };
    if let Some(fault) = fault {
        response = fault.applied_to(response, reset);
    }
    let query = uri.query().unwrap_or_default().to_owned();
    let (status, serial) = (response.status().as_u16(), shared.serial.fetch_add(1, Ordering::SeqCst));
    held(&shared.log).push(Exchange { method, path, query, headers, status, sent: 0, serial });
    shared.logged.notify_all();
    Ok(response.map(|inner| Counted { inner, shared, serial }.boxed_unsync()))
}

/// A body that writes into the log how much of it was taken.
struct Counted {
    inner: AnyBody,
    shared: Arc<Shared>,
    serial: u64,
}

impl Body for Counted {
    type Data = Bytes;
    type Error = Box<dyn std::error::Error + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let polled = Pin::new(&mut self.inner).poll_frame(context);
        if let Poll::Ready(Some(Ok(frame))) = &polled
            && let Some(data) = frame.data_ref()
        {
            // Not there any more where the test emptied the log meanwhile.
            let mut log = held(&self.shared.log);
            if let Some(exchange) = log.iter_mut().find(|exchange| exchange.serial == self.serial) {
                exchange.sent += data.len() as u64;
            }
            drop(log);
            self.shared.logged.notify_all();
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

/// A connection whose end can be made a reset.
struct Socket {
    stream: TcpStream,
    reset: Arc<AtomicBool>,
}

impl Drop for Socket {
    fn drop(&mut self) {
        if self.reset.load(Ordering::SeqCst) {
            self.stream.set_zero_linger().expect("a socket takes its options");
        }
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        // A connection that is to be reset must not say goodbye first.
        if self.reset.load(Ordering::SeqCst) {
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
