//! The command line: reads arguments, composes the stages, prints, exits.
//!
//! stdout is data, stderr is talk. The exit codes are those of [`Failure::exit_code`], with 0 for
//! done, 130 after SIGINT and 143 after SIGTERM.

mod arguments;
mod error;
mod input;
mod lock;
mod populate;
mod provision;
mod resolve;
mod sources;
mod terminal;
mod verify;
mod wire;

use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser as _;
use clap::error::ErrorKind;
use fatwood_resolver::failure::Failure;
use tokio::signal::unix::{SignalKind, signal};

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
    let outcome = runtime.block_on(until_stopped(run(arguments.command, &terminal)));
    match outcome {
        Ok(Ok(())) => ExitCode::SUCCESS,
        Ok(Err(error)) => fail(&terminal, &error),
        Err(Stopped(code)) => {
            terminal.stopped();
            ExitCode::from(code)
        }
    }
}

async fn run(command: Command, terminal: &Arc<Terminal>) -> Result<(), CliError> {
    match command {
        Command::Resolve(arguments) => resolve::run(arguments, terminal).await,
        Command::Populate(arguments) => populate::run(arguments, terminal).await,
        Command::Verify(arguments) => verify::run(arguments, terminal).await,
        Command::Wire(arguments) => wire::run(&arguments, terminal),
        Command::Provision(arguments) => provision::run(arguments, terminal).await,
    }
}

/// The process was asked to stop; the exit code that says by which signal.
struct Stopped(u8);

/// Runs `work` until it ends or a signal asks the process to stop. Dropping the work removes what it
/// has staged, so that the next run begins from a clean volume.
async fn until_stopped<T>(work: impl Future<Output = T>) -> Result<T, Stopped> {
    let (Ok(mut interrupt), Ok(mut terminate)) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        return Ok(work.await);
    };
    tokio::select! {
        result = work => Ok(result),
        _ = interrupt.recv() => Err(Stopped(130)),
        _ = terminate.recv() => Err(Stopped(143)),
    }
}

fn fail(terminal: &Terminal, error: &CliError) -> ExitCode {
    terminal.failure(error);
    ExitCode::from(error.failure().exit_code())
}

fn explain_usage(error: &clap::Error) -> ExitCode {
    // Nothing is left to be done where even this cannot be printed.
    let _ = error.print();
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => ExitCode::SUCCESS,
        _ => ExitCode::from(Failure::Usage.exit_code()),
    }
}
