//! Faults by script: which request gets which, and how a body is broken at a byte.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body_util::BodyExt as _;
use http_body_util::combinators::UnsyncBoxBody;
use hyper::body::{Body, Frame, SizeHint};
use hyper::{Response, StatusCode, header};

use super::site::whole;

/// The body of every response.
pub type AnyBody = UnsyncBoxBody<Bytes, Box<dyn std::error::Error + Send + Sync>>;

/// What goes wrong with one answer. Positions count bytes of the body.
#[derive(Debug, Clone)]
pub enum Fault {
    /// This status and no content; with `Retry-After` in seconds where there is one.
    Status {
        /// The status code.
        code: u16,
        /// The header's value in seconds.
        retry_after: Option<u64>,
    },
    /// A page of HTML with status 200: the captive portal, the login page.
    Html,
    /// Another body with status 200, as if the file had been published again.
    Body(Bytes),
    /// One bit of the byte at this position is wrong.
    Flip {
        /// The position.
        at: u64,
    },
    /// The connection ends in order (FIN) after so many bytes of the promised length.
    Cut {
        /// How many bytes still arrive.
        after: u64,
    },
    /// The connection is reset (RST) after so many bytes.
    Reset {
        /// How many bytes still arrive.
        after: u64,
    },
    /// Nothing more comes after so many bytes, and the connection stays open.
    Stall {
        /// How many bytes still arrive.
        after: u64,
    },
    /// A redirect (302) to this URL.
    Redirect(String),
}

impl Fault {
    /// A status alone.
    pub fn status(code: u16) -> Self {
        Self::Status { code, retry_after: None }
    }

    /// What the client gets instead of `response`; `reset` makes the connection's end a reset.
    pub fn applied_to(self, response: Response<AnyBody>, reset: Arc<AtomicBool>) -> Response<AnyBody> {
        let broken = |at, end| response_with(response, at, end);
        match self {
            Self::Status { code, retry_after } => {
                let mut answer = Response::builder().status(code);
                if let Some(seconds) = retry_after {
                    answer = answer.header(header::RETRY_AFTER, seconds);
                }
                answer.body(whole(Bytes::new())).expect("a response")
            }
            Self::Html => {
                let page = "<!DOCTYPE html><html><body>Please sign in to continue.</body></html>\n";
                let answer = Response::builder().header(header::CONTENT_TYPE, "text/html; charset=utf-8");
                answer.body(whole(page.into())).expect("a response")
            }
            Self::Body(bytes) => Response::new(whole(bytes)),
            Self::Redirect(url) => {
                let answer = Response::builder().status(StatusCode::FOUND).header(header::LOCATION, url);
                answer.body(whole(Bytes::new())).expect("a response")
            }
            Self::Flip { at } => broken(at, End::Flip),
            Self::Cut { after } => broken(after, End::Close),
            Self::Reset { after } => broken(after, End::Reset(reset)),
            Self::Stall { after } => broken(after, End::Stall),
        }
    }
}

fn response_with(response: Response<AnyBody>, at: u64, end: End) -> Response<AnyBody> {
    response.map(|inner| Broken { inner, sent: 0, at, end, stage: Stage::Sending }.boxed_unsync())
}

/// Which requests get which faults.
#[derive(Debug, Default)]
pub struct Script {
    rules: Vec<Rule>,
}

#[derive(Debug)]
struct Rule {
    path_end: String,
    faults: VecDeque<Fault>,
    then: Option<Fault>,
}

impl Script {
    /// Requests of paths that end so get these faults, one each in order, and then `then` for ever.
    pub fn add(&mut self, path_end: &str, faults: Vec<Fault>, then: Option<Fault>) {
        self.rules.push(Rule { path_end: path_end.to_owned(), faults: faults.into(), then });
    }

    /// What the next request of `path` gets; the first rule that has something decides.
    pub fn next(&mut self, path: &str) -> Option<Fault> {
        let mut fitting = self.rules.iter_mut().filter(|rule| path.ends_with(&rule.path_end));
        fitting.find_map(|rule| rule.faults.pop_front().or_else(|| rule.then.clone()))
    }

    /// How many faults of the lists nobody has met yet.
    pub fn unmet(&self) -> usize {
        self.rules.iter().map(|rule| rule.faults.len()).sum()
    }
}

/// How a broken body ends, at its byte.
enum End {
    Flip,
    Close,
    Reset(Arc<AtomicBool>),
    Stall,
}

/// A body that goes wrong at byte `at`.
struct Broken {
    inner: AnyBody,
    sent: u64,
    at: u64,
    end: End,
    stage: Stage,
}

/// How far a broken body is.
enum Stage {
    Sending,
    Flushing,
    Ended,
}

type FrameOrError = Result<Frame<Bytes>, Box<dyn std::error::Error + Send + Sync>>;

impl Broken {
    /// The next bytes of the true body.
    fn poll_bytes(&mut self, context: &mut Context<'_>) -> Poll<Option<Bytes>> {
        if self.at == 0 && !matches!(self.end, End::Flip) {
            self.stage = Stage::Flushing;
            return Poll::Ready(Some(Bytes::new()));
        }
        Pin::new(&mut self.inner).poll_frame(context).map(|frame| frame?.ok()?.into_data().ok())
    }

    /// What is sent of these bytes, which begin at byte `sent`.
    fn broken(&mut self, mut bytes: Bytes) -> Bytes {
        let Ok(place) = usize::try_from(self.at - self.sent.min(self.at)) else { return bytes };
        match self.end {
            End::Flip if self.at >= self.sent && place < bytes.len() => {
                let mut changed = bytes.to_vec();
                changed[place] ^= 0x10;
                changed.into()
            }
            End::Flip => bytes,
            End::Close | End::Reset(_) | End::Stall => {
                if place <= bytes.len() {
                    self.stage = Stage::Flushing;
                }
                bytes.truncate(place);
                bytes
            }
        }
    }

    /// What happens once `at` bytes are sent. A stall is never woken.
    fn poll_end(&mut self) -> Poll<Option<FrameOrError>> {
        match &self.end {
            End::Stall => Poll::Pending,
            End::Reset(reset) => {
                reset.store(true, Ordering::SeqCst);
                Poll::Ready(Some(Err("reset by script".into())))
            }
            End::Close | End::Flip => Poll::Ready(Some(Err("cut by script".into()))),
        }
    }
}

impl Body for Broken {
    type Data = Bytes;
    type Error = Box<dyn std::error::Error + Send + Sync>;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<FrameOrError>> {
        let this = &mut *self;
        match this.stage {
            Stage::Ended => return this.poll_end(),
            Stage::Flushing => {
                // hyper sends what it holds only when a body makes it wait, so it is made to wait once.
                this.stage = Stage::Ended;
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
            Stage::Sending => {}
        }
        let Poll::Ready(bytes) = this.poll_bytes(context) else { return Poll::Pending };
        let Some(bytes) = bytes else { return Poll::Ready(None) };
        let bytes = this.broken(bytes);
        this.sent += bytes.len() as u64;
        Poll::Ready(Some(Ok(Frame::data(bytes))))
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
