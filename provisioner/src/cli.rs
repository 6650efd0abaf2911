//! The command line: reads arguments, composes the stages, prints, exits.
//!
//! stdout is data, stderr is talk. The exit codes are those of [`Failure::exit_code`], with 0 for
//! done, 1 for a difference where `diff --exit-code` asks for it, 130 after SIGINT and 143 after SIGTERM.

mod arguments;
mod diff;
mod error;
mod explain;
mod export;
mod input;
mod lock;
mod populate;
mod provision;
mod resolve;
mod sources;
mod terminal;
mod tree;
mod verify;
mod why;
mod wire;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Parser as _;
use clap::error::ErrorKind;
use fatwood_resolver::failure::Failure;
use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;

use self::arguments::{Arguments, Command};
use self::error::CliError;
use self::terminal::Terminal;

/// Runs the command that the process was started with.
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return explain_usage(&error),
    };
    let terminal = Arc::new(Terminal::new(arguments.talk()));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => return fail(&terminal, &CliError::Runtime(error)),
    };
    let outcome = runtime.block_on(until_stopped(start(&runtime, arguments.command, &terminal)));
    // What does not end in time is swept by the next run.
    runtime.shutdown_timeout(STOP_TIMEOUT);
    match outcome {
        Outcome::Ended(Ok(code)) => code,
        Outcome::Ended(Err(error)) => fail(&terminal, &error),
        Outcome::Stopped(code) => {
            terminal.stopped();
            ExitCode::from(code)
        }
    }
}

/// How long a stopped process cleans up. Kubernetes kills after 30 s, people lose patience before.
const STOP_TIMEOUT: Duration = Duration::from_secs(1);

/// Work on a thread of its own, so that a signal is heard also while it waits for a file or a pipe.
struct Work {
    /// Dropped, it asks the work to stop at its next wait, and to remove what it has staged.
    stop: oneshot::Sender<()>,
    /// Its end; nothing where it was stopped, an error where it panicked.
    end: oneshot::Receiver<Option<Result<ExitCode, CliError>>>,
}

fn start(runtime: &Runtime, command: Command, terminal: &Arc<Terminal>) -> Work {
    let (stop, stopped) = oneshot::channel::<()>();
    let (send, end) = oneshot::channel();
    let (handle, terminal) = (runtime.handle().clone(), Arc::clone(terminal));
    std::thread::spawn(move || {
        let ended = handle.block_on(async {
            tokio::select! {
                result = run(command, &terminal) => Some(result),
                _ = stopped => None,
            }
        });
        // Nobody waits any longer where the process is ending.
        let _ = send.send(ended);
    });
    Work { stop, end }
}

async fn run(command: Command, terminal: &Arc<Terminal>) -> Result<ExitCode, CliError> {
    match command {
        Command::Resolve(arguments) => resolve::run(arguments, terminal).await?,
        Command::Populate(arguments) => populate::run(arguments, terminal).await?,
        Command::Verify(arguments) => verify::run(arguments, terminal).await?,
        Command::Wire(arguments) => wire::run(&arguments, terminal)?,
        Command::Export(arguments) => export::run(&arguments, terminal)?,
        Command::Provision(arguments) => provision::run(arguments, terminal).await?,
        Command::Tree(arguments) => tree::run(&arguments, terminal)?,
        Command::Why(arguments) => why::run(&arguments, terminal)?,
        Command::Diff(arguments) => return diff::run(&arguments, terminal),
    }
    Ok(ExitCode::SUCCESS)
}

/// How a command ended.
enum Outcome {
    /// By itself.
    Ended(Result<ExitCode, CliError>),
    /// By a signal; the exit code that says which.
    Stopped(u8),
}

/// Waits for `work` until it ends or a signal asks the process to stop.
async fn until_stopped(mut work: Work) -> Outcome {
    let signals = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()));
    let (Ok(mut interrupt), Ok(mut terminate)) = signals else { return ended(work.end.await) };
    let code = tokio::select! {
        end = &mut work.end => return ended(end),
        _ = interrupt.recv() => 130,
        _ = terminate.recv() => 143,
    };
    drop(work.stop);
    // Whether it ends in time or not, the process ends.
    let _ = tokio::time::timeout(STOP_TIMEOUT, work.end).await;
    Outcome::Stopped(code)
}

fn ended(end: Result<Option<Result<ExitCode, CliError>>, oneshot::error::RecvError>) -> Outcome {
    Outcome::Ended(end.ok().flatten().unwrap_or(Err(CliError::Panicked)))
}

fn fail(terminal: &Terminal, error: &CliError) -> ExitCode {
    terminal.failure(error);
    ExitCode::from(error.failure().exit_code())
}

fn explain_usage(error: &clap::Error) -> ExitCode {
    let printed = error.print();
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion if printed.is_ok() => ExitCode::SUCCESS,
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => ExitCode::from(Failure::Io.exit_code()),
        _ => ExitCode::from(Failure::Usage.exit_code()),
    }
}
