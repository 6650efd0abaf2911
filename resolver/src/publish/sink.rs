//! Where a download goes: an async front for a file that is written and hashed on a thread of its own.

use async_trait::async_trait;
use bytes::Bytes;
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::task::JoinHandle;

use super::{CheckedFile, PublishError, StagedFile};

/// How many pieces may wait for the disk. A piece is what one read from the network gave, some hundred KiB at
/// most, so that a file holds a few MiB; fewer would make disk and network wait for each other.
const WAITING: usize = 16;

/// Takes the bytes of one file, in order.
#[async_trait]
pub trait Sink: Send {
    /// Forgets everything taken: the source begins again from the first byte.
    async fn restart(&mut self) -> Result<(), PublishError>;

    /// Takes the next bytes. After an error nothing more is taken.
    async fn write(&mut self, bytes: Bytes) -> Result<(), PublishError>;
}

/// A [`Sink`] into a [`StagedFile`]. Hashing and writing happen on one blocking thread, so that neither keeps
/// the runtime from the network. Dropped unfinished, the file is removed by that thread.
#[derive(Debug)]
pub struct FileSink {
    name: String,
    work: Option<(Sender<Step>, Thread)>,
}

type Thread = JoinHandle<Result<CheckedFile, PublishError>>;

#[derive(Debug)]
enum Step {
    Restart,
    Write(Bytes),
    Finish,
}

impl FileSink {
    /// Begins. Must be called within a Tokio runtime.
    pub fn new(file: StagedFile) -> Self {
        let name = file.expected().name.clone();
        let (sender, receiver) = mpsc::channel(WAITING);
        let thread = tokio::task::spawn_blocking(move || run(file, receiver));
        Self { name, work: Some((sender, thread)) }
    }

    /// Waits until everything is written, and checks it as [`StagedFile::finish`] does.
    pub async fn finish(mut self) -> Result<CheckedFile, PublishError> {
        let Some((sender, thread)) = self.work.take() else { return Err(self.stopped()) };
        // Where the thread has ended early, its own error is the one to tell.
        let _ = sender.send(Step::Finish).await;
        drop(sender);
        thread.await.unwrap_or_else(|_| Err(self.stopped()))
    }

    async fn send(&mut self, step: Step) -> Result<(), PublishError> {
        let Some((sender, _)) = &self.work else { return Err(self.stopped()) };
        if sender.send(step).await.is_ok() {
            return Ok(());
        }
        let Some((_, thread)) = self.work.take() else { return Err(self.stopped()) };
        match thread.await {
            Ok(Err(error)) => Err(error),
            Ok(Ok(_)) | Err(_) => Err(self.stopped()),
        }
    }

    fn stopped(&self) -> PublishError {
        PublishError::Stopped { name: self.name.clone() }
    }
}

#[async_trait]
impl Sink for FileSink {
    async fn restart(&mut self) -> Result<(), PublishError> {
        self.send(Step::Restart).await
    }

    async fn write(&mut self, bytes: Bytes) -> Result<(), PublishError> {
        self.send(Step::Write(bytes)).await
    }
}

fn run(mut file: StagedFile, mut steps: Receiver<Step>) -> Result<CheckedFile, PublishError> {
    while let Some(step) = steps.blocking_recv() {
        match step {
            Step::Restart => file.restart()?,
            Step::Write(bytes) => file.write(&bytes)?,
            Step::Finish => return file.finish(),
        }
    }
    Err(PublishError::Stopped { name: file.expected().name.clone() })
}
